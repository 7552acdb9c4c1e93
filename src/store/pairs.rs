//! Pairs that share a streak, and open questions (rules §10.5).

use rusqlite::{Connection, params};

use super::sql::{all, run, value};
use super::{GroupKey, Store};
use crate::domain::meet::pairs::{MAX_PAIRS, Pair, QUESTION_LIFETIME};
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// A change of the pairs of a group. Carrying it out twice has the same result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairChange {
    Ask {
        asker: PeerId,
        other: PeerId,
        at: Instant,
    },
    /// `sides` are all accounts of each of the two people.
    Accept {
        pair: Pair,
        sides: [Vec<PeerId>; 2],
        at: Instant,
    },
    Decline {
        asker: PeerId,
        other: PeerId,
        at: Instant,
    },
    /// The people with these accounts are not a pair any more, and a question of the first to the second ends.
    End {
        own: Vec<PeerId>,
        others: Vec<PeerId>,
    },
}

impl Store {
    /// All pairs and questions of a group, by account; also questions that have expired.
    pub fn pairs(&self, group: GroupKey) -> Result<Vec<Pair>> {
        let sql =
            "SELECT asker, other, asked, accepted, declined FROM pairs WHERE grp = ?1 ORDER BY asked, asker, other";
        let read = |row: &rusqlite::Row| {
            let (asker, other, asked, accepted, declined) = row.try_into()?;
            Ok(Pair { asker, other, asked, accepted, declined })
        };
        Ok(all(&self.db, sql, [group], read)?)
    }

    /// Carries out a change, but stores nothing about forgotten people. Deletes questions that have expired.
    pub fn change_pair(&mut self, group: GroupKey, change: &PairChange, now: Instant) -> Result<()> {
        self.write_allowed(|db, forgotten| {
            let ended = "DELETE FROM pairs WHERE accepted IS NULL AND asked <= ?1";
            run(db, ended, [now - QUESTION_LIFETIME])?;
            match change {
                PairChange::Ask { asker, other, at } => {
                    let is_forgotten = |account| forgotten.is_some_and(|forgotten| forgotten.contains(account));
                    if is_forgotten(*asker) || is_forgotten(*other) {
                        return Ok(());
                    }
                    let sql = "INSERT OR IGNORE INTO pairs (grp, asker, other, asked) VALUES (?1, ?2, ?3, ?4)";
                    run(db, sql, params![group, asker, other, at]).map(drop)
                }
                PairChange::Accept { pair, sides, at } => {
                    if count(db, group, &sides[0])? >= MAX_PAIRS || count(db, group, &sides[1])? >= MAX_PAIRS {
                        return Ok(());
                    }
                    let sql = "UPDATE pairs SET accepted = coalesce(accepted, ?5), declined = NULL \
                               WHERE grp = ?1 AND asker = ?2 AND other = ?3 AND asked = ?4";
                    run(db, sql, params![group, pair.asker, pair.other, pair.asked, at]).map(drop)
                }
                PairChange::Decline { asker, other, at } => {
                    let sql = "UPDATE pairs SET declined = coalesce(declined, ?4) \
                               WHERE grp = ?1 AND asker = ?2 AND other = ?3 AND accepted IS NULL";
                    run(db, sql, params![group, asker, other, at]).map(drop)
                }
                PairChange::End { own, others } => {
                    for (one, other) in own.iter().flat_map(|one| others.iter().map(move |other| (one, other))) {
                        let sql = "DELETE FROM pairs WHERE grp = ?1 AND \
                                   (asker = ?2 AND other = ?3 OR asker = ?3 AND other = ?2 AND accepted IS NOT NULL)";
                        run(db, sql, params![group, one, other])?;
                    }
                    Ok(())
                }
            }
        })
    }
}

/// How many pairs the person with these accounts has.
fn count(db: &Connection, group: GroupKey, accounts: &[PeerId]) -> rusqlite::Result<usize> {
    let mut count = 0;
    for account in accounts {
        let sql = "SELECT count(*) FROM pairs WHERE grp = ?1 AND ?2 IN (asker, other) AND accepted IS NOT NULL";
        count += value::<i64>(db, sql, params![group, account])? as usize;
    }
    Ok(count)
}

