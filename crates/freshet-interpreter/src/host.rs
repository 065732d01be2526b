//! What the world outside a script offers: the only way out of the interpreter.

use crate::error::Ending;

/// The world outside a script.
pub trait Host {
    /// Writes one line of `info` output; `line` has no line end.
    ///
    /// # Errors
    /// When the output is closed or its limit is reached.
    fn print(&mut self, line: &str) -> Result<(), HostError>;

    /// Says something to the person who runs the script (`openUrl`, warnings of a call): standard error.
    fn notice(&mut self, line: &str);

    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now(&mut self) -> i64;

    /// Sixty-four random bits.
    fn random(&mut self) -> u64;

    /// Performs a web call, with the credential of its connection.
    ///
    /// # Errors
    /// Whatever keeps a reply from arriving; a status outside 2xx is a reply.
    fn send(&mut self, call: UrlCall) -> Result<UrlReply, HostError>;

    /// Sends a mail.
    ///
    /// # Errors
    /// When there is no account, or it refuses.
    fn send_mail(&mut self, mail: Mail) -> Result<(), HostError>;

    /// True once the run is to stop.
    fn cancelled(&self) -> bool;
}

/// A web call of a script, before a credential is added.
#[derive(Clone, Debug)]
pub struct UrlCall {
    /// Method, address, headers and body.
    pub request: http::Request<Vec<u8>>,
    /// Link name of the connection.
    pub connection: Option<String>,
    /// The script sees the status of the reply, and not only its body.
    pub shows_status: bool,
}

/// The reply to a web call.
#[derive(Clone, Debug)]
pub struct UrlReply {
    /// Status, headers and body; the body decompressed. `None` in a dry run, in which nothing was sent.
    pub response: Option<http::Response<Vec<u8>>>,
    /// The address that answered, after redirects, without what the connection added.
    pub address: String,
}

/// A mail of a script.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Sender.
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

/// Why the host could not do what a script asked for.
#[derive(Clone, Debug)]
pub struct HostError {
    /// Stable name, `C…` or `R…`.
    pub code: &'static str,
    /// What happened; without secrets.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    /// What it means for the run.
    pub ending: Ending,
}
