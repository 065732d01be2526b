//! What goes over the wire without a connection: redirects, limits, broken servers, the address
//! guard.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::time::{Duration, Instant};

use common::server::{Server, Step, json, redirect, reply};
use common::{empty, get, post, settings, text, wait};
use freshet_connections::{Call, ConnectionError, Connections, Limits, Reply};
use tempfile::TempDir;

fn send(call: Call) -> Result<Reply, ConnectionError> {
    let (_folder, connections) = empty();
    wait(connections.send(call))
}

fn refused(call: Call) -> ConnectionError {
    send(call).expect_err("the call should have failed")
}

/// A call with limits of its own.
fn limited(call: Call, change: impl FnOnce(&mut Limits)) -> Call {
    let mut limits = settings(&TempDir::new().unwrap()).limits;
    change(&mut limits);
    Call {
        limits: Some(limits),
        ..call
    }
}

#[test]
fn a_reply_comes_back_whole() {
    let server = Server::replying(|_, _| {
        reply(
            418,
            &[
                ("x-one", "a"),
                ("x-one", "b"),
                ("content-type", "text/plain"),
            ],
            "short and stout",
        )
    });
    let reply = send(get(&server.url("/tea?milk=no"))).unwrap();
    assert_eq!(reply.response.status(), 418);
    assert_eq!(reply.response.headers().get_all("x-one").iter().count(), 2);
    assert_eq!(text(&reply.response), "short and stout");
    assert_eq!(reply.address, server.url("/tea?milk=no"));
    assert_eq!((reply.hops, reply.renewed), (0, false));
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/tea?milk=no")
    );
    assert_eq!(seen.header("accept"), Some("*/*"));
    assert!(seen.header("user-agent").unwrap().starts_with("Freshet/"));
    assert_eq!(seen.header("cookie"), None);
}

#[test]
fn a_script_may_set_accept_and_user_agent_but_not_the_framing() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let request = http::Request::post(server.url("/"))
        .header("accept", "text/csv")
        .header("user-agent", "mine")
        .header("content-length", "3")
        .header("transfer-encoding", "chunked")
        .body(b"hello".to_vec())
        .unwrap();
    send(Call::new(request)).unwrap();
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.header("accept"), seen.header("user-agent")),
        (Some("text/csv"), Some("mine"))
    );
    assert_eq!(
        (seen.header("content-length"), seen.body.as_str()),
        (Some("5"), "hello")
    );
    assert_eq!(seen.header("transfer-encoding"), None);
}

