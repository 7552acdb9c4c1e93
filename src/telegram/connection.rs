//! One connection to Telegram. The library has no timeouts and does not reconnect (rules §3), so every request here has
//! a timeout, and a connection that fails once is replaced.
//!
//! The library runs on a thread of its own. A server can make it compute for hours; such a thread is left behind.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use grammers_client::sender::{
    ConnectionParams, InvocationError, NoRetries, SenderPool, SenderPoolFatHandle, SenderPoolHandle, SenderPoolRunner,
};
use grammers_client::session::types::DcOption;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::session::{Session, SessionData};
use grammers_client::tl;
use tokio::sync::{mpsc, oneshot, watch};

use super::call_error::CallError;
use super::login_string::LoginString;
use super::proxy::{MAX_TIMEOUT, Progress, RelaySession, while_progress};
use super::server_time::clock_ahead;
use crate::domain::Instant;
use crate::domain::credentials::Access;
use crate::platform::clock::Clock;

/// How long a request may take, and each step of connecting before it.
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
    progress: Progress,
    /// How far the system clock is ahead of Telegram's, in seconds, if the connection was ended because of it.
    ahead: watch::Receiver<Option<i64>>,
    waits: Arc<Waits>,
}

/// Until when Telegram asked to wait with a method, by the id of the method.
#[derive(Debug)]
struct Waits {
    clock: Clock,
    until: Mutex<HashMap<u32, Duration>>,
}

impl Waits {
    fn new() -> Waits {
        Waits { clock: Clock::new(0), until: Mutex::default() }
    }

    /// For how many seconds the method may not be called.
    fn left(&self, method: u32, now: Duration) -> Option<u32> {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner).get(&method).copied()?;
        let left = until.saturating_sub(now);
        (!left.is_zero()).then(|| u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX))
    }

    fn hold(&self, method: u32, seconds: u32, now: Duration) {
        let until = now + Duration::from_secs(seconds.into());
        let mut held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        held.entry(method).and_modify(|held| *held = until.max(*held)).or_insert(until);
    }
}

impl Caller {
    /// Makes one request. It is never repeated here: a flood wait, an error or a timeout is returned.
    pub async fn call<R: tl::RemoteCall>(&self, request: &R) -> Result<R::Return, CallError> {
        match self.answer(request).await {
            Some(answer) => answer.map_err(|error| self.explained(error.into())),
            None => Err(self.explained(CallError::Silence)),
        }
    }

    /// The answer; `None` if nothing arrived for [`REQUEST_TIMEOUT`]. While the library connects, each step extends
    /// this.
    async fn answer<R: tl::RemoteCall>(&self, request: &R) -> Option<Result<R::Return, InvocationError>> {
        let answer = self.pool.invoke_in_dc(self.dc, request);
        while_progress(answer, self.progress.steps(), REQUEST_TIMEOUT, MAX_TIMEOUT).await
    }

    /// Finds the cause of an error. If the clock keeps the connection from working, the clock is the cause of every
    /// error. For other failures the library only reports a closed connection; the relay knows the cause.
    fn explained(&self, error: CallError) -> CallError {
        match (*self.ahead.borrow(), error, self.progress.failure()) {
            (Some(seconds), ..) => CallError::ClockAhead { seconds },
            (None, CallError::Lost(_), Some(failure)) => CallError::Unreached(failure),
            (None, error, _) => error,
        }
    }

    /// The time on Telegram's clock. Also proves that the connection works. If Telegram asks to wait with
    /// `updates.getState`, `help.getConfig` shows the time until the wait is over (rules §3.5).
    pub async fn date(&self) -> Result<Instant, CallError> {
        let wait = match self.call_unless_held(&tl::functions::updates::GetState {}).await {
            Ok(tl::enums::updates::State::State(state)) => return Ok(Instant(state.date.into())),
            Err(CallError::Flood { seconds }) => seconds,
            Err(error) => return Err(error),
        };
        match self.call_unless_held(&tl::functions::help::GetConfig {}).await {
            Ok(tl::enums::Config::Config(config)) => Ok(Instant(config.date.into())),
            Err(CallError::Flood { seconds }) => Err(CallError::Flood { seconds: seconds.min(wait) }),
            Err(error) => Err(error),
        }
    }

