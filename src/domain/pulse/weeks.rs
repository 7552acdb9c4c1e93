//! Which weeks of a report count: those that were seen (rules §5.12).

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::Span;
use crate::domain::accounting::days::{LocalDay, per_day};
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::presence::{SessionRules, is_final};
use crate::domain::time::interval::SpanSet;
use crate::domain::time::pause::Pauses;
use crate::domain::time::period::{Calendar, Period, Scope, date_back};
use crate::domain::time::zone::Zone;

/// How many days of a week that counts may be unseen or paused.
const MAX_UNSEEN_DAYS: usize = 1;

/// Why a week does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// The week was before the first day that swf knows of the group.
    BeforeFirst,
    /// No tracker ran.
    Unwatched,
    /// A tracker ran, and could not see the call.
    Blind,
    /// The group paused.
    Paused,
    /// Its time can still change.
    NotFinal,
}

impl LeftOut {
    pub const ALL: [LeftOut; 5] =
        [LeftOut::BeforeFirst, LeftOut::Unwatched, LeftOut::Blind, LeftOut::Paused, LeftOut::NotFinal];

    /// The code in JSON and CSV.
    pub fn code(self) -> &'static str {
        match self {
            LeftOut::BeforeFirst => "before_first",
            LeftOut::Unwatched => "unwatched",
            LeftOut::Blind => "blind",
            LeftOut::Paused => "paused",
            LeftOut::NotFinal => "not_final",
        }
    }
}

/// A week of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    pub first: NaiveDate,
    /// The last date, which belongs to the week.
    pub last: NaiveDate,
    pub span: Span,
    /// `None` if the week counts.
    pub left_out: Option<LeftOut>,
}

impl Week {
    pub fn counts(&self) -> bool {
        self.left_out.is_none()
    }
}

/// What decides whether a day was seen.
pub struct Seen<'a> {
    /// Has all blind and watched time of the weeks.
    pub record: &'a Record,
    /// When a call is known to have run.
    pub calls: &'a [Span],
    /// The days for which the old tracker has totals.
    pub carried: &'a BTreeSet<NaiveDate>,
    pub paused: &'a Pauses,
    pub rules: SessionRules,
    /// Credited seconds that make a day active.
    pub active_seconds: i64,
}

/// The `count` weeks up to the one that holds `date`, in order.
pub fn weeks_until(date: NaiveDate, count: u32, zone: Zone, calendar: Calendar) -> Vec<Period> {
    let back = |back| Period::of(Scope::Week, date_back(Scope::Week, date, calendar, back), zone, calendar);
    (0..count).rev().map(back).collect()
}

/// Decides which of the weeks count. A week counts if it is final and at most one of its days was not seen, or paused.
pub fn judge(weeks: &[Period], zone: Zone, calendar: Calendar, seen: &Seen) -> Vec<Week> {
    let days: Vec<LocalDay> = weeks.iter().flat_map(|week| days_of(week, zone, calendar)).collect();
    let reasons = unseen_days(&days, seen);
    let judged = weeks.iter().map(|week| {
        let first = days.partition_point(|day| day.date < week.first);
        let end = days.partition_point(|day| day.date <= week.last);
        let unseen: Vec<LeftOut> = reasons[first..end].iter().copied().flatten().collect();
        let most = unseen.iter().copied().max_by_key(|reason| unseen.iter().filter(|other| *other == reason).count());
        let left_out = most.filter(|_| unseen.len() > MAX_UNSEEN_DAYS).or_else(|| {
            (!is_final(week.span.to, seen.record.confirmed, seen.rules, None)).then_some(LeftOut::NotFinal)
        });
        Week { first: week.first, last: week.last, span: week.span, left_out }
    });
    judged.collect()
}

fn days_of(week: &Period, zone: Zone, calendar: Calendar) -> Vec<LocalDay> {
    let dates = week.first.iter_days().take_while(|date| *date <= week.last);
    let days = dates.map(|date| LocalDay { date, span: Period::of(Scope::Day, date, zone, calendar).span });
    days.filter(|day| !day.span.is_empty()).collect()
}

