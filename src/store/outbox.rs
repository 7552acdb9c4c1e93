//! Posts that are decided and stored before they are sent (DESIGN §4.1).

use chrono::NaiveDate;
use rusqlite::{OptionalExtension, Row as SqlRow, params};
use sha2::{Digest, Sha256};

use super::{GroupKey, Store, publish};
use crate::domain::post::PostKind;
use crate::domain::post::delivery::{self, LEASE, Standing, Turn, Verdict};
use crate::domain::post::message::Message;
use crate::domain::publish::Snapshot;
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// How long a user may edit a message, in seconds.
const EDITABLE: i64 = 2 * 86_400;

/// The word that the store keeps.
fn word(kind: PostKind) -> &'static str {
    match kind {
        PostKind::Daily => "daily",
        PostKind::Backfill => "backfill",
        PostKind::Manual => "manual",
    }
}

/// A post to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub kind: PostKind,
    /// The local date that it is about.
    pub day: NaiveDate,
    /// When it was asked for; tells manual posts apart.
    pub at: Instant,
    /// Asked for by something that may ask again after a crash: the same `at` is then the same post.
    pub once: bool,
    /// The account that it belongs to from the first, if somebody has said which.
    pub account: Option<PeerId>,
    pub message: Message,
    /// Nothing can change the day any more: it tells the truth for good.
    pub is_final: bool,
    /// What a website hears of it once it is sent; `None` if none does.
    pub snapshot: Option<Snapshot>,
}

impl Draft {
    /// A manual post leaves the schedule alone: it is no day's post.
    fn of_day(&self) -> Option<String> {
        (self.kind != PostKind::Manual).then(|| self.day.to_string())
    }

    /// The id by which Telegram knows a repeat: the same after a crash, a restore, on a second machine. Never 0. A day
    /// has one, on time or late: a store of before its post, restored on the next day, takes it for missed.
    fn random_id(&self, group: PeerId) -> i64 {
        let (kind, which) = match self.of_day() {
            Some(day) => (PostKind::Daily, day),
            None => (self.kind, self.at.0.to_string()),
        };
        let hash = Sha256::digest(format!("swf post\n{}\n{}\n{which}", group.0, word(kind)));
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        i64::from_le_bytes(first) | 1
    }
}

/// A stored post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    pub random_id: i64,
    pub message: Message,
    pub kind: PostKind,
    /// The local date of a daily post or a backfill.
    pub day: Option<NaiveDate>,
    pub standing: Standing,
    pub problem: Option<String>,
    pub sent: Option<Instant>,
    pub message_id: Option<i32>,
    /// Where the message is, if it is known.
    pub chat: Option<PeerId>,
}

/// Whether a draft became a new row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queued {
    New(Row),
    /// The day has its post already, or a manual one is still undelivered.
    Already(Row),
}

const ROW: &str = "SELECT id, random_id, text, entities, account, attempts, next_try, problem, refused, sent, \
                   message_id, leased_until, kind, day, chat FROM outbox";

fn read(row: &SqlRow) -> rusqlite::Result<Row> {
    let unreadable = |column, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
    };
    let entities: String = row.get(3)?;
    let kind: String = row.get(12)?;
    let day: Option<String> = row.get(13)?;
    let sent = row.get::<_, Option<i64>>(9)?.map(Instant);
    Ok(Row {
        id: row.get(0)?,
        random_id: row.get(1)?,
        message: Message {
            text: row.get(2)?,
            entities: serde_json::from_str(&entities).map_err(|error| unreadable(3, error.into()))?,
        },
        kind: [PostKind::Daily, PostKind::Backfill]
            .into_iter()
            .find(|one| word(*one) == kind)
            .unwrap_or(PostKind::Manual),
        day: day
            .map(|day| day.parse())
            .transpose()
            .map_err(|error: chrono::ParseError| unreadable(13, error.into()))?,
        standing: Standing {
            account: row.get::<_, Option<i64>>(4)?.map(PeerId),
            attempts: row.get(5)?,
            next_try: Instant(row.get(6)?),
            leased_until: row.get::<_, Option<i64>>(11)?.map(Instant),
            refused: row.get(8)?,
            sent: sent.is_some(),
        },
        problem: row.get(7)?,
        sent,
        message_id: row.get(10)?,
        chat: row.get::<_, Option<i64>>(14)?.map(PeerId),
    })
}

