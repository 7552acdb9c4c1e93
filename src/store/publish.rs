//! What a website is to hear, until it has (DESIGN §5, *Web export*): the newest snapshot of each day.

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::{GroupKey, Store};
use crate::domain::publish::{Snapshot, Verdict, Waiting};
use crate::domain::{Instant, PeerId};
use crate::error::Result;

const WAITING: &str =
    "SELECT day, key, body, attempts, next_try, leased_until, refused, problem FROM exports WHERE delivered IS NULL";

fn read(row: &SqlRow) -> rusqlite::Result<Waiting> {
    let unreadable = |error: chrono::ParseError| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    };
    Ok(Waiting {
        day: row.get::<_, String>(0)?.parse().map_err(unreadable)?,
        key: row.get(1)?,
        body: row.get(2)?,
        attempts: row.get(3)?,
        next_try: Instant(row.get(4)?),
        leased_until: row.get::<_, Option<i64>>(5)?.map(Instant),
        refused: row.get(6)?,
        problem: row.get(7)?,
    })
}

pub(super) fn to_json(snapshot: &Snapshot) -> String {
    serde_json::to_string(snapshot).expect("a snapshot is plain data")
}

/// The post `id` is in the group, or final there: its snapshot, if it has one, waits to be sent from now on. What is
/// newer than the day's other snapshot takes its place, delivered or not; its lease stays, so that no process overtakes
/// another that is still sending the older one.
pub(super) fn hand_over(db: &Connection, id: i64, at: Instant) -> rusqlite::Result<()> {
    let sql = "SELECT grp, peer, snapshot, message_id, chat FROM outbox JOIN groups ON groups.id = grp \
               WHERE outbox.id = ?1 AND snapshot IS NOT NULL";
    let post = db.query_row(sql, [id], |row| {
        // One that another version of swf wrote may not be read; the post is worth more than what is told of it.
        let snapshot: Option<Snapshot> = serde_json::from_str(&row.get::<_, String>(2)?).ok();
        let chat = row.get::<_, Option<i64>>(4)?.map(PeerId);
        Ok((row.get::<_, i64>(0)?, PeerId(row.get(1)?), snapshot, row.get::<_, Option<i32>>(3)?, chat))
    });
    let Some((group, peer, Some(snapshot), message_id, chat)) = post.optional()? else { return Ok(()) };
    db.execute(
        "INSERT INTO exports (grp, day, taken, key, body, next_try) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (grp, day) DO UPDATE SET \
           taken = excluded.taken, key = excluded.key, body = excluded.body, next_try = excluded.next_try, \
           attempts = 0, problem = NULL, refused = 0, delivered = NULL \
         WHERE excluded.taken >= taken AND excluded.key <> key",
        params![
            group,
            snapshot.day,
            snapshot.taken,
            snapshot.key(peer, message_id),
            snapshot.body(at, message_id, chat),
            at.0
        ],
    )?;
    db.execute("UPDATE outbox SET snapshot = NULL WHERE id = ?1", [id])?;
    Ok(())
}

