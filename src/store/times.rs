//! Impossible times. Telegram, a wrong clock or another program may have put them into the store. No command computes
//! with them, and swf writes none.

use std::fmt;

use rusqlite::Row;

use super::Store;
use crate::domain::Instant;
use crate::domain::roster::{Fact, Observed};
use crate::domain::time::period::local;
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};

/// The last second of the year 9999.
const MAX_INSTANT: i64 = 253_402_300_799;

/// How far ahead of Telegram's time an instant may be to be written, in seconds. The date of an update or a join date
/// can be accepted so far ahead (rules §3.16).
pub const MAX_AHEAD: i64 = 120;

/// Columns with instants that were in the past when they were written, by table.
const PAST: [(&str, &[&str]); 20] = [
    ("watches", &["started", "confirmed"]),
    ("calls", &["followed", "confirmed", "ended"]),
    ("stays", &["joined", "started", "seen", "ended"]),
    ("blind", &["started", "ended"]),
    ("people", &["seen"]),
    ("signs", &["at"]),
    ("silence_settings", &["noted"]),
    ("silences", &["started", "ended"]),
    ("silence_asked", &["asked"]),
    ("groups", &["silence_folded"]),
    ("old_trackers", &["until"]),
    ("corrections", &["started", "ended", "made", "undone"]),
    ("folded_days", &["began", "folded"]),
    ("folding", &["until", "folded"]),
    ("appointments", &["made"]),
    ("reminders", &["stored", "answered"]),
    ("pairs", &["asked", "accepted", "declined"]),
    ("settings_log", &["at"]),
    ("rights", &["left_at", "counted_from", "agreed"]),
    ("deliveries", &["as_of", "sent", "finalized", "dropped"]),
];
/// Columns with instants that may be in the future. An upgrade may have copied the next try to `created`.
const ANY: [(&str, &[&str]); 6] = [
    ("deliveries", &["created", "next_try", "leased_until", "expires"]),
    ("flood_waits", &["until"]),
    ("forgetting", &["due"]),
    ("appointments", &["starts"]),
    ("silence_settings", &["acts_from"]),
    ("reminders", &["starts"]),
];

/// An instant that is impossible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpossibleTime {
    /// The table and column, if they are known.
    column: Option<String>,
    at: Instant,
}

impl ImpossibleTime {
    /// Whether the time is in the future; false for a time beyond every calendar.
    pub fn is_ahead(&self) -> bool {
        is_valid(self.at)
    }
}

impl fmt::Display for ImpossibleTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.column.as_ref().map_or(String::new(), |column| format!(" in {column}"));
        match is_valid(self.at) {
            true => write!(f, "{} UTC{place} is in the future", local(Zone::UTC, self.at).format("%Y-%m-%d %H:%M:%S")),
            false => write!(f, "{}{place} is not a valid time", self.at.0),
        }
    }
}

impl std::error::Error for ImpossibleTime {}

fn is_valid(at: Instant) -> bool {
    (0..=MAX_INSTANT).contains(&at.0)
}

/// Reads an instant. An instant beyond every calendar is refused here, for all commands.
pub(super) fn instant(seconds: i64) -> std::result::Result<Instant, ImpossibleTime> {
    let at = Instant(seconds);
    if is_valid(at) { Ok(at) } else { Err(ImpossibleTime { column: None, at }) }
}

/// The first instant that is more than [`MAX_AHEAD`] after its observation, or beyond every calendar.
fn impossible(seen: &Observed) -> Option<ImpossibleTime> {
    let watched = seen.watched.into_iter().flat_map(|span| [span.from, span.to]);
    let mut instants = seen.facts.iter().flat_map(instants_of).chain(watched);
    let at = instants.find(|at| !is_valid(*at) || *at - seen.at > MAX_AHEAD)?;
    Some(ImpossibleTime { column: None, at })
}

