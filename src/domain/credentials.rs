//! What an account needs to sign in to Telegram. Secrets show in no debug output.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use crate::domain::proxy::Proxies;
use crate::domain::{Instant, PeerId};

/// How connections to Telegram are made.
#[derive(Clone, Debug)]
pub struct Access {
    /// The application.
    pub api_id: i32,
    pub proxies: Arc<Proxies>,
    /// The system's time; some proxies check it.
    pub now: fn() -> Instant,
}

impl Access {
    /// Without a proxy.
    pub fn direct(api_id: i32) -> Access {
        Access { api_id, proxies: Arc::default(), now: || Instant(0) }
    }
}

/// The registered application that logs in (<https://my.telegram.org>).
#[derive(Clone, Debug)]
pub struct Application {
    pub access: Access,
    pub api_hash: SecretString,
}

/// What the account that watches needs to sign in.
#[derive(Clone, Debug)]
pub struct Login {
    pub access: Access,
    /// Telethon's form; `telegram::login_string` parses it.
    pub string: SecretString,
}

/// What a bot needs to sign in and post.
#[derive(Clone, Debug)]
pub struct BotLogin {
    pub access: Access,
    pub api_hash: SecretString,
    pub token: SecretString,
    /// The bot's own id, which the token begins with.
    pub id: PeerId,
    /// `TG_BOT_STRING_SESSION`, signed in or not.
    pub string: Option<SecretString>,
    /// The file that keeps the bot's login string once it is signed in.
    pub file: PathBuf,
    /// Where to post: @name, link or marked id; the group if `None`.
    pub target: Option<String>,
}
