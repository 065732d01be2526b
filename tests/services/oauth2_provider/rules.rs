//! What an OAuth 2.0 provider allows and how it behaves.

use crate::services::crypto::Key;

/// The rules of a provider, read anew at every request: [`OAuth2Provider::change`] changes them while it runs.
///
/// [`OAuth2Provider::change`]: super::OAuth2Provider::change
#[derive(Clone, Debug)]
pub struct Rules {
    /// Begins every value it makes up: `PREFIX-code-1`, `PREFIX-access-1`, `PREFIX-refresh-1`, `PREFIX-device-1`.
    pub prefix: String,
    /// The only client it knows.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// How the client must tell who it is.
    pub client_auth: ClientAuth,
    /// The name under which the client's id arrives.
    pub client_id_param: &'static str,
    /// Where answers may be sent, to the letter.
    pub redirect_uri: String,
    /// Whether any port of the redirect address will do, as RFC 8252 7.3 asks for loopback.
    pub any_port: bool,
    /// Scopes that it knows; others are `invalid_scope`.
    pub scopes: Vec<&'static str>,
    /// What separates scopes in a request.
    pub scope_delimiter: char,
    /// The scopes it grants whatever was asked for.
    pub granted_scope: Option<&'static str>,
    /// What it thinks of PKCE.
    pub pkce: Pkce,
    /// The grants its client may use.
    pub grants: Vec<&'static str>,
    /// User name and password of the password grant.
    pub user: (&'static str, &'static str),
    /// What the assertions of the JWT bearer grant must say.
    pub assertion: Assertion,
    /// Seconds an access token lives and that `expires_in` names; `None`: for ever, and not named.
    pub lifetime: Option<u64>,
    /// Whether refresh tokens are issued.
    pub refresh: bool,
    /// Whether each use of a refresh token gives a new one and spends the old one.
    pub rotate: bool,
    /// Whether using a spent refresh token ends everything that came from the same consent (RFC 9700 4.14.2).
    pub reuse_revokes: bool,
    /// `iss` in the answer of the authorisation endpoint (RFC 9207).
    pub iss: Iss,
    /// Whether the metadata announce `iss`.
    pub iss_announced: bool,
    /// What is at the well-known addresses.
    pub metadata: Metadata,
    /// The path of the issuer, such as `/tenant`.
    pub issuer_path: &'static str,
    /// What the revocation endpoint answers.
    pub revocation: Revocation,
    /// How parameters of token requests must arrive.
    pub body: Body,
    /// A query that must arrive at the token endpoint, such as `tenant=7`.
    pub token_query: Option<&'static str>,
    /// Parameters that every token request must carry.
    pub token_params: Vec<(&'static str, &'static str)>,
    /// Further members of token replies.
    pub token_members: Vec<(&'static str, serde_json::Value)>,
    /// Further parameters of the answer to the browser.
    pub callback_params: Vec<(&'static str, String)>,
    /// The device grant.
    pub device: Device,
    /// Where the API takes tokens.
    pub api_place: Place,
    /// What stands before a token in the header of the API.
    pub api_prefix: &'static str,
    /// What the API answers a token that is not good.
    pub api_refusal: u16,
    /// The scope that the API wants; without it 403.
    pub api_scope: Option<&'static str>,
    /// What the API answers at a path, to a token that is good; elsewhere it names the account.
    pub api_replies: Vec<(&'static str, serde_json::Value)>,
    /// Whom `GET /me` names.
    pub account: String,
    /// Seconds by which its clock is ahead; unless 0 each reply carries its `Date`.
    pub ahead: i64,
}

/// Client authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `Authorization: Basic`, both parts form-encoded first (RFC 6749 2.3.1).
    Basic,
    /// Id and secret in the body.
    Body,
    /// The id alone.
    None,
    /// A JSON Web Token signed by this key (RFC 7523 2.2).
    PrivateKeyJwt(Key),
}

/// Proof keys (RFC 7636).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkce {
    /// An S256 challenge must come, and its verifier.
    Required,
    /// The verifier must fit where there was a challenge, and be absent where there was none.
    Optional,
    /// Any challenge or verifier is refused.
    Refused,
}

/// Assertions of the JWT bearer grant (RFC 7523 3).
#[derive(Clone, Debug)]
pub struct Assertion {
    /// The key that signs.
    pub key: Key,
    /// `iss`.
    pub iss: &'static str,
    /// `sub`.
    pub sub: &'static str,
    /// `aud`; `None`: the token endpoint.
    pub aud: Option<&'static str>,
    /// `kid` in the header.
    pub kid: Option<&'static str>,
    /// The longest life, in seconds.
    pub longest: i64,
}

/// `iss` in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iss {
    /// The issuer.
    Right,
    /// Another one.
    Wrong,
    /// None.
    Missing,
}