impl Store {
    /// Stores a post before its first byte is sent. `skipped` are days that the post names as not watched.
    pub fn queue(&mut self, group: GroupKey, draft: &Draft, skipped: &[NaiveDate], now: Instant) -> Result<Queued> {
        let entities = serde_json::to_string(&draft.message.entities).expect("entities are plain data");
        let snapshot = draft.snapshot.as_ref().map(publish::to_json);
        self.write(|db| {
            let peer =
                db.query_row("SELECT peer FROM groups WHERE id = ?1", [group.0], |row| row.get(0).map(PeerId))?;
            let existing = match draft.of_day() {
                Some(day) => db.query_row(&format!("{ROW} WHERE grp = ?1 AND day = ?2"), params![group.0, day], read),
                None => db.query_row(
                    &format!("{ROW} WHERE grp = ?1 AND kind = 'manual' AND sent IS NULL AND refused = 0"),
                    [group.0],
                    read,
                ),
            };
            let mut existing = existing.optional()?;
            if existing.is_none() && draft.once {
                let same = format!("{ROW} WHERE random_id = ?1");
                existing = db.query_row(&same, [draft.random_id(peer)], read).optional()?;
            }
            if let Some(row) = existing {
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
            let taken = "SELECT EXISTS (SELECT 1 FROM outbox WHERE random_id = ?1)";
            while draft.kind == PostKind::Manual
                && db.query_row(taken, [draft.random_id(peer)], |row| row.get::<_, bool>(0))?
            {
                draft.at = draft.at + 1;
            }
            db.execute(
                "INSERT INTO outbox (grp, kind, day, random_id, text, entities, created, next_try, snapshot, account, \
                 finalized) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10)",
                params![
                    group.0,
                    word(draft.kind),
                    draft.of_day(),
                    draft.random_id(peer),
                    draft.message.text,
                    entities,
                    now.0,
                    snapshot,
                    draft.account.map(|account| account.0),
                    draft.is_final.then_some(now.0)
                ],
            )?;
            let id = db.last_insert_rowid();
            Ok(Queued::New(db.query_row(&format!("{ROW} WHERE id = ?1"), [id], read)?))
        })
    }

    /// Undelivered posts, oldest first, whether or not it is time to try.
    pub fn undelivered(&self, group: GroupKey) -> Result<Vec<Row>> {
        let mut statement =
            self.db.prepare_cached(&format!("{ROW} WHERE grp = ?1 AND sent IS NULL AND refused = 0 ORDER BY id"))?;
        let rows = statement.query_map([group.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The post that was sent last.
    pub fn last_sent(&self, group: GroupKey) -> Result<Option<Row>> {
        let sql = format!("{ROW} WHERE grp = ?1 AND sent IS NOT NULL ORDER BY sent DESC, id DESC LIMIT 1");
        Ok(self.db.prepare_cached(&sql)?.query_row([group.0], read).optional()?)
    }

    /// Posts that Telegram has refused for good, and that were asked for after `since`, newest first.
    pub fn refused_since(&self, group: GroupKey, since: Instant) -> Result<Vec<Row>> {
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE grp = ?1 AND sent IS NULL AND refused = 1 AND created > ?2 ORDER BY id DESC"
        ))?;
        let rows = statement.query_map(params![group.0, since.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One post by its id.
    pub fn post(&self, id: i64) -> Result<Row> {
        Ok(self.db.query_row(&format!("{ROW} WHERE id = ?1"), [id], read)?)
    }

    /// Whether a day has its post, sent or waiting.
    pub fn has_post(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE grp = ?1 AND day = ?2)";
        Ok(self.db.query_row(sql, params![group.0, day.to_string()], |row| row.get(0))?)
    }

    /// Whether a day has its post, and Telegram has refused it for good.
    pub fn was_refused(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE grp = ?1 AND day = ?2 AND refused = 1 AND sent IS NULL)";
        Ok(self.db.query_row(sql, params![group.0, day.to_string()], |row| row.get(0))?)
    }

    /// Takes back the refusals of days, so that their posts can be written anew and queued: there is no message of them.
    /// One that was also tried before it was refused stays with its account, and as it was written.
    pub fn forget_refusals(&mut self, group: GroupKey, days: &[NaiveDate], now: Instant) -> Result<()> {
        self.write(|db| {
            for day in days {
                let refused = "grp = ?1 AND day = ?2 AND refused = 1 AND sent IS NULL";
                let values = params![group.0, day.to_string()];
                db.execute(&format!("DELETE FROM outbox WHERE {refused} AND attempts <= 1"), values)?;
                let sql = format!("UPDATE outbox SET refused = 0, next_try = ?3 WHERE {refused}");
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

    /// Takes the post for one attempt by `me`, if it is that account's turn, and ties it to that account for good. That
    /// it belongs to another one is noted: nobody else may ever come to say so.
    pub fn claim(&mut self, id: i64, me: PeerId, now: Instant) -> Result<Turn> {
        self.write(|db| {
            let row = db.query_row(&format!("{ROW} WHERE id = ?1"), [id], read)?;
            let turn = delivery::turn(&row.standing, me, now);
            match turn {
                Turn::Send => {
                    let lease = now + LEASE;
                    let sql = "UPDATE outbox SET account = ?2, leased_until = ?3 WHERE id = ?1";
                    db.execute(sql, params![id, me.0, lease.0])?;
                }
                Turn::NotOurs(account) => {
                    let sql = "UPDATE outbox SET problem = ?2 WHERE id = ?1 AND problem IS NOT ?2";
                    db.execute(sql, params![id, format!("it {}", delivery::not_ours(account))])?;
                }
                Turn::Wait(_) | Turn::Over => {}
            }
            Ok(turn)
        })
    }

    /// Stores what became of an attempt, and gives the lease back. A post that is known as sent stays sent. With it, a
    /// website's snapshot begins to wait: whoever knows of the one knows of the other.
    pub fn settle(&mut self, id: i64, verdict: &Verdict) -> Result<()> {
        self.write(|db| {
            if let Verdict::Quiet { at, .. } = verdict {
                // Posts without an account yet would go by this one, too: they keep their order.
                db.execute(
                    "UPDATE outbox SET next_try = max(outbox.next_try, ?2) FROM outbox AS told WHERE told.id = ?1 \
                     AND outbox.grp = told.grp AND coalesce(outbox.account, told.account) = told.account \
                     AND outbox.sent IS NULL AND outbox.refused = 0",
                    params![id, at.0],
                )?;
            }
            match verdict {
                Verdict::Sent { at, message_id, chat } => {
                    let news = db.execute(
                        "UPDATE outbox SET sent = ?2, message_id = ?3, chat = ?4, problem = NULL, leased_until = NULL, \
                         attempts = attempts + 1 WHERE id = ?1 AND sent IS NULL",
                        params![id, at.0, message_id, chat.0],
                    )?;
                    if news > 0 { publish::hand_over(db, id, *at) } else { Ok(()) }
                }
                Verdict::Retry { at, problem } | Verdict::Quiet { at, problem } => db
                    .execute(
                        "UPDATE outbox SET next_try = ?2, problem = ?3, leased_until = NULL, attempts = attempts + 1 \
                         WHERE id = ?1 AND sent IS NULL",
                        params![id, at.0, problem],
                    )
                    .map(drop),
                Verdict::Refused { problem } => db
                    .execute(
                        "UPDATE outbox SET refused = 1, problem = ?2, leased_until = NULL, attempts = attempts + 1 \
                         WHERE id = ?1 AND sent IS NULL",
                        params![id, problem],
                    )
                    .map(drop),
            }
        })
    }

    /// The days that the post of `day` names as not watched.
    pub fn skipped_in(&self, group: GroupKey, day: NaiveDate) -> Result<Vec<NaiveDate>> {
        let sql = "SELECT day FROM skipped_days WHERE grp = ?1 AND named_in = ?2 ORDER BY day";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![group.0, day.to_string()], |row| row.get::<_, String>(0))?;
        let days: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
    }

    /// Posts of days in the group whose board was not final yet when they were written, newest first. A late one that is
    /// older than a message may be to be edited was sent by an swf that did not look.
    pub fn provisional(&self, group: GroupKey, now: Instant) -> Result<Vec<Row>> {
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE grp = ?1 AND sent IS NOT NULL AND finalized IS NULL \
             AND (kind = 'daily' OR (kind = 'backfill' AND sent > ?2)) ORDER BY day DESC LIMIT 7"
        ))?;
        let rows = statement.query_map([group.0, now.0 - EDITABLE], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The post's message shows the final board, or can't be edited any more: `problem` says why. `snapshot` is what a
    /// website hears of it.
    pub fn set_final(
        &mut self,
        id: i64,
        at: Instant,
        problem: Option<&str>,
        snapshot: Option<&Snapshot>,
    ) -> Result<()> {
        self.write(|db| {
            let news = db.execute(
                "UPDATE outbox SET finalized = ?2, problem = ?3, snapshot = ?4 WHERE id = ?1 AND finalized IS NULL",
                params![id, at.0, problem, snapshot.map(publish::to_json)],
            )?;
            if news > 0 { publish::hand_over(db, id, at) } else { Ok(()) }
        })
    }
}
