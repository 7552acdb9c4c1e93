//! Everything that is sent, from before its first byte until it is done: posts, alerts and website exports in one queue.
//!
//! What is about posts, alerts or websites alone is in `posts.rs`, `alerts.rs` and `publish.rs`.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};
use serde::{Deserialize, Serialize};

use super::{GroupKey, Store, publish};
use crate::domain::post::PostKind;
use crate::domain::post::delivery::{DeliveryState, Lane, Operation, Turn, Verdict};
use crate::domain::post::message::Message;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::words::Language;
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
    /// The language of the message.
    pub language: Language,
    /// What is to be sent, or was: for a website a JSON body without entities.
    pub message: Message,
    pub state: DeliveryState,
    /// The route of an alert that was tried, by the sender's code.
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
        self.sent.is_none() && !self.state.refused && self.state.operation.is_some()
    }

    /// The kind of a post.
    pub fn post_kind(&self) -> PostKind {
        PostKind::of_code(&self.kind).unwrap_or(PostKind::Manual)
    }

    /// The local date that it is about; `None` for a manual post and for an alert.
    pub fn day(&self) -> Option<NaiveDate> {
        self.subject.parse().ok()
    }

    /// A unique key of the row, across restores and machines.
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
                              problem_detail, sent, message_id, chat, finalized, language FROM deliveries";

