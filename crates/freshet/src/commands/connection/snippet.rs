//! `freshet connection snippet`.

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{Connections, SnippetType};
use serde_json::json;

use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};

/// Print a script that uses a connection
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection snippet billing > charges.dg
  freshet connection snippet billing --type POST --url https://api.stripe.com/v1/")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    /// The method: GET, POST, PUT or DELETE
    #[arg(long = "type", value_enum, ignore_case = true, default_value_t = Method::Get, hide_possible_values = true, value_name = "METHOD")]
    method: Method,
    /// The address; by default where the service begins
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Methods of a snippet.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let method = match arguments.method {
        Method::Get => SnippetType::Get,
        Method::Post => SnippetType::Post,
        Method::Put => SnippetType::Put,
        Method::Delete => SnippetType::Delete,
    };
    let snippet = connections.snippet(&arguments.link, method, arguments.url.as_deref())?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "snippet": snippet }))?,
        Format::Human => output::print(&snippet)?,
    }
    Ok(exit::OK)
}
