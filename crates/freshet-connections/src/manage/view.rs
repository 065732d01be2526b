//! A connection as it is shown: everything but secrets, not even their length.

use std::collections::BTreeMap;

use crate::clock::date;
use crate::connect::fewer_scopes;
use crate::connection::{Connection, Credential, LastError, Reason, Sharing, Status, shown_status};
use crate::registry::{Failure, Registry, Rows, lost_at};
use crate::service::{Rate, Service};

/// Days before a refresh token ends from which a list warns.
const WARN_AHEAD: i64 = 7 * 24 * 60 * 60 * 1000;

/// A connection as it is shown. Times in milliseconds since 1970 UTC.
#[derive(Clone, Debug)]
pub struct ConnectionView {
    /// Its number, which stays whatever its name becomes.
    pub(crate) id: i64,
    /// By which scripts refer to it.
    pub link_name: String,
    /// As people read it.
    pub name: String,
    /// Link name of its service.
    pub service: String,
    /// Name of its service.
    pub service_name: String,
    /// `basic`, `api_key`, `oauth1` or `oauth2`.
    pub scheme: &'static str,
    /// For OAuth 2.0.
    pub grant_type: Option<&'static str>,
    /// The state people see.
    pub status: Status,
    /// Why it is in that state.
    pub reason: Option<Reason>,
    /// Switched off by a person.
    pub disabled: bool,
    /// Whose credential; empty: everybody's.
    pub owner: String,
    /// One credential for everybody, or one an owner.
    pub sharing: Sharing,
    /// "Connected as".
    pub account: Option<String>,
    /// Scopes asked for.
    pub scopes_requested: Vec<String>,
    /// Scopes granted; `None`: the service did not say.
    pub scopes_granted: Option<Vec<String>>,
    /// Values of fields that are no secrets: those that a person gave, and those that the service told.
    pub fields: BTreeMap<String, String>,
    /// Where the credential may be sent, by the service.
    pub hosts: Vec<String>,
    /// Where else, by a person's decision.
    pub extra_hosts: Vec<String>,
    /// Name of the client; `own` where it belongs to this connection alone.
    pub client: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When its definition last changed.
    pub updated_at: i64,
    /// When it was last authorised.
    pub authorised_at: Option<i64>,
    /// When it last passed verification.
    pub verified_at: Option<i64>,
    /// When its token was last renewed.
    pub refreshed_at: Option<i64>,
    /// When its token ends.
    pub expires_at: Option<i64>,
    /// When its refresh token ends.
    pub refresh_expires_at: Option<i64>,
    /// When it was last used, to the minute.
    pub used_at: Option<i64>,
    /// What last went wrong since it was last authorised.
    pub last_error: Option<LastError>,
    /// Its own limits.
    pub rate: Option<Rate>,
    /// A person's notes.
    pub notes: String,
    /// What a person should know, each with the next step.
    pub warnings: Vec<String>,
}

/// A connection with the credential of `owner`, or with that of everybody.
pub(in crate::manage) fn seen_by(
    registry: &Registry,
    rows: &Rows<'_>,
    connection: Connection,
    owner: &str,
) -> Result<ConnectionView, Failure> {
    let owner = connection.owner(owner).to_owned();
    let credential = rows.credential_state(connection.id, &owner)?;
    view(registry, rows, connection, credential, &owner)
}

/// The view for one owner's credential, or for none yet.
pub(in crate::manage) fn view(
    registry: &Registry,
    rows: &Rows<'_>,
    connection: Connection,
    credential: Option<Credential>,
    owner: &str,
) -> Result<ConnectionView, Failure> {
    let service = registry.service(rows, &connection.service)?;
    let client = match connection.client {
        Some(id) => rows
            .clients(&connection.service)?
            .into_iter()
            .find(|client| client.id == id),
        None => rows.client_named(&connection.service, super::DEFAULT_CLIENT)?,
    };
    let status = shown_status(&connection, credential.as_ref(), &service, rows.now);
    let lost_at = match &credential {
        Some(credential) => lost_at(rows, connection.id, credential)?,
        None => None,
    };
    let warnings = warnings(&connection, credential.as_ref(), status, lost_at, rows.now);
    let of = credential.as_ref();
    let fields = shown_fields(&service, &connection, of);
    Ok(ConnectionView {
        id: connection.id,
        service_name: service.name.clone(),
        scheme: service.scheme.as_str(),
        grant_type: connection.grant_type.map(|grant| grant.as_str()),
        status,
        reason: of.and_then(|credential| credential.reason),
        owner: owner.to_owned(),
        sharing: connection.sharing,
        account: of.and_then(|credential| credential.account.clone()),
        scopes_granted: of.and_then(|credential| credential.granted_scopes.clone()),
        hosts: shown_hosts(&service, &connection, of),
        client: client
            .filter(|_| service.needs_client())
            .map(|client| client_word(client.name)),
        authorised_at: of.and_then(|credential| credential.authorised_at),
        verified_at: of.and_then(|credential| credential.verified_at),
        refreshed_at: of.and_then(|credential| credential.refreshed_at),
        expires_at: of.and_then(|credential| credential.expires_at),
        refresh_expires_at: of.and_then(|credential| credential.refresh_expires_at),
        used_at: of.and_then(|credential| credential.used_at),
        last_error: of.and_then(|credential| credential.last_error.clone()),
        link_name: connection.link_name,
        name: connection.name,
        service: connection.service,
        disabled: connection.disabled,
        scopes_requested: connection.scopes,
        fields,
        extra_hosts: connection.extra_hosts,
        created_at: connection.created_at,
        updated_at: connection.updated_at,
        rate: connection.rate,
        notes: connection.notes,
        warnings,
    })
}

