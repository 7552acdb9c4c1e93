//! Deciding, storing and delivering posts (DESIGN §4). The tracker and `swf post` both use it; whoever is first stores
//! the post, and the fixed `random_id` makes a second delivery the same message.

use chrono::NaiveDate;

use crate::config::Config;
use crate::domain::message::{self, Post, PostKind};
use crate::domain::period::{Period, Scope, local_date};
use crate::domain::schedule::{Day, Owed, retry_delay};
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::standings;
use crate::store::{Draft, GroupRow, Queued, Row, Store, Verdict};
use crate::telegram::connection::Caller;
use crate::telegram::{CallError, Group, send};

/// Answers after which trying again is of no use until somebody acts, and what to do.
const REFUSALS: [(&str, &str); 6] = [
    ("CHAT_WRITE_FORBIDDEN", "the account may not write in the group; give it the right to"),
    ("USER_BANNED_IN_CHANNEL", "the account is restricted from writing in groups; ask @SpamBot why"),
    ("CHAT_ADMIN_REQUIRED", "only admins may write in the group; make the account one"),
    ("CHAT_RESTRICTED", "the group is restricted; nobody can write there"),
    ("CHANNEL_PRIVATE", "the account is not in the group any more; let it join again"),
    ("CHAT_SEND_PLAIN_FORBIDDEN", "text messages are not allowed in the group; allow them"),
];

/// What is owed now.
pub fn owed(store: &Store, config: &Config, group: &GroupRow, now: Instant) -> Result<Owed> {
    let Some(first) = store.first_watched(group.key)? else { return Ok(Owed::default()) };
    let first = local_date(config.zone, first);
    let mut failure = None;
    let owed = config.timetable.owed(now, first, |date| {
        became_of(store, config, group, date).unwrap_or_else(|error| {
            failure = Some(error);
            Day::Posted
        })
    });
    failure.map_or(Ok(owed), Err)
}

fn became_of(store: &Store, config: &Config, group: &GroupRow, date: NaiveDate) -> Result<Day> {
    // A skipped day that a post has named is done with.
    if store.has_post(group.key, date)? || store.was_skipped(group.key, date)? {
        return Ok(Day::Posted);
    }
    let day = Period::of(Scope::Day, date, config.zone, config.week_start).span;
    Ok(if store.was_watched(group.key, day)? { Day::Seen } else { Day::Unseen })
}

/// Writes a post from what the store knows.
pub fn draft(
    store: &Store,
    config: &Config,
    group: &GroupRow,
    kind: PostKind,
    day: NaiveDate,
    skipped: &[NaiveDate],
    now: Instant,
) -> Result<Draft> {
    let through = (kind == PostKind::Backfill).then_some(day);
    let boards = standings::boards(store, config, group.key, &Scope::ALL, day, through)?;
    let post = Post { kind, group: &group.title, zone: config.zone, day, boards: &boards, skipped, top: config.top };
    Ok(Draft { kind, day, at: now, message: message::compose(&post) })
}

/// The posts that are owed now, written but not stored; the newest names the days that nobody watched.
pub fn owed_drafts(
    store: &Store,
    config: &Config,
    group: &GroupRow,
    now: Instant,
) -> Result<Vec<(Draft, Vec<NaiveDate>)>> {
    let owed = owed(store, config, group, now)?;
    let today = local_date(config.zone, now);
    let newest = owed.days.last().copied();
    let drafts = owed.days.into_iter().map(|day| {
        let kind = if day == today { PostKind::Daily } else { PostKind::Backfill };
        let skipped = if Some(day) == newest { owed.skipped.clone() } else { Vec::new() };
        Ok((draft(store, config, group, kind, day, &skipped, now)?, skipped))
    });
    drafts.collect()
}

/// Stores what is owed now, oldest first, and returns what is new.
pub fn queue_owed(store: &mut Store, config: &Config, group: &GroupRow, now: Instant) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (draft, skipped) in owed_drafts(store, config, group, now)? {
        if let Queued::New(row) = store.queue(group.key, &draft, &skipped, now)? {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Stores a post of the standings of this moment, unless one is still undelivered.
pub fn queue_now(store: &mut Store, config: &Config, group: &GroupRow, now: Instant) -> Result<Queued> {
    let day = local_date(config.zone, now);
    let draft = draft(store, config, group, PostKind::Manual, day, &[], now)?;
    store.queue(group.key, &draft, &[], now)
}

/// The first undelivered post whose time has come.
pub fn next(store: &Store, group: &GroupRow, now: Instant) -> Result<Option<Row>> {
    Ok(store.undelivered(group.key)?.into_iter().find(|row| row.next_try <= now))
}

/// Makes one attempt at a stored post that is tied to the account `me`.
pub async fn attempt(caller: &Caller, group: &Group, row: &Row) -> Result<Option<i32>, CallError> {
    send::send(caller, group, &row.message, row.random_id).await
}

/// Ties the post to `me`; says why not, if another account has tried it before.
pub fn claim(store: &mut Store, row: &Row, me: PeerId, now: Instant) -> Result<bool> {
    let account = store.claim_account(row.id, me)?;
    if account == me {
        return Ok(true);
    }
    let problem = format!("it was first tried by account {account}, and a second account could make a second message");
    store.settle(row.id, &Verdict::Retry { at: now + retry_delay(row.attempts), problem })?;
    Ok(false)
}

/// What an attempt's outcome means for the post.
pub fn verdict(outcome: &Result<Option<i32>, CallError>, attempts: u32, now: Instant) -> Verdict {
    match outcome {
        Ok(message_id) => Verdict::Sent { at: now, message_id: *message_id },
        Err(CallError::Flood { seconds }) => {
            Verdict::Retry { at: now + i64::from(*seconds), problem: format!("Telegram asks to wait {seconds} s") }
        }
        // The first try is still being executed.
        Err(error) if error.is("RANDOM_ID_DUPLICATE") => Verdict::Retry { at: now + 2, problem: error.to_string() },
        Err(CallError::Refused { name, .. }) if REFUSALS.iter().any(|(refusal, _)| refusal == name) => {
            let mend = REFUSALS.iter().find(|(refusal, _)| refusal == name).map_or("", |(_, mend)| mend);
            Verdict::Refused { problem: format!("{mend} ({name})") }
        }
        Err(error) => Verdict::Retry { at: now + retry_delay(attempts), problem: error.to_string() },
    }
}
