//! The bracketed tasks (`invokeurl [ … ]`), one file each, and what those that send a request share.

mod invokeapi;
mod invokeurl;
mod sendmail;
mod sendsms;

use super::elements::describe;
use super::file::encoding;
use super::reply::{Format, Wanted};
use super::request::{self, Draft};
use super::task::{AttributeEntry, Task, TaskCall};
use crate::error::{self, Fallible};
use crate::value::{Text, Value};

/// Every task.
pub(super) const TASKS: &[&Task] = &[
    &invokeurl::INVOKEURL,
    &invokeapi::INVOKEAPI,
    &sendmail::SENDMAIL,
    &sendsms::SENDSMS,
];

/// Words that find the tasks which send a request.
const WEB_WORDS: &[&str] = &[
    "http",
    "https",
    "url",
    "api",
    "rest",
    "request",
    "web",
    "webhook",
    "fetch",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "send",
    "download",
    "upload",
    "json",
    "curl",
    "ajax",
    "service",
    "connection",
    "call",
];

const TYPE: AttributeEntry = AttributeEntry {
    name: "type",
    takes: "a method",
    constants: &["GET", "POST", "PUT", "PATCH", "DELETE"],
    summary: "GET (as if left out), POST, PUT, PATCH or DELETE.",
    ..AttributeEntry::DEFAULT
};

const HEADERS: AttributeEntry = AttributeEntry {
    name: "headers",
    takes: "KEY-VALUE",
    summary: "Headers by their names; one whose value is null is left out.",
    ..AttributeEntry::DEFAULT
};

const CONTENT_TYPE: AttributeEntry = AttributeEntry {
    name: "content-type",
    takes: "TEXT or a media type",
    aliases: &["content type"],
    words: true,
    summary: "Content-Type of the body; wins over one in `headers`.",
    ..AttributeEntry::DEFAULT
};

const FILES: AttributeEntry = AttributeEntry {
    name: "files",
    takes: "FILE, LIST or KEY-VALUE",
    summary: "Files that are sent as parts of a form.",
    ..AttributeEntry::DEFAULT
};

const CONNECTION: AttributeEntry = AttributeEntry {
    name: "connection",
    summary: "Link name of the connection whose credential is added.",
    ..AttributeEntry::DEFAULT
};

const DETAILED: AttributeEntry = AttributeEntry {
    name: "detailed",
    takes: "BOOLEAN",
    summary: "true for a KEY-VALUE of responseText, responseHeader and responseCode.",
    ..AttributeEntry::DEFAULT
};

const RESPONSE_FORMAT: AttributeEntry = AttributeEntry {
    name: "response-format",
    takes: "FILE, TEXT or COLLECTION",
    aliases: &["response format"],
    constants: &["FILE", "TEXT", "COLLECTION"],
    summary: "The body as a file, unparsed, or JSON as a collection.",
    ..AttributeEntry::DEFAULT
};

const RESPONSE_DECODING: AttributeEntry = AttributeEntry {
    name: "response-decoding",
    takes: "TEXT or a charset",
    aliases: &["response decoding"],
    words: true,
    summary: "Charset in which the body is read; without it that of the reply, else UTF-8.",
    ..AttributeEntry::DEFAULT
};

/// The value of an attribute that was given, `{}` replaced by what it has become.
fn value(call: &TaskCall<'_, '_>, attribute: &str) -> Value {
    call.get(attribute)
        .map(|value| value.settled().clone())
        .unwrap_or_default()
}

/// The TEXT of an attribute; `None` where it was left out.
fn text(call: &TaskCall<'_, '_>, attribute: &str) -> Fallible<Option<Text>> {
    match call.get(attribute).map(Value::settled) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone())),
        Some(other) => Err(error::argument_type(
            call.entry.name,
            attribute,
            "TEXT",
            &describe(other),
        )),
    }
}

/// The TEXT of an attribute that the task cannot do without.
fn required_text(call: &TaskCall<'_, '_>, attribute: &str) -> Fallible<Text> {
    text(call, attribute)?.ok_or_else(|| error::internal("a required attribute is missing"))
}

/// What the tasks that send a request have in common. `url` is left to the task.
fn draft(call: &TaskCall<'_, '_>) -> Fallible<Draft> {
    let method = text(call, TYPE.name)?
        .map(|name| request::method(&name))
        .transpose()?;
    Ok(Draft {
        name: call.entry.name,
        url: String::new(),
        method: method.unwrap_or_default(),
        headers: value(call, HEADERS.name),
        parameters: value(call, "parameters"),
        body: value(call, "body"),
        content_type: text(call, CONTENT_TYPE.name)?.map(|text| text.to_string()),
        files: value(call, FILES.name),
        connection: text(call, CONNECTION.name)?.map(|text| text.to_string()),
        parameters_are_query: false,
    })
}

/// How the reply is wanted.
fn wanted(call: &TaskCall<'_, '_>) -> Fallible<Wanted> {
    let detailed = match call.get(DETAILED.name).map(Value::settled) {
        None => false,
        Some(Value::Boolean(detailed)) => *detailed,
        Some(other) => {
            return Err(error::argument_type(
                call.entry.name,
                DETAILED.name,
                "BOOLEAN",
                &describe(other),
            ));
        }
    };
    let format = match text(call, RESPONSE_FORMAT.name)? {
        None => Format::ByType,
        Some(name) => format(&name)?,
    };
    let decoding = text(call, RESPONSE_DECODING.name)?
        .map(|label| {
            encoding(&label).ok_or_else(|| {
                error::unreadable(RESPONSE_DECODING.name, &label, "a charset, such as UTF-8")
            })
        })
        .transpose()?;
    Ok(Wanted {
        detailed,
        format,
        decoding,
    })
}

fn format(name: &str) -> Fallible<Format> {
    match name.trim().to_ascii_uppercase().as_str() {
        "FILE" => Ok(Format::File),
        "TEXT" => Ok(Format::Text),
        "COLLECTION" => Ok(Format::Collection),
        _ => Err(error::bad_request(format!(
            "`response-format` must be FILE, TEXT or COLLECTION, found {}",
            error::shorten(name)
        ))),
    }
}
