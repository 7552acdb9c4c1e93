//! The time on Telegram's clock, requested without signing in.
//!
//! With a system clock over 30 s ahead, no connection works: message ids are times, and must not decrease (rules §3).
//! The library does not report this. But Telegram does not check the id of the first message of a key exchange, and the
//! id of its answer is Telegram's time.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use grammers_client::session::SessionData;
use grammers_client::tl::{Serializable, functions};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::login_string::LoginString;
use super::proxy::{DialError, MAX_TIMEOUT, Progress, Route, Step, carry, frame, while_progress};
use crate::domain::Instant;
use crate::domain::credentials::Access;
use crate::domain::proxy::{Proxies, Proxy};

/// How far the system clock may be ahead of Telegram's, in seconds.
pub const MAX_CLOCK_AHEAD: i64 = 30;

/// How long one step may take without and with a proxy. With a proxy, a step's own timeout ends first.
const STEP_TIMEOUT: Duration = Duration::from_secs(5);
const PROXY_STEP_TIMEOUT: Duration = Duration::from_secs(9);

/// The longest answer that is read, in bytes; a real one has about a hundred.
const MAX_ANSWER: usize = 4096;

/// Telegram's time, from the data centre of a login; `None` without an answer.
pub async fn server_time(login: &LoginString, access: &Access) -> Option<Instant> {
    server_time_at(login.dc.into(), login.address, access).await
}

/// Like [`server_time`], from an address of a data centre.
pub async fn server_time_at(dc: i32, address: SocketAddr, access: &Access) -> Option<Instant> {
    ask_at(dc, address, access).await.ok()
}

/// Like [`server_time_at`]. The error has the step that failed.
pub(super) async fn ask_at(dc: i32, address: SocketAddr, access: &Access) -> Result<Instant, DialError> {
    request_by(Route { proxy: access.proxies.to_telegram(address.ip()), dc, target: address, now: (access.now)() })
        .await
}

/// How far the system clock is ahead of Telegram's, in seconds; `None` if a connection can work.
pub async fn clock_ahead(dc: i32, address: SocketAddr, access: &Access) -> Option<i64> {
    let server = server_time_at(dc, address, access).await?;
    Some((access.now)() - server).filter(|ahead| *ahead > MAX_CLOCK_AHEAD)
}

/// Like [`server_time`], without a login from a built-in data centre. The error has the step that failed.
pub async fn try_server_time(
    login: Option<&LoginString>,
    proxies: &Proxies,
    now: Instant,
) -> Result<Instant, DialError> {
    let (dc, target) = data_centre(login);
    request_by(Route { proxy: proxies.to_telegram(target.ip()), dc, target, now }).await
}

async fn request_by(route: Route<'_>) -> Result<Instant, DialError> {
    let no_answer = || route.failed(Step::Telegram, "there was no answer");
    let silence = if route.proxy.is_some() { PROXY_STEP_TIMEOUT } else { STEP_TIMEOUT };
    let (near, far) = tokio::io::duplex(MAX_ANSWER);
    let progress = Progress::default();
    let work = async {
        tokio::select! {
            // First, so that data that has arrived is read.
            biased;
            answer = request(near, route.now) => {
                answer.ok_or_else(|| route.failed(Step::Telegram, "the answer is not Telegram's"))
            }
            end = carry(far, route, || progress.advance()) => end.and_then(|()| Err(no_answer())),
        }
    };
    let answer = while_progress(work, progress.steps(), silence, MAX_TIMEOUT).await;
    answer.unwrap_or_else(|| Err(no_answer()))
}

/// The proxy for the data centre of a login, or for a built-in one.
pub fn proxy_to<'a>(login: Option<&LoginString>, proxies: &'a Proxies) -> Option<&'a Proxy> {
    proxies.to_telegram(data_centre(login).1.ip())
}

fn data_centre(login: Option<&LoginString>) -> (i32, SocketAddr) {
    let built_in = || {
        let data = SessionData::default();
        let address = data.dc_options.get(&data.home_dc).map(|option| option.ipv4);
        (data.home_dc, address.unwrap_or_else(|| SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)).into())
    };
    login.map_or_else(built_in, |login| (login.dc.into(), login.address))
}

