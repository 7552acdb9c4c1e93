//! What the organiser is told: one state for the tracker and `swf watchdog`, so that nothing is told twice.

use rusqlite::{OptionalExtension, Row as SqlRow, params};
use sha2::{Digest, Sha256};

use super::{GroupKey, Store};
use crate::domain::alert::{AlertKind, Proof};
use crate::domain::post::delivery::LEASE;
use crate::domain::time::interval::SpanSet;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

/// After how many seconds an alert that nobody could be told is given up.
const STALE: i64 = 86_400;

/// An alert that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub id: i64,
    pub random_id: i64,
    pub text: String,
    /// The way it was tried first, and stays with until that one says no.
    pub way: Option<String>,
}

/// A post that Telegram has refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPost {
    pub random_id: i64,
    /// The local date that it is about; `None` for a manual one.
    pub day: Option<String>,
    pub problem: String,
}

/// The id by which Telegram knows a repeat: the same after a crash, and in whichever process. Never 0.
pub fn alert_id(group: PeerId, kind: AlertKind, incident: i64) -> i64 {
    let hash = Sha256::digest(format!("swf alert\n{}\n{}\n{incident}", group.0, kind.code()));
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_le_bytes(first) | 1
}

fn read(row: &SqlRow) -> rusqlite::Result<Alert> {
    Ok(Alert { id: row.get(0)?, random_id: row.get(1)?, text: row.get(2)?, way: row.get(3)? })
}

impl Store {
    /// Stores an alert, unless there is one of its kind and incident; whether it is new. Steps that were not sent yet
    /// are dropped: the newer word says more.
    pub fn queue_alert(
        &mut self,
        group: GroupKey,
        kind: AlertKind,
        incident: i64,
        text: &str,
        now: Instant,
    ) -> Result<bool> {
        self.write(|db| {
            let peer =
                db.query_row("SELECT peer FROM groups WHERE id = ?1", [group.0], |row| row.get(0).map(PeerId))?;
            let new = db.execute(
                "INSERT OR IGNORE INTO alerts (grp, kind, incident, random_id, text, created, next_try) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
                params![group.0, kind.code(), incident, alert_id(peer, kind, incident), text, now.0],
            )? > 0;
            if new && kind != AlertKind::Refused {
                db.execute(
                    "UPDATE alerts SET dropped = ?3 WHERE grp = ?1 AND kind LIKE 'dark %' AND kind <> ?2 \
                     AND sent IS NULL AND dropped IS NULL",
                    params![group.0, kind.code(), now.0],
                )?;
            }
            Ok(new)
        })
    }

    /// Steps that wait and are of no other incident than `incident`, if any, are dropped: nobody needs them any more.
    pub fn drop_steps(&mut self, group: GroupKey, incident: Option<i64>, now: Instant) -> Result<()> {
        let waiting = "grp = ?1 AND kind LIKE 'dark %' AND sent IS NULL AND dropped IS NULL AND incident IS NOT ?2";
        let sql = format!("SELECT EXISTS (SELECT 1 FROM alerts WHERE {waiting})");
        if !self.db.query_row(&sql, params![group.0, incident], |row| row.get(0))? {
            return Ok(());
        }
        let sql = format!("UPDATE alerts SET dropped = ?3 WHERE {waiting}");
        self.write(|db| db.execute(&sql, params![group.0, incident, now.0]).map(drop))
    }