    /// Like [`Caller::call`], but sends nothing while a wait of the method goes on, and returns what is left of it. For
    /// methods that several parts of the program call.
    pub(super) async fn call_unless_held<R: tl::RemoteCall + tl::Identifiable>(
        &self,
        request: &R,
    ) -> Result<R::Return, CallError> {
        let waits = &self.waits;
        if let Some(seconds) = waits.left(R::CONSTRUCTOR_ID, waits.clock.elapsed_with_sleep()) {
            return Err(CallError::Flood { seconds });
        }
        let answer = self.call(request).await;
        if let Err(CallError::Flood { seconds }) = answer {
            waits.hold(R::CONSTRUCTOR_ID, seconds, waits.clock.elapsed_with_sleep());
        }
        answer
    }
}

/// A connection, opened by its first request. Dropping it closes it at once.
pub struct Connection {
    pub caller: Caller,
    /// Updates in the order of arrival. `ConnectionClosed` is one of them.
    pub updates: mpsc::Receiver<UpdatesLike>,
    session: Arc<RelaySession>,
    /// A connection uses one family of addresses.
    use_ipv6: bool,
    /// The library ends when this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How many closed connections may still compute. With so many no new one is opened, so that a server can't use up the
/// computer.
const MAX_LEFT_BEHIND: usize = 8;

/// The threads of closed connections.
static LEFT_BEHIND: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

impl Connection {
    /// A connection without a login, over IPv6 or IPv4: the first request creates a key.
    pub fn fresh(use_ipv6: bool, access: &Access) -> Connection {
        let data = SessionData::default();
        let dc = data.home_dc;
        Connection::with(data, dc, use_ipv6, access, None)
    }

    /// Why the updates have ended.
    pub fn end(&self) -> CallError {
        self.caller.explained(CallError::Lost("the connection failed".into()))
    }

    /// A new connection with the keys of this one, to the current data centre at `address`.
    pub fn again(&self, address: SocketAddr, access: &Access) -> Connection {
        let dc = self.caller.dc;
        let known = (1..=MAX_DC).filter_map(|id| self.session.stored(id));
        let dc_options = known.map(|option| (option.id, if option.id == dc { at(option, address) } else { option }));
        let data = SessionData {
            home_dc: dc,
            dc_options: dc_options.collect(),
            peer_infos: HashMap::new(),
            updates_state: Default::default(),
        };
        Connection::with(data, dc, address.is_ipv6(), access, None)
    }

    /// Sends further requests to this data centre, and counts its updates from now on.
    pub(super) async fn move_to(&mut self, dc: i32) {
        self.caller.dc = dc;
        // This fails only if another thread has panicked.
        let _ = self.session.set_home_dc_id(dc).await;
    }

    /// The current data centre.
    pub fn dc(&self) -> i32 {
        self.caller.dc
    }

    /// The address of the current data centre, if it is known.
    pub fn address(&self) -> Option<SocketAddr> {
        let option = self.session.stored(self.caller.dc)?;
        let address: SocketAddr = if self.use_ipv6 { option.ipv6.into() } else { option.ipv4.into() };
        Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }

    /// The login string of the current data centre, if it has a key.
    pub fn login_string(&self) -> Option<LoginString> {
        let option = self.session.stored(self.caller.dc)?;
        Some(LoginString::new(u8::try_from(option.id).ok()?, self.address()?, option.auth_key?))
    }

    pub fn new(login: &LoginString, access: &Access) -> Connection {
        Connection::among(login, &[], access)
    }

    /// Like [`Connection::new`], with keys to further data centres.
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

