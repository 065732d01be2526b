//! An API behind a user name and a password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{refusal, welcome};
use crate::support::server::Server;

/// `GET /me` tells who is calling.
pub struct Basic {
    /// What arrives, and where.
    pub server: Server,
}

impl Basic {
    /// Knows one user.
    pub fn start(user: &str, password: &str) -> Self {
        let expected = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        let account = format!("{user}@basic.example");
        let server = Server::start(move |request| {
            if request.header("authorization") == Some(&expected) {
                welcome(&account)
            } else {
                refusal(request)
            }
        });
        Self { server }
    }

    /// As a custom service.
    pub fn definition(&self, name: &str) -> String {
        let (host, me) = (self.server.host(), self.server.url("/me"));
        format!(
            "name = \"{name}\"\nscheme = \"basic\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {me}\"\naccount = \"/email\"\n"
        )
    }
}
