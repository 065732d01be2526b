//! `freshet init`: begins a project.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use freshet_runtime::project::FILE;
use serde_json::json;

use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments};

/// Begin a project: settings, a function, a script that calls it
///
/// Files that are there stay as they are: with one of the project's in the way, nothing is written.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet init shop
  freshet init")]
pub struct Arguments {
    /// The folder, made if it does not exist; by default the current one
    #[arg(value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    folder: PathBuf,
    #[command(flatten)]
    format: FormatArguments,
}

/// The files of a new project.
const FILES: [(&str, &str); 3] = [
    (
        FILE,
        r#"# The settings of this project. `freshet config show` tells what holds, and every key there is.
[project]
time-zone = "UTC"

# Scripts read these as zoho.appvariable.NAME; secrets come from the environment.
[variables]
greeting = "hello"
# key = { env = "SHOP_KEY" }
"#,
    ),
    (
        "functions/standalone/greet.dg",
        r#"/*
 * Greets somebody.
 *
 * @param name who is greeted
 */
string standalone.greet(string name)
{
    return zoho.appvariable.greeting + ", " + name;
}
"#,
    ),
    (
        "scripts/first.dg",
        r#"// Run with: freshet scripts/first.dg name=Ada
info standalone.greet(ifnull(input.name, "world"));
"#,
    ),
];

/// Left alone where there is one: it is no part of the project.
const GITIGNORE: (&str, &str) = (
    ".gitignore",
    "# Credentials are in the data folder of freshet, not here; these may hold some.\n.env\n*.db\n*.log\n",
);

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let folder = &arguments.folder;
    let in_the_way: Vec<&str> = FILES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| fs::symlink_metadata(folder.join(name)).is_ok())
        .collect();
    if !in_the_way.is_empty() {
        return Err(Failure::usage(format!(
            "nothing is written: {} is there already in {}",
            in_the_way.join(", "),
            folder.display()
        ))
        .help("name another folder: `freshet init FOLDER`"));
    }
    for (name, text) in FILES {
        write_new(folder, name, text)?;
    }
    let (name, text) = GITIGNORE;
    if fs::symlink_metadata(folder.join(name)).is_err() {
        write_new(folder, name, text)?;
    }
    tell(folder, arguments.format.format())
}

/// What was made, and the next three commands.
fn tell(folder: &Path, format: Format) -> Outcome {
    let is_here = folder.as_os_str() == ".";
    let script = match is_here {
        true => PathBuf::from("scripts/first.dg"),
        false => folder.join("scripts/first.dg"),
    };
    let (script, shown) = (quoted(&script), quoted(folder));
    let next = match is_here {
        true => [
            format!("freshet {script} name=Ada"),
            "freshet function list".to_owned(),
            "freshet check".to_owned(),
        ],
        false => [
            format!("freshet {script} name=Ada"),
            format!("freshet function list --project {shown}"),
            format!("freshet check {shown}"),
        ],
    };
    match format {
        Format::Json => output::print_json(json!({
            "folder": folder.display().to_string(),
            "files": FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            "next": next,
        }))?,
        Format::Human => output::print(&format!(
            "a project is in {shown}; next:\n  {}\n",
            next.join("\n  ")
        ))?,
    }
    Ok(exit::OK)
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text
        .chars()
        .all(|character| character.is_alphanumeric() || "/._-".contains(character));
    match is_plain && !text.starts_with('-') {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn write_new(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    let failed = |cause: std::io::Error| match cause.kind() {
        ErrorKind::AlreadyExists => Failure::usage(format!("{} is there already", path.display())),
        _ => Failure::io(format!("cannot write {}", path.display()), &cause),
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
