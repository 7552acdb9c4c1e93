//! The texts that a group or its organiser reads: posts and alerts, in the group's language.
//!
//! [`Words`] has one function for each text. Every language implements all of them in a file of its own, so a missing
//! phrase is a compile error. Other modules ([`super::post`], [`super::alert`]) decide what a text says, and pass plain
//! data: numbers, dates, and names that are already safe to show. Plurals, and the names of weekdays and months, belong
//! to the language.
//!
//! The terminal and the website do not depend on the group's language: both are English. The web pages ([`page`]) have
//! texts of their own, in the language of the group or the visitor.
//!
//! A group can replace some texts of its posts with its own ([`own`]). [`samples`] has every text with sample values,
//! for translators and tests.

pub mod admin;
pub mod card;
pub mod chat;
mod en;
pub mod forget;
pub mod meet;
pub mod own;
pub mod page;
pub mod pairs;
pub mod parts;
pub mod rhythm;
pub mod rights;
mod ru;
pub mod samples;
mod uz;
mod uz_cyrl;

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use crate::domain::people::Display;
use crate::domain::post::problem::Problem;
use crate::domain::time::period::{Period, Scope};

/// A language that a group can read its posts and alerts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    En,
    Ru,
    /// Uzbek in Latin letters.
    Uz,
    /// Uzbek in Cyrillic letters: the same texts, transliterated.
    UzCyrl,
}

impl Language {
    pub const ALL: [Language; 4] = [Language::En, Language::Ru, Language::Uz, Language::UzCyrl];

    /// The code in the store and in the settings; the code of a language never changes.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ru => "ru",
            Language::Uz => "uz",
            Language::UzCyrl => "uz-cyrl",
        }
    }

    /// The language with this code, in any case; `None` if swf does not have it.
    pub fn parse(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(code.trim()))
    }

    /// The name of the language in the language itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::En => "English",
            Language::Ru => "русский",
            Language::Uz => "oʻzbekcha",
            Language::UzCyrl => "ўзбекча",
        }
    }

    /// The texts in this language.
    pub fn words(self) -> &'static dyn Words {
        match self {
            Language::En => ENGLISH,
            Language::Ru => &ru::Ru,
            Language::Uz => &uz::LATIN,
            Language::UzCyrl => &uz::CYRILLIC,
        }
    }
}

/// The texts for surfaces that are always English: the website, and parts of the terminal.
pub const ENGLISH: &dyn Words = &en::En;

/// All texts of one language. Names are clean and short already, and are isolated where their writing direction
/// differs. An empty group name means that the group has no name. Durations are seconds.
pub trait Words: fmt::Debug + Sync {
    /// The language of these texts.
    fn language(&self) -> Language;
    /// A duration in few characters, in whole units, rounded down: `3h 05m`, `12m`, `40s`.
    fn duration(&self, seconds: i64) -> String;
    /// The dates of a period: `16–22 November`.
    fn dates(&self, dates: Dates) -> String;
    /// The name of a person, or the words that replace it.
    fn name(&self, person: &Display) -> String;

    // Posts.

