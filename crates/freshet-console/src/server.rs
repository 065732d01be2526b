//! The addresses of the pages, and how clients are served: one request a connection, with little room and little time,
//! since everybody on this machine can speak to the port.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::get;
use freshet_connections::{Connections, HeldPort};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::access::{self, Access};
use crate::{Ended, Options, callback, connection, connections, errors, log, page};

/// Largest head of a request, in bytes.
const HEAD: usize = 16 * 1024;
/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take in all: an answer may wait for a service, and a page for its reader.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// How long what a client still sends is read after its answer, so that it gets the answer at all.
const DRAIN: Duration = Duration::from_millis(500);
/// Between two looks at whether this is to end.
const LOOK: Duration = Duration::from_millis(50);

/// What every page needs.
pub struct Site {
    pub connections: Arc<Connections>,
    pub access: Access,
    pub options: Options,
    /// When somebody last asked for something.
    asked: Mutex<Instant>,
}

impl Site {
    pub fn new(connections: Arc<Connections>, access: Access, options: Options) -> Self {
        Site {
            connections,
            access,
            options,
            asked: Mutex::new(Instant::now()),
        }
    }

    /// Somebody asked for something.
    pub fn asked(&self) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_idle(&self) -> bool {
        let asked = *self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.elapsed() >= self.options.idle
    }
}

/// The pages. Whatever is asked for passes `access::guard` first.
fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/connections")))
        .route("/open", get(access::open))
        .route("/callback", get(callback::show))
        .route("/style.css", get(page::style))
        .route("/connections", get(connections::show))
        .route("/connections/{link}", get(connection::show))
        .route("/connections/{link}/log", get(log::show))
        .route("/errors/{code}", get(errors::show))
        .fallback(page::nothing_here)
        .layer(from_fn_with_state(Arc::clone(&site), access::guard))
        .with_state(site)
}

/// Serves until it is told to stop, or nobody has asked for anything for a while.
pub async fn run(port: HeldPort, site: Arc<Site>, cancelled: &AtomicBool) -> Ended {
    let (stop, stopped) = watch::channel(false);
    let router = router(Arc::clone(&site));
    let serving = port.serve(stopped, |stream, stopped| {
        answer(stream, router.clone(), stopped)
    });
    let ending = async {
        let ended = end(&site, cancelled).await;
        stop.send_replace(true);
        ended
    };
    tokio::join!(serving, ending).1
}

/// Waits for the end.
async fn end(site: &Site, cancelled: &AtomicBool) -> Ended {
    loop {
        if cancelled.load(Ordering::Relaxed) {
            return Ended::Cancelled;
        }
        if site.is_idle() {
            return Ended::Idle;
        }
        sleep(LOOK).await;
    }
}

/// Answers one client. What goes wrong on the way to it concerns nobody.
async fn answer(stream: TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    let mut client = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(HEAD)
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let served = async {
        tokio::select! {
            served = &mut client => return served,
            // Browsers open connections ahead and say nothing.
            _ = stopped.changed() => Pin::new(&mut client).graceful_shutdown(),
        }
        (&mut client).await
    };
    let _ = timeout(LONGEST, served).await;
    let mut stream = client.into_parts().io.into_inner();
    // Closing with unread bytes would take the answer away from the client.
    let _ = stream.shutdown().await;
    let mut rest = [0; 2048];
    let _ = timeout(DRAIN, async {
        while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    })
    .await;
}
