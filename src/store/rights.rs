//! What people decided about what is stored and shown of them (rules §7).

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::aliases::aliases;
use super::deliveries::update;
use super::sql::{all, exists, json, run};
use super::{Alias, Delivery, GroupKey, Store};
use crate::domain::people::Aliases;
use crate::domain::post::delivery::Operation;
use crate::domain::post::message::Message;
use crate::domain::publish::{self, Snapshot};
use crate::domain::rights::{Agreement, Audience, GroupRights, Rights};
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// How a stay ended whose person is not counted any more.
const LEFT: &str = "not counted";

impl Store {
    /// What the people of a group decided. `configured` are the aliases of the settings.
    pub fn rights(&self, group: GroupKey, audience: Audience, configured: &[(String, String)]) -> Result<GroupRights> {
        Ok(rights(&self.db, group, audience, configured)?)
    }

    /// Posts that are to be sent or edited, and that no process is sending at `now`.
    pub fn unsent_posts(&self, group: GroupKey, now: Instant) -> Result<Vec<Delivery>> {
        let open = self.undone_posts(group, now)?.into_iter();
        let is_to_say = |row: &Delivery| matches!(row.state.operation, Some(Operation::Send | Operation::Edit));
        Ok(open.filter(|row| is_to_say(row) && row.state.leased_until.is_none_or(|until| until <= now)).collect())
    }

    /// Another text of a post that is not sent yet, or whose edit is not.
    pub fn replace_post(&mut self, id: i64, message: &Message, snapshot: &Snapshot) -> Result<()> {
        let values = params![id, message.text, json(&message.entities), json(snapshot)];
        let text = "text = ?2, entities = ?3, snapshot = iif(snapshot IS NULL, NULL, ?4)";
        self.write(|db| update(db, text, values))
    }

    /// Takes the names of those who hide out of what waits for a website, and of what posts keep for it. It gets another
    /// key: the website may have the old one already.
    pub fn rename_exports(&mut self, group: GroupKey, rights: &GroupRights) -> Result<()> {
        self.write(|db| {
            let bodies = "SELECT id, text FROM deliveries WHERE scope = 'group' AND owner = ?1 AND lane = 'website' \
                          AND operation = 'send' AND sent IS NULL";
            let bodies: Vec<(i64, String)> = all(db, bodies, [group], |row| row.try_into())?;
            for (id, body) in bodies {
                if let Some(body) = publish::without_names(&body, rights) {
                    update(db, "text = ?2, idempotency_key = ?3", params![id, body, publish::key_of(&body)])?;
                }
            }
            let snapshots = "SELECT id, snapshot FROM deliveries WHERE scope = 'group' AND owner = ?1 \
                             AND lane = 'posts' AND snapshot IS NOT NULL";
            let snapshots: Vec<(i64, String)> = all(db, snapshots, [group], |row| row.try_into())?;
            for (id, snapshot) in snapshots {
                if let Some(snapshot) = publish::without_names(&snapshot, rights) {
                    update(db, "snapshot = ?2", params![id, snapshot])?;
                }
            }
            Ok(())
        })
    }

    /// Stores what a person decided, under each of their accounts. Who leaves: their running stay ends at that instant, or
    /// at the last one that shows them in the call, and nothing later is left of them.
    pub fn decide(&mut self, group: GroupKey, accounts: &[PeerId], rights: &Rights) -> Result<()> {
        self.write(|db| {
            for account in accounts {
                store(db, group, *account, rights)?;
                if let Some(at) = rights.left {
                    end_stays(db, group, *account, at)?;
                }
            }
            Ok(())
        })
    }
}

pub(super) fn rights(
    db: &Connection,
    group: GroupKey,
    audience: Audience,
    configured: &[(String, String)],
) -> rusqlite::Result<GroupRights> {
    if !exists(db, "rights WHERE grp = ?1", [group])? {
        return Ok(GroupRights::new(audience, BTreeMap::new(), &Aliases::default()));
    }
    let sql = "SELECT peer, hidden, pen_name, left_at, counted_from, agreed, agreed_by FROM rights WHERE grp = ?1";
    let decisions = all(db, sql, [group], decision)?;
    let aliases = Aliases::new(aliases(db, group, configured)?.iter().filter_map(Alias::peers));
    Ok(GroupRights::new(audience, decisions, &aliases))
}

fn decision(row: &Row) -> rusqlite::Result<(PeerId, Rights)> {
    let (agreed, by): (Option<Instant>, Option<String>) = (row.get(5)?, row.get(6)?);
    let agreed = agreed.map(|at| Agreement { at, by: by.unwrap_or_default() });
    let (hidden, pen_name, left, counted_from) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    Ok((row.get(0)?, Rights { hidden, pen_name, left, counted_from, agreed }))
}

fn store(db: &Connection, group: GroupKey, account: PeerId, rights: &Rights) -> rusqlite::Result<()> {
    let Rights { hidden, pen_name, left, counted_from, agreed } = rights;
    let by = agreed.as_ref().map(|agreed| &agreed.by);
    let agreed = agreed.as_ref().map(|agreed| agreed.at);
    let sql = "INSERT OR REPLACE INTO rights \
               (grp, peer, hidden, pen_name, left_at, counted_from, agreed, agreed_by) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    run(db, sql, params![group, account, hidden, pen_name, left, counted_from, agreed, by]).map(drop)
}

/// Ends what runs at `at`, or at the last instant that shows it, and takes away what is later.
fn end_stays(db: &Connection, group: GroupKey, account: PeerId, at: Instant) -> rusqlite::Result<()> {
    let later = "DELETE FROM stays WHERE grp = ?1 AND peer = ?2 AND started >= ?3";
    run(db, later, params![group, account, at])?;
    let cut = "UPDATE stays SET ended = ?3, ending = ?4 WHERE grp = ?1 AND peer = ?2 AND ended > ?3";
    run(db, cut, params![group, account, at, LEFT])?;
    end_running(db, group, account, Some(at))
}

/// Ends what runs at the last instant that shows it, and at `at` at the latest.
pub(super) fn end_running(
    db: &Connection,
    group: GroupKey,
    account: PeerId,
    at: Option<Instant>,
) -> rusqlite::Result<()> {
    let shown = "max(seen, started, coalesce((SELECT confirmed FROM calls \
                 WHERE calls.grp = stays.grp AND calls.call = stays.call), seen))";
    let end = format!(
        "UPDATE stays SET ended = min({shown}, coalesce(?3, {shown})), ending = ?4 \
         WHERE grp = ?1 AND peer = ?2 AND ended IS NULL"
    );
    run(db, &end, params![group, account, at, LEFT])?;
    let longest = "UPDATE groups SET longest_stay = max(longest_stay, coalesce((SELECT max(ended - started) FROM stays \
                   WHERE grp = ?1 AND peer = ?2 AND ending = ?3), 0)) WHERE id = ?1";
    run(db, longest, params![group, account, LEFT]).map(drop)
}