    /// The first line of a post.
    fn title(&self, group: &str) -> String;
    /// Replaces the title, beside the date, if the first line says who leads. Empty if there is nothing to say.
    fn short_title(&self, group: &str) -> String {
        group.to_owned()
    }
    /// The line under the title: which day the post is about, and why it is posted now.
    fn occasion(&self, day: NaiveDate, occasion: Occasion) -> String;
    /// The name of a board without a number: `Today`, `That week`.
    fn period(&self, scope: Scope, seen_from: SeenFrom) -> String;
    /// The name of a board with a number: `WEEK 2`.
    fn numbered_period(&self, scope: Scope, number: i64) -> String;
    /// The line above a board, from its name and its dates. `is_cut`: a late post's week or month, which ends with the
    /// post's day.
    fn heading(&self, board: &str, dates: Dates, is_cut: bool) -> String;
    /// The line under a board: how many people, and their time together.
    fn total(&self, people: usize, seconds: i64, state: BoardState) -> String;
    /// The line below a board whose last `count` rows are left out.
    fn more(&self, count: usize) -> String;
    /// Sentences that replace the rows of an empty board, a different one each day. At least three. `is_final`: nothing
    /// can be added any more.
    fn empty_board(&self, is_final: bool) -> &[&str];
    /// Replaces the rows of a board if no tracker ran in its period.
    fn not_running(&self) -> String;
    /// Replaces the rows of a board if a tracker ran in its period, but saw nothing of the call.
    fn not_seen(&self) -> String;
    /// A note below final boards that the organiser has corrected.
    fn corrected(&self) -> String;
    /// From this day on, time without a sign of life ranks for at most `hours` hours (rules §2.25).
    fn silence(&self, from: NaiveDate, hours: i64) -> String;
    /// Replaces the rows of a board if its period lies before `first`, the date from which swf is in use.
    fn not_in_use(&self, first: NaiveDate) -> String;
    /// Replaces the rows of an empty board if swf is in use only since `first`, a local time in its period.
    fn empty_since(&self, first: NaiveDateTime) -> String;
    /// Since when swf is in use, if that is later than the start of the period.
    fn watched_since(&self, first: NaiveDateTime) -> String;
    /// For how many seconds of each period swf could not see the call, or was not running; never empty. People may have
    /// studied then without any proof.
    fn offline(&self, seconds: &[(Scope, i64)], seen_from: SeenFrom) -> String;
    /// The days without a board because no tracker ran. `more` days are left out of `days`.
    fn skipped(&self, days: &[NaiveDate], more: usize) -> String;

