//! The texts of the chat's answers to members, in addition to those of posts ([`Words`]): short sentences for a phone.

mod en;
mod ru;
pub mod samples;
mod uz;

use chrono::{NaiveDate, NaiveTime};

use super::{Language, Words, en as posts_en, ru as posts_ru, uz as posts_uz};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::streak::Comeback;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::command::Usage;
use crate::domain::parts::Part;
use crate::domain::time::period::Scope;

impl Language {
    /// The texts of the chat in this language.
    pub fn chat_words(self) -> &'static dyn ChatWords {
        match self {
            Language::En => &posts_en::En,
            Language::Ru => &posts_ru::Ru,
            Language::Uz => &posts_uz::LATIN,
            Language::UzCyrl => &posts_uz::CYRILLIC,
        }
    }
}

/// A command in a list of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    Me,
    Top,
    Card,
    Why,
    Goal,
    Hide,
    Leave,
    Name,
    Export,
    Forget,
    Help,
    Privacy,
    Web,
    Post,
    Preview,
    Status,
    Audit,
    Settings,
    Pause,
    Part(Part),
    Who,
    Logs,
}

/// How far a person is behind the next rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    Seconds(i64),
    /// Active days, if the board ranks by them.
    Days(usize),
}

/// The note that a part of a receipt has in addition to its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartNote {
    /// It counts although the call was not seen: the person was still in afterwards.
    Proved,
    /// Nothing shows that the person stayed while the call was not seen.
    Unproved,
    /// The session had `session` seconds, fewer than the `gate`.
    TooShort { session: i64, gate: i64 },
    /// Another account of the person was in at the same time.
    OtherAccount,
    /// It belongs to another day.
    OtherDay,
    /// A total of the old tracker.
    OldTotal,
    /// The old tracker's total of that day includes it already.
    InOldTotal,
    /// The stays of the day were folded.
    Folded,
    /// The day's credited time can't grow: nobody has more time than the day has (rules §2.11).
    Full,
    /// The organiser has added it.
    Added,
    /// The organiser has removed it.
    Removed,
}

/// All texts of one language. Names are clean already; durations are seconds.
pub trait ChatWords: Words {
    // Parts of several answers.

    /// A place on a board: `#4`.
    fn rank(&self, rank: usize) -> String;
    /// A button for a kind of period: `Week`.
    fn scope_button(&self, scope: Scope) -> String;
    /// A button that shows the standing of the person who presses it.
    fn me_button(&self) -> String;
    /// A button that shows the board.
    fn top_button(&self) -> String;
    /// A button that shows today's receipt of the person who presses it.
    fn why_button(&self) -> String;
    /// Up to when the numbers count: a local time, with the date if it is not today's.
    fn up_to(&self, time: NaiveTime, other_day: Option<NaiveDate>) -> String;

    // A member's own standing.

    /// How far the person is behind `rank`, the next one.
    fn behind(&self, gap: Gap, rank: usize) -> String;
    /// Replaces the time of a person who has none in a period.
    fn no_time(&self) -> String;
    /// The line above the people of a similar pace on the week's board.
    fn nearby(&self) -> String;
    /// The person is in the call.
    fn in_call(&self) -> String;
    /// The streak: how many days in a row.
    fn streak_days(&self, days: u32) -> String;
    /// Freezes have covered so many missed days of the streak.
    fn frozen(&self, days: u32) -> String;
    /// So many freezes are left.
    fn freezes(&self, count: u32) -> String;
    /// The longest streak.
    fn longest_streak(&self, days: u32) -> String;
    /// The streak ends unless the person studies for `active` seconds today.
    fn at_risk(&self, active: i64) -> String;
    /// How to bring a broken streak back. A day is active from `active` seconds on.
    fn comeback(&self, comeback: &Comeback, active: i64) -> String;
    /// How much of the week's goal is reached.
    fn goal(&self, goal: &Progress) -> String;
    /// The person has no time that counts yet, and what to do: sessions count from `gate` seconds on.
    fn never(&self, gate: i64) -> [String; 2];
    /// The account is never on the board.
    fn left_out(&self) -> String;

    // The board.

    /// How many people of the board are in the call.
    fn in_call_count(&self, count: usize) -> String;

    // The receipt.

