//! SOCKS5 (RFC 1928), with user and password (RFC 1929).

use std::io;
use std::net::{IpAddr, SocketAddr};

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::dial::{DialError, Dialer, Refusal, Step};
use crate::domain::proxy::Account;

const VERSION: u8 = 5;
const NO_ACCOUNT: u8 = 0;
const PASSWORD: u8 = 2;

/// Makes the proxy connect to the data centre.
pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    dialer: &Dialer<'_>,
    mut stream: S,
    account: Option<&Account>,
) -> Result<S, DialError> {
    let refused = |step, why: &str| Err(dialer.refused(&Refusal::new(step, why)));
    match (dialer.step(Step::Greeting, greet(&mut stream, account.is_some())).await?, account) {
        (NO_ACCOUNT, _) => {}
        (PASSWORD, Some(account)) => {
            if !dialer.step(Step::Password, send_password(&mut stream, account)).await? {
                return refused(Step::Password, "user or password is wrong");
            }
        }
        (_, None) => return refused(Step::Password, "it requires a user and a password"),
        (_, Some(_)) => return refused(Step::Password, "it does not support passwords"),
    }
    match dialer.step(Step::Target, request(&mut stream, dialer.route.target)).await? {
        0 => Ok(stream),
        code => refused(Step::Target, reply(code)),
    }
}

/// Returns the method of signing in that the proxy chooses.
async fn greet(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), has_account: bool) -> io::Result<u8> {
    let hello: &[u8] = if has_account { &[VERSION, 2, NO_ACCOUNT, PASSWORD] } else { &[VERSION, 1, NO_ACCOUNT] };
    stream.write_all(hello).await?;
    let [version, method] = read(stream).await?;
    if version != VERSION {
        return Err(io::Error::other("the answer is not SOCKS5"));
    }
    Ok(method)
}

/// Returns whether the proxy accepts user and password.
async fn send_password(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), account: &Account) -> io::Result<bool> {
    let mut message = Zeroizing::new(vec![1]);
    for text in [account.name.expose_secret(), account.password.expose_secret()] {
        message.push(u8::try_from(text.len()).map_err(|_| io::Error::other("user or password is too long"))?);
        message.extend(text.as_bytes());
    }
    stream.write_all(&message).await?;
    let [_, status] = read(stream).await?;
    Ok(status == 0)
}

/// The proxy's reply to the request to connect.
async fn request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), target: SocketAddr) -> io::Result<u8> {
    let mut message = vec![VERSION, 1, 0];
    match target.ip() {
        IpAddr::V4(ip) => {
            message.push(1);
            message.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            message.push(4);
            message.extend(ip.octets());
        }
    }
    message.extend(target.port().to_be_bytes());
    stream.write_all(&message).await?;
    let [_, code, _, kind] = read(stream).await?;
    if code != 0 {
        return Ok(code);
    }
    // The reply has the address from which the proxy connects, which is skipped.
    let length = match kind {
        1 => 4,
        4 => 16,
        _ => usize::from(stream.read_u8().await?),
    };
    stream.read_exact(&mut vec![0; length + 2]).await?;
    Ok(code)
}

async fn read<const N: usize>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

fn reply(code: u8) -> &'static str {
    match code {
        2 => "its rules forbid the connection",
        3 => "it has no route to that network",
        4 => "it has no route to that host",
        5 => "Telegram refuses the connection",
        6 => "it got no answer",
        7 | 8 => "it does not support such connections",
        _ => "it failed",
    }
}
