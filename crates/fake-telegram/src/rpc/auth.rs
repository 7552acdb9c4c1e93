//! `auth.*`: signing in as a bot, and signing out.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use grammers_tl_types::{enums, functions, types};

use super::{Answer, Caller};
use crate::world::{Id, RpcError, World};

/// The length of the part of a token after the colon.
const SECRET_LENGTH: usize = 35;

impl World {
    /// The bot's current token.
    pub fn bot_token(&self, bot: Id) -> String {
        self.bot_token_after(bot, self.revoked_tokens.get(&bot).copied().unwrap_or(0))
    }

    fn bot_token_after(&self, bot: Id, revoked: u32) -> String {
        let bytes: Vec<u8> =
            (0..4).flat_map(|part| self.derived("token", &[bot, revoked.into(), part]).to_le_bytes()).collect();
        let mut secret = format!("AA{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        secret.truncate(SECRET_LENGTH);
        format!("{bot}:{secret}")
    }

    /// The bot with this token.
    fn bot_of(&self, token: &str) -> Answer<Id> {
        let invalid = || RpcError::bad("ACCESS_TOKEN_INVALID");
        let bot = token.split_once(':').and_then(|(id, _)| id.parse().ok()).ok_or_else(invalid)?;
        if !self.is_bot(bot) {
            return Err(invalid());
        }
        if token == self.bot_token(bot) {
            return Ok(bot);
        }
        let revoked = self.revoked_tokens.get(&bot).copied().unwrap_or(0);
        Err(if (0..revoked).any(|before| token == self.bot_token_after(bot, before)) {
            RpcError::bad("ACCESS_TOKEN_EXPIRED")
        } else {
            invalid()
        })
    }
}

pub fn import_bot_authorization(
    world: &mut World,
    caller: &Caller,
    request: functions::auth::ImportBotAuthorization,
) -> Answer<enums::auth::Authorization> {
    if request.api_id == 0 || request.api_hash.is_empty() {
        return Err(RpcError::bad("API_ID_INVALID"));
    }
    let bot = world.bot_of(&request.bot_auth_token)?;
    if caller.me != 0 && caller.me != bot {
        world.violation(format!("account {} wanted to become the bot {bot} on the same key", caller.me));
        return Err(RpcError::bad("USER_ALREADY_AUTHORIZED"));
    }
    if let Some(key) = world.keys.get_mut(&caller.at.session.key) {
        key.account = Some(bot);
        key.revoked = false;
    }
    Ok(types::auth::Authorization {
        setup_password_required: false,
        otherwise_relogin_days: None,
        tmp_sessions: None,
        future_auth_token: None,
        user: world.user(bot, bot, false),
    }
    .into())
}

pub fn log_out(world: &mut World, caller: &Caller, _: functions::auth::LogOut) -> Answer<enums::auth::LoggedOut> {
    if let Some(key) = world.keys.get_mut(&caller.at.session.key) {
        key.account = None;
    }
    Ok(types::auth::LoggedOut { future_auth_token: None }.into())
}
