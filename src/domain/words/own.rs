//! A group's own texts and badges, from the file that `SWF_WORDS_FILE` names.
//!
//! A group can only replace the texts of [`OwnPhrase`], which carry its tone. Texts about what is known
//! ([`Words::offline`] and the like) can't be replaced.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    AlertSubject, BoardState, Comparison, Dates, Language, Occasion, PastOutage, PastSpan, Record, SeenFrom, Words,
};
use crate::domain::people::Display;
use crate::domain::post::problem::Problem;
use crate::domain::text::clean;
use crate::domain::time::period::Scope;

/// The most graphemes of a text.
const MAX_TEXT: usize = 120;
/// The most graphemes of a badge.
const MAX_BADGE: usize = 8;
/// The most steps of badges in a period.
const MAX_STEPS: usize = 20;
/// The most minutes of a month.
const MAX_MINUTES: i64 = 31 * 24 * 60;

/// A text that a group can replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnPhrase {
    /// The first line of a post; beside the date instead if the first line names who leads.
    Title,
    /// The name of the board of the current day, week or month.
    Day,
    Week,
    Month,
    /// Replaces the rows of a board if nobody studied.
    Empty,
    /// The line below a board that says how many rows are left out.
    More,
}

impl OwnPhrase {
    pub const ALL: [OwnPhrase; 6] =
        [OwnPhrase::Title, OwnPhrase::Day, OwnPhrase::Week, OwnPhrase::Month, OwnPhrase::Empty, OwnPhrase::More];

    /// The name in the file; a dot separates a table from its key.
    pub fn key(self) -> &'static str {
        match self {
            OwnPhrase::Title => "title",
            OwnPhrase::Day => "period.day",
            OwnPhrase::Week => "period.week",
            OwnPhrase::Month => "period.month",
            OwnPhrase::Empty => "empty",
            OwnPhrase::More => "more",
        }
    }

    /// The placeholder that the text can have in braces, and whether it must have it.
    fn place(self) -> Option<(&'static str, bool)> {
        match self {
            OwnPhrase::Title => Some(("group", false)),
            OwnPhrase::More => Some(("count", true)),
            OwnPhrase::Day | OwnPhrase::Week | OwnPhrase::Month | OwnPhrase::Empty => None,
        }
    }

    /// `text` made safe for a message. The error completes the phrase's key.
    pub fn checked(self, text: &str) -> Result<String, String> {
        let text = checked_text(text, MAX_TEXT)?;
        let known = self.place().map(|(name, _)| format!("{{{name}}}"));
        let rest = known.iter().fold(text.clone(), |rest, place| rest.replace(place.as_str(), ""));
        if rest.contains(['{', '}']) {
            let allowed = known.map_or("no braces".into(), |place| format!("braces only in {place}"));
            return Err(format!("is {text:?}; it can have {allowed}"));
        }
        match self.place() {
            Some((name, true)) if rest == text => Err(format!("is {text:?}; it must have {{{name}}}")),
            _ => Ok(text),
        }
    }
}

fn checked_text(text: &str, max: usize) -> Result<String, String> {
    let text = clean(text);
    match text.graphemes(true).count() {
        0 => Err("has no text".into()),
        length if length > max => Err(format!("has {length} characters; the most are {max}")),
        _ => Ok(text),
    }
}

/// The badges, each with the minutes from which on it is given, the most minutes first. The error completes the key.
pub fn checked_badges(steps: impl IntoIterator<Item = (i64, String)>) -> Result<Vec<(i64, String)>, String> {
    let mut checked = BTreeMap::new();
    for (minutes, badge) in steps {
        if !(0..=MAX_MINUTES).contains(&minutes) {
            return Err(format!("has a badge from {minutes} minutes on; the minutes go from 0 to {MAX_MINUTES}"));
        }
        let badge =
            checked_text(&badge, MAX_BADGE).map_err(|problem| format!("{problem}, from {minutes} minutes on"))?;
        checked.insert(minutes, badge);
    }
    match checked.len() {
        0 => Err("has no badge".into()),
        many if many > MAX_STEPS => Err(format!("has {many} badges; the most are {MAX_STEPS}")),
        _ => Ok(checked.into_iter().rev().collect()),
    }
}

/// A group's own texts and badges. All others stay as in the language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnWords {
    pub phrases: BTreeMap<OwnPhrase, String>,
    pub badges: OwnBadges,
}

/// For each kind of period the badges, each with the minutes from which on it is given, the most minutes first. Empty
/// if the group has no badges of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnBadges {
    pub day: Vec<(i64, String)>,
    pub week: Vec<(i64, String)>,
    pub month: Vec<(i64, String)>,
}

impl OwnWords {
    fn text(&self, phrase: OwnPhrase) -> Option<&str> {
        self.phrases.get(&phrase).map(String::as_str)
    }

