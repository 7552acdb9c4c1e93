//! The chat with swf: which commands people can send, who may send them, and the form of an answer.
//!
//! ```text
//! ChatMessage ──command::read──► Command ──access::route──► Route ──► Answer (composed elsewhere)
//! ButtonPress ──press::read──► Press ─┘
//! ```
//! The answers are composed where the store can be read.

pub mod access;
pub mod answers;
pub mod command;
pub mod hear;
pub mod limits;
pub mod press;

use serde::{Deserialize, Serialize};

use crate::domain::post::message::Message;
use crate::domain::post::picture::Attachment;
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId};
use press::Press;

/// A command that is older than this is not answered, and an answer that is not sent by then is dropped, in seconds
/// (rules §6.3).
pub const MAX_COMMAND_AGE: i64 = 120;
/// How long the store keeps an answer after it was sent, in seconds. Buttons of older answers do nothing.
pub const ANSWER_RETENTION: i64 = 48 * 3600;
/// How long the hint "the answer is in private" stays in the group, in seconds.
pub const HINT_SECONDS: i64 = 60;

/// The old tracker's answer when a requested post was sent, and the start of its answer when that failed.
pub const POST_COMPLETED: &str = "Manual leaderboard post completed.";
pub const POST_FAILED: &str = "Manual post failed: ";

/// Where a message was written or a button was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chat {
    /// The private chat with this person.
    Private(PeerId),
    Group {
        group: PeerId,
        /// The topic of a forum; `None` for General, and if the group has no topics.
        topic: Option<i32>,
    },
}

impl Chat {
    /// The peer that an answer is sent to.
    pub fn peer(self) -> PeerId {
        match self {
            Chat::Private(person) => person,
            Chat::Group { group, .. } => group,
        }
    }

    pub fn is_private(self) -> bool {
        matches!(self, Chat::Private(_))
    }
}

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    Person(PeerId),
    /// An admin of the group who writes as the group itself. Telegram allows that only to admins.
    AnonymousAdmin,
    /// A person who writes as a channel. Who it is can't be known.
    Channel(PeerId),
}

impl Author {
    pub fn person(self) -> Option<PeerId> {
        match self {
            Author::Person(person) => Some(person),
            Author::AnonymousAdmin | Author::Channel(_) => None,
        }
    }
}

/// A message that may be a command. All texts are untrusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    pub chat: Chat,
    pub author: Author,
    pub id: i32,
    /// When it was written, by Telegram's clock.
    pub at: Instant,
    pub text: String,
    /// The language of the author's Telegram, such as `uz`; bots see it.
    pub language: Option<String>,
    /// Only its author and the bot see the message; `id` is not one of the chat's message ids.
    pub ephemeral: bool,
}

/// A press of a button below a message of swf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonPress {
    /// Telegram's id of the press, needed to answer it.
    pub query: i64,
    pub chat: Chat,
    pub person: PeerId,
    /// The message with the button.
    pub message_id: i32,
    pub data: Vec<u8>,
    pub language: Option<String>,
    /// The message with the button is ephemeral: `message_id` is not one of the chat's message ids.
    #[serde(default)]
    pub ephemeral: bool,
}

/// A message or press that an account received in its chats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Incoming {
    Message(ChatMessage),
    Press(ButtonPress),
}

/// The language of a private answer: the asker's own if swf has it, else the group's.
pub fn language(code: Option<&str>, of_group: Language) -> Language {
    // A code may name a country, too: `ru-RU`.
    let code = code.unwrap_or_default().to_ascii_lowercase();
    match code.split(['-', '_']).next() {
        Some("en") => Language::En,
        Some("ru") => Language::Ru,
        // Telegram's code does not say whether Latin or Cyrillic letters are meant.
        Some("uz") if of_group == Language::UzCyrl => Language::UzCyrl,
        Some("uz") => Language::Uz,
        _ => of_group,
    }
}

/// An answer: one message, with buttons below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The caption of a picture, if there is one.
    pub message: Message,
    pub buttons: Buttons,
    pub attachment: Option<Attachment>,
}

impl Answer {
    /// The answer as a text, without its picture.
    pub fn into_text(mut self) -> Answer {
        if let Some(attachment) = self.attachment.take() {
            self.message = attachment.text;
        }
        self
    }
}

/// Rows of buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Buttons(pub Vec<Vec<Button>>);

impl Buttons {
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}

/// A button below a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub label: String,
    pub action: ButtonAction,
}

impl Button {
    pub fn press(label: impl Into<String>, press: Press) -> Button {
        Button { label: label.into(), action: ButtonAction::Press(press.write()) }
    }

    pub fn url(label: impl Into<String>, url: impl Into<String>) -> Button {
        Button { label: label.into(), action: ButtonAction::Url(url.into()) }
    }
}

/// The serialised names are stored: they never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonAction {
    /// [`Press`] as text, at most 64 bytes.
    Press(String),
    Url(String),
}

/// How far an account has read its updates: commands in later updates are still to be answered. This is Telegram's
/// `updates.State` as plain data, stored together with the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadState {
    pub pts: i32,
    pub qts: i32,
    pub date: i32,
    pub seq: i32,
    /// The `pts` of each supergroup and channel, by its bare id.
    pub channels: Vec<(i64, i32)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_answer_is_in_the_askers_language_where_there_is_one() {
        for (code, of_group, expected) in [
            (Some("ru"), Language::En, Language::Ru),
            (Some("ru-RU"), Language::En, Language::Ru),
            (Some("EN"), Language::Uz, Language::En),
            (Some("uz"), Language::En, Language::Uz),
            (Some("uz"), Language::UzCyrl, Language::UzCyrl),
            (Some("de"), Language::Uz, Language::Uz),
            (None, Language::Ru, Language::Ru),
            (Some(""), Language::Ru, Language::Ru),
        ] {
            assert_eq!(language(code, of_group), expected, "{code:?}");
        }
    }
}
