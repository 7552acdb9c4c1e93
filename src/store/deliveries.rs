//! Everything that is sent, from before its first byte until it is done: posts, alerts and website exports in one
//! queue.
//!
//! `posts.rs`, `alerts.rs` and `publish.rs` hold the parts that concern only posts, alerts or websites.

use chrono::NaiveDate;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Params, Row, params};
use serde::{Deserialize, Serialize};

use super::forgetting::forget_answered;
use super::sql::{all, first, json, run};
use super::{GroupKey, Store, answers, clock, publish};
use crate::domain::chat::Buttons;
use crate::domain::post::PostKind;
use crate::domain::post::delivery::{DeliveryState, Lane, MAX_WAIT, Operation, Turn, Verdict, content_hash_of};
use crate::domain::post::message::Message;
use crate::domain::post::picture::Attachment;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::post::recap::RecapKey;
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// How long a post waits whose text still has to be written again, in seconds.
const REWRITE_DELAY: i64 = 10;

/// The owner of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Group(GroupKey),
    Account(PeerId),
}

impl Owner {
    /// The scope and the owner, as the columns hold them.
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
    /// The subject of the row: a local date, the time at which a manual post was requested, or the incident of an
    /// alert.
    pub subject: String,
    /// With this id Telegram recognises a repeat; `None` for a website.
    pub random_id: Option<i64>,
    /// With this key a website recognises a repeat.
    pub idempotency_key: Option<String>,
    /// The language of the message.
    pub language: Language,
    /// The message; for a website a JSON body without entities.
    pub message: Message,
    pub state: DeliveryState,
    /// The route on which an alert was tried, as the sender's code.
    pub route: Option<String>,
    pub problem: Option<Problem>,
    pub sent: Option<Instant>,
    pub message_id: Option<i32>,
    /// The chat of the message, if it is known.
    pub chat: Option<PeerId>,
    pub finalized: Option<Instant>,
    /// The forum topic of a post.
    pub topic: Option<i32>,
    /// When the message was no longer needed, or was taken back.
    pub dropped: Option<Instant>,
    /// The weeks and months whose recaps open the post.
    pub recaps: Vec<RecapKey>,
    /// The buttons below an answer.
    pub buttons: Buttons,
    /// Who receives an answer: a person or a group.
    pub receiver: Option<PeerId>,
    /// The message that an answer replies to.
    pub reply_to: Option<i32>,
    /// The picture of the message; the message is its caption then.
    pub attachment: Option<Attachment>,
}

impl Delivery {
    /// Whether `operation` is still to be done and was not refused.
    pub fn waits_for(&self, operation: Operation) -> bool {
        !self.state.refused && self.state.operation == Some(operation)
    }

    /// A post whose text was removed because it named a forgotten person, and which has to be written again.
    fn is_blank(&self) -> bool {
        self.lane == Lane::Posts && self.state.operation == Some(Operation::Send) && self.message.text.is_empty()
    }

    /// Whether the message is ephemeral: in a group, shown to its receiver only.
    pub fn is_ephemeral(&self) -> bool {
        self.lane == Lane::Answers && self.kind == answers::EPHEMERAL
    }

    /// Whether the message is sent without a notification. Only the daily post notifies a group, once a day.
    pub fn is_silent(&self) -> bool {
        match self.lane {
            Lane::Posts => self.post_kind() != PostKind::Daily,
            Lane::Answers => self.receiver.is_some_and(|receiver| receiver.0 < 0),
            Lane::Clock => true,
            Lane::Alerts | Lane::Website => false,
        }
    }

    /// The full text of a post. A picture stores the text that it replaces.
    pub fn full_text(&self) -> &Message {
        self.attachment.as_ref().map_or(&self.message, |attachment| &attachment.text)
    }

    /// A hash of what the receiver sees.
    pub fn content_hash(&self) -> String {
        content_hash_of(&self.message, &self.buttons, self.attachment.as_ref().map(|attachment| &attachment.card))
    }

    /// The kind of a post.
    pub fn post_kind(&self) -> PostKind {
        PostKind::of_code(&self.kind).unwrap_or(PostKind::Manual)
    }

    /// The local date of a daily post or of an export; `None` for a manual post and for an alert.
    pub fn day(&self) -> Option<NaiveDate> {
        self.subject.parse().ok()
    }

