//! What went wrong on the way, in words: never the text of the HTTP library, which shows addresses
//! with their queries.

use std::error::Error as StdError;
use std::io;

use super::guard::Refused;
use crate::error::ConnectionError;

/// What an error of the HTTP library comes down to.
pub(super) enum Cause {
    /// No answer in time while connecting.
    ConnectTimeout,
    /// The address guard said no while resolving.
    Refused(Refused),
    /// Anything else, in words.
    Words(&'static str),
}

/// Reads the chain of causes. `receiving` tells whether a reply had begun.
pub(super) fn of(error: &reqwest::Error, receiving: bool) -> Cause {
    if error.is_timeout() {
        return Cause::ConnectTimeout;
    }
    let mut text = String::new();
    let mut io_kind = None;
    let mut link: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(inner) = link {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return Cause::Refused(refused.clone());
        }
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            io_kind = Some(inner.kind());
            // An io::Error made from another error hides it from `source`.
            if let Some(refused) = inner
                .get_ref()
                .and_then(|held| held.downcast_ref::<Refused>())
            {
                return Cause::Refused(refused.clone());
            }
        }
        // Only looked at here, to tell kinds apart; never shown.
        text.push_str(&inner.to_string().to_ascii_lowercase());
        text.push('\n');
        link = inner.source();
    }
    Cause::Words(words(&text, io_kind, error, receiving))
}

/// What an error of the mail library comes down to, in words: never its own text either.
pub(crate) fn of_mail(error: &(dyn StdError + 'static)) -> &'static str {
    let mut text = String::new();
    let mut io_kind = None;
    let mut link = Some(error);
    while let Some(inner) = link {
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            io_kind = Some(inner.kind());
        }
        text.push_str(&inner.to_string().to_ascii_lowercase());
        text.push('\n');
        link = inner.source();
    }
    if let Some((_, meaning)) = TLS.iter().find(|(mark, _)| text.contains(mark)) {
        return meaning;
    }
    match io_kind {
        Some(io::ErrorKind::TimedOut) => "no connection in time",
        Some(io::ErrorKind::UnexpectedEof) => "it closed the connection without an answer",
        _ if text.contains("incomplete response") => "it closed the connection without an answer",
        kind => of_io(kind).unwrap_or_else(|| match text.contains("response") {
            true => UNREADABLE_MAIL,
            false => "no connection",
        }),
    }
}

/// The error of a host that cannot be reached for the reason that these words say.
pub(crate) fn unreachable(host: &str, words: &str) -> ConnectionError {
    let told = ConnectionError::unreachable(host, words);
    match may_pass(words) {
        true => told.in_passing(),
        false => told,
    }
}

/// What happened to the connection itself.
fn of_io(kind: Option<io::ErrorKind>) -> Option<&'static str> {
    match kind? {
        io::ErrorKind::ConnectionRefused => Some("connection refused"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Some("no route to it")
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some("it broke the connection off"),
        _ => None,
    }
}

/// TLS faults by what the TLS library's text contains, in the order they are looked for.
const TLS: [(&str, &str); 8] = [
    (
        "unknownissuer",
        "its certificate is signed by no authority this system knows (a CA file may be added with FRESHET_CA_FILE)",
    ),
    (
        "no ca certificates",
        "this system has no list of certificate authorities (install one, or name a file with FRESHET_CA_FILE)",
    ),
    ("notvalidforname", "its certificate is for another name"),
    ("expired", "its certificate has expired"),
    (
        "notvalidyet",
        "its certificate is not valid yet (is the clock of this machine right?)",
    ),
    ("revoked", "its certificate was revoked"),
    (
        "invalid peer certificate",
        "its certificate was not accepted",
    ),
    (
        "received corrupt message",
        "it does not speak TLS on this port",
    ),
];

/// Whether what these words say may be over at the next try. What a certificate says, or what an answer looks like,
/// will be the same.
fn may_pass(words: &str) -> bool {
    let stays = [UNREADABLE, UNREADABLE_MAIL, UNDECODABLE];
    !TLS.iter().any(|(_, meaning)| *meaning == words) && !stays.contains(&words)
}

const UNREADABLE: &str = "its answer is not HTTP this program can read";
const UNREADABLE_MAIL: &str = "its answer is no SMTP this program can read";
const UNDECODABLE: &str = "its reply cannot be decompressed";

fn words(
    text: &str,
    io_kind: Option<io::ErrorKind>,
    error: &reqwest::Error,
    receiving: bool,
) -> &'static str {
    if text.contains("dns error") || text.contains("failed to lookup address") {
        return "its name is not known (DNS)";
    }
    if let Some((_, meaning)) = TLS.iter().find(|(mark, _)| text.contains(mark)) {
        return meaning;
    }
    if text.contains("tunnel") || text.contains("proxy") {
        return "the proxy did not let the connection through";
    }
    if let Some(words) = of_io(io_kind) {
        return words;
    }
    if text.contains("alert") || text.contains("handshake") {
        return "the TLS handshake failed";
    }
    if error.is_decode() && !text.contains("body") {
        return UNDECODABLE;
    }
    let ended = ["end of file", "eof", "closed", "incomplete"];
    if ended.iter().any(|mark| text.contains(mark)) {
        return if receiving {
            "the reply broke off"
        } else {
            "it closed the connection without an answer"
        };
    }
    if text.contains("parse")
        || text.contains("invalid")
        || text.contains("header")
        || text.contains("large")
    {
        return UNREADABLE;
    }
    if error.is_connect() {
        "no connection"
    } else {
        "the exchange failed"
    }
}
