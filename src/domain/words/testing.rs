//! A language for tests: every text is its arguments between marks. So a test finds sentences that do not come from
//! [`Words`].

use chrono::{NaiveDate, NaiveDateTime};

use super::{
    AlertSubject, BoardState, Comparison, Dates, Language, Occasion, PastOutage, PastSpan, Record, SeenFrom, Words,
};
use crate::domain::people::Display;
use crate::domain::post::problem::Problem;
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub struct Marked;

/// The part of `text` outside of the marks.
pub fn unmarked(text: &str) -> String {
    let mut depth = 0;
    let outside = |c: &char| {
        match c {
            '⟦' => depth += 1,
            '⟧' => depth -= 1,
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(outside).collect()
}

fn mark(arguments: impl std::fmt::Debug) -> String {
    format!("⟦{arguments:?}⟧")
}

impl Words for Marked {
    fn language(&self) -> Language {
        Language::En
    }

    fn duration(&self, seconds: i64) -> String {
        mark(seconds)
    }

    fn dates(&self, dates: Dates) -> String {
        mark(dates)
    }

    fn name(&self, person: &Display) -> String {
        mark(person.id.0)
    }

    fn title(&self, group: &str) -> String {
        mark(group)
    }

    fn short_title(&self, group: &str) -> String {
        mark(("short title", group))
    }

    fn occasion(&self, day: NaiveDate, occasion: Occasion) -> String {
        mark((day, occasion))
    }

    fn period(&self, scope: Scope, seen_from: SeenFrom) -> String {
        mark((scope, seen_from))
    }

    fn numbered_period(&self, scope: Scope, number: i64) -> String {
        mark((scope, number))
    }

    fn heading(&self, board: &str, dates: Dates, is_cut: bool) -> String {
        mark((board, dates, is_cut))
    }

    fn total(&self, people: usize, seconds: i64, state: BoardState) -> String {
        mark((people, seconds, state))
    }

    fn more(&self, count: usize) -> String {
        mark(count)
    }

    fn empty_board(&self, is_final: bool) -> &[&str] {
        if is_final { &["⟦empty⟧"] } else { &["⟦empty so far⟧"] }
    }

    fn not_running(&self) -> String {
        mark("not running")
    }

    fn not_seen(&self) -> String {
        mark("not seen")
    }

    fn silence(&self, from: NaiveDate, hours: i64) -> String {
        mark(("silence", from, hours))
    }

    fn corrected(&self) -> String {
        mark("corrected")
    }

    fn not_in_use(&self, first: NaiveDate) -> String {
        mark(("not in use", first))
    }

    fn empty_since(&self, first: NaiveDateTime) -> String {
        mark(("empty since", first))
    }

    fn watched_since(&self, first: NaiveDateTime) -> String {
        mark(("watched since", first))
    }

    fn offline(&self, seconds: &[(Scope, i64)], seen_from: SeenFrom) -> String {
        mark(("offline", seconds, seen_from))
    }

    fn skipped(&self, days: &[NaiveDate], more: usize) -> String {
        mark((days, more))
    }

    fn headline(&self, leaders: &str, seconds: i64, people: usize) -> String {
        mark((leaders, seconds, people))
    }

    fn names(&self, names: &[String], more: usize) -> String {
        mark((names, more))
    }

    fn active_days(&self, days: usize) -> String {
        mark(("active days", days))
    }

    fn band(&self, number: usize) -> String {
        mark(("band", number))
    }

    fn new_on_board(&self) -> &'static str {
        "⟦new⟧"
    }

    fn streak(&self, days: u32) -> String {
        mark(("streak", days))
    }

    fn newcomer(&self) -> &'static str {
        "⟦newcomer⟧"
    }

    fn comparison(&self, seconds: i64, with: Comparison) -> String {
        mark((seconds, with))
    }

    fn last_days(&self, days: &[(NaiveDate, Option<usize>)]) -> String {
        mark(("last days", days))
    }

    fn same_board(&self, above: Scope) -> String {
        mark(("same", above))
    }

    fn praise(&self) -> &'static [&'static str] {
        &["⟦praise 1⟧", "⟦praise 2⟧", "⟦praise 3⟧"]
    }

    fn quotes(&self) -> &'static [&'static str] {
        &["⟦quote 1⟧", "⟦quote 2⟧"]
    }

    fn digest_title(&self, best: Option<(&str, i64)>, days: usize) -> String {
        mark((best, days))
    }

    fn digest_occasion(&self, dates: Dates) -> String {
        mark(("digest", dates))
    }

    fn digest_day(&self, day: NaiveDate, leaders: &str, seconds: i64, people: usize, total: i64) -> String {
        mark((day, leaders, seconds, people, total))
    }

    fn digest_empty_day(&self, day: NaiveDate) -> String {
        mark(("empty", day))
    }

    fn digest_unknown_day(&self, day: NaiveDate) -> String {
        mark(("unknown", day))
    }

    fn recap_headline(&self, scope: Scope, winners: &str, seconds: i64) -> String {
        mark((scope, winners, seconds))
    }

    fn recap_heading(&self, scope: Scope, number: Option<i64>, dates: Dates) -> String {
        mark((scope, number, dates))
    }

    fn recap_most_days(&self, names: &str, days: usize, of: usize) -> String {
        mark((names, days, of))
    }

    fn recap_improved(&self, names: &str, seconds: i64) -> String {
        mark((names, seconds))
    }

    fn recap_first_timers(&self, names: &str) -> String {
        mark(("first time", names))
    }

    fn recap_record(&self, scope: Scope, record: &Record, of: usize) -> String {
        mark((scope, record, of))
    }

    fn classic_title(&self, day: Option<i64>) -> String {
        mark(("title", day))
    }

    fn classic_heading(
        &self,
        scope: Scope,
        seen_from: SeenFrom,
        first: NaiveDate,
        last: NaiveDate,
        number: Option<i64>,
    ) -> String {
        mark((scope, seen_from, first, last, number))
    }

    fn classic_minutes(&self, minutes: i64) -> String {
        mark(("minutes", minutes))
    }

    fn classic_empty_board(&self) -> &'static str {
        "⟦nobody⟧"
    }

    fn classic_word_of_the_day(&self) -> &'static str {
        "⟦word of the day⟧"
    }

    fn classic_titles(&self) -> &'static [&'static str] {
        &["⟦title 1⟧🌞", "⟦title 2⟧🌞", "⟦title 3⟧🌞"]
    }

    fn outage(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str) -> String {
        mark((subject, seconds, since, reason))
    }

    fn recovered(&self, subject: AlertSubject, outage: &PastOutage) -> String {
        mark((subject, outage))
    }

    fn late(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: Option<&str>) -> String {
        mark((subject, day, problem))
    }

    fn late_sent(&self, subject: AlertSubject, day: Option<NaiveDate>) -> String {
        mark((subject, day))
    }

    fn test_alert(&self, subject: AlertSubject) -> String {
        mark(subject)
    }

    fn refused(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: &str) -> String {
        mark((subject, day, problem))
    }

    fn store_failing(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str, remedy: &str) -> String {
        mark((subject, seconds, since, reason, remedy))
    }

    fn store_mended(&self, subject: AlertSubject, at: &str) -> String {
        mark((subject, at))
    }

    fn backup_command_failed(&self, subject: AlertSubject, reason: &str) -> String {
        mark((subject, reason))
    }

    fn backup_command_recovered(&self, subject: AlertSubject) -> String {
        mark(subject)
    }

    fn store_recovered(&self, subject: AlertSubject, failure: &PastSpan) -> String {
        mark((subject, failure))
    }

    fn problem(&self, problem: &Problem) -> String {
        mark(problem)
    }
}