    /// The texts of `words`, some of them replaced by the group's own.
    pub fn over<'a>(&'a self, words: &'a dyn Words) -> OwnTexts<'a> {
        OwnTexts { words, own: self, empty: self.text(OwnPhrase::Empty).into_iter().collect() }
    }
}

/// The texts of a language, some of them replaced by a group's own.
#[derive(Debug)]
pub struct OwnTexts<'a> {
    words: &'a dyn Words,
    own: &'a OwnWords,
    /// The group's own text for an empty board, if it has one.
    empty: Vec<&'a str>,
}

impl OwnTexts<'_> {
    /// The group's own title; `None` if it has none, or if the title has a place for the group's name and there is no
    /// name.
    fn title_with(&self, group: &str) -> Option<String> {
        let title = self.own.text(OwnPhrase::Title)?;
        (!group.is_empty() || !title.contains("{group}")).then(|| title.replace("{group}", group))
    }
}

/// Passes texts through that stay as in the language.
macro_rules! as_in_the_language {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $text:ty;)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> $text {
            self.words.$name($($argument),*)
        })*
    };
}

impl Words for OwnTexts<'_> {
    fn language(&self) -> Language {
        self.words.language()
    }

    fn title(&self, group: &str) -> String {
        self.title_with(group).unwrap_or_else(|| self.words.title(group))
    }

    fn short_title(&self, group: &str) -> String {
        self.title_with(group).unwrap_or_else(|| self.words.short_title(group))
    }

    fn period(&self, scope: Scope, seen_from: SeenFrom) -> String {
        let key = format!("period.{}", scope.name());
        let phrase = OwnPhrase::ALL.into_iter().find(|phrase| phrase.key() == key);
        let own = phrase.and_then(|phrase| self.own.text(phrase)).filter(|_| seen_from == SeenFrom::Within);
        own.map_or_else(|| self.words.period(scope, seen_from), str::to_owned)
    }

    fn empty_board(&self, is_final: bool) -> &[&str] {
        if self.empty.is_empty() { self.words.empty_board(is_final) } else { &self.empty }
    }

    fn more(&self, count: usize) -> String {
        let own = self.own.text(OwnPhrase::More).map(|text| text.replace("{count}", &count.to_string()));
        own.unwrap_or_else(|| self.words.more(count))
    }

    as_in_the_language! {
        duration(seconds: i64) -> String;
        dates(dates: Dates) -> String;
        name(person: &Display) -> String;
        occasion(day: NaiveDate, occasion: Occasion) -> String;
        numbered_period(scope: Scope, number: i64) -> String;
        heading(board: &str, dates: Dates, is_cut: bool) -> String;
        total(people: usize, seconds: i64, state: BoardState) -> String;
        not_running() -> String;
        not_seen() -> String;
        corrected() -> String;
        silence(from: NaiveDate, hours: i64) -> String;
        not_in_use(first: NaiveDate) -> String;
        empty_since(first: NaiveDateTime) -> String;
        watched_since(first: NaiveDateTime) -> String;
        offline(seconds: &[(Scope, i64)], seen_from: SeenFrom) -> String;
        skipped(days: &[NaiveDate], more: usize) -> String;
        headline(leaders: &str, seconds: i64, people: usize) -> String;
        names(names: &[String], more: usize) -> String;
        active_days(days: usize) -> String;
        band(number: usize) -> String;
        new_on_board() -> &'static str;
        streak(days: u32) -> String;
        newcomer() -> &'static str;
        comparison(seconds: i64, with: Comparison) -> String;
        last_days(days: &[(NaiveDate, Option<usize>)]) -> String;
        same_board(above: Scope) -> String;
        praise() -> &'static [&'static str];
        quotes() -> &'static [&'static str];
        digest_title(best: Option<(&str, i64)>, days: usize) -> String;
        digest_occasion(dates: Dates) -> String;
        digest_day(day: NaiveDate, leaders: &str, seconds: i64, people: usize, total: i64) -> String;
        digest_empty_day(day: NaiveDate) -> String;
        digest_unknown_day(day: NaiveDate) -> String;
        recap_headline(scope: Scope, winners: &str, seconds: i64) -> String;
        recap_heading(scope: Scope, number: Option<i64>, dates: Dates) -> String;
        recap_most_days(names: &str, days: usize, of: usize) -> String;
        recap_improved(names: &str, seconds: i64) -> String;
        recap_first_timers(names: &str) -> String;
        recap_record(scope: Scope, record: &Record, of: usize) -> String;
        classic_title(day: Option<i64>) -> String;
        classic_heading(scope: Scope, seen_from: SeenFrom, first: NaiveDate, last: NaiveDate, number: Option<i64>) -> String;
        classic_minutes(minutes: i64) -> String;
        classic_empty_board() -> &'static str;
        classic_word_of_the_day() -> &'static str;
        classic_titles() -> &'static [&'static str];
        outage(subject: AlertSubject, seconds: i64, since: &str, reason: &str) -> String;
        recovered(subject: AlertSubject, outage: &PastOutage) -> String;
        late(subject: AlertSubject, day: Option<NaiveDate>, problem: Option<&str>) -> String;
        late_sent(subject: AlertSubject, day: Option<NaiveDate>) -> String;
        test_alert(subject: AlertSubject) -> String;
        refused(subject: AlertSubject, day: Option<NaiveDate>, problem: &str) -> String;
        store_failing(subject: AlertSubject, seconds: i64, since: &str, reason: &str, remedy: &str) -> String;
        store_mended(subject: AlertSubject, at: &str) -> String;
        backup_command_failed(subject: AlertSubject, reason: &str) -> String;
        backup_command_recovered(subject: AlertSubject) -> String;
        store_recovered(subject: AlertSubject, failure: &PastSpan) -> String;
        problem(problem: &Problem) -> String;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::domain::words::ENGLISH;
    use crate::domain::words::samples::{USUAL, samples};

    #[test]
    fn a_text_is_clean_short_and_has_only_known_places() {
        assert_eq!(OwnPhrase::Title.checked(" 🎓  {group}\u{202e}! "), Ok("🎓 {group}!".into()));
        assert_eq!(OwnPhrase::More.checked("+{count}"), Ok("+{count}".into()));
        let wrong = |phrase: OwnPhrase, text: &str| phrase.checked(text).unwrap_err();
        assert_eq!(wrong(OwnPhrase::Title, "{name}"), r#"is "{name}"; it can have braces only in {group}"#);
        assert_eq!(wrong(OwnPhrase::Empty, "{}"), r#"is "{}"; it can have no braces"#);
        assert_eq!(wrong(OwnPhrase::More, "{count"), r#"is "{count"; it can have braces only in {count}"#);
        assert_eq!(wrong(OwnPhrase::More, "more"), r#"is "more"; it must have {count}"#);
        assert_eq!(wrong(OwnPhrase::Day, "\u{200b}\n"), "has no text");
        assert_eq!(wrong(OwnPhrase::Day, &"é".repeat(121)), "has 121 characters; the most are 120");
    }

    #[test]
    fn badges_are_in_order_and_bounded() {
        let badges = |steps: &[(i64, &str)]| checked_badges(steps.iter().map(|(at, badge)| (*at, (*badge).to_owned())));
        assert_eq!(badges(&[(0, " ✅ "), (60, "💪")]), Ok(vec![(60, "💪".into()), (0, "✅".into())]));
        assert_eq!(badges(&[]).unwrap_err(), "has no badge");
        assert_eq!(badges(&[(0, "")]).unwrap_err(), "has no text, from 0 minutes on");
        assert_eq!(
            badges(&[(5, "too long a badge")]).unwrap_err(),
            "has 16 characters; the most are 8, from 5 minutes on"
        );
        assert!(badges(&[(-1, "x")]).unwrap_err().contains("from 0 to 44640"));
        let many: Vec<(i64, &str)> = (0..21).map(|at| (at, "x")).collect();
        assert_eq!(badges(&many).unwrap_err(), "has 21 badges; the most are 20");
    }

    #[test]
    fn own_texts_stand_in_place_of_those_of_the_language_and_nothing_else_changes() {
        let texts = [
            (OwnPhrase::Title, "🎓 {group}"),
            (OwnPhrase::Day, "Bugun!"),
            (OwnPhrase::Empty, "😴"),
            (OwnPhrase::More, "+{count}"),
        ];
        let own = OwnWords {
            phrases: texts.map(|(phrase, text)| (phrase, text.to_owned())).into(),
            badges: OwnBadges::default(),
        };
        let words = own.over(ENGLISH);
        assert_eq!(words.title("{count} {group}"), "🎓 {count} {group}");
        assert_eq!(words.title(""), ENGLISH.title(""));
        assert_eq!((words.short_title("Deep Work"), words.short_title("")), ("🎓 Deep Work".into(), String::new()));
        assert_eq!(ENGLISH.short_title("Deep Work"), "Deep Work");
        assert_eq!(words.period(Scope::Day, SeenFrom::Within), "Bugun!");
        assert_eq!(words.period(Scope::Day, SeenFrom::After), "That day");
        assert_eq!(words.period(Scope::Week, SeenFrom::Within), "This week");
        assert_eq!((words.empty_board(true), words.more(21)), (&["😴"][..], "+21".into()));
        let of = |words: &dyn Words| samples(words, &USUAL);
        let english = of(ENGLISH);
        let changed: BTreeSet<&str> =
            of(&words).iter().filter(|own| !english.contains(own)).map(|own| own.phrase).collect();
        assert_eq!(changed, ["title", "short_title", "period", "empty_board", "more"].into());
        assert_eq!(of(&OwnWords::default().over(ENGLISH)), of(ENGLISH));
    }
}