    /// The first line of a post, which a phone shows as its notification: who leads the day, with how many seconds, and
    /// how many people studied. `leaders` comes from [`Words::names`].
    fn headline(&self, leaders: &str, seconds: i64, people: usize) -> String;
    /// The names of several people, never empty; `more` people are left out.
    fn names(&self, names: &[String], more: usize) -> String;
    /// The part of a row before its time, if the board ranks by active days: on how many days the person was active. As
    /// short as possible.
    fn active_days(&self, days: usize) -> String;
    /// The line above the rows of a band (rules §2.23): `League 1`. The band 1 has the highest pace.
    fn band(&self, number: usize) -> String;
    /// The end of a row: the person was not on the earlier board with which this board is compared. One word.
    fn new_on_board(&self) -> &'static str;
    /// The end of a row: for how many days in a row the person has studied, as short as possible.
    fn streak(&self, days: u32) -> String;
    /// The end of a row: the person joined only recently, and already studies often. An emoji and one word.
    fn newcomer(&self) -> &'static str;
    /// Part of the line under a board: how many seconds the group has more than in the last period, or fewer if
    /// negative.
    fn comparison(&self, seconds: i64, with: Comparison) -> String;
    /// How many people studied on each of these days, the oldest first; `None` if that is not known.
    fn last_days(&self, days: &[(NaiveDate, Option<usize>)]) -> String;
    /// Replaces the rows of a board that equals the board of `above`, which is above it: on the first day of a week or
    /// month.
    fn same_board(&self, above: Scope) -> String;
    /// Praise for the first three of a day, one line each, without a name: at least twenty lines, short.
    fn praise(&self) -> &'static [&'static str];
    /// Quotes with their source, one of which ends a post: at least twenty lines.
    fn quotes(&self) -> &'static [&'static str];

    // A late message about several missed days.

    /// Its first line: who was best on a single day, with how many seconds, and how many days the message is about.
    /// `None`: nobody studied.
    fn digest_title(&self, best: Option<(&str, i64)>, days: usize) -> String;
    /// The second line: which days the message is about, and that they are late.
    fn digest_occasion(&self, dates: Dates) -> String;
    /// The line of a day: who led it, with how many seconds, how many people studied, and their time together.
    fn digest_day(&self, day: NaiveDate, leaders: &str, seconds: i64, people: usize, total: i64) -> String;
    /// The line of a day on which nobody studied.
    fn digest_empty_day(&self, day: NaiveDate) -> String;
    /// The line of a day about which nothing is known.
    fn digest_unknown_day(&self, day: NaiveDate) -> String;

    // A recap: what a week or month was, once nothing can change it. `names` come from [`Words::names`].

    /// The first line of a post with a recap: who won the period, with how many seconds.
    fn recap_headline(&self, scope: Scope, winners: &str, seconds: i64) -> String;
    /// The line above a recap. `number`: of the period, if periods have numbers.
    fn recap_heading(&self, scope: Scope, number: Option<i64>, dates: Dates) -> String;
    /// Who studied on the most days of the last `of`, and on how many.
    fn recap_most_days(&self, names: &str, days: usize, of: usize) -> String;
    /// Who has the largest gain over their usual week, and how many seconds it is.
    fn recap_improved(&self, names: &str, seconds: i64) -> String;
    /// Who studied for the first time.
    fn recap_first_timers(&self, names: &str) -> String;
    /// A record: the most in the last `of` periods, this one included.
    fn recap_record(&self, scope: Scope, record: &Record, of: usize) -> String;

    // The look of the old tracker.

    /// The first line, with the number of the day.
    fn classic_title(&self, day: Option<i64>) -> String;
    /// The line above a board: its dates (one if it is a day) and its number.
    fn classic_heading(
        &self,
        scope: Scope,
        seen_from: SeenFrom,
        first: NaiveDate,
        last: NaiveDate,
        number: Option<i64>,
    ) -> String;
    /// Whole minutes, as short as possible.
    fn classic_minutes(&self, minutes: i64) -> String;
    /// Replaces the rows of an empty board.
    fn classic_empty_board(&self) -> &'static str;
    /// The line above the quote.
    fn classic_word_of_the_day(&self) -> &'static str;
    /// Titles for people, each with an emoji at its beginning or end: at least thirty.
    fn classic_titles(&self) -> &'static [&'static str];

    // Alerts.

    /// The call has not been seen for `seconds`, since the local time `since`.
    fn outage(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str) -> String;
    /// The call is seen again.
    fn recovered(&self, subject: AlertSubject, outage: &PastOutage) -> String;
    /// A post is late. `day` is `None` if the post is not about a day.
    fn late(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: Option<&str>) -> String;
    /// A post that was late has been sent.
    fn late_sent(&self, subject: AlertSubject, day: Option<NaiveDate>) -> String;
    /// An alert that the user asked for, to see whether alerts arrive.
    fn test_alert(&self, subject: AlertSubject) -> String;
    /// Telegram refuses a post for good. `day` is `None` if the post is not about a day.
    fn refused(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: &str) -> String;
    /// The store has not been writable for `seconds`, since the local time `since`. `remedy` is a sentence.
    fn store_failing(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str, remedy: &str) -> String;
    /// A file of the store was removed at the local time `at`, and is written again.
    fn store_mended(&self, subject: AlertSubject, at: &str) -> String;
    /// A copy of the store was made, and `SWF_BACKUP_COMMAND` failed. `reason` is in English.
    fn backup_command_failed(&self, subject: AlertSubject, reason: &str) -> String;
    /// `SWF_BACKUP_COMMAND` works again.
    fn backup_command_recovered(&self, subject: AlertSubject) -> String;
    /// The store can be written again.
    fn store_recovered(&self, subject: AlertSubject, failure: &PastSpan) -> String;

    /// Why something has not been sent, and what to do about it if somebody has to act.
    fn problem(&self, problem: &Problem) -> String;
}

/// Why a post is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The post of a day, on time.
    Daily,
    /// The post of a day that was missed.
    Late,
    /// Somebody asked for the current standings. They count up to `seen`; `None` if the group was never seen.
    Standings { seen: Option<Seen> },
}

