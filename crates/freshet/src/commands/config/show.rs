//! `freshet config show`.

use std::env;
use std::path::Path;

use clap::Args;
use freshet_runtime::limit;
use freshet_runtime::project::{
    Given, INTEGRATIONS, KEYS, Key, Origin, Project, Setting, VARIABLES,
};
use serde_json::{Value, json};

use crate::commands::{Global, warn_of_settings};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Show the settings that hold, with their defaults
///
/// What an option says wins over the environment, which wins over freshet.toml of the project, which wins over
/// config.toml of the user. A project can only restrict `connections` and `network.refuse-private`, though.
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
    /// What it is for.
    about: &'static str,
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
    let mut rows: Vec<Row> = Vec::new();
    let mut wrong = wrong_limits();
    for key in KEYS {
        match row(key, &project) {
            Ok(row) => rows.push(row),
            Err(fault) => wrong.push(fault),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure {
            exit: exit::SETTINGS,
            ..Failure::usage(wrong.join("\n"))
        }
        .help("set these variables of the environment to what is expected, or unset them"));
    }
    fill_in(&mut rows);
    for (table, about) in [
        (VARIABLES, "zoho.appvariable"),
        (
            INTEGRATIONS,
            "the connection of its tasks called without one",
        ),
    ] {
        for (name, given) in project.settings().table(table) {
            rows.push(given_row(format!("{table}.{name}"), given, about));
        }
    }
    match format {
        Format::Json => {
            let folder = project.folder().map(|folder| folder.display().to_string());
            let config = project.config().map(|path| path.display().to_string());
            let settings: Vec<Value> = rows.iter().map(document).collect();
            let odd: Vec<Value> = project.warnings().iter().map(output::fault_json).collect();
            output::print_json(json!({
                "project": folder,
                "config": config,
                "settings": settings,
                "diagnostics": odd,
            }))?;
        }
        Format::Human => output::print(&table(&rows, arguments.origin))?,
    }
    Ok(exit::OK)
}

/// A key with what holds, or what is wrong with the variable that says it.
fn row(key: &'static Key, project: &Project) -> Result<Row, String> {
    if let Some((variable, text)) = from_environment(key) {
        let read = key.read(&text).map_err(|expected| {
            format!(
                "{variable}: found `{}`, expected {expected}",
                visible(&text)
            )
        })?;
        let (value, shown) = value_of(&read);
        return Ok(Row {
            key: key.name.to_owned(),
            shown,
            value,
            origin: Source::Environment(variable),
            about: key.summary,
        });
    }
    if let Some(given) = project.settings().given(key.name) {
        return Ok(given_row(key.name.to_owned(), given, key.summary));
    }
    let (value, shown) = if key.name == "project.name" {
        let name = project.settings().of_scripts().app_name;
        (Value::from(name.as_str()), name)
    } else {
        let value = key.default_value().map(|value| value_of(&value).0);
        (value.unwrap_or_default(), key.default.to_owned())
    };
    Ok(Row {
        key: key.name.to_owned(),
        value,
        shown,
        origin: Source::Default,
        about: key.summary,
    })
}

/// The administrator is the login user, unless the settings say otherwise.
fn fill_in(rows: &mut [Row]) {
    for (key, other) in [
        ("identity.admin-user", "identity.login-user"),
        ("identity.admin-user-id", "identity.login-user-id"),
    ] {
        let value = rows.iter().find(|row| row.key == other);
        let value = value.map(|row| row.value.clone()).unwrap_or_default();
        let row = rows.iter_mut().find(|row| row.key == key);
        if let Some(row) = row.filter(|row| matches!(row.origin, Source::Default)) {
            row.value = value;
        }
    }
}

/// What the environment says of a key, with the variable.
fn from_environment(key: &Key) -> Option<(&'static str, String)> {
    let variable = key.variable?;
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    let Some(limit) = key.name.strip_prefix("limits.") else {
        return Some((variable, text));
    };
    // `steps=1000,time=30s`
    let mut limits = text.split(',').rev().filter_map(|one| one.split_once('='));
    let value = limits.find(|(name, _)| *name == limit)?.1;
    Some((variable, value.to_owned()))
}

/// What stands in `FRESHET_LIMIT` and is no limit at all.
fn wrong_limits() -> Vec<String> {
    const VARIABLE: &str = "FRESHET_LIMIT";
    let text = env::var(VARIABLE).unwrap_or_default();
    let is_known = |one: &str| {
        one.split_once('=')
            .is_some_and(|(name, _)| KEYS.iter().any(|key| key.name == format!("limits.{name}")))
    };
    text.split(',')
        .filter(|one| !text.is_empty() && !is_known(one))
        .filter_map(|one| limit::parse(one).err())
        .map(|wrong| format!("{VARIABLE}: {}", visible(&wrong)))
        .collect()
}

fn given_row(key: String, given: &Given, about: &'static str) -> Row {
    let (value, shown) = value_of(&given.value);
    Row {
        key,
        value,
        shown,
        origin: Source::File(given.origin.clone()),
        about,
    }
}

/// A value for programs and for people.
fn value_of(setting: &Setting) -> (Value, String) {
    match setting {
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
            cells.push(row.about.to_owned());
            cells
        })
        .collect();
    match with_origin {
        true => output::table(&["SETTING", "VALUE", "FROM", "WHAT IT IS"], &cells),
        false => output::table(&["SETTING", "VALUE", "WHAT IT IS"], &cells),
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
