//! Services: the APIs that can be connected to, as data.
//!
//! A *default* service is a file of `services/`, embedded in the program; a *custom* one is the same
//! kind of document in the registry. `document.rs` reads both and tells every fault at once.

mod build;
mod check;
mod defaults;
mod document;
mod fault;
pub(crate) mod hosts;
mod keys;
mod oauth1;
mod oauth2;
mod places;
mod sources;
pub(crate) mod template;
mod value;

use std::collections::BTreeMap;

use fancy_regex::Regex;

pub(crate) use defaults::{default_link_names, default_service, default_services};
pub(crate) use document::{Origin, is_scope, read, taken_name, utf8};
pub use fault::Fault;
pub use keys::CATEGORIES;
pub use oauth1::{Legs, OAuth1, SignatureMethod};
pub use oauth2::{
    ClientAuth, ExpiresUnit, GrantType, Jwt, JwtAlgorithm, OAuth2, Pkce, Quirk, Redirect,
    ScopeDefinition, ScopeDelimiter, TokenBody,
};
pub use template::Template;

/// Longest service link name.
pub(crate) const LONGEST_LINK_NAME: usize = 50;

/// An API that can be connected to.
#[derive(Clone, Debug)]
pub struct Service {
    /// By which connections refer to it: `[a-z][a-z0-9_]{0,49}`.
    pub link_name: String,
    /// In the program, and fixed; else a custom service.
    pub is_default: bool,
    /// As people read it.
    pub name: String,
    /// How a request is authenticated.
    pub scheme: Scheme,
    /// Where to find it in a list.
    pub categories: Vec<String>,
    /// What it is, in a sentence.
    pub says: Option<String>,
    /// A mail account rather than an API: without hosts, for `sendmail`.
    pub mail: bool,
    /// Where its credentials may be sent, before placeholders are filled in.
    pub hosts: Vec<Template>,
    /// Where the snippet begins.
    pub base_url: Template,
    /// Address of the documentation.
    pub documentation: Option<String>,
    /// Where a client is registered.
    pub register_url: Option<String>,
    /// The steps of registering a client.
    pub register_says: Option<String>,
    /// The request that shows whether a credential works.
    pub verify: Option<Verify>,
    /// JSON pointer into the verify reply: "connected as".
    pub account: Option<String>,
    /// Headers sent with every request unless the script sets them.
    pub headers: Vec<(String, Template)>,
    /// What is asked of a person, or found out.
    pub fields: Vec<Field>,
    /// The request that finds out a field after the first token.
    pub lookup: Option<Lookup>,
    /// How fast the service may be asked.
    pub rate: Option<Rate>,
    /// The header that makes a repeated request harmless.
    pub idempotency_header: Option<String>,
    /// Whether the facts were confirmed in the service's documentation.
    pub confirmed: bool,
    /// The document this was read from (TOML).
    pub definition: String,
}

/// How a request is authenticated.
#[derive(Clone, Debug)]
pub enum Scheme {
    /// User name and password (RFC 7617).
    Basic {
        /// Text with fields.
        username: Template,
        /// Text with fields; may be empty.
        password: Template,
    },
    /// One or several keys.
    ApiKey(Vec<ApiKey>),
    /// Signed requests (RFC 5849).
    OAuth1(Box<OAuth1>),
    /// Tokens (RFC 6749).
    OAuth2(Box<OAuth2>),
}

impl Scheme {
    /// `basic`, `api_key`, `oauth1` or `oauth2`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Scheme::Basic { .. } => "basic",
            Scheme::ApiKey(_) => "api_key",
            Scheme::OAuth1(_) => "oauth1",
            Scheme::OAuth2(_) => "oauth2",
        }
    }
}

/// One key of an API key service.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Where it goes.
    pub place: ParamType,
    /// Name of the header or parameter.
    pub name: String,
    /// Before the key, in a header.
    pub prefix: String,
    /// Text with fields.
    pub key: Template,
}

/// Where a credential goes in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// A header.
    Header,
    /// A parameter of the address.
    Query,
    /// A parameter of a form body.
    Form,
    /// Before the path of the address.
    Path,
}

impl ParamType {
    /// The word in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ParamType::Header => "header",
            ParamType::Query => "query",
            ParamType::Form => "form",
            ParamType::Path => "path",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [
            ParamType::Header,
            ParamType::Query,
            ParamType::Form,
            ParamType::Path,
        ]
        .into_iter()
        .find(|place| place.as_str() == text)
    }
}

