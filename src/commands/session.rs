//! `swf session`: the login of the account that watches the call.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossterm::terminal;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::secrets::warn_of_winner;
use super::{Context, confirm, somebody, type_hidden};
use crate::config::{Config, Home, Source};
use crate::domain::people::Known;
use crate::domain::text::{clean, display_name};
use crate::env_file;
use crate::error::{Error, Result};
use crate::render::qr::Qr;
use crate::secrets::{self, Place};
use crate::telegram::qr::{QrLogin, Step, Token};
use crate::telegram::{CallError, Connection, LoginString, group, observe, qr};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Log in by scanning a QR code with the phone
    Qr(QrArgs),
    /// Say which account is logged in, and whether it can see the group's call
    Check {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Log the account out; the login string is of no use then
    Logout {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
struct QrArgs {
    /// Write the code to this file, too, as a picture; it is renewed with the code
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Print the login string on standard output, and store nothing
    #[arg(long)]
    print: bool,
    /// Store the login string there without asking
    #[arg(long, value_name = "PLACE", conflicts_with = "print")]
    store: Option<Place>,
}

/// The setting that holds the login string.
const SETTING: &str = "TG_STRING_SESSION";
/// How long a code is shown and renewed before the command gives up.
const PATIENCE: Duration = Duration::from_secs(900);
/// How often in a row a broken connection is replaced, and the pause before it is.
const RECONNECTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// How often somebody may mistype the password.
const PASSWORDS: u32 = 5;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let end = runtime.block_on(async {
        match &args.action {
            Action::Qr(args) => log_in(args, context).await,
            Action::Check { json } => check(*json, &context.config).await,
            Action::Logout { yes } => log_out(*yes, &context.config).await,
        }
    });
    // What still hangs on the network is left behind.
    runtime.shutdown_background();
    end
}

/// `Ada Lovelace (@ada, 123)`.
fn words(known: &Known) -> String {
    let username = known.profile.username.as_ref().map_or(String::new(), |name| format!("@{}, ", clean(name)));
    format!("{} ({username}{})", display_name(&known.profile), known.profile.peer)
}

async fn log_in(args: &QrArgs, context: &Context) -> Result<()> {
    let config = &context.config;
    let application = config.application()?;
    if !(args.print || args.store.is_some() || somebody()) {
        return Err(Error::usage("nobody can be asked here where the login string is to go")
            .hint(format!("To store it in {}: swf session qr --store file", Place::File.words(&config.home)))
            .hint("To store it in the keyring: swf session qr --store keyring")
            .hint("To have it printed: swf session qr --print"));
    }
    // Better now than when somebody has scanned the code.
    if args.store == Some(Place::Keyring) {
        secrets::keyring_state().map_err(|error| error.hint("Then: swf session qr --store file"))?;
    }
    let had = config.session()?.map(|string| LoginString::parse(&string)).transpose()?;
    let mut connection = match &had {
        Some(string) => Connection::new(string, application.api_id),
        None => Connection::fresh(application.api_id),
    };
    if had.is_some() {
        match group::self_user(&connection.caller).await {
            Ok(me) => {
                eprintln!("{SETTING} is logged in already, as {}.", words(&me));
                eprintln!("To log in another account, first: swf session logout");
                return if args.print { print_string(had.as_ref()) } else { Ok(()) };
            }
            // Telegram lets nobody use this key any more.
            Err(CallError::SignedOut(name)) if name == "AUTH_KEY_DUPLICATED" => {
                connection = Connection::fresh(application.api_id);
            }
            Err(CallError::SignedOut(_)) => {}
            Err(error) => return Err(error.explain()),
        }
    }
    let mut login = QrLogin::new(connection, application);
    let show = Show { color: context.color_on(std::io::stderr().is_terminal()), png: args.png.as_deref() };
    let scanning = scan(&mut login, show);
    let scanned = tokio::time::timeout(PATIENCE, scanning).await;
    let scanned = scanned.map_err(|_| {
        Error::temporary("nobody has scanned the code for 15 minutes").hint("Try again: swf session qr")
    })??;
    let me = match scanned {
        Some(me) => me,
        None => give_password(&mut login, config).await?,
    };
    eprintln!("Logged in as {}.", words(&me));
    let string = login.login_string();
    if args.print {
        return print_string(string.as_ref());
    }
    let string = string.ok_or_else(no_string)?.print();
    let kept = match config.source(SETTING)? {
        Some(Source::File) => Some(Place::File),
        Some(Source::Keyring) => Some(Place::Keyring),
        _ => None,
    };
    let had = had.map(|had| had.print());
    let is_same = had.is_some_and(|had| had.expose_secret() == string.expose_secret());
    if let Some(place) = kept.filter(|place| is_same && args.store.is_none_or(|store| store == *place)) {
        eprintln!("The login string in {} is good again; nothing had to be stored.", place.words(&config.home));
        return Ok(());
    }
    let stored = match args.store.map_or_else(|| ask_where(&config.home), |place| Ok(Some(place))) {
        Ok(Some(place)) => secrets::store(&config.home, SETTING, &string, place).map(|()| Some(place)),
        other => other,
    };
    if let Ok(Some(place)) = stored {
        eprintln!("Stored in {}. Next: swf session check", place.words(&config.home));
        if !is_same {
            warn_of_winner(SETTING, config);
        }
        return Ok(());
    }
    // Nobody has the string, so nobody could ever use or end this login.
    qr::log_out(login.caller()).await.map_err(|error| error.explain())?;
    eprintln!("Not stored, and logged out again. To have it printed: swf session qr --print");
    stored.map(|_| ())
}

/// Asks where the login string is to go; the keyring is offered where there is one.
fn ask_where(home: &Home) -> Result<Option<Place>> {
    let file = Place::File.words(home);
    if secrets::keyring_state().is_err() {
        return Ok(confirm(&format!("Store the login string in {file}?"))?.then_some(Place::File));
    }
    let answers = ["the keyring".to_owned(), format!("{file}, which nobody else can read"), "nowhere".to_owned()];
    let question = dialoguer::Select::new().with_prompt("Store the login string in").items(&answers).default(0);
    let answer = question.interact_opt().map_err(|error| Error::failed(error.to_string()))?;
    Ok(match answer {
        Some(0) => Some(Place::Keyring),
        Some(1) => Some(Place::File),
        _ => None,
    })
}

fn no_string() -> Error {
    Error::failed("the login has no login string; this is a bug of swf")
}

fn print_string(string: Option<&LoginString>) -> Result<()> {
    let string = string.ok_or_else(no_string)?.print();
    eprintln!("The login string is as good as a password: share it with nobody.");
    super::print(&format!("{}\n", string.expose_secret()))
}

/// Where and how a code appears.
#[derive(Clone, Copy)]
struct Show<'a> {
    color: bool,
    png: Option<&'a Path>,
}

