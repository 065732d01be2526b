//! What a reply takes of the memory of the process at its peak, as the system counts it (reliability, 5).

use crate::network::gzip;
use crate::support::place::Place;
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;

/// The limit of replies, in KiB.
const CAP: u64 = 16 << 10;
/// What may come to it, in KiB.
const BESIDE: u64 = 4 << 10;

/// The most that the process had in memory so far, in KiB.
fn peak(terminal: &Terminal) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let figure = line.unwrap().split_whitespace().nth(1);
    figure.unwrap().parse().unwrap()
}

/// By how much calls of this path raise the peak, after one whose reply fits.
fn taken_by(server: &Server, path: &str, shown: &str) -> u64 {
    let place = Place::new();
    let mut command = place.command(&["repl", "--limit", "reply=16MiB"]);
    command.env("TERM", "dumb");
    let mut terminal = Terminal::run(command);
    terminal.expect("\n> ");
    let mut call = |path: &str, shown: &str| {
        let url = server.url(path);
        terminal.write(&format!("getUrl(\"{url}\").length()\n"));
        terminal.expect(shown);
        terminal.expect("\n> ");
        peak(&terminal)
    };
    // Each of the threads for the network has its heap then, whichever takes the call.
    let before = (0..12).map(|_| call("/small", "1000000")).max();
    call(path, shown) - before.unwrap()
}

#[test]
fn no_reply_takes_more_than_the_limit_of_replies() {
    let bomb = gzip(&vec![b' '; 40 << 20]);
    let server = Server::start(move |request| match request.path() {
        "/small" => Reply::new(200, "text/plain", "x".repeat(1_000_000)),
        "/fits" => Reply::new(200, "text/plain", "x".repeat(16_000_000)),
        "/bomb" => Reply::new(200, "text/plain", bomb.clone()).with("Content-Encoding", "gzip"),
        _ => Reply::Endless {
            first: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec(),
            again: vec![b' '; 65_536],
        },
    });
    for (path, shown) in [
        ("/endless", "[C0013]"),
        ("/bomb", "[C0013]"),
        ("/fits", "16000000"),
    ] {
        // The system may give a heap a page of 2 MiB at any moment, which has nothing to do with the reply.
        let attempts = (0..5).map(|_| taken_by(&server, path, shown));
        let least = attempts
            .inspect(|taken| println!("{path}: {} MiB", taken >> 10))
            .find(|taken| *taken < CAP + BESIDE);
        // The bytes of one that fits become a text in the place where they are.
        assert!(
            least.is_some(),
            "{path} takes more than {CAP} KiB and {BESIDE} beside"
        );
    }
}
