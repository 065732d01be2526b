//! A connection with everything a request needs, and the checks a request must pass.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::connection::{Client, Connection, Credential};
use crate::echo;
use crate::error::ConnectionError;
use crate::scheme::UNRESERVED;
use crate::scheme::oauth1::private_key;
use crate::service::hosts::{HostPattern, host_and_port, is_loopback};
use crate::service::template::Part;
use crate::service::{
    Field, FieldSource, Legs, OAuth1, OAuth2, ParamType, Rate, Redirect, Scheme, Service,
    SignatureMethod, Template,
};

/// A stored connection, opened for one owner.
#[derive(Clone)]
pub(crate) struct Usable {
    pub connection: Connection,
    pub credential: Credential,
    pub client: Option<Client>,
    /// What only the authorisation under way knows: state, code, verifier.
    pub attempt: Vec<SecretString>,
    pub service: Arc<Service>,
    /// The port of its redirect URL.
    pub redirect_port: u16,
}

impl Usable {
    pub fn link(&self) -> &str {
        &self.connection.link_name
    }

    /// Checks that this is the same credential of the same connection as was loaded `before`, whatever its link name.
    ///
    /// # Errors
    /// C0001.
    pub fn check_is_of(&self, before: &Usable) -> Result<(), ConnectionError> {
        let number = |of: &Usable| (of.connection.id, of.connection.created_at);
        if number(self) != number(before) {
            Err(ConnectionError::removed_meanwhile())
        } else if self.credential.id != before.credential.id {
            Err(ConnectionError::replaced_meanwhile(self.link()))
        } else {
            Ok(())
        }
    }

    /// The client of the connection.
    ///
    /// # Errors
    /// C0039 when none is stored.
    pub fn client(&self) -> Result<&Client, ConnectionError> {
        self.client
            .as_ref()
            .ok_or_else(|| no_client(&self.service, self.redirect_port))
    }

    /// Whether a text of a service repeats a secret of the connection: then it is neither shown nor stored in the open.
    pub fn is_secret_in(&self, text: &str) -> bool {
        self.secrets()
            .any(|secret| echo::repeats(text, secret.expose_secret()))
    }

