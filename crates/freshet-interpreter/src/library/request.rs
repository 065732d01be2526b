//! Builds the request of a web call from what a script gave (Built-ins II, 6.2 and 6.3). Nothing is sent here.

mod address;
mod part;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use address::address;
pub(super) use address::{encode, form_encode, query_encode, room_for};
use part::{Part, file_type, files};

use super::elements::describe;
use crate::error::{self, Fallible};
use crate::host::UrlCall;
use crate::value::calendar::Zone;
use crate::value::{File, Form, KeyValue, Type, Value, display, heap};

/// What a script gave for a web call; null stands for what it left out.
#[derive(Clone, Default)]
pub(super) struct Draft {
    /// Name of the task or function, for messages.
    pub name: &'static str,
    /// The address as it was written.
    pub url: String,
    pub method: Method,
    pub headers: Value,
    pub parameters: Value,
    pub body: Value,
    pub content_type: Option<String>,
    pub files: Value,
    pub connection: Option<String>,
    /// True if the parameters always go to the address, as in `invokeapi`.
    pub parameters_are_query: bool,
}

const USER_AGENT_VALUE: &str = concat!("Freshet/", env!("CARGO_PKG_VERSION"));
const FORM: &str = "application/x-www-form-urlencoded";
const PLAIN: &str = "text/plain; charset=UTF-8";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";

/// What goes on the wire beside method and headers.
struct Content {
    /// Appended to the address, encoded already.
    query: String,
    body: Vec<u8>,
    /// Content-Type of the body if the script sets none.
    default_type: Option<String>,
    /// The only right Content-Type, whatever the script sets.
    exact_type: Option<String>,
}

impl Content {
    fn nothing() -> Self {
        Self {
            query: String::new(),
            body: Vec::new(),
            default_type: None,
            exact_type: None,
        }
    }

    fn body(bytes: impl Into<Vec<u8>>, default_type: impl Into<String>) -> Self {
        Self {
            body: bytes.into(),
            default_type: Some(default_type.into()),
            ..Self::nothing()
        }
    }

    fn query(query: String) -> Self {
        Self {
            query,
            ..Self::nothing()
        }
    }
}

/// The request of a draft. `boundary` separates the parts of a multipart body and must not occur in them.
///
/// # Errors
/// R0014 for a value of the wrong type, R0027 for what cannot be combined or sent, R0010 for values nested too deeply,
/// R0103 for a request that would need more memory than the run may use; of several the first in that order, then those of the address.
pub(super) fn build(draft: &Draft, zone: &Zone, boundary: &str) -> Fallible<UrlCall> {
    let parameters = given(draft.name, "parameters", &draft.parameters)?;
    let body = given(draft.name, "body", &draft.body)?;
    let files = files(draft.name, &draft.files, zone)?;
    let mut headers = headers(draft.name, &draft.headers, zone)?;
    let content_type = match &draft.content_type {
        Some(text) => Some(header_value("content-type", text)?),
        None => headers.get(CONTENT_TYPE).cloned(),
    };
    let writer = Writer {
        zone,
        boundary,
        given_type: content_type
            .as_ref()
            .and_then(|value| value.to_str().ok())
            .unwrap_or(""),
    };
    let content = writer.content(draft, parameters, body, files)?;

    for handled_by_client in [ACCEPT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(handled_by_client);
    }
    let content_type = match (&content.exact_type, content_type, &content.default_type) {
        (Some(exact), _, _) => Some(header_value("content-type", exact)?),
        (None, Some(given), _) => Some(given),
        (None, None, Some(default)) => Some(header_value("content-type", default)?),
        (None, None, None) => None,
    };
    if let Some(value) = content_type {
        headers.insert(CONTENT_TYPE, value);
    }
    headers
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static(USER_AGENT_VALUE));

    let mut request = http::Request::new(content.body);
    *request.method_mut() = draft.method.clone();
    *request.uri_mut() = address(&draft.url, &content.query)?;
    *request.headers_mut() = headers;
    Ok(UrlCall {
        request,
        connection: draft.connection.clone(),
        shows_status: false,
    })
}

/// The method that a script names, in any letter case.
///
/// # Errors
/// R0027 for any other word.
pub(super) fn method(name: &str) -> Fallible<Method> {
    [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ]
    .into_iter()
    .find(|method| method.as_str().eq_ignore_ascii_case(name.trim()))
    .ok_or_else(|| {
        error::bad_request(format!(
            "`type` must be GET, POST, PUT, PATCH or DELETE, found {}",
            error::shorten(name)
        ))
    })
}

/// `parameters` or `body`, by what it is.
enum Given {
    Nothing,
    Text(String),
    Pairs(KeyValue),
    File(File),
}

