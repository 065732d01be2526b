//! What no key can tell alone: keys that need each other, placeholders and fields, hosts that cover
//! addresses (connections, 2.2, 2.4, 2.8).

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Reader;
use super::fault::Complaint;
use super::keys::{KEYS, Key, Shape};
use super::places::{form_to_carry_it, places};
use super::sources::sources;
use super::template::placeholders;
use super::value::{Table, entries, found, quoted};
use super::{Field, FieldSource, Origin, Pattern, ScopeDelimiter, build};
use crate::suggest::nearest;

/// Placeholders that need no field.
const ALWAYS_THERE: [&str; 2] = ["client_id", "redirect_uri"];

/// Addresses whose hosts a verify request or a lookup may use besides `hosts`.
const ENDPOINTS: [&str; 7] = [
    "authorize_url",
    "token_url",
    "refresh_url",
    "revoke_url",
    "device_url",
    "request_token_url",
    "issuer",
];

pub(super) fn whole(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str) {
    hosts_of_an_api(reader, table);
    if let Some(letter) = letter(scheme) {
        foreign_keys(reader, table, scheme, letter);
        needed_keys(reader, table, scheme);
        places(reader, table, scheme);
        public_client(reader, table);
        form_to_carry_it(reader, table, scheme);
        if scheme == "oauth2" {
            client_in_consent(reader, table);
        }
        keys_of_mail(reader, table);
    }
    scopes(reader, table);
    if reader.sound("fields") {
        let uses = uses(table);
        fields_of_placeholders(reader, table, scheme, &uses);
        fields_of_defaults(reader, table, scheme);
        field_values(reader, table);
        sources(reader, table, scheme, &uses);
    }
    if reader.sound("hosts") {
        coverage(reader, table);
    }
}

fn letter(scheme: &str) -> Option<char> {
    match scheme {
        "basic" => Some('b'),
        "api_key" => Some('k'),
        "oauth1" => Some('1'),
        "oauth2" => Some('2'),
        _ => None,
    }
}

fn foreign_keys(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str, letter: char) {
    for (name, _) in entries(table) {
        let Some(key) = KEYS.iter().find(|key| key.name == name.get_ref()) else {
            continue;
        };
        if key.schemes != "*" && !key.schemes.contains(letter) {
            let schemes: Vec<&str> = [
                ("basic", 'b'),
                ("api_key", 'k'),
                ("oauth1", '1'),
                ("oauth2", '2'),
            ]
            .into_iter()
            .filter(|(_, letter)| key.schemes.contains(*letter))
            .map(|(scheme, _)| scheme)
            .collect();
            reader.complain(
                name.span().start,
                key.name,
                Complaint::foreign_key(scheme, &schemes.join(" and ")),
            );
        }
    }
}

/// Keys that a scheme, a grant or a default service needs.
fn needed_keys(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str) {
    let has = |key: &str| table.get(key).is_some();
    let mail = is_mail(table);
    let mut needed: Vec<(&str, &str)> = Vec::new();
    match scheme {
        "oauth1" if Table(table).text_or("legs", "three") == "three" => {
            needed.extend(
                ["request_token_url", "authorize_url", "token_url"]
                    .map(|key| (key, "oauth1 with three legs")),
            );
        }
        "oauth2" => {
            let grants = build::grant_words(Table(table));
            let has_grant = |grant: &str| grants.iter().any(|word| word == grant);
            if !has("issuer") {
                needed.push(("token_url", "oauth2 without issuer"));
                if has_grant("authorization_code") {
                    needed.push(("authorize_url", "the grant authorization_code"));
                }
                if has_grant("device_code") {
                    needed.push(("device_url", "the grant device_code"));
                }
            }
            if has_grant("jwt_bearer") {
                needed.push(("jwt", "the grant jwt_bearer"));
            }
        }
        _ => {}
    }
    if reader.origin == Origin::Default {
        const WHOSE: &str = "a default service";
        needed.push(("documentation", WHOSE));
        if !has("verify_none") && !mail {
            needed.push(("verify", WHOSE));
        }
        if scheme.starts_with("oauth") {
            needed.extend([("register_url", WHOSE), ("register_says", WHOSE)]);
        }
        if scheme == "oauth2" {
            needed.push(("client_auth", WHOSE));
        }
    }
    for (name, of) in needed {
        if !has(name) {
            let expected = KEYS
                .iter()
                .find(|key| key.name == name)
                .map_or("", |key| key.expected);
            reader.complain(0, name, Complaint::missing_key(name, of, expected));
        }
    }
}

