//! Why a request to Telegram failed. The names of Telegram's errors are compared here and nowhere else.

use grammers_client::sender::InvocationError;

use super::connection::REQUEST_TIMEOUT;
use crate::domain::text::{clean, duration, shorten};
use crate::error::Error;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Wait exactly this long before the next request of this method: a day at most, whatever Telegram says.
    #[error("Telegram asks to wait {seconds} s")]
    Flood { seconds: u32 },
    /// The account is signed out; a retry cannot succeed.
    #[error("the account is signed out ({0})")]
    SignedOut(String),
    /// The account lives in another data centre.
    #[error("the account lives in data centre {dc}")]
    Elsewhere { dc: i32 },
    /// Telegram refused this request.
    #[error("Telegram answered {name} ({code})")]
    Refused { code: i32, name: String },
    /// The settings are wrong; the text is for the user.
    #[error("{0}")]
    Unfit(String),
    /// The connection is unusable: build a new one.
    #[error("{0}")]
    Lost(String),
    /// No answer within [`REQUEST_TIMEOUT`]. As [`CallError::Lost`].
    #[error("no answer within {} s", REQUEST_TIMEOUT.as_secs())]
    Silence,
    /// With the system clock this far ahead no connection works. As [`CallError::Lost`].
    #[error("this computer's clock is {} ahead of Telegram's, and Telegram refuses that; set it right", duration(*seconds))]
    ClockAhead { seconds: i64 },
}

/// The longest name of an error that is kept, in graphemes; a server can send any text.
const MAX_NAME: usize = 128;
/// Errors that end an authorisation for good.
const SIGNED_OUT: [&str; 5] =
    [KEY_DUPLICATED, "AUTH_KEY_UNREGISTERED", "SESSION_REVOKED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN"];
const KEY_DUPLICATED: &str = "AUTH_KEY_DUPLICATED";
/// In seconds.
const MAX_WAIT: u32 = 86_400;
/// Errors that carry the seconds to wait.
const FLOOD: [&str; 3] = ["FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "SLOWMODE_WAIT"];
/// Errors that carry the data centre to ask.
const ELSEWHERE: [&str; 3] = ["USER_MIGRATE", "NETWORK_MIGRATE", "PHONE_MIGRATE"];

/// Names of refusals, by what they mean to the caller; [`CallError::is`] compares them.
pub mod refusals {
    /// A basic group has become a supergroup.
    pub const MIGRATED: &str = "CHAT_MIGRATED";
    /// No account, group or channel has this username.
    pub const UNKNOWN_USERNAME: &[&str] = &["USERNAME_NOT_OCCUPIED", "USERNAME_INVALID"];
    /// The account does not know this peer, or may not see it any more.
    pub const UNKNOWN_PEER: &[&str] = &["PEER_ID_INVALID", "USER_ID_INVALID", "CHANNEL_INVALID", "CHANNEL_PRIVATE"];
    /// The account is not in this group.
    pub const OUTSIDE: &[&str] = &["CHANNEL_PRIVATE", "CHANNEL_INVALID", "CHAT_ID_INVALID"];
    /// The invite link is not valid, or not any more.
    pub const INVALID_INVITE: &[&str] = &["INVITE_HASH_*"];
    /// A mention names a person whom this account may not mention; without mentions the message can be sent.
    pub const MENTION: &[&str] = &["ENTITY_MENTION_USER_INVALID", "USER_ID_INVALID"];
    /// An earlier request with the same `random_id` is still being executed.
    pub const EXECUTING: &[&str] = &["RANDOM_ID_DUPLICATE"];
    /// The API id and hash are wrong or banned.
    pub const APPLICATION: &[&str] = &["API_ID_INVALID", "API_ID_PUBLISHED_FLOOD"];
    pub const INVALID_BOT_TOKEN: &[&str] = &["ACCESS_TOKEN_*"];
    /// The account has two-step verification.
    pub const PASSWORD_NEEDED: &[&str] = &["SESSION_PASSWORD_NEEDED"];
    pub const WRONG_PASSWORD: &[&str] = &["PASSWORD_HASH_INVALID"];
    /// The password question is too old; ask for a new one.
    pub const STALE_QUESTION: &[&str] = &["SRP_ID_INVALID"];
}

impl CallError {
    /// The error that Telegram gives for a basic group that has become a supergroup: resolve the group again.
    pub(super) fn migrated() -> CallError {
        CallError::refused(refusals::MIGRATED)
    }

    /// The error that Telegram gives for a call that it does not know.
    pub(super) fn unknown_call() -> CallError {
        CallError::refused("GROUPCALL_INVALID")
    }

    /// The error that Telegram gives for a message that does not exist.
    pub fn no_message() -> CallError {
        CallError::refused("MESSAGE_ID_INVALID")
    }

    pub(super) fn unknown_account() -> CallError {
        CallError::Lost("Telegram did not say who is signed in".into())
    }

    fn refused(name: &str) -> CallError {
        CallError::Refused { code: 400, name: name.into() }
    }

    /// Whether the connection can still be used.
    pub fn keeps_connection(&self) -> bool {
        matches!(self, CallError::Flood { .. } | CallError::Refused { .. } | CallError::Elsewhere { .. })
    }

    /// Two connections used one login at once, so Telegram ended it.
    pub fn is_key_duplicated(&self) -> bool {
        matches!(self, CallError::SignedOut(name) if name == KEY_DUPLICATED)
    }

    /// Whether Telegram refused with one of these names; `*` at the end of a name stands for any text.
    pub fn is(&self, refusals: &[&str]) -> bool {
        let CallError::Refused { name, .. } = self else { return false };
        refusals.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == wanted,
        })
    }
}

