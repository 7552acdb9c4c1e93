//! The messages with the pulse that organisers get: rows of `deliveries`, one for each group and Monday (rules §5.12).

use chrono::NaiveDate;
use rusqlite::params;

use super::posts::random_id;
use super::sql::{exists, run, value};
use super::{GroupKey, Store};
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// The kind of these rows; it never changes.
pub const PULSE: &str = "pulse";

/// The id with which Telegram recognises a repeat: it is the same after a crash, and in every process.
fn pulse_id(group: PeerId, monday: NaiveDate) -> i64 {
    random_id(&format!("swf pulse\n{}\n{monday}", group.0))
}

impl Store {
    /// Whether the message of this Monday is stored, sent or not.
    pub fn has_pulse(&self, group: GroupKey, monday: NaiveDate) -> Result<bool> {
        let of = "deliveries WHERE scope = 'group' AND owner = ?1 AND kind = ?2 AND subject = ?3";
        Ok(exists(&self.db, of, params![group, PULSE, monday.to_string()])?)
    }

    /// Stores the message of a Monday, unless there is one; returns whether it is new. From `until` on it is not sent.
    pub fn queue_pulse(
        &mut self,
        group: GroupKey,
        monday: NaiveDate,
        language: Language,
        text: &str,
        now: Instant,
        until: Instant,
    ) -> Result<bool> {
        let insert = "INSERT OR IGNORE INTO deliveries (scope, owner, lane, kind, subject, operation, random_id, text, \
                      created, next_try, expires, language) \
                      VALUES ('group', ?1, 'alerts', ?2, ?3, 'send', ?4, ?5, ?6, ?6, ?7, ?8)";
        self.write(|db| {
            let peer: PeerId = value(db, "SELECT peer FROM groups WHERE id = ?1", [group])?;
            let (id, code) = (pulse_id(peer, monday), language.code());
            let values = params![group, PULSE, monday.to_string(), id, text, now, until, code];
            Ok(run(db, insert, values)? > 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::post::delivery::Lane;
    use crate::store::Access;

    #[test]
    fn a_group_has_one_message_for_each_monday_and_none_that_is_too_late() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        let group = |store: &mut Store, id| store.group(PeerId(id), None, "Study", None, PeerId(9)).unwrap();
        let (one, other) = (group(&mut store, -1), group(&mut store, -2));
        let [monday, later]: [NaiveDate; 2] = ["2026-11-30", "2026-12-07"].map(|date| date.parse().unwrap());
        let mut another = Store::open(&path, Access::Write).unwrap();
        let queue = |store: &mut Store, group, monday, text| {
            store.queue_pulse(group, monday, Language::En, text, Instant(100), Instant(200)).unwrap()
        };
        assert!(!store.has_pulse(one, monday).unwrap());
        assert!(queue(&mut store, one, monday, "text"));
        // Another process, with another text.
        assert!(!queue(&mut another, one, monday, "other"));
        assert!(queue(&mut store, one, later, "text") && queue(&mut store, other, monday, "text"));
        assert!(store.has_pulse(one, monday).unwrap() && !store.has_pulse(other, later).unwrap());
        let due = |now| store.due(one, Lane::Alerts, Instant(now)).unwrap();
        assert_eq!(due(199).len(), 2);
        let row = &due(199)[0];
        assert_eq!((row.message.text.as_str(), row.kind.as_str(), row.subject.as_str()), ("text", PULSE, "2026-11-30"));
        assert_eq!(row.random_id, Some(pulse_id(PeerId(-1), monday)));
        assert!(due(200).is_empty());
        let ids = [(-1, monday), (-1, later), (-2, monday)].map(|(group, monday)| pulse_id(PeerId(group), monday));
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
    }
}
