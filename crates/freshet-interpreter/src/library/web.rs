//! Functions that reach the web (Built-ins II, 6.6). What is sent and what comes back is decided in `request` and
//! `reply`; the bracketed forms are in `tasks`.

use http::Method;

use super::builtin::{Builtin, Call, Kind, Receiver, World, example, optional, param, rest};
use super::elements::describe;
use super::reply::{self, Format, Wanted};
use super::request::{self, Draft};
use crate::error::{self, Fallible};
use crate::host::UrlReply;
use crate::value::{KeyValue, Type, Value, display, heap};

/// The functions.
pub(super) const WEB: &[Builtin] = &[
    Builtin {
        name: "encodeUrl",
        calls: &["encodeUrl(text)"],
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text as a form field: blanks as +, special characters as %XX.",
        details: "Letters, digits and `-_.*` stay; everything else is written as the bytes of its UTF-8. `parameters` of `invokeurl` need no encoding.",
        examples: &[
            example("info encodeUrl(\"a b&c=d/e\");", "a+b%26c%3Dd%2Fe"),
            example(r##"info encodeUrl("blå~*");"##, "bl%C3%A5%7E*"),
        ],
        words: &["escape", "percent", "query", "url"],
        source: "https://zoho.com/creator/help/script/built-in-functions/built-in-function-url-encodeurl.html",
        run: |call| {
            let text = call.text()?;
            // A blank stays one character.
            let mut out = request::room_for(text, b"-_.* ")?;
            request::form_encode(text, &mut out);
            Ok(out.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getUrl",
        calls: &["getUrl(url, [headers], [simple])"],
        params: &[
            param("url", Kind::Text),
            rest("headers, simple", Kind::Anything),
        ],
        returns: "TEXT or KEY-VALUE",
        summary: "Fetches an address with GET.",
        details: "A KEY-VALUE after the address is the headers, a BOOLEAN is `simple`: true, the default, gives the body as TEXT, false a KEY-VALUE of responseText, responseHeader and responseCode. `invokeurl` can do more.",
        examples: &[
            example(r#"info getUrl("https://api.example.com/v1/ping");"#, "pong"),
            example(
                r#"reply = getUrl("https://api.example.com/v1/orders/7", {"Accept": "application/json"}, false);
info reply.get("responseCode") + " " + reply.get("responseText").get("item");"#,
                "200 Kite",
            ),
        ],
        words: &["http", "fetch", "download", "request", "api"],
        source: "https://www.zoho.com/deluge/help/web-data/geturl.html",
        run: |call| {
            let options = Options::read(call, 1, false)?;
            options.send(call, Method::GET)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "postUrl",
        calls: &["postUrl(url, body, [headers], [simple])"],
        params: &[
            param("url", Kind::Text),
            param("body", Kind::Anything),
            rest("headers, simple", Kind::Anything),
        ],
        returns: "TEXT or KEY-VALUE",
        summary: "Sends a body to an address with POST.",
        details: "A KEY-VALUE is sent as a form, a TEXT as it is. What follows the body is as in `getUrl`.",
        examples: &[
            example(
                r#"info postUrl("https://api.example.com/v1/orders", {"id": 9, "item": "Kite"});"#,
                r#"{"id":9}"#,
            ),
            example(
                r#"try
{
    info postUrl("ftp://files.example.com", "a");
}
catch (e)
{
    info "refused";
}"#,
                "refused",
            ),
        ],
        words: &["http", "send", "submit", "form", "request", "api"],
        source: "https://zoho.com/deluge/help/web-data/posturl.html",
        run: |call| {
            let options = Options::read(call, 1, true)?;
            options.send(call, Method::POST)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "invokeUrl",
        calls: &["invokeUrl(url, type, [body], [headers], [simple])"],
        params: &[
            param("url", Kind::Text),
            param("type", Kind::Text),
            rest("body, headers, simple", Kind::Anything),
        ],
        returns: "TEXT or KEY-VALUE",
        summary: "Sends a request: the older form of the task `invokeurl [ … ]`.",
        details: "`type` is GET, POST, PUT, PATCH or DELETE. A KEY-VALUE as body is sent as a form, with GET in the address; a second KEY-VALUE is the headers, a BOOLEAN is `simple` as in `getUrl`.",
        examples: &[
            example(
                r#"info invokeUrl("https://api.example.com/v1/orders", "POST", {"id": 9, "item": "Kite"});"#,
                r#"{"id":9}"#,
            ),
            example(
                r#"try
{
    info invokeUrl("https://api.example.com/v1/orders", "FETCH");
}
catch (e)
{
    info e.message;
}"#,
                "`type` must be GET, POST, PUT, PATCH or DELETE, found `FETCH`",
            ),
        ],
        words: &["http", "fetch", "send", "request", "api", "rest"],
        source: "https://www.zoho.com/deluge/help/web-data/invokeurl-function.html",
        run: |call| {
            let method = request::method(call.arg_text(1)?)?;
            let options = Options::read(call, 2, true)?;
            options.send(call, method)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "openUrl",
        params: &[
            param("url", Kind::Text),
            param("window", Kind::Text),
            optional("parameters", Kind::Text),
        ],
        summary: "Names an address for a person to open: prints it on standard error.",
        details: "There is no page that could open a window here, so that `window` and its parameters change nothing.",
        examples: &[example(
            "openUrl(\"https://shop.example/orders\", \"new window\");\ninfo \"printed\";",
            "printed",
        )],
        words: &["browser", "window", "link", "redirect"],
        source: "https://www.zoho.com/deluge/help/openurl.html",
        run: |call| {
            // A line break or an escape sequence in it would say something of its own on a terminal.
            let address = call.arg_text(0)?.replace(char::is_control, " ");
            let line = format!("openUrl: {}", address.trim());
            call.world.host.notice(&line);
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.pushNotification",
        params: &[rest("arguments", Kind::Anything)],
        returns: "KEY-VALUE",
        summary: "Sends nothing: there is no push service here. Says so on standard error.",
        details: "The result is `{\"status\":\"not sent\"}`, so that scripts made for one go on.",
        examples: &[example(
            "info zoho.pushNotification({\"a@example.com\"}, \"Hello\");",
            "{\"status\":\"not sent\"}",
        )],
        words: &["push", "mobile", "message", "notify"],
        run: |call| {
            let mut arguments = Vec::new();
            for argument in call.args_from(0) {
                let mut text = String::new();
                display::write_json(argument, &call.world.settings.zone, &mut text)?;
                arguments.push(text);
            }
            let arguments = error::shorten(&arguments.join(", "));
            call.world.host.notice(&format!(
                "zoho.pushNotification: not sent, since there is no push service here: {arguments}"
            ));
            let result = KeyValue::new();
            result.put_text("status", "not sent".into());
            Ok(Value::KeyValue(result))
        },
        ..Builtin::DEFAULT
    },
];

/// What follows the address in `getUrl`, `postUrl` and `invokeUrl`, told apart by type.
struct Options {
    body: Value,
    headers: Value,
    simple: bool,
}

impl Options {
    /// Reads the arguments from `from` on; the first that is no BOOLEAN is the body if there may be one.
    fn read(call: &Call<'_, '_>, from: usize, has_body: bool) -> Fallible<Self> {
        let mut options = Self {
            body: Value::Null,
            headers: Value::Null,
            simple: true,
        };
        let (mut body_follows, mut headers_follow, mut simple_follows) = (has_body, true, true);
        for argument in call.args_from(from) {
            let argument = argument.settled().clone();
            match argument.type_of() {
                Type::Boolean if simple_follows => {
                    options.simple = matches!(argument, Value::Boolean(true));
                    (body_follows, headers_follow, simple_follows) = (false, false, false);
                }
                _ if body_follows => {
                    options.body = argument;
                    body_follows = false;
                }
                Type::Null | Type::KeyValue | Type::Collection | Type::Undecided
                    if headers_follow =>
                {
                    options.headers = argument;
                    headers_follow = false;
                }
                _ => {
                    let expected = if headers_follow {
                        "KEY-VALUE (headers) or BOOLEAN (simple)"
                    } else if simple_follows {
                        "BOOLEAN (simple)"
                    } else {
                        "nothing"
                    };
                    let found = describe(&argument);
                    return Err(error::argument_value(
                        call.name(),
                        format!("expected {expected} next, found {found}"),
                    ));
                }
            }
        }
        Ok(options)
    }

    fn send(self, call: &mut Call<'_, '_>, method: Method) -> Fallible<Value> {
        // With GET a KEY-VALUE belongs to the address, which is what `parameters` means there.
        let (parameters, body) = match (&method, self.body) {
            (&Method::GET, pairs) if !matches!(pairs, Value::Text(_)) => (pairs, Value::Null),
            (_, body) => (Value::Null, body),
        };
        let draft = Draft {
            name: call.name(),
            url: call.arg_text(0)?.to_string(),
            method,
            headers: self.headers,
            parameters,
            body,
            ..Draft::default()
        };
        let wanted = Wanted {
            detailed: !self.simple,
            format: if self.simple {
                Format::Text
            } else {
                Format::ByType
            },
            decoding: None,
        };
        send(call.world, &draft, wanted)
    }
}

/// Builds the request, has it sent, and reads the reply.
pub(super) fn send(world: &mut World<'_>, draft: &Draft, wanted: Wanted) -> Fallible<Value> {
    reply::value(exchange(world, draft, wanted.detailed)?, wanted)
}

/// Builds the request and has it sent. `shows_status`: the script will see the status of the reply.
pub(super) fn exchange(
    world: &mut World<'_>,
    draft: &Draft,
    shows_status: bool,
) -> Fallible<UrlReply> {
    let boundary = format!(
        "freshet-{:016x}{:016x}",
        world.host.random(),
        world.host.random()
    );
    let mut call = request::build(draft, &world.settings.zone, &boundary)?;
    call.shows_status = shows_status;
    // What is sent, what is sent again with a new credential, and what is on its way.
    heap::check(call.request.body().len().saturating_mul(4))?;
    world.host.send(call).map_err(error::host)
}
