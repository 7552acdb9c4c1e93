//! Logging an account in at a terminal: the code, the password of two-step verification, and the errors of each step.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use crossterm::terminal;
use secrecy::SecretString;

use crate::commands::terminal::{can_ask, read_hidden};
use crate::config::Credentials;
use crate::domain::credentials::Application;
use crate::domain::people::{Known, Viewer, display};
use crate::domain::text::clean;
use crate::error::{Error, Kind, Result};
use crate::platform::fs;
use crate::render::qr::Qr;
use crate::telegram::connection::Caller;
use crate::telegram::login::{QrLogin, Step, Token};
use crate::telegram::{CallError, Connection, LoginString, group, refusals};

/// How long a code is shown and renewed before the command gives up.
const SCAN_TIMEOUT: Duration = Duration::from_secs(900);
/// How often in a row a broken connection is replaced, and the pause before each time.
const MAX_RECONNECTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// How often the user may mistype the password.
const MAX_PASSWORDS: u32 = 5;

/// Why the login failed.
pub enum Refusal {
    /// The API id and hash are not good.
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
    login: QrLogin,
}

impl SignedIn {
    pub fn caller(&self) -> &Caller {
        self.login.caller()
    }

    /// A new connection, for one that was lost.
    pub fn reconnect(&mut self) {
        self.login.reconnect();
    }

    pub fn login_string(&self) -> Result<LoginString> {
        self.login.login_string().ok_or_else(|| Error::failed("the login has no login string; this is a bug of swf"))
    }
}

/// The account of the login string that is set, if it is logged in; else a connection to log in on.
async fn look(credentials: &Credentials, application: Application) -> Result<Result<SignedIn, QrLogin>> {
    let access = &application.access;
    let Some(string) = credentials.session()?.map(|string| LoginString::parse(&string)).transpose()? else {
        return Ok(Err(QrLogin::new(Connection::fresh(access), application)));
    };
    let connection = Connection::new(&string, access);
    match group::self_user(&connection.caller).await {
        Ok(me) => {
            let login = QrLogin::new(connection, application);
            Ok(Ok(SignedIn { me: Box::new(me), already: true, login }))
        }
        // Telegram no longer accepts this key.
        Err(error) if error.is_key_duplicated() => Ok(Err(QrLogin::new(Connection::fresh(access), application))),
        Err(CallError::SignedOut(_)) => Ok(Err(QrLogin::new(connection, application))),
        Err(error) => Err(error.into()),
    }
}

/// The account that is logged in already; never starts a login.
pub async fn signed_in(credentials: &Credentials, application: Application) -> Result<SignedIn> {
    look(credentials, application).await?.map_err(|_| {
        Error::config("the account of TG_STRING_SESSION is signed out").command("Log in with", "swf session qr")
    })
}

/// Logs an account in on the connection of the stored login string, even a signed-out one, or on a new connection.
/// An account that is logged in already stays logged in.
pub async fn sign_in(credentials: &Credentials, application: Application, show: Show<'_>) -> Result<SignedIn, Refusal> {
    let mut login = match look(credentials, application).await? {
        Ok(signed_in) => return Ok(signed_in),
        Err(login) => login,
    };
    let scanned = tokio::time::timeout(SCAN_TIMEOUT, scan(&mut login, show)).await;
    let scanned = scanned.map_err(|_| {
        Error::temporary("the code was not scanned within 15 minutes").command("Try again", "swf session qr")
    })??;
    let me = match scanned {
        Some(me) => me,
        None => give_password(&mut login, credentials).await?,
    };
    Ok(SignedIn { me, already: false, login })
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

/// Shows codes until one is scanned and accepted; `None` if the account's password is still missing.
async fn scan(login: &mut QrLogin, show: Show<'_>) -> Result<Option<Box<Known>>, Refusal> {
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
async fn overcome(login: &mut QrLogin, error: CallError, reconnects: &mut u32) -> Result<(), Refusal> {
    match error {
        CallError::Flood { seconds } => {
            eprintln!("Telegram asks to wait {seconds} s; waiting.");
            tokio::time::sleep(Duration::from_secs(seconds.into()) + PAUSE).await;
        }
        error if error.is(refusals::APPLICATION) => {
            return Err(Refusal::Application(
                Error::config(format!("Telegram does not accept the application: {error}"))
                    .hint("TELEGRAM_API_ID and TELEGRAM_API_HASH belong together; see https://my.telegram.org."),
            ));
        }
        CallError::Lost(_) | CallError::Silence if *reconnects < MAX_RECONNECTS => {
            *reconnects += 1;
            tokio::time::sleep(PAUSE).await;
            login.reconnect();
        }
        error => return Err(Error::from(error).into()),
    }
    Ok(())
}

impl Show<'_> {
    /// Shows a code in place of the last one, which took so many lines of the terminal; how many this one takes.
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

/// Sends the password of two-step verification: the one in the settings, else the one that the user types.
async fn give_password(login: &mut QrLogin, credentials: &Credentials) -> Result<Box<Known>> {
    let set = credentials.password()?;
    if set.is_none() && !can_ask() {
        return Err(Error::config(
            "the account has two-step verification, and standard input is not a terminal to ask for the password on",
        )
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
                let typed = tokio::task::spawn_blocking(move || read_hidden(&prompt)).await;
                typed.map_err(|error| Error::from_cause(Kind::Failed, error))??
            }
        };
        match login.answer(question, password.clone()).await {
            Ok(Some(me)) => return Ok(me),
            Ok(None) if set.is_some() && tries == 0 && !can_ask() => {
                return Err(Error::config("the password in TELEGRAM_2FA_PASSWORD is wrong")
                    .hint("Correct it, or remove it and run swf session qr on a terminal."));
            }
            Ok(None) if tries + 1 == MAX_PASSWORDS => {
                return Err(Error::config("the password was wrong too often").command("Try again", "swf session qr"));
            }
            Ok(None) => {
                tries += 1;
                let which = match set.is_some() && tries == 1 {
                    true => "The password in TELEGRAM_2FA_PASSWORD is wrong.",
                    false => "Wrong password.",
                };
                eprintln!("{which} Try again.");
            }
            // The same password again, to a new question: the old one was too old, or the answer was lost.
            Err(error) => {
                typed = Some(password);
                if !error.is(refusals::STALE_QUESTION) {
                    overcome(login, error, &mut reconnects).await?;
                }
            }
        }
    }
}
