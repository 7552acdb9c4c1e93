//! The login by QR code as a state machine, with its timers and without I/O. Inputs and the time go in; requests, texts
//! for the user and the next timeout come out.
//!
//! ```text
//!            ┌── refreshed, lost, failed ──┐
//!            ▼                             │
//!  Code ── token ──► Shown ── accepted ────┼──► signed in
//!   ▲                                      ├──► Import in another data centre ──► signed in
//!   └── token over, key of no use ─────────┴──► Question ──► Ask ──► Check ─────► signed in
//! ```
//!
//! While a person holds the phone, no failure ends the login: each has a next step ([`Remedy`]).

use std::collections::VecDeque;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::remedy::{Remedy, remedy};
use crate::domain::people::Known;
use crate::telegram::call_error::CallError;

/// How long codes are shown and renewed, and how long an accepted login is continued.
pub const SCAN_TIMEOUT: Duration = Duration::from_secs(900);
/// How many failures in a row end a login before a code was shown.
const MAX_FAILURES: u32 = 6;
/// After so many failures in a row with the key of a login string, a new key is made.
const MAX_OLD_KEY_FAILURES: u32 = 2;
/// After so many failures in a row, a connection on which Telegram answers is not used any more.
const MAX_REPEATS: u32 = 3;
/// How many times in a row Telegram may send a login to another data centre.
const MAX_MOVES: u32 = 4;
/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_secs(10);
/// Added to each time that Telegram asks to wait.
const FLOOD_MARGIN: Duration = Duration::from_secs(1);

/// The content of the code that the phone scans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// `tg://login?token=…`
    pub link: String,
    /// How long the token is valid.
    pub lifetime: Duration,
}

/// On which connection a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// On the current connection.
    Kept,
    /// On a new connection, with the same keys.
    Again,
    /// On a new connection, with a new key.
    Fresh,
    /// On the current connection, in this data centre.
    Moved { dc: i32 },
}

/// A request to Telegram.
#[derive(Clone, Debug)]
pub enum Call {
    /// Who is signed in?
    Who,
    /// A token for a code, or the result of the last one.
    Export,
    /// Sign in with a token that was accepted.
    Import(Vec<u8>),
    /// The password question.
    Question,
    /// The answer to the last question.
    Check(SecretString),
}

/// Telegram's answer to a request.
#[derive(Debug)]
pub enum Answer {
    SignedIn(Box<Known>),
    Token(Token),
    /// The code was accepted by an account of another data centre.
    MigrateTo {
        dc: i32,
        token: Vec<u8>,
    },
    /// A password question; the hint that the user has set.
    Question(Option<String>),
}

#[derive(Debug)]
pub enum Input {
    /// The answer to the last [`Action::Request`].
    Answered(Result<Answer, CallError>),
    /// An update that shows that the code was accepted, or an update that could not be read.
    Changed,
    /// The connection was closed.
    Closed,
    /// The user has typed a password; an empty one asks for a new code.
    Password(SecretString),
}

/// The next thing to do. After a request the next input is its answer.
#[derive(Debug)]
pub enum Action {
    Request(Link, Call),
    /// Show this in place of the last code.
    Show(Token),
    /// Ask for the password.
    AskPassword {
        hint: Option<String>,
    },
    /// Tell the user.
    Tell(Notice),
    End(Result<SignedIn, LoginError>),
}

#[derive(Debug)]
pub struct SignedIn {
    pub me: Box<Known>,
    /// The account was signed in already before this login.
    pub already: bool,
}

/// What the user should be told while a login goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Telegram asks to wait so many seconds.
    Wait(u32),
    /// A request failed and is tried again.
    Trouble(CallError),
    /// Telegram can be used again after [`Notice::Trouble`].
    Recovered,
    /// The code was accepted; the login goes on in this data centre.
    Accepted {
        dc: i32,
    },
    /// The login string can't be used to log in; a new key is made.
    OldKeyDropped(CallError),
    /// The accepted code has expired, or the login took too long: a new code must be scanned.
    ScanAgain,
    /// An earlier login has stopped at the password.
    PasswordPending,
    WrongPassword,
    /// The password in the settings is wrong.
    WrongSetPassword,
}

/// Why a login ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginError {
    Call(CallError),
    /// No code was accepted in [`SCAN_TIMEOUT`]; with the last failure, if there was one.
    NotScanned(Option<CallError>),
    /// The account has a password, and nobody can be asked for it.
    NoPassword,
    /// The password in the settings is wrong, and nobody can be asked.
    WrongSetPassword,
}

