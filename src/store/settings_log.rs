//! The settings of a group over time (rules §5.12).

use std::collections::BTreeMap;

use rusqlite::params;

use super::sql::{all, run};
use super::{GroupKey, Store};
use crate::domain::{Instant, Span};
use crate::error::Result;

/// A change of a setting. Values are as they were written; `None` if the setting was not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedSetting {
    /// When a tracker applied the change.
    pub at: Instant,
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Store {
    /// Stores the values that differ from the last stored ones.
    pub fn log_settings(
        &mut self,
        group: GroupKey,
        values: &BTreeMap<&'static str, Option<String>>,
        now: Instant,
    ) -> Result<()> {
        // The last row of a name replaces earlier ones in the map.
        let sql = "SELECT name, value FROM settings_log WHERE grp = ?1 ORDER BY name, at";
        let stored: Vec<(String, Option<String>)> = all(&self.db, sql, [group], |row| row.try_into())?;
        let stored: BTreeMap<String, Option<String>> = stored.into_iter().collect();
        let new: Vec<_> = values.iter().filter(|(name, value)| stored.get(**name) != Some(*value)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO settings_log (grp, name, at, value) VALUES (?1, ?2, ?3, ?4)";
        self.write(|db| {
            for (name, value) in new {
                run(db, sql, params![group, name, now, value])?;
            }
            Ok(())
        })
    }

    /// The changes that trackers applied in `window`, in order.
    pub fn changed_settings(&self, group: GroupKey, window: Span) -> Result<Vec<ChangedSetting>> {
        let sql = "SELECT at, name, before, value FROM ( \
                     SELECT at, name, value, lag(value) OVER names AS before, row_number() OVER names AS number \
                     FROM settings_log WHERE grp = ?1 WINDOW names AS (PARTITION BY name ORDER BY at)) \
                   WHERE number > 1 AND at >= ?2 AND at < ?3 ORDER BY at, name";
        let changed = |row: &rusqlite::Row| {
            Ok(ChangedSetting { at: row.get(0)?, name: row.get(1)?, before: row.get(2)?, after: row.get(3)? })
        };
        Ok(all(&self.db, sql, params![group, window.from, window.to], changed)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerId;
    use crate::store::Access;

    #[test]
    fn only_changes_are_stored_and_the_first_values_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let [one, other] = [-1, -2].map(|peer| store.group(PeerId(peer), None, "Hall", None, PeerId(9)).unwrap());
        let values = |top: Option<&str>| {
            BTreeMap::from([("SWF_BOARD", Some("days".to_owned())), ("SWF_TOP", top.map(str::to_owned))])
        };
        for (at, top) in [(10, None), (20, None), (30, Some("5")), (40, Some("5")), (50, None)] {
            store.log_settings(one, &values(top), Instant(at)).unwrap();
        }
        store.log_settings(other, &values(Some("7")), Instant(30)).unwrap();
        let changed = |group, from, to| {
            let changes = store.changed_settings(group, Span::new(Instant(from), Instant(to))).unwrap();
            changes.into_iter().map(|one| (one.at.0, one.name, one.before, one.after)).collect::<Vec<_>>()
        };
        let top = |at, before: Option<&str>, after: Option<&str>| {
            (at, "SWF_TOP".to_owned(), before.map(str::to_owned), after.map(str::to_owned))
        };
        assert_eq!(changed(one, 0, 100), [top(30, None, Some("5")), top(50, Some("5"), None)]);
        assert_eq!(changed(one, 31, 50), []);
        assert_eq!(changed(other, 0, 100), []);
    }
}
