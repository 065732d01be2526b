//! Builds the request of a web call from what a script gave (Built-ins II, 6.2 and 6.3). Nothing is sent here.

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::elements::describe;
use crate::error::{self, Fallible, RuntimeError};
use crate::host::UrlCall;
use crate::value::calendar::Zone;
use crate::value::{File, Form, KeyValue, Type, Value, display};

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
/// R0014 for a value of the wrong type, R0027 for what cannot be combined or sent, R0010 for values nested too deeply;
/// of several the first in that order, then those of the address.
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
        given_type: content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or(""),
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
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT_VALUE));

    let mut request = http::Request::new(content.body);
    *request.method_mut() = draft.method.clone();
    *request.uri_mut() = address(&draft.url, &content.query)?;
    *request.headers_mut() = headers;
    Ok(UrlCall {
        request,
        connection: draft.connection.clone(),
    })
}

/// The method that a script names, in any letter case.
///
/// # Errors
/// R0027 for any other word.
pub(super) fn method(name: &str) -> Fallible<Method> {
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
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
        error::argument_type(name, attribute, "a TEXT, KEY-VALUE or FILE", &describe(value))
    };
    Ok(match value.settled() {
        Value::Null => Given::Nothing,
        Value::Text(text) => Given::Text(text.to_string()),
        Value::File(file) => Given::File(file.clone()),
        Value::List(_) => {
            return Err(wrong().help("give the JSON text of a list: `\"[\" + list.toString() + \"]\"`"));
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
        return Err(error::argument_type(name, "headers", "a KEY-VALUE", &describe(value)));
    };
    for (key, value) in pairs.pairs().iter() {
        if value.is_null() {
            continue;
        }
        let name = display::to_text(key, zone)?;
        let Ok(header) = HeaderName::from_bytes(name.trim().as_bytes()) else {
            return Err(error::bad_request(format!(
                "{} cannot be the name of a header",
                error::shorten(&name)
            )));
        };
        let value = header_value(&name, &display::to_text(value, zone)?)?;
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

/// A part of a multipart body.
struct Part {
    name: String,
    /// `None` for a text part.
    file_name: Option<String>,
    media_type: Option<String>,
    bytes: Vec<u8>,
}

impl Part {
    fn text(name: String, text: String) -> Self {
        Self {
            name,
            file_name: None,
            media_type: None,
            bytes: text.into_bytes(),
        }
    }

    fn file(name: String, file: &File) -> Self {
        let data = file.data();
        Self {
            name,
            file_name: Some(data.name.clone()),
            media_type: Some(file_type(file)),
            bytes: data.bytes().to_vec(),
        }
    }
}

/// The Content-Type of a FILE, with the charset that was set.
fn file_type(file: &File) -> String {
    let data = file.data();
    let media_type = match data.media_type.as_str() {
        "" => "application/octet-stream",
        known => known,
    };
    match &data.charset {
        Some(charset) => format!("{media_type}; charset={charset}"),
        None => media_type.to_owned(),
    }
}

/// The parts of `files`; `None` where it was left out.
fn files(name: &str, value: &Value, zone: &Zone) -> Fallible<Option<Vec<Part>>> {
    const DEFAULT_NAME: &str = "file";
    let wrong = |found: &Value| {
        error::argument_type(
            name,
            "files",
            "a FILE, a LIST of FILEs or of KEY-VALUEs, or a KEY-VALUE of FILEs",
            &describe(found),
        )
    };
    let named = |file: &File| {
        let name = file.data().param_name.clone();
        Part::file(name.unwrap_or_else(|| DEFAULT_NAME.to_owned()), file)
    };
    let elements = match value.settled() {
        Value::Null => return Ok(None),
        Value::File(file) => return Ok(Some(vec![named(file)])),
        Value::List(list) => list.to_vec(),
        Value::Collection(collection) => match collection.form() {
            Form::Index(list) => list.to_vec(),
            Form::Keyed(pairs) => return fields(&pairs, zone, wrong).map(Some),
            Form::Open => Vec::new(),
        },
        Value::KeyValue(pairs) => return fields(pairs, zone, wrong).map(Some),
        Value::Braces(_) => Vec::new(),
        other => return Err(wrong(other)),
    };
    elements
        .iter()
        .map(|element| match element.settled() {
            Value::File(file) => Ok(named(file)),
            Value::KeyValue(description) => described_part(description, zone),
            other => Err(wrong(other)),
        })
        .collect::<Fallible<_>>()
        .map(Some)
}

/// `files: {"field": file}`.
fn fields(
    pairs: &KeyValue,
    zone: &Zone,
    wrong: impl Fn(&Value) -> Box<RuntimeError>,
) -> Fallible<Vec<Part>> {
    pairs
        .pairs()
        .iter()
        .map(|(key, value)| match value.settled() {
            Value::File(file) => Ok(Part::file(display::to_text(key, zone)?, file)),
            other => Err(wrong(other)),
        })
        .collect()
}

/// `files: {{"paramName": …, "content": …, "stringPart": …, "Content-Type": …, "encodingType": …}}`.
fn described_part(description: &KeyValue, zone: &Zone) -> Fallible<Part> {
    let read = |key: &str| description.pairs().get_text(key).map(|value| value.settled().clone());
    let text = |key: &str| match read(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => display::to_text(&value, zone).map(Some),
    };
    let Some(name) = text("paramName")? else {
        return Err(error::bad_request("a part in `files` has no `paramName`"));
    };
    let is_text = text("stringPart")?.is_some_and(|flag| flag.trim().eq_ignore_ascii_case("true"));
    let mut part = match read("content").unwrap_or_default() {
        Value::File(file) if is_text => {
            let bytes = file.data().bytes().to_vec();
            Part { bytes, ..Part::text(name, String::new()) }
        }
        Value::File(file) => Part::file(name, &file),
        other => {
            let content = if other.is_null() { String::new() } else { display::to_text(&other, zone)? };
            let file_name = (!is_text).then(|| name.clone());
            Part { file_name, ..Part::text(name, content) }
        }
    };
    if let Some(media_type) = text("Content-Type")? {
        part.media_type = Some(media_type);
    }
    if let Some(charset) = text("encodingType")? {
        let media_type = part.media_type.as_deref().unwrap_or("text/plain");
        part.media_type = Some(format!("{media_type}; charset={charset}"));
    }
    Ok(part)
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
                return Err(error::bad_request("`files` cannot be sent with GET")
                    .help("give `type :POST`"));
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
            Given::Text(_) if draft.parameters_are_query => Ok(Content::query(self.query(parameters)?)),
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
                return Err(error::bad_request("TEXT parameters cannot be combined with files")
                    .help("give the parameters as KEY-VALUE; each becomes a part"));
            }
            Given::File(_) => {
                return Err(error::bad_request("a FILE as parameters cannot be combined with files")
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
            Given::File(file) => Content::body(file.data().bytes().to_vec(), file_type(&file)),
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
            encode(&display::to_text(key, self.zone)?, &mut out);
            out.push('=');
            encode(&self.entry_text(key, value)?, &mut out);
        }
        Ok(out)
    }

    /// The text of the value of an entry: null as nothing, containers as JSON.
    fn entry_text(&self, key: &Value, value: &Value) -> Fallible<String> {
        match value.settled() {
            Value::Null => Ok(String::new()),
            Value::File(_) => {
                let key = display::to_text(key, self.zone)?;
                Err(error::bad_request(format!("`{key}` is a FILE, which a form or an address cannot hold"))
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
        pairs
            .pairs()
            .iter()
            .map(|(key, value)| {
                let name = display::to_text(key, self.zone)?;
                match value.settled() {
                    Value::File(file) => Ok(Part::file(name, file)),
                    other => Ok(Part::text(name, self.entry_text(key, other)?)),
                }
            })
            .collect()
    }

    fn multipart(&self, parts: &[Part]) -> Fallible<Content> {
        let boundary = self.boundary;
        let mut body = Vec::new();
        for part in parts {
            let mut head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
                quoted(&part.name)
            );
            if let Some(file_name) = &part.file_name {
                head.push_str(&format!("; filename=\"{}\"", quoted(file_name)));
            }
            if let Some(media_type) = &part.media_type {
                header_value("Content-Type", media_type)?;
                head.push_str("\r\nContent-Type: ");
                head.push_str(media_type.trim());
            }
            head.push_str("\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(&part.bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let kind = if is_multipart(self.given_type) { essence(self.given_type) } else { MULTIPART.to_owned() };
        Ok(Content {
            body,
            exact_type: Some(format!("{kind}; boundary={boundary}")),
            ..Content::nothing()
        })
    }
}

/// A name inside the quotes of a Content-Disposition, escaped as HTML forms do.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// `application/json` and `…+json`.
pub(super) fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == JSON || essence.ends_with("+json")
}

fn is_multipart(content_type: &str) -> bool {
    essence(content_type).starts_with("multipart/")
}

/// Appends `text` as a form field: blanks as `+`, everything but letters, digits and `-_.*` as `%XX` of its UTF-8.
pub(super) fn form_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'*' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => percent(byte, out),
        }
    }
}

/// Appends `text` as part of a query: everything but letters, digits and `-_.~` as `%XX` of its UTF-8.
fn query_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => percent(byte, out),
        }
    }
}

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
fn address(url: &str, query: &str) -> Fallible<Uri> {
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
            b'%' => bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=".contains(&byte),
        };
        if allowed {
            out.push(char::from(byte));
        } else {
            percent(byte, out);
        }
    }
}

#[cfg(test)]
mod tests;
