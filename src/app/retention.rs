//! Folds old stays into totals of days (rules §8.4): `swf retention`, and the tracker, step by step.

use std::collections::BTreeSet;

use chrono::{Days, Months, NaiveDate};

use super::{boards, people};
use crate::config::GroupSettings;
use crate::domain::accounting::days::LocalDay;
use crate::domain::accounting::folding::{self, Stretch};
use crate::domain::people::Aliases;
use crate::domain::time::period::{first_instant, local_date};
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::store::{Alias, Folding, GroupKey, Store, ToFold};

pub use crate::store::MAX_STAYS as MAX_STAYS_OF_DAY;

/// How many days of a person a step reads at most.
const MAX_DAYS_PER_STEP: u64 = 31;
/// How many days before a person's first stay are read, too: blind time there may reach up to the stay.
const DAYS_BEFORE: u64 = 7;
/// How many accounts without anything to fold a step passes at most.
const MAX_LOOKS: usize = 50;

/// The settings that decide the totals of folded days, as one text that can be compared.
pub fn rules(settings: &GroupSettings) -> String {
    let (rules, zone) = (settings.policy.rules, settings.zone.name());
    let own = settings.policy.track_self;
    format!("SWF_TIMEZONE={zone} SWF_MIN_SESSION={} SWF_REJOIN_GRACE={} SWF_TRACK_SELF={own}", rules.gate, rules.grace)
}

/// Which days were folded under other rules than the present ones, and so keep those rules. Each is a sentence without
/// its full stop.
pub fn other_rules(store: &Store, settings: &GroupSettings, group: GroupKey) -> Result<Vec<String>> {
    let now = rules(settings);
    let foldings = store.foldings(group)?.into_iter().filter(|folding| folding.rules != now);
    let mut others: Vec<String> = foldings
        .map(|other| {
            format!("days before {} were folded with {}, and their totals stay as they were", other.before, other.rules)
        })
        .collect();
    let moved =
        store.folded_begins(group)?.into_iter().find(|(day, began)| first_instant(settings.zone, *day) != *began);
    // A different zone also moves days, but it is named with the other rules above.
    others.extend(moved.filter(|_| others.is_empty()).map(|(day, _)| {
        format!("{day} was folded when days began at another time (SWF_DAY_START), and its total stays as it was")
    }));
    Ok(others)
}

/// The error if `what`, which begins at `from`, is on days that were folded and so can't be changed.
pub fn refuse_folded(store: &Store, group: GroupKey, from: Instant, what: &str) -> Result<()> {
    match store.foldings(group)?.first() {
        Some(Folding { before, until, .. }) if from < *until => {
            Err(Error::failed(format!("{what} can't be changed: the days before {before} were folded into totals"))
                .command(
                    "Older copies of the store still have the stays. To restore one, run",
                    "swf backup --restore FILE",
                ))
        }
        _ => Ok(()),
    }
}

/// Which days may be folded: those before `before`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    pub before: NaiveDate,
    /// The first instant of `before`.
    pub until: Instant,
    pub now: Instant,
}

/// Which days of a group may be folded at `now`; `None` if the settings keep all stays.
pub fn horizon(settings: &GroupSettings, now: Instant) -> Option<Horizon> {
    let months = settings.retention?;
    let before = local_date(settings.zone, now).checked_sub_months(Months::new(months))?;
    Some(Horizon { before, until: first_instant(settings.zone, before), now })
}

/// How far a pass over the accounts of a group has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The present account; `None` before the first account.
    account: Option<PeerId>,
    /// The days of `account` up to this instant are done; `None` if all of them are.
    after: Option<Instant>,
}

/// What one step found.
#[derive(Clone, Debug, Default)]
struct Found {
    /// The account that stands for the person comes first.
    accounts: Vec<PeerId>,
    stretches: Vec<Stretch>,
    /// The revision of the store that was read.
    revision: i64,
}

impl Found {
    fn progress(&self) -> Progress {
        let stays = self.stretches.iter().map(|stretch| stretch.stays).sum();
        Progress { stays, days: self.stretches.iter().map(|stretch| stretch.days.len()).sum() }
    }
}

