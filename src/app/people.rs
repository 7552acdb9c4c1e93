//! What people achieve: streaks, records, goals. One person's history is read by index. Everybody's streaks are read in
//! two steps: the last weeks of all people, then the whole history of people whose streak goes further back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::boards;
use crate::config::GroupSettings;
use crate::domain::accounting::carried::Carried;
use crate::domain::accounting::days::{GroupDays, LocalDay, PersonDays};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::presence::Stay;
use crate::domain::accounting::records::{Best, Records, records};
use crate::domain::accounting::streak::{self, Day, Streak};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::time::pause::Pauses;
use crate::domain::time::period::{Period, Scope, local_date};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{Choices, GroupKey, Store};

/// How many days of everybody the first step reads.
const LATEST_DAYS: u64 = 35;
/// Without the index, each history reads all stays of the group. For more people than this, all stays are read once.
const MAX_SCANS: usize = 3;

/// What makes a day active, and which days never break a streak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreakPolicy {
    /// The credited seconds from which a day is active.
    pub threshold: i64,
    /// Days on which the group pauses.
    pub paused: Pauses,
}

impl StreakPolicy {
    /// The policy of a group.
    pub fn of(settings: &GroupSettings) -> StreakPolicy {
        StreakPolicy { threshold: settings.ranking.active_seconds, paused: settings.pauses.clone() }
    }
}

/// What a person has achieved by the end of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Achieved {
    pub streak: Streak,
    pub records: Records,
    /// The day on which the person became a newcomer (rules §2.20).
    pub newcomer: Option<NaiveDate>,
    /// The goal, and the credited time of this week.
    pub goal: Option<Progress>,
    /// The group may see the streak.
    pub shows_streak: bool,
}

/// What the person has achieved by the end of `until`. `known` has the profiles and aliases of the group.
pub fn achieved(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    known: &Record,
    person: PeerId,
    until: NaiveDate,
    now: ReadTime,
) -> Result<Achieved> {
    Ok(history(store, settings, group, known, person, (until, until), now)?.achieved)
}

/// A person's days and achievements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    pub achieved: Achieved,
    /// The requested days, each with what is known of the group. A date that the zone skips is left out.
    pub days: Vec<Day>,
    /// The first day on which the group was watched, or has a total of the old tracker.
    pub known_since: Option<NaiveDate>,
}

/// The person's days from the first to the second of `days`, with their achievements by the end of the second.
pub fn history(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    known: &Record,
    person: PeerId,
    (from, until): (NaiveDate, NaiveDate),
    now: ReadTime,
) -> Result<History> {
    let _snapshot = store.read_snapshot()?;
    let policy = StreakPolicy::of(settings);
    let histories = Histories::open(store, settings, group, &policy, known, until, now)?;
    let (all, first) = histories.since(person, Some(from))?;
    let own = all.days.partition_point(|day| first.is_none_or(|first| day.date < first));
    let asked = all.days.partition_point(|day| day.date < from);
    let person_days = PersonDays { days: all.days[own..].to_vec(), sessions: all.sessions, credited: all.credited };
    let period = |scope, date| Period::of(scope, date, settings.zone, settings.calendar);
    let choices = store.choices(group, &known.aliases)?.get(&person).copied().unwrap_or_default();
    let week = period(Scope::Week, until).first;
    let this_week = person_days.days.partition_point(|day| day.date < week);
    let since = histories.known_since();
    let achieved = Achieved {
        streak: streak::streak(&person_days.days, policy.threshold),
        records: records(&person_days, policy.threshold, |scope, date| period(scope, date).last),
        newcomer: since.and_then(|since| streak::newcomer(&person_days.days, policy.threshold, since)),
        goal: choices.goal.map(|goal| Progress::new(goal, &person_days.days[this_week..])),
        shows_streak: choices.shows_streak,
    };
    Ok(History { achieved, days: all.days[asked..].to_vec(), known_since: since })
}

/// Whose streaks the group sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Nobody,
    /// Of people who chose to show theirs.
    Chosen,
    All,
}

