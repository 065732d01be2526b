//! What a service document says about OAuth 2.0.

use std::collections::BTreeMap;

use super::{ParamType, Template};

/// What the OAuth 2.0 scheme needs to know of a service.
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// The first is used unless a connection says otherwise.
    pub grant_types: Vec<GrantType>,
    /// Where a person consents.
    pub authorize_url: Option<Template>,
    /// Where a token comes from.
    pub token_url: Option<Template>,
    /// Where a token is renewed; `None`: `token_url`.
    pub refresh_url: Option<Template>,
    /// Where a token is given back (RFC 7009).
    pub revoke_url: Option<Template>,
    /// Where a device code comes from (RFC 8628).
    pub device_url: Option<Template>,
    /// Whose metadata fill in what is missing here (RFC 8414).
    pub issuer: Option<Template>,
    /// Which resource a token is for (RFC 8707).
    pub resource: Option<String>,
    /// How the client proves itself.
    pub client_auth: ClientAuth,
    /// Name of the parameter with the client's identifier.
    pub client_id_param: String,
    /// Proof of possession of the code (RFC 7636).
    pub pkce: Pkce,
    /// The service says so itself, whatever its metadata say.
    pub has_own_pkce: bool,
    /// To which kind of address the answer comes.
    pub redirect: Redirect,
    /// What stands between scopes.
    pub scope_delimiter: ScopeDelimiter,
    /// Name of the parameter with the scopes.
    pub scope_param: String,
    /// The scopes to choose from.
    pub scopes: Vec<ScopeDefinition>,
    /// Whether others may be typed.
    pub free_scopes: bool,
    /// Added to the address of the consent.
    pub authorize_params: Vec<(String, Template)>,
    /// Added to every token request.
    pub token_params: Vec<(String, Template)>,
    /// Added to every renewal by refresh token.
    pub refresh_params: Vec<(String, Template)>,
    /// Form of the token request.
    pub token_body: TokenBody,
    /// Headers of the token request.
    pub token_headers: Vec<(String, String)>,
    /// JSON pointer to the object with the token; empty: the reply.
    pub token_path: String,
    /// Seconds assumed when a reply names none.
    pub token_lifetime: Option<u64>,
    /// Unit of `expires_in`.
    pub expires_unit: ExpiresUnit,
    /// Statuses that mean "token expired".
    pub expired_statuses: Vec<u16>,
    /// The assertion of the grant `jwt_bearer`.
    pub jwt: Option<Jwt>,
    /// Behaviour that data cannot say.
    pub quirks: Vec<Quirk>,
    /// The service's word for an error → the word of RFC 6749, 5.2.
    pub error_aliases: BTreeMap<String, String>,
    /// Where the token goes.
    pub place: ParamType,
    /// Name of the header or parameter.
    pub param_name: String,
    /// Before the token, in a header.
    pub param_prefix: String,
    /// The service sets `param_prefix` itself, so that any token type is accepted.
    pub has_own_prefix: bool,
}

/// How a token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// A person consents in a browser.
    AuthorizationCode,
    /// The client alone.
    ClientCredentials,
    /// A person consents on another device (RFC 8628).
    DeviceCode,
    /// A signed assertion (RFC 7523).
    JwtBearer,
    /// User name and password.
    Password,
}

impl GrantType {
    const ALL: [GrantType; 5] = [
        GrantType::AuthorizationCode,
        GrantType::ClientCredentials,
        GrantType::DeviceCode,
        GrantType::JwtBearer,
        GrantType::Password,
    ];

    /// The word in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            GrantType::AuthorizationCode => "authorization_code",
            GrantType::ClientCredentials => "client_credentials",
            GrantType::DeviceCode => "device_code",
            GrantType::JwtBearer => "jwt_bearer",
            GrantType::Password => "password",
        }
    }

    /// The grant type of that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }

    /// Whether the first request can simply be made again to renew a token.
    pub(crate) fn repeats(self) -> bool {
        matches!(
            self,
            GrantType::ClientCredentials | GrantType::JwtBearer | GrantType::Password
        )
    }
}

/// How a client proves itself at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `Authorization: Basic`.
    Basic,
    /// Identifier and secret in the body.
    Body,
    /// Identifier alone.
    None,
    /// A signed assertion.
    PrivateKeyJwt,
    /// Basic, then once body.
    Auto,
}

impl ClientAuth {
    /// The word in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ClientAuth::Basic => "basic",
            ClientAuth::Body => "body",
            ClientAuth::None => "none",
            ClientAuth::PrivateKeyJwt => "private_key_jwt",
            ClientAuth::Auto => "auto",
        }
    }

    /// The way of that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            ClientAuth::Basic,
            ClientAuth::Body,
            ClientAuth::None,
            ClientAuth::PrivateKeyJwt,
            ClientAuth::Auto,
        ]
        .into_iter()
        .find(|way| way.as_str() == text)
    }
}