fn given(name: &str, attribute: &str, value: &Value) -> Fallible<Given> {
    let wrong = || {
        error::argument_type(
            name,
            attribute,
            "a TEXT, KEY-VALUE or FILE",
            &describe(value),
        )
    };
    Ok(match value.settled() {
        Value::Null => Given::Nothing,
        Value::Text(text) => {
            heap::check(text.len())?;
            Given::Text(text.to_string())
        }
        Value::File(file) => Given::File(file.clone()),
        Value::List(_) => {
            return Err(
                wrong().help("give the JSON text of a list: `\"[\" + list.toString() + \"]\"`")
            );
        }
        other => Given::Pairs(pairs(other).ok_or_else(wrong)?),
    })
}

/// The pairs of a KEY-VALUE, a keyed COLLECTION, or of what is empty and of no form yet.
fn pairs(value: &Value) -> Option<KeyValue> {
    match value.settled() {
        Value::KeyValue(pairs) => Some(pairs.clone()),
        Value::Braces(_) => Some(KeyValue::new()),
        Value::Collection(collection) => match collection.form() {
            Form::Keyed(pairs) => Some(pairs),
            Form::Open => Some(KeyValue::new()),
            Form::Index(_) => None,
        },
        _ => None,
    }
}

/// The headers of the script: values as their text, null left out.
fn headers(name: &str, value: &Value, zone: &Zone) -> Fallible<HeaderMap> {
    let mut headers = HeaderMap::new();
    if value.is_null() {
        return Ok(headers);
    }
    let Some(pairs) = pairs(value) else {
        return Err(error::argument_type(
            name,
            "headers",
            "a KEY-VALUE",
            &describe(value),
        ));
    };
    let mut taken = 0_usize;
    for (key, value) in pairs.pairs().iter() {
        if value.is_null() {
            continue;
        }
        let name = display::to_text(key, zone)?;
        let value = display::to_text(value, zone)?;
        // One text may be given in many headers.
        taken = taken.saturating_add(name.len() + value.len());
        heap::check(taken)?;
        let Ok(header) = HeaderName::from_bytes(name.trim().as_bytes()) else {
            return Err(error::bad_request(format!(
                "{} cannot be the name of a header",
                error::shorten(&name)
            )));
        };
        let value = header_value(&name, &value)?;
        headers.insert(header, value);
    }
    Ok(headers)
}

/// The value of a header. Line breaks and other control characters would make more headers of it.
fn header_value(name: &str, text: &str) -> Fallible<HeaderValue> {
    HeaderValue::from_str(text.trim()).map_err(|_| {
        error::bad_request(format!(
            "the value of the header `{name}` holds a line break or another control character"
        ))
    })
}

/// Writes content by the rows of table 6.2.
struct Writer<'w> {
    zone: &'w Zone,
    boundary: &'w str,
    /// The Content-Type that the script sets, or nothing.
    given_type: &'w str,
}

