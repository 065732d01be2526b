//! Token replies made regular (connections, 6.5), before the oauth2 crate reads them.
//!
//! That crate follows RFC 6749 to the letter: exactly status 200, a JSON media type, a
//! `token_type`, a number in `expires_in`. Real servers break each of these. What comes out of
//! [`regular`] is always either the token of RFC 6749, 5.1, or the error of 5.2.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{Sent, TokenFailure, device};
use crate::scheme::media_type;
use crate::service::{ExpiresUnit, OAuth2};
use crate::transport::Arrival;

/// Lifetimes beyond ten years are taken for nonsense. In seconds.
const LONGEST_LIFETIME: f64 = 10.0 * 365.0 * 24.0 * 3600.0;

/// An `expires_at` from here on counts milliseconds: in seconds it would be the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;

/// The error words of RFC 6749, 4.1.2.1 and 5.2, RFC 7009, 2.2.1, RFC 8628, 3.5, and RFC 8707, 2.
/// They say more than the status beside them, but for 429 and 5xx.
const WORDS: [&str; 15] = [
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
    "unsupported_response_type",
    "unsupported_token_type",
    "invalid_target",
];

/// Whether an error word is one of the RFCs: the program acts on those, so they stand whatever was
/// sent.
pub(crate) fn is_known_word(word: &str) -> bool {
    WORDS.contains(&word)
}

/// What a token reply may carry besides RFC 6749, 5.1.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Extra {
    /// When the access token ends, where the reply says that, in milliseconds since 1970 UTC.
    #[serde(default)]
    pub expires_at: Option<i64>,
    /// Seconds the refresh token lives.
    #[serde(default)]
    pub refresh_expires_in: Option<u64>,
    /// Values for fields of the service, by field name.
    #[serde(default)]
    pub found: BTreeMap<String, String>,
}

impl oauth2::ExtraTokenFields for Extra {}

/// What a reply is to carry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Token,
    /// RFC 8628, 3.2.
    DeviceCode,
}

impl Wanted {
    /// The member without which it is none.
    fn member(self) -> &'static str {
        match self {
            Wanted::Token => "access_token",
            Wanted::DeviceCode => "device_code",
        }
    }
}

/// By which rules a reply is read.
pub(super) struct Rules<'a> {
    pub oauth2: &'a OAuth2,
    /// Field names, and the JSON pointers of their values in the reply.
    pub pointers: &'a [(String, String)],
    /// What was sent or issued, which no message may repeat.
    pub sent: &'a Sent,
    /// Milliseconds since 1970 UTC, by the clock of the service.
    pub now: i64,
    /// The same by the clock of this machine.
    pub here: i64,
    pub wanted: Wanted,
}

/// The secrets that a reply brings: what it says besides may repeat them as little as what was sent.
pub(super) fn issued(body: &[u8], token_path: &str) -> Vec<String> {
    let reply = read(body).unwrap_or_default();
    let places = [reply.pointer(token_path), Some(&reply)];
    let members = ["access_token", "refresh_token", "id_token", "device_code"];
    let texts = places.into_iter().flatten().flat_map(|place| {
        let texts = members
            .into_iter()
            .filter_map(|name| place.get(name)?.as_str());
        texts.map(str::to_owned)
    });
    texts.collect()
}

/// Makes a reply regular.
///
/// # Errors
/// `Passing` for 429 and 5xx without a token; `Unreadable` if there is neither token nor error.
pub(super) fn regular(
    arrival: &Arrival,
    rules: &Rules<'_>,
) -> Result<Response<Vec<u8>>, TokenFailure> {
    let status = arrival.status;
    let passing = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    let found = if status.is_redirection() {
        None
    } else {
        read(&arrival.body)
    };

    let mut said = None;
    if let Some(reply) = &found {
        let inner = reply.pointer(&rules.oauth2.token_path);
        let token = inner.and_then(Value::as_object);
        let has_token = token.is_some_and(|token| text_of(token, rules.wanted.member()).is_some());
        // Under the path of the token, else in the reply itself.
        let told = [inner, Some(reply)]
            .into_iter()
            .flatten()
            .find_map(|place| Some((error_word(place, status)?, place)));
        let word = told.as_ref().map(|(word, _)| rules.word(word));
        if has_token && (status.is_success() || word.is_none()) {
            let empty = Map::new();
            let token = token.unwrap_or(&empty);
            if rules.wanted == Wanted::Token {
                return token_reply(reply, token, rules);
            }
            match device::regular(token) {
                Ok(code) => return Ok(response(StatusCode::OK, &code)),
                Err(_) if word.is_some() => {}
                Err(fault) => return Err(TokenFailure::Unreadable(fault)),
            }
        }
        match word.zip(told) {
            // What a proxy or an overloaded server says ends no authorisation, whatever its words.
            Some((word, _)) if passing => said = is_known_word(&word).then_some(word),
            Some((word, (_, place))) => {
                let description = rules.sent.description(&description(place), 200);
                let word = if is_known_word(&word) || status != StatusCode::UNAUTHORIZED {
                    word.as_str()
                } else {
                    "invalid_client"
                };
                return Ok(error_reply(word, &description));
            }
            None => {}
        }
    }
    if passing {
        let said = said.map_or_else(String::new, |word| format!(" ({word})"));
        return Err(TokenFailure::Passing {
            cause: format!("answered {}{said}", status.as_u16()),
            retry_after: retry_after(&arrival.headers),
        });
    }
    if status == StatusCode::UNAUTHORIZED {
        return Ok(error_reply("invalid_client", ""));
    }
    Err(TokenFailure::Unreadable(looks(
        arrival,
        found.as_ref(),
        rules.sent,
    )))
}

