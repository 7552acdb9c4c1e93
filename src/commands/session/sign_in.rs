//! Logs an account in at a terminal: the code, the password of two-step verification, and the errors of each step.

use std::io::{IsTerminal, Write};
use std::path::Path;

use crossterm::terminal;
use secrecy::SecretString;

use crate::commands::terminal::{can_ask, read_hidden};
use crate::config::Credentials;
use crate::domain::credentials::{Access, Application};
use crate::domain::people::{Known, Viewer, display};
use crate::domain::text::{clean, duration};
use crate::error::{Error, Kind, Result};
use crate::platform::clock::Clock;
use crate::platform::fs;
use crate::render::qr::Qr;
use crate::telegram::connection::Caller;
use crate::telegram::login::machine::{self, LoginError, Notice, Passwords, Token};
use crate::telegram::login::{Event, QrLogin};
use crate::telegram::{CallError, Connection, LoginString, group, reach, refusals};

/// Why the login failed.
pub enum Refusal {
    /// Telegram does not accept the API id and hash.
    Application(Error),
    Other(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Other(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal {
            Refusal::Application(error) | Refusal::Other(error) => error,
        }
    }
}

/// An account that is logged in, and its connection.
pub struct SignedIn {
    pub me: Box<Known>,
    /// The account was logged in before this run.
    pub already: bool,
    connection: Connection,
    access: Access,
}

impl SignedIn {
    pub fn caller(&self) -> &Caller {
        &self.connection.caller
    }

    /// Makes a new connection in place of one that was lost.
    pub fn reconnect(&mut self) {
        if let Some(address) = self.connection.address() {
            self.connection = self.connection.again(address, &self.access);
        }
    }

