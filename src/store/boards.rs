//! Reads for boards.

use rusqlite::{Row, params};

use super::sql::{all, exists, first, value};
use super::{GroupKey, Store};
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::presence::{Blind, Blinds, Stay};
use crate::domain::accounting::unwatched::{MAX_CONFIRM_INTERVAL, Watches};
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

/// The last instant that shows the participant of an open stay in the call.
pub(super) const LAST_SHOWN: &str = "max(seen, started, coalesce(confirmed, seen))";

pub(super) fn span(row: &Row, from: usize) -> rusqlite::Result<Span> {
    Ok(Span::new(row.get(from)?, row.get(from + 1)?))
}

pub(super) fn stay(row: &Row, open: bool) -> rusqlite::Result<Stay> {
    Ok(Stay { call: row.get(0)?, peer: row.get(1)?, span: span(row, 2)?, open })
}

fn stored_stay(row: &Row) -> rusqlite::Result<StoredStay> {
    let (call, peer, joined) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(StoredStay { call, peer, joined, span: span(row, 3)?, ending: row.get(5)? })
}

pub(super) fn blind(row: &Row) -> rusqlite::Result<Blind> {
    let code: String = row.get(4)?;
    let reason = BlindReason::of_code(&code).unwrap_or(BlindReason::Gap);
    Ok(Blind { call: row.get(0)?, peer: row.get(1)?, span: span(row, 2)?, reason })
}

pub(super) fn profile(row: &Row) -> rusqlite::Result<(PeerId, Profile)> {
    let (peer, username, other_usernames, name, bot, deleted) = row.try_into()?;
    let other_usernames: String = other_usernames;
    // Only swf writes this column, so it is valid JSON.
    let other_usernames = serde_json::from_str(&other_usernames).unwrap_or_default();
    Ok((peer, Profile { username, other_usernames, name, bot, deleted, ..Profile::unknown(peer) }))
}

impl Store {
    /// All data of a group that overlaps `window`. The caller has already widened the window as the rules require.
    pub fn board_record(&self, group: GroupKey, window: Span) -> Result<Record> {
        // One snapshot: a person who leaves between two reads would be in neither.
        let _snapshot = self.read_snapshot()?;
        let mut record = self.record_of_open_stays(group, window)?;
        let (_, longest) = self.tracker_and_longest_stay(group)?;
        let sql = "SELECT call, peer, started, ended FROM stays \
                   WHERE grp = ?1 AND ended > ?2 AND ended <= ?3 AND started < ?4";
        let values = params![group, window.from, window.to + longest, window.to];
        let mut stays: Vec<Stay> = all(&self.db, sql, values, |row| stay(row, false))?;
        stays.append(&mut record.stays);
        Ok(Record { stays, ..record })
    }

    /// Like [`Store::board_record`], without the stays that have ended.
    pub fn record_of_open_stays(&self, group: GroupKey, window: Span) -> Result<Record> {
        let _snapshot = self.read_snapshot()?;
        let (tracker, _) = self.tracker_and_longest_stay(group)?;
        let sql = "SELECT call, peer, started, ended, reason FROM blind \
                   WHERE grp = ?1 AND ended > ?2 AND started < ?3";
        let mut blinds: Vec<Blind> = all(&self.db, sql, params![group, window.from, window.to], blind)?;
        let mut stays = Vec::new();
        self.open_stays(group, window.to, None, &mut stays, &mut blinds)?;
        let sql = "SELECT peer, username, other_usernames, name, bot, deleted FROM people WHERE grp = ?1";
        Ok(Record {
            watches: self.watches(group, window)?,
            stays,
            blinds: Blinds::new(blinds),
            profiles: all(&self.db, sql, [group], profile)?,
            confirmed: self.confirmed(group)?,
            corrections: self.corrections_in(group, window)?,
            tracker,
            ..Record::default()
        })
    }

    /// Adds the open stays that began before `before`, of one account or of all. An open stay lasts until the last
    /// instant that shows the participant in the call. After the last view of the call, only sightings of this
    /// participant count, because a blind span is stored only when it ends.
    pub(super) fn open_stays(
        &self,
        group: GroupKey,
        before: Instant,
        account: Option<PeerId>,
        stays: &mut Vec<Stay>,
        blinds: &mut Vec<Blind>,
    ) -> Result<()> {
        let of_account = if account.is_some() { "AND peer = ?3" } else { "AND ?3 IS NULL" };
        let sql = format!(
            "SELECT call, peer, started, {LAST_SHOWN}, max(started, coalesce(confirmed, 0)) FROM stays \
             JOIN calls USING (grp, call) WHERE grp = ?1 AND stays.ended IS NULL AND started < ?2 {of_account}"
        );
        let open: Vec<(Stay, Instant)> =
            all(&self.db, &sql, params![group, before, account], |row| Ok((stay(row, true)?, row.get(4)?)))?;
        for (stay, watched) in open {
            let span = Span::new(watched, stay.span.to);
            if !span.is_empty() {
                blinds.push(Blind { call: stay.call, peer: Some(stay.peer), span, reason: BlindReason::Gap });
            }
            stays.push(stay);
        }
        Ok(())
    }

