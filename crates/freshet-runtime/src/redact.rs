//! Keeps secrets out of what people are shown.
//!
//! The credentials of connections never come this far. What a script itself puts into an address or a header may be a
//! secret too: it is judged by its name.

use std::borrow::Cow;

/// Stands for a secret.
pub const HIDDEN: &str = "***";

/// Parts of names whose values are taken for secrets.
const SECRET_WORDS: &[&str] = &[
    "auth",
    "cookie",
    "credential",
    "key",
    "pass",
    "secret",
    "session",
    "signature",
    "token",
    "pwd",
];

/// Whether what stands under this name (of a header, of a parameter) is taken for a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// An address with `***` for its user part and for query values under secret names.
#[must_use]
pub fn address(address: &str) -> String {
    with_query(address, |name, value| match value {
        Some(_) if is_secret_name(name) => Cow::Owned(format!("{name}={HIDDEN}")),
        Some(value) => Cow::Owned(format!("{name}={value}")),
        None => Cow::Borrowed(name),
    })
}

/// An address with the names of its query parameters, but without any value.
#[must_use]
pub fn address_without_values(address: &str) -> String {
    with_query(address, |name, _| Cow::Borrowed(name))
}

fn with_query<'a>(
    address: &'a str,
    show: impl Fn(&'a str, Option<&'a str>) -> Cow<'a, str>,
) -> String {
    let (place, query) = match address.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (address, None),
    };
    let mut text = without_user(place);
    if let Some(query) = query {
        text.push('?');
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) => show(name, Some(value)),
            None => show(pair, None),
        });
        text.push_str(&pairs.collect::<Vec<_>>().join("&"));
    }
    text
}

/// `https://user:password@host/` → `https://***@host/`.
fn without_user(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else {
        return place.to_owned();
    };
    let authority = rest.find('/').map_or(rest, |end| &rest[..end]);
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://{HIDDEN}{}", &rest[at..]),
        None => place.to_owned(),
    }
}

/// Words before a credential in an `Authorization` header (RFC 9110, 11.4).
const SCHEMES: &[&str] = &["basic", "bearer", "digest", "oauth", "zoho-oauthtoken"];

/// A line of a log with `***` for what follows a secret name and a sign (`token=…`, `"api_key": "…"`), and for what
/// follows the word of an authentication scheme (`Bearer …`).
#[must_use]
pub fn log_line(line: &str) -> String {
    let is_sign =
        |character: char| character.is_whitespace() || "\"'`&,;{}()[]<>=:?|\\".contains(character);
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    let mut hide = false;
    while !rest.is_empty() {
        let word_end = rest.find(is_sign).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        let signs_end = after
            .find(|character| !is_sign(character))
            .unwrap_or(after.len());
        let (signs, next) = after.split_at(signs_end);
        let is_scheme = SCHEMES
            .iter()
            .any(|scheme| word.eq_ignore_ascii_case(scheme));
        // The word of a scheme is kept, and what follows it hidden in its stead.
        shown.push_str(if hide && !is_scheme && !word.is_empty() {
            HIDDEN
        } else {
            word
        });
        shown.push_str(signs);
        hide = is_scheme || (is_secret_name(word) && signs.contains(['=', ':']));
        rest = next;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_addresses_are_hidden_by_name() {
        assert_eq!(
            address("https://a.example/x?page=2&api_key=abc&q"),
            "https://a.example/x?page=2&api_key=***&q"
        );
        assert_eq!(
            address("https://user:word@a.example/x"),
            "https://***@a.example/x"
        );
        assert_eq!(
            address_without_values("https://a.example/x?page=2&q=z"),
            "https://a.example/x?page&q"
        );
        assert_eq!(
            address_without_values("https://a.example/@x"),
            "https://a.example/@x"
        );
    }

    #[test]
    fn secrets_in_log_lines_are_hidden() {
        for (line, shown) in [
            (
                "Authorization: Bearer abc.def-1",
                "Authorization: Bearer ***",
            ),
            (
                "authorization: Basic dXNlcjpwYXNz, accept: */*",
                "authorization: Basic ***, accept: */*",
            ),
            (
                "body {\"access_token\": \"abc\", \"n\": 1}",
                "body {\"access_token\": \"***\", \"n\": 1}",
            ),
            ("GET /x?api_key=abc&page=2", "GET /x?api_key=***&page=2"),
            ("renewed the token of `crm`", "renewed the token of `crm`"),
            (
                "connected to api.example.com",
                "connected to api.example.com",
            ),
            ("", ""),
        ] {
            assert_eq!(log_line(line), shown, "{line}");
        }
    }
}
