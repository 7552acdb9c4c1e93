//! Why a request to Telegram failed. The names of Telegram's errors are compared here and nowhere else.

use grammers_client::sender::InvocationError;
use grammers_mtproto::transport::Error as Transport;

use super::connection::REQUEST_TIMEOUT;
use super::proxy::DialError;
use crate::domain::text::{clean, duration};
use crate::error::Error;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Wait exactly this long before the next request of this method; at most a day, even if Telegram asks for more.
    #[error("Telegram asks to wait {}", duration((*.seconds).into()))]
    Flood { seconds: u32 },
    /// The account is signed out; a retry cannot succeed.
    #[error("the account is signed out ({0})")]
    SignedOut(String),
    /// The account lives in another data centre.
    #[error("the account belongs to data centre {dc}")]
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
    /// There is no connection, and the step that failed is known. Otherwise like [`CallError::Lost`].
    #[error("{0}")]
    Unreached(DialError),
    /// Telegram accepts no requests with a time so far in the future. The connection is unusable.
    #[error("this computer's clock is {} ahead of Telegram's, so Telegram refuses requests", duration(*.seconds))]
    ClockAhead { seconds: i64 },
    /// No answer within [`REQUEST_TIMEOUT`]. Otherwise like [`CallError::Lost`].
    #[error("no answer within {} s", REQUEST_TIMEOUT.as_secs())]
    Silence,
}

/// Errors that end an authorisation for good.
const SIGNED_OUT: [&str; 9] = [
    KEY_DUPLICATED,
    KEY_UNREGISTERED,
    PASSWORD_NEEDED,
    "AUTH_KEY_INVALID",
    "AUTH_KEY_PERM_EMPTY",
    "SESSION_EXPIRED",
    "SESSION_REVOKED",
    "USER_DEACTIVATED",
    "USER_DEACTIVATED_BAN",
];
const KEY_DUPLICATED: &str = "AUTH_KEY_DUPLICATED";
/// The longest wait that swf accepts, in seconds.
const MAX_WAIT: u32 = 86_400;
/// Nobody is signed in with the key, which can be used for a login.
const KEY_UNREGISTERED: &str = "AUTH_KEY_UNREGISTERED";
/// The login has stopped at the password of two-step verification.
const PASSWORD_NEEDED: &str = "SESSION_PASSWORD_NEEDED";
/// The code of errors that carry the seconds to wait, such as `FLOOD_WAIT`.
const FLOOD: i32 = 420;
/// The name of the error of a chat that lets each member write only from time to time.
const SLOW_MODE: &str = "SLOWMODE_WAIT";
/// The code and the end of the names of errors that carry the data centre to use, such as `NETWORK_MIGRATE`.
const ELSEWHERE: (i32, &str) = (303, "_MIGRATE");

