//! The bot that posts, over MTProto (rules §4.1). It signs in once; its login string is kept in `var/bot.session`.

use std::path::Path;

use grammers_client::tl;
use secrecy::{ExposeSecret, SecretString};

use super::call_error::CallError;
use super::connection::{Caller, Connection};
use super::group::{self, GroupError};
use super::login::remedy::{Remedy, remedy};
use super::login_string::LoginString;
use super::peers::Group;
use super::reach;
use crate::domain::PeerId;
use crate::domain::credentials::{Access, BotLogin, BotTarget};
use crate::error::{Error, Result};

/// Stores the login string of a bot that has signed in, in [`BotLogin::file`].
pub type Keep = fn(&Path, &SecretString) -> Result<()>;

/// A bot that is signed in, and the group to which it posts.
pub struct Bot {
    pub connection: Connection,
    pub target: Group,
}

impl Bot {
    pub fn caller(&self) -> &Caller {
        &self.connection.caller
    }

    /// Connects, and signs in if necessary. The bot posts to `group` unless the login names another target.
    pub async fn open(login: &BotLogin, group: PeerId, keep: Keep) -> Result<Bot, GroupError> {
        Bot::on(connect(login, keep).await?, login, group).await
    }

    /// Like [`Bot::open`], but signs in again even if a login is stored, because only that proves that the token is
    /// valid.
    pub async fn prove(login: &BotLogin, group: PeerId, keep: Keep) -> Result<Bot, GroupError> {
        let connection = match login.string {
            Some(_) => connect(login, keep).await?,
            None => sign_in(reach::connect_fresh(&login.access).await?, login, keep).await?,
        };
        Bot::on(connection, login, group).await
    }

    async fn on(connection: Connection, login: &BotLogin, group: PeerId) -> Result<Bot, GroupError> {
        let target = match &login.target {
            Some(BotTarget { text, place }) => {
                group::target(&connection.caller, text, group).await.map_err(|error| error.at(place))?
            }
            None => Group::by_id(group),
        };
        Ok(Bot { connection, target })
    }
}

/// Connects, and signs in if necessary.
pub async fn connect(login: &BotLogin, keep: Keep) -> Result<Connection, GroupError> {
    connect_or(login, keep, reach::connect_fresh).await
}

/// Like [`connect`]; `fresh` makes a connection without a login.
pub async fn connect_or(
    login: &BotLogin,
    keep: Keep,
    fresh: impl AsyncFnOnce(&Access) -> Result<Connection, CallError>,
) -> Result<Connection, GroupError> {
    let (access, from_outside) = (&login.access, login.string.is_some());
    let Some(string) = kept(login).map_err(GroupError::Unfit)? else {
        return sign_in(fresh(access).await?, login, keep).await;
    };
    let mut connection = Connection::new(&string, access);
    let mut who = group::self_user(&connection.caller).await;
    if who.as_ref().is_err_and(CallError::is_of_network) {
        // The address may be dead, or the clock wrong.
        connection = reach::connect(&string, access).await?;
        who = group::self_user(&connection.caller).await;
    }
    match who {
        Ok(me) if me.profile.peer == login.id => {
            let at = connection.login_string().filter(|at| !from_outside && at.address != string.address);
            if let Some(at) = at {
                keep(&login.file, &at.print()).map_err(GroupError::Unfit)?;
            }
            return Ok(connection);
        }
        Ok(me) if from_outside => {
            let (other, wanted) = (me.profile.peer, login.id);
            let what = format!("{STRING} belongs to account {other}, not to the bot {wanted} of TELEGRAM_BOT_TOKEN");
            return Err(GroupError::Unfit(without_string(Error::config(what))));
        }
        // The token belongs to another bot now. The stored login is replaced only once this bot is signed in.
        Ok(_) => connection = fresh(access).await?,
        Err(error) => match remedy(&error) {
            Remedy::SignIn => {}
            Remedy::FreshKey | Remedy::Password if from_outside => {
                let what = format!("Telegram has ended the login in {STRING} ({error})");
                return Err(GroupError::Unfit(without_string(Error::config(what))));
            }
            Remedy::FreshKey | Remedy::Password => connection = fresh(access).await?,
            _ => return Err(error.into()),
        },
    }
    sign_in(connection, login, keep).await
}

const STRING: &str = "TG_BOT_STRING_SESSION";

/// How many failures end a sign-in.
const MAX_FAILURES: u32 = 4;

fn without_string(error: Error) -> Error {
    error.command("The bot signs in by itself without it", format!("swf secrets remove {STRING}"))
}

/// The stored login string of the bot, signed in or not.
pub fn kept(login: &BotLogin) -> Result<Option<LoginString>> {
    let Some(string) = &login.string else { return read(&login.file) };
    let unfit = |_| without_string(Error::config(format!("{STRING} is not a login string")));
    LoginString::parse(string).map(Some).map_err(unfit)
}

async fn sign_in(mut connection: Connection, login: &BotLogin, keep: Keep) -> Result<Connection, GroupError> {
    let request = tl::functions::auth::ImportBotAuthorization {
        flags: 0,
        api_id: login.access.api_id,
        api_hash: login.api_hash.expose_secret().to_owned(),
        bot_auth_token: login.token.expose_secret().to_owned(),
    };
    let mut failures = 0;
    while let Err(error) = connection.caller.call(&request).await {
        failures += 1;
        match remedy(&error) {
            _ if failures == MAX_FAILURES => return Err(error.into()),
            // The first answer had the address of that data centre.
            Remedy::Move { dc } => connection.move_to(dc).await,
            Remedy::Repeat | Remedy::FreshCode => {}
            Remedy::Reconnect => connection = reach::connect_again(&connection, &login.access).await?,
            // Other remedies need a person, which a bot does not have; the caller handles a wait.
            _ => return Err(error.into()),
        }
    }
    if login.string.is_none()
        && let Some(string) = connection.login_string()
    {
        keep(&login.file, &string.print()).map_err(GroupError::Unfit)?;
    }
    Ok(connection)
}

fn read(path: &Path) -> Result<Option<LoginString>> {
    match std::fs::read_to_string(path) {
        Ok(text) => LoginString::parse(&text.into()).map(Some).map_err(|_| {
            Error::config(format!("{} is not a login string; it was left as it is", path.display()))
                .hint("Move it away; the bot signs in again by itself.")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(path, "read", &error)),
    }
}
