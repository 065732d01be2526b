//! A mail server on the loopback address: SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH (RFC 4954) as far as its
//! rules say. It is for what `Mailin` does not do: TLS from the first byte, refusals of every command, the commands in the
//! order they came, a line that is tampered with, silence.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::secure::server_config;

/// How the server behaves.
#[derive(Clone)]
pub struct Rules {
    /// TLS from the first byte on.
    pub tls: bool,
    /// Offers STARTTLS, and takes no login and no mail without.
    pub starttls: bool,
    /// The mechanisms of AUTH that it offers; empty: none is asked for.
    pub mechanisms: &'static str,
    /// The user name and the password that it takes.
    pub login: (&'static str, &'static str),
    /// What it answers to a login it does not take.
    pub login_refusal: &'static str,
    /// Answers by the beginning of a command, in place of the usual ones.
    pub answers: &'static [(&'static str, &'static str)],
    /// What somebody on the line puts behind the reply to STARTTLS, in the open.
    pub injected: &'static str,
    /// Says nothing after the connection is made.
    pub silent: bool,
    /// What it does when it has a whole mail.
    pub at_end: AtEnd,
}

/// What a server does when the final dot of a mail has come.
#[derive(Clone, Copy)]
pub enum AtEnd {
    Answer(&'static str),
    /// Nothing, until the client goes away.
    Silence,
    /// Closes the connection.
    Close,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            tls: false,
            starttls: true,
            mechanisms: "PLAIN LOGIN",
            login: ("me@example.com", PASSWORD),
            login_refusal: "535 5.7.8 Authentication credentials invalid",
            answers: &[],
            injected: "",
            silent: false,
            at_end: AtEnd::Answer("250 queued"),
        }
    }
}

/// The password of the account.
pub const PASSWORD: &str = "p4ssword-of-the-test";

/// A mail that arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO.
    pub to: Vec<String>,
    /// What stands before DATA's final dot, dots unstuffed.
    pub text: String,
    /// It came over TLS.
    pub encrypted: bool,
}

/// A server that runs until it is dropped.
pub struct MailServer {
    address: SocketAddr,
    certificate: String,
    seen: Arc<Mutex<Seen>>,
    stopping: Arc<AtomicBool>,
}

#[derive(Default)]
struct Seen {
    commands: Vec<String>,
    mails: Vec<Arrived>,
}

impl MailServer {
    /// Starts it. Its certificate is for localhost.
    pub fn start(rules: Rules) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let config = server_config(&made);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let stopping = Arc::new(AtomicBool::new(false));
        let (record, stop) = (Arc::clone(&seen), Arc::clone(&stopping));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (rules, config, record, stop) = (
                    rules.clone(),
                    Arc::clone(&config),
                    Arc::clone(&record),
                    Arc::clone(&stop),
                );
                std::thread::spawn(move || {
                    if rules.silent {
                        // Until the client goes away.
                        let mut stream = stream;
                        let _ = stream.read(&mut [0]);
                        drop(stop);
                    } else {
                        serve(stream, &rules, config, &record);
                    }
                });
            }
        });
        Self {
            address,
            certificate: made.cert.pem(),
            seen,
            stopping,
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its certificate, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The mails that have arrived.
    pub fn mails(&self) -> Vec<Arrived> {
        self.seen.lock().unwrap().mails.clone()
    }

    /// The only mail that has arrived.
    pub fn only(&self) -> Arrived {
        let mut mails = self.mails();
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.remove(0)
    }

    /// The first words of the commands that have arrived, in order.
    pub fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts; if nothing listens any more there is nothing to wake.
        let _ = TcpStream::connect(self.address);
    }
}

/// The stream, in the open or over TLS.
enum Line {
    Open(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Line {
    fn tls(stream: TcpStream, config: Arc<ServerConfig>) -> Self {
        let tls = ServerConnection::new(config).unwrap();
        Line::Tls(Box::new(StreamOwned::new(tls, stream)))
    }

    fn read(&mut self, byte: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Line::Open(stream) => stream.read(byte),
            Line::Tls(stream) => stream.read(byte),
        }
    }

    /// The next line without its end; `None` at the end of the stream.
    fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            match self.read(&mut byte) {
                Ok(1) => line.push(byte[0]),
                _ => return None,
            }
        }
        line.truncate(line.len() - 2);
        Some(String::from_utf8_lossy(&line).into_owned())
    }

    fn say(&mut self, reply: &str) -> Option<()> {
        let reply = format!("{reply}\r\n");
        match self {
            Line::Open(stream) => stream.write_all(reply.as_bytes()).ok(),
            Line::Tls(stream) => stream
                .write_all(reply.as_bytes())
                .and_then(|()| stream.flush())
                .ok(),
        }
    }
}

