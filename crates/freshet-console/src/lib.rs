//! The local web pages about connections: what there is, what state it is in, and what was done with it. Answers of
//! browsers that come back from a service are taken here too, whichever process began the authorisation.
//!
//! A reader's order: `server.rs`, `access.rs`, `page.rs`, then one file a screen: `connections.rs`, `connection.rs`,
//! `log.rs`, `errors.rs`, `callback.rs`, each with its template in `templates/`.

mod access;
mod callback;
mod connection;
mod connections;
mod errors;
mod log;
mod page;
mod server;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use freshet_connections::{Connections, HeldPort};

use access::Access;
use server::Site;

/// What there is to say about the code of an error, as `freshet explain` says it.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// Such as `C0020`.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// Cause and next step. Code stands between backticks.
    pub text: &'static str,
    /// A script that leads to it, and the same one mended.
    pub example: Option<(&'static str, &'static str)>,
}

/// How a console is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long nobody may ask for anything before it ends.
    pub idle: Duration,
    /// Explains a code, in any letter case; `None`: there is no such code.
    pub explain: fn(&str) -> Option<Explanation>,
}

/// Why a console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nobody asked for anything for a while.
    Idle,
    /// It was told to.
    Cancelled,
}

/// The pages, at a port of this machine.
pub struct Console {
    port: HeldPort,
    site: Arc<Site>,
}

impl Console {
    /// Serves the pages at `port` once it is run. Clients that come earlier wait.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(
        connections: Arc<Connections>,
        port: HeldPort,
        options: Options,
    ) -> io::Result<Self> {
        let access = Access::new(port.port())?;
        let site = Arc::new(Site::new(connections, access, options));
        Ok(Console { port, site })
    }

    /// The address that lets one browser in, once, within 5 minutes of the start. It is for the person who started this
    /// alone.
    #[must_use]
    pub fn address(&self) -> String {
        self.site.access.address()
    }

    /// Serves until it is told to stop, or nobody has asked for anything for a while. Who is being answered then gets
    /// the answer.
    pub async fn run(self, cancelled: &AtomicBool) -> Ended {
        server::run(self.port, self.site, cancelled).await
    }
}