    /// A key of the row that is unique across restores and machines.
    pub fn seed(&self) -> String {
        self.idempotency_key.clone().unwrap_or_else(|| self.random_id.unwrap_or(self.id).to_string())
    }
}

/// The process that claims a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimant<'a> {
    /// The account that this post then belongs to.
    pub account: Option<PeerId>,
    /// The route that this alert then keeps until the route refuses it.
    pub route: Option<&'a str>,
    /// How many seconds the attempt may take before another process may try.
    pub lease: i64,
    /// The attempt was requested: the row is tried at once, also if it was refused.
    pub asked: bool,
}

/// The result of an attempt. Plain data: it can wait until the store can be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    pub id: i64,
    pub operation: Operation,
    /// The key of the export that was sent. A newer snapshot has another key, and is not settled by this.
    pub idempotency_key: Option<String>,
    /// A hash of what was sent.
    pub content_hash: String,
    /// The next route of an alert.
    pub route: Option<String>,
    /// It is certain that the attempt made no message.
    pub made_nothing: bool,
    pub verdict: Verdict,
}

const COLUMNS: &str = "SELECT id, lane, kind, subject, random_id, idempotency_key, text, entities, operation, \
                       account, attempts, unanswered, next_try, leased_until, refused, expires, route, problem, \
                              problem_detail, sent, message_id, chat, finalized, language, dropped, topic, recap, buttons, receiver, reply_to, \
                       attachment FROM deliveries";

fn read(row: &Row) -> rusqlite::Result<Delivery> {
    let lane: String = row.get(1)?;
    let entities: String = row.get(7)?;
    let operation: Option<String> = row.get(8)?;
    let language: String = row.get(23)?;
    let (problem, detail): (Option<String>, Option<String>) = (row.get(17)?, row.get(18)?);
    let detail = detail.unwrap_or_default();
    let recaps: Option<String> = row.get(26)?;
    let (buttons, receiver): (Option<String>, Option<String>) = (row.get(27)?, row.get(28)?);
    let buttons = buttons.map(|buttons| serde_json::from_str(&buttons)).transpose();
    let attachment: Option<String> = row.get(30)?;
    let attachment = attachment.map(|attachment| serde_json::from_str(&attachment)).transpose();
    Ok(Delivery {
        id: row.get(0)?,
        lane: Lane::of_code(&lane).ok_or_else(|| FromSqlError::Other(format!("unknown lane: {lane}").into()))?,
        kind: row.get(2)?,
        subject: row.get(3)?,
        random_id: row.get(4)?,
        idempotency_key: row.get(5)?,
        language: Language::parse(&language)
            .ok_or_else(|| FromSqlError::Other(format!("unknown language: {language}").into()))?,
        message: Message {
            text: row.get(6)?,
            entities: serde_json::from_str(&entities)
                .map_err(|error| rusqlite::Error::FromSqlConversionFailure(7, Type::Text, error.into()))?,
        },
        state: DeliveryState {
            operation: operation.as_deref().and_then(Operation::of_code),
            account: row.get(9)?,
            attempts: row.get(10)?,
            unanswered: row.get(11)?,
            next_try: row.get(12)?,
            leased_until: row.get(13)?,
            refused: row.get(14)?,
            expires: row.get(15)?,
        },
        route: row.get(16)?,
        problem: problem.map(|code| Problem { code: Code::of_name(&code), detail }),
        sent: row.get(19)?,
        message_id: row.get(20)?,
        chat: row.get(21)?,
        finalized: row.get(22)?,
        dropped: row.get(24)?,
        topic: row.get(25)?,
        recaps: recaps.as_deref().map(RecapKey::split).unwrap_or_default(),
        buttons: buttons
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(27, Type::Text, error.into()))?
            .unwrap_or_default(),
        receiver: receiver.and_then(|id| id.parse().ok()).map(PeerId),
        reply_to: row.get(29)?,
        attachment: attachment
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(30, Type::Text, error.into()))?,
    })
}

/// The rows that `condition` selects.
pub(super) fn rows(db: &Connection, condition: &str, params: impl Params) -> rusqlite::Result<Vec<Delivery>> {
    all(db, &format!("{COLUMNS} WHERE {condition}"), params, read)
}

