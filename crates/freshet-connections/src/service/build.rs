//! From a checked document to a `Service`: defaults filled in (connections, 2.2).

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::template::placeholders;
use super::value::{Table, whole};
use super::{
    ApiKey, Choice, ClientAuth, ExpiresUnit, Field, FieldSource, GrantType, Jwt, JwtAlgorithm,
    Legs, Lookup, OAuth1, OAuth2, Origin, ParamType, Pattern, Pkce, Quirk, Rate, Redirect, Scheme,
    ScopeDefinition, ScopeDelimiter, Service, SignatureMethod, Template, TokenBody, Verify,
};

/// `https`, but for a host whose own addresses in the document are http, as on loopback: so that the snippet works.
fn usual_scheme(document: Table<'_, '_>, host: &str) -> &'static str {
    let plain = format!("http://{host}/");
    let verify = document.text_or("verify", "");
    let address = verify.split_once(' ').map_or("", |(_, address)| address);
    if address.starts_with(&plain) || document.text_or("token_url", "").starts_with(&plain) {
        "http"
    } else {
        "https"
    }
}

pub(super) fn service(
    document: Table<'_, '_>,
    link_name: &str,
    definition: &str,
    origin: Origin,
) -> Service {
    let scheme = document.text_or("scheme", "");
    let hosts: Vec<Template> = document
        .texts("hosts")
        .into_iter()
        .map(Template::new)
        .collect();
    let first_host = hosts
        .first()
        .map_or("", Template::as_str)
        .trim_start_matches("*.");
    let mail = document.flag("mail", false);
    let base_url = document.text("base_url").unwrap_or_else(|| match mail {
        true => String::new(),
        false => format!("{}://{first_host}/", usual_scheme(document, first_host)),
    });
    let mut categories = document.texts("categories");
    if categories.is_empty() {
        categories.push("other".to_owned());
    }
    Service {
        link_name: link_name.to_owned(),
        is_default: origin == Origin::Default,
        name: document.text_or("name", link_name),
        fields: fields(document, &scheme),
        scheme: self::scheme(document, &scheme),
        categories,
        says: document.text("says"),
        mail,
        hosts,
        base_url: Template::new(base_url),
        documentation: document.text("documentation"),
        register_url: document.text("register_url"),
        register_says: document.text("register_says"),
        lookup: lookup(document),
        verify: verify(document),
        account: document.text("account"),
        headers: templates(document.pairs("headers")),
        rate: document.table("rate").map(rate),
        idempotency_header: document.text("idempotency_header"),
        confirmed: document.flag("confirmed", true),
        definition: definition.to_owned(),
    }
}

fn templates(pairs: Vec<(String, String)>) -> Vec<(String, Template)> {
    pairs
        .into_iter()
        .map(|(name, text)| (name, Template::new(text)))
        .collect()
}

fn scheme(document: Table<'_, '_>, scheme: &str) -> Scheme {
    match scheme {
        "basic" => Scheme::Basic {
            username: Template::new(document.text_or("username", "{username}")),
            password: Template::new(document.text_or("password", "{password}")),
        },
        "api_key" => {
            let further = document.tables("keys");
            Scheme::ApiKey(
                std::iter::once(document)
                    .chain(further)
                    .map(api_key)
                    .collect(),
            )
        }
        "oauth1" => Scheme::OAuth1(Box::new(oauth1(document))),
        _ => Scheme::OAuth2(Box::new(oauth2(document))),
    }
}

fn api_key(table: Table<'_, '_>) -> ApiKey {
    ApiKey {
        place: param_type(table),
        name: table.text_or("param_name", "Authorization"),
        prefix: table.text_or("param_prefix", ""),
        key: Template::new(table.text_or("key", "{api_key}")),
    }
}

fn param_type(table: Table<'_, '_>) -> ParamType {
    table
        .text("param_type")
        .and_then(|word| ParamType::parse(&word))
        .unwrap_or(ParamType::Header)
}

