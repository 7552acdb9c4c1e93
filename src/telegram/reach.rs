//! Which address of a data centre answers, and whether the system clock is right (rules §3.13, §3.14).

use std::net::SocketAddr;
use std::time::Duration;

use grammers_client::session::SessionData;
use tokio::task::JoinSet;

use super::call_error::CallError;
use super::connection::Connection;
use super::login_string::LoginString;
use super::server_time::{MAX_CLOCK_AHEAD, ask_at};
use crate::domain::credentials::Access;

/// How long one address is tried alone before the next one is tried at the same time.
const HEAD_START: Duration = Duration::from_secs(1);

/// The data centre for a connection without a login.
const FIRST_DC: u8 = 2;

/// The addresses that the library has for a data centre: IPv4, then IPv6. `None` if there is no such data centre.
pub fn built_in_addresses(dc: u8) -> Option<[SocketAddr; 2]> {
    let data = SessionData::default();
    let option = data.dc_options.get(&i32::from(dc))?;
    Some([option.ipv4.into(), option.ipv6.into()])
}

/// The addresses to try for a data centre: `own`, then its built-in ones. If `own` is on this computer or in the local
/// network, it is not Telegram's data centre, and no other address replaces it.
pub fn addresses(dc: u8, own: Option<SocketAddr>) -> Vec<SocketAddr> {
    let mut all: Vec<SocketAddr> = own.into_iter().collect();
    if !own.is_some_and(is_local) {
        all.extend(built_in_addresses(dc).into_iter().flatten().filter(|address| Some(*address) != own));
    }
    all
}

fn is_local(address: SocketAddr) -> bool {
    match address {
        SocketAddr::V4(v4) => v4.ip().is_loopback() || v4.ip().is_private() || v4.ip().is_link_local(),
        SocketAddr::V6(v6) => v6.ip().is_loopback() || v6.ip().is_unique_local() || v6.ip().is_unicast_link_local(),
    }
}

/// The address of `addresses` that answers first.
pub async fn reach(dc: u8, addresses: &[SocketAddr], access: &Access) -> Result<SocketAddr, CallError> {
    let mut waiting = addresses.iter().copied();
    let (mut tries, mut proxy_problem) = (JoinSet::new(), None);
    let found = loop {
        if let Some(address) = waiting.next() {
            let access = access.clone();
            tries.spawn(async move { (address, ask_at(dc.into(), address, &access).await) });
        }
        let is_last = waiting.len() == 0;
        let next = async { if is_last { std::future::pending().await } else { tokio::time::sleep(HEAD_START).await } };
        tokio::select! {
            biased;
            answer = tries.join_next() => match answer {
                Some(Ok((address, Ok(time)))) => break (address, time),
                Some(Ok((_, Err(error)))) if error.is_of_proxy() => proxy_problem = Some(CallError::Unreached(error)),
                Some(_) => {}
                None => return Err(proxy_problem.unwrap_or_else(|| unreachable(dc, addresses))),
            },
            () = next => {}
        }
    };
    let (address, time) = found;
    match (access.now)() - time {
        ahead if ahead > MAX_CLOCK_AHEAD => Err(CallError::ClockAhead { seconds: ahead }),
        _ => Ok(address),
    }
}

fn unreachable(dc: u8, addresses: &[SocketAddr]) -> CallError {
    let tried: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
    CallError::Lost(format!("data centre {dc} of Telegram does not answer; tried {}", tried.join(" and ")))
}

/// Connects with a login, at an address where its data centre answers.
pub async fn connect(login: &LoginString, access: &Access) -> Result<Connection, CallError> {
    let address = reach(login.dc, &addresses(login.dc, Some(login.address)), access).await?;
    Ok(Connection::new(&login.at(address), access))
}

/// Another address of the login's data centre, if one answers.
pub async fn elsewhere(login: &LoginString, access: &Access) -> Option<SocketAddr> {
    let others: Vec<SocketAddr> = addresses(login.dc, Some(login.address)).into_iter().skip(1).collect();
    reach(login.dc, &others, access).await.ok()
}

/// Connects without a login, over IPv4 or IPv6, whichever answers.
pub async fn connect_fresh(access: &Access) -> Result<Connection, CallError> {
    let address = reach(FIRST_DC, &addresses(FIRST_DC, None), access).await?;
    Ok(Connection::fresh(address.is_ipv6(), access))
}

/// Connects again, with the keys of a lost connection.
pub async fn connect_again(lost: &Connection, access: &Access) -> Result<Connection, CallError> {
    let dc = u8::try_from(lost.dc()).unwrap_or_default();
    let address = reach(dc, &addresses(dc, lost.address()), access).await?;
    Ok(lost.again(address, access))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES T8, T11: they include an address for a host with IPv6 only.
    #[test]
    fn built_in_addresses_stand_in_for_a_dead_one() {
        let built_in = built_in_addresses(4).unwrap();
        assert!(built_in[0].is_ipv4() && built_in[1].is_ipv6());
        assert_eq!(addresses(4, None), built_in);
        let old = "149.154.167.91:80".parse().unwrap();
        assert_eq!(addresses(4, Some(old)), [old, built_in[0], built_in[1]]);
        assert_eq!(addresses(4, Some(built_in[1])), [built_in[1], built_in[0]]);
        assert_eq!((built_in_addresses(0), built_in_addresses(6)), (None, None));
    }

    /// The key of a test server must not be sent to Telegram.
    #[test]
    fn nothing_stands_in_for_a_local_server() {
        for own in ["127.0.0.1:443", "10.0.0.1:443", "192.168.1.2:443", "[::1]:443", "[fd00::1]:443", "169.254.1.1:1"] {
            let own = own.parse().unwrap();
            assert_eq!(addresses(2, Some(own)), [own]);
        }
    }
}
