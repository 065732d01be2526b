//! Grants: with what a token is asked for, and the parameters of each request (connections, 6.4).

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::DeviceWait;
use super::assertion::{self, CLIENT_ASSERTION};
use crate::error::ConnectionError;
use crate::service::{ClientAuth, GrantType, OAuth2, Quirk, Template};
use crate::usable::Usable;

/// The grant type of RFC 7523, 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Facebook's word for its grant and for the parameter of it.
const FACEBOOK: &str = "fb_exchange_token";

/// With what a token is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Grant<'a> {
    /// RFC 6749, 4.1.3.
    AuthorizationCode {
        code: &'a SecretString,
        /// RFC 7636, 4.5.
        verifier: Option<&'a SecretString>,
        /// The same text as in the request for the consent.
        redirect_uri: &'a str,
    },
    /// RFC 6749, 4.4.
    ClientCredentials,
    /// RFC 7523, 2.1: an assertion that the connection signs.
    JwtBearer,
    /// RFC 6749, 4.3: user name and password of the connection.
    Password,
    /// RFC 8628, 3.4: a code that a person confirms elsewhere. It is waited for.
    Device(&'a DeviceWait),
    /// RFC 6749, 6.
    Refresh(&'a SecretString),
    /// The quirk `get_refresh`: the access token renews itself.
    GetRefresh(&'a SecretString),
    /// The quirk `facebook_exchange`: a token for one that lives longer.
    FacebookExchange(&'a SecretString),
}

impl Grant<'_> {
    /// Whether it asks for a token in place of another.
    pub(super) fn renews(self) -> bool {
        matches!(self, Grant::Refresh(_) | Grant::GetRefresh(_))
    }

    /// Whether the grant sets a parameter itself, whatever a service adds to its first request.
    fn owns(self, parameter: &str) -> bool {
        match self {
            Grant::Refresh(_) | Grant::GetRefresh(_) => {
                matches!(parameter, "grant_type" | "refresh_token" | "scope")
            }
            Grant::FacebookExchange(_) => parameter == "grant_type",
            _ => false,
        }
    }

    /// The grant by which a connection of a type that needs no person gets its first token.
    pub(crate) fn first(grant: GrantType) -> Option<Self> {
        match grant {
            GrantType::ClientCredentials => Some(Grant::ClientCredentials),
            GrantType::JwtBearer => Some(Grant::JwtBearer),
            GrantType::Password => Some(Grant::Password),
            GrantType::AuthorizationCode | GrantType::DeviceCode => None,
        }
    }
}

/// The grant by which a connection gets a new token without a person; `None`: it cannot. Where the
/// first request can be made again, that is it, whatever else its reply carried (RFC 6749, 4.4.3).
pub(crate) fn renewal_grant(usable: &Usable) -> Option<Grant<'_>> {
    let again = usable.connection.grant_type.and_then(Grant::first);
    let (credential, service) = (&usable.credential, &usable.service);
    again.or_else(|| {
        if service.has_quirk(Quirk::GetRefresh) {
            credential.access_token.as_ref().map(Grant::GetRefresh)
        } else {
            credential.refresh_token.as_ref().map(Grant::Refresh)
        }
    })
}

/// User name and password of the password grant.
///
/// # Errors
/// C0045 where one of them is missing.
pub(super) fn user(usable: &Usable) -> Result<(String, SecretString), ConnectionError> {
    let entered = |name: &str, title: &str| {
        let text = usable.secret(&Template::new(format!("{{{name}}}")))?;
        if text.expose_secret().is_empty() {
            return Err(ConnectionError::credential_missing(title));
        }
        Ok(text)
    };
    let name = entered("username", "User name")?;
    let name = name.expose_secret().to_owned();
    Ok((name, entered("password", "Password")?))
}

/// What a token request has besides what the oauth2 crate puts there: to be set, replaced, or with
/// an empty value removed, in this order.
pub(super) struct Params<'a> {
    pub usable: &'a Usable,
    pub oauth2: &'a OAuth2,
    /// To whom assertions are addressed.
    pub audience: &'a Url,
    /// Milliseconds since 1970 UTC.
    pub now: i64,
}

impl Params<'_> {
    /// Assertions are signed anew for each request, since each counts once.
    ///
    /// # Errors
    /// C0043 and C0045 for what an assertion needs.
    pub fn of(
        &self,
        grant: Grant<'_>,
        way: ClientAuth,
    ) -> Result<Vec<(String, String)>, ConnectionError> {
        let mut params = match grant {
            Grant::JwtBearer => self.jwt_bearer()?,
            Grant::Device(_) => vec![self.client_id()?],
            Grant::FacebookExchange(token) => {
                [("grant_type", FACEBOOK), (FACEBOOK, token.expose_secret())]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into()
            }
            _ => Vec::new(),
        };
        let resource = self.oauth2.resource.clone();
        params.extend(resource.map(|resource| ("resource".to_owned(), resource)));
        self.add_own(grant, &mut params)?;
        if way == ClientAuth::PrivateKeyJwt {
            params.extend(self.proof()?);
        }
        Ok(params)
    }

    /// The parameters of a request for a device code. The client is named there whatever its proof
    /// (RFC 8628, 3.1).
    ///
    /// # Errors
    /// C0039, C0043 and C0045 for what the proof of the client needs.
    pub fn of_device_code(
        &self,
        way: ClientAuth,
    ) -> Result<Vec<(String, String)>, ConnectionError> {
        let mut params = vec![self.client_id()?];
        if way == ClientAuth::PrivateKeyJwt {
            params.extend(self.proof()?);
        }
        Ok(params)
    }

    fn client_id(&self) -> Result<(String, String), ConnectionError> {
        let client = self.usable.client()?;
        Ok(("client_id".to_owned(), client.client_id.clone()))
    }

    /// What the service adds. What a renewal sets itself stays.
    fn add_own(
        &self,
        grant: Grant<'_>,
        params: &mut Vec<(String, String)>,
    ) -> Result<(), ConnectionError> {
        for (name, value) in &self.oauth2.token_params {
            if !grant.owns(name) {
                let value = self.usable.secret(value)?;
                params.push((name.clone(), value.expose_secret().to_owned()));
            }
        }
        for (name, value) in self.oauth2.refresh_params.iter().filter(|_| grant.renews()) {
            let value = self.usable.secret(value)?;
            params.push((name.clone(), value.expose_secret().to_owned()));
        }
        Ok(())
    }

    fn jwt_bearer(&self) -> Result<Vec<(String, String)>, ConnectionError> {
        let (usable, oauth2) = (self.usable, self.oauth2);
        let jwt = oauth2
            .jwt
            .as_ref()
            .ok_or_else(|| ConnectionError::no_endpoint(&usable.service.name, "jwt"))?;
        let signed = assertion::of_grant(usable, oauth2, jwt, self.audience, self.now)?;
        let mut params = vec![
            ("grant_type".to_owned(), JWT_BEARER.to_owned()),
            ("assertion".to_owned(), signed.expose_secret().to_owned()),
        ];
        if jwt.scope_claim.is_some() {
            params.push(("scope".to_owned(), String::new()));
        }
        Ok(params)
    }

    /// The proof of a client (RFC 7523, 2.2).
    pub fn proof(&self) -> Result<[(String, String); 2], ConnectionError> {
        let signed = assertion::of_client(self.usable, self.oauth2, self.audience, self.now)?;
        Ok([
            (
                "client_assertion_type".to_owned(),
                CLIENT_ASSERTION.to_owned(),
            ),
            (
                "client_assertion".to_owned(),
                signed.expose_secret().to_owned(),
            ),
        ])
    }
}
