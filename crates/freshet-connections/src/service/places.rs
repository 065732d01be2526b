//! Where a credential goes: what its place, its name and its prefix ask of each other (connections, 2.2 and 2.4).

use toml::de::DeTable;

use super::check::list;
use super::document::{Reader, is_header_name, is_parameter};
use super::fault::Complaint;
use super::value::{Table, found, quoted};

/// Where the credential goes, and under which name.
pub(super) fn places(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str) {
    place(reader, table, scheme, "");
    if let Some(keys) = table.get("keys").and_then(|keys| keys.get_ref().as_array()) {
        for key in keys.iter().filter_map(|key| key.get_ref().as_table()) {
            place(reader, key, scheme, "keys.");
        }
    }
}

fn place(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str, path: &str) {
    let place = Table(table).text_or("param_type", "header");
    if let Some(value) = table.get("param_type")
        && place == "path"
        && scheme != "api_key"
    {
        let complaint = Complaint::value("\"path\"", "header, query, form or, for api_key, path");
        reader.complain(value.span().start, &format!("{path}param_type"), complaint);
    }
    if let Some(value) = table.get("param_name")
        && let Some(name) = value.get_ref().as_str()
    {
        let (fits, expected) = match place.as_str() {
            "header" => (is_header_name(name), "a header name"),
            _ => (is_parameter(name), "1–64 unreserved characters"),
        };
        let full = format!("{path}param_name");
        if !fits && reader.sound(&full) {
            reader.complain(
                value.span().start,
                &full,
                Complaint::value(&quoted(name), expected),
            );
        }
    }
    if place == "path" {
        dot_segments(reader, table, path);
    }
}

/// In an address a dot segment takes away what stands before it (WHATWG URL, 4.4), so a key with one would be sent
/// otherwise than it is written.
fn dot_segments(reader: &mut Reader<'_>, table: &DeTable<'_>, path: &str) {
    let written = Table(table);
    let prefix = written.text_or("param_prefix", "");
    let text = format!("{prefix}{}", written.text_or("key", "{api_key}"));
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(plain.as_str(), "." | "..")
    };
    if !text.split('/').any(is_dots) {
        return;
    }
    let (name, found) = match prefix.contains(['.', '%']) {
        true => ("param_prefix", prefix),
        false => ("key", text),
    };
    if let Some(value) = table.get(name) {
        let complaint = Complaint::value(&quoted(&found), "a path without the segments . and ..");
        reader.complain(value.span().start, &format!("{path}{name}"), complaint);
    }
}

/// What belongs in a form body goes into no request without one (C0018).
pub(super) fn form_to_carry_it(reader: &mut Reader<'_>, table: &DeTable<'_>, scheme: &str) {
    let in_form = |table: &DeTable<'_>| Table(table).text_or("param_type", "header") == "form";
    if !in_form(table) && !list(table, "keys").into_iter().any(in_form) {
        return;
    }
    const WHY: &str = "for what belongs in a form body (param_type)";
    let lookup = table
        .get("lookup")
        .and_then(|lookup| lookup.get_ref().as_table()?.get("request"));
    if let Some(value) = lookup
        && let Some(text) = value.get_ref().as_str()
        && text.starts_with("GET ")
        && reader.sound("lookup.request")
    {
        let expected = format!("no lookup, which is asked by GET, {WHY}");
        let complaint = Complaint::value(&quoted(text), &expected);
        reader.complain(value.span().start, "lookup.request", complaint);
    }
    // With OAuth 1.0 such a service is connected without its verification (--no-verify), as C0018 says.
    if scheme == "oauth1" {
        return;
    }
    if let Some(value) = table.get("verify")
        && let Some(text) = value.get_ref().as_str()
        && text.starts_with("GET ")
        && reader.sound("verify")
    {
        let expected = format!("POST and an address {WHY}");
        reader.complain(
            value.span().start,
            "verify",
            Complaint::value(&quoted(text), &expected),
        );
    }
    if let Some(value) = table.get("verify_body") {
        let expected = format!("no body of another kind {WHY}");
        let complaint = Complaint::value(&found(value.get_ref()), &expected);
        reader.complain(value.span().start, "verify_body", complaint);
    }
}
