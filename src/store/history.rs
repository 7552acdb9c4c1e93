//! One person's whole history, by an index that the tracker builds.
//!
//! The index is no part of the schema: building it takes half a minute with ten million stays, and no start should wait
//! for that. A store without it gives the same answers, but reads all stays of the group for them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rusqlite::params;

use super::boards::{blind, span, stay};
use super::import::date;
use super::sql::{all, exists};
use super::{GroupKey, Store};
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::presence::{Blind, Blinds, Stay};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

/// Has all columns that a person's history needs.
const PERSON_INDEX: &str = "CREATE INDEX IF NOT EXISTS stays_by_peer ON stays (grp, peer, ended, started, call)";
/// How many steps of SQLite pass between two calls of `goes_on`.
const STEPS: i32 = 1_000_000;

impl Store {
    /// Whether one person's stays are found by an index.
    pub fn has_person_index(&self) -> Result<bool> {
        Ok(exists(&self.db, "sqlite_schema WHERE type = 'index' AND name = 'stays_by_peer'", [])?)
    }

    /// Builds the index, if it is absent; returns whether it did. `goes_on` is called repeatedly meanwhile: if it
    /// returns false, the build ends, and the store is as before.
    pub fn build_person_index(&mut self, mut goes_on: impl FnMut() -> bool + Send + 'static) -> Result<bool> {
        if self.has_person_index()? {
            return Ok(false);
        }
        self.db.progress_handler(STEPS, Some(move || !goes_on()))?;
        // The index adds no facts, so the store's revision stays the same.
        let built = self.db.execute_batch(PERSON_INDEX);
        self.db.progress_handler(0, None::<fn() -> bool>)?;
        built?;
        // The log is as large as the index now. If a reader holds it, it shrinks later.
        let _ = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        Ok(true)
    }

    /// The common part of all people's histories in a group: when it was watched, and when a call could not be seen.
    pub fn group_history(&self, group: GroupKey) -> Result<Record> {
        let _snapshot = self.read_snapshot()?;
        let (tracker, _) = self.tracker_and_longest_stay(group)?;
        let sql = "SELECT call, peer, started, ended, reason FROM blind WHERE grp = ?1 AND peer IS NULL";
        let blinds: Vec<Blind> = all(&self.db, sql, [group], blind)?;
        Ok(Record {
            watches: self.watches(group, Span::new(Instant(0), Instant(i64::MAX)))?,
            blinds: Blinds::new(blinds),
            confirmed: self.confirmed(group)?,
            corrections: self.corrections_in(group, Span::new(Instant(0), Instant(i64::MAX)))?,
            tracker,
            ..Record::default()
        })
    }

    /// All stays of an account, and when this account alone could not be seen. With the index, only its own stays are
    /// read.
    pub fn account_history(&self, group: GroupKey, account: PeerId) -> Result<(Vec<Stay>, Vec<Blind>)> {
        let _snapshot = self.read_snapshot()?;
        let sql = "SELECT call, peer, started, ended FROM stays WHERE grp = ?1 AND peer = ?2 AND ended IS NOT NULL";
        let mut stays: Vec<Stay> = all(&self.db, sql, params![group, account], |row| stay(row, false))?;
        let sql = "SELECT call, peer, started, ended, reason FROM blind WHERE grp = ?1 AND peer = ?2";
        let mut blinds: Vec<Blind> = all(&self.db, sql, params![group, account], blind)?;
        self.open_stays(group, Instant(i64::MAX), Some(account), &mut stays, &mut blinds)?;
        Ok((stays, blinds))
    }

    /// The accounts that have stays in the group, in order of their ids. With the index, one entry of each is read.
    pub fn accounts_with_stays(&self, group: GroupKey) -> Result<Vec<PeerId>> {
        let sql = "WITH RECURSIVE account (peer) AS ( \
                     SELECT min(peer) FROM stays WHERE grp = ?1 \
                     UNION ALL \
                     SELECT (SELECT min(peer) FROM stays WHERE grp = ?1 AND peer > account.peer) FROM account \
                     WHERE account.peer IS NOT NULL) \
                   SELECT peer FROM account WHERE peer IS NOT NULL";
        Ok(all(&self.db, sql, [group], |row| row.get(0))?)
    }

    /// Adds the ended stays of an account that overlap `window`. With the index, only these are read.
    pub fn add_ended_stays(&self, group: GroupKey, account: PeerId, window: Span, stays: &mut Vec<Stay>) -> Result<()> {
        let sql = "SELECT call, peer, started, ended FROM stays \
                   WHERE grp = ?1 AND peer = ?2 AND ended > ?3 AND started < ?4";
        let values = params![group, account, window.from, window.to];
        let found: Vec<Stay> = all(&self.db, sql, values, |row| stay(row, false))?;
        stays.extend(found);
        Ok(())
    }