#[test]
fn redirects_change_the_method_as_browsers_do() {
    // Status, method sent, method that arrives, body that arrives.
    for (status, method, arrives, body) in [
        (301, "POST", "GET", ""),
        (302, "POST", "GET", ""),
        (303, "POST", "GET", ""),
        (303, "PUT", "GET", ""),
        (301, "PUT", "PUT", "a=1"),
        (302, "DELETE", "DELETE", "a=1"),
        (307, "POST", "POST", "a=1"),
        (308, "PATCH", "PATCH", "a=1"),
        (302, "GET", "GET", "a=1"),
    ] {
        let server = Server::replying(move |seen, _| match seen.target.as_str() {
            "/a" => redirect(status, "/b?x=1"),
            _ => json(200, "{}"),
        });
        let request = http::Request::builder()
            .method(method)
            .uri(server.url("/a"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-own", "stays");
        let reply = send(Call::new(request.body(b"a=1".to_vec()).unwrap())).unwrap();
        assert_eq!(
            (reply.hops, reply.address),
            (1, server.url("/b?x=1")),
            "{status} {method}"
        );
        let seen = &server.seen()[1];
        assert_eq!(
            (seen.method.as_str(), seen.body.as_str()),
            (arrives, body),
            "{status} {method}"
        );
        assert_eq!(
            seen.header("content-type").is_some(),
            !body.is_empty(),
            "{status} {method}"
        );
        assert_eq!(seen.header("x-own"), Some("stays"));
    }
}

#[test]
fn ten_redirects_are_followed_and_eleven_are_not() {
    let server = Server::replying(|seen, _| {
        match seen.target.trim_start_matches('/').parse::<u32>().unwrap() {
            0 => json(200, "{}"),
            left => redirect(302, &format!("/{}", left - 1)),
        }
    });
    assert_eq!(send(get(&server.url("/10"))).unwrap().hops, 10);
    let error = refused(get(&server.url("/11")));
    assert_eq!(
        (error.code(), error.message()),
        ("C0014", "redirect not followed: more than 10 in a row")
    );
}

#[test]
fn a_redirect_that_cannot_be_followed_says_why() {
    for (location, says) in [
        (Some("file:///etc/passwd"), "the scheme file"),
        (Some("gopher://127.0.0.1/"), "the scheme gopher"),
        (Some("http://[half"), "no address"),
        (None, "names no Location"),
    ] {
        let server = Server::replying(move |_, _| match location {
            Some(location) => redirect(302, location),
            None => reply(302, &[], ""),
        });
        let error = refused(get(&server.url("/")));
        assert_eq!(error.code(), "C0014");
        assert!(error.message().contains(says), "{error}");
    }
}

#[test]
fn a_script_s_own_credentials_stay_with_their_origin() {
    let target = Server::replying(|_, _| json(200, "{}"));
    let elsewhere = target.url("/");
    let server = Server::replying(move |_, _| redirect(307, &elsewhere));
    let request = http::Request::get(server.url("/"))
        .header("authorization", "Bearer planted-by-the-script")
        .header("cookie", "session=planted-by-the-script")
        .header("x-other", "fine");
    send(Call::new(request.body(Vec::new()).unwrap())).unwrap();
    assert!(server.seen()[0].text().contains("planted"));
    assert!(!target.seen()[0].text().contains("planted"));
    assert_eq!(target.seen()[0].header("x-other"), Some("fine"));
}

#[test]
fn a_silent_server_runs_out_of_time() {
    let server = Server::start(|_, _| vec![Step::Wait(Duration::from_secs(3))]);
    let begun = Instant::now();
    let call = limited(get(&server.url("/?key=planted")), |limits| {
        limits.read = Duration::from_millis(80)
    });
    let error = refused(call);
    assert_eq!(error.code(), "C0011");
    assert!(error.message().contains("socket timeout error"), "{error}");
    assert!(!error.message().contains("planted"));
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_server_that_drips_runs_out_of_time_too() {
    let server = Server::start(|_, _| {
        let mut steps = vec![Step::Send(
            b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".to_vec(),
        )];
        for _ in 0..100 {
            steps.push(Step::Wait(Duration::from_millis(20)));
            steps.push(Step::Send(b"x".to_vec()));
        }
        steps
    });
    let call = limited(get(&server.url("/")), |limits| {
        limits.read = Duration::from_secs(1);
        limits.call = Duration::from_millis(150);
    });
    let error = refused(call);
    assert!(error.message().contains("socket timeout error"), "{error}");
}

#[test]
fn a_reply_over_the_limit_is_refused_whatever_its_length_says() {
    let limit = |call| limited(call, |limits| limits.reply = 1000);
    let declared = Server::replying(|_, _| reply(200, &[], vec![b'x'; 1001]));
    let endless = Server::start(|_, _| {
        let mut steps = vec![Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())];
        steps.extend((0..64).map(|_| Step::Send(vec![b'x'; 1024])));
        steps
    });
    for server in [declared, endless] {
        let error = refused(limit(get(&server.url("/"))));
        assert_eq!(error.code(), "C0013");
        assert!(error.message().contains("1000 bytes"), "{error}");
    }
    let fits = Server::replying(|_, _| reply(200, &[], vec![b'x'; 1000]));
    assert_eq!(
        send(limit(get(&fits.url("/"))))
            .unwrap()
            .response
            .body()
            .len(),
        1000
    );
}

#[test]
fn a_gzip_bomb_stops_at_the_limit() {
    // 400,000 repetitions are 103 MB of zeros, in 650 KB.
    let bomb = zeros_in_gzip(400_000);
    assert!(bomb.len() < 1_000_000);
    let server = Server::replying(move |_, _| reply(200, &[("content-encoding", "gzip")], &bomb));
    let error = refused(get(&server.url("/")));
    assert_eq!(
        (error.code(), error.message().contains("1 MiB")),
        ("C0013", true),
        "{error}"
    );
}

#[test]
fn a_compressed_reply_is_decompressed() {
    let small = zeros_in_gzip(3);
    let server = Server::replying(move |_, _| reply(200, &[("content-encoding", "gzip")], &small));
    let reply = send(get(&server.url("/")));
    // Its checksum is wrong, so it ends in an error, but only after the zeros came out.
    let error = reply.expect_err("the checksum is wrong");
    assert_eq!(error.code(), "C0012");
}

/// A gzip stream of zeros: one block with fixed codes (RFC 1951, 3.2.6) that repeats 258 zeros.
fn zeros_in_gzip(times: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut code =
        |value: u32, length: u32| bits.extend((0..length).rev().map(|at| value >> at & 1 == 1));
    code(0b1, 1); // last block
    code(0b10, 2); // fixed codes; 01 with the lower bit first
    code(0b0011_0000, 8); // a zero
    for _ in 0..times {
        code(0b1100_0101, 8); // length 258
        code(0, 5); // distance 1
    }
    code(0, 7); // end
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    for chunk in bits.chunks(8) {
        bytes.push(
            chunk
                .iter()
                .rev()
                .fold(0, |byte, bit| byte << 1 | u8::from(*bit)),
        );
    }
    bytes.extend_from_slice(&[0; 8]);
    bytes
}

#[test]
fn broken_servers_give_errors_in_words() {
    let huge_header = format!(
        "HTTP/1.1 200 OK\r\nx-big: {}\r\n\r\n",
        "x".repeat(2 * 1024 * 1024)
    );
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    for (bytes, says) in [
        (&b""[..], "closed the connection without an answer"),
        (b"\x16\x03\x01\x00\x05hello", "not HTTP"),
        (b"hello there, no HTTP here\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "not HTTP"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
            "broke off",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
            "",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain",
            "decompressed",
        ),
        (huge_header.as_bytes(), ""),
        (many_headers.as_bytes(), ""),
    ] {
        let bytes = bytes.to_vec();
        let server = Server::replying(move |_, _| bytes.clone());
        let error = refused(get(&server.url("/?key=planted")));
        assert_eq!(error.code(), "C0012", "{error}");
        assert!(
            error.message().contains(says),
            "expected {says}, found {error}"
        );
        assert!(!format!("{error} {error:?}").contains("planted"));
    }
}

#[test]
fn invalid_utf8_in_header_and_body_are_bytes_like_others() {
    let server = Server::replying(|_, _| {
        b"HTTP/1.1 200 OK\r\nx-name: caf\xe9\r\ncontent-length: 2\r\n\r\n\xff\xfe".to_vec()
    });
    let reply = send(get(&server.url("/"))).unwrap();
    assert_eq!(reply.response.body(), b"\xff\xfe");
    assert_eq!(reply.response.headers()["x-name"].as_bytes(), b"caf\xe9");
}

#[test]
fn nobody_there_gives_an_error_in_words() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = refused(get(&format!("http://{free}/?key=planted")));
    assert_eq!(error.code(), "C0012");
    assert_eq!(
        error.message(),
        format!("cannot reach {free}: connection refused")
    );

    let error = refused(get("http://no-such-host.invalid/?key=planted"));
    assert_eq!(error.code(), "C0012");
    assert!(error.message().contains("its name is not known"), "{error}");
    assert!(!error.message().contains("planted"));

    let error = refused(get("ftp://example.com/?key=planted"));
    assert!(error.message().contains("http://"), "{error}");
    assert!(!error.message().contains("planted"));
}

#[test]
fn a_server_without_tls_on_a_tls_address_gives_an_error_in_words() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let error = refused(get(&format!("https://{}/", server.address)));
    assert_eq!(error.code(), "C0012", "{error}");
}

