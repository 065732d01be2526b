//! A loopback HTTP server that records what arrives and answers as it is told, rubbish included.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query, to the letter.
    pub target: String,
    /// Names in lower case, values to the letter, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When all of it had arrived.
    pub at: Instant,
}

impl Request {
    /// The value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The target up to its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// What the server answers.
pub enum Reply {
    /// A well-formed reply; `content-length` is added.
    Full {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// These bytes as they are; then the connection is closed.
    Raw(Vec<u8>),
    /// These bytes one by one with a pause before each, until the client goes away.
    Drip { bytes: Vec<u8>, pause: Duration },
    /// Some bytes, then others again and again, until the client goes away.
    Endless { first: Vec<u8>, again: Vec<u8> },
    /// These bytes; then the connection is reset rather than closed.
    Reset(Vec<u8>),
    /// Nothing, until the client goes away or the server ends.
    Silence,
}

impl Reply {
    /// Status and body with a content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = match content_type {
            "" => Vec::new(),
            content_type => vec![("Content-Type".to_owned(), content_type.to_owned())],
        };
        Reply::Full {
            status,
            headers,
            body: body.into(),
        }
    }

    /// 200 with a JSON body.
    pub fn json(body: &str) -> Self {
        Reply::new(200, "application/json", body)
    }

    /// Adds a header to a well-formed reply.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Reply::Full { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
    /// One clone for each connection that is served: their count tells how many there are.
    served: Arc<()>,
    stopping: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stopping = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(AtomicUsize::new(0));
        let served = Arc::new(());
        let handler: Arc<Handler> = Arc::new(handler);
        let (record, count, stop) = (
            Arc::clone(&requests),
            Arc::clone(&connections),
            Arc::clone(&stopping),
        );
        let serving = Arc::downgrade(&served);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                count.fetch_add(1, Ordering::Relaxed);
                let (handler, record, stop) =
                    (Arc::clone(&handler), Arc::clone(&record), Arc::clone(&stop));
                let one_more = serving.upgrade();
                std::thread::spawn(move || {
                    serve(stream, &*handler, &record, &stop);
                    drop(one_more);
                });
            }
        });
        Self {
            address,
            requests,
            connections,
            served,
            stopping,
        }
    }

    /// `http://127.0.0.1:PORT` and `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Connections opened so far, with a request or without.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Waits until all that was sent by those who are gone has been answered.
    pub fn wait_until_quiet(&self) {
        // Connections are taken in their order: with the end of this one, all before it are being served.
        let mut last = TcpStream::connect(self.address).expect("it listens");
        last.shutdown(Shutdown::Write).expect("it is open");
        last.read_to_end(&mut Vec::new()).expect("it is closed");
        while Arc::strong_count(&self.served) > 1 {
            std::thread::yield_now();
        }
    }

    /// What has arrived so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .expect("no panic while recording")
            .clone()
    }

    /// The only request that has arrived.
    pub fn only(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(
            requests.len(),
            1,
            "exactly one request was expected: {requests:?}"
        );
        requests.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts; if nothing listens any more there is nothing to wake.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn serve(
    stream: TcpStream,
    handler: &Handler,
    record: &Mutex<Vec<Request>>,
    stopping: &AtomicBool,
) {
    let Ok(reading) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(reading);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        record
            .lock()
            .expect("no panic while recording")
            .push(request.clone());
        match handler(&request) {
            Reply::Full {
                status,
                headers,
                body,
            } => {
                let mut head = format!(
                    "HTTP/1.1 {status} Reply\r\nContent-Length: {}\r\n",
                    body.len()
                );
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                let body: &[u8] = if request.method == "HEAD" || status == 204 {
                    &[]
                } else {
                    &body
                };
                if writer
                    .write_all(head.as_bytes())
                    .and_then(|()| writer.write_all(body))
                    .is_err()
                {
                    return;
                }
            }
            Reply::Raw(bytes) => {
                let _ = writer.write_all(&bytes);
                return;
            }
            Reply::Drip { bytes, pause } => {
                for byte in bytes {
                    std::thread::sleep(pause);
                    if stopping.load(Ordering::Relaxed) || writer.write_all(&[byte]).is_err() {
                        return;
                    }
                }
                return;
            }
            Reply::Endless { first, again } => {
                let mut written = writer.write_all(&first);
                while written.is_ok() && !stopping.load(Ordering::Relaxed) {
                    written = writer.write_all(&again);
                }
                return;
            }
            Reply::Reset(bytes) => {
                let _ = writer.write_all(&bytes);
                // Waits until all is on its way, since a reset throws away what is not.
                let _ = writer.flush();
                let _ = socket2::SockRef::from(&writer).set_linger(Some(Duration::ZERO));
                return;
            }
            Reply::Silence => {
                // Ends when the client closes the connection.
                let mut byte = [0];
                let _ = writer.set_read_timeout(Some(Duration::from_millis(100)));
                while !stopping.load(Ordering::Relaxed) {
                    match reader.read(&mut byte) {
                        Ok(0) => return,
                        Ok(_) => {}
                        Err(error)
                            if matches!(
                                error.kind(),
                                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                            ) => {}
                        Err(_) => return,
                    }
                }
                return;
            }
        }
    }
}

/// The next request of a stream; `None` at its end.
pub fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        target,
        headers,
        body,
        at: Instant::now(),
    })
}
