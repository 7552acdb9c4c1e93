//! What decides the ranks of a board: hours, active days, or hours among people of similar pace; and how much of a day
//! ranks (rules §2.22–24). Credited time itself does not change.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::Weekday;

use crate::domain::accounting::carried::Share;
use crate::domain::accounting::leaderboard::Entry;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::{Calendar, Period, Scope, date_back, first_instant};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, Span};

/// The most people of one band.
pub const MAX_BAND: usize = 10;
/// How many weeks decide a person's pace.
const PACE_WEEKS: usize = 4;
/// How many weeks back these weeks are searched for.
const MAX_WEEKS_BACK: u32 = 8;
const WEEK_SECONDS: i64 = 7 * 86_400;

/// By what people are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RankBy {
    #[default]
    Hours,
    /// Active days, then hours.
    Days,
    /// Hours, inside a band of people of similar pace.
    Bands,
}

impl RankBy {
    /// The values of `SWF_BOARD` and `--by`.
    pub const NAMES: [(&str, RankBy); 3] = [("hours", RankBy::Hours), ("days", RankBy::Days), ("bands", RankBy::Bands)];
}

/// How people are ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranking {
    pub by: RankBy,
    /// The most seconds of a day that rank; `None` without a cap.
    pub cap: Option<i64>,
    /// The least credited seconds of an active day.
    pub active_seconds: i64,
    /// How many seconds before a period also decide its ranks: the clock of a silence is followed from there.
    pub reach: i64,
    /// With `calendar`, defines days and weeks.
    pub zone: Zone,
    pub calendar: Calendar,
}

/// What decides a person's rank in addition to the credited seconds. By default nothing does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Credited seconds that do not rank: those of long silences, and those above the cap of their days.
    pub unranked_seconds: i64,
    /// The part of them in which no sign of life came.
    pub silent_seconds: i64,
    /// The active days of the period, if they decide the rank.
    pub active_days: Option<usize>,
    /// The person's band, if the board has bands. Band 1 has the highest pace.
    pub band: Option<usize>,
}

impl Standing {
    /// Credited seconds above the cap of their days.
    pub fn above_cap(&self) -> i64 {
        self.unranked_seconds - self.silent_seconds
    }
}

impl Ranking {
    /// By hours, without a cap: only credited seconds are computed, and no day or week matters.
    pub const HOURS: Ranking = Ranking {
        by: RankBy::Hours,
        cap: None,
        active_seconds: 0,
        reach: 0,
        zone: Zone::UTC,
        calendar: Calendar::Civil { week_start: Weekday::Mon },
    };

    fn needs_days(self) -> bool {
        self.cap.is_some() || self.by == RankBy::Days
    }

    /// The first instants of the days that begin in `window`, if they are needed.
    fn day_starts(self, period: Period, window: Span) -> Vec<Instant> {
        if !self.needs_days() {
            return Vec::new();
        }
        let days = period.first.iter_days().take_while(|day| *day <= period.last);
        let starts = days.map(|day| first_instant(self.zone, day));
        let mut starts: Vec<Instant> = starts.take_while(|start| *start < window.to).collect();
        // A date that the zone skips has no time.
        starts.dedup();
        starts
    }

    /// The weeks before `period` that may decide paces, the latest first; none if the board has no bands.
    fn weeks_before(self, period: Period) -> Vec<Span> {
        if self.by != RankBy::Bands {
            return Vec::new();
        }
        let Some(last) = period.first.pred_opt() else { return Vec::new() };
        let week =
            |back| Period::of(Scope::Week, date_back(Scope::Week, last, self.calendar, back), self.zone, self.calendar);
        let weeks = (0..=MAX_WEEKS_BACK).map(week).filter(|week| week.span.to <= period.span.from);
        weeks.take(MAX_WEEKS_BACK as usize).map(|week| week.span).collect()
    }