    /// Every secret that belongs to the connection, or to its authorisation under way.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let credential = &self.credential;
        let tokens = [
            &credential.access_token,
            &credential.token_secret,
            &credential.refresh_token,
            &credential.previous_refresh_token,
        ];
        let of_client = self.client.iter().flat_map(|client| {
            client
                .client_secret
                .iter()
                .chain(client.secret_fields.values())
        });
        tokens
            .into_iter()
            .flatten()
            .chain(credential.secret_fields.values())
            .chain(of_client)
            .chain(&self.attempt)
    }

    pub fn oauth2(&self) -> Option<&OAuth2> {
        match &self.service.scheme {
            Scheme::OAuth2(oauth2) => Some(oauth2),
            _ => None,
        }
    }

    pub fn oauth1(&self) -> Option<&OAuth1> {
        match &self.service.scheme {
            Scheme::OAuth1(oauth1) => Some(oauth1),
            _ => None,
        }
    }

    /// How fast this connection may be used: its own figures, else those of the service.
    pub fn rate(&self) -> Rate {
        let own = self.connection.rate.unwrap_or_default();
        let service = self.service.rate.unwrap_or_default();
        Rate {
            at_once: own.at_once.or(service.at_once),
            per_minute: own.per_minute.or(service.per_minute),
        }
    }

    /// The hosts to which the credential may go: those of the service and the extra ones.
    pub fn hosts(&self) -> Result<Vec<HostPattern>, ConnectionError> {
        let loopback = !self.service.is_default;
        let mut hosts = Vec::new();
        for template in &self.service.hosts {
            let text = self.text(template)?;
            let pattern = HostPattern::parse(&text, loopback)
                .ok_or_else(|| ConnectionError::host(&text, crate::service::hosts::EXPECTED))?;
            hosts.push(pattern);
        }
        hosts.extend(
            self.connection
                .extra_hosts
                .iter()
                .filter_map(|text| HostPattern::parse(text, loopback)),
        );
        Ok(hosts)
    }

    /// Whether the credential may be sent to `url`. Asked before anything is renewed or sent.
    ///
    /// # Errors
    /// C0006 for another host or a user part, C0007 for plain http (which only custom services may
    /// use, to this machine).
    pub fn check_address(&self, url: &Url) -> Result<(), ConnectionError> {
        let hosts = self.hosts()?;
        let allowed = || hosts.iter().map(ToString::to_string).collect::<Vec<_>>();
        if !url.username().is_empty() || url.password().is_some() {
            let found = format!("a user part (…@{})", host_and_port(url));
            return Err(ConnectionError::host_not_allowed(
                self.link(),
                &allowed(),
                &found,
            ));
        }
        let plain_http = url.scheme() == "http" && !self.service.is_default && is_loopback(url);
        if url.scheme() != "https" && !plain_http {
            return Err(ConnectionError::not_https(self.link()));
        }
        if hosts.iter().any(|pattern| pattern.matches(url)) {
            Ok(())
        } else {
            Err(ConnectionError::host_not_allowed(
                self.link(),
                &allowed(),
                &host_and_port(url),
            ))
        }
    }

    /// An address of the service, its placeholders filled in: percent-encoded in path and query, as
    /// they are in the host.
    ///
    /// # Errors
    /// C0043 for a value that is missing or does not fit there.
    pub fn address(&self, template: &Template) -> Result<Url, ConnectionError> {
        let text = template.fill_address(|name, in_host| {
            let value = self.value(name)?;
            if in_host {
                self.fits_host(name, value)
            } else {
                self.fits_path(name, &value)
            }
        })?;
        Url::parse(&text).map_err(|_| ConnectionError::host(&text, "a valid address"))
    }

    fn fits_host(&self, name: &str, value: String) -> Result<String, ConnectionError> {
        let fits = value
            .chars()
            .all(|c| c.is_alphanumeric() || "-.:".contains(c));
        if fits && !value.is_empty() {
            Ok(value)
        } else {
            Err(ConnectionError::field_value(
                self.title(name),
                &format!("\"{value}\""),
                "part of a host",
            ))
        }
    }

    fn fits_path(&self, name: &str, value: &str) -> Result<String, ConnectionError> {
        if value == "." || value == ".." {
            return Err(ConnectionError::field_value(
                self.title(name),
                &format!("\"{value}\""),
                "part of a path",
            ));
        }
        Ok(utf8_percent_encode(value, UNRESERVED).to_string())
    }

    /// A text of the service, its placeholders filled in. Never holds a secret.
    ///
    /// # Errors
    /// C0043 for a value that is missing.
    pub fn text(&self, template: &Template) -> Result<String, ConnectionError> {
        let mut text = String::new();
        for part in template.parts() {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Field(name) => text.push_str(&self.value(name)?),
            }
        }
        Ok(text)
    }

    /// The same for a text that may hold secrets.
    ///
    /// # Errors
    /// C0043 for a value that is missing.
    pub fn secret(&self, template: &Template) -> Result<SecretString, ConnectionError> {
        self.secret_in(template, |value, text| text.push_str(value))
    }

    /// The same for a place with a notation of its own: `write` adds the value of a field in it.
    ///
    /// # Errors
    /// Those of [`secret`](Self::secret).
    pub fn secret_in(
        &self,
        template: &Template,
        write: impl Fn(&str, &mut String),
    ) -> Result<SecretString, ConnectionError> {
        let mut text = String::new();
        for part in template.parts() {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Field(name) => match self.secret_value(name) {
                    Some(value) => write(value.expose_secret(), &mut text),
                    None => write(&self.value(name)?, &mut text),
                },
            }
        }
        Ok(SecretString::from(text))
    }

    fn secret_value(&self, name: &str) -> Option<&SecretString> {
        self.credential.secret_fields.get(name).or_else(|| {
            self.client
                .as_ref()
                .and_then(|client| client.secret_fields.get(name))
        })
    }

    /// The value of a field that is no secret: what the service told, what was entered, the default.
    fn value(&self, name: &str) -> Result<String, ConnectionError> {
        let client = self.client.as_ref();
        if name == "client_id" {
            return self.client().map(|client| client.client_id.clone());
        }
        if name == "redirect_uri" {
            return Ok(self.redirect_url(None));
        }
        let field = self.service.field(name);
        let entered = self
            .credential
            .found
            .get(name)
            .or_else(|| self.connection.fields.get(name))
            .or_else(|| client.and_then(|client| client.fields.get(name)))
            .cloned();
        let value = entered.or_else(|| field.and_then(|field| field.default.clone()));
        match (value, field) {
            (Some(value), Some(field)) => fits(field, &value).map(|()| value),
            (Some(value), None) => Ok(value),
            (None, Some(field)) if field.optional => Ok(String::new()),
            (None, _) => Err(ConnectionError::field_value(
                self.title(name),
                "no value",
                "one",
            )),
        }
    }

    /// Where the service sends the browser after a consent: the client's own redirect URL, else
    /// that of the service with this port.
    pub fn redirect_url(&self, port: Option<u16>) -> String {
        let own = self
            .client
            .as_ref()
            .and_then(|client| client.redirect_uri.clone());
        own.unwrap_or_else(|| redirect_kind(&self.service).url(port.unwrap_or(self.redirect_port)))
    }

    /// Takes the value of a field that a service sent.
    ///
    /// # Errors
    /// C0038 if it does not match the field's pattern.
    pub fn find(&mut self, field: &Field, value: &str) -> Result<(), ConnectionError> {
        let value = found(field, value)?;
        self.credential.found.insert(field.name.clone(), value);
        Ok(())
    }

    fn title<'a>(&'a self, name: &'a str) -> &'a str {
        self.service
            .field(name)
            .map_or(name, |field| field.title.as_str())
    }

    /// Takes secrets a person entered, in place of those stored. They are kept in memory only;
    /// [`finish_connect`](crate::registry::Registry::finish_connect) stores them.
    ///
    /// # Errors
    /// C0043 for a name the service does not ask for, C0045 for a text that cannot be sent.
    pub fn enter(
        &mut self,
        secrets: BTreeMap<String, SecretString>,
    ) -> Result<(), ConnectionError> {
        for (name, value) in secrets {
            let Some(field) = self
                .service
                .secret_fields()
                .find(|field| field.name == name)
            else {
                let known: Vec<String> = self
                    .service
                    .secret_fields()
                    .map(|field| field.name.clone())
                    .collect();
                return Err(ConnectionError::unknown_field(
                    &name,
                    &self.service.name,
                    &known,
                ));
            };
            check_secret(field, &value)?;
            self.credential.secret_fields.insert(name, value);
        }
        let missing = self.missing_secrets();
        if let Some(field) = missing.first() {
            return Err(ConnectionError::credential_missing(&field.title));
        }
        self.check_credential()
    }

    /// Whether what the scheme sends can be sent (connections, 6.1 to 6.3).
    fn check_credential(&self) -> Result<(), ConnectionError> {
        match &self.service.scheme {
            Scheme::Basic { username, .. } => {
                if self.secret(username)?.expose_secret().contains(':') {
                    return Err(ConnectionError::credential_text("user name", "a colon"));
                }
            }
            Scheme::ApiKey(keys) => {
                for key in keys.iter().filter(|key| key.place == ParamType::Header) {
                    let value = self.secret(&key.key)?;
                    let text = value.expose_secret();
                    if !text.is_ascii() {
                        return Err(ConnectionError::credential_text(
                            &key.name,
                            "a character that is not ASCII",
                        ));
                    }
                    if text.trim() != text {
                        return Err(ConnectionError::credential_text(
                            &key.name,
                            "a space at the start or the end",
                        ));
                    }
                }
            }
            Scheme::OAuth1(oauth1) => {
                let key = self.client()?.secret_fields.get("private_key");
                if let (SignatureMethod::RsaSha1, Some(pem)) = (oauth1.signature_method, key) {
                    private_key(pem)?;
                }
            }
            Scheme::OAuth2(_) => {}
        }
        Ok(())
    }

    /// Secrets the service asks for that are neither stored nor entered, nor may be left out.
    pub fn missing_secrets(&self) -> Vec<&Field> {
        self.service
            .secret_fields()
            .filter(|field| {
                !field.optional && !self.credential.secret_fields.contains_key(&field.name)
            })
            .collect()
    }
}

