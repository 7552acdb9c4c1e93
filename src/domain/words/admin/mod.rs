//! The texts that admins and the organiser read in the chat: the answers to `/post`, `/preview`, `/status`, `/audit`,
//! `/settings`, `/pause`, `/who` and `/logs`.
//!
//! Every language implements all of them, as it does [`Words`](super::Words). Durations are texts of
//! [`Words::duration`](super::Words::duration), times are by the group's clock, and names, reasons and links are safe
//! to show.

mod en;
mod ru;
mod uz;

use std::fmt;

use chrono::{NaiveDate, Weekday};

use super::{Language, uz as uzbek};
use crate::domain::chat::access::ChatMode;
use crate::domain::live::Connection;
use crate::domain::post::style::Look;
use crate::domain::time::pause::Pause;

/// What a button below a question does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Post,
    Pause,
    Resume,
    Cancel,
}

/// A setting that `/settings` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Zone,
    PostTime,
    Language,
    Periods,
    Look,
    Target,
    Chat,
    Pause,
}

/// The call at one moment. Durations are ready to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallNow<'a> {
    None,
    /// The call is seen. `length` is `None` if its start is not known.
    Seen {
        length: Option<&'a str>,
        people: usize,
    },
    /// The call has not been seen for `length`. `people`: how many were in it before.
    Unseen {
        length: &'a str,
        people: usize,
    },
}

/// All texts of one language.
pub trait AdminWords: fmt::Debug + Sync {
    /// The label of a button, without its sign.
    fn choice(&self, choice: Choice) -> String;
    /// The text for an empty value.
    fn none(&self) -> String;

    // `/post` and `/preview`.

    /// Asks whether to post the current standings in `place`.
    fn post_question(&self, place: &str) -> String;
    /// The group has the same standings already, or just received some. `sent`: when.
    fn same_standings(&self, sent: &str) -> String;
    /// A manual post is not delivered yet, so no second one is made.
    fn post_waits(&self) -> String;
    /// The group is paused, and the post is sent nevertheless.
    fn post_in_pause(&self, pause: Pause) -> String;
    /// The post is on its way.
    fn posting(&self) -> String;
    /// The action was cancelled.
    fn cancelled(&self) -> String;
    /// The line above a preview.
    fn preview(&self) -> String;

    // `/status`.

    /// The state of the connection to Telegram. `last_look`: how long ago the group was seen; `None` if it never was.
    fn connection(&self, connection: Connection, last_look: Option<&str>) -> String;
    /// The time until the next attempt to connect.
    fn next_attempt(&self, wait: &str) -> String;
    /// The group is not seen. `length`: for how long, if that is known.
    fn outage(&self, length: Option<&str>, reason: &str) -> String;
    fn call(&self, call: CallNow) -> String;
    /// When the last post was sent.
    fn last_post(&self, sent: Option<&str>) -> String;
    /// When the next post is due, and the time until then; `None` in a pause without an end.
    fn next_post(&self, due: Option<(&str, &str)>) -> String;
    /// This tracker does not post.
    fn does_not_post(&self) -> String;
    /// How many posts wait in the outbox, and how many were refused.
    fn outbox(&self, waiting: usize, refused: usize) -> String;
    /// Whether the store can be written. `problem`: why not, and how many facts wait in memory.
    fn store(&self, problem: Option<(&str, usize)>) -> String;
    /// For how long the call was not seen today.
    fn blind_today(&self, length: &str) -> String;
    /// For how long swf did not run today.
    fn not_running_today(&self, length: &str) -> String;

    // `/who`.

    /// How many people are in the call; 0 also if no call runs.
    fn in_call(&self, people: usize) -> String;
    /// Since when, and for how long, a person has been in the call.
    fn since(&self, time: &str, length: &str) -> String;

    // `/audit`. Its findings are in English, as in `swf audit`.

    fn layout(&self, faults: usize) -> String;
    /// How much was checked, and how many faults were found.
    fn audited(&self, days: u64, boards: u64, findings: usize) -> String;

    // `/settings`.

    fn setting(&self, setting: Setting) -> String;
    fn civil_periods(&self, week_start: Weekday) -> String;
    fn numbered_periods(&self, anchor: NaiveDate) -> String;
    fn look(&self, look: Look) -> String;
    fn chat_mode(&self, mode: ChatMode) -> String;
    fn this_group(&self) -> String;
    fn topic(&self, topic: i32) -> String;
    /// How to change settings on the computer where swf runs: with the command that follows (`by_command`), or with a
    /// line in `.env.local`.
    fn change_settings(&self, by_command: bool) -> String;

    // `/pause`.

    /// The dates of a pause: from the first day to the last day, or until somebody ends it.
    fn pause_dates(&self, pause: Pause) -> String;
    fn pause_question(&self, group: &str, pause: Pause) -> String;
    fn resume_question(&self, group: &str, pause: Pause) -> String;
    fn paused(&self, pause: Pause) -> String;
    fn resumed(&self) -> String;
    /// There is no pause to end.
    fn not_paused(&self, today: NaiveDate) -> String;
    /// The requested last day has passed. Also says which days are allowed, with the command `example`.
    fn date_passed(&self, until: NaiveDate, today: NaiveDate, example: &str) -> String;

    // `/logs`.

    fn log_empty(&self) -> String;
}

impl Language {
    /// The texts for admins in this language.
    pub fn admin_words(self) -> &'static dyn AdminWords {
        match self {
            Language::En => &super::en::En,
            Language::Ru => &super::ru::Ru,
            Language::Uz => &uzbek::LATIN,
            Language::UzCyrl => &uzbek::CYRILLIC,
        }
    }
}

#[cfg(test)]
mod tests;
