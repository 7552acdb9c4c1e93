//! Every text of the pages with sample values, for `swf words` and for the tests of all languages.

use chrono::NaiveDate;

use super::{Label, PageWords};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::accounting::streak::Comeback;
use crate::domain::pulse::{Amount, LeftOut, MIN_PEOPLE, NOT_SHOWN, Number};
use crate::domain::roster::BlindReason;
use crate::domain::time::period::Scope;
use crate::domain::words::samples::{COUNTS, DURATIONS, Sample, USUAL};

const SCOPES: [Scope; 6] = [Scope::Day, Scope::Week, Scope::Month, Scope::Year, Scope::AllTime, Scope::Range];

/// All texts of the pages in a language, in the same order and number for each language.
pub fn samples(words: &dyn PageWords) -> Vec<Sample> {
    let (mut all, date) = (Vec::new(), NaiveDate::from_ymd_opt(2026, 12, 10).unwrap_or_default());
    let mut add = |phrase: &'static str, text: String| all.push(Sample { phrase, text });
    Label::ALL.iter().for_each(|label| add("page: label", words.label(*label).into_owned()));
    SCOPES.iter().for_each(|scope| add("page: scope", words.scope(*scope).into_owned()));
    add("page: short_weekday", words.short_weekday(date));
    add("page: short_month", words.short_month(date));
    add("page: short_date", words.short_date(date));
    COUNTS.iter().for_each(|count| add("page: people", words.people(*count)));
    COUNTS.iter().for_each(|count| add("page: days", words.days(*count as u32)));
    COUNTS.iter().for_each(|count| add("page: in_the_call", words.in_the_call(*count)));
    COUNTS.iter().for_each(|count| add("page: freezes", words.freezes(*count as u32)));
    for (active_needed, days_left) in [(1, 1), (1, 2), (2, 3)] {
        add("page: comeback", words.comeback(&Comeback { streak: 38, active_needed, days_left }));
    }
    add("page: rows", words.rows(201, 400, 1250));
    add("page: zone", words.zone(USUAL.zone));
    add("page: as_of", words.as_of(USUAL.time));
    add("page: last_seen", words.last_seen(USUAL.time));
    add("page: not_seen_since", words.not_seen_since(USUAL.time));
    DURATIONS.iter().for_each(|seconds| add("page: unwatched", words.unwatched(*seconds)));
    DURATIONS.iter().for_each(|seconds| add("page: blind", words.blind(*seconds)));
    DURATIONS.iter().for_each(|seconds| add("page: days_chart", words.days_chart(*seconds, 5)));
    DURATIONS.iter().for_each(|seconds| add("page: goal", words.goal(*seconds, 36_000, 17)));
    DURATIONS.iter().for_each(|seconds| add("page: below_gate", words.below_gate(*seconds, 300)));
    add("page: gate", words.gate(300, 60));
    add("page: silent", words.silent(3, "23:00:00–04:00:00"));
    Evidence::ALL.iter().for_each(|evidence| add("page: evidence", words.evidence(*evidence).into_owned()));
    BlindReason::ALL.iter().for_each(|reason| add("page: blind_reason", words.blind_reason(*reason).into_owned()));
    add("page: unproved", words.unproved(USUAL.reason));
    add("page: proved", words.proved(USUAL.reason));
    add("page: overlap", words.overlap(USUAL.name));
    COUNTS.iter().for_each(|count| add("page: weeks_counted", words.weeks_counted(*count, 1)));
    Number::all().iter().for_each(|number| add("page: pulse_number", words.pulse_number(*number)));
    Number::all().iter().for_each(|number| add("page: pulse_meaning", words.pulse_meaning(*number)));
    let amounts = [Amount::Count(21), Amount::Days(3), Amount::Percent(40)];
    amounts.iter().for_each(|amount| add("page: pulse_amount", words.pulse_amount(*amount)));
    LeftOut::ALL.iter().for_each(|reason| add("page: left_out", words.left_out(*reason).into_owned()));
    add("page: not_shown", words.not_shown(NOT_SHOWN, MIN_PEOPLE));
    all
}