/// Makes the reply to a revocation regular: 200 without a body, or an error (RFC 7009, 2.2).
///
/// # Errors
/// `Passing` for 429 and 5xx; `Unreadable` for other statuses without an error word.
pub(super) fn revocation(
    arrival: &Arrival,
    rules: &Rules<'_>,
) -> Result<Response<Vec<u8>>, TokenFailure> {
    let status = arrival.status;
    if status.is_success() {
        return Ok(Response::new(Vec::new()));
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Err(TokenFailure::Passing {
            cause: format!("answered {}", status.as_u16()),
            retry_after: None,
        });
    }
    let found = read(&arrival.body).filter(|_| !status.is_redirection());
    let word = found.as_ref().and_then(|reply| error_word(reply, status));
    match (word, &found) {
        (Some(word), Some(reply)) => {
            let description = rules.sent.description(&description(reply), 200);
            Ok(error_reply(&rules.word(&word), &description))
        }
        _ if status == StatusCode::UNAUTHORIZED => Ok(error_reply("invalid_client", "")),
        _ => Err(TokenFailure::Unreadable(looks(
            arrival,
            found.as_ref(),
            rules.sent,
        ))),
    }
}

impl Rules<'_> {
    /// The service's word in the words of RFC 6749.
    fn word(&self, found: &str) -> String {
        let aliases = &self.oauth2.error_aliases;
        let word = aliases.get(found).map_or(found, String::as_str);
        if is_known_word(word) {
            return word.to_owned();
        }
        let safe = self.sent.word(word, 60);
        if safe.is_empty() {
            "an unnamed error".to_owned()
        } else {
            safe
        }
    }
}

/// The reply as an object: JSON whatever its declared type, or form pairs that hold a token or an
/// error.
fn read(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        return Some(value);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(&within_range(body)) {
        return Some(value);
    }
    let form: Map<String, Value> = form_urlencoded::parse(body.trim_ascii())
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    let telling = ["access_token", "device_code", "error"];
    let telling = telling.into_iter().any(|name| form.contains_key(name));
    telling.then_some(Value::Object(form))
}

/// JSON without the values that no reader here can hold: a number beyond every range becomes null, half of a surrogate
/// pair U+FFFD. Neither in a member that matters nor beside it do they make a token of no use.
fn within_range(body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut made = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut rest = body;
    let mut in_text = false;
    while let Some(&byte) = rest.first() {
        let taken = match byte {
            b'\\' if in_text => {
                let (escape, replaced) = escape(rest);
                made.extend_from_slice(replaced.unwrap_or(&rest[..escape]));
                escape
            }
            b'-' | b'0'..=b'9' if !in_text => {
                let end = rest
                    .iter()
                    .position(|byte| !b"+-.eE0123456789".contains(byte));
                let number = &rest[..end.unwrap_or(rest.len())];
                let value = std::str::from_utf8(number)
                    .ok()
                    .and_then(|text| text.parse().ok());
                let is_beyond = value.is_some_and(|value: f64| value.is_infinite());
                made.extend_from_slice(if is_beyond {
                    b"null".as_slice()
                } else {
                    number
                });
                number.len()
            }
            _ => {
                in_text ^= byte == b'"';
                made.push(byte);
                1
            }
        };
        rest = &rest[taken..];
    }
    made
}

