//! Relays: for each data centre a listener on 127.0.0.1, which stands for the data centre as seen by the library.
//!
//! Other users of the computer can connect there, too. So a listener is for one connection of the library:
//!
//! ```text
//! address given ──► first connection ──► [one with a new key, if the old is refused] ──► library ready: closed
//!       └─ closed after 10 s without one      └─ closed after the second, or 60 s
//! ```

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::{DcOption, PeerId, PeerInfo, UpdateState, UpdatesState};
use grammers_client::session::{BoxFuture, Session, SessionData};
use sha1::{Digest, Sha1};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::own::is_own;
use super::{MAX_TIMEOUT, Progress, Route, carry, while_progress};
use crate::domain::credentials::Access;

/// How long a listener waits for the library, which connects as soon as it has the address.
const FIRST_TIMEOUT: Duration = Duration::from_secs(10);
/// How many connections the library makes before it is ready: if its key is refused, a second one for a new key.
const MAX_CONNECTIONS: usize = 2;

/// The library's session, with relays in place of the addresses of the data centres.
pub struct RelaySession(Arc<Relays>);

struct Relays {
    /// The session with the real addresses of the data centres.
    session: MemorySession,
    use_ipv6: bool,
    access: Access,
    progress: Progress,
    /// All relays whose addresses the library has received.
    relays: Mutex<Vec<Arc<Relay>>>,
}

/// A listener for one connection of the library to one data centre.
struct Relay {
    dc: i32,
    address: SocketAddrV4,
    /// Counts how many times the library has received the address.
    given: Progress,
    /// How many connections were accepted.
    taken: AtomicUsize,
    /// The library has connected and is ready.
    is_ready: AtomicBool,
    closed: CancellationToken,
}

type Error = std::io::Error;

fn failed(error: impl std::fmt::Debug) -> Error {
    Error::other(format!("{error:?}"))
}

impl RelaySession {
    pub fn new(data: SessionData, use_ipv6: bool, access: Access, progress: Progress) -> RelaySession {
        let session = MemorySession::from(data);
        RelaySession(Arc::new(Relays { session, use_ipv6, access, progress, relays: Mutex::default() }))
    }

    /// A data centre with its real address.
    pub fn stored(&self, dc: i32) -> Option<DcOption> {
        self.0.session.dc_option(dc).ok()?
    }
}

impl Relays {
    /// The open relay to a data centre. Must be called on the library's runtime, which then runs it.
    fn relay(self: &Arc<Self>, dc: i32) -> Result<Arc<Relay>, Error> {
        let mut relays = self.relays.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(relay) = relays.iter().find(|relay| relay.dc == dc && !relay.closed.is_cancelled()) {
            relay.given.advance();
            return Ok(Arc::clone(relay));
        }
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let SocketAddr::V4(address) = listener.local_addr()? else { return Err(failed("not IPv4")) };
        let relay = Arc::new(Relay {
            dc,
            address,
            given: Progress::default(),
            taken: AtomicUsize::new(0),
            is_ready: AtomicBool::new(false),
            closed: CancellationToken::new(),
        });
        tokio::spawn(serve(Arc::clone(self), TcpListener::from_std(listener)?, Arc::clone(&relay)));
        relays.push(Arc::clone(&relay));
        Ok(relay)
    }

    /// The relay to a data centre that has, or had, this address.
    fn at(&self, dc: i32, address: SocketAddrV4) -> Option<Arc<Relay>> {
        let relays = self.relays.lock().unwrap_or_else(PoisonError::into_inner);
        relays.iter().find(|relay| relay.dc == dc && relay.address == address).cloned()
    }

    fn target(&self, option: &DcOption) -> SocketAddr {
        if self.use_ipv6 { option.ipv6.into() } else { option.ipv4.into() }
    }

