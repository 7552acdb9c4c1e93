//! `swf session`: the login of the account that watches the call.

pub(super) mod sign_in;

use std::io::IsTerminal;
use std::path::PathBuf;

use secrecy::ExposeSecret;
use serde_json::json;

use self::sign_in::{Show, sign_in, words};
use super::secrets::{file_words, warn_of_readers, warn_of_winner};
use crate::commands::context::Context;
use crate::commands::runtime;
use crate::commands::terminal::{self, Interrupt, Prompt, can_ask};
use crate::config::secrets::{self, SecretStore};
use crate::config::{Config, GroupSettings, Home, Source};
use crate::domain::people::{Viewer, display};
use crate::domain::text::clean;
use crate::error::{Error, Result};
use crate::telegram::find;
use crate::telegram::{CallError, Group, LoginString, group, login, observe, reach};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Log in by scanning a QR code with the phone
    Qr(QrArgs),
    /// Show which account is logged in, and whether it can see the group's call
    Check {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Log the account out; its login string stops working
    Logout {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
struct QrArgs {
    /// Also write the code to this file, as a picture; each new code replaces it
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Print the login string on standard output, and store nothing
    #[arg(long)]
    print: bool,
    /// Where to store the login string, without asking
    #[arg(long, value_name = "PLACE", conflicts_with = "print")]
    store: Option<SecretStore>,
}

/// The setting that holds the login string.
const SETTING: &str = "TG_STRING_SESSION";

const NO_PLACE: &str = "standard input is not a terminal; say where to store the login string";

pub fn run(args: &Args, context: &Context) -> Result<()> {
    runtime::block_on(async {
        match &args.action {
            Action::Qr(args) => log_in(args, context).await,
            Action::Check { json } => check(*json, &context.config).await,
            Action::Logout { yes } => log_out(*yes, context).await,
        }
    })?
}

async fn log_in(args: &QrArgs, context: &Context) -> Result<()> {
    let config = &context.config;
    let application = config.credentials.application()?;
    if !(args.print || args.store.is_some() || can_ask()) {
        return Err(Error::usage(NO_PLACE)
            .command(
                format!("To store it in {}", SecretStore::File.words(config.home())),
                "swf session qr --store file",
            )
            .command("To store it in the keyring", "swf session qr --store keyring")
            .command("To print it, run", "swf session qr --print"));
    }
    // Fail before the user scans a code.
    if args.store == Some(SecretStore::Keyring) {
        secrets::keyring_state().map_err(|error| error.command("Then", "swf session qr --store file"))?;
    }
    let had = config.credentials.session()?;
    let show = Show { color: context.color_on(std::io::stderr().is_terminal()), png: args.png.as_deref() };
    let signed_in = sign_in(&config.credentials, application, show).await?;
    let string = signed_in.login_string()?;
    let kept = match config.credentials.source(SETTING)? {
        Some(Source::File) => Some(SecretStore::File),
        Some(Source::Keyring) => Some(SecretStore::Keyring),
        _ => None,
    };
    if signed_in.already {
        eprintln!("{SETTING} is already logged in, as {}.", words(&signed_in.me));
        eprintln!("{}", context.command("To log in with another account, first run", "swf session logout"));
        let stored = had.and_then(|had| LoginString::parse(&had).ok());
        return match args.store.or(kept).filter(|_| stored.is_some_and(|stored| stored.address != string.address)) {
            _ if args.print => print_string(&string),
            Some(place) => {
                secrets::store(config.home(), SETTING, &string.print(), place)?;
                eprintln!("Telegram answers at {}; this address was stored.", string.address);
                Ok(())
            }
            None => Ok(()),
        };
    }
    eprintln!("Logged in as {}.", words(&signed_in.me));
    if args.print {
        return print_string(&string);
    }
    let string = string.print();
    let is_same = had.is_some_and(|had| had.expose_secret() == string.expose_secret());
    if let Some(place) = kept.filter(|place| is_same && args.store.is_none_or(|store| store == *place)) {
        eprintln!("The login string in {} works again; it did not change.", place.words(config.home()));
        return Ok(());
    }
    let stored = match args.store.map_or_else(|| ask_where(config.home()), |place| Ok(Some(place))) {
        Ok(Some(place)) => secrets::store(config.home(), SETTING, &string, place).map(|()| Some(place)),
        other => other,
    };
    if let Ok(Some(place)) = stored {
        eprintln!("Stored in {}. {}", place.words(config.home()), context.command("Next", "swf session check"));
        warn_of_readers(SETTING, place, config);
        if !is_same {
            warn_of_winner(SETTING, config);
        }
        return Ok(());
    }
    // The login string is lost, so this login could be neither used nor ended later.
    login::log_out(signed_in.caller()).await?;
    let next = context.command("To print it, run", "swf session qr --print");
    eprintln!("Not stored, and logged out again. {next}");
    stored.map(|_| ())
}

/// Asks where to store the login string. Offers the keyring only if there is one.
fn ask_where(home: &Home) -> Result<Option<SecretStore>> {
    let prompt = Prompt::open(Interrupt::Exits).ok_or_else(|| Error::usage(NO_PLACE))?;
    let file = SecretStore::File.words(home);
    if secrets::keyring_state().is_err() {
        return Ok(prompt.confirm(&format!("Store the login string in {file}?"), true)?.then_some(SecretStore::File));
    }
    let answers = ["the keyring".to_owned(), file_words(home), "nowhere".to_owned()];
    Ok(match prompt.choose_or_none("Store the login string in", &answers, 0)? {
        Some(0) => Some(SecretStore::Keyring),
        Some(1) => Some(SecretStore::File),
        _ => None,
    })
}

fn print_string(string: &LoginString) -> Result<()> {
    let string = string.print();
    eprintln!("The login string is like a password: do not share it.");
    terminal::print(&format!("{}\n", string.expose_secret()))
}

/// The login string; an error if it is not set.
fn present(config: &Config) -> Result<LoginString> {
    let string = config
        .credentials
        .session()?
        .ok_or_else(|| Error::config(format!("{SETTING} is not set")).command("Log in with", "swf session qr"))?;
    LoginString::parse(&string)
}

async fn check(as_json: bool, config: &Config) -> Result<()> {
    let string = present(config)?;
    let connection = reach::connect(&string, &config.credentials.access()?).await?;
    let caller = &connection.caller;
    let me = match group::self_user(caller).await {
        Ok(me) => me,
        Err(CallError::SignedOut(name)) => {
            if as_json {
                terminal::print_json(&json!({ "logged_in": false, "reason": &name, "dc": string.dc }))?;
            }
            return Err(CallError::SignedOut(name).into());
        }
        Err(error) => return Err(error.into()),
    };
    let person = display(&me.profile, Viewer::Terminal);
    let mut report = json!({
        "logged_in": true,
        "dc": string.dc,
        "account": { "id": person.id.0, "name": person.to_string(), "username": person.username },
        "group": null,
        "call": null,
    });
    let mut text = format!("Logged in as {}, data centre {}.\n", words(&me), string.dc);
    let end = match config.group().name.as_deref() {
        None => Err(Error::config("TELEGRAM_GROUP_USERNAME is not set, so there is no call to look for")
            .hint("Set it to the group, e.g. @studyhall or an invite link.")),
        Some(_) => match look(caller, config.group()).await {
            Ok((place, call)) => {
                report["group"] = json!({ "id": place.peer.0, "title": place.title });
                report["call"] = json!(call);
                text += &format!("{}: ", clean(&place.title));
                text += match call {
                    Call::Seen => "its call is running, and this account can see who is in it.\n",
                    Call::ListenersHidden => "its call is running, but it hides its listeners.\n",
                    Call::None => "no call is running now; the account will see the next one.\n",
                };
                Ok(())
            }
            Err(error) => Err(error),
        },
    };
    let printed = if as_json { terminal::print_json(&report) } else { terminal::print(&text) };
    printed.and(end)
}

/// Whether an account can see a group's call.
#[derive(Clone, Copy, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Call {
    None,
    Seen,
    ListenersHidden,
}

pub(super) async fn look(
    caller: &crate::telegram::connection::Caller,
    settings: &GroupSettings,
) -> Result<(Group, Call)> {
    let name = settings.name.as_deref().unwrap_or_default();
    let place = find::resolve(caller, name).await.map_err(|error| error.at(&settings.place()))?;
    let call = call_of(caller, &place).await?;
    Ok((place, call))
}

/// Whether an account can see the call of a group that was found.
pub(super) async fn call_of(caller: &crate::telegram::connection::Caller, place: &Group) -> Result<Call> {
    use crate::domain::roster::{Event, Request};
    let request = observe::Query::new(Request::Lookup, &observe::Keys::default());
    let seen = request.run(caller, place).await?;
    let found = seen.update.events.iter().find_map(|event| match event {
        Event::Found { call, .. } => *call,
        _ => None,
    });
    Ok(match found {
        None => Call::None,
        Some((_, true)) => Call::ListenersHidden,
        Some((_, false)) => Call::Seen,
    })
}

async fn log_out(yes: bool, context: &Context) -> Result<()> {
    let config = &context.config;
    let string = present(config)?;
    let connection = reach::connect(&string, &config.credentials.access()?).await?;
    let caller = &connection.caller;
    let me = match group::self_user(caller).await {
        Ok(me) => me,
        Err(CallError::SignedOut(_)) => return terminal::print("No account is logged in; there is nothing to do.\n"),
        Err(error) => return Err(error.into()),
    };
    if !yes {
        let question = format!("Log out {}? A tracker with this login stops.", words(&me));
        let Some(prompt) = Prompt::open(Interrupt::Exits) else {
            return Err(Error::usage(format!("{question} Standard input is not a terminal; pass --yes."))
                .command("To confirm, run", "swf session logout --yes"));
        };
        if !prompt.confirm(&question, true)? {
            return terminal::print("Nothing was done.\n");
        }
    }
    login::log_out(caller).await?;
    let again = format!("The login string in {SETTING} no longer works. To log in again, run");
    terminal::print(&format!("Logged out {}. {}\n", words(&me), context.command(&again, "swf session qr")))
}
