//! Days whose stays were folded into totals (rules §8.4).
//!
//! Each write is small: at most one person's days of a month, and at most [`MAX_STAYS`] stays.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rusqlite::{Row, params};

use super::boards::{blind, profile, span, stay};
use super::import::date;
use super::sql::{all, first, run, value};
use super::{GroupKey, Store};
use crate::domain::accounting::folded::Folded;
use crate::domain::accounting::folding::Stretch;
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::presence::{Blind, Blinds, Stay};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

/// At most so many stays of an account are read and folded in one step.
pub const MAX_STAYS: usize = 500;

/// A person's folded day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldedRow {
    /// The account that stood for the person when the day was folded.
    pub peer: PeerId,
    pub day: NaiveDate,
    /// Credited seconds.
    pub credited: i64,
    pub folded: Folded,
}

/// The rules by which days of a group were folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folding {
    /// In the form that `app::retention` writes.
    pub rules: String,
    /// The first local day that was not folded, and its first instant.
    pub before: NaiveDate,
    pub until: Instant,
    /// When a day was last folded under these rules.
    pub at: Instant,
}

/// Stored data about one person in a span of time, to be folded.
#[derive(Clone, Debug, Default)]
pub struct ToFold {
    pub record: Record,
    /// All stays that begin before this instant are in the record; all stays of the window if `None`.
    pub complete_until: Option<Instant>,
    /// The store's revision when this was read.
    pub revision: i64,
}

const COLUMNS: &str = "peer, day, credited, folded, stays, longest_stay, proved, added, removed, possible, session, \
                       session_before";

fn row(row: &Row) -> rusqlite::Result<Option<FoldedRow>> {
    let day: String = row.get(1)?;
    let folded = Folded {
        at: row.get(3)?,
        stays: row.get(4)?,
        longest_stay: row.get(5)?,
        proved: row.get(6)?,
        added: row.get(7)?,
        removed: row.get(8)?,
        possible: row.get(9)?,
        session: row.get(10)?,
        session_before: row.get(11)?,
    };
    let (peer, credited) = (row.get(0)?, row.get(2)?);
    Ok(date(&day).map(|day| FoldedRow { peer, day, credited, folded }))
}

const REVISION: &str = "SELECT revision FROM identity";