/// Shows codes until one is scanned and accepted; `None` if the account's password is still missing.
async fn scan(login: &mut QrLogin, show: Show<'_>) -> Result<Option<Box<Known>>> {
    let mut lines = 0;
    let mut reconnects = 0;
    loop {
        match login.step().await {
            Ok(Step::Scan(token)) => {
                reconnects = 0;
                lines = show.token(&token, lines)?;
                login.accepted(&token).await;
            }
            Ok(Step::Password) => return Ok(None),
            Ok(Step::In(me)) => return Ok(Some(me)),
            Err(error) => {
                lines = 0;
                overcome(login, error, &mut reconnects).await?;
            }
        }
    }
}

/// Obeys a flood wait, and replaces a broken connection so many times in a row; any other error is the end.
async fn overcome(login: &mut QrLogin, error: CallError, reconnects: &mut u32) -> Result<()> {
    match error {
        CallError::Flood { seconds } => {
            eprintln!("Telegram asks to wait {seconds} s; waiting.");
            tokio::time::sleep(Duration::from_secs(seconds.into()) + PAUSE).await;
        }
        error if error.is("API_ID_INVALID") || error.is("API_ID_PUBLISHED_FLOOD") => {
            return Err(Error::config(format!("Telegram does not accept the application: {error}"))
                .hint("TELEGRAM_API_ID and TELEGRAM_API_HASH belong together; see https://my.telegram.org."));
        }
        CallError::Lost(_) | CallError::Silence if *reconnects < RECONNECTS => {
            *reconnects += 1;
            tokio::time::sleep(PAUSE).await;
            login.reconnect();
        }
        error => return Err(error.explain()),
    }
    Ok(())
}

