//! `freshet console`: the local web pages about connections.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use freshet_connections::Via;
use freshet_console::{Console, Ended, Explanation, Options};

use super::connection::over_ssh;
use super::{Global, connection_settings, engine, wait};
use crate::exit::{self, Failure, INTERRUPTED, Outcome};
use crate::secrets::can_ask;
use crate::{browser, explain, output, signal};

/// How long nobody may ask for anything before the console ends (connections, 8).
const IDLE: Duration = Duration::from_secs(30 * 60);

/// Look at connections in the browser, and take the answers of services
///
/// Shows what connections there are, what state they are in and why, the code to paste, and what was done with them; so
/// far they are made and changed on the command line alone. While it runs, an authorisation that `freshet connection
/// connect` waits for is finished here. Only the browser that opens the printed address first is let in, within 5 minutes.
/// Ends by Ctrl-C, and after 30 minutes in which nobody asked for anything.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet console
  freshet console --port 8080 --no-open")]
pub struct Arguments {
    /// The port (0: a free one); by default that of redirect URLs, where the answers of services arrive
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Do not open the browser
    #[arg(long)]
    no_open: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let settings = connection_settings(global, Via::Console)?;
    let port = arguments.port.unwrap_or(settings.redirect_port);
    let engine = engine(settings);
    let connections = engine.connections();
    let held = wait(&engine, connections.hold_port(port))??;
    let options = Options {
        idle: IDLE,
        explain: explanation,
    };
    let console = Console::new(Arc::clone(connections), held, options)
        .map_err(|cause| Failure::io("random numbers", &cause))?;
    let cancelled = signal::cancel_flag();
    let address = console.address();
    output::print(&format!("{address}\n"))?;
    output::say(
        "Open this address in your browser, once, within 5 minutes. Ctrl-C ends the console.",
    );
    let opens = !arguments.no_open && can_ask() && !over_ssh();
    if opens && !browser::open(&address) {
        output::say("(no browser could be opened)");
    }
    match wait(&engine, console.run(&cancelled))? {
        Ended::Idle => {
            output::say("ended: nobody asked for anything for 30 minutes");
            Ok(exit::OK)
        }
        Ended::Cancelled => Ok(signal::received().map_or(INTERRUPTED, |signal| 128 + signal)),
    }
}

/// What `freshet explain` says.
fn explanation(code: &str) -> Option<Explanation> {
    explain::find(code).map(|entry| Explanation {
        code: entry.code,
        title: entry.title,
        text: entry.text,
        example: entry
            .example
            .as_ref()
            .map(|example| (example.wrong, example.right)),
    })
}
