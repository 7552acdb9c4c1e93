//! Posts: one of each day, decided and stored before they are sent.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::deliveries::{Delivery, ROW, find, read};
use super::{GroupKey, Store, publish};
use crate::domain::post::PostKind;
use crate::domain::post::delivery::content_hash;
use crate::domain::post::message::Message;
use crate::domain::publish::Snapshot;
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// How long a user may edit a message, in seconds.
const EDITABLE: i64 = 2 * 86_400;

/// A post to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub kind: PostKind,
    /// The local date that it is about.
    pub day: NaiveDate,
    /// When it was requested; identifies manual posts.
    pub at: Instant,
    /// Asked for by something that may ask again after a crash: the same `at` is then the same post.
    pub once: bool,
    /// 0 until the message is undone; the next one about the same day has a higher one.
    pub generation: u32,
    /// The account that must send it, if the user named one.
    pub account: Option<PeerId>,
    pub language: Language,
    pub message: Message,
    /// The day is final: the text needs no later edit.
    pub is_final: bool,
    /// The snapshot for the website, sent after the post; `None` without an export.
    pub snapshot: Option<Snapshot>,
}

impl Draft {
    /// A manual post leaves the schedule alone: it is no day's post.
    fn of_day(&self) -> Option<String> {
        (self.kind != PostKind::Manual).then(|| self.day.to_string())
    }

    /// What the row is about.
    fn subject(&self) -> String {
        self.of_day().unwrap_or_else(|| self.at.0.to_string())
    }

    /// The id by which Telegram knows a repeat: the same after a crash, a restore, on a second machine. Never 0. A day
    /// has one, on time or late: a store of before its post, restored on the next day, takes it for missed.
    fn random_id(&self, group: PeerId) -> i64 {
        let kind = if self.of_day().is_some() { PostKind::Daily } else { self.kind };
        let mut about = format!("swf post\n{}\n{}\n{}", group.0, kind.code(), self.subject());
        if self.generation > 0 {
            about += &format!("\n{}", self.generation);
        }
        random_id(&about)
    }
}

/// The first bytes of a hash, as an id that is never 0.
pub(super) fn random_id(about: &str) -> i64 {
    let hash = Sha256::digest(about);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_le_bytes(first) | 1
}

/// Whether a draft became a new row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queued {
    New(Delivery),
    /// The day has its post already, or a manual one is still undelivered.
    Already(Delivery),
}

/// What became of a final text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The message is to be edited.
    Queued,
    /// The message shows that already, or another process has stored the edit.
    Unneeded,
}

/// A group's posts of days.
const OF_DAYS: &str = "scope = 'group' AND owner = ?1 AND kind IN ('daily', 'backfill')";
/// Those of them that Telegram has refused.
const REFUSED: &str = "scope = 'group' AND owner = ?1 AND kind IN ('daily', 'backfill') AND subject = ?2 \
                       AND refused = 1 AND sent IS NULL";

impl Store {
    /// Stores a post before its first byte is sent. `skipped` are days that the post names as not watched.
    pub fn queue(&mut self, group: GroupKey, draft: &Draft, skipped: &[NaiveDate], now: Instant) -> Result<Queued> {
        self.write(|db| {
            let peer =
                db.query_row("SELECT peer FROM groups WHERE id = ?1", [group.0], |row| row.get(0).map(PeerId))?;
            if let Some(row) = existing(db, group, peer, draft)? {
                return Ok(Queued::Already(row));
            }
            for day in skipped {
                db.execute(
                    "INSERT OR IGNORE INTO skipped_days (grp, day, named_in) VALUES (?1, ?2, ?3)",
                    params![group.0, day.to_string(), draft.of_day()],
                )?;
            }
            // Two manual posts within one second are two posts.
            let mut draft = draft.clone();
            let taken = "SELECT EXISTS (SELECT 1 FROM deliveries WHERE random_id = ?1)";
            while draft.kind == PostKind::Manual
                && db.query_row(taken, [draft.random_id(peer)], |row| row.get::<_, bool>(0))?
            {
                draft.at = draft.at + 1;
            }
            db.execute(
                "INSERT INTO deliveries (scope, owner, lane, kind, subject, generation, operation, random_id, text, \
                 entities, created, next_try, snapshot, account, finalized, language) \
                 VALUES ('group', ?1, 'posts', ?2, ?3, ?4, 'send', ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12)",
                params![
                    group.0,
                    draft.kind.code(),
                    draft.subject(),
                    draft.generation,
                    draft.random_id(peer),
                    draft.message.text,
                    entities(&draft.message),
                    now.0,
                    draft.snapshot.as_ref().map(publish::to_json),
                    draft.account.map(|account| account.0),
                    draft.is_final.then_some(now.0),
                    draft.language.code()
                ],
            )?;
            Ok(Queued::New(find(db, db.last_insert_rowid())?))
        })
    }

    /// The post that was sent last.
    pub fn last_sent(&self, group: GroupKey) -> Result<Option<Delivery>> {
        let sql = format!(
            "{ROW} WHERE scope = 'group' AND owner = ?1 AND lane = 'posts' AND sent IS NOT NULL \
             ORDER BY sent DESC, id DESC LIMIT 1"
        );
        Ok(self.db.prepare_cached(&sql)?.query_row([group.0], read).optional()?)
    }

