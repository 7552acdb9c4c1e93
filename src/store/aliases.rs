//! Alias groups from `swf alias` and from the environment. Usernames are resolved to ids as soon as these are known.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

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

    /// Replaces usernames in aliases by ids, if these are known now. For those from the environment, stores the ids that
    /// they meant.
    pub fn resolve_alias_usernames(&mut self, group: GroupKey, configured: &[(String, String)]) -> Result<()> {
        self.write(|db| resolve_usernames(db, group, configured))
    }

    /// Makes `alias` an alias of `canonical`, also for all past stays.
    pub fn add_alias(&mut self, group: GroupKey, canonical: &str, alias: &str) -> Result<()> {
        self.write(|db| {
            db.execute(
                "INSERT INTO aliases (grp, alias, canonical) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (grp, alias) DO UPDATE SET canonical = excluded.canonical",
                params![group.0, alias, canonical],
            )?;
            Ok(())
        })
    }

    /// Removes an alias; returns whether there was one.
    pub fn remove_alias(&mut self, group: GroupKey, alias: &str) -> Result<bool> {
        self.write(|db| {
            Ok(db.execute("DELETE FROM aliases WHERE grp = ?1 AND alias = ?2", params![group.0, alias])? > 0)
        })
    }

    /// The account of a username or decimal id. A username that is not in use any more means the account that it meant in an
    /// alias group.
    pub fn account(&self, group: GroupKey, name: &str) -> Result<Option<PeerId>> {
        match name.parse() {
            Ok(id) => Ok(Some(PeerId(id))),
            Err(_) => Ok(current_owner(&self.db, group, name)?.or(first_owner(&self.db, group, name)?)),
        }
    }
}

fn aliases(db: &Connection, group: GroupKey, configured: &[(String, String)]) -> rusqlite::Result<Vec<Alias>> {
    let mut statement =
        db.prepare_cached("SELECT canonical, alias FROM aliases WHERE grp = ?1 ORDER BY canonical, alias")?;
    let stored = statement.query_map([group.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let stored: Vec<(String, String)> = stored.collect::<Result<_, _>>()?;
    if stored.is_empty() && configured.is_empty() {
        return Ok(Vec::new());
    }
    let pairs = configured.iter().map(|pair| (pair, true)).chain(stored.iter().map(|pair| (pair, false)));
    let mut known: BTreeMap<String, Option<PeerId>> = BTreeMap::new();
    let mut cached = |name: &str| -> rusqlite::Result<Option<PeerId>> {
        if let Some(peer) = known.get(name) {
            return Ok(*peer);
        }
        let peer = account_of(db, group, name)?;
        known.insert(name.to_owned(), peer);
        Ok(peer)
    };
    let mut aliases = Vec::new();
    for ((canonical, alias), configured) in pairs {
        aliases.push(Alias {
            canonical_peer: cached(canonical)?,
            alias_peer: cached(alias)?,
            canonical: canonical.clone(),
            alias: alias.clone(),
            configured,
        });
    }
    Ok(aliases)
}

/// See [`Store::resolve_alias_usernames`].
pub(super) fn resolve_usernames(
    db: &Connection,
    group: GroupKey,
    configured: &[(String, String)],
) -> rusqlite::Result<()> {
    for Alias { canonical, alias, canonical_peer, alias_peer, configured } in aliases(db, group, configured)? {
        if configured {
            let names = [(&canonical, canonical_peer), (&alias, alias_peer)];
            let found = names.into_iter().filter(|(name, _)| name.parse::<i64>().is_err());
            for (name, peer) in found.filter_map(|(name, peer)| Some((name, peer?))) {
                db.prepare_cached("INSERT OR IGNORE INTO alias_names (grp, name, peer) VALUES (?1, ?2, ?3)")?
                    .execute(params![group.0, name, peer.0])?;
            }
            continue;
        }
        let [by_id, alias_by_id] = [(canonical_peer, &canonical), (alias_peer, &alias)]
            .map(|(peer, name)| peer.map_or_else(|| name.clone(), |peer| peer.to_string()));
        if (&by_id, &alias_by_id) != (&canonical, &alias) {
            db.prepare_cached(
                "UPDATE OR REPLACE aliases SET canonical = ?3, alias = ?4 WHERE grp = ?1 AND alias = ?2",
            )?
            .execute(params![group.0, alias, by_id, alias_by_id])?;
        }
    }
    Ok(())
}

/// The account of an id or username. A username means the account that had it when it was first seen in an alias group,
/// else the one that has it now.
fn account_of(db: &Connection, group: GroupKey, name: &str) -> rusqlite::Result<Option<PeerId>> {
    match name.parse() {
        Ok(id) => Ok(Some(PeerId(id))),
        Err(_) => Ok(first_owner(db, group, name)?.or(current_owner(db, group, name)?)),
    }
}

/// The account that had a username when it was first seen in an alias group.
fn first_owner(db: &Connection, group: GroupKey, name: &str) -> rusqlite::Result<Option<PeerId>> {
    db.prepare_cached("SELECT peer FROM alias_names WHERE grp = ?1 AND name = ?2")?
        .query_row(params![group.0, name], |row| row.get(0).map(PeerId))
        .optional()
}

/// The account that has a username now.
fn current_owner(db: &Connection, group: GroupKey, name: &str) -> rusqlite::Result<Option<PeerId>> {
    db.prepare_cached("SELECT peer FROM people WHERE grp = ?1 AND lower(username) = ?2 ORDER BY seen DESC LIMIT 1")?
        .query_row(params![group.0, name], |row| row.get(0).map(PeerId))
        .optional()
}