/// Names of refusals, grouped by their meaning for the caller; [`CallError::is`] compares them.
pub mod refusals {
    /// A basic group has become a supergroup.
    pub const MIGRATED: &str = "CHAT_MIGRATED";
    /// No account, group or channel has this username.
    pub const UNKNOWN_USERNAME: &[&str] = &["USERNAME_NOT_OCCUPIED", "USERNAME_INVALID"];
    /// The account does not know this peer, or may not see it any more.
    pub const UNKNOWN_PEER: &[&str] = &["PEER_ID_INVALID", "USER_ID_INVALID", "CHANNEL_INVALID", "CHANNEL_PRIVATE"];
    /// The call has this title already.
    pub const SAME_TITLE: &[&str] = &["GROUPCALL_NOT_MODIFIED"];
    /// The account is not in this group.
    pub const OUTSIDE: &[&str] = &["CHANNEL_PRIVATE", "CHANNEL_INVALID", "CHAT_ID_INVALID"];
    /// The invite link is not valid, or has expired.
    pub const INVALID_INVITE: &[&str] = &["INVITE_HASH_*"];
    /// A mention names a person whom this account may not mention; without mentions the message can be sent.
    pub const MENTION: &[&str] = &["ENTITY_MENTION_USER_INVALID", "USER_ID_INVALID"];
    /// The person has never opened the private chat with the bot, has blocked it, or does not exist any more: no
    /// message can reach them.
    pub const NO_PRIVATE_CHAT: &[&str] = &[
        "USER_IS_BLOCKED",
        "YOU_BLOCKED_USER",
        "PEER_ID_INVALID",
        "USER_ID_INVALID",
        "INPUT_USER_DEACTIVATED",
        "USER_IS_BOT",
        "PRIVACY_PREMIUM_REQUIRED",
    ];
    /// The person is not in the group. Also for people whom the account has never seen, or who do not exist any more.
    pub const NOT_A_PARTICIPANT: &[&str] = &[
        "USER_NOT_PARTICIPANT",
        "PARTICIPANT_ID_INVALID",
        "USER_ID_INVALID",
        "PEER_ID_INVALID",
        "INPUT_USER_DEACTIVATED",
    ];
    /// Only an admin may make this request.
    pub const ADMINS_ONLY: &[&str] = &["CHAT_ADMIN_REQUIRED"];
    /// The message to reply to does not exist any more.
    pub const NO_REPLIED: &[&str] = &["REPLY_MESSAGE_ID_INVALID", "REPLY_TO_INVALID", "MSG_ID_INVALID"];
    /// Pictures, or this picture, can't be sent there; a text can.
    pub const NO_PICTURES: &[&str] = &[
        "CHAT_SEND_PHOTOS_FORBIDDEN",
        "CHAT_SEND_MEDIA_FORBIDDEN",
        "PHOTO_*",
        "IMAGE_PROCESS_FAILED",
        "MEDIA_CAPTION_TOO_LONG",
    ];
    /// Telegram does not have the uploaded file, so it has to be uploaded again.
    pub const LOST_UPLOAD: &[&str] = &["FILE_PART_*", "FILE_PARTS_INVALID", "FILE_REFERENCE_*", "MEDIA_EMPTY"];
    /// It is too late to answer a press.
    pub const LATE_PRESS: &[&str] = &["QUERY_ID_INVALID"];
    /// An earlier request with the same `random_id` is still being executed.
    pub const EXECUTING: &[&str] = &["RANDOM_ID_DUPLICATE"];
    /// The API id and hash are wrong or banned.
    pub const APPLICATION: &[&str] = &["API_ID_INVALID", "API_ID_PUBLISHED_FLOOD"];
    pub const INVALID_BOT_TOKEN: &[&str] = &["ACCESS_TOKEN_*"];
    /// The token of a login by QR code has expired; a new code is needed.
    pub const LOGIN_TOKEN: &[&str] = &["AUTH_TOKEN_*"];
    /// The login has to begin again.
    pub const RESTART_LOGIN: &[&str] = &["AUTH_RESTART*"];
    pub const WRONG_PASSWORD: &[&str] = &["PASSWORD_HASH_INVALID"];
    /// The password question is too old; ask for a new one.
    pub const STALE_QUESTION: &[&str] = &["SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"];
}

impl CallError {
    /// The error with which Telegram answers for a basic group that has become a supergroup: resolve the group again.
    pub(super) fn migrated() -> CallError {
        CallError::refused(refusals::MIGRATED)
    }

    /// The error with which Telegram answers for an unknown call.
    pub(super) fn unknown_call() -> CallError {
        CallError::refused("GROUPCALL_INVALID")
    }

    /// The error with which Telegram answers for a message that does not exist.
    pub fn no_message() -> CallError {
        CallError::refused("MESSAGE_ID_INVALID")
    }

    /// The error with which Telegram answers for a picture that it does not have.
    pub(super) fn lost_upload() -> CallError {
        CallError::refused("MEDIA_EMPTY")
    }

    pub(super) fn unknown_account() -> CallError {
        CallError::Lost("Telegram did not send the account that is signed in".into())
    }

    fn refused(name: &str) -> CallError {
        CallError::Refused { code: 400, name: name.into() }
    }

    /// Whether the connection can still be used.
    pub fn keeps_connection(&self) -> bool {
        matches!(self, CallError::Flood { .. } | CallError::Refused { .. } | CallError::Elsewhere { .. })
    }

    /// Whether no answer came from Telegram, so that another connection may help.
    pub fn is_of_network(&self) -> bool {
        matches!(self, CallError::Lost(_) | CallError::Unreached(_) | CallError::Silence)
    }

    /// Whether other requests on the connection would fail, too.
    pub fn is_of_connection(&self) -> bool {
        !matches!(self, CallError::Flood { .. } | CallError::Refused { .. })
    }

    /// Whether another address of the data centre may help.
    pub fn is_of_address(&self) -> bool {
        match self {
            CallError::Unreached(error) => error.is_about_address,
            error => error.is_of_network(),
        }
    }

    /// Whether nobody is signed in and the key can be used to sign in.
    pub fn is_key_free(&self) -> bool {
        matches!(self, CallError::SignedOut(name) if name == KEY_UNREGISTERED)
    }

    /// Whether the login of this key has stopped at the password of two-step verification.
    pub fn is_password_missing(&self) -> bool {
        matches!(self, CallError::SignedOut(name) if name == PASSWORD_NEEDED)
    }

