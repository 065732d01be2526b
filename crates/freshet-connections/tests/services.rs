//! Services: what a document may hold, which faults it gets, what can be done with services.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end at the first surprise"
)]

mod place;

use freshet_connections::{
    Connections, LinkName, NewConnection, ServiceFilter, ServiceOptions, SnippetType, service_text,
    validate_service,
};
use place::Place;

/// A sound custom service, to which a test adds what it is about.
const SOUND: &str = r#"name = "Sample"
scheme = "api_key"
hosts = ["api.example.com"]
"#;

/// The faults of a document as `LINE:COLUMN KEY CODE`.
fn faults(text: &str) -> Vec<String> {
    let faults = validate_service("sample.toml", text);
    faults
        .iter()
        .map(|fault| {
            format!(
                "{}:{} {} {}",
                fault.line,
                fault.column,
                fault.key,
                fault.code()
            )
        })
        .collect()
}

fn only_fault(text: &str) -> String {
    let faults = validate_service("sample.toml", text);
    assert_eq!(faults.len(), 1, "{faults:#?}\nof\n{text}");
    faults[0].to_string()
}

fn connections() -> (Place, Connections) {
    let place = Place::new();
    let connections = place.connections();
    (place, connections)
}

#[test]
fn every_default_service_is_sound_and_listed_with_its_file() {
    let (_place, connections) = connections();
    let listed: Vec<String> = connections
        .services(&ServiceFilter::default())
        .unwrap()
        .into_iter()
        .map(|service| service.link_name)
        .collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("services");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .trim_end_matches(".toml")
                .to_owned()
        })
        .collect();
    files.sort();
    for link in &files {
        let view = connections
            .service(link)
            .unwrap_or_else(|error| panic!("{link}: {error}"));
        assert!(
            view.service.definition.starts_with("# "),
            "{link} does not say how far it was confirmed"
        );
        assert!(view.service.is_default);
    }
    assert_eq!(listed, files, "a default service without a file");
}

#[test]
fn no_two_default_services_share_a_name() {
    let (_place, connections) = connections();
    let mut names: Vec<String> = connections
        .services(&ServiceFilter::default())
        .unwrap()
        .into_iter()
        .map(|s| s.name.to_lowercase())
        .collect();
    names.sort();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before);
}

#[test]
fn the_example_of_the_reference_is_sound() {
    let text = r#"
name = "Zoho CRM"
categories = ["crm"]
scheme = "oauth2"
authorize_url = "https://{accounts}/oauth/v2/auth"
token_url = "https://{accounts}/oauth/v2/token"
revoke_url = "https://{accounts}/oauth/v2/token/revoke"
client_auth = "body"
param_prefix = "Zoho-oauthtoken "
scope_delimiter = ","
authorize_params = { access_type = "offline", prompt = "consent" }
error_aliases = { invalid_code = "invalid_grant" }
quirks = ["zoho_accounts_server"]
hosts = ["www.zohoapis.{dc}"]
verify = "GET https://www.zohoapis.{dc}/crm/v8/users?type=CurrentUser"
account = "/users/0/email"
documentation = "https://www.zoho.com/crm/developer/docs/api/v8/oauth-overview.html"
register_url = "https://api-console.zoho.com/"
scopes = [{ name = "ZohoCRM.modules.ALL", display = "All modules", default = true },
          { name = "ZohoCRM.users.READ", display = "Read users", default = true }]
[[fields]]
name = "dc"
title = "Data centre"
pattern = "(com|eu|in|com\\.au|jp|ca|sa|uk|com\\.cn)"
choices = [{ value = "eu", title = "Europe", sets = { accounts = "accounts.zoho.eu" } },
           { value = "ca", title = "Canada", sets = { accounts = "accounts.zohocloud.ca" } }]
[[fields]]
name = "accounts"
title = "Accounts server"
pattern = "accounts\\.(zoho\\.(com|eu|in|com\\.au|jp|sa|uk|com\\.cn)|zohocloud\\.ca)"
"#;
    let own = text.replacen("Zoho CRM", "Our CRM", 1);
    assert_eq!(faults(&own), [] as [&str; 0]);
    // The name is that of a default service.
    assert_eq!(faults(text), ["2:8 name C0063"]);
}