/// An address to be shown: the values that are known stand in it as they would be sent, other placeholders as they are
/// written.
pub(crate) fn shown_address(template: &Template, values: &BTreeMap<String, String>) -> String {
    let Ok(text) = template.fill_address(|name, in_host| {
        Ok::<_, Infallible>(match values.get(name) {
            Some(value) if in_host => value.clone(),
            Some(value) => utf8_percent_encode(value, UNRESERVED).to_string(),
            None => format!("{{{name}}}"),
        })
    });
    text
}

/// C0039 for a service without a stored client.
pub(crate) fn no_client(service: &Service, port: u16) -> ConnectionError {
    let redirect = redirect_uri(service, port).filter(|_| needs_consent(service));
    ConnectionError::no_client(
        &service.name,
        &service.link_name,
        redirect.as_deref(),
        service.register_url.as_deref(),
    )
}

/// The redirect URL to register with a service that needs a client; `port` is that of the settings.
pub(crate) fn redirect_uri(service: &Service, port: u16) -> Option<String> {
    service
        .needs_client()
        .then(|| redirect_kind(service).url(port))
}

fn redirect_kind(service: &Service) -> Redirect {
    match &service.scheme {
        Scheme::OAuth1(oauth1) => oauth1.redirect,
        Scheme::OAuth2(oauth2) => oauth2.redirect,
        _ => Redirect::Loopback,
    }
}

