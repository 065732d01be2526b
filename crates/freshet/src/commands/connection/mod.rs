//! `freshet connection`: named, stored, authenticated links to APIs.

mod add;
mod choose;
mod connect;
mod consent;
mod device;
mod duplicate;
mod edit;
mod export;
mod import;
mod list;
mod log;
mod mentions;
mod remove;
mod revoke;
mod show;
mod snippet;
mod switch;
mod verify;

pub use consent::over_ssh;

use clap::Subcommand;
use freshet_connections::{ConnectionView, Sharing, Via, rfc3339};
use serde_json::{Value, json};

use super::{Global, connection_settings, engine};
use crate::exit::Outcome;
use crate::output::{self, visible};

/// Named, stored, authenticated links to APIs
///
/// A script names one (connection :"crm"); its credential is added on the way and never shown.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  freshet connection add crm --service hubspot_token --connect
  freshet connection list")]
pub enum Command {
    List(list::Arguments),
    Add(Box<add::Arguments>),
    Connect(connect::Arguments),
    Reconnect(connect::Reconnect),
    Show(show::Arguments),
    Verify(verify::Arguments),
    Edit(Box<edit::Arguments>),
    Duplicate(duplicate::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Snippet(snippet::Arguments),
    Disable(switch::Disable),
    Enable(switch::Enable),
    Revoke(revoke::Arguments),
    Remove(remove::Arguments),
    Log(log::Arguments),
}

impl Command {
    /// Whether it changes what people manage; the others look, or send.
    fn manages(&self) -> bool {
        !matches!(
            self,
            Command::List(_)
                | Command::Show(_)
                | Command::Verify(_)
                | Command::Snippet(_)
                | Command::Log(_)
        )
    }
}

/// Runs the command.
pub fn run(command: Command, global: &Global) -> Outcome {
    let engine = engine(connection_settings(global, Via::Cli)?);
    let connections = engine.connections();
    if command.manages() {
        connections.may_manage()?;
    }
    match command {
        Command::List(arguments) => list::run(&arguments, connections),
        Command::Add(arguments) => add::run(&arguments, &engine),
        Command::Connect(arguments) => connect::run(&arguments, &engine),
        Command::Reconnect(connect::Reconnect { arguments }) => connect::run(&arguments, &engine),
        Command::Show(arguments) => show::run(&arguments, connections),
        Command::Verify(arguments) => verify::run(&arguments, &engine),
        Command::Edit(arguments) => edit::run(&arguments, connections),
        Command::Duplicate(arguments) => duplicate::run(&arguments, connections),
        Command::Export(arguments) => export::run(&arguments, connections),
        Command::Import(arguments) => import::run(&arguments, connections),
        Command::Snippet(arguments) => snippet::run(&arguments, connections),
        Command::Disable(switch::Disable { arguments }) => {
            switch::run(&arguments, true, connections)
        }
        Command::Enable(switch::Enable { arguments }) => {
            switch::run(&arguments, false, connections)
        }
        Command::Revoke(arguments) => revoke::run(&arguments, &engine),
        Command::Remove(arguments) => remove::run(&arguments, &engine),
        Command::Log(arguments) => log::run(&arguments, connections),
    }
}

/// A connection as it stands in JSON documents (connections, 7).
fn connection_json(view: &ConnectionView) -> Value {
    let time = |at: Option<i64>| at.map(rfc3339);
    json!({
        "link_name": view.link_name,
        "name": view.name,
        "service": view.service,
        "scheme": view.scheme,
        "grant_type": view.grant_type,
        "status": view.status.as_str(),
        "reason": view.reason.map(|reason| reason.as_str()),
        "disabled": view.disabled,
        "owner": owner(view),
        "account": view.account,
        "scopes_requested": view.scopes_requested,
        "scopes_granted": view.scopes_granted,
        "fields": view.fields,
        "hosts": view.hosts,
        "extra_hosts": view.extra_hosts,
        "client": view.client,
        "created_at": rfc3339(view.created_at),
        "updated_at": rfc3339(view.updated_at),
        "authorised_at": time(view.authorised_at),
        "verified_at": time(view.verified_at),
        "refreshed_at": time(view.refreshed_at),
        "expires_at": time(view.expires_at),
        "refresh_expires_at": time(view.refresh_expires_at),
        "used_at": time(view.used_at),
        "last_error": view.last_error.as_ref().map(|error| json!({
            "code": error.code, "message": error.message, "at": rfc3339(error.at),
        })),
        "rate": view.rate.map(|rate| json!({ "at_once": rate.at_once, "per_minute": rate.per_minute })),
        "notes": view.notes,
    })
}

/// Warns of the tokens of others that were deleted with their credentials: nobody but them can end them.
fn tell_not_ended(owners: &[String], service: &str) {
    if !owners.is_empty() {
        let owners = owners.join(", ");
        output::say(&visible(&format!(
            "warning: the tokens of {owners} were deleted here, and not ended at {service}"
        )));
    }
}

/// Whose credential it is, where each owner has one.
fn owner(view: &ConnectionView) -> Option<&str> {
    (view.sharing == Sharing::PerUser).then_some(view.owner.as_str())
}
