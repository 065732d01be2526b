//! The line to a mail server before STARTTLS: it is read byte by byte, no further than the reply that is awaited.
//!
//! Whoever sits between could put replies of his own behind that of the server, in the open. A client that has read
//! them ahead takes them for what the server says over TLS (RFC 3207, 6). Here they stay unread, and the handshake,
//! which finds them in its way, fails.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The command after whose reply TLS begins.
const STARTTLS: &[u8] = b"STARTTLS";

/// A connection that is to become one over TLS.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    stage: Stage,
    /// The line of the reply that is being read.
    reply: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Commands and replies in the open.
    Open,
    /// STARTTLS was sent.
    Asked,
    /// Its reply was read: everything else is TLS.
    Tls,
}

impl Line {
    pub(super) fn new(stream: TcpStream) -> Self {
        Line {
            stream,
            stage: Stage::Open,
            reply: Vec::new(),
        }
    }

    /// Notes a byte of a reply. A reply ends with a line without a hyphen behind its status.
    fn heard(&mut self, byte: u8) {
        self.reply.push(byte);
        if byte != b'\n' {
            return;
        }
        let is_last = self.reply.get(3) != Some(&b'-');
        if is_last && self.stage == Stage::Asked {
            self.stage = Stage::Tls;
        }
        self.reply.clear();
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.stage == Stage::Tls {
            return Pin::new(&mut self.stream).poll_read(context, into);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut one))?;
        into.put_slice(one.filled());
        if let [byte] = one.filled() {
            self.heard(*byte);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.stage == Stage::Open && bytes.starts_with(STARTTLS) {
            self.stage = Stage::Asked;
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
