//! What people decided about what is stored and shown of them (rules §7).

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::aliases::aliases;
use super::appointments;
use super::deliveries::update;
use super::pairs;
use super::sql::{all, exists, run};
use super::{Alias, GroupKey, Store};
use crate::domain::people::Aliases;
use crate::domain::publish;
use crate::domain::rights::{Agreement, Audience, GroupRights, Rights};
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// The ending of a stay whose person is not counted any more.
const LEFT: &str = "not counted";

/// The same expression as in migration 0014.
const NEW_PSEUDONYM: &str = "SELECT (random() & 2251799813685247) | 1";

impl Store {
    /// What the people of a group decided (rules §7). `configured` are the aliases of the settings.
    pub fn rights(&self, group: GroupKey, audience: Audience, configured: &[(String, String)]) -> Result<GroupRights> {
        Ok(rights(&self.db, group, audience, configured)?.with_forgotten(self.forgotten()?))
    }

    /// Removes the names of people who hide from exports that wait for a website, and from the snapshots of posts. Such
    /// an export gets another key, because the website may have the old one already.
    pub fn rename_exports(&mut self, group: GroupKey, rights: &GroupRights) -> Result<()> {
        self.write(|db| {
            let bodies = "SELECT id, text FROM deliveries WHERE scope = 'group' AND owner = ?1 AND lane = 'website' \
                          AND operation = 'send' AND sent IS NULL";
            let bodies: Vec<(i64, String)> = all(db, bodies, [group], |row| row.try_into())?;
            for (id, body) in bodies {
                if let Some(body) = publish::without_names(&body, rights) {
                    update(db, "text = ?2, idempotency_key = ?3", params![id, body, publish::key_of(&body)])?;
                }
            }
            let snapshots = "SELECT id, snapshot FROM deliveries WHERE scope = 'group' AND owner = ?1 \
                             AND lane = 'posts' AND snapshot IS NOT NULL";
            let snapshots: Vec<(i64, String)> = all(db, snapshots, [group], |row| row.try_into())?;
            for (id, snapshot) in snapshots {
                if let Some(snapshot) = publish::without_names(&snapshot, rights) {
                    update(db, "snapshot = ?2", params![id, snapshot])?;
                }
            }
            Ok(())
        })
    }

    /// Stores what a person decided, under each of their accounts that was not forgotten. If the person leaves, their
    /// running stay ends at that instant, or at the last instant that shows them in the call, and everything later is
    /// deleted.
    pub fn decide(&mut self, group: GroupKey, accounts: &[PeerId], rights: &Rights) -> Result<()> {
        self.write_allowed(|db, forgotten| {
            let mut rights = rights.clone();
            if !rights.is_open() && rights.pseudonym.is_none() {
                rights.pseudonym = Some(db.query_row(NEW_PSEUDONYM, [], |row| row.get(0))?);
            }
            let is_forgotten = |account: &&PeerId| forgotten.is_some_and(|forgotten| forgotten.contains(**account));
            for account in accounts.iter().filter(|account| !is_forgotten(account)) {
                store(db, group, *account, &rights)?;
                if rights.hidden || rights.left.is_some() {
                    pairs::dissolve(db, group, *account)?;
                }
                if let Some(at) = rights.left {
                    end_stays(db, group, *account, at)?;
                    appointments::leave(db, group, *account, at)?;
                }
            }
            Ok(())
        })
    }
}

impl Store {
    /// From now on, no stay of an account begins before `at`, in any group.
    pub fn count_from(&mut self, account: PeerId, at: Instant) -> Result<()> {
        let sql = "INSERT INTO rights (grp, peer, counted_from) SELECT id, ?1, ?2 FROM groups WHERE true \
                   ON CONFLICT (grp, peer) DO UPDATE SET counted_from = max(coalesce(counted_from, ?2), ?2)";
        self.write(|db| run(db, sql, params![account, at]).map(drop))
    }
}

