//! The time on Telegram's clock, requested without signing in.
//!
//! With a system clock over 30 s ahead, no connection works: message ids are times, and must not decrease (rules §3).
//! The library then reports nothing. Telegram does not check the id of the first message of a key exchange, and the id
//! of its answer is Telegram's time.

use std::net::SocketAddr;
use std::time::Duration;

use grammers_client::tl::{Serializable, functions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::login_string::LoginString;
use crate::domain::Instant;
use crate::domain::credentials::Access;

/// How far the system clock may be ahead of Telegram's, in seconds.
pub const MAX_CLOCK_AHEAD: i64 = 30;

const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes; a real one has about a hundred.
const MAX_ANSWER: usize = 4096;

/// Telegram's time, from the data centre of a login; `None` without an answer.
pub async fn server_time(login: &LoginString, access: &Access) -> Option<Instant> {
    server_time_at(login.dc.into(), login.address, access).await
}

/// As [`server_time`], from an address of a data centre.
pub async fn server_time_at(_dc: i32, address: SocketAddr, access: &Access) -> Option<Instant> {
    tokio::time::timeout(TIMEOUT, request(address, (access.now)())).await.ok()?
}

/// How far the system clock is ahead of Telegram's, in seconds, if it is too far for a connection to work.
pub async fn clock_ahead(dc: i32, address: SocketAddr, access: &Access) -> Option<i64> {
    let server = server_time_at(dc, address, access).await?;
    Some((access.now)() - server).filter(|ahead| *ahead > MAX_CLOCK_AHEAD)
}

async fn request(address: SocketAddr, now: Instant) -> Option<Instant> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let body = functions::ReqPqMulti { nonce: [0x5f; 16] }.to_bytes();
    // Unencrypted: no key, the message id, the length, the body.
    let mut payload = vec![0; 8];
    payload.extend(now.0.wrapping_shl(32).to_le_bytes());
    payload.extend((body.len() as u32).to_le_bytes());
    payload.extend(body);
    stream.write_all(&frame(&payload)).await.ok()?;
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

/// The first frame of the full transport: length, sequence number 0, payload, CRC-32.
fn frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 12);
    frame.extend((payload.len() as u32 + 12).to_le_bytes());
    frame.extend(0_u32.to_le_bytes());
    frame.extend(payload);
    frame.extend(crc32fast::hash(&frame).to_le_bytes());
    frame
}
