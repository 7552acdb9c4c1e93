//! What people chose for themselves: a goal for the week, and whether the group may see their streak.

use std::collections::BTreeMap;

use rusqlite::params;

use super::sql::{all, run};
use super::{GroupKey, Store};
use crate::domain::PeerId;
use crate::domain::people::Aliases;
use crate::error::Result;

/// A person's choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Seconds a week.
    pub goal: Option<i64>,
    /// The group may see the streak.
    pub shows_streak: bool,
}

const SHOWN: &str = "shown";
const OFF: &str = "off";

impl Store {
    /// The choices of a group, by person. If several accounts of a person have choices, those of the account that
    /// represents the person hold, else those of the account with the lowest id.
    pub fn choices(&self, group: GroupKey, aliases: &Aliases) -> Result<BTreeMap<PeerId, Choices>> {
        let sql = "SELECT peer, goal, streak FROM choices WHERE grp = ?1 ORDER BY peer";
        let rows: Vec<(PeerId, Option<i64>, String)> = all(&self.db, sql, [group], |row| row.try_into())?;
        let mut choices = BTreeMap::new();
        for (peer, goal, streak) in rows {
            let chosen = Choices { goal, shows_streak: streak == SHOWN };
            let person = aliases.person(peer);
            if peer == person {
                choices.insert(person, chosen);
            } else {
                choices.entry(person).or_insert(chosen);
            }
        }
        Ok(choices)
    }

    /// Stores a person's choices under the account that represents them, unless they were forgotten, and deletes those
    /// under `others`, the person's other accounts.
    pub fn choose(&mut self, group: GroupKey, person: PeerId, others: &[PeerId], choices: Choices) -> Result<()> {
        let Choices { goal, shows_streak } = choices;
        self.write_allowed(|db, forgotten| {
            if forgotten.is_some_and(|forgotten| forgotten.contains(person)) {
                return Ok(());
            }
            for peer in others {
                run(db, "DELETE FROM choices WHERE grp = ?1 AND peer = ?2", params![group, peer])?;
            }
            let sql = "INSERT INTO choices (grp, peer, goal, streak) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (grp, peer) \
                       DO UPDATE SET goal = excluded.goal, streak = excluded.streak";
            run(db, sql, params![group, person, goal, if shows_streak { SHOWN } else { OFF }]).map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Access;

    #[test]
    fn choices_belong_to_the_person() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        let other_group = store.group(PeerId(-2), None, "Another", None, PeerId(1)).unwrap();
        let [ada, phone, tablet] = [PeerId(7), PeerId(5), PeerId(6)];
        let [alone, joined] = [Aliases::default(), Aliases::new([(ada, phone), (ada, tablet)])];
        let goal = |goal| Choices { goal: Some(goal), shows_streak: false };
        let shown = Choices { goal: None, shows_streak: true };
        store.choose(group, phone, &[], shown).unwrap();
        store.choose(group, tablet, &[], goal(60)).unwrap();
        assert_eq!(store.choices(group, &alone).unwrap(), [(phone, shown), (tablet, goal(60))].into());
        // The choices that were deleted were not those of the person's own account.
        assert_eq!(store.choices(group, &joined).unwrap(), [(ada, shown)].into());
        store.choose(group, ada, &[], goal(3600)).unwrap();
        assert_eq!(store.choices(group, &joined).unwrap(), [(ada, goal(3600))].into());
        store.choose(group, ada, &[phone, tablet], Choices::default()).unwrap();
        assert_eq!(store.choices(group, &alone).unwrap(), [(ada, Choices::default())].into());
        assert!(store.choices(other_group, &alone).unwrap().is_empty());
    }
}
