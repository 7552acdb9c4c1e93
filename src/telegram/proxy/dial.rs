//! Connecting to a data centre, or to a proxy that connects to it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::moving::Moving;
use super::{MAX_TIMEOUT, Progress, Route, http, socks5, while_progress};
use crate::domain::proxy::{Proxy, ProxyKind};

/// How long one step may take without any data. This is shorter than the timeout of a request, so that the cause is
/// known before the request fails.
pub(super) const STEP_TIMEOUT: Duration = Duration::from_secs(8);
/// How long one address is tried alone before the next address of the name is tried at the same time.
const NEXT_ADDRESS: Duration = Duration::from_millis(500);

/// A step on the way to Telegram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The proxy's name is resolved.
    Name,
    Connection,
    /// The proxy answers with its protocol.
    Greeting,
    Password,
    /// The proxy connects to the data centre.
    Target,
    /// The data centre answers.
    Telegram,
}

/// Why there is no connection. The texts are for the user, and have no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialError {
    pub step: Step,
    what: String,
    /// The setting of the proxy, if there is one.
    setting: Option<&'static str>,
    /// Another address of the data centre may answer.
    pub is_about_address: bool,
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for DialError {}

impl DialError {
    /// What the user can do.
    pub fn advice(&self) -> String {
        let Some(setting) = self.setting else {
            return "Check the network, then try again. Where Telegram is blocked, set SWF_PROXY.".into();
        };
        match self.step {
            Step::Name | Step::Connection => format!("Check host and port in {setting}, and that the proxy runs."),
            Step::Greeting => format!("Check that {setting} begins with the right scheme, and has the right port."),
            Step::Password => format!("Correct user and password, or the secret, in {setting}."),
            Step::Target => "The proxy runs, but does not reach Telegram. Use another proxy.".into(),
            Step::Telegram => "The proxy runs, but does not reach Telegram. Check the secret of an MTProxy, or use \
                               another proxy."
                .into(),
        }
    }

    /// The error as a part of a sentence; for a proxy with advice to the user.
    pub fn with_advice(&self) -> String {
        match self.is_of_proxy() {
            true => format!("{self}. {}", self.advice().trim_end_matches('.')),
            false => self.to_string(),
        }
    }

    /// Whether a proxy was in use.
    pub fn is_of_proxy(&self) -> bool {
        self.setting.is_some()
    }
}

impl Route<'_> {
    /// The error of a step. `why` is the end of the sentence.
    pub fn failed(&self, step: Step, why: &str) -> DialError {
        let Route { proxy, dc, target, .. } = self;
        let what = match (proxy, step) {
            (None, _) => format!("data centre {dc} at {target} can't be reached: {why}"),
            (Some(Proxy { host, .. }), Step::Name) => format!("the proxy's name {host} can't be resolved: {why}"),
            (Some(proxy), Step::Connection) => format!("the proxy {proxy} can't be reached: {why}"),
            (Some(proxy), Step::Greeting) => format!("the proxy {proxy} does not answer like a proxy: {why}"),
            (Some(proxy), Step::Password) => format!("the proxy {proxy} refuses access: {why}"),
            (Some(proxy), Step::Target) => format!("the proxy {proxy} can't reach Telegram at {target}: {why}"),
            (Some(proxy), Step::Telegram) => format!("Telegram does not answer through the proxy {proxy}: {why}"),
        };
        // A proxy that can't be used shows nothing about an address, and an MTProxy chooses the address itself.
        let is_about_address = proxy.is_none_or(|proxy| {
            matches!(step, Step::Target | Step::Telegram) && !matches!(proxy.kind, ProxyKind::MtProxy(_))
        });
        DialError { step, what, setting: proxy.map(|proxy| proxy.setting), is_about_address }
    }
}

/// Why a proxy does not connect, and at which step.
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
    /// Is called at each step and each piece of data.
    pub advance: &'a (dyn Fn() + Sync),
    /// Counts the calls of `advance`.
    pub progress: &'a Progress,
}

impl Dialer<'_> {
    /// Connects to the data centre, through the proxy if there is one; with an MTProxy, to the MTProxy.
    pub async fn dial(&self) -> Result<Moving<'_, TcpStream>, DialError> {
        let addresses = match self.route.proxy {
            None => vec![self.route.target],
            Some(proxy) => {
                let lookup = tokio::net::lookup_host((&*proxy.host, proxy.port));
                self.step(Step::Name, lookup).await?.collect()
            }
        };
        let stream = self.step(Step::Connection, connect_any(addresses)).await?;
        self.pass(Moving { stream, advance: self.advance }).await
    }

    /// Makes the proxy at the other end of `stream` connect to the data centre; an MTProxy does so by itself.
    pub async fn pass<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> Result<S, DialError> {
        match self.route.proxy.map(|proxy| &proxy.kind) {
            Some(ProxyKind::Socks5(account)) => socks5::connect(self, stream, account.as_ref()).await,
            Some(ProxyKind::Http(account)) => http::connect(self, stream, account.as_ref()).await,
            Some(ProxyKind::MtProxy(_)) | None => Ok(stream),
        }
    }

    /// Runs a step. Its timeout starts again whenever data arrives.
    pub async fn step<T>(&self, step: Step, work: impl Future<Output = io::Result<T>>) -> Result<T, DialError> {
        match while_progress(work, self.progress.steps(), STEP_TIMEOUT, MAX_TIMEOUT).await {
            Some(Ok(done)) => {
                (self.advance)();
                Ok(done)
            }
            Some(Err(error)) => Err(self.route.failed(step, &cause(&error))),
            None => Err(self.route.failed(step, &format!("no answer within {} s", STEP_TIMEOUT.as_secs()))),
        }
    }

    /// Runs the step in which an MTProxy proves that it knows the secret.
    pub async fn greet(&self, work: impl Future<Output = io::Result<bool>>) -> Result<(), DialError> {
        let why = "it does not accept the secret, or its clock or this computer's is wrong";
        self.step(Step::Greeting, work).await?.then_some(()).ok_or_else(|| self.route.failed(Step::Password, why))
    }

    pub fn refused(&self, refusal: &Refusal) -> DialError {
        self.route.failed(refusal.step, &refusal.why)
    }

    /// The proxy has closed the connection without any data from Telegram.
    pub fn closed(&self) -> DialError {
        let why = match self.route.proxy.map(|proxy| &proxy.kind) {
            Some(ProxyKind::MtProxy(_)) => "the proxy closed the connection; its secret may be wrong",
            _ => "the connection was closed",
        };
        self.route.failed(Step::Telegram, why)
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
                    // This only makes it faster, so an error is ignored.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Err(error) => failure = error,
            },
            () = tokio::time::sleep(NEXT_ADDRESS), if !is_last => {}
        }
    }
}

/// Describes an error of the network.
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