    /// Whether an account was ever in a call of the group.
    pub fn was_in_call(&self, group: GroupKey, account: PeerId) -> Result<bool> {
        let was_in = |table: &str| exists(&self.db, &format!("{table} WHERE grp = ?1 AND peer = ?2"), (group, account));
        Ok(was_in("stays")? || was_in("folded_days")?)
    }

    /// The times at which swf saw a call run: from the first view of the call to its end, or to the last confirmed
    /// instant if the end was not seen.
    pub fn calls(&self, group: GroupKey) -> Result<Vec<Span>> {
        let sql = "SELECT followed, max(followed, coalesce(iif(watched, ended, confirmed), confirmed, followed)) \
                   FROM calls WHERE grp = ?1";
        Ok(all(&self.db, sql, [group], |row| span(row, 0))?)
    }

    /// The old tracker's totals of an account: day, seconds, and when the old tracker last ran.
    pub fn carried_of(&self, group: GroupKey, account: PeerId) -> Result<Vec<(NaiveDate, i64, Instant)>> {
        let sql = "SELECT day, seconds, until FROM carried JOIN old_trackers ON id = source \
                   WHERE carried.grp = ?1 AND peer = ?2 ORDER BY day";
        let rows: Vec<(String, i64, Instant)> = all(&self.db, sql, params![group, account], |row| row.try_into())?;
        Ok(rows.into_iter().filter_map(|(day, seconds, until)| Some((date(&day)?, seconds, until))).collect())
    }

