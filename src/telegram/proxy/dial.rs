//! Connecting: to a data centre, or to a proxy that then connects to it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Route, http, socks5};
use crate::domain::proxy::{Proxy, ProxyKind};

/// How long one step may take: less than a request, so that the cause is known before the request is given up.
const STEP_TIMEOUT: Duration = Duration::from_secs(8);
/// How long one address is tried alone, before the next one of the same name is tried beside it.
const NEXT_ADDRESS: Duration = Duration::from_millis(500);

/// A step on the way to Telegram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The proxy's name is resolved.
    Name,
    Connection,
    /// The proxy answers as what it should be.
    Greeting,
    Password,
    /// The proxy connects to the data centre.
    Target,
    /// The data centre answers.
    Telegram,
}

/// Why there is no connection. The text is for the user, and has no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialError {
    pub step: Step,
    what: String,
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for DialError {}

impl DialError {
    /// What the user can do about a proxy.
    pub fn advice(&self) -> &'static str {
        match self.step {
            Step::Name | Step::Connection => "Check host and port in SWF_PROXY, and that the proxy runs.",
            Step::Greeting => "Check that SWF_PROXY begins with the right scheme, and has the right port.",
            Step::Password => "Correct user and password, or the secret, in SWF_PROXY.",
            Step::Target | Step::Telegram => "The proxy runs, and does not lead to Telegram. Use another one.",
        }
    }
}

/// Why a proxy does not connect, with the step.
pub(super) struct Refusal {
    pub step: Step,
    pub why: String,
}

impl Refusal {
    pub fn new(step: Step, why: impl Into<String>) -> Refusal {
        Refusal { step, why: why.into() }
    }
}

/// Makes one connection, step by step.
pub(super) struct Dialer<'a> {
    pub route: Route<'a>,
    pub advance: &'a (dyn Fn() + Sync),
}

impl Dialer<'_> {
    /// Connects to the data centre, through the proxy if there is one; to an MTProxy itself.
    pub async fn dial(&self) -> Result<TcpStream, DialError> {
        let target = self.route.target;
        let Some(proxy) = self.route.proxy else {
            return self.step(Step::Connection, connect_any(vec![target])).await;
        };
        let lookup = tokio::net::lookup_host((&*proxy.host, proxy.port));
        let addresses = self.step(Step::Name, lookup).await?.collect();
        let stream = self.step(Step::Connection, connect_any(addresses)).await?;
        match &proxy.kind {
            ProxyKind::Socks5(account) => socks5::connect(self, stream, account.as_ref(), target).await,
            ProxyKind::Http(account) => http::connect(self, stream, account.as_ref(), target).await,
            ProxyKind::MtProxy(_) => Ok(stream),
        }
    }

    /// Makes a step. It must be over in time.
    pub async fn step<T>(&self, step: Step, work: impl Future<Output = io::Result<T>>) -> Result<T, DialError> {
        match timeout(STEP_TIMEOUT, work).await {
            Ok(Ok(done)) => {
                (self.advance)();
                Ok(done)
            }
            Ok(Err(error)) => Err(self.failed(step, &cause(&error))),
            Err(_) => Err(self.failed(step, &format!("no answer within {} s", STEP_TIMEOUT.as_secs()))),
        }
    }

    /// Makes the step in which an MTProxy proves that it knows the secret.
    pub async fn greet(&self, work: impl Future<Output = io::Result<bool>>) -> Result<(), DialError> {
        let why = "it does not know the secret, or one of the two clocks is wrong";
        self.step(Step::Greeting, work).await?.then_some(()).ok_or_else(|| self.failed(Step::Password, why))
    }

    pub fn refused(&self, refusal: &Refusal) -> DialError {
        self.failed(refusal.step, &refusal.why)
    }

    /// The proxy has closed the connection without any data from Telegram.
    pub fn closed(&self) -> DialError {
        let why = match self.route.proxy.map(|proxy| &proxy.kind) {
            Some(ProxyKind::MtProxy(_)) => "the proxy closed the connection; its secret may be wrong",
            _ => "the connection was closed",
        };
        self.failed(Step::Telegram, why)
    }

    fn failed(&self, step: Step, why: &str) -> DialError {
        let Route { proxy, dc, target, .. } = self.route;
        let what = match (proxy, step) {
            (None, _) => format!("data centre {dc} at {target} can't be reached: {why}"),
            (Some(Proxy { host, .. }), Step::Name) => format!("the proxy's name {host} can't be resolved: {why}"),
            (Some(proxy), Step::Connection) => format!("the proxy {proxy} can't be reached: {why}"),
            (Some(proxy), Step::Greeting) => format!("the proxy {proxy} does not answer as one: {why}"),
            (Some(proxy), Step::Password) => format!("the proxy {proxy} does not let swf in: {why}"),
            (Some(proxy), Step::Target) => format!("the proxy {proxy} can't reach Telegram at {target}: {why}"),
            (Some(proxy), Step::Telegram) => format!("Telegram does not answer through the proxy {proxy}: {why}"),
        };
        DialError { step, what }
    }
}

/// Connects to the first address that answers.
async fn connect_any(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut addresses = addresses.into_iter();
    let mut tries = JoinSet::new();
    let mut failure = io::Error::other("it has no address");
    loop {
        match addresses.next() {
            Some(address) => drop(tries.spawn(TcpStream::connect(address))),
            None if tries.is_empty() => return Err(failure),
            None => {}
        }
        let is_last = addresses.len() == 0;
        tokio::select! {
            Some(tried) = tries.join_next() => match tried.map_err(io::Error::other).flatten() {
                Ok(stream) => {
                    // Only a matter of speed.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Err(error) => failure = error,
            },
            () = tokio::time::sleep(NEXT_ADDRESS), if !is_last => {}
        }
    }
}

/// What an error of the network means.
fn cause(error: &io::Error) -> String {
    use io::ErrorKind as K;
    match error.kind() {
        K::ConnectionRefused => "it refuses connections".into(),
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof => {
            "the connection was closed".into()
        }
        K::NetworkUnreachable | K::HostUnreachable | K::NetworkDown => "there is no network".into(),
        _ => error.to_string(),
    }
}