    /// Carries the data of one connection of the library.
    async fn carry(&self, local: TcpStream, relay: &Relay) {
        let Ok(Some(option)) = self.session.dc_option(relay.dc) else { return };
        if !relay.takes(&local, option.auth_key.as_ref()).await {
            return;
        }
        // This only makes it faster, so an error is ignored.
        let _ = local.set_nodelay(true);
        let (dc, target) = (relay.dc, self.target(&option));
        let route = Route { proxy: self.access.proxies.to_telegram(target.ip()), dc, target, now: (self.access.now)() };
        let advance = || {
            if !relay.is_ready.load(Ordering::Relaxed) {
                self.progress.advance();
            }
        };
        if let Err(error) = carry(local, route, advance).await {
            self.progress.fail(error);
        }
    }
}

impl Relay {
    fn close_when_ready(&self) {
        self.is_ready.store(true, Ordering::Relaxed);
        self.closed.cancel();
    }

    /// Accepts a connection if it begins as the library's next connection does.
    async fn takes(&self, local: &TcpStream, key: Option<&[u8; 256]>) -> bool {
        let mut start = [0; 16];
        let peeked = tokio::select! {
            biased;
            peeked = local.peek(&mut start) => peeked,
            () = self.closed.cancelled() => return false,
        };
        let is_next = |taken| matches!(peeked, Ok(16)) && taken < MAX_CONNECTIONS && begins(&start, taken, key);
        let next = |taken| is_next(taken).then_some(taken + 1);
        match self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(taken) if taken + 1 == MAX_CONNECTIONS => self.closed.cancel(),
            Ok(_) => {}
            Err(_) => return false,
        }
        true
    }
}

/// Whether a connection begins as the library's does after `taken` connections: with a message under the key, if there
/// is one, and else with a key exchange.
fn begins(start: &[u8; 16], taken: usize, key: Option<&[u8; 256]>) -> bool {
    let (sequence, key_id) = (&start[4..8], &start[8..16]);
    let is_right_key = match key {
        Some(key) if taken == 0 => Sha1::digest(key)[12..] == *key_id,
        _ => key_id == [0; 8],
    };
    sequence == [0; 4] && is_right_key
}

async fn serve(relays: Arc<Relays>, listener: TcpListener, relay: Arc<Relay>) {
    let accept = async {
        while let Ok((local, peer)) = listener.accept().await {
            if is_own(peer, relay.address.into()) {
                let (relays, relay) = (Arc::clone(&relays), Arc::clone(&relay));
                tokio::spawn(async move { relays.carry(local, &relay).await });
            }
        }
    };
    let time_is_over = async {
        while_progress(std::future::pending::<()>(), relay.given.steps(), FIRST_TIMEOUT, Duration::MAX).await;
        if relay.taken.load(Ordering::Relaxed) > 0 {
            sleep(MAX_TIMEOUT - FIRST_TIMEOUT).await;
        }
    };
    tokio::select! {
        () = relay.closed.cancelled() => {}
        () = accept => {}
        () = time_is_over => {}
    }
    relay.closed.cancel();
}

/// The relay's address as IPv6; it is never used.
fn mapped(address: SocketAddrV4) -> SocketAddrV6 {
    SocketAddrV6::new(address.ip().to_ipv6_mapped(), address.port(), 0, 0)
}

fn unmapped(address: SocketAddrV6) -> Option<SocketAddrV4> {
    Some(SocketAddrV4::new(address.ip().to_ipv4_mapped()?, address.port()))
}

impl Session for RelaySession {
    type Error = Error;

    fn home_dc_id(&self) -> Result<i32, Error> {
        self.0.session.home_dc_id().map_err(failed)
    }

