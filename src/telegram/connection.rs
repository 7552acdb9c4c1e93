//! One connection to Telegram. The library never times out and never reconnects by itself (DESIGN §3), so every call
//! here has a deadline, and a connection that fails once is thrown away whole.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use grammers_client::sender::{
    ConnectionParams, InvocationError, NoRetries, SenderPool, SenderPoolFatHandle, SenderPoolHandle,
};
use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::DcOption;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::session::{Session, SessionData};
use grammers_client::tl;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::LoginString;
use crate::domain::Instant;
use crate::error::Error;

/// How long a request may take, connecting included.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// A storm of joins comes as single updates, and beyond this many unread ones the library drops them.
const UPDATES: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// Why a request did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Wait exactly this long before asking again.
    #[error("Telegram asks to wait {seconds} s")]
    Flood { seconds: u32 },
    /// The account is signed out; trying again is of no use.
    #[error("the account is signed out ({0})")]
    SignedOut(String),
    /// The account lives in another data centre.
    #[error("the account lives in data centre {dc}")]
    Elsewhere { dc: i32 },
    /// Telegram refused this request.
    #[error("Telegram answered {name} ({code})")]
    Refused { code: i32, name: String },
    /// The settings are wrong: as the user is to read it.
    #[error("{0}")]
    Unfit(String),
    /// The connection is of no use any more: build a new one.
    #[error("{0}")]
    Lost(String),
    /// Nothing came back until [`DEADLINE`]. As [`CallError::Lost`].
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Silence,
}

/// Answers that end an authorisation for good.
const SIGNED_OUT: [&str; 5] =
    ["AUTH_KEY_UNREGISTERED", "AUTH_KEY_DUPLICATED", "SESSION_REVOKED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN"];

impl From<InvocationError> for CallError {
    fn from(error: InvocationError) -> CallError {
        match error {
            InvocationError::Rpc(rpc) => match (rpc.name.as_str(), rpc.value) {
                ("FLOOD_WAIT" | "FLOOD_PREMIUM_WAIT" | "SLOWMODE_WAIT", Some(seconds)) => CallError::Flood { seconds },
                ("USER_MIGRATE" | "NETWORK_MIGRATE" | "PHONE_MIGRATE", Some(dc)) => {
                    CallError::Elsewhere { dc: i32::try_from(dc).unwrap_or(0) }
                }
                (name, _) if SIGNED_OUT.contains(&name) => CallError::SignedOut(rpc.name),
                _ => CallError::Refused { code: rpc.code, name: rpc.name },
            },
            InvocationError::Io(error) => CallError::Lost(io_words(&error)),
            InvocationError::Deserialize(_) => CallError::Lost("Telegram sent something that can't be read".into()),
            InvocationError::Dropped(_) => CallError::Lost("the connection broke down".into()),
            other => CallError::Lost(other.to_string()),
        }
    }
}

/// What happened to the network, in plain words.
fn io_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof => {
            "the connection was closed".into()
        }
        K::ConnectionRefused => "Telegram's server refuses connections".into(),
        K::NetworkUnreachable | K::HostUnreachable | K::NetworkDown => "there is no network".into(),
        _ => error.to_string(),
    }
}

impl CallError {
    /// Whether the connection can be used on.
    pub fn spares_the_connection(&self) -> bool {
        matches!(self, CallError::Flood { .. } | CallError::Refused { .. } | CallError::Elsewhere { .. })
    }

    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, CallError::Refused { name, .. } if name == wanted)
    }

    /// As an error for the user.
    pub fn explain(&self) -> Error {
        match self {
            CallError::SignedOut(name) if name == "AUTH_KEY_DUPLICATED" => Error::config(
                "Telegram has ended this login, because it was used from two places at once (AUTH_KEY_DUPLICATED)",
            )
            .hint("Is the old tracker still running somewhere, with the same TG_STRING_SESSION? Stop it.")
            .hint("Then log in anew with: swf session qr"),
            CallError::SignedOut(name) => {
                Error::config(format!("the account of TG_STRING_SESSION is signed out ({name})"))
                    .hint("Log in with: swf session qr")
            }
            CallError::Flood { seconds } => {
                Error::temporary(self.to_string()).hint(format!("Try again in {seconds} s."))
            }
            CallError::Refused { .. } | CallError::Elsewhere { .. } => Error::failed(self.to_string()),
            CallError::Unfit(what) => Error::config(what),
            CallError::Lost(_) | CallError::Silence => {
                Error::temporary(self.to_string()).hint("Check the network, then try again.")
            }
        }
    }
}

