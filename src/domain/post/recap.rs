//! Recaps: what a week or month was, once nothing can change it. The next daily or late post opens with the recap,
//! exactly once: the stored row of that post names its recaps.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;

use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::ranking::without_bands;
use crate::domain::accounting::totals::Totals;
use crate::domain::people::Profile;
use crate::domain::time::period::{Calendar, Period, Scope, date_back};
use crate::domain::time::zone::Zone;
use crate::domain::words::Comparison;

/// The post of a day has a recap of a period that ended at most so many days before it.
const MAX_AGE: i64 = 7;
/// "Most days" counts the last so many days of the period.
pub const DAYS: usize = 28;
/// A person is "improved" if they have at least so many seconds more than in their usual week.
const MIN_IMPROVEMENT: i64 = 2 * 3600;
/// A usual week is the median of at most so many watched weeks.
pub const USUAL_WEEKS: usize = 4;
/// The weeks of a usual week are at most so many weeks ago.
const MAX_WEEKS_BACK: usize = 8;
/// A record is the best of at least so many periods, the current one included.
const MIN_RECORD: usize = 4;

/// Which period a recap is about. Its text form is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecapKey {
    pub scope: Scope,
    /// The first day of the period.
    pub first: NaiveDate,
}

impl fmt::Display for RecapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scope.name(), self.first)
    }
}

impl RecapKey {
    /// The keys as one text; `None` if there are none.
    pub fn join(keys: &[RecapKey]) -> Option<String> {
        (!keys.is_empty()).then(|| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }

    /// The keys in a text of [`RecapKey::join`]. Keys that this version can't parse are left out.
    pub fn split(text: &str) -> Vec<RecapKey> {
        let key = |part: &str| {
            let (name, first) = part.trim().split_once(' ')?;
            let scope = Scope::ALL.into_iter().find(|scope| scope.name() == name)?;
            Some(RecapKey { scope, first: first.parse().ok()? })
        };
        text.split(',').filter_map(key).collect()
    }
}

/// The periods whose recap the post of `day` can have: the last period of each of `scopes`, unless it ended more than
/// `MAX_AGE` days ago.
pub fn candidates(scopes: &[Scope], day: NaiveDate, zone: Zone, calendar: Calendar) -> Vec<RecapKey> {
    let last = |scope: &Scope| {
        let current = Period::of(*scope, day, zone, calendar);
        let last = Period::of(*scope, date_back(*scope, current.first, calendar, 1), zone, calendar);
        let is_recent = last.last < day && (day - last.last).num_days() <= MAX_AGE;
        is_recent.then_some(RecapKey { scope: *scope, first: last.first })
    };
    scopes.iter().filter_map(last).collect()
}

/// The recap of a week or month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recap {
    /// Its final board.
    pub board: Board,
    /// How many seconds the group has more than in the period before.
    pub comparison: Option<(i64, Comparison)>,
    /// Who studied on the most days of the last [`DAYS`], and on how many.
    pub most_days: Option<(Vec<PeerId>, usize)>,
    /// Who has the largest gain over their usual week, and how many seconds it is.
    pub improved: Option<(Vec<PeerId>, i64)>,
    pub first_timers: Vec<PeerId>,
    /// Record times of one person, or of all people together.
    pub records: Vec<Best>,
    /// The profiles of everybody whom the recap names.
    pub profiles: BTreeMap<PeerId, Profile>,
}

/// The most time in the last `of` periods, this one included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// Who has it; `None`: all people together.
    pub people: Option<Vec<PeerId>>,
    pub seconds: i64,
    pub of: usize,
}

/// With how many earlier periods the period of a recap is compared.
pub fn compared(scope: Scope) -> u32 {
    if scope == Scope::Week { 26 } else { 12 }
}

impl Recap {
    /// The recap of the period of `board`, a final board. `before`: the earlier periods; `days`: the last days of the
    /// period; both with the newest first. `known`: all people who studied before the period.
    pub fn new(
        board: Board,
        period: &Totals,
        before: &[Totals],
        days: &[Totals],
        known: &BTreeSet<PeerId>,
        comparison: Option<(i64, Comparison)>,
    ) -> Recap {
        let people: BTreeSet<PeerId> = days.iter().flat_map(|day| day.seconds.keys().copied()).collect();
        let newcomers = board.entries.iter().map(|entry| entry.profile.peer).filter(|person| !known.contains(person));
        // If nobody studied before, swf is new, not the people.
        let first_timers = if known.is_empty() { Vec::new() } else { newcomers.collect() };
        let weeks = &before[..before.len().min(MAX_WEEKS_BACK)];
        Recap {
            comparison,
            most_days: most_days(days, people).filter(|(_, days)| *days > 1),
            improved: if board.period.scope == Scope::Week { improved(period, weeks) } else { None },
            first_timers,
            records: records(period, before),
            profiles: BTreeMap::new(),
            board,
        }
    }

