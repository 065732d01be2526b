//! Token requests as a service wants them (connections, 6.4), made from those the oauth2 crate
//! builds: other parameters, another form of the body, extra headers.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::Sent;
use crate::error::ConnectionError;
use crate::scheme::{FORM, UNRESERVED, header_value};
use crate::service::{OAuth2, ScopeDelimiter, TokenBody};
use crate::transport::WireRequest;

/// Parameters that are no secrets, and that a server may name when it explains a refusal.
const NAMEABLE: [&str; 2] = ["grant_type", "scope"];

/// Parameters that are no secrets either.
const OPEN: [&str; 5] = [
    "client_id",
    "username",
    "redirect_uri",
    "resource",
    "client_assertion_type",
];

/// What is changed about a request.
pub(super) struct Changes<'a> {
    pub oauth2: &'a OAuth2,
    /// Where to. The crate is not told the whole truth about it.
    pub url: &'a Url,
    /// Set, replaced, or with an empty value removed, in this order.
    pub params: &'a [(String, String)],
    /// By GET, with the access token in place of a refresh token and without the client: the quirk
    /// `get_refresh`.
    pub by_get: bool,
}

impl Changes<'_> {
    /// Makes the service's request, and notes in `sent` what no message may repeat.
    ///
    /// # Errors
    /// C0015 if a header of the service does not fit into one.
    pub(super) fn apply(
        &self,
        built: &oauth2::HttpRequest,
        sent: &mut Sent,
    ) -> Result<WireRequest, ConnectionError> {
        let mut params: Vec<(String, String)> =
            form_urlencoded::parse(built.body()).into_owned().collect();
        for (name, value) in self.params {
            params.retain(|(known, _)| known != name);
            if !value.is_empty() {
                params.push((name.clone(), value.clone()));
            }
        }
        if self.by_get {
            params.retain(|(name, _)| name != "client_id");
        }
        for (name, value) in &params {
            if self.is_open(name) {
                sent.note_open(value);
            } else if !NAMEABLE.contains(&name.as_str()) {
                sent.note([value]);
            }
        }
        for (name, value) in &mut params {
            match name.as_str() {
                "refresh_token" if self.by_get => "access_token".clone_into(name),
                "client_id" => name.clone_from(&self.oauth2.client_id_param),
                "scope" => {
                    name.clone_from(&self.oauth2.scope_param);
                    *value = value.replace(' ', self.oauth2.scope_delimiter.text());
                }
                _ => {}
            }
        }

        let mut request = WireRequest::new(built.method().clone(), self.url.clone());
        if self.by_get {
            request.method = Method::GET;
        }
        for name in [ACCEPT, AUTHORIZATION] {
            if self.by_get && name == AUTHORIZATION {
                continue;
            }
            if let Some(value) = built.headers().get(&name) {
                let mut value = value.clone();
                if name == AUTHORIZATION {
                    sent.note(
                        value
                            .to_str()
                            .ok()
                            .and_then(|text| text.strip_prefix("Basic ")),
                    );
                    value.set_sensitive(true);
                }
                request.headers.insert(name, value);
            }
        }
        self.write(&params, &mut request);
        self.add_headers(&mut request.headers)?;
        Ok(request)
    }

    /// Whether the value of a parameter is no secret. Those of the service stand in its definition,
    /// but for the secret fields in them, and these are noted as what they are.
    fn is_open(&self, name: &str) -> bool {
        let own = [&self.oauth2.token_params, &self.oauth2.refresh_params];
        OPEN.contains(&name) || own.into_iter().flatten().any(|(known, _)| known == name)
    }

    /// Writes the parameters in the form the service reads.
    fn write(&self, params: &[(String, String)], request: &mut WireRequest) {
        let plus = self.oauth2.scope_delimiter == ScopeDelimiter::Plus;
        // The delimiter "plus" is the plus sign of a form itself, so it is not encoded.
        let bare = |name: &str| plus && name == self.oauth2.scope_param;
        let body = if self.by_get {
            TokenBody::Query
        } else {
            self.oauth2.token_body
        };
        match body {
            TokenBody::Form => {
                let pair = |(name, value): &(String, String)| {
                    let value = if bare(name) {
                        value.replace('+', " ")
                    } else {
                        value.clone()
                    };
                    let encode = |text: &str| {
                        form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                    };
                    format!("{}={}", encode(name), encode(&value))
                };
                request.body = params
                    .iter()
                    .map(pair)
                    .collect::<Vec<_>>()
                    .join("&")
                    .into_bytes();
                request
                    .headers
                    .insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
            }
            TokenBody::Json => {
                let object: Map<String, Value> = params
                    .iter()
                    .map(|(name, value)| (name.clone(), Value::String(value.clone())))
                    .collect();
                request.body = Value::Object(object).to_string().into_bytes();
                request
                    .headers
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            TokenBody::Query => {
                let pair = |(name, value): &(String, String)| {
                    let mut value = utf8_percent_encode(value, UNRESERVED).to_string();
                    if bare(name) {
                        value = value.replace("%2B", "+");
                    }
                    format!("{}={value}", utf8_percent_encode(name, UNRESERVED))
                };
                let own = request
                    .url
                    .query()
                    .filter(|own| !own.is_empty())
                    .map(str::to_owned);
                let pairs: Vec<String> = own.into_iter().chain(params.iter().map(pair)).collect();
                request.url.set_query(Some(&pairs.join("&")));
            }
        }
    }

    fn add_headers(&self, headers: &mut HeaderMap) -> Result<(), ConnectionError> {
        for (name, value) in &self.oauth2.token_headers {
            let header = HeaderName::try_from(name.as_str())
                .map_err(|_| ConnectionError::not_visible_text("header name", ' ', 1))?;
            headers.insert(header, header_value(name, value)?);
        }
        Ok(())
    }
}
