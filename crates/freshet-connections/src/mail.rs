//! The mail account: a connection to a mail server (connections, 2.7). Mail goes out by SMTP (RFC 5321, 6409), over
//! TLS from the start or after STARTTLS; in the open only to this machine.

mod line;
mod message;

use std::error::Error as _;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use line::Line;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tracing::debug;

use crate::Connections;
use crate::echo;
use crate::error::ConnectionError;
use crate::rate::TurnTaken;
use crate::send::note;
use crate::service::{Scheme, Template};
use crate::settings::Settings;
use crate::transport::{cause, guard::Guard, refused};
use crate::usable::Usable;
use crate::verify::Outcome;

/// A mail to send.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Sender: an address, or a name and an address in angle brackets.
    pub from: String,
    /// Receivers.
    pub to: Vec<String>,
    /// Receivers of a copy.
    pub cc: Vec<String>,
    /// Receivers of a copy whom the others do not see.
    pub bcc: Vec<String>,
    /// Where answers go.
    pub reply_to: Vec<String>,
    /// Subject.
    pub subject: String,
    /// The message itself.
    pub message: String,
    /// True if the message is HTML.
    pub html: bool,
    /// Attached files.
    pub attachments: Vec<Attachment>,
}

/// A file attached to a mail.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte on.
    Tls,
    /// TLS after STARTTLS; without it nothing is sent.
    StartTls,
    /// In the open, to this machine only.
    None,
}

/// The account behind a connection.
struct Account<'u> {
    usable: &'u Usable,
    host: String,
    port: u16,
    security: Security,
    /// The address that mail is sent from.
    from: String,
    /// Other addresses that it may be sent from.
    aliases: Vec<String>,
    user: String,
    password: SecretString,
}

/// Why a session with a mail server ended.
enum Trouble {
    /// The server does not take the user name or the password.
    Login(String),
    /// Anything else.
    Other(ConnectionError),
}

impl From<ConnectionError> for Trouble {
    fn from(error: ConnectionError) -> Self {
        Trouble::Other(error)
    }
}

impl Connections {
    /// Sends a mail over the account `link`. It is delivered to all receivers or, where the server refuses one of
    /// them, to none. `turn` is told when the mail has waited for its turn.
    ///
    /// # Errors
    /// C0001 to C0005 by the state of the account, C0050 for a sender that is not its own, C0051 when the server
    /// refuses, C0052 for a connection that is no mail account, C0043 for an address that is none, C0008, C0010,
    /// C0011, C0012, C0016.
    pub async fn send_mail(
        &self,
        link: &str,
        mail: &Mail,
        turn: &TurnTaken,
    ) -> Result<(), ConnectionError> {
        let registry = self.store.reading()?;
        let mut usable = registry.load_for_use(link, &self.store.settings.owner)?;
        let mut message = message::build(&Account::of(&usable)?, mail)?;
        let settings = &self.store.settings;
        let had = self
            .http
            .rates
            .turn(
                usable.connection.id,
                link,
                usable.rate(),
                TurnTaken::place(Some(turn)),
                settings.patience.unwrap_or(settings.limits.call),
            )
            .await?;
        TurnTaken::tell(Some(turn));
        if had.waited {
            usable = registry.load_again(&usable)?;
            message = message::build(&Account::of(&usable)?, mail)?;
        }
        let account = Account::of(&usable)?;
        let outcome = match self.session(&account, Some(&message)).await {
            Ok(_) => Ok(()),
            Err(Trouble::Login(answer)) => {
                let error = ConnectionError::mail_login(link, &account.server(), &answer);
                note(registry.record_error(&usable, &error));
                Err(error)
            }
            Err(Trouble::Other(error)) => Err(error),
        };
        note(registry.touch_used(&usable));
        outcome
    }

    /// Whether a mail account works: EHLO, STARTTLS, AUTH, QUIT.
    pub(crate) async fn check_mail(&self, usable: &Usable) -> Result<Outcome, ConnectionError> {
        let account = Account::of(usable)?;
        Ok(match self.session(&account, None).await {
            Ok(status) => Outcome::Passed {
                status: Some(status),
                account: Some(account.from),
            },
            Err(Trouble::Login(answer)) => {
                let request = format!("AUTH {}", account.server());
                // As a service answers 401: the credential is what is wrong.
                let error = ConnectionError::verification_failed(&request, &answer, "235", 401);
                Outcome::Rejected(error)
            }
            Err(Trouble::Other(error)) => Outcome::Failed(error),
        })
    }

