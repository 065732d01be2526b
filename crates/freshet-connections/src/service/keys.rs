//! Every key a service document may hold: one entry a key (connections, 2.2).

/// A key of a document or of a table in it.
pub(super) struct Key {
    pub name: &'static str,
    /// The schemes it belongs to: `*`, or of `b` basic, `k` api_key, `1` oauth1, `2` oauth2.
    pub schemes: &'static str,
    pub required: bool,
    pub shape: Shape,
    /// What a value must look like, for faults.
    pub expected: &'static str,
}

/// The form of a value. `document.rs` checks each.
pub(super) enum Shape {
    /// Trimmed text of 1 to so many characters, without control characters.
    Line(usize),
    /// Text of at most so many characters; line breaks allowed.
    Text(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of these words, not empty.
    ListOf(&'static [&'static str]),
    Flag,
    /// A whole number in this range.
    Whole(i64, i64),
    Statuses,
    /// An address with placeholders.
    Address,
    Hosts,
    /// METHOD and an address with placeholders.
    Request,
    Json,
    Pointer,
    /// Text using fields; secret ones too.
    Secret,
    /// Text using fields, none of them secret.
    Plain,
    HeaderName,
    /// A header name or the name of a parameter, by `param_type`.
    ParamName,
    Prefix,
    /// 1 to 64 unreserved characters.
    Parameter,
    /// Header names and values using fields.
    Headers,
    /// Parameters using fields; the flag tells whether secret ones may stand in them.
    Params(bool),
    /// Texts to texts.
    Texts,
    Aliases,
    Quirks,
    FieldName,
    ScopeName,
    Pattern,
    From,
    Table(&'static [Key]),
    Tables(&'static [Key]),
}

const fn key(
    name: &'static str,
    schemes: &'static str,
    shape: Shape,
    expected: &'static str,
) -> Key {
    Key {
        name,
        schemes,
        required: false,
        shape,
        expected,
    }
}

const fn required(name: &'static str, shape: Shape, expected: &'static str) -> Key {
    Key {
        name,
        schemes: "*",
        required: true,
        shape,
        expected,
    }
}

const fn optional(name: &'static str, shape: Shape, expected: &'static str) -> Key {
    key(name, "*", shape, expected)
}

pub(super) const SCHEMES: &[&str] = &["basic", "api_key", "oauth1", "oauth2"];

/// Where a service is found in a list.
pub const CATEGORIES: &[&str] = &[
    "accounting",
    "ai",
    "calendar",
    "commerce",
    "communication",
    "crm",
    "design",
    "development",
    "email",
    "files",
    "finance",
    "forms",
    "hr",
    "infrastructure",
    "marketing",
    "monitoring",
    "other",
    "payments",
    "productivity",
    "project",
    "sales",
    "social",
    "support",
];

/// Error words of RFC 6749, 4.1.2.1 and 5.2, and of RFC 8628, 3.5.
pub(super) const ERROR_WORDS: &[&str] = &[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    "authorization_pending",
    "slow_down",
    "expired_token",
];

/// Parameters a flow sets itself and a document may not.
pub(super) const RESERVED_PARAMS: &[&str] = &[
    "state",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "redirect_uri",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "assertion",
    "device_code",
    "refresh_token",
];

const ADDRESS: &str = "an https address";
const POINTER: &str = "a JSON pointer such as /user/email";
const PARAMS: &str = "parameters the flow does not set itself (grant_type, response_type, scope, audience may be replaced; empty removes; never state, code, code_challenge, redirect_uri, client_secret)";
const FIELD_TEXT: &str = "text using fields of this service";
const PARAM_TYPE: &str = "header, query, form or, for api_key, path";
const PARAM_NAME: &str = "a header name; else 1–64 unreserved characters";
const PARAM_PREFIX: &str = "visible ASCII and spaces";
const PARAM_TYPES: &[&str] = &["header", "query", "form", "path"];

/// The keys of a document.
pub(super) const KEYS: &[Key] = &[
    required(
        "name",
        Shape::Line(50),
        "1–50 characters, trimmed, used by no other service",
    ),
    required(
        "scheme",
        Shape::OneOf(SCHEMES),
        "basic, api_key, oauth1 or oauth2",
    ),
    optional(
        "hosts",
        Shape::Hosts,
        "hosts such as api.example.com, *.example.com (at least two fixed labels, no public suffix), with :port if needed, placeholders allowed; no IP address except loopback in custom services",
    ),
    optional(
        "categories",
        Shape::ListOf(CATEGORIES),
        "a list of accounting ai calendar commerce communication crm design development email files finance forms hr infrastructure marketing monitoring other payments productivity project sales social support",
    ),
    optional("says", Shape::Text(200), "at most 200 characters"),
    key("mail", "b", Shape::Flag, "true or false"),
    optional(
        "base_url",
        Shape::Address,
        "an https address on one of hosts (for the snippet)",
    ),
    optional("documentation", Shape::Address, ADDRESS),
    key("register_url", "12", Shape::Address, ADDRESS),
    key(
        "register_says",
        "12",
        Shape::Text(600),
        "at most 600 characters: the steps of registering a client",
    ),
    optional(
        "verify",
        Shape::Request,
        "GET or POST and an https address on one of hosts or of the service's endpoints",
    ),
    optional(
        "verify_none",
        Shape::Line(200),
        "why there is no verify request, in at most 200 characters",
    ),
    optional("verify_body", Shape::Json, "JSON text"),
    optional(
        "verify_expect",
        Shape::Pointer,
        "a JSON pointer that must read true",
    ),
    optional(
        "account",
        Shape::Pointer,
        "a JSON pointer to \"connected as\"",
    ),
    optional(
        "headers",
        Shape::Headers,
        "header names and values without line breaks",
    ),
    key("param_type", "k12", Shape::OneOf(PARAM_TYPES), PARAM_TYPE),
    key("param_name", "k2", Shape::ParamName, PARAM_NAME),
    key("param_prefix", "k2", Shape::Prefix, PARAM_PREFIX),
    key("username", "b", Shape::Secret, FIELD_TEXT),
    key("password", "b", Shape::Secret, FIELD_TEXT),
    key("key", "k", Shape::Secret, FIELD_TEXT),
    key(
        "keys",
        "k",
        Shape::Tables(FURTHER_KEY),
        "further { param_type, param_name, param_prefix, key }",
    ),
    key("request_token_url", "1", Shape::Address, ADDRESS),
    key("authorize_url", "12", Shape::Address, ADDRESS),
    key("token_url", "12", Shape::Address, ADDRESS),
    key(
        "legs",
        "1",
        Shape::OneOf(&["three", "entered", "two"]),
        "three, entered (token and secret typed in) or two (no token)",
    ),
    key(
        "signature_method",
        "1",
        Shape::OneOf(&["HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT"]),
        "HMAC-SHA1, HMAC-SHA256, RSA-SHA1 or PLAINTEXT",
    ),
    key("realm", "1", Shape::Plain, "text"),
    key("body_hash", "1", Shape::Flag, "true or false"),
    key(
        "grant_types",
        "2",
        Shape::ListOf(&[
            "authorization_code",
            "client_credentials",
            "device_code",
            "jwt_bearer",
            "password",
        ]),
        "a list of authorization_code client_credentials device_code jwt_bearer password; first is the default (password only with --allow-password-grant)",
    ),
    key("refresh_url", "2", Shape::Address, ADDRESS),
    key("revoke_url", "2", Shape::Address, ADDRESS),
    key("device_url", "2", Shape::Address, ADDRESS),
    key("issuer", "2", Shape::Address, ADDRESS),
    key("resource", "2", Shape::Address, ADDRESS),
    key(
        "client_auth",
        "2",
        Shape::OneOf(&["basic", "body", "none", "private_key_jwt", "auto"]),
        "basic, body, none, private_key_jwt or auto (basic, then once body after invalid_client; kept)",
    ),
    key("client_id_param", "2", Shape::Parameter, "a parameter name"),
    key(
        "pkce",
        "2",
        Shape::OneOf(&["S256", "plain", "off"]),
        "S256, plain or off",
    ),
    key(
        "scope_delimiter",
        "12",
        Shape::OneOf(&[" ", ",", "+", ";", "space", "comma", "plus", "semicolon"]),
        "space (sent %20), comma (%2C), plus (bare +) or semicolon",
    ),
    key("scope_param", "12", Shape::Parameter, "a parameter name"),
    key(
        "scopes",
        "12",
        Shape::Tables(SCOPE),
        "a list of { name, display, says, group, default }",
    ),
    key("free_scopes", "12", Shape::Flag, "true or false"),
    key("authorize_params", "12", Shape::Params(false), PARAMS),
    key("token_params", "12", Shape::Params(true), PARAMS),
    key("refresh_params", "12", Shape::Params(false), PARAMS),
    key(
        "token_body",
        "2",
        Shape::OneOf(&["form", "json", "query"]),
        "form, json or query",
    ),
    key(
        "token_headers",
        "2",
        Shape::Headers,
        "header names and values without line breaks",
    ),
    key(
        "token_path",
        "2",
        Shape::Pointer,
        "a JSON pointer to the object with the token",
    ),
    key(
        "token_lifetime",
        "2",
        Shape::Whole(1, 315_360_000),
        "seconds assumed when none is named, 1 to 315360000",
    ),
    key("expires_unit", "2", Shape::OneOf(&["s", "ms"]), "s or ms"),
    key(
        "expired_statuses",
        "2",
        Shape::Statuses,
        "a list of statuses 400–499",
    ),
    key(
        "error_aliases",
        "2",
        Shape::Aliases,
        "service's word = word of RFC 6749, 5.2",
    ),
    key(
        "redirect",
        "12",
        Shape::OneOf(&["loopback", "localhost", "https"]),
        "loopback, localhost or https",
    ),
    key(
        "jwt",
        "2",
        Shape::Table(JWT),
        "{ alg = RS256|ES256|HS256, iss, sub, aud, kid, key, scope_claim, lifetime ≤ 3600 }",
    ),
    optional(
        "fields",
        Shape::Tables(FIELD),
        "a list of { name, title, says, secret, pattern, example, default, optional, choices, from }",
    ),
    optional(
        "lookup",
        Shape::Table(LOOKUP),
        "{ request, prefix, list, value, title, field }",
    ),
    optional("rate", Shape::Table(RATE), "{ at_once, per_minute }, hints"),
    optional("idempotency_header", Shape::HeaderName, "a header name"),
    key(
        "quirks",
        "2",
        Shape::Quirks,
        "shopify_hmac facebook_exchange get_refresh zoho_accounts_server",
    ),
    optional("confirmed", Shape::Flag, "true or false"),
];

const FURTHER_KEY: &[Key] = &[
    optional("param_type", Shape::OneOf(PARAM_TYPES), PARAM_TYPE),
    optional("param_name", Shape::ParamName, PARAM_NAME),
    optional("param_prefix", Shape::Prefix, PARAM_PREFIX),
    required("key", Shape::Secret, FIELD_TEXT),
];

const SCOPE: &[Key] = &[
    required(
        "name",
        Shape::ScopeName,
        "scope characters of RFC 6749, without the delimiter, unique",
    ),
    optional("display", Shape::Line(100), "1–100 characters"),
    optional("says", Shape::Text(200), "at most 200 characters"),
    optional("group", Shape::Line(50), "1–50 characters"),
    optional("default", Shape::Flag, "true or false"),
];

const FIELD: &[Key] = &[
    required(
        "name",
        Shape::FieldName,
        "up to 31 small letters, digits, _, first a letter; used once",
    ),
    required("title", Shape::Line(80), "1–80 characters"),
    optional("says", Shape::Text(600), "at most 600 characters"),
    optional("secret", Shape::Flag, "true or false"),
    optional(
        "pattern",
        Shape::Pattern,
        "a regular expression for the whole value",
    ),
    optional("example", Shape::Line(200), "a value that fits the pattern"),
    optional("default", Shape::Line(200), "a value that fits the pattern"),
    optional("optional", Shape::Flag, "true or false"),
    optional(
        "choices",
        Shape::Tables(CHOICE),
        "a list of { value, title, sets }",
    ),
    optional(
        "from",
        Shape::From,
        "user, client, callback:NAME, token:POINTER or lookup",
    ),
];

const CHOICE: &[Key] = &[
    required("value", Shape::Line(200), "a value that fits the pattern"),
    optional("title", Shape::Line(80), "1–80 characters"),
    optional(
        "sets",
        Shape::Texts,
        "other fields of this service and values that fit their patterns",
    ),
];

const LOOKUP: &[Key] = &[
    required(
        "request",
        Shape::Request,
        "GET and an https address on one of hosts or of the service's endpoints",
    ),
    optional("prefix", Shape::Prefix, PARAM_PREFIX),
    optional("list", Shape::Pointer, "a JSON pointer to a list"),
    required("value", Shape::Pointer, POINTER),
    optional("title", Shape::Pointer, POINTER),
    required(
        "field",
        Shape::FieldName,
        "the name of a field with from = \"lookup\"",
    ),
];

const RATE: &[Key] = &[
    optional(
        "at_once",
        Shape::Whole(1, 10_000),
        "requests at a time, 1 to 10000",
    ),
    optional(
        "per_minute",
        Shape::Whole(1, 1_000_000),
        "requests a minute, 1 to 1000000",
    ),
];

const JWT: &[Key] = &[
    required(
        "alg",
        Shape::OneOf(&["RS256", "ES256", "HS256"]),
        "RS256, ES256 or HS256",
    ),
    optional("iss", Shape::Secret, FIELD_TEXT),
    optional("sub", Shape::Secret, FIELD_TEXT),
    optional("aud", Shape::Secret, FIELD_TEXT),
    optional("kid", Shape::Secret, FIELD_TEXT),
    optional("key", Shape::Secret, FIELD_TEXT),
    optional("scope_claim", Shape::Parameter, "the name of a claim"),
    optional("lifetime", Shape::Whole(1, 3600), "seconds, 1 to 3600"),
];

#[cfg(test)]
mod tests;
