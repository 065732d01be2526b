//! `freshet config show`.

use std::env;
use std::path::Path;

use clap::Args;
use freshet_runtime::project::{
    Given, INTEGRATIONS, KEYS, Key, Origin, Project, Setting, VARIABLES,
};
use serde_json::{Value, json};

use crate::commands::{Global, private_in_environment, warn_of_settings};
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Show the settings that hold, with their defaults
///
/// What an option says wins over the environment, which wins over freshet.toml of the project, which wins over
/// config.toml of the user. A project can only restrict `connections`, though.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet config show
  freshet config show --origin
  freshet config show --isolated --json")]
pub struct Arguments {
    /// Say where each setting comes from
    #[arg(long)]
    origin: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// A setting as it is shown.
struct Row {
    key: String,
    value: Value,
    /// For people.
    shown: String,
    origin: Source,
}

/// Where a setting comes from.
enum Source {
    Default,
    Environment(&'static str),
    File(Origin),
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let format = arguments.format.format();
    let project = global.find_project(Path::new("."))?;
    warn_of_settings(&project, format);
    let mut rows: Vec<Row> = KEYS.iter().map(|key| row(key, &project)).collect();
    for table in [VARIABLES, INTEGRATIONS] {
        for (name, given) in project.settings().table(table) {
            rows.push(given_row(format!("{table}.{name}"), given));
        }
    }
    match format {
        Format::Json => {
            let folder = project.folder().map(|folder| folder.display().to_string());
            let config = project.config().map(|path| path.display().to_string());
            let settings: Vec<Value> = rows.iter().map(document).collect();
            output::print_json(
                json!({ "project": folder, "config": config, "settings": settings }),
            )?;
        }
        Format::Human => output::print(&table(&rows, arguments.origin))?,
    }
    Ok(exit::OK)
}

fn row(key: &'static Key, project: &Project) -> Row {
    if let Some((variable, value)) = from_environment(key) {
        return Row {
            key: key.name.to_owned(),
            shown: value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
            value,
            origin: Source::Environment(variable),
        };
    }
    if let Some(given) = project.settings().given(key.name) {
        return given_row(key.name.to_owned(), given);
    }
    let of_folder = (key.name == "project.name").then(|| project.settings().of_scripts().app_name);
    Row {
        key: key.name.to_owned(),
        value: of_folder.as_deref().map_or(Value::Null, Value::from),
        shown: of_folder.unwrap_or_else(|| key.default.to_owned()),
        origin: Source::Default,
    }
}

/// What the environment says of a key, with the variable.
fn from_environment(key: &Key) -> Option<(&'static str, Value)> {
    let variable = key.variable?;
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    let value = match key.name.strip_prefix("limits.") {
        // `steps=1000,time=30s`
        Some(limit) => {
            let mut limits = text.split(',').rev().filter_map(|one| one.split_once('='));
            Value::from(limits.find(|(name, _)| *name == limit)?.1)
        }
        None if key.name == "network.refuse-private" => Value::from(private_in_environment()?),
        None => Value::from(text),
    };
    Some((variable, value))
}

fn given_row(key: String, given: &Given) -> Row {
    let (value, shown) = match &given.value {
        Setting::Text(text) => (Value::from(text.as_str()), text.clone()),
        Setting::Whole(number) => (Value::from(*number), number.to_string()),
        Setting::Decimal(number) => (Value::from(*number), number.to_string()),
        Setting::Boolean(value) => (Value::from(*value), value.to_string()),
        // What stands in the environment may be a secret.
        Setting::Environment(name) => {
            let unset = if env::var(name).is_err() {
                ", not set"
            } else {
                ""
            };
            let shown = format!("{name} of the environment{unset}");
            (json!({ "env": name }), shown)
        }
    };
    Row {
        key,
        value,
        shown,
        origin: Source::File(given.origin.clone()),
    }
}

fn table(rows: &[Row], with_origin: bool) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let mut cells = vec![row.key.clone(), visible(&row.shown)];
            if with_origin {
                cells.push(match &row.origin {
                    Source::Default => "default".to_owned(),
                    Source::Environment(variable) => (*variable).to_owned(),
                    Source::File(Origin::User(file, line) | Origin::Project(file, line)) => {
                        format!("{file}:{line}")
                    }
                });
            }
            cells
        })
        .collect();
    match with_origin {
        true => output::table(&["SETTING", "VALUE", "FROM"], &cells),
        false => output::table(&["SETTING", "VALUE"], &cells),
    }
}

fn document(row: &Row) -> Value {
    let mut document = json!({ "key": row.key, "value": row.value });
    match &row.origin {
        Source::Default => document["origin"] = "default".into(),
        Source::Environment(variable) => {
            document["origin"] = "environment".into();
            document["variable"] = (*variable).into();
        }
        Source::File(origin) => {
            let (kind, file, line) = match origin {
                Origin::User(file, line) => ("user", file, line),
                Origin::Project(file, line) => ("project", file, line),
            };
            document["origin"] = kind.into();
            document["file"] = file.as_str().into();
            document["line"] = (*line).into();
        }
    }
    document
}
