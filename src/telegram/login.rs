//! Login by QR code: the phone scans a token, and the key of this connection then belongs to the account. Also the
//! password of two-step verification, and logout.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;
use grammers_crypto::two_factor_auth::{calculate_2fa, check_p_and_g};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::call_error::{CallError, refusals};
use super::connection::{Caller, Connection};
use super::login_string::LoginString;
use super::peers::people;
use crate::domain::credentials::Application;
use crate::domain::people::Known;

/// The shortest and the longest lifetime of a token, in seconds, whatever the server says.
const TOKEN_LIFETIME: (i64, i64) = (1, 300);

/// SHA-256 of the safe prime that Telegram uses with the generator 3. To test a prime takes seconds, so only others are
/// tested.
const KNOWN_PRIME: [u8; 32] = [
    0x02, 0xf8, 0x5e, 0x76, 0x87, 0xfc, 0x6f, 0x33, 0xba, 0x67, 0x82, 0x26, 0xa9, 0x63, 0xb3, 0xc8, 0xa1, 0x91, 0xb4,
    0x7c, 0x89, 0x0c, 0xf3, 0x0d, 0xeb, 0xe1, 0x7c, 0x1d, 0x62, 0x3b, 0x5a, 0xf1,
];

type Algorithm = tl::types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow;

/// A login in progress.
pub struct QrLogin {
    connection: Connection,
    application: Application,
}

/// The state of a login.
#[derive(Debug)]
pub enum Step {
    /// The phone must scan this.
    Scan(Token),
    /// The phone has accepted, and the account also has a password.
    Password,
    /// Logged in, as this account.
    In(Box<Known>),
}

/// What the phone scans.
#[derive(Debug)]
pub struct Token {
    /// `tg://login?token=…`
    pub link: String,
    /// How long it is valid.
    pub lifetime: Duration,
}

/// A password question. It can be answered once.
pub struct Question {
    /// The hint that the user has set.
    pub hint: Option<String>,
    algo: Algorithm,
    srp_id: i64,
    srp_b: Vec<u8>,
}

impl QrLogin {
    /// Logs in on a connection that is not signed in.
    pub fn new(connection: Connection, application: Application) -> QrLogin {
        QrLogin { connection, application }
    }

    pub fn caller(&self) -> &Caller {
        &self.connection.caller
    }

    /// The login string of the connection; useful after the login.
    pub fn login_string(&self) -> Option<LoginString> {
        self.connection.login_string()
    }

    /// Replaces a broken connection, with the same key if there is one: a scanned token stays valid.
    pub fn reconnect(&mut self) {
        let access = &self.application.access;
        self.connection = match self.connection.login_string() {
            Some(string) => Connection::new(&string, access),
            None => Connection::fresh(access),
        };
    }

    /// The state of the login now: a new token until one is accepted. Follows an account into its data centre.
    pub async fn step(&mut self) -> Result<Step, CallError> {
        use tl::enums::auth::LoginToken;
        let tl::enums::Config::Config(config) = self.caller().call(&tl::functions::help::GetConfig {}).await?;
        let request = tl::functions::auth::ExportLoginToken {
            api_id: self.application.access.api_id,
            api_hash: self.application.api_hash.expose_secret().to_owned(),
            except_ids: Vec::new(),
        };
        let mut answer = self.caller().call(&request).await;
        if let Ok(LoginToken::MigrateTo(to)) = answer {
            self.connection.caller.move_to(to.dc_id);
            answer = self.caller().call(&tl::functions::auth::ImportLoginToken { token: to.token }).await;
        }
        match answer {
            Ok(LoginToken::Token(token)) => {
                let lifetime = i64::from(token.expires) - i64::from(config.date);
                Ok(Step::Scan(Token {
                    link: format!("tg://login?token={}", BASE64_URL_SAFE_NO_PAD.encode(&token.token)),
                    lifetime: Duration::from_secs(lifetime.clamp(TOKEN_LIFETIME.0, TOKEN_LIFETIME.1).unsigned_abs()),
                }))
            }
            Ok(LoginToken::Success(success)) => signed_in(success.authorization).map(Step::In),
            Ok(LoginToken::MigrateTo(to)) => Err(CallError::Elsewhere { dc: to.dc_id }),
            Err(error) if error.is(refusals::PASSWORD_NEEDED) => Ok(Step::Password),
            Err(error) => Err(error),
        }
    }