impl Store {
    /// The folded days of a group from the first of two days to the second.
    pub fn folded(&self, group: GroupKey, first: NaiveDate, last: NaiveDate) -> Result<Vec<FoldedRow>> {
        let sql =
            format!("SELECT {COLUMNS} FROM folded_days WHERE grp = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, peer");
        let rows: Vec<Option<FoldedRow>> =
            all(&self.db, &sql, params![group, first.to_string(), last.to_string()], row)?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The folded days of an account.
    pub fn folded_of(&self, group: GroupKey, account: PeerId) -> Result<Vec<FoldedRow>> {
        let sql = format!("SELECT {COLUMNS} FROM folded_days WHERE grp = ?1 AND peer = ?2 ORDER BY day");
        let rows: Vec<Option<FoldedRow>> = all(&self.db, &sql, params![group, account], row)?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The folded days of an account from the first of two days to the second.
    pub fn folded_between(
        &self,
        group: GroupKey,
        account: PeerId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<FoldedRow>> {
        let sql = format!("SELECT {COLUMNS} FROM folded_days WHERE grp = ?1 AND peer = ?2 AND day BETWEEN ?3 AND ?4");
        let values = params![group, account, first.to_string(), last.to_string()];
        let rows: Vec<Option<FoldedRow>> = all(&self.db, &sql, values, row)?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The first and the last folded day on which a stay began or time was credited: the last session may end on the day
    /// after it began.
    pub fn folded_days(&self, group: GroupKey) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let end = |order| {
            let day = "SELECT day FROM folded_days WHERE grp = ?1 AND (stays > 0 OR credited > 0)";
            format!("({day} ORDER BY day {order} LIMIT 1)")
        };
        let sql = format!("SELECT {}, {}", end("ASC"), end("DESC"));
        let days: Option<(Option<String>, Option<String>)> = first(&self.db, &sql, [group], |row| row.try_into())?;
        Ok(days.and_then(|(first, last)| date(&first?).zip(date(&last?))))
    }

    /// How many days and stays were folded.
    pub fn folded_counts(&self, group: GroupKey) -> Result<(i64, i64)> {
        let sql = "SELECT count(*), coalesce(sum(stays), 0) FROM folded_days WHERE grp = ?1";
        Ok(first(&self.db, sql, [group], |row| row.try_into())?.unwrap_or_default())
    }

    /// Each folded day with its first instant, as it was when the day was folded.
    pub fn folded_begins(&self, group: GroupKey) -> Result<BTreeMap<NaiveDate, Instant>> {
        let sql = "SELECT day, min(began) FROM folded_days WHERE grp = ?1 GROUP BY day";
        let rows: Vec<(String, Instant)> = all(&self.db, sql, [group], |row| row.try_into())?;
        Ok(rows.into_iter().filter_map(|(day, began)| Some((date(&day)?, began))).collect())
    }

    /// The rules by which days of a group were folded, the newest first.
    pub fn foldings(&self, group: GroupKey) -> Result<Vec<Folding>> {
        let sql = "SELECT rules, before, until, folded FROM folding WHERE grp = ?1 ORDER BY until DESC, rules";
        let rows: Vec<(String, String, Instant, Instant)> = all(&self.db, sql, [group], |row| row.try_into())?;
        let folding = |(rules, before, until, at): (String, String, Instant, Instant)| {
            Some(Folding { rules, before: date(&before)?, until, at })
        };
        Ok(rows.into_iter().filter_map(folding).collect())
    }

    /// These accounts' profiles, and the account that tracks: they decide who counts.
    pub fn profiles_of(&self, group: GroupKey, accounts: &[PeerId]) -> Result<Record> {
        let (tracker, _) = self.tracker_and_longest_stay(group)?;
        let mut record = Record { tracker, ..Record::default() };
        let sql = "SELECT peer, username, other_usernames, name, bot, deleted FROM people WHERE grp = ?1 AND peer = ?2";
        for account in accounts {
            record.profiles.extend(first(&self.db, sql, params![group, account], profile)?);
        }
        Ok(record)
    }

    /// The first account after another, in order of their ids, that has stays.
    pub fn next_account_with_stays(&self, group: GroupKey, after: Option<PeerId>) -> Result<Option<PeerId>> {
        let sql = "SELECT min(peer) FROM stays WHERE grp = ?1 AND (?2 IS NULL OR peer > ?2)";
        Ok(value(&self.db, sql, params![group, after])?)
    }

    /// The first ended stay of an account that ended after an instant.
    pub fn first_stay_after(&self, group: GroupKey, account: PeerId, after: Instant) -> Result<Option<Span>> {
        let sql = "SELECT started, ended FROM stays WHERE grp = ?1 AND peer = ?2 AND ended > ?3 ORDER BY ended LIMIT 1";
        Ok(first(&self.db, sql, params![group, account, after], |row| span(row, 0))?)
    }

    /// How many stays of a group ended before an instant.
    pub fn stays_before(&self, group: GroupKey, before: Instant) -> Result<i64> {
        Ok(value(&self.db, "SELECT count(*) FROM stays WHERE grp = ?1 AND ended <= ?2", params![group, before])?)
    }

    /// Writes the file again without its free space, and empties its log. That takes a second for a million stays.
    pub fn shrink(&mut self) -> Result<()> {
        self.db.execute_batch("VACUUM")?;
        // If a reader holds the log, it shrinks later.
        let _ = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        Ok(())
    }

    /// Stored data about these accounts of one person in `window`, to be folded.
    pub fn to_fold(&self, group: GroupKey, accounts: &[PeerId], window: Span) -> Result<ToFold> {
        let _snapshot = self.read_snapshot()?;
        let (tracker, longest) = self.tracker_and_longest_stay(group)?;
        let sql = "SELECT call, peer, started, ended, reason FROM blind WHERE grp = ?1 AND ended > ?2 AND started < ?3";
        let mut blinds: Vec<Blind> = all(&self.db, sql, params![group, window.from, window.to], blind)?;
        blinds.retain(|blind| blind.peer.is_none_or(|peer| accounts.contains(&peer)));
        let (mut stays, mut complete_until) = (Vec::new(), None);
        for account in accounts {
            let sql = "SELECT call, peer, started, ended FROM stays WHERE grp = ?1 AND peer = ?2 AND ended > ?3 \
                       AND ended <= ?4 AND started < ?5 ORDER BY ended LIMIT ?6";
            let values = params![group, account, window.from, window.to + longest, window.to, MAX_STAYS as i64 + 1];
            let found: Vec<Stay> = all(&self.db, sql, values, |row| stay(row, false))?;
            if let Some(last) = found.get(MAX_STAYS) {
                complete_until = Some(complete_until.map_or(last.span.from, |until| last.span.from.min(until)));
            }
            stays.extend(found);
            self.open_stays(group, window.to, Some(*account), &mut stays, &mut blinds)?;
        }
        let record = Record {
            stays,
            blinds: Blinds::new(blinds),
            watches: self.watches(group, window)?,
            confirmed: self.confirmed(group)?,
            corrections: self.corrections_in(group, window)?,
            tracker,
            ..Record::default()
        };
        Ok(ToFold { record, complete_until, revision: value(&self.db, REVISION, [])? })
    }

    /// Folds stretches of the person with these accounts, in one transaction. The days are kept under the first of the
    /// accounts. Returns false, and changes nothing, if the store has changed since `revision`.
    pub fn fold(
        &mut self,
        group: GroupKey,
        accounts: &[PeerId],
        stretches: &[Stretch],
        noted: &Folding,
        revision: i64,
    ) -> Result<bool> {
        let Some(person) = accounts.first() else { return Ok(true) };
        self.write(|db| {
            if value::<i64>(db, REVISION, [])? != revision {
                return Ok(false);
            }
            for Stretch { span, days, .. } in stretches {
                for account in accounts {
                    let stays = "DELETE FROM stays WHERE grp = ?1 AND peer = ?2 AND ended >= ?3 AND ended <= ?4 \
                                 AND started >= ?3";
                    run(db, stays, params![group, account, span.from, span.to])?;
                    let blind = "DELETE FROM blind WHERE grp = ?1 AND peer = ?2 AND ended > ?3 AND ended <= ?4 \
                                 AND started >= ?3";
                    run(db, blind, params![group, account, span.from, span.to])?;
                }
                for kept in days {
                    // A day is folded twice only if the zone or the accounts have changed since: then the times are
                    // added.
                    let sql = "INSERT INTO folded_days (grp, peer, day, began, folded, stays, longest_stay, credited, \
                                 proved, added, removed, possible, session, session_before) \
                               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
                               ON CONFLICT (grp, peer, day) DO UPDATE SET folded = excluded.folded, \
                                 stays = stays + excluded.stays, longest_stay = max(longest_stay, excluded.longest_stay), \
                                 credited = credited + excluded.credited, proved = proved + excluded.proved, \
                                 added = added + excluded.added, removed = removed + excluded.removed, \
                                 possible = possible + excluded.possible, session = max(session, excluded.session), \
                                 session_before = max(session_before, excluded.session_before)";
                    let Folded { at, stays, longest_stay, proved, added, removed, possible, session, session_before } =
                        kept.folded;
                    let values = params![
                        group,
                        person,
                        kept.day.date.to_string(),
                        kept.day.span.from,
                        at,
                        stays,
                        longest_stay,
                        kept.credited,
                        proved,
                        added,
                        removed,
                        possible,
                        session,
                        session_before
                    ];
                    run(db, sql, values)?;
                }
            }
            let sql = "INSERT INTO folding (grp, rules, before, until, folded) VALUES (?1, ?2, ?3, ?4, ?5) \
                       ON CONFLICT (grp, rules) DO UPDATE SET folded = excluded.folded, \
                         before = max(before, excluded.before), until = max(until, excluded.until)";
            let Folding { rules, before, until, at } = noted;
            run(db, sql, params![group, rules, before.to_string(), until, at])?;
            Ok(true)
        })
    }
}