fn instants_of(fact: &Fact) -> Vec<Instant> {
    match *fact {
        Fact::Following { at, .. }
        | Fact::Sign { at, .. }
        | Fact::Confirmed { at, .. }
        | Fact::Ended { at, .. }
        | Fact::Idle { at } => vec![at],
        Fact::Opened { joined, from, seen, .. } => vec![joined, from, seen],
        Fact::Seen { from, at, .. } => vec![from, at],
        Fact::Closed { from, to, .. } => vec![from, to],
        Fact::Blind { span, .. } => vec![span.from, span.to],
    }
}

/// Refuses to write an impossible time. The engine accepts no such date, so this would be a bug in the engine.
pub(super) fn refuse_impossible(seen: &Observed) -> Result<()> {
    match impossible(seen) {
        Some(time) => Err(Error::failed(format!("an impossible time was not stored: {time}")).hint(
            "Start the tracker again. The time of people who are still in the call then counts from when they joined.",
        )),
        None => Ok(()),
    }
}

impl Store {
    /// An impossible time: one after `latest` in a column for past times, or one beyond every calendar. Reads every row
    /// once.
    pub fn impossible_time(&self, latest: Instant) -> Result<Option<ImpossibleTime>> {
        let past = PAST.iter().map(|table| (table, latest));
        for ((table, columns), latest) in past.chain(ANY.iter().map(|table| (table, Instant(i64::MAX)))) {
            let extremes: Vec<String> = columns.iter().map(|column| format!("max({column}), min({column})")).collect();
            let sql = format!("SELECT {} FROM {table}", extremes.join(", "));
            // Reads plain numbers, because here an impossible instant is no error.
            type Extremes = rusqlite::Result<Vec<Option<i64>>>;
            let read = |row: &Row| -> Extremes { (0..2 * columns.len()).map(|index| row.get(index)).collect() };
            let extremes = self.db.query_row(&sql, [], read)?;
            for (index, at) in extremes.into_iter().enumerate() {
                let impossible = at.map(Instant).filter(|at| !is_valid(*at) || *at > latest);
                if let Some(at) = impossible {
                    return Ok(Some(ImpossibleTime { column: Some(format!("{table}.{}", columns[index / 2])), at }));
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CallId, PeerId, Span};
    use crate::error::Kind;
    use crate::store::sql::value;
    use crate::store::{Access, GroupKey};

    const NOW: Instant = Instant(1_800_000_000);
    const CALL: CallId = CallId(5);

    fn store() -> (tempfile::TempDir, Store, GroupKey) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        let (peer, from, seen) = (PeerId(7), NOW - 600, NOW);
        let facts = vec![
            Fact::Following { call: CALL, at: from },
            Fact::Opened { call: CALL, peer, joined: from, from, seen },
            Fact::Blind {
                call: CALL,
                peer: None,
                span: Span::new(from, seen),
                reason: crate::domain::roster::BlindReason::Gap,
            },
            Fact::Confirmed { call: CALL, at: NOW },
        ];
        let watched = Some(Span::new(from, seen));
        store.record(group, &Observed { facts, watched, ..Observed::new(NOW) }, &[]).unwrap();
        let sql = "INSERT INTO deliveries (scope, owner, lane, kind, subject, text, created, next_try) \
                   VALUES ('group', 1, 'posts', 'daily', '2027-01-15', 'x', 1, 2); \
                   INSERT INTO old_trackers (grp, path, digest, until) VALUES (1, 'x', 'x', 1); \
                   INSERT INTO people (grp, peer, name, bot, deleted, seen) VALUES (1, 7, 'Ada', 0, 0, 1); \
                   INSERT INTO corrections (grp, peer, operation, started, ended, reason, made_by, made) \
                   VALUES (1, 7, 'add', 1, 2, 'x', 'x', 3); \
                   INSERT INTO rights (grp, peer) VALUES (1, 7); \
                   INSERT INTO signs (grp, peer, at, call) VALUES (1, 7, 1, 5); \
                   INSERT INTO appointments (grp, peer, starts, made) VALUES (1, 7, 2, 1); \
                   INSERT INTO silence_settings (grp, noted, setting, acts_from) VALUES (1, 1, '3h', 2); \
                   INSERT INTO settings_log (grp, name, at, value) VALUES (1, 'SWF_CAP', 1, '10h'); \
                   INSERT INTO silence_asked (grp, peer, asked) VALUES (1, 7, 1); \
                   INSERT INTO silences (grp, peer, started, ended) VALUES (1, 7, 1, 2); \
                   INSERT INTO settings_log (grp, name, at, value) VALUES (1, 'SWF_LANGUAGE', 1, 'uz'); \
                   INSERT INTO reminders (grp, peer, starts, stored) VALUES (1, 7, 2, 1); \
                   INSERT INTO pairs (grp, asker, other, asked) VALUES (1, 7, 8, 1); \
                   INSERT INTO settings_log (grp, name, at) VALUES (1, 'SWF_PAIRS', 1); \
                   INSERT INTO flood_waits (sender, request, until) VALUES ('7', 'posts send', 1); \
                   INSERT INTO forgetting (grp, peer, person, due) VALUES (1, 7, 7, 1); \
                   INSERT INTO folded_days VALUES (1, 7, '2026-01-15', 1, 2, 1, 1, 1, 0, 0, 0, 1, 1, 0); \
                   INSERT INTO folding VALUES (1, 'x', '2026-01-16', 1, 2); \
                   PRAGMA ignore_check_constraints = ON;";
        store.db.execute_batch(sql).unwrap();
        (folder, store, group)
    }

    #[test]
    fn nothing_that_lies_ahead_is_written() {
        let (_folder, mut store, group) = store();
        let mut confirm = |at| {
            store.record(
                group,
                &Observed { facts: vec![Fact::Confirmed { call: CALL, at }], ..Observed::new(NOW) },
                &[],
            )
        };
        confirm(NOW + MAX_AHEAD).unwrap();
        for at in [NOW + MAX_AHEAD + 1, Instant(i32::MAX.into()), Instant(i64::MAX), Instant(-1)] {
            let error = confirm(at).unwrap_err();
            assert!(!error.may_pass() && error.message().contains("was not stored"), "{error}");
        }
        let watched = Some(Span::new(NOW, NOW + 7200));
        store.record(group, &Observed { watched, ..Observed::new(NOW) }, &[]).unwrap_err();
        assert_eq!(store.confirmed(group).unwrap(), Some(NOW + MAX_AHEAD));
    }

    /// CASES X17.
    #[test]
    fn an_impossible_time_is_found_in_every_column_and_read_nowhere() {
        let of = |tables: &[(&'static str, &'static [&'static str])], is_past: bool| {
            let columns = tables.iter().flat_map(|(table, columns)| columns.iter().map(|column| (*table, *column)));
            columns.map(|(table, column)| (table, column, is_past)).collect::<Vec<_>>()
        };
        for (table, column, is_past) in [of(&PAST, true), of(&ANY, false)].concat() {
            for (number, is_ahead) in
                [(NOW.0 + 7200, true), (8_210_266_876_799, false), (i64::MAX, false), (i64::MIN, false), (-1, false)]
            {
                let (_folder, store, _) = store();
                assert_eq!(store.impossible_time(NOW).unwrap(), None);
                store.db.execute(&format!("UPDATE {table} SET {column} = ?1"), [number]).unwrap();
                let found = store.impossible_time(NOW).unwrap();
                if is_ahead && !is_past {
                    assert_eq!(found, None);
                    continue;
                }
                let found = found.unwrap();
                assert_eq!((found.is_ahead(), found.column), (is_ahead, Some(format!("{table}.{column}"))));
                if !is_ahead {
                    let sql = format!("SELECT {column} FROM {table}");
                    let error = Error::from(value::<Instant>(&store.db, &sql, []).unwrap_err());
                    assert!(error.kind == Kind::Damaged && error.message().contains("is not a valid time"), "{error}");
                }
            }
        }
    }
}
