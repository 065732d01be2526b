//! What commands that import say and ask about names that are taken.

use clap::{Args, ValueEnum};
use freshet_connections::{Fate, Item, OnConflict};

use crate::exit::Failure;
use crate::output::{self, visible};
use crate::secrets::{confirm, confirm_loss, not_confirmed};

/// The option that decides about names that are taken.
#[derive(Args, Clone, Copy, Debug)]
pub struct OnConflictArgument {
    /// Where a name is taken by something else: skip, rename or replace; by default nothing is imported
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "skip|rename|replace"
    )]
    on_conflict: Option<Choice>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    Skip,
    Rename,
    Replace,
}

impl OnConflictArgument {
    /// What was chosen.
    pub fn chosen(self) -> Option<OnConflict> {
        self.on_conflict.map(|choice| match choice {
            Choice::Skip => OnConflict::Skip,
            Choice::Rename => OnConflict::Rename,
            Choice::Replace => OnConflict::Replace,
        })
    }
}

/// Tells before anything is stored to which hosts secrets may go by what comes in, and asks where connections that are
/// here would lose their authorisation, or be `redirected`: by another client, or another redirect URL of theirs; and
/// where stored secrets of `clients` would go elsewhere.
///
/// # Errors
/// C0029 without a terminal, and when the person does not agree.
pub fn agree(
    items: &[Item],
    affected: &[String],
    redirected: &[String],
    clients: &[String],
    yes: bool,
) -> Result<(), Failure> {
    for item in items {
        tell_hosts(&item.what, &item.leads_to);
    }
    tell_clients(clients);
    if !redirected.is_empty() {
        output::say(&format!(
            "will have another client or redirect URL: {}",
            redirected.join(", ")
        ));
    }
    if yes {
        return Ok(());
    }
    confirm_loss(
        affected,
        "The import takes away what connections work with, or changes their addresses or clients. Go on?",
    )?;
    if affected.is_empty()
        && !(clients.is_empty() && redirected.is_empty())
        && !confirm("The import changes where consent or secrets of clients go. Go on?")?
    {
        return Err(not_confirmed());
    }
    Ok(())
}

/// Tells to which hosts something lets secrets go.
pub fn tell_hosts(what: &str, hosts: &[String]) {
    if !hosts.is_empty() {
        let hosts = hosts.join(", ");
        output::say(&visible(&format!("{what} lets secrets go to {hosts}")));
    }
}

/// Tells the secrets of which clients will go to other addresses than those they were entered for.
pub fn tell_clients(clients: &[String]) {
    if !clients.is_empty() {
        let clients = clients.join(", ");
        output::say(&visible(&format!(
            "stored secrets of clients will go to other addresses: {clients}"
        )));
    }
}

/// What became of one thing, as a line. `state` is added to what was imported.
pub fn line(item: &Item, state: &str) -> String {
    let done = match &item.fate {
        Fate::Added => format!("imported{state}"),
        Fate::Same => "there already, unchanged".to_owned(),
        Fate::Skipped => "skipped, the name is taken".to_owned(),
        Fate::Renamed(name) => format!("imported as {name}{state}"),
        Fate::Replaced => format!("replaced{state}"),
        Fate::LeftOut => "left out, its service has other addresses here".to_owned(),
    };
    visible(&format!("{}: {done}\n", item.what))
}
