//! Posts whose text is composed again after it was stored, because something in it was corrected, hidden or forgotten.

use rusqlite::params;

use super::deliveries::{Delivery, rows, update};
use super::posts::{EDITABLE, UNDONE, with_picture};
use super::sql::{first, json};
use super::{GroupKey, Store, publish};
use crate::domain::Instant;
use crate::domain::post::message::Message;
use crate::domain::post::picture::Pictured;
use crate::domain::publish::Snapshot;
use crate::error::Result;

/// The result of composing a post again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// The text is the same.
    Same,
    /// The post is not sent yet, and will be sent with the new text.
    Waiting,
    /// The message is to be edited.
    Edited,
    /// The message is too old to be edited.
    TooOld,
}

impl Store {
    /// The posts of a group with a message of their own that were not taken back, the oldest first: those that are not
    /// sent, and those that were sent after `since`.
    pub fn posts_since(&self, group: GroupKey, since: Instant) -> Result<Vec<Delivery>> {
        let condition = format!(
            "scope = 'group' AND owner = ?1 AND lane = 'posts' AND told_in IS NULL AND dropped IS NULL \
             AND operation IS NOT 'delete' AND (sent IS NULL OR sent > ?2) AND NOT ({UNDONE}) ORDER BY id"
        );
        Ok(rows(&self.db, &condition, params![group, since])?)
    }

    /// Messages that were sent after this instant can still be edited.
    pub fn editable_since(now: Instant) -> Instant {
        now - EDITABLE
    }