/// Finds what to fold next, and moves the cursor beyond it; `None` at the end of the pass.
fn find(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    horizon: &Horizon,
    cursor: &mut Cursor,
) -> Result<Option<Found>> {
    let _snapshot = store.read_snapshot()?;
    let aliases = Aliases::new(store.aliases(group, &settings.aliases)?.iter().filter_map(Alias::peers));
    for _ in 0..MAX_LOOKS {
        let Some(after) = cursor.after else {
            let next = store.next_account_with_stays(group, cursor.account)?;
            let Some(account) = next else { return Ok(None) };
            *cursor = Cursor { account: Some(account), after: Some(Instant(0)) };
            continue;
        };
        let Some(account) = cursor.account else { return Ok(None) };
        let accounts = accounts(store, settings, group, &aliases, account)?;
        let mut first: Option<Span> = None;
        for account in &accounts {
            let found = store.first_stay_after(group, *account, after)?;
            first = first.into_iter().chain(found).min_by_key(|span| span.from);
        }
        let is_due = first.is_some_and(|first| first.from < horizon.until);
        match first.filter(|_| is_due) {
            Some(first) => return look(store, settings, group, horizon, accounts, first, cursor).map(Some),
            None => cursor.after = None,
        }
    }
    Ok(Some(Found::default()))
}

/// The accounts of a person that count. The account that stands for the person comes first, if it counts. A person is
/// folded once in a pass, at their lowest account with stays: for any other `account` the list is empty.
fn accounts(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    aliases: &Aliases,
    account: PeerId,
) -> Result<Vec<PeerId>> {
    let person = aliases.person(account);
    let mut accounts = aliases.accounts(person);
    let profiles = store.profiles_of(group, &accounts)?;
    accounts.retain(|account| profiles.counts(*account, settings.policy));
    for other in accounts.iter().filter(|other| **other < account) {
        if store.first_stay_after(group, *other, Instant(0))?.is_some() {
            return Ok(Vec::new());
        }
    }
    accounts.sort_by_key(|account| (*account != person, *account));
    Ok(accounts)
}

/// Finds what to fold in a month of a person, from the day of their `first` stay on, and moves the cursor beyond it.
fn look(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    horizon: &Horizon,
    accounts: Vec<PeerId>,
    first: Span,
    cursor: &mut Cursor,
) -> Result<Found> {
    let zone = settings.zone;
    let begin = local_date(zone, first.from);
    let look_from = |back: u64| -> Result<(Vec<LocalDay>, ToFold)> {
        // One more day, for sessions across the start of the first one; and another, as some zones have skipped a date.
        let (earlier, later) = (begin - Days::new(back + 2), begin + Days::new(MAX_DAYS_PER_STEP));
        let mut days = people::local_days(settings, earlier, later.min(horizon.before));
        let from = first_instant(zone, begin - Days::new(back)) - settings.policy.rules.grace - 1;
        let read = store.to_fold(group, &accounts, Span::new(from, days[days.len() - 1].span.to))?;
        days.retain(|day| read.complete_until.is_none_or(|until| day.span.from <= until));
        Ok((days, read))
    };
    // The last day is not folded: it is read in part, or lies at the horizon. It only shows which sessions go on.
    let end_of = |days: &[LocalDay]| days[days.len() - 1].span.from;
    let (mut days, mut read) = look_from(DAYS_BEFORE)?;
    if end_of(&days) <= first.from {
        (days, read) = look_from(0)?;
    }
    let end = end_of(&days);
    if end <= first.from {
        // This day has more stays than a step may fold, so they are kept.
        cursor.after = Some(first_instant(zone, begin + Days::new(1)).max(first.to));
        return Ok(Found { accounts, stretches: Vec::new(), revision: read.revision });
    }
    let carried = store.carried_dates(group)?;
    let (from, to) = (days[0].date, days[days.len() - 1].date);
    for account in &accounts {
        let rows = store.folded_between(group, *account, from, to)?.into_iter();
        read.record.carried.extend(rows.map(|row| boards::folded_day(row, zone)));
    }
    let may = |date: NaiveDate| date < horizon.before && !carried.contains(&date);
    let folding::Found { mut stretches, open_from } =
        folding::stretches(&read.record, settings.policy, &accounts, &days, may, horizon.now);
    // A stretch that ended before was found by an earlier step.
    stretches.retain(|stretch| stretch.span.to > first.from);
    // A session that goes on at the end of these days is read again with the days after them. If it fills all of them,
    // it is not folded.
    let again = open_from.filter(|from| *from > first.from);
    cursor.after = Some(again.unwrap_or(end.max(first.to)));
    Ok(Found { accounts, stretches, revision: read.revision })
}

/// What a step has folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub stays: usize,
    pub days: usize,
}

