//! What to do after an error of a sign-in, by QR code or as a bot.

use crate::telegram::call_error::{CallError, refusals};

/// The next step after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Wait so long, then repeat the request.
    Wait { seconds: u32 },
    /// Repeat the request in this data centre.
    Move { dc: i32 },
    /// Repeat the request: Telegram itself has failed.
    Repeat,
    /// Repeat the request on a new connection with the same keys.
    Reconnect,
    /// Nobody is signed in with this key: sign in with it.
    SignIn,
    /// The key can't be used any more: make a new one.
    FreshKey,
    /// A new token, and so a new code, is needed.
    FreshCode,
    /// The account has a password, which has to be entered.
    Password,
    /// The password is wrong.
    WrongPassword,
    /// Ask for the password question again.
    FreshQuestion,
    /// No retry helps: the settings or this computer must be changed first.
    Fix,
    /// Telegram refuses, and it is not known what would help.
    Unknown,
}

pub fn remedy(error: &CallError) -> Remedy {
    let is = |refusals: &[&str]| error.is(refusals);
    match error {
        CallError::Flood { seconds } => Remedy::Wait { seconds: *seconds },
        CallError::Elsewhere { dc } if (1..=5).contains(dc) => Remedy::Move { dc: *dc },
        CallError::Elsewhere { .. } => Remedy::Unknown,
        CallError::Lost(_) | CallError::Unreached(_) | CallError::Silence => Remedy::Reconnect,
        CallError::ClockAhead { .. } | CallError::Unfit(_) => Remedy::Fix,
        CallError::SignedOut(_) if error.is_password_missing() => Remedy::Password,
        CallError::SignedOut(_) if error.is_key_free() => Remedy::SignIn,
        CallError::SignedOut(_) => Remedy::FreshKey,
        CallError::Refused { .. } if is(refusals::APPLICATION) || is(refusals::INVALID_BOT_TOKEN) => Remedy::Fix,
        CallError::Refused { .. } if is(refusals::LOGIN_TOKEN) || is(refusals::RESTART_LOGIN) => Remedy::FreshCode,
        CallError::Refused { .. } if is(refusals::WRONG_PASSWORD) => Remedy::WrongPassword,
        CallError::Refused { .. } if is(refusals::STALE_QUESTION) => Remedy::FreshQuestion,
        CallError::Refused { .. } if error.is_servers_fault() => Remedy::Repeat,
        CallError::Refused { .. } => Remedy::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_a_next_step() {
        let refused = |code, name: &str| remedy(&CallError::Refused { code, name: name.into() });
        let signed_out = |name: &str| remedy(&CallError::SignedOut(name.into()));
        assert_eq!(refused(500, "INTERNAL"), Remedy::Repeat);
        assert_eq!(refused(-503, "Timeout"), Remedy::Repeat);
        assert_eq!(refused(500, "AUTH_RESTART"), Remedy::FreshCode);
        assert_eq!(refused(400, "AUTH_TOKEN_EXPIRED"), Remedy::FreshCode);
        assert_eq!(refused(400, "AUTH_TOKEN_INVALIDX"), Remedy::FreshCode);
        assert_eq!(refused(400, "API_ID_INVALID"), Remedy::Fix);
        assert_eq!(refused(400, "ACCESS_TOKEN_EXPIRED"), Remedy::Fix);
        assert_eq!(refused(400, "SRP_PASSWORD_CHANGED"), Remedy::FreshQuestion);
        assert_eq!(refused(400, "SOMETHING_NEW"), Remedy::Unknown);
        assert_eq!(signed_out("AUTH_KEY_UNREGISTERED"), Remedy::SignIn);
        assert_eq!(signed_out("SESSION_PASSWORD_NEEDED"), Remedy::Password);
        for name in ["SESSION_REVOKED", "AUTH_KEY_DUPLICATED", "USER_DEACTIVATED"] {
            assert_eq!(signed_out(name), Remedy::FreshKey, "{name}");
        }
        assert_eq!(remedy(&CallError::Elsewhere { dc: 4 }), Remedy::Move { dc: 4 });
        assert_eq!(remedy(&CallError::Elsewhere { dc: 0 }), Remedy::Unknown);
        assert_eq!(remedy(&CallError::Silence), Remedy::Reconnect);
        assert_eq!(remedy(&CallError::ClockAhead { seconds: 600 }), Remedy::Fix);
    }
}
