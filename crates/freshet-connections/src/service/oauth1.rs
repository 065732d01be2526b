//! What a service document says about OAuth 1.0.

use super::{ParamType, Redirect, ScopeDefinition, ScopeDelimiter, Template};

/// What the OAuth 1.0 scheme needs to know of a service.
#[derive(Clone, Debug)]
pub struct OAuth1 {
    /// Where the token comes from.
    pub legs: Legs,
    /// Where temporary credentials come from (RFC 5849, 2.1); there with three legs.
    pub request_token_url: Option<Template>,
    /// Where a person consents (2.2); there with three legs.
    pub authorize_url: Option<Template>,
    /// Where the token comes from (2.3); there with three legs.
    pub token_url: Option<Template>,
    /// How requests are signed.
    pub signature_method: SignatureMethod,
    /// Sent in the header, never signed.
    pub realm: Option<Template>,
    /// Whether bodies that are no forms are signed by their hash.
    pub body_hash: bool,
    /// Where the signature goes.
    pub place: ParamType,
    /// To which kind of address the answer comes.
    pub redirect: Redirect,
    /// Added to the address at which a person consents.
    pub authorize_params: Vec<(String, Template)>,
    /// Added to the requests for temporary credentials and for the token.
    pub token_params: Vec<(String, Template)>,
    /// What stands between scopes.
    pub scope_delimiter: ScopeDelimiter,
    /// Name of the parameter with the scopes.
    pub scope_param: String,
    /// The scopes to choose from.
    pub scopes: Vec<ScopeDefinition>,
    /// Whether others may be typed.
    pub free_scopes: bool,
}

/// Where the token of OAuth 1.0 comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legs {
    /// A person consents in a browser.
    Three,
    /// The service shows it; it is typed in.
    Entered,
    /// There is none: the client signs alone.
    Two,
}

impl Legs {
    const ALL: [Legs; 3] = [Legs::Three, Legs::Entered, Legs::Two];

    /// The word in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Legs::Three => "three",
            Legs::Entered => "entered",
            Legs::Two => "two",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|legs| legs.as_str() == text)
    }
}

/// How a request of OAuth 1.0 is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureMethod {
    /// With the secrets of client and token.
    HmacSha1,
    /// The same with a stronger hash.
    HmacSha256,
    /// With the private key of the client.
    RsaSha1,
    /// The secrets themselves, over https only.
    Plaintext,
}

impl SignatureMethod {
    const ALL: [SignatureMethod; 4] = [
        SignatureMethod::HmacSha1,
        SignatureMethod::HmacSha256,
        SignatureMethod::RsaSha1,
        SignatureMethod::Plaintext,
    ];

    /// The word in a definition, and in a request.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SignatureMethod::HmacSha1 => "HMAC-SHA1",
            SignatureMethod::HmacSha256 => "HMAC-SHA256",
            SignatureMethod::RsaSha1 => "RSA-SHA1",
            SignatureMethod::Plaintext => "PLAINTEXT",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}
