//! A proxy on the loopback address behind which every https host is this process: it opens the tunnel that is asked for
//! (CONNECT) and plays the host at its end, with a certificate for the names it was started with. So a program under
//! test calls the real addresses of a service and never leaves the machine.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Reply, Request, read_request};

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A proxy that runs until it is dropped.
pub struct SecureHosts {
    address: SocketAddr,
    certificate: String,
    requests: Arc<Mutex<Vec<Request>>>,
    stopping: Arc<AtomicBool>,
}

impl SecureHosts {
    /// Plays these hosts.
    pub fn start(
        names: &[&str],
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let config = server_config(&made);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stopping = Arc::new(AtomicBool::new(false));
        let handler: Arc<Handler> = Arc::new(handler);
        let (record, stop) = (Arc::clone(&requests), Arc::clone(&stopping));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (config, handler, record) = (
                    Arc::clone(&config),
                    Arc::clone(&handler),
                    Arc::clone(&record),
                );
                std::thread::spawn(move || serve(stream, config, &*handler, &record));
            }
        });
        Self {
            address,
            certificate: made.cert.pem(),
            requests,
            stopping,
        }
    }

    /// The certificate, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Makes a command go through the proxy.
    pub fn settle(&self, command: &mut Command) {
        command.env("HTTPS_PROXY", format!("http://{}", self.address));
    }

    /// What has arrived since the last look.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().expect("no panic while recording"))
    }
}

impl Drop for SecureHosts {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts; if nothing listens any more there is nothing to wake.
        let _ = TcpStream::connect(self.address);
    }
}

/// How a server speaks TLS with a certificate of its own making.
pub fn server_config(made: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Arc<ServerConfig> {
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    Arc::new(config)
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    handler: &Handler,
    record: &Mutex<Vec<Request>>,
) {
    // A client sends nothing after CONNECT before the tunnel is open: no byte of TLS is lost in the buffer.
    let Some(tunnel) = read_request(&mut BufReader::new(&mut stream)) else {
        return;
    };
    assert_eq!(tunnel.method, "CONNECT", "{tunnel:?}");
    if stream.write_all(b"HTTP/1.1 200 Open\r\n\r\n").is_err() {
        return;
    }
    let tls = ServerConnection::new(config).unwrap();
    let mut reader = BufReader::new(StreamOwned::new(tls, stream));
    while let Some(request) = read_request(&mut reader) {
        record
            .lock()
            .expect("no panic while recording")
            .push(request.clone());
        let Reply::Full {
            status,
            headers,
            body,
        } = handler(&request)
        else {
            return;
        };
        let mut reply = format!(
            "HTTP/1.1 {status} Reply\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            reply.push_str(&format!("{name}: {value}\r\n"));
        }
        reply.push_str("\r\n");
        let mut reply = reply.into_bytes();
        reply.extend(body);
        let stream = reader.get_mut();
        if stream
            .write_all(&reply)
            .and_then(|()| stream.flush())
            .is_err()
        {
            return;
        }
    }
}