    /// Stores the new text of a post. A final post stays final; another post gets its final text later. The website
    /// receives the new boards once the message shows them, or at once if the message can't show them.
    pub fn rewrite(
        &mut self,
        id: i64,
        message: &Message,
        picture: Option<&Pictured>,
        snapshot: Option<&Snapshot>,
        now: Instant,
    ) -> Result<Rewrite> {
        let (message, attachment) = with_picture(message, picture);
        let attachment = attachment.as_ref().map(json);
        self.write(|db| {
            let sql = "SELECT text = ?2 AND entities = ?3 AND attachment IS ?4, sent FROM deliveries \
                       WHERE id = ?1 AND dropped IS NULL AND operation IS NOT 'delete'";
            let entities = json(&message.entities);
            let values = params![id, message.text, entities, attachment];
            let known: Option<(bool, Option<Instant>)> = first(db, sql, values, |row| row.try_into())?;
            let snapshot = snapshot.map(json);
            Ok(match known {
                None | Some((true, None)) => Rewrite::Same,
                // A board has more data than its text shows.
                Some((true, Some(_))) => {
                    update(db, "snapshot = coalesce(?2, snapshot)", params![id, snapshot])?;
                    publish::enqueue_export(db, id, now)?;
                    Rewrite::Same
                }
                Some((false, None)) => {
                    // A process that is sending the post now has the old text.
                    let changed = "text = ?2, entities = ?3, snapshot = iif(snapshot IS NULL, NULL, coalesce(?4, snapshot)), \
                                   attachment = ?5, rewritten = rewritten OR unanswered > 0, \
                                   next_try = iif(text = '', ?6, next_try)";
                    update(db, changed, params![id, message.text, entities, snapshot, attachment, now])?;
                    Rewrite::Waiting
                }
                Some((false, Some(sent))) if sent <= now - EDITABLE => {
                    update(db, "snapshot = ?2", params![id, snapshot])?;
                    publish::enqueue_export(db, id, now)?;
                    Rewrite::TooOld
                }
                Some((false, Some(_))) => {
                    // If an edit waits already, it will make the post final, with this text.
                    let changed = "text = ?2, entities = ?3, snapshot = ?4, rewritten = rewritten OR operation IS NULL, \
                                   operation = 'edit', attempts = 0, unanswered = 0, next_try = ?5, problem = NULL, \
                                   problem_detail = NULL, attachment = ?6";
                    update(db, changed, params![id, message.text, entities, snapshot, now, attachment])?;
                    Rewrite::Edited
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Claimant, Draft, Queued, Settlement};
    use super::*;
    use crate::domain::PeerId;
    use crate::domain::chat::Buttons;
    use crate::domain::post::PostKind;
    use crate::domain::post::delivery::{Operation, Verdict, content_hash};
    use crate::domain::words::Language;

    const ME: PeerId = PeerId(1);

    struct Posts {
        store: Store,
        group: GroupKey,
        _home: tempfile::TempDir,
    }

    impl Posts {
        fn new() -> Posts {
            let home = tempfile::tempdir().unwrap();
            let mut store = Store::open(&home.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(PeerId(-1001), None, "Study Hall", None, ME).unwrap();
            Posts { store, group, _home: home }
        }

        fn queue(&mut self, is_final: bool) -> i64 {
            let draft = Draft {
                kind: PostKind::Daily,
                day: "2033-05-18".parse().unwrap(),
                at: Instant(100),
                once: false,
                generation: 0,
                topic: None,
                account: None,
                recaps: Vec::new(),
                told: Vec::new(),
                language: Language::En,
                message: message("Board"),
                picture: None,
                buttons: Buttons::default(),
                is_final,
                snapshot: None,
            };
            match self.store.queue(self.group, &draft, &[], Instant(100)).unwrap() {
                Queued::New(row) => row.id,
                Queued::Already(row) => panic!("{row:?}"),
            }
        }

        fn claim(&mut self, id: i64, now: i64) -> Message {
            let by = Claimant { account: Some(ME), route: None, lease: 20, asked: false };
            self.store.claim(id, by, Instant(now)).unwrap().1.message
        }

        fn settle(&mut self, id: i64, operation: Operation, sent: &Message, now: i64) {
            let settlement = Settlement {
                id,
                operation,
                idempotency_key: None,
                content_hash: content_hash(sent),
                route: None,
                made_nothing: false,
                verdict: Verdict::Done { at: Instant(now), message_id: Some(7), chat: None },
            };
            self.store.settle(&settlement).unwrap();
        }

        fn rewrite(&mut self, id: i64, text: &str, now: i64) -> Rewrite {
            self.store.rewrite(id, &message(text), None, None, Instant(now)).unwrap()
        }

        /// The row's operation, and when it became final.
        fn state(&self, id: i64) -> (Option<Operation>, Option<Instant>) {
            let row = self.store.delivery(id).unwrap();
            (row.state.operation, row.finalized)
        }
    }

    fn message(text: &str) -> Message {
        Message { text: text.into(), entities: Vec::new() }
    }

    #[test]
    fn a_post_that_is_final_stays_so_and_one_that_is_not_gets_its_final_text_later() {
        for is_final in [true, false] {
            let mut posts = Posts::new();
            let id = posts.queue(is_final);
            let sent = posts.claim(id, 100);
            posts.settle(id, Operation::Send, &sent, 101);
            let finalized = is_final.then_some(Instant(100));
            assert_eq!(posts.state(id), (None, finalized));
            assert_eq!(posts.rewrite(id, "Board", 200), Rewrite::Same);
            assert_eq!(posts.rewrite(id, "Corrected", 200), Rewrite::Edited);
            // The text changes again while the edit is being sent.
            let edited = posts.claim(id, 200);
            assert_eq!((&edited, posts.rewrite(id, "Again", 201)), (&message("Corrected"), Rewrite::Edited));
            posts.settle(id, Operation::Edit, &edited, 202);
            assert_eq!(posts.state(id).0, Some(Operation::Edit));
            let edited = posts.claim(id, 300);
            posts.settle(id, Operation::Edit, &edited, 301);
            assert_eq!((edited, posts.state(id)), (message("Again"), (None, finalized)));
            assert_eq!(posts.store.provisional(posts.group, Instant(302)).unwrap().len(), usize::from(!is_final));
        }
    }

    #[test]
    fn a_post_that_is_being_sent_is_edited_once_it_is_out() {
        let mut posts = Posts::new();
        let id = posts.queue(true);
        assert_eq!(posts.rewrite(id, "First", 100), Rewrite::Waiting);
        let sent = posts.claim(id, 100);
        assert_eq!((&sent, posts.rewrite(id, "Second", 101)), (&message("First"), Rewrite::Waiting));
        posts.settle(id, Operation::Send, &sent, 102);
        assert_eq!(posts.state(id).0, Some(Operation::Edit));
        assert_eq!(posts.claim(id, 130), message("Second"));
    }

    #[test]
    fn a_message_that_nobody_can_edit_any_more_stays() {
        let mut posts = Posts::new();
        let id = posts.queue(true);
        let sent = posts.claim(id, 100);
        posts.settle(id, Operation::Send, &sent, 101);
        assert_eq!(posts.rewrite(id, "Corrected", 101 + EDITABLE), Rewrite::TooOld);
        assert_eq!(posts.state(id).0, None);
        assert_eq!(posts.store.posts_since(posts.group, Store::editable_since(Instant(101 + EDITABLE))).unwrap(), []);
    }
}
