//! Groups and their people.

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::{GroupKey, Store};
use crate::domain::people::{Known, Profile};
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// A group as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    pub key: GroupKey,
    pub peer: PeerId,
    pub title: String,
    pub username: Option<String>,
    pub tracker: Option<PeerId>,
    /// Telegram's clock minus the system clock, in seconds, as its account knows it.
    pub clock_offset: i64,
}

/// Stands for the group of an old tracker until the group's id is known.
pub(super) const PLACEHOLDER: PeerId = PeerId(0);

const GROUP: &str = "SELECT groups.id, peer, title, username, tracker, coalesce(clock_offset, 0) FROM groups \
                     LEFT JOIN accounts ON accounts.id = tracker";

fn group_row(row: &SqlRow) -> rusqlite::Result<GroupRow> {
    Ok(GroupRow {
        key: GroupKey(row.get(0)?),
        peer: PeerId(row.get(1)?),
        title: row.get(2)?,
        username: row.get(3)?,
        tracker: row.get::<_, Option<i64>>(4)?.map(PeerId),
        clock_offset: row.get(5)?,
    })
}

impl Store {
    /// Finds or creates the row of a group. A supergroup takes over the row of the basic group that it was before.
    pub fn group(
        &mut self,
        peer: PeerId,
        migrated_from: Option<PeerId>,
        title: &str,
        username: Option<&str>,
        tracker: PeerId,
    ) -> Result<GroupKey> {
        self.write(|db| {
            let find = |peer: PeerId| {
                db.query_row("SELECT id FROM groups WHERE peer = ?1", [peer.0], |row| row.get::<_, i64>(0)).optional()
            };
            let known = match (find(peer)?, migrated_from) {
                (None, Some(before)) => find(before)?,
                (known, _) => known,
            };
            let known = known.map_or_else(|| find(PLACEHOLDER), |known| Ok(Some(known)))?;
            let migrated_from = migrated_from.map(|peer| peer.0);
            let id = match known {
                Some(id) => {
                    // The clock is the computer's: a new account begins with what the one before knows of it.
                    db.execute(
                        "INSERT OR IGNORE INTO accounts (id, clock_offset) \
                         SELECT ?2, coalesce((SELECT clock_offset FROM accounts WHERE id = tracker), 0) \
                         FROM groups WHERE id = ?1",
                        params![id, tracker.0],
                    )?;
                    db.execute(
                        "UPDATE groups SET peer = ?2, migrated_from = coalesce(?3, migrated_from), title = ?4, \
                         username = ?5, tracker = ?6 WHERE id = ?1",
                        params![id, peer.0, migrated_from, title, username, tracker.0],
                    )?;
                    id
                }
                None => {
                    db.execute("INSERT OR IGNORE INTO accounts (id) VALUES (?1)", [tracker.0])?;
                    db.execute(
                        "INSERT INTO groups (peer, migrated_from, title, username, tracker) VALUES (?1, ?2, ?3, ?4, ?5)",
                        params![peer.0, migrated_from, title, username, tracker.0],
                    )?;
                    db.last_insert_rowid()
                }
            };
            Ok(GroupKey(id))
        })
    }

    /// All groups; the one that was watched last comes first.
    pub fn groups(&self) -> Result<Vec<GroupRow>> {
        let mut statement = self.db.prepare(&format!(
            "{GROUP} ORDER BY (SELECT max(confirmed) FROM watches WHERE grp = groups.id) DESC NULLS LAST, groups.id DESC"
        ))?;
        let rows = statement.query_map([], group_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Stores how far Telegram's clock is from the system's, for the account that watches the group.
    pub fn set_clock_offset(&mut self, group: GroupKey, offset: i64) -> Result<()> {
        self.write(|db| {
            let sql = "UPDATE accounts SET clock_offset = ?2 WHERE id = (SELECT tracker FROM groups WHERE id = ?1)";
            db.execute(sql, [group.0, offset]).map(drop)
        })
    }

    /// The access hashes that the account that watches a group needs for requests about its people.
    pub fn access_hashes(&self, group: GroupKey) -> Result<Vec<(PeerId, i64)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT access_hashes.peer, hash FROM groups JOIN access_hashes ON account = tracker \
             JOIN people ON grp = groups.id AND people.peer = access_hashes.peer WHERE groups.id = ?1",
        )?;
        let rows = statement.query_map([group.0], |row| Ok((PeerId(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The access hash that an account needs for requests about a peer.
    pub fn access_hash(&self, account: PeerId, peer: PeerId) -> Result<Option<i64>> {
        let sql = "SELECT hash FROM access_hashes WHERE account = ?1 AND peer = ?2";
        Ok(self.db.prepare_cached(sql)?.query_row([account.0, peer.0], |row| row.get(0)).optional()?)
    }
}

/// Inserts or updates a person.
pub(super) fn upsert_person(db: &Connection, group: GroupKey, known: &Known, at: Instant) -> rusqlite::Result<()> {
    let Profile { peer, username, name, bot, deleted } = &known.profile;
    // A deleted account loses its name in Telegram; past boards keep it.
    db.prepare_cached(
        "INSERT INTO people (grp, peer, username, name, bot, deleted, seen) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (grp, peer) DO UPDATE SET \
           username = excluded.username, \
           name = iif(excluded.name = '' AND excluded.deleted, name, excluded.name), \
           bot = bot OR excluded.bot, deleted = excluded.deleted, \
           seen = max(seen, excluded.seen)",
    )?
    .execute(params![group.0, peer.0, username, name, bot, deleted, at.0])?;
    if let Some(hash) = known.access_hash {
        db.prepare_cached(
            "INSERT INTO access_hashes (account, peer, hash) SELECT tracker, ?2, ?3 FROM groups \
             WHERE id = ?1 AND tracker IS NOT NULL \
             ON CONFLICT (account, peer) DO UPDATE SET hash = excluded.hash WHERE hash <> excluded.hash",
        )?
        .execute(params![group.0, peer.0, hash])?;
    }
    Ok(())
}