/// How long the escape is that `text` begins with, in bytes, and what stands for half of a surrogate pair.
fn escape(text: &[u8]) -> (usize, Option<&'static [u8]>) {
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, None),
        (Some(0xd800..=0xdfff), _) => (6, Some(b"\\ufffd")),
        (Some(_), _) => (6, None),
        (None, _) => (text.len().min(2), None),
    }
}

/// A member that is a text with something in it.
fn text_of<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// The text of a text or a number.
fn word_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The error word of a reply. With a 2xx status only members that cannot mean anything else count:
/// `code` and `status` also stand in replies that are no errors.
fn error_word(reply: &Value, status: StatusCode) -> Option<String> {
    let object = reply.as_object()?;
    let error = object.get("error");
    let inner = |name| word_of(error.and_then(|error| error.get(name)));
    let member = |name| word_of(object.get(name));
    let named = word_of(error)
        .or_else(|| inner("code"))
        .or_else(|| inner("type"))
        .or_else(|| member("error_code"))
        .or_else(|| member("errorCode"));
    let not_ok = object.get("ok") == Some(&Value::Bool(false));
    if status.is_success() && named.is_none() && !not_ok {
        return None;
    }
    named
        .or_else(|| member("code"))
        .or_else(|| member("status"))
        .or_else(|| not_ok.then(|| "ok is false".to_owned()))
}