fn oauth1(document: Table<'_, '_>) -> OAuth1 {
    let address = |key: &str| document.text(key).map(Template::new);
    OAuth1 {
        legs: Legs::parse(&document.text_or("legs", "three")).unwrap_or(Legs::Three),
        request_token_url: address("request_token_url"),
        authorize_url: address("authorize_url"),
        token_url: address("token_url"),
        signature_method: document
            .text("signature_method")
            .and_then(|word| SignatureMethod::parse(&word))
            .unwrap_or(SignatureMethod::HmacSha1),
        realm: document.text("realm").map(Template::new),
        body_hash: document.flag("body_hash", false),
        place: param_type(document),
        redirect: redirect(document),
        authorize_params: templates(document.pairs("authorize_params")),
        token_params: templates(document.pairs("token_params")),
        scope_delimiter: scope_delimiter(document),
        scope_param: document.text_or("scope_param", "scope"),
        scopes: document.tables("scopes").into_iter().map(scope).collect(),
        free_scopes: document.flag("free_scopes", true),
    }
}

fn scope_delimiter(document: Table<'_, '_>) -> ScopeDelimiter {
    ScopeDelimiter::parse(&document.text_or("scope_delimiter", " "))
        .unwrap_or(ScopeDelimiter::Space)
}

/// The words of `grant_types`.
pub(super) fn grant_words(document: Table<'_, '_>) -> Vec<String> {
    let words = document.texts("grant_types");
    if words.is_empty() {
        vec![GrantType::AuthorizationCode.as_str().to_owned()]
    } else {
        words
    }
}

fn oauth2(document: Table<'_, '_>) -> OAuth2 {
    let place = param_type(document);
    let usual_name = if place == ParamType::Header {
        "Authorization"
    } else {
        "access_token"
    };
    let address = |key: &str| document.text(key).map(Template::new);
    let expired_statuses: Vec<u16> = document
        .list("expired_statuses")
        .filter_map(whole)
        .filter_map(|status| u16::try_from(status).ok())
        .collect();
    OAuth2 {
        grant_types: grant_words(document)
            .iter()
            .filter_map(|word| GrantType::parse(word))
            .collect(),
        authorize_url: address("authorize_url"),
        token_url: address("token_url"),
        refresh_url: address("refresh_url"),
        revoke_url: address("revoke_url"),
        device_url: address("device_url"),
        issuer: address("issuer"),
        resource: document.text("resource"),
        client_auth: document
            .text("client_auth")
            .and_then(|word| ClientAuth::parse(&word))
            .unwrap_or(ClientAuth::Auto),
        client_id_param: document.text_or("client_id_param", "client_id"),
        pkce: match document.text_or("pkce", "S256").as_str() {
            "plain" => Pkce::Plain,
            "off" => Pkce::Off,
            _ => Pkce::S256,
        },
        has_own_pkce: document.get("pkce").is_some(),
        redirect: redirect(document),
        scope_delimiter: scope_delimiter(document),
        scope_param: document.text_or("scope_param", "scope"),
        scopes: document.tables("scopes").into_iter().map(scope).collect(),
        free_scopes: document.flag("free_scopes", true),
        authorize_params: templates(document.pairs("authorize_params")),
        token_params: templates(document.pairs("token_params")),
        refresh_params: templates(document.pairs("refresh_params")),
        token_body: match document.text_or("token_body", "form").as_str() {
            "json" => TokenBody::Json,
            "query" => TokenBody::Query,
            _ => TokenBody::Form,
        },
        token_headers: document.pairs("token_headers"),
        token_path: document.text_or("token_path", ""),
        token_lifetime: document.number("token_lifetime"),
        expires_unit: match document.text_or("expires_unit", "s").as_str() {
            "ms" => ExpiresUnit::Milliseconds,
            _ => ExpiresUnit::Seconds,
        },
        expired_statuses: if expired_statuses.is_empty() {
            vec![401]
        } else {
            expired_statuses
        },
        jwt: document.table("jwt").map(jwt),
        quirks: document
            .texts("quirks")
            .iter()
            .filter_map(|word| Quirk::parse(word))
            .collect(),
        error_aliases: document.pairs("error_aliases").into_iter().collect(),
        place,
        param_name: document.text_or("param_name", usual_name),
        param_prefix: document.text_or(
            "param_prefix",
            if place == ParamType::Header {
                "Bearer "
            } else {
                ""
            },
        ),
        has_own_prefix: document.get("param_prefix").is_some(),
    }
}