/// Deletes the pairs and questions of an account whose person hides or leaves.
pub(super) fn dissolve(db: &Connection, group: GroupKey, account: PeerId) -> rusqlite::Result<()> {
    run(db, "DELETE FROM pairs WHERE grp = ?1 AND ?2 IN (asker, other)", params![group, account]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rights::Rights;
    use crate::store::Access;

    const ADA: PeerId = PeerId(7);
    const BOB: PeerId = PeerId(8);
    const EVE: PeerId = PeerId(9);
    const NOW: Instant = Instant(1_800_000_000);

    fn store() -> (tempfile::TempDir, Store, GroupKey) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        (folder, store, group)
    }

    fn ask(store: &mut Store, group: GroupKey, asker: PeerId, other: PeerId, at: Instant) {
        store.change_pair(group, &PairChange::Ask { asker, other, at }, at).unwrap();
    }

    fn accept(store: &mut Store, group: GroupKey, asker: PeerId, other: PeerId, at: Instant) {
        let pair = Pair { asker, other, asked: NOW, accepted: None, declined: None };
        let sides = [vec![asker], vec![other]];
        store.change_pair(group, &PairChange::Accept { pair, sides, at }, at).unwrap();
    }

    fn stored(store: &Store, group: GroupKey) -> Vec<(PeerId, PeerId, bool)> {
        let all = store.pairs(group).unwrap().into_iter();
        all.map(|pair| (pair.asker, pair.other, pair.accepted.is_some())).collect()
    }

    #[test]
    fn a_question_is_asked_once_answered_once_and_ends_after_seven_days() {
        let (_folder, mut store, group) = store();
        for at in [NOW, NOW + 5] {
            ask(&mut store, group, ADA, BOB, at);
        }
        ask(&mut store, group, ADA, EVE, NOW);
        assert_eq!(store.pairs(group).unwrap().iter().map(|pair| pair.asked).max(), Some(NOW));
        for at in [NOW + 10, NOW + 20] {
            accept(&mut store, group, ADA, BOB, at);
            let decline = |asker, other| PairChange::Decline { asker, other, at };
            store.change_pair(group, &decline(ADA, BOB), at).unwrap();
            store.change_pair(group, &decline(ADA, EVE), at).unwrap();
        }
        let pair = Pair { asker: ADA, other: BOB, asked: NOW, accepted: Some(NOW + 10), declined: None };
        let declined = Pair { other: EVE, accepted: None, declined: Some(NOW + 10), ..pair };
        assert_eq!(store.pairs(group).unwrap(), [pair, declined]);
        let nothing = PairChange::End { own: vec![], others: vec![] };
        store.change_pair(group, &nothing, NOW + QUESTION_LIFETIME - 1).unwrap();
        assert_eq!(store.pairs(group).unwrap().len(), 2);
        store.change_pair(group, &nothing, NOW + QUESTION_LIFETIME).unwrap();
        assert_eq!(store.pairs(group).unwrap(), [pair]);
    }

    #[test]
    fn a_sixth_pair_is_not_stored_whoever_accepts_at_the_same_time() {
        let (_folder, mut store, group) = store();
        for number in 0..7 {
            ask(&mut store, group, PeerId(100 + number), ADA, NOW);
            accept(&mut store, group, PeerId(100 + number), ADA, NOW + 1);
        }
        assert_eq!(stored(&store, group).iter().filter(|(_, _, is_accepted)| *is_accepted).count(), MAX_PAIRS);
    }

    #[test]
    fn a_pair_ends_from_either_side_and_a_question_only_from_that_of_the_asker() {
        let (_folder, mut store, group) = store();
        let end = |store: &mut Store, own: &[PeerId], other| {
            let change = PairChange::End { own: own.to_vec(), others: vec![other] };
            store.change_pair(group, &change, NOW).unwrap();
        };
        ask(&mut store, group, ADA, BOB, NOW);
        end(&mut store, &[BOB], ADA);
        assert_eq!(stored(&store, group), [(ADA, BOB, false)]);
        accept(&mut store, group, ADA, BOB, NOW);
        ask(&mut store, group, ADA, EVE, NOW);
        end(&mut store, &[PeerId(99), BOB], ADA);
        assert_eq!(stored(&store, group), [(ADA, EVE, false)]);
        end(&mut store, &[ADA], EVE);
        assert_eq!(stored(&store, group), []);
    }

    #[test]
    fn whoever_hides_or_leaves_is_in_no_pair() {
        for rights in [Rights { hidden: true, ..Rights::default() }, Rights { left: Some(NOW), ..Rights::default() }] {
            for person in [ADA, BOB] {
                let (_folder, mut store, group) = store();
                ask(&mut store, group, ADA, BOB, NOW);
                accept(&mut store, group, ADA, BOB, NOW);
                ask(&mut store, group, EVE, PeerId(10), NOW);
                store
                    .decide(group, &[person], &Rights { pen_name: Some("Falcon".into()), ..Rights::default() })
                    .unwrap();
                assert_eq!(stored(&store, group).len(), 2, "a pen name changes nothing");
                store.decide(group, &[person], &rights).unwrap();
                assert_eq!(stored(&store, group), [(EVE, PeerId(10), false)]);
            }
        }
    }
}
