//! Addresses: what may stand in one, and how the rest is encoded (Built-ins II, 6.1 and 6.2).

use http::Uri;

use crate::error::{self, Fallible, RuntimeError};
use crate::value::heap;

/// Appends `text` as a form field: blanks as `+`, everything but letters, digits and `-_.*` as `%XX` of its UTF-8.
pub(in crate::library) fn form_encode(text: &str, out: &mut String) {
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            out.push('+');
        }
        encode(word, b"-_.*", out);
    }
}

/// Appends `text` as part of a query: everything but letters, digits and `-_.~` as `%XX` of its UTF-8.
pub(in crate::library) fn query_encode(text: &str, out: &mut String) {
    encode(text, b"-_.~", out);
}

/// Appends `text`: everything but letters, digits and the signs that `stay` as `%XX` of its UTF-8.
pub(in crate::library) fn encode(text: &str, stay: &[u8], out: &mut String) {
    for byte in text.bytes() {
        if stays(byte, stay) {
            out.push(char::from(byte));
        } else {
            percent(byte, out);
        }
    }
}

/// A text with room for `text` as it is encoded, and no more: what is encoded takes three characters for each byte.
///
/// # Errors
/// R0103 when that would take more than the run may use.
pub(in crate::library) fn room_for(text: &str, stay: &[u8]) -> Fallible<String> {
    let encoded = text.bytes().filter(|byte| !stays(*byte, stay)).count();
    let length = text.len() + 2 * encoded;
    heap::check(length)?;
    Ok(String::with_capacity(length))
}

fn stays(byte: u8, stay: &[u8]) -> bool {
    byte.is_ascii_alphanumeric() || stay.contains(&byte)
}

/// Appends a byte as `%XX`.
fn percent(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// The address of a request: trimmed, with the query appended, and with what may not stand in an address encoded.
///
/// # Errors
/// R0027 when it is no address of http or https.
pub(super) fn address(url: &str, query: &str) -> Fallible<Uri> {
    let url = url.trim();
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(no_address("it does not begin with `http://` or `https://`"));
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(no_address(&format!(
            "it must begin with `http://` or `https://`, found {}",
            error::shorten(&format!("{scheme}://"))
        )));
    }
    // What follows `#` is for the reader of a page and is never sent.
    let rest = rest.split('#').next().unwrap_or(rest);
    let host_end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    let mut out = format!("{}://{}", scheme.to_ascii_lowercase(), ascii_host(host)?);
    if !path.starts_with('/') {
        out.push('/');
    }
    address_encode(path, &mut out);
    if !query.is_empty() {
        if !path.contains('?') {
            out.push('?');
        } else if !path.ends_with(['?', '&']) {
            out.push('&');
        }
        address_encode(query, &mut out);
    }
    out.parse().map_err(|fault| no_address(&format!("{fault}")))
}

fn no_address(what: &str) -> Box<RuntimeError> {
    error::bad_request(format!("this is no address of the web: {what}"))
}

/// The host, with its names in the ASCII form that the name system knows.
fn ascii_host(host: &str) -> Fallible<String> {
    if host.is_empty() {
        return Err(no_address("the host is missing"));
    }
    if host.is_ascii() {
        return Ok(host.to_owned());
    }
    idna::domain_to_ascii(host).map_err(|_| no_address("its host is no valid name"))
}

/// Appends part of an address, encoding only what may not stand in one and leaving `%XX` as it is.
fn address_encode(part: &str, out: &mut String) {
    let bytes = part.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let allowed = match byte {
            b'%' => bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=".contains(&byte),
        };
        if allowed {
            out.push(char::from(byte));
        } else {
            percent(byte, out);
        }
    }
}
