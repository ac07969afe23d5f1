//! The server around the routes: start, accept, stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::auth::Keys;
use crate::batch::Batches;
use crate::client::Peer;
use crate::config::Config;
use crate::db::Db;
use crate::errors::StartError;
use crate::links::Landings;
use crate::metrics::Metrics;
use crate::router::{Shared, cors, router};
use crate::snapshots;
use crate::tracking::{Views, Visits};

/// Largest head of a request, in bytes.
const HEAD: usize = 32 * 1024;

/// A server that is connected and bound, not yet serving.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    db: Db,
    writers: Vec<JoinHandle<()>>,
    /// The timer of snapshots; `None` when others make them.
    snapshots: Option<JoinHandle<()>>,
    header_timeout: Duration,
    shutdown_timeout: Duration,
    max_connections: usize,
}

/// Connects to the database, checks it, and binds the address. Errors are one line each and say what to do.
pub async fn build(config: Config) -> Result<Server, StartError> {
    let cors = cors(&origins(&config)?);
    let keys = Keys::new(config.admin_key()?);
    let db = Db::connect(&config).await?;
    if let Err(error) = db.ready().await {
        tracing::warn!("not ready: {}", error.message());
    }
    let cannot_listen = |error| StartError::new(format!("cannot listen on {}: {error}", config.listen));
    let listener = TcpListener::bind(&config.listen).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let metrics = Metrics::new();
    let (visits, mut writers) = Batches::start(Visits(db.clone()), config.bounds(), metrics.batches("visit"));
    let (views, view_writers) = Batches::start(Views(db.clone()), config.bounds(), metrics.batches("activity"));
    writers.extend(view_writers);
    let snapshots = match config.snapshot_every {
        Duration::ZERO => None,
        every => Some(snapshots::start(db.clone(), every, metrics.snapshots())),
    };
    let app = Shared {
        db: db.clone(),
        visits,
        views,
        keys,
        limits: config.limits(),
        landings: Landings::default(),
        metrics,
        trusted_proxies: usize::from(config.trusted_proxies),
        body_timeout: config.body_timeout,
        request_timeout: config.request_timeout,
    };
    Ok(Server {
        listener,
        address,
        router: router(Arc::new(app), cors, config.example_shop),
        db,
        writers,
        snapshots,
        header_timeout: config.header_timeout,
        shutdown_timeout: config.shutdown_timeout,
        max_connections: usize::from(config.max_connections),
    })
}

/// Checks the settings and the database without serving; says what is there.
pub async fn check(config: Config) -> Result<String, StartError> {
    origins(&config)?;
    config.admin_key()?;
    let db = Db::connect(&config).await?;
    let version = db.ready().await.map_err(|error| StartError::new(error.message()))?;
    db.close();
    Ok(format!("ready: extension, tables and server are of version {version}"))
}

fn origins(config: &Config) -> Result<Vec<HeaderValue>, StartError> {
    let origins = config.allow_origin.iter().map(|origin| {
        HeaderValue::from_str(origin.trim_end_matches('/'))
            .map_err(|_| StartError::new(format!("--allow-origin is not an origin: {origin:?}")))
    });
    origins.collect()
}

impl Server {
    /// The address it listens on, with the port the system chose when the configured one was 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then finishes what was accepted, at most for the shutdown timeout.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tracing::info!(address = %self.address, "listening");
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.header_timeout).max_buf_size(HEAD);
        let connections = Arc::new(Semaphore::new(self.max_connections));
        let graceful = GracefulShutdown::new();
        let mut stop = pin!(stop);
        loop {
            let accepted = async {
                let place = Arc::clone(&connections).acquire_owned().await.ok();
                (accept(&self.listener).await, place)
            };
            let ((stream, peer), place) = tokio::select! {
                () = &mut stop => break,
                accepted = accepted => accepted,
            };
            let router = self.router.clone();
            let service = service_fn(move |request| handle(router.clone(), peer, request));
            let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended early");
                }
                drop(place);
            });
        }
        drop(self.listener);
        drop(self.router);
        tracing::info!("stopping");
        // A fold in the database finishes there or is rolled back whole: nobody waits for it.
        if let Some(snapshots) = self.snapshots {
            snapshots.abort();
        }
        let finished = async {
            graceful.shutdown().await;
            // With the last request the queues close; the writers end when they have written what is left in them.
            for writer in self.writers {
                drop(writer.await);
            }
        };
        if tokio::time::timeout(self.shutdown_timeout, finished).await.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
        self.db.close();
        tracing::info!("stopped");
    }
}

/// The next connection. Errors of accept, such as no free file descriptors, pass by themselves.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no TCP_NODELAY");
                }
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn handle(
    router: Router,
    peer: SocketAddr,
    mut request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(Peer(peer));
    router.oneshot(request.map(Body::new)).await
}

/// Ready on SIGTERM or SIGINT.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        _ => {
            tracing::warn!("cannot listen for signals");
            std::future::pending::<()>().await;
        }
    }
}
