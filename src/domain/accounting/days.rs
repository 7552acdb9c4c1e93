//! One person's local days, from stays: what streaks, records and goals are made of.
//!
//! ```text
//! day        ├──────────────────────────────┤
//! stay         ├─── credited ──┤
//! blind                        ├────────────┤
//! possible     ├────────────────────────────┤   had the person stayed: it could hide an active day
//! ```

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::accounting::carried::{self, Carried};
use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::accounting::presence::{self, Stay};
use crate::domain::accounting::streak::Day;
use crate::domain::accounting::unwatched::Watches;
use crate::domain::time::interval::SpanSet;
use crate::domain::{Instant, PeerId, Span};

/// A local date, from its first instant to that of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    pub date: NaiveDate,
    pub span: Span,
}

/// A session that passed the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The local date on which it ended.
    pub date: NaiveDate,
    /// Credited seconds.
    pub seconds: i64,
    /// It can't go on: its last day is final.
    pub is_final: bool,
}

/// One person's days and sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonDays {
    pub days: Vec<Day>,
    pub sessions: Vec<Session>,
}

/// What the days of all people of a group have in common.
pub struct GroupDays<'a> {
    record: &'a Record,
    policy: Policy,
    /// In order, without a gap; none is empty.
    days: &'a [LocalDay],
    /// For each day, without the time of any person.
    common: Vec<Day>,
    /// When anybody may have been in the call unseen.
    hidden: SpanSet,
}

impl<'a> GroupDays<'a> {
    /// `record` has the blind and the watched time of all `days`. `calls` are the times at which a call is known to have
    /// run; the old tracker's totals of `carried` days show one, too.
    pub fn new(
        record: &'a Record,
        policy: Policy,
        days: &'a [LocalDay],
        calls: &[Span],
        carried: &BTreeSet<NaiveDate>,
        paused: &BTreeSet<NaiveDate>,
    ) -> GroupDays<'a> {
        let whole = match days {
            [first, .., last] => Span::new(first.span.from, last.span.to),
            [one] => one.span,
            [] => Span::new(Instant(0), Instant(0)),
        };
        let Watches { first, now, .. } = record.watches;
        let unseen = record.watches.unseen(whole, &record.blinds);
        let unseen = per_day(&SpanSet::union(unseen.blind.iter().chain(unseen.unwatched.iter())), days);
        let had_call = touched(calls, days);
        let common = days.iter().enumerate().map(|(index, LocalDay { date, span })| {
            let in_use = span.clip(Span::new(first.unwrap_or(span.from), now.map_or(span.to, |now| now.at)));
            Day {
                date: *date,
                seconds: 0,
                possible: 0,
                had_call: had_call[index] || carried.contains(date),
                is_unwatched: !in_use.is_empty() && unseen[index] >= in_use.seconds(),
                is_paused: paused.contains(date),
                is_final: false,
            }
        });
        GroupDays { record, policy, days, common: common.collect(), hidden: hidden(record, days, whole) }
    }

    /// The days of the person with these accounts, from all their stays in these days and
    /// [`reach`](presence::SessionRules::reach) around them.
    pub fn of(&self, accounts: &[PeerId], stays: &[Stay], old: &[Carried]) -> PersonDays {
        let Record { blinds, confirmed, .. } = self.record;
        let rules = self.policy.rules;
        let mut credit = presence::credit(stays, blinds, rules);
        let shares = carried::apply(&mut credit, old);
        let credited = per_day(&credit.credited, self.days);
        let possible = per_day(&self.possible(accounts, stays).without(&carried::cut(old)), self.days);
        let mut days = self.common.clone();
        for (index, day) in days.iter_mut().enumerate() {
            (day.seconds, day.possible) = (credited[index], possible[index].max(credited[index]));
            day.is_final = presence::is_final(self.days[index].span.to, *confirmed, rules, [&credit]);
        }
        for share in shares {
            if let Ok(index) = days.binary_search_by_key(&share.carried.day, |day| day.date) {
                days[index].seconds += share.counted;
                days[index].possible += share.counted;
            }
        }
        let sessions = credit.credited.runs(rules.grace);
        let sessions = sessions.filter_map(|session| self.session(&session, &days)).collect();
        PersonDays { days, sessions }
    }

    /// What would be credited if the person had been in the call whenever they may have been.
    fn possible(&self, accounts: &[PeerId], stays: &[Stay]) -> SpanSet {
        let own = self.record.blinds.about(accounts);
        let present = stays.iter().map(|stay| stay.span).chain(own.iter()).chain(self.hidden.iter());
        presence::passed(&SpanSet::union(present), self.policy.rules)
    }

    fn session(&self, session: &SpanSet, days: &[Day]) -> Option<Session> {
        let end = session.iter().last()?.to;
        let day = days.get(self.days.partition_point(|day| day.span.to < end))?;
        Some(Session { date: day.date, seconds: session.seconds(), is_final: day.is_final })
    }
}

/// When anybody may have been in the call unseen: the blind time; and if a tracker ended during a call that was over when
/// the next one looked, the rest of that day.
fn hidden(record: &Record, days: &[LocalDay], whole: Span) -> SpanSet {
    let maybe_over = &record.watches.maybe_over;
    let blind = record.blinds.within(whole, |_| true).without(&SpanSet::union(maybe_over.iter().copied()));
    let rest = maybe_over.iter().filter_map(|span| {
        let day = days.get(days.partition_point(|day| day.span.to <= span.from))?;
        Some(span.clip(day.span))
    });
    SpanSet::union(blind.iter().chain(rest))
}

/// Whether each day has a part of any of `spans`; an empty one counts as one second.
fn touched(spans: &[Span], days: &[LocalDay]) -> Vec<bool> {
    let spans = spans.iter().map(|span| Span::new(span.from, span.to.max(span.from + 1)));
    per_day(&SpanSet::union(spans), days).into_iter().map(|seconds| seconds > 0).collect()
}

/// The seconds of a set on each day.
fn per_day(set: &SpanSet, days: &[LocalDay]) -> Vec<i64> {
    let mut seconds = vec![0; days.len()];
    let mut first = 0;
    for span in set.iter() {
        first += days[first..].partition_point(|day| day.span.to <= span.from);
        for (index, day) in days.iter().enumerate().skip(first).take_while(|(_, day)| day.span.from < span.to) {
            seconds[index] += span.clip(day.span).seconds();
        }
    }
    seconds
}
