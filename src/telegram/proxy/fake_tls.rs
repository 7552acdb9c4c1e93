//! MTProxy that looks like TLS 1.3: a greeting like a browser's to a website, then the data in TLS records.
//!
//! ```text
//! swf ──► ClientHello; its random bytes are an HMAC of itself with the secret, and the time
//!     ◄── ServerHello, ChangeCipherSpec, data; its random bytes are an HMAC with the secret, too
//!     ──► ChangeCipherSpec, records of data …
//! ```

use std::io;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::domain::Instant;

/// The largest amount of data in a record that is sent, in bytes.
pub(super) const MAX_RECORD: usize = 16 * 1024;
/// The length of the greeting that proxies expect, in bytes.
const HELLO: usize = 517;
/// The position of the 32 random bytes of a greeting, in either direction.
const RANDOM: std::ops::Range<usize> = 11..43;

const CHANGE_CIPHER: u8 = 0x14;
const HANDSHAKE: u8 = 0x16;
const DATA: u8 = 0x17;

/// Greets the proxy. Returns `false` if its answer shows that it does not know the secret: then perhaps the website
/// itself has answered.
pub(super) async fn greet(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    key: &SecretSlice<u8>,
    domain: &str,
    now: Instant,
) -> io::Result<bool> {
    let mut random = [0; 80];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let hello = sign(hello(domain, &random), key, now);
    stream.write_all(&hello).await?;
    let mut answer = Vec::new();
    for kind in [HANDSHAKE, CHANGE_CIPHER, DATA] {
        let (found, record) = read_record(stream).await?;
        answer.extend(record);
        if found != kind {
            return Ok(false);
        }
    }
    Ok(is_signed(&answer, key, &hello[RANDOM]))
}

/// Carries bytes in records of TLS. Never returns, so that data that has arrived can be read; the caller drops it.
pub(super) async fn carry(near: impl AsyncRead + AsyncWrite + Unpin, remote: impl AsyncRead + AsyncWrite + Unpin) {
    let (near_reader, near_writer) = tokio::io::split(near);
    let (remote_reader, remote_writer) = tokio::io::split(remote);
    let _ = tokio::join!(wrap(near_reader, remote_writer), unwrap(remote_reader, near_writer));
    std::future::pending::<()>().await;
}

async fn wrap(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut out = vec![CHANGE_CIPHER, 3, 3, 0, 1, 1];
    let mut data = vec![0; MAX_RECORD];
    loop {
        let length = from.read(&mut data).await?;
        if length == 0 {
            return Ok(());
        }
        out.extend([DATA, 3, 3]);
        out.extend((length as u16).to_be_bytes());
        out.extend(&data[..length]);
        to.write_all(&out).await?;
        out.clear();
    }
}

async fn unwrap(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let end = loop {
        match read_record(&mut from).await {
            Ok((DATA, record)) => to.write_all(&record[5..]).await?,
            Ok((CHANGE_CIPHER, _)) => {}
            Ok(_) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    to.shutdown().await?;
    end
}

/// A record with its head of 5 bytes, and its kind.
async fn read_record(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).await?;
    if !(0x14..=0x18).contains(&record[0]) || record[1] != 3 {
        return Err(io::Error::other("the answer is not TLS"));
    }
    let length = u16::from_be_bytes([record[3], record[4]]);
    record.resize(5 + usize::from(length), 0);
    stream.read_exact(&mut record[5..]).await?;
    Ok((record[0], record))
}

fn hmac(key: &SecretSlice<u8>, parts: &[&[u8]]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key.expose_secret()).expect("a key may have any length");
    parts.iter().for_each(|part| hmac.update(part));
    hmac.finalize().into_bytes().into()
}

/// Fills the random bytes of a greeting, which are zeros.
fn sign(mut hello: Vec<u8>, key: &SecretSlice<u8>, now: Instant) -> Vec<u8> {
    let mut digest = hmac(key, &[&hello]);
    for (byte, time) in digest[28..].iter_mut().zip((now.0 as u32).to_le_bytes()) {
        *byte ^= time;
    }
    hello[RANDOM].copy_from_slice(&digest);
    hello
}

/// Whether the answer was made with the secret, for the greeting with these random bytes.
fn is_signed(answer: &[u8], key: &SecretSlice<u8>, random: &[u8]) -> bool {
    let (Some(before), Some(digest), Some(after)) =
        (answer.get(..RANDOM.start), answer.get(RANDOM), answer.get(RANDOM.end..))
    else {
        return false;
    };
    hmac(key, &[random, before, &[0; 32], after]) == *digest
}

/// A byte that marks a value which servers must ignore (RFC 8701), from a random one.
fn grease(random: u8) -> [u8; 2] {
    [random & 0xf0 | 0x0a; 2]
}