/// What a post of a day shows next to names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The days of each person's streak; people without a streak are left out.
    pub streaks: BTreeMap<PeerId, u32>,
    /// People who became newcomers on that day.
    pub newcomers: BTreeSet<PeerId>,
}

/// The marks of a post of `day`.
pub fn marks(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    day: NaiveDate,
    now: ReadTime,
    whose: Whose,
) -> Result<Marks> {
    let _snapshot = store.read_snapshot()?;
    let known = latest(store, settings, group, day, now)?;
    let choices = store.choices(group, &known.aliases)?;
    let is_shown = |person: &PeerId| match whose {
        Whose::Nobody => false,
        Whose::Chosen => choices.get(person).is_some_and(|choices: &Choices| choices.shows_streak),
        Whose::All => true,
    };
    let policy = StreakPolicy::of(settings);
    let latest = latest_of_people(store, settings, group, &policy, &known, day)?;
    let mut histories = Histories::open(store, settings, group, &policy, &known, day, now)?;
    let since = histories.known_since().unwrap_or(day);
    let is_newcomer = |days: &[Day]| streak::newcomer(days, policy.threshold, since) == Some(day);
    // A person with earlier days is not a newcomer; whole histories are read only for these few people.
    let newcomers: Vec<PeerId> =
        latest.iter().filter(|(_, days)| is_newcomer(days)).map(|(person, _)| *person).collect();
    let streaks = latest.into_iter().filter(|(person, _)| is_shown(person));
    let streaks: Vec<(PeerId, Option<Streak>)> =
        streaks.map(|(person, days)| (person, streak::streak_of_latest(&days, policy.threshold))).collect();
    histories.prepare(newcomers.len() + streaks.iter().filter(|(_, streak)| streak.is_none()).count())?;
    let mut marks = Marks::default();
    for (person, streak) in streaks {
        let streak = streak.map_or_else(|| histories.streak(person), Ok)?;
        if streak.current > 0 {
            marks.streaks.insert(person, streak.current);
        }
    }
    for person in newcomers {
        if is_newcomer(&histories.of(person)?.days) {
            marks.newcomers.insert(person);
        }
    }
    Ok(marks)
}

/// The streaks of all people who have one at the end of `day`, or can bring one back, the longest first. Also returns
/// the group's profiles and aliases.
pub fn streaks(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    day: NaiveDate,
    now: ReadTime,
) -> Result<(Vec<(PeerId, Streak)>, Record)> {
    let _snapshot = store.read_snapshot()?;
    let known = latest(store, settings, group, day, now)?;
    let policy = StreakPolicy::of(settings);
    let has_any = |streak: &Streak| streak.current > 0 || streak.comeback.is_some();
    let latest = latest_of_people(store, settings, group, &policy, &known, day)?.into_iter();
    let latest = latest.map(|(person, days)| (person, streak::streak_of_latest(&days, policy.threshold)));
    let may_have_any = latest.filter(|(_, streak)| streak.as_ref().is_none_or(has_any));
    let people: Vec<PeerId> = may_have_any.map(|(person, _)| person).collect();
    let mut histories = Histories::open(store, settings, group, &policy, &known, day, now)?;
    histories.prepare(people.len())?;
    let mut streaks = Vec::new();
    for person in people {
        streaks.push((person, histories.streak(person)?));
    }
    streaks.retain(|(_, streak)| has_any(streak));
    streaks.sort_by_key(|(person, streak)| (std::cmp::Reverse((streak.current, streak.longest)), *person));
    Ok((streaks, known))
}

/// The goals of a group, with the progress in the week of `date`, by person.
pub fn goals(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    known: &Record,
    date: NaiveDate,
    now: ReadTime,
) -> Result<Vec<(PeerId, Progress)>> {
    let _snapshot = store.read_snapshot()?;
    let week = boards::boards(store, settings, group, &[Scope::Week], date, None, now)?;
    let entries = week.iter().flat_map(|board| &board.entries);
    let seconds: HashMap<PeerId, i64> = entries.map(|entry| (entry.profile.peer, entry.seconds)).collect();
    let choices = store.choices(group, &known.aliases)?;
    let goals = choices.into_iter().filter_map(|(person, choices)| Some((person, choices.goal?)));
    Ok(goals
        .map(|(person, goal)| (person, Progress { goal, seconds: seconds.get(&person).copied().unwrap_or(0) }))
        .collect())
}

