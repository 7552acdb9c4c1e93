//! What a website is to receive (the web export): the newest snapshot of each day, in the queue of everything that is sent.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::publish::Snapshot;
use crate::domain::{Instant, PeerId};

pub(super) fn to_json(snapshot: &Snapshot) -> String {
    serde_json::to_string(snapshot).expect("a snapshot is plain data")
}

/// The post `id` is in the group, or final there: its snapshot, if it has one, waits to be sent from now on. A newer
/// snapshot takes the place of the day's older one, delivered or not; its lease stays, so that no process overtakes
/// another that is still sending the older one.
pub(super) fn enqueue_export(db: &Connection, id: i64, at: Instant) -> rusqlite::Result<()> {
    let sql = "SELECT owner, peer, snapshot, message_id, chat FROM deliveries JOIN groups ON groups.id = owner \
               WHERE deliveries.id = ?1 AND scope = 'group' AND snapshot IS NOT NULL";
    let post = db.query_row(sql, [id], |row| {
        // One that another version of swf wrote may not be read; the post is worth more than its export.
        let snapshot: Option<Snapshot> = serde_json::from_str(&row.get::<_, String>(2)?).ok();
        let chat = row.get::<_, Option<i64>>(4)?.map(PeerId);
        Ok((row.get::<_, i64>(0)?, PeerId(row.get(1)?), snapshot, row.get::<_, Option<i32>>(3)?, chat))
    });
    let Some((group, peer, Some(snapshot), message_id, chat)) = post.optional()? else { return Ok(()) };
    db.execute(
        "INSERT INTO deliveries (scope, owner, lane, kind, subject, operation, idempotency_key, text, as_of, created, \
         next_try) VALUES ('group', ?1, 'website', 'boards', ?2, 'send', ?3, ?4, ?5, ?6, ?6) \
         ON CONFLICT (scope, owner, kind, subject, generation) DO UPDATE SET \
           idempotency_key = excluded.idempotency_key, text = excluded.text, as_of = excluded.as_of, \
           next_try = excluded.next_try, operation = 'send', attempts = 0, unanswered = 0, problem = NULL, \
           problem_detail = NULL, refused = 0, sent = NULL \
         WHERE excluded.as_of >= as_of AND excluded.idempotency_key <> idempotency_key",
        params![
            group,
            snapshot.day,
            snapshot.key(peer, message_id),
            snapshot.body(at, message_id, chat),
            snapshot.taken,
            at.0
        ],
    )?;
    db.execute("UPDATE deliveries SET snapshot = NULL WHERE id = ?1", [id])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Claim, Claimant, Delivery, Draft, GroupKey, Queued, Settlement, Store};
    use super::*;
    use crate::domain::post::PostKind;
    use crate::domain::post::delivery::{Lane, Operation, Verdict};
    use crate::domain::post::message::Message;
    use crate::domain::post::problem::{Code, Problem};

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
                generation: 0,
                account: None,
                language: crate::domain::words::Language::En,
                is_final: false,
                message: Message { text: "Boards".into(), entities: Vec::new() },
                snapshot: Some(serde_json::from_str(&text).unwrap()),
            };
            match self.store.queue(self.group, &draft, &[], Instant(taken)).unwrap() {
                Queued::New(row) => row.id,
                Queued::Already(row) => panic!("{row:?}"),
            }
        }

        fn settle(&mut self, id: i64, key: Option<&str>, verdict: Verdict) {
            let settlement = Settlement {
                id,
                operation: Operation::Send,
                idempotency_key: key.map(str::to_owned),
                content_hash: "shown".into(),
                route: None,
                made_nothing: false,
                verdict,
            };
            self.store.settle(&settlement).unwrap();
        }

        fn sent(&mut self, id: i64, at: i64, message_id: i32) {
            let chat = Some(PeerId(-1001));
            self.settle(id, None, Verdict::Done { at: Instant(at), message_id: Some(message_id), chat });
        }

        fn delivered(&mut self, export: &Delivery, at: i64) {
            let done = Verdict::Done { at: Instant(at), message_id: None, chat: None };
            self.settle(export.id, export.idempotency_key.as_deref(), done);
        }

        fn waiting(&self) -> Vec<Delivery> {
            self.store.undelivered(self.group, Lane::Website, Instant(0)).unwrap()
        }

        fn claim(&mut self, at: i64) -> Option<Delivery> {
            let waiting = self.waiting().remove(0);
            let by = Claimant { account: None, route: None, lease: 10, asked: false };
            match self.store.claim(waiting.id, by, Instant(at)).unwrap() {
                Claim::Won(row) => Some(*row),
                _ => None,
            }
        }
    }

    fn problem() -> Problem {
        Problem::new(Code::Connection, "no network")
    }

    #[test]
    fn a_snapshot_waits_from_the_moment_that_its_post_is_known_as_sent() {
        let mut posts = Posts::new();
        let id = posts.queue(100);
        assert_eq!(posts.waiting(), []);
        posts.settle(id, None, Verdict::Retry { at: Instant(105), problem: problem() });
        assert_eq!(posts.waiting(), []);
        posts.sent(id, 110, 7);
        let waiting = posts.waiting().remove(0);
        assert_eq!((waiting.state.next_try, waiting.state.attempts), (Instant(110), 0));
        assert!(waiting.message.text.contains(r#""message_id":7,"chat_id":-1001"#), "{waiting:?}");
        // Hearing of it once more is no news.
        posts.delivered(&waiting, 111);
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
        // A newer export waits while another process sends the older one.
        assert_eq!(posts.claim(106), None);
        posts.delivered(&old, 107);
        let new = posts.claim(108).unwrap();
        assert!(new.message.text.contains(r#""message_id":2"#) && new.idempotency_key != old.idempotency_key);
        posts.settle(new.id, new.idempotency_key.as_deref(), Verdict::Refused { problem: problem() });
        assert_eq!(posts.store.due(posts.group, Lane::Website, Instant(10_000)).unwrap(), []);
        assert!(posts.waiting()[0].state.refused);
    }

    #[test]
    fn an_older_snapshot_that_comes_late_replaces_nothing() {
        let mut posts = Posts::new();
        let late = posts.queue(100);
        // As if it had been refused for a while, so that another one could be made.
        posts.settle(late, None, Verdict::Refused { problem: problem() });
        let newer = posts.queue(200);
        posts.sent(newer, 210, 2);
        let new = posts.waiting();
        posts.sent(late, 300, 1);
        assert_eq!(posts.waiting(), new);
    }

    #[test]
    fn a_snapshot_of_another_version_does_not_keep_its_post_back() {
        let mut posts = Posts::new();
        let id = posts.queue(100);
        posts.store.db.execute("UPDATE deliveries SET snapshot = '{\"v\": 2}'", []).unwrap();
        posts.sent(id, 110, 7);
        assert_eq!(posts.store.delivery(id).unwrap().sent, Some(Instant(110)));
        assert_eq!(posts.waiting(), []);
    }
}
