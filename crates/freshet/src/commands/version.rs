//! `freshet --version`.

use std::env::consts::{ARCH, OS};

use crate::exit::{self, Outcome};
use crate::output;

/// Prints the version; with `verbose` also what it was built from and for.
pub fn print(verbose: bool) -> Outcome {
    let mut text = format!("freshet {}\n", env!("CARGO_PKG_VERSION"));
    if verbose {
        if let Some(commit) = option_env!("FRESHET_COMMIT") {
            text.push_str(&format!("commit: {commit}\n"));
        }
        text.push_str(&format!(
            "target: {ARCH}-{OS}\nsqlite: {}\n",
            freshet_connections::sqlite_version()
        ));
    }
    output::print(&text)?;
    Ok(exit::OK)
}
