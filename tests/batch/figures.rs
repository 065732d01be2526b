//! The figures that batches have to reach. Each test prints what it measured; the long forms measure what the
//! specification names, with a release build.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use crate::support::place::Place;
use crate::support::server::{Reply, Server};
use crate::{long, numbered, until};

/// A service that answers every request after a pause, on as many connections as come. One thread does it all, so that
/// the service takes little of the two cores that are measured.
struct Slow {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Slow {
    fn start(pause: Duration) -> Self {
        // The queue of the usual listener is too short for a thousand that connect at once.
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket
            .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
            .unwrap();
        socket.listen(4096).unwrap();
        socket.set_nonblocking(true).unwrap();
        let listener = std::net::TcpListener::from(socket);
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(answer(stream, pause, Arc::clone(&counted)));
                }
            });
        });
        Self { address, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Answers the requests of a connection with their own path.
async fn answer(mut stream: TcpStream, pause: Duration, asked: Arc<AtomicUsize>) {
    let _ = stream.set_nodelay(true);
    let mut request = Vec::with_capacity(1024);
    loop {
        request.clear();
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                return;
            }
        }
        asked.fetch_add(1, Ordering::SeqCst);
        let head = String::from_utf8_lossy(&request);
        let path = head.split(' ').nth(1).unwrap_or_default();
        tokio::time::sleep(pause).await;
        let length = path.len();
        let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{path}");
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A figure of the memory of a process, in KiB.
fn memory(child: &Child, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Runs `call.dg` for the rows of `rows.csv`, so many at a time.
fn calls(at_a_time: &str) -> [&str; 8] {
    [
        "batch",
        "run",
        "call.dg",
        "--jobs",
        "rows.csv",
        "--quiet",
        "--in-flight",
        at_a_time,
    ]
}

#[test]
fn jobs_that_print_a_line() {
    let jobs = if long() { 10_000 } else { 4_000 };
    let place = Place::new();
    place.write("line.dg", "info \"line \" + id;\n");
    place.write("rows.csv", numbered(jobs));
    let begun = Instant::now();
    let document = place
        .run(&["batch", "run", "line.dg", "--jobs", "rows.csv", "--json"])
        .ok()
        .json();
    let whole = begun.elapsed();
    let rate = document["jobs_per_second"].as_f64().unwrap();
    assert_eq!(document["counts"]["succeeded"], jobs);
    let processes = 40;
    let begun = Instant::now();
    for id in 0..processes {
        place.run(&["run", "line.dg", &format!("id={id}")]).ok();
    }
    let single = begun.elapsed() / processes;
    let ratio = (single * u32::try_from(jobs).unwrap()).as_secs_f64() / whole.as_secs_f64();
    println!(
        "{jobs} jobs that print a line: {rate:.0} a second, {:.2} s with start and plan; a process of `freshet run` \
         takes {:.1} ms, so {ratio:.0} times as fast",
        whole.as_secs_f64(),
        single.as_secs_f64() * 1000.0
    );
    // The figures of the specification are those of a release build on a quiet machine.
    let (least_rate, least_ratio) = if long() {
        (20_000.0, 20.0)
    } else {
        (2_000.0, 5.0)
    };
    assert!(rate >= least_rate, "{rate:.0} a second");
    assert!(ratio >= least_ratio, "{ratio:.1} times");
}

#[test]
fn calls_to_a_service_that_takes_its_time() {
    let (jobs, in_flight) = if long() { (10_000, 1000) } else { (1_500, 300) };
    let pause = 0.05;
    let service = Slow::start(Duration::from_secs_f64(pause));
    let place = Place::new();
    place.write(
        "call.dg",
        format!("return getUrl(\"http://{}/\" + id);\n", service.address),
    );
    place.write("first.csv", numbered(in_flight));
    place.write("rows.csv", numbered(jobs));
    let at_a_time = in_flight.to_string();
    let took = |rows: &str| {
        let arguments = [
            "batch",
            "run",
            "call.dg",
            "--json",
            "--in-flight",
            &at_a_time,
            "--jobs",
            rows,
        ];
        let document = place.run(&arguments).ok().json();
        document["duration_ms"].as_f64().unwrap() / 1000.0
    };
    // The start: what the first jobs of all threads take beyond the pause, until each has its thread and connection.
    let start = took("first.csv") - pause;
    let whole = took("rows.csv");
    let ideal = pause * jobs as f64 / in_flight as f64;
    println!(
        "{jobs} jobs with a call that takes 50 ms, {in_flight} in flight: {whole:.2} s, {start:.2} s of it the start, \
         {:.2} times the ideal {ideal:.2} s without, {:.2} times with it",
        (whole - start) / ideal,
        whole / ideal
    );
    assert_eq!(service.asked(), in_flight + jobs);
    let shown = crate::shown(&place);
    for (place, job) in shown["jobs"].as_array().unwrap().iter().enumerate() {
        assert_eq!(job["result"], format!("/{}", place + 1));
    }
    let most = if long() { 2.0 } else { 20.0 };
    assert!(whole - start <= most * ideal, "{whole:.2} s");
}

#[test]
fn memory_of_waiting_jobs() {
    let (few, many) = if long() { (100, 1100) } else { (50, 350) };
    let rss = |in_flight: usize| {
        let service = Slow::start(Duration::from_secs(30));
        let place = Place::new();
        place.write(
            "call.dg",
            format!("return getUrl(\"http://{}/\" + id);\n", service.address),
        );
        place.write("rows.csv", numbered(in_flight));
        let mut run = place.spawn(&calls(&in_flight.to_string()));
        until(|| service.asked() == in_flight);
        let rss = memory(&run, "VmRSS");
        run.kill().unwrap();
        run.wait().unwrap();
        rss
    };
    let (small, large) = (rss(few), rss(many));
    let each = large.saturating_sub(small) as f64 / (many - few) as f64;
    println!("{few} jobs in flight: {small} KiB, {many}: {large} KiB; {each:.1} KiB a waiting job");
    assert!(each < 64.0, "{each:.1} KiB");
}

#[test]
fn memory_of_queued_jobs() {
    let jobs = if long() { 100_000 } else { 20_000 };
    let service = Slow::start(Duration::from_secs(30));
    let place = Place::new();
    place.write(
        "call.dg",
        format!(
            "return getUrl(\"http://{}/\" + id + email);\n",
            service.address
        ),
    );
    let rows: String = (1..=jobs)
        .map(|id| format!("{id},person.{id}@example.com,\"some text that goes with the row\"\n"))
        .collect();
    place.write("rows.csv", format!("id,email,text\n{rows}"));
    let mut run = place.spawn(&["batch", "run", "call.dg", "--jobs", "rows.csv", "--quiet"]);
    until(|| service.asked() == 64);
    let (now, most) = (memory(&run, "VmRSS"), memory(&run, "VmHWM"));
    run.kill().unwrap();
    run.wait().unwrap();
    println!(
        "{jobs} queued jobs: {} MiB, at most {} MiB",
        now / 1024,
        most / 1024
    );
    assert!(most < 200 * 1024, "{most} KiB");
}

#[test]
fn a_thousand_jobs_on_an_expired_token_make_one_request_for_a_new_one() {
    let in_flight = if long() { 1000 } else { 200 };
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = Server::start(move |request| match request.path() {
        "/token" => {
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            std::thread::sleep(Duration::from_millis(200));
            Reply::json(&format!(
                "{{\"access_token\":\"T{number}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}"
            ))
        }
        _ => Reply::json(&format!(
            "\"{}\"",
            request.header("authorization").unwrap_or("none")
        )),
    });
    let place = Place::new();
    place.write_secret("secret", "hush\n");
    let host = server.host();
    let token_url = server.url("/token");
    let verify = format!("GET {}", server.url("/me"));
    place
        .run(&[
            "service",
            "add",
            "shop",
            "--name",
            "Shop",
            "--scheme",
            "oauth2",
            "--grant-type",
            "client_credentials",
            "--token-url",
            &token_url,
            "--host",
            &host,
            "--verify",
            &verify,
            "--client-id",
            "me",
            "--secret-file",
            "client_secret=secret",
        ])
        .ok();
    place
        .run(&[
            "connection",
            "add",
            "shop",
            "--service",
            "shop",
            "--connect",
        ])
        .ok();
    place.expire_tokens();
    let before = asked.load(Ordering::SeqCst);
    place.write(
        "call.dg",
        format!(
            "return invokeurl [ url :\"{}\" type :GET connection :\"shop\" ];\n",
            server.url("/x")
        ),
    );
    place.write("rows.csv", numbered(in_flight));
    place.run(&calls(&in_flight.to_string())).ok();
    let requests = asked.load(Ordering::SeqCst) - before;
    println!("{in_flight} jobs in flight on one expired token: {requests} token request");
    let shown = crate::shown(&place);
    for job in shown["jobs"].as_array().unwrap() {
        assert_eq!(job["result"], format!("Bearer T{}", before + 1));
    }
    assert_eq!(requests, 1);
}
