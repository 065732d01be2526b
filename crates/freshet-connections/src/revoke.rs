//! Giving tokens back (RFC 7009; connections, 6.9). They are deleted whatever the service answers.

use oauth2::{AccessToken, RefreshToken, StandardRevocableToken};
use secrecy::{ExposeSecret, SecretString};

use crate::Connections;
use crate::connection::{Credential, Status};
use crate::error::ConnectionError;
use crate::refresh::Renewing;
use crate::service::OAuth2;
use crate::token::{self, TokenFailure};
use crate::usable::Usable;

/// How a revocation ended. Tokens are deleted here in any case.
#[derive(Debug, Default)]
pub struct Revoked {
    /// The service ended the access token.
    pub access: bool,
    /// The service ended the refresh token.
    pub refresh: bool,
    /// There were tokens here, which are deleted. A key or a password is kept, but not sent any more.
    pub deleted: bool,
    /// The service has no address for this, so a person has to end the access there.
    pub untold: bool,
    /// What a person should know: refusals, and a service that did not answer (C0010, C0027).
    pub warnings: Vec<ConnectionError>,
}

impl Connections {
    /// Row 15: ends the tokens of a connection at its service, refresh token first, and deletes
    /// them; with them those that wait for a choice. `local`: without telling the service.
    ///
    /// # Errors
    /// C0001, C0002, C0005 where nothing was ever stored for it, C0016, and those of the registry. What the service answers is a warning only.
    pub async fn revoke(&self, link: &str, local: bool) -> Result<Revoked, ConnectionError> {
        let registry = self.store.writing()?;
        let mut usable = registry.load_with_credential(link, &self.store.settings.owner)?;
        let id = usable.credential.id;
        let with = self.renewing(&registry, self.store.settings.limits);
        let _turn = self.http.renewals.turn(id, link, &with).await?;
        usable.credential = registry.reload(&usable)?;
        let parked = registry.parked_of(usable.connection.id, &usable.credential.owner)?;
        if parked.is_none() {
            check_has_any(&usable.connection.link_name, &usable.credential)?;
        }
        let mut revoked = Revoked::default();
        for holder in [Some(&usable), parked.as_ref().map(|(parked, _)| parked)]
            .into_iter()
            .flatten()
        {
            let credential = &holder.credential;
            revoked.deleted |= credential.access_token.is_some() || credential.has_refresh_token;
            if !local {
                give_back(holder, &with, &mut revoked).await;
            }
        }
        self.http.renewals.forget(id);
        let told = match revoked.warnings.first() {
            _ if local => "local",
            Some(warning) => warning.code(),
            None => "ok",
        };
        registry.revoked(&usable, told)?;
        Ok(revoked)
    }
}

/// Refuses a credential that was never any: there is nothing to end.
fn check_has_any(link: &str, credential: &Credential) -> Result<(), ConnectionError> {
    let has_any = credential.access_token.is_some()
        || credential.has_refresh_token
        || !credential.secret_fields.is_empty();
    if has_any || credential.status != Status::Failed {
        return Ok(());
    }
    let last = credential.last_error.as_ref();
    let why = last.map_or("it was refused", |error| &error.message);
    Err(ConnectionError::authorisation_failed(link, why))
}

async fn give_back(usable: &Usable, with: &Renewing<'_>, revoked: &mut Revoked) {
    let credential = &usable.credential;
    let scheme_has_tokens = usable.oauth2().is_some();
    if scheme_has_tokens && credential.access_token.is_none() && !credential.has_refresh_token {
        return;
    }
    let lacking = |oauth2: &OAuth2| oauth2.revoke_url.is_none();
    let usable = match with.discovery.completed(usable, lacking, with).await {
        Ok(usable) => usable,
        Err(error) => {
            revoked.warnings.push(error);
            return;
        }
    };
    if usable.oauth2().is_none_or(lacking) {
        revoked.untold = true;
        return;
    }
    let text = |token: &SecretString| token.expose_secret().to_owned();
    let refresh = credential.refresh_token.as_ref();
    let refresh = refresh.map(|token| RefreshToken::new(text(token)).into());
    let access = credential.access_token.as_ref();
    let access = access.map(|token| AccessToken::new(text(token)).into());
    // Its word for "give me the other one": no fault as long as one of them ended.
    let mut unsupported = Vec::new();
    let mut ask = async |token: Option<StandardRevocableToken>| {
        let Some(token) = token else { return false };
        match token::revoke(with, &usable, token).await {
            Ok(()) => return true,
            Err(failure) => {
                let kind = is_unsupported(&failure);
                let warning = failure.while_revoking(&usable.service.name);
                let list = if kind {
                    &mut unsupported
                } else {
                    &mut revoked.warnings
                };
                list.push(warning);
            }
        }
        false
    };
    let ended = (ask(refresh).await, ask(access).await);
    revoked.refresh |= ended.0;
    revoked.access |= ended.1;
    if ended == (false, false) {
        revoked.warnings.extend(unsupported);
    }
}

fn is_unsupported(failure: &TokenFailure) -> bool {
    matches!(failure, TokenFailure::Refused(refusal) if refusal.word == "unsupported_token_type")
}