pub(super) fn rights(
    db: &Connection,
    group: GroupKey,
    audience: Audience,
    configured: &[(String, String)],
) -> rusqlite::Result<GroupRights> {
    if !exists(db, "rights WHERE grp = ?1", [group])? {
        return Ok(GroupRights::new(audience, BTreeMap::new(), &Aliases::default()));
    }
    let sql =
        "SELECT peer, hidden, pen_name, left_at, counted_from, agreed, agreed_by, pseudonym FROM rights WHERE grp = ?1";
    let decisions = all(db, sql, [group], decision)?;
    let aliases = Aliases::new(aliases(db, group, configured)?.iter().filter_map(Alias::peers));
    Ok(GroupRights::new(audience, decisions, &aliases))
}

fn decision(row: &Row) -> rusqlite::Result<(PeerId, Rights)> {
    let (agreed, by): (Option<Instant>, Option<String>) = (row.get(5)?, row.get(6)?);
    let agreed = agreed.map(|at| Agreement { at, by: by.unwrap_or_default() });
    let (hidden, pen_name, left, counted_from) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    let pseudonym = row.get(7)?;
    Ok((row.get(0)?, Rights { hidden, pen_name, left, counted_from, agreed, pseudonym }))
}

fn store(db: &Connection, group: GroupKey, account: PeerId, rights: &Rights) -> rusqlite::Result<()> {
    let Rights { hidden, pen_name, left, counted_from, agreed, pseudonym } = rights;
    let by = agreed.as_ref().map(|agreed| &agreed.by);
    let agreed = agreed.as_ref().map(|agreed| agreed.at);
    let sql = "INSERT OR REPLACE INTO rights \
               (grp, peer, hidden, pen_name, left_at, counted_from, agreed, agreed_by, pseudonym) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    run(db, sql, params![group, account, hidden, pen_name, left, counted_from, agreed, by, pseudonym]).map(drop)
}

/// Ends the running stay at `at`, or at the last instant that shows the account, and deletes later stays and signs.
fn end_stays(db: &Connection, group: GroupKey, account: PeerId, at: Instant) -> rusqlite::Result<()> {
    for later in ["stays WHERE grp = ?1 AND peer = ?2 AND started", "signs WHERE grp = ?1 AND peer = ?2 AND at"] {
        run(db, &format!("DELETE FROM {later} >= ?3"), params![group, account, at])?;
    }
    let cut = "UPDATE stays SET ended = ?3, ending = ?4 WHERE grp = ?1 AND peer = ?2 AND ended > ?3";
    run(db, cut, params![group, account, at, LEFT])?;
    end_running(db, group, account, Some(at))
}

