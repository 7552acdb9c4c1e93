//! Writing the roster's facts, and reading them at the next start.

use rusqlite::{Connection, ToSql, params};

use super::aliases::resolve_usernames;
use super::people::upsert_person;
use super::rights::{end_running, rights};
use super::silence::add_sign;
use super::sql::{all, first, run, value};
use super::times::refuse_impossible;
use super::{GroupKey, Store};
use crate::domain::rights::{Audience, GroupRights};
use crate::domain::roster::{End, Fact, Observed, Present, ProvisionalEnd, SavedState};
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::error::Result;

/// The last call of a group, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    pub call: CallId,
    pub confirmed: Option<Instant>,
    pub over: bool,
    /// The start of the first stay.
    pub began: Option<Instant>,
    pub state: SavedState,
}

/// What was seen of a group, with the group's settings about its people.
#[derive(Clone, Copy, Debug)]
pub struct SeenOf<'a> {
    pub group: GroupKey,
    pub seen: &'a Observed,
    /// The people about whom anything is stored.
    pub audience: Audience,
    pub aliases: &'a [(String, String)],
    /// Whether signs of life are stored (rules §2.25).
    pub signs: bool,
}

impl Store {
    /// Like [`Store::record_all`], for one group that counts everybody.
    pub fn record(&mut self, group: GroupKey, seen: &Observed, aliases: &[(String, String)]) -> Result<()> {
        self.record_all(&[SeenOf { group, seen, audience: Audience::Everyone, aliases, signs: true }])
    }

    /// Stores what was seen of groups in one transaction. No fact may be later than its observation. Resolves usernames
    /// in a group's aliases that have become known. Stores nothing about people who are not counted (rules §7.2, 7.3).
    pub fn record_all(&mut self, seen: &[SeenOf]) -> Result<()> {
        seen.iter().try_for_each(|of| refuse_impossible(of.seen))?;
        if seen.iter().all(|of| of.seen.is_empty()) {
            return Ok(());
        }
        self.write_allowed(|db, forgotten| {
            seen.iter().try_for_each(|of| match forgotten {
                Some(forgotten) => store_observed(db, &SeenOf { seen: &forgotten.without(of.seen), ..*of }),
                None => store_observed(db, of),
            })
        })
    }

    /// The state of the group's last call.
    pub fn resume(&self, group: GroupKey) -> Result<Option<Resumed>> {
        let sql = "SELECT call, confirmed, ended IS NOT NULL FROM calls WHERE grp = ?1 \
                   ORDER BY ended IS NULL DESC, followed DESC LIMIT 1";
        let last: Option<(CallId, Option<Instant>, bool)> = first(&self.db, sql, [group], |row| row.try_into())?;
        let Some((call, confirmed, over)) = last else { return Ok(None) };
        let sql = "SELECT peer, joined, started, seen, ended, ending FROM stays WHERE grp = ?1 AND call = ?2 \
                   ORDER BY started";
        type Row = (PeerId, Instant, Instant, Instant, Option<Instant>, Option<String>);
        let rows: Vec<Row> = all(&self.db, sql, params![group, call], |row| row.try_into())?;
        let began = rows.first().map(|(_, _, from, ..)| *from);
        // A group has one call at a time: while an earlier call was seen, this call did not run.
        let sql = "SELECT max(confirmed) FROM calls WHERE grp = ?1 AND call <> ?2 \
                   AND followed < (SELECT followed FROM calls WHERE grp = ?1 AND call = ?2)";
        let not_before = value(&self.db, sql, params![group, call])?;
        let mut state = SavedState { not_before, ..SavedState::default() };
        for (peer, joined, from, seen, ended, ending) in rows {
            match ended {
                None => drop(state.present.insert(peer, Present { joined, from, seen })),
                // Only a person's newest stay can continue, and only if they did not leave.
                Some(to) if ending.as_deref() == Some(End::Left.code()) => {
                    state.provisional.remove(&peer);
                    state.left.insert(peer, to);
                }
                Some(to) => drop(state.provisional.insert(peer, ProvisionalEnd { joined, from, to })),
            }
        }
        Ok(Some(Resumed { call, confirmed, over, began, state }))
    }
}

fn store_observed(db: &Connection, of: &SeenOf) -> rusqlite::Result<()> {
    let SeenOf { group, seen, audience, aliases, signs } = *of;
    let rights = rights(db, group, audience, aliases)?;
    if !rights.stores_all() {
        end_uncounted(db, group, &rights)?;
    }
    let mut people = seen.people.iter().filter(|known| rights.is_counted(known.profile.peer));
    people.try_for_each(|known| upsert_person(db, group, known, seen.at))?;
    let wanted = seen.facts.iter().filter(|fact| signs || !matches!(fact, Fact::Sign { .. }));
    let mut facts = wanted.filter_map(|fact| Some((fact, rights.stored(fact)?)));
    facts.try_for_each(|(fact, stored)| store_fact(db, group, &stored, fact))?;
    if !seen.people.is_empty() {
        resolve_usernames(db, group, aliases)?;
    }
    seen.watched.map_or(Ok(()), |watched| extend_watch(db, group, watched))
}

/// Ends the running stays of people who are not counted any more: a person who is not counted got another account, or
/// the group now asks for consent.
fn end_uncounted(db: &Connection, group: GroupKey, rights: &GroupRights) -> rusqlite::Result<()> {
    let sql = "SELECT DISTINCT peer FROM stays WHERE grp = ?1 AND ended IS NULL";
    let running: Vec<PeerId> = all(db, sql, [group], |row| row.get(0))?;
    running.into_iter().filter(|peer| !rights.is_counted(*peer)).try_for_each(|peer| end_running(db, group, peer, None))
}

