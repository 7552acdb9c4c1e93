//! Everything that is sent, from before its first byte until it is done: posts, alerts and website exports in one queue.
//!
//! What is about posts, alerts or websites alone is in `posts.rs`, `alerts.rs` and `publish.rs`.

use chrono::NaiveDate;
use rusqlite::{Connection, Row as SqlRow, params};
use serde::{Deserialize, Serialize};

use super::{GroupKey, Store, publish};
use crate::domain::post::PostKind;
use crate::domain::post::delivery::{Lane, Operation, Standing, Turn, Verdict};
use crate::domain::post::message::Message;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// What deliveries belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Group(GroupKey),
    Account(PeerId),
}

impl Owner {
    /// The scope and the owner, as the store keeps them.
    pub(super) fn columns(self) -> (&'static str, i64) {
        match self {
            Owner::Group(key) => ("group", key.0),
            Owner::Account(id) => ("account", id.0),
        }
    }
}

impl From<GroupKey> for Owner {
    fn from(key: GroupKey) -> Owner {
        Owner::Group(key)
    }
}

/// A row of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: i64,
    pub lane: Lane,
    /// A post's `daily`, `backfill` or `manual`; an alert's kind; `boards` for a website.
    pub kind: String,
    /// What it is about: a local date, when a manual post was asked for, or the incident of an alert.
    pub subject: String,
    /// By which Telegram recognises a repeat; `None` for a website.
    pub random_id: Option<i64>,
    /// By which a website recognises a repeat.
    pub idempotency_key: Option<String>,
    /// What is to be sent, or was: for a website a JSON body without entities.
    pub message: Message,
    pub standing: Standing,
    /// The route of an alert that was tried, by the word of the sender.
    pub route: Option<String>,
    pub problem: Option<Problem>,
    pub sent: Option<Instant>,
    pub message_id: Option<i32>,
    /// The chat that the message is in, if it is known.
    pub chat: Option<PeerId>,
    pub finalized: Option<Instant>,
}

impl Delivery {
    /// Whether it is to be sent, and was not refused.
    pub fn waits(&self) -> bool {
        self.sent.is_none() && !self.standing.refused && self.standing.operation.is_some()
    }

    /// The kind of a post.
    pub fn post_kind(&self) -> PostKind {
        let kinds = [PostKind::Daily, PostKind::Backfill];
        kinds.into_iter().find(|kind| super::posts::word(*kind) == self.kind).unwrap_or(PostKind::Manual)
    }

    /// The local date that it is about; `None` for a manual post and for an alert.
    pub fn day(&self) -> Option<NaiveDate> {
        self.subject.parse().ok()
    }

    /// What tells it apart from other rows, across restores and machines.
    pub fn seed(&self) -> String {
        self.idempotency_key.clone().unwrap_or_else(|| self.random_id.unwrap_or(self.id).to_string())
    }
}

/// Who claims a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimant<'a> {
    /// The account that a post then stays with.
    pub account: Option<PeerId>,
    /// The route that an alert then stays with until it says no.
    pub route: Option<&'a str>,
    /// How long the attempt may take, in seconds, before another process may try.
    pub lease: i64,
    /// Tries it at once, also if it was refused.
    pub asked: bool,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The row as it is now, leased and with the attempt counted.
    Won(Box<Delivery>),
    /// Not before this instant.
    Wait(Instant),
    /// It stays with this account.
    OtherAccount(PeerId),
    /// Nothing is to be done.
    Over,
}

/// What became of an attempt, to be stored. Plain data: it can wait until the store can be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    pub id: i64,
    pub operation: Operation,
    /// Of the export that was sent: a newer snapshot is not settled with it.
    pub idempotency_key: Option<String>,
    /// A hash of what was sent.
    pub content_hash: String,
    /// The route that an alert goes by from now on.
    pub route: Option<String>,
    /// It is sure that the attempt made no message.
    pub made_nothing: bool,
    pub verdict: Verdict,
}

pub(super) const ROW: &str = "SELECT id, lane, kind, subject, random_id, idempotency_key, text, entities, operation, \
                              account, attempts, unanswered, next_try, leased_until, refused, expires, route, problem, \
                              problem_detail, sent, message_id, chat, finalized FROM deliveries";