impl Writer<'_> {
    fn content(
        &self,
        draft: &Draft,
        parameters: Given,
        body: Given,
        files: Option<Vec<Part>>,
    ) -> Fallible<Content> {
        let is_get = draft.method == Method::GET;
        if let Some(files) = files {
            if !matches!(body, Given::Nothing) {
                return Err(error::bad_request("`body` and `files` exclude each other"));
            }
            if is_get {
                return Err(
                    error::bad_request("`files` cannot be sent with GET").help("give `type :POST`")
                );
            }
            return self.parts(draft, parameters, files);
        }
        if !matches!(body, Given::Nothing) {
            let query = self.query(parameters)?;
            return Ok(Content {
                query,
                ..self.body(body)?
            });
        }
        let in_query = is_get || draft.method == Method::DELETE || draft.parameters_are_query;
        match parameters {
            Given::Nothing => Ok(Content::nothing()),
            Given::Text(_) if draft.parameters_are_query => {
                Ok(Content::query(self.query(parameters)?))
            }
            Given::Text(text) if is_get && text.contains('=') && !text.contains('{') => {
                Ok(Content::query(text))
            }
            Given::Pairs(_) if in_query => Ok(Content::query(self.query(parameters)?)),
            Given::File(_) if is_get || draft.parameters_are_query => {
                Err(error::bad_request("a FILE cannot be part of the address")
                    .help("send it as `body` or in `files`, with `type :POST`"))
            }
            content => self.body(content),
        }
    }

    /// Rows 15 and 16: `files`, after the parameters as text parts.
    fn parts(&self, draft: &Draft, parameters: Given, files: Vec<Part>) -> Fallible<Content> {
        let mut parts = Vec::new();
        let mut query = String::new();
        match parameters {
            Given::Nothing => {}
            parameters if draft.parameters_are_query => query = self.query(parameters)?,
            Given::Pairs(pairs) => parts = self.entries(&pairs)?,
            Given::Text(_) => {
                return Err(
                    error::bad_request("TEXT parameters cannot be combined with files")
                        .help("give the parameters as KEY-VALUE; each becomes a part"),
                );
            }
            Given::File(_) => {
                return Err(error::bad_request(
                    "a FILE as parameters cannot be combined with files",
                )
                .help("put it into `files` too"));
            }
        }
        parts.extend(files);
        Ok(Content {
            query,
            ..self.multipart(&parts)?
        })
    }

    /// Rows 6 to 14: what becomes the body.
    fn body(&self, given: Given) -> Fallible<Content> {
        Ok(match given {
            Given::Nothing => Content::nothing(),
            Given::Text(text) => Content::body(text, PLAIN),
            Given::File(file) => {
                let data = file.data();
                heap::check(data.bytes().len())?;
                Content::body(data.bytes().to_vec(), file_type(&file))
            }
            Given::Pairs(pairs) if is_json(self.given_type) => {
                let mut json = String::new();
                display::write_json(&Value::KeyValue(pairs), self.zone, &mut json)?;
                Content::body(json, JSON)
            }
            Given::Pairs(pairs) if is_multipart(self.given_type) => {
                self.multipart(&self.entries(&pairs)?)?
            }
            Given::Pairs(pairs) => Content::body(self.encoded(&pairs, form_encode)?, FORM),
        })
    }

    /// What parameters look like in an address.
    fn query(&self, parameters: Given) -> Fallible<String> {
        match parameters {
            Given::Nothing => Ok(String::new()),
            Given::Text(text) => Ok(text),
            Given::Pairs(pairs) => self.encoded(&pairs, query_encode),
            Given::File(_) => Err(error::bad_request("a FILE cannot be part of the address")
                .help("send it as `body` or in `files`")),
        }
    }

    /// `key=value&key=value`.
    fn encoded(&self, pairs: &KeyValue, encode: fn(&str, &mut String)) -> Fallible<String> {
        let mut out = String::new();
        for (key, value) in pairs.pairs().iter() {
            if !out.is_empty() {
                out.push('&');
            }
            append_encoded(&display::to_text(key, self.zone)?, encode, &mut out)?;
            out.push('=');
            append_encoded(&self.entry_text(key, value)?, encode, &mut out)?;
        }
        Ok(out)
    }

    /// The text of the value of an entry: null as nothing, containers as JSON.
    fn entry_text(&self, key: &Value, value: &Value) -> Fallible<String> {
        match value.settled() {
            Value::Null => Ok(String::new()),
            Value::File(_) => {
                let key = display::to_text(key, self.zone)?;
                Err(error::bad_request(format!(
                    "`{key}` is a FILE, which a form or an address cannot hold"
                ))
                .help("send it in `files`, or with `content-type :multipart/form-data`"))
            }
            container
                if matches!(
                    container.type_of(),
                    Type::List | Type::KeyValue | Type::Collection | Type::Undecided
                ) =>
            {
                let mut json = String::new();
                display::write_json(container, self.zone, &mut json)?;
                Ok(json)
            }
            plain => display::to_text(plain, self.zone),
        }
    }

    /// A part for each entry; FILE values are file parts.
    fn entries(&self, pairs: &KeyValue) -> Fallible<Vec<Part>> {
        part::gather(pairs.pairs().iter().map(|(key, value)| {
            let name = display::to_text(key, self.zone)?;
            match value.settled() {
                Value::File(file) => Part::file(name, file),
                other => Ok(Part::text(name, self.entry_text(key, other)?)),
            }
        }))
    }

    fn multipart(&self, parts: &[Part]) -> Fallible<Content> {
        let boundary = self.boundary;
        let body = part::write(parts, boundary)?;
        let kind = if is_multipart(self.given_type) {
            essence(self.given_type)
        } else {
            MULTIPART.to_owned()
        };
        Ok(Content {
            body,
            exact_type: Some(format!("{kind}; boundary={boundary}")),
            ..Content::nothing()
        })
    }
}

/// Bytes that one byte takes at most when it is encoded: `%1F`.
const ENCODED: usize = 3;

/// Appends an encoded text. One text may be given under many keys, so the memory is looked at before it grows: the
/// text is a copy already.
fn append_encoded(text: &str, encode: fn(&str, &mut String), out: &mut String) -> Fallible<()> {
    for piece in display::pieces(text) {
        heap::check(text.len())?;
        heap::reserve_text(out, ENCODED * piece.len())?;
        encode(piece, out);
    }
    Ok(())
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase()
}

/// `application/json` and `…+json`.
pub(super) fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == JSON || essence.ends_with("+json")
}

fn is_multipart(content_type: &str) -> bool {
    essence(content_type).starts_with("multipart/")
}

#[cfg(test)]
mod tests;