    fn set_home_dc_id(&self, dc: i32) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move { self.0.session.set_home_dc_id(dc).await.map_err(failed) })
    }

    fn dc_option(&self, dc: i32) -> Result<Option<DcOption>, Error> {
        let Some(option) = self.0.session.dc_option(dc).map_err(failed)? else { return Ok(None) };
        let address = self.0.relay(dc)?.address;
        Ok(Some(DcOption { ipv4: address, ipv6: mapped(address), ..option }))
    }

    /// Stores the key, and each address that is not a relay's.
    fn set_dc_option(&self, option: &DcOption) -> BoxFuture<'_, Result<(), Error>> {
        let mut option = option.clone();
        Box::pin(async move {
            if let Some(stored) = self.stored(option.id) {
                let relay = self.0.at(option.id, option.ipv4);
                let is_same_ipv6 = unmapped(option.ipv6).is_some_and(|ipv4| self.0.at(option.id, ipv4).is_some());
                // With this call the library shows that it is ready.
                if let Some(relay) = relay.as_ref().filter(|_| is_same_ipv6 && option.auth_key.is_some()) {
                    self.0.progress.advance();
                    relay.close_when_ready();
                }
                if relay.is_some() {
                    option.ipv4 = stored.ipv4;
                }
                if is_same_ipv6 {
                    option.ipv6 = stored.ipv6;
                }
            }
            self.0.session.set_dc_option(&option).await.map_err(failed)
        })
    }

    fn peer(&self, peer: PeerId) -> BoxFuture<'_, Result<Option<PeerInfo>, Error>> {
        Box::pin(async move { self.0.session.peer(peer).await.map_err(failed) })
    }

    fn cache_peer(&self, peer: PeerInfo) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move { self.0.session.cache_peer(peer).await.map_err(failed) })
    }

    fn updates_state(&self) -> BoxFuture<'_, Result<UpdatesState, Error>> {
        Box::pin(async move { self.0.session.updates_state().await.map_err(failed) })
    }

    fn set_update_state(&self, update: UpdateState) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move { self.0.session.set_update_state(update).await.map_err(failed) })
    }
}

#[cfg(test)]
mod tests {
    use fake_telegram::{FakeProxy, FakeTelegram};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::frame;
    use super::*;
    use crate::domain::proxy::Proxies;

    fn session(proxy: &FakeProxy) -> RelaySession {
        let proxies = Proxies::read(Some(&proxy.link().into()), |_| None).unwrap();
        let access = Access { proxies: Arc::new(proxies), ..Access::direct(1) };
        RelaySession::new(SessionData::default(), false, access, Progress::default())
    }

    /// `help.getConfig` returns addresses of all data centres, and the library stores them.
    #[tokio::test]
    async fn the_library_never_gets_an_address_of_telegram() {
        let session = session(&FakeProxy::socks5(None));
        let built_in = session.stored(4).unwrap();
        let relay = session.dc_option(4).unwrap().unwrap();
        assert!(relay.ipv4.ip().is_loopback() && relay.ipv6 == mapped(relay.ipv4));
        // Like `update_config`: one family is new, the other as it was read.
        let ipv4 = "149.154.167.99:443".parse().unwrap();
        session.set_dc_option(&DcOption { ipv4, ..relay.clone() }).await.unwrap();
        let ipv6 = "[2001:db8::1]:443".parse().unwrap();
        session.set_dc_option(&DcOption { ipv6, ..relay.clone() }).await.unwrap();
        let is_ready = || session.0.at(4, relay.ipv4).unwrap().is_ready.load(Ordering::Relaxed);
        let steps = session.0.progress.steps();
        let again = session.dc_option(4).unwrap().unwrap();
        assert!(!is_ready() && again.ipv4 == relay.ipv4);
        // As after connecting: the relay's address and the key.
        session.set_dc_option(&DcOption { auth_key: Some([5; 256]), ..relay.clone() }).await.unwrap();
        assert!(is_ready() && steps.has_changed().unwrap());
        let stored = session.stored(4).unwrap();
        assert_eq!((stored.ipv4, stored.ipv6, stored.auth_key), (ipv4, ipv6, Some([5; 256])));
        assert!(built_in.ipv4 != ipv4 && built_in.ipv6 != ipv6);
        // The next connection has another port, and the old one is still known.
        let next = session.dc_option(4).unwrap().unwrap();
        assert!(next.ipv4 != relay.ipv4 && next.auth_key == Some([5; 256]));
        session.set_dc_option(&relay).await.unwrap();
        assert_eq!(session.stored(4).unwrap().ipv4, ipv4);
        // Another data centre has another relay.
        assert_ne!(session.dc_option(5).unwrap().unwrap().ipv4, next.ipv4);
        assert!(session.dc_option(9).unwrap().is_none());
    }

    const KEY: [u8; 256] = [5; 256];

