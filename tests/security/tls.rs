//! The promise ⑧, against a server whose certificate nobody vouches for.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::support::place::{Place, feed};
use crate::support::server::{Reply, Server};

/// A server over TLS that answers every request with `{}`, and how many requests it could read.
struct Secure {
    port: u16,
    /// Its certificate, in PEM.
    certificate: String,
    requests: Arc<AtomicUsize>,
    /// The head of the last one.
    last: Arc<Mutex<String>>,
}

impl Secure {
    fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let last = Arc::new(Mutex::new(String::new()));
        let head = Arc::clone(&last);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = stream;
                let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut secure = Stream::new(&mut tls, &mut stream);
                let mut buffer = [0; 4096];
                // A client that does not trust the certificate ends the handshake: nothing is read.
                if let Ok(read @ 1..) = secure.read(&mut buffer) {
                    *head.lock().unwrap() = String::from_utf8_lossy(&buffer[..read]).into_owned();
                    count.fetch_add(1, Ordering::SeqCst);
                    let reply = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
                    let _ = secure.write_all(reply.as_bytes());
                    secure.conn.send_close_notify();
                    let _ = secure.flush();
                }
            }
        });
        Secure {
            port,
            certificate: made.cert.pem(),
            requests,
            last,
        }
    }
}

#[test]
fn promise_8_faults_of_tls_are_never_ignored_and_a_ca_file_may_be_added() {
    let server = Secure::start();
    let host = format!("localhost:{}", server.port);
    let place = Place::new();
    let key = "s3cret-of-the-test";
    let keyed = format!(
        "name = \"Keyed\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\nverify = \"GET https://{host}/me\"\n"
    );
    let tokens = format!(
        "name = \"Tokens\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"https://{host}/token\"\nhosts = [\"{host}\"]\n"
    );
    place.add_service("keyed", &keyed);
    place.add_service("tokens", &tokens);
    place.add_client("tokens", "id", "secret");
    place
        .connect("keyed", "keyed", key)
        .fails(69, &["C0012", "certificate"]);
    let failed = place.run(&["connection", "add", "t", "--service", "tokens", "--connect"]);
    assert_eq!(failed.exit, Some(69), "{}", failed.err);
    place
        .script(&format!("info getUrl(\"https://{host}/\");"))
        .fails(69, &["C0012", "certificate"]);
    assert_eq!(
        server.requests.load(Ordering::SeqCst),
        0,
        "nothing was sent"
    );

    place.write("ca.pem", &server.certificate);
    let mut command = place.command(&["connection", "connect", "keyed", "--secret-stdin"]);
    command.env("FRESHET_CA_FILE", place.path("ca.pem"));
    feed(command, key.as_bytes()).ok();
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}

/// Check 73: the scheme changes; with it host and port, as on any one machine.
#[test]
fn promise_3_another_scheme_takes_nothing_along_either() {
    let secure = Secure::start();
    let away = format!("https://localhost:{}/landed", secure.port);
    for placed in [
        "param_name = \"X-Api-Key\"",
        "param_type = \"query\"\nparam_name = \"api_key\"",
        "param_type = \"path\"\nkey = \"/bot{api_key}\"",
    ] {
        let to = away.clone();
        let api = Server::start(move |_| Reply::new(307, "", "").with("Location", &to));
        let place = Place::new();
        let definition = format!(
            "name = \"Keyed\"\nscheme = \"api_key\"\n{placed}\nhosts = [\"{}\"]\nheaders = {{ X-Tenant = \"seven\" }}\n",
            api.host()
        );
        place.add_service("keyed", &definition);
        place.connect("keyed", "keyed", "s3cret-of-the-test").ok();
        place.write("ca.pem", &secure.certificate);
        let mut command = place.command(&["run", "-"]);
        command.env("FRESHET_CA_FILE", place.path("ca.pem"));
        let script = crate::connecting::calling("keyed", &api.url("/start"));
        feed(command, script.as_bytes()).ok().prints("200\n");
        let carried = format!("{:?}", api.only());
        assert!(carried.contains("s3cret") && carried.contains("seven"));
        let arrived = secure.last.lock().unwrap().clone();
        assert!(arrived.starts_with("GET /landed HTTP/1.1"), "{arrived}");
        assert!(!arrived.contains("s3cret"), "{arrived}");
        assert!(!arrived.to_lowercase().contains("x-tenant"), "{arrived}");
    }
}