/// Each watched span has one row, identified by its start.
fn extend_watch(db: &Connection, group: GroupKey, watched: Span) -> rusqlite::Result<()> {
    let values = params![group, watched.from, watched.to];
    let extend =
        "UPDATE watches SET confirmed = max(confirmed, ?3) WHERE grp = ?1 AND confirmed >= ?2 AND started = ?2";
    if run(db, extend, values)? == 0 {
        run(db, "INSERT INTO watches (grp, started, confirmed) VALUES (?1, ?2, ?3)", values)?;
    }
    Ok(())
}

/// The row of the stay that began at `?4`, of which the part from `?5` on may be stored. The row may begin earlier or
/// later than `?5`: a person who leaves and returns, and an alias that is added or removed, change that instant during a
/// stay. The join date tells the next stay of the person apart. A row that ended because the person left the call, or is
/// not counted, goes on only if it begins at exactly this instant.
const ROW_OF_STAY: &str = "SELECT id, started FROM stays WHERE grp = ?1 AND call = ?2 AND peer = ?3 AND started >= ?4 \
                           AND joined <= ?4 \
                           AND (ended IS NULL OR started = ?5 \
                                OR started < ?5 AND ending NOT IN ('left', 'not counted')) \
                           ORDER BY ended IS NULL DESC, started DESC LIMIT 1";

/// Updates the row of a stay. Almost always this is the open row that begins at `?5`.
fn update_stay(db: &Connection, set: &str, params: &[&dyn ToSql]) -> rusqlite::Result<()> {
    let open = format!(
        "UPDATE stays SET {set} WHERE grp = ?1 AND call = ?2 AND peer = ?3 AND started = ?5 AND started >= ?4 AND ended IS NULL"
    );
    if run(db, &open, params)? == 0 {
        run(db, &format!("UPDATE stays SET {set} WHERE id = (SELECT id FROM ({ROW_OF_STAY}))"), params)?;
    }
    Ok(())
}

/// Stores the part of `whole` that may be stored, `fact`.
fn store_fact(db: &Connection, group: GroupKey, fact: &Fact, whole: &Fact) -> rusqlite::Result<()> {
    let run = |sql: &str, params: &[&dyn ToSql]| run(db, sql, params).map(drop);
    let began = match whole {
        Fact::Opened { from, .. } | Fact::Seen { from, .. } | Fact::Closed { from, .. } => *from,
        _ => Instant(0),
    };
    match fact {
        Fact::Following { call, at } => run(
            "INSERT INTO calls (grp, call, followed) VALUES (?1, ?2, ?3) \
             ON CONFLICT (grp, call) DO UPDATE SET ended = NULL, watched = 0",
            params![group, call, at],
        ),
        Fact::Opened { call, peer, joined, from, seen } => {
            let insert = "INSERT INTO stays (grp, call, peer, joined, started, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                          ON CONFLICT (grp, call, peer, started) \
                          DO UPDATE SET ended = NULL, ending = NULL, seen = max(seen, excluded.seen)";
            // Almost always this is a new stay.
            let later = "SELECT id FROM stays WHERE grp = ?1 AND call = ?2 AND peer = ?3 AND started >= ?4 LIMIT 1";
            if first::<i64>(db, later, params![group, call, peer, began], |row| row.get(0))?.is_none() {
                return run(insert, params![group, call, peer, joined, from, seen]);
            }
            let row: Option<(i64, Instant)> =
                first(db, ROW_OF_STAY, params![group, call, peer, began, from], |row| row.try_into())?;
            match row {
                Some((row, _)) => run(
                    "UPDATE stays SET ended = NULL, ending = NULL, seen = max(seen, ?2) WHERE id = ?1",
                    params![row, seen],
                )?,
                None => run(insert, params![group, call, peer, joined, from, seen])?,
            }
            // If more of the stay counts than before, this row has the time of its later parts, too.
            run(
                "DELETE FROM stays WHERE grp = ?1 AND call = ?2 AND peer = ?3 AND joined <= ?4 AND started > ?5",
                params![group, call, peer, began, row.map_or(*from, |(_, started)| started)],
            )
        }
        Fact::Seen { call, peer, from, at } => {
            update_stay(db, "seen = max(seen, ?6)", params![group, call, peer, began, from, at])
        }
        Fact::Closed { call, peer, from, to, end } => {
            run(
                "UPDATE groups SET longest_stay = ?2 WHERE id = ?1 AND longest_stay < ?2",
                // The row may begin earlier than `from`, but not before the stay.
                params![group, (*to - began).max(0)],
            )?;
            let values = params![group, call, peer, began, from, to, end.code()];
            update_stay(db, "ended = max(started, ?6), ending = ?7", values)
        }
        Fact::Sign { call, peer, at } => add_sign(db, group, *call, *peer, *at),
        Fact::Confirmed { call, at } => run(
            "UPDATE calls SET confirmed = max(coalesce(confirmed, ?3), ?3) WHERE grp = ?1 AND call = ?2",
            params![group, call, at],
        ),
        Fact::Blind { call, peer, span, reason } => run(
            "INSERT INTO blind (grp, call, peer, started, ended, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![group, call, peer.map(|peer| peer), span.from, span.to, reason.code()],
        ),
        Fact::Ended { call, at, watched } => run(
            "UPDATE calls SET ended = ?3, watched = ?4 WHERE grp = ?1 AND call = ?2",
            params![group, call, at, watched],
        ),
        Fact::Idle { .. } => Ok(()),
    }
}
