//! Posts whose text is composed again after it was stored: what they show was corrected, hidden or forgotten.

use rusqlite::params;

use super::deliveries::{Delivery, rows, update};
use super::posts::{EDITABLE, UNDONE};
use super::sql::{first, json};
use super::{GroupKey, Store, publish};
use crate::domain::Instant;
use crate::domain::post::message::Message;
use crate::domain::publish::Snapshot;
use crate::error::Result;

/// What became of a post whose text was composed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// It says the same.
    Same,
    /// It is not sent yet, and will be sent with the new text.
    Waiting,
    /// Its message is to be edited.
    Edited,
    /// Telegram lets nobody edit its message any more.
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

    /// When a message must have been sent so that it can still be edited.
    pub fn editable_since(now: Instant) -> Instant {
        now - EDITABLE
    }

    /// Stores the new text of a post. A post that is final stays so, and one that is not gets its final text later. The
    /// website receives the new boards once the message shows them, and at once if it can't.
    pub fn rewrite(
        &mut self,
        id: i64,
        message: &Message,
        snapshot: Option<&Snapshot>,
        now: Instant,
    ) -> Result<Rewrite> {
        self.write(|db| {
            let sql = "SELECT text = ?2 AND entities = ?3, sent FROM deliveries \
                       WHERE id = ?1 AND dropped IS NULL AND operation IS NOT 'delete'";
            let entities = json(&message.entities);
            let values = params![id, message.text, entities];
            let known: Option<(bool, Option<Instant>)> = first(db, sql, values, |row| row.try_into())?;
            let snapshot = snapshot.map(json);
            Ok(match known {
                None | Some((true, None)) => Rewrite::Same,
                // A board has more than its text shows.
                Some((true, Some(_))) => {
                    update(db, "snapshot = coalesce(?2, snapshot)", params![id, snapshot])?;
                    publish::enqueue_export(db, id, now)?;
                    Rewrite::Same
                }
                Some((false, None)) => {
                    // Whoever sends it now has the old text.
                    let changed = "text = ?2, entities = ?3, snapshot = iif(snapshot IS NULL, NULL, coalesce(?4, snapshot)), \
                                   rewritten = rewritten OR unanswered > 0";
                    update(db, changed, params![id, message.text, entities, snapshot])?;
                    Rewrite::Waiting
                }
                Some((false, Some(sent))) if sent <= now - EDITABLE => {
                    update(db, "snapshot = ?2", params![id, snapshot])?;
                    publish::enqueue_export(db, id, now)?;
                    Rewrite::TooOld
                }
                Some((false, Some(_))) => {
                    // An edit that waits already makes the post final, with this text.
                    let changed = "text = ?2, entities = ?3, snapshot = ?4, rewritten = rewritten OR operation IS NULL, \
                                   operation = 'edit', attempts = 0, unanswered = 0, next_try = ?5, problem = NULL, \
                                   problem_detail = NULL";
                    update(db, changed, params![id, message.text, entities, snapshot, now])?;
                    Rewrite::Edited
                }
            })
        })
    }
}
