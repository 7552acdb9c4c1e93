//! Groups and their people.

use rusqlite::{Connection, Row, params};

use super::sql::{all, exists, first, run};
use super::{GroupKey, Store};
use crate::domain::group_name::KnownGroup;
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
    /// Telegram's clock minus the system clock, in seconds, as stored for the tracking account.
    pub clock_offset: i64,
    /// The basic group that it was before.
    pub migrated_from: Option<PeerId>,
    /// The group's name in the settings when it was found.
    pub setting: Option<String>,
}

impl GroupRow {
    /// The ids and names for a comparison with a text of the user.
    pub fn known(&self) -> KnownGroup<'_> {
        KnownGroup {
            peer: self.peer,
            migrated_from: self.migrated_from,
            title: &self.title,
            username: self.username.as_deref(),
            setting: self.setting.as_deref(),
        }
    }
}

/// The id of an old tracker's group until its real id is known.
pub(super) const PLACEHOLDER: PeerId = PeerId(0);

fn group_row(row: &Row) -> rusqlite::Result<GroupRow> {
    let (key, peer, title, username, tracker, clock_offset, migrated_from, setting) = row.try_into()?;
    Ok(GroupRow { key, peer, title, username, tracker, clock_offset, migrated_from, setting })
}

impl Store {
    /// Finds or creates the row of a group. A supergroup takes over the row of its former basic group.
    pub fn group(
        &mut self,
        peer: PeerId,
        migrated_from: Option<PeerId>,
        title: &str,
        username: Option<&str>,
        tracker: PeerId,
    ) -> Result<GroupKey> {
        self.write(|db| {
            let known = "SELECT id FROM groups WHERE peer IN (?1, ?2, ?3) ORDER BY peer = ?1 DESC, peer IS ?2 DESC";
            let known = first(db, known, params![peer, migrated_from, PLACEHOLDER], |row| row.get(0))?;
            let key = match known {
                Some(key) => key,
                None => {
                    run(db, "INSERT INTO groups (peer, title) VALUES (?1, ?2)", params![peer, title])?;
                    GroupKey(db.last_insert_rowid())
                }
            };
            // The offset is that of the computer's clock: a new account starts with the offset of the previous one.
            let account = "INSERT OR IGNORE INTO accounts (id, clock_offset) \
                           SELECT ?2, coalesce((SELECT clock_offset FROM accounts WHERE id = tracker), 0) \
                           FROM groups WHERE id = ?1";
            run(db, account, params![key, tracker])?;
            let group = "UPDATE groups SET peer = ?2, migrated_from = coalesce(?3, migrated_from), title = ?4, \
                         username = ?5, tracker = ?6 WHERE id = ?1";
            run(db, group, params![key, peer, migrated_from, title, username, tracker])?;
            Ok(key)
        })
    }

    /// All groups; the group that was watched last comes first.
    pub fn groups(&self) -> Result<Vec<GroupRow>> {
        let sql = "SELECT groups.id, peer, title, username, tracker, coalesce(clock_offset, 0), \
                          migrated_from, setting FROM groups LEFT JOIN accounts ON accounts.id = tracker \
                   ORDER BY (SELECT max(confirmed) FROM watches WHERE grp = groups.id) DESC NULLS LAST, groups.id DESC";
        Ok(all(&self.db, sql, [], group_row)?)
    }

    /// Stores the group's name in the settings, which means this group from now on, and the access hash that the
    /// watching account needs for requests about it.
    pub fn remember_group(&mut self, group: GroupKey, setting: &str, hash: Option<i64>) -> Result<()> {
        self.write(|db| {
            let names = "UPDATE groups SET setting = iif(id = ?1, ?2, NULL) WHERE id = ?1 OR setting = ?2";
            run(db, names, params![group, setting])?;
            let hashes = "INSERT INTO access_hashes (account, peer, hash) SELECT tracker, peer, ?2 FROM groups \
                          WHERE id = ?1 AND tracker IS NOT NULL AND ?2 IS NOT NULL \
                          ON CONFLICT (account, peer) DO UPDATE SET hash = excluded.hash";
            run(db, hashes, params![group, hash]).map(drop)
        })
    }

    /// Stores a group's new title and username.
    pub fn rename_group(&mut self, group: GroupKey, title: &str, username: Option<&str>) -> Result<()> {
        let sql = "UPDATE groups SET title = ?2, username = ?3 WHERE id = ?1";
        self.write(|db| run(db, sql, params![group, title, username]).map(drop))
    }

    /// Stores how far Telegram's clock is from the system's, for the account that watches the group.
    pub fn set_clock_offset(&mut self, group: GroupKey, offset: i64) -> Result<()> {
        let sql = "UPDATE accounts SET clock_offset = ?2 WHERE id = (SELECT tracker FROM groups WHERE id = ?1)";
        self.write(|db| run(db, sql, params![group, offset]).map(drop))
    }

    /// The access hashes that an account needs for requests about these people; unknown ones are left out.
    pub fn access_hashes(&self, account: PeerId, people: impl Iterator<Item = PeerId>) -> Result<Vec<(PeerId, i64)>> {
        let hash = |peer| Ok(self.access_hash(account, peer)?.map(|hash| (peer, hash)));
        people.filter_map(|peer| hash(peer).transpose()).collect()
    }

    /// Whether a person was ever seen in a group's calls.
    pub fn is_known(&self, group: GroupKey, peer: PeerId) -> Result<bool> {
        Ok(exists(&self.db, "people WHERE grp = ?1 AND peer = ?2", params![group, peer])?)
    }

    /// The access hash that an account needs for requests about a peer.
    pub fn access_hash(&self, account: PeerId, peer: PeerId) -> Result<Option<i64>> {
        let sql = "SELECT hash FROM access_hashes WHERE account = ?1 AND peer = ?2";
        Ok(first(&self.db, sql, [account, peer], |row| row.get(0))?)
    }
}

/// Inserts or updates a person.
pub(super) fn upsert_person(db: &Connection, group: GroupKey, known: &Known, at: Instant) -> rusqlite::Result<()> {
    // What a person decided is in the table `rights`.
    let Profile { peer, username, other_usernames, name, bot, deleted, hidden: _, pen_name: _, pseudonym: _ } =
        &known.profile;
    let other_usernames = serde_json::Value::from(other_usernames.clone()).to_string();
    // A deleted account loses its name in Telegram; past boards keep it.
    let person = "INSERT INTO people (grp, peer, username, name, bot, deleted, seen, other_usernames) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                  ON CONFLICT (grp, peer) DO UPDATE SET \
                    username = excluded.username, other_usernames = excluded.other_usernames, \
                    name = iif(excluded.name = '' AND excluded.deleted, name, excluded.name), \
                    bot = bot OR excluded.bot, deleted = excluded.deleted, \
                    seen = max(seen, excluded.seen)";
    run(db, person, params![group, peer, username, name, bot, deleted, at, other_usernames])?;
    if let Some(hash) = known.access_hash {
        let access_hash = "INSERT INTO access_hashes (account, peer, hash) SELECT tracker, ?2, ?3 FROM groups \
                           WHERE id = ?1 AND tracker IS NOT NULL \
                           ON CONFLICT (account, peer) DO UPDATE SET hash = excluded.hash WHERE hash <> excluded.hash";
        run(db, access_hash, params![group, peer, hash])?;
    }
    Ok(())
}