/// Whether it is a mail account: not called by HTTP, and verified by logging in.
fn is_mail(table: &DeTable<'_>) -> bool {
    Table(table).flag("mail", false)
}

/// All but mail accounts say where they may be called.
fn hosts_of_an_api(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    if table.get("hosts").is_none() && !is_mail(table) {
        let expected = KEYS
            .iter()
            .find(|key| key.name == "hosts")
            .map_or("", |key| key.expected);
        reader.complain(
            0,
            "hosts",
            Complaint::missing_key("hosts", "a service", expected),
        );
    }
}

/// A mail account has nothing of an API.
fn keys_of_mail(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    const OF_AN_API: [&str; 10] = [
        "hosts",
        "base_url",
        "verify",
        "verify_none",
        "verify_body",
        "verify_expect",
        "account",
        "headers",
        "lookup",
        "idempotency_header",
    ];
    if !is_mail(table) {
        return;
    }
    for (name, _) in entries(table) {
        if let Some(key) = OF_AN_API.iter().find(|key| *key == name.get_ref()) {
            let complaint = Complaint::value(key, "no key of an API in a mail account");
            reader.complain(name.span().start, key, complaint);
        }
    }
}

/// A client without a secret is safe only with PKCE (connections, 6.4).
fn public_client(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let by_code = build::grant_words(Table(table))
        .iter()
        .any(|grant| grant == "authorization_code");
    if let Some(pkce) = table.get("pkce")
        && pkce.get_ref().as_str() == Some("off")
        && Table(table).text_or("client_auth", "") == "none"
        && by_code
    {
        let complaint = Complaint::value("\"off\"", "S256 or plain with client_auth none");
        reader.complain(pkce.span().start, "pkce", complaint);
    }
}

/// The request for a consent names the client itself.
fn client_in_consent(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let own = Table(table).text_or("client_id_param", "client_id");
    let params = table
        .get("authorize_params")
        .and_then(|params| params.get_ref().as_table());
    for (name, value) in params.into_iter().flat_map(entries) {
        if name.get_ref().as_ref() == "client_id" || *name.get_ref() == own {
            let found = format!("{} = {}", quoted(name.get_ref()), found(value.get_ref()));
            let expected = "parameters the flow does not set itself; it names the client";
            let key = format!("authorize_params.{}", name.get_ref());
            reader.complain(name.span().start, &key, Complaint::value(&found, expected));
        }
    }
}

/// No scope may hold the text that stands between scopes.
fn scopes(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let delimiter = ScopeDelimiter::parse(&Table(table).text_or("scope_delimiter", " "));
    let Some(delimiter) = delimiter.map(ScopeDelimiter::text) else {
        return;
    };
    for scope in list(table, "scopes") {
        if let Some(value) = scope.get("name")
            && let Some(name) = value.get_ref().as_str()
            && name.contains(delimiter)
            && delimiter != " "
        {
            let expected = format!("a scope without the delimiter {}", quoted(delimiter));
            reader.complain(
                value.span().start,
                "scopes.name",
                Complaint::value(&quoted(name), &expected),
            );
        }
    }
}

/// The tables in a list.
pub(super) fn list<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Vec<&'t DeTable<'i>> {
    let items = table.get(key).and_then(|value| value.get_ref().as_array());
    items
        .into_iter()
        .flatten()
        .filter_map(|item| item.get_ref().as_table())
        .collect()
}

/// A text in which placeholders may stand.
pub(super) struct Use<'t> {
    key: String,
    at: usize,
    text: &'t str,
    /// Secret fields are welcome.
    secret: bool,
    /// The part of `text` that names a host.
    pub host: &'t str,
}

fn uses<'t>(table: &'t DeTable<'_>) -> Vec<Use<'t>> {
    let mut uses = Vec::new();
    collect("", KEYS, table, &mut uses);
    uses
}

