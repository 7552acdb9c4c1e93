//! The password of two-step verification: the question, and an answer that proves the password without sending it.

use grammers_client::tl;
use grammers_crypto::two_factor_auth::{calculate_2fa, check_p_and_g};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::telegram::call_error::CallError;
use crate::telegram::connection::Caller;

/// SHA-256 of the safe prime that Telegram uses with the generator 3. Testing a prime takes seconds, so only other
/// primes are tested.
const KNOWN_PRIME: [u8; 32] = [
    0x02, 0xf8, 0x5e, 0x76, 0x87, 0xfc, 0x6f, 0x33, 0xba, 0x67, 0x82, 0x26, 0xa9, 0x63, 0xb3, 0xc8, 0xa1, 0x91, 0xb4,
    0x7c, 0x89, 0x0c, 0xf3, 0x0d, 0xeb, 0xe1, 0x7c, 0x1d, 0x62, 0x3b, 0x5a, 0xf1,
];

type Algorithm = tl::types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow;

/// A password question. It can be answered once.
pub struct Question {
    /// The hint that the user set.
    pub hint: Option<String>,
    algo: Algorithm,
    srp_id: i64,
    srp_b: Vec<u8>,
}

impl Question {
    /// Requests a password question.
    pub async fn request(caller: &Caller) -> Result<Question, CallError> {
        let tl::enums::account::Password::Password(asked) =
            caller.call(&tl::functions::account::GetPassword {}).await?;
        use tl::enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow as Known;
        match (asked.current_algo, asked.srp_b, asked.srp_id) {
            (Some(Known(algo)), Some(srp_b), Some(srp_id))
                if srp_b.len() <= 256 && srp_b.iter().any(|byte| *byte != 0) && (2..=7).contains(&algo.g) =>
            {
                Ok(Question { hint: asked.hint, algo, srp_id, srp_b })
            }
            _ => Err(CallError::Unfit("this version of swf does not support Telegram's password check".into())),
        }
    }

    /// Answers with a password, which itself is not sent.
    pub async fn answer(
        self,
        caller: &Caller,
        password: SecretString,
    ) -> Result<tl::enums::auth::Authorization, CallError> {
        let srp_id = self.srp_id;
        // The computation is slow by design, and slower in a debug build.
        let proof = tokio::task::spawn_blocking(move || self.prove(&password)).await;
        let (m1, a) = proof.ok().flatten().ok_or_else(|| {
            CallError::Unfit("the password check is not safe; this server may not be Telegram's".into())
        })?;
        let answer = tl::types::InputCheckPasswordSrp { srp_id, a: a.to_vec(), m1: m1.to_vec() };
        caller.call(&tl::functions::auth::CheckPassword { password: answer.into() }).await
    }

    /// The proof for Telegram; `None` if it would reveal the password.
    fn prove(self, password: &SecretString) -> Option<([u8; 32], [u8; 256])> {
        let Algorithm { salt1, salt2, p, g } = self.algo;
        let mut secret = vec![0; 256];
        if !is_safe(&p, g) || getrandom::fill(&mut secret).is_err() {
            return None;
        }
        Some(calculate_2fa(&salt1, &salt2, &p, &g, self.srp_b, secret, password.expose_secret()))
    }
}

/// Whether an answer does not reveal the password.
fn is_safe(p: &[u8], g: i32) -> bool {
    let is_known = g == 3 && <[u8; 32]>::from(Sha256::digest(p)) == KNOWN_PRIME;
    is_known || check_p_and_g(p, &g)
}