fn redirect(document: Table<'_, '_>) -> Redirect {
    Redirect::parse(&document.text_or("redirect", "loopback")).unwrap_or(Redirect::Loopback)
}

fn jwt(table: Table<'_, '_>) -> Jwt {
    const LIFETIME: u64 = 3600;
    let text = |key: &str| table.text(key).map(Template::new);
    Jwt {
        algorithm: JwtAlgorithm::parse(&table.text_or("alg", "RS256"))
            .unwrap_or(JwtAlgorithm::RS256),
        iss: text("iss"),
        sub: text("sub"),
        aud: text("aud"),
        kid: text("kid"),
        key: Template::new(table.text_or("key", "{private_key}")),
        scope_claim: table.text("scope_claim"),
        lifetime: table.number("lifetime").unwrap_or(LIFETIME),
    }
}

fn lookup(document: Table<'_, '_>) -> Option<Lookup> {
    let table = document.table("lookup")?;
    let request = table.text("request")?;
    let (_, address) = request.split_once(' ')?;
    Some(Lookup {
        url: Template::new(address.trim()),
        prefix: table.text("prefix"),
        list: table.text_or("list", ""),
        value: table.text_or("value", ""),
        title: table.text("title"),
        field: table.text_or("field", ""),
    })
}

fn scope(table: Table<'_, '_>) -> ScopeDefinition {
    let name = table.text_or("name", "");
    ScopeDefinition {
        display: table.text_or("display", &name),
        says: table.text("says"),
        default: table.flag("default", false),
        name,
    }
}

fn verify(document: Table<'_, '_>) -> Option<Verify> {
    let request = document.text("verify")?;
    let (method, address) = request.split_once(' ')?;
    Some(Verify {
        method: if method == "POST" {
            http::Method::POST
        } else {
            http::Method::GET
        },
        url: Template::new(address.trim()),
        body: document.text("verify_body"),
        expect: document.text("verify_expect"),
    })
}

fn rate(table: Table<'_, '_>) -> Rate {
    Rate {
        at_once: table.number("at_once"),
        per_minute: table.number("per_minute"),
    }
}

/// The fields of the document, else those its scheme asks for (connections, 2.4).
pub(super) fn fields(document: Table<'_, '_>, scheme: &str) -> Vec<Field> {
    if document.get("fields").is_some() {
        return document.tables("fields").into_iter().map(field).collect();
    }
    fields_of_scheme(document, scheme)
}

/// The fields that a scheme asks for where the document lists none.
pub(super) fn fields_of_scheme(document: Table<'_, '_>, scheme: &str) -> Vec<Field> {
    let grants = grant_words(document);
    let by_password = scheme == "oauth2" && grants.iter().any(|grant| grant == "password");
    let mut fields = Vec::new();
    if scheme == "basic" || by_password {
        // Beside other grants, only connections that use the password have a user.
        let optional = by_password && grants.len() > 1;
        fields.push(Field {
            optional,
            ..plain("username", "User name")
        });
        fields.push(Field {
            optional: true,
            asked: true,
            ..secret("password", "Password")
        });
    }
    if scheme == "api_key" {
        fields.push(secret("api_key", "API key"));
    }
    if scheme == "oauth1" && document.text_or("legs", "three") == "entered" {
        fields.push(secret("token", "Token"));
        fields.push(secret("token_secret", "Token secret"));
    }
    if signs_with_private_key(document) {
        fields.push(Field {
            from: FieldSource::Client,
            ..secret("private_key", "Private key")
        });
    }
    fields
}