    /// Posts that Telegram has refused, and that were asked for after `since`, newest first.
    pub fn refused_since(&self, group: GroupKey, since: Instant) -> Result<Vec<Delivery>> {
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE scope = 'group' AND owner = ?1 AND lane = 'posts' AND sent IS NULL AND refused = 1 \
             AND dropped IS NULL AND created > ?2 ORDER BY id DESC"
        ))?;
        let rows = statement.query_map([group.0, since.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a day has its post, sent or waiting.
    pub fn has_post(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM deliveries WHERE {OF_DAYS} AND subject = ?2)");
        Ok(self.db.prepare_cached(&sql)?.query_row(params![group.0, day.to_string()], |row| row.get(0))?)
    }

    /// Whether a day has its post, and Telegram has refused it.
    pub fn was_refused(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM deliveries WHERE {REFUSED})");
        Ok(self.db.prepare_cached(&sql)?.query_row(params![group.0, day.to_string()], |row| row.get(0))?)
    }

    /// Takes back the refusals of days. Where it is sure that no attempt made a message, the post goes, and can be
    /// written and queued again. Any other one stays with its account, and as it was written.
    pub fn forget_refusals(&mut self, group: GroupKey, days: &[NaiveDate], now: Instant) -> Result<()> {
        self.write(|db| {
            for day in days {
                let sql = format!("DELETE FROM deliveries WHERE {REFUSED} AND unanswered = 0");
                db.execute(&sql, params![group.0, day.to_string()])?;
                let sql = format!("UPDATE deliveries SET refused = 0, next_try = ?3 WHERE {REFUSED}");
                db.execute(&sql, params![group.0, day.to_string(), now.0])?;
            }
            Ok(())
        })
    }

    /// Whether a post has already said that this day was not watched.
    pub fn was_skipped(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM skipped_days WHERE grp = ?1 AND day = ?2)";
        Ok(self.db.query_row(sql, params![group.0, day.to_string()], |row| row.get(0))?)
    }

    /// The days that the post of `day` names as not watched.
    pub fn skipped_in(&self, group: GroupKey, day: NaiveDate) -> Result<Vec<NaiveDate>> {
        let sql = "SELECT day FROM skipped_days WHERE grp = ?1 AND named_in = ?2 ORDER BY day";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![group.0, day.to_string()], |row| row.get::<_, String>(0))?;
        let days: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
    }

    /// Posts of days in the group whose board was not final yet when they were written, newest first, unless their edit
    /// waits already. A late one that is older than a message may be to be edited was sent by an swf that did not look.
    pub fn provisional(&self, group: GroupKey, now: Instant) -> Result<Vec<Delivery>> {
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE {OF_DAYS} AND sent IS NOT NULL AND finalized IS NULL AND operation IS NULL \
             AND dropped IS NULL AND (kind = 'daily' OR sent > ?2) ORDER BY subject DESC LIMIT 7"
        ))?;
        let rows = statement.query_map([group.0, now.0 - EDITABLE], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Stores what the message of a post should be for good, before it is edited. `snapshot` is the website's version of
    /// it. Where the message shows that already, nothing is left to do.
    pub fn queue_edit(
        &mut self,
        id: i64,
        message: &Message,
        snapshot: Option<&Snapshot>,
        now: Instant,
    ) -> Result<Edit> {
        self.write(|db| {
            let sql = "UPDATE deliveries SET text = ?2, entities = ?3, snapshot = ?4, \
                       operation = iif(content_hash = ?5, NULL, 'edit'), finalized = iif(content_hash = ?5, ?6, NULL), \
                       attempts = 0, unanswered = 0, next_try = ?6, leased_until = NULL, problem = NULL, \
                       problem_detail = NULL \
                       WHERE id = ?1 AND sent IS NOT NULL AND finalized IS NULL AND operation IS NULL \
                       RETURNING operation IS NOT NULL";
            let values = params![
                id,
                message.text,
                entities(message),
                snapshot.map(publish::to_json),
                content_hash(message),
                now.0
            ];
            match db.query_row(sql, values, |row| row.get(0)).optional()? {
                Some(true) => Ok(Edit::Queued),
                Some(false) => publish::enqueue_export(db, id, now).map(|()| Edit::Unneeded),
                None => Ok(Edit::Unneeded),
            }
        })
    }
}

fn entities(message: &Message) -> String {
    serde_json::to_string(&message.entities).expect("entities are plain data")
}

/// The row that makes a draft unneeded.
fn existing(db: &Connection, group: GroupKey, peer: PeerId, draft: &Draft) -> rusqlite::Result<Option<Delivery>> {
    let existing = match draft.of_day() {
        Some(day) => {
            let sql = format!("{ROW} WHERE {OF_DAYS} AND subject = ?2 AND generation = ?3");
            db.query_row(&sql, params![group.0, day, draft.generation], read)
        }
        None => {
            let sql = format!(
                "{ROW} WHERE scope = 'group' AND owner = ?1 AND kind = 'manual' AND sent IS NULL AND refused = 0 \
                 AND dropped IS NULL"
            );
            db.query_row(&sql, [group.0], read)
        }
    };
    match existing.optional()? {
        None if draft.once => {
            let sql = format!("{ROW} WHERE random_id = ?1");
            db.query_row(&sql, [draft.random_id(peer)], read).optional()
        }
        existing => Ok(existing),
    }
}