/// The name of a client; `own` where it belongs to the connection alone.
fn client_word(name: String) -> String {
    if name.starts_with(super::OWN_CLIENT) {
        super::OWN.to_owned()
    } else {
        name
    }
}

/// What was entered, and what the callback, the token reply or a lookup told for a field.
fn shown_fields(
    service: &Service,
    connection: &Connection,
    credential: Option<&Credential>,
) -> BTreeMap<String, String> {
    let found = credential.map(|credential| credential.found.clone());
    let is_open = |(name, _): &(String, String)| {
        let field = service.field(name);
        field.is_some_and(|field| !field.secret)
    };
    let found = found.unwrap_or_default().into_iter().filter(is_open);
    connection.fields.clone().into_iter().chain(found).collect()
}

/// The hosts of the service with the values that are known filled in.
fn shown_hosts(
    service: &Service,
    connection: &Connection,
    credential: Option<&Credential>,
) -> Vec<String> {
    let values = known_values(service, connection, credential);
    service
        .hosts
        .iter()
        .map(|host| host.fill(|name| values.get(name).map(String::as_str)))
        .collect()
}

/// Every value known without secrets: defaults, what was entered, what the service told.
pub(super) fn known_values(
    service: &Service,
    connection: &Connection,
    credential: Option<&Credential>,
) -> BTreeMap<String, String> {
    let defaults = service
        .fields
        .iter()
        .filter_map(|field| Some((field.name.clone(), field.default.clone()?)));
    let entered = connection.fields.clone();
    let found = credential
        .map(|credential| credential.found.clone())
        .unwrap_or_default();
    defaults.chain(entered).chain(found).collect()
}

fn warnings(
    connection: &Connection,
    credential: Option<&Credential>,
    status: Status,
    lost_at: Option<i64>,
    now: i64,
) -> Vec<String> {
    let link = &connection.link_name;
    let mut warnings = Vec::new();
    let Some(credential) = credential else {
        return warnings;
    };
    let last = credential.last_error.as_ref();
    match status {
        Status::NeedsAuthorisation => {
            let on =
                |at: Option<i64>| at.map_or_else(String::new, |at| format!(" on {}", date(at)));
            let what = match credential.reason {
                Some(Reason::Expired) => {
                    format!("expired{} and cannot be renewed", on(credential.expires_at))
                }
                Some(Reason::Revoked) => format!("was revoked{}", on(lost_at)),
                Some(Reason::Changed) => "was changed since it was authorised".to_owned(),
                Some(Reason::Imported) => "was imported without secrets".to_owned(),
                _ => format!("was refused{}", on(lost_at)),
            };
            warnings.push(format!(
                "{link} {what}: freshet connection reconnect {link}"
            ));
        }
        Status::Authorised | Status::Expired => {
            // At a renewal too, at which nobody looks on.
            let granted = credential.granted_scopes.as_deref();
            if let Some(error) = fewer_scopes(&connection.scopes, granted) {
                warnings.push(format!("{link}: {} ({})", error.message(), error.code()));
            }
            if let Some(error) = last {
                let (date, code) = (date(error.at), &error.code);
                warnings.push(format!(
                    "{link} last failed on {date}: {} ({code})",
                    error.message
                ));
            }
            if let Some(at) = credential
                .refresh_expires_at
                .filter(|at| at - now < WARN_AHEAD)
            {
                let date = date(at);
                warnings.push(format!(
                    "{link} ends on {date}: freshet connection reconnect {link}"
                ));
            }
        }
        Status::Created | Status::Failed | Status::Disabled => {}
    }
    warnings
}