#[test]
fn a_ca_file_that_holds_no_certificate_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "not a certificate").unwrap();
    let mut settings = settings(&folder);
    settings.ca_file = Some(file);
    let error = wait(Connections::new(settings).send(get("http://127.0.0.1:9/"))).unwrap_err();
    assert_eq!(error.code(), "C0019");
    assert!(error.message().contains("ca.pem"), "{error}");
}

#[test]
fn metadata_services_are_always_refused_and_nothing_is_sent() {
    for address in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://2852039166/",
    ] {
        let error = refused(get(address));
        assert_eq!(error.code(), "C0008");
        assert!(error.message().contains("always refused"), "{error}");
    }
    let server = Server::replying(|_, _| redirect(302, "http://169.254.169.254/"));
    assert_eq!(refused(get(&server.url("/"))).code(), "C0008");
}

#[test]
fn private_addresses_are_refused_on_request_by_number_and_by_name() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let folder = TempDir::new().unwrap();
    let mut settings = settings(&folder);
    settings.refuse_private = true;
    let connections = Connections::new(settings);
    let port = server.address.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:7f00:1]",
    ] {
        let error = wait(connections.send(get(&format!("http://{host}:{port}/")))).unwrap_err();
        assert_eq!(error.code(), "C0008", "{host}: {error}");
        assert!(error.help().unwrap().contains("--refuse-private"));
    }
    assert!(server.seen().is_empty());
}

#[test]
fn calls_share_connections() {
    // One connection answers two requests; the server reads the second from the same stream only
    // if the client sends it there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..2 {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                .unwrap();
        }
    });
    let (_folder, connections) = empty();
    wait(async {
        for _ in 0..2 {
            connections
                .send(get(&format!("http://{address}/")))
                .await
                .unwrap();
        }
    });
    server.join().unwrap();
}

#[test]
fn a_form_post_arrives_as_it_was_written() {
    let server = Server::replying(|_, _| json(200, "{}"));
    send(post(
        &server.url("/"),
        "application/x-www-form-urlencoded",
        "a=1&b=%20",
    ))
    .unwrap();
    assert_eq!(server.seen()[0].body, "a=1&b=%20");
}
