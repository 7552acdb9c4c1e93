//! Relays: for each data centre a listener on 127.0.0.1, which the library takes for the data centre.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::{DcOption, PeerId, PeerInfo, UpdateState, UpdatesState};
use grammers_client::session::{BoxFuture, Session, SessionData};
use sha1::{Digest, Sha1};
use tokio::net::{TcpListener, TcpStream};

use super::own::is_own;
use super::{Progress, Route, carry};
use crate::domain::credentials::Access;

/// The library's session, with relays in place of the addresses of the data centres.
pub struct RelaySession(Arc<Relays>);

struct Relays {
    /// With the addresses of the data centres.
    session: MemorySession,
    use_ipv6: bool,
    access: Access,
    progress: Progress,
    relays: Mutex<HashMap<i32, Relay>>,
}

/// A listener for one data centre.
#[derive(Clone)]
struct Relay {
    address: SocketAddrV4,
    /// The library has connected and is ready.
    is_ready: Arc<AtomicBool>,
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

    /// A data centre, with its own address.
    pub fn stored(&self, dc: i32) -> Option<DcOption> {
        self.0.session.dc_option(dc).ok()?
    }
}

impl Relays {
    /// The relay to a data centre. Must be called on the library's runtime, which then runs it.
    fn relay(self: &Arc<Self>, dc: i32) -> Result<Relay, Error> {
        let mut relays = self.relays.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(relay) = relays.get(&dc) {
            return Ok(relay.clone());
        }
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let SocketAddr::V4(address) = listener.local_addr()? else { return Err(failed("not IPv4")) };
        let relay = Relay { address, is_ready: Arc::default() };
        tokio::spawn(serve(Arc::clone(self), TcpListener::from_std(listener)?, dc, relay.clone()));
        relays.insert(dc, relay.clone());
        Ok(relay)
    }

    fn known(&self, dc: i32) -> Option<Relay> {
        self.relays.lock().unwrap_or_else(PoisonError::into_inner).get(&dc).cloned()
    }

    fn target(&self, option: &DcOption) -> SocketAddr {
        if self.use_ipv6 { option.ipv6.into() } else { option.ipv4.into() }
    }

    /// Carries one connection of the library.
    async fn carry(&self, local: TcpStream, dc: i32, is_ready: &AtomicBool) {
        let Ok(Some(option)) = self.session.dc_option(dc) else { return };
        if !begins_as_library(&local, option.auth_key.as_ref()).await {
            return;
        }
        // Only a matter of speed.
        let _ = local.set_nodelay(true);
        let target = self.target(&option);
        let route = Route { proxy: self.access.proxies.to_telegram(target.ip()), dc, target, now: (self.access.now)() };
        let advance = || {
            if !is_ready.load(Ordering::Relaxed) {
                self.progress.advance();
            }
        };
        if let Err(error) = carry(local, route, advance).await {
            self.progress.fail(error);
        }
    }
}

async fn serve(relays: Arc<Relays>, listener: TcpListener, dc: i32, relay: Relay) {
    while let Ok((local, peer)) = listener.accept().await {
        if is_own(peer, relay.address.into()) {
            let (relays, is_ready) = (Arc::clone(&relays), Arc::clone(&relay.is_ready));
            tokio::spawn(async move { relays.carry(local, dc, &is_ready).await });
        }
    }
}

/// Whether a connection begins with the first frame of a key exchange, or of a message under this key.
async fn begins_as_library(local: &TcpStream, key: Option<&[u8; 256]>) -> bool {
    let mut start = [0; 16];
    let Ok(16) = local.peek(&mut start).await else { return false };
    let (sequence, key_id) = (&start[4..8], &start[8..16]);
    sequence == [0; 4] && (key_id == [0; 8] || key.is_some_and(|key| Sha1::digest(key)[12..] == *key_id))
}

