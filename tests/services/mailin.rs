//! A mail server that others wrote, mailin-embedded, on the loopback address: the judge of whether a mail is sent as mail
//! servers expect it. It asks for a login after STARTTLS, or for none in the open.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Mutex};

use mailin_embedded::response::{AUTH_OK, INVALID_CREDENTIALS, OK};
use mailin_embedded::{AuthMechanism, Handler, Response, Server, SslConfig};

use crate::smtp::{Arrived, PASSWORD};
use crate::support::place::Place;

/// A server that runs as long as the test.
pub struct Mailin {
    port: u16,
    mails: Arc<Mutex<Vec<Arrived>>>,
}

impl Mailin {
    /// Starts it, with its certificate for localhost in `ca.pem` of the place. Without `login` it asks for none and offers
    /// no TLS.
    pub fn start(place: &Place, login: Option<AuthMechanism>) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        place.write("ca.pem", made.cert.pem());
        place.write("server.key", made.signing_key.serialize_pem());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let mut server = Server::new(Post {
            arriving: Arrived::default(),
            mails: Arc::clone(&mails),
        });
        server
            .with_name("mail.example.com")
            .with_tcp_listener(listener);
        if let Some(mechanism) = login {
            let path = |name: &str| place.path(name).to_str().unwrap().to_owned();
            let certificate = SslConfig::SelfSigned {
                cert_path: path("ca.pem"),
                key_path: path("server.key"),
            };
            server.with_auth(mechanism).with_ssl(certificate).unwrap();
        }
        // It serves until the process ends; if it could not begin, nobody would be answered.
        std::thread::spawn(move || drop(server.serve()));
        Self { port, mails }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The mails that have arrived.
    pub fn mails(&self) -> Vec<Arrived> {
        self.mails.lock().unwrap().clone()
    }

    /// The only mail that has arrived.
    pub fn only(&self) -> Arrived {
        let mut mails = self.mails();
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.remove(0)
    }
}

/// What one client does.
#[derive(Clone)]
struct Post {
    arriving: Arrived,
    mails: Arc<Mutex<Vec<Arrived>>>,
}

impl Post {
    fn login(&mut self, user: &str, password: &str) -> Response {
        if (user, password) != ("me@example.com", PASSWORD) {
            return INVALID_CREDENTIALS;
        }
        // The server lets nobody log in without.
        self.arriving.encrypted = true;
        AUTH_OK
    }
}

impl Handler for Post {
    fn auth_plain(&mut self, _authorization: &str, user: &str, password: &str) -> Response {
        self.login(user, password)
    }

    fn auth_login(&mut self, user: &str, password: &str) -> Response {
        self.login(user, password)
    }

    fn mail(&mut self, _address: IpAddr, _domain: &str, from: &str) -> Response {
        self.arriving.from = from.to_owned();
        self.arriving.to.clear();
        self.arriving.text.clear();
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.arriving.to.push(to.to_owned());
        OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.arriving.text.push_str(&String::from_utf8_lossy(line));
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.mails.lock().unwrap().push(self.arriving.clone());
        OK
    }
}
