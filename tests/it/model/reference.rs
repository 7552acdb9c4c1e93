//! The accounting rules (rules §2.5–9) in their slowest and simplest form: second by second.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;
use swf::domain::PeerId;
use swf::domain::accounting::presence::{Blind, SessionRules, Stay};
use swf::domain::time::period::Scope;

/// Credited seconds, and those of them that were not watched.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Credit {
    pub credited: BTreeSet<i64>,
    pub proved: BTreeSet<i64>,
}

/// One person's credit, from the stays of all accounts.
pub fn credit(stays: &[Stay], blinds: &[Blind], rules: SessionRules) -> Credit {
    let mut present = BTreeSet::new();
    let mut observed = BTreeSet::new();
    for stay in stays {
        let dark: Vec<(i64, i64)> = blinds
            .iter()
            .filter(|blind| blind.call == stay.call && blind.peer.is_none_or(|peer| peer == stay.peer))
            .map(|blind| (blind.span.from.0, blind.span.to.0))
            .collect();
        for second in stay.span.from.0..stay.span.to.0 {
            present.insert(second);
            if !dark.iter().any(|(from, to)| (*from..*to).contains(&second)) {
                observed.insert(second);
            }
        }
    }
    let mut credited = BTreeSet::new();
    let mut session: Vec<i64> = Vec::new();
    for second in present.iter().copied() {
        // `absent` whole seconds are between this second and the one before.
        let absent = session.last().map_or(0, |last| second - last - 1);
        if absent > 0 && absent >= rules.grace {
            if session.len() as i64 >= rules.gate {
                credited.extend(session.iter());
            }
            session.clear();
        }
        session.push(second);
    }
    if session.len() as i64 >= rules.gate {
        credited.extend(session);
    }
    let proved = credited.difference(&observed).copied().collect();
    Credit { credited, proved }
}

/// Whether a second is in the period of `scope` with `date`.
fn within(scope: Scope, date: NaiveDate, second: NaiveDate) -> bool {
    match scope {
        Scope::Day => second == date,
        Scope::Week => second.iso_week() == date.iso_week(),
        Scope::Month => (second.year(), second.month()) == (date.year(), date.month()),
        Scope::Year => second.year() == date.year(),
        Scope::AllTime | Scope::Range => unreachable!("no date alone gives it"),
    }
}

/// From each date on, days start at that many minutes after midnight.
pub type Starts = [(NaiveDate, u32)];

/// The date of each minute, as far as it was computed.
#[derive(Default)]
pub struct Calendar(BTreeMap<i64, NaiveDate>);

impl Calendar {
    /// A day that has begun goes on, even if the clock is set back to before its start. So this is the latest day that
    /// the clock has shown in the last three hours.
    pub fn date(&mut self, zone: Tz, starts: &Starts, second: i64) -> NaiveDate {
        let minute = second.div_euclid(60);
        *self.0.entry(minute).or_insert_with(|| {
            (minute - 180..=minute).map(|minute| shown(zone, starts, minute * 60)).max().expect("some minutes")
        })
    }
}

/// The day by the local clock: before the start of a date, it is still the day before.
fn shown(zone: Tz, starts: &Starts, second: i64) -> NaiveDate {
    let time = DateTime::from_timestamp(second, 0).expect("a time of our days").with_timezone(&zone);
    let (date, minute) = (time.date_naive(), time.hour() * 60 + time.minute());
    let start = starts.iter().rev().find(|(from, _)| *from <= date).map_or(0, |(_, minute)| *minute);
    if minute < start { date.pred_opt().expect("a date of our days") } else { date }
}

/// One person's seconds on each day of a period.
pub fn days(
    credit: &Credit,
    zone: Tz,
    starts: &Starts,
    scope: Scope,
    date: NaiveDate,
    calendar: &mut Calendar,
) -> BTreeMap<NaiveDate, i64> {
    let mut days = BTreeMap::new();
    for second in &credit.credited {
        let day = calendar.date(zone, starts, *second);
        if within(scope, date, day) {
            *days.entry(day).or_default() += 1;
        }
    }
    days
}

/// Each person's seconds in a period: all, and the proved ones. People without a second are left out.
pub fn board(
    credits: &BTreeMap<PeerId, Credit>,
    zone: Tz,
    starts: &Starts,
    scope: Scope,
    date: NaiveDate,
    calendar: &mut Calendar,
) -> BTreeMap<PeerId, (i64, i64)> {
    let mut out = BTreeMap::new();
    for (person, credit) in credits {
        let mut count = |seconds: &BTreeSet<i64>| {
            seconds.iter().filter(|second| within(scope, date, calendar.date(zone, starts, **second))).count() as i64
        };
        let (all, proved) = (count(&credit.credited), count(&credit.proved));
        if all > 0 {
            out.insert(*person, (all, proved));
        }
    }
    out
}