/// The profiles and aliases of a group, without any stay.
pub fn known(store: &Store, settings: &GroupSettings, group: GroupKey) -> Result<Record> {
    boards::record(store, settings, group, Span::new(Instant(0), Instant(0)))
}

/// The local days from `first` to `last`. A date that the zone skips is left out.
pub(super) fn local_days(settings: &GroupSettings, first: NaiveDate, last: NaiveDate) -> Vec<LocalDay> {
    let dates = first.iter_days().take_while(|date| *date <= last);
    let day = |date| LocalDay { date, span: Period::of(Scope::Day, date, settings.zone, settings.calendar).span };
    dates.map(day).filter(|day| !day.span.is_empty()).collect()
}

fn latest_days(settings: &GroupSettings, until: NaiveDate) -> Vec<LocalDay> {
    let first = until.checked_sub_days(Days::new(LATEST_DAYS - 1)).unwrap_or(until);
    local_days(settings, first, until)
}

/// All data of the group's latest days.
fn latest(store: &Store, settings: &GroupSettings, group: GroupKey, until: NaiveDate, now: ReadTime) -> Result<Record> {
    let days = latest_days(settings, until);
    let reach = settings.policy.rules.reach();
    let from = days.first().map_or(Instant(0), |day| day.span.from) - reach;
    let to = days.last().map_or(Instant(0), |day| day.span.to) + reach;
    let mut record = boards::record(store, settings, group, Span::new(from, to))?;
    record.set_now(now);
    Ok(record)
}

/// Everybody's latest days.
fn latest_of_people(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    policy: &StreakPolicy,
    record: &Record,
    until: NaiveDate,
) -> Result<BTreeMap<PeerId, Vec<Day>>> {
    let days = latest_days(settings, until);
    let (calls, carried_dates) = (store.calls(group)?, store.carried_dates(group)?);
    let group_days = GroupDays::new(record, settings.policy, &days, &calls, &carried_dates, &policy.paused);
    let mut stays = record.stays_by_person(settings.policy);
    let mut carried: BTreeMap<PeerId, Vec<Carried>> = BTreeMap::new();
    for one in record.carried.iter().filter(|one| record.counts(one.peer, settings.policy)) {
        carried.entry(record.aliases.person(one.peer)).or_default().push(*one);
    }
    let counted = record.profiles.keys().filter(|peer| record.counts(**peer, settings.policy));
    let people: BTreeSet<PeerId> =
        counted.map(|peer| record.aliases.person(*peer)).chain(stays.keys().copied()).collect();
    let days_of = |person: PeerId| {
        let accounts = record.aliases.accounts(person);
        let stays = stays.remove(&person).unwrap_or_default();
        (person, group_days.of(&accounts, &stays, carried.get(&person).map_or(&[], Vec::as_slice)).days)
    };
    Ok(people.into_iter().map(days_of).collect())
}

/// The whole histories of people, one at a time.
struct Histories<'a> {
    store: &'a Store,
    settings: &'a GroupSettings,
    group: GroupKey,
    policy: &'a StreakPolicy,
    /// The profiles and aliases.
    known: &'a Record,
    until: NaiveDate,
    /// The part of the history that is the same for all people.
    shared: Record,
    calls: Vec<Span>,
    carried_dates: BTreeSet<NaiveDate>,
    /// Everybody's stays, if they were read at once.
    everybody: Option<BTreeMap<PeerId, Vec<Stay>>>,
}