impl From<InvocationError> for CallError {
    fn from(error: InvocationError) -> CallError {
        match error {
            InvocationError::Rpc(rpc) => match (rpc.name.as_str(), rpc.value) {
                (name, Some(seconds)) if FLOOD.contains(&name) => CallError::Flood { seconds: seconds.min(MAX_WAIT) },
                (name, Some(dc)) if ELSEWHERE.contains(&name) => {
                    CallError::Elsewhere { dc: i32::try_from(dc).unwrap_or(0) }
                }
                (name, _) if SIGNED_OUT.contains(&name) => CallError::SignedOut(rpc.name),
                (name, _) => CallError::Refused { code: rpc.code, name: shorten(&clean(name), MAX_NAME) },
            },
            InvocationError::Io(error) => CallError::Lost(describe(&error)),
            InvocationError::Deserialize(_) => CallError::Lost("Telegram sent something that can't be read".into()),
            InvocationError::Dropped(_) => CallError::Lost("the connection broke down".into()),
            other => CallError::Lost(shorten(&clean(&other.to_string()), MAX_NAME)),
        }
    }
}

/// What happened to the network.
fn describe(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof => {
            "the connection was closed".into()
        }
        K::ConnectionRefused => "Telegram's server refuses connections".into(),
        K::NetworkUnreachable | K::HostUnreachable | K::NetworkDown => "there is no network".into(),
        _ => error.to_string(),
    }
}

/// The error that the user sees.
impl From<CallError> for Error {
    fn from(error: CallError) -> Error {
        let explained = match &error {
            CallError::SignedOut(_) if error.is_key_duplicated() => Error::config(
                "Telegram has ended this login, because it was used from two places at once (AUTH_KEY_DUPLICATED)",
            )
            .hint("Is the old tracker still running somewhere, with the same TG_STRING_SESSION? Stop it.")
            .command("Then log in again with", "swf session qr"),
            CallError::SignedOut(name) => {
                Error::config(format!("the account of TG_STRING_SESSION is signed out ({name})"))
                    .command("Log in with", "swf session qr")
            }
            CallError::Flood { seconds } => {
                Error::temporary(error.to_string()).hint(format!("Try again in {seconds} s."))
            }
            CallError::Refused { .. } | CallError::Elsewhere { .. } => Error::failed(error.to_string()),
            CallError::Unfit(what) => Error::config(what),
            CallError::ClockAhead { .. } => Error::temporary(error.to_string()),
            CallError::Lost(_) | CallError::Silence => {
                Error::temporary(error.to_string()).hint("Check the network, then try again.")
            }
        };
        explained.caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use grammers_client::sender::RpcError;

    use super::refusals::*;
    use super::*;

    #[test]
    fn a_name_counts_only_in_a_refusal() {
        let refused = |name: &str| CallError::Refused { code: 400, name: name.into() };
        assert!(CallError::migrated().is(&[MIGRATED]));
        assert!(refused("INVITE_HASH_EXPIRED").is(INVALID_INVITE));
        assert!(refused("CHANNEL_PRIVATE").is(OUTSIDE) && refused("CHANNEL_PRIVATE").is(UNKNOWN_PEER));
        assert!(!refused("CHAT_ID_INVALID").is(UNKNOWN_PEER));
        assert!(!CallError::Lost("CHAT_MIGRATED".into()).is(&[MIGRATED]));
        assert!(CallError::SignedOut("AUTH_KEY_DUPLICATED".into()).is_key_duplicated());
        assert!(!refused("AUTH_KEY_DUPLICATED").is_key_duplicated());
    }

    /// CASES X9, X10.
    #[test]
    fn what_a_server_says_is_cleaned_and_believed_for_a_day_at_most() {
        let said = |name: &str, value| {
            let rpc = RpcError { code: 400, name: name.into(), value, caused_by: None };
            CallError::from(InvocationError::Rpc(rpc))
        };
        assert_eq!(said("FLOOD_WAIT", Some(u32::MAX)), CallError::Flood { seconds: 86_400 });
        assert_eq!(said("FLOOD_WAIT", Some(31)), CallError::Flood { seconds: 31 });
        let hostile = said(&format!("A\u{1b}[31m\r\nERROR forged{}", "x".repeat(1 << 20)), None).to_string();
        assert!(hostile.starts_with("Telegram answered A[31m ERROR forgedx"), "{}", &hostile[..60]);
        assert!(hostile.len() < 200 && !hostile.contains(char::is_control));
    }

    #[test]
    fn an_explained_error_keeps_its_cause() {
        let error = Error::from(CallError::SignedOut("SESSION_REVOKED".into()));
        assert_eq!(error.source().unwrap().to_string(), "the account is signed out (SESSION_REVOKED)");
        assert_eq!(error.kind.code(), 78);
        assert_eq!(Error::from(CallError::Silence).kind.code(), 75);
    }
}
