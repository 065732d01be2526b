//! The credentials of an export, as they are taken here.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::document::{CredentialItem, Secret, Time, unwrapped};
use crate::connection::{Credential, LastError, Reason, Status};
use crate::error::ConnectionError;
use crate::service::{Legs, Scheme, Service};
use crate::usable::{check_secret, fits};

/// The credential in the file. Without its secrets a person must act (row 2). `is_another`: what it sends would go
/// elsewhere than the file says, or with another client, so its secrets are not taken.
pub(super) fn credential(
    service: &Service,
    item: CredentialItem,
    is_another: bool,
) -> Result<Credential, ConnectionError> {
    for (name, value) in &item.found {
        // It may name a host: only what fits its field is taken.
        match service.field(name) {
            Some(field) if !field.secret => fits(field, value)?,
            _ => return Err(ConnectionError::unknown_field(name, &service.name, &[])),
        }
    }
    let (mut status, mut reason) = (item.status, item.reason);
    let time = |time: Option<Time>| time.map(|Time(at)| at);
    let mut credential = Credential {
        id: 0,
        owner: item.owner,
        status,
        reason,
        generation: 0,
        secret_fields: BTreeMap::new(),
        access_token: None,
        token_secret: None,
        refresh_token: None,
        previous_refresh_token: None,
        has_refresh_token: false,
        granted_scopes: item.scopes_granted,
        client_auth: item.client_auth,
        found: item.found,
        issued_at: time(item.issued_at),
        expires_at: time(item.expires_at),
        refresh_expires_at: time(item.refresh_expires_at),
        refresh_started_at: None,
        authorised_at: time(item.authorised_at),
        refreshed_at: time(item.refreshed_at),
        verified_at: time(item.verified_at),
        used_at: time(item.used_at),
        account: item.account,
        last_error: item.last_error.map(|error| LastError {
            code: error.code,
            message: error.message,
            at: error.at.0,
        }),
    };
    let Some(secrets) = item.secrets else {
        return Ok(Credential {
            status: Status::NeedsAuthorisation,
            reason: Some(Reason::Imported),
            ..credential
        });
    };
    let fields = unwrapped(secrets.fields);
    check_secret_fields(service, &fields)?;
    if !is_another {
        let secret = |secret: Option<Secret>| secret.map(|Secret(text)| text);
        credential.secret_fields = fields;
        credential.access_token = secret(secrets.access_token);
        credential.token_secret = secret(secrets.token_secret);
        credential.refresh_token = secret(secrets.refresh_token);
        credential.previous_refresh_token = secret(secrets.previous_refresh_token);
    }
    // What a person has to authorise again anyway stays as it is.
    let is_sent = status == Status::Authorised
        || status == Status::NeedsAuthorisation
            && !matches!(
                reason,
                Some(Reason::Revoked | Reason::Changed | Reason::Imported)
            );
    let lacks = if is_another {
        Some(Reason::Changed)
    } else {
        (!is_whole(service, &credential)).then_some(Reason::Imported)
    };
    if let (true, Some(lacks)) = (is_sent, lacks) {
        (status, reason) = (Status::NeedsAuthorisation, Some(lacks));
    }
    Ok(Credential {
        status,
        reason,
        ..credential
    })
}

fn check_secret_fields(
    service: &Service,
    fields: &BTreeMap<String, SecretString>,
) -> Result<(), ConnectionError> {
    for (name, value) in fields {
        let field = service.secret_fields().find(|field| field.name == *name);
        match field {
            Some(field) => check_secret(field, value)?,
            None => return Err(ConnectionError::unknown_field(name, &service.name, &[])),
        }
    }
    Ok(())
}

/// Whether a credential has all that it sends, but for the client.
fn is_whole(service: &Service, credential: &Credential) -> bool {
    let entered = &credential.secret_fields;
    let is_there = match &service.scheme {
        // A password may be left out, but is then kept as an empty one.
        Scheme::Basic { .. } | Scheme::ApiKey(_) => {
            !entered.is_empty() || service.secret_fields().next().is_none()
        }
        Scheme::OAuth1(oauth1) => oauth1.legs != Legs::Three || credential.access_token.is_some(),
        Scheme::OAuth2(_) => credential.access_token.is_some(),
    };
    is_there
        && service
            .secret_fields()
            .all(|field| field.optional || entered.contains_key(&field.name))
}
