//! Login by QR code: the phone scans a token, and the key of this connection then belongs to the account. [`machine`]
//! decides the next step; this module performs it. Also logout.

pub mod machine;
mod password;
pub mod remedy;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;
use secrecy::{ExposeSecret, SecretString};

use self::machine::{Action, Answer, Call, Input, Link, LoginError, Machine, Notice, Passwords, SignedIn, Token};
use self::password::Question;
use super::call_error::CallError;
use super::connection::{Caller, Connection};
use super::group;
use super::login_string::LoginString;
use super::peers::people;
use super::reach;
use crate::domain::credentials::Application;
use crate::domain::people::Known;

/// The shortest and the longest lifetime of a token, in seconds; other values of the server are limited to these.
const TOKEN_LIFETIME: (i64, i64) = (1, 300);

/// The time since a fixed moment, by a clock that does not jump.
pub type Elapsed = Box<dyn Fn() -> Duration + Send>;

/// What the user interface shows or asks during a login.
#[derive(Debug)]
pub enum Event {
    /// Show this code in place of the last one.
    Show(Token),
    /// Ask for the password and pass it to [`QrLogin::give_password`].
    AskPassword {
        hint: Option<String>,
    },
    Tell(Notice),
    End(Result<SignedIn, LoginError>),
}

/// A login in progress.
pub struct QrLogin {
    /// The login string for the first connection.
    string: Option<LoginString>,
    connection: Option<Connection>,
    application: Application,
    machine: Machine,
    /// The question that the next password answers.
    question: Option<Question>,
    elapsed: Elapsed,
}

impl QrLogin {
    /// A login with the key of `string`, if that can be used, else with a fresh key.
    pub fn new(
        string: Option<LoginString>,
        application: Application,
        passwords: Passwords,
        elapsed: Elapsed,
    ) -> QrLogin {
        let machine = Machine::new(string.is_some(), passwords, elapsed());
        QrLogin { string, connection: None, application, machine, question: None, elapsed }
    }

    /// Like [`QrLogin::new`], on an existing connection.
    pub fn on(connection: Connection, application: Application, passwords: Passwords, elapsed: Elapsed) -> QrLogin {
        let machine = Machine::new(true, passwords, elapsed());
        QrLogin { string: None, connection: Some(connection), application, machine, question: None, elapsed }
    }

    /// The connection of an account that is signed in.
    pub fn into_connection(self) -> Option<Connection> {
        self.connection
    }

    /// Goes on until the user must see or do something.
    pub async fn next(&mut self) -> Event {
        loop {
            match self.machine.poll_action() {
                Some(Action::Request(link, call)) => {
                    let answer = self.perform(link, call).await;
                    self.handle(Input::Answered(answer));
                }
                Some(Action::Show(token)) => return Event::Show(token),
                Some(Action::AskPassword { hint }) => return Event::AskPassword { hint },
                Some(Action::Tell(notice)) => return Event::Tell(notice),
                Some(Action::End(end)) => return Event::End(end),
                None => self.wait().await,
            }
        }
    }

    /// Passes on the password that the user has typed; an empty one asks for a new code.
    pub fn give_password(&mut self, password: SecretString) {
        self.handle(Input::Password(password));
    }

    fn handle(&mut self, input: Input) {
        self.machine.handle(input, (self.elapsed)());
    }

    /// Waits for an update or for the next timeout.
    async fn wait(&mut self) {
        let now = (self.elapsed)();
        let timeout = self.machine.poll_timeout().map_or(Duration::MAX, |at| at.saturating_sub(now));
        let update = async {
            match &mut self.connection {
                Some(connection) => connection.updates.recv().await,
                None => std::future::pending().await,
            }
        };
        match tokio::time::timeout(timeout, update).await {
            Err(_) => self.machine.handle_timeout((self.elapsed)()),
            Ok(Some(UpdatesLike::ConnectionClosed)) => self.handle(Input::Closed),
            Ok(Some(update)) if may_be_change(&update) => self.handle(Input::Changed),
            Ok(Some(_)) => {}
            Ok(None) => {
                self.handle(Input::Closed);
                // If the machine waits for something else, this channel must not keep it awake.
                tokio::time::sleep(CLOSED_PAUSE).await;
            }
        }
    }

