//! The web export: the newest snapshot of each day, in the queue of all deliveries.

use rusqlite::{Connection, params};

use super::deliveries::update;
use super::sql::{first, run};
use crate::domain::Instant;
use crate::domain::publish::Snapshot;

/// Queues the snapshot of the post `id`, if it has one. To be called when the post is in the group, or has become final
/// there. A newer snapshot replaces the older one of the day, delivered or not. The lease stays, so that no process
/// overtakes another one that is still sending the older snapshot.
pub(super) fn enqueue_export(db: &Connection, id: i64, at: Instant) -> rusqlite::Result<()> {
    let sql = "SELECT owner, peer, snapshot, message_id, chat FROM deliveries JOIN groups ON groups.id = owner \
               WHERE deliveries.id = ?1 AND scope = 'group' AND snapshot IS NOT NULL";
    let post = first(db, sql, [id], |row| {
        // A snapshot of another version of swf may be unreadable. It must not stop the post.
        let snapshot: Option<Snapshot> = serde_json::from_str(&row.get::<_, String>(2)?).ok();
        Ok((row.get::<_, i64>(0)?, row.get(1)?, snapshot, row.get(3)?, row.get(4)?))
    })?;
    let Some((group, peer, Some(snapshot), message_id, chat)) = post else { return Ok(()) };
    let (key, body) = (snapshot.key(peer, message_id), snapshot.body(peer, at, message_id, chat));
    let insert = "INSERT INTO deliveries (scope, owner, lane, kind, subject, operation, idempotency_key, text, as_of, \
                  created, next_try) VALUES ('group', ?1, 'website', 'boards', ?2, 'send', ?3, ?4, ?5, ?6, ?6) \
                  ON CONFLICT (scope, owner, kind, subject, generation) DO UPDATE SET \
                    idempotency_key = excluded.idempotency_key, text = excluded.text, as_of = excluded.as_of, \
                    next_try = excluded.next_try, operation = 'send', attempts = 0, unanswered = 0, problem = NULL, \
                    problem_detail = NULL, refused = 0, sent = NULL \
                  WHERE excluded.as_of >= as_of AND excluded.idempotency_key <> idempotency_key";
    run(db, insert, params![group, snapshot.day, key, body, snapshot.taken, at])?;
    update(db, "snapshot = NULL", [id])
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Claimant, Delivery, Draft, GroupKey, Queued, Settlement, Store};
    use super::*;
    use crate::domain::PeerId;
    use crate::domain::chat::Buttons;
    use crate::domain::post::PostKind;
    use crate::domain::post::delivery::Turn;
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

        /// Stores a manual post whose boards count up to `taken`; returns its id.
        fn queue(&mut self, taken: i64) -> i64 {
            let text = format!(r#"{{"day":"{DAY}","taken":{taken},"final":false,"boards":[]}}"#);
            let draft = Draft {
                kind: PostKind::Manual,
                day: DAY.parse().unwrap(),
                at: Instant(taken),
                once: false,
                generation: 0,
                topic: None,
                account: None,
                language: crate::domain::words::Language::En,
                picture: None,
                buttons: Buttons::default(),
                is_final: false,
                message: Message { text: "Boards".into(), entities: Vec::new() },
                snapshot: Some(serde_json::from_str(&text).unwrap()),
                recaps: Vec::new(),
                told: Vec::new(),
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
            let (turn, row) = self.store.claim(waiting.id, by, Instant(at)).unwrap();
            (turn == Turn::Ready).then_some(row)
        }
    }

    fn problem() -> Problem {
        Problem::new(Code::Connection, "no network")
    }

    #[test]
    fn a_snapshot_is_queued_when_its_post_is_stored_as_sent() {
        let mut posts = Posts::new();
        let id = posts.queue(100);
        assert_eq!(posts.waiting(), []);
        posts.settle(id, None, Verdict::Retry { at: Instant(105), problem: problem() });
        assert_eq!(posts.waiting(), []);
        posts.sent(id, 110, 7);
        let waiting = posts.waiting().remove(0);
        assert_eq!((waiting.state.next_try, waiting.state.attempts), (Instant(110), 0));
        assert!(waiting.message.text.contains(r#""message_id":7,"chat_id":-1001"#), "{waiting:?}");
        // A repeated result changes nothing.
        posts.delivered(&waiting, 111);
        posts.sent(id, 120, 7);
        assert_eq!(posts.waiting(), []);
    }

    #[test]
    fn a_newer_snapshot_replaces_one_that_is_being_sent() {
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
        // Marks the post as refused, so that another one can be made.
        posts.settle(late, None, Verdict::Refused { problem: problem() });
        let newer = posts.queue(200);
        posts.sent(newer, 210, 2);
        let new = posts.waiting();
        posts.sent(late, 300, 1);
        assert_eq!(posts.waiting(), new);
    }

    #[test]
    fn a_snapshot_of_another_version_does_not_stop_its_post() {
        let mut posts = Posts::new();
        let id = posts.queue(100);
        posts.store.db.execute("UPDATE deliveries SET snapshot = '{\"v\": 2}'", []).unwrap();
        posts.sent(id, 110, 7);
        assert_eq!(posts.store.delivery(id).unwrap().sent, Some(Instant(110)));
        assert_eq!(posts.waiting(), []);
    }
}