fn description(reply: &Value) -> String {
    ["/error_description", "/error/message", "/message"]
        .into_iter()
        .find_map(|pointer| reply.pointer(pointer).and_then(Value::as_str))
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn error_reply(word: &str, description: &str) -> Response<Vec<u8>> {
    let mut body = json!({ "error": word });
    if !description.is_empty() {
        body["error_description"] = description.into();
    }
    response(StatusCode::BAD_REQUEST, &body)
}

fn token_reply(
    reply: &Value,
    token: &Map<String, Value>,
    rules: &Rules<'_>,
) -> Result<Response<Vec<u8>>, TokenFailure> {
    let access_token = text_of(token, "access_token").unwrap_or_default();
    if !access_token
        .bytes()
        .all(|byte| (0x20..0x7f).contains(&byte))
    {
        let found = "an access token with characters that cannot be sent".to_owned();
        return Err(TokenFailure::Unreadable(found));
    }
    let refresh_token = text_of(token, "refresh_token");
    // What is stored in the open may repeat no secret.
    let is_open = |text: &str| !rules.sent.is_secret_in(text);
    let mut regular = json!({
        "access_token": access_token,
        "token_type": token_type(token, rules, is_open)?,
        "found": found(reply, rules.pointers, is_open),
    });
    match lifetime(token, rules) {
        Some(Lifetime::Seconds(seconds)) => regular["expires_in"] = seconds.into(),
        Some(Lifetime::Until(at)) => regular["expires_at"] = at.into(),
        None => {}
    }
    if let Some(refresh_token) = refresh_token {
        regular["refresh_token"] = refresh_token.into();
    }
    let lives = ["refresh_token_expires_in", "x_refresh_token_expires_in"];
    if let Some(seconds) = lives
        .into_iter()
        .find_map(|name| seconds(token.get(name)?, rules.oauth2.expires_unit))
    {
        regular["refresh_expires_in"] = seconds.into();
    }
    let delimiter = rules.oauth2.scope_delimiter.text();
    let stated = ["scope", "scopes"]
        .into_iter()
        .find_map(|name| scopes(token.get(name)?, delimiter, is_open));
    if let Some(scopes) = stated {
        regular["scope"] = scopes.into();
    }
    Ok(response(StatusCode::OK, &regular))
}

fn token_type(
    token: &Map<String, Value>,
    rules: &Rules<'_>,
    is_open: impl Fn(&str) -> bool,
) -> Result<String, TokenFailure> {
    match token.get("token_type") {
        None | Some(Value::Null) => Ok("Bearer".to_owned()),
        Some(Value::String(kind)) if kind.is_empty() || kind.eq_ignore_ascii_case("bearer") => {
            Ok("Bearer".to_owned())
        }
        // A service that sets its own prefix says how the token is sent, whatever its type.
        Some(Value::String(kind)) if rules.oauth2.has_own_prefix && is_open(kind) => {
            Ok(kind.clone())
        }
        Some(other) => {
            let kind = rules.sent.word(other.as_str().unwrap_or("no text"), 60);
            Err(TokenFailure::Unreadable(match kind.as_str() {
                "" => "a token_type that repeats a secret".to_owned(),
                kind => format!("token_type {kind}"),
            }))
        }
    }
}

/// How long a token lives.
enum Lifetime {
    Seconds(u64),
    /// By the clock of this machine, in milliseconds since 1970 UTC.
    Until(i64),
}

/// How long the token lives, as far as anybody says: the reply, else the definition of the service.
fn lifetime(token: &Map<String, Value>, rules: &Rules<'_>) -> Option<Lifetime> {
    let lives = |value| seconds(value, rules.oauth2.expires_unit).map(Lifetime::Seconds);
    let ends = |value| until(value, rules.now).map(|left| Lifetime::Until(rules.here + left));
    token
        .get("expires_in")
        .and_then(lives)
        .or_else(|| token.get("expires_at").and_then(ends))
        .or(rules.oauth2.token_lifetime.map(Lifetime::Seconds))
}

/// A duration in whole seconds, fraction cut. `None`: not a number, not positive, or over ten years.
fn seconds(value: &Value, unit: ExpiresUnit) -> Option<u64> {
    let number = number(value)?;
    let seconds = match unit {
        ExpiresUnit::Seconds => number,
        ExpiresUnit::Milliseconds => number / 1000.0,
    };
    // Within these bounds the cast cuts the fraction and nothing else.
    (1.0..=LONGEST_LIFETIME)
        .contains(&seconds)
        .then_some(seconds as u64)
}

/// The milliseconds until a point in time: seconds, milliseconds, or RFC 3339.
fn until(value: &Value, now: i64) -> Option<i64> {
    let at = match number(value) {
        Some(number) if number >= MILLISECONDS_FROM => number,
        Some(number) => number * 1000.0,
        None => value
            .as_str()?
            .trim()
            .parse::<Timestamp>()
            .ok()?
            .as_millisecond() as f64,
    };
    let left = at - now as f64;
    (1000.0..=LONGEST_LIFETIME * 1000.0)
        .contains(&left)
        .then_some(left as i64)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Scopes from a list, or from a text separated by commas, spaces or what the service separates them by in requests,
/// joined by spaces. `None`: not stated.
fn scopes(value: &Value, delimiter: &str, is_open: impl Fn(&str) -> bool) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        _ => return None,
    };
    let names: Vec<&str> = text
        .split([',', ' '])
        .flat_map(|part| part.split(delimiter))
        .map(str::trim)
        .filter(|name| !name.is_empty() && is_open(name))
        .collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// The values of the service's own fields.
pub(super) fn found(
    reply: &Value,
    pointers: &[(String, String)],
    is_open: impl Fn(&str) -> bool,
) -> BTreeMap<String, String> {
    pointers
        .iter()
        .filter_map(|(field, pointer)| Some((field.clone(), word_of(reply.pointer(pointer))?)))
        .filter(|(_, value)| is_open(value))
        .collect()
}

fn response(status: StatusCode, body: &Value) -> Response<Vec<u8>> {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response
}

/// `Retry-After` in seconds; its other form, a date, is not used by token servers.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// What a reply looks like that is no token reply: status, type, and the names of its members or
/// its title. No values.
pub(super) fn looks(arrival: &Arrival, reply: Option<&Value>, sent: &Sent) -> String {
    let status = arrival.status.as_u16();
    // A type is read in lower case, in which a secret could no longer be found.
    let declared = arrival.headers.get(CONTENT_TYPE);
    let is_open =
        declared.is_none_or(|value| !sent.is_secret_in(&String::from_utf8_lossy(value.as_bytes())));
    let media = if is_open {
        sent.word(&media_type(&arrival.headers), 60)
    } else {
        String::new()
    };
    let media = if media.is_empty() {
        "without a type".to_owned()
    } else {
        media
    };
    let content = match reply {
        _ if arrival.body.trim_ascii().is_empty() => ", an empty body".to_owned(),
        Some(Value::Object(members)) if members.is_empty() => ", no members".to_owned(),
        Some(Value::Object(members)) => {
            let names: Vec<String> = members
                .keys()
                .take(8)
                .map(|name| sent.word(name, 40))
                .collect();
            format!(", members {}", names.join(", "))
        }
        Some(Value::Array(_)) => ", a list".to_owned(),
        Some(_) => ", a single value".to_owned(),
        None => match title(&arrival.body) {
            Some(title) => format!(", title \"{}\"", sent.description(&title, 80)),
            None => String::new(),
        },
    };
    format!("{status} {media}{content}")
}

/// The text of the first `<title>` element.
fn title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    // ASCII only, so that positions stay the same.
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title = text[start..end]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    (!title.is_empty()).then_some(title)
}
