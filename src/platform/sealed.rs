//! Secrets under a passphrase: scrypt derives the key, XChaCha20-Poly1305 encrypts.
//!
//! ```text
//! "swf sealed 1\n" │ cost (1) │ salt (16) │ nonce (24) │ what is encrypted
//! ├──────────── authenticated, too ──────────────────┤
//! ```

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use scrypt::Params;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};

const HEAD: &[u8] = b"swf sealed 1\n";
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = HEAD.len() + 1 + SALT_BYTES + NONCE_BYTES;
/// The scrypt cost, as a power of two: one guess takes 128 MiB and half a second.
const COST: u8 = 17;
/// The maximum cost that is accepted, so that a file can't keep this computer busy for hours.
const MAX_COST: u8 = 20;
/// The minimum length of a passphrase, in characters.
pub const MIN_PASSPHRASE: usize = 12;

/// Encrypts `secret`.
pub fn seal(passphrase: &SecretString, secret: &[u8]) -> Result<Vec<u8>> {
    seal_with(passphrase, secret, COST)
}

fn seal_with(passphrase: &SecretString, secret: &[u8], cost: u8) -> Result<Vec<u8>> {
    let mut random = [0; SALT_BYTES + NONCE_BYTES];
    getrandom::fill(&mut random)
        .map_err(|error| Error::failed(format!("the system gives no random numbers: {error}")))?;
    let header = [HEAD, &[cost], &random].concat();
    let (cipher, nonce) = cipher(passphrase, &header)?;
    let payload = Payload { msg: secret, aad: &header };
    let sealed = cipher.encrypt(&nonce, payload).map_err(|_| Error::failed("the logins are too long to encrypt"))?;
    Ok([header, sealed].concat())
}

/// Decrypts; `None` if the passphrase is wrong, or a byte was changed.
pub fn open(passphrase: &SecretString, sealed: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some((header, encrypted)) = sealed.split_at_checked(HEADER_BYTES) else { return Ok(None) };
    if !header.starts_with(HEAD) || header[HEAD.len()] > MAX_COST {
        return Ok(None);
    }
    let (cipher, nonce) = cipher(passphrase, header)?;
    Ok(cipher.decrypt(&nonce, Payload { msg: encrypted, aad: header }).ok().map(Zeroizing::new))
}

fn cipher(passphrase: &SecretString, header: &[u8]) -> Result<(XChaCha20Poly1305, XNonce)> {
    let (salt, nonce) = header[HEAD.len() + 1..].split_at(SALT_BYTES);
    let bad = || Error::failed("this version of swf does not support the encryption of these logins");
    let params = Params::new(header[HEAD.len()], 8, 1).map_err(|_| bad())?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.expose_secret().as_bytes(), salt, &params, &mut *key).map_err(|_| bad())?;
    let cipher = XChaCha20Poly1305::new_from_slice(&*key).map_err(|_| bad())?;
    Ok((cipher, XNonce::try_from(nonce).map_err(|_| bad())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_passphrase_opens_what_was_sealed() {
        let passphrase = SecretString::from("correct horse battery");
        let sealed = seal_with(&passphrase, b"1Aa-login", 4).unwrap();
        let opened = |passphrase: &str, sealed: &[u8]| {
            open(&SecretString::from(passphrase), sealed).unwrap().map(|bytes| bytes.to_vec())
        };
        assert_eq!(opened("correct horse battery", &sealed).as_deref(), Some(&b"1Aa-login"[..]));
        assert_eq!(opened("correct horse batterz", &sealed), None);
        assert!(!sealed.windows(9).any(|window| window == b"1Aa-login"));
        // Sealing the same secret twice gives different bytes.
        assert_ne!(seal_with(&passphrase, b"1Aa-login", 4).unwrap(), sealed);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            // Another cost gives another key, or is invalid.
            let passphrase = SecretString::from("correct horse battery");
            assert!(open(&passphrase, &changed).is_ok_and(|opened| opened.is_none()), "{at}");
            assert_eq!(opened("correct horse battery", &sealed[..at]), None, "{at}");
        }
        let mut slow = sealed;
        slow[HEAD.len()] = MAX_COST + 1;
        assert_eq!(opened("correct horse battery", &slow), None);
    }
}