fn needs_consent(service: &Service) -> bool {
    match &service.scheme {
        Scheme::OAuth1(oauth1) => oauth1.legs == Legs::Three,
        _ => service.grant_types().contains(&"authorization_code"),
    }
}

/// The value of a field that a service sent. Services send the address of a host where the host is
/// meant.
///
/// # Errors
/// C0038 if it does not match the field's pattern.
pub(crate) fn found(field: &Field, value: &str) -> Result<String, ConnectionError> {
    if fits(field, value).is_ok() {
        return Ok(value.to_owned());
    }
    let host = Url::parse(value).ok().and_then(|url| host_alone(&url));
    if let Some(host) = host.filter(|host| fits(field, host).is_ok()) {
        return Ok(host);
    }
    let found = format!(
        "the service sent `{}`, which does not match its pattern",
        crate::error::shown(value)
    );
    Err(match field.from {
        FieldSource::Callback(_) | FieldSource::Token(_) => {
            ConnectionError::value_only_from_service(&field.name, &found)
        }
        _ => ConnectionError::value_from_service(&field.name, &found),
    })
}

/// The host of an address that has nothing else.
fn host_alone(url: &Url) -> Option<String> {
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    let web = matches!(url.scheme(), "https" | "http");
    (bare && web).then(|| host_and_port(url))
}

/// Whether a value that is no secret fits its field.
pub(crate) fn fits(field: &Field, value: &str) -> Result<(), ConnectionError> {
    const LONGEST: usize = 1000;
    let refuse = |expected: &str| {
        let found = format!("\"{}\"", crate::error::shown(value));
        Err(ConnectionError::field_value(&field.title, &found, expected))
    };
    if let Some(position) = value.chars().position(char::is_control) {
        let character = value.chars().nth(position).unwrap_or_default();
        return Err(ConnectionError::not_visible_text(
            &field.title,
            character,
            position + 1,
        ));
    }
    if value.is_empty() && !field.optional {
        return refuse("a text");
    }
    if value.len() > LONGEST {
        return refuse("at most 1,000 characters");
    }
    let free = field.from != FieldSource::User || field.choices.is_empty();
    if !free && !field.choices.iter().any(|choice| choice.value == value) {
        let choices: Vec<&str> = field
            .choices
            .iter()
            .map(|choice| choice.value.as_str())
            .collect();
        return refuse(&format!("one of {}", choices.join(", ")));
    }
    match &field.pattern {
        Some(pattern) if !pattern.matches(value) => {
            let like = field.example.as_deref().or(field.default.as_deref());
            refuse(
                &like.map_or("a value that fits its pattern".to_owned(), |like| {
                    format!("a text like {like}")
                }),
            )
        }
        _ => Ok(()),
    }
}

/// Whether a secret can be sent: no control character (a key in PEM or JSON may have line breaks),
/// and not empty unless it may be left out. The text itself is never shown.
pub(crate) fn check_secret(field: &Field, value: &SecretString) -> Result<(), ConnectionError> {
    let text = value.expose_secret();
    if text.is_empty() && !field.optional {
        return Err(ConnectionError::credential_missing(&field.title));
    }
    let long_key = field.name == "private_key";
    let fault = text
        .chars()
        .find(|c| c.is_control() && !(long_key && matches!(c, '\n' | '\r' | '\t')));
    if let Some(character) = fault {
        let found = format!("the control character U+{:04X}", character as u32);
        return Err(ConnectionError::credential_text(&field.title, &found));
    }
    if field
        .pattern
        .as_ref()
        .is_some_and(|pattern| !pattern.matches(text))
    {
        let like = field.example.as_deref().unwrap_or("its pattern");
        return Err(ConnectionError::field_value(
            &field.title,
            "another text",
            &format!("a text like {like}"),
        ));
    }
    Ok(())
}
