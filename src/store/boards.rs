//! Reads for boards.

use rusqlite::{OptionalExtension, params};

use super::{GroupKey, Store};
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::presence::{Blind, Blinds, Stay};
use crate::domain::people::Profile;
use crate::domain::roster::BlindReason;
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::error::Result;

/// A stay as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStay {
    pub call: CallId,
    pub peer: PeerId,
    /// The server's join time. The stay itself never begins before the last observed `left`.
    pub joined: Instant,
    pub span: Span,
    /// How the end is known; `None` while the stay is open.
    pub ending: Option<String>,
}

impl StoredStay {
    pub fn plain(&self) -> Stay {
        Stay { call: self.call, peer: self.peer, span: self.span, open: self.ending.is_none() }
    }
}

impl Store {
    /// All data of a group that overlaps `window`. The caller has widened it as far as the rules need.
    pub fn board_record(&self, group: GroupKey, window: Span) -> Result<Record> {
        // One snapshot: a person who leaves between two reads would be in neither.
        let _snapshot = self.read_snapshot()?;
        let mut record = Record { confirmed: self.confirmed(group)?, ..Record::default() };
        let (tracker, longest) = self
            .db
            .query_row("SELECT tracker, longest_stay FROM groups WHERE id = ?1", [group.0], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?))
            })
            .optional()?
            .unwrap_or_default();
        record.tracker = tracker.map(PeerId);
        let mut statement = self.db.prepare_cached(
            "SELECT call, peer, started, ended FROM stays \
             WHERE grp = ?1 AND ended > ?2 AND ended <= ?3 AND started < ?4",
        )?;
        let last_end = window.to + longest;
        let mut rows = statement.query(params![group.0, window.from.0, last_end.0, window.to.0])?;
        while let Some(row) = rows.next()? {
            let span = Span::new(Instant(row.get(2)?), Instant(row.get(3)?));
            record.stays.push(Stay { call: CallId(row.get(0)?), peer: PeerId(row.get(1)?), span, open: false });
        }
        let mut blinds = self.blinds(group, window)?;
        // An open stay reaches to the last instant that shows the participant in the call. After the last view of the
        // call, only that sighting does: a blind span is stored when it ends.
        let mut statement = self.db.prepare_cached(
            "SELECT call, peer, started, max(seen, started, coalesce(confirmed, seen)), max(started, coalesce(confirmed, 0)) \
             FROM stays JOIN calls USING (grp, call) WHERE grp = ?1 AND stays.ended IS NULL AND started < ?2",
        )?;
        let mut rows = statement.query(params![group.0, window.to.0])?;
        while let Some(row) = rows.next()? {
            let (call, peer) = (CallId(row.get(0)?), PeerId(row.get(1)?));
            let [from, to, watched] = [row.get(2)?, row.get(3)?, row.get(4)?].map(Instant);
            record.stays.push(Stay { call, peer, span: Span::new(from, to), open: true });
            if watched < to {
                let span = Span::new(watched, to);
                blinds.push(Blind { call, peer: Some(peer), span, reason: BlindReason::Gap });
            }
        }
        record.blinds = Blinds::new(blinds);
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

    /// The stays that began in `window`, in order of their beginning.
    pub fn stays_begun(&self, group: GroupKey, window: Span) -> Result<Vec<StoredStay>> {
        let longest = "SELECT longest_stay FROM groups WHERE id = ?1";
        let longest: i64 = self.db.query_row(longest, [group.0], |row| row.get(0)).optional()?.unwrap_or(0);
        let stay = |row: &rusqlite::Row| {
            Ok(StoredStay {
                call: CallId(row.get(0)?),
                peer: PeerId(row.get(1)?),
                joined: Instant(row.get(2)?),
                span: Span::new(Instant(row.get(3)?), Instant(row.get(4)?)),
                ending: row.get(5)?,
            })
        };
        let mut ended = self.db.prepare_cached(
            "SELECT call, peer, joined, started, ended, ending FROM stays \
             WHERE grp = ?1 AND ended >= ?2 AND ended <= ?4 AND started >= ?2 AND started < ?3",
        )?;
        let last_end = window.to + longest;
        let rows = ended.query_map(params![group.0, window.from.0, window.to.0, last_end.0], stay)?;
        let mut stays: Vec<StoredStay> = rows.collect::<Result<_, _>>()?;
        let mut open = self.db.prepare_cached(
            "SELECT call, peer, joined, started, max(seen, started, coalesce(confirmed, seen)), NULL \
             FROM stays JOIN calls USING (grp, call) \
             WHERE grp = ?1 AND stays.ended IS NULL AND started >= ?2 AND started < ?3",
        )?;
        for row in open.query_map(params![group.0, window.from.0, window.to.0], stay)? {
            stays.push(row?);
        }
        stays.sort_by_key(|stay| (stay.span.from, stay.peer, stay.call));
        Ok(stays)
    }

    fn blinds(&self, group: GroupKey, window: Span) -> Result<Vec<Blind>> {
        let mut statement = self.db.prepare_cached(
            "SELECT call, peer, started, ended, reason FROM blind WHERE grp = ?1 AND ended > ?2 AND started < ?3",
        )?;
        let rows = statement.query_map(params![group.0, window.from.0, window.to.0], |row| {
            let word: String = row.get(4)?;
            let reason = BlindReason::ALL.into_iter().find(|reason| reason.code() == word);
            Ok(Blind {
                call: CallId(row.get(0)?),
                peer: row.get::<_, Option<i64>>(1)?.map(PeerId),
                span: Span::new(Instant(row.get(2)?), Instant(row.get(3)?)),
                reason: reason.unwrap_or(BlindReason::Gap),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last confirmed instant of the group, with or without a call.
    pub fn confirmed(&self, group: GroupKey) -> Result<Option<Instant>> {
        let last = self.db.query_row(
            "SELECT max((SELECT max(confirmed) FROM watches WHERE grp = ?1), \
                    coalesce((SELECT max(confirmed) FROM calls WHERE grp = ?1), 0))",
            [group.0],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        Ok(last.map(Instant))
    }

    /// Whether a tracker watched the group at any time in `window`.
    pub fn was_watched(&self, group: GroupKey, window: Span) -> Result<bool> {
        Ok(self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM watches WHERE grp = ?1 AND confirmed >= ?2 AND started < ?3)",
            params![group.0, window.from.0, window.to.0],
            |row| row.get(0),
        )?)
    }

    /// The span from the first stay to the last, if there are any.
    pub fn extent(&self, group: GroupKey) -> Result<Option<Span>> {
        let sql = "SELECT min(started), max(coalesce(stays.ended, max(seen, started, coalesce(confirmed, seen)))) \
                   FROM stays JOIN calls USING (grp, call) WHERE grp = ?1";
        let ends = self.db.query_row(sql, [group.0], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?)))?;
        Ok(ends.0.zip(ends.1).map(|(from, to)| Span::new(Instant(from), Instant(to))))
    }

    /// Descriptions of invalid stays, a hundred at most: ended before they began, longer than the stored maximum, or two
    /// of one participant at once.
    pub fn faulty_stays(&self, group: GroupKey) -> Result<Vec<String>> {
        let mut statement = self.db.prepare(
            "WITH known AS ( \
               SELECT peer, started, coalesce(stays.ended, max(seen, started, coalesce(confirmed, seen))) AS ended, \
                      stays.ended IS NOT NULL AS closed \
               FROM stays JOIN calls USING (grp, call) WHERE grp = ?1), \
             next AS (SELECT *, lead(started) OVER (PARTITION BY peer ORDER BY started, ended) AS next FROM known) \
             SELECT peer, started, ended, next FROM next \
             WHERE ended < started OR next < ended \
                OR (closed AND ended - started > (SELECT longest_stay FROM groups WHERE id = ?1)) LIMIT 100",
        )?;
        let rows = statement.query_map([group.0], |row| {
            let [peer, from, to] = [row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?];
            Ok(match row.get::<_, Option<i64>>(3)? {
                _ if to < from => format!("stay of {peer} at {from}: it ends before it begins, at {to}"),
                Some(next) if next < to => {
                    format!("stay of {peer} at {from}: it ends at {to}, and the next begins at {next}")
                }
                _ => format!("stay of {peer} at {from}: it is longer than the stored maximum, and boards may miss it"),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether the store holds no time of any group.
    pub fn is_empty(&self) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM stays) AND NOT EXISTS (SELECT 1 FROM carried)";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// The first instant at which a tracker watched the group.
    pub fn first_watched(&self, group: GroupKey) -> Result<Option<Instant>> {
        let first = self.db.query_row("SELECT min(started) FROM watches WHERE grp = ?1", [group.0], |row| {
            row.get::<_, Option<i64>>(0)
        })?;
        Ok(first.map(Instant))
    }
}
