//! Reads for recaps: which posts have one, and who studied before.

use std::collections::BTreeSet;

use rusqlite::params;

use super::posts::{OF_DAYS, UNDONE};
use super::sql::all;
use super::{GroupKey, Store};
use crate::domain::post::recap::RecapKey;
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// A recap and the day of the post that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedRecap {
    pub key: RecapKey,
    /// In the form `YYYY-MM-DD`.
    pub day: String,
}

impl Store {
    /// The recaps in posts that are sent or wait, and were not taken back; the newest post first.
    pub fn recaps(&self, group: GroupKey) -> Result<Vec<PostedRecap>> {
        let sql = format!(
            "SELECT recap, subject FROM deliveries WHERE {OF_DAYS} AND recap IS NOT NULL AND NOT ({UNDONE}) \
             ORDER BY subject DESC"
        );
        let posts: Vec<(String, String)> = all(&self.db, &sql, [group], |row| row.try_into())?;
        let recaps = posts.into_iter().flat_map(|(keys, day)| {
            RecapKey::split(&keys).into_iter().map(move |key| PostedRecap { key, day: day.clone() })
        });
        Ok(recaps.collect())
    }

    /// The accounts with a stay from before `until` of at least `gate` seconds or still going on, or with a total of
    /// the old tracker.
    pub fn studied_before(&self, group: GroupKey, until: Instant, gate: i64) -> Result<BTreeSet<PeerId>> {
        let sql = "SELECT peer FROM stays WHERE grp = ?1 AND started < ?2 AND (ended IS NULL OR ended - started >= ?3) \
                   UNION SELECT peer FROM folded_days WHERE grp = ?1 AND began < ?2 AND longest_stay >= ?3 AND stays > 0 \
                   UNION SELECT peer FROM carried WHERE grp = ?1 \
                   UNION SELECT peer FROM corrections WHERE grp = ?1 AND undone IS NULL AND operation = 'add' \
                   AND started < ?2";
        let peers: Vec<PeerId> = all(&self.db, sql, params![group, until, gate], |row| row.get(0))?;
        Ok(peers.into_iter().collect())
    }
}
