//! MTProxy: Telegram's messages in the intermediate transport, as a stream of bytes that look random.
//!
//! ```text
//! header     ├ 8 random ┼ key 32 ┼ vector 16 ┼ transport 4 ┼ data centre 2 ┼ 2 random ┤
//!             └──────── sent as it is ──────┘ └──────────── encrypted ──────────────┘
//! messages   ├ length 4 ┼ payload ┼ 0 to 15 random bytes ┤ …                  encrypted
//! ```
//! The keys are made of the header's bytes and the secret. The other direction uses the header's bytes in reverse.

use std::io;

use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::End;
use super::full::{self, MAX_FRAME};
use crate::domain::proxy::{Disguise, MtProxySecret};

type Cipher = Ctr128BE<Aes256>;
type Header = [u8; 64];

/// The names of the intermediate transport without and with padding.
const INTERMEDIATE: [u8; 4] = [0xee; 4];
const PADDED: [u8; 4] = [0xdd; 4];
/// The longest padding, in bytes.
const MAX_PADDING: usize = 15;
/// Other protocols begin with these bytes, so a header must not.
const RESERVED: [[u8; 4]; 7] = [*b"HEAD", *b"POST", *b"GET ", *b"OPTI", [0x16, 3, 1, 2], INTERMEDIATE, PADDED];
/// The first byte of the abridged transport.
const ABRIDGED: u8 = 0xef;

/// Carries a connection of the full transport to an MTProxy. Calls `hear` for each message from the proxy.
pub(super) async fn carry(
    local: impl AsyncRead + AsyncWrite + Unpin,
    remote: impl AsyncRead + AsyncWrite + Unpin,
    secret: &MtProxySecret,
    dc: i32,
    hear: impl Fn(),
) -> End {
    let is_padded = secret.disguise != Disguise::Plain;
    let Some(header) = header(dc, if is_padded { PADDED } else { INTERMEDIATE }) else { return End::Local };
    let (header, encryption, decryption) = ciphers(header, secret.key.expose_secret());
    let (local_reader, local_writer) = tokio::io::split(local);
    let (remote_reader, remote_writer) = tokio::io::split(remote);
    tokio::select! {
        _ = send(local_reader, remote_writer, header, encryption, is_padded) => End::Local,
        _ = receive(remote_reader, local_writer, decryption, hear) => End::Remote,
    }
}

/// A header for this data centre, not encrypted yet; `None` if the system provides no random bytes.
fn header(dc: i32, transport: [u8; 4]) -> Option<Header> {
    let mut header = [0; 64];
    loop {
        getrandom::fill(&mut header).ok()?;
        let is_reserved = RESERVED.iter().any(|start| header.starts_with(start));
        if header[0] != ABRIDGED && !is_reserved && header[4..8] != [0; 4] {
            break;
        }
    }
    header[56..60].copy_from_slice(&transport);
    header[60..62].copy_from_slice(&(dc as i16).to_le_bytes());
    Some(header)
}

/// The header in the form in which it is sent, and the ciphers of both directions.
fn ciphers(header: Header, secret: &[u8]) -> (Header, Cipher, Cipher) {
    let cipher = |bytes: &Header| {
        let key: [u8; 32] = Sha256::new().chain_update(&bytes[8..40]).chain_update(secret).finalize().into();
        let vector: [u8; 16] = std::array::from_fn(|at| bytes[40 + at]);
        Cipher::new(&key.into(), &vector.into())
    };
    let mut reversed = header;
    reversed[8..56].reverse();
    let (mut encryption, decryption) = (cipher(&header), cipher(&reversed));
    let mut encrypted = header;
    encryption.apply_keystream(&mut encrypted);
    let mut sent = header;
    sent[56..].copy_from_slice(&encrypted[56..]);
    (sent, encryption, decryption)
}

