//! Sends one already authenticated request, safely: redirects by a loop of our own, the address
//! guard on every hop, and limits on time and size.

pub(crate) mod cause;
pub(crate) mod guard;
mod redirect;

use std::env;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{Method, StatusCode};
use reqwest::{Certificate, Client, Response};
use tokio::time::timeout;
use tracing::debug;
use url::Url;

use crate::error::{self, ConnectionError, shown};
use crate::pipe::read_at_most;
use crate::scheme::{Additions, Secrets};
use crate::settings::{Limits, Settings};
use cause::Cause;
use guard::{Guard, GuardedResolver, OfTheSystem, Refused};

/// How a pooled connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(60);

/// Headers that belong to one connection between two machines (RFC 9110, 7.6.1) or to the framing
/// of a body. The client sets them; a value from a script could only contradict what is sent.
const OF_THE_CLIENT: [HeaderName; 6] = [
    CONNECTION,
    CONTENT_LENGTH,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// A request as the script made it, its address parsed. Without a credential until
/// [`Additions::apply`] makes another one of it.
#[derive(Clone)]
pub(crate) struct WireRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The body is form pairs, whatever type it declares.
    pub form: bool,
}

impl WireRequest {
    /// Without headers and body.
    pub(crate) fn new(method: Method, url: Url) -> Self {
        WireRequest {
            method,
            url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            form: false,
        }
    }

    /// Method, host and path, for messages: a query may hold a key, so it is never shown.
    pub(crate) fn described(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self
            .url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let path = shown(self.url.path());
        format!("{} {}{port}{path}", self.method, shown(host))
    }
}

/// One request to send, and how.
pub(crate) struct Exchange {
    pub request: WireRequest,
    /// What goes with it as long as scheme, host and port stay the same.
    pub additions: Additions,
    /// Follow redirects, or give them back as they are.
    pub follow: bool,
    pub limits: Limits,
}

/// What came back.
pub(crate) struct Arrival {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Where it came from, without what the connection added.
    pub url: Url,
    /// Redirects followed.
    pub hops: usize,
    /// Whether the additions were still on the last request.
    pub authenticated: bool,
}

impl Arrival {
    /// The host that answered, where a redirect led away from the one that was asked: the credential stayed behind
    /// (connections, 10), so the reply says nothing about it.
    pub(crate) fn led_to(&self) -> Option<String> {
        (!self.authenticated).then(|| shown(&host_of(&self.url)))
    }
}

/// A future that a transport returns.
pub(crate) type Sending<'a> =
    Pin<Box<dyn Future<Output = Result<Arrival, ConnectionError>> + Send + 'a>>;

/// Sends one request.
pub(crate) trait Transport: Send + Sync {
    /// # Errors
    /// C0008 (address guard), C0011 (time), C0012 (no connection), C0013 (size), C0014 (redirect),
    /// and those of [`Additions::apply`].
    fn send(&self, exchange: Exchange) -> Sending<'_>;
}

/// HTTP over one pooled client. The client is made at the first request: reading the system's
/// certificates takes longer than the rest of a start.
pub(crate) struct HttpTransport {
    client: OnceLock<Result<Client, ConnectionError>>,
    guard: Arc<Guard>,
    ca_file: Option<PathBuf>,
    connect: Duration,
    idle_connections: usize,
}

impl HttpTransport {
    pub(crate) fn new(settings: &Settings) -> Self {
        HttpTransport {
            client: OnceLock::new(),
            guard: Arc::new(Guard {
                refuse_private: settings.refuse_private,
                proxies: proxy_hosts(),
            }),
            ca_file: settings.ca_file.clone(),
            connect: settings.limits.connect,
            idle_connections: settings.idle_connections,
        }
    }

    fn client(&self) -> Result<&Client, ConnectionError> {
        let client = self.client.get_or_init(|| {
            let extra = self
                .ca_file
                .as_deref()
                .map_or(Ok(Vec::new()), read_certificates)?;
            // A machine without any certificate authorities can still call loopback services: the
            // client is then made with an empty list, and every https server is refused.
            self.build(extra, false)
                .or_else(|_| self.build(Vec::new(), true))
                .map_err(|_| ConnectionError::no_tls())
        });
        client.as_ref().map_err(ConnectionError::clone)
    }

    /// Whether the system trusts any certificate authority.
    ///
    /// # Errors
    /// C0019 if the added certificates cannot be read.
    pub(crate) fn trust(&self) -> Result<bool, ConnectionError> {
        let extra = self
            .ca_file
            .as_deref()
            .map_or(Ok(Vec::new()), read_certificates)?;
        Ok(self.build(extra, false).is_ok())
    }