/// A local time on the post's day, or on another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub time: NaiveTime,
    /// The date, if it is not the post's day.
    pub other_day: Option<NaiveDate>,
}

/// From where a reader looks at a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenFrom {
    /// The period still goes on: `Today`.
    Within,
    /// The period is over: `That day`.
    After,
}

/// The earlier period with which the group's time is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub scope: Scope,
    /// The first day of the last period. Days are compared with the same day of the week before.
    pub first: NaiveDate,
    /// `After` in a late post, which never says "last week".
    pub seen_from: SeenFrom,
    /// The current period goes on: the earlier one counts only up to the same time in it.
    pub is_open: bool,
}

/// A best time, of the group or of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The group's time together, in seconds.
    Group { seconds: i64 },
    /// One person's time, in seconds; `names` comes from [`Words::names`].
    Person { names: String, seconds: i64 },
}

/// Whether a board can still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardState {
    Open,
    /// Up to this day it can't change; the period itself goes on.
    FinalUpTo(NaiveDate),
    Final,
}

/// The dates of a period, in the shortest form that is clear. Languages write each form in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dates {
    /// `Sunday 22 November`.
    Day(NaiveDate),
    /// A whole calendar month, by any of its days: `November 2026`.
    Month(NaiveDate),
    /// First and last day in one month: `16–22 November`.
    WithinMonth(NaiveDate, NaiveDate),
    /// First and last day in two months of one year: `30 November – 6 December`.
    WithinYear(NaiveDate, NaiveDate),
    /// First and last day in two years: `28 December 2026 – 3 January 2027`.
    AcrossYears(NaiveDate, NaiveDate),
}

impl Dates {
    pub fn of(period: Period) -> Dates {
        let (first, last) = (period.first, period.last);
        // A numbered month is a whole calendar month only by chance.
        let is_calendar_month = period.scope == Scope::Month
            && period.number.is_none()
            && (first.day(), first.year(), first.month()) == (1, last.year(), last.month())
            && last.succ_opt().is_none_or(|next| next.day() == 1);
        if is_calendar_month { Dates::Month(first) } else { Dates::between(first, last) }
    }

    /// From one date to another.
    pub fn between(first: NaiveDate, last: NaiveDate) -> Dates {
        if first == last {
            Dates::Day(first)
        } else if first.year() != last.year() {
            Dates::AcrossYears(first, last)
        } else if first.month() == last.month() {
            Dates::WithinMonth(first, last)
        } else {
            Dates::WithinYear(first, last)
        }
    }

    /// Whether the text shows the year.
    pub fn show_year(self) -> bool {
        matches!(self, Dates::Month(_) | Dates::AcrossYears(..))
    }
}

/// `text` with no-break spaces, so that no phone breaks the line in it.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertSubject<'a> {
    /// The group's name.
    pub group: &'a str,
    /// The name of the time zone. All times in the alert are in it.
    pub zone: &'a str,
}

/// A span of time that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastSpan {
    pub seconds: i64,
    /// Local times, with the date where it is needed.
    pub from: String,
    pub to: String,
}

/// An outage that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastOutage<'a> {
    pub span: PastSpan,
    /// The tracker itself was not running.
    pub tracker_died: bool,
    pub reason: &'a str,
    pub proved: Proved,
    /// People who were in the call before the outage and not after it.
    pub left: usize,
}