    /// The instant from which on stays decide the ranks of `period`.
    pub fn from(self, period: Period) -> Instant {
        self.weeks_before(period).last().map_or(period.span.from, |week| week.from) - self.reach
    }
}

/// Computes the ranks of one board.
pub(super) struct Ranker {
    ranking: Ranking,
    window: Span,
    days: Vec<Instant>,
    /// The last watched weeks, the latest first.
    weeks: Vec<Span>,
    /// How much of the board's time is over, in seconds; at least a day.
    elapsed: i64,
}

impl Ranker {
    /// `watched` returns whether a tracker watched any part of a span. `seen` is the instant up to which the board
    /// counts.
    pub fn new(
        ranking: Ranking,
        period: Period,
        window: Span,
        seen: Option<Instant>,
        watched: impl Fn(Span) -> bool,
    ) -> Ranker {
        let weeks = ranking.weeks_before(period).into_iter().filter(|week| watched(*week)).take(PACE_WEEKS);
        let over = Span::new(window.from, seen.map_or(window.to, |seen| seen.min(window.to)));
        let elapsed = over.seconds().max(86_400);
        Ranker { ranking, window, days: ranking.day_starts(period, window), weeks: weeks.collect(), elapsed }
    }

    /// The standing and the pace of a person with `seconds` on the board. `credited` and `shares` are all time of the
    /// person, and `silent` is the part of it that does not rank because no sign of life came.
    pub fn standing(&self, credited: &SpanSet, silent: &SpanSet, shares: &[Share], seconds: i64) -> (Standing, i64) {
        let silent_seconds = silent.clip(self.window).seconds();
        let mut standing = Standing { silent_seconds, unranked_seconds: silent_seconds, ..Standing::default() };
        if !self.days.is_empty() {
            let days = self.seconds_by_day(credited, shares);
            if let Some(cap) = self.ranking.cap {
                let ranked = self.seconds_by_day(&credited.without(silent), &without_silence(shares, silent));
                standing.unranked_seconds += ranked.iter().map(|seconds| (seconds - cap).max(0)).sum::<i64>();
            }
            if self.ranking.by == RankBy::Days {
                let active = days.iter().filter(|seconds| **seconds >= self.ranking.active_seconds.max(1));
                standing.active_days = Some(active.count());
            }
        }
        let pace = match self.ranking.by {
            RankBy::Bands => self.pace(credited, shares, seconds),
            _ => 0,
        };
        (standing, pace)
    }

    /// The credited seconds of each day of the board; days without any are left out.
    fn seconds_by_day(&self, credited: &SpanSet, shares: &[Share]) -> Vec<i64> {
        let day_of = |at: Instant| self.days.partition_point(|start| *start <= at).saturating_sub(1);
        let mut parts: Vec<(usize, i64)> = Vec::new();
        for span in credited.clip(self.window).iter() {
            let mut from = span.from;
            while from < span.to {
                let day = day_of(from);
                let to = self.days.get(day + 1).map_or(span.to, |next| span.to.min(*next));
                parts.push((day, to - from));
                from = to;
            }
        }
        let carried = shares.iter().filter(|share| share.is_in(self.window));
        parts.extend(carried.map(|share| (day_of(share.carried.span.from), share.counted)));
        parts.sort_unstable_by_key(|(day, _)| *day);
        parts.chunk_by(|a, b| a.0 == b.0).map(|day| day.iter().map(|(_, seconds)| seconds).sum()).collect()
    }