fn collect<'t>(path: &str, keys: &[Key], table: &'t DeTable<'_>, uses: &mut Vec<Use<'t>>) {
    for (name, value) in entries(table) {
        let Some(key) = keys.iter().find(|key| key.name == name.get_ref()) else {
            continue;
        };
        let full = format!("{path}{}", key.name);
        match (&key.shape, value.get_ref()) {
            (Shape::Table(keys), DeValue::Table(table)) => {
                collect(&format!("{full}."), keys, table, uses)
            }
            (Shape::Tables(keys), DeValue::Array(items)) => {
                for table in items.iter().filter_map(|item| item.get_ref().as_table()) {
                    collect(&format!("{full}."), keys, table, uses);
                }
            }
            (Shape::Headers, DeValue::Table(table)) => collect_entries(&full, table, false, uses),
            (Shape::Params(secret), DeValue::Table(table)) => {
                collect_entries(&full, table, *secret, uses)
            }
            (Shape::Hosts, DeValue::Array(items)) => {
                uses.extend(items.iter().filter_map(|item| {
                    let text = item.get_ref().as_str()?;
                    Some(Use {
                        key: full.clone(),
                        at: item.span().start,
                        text,
                        secret: false,
                        host: text,
                    })
                }));
            }
            (Shape::Address | Shape::Request, DeValue::String(text)) => {
                uses.push(Use {
                    key: full,
                    at: value.span().start,
                    text,
                    secret: false,
                    host: authority(text),
                });
            }
            (Shape::Secret | Shape::Plain, DeValue::String(text)) => {
                let secret = matches!(key.shape, Shape::Secret);
                uses.push(Use {
                    key: full,
                    at: value.span().start,
                    text,
                    secret,
                    host: "",
                });
            }
            _ => {}
        }
    }
}

fn collect_entries<'t>(path: &str, table: &'t DeTable<'_>, secret: bool, uses: &mut Vec<Use<'t>>) {
    for (name, value) in entries(table) {
        if let Some(text) = value.get_ref().as_str() {
            let key = format!("{path}.{}", name.get_ref());
            uses.push(Use {
                key,
                at: value.span().start,
                text,
                secret,
                host: "",
            });
        }
    }
}

/// Host and port of an address template.
pub(super) fn authority(address: &str) -> &str {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or("")
}

