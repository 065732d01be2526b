//! `freshet connection edit`.

use std::collections::BTreeMap;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{
    ClientInput, ConnectionError, ConnectionView, Connections, Edit, EditPlan, Rate, Sharing,
};
use serde_json::json;

use super::add::service_without_clients;
use super::{connection_json, mentions, show, tell_not_ended};
use crate::commands::service::client_input;
use crate::commands::{completions, pairs};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::secrets::{SecretArguments, can_ask, confirm, not_confirmed};

/// Change a connection
///
/// Asks before it loses its authorisation, other users lose theirs, or scripts lose its name.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection edit billing --name Billing --allow-host files.stripe.com
  freshet connection edit billing --link-name payments --yes
  freshet connection edit crm --per-user")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    /// Name for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A new link name
    #[arg(long, value_name = "LINK")]
    link_name: Option<String>,
    /// The scopes to ask for, instead of those there are (repeatable)
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A scope to ask for besides (repeatable)
    #[arg(long = "add-scope", value_name = "SCOPE")]
    add_scopes: Vec<String>,
    /// A scope to ask for no longer (repeatable)
    #[arg(long = "drop-scope", value_name = "SCOPE")]
    drop_scopes: Vec<String>,
    /// A value the service asks for (repeatable)
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// A value to remove (repeatable)
    #[arg(long, value_name = "FIELD")]
    unset: Vec<String>,
    /// A further host to which the credential may be sent (repeatable)
    #[arg(long = "allow-host", value_name = "HOST")]
    allow_hosts: Vec<String>,
    /// Such a host to take away (repeatable)
    #[arg(long = "drop-host", value_name = "HOST")]
    drop_hosts: Vec<String>,
    /// Name of a stored client
    #[arg(long, value_name = "NAME", conflicts_with = "client_id")]
    client: Option<String>,
    /// Identifier of a client for this connection alone; its secret is asked for, or comes from one of the sources below
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// How a token is asked for
    #[arg(long, value_name = "GRANT")]
    grant_type: Option<String>,
    /// Use the grant type password, which hands a user's password to this program
    #[arg(long, requires = "grant_type")]
    allow_password_grant: bool,
    /// A credential of its own for each user: the one there is becomes yours
    #[arg(long, conflicts_with = "shared")]
    per_user: bool,
    /// One credential for everybody: yours, and those of others are deleted
    #[arg(long)]
    shared: bool,
    /// Notes for people
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// What cannot change: whoever tries it is told what to do instead
    #[arg(long, value_name = "SERVICE", hide = true)]
    service: Option<String>,
    /// Lower limits than those of the service; empty: none of its own
    #[arg(long, value_name = "at_once=N,per_minute=N", value_parser = rate)]
    rate: Option<Rate>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    format: FormatArguments,
}

