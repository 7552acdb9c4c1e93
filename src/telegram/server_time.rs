//! The time on Telegram's clock, requested without signing in.
//!
//! With a system clock over 30 s ahead, no connection works: message ids are times, and must not decrease (rules §3).
//! The library then reports nothing. Telegram does not check the id of the first message of a key exchange, and the id
//! of its answer is Telegram's time.

use std::time::Duration;

use grammers_client::session::SessionData;
use grammers_client::tl::{Serializable, functions};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::login_string::LoginString;
use super::proxy::{DialError, Route, carry, frame};
use crate::domain::Instant;
use crate::domain::credentials::ApiAccess;

/// How far the system clock may be ahead of Telegram's, in seconds.
pub const MAX_CLOCK_AHEAD: i64 = 30;

/// How long one step may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The longest answer that is read, in bytes; a real one has about a hundred.
const MAX_ANSWER: usize = 4096;

/// Telegram's time, from the data centre of a login; `None` without an answer.
pub async fn server_time(login: &LoginString, access: &ApiAccess) -> Option<Instant> {
    ask(Some(login), access).await.ok()
}

/// As [`server_time`], from a built-in data centre without a login. The error says what failed.
pub async fn ask(login: Option<&LoginString>, access: &ApiAccess) -> Result<Instant, AskError> {
    let built_in = || {
        let data = SessionData::default();
        let option = data.dc_options.get(&data.home_dc)?;
        Some((data.home_dc, option.ipv4.into()))
    };
    let (dc, target) =
        login.map(|login| (login.dc.into(), login.address)).or_else(built_in).ok_or(AskError::NoAnswer)?;
    let route = Route { proxy: access.proxies.to_telegram(target.ip()), dc, target, now: (access.now)() };
    let (near, far) = tokio::io::duplex(MAX_ANSWER);
    let (steps, mut advanced) = tokio::sync::watch::channel(());
    let work = async {
        tokio::select! {
            // First, so that what has arrived is read.
            biased;
            answer = request(near, route.now) => answer.ok_or(AskError::NoAnswer),
            end = carry(far, route, || steps.send_replace(())) => match end {
                Ok(()) => Err(AskError::NoAnswer),
                Err(error) => Err(error.into()),
            },
        }
    };
    let silence = async { while let Ok(Ok(())) = timeout(STEP_TIMEOUT, advanced.changed()).await {} };
    tokio::select! {
        answer = work => answer,
        () = silence => Err(AskError::NoAnswer),
        () = tokio::time::sleep(TIMEOUT) => Err(AskError::NoAnswer),
    }
}

/// Why there is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error("Telegram's data centre does not answer")]
    NoAnswer,
}

async fn request(mut stream: impl AsyncRead + AsyncWrite + Unpin, now: Instant) -> Option<Instant> {
    let body = functions::ReqPqMulti { nonce: [0x5f; 16] }.to_bytes();
    // Unencrypted: no key, the message id, the length, the body.
    let mut payload = vec![0; 8];
    payload.extend((now.0 << 32).to_le_bytes());
    payload.extend((body.len() as u32).to_le_bytes());
    payload.extend(body);
    stream.write_all(&frame(&payload, 0)).await.ok()?;
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.ok()?;
    let length = usize::try_from(i32::from_le_bytes(length)).ok().filter(|length| (32..MAX_ANSWER).contains(length))?;
    let mut rest = vec![0; length - 4];
    stream.read_exact(&mut rest).await.ok()?;
    // After the sequence number of the frame: the key (none), then the message id.
    let (key, id) = (rest.get(4..12)?, rest.get(12..20)?);
    if key != [0; 8] {
        return None;
    }
    let seconds = i64::from_le_bytes(id.try_into().ok()?) >> 32;
    (seconds > 0).then_some(Instant(seconds))
}