/// Every placeholder has a field, secret ones stand only where they may, every field is used, and
/// one that stands in a host has a pattern.
fn fields_of_placeholders(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    scheme: &str,
    uses: &[Use<'_>],
) {
    let fields = build::fields(Table(table), scheme);
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let mut used = BTreeSet::new();
    for Use {
        key,
        at,
        text,
        secret,
        host,
    } in uses
    {
        for name in placeholders(text) {
            used.insert(name.to_owned());
            match fields.iter().find(|field| field.name == name) {
                None if ALWAYS_THERE.contains(&name) => {}
                None => {
                    let near = nearest(name, names.iter().copied());
                    reader.complain(*at, key, Complaint::no_field(name, near));
                }
                Some(field) if field.secret && !secret => {
                    reader.complain(*at, key, Complaint::secret_not_here(name));
                }
                Some(field) => {
                    if field.pattern.is_none() && placeholders(host).any(|in_host| in_host == name)
                    {
                        let of = format!("the field `{name}`, which stands in a host");
                        let complaint = Complaint::missing_key(
                            "pattern",
                            &of,
                            "a regular expression for the whole value",
                        );
                        reader.complain(*at, key, complaint);
                    }
                }
            }
        }
    }
    if scheme == "oauth1" && table.get("fields").is_some() {
        fields_of_signatures(reader, table, &fields);
    }
    used.extend(
        build::fields_used_by_defaults(Table(table), scheme)
            .into_iter()
            .map(|(_, name)| name),
    );
    let lookup = table
        .get("lookup")
        .and_then(|lookup| lookup.get_ref().as_table());
    used.extend(lookup.and_then(|lookup| Table(lookup).text("field")));
    for field in list(table, "fields") {
        let Some(value) = field.get("name") else {
            continue;
        };
        let Some(name) = value.get_ref().as_str() else {
            continue;
        };
        let sets_others = list(field, "choices")
            .iter()
            .any(|choice| choice.get("sets").is_some());
        if !used.contains(name) && !sets_others {
            reader.complain(
                value.span().start,
                "fields.name",
                Complaint::unused_field(name),
            );
        }
    }
}

/// A service that lists its fields lists those too that signatures are made with.
fn fields_of_signatures(reader: &mut Reader<'_>, table: &DeTable<'_>, fields: &[Field]) {
    let mut needed: Vec<(&str, FieldSource, &str)> = Vec::new();
    if Table(table).text("legs").as_deref() == Some("entered") {
        let of = "legs = \"entered\"";
        needed.push(("token", FieldSource::User, of));
        needed.push(("token_secret", FieldSource::User, of));
    }
    if Table(table).text("signature_method").as_deref() == Some("RSA-SHA1") {
        needed.push(("private_key", FieldSource::Client, "RSA-SHA1"));
    }
    for (name, from, of) in needed {
        let fits = |field: &&Field| field.name == name && field.secret && field.from == from;
        if !fields.iter().any(|field| fits(&field)) {
            let expected = match from {
                FieldSource::Client => "with secret = true and from = \"client\"",
                _ => "with secret = true",
            };
            let key = format!("the field `{name}`");
            reader.complain(0, "fields", Complaint::missing_key(&key, of, expected));
        }
    }
}

/// Where a document has fields of its own, those that its scheme and grants need are among them.
fn fields_of_defaults(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str) {
    // What signs is told of with the signatures.
    let Some(own) = table.get("fields").filter(|_| scheme != "oauth1") else {
        return;
    };
    let fields = build::fields(Table(table), scheme);
    let usual = build::fields_of_scheme(Table(table), scheme);
    for (key, name) in build::fields_used_by_defaults(Table(table), scheme) {
        if !fields.iter().any(|field| field.name == name) {
            let usual = usual.iter().find(|field| field.name == name);
            let complaint = Complaint::no_field_of_default(key, &name, usual);
            reader.complain(own.span().start, key, complaint);
        }
    }
}

/// Defaults, examples and choices fit the pattern of their field.
fn field_values(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let fields = list(table, "fields");
    let pattern_of = |name: &str| {
        let field = fields
            .iter()
            .find(|field| Table(field).text("name").as_deref() == Some(name))?;
        let field = Table(field);
        Some((field.flag("secret", false), field.text("pattern")))
    };
    for field in &fields {
        let pattern = Table(field).text("pattern");
        if let Some(value) = field.get("default")
            && Table(field).flag("secret", false)
        {
            // The value itself is not repeated: it may be a real secret.
            let complaint = Complaint::value(
                "a default of a secret",
                "no default, since a definition is no secret",
            );
            reader.complain(value.span().start, "fields.default", complaint);
        }
        for key in ["default", "example"] {
            if let Some(value) = field.get(key) {
                fits_pattern(reader, &format!("fields.{key}"), value, pattern.as_deref());
            }
        }
        for choice in list(field, "choices") {
            if let Some(value) = choice.get("value") {
                fits_pattern(reader, "fields.choices.value", value, pattern.as_deref());
            }
            let sets = choice
                .get("sets")
                .and_then(|sets| sets.get_ref().as_table());
            for (name, value) in sets.into_iter().flat_map(entries) {
                match pattern_of(name.get_ref()) {
                    None => {
                        let complaint = Complaint::no_field(name.get_ref(), None);
                        reader.complain(name.span().start, "fields.choices.sets", complaint);
                    }
                    Some((true, _)) => {
                        let complaint = Complaint::secret_not_here(name.get_ref());
                        reader.complain(name.span().start, "fields.choices.sets", complaint);
                    }
                    Some((false, pattern)) => {
                        fits_pattern(reader, "fields.choices.sets", value, pattern.as_deref())
                    }
                }
            }
        }
    }
}

fn fits_pattern(
    reader: &mut Reader<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    pattern: Option<&str>,
) {
    let (Some(text), Some(pattern)) = (value.get_ref().as_str(), pattern) else {
        return;
    };
    if Pattern::parse(pattern).is_some_and(|pattern| !pattern.matches(text)) {
        let expected = format!("a value that fits the pattern {}", quoted(pattern));
        reader.complain(
            value.span().start,
            key,
            Complaint::value(&quoted(text), &expected),
        );
    }
}

/// `hosts` cover `base_url`; `hosts` and the endpoints' hosts cover `verify` and the lookup.
/// Compared as they are written: a placeholder covers itself.
fn coverage(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let hosts = Table(table).texts("hosts");
    let endpoints: Vec<String> = ENDPOINTS
        .iter()
        .filter_map(|key| Table(table).text(key))
        .map(|address| authority(&address).to_owned())
        .collect();
    let lookup = table
        .get("lookup")
        .and_then(|lookup| lookup.get_ref().as_table());
    let checked = [
        ("base_url", table.get("base_url"), false),
        ("verify", table.get("verify"), true),
        (
            "lookup.request",
            lookup.and_then(|lookup| lookup.get("request")),
            true,
        ),
    ];
    for (key, value, with_endpoints) in checked {
        let Some(value) = value else { continue };
        let Some(text) = value.get_ref().as_str() else {
            continue;
        };
        let host = authority(text);
        let covered = hosts.iter().any(|pattern| covers(pattern, host))
            || with_endpoints
                && endpoints
                    .iter()
                    .any(|endpoint| endpoint.eq_ignore_ascii_case(host));
        if !covered && reader.sound(key) {
            reader.complain(
                value.span().start,
                key,
                Complaint::not_covered(host, &hosts.join(", ")),
            );
        }
    }
}

fn covers(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.to_lowercase(), host.to_lowercase());
    match pattern.strip_prefix('*') {
        Some(end) => host.len() > end.len() && host.ends_with(end),
        None => pattern == host,
    }
}