pub(super) fn read(row: &SqlRow) -> rusqlite::Result<Delivery> {
    let unreadable = |column, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
    };
    let lane: String = row.get(1)?;
    let entities: String = row.get(7)?;
    let instant = |column: usize| row.get::<_, Option<i64>>(column).map(|at| at.map(Instant));
    let problem = row.get::<_, Option<String>>(17)?;
    let detail = row.get::<_, Option<String>>(18)?.unwrap_or_default();
    Ok(Delivery {
        id: row.get(0)?,
        lane: Lane::of_word(&lane).ok_or_else(|| unreadable(1, format!("no lane: {lane}").into()))?,
        kind: row.get(2)?,
        subject: row.get(3)?,
        random_id: row.get(4)?,
        idempotency_key: row.get(5)?,
        message: Message {
            text: row.get(6)?,
            entities: serde_json::from_str(&entities).map_err(|error| unreadable(7, error.into()))?,
        },
        standing: Standing {
            operation: row.get::<_, Option<String>>(8)?.as_deref().and_then(Operation::of_word),
            account: row.get::<_, Option<i64>>(9)?.map(PeerId),
            attempts: row.get(10)?,
            unanswered: row.get(11)?,
            next_try: Instant(row.get(12)?),
            leased_until: instant(13)?,
            refused: row.get(14)?,
            expires: instant(15)?,
        },
        route: row.get(16)?,
        problem: problem.map(|code| Problem { code: Code::of_word(&code), detail }),
        sent: instant(19)?,
        message_id: row.get(20)?,
        chat: row.get::<_, Option<i64>>(21)?.map(PeerId),
        finalized: instant(22)?,
    })
}

pub(super) fn find(db: &Connection, id: i64) -> rusqlite::Result<Delivery> {
    db.prepare_cached(&format!("{ROW} WHERE id = ?1"))?.query_row([id], read)
}

impl Store {
    /// One row by its id.
    pub fn delivery(&self, id: i64) -> Result<Delivery> {
        Ok(find(&self.db, id)?)
    }

    /// Whatever is to be sent and is not refused, in the order in which it is sent, whether or not it is time to try.
    pub fn waiting(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        let all = self.undelivered(owner, lane, now)?;
        Ok(all.into_iter().filter(|row| !row.standing.refused).collect())
    }

