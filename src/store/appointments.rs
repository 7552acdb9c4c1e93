//! Appointments for slots of the group (rules §10).

use rusqlite::{Connection, params};

use super::sql::{all, run};
use super::{GroupKey, Store};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

/// How long an appointment is kept after its slot began, in seconds.
pub(super) const RETENTION: i64 = 60 * 86_400;

/// An appointment of a person for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// The account that made it.
    pub account: PeerId,
    /// When the slot begins.
    pub starts: Instant,
    /// When the appointment was made.
    pub made: Instant,
}

impl Store {
    /// Stores that an account will come to the slot at `starts`, unless it was forgotten. Deletes appointments that are
    /// older than 60 days. A repeat changes nothing.
    pub fn appoint(&mut self, group: GroupKey, account: PeerId, starts: Instant, now: Instant) -> Result<()> {
        self.write_allowed(|db, forgotten| {
            run(db, "DELETE FROM appointments WHERE starts < ?1", [now - RETENTION])?;
            if forgotten.is_some_and(|forgotten| forgotten.contains(account)) {
                return Ok(());
            }
            let sql = "INSERT OR IGNORE INTO appointments (grp, peer, starts, made) VALUES (?1, ?2, ?3, ?4)";
            run(db, sql, params![group, account, starts, now]).map(drop)
        })
    }

    /// Takes back a person's appointments for slots in `span`.
    pub fn withdraw(&mut self, group: GroupKey, accounts: &[PeerId], span: Span) -> Result<()> {
        self.write(|db| {
            for account in accounts {
                let sql = "DELETE FROM appointments WHERE grp = ?1 AND peer = ?2 AND starts >= ?3 AND starts < ?4";
                run(db, sql, params![group, account, span.from, span.to])?;
            }
            Ok(())
        })
    }

    /// All appointments for slots that begin in `span`, ordered by slot.
    pub fn appointments(&self, group: GroupKey, span: Span) -> Result<Vec<Appointment>> {
        let sql = "SELECT peer, starts, made FROM appointments WHERE grp = ?1 AND starts >= ?2 AND starts < ?3 \
                   ORDER BY starts, peer";
        let read =
            |row: &rusqlite::Row| Ok(Appointment { account: row.get(0)?, starts: row.get(1)?, made: row.get(2)? });
        Ok(all(&self.db, sql, params![group, span.from, span.to], read)?)
    }
}

/// Deletes the appointments after `at` of an account that leaves the boards.
pub(super) fn leave(db: &Connection, group: GroupKey, account: PeerId, at: Instant) -> rusqlite::Result<()> {
    let sql = "DELETE FROM appointments WHERE grp = ?1 AND peer = ?2 AND starts > ?3";
    run(db, sql, params![group, account, at]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rights::Rights;
    use crate::store::Access;

    const ADA: PeerId = PeerId(7);
    const BOB: PeerId = PeerId(8);
    const NOW: Instant = Instant(1_800_000_000);

    fn store() -> (tempfile::TempDir, Store, GroupKey) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        (folder, store, group)
    }

    fn from(at: Instant) -> Span {
        Span::new(at, Instant(i64::MAX))
    }

    #[test]
    fn an_appointment_is_stored_once_and_taken_back_with_all_accounts_of_the_person() {
        let (_folder, mut store, group) = store();
        let other = store.group(PeerId(-2), None, "Another", None, PeerId(1)).unwrap();
        let [evening, night] = [NOW + 3600, NOW + 7200];
        for at in [NOW, NOW + 5] {
            store.appoint(group, ADA, evening, at).unwrap();
        }
        store.appoint(group, BOB, evening, NOW).unwrap();
        store.appoint(group, BOB, night, NOW).unwrap();
        let made = |account, starts| Appointment { account, starts, made: NOW };
        let all = [made(ADA, evening), made(BOB, evening), made(BOB, night)];
        assert_eq!(store.appointments(group, from(NOW)).unwrap(), all);
        assert_eq!(store.appointments(group, Span::new(evening, night)).unwrap(), all[..2]);
        assert!(store.appointments(other, from(NOW)).unwrap().is_empty());
        store.withdraw(group, &[BOB, PeerId(9)], from(night)).unwrap();
        store.withdraw(other, &[ADA], from(NOW)).unwrap();
        assert_eq!(store.appointments(group, from(NOW)).unwrap(), all[..2]);
    }

    #[test]
    fn appointments_are_kept_for_sixty_days() {
        let (_folder, mut store, group) = store();
        store.appoint(group, ADA, NOW, NOW).unwrap();
        store.appoint(group, BOB, NOW + RETENTION + 100, NOW + RETENTION).unwrap();
        assert_eq!(store.appointments(group, from(NOW)).unwrap().len(), 2);
        store.appoint(group, BOB, NOW + RETENTION + 100, NOW + RETENTION + 1).unwrap();
        assert_eq!(store.appointments(group, from(NOW)).unwrap().len(), 1);
    }

    #[test]
    fn whoever_leaves_comes_to_nothing_that_is_ahead() {
        let (_folder, mut store, group) = store();
        for account in [ADA, BOB] {
            for starts in [NOW - 3600, NOW + 3600] {
                store.appoint(group, account, starts, NOW).unwrap();
            }
        }
        let left = Rights { left: Some(NOW), ..Rights::default() };
        store.decide(group, &[ADA], &left).unwrap();
        let of = |account| {
            let all = store.appointments(group, from(Instant(0))).unwrap().into_iter();
            all.filter(|one| one.account == account).map(|one| one.starts).collect::<Vec<_>>()
        };
        assert_eq!((of(ADA), of(BOB)), (vec![NOW - 3600], vec![NOW - 3600, NOW + 3600]));
    }
}