/// For each day, why it does not count; `None` if it does.
///
/// A day was not seen if no tracker ran in more than half of it, or if its blind time is more than half of the time in
/// which a call is known to have run, and could hide an active day.
fn unseen_days(days: &[LocalDay], seen: &Seen) -> Vec<Option<LeftOut>> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Vec::new() };
    let whole = Span::new(first.span.from, last.span.to);
    let watches = &seen.record.watches;
    let unseen = watches.unseen(whole, &seen.record.blinds);
    let unwatched = per_day(&SpanSet::union(unseen.unwatched.iter().chain(unseen.not_running.iter())), days);
    let blind = per_day(&unseen.blind, days);
    let calls = per_day(&SpanSet::union(seen.calls.iter().copied().chain(unseen.blind.iter())), days);
    let reason = |(index, day): (usize, &LocalDay)| {
        if seen.paused.contains(day.date) {
            return Some(LeftOut::Paused);
        }
        if seen.carried.contains(&day.date) {
            return None;
        }
        if watches.first.is_none_or(|first| first >= day.span.to) {
            return Some(LeftOut::BeforeFirst);
        }
        if unwatched[index] * 2 > day.span.seconds() {
            return Some(LeftOut::Unwatched);
        }
        (blind[index] * 2 > calls[index] && blind[index] >= seen.active_seconds).then_some(LeftOut::Blind)
    };
    days.iter().enumerate().map(reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::presence::{Blind, Blinds};
    use crate::domain::accounting::unwatched::Watches;
    use crate::domain::roster::BlindReason;
    use crate::domain::{CallId, Instant};

    const DAY: i64 = 86_400;
    /// Monday, 2026-01-05.
    const MONDAY: Instant = Instant(1_767_571_200);
    const RULES: SessionRules = SessionRules { gate: 300, grace: 60 };

    fn span(from: i64, to: i64) -> Span {
        Span::new(MONDAY + from, MONDAY + to)
    }

    /// Judges the three weeks from [`MONDAY`] on, which were watched in `spans`. A call runs for two hours each day.
    fn judged(spans: Vec<Span>, blinds: Vec<Blind>, paused: &str, carried: &[&str]) -> Vec<Option<LeftOut>> {
        let confirmed = spans.iter().map(|span| span.to).max();
        let watches = Watches { first: spans.iter().map(|span| span.from).min(), spans, ..Watches::default() };
        let record = Record { watches, confirmed, blinds: Blinds::new(blinds), ..Record::default() };
        let calls: Vec<Span> = (0..21).map(|day| span(day * DAY + 3600, day * DAY + 10_800)).collect();
        let seen = Seen {
            record: &record,
            calls: &calls,
            carried: &carried.iter().map(|day| day.parse().unwrap()).collect(),
            paused: &Pauses::parse(paused).unwrap(),
            rules: RULES,
            active_seconds: 1500,
        };
        let weeks = weeks_until("2026-01-20".parse().unwrap(), 3, Zone::UTC, Calendar::default());
        assert_eq!(weeks[0].span.from, MONDAY);
        judge(&weeks, Zone::UTC, Calendar::default(), &seen).iter().map(|week| week.left_out).collect()
    }

    fn blind(day: i64, seconds: i64) -> Blind {
        let span = span(day * DAY + 3600, day * DAY + 3600 + seconds);
        Blind { call: CallId(1), peer: None, span, reason: BlindReason::Offline }
    }

    #[test]
    fn a_week_counts_with_one_unseen_day_and_not_with_two() {
        let all = || vec![span(0, 21 * DAY + 3600)];
        assert_eq!(judged(all(), vec![], "", &[]), [None; 3]);
        let two_blind = |seconds| judged(all(), vec![blind(1, seconds), blind(3, seconds)], "", &[])[0];
        assert_eq!([two_blind(3600), two_blind(3601)], [None, Some(LeftOut::Blind)]);
        assert_eq!(judged(all(), vec![blind(1, 7200)], "", &[]), [None; 3]);
        // Two unwatched days of the second week.
        let gap = |days: i64| judged(vec![span(0, 8 * DAY), span((8 + days) * DAY, 21 * DAY + 60)], vec![], "", &[]);
        assert_eq!(gap(1), [None; 3]);
        assert_eq!(gap(2), [None, Some(LeftOut::Unwatched), None]);
        assert_eq!(judged(all(), vec![], "2026-01-06", &[]), [None; 3]);
        assert_eq!(judged(all(), vec![], "2026-01-06..2026-01-07", &[])[0], Some(LeftOut::Paused));
    }

    #[test]
    fn a_week_before_the_first_day_counts_if_the_old_tracker_knows_it() {
        let late = || vec![span(7 * DAY, 21 * DAY + 60)];
        assert_eq!(judged(late(), vec![], "", &[]), [Some(LeftOut::BeforeFirst), None, None]);
        let six = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09", "2026-01-10"];
        assert_eq!(judged(late(), vec![], "", &six), [None; 3]);
    }

    #[test]
    fn a_week_that_is_not_final_does_not_count() {
        assert_eq!(judged(vec![span(0, 21 * DAY - 1)], vec![], "", &[]), [None, None, Some(LeftOut::NotFinal)]);
        assert_eq!(judged(vec![span(0, 21 * DAY)], vec![], "", &[]), [None; 3]);
    }
}