/// The request that shows whether a credential works.
#[derive(Clone, Debug)]
pub struct Verify {
    /// GET or POST.
    pub method: http::Method,
    /// Where to.
    pub url: Template,
    /// JSON text sent along.
    pub body: Option<String>,
    /// JSON pointer that must read true.
    pub expect: Option<String>,
}

/// The request that finds out the value of a field (connections, 2.5).
#[derive(Clone, Debug)]
pub struct Lookup {
    /// Where to, by GET.
    pub url: Template,
    /// Replaces `param_prefix` for this request.
    pub prefix: Option<String>,
    /// JSON pointer to the list of choices; empty: the reply.
    pub list: String,
    /// JSON pointer inside a choice to its value.
    pub value: String,
    /// JSON pointer inside a choice to what people read.
    pub title: Option<String>,
    /// The field that is found out.
    pub field: String,
}

/// How fast a service may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Requests at a time.
    pub at_once: Option<u32>,
    /// Requests a minute.
    pub per_minute: Option<u32>,
}

/// A value a service needs besides its client.
#[derive(Clone, Debug)]
pub struct Field {
    /// In placeholders.
    pub name: String,
    /// As people read it.
    pub title: String,
    /// What to enter.
    pub says: Option<String>,
    /// Sealed and never echoed.
    pub secret: bool,
    /// An example of a value.
    pub example: Option<String>,
    /// Taken when nothing is entered.
    pub default: Option<String>,
    /// May be left out.
    pub optional: bool,
    /// Is asked for nevertheless: an empty answer is one, none is not (connections, 6.1 and 7).
    pub asked: bool,
    /// The values to choose from; empty: any that fits.
    pub choices: Vec<Choice>,
    /// Where the value comes from.
    pub from: FieldSource,
    /// The whole value must match.
    pub(crate) pattern: Option<Pattern>,
}

/// One value to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value.
    pub value: String,
    /// As people read it.
    pub title: String,
    /// Values of other fields that go with it.
    pub sets: BTreeMap<String, String>,
}

/// Where the value of a field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldSource {
    /// A person, with each connection.
    User,
    /// A person, with the client.
    Client,
    /// A parameter of the callback.
    Callback(String),
    /// A JSON pointer into the token reply.
    Token(String),
    /// The lookup.
    Lookup,
}

impl FieldSource {
    /// Whether only the service itself tells the value.
    pub(crate) fn is_told(&self) -> bool {
        matches!(self, FieldSource::Callback(_) | FieldSource::Token(_))
    }
}

/// An anchored regular expression. Matching costs a bounded time, whatever the expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    pub fn parse(text: &str) -> Option<Self> {
        const BACKTRACKING: usize = 100_000;
        fancy_regex::RegexBuilder::new(&format!(r"\A(?:{text})\z"))
            .backtrack_limit(BACKTRACKING)
            .build()
            .ok()
            .map(Pattern)
    }

    /// Whether all of `value` matches; a match too costly to find is none.
    pub fn matches(&self, value: &str) -> bool {
        self.0.is_match(value).unwrap_or(false)
    }
}

impl Service {
    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The words of the grant types, for OAuth 2.0.
    #[must_use]
    pub fn grant_types(&self) -> Vec<&'static str> {
        match &self.scheme {
            Scheme::OAuth2(oauth2) => oauth2
                .grant_types
                .iter()
                .map(|grant| grant.as_str())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The fields a person gives with a connection that are no secrets.
    pub(crate) fn plain_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| !field.secret && field.from == FieldSource::User)
    }

    /// The secrets a person gives with a connection.
    pub(crate) fn secret_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| field.secret && field.from == FieldSource::User)
    }

    /// What a person gives with the client besides its identifier and secret.
    pub(crate) fn client_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| field.from == FieldSource::Client)
    }

    /// Whether it behaves in a way that data cannot say.
    pub(crate) fn has_quirk(&self, quirk: Quirk) -> bool {
        matches!(&self.scheme, Scheme::OAuth2(oauth2) if oauth2.quirks.contains(&quirk))
    }

    /// Whether a client is needed to connect.
    #[must_use]
    pub fn needs_client(&self) -> bool {
        matches!(self.scheme, Scheme::OAuth1(_) | Scheme::OAuth2(_))
    }
}