fn serve(
    stream: TcpStream,
    rules: &Rules,
    config: Arc<ServerConfig>,
    seen: &Mutex<Seen>,
) -> Option<()> {
    let mut line = match rules.tls {
        true => Line::tls(stream, Arc::clone(&config)),
        false => Line::Open(stream),
    };
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut logged_in = rules.mechanisms.is_empty();
    line.say("220 mail.example.com ESMTP")?;
    loop {
        let command = line.next()?;
        let word = command.split(' ').next()?.to_ascii_uppercase();
        seen.lock().unwrap().commands.push(word.clone());
        if let Some((_, answer)) = rules
            .answers
            .iter()
            .find(|(beginning, _)| command.starts_with(beginning))
        {
            line.say(answer)?;
            continue;
        }
        let encrypted = matches!(line, Line::Tls(_));
        let must_encrypt = rules.starttls && !encrypted;
        match word.as_str() {
            "EHLO" => {
                let mut reply = "250-mail.example.com".to_owned();
                if must_encrypt && !rules.tls {
                    reply.push_str("\r\n250-STARTTLS");
                }
                if !rules.mechanisms.is_empty() && !must_encrypt {
                    reply.push_str(&format!("\r\n250-AUTH {}", rules.mechanisms));
                }
                line.say(&format!("{reply}\r\n250 8BITMIME"))?;
            }
            "STARTTLS" if must_encrypt => {
                line.say(&format!("220 go ahead{}", rules.injected))?;
                let Line::Open(stream) = line else {
                    return None;
                };
                line = Line::tls(stream, Arc::clone(&config));
            }
            "AUTH" if !must_encrypt => {
                let (user, password) = login(&mut line, &command)?;
                logged_in = (user.as_str(), password.as_str()) == rules.login;
                line.say(match logged_in {
                    true => "235 2.7.0 Authentication successful",
                    false => rules.login_refusal,
                })?;
            }
            "MAIL" if logged_in && !must_encrypt => {
                from = address(&command);
                to.clear();
                line.say("250 OK")?;
            }
            "RCPT" if !from.is_empty() => {
                to.push(address(&command));
                line.say("250 OK")?;
            }
            "DATA" if !to.is_empty() => {
                line.say("354 go ahead")?;
                let mut text = String::new();
                loop {
                    let next = line.next()?;
                    if next == "." {
                        break;
                    }
                    text.push_str(next.strip_prefix('.').unwrap_or(&next));
                    text.push_str("\r\n");
                }
                seen.lock().unwrap().mails.push(Arrived {
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    text,
                    encrypted,
                });
                match rules.at_end {
                    AtEnd::Answer(answer) => line.say(answer)?,
                    AtEnd::Silence => while line.next().is_some() {},
                    AtEnd::Close => return None,
                }
            }
            "QUIT" => {
                line.say("221 bye")?;
                return None;
            }
            _ => line.say("503 bad sequence of commands")?,
        }
    }
}

/// User name and password of an AUTH command.
fn login(line: &mut Line, command: &str) -> Option<(String, String)> {
    let decoded = |text: &str| String::from_utf8(STANDARD.decode(text).ok()?).ok();
    let words: Vec<&str> = command.split(' ').collect();
    if words.get(1)?.eq_ignore_ascii_case("PLAIN") {
        let given = match words.get(2) {
            Some(given) => decoded(given)?,
            None => {
                line.say("334 ")?;
                decoded(&line.next()?)?
            }
        };
        let mut parts = given.split('\0').skip(1);
        return Some((parts.next()?.to_owned(), parts.next()?.to_owned()));
    }
    line.say("334 VXNlcm5hbWU6")?;
    let user = decoded(&line.next()?)?;
    line.say("334 UGFzc3dvcmQ6")?;
    Some((user, decoded(&line.next()?)?))
}

/// What stands in angle brackets.
fn address(command: &str) -> String {
    let rest = command.split_once('<').map_or("", |(_, rest)| rest);
    rest.split('>').next().unwrap_or_default().to_owned()
}