fn rate(text: &str) -> Result<Rate, String> {
    let expected =
        || format!("found `{text}`, expected at_once=N, per_minute=N or both with a comma between");
    let mut rate = Rate::default();
    if text.is_empty() {
        return Ok(rate);
    }
    for part in text.split(',') {
        let (name, count) = part.split_once('=').ok_or_else(expected)?;
        let count = count.trim().parse().map_err(|_| expected())?;
        match name.trim() {
            "at_once" => rate.at_once = Some(count),
            "per_minute" => rate.per_minute = Some(count),
            _ => return Err(expected()),
        }
    }
    Ok(rate)
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    if arguments.secrets.any() && arguments.client_id.is_none() {
        return Err(
            Failure::usage("the secrets of a connection are taken when it is connected")
                .help("`freshet connection reconnect`; here they are those of --client-id"),
        );
    }
    let mut edit = Edit {
        name: arguments.name.clone(),
        link_name: arguments.link_name.clone(),
        scopes: (!arguments.scopes.is_empty()).then(|| arguments.scopes.clone()),
        add_scopes: arguments.add_scopes.clone(),
        drop_scopes: arguments.drop_scopes.clone(),
        set: pairs(&arguments.set, "--set")?,
        unset: arguments.unset.clone(),
        allow_hosts: arguments.allow_hosts.clone(),
        drop_hosts: arguments.drop_hosts.clone(),
        client: arguments.client.clone(),
        own_client: arguments.client_id.clone().map(|id| ClientInput {
            client_id: Some(id),
            ..ClientInput::default()
        }),
        grant_type: arguments.grant_type.clone(),
        allow_password_grant: arguments.allow_password_grant,
        sharing: match (arguments.per_user, arguments.shared) {
            (true, _) => Some(Sharing::PerUser),
            (_, true) => Some(Sharing::Shared),
            _ => None,
        },
        notes: arguments.notes.clone(),
        rate: arguments.rate,
    };
    let link = &arguments.link;
    if arguments.service.is_some() {
        let view = connections.show(link)?;
        return Err(ConnectionError::service_fixed(&view.link_name, &view.service).into());
    }
    let plan = connections.plan_edit(link, &edit)?;
    let mentioned_in = if plan.renames {
        mentions::scripts(link)
    } else {
        Vec::new()
    };
    let not_ended = match plan.owners_lose.is_empty() {
        true => Vec::new(),
        false => connections.other_owners(link)?,
    };
    if !arguments.yes {
        ask_first(link, &plan, &not_ended, &mentioned_in)?;
    }
    if let Some(id) = &arguments.client_id {
        let view = service_without_clients(connections, &plan.before.service)?;
        let id = Some(id.clone());
        let own = client_input(&view, None, id, BTreeMap::new(), &arguments.secrets)?;
        edit.own_client = Some(own);
    }
    let after = connections.edit(link, &edit)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({
            "connection": connection_json(&after), "mentioned_in": mentioned_in,
        }))?,
        Format::Human => output::print(&differences(&plan.before, &after))?,
    }
    tell_of_found(&edit, &after);
    let mut without_tokens = plan.owners_lose;
    without_tokens.retain(|owner| !not_ended.contains(owner));
    if !without_tokens.is_empty() {
        let owners = without_tokens.join(", ");
        output::say(&visible(&format!(
            "warning: the credentials of {owners} were deleted"
        )));
    }
    tell_not_ended(&not_ended, &after.service_name);
    Ok(exit::OK)
}

/// Asks where something that worked would stop to.
fn ask_first(
    link: &str,
    plan: &EditPlan,
    not_ended: &[String],
    mentioned_in: &[String],
) -> Result<(), Failure> {
    if !mentioned_in.is_empty() {
        if !can_ask() {
            return Err(ConnectionError::used_by_scripts(link, mentioned_in).into());
        }
        output::say(&format!("`{link}` is named in {}", mentioned_in.join(", ")));
        if !confirm("These scripts will not find it under its new name. Go on?")? {
            return Err(not_confirmed());
        }
    }
    let mut losses = Vec::new();
    if !plan.owners_lose.is_empty() {
        let owners = plan.owners_lose.join(", ");
        let mut loss = format!("The credentials of {owners} will be deleted");
        if !not_ended.is_empty() {
            let service = &plan.before.service_name;
            loss += &format!(", and their tokens not ended at {service}");
        }
        losses.push(loss + ".");
    }
    if plan.loses_authorisation {
        losses.push(format!("{link} will have to be authorised again."));
    }
    for loss in losses {
        if !confirm(&format!("{loss} Go on?"))? {
            return Err(not_confirmed());
        }
    }
    Ok(())
}

/// Says which values that were set are not in use yet: what the service told for a field counts until it is asked again.
fn tell_of_found(edit: &Edit, after: &ConnectionView) {
    for (name, value) in &edit.set {
        let told = after.fields.get(name).filter(|told| *told != value);
        if let Some(told) = told {
            output::say(&visible(&format!(
                "{name} stays {told}, as the service told it, until you run `freshet connection reconnect {}`",
                after.link_name
            )));
        }
    }
}

/// The lines that differ, before and after.
fn differences(before: &ConnectionView, after: &ConnectionView) -> String {
    let (before, after) = (show::text(before), show::text(after));
    let only_in = |text: &str, other: &str, sign: &str| {
        text.lines()
            .filter(|line| {
                !line.starts_with("updated ") && !other.lines().any(|known| known == *line)
            })
            .map(|line| format!("{sign} {line}\n"))
            .collect::<String>()
    };
    let changes = only_in(&before, &after, "-") + &only_in(&after, &before, "+");
    if changes.is_empty() {
        "nothing changed\n".to_owned()
    } else {
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read() {
        assert_eq!(
            rate("at_once=4,per_minute=100"),
            Ok(Rate {
                at_once: Some(4),
                per_minute: Some(100)
            })
        );
        assert_eq!(
            rate("per_minute=5"),
            Ok(Rate {
                at_once: None,
                per_minute: Some(5)
            })
        );
        assert_eq!(rate(""), Ok(Rate::default()));
        for wrong in [",", "4", "at_once=x", "often=3"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