/// How much of an outage is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proved {
    /// Nobody was in a call before the outage or after it.
    NobodySeen,
    Nothing,
    /// This many seconds, by so many people.
    Part {
        seconds: i64,
        people: usize,
    },
    /// The whole outage, by so many people.
    All {
        people: usize,
    },
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::period::Calendar;

    #[test]
    fn a_language_is_found_by_its_code() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.code()), Some(language));
        }
        assert_eq!(Language::parse(" EN "), Some(Language::En));
        assert_eq!(Language::parse("UZ-Cyrl"), Some(Language::UzCyrl));
        assert_eq!(Language::parse("xx"), None);
        // Codes are stored: they never change.
        assert_eq!(Language::ALL.map(Language::code), ["en", "ru", "uz", "uz-cyrl"]);
    }

    #[test]
    fn no_phone_breaks_a_line_within_a_number() {
        let first: NaiveDate = "2026-11-09".parse().unwrap();
        let days = [(first, None), (first.succ_opt().unwrap(), Some(12))];
        for words in Language::ALL.map(Language::words) {
            for (seconds, is_open) in [(3 * 3600 + 300, true), (-3 * 3600 - 300, false)] {
                let with = Comparison { scope: Scope::Week, first, seen_from: SeenFrom::Within, is_open };
                let compared = words.comparison(seconds, with);
                assert!(compared.contains(&unbroken(&words.duration(seconds.abs()))), "{compared}");
            }
            let counts = words.last_days(&days);
            let counts: Vec<&str> = counts.split_once(": ").unwrap().1.split(' ').collect();
            assert!(counts.len() == 2 && counts[0].contains('?') && counts[1].contains("12"), "{counts:?}");
            assert!(!words.streak(12).contains(' '), "{}", words.streak(12));
        }
    }

    #[test]
    fn one_person_has_no_time_together_with_others() {
        let one = [Language::En, Language::Ru].map(|language| language.words().total(1, 3600, BoardState::Final));
        assert_eq!(one, ["1 person · 1h 00m · final", "1 человек · 1 ч 00 мин · итог"]);
    }

    /// Each list from which posts take a line by turns has enough lines, all different and short enough for a message.
    #[test]
    fn every_language_has_enough_lines() {
        for words in Language::ALL.map(Language::words) {
            let lists = [
                (words.empty_board(false), 3),
                (words.empty_board(true), 3),
                (words.praise(), 20),
                (words.quotes(), 20),
                (words.classic_titles(), 30),
            ];
            for (lines, least) in lists {
                assert!(lines.len() >= least, "{lines:?}");
                assert_eq!(lines.iter().collect::<std::collections::BTreeSet<_>>().len(), lines.len(), "{lines:?}");
                assert!(
                    lines.iter().all(|line| crate::domain::text::clean(line) == *line && line.chars().count() <= 160)
                );
            }
        }
    }

    #[test]
    fn dates_take_the_shortest_form() {
        let date = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let period = |scope, first, last| Period {
            first: date(first),
            last: date(last),
            ..Period::of(scope, date(first), crate::domain::time::zone::Zone::TASHKENT, Calendar::default())
        };
        let dates = |scope, first, last| ENGLISH.dates(Dates::of(period(scope, first, last)));
        assert_eq!(dates(Scope::Day, "2026-11-22", "2026-11-22"), "Sunday 22 November");
        assert_eq!(dates(Scope::Week, "2026-11-16", "2026-11-22"), "16–22 November");
        assert_eq!(dates(Scope::Week, "2026-11-30", "2026-12-06"), "30 November – 6 December");
        assert_eq!(dates(Scope::Week, "2026-12-28", "2027-01-03"), "28 December 2026 – 3 January 2027");
        assert_eq!(dates(Scope::Month, "2024-02-01", "2024-02-29"), "February 2024");
        assert_eq!(dates(Scope::Month, "2024-02-01", "2024-02-28"), "1–28 February");
        assert_eq!(dates(Scope::Month, "2026-11-01", "2027-11-30"), "1 November 2026 – 30 November 2027");
        // A block of thirty days of the old tracker is not a calendar month.
        let block = period(Scope::Month, "2026-11-01", "2026-11-30");
        assert_eq!(ENGLISH.dates(Dates::of(block)), "November 2026");
        assert_eq!(ENGLISH.dates(Dates::of(Period { number: Some(1), ..block })), "1–30 November");
    }
}