    /// The pace in seconds a week: the median of the last watched weeks, beginning with the first in which the person
    /// has time. Without such a week, the board's time is scaled to a week.
    fn pace(&self, credited: &SpanSet, shares: &[Share], seconds: i64) -> i64 {
        let of = |week: &Span| {
            let carried = shares.iter().filter(|share| share.is_in(*week)).map(|share| share.counted);
            credited.clip(*week).seconds() + carried.sum::<i64>()
        };
        let mut weeks: Vec<i64> = self.weeks.iter().map(of).collect();
        let since_first = weeks.iter().rposition(|seconds| *seconds > 0).map_or(0, |first| first + 1);
        weeks.truncate(since_first);
        weeks.sort_unstable();
        match weeks.len() {
            0 => (i128::from(seconds) * i128::from(WEEK_SECONDS) / i128::from(self.elapsed)) as i64,
            count => (weeks[(count - 1) / 2] + weeks[count / 2]) / 2,
        }
    }

    /// Orders the rows and sets their bands and ranks. Each row comes with the person's pace.
    pub fn rank(&self, mut rows: Vec<(Entry, i64)>) -> Vec<Entry> {
        if self.ranking.by == RankBy::Bands {
            rows.sort_by_key(|(entry, pace)| (Reverse(*pace), entry.profile.peer));
            let (people, bands) = (rows.len(), rows.len().div_ceil(MAX_BAND));
            for (place, (entry, _)) in rows.iter_mut().enumerate() {
                entry.standing.band = Some(place * bands / people + 1);
            }
        }
        let mut entries: Vec<Entry> = rows.into_iter().map(|(entry, _)| entry).collect();
        place(&mut entries);
        entries
    }
}

/// The first `max` rows without bands, in one order with one set of ranks, for programs that have no bands.
pub fn without_bands(entries: &[Entry], max: usize) -> Vec<Entry> {
    if entries.iter().all(|entry| entry.standing.band.is_none()) {
        return entries[..max.min(entries.len())].to_vec();
    }
    let mut entries = entries.to_vec();
    entries.iter_mut().for_each(|entry| entry.standing.band = None);
    place(&mut entries);
    entries.truncate(max);
    entries
}

/// The rows in the order of their time alone, without bands and active days.
pub fn by_hours(entries: &[Entry]) -> Vec<Entry> {
    let mut entries = entries.to_vec();
    for standing in entries.iter_mut().map(|entry| &mut entry.standing) {
        (standing.band, standing.active_days) = (None, None);
    }
    place(&mut entries);
    entries
}

/// The rows of each band, in order; all rows at once if there are no bands.
pub fn bands(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    entries.chunk_by(|a, b| a.standing.band == b.standing.band)
}

/// Whether the rows are in more than one band.
pub fn has_bands(entries: &[Entry]) -> bool {
    entries.last().is_some_and(|last| last.standing.band > Some(1))
}

/// Orders the rows by what ranks them, then by name, then by id, and sets their ranks. Rows that are equal in what
/// ranks share a rank.
fn place(entries: &mut [Entry]) {
    entries.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.by_name(b)));
    let (mut first_of_band, mut previous) = (0, None);
    for place in 0..entries.len() {
        let band = entries[place].standing.band;
        if place > 0 && entries[place - 1].standing.band != band {
            first_of_band = place;
        }
        let order = order(&entries[place]);
        entries[place].rank = match previous {
            Some((rank, last)) if last == order => rank,
            _ => place - first_of_band + 1,
        };
        previous = Some((entries[place].rank, order));
    }
}

/// The sort key of a row: the lowest comes first.
fn order(entry: &Entry) -> (Option<usize>, Reverse<(Option<usize>, i64)>) {
    let standing = entry.standing;
    (standing.band, Reverse((standing.active_days, entry.ranked_seconds())))
}

