//! Corrections (rules §2.17), which are stored beside the stays.

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Params, Row, params};

use super::boards::{LAST_SHOWN, span};
use super::sql::{all, first, run};
use super::{GroupKey, Store};
use crate::domain::accounting::corrections::{Correction, Operation};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

fn correction(row: &Row) -> rusqlite::Result<Correction> {
    let operation: String = row.get(2)?;
    let undone: Option<(Instant, String)> = match row.get(8)? {
        Some(at) => Some((at, row.get(9)?)),
        None => None,
    };
    Ok(Correction {
        id: row.get(0)?,
        peer: row.get(1)?,
        operation: Operation::of_code(&operation)
            .ok_or_else(|| FromSqlError::Other(format!("unknown correction: {operation}").into()))?,
        span: span(row, 3)?,
        reason: row.get(5)?,
        made_by: row.get(6)?,
        made: row.get(7)?,
        undone,
    })
}

fn rows(db: &Connection, condition: &str, values: impl Params) -> rusqlite::Result<Vec<Correction>> {
    let sql = format!(
        "SELECT id, peer, operation, started, ended, reason, made_by, made, undone, undone_by FROM corrections \
         WHERE grp = ?1 AND {condition} ORDER BY id"
    );
    all(db, &sql, values, correction)
}

impl Store {
    /// The corrections in force that overlap `window`, the oldest first.
    pub fn corrections_in(&self, group: GroupKey, window: Span) -> Result<Vec<Correction>> {
        let holds = "undone IS NULL AND ended > ?2 AND started < ?3";
        Ok(rows(&self.db, holds, params![group, window.from, window.to])?)
    }

    /// All corrections of a group, also those that were taken back; the oldest first.
    pub fn corrections(&self, group: GroupKey) -> Result<Vec<Correction>> {
        Ok(rows(&self.db, "1", [group])?)
    }

    /// From the start of the first correction in force to the end of the last, if there are any.
    pub fn corrected_extent(&self, group: GroupKey) -> Result<Option<Span>> {
        let sql =
            "SELECT min(started), max(ended) FROM corrections WHERE grp = ?1 AND undone IS NULL HAVING count(*) > 0";
        Ok(first(&self.db, sql, [group], |row| span(row, 0))?)
    }

    /// Stores a correction and returns its new id. `None`: days of its time are folded, and can't be corrected any more
    /// (rules §8.4).
    pub fn add_correction(&mut self, group: GroupKey, new: &Correction) -> Result<Option<i64>> {
        self.write(|db| {
            let sql = "INSERT INTO corrections (grp, peer, operation, started, ended, reason, made_by, made) \
                       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 \
                       WHERE NOT EXISTS (SELECT 1 FROM folding WHERE grp = ?1 AND until > ?4)";
            let Correction { peer, operation, span, reason, made_by, made, .. } = new;
            let values = params![group, peer, operation.code(), span.from, span.to, reason, made_by, made];
            Ok((run(db, sql, values)? > 0).then(|| db.last_insert_rowid()))
        })
    }

    /// Takes a correction back. Returns false if it was taken back already, or its days are folded.
    pub fn undo_correction(&mut self, group: GroupKey, id: i64, by: &str, now: Instant) -> Result<bool> {
        let sql = "UPDATE corrections SET undone = ?3, undone_by = ?4 WHERE grp = ?1 AND id = ?2 AND undone IS NULL \
                   AND NOT EXISTS (SELECT 1 FROM folding WHERE grp = ?1 AND until > started)";
        self.write(|db| Ok(run(db, sql, params![group, id, now, by])? > 0))
    }

    /// The stays of more than `longest` seconds that ended after `since` or go on, the oldest first.
    pub fn long_stays(&self, group: GroupKey, longest: i64, since: Instant) -> Result<Vec<(PeerId, Span)>> {
        let sql = format!(
            "SELECT peer, started, coalesce(stays.ended, {LAST_SHOWN}) AS shown FROM stays JOIN calls USING (grp, call) \
             WHERE grp = ?1 AND (stays.ended IS NULL OR stays.ended > ?3) AND shown - started > ?2 ORDER BY started, peer"
        );
        let values = params![group, longest, since];
        Ok(all(&self.db, &sql, values, |row| Ok((row.get(0)?, span(row, 1)?)))?)
    }
}
