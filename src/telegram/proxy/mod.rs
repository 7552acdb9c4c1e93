//! The connection from the Telegram library to a data centre: directly or through a proxy.
//!
//! ```text
//! library ──► relay on 127.0.0.1 ──► direct ─────────────────────────────► data centre
//!            (in this process)   ──► SOCKS5, HTTP CONNECT: proxy ────────► data centre
//!                                ──► MTProxy: other framing, obfuscated ─► proxy ─► data centre
//! ```
//! The library can only connect to an address. So each data centre has the address of a relay, which talks to the
//! proxy, reports progress and knows the step that failed.

mod dial;
mod fake_tls;
mod full;
mod http;
mod moving;
mod mtproxy;
mod own;
mod relay;
mod socks5;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

pub use self::dial::{DialError, Step};
pub(super) use self::full::frame;
pub(super) use self::relay::RelaySession;

use self::dial::Dialer;
use crate::domain::Instant;
use crate::domain::proxy::{Disguise, Proxy, ProxyKind};

/// The longest time for connecting together with the request that needs it, even if there is progress.
pub(super) const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// A data centre, and the proxy to it, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    pub proxy: Option<&'a Proxy>,
    pub dc: i32,
    pub target: SocketAddr,
    /// The system's time, which an MTProxy compares with its own.
    pub now: Instant,
}

/// The progress of a connection that is being made. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    steps: watch::Sender<u64>,
    failure: Mutex<Option<DialError>>,
}

impl Progress {
    /// Notes that a step was made.
    pub fn advance(&self) {
        self.0.steps.send_modify(|steps| *steps += 1);
    }

    /// Changes with each step.
    pub fn steps(&self) -> watch::Receiver<u64> {
        self.0.steps.subscribe()
    }

    fn fail(&self, error: DialError) {
        *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    /// Why there is no connection to a data centre.
    pub fn failure(&self) -> Option<DialError> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Does some work; `None` if `each` passes without a step, or if `all` passes.
pub(super) async fn while_progress<T>(
    work: impl Future<Output = T>,
    mut steps: watch::Receiver<u64>,
    each: Duration,
    all: Duration,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let work = async {
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                Ok(()) = steps.changed() => {}
                () = sleep(each) => return None,
            }
        }
    };
    timeout(all, work).await.ok().flatten()
}

/// The side that closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Local,
    Remote,
}

/// Carries a connection of the full transport to a data centre, until either side closes it. Calls `advance` for each
/// step, and for each piece of data from the data centre.
pub async fn carry(
    local: impl AsyncRead + AsyncWrite + Unpin,
    route: Route<'_>,
    advance: impl Fn() + Sync,
) -> Result<(), DialError> {
    let progress = Progress::default();
    let advance = || {
        progress.advance();
        advance();
    };
    let dialer = Dialer { route, advance: &advance, progress: &progress };
    let remote = dialer.dial().await?;
    forward(local, remote, &dialer).await
}

/// Carries a connection over `remote`, which leads to the data centre or to an MTProxy.
async fn forward(
    local: impl AsyncRead + AsyncWrite + Unpin,
    mut remote: impl AsyncRead + AsyncWrite + Unpin,
    dialer: &Dialer<'_>,
) -> Result<(), DialError> {
    let route = dialer.route;
    let heard = AtomicBool::new(false);
    let hear = || heard.store(true, Ordering::Relaxed);
    let end = match route.proxy.map(|proxy| &proxy.kind) {
        Some(ProxyKind::MtProxy(secret)) => match &secret.disguise {
            Disguise::Plain | Disguise::Padded => mtproxy::carry(local, remote, secret, route.dc, hear).await,
            Disguise::Tls(domain) => {
                dialer.greet(fake_tls::greet(&mut remote, &secret.key, domain, route.now)).await?;
                let (near, far) = tokio::io::duplex(fake_tls::MAX_RECORD);
                tokio::select! {
                    end = mtproxy::carry(local, near, secret, route.dc, hear) => end,
                    () = fake_tls::carry(far, remote) => End::Remote,
                }
            }
        },
        _ => carry_bytes(local, remote, hear).await,
    };
    match end {
        End::Remote if route.proxy.is_some() && !heard.load(Ordering::Relaxed) => Err(dialer.closed()),
        _ => Ok(()),
    }
}

async fn carry_bytes(
    local: impl AsyncRead + AsyncWrite + Unpin,
    remote: impl AsyncRead + AsyncWrite + Unpin,
    hear: impl Fn(),
) -> End {
    let (local_reader, local_writer) = tokio::io::split(local);
    let (remote_reader, remote_writer) = tokio::io::split(remote);
    tokio::select! {
        _ = copy(local_reader, remote_writer, || {}) => End::Local,
        _ = copy(remote_reader, local_writer, hear) => End::Remote,
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, each: impl Fn()) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match from.read(&mut buffer).await? {
            0 => return Ok(()),
            length => to.write_all(&buffer[..length]).await?,
        }
        each();
    }
}

#[cfg(test)]
mod tests;
