//! One connection to Telegram. The library has no timeouts and does not reconnect (rules §3), so every request here has
//! a timeout, and a connection that fails once is replaced.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use grammers_client::sender::{ConnectionParams, NoRetries, SenderPool, SenderPoolFatHandle, SenderPoolHandle};
use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::DcOption;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::session::{Session, SessionData};
use grammers_client::tl;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::call_error::CallError;
use super::login_string::LoginString;
use super::server_time::clock_ahead;
use crate::domain::Instant;
use crate::domain::credentials::Access;

/// How long a request may take, including the time to connect.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The highest number of a data centre.
const MAX_DC: i32 = 5;

/// How many unread updates the library keeps before it drops some: a storm of joins arrives as single updates.
const MAX_UNREAD_UPDATES: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// Makes requests on a connection; cheap to clone.
#[derive(Clone)]
pub struct Caller {
    pool: SenderPoolHandle,
    dc: i32,
    /// How far the system clock is ahead of Telegram's, in seconds, if that is why the connection was ended.
    ahead: watch::Receiver<Option<i64>>,
}

impl Caller {
    /// Makes one request. It is never repeated here: a flood wait, an error and a timeout are returned.
    pub async fn call<R: tl::RemoteCall>(&self, request: &R) -> Result<R::Return, CallError> {
        match tokio::time::timeout(REQUEST_TIMEOUT, self.pool.invoke_in_dc(self.dc, request)).await {
            Ok(answer) => answer.map_err(|error| self.explained(error.into())),
            Err(_) => Err(self.explained(CallError::Silence)),
        }
    }

    /// The clock is the reason of every error on a connection that it keeps from working.
    fn explained(&self, error: CallError) -> CallError {
        self.ahead.borrow().map_or(error, |seconds| CallError::ClockAhead { seconds })
    }

    /// The time on Telegram's clock. Also proves that the connection works.
    pub async fn date(&self) -> Result<Instant, CallError> {
        let tl::enums::updates::State::State(state) = self.call(&tl::functions::updates::GetState {}).await?;
        Ok(Instant(state.date.into()))
    }
}

/// A connection, opened by its first request. Dropping it closes it at once.
pub struct Connection {
    pub caller: Caller,
    /// Updates in the order of arrival. `ConnectionClosed` is one of them.
    pub updates: mpsc::Receiver<UpdatesLike>,
    session: Arc<MemorySession>,
    /// One connection uses one family of addresses.
    use_ipv6: bool,
    runner: JoinHandle<()>,
    /// Compares the clocks, once.
    check: Option<JoinHandle<()>>,
}

impl Connection {
    /// A connection without a login, over IPv6 or IPv4: the first request creates a key. Must be called within a tokio
    /// runtime.
    pub fn fresh(use_ipv6: bool, access: &Access) -> Connection {
        let data = SessionData::default();
        let dc = data.home_dc;
        Connection::with(data, dc, use_ipv6, access, None)
    }

    /// Why its updates have ended.
    pub fn end(&self) -> CallError {
        self.caller.explained(CallError::Lost("the connection broke down".into()))
    }

    /// A new connection with the keys of this one, to the current data centre at `address`.
    pub fn again(&self, address: SocketAddr, access: &Access) -> Connection {
        let dc = self.caller.dc;
        let known = (1..=MAX_DC).filter_map(|id| self.session.dc_option(id).ok()?);
        let dc_options = known.map(|option| (option.id, if option.id == dc { at(option, address) } else { option }));
        let data = SessionData {
            home_dc: dc,
            dc_options: dc_options.collect(),
            peer_infos: HashMap::new(),
            updates_state: Default::default(),
        };
        Connection::with(data, dc, address.is_ipv6(), access, None)
    }

    /// Sends further requests to this data centre, whose updates count from now on.
    pub(super) async fn move_to(&mut self, dc: i32) {
        self.caller.dc = dc;
        // It fails only where another thread has panicked.
        let _ = self.session.set_home_dc_id(dc).await;
    }

    /// The current data centre.
    pub fn dc(&self) -> i32 {
        self.caller.dc
    }

    /// The address of the current data centre, if it is known.
    pub fn address(&self) -> Option<SocketAddr> {
        let option = self.session.dc_option(self.caller.dc).ok()??;
        let address: SocketAddr = if self.use_ipv6 { option.ipv6.into() } else { option.ipv4.into() };
        Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }

    /// The login string of the current data centre, if it has a key.
    pub fn login_string(&self) -> Option<LoginString> {
        let option = self.session.dc_option(self.caller.dc).ok()??;
        Some(LoginString::new(u8::try_from(option.id).ok()?, self.address()?, option.auth_key?))
    }

    /// Must be called within a tokio runtime.
    pub fn new(login: &LoginString, access: &Access) -> Connection {
        Connection::among(login, &[], access)
    }

    /// As [`Connection::new`], with keys to further data centres.
    pub fn among(login: &LoginString, further: &[LoginString], access: &Access) -> Connection {
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
        Connection::with(data, dc, login.address.is_ipv6(), access, Some(login.address))
    }

    /// `known`: where there is a key already. The exchange of a new one corrects the clock.
    fn with(data: SessionData, dc: i32, use_ipv6: bool, access: &Access, known: Option<SocketAddr>) -> Connection {
        let params = ConnectionParams {
            device_model: "swf".into(),
            app_version: env!("CARGO_PKG_VERSION").into(),
            use_ipv6,
            retry_policy: Box::new(NoRetries),
            updates_channel_capacity: MAX_UNREAD_UPDATES,
            ..ConnectionParams::default()
        };
        let session = Arc::new(MemorySession::from(data));
        let SenderPool { runner, handle, updates } =
            SenderPool::with_configuration(Arc::clone(&session), access.api_id, params);
        let SenderPoolFatHandle { thin: pool, .. } = handle;
        let runner = tokio::spawn(runner.run());
        let (found, ahead) = watch::channel(None);
        // With a clock that is ahead, the library would send the same messages again and again, without a pause.
        let check = known.map(|address| {
            let (runner, access) = (runner.abort_handle(), access.clone());
            tokio::spawn(async move {
                if let Some(seconds) = clock_ahead(dc, address, &access).await {
                    found.send_replace(Some(seconds));
                    runner.abort();
                }
            })
        });
        Connection { caller: Caller { pool, dc, ahead }, updates, session, use_ipv6, runner, check }
    }
}

/// The data centre at this address.
fn at(option: DcOption, address: SocketAddr) -> DcOption {
    match address {
        SocketAddr::V4(ipv4) => DcOption { ipv4, ..option },
        SocketAddr::V6(ipv6) => DcOption { ipv6, ..option },
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.runner.abort();
        self.check.iter().for_each(JoinHandle::abort);
    }
}
