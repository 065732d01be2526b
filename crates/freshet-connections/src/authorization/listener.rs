//! Takes the answers of browsers at a redirect URL on this machine.
//!
//! Whoever listens finishes any attempt of the registry, whichever process began it; the one that
//! waits reads the outcome there. Everybody on this machine can speak to the port, so a client gets
//! little room and little time, and an answer counts only with the state of an attempt.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Host, Url};

use super::page::AnswerPage;
use super::port::{HeldPort, LOOPBACK};
use crate::Connections;
use crate::error::ConnectionError;
use crate::service::hosts::is_loopback;

/// Largest head of a request, in bytes.
const HEAD: usize = 16 * 1024;
/// How long a client may take to ask, and again to read its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what a client still sends is read after its answer, so that it gets the answer at all.
const DRAIN: Duration = Duration::from_millis(500);

/// Who takes the answers at a redirect URL.
pub enum Listening {
    /// This process.
    Here(Listener),
    /// Another process with the same registry: it finishes every attempt.
    Elsewhere,
    /// Nobody can: the redirect URL is no plain http address of this machine. The answer is pasted.
    Nowhere,
}

/// Takes answers until it is closed or dropped.
pub struct Listener {
    port: u16,
    stop: watch::Sender<bool>,
    /// The one task that accepts clients. Ends with this set.
    tasks: JoinSet<()>,
}

impl Listener {
    /// The port it listens at.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Takes no more clients, and waits for those that are being answered.
    pub async fn close(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Connections {
    /// Listens for the answers of browsers where those for `link` come to. `port` as in
    /// [`StartOptions`](super::StartOptions), 0: a free one. Each attempt that is finished here remembers whether it is to
    /// be shown to work.
    ///
    /// # Errors
    /// C0001, C0028 when another program holds the port, C0092, and those of the registry.
    pub async fn listen(
        self: &Arc<Self>,
        link: &str,
        port: Option<u16>,
    ) -> Result<Listening, ConnectionError> {
        let registry = self.store.writing()?;
        let usable = registry.load_to_connect(link, &self.store.settings.owner)?;
        let redirect = usable.redirect_url(port);
        let Some((url, addresses)) = addresses(&redirect) else {
            return Ok(Listening::Nowhere);
        };
        let wanted = url.port_or_known_default().unwrap_or_default();
        let Some(held) = HeldPort::take(&registry, &addresses, wanted).await? else {
            return Ok(Listening::Elsewhere);
        };
        let port = held.port();
        let (stop, stopped) = watch::channel(false);
        let serving = Arc::new(Serving {
            connections: Arc::clone(self),
            path: url.path().to_owned(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(held.serve(stopped, move |stream, stopped| {
            serve(stream, Arc::clone(&serving), stopped)
        }));
        Ok(Listening::Here(Listener { port, stop, tasks }))
    }
}

/// Where to listen for a redirect URL; `None`: it is no plain http address of this machine.
fn addresses(redirect: &str) -> Option<(Url, Vec<IpAddr>)> {
    let url = Url::parse(redirect).ok()?;
    if url.scheme() != "http" || !is_loopback(&url) {
        return None;
    }
    let addresses = match url.host()? {
        Host::Ipv4(address) => vec![address.into()],
        Host::Ipv6(address) => vec![address.into()],
        Host::Domain(_) => LOOPBACK.to_vec(),
    };
    Some((url, addresses))
}

/// What every client of a listener needs.
struct Serving {
    connections: Arc<Connections>,
    path: String,
}

/// Answers one client. What goes wrong on the way to it concerns nobody.
async fn serve(mut stream: TcpStream, serving: Arc<Serving>, mut stopped: watch::Receiver<bool>) {
    let head = tokio::select! {
        head = timeout(PATIENCE, read_head(&mut stream)) => head,
        // Browsers open connections ahead and say nothing.
        _ = stopped.changed() => return,
    };
    let page = match head {
        Ok(Ok(Some(head))) => serving.answer(&head).await,
        Ok(Ok(None)) => AnswerPage::nothing(431, "The request is too long."),
        Ok(Err(_)) | Err(_) => return,
    };
    let _ = timeout(PATIENCE, write_page(&mut stream, &page)).await;
}

/// Reads until the head of the request is complete; `None`: it is too long.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(buffer.get(..read).unwrap_or_default());
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            head.truncate(end);
            return Ok((end <= HEAD).then_some(head));
        }
        if head.len() > HEAD {
            return Ok(None);
        }
    }
}

async fn write_page(stream: &mut TcpStream, page: &AnswerPage) -> io::Result<()> {
    let body = page.html();
    let allow = if page.status == 405 {
        "Allow: GET\r\n"
    } else {
        ""
    };
    let head = format!(
        "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n{allow}\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: {}\r\nConnection: close\r\n\r\n",
        page.status,
        reason(page.status),
        body.len(),
        AnswerPage::policy(),
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await?;
    // Closing with unread bytes would take the answer away from the client.
    let mut rest = [0; 2048];
    let _ = timeout(DRAIN, async {
        while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "Bad Request",
    }
}

impl Serving {
    /// What to answer a request: an attempt is finished for `GET` of the redirect URL with an
    /// answer, and nothing is done for anything else.
    async fn answer(&self, head: &[u8]) -> AnswerPage {
        let Ok(head) = std::str::from_utf8(head) else {
            return AnswerPage::nothing(400, "The request cannot be read.");
        };
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return AnswerPage::nothing(400, "The request cannot be read.");
        };
        if !version.starts_with("HTTP/1.") {
            return AnswerPage::nothing(400, "The request cannot be read.");
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != self.path {
            return AnswerPage::nothing(404, "There is no such page.");
        }
        if method != "GET" {
            return AnswerPage::nothing(405, "Only GET is answered here.");
        }
        let cookies = lines
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
            .map(|(_, value)| value);
        self.connections.answer_browser(query, cookies).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_on_this_machine_is_listened_at() {
        let at = |redirect: &str| addresses(redirect).map(|(_, addresses)| addresses);
        let [four, six] = LOOPBACK;
        assert_eq!(at("http://127.0.0.1:8713/callback"), Some(vec![four]));
        assert_eq!(at("http://localhost:8713/callback"), Some(vec![four, six]));
        assert_eq!(at("http://[::1]:8713/callback"), Some(vec![six]));
        assert_eq!(at("https://localhost:8713/callback"), None);
        assert_eq!(at("http://example.com/callback"), None);
    }
}