/// Subtracts from the totals of folded days the time that did not rank. Each second of `silent` is subtracted once.
fn without_silence(shares: &[Share], silent: &SpanSet) -> Vec<Share> {
    let mut rest: BTreeMap<Instant, i64> = BTreeMap::new();
    let ranked = |share: &Share| {
        let day = share.carried.span;
        let rest = rest.entry(day.from).or_insert_with(|| silent.clip(day).seconds());
        let taken = if share.carried.folded.is_some() { share.counted.min(*rest) } else { 0 };
        *rest -= taken;
        Share { counted: share.counted - taken, ..*share }
    };
    shares.iter().map(ranked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::carried::Carried;
    use crate::domain::accounting::folded::Folded;
    use crate::domain::accounting::leaderboard::{Board, Policy, Record, board, ranked_board};
    use crate::domain::accounting::presence::{SessionRules, Stay};
    use crate::domain::accounting::silence::{Rule, Signs};
    use crate::domain::accounting::unwatched::Watches;
    use crate::domain::people::{Aliases, Profile};
    use crate::domain::{CallId, PeerId};

    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
    const HOUR: i64 = 3600;

    fn ranking(by: RankBy, cap: Option<i64>) -> Ranking {
        Ranking { by, cap, active_seconds: 1500, zone: Zone::TASHKENT, ..Ranking::HOURS }
    }

    fn at(text: &str) -> Instant {
        Zone::TASHKENT.instant_of(text.parse().unwrap())
    }

    fn stay(peer: i64, from: &str, seconds: i64) -> Stay {
        let from = at(from);
        Stay { call: CallId(1), peer: PeerId(peer), span: Span::new(from, from + seconds), open: false }
    }

    fn period(scope: Scope) -> Period {
        Period::of(scope, "2026-11-24".parse().unwrap(), Zone::TASHKENT, Calendar::default())
    }

    fn ranked(scope: Scope, record: &Record, ranking: Ranking) -> Board {
        ranked_board(period(scope), Instant(i64::MAX), record, POLICY, ranking)
    }

    /// Rank, id, ranked seconds and active days of each row.
    fn rows(board: &Board) -> Vec<(usize, i64, i64, Option<usize>)> {
        let row =
            |entry: &Entry| (entry.rank, entry.profile.peer.0, entry.ranked_seconds(), entry.standing.active_days);
        board.entries.iter().map(row).collect()
    }

    #[test]
    fn the_cap_takes_of_each_day_only_what_is_above_it() {
        // Two accounts of one person, at once and one after the other; the second day has less than the cap.
        let stays = vec![
            stay(1, "2026-11-23T08:00:00", 9 * HOUR),
            stay(2, "2026-11-23T10:00:00", 9 * HOUR),
            stay(1, "2026-11-24T22:00:00", 4 * HOUR),
            stay(3, "2026-11-23T08:00:00", 11 * HOUR),
            stay(3, "2026-11-24T08:00:00", 2 * HOUR),
        ];
        let aliases = Aliases::new([(PeerId(1), PeerId(2))]);
        let record = Record { stays, aliases, ..Record::default() };
        let capped = ranked(Scope::Week, &record, ranking(RankBy::Hours, Some(10 * HOUR)));
        assert_eq!(rows(&capped), [(1, 1, 14 * HOUR, None), (2, 3, 12 * HOUR, None)]);
        assert_eq!(capped.entries.iter().map(|entry| entry.seconds).collect::<Vec<_>>(), [15 * HOUR, 13 * HOUR]);
        // People who are equal under the cap share a rank.
        let low = ranked(Scope::Week, &record, ranking(RankBy::Hours, Some(HOUR)));
        assert_eq!(rows(&low), [(1, 1, 3 * HOUR, None), (2, 3, 2 * HOUR, None)]);
        let day = ranked(Scope::Day, &record, ranking(RankBy::Hours, Some(HOUR)));
        assert_eq!(rows(&day), [(1, 1, HOUR, None), (1, 3, HOUR, None)]);
        // A cap that nobody reaches gives the same board as no cap.
        let plain = board(period(Scope::Week), Instant(i64::MAX), &record, POLICY);
        assert_eq!(ranked(Scope::Week, &record, ranking(RankBy::Hours, Some(24 * HOUR))), plain);
        assert_eq!(ranked(Scope::Week, &record, ranking(RankBy::Hours, None)), plain);
    }

    #[test]
    fn a_long_silence_counts_and_does_not_rank_and_the_cap_is_of_what_ranks() {
        // All three are in the call for 8 hours. The first gives signs, the second none, the third one sign with a
        // second account.
        let night = "2026-11-23T20:00:00";
        let mut stays: Vec<Stay> = [1, 2, 3].map(|peer| stay(peer, night, 8 * HOUR)).into();
        stays.push(stay(4, "2026-11-23T22:00:00", HOUR));
        let signs = (0..8).map(|hour| (PeerId(1), at(night) + hour * HOUR));
        let signs: Vec<(PeerId, Instant)> = signs.chain([(PeerId(4), at(night) + 2 * HOUR)]).collect();
        let rules = vec![Rule { span: Span::new(at(night) - 1, Instant(i64::MAX)), limit: 3 * HOUR }];
        let aliases = Aliases::new([(PeerId(3), PeerId(4))]);
        let record = Record { stays, aliases, signs: Signs { rules, signs, ..Signs::default() }, ..Record::default() };
        let week = ranked(Scope::Week, &record, ranking(RankBy::Hours, None));
        assert_eq!(rows(&week), [(1, 1, 8 * HOUR, None), (2, 3, 5 * HOUR, None), (3, 2, 3 * HOUR, None)]);
        assert_eq!(week.entries.iter().map(|entry| entry.seconds).collect::<Vec<_>>(), [8 * HOUR; 3]);
        // Days sum to the week: 4, 4 and 3 hours of the first day rank, and 4, 1 and 0 hours of the second.
        let day = ranked(Scope::Day, &record, ranking(RankBy::Hours, None));
        assert_eq!(rows(&day), [(1, 1, 4 * HOUR, None), (2, 3, HOUR, None), (3, 2, 0, None)]);
        let capped = ranked(Scope::Week, &record, ranking(RankBy::Days, Some(2 * HOUR)));
        let two = Some(2);
        assert_eq!(rows(&capped), [(1, 1, 4 * HOUR, two), (2, 3, 3 * HOUR, two), (3, 2, 2 * HOUR, two)]);
    }

    #[test]
    fn of_a_folded_day_the_cap_is_of_what_ranks() {
        let day = period(Scope::Day);
        let total = |peer, hours| {
            let seconds = hours * HOUR;
            let folded = Folded {
                at: day.span.to,
                stays: 1,
                longest_stay: seconds,
                proved: 0,
                added: 0,
                removed: 0,
                possible: seconds,
                session: seconds,
                session_before: 0,
            };
            let (peer, folded) = (PeerId(peer), Some(folded));
            Carried { peer, day: day.first, span: day.span, until: day.span.from, seconds, folded }
        };
        let silent =
            |peer, hours: i64| (PeerId(peer), Span::new(day.span.from + HOUR, day.span.from + (1 + hours) * HOUR));
        let rules = vec![Rule { span: Span::new(day.span.from - 1, Instant(i64::MAX)), limit: 3 * HOUR }];
        // The second and the third account are of one person.
        let record = Record {
            carried: vec![total(1, 8), total(2, 8), total(3, 4)],
            aliases: Aliases::new([(PeerId(2), PeerId(3))]),
            signs: Signs { rules, folded: vec![silent(1, 5), silent(2, 5), silent(3, 1)], ..Signs::default() },
            ..Record::default()
        };
        let ranks = |cap| rows(&ranked(Scope::Week, &record, ranking(RankBy::Hours, cap)));
        assert_eq!(ranks(None), [(1, 2, 7 * HOUR, None), (2, 1, 3 * HOUR, None)]);
        assert_eq!(ranks(Some(2 * HOUR)), [(1, 1, 2 * HOUR, None), (1, 2, 2 * HOUR, None)]);
        assert_eq!(ranks(Some(5 * HOUR)), [(1, 2, 5 * HOUR, None), (2, 1, 3 * HOUR, None)]);
    }

    #[test]
    fn the_old_trackers_totals_are_capped_and_make_days_active() {
        let day = period(Scope::Day);
        let carried = Carried {
            peer: PeerId(1),
            day: day.first,
            span: day.span,
            until: day.span.to,
            seconds: 12 * HOUR,
            folded: None,
        };
        let record = Record { carried: vec![carried], ..Record::default() };
        let week = ranked(Scope::Week, &record, ranking(RankBy::Days, Some(10 * HOUR)));
        assert_eq!(rows(&week), [(1, 1, 10 * HOUR, Some(1))]);
    }

    #[test]
    fn more_active_days_rank_before_more_hours() {
        let stays = vec![
            stay(1, "2026-11-23T08:00:00", 9 * HOUR),
            // One second is missing for a second day.
            stay(1, "2026-11-24T08:00:00", 1499),
            // Across midnight, both parts are long enough.
            stay(2, "2026-11-23T23:35:00", 3000),
            stay(3, "2026-11-23T23:35:00", 3000),
        ];
        let record = Record { stays, ..Record::default() };
        let week = ranked(Scope::Week, &record, ranking(RankBy::Days, None));
        assert_eq!(rows(&week), [(1, 2, 3000, Some(2)), (1, 3, 3000, Some(2)), (3, 1, 9 * HOUR + 1499, Some(1))]);
    }

    /// The weeks of 2, 9 and 16 November are watched; that of 26 October is not.
    fn with_weeks(hours: &[(i64, [i64; 4])], today: impl Fn(i64) -> i64) -> Record {
        let mondays = ["2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16"];
        let stays = hours.iter().flat_map(|(peer, weeks)| {
            let weeks = mondays.into_iter().zip(weeks);
            let weeks = weeks.map(|(monday, hours)| stay(*peer, &format!("{monday}T01:00:00"), hours * HOUR));
            weeks.chain([stay(*peer, "2026-11-24T08:00:00", today(*peer))]).collect::<Vec<Stay>>()
        });
        let span = Span::new(at("2026-11-02T12:00:00"), at("2026-11-24T21:00:00"));
        let watches = Watches { first: Some(at("2026-10-01T00:00:00")), spans: vec![span], ..Watches::default() };
        let confirmed = Some(at("2026-11-24T21:00:00"));
        Record { stays: stays.collect(), watches, confirmed, ..Record::default() }
    }

    fn bands(record: &Record) -> BTreeMap<i64, (usize, usize)> {
        let board = ranked(Scope::Day, record, ranking(RankBy::Bands, None));
        let place = |entry: &Entry| (entry.profile.peer.0, (entry.standing.band.unwrap(), entry.rank));
        board.entries.iter().map(place).collect()
    }

    #[test]
    fn a_band_has_people_of_similar_pace_and_ranks_of_its_own() {
        // 12 people: the first six have the higher pace, and the last six have more time today.
        let weeks: Vec<(i64, [i64; 4])> = (1..=12).map(|peer| (peer, [0, 20 - peer, 20 - peer, 20 - peer])).collect();
        let record = with_weeks(&weeks, |peer| peer * 600);
        let bands = bands(&record);
        let expected =
            (1..=12).map(|peer| (peer, if peer <= 6 { (1, 7 - peer as usize) } else { (2, 13 - peer as usize) }));
        assert_eq!(bands, expected.collect());
        let board = ranked(Scope::Day, &record, ranking(RankBy::Bands, None));
        let order: Vec<i64> = board.entries.iter().map(|entry| entry.profile.peer.0).collect();
        assert_eq!(order, [6, 5, 4, 3, 2, 1, 12, 11, 10, 9, 8, 7]);
        assert_eq!(board.total_seconds(), 78 * 600);
        // Another program gets one order.
        let plain = without_bands(&board.entries, 3);
        let plain: Vec<_> = plain.iter().map(|entry| (entry.rank, entry.profile.peer.0, entry.standing.band)).collect();
        assert_eq!(plain, [(1, 12, None), (2, 11, None), (3, 10, None)]);
        assert_eq!(by_hours(&board.entries)[..3], without_bands(&board.entries, 3));
        let sizes: Vec<usize> = super::bands(&board.entries).map(<[Entry]>::len).collect();
        assert_eq!((sizes, has_bands(&board.entries), has_bands(&board.entries[..6])), (vec![6, 6], true, false));
    }

    #[test]
    fn the_median_of_the_watched_weeks_decides_the_pace_and_without_any_the_boards_time() {
        let pace = |weeks, today| {
            let record = with_weeks(&[(1, weeks)], |_| today);
            let period = period(Scope::Day);
            let ranking = ranking(RankBy::Bands, None);
            let known = |span| record.is_known(span);
            let ranker = Ranker::new(ranking, period, period.span, record.confirmed, known);
            let credit = crate::domain::accounting::presence::credit(&record.stays, &record.blinds, POLICY.rules);
            ranker.standing(&credit.credited, &SpanSet::default(), &[], today).1
        };
        // The week of 26 October is not watched, and one week without time counts.
        assert_eq!(pace([40, 3, 0, 9], HOUR), 3 * HOUR);
        // Weeks before the first time do not count.
        assert_eq!(pace([0, 0, 4, 9], HOUR), 13 * HOUR / 2);
        assert_eq!(pace([0, 0, 0, 9], HOUR), 9 * HOUR);
        // Without such a week, an hour on one day is seven hours a week.
        assert_eq!(pace([40, 0, 0, 0], HOUR), 7 * HOUR);
    }

    #[test]
    fn bands_are_even_and_have_ten_people_at_most() {
        for people in 1..=45usize {
            let weeks: Vec<(i64, [i64; 4])> = (1..=people as i64).map(|peer| (peer, [0; 4])).collect();
            let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
            for (band, rank) in bands(&with_weeks(&weeks, |peer| 600 + peer)).values() {
                *sizes.entry(*band).or_default() += 1;
                assert!((1..=MAX_BAND).contains(rank));
            }
            let (least, most) = (sizes.values().min().unwrap(), sizes.values().max().unwrap());
            assert!(most - least <= 1 && *most <= MAX_BAND, "{people}: {sizes:?}");
            assert_eq!(sizes.len(), people.div_ceil(MAX_BAND));
        }
    }

    #[test]
    fn only_bands_read_the_weeks_before() {
        let week = period(Scope::Week);
        for by in [RankBy::Hours, RankBy::Days] {
            assert_eq!(ranking(by, Some(HOUR)).from(week), week.span.from);
        }
        assert_eq!(ranking(RankBy::Bands, None).from(week), at("2026-09-28T00:00:00"));
        // The week that the day is in is not over.
        assert_eq!(ranking(RankBy::Bands, None).from(period(Scope::Day)), at("2026-09-28T00:00:00"));
    }

    #[test]
    fn a_name_decides_the_order_of_equals_and_not_their_rank() {
        let named = |peer, name: &str| (PeerId(peer), Profile { name: name.into(), ..Profile::unknown(PeerId(peer)) });
        let stays = vec![stay(1, "2026-11-24T08:00:00", 3000), stay(2, "2026-11-24T08:00:00", 3000)];
        let record = Record { stays, profiles: [named(1, "Zoe"), named(2, "ada")].into(), ..Record::default() };
        for by in [RankBy::Hours, RankBy::Days, RankBy::Bands] {
            let places = ranked(Scope::Day, &record, ranking(by, None)).entries;
            let places: Vec<_> = places.iter().map(|entry| (entry.rank, entry.profile.peer.0)).collect();
            assert_eq!(places, [(1, 2), (1, 1)], "{by:?}");
        }
    }
}
