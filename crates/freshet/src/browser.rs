//! Opening an address in the browser of whoever sits here.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The program that opens an address where no variable names one.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// Opens an address with a program of `$BROWSER` (several, separated by colons; the first that can be started counts),
/// else with that of the system. `false`: none could be started.
pub fn open(address: &str) -> bool {
    let named = env::var("BROWSER").unwrap_or_default();
    let mut commands = named
        .split(':')
        .map(str::trim)
        .filter(|command| !command.is_empty())
        .peekable();
    if commands.peek().is_none() {
        return start(OPENER, address);
    }
    commands.any(|command| start(command, address))
}

/// Starts a command with the address in the place of `%s`, or behind the rest.
fn start(command: &str, address: &str) -> bool {
    let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if command.contains("%s") {
        for word in &mut words {
            *word = word.replace("%s", address);
        }
    } else {
        words.push(address.to_owned());
    }
    let Some((program, arguments)) = words.split_first() else {
        return false;
    };
    // In a group of its own, so that Ctrl-C here does not end it; and what it prints is for nobody.
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .is_ok()
}
