//! A service that does everything wrong, by the path it is asked for.

use std::time::Duration;

use crate::support::server::{Reply, Request, Server};

/// The service. Its paths are `/NAME` for each of [`FAULTS`], `/status/N`, `/big/BYTES`, `/loop`, `/away?to=ADDRESS`
/// and `/echo`.
pub struct Misbehaving {
    /// What arrives, and where.
    pub server: Server,
}

/// Faults of servers, none of which is a whole and honest reply. Those that never end hold the client until its time is
/// over or its measure is full.
pub const FAULTS: &[&str] = &[
    "closed",
    "reset",
    "reset-in-body",
    "truncated",
    "garbage",
    "no-status",
    "old",
    "line-breaks",
    "long-header",
    "many-headers",
    "endless-headers",
    "endless-body",
    "slow-headers",
    "slow-body",
    "silent",
];

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

    /// As a custom service of client credentials whose token endpoint is `path`.
    pub fn token_definition(&self, name: &str, path: &str, more: &str) -> String {
        let (host, token) = (self.server.host(), self.server.url(path));
        format!(
            "name = \"{name}\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"{token}\"\nclient_auth = \"basic\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET http://{host}/echo\"\n{more}"
        )
    }
}

/// The reply that is this fault.
#[track_caller]
pub fn fault(name: &str) -> Reply {
    known(name).unwrap_or_else(|| panic!("no fault is named {name}"))
}

fn known(name: &str) -> Option<Reply> {
    let raw = |text: &[u8]| Reply::Raw(text.to_vec());
    let ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let half = format!("{ok}Content-Length: 500\r\n\r\n{{\"email\"");
    let whole = format!("{ok}Content-Length: 13\r\n\r\n{{\"email\":\"a\"}}");
    let pause = Duration::from_millis(200);
    Some(match name {
        "closed" => raw(b""),
        "reset" => Reply::Reset(Vec::new()),
        "reset-in-body" => Reply::Reset(half.into_bytes()),
        "truncated" => Reply::Raw(half.into_bytes()),
        "garbage" => raw(b"\x00\x01\x02 this is no HTTP \xff\xfe\r\n\r\n"),
        "no-status" => raw(b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
        "old" => raw(b"<html>as HTTP/0.9 answered</html>"),
        "line-breaks" => raw(b"HTTP/1.1 200 OK\r\nX-A: b\rc\nX-D: e\r\nContent-Length: 0\r\n\r\n"),
        "long-header" => {
            let long = "x".repeat(1024 * 1024);
            Reply::Raw(format!("{ok}X-Long: {long}\r\nContent-Length: 2\r\n\r\n{{}}").into_bytes())
        }
        "many-headers" => {
            let many: String = (0..10_000).map(|n| format!("X-{n}: y\r\n")).collect();
            Reply::Raw(format!("{ok}{many}Content-Length: 2\r\n\r\n{{}}").into_bytes())
        }
        "endless-headers" => Reply::Endless {
            first: ok.as_bytes().to_vec(),
            again: b"X-More: and more\r\n".repeat(64),
        },
        "endless-body" => Reply::Endless {
            first: format!("{ok}\r\n{{\"email\":\"").into_bytes(),
            again: vec![b'a'; 16 * 1024],
        },
        "slow-headers" => Reply::Drip {
            bytes: whole.into_bytes(),
            pause,
        },
        "slow-body" => Reply::Drip {
            bytes: format!("{ok}Content-Length: 5000\r\n\r\n{}", "a".repeat(5000)).into_bytes(),
            pause,
        },
        "silent" => Reply::Silence,
        _ => return None,
    })
}

fn answer(request: &Request) -> Reply {
    let path = request.path();
    if let Some(status) = path.strip_prefix("/status/") {
        return echo(request, status.parse().unwrap_or(500));
    }
    if let Some(bytes) = path.strip_prefix("/big/") {
        let text = "a".repeat(bytes.parse().unwrap_or(0));
        return Reply::json(&format!("\"{text}\""));
    }
    if let Some(reply) = known(&path[1..]) {
        return reply;
    }
    match path {
        "/html" => Reply::new(200, "text/html", "<html><title>Sign in</title>"),
        "/empty" => Reply::new(200, "", ""),
        "/loop" => Reply::new(302, "", "").with("Location", "/loop"),
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
