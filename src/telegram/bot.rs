//! The bot that posts, driven over MTProto (DESIGN §4.1): signed in once, kept in `var/bot.session`.

use std::path::Path;

use grammers_client::tl;
use secrecy::{ExposeSecret, SecretString};

use super::connection::{CallError, Caller, Connection};
use super::group::{self, Group, GroupError};
use super::login_string::LoginString;
use crate::config::BotLogin;
use crate::domain::PeerId;
use crate::env_file;
use crate::error::{Error, Result};

/// A bot that is signed in, and the group it posts to.
pub struct Bot {
    connection: Connection,
    pub target: Group,
}

impl Bot {
    pub fn caller(&self) -> &Caller {
        &self.connection.caller
    }

    /// Connects and signs in if need be. `group` is where to post unless the login names another target.
    pub async fn open(login: &BotLogin, group: PeerId) -> Result<Bot, GroupError> {
        let connection = connect(login).await?;
        let target = match &login.target {
            Some(text) => group::target(&connection.caller, text).await?,
            None => Group::by_id(group),
        };
        Ok(Bot { connection, target })
    }
}

/// Connects, and signs in if need be.
pub async fn connect(login: &BotLogin) -> Result<Connection, GroupError> {
    let unfit = |error: Error| GroupError::Unfit(error);
    let kept = kept(login).map_err(unfit)?;
    let mut connection = match &kept {
        Some(string) => Connection::new(string, login.api_id),
        None => Connection::fresh(login.api_id),
    };
    let known = match kept {
        Some(_) => group::self_user(&connection.caller).await.map(Some),
        None => Ok(None),
    };
    match known {
        Ok(Some(me)) if me.profile.peer == login.id => {}
        Ok(Some(me)) => {
            return Err(unfit(
                Error::config(format!(
                    "the bot's login string belongs to account {}, not to the bot {} of TELEGRAM_BOT_TOKEN",
                    me.profile.peer, login.id
                ))
                .hint("Remove TG_BOT_STRING_SESSION or var/bot.session; the bot signs in by itself."),
            ));
        }
        Ok(None) | Err(CallError::SignedOut(_)) => sign_in(&mut connection, login).await?,
        Err(error) => return Err(error.into()),
    }
    Ok(connection)
}

/// The bot's login string, signed in or not, if there is one.
pub fn kept(login: &BotLogin) -> Result<Option<LoginString>> {
    match &login.string {
        Some(string) => LoginString::parse(string).map(Some),
        None => read(&login.file),
    }
}

async fn sign_in(connection: &mut Connection, login: &BotLogin) -> Result<(), GroupError> {
    let request = tl::functions::auth::ImportBotAuthorization {
        flags: 0,
        api_id: login.api_id,
        api_hash: login.api_hash.expose_secret().to_owned(),
        bot_auth_token: login.token.expose_secret().to_owned(),
    };
    if let Err(error) = connection.caller.call(&request).await {
        // The bot lives in another data centre; its address came with the first answer.
        let CallError::Elsewhere { dc } = error else { return Err(error.into()) };
        connection.caller.move_to(dc);
        connection.caller.call(&request).await?;
    }
    if login.string.is_none()
        && let Some(string) = connection.login_string()
    {
        write(&login.file, &string.print()).map_err(GroupError::Unfit)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<LoginString>> {
    match std::fs::read_to_string(path) {
        Ok(text) => LoginString::parse(&text.into()).map(Some).map_err(|_| {
            Error::config(format!("{} is not a login string; it was left as it is", path.display()))
                .hint("Move it away; the bot signs in again by itself.")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::failed(format!("{} can't be read: {error}", path.display()))),
    }
}

/// Written whole or not at all, and for nobody else to read.
fn write(path: &Path, string: &SecretString) -> Result<()> {
    env_file::replace(path, string.expose_secret().as_bytes())
        .map_err(|error| Error::failed(format!("{} can't be written: {error}", path.display())))
}