impl Show<'_> {
    /// Shows a code in place of the last one, which took so many lines of the terminal; how many this one takes.
    fn token(&self, token: &Token, lines: usize) -> Result<usize> {
        let qr = Qr::new(&token.link)?;
        if let Some(path) = self.png {
            env_file::replace(path, &qr.png()?)
                .map_err(|error| Error::failed(format!("{} can't be written: {error}", path.display())))?;
        }
        let (width, height) = terminal_size();
        let mut text = String::new();
        if lines > 0 {
            text += &format!("\u{1b}[{lines}A\u{1b}[J");
        }
        text += "On the phone: Telegram > Settings > Devices > Link Desktop Device, and scan this.\n";
        if qr.size <= width {
            text += &qr.text(self.color);
        } else {
            text += &format!("The code needs {} columns: widen the window, or take --png FILE.\n", qr.size);
        }
        text += &format!("{}\n", token.link);
        // A reader that has gone away is fine.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        // What has scrolled away can't be replaced.
        let taken: usize = text.lines().map(|line| if line.len() > width && line.is_ascii() { 2 } else { 1 }).sum();
        Ok(if std::io::stderr().is_terminal() && taken < height { taken } else { 0 })
    }
}

/// Columns and lines of the terminal on standard error; anything fits where there is none.
fn terminal_size() -> (usize, usize) {
    if !std::io::stderr().is_terminal() {
        return (usize::MAX, usize::MAX);
    }
    terminal::size().map_or((80, 24), |(width, height)| (width.into(), height.into()))
}

/// Says the password of two-step verification: the one that is set, else what somebody types.
async fn give_password(login: &mut QrLogin, config: &Config) -> Result<Box<Known>> {
    let set = config.password()?;
    if set.is_none() && !somebody() {
        return Err(Error::config("the account has two-step verification, and its password can't be asked for here")
            .hint("Set TELEGRAM_2FA_PASSWORD, or run swf session qr on a terminal."));
    }
    let mut typed: Option<SecretString> = None;
    let (mut tries, mut reconnects) = (0, 0);
    loop {
        let question = match login.question().await {
            Ok(question) => question,
            Err(error) => {
                overcome(login, error, &mut reconnects).await?;
                continue;
            }
        };
        let password = match typed.take().or_else(|| set.clone().filter(|_| tries == 0)) {
            Some(password) => password,
            None => {
                let hint = question.hint.as_deref().filter(|hint| !hint.is_empty());
                let prompt = match hint {
                    Some(hint) => format!("Password (hint: {}): ", clean(hint)),
                    None => "Password: ".to_owned(),
                };
                let typed = tokio::task::spawn_blocking(move || type_hidden(&prompt)).await;
                typed.map_err(|error| Error::failed(error.to_string()))??
            }
        };
        match login.answer(question, password.clone()).await {
            Ok(Some(me)) => return Ok(me),
            Ok(None) if set.is_some() && tries == 0 && !somebody() => {
                return Err(Error::config("the password in TELEGRAM_2FA_PASSWORD is wrong")
                    .hint("Mend it, or take it out and run swf session qr on a terminal."));
            }
            Ok(None) if tries + 1 == PASSWORDS => {
                return Err(Error::config("the password was wrong too often").hint("Try again: swf session qr"));
            }
            Ok(None) => {
                tries += 1;
                let which = if set.is_some() && tries == 1 { "The password in TELEGRAM_2FA_PASSWORD" } else { "That" };
                eprintln!("{which} is wrong. Once more.");
            }
            // The same password again, to a new question: the old one was too old, or the answer was lost.
            Err(error) => {
                typed = Some(password);
                if !error.is("SRP_ID_INVALID") {
                    overcome(login, error, &mut reconnects).await?;
                }
            }
        }
    }
}

