//! Deciding, storing and delivering posts (DESIGN §4). The tracker and `swf post` both use it; whoever is first stores
//! the post, and the fixed `random_id` makes a second delivery the same message.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::app::{boards, bot};
use crate::config::GroupSettings;
use crate::domain::credentials::BotLogin;
use crate::domain::post::compose::compose_and_count_praise;
use crate::domain::post::delivery::Outcome;
use crate::domain::post::message::{EntityKind, Message};
use crate::domain::post::schedule::{Day, Owed, Timetable};
use crate::domain::post::{BOARDS, Mentions, Post, PostKind};
use crate::domain::publish::Snapshot;
use crate::domain::time::period::{Period, Scope, local_date};
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::{Draft, GroupKey, GroupRow, Queued, Row, Store};
use crate::telegram::bot::Bot;
use crate::telegram::connection::Caller;
use crate::telegram::group::{self, GroupError};
use crate::telegram::{CallError, Group, send};

/// Who posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Author {
    User,
    Bot,
}

/// What is owed now, by the timetable or, for a backfill, by one that looks further back.
pub fn owed(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    timetable: &Timetable,
    now: Instant,
) -> Result<Owed> {
    let Some(first) = store.first_watched(group.key)? else { return Ok(Owed::default()) };
    let first = local_date(settings.zone, first);
    // What the old tracker has posted is done with.
    let first = store.last_old_post(group.key)?.and_then(|day| day.succ_opt()).map_or(first, |next| next.max(first));
    let mut failure = None;
    let owed = timetable.owed(now, first, |date| {
        if date < first {
            return Day::Posted;
        }
        became_of(store, settings, group, date).unwrap_or_else(|error| {
            failure = Some(error);
            Day::Posted
        })
    });
    failure.map_or(Ok(owed), Err)
}

fn became_of(store: &Store, settings: &GroupSettings, group: &GroupRow, date: NaiveDate) -> Result<Day> {
    // A skipped day that a post has named is done with.
    if store.has_post(group.key, date)? || store.was_skipped(group.key, date)? {
        let refused = store.was_refused(group.key, date)?;
        return Ok(if refused { Day::Refused } else { Day::Posted });
    }
    let day = Period::of(Scope::Day, date, settings.zone, settings.calendar).span;
    Ok(if store.was_watched(group.key, day)? { Day::Seen } else { Day::Unseen })
}

/// When the next daily post is due that nobody has made yet, not even the old tracker.
pub fn next(store: &Store, settings: &GroupSettings, group: GroupKey, now: Instant) -> Result<Instant> {
    let old = store.last_old_post(group)?;
    let mut failure = None;
    let next = settings.timetable.next(now, |date| {
        let posted = store.has_post(group, date).unwrap_or_else(|error| {
            failure = Some(error);
            false
        });
        posted || old.is_some_and(|old| date <= old)
    });
    failure.map_or(Ok(next), Err)
}

/// Writes a post from what the store knows, with its snapshot for a website. A backfill's week and month go up to the end
/// of its day.
pub fn draft(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    kind: PostKind,
    day: NaiveDate,
    skipped: &[NaiveDate],
    now: Instant,
) -> Result<Draft> {
    let through = (kind == PostKind::Backfill).then_some(day);
    let (message, is_final, snapshot) = compose(store, settings, group, kind, day, through, skipped)?;
    Ok(Draft { kind, day, at: now, once: false, account: None, message, is_final, snapshot: Some(snapshot) })
}

/// A post's message, whether nothing can change its day any more, and its snapshot for a website.
fn compose(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    kind: PostKind,
    day: NaiveDate,
    through: Option<NaiveDate>,
    skipped: &[NaiveDate],
) -> Result<(Message, bool, Snapshot)> {
    let boards = boards::boards(store, settings, group.key, &BOARDS, day, through)?;
    // A manual post has neither.
    let (praise, quotes) = match kind {
        PostKind::Manual => (&[][..], &[][..]),
        _ => (&settings.praise[..], &settings.quotes[..]),
    };
    let post = Post {
        kind,
        group: &group.title,
        zone: settings.zone,
        day,
        boards: &boards,
        skipped,
        top: settings.top,
        mentions: settings.mentions,
        praise,
        quotes,
        words: Language::default().words(),
    };
    let (message, praised) = compose_and_count_praise(&post);
    let snapshot = Snapshot::of(&post, praised);
    let is_final = boards.first().is_some_and(|board| board.is_final);
    Ok((message, is_final, snapshot))
}

