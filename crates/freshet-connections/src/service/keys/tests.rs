//! Each key with a wrong value: one fault, at the value, with what was expected (connections, 2.2).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may end at the first surprise"
)]

use std::collections::BTreeSet;

use super::{KEYS, Key, Shape};
use crate::manage::validate_service;

const ADDRESS: &str = "an https address";
const POINTER: &str = "a JSON pointer such as /user/email";
const PARAMS: &str = "parameters the flow does not set itself (grant_type, response_type, scope, audience may be replaced; empty removes; never state, code, code_challenge, redirect_uri, client_secret)";
const TEXT: &str = "text using fields of this service";
const PLACE: &str = "header, query, form or, for api_key, path";
const NAME: &str = "a header name; else 1–64 unreserved characters";
const ASCII: &str = "visible ASCII and spaces";
const FLAG: &str = "true or false";

/// A key; the line with a wrong value, which begins at `¦`; what the fault says was expected.
const CASES: &[(&str, &str, &str)] = &[
    (
        "name",
        "name = ¦\" x\"",
        "1–50 characters, trimmed, used by no other service",
    ),
    (
        "name",
        "name = ¦\"\"",
        "1–50 characters, trimmed, used by no other service",
    ),
    (
        "scheme",
        "scheme = ¦\"oauth3\"",
        "basic, api_key, oauth1 or oauth2",
    ),
    (
        "hosts",
        "hosts = [\"api.example.com\", ¦\"10.0.0.1\"]",
        "hosts such as api.example.com, *.example.com (at least two fixed labels, no public suffix), with :port if needed, placeholders allowed; no IP address except loopback in custom services",
    ),
    (
        "categories",
        "categories = [¦\"nonsense\"]",
        "a list of accounting ai calendar commerce communication crm design development email files finance forms hr infrastructure marketing monitoring other payments productivity project sales social support",
    ),
    ("says", "says = ¦7", "at most 200 characters"),
    ("mail", "mail = ¦\"yes\"", FLAG),
    (
        "base_url",
        "base_url = ¦7",
        "an https address on one of hosts (for the snippet)",
    ),
    ("documentation", "documentation = ¦7", ADDRESS),
    ("register_url", "register_url = ¦true", ADDRESS),
    (
        "register_says",
        "register_says = ¦[]",
        "at most 600 characters: the steps of registering a client",
    ),
    (
        "verify",
        "verify = ¦\"PUT https://api.example.com/\"",
        "GET or POST and an https address on one of hosts or of the service's endpoints",
    ),
    (
        "verify_none",
        "verify_none = ¦\"\"",
        "why there is no verify request, in at most 200 characters",
    ),
    ("verify_body", "verify_body = ¦\"{\"", "JSON text"),
    (
        "verify_expect",
        "verify_expect = ¦\"ok\"",
        "a JSON pointer that must read true",
    ),
    (
        "account",
        "account = ¦\"a/b\"",
        "a JSON pointer to \"connected as\"",
    ),
    (
        "headers",
        "headers = ¦7",
        "header names and values without line breaks",
    ),
    (
        "headers.X-A",
        "headers = { ¦X-A = \"a\\nb\" }",
        "header names and values without line breaks",
    ),
    ("param_type", "param_type = ¦\"cookie\"", PLACE),
    ("param_name", "param_name = ¦\"a b\"", NAME),
    ("param_prefix", "param_prefix = ¦\"é\"", ASCII),
    ("username", "username = ¦7", TEXT),
    ("password", "password = ¦\"a\\nb\"", TEXT),
    ("key", "key = ¦7", TEXT),
    (
        "keys",
        "keys = [¦7]",
        "further { param_type, param_name, param_prefix, key }",
    ),
    (
        "keys.param_type",
        "keys = [{ key = \"x\", param_type = ¦\"cookie\" }]",
        PLACE,
    ),
    (
        "keys.param_name",
        "keys = [{ key = \"x\", param_name = ¦7 }]",
        NAME,
    ),
    (
        "keys.param_prefix",
        "keys = [{ key = \"x\", param_prefix = ¦7 }]",
        ASCII,
    ),
    ("keys.key", "keys = [{ key = ¦7 }]", TEXT),
    ("request_token_url", "request_token_url = ¦7", ADDRESS),
    ("authorize_url", "authorize_url = ¦7", ADDRESS),
    ("token_url", "token_url = ¦7", ADDRESS),
    (
        "legs",
        "legs = ¦\"four\"",
        "three, entered (token and secret typed in) or two (no token)",
    ),
    (
        "signature_method",
        "signature_method = ¦\"MD5\"",
        "HMAC-SHA1, HMAC-SHA256, RSA-SHA1 or PLAINTEXT",
    ),
    ("realm", "realm = ¦7", "text"),
    ("body_hash", "body_hash = ¦\"yes\"", FLAG),
    (
        "grant_types",
        "grant_types = [¦\"implicit\"]",
        "a list of authorization_code client_credentials device_code jwt_bearer password; first is the default (password only with --allow-password-grant)",
    ),
    ("refresh_url", "refresh_url = ¦7", ADDRESS),
    ("revoke_url", "revoke_url = ¦7", ADDRESS),
    ("device_url", "device_url = ¦7", ADDRESS),
    ("issuer", "issuer = ¦7", ADDRESS),
    ("resource", "resource = ¦7", ADDRESS),
    (
        "client_auth",
        "client_auth = ¦\"post\"",
        "basic, body, none, private_key_jwt or auto (basic, then once body after invalid_client; kept)",
    ),
    (
        "client_id_param",
        "client_id_param = ¦\"a b\"",
        "a parameter name",
    ),
    ("pkce", "pkce = ¦\"s256\"", "S256, plain or off"),
    (
        "scope_delimiter",
        "scope_delimiter = ¦\"|\"",
        "space (sent %20), comma (%2C), plus (bare +) or semicolon",
    ),
    ("scope_param", "scope_param = ¦\"\"", "a parameter name"),
    (
        "scopes",
        "scopes = [¦\"read\"]",
        "a list of { name, display, says, group, default }",
    ),
    (
        "scopes.name",
        "scopes = [{ name = ¦\"a b\" }]",
        "scope characters of RFC 6749, without the delimiter, unique",
    ),
    (
        "scopes.name",
        "scopes = [{ name = \"a\" }, { name = ¦\"a\" }]",
        "scope characters of RFC 6749, without the delimiter, unique",
    ),
    (
        "scopes.display",
        "scopes = [{ name = \"a\", display = ¦\"\" }]",
        "1–100 characters",
    ),
    (
        "scopes.says",
        "scopes = [{ name = \"a\", says = ¦7 }]",
        "at most 200 characters",
    ),
    (
        "scopes.group",
        "scopes = [{ name = \"a\", group = ¦7 }]",
        "1–50 characters",
    ),
    (
        "scopes.default",
        "scopes = [{ name = \"a\", default = ¦1 }]",
        FLAG,
    ),
    ("free_scopes", "free_scopes = ¦1", FLAG),
    ("authorize_params", "authorize_params = ¦7", PARAMS),
    (
        "authorize_params.state",
        "authorize_params = { ¦state = \"x\" }",
        PARAMS,
    ),
    ("token_params", "token_params = ¦7", PARAMS),
    (
        "token_params.client_secret",
        "token_params = { ¦client_secret = \"x\" }",
        PARAMS,
    ),
    ("refresh_params", "refresh_params = ¦7", PARAMS),
    (
        "refresh_params.redirect_uri",
        "refresh_params = { ¦redirect_uri = \"x\" }",
        PARAMS,
    ),
    ("token_body", "token_body = ¦\"xml\"", "form, json or query"),
    (
        "token_headers",
        "token_headers = ¦7",
        "header names and values without line breaks",
    ),
    (
        "token_path",
        "token_path = ¦\"a\"",
        "a JSON pointer to the object with the token",
    ),
    (
        "token_lifetime",
        "token_lifetime = ¦0",
        "seconds assumed when none is named, 1 to 315360000",
    ),
    ("expires_unit", "expires_unit = ¦\"h\"", "s or ms"),
    (
        "expired_statuses",
        "expired_statuses = [401, ¦500]",
        "a list of statuses 400–499",
    ),
    (
        "error_aliases",
        "error_aliases = ¦7",
        "service's word = word of RFC 6749, 5.2",
    ),
    (
        "error_aliases.x",
        "error_aliases = { ¦x = \"oops\" }",
        "service's word = word of RFC 6749, 5.2",
    ),
    (
        "redirect",
        "redirect = ¦\"http\"",
        "loopback, localhost or https",
    ),
    (
        "jwt",
        "jwt = ¦7",
        "{ alg = RS256|ES256|HS256, iss, sub, aud, kid, key, scope_claim, lifetime ≤ 3600 }",
    ),
    (
        "jwt.alg",
        "jwt = { alg = ¦\"none\" }",
        "RS256, ES256 or HS256",
    ),
    ("jwt.iss", "jwt = { alg = \"RS256\", iss = ¦7 }", TEXT),
    ("jwt.sub", "jwt = { alg = \"RS256\", sub = ¦7 }", TEXT),
    ("jwt.aud", "jwt = { alg = \"RS256\", aud = ¦7 }", TEXT),
    ("jwt.kid", "jwt = { alg = \"RS256\", kid = ¦7 }", TEXT),
    ("jwt.key", "jwt = { alg = \"RS256\", key = ¦7 }", TEXT),
    (
        "jwt.scope_claim",
        "jwt = { alg = \"RS256\", scope_claim = ¦\"a b\" }",
        "the name of a claim",
    ),
    (
        "jwt.lifetime",
        "jwt = { alg = \"RS256\", lifetime = ¦3601 }",
        "seconds, 1 to 3600",
    ),
    (
        "fields",
        "fields = [¦7]",
        "a list of { name, title, says, secret, pattern, example, default, optional, choices, from }",
    ),
    (
        "fields.name",
        "fields = [{ name = ¦\"A\", title = \"A\" }]",
        "up to 31 small letters, digits, _, first a letter; used once",
    ),
    (
        "fields.title",
        "fields = [{ name = \"api_key\", title = ¦7 }]",
        "1–80 characters",
    ),
    (
        "fields.says",
        "fields = [{ name = \"api_key\", title = \"A\", says = ¦7 }]",
        "at most 600 characters",
    ),
    (
        "fields.secret",
        "fields = [{ name = \"api_key\", title = \"A\", secret = ¦1 }]",
        FLAG,
    ),
    (
        "fields.pattern",
        "fields = [{ name = \"api_key\", title = \"A\", pattern = ¦\"(\" }]",
        "a regular expression for the whole value",
    ),
    (
        "fields.example",
        "fields = [{ name = \"api_key\", title = \"A\", pattern = \"a+\", example = ¦\"b\" }]",
        "a value that fits the pattern \"a+\"",
    ),
    (
        "fields.default",
        "fields = [{ name = \"api_key\", title = \"A\", pattern = \"a+\", default = ¦\"b\" }]",
        "a value that fits the pattern \"a+\"",
    ),
    (
        "fields.optional",
        "fields = [{ name = \"api_key\", title = \"A\", optional = ¦1 }]",
        FLAG,
    ),
    (
        "fields.choices",
        "fields = [{ name = \"api_key\", title = \"A\", choices = [¦\"a\"] }]",
        "a list of { value, title, sets }",
    ),
    (
        "fields.choices.value",
        "fields = [{ name = \"api_key\", title = \"A\", choices = [{ value = ¦7 }] }]",
        "a value that fits the pattern",
    ),
    (
        "fields.choices.title",
        "fields = [{ name = \"api_key\", title = \"A\", choices = [{ value = \"a\", title = ¦7 }] }]",
        "1–80 characters",
    ),
    (
        "fields.choices.sets",
        "fields = [{ name = \"api_key\", title = \"A\", choices = [{ value = \"a\", sets = ¦7 }] }]",
        "other fields of this service and values that fit their patterns",
    ),
    (
        "fields.from",
        "fields = [{ name = \"api_key\", title = \"A\", from = ¦\"sky\" }]",
        "user, client, callback:NAME, token:POINTER or lookup",
    ),
    (
        "lookup",
        "lookup = ¦7",
        "{ request, prefix, list, value, title, field }",
    ),
    (
        "lookup.request",
        "lookup = { request = ¦\"PUT x\", value = \"/id\", field = \"a\" }",
        "GET and an https address on one of hosts or of the service's endpoints",
    ),
    (
        "lookup.prefix",
        "lookup = { prefix = ¦7, request = \"GET https://api.example.com/\", value = \"/id\", field = \"a\" }",
        ASCII,
    ),
    (
        "lookup.list",
        "lookup = { list = ¦\"x\", request = \"GET https://api.example.com/\", value = \"/id\", field = \"a\" }",
        "a JSON pointer to a list",
    ),
    (
        "lookup.value",
        "lookup = { value = ¦\"id\", request = \"GET https://api.example.com/\", field = \"a\" }",
        POINTER,
    ),
    (
        "lookup.title",
        "lookup = { title = ¦\"id\", value = \"/id\", request = \"GET https://api.example.com/\", field = \"a\" }",
        POINTER,
    ),
    (
        "lookup.field",
        "lookup = { field = ¦\"A\", value = \"/id\", request = \"GET https://api.example.com/\" }",
        "the name of a field with from = \"lookup\"",
    ),
    ("rate", "rate = ¦7", "{ at_once, per_minute }, hints"),
    (
        "rate.at_once",
        "rate = { at_once = ¦0 }",
        "requests at a time, 1 to 10000",
    ),
    (
        "rate.per_minute",
        "rate = { per_minute = ¦\"many\" }",
        "requests a minute, 1 to 1000000",
    ),
    (
        "idempotency_header",
        "idempotency_header = ¦\"a b\"",
        "a header name",
    ),
    (
        "quirks",
        "quirks = [¦\"odd\"]",
        "one of shopify_hmac facebook_exchange get_refresh zoho_accounts_server",
    ),
    ("confirmed", "confirmed = ¦\"yes\"", FLAG),
];

