//! Time, size, broken servers, forbidden addresses, and what a caller can ask for: `--limit`, `--dry-run`, `--trace`,
//! `--refuse-private` (Built-ins II, 6.4).

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::server::{Reply, Server};
use crate::{Ran, run, run_on};

const CALL: &str = "info invokeurl [ url :\"$URL/x?key=hidden\" ];";
const CAUGHT: &str = "try { info invokeurl [ url :\"$URL/x?key=hidden\" ]; } catch (e) { info \"caught \" + e.message; }\ninfo \"after\";";

/// A call to a server that replies like this fails with this exit and text; `try` catches it; the query is never shown.
fn check_failure(
    reply: impl Fn() -> Reply + Send + Sync + 'static,
    options: &[&str],
    code: i32,
    says: &str,
) {
    let server = Server::start(move |_| reply());
    let ran = run_on(&server, options, CALL);
    ran.failed(code, says);
    let caught = run_on(&server, options, CAUGHT);
    assert!(
        caught.printed().starts_with("caught ") && caught.out.ends_with("after\n"),
        "{}",
        caught.out
    );
    // The source line is shown and holds the address; the message does not.
    for line in ran
        .err
        .lines()
        .filter(|line| line.contains("Error"))
        .chain(caught.out.lines())
    {
        assert!(!line.contains("hidden"), "{line}");
    }
}

fn raw(text: impl Into<Vec<u8>>) -> impl Fn() -> Reply + Send + Sync + 'static {
    let bytes = text.into();
    move || Reply::Raw(bytes.clone())
}

#[test]
fn silence_is_a_socket_timeout_error() {
    let begun = Instant::now();
    check_failure(
        || Reply::Silence,
        &["--limit", "read-time=200ms"],
        75,
        "[C0011] Error: socket timeout error",
    );
    check_failure(
        || Reply::Silence,
        &["--limit", "call-time=200ms"],
        75,
        "[C0011] Error: socket timeout error",
    );
    let half = || Reply::Drip {
        bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx".to_vec(),
        pause: Duration::from_millis(1),
    };
    // A server that breaks off is told from one that is silent.
    check_failure(half, &["--limit", "read-time=5s"], 69, "[C0012]");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_that_drips_is_no_answer_either() {
    let header = || Reply::Drip {
        bytes: vec![b'H'; 1000],
        pause: Duration::from_millis(20),
    };
    check_failure(
        header,
        &["--limit", "read-time=5s", "--limit", "call-time=300ms"],
        75,
        "socket timeout error",
    );
    let body = || {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n".to_vec();
        Reply::Drip {
            bytes: [head, vec![b'x'; 5000]].concat(),
            pause: Duration::from_millis(5),
        }
    };
    check_failure(
        body,
        &["--limit", "call-time=400ms"],
        75,
        "socket timeout error",
    );
}

#[test]
fn the_time_of_the_run_counts_too() {
    let server = Server::start(|_| Reply::Silence);
    let begun = Instant::now();
    run_on(&server, &["--limit", "time=300ms"], CAUGHT).failed(75, "[R0102]");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let script = format!("invokeurl [ url :\"http://{free}/\" ];");
    run(&[], &script).failed(
        69,
        &format!("[C0012] Error: cannot reach {free}: connection refused"),
    );
    let caught = run(
        &[],
        &format!("try {{ {script} }} catch (e) {{ info e.message; }}"),
    );
    assert_eq!(
        caught.printed(),
        format!("cannot reach {free}: connection refused")
    );
}

#[test]
fn a_reply_over_the_limit() {
    let limit = &["--limit", "reply=10KiB"];
    check_failure(
        || Reply::new(200, "text/plain", "x".repeat(10 * 1024 + 1)),
        limit,
        69,
        "[C0013]",
    );
    check_failure(
        raw(format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
            "x".repeat(100_000)
        )),
        limit,
        69,
        "[C0013]",
    );
    check_failure(
        raw("HTTP/1.1 200 OK\r\nContent-Length: 10000000000000\r\n\r\nx"),
        &[],
        69,
        "[C0013]",
    );
    let bomb = gzip(&vec![b' '; 1_000_000]);
    assert!(bomb.len() < 10 * 1024);
    check_failure(
        move || Reply::new(200, "text/plain", bomb.clone()).with("Content-Encoding", "gzip"),
        limit,
        69,
        "[C0013]",
    );
    let fits = Server::start(|_| Reply::new(200, "text/plain", "x".repeat(10 * 1024)));
    assert_eq!(run_on(&fits, limit, CALL).printed().len(), 10 * 1024);
}

#[test]
fn a_compressed_reply_is_unpacked() {
    let packed = gzip(b"{\"text\":\"bl\xc3\xa5     \"}");
    let server = Server::start(move |_| {
        Reply::new(200, "application/json", packed.clone()).with("Content-Encoding", "gzip")
    });
    let ran = run_on(
        &server,
        &[],
        "r = invokeurl [ url :\"$URL/\" detailed :true ];\ninfo r.get(\"responseText\").get(\"text\") + \"|\";",
    );
    assert_eq!(ran.printed(), "blå     |");
    check_failure(
        || Reply::json("no gzip at all").with("Content-Encoding", "gzip"),
        &[],
        69,
        "[C0012]",
    );
}

