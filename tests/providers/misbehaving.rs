//! The service that misbehaves does so, and the replies of token servers are what their names say.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::services::misbehaving::{FAULTS, Misbehaving};
use crate::services::token_replies::{TOKEN, bad_replies, good_replies};
use crate::services::{ApiKey, OAuth2Provider};
use crate::support::client;

/// Asks for a path and reads up to `most` bytes, until the end or an error.
fn bytes(service: &Misbehaving, path: &str, most: usize) -> (Vec<u8>, std::io::Result<()>) {
    let mut stream = TcpStream::connect(service.server.host()).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut found = Vec::new();
    let mut buffer = [0; 4096];
    while found.len() < most {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => found.extend_from_slice(&buffer[..length]),
            Err(error) => return (found, Err(error)),
        }
    }
    (found, Ok(()))
}

#[test]
fn no_fault_is_a_whole_reply() {
    let service = Misbehaving::start();
    let (found, ended) = bytes(&service, "closed", 1);
    assert!(found.is_empty() && ended.is_ok());
    for path in ["reset", "reset-in-body"] {
        let (found, ended) = bytes(&service, path, 10_000);
        let kind = ended.expect_err(path).kind();
        assert_eq!(kind, std::io::ErrorKind::ConnectionReset, "{path}");
        assert!(found.is_empty() || path == "reset-in-body");
    }
    let (found, _) = bytes(&service, "truncated", 10_000);
    assert!(found.ends_with(b"{\"email\""));
    // Half a megabyte of headers, and they go on.
    let (found, ended) = bytes(&service, "endless-headers", 500_000);
    assert!(found.len() >= 500_000 && ended.is_ok());
    assert!(!found.windows(4).any(|four| four == b"\r\n\r\n"));
    let (found, _) = bytes(&service, "endless-body", 5_000_000);
    assert!(found.len() >= 5_000_000);
    let (found, _) = bytes(&service, "slow-body", 1);
    assert_eq!(found.len(), 1);
    for path in FAULTS {
        assert!(!path.contains('/'));
    }
    assert_eq!(
        client::get(&service.server.url("/big/2097152")).body.len(),
        2_097_154
    );
    assert_eq!(client::get(&service.server.url("/status/418")).status, 418);
}

#[test]
fn replies_have_names_of_their_own() {
    let good = good_replies();
    let names: HashSet<&str> = good.iter().map(|reply| reply.name).collect();
    assert_eq!(names.len(), good.len());
    assert!(good.iter().all(|reply| reply.body.contains(TOKEN)));
    let bad = bad_replies();
    let names: HashSet<(&str, u16)> = bad.iter().map(|reply| (reply.name, reply.status)).collect();
    assert_eq!(names.len(), bad.len());
    assert!(bad.iter().all(|reply| !reply.body.contains(TOKEN)));
}

#[test]
fn a_token_endpoint_may_answer_with_them_first() {
    let provider = OAuth2Provider::start();
    let bad = bad_replies();
    provider.answer_next(bad.iter().map(|bad| bad.reply()));
    for bad in &bad {
        let answer = client::post(&provider.token_url(), &[], &[]);
        assert_eq!(answer.status, bad.status, "{}", bad.name);
    }
    let answer = client::post(&provider.token_url(), &[], &[]);
    assert_eq!(answer.json()["error"], "invalid_client");
    assert_eq!(provider.asked(), bad.len() + 1);
    provider.accept(TOKEN);
    let bearer = format!("Bearer {TOKEN}");
    let me = provider.server.url("/me");
    let answer = client::send("GET", &me, &[("Authorization", &bearer)], b"");
    assert_eq!(answer.status, 200);
}

#[test]
fn keys_are_taken_from_their_places() {
    let api = ApiKey::start("k3y");
    let at =
        |path: &str, key| client::send("GET", &api.server.url(path), &[("X-Api-Key", key)], b"");
    assert_eq!(at("/me", "k3y").status, 200);
    assert_eq!(at("/me", "other").status, 401);
    assert_eq!(at("/me?api_key=k3y", "").status, 200);
    assert_eq!(at("/me?api_key=k3y&api_key=x", "").status, 401);
    assert_eq!(at("/botk3y/me", "").status, 200);
    assert_eq!(at("/botk3", "").status, 401);
    let form = client::post(&api.server.url("/me"), &[], &[("api_key", "k3y")]);
    assert_eq!(form.status, 200);
    let api = ApiKey::with_two("k3y", "s3cond");
    let both = |second| {
        let headers = [("X-Api-Key", "k3y"), ("X-Second-Key", second)];
        client::send("GET", &api.server.url("/me"), &headers, b"").status
    };
    assert_eq!((both("s3cond"), both("x")), (200, 401));
}