/// Metadata (RFC 8414).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// At `/.well-known/oauth-authorization-server` before the issuer's path.
    Path,
    /// Only at `/.well-known/openid-configuration` after it.
    OpenId,
    /// They name another issuer.
    WrongIssuer,
    /// Their token endpoint is http, and not on loopback.
    HttpEndpoint,
    /// There are none.
    Absent,
}

/// Revocation (RFC 7009).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// 200, and the token is dead.
    Obeyed,
    /// This status, and the token lives on.
    Status(u16),
    /// `unsupported_token_type` for access tokens.
    RefreshOnly,
    /// `unsupported_token_type` for refresh tokens.
    AccessOnly,
}

/// How the parameters of a token request arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// As the standard says.
    Form,
    /// As a JSON object of texts.
    Json,
    /// In the query.
    Query,
}

/// Where a token arrives at the API (RFC 6750 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the header `Authorization`.
    Header,
    /// In the query, as `access_token`.
    Query,
    /// In a form body, as `access_token`.
    Form,
    /// Any of them, but one only.
    Any,
}

/// The device grant (RFC 8628).
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// The seconds between polls that the reply names; `None`: not named, 5 hold.
    pub interval: Option<u64>,
    /// The seconds a device code lives.
    pub expires_in: u64,
    /// The name of the address: `verification_uri`, or `verification_url` as some write it.
    pub uri_name: &'static str,
    /// Whether there is an address with the code in it.
    pub complete: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            prefix: "tok".to_owned(),
            client_id: "freshet-client".to_owned(),
            client_secret: "freshet-secret".to_owned(),
            client_auth: ClientAuth::Basic,
            client_id_param: "client_id",
            redirect_uri: "http://127.0.0.1:8713/callback".to_owned(),
            any_port: false,
            scopes: vec!["read", "write"],
            scope_delimiter: ' ',
            granted_scope: None,
            pkce: Pkce::Required,
            grants: vec![
                "authorization_code",
                "client_credentials",
                "refresh_token",
                "password",
                super::DEVICE_GRANT,
                super::JWT_GRANT,
            ],
            user: ("ada", "l0velace"),
            assertion: Assertion {
                key: Key::Rsa,
                iss: "service@freshet.example",
                sub: "ada@freshet.example",
                aud: None,
                kid: None,
                longest: 3600,
            },
            lifetime: Some(3600),
            refresh: true,
            rotate: true,
            reuse_revokes: true,
            iss: Iss::Missing,
            iss_announced: false,
            metadata: Metadata::Path,
            issuer_path: "",
            revocation: Revocation::Obeyed,
            body: Body::Form,
            token_query: None,
            token_params: Vec::new(),
            token_members: Vec::new(),
            callback_params: Vec::new(),
            device: Device {
                interval: Some(1),
                expires_in: 600,
                uri_name: "verification_uri",
                complete: true,
            },
            api_place: Place::Any,
            api_prefix: "Bearer ",
            api_refusal: 401,
            api_scope: None,
            api_replies: Vec::new(),
            account: "ada@oauth.example".to_owned(),
            ahead: 0,
        }
    }
}