    /// `known`: the data centre's address if there is a key already. Without a key, the exchange of a new one corrects
    /// the clock.
    fn with(data: SessionData, dc: i32, use_ipv6: bool, access: &Access, known: Option<SocketAddr>) -> Connection {
        let params = ConnectionParams {
            device_model: "swf".into(),
            app_version: env!("CARGO_PKG_VERSION").into(),
            retry_policy: Box::new(NoRetries),
            updates_channel_capacity: MAX_UNREAD_UPDATES,
            ..ConnectionParams::default()
        };
        let progress = Progress::default();
        let session = Arc::new(RelaySession::new(data, use_ipv6, access.clone(), progress.clone()));
        let SenderPool { runner, handle, updates } =
            SenderPool::with_configuration(Arc::clone(&session), access.api_id, params);
        let SenderPoolFatHandle { thin: pool, .. } = handle;
        let (stop, stopped) = oneshot::channel();
        let (found, ahead) = watch::channel(None);
        let access = access.clone();
        // With a clock that is ahead, the library would repeat the same messages without a pause.
        let check = async move {
            if let Some(address) = known
                && let Some(seconds) = clock_ahead(dc, address, &access).await
            {
                found.send_replace(Some(seconds));
            } else {
                std::future::pending::<()>().await;
            }
        };
        // If no thread can be started, the runner is dropped, and each request fails.
        let thread = start(|| run(runner, check, stopped)).map_err(|error| tracing::error!("{error}")).ok();
        Connection {
            caller: Caller { pool, dc, progress, ahead, waits: Arc::new(Waits::new()) },
            updates,
            session,
            use_ipv6,
            stop: Some(stop),
            thread,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        drop(self.stop.take());
        LEFT_BEHIND.lock().unwrap_or_else(PoisonError::into_inner).extend(self.thread.take());
    }
}

/// The data centre with this address.
fn at(option: DcOption, address: SocketAddr) -> DcOption {
    match address {
        SocketAddr::V4(ipv4) => DcOption { ipv4, ..option },
        SocketAddr::V6(ipv6) => DcOption { ipv6, ..option },
    }
}

/// Starts a thread, unless too many are left behind.
fn start(work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    if has_too_many(&mut LEFT_BEHIND.lock().unwrap_or_else(PoisonError::into_inner)) {
        let what = format!(
            "{MAX_LEFT_BEHIND} closed connections are still computing: the server sent data that takes hours to process"
        );
        return Err(io::Error::other(what));
    }
    std::thread::Builder::new().name("telegram".into()).spawn(work)
}

/// Whether too many of the threads still run; removes those that have ended.
fn has_too_many(left_behind: &mut Vec<JoinHandle<()>>) -> bool {
    left_behind.retain(|thread| !thread.is_finished());
    left_behind.len() >= MAX_LEFT_BEHIND
}

/// Runs the library, its connections and their relays until `stopped`, or until `check` is done.
fn run(runner: SenderPoolRunner, check: impl Future<Output = ()>, stopped: oneshot::Receiver<()>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!("can't start a runtime: {error}"),
    };
    runtime.block_on(async {
        tokio::select! {
            _ = stopped => {}
            () = runner.run() => {}
            () = check => {}
        }
    });
    // Does not wait for a name that is being resolved.
    runtime.shutdown_background();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use fake_telegram::{FakeTelegram, Person};

    use super::*;

    #[tokio::test]
    async fn a_wait_with_get_state_hides_no_time_and_is_obeyed() {
        let telegram = FakeTelegram::start_at(2_000_000_000);
        telegram.freeze();
        let me = telegram.person(Person::named("Ada"));
        let login = LoginString::parse(&telegram.login_string(me).into()).unwrap();
        let connection = Connection::new(&login, &Access::direct(1));
        telegram.faults().flood_wait("updates.getState", 90, 1);
        for _ in 0..3 {
            assert_eq!(connection.caller.date().await.unwrap(), Instant(2_000_000_000));
        }
        // If the other request is limited, too, the shorter wait counts.
        telegram.faults().flood_wait("help.getConfig", 600, 1);
        for _ in 0..2 {
            let Err(CallError::Flood { seconds }) = connection.caller.date().await else { panic!() };
            assert!((80..=90).contains(&seconds), "{seconds}");
        }
        assert_eq!(telegram.violations(), Vec::<String>::new());
        assert_eq!(telegram.counts().of("updates.getState"), 1);
        // Nobody answers any more.
        drop(telegram);
        let fresh = Connection::new(&login, &Access::direct(1));
        assert!(matches!(fresh.caller.date().await, Err(error) if error.is_of_connection()));
    }

    #[test]
    fn a_wait_of_a_method_ends_exactly_and_holds_no_other_one() {
        let waits = Waits::new();
        waits.hold(1, 90, Duration::from_secs(5));
        let left = |method, millis| waits.left(method, Duration::from_millis(millis));
        assert_eq!(left(1, 5_000), Some(90));
        assert_eq!([94_999, 95_000].map(|now| left(1, now)), [Some(1), None]);
        assert_eq!(left(2, 5_000), None);
    }

    /// CASES T9.
    #[test]
    fn threads_that_compute_are_not_left_behind_without_end() {
        let mut left_behind = Vec::new();
        let mut ends = Vec::new();
        for _ in 0..MAX_LEFT_BEHIND {
            assert!(!has_too_many(&mut left_behind));
            let (end, ended) = sync_channel::<()>(0);
            left_behind.push(std::thread::spawn(move || ended.recv().unwrap_or_default()));
            ends.push(end);
        }
        assert!(has_too_many(&mut left_behind));
        ends.pop();
        while has_too_many(&mut left_behind) {
            std::thread::yield_now();
        }
        assert_eq!(left_behind.len(), MAX_LEFT_BEHIND - 1);
    }
}