    fn build(&self, certificates: Vec<Certificate>, only_these: bool) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .user_agent(concat!("Freshet/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .dns_resolver(GuardedResolver {
                guard: Arc::clone(&self.guard),
                asked: OfTheSystem,
            })
            .connect_timeout(self.connect)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(self.idle_connections);
        if only_these {
            builder.tls_certs_only(certificates).build()
        } else if certificates.is_empty() {
            builder.build()
        } else {
            builder.tls_certs_merge(certificates).build()
        }
    }

    async fn follow(&self, exchange: Exchange) -> Result<Arrival, ConnectionError> {
        let Exchange {
            mut request,
            additions,
            follow,
            limits,
        } = exchange;
        let end = Instant::now() + limits.call;
        let mut authenticated = true;
        for name in OF_THE_CLIENT {
            request.headers.remove(name);
        }
        for hops in 0..=redirect::MAX_HOPS {
            let sent = if authenticated {
                additions.apply(&request, Secrets::Sent)?
            } else {
                request.clone()
            };
            let patience = Patience {
                host: host_of(&request.url),
                limits,
                connect: self.connect,
                end,
            };
            let response = self.exchange(sent, &patience).await?;
            if !follow || !redirect::is_redirect(response.status()) {
                let (status, headers) = (response.status(), response.headers().clone());
                let body = read_body(response, &patience).await?;
                return Ok(Arrival {
                    status,
                    headers,
                    body,
                    url: request.url,
                    hops,
                    authenticated,
                });
            }
            let (next, moved) =
                redirect::next(&request, response.status(), response.headers(), &additions)?;
            authenticated &= !moved;
            request = next;
        }
        Err(ConnectionError::bad_redirect(&format!(
            "more than {} in a row",
            redirect::MAX_HOPS
        )))
    }

    /// Sends one request and waits for the head of its reply.
    async fn exchange(
        &self,
        sent: WireRequest,
        patience: &Patience,
    ) -> Result<Response, ConnectionError> {
        self.guard.check_url(&sent.url).map_err(refused)?;
        let client = self.client()?;
        // Not the path: secrets stand in some.
        let (method, begun) = (sent.method.clone(), Instant::now());
        let mut request = reqwest::Request::new(sent.method, sent.url);
        *request.headers_mut() = sent.headers;
        if !sent.body.is_empty() {
            *request.body_mut() = Some(sent.body.into());
        }
        let answer = patience.wait(client.execute(request)).await;
        let answer =
            answer.and_then(|answer| answer.map_err(|error| patience.explain(&error, false)));
        let (host, elapsed) = (&patience.host, begun.elapsed().as_millis());
        match &answer {
            Ok(response) => debug!("{method} {host}: {}, {elapsed} ms", response.status()),
            Err(error) => debug!("{method} {host}: {error} ({}), {elapsed} ms", error.code()),
        }
        answer
    }
}

impl Transport for HttpTransport {
    fn send(&self, exchange: Exchange) -> Sending<'_> {
        Box::pin(self.follow(exchange))
    }
}

/// Reads a body by chunks, since neither a declared length nor the size on the wire says how much
/// comes out of a decompressor.
async fn read_body(
    mut response: Response,
    patience: &Patience,
) -> Result<Vec<u8>, ConnectionError> {
    let most = patience.limits.reply;
    let too_large = || ConnectionError::reply_too_large(&patience.host, most);
    if response
        .content_length()
        .is_some_and(|declared| declared > most)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = patience
        .wait(response.chunk())
        .await?
        .map_err(|error| patience.explain(&error, true))?
    {
        if (body.len() + chunk.len()) as u64 > most {
            return Err(too_large());
        }
        // Where the system has no room for it, the others go on.
        body.try_reserve(chunk.len())
            .map_err(|_| ConnectionError::reply_without_room(&patience.host, body.len() as u64))?;
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// How long to wait for one host.
struct Patience {
    host: String,
    limits: Limits,
    connect: Duration,
    /// When the whole call has to be over.
    end: Instant,
}

impl Patience {
    /// Waits for the next sign of life, or until the whole call is over its time.
    async fn wait<T>(&self, answer: impl Future<Output = T>) -> Result<T, ConnectionError> {
        let left = self.end.saturating_duration_since(Instant::now());
        let (wait, named) = if left < self.limits.read {
            (left, self.limits.call)
        } else {
            (self.limits.read, self.limits.read)
        };
        timeout(wait, answer)
            .await
            .map_err(|_| ConnectionError::timeout(&self.host, named).after_sending())
    }

    fn explain(&self, error: &reqwest::Error, receiving: bool) -> ConnectionError {
        match cause::of(error, receiving) {
            Cause::ConnectTimeout => ConnectionError::timeout(&self.host, self.connect),
            Cause::Refused(found) => refused(found),
            Cause::Words(words) => {
                let told = cause::unreachable(&self.host, words);
                if error.is_connect() {
                    told
                } else {
                    told.after_sending()
                }
            }
        }
    }
}

/// The error for an address that the guard refuses.
pub(crate) fn refused(found: Refused) -> ConnectionError {
    if found.metadata {
        ConnectionError::metadata_address(&found.host, &found.address)
    } else {
        ConnectionError::private_address(&found.host, &found.address)
    }
}

/// Host, and port where it is not the usual one.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The certificates of a CA file.
///
/// # Errors
/// C0019.
fn read_certificates(path: &Path) -> Result<Vec<Certificate>, ConnectionError> {
    let text = read_ca_file(path)?;
    let found = Certificate::from_pem_bundle(&text).map_err(|_| {
        ConnectionError::ca_file(path, "found something else than certificates in PEM form")
    })?;
    if found.is_empty() {
        let cause = "found no certificate in PEM form";
        return Err(ConnectionError::ca_file(path, cause));
    }
    Ok(found)
}

/// All of a CA file.
///
/// # Errors
/// C0019.
pub(crate) fn read_ca_file(path: &Path) -> Result<Vec<u8>, ConnectionError> {
    /// More than the list of any system has, in bytes.
    const MOST: u64 = 16 * 1024 * 1024;
    read_at_most(path, MOST).map_err(|error| ConnectionError::ca_file(path, &error::cause(&error)))
}

/// The host names of the proxies that the client will read from the environment.
fn proxy_hosts() -> Vec<String> {
    ["http_proxy", "https_proxy", "all_proxy"]
        .into_iter()
        .flat_map(|name| [name.to_owned(), name.to_uppercase()])
        .filter_map(|name| env::var(name).ok())
        .filter_map(|text| {
            let with_scheme = if text.contains("://") {
                text
            } else {
                format!("http://{text}")
            };
            Url::parse(&with_scheme).ok()?.host_str().map(str::to_owned)
        })
        .collect()
}