/// The state of a login.
#[derive(Debug)]
enum Phase {
    /// A token is needed.
    Code,
    /// A code is on the screen.
    Shown {
        until: Duration,
    },
    /// A code was accepted: sign in with its token.
    Import {
        token: Vec<u8>,
    },
    /// The password question is needed.
    Question,
    /// The user is asked for the password.
    Ask,
    /// A password was given.
    Check(SecretString),
    Over,
}

/// Where the password comes from.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// From the settings; tried first.
    pub set: Option<SecretString>,
    /// Whether the user can be asked.
    pub can_ask: bool,
}

pub struct Machine {
    phase: Phase,
    /// The next request asks who is signed in; the phase waits for the answer.
    check_login_first: bool,
    /// A request is under way.
    busy: bool,
    /// When the next request is due, and on which connection.
    due: Option<(Duration, Link)>,
    /// The key is that of a login string.
    is_old_key: bool,
    /// Telegram has answered on this key.
    has_answered: bool,
    passwords: Passwords,
    /// A password that was given already, for the next question.
    given: Option<SecretString>,
    /// The password under way came from the settings.
    is_set_password: bool,
    /// A code was shown, or a password sent: the account was not signed in before.
    has_begun: bool,
    /// When the login is given up; `None` until somebody can have scanned a code.
    end: Option<Duration>,
    failures: u32,
    moves: u32,
    trouble: Option<CallError>,
    actions: VecDeque<Action>,
}

impl Machine {
    /// A login with the key of a login string, or with a fresh key.
    pub fn new(is_old_key: bool, passwords: Passwords, now: Duration) -> Machine {
        let mut machine = Machine {
            phase: Phase::Code,
            check_login_first: is_old_key,
            busy: false,
            due: None,
            is_old_key,
            has_answered: false,
            passwords,
            given: None,
            is_set_password: false,
            has_begun: false,
            end: None,
            failures: 0,
            moves: 0,
            trouble: None,
            actions: VecDeque::new(),
        };
        machine.request(if is_old_key { Link::Kept } else { Link::Fresh }, now);
        machine.handle_timeout(now);
        machine
    }

