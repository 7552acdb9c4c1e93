//! Two-step verification, the server's side of <https://core.telegram.org/api/srp>.

use hmac::Hmac;
use num_bigint::BigUint;
use sha2::{Digest, Sha256, Sha512};

use crate::wire::fill_random;

/// The safe prime that Telegram's servers use, 2048 bits.
const P: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e\
                 0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d\
                 5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0e\
                 f1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed7005\
                 0ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b";
pub const G: i32 = 3;

/// What the server stores of a password.
#[derive(Clone)]
pub struct Password {
    pub salt1: Vec<u8>,
    pub salt2: Vec<u8>,
    verifier: BigUint,
}

/// A challenge that was sent and waits for its answer.
pub struct Challenge {
    secret: BigUint,
    pub b: Vec<u8>,
}

pub fn p() -> Vec<u8> {
    prime().to_bytes_be()
}

fn prime() -> BigUint {
    BigUint::parse_bytes(P.as_bytes(), 16).expect("a number")
}

fn h(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// 256 bytes, big endian.
fn padded(number: &BigUint) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let mut out = vec![0; 256 - bytes.len()];
    out.extend(bytes);
    out
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fill_random(&mut bytes);
    bytes
}

impl Password {
    pub fn new(password: &str) -> Self {
        let (salt1, salt2) = (random(40), random(16));
        let first = h(&[&salt1, password.as_bytes(), &salt1]);
        let first = h(&[&salt2, &first, &salt2]);
        let mut long = [0; 64];
        pbkdf2::pbkdf2::<Hmac<Sha512>>(&first, &salt1, 100_000, &mut long).expect("a key of any length is fine");
        let x = BigUint::from_bytes_be(&h(&[&salt2, &long, &salt2]));
        let verifier = BigUint::from(G as u32).modpow(&x, &prime());
        Self { salt1, salt2, verifier }
    }

    pub fn challenge(&self) -> Challenge {
        let p = prime();
        let secret = BigUint::from_bytes_be(&random(256));
        let g = BigUint::from(G as u32);
        let k = BigUint::from_bytes_be(&h(&[&padded(&p), &padded(&g)]));
        let b = (k * &self.verifier + g.modpow(&secret, &p)) % &p;
        Challenge { secret, b: padded(&b) }
    }

    /// Whether the answer A, M1 proves that the client has the password.
    pub fn is_right(&self, challenge: &Challenge, a: &[u8], m1: &[u8]) -> bool {
        let p = prime();
        let number = BigUint::from_bytes_be(a);
        if a.len() != 256 || &number % &p == BigUint::ZERO {
            return false;
        }
        let u = BigUint::from_bytes_be(&h(&[a, &challenge.b]));
        let s = (number * self.verifier.modpow(&u, &p)).modpow(&challenge.secret, &p);
        let k = h(&[&padded(&s)]);
        let (of_p, of_g) = (h(&[&padded(&p)]), h(&[&padded(&BigUint::from(G as u32))]));
        let both: Vec<u8> = of_p.iter().zip(of_g).map(|(p, g)| p ^ g).collect();
        let wanted = h(&[&both, &h(&[&self.salt1]), &h(&[&self.salt2]), a, &challenge.b, &k]);
        wanted == m1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_knows_the_password_is_let_in() {
        let password = Password::new("correct horse");
        for (said, right) in [("correct horse", true), ("battery staple", false)] {
            let challenge = password.challenge();
            let (m1, a) = grammers_crypto::two_factor_auth::calculate_2fa(
                &password.salt1,
                &password.salt2,
                &p(),
                &G,
                challenge.b.clone(),
                random(256),
                said,
            );
            assert_eq!(password.is_right(&challenge, &a, &m1), right, "{said}");
        }
    }
}
