//! The token endpoint and its grants.

use super::client::Parameters;
use super::{Access, DEVICE_GRANT, JWT_GRANT, Pkce, Refresh, Refusal, State, refuse};
use crate::services::crypto;
use crate::support::server::{Reply, Request};

/// What a grant allows.
pub struct Grant {
    pub scope: String,
    pub family: usize,
    /// Whether a refresh token comes with it; the others repeat their first request (RFC 6749 4.4.3).
    pub refresh: bool,
}

impl State {
    /// `POST /token`
    pub(super) fn token(&mut self, request: &Request) -> Reply {
        match self.grant(request) {
            Ok(grant) => self.issue(&grant),
            Err(refusal) => self.refused(&refusal),
        }
    }

    fn grant(&mut self, request: &Request) -> Result<Grant, Refusal> {
        if let Some(query) = self.rules.token_query
            && request
                .target
                .split_once('?')
                .is_none_or(|(_, found)| !found.starts_with(query))
        {
            return refuse("invalid_request", format!("the query {query} is missing"));
        }
        let sent = self.sent_by_client(request)?;
        for (name, value) in &self.rules.token_params {
            if sent.get(name) != Some(value) {
                return refuse("invalid_request", format!("expected {name}={value}"));
            }
        }
        let kind = sent.need("grant_type")?;
        if !self.rules.grants.contains(&kind) {
            return refuse("unauthorized_client", format!("may not use {kind}"));
        }
        match kind {
            "authorization_code" => self.by_code(&sent),
            "refresh_token" => self.by_refresh(&sent),
            "client_credentials" => self.first(sent.get("scope"), false),
            "password" => {
                let given = (sent.need("username")?, sent.need("password")?);
                if given != self.rules.user {
                    return refuse("invalid_grant", "user name or password is wrong");
                }
                self.first(sent.get("scope"), true)
            }
            JWT_GRANT => {
                self.check_assertion(sent.need("assertion")?)?;
                self.first(sent.get("scope"), false)
            }
            DEVICE_GRANT => self.by_device(sent.need("device_code")?),
            _ => refuse("unsupported_grant_type", kind),
        }
    }

    /// A grant that begins a family of tokens.
    pub(super) fn first(&mut self, scope: Option<&str>, refresh: bool) -> Result<Grant, Refusal> {
        let scope = self.scope(scope)?;
        self.families += 1;
        Ok(Grant {
            scope,
            family: self.families,
            refresh,
        })
    }

    fn check_assertion(&mut self, assertion: &str) -> Result<(), Refusal> {
        let rules = self.rules.assertion.clone();
        let aud = rules
            .aud
            .map_or_else(|| format!("{}/token", self.address), str::to_owned);
        let expected = super::assertion::Expected {
            key: rules.key,
            iss: rules.iss,
            sub: rules.sub,
            aud: &aud,
            kid: rules.kid,
            longest: rules.longest,
        };
        let checked = super::assertion::check(assertion, &expected, self.now());
        self.once("invalid_grant", checked)
    }

    /// A code counts once; when it comes again, all that came from it ends (RFC 6749 4.1.2).
    fn by_code(&mut self, sent: &Parameters) -> Result<Grant, Refusal> {
        let text = sent.need("code")?;
        let Some(code) = self.codes.iter_mut().find(|code| code.code == text) else {
            return refuse("invalid_grant", "the code is unknown");
        };
        let family = code.family;
        if code.used {
            self.end_family(family);
            return refuse("invalid_grant", "the code was used before");
        }
        // Whoever comes with a code and anything wrong has spent it.
        code.used = true;
        if code.dead {
            return refuse("invalid_grant", "the code has expired");
        }
        if sent.need("redirect_uri")? != code.redirect_uri {
            return refuse("invalid_grant", "the redirect address is another one");
        }
        let scope = code.scope.clone();
        let challenge = code.challenge.clone();
        check_verifier(
            challenge.as_deref(),
            sent.get("code_verifier"),
            self.rules.pkce,
        )?;
        Ok(Grant {
            scope,
            family,
            refresh: true,
        })
    }

    fn by_refresh(&mut self, sent: &Parameters) -> Result<Grant, Refusal> {
        let text = sent.need("refresh_token")?;
        let Some(refresh) = self.refresh.iter_mut().find(|one| one.token == text) else {
            return refuse("invalid_grant", "the refresh token is unknown");
        };
        let (family, scope) = (refresh.family, refresh.scope.clone());
        if refresh.dead {
            return refuse("invalid_grant", "the refresh token was revoked");
        }
        if refresh.spent {
            if self.rules.reuse_revokes {
                self.end_family(family);
            }
            return refuse("invalid_grant", "the refresh token was used before");
        }
        // RFC 6749 6: no scope beyond those of the consent.
        let asked = sent.get("scope").unwrap_or(&scope);
        let delimiter = self.rules.scope_delimiter;
        if !asked
            .split(delimiter)
            .all(|one| scope.split(' ').any(|had| had == one))
        {
            return refuse("invalid_scope", "more than was granted");
        }
        let asked = asked.replace(delimiter, " ");
        refresh.spent = self.rules.rotate;
        Ok(Grant {
            scope: asked,
            family,
            refresh: self.rules.rotate,
        })
    }

    /// A reply by RFC 6749 5.1.
    fn issue(&mut self, grant: &Grant) -> Reply {
        let token = self.text("access", self.access.len() + 1);
        self.access.push(Access {
            token: token.clone(),
            scope: grant.scope.clone(),
            family: grant.family,
            expires: Access::expiry(self.rules.lifetime),
            dead: false,
        });
        let mut reply = serde_json::json!({
            "access_token": token, "token_type": "Bearer", "scope": grant.scope,
        });
        if let Some(lifetime) = self.rules.lifetime {
            reply["expires_in"] = lifetime.into();
        }
        if grant.refresh && self.rules.refresh {
            let token = self.text("refresh", self.refresh.len() + 1);
            reply["refresh_token"] = token.clone().into();
            self.refresh.push(Refresh {
                token,
                scope: grant.scope.clone(),
                family: grant.family,
                spent: false,
                dead: false,
            });
        }
        for (name, value) in &self.rules.token_members {
            reply[name] = value.clone();
        }
        Reply::json(&reply.to_string()).with("Cache-Control", "no-store")
    }
}

/// RFC 7636 4.6, and 4.1 for the form of a verifier.
fn check_verifier(
    challenge: Option<&str>,
    verifier: Option<&str>,
    pkce: Pkce,
) -> Result<(), Refusal> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) if pkce == Pkce::Refused => {
            refuse("invalid_request", "a verifier was not expected")
        }
        (None, Some(_)) => refuse("invalid_grant", "a verifier, but there was no challenge"),
        (Some(_), None) => refuse("invalid_grant", "`code_verifier` is missing"),
        (Some(_), Some(text)) if !(43..=128).contains(&text.len()) => refuse(
            "invalid_grant",
            "the verifier is not 43 to 128 characters long",
        ),
        (Some(_), Some(text)) if !text.bytes().all(letters) => refuse(
            "invalid_grant",
            "the verifier has other characters than it may",
        ),
        (Some(challenge), Some(text)) if crypto::challenge(text) != challenge => {
            refuse("invalid_grant", "the verifier does not fit the challenge")
        }
        _ => Ok(()),
    }
}