    async fn perform(&mut self, link: Link, call: Call) -> Result<Answer, CallError> {
        let connection = self.open(link).await?;
        let caller = connection.caller.clone();
        match call {
            Call::Who => group::self_user(&caller).await.map(|me| Answer::SignedIn(Box::new(me))),
            Call::Export => export(&caller, &self.application).await,
            Call::Import(token) => imported(caller.call(&tl::functions::auth::ImportLoginToken { token }).await?, 0),
            Call::Question => {
                let question = Question::request(&caller).await?;
                let hint = question.hint.clone();
                self.question = Some(question);
                Ok(Answer::Question(hint))
            }
            Call::Check(password) => {
                let question = match self.question.take() {
                    Some(question) => question,
                    None => Question::request(&caller).await?,
                };
                signed_in(question.answer(&caller, password).await?).map(Answer::SignedIn)
            }
        }
    }

    async fn open(&mut self, link: Link) -> Result<&mut Connection, CallError> {
        let access = &self.application.access;
        let connection = match (link, self.connection.take(), &self.string) {
            (Link::Kept, Some(connection), _) => connection,
            (Link::Moved { dc }, Some(mut connection), _) => {
                connection.move_to(dc).await;
                connection
            }
            (Link::Again, Some(connection), _) => {
                let again = reach::connect_again(&connection, access).await;
                // The old connection keeps the keys for the next try.
                again.inspect_err(|_| self.connection = Some(connection))?
            }
            (Link::Fresh, ..) => {
                self.string = None;
                reach::connect_fresh(access).await?
            }
            (_, None, Some(string)) => reach::connect(string, access).await?,
            (_, None, None) => reach::connect_fresh(access).await?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// The pause after a connection has ended for good.
const CLOSED_PAUSE: Duration = Duration::from_millis(100);

async fn export(caller: &Caller, application: &Application) -> Result<Answer, CallError> {
    // The end of a token's lifetime is a time on the server's clock.
    let tl::enums::Config::Config(config) = caller.call(&tl::functions::help::GetConfig {}).await?;
    let request = tl::functions::auth::ExportLoginToken {
        api_id: application.access.api_id,
        api_hash: application.api_hash.expose_secret().to_owned(),
        except_ids: Vec::new(),
    };
    imported(caller.call(&request).await?, config.date)
}

/// Telegram's answer about a token. `date` is the time on Telegram's clock.
fn imported(token: tl::enums::auth::LoginToken, date: i32) -> Result<Answer, CallError> {
    use tl::enums::auth::LoginToken;
    match token {
        LoginToken::Token(token) => {
            let lifetime = i64::from(token.expires) - i64::from(date);
            Ok(Answer::Token(Token {
                link: format!("tg://login?token={}", BASE64_URL_SAFE_NO_PAD.encode(&token.token)),
                lifetime: Duration::from_secs(lifetime.clamp(TOKEN_LIFETIME.0, TOKEN_LIFETIME.1).unsigned_abs()),
            }))
        }
        LoginToken::Success(success) => signed_in(success.authorization).map(Answer::SignedIn),
        LoginToken::MigrateTo(to) => Ok(Answer::MigrateTo { dc: to.dc_id, token: to.token }),
    }
}

/// Whether the state of the login may have changed.
fn may_be_change(update: &UpdatesLike) -> bool {
    use tl::enums::{Update, Updates};
    let is_token = |update: &Update| matches!(update, Update::LoginToken);
    match update {
        UpdatesLike::MalformedUpdates => true,
        UpdatesLike::Updates(Updates::UpdateShort(short)) => is_token(&short.update),
        UpdatesLike::Updates(Updates::Updates(all)) => all.updates.iter().any(is_token),
        UpdatesLike::Updates(Updates::Combined(all)) => all.updates.iter().any(is_token),
        _ => false,
    }
}

fn signed_in(authorization: tl::enums::auth::Authorization) -> Result<Box<Known>, CallError> {
    let known = match authorization {
        tl::enums::auth::Authorization::Authorization(done) => people(&[done.user], &[]).into_iter().next(),
        tl::enums::auth::Authorization::SignUpRequired(_) => None,
    };
    known.map(Box::new).ok_or_else(CallError::unknown_account)
}

/// Signs the account of this connection out.
pub async fn log_out(caller: &Caller) -> Result<(), CallError> {
    caller.call(&tl::functions::auth::LogOut {}).await.map(drop)
}