impl Store {
    /// The snapshots that are not delivered, oldest day first: waiting for their turn, or refused.
    pub fn waiting_exports(&self, group: GroupKey) -> Result<Vec<Waiting>> {
        let mut statement = self.db.prepare_cached(&format!("{WAITING} AND grp = ?1 ORDER BY day"))?;
        let rows = statement.query_map([group.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first snapshot whose turn it is.
    pub fn due_export(&self, group: GroupKey, now: Instant) -> Result<Option<Waiting>> {
        let sql = format!(
            "{WAITING} AND grp = ?1 AND next_try <= ?2 AND refused = 0 AND coalesce(leased_until, 0) <= ?2 \
             ORDER BY day LIMIT 1"
        );
        Ok(self.db.prepare_cached(&sql)?.query_row(params![group.0, now.0], read).optional()?)
    }

    /// Takes a snapshot for one attempt that is over at `lease`; `None` if it is not due any more.
    pub fn claim_export(
        &mut self,
        group: GroupKey,
        waiting: &Waiting,
        asked: bool,
        now: Instant,
        lease: Instant,
    ) -> Result<Option<Waiting>> {
        self.write(|db| {
            let day = waiting.day.to_string();
            let sql = format!("{WAITING} AND grp = ?1 AND day = ?2");
            let current = db.query_row(&sql, params![group.0, day], read).optional()?;
            let Some(current) = current.filter(|current| current.is_due(now, asked)) else { return Ok(None) };
            db.execute(
                "UPDATE exports SET leased_until = ?3 WHERE grp = ?1 AND day = ?2",
                params![group.0, day, lease.0],
            )?;
            Ok(Some(current))
        })
    }

    /// Stores what became of an attempt, and gives the lease back. If a newer snapshot has come meanwhile, that one goes
    /// on waiting.
    pub fn settle_export(&mut self, group: GroupKey, sent: &Waiting, verdict: &Verdict) -> Result<()> {
        self.write(|db| {
            let day = sent.day.to_string();
            db.execute("UPDATE exports SET leased_until = NULL WHERE grp = ?1 AND day = ?2", params![group.0, day])?;
            match verdict {
                Verdict::Delivered { at } => db.execute(
                    "UPDATE exports SET delivered = ?4, problem = NULL, refused = 0, attempts = attempts + 1 \
                     WHERE grp = ?1 AND day = ?2 AND key = ?3",
                    params![group.0, day, sent.key, at.0],
                ),
                Verdict::Retry { at, problem } => db.execute(
                    "UPDATE exports SET next_try = ?4, problem = ?5, refused = 0, attempts = attempts + 1 \
                     WHERE grp = ?1 AND day = ?2 AND key = ?3 AND delivered IS NULL",
                    params![group.0, day, sent.key, at.0, problem],
                ),
                Verdict::Refused { problem } => db.execute(
                    "UPDATE exports SET refused = 1, problem = ?4, attempts = attempts + 1 \
                     WHERE grp = ?1 AND day = ?2 AND key = ?3 AND delivered IS NULL",
                    params![group.0, day, sent.key, problem],
                ),
            }
            .map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Draft, Queued};
    use super::*;
    use crate::domain::post::PostKind;
    use crate::domain::post::delivery;
    use crate::domain::post::message::Message;

    const DAY: &str = "2033-05-18";

    struct Posts {
        store: Store,
        group: GroupKey,
        _home: tempfile::TempDir,
    }

    impl Posts {
        fn new() -> Posts {
            let home = tempfile::tempdir().unwrap();
            let mut store = Store::open(&home.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
            Posts { store, group, _home: home }
        }

        /// Stores a manual post whose boards count up to `taken`; its id.
        fn queue(&mut self, taken: i64) -> i64 {
            let text = format!(r#"{{"day":"{DAY}","taken":{taken},"final":false,"boards":[]}}"#);
            let draft = Draft {
                kind: PostKind::Manual,
                day: DAY.parse().unwrap(),
                at: Instant(taken),
                once: false,
                account: None,
                is_final: false,
                message: Message { text: "Boards".into(), entities: Vec::new() },
                snapshot: Some(serde_json::from_str(&text).unwrap()),
            };
            match self.store.queue(self.group, &draft, &[], Instant(taken)).unwrap() {
                Queued::New(row) => row.id,
                Queued::Already(row) => panic!("{row:?}"),
            }
        }

        fn sent(&mut self, id: i64, at: i64, message_id: i32) {
            let chat = PeerId(-1001);
            let sent = delivery::Verdict::Sent { at: Instant(at), message_id: Some(message_id), chat };
            self.store.settle(id, &sent).unwrap();
        }

        fn waiting(&self) -> Vec<Waiting> {
            self.store.waiting_exports(self.group).unwrap()
        }

        fn claim(&mut self, at: i64) -> Option<Waiting> {
            let waiting = self.waiting().remove(0);
            self.store.claim_export(self.group, &waiting, false, Instant(at), Instant(at + 10)).unwrap()
        }
    }

    #[test]
    fn a_snapshot_waits_from_the_moment_that_its_post_is_known_as_sent() {
        let mut posts = Posts::new();
        let id = posts.queue(100);
        assert_eq!(posts.waiting(), []);
        let retry = delivery::Verdict::Retry { at: Instant(105), problem: "no network".into() };
        posts.store.settle(id, &retry).unwrap();
        assert_eq!(posts.waiting(), []);
        posts.sent(id, 110, 7);
        let waiting = posts.waiting().remove(0);
        assert_eq!((waiting.next_try, waiting.attempts), (Instant(110), 0));
        assert!(waiting.body.contains(r#""message_id":7,"chat_id":-1001"#), "{}", waiting.body);
        // Hearing of it once more is no news.
        posts.store.settle_export(posts.group, &waiting, &Verdict::Delivered { at: Instant(111) }).unwrap();
        posts.sent(id, 120, 7);
        assert_eq!(posts.waiting(), []);
    }

    #[test]
    fn a_newer_snapshot_takes_the_place_also_of_one_that_is_being_sent() {
        let mut posts = Posts::new();
        let first = posts.queue(100);
        posts.sent(first, 100, 1);
        let old = posts.claim(100).unwrap();
        let second = posts.queue(200);
        posts.sent(second, 105, 2);
        // Nobody overtakes whoever is still sending the older one.
        assert_eq!(posts.claim(106), None);
        posts.store.settle_export(posts.group, &old, &Verdict::Delivered { at: Instant(107) }).unwrap();
        let new = posts.claim(108).unwrap();
        assert!(new.body.contains(r#""message_id":2"#) && new.key != old.key, "{new:?}");
        posts.store.settle_export(posts.group, &new, &Verdict::Refused { problem: "no".into() }).unwrap();
        assert_eq!(posts.store.due_export(posts.group, Instant(10_000)).unwrap(), None);
        assert!(posts.waiting()[0].refused);
    }

    #[test]
    fn an_older_snapshot_that_comes_late_replaces_nothing() {
        let mut posts = Posts::new();
        let late = posts.queue(100);
        // As if it had been refused for a while, so that another one could be made.
        posts.store.settle(late, &delivery::Verdict::Refused { problem: "no".into() }).unwrap();
        let newer = posts.queue(200);
        posts.sent(newer, 210, 2);
        let new = posts.waiting();
        posts.sent(late, 300, 1);
        assert_eq!(posts.waiting(), new);
    }

    #[test]
    fn what_another_version_wrote_keeps_no_post_back() {
        let mut posts = Posts::new();
        let id = posts.queue(100);
        posts.store.db.execute("UPDATE outbox SET snapshot = '{\"v\": 2}'", []).unwrap();
        posts.sent(id, 110, 7);
        assert_eq!(posts.store.post(id).unwrap().sent, Some(Instant(110)));
        assert_eq!(posts.waiting(), []);
    }
}
