//! Corrections (rules §2.17): what a correction would change, making and undoing it, and long stays that may need one.

use serde_json::{Value, json};

use super::boards;
use super::retention::refuse_folded;
use super::rewrite::{Rewritten, rewrite_sent};
use crate::config::GroupSettings;
use crate::domain::accounting::corrections::{Correction, Operation};
use crate::domain::accounting::leaderboard::{Board, Record, ranked_board};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::forgotten::is_forgotten_id;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::{Period, Scope, iso, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{GroupKey, GroupRow, Store};

/// The boards on which a correction is shown before it is made.
const SHOWN: [Scope; 3] = [Scope::Day, Scope::Week, Scope::Month];
/// A stay is suggested for a correction for so long after its end, in seconds.
const MAX_SUGGESTION_AGE: i64 = 90 * 86_400;

/// A person's row of a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub seconds: i64,
    pub rank: Option<usize>,
}

/// How a correction changes a person's row of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub period: Period,
    pub before: Standing,
    pub after: Standing,
    /// The board is final: only a correction still changes it.
    pub is_final: bool,
}

/// Making or undoing a correction.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    Make(&'a Correction),
    Undo(&'a Correction),
}

impl Change<'_> {
    fn correction(&self) -> &Correction {
        match self {
            Change::Make(one) | Change::Undo(one) => one,
        }
    }

    fn apply(&self, record: &mut Record) {
        match self {
            Change::Make(one) => record.corrections.push((*one).clone()),
            Change::Undo(one) => record.corrections.retain(|other| other.id != one.id),
        }
    }
}

/// The effect of a change on each board that it touches: days first, then weeks, then months.
pub fn effects(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    change: Change,
    now: ReadTime,
) -> Result<Vec<Effect>> {
    let Correction { peer, span, .. } = change.correction();
    let (first, last) = (local_date(settings.zone, span.from), local_date(settings.zone, span.to - 1));
    let mut effects = Vec::new();
    for scope in SHOWN {
        let dates = first.iter_days().take_while(|date| *date <= last);
        let mut periods: Vec<Period> =
            dates.map(|date| Period::of(scope, date, settings.zone, settings.calendar)).collect();
        periods.dedup();
        for period in periods.into_iter().filter(|period| !period.span.is_empty()) {
            effects.push(effect(store, settings, group, change, *peer, period, now)?);
        }
    }
    Ok(effects)
}

fn effect(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    change: Change,
    peer: PeerId,
    period: Period,
    now: ReadTime,
) -> Result<Effect> {
    let reach = settings.policy.rules.reach();
    let window = Span::new(settings.ranking.from(period) - reach, period.span.to + reach);
    let mut record = boards::record(store, settings, group, window)?;
    record.set_now(now);
    let person = record.aliases.person(peer);
    let board = |record: &Record| ranked_board(period, Instant(i64::MAX), record, settings.policy, settings.ranking);
    let before = board(&record);
    change.apply(&mut record);
    let (before, is_final) = (standing(&before, person), before.is_final);
    Ok(Effect { period, before, after: standing(&board(&record), person), is_final })
}

fn standing(board: &Board, person: PeerId) -> Standing {
    let entry = board.entries.iter().find(|entry| entry.profile.peer == person);
    entry.map_or(Standing::default(), |entry| Standing { seconds: entry.seconds, rank: Some(entry.rank) })
}

/// Refuses a change of days that were folded: their totals have the corrections of that time already (rules §8.4).
pub fn check_not_folded(store: &Store, group: GroupKey, change: Change) -> Result<()> {
    let what = match change {
        Change::Make(_) => "that time",
        Change::Undo(_) => "a correction of that time",
    };
    refuse_folded(store, group, change.correction().span.from, what)
}

/// Makes a correction or takes one back, and composes the posts again that it changes. Returns the correction's id.
pub fn carry_out(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    change: Change,
    by: &str,
    export: bool,
    now: ReadTime,
) -> Result<(i64, Rewritten)> {
    let stored = match change {
        Change::Make(one) => store.add_correction(group.key, one)?,
        Change::Undo(one) => store.undo_correction(group.key, one.id, by, now.at)?.then_some(one.id),
    };
    let id = match stored {
        Some(id) => id,
        None => {
            check_not_folded(store, group.key, change)?;
            change.correction().id
        }
    };
    let first = local_date(settings.zone, change.correction().span.from);
    Ok((id, rewrite_sent(store, settings, group, Some(first), export, now)?))
}

/// A stay that is longer than the organiser expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongStay {
    pub peer: PeerId,
    pub span: Span,
    /// The span that the suggested correction removes: everything above the limit.
    pub cut: Span,
}