/// Check 2.
#[test]
fn a_misspelt_key_is_found_with_its_place_and_what_was_meant() {
    let text = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n\
                autorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\n\
                grant_types = [\"client_credentials\"]\n";
    assert_eq!(
        only_fault(text),
        "sample.toml:4:1: autorize_url: did you mean authorize_url? (C0061)"
    );
}

#[test]
fn a_key_of_another_scheme_is_named() {
    let text = format!("{SOUND}token_url = \"https://example.com/t\"\n");
    assert_eq!(
        only_fault(&text),
        "sample.toml:4:1: token_url: found in a service of scheme api_key, expected only with oauth1 and oauth2 (C0061)"
    );
}

/// Check 3.
#[test]
fn http_is_for_this_machine_alone() {
    let refused = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n\
                   grant_types = [\"client_credentials\"]\ntoken_url = \"http://example.com/t\"\n";
    assert_eq!(
        only_fault(refused),
        "sample.toml:5:13: token_url: found \"http://example.com/t\", expected an https address (C0064)"
    );
    let allowed = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"127.0.0.1:8080\", \"localhost\", \"[::1]:81\"]\n\
                   grant_types = [\"client_credentials\"]\ntoken_url = \"http://127.0.0.1:8080/t\"\n";
    assert_eq!(faults(allowed), [] as [&str; 0]);
    for address in [
        "https://me@example.com/",
        "https://example.com/#top",
        "ftp://example.com/",
        "example.com",
        "",
    ] {
        let text = format!("{SOUND}documentation = \"{address}\"\n");
        assert_eq!(faults(&text), ["4:17 documentation C0064"], "{address}");
    }
}

/// Check 4.
#[test]
fn every_placeholder_has_a_field_and_every_field_a_use() {
    let missing = format!("{SOUND}key = \"{{api_kye}}\"\n");
    assert!(
        only_fault(&missing)
            .contains("`{api_kye}` has no field; did you mean `{api_key}`? (C0066)")
    );

    let unused = format!("{SOUND}key = \"x\"\n[[fields]]\nname = \"left\"\ntitle = \"Left\"\n");
    assert!(only_fault(&unused).ends_with("fields.name: `left` is never used (C0066)"));

    let secret = format!("{SOUND}verify = \"GET https://api.example.com/{{api_key}}\"\n");
    let told = only_fault(&secret);
    assert!(
        told.contains("found the secret field `{api_key}`") && told.ends_with("(C0066)"),
        "{told}"
    );

    let no_pattern = "name = \"Sample\"\nscheme = \"api_key\"\nhosts = [\"{sub}.example.com\"]\n\
                      [[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n\
                      [[fields]]\nname = \"sub\"\ntitle = \"Subdomain\"\n";
    assert!(
        only_fault(no_pattern)
            .contains("expected pattern for the field `sub`, which stands in a host")
    );
}

/// Check 5.
#[test]
fn hosts_that_cover_strangers_are_refused() {
    for host in [
        "*.com",
        "*.co.uk",
        "co.uk",
        "com",
        "10.0.0.1",
        "93.184.216.34",
        "[2001:db8::1]",
        "*.{sub}",
        "a b",
        "https://x.org",
        "x.org/y",
        "u@x.org",
        "a..b.com",
        "*..example.com",
        "*.example.com:0",
        "api.example.com:0",
        "",
    ] {
        let text = format!("name = \"Sample\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\n");
        let found = faults(&text);
        assert_eq!(
            found.first().map(String::as_str),
            Some("3:10 hosts C0063"),
            "{host}: {found:?}"
        );
    }
    for host in [
        "api.example.com",
        "*.example.com",
        "api.example.com:8443",
        "API.Example.COM.",
        "bücher.example",
        "127.0.0.1",
        "*.s3.amazonaws.com",
    ] {
        let text = format!("name = \"Sample\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\n");
        let expected = if host.starts_with("*.s3") { 1 } else { 0 };
        assert_eq!(faults(&text).len(), expected, "{host}: {:?}", faults(&text));
    }
}

#[test]
fn hosts_cover_the_addresses_requests_go_to() {
    let base = format!("{SOUND}base_url = \"https://other.example.com/\"\n");
    assert_eq!(
        only_fault(&base),
        "sample.toml:4:12: base_url: goes to other.example.com, expected one of api.example.com (C0065)"
    );
    let verify = format!("{SOUND}verify = \"GET https://other.example.com/me\"\n");
    assert!(only_fault(&verify).ends_with("(C0065)"));
    let endpoint = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"*.example.com\"]\n\
                    grant_types = [\"client_credentials\"]\ntoken_url = \"https://login.example.org/t\"\n\
                    verify = \"GET https://login.example.org/me\"\nbase_url = \"https://a.b.example.com/\"\n";
    assert_eq!(faults(endpoint), [] as [&str; 0]);
}

/// Check 7.
#[test]
fn parameters_the_flow_sets_itself_are_refused() {
    for name in [
        "state",
        "code",
        "code_challenge",
        "redirect_uri",
        "client_secret",
        "client_id",
    ] {
        let text = format!(
            "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\nauthorize_url = \"https://example.com/a\"\n\
             token_url = \"https://example.com/t\"\nauthorize_params = {{ {name} = \"x\" }}\n"
        );
        assert_eq!(
            faults(&text),
            [format!("6:22 authorize_params.{name} C0063")]
        );
    }
}

#[test]
fn what_a_scheme_or_grant_needs_is_asked_for() {
    let text = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n";
    assert_eq!(
        faults(text),
        ["1:1 token_url C0062", "1:1 authorize_url C0062"]
    );
    assert_eq!(
        faults(""),
        ["1:1 name C0062", "1:1 scheme C0062", "1:1 hosts C0062"]
    );
}

#[test]
fn all_faults_come_at_once_in_the_order_of_the_text() {
    let text = "nam = \"Sample\"\nscheme = \"api_key\"\nhosts = [\"*.com\"]\nsays = 7\n";
    assert_eq!(
        faults(text),
        [
            "1:1 nam C0061",
            "1:1 name C0062",
            "3:10 hosts C0063",
            "4:8 says C0063"
        ]
    );
}

#[test]
fn broken_toml_is_placed_in_characters() {
    let faults = validate_service("sample.toml", "name = \"é\" x\nscheme = \n");
    assert!(!faults.is_empty());
    assert!(
        faults.iter().all(|fault| fault.code() == "C0060"),
        "{faults:?}"
    );
    assert_eq!((faults[0].line, faults[0].column), (1, 12), "{faults:?}");
    for odd in [
        "\0",
        "[[[[",
        "a = \"",
        "\u{feff}",
        &"[".repeat(10_000),
        &"a.".repeat(10_000),
    ] {
        assert!(!validate_service("sample.toml", odd).is_empty());
    }
}

#[test]
fn a_service_added_is_shown_listed_and_removed() {
    let (_place, connections) = connections();
    connections
        .add_service("sample", "sample.toml", SOUND, None)
        .unwrap();
    let view = connections.service("sample").unwrap();
    assert_eq!(
        (view.service.name.as_str(), view.service.is_default),
        ("Sample", false)
    );
    assert_eq!(view.service.base_url.as_str(), "https://api.example.com/");
    let custom = ServiceFilter {
        is_default: Some(false),
        ..ServiceFilter::default()
    };
    assert_eq!(connections.services(&custom).unwrap().len(), 1);
    let found = ServiceFilter {
        search: Some("SAMP".into()),
        ..ServiceFilter::default()
    };
    assert_eq!(connections.services(&found).unwrap().len(), 1);

    connections.remove_service("sample").unwrap();
    let error = connections.service("sampel").unwrap_err();
    assert_eq!(error.code(), "C0042");
}

#[test]
fn taken_names_are_refused() {
    let (_place, connections) = connections();
    connections
        .add_service("sample", "sample.toml", SOUND, None)
        .unwrap();
    let code = |link: &str, text: &str| {
        connections
            .add_service(link, "f.toml", text, None)
            .unwrap_err()
            .code()
            .to_owned()
    };
    assert_eq!(code("sample", &SOUND.replace("Sample", "Other")), "C0067");
    assert_eq!(code("other", SOUND), "C0067");
    assert_eq!(code("stripe", &SOUND.replace("Sample", "Other")), "C0067");
    assert_eq!(code("other", &SOUND.replace("Sample", "stripe")), "C0067");
    assert_eq!(code("1st", &SOUND.replace("Sample", "Other")), "C0040");
    assert_eq!(code("Big", &SOUND.replace("Sample", "Other")), "C0040");
}

/// Check 8: a default service is removed.
#[test]
fn default_services_cannot_be_removed() {
    let (_place, connections) = connections();
    let error = connections.remove_service("stripe").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("C0068", 2));
    assert!(
        error
            .help()
            .unwrap()
            .contains("freshet service add NEW --from stripe")
    );
}

/// Check 9: a copy.
#[test]
fn a_copy_differs_only_in_its_names() {
    let (_place, connections) = connections();
    let copy = connections
        .add_service_from("my_stripe", "stripe", Some("My Stripe"), None)
        .unwrap()
        .service;
    let original = connections.service("stripe").unwrap().service;
    assert_eq!(
        copy.definition.replace("My Stripe", "Stripe"),
        original.definition
    );
    assert_eq!(copy.link_name, "my_stripe");
}

/// Check 10.
#[test]
fn a_service_in_use_stays() {
    let (_place, connections) = connections();
    connections
        .add_service("sample", "sample.toml", SOUND, None)
        .unwrap();
    connections
        .create(NewConnection {
            link_name: "one".into(),
            service: "sample".into(),
            ..NewConnection::default()
        })
        .unwrap();
    let error = connections.remove_service("sample").unwrap_err();
    assert_eq!(error.code(), "C0069");
    assert!(
        error.message().contains("1 connection: one"),
        "{}",
        error.message()
    );
    connections.remove("one").unwrap();
    connections.remove_service("sample").unwrap();
}

#[test]
fn options_make_the_document_a_person_would_write() {
    let (_place, connections) = connections();
    let options = ServiceOptions {
        name: "Zoom Meeting".into(),
        scheme: "oauth2".into(),
        param_type: Some("header".into()),
        grant_types: vec!["client_credentials".into()],
        token_url: Some("https://zoom.us/oauth/token".into()),
        scopes: vec!["meeting:read=Read meetings".into(), "user:read".into()],
        hosts: vec!["api.zoom.us".into()],
        ..ServiceOptions::default()
    };
    let view = connections
        .add_service_from_options("zoom_meeting", &options, None)
        .unwrap();
    assert_eq!(
        view.service.definition,
        r#"name = "Zoom Meeting"
scheme = "oauth2"
param_type = "header"
token_url = "https://zoom.us/oauth/token"
grant_types = ["client_credentials"]
hosts = ["api.zoom.us"]
scopes = [{ name = "meeting:read", display = "Read meetings", default = true }, { name = "user:read", default = true }]
"#
    );
    let wrong = ServiceOptions {
        hosts: Vec::new(),
        ..options
    };
    let error = connections
        .add_service_from_options("other", &wrong, None)
        .unwrap_err();
    assert_eq!(error.code(), "C0062");
    assert!(
        error
            .message()
            .starts_with("hosts: found nothing, expected hosts"),
        "{}",
        error.message()
    );
}

#[test]
fn snippets_of_every_default_service_hold_no_secret_and_have_the_form_of_a_block() {
    let (_place, connections) = connections();
    for service in connections.services(&ServiceFilter::default()).unwrap() {
        let view = connections.service(&service.link_name).unwrap();
        let link = LinkName::propose(&format!("my {}", service.link_name));
        let fields = view
            .service
            .fields
            .iter()
            .filter(|field| !field.secret && !field.optional)
            .map(|field| {
                let choice = field.choices.first().map(|choice| choice.value.clone());
                let value = choice.or(field.default.clone()).or(field.example.clone());
                (
                    field.name.clone(),
                    value.unwrap_or_else(|| "accounts.zoho.com".into()),
                )
            })
            .collect();
        let new = NewConnection {
            link_name: link.as_str().into(),
            service: service.link_name.clone(),
            fields,
            ..NewConnection::default()
        };
        connections.create(new).unwrap();
        for method in [
            SnippetType::Get,
            SnippetType::Post,
            SnippetType::Put,
            SnippetType::Delete,
        ] {
            let snippet = connections.snippet(link.as_str(), method, None).unwrap();
            if view.service.mail {
                assert!(
                    snippet.starts_with("sendmail\n[\n    from :\"me@example.com\"\n"),
                    "{snippet}"
                );
                continue;
            }
            assert!(
                snippet.starts_with("response = invokeurl\n[\n    url :\"https://"),
                "{snippet}"
            );
            assert!(
                snippet.ends_with(&format!("    connection :\"{link}\"\n];\ninfo response;\n")),
                "{snippet}"
            );
            assert!(
                !snippet.contains("{api") && !snippet.contains("\"https://{"),
                "{snippet}"
            );
        }
    }
    connections
        .add_service("sample", "sample.toml", SOUND, None)
        .unwrap();
    let new = NewConnection {
        link_name: "one".into(),
        service: "sample".into(),
        ..NewConnection::default()
    };
    connections.create(new).unwrap();
    assert_eq!(
        connections
            .snippet(
                "one",
                SnippetType::Post,
                Some("https://api.example.com/a?b=\"c\"")
            )
            .unwrap(),
        "response = invokeurl\n[\n    url :\"https://api.example.com/a?b=\\\"c\\\"\"\n    type :POST\n    \
         parameters :{\"key\":\"value\"}\n    connection :\"one\"\n];\ninfo response;\n"
    );
}

/// A sound OAuth 2.0 service, to which a test adds what it is about.
const OAUTH2: &str = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n\
                      authorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\n";

#[test]
fn a_host_from_the_service_ends_in_a_fixed_domain() {
    let with = |host: &str, from: &str, pattern: &str| {
        let text = format!(
            "name = \"Sample\"\nscheme = \"oauth2\"\nauthorize_url = \"https://example.com/a\"\n\
             token_url = \"https://example.com/t\"\nhosts = [\"{host}\"]\n\
             [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"{from}\"\npattern = '{pattern}'\n"
        );
        validate_service("sample.toml", &text)
    };
    for pattern in [
        r"[a-z0-9-]+\.salesforce\.com",
        r"[a-z0-9-]+(\.my)?\.salesforce\.com",
        r"(eu|us)\.example\.com|api\.example\.co\.uk",
        r"api\.example\.com",
        r"127\.0\.0\.1:[0-9]+",
    ] {
        for from in ["token:/instance", "callback:site"] {
            let faults = with("{site}", from, pattern);
            assert!(faults.is_empty(), "{pattern}: {faults:#?}");
        }
    }
    for pattern in [
        ".+",
        "[a-z.]+",
        r".*salesforce\.com",
        r"[a-z]+\.com",
        r"[a-z]+\.co\.uk",
        r"x|y\.example\.com",
        r"[a-z]+\.example\.com(\.[a-z]+)?",
        r"(?=a).*\.example\.com",
        r"127\.0\.0\.1.*",
    ] {
        let faults = with("{site}", "token:/instance", pattern);
        assert_eq!(faults.len(), 1, "{pattern}: {faults:#?}");
        let told = faults[0].to_string();
        assert!(
            told.starts_with("sample.toml:10:11: fields.pattern: found ")
                && told.contains("expected a pattern that ends in a fixed domain")
                && told.ends_with("(C0063)"),
            "{told}"
        );
        // A person may choose their own host, and one with a domain behind it is as safe.
        assert!(with("{site}", "user", pattern).is_empty());
        assert!(with("{site}.example.com", "token:/instance", pattern).is_empty());
        assert_eq!(with("{site}.co.uk", "token:/instance", pattern).len(), 1);
    }
}

#[test]
fn fields_come_from_where_the_scheme_has_something() {
    let field = |base: &str, rest: &str| {
        format!(
            "{base}headers = {{ X-Site = \"{{site}}\" }}\n[[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n[[fields]]\nname = \"site\"\ntitle = \"Site\"\n{rest}\n"
        )
    };
    for (from, expected) in [
        ("client", "since the scheme has no client"),
        ("token:/site", "since the scheme has no token"),
        (
            "callback:site",
            "since nobody is sent to a browser and back",
        ),
    ] {
        let told = only_fault(&field(SOUND, &format!("from = \"{from}\"")));
        assert!(
            told.starts_with(&format!(
                "sample.toml:12:8: fields.from: found \"{from}\", expected "
            )) && told.contains(expected),
            "{told}"
        );
    }
    let told = only_fault(&field(SOUND, "from = \"lookup\""));
    assert!(
        told.contains(
            "lookup: found nothing, expected lookup for the field `site`, which it fills"
        ) && told.ends_with("(C0062)"),
        "{told}"
    );
    let oauth2 = |rest: &str| {
        format!(
            "{OAUTH2}headers = {{ X-Site = \"{{site}}\" }}\n[[fields]]\nname = \"site\"\ntitle = \"Site\"\n{rest}\n"
        )
    };
    for from in ["client", "token:/site", "callback:site"] {
        assert_eq!(faults(&oauth2(&format!("from = \"{from}\""))), [""; 0]);
    }
    // What an answer proves is not kept, and least of all in the open (connections, 5).
    for name in ["code", "state", "oauth_token", "oauth_verifier"] {
        let told = only_fault(&oauth2(&format!("from = \"callback:{name}\"")));
        let found =
            format!("fields.from: found \"callback:{name}\", expected another parameter, since");
        assert!(told.contains(&found) && told.ends_with("(C0063)"), "{told}");
    }
    let sealed = oauth2("from = \"token:/site\"\nsecret = true")
        .replace("headers = { X-Site", "token_params = { site");
    let told = only_fault(&sealed);
    assert!(
        told.contains("what comes from the service is not sealed"),
        "{told}"
    );
    let lookup = oauth2(
        "from = \"lookup\"\n[lookup]\nrequest = \"GET https://api.example.com/sites\"\nvalue = \"/id\"\nfield = \"site\"",
    );
    assert_eq!(faults(&lookup), [""; 0]);
    let by_post = lookup.replace("GET https", "POST https");
    assert!(only_fault(&by_post).contains(
        "lookup.request: found \"POST https://api.example.com/sites\", expected GET and"
    ));
    let of_another = lookup.replace("from = \"lookup\"", "from = \"user\"");
    assert!(only_fault(&of_another).contains(
        "lookup.field: found \"site\", expected the name of a field with from = \"lookup\""
    ));
    let elsewhere = lookup.replace(
        "https://api.example.com/sites",
        "https://api.example.org/sites",
    );
    assert!(only_fault(&elsewhere).ends_with("(C0065)"));
}

#[test]
fn fields_that_a_scheme_needs_are_among_those_of_the_document() {
    let field =
        |name: &str, rest: &str| format!("[[fields]]\nname = \"{name}\"\ntitle = \"T\"\n{rest}\n");
    let without = format!("{SOUND}headers = {{ X-A = \"{{a}}\" }}\n{}", field("a", ""));
    assert!(
        only_fault(&without).contains(
            "key: `{api_key}` has no field, and key uses it unless it says otherwise; a document that lists fields lists this one too: \
             name = \"api_key\", title = \"API key\", secret = true"
        ),
        "{}",
        only_fault(&without)
    );

    let jwt = format!("{OAUTH2}grant_types = [\"jwt_bearer\"]\n");
    assert!(only_fault(&jwt).contains("expected jwt for the grant jwt_bearer"));
    let jwt = format!("{jwt}jwt = {{ alg = \"RS256\", iss = \"{{client_id}}\" }}\n");
    assert_eq!(faults(&jwt), [""; 0]);
    let own = |rest: &str| format!("{jwt}{}", field("private_key", rest));
    assert_eq!(faults(&own("secret = true\nfrom = \"client\"")), [""; 0]);
    assert!(
        only_fault(&own("from = \"client\""))
            .contains("fields.secret: found false, expected true: the private key is sealed")
    );
    assert!(only_fault(&own("secret = true")).contains("the private key belongs to the client"));
    for key in [
        "client_auth = \"private_key_jwt\"",
        "grant_types = [\"jwt_bearer\"]\njwt = { alg = \"RS256\" }",
    ] {
        let text = format!(
            "{OAUTH2}{key}\nheaders = {{ X-A = \"{{a}}\" }}\n{}",
            field("a", "")
        );
        assert!(
            only_fault(&text).contains(
                "name = \"private_key\", title = \"Private key\", secret = true, from = \"client\""
            ),
            "{}",
            only_fault(&text)
        );
    }
    let rsa = "name = \"Sample\"\nscheme = \"oauth1\"\nlegs = \"two\"\nsignature_method = \"RSA-SHA1\"\nhosts = [\"api.example.com\"]\n";
    assert_eq!(faults(rsa), [""; 0]);
}

#[test]
fn endpoints_are_needed_by_grant_and_legs() {
    let start = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n";
    let (token, device) = (
        "token_url = \"https://example.com/t\"\n",
        "device_url = \"https://example.com/d\"\n",
    );
    let missing = |text: &str| {
        faults(text)
            .into_iter()
            .map(|fault| fault.split(' ').nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let grants = |words: &str| format!("{start}grant_types = [{words}]\n");
    let code = grants("\"authorization_code\"");
    assert_eq!(missing(&code), ["token_url", "authorize_url"]);
    assert_eq!(missing(&grants("\"client_credentials\"")), ["token_url"]);
    assert_eq!(
        missing(&format!("{}{token}", grants("\"device_code\""))),
        ["device_url"]
    );
    assert_eq!(
        missing(&format!("{}{token}{device}", grants("\"device_code\""))),
        [""; 0]
    );
    for words in [
        "\"authorization_code\"",
        "\"device_code\"",
        "\"client_credentials\"",
    ] {
        let text = format!("{}issuer = \"https://example.com/\"\n", grants(words));
        assert_eq!(missing(&text), [""; 0], "{words}");
    }
    let oauth1 = start.replace("oauth2", "oauth1");
    assert_eq!(
        missing(&oauth1),
        ["request_token_url", "authorize_url", "token_url"]
    );
    for legs in ["entered", "two"] {
        assert_eq!(
            missing(&format!("{oauth1}legs = \"{legs}\"\n")),
            [""; 0],
            "{legs}"
        );
    }
    let public = format!("{OAUTH2}client_auth = \"none\"\npkce = \"off\"\n");
    assert!(
        only_fault(&public)
            .contains("pkce: found \"off\", expected S256 or plain with client_auth none")
    );
}

#[test]
fn a_choice_sets_no_secret() {
    let text = format!(
        "{SOUND}headers = {{ X-A = \"{{a}}\" }}\nfields = [\n{{ name = \"api_key\", title = \"K\", secret = true }},\n\
         {{ name = \"a\", title = \"A\", choices = [{{ value = \"x\", sets = {{ api_key = \"secret\" }} }}] }}]\n"
    );
    let told = only_fault(&text);
    assert!(
        told.contains("fields.choices.sets: found the secret field `{api_key}`")
            && told.ends_with("(C0066)"),
        "{told}"
    );
}

#[test]
fn what_no_definition_may_say_is_a_fault_with_its_place() {
    let text = "name = \"GitHub\"\nscheme = \"api_key\"\nhosts = [\"api.example.com\"]\n";
    assert_eq!(
        only_fault(text),
        "sample.toml:1:8: name: found \"GitHub\", the name of the service `github`, expected a name used by no other service (C0063)"
    );
    // The definition of a default service has its own name.
    let (_place, connections) = connections();
    let own = connections.service("github").unwrap().service.definition;
    assert_eq!(faults(&own), [] as [&str; 0]);

    let twice = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n\
                 grant_types = [\"password\", \"client_credentials\", \"password\"]\n\
                 token_url = \"https://example.com/t\"\n";
    assert_eq!(faults(twice), ["4:50 grant_types C0063"]);

    let own_name = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n\
                    authorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\n\
                    client_id_param = \"client_key\"\nauthorize_params = { client_key = \"x\" }\n";
    assert_eq!(faults(own_name), ["7:22 authorize_params.client_key C0063"]);

    let known = format!(
        "{SOUND}fields = [{{ name = \"api_key\", title = \"Key\", secret = true, default = \"s3cr3t\" }}]\n"
    );
    let fault = only_fault(&known);
    assert!(
        fault.contains("fields.default") && fault.ends_with("(C0063)"),
        "{fault}"
    );
    assert!(!fault.contains("s3cr3t"), "{fault}");
}

#[test]
fn a_definition_that_is_no_utf8_is_told_with_its_place() {
    let bytes = b"name = \"Odd\"\nsays = \"\xe9\"\n".to_vec();
    let error = service_text("odd.toml", bytes).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("C0060", 78));
    assert!(
        error
            .message()
            .starts_with("odd.toml:2:9: found the byte 0xE9"),
        "{error}"
    );
    assert_eq!(service_text("sample.toml", SOUND.into()).unwrap(), SOUND);
}