fn extension(kind: [u8; 2], body: &[u8]) -> Vec<u8> {
    [&kind[..], &(body.len() as u16).to_be_bytes(), body].concat()
}

/// The greeting of a browser, with zeros instead of its random bytes.
fn hello(domain: &str, random: &[u8; 80]) -> Vec<u8> {
    let [cipher, group, version, first, last] = [0, 1, 2, 3, 4].map(|at| grease(random[at]));
    // The same mark must not appear twice.
    let last = if last == first { [last[0] ^ 0x10; 2] } else { last };
    let (session, mut key) = (&random[8..40], random[40..72].to_vec());
    // Keys of X25519 are below 2^255.
    key[31] &= 0x7f;
    let ciphers = [
        &cipher[..],
        &[0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8],
        &[0xc0, 0x13, 0xc0, 0x14, 0, 0x9c, 0, 0x9d, 0, 0x2f, 0, 0x35],
    ]
    .concat();
    let name = domain.as_bytes();
    let length = |more: usize| ((name.len() + more) as u16).to_be_bytes();
    let extensions = [
        extension(first, &[]),
        extension([0, 0], &[&length(3)[..], &[0], &length(0)[..], name].concat()),
        extension([0, 0x17], &[]),
        extension([0xff, 1], &[0]),
        extension([0, 0x0a], &[&[0, 8], &group[..], &[0, 0x1d, 0, 0x17, 0, 0x18]].concat()),
        extension([0, 0x0b], &[1, 0]),
        extension([0, 0x23], &[]),
        extension([0, 0x10], b"\0\x0c\x02h2\x08http/1.1"),
        extension([0, 5], &[1, 0, 0, 0, 0]),
        extension([0, 0x0d], &[0, 16, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1]),
        extension([0, 0x12], &[]),
        extension([0, 0x33], &[&[0, 0x29], &group[..], &[0, 1, 0, 0, 0x1d, 0, 0x20], &key].concat()),
        extension([0, 0x2d], &[1, 1]),
        extension([0, 0x2b], &[&[6], &version[..], &[3, 4, 3, 3]].concat()),
        extension([0, 0x1b], &[2, 0, 2]),
        extension(last, &[0]),
    ]
    .concat();
    let mut hello = vec![HANDSHAKE, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.extend([0; 32]);
    hello.push(32);
    hello.extend(session);
    hello.extend((ciphers.len() as u16).to_be_bytes());
    hello.extend(ciphers);
    hello.extend([1, 0]);
    hello.extend(((HELLO - hello.len() - 2) as u16).to_be_bytes());
    hello.extend(extensions);
    let padding = HELLO - hello.len() - 4;
    hello.extend(extension([0, 0x15], &vec![0; padding]));
    hello
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretSlice<u8> {
        SecretSlice::from(vec![7; 16])
    }

    #[test]
    fn a_greeting_is_a_whole_client_hello_for_any_name() {
        for domain in ["a.b".to_owned(), "x".repeat(182)] {
            let hello = hello(&domain, &std::array::from_fn(|at| at as u8));
            assert_eq!(hello.len(), HELLO);
            // The length of the ciphers, then of the extensions.
            let mut at = 76 + 2 + usize::from(u16::from_be_bytes([hello[76], hello[77]])) + 2;
            assert_eq!(usize::from(u16::from_be_bytes([hello[at], hello[at + 1]])), HELLO - at - 2);
            at += 2;
            let mut kinds = std::collections::BTreeSet::new();
            while at < HELLO {
                assert!(kinds.insert([hello[at], hello[at + 1]]));
                at += 4 + usize::from(u16::from_be_bytes([hello[at + 2], hello[at + 3]]));
            }
            assert_eq!((at, kinds.len()), (HELLO, 17));
        }
    }

    #[test]
    fn a_greeting_is_signed_with_secret_and_time() {
        let plain = hello("a.b", &[1; 80]);
        let now = Instant(1_700_000_000);
        let signed = sign(plain.clone(), &key(), now);
        let mut digest = hmac(&key(), &[&plain]);
        assert_eq!(signed[RANDOM][..28], digest[..28]);
        digest.iter_mut().zip(&signed[RANDOM]).for_each(|(byte, sent)| *byte ^= sent);
        assert_eq!(digest[28..], 1_700_000_000_u32.to_le_bytes());
        let mut answer = vec![3; 200];
        answer[RANDOM].fill(0);
        let digest = hmac(&key(), &[&signed[RANDOM], &answer]);
        answer[RANDOM].copy_from_slice(&digest);
        assert!(is_signed(&answer, &key(), &signed[RANDOM]));
        assert!(!is_signed(&answer, &SecretSlice::from(vec![8; 16]), &signed[RANDOM]));
        assert!(!is_signed(&answer[..40], &key(), &signed[RANDOM]));
    }
}