/// An address of the library's in the other form; it is never used.
fn mapped(address: SocketAddrV4) -> SocketAddrV6 {
    SocketAddrV6::new(address.ip().to_ipv6_mapped(), address.port(), 0, 0)
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

    /// Keeps the key, and each address that is not the relay's.
    fn set_dc_option(&self, option: &DcOption) -> BoxFuture<'_, Result<(), Error>> {
        let mut option = option.clone();
        Box::pin(async move {
            let relay = self.0.known(option.id);
            if let (Some(stored), Some(relay)) = (self.stored(option.id), &relay) {
                let has_no_news = option.ipv4 == relay.address && option.ipv6 == mapped(relay.address);
                if option.ipv4 == relay.address {
                    option.ipv4 = stored.ipv4;
                }
                if option.ipv6 == mapped(relay.address) {
                    option.ipv6 = stored.ipv6;
                }
                // This is how the library says that it is ready.
                if has_no_news && option.auth_key.is_some() {
                    self.0.progress.advance();
                    relay.is_ready.store(true, Ordering::Relaxed);
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

    /// `help.getConfig` has addresses of all data centres, and the library stores them.
    #[tokio::test]
    async fn the_library_never_gets_an_address_of_telegram() {
        let session = session(&FakeProxy::socks5(None));
        let built_in = session.stored(4).unwrap();
        let relay = session.dc_option(4).unwrap().unwrap();
        assert!(relay.ipv4.ip().is_loopback() && relay.ipv6 == mapped(relay.ipv4));
        // As `update_config` does: one family, the other as it was read.
        let ipv4 = "149.154.167.99:443".parse().unwrap();
        session.set_dc_option(&DcOption { ipv4, ..relay.clone() }).await.unwrap();
        let ipv6 = "[2001:db8::1]:443".parse().unwrap();
        session.set_dc_option(&DcOption { ipv6, ..relay.clone() }).await.unwrap();
        let is_ready = || session.0.known(4).unwrap().is_ready.load(Ordering::Relaxed);
        let steps = session.0.progress.steps();
        assert!(!is_ready());
        // As after connecting: the relay's address, and the key.
        session.set_dc_option(&DcOption { auth_key: Some([5; 256]), ..relay.clone() }).await.unwrap();
        assert!(is_ready() && steps.has_changed().unwrap());
        let stored = session.stored(4).unwrap();
        assert_eq!((stored.ipv4, stored.ipv6, stored.auth_key), (ipv4, ipv6, Some([5; 256])));
        assert!(built_in.ipv4 != ipv4 && built_in.ipv6 != ipv6);
        let again = session.dc_option(4).unwrap().unwrap();
        assert_eq!((again.ipv4, again.ipv6, again.auth_key), (relay.ipv4, relay.ipv6, Some([5; 256])));
        // Another data centre has another relay.
        assert_ne!(session.dc_option(5).unwrap().unwrap().ipv4, relay.ipv4);
        assert!(session.dc_option(9).unwrap().is_none());
    }

    #[tokio::test]
    async fn only_what_begins_as_the_library_does_is_carried() {
        let telegram = FakeTelegram::start();
        let proxy = FakeProxy::mtproxy("00112233445566778899aabbccddeeff", &telegram);
        let session = session(&proxy);
        let relay = session.dc_option(1).unwrap().unwrap();
        let key = [5; 256];
        session.set_dc_option(&DcOption { auth_key: Some(key), ..relay.clone() }).await.unwrap();
        for first in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), frame(&[7; 40], 0), frame(&[0; 40], 1)] {
            let mut stream = TcpStream::connect(relay.ipv4).await.unwrap();
            stream.write_all(&first).await.unwrap();
            // It may be reset.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        assert_eq!(proxy.targets(), Vec::<String>::new());
        // A key exchange, and a message under the key.
        let mut message = Sha1::digest(key)[12..].to_vec();
        message.resize(40 + 16, 7);
        let mut begun = Vec::new();
        for first in [vec![0; 40], message] {
            let mut stream = TcpStream::connect(relay.ipv4).await.unwrap();
            stream.write_all(&frame(&first, 0)).await.unwrap();
            begun.push(stream);
        }
        while proxy.targets().len() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(proxy.targets(), ["1", "1"]);
    }
}
