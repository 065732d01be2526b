//! The consent of a person in a browser: its address is shown and opened, and the answer is taken from wherever it comes
//! first: the browser itself, what is pasted here, or another process with the same registry.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use freshet_connections::{
    Code, ConnectionError, ConnectionView, Connections, Finished, Listener, Listening,
    StartOptions, Started, Verification, in_words,
};
use freshet_runtime::engine::Engine;
use secrecy::SecretString;

use crate::commands::wait;
use crate::exit::{Failure, INTERRUPTED};
use crate::terminal::{Input, Terminal};
use crate::{browser, output, signal};

/// How long one look at the terminal takes; in between the registry is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Between two tries to listen where another process did.
const AGAIN: Duration = Duration::from_secs(1);

/// How a person is asked. By default as without any option.
pub struct Manner {
    /// Open the browser.
    pub browser: bool,
    /// The person sits at another machine, and did not ask for an address to open there.
    pub over_ssh: bool,
    /// The port of the redirect URL; `None`: that of the settings.
    pub port: Option<u16>,
    /// How long to wait.
    pub timeout: Duration,
    /// Show that the connection works.
    pub verify: bool,
    /// Show a code to be confirmed on another device, whatever else there is.
    pub device: bool,
    /// Stored secrets may go to hosts that the service has by a change.
    pub yes: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            browser: !over_ssh(),
            over_ssh: over_ssh(),
            port: None,
            timeout: Duration::from_secs(600),
            verify: true,
            device: false,
            yes: false,
        }
    }
}

/// Asks a person to consent, and waits for the answer. `secrets` are those entered for the connection; `opening` stands
/// before the first line.
pub fn ask(
    engine: &Engine,
    view: &ConnectionView,
    manner: &Manner,
    secrets: BTreeMap<String, SecretString>,
    opening: &str,
) -> Result<Verification, Failure> {
    let connections = engine.connections();
    let link = &view.link_name;
    let (listening, refused) = match wait(engine, connections.listen(link, manner.port))? {
        Ok(listening) => (listening, None),
        Err(error) if error.kind() == Code::PortInUse => (Listening::Nowhere, Some(error)),
        Err(error) => return Err(error.into()),
    };
    let port = match &listening {
        Listening::Here(listener) => Some(listener.port()),
        Listening::Elsewhere | Listening::Nowhere => manner.port,
    };
    let options = StartOptions {
        port,
        secrets,
        no_verify: !manner.verify,
        ..StartOptions::default()
    };
    let started = wait(engine, connections.start_authorization(link, &options))??;
    let waiting = Waiting {
        engine,
        connections,
        view,
        started: &started,
        cancelled: signal::cancel_flag(),
        time: manner.timeout.min(started.valid_for),
        verify: manner.verify,
        port,
    };
    // Opened before anybody is asked, so that nothing typed at once is lost.
    let terminal = Terminal::open()?;
    waiting.announce(opening, &listening, refused.as_ref());
    if manner.browser && !browser::open(&started.address) {
        output::say("(no browser could be opened)");
    }
    let ended = waiting.wait(&terminal, listening, refused);
    if ended.is_err() {
        // Whatever the end was: an answer that comes later must not count.
        connections.cancel_authorization(started.attempt)?;
    }
    ended.map(|finished| finished.connected)
}

/// How people are told that they gave up.
pub fn cancelled() -> Failure {
    Failure {
        exit: signal::received().map_or(INTERRUPTED, |signal| 128 + signal),
        ..Failure::usage("cancelled: nothing was changed")
    }
}

/// An attempt that is waited for.
struct Waiting<'a> {
    engine: &'a Engine,
    connections: &'a Arc<Connections>,
    view: &'a ConnectionView,
    started: &'a Started,
    cancelled: Arc<AtomicBool>,
    time: Duration,
    verify: bool,
    port: Option<u16>,
}