    pub(super) fn watches(&self, group: GroupKey, window: Span) -> Result<Watches> {
        // The time since the last watched span is unwatched only after this interval.
        let values = params![group, Instant(window.from.0.saturating_sub(MAX_CONFIRM_INTERVAL)), window.to];
        let watched = "SELECT started, confirmed FROM watches WHERE grp = ?1 AND confirmed > ?2 AND started < ?3";
        let maybe_ended = format!(
            "SELECT blind.started, blind.ended FROM blind JOIN calls USING (grp, call) \
             WHERE grp = ?1 AND blind.ended > ?2 AND blind.started < ?3 AND peer IS NULL \
             AND reason = '{}' AND calls.watched = 0 AND calls.ended = blind.ended",
            BlindReason::NotRunning.code()
        );
        let open = "SELECT call, confirmed FROM calls \
                    WHERE grp = ?1 AND ended IS NULL AND confirmed IS NOT NULL ORDER BY confirmed DESC LIMIT 1";
        Ok(Watches {
            first: self.first_watched(group)?,
            spans: all(&self.db, watched, values, |row| span(row, 0))?,
            maybe_ended: all(&self.db, &maybe_ended, values, |row| span(row, 0))?,
            open_call: first(&self.db, open, [group], |row| row.try_into())?,
            now: None,
        })
    }

    pub(super) fn tracker_and_longest_stay(&self, group: GroupKey) -> Result<(Option<PeerId>, i64)> {
        let sql = "SELECT tracker, longest_stay FROM groups WHERE id = ?1";
        Ok(first(&self.db, sql, [group], |row| row.try_into())?.unwrap_or_default())
    }

    /// The stays that began in `window`, in order of their beginning.
    pub fn stays_begun(&self, group: GroupKey, window: Span) -> Result<Vec<StoredStay>> {
        let (_, longest) = self.tracker_and_longest_stay(group)?;
        let sql = format!(
            "SELECT call, peer, joined, started, ended, ending FROM stays \
             WHERE grp = ?1 AND ended >= ?2 AND ended <= ?4 AND started >= ?2 AND started < ?3 \
             UNION ALL \
             SELECT call, peer, joined, started, {LAST_SHOWN}, NULL FROM stays JOIN calls USING (grp, call) \
             WHERE grp = ?1 AND stays.ended IS NULL AND started >= ?2 AND started < ?3 \
             ORDER BY started, peer, call"
        );
        Ok(all(&self.db, &sql, params![group, window.from, window.to, window.to + longest], stored_stay)?)
    }

    /// The last confirmed instant of the group, with or without a call.
    pub fn confirmed(&self, group: GroupKey) -> Result<Option<Instant>> {
        let sql = "SELECT max((SELECT max(confirmed) FROM watches WHERE grp = ?1), \
                   coalesce((SELECT max(confirmed) FROM calls WHERE grp = ?1), 0))";
        Ok(value(&self.db, sql, [group])?)
    }

    /// Whether a tracker watched the group at any time in `window`.
    pub fn was_watched(&self, group: GroupKey, window: Span) -> Result<bool> {
        let watched = "watches WHERE grp = ?1 AND confirmed > ?2 AND started < ?3";
        Ok(exists(&self.db, watched, params![group, window.from, window.to])?)
    }

    /// The span from the first stay to the last, if there are any.
    pub fn extent(&self, group: GroupKey) -> Result<Option<Span>> {
        let (_, longest) = self.tracker_and_longest_stay(group)?;
        // The stay that began first may end after others, but at most by the length of the longest stay.
        // In this form SQLite reads the first and the last entry of an index; for `min` and `max` it may read all.
        let end = |order| {
            format!("(SELECT ended FROM stays WHERE grp = ?1 AND ended IS NOT NULL ORDER BY ended {order} LIMIT 1)")
        };
        let (first_end, last_end) = (end("ASC"), end("DESC"));
        let ended = format!(
            "SELECT min(started), {last_end} FROM stays WHERE grp = ?1 AND ended <= ?2 + {first_end} HAVING count(*) > 0"
        );
        let open = format!(
            "SELECT min(started), max({LAST_SHOWN}) FROM stays JOIN calls USING (grp, call) \
             WHERE grp = ?1 AND stays.ended IS NULL HAVING count(*) > 0"
        );
        let ended = first(&self.db, &ended, params![group, longest], |row| span(row, 0))?;
        let open = first(&self.db, &open, [group], |row| span(row, 0))?;
        Ok(match (ended, open) {
            (Some(ended), Some(open)) => Some(Span::new(ended.from.min(open.from), ended.to.max(open.to))),
            (ended, open) => ended.or(open),
        })
    }