pub(super) fn read(row: &SqlRow) -> rusqlite::Result<Delivery> {
    let unreadable = |column, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
    };
    let lane: String = row.get(1)?;
    let entities: String = row.get(7)?;
    let instant = |column: usize| row.get::<_, Option<i64>>(column).map(|at| at.map(Instant));
    let problem = row.get::<_, Option<String>>(17)?;
    let language: String = row.get(23)?;
    let detail = row.get::<_, Option<String>>(18)?.unwrap_or_default();
    Ok(Delivery {
        id: row.get(0)?,
        lane: Lane::of_code(&lane).ok_or_else(|| unreadable(1, format!("no lane: {lane}").into()))?,
        kind: row.get(2)?,
        subject: row.get(3)?,
        random_id: row.get(4)?,
        idempotency_key: row.get(5)?,
        language: Language::parse(&language)
            .ok_or_else(|| unreadable(23, format!("no language: {language}").into()))?,
        message: Message {
            text: row.get(6)?,
            entities: serde_json::from_str(&entities).map_err(|error| unreadable(7, error.into()))?,
        },
        state: DeliveryState {
            operation: row.get::<_, Option<String>>(8)?.as_deref().and_then(Operation::of_code),
            account: row.get::<_, Option<i64>>(9)?.map(PeerId),
            attempts: row.get(10)?,
            unanswered: row.get(11)?,
            next_try: Instant(row.get(12)?),
            leased_until: instant(13)?,
            refused: row.get(14)?,
            expires: instant(15)?,
        },
        route: row.get(16)?,
        problem: problem.map(|code| Problem { code: Code::of_name(&code), detail }),
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
        Ok(all.into_iter().filter(|row| !row.state.refused).collect())
    }

    /// As [`Store::waiting`], with what was refused.
    pub fn undelivered(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        let order = order(lane);
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE scope = ?1 AND owner = ?2 AND lane = ?3 AND operation = 'send' AND sent IS NULL \
             AND dropped IS NULL AND (expires IS NULL OR expires > ?4) ORDER BY {order}"
        ))?;
        let (scope, owner) = owner.into().columns();
        let rows = statement.query_map(params![scope, owner, lane.code(), now.0], read)?;
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
        let rows = statement.query_map(params![scope, owner, lane.code(), now.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// As [`Store::open_rows`], only rows that the right account may try now.
    pub fn due(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        let rows = self.open_rows(owner, lane, now)?;
        Ok(rows.into_iter().filter(|row| row.state.turn(None, false, now) == Turn::Ready).collect())
    }

    /// Takes a row for one attempt, if it may be tried, and counts the attempt. That a post stays with another account
    /// is stored as its problem: no other process may do so later.
    pub fn claim(&mut self, id: i64, by: Claimant, now: Instant) -> Result<Claim> {
        self.write(|db| {
            let row = find(db, id)?;
            match row.state.turn(by.account, by.asked, now) {
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
                        db.execute(sql, params![id, problem.code.name(), problem.detail])?;
                    }
                    Ok(Claim::OtherAccount(account))
                }
                Turn::Done => Ok(Claim::Over),
            }
        })
    }

    /// Puts a row off without an attempt.
    pub fn postpone(&mut self, id: i64, until: Instant, problem: &Problem) -> Result<()> {
        self.write(|db| {
            let sql = "UPDATE deliveries SET next_try = ?2, problem = ?3, problem_detail = ?4 WHERE id = ?1";
            db.execute(sql, params![id, until.0, problem.code.name(), problem.detail]).map(drop)
        })
    }

    /// Stores what became of an attempt, and gives the lease back. What is known as sent stays sent. With a post, its
    /// snapshot begins to wait for the website: both are known, or neither is.
    pub fn settle(&mut self, settlement: &Settlement) -> Result<()> {
        self.write(|db| {
            let Settlement { id, operation, verdict, .. } = settlement;
            let known = "SELECT operation, idempotency_key FROM deliveries WHERE id = ?1";
            let known = db.prepare_cached(known)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)));
            let known: Option<(Option<String>, Option<String>)> = known.optional()?;
            let Some((current, key)) = known else { return Ok(()) };
            if key != settlement.idempotency_key {
                // A newer snapshot has taken its place.
                let sql = "UPDATE deliveries SET leased_until = NULL WHERE id = ?1";
                return db.execute(sql, [id]).map(drop);
            }
            if current.as_deref() != Some(operation.code()) {
                // Another process has brought it to an end.
                return Ok(());
            }
            if let Verdict::RateLimited { at, .. } = verdict {
                pause_account(db, *id, *at)?;
            }
            let (problem, detail) =
                verdict.problem().map(|problem| (problem.code.name(), problem.detail.as_str())).unzip();
            db.prepare_cached(
                "UPDATE deliveries SET leased_until = NULL, problem = ?2, problem_detail = ?3, \
                 route = coalesce(?4, route), unanswered = max(unanswered - ?5, 0) WHERE id = ?1",
            )?
            .execute(params![id, problem, detail, settlement.route, settlement.made_nothing])?;
            match verdict {
                Verdict::Done { at, message_id, chat } => {
                    done(db, settlement, *at, *message_id, *chat)?;
                    publish::enqueue_export(db, *id, *at)
                }
                Verdict::Closed { at, .. } => {
                    let sql = "UPDATE deliveries SET operation = NULL, finalized = ?2 WHERE id = ?1";
                    db.execute(sql, params![id, at.0])?;
                    publish::enqueue_export(db, *id, *at)
                }
                Verdict::Retry { at, .. } | Verdict::RateLimited { at, .. } => {
                    // A refused row is tried again only on request.
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
        "UPDATE deliveries SET next_try = max(deliveries.next_try, ?2) FROM deliveries AS cause WHERE cause.id = ?1 \
         AND deliveries.scope = cause.scope AND deliveries.owner = cause.owner AND deliveries.lane = cause.lane \
         AND deliveries.operation = cause.operation AND deliveries.refused = 0 \
         AND coalesce(deliveries.account, cause.account) = cause.account",
    )?
    .execute(params![id, until.0])
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Draft, Edit, Queued};
    use super::*;
    use crate::domain::post::delivery::content_hash;

    const ME: PeerId = PeerId(1);
    const GROUP: PeerId = PeerId(-1001);

    struct Queue {
        store: Store,
        group: GroupKey,
        _home: tempfile::TempDir,
    }

    impl Queue {
        fn new() -> Queue {
            let home = tempfile::tempdir().unwrap();
            let mut store = Store::open(&home.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(GROUP, None, "Study Hall", None, ME).unwrap();
            Queue { store, group, _home: home }
        }

        fn draft(day: &str, at: i64) -> Draft {
            Draft {
                kind: PostKind::Daily,
                day: day.parse().unwrap(),
                at: Instant(at),
                once: false,
                generation: 0,
                account: None,
                language: Language::En,
                message: message("Board"),
                is_final: false,
                snapshot: None,
            }
        }

        fn queue(&mut self, draft: &Draft) -> Delivery {
            match self.store.queue(self.group, draft, &[], draft.at).unwrap() {
                Queued::New(row) => row,
                Queued::Already(row) => panic!("{row:?}"),
            }
        }

        fn claim(&mut self, id: i64, account: PeerId, now: i64) -> Claim {
            let by = Claimant { account: Some(account), route: None, lease: 20, asked: false };
            self.store.claim(id, by, Instant(now)).unwrap()
        }

        fn settle(&mut self, id: i64, operation: Operation, made_nothing: bool, verdict: Verdict) {
            let settlement = Settlement {
                id,
                operation,
                idempotency_key: None,
                content_hash: content_hash(&self.row(id).message),
                route: None,
                made_nothing,
                verdict,
            };
            self.store.settle(&settlement).unwrap();
        }

        fn sent(&mut self, id: i64, at: i64) {
            let done = Verdict::Done { at: Instant(at), message_id: Some(7), chat: Some(GROUP) };
            self.settle(id, Operation::Send, false, done);
        }

        fn row(&self, id: i64) -> Delivery {
            self.store.delivery(id).unwrap()
        }

        fn due(&self, now: i64) -> Vec<i64> {
            self.store.due(self.group, Lane::Posts, Instant(now)).unwrap().iter().map(|row| row.id).collect()
        }
    }

    fn message(text: &str) -> Message {
        Message { text: text.into(), entities: Vec::new() }
    }

    fn telegram(name: &str) -> Problem {
        Problem::new(Code::Telegram, name)
    }

    fn refused() -> Verdict {
        Verdict::Refused { problem: telegram("CHAT_RESTRICTED") }
    }

    fn retry(at: i64) -> Verdict {
        Verdict::Retry { at: Instant(at), problem: Problem::new(Code::Connection, "the connection was closed") }
    }

    #[test]
    fn an_attempt_counts_from_its_claim_and_its_lease_keeps_others_out() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        let Claim::Won(row) = queue.claim(id, ME, 100) else { panic!() };
        assert_eq!((row.state.attempts, row.state.unanswered, row.state.account), (1, 1, Some(ME)));
        assert_eq!(queue.claim(id, ME, 119), Claim::Wait(Instant(120)));
        assert!(queue.due(119).is_empty());
        // The process has died: nothing is known of its attempt, but that there was one.
        let Claim::Won(row) = queue.claim(id, ME, 120) else { panic!() };
        assert_eq!((row.state.attempts, row.state.unanswered), (2, 2));
        queue.settle(id, Operation::Send, true, retry(125));
        let standing = queue.row(id).state;
        assert_eq!((standing.attempts, standing.unanswered, standing.leased_until), (2, 1, None));
        assert_eq!((queue.due(124), queue.due(125)), (vec![], vec![id]));
    }

    #[test]
    fn another_account_is_refused_and_that_is_said_once() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        assert_eq!(queue.claim(id, PeerId(2), 500), Claim::OtherAccount(ME));
        let row = queue.row(id);
        assert_eq!((row.problem, row.state.attempts), (Some(Problem::other_account(ME)), 1));
    }

    #[test]
    fn a_refused_post_is_written_again_only_if_no_attempt_can_have_made_a_message() {
        let mut queue = Queue::new();
        let days = ["2033-05-16", "2033-05-17", "2033-05-18"];
        let ids = days.map(|day| queue.queue(&Queue::draft(day, 100)).id);
        let random_id = queue.row(ids[0]).random_id;
        // Refused at once.
        queue.claim(ids[0], ME, 100);
        queue.settle(ids[0], Operation::Send, true, refused());
        // After a flood wait, which is an answer.
        queue.claim(ids[1], ME, 100);
        let problem = Problem::new(Code::FloodWait, 1);
        queue.settle(ids[1], Operation::Send, true, Verdict::RateLimited { at: Instant(101), problem });
        queue.claim(ids[1], ME, 101);
        queue.settle(ids[1], Operation::Send, true, refused());
        // After a claim whose process was killed: the message may be in the group.
        queue.claim(ids[2], ME, 101);
        queue.claim(ids[2], ME, 121);
        queue.settle(ids[2], Operation::Send, true, refused());
        let dates = days.map(|day| day.parse().unwrap());
        queue.store.forget_refusals(queue.group, &dates, Instant(200)).unwrap();
        assert_eq!(dates.map(|day| queue.store.has_post(queue.group, day).unwrap()), [false, false, true]);
        let row = queue.row(ids[2]);
        assert_eq!((row.state.refused, row.state.account, row.message), (false, Some(ME), message("Board")));
        assert_eq!(queue.claim(ids[2], PeerId(2), 200), Claim::OtherAccount(ME));
        // What is written again has the same id for Telegram.
        assert_eq!(queue.queue(&Queue::draft(days[0], 300)).random_id, random_id);
    }

    #[test]
    fn a_pause_holds_for_the_account_and_keeps_the_order() {
        let mut queue = Queue::new();
        let ids = ["2033-05-16", "2033-05-17", "2033-05-18"].map(|day| queue.queue(&Queue::draft(day, 100)).id);
        queue.claim(ids[2], PeerId(2), 100);
        queue.settle(ids[2], Operation::Send, false, retry(105));
        queue.claim(ids[0], ME, 100);
        let problem = Problem::new(Code::FloodWait, 600);
        queue.settle(ids[0], Operation::Send, true, Verdict::RateLimited { at: Instant(700), problem });
        assert_eq!(queue.due(699), [ids[2]]);
        assert_eq!(queue.due(700), ids);
    }

    #[test]
    fn what_is_sent_stays_sent_and_its_edit_is_one_more_operation() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        queue.sent(id, 101);
        // A slower process gets the refusal.
        queue.settle(id, Operation::Send, true, refused());
        let row = queue.row(id);
        assert_eq!((row.sent, row.state.refused, row.state.operation), (Some(Instant(101)), false, None));
        let later = queue.queue(&Queue::draft("2033-05-19", 100)).id;
        assert_eq!(queue.store.queue_edit(id, &message("Final"), None, Instant(200)).unwrap(), Edit::Queued);
        assert_eq!(queue.store.queue_edit(id, &message("Other"), None, Instant(200)).unwrap(), Edit::Unneeded);
        // Messages go before edits.
        assert_eq!(queue.due(200), [later, id]);
        assert_eq!(queue.store.waiting(queue.group, Lane::Posts, Instant(200)).unwrap().len(), 1);
        assert_eq!(queue.store.provisional(queue.group, Instant(200)).unwrap(), []);
        let Claim::Won(row) = queue.claim(id, ME, 200) else { panic!() };
        assert_eq!((row.state.operation, row.state.attempts), (Some(Operation::Edit), 1));
        assert_eq!((row.message, row.message_id), (message("Final"), Some(7)));
        // The answer to an earlier attempt at sending it comes late.
        queue.sent(id, 201);
        assert_eq!(queue.row(id).finalized, None);
        let done = Verdict::Done { at: Instant(202), message_id: None, chat: None };
        queue.settle(id, Operation::Edit, false, done);
        let row = queue.row(id);
        assert_eq!((row.finalized, row.sent, row.message_id), (Some(Instant(202)), Some(Instant(101)), Some(7)));
        assert_eq!((row.state.operation, row.chat), (None, Some(GROUP)));
    }

    #[test]
    fn a_message_that_shows_the_final_text_already_is_not_edited() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        queue.sent(id, 101);
        assert_eq!(queue.store.queue_edit(id, &message("Board"), None, Instant(200)).unwrap(), Edit::Unneeded);
        let row = queue.row(id);
        assert_eq!((row.finalized, row.state.operation), (Some(Instant(200)), None));
    }

    #[test]
    fn only_generation_0_has_the_id_of_before() {
        let draft = Queue::draft("2033-05-18", 100);
        let mut queue = Queue::new();
        let first = queue.queue(&draft);
        assert_eq!(first.random_id, Some(super::super::posts::random_id("swf post\n-1001\ndaily\n2033-05-18")));
        let second = queue.queue(&Draft { generation: 1, ..draft });
        assert_eq!(second.random_id, Some(super::super::posts::random_id("swf post\n-1001\ndaily\n2033-05-18\n1")));
    }

    /// A store of version 4 with a row of every kind and state.
    fn store_4() -> (tempfile::TempDir, std::path::PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("study.db");
        let db = Connection::open(&path).unwrap();
        for sql in [
            include_str!("../../tests/fixtures/store-1.sql"),
            include_str!("../../migrations/0002_carried.sql"),
            include_str!("../../migrations/0003_export.sql"),
            include_str!("../../migrations/0004_alerts.sql"),
            include_str!("../../tests/fixtures/deliveries-4.sql"),
            "PRAGMA user_version = 4;",
        ] {
            db.execute_batch(sql).unwrap();
        }
        (home, path)
    }

    /// What a query gives, as text.
    fn table(db: &Connection, sql: &str) -> Vec<Vec<String>> {
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns).map(|column| row.get_ref(column).map(|value| format!("{value:?}"))).collect()
        });
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_store_of_version_4_loses_nothing() {
        let (_home, path) = store_4();
        let before = Connection::open(&path).unwrap();
        // Whatever is stored as it was. A claim that has not ended is an attempt; problems have a code.
        let outbox = "id, grp, kind, random_id, text, entities, created, account, next_try, leased_until, refused, sent, \
                      message_id, finalized, snapshot, chat";
        let alerts = "kind, incident, random_id, text, created, way, next_try, leased_until, sent, dropped";
        let exports = "day, taken, key, body, next_try, leased_until, refused, delivered";
        let old = [
            table(
                &before,
                &format!("SELECT {outbox}, coalesce(day, '#' || random_id), problem FROM outbox ORDER BY id"),
            ),
            table(&before, &format!("SELECT {alerts}, problem FROM alerts ORDER BY id")),
            table(&before, &format!("SELECT {exports}, problem FROM exports ORDER BY day")),
        ];
        drop(before);
        let store = Store::open(&path, Access::Upgrade).unwrap();
        let new = [
            "SELECT id, owner, kind, random_id, text, entities, created, account, next_try, leased_until, refused, sent, \
             message_id, finalized, snapshot, chat, subject, problem_detail FROM deliveries WHERE lane = 'posts' \
             ORDER BY id",
            "SELECT kind, cast(subject AS INTEGER), random_id, text, created, route, next_try, leased_until, sent, \
             dropped, problem_detail FROM deliveries WHERE lane = 'alerts' ORDER BY id",
            "SELECT subject, as_of, idempotency_key, text, next_try, leased_until, refused, sent, problem_detail \
             FROM deliveries WHERE lane = 'website' ORDER BY subject",
        ]
        .map(|sql| table(&store.db, sql));
        assert_eq!(new, old);
        let count = "SELECT count(*), count(nullif(problem, 'other')) FROM deliveries";
        assert_eq!(table(&store.db, count), [["Integer(25)", "Integer(0)"]]);
        let gone = "SELECT name FROM sqlite_schema WHERE name IN ('outbox', 'alerts', 'exports')";
        assert_eq!(table(&store.db, gone), Vec::<Vec<String>>::new());
        // The account's facts.
        assert_eq!(table(&store.db, "SELECT * FROM accounts"), [["Integer(1000)", "Integer(0)"]]);
        let group = store.groups().unwrap().remove(0).key;
        let hashes: Vec<(i64, i64)> =
            store.access_hashes(group).unwrap().into_iter().map(|(peer, hash)| (peer.0, hash)).collect();
        assert_eq!(hashes, [(1000, 11), (1001, 12), (1002, 13), (1003, 14)]);
        assert_eq!(store.access_hash(PeerId(1000), PeerId(1002)).unwrap(), Some(13));
    }

    #[test]
    fn a_store_of_version_4_sends_nothing_again_and_all_that_waits() {
        let (_home, path) = store_4();
        let mut store = Store::open(&path, Access::Upgrade).unwrap();
        let group = store.groups().unwrap().remove(0).key;
        let texts = |rows: Vec<Delivery>| -> Vec<String> { rows.into_iter().map(|row| row.message.text).collect() };
        let due = |store: &Store, lane, now: i64| texts(store.due(group, lane, Instant(now)).unwrap());
        let now = 2_000_007_110;
        let posts = |store: &Store, now| due(store, Lane::Posts, now);
        assert_eq!(posts(&store, now), ["Fresh", "Leased", "Of another account"]);
        assert_eq!(posts(&store, 2_000_010_000), ["Fresh", "Tried", "Leased", "Leased by hand", "Of another account"]);
        assert_eq!(due(&store, Lane::Alerts, now), ["Not seen for 5m", "A post is refused", "A post is refused"]);
        assert_eq!(due(&store, Lane::Alerts, now + 86_400), Vec::<String>::new());
        let exports: Vec<String> = due(&store, Lane::Website, now);
        assert_eq!(exports, [r#"{"day":"2033-05-17"}"#]);
        assert_eq!(store.undelivered(group, Lane::Website, Instant(now)).unwrap().len(), 3);
        let standing = |store: &Store, id| {
            let standing = store.delivery(id).unwrap().state;
            (standing.attempts, standing.unanswered > 0)
        };
        assert_eq!([6, 7, 8, 9].map(|id| standing(&store, id)), [(0, false), (4, true), (1, true), (2, true)]);
        // Older rows do not record all claims: they stay as they were written.
        let days = ["2033-05-11", "2033-05-10"].map(|day| day.parse().unwrap());
        store.forget_refusals(group, &days, Instant(now)).unwrap();
        assert_eq!(days.map(|day| store.has_post(group, day).unwrap()), [true, true]);
        assert_eq!(store.untold_refusals(group, Instant(1_999_200_100)).unwrap().len(), 1);
        // A post of before that is asked for once more is the same post.
        let row = store.delivery(6).unwrap();
        let draft = Queue::draft("2033-05-18", now);
        assert_eq!(store.queue(group, &draft, &[], Instant(now)).unwrap(), Queued::Already(row));
        // A manual post waits, so that there is no second one.
        let manual = Draft { kind: PostKind::Manual, ..draft };
        assert!(matches!(store.queue(group, &manual, &[], Instant(now)).unwrap(), Queued::Already(row) if row.id == 9));
    }
}