/// The login string, which must be there.
fn present(config: &Config) -> Result<LoginString> {
    let string = config
        .session()?
        .ok_or_else(|| Error::config(format!("{SETTING} is not set")).hint("Log in with: swf session qr"))?;
    LoginString::parse(&string)
}

async fn check(as_json: bool, config: &Config) -> Result<()> {
    let string = present(config)?;
    let connection = Connection::new(&string, config.api_id()?);
    let caller = &connection.caller;
    let me = match group::self_user(caller).await {
        Ok(me) => me,
        Err(CallError::SignedOut(name)) => {
            if as_json {
                super::print_json(&json!({ "logged_in": false, "reason": name, "dc": string.dc }))?;
            }
            return Err(Error::config(format!("the account of {SETTING} is signed out ({name})"))
                .hint("Log in with: swf session qr"));
        }
        Err(error) => return Err(error.explain()),
    };
    let mut report = json!({
        "logged_in": true,
        "dc": string.dc,
        "account": { "id": me.profile.peer.0, "name": me.profile.name, "username": me.profile.username },
        "group": null,
        "call": null,
    });
    let mut text = format!("Logged in as {}, data centre {}.\n", words(&me), string.dc);
    let end = match config.group() {
        None => Err(Error::config("TELEGRAM_GROUP_USERNAME is not set, so there is no call to look for")
            .hint("Set it to the group, e.g. @studyhall or an invite link.")),
        Some(name) => match look(caller, name).await {
            Ok((place, call)) => {
                report["group"] = json!({ "id": place.peer.0, "title": place.title });
                report["call"] = json!(call);
                text += &format!("{}: ", clean(&place.title));
                text += match call {
                    Call::Seen => "its call is running, and this account can see who is in it.\n",
                    Call::ListenersHidden => "its call is running, but it hides who only listens.\n",
                    Call::None => "no call is running now; one would be seen.\n",
                };
                Ok(())
            }
            Err(error) => Err(error),
        },
    };
    let printed = if as_json { super::print_json(&report) } else { super::print(&text) };
    printed.and(end)
}

/// What an account sees of a group's call.
#[derive(Clone, Copy, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Call {
    None,
    Seen,
    ListenersHidden,
}

async fn look(caller: &crate::telegram::connection::Caller, name: &str) -> Result<(group::Group, Call)> {
    use crate::domain::roster::{Ask, Event};
    let place = group::resolve(caller, name).await.map_err(|error| error.explain())?;
    let request = observe::Request::new(Ask::Lookup, &observe::Keys::default());
    let seen = request.run(caller, &place).await.map_err(|error| error.explain())?;
    let found = seen.events.iter().find_map(|event| match event {
        Event::Found { call, .. } => *call,
        _ => None,
    });
    let call = match found {
        None => Call::None,
        Some((_, true)) => Call::ListenersHidden,
        Some((_, false)) => Call::Seen,
    };
    Ok((place, call))
}

async fn log_out(yes: bool, config: &Config) -> Result<()> {
    let string = present(config)?;
    let connection = Connection::new(&string, config.api_id()?);
    let caller = &connection.caller;
    let me = match group::self_user(caller).await {
        Ok(me) => me,
        Err(CallError::SignedOut(_)) => return super::print("Nobody is logged in; there is nothing to do.\n"),
        Err(error) => return Err(error.explain()),
    };
    if !yes {
        let question = format!("Log out {}? A tracker with this login stops.", words(&me));
        if !somebody() {
            return Err(Error::usage(format!("{question} Nobody can be asked here."))
                .hint("Without being asked: swf session logout --yes"));
        }
        if !confirm(&question)? {
            return super::print("Nothing was done.\n");
        }
    }
    qr::log_out(caller).await.map_err(|error| error.explain())?;
    super::print(&format!(
        "Logged out {}. The login string in {SETTING} is of no use now; log in again with: swf session qr\n",
        words(&me)
    ))
}