impl<'a> Histories<'a> {
    fn open(
        store: &'a Store,
        settings: &'a GroupSettings,
        group: GroupKey,
        policy: &'a StreakPolicy,
        known: &'a Record,
        until: NaiveDate,
        now: ReadTime,
    ) -> Result<Histories<'a>> {
        let mut shared = store.group_history(group)?;
        shared.set_now(now);
        let (calls, carried_dates) = (store.calls(group)?, store.carried_dates(group)?);
        Ok(Histories { store, settings, group, policy, known, until, shared, calls, carried_dates, everybody: None })
    }

    /// Prepares for reading the histories of so many people.
    fn prepare(&mut self, people: usize) -> Result<()> {
        if people > MAX_SCANS && !self.store.has_person_index()? {
            let mut all = self.store.board_record(self.group, Span::new(Instant(0), Instant(i64::MAX)))?;
            all.aliases = self.known.aliases.clone();
            self.everybody = Some(all.stays_by_person(self.settings.policy));
            self.shared.watches.running_blinds().into_iter().for_each(|blind| all.blinds.add(blind));
            self.shared.blinds = all.blinds;
        }
        Ok(())
    }

    /// See [`History::known_since`].
    fn known_since(&self) -> Option<NaiveDate> {
        let watched = self.shared.watches.first.map(|first| local_date(self.settings.zone, first));
        watched.into_iter().chain(self.carried_dates.first().copied()).min()
    }

    fn streak(&self, person: PeerId) -> Result<Streak> {
        Ok(streak::streak(&self.of(person)?.days, self.policy.threshold))
    }

    /// The person's days from their first one on; empty if they have none, or do not count.
    fn of(&self, person: PeerId) -> Result<PersonDays> {
        Ok(self.since(person, None)?.0)
    }

    /// As [`Histories::of`], but from `earliest` on if that is before the first day. Also returns the first day.
    fn since(&self, person: PeerId, earliest: Option<NaiveDate>) -> Result<(PersonDays, Option<NaiveDate>)> {
        let mut record = self.shared.clone();
        let accounts = self.known.aliases.accounts(person).into_iter();
        let accounts: Vec<PeerId> =
            accounts.filter(|account| self.known.counts(*account, self.settings.policy)).collect();
        let mut carried = Vec::new();
        for account in &accounts {
            carried.extend(self.carried(*account)?);
            if self.everybody.is_none() {
                let (stays, blinds) = self.store.account_history(self.group, *account)?;
                record.stays.extend(stays);
                blinds.into_iter().for_each(|blind| record.blinds.add(blind));
            }
        }
        let stays = self.everybody.as_ref().map_or(Some(&record.stays), |everybody| everybody.get(&person));
        let stays: &[Stay] = stays.map_or(&[], Vec::as_slice);
        let starts = stays.iter().map(|stay| local_date(self.settings.zone, stay.span.from));
        let corrections = record.corrections.iter().filter(|one| accounts.contains(&one.peer));
        let corrected = corrections.map(|one| local_date(self.settings.zone, one.span.from));
        let totals = carried.iter().filter(|one| one.folded.is_none_or(|folded| folded.stays > 0));
        let own = starts.chain(totals.map(|one| one.day)).chain(corrected).min();
        let Some(first) = own.into_iter().chain(earliest).min() else {
            return Ok((PersonDays::default(), None));
        };
        let days = local_days(self.settings, first, self.until);
        let group_days =
            GroupDays::new(&record, self.settings.policy, &days, &self.calls, &self.carried_dates, &self.policy.paused);
        Ok((group_days.of(&accounts, stays, &carried), own))
    }

    fn carried(&self, peer: PeerId) -> Result<Vec<Carried>> {
        let rows = self.store.carried_of(self.group, peer)?.into_iter();
        let span = |day| Period::of(Scope::Day, day, self.settings.zone, self.settings.calendar).span;
        let old =
            rows.map(|(day, seconds, until)| Carried { peer, day, span: span(day), until, seconds, folded: None });
        let folded = self.store.folded_of(self.group, peer)?.into_iter();
        Ok(old.chain(folded.map(|row| boards::folded_day(row, self.settings.zone))).collect())
    }
}