    /// The text of a part's note.
    fn part(&self, note: PartNote) -> String;
    /// So many parts are left out.
    fn more_parts(&self, count: usize) -> String;
    /// So many seconds of the total are proved, not observed.
    fn proved(&self, seconds: i64) -> String;
    /// So many seconds do not rank: they are above the day's `cap` (rules §2.24).
    fn above_cap(&self, seconds: i64, cap: i64) -> String;
    /// The `times` do not rank: there was no sign of life for more than so many hours (rules §2.25).
    fn silent(&self, hours: i64, times: &str) -> String;
    /// Asks whether the person is still there: in `minutes` their silence reaches `hours`, and time no longer ranks.
    fn still_here(&self, hours: i64, minutes: i64) -> String;
    /// The button below that question.
    fn still_here_button(&self) -> String;
    /// Replaces that question after the button is pressed: time goes on ranking.
    fn is_still_here(&self) -> String;
    /// The answer to a press by a person who is not in the call now.
    fn not_here(&self) -> String;
    /// Nobody saw the person in the call on that day.
    fn not_in_call(&self) -> String;
    /// The day has not begun.
    fn not_begun(&self) -> String;

    // The goal.

    /// A new goal is set, in seconds a week. `None`: the goal is removed.
    fn goal_set(&self, goal: Option<i64>) -> String;
    /// There is no goal.
    fn no_goal(&self) -> String;
    /// How to set a goal, and how to remove it.
    fn goal_how(&self) -> String;

    // Help, start and privacy.

    /// The first line of the help.
    fn help_title(&self) -> String;
    /// The help in a group: which commands are answered there, and which in private.
    fn help_in_group(&self) -> String;
    /// What a command does, in a few words.
    fn does(&self, command: Listed) -> String;
    /// Greets a person of this group.
    fn welcome(&self, group: &str) -> String;
    /// Greets a person who is not in this group.
    fn welcome_stranger(&self, group: &str) -> String;
    /// What swf does in a group where sessions count from `gate` seconds on.
    fn about(&self, gate: i64) -> String;
    /// The first line of the answer about privacy.
    fn privacy_title(&self) -> String;
    /// What is stored.
    fn privacy_stored(&self) -> String;
    /// Since when the group is watched.
    fn privacy_since(&self, first: NaiveDate) -> String;
    /// For how long data is kept. swf keeps so many daily copies of the store.
    fn privacy_kept(&self, copies: usize) -> String;
    /// Times older than so many months are kept only as totals of days.
    fn privacy_folded(&self, months: u32) -> String;
    /// Within how many seconds swf answers a command, and after how many hours it forgets the answer.
    fn privacy_chat(&self, command_seconds: i64, answer_hours: i64) -> String;
    /// What the group sees: the first `top` rows of each board in its posts, and the whole board with `/top`.
    fn privacy_group(&self, top: usize) -> String;
    /// Whether posts show everybody's streak (`of_all`), or only the streaks of people who chose that.
    fn privacy_streaks(&self, of_all: bool) -> String;
    /// Whether a website gets the boards.
    fn privacy_website(&self, is_on: bool) -> String;
    /// Whom to ask about privacy.
    fn privacy_ask(&self) -> String;

    // The pages.

    /// The text above a link that logs a browser in. The link works once, within so many minutes.
    fn web_link(&self, minutes: i64) -> String;
    /// The group has no pages that a browser could open.
    fn no_pages(&self) -> String;

    // Short answers.

    /// How to write a command that was misread, with an example.
    fn misread(&self, usage: Usage) -> String;
    /// There is no such command.
    fn unknown_command(&self) -> String;
    /// Why the person may not use the command.
    fn refusal(&self, refusal: Refusal) -> String;
    /// In the group: the answer is in private.
    fn hint(&self) -> String;
    /// The button that opens the private chat.
    fn hint_button(&self) -> String;
    /// Asks which group is meant.
    fn choose_group(&self) -> String;
    /// The group that a link or button names is not watched.
    fn group_not_found(&self) -> String;
    /// The button belongs to an old message.
    fn too_old(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_the_chat_are_in_the_language_of_the_posts() {
        for language in Language::ALL {
            assert_eq!(language.chat_words().language(), language);
        }
    }
}