pub(super) fn find(db: &Connection, id: i64) -> rusqlite::Result<Delivery> {
    rows(db, "id = ?1", [id])?.pop().ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// Changes the row whose id is the first of `params`.
pub(super) fn update(db: &Connection, assignments: &str, params: impl Params) -> rusqlite::Result<()> {
    run(db, &format!("UPDATE deliveries SET {assignments} WHERE id = ?1"), params).map(drop)
}

impl Store {
    /// One row by its id.
    pub fn delivery(&self, id: i64) -> Result<Delivery> {
        Ok(find(&self.db, id)?)
    }

    /// Rows that are not sent yet and not refused, in the order of sending, whether or not they may be tried now.
    pub fn waiting(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        self.rows_of(owner.into(), lane, "operation = 'send' AND sent IS NULL AND refused = 0", now)
    }

    /// Like [`Store::waiting`], with refused rows.
    pub fn undelivered(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        self.rows_of(owner.into(), lane, "operation = 'send' AND sent IS NULL", now)
    }

    /// The rows with an operation to do, in the order of the work, whether or not they may be tried now.
    pub fn open_rows(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        self.rows_of(owner.into(), lane, "operation IS NOT NULL AND refused = 0", now)
    }

    /// The groups that have [`Store::open_rows`] in a lane; the one whose first row waits longest comes first.
    pub fn groups_with_open_rows(&self, lane: Lane, now: Instant) -> Result<Vec<GroupKey>> {
        let sql = "SELECT owner FROM deliveries WHERE scope = 'group' AND lane = ?1 AND operation IS NOT NULL \
                   AND refused = 0 AND dropped IS NULL AND (expires IS NULL OR expires > ?2) \
                   GROUP BY owner ORDER BY min(id)";
        Ok(all(&self.db, sql, params![lane.code(), now], |row| row.get(0))?)
    }

    fn rows_of(&self, owner: Owner, lane: Lane, condition: &str, now: Instant) -> Result<Vec<Delivery>> {
        // Websites get their rows by day, other receivers in the order in which the rows were queued.
        let order = if lane == Lane::Website { "subject" } else { "id" };
        let condition = format!(
            "scope = ?1 AND owner = ?2 AND lane = ?3 AND {condition} AND dropped IS NULL \
             AND (expires IS NULL OR expires > ?4) ORDER BY operation <> 'send', {order}"
        );
        let (scope, owner) = owner.columns();
        Ok(rows(&self.db, &condition, params![scope, owner, lane.code(), now])?)
    }

    /// Like [`Store::open_rows`], but only rows that the right account may try now.
    pub fn due(&self, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<Vec<Delivery>> {
        let rows = self.open_rows(owner, lane, now)?;
        Ok(rows.into_iter().filter(|row| row.state.turn(None, false, now) == Turn::Ready).collect())
    }

    /// Claims a row for one attempt, if it may be tried, and counts the attempt. Returns whether it may be tried, and
    /// the row as it is now. While Telegram asks the sender to wait with such requests, no row may be tried. If the post
    /// belongs to another account, this is stored as its problem: no other process may send it later.
    pub fn claim(&mut self, id: i64, by: Claimant, now: Instant) -> Result<(Turn, Delivery)> {
        self.write(|db| {
            let row = find(db, id)?;
            let turn = row.state.turn(by.account, by.asked, now);
            if turn == Turn::Ready && row.is_blank() {
                let later = now + REWRITE_DELAY;
                update(db, "next_try = ?2", params![id, later])?;
                return Ok((Turn::Wait(later), find(db, id)?));
            }
            let sender = by.account.map(|account| account.0.to_string());
            if turn == Turn::Ready
                && let Some(sender) = sender.as_deref().or(by.route)
                && let Some(until) = held_until(db, &row, sender, now)?
            {
                let problem = Problem::new(Code::FloodWait, until - now);
                let values = params![id, until, problem.code.name(), problem.detail];
                let wait = "next_try = iif(refused, next_try, ?2), problem = iif(refused, problem, ?3), \
                            problem_detail = iif(refused, problem_detail, ?4)";
                update(db, wait, values)?;
                return Ok((Turn::Wait(until), find(db, id)?));
            }
            if turn == Turn::Ready {
                // Telegram does not recognise a repeat of an ephemeral message, so it is never sent again.
                let attempt = "attempts = attempts + 1, unanswered = unanswered + 1, leased_until = ?2, \
                               account = coalesce(account, ?3), route = coalesce(?4, route), \
                               expires = iif(kind = 'ephemeral' AND operation = 'send', ?5, expires)";
                update(db, attempt, params![id, now + by.lease, by.account, by.route, now + 1])?;
            } else if let Turn::OtherAccount(account) = turn
                && row.problem.as_ref() != Some(&Problem::other_account(account))
            {
                let problem = Problem::other_account(account);
                let values = params![id, problem.code.name(), problem.detail];
                update(db, "problem = ?2, problem_detail = ?3", values)?;
            }
            Ok((turn, find(db, id)?))
        })
    }

    /// Until when Telegram asked the route of an alert to wait.
    pub fn alert_held_until(&self, alert: &Delivery, route: &str, now: Instant) -> Result<Option<Instant>> {
        Ok(held_until(&self.db, alert, route, now)?)
    }

    /// Delays a row without an attempt.
    pub fn postpone(&mut self, id: i64, until: Instant, problem: &Problem) -> Result<()> {
        let values = params![id, until, problem.code.name(), problem.detail];
        self.write(|db| update(db, "next_try = ?2, problem = ?3, problem_detail = ?4", values))
    }

    /// Stores the result of an attempt, and ends the lease. A row that is known as sent stays sent. When a post is
    /// sent, its snapshot starts to wait for the website, in the same transaction.
    pub fn settle(&mut self, settlement: &Settlement) -> Result<()> {
        self.settle_all(std::slice::from_ref(settlement))
    }

    /// Like [`Store::settle`], for several rows in one transaction.
    pub fn settle_all(&mut self, settlements: &[Settlement]) -> Result<()> {
        self.write_allowed(|db, forgotten| {
            settlements.iter().try_for_each(|settlement| settle(db, settlement))?;
            forgotten.map_or(Ok(()), |forgotten| forget_answered(db, forgotten))
        })
    }
}

fn settle(db: &Connection, settlement: &Settlement) -> rusqlite::Result<()> {
    let Settlement { id, operation, verdict, .. } = settlement;
    let sql = "SELECT operation, idempotency_key FROM deliveries WHERE id = ?1";
    let known: Option<(Option<String>, Option<String>)> = first(db, sql, [id], |row| row.try_into())?;
    let Some((current, key)) = known else { return Ok(()) };
    if let Verdict::RateLimited { at, .. } = verdict {
        hold(db, settlement, *at)?;
    }
    if key != settlement.idempotency_key {
        // A newer snapshot has replaced the one that was sent.
        return update(db, "leased_until = NULL", [id]);
    }
    if current.as_deref() != Some(operation.code()) {
        // Another process has finished it.
        return Ok(());
    }
    let (problem, detail) = verdict.problem().map(|problem| (problem.code.name(), problem.detail.as_str())).unzip();
    let attempt = "leased_until = NULL, problem = ?2, problem_detail = ?3, route = coalesce(?4, route), \
                           unanswered = max(unanswered - ?5, 0)";
    update(db, attempt, params![id, problem, detail, settlement.route, settlement.made_nothing])?;
    if *operation == Operation::Send && verdict.problem().is_some_and(|problem| problem.code == Code::NoPictures) {
        make_text(db, *id)?;
    }
    store_verdict(db, settlement)?;
    clock::settled(db, *id, verdict)
}

/// A picture was refused: the row is a text from now on, also for its edits. The refusal made no message, so the text
/// has the same `random_id`.
fn make_text(db: &Connection, id: i64) -> rusqlite::Result<()> {
    let Some(Attachment { text, .. }) = find(db, id)?.attachment else { return Ok(()) };
    update(db, "text = ?2, entities = ?3, attachment = NULL", params![id, text.text, json(&text.entities)])
}

fn store_verdict(db: &Connection, settlement: &Settlement) -> rusqlite::Result<()> {
    let Settlement { id, operation, content_hash, verdict, .. } = settlement;
    match verdict {
        Verdict::Done { at, message_id, chat } => {
            let received = match operation {
                // A message that stays only for a while waits from now on to be deleted.
                Operation::Send => {
                    "operation = iif(delete_after IS NULL, NULL, 'delete'), attempts = iif(delete_after IS NULL, attempts, 0), \
                     next_try = iif(delete_after IS NULL, next_try, ?2 + delete_after), \
                     expires = iif(delete_after IS NULL, expires, NULL), \
                     refused = 0, sent = ?2, content_hash = ?3, message_id = ?4, chat = coalesce(?5, chat)"
                }
                Operation::Edit => {
                    "operation = NULL, finalized = iif(rewritten, finalized, ?2), content_hash = ?3, \
                     message_id = coalesce(?4, message_id), chat = coalesce(?5, chat)"
                }
                Operation::Delete => return update(db, "operation = NULL, dropped = ?2", params![id, at]),
            };
            update(db, received, params![id, at, content_hash, message_id, chat])?;
            if *operation == Operation::Send {
                answers::tell_of_post(db, *id, None)?;
                update(db, "operation = iif(rewritten, 'edit', operation)", [id])?;
            } else if answers::is_outdated(db, *id, content_hash)? {
                update(db, "operation = 'edit', next_try = ?2", params![id, at])?;
            } else {
                update(db, "rewritten = 0", [id])?;
            }
            publish::enqueue_export(db, *id, *at)
        }
        Verdict::Closed { .. } if *operation == Operation::Delete => update(db, "operation = NULL", [id]),
        Verdict::Closed { at, .. } => {
            update(db, "operation = NULL, finalized = iif(rewritten, finalized, ?2), rewritten = 0", params![id, at])?;
            publish::enqueue_export(db, *id, *at)
        }
        Verdict::Retry { at, .. } | Verdict::RateLimited { at, .. } => {
            if matches!(verdict, Verdict::RateLimited { .. }) {
                pause_account(db, *id, *at)?;
            }
            // A refused row is tried again only on request.
            update(db, "next_try = ?2, refused = refused AND lane <> 'website'", params![id, at])
        }
        Verdict::Refused { .. } => {
            update(db, "refused = 1", [id])?;
            answers::show_hint(db, *id)?;
            answers::tell_of_post(db, *id, verdict.problem())
        }
    }
}

/// The kind of a request, as `flood_waits` holds it.
fn request_kind(row: &Delivery, operation: Operation) -> String {
    match row.lane {
        Lane::Clock if row.titled_call().is_some() => format!("{} title", row.lane.code()),
        lane => format!("{} {}", lane.code(), operation.code()),
    }
}

/// Stores that Telegram asked the sender of a row to wait with such requests. The last answer counts.
fn hold(db: &Connection, settlement: &Settlement, until: Instant) -> rusqlite::Result<()> {
    let row = find(db, settlement.id)?;
    let account = row.state.account.map(|account| account.0.to_string());
    let Some(sender) = account.or_else(|| settlement.route.clone()) else { return Ok(()) };
    let sql = "INSERT INTO flood_waits (sender, request, until) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET until = excluded.until";
    run(db, sql, params![sender, request_kind(&row, settlement.operation), until]).map(drop)
}

/// Until when the sender may not make the request of a row. A wait that is too long was set by a clock that was ahead.
fn held_until(db: &Connection, row: &Delivery, sender: &str, now: Instant) -> rusqlite::Result<Option<Instant>> {
    let Some(operation) = row.state.operation else { return Ok(None) };
    let sql = "SELECT until FROM flood_waits WHERE sender = ?1 AND request = ?2 AND until > ?3 AND until <= ?4";
    first(db, sql, params![sender, request_kind(row, operation), now, now + MAX_WAIT], |row| row.get(0))
}

/// Also delays rows without an account that this account would send, so that all rows keep their order.
fn pause_account(db: &Connection, id: i64, until: Instant) -> rusqlite::Result<()> {
    let sql = "UPDATE deliveries SET next_try = max(deliveries.next_try, ?2) FROM deliveries AS cause \
               WHERE cause.id = ?1 AND deliveries.scope = cause.scope AND deliveries.owner = cause.owner \
               AND deliveries.lane = cause.lane AND deliveries.operation = cause.operation AND deliveries.refused = 0 \
               AND coalesce(deliveries.account, cause.account) = cause.account";
    run(db, sql, params![id, until]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Draft, Queued};
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
                topic: None,
                account: None,
                language: Language::En,
                message: message("Board"),
                picture: None,
                buttons: Buttons::default(),
                is_final: false,
                snapshot: None,
                recaps: Vec::new(),
                told: Vec::new(),
            }
        }

        fn queue(&mut self, draft: &Draft) -> Delivery {
            match self.store.queue(self.group, draft, &[], draft.at).unwrap() {
                Queued::New(row) => row,
                Queued::Already(row) => panic!("{row:?}"),
            }
        }

        fn claim(&mut self, id: i64, account: PeerId, now: i64) -> (Turn, Delivery) {
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
        let (Turn::Ready, row) = queue.claim(id, ME, 100) else { panic!() };
        assert_eq!((row.state.attempts, row.state.unanswered, row.state.account), (1, 1, Some(ME)));
        assert_eq!(queue.claim(id, ME, 119).0, Turn::Wait(Instant(120)));
        assert!(queue.due(119).is_empty());
        // The process has died: all that is known is that it made an attempt.
        let (Turn::Ready, row) = queue.claim(id, ME, 120) else { panic!() };
        assert_eq!((row.state.attempts, row.state.unanswered), (2, 2));
        queue.settle(id, Operation::Send, true, retry(125));
        let standing = queue.row(id).state;
        assert_eq!((standing.attempts, standing.unanswered, standing.leased_until), (2, 1, None));
        assert_eq!((queue.due(124), queue.due(125)), (vec![], vec![id]));
    }

    #[test]
    fn another_account_is_refused_and_the_reason_is_stored_once() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        assert_eq!(queue.claim(id, PeerId(2), 500).0, Turn::OtherAccount(ME));
        let row = queue.row(id);
        assert_eq!((row.problem, row.state.attempts), (Some(Problem::other_account(ME)), 1));
    }

    #[test]
    fn a_refused_post_is_rewritten_only_if_no_attempt_can_have_made_a_message() {
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
        assert_eq!(queue.claim(ids[2], PeerId(2), 200).0, Turn::OtherAccount(ME));
        // A rewritten post has the same id for Telegram.
        assert_eq!(queue.queue(&Queue::draft(days[0], 300)).random_id, random_id);
    }

    #[test]
    fn a_rate_limit_applies_to_the_account_and_keeps_the_order() {
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
    fn a_rate_limit_holds_for_what_is_queued_dropped_or_written_again_later() {
        let mut queue = Queue::new();
        let limited = |at| Verdict::RateLimited { at: Instant(at), problem: Problem::new(Code::FloodWait, 7200) };
        let manual = |at| Draft { kind: PostKind::Manual, ..Queue::draft("2033-05-18", at) };
        let first = queue.queue(&manual(100)).id;
        queue.claim(first, ME, 100);
        queue.settle(first, Operation::Send, true, limited(7300));
        assert_eq!(queue.store.drop_manual(queue.group, Instant(200)).unwrap().len(), 1);
        let ids = [queue.queue(&manual(300)).id, queue.queue(&Queue::draft("2033-05-18", 300)).id];
        let asked = Claimant { account: Some(ME), route: None, lease: 20, asked: true };
        for id in ids {
            assert_eq!(queue.claim(id, ME, 300).0, Turn::Wait(Instant(7300)));
            assert_eq!(queue.store.claim(id, asked, Instant(7299)).unwrap().0, Turn::Wait(Instant(7300)));
        }
        let row = queue.row(ids[1]);
        assert_eq!((row.problem.unwrap().code, row.state.attempts, row.state.account), (Code::FloodWait, 0, None));
        assert_eq!((queue.due(7299), queue.due(7300)), (vec![], ids.to_vec()));
        // The same account in another group, after a restart.
        let path = queue._home.path().join("study.db");
        queue.store = Store::open(&path, Access::Write).unwrap();
        queue.group = queue.store.group(PeerId(-1002), None, "Chess Club", None, ME).unwrap();
        let other = queue.queue(&Queue::draft("2033-05-18", 300)).id;
        assert_eq!(queue.claim(other, ME, 300).0, Turn::Wait(Instant(7300)));
        // Another account, and what another clock has set.
        let by_bot = Claimant { account: Some(PeerId(2)), ..asked };
        assert_eq!(queue.store.claim(other, by_bot, Instant(300)).unwrap().0, Turn::Ready);
        queue.sent(other, 301);
        assert_eq!(queue.claim(ids[1], ME, 7300).0, Turn::Ready);
        queue.settle(ids[1], Operation::Send, true, limited(1_000_000));
        assert_eq!(queue.store.claim(ids[0], asked, Instant(7300)).unwrap().0, Turn::Ready);
    }

    #[test]
    fn a_rate_limit_of_edits_holds_for_an_edit_that_is_written_again() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        queue.sent(id, 101);
        assert!(queue.store.queue_edit(id, &message("Final"), None, None, Instant(200)).unwrap());
        queue.claim(id, ME, 200);
        let problem = Problem::new(Code::FloodWait, 600);
        queue.settle(id, Operation::Edit, true, Verdict::RateLimited { at: Instant(800), problem });
        // Somebody is hidden.
        queue.store.rewrite(id, &message("Final, without Ada"), None, None, Instant(300)).unwrap();
        assert_eq!(queue.row(id).state.next_try, Instant(300));
        assert_eq!(queue.claim(id, ME, 300).0, Turn::Wait(Instant(800)));
        let later = queue.queue(&Queue::draft("2033-05-19", 300)).id;
        assert_eq!(queue.claim(later, ME, 300).0, Turn::Ready);
        assert_eq!(queue.claim(id, ME, 800).0, Turn::Ready);
    }

    #[test]
    fn what_is_sent_stays_sent_and_its_edit_is_one_more_operation() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        queue.sent(id, 101);
        // A slower process reports a refusal.
        queue.settle(id, Operation::Send, true, refused());
        let row = queue.row(id);
        assert_eq!((row.sent, row.state.refused, row.state.operation), (Some(Instant(101)), false, None));
        let later = queue.queue(&Queue::draft("2033-05-19", 100)).id;
        assert!(queue.store.queue_edit(id, &message("Final"), None, None, Instant(200)).unwrap());
        assert!(!queue.store.queue_edit(id, &message("Other"), None, None, Instant(200)).unwrap());
        // Unsent messages come before edits.
        assert_eq!(queue.due(200), [later, id]);
        assert_eq!(queue.store.waiting(queue.group, Lane::Posts, Instant(200)).unwrap().len(), 1);
        assert_eq!(queue.store.provisional(queue.group, Instant(200)).unwrap(), []);
        let (Turn::Ready, row) = queue.claim(id, ME, 200) else { panic!() };
        assert_eq!((row.state.operation, row.state.attempts), (Some(Operation::Edit), 1));
        assert_eq!((row.message, row.message_id), (message("Final"), Some(7)));
        // The result of an earlier attempt to send it arrives late.
        queue.sent(id, 201);
        assert_eq!(queue.row(id).finalized, None);
        let done = Verdict::Done { at: Instant(202), message_id: None, chat: None };
        queue.settle(id, Operation::Edit, false, done);
        let row = queue.row(id);
        assert_eq!((row.finalized, row.sent, row.message_id), (Some(Instant(202)), Some(Instant(101)), Some(7)));
        assert_eq!((row.state.operation, row.chat), (None, Some(GROUP)));
    }

    #[test]
    fn a_message_that_already_shows_the_final_text_is_not_edited() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        queue.sent(id, 101);
        assert!(!queue.store.queue_edit(id, &message("Board"), None, None, Instant(200)).unwrap());
        let row = queue.row(id);
        assert_eq!((row.finalized, row.state.operation), (Some(Instant(200)), None));
    }

    #[test]
    fn an_undone_post_is_deleted_once_and_its_day_gets_a_new_generation() {
        let mut queue = Queue::new();
        let day = "2033-05-18".parse().unwrap();
        let first = queue.queue(&Queue::draft("2033-05-18", 100));
        assert!(!queue.store.queue_undo(first.id, Instant(100)).unwrap(), "it is not sent");
        queue.claim(first.id, ME, 100);
        queue.sent(first.id, 101);
        assert!(queue.store.queue_edit(first.id, &message("Final"), None, None, Instant(150)).unwrap());
        assert!(queue.store.queue_undo(first.id, Instant(200)).unwrap());
        assert!(!queue.store.queue_undo(first.id, Instant(200)).unwrap());
        // The result of the edit arrives late and changes nothing.
        let done = |at| Verdict::Done { at: Instant(at), message_id: None, chat: None };
        queue.settle(first.id, Operation::Edit, false, done(201));
        assert!(queue.row(first.id).waits_for(Operation::Delete));
        assert_eq!(queue.claim(first.id, PeerId(2), 202).0, Turn::OtherAccount(ME));
        assert_eq!(queue.claim(first.id, ME, 202).0, Turn::Ready);
        assert!(!queue.store.was_undone(queue.group, day).unwrap());
        queue.settle(first.id, Operation::Delete, false, done(203));
        let row = queue.row(first.id);
        assert_eq!((row.sent, row.dropped, row.state.operation), (Some(Instant(101)), Some(Instant(203)), None));
        assert!(queue.store.was_undone(queue.group, day).unwrap() && queue.store.has_post(queue.group, day).unwrap());
        assert_eq!(queue.store.last_sent(queue.group).unwrap(), None);
        assert_eq!(queue.store.provisional(queue.group, Instant(300)).unwrap(), []);
        let generation = queue.store.generation(queue.group, day).unwrap();
        let second = queue.queue(&Draft { generation, ..Queue::draft("2033-05-18", 300) });
        assert_eq!(generation, 1);
        assert_ne!(second.random_id, first.random_id);
        assert!(!queue.store.was_undone(queue.group, day).unwrap());
        assert_eq!(queue.store.generation(queue.group, day).unwrap(), 1);
    }

    #[test]
    fn a_deletion_that_telegram_refuses_leaves_the_post() {
        let mut queue = Queue::new();
        let id = queue.queue(&Queue::draft("2033-05-18", 100)).id;
        queue.claim(id, ME, 100);
        queue.sent(id, 101);
        queue.store.queue_undo(id, Instant(200)).unwrap();
        queue.claim(id, ME, 200);
        let problem = Problem::new(Code::NotDeletable, "MESSAGE_DELETE_FORBIDDEN");
        queue.settle(id, Operation::Delete, true, Verdict::Closed { at: Instant(201), problem: problem.clone() });
        let row = queue.row(id);
        assert_eq!((row.state.operation, row.dropped, row.finalized, row.problem), (None, None, None, Some(problem)));
        assert_eq!(queue.store.last_sent(queue.group).unwrap().map(|row| row.id), Some(id));
    }

    #[test]
    fn only_generation_0_keeps_the_id_of_older_versions() {
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

    /// The result of a query, as text.
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
        // All other columns are unchanged. A claim that has not ended is an attempt; problems have a code.
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
        // The facts about the account.
        assert_eq!(table(&store.db, "SELECT * FROM accounts"), [["Integer(1000)", "Integer(0)"]]);
        let hashes: Vec<(i64, i64)> = store
            .access_hashes(PeerId(1000), (999..1004).map(PeerId))
            .unwrap()
            .into_iter()
            .map(|(peer, hash)| (peer.0, hash))
            .collect();
        assert_eq!(hashes, [(1000, 11), (1001, 12), (1002, 13), (1003, 14)]);
        assert_eq!(store.access_hash(PeerId(1000), PeerId(1002)).unwrap(), Some(13));
    }

    #[test]
    fn a_store_of_version_4_sends_all_waiting_rows_and_no_row_twice() {
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
        assert_eq!(store.refused_without_alert(group, Instant(1_999_200_100)).unwrap().len(), 1);
        // A repeated request for a post of an older version is the same post.
        let row = store.delivery(6).unwrap();
        let draft = Queue::draft("2033-05-18", now);
        assert_eq!(store.queue(group, &draft, &[], Instant(now)).unwrap(), Queued::Already(row));
        // A manual post waits, so that there is no second one.
        let manual = Draft { kind: PostKind::Manual, ..draft };
        assert!(matches!(store.queue(group, &manual, &[], Instant(now)).unwrap(), Queued::Already(row) if row.id == 9));
    }
}
