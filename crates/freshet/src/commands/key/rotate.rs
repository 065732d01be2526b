//! `freshet key rotate`.

use std::path::PathBuf;

use clap::Args;
use freshet_connections::{Connections, KeyPlace, Rotation};
use serde_json::json;

use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, counted, visible};

/// Change the key: every secret is sealed anew, while scripts go on
///
/// The new key takes the place of the old one in its file. With --new-key-file it is the key in that file, which is
/// made where it is missing; needed where the key comes from FRESHET_KEY or a file that cannot be written. Interrupted,
/// everything stays readable and the same command completes it. Backups and copies made before need the old key.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet key rotate
  freshet key rotate --new-key-file new_key")]
pub struct Arguments {
    /// The file with the new key: 32 random bytes in base64, or none yet
    #[arg(long, value_name = "PATH")]
    new_key_file: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let rotation = connections.rotate_key(arguments.new_key_file.as_deref())?;
    for whose in &rotation.unreadable {
        output::say(&format!(
            "warning: the secrets of {} did not open and were left as they are (C0083)",
            visible(whose)
        ));
    }
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "key": {
            "id": rotation.key,
            "retired": rotation.retired,
            "file": file(&rotation.place),
            "values": rotation.values,
            "unreadable": rotation.unreadable,
            "backup": rotation.backup.as_ref().map(|path| path.display().to_string()),
        } }))?,
        Format::Human => output::print(&told(&rotation))?,
    }
    Ok(exit::OK)
}

fn file(place: &KeyPlace) -> Option<String> {
    match place {
        KeyPlace::InPlace(path) | KeyPlace::Named(path) => Some(path.display().to_string()),
        KeyPlace::Variable => None,
    }
}

fn told(rotation: &Rotation) -> String {
    let key = &rotation.key;
    let mut text = if rotation.retired.is_empty() {
        format!("The registry is sealed with the key {key}; nothing was left to do.\n")
    } else {
        format!(
            "Sealed {} anew with the key {key}, in place of {}.\n",
            counted(rotation.values, "value"),
            rotation.retired.join(", ")
        )
    };
    text.push_str(&match &rotation.place {
        KeyPlace::InPlace(path) => format!("The key is in {}.\n", path.display()),
        KeyPlace::Named(path) => format!(
            "The key is in {0}: from now on set FRESHET_KEY_FILE={0} in place of the old one.\n",
            path.display()
        ),
        KeyPlace::Variable => "FRESHET_KEY may hold the new key alone from now on.\n".to_owned(),
    });
    if let Some(backup) = &rotation.backup {
        text.push_str(&format!(
            "Backup: {} (those from before need the old key)\n",
            backup.display()
        ));
    }
    text
}