    pub fn login_string(&self) -> Result<LoginString> {
        let string = self.connection.login_string();
        string.ok_or_else(|| Error::failed("the login has no login string; this is a bug of swf"))
    }
}

/// The account that is logged in already; never starts a login.
pub async fn signed_in(credentials: &Credentials, application: Application) -> Result<SignedIn> {
    signed_in_by(credentials, application.access).await
}

/// As [`signed_in`], for a caller without the API hash, which only a new login needs.
pub async fn signed_in_by(credentials: &Credentials, access: Access) -> Result<SignedIn> {
    let string = credentials.session()?.unwrap_or_default();
    let connection = reach::connect(&parse(&string)?, &access).await?;
    let me = group::self_user(&connection.caller).await?;
    Ok(SignedIn { me: Box::new(me), already: true, connection, access })
}

/// Logs an account in, with the key of the stored login string if that can be used, or else with a new key. An account
/// that is logged in already stays logged in.
pub async fn sign_in(credentials: &Credentials, application: Application, show: Show<'_>) -> Result<SignedIn, Refusal> {
    let passwords = Passwords { set: credentials.password()?, can_ask: can_ask() };
    let (access, clock) = (application.access.clone(), Clock::new(0));
    let mut login = QrLogin::new(usable(credentials)?, application, passwords, Box::new(move || clock.elapsed()));
    let mut lines = 0;
    loop {
        match login.next().await {
            Event::Show(token) => {
                lines = show.token(&token, lines)?;
                continue;
            }
            Event::AskPassword { hint } => login.give_password(ask_password(hint).await?),
            Event::Tell(notice) => eprintln!("{}", text(&notice)),
            Event::End(Ok(machine::SignedIn { me, already })) => {
                let connection = login.into_connection();
                let connection =
                    connection.ok_or_else(|| Error::failed("the connection is gone; this is a bug of swf"))?;
                return Ok(SignedIn { me, already, connection, access });
            }
            Event::End(Err(error)) => return Err(refusal(error)),
        }
        // The next code must not overwrite what was printed since.
        lines = 0;
    }
}

/// Parses a login string, and prints a warning if it leads to a server other than Telegram's.
fn parse(string: &SecretString) -> Result<LoginString> {
    let string = LoginString::parse(string)?;
    if let Some(warning) = string.warning() {
        eprintln!("swf: {warning}");
    }
    Ok(string)
}

/// The login string that is set. If it can't be read, prints that and returns `None`, so that a new one replaces it.
fn usable(credentials: &Credentials) -> Result<Option<LoginString>> {
    match credentials.session()?.map(|string| parse(&string)).transpose() {
        Err(error) => {
            eprintln!("{}; logging in again.", error.message());
            Ok(None)
        }
        string => string,
    }
}

async fn ask_password(hint: Option<String>) -> Result<SecretString> {
    let hint = hint.map(|hint| clean(&hint)).filter(|hint| !hint.is_empty());
    let hint = hint.map_or(String::new(), |hint| format!("hint: {hint}; "));
    let prompt = format!("Password ({hint}leave empty for a new code): ");
    let typed = tokio::task::spawn_blocking(move || read_hidden(&prompt)).await;
    typed.map_err(|error| Error::from_cause(Kind::Failed, error))?
}

fn text(notice: &Notice) -> String {
    match notice {
        Notice::Wait(seconds) => format!("Telegram asks to wait {}; waiting.", duration((*seconds).into())),
        Notice::Trouble(error) => {
            let (what, blocked) = match error {
                CallError::Unreached(failure) if failure.is_of_proxy() => (failure.with_advice(), ""),
                CallError::Unreached(_) | CallError::Lost(_) | CallError::Silence => {
                    (error.to_string(), " Where Telegram is blocked, stop and set SWF_PROXY.")
                }
                _ => (error.to_string(), ""),
            };
            format!("Not logged in yet: {what}. Trying again; leave this running.{blocked}")
        }
        Notice::Recovered => "Telegram answers again.".into(),
        Notice::Accepted { dc } => format!("Accepted. The account belongs to data centre {dc}; connecting there."),
        Notice::OldKeyDropped(error) => {
            format!("The stored login string can't be used ({error}); making a new one.")
        }
        Notice::ScanAgain => "That code has expired. Scan the next one.".into(),
        Notice::PasswordPending => {
            "The last login stopped at the password of two-step verification; continuing there.".into()
        }
        Notice::WrongPassword => "Wrong password. Try again.".into(),
        Notice::WrongSetPassword => "The password in TELEGRAM_2FA_PASSWORD is wrong. Try again.".into(),
    }
}

fn refusal(error: LoginError) -> Refusal {
    const AGAIN: (&str, &str) = ("Try again", "swf session qr");
    let error = match error {
        LoginError::Call(error) if error.is(refusals::APPLICATION) => return Refusal::Application(error.into()),
        LoginError::Call(error) => error.into(),
        LoginError::NotScanned(None) => {
            Error::temporary("the code was not scanned within 15 minutes").command(AGAIN.0, AGAIN.1)
        }
        LoginError::NotScanned(Some(error)) => Error::temporary(format!(
            "no code was scanned within 15 minutes, and the last code could not be renewed: {error}"
        ))
        .command(AGAIN.0, AGAIN.1)
        .caused_by(error),
        LoginError::NoPassword => Error::config(
            "the account has two-step verification, and swf can't ask for the password: standard input is not a \
             terminal",
        )
        .hint("Set TELEGRAM_2FA_PASSWORD.")
        .command("Or run on a terminal", "swf session qr"),
        LoginError::WrongSetPassword => Error::config("the password in TELEGRAM_2FA_PASSWORD is wrong")
            .hint("Correct the password there.")
            .command("To type the password instead, remove it and run on a terminal", "swf session qr"),
    };
    Refusal::Other(error)
}

/// `Ada Lovelace (@ada, 123)`.
pub fn words(known: &Known) -> String {
    display(&known.profile, Viewer::Terminal).with_id()
}

/// Where and how a code appears.
#[derive(Clone, Copy)]
pub struct Show<'a> {
    pub color: bool,
    pub png: Option<&'a Path>,
}

impl Show<'_> {
    /// Shows a code in place of the last one, which took `lines` lines of the terminal. Returns how many lines the new
    /// code takes.
    fn token(&self, token: &Token, lines: usize) -> Result<usize> {
        let qr = Qr::new(&token.link)?;
        if let Some(path) = self.png {
            fs::write_atomic(path, &qr.png()?, fs::Mode::PrivateTarget)
                .map_err(|error| Error::file(path, "written", &error))?;
        }
        let (width, height) = terminal_size();
        let mut text = String::new();
        if lines > 0 {
            text += &format!("\u{1b}[{lines}A\u{1b}[J");
        }
        text += "On the phone: Telegram > Settings > Devices > Link Desktop Device; scan this.\n";
        if qr.size <= width {
            text += &qr.text(self.color);
        } else {
            text += &format!("The code needs {} columns: widen the window, or use --png FILE.\n", qr.size);
        }
        text += &format!("{}\n", token.link);
        // Ignore an error: the reader of standard error may have closed it.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        // Lines that have scrolled away can't be replaced.
        let taken: usize = text.lines().map(|line| if line.len() > width && line.is_ascii() { 2 } else { 1 }).sum();
        Ok(if std::io::stderr().is_terminal() && taken < height { taken } else { 0 })
    }
}

/// Columns and lines of the terminal on standard error; without a terminal, so many that anything fits.
fn terminal_size() -> (usize, usize) {
    if !std::io::stderr().is_terminal() {
        return (usize::MAX, usize::MAX);
    }
    terminal::size().map_or((80, 24), |(width, height)| (width.into(), height.into()))
}
