//! The chat: answers to commands and buttons. They are stored and sent like every message.
//!
//! An answer is composed from an [`Asking`], which only reads. What a command changes is an [`Effect`]. It is carried
//! out before the answer is stored, and may be carried out twice.

#[cfg(test)]
mod admin_world;
pub mod admins;
pub mod dispatch;
pub mod forgetting;
pub mod meet;
pub mod members;
pub mod menu;
pub mod old;
pub mod pairs;
pub mod recent;
pub mod rights;

use chrono::NaiveDate;

use crate::config::GroupSettings;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::access::Standing;
use crate::domain::chat::{Answer, Author};
use crate::domain::live::View;
use crate::domain::parts::PartValue;
use crate::domain::rights::Decision;
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId, Span};
use crate::store::{Choices, GroupKey, GroupRow, PairChange, Store};

/// The input of an answer: who asks about which group, and where.
pub struct Asking<'a> {
    /// Opened for reading; another connection writes.
    pub store: &'a Store,
    pub settings: &'a GroupSettings,
    pub group: &'a GroupRow,
    /// Now, on Telegram's clock, and since when the running tracker has watched the group.
    pub now: ReadTime,
    pub author: Author,
    pub standing: Standing,
    /// The answer's language: the group's; in private the asker's own, if it is known.
    pub language: Language,
    /// The answer goes to a private chat.
    pub in_private: bool,
    /// The username of the bot; `None` for the user's account.
    pub bot: Option<&'a str>,
    /// The tracker's live view.
    pub live: &'a View,
}

/// What a command changes. To carry out an effect twice changes nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What a person chose; `others` are their other accounts.
    Choose { group: GroupKey, person: PeerId, others: Vec<PeerId>, choices: Choices },
    /// What the person behind an account decided at `at`.
    Decide { group: GroupKey, account: PeerId, decision: Decision, at: Instant },
    /// The person with these `accounts` means to come to the slot that begins at `starts`. They said so at `at`, with
    /// `account`.
    Appoint { group: GroupKey, account: PeerId, accounts: Vec<PeerId>, starts: Instant, by: Said, at: Instant },
    /// The person with these accounts takes back that they come to the slots in `span`.
    Withdraw { group: GroupKey, accounts: Vec<PeerId>, span: Span, at: Instant },
    /// The person with these accounts has pressed a button below the reminder of a slot in `span`.
    AnswerReminder { group: GroupKey, accounts: Vec<PeerId>, span: Span, at: Instant },
    /// A change of who shares a streak with whom.
    Pair { group: GroupKey, change: PairChange },
    /// The person behind an account is to be forgotten at `due`.
    Forget { account: PeerId, due: Instant },
    /// The person behind an account takes the forgetting back, or is counted again if it is done.
    TakeBack { account: PeerId },
    /// A manual post that was asked for at `at`. The same instant means the same post.
    Post { group: GroupKey, at: Instant },
    /// Pauses the group from today until this day, or until somebody ends the pause.
    Pause { group: GroupKey, until: Option<NaiveDate> },
    /// Ends the pause of the group.
    Resume { group: GroupKey },
    /// Sets a part of the group.
    Set { group: GroupKey, value: PartValue },
}

impl Effect {
    /// Whether it changes files of settings. They may be read-only; the asker then gets an answer that says so.
    pub fn writes_settings(&self) -> bool {
        matches!(self, Effect::Pause { .. } | Effect::Resume { .. } | Effect::Set { .. })
    }
}

/// How a person said that they come to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// With `/in`, which also asks for reminders again.
    ByCommand,
    /// With the button below a post.
    ByButton,
}

/// The result of a command: messages to send, in order, and what it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub answers: Vec<Answer>,
    pub effect: Option<Effect>,
    /// Private messages to other people.
    pub others: Vec<Message>,
}

/// A private message to a person who has asked nothing, in the group's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// An account that has opened the private chat.
    pub receiver: PeerId,
    pub answer: Answer,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Reply {
        Reply { answers: vec![answer], ..Reply::default() }
    }
}
