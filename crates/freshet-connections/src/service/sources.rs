//! Where the values of fields come from: rules for those that the service itself gives
//! (connections, 2.4, 2.5). Such a value may name a host, so its pattern must end in a domain.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::build;
use super::check::{Use, list};
use super::document::{Origin, Reader};
use super::fault::Complaint;
use super::template::{self, Part};
use super::value::{Table, quoted};

/// What an answer to a consent may carry and is never stored (connections, 5), since values of fields stand in the open.
const NEVER_STORED: [&str; 7] = [
    "code",
    "state",
    "oauth_token",
    "oauth_verifier",
    "access_token",
    "refresh_token",
    "id_token",
];

const FIXED_END: &str = "a pattern that ends in a fixed domain, such as [a-z0-9-]+\\.example\\.com, since the service names a host by it";

/// A field of the document.
#[derive(Clone, Copy)]
struct Field<'t, 'i> {
    table: &'t DeTable<'i>,
    from: &'t str,
}

impl<'t, 'i> Field<'t, 'i> {
    fn name(self) -> &'t str {
        self.text("name")
    }

    fn text(self, key: &str) -> &'t str {
        self.value(key)
            .and_then(|value| value.get_ref().as_str())
            .unwrap_or_default()
    }

    fn value(self, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.table.get(key)
    }

    /// Where its `key` stands, else where its name does.
    fn place(self, key: &str) -> usize {
        self.value(key)
            .or_else(|| self.value("name"))
            .map_or(0, |value| value.span().start)
    }

    /// The service gives the value: with the callback, the token or by the lookup.
    fn is_of_service(self) -> bool {
        !matches!(self.from, "user" | "client")
    }
}

pub(super) fn sources(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    scheme: &str,
    uses: &[Use<'_>],
) {
    for item in list(table, "fields") {
        let from = item
            .get("from")
            .and_then(|value| value.get_ref().as_str())
            .unwrap_or("user");
        let field = Field { table: item, from };
        may_come_from(reader, table, scheme, field);
        if field.is_of_service() {
            from_service(reader, field, uses);
        }
        let signs = scheme == "oauth2" && build::signs_with_private_key(Table(table));
        if field.name() == "private_key" && signs {
            of_client(reader, field);
        }
    }
    lookup(reader, table);
}

/// A scheme without clients, callbacks or tokens fills no field from them.
fn may_come_from(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str, field: Field<'_, '_>) {
    let (kind, name) = field.from.split_once(':').unwrap_or((field.from, ""));
    let of_oauth = scheme.starts_with("oauth");
    let has_callback = match scheme {
        "oauth1" => Table(table).text_or("legs", "three") == "three",
        "oauth2" => build::grant_words(Table(table))
            .iter()
            .any(|grant| grant == "authorization_code"),
        _ => false,
    };
    let (possible, expected) = match kind {
        "client" => (of_oauth, "user or lookup, since the scheme has no client"),
        "token" => (of_oauth, "user or lookup, since the scheme has no token"),
        "callback" if NEVER_STORED.contains(&name) => (
            false,
            "another parameter, since states, codes and tokens are never stored in the open",
        ),
        "callback" => (
            has_callback,
            "another source, since nobody is sent to a browser and back",
        ),
        "lookup" => {
            if table.get("lookup").is_none() {
                let of = format!("the field `{}`, which it fills", field.name());
                let expected = "{ request, prefix, list, value, title, field }";
                reader.complain(
                    field.place("from"),
                    "lookup",
                    Complaint::missing_key("lookup", &of, expected),
                );
            }
            (true, "")
        }
        _ => (true, ""),
    };
    if !possible {
        reader.complain(
            field.place("from"),
            "fields.from",
            Complaint::value(&quoted(field.from), expected),
        );
    }
}

/// What the service tells is kept as it is and may be shown; where it names a host, its pattern
/// keeps the token with the owner of a domain.
fn from_service(reader: &mut Reader<'_>, field: Field<'_, '_>, uses: &[Use<'_>]) {
    if Table(field.table).flag("secret", false) {
        let expected = "false: what comes from the service is not sealed";
        reader.complain(
            field.place("secret"),
            "fields.secret",
            Complaint::value("true", expected),
        );
    }
    let pattern = field.text("pattern");
    let loopback = reader.origin == Origin::Custom;
    // A missing pattern is told of where the host stands.
    let names_a_host = uses.iter().any(|place| {
        place.host.contains(&format!("{{{}}}", field.name()))
            && !ends_fixed(place.host, field.name())
    });
    if names_a_host && !pattern.is_empty() && !has_fixed_end(pattern, loopback) {
        reader.complain(
            field.place("pattern"),
            "fields.pattern",
            Complaint::value(&quoted(pattern), FIXED_END),
        );
    }
}

