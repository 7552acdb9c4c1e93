//! A language for tests: every text is a mark with its arguments, so that a sentence that does not come from [`Words`] is
//! found.

use chrono::{NaiveDate, NaiveDateTime};

use super::{AlertSubject, BoardState, Dates, Language, Occasion, PastOutage, PastSpan, SeenFrom, Words};
use crate::domain::people::Display;
use crate::domain::post::problem::Problem;
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub struct Marked;

/// What remains of `text` without the marks.
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

    fn empty_board(&self, is_final: bool) -> String {
        mark(is_final)
    }

    fn not_running(&self) -> String {
        mark("not running")
    }

    fn not_seen(&self) -> String {
        mark("not seen")
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

    fn unwatched(&self, seconds: i64, explain: bool) -> String {
        mark(("unwatched", seconds, explain))
    }

    fn blind(&self, seconds: i64, explain: bool) -> String {
        mark((seconds, explain))
    }

    fn skipped(&self, days: &[NaiveDate], more: usize) -> String {
        mark((days, more))
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

    fn store_recovered(&self, subject: AlertSubject, failure: &PastSpan) -> String {
        mark((subject, failure))
    }

    fn problem(&self, problem: &Problem) -> String {
        mark(problem)
    }
}
