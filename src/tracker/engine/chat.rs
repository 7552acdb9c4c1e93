//! The chat: the bot's connection, which comes and goes independently of the one that watches, and the commands that
//! arrive on either.
//!
//! ```text
//! connection ──ChatReceived──► waiting ──PrepareAnswers──► AnswersPrepared ──Write::Answers──► lane of answers
//! ```
//! Batches are prepared one after the other, so that how far an account has read is stored in order.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Action, Engine, Failure, Lane};
use crate::tracker::write_buffer::Write;

/// The shortest and the longest pause before the next attempt to connect; the pause doubles each time.
const MIN_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(60);
/// The pause after Telegram has refused the bot's login: the settings must be corrected first.
const REFUSED_BACKOFF: Duration = Duration::from_secs(600);
/// A connection that held for this long resets the pause.
const MIN_STEADY_CONNECTION: Duration = Duration::from_secs(30);
/// How often the bot's connection is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);
/// How often the bot's menu is compared with what it should offer; and the pause after a failure.
const MENU_INTERVAL: Duration = Duration::from_secs(86_400);
const MENU_RETRY_INTERVAL: Duration = Duration::from_secs(600);
/// How far an account has read is stored with the next answers, and at the latest after this time.
const READ_INTERVAL: Duration = Duration::from_secs(60);
/// How many batches wait at most; then the oldest is dropped, because nobody waits for such old answers any more.
const MAX_WAITING: usize = 256;

/// Which accounts answer in the chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answering {
    /// There is a bot.
    pub bot: bool,
    /// The organiser sends commands to the account that watches.
    pub owner: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Off,
    Waiting {
        until: Duration,
    },
    Opening,
    Open {
        since: Duration,
    },
}

/// See the module's docs.
#[derive(Debug, Default)]
pub(super) struct Chat {
    answering: Answering,
    phase: Phase,
    /// Attempts that failed in a row.
    failures: u32,
    /// When the next check is due, and whether one is under way.
    check_at: Duration,
    checking: bool,
    menu_at: Option<Duration>,
    /// Batches that arrived, by the run loop's tickets.
    waiting: VecDeque<u64>,
    preparing: bool,
    /// When this run last stored how far accounts have read.
    read_at: Option<Duration>,
}

impl Chat {
    pub(super) fn open_deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            _ => None,
        }
    }

    pub(super) fn check_deadline(&self) -> Option<Duration> {
        (self.is_open() && !self.checking).then_some(self.check_at)
    }

    pub(super) fn menu_deadline(&self) -> Option<Duration> {
        self.menu_at.filter(|_| self.is_open())
    }

    /// Whether a batch can be prepared.
    pub(super) fn is_ready(&self) -> bool {
        !self.preparing && !self.waiting.is_empty()
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }
}

impl Engine {
    /// Which accounts answer, according to the settings: at the start, and after a change.
    pub(super) fn answering_changed(&mut self, answering: Answering) {
        let now = self.shared.steady();
        if answering.owner && !self.chat.answering.owner && self.is_online() {
            self.shared.act(Action::ReadOwnerChat);
        }
        let had_bot = std::mem::replace(&mut self.chat.answering, answering).bot;
        match (had_bot, answering.bot) {
            (false, true) => self.chat.phase = Phase::Waiting { until: now },
            (true, false) => {
                self.chat.phase = Phase::Off;
                self.shared.act(Action::CloseChat);
            }
            // The menu may have other words now.
            (true, true) => self.chat.menu_at = Some(now),
            (false, false) => {}
        }
    }

    /// Whether a bot is to answer in the chat.
    pub fn answers_by_bot(&self) -> bool {
        self.chat.answering.bot
    }

    /// Whether the account that watches is to answer the organiser.
    pub fn answers_owner(&self) -> bool {
        self.chat.answering.owner
    }

    /// The account is online: commands that arrived before are read.
    pub(super) fn read_owner_chat(&mut self) {
        if self.chat.answering.owner {
            self.shared.act(Action::ReadOwnerChat);
        }
    }