/// A sound document for the scheme that a key belongs to, without that key.
fn base(key: &str) -> String {
    let of = KEYS.iter().find(|known| known.name == key).unwrap();
    let scheme = match of.schemes.chars().next() {
        Some('b') => "basic",
        Some('1') => "oauth1",
        Some('2') => "oauth2",
        _ => "api_key",
    };
    let mut lines = vec![
        ("name", "\"Sample\"".to_owned()),
        ("scheme", format!("\"{scheme}\"")),
        ("hosts", "[\"api.example.com\"]".to_owned()),
    ];
    let endpoint = |name| (name, format!("\"https://example.com/{name}\""));
    if scheme.starts_with("oauth") {
        lines.extend(["authorize_url", "token_url"].map(endpoint));
    }
    if scheme == "oauth1" {
        lines.push(endpoint("request_token_url"));
    }
    lines
        .into_iter()
        .filter(|(name, _)| *name != key)
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect()
}

/// Check 6.
#[test]
fn each_key_refuses_a_wrong_value_and_says_what_it_expects() {
    for (path, line, expected) in CASES {
        let key = line.split(' ').next().unwrap();
        let base = base(key);
        let column = line.split('¦').next().unwrap().chars().count() + 1;
        let text = format!("{base}{}\n", line.replace('¦', ""));
        let place = (base.lines().count() + 1, column);
        let faults = validate_service("sample.toml", &text);
        let code = if key == "quirks" { "C0070" } else { "C0063" };
        let fault = faults
            .iter()
            .find(|fault| fault.key == *path && (fault.line, fault.column) == place)
            .unwrap_or_else(|| panic!("{path} at {place:?}: {faults:#?}\nof\n{text}"));
        assert_eq!(fault.code(), code, "{fault}");
        assert!(
            fault.message.starts_with("found ")
                && fault.message.ends_with(&format!(", expected {expected}")),
            "{fault}\nexpected {expected}"
        );
        assert!(
            fault.to_string().starts_with(&format!(
                "sample.toml:{}:{}: {path}: found ",
                place.0, place.1
            )),
            "{fault}"
        );
    }
}

#[test]
fn no_key_is_left_out() {
    let mut known = BTreeSet::new();
    collect("", KEYS, &mut known);
    let tried: BTreeSet<String> = CASES.iter().map(|(path, ..)| (*path).to_owned()).collect();
    let missing: Vec<_> = known.difference(&tried).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn collect(path: &str, keys: &[Key], known: &mut BTreeSet<String>) {
    for key in keys {
        let full = format!("{path}{}", key.name);
        if let Shape::Table(keys) | Shape::Tables(keys) = &key.shape {
            collect(&format!("{full}."), keys, known);
        }
        known.insert(full);
    }
}
