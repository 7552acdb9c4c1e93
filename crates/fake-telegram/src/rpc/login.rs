//! Logging in by QR code, and two-step verification.

use grammers_tl_types::{Serializable, enums, functions, types};

use super::{Answer, Caller};
use crate::srp;
use crate::wire::{KeyId, fill_random, random_i64};
use crate::world::{Accepted, Id, LoginToken, Outgoing, RpcError, Weight, World};

/// The login waits for the password of two-step verification.
pub fn password_needed() -> RpcError {
    RpcError::new(401, "SESSION_PASSWORD_NEEDED")
}

impl World {
    /// A phone accepts a token; returns whether that was possible.
    pub fn accept_login(&mut self, token: &[u8], accepted: Accepted) -> bool {
        let now = self.now();
        let Some(waiting) = self.login_tokens.get_mut(token) else { return false };
        if waiting.expires <= now || waiting.accepted.is_some() {
            return false;
        }
        waiting.accepted = Some(accepted);
        let key = waiting.key;
        self.push_login_token(key);
        true
    }

    fn push_login_token(&mut self, key: KeyId) {
        let update = enums::Update::LoginToken;
        let body = enums::Updates::UpdateShort(types::UpdateShort { update, date: self.date() }).to_bytes();
        let copies = self.faults.pushes();
        let at: Vec<_> = self.connections.iter().filter_map(|(id, open)| Some((*id, open.session?))).collect();
        for (connection, session) in at.into_iter().filter(|(_, session)| session.key == key) {
            for _ in 0..copies {
                let outgoing = Outgoing::Message { session, weight: Weight::Update, body: body.clone().into() };
                match &mut self.faults.held {
                    Some(held) => held.push((connection, outgoing)),
                    None => self.send(connection, outgoing),
                }
            }
        }
    }

    /// The key belongs to the account from now on, or once the password was given.
    fn let_in(&mut self, key: KeyId, user: Id) -> Answer<enums::auth::Authorization> {
        if self.passwords.contains_key(&user) {
            self.half_in.insert(key, user);
            return Err(password_needed());
        }
        Ok(self.authorized(key, user))
    }

    fn authorized(&mut self, key: KeyId, user: Id) -> enums::auth::Authorization {
        if let Some(key) = self.keys.get_mut(&key) {
            key.account = Some(user);
            key.revoked = false;
        }
        types::auth::Authorization {
            setup_password_required: false,
            otherwise_relogin_days: None,
            tmp_sessions: None,
            future_auth_token: None,
            user: self.user(user, user, false),
        }
        .into()
    }
}

pub fn export_login_token(
    world: &mut World,
    caller: &Caller,
    request: functions::auth::ExportLoginToken,
) -> Answer<enums::auth::LoginToken> {
    let key = caller.at.session.key;
    if request.api_id == 0 || request.api_hash.is_empty() {
        return Err(RpcError::bad("API_ID_INVALID"));
    }
    if caller.me != 0 {
        world.violation(format!("account {} asked for a login token on its own key", caller.me));
        return Err(RpcError::bad("USER_ALREADY_AUTHORIZED"));
    }
    if world.half_in.contains_key(&key) {
        return Err(password_needed());
    }
    let now = world.now();
    world.login_tokens.retain(|_, token| token.expires > now || token.accepted.is_some());
    let accepted = world.login_tokens.iter().find_map(|(token, waiting)| {
        (waiting.key == key).then_some(()).and(waiting.accepted).map(|accepted| (token.clone(), accepted))
    });
    if let Some((token, accepted)) = accepted {
        world.login_tokens.remove(&token);
        return match accepted {
            Accepted::By(user) => {
                let authorization = world.let_in(key, user)?;
                Ok(types::auth::LoginTokenSuccess { authorization }.into())
            }
            Accepted::Elsewhere(dc_id) => Ok(types::auth::LoginTokenMigrateTo { dc_id, token }.into()),
        };
    }
    let mut token = vec![0; 32];
    fill_random(&mut token);
    let expires = now + world.login_token_seconds;
    world.login_tokens.insert(token.clone(), LoginToken { key, expires, accepted: None });
    Ok(types::auth::LoginToken { expires: expires as i32, token }.into())
}

pub fn import_login_token(
    world: &mut World,
    caller: &Caller,
    request: functions::auth::ImportLoginToken,
) -> Answer<enums::auth::LoginToken> {
    let user = world.incoming_logins.remove(&request.token).ok_or_else(|| RpcError::bad("AUTH_TOKEN_INVALID"))?;
    let authorization = world.let_in(caller.at.session.key, user)?;
    Ok(types::auth::LoginTokenSuccess { authorization }.into())
}

/// The account whose password the key needs, or may ask about.
fn whose(world: &World, caller: &Caller) -> Answer<Id> {
    let half_in = world.half_in.get(&caller.at.session.key).copied();
    half_in.or(Some(caller.me).filter(|me| *me != 0)).ok_or_else(|| RpcError::new(401, "AUTH_KEY_UNREGISTERED"))
}

pub fn get_password(
    world: &mut World,
    caller: &Caller,
    _: functions::account::GetPassword,
) -> Answer<enums::account::Password> {
    let user = whose(world, caller)?;
    let algo = |salt1, salt2| {
        types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow {
            salt1,
            salt2,
            g: srp::G,
            p: srp::p(),
        }
        .into()
    };
    let mut answer = types::account::Password {
        has_recovery: false,
        has_secure_values: false,
        has_password: false,
        current_algo: None,
        srp_b: None,
        srp_id: None,
        hint: None,
        email_unconfirmed_pattern: None,
        new_algo: algo(vec![0; 8], vec![0; 16]),
        new_secure_algo: enums::SecurePasswordKdfAlgo::Unknown,
        secure_random: vec![0x5a; 256],
        pending_reset_date: None,
        login_email_pattern: None,
    };
    if let Some(password) = world.passwords.get(&user).cloned() {
        let challenge = password.challenge();
        let id = random_i64();
        answer.has_password = true;
        answer.current_algo = Some(algo(password.salt1, password.salt2));
        answer.srp_b = Some(challenge.b.clone());
        answer.srp_id = Some(id);
        answer.hint = Some("the usual".to_owned());
        world.challenges.insert(id, (user, challenge));
    }
    Ok(answer.into())
}

pub fn check_password(
    world: &mut World,
    caller: &Caller,
    request: functions::auth::CheckPassword,
) -> Answer<enums::auth::Authorization> {
    let user = whose(world, caller)?;
    let enums::InputCheckPasswordSrp::Srp(answer) = request.password else {
        return Err(RpcError::bad("PASSWORD_HASH_INVALID"));
    };
    let (_, challenge) = world
        .challenges
        .remove(&answer.srp_id)
        .filter(|(asked, _)| *asked == user)
        .ok_or_else(|| RpcError::bad("SRP_ID_INVALID"))?;
    let right = world.passwords.get(&user).is_some_and(|kept| kept.is_right(&challenge, &answer.a, &answer.m1));
    if !right {
        return Err(RpcError::bad("PASSWORD_HASH_INVALID"));
    }
    let key = caller.at.session.key;
    world.half_in.remove(&key);
    Ok(world.authorized(key, user))
}