/// The answer; `None` if it is not Telegram's. If the connection is closed, this waits without end, because [`carry`]
/// returns the cause.
async fn request(stream: impl AsyncRead + AsyncWrite + Unpin, now: Instant) -> Option<Instant> {
    match exchange(stream, now).await {
        Ok(answer) => answer,
        Err(_) => std::future::pending().await,
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, now: Instant) -> std::io::Result<Option<Instant>> {
    let body = functions::ReqPqMulti { nonce: [0x5f; 16] }.to_bytes();
    // Unencrypted: no key, the message id, the length, the body.
    let mut payload = vec![0; 8];
    payload.extend(now.0.wrapping_shl(32).to_le_bytes());
    payload.extend((body.len() as u32).to_le_bytes());
    payload.extend(body);
    stream.write_all(&frame(&payload, 0)).await?;
    let length = usize::try_from(stream.read_i32_le().await?).ok();
    let Some(length) = length.filter(|length| (32..MAX_ANSWER).contains(length)) else { return Ok(None) };
    let mut rest = vec![0; length - 4];
    stream.read_exact(&mut rest).await?;
    Ok(time_of(&rest))
}

/// The time in an answer. `rest` begins after the length of the frame.
fn time_of(rest: &[u8]) -> Option<Instant> {
    // The sequence number of the frame is followed by the key (none), then the message id.
    let (key, id) = (rest.get(4..12)?, rest.get(12..20)?);
    let seconds = i64::from_le_bytes(id.try_into().ok()?) >> 32;
    (key == [0; 8] && seconds > 0).then_some(Instant(seconds))
}

#[cfg(test)]
mod tests {
    use fake_telegram::{FakeProxy, FakeTelegram};
    use secrecy::SecretString;

    use super::*;

    const KEY: &str = "00112233445566778899aabbccddeeff";

    /// The time through a proxy with this link; or the step that failed, with the error.
    async fn through(telegram: &FakeTelegram, link: &str) -> Result<i64, (Step, String)> {
        let login = LoginString::parse(&telegram.signed_out_login_string().into()).unwrap();
        let proxies = Proxies::read(Some(&SecretString::from(link)), |_| None).unwrap();
        assert!(proxy_to(Some(&login), &proxies).is_some());
        let time = try_server_time(Some(&login), &proxies, Instant(1_700_000_000)).await;
        time.map(|time| time.0).map_err(|error| (error.step, error.to_string()))
    }

    fn frozen() -> FakeTelegram {
        let telegram = FakeTelegram::start_at(2_000_000_000);
        telegram.freeze();
        telegram
    }

    /// CASES T10.
    #[tokio::test]
    async fn the_time_comes_through_each_kind_of_proxy() {
        let telegram = frozen();
        let account = Some(("ada", "p@ss:/%é"));
        let address = telegram.address().to_string();
        let (dd, ee) = (format!("dd{KEY}"), format!("ee{KEY}7777772e782e636f6d"));
        for (proxy, target) in [
            (FakeProxy::socks5(None), &*address),
            (FakeProxy::socks5(account), &*address),
            (FakeProxy::http(None), &*address),
            (FakeProxy::http(account), &*address),
            (FakeProxy::mtproxy(KEY, &telegram), "2"),
            (FakeProxy::mtproxy(&dd, &telegram), "2"),
            (FakeProxy::mtproxy(&ee, &telegram), "2"),
        ] {
            assert_eq!(through(&telegram, &proxy.link()).await, Ok(2_000_000_000), "{}", proxy.link());
            assert_eq!(proxy.targets(), [target]);
        }
        // A name whose addresses are all tried.
        let proxy = FakeProxy::socks5(None);
        let link = format!("socks5://localhost:{}", proxy.address().port());
        assert_eq!(through(&telegram, &link).await, Ok(2_000_000_000));
    }

    /// CASES T10.
    #[tokio::test]
    async fn the_step_that_failed_is_named() {
        let telegram = frozen();
        let step = async |link: String| through(&telegram, &link).await.unwrap_err();
        let (socks, http) = (FakeProxy::socks5(Some(("ada", "right"))), FakeProxy::http(Some(("ada", "right"))));
        for proxy in [&socks, &http] {
            for link in [proxy.link().replace(":%72", ":%73"), proxy.link().replace("%61%64%61:%72%69%67%68%74@", "")] {
                let (step, text) = step(link.clone()).await;
                assert_eq!(step, Step::Password, "{link}: {text}");
                assert!(text.contains("refuses access") && !text.contains("ada"), "{text}");
            }
        }
        // Another secret, with and without TLS.
        let other = KEY.replace("ff", "fe");
        let (dd, ee) = (format!("dd{KEY}"), format!("ee{KEY}7777772e782e636f6d"));
        let dd = FakeProxy::mtproxy(&dd, &telegram);
        assert_eq!(step(dd.link().replace(KEY, &other)).await.0, Step::Telegram);
        let ee = FakeProxy::mtproxy(&ee, &telegram);
        assert_eq!(step(ee.link().replace(KEY, &other)).await.0, Step::Password);
        assert_eq!(step(ee.link().replace("636f6d", "6f7267")).await.0, Step::Password, "another website");
        assert_eq!(step("socks5://127.0.0.1:1".into()).await.0, Step::Connection);
        // Another program listens there.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(b"SSH-2.0-OpenSSH\r\n\r\n").await.unwrap();
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        });
        for scheme in ["socks5", "http"] {
            assert_eq!(step(format!("{scheme}://{address}")).await.0, Step::Greeting);
        }
        let link = format!("tg://proxy?server=127.0.0.1&port={}&secret=ee{KEY}61", address.port());
        assert_eq!(step(link).await.0, Step::Greeting);
        // Telegram refuses, behind a proxy that works.
        let (socks, http) = (FakeProxy::socks5(None), FakeProxy::http(None));
        for proxy in [socks, http] {
            proxy.redirect("127.0.0.1:1".parse().unwrap());
            assert_eq!(step(proxy.link()).await.0, Step::Target);
        }
    }
}
