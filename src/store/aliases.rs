//! Alias groups from `swf alias` and from the environment. Usernames are resolved to ids as soon as these are known.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::sql::{all, first, run};
use super::{GroupKey, Store};
use crate::domain::PeerId;
use crate::error::Result;

/// One alias. Names are lower-case usernames or decimal ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    pub canonical: String,
    pub alias: String,
    /// The ids, if they are known.
    pub canonical_peer: Option<PeerId>,
    pub alias_peer: Option<PeerId>,
    /// From the environment, not from `swf alias`.
    pub configured: bool,
}

impl Alias {
    /// Canonical account and alias, if both are known.
    pub fn peers(&self) -> Option<(PeerId, PeerId)> {
        Some((self.canonical_peer?, self.alias_peer?))
    }
}

impl Store {
    /// All aliases of a group: first those of the environment, then those of `swf alias`.
    pub fn aliases(&self, group: GroupKey, configured: &[(String, String)]) -> Result<Vec<Alias>> {
        Ok(aliases(&self.db, group, configured)?)
    }

    /// Replaces usernames in aliases by ids, if these are known now. For aliases from the environment, stores the
    /// ids instead.
    pub fn resolve_alias_usernames(&mut self, group: GroupKey, configured: &[(String, String)]) -> Result<()> {
        self.write(|db| resolve_usernames(db, group, configured))
    }

    /// Makes `alias` an alias of `canonical`, also for all past stays.
    pub fn add_alias(&mut self, group: GroupKey, canonical: &str, alias: &str) -> Result<()> {
        let sql = "INSERT INTO aliases (grp, alias, canonical) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (grp, alias) DO UPDATE SET canonical = excluded.canonical";
        self.write(|db| run(db, sql, params![group, alias, canonical]).map(drop))
    }

    /// Removes an alias; returns whether there was one.
    pub fn remove_alias(&mut self, group: GroupKey, alias: &str) -> Result<bool> {
        let sql = "DELETE FROM aliases WHERE grp = ?1 AND alias = ?2";
        self.write(|db| Ok(run(db, sql, params![group, alias])? > 0))
    }

    /// The account of an id or username. If no account has the username now, the account that had it in an alias group.
    pub fn account(&self, group: GroupKey, name: &str) -> Result<Option<PeerId>> {
        Ok(account_of(&self.db, group, name, [CURRENT_OWNER, FIRST_OWNER])?)
    }
}

pub(super) fn aliases(
    db: &Connection,
    group: GroupKey,
    configured: &[(String, String)],
) -> rusqlite::Result<Vec<Alias>> {
    let sql = "SELECT canonical, alias FROM aliases WHERE grp = ?1 ORDER BY canonical, alias";
    let stored: Vec<(String, String)> = all(db, sql, [group], |row| row.try_into())?;
    let mut peers: BTreeMap<&str, Option<PeerId>> = BTreeMap::new();
    for name in configured.iter().chain(&stored).flat_map(|(canonical, alias)| [canonical, alias]) {
        if !peers.contains_key(name.as_str()) {
            peers.insert(name, account_of(db, group, name, [FIRST_OWNER, CURRENT_OWNER])?);
        }
    }
    let resolve = |(canonical, alias): &(String, String), configured| Alias {
        canonical: canonical.clone(),
        alias: alias.clone(),
        canonical_peer: peers[canonical.as_str()],
        alias_peer: peers[alias.as_str()],
        configured,
    };
    let configured = configured.iter().map(|pair| resolve(pair, true));
    Ok(configured.chain(stored.iter().map(|pair| resolve(pair, false))).collect())
}

/// See [`Store::resolve_alias_usernames`].
pub(super) fn resolve_usernames(
    db: &Connection,
    group: GroupKey,
    configured: &[(String, String)],
) -> rusqlite::Result<()> {
    for Alias { canonical, alias, canonical_peer, alias_peer, configured } in aliases(db, group, configured)? {
        if configured {
            for (name, peer) in [(&canonical, canonical_peer), (&alias, alias_peer)] {
                if let Some(peer) = peer.filter(|_| name.parse::<i64>().is_err()) {
                    let sql = "INSERT OR IGNORE INTO alias_names (grp, name, peer) VALUES (?1, ?2, ?3)";
                    run(db, sql, params![group, name, peer])?;
                }
            }
            continue;
        }
        let [by_id, alias_by_id] = [(canonical_peer, &canonical), (alias_peer, &alias)]
            .map(|(peer, name)| peer.map_or_else(|| name.clone(), |peer| peer.to_string()));
        if (&by_id, &alias_by_id) != (&canonical, &alias) {
            let sql = "UPDATE OR REPLACE aliases SET canonical = ?3, alias = ?4 WHERE grp = ?1 AND alias = ?2";
            run(db, sql, params![group, alias, by_id, alias_by_id])?;
        }
    }
    Ok(())
}

/// The account that had a username when it was first seen in an alias group.
const FIRST_OWNER: &str = "SELECT peer FROM alias_names WHERE grp = ?1 AND name = ?2";
/// The account that has a username now.
const CURRENT_OWNER: &str = "SELECT peer FROM people WHERE grp = ?1 AND \
       (lower(username) = ?2 OR ?2 IN (SELECT lower(value) FROM json_each(other_usernames))) ORDER BY seen DESC LIMIT 1";

/// The account of an id or username. `owners` are the queries for the owner of a username, the preferred one first.
fn account_of(db: &Connection, group: GroupKey, name: &str, owners: [&str; 2]) -> rusqlite::Result<Option<PeerId>> {
    if let Ok(id) = name.parse() {
        return Ok(Some(PeerId(id)));
    }
    for sql in owners {
        let owner = first(db, sql, params![group, name], |row| row.get(0))?;
        if owner.is_some() {
            return Ok(owner);
        }
    }
    Ok(None)
}
