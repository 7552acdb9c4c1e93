//! Reminders of appointments (rules §10.4).

use rusqlite::params;

use super::answers::{AnswerDraft, insert};
use super::appointments::RETENTION;
use super::sql::{all, run};
use super::{GroupKey, Store};
use crate::domain::meet::reminder::Reminder;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

impl Store {
    /// Stores the message of `draft`, and a note that its receiver is reminded of the slot at `starts`, in one
    /// transaction. An existing reminder does not change, and nothing is sent twice. Returns whether it is new.
    pub fn remind(&mut self, group: GroupKey, draft: &AnswerDraft, starts: Instant, now: Instant) -> Result<bool> {
        self.write_allowed(|db, forgotten| {
            run(db, "DELETE FROM reminders WHERE starts < ?1", [now - RETENTION])?;
            if forgotten.is_some_and(|forgotten| forgotten.contains(draft.receiver)) {
                return Ok(false);
            }
            let sql = "INSERT OR IGNORE INTO reminders (grp, peer, starts, stored) VALUES (?1, ?2, ?3, ?4)";
            let is_new = run(db, sql, params![group, draft.receiver, starts, now])? > 0;
            if is_new {
                insert(db, draft, now)?;
            }
            Ok(is_new)
        })
    }

    /// The reminders of a person, by slot.
    pub fn reminders(&self, group: GroupKey, accounts: &[PeerId]) -> Result<Vec<Reminder>> {
        let mut reminders: Vec<Reminder> = Vec::new();
        for account in accounts {
            let sql = "SELECT starts, answered FROM reminders WHERE grp = ?1 AND peer = ?2";
            let read = |row: &rusqlite::Row| Ok(Reminder { starts: row.get(0)?, answered: row.get(1)? });
            let own: Vec<Reminder> = all(&self.db, sql, params![group, account], read)?;
            reminders.extend(own);
        }
        reminders.sort_by_key(|one| one.starts);
        Ok(reminders)
    }

    /// Stores that the person has answered the reminders of slots in `span`.
    pub fn answer_reminders(&mut self, group: GroupKey, accounts: &[PeerId], span: Span, at: Instant) -> Result<()> {
        self.write(|db| {
            for account in accounts {
                let sql = "UPDATE reminders SET answered = coalesce(answered, ?5) \
                           WHERE grp = ?1 AND peer = ?2 AND starts >= ?3 AND starts < ?4";
                run(db, sql, params![group, account, span.from, span.to, at])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat::Answer;
    use crate::domain::post::delivery::Lane;
    use crate::domain::words::Language;
    use crate::store::{Access, Owner, Reminds};

    const BOT: PeerId = PeerId(99);
    const HALL: PeerId = PeerId(-1);
    const ADA: PeerId = PeerId(7);
    const NOW: Instant = Instant(1_800_000_000);

    fn draft(starts: Instant) -> AnswerDraft {
        AnswerDraft {
            account: BOT,
            asked_in: HALL,
            asked: 0,
            part: 0,
            hint: None,
            ephemeral_in: None,
            reminds_of: Some(Reminds::Slot(starts)),
            receiver: ADA,
            topic: None,
            reply_to: None,
            language: Language::En,
            answer: Answer::default(),
            delete_after: None,
            expires: Some(starts),
            waits_for: None,
        }
    }

    #[test]
    fn a_reminder_is_one_message_that_is_not_sent_once_the_slot_has_begun() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(HALL, None, "Study Hall", None, PeerId(1)).unwrap();
        let starts = NOW + 600;
        let due = |store: &Store, at| store.due(Owner::Account(BOT), Lane::Answers, at).unwrap().len();
        assert!(store.remind(group, &draft(starts), starts, NOW).unwrap());
        assert!(!store.remind(group, &draft(starts), starts, NOW + 5).unwrap());
        assert_eq!((due(&store, NOW + 5), due(&store, starts - 1), due(&store, starts)), (1, 1, 0));
        // Answers are deleted after two days; the reminder stays stored.
        store.db.execute("DELETE FROM deliveries", []).unwrap();
        assert!(!store.remind(group, &draft(starts), starts, NOW + 9).unwrap());
        assert_eq!(due(&store, NOW + 9), 0);
        assert_eq!(store.reminders(group, &[ADA]).unwrap(), [Reminder { starts, answered: None }]);
        let span = |at: Instant| Span::new(at, at + 1);
        store.answer_reminders(group, &[PeerId(8)], span(starts), NOW).unwrap();
        store.answer_reminders(group, &[ADA], span(starts + 1), NOW).unwrap();
        assert_eq!(store.reminders(group, &[ADA]).unwrap()[0].answered, None);
        for at in [NOW + 20, NOW + 30] {
            store.answer_reminders(group, &[PeerId(8), ADA], span(starts), at).unwrap();
        }
        assert_eq!(store.reminders(group, &[PeerId(8), ADA]).unwrap()[0].answered, Some(NOW + 20));
    }
}
