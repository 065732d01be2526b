//! A port of this machine at which the answers of browsers arrive: how it is held, and how clients are taken there.
//!
//! Whoever holds a port holds the lock of its number beside the registry too. So another process with the same registry
//! can tell that the port is in good hands, and reads there how its attempts ended.

use std::fs::{File, TryLockError};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Connections;
use crate::error::ConnectionError;
use crate::registry::Registry;

/// Most clients at a time; more wait until one has gone.
const CLIENTS: usize = 32;

/// Both addresses of this machine for itself: a browser may try either for `localhost`.
pub(super) const LOOPBACK: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

/// A port that this process listens at. Others of the same registry leave the answers of browsers to it.
pub struct HeldPort {
    port: u16,
    sockets: Vec<TcpListener>,
    /// Ends with this, or with the process.
    lock: File,
}

impl Connections {
    /// Listens at a port of 127.0.0.1 and ::1; 0: a free one.
    ///
    /// # Errors
    /// C0028 when another program has it, or another process that takes the answers for this registry; C0092, and those
    /// of the registry.
    pub async fn hold_port(&self, port: u16) -> Result<HeldPort, ConnectionError> {
        let registry = self.store.writing()?;
        let held = HeldPort::take(&registry, &LOOPBACK, port).await?;
        held.ok_or_else(|| in_use(SocketAddr::new(LOOPBACK[0], port)))
    }
}

impl HeldPort {
    /// Listens at a port of every address; 0: a free one. `None`: another process takes the answers there for this
    /// registry.
    ///
    /// # Errors
    /// C0028 when another program has it, C0086.
    pub(super) async fn take(
        registry: &Registry,
        addresses: &[IpAddr],
        wanted: u16,
    ) -> Result<Option<Self>, ConnectionError> {
        // Before the port itself: whoever does not get the port can tell by it who has it.
        let lock = registry.port_lock_file(wanted)?;
        if wanted != 0 && !locked(&lock, wanted)? {
            return Ok(None);
        }
        let (sockets, port) = bind(addresses, wanted).await?;
        Ok(Some(HeldPort {
            port,
            sockets,
            lock,
        }))
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets `answer` answer each client until told to stop. Then the port is free, and those that are being answered get
    /// their answers; `answer` is told as well, for those that have not asked yet.
    pub async fn serve<F>(
        self,
        mut stopped: watch::Receiver<bool>,
        answer: impl Fn(TcpStream, watch::Receiver<bool>) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut clients = JoinSet::new();
        loop {
            tokio::select! {
                _ = stopped.changed() => break,
                client = next(&self.sockets), if clients.len() < CLIENTS => match client {
                    Ok(stream) => {
                        clients.spawn(answer(stream, stopped.clone()));
                    }
                    // Too many open files: some will be closed.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                },
                Some(_) = clients.join_next() => {}
            }
        }
        drop(self.sockets);
        drop(self.lock);
        while clients.join_next().await.is_some() {}
    }
}

/// Takes the lock of a port; `false`: another process has it.
fn locked(lock: &File, port: u16) -> Result<bool, ConnectionError> {
    match lock.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(cause)) => Err(ConnectionError::registry_write(
            Path::new(&format!("locks/callback-{port}")),
            &cause.to_string(),
        )),
    }
}

fn in_use(at: SocketAddr) -> ConnectionError {
    ConnectionError::port_in_use(&at.to_string(), "is in use")
}

/// Listens at every address on one port; 0: a free one.
async fn bind(
    addresses: &[IpAddr],
    wanted: u16,
) -> Result<(Vec<TcpListener>, u16), ConnectionError> {
    let mut sockets: Vec<TcpListener> = Vec::new();
    let mut port = wanted;
    for &address in addresses {
        let at = SocketAddr::new(address, port);
        match TcpListener::bind(at).await {
            Ok(socket) => {
                port = socket.local_addr().map_or(port, |local| local.port());
                sockets.push(socket);
            }
            // A machine without IPv6.
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable && address.is_ipv6() => {}
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(in_use(at)),
            Err(error) => {
                let text = error.to_string();
                let text = text.split(" (os error").next().unwrap_or_default();
                let cause = format!("cannot be listened at: {}", text.to_lowercase());
                return Err(ConnectionError::port_in_use(&at.to_string(), &cause));
            }
        }
    }
    Ok((sockets, port))
}

/// The next client at any of the sockets.
async fn next(sockets: &[TcpListener]) -> io::Result<TcpStream> {
    poll_fn(|context| {
        for socket in sockets {
            if let Poll::Ready(accepted) = socket.poll_accept(context) {
                return Poll::Ready(accepted.map(|(stream, _)| stream));
            }
        }
        Poll::Pending
    })
    .await
}