impl Waiting<'_> {
    fn announce(&self, opening: &str, listening: &Listening, refused: Option<&ConnectionError>) {
        let what = if opening.is_empty() {
            &self.view.link_name
        } else {
            "it"
        };
        output::say(&format!(
            "{opening}Open this address to authorise {what} ({} left):\n  {}",
            in_words(self.time),
            self.started.address
        ));
        let redirect = &self.started.redirect_url;
        match (listening, refused) {
            (_, Some(error)) => {
                output::say(&format!(
                    "warning: {} ({})",
                    output::visible(error.message()),
                    error.code()
                ));
                paste_here();
            }
            (Listening::Nowhere, None) => paste_here(),
            (Listening::Here(_) | Listening::Elsewhere, None) => {
                if let Some(port) = port_of(redirect).filter(|_| over_ssh()) {
                    output::say(&format!(
                        "The browser runs on another machine? There: ssh -L {port}:127.0.0.1:{port} HOST"
                    ));
                }
                output::say(&format!(
                    "The answer comes to {redirect}. If it does not, paste the address the browser ended at here:"
                ));
            }
        }
        output::prompt("> ");
    }

    /// Waits until the attempt has ended, whoever ended it.
    fn wait(
        &self,
        terminal: &Terminal,
        mut listening: Listening,
        refused: Option<ConnectionError>,
    ) -> Result<Finished, Failure> {
        let end = Instant::now() + self.time;
        let mut tried = Instant::now();
        loop {
            match terminal.next(LOOK) {
                Some(Input::Text(text)) => {
                    if let Some(finished) = self.pasted(&text)? {
                        return Ok(finished);
                    }
                }
                Some(Input::End) if matches!(listening, Listening::Nowhere) => {
                    return Err(refused.map_or_else(cancelled, Failure::from));
                }
                Some(Input::End) | None => {}
            }
            if self.cancelled.load(Ordering::Relaxed) {
                output::say("");
                return Err(cancelled());
            }
            if let Some(finished) = self.outcome(&mut listening)? {
                return Ok(finished);
            }
            if Instant::now() >= end {
                output::say("");
                return Err(ConnectionError::attempt_expired(self.time, self.time).into());
            }
            if matches!(listening, Listening::Elsewhere) && tried.elapsed() >= AGAIN {
                tried = Instant::now();
                listening = self.listen_again()?;
            }
        }
    }

    /// Its link name: it may have been renamed while it was waited for.
    fn link_now(&self) -> Result<String, Failure> {
        let shown = self.connections.show_again(self.view, &self.view.owner)?;
        Ok(shown.link_name)
    }

    /// Takes a pasted answer. `None`: it was none, or the service could not be asked; another may come.
    fn pasted(&self, text: &SecretString) -> Result<Option<Finished>, Failure> {
        let link = self.link_now()?;
        let finishing = self
            .connections
            .finish_authorization(Some(&link), text, None, self.verify);
        let finished = self
            .engine
            .wait_unless(finishing, &self.cancelled)
            .map_err(|cause| Failure::internal(format!("no threads for the network: {cause}")))?;
        match finished {
            None => Err(cancelled()),
            Some(Ok(finished)) => Ok(Some(finished)),
            Some(Err(error)) => {
                // The error that the attempt ended with, if that is what it did.
                if let Some(finished) = self.connections.attempt_outcome(self.started.attempt)? {
                    return Ok(Some(finished));
                }
                output::say(&format!(
                    "{} ({})",
                    output::visible(error.message()),
                    error.code()
                ));
                if let Some(help) = error.help() {
                    output::say(&format!("  help: {}", output::visible(help)));
                }
                output::prompt("> ");
                Ok(None)
            }
        }
    }

    /// How the attempt ended, if it has. The browser is given its page before this process ends.
    fn outcome(&self, listening: &mut Listening) -> Result<Option<Finished>, Failure> {
        let outcome = self.connections.attempt_outcome(self.started.attempt);
        if matches!(outcome, Ok(None)) {
            return Ok(None);
        }
        output::say("");
        if let Listening::Here(listener) = std::mem::replace(listening, Listening::Nowhere) {
            self.close(listener)?;
        }
        Ok(outcome?)
    }

    fn close(&self, listener: Listener) -> Result<(), Failure> {
        self.engine
            .wait_unless(listener.close(), &self.cancelled)
            .map(|_| ())
            .map_err(|cause| Failure::internal(format!("no threads for the network: {cause}")))
    }

    /// The process that listened may have ended: then this one does it.
    fn listen_again(&self) -> Result<Listening, Failure> {
        let link = self.link_now()?;
        let listening = self.connections.listen(&link, self.port);
        match wait(self.engine, listening)? {
            Ok(listening) => Ok(listening),
            // Its answer can still be pasted.
            Err(error) if error.kind() == Code::PortInUse => {
                output::say(&format!(
                    "\nwarning: {} ({})",
                    output::visible(error.message()),
                    error.code()
                ));
                output::prompt("> ");
                Ok(Listening::Nowhere)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn paste_here() {
    output::say("When your browser shows an error page, paste its address here:");
}

/// Whether the person sits at another machine.
pub fn over_ssh() -> bool {
    env::var_os("SSH_CONNECTION").is_some_and(|value| !value.is_empty())
}

fn port_of(redirect: &str) -> Option<&str> {
    let authority = redirect.split('/').nth(2)?;
    authority.rsplit_once(':').map(|(_, port)| port)
}
