//! HTTP proxies, by the method CONNECT (RFC 9110, 9.3.6).

use std::io;
use std::net::SocketAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::dial::{DialError, Dialer, Refusal, Step};
use crate::domain::proxy::Account;
use crate::domain::text::{clean, shorten};

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// How many graphemes of the status are shown to the user.
const MAX_STATUS: usize = 60;

/// Makes the proxy connect to the data centre.
pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    dialer: &Dialer<'_>,
    mut stream: S,
    account: Option<&Account>,
) -> Result<S, DialError> {
    let head = dialer.step(Step::Target, exchange(&mut stream, account, dialer.route.target)).await?;
    match check(&head, account.is_some()) {
        Ok(()) => Ok(stream),
        Err(refusal) => Err(dialer.refused(&refusal)),
    }
}

/// Sends the request; returns the head of the answer.
async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    account: Option<&Account>,
    target: SocketAddr,
) -> io::Result<Vec<u8>> {
    let mut request = Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
    if let Some(Account { name, password }) = account {
        let pair = Zeroizing::new(format!("{}:{}", name.expose_secret(), password.expose_secret()));
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
        request.push_str("Proxy-Authorization: Basic ");
        request.push_str(&encoded);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    // Byte by byte, because the data after the head is Telegram's.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD {
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

/// Checks that the head of the answer reports a connection.
fn check(head: &[u8], has_account: bool) -> Result<(), Refusal> {
    let head = String::from_utf8_lossy(head);
    let status = head.lines().next().and_then(|line| line.strip_prefix("HTTP/1.")?.split_once(' '));
    let Some((_, status)) = status else { return Err(Refusal::new(Step::Greeting, "the answer is not HTTP")) };
    match (status.get(..3), has_account) {
        (Some(code), _) if code.starts_with('2') => Ok(()),
        (Some("407"), true) => Err(Refusal::new(Step::Password, "user or password is wrong")),
        (Some("407"), false) => Err(Refusal::new(Step::Password, "it requires a user and a password")),
        _ => Err(Refusal::new(Step::Target, format!("it answered {}", shorten(&clean(status), MAX_STATUS)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_names_the_step_that_failed() {
        let step = |head: &str| check(head.as_bytes(), false).map_err(|refusal| (refusal.step, refusal.why));
        assert_eq!(step("HTTP/1.1 200 Connection established\r\n\r\n"), Ok(()));
        assert_eq!(step("HTTP/1.0 200\r\n\r\n"), Ok(()));
        let wants = "it requires a user and a password".to_owned();
        assert_eq!(step("HTTP/1.1 407 No\r\n\r\n"), Err((Step::Password, wants)));
        assert_eq!(step("HTTP/1.1 403 No\u{1b}[2J\r\n\r\n").unwrap_err().0, Step::Target);
        assert!(!step("HTTP/1.1 403 No\u{1b}[2J\r\n\r\n").unwrap_err().1.contains('\u{1b}'));
        for other in ["SSH-2.0-OpenSSH\r\n\r\n", "", "HTTP/1.1\r\n\r\n"] {
            assert_eq!(step(other).unwrap_err().0, Step::Greeting, "{other}");
        }
    }
}