/// Whether the host ends in a domain of its own behind the placeholder, whatever the value.
fn ends_fixed(host: &str, name: &str) -> bool {
    let mut end = String::new();
    for part in template::parts(host) {
        match part {
            Part::Field(found) if found == name => end.clear(),
            Part::Field(_) => end.push_str("x1"),
            Part::Text(text) => end.push_str(text),
        }
    }
    let host = end.split(':').next().unwrap_or_default();
    host.strip_prefix('.').is_some_and(is_domain)
}

/// Whether everything the pattern matches ends in a domain that somebody owns, or names this
/// machine where it may.
fn has_fixed_end(pattern: &str, loopback: bool) -> bool {
    alternatives(pattern)
        .iter()
        .all(|one| (loopback && is_this_machine(one)) || ends_in_a_domain(one))
}

/// `a` and `b` of `(a|b)`, or the whole pattern where it is not as plain as that.
fn alternatives(pattern: &str) -> Vec<&str> {
    let inner = pattern
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|inner| !inner.contains(['(', ')', '?']));
    inner.map_or_else(|| vec![pattern], |inner| inner.split('|').collect())
}

fn ends_in_a_domain(pattern: &str) -> bool {
    let Ok(pattern) = regex_syntax::parse(pattern) else {
        // Look-around and the like: what it ends in cannot be told.
        return false;
    };
    let ends = Extractor::new().kind(ExtractKind::Suffix).extract(&pattern);
    let Some(ends) = ends.literals() else {
        return false;
    };
    !ends.is_empty()
        && ends.iter().all(|end| {
            let text = std::str::from_utf8(end.as_bytes()).unwrap_or_default();
            if end.is_exact() {
                is_domain(text)
            } else {
                // The first label may be a part of a longer one.
                text.split_once('.')
                    .is_some_and(|(_, rest)| is_domain(rest))
            }
        })
}

/// `127.0.0.1` or `localhost`, with any port: for services of one's own.
fn is_this_machine(pattern: &str) -> bool {
    ["127\\.0\\.0\\.1", "localhost"]
        .iter()
        .filter_map(|name| pattern.strip_prefix(name))
        .any(|port| port.chars().all(|c| ":0123456789[]{}+-,\\d".contains(c)))
}

fn is_domain(text: &str) -> bool {
    psl::domain_str(text).is_some()
}

/// A key that signs stays with the client, sealed.
fn of_client(reader: &mut Reader<'_>, field: Field<'_, '_>) {
    if !Table(field.table).flag("secret", false) {
        reader.complain(
            field.place("secret"),
            "fields.secret",
            Complaint::value("false", "true: the private key is sealed"),
        );
    }
    if field.from != "client" {
        reader.complain(
            field.place("from"),
            "fields.from",
            Complaint::value(
                &quoted(field.from),
                "client: the private key belongs to the client",
            ),
        );
    }
}

/// The lookup asks by GET, and fills a field that waits for it.
fn lookup(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let Some(lookup) = table
        .get("lookup")
        .and_then(|lookup| lookup.get_ref().as_table())
    else {
        return;
    };
    if let Some(request) = lookup.get("request")
        && let Some(text) = request.get_ref().as_str()
        && text.starts_with("POST ")
    {
        let expected = "GET and an https address on one of hosts or of the service's endpoints";
        reader.complain(
            request.span().start,
            "lookup.request",
            Complaint::value(&quoted(text), expected),
        );
    }
    if let Some(field) = lookup.get("field")
        && let Some(name) = field.get_ref().as_str()
        && reader.sound("lookup.field")
    {
        let waits = list(table, "fields").iter().any(|item| {
            Table(item).text_or("name", "") == name && Table(item).text_or("from", "") == "lookup"
        });
        if !waits {
            let expected = "the name of a field with from = \"lookup\"";
            reader.complain(
                field.span().start,
                "lookup.field",
                Complaint::value(&quoted(name), expected),
            );
        }
    }
}