/// Whether requests are signed with the field `private_key`.
pub(super) fn signs_with_private_key(document: Table<'_, '_>) -> bool {
    let jwt_key = document.table("jwt").and_then(|jwt| jwt.text("key"));
    let by_assertion = grant_words(document)
        .iter()
        .any(|word| word == "jwt_bearer")
        && jwt_key.is_none_or(|key| placeholders(&key).any(|name| name == "private_key"));
    by_assertion
        || document.text("signature_method").as_deref() == Some("RSA-SHA1")
        || document.text("client_auth").as_deref() == Some("private_key_jwt")
}

/// Keys that use a field at their default, though no text of the document names it, with the field.
pub(super) fn fields_used_by_defaults(
    document: Table<'_, '_>,
    scheme: &str,
) -> Vec<(&'static str, String)> {
    let mut used = Vec::new();
    let mut by_default = |key: &'static str, text: &str| {
        if document.get(key).is_none() {
            used.extend(placeholders(text).map(|name| (key, name.to_owned())));
        }
    };
    match scheme {
        "basic" => {
            by_default("username", "{username}");
            by_default("password", "{password}");
        }
        "api_key" => by_default("key", "{api_key}"),
        _ => {}
    }
    let mut needs = |key, names: &[&str]| {
        used.extend(names.iter().map(|name| (key, (*name).to_owned())));
    };
    if signs_with_private_key(document) {
        let by = if document.get("jwt").is_some() {
            "jwt"
        } else {
            "client_auth"
        };
        needs(by, &["private_key"]);
    }
    if document.text("legs").as_deref() == Some("entered") {
        needs("legs", &["token", "token_secret"]);
    }
    if grant_words(document).iter().any(|word| word == "password") {
        needs("grant_types", &["username", "password"]);
    }
    if document.flag("mail", false) {
        needs("mail", &["host", "port", "security", "from", "aliases"]);
    }
    used
}

fn plain(name: &str, title: &str) -> Field {
    Field {
        name: name.to_owned(),
        title: title.to_owned(),
        says: None,
        secret: false,
        example: None,
        default: None,
        optional: false,
        asked: false,
        choices: Vec::new(),
        from: FieldSource::User,
        pattern: None,
    }
}

fn secret(name: &str, title: &str) -> Field {
    Field {
        secret: true,
        ..plain(name, title)
    }
}

fn field(table: Table<'_, '_>) -> Field {
    Field {
        name: table.text_or("name", ""),
        title: table.text_or("title", ""),
        says: table.text("says"),
        secret: table.flag("secret", false),
        example: table.text("example"),
        default: table.text("default"),
        optional: table.flag("optional", false),
        asked: false,
        choices: table.tables("choices").into_iter().map(choice).collect(),
        from: source(&table.text_or("from", "user")),
        pattern: table
            .get("pattern")
            .and_then(DeValue::as_str)
            .and_then(Pattern::parse),
    }
}

fn choice(table: Table<'_, '_>) -> Choice {
    let value = table.text_or("value", "");
    Choice {
        title: table.text_or("title", &value),
        sets: table.pairs("sets").into_iter().collect::<BTreeMap<_, _>>(),
        value,
    }
}

fn source(text: &str) -> FieldSource {
    match text.split_once(':') {
        Some(("callback", name)) => FieldSource::Callback(name.to_owned()),
        Some(("token", pointer)) => FieldSource::Token(pointer.to_owned()),
        _ if text == "client" => FieldSource::Client,
        _ if text == "lookup" => FieldSource::Lookup,
        _ => FieldSource::User,
    }
}