    /// Speaks with the server: logs in, hands over the mail if there is one, and leaves. The status is that of the
    /// login, or of the greeting where none was asked for.
    async fn session(&self, account: &Account<'_>, mail: Option<&Message>) -> Result<u16, Trouble> {
        /// The reply to a login that succeeded (RFC 4954, 6), and to EHLO.
        const LOGGED_IN: u16 = 235;
        const GREETED: u16 = 250;
        let settings = &self.store.settings;
        let patience = Patience::new(account, settings);
        let mut session = account.open(settings, &patience).await?;
        let status = if account.password.expose_secret().is_empty() {
            GREETED
        } else {
            let credentials = Credentials::new(
                account.user.clone(),
                account.password.expose_secret().to_owned(),
            );
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let login = session.auth(&mechanisms, &credentials);
            match patience.wait(login).await? {
                Ok(_) => LOGGED_IN,
                Err(error) if error.is_permanent() => {
                    let answer = account.answer(&error);
                    patience.quietly(session.quit()).await;
                    return Err(Trouble::Login(answer));
                }
                Err(error) => return Err(account.fault(&error).into()),
            }
        };
        if let Some(mail) = mail {
            account.hand_over(&mut session, mail, &patience).await?;
        }
        // The mail is the server's by now, whatever it says to the farewell.
        patience.quietly(session.quit()).await;
        Ok(status)
    }
}

impl<'u> Account<'u> {
    /// # Errors
    /// C0052 for a connection to anything else, C0043 for a value that does not fit.
    fn of(usable: &'u Usable) -> Result<Self, ConnectionError> {
        let service = &usable.service;
        let (true, Scheme::Basic { username, password }) = (service.mail, &service.scheme) else {
            return Err(ConnectionError::no_mail_account(
                usable.link(),
                &service.name,
            ));
        };
        let field = |name: &str| usable.text(&Template::new(format!("{{{name}}}")));
        let (from, port, user) = (field("from")?, field("port")?, usable.secret(username)?);
        let user = match user.expose_secret() {
            "" => from.clone(),
            user => user.to_owned(),
        };
        Ok(Account {
            usable,
            host: field("host")?,
            port: port.parse().map_err(|_| {
                ConnectionError::field_value("Port", &format!("\"{port}\""), "1 to 65535")
            })?,
            security: match field("security")?.as_str() {
                "tls" => Security::Tls,
                "none" => Security::None,
                _ => Security::StartTls,
            },
            aliases: field("aliases")?
                .split(',')
                .map(str::trim)
                .filter(|alias| !alias.is_empty())
                .map(str::to_owned)
                .collect(),
            from,
            user,
            password: usable.secret(password)?,
        })
    }

    /// `mail.example.com:587`.
    fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Hands a mail over. What fails after the server was sent its end may have been delivered all the same.
    async fn hand_over(
        &self,
        session: &mut AsyncSmtpConnection,
        mail: &Message,
        patience: &Patience,
    ) -> Result<(), ConnectionError> {
        let bytes = mail.formatted();
        let parameters = self.parameters(session, mail.envelope(), &bytes)?;
        let is_whole = AtomicBool::new(false);
        let sending = transmit(session, mail.envelope(), parameters, &bytes, &is_whole);
        let outcome = patience.wait_long(sending).await;
        let unconfirmed = |error: ConnectionError, cause: &str| {
            if is_whole.load(Ordering::Relaxed) {
                error.unconfirmed(&self.server(), cause).after_sending()
            } else {
                error
            }
        };
        match outcome {
            Ok(Ok(())) => {
                debug!("{}: {} bytes handed over", self.server(), bytes.len());
                Ok(())
            }
            Ok(Err(error)) if error.status().is_some() => {
                patience.quietly(session.quit()).await;
                Err(self.fault(&error))
            }
            Ok(Err(error)) => Err(unconfirmed(self.fault(&error), cause::of_mail(&error))),
            Err(late) => {
                let cause = format!("no answer within {} s", patience.call.as_secs_f64());
                Err(unconfirmed(late, &cause))
            }
        }
    }