/// The posts that are owed now, written but not stored; the newest names the days that nobody watched.
pub fn owed_drafts(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    owed: &Owed,
    now: Instant,
) -> Result<Vec<(Draft, Vec<NaiveDate>)>> {
    let today = local_date(settings.zone, now);
    let newest = owed.days.last().copied();
    let drafts = owed.days.iter().map(|day| {
        let kind = if *day == today { PostKind::Daily } else { PostKind::Backfill };
        let skipped = if Some(*day) == newest { owed.skipped.clone() } else { Vec::new() };
        Ok((draft(store, settings, group, kind, *day, &skipped, now)?, skipped))
    });
    drafts.collect()
}

/// Stores what is owed, oldest first, and returns what is new. `account` is whose it is to be, if that is said; `export`
/// says whether a website wants a snapshot.
pub fn queue_owed(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    owed: &Owed,
    account: Option<PeerId>,
    export: bool,
    now: Instant,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (draft, skipped) in owed_drafts(store, settings, group, owed, now)? {
        let draft = Draft { account, snapshot: draft.snapshot.filter(|_| export), ..draft };
        if let Queued::New(row) = store.queue(group.key, &draft, &skipped, now)? {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Stores a post of the standings of this moment, unless one is still undelivered. `flagged` is the age of a flag file
/// that asked for it: the same flag, found again after a crash, is the same post. `account` and `export` as in
/// [`queue_owed`].
pub fn queue_now(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    flagged: Option<Instant>,
    account: Option<PeerId>,
    export: bool,
    now: Instant,
) -> Result<Queued> {
    let day = local_date(settings.zone, now);
    let draft = draft(store, settings, group, PostKind::Manual, day, &[], now)?;
    let snapshot = draft.snapshot.filter(|_| export);
    let draft = Draft { at: flagged.unwrap_or(now), once: flagged.is_some(), account, snapshot, ..draft };
    store.queue(group.key, &draft, &[], now)
}

/// Which account's turn a post is: the one that tried it first, else the bot where there is one, else the user.
pub fn author(row: &Row, bot: Option<&BotLogin>, forced: Option<Author>) -> Author {
    match (row.standing.account, bot, forced) {
        (Some(account), Some(bot), _) if account == bot.id => Author::Bot,
        (Some(_), ..) => Author::User,
        (None, _, Some(forced)) => forced,
        (None, Some(_), None) => Author::Bot,
        (None, None, None) => Author::User,
    }
}

/// A way to reach the group.
#[derive(Clone)]
pub enum Via {
    /// With the access hashes of those whom a post may mention.
    User { caller: Caller, group: Group, hashes: Hashes },
    /// Connects for this one message: posts are few.
    Bot { login: Box<BotLogin>, group: PeerId },
}

/// Access hashes, by account.
pub type Hashes = BTreeMap<PeerId, i64>;

/// The hashes that posts need: none, unless they mention people.
pub fn hashes(store: &Store, settings: &GroupSettings, group: &GroupRow) -> Result<Hashes> {
    if settings.mentions == Mentions::None {
        return Ok(Hashes::new());
    }
    Ok(store.access_hashes(group.key)?.into_iter().collect())
}

/// A bot names people without an access hash; Telegram knows those whom it has met.
fn met(message: &Message) -> Hashes {
    let users = message.entities.iter().filter_map(|entity| match entity.kind {
        EntityKind::Mention { user } => Some((PeerId(user), 0)),
        _ => None,
    });
    users.collect()
}

/// Telegram does not know somebody who is mentioned: their name is enough.
fn is_about_a_mention(error: &CallError) -> bool {
    error.is_mention_problem()
}

impl Via {
    /// Makes one attempt at a stored post.
    pub async fn send(&self, row: &Row) -> Result<Sent, CallError> {
        self.perform(&row.message, Work::Send { random_id: row.random_id }).await
    }

    /// Makes a sent post final.
    pub async fn edit(&self, post: &Final) -> Result<(), CallError> {
        let Row { message_id, chat, .. } = post.row;
        let Some(message_id) = message_id else { return Err(no_message()) };
        self.perform(&post.message, Work::Edit { message_id, chat }).await.map(drop)
    }

    /// Makes a request; once more without mentions, if it fails for one of them.
    async fn perform(&self, message: &Message, work: Work) -> Result<Sent, CallError> {
        let opened;
        let (caller, group, hashes) = match self {
            Via::User { caller, group, hashes } => (caller, group, hashes.clone()),
            Via::Bot { login, group } => {
                opened = open(login, *group).await?;
                (opened.caller(), &opened.target, met(message))
            }
        };
        let result = match request(caller, group, message, work, &hashes).await {
            Err(error) if !hashes.is_empty() && is_about_a_mention(&error) => {
                request(caller, group, message, work, &Hashes::new()).await
            }
            result => result,
        };
        match result {
            Ok(message_id) => Ok(Sent { message_id, chat: group.peer }),
            // That is no refusal: the post goes to the new group.
            Err(CallError::Refused { .. }) if group::has_moved(caller, group).await => Err(CallError::migrated()),
            Err(error) => Err(error),
        }
    }

    /// Whether a failure says something about the tracker's own connection.
    pub fn is_user(&self) -> bool {
        matches!(self, Via::User { .. })
    }
}

/// A message that is in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// If Telegram said it.
    pub message_id: Option<i32>,
    pub chat: PeerId,
}

/// What is done with a message.
#[derive(Clone, Copy)]
enum Work {
    Send {
        random_id: i64,
    },
    /// `chat` is where the message is.
    Edit {
        message_id: i32,
        chat: Option<PeerId>,
    },
}

/// As Telegram says it.
fn no_message() -> CallError {
    CallError::no_message()
}

async fn request(
    caller: &Caller,
    group: &Group,
    message: &Message,
    work: Work,
    hashes: &Hashes,
) -> Result<Option<i32>, CallError> {
    match work {
        Work::Send { random_id } => send::send(caller, group, message, random_id, hashes).await,
        // Each chat counts its messages for itself: elsewhere the same number is another message.
        Work::Edit { chat: Some(chat), .. } if chat != group.peer => Err(no_message()),
        Work::Edit { message_id, .. } => {
            send::edit(caller, group, message_id, message, hashes).await.map(|()| Some(message_id))
        }
    }
}

async fn open(login: &BotLogin, group: PeerId) -> Result<Bot, CallError> {
    bot::open(login, group).await.map_err(|error| match error {
        GroupError::Call(error) => error,
        GroupError::Unfit(error) => CallError::Unfit(error.to_string()),
    })
}

/// What an attempt says about the post.
pub fn outcome(result: &Result<Sent, CallError>) -> Outcome {
    match result {
        Ok(Sent { message_id, chat }) => Outcome::Sent { message_id: *message_id, chat: *chat },
        Err(CallError::Flood { seconds }) => Outcome::Wait { seconds: *seconds },
        Err(error) if error.is_executing() => Outcome::Executing,
        Err(CallError::Refused { name, .. }) => Outcome::Refused { name: name.clone() },
        Err(error) => Outcome::Failed { problem: error.to_string() },
    }
}

/// A day's post whose day has become final (DESIGN §4.6).
pub struct Final {
    pub row: Row,
    /// What it should be now.
    pub message: Message,
    /// What a website hears of it.
    snapshot: Option<Snapshot>,
}

/// The next post that should be made final: a daily one, or a late one that did not know its whole day yet. `export` as in
/// [`queue_owed`].
pub fn finalizable(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    export: bool,
    now: Instant,
) -> Result<Option<Final>> {
    if !settings.finalize {
        return Ok(None);
    }
    for row in store.provisional(group.key, now)? {
        let Some(day) = row.day else { continue };
        let boards = boards::boards(store, settings, group.key, &[Scope::Day], day, Some(day))?;
        if boards.iter().all(|board| board.is_final) {
            let skipped = store.skipped_in(group.key, day)?;
            let (message, _, snapshot) = compose(store, settings, group, row.kind, day, Some(day), &skipped)?;
            return Ok(Some(Final { row, message, snapshot: export.then_some(snapshot) }));
        }
    }
    Ok(None)
}

/// What became of the edit that makes a post final: when to try again, or `None` where nothing is left to do.
pub fn finalized(
    store: &mut Store,
    post: &Final,
    result: &Result<(), CallError>,
    now: Instant,
) -> Result<Option<Instant>> {
    let mut settle = |problem| store.set_final(post.row.id, now, problem, post.snapshot.as_ref());
    match result {
        Ok(()) => settle(None)?,
        Err(error) if error.is_unchanged() => settle(None)?,
        Err(error @ CallError::Refused { name, .. }) if error.is_uneditable() => {
            // A website hears of the final board all the same.
            settle(Some(&format!("it can't be edited any more ({name})")))?;
        }
        Err(CallError::Flood { seconds }) => return Ok(Some(now + i64::from(*seconds))),
        Err(_) => return Ok(Some(now + 60)),
    }
    Ok(None)
}