    fn under_the_key() -> Vec<u8> {
        let mut message = Sha1::digest(KEY)[12..].to_vec();
        message.resize(40 + 16, 7);
        frame(&message, 0)
    }

    fn exchange() -> Vec<u8> {
        frame(&[0; 40], 0)
    }

    /// A session in front of an MTProxy, with a key or without.
    async fn with_key(proxy: &FakeProxy, auth_key: Option<[u8; 256]>) -> (RelaySession, SocketAddrV4) {
        let session = session(proxy);
        let option = session.stored(1).unwrap();
        session.set_dc_option(&DcOption { auth_key, ..option }).await.unwrap();
        let relay = session.dc_option(1).unwrap().unwrap();
        (session, relay.ipv4)
    }

    async fn send(to: SocketAddrV4, first: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(first).await.unwrap();
        stream
    }

    async fn is_refused(to: SocketAddrV4, first: &[u8]) {
        // The connection may be reset.
        let _ = send(to, first).await.read_to_end(&mut Vec::new()).await;
    }

    /// The longest wait of a test; far more than it needs.
    const BOUND: Duration = Duration::from_secs(60);

    async fn await_targets(proxy: &FakeProxy, count: usize) {
        let reached = async {
            while proxy.targets().len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(BOUND, reached).await.expect("the proxy is reached");
    }

    /// Waits until the port is closed.
    async fn await_closed(address: SocketAddrV4) {
        let closed = async { while TcpStream::connect(address).await.is_ok() {} };
        tokio::time::timeout(BOUND, closed).await.expect("the port is closed");
    }

    #[tokio::test]
    async fn only_what_begins_as_the_library_does_is_carried() {
        let telegram = FakeTelegram::start();
        for (key, first, others) in [
            (Some(KEY), under_the_key(), vec![exchange(), frame(&[7; 40], 0)]),
            (None, exchange(), vec![under_the_key(), frame(&[0; 40], 1)]),
        ] {
            let proxy = FakeProxy::mtproxy("00112233445566778899aabbccddeeff", &telegram);
            let (session, relay) = with_key(&proxy, key).await;
            is_refused(relay, b"GET / HTTP/1.1\r\n\r\n").await;
            for other in &others {
                is_refused(relay, other).await;
            }
            assert_eq!(proxy.targets(), Vec::<String>::new());
            let _first = send(relay, &first).await;
            await_targets(&proxy, 1).await;
            // After it only a key exchange is accepted, and only one.
            is_refused(relay, &under_the_key()).await;
            let _second = send(relay, &exchange()).await;
            await_targets(&proxy, 2).await;
            await_closed(relay).await;
            assert_eq!(proxy.targets(), ["1", "1"]);
            // The next connection of the library has another port.
            assert_ne!(session.dc_option(1).unwrap().unwrap().ipv4, relay);
        }
    }

    #[tokio::test]
    async fn a_port_is_closed_as_soon_as_the_library_is_ready() {
        let telegram = FakeTelegram::start();
        let proxy = FakeProxy::mtproxy("00112233445566778899aabbccddeeff", &telegram);
        let (session, relay) = with_key(&proxy, Some(KEY)).await;
        let _library = send(relay, &under_the_key()).await;
        await_targets(&proxy, 1).await;
        let option = session.dc_option(1).unwrap().unwrap();
        assert_eq!(option.ipv4, relay, "it is open until then");
        session.set_dc_option(&option).await.unwrap();
        await_closed(relay).await;
    }

    /// `help.getConfig` names all data centres, and each gets a port.
    #[tokio::test(start_paused = true)]
    async fn a_port_that_is_not_used_is_closed() {
        let session = session(&FakeProxy::socks5(None));
        let relay = session.0.relay(3).unwrap();
        // Whenever the library receives the address, it may connect.
        for _ in 0..3 {
            assert!(tokio::time::timeout(FIRST_TIMEOUT / 4 * 3, relay.closed.cancelled()).await.is_err());
            assert_eq!(session.0.relay(3).unwrap().address, relay.address);
        }
        tokio::time::timeout(FIRST_TIMEOUT * 2, relay.closed.cancelled()).await.expect("it is closed");
    }
}