    /// What MAIL says about a mail that is not in ASCII (RFC 6531, RFC 6152).
    fn parameters(
        &self,
        session: &AsyncSmtpConnection,
        envelope: &Envelope,
        bytes: &[u8],
    ) -> Result<Vec<MailParameter>, ConnectionError> {
        let takes = |extension| session.server_info().supports_feature(extension);
        let lacking = |lack, help| ConnectionError::mail_beyond_server(&self.server(), lack, help);
        let mut parameters = Vec::new();
        let mut addresses = envelope.to().iter().chain(envelope.from());
        if addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !takes(Extension::SmtpUtfEight) {
                return Err(lacking(
                    "it takes no addresses that are not ASCII before the `@` (SMTPUTF8)",
                    "write an address in ASCII, or leave that receiver out",
                ));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !bytes.is_ascii() {
            if !takes(Extension::EightBitMime) {
                return Err(lacking(
                    "it takes ASCII only (8BITMIME)",
                    "use an account of another server",
                ));
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(parameters)
    }

    /// Connects, over TLS where that is wanted.
    async fn open(
        &self,
        settings: &Settings,
        patience: &Patience,
    ) -> Result<AsyncSmtpConnection, ConnectionError> {
        let addresses = self.addresses(settings, patience).await?;
        let hello = ClientId::default();
        if self.security == Security::StartTls {
            return self
                .open_then_encrypt(&addresses, &hello, settings, patience)
                .await;
        }
        let tls = match self.security {
            Security::Tls => Some(self.tls(settings)?),
            _ => None,
        };
        let connecting = AsyncSmtpConnection::connect_tokio1(
            addresses.as_slice(),
            Some(settings.limits.connect),
            &hello,
            tls,
            None,
        );
        patience
            .wait(connecting)
            .await?
            .map_err(|error| self.fault(&error))
    }

    /// Connects in the open and begins TLS before anything else is said.
    async fn open_then_encrypt(
        &self,
        addresses: &[SocketAddr],
        hello: &ClientId,
        settings: &Settings,
        patience: &Patience,
    ) -> Result<AsyncSmtpConnection, ConnectionError> {
        let parameters = self.tls(settings)?;
        let connect = settings.limits.connect;
        let stream = timeout(connect, TcpStream::connect(addresses))
            .await
            .map_err(|_| ConnectionError::timeout(&self.server(), connect))?
            .map_err(|error| cause::unreachable(&self.server(), cause::of_mail(&error)))?;
        let line = Box::new(Line::new(stream));
        let greeting = AsyncSmtpConnection::connect_with_transport(line, hello);
        let mut session = patience
            .wait(greeting)
            .await?
            .map_err(|error| self.fault(&error))?;
        if !session.can_starttls() {
            patience.quietly(session.quit()).await;
            return Err(ConnectionError::no_starttls(
                self.usable.link(),
                &self.server(),
            ));
        }
        let starting = session.starttls(parameters, hello);
        patience
            .wait(starting)
            .await?
            .map_err(|error| self.fault(&error))?;
        Ok(session)
    }

    /// The addresses of the server, each of which may be called.
    async fn addresses(
        &self,
        settings: &Settings,
        patience: &Patience,
    ) -> Result<Vec<SocketAddr>, ConnectionError> {
        let guard = Guard {
            refuse_private: settings.refuse_private,
            proxies: Vec::new(),
        };
        let looking = tokio::net::lookup_host((self.host.as_str(), self.port));
        let found: Vec<SocketAddr> = match patience.wait(looking).await? {
            Ok(found) => found.collect(),
            Err(_) => {
                let cause = "its name is not known (DNS)";
                return Err(cause::unreachable(&self.server(), cause));
            }
        };
        for address in &found {
            guard.check(&self.host, address.ip()).map_err(refused)?;
        }
        if self.security == Security::None && !found.iter().all(|at| at.ip().is_loopback()) {
            return Err(ConnectionError::field_value(
                "Security",
                "\"none\"",
                "starttls or tls, since the server is another machine",
            ));
        }
        Ok(found)
    }

    /// What the certificate of the server is held against: as for web calls, what the system trusts and the CA file.
    fn tls(&self, settings: &Settings) -> Result<TlsParameters, ConnectionError> {
        let own = match &settings.ca_file {
            None => None,
            Some(path) => {
                let pem = crate::transport::read_ca_file(path)?;
                let cause = "found something else than certificates in PEM form";
                let parsed = Certificate::from_pem(&pem);
                Some(parsed.map_err(|_| ConnectionError::ca_file(path, cause))?)
            }
        };
        let build = |store: CertificateStore| {
            let mut builder = TlsParameters::builder(self.host.clone()).certificate_store(store);
            if let Some(certificate) = &own {
                builder = builder.add_root_certificate(certificate.clone());
            }
            builder.build()
        };
        // A machine without any certificate authorities trusts the CA file alone.
        build(CertificateStore::Default)
            .or_else(|_| build(CertificateStore::None))
            .map_err(|_| ConnectionError::no_tls())
    }

    /// What the server said: its status and its words, unless they repeat the password.
    fn answer(&self, error: &SmtpError) -> String {
        let status = error.status().map(|code| code.to_string());
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let secret = self.password.expose_secret();
        let words = if echo::repeats(&words, secret) {
            "(its words repeat a secret)".to_owned()
        } else {
            words
        };
        [status.unwrap_or_default(), words]
            .join(" ")
            .trim()
            .to_owned()
    }

    fn fault(&self, error: &SmtpError) -> ConnectionError {
        let server = self.server();
        if error.is_permanent() {
            return ConnectionError::mail_refused(&server, &self.answer(error));
        }
        if error.is_transient() {
            return ConnectionError::passing_failure(&server, &self.answer(error), 1);
        }
        if error.is_client() {
            // The library speaks by itself only of how to log in.
            return ConnectionError::mail_beyond_server(
                &server,
                "it offers no login with a password (PLAIN or LOGIN)",
                "use an account of a server that does, or none that asks for a password",
            );
        }
        cause::unreachable(&server, cause::of_mail(error))
    }
}

/// Says for whom a mail is and what it is. `is_whole` is set before its end is sent: from then on the server may deliver
/// it, whatever it says.
async fn transmit(
    session: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    parameters: Vec<MailParameter>,
    bytes: &[u8],
    is_whole: &AtomicBool,
) -> Result<(), SmtpError> {
    let from = envelope.from().cloned();
    session
        .command(commands::Mail::new(from, parameters))
        .await?;
    for receiver in envelope.to() {
        let receiver = commands::Rcpt::new(receiver.clone(), Vec::new());
        session.command(receiver).await?;
    }
    session.command(commands::Data).await?;
    // The library asks for a further part when it has written this one, and sends the end when there is none.
    let nothing_more = std::iter::from_fn(|| {
        is_whole.store(true, Ordering::Relaxed);
        None
    });
    let parts = std::iter::once(bytes).chain(nothing_more);
    session.message_iter(parts).await.map(drop)
}

/// How long to wait for a mail server.
struct Patience {
    host: String,
    read: Duration,
    call: Duration,
    end: Instant,
}

impl Patience {
    fn new(account: &Account<'_>, settings: &Settings) -> Self {
        Patience {
            host: account.server(),
            read: settings.limits.read,
            call: settings.limits.call,
            end: Instant::now() + settings.limits.call,
        }
    }

    /// Waits for one answer.
    async fn wait<T>(&self, answer: impl Future<Output = T>) -> Result<T, ConnectionError> {
        let left = self.end.saturating_duration_since(Instant::now());
        let (wait, named) = if left < self.read {
            (left, self.call)
        } else {
            (self.read, self.read)
        };
        timeout(wait, answer)
            .await
            .map_err(|_| ConnectionError::timeout(&self.host, named))
    }

    /// Waits for what may take all the time there is: a large mail on a slow line.
    async fn wait_long<T>(&self, answer: impl Future<Output = T>) -> Result<T, ConnectionError> {
        let left = self.end.saturating_duration_since(Instant::now());
        timeout(left, answer)
            .await
            .map_err(|_| ConnectionError::timeout(&self.host, self.call))
    }

    /// Says farewell; a server that does not answer is left.
    async fn quietly<T>(&self, farewell: impl Future<Output = T>) {
        let _ = self.wait(farewell).await;
    }
}
