//! Services: what a document may hold, which faults it gets, what can be done with services.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end at the first surprise"
)]

mod place;

use freshet_connections::{
    Connections, LinkName, NewConnection, ServiceFilter, ServiceOptions, SnippetType,
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
    assert_eq!(faults(text), [] as [&str; 0]);
}

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
    assert!(
        only_fault(&secret).contains("found the secret field `{api_key}`"),
        "{}",
        only_fault(&secret)
    );

    let no_pattern = "name = \"Sample\"\nscheme = \"api_key\"\nhosts = [\"{sub}.example.com\"]\n\
                      [[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n\
                      [[fields]]\nname = \"sub\"\ntitle = \"Subdomain\"\n";
    assert!(
        only_fault(no_pattern)
            .contains("expected pattern for the field `sub`, which stands in a host")
    );
}

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

#[test]
fn parameters_the_flow_sets_itself_are_refused() {
    for name in [
        "state",
        "code",
        "code_challenge",
        "redirect_uri",
        "client_secret",
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

/// Each key with a wrong value: the fault stands at the value and says what was expected.
#[test]
fn each_key_refuses_a_wrong_value() {
    let api_key = [
        (
            "categories",
            "[\"nonsense\"]",
            "a list of accounting ai calendar",
        ),
        ("categories", "\"crm\"", "a list of accounting ai calendar"),
        ("says", "7", "at most 200 characters"),
        (
            "verify",
            "\"PUT https://api.example.com/\"",
            "GET or POST and an address",
        ),
        ("verify_body", "\"{\"", "JSON text"),
        (
            "verify_expect",
            "\"ok\"",
            "a JSON pointer that must read true",
        ),
        ("account", "\"a/b\"", "a JSON pointer to \"connected as\""),
        (
            "headers",
            "{ \"a b\" = \"x\" }",
            "header names and values without line breaks",
        ),
        (
            "headers",
            "{ X-A = \"a\\nb\" }",
            "header names and values without line breaks",
        ),
        (
            "param_type",
            "\"cookie\"",
            "header, query, form or, for api_key, path",
        ),
        (
            "param_name",
            "\"a b\"",
            "a header name, or for query and form 1–64 unreserved characters",
        ),
        ("param_prefix", "\"é\"", "visible ASCII and spaces"),
        ("key", "7", "text using fields of this service"),
        (
            "keys",
            "[7]",
            "further { param_type, param_name, param_prefix, key }",
        ),
        ("rate", "{ at_once = 0 }", "requests at a time, 1 to 10000"),
        ("idempotency_header", "\"a b\"", "a header name"),
        ("confirmed", "\"yes\"", "true or false"),
        ("base_url", "7", "an https address on one of hosts"),
        (
            "lookup",
            "7",
            "{ request, prefix, list, value, title, field }",
        ),
        (
            "fields",
            "[{ name = \"A\", title = \"A\" }]",
            "up to 31 small letters",
        ),
        (
            "fields",
            "[{ name = \"api_key\", title = \"A\", from = \"sky\" }]",
            "user, client, callback:NAME",
        ),
        (
            "fields",
            "[{ name = \"api_key\", title = \"A\", pattern = \"(\" }]",
            "a regular expression",
        ),
        (
            "fields",
            "[{ name = \"api_key\", title = \"A\", pattern = \"a+\", default = \"b\" }]",
            "a value that fits the pattern",
        ),
    ];
    let oauth2 = [
        (
            "grant_types",
            "[\"implicit\"]",
            "a list of authorization_code client_credentials",
        ),
        (
            "grant_types",
            "[]",
            "a list of authorization_code client_credentials",
        ),
        (
            "client_auth",
            "\"post\"",
            "basic, body, none, private_key_jwt or auto",
        ),
        ("client_id_param", "\"a b\"", "a parameter name"),
        ("pkce", "\"s256\"", "S256, plain or off"),
        (
            "scope_delimiter",
            "\"|\"",
            "space, comma, plus or semicolon",
        ),
        (
            "scopes",
            "[{ name = \"a b\" }]",
            "scope characters of RFC 6749",
        ),
        (
            "scopes",
            "[{ name = \"a\" }, { name = \"a\" }]",
            "scope characters of RFC 6749",
        ),
        ("free_scopes", "1", "true or false"),
        ("token_body", "\"xml\"", "form, json or query"),
        (
            "token_headers",
            "{ \"a:\" = \"x\" }",
            "header names and values without line breaks",
        ),
        (
            "token_path",
            "\"a\"",
            "a JSON pointer to the object with the token",
        ),
        ("token_lifetime", "0", "seconds, 1 to 315360000"),
        ("expires_unit", "\"h\"", "s or ms"),
        ("expired_statuses", "[500]", "a list of statuses 400–499"),
        (
            "error_aliases",
            "{ x = \"oops\" }",
            "service's word = word of RFC 6749, 5.2",
        ),
        ("redirect", "\"http\"", "loopback, localhost or https"),
        ("jwt", "{ alg = \"none\" }", "RS256, ES256 or HS256"),
        ("quirks", "[\"odd\"]", "shopify_hmac facebook_exchange"),
        (
            "param_type",
            "\"path\"",
            "header, query, form or, for api_key, path",
        ),
    ];
    let base_oauth2 = "name = \"Sample\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\n\
                       authorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\n";
    for (base, cases) in [(SOUND, &api_key[..]), (base_oauth2, &oauth2[..])] {
        for (key, value, expected) in cases {
            let text = format!("{base}{key} = {value}\n");
            let faults = validate_service("sample.toml", &text);
            let code = if *key == "quirks" { "C0070" } else { "C0063" };
            assert!(
                faults.iter().any(|fault| fault.code() == code
                    && fault.key.starts_with(key)
                    && fault.message.contains(expected)),
                "{key} = {value}: {faults:#?}"
            );
        }
    }
    for (key, value, expected) in [
        ("name", "\"\"", "1–50 characters, trimmed"),
        ("name", "\" a\"", "1–50 characters, trimmed"),
        ("scheme", "\"digest\"", "basic, api_key, oauth1 or oauth2"),
    ] {
        let text = SOUND
            .lines()
            .map(|line| {
                if line.starts_with(key) {
                    format!("{key} = {value}\n")
                } else {
                    format!("{line}\n")
                }
            })
            .collect::<String>();
        assert!(only_fault(&text).contains(expected), "{key}");
    }
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
        .add_service("sample", "sample.toml", SOUND)
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
        .add_service("sample", "sample.toml", SOUND)
        .unwrap();
    let code = |link: &str, text: &str| {
        connections
            .add_service(link, "f.toml", text)
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

#[test]
fn a_copy_differs_only_in_its_names() {
    let (_place, connections) = connections();
    let copy = connections
        .add_service_from("my_stripe", "stripe", Some("My Stripe"))
        .unwrap()
        .service;
    let original = connections.service("stripe").unwrap().service;
    assert_eq!(
        copy.definition.replace("My Stripe", "Stripe"),
        original.definition
    );
    assert_eq!(copy.link_name, "my_stripe");
}

#[test]
fn a_service_in_use_stays() {
    let (_place, connections) = connections();
    connections
        .add_service("sample", "sample.toml", SOUND)
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
        .add_service_from_options("zoom_meeting", &options)
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
        .add_service_from_options("other", &wrong)
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
        .add_service("sample", "sample.toml", SOUND)
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