/// A way to make requests; cheap to clone.
#[derive(Clone)]
pub struct Caller {
    pool: SenderPoolHandle,
    dc: i32,
}

impl Caller {
    /// Makes one request. It is never repeated here: a flood wait, an error, or silence until [`DEADLINE`] comes back.
    pub async fn call<R: tl::RemoteCall>(&self, request: &R) -> Result<R::Return, CallError> {
        match tokio::time::timeout(DEADLINE, self.pool.invoke_in_dc(self.dc, request)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(CallError::Silence),
        }
    }

    /// Requests go to this data centre from now on.
    pub(super) fn move_to(&mut self, dc: i32) {
        self.dc = dc;
    }

    /// What time it is for Telegram. Also a sign of life.
    pub async fn date(&self) -> Result<Instant, CallError> {
        let tl::enums::updates::State::State(state) = self.call(&tl::functions::updates::GetState {}).await?;
        Ok(Instant(state.date.into()))
    }
}

/// A connection, opened by its first request. Dropping it closes it at once.
pub struct Connection {
    pub caller: Caller,
    /// Updates as they come. `ConnectionClosed` is one of them.
    pub updates: mpsc::Receiver<UpdatesLike>,
    session: Arc<MemorySession>,
    runner: JoinHandle<()>,
}

impl Connection {
    /// With no login yet: the first request makes a key. Must be called within a tokio runtime.
    pub fn fresh(api_id: i32) -> Connection {
        let data = SessionData::default();
        let dc = data.home_dc;
        Connection::with(data, dc, false, api_id)
    }

    /// The login string of the data centre that requests go to now, if it has a key.
    pub fn login_string(&self) -> Option<LoginString> {
        let option = self.session.dc_option(self.caller.dc).ok()??;
        Some(LoginString::new(u8::try_from(option.id).ok()?, option.ipv4.into(), option.auth_key?))
    }

    /// Must be called within a tokio runtime.
    pub fn new(login: &LoginString, api_id: i32) -> Connection {
        Connection::among(login, &[], api_id)
    }

    /// As [`Connection::new`], with keys to further data centres.
    pub fn among(login: &LoginString, further: &[LoginString], api_id: i32) -> Connection {
        let dc = i32::from(login.dc);
        let nowhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        let option = |login: &LoginString| {
            let (ipv4, ipv6) = match login.address {
                SocketAddr::V4(v4) => (v4, SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0)),
                SocketAddr::V6(v6) => (nowhere, v6),
            };
            let id = i32::from(login.dc);
            (id, DcOption { id, ipv4, ipv6, auth_key: Some(*login.key()) })
        };
        let data = SessionData {
            home_dc: dc,
            dc_options: further.iter().chain([login]).map(option).collect(),
            peer_infos: HashMap::new(),
            updates_state: Default::default(),
        };
        Connection::with(data, dc, login.address.is_ipv6(), api_id)
    }

    fn with(data: SessionData, dc: i32, use_ipv6: bool, api_id: i32) -> Connection {
        let params = ConnectionParams {
            device_model: "swf".into(),
            app_version: env!("CARGO_PKG_VERSION").into(),
            use_ipv6,
            retry_policy: Box::new(NoRetries),
            updates_channel_capacity: UPDATES,
            ..ConnectionParams::default()
        };
        let session = Arc::new(MemorySession::from(data));
        let SenderPool { runner, handle, updates } =
            SenderPool::with_configuration(Arc::clone(&session), api_id, params);
        let SenderPoolFatHandle { thin: pool, .. } = handle;
        Connection { caller: Caller { pool, dc }, updates, session, runner: tokio::spawn(runner.run()) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.runner.abort();
    }
}