/// A streak as JSON.
pub fn streak_json(streak: &Streak) -> Value {
    let comeback = streak.comeback.map(|comeback| {
        json!({ "days": comeback.streak, "active_needed": comeback.active_needed, "days_left": comeback.days_left })
    });
    json!({
        "days": streak.current,
        "longest": streak.longest,
        "frozen": streak.frozen,
        "freezes": streak.freezes,
        "at_risk": streak.is_at_risk,
        "comeback": comeback,
        "came_back": streak.came_back.map(|date| date.to_string()),
    })
}

/// A goal as JSON.
pub fn goal_json(goal: &Progress) -> Value {
    json!({ "goal_seconds": goal.goal, "seconds": goal.seconds, "reached": goal.is_reached() })
}

/// Records as JSON.
pub fn records_json(records: &Records) -> Value {
    let best = |best: Option<Best>, unit: &str| {
        best.map(|best| json!({ unit: best.amount, "date": best.date.to_string(), "before": best.before }))
    };
    json!({
        "day": best(records.day, "seconds"),
        "week": best(records.week, "seconds"),
        "month": best(records.month, "seconds"),
        "session": best(records.session, "seconds"),
        "active_days_of_28": best(records.active_days, "days"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::CallId;
    use crate::domain::people::{Known, Profile};
    use crate::domain::roster::{BlindReason, End, Fact, Observed};
    use crate::store::Access;

    const DAY: i64 = 86_400;
    /// 2026-01-01 in Tashkent.
    const FIRST: Instant = Instant(1_767_207_600);
    const LAST_DAY: i64 = 119;
    const PEOPLE: i64 = 40;
    /// Studies on days 99 to 101, and long before.
    const RETURNING: PeerId = PeerId(PEOPLE + 1);
    /// Studies on days 99 to 101 only.
    const NEW: PeerId = PeerId(PEOPLE + 2);
    /// Studies each day; on days 30 to 36 only this person could not be seen.
    const UNSEEN: PeerId = PeerId(PEOPLE + 3);

    /// Pseudo-random numbers, the same in each run.
    fn number(of: i64, day: i64) -> i64 {
        let mixed = (of * 7919 + day * 104_729 + of * day * 31) as u64;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i64
    }

    /// Four months of a group. Each person studies on different days; a lower id means more days.
    fn facts() -> Vec<Fact> {
        let mut facts = Vec::new();
        for day in 0..=LAST_DAY {
            let (call, from) = (CallId(day + 1), FIRST + day * DAY + 36_000);
            facts.push(Fact::Following { call, at: from });
            for peer in (1..=PEOPLE).filter(|peer| number(*peer, day) % (PEOPLE + 2) > *peer - day % 3) {
                let peer = PeerId(peer);
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer, from, to: from + 1800, end: End::Left });
            }
            for peer in
                [RETURNING, NEW].into_iter().filter(|peer| (99..102).contains(&day) || day == 20 && *peer == RETURNING)
            {
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer, from, to: from + 1800, end: End::Left });
            }
            if (30..37).contains(&day) {
                let span = Span::new(from, from + 1800);
                facts.push(Fact::Blind { call, peer: Some(UNSEEN), span, reason: BlindReason::Gap });
            } else {
                facts.push(Fact::Opened { call, peer: UNSEEN, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer: UNSEEN, from, to: from + 1800, end: End::Left });
            }
            if day % 17 == 3 {
                let span = Span::new(from + 1800, from + 3600);
                facts.push(Fact::Blind { call, peer: None, span, reason: BlindReason::Offline });
            }
            facts.push(Fact::Confirmed { call, at: from + 7200 });
            facts.push(Fact::Ended { call, at: from + 7200, watched: true });
        }
        facts
    }

    struct World {
        _folder: tempfile::TempDir,
        store: Store,
        group: GroupKey,
        config: Config,
        until: NaiveDate,
        now: ReadTime,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(999)).unwrap();
        let now = FIRST + LAST_DAY * DAY + 60_000;
        let profile = |peer| Profile { name: format!("Person {peer}"), ..Profile::unknown(PeerId(peer)) };
        let people = (1..=UNSEEN.0).map(|peer| Known { profile: profile(peer), access_hash: None }).collect();
        let watched = Some(Span::new(FIRST, now));
        store.record(group, &Observed { facts: facts(), people, watched, ..Observed::new(now) }, &[]).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        let until = local_date(config.group().zone, now);
        World { _folder: folder, store, group, config, until, now: ReadTime { at: now, tracked_since: None } }
    }

    impl World {
        fn achieved(&self, person: PeerId, until: NaiveDate) -> Achieved {
            let known = known(&self.store, self.config.group(), self.group).unwrap();
            achieved(&self.store, self.config.group(), self.group, &known, person, until, self.now).unwrap()
        }

        fn marks(&self, until: NaiveDate, whose: Whose) -> Marks {
            marks(&self.store, self.config.group(), self.group, until, self.now, whose).unwrap()
        }

        /// The marks computed from everybody's whole history.
        fn slow(&self, until: NaiveDate) -> Marks {
            let mut slow = Marks::default();
            let known = known(&self.store, self.config.group(), self.group).unwrap();
            for person in (1..=UNSEEN.0).map(PeerId).filter(|peer| known.aliases.person(*peer) == *peer) {
                let achieved = self.achieved(person, until);
                if achieved.streak.current > 0 {
                    slow.streaks.insert(person, achieved.streak.current);
                }
                if achieved.newcomer == Some(until) {
                    slow.newcomers.insert(person);
                }
            }
            slow
        }
    }

    #[test]
    fn the_two_steps_give_what_whole_histories_give_with_the_index_and_without() {
        let mut world = world();
        let dates: Vec<NaiveDate> = (0..12).map(|back| world.until - Days::new(back * 9)).collect();
        let expected: Vec<Marks> = dates.iter().map(|date| world.slow(*date)).collect();
        let streaks: Vec<u32> = expected.iter().flat_map(|marks| marks.streaks.values().copied()).collect();
        assert!(streaks.iter().any(|days| *days < 5) && streaks.iter().any(|days| *days > 35), "{streaks:?}");
        assert!(expected[0].streaks.len() < PEOPLE as usize);
        assert_eq!(expected[0].streaks[&UNSEEN], LAST_DAY as u32 + 1 - 7);
        // On this day both NEW and RETURNING have their third active day of the latest days.
        assert_eq!(expected[2].newcomers, [NEW].into());
        for is_built in [false, true] {
            assert!(!is_built || world.store.build_person_index(|| true).unwrap());
            assert_eq!(world.store.has_person_index().unwrap(), is_built);
            for (date, expected) in dates.iter().zip(&expected) {
                assert_eq!(&world.marks(*date, Whose::All), expected, "{date}");
            }
            let (listed, _) = streaks_of(&world);
            let current = listed.iter().filter(|(_, streak)| streak.current > 0);
            let current: BTreeMap<PeerId, u32> = current.map(|(person, streak)| (*person, streak.current)).collect();
            assert_eq!(current, expected[0].streaks);
            for (person, streak) in listed {
                assert_eq!(streak, world.achieved(person, world.until).streak);
            }
        }
    }

    #[test]
    fn a_long_board_is_the_same_person_by_person_as_at_once() {
        let mut world = world();
        let (open, from) = (CallId(LAST_DAY + 2), world.now.at - 3000);
        let mut facts = vec![Fact::Following { call: open, at: from }];
        let opened = |peer| Fact::Opened { call: open, peer: PeerId(peer), joined: from, from, seen: from + 600 };
        // The second of these people has only this stay.
        facts.extend([3, PEOPLE + 9].map(opened));
        facts.push(Fact::Confirmed { call: open, at: world.now.at });
        let bot = Profile { bot: true, ..Profile::unknown(PeerId(5)) };
        let people = vec![Known { profile: bot, access_hash: None }];
        let seen = Observed { facts, people, ..Observed::new(world.now.at) };
        world.store.record(world.group, &seen, &[]).unwrap();
        world.store.add_alias(world.group, "20", "30").unwrap();
        world.store.add_alias(world.group, "3", "4").unwrap();
        let settings = world.config.group();
        let all_time = || boards::all_time(&world.store, settings, world.group, world.now.at).unwrap();
        let half =
            Period::between(Scope::Range, world.until - Days::new(110), world.until - Days::new(3), settings.zone);
        let boards = |period| boards::board_of(&world.store, settings, world.group, period, world.now).unwrap();
        let at_once = [all_time(), half].map(boards);
        assert!(at_once[0].entries.len() > 30 && at_once[0].entries.iter().any(|entry| entry.in_call));
        assert_ne!(at_once[0].entries, at_once[1].entries);
        world.store.build_person_index(|| true).unwrap();
        let settings = world.config.group();
        let boards = |period| boards::board_of(&world.store, settings, world.group, period, world.now).unwrap();
        assert_eq!(at_once.each_ref().map(|board| boards(board.period)), at_once);
    }

    fn streaks_of(world: &World) -> (Vec<(PeerId, Streak)>, Record) {
        streaks(&world.store, world.config.group(), world.group, world.until, world.now).unwrap()
    }

    #[test]
    fn a_post_shows_the_streaks_of_whoever_chose_it_under_any_of_their_accounts() {
        let mut world = world();
        let shown = Choices { shows_streak: true, ..Choices::default() };
        let all = world.marks(world.until, Whose::All).streaks;
        let [one, other] = [PeerId(1), PeerId(2)];
        assert!(all.contains_key(&one) && all.contains_key(&other));
        assert!(world.marks(world.until, Whose::Chosen).streaks.is_empty());
        world.store.choose(world.group, other, &[], shown).unwrap();
        assert_eq!(world.marks(world.until, Whose::Chosen).streaks, [(other, all[&other])].into());
        assert!(world.marks(world.until, Whose::Nobody).streaks.is_empty());
        // An alias that is added later joins the histories, too.
        world.store.add_alias(world.group, "1", "2").unwrap();
        let joined = world.marks(world.until, Whose::Chosen).streaks;
        assert_eq!(joined, [(one, world.achieved(one, world.until).streak.current)].into());
        assert!(joined[&one] >= all[&one].max(all[&other]));
        assert!(world.achieved(one, world.until).shows_streak);
        let active_days =
            |world: &World, peer| world.achieved(PeerId(peer), world.until).records.active_days.unwrap().amount;
        let alone = active_days(&world, 20).max(active_days(&world, 30));
        world.store.add_alias(world.group, "20", "30").unwrap();
        assert!(active_days(&world, 20) > alone);
    }

    #[test]
    fn a_goal_is_about_the_week_that_holds_the_day() {
        let mut world = world();
        let goal = Choices { goal: Some(36_000), ..Choices::default() };
        world.store.choose(world.group, PeerId(1), &[], goal).unwrap();
        let known = known(&world.store, world.config.group(), world.group).unwrap();
        let goals = goals(&world.store, world.config.group(), world.group, &known, world.until, world.now).unwrap();
        let own = world.achieved(PeerId(1), world.until).goal.unwrap();
        assert_eq!(goals, [(PeerId(1), own)]);
        assert!(own.goal == 36_000 && own.seconds > 0 && own.seconds % 1800 == 0);
    }

    #[test]
    fn a_persons_days_also_have_those_before_the_first_stay() {
        let world = world();
        let settings = world.config.group();
        let known = known(&world.store, settings, world.group).unwrap();
        let first = local_date(settings.zone, FIRST + 60 * DAY);
        let History { days, known_since, .. } =
            history(&world.store, settings, world.group, &known, NEW, (first, world.until), world.now).unwrap();
        assert_eq!((days.len(), days[0].date, known_since), (60, first, Some(local_date(settings.zone, FIRST))));
        assert_eq!(days.iter().filter(|day| day.seconds > 0).count(), 3);
        assert!(days.iter().all(|day| !day.is_unwatched && day.had_call));
    }
}
