//! A second connection like one that is there.

use super::OWN_CLIENT;
use super::clients::{ADDRESS, own_name};
use super::connections::{check_free, is_led_elsewhere};
use super::view::ConnectionView;
use crate::Connections;
use crate::connection::{Connection, Credential, LinkName, Status};
use crate::error::ConnectionError;
use crate::registry::{ClientValues, Failure, MUST_AGAIN, Rows, find, of_connection};

impl Connections {
    /// Makes `new` with the definition of `link`. Secrets that a person entered go along with
    /// `with_secrets`, and what the service told for them; tokens never do, since two holders of one rotating token kill
    /// each other.
    ///
    /// # Errors
    /// C0001, C0040, C0041, C0083.
    pub fn duplicate(
        &self,
        link: &str,
        new: &str,
        with_secrets: bool,
    ) -> Result<ConnectionView, ConnectionError> {
        self.show(link)?;
        let link_name = LinkName::parse(new)?;
        self.store.writing()?.write(|rows| {
            let original = find(rows, link)?;
            check_free(rows, &link_name, None)?;
            let copy = rows.insert_connection(Connection {
                link_name: link_name.as_str().to_owned(),
                disabled: false,
                ..original.clone()
            })?;
            let copy = own_client(rows, &original, copy, with_secrets)?;
            let mut led_elsewhere = false;
            for state in rows.credentials_of(original.id)? {
                rows.insert_credential(copy.id, &state.owner)?;
                if with_secrets {
                    led_elsewhere |= is_led_elsewhere(rows, &original, &state)?;
                    secrets(rows, &original, &copy, &state.owner)?;
                }
            }
            let subject = of_connection(&copy);
            rows.audit(
                "create",
                subject,
                "ok",
                Some(&format!("duplicate of {link}")),
            )?;
            if led_elsewhere {
                // What was entered for other addresses is asked about for the copy as well.
                let detail = format!("{ADDRESS} {MUST_AGAIN}");
                rows.audit("edit", subject, "ok", Some(&detail))?;
            }
            for host in &copy.extra_hosts {
                rows.audit("host_added", subject, "ok", Some(host))?;
            }
            Ok(())
        })?;
        self.show(link_name.as_str())
    }
}

/// A client that belongs to the original alone is made anew for the copy.
fn own_client(
    rows: &Rows<'_>,
    original: &Connection,
    copy: Connection,
    with_secrets: bool,
) -> Result<Connection, Failure> {
    let Some(id) = original.client else {
        return Ok(copy);
    };
    let clients = rows.clients(&original.service)?;
    let own = clients
        .into_iter()
        .find(|client| client.id == id && client.name.starts_with(OWN_CLIENT));
    let Some(mut client) = own else {
        return Ok(copy);
    };
    if with_secrets && let Some(whole) = rows.client(id)? {
        client = whole;
    }
    let values = ClientValues {
        client_id: client.client_id,
        client_secret: client.client_secret,
        fields: client.fields,
        secret_fields: client.secret_fields,
        redirect_uri: client.redirect_uri,
    };
    let name = own_name(copy.id);
    let copy = Connection {
        client: Some(rows.put_client(&original.service, &name, &values)?),
        ..copy
    };
    rows.update_connection(&copy)?;
    Ok(copy)
}

/// Copies what a person entered. Where that is the whole credential, the copy works at once.
fn secrets(
    rows: &Rows<'_>,
    original: &Connection,
    copy: &Connection,
    owner: &str,
) -> Result<(), Failure> {
    let from = rows.credential(original.id, owner, &original.link_name)?;
    let to = rows.credential_state(copy.id, owner)?;
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(());
    };
    let is_whole = !from.secret_fields.is_empty()
        && from.access_token.is_none()
        && from.token_secret.is_none()
        && from.refresh_token.is_none();
    let to = Credential {
        secret_fields: from.secret_fields,
        found: from.found,
        ..to
    };
    rows.put_secret_fields(&to)?;
    if is_whole && from.status == Status::Authorised {
        rows.put_found(&to)?;
        rows.authorise_copy(to.id, from.account.as_deref())?;
    }
    Ok(())
}
