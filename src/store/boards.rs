//! Reading what a board is made from.

use rusqlite::{OptionalExtension, params};

use super::{GroupKey, Store};
use crate::domain::leaderboard::Record;
use crate::domain::people::Profile;
use crate::domain::presence::{Blind, Blinds, Stay};
use crate::domain::roster::BlindReason;
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::error::Result;

/// The end of an open stay: the last instant that shows the participant in.
const END: &str = "coalesce(stays.ended, max(stays.seen, stays.started, coalesce(calls.confirmed, stays.seen)))";

impl Store {
    /// Everything of a group that touches `window`, which already reaches as far as the rules look.
    pub fn board_record(&self, group: GroupKey, window: Span) -> Result<Record> {
        let mut record = Record { confirmed: self.confirmed(group)?, ..Record::default() };
        record.tracker = self
            .db
            .query_row("SELECT tracker FROM groups WHERE id = ?1", [group.0], |row| row.get::<_, Option<i64>>(0))
            .optional()?
            .flatten()
            .map(PeerId);
        // Ended stays by index; the few open ones by themselves.
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT stays.call, stays.peer, stays.started, {END}, stays.ended IS NULL \
             FROM stays JOIN calls USING (grp, call) \
             WHERE grp = ?1 AND stays.started < ?3 AND (stays.ended > ?2 OR stays.ended IS NULL)"
        ))?;
        let mut rows = statement.query(params![group.0, window.from.0, window.to.0])?;
        while let Some(row) = rows.next()? {
            let span = Span::new(Instant(row.get(2)?), Instant(row.get(3)?));
            record.stays.push(Stay { call: CallId(row.get(0)?), peer: PeerId(row.get(1)?), span, open: row.get(4)? });
        }
        record.blinds = self.blinds(group, window)?;
        let mut statement =
            self.db.prepare_cached("SELECT peer, username, name, bot, deleted FROM people WHERE grp = ?1")?;
        let rows = statement.query_map([group.0], |row| {
            Ok(Profile {
                peer: PeerId(row.get(0)?),
                username: row.get(1)?,
                name: row.get(2)?,
                bot: row.get(3)?,
                deleted: row.get(4)?,
            })
        })?;
        record.profiles = rows.map(|row| row.map(|profile| (profile.peer, profile))).collect::<Result<_, _>>()?;
        Ok(record)
    }

    fn blinds(&self, group: GroupKey, window: Span) -> Result<Blinds> {
        let mut statement = self.db.prepare_cached(
            "SELECT call, peer, started, ended, reason FROM blind WHERE grp = ?1 AND ended > ?2 AND started < ?3",
        )?;
        let rows = statement.query_map(params![group.0, window.from.0, window.to.0], |row| {
            let word: String = row.get(4)?;
            let reason = BlindReason::ALL.into_iter().find(|reason| reason.word() == word);
            Ok(Blind {
                call: CallId(row.get(0)?),
                peer: row.get::<_, Option<i64>>(1)?.map(PeerId),
                span: Span::new(Instant(row.get(2)?), Instant(row.get(3)?)),
                reason: reason.unwrap_or(BlindReason::Gap),
            })
        })?;
        Ok(Blinds::new(rows.collect::<Result<Vec<_>, _>>()?))
    }

    /// The last instant at which the group was seen, call or no call.
    pub fn confirmed(&self, group: GroupKey) -> Result<Option<Instant>> {
        let last = self.db.query_row(
            "SELECT max((SELECT max(confirmed) FROM watches WHERE grp = ?1), \
                    coalesce((SELECT max(confirmed) FROM calls WHERE grp = ?1), 0))",
            [group.0],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        Ok(last.map(Instant))
    }

    /// Whether the group was watched at any time in `window`.
    pub fn was_watched(&self, group: GroupKey, window: Span) -> Result<bool> {
        Ok(self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM watches WHERE grp = ?1 AND confirmed >= ?2 AND started < ?3)",
            params![group.0, window.from.0, window.to.0],
            |row| row.get(0),
        )?)
    }

    /// The first instant at which the group was watched.
    pub fn first_watched(&self, group: GroupKey) -> Result<Option<Instant>> {
        let first = self.db.query_row("SELECT min(started) FROM watches WHERE grp = ?1", [group.0], |row| {
            row.get::<_, Option<i64>>(0)
        })?;
        Ok(first.map(Instant))
    }
}
