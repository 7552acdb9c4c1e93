//! The server: limits the number and the lifetime of connections, and ends them on shutdown.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::access::{Failures, Rules, client};
use super::connections::{Connections, Slot};
use super::gate::Peer;
use super::health::Requests;
use super::{Content, router};
use crate::error::{Error, Result};

/// How long a client may take to send the head of a request. A connection without a request is closed after this time,
/// too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum lifetime of a connection.
const MAX_LIFETIME: Duration = Duration::from_secs(60);
/// How long the current request may still take after its connection should end.
const GRACE_PERIOD: Duration = Duration::from_secs(5);
/// The maximum size of the head of a request, in bytes. Bodies are not read: a connection with an unread body is closed
/// after the answer.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Delay after a failed `accept`, for example without free file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);
/// How often failures with the secret are logged.
const LOG_INTERVAL: Duration = Duration::from_secs(60);
/// A server that is bound to its address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    site: Site,
}

/// The state that all connections share.
#[derive(Clone)]
struct Site {
    router: Router,
    rules: Arc<Rules>,
    requests: Arc<Requests>,
    connections: Connections,
    failures: Arc<Failures>,
}

impl Server {
    pub async fn bind(listen: SocketAddr, rules: Rules, content: Content) -> Result<Server> {
        let listener = TcpListener::bind(listen).await.map_err(|error| failed(listen, error))?;
        Server::on(listener, listen, rules, content)
    }

    /// As [`Server::bind`], on a socket that another program has opened, such as systemd.
    pub fn take(listener: std::net::TcpListener, rules: Rules, content: Content) -> Result<Server> {
        let address = listener.local_addr().unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
        let listener = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
        Server::on(listener.map_err(|error| failed(address, error))?, address, rules, content)
    }

    fn on(listener: TcpListener, listen: SocketAddr, rules: Rules, content: Content) -> Result<Server> {
        let address = listener.local_addr().map_err(|error| failed(listen, error))?;
        let (rules, requests) = (Arc::new(rules), Arc::new(Requests::default()));
        let router = router(Arc::clone(&rules), Arc::clone(&requests), content);
        let site = Site { router, rules, requests, connections: Connections::default(), failures: Arc::default() };
        Ok(Server { listener, address, site })
    }

    /// The address on which it listens. If the port was given as 0, this has the one that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop`, and then finishes the current requests.
    pub async fn run(self, stop: &CancellationToken) {
        let mut conversations = JoinSet::new();
        let mut log = tokio::time::interval(LOG_INTERVAL);
        // The first tick would come at once, and end a minute that has only begun.
        log.reset();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = log.tick() => self.site.failures.log(),
                Some(_) = conversations.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        // If there is no room, the connection is closed.
                        if let Some(slot) = self.site.connections.open(client(address.ip())) {
                            conversations.spawn(converse(stream, address.ip(), slot, self.site.clone(), stop.clone()));
                        }
                    }
                    Err(error) => {
                        tracing::warn!("can't take a connection: {error}");
                        self.site.connections.end_quietest();
                        tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                    }
                },
            }
        }
        drop(self.listener);
        // Each of them ends within the grace period.
        while conversations.join_next().await.is_some() {}
        self.site.failures.log();
    }
}

fn failed(listen: SocketAddr, error: std::io::Error) -> Error {
    Error::failed(format!("can't listen on {listen}: {error}"))
        .command("Choose another address or port, e.g.", "swf web serve --listen 127.0.0.1:8081")
        .caused_by(error)
}

async fn converse(stream: TcpStream, peer: IpAddr, slot: Slot, site: Site, stop: CancellationToken) {
    // Without this, the end of a long answer may wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(request, peer, &slot, &site));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Ignore a client that disconnects.
        _ = connection.as_mut() => return,
        () = slot.end.cancelled() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(MAX_LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(GRACE_PERIOD, connection).await;
}

/// Answers a request. A client without the right secret has to wait for its refusal. Meanwhile its connection counts as
/// quiet, so it does not block others.
async fn answer(
    mut request: Request<Incoming>,
    peer: IpAddr,
    slot: &Slot,
    site: &Site,
) -> std::result::Result<Response, Infallible> {
    let who = client(site.rules.front.client(peer, request.headers()));
    request.extensions_mut().insert(Peer(peer));
    let busy = slot.busy();
    let response = TowerToHyperService::new(site.router.clone()).call(request).await?;
    drop(busy);
    site.requests.count(response.status());
    if response.status() == StatusCode::UNAUTHORIZED {
        tokio::time::sleep(site.failures.add(who)).await;
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use secrecy::SecretString;

    use super::*;
    use crate::domain::Instant;
    use crate::web::cache::{Asked, Boards, Revised};
    use crate::web::connections::MAX_CLIENT_CONNECTIONS;
    use crate::web::health::{Health, Metric};

    struct Well;

    impl Health for Well {
        fn problems(&self) -> Vec<String> {
            Vec::new()
        }

        fn metrics(&self) -> Vec<Metric> {
            Vec::new()
        }
    }

    struct NoBoards;

    impl Boards for NoBoards {
        fn revision(&self, _: Asked) -> Result<String> {
            Err(Error::failed("no board"))
        }

        fn compute(&self, _: Asked) -> Result<Revised> {
            Err(Error::failed("no board"))
        }
    }

    #[tokio::test]
    async fn connections_that_wait_for_a_refusal_make_room_for_others() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let secret = Some(SecretString::from("0123456789abcdef"));
        let rules = Rules::new(|_| None, secret, Path::new(".env.local"), listen, false, Instant(0)).unwrap();
        let content = Content { groups: vec![None], boards: Box::new(NoBoards), health: Box::new(Well), pages: None };
        let server = Server::bind(listen, rules, content).await.unwrap();
        let (address, site, stop) = (server.address(), server.site.clone(), CancellationToken::new());
        let client = client(address.ip());
        let until = stop.clone();
        let running = tokio::spawn(async move { server.run(&until).await });
        // From now on, refusals have the maximum delay.
        for _ in 0..100 {
            site.failures.add(client);
        }
        let mut guesses = Vec::new();
        for _ in 0..MAX_CLIENT_CONNECTIONS {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /api/admin/state HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            guesses.push(stream);
        }
        while site.failures.of(client) < 100 + MAX_CLIENT_CONNECTIONS as u32 {
            tokio::task::yield_now().await;
        }
        assert!(site.connections.open(client).is_some());
        drop(guesses);
        stop.cancel();
        running.await.unwrap();
    }
}