    /// Whether Telegram itself has failed, so that the same request may succeed later.
    pub fn is_servers_fault(&self) -> bool {
        matches!(self, CallError::Refused { code, .. } if !(400..500).contains(code))
    }

    /// Whether Telegram ended the login because two connections used it at the same time.
    pub fn is_key_duplicated(&self) -> bool {
        matches!(self, CallError::SignedOut(name) if name == KEY_DUPLICATED)
    }

    /// How many seconds the slow mode of this chat asks to wait. It limits no other chat.
    pub fn slow_mode(&self) -> Option<u32> {
        let CallError::Refused { name, .. } = self else { return None };
        name.strip_prefix(SLOW_MODE)?.strip_prefix('_')?.parse().ok()
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
                (SLOW_MODE, Some(seconds)) => {
                    CallError::Refused { code: rpc.code, name: format!("{SLOW_MODE}_{}", seconds.min(MAX_WAIT)) }
                }
                (_, Some(seconds)) if rpc.code == FLOOD => CallError::Flood { seconds: seconds.min(MAX_WAIT) },
                (name, Some(dc)) if rpc.code == ELSEWHERE.0 && name.ends_with(ELSEWHERE.1) => {
                    CallError::Elsewhere { dc: i32::try_from(dc).unwrap_or(0) }
                }
                (name, _) if SIGNED_OUT.contains(&name) => CallError::SignedOut(rpc.name),
                (name, _) => CallError::Refused { code: rpc.code, name: plain(name) },
            },
            InvocationError::Io(error) => CallError::Lost(describe(&error)),
            InvocationError::Transport(Transport::BadStatus { status }) => CallError::Lost(match status {
                404 => "Telegram does not accept the key of this login".into(),
                429 => "Telegram receives too many connections from this network".into(),
                444 => "there is no such data centre at this address".into(),
                _ => format!("Telegram closed the connection with code {status}"),
            }),
            InvocationError::Transport(_) | InvocationError::Deserialize(_) => {
                CallError::Lost("the answer can't be read: it is damaged, or not Telegram's".into())
            }
            InvocationError::Authentication(_) => CallError::Lost(
                "the key exchange failed: something between this computer and Telegram changes the data".into(),
            ),
            InvocationError::InvalidDc => CallError::Lost("the address of the data centre is not known".into()),
            InvocationError::Dropped(_) | InvocationError::Session(_) => {
                CallError::Lost("the connection failed".into())
            }
        }
    }
}

/// The longest name of an error that is shown, in characters; Telegram's names have up to about 40.
const MAX_NAME: usize = 60;

/// An error's name as one plain word, even if a server sends something else.
fn plain(name: &str) -> String {
    let word: String = clean(name).chars().filter(|c| c.is_ascii_graphic()).take(MAX_NAME).collect();
    if word.is_empty() { "an error without a name".into() } else { word }
}

/// Describes a network error.
fn describe(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof => {
            "the connection was closed".into()
        }
        K::ConnectionRefused => "Telegram's server refuses connections".into(),
        K::NetworkUnreachable | K::HostUnreachable | K::NetworkDown | K::AddrNotAvailable => {
            "there is no network".into()
        }
        K::TimedOut => "Telegram's server does not answer".into(),
        K::PermissionDenied => "this computer does not allow the connection".into(),
        kind => format!("the network failed: {kind}"),
    }
}