/// Bytes as gzip (RFC 1952): one block of fixed codes in which 258 repetitions of a byte are one (RFC 1951, 3.2.6).
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 258;
    let mut bits: Vec<bool> = Vec::new();
    let mut code =
        |value: u32, length: u32| bits.extend((0..length).rev().map(|at| value >> at & 1 == 1));
    code(0b1, 1); // the last block
    code(0b10, 2); // fixed codes, lower bit first
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let repeats = at > 0
            && bytes
                .get(at - 1..at + LONGEST)
                .is_some_and(|run| run.iter().all(|&other| other == byte));
        match byte {
            _ if repeats => {
                code(0b1100_0101, 8); // length 258
                code(0, 5); // distance 1
                at += LONGEST;
                continue;
            }
            0..144 => code(0x30 + u32::from(byte), 8),
            144.. => code(0x190 + u32::from(byte) - 144, 9),
        }
        at += 1;
    }
    code(0, 7); // the end
    let mut packed = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    packed.extend(bits.chunks(8).map(|chunk| {
        chunk
            .iter()
            .rev()
            .fold(0, |byte, bit| byte << 1 | u8::from(*bit))
    }));
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    });
    packed.extend((!crc).to_le_bytes());
    packed.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    packed
}

#[test]
fn rubbish_gives_an_error_in_words() {
    let headers = |count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(count));
    let huge = format!(
        "HTTP/1.1 200 OK\r\nX-Big: {}\r\n\r\n",
        "x".repeat(2 * 1024 * 1024)
    );
    for (bytes, says) in [
        (Vec::new(), "closed the connection without an answer"),
        (b"\r\n".to_vec(), "closed the connection without an answer"),
        (b"hello\r\n".to_vec(), "not HTTP"),
        (b"<html>HTTP/0.9</html>".to_vec(), "not HTTP"),
        (b"\x16\x03\x01\x00\x05hello".to_vec(), "not HTTP"),
        (
            b"HTTP/1.1 20".to_vec(),
            "closed the connection without an answer",
        ),
        (b"HTTP/1.1 2000 OK\r\n\r\n".to_vec(), "not HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec(),
            "the reply broke off",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n".to_vec(),
            "not HTTP",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".to_vec(),
            "the reply broke off",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab".to_vec(),
            "127.0.0.1",
        ),
        (b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n".to_vec(), "not HTTP"),
        (headers(10_000).into_bytes(), "not HTTP"),
        (huge.into_bytes(), "not HTTP"),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let server = Server::start(move |_| Reply::Raw(bytes.clone()));
        let ran = run_on(&server, &["--limit", "read-time=5s"], CALL);
        assert!(
            ran.code == 69 && ran.err.contains("[C0012]") && ran.err.contains(says),
            "{shown:?}: exit {}\n{}",
            ran.code,
            ran.err
        );
    }
}

/// A script does not wait for as long as a server would like: it gets the answer at once, and sends nothing again.
#[test]
fn a_busy_server_s_answer_is_given_to_the_script_at_once() {
    for status in [429, 503] {
        let server = Server::start(move |_| {
            Reply::new(status, "application/json", "{\"busy\":true}").with("Retry-After", "3600")
        });
        let script = "r = invokeurl [ url :\"$URL/\" detailed :true ];\ninfo r.get(\"responseCode\") + \" \" + r.get(\"responseHeader\").get(\"retry-after\");";
        let begun = Instant::now();
        assert_eq!(
            run_on(&server, &[], script).printed(),
            format!("{status} 3600")
        );
        assert!(begun.elapsed() < Duration::from_secs(60));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_connection_that_is_reset_within_the_body_is_no_answer() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort";
    check_failure(|| Reply::Reset(half.into()), &[], 69, "[C0012]");
}

#[test]
fn odd_but_readable_replies_are_values() {
    for (bytes, prints) in [
        (&b"HTTP/1.0 200\r\n\r\nold"[..], "200 old"),
        (
            b"HTTP/1.1 299 \xff\xfe\r\nContent-Length: 2\r\n\r\nok",
            "299 ok",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay, more than announced",
            "200 ok",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n\xff\xfea",
            "200 \u{fffd}\u{fffd}a",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: \xff\xfe\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        ),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "200 ok",
        ),
    ] {
        let server = Server::start(|_| Reply::Raw(bytes.to_vec()));
        let ran = run_on(
            &server,
            &[],
            "r = invokeurl [ url :\"$URL/\" detailed :true ];\ninfo r.get(\"responseCode\") + \" \" + r.get(\"responseText\");",
        );
        assert_eq!(ran.printed(), prints, "{}", String::from_utf8_lossy(bytes));
    }
    let server = Server::start(|_| {
        Reply::Raw(b"HTTP/1.1 200 OK\r\nX-A: \xff\xe5\r\nContent-Length: 0\r\n\r\n".to_vec())
    });
    let ran = run_on(
        &server,
        &[],
        "info (invokeurl [ url :\"$URL/\" detailed :true ]).get(\"responseHeader\").get(\"x-a\");",
    );
    assert_eq!(ran.printed(), "\u{fffd}\u{fffd}");
}