    /// Waits until a phone has accepted a token, the connection is lost, or `token` has expired.
    pub async fn accepted(&mut self, token: &Token) {
        let change = async {
            while let Some(update) = self.connection.updates.recv().await {
                if may_be_change(&update) {
                    return;
                }
            }
            std::future::pending::<()>().await;
        };
        // The next step finds out which of them it was.
        let _ = tokio::time::timeout(token.lifetime, change).await;
    }

    /// Requests a password question; each try needs a new one.
    pub async fn question(&self) -> Result<Question, CallError> {
        let tl::enums::account::Password::Password(asked) =
            self.caller().call(&tl::functions::account::GetPassword {}).await?;
        use tl::enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow as Known;
        match (asked.current_algo, asked.srp_b, asked.srp_id) {
            (Some(Known(algo)), Some(srp_b), Some(srp_id))
                if srp_b.len() <= 256 && srp_b.iter().any(|byte| *byte != 0) && (2..=7).contains(&algo.g) =>
            {
                Ok(Question { hint: asked.hint, algo, srp_id, srp_b })
            }
            _ => Err(CallError::Refused { code: 400, name: "a password question of an unknown kind".into() }),
        }
    }

    /// Answers with a password, which itself is not sent; `None` if it is wrong.
    pub async fn answer(&self, question: Question, password: SecretString) -> Result<Option<Box<Known>>, CallError> {
        let broken = || CallError::Refused { code: 400, name: "a password question that is not safe to answer".into() };
        let srp_id = question.srp_id;
        // The computation is slow by design, and slower in a debug build.
        let proof = tokio::task::spawn_blocking(move || {
            let Algorithm { salt1, salt2, p, g } = question.algo;
            let mut secret = vec![0; 256];
            if !is_safe(&p, g) || getrandom::fill(&mut secret).is_err() {
                return None;
            }
            Some(calculate_2fa(&salt1, &salt2, &p, &g, question.srp_b, secret, password.expose_secret()))
        });
        let (m1, a) = proof.await.ok().flatten().ok_or_else(broken)?;
        let answer = tl::types::InputCheckPasswordSrp { srp_id, a: a.to_vec(), m1: m1.to_vec() };
        match self.caller().call(&tl::functions::auth::CheckPassword { password: answer.into() }).await {
            Ok(authorization) => signed_in(authorization).map(Some),
            Err(error) if error.is(refusals::WRONG_PASSWORD) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether an answer does not reveal the password.
fn is_safe(p: &[u8], g: i32) -> bool {
    let is_known = g == 3 && <[u8; 32]>::from(Sha256::digest(p)) == KNOWN_PRIME;
    is_known || check_p_and_g(p, &g)
}

/// Whether the state of the login may have changed.
fn may_be_change(update: &UpdatesLike) -> bool {
    use tl::enums::{Update, Updates};
    let is_token = |update: &Update| matches!(update, Update::LoginToken);
    match update {
        UpdatesLike::ConnectionClosed | UpdatesLike::MalformedUpdates => true,
        UpdatesLike::Updates(Updates::UpdateShort(short)) => is_token(&short.update),
        UpdatesLike::Updates(Updates::Updates(all)) => all.updates.iter().any(is_token),
        UpdatesLike::Updates(Updates::Combined(all)) => all.updates.iter().any(is_token),
        _ => false,
    }
}

fn signed_in(authorization: tl::enums::auth::Authorization) -> Result<Box<Known>, CallError> {
    let known = match authorization {
        tl::enums::auth::Authorization::Authorization(done) => people(&[done.user], &[]).into_iter().next(),
        tl::enums::auth::Authorization::SignUpRequired(_) => None,
    };
    known.map(Box::new).ok_or_else(CallError::unknown_account)
}

/// Signs the account of this connection out.
pub async fn log_out(caller: &Caller) -> Result<(), CallError> {
    caller.call(&tl::functions::auth::LogOut {}).await.map(drop)
}