/// The stays of more than `longest` seconds that ended in the last 90 days, the oldest first, without those that a
/// correction has cut already.
pub fn long_stays(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    longest: i64,
    now: Instant,
) -> Result<Vec<LongStay>> {
    let stays = store.long_stays(group, longest, now - MAX_SUGGESTION_AGE)?;
    let Some(first) = stays.first().map(|(_, span)| span.from) else { return Ok(Vec::new()) };
    let record = boards::record(store, settings, group, Span::new(first, first))?;
    let corrections = store.corrections_in(group, Span::new(first, Instant(i64::MAX)))?;
    let is_cut = |peer: PeerId, span: Span| {
        let person = record.aliases.person(peer);
        let own = corrections.iter().filter(|one| record.aliases.person(one.peer) == person);
        let removed = SpanSet::union(own.filter(|one| one.operation == Operation::Remove).map(|one| one.span));
        SpanSet::union([span]).without(&removed).seconds() <= longest
    };
    let stays = stays.into_iter().filter(|(peer, span)| record.counts(*peer, settings.policy) && !is_cut(*peer, *span));
    Ok(stays.map(|(peer, span)| LongStay { peer, span, cut: Span::new(span.from + longest, span.to) }).collect())
}

/// A correction as JSON.
pub fn to_json(one: &Correction, zone: Zone) -> Value {
    json!({
        "id": one.id,
        "user_id": if is_forgotten_id(one.peer) { 0 } else { one.peer.0 },
        "operation": one.operation.code(),
        "from": iso(zone, one.span.from),
        "to": iso(zone, one.span.to),
        "seconds": one.span.seconds(),
        "reason": one.reason,
        "by": one.made_by,
        "made": iso(zone, one.made),
        "undone": one.undone.as_ref().map(|(at, _)| iso(zone, *at)),
        "undone_by": one.undone.as_ref().map(|(_, by)| by),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;

    use super::*;
    use crate::app::{audit, people};
    use crate::config::Config;
    use crate::domain::CallId;
    use crate::domain::people::{Known, Profile};
    use crate::domain::roster::{End, Fact, Observed};
    use crate::store::Access;

    const DAY: i64 = 86_400;
    const DAYS: i64 = 6;
    const PEOPLE: i64 = 4;
    /// 2026-01-01 in Tashkent.
    const FIRST: Instant = Instant(1_767_207_600);
    const LAST: Instant = Instant(FIRST.0 + DAYS * DAY);

    /// Pseudo-random numbers, the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: i64) -> i64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) as i64) % end
        }
    }

    struct World {
        _folder: tempfile::TempDir,
        store: Store,
        group: GroupRow,
        config: Config,
        now: ReadTime,
    }

    /// A call of some days in which people come and go.
    fn world(numbers: &mut Numbers) -> World {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let key = store.group(PeerId(-1), None, "Study Hall", None, PeerId(999)).unwrap();
        let call = CallId(1);
        let mut facts = vec![Fact::Following { call, at: FIRST }];
        for peer in (1..PEOPLE).map(PeerId) {
            let mut from = FIRST + numbers.below(DAY);
            while from < LAST - DAY {
                let to = from + 1 + numbers.below(30_000);
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
                from = to + 1 + numbers.below(50_000);
            }
        }
        facts.push(Fact::Confirmed { call, at: LAST });
        let profile = |peer| Profile { name: format!("Person {peer}"), ..Profile::unknown(PeerId(peer)) };
        let people = (1..=PEOPLE).map(|peer| Known { profile: profile(peer), access_hash: None }).collect();
        let watched = Some(Span::new(FIRST, LAST));
        store.record(key, &Observed { facts, people, watched, ..Observed::new(LAST) }, &[]).unwrap();
        store.add_alias(key, "1", "2").unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        let group = store.groups().unwrap().remove(0);
        World { _folder: folder, store, group, config, now: ReadTime { at: LAST, tracked_since: None } }
    }

    impl World {
        fn correct(&mut self, numbers: &mut Numbers) -> Correction {
            let from = FIRST + numbers.below((DAYS - 1) * DAY);
            let new = Correction {
                id: 0,
                // The last of these people has never been in a call.
                peer: PeerId(1 + numbers.below(PEOPLE)),
                operation: [Operation::Add, Operation::Remove][numbers.below(2) as usize],
                span: Span::new(from, from + 1 + numbers.below(40_000)),
                reason: "forgot to join".into(),
                made_by: "Ada".into(),
                made: LAST,
                undone: None,
            };
            let (id, _) = self.carry_out(Change::Make(&new));
            Correction { id, ..new }
        }

        fn carry_out(&mut self, change: Change) -> (i64, Rewritten) {
            carry_out(&mut self.store, self.config.group(), &self.group, change, "Ada", false, self.now).unwrap()
        }

        fn board(&self, scope: Scope, date: NaiveDate) -> Board {
            let settings = self.config.group();
            let period = Period::of(scope, date, settings.zone, settings.calendar);
            boards::board_of(&self.store, settings, self.group.key, period, self.now).unwrap()
        }

        fn seconds(&self, scope: Scope, date: NaiveDate) -> BTreeMap<PeerId, i64> {
            self.board(scope, date).entries.iter().map(|entry| (entry.profile.peer, entry.seconds)).collect()
        }

        fn dates(&self) -> Vec<NaiveDate> {
            let first = local_date(self.config.group().zone, FIRST);
            first.iter_days().take(DAYS as usize).collect()
        }

        /// The credited seconds of a person's days, from their history.
        fn days(&self, person: PeerId) -> Vec<i64> {
            let (settings, dates) = (self.config.group(), self.dates());
            let known = people::known(&self.store, settings, self.group.key).unwrap();
            let asked = (dates[0], dates[dates.len() - 1]);
            let history =
                people::history(&self.store, settings, self.group.key, &known, person, asked, self.now).unwrap();
            history.days.iter().map(|day| day.seconds).collect()
        }
    }

    #[test]
    fn every_surface_agrees_and_what_is_taken_back_leaves_no_trace() {
        for seed in 0..12 {
            let mut numbers = Numbers(seed);
            let mut world = world(&mut numbers);
            let before: Vec<Board> = world.dates().iter().map(|date| world.board(Scope::Day, *date)).collect();
            let made: Vec<Correction> = (0..5).map(|_| world.correct(&mut numbers)).collect();
            for is_built in [false, true] {
                assert!(!is_built || world.store.build_person_index(|| true).unwrap());
                let boards: Vec<_> = world.dates().iter().map(|date| world.seconds(Scope::Day, *date)).collect();
                for person in [1, 3, 4].map(PeerId) {
                    let expected: Vec<i64> =
                        boards.iter().map(|board| board.get(&person).copied().unwrap_or(0)).collect();
                    assert_eq!(world.days(person), expected, "seed {seed}, {person}");
                    assert!(expected.iter().all(|seconds| *seconds <= DAY));
                }
            }
            let settings = world.config.group();
            let report = audit::audit(&world.store, settings, world.group.key, &mut |_, _| {}).unwrap();
            assert_eq!(report.findings, Vec::<String>::new(), "seed {seed}");
            for one in &made {
                world.carry_out(Change::Undo(one));
            }
            let after: Vec<Board> = world.dates().iter().map(|date| world.board(Scope::Day, *date)).collect();
            assert_eq!(after, before, "seed {seed}");
            assert!(world.store.corrections(world.group.key).unwrap().iter().all(|one| one.undone.is_some()));
        }
    }

    #[test]
    fn the_effect_that_is_shown_first_is_what_the_boards_have_then() {
        for seed in 20..26 {
            let mut numbers = Numbers(seed);
            let mut world = world(&mut numbers);
            world.correct(&mut numbers);
            let from = FIRST + numbers.below(3 * DAY);
            let new = Correction {
                id: 0,
                peer: PeerId(2),
                operation: Operation::Add,
                span: Span::new(from, from + DAY),
                reason: "power cut".into(),
                made_by: "Ada".into(),
                made: LAST,
                undone: None,
            };
            let settings = world.config.group();
            let effects = effects(&world.store, settings, world.group.key, Change::Make(&new), world.now).unwrap();
            assert!(effects.len() >= 3);
            let check = |world: &World, of: fn(&Effect) -> Standing| {
                for effect in &effects {
                    let board = world.board(effect.period.scope, effect.period.first);
                    assert_eq!(of(effect), standing(&board, PeerId(1)), "seed {seed}");
                }
            };
            check(&world, |effect| effect.before);
            world.carry_out(Change::Make(&new));
            check(&world, |effect| effect.after);
        }
    }

    #[test]
    fn a_long_stay_is_suggested_until_it_is_cut() {
        let mut numbers = Numbers(7);
        let mut world = world(&mut numbers);
        let (peer, from) = (PeerId(PEOPLE), LAST - 20 * 3600);
        let facts = vec![
            Fact::Opened { call: CallId(1), peer, joined: from, from, seen: from },
            Fact::Closed { call: CallId(1), peer, from, to: LAST, end: End::Left },
        ];
        world.store.record(world.group.key, &Observed { facts, ..Observed::new(LAST) }, &[]).unwrap();
        let long =
            |world: &World| long_stays(&world.store, world.config.group(), world.group.key, 12 * 3600, LAST).unwrap();
        let [one] = long(&world)[..] else { panic!("{:?}", long(&world)) };
        assert_eq!((one.peer, one.cut), (peer, Span::new(from + 12 * 3600, LAST)));
        let cut = Correction {
            id: 0,
            peer,
            operation: Operation::Remove,
            span: one.cut,
            reason: "left the call open".into(),
            made_by: "Ada".into(),
            made: LAST,
            undone: None,
        };
        world.carry_out(Change::Make(&cut));
        assert_eq!(long(&world), []);
    }
}