#[test]
fn metadata_services_are_always_refused() {
    // Were a packet sent, the answer would be a refused connection or a time-out.
    for host in [
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "[::ffff:169.254.169.254]",
        "metadata.google.internal",
    ] {
        let begun = Instant::now();
        let ran = run(
            &["--limit", "connect-time=5s"],
            &format!("invokeurl [ url :\"http://{host}/latest/meta-data/\" ];"),
        );
        ran.failed(78, "[C0008]");
        assert!(begun.elapsed() < Duration::from_secs(4), "{host}");
    }
    let caught = run(
        &[],
        "try { getUrl(\"http://169.254.169.254/\"); } catch (e) { info e.message; }",
    );
    assert!(
        caught.printed().contains("always refused"),
        "{}",
        caught.out
    );
}

#[test]
fn private_addresses_are_refused_on_request() {
    let server = Server::start(|_| Reply::json("{}"));
    let port = server.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let script = format!("invokeurl [ url :\"http://{host}:{port}/\" ];");
        let ran = run(&["--refuse-private"], &script);
        ran.failed(78, "[C0008]");
        assert!(ran.err.contains("--refuse-private"), "{}", ran.err);
    }
    assert_eq!(server.connections(), 0);
    run(
        &[],
        &format!("invokeurl [ url :\"http://localhost:{port}/\" ];"),
    )
    .printed();
    server.only();
}

#[test]
fn calls_are_counted_as_they_are_made() {
    let server = Server::start(|_| Reply::json("{}"));
    let script = "for each n in {1,2,3,4,5} { try { getUrl(\"$URL/\" + n); info n; } catch (e) { info \"caught\"; } }";
    let ran = run_on(&server, &["--limit", "calls=2"], script);
    ran.failed(75, "[R0102] Error: the limit of calls is reached: 2");
    assert_eq!((ran.out.as_str(), server.requests().len()), ("1\n2\n", 2));
    let json = run_on(&server, &["--format", "json"], script);
    assert!(json.printed().contains("\"http_calls\":5"), "{}", json.out);
}

/// A run with `--dry-run` that must not send anything.
fn dry(script: &str) -> Ran {
    let server = Server::start(|_| Reply::json("{}"));
    let ran = run_on(&server, &["--dry-run"], script);
    assert_eq!(server.connections(), 0);
    Ran {
        err: ran.err.replace(&server.url(""), "$URL"),
        ..ran
    }
}

#[test]
fn a_dry_run_shows_the_request_and_sends_nothing() {
    let ran = dry(
        r#"info invokeurl [ url :"$URL/x" type :POST parameters :{"a":"b c"} headers :{"X-H":"1","Authorization":"Bearer mine"} ];
info invokeurl [ url :"$URL/x?page=2&api_key=mine" detailed :true ];
info getUrl("$URL/y");"#,
    );
    assert_eq!(
        ran.printed(),
        "null\n{\"responseText\":null,\"responseHeader\":{},\"responseCode\":0}\nnull"
    );
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "dry run: POST $URL/x
  x-h: 1
  authorization: ***
  content-type: application/x-www-form-urlencoded
  accept: */*
  user-agent: Freshet/{version}
  a=b+c
dry run: GET $URL/x?page=2&api_key=***
  accept: */*
  user-agent: Freshet/{version}
dry run: GET $URL/y
  accept: */*
  user-agent: Freshet/{version}
"
    );
    assert_eq!(ran.err, expected);
}

#[test]
fn a_trace_line_for_each_call() {
    let server = Server::start(|request| match request.path() {
        "/silent" => Reply::Silence,
        path => Reply::new(path[1..].parse().unwrap(), "text/plain", "12345"),
    });
    let ran = run_on(
        &server,
        &["--trace", "--limit", "read-time=200ms"],
        "info \"a\";\ngetUrl(\"$URL/200?key=hidden&q=1\");\npostUrl(\"$URL/404\", \"hidden\");\ntry { getUrl(\"$URL/silent\"); } catch (e) { info \"caught\"; }",
    );
    assert_eq!(ran.printed(), "a\ncaught");
    let lines: Vec<&str> = ran.err.lines().collect();
    for (line, begins) in lines.iter().zip([
        format!("http: GET {}: 200, 5 bytes, ", server.url("/200?key&q")),
        format!("http: POST {}: 404, 5 bytes, ", server.url("/404")),
        format!("http: GET {}: C0011", server.url("/silent")),
    ]) {
        assert!(line.starts_with(&begins), "{line}");
    }
    assert!(
        lines.len() == 3 && lines[0].ends_with(" ms") && !ran.err.contains("hidden"),
        "{}",
        ran.err
    );
}
