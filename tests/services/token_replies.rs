//! What token servers answer in practice: every row of both tables of connections 6.5, as data.

use crate::support::server::Reply;

/// The access token in every good reply.
pub const TOKEN: &str = "t0ken-of-every-good-reply";

/// A reply that holds a token.
#[derive(Clone, Debug)]
pub struct Good {
    /// What is odd about it.
    pub name: &'static str,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: String,
    /// What the service's file must say for it.
    pub keys: &'static str,
    /// The seconds that the token lives, as far as the reply says.
    pub lifetime: Option<u64>,
}

/// A reply that holds none.
#[derive(Clone, Debug)]
pub struct Bad {
    /// What it is.
    pub name: &'static str,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: String,
    /// What the service's file must say for it.
    pub keys: &'static str,
    /// The code of the error when connecting.
    pub connecting: &'static str,
    /// The code of the error when renewing.
    pub renewing: &'static str,
}

impl Good {
    /// As a reply.
    pub fn reply(&self) -> Reply {
        reply(self.status, &self.headers, &self.body)
    }
}

impl Bad {
    /// As a reply.
    pub fn reply(&self) -> Reply {
        reply(self.status, &self.headers, &self.body)
    }

    /// Whether a person must authorise again after a renewal that got this reply.
    pub fn ends_authorisation(&self) -> bool {
        self.renewing == "C0003"
    }
}

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let plain = Reply::new(status, "", body);
    headers
        .iter()
        .fold(plain, |reply, (name, value)| reply.with(name, value))
}

const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];
const HTML: &[(&str, &str)] = &[("Content-Type", "text/html")];
/// So that a test need not wait for the next try.
const AT_ONCE: &[(&str, &str)] = &[("Content-Type", "application/json"), ("Retry-After", "0")];

