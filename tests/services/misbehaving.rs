//! A service that does everything wrong, by the path it is asked for.

use crate::support::server::{Reply, Request, Server};

/// The service.
pub struct Misbehaving {
    /// What arrives, and where.
    pub server: Server,
}

impl Misbehaving {
    /// Whatever key it is called with.
    pub fn start() -> Self {
        Self {
            server: Server::start(answer),
        }
    }

    /// As a custom service with a key in a header, verified at `path`.
    pub fn definition(&self, name: &str, path: &str) -> String {
        let (host, verify) = (self.server.host(), self.server.url(path));
        format!(
            "name = \"{name}\"\nscheme = \"api_key\"\nparam_name = \"X-Api-Key\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {verify}\"\naccount = \"/email\"\n"
        )
    }
}

fn answer(request: &Request) -> Reply {
    let path = request.path();
    if let Some(status) = path.strip_prefix("/status/") {
        return echo(request, status.parse().unwrap_or(500));
    }
    match path {
        "/html" => Reply::new(200, "text/html", "<html><title>Sign in</title>"),
        "/empty" => Reply::new(200, "", ""),
        "/garbage" => Reply::Raw(b"\x00\x01\x02 this is no HTTP \xff\xfe\r\n\r\n".to_vec()),
        "/closed" => Reply::Raw(Vec::new()),
        "/truncated" => Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"email\"".to_vec()),
        "/silent" => Reply::Silence,
        "/loop" => Reply::new(302, "", "").with("Location", "/loop"),
        "/echo" => echo(request, 200),
        "/away" => {
            let to = request.target.split_once("to=").map_or("/", |(_, to)| to);
            Reply::new(302, "", "").with("Location", to)
        }
        _ => echo(request, 200),
    }
}

/// Everything that arrived, in the reply.
fn echo(request: &Request, status: u16) -> Reply {
    let headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let seen = serde_json::json!({ "error": "echo", "error_description": headers.join(" "), "at": request.target, "body": request.text() });
    Reply::new(status, "application/json", seen.to_string())
}
