//! What the tests of the whole program share.

use std::process::Command;

/// The binary, with a clean environment: no registry, no configuration, no colours, no terminal of the caller.
pub fn freshet() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freshet"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FRESHET_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").stdin(std::process::Stdio::null());
    command
}