    /// Adds the profiles of everybody whom the recap names.
    pub fn with_profiles(mut self, profile: impl Fn(PeerId) -> Profile) -> Recap {
        let first_three = without_bands(&self.board.entries, 3);
        let listed =
            [&self.most_days.as_ref().map(|(people, _)| people), &self.improved.as_ref().map(|(people, _)| people)];
        let records = self.records.iter().filter_map(|best| best.people.as_ref());
        let named = listed.into_iter().flatten().copied().chain(records).flatten().chain(&self.first_timers);
        let winners = self.board.entries.iter().filter(|entry| entry.rank == 1);
        let ranked = first_three.iter().chain(winners).map(|entry| &entry.profile.peer);
        self.profiles = named.chain(ranked).map(|person| (*person, profile(*person))).collect();
        self
    }

    pub fn profile(&self, person: PeerId) -> Profile {
        self.profiles.get(&person).cloned().unwrap_or_else(|| Profile::unknown(person))
    }

    pub fn key(&self) -> RecapKey {
        RecapKey { scope: self.board.period.scope, first: self.board.period.first }
    }
}

/// The people with the highest number, and that number; `None` if nobody has any.
fn highest<N: Copy + Ord + Default>(numbers: impl IntoIterator<Item = (PeerId, N)>) -> Option<(Vec<PeerId>, N)> {
    let numbers: Vec<(PeerId, N)> = numbers.into_iter().collect();
    let most = numbers.iter().map(|(_, number)| *number).max().filter(|most| *most > N::default())?;
    Some((numbers.into_iter().filter(|(_, number)| *number == most).map(|(person, _)| person).collect(), most))
}

/// Which of `people` studied on the most of `days`, and on how many.
pub fn most_days(days: &[Totals], people: impl IntoIterator<Item = PeerId>) -> Option<(Vec<PeerId>, usize)> {
    highest(people.into_iter().map(|person| (person, days.iter().filter(|day| day.of(person) > 0).count())))
}

/// Who has the largest gain over their usual week, and how many seconds it is. The usual week is the median of the
/// first [`USUAL_WEEKS`] weeks of `before` that were watched from beginning to end. `before`: the earlier weeks, the
/// newest first. A person with no time in any of these weeks is new, not improved.
pub fn improved(week: &Totals, before: &[Totals]) -> Option<(Vec<PeerId>, i64)> {
    let watched: Vec<&Totals> = before.iter().filter(|week| week.is_whole()).take(USUAL_WEEKS).collect();
    if !week.is_whole() || watched.is_empty() {
        return None;
    }
    let gains = week.seconds.iter().filter_map(|(person, seconds)| {
        let usual: Vec<i64> = watched.iter().map(|week| week.of(*person)).collect();
        let gain = seconds - median(usual.clone());
        (usual.iter().any(|seconds| *seconds > 0) && gain >= MIN_IMPROVEMENT).then_some((*person, gain))
    });
    highest(gains)
}

/// The median; 0 if there are no numbers.
fn median(mut numbers: Vec<i64>) -> i64 {
    numbers.sort_unstable();
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => 0,
        count if count % 2 == 1 => numbers[middle],
        _ => (numbers[middle - 1] + numbers[middle]) / 2,
    }
}

