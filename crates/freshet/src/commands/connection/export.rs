//! `freshet connection export`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionError, Connections, Exported, Seal};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::connection_json;
use crate::commands::completions;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, counted};
use crate::secrets::{SecretArguments, Wanted, can_ask};

/// Name under which a passphrase is given.
pub const PASSPHRASE: &str = "passphrase";

/// Write connections to a file, for another registry or as a backup
///
/// With their clients and the custom services they use. Without --with-secrets it holds no secret, and the
/// connections must be authorised again where it is imported. With it, the whole file is sealed with age.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection export billing --output billing.json
  freshet connection export --all --with-secrets --passphrase \\
      --secret-file passphrase=passphrase --output backup.age")]
pub struct Arguments {
    /// The connections
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    links: Vec<String>,
    /// All of them
    #[arg(long, conflicts_with = "links")]
    all: bool,
    /// The file to write, which only you can read; by default standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With secrets and tokens, sealed
    #[arg(long)]
    with_secrets: bool,
    /// Seal with a passphrase of at least 12 characters
    #[arg(long, requires = "with_secrets", conflicts_with = "recipient")]
    passphrase: bool,
    /// Seal to a recipient of age
    #[arg(long, value_name = "age1…", requires = "with_secrets")]
    recipient: Option<String>,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let format = arguments.format.format();
    if arguments.links.is_empty() && !arguments.all {
        return Err(Failure::usage(
            "which connections? Name them, or give --all",
        ));
    }
    if arguments.output.is_none() {
        if arguments.with_secrets && io::stdout().is_terminal() {
            return Err(
                Failure::usage("an export with secrets is not written to a terminal")
                    .help("give --output FILE"),
            );
        }
        if arguments.with_secrets && format == Format::Json {
            return Err(Failure::usage(
                "a sealed export on standard output leaves no place for JSON",
            )
            .help("give --output FILE"));
        }
    }
    let links = (!arguments.all).then_some(arguments.links.as_slice());
    for link in links.unwrap_or_default() {
        // Before a passphrase is asked for.
        connections.show(link)?;
    }
    let seal = seal(arguments)?;
    let Exported {
        file,
        connections: views,
    } = connections.export(links, seal.as_ref())?;
    let Some(path) = &arguments.output else {
        output::print_bytes(&file)?;
        return Ok(exit::OK);
    };
    output::write_private(path, &file)
        .map_err(|cause| ConnectionError::not_written(path, &cause))?;
    match format {
        Format::Json => output::print_json(
            json!({ "connections": views.iter().map(connection_json).collect::<Vec<_>>() }),
        )?,
        Format::Human => output::print(&format!(
            "Exported {} to {} ({}).\n",
            counted(views.len(), "connection"),
            output::visible(&path.display().to_string()),
            if seal.is_some() {
                "with secrets, sealed"
            } else {
                "without secrets"
            }
        ))?,
    }
    Ok(exit::OK)
}

fn seal(arguments: &Arguments) -> Result<Option<Seal>, Failure> {
    if let Some(recipient) = &arguments.recipient {
        arguments.secrets.collect(&[])?;
        return Ok(Some(Seal::Recipient(recipient.clone())));
    }
    if !arguments.with_secrets {
        arguments.secrets.collect(&[])?;
        return Ok(None);
    }
    if !arguments.passphrase {
        return Err(Failure::usage(
            "--with-secrets needs --passphrase or --recipient",
        ));
    }
    let passphrase = ask(&arguments.secrets, "Passphrase, at least 12 characters")?;
    if !arguments.secrets.any() && can_ask() {
        // Mistyped, it would open nothing.
        let again = ask(&arguments.secrets, "The same again")?;
        if again.expose_secret() != passphrase.expose_secret() {
            return Err(ConnectionError::passphrase(
                "the two passphrases differ",
                "nothing was written; enter it again",
            )
            .into());
        }
    }
    Ok(Some(Seal::Passphrase(passphrase)))
}

fn ask(secrets: &SecretArguments, title: &str) -> Result<SecretString, Failure> {
    let wanted = Wanted {
        name: PASSPHRASE.to_owned(),
        title: title.to_owned(),
        says: None,
        optional: false,
        may_be_empty: false,
    };
    let mut entered = secrets.collect(&[wanted])?;
    Ok(entered.remove(PASSPHRASE).unwrap_or_default())
}
