//! The data with which an account signs in to Telegram. Debug output leaves out secrets.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use crate::domain::proxy::Proxies;
use crate::domain::{Instant, PeerId};

/// The data for connections to Telegram.
#[derive(Clone, Debug)]
pub struct Access {
    /// The id of the registered application.
    pub api_id: i32,
    pub proxies: Arc<Proxies>,
    /// Reads the system's time, which some proxies check.
    pub now: fn() -> Instant,
}

impl Access {
    /// Access without a proxy.
    pub fn direct(api_id: i32) -> Access {
        Access { api_id, proxies: Arc::default(), now: || Instant(0) }
    }
}

/// The registered application with which a login is made (<https://my.telegram.org>).
#[derive(Clone, Debug)]
pub struct Application {
    pub access: Access,
    pub api_hash: SecretString,
}

/// The data with which the account that watches signs in.
#[derive(Clone, Debug)]
pub struct Login {
    pub access: Access,
    /// The login string, in Telethon's form. `telegram::login_string` parses it.
    pub string: SecretString,
}

/// The data with which a bot signs in and posts.
#[derive(Clone, Debug)]
pub struct BotLogin {
    pub access: Access,
    pub api_hash: SecretString,
    pub token: SecretString,
    /// The bot's own id, with which the token begins.
    pub id: PeerId,
    /// `TG_BOT_STRING_SESSION`. The login in it may be signed in or not.
    pub string: Option<SecretString>,
    /// The file that keeps the bot's login string once it is signed in.
    pub file: PathBuf,
    /// Where to post; `None` means the group.
    pub target: Option<BotTarget>,
}

/// Where a bot posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotTarget {
    /// @name, link or id, as the user wrote it.
    pub text: String,
    /// The setting that names it, for messages.
    pub place: String,
}