/// The times of `period` that beat all of `before`: earlier periods of the same kind, the newest first. The comparison
/// stops at the first period that was not watched from beginning to end.
pub fn records(period: &Totals, before: &[Totals]) -> Vec<Best> {
    let compared: Vec<&Totals> = before.iter().take_while(|before| before.is_whole()).collect();
    let of = compared.len() + 1;
    if !period.is_whole() || of < MIN_RECORD {
        return Vec::new();
    }
    let most = |totals: &Totals| totals.seconds.values().copied().max().unwrap_or(0);
    let mut records = Vec::new();
    if compared.iter().all(|before| before.total_seconds() < period.total_seconds()) {
        records.push(Best { people: None, seconds: period.total_seconds(), of });
    }
    if let Some((people, seconds)) = highest(period.seconds.clone())
        && compared.iter().all(|before| most(before) < seconds)
    {
        records.push(Best { people: Some(people), seconds, of });
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Instant, Span};
    use proptest::prelude::*;

    const HOUR: i64 = 3600;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn totals(people: &[(i64, i64)]) -> Totals {
        let seconds = people.iter().filter(|(_, seconds)| *seconds > 0);
        Totals {
            window: Span::new(Instant(0), Instant(7 * 86_400)),
            seconds: seconds.map(|(peer, seconds)| (PeerId(*peer), *seconds)).collect(),
            unseen_seconds: 0,
            began_before_swf: false,
        }
    }

    fn unseen(people: &[(i64, i64)]) -> Totals {
        Totals { unseen_seconds: 300, ..totals(people) }
    }

    #[test]
    fn keys_are_stored_as_text() {
        let keys = [
            RecapKey { scope: Scope::Week, first: date("2026-11-16") },
            RecapKey { scope: Scope::Month, first: date("2026-11-01") },
        ];
        let text = RecapKey::join(&keys).unwrap();
        // The text is stored: its form never changes.
        assert_eq!(text, "week 2026-11-16, month 2026-11-01");
        assert_eq!(RecapKey::split(&text), keys);
        assert_eq!(RecapKey::split("decade 2020-01-01, week x, week 2026-11-16"), keys[..1]);
        assert_eq!(RecapKey::join(&[]), None);
    }

    #[test]
    fn a_post_can_have_the_recap_of_the_last_week_and_of_a_month_that_has_just_ended() {
        let of = |day: &str| -> Vec<String> {
            let keys = candidates(&[Scope::Week, Scope::Month], date(day), Zone::TASHKENT, Calendar::default());
            keys.iter().map(RecapKey::to_string).collect()
        };
        assert_eq!(of("2026-11-23"), ["week 2026-11-16"]);
        assert_eq!(of("2026-11-29"), ["week 2026-11-16"]);
        assert_eq!(of("2026-12-01"), ["week 2026-11-23", "month 2026-11-01"]);
        assert_eq!(of("2026-12-07"), ["week 2026-11-30", "month 2026-11-01"]);
        assert_eq!(of("2026-12-08"), ["week 2026-11-30"]);
        // Anchored weeks are blocks of seven days.
        let anchored = Calendar::Anchored { anchor: date("2026-11-11") };
        let first = |day| candidates(&[Scope::Week], date(day), Zone::TASHKENT, anchored)[0].first;
        assert_eq!(first("2026-11-18"), date("2026-11-11"));
    }

    #[test]
    fn most_days_are_shared() {
        let days = [totals(&[(1, 60), (2, 60)]), totals(&[(1, 60), (3, 60)]), totals(&[(2, 60), (4, 1)])];
        let of = |people: &[i64]| most_days(&days, people.iter().map(|id| PeerId(*id)));
        assert_eq!(of(&[1, 2, 3, 4]), Some((vec![PeerId(1), PeerId(2)], 2)));
        assert_eq!(of(&[3]), Some((vec![PeerId(3)], 1)));
        assert_eq!((of(&[]), of(&[9])), (None, None));
    }

    #[test]
    fn improved_is_against_the_median_of_four_watched_weeks() {
        let week = totals(&[(1, 10 * HOUR), (2, 9 * HOUR), (3, 30 * HOUR), (4, 3 * HOUR)]);
        // The second of these weeks was not watched, and the sixth is one week too many.
        let before = [
            totals(&[(1, 2 * HOUR), (2, 5 * HOUR), (4, HOUR + 1)]),
            unseen(&[(1, 90 * HOUR)]),
            totals(&[(1, 4 * HOUR), (2, 5 * HOUR), (4, HOUR + 1)]),
            totals(&[(1, 6 * HOUR), (4, HOUR + 1)]),
            totals(&[(1, 8 * HOUR), (4, HOUR + 1)]),
            totals(&[(1, 80 * HOUR), (3, HOUR)]),
        ];
        // Gains: person 1 has 10 − 5 h, person 2 has 9 − 2½ h, 3 is new, 4 has one second less than two hours.
        assert_eq!(improved(&week, &before), Some((vec![PeerId(2)], 6 * HOUR + 1800)));
        let four = totals(&[(4, 3 * HOUR)]);
        assert_eq!(improved(&four, &before), None);
        assert_eq!(improved(&totals(&[(4, 3 * HOUR + 1)]), &before), Some((vec![PeerId(4)], 2 * HOUR)));
        assert_eq!((improved(&unseen(&[(2, 9 * HOUR)]), &before), improved(&week, &before[1..2])), (None, None));
    }

    #[test]
    fn a_record_is_more_than_in_every_week_that_was_watched_before() {
        let week = totals(&[(1, 10), (2, 10), (3, 5)]);
        let [less, same] = [totals(&[(1, 9), (2, 9)]), totals(&[(1, 10)])];
        let people = Some(vec![PeerId(1), PeerId(2)]);
        let group = Best { people: None, seconds: 25, of: 4 };
        let person = Best { people, seconds: 10, of: 4 };
        assert_eq!(records(&week, &vec![less.clone(); 3]), [group.clone(), person]);
        assert_eq!(records(&week, &[less.clone(), same, less.clone()]), [group]);
        assert_eq!(records(&week, &vec![totals(&[(1, 25)]); 3]), []);
        // Too few weeks: weeks before an unwatched week are not compared.
        assert_eq!(records(&week, &vec![less.clone(); 2]), []);
        let gap = [less.clone(), less.clone(), unseen(&[]), less.clone(), less];
        assert_eq!(records(&week, &gap), []);
    }

    proptest! {
        #[test]
        fn a_median_has_as_many_below_as_above(mut numbers in proptest::collection::vec(0..100i64, 1..8)) {
            let middle = median(numbers.clone());
            numbers.sort_unstable();
            let (below, above) =
                (numbers.iter().filter(|n| **n < middle).count(), numbers.iter().filter(|n| **n > middle).count());
            prop_assert!(2 * below <= numbers.len() && 2 * above <= numbers.len());
        }
    }
}