/// Finds what to fold next, and folds it; `None` at the end of the pass. If another process wrote to the store in
/// between, nothing is folded, and the next step finds it again.
pub fn step(
    store: &mut Store,
    settings: &GroupSettings,
    group: GroupKey,
    horizon: &Horizon,
    cursor: &mut Cursor,
) -> Result<Option<Progress>> {
    let before = *cursor;
    let Some(found) = find(store, settings, group, horizon, cursor)? else { return Ok(None) };
    if found.stretches.is_empty() {
        return Ok(Some(Progress::default()));
    }
    let Horizon { before: date, until, now } = *horizon;
    let noted = Folding { rules: rules(settings), before: date, until, at: now };
    if !store.fold(group, &found.accounts, &found.stretches, &noted, found.revision)? {
        *cursor = before;
        return Ok(Some(Progress::default()));
    }
    Ok(Some(found.progress()))
}

/// What folding would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub stays: i64,
    pub days: i64,
    pub people: i64,
    /// Stays before the horizon that are not folded.
    pub kept: i64,
}

/// What folding would do now.
pub fn plan(store: &Store, settings: &GroupSettings, group: GroupKey, horizon: &Horizon) -> Result<Plan> {
    let _snapshot = store.read_snapshot()?;
    let (mut plan, mut people) = (Plan::default(), BTreeSet::<PeerId>::new());
    let mut cursor = Cursor::default();
    while let Some(found) = find(store, settings, group, horizon, &mut cursor)? {
        let Progress { stays, days } = found.progress();
        (plan.stays, plan.days) = (plan.stays + stays as i64, plan.days + days as i64);
        people.extend(found.accounts.first().filter(|_| stays > 0));
    }
    plan.people = people.len() as i64;
    plan.kept = store.stays_before(group, horizon.until)? - plan.stays;
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::app::people::{Achieved, Marks, Whose};
    use crate::app::{audit, corrections, people, silence};
    use crate::config::Config;
    use crate::domain::CallId;
    use crate::domain::accounting::corrections::{Correction, Operation};
    use crate::domain::accounting::leaderboard::Board;
    use crate::domain::accounting::silence::Silence;
    use crate::domain::accounting::unwatched::ReadTime;
    use crate::domain::people::{Known, Profile};
    use crate::domain::roster::{BlindReason, End, Fact, Observed};
    use crate::domain::time::period::{Period, Scope};
    use crate::store::Access;

    const DAY: i64 = 86_400;
    /// 2026-01-01 in Tashkent.
    const FIRST: Instant = Instant(1_767_207_600);
    const LAST_DAY: i64 = 150;
    const PEOPLE: i64 = 8;
    /// Another account of person 1.
    const SECOND: PeerId = PeerId(PEOPLE + 1);

    struct World {
        folder: tempfile::TempDir,
        store: Store,
        group: GroupKey,
        config: Config,
        now: Instant,
    }

    /// Pseudo-random numbers, the same in each run.
    fn number(of: i64, day: i64) -> i64 {
        let mixed = (of * 7919 + day * 104_729 + of * day * 31) as u64;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i64
    }

    /// A call on each day, often past midnight, with short stays, two accounts at the same time, and blind spans.
    fn facts() -> Vec<Fact> {
        let mut facts = Vec::new();
        for day in 0..=LAST_DAY {
            let (call, from) = (CallId(day + 1), FIRST + day * DAY + 70_000);
            facts.push(Fact::Following { call, at: from });
            let mut stay = |peer: PeerId, from: Instant, seconds: i64| {
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer, from, to: from + seconds, end: End::Left });
            };
            for person in (1..=PEOPLE).filter(|person| number(*person, day) % 10 > *person) {
                let begin = from + number(person, day + 500) % 9000;
                let long = 200 + number(person, day + 900) % 9000;
                stay(PeerId(person), begin, long);
                stay(PeerId(person), begin + long + 45, 100);
                stay(PeerId(person), begin + long + 300, number(person, day + 77) % 900);
                if person == 1 {
                    stay(SECOND, begin + 60, long + 700);
                }
            }
            if day % 9 == 4 {
                facts.push(Fact::Blind {
                    call,
                    peer: None,
                    span: Span::new(from + 9000, from + 17_000),
                    reason: BlindReason::Offline,
                });
            }
            if day % 7 == 2 {
                let span = Span::new(from + 2000, from + 6000);
                facts.push(Fact::Blind { call, peer: Some(PeerId(2)), span, reason: BlindReason::Gap });
            }
            facts.push(Fact::Confirmed { call, at: from + 30_000 });
            facts.push(Fact::Ended { call, at: from + 30_000, watched: true });
        }
        facts
    }

    fn world(env: &str) -> World {
        let mut world = world_of(env, facts());
        world.store.add_alias(world.group, "1", &SECOND.to_string()).unwrap();
        for (operation, day) in [(Operation::Add, 3), (Operation::Remove, 5), (Operation::Add, LAST_DAY - 4)] {
            let span = Span::new(FIRST + day * DAY + 72_000, FIRST + day * DAY + 75_000);
            world.store.add_correction(world.group, &correction(operation, span)).unwrap();
        }
        world
    }

    fn world_of(env: &str, facts: Vec<Fact>) -> World {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env.local"), format!("SWF_RETENTION=3m\n{env}")).unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(999)).unwrap();
        let now = FIRST + (LAST_DAY + 2) * DAY;
        let profile = |peer| Profile { name: format!("Person {peer}"), ..Profile::unknown(PeerId(peer)) };
        let people = (1..=SECOND.0).map(|peer| Known { profile: profile(peer), access_hash: None }).collect();
        let watched = Some(Span::new(FIRST, now));
        store.record(group, &Observed { facts, people, watched, ..Observed::new(now) }, &[]).unwrap();
        store.build_person_index(|| true).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        World { folder, store, group, config, now }
    }

    fn correction(operation: Operation, span: Span) -> Correction {
        let (reason, made_by) = ("power cut".into(), "Ada".into());
        Correction { id: 0, peer: PeerId(3), operation, span, reason, made_by, made: span.to, undone: None }
    }

    /// Everything that is shown of the store, which folding must not change.
    #[derive(Debug, PartialEq)]
    struct Shown {
        boards: Vec<Board>,
        achieved: BTreeMap<PeerId, Achieved>,
        days: Vec<people::History>,
        marks: Vec<Marks>,
        studied_before: BTreeSet<PeerId>,
    }

    impl World {
        fn horizon(&self) -> Horizon {
            horizon(self.config.group(), self.now).unwrap()
        }

        fn shown(&self) -> Shown {
            let (settings, group) = (self.config.group(), self.group);
            let now = ReadTime { at: self.now, tracked_since: None };
            let known = people::known(&self.store, settings, group).unwrap();
            let first = local_date(settings.zone, FIRST);
            let dates: Vec<NaiveDate> = (0..=LAST_DAY as u64).step_by(5).map(|day| first + Days::new(day)).collect();
            let board = |period| boards::board_of(&self.store, settings, group, period, now).unwrap();
            let mut shown: Vec<Board> = Vec::new();
            for date in &dates {
                let periods = Scope::ALL.map(|scope| Period::of(scope, *date, settings.zone, settings.calendar));
                shown.extend(periods.map(board));
            }
            shown.push(board(boards::all_time(&self.store, settings, group, self.now).unwrap()));
            let (from, to) = (first + Days::new(3), first + Days::new(131));
            shown.push(board(Period::between(Scope::Range, from, to, settings.zone)));
            let until = local_date(settings.zone, self.now);
            let people: Vec<PeerId> = (1..=PEOPLE).map(PeerId).collect();
            let of = |person: &PeerId| {
                people::history(&self.store, settings, group, &known, *person, (first, until), now).unwrap()
            };
            let achieved = |person: &PeerId, date| {
                people::achieved(&self.store, settings, group, &known, *person, date, now).unwrap()
            };
            let marks = |date: &NaiveDate| people::marks(&self.store, settings, group, *date, now, Whose::All).unwrap();
            let gate = settings.policy.rules.gate;
            Shown {
                boards: shown,
                achieved: people.iter().map(|person| (*person, achieved(person, first + Days::new(40)))).collect(),
                days: people.iter().map(of).collect(),
                marks: dates.iter().step_by(3).map(marks).collect(),
                studied_before: self
                    .store
                    .studied_before(group, FIRST + 30 * DAY, gate)
                    .unwrap()
                    .into_iter()
                    .map(|peer| known.aliases.person(peer))
                    .collect(),
            }
        }

        fn audit(&self) -> audit::Report {
            audit::audit(&self.store, self.config.group(), self.group, &mut |_, _| {}).unwrap()
        }

        /// Folds all, and returns the sum and the largest step.
        fn fold(&mut self) -> (Progress, usize) {
            let (horizon, mut cursor) = (self.horizon(), Cursor::default());
            let (mut sum, mut largest) = (Progress::default(), 0);
            while let Some(Progress { stays, days }) =
                step(&mut self.store, self.config.group(), self.group, &horizon, &mut cursor).unwrap()
            {
                sum = Progress { stays: sum.stays + stays, days: sum.days + days };
                largest = largest.max(stays);
            }
            (sum, largest)
        }
    }

    #[test]
    fn everything_that_is_shown_stays_the_same() {
        let mut world = world("SWF_BOARD=bands\nSWF_RANK_CAP=2h\nSWF_STREAK_MINUTES=30\n");
        let before = world.shown();
        assert!(before.boards.iter().any(|board| board.is_corrected && board.entries.len() > 4));
        assert_eq!(world.audit().findings, Vec::<String>::new());
        let plan = plan(&world.store, world.config.group(), world.group, &world.horizon()).unwrap();
        let (done, _) = world.fold();
        assert_eq!((done.stays as i64, done.days as i64), (plan.stays, plan.days));
        assert!(plan.stays > 500 && plan.days > 200 && plan.people == PEOPLE, "{plan:?}");
        // Only sessions across the horizon are kept.
        assert!(plan.kept < 20, "{plan:?}");
        assert_eq!(world.store.stays_before(world.group, world.horizon().until).unwrap(), plan.kept);
        let after = world.shown();
        for (before, after) in before.boards.iter().zip(&after.boards) {
            assert_eq!(before, after);
        }
        assert_eq!(before, after);
        assert_eq!(world.audit().findings, Vec::<String>::new());
        assert_eq!(world.fold().0, Progress::default(), "there is nothing more");
        // A day later, the next day is folded.
        world.now = world.now + DAY;
        let before = world.shown();
        assert!(world.fold().0.stays > 0);
        assert_eq!(before, world.shown());
    }

    #[test]
    fn what_ranks_stays_the_same_with_a_limit_on_silence_and_a_cap() {
        let mut world = world("SWF_SILENCE=1h\nSWF_RANK_CAP=2h\nSWF_BOARD=days\n");
        let (group, now) = (world.group, world.now);
        world.store.note_silence(group, Silence::Limit(3600), FIRST).unwrap();
        world.store.announce_silence(group, local_date(world.config.group().zone, FIRST), Some(FIRST)).unwrap();
        silence::fold(&mut world.store, world.config.group(), group, now).unwrap();
        let before = world.shown();
        let silent = |board: &Board| board.entries.iter().any(|entry| entry.standing.silent_seconds > 0);
        assert!(before.boards.iter().filter(|board| silent(board)).count() > 20);
        assert!(world.fold().0.stays > 500);
        for (before, after) in before.boards.iter().zip(&world.shown().boards) {
            assert_eq!(before, after);
        }
        assert_eq!(before, world.shown());
    }

    #[test]
    fn a_day_with_too_many_stays_of_one_account_stays_and_the_days_after_it_are_folded() {
        let mut world = world("");
        world.fold();
        let (call, peer, from) = (CallId(900), PeerId(77), FIRST + 10 * DAY);
        let mut facts = vec![Fact::Following { call, at: from }];
        let many = MAX_STAYS_OF_DAY as i64 + 5;
        let begins = (0..many).map(|number| from + number * 90).chain((1..60).map(|day| from + day * DAY));
        for from in begins {
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to: from + 80, end: End::Left });
        }
        let seen = Observed { facts, ..Observed::new(world.now) };
        world.store.record(world.group, &seen, &[]).unwrap();
        let (done, largest) = world.fold();
        assert!(done.stays >= 48 && largest <= MAX_STAYS_OF_DAY, "{done:?} {largest}");
    }

    #[test]
    fn a_last_session_over_midnight_keeps_its_second_day() {
        let (call, peer, from) = (CallId(1), PeerId(1), FIRST + 10 * DAY - 3000);
        let mut world = world_of(
            "",
            vec![
                Fact::Following { call, at: from },
                Fact::Opened { call, peer, joined: from, from, seen: from },
                Fact::Closed { call, peer, from, to: from + 6000, end: End::Left },
            ],
        );
        let days = |world: &World| boards::days(&world.store, world.config.group(), world.group).unwrap().unwrap();
        let before = days(&world);
        assert_eq!((before.1 - before.0).num_days(), 1);
        world.fold();
        assert_eq!(world.store.stays_before(world.group, world.now).unwrap(), 0);
        assert_eq!(days(&world), before);
        assert_eq!(world.audit().findings, Vec::<String>::new());
    }

    #[test]
    fn what_is_folded_is_not_corrected_any_more() {
        let mut world = world("");
        world.fold();
        let until = world.horizon().until;
        let make = |from: Instant| correction(Operation::Add, Span::new(from, from + 600));
        let check =
            |one: &Correction| corrections::check_not_folded(&world.store, world.group, corrections::Change::Make(one));
        let error = check(&make(until - 1)).unwrap_err();
        assert!(error.message().contains("can't be changed: the days before 2026-0"), "{error}");
        check(&make(until)).unwrap();
        let all = world.store.corrections(world.group).unwrap();
        let undo =
            |one: &Correction| corrections::check_not_folded(&world.store, world.group, corrections::Change::Undo(one));
        assert!(undo(&all[0]).unwrap_err().message().contains("a correction of that time can't be changed"));
        undo(&all[2]).unwrap();
        // The tracker may fold between the check and the write, so the write refuses, too.
        assert_eq!(world.store.add_correction(world.group, &make(until - 1)).unwrap(), None);
        assert!(!world.store.undo_correction(world.group, all[0].id, "Ada", world.now).unwrap());
        assert!(world.store.add_correction(world.group, &make(until)).unwrap().is_some());
        assert!(world.store.undo_correction(world.group, all[2].id, "Ada", world.now).unwrap());
        assert_eq!(world.store.corrections(world.group).unwrap().len(), all.len() + 1);
    }

    #[test]
    fn days_that_have_a_total_of_the_old_tracker_are_not_folded() {
        let mut world = world("");
        let day = local_date(world.config.group().zone, FIRST) + Days::new(10);
        let db = rusqlite::Connection::open(world.folder.path().join("study.db")).unwrap();
        let old = "INSERT INTO old_trackers (id, grp, path, digest, until) VALUES (1, 1, 'old.db', 'x', 0)";
        db.execute(old, []).unwrap();
        let insert = "INSERT INTO carried (grp, day, peer, seconds, source) VALUES (1, ?1, 1, 60, 1)";
        db.execute(insert, [day.to_string()]).unwrap();
        let at_that_time = |world: &World| {
            let to = first_instant(world.config.group().zone, day + Days::new(1));
            world.store.stays_before(world.group, to).unwrap()
        };
        assert!(at_that_time(&world) > 0);
        world.fold();
        assert!(at_that_time(&world) > 0, "the stays of that day stay");
    }

    #[test]
    fn other_rules_than_those_of_the_settings_are_said() {
        let mut world = world("");
        world.fold();
        let said = |env: &str| {
            std::fs::write(world.folder.path().join(".env.local"), env).unwrap();
            let config = Config::load(Some(world.folder.path().to_owned()), world.folder.path(), []).unwrap();
            other_rules(&world.store, config.group(), world.group).unwrap()
        };
        assert_eq!(said("SWF_RETENTION=4m\nSWF_STREAK_MINUTES=90\nSWF_WEEK_START=sunday\n"), Vec::<String>::new());
        let zone = said("SWF_TIMEZONE=Europe/London\n");
        assert!(zone.len() == 1 && zone[0].contains("SWF_TIMEZONE=Asia/Tashkent"), "{zone:?}");
        assert!(said("SWF_MIN_SESSION=60\n")[0].contains("SWF_MIN_SESSION=300"));
        assert!(said("SWF_DAY_START=04:00@2026-01-05\n")[0].contains("SWF_DAY_START"));
        assert_eq!(said("SWF_DAY_START=04:00@2026-12-01\n"), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_folded_without_the_setting_or_where_the_store_has_changed_in_between() {
        let mut world = world("");
        let (horizon, mut cursor) = (world.horizon(), Cursor::default());
        let found = loop {
            let found = find(&world.store, world.config.group(), world.group, &horizon, &mut cursor).unwrap().unwrap();
            if !found.stretches.is_empty() {
                break found;
            }
        };
        let before = world.store.stays_before(world.group, world.now).unwrap();
        world.store.add_alias(world.group, "5", "6").unwrap();
        let Horizon { before: date, until, now } = horizon;
        let noted = Folding { rules: String::new(), before: date, until, at: now };
        let fold = world.store.fold(world.group, &found.accounts, &found.stretches, &noted, found.revision);
        assert!(!fold.unwrap());
        assert_eq!(world.store.stays_before(world.group, world.now).unwrap(), before);
        std::fs::write(world.folder.path().join(".env.local"), "").unwrap();
        let config = Config::load(Some(world.folder.path().to_owned()), world.folder.path(), []).unwrap();
        assert_eq!(self::horizon(config.group(), world.now), None);
    }
}
