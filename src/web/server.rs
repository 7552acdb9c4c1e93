//! The server: limits the number and the lifetime of connections, and ends them on shutdown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::NaiveDate;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Rules, router};
use crate::domain::time::period::Scope;
use crate::error::{Error, Result};

/// Connections at once; further ones wait until one of these ends.
const MAX_CONNECTIONS: usize = 64;
/// Header-read and keep-alive timeout.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that a connection lasts.
const MAX_LIFETIME: Duration = Duration::from_secs(60);
/// How long a request that is under way has, once its connection is to end.
const GRACE_PERIOD: Duration = Duration::from_secs(5);
/// The longest head of a request, in bytes. Bodies are not read at all.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Delay after a failed `accept`, for example without free file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// A server that listens already.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

impl Server {
    pub async fn bind(
        listen: SocketAddr,
        rules: Rules,
        boards: impl Fn(Scope, Option<NaiveDate>) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<Server> {
        let failed = |error: std::io::Error| {
            Error::failed(format!("can't listen on {listen}: {error}"))
                .command("Name another address or port, e.g.", "swf web serve --listen 127.0.0.1:8081")
                .caused_by(error)
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server { listener, address, router: router(rules, Arc::new(boards)) })
    }

    /// Where it listens; the port is chosen by the system if it was given as 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop`, and then finishes what is under way.
    pub async fn run(self, stop: &CancellationToken) {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut connections = JoinSet::new();
        while let Some(next) = stop.run_until_cancelled(next(&self.listener, &slots)).await {
            while connections.try_join_next().is_some() {}
            match next {
                Ok((stream, slot)) => {
                    let (router, stop) = (self.router.clone(), stop.clone());
                    connections.spawn(async move {
                        converse(stream, router, &stop).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!("can't take a connection: {error}");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
        drop(self.listener);
        // Each ends within the grace period.
        while connections.join_next().await.is_some() {}
    }
}

async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, slot))
}

async fn converse(stream: TcpStream, router: Router, stop: &CancellationToken) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Ignore a client that disconnects.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(MAX_LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(GRACE_PERIOD, connection).await;
}