    /// As [`Store::waiting`], with what was refused.
    pub fn undelivered(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        let order = order(lane);
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE scope = ?1 AND owner = ?2 AND lane = ?3 AND operation = 'send' AND sent IS NULL \
             AND dropped IS NULL AND (expires IS NULL OR expires > ?4) ORDER BY {order}"
        ))?;
        let (scope, owner) = owner.into().columns();
        let rows = statement.query_map(params![scope, owner, lane.word(), now.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The rows with something to do, in the order in which they are done, whether or not it is time to try.
    pub fn open_rows(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        let order = order(lane);
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE scope = ?1 AND owner = ?2 AND lane = ?3 AND operation IS NOT NULL AND refused = 0 \
             AND dropped IS NULL AND (expires IS NULL OR expires > ?4) ORDER BY operation <> 'send', {order}"
        ))?;
        let (scope, owner) = owner.into().columns();
        let rows = statement.query_map(params![scope, owner, lane.word(), now.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// As [`Store::open_rows`], those that may be tried now by whoever has the right account.
    pub fn due(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        let rows = self.open_rows(owner, lane, now)?;
        Ok(rows.into_iter().filter(|row| row.standing.turn(None, false, now) == Turn::Ready).collect())
    }

    /// Takes a row for one attempt, if it may be tried, and counts the attempt. That a post stays with another account
    /// is stored as its problem: nobody else may ever come to say so.
    pub fn claim(&mut self, id: i64, by: Claimant, now: Instant) -> Result<Claim> {
        self.write(|db| {
            let row = find(db, id)?;
            match row.standing.turn(by.account, by.asked, now) {
                Turn::Ready => {
                    db.prepare_cached(
                        "UPDATE deliveries SET attempts = attempts + 1, unanswered = unanswered + 1, \
                         leased_until = ?2, account = coalesce(account, ?3), route = coalesce(?4, route) WHERE id = ?1",
                    )?
                    .execute(params![
                        id,
                        (now + by.lease).0,
                        by.account.map(|account| account.0),
                        by.route
                    ])?;
                    Ok(Claim::Won(Box::new(find(db, id)?)))
                }
                Turn::Wait(at) => Ok(Claim::Wait(at)),
                Turn::OtherAccount(account) => {
                    let problem = Problem::other_account(account);
                    if row.problem.as_ref() != Some(&problem) {
                        let sql = "UPDATE deliveries SET problem = ?2, problem_detail = ?3 WHERE id = ?1";
                        db.execute(sql, params![id, problem.code.word(), problem.detail])?;
                    }
                    Ok(Claim::OtherAccount(account))
                }
                Turn::Over => Ok(Claim::Over),
            }
        })
    }

    /// Puts a row off without an attempt.
    pub fn postpone(&mut self, id: i64, until: Instant, problem: &Problem) -> Result<()> {
        self.write(|db| {
            let sql = "UPDATE deliveries SET next_try = ?2, problem = ?3, problem_detail = ?4 WHERE id = ?1";
            db.execute(sql, params![id, until.0, problem.code.word(), problem.detail]).map(drop)
        })
    }

    /// Stores what became of an attempt, and gives the lease back. What is known as sent stays sent. With a post, its
    /// snapshot begins to wait for the website: both are known, or neither is.
    pub fn settle(&mut self, settlement: &Settlement) -> Result<()> {
        self.write(|db| {
            let Settlement { id, operation, verdict, .. } = settlement;
            let known = "SELECT operation, idempotency_key FROM deliveries WHERE id = ?1";
            let (current, key): (Option<String>, Option<String>) =
                db.prepare_cached(known)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if key != settlement.idempotency_key {
                // A newer snapshot has taken its place.
                let sql = "UPDATE deliveries SET leased_until = NULL WHERE id = ?1";
                return db.execute(sql, [id]).map(drop);
            }
            if current.as_deref() != Some(operation.word()) {
                // Another process has brought it to an end.
                return Ok(());
            }
            if let Verdict::Pause { at, .. } = verdict {
                pause_account(db, *id, *at)?;
            }
            let (problem, detail) =
                verdict.problem().map(|problem| (problem.code.word(), problem.detail.as_str())).unzip();
            db.prepare_cached(
                "UPDATE deliveries SET leased_until = NULL, problem = ?2, problem_detail = ?3, \
                 route = coalesce(?4, route), unanswered = max(unanswered - ?5, 0) WHERE id = ?1",
            )?
            .execute(params![id, problem, detail, settlement.route, settlement.made_nothing])?;
            match verdict {
                Verdict::Done { at, message_id, chat } => {
                    done(db, settlement, *at, *message_id, *chat)?;
                    publish::hand_over(db, *id, *at)
                }
                Verdict::Closed { at, .. } => {
                    let sql = "UPDATE deliveries SET operation = NULL, finalized = ?2 WHERE id = ?1";
                    db.execute(sql, params![id, at.0])?;
                    publish::hand_over(db, *id, *at)
                }
                Verdict::Retry { at, .. } | Verdict::Pause { at, .. } => {
                    // Only what somebody asked for is tried after a refusal.
                    let sql =
                        "UPDATE deliveries SET next_try = ?2, refused = refused AND lane <> 'website' WHERE id = ?1";
                    db.execute(sql, params![id, at.0]).map(drop)
                }
                Verdict::Refused { .. } => {
                    db.execute("UPDATE deliveries SET refused = 1 WHERE id = ?1", [id]).map(drop)
                }
            }
        })
    }
}

/// How the rows of a lane are sent: websites by day, the rest as they came.
fn order(lane: Lane) -> &'static str {
    match lane {
        Lane::Posts | Lane::Alerts => "id",
        Lane::Website => "subject",
    }
}

/// The receiver has what was sent.
fn done(
    db: &Connection,
    settlement: &Settlement,
    at: Instant,
    message_id: Option<i32>,
    chat: Option<PeerId>,
) -> rusqlite::Result<()> {
    let values = params![settlement.id, at.0, settlement.content_hash, message_id, chat.map(|chat| chat.0)];
    let sql = match settlement.operation {
        Operation::Send => {
            "UPDATE deliveries SET operation = NULL, refused = 0, sent = ?2, content_hash = ?3, message_id = ?4, \
             chat = ?5 WHERE id = ?1"
        }
        Operation::Edit => {
            "UPDATE deliveries SET operation = NULL, finalized = ?2, content_hash = ?3, \
             message_id = coalesce(?4, message_id), chat = coalesce(?5, chat) WHERE id = ?1"
        }
    };
    db.prepare_cached(sql)?.execute(values).map(drop)
}

/// Rows without an account yet would go by this one, too: all of them keep their order.
fn pause_account(db: &Connection, id: i64, until: Instant) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE deliveries SET next_try = max(deliveries.next_try, ?2) FROM deliveries AS told WHERE told.id = ?1 \
         AND deliveries.scope = told.scope AND deliveries.owner = told.owner AND deliveries.lane = told.lane \
         AND deliveries.operation = told.operation AND deliveries.refused = 0 \
         AND coalesce(deliveries.account, told.account) = told.account",
    )?
    .execute(params![id, until.0])
    .map(drop)
}