    /// The kinds of alert that there are of an incident, sent or not.
    pub fn alerts_of(&self, group: GroupKey, incident: Instant) -> Result<Vec<String>> {
        let mut statement = self.db.prepare_cached("SELECT kind FROM alerts WHERE grp = ?1 AND incident = ?2")?;
        let rows = statement.query_map(params![group.0, incident.0], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes the oldest alert whose turn it is, for one attempt.
    pub fn claim_alert(&mut self, group: GroupKey, now: Instant) -> Result<Option<Alert>> {
        let due = "SELECT id, random_id, text, way FROM alerts WHERE grp = ?1 AND sent IS NULL AND dropped IS NULL \
                   AND next_try <= ?2 AND coalesce(leased_until, 0) <= ?2 AND created > ?3 ORDER BY id LIMIT 1";
        let values = [group.0, now.0, now.0 - STALE];
        // Most of the time there is none, and nothing is written.
        if self.db.prepare_cached(due)?.query_row(values, read).optional()?.is_none() {
            return Ok(None);
        }
        self.write(|db| {
            let alert = db.query_row(due, values, read).optional()?;
            if let Some(alert) = &alert {
                let lease = (now + LEASE).0;
                db.execute("UPDATE alerts SET leased_until = ?2 WHERE id = ?1", params![alert.id, lease])?;
            }
            Ok(alert)
        })
    }

    /// Notes by which way an alert is tried, before its first byte is sent; from then on the attempt may take its time.
    pub fn alert_goes(&mut self, id: i64, way: &str, until: Instant) -> Result<()> {
        self.write(|db| {
            let sql = "UPDATE alerts SET way = ?2, leased_until = ?3 WHERE id = ?1";
            db.execute(sql, params![id, way, until.0]).map(drop)
        })
    }

    pub fn alert_sent(&mut self, id: i64, at: Instant) -> Result<()> {
        self.write(|db| {
            let sql = "UPDATE alerts SET sent = ?2, problem = NULL, leased_until = NULL, attempts = attempts + 1 \
                       WHERE id = ?1 AND sent IS NULL";
            db.execute(sql, params![id, at.0]).map(drop)
        })
    }

    /// The attempt failed; the next is due at `at`, by `way`.
    pub fn alert_failed(&mut self, id: i64, way: &str, at: Instant, problem: &str) -> Result<()> {
        self.write(|db| {
            let sql = "UPDATE alerts SET way = ?2, next_try = ?3, problem = ?4, leased_until = NULL, \
                       attempts = attempts + 1 WHERE id = ?1 AND sent IS NULL";
            db.execute(sql, params![id, way, at.0, problem]).map(drop)
        })
    }

    /// Alerts that wait, and why the first of them is not sent yet.
    pub fn waiting_alerts(&self, group: GroupKey, now: Instant) -> Result<Vec<(String, Option<String>)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT kind, problem FROM alerts WHERE grp = ?1 AND sent IS NULL AND dropped IS NULL AND created > ?2 \
             ORDER BY id",
        )?;
        let rows = statement.query_map(params![group.0, now.0 - STALE], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Posts that were refused within a day, and that nobody was told of.
    pub fn untold_refusals(&self, group: GroupKey, now: Instant) -> Result<Vec<RefusedPost>> {
        let mut statement = self.db.prepare_cached(
            "SELECT random_id, day, coalesce(problem, '') FROM outbox \
             WHERE grp = ?1 AND refused = 1 AND sent IS NULL AND max(created, next_try) > ?2 AND NOT EXISTS ( \
               SELECT 1 FROM alerts WHERE grp = ?1 AND kind = 'refused' AND incident = outbox.random_id)",
        )?;
        let rows = statement.query_map(params![group.0, now.0 - STALE], |row| {
            Ok(RefusedPost { random_id: row.get(0)?, day: row.get(1)?, problem: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the stays show of a time in the dark that is over. An end that was not seen is dated to its beginning.
    pub fn proof(&self, group: GroupKey, dark: Span) -> Result<Proof> {
        let record = self.board_record(group, dark)?;
        let inside = record.stays.iter().map(|stay| (stay.peer, stay.span.clip(dark)));
        let inside: Vec<(PeerId, Span)> = inside.filter(|(_, span)| !span.is_empty()).collect();
        let mut people: Vec<PeerId> = inside.iter().map(|(peer, _)| *peer).collect();
        people.sort_unstable();
        people.dedup();
        let gone = "SELECT count(DISTINCT peer) FROM stays WHERE grp = ?1 AND ended = ?2 AND ending = 'gone'";
        let gone: i64 = self.db.query_row(gone, params![group.0, dark.from.0], |row| row.get(0))?;
        Ok(Proof {
            seconds: SpanSet::union(inside.iter().map(|(_, span)| *span)).seconds(),
            people: people.len(),
            gone: usize::try_from(gone).unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Access;
    use super::*;

    const S: i64 = 1_000_000;
    const DARK: [AlertKind; 3] =
        [AlertKind::Outage { minutes: 5 }, AlertKind::Outage { minutes: 10 }, AlertKind::Outage { minutes: 15 }];

    fn two_processes() -> (tempfile::TempDir, Store, Store, GroupKey) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("study.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        let group = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        let other = Store::open(&path, Access::Write).unwrap();
        (home, store, other, group)
    }

    #[test]
    fn of_two_processes_one_stores_and_one_sends() {
        let (_home, mut one, mut two, group) = two_processes();
        let now = Instant(S + 300);
        assert!(one.queue_alert(group, DARK[0], S, "text", now).unwrap());
        assert!(!two.queue_alert(group, DARK[0], S, "another text", now).unwrap());
        let alert = one.claim_alert(group, now).unwrap().unwrap();
        assert_eq!((alert.text.as_str(), alert.random_id), ("text", alert_id(PeerId(-1001), DARK[0], S)));
        assert_eq!(two.claim_alert(group, now).unwrap(), None);
        // The first one has crashed.
        assert_eq!(two.claim_alert(group, now + LEASE).unwrap(), Some(alert.clone()));
        two.alert_sent(alert.id, now).unwrap();
        assert_eq!(one.claim_alert(group, now + 1000).unwrap(), None);
        assert_eq!(one.alerts_of(group, Instant(S)).unwrap(), ["dark 5"]);
    }

    #[test]
    fn a_newer_word_takes_the_place_of_steps_that_were_not_sent() {
        let (_home, mut store, _, group) = two_processes();
        for (number, kind) in DARK.into_iter().enumerate() {
            store.queue_alert(group, kind, S, "dark", Instant(S + 300 * (number as i64 + 1))).unwrap();
        }
        store.queue_alert(group, AlertKind::Refused, 77, "refused", Instant(S + 950)).unwrap();
        let waiting = |store: &Store| -> Vec<String> {
            store.waiting_alerts(group, Instant(S + 960)).unwrap().into_iter().map(|(kind, _)| kind).collect()
        };
        assert_eq!(waiting(&store), ["dark 15", "refused"]);
        store.queue_alert(group, AlertKind::Recovered, S, "back", Instant(S + 960)).unwrap();
        assert_eq!(waiting(&store), ["refused", "back"]);
        store.queue_alert(group, DARK[0], S + 1, "dark", Instant(S + 960)).unwrap();
        store.drop_steps(group, Some(S + 1), Instant(S + 960)).unwrap();
        assert_eq!(waiting(&store), ["refused", "back", "dark 5"]);
        store.drop_steps(group, None, Instant(S + 960)).unwrap();
        assert_eq!(waiting(&store), ["refused", "back"]);
        // What nobody could be told for a day is old news.
        assert_eq!(store.claim_alert(group, Instant(S + 960 + STALE)).unwrap(), None);
    }
}
