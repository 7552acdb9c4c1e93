//! The chat: from what people write to answers that are stored and sent like every message.
//!
//! [`Asking`] is what an answer is made from: everything is read before, and nothing is written while it is composed. What a
//! command changes is an [`Effect`], which is carried out before the answer is stored, and may be carried out again.

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

/// Somebody asks about a group.
pub struct Asking<'a> {
    /// Read only, and not the connection that writes.
    pub store: &'a Store,
    pub settings: &'a GroupSettings,
    pub group: &'a GroupRow,
    /// Now, on Telegram's clock, and since when the running tracker watches.
    pub now: ReadTime,
    pub author: Author,
    pub standing: Standing,
    /// The answer's language: the group's, in private the asker's own where it is known.
    pub language: Language,
    /// The answer goes to a private chat.
    pub in_private: bool,
    /// The username of the bot; `None` for the user's account.
    pub bot: Option<&'a str>,
    /// What the tracker sees now.
    pub live: &'a View,
}

/// What a command changes. Each may be carried out twice: that changes nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What a person chose; `others` are their other accounts.
    Choose { group: GroupKey, person: PeerId, others: Vec<PeerId>, choices: Choices },
    /// What the person behind an account decided at `at`.
    Decide { group: GroupKey, account: PeerId, decision: Decision, at: Instant },
    /// An account of the person with these `accounts` means to come to the slot that begins at `starts`; it said so at `at`.
    Appoint { group: GroupKey, account: PeerId, accounts: Vec<PeerId>, starts: Instant, by: Said, at: Instant },
    /// The accounts of a person do not come to the slots in `span` any more.
    Withdraw { group: GroupKey, accounts: Vec<PeerId>, span: Span, at: Instant },
    /// The person with these accounts has pressed a button below the reminder of a slot in `span`.
    AnswerReminder { group: GroupKey, accounts: Vec<PeerId>, span: Span, at: Instant },
    /// Who shares a streak with whom.
    Pair { group: GroupKey, change: PairChange },
    /// The person behind an account is to be forgotten at `due`.
    Forget { account: PeerId, due: Instant },
    /// They take that back, or are counted again.
    TakeBack { account: PeerId },
    /// A manual post, asked for at `at`: the same instant is the same post.
    Post { group: GroupKey, at: Instant },
    /// A pause of the group from today until this day, or until it is ended.
    Pause { group: GroupKey, until: Option<NaiveDate> },
    /// The end of the pause.
    Resume { group: GroupKey },
    /// A part of the group is set to this.
    Set { group: GroupKey, value: PartValue },
}

impl Effect {
    /// Whether it changes files of settings, which others may have made read-only: whoever asked then reads that.
    pub fn writes_settings(&self) -> bool {
        matches!(self, Effect::Pause { .. } | Effect::Resume { .. } | Effect::Set { .. })
    }
}

/// How somebody said that they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// With `/in`, which also asks for reminders again.
    ByCommand,
    /// With the button below a post.
    ByButton,
}

/// What is done with a command: messages to send, in order, and what it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub answers: Vec<Answer>,
    pub effect: Option<Effect>,
    /// What others read of it, in private.
    pub others: Vec<Message>,
}

/// A private message to somebody who has asked nothing, in the group's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// They have opened the private chat.
    pub receiver: PeerId,
    pub answer: Answer,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Reply {
        Reply { answers: vec![answer], ..Reply::default() }
    }
}