/// The error that the user sees.
impl From<CallError> for Error {
    fn from(error: CallError) -> Error {
        let explained = match &error {
            CallError::SignedOut(_) if error.is_key_duplicated() => Error::config(
                "Telegram has ended this login, because it was used from two places at once (AUTH_KEY_DUPLICATED)",
            )
            .hint("If the old tracker still runs somewhere with the same TG_STRING_SESSION, stop it.")
            .command("Then log in again with", "swf session qr"),
            CallError::SignedOut(_) if error.is_password_missing() => Error::config(
                "the login of TG_STRING_SESSION stopped at the password of two-step verification \
                 (SESSION_PASSWORD_NEEDED)",
            )
            .command("To finish the login, or to log in again, run", "swf session qr"),
            CallError::SignedOut(name) => {
                Error::config(format!("the account of TG_STRING_SESSION is signed out ({name})"))
                    .command("Log in with", "swf session qr")
            }
            CallError::Flood { seconds } => {
                Error::temporary(error.to_string()).hint(format!("Try again in {}.", duration((*seconds).into())))
            }
            CallError::Refused { name, .. } if error.is(refusals::INVALID_BOT_TOKEN) => {
                Error::config(format!("Telegram does not accept the bot's token ({name})"))
                    .hint("Take TELEGRAM_BOT_TOKEN from @BotFather; it looks like 123456789:AAE… .")
            }
            CallError::Refused { .. } if error.is(refusals::APPLICATION) => {
                Error::config(format!("Telegram does not accept the application: {error}")).hint(
                    "TELEGRAM_API_ID and TELEGRAM_API_HASH must belong to the same application; see \
                     https://my.telegram.org.",
                )
            }
            CallError::Refused { .. } if error.is_servers_fault() => {
                Error::temporary(error.to_string()).hint("Telegram has an internal error. Try again in a few minutes.")
            }
            CallError::Refused { .. } | CallError::Elsewhere { .. } => Error::failed(error.to_string()),
            CallError::ClockAhead { .. } => Error::temporary(error.to_string())
                .hint("Correct this computer's clock, and keep it synchronised with NTP."),
            CallError::Unfit(what) => Error::config(what),
            CallError::Unreached(failure) => Error::temporary(error.to_string()).hint(failure.advice()),
            CallError::Lost(_) | CallError::Silence => Error::temporary(error.to_string())
                .hint("Check the network, then try again. Where Telegram is blocked, set SWF_PROXY."),
        };
        explained.caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

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

    // CASES X9, X10.
    #[test]
    fn no_text_of_the_library_or_of_a_hostile_server_is_shown() {
        use grammers_client::sender::{InvocationError as E, RpcError};
        let rpc = |code, name: &str| {
            E::Rpc(RpcError { code, name: name.into(), value: Some(4_294_967_295), caused_by: Some(7) })
        };
        let io = |kind| E::Io(std::io::Error::new(kind, "os error 110 [1, 2, 3]"));
        for (error, expected) in [
            // CASES X9: at most a day.
            (rpc(420, "SOME_NEW_WAIT"), "Telegram asks to wait 24h 00m"),
            (rpc(303, "SOME_NEW_MIGRATE"), "the account belongs to data centre 0"),
            (rpc(400, "EVIL\u{1b}[2J\nfake: line"), "Telegram answered EVIL[2Jfake:line (400)"),
            (rpc(400, &"X".repeat(9000)), &format!("Telegram answered {} (400)", "X".repeat(60))),
            (rpc(500, ""), "Telegram answered an error without a name (500)"),
            (
                E::Transport(Transport::BadStatus { status: 429 }),
                "Telegram receives too many connections from this network",
            ),
            (
                E::Transport(Transport::BadLen { got: -404_404 }),
                "the answer can't be read: it is damaged, or not Telegram's",
            ),
            (E::InvalidDc, "the address of the data centre is not known"),
            (E::Dropped("response was non-retryable bad msg"), "the connection failed"),
            (io(std::io::ErrorKind::TimedOut), "Telegram's server does not answer"),
            (io(std::io::ErrorKind::AddrNotAvailable), "there is no network"),
            (io(std::io::ErrorKind::Other), "the network failed: other error"),
        ] {
            assert_eq!(CallError::from(error).to_string(), expected);
        }
    }

    // CASES T7, T1.
    #[test]
    fn the_next_step_fits_the_error() {
        let said = |error: CallError| Error::from(error);
        let ahead = said(CallError::ClockAhead { seconds: 605 });
        assert!(ahead.to_string().contains("10m ahead") && ahead.to_string().contains("NTP"), "{ahead}");
        assert_eq!(ahead.kind.code(), 75);
        let pending = said(CallError::SignedOut("SESSION_PASSWORD_NEEDED".into()));
        assert!(
            pending.to_string().contains("password") && pending.to_string().contains("swf session qr"),
            "{pending}"
        );
        assert_eq!(pending.kind.code(), 78);
        let refused = |code, name: &str| said(CallError::Refused { code, name: name.into() });
        assert_eq!(refused(500, "INTERNAL").kind.code(), 75);
        assert_eq!(refused(400, "API_ID_INVALID").kind.code(), 78);
        assert_eq!(refused(400, "ACCESS_TOKEN_EXPIRED").kind.code(), 78);
        assert_eq!(refused(400, "SOMETHING").kind.code(), 1);
        assert!(said(CallError::Flood { seconds: 82_800 }).to_string().contains("Try again in 23h 00m."));
    }

    #[test]
    fn an_explained_error_keeps_its_cause() {
        let error = Error::from(CallError::SignedOut("SESSION_REVOKED".into()));
        assert_eq!(error.source().unwrap().to_string(), "the account is signed out (SESSION_REVOKED)");
        assert_eq!(error.kind.code(), 78);
        assert_eq!(Error::from(CallError::Silence).kind.code(), 75);
    }
}
