//! `freshet service list`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use freshet_connections::{CATEGORIES, Connections, ServiceFilter};
use serde_json::json;

use super::kind;
use super::show::NOT_CONFIRMED;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// List the services there are
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service list --search mail
  freshet service list --custom --json")]
pub struct Arguments {
    /// Only those that are part of the program
    #[arg(long, conflicts_with = "custom")]
    default: bool,
    /// Only your own
    #[arg(long)]
    custom: bool,
    /// Only of this category, such as crm or payments
    #[arg(long, value_name = "CATEGORY", value_parser = PossibleValuesParser::new(CATEGORIES), hide_possible_values = true)]
    category: Option<String>,
    /// Only with this text in the name or description
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let services = connections.services(&ServiceFilter {
        is_default: (arguments.default || arguments.custom).then_some(arguments.default),
        category: arguments.category.clone(),
        search: arguments.search.clone(),
    })?;
    if arguments.format.format() == Format::Json {
        let services: Vec<_> = services
            .iter()
            .map(|service| {
                json!({
                    "link_name": service.link_name,
                    "name": service.name,
                    "kind": kind(service.is_default),
                    "scheme": service.scheme,
                    "grant_types": service.grant_types,
                    "categories": service.categories,
                    "connections": service.connections,
                })
            })
            .collect();
        output::print_json(json!({ "services": services }))?;
        return Ok(exit::OK);
    }
    if services.is_empty() {
        output::say("no service matches");
        return Ok(exit::OK);
    }
    let all_confirmed = services.iter().all(|service| service.confirmed);
    let rows: Vec<Vec<String>> = services
        .iter()
        .map(|service| {
            let mut row = vec![
                service.link_name.clone(),
                visible(&service.name),
                kind(service.is_default).to_owned(),
                service.scheme.to_owned(),
                service.grant_types.join(", "),
                service.connections.to_string(),
            ];
            if !all_confirmed {
                let note = if service.confirmed { "" } else { NOT_CONFIRMED };
                row.push(note.to_owned());
            }
            row
        })
        .collect();
    let mut heads = vec![
        "LINK NAME",
        "NAME",
        "KIND",
        "SCHEME",
        "GRANT TYPES",
        "CONNECTIONS",
    ];
    if !all_confirmed {
        heads.push("NOTE");
    }
    output::print(&output::table(&heads, &rows))?;
    Ok(exit::OK)
}