    /// Descriptions of invalid stays, at most a hundred of each kind: stays that ended before they began, are longer than
    /// the stored maximum, or overlap another stay of the same participant; and open stays of calls that are over.
    pub fn faulty_stays(&self, group: GroupKey) -> Result<Vec<String>> {
        let sql = format!(
            "WITH known AS ( \
               SELECT peer, started, coalesce(stays.ended, {LAST_SHOWN}) AS ended, stays.ended IS NOT NULL AS closed \
               FROM stays JOIN calls USING (grp, call) WHERE grp = ?1), \
             next AS (SELECT *, lead(started) OVER (PARTITION BY peer ORDER BY started, ended) AS next FROM known) \
             SELECT peer, started, ended, next FROM next \
             WHERE ended < started OR next < ended \
                OR (closed AND ended - started > (SELECT longest_stay FROM groups WHERE id = ?1)) LIMIT 100"
        );
        let mut faults: Vec<String> = all(&self.db, &sql, [group], |row| {
            let (peer, from, to, next): (i64, i64, i64, Option<i64>) = row.try_into()?;
            let fault = match next {
                _ if to < from => format!("it ends before it begins, at {to}"),
                Some(next) if next < to => format!("it ends at {to}, and the next begins at {next}"),
                _ => "it is longer than the stored maximum, and boards may miss it".into(),
            };
            Ok(format!("stay of {peer} at {from}: {fault}"))
        })?;
        let open = "SELECT peer, started, calls.ended FROM stays JOIN calls USING (grp, call) \
                    WHERE grp = ?1 AND stays.ended IS NULL AND calls.ended IS NOT NULL LIMIT 100";
        let open: Vec<String> = all(&self.db, open, [group], |row| {
            let (peer, from, end): (i64, i64, i64) = row.try_into()?;
            Ok(format!("stay of {peer} at {from}: it is open, but its call ended at {end}"))
        })?;
        faults.extend(open);
        Ok(faults)
    }

    /// Whether the store holds no time for any group.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(!exists(&self.db, "stays", [])?
            && !exists(&self.db, "folded_days", [])?
            && !exists(&self.db, "corrections", [])?
            && !exists(&self.db, "carried", [])?)
    }

    /// The first instant at which a tracker watched the group.
    pub fn first_watched(&self, group: GroupKey) -> Result<Option<Instant>> {
        Ok(value(&self.db, "SELECT min(started) FROM watches WHERE grp = ?1", [group])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::presence::Blinds;
    use crate::domain::accounting::unwatched::ReadTime;
    use crate::domain::roster::{Fact, Observed};
    use crate::store::Access;

    #[test]
    fn an_open_stay_of_a_call_that_is_over_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        let (call, at) = (CallId(5), Instant(1000));
        let opened = Fact::Opened { call, peer: PeerId(7), joined: at, from: at, seen: at };
        let facts = vec![Fact::Following { call, at }, opened, Fact::Confirmed { call, at: Instant(2000) }];
        store.record(group, &Observed { facts, ..Observed::new(Instant(2000)) }, &[]).unwrap();
        assert!(store.faulty_stays(group).unwrap().is_empty());
        let facts = vec![Fact::Ended { call, at: Instant(2000), watched: true }];
        store.record(group, &Observed { facts, ..Observed::new(Instant(2000)) }, &[]).unwrap();
        assert_eq!(store.faulty_stays(group).unwrap(), ["stay of 7 at 1000: it is open, but its call ended at 2000"]);
    }

    /// A board of a new day is read in the minute before the tracker first confirms the group on that day.
    #[test]
    fn the_seconds_before_the_first_look_of_a_day_are_not_unwatched() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        let watched = Some(Span::new(Instant(1000), Instant(4980)));
        store.record(group, &Observed { watched, ..Observed::new(Instant(4980)) }, &[]).unwrap();
        let unwatched = |now: i64| {
            let day = Span::new(Instant(5000), Instant(91_400));
            let mut watches = store.board_record(group, day).unwrap().watches;
            watches.now = Some(ReadTime { at: Instant(now), tracked_since: None });
            watches.unseen(day, &Blinds::default()).unwatched.seconds()
        };
        assert_eq!([5050, 5100, 5101].map(unwatched), [0, 0, 101]);
    }
}