    /// The next action.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Machine::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let refresh = match self.phase {
            Phase::Shown { until } if !self.busy && self.due.is_none() => Some(until),
            _ => None,
        };
        let end = self.end.filter(|_| !matches!(self.phase, Phase::Ask | Phase::Over));
        [self.due.map(|(at, _)| at), refresh, end].into_iter().flatten().min()
    }

    pub fn handle_timeout(&mut self, now: Duration) {
        if self.poll_timeout().is_none_or(|at| now < at) {
            return;
        }
        if self.end.is_some_and(|end| now >= end) {
            return self.give_up();
        }
        let link = self.due.take().map_or(Link::Kept, |(_, link)| link);
        self.busy = true;
        let call = self.call();
        self.actions.push_back(Action::Request(link, call));
    }

    pub fn handle(&mut self, input: Input, now: Duration) {
        match (input, &self.phase) {
            (_, Phase::Over) => return,
            (Input::Answered(answer), _) => {
                self.busy = false;
                match answer {
                    Ok(answer) => self.answered(answer, now),
                    Err(error) => self.failed(error, now),
                }
            }
            (Input::Changed, Phase::Shown { .. }) if !self.busy && self.due.is_none() => self.request(Link::Kept, now),
            (Input::Closed, Phase::Shown { .. }) if !self.busy && self.due.is_none() => {
                // If the code was accepted meanwhile, that is not lost: the key is the same.
                self.check_login_first = true;
                self.request(Link::Again, now);
            }
            (Input::Password(typed), Phase::Ask) => self.typed(typed, now),
            // If the connection is closed, a request that is under way fails anyway; its answer is newer than the
            // update.
            (Input::Changed | Input::Closed | Input::Password(_), _) => {}
        }
        self.handle_timeout(now);
    }

    /// The request that the phase needs.
    fn call(&self) -> Call {
        match &self.phase {
            _ if self.check_login_first => Call::Who,
            Phase::Code | Phase::Shown { .. } | Phase::Over => Call::Export,
            Phase::Import { token } => Call::Import(token.clone()),
            Phase::Question | Phase::Ask => Call::Question,
            Phase::Check(password) => Call::Check(password.clone()),
        }
    }

    fn request(&mut self, link: Link, now: Duration) {
        self.due = Some((now, link));
    }

    fn tell(&mut self, notice: Notice) {
        self.actions.push_back(Action::Tell(notice));
    }

    fn finish(&mut self, end: Result<SignedIn, LoginError>) {
        (self.phase, self.due, self.end) = (Phase::Over, None, None);
        self.actions.push_back(Action::End(end));
    }

    fn give_up(&mut self) {
        let is_accepted = !matches!(self.phase, Phase::Code | Phase::Shown { .. });
        let error = match self.trouble.take() {
            Some(error) if is_accepted => LoginError::Call(error),
            error => LoginError::NotScanned(error),
        };
        self.finish(Err(error));
    }

    // Answers of Telegram.

    fn answered(&mut self, answer: Answer, now: Duration) {
        self.succeeded();
        self.check_login_first = false;
        match answer {
            Answer::SignedIn(me) => {
                let already = !self.has_begun;
                self.finish(Ok(SignedIn { me, already }));
            }
            Answer::Token(token) => {
                self.moves = 0;
                self.has_begun = true;
                self.end.get_or_insert(now + SCAN_TIMEOUT);
                self.phase = Phase::Shown { until: now + token.lifetime };
                self.actions.push_back(Action::Show(token));
            }
            Answer::MigrateTo { dc, token } => {
                self.tell(Notice::Accepted { dc });
                self.end = Some(now + SCAN_TIMEOUT);
                self.phase = Phase::Import { token };
                self.move_to(dc, now);
            }
            Answer::Question(hint) => self.asked(hint, now),
        }
    }

    /// Telegram has answered, whatever the answer is.
    fn succeeded(&mut self) {
        self.failures = 0;
        self.has_answered = true;
        if self.trouble.take().is_some() {
            self.tell(Notice::Recovered);
        }
    }

    fn move_to(&mut self, dc: i32, now: Duration) {
        self.moves += 1;
        match self.moves > MAX_MOVES {
            true => self.retry(Link::Moved { dc }, CallError::Elsewhere { dc }, now),
            false => self.request(Link::Moved { dc }, now),
        }
    }

    // Failures.

    fn failed(&mut self, error: CallError, now: Duration) {
        let is_password_phase = matches!(self.phase, Phase::Question | Phase::Ask | Phase::Check(_));
        match remedy(&error) {
            Remedy::Wait { seconds } => self.wait(seconds, error, now),
            Remedy::Move { dc } => self.move_to(dc, now),
            Remedy::Repeat => {
                let link = if self.failures + 1 < MAX_REPEATS { Link::Kept } else { Link::Again };
                self.retry(link, error, now);
            }
            Remedy::Reconnect => self.reconnect(error, now),
            Remedy::SignIn if self.check_login_first => self.key_is_free(is_password_phase, now),
            // The login that waited for its password has ended.
            Remedy::SignIn if is_password_phase => self.scan_again(now),
            Remedy::SignIn | Remedy::FreshKey => self.fresh_key(error, now),
            Remedy::FreshCode => self.fresh_code(error, now),
            // Telegram does not even answer the request for the question.
            Remedy::Password if is_password_phase && !self.check_login_first => self.fresh_key(error, now),
            Remedy::Password => self.password_needed(now),
            Remedy::WrongPassword => self.wrong_password(now),
            Remedy::FreshQuestion => {
                if let Phase::Check(password) = std::mem::replace(&mut self.phase, Phase::Question) {
                    self.given = Some(password);
                }
                self.retry(Link::Kept, error, now);
            }
            Remedy::Fix => self.finish(Err(LoginError::Call(error))),
            Remedy::Unknown if is_password_phase => self.retry(Link::Again, error, now),
            Remedy::Unknown => self.fresh_code(error, now),
        }
    }

    /// Makes the request again: at once, then after growing pauses. If no code was shown yet, nobody is waiting, so the
    /// login ends after [`MAX_FAILURES`].
    fn retry(&mut self, link: Link, error: CallError, now: Duration) {
        self.failures += 1;
        if !self.has_begun && self.failures >= MAX_FAILURES {
            return self.finish(Err(LoginError::Call(error)));
        }
        let pause = match self.failures {
            1 => Duration::ZERO,
            failures => Duration::from_secs(1 << (failures - 2).min(4)).min(MAX_PAUSE),
        };
        self.due = Some((now + pause, link));
        // A single failure that is soon over is not shown.
        if self.failures == 2 {
            self.tell(Notice::Trouble(error.clone()));
            self.trouble = Some(error);
        }
    }

    /// Waits as long as Telegram asks; if that is longer than the login may take, ends it.
    fn wait(&mut self, seconds: u32, error: CallError, now: Duration) {
        let at = now + Duration::from_secs(seconds.into()) + FLOOD_MARGIN;
        if at >= self.end.unwrap_or(now + SCAN_TIMEOUT) {
            return self.finish(Err(LoginError::Call(error)));
        }
        self.has_answered = true;
        self.tell(Notice::Wait(seconds));
        self.due = Some((at, Link::Kept));
    }

    fn reconnect(&mut self, error: CallError, now: Duration) {
        // A failure of a proxy shows nothing about the key.
        if self.is_old_key && !self.has_answered && error.is_of_address() && self.failures + 1 >= MAX_OLD_KEY_FAILURES {
            return self.fresh_key(error, now);
        }
        // Perhaps only the answer was lost.
        self.check_login_first = true;
        self.retry(Link::Again, error, now);
    }

    /// Nobody is signed in with the key: the login goes on.
    fn key_is_free(&mut self, is_password_phase: bool, now: Duration) {
        self.succeeded();
        self.check_login_first = false;
        match is_password_phase {
            true => self.scan_again(now),
            false => self.request(Link::Kept, now),
        }
    }

    fn fresh_key(&mut self, error: CallError, now: Duration) {
        let was_old_key = std::mem::take(&mut self.is_old_key);
        if was_old_key {
            self.tell(Notice::OldKeyDropped(error.clone()));
        }
        if self.has_begun && !matches!(self.phase, Phase::Code | Phase::Shown { .. }) {
            self.tell(Notice::ScanAgain);
        }
        (self.phase, self.given) = (Phase::Code, None);
        (self.check_login_first, self.has_answered) = (false, false);
        if was_old_key {
            // Failures with the old key show nothing about the new key.
            self.failures = 0;
            return self.request(Link::Fresh, now);
        }
        self.retry(Link::Fresh, error, now);
    }

    /// The token has expired. If it was accepted, the account may have been signed in with it and only the answer was
    /// lost.
    fn fresh_code(&mut self, error: CallError, now: Duration) {
        if let Phase::Import { .. } = self.phase {
            self.tell(Notice::ScanAgain);
            self.check_login_first = true;
        }
        self.phase = Phase::Code;
        if self.failures + 1 < MAX_REPEATS {
            return self.retry(Link::Kept, error, now);
        }
        // Another key may be treated differently.
        self.fresh_key(error, now);
    }

    fn scan_again(&mut self, now: Duration) {
        self.tell(Notice::ScanAgain);
        self.phase = Phase::Code;
        self.given = None;
        self.request(Link::Kept, now);
    }

    // The password.

    fn password_needed(&mut self, now: Duration) {
        self.succeeded();
        if !self.has_begun {
            self.tell(Notice::PasswordPending);
        }
        self.check_login_first = false;
        self.end = Some(now + SCAN_TIMEOUT);
        if let Phase::Check(password) = std::mem::replace(&mut self.phase, Phase::Question) {
            self.given = Some(password);
        }
        self.request(Link::Kept, now);
    }

    /// A question has arrived. The answer is the password that was given already, or the one of the settings, or the
    /// user is asked.
    fn asked(&mut self, hint: Option<String>, now: Duration) {
        let given = self.given.take();
        let set = self.passwords.set.clone().filter(|_| given.is_none());
        self.is_set_password |= set.is_some();
        match given.or(set) {
            Some(password) => self.check(password, now),
            None if self.passwords.can_ask => {
                self.phase = Phase::Ask;
                self.actions.push_back(Action::AskPassword { hint });
            }
            None => self.finish(Err(LoginError::NoPassword)),
        }
    }

    fn typed(&mut self, typed: SecretString, now: Duration) {
        self.end = Some(now + SCAN_TIMEOUT);
        if typed.expose_secret().is_empty() {
            (self.phase, self.is_old_key, self.has_answered) = (Phase::Code, false, false);
            return self.request(Link::Fresh, now);
        }
        self.is_set_password = false;
        self.check(typed, now);
    }

    fn check(&mut self, password: SecretString, now: Duration) {
        self.has_begun = true;
        self.phase = Phase::Check(password);
        self.request(Link::Kept, now);
    }

    fn wrong_password(&mut self, now: Duration) {
        self.succeeded();
        let is_set = std::mem::take(&mut self.is_set_password);
        if is_set {
            self.passwords.set = None;
        }
        if is_set && !self.passwords.can_ask {
            return self.finish(Err(LoginError::WrongSetPassword));
        }
        self.tell(if is_set { Notice::WrongSetPassword } else { Notice::WrongPassword });
        self.phase = Phase::Question;
        self.request(Link::Kept, now);
    }
}

#[cfg(test)]
mod tests;
