//! The bot's connection. Its login string is kept in `var/bot.session`, so that it signs in only once.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::domain::PeerId;
use crate::domain::credentials::BotLogin;
use crate::error::{Error, Result};
use crate::platform::fs;
use crate::telegram::Connection;
use crate::telegram::bot::{self, Bot};
use crate::telegram::group::GroupError;

/// Connects, and signs in if the bot is not signed in yet.
pub async fn connect(login: &BotLogin) -> Result<Connection, GroupError> {
    bot::connect(login, keep).await
}

/// As [`connect`], with the chat to post to: `group` unless the login names another target.
pub async fn open(login: &BotLogin, group: PeerId) -> Result<Bot, GroupError> {
    Bot::open(login, group, keep).await
}

/// As [`open`], but always signs in again, because only that proves that the token is valid.
pub async fn prove(login: &BotLogin, group: PeerId) -> Result<Bot, GroupError> {
    Bot::prove(login, group, keep).await
}

/// Writes a login string atomically, readable by this user only.
pub fn keep(file: &Path, string: &SecretString) -> Result<()> {
    let written = fs::write_atomic(file, string.expose_secret().as_bytes(), fs::Mode::Private);
    written.map_err(|error| Error::file(file, "written", &error))
}
