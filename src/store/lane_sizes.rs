//! The size of the queue of deliveries.

use rusqlite::params;

use super::Store;
use super::sql::all;
use crate::domain::Instant;
use crate::domain::post::delivery::Lane;
use crate::error::Result;

/// The number of unsent deliveries in a lane, of all groups together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneSize {
    pub lane: Lane,
    pub waiting: usize,
    pub refused: usize,
}

impl Store {
    /// The size of each lane.
    pub fn lane_sizes(&self, now: Instant) -> Result<Vec<LaneSize>> {
        let sql = "SELECT lane, refused, count(*) FROM deliveries WHERE operation = 'send' AND sent IS NULL \
                   AND dropped IS NULL AND (expires IS NULL OR expires > ?1) GROUP BY lane, refused";
        let row = |row: &rusqlite::Row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)?));
        let counts: Vec<(String, bool, i64)> = all(&self.db, sql, params![now], row)?;
        let count = |lane: Lane, is_refused| {
            let of_lane = counts.iter().filter(|(code, refused, _)| code == lane.code() && *refused == is_refused);
            of_lane.map(|(_, _, count)| *count as usize).sum()
        };
        Ok(Lane::ALL.map(|lane| LaneSize { lane, waiting: count(lane, false), refused: count(lane, true) }).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerId;
    use crate::store::Access;

    #[test]
    fn a_lane_has_what_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        let add = |subject: &str, state: &str| {
            let sql = format!(
                "INSERT INTO deliveries (scope, owner, lane, kind, subject, operation, random_id, text, created, next_try)
                 VALUES ('group', 1, 'posts', 'daily', '{subject}', 'send', {}, 'x', 0, 0)",
                subject.len()
            );
            store.db.execute_batch(&sql).unwrap();
            store.db.execute_batch(&format!("UPDATE deliveries SET {state} WHERE subject = '{subject}'")).unwrap();
        };
        add("a", "refused = 0");
        add("bb", "refused = 0");
        add("ccc", "refused = 1");
        add("dddd", "sent = 5, operation = NULL");
        add("eeeee", "dropped = 5");
        add("ffffff", "expires = 100");
        let size = |lane, waiting, refused| LaneSize { lane, waiting, refused };
        let others = [Lane::Alerts, Lane::Website, Lane::Answers, Lane::Clock].map(|lane| size(lane, 0, 0));
        assert_eq!(store.lane_sizes(Instant(99)).unwrap(), [vec![size(Lane::Posts, 3, 1)], others.to_vec()].concat());
        assert_eq!(store.lane_sizes(Instant(100)).unwrap()[0], size(Lane::Posts, 2, 1));
    }
}