async fn send(
    mut local: impl AsyncRead + Unpin,
    mut remote: impl AsyncWrite + Unpin,
    header: Header,
    mut encryption: Cipher,
    is_padded: bool,
) -> io::Result<()> {
    // The header is sent together with the first message.
    let mut data = header.to_vec();
    loop {
        let payload = full::read(&mut local).await?;
        let start = data.len();
        let padding = if is_padded { padding()? } else { Vec::new() };
        data.extend(((payload.len() + padding.len()) as u32).to_le_bytes());
        data.extend(payload);
        data.extend(padding);
        encryption.apply_keystream(&mut data[start..]);
        remote.write_all(&data).await?;
        remote.flush().await?;
        data.clear();
    }
}

/// A random number of random bytes.
fn padding() -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; MAX_PADDING + 1];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let length = usize::from(bytes[MAX_PADDING]) % (MAX_PADDING + 1);
    bytes.truncate(length);
    Ok(bytes)
}

async fn receive(
    mut remote: impl AsyncRead + Unpin,
    mut local: impl AsyncWrite + Unpin,
    mut decryption: Cipher,
    hear: impl Fn(),
) -> io::Result<()> {
    let mut sequence = 0;
    loop {
        let mut length = [0; 4];
        remote.read_exact(&mut length).await?;
        decryption.apply_keystream(&mut length);
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if !(4..=MAX_FRAME).contains(&length) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut message = vec![0; length];
        remote.read_exact(&mut message).await?;
        decryption.apply_keystream(&mut message);
        hear();
        match unpadded(&message) {
            // In the full transport, an error has no frame.
            error @ [_, _, _, _] => local.write_all(error).await?,
            payload => {
                local.write_all(&full::frame(payload, sequence)).await?;
                sequence += 1;
            }
        }
        local.flush().await?;
    }
}

/// A message without its padding. It is an error of 4 bytes; or encrypted, with whole blocks after the 24 bytes of key
/// id and message key; or unencrypted, with its own length.
fn unpadded(message: &[u8]) -> &[u8] {
    let length = match message.len() {
        length if length < 20 + 4 => 4.min(length),
        length if message[..8] == [0; 8] => {
            let body = message[16..20].try_into().map_or(0, u32::from_le_bytes);
            usize::try_from(body).map_or(length, |body| body.saturating_add(20)).min(length)
        }
        length => length - (length - 24) % 16,
    };
    &message[..length]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_header_names_the_data_centre_and_looks_like_nothing_else(dc in -5..=5i32, secret: [u8; 16]) {
            let header = header(dc, PADDED).unwrap();
            prop_assert!(header[0] != ABRIDGED && !RESERVED.iter().any(|start| header.starts_with(start)));
            let (sent, mut ours, _) = ciphers(header, &secret);
            prop_assert_eq!(&sent[..56], &header[..56]);
            // The proxy decrypts with the same keys.
            let (plain, mut theirs, _) = ciphers(sent, &secret);
            prop_assert_eq!(&plain[56..60], &PADDED);
            prop_assert_eq!(i16::from_le_bytes([plain[60], plain[61]]), dc as i16);
            // Both ciphers are at the same position of the stream.
            let mut data = *b"hello";
            ours.apply_keystream(&mut data);
            theirs.apply_keystream(&mut data);
            prop_assert_eq!(&data, b"hello");
        }

        #[test]
        fn padding_is_taken_off(blocks in 1..20usize, padding in 0..=MAX_PADDING, body in 1..50usize) {
            let encrypted = vec![7; 24 + 16 * blocks];
            let mut padded = encrypted.clone();
            padded.resize(encrypted.len() + padding, 1);
            prop_assert_eq!(unpadded(&padded), &encrypted[..]);
            let mut plain = vec![0; 16];
            plain.extend((4 * body as u32).to_le_bytes());
            plain.resize(20 + 4 * body, 9);
            let mut padded = plain.clone();
            padded.resize(plain.len() + padding, 1);
            prop_assert_eq!(unpadded(&padded), &plain[..]);
            let mut error = (-404_i32).to_le_bytes().to_vec();
            error.resize(4 + padding, 1);
            prop_assert_eq!(unpadded(&error), &(-404_i32).to_le_bytes());
        }

        #[test]
        fn no_message_breaks_it(message in proptest::collection::vec(any::<u8>(), 4..80)) {
            unpadded(&message);
        }
    }
}