    pub(super) fn open_chat(&mut self) {
        self.chat.phase = Phase::Opening;
        self.shared.act(Action::OpenChat);
    }

    pub(super) fn chat_opened(&mut self, opened: Result<(), Failure>) {
        if self.chat.phase != Phase::Opening {
            return;
        }
        let now = self.shared.steady();
        match opened {
            Ok(()) => {
                let chat = &mut self.chat;
                (chat.phase, chat.checking) = (Phase::Open { since: now }, false);
                chat.check_at = now + CHECK_INTERVAL;
                chat.menu_at.get_or_insert(now);
                self.state_changed = true;
                // Answers that could not be sent meanwhile.
                self.lanes[Lane::Answers as usize].due_now(now);
            }
            Err(failure) => self.chat_failed(&failure),
        }
    }

    /// The bot's connection is lost.
    pub(super) fn chat_lost(&mut self, failure: &Failure) {
        if self.chat.is_open() {
            self.shared.act(Action::CloseChat);
            self.chat_failed(failure);
        }
    }

    fn chat_failed(&mut self, failure: &Failure) {
        let now = self.shared.steady();
        if let Phase::Open { since } = self.chat.phase
            && now - since >= MIN_STEADY_CONNECTION
        {
            self.chat.failures = 0;
        }
        let backoff = (MIN_BACKOFF * 2_u32.pow(self.chat.failures.min(6))).min(MAX_BACKOFF);
        let wait = match failure {
            Failure::Flood { seconds } => Duration::from_secs((*seconds).into()),
            Failure::Refused { .. } | Failure::Fatal => REFUSED_BACKOFF,
            Failure::Lost { .. } => backoff.mul_f64(self.shared.jitter.between(0.8, 1.2)),
        };
        self.chat.failures += 1;
        self.state_changed = true;
        self.chat.phase = Phase::Waiting { until: now + wait };
    }

    pub(super) fn check_chat(&mut self) {
        self.chat.checking = true;
        self.shared.act(Action::CheckChat);
    }

    pub(super) fn chat_checked(&mut self, checked: Result<(), Failure>) {
        self.chat.checking = false;
        self.chat.check_at = self.shared.steady() + CHECK_INTERVAL;
        if let Err(failure) = checked {
            self.chat_lost(&failure);
        }
    }

    pub(super) fn set_menu(&mut self) {
        self.chat.menu_at = None;
        self.shared.act(Action::SetMenu);
    }

    pub(super) fn menu_set(&mut self, set: Result<(), u32>) {
        let wait = match set {
            Ok(()) => MENU_INTERVAL,
            Err(seconds) => MENU_RETRY_INTERVAL.max(Duration::from_secs(seconds.into())),
        };
        // The settings may have changed meanwhile.
        self.chat.menu_at.get_or_insert(self.shared.steady() + wait);
    }

    /// Messages that may be commands have arrived.
    pub(super) fn chat_received(&mut self, ticket: u64) {
        self.chat.waiting.push_back(ticket);
        if self.chat.waiting.len() > MAX_WAITING {
            self.chat.waiting.pop_front();
        }
    }

    pub(super) fn prepare_answers(&mut self) {
        self.chat.preparing = true;
        let tickets = self.chat.waiting.drain(..).collect();
        self.shared.act(Action::PrepareAnswers { tickets });
    }

    /// `answers`: there is more to store than how far accounts have read.
    pub(super) fn answers_prepared(&mut self, ticket: u64, answers: bool, posts: bool) {
        let now = self.shared.steady();
        self.chat.preparing = false;
        let is_due = self.chat.read_at.is_none_or(|at| now >= at + READ_INTERVAL);
        if answers || is_due {
            self.chat.read_at = Some(now);
            self.shared.buffer.push(Write::Answers(ticket));
        }
        // The answers are stored before the lanes are checked.
        if answers {
            self.lanes[Lane::Answers as usize].due_now(now);
            self.groups.iter_mut().for_each(|group| group.reminders.due_now(now));
        }
        if posts {
            self.lanes[Lane::Posts as usize].due_now(now);
        }
    }
}