/// What stands between scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeDelimiter {
    /// Sent as %20.
    Space,
    /// Sent as %2C.
    Comma,
    /// A bare `+`.
    Plus,
    /// Sent as %3B.
    Semicolon,
}

impl ScopeDelimiter {
    /// The character.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            ScopeDelimiter::Space => " ",
            ScopeDelimiter::Comma => ",",
            ScopeDelimiter::Plus => "+",
            ScopeDelimiter::Semicolon => ";",
        }
    }

    /// Accepts the character and its name, since a form asks for the name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            " " | "space" => Some(ScopeDelimiter::Space),
            "," | "comma" => Some(ScopeDelimiter::Comma),
            "+" | "plus" => Some(ScopeDelimiter::Plus),
            ";" | "semicolon" => Some(ScopeDelimiter::Semicolon),
            _ => None,
        }
    }
}

/// Form of a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenBody {
    /// A form.
    Form,
    /// A JSON object.
    Json,
    /// Parameters of the address.
    Query,
}

/// Unit of `expires_in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiresUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// A scope to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeDefinition {
    /// As it is sent.
    pub name: String,
    /// As it is shown.
    pub display: String,
    /// What it allows.
    pub says: Option<String>,
    /// Chosen unless a connection says otherwise.
    pub default: bool,
}

/// How the code of an authorisation is bound to the process that asked for it (RFC 7636).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkce {
    /// The challenge is the SHA-256 of the verifier.
    S256,
    /// The challenge is the verifier.
    Plain,
    /// Neither is sent: some servers refuse what they did not expect.
    Off,
}

/// To which kind of address the answer of a consent comes (connections, 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// `http://127.0.0.1:PORT/callback`.
    Loopback,
    /// `http://localhost:PORT/callback`.
    Localhost,
    /// `https://localhost:PORT/callback`, served by nobody: the answer is pasted.
    Https,
}

impl Redirect {
    /// The redirect URL with this port.
    #[must_use]
    pub fn url(self, port: u16) -> String {
        match self {
            Redirect::Loopback => format!("http://127.0.0.1:{port}/callback"),
            Redirect::Localhost => format!("http://localhost:{port}/callback"),
            Redirect::Https => format!("https://localhost:{port}/callback"),
        }
    }

    /// The word in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Redirect::Loopback => "loopback",
            Redirect::Localhost => "localhost",
            Redirect::Https => "https",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "loopback" => Some(Redirect::Loopback),
            "localhost" => Some(Redirect::Localhost),
            "https" => Some(Redirect::Https),
            _ => None,
        }
    }
}

/// What the assertion of RFC 7523 says; texts with fields, secret ones too.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// How it is signed.
    pub algorithm: JwtAlgorithm,
    /// Who issues it.
    pub iss: Option<Template>,
    /// For whom the token is.
    pub sub: Option<Template>,
    /// Who is to read it; `None`: `token_url`.
    pub aud: Option<Template>,
    /// Which key of the client signs it.
    pub kid: Option<Template>,
    /// The key: PEM, Google's JSON key file, or for HS256 the shared secret.
    pub key: Template,
    /// The claim that carries the scopes; `None`: they are a parameter of the request.
    pub scope_claim: Option<String>,
    /// Seconds until it expires.
    pub lifetime: u64,
}

/// How an assertion is signed (RFC 7518, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// HMAC with SHA-256.
    HS256,
}

impl JwtAlgorithm {
    /// The word in the header of an assertion and in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            JwtAlgorithm::RS256 => "RS256",
            JwtAlgorithm::ES256 => "ES256",
            JwtAlgorithm::HS256 => "HS256",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [
            JwtAlgorithm::RS256,
            JwtAlgorithm::ES256,
            JwtAlgorithm::HS256,
        ]
        .into_iter()
        .find(|algorithm| algorithm.as_str() == text)
    }
}

/// Behaviour that data cannot say (connections, 2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// The answer carries an HMAC over its parameters.
    ShopifyHmac,
    /// The token of the code is exchanged once for one that lives longer.
    FacebookExchange,
    /// A token is renewed by GET with the access token.
    GetRefresh,
    /// Tokens come from the server the answer names.
    ZohoAccountsServer,
}

impl Quirk {
    /// Every quirk.
    pub const ALL: [Quirk; 4] = [
        Quirk::ShopifyHmac,
        Quirk::FacebookExchange,
        Quirk::GetRefresh,
        Quirk::ZohoAccountsServer,
    ];

    /// The word in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Quirk::ShopifyHmac => "shopify_hmac",
            Quirk::FacebookExchange => "facebook_exchange",
            Quirk::GetRefresh => "get_refresh",
            Quirk::ZohoAccountsServer => "zoho_accounts_server",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quirk| quirk.as_str() == text)
    }
}