    /// The days for which the old tracker has any total.
    pub fn carried_dates(&self, group: GroupKey) -> Result<BTreeSet<NaiveDate>> {
        // Goes from one day to the next by the key, because each day may have thousands of totals.
        let sql = "WITH RECURSIVE days (day) AS (SELECT min(day) FROM carried WHERE grp = ?1 \
                   UNION ALL SELECT (SELECT min(day) FROM carried WHERE grp = ?1 AND day > days.day) FROM days \
                   WHERE days.day IS NOT NULL) SELECT day FROM days WHERE day IS NOT NULL";
        let days: Vec<String> = all(&self.db, sql, [group], |row| row.get(0))?;
        Ok(days.iter().filter_map(|day| date(day)).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::domain::CallId;
    use crate::domain::roster::{BlindReason, End, Fact, Observed};
    use crate::store::Access;
    use crate::store::sql::value;

    const GROUP: GroupKey = GroupKey(1);
    const NOW: Instant = Instant(1_800_000_000);

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        (folder, store)
    }

    /// Five people with 200 stays each, one of them open, and blind time.
    fn fill(store: &mut Store) {
        let call = CallId(9);
        let mut facts = vec![Fact::Following { call, at: NOW - 90_000 }];
        for number in 0..1000 {
            let (peer, from) = (PeerId(number % 5), NOW - 80_000 + number * 60);
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to: from + 50, end: End::Left });
        }
        let (peer, from) = (PeerId(3), NOW - 300);
        facts.push(Fact::Opened { call, peer, joined: from, from, seen: from + 200 });
        facts.push(Fact::Confirmed { call, at: NOW - 150 });
        for (peer, from) in [(None, 70_000), (Some(PeerId(3)), 60_000), (Some(PeerId(2)), 50_000)] {
            let span = Span::new(NOW - from, NOW - from + 100);
            facts.push(Fact::Blind { call, peer, span, reason: BlindReason::Offline });
        }
        let watched = Some(Span::new(NOW - 90_000, NOW));
        store.record(GROUP, &Observed { facts, watched, ..Observed::new(NOW) }, &[]).unwrap();
    }

    /// The stays of these accounts in the board's record.
    fn expected(store: &Store, accounts: &[PeerId]) -> Vec<Stay> {
        let record = store.board_record(GROUP, Span::new(Instant(0), NOW)).unwrap();
        let mut stays: Vec<Stay> = record.stays.into_iter().filter(|stay| accounts.contains(&stay.peer)).collect();
        stays.sort_by_key(|stay| stay.span);
        stays
    }

    #[test]
    fn a_persons_history_is_theirs_with_the_index_and_without() {
        let (_folder, mut store) = store();
        fill(&mut store);
        let revision = store.identity().unwrap().unwrap();
        let accounts = [PeerId(3), PeerId(4)];
        let read = |store: &Store| {
            let mut record = store.group_history(GROUP).unwrap();
            assert_eq!(record.confirmed, Some(NOW));
            assert_eq!(record.blinds.within(Span::new(Instant(0), NOW), |_| true).seconds(), 100);
            for (mut stays, blinds) in accounts.map(|account| store.account_history(GROUP, account).unwrap()) {
                record.stays.append(&mut stays);
                blinds.into_iter().for_each(|blind| record.blinds.add(blind));
            }
            assert_eq!(record.stays.iter().filter(|stay| stay.open).count(), 1);
            // The stored blind span of the account, and the time after the last view of the call.
            assert_eq!(record.blinds.about(&[PeerId(3)]).seconds(), 100 + 50);
            assert_eq!(record.blinds.about(&[PeerId(2)]).seconds(), 0);
            record.stays.sort_by_key(|stay| stay.span);
            record.stays
        };
        let before = read(&store);
        assert_eq!((before.len(), &before), (401, &expected(&store, &accounts)));
        assert!(!store.has_person_index().unwrap());
        assert!(store.build_person_index(|| true).unwrap());
        assert!(store.has_person_index().unwrap() && !store.build_person_index(|| true).unwrap());
        assert_eq!(read(&store), before);
        assert_eq!(store.identity().unwrap().unwrap(), revision);
        let mut plan = store
            .db
            .prepare(
                "EXPLAIN QUERY PLAN SELECT call, peer, started, ended FROM stays \
                 WHERE grp = 1 AND peer = 3 AND ended IS NOT NULL",
            )
            .unwrap();
        let plan: String = plan.query_row([], |row| row.get("detail")).unwrap();
        assert!(plan.contains("COVERING INDEX stays_by_peer (grp=? AND peer=?"), "{plan}");
    }

    #[test]
    fn a_build_that_is_ended_leaves_the_store_as_it_was() {
        let (_folder, mut store) = store();
        fill(&mut store);
        // Enough rows for some steps.
        let more = "INSERT INTO stays (grp, call, peer, joined, started, seen, ended, ending) \
                    WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 100000) \
                    SELECT 1, 9, 77, n, n, n, n, 'left' FROM n";
        store.db.execute_batch(more).unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        store.build_person_index(move || counter.fetch_add(1, Ordering::Relaxed) > 99).unwrap_err();
        assert_eq!((asked.load(Ordering::Relaxed), store.has_person_index().unwrap()), (1, false));
        // Later writes are not interrupted.
        fill(&mut store);
        let count: i64 = value(&store.db, "SELECT count(*) FROM stays", []).unwrap();
        assert_eq!(count, 101_001);
        assert!(store.build_person_index(|| true).unwrap());
    }

    #[test]
    fn a_call_whose_end_was_not_seen_is_known_up_to_its_last_view() {
        let (_folder, mut store) = store();
        let (seen, unseen, now) = (CallId(1), CallId(2), CallId(3));
        let facts = vec![
            Fact::Following { call: seen, at: Instant(100) },
            Fact::Confirmed { call: seen, at: Instant(180) },
            Fact::Ended { call: seen, at: Instant(200), watched: true },
            Fact::Following { call: unseen, at: Instant(300) },
            Fact::Confirmed { call: unseen, at: Instant(350) },
            Fact::Ended { call: unseen, at: Instant(900), watched: false },
            Fact::Following { call: now, at: Instant(1000) },
        ];
        store.record(GROUP, &Observed { facts, ..Observed::new(NOW) }, &[]).unwrap();
        let spans = [(100, 200), (300, 350), (1000, 1000)].map(|(from, to)| Span::new(Instant(from), Instant(to)));
        assert_eq!(store.calls(GROUP).unwrap(), spans);
    }

    #[test]
    fn the_old_trackers_days_are_found_one_by_one() {
        let (_folder, store) = store();
        assert!(store.carried_dates(GROUP).unwrap().is_empty());
        let sql = "INSERT INTO old_trackers (id, grp, path, digest, until) VALUES (1, 1, 'x', 'x', 500); \
                   INSERT INTO carried (grp, day, peer, seconds, source) VALUES (1, '2026-01-02', 7, 60, 1), \
                     (1, '2026-01-02', 8, 70, 1), (1, '2026-03-04', 7, 80, 1), (1, 'never', 7, 90, 1)";
        store.db.execute_batch(sql).unwrap();
        let dates = ["2026-01-02", "2026-03-04"].map(|date| date.parse().unwrap());
        assert_eq!(store.carried_dates(GROUP).unwrap(), dates.into());
        let of = |peer| store.carried_of(GROUP, PeerId(peer)).unwrap();
        assert_eq!(of(7), [(dates[0], 60, Instant(500)), (dates[1], 80, Instant(500))]);
        assert_eq!((of(8), of(9)), (vec![(dates[0], 70, Instant(500))], vec![]));
    }
}