/// The replies from which the same credential comes.
pub fn good_replies() -> Vec<Good> {
    let good = |name, members: &str, lifetime| Good {
        name,
        status: 200,
        headers: JSON.to_vec(),
        body: format!(r#"{{"access_token":"{TOKEN}"{members}}}"#),
        keys: "",
        lifetime,
    };
    let bearer = r#","token_type":"Bearer","expires_in":3600"#;
    let mut all = vec![
        good("as the standard says", bearer, Some(3600)),
        good("no token_type", "", None),
        good("token_type null", r#","token_type":null"#, None),
        good("token_type in capitals", r#","token_type":"BEARER""#, None),
        good("expires_in as text", r#","expires_in":"3600""#, Some(3600)),
        good(
            "expires_in with a point",
            r#","expires_in":3600.0"#,
            Some(3600),
        ),
        good(
            "expires_in with a fraction",
            r#","expires_in":3600.5"#,
            Some(3600),
        ),
        good("expires_in null", r#","expires_in":null"#, None),
        good("expires_in zero", r#","expires_in":0"#, None),
        good("expires_in negative", r#","expires_in":-1"#, None),
        good(
            "expires_in of a thousand years",
            r#","expires_in":31536000000"#,
            None,
        ),
        good("expires_in no number", r#","expires_in":"soon""#, None),
        good("refresh_token empty", r#","refresh_token":"""#, None),
        good("refresh_token null", r#","refresh_token":null"#, None),
        good(
            "refresh_token_expires_in",
            r#","refresh_token_expires_in":86400"#,
            None,
        ),
        good(
            "x_refresh_token_expires_in",
            r#","x_refresh_token_expires_in":86400"#,
            None,
        ),
        good("scope as a list", r#","scope":["read","write"]"#, None),
        good("scope with commas", r#","scope":"read,write""#, None),
        good("scopes", r#","scopes":"read write""#, None),
        good(
            "scopes beside an empty scope",
            r#","scope":null,"scopes":["read","write"]"#,
            None,
        ),
        good(
            "an error beside it that is null",
            r#","ok":true,"error":null"#,
            None,
        ),
        good(
            "a member twice",
            r#","expires_in":5,"expires_in":3600"#,
            Some(3600),
        ),
    ];
    all.push(Good {
        name: "status 201",
        status: 201,
        ..good("", bearer, Some(3600))
    });
    all.push(Good {
        name: "status 400",
        status: 400,
        ..good("", bearer, Some(3600))
    });
    all.push(Good {
        name: "JSON said to be HTML",
        headers: HTML.to_vec(),
        ..good("", bearer, Some(3600))
    });
    all.push(Good {
        name: "no type",
        headers: Vec::new(),
        ..good("", bearer, Some(3600))
    });
    all.push(Good {
        name: "a form",
        headers: vec![("Content-Type", "application/x-www-form-urlencoded")],
        body: format!("access_token={TOKEN}&token_type=bearer&expires_in=3600"),
        ..good("", "", Some(3600))
    });
    all.push(Good {
        name: "a form said to be text",
        headers: vec![("Content-Type", "text/plain")],
        body: format!("access_token={TOKEN}&scope=read%2Cwrite"),
        ..good("", "", None)
    });
    let plain = good("", bearer, Some(3600));
    all.push(Good {
        name: "a byte order mark and trailing space",
        body: format!("\u{feff}{}\r\n \t", plain.body),
        ..plain.clone()
    });
    all.push(Good {
        name: "another type, for a service with a prefix of its own",
        body: plain.body.replace("Bearer", "Zoho-oauthtoken"),
        keys: "param_prefix = \"Bearer \"\n",
        ..plain.clone()
    });
    all.push(Good {
        name: "deeper in the reply",
        body: format!(r#"{{"ok":true,"data":{{"user":{}}}}}"#, plain.body),
        keys: "token_path = \"/data/user\"\n",
        ..plain.clone()
    });
    all.push(Good {
        name: "milliseconds",
        body: plain.body.replace("3600", "3600000"),
        keys: "expires_unit = \"ms\"\n",
        ..plain
    });
    all.push(Good {
        name: "a lifetime that only the service's file knows",
        keys: "token_lifetime = 3600\n",
        ..good("", "", Some(3600))
    });
    all
}

/// The replies that are errors, each with the code that it gives.
pub fn bad_replies() -> Vec<Bad> {
    let mut all = words();
    all.extend(places_of_words());
    all.extend(unreadable());
    all
}

fn bad(name: &'static str, status: u16, body: &str, codes: (&'static str, &'static str)) -> Bad {
    Bad {
        name,
        status,
        headers: if status == 429 || status >= 500 {
            AT_ONCE.to_vec()
        } else {
            JSON.to_vec()
        },
        body: body.to_owned(),
        keys: "",
        connecting: codes.0,
        renewing: codes.1,
    }
}

/// The error words of RFC 6749 5.2 and 4.1.2.1, and statuses without a word.
fn words() -> Vec<Bad> {
    let kept = ("C0027", "C0009");
    let ended = ("C0027", "C0003");
    let passing = ("C0010", "C0010");
    let word = |word: &'static str, status, codes| {
        bad(word, status, &format!(r#"{{"error":"{word}"}}"#), codes)
    };
    vec![
        word("invalid_request", 400, kept),
        word("unsupported_grant_type", 400, kept),
        word("invalid_scope", 400, kept),
        word("invalid_client", 401, kept),
        word("invalid_client", 400, kept),
        word("invalid_grant", 400, ended),
        word("unauthorized_client", 400, ended),
        word("access_denied", 400, ("C0023", "C0003")),
        bad("server_error", 400, r#"{"error":"server_error"}"#, passing),
        word("temporarily_unavailable", 503, passing),
        // What a proxy or an overloaded server says ends nothing.
        word("invalid_grant", 500, passing),
        word("invalid_grant", 429, passing),
        word("unauthorized_client", 503, passing),
        word("invalid_client", 502, passing),
        bad("401 and nothing else", 401, "", kept),
        bad("429 and nothing else", 429, "", passing),
        bad("500 and nothing else", 500, "", passing),
        bad("503 and nothing else", 503, "", passing),
    ]
}

/// Where servers put the word.
fn places_of_words() -> Vec<Bad> {
    let ended = ("C0027", "C0003");
    let at = |name, status, body| bad(name, status, body, ended);
    let mut all = vec![
        at(
            "an error with status 200",
            200,
            r#"{"error":"invalid_grant"}"#,
        ),
        at(
            "error.code",
            400,
            r#"{"error":{"code":"invalid_grant","message":"x"}}"#,
        ),
        at("error.type", 400, r#"{"error":{"type":"invalid_grant"}}"#),
        at("error_code", 400, r#"{"error_code":"invalid_grant"}"#),
        at("errorCode", 400, r#"{"errorCode":"invalid_grant"}"#),
        at("code", 400, r#"{"code":"invalid_grant"}"#),
        at("status", 400, r#"{"status":"invalid_grant"}"#),
        at("ok false", 200, r#"{"ok":false,"error":"invalid_grant"}"#),
        at("a form", 400, "error=invalid_grant&error_description=x"),
    ];
    all.push(Bad {
        keys: "error_aliases = { invalid_code = \"invalid_grant\" }\n",
        ..at("another word for it", 400, r#"{"error":"invalid_code"}"#)
    });
    all.push(Bad {
        keys: "error_aliases = { 190 = \"invalid_grant\" }\n",
        ..at("a number for it", 400, r#"{"error":{"code":190}}"#)
    });
    all
}

/// Replies that are neither token nor error.
fn unreadable() -> Vec<Bad> {
    let codes = ("C0026", "C0026");
    let page = "<html><head><title>Sign in</title></head><body>Please</body></html>";
    let html = |status, codes| Bad {
        headers: [HTML, &AT_ONCE[1..]].concat(),
        ..bad("HTML", status, page, codes)
    };
    vec![
        html(200, codes),
        html(404, codes),
        html(502, ("C0010", "C0010")),
        bad("an empty body", 200, "", codes),
        bad("no content", 204, "", codes),
        bad("a list", 200, "[]", codes),
        bad("a text", 200, "\"ok\"", codes),
        bad("an object without either", 200, r#"{"hello":1}"#, codes),
        bad(
            "a token that is no text",
            200,
            r#"{"access_token":7}"#,
            codes,
        ),
        bad("an empty token", 200, r#"{"access_token":""}"#, codes),
        bad("half an object", 200, r#"{"access_token":"t"#, codes),
        bad(
            "another type",
            200,
            r#"{"access_token":"t","token_type":"mac"}"#,
            codes,
        ),
        Bad {
            headers: vec![("Location", "/elsewhere")],
            ..bad("a redirect", 302, "", codes)
        },
        Bad {
            body: format!(r#"{{"access_token":"{}"}}"#, "t".repeat(2 * 1024 * 1024)),
            ..bad("2 MiB", 200, "", ("C0013", "C0013"))
        },
    ]
}