/// Ends the running stay at the last instant that shows the account, at the latest at `at`.
pub(super) fn end_running(
    db: &Connection,
    group: GroupKey,
    account: PeerId,
    at: Option<Instant>,
) -> rusqlite::Result<()> {
    let shown = "max(seen, started, coalesce((SELECT confirmed FROM calls \
                 WHERE calls.grp = stays.grp AND calls.call = stays.call), seen))";
    let end = format!(
        "UPDATE stays SET ended = min({shown}, coalesce(?3, {shown})), ending = ?4 \
         WHERE grp = ?1 AND peer = ?2 AND ended IS NULL"
    );
    run(db, &end, params![group, account, at, LEFT])?;
    let longest = "UPDATE groups SET longest_stay = max(longest_stay, coalesce((SELECT max(ended - started) FROM stays \
                   WHERE grp = ?1 AND peer = ?2 AND ending = ?3), 0)) WHERE id = ?1";
    run(db, longest, params![group, account, LEFT]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::people::{Known, Profile};
    use crate::domain::rights::Decision;
    use crate::domain::roster::{End, Fact, Observed};
    use crate::domain::{CallId, Span};
    use crate::store::{Access, SeenOf};
    use proptest::collection::vec;
    use proptest::prelude::*;

    const CALL: CallId = CallId(5);
    const ADA: PeerId = PeerId(7_000_001);
    const BOB: PeerId = PeerId(7_000_002);

    struct World {
        _folder: tempfile::TempDir,
        store: Store,
        group: GroupKey,
        audience: Audience,
    }

    impl World {
        fn new(audience: Audience) -> World {
            let folder = tempfile::tempdir().unwrap();
            let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
            World { _folder: folder, store, group, audience }
        }

        fn see(&mut self, at: i64, facts: Vec<Fact>, people: &[PeerId]) {
            let known = |peer: &PeerId| {
                let profile = Profile { name: format!("Name of {peer}"), ..Profile::unknown(*peer) };
                Known { profile, access_hash: Some(peer.0) }
            };
            let people = people.iter().map(known).collect();
            let seen = Observed { facts, people, ..Observed::new(Instant(at)) };
            let of = SeenOf { group: self.group, seen: &seen, audience: self.audience, aliases: &[], signs: true };
            self.store.record_all(&[of]).unwrap();
        }

        fn decide(&mut self, person: PeerId, decision: &Decision, at: i64) {
            let rights = self.store.rights(self.group, self.audience, &[]).unwrap();
            let before = rights.of(person).cloned().unwrap_or_default();
            let after = before.with(decision, self.audience, Instant(at));
            self.store.decide(self.group, &[person], &after).unwrap();
        }

        /// Each stay of a person, up to the last instant that shows the person.
        fn stays(&self, person: PeerId) -> Vec<(i64, i64)> {
            let record = self.store.board_record(self.group, Span::new(Instant(0), Instant(i64::MAX / 2))).unwrap();
            let own = record.stays.iter().filter(|stay| stay.peer == person);
            let mut spans: Vec<_> = own.map(|stay| (stay.span.from.0, stay.span.to.0)).collect();
            spans.sort_unstable();
            spans
        }
    }

    fn following() -> Fact {
        Fact::Following { call: CALL, at: Instant(100) }
    }

    fn opened(peer: PeerId, from: i64) -> Fact {
        let from = Instant(from);
        Fact::Opened { call: CALL, peer, joined: from, from, seen: from }
    }

    fn closed(peer: PeerId, from: i64, to: i64) -> Fact {
        Fact::Closed { call: CALL, peer, from: Instant(from), to: Instant(to), end: End::Left }
    }

    fn confirmed(at: i64) -> Fact {
        Fact::Confirmed { call: CALL, at: Instant(at) }
    }

    #[test]
    fn a_stay_ends_where_its_person_leaves_and_begins_where_they_come_back() {
        let mut world = World::new(Audience::Everyone);
        world.see(1000, vec![following(), opened(ADA, 100), opened(BOB, 100), confirmed(1000)], &[ADA, BOB]);
        world.decide(ADA, &Decision::Leave, 1010);
        assert_eq!(world.stays(ADA), [(100, 1000)]);
        // Nothing later is stored about them, whatever arrives.
        world.see(2000, vec![opened(ADA, 100), confirmed(2000)], &[ADA]);
        world.see(2100, vec![closed(ADA, 100, 2100), opened(ADA, 2150), confirmed(2200)], &[]);
        assert_eq!((world.stays(ADA), world.stays(BOB)), (vec![(100, 1000)], vec![(100, 2200)]));
        world.decide(ADA, &Decision::Return, 3000);
        // The tracker sends again who is in the call.
        world.see(3100, vec![opened(ADA, 2150), confirmed(3100)], &[ADA]);
        assert_eq!(world.stays(ADA), [(100, 1000), (3000, 3100)]);
        world.see(3300, vec![closed(ADA, 2150, 3300), confirmed(3300)], &[]);
        assert_eq!(world.stays(ADA), [(100, 1000), (3000, 3300)]);
        // A leave that is stored late deletes what was stored after it.
        world.decide(ADA, &Decision::Leave, 3200);
        assert_eq!(world.stays(ADA), [(100, 1000), (3000, 3200)]);
        assert!(world.store.faulty_stays(world.group).unwrap().is_empty());
    }

    #[test]
    fn of_whoever_has_not_agreed_the_store_has_nothing() {
        let mut world = World::new(Audience::Consent);
        world.decide(BOB, &Decision::Agree { by: "chat".into() }, 150);
        let facts = vec![following(), opened(ADA, 100), opened(BOB, 100), confirmed(1000)];
        world.see(1000, facts, &[ADA, BOB]);
        assert_eq!((world.stays(ADA), world.stays(BOB)), (vec![], vec![(150, 1000)]));
        assert!(!world.store.is_known(world.group, ADA).unwrap());
        assert_eq!(world.store.access_hash(PeerId(1), ADA).unwrap(), None);
        assert!(world.store.is_known(world.group, BOB).unwrap());
        // When a group begins to ask for consent, running stays of people without consent end.
        let mut world = World::new(Audience::Everyone);
        world.see(1000, vec![following(), opened(ADA, 100), confirmed(1000)], &[ADA]);
        world.audience = Audience::Consent;
        world.see(2000, vec![confirmed(2000)], &[]);
        assert_eq!(world.stays(ADA), [(100, 1000)]);
    }

    #[test]
    fn an_account_that_becomes_one_of_somebody_who_left_is_not_counted_any_more() {
        let mut world = World::new(Audience::Everyone);
        world.see(1000, vec![following(), opened(BOB, 100), confirmed(1000)], &[ADA, BOB]);
        world.decide(ADA, &Decision::Leave, 1010);
        world.store.add_alias(world.group, &ADA.to_string(), &BOB.to_string()).unwrap();
        world.see(2000, vec![confirmed(2000)], &[]);
        assert_eq!(world.stays(BOB), [(100, 1000)]);
    }

    /// Ada left and came back, so her time counts from 3000 on, and that of her other accounts, too.
    #[test]
    fn a_stay_ends_although_an_alias_is_added_or_removed_during_it() {
        let came_back = || {
            let mut world = World::new(Audience::Everyone);
            world.see(1000, vec![following(), opened(ADA, 100), confirmed(1000)], &[ADA, BOB]);
            world.decide(ADA, &Decision::Leave, 1010);
            world.decide(ADA, &Decision::Return, 3000);
            world
        };
        let add = |world: &mut World| world.store.add_alias(world.group, &ADA.to_string(), &BOB.to_string()).unwrap();
        let remove = |world: &mut World| world.store.remove_alias(world.group, &BOB.to_string()).unwrap();
        let mut world = came_back();
        world.see(2900, vec![opened(BOB, 2900), confirmed(2900)], &[]);
        add(&mut world);
        // The tracker sends Bob's stay again, because he counts from another instant on.
        world.see(3100, vec![opened(BOB, 2900), confirmed(3100)], &[]);
        world.see(3200, vec![closed(BOB, 2900, 3150), confirmed(3200)], &[]);
        assert_eq!(world.stays(BOB), [(2900, 3150)]);
        world.see(3600, vec![opened(BOB, 3550), confirmed(3600)], &[]);
        assert_eq!(world.stays(BOB), [(2900, 3150), (3550, 3600)]);

        let mut world = came_back();
        add(&mut world);
        world.see(3100, vec![opened(BOB, 2900), confirmed(3100)], &[]);
        assert_eq!(world.stays(BOB), [(3000, 3100)]);
        remove(&mut world);
        world.see(3150, vec![opened(BOB, 2900), confirmed(3150)], &[]);
        world.see(3300, vec![closed(BOB, 2900, 3200), confirmed(3300)], &[]);
        assert_eq!(world.stays(BOB), [(3000, 3200)]);
        assert!(world.store.faulty_stays(world.group).unwrap().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
        /// Bob joins and leaves the call; Ada and he leave the statistics and return; his account is hers for a while.
        /// After each change the tracker sends his stay again, if he counts from another instant on.
        #[test]
        fn what_is_stored_is_true_however_rights_and_aliases_change(steps in vec((1..40i64, 0..7u8), 1..40)) {
            let mut world = World::new(Audience::Everyone);
            world.see(100, vec![following(), confirmed(100)], &[ADA, BOB]);
            let (mut now, mut since, mut is_alias, mut was_alias) = (100, None::<i64>, false, false);
            let (mut present, mut from_when) = (Vec::<(i64, i64)>::new(), Vec::<(i64, Option<i64>)>::new());
            let counted = |world: &World| {
                let rights = world.store.rights(world.group, Audience::Everyone, &[]).unwrap();
                rights.counted_from(BOB).map(|at| at.0)
            };
            for (wait, step) in steps {
                now += wait;
                let before = counted(&world);
                match (step, since) {
                    (0 | 1, None) => {
                        since = Some(now);
                        world.see(now, vec![opened(BOB, now), confirmed(now)], &[]);
                    }
                    (0 | 1, Some(from)) => {
                        present.push((from, now));
                        since = None;
                        world.see(now, vec![closed(BOB, from, now), confirmed(now)], &[]);
                    }
                    (2 | 3, _) => {
                        let person = if step == 2 && !is_alias { BOB } else { ADA };
                        world.decide(person, &Decision::Leave, now);
                    }
                    (4 | 5, _) => {
                        let person = if step == 4 && !is_alias { BOB } else { ADA };
                        world.decide(person, &Decision::Return, now);
                    }
                    _ if is_alias => {
                        world.store.remove_alias(world.group, &BOB.to_string()).unwrap();
                        is_alias = false;
                    }
                    _ => {
                        world.store.add_alias(world.group, &ADA.to_string(), &BOB.to_string()).unwrap();
                        (is_alias, was_alias) = (true, true);
                    }
                }
                let after = counted(&world);
                if let (Some(from), true) = (since, after.is_some() && after != before) {
                    world.see(now, vec![opened(BOB, from)], &[]);
                }
                world.see(now, vec![confirmed(now)], &[]);
                from_when.push((now, after));
            }
            let stored = world.stays(BOB);
            present.extend(since.map(|from| (from, now)));
            let is_in = |spans: &[(i64, i64)], at: i64| spans.iter().filter(|(from, to)| (*from..*to).contains(&at)).count();
            for at in 100..now {
                let rows = is_in(&stored, at);
                let is_counted = from_when.iter().rev().find(|(seen, _)| *seen <= at).is_none_or(|(_, since)| since.is_some());
                prop_assert!(is_counted || was_alias || rows == 0, "{at}: {stored:?}, not counted then");
                prop_assert!(rows <= is_in(&present, at), "{at}: {stored:?}, was in {present:?}");
                // It counted at that time, and since then.
                let later = from_when.iter().filter(|(seen, _)| *seen > at);
                let always = later.clone().all(|(_, since)| since.is_some_and(|since| since <= at));
                let was = from_when.iter().rev().find(|(seen, _)| *seen <= at);
                if always && was.is_none_or(|(_, since)| since.is_some_and(|since| since <= at)) {
                    prop_assert_eq!(rows, is_in(&present, at), "{}: {:?}, was in {:?}", at, stored, present);
                }
            }
            let open = "SELECT count(*) FROM stays WHERE ended IS NULL AND peer = ?1";
            let open: i64 = world.store.db.query_row(open, [BOB.0], |row| row.get(0)).unwrap();
            prop_assert!(open <= i64::from(since.is_some()));
            prop_assert_eq!(world.store.faulty_stays(world.group).unwrap(), Vec::<String>::new());
        }
    }

    #[test]
    fn decisions_are_kept() {
        let mut world = World::new(Audience::Consent);
        let by = "Ada's mother".to_owned();
        for decision in [Decision::Agree { by }, Decision::Hide, Decision::PenName(Some("Falcon".into()))] {
            world.decide(ADA, &decision, 50);
        }
        let rights = world.store.rights(world.group, Audience::Consent, &[]).unwrap();
        let agreed = Some(Agreement { at: Instant(50), by: "Ada's mother".into() });
        let counted_from = Some(Instant(50));
        let pseudonym = rights.of(ADA).and_then(|ada| ada.pseudonym);
        let pen_name = Some("Falcon".into());
        let expected = Rights { hidden: true, pen_name, left: None, counted_from, agreed, pseudonym };
        assert_eq!(rights.of(ADA), Some(&expected));
        assert_eq!(rights.of(BOB), None);
    }

    #[test]
    fn a_pseudonym_is_made_when_it_is_needed_and_stays() {
        let mut world = World::new(Audience::Everyone);
        let pseudonym = |world: &World, person| {
            let rights = world.store.rights(world.group, Audience::Everyone, &[]).unwrap();
            rights.of(person).and_then(|rights| rights.pseudonym)
        };
        world.decide(ADA, &Decision::Leave, 40);
        world.decide(ADA, &Decision::Return, 50);
        assert_eq!(pseudonym(&world, ADA), None);
        world.decide(ADA, &Decision::Hide, 60);
        world.decide(BOB, &Decision::PenName(Some("Falcon".into())), 60);
        let first = pseudonym(&world, ADA);
        assert!(first.is_some_and(|first| (1..1 << 51).contains(&first)));
        assert_ne!(first, pseudonym(&world, BOB));
        for decision in [Decision::Show, Decision::Hide, Decision::PenName(Some("Owl".into()))] {
            world.decide(ADA, &decision, 70);
            assert_eq!(pseudonym(&world, ADA), first);
        }
    }
}
