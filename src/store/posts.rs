//! Posts: one for each day, decided and stored before it is sent.

use chrono::NaiveDate;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::alerts::MAX_ALERT_AGE;
use super::deliveries::{Delivery, find, rows};
use super::sql::{all, exists, first, json, run, value};
use super::{GroupKey, Store, publish};
use crate::domain::chat::Buttons;
use crate::domain::post::PostKind;
use crate::domain::post::delivery::content_hash_of;
use crate::domain::post::message::Message;
use crate::domain::post::picture::{Attachment, Pictured};
use crate::domain::post::recap::RecapKey;
use crate::domain::publish::Snapshot;
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// How long a user may edit a message, in seconds.
pub(super) const EDITABLE: i64 = 2 * 86_400;
/// An alert is not ended any more if so many rows are newer.
const MAX_ALERT_DISTANCE: i64 = 20_000;

/// A post to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub kind: PostKind,
    /// The local date whose boards it shows.
    pub day: NaiveDate,
    /// When it was requested; identifies manual posts.
    pub at: Instant,
    /// The requester may repeat the request after a crash: the same `at` is then the same post.
    pub once: bool,
    /// 0, or higher than that of the last undone message about the same day.
    pub generation: u32,
    /// The forum topic of the post.
    pub topic: Option<i32>,
    /// The account that must send it, if the user named one.
    pub account: Option<PeerId>,
    /// The weeks and months whose recaps open the post.
    pub recaps: Vec<RecapKey>,
    /// Other missed days that the message mentions in a line, with the generations of their posts.
    pub told: Vec<(NaiveDate, u32)>,
    pub language: Language,
    /// The full text of the post.
    pub message: Message,
    /// The post as a picture, if the group wants that.
    pub picture: Option<Pictured>,
    /// Buttons below the message. Only bots can send them.
    pub buttons: Buttons,
    /// The day is final: the text needs no later edit.
    pub is_final: bool,
    /// The snapshot for the website, sent after the post; `None` without an export.
    pub snapshot: Option<Snapshot>,
}

impl Draft {
    /// The day that the post is for; `None` for a manual post, which does not affect the schedule.
    fn of_day(&self) -> Option<String> {
        (self.kind != PostKind::Manual).then(|| self.day.to_string())
    }

    /// The subject of the row.
    fn subject(&self) -> String {
        self.of_day().unwrap_or_else(|| self.at.0.to_string())
    }

    /// With this id Telegram recognises a repeat: it is the same after a crash, after a restore, and on a second
    /// machine. Never 0. A daily post has the same id on time and late, because a store that is restored on the next
    /// day may not have the post.
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
    /// The day has its post already; or a manual post is still undelivered, or would be repeated.
    Already(Delivery),
}

/// A group's posts.
const POSTS: &str = "scope = 'group' AND owner = ?1 AND lane = 'posts'";
/// A post that was taken back.
pub(super) const UNDONE: &str = "sent IS NOT NULL AND dropped IS NOT NULL";
/// A group's posts for days, not manual ones.
pub(super) const OF_DAYS: &str = "scope = 'group' AND owner = ?1 AND kind IN ('daily', 'backfill')";
/// The rows of messages that contain a day: its own post, or the post that mentions the day in a line.
const TELLING: &str = "SELECT coalesce(told_in, id) FROM deliveries WHERE scope = 'group' AND owner = ?1 \
                       AND kind IN ('daily', 'backfill') AND subject = ?2";
/// A post that Telegram refused.
const REFUSED: &str = "refused = 1 AND sent IS NULL";

/// A daily post that is to be sent, and was not refused.
const UNSENT_DAILY: &str = "kind = 'daily' AND operation = 'send' AND refused = 0 AND sent IS NULL AND dropped IS NULL";
/// The alert that a post is late.
const LATE_ALERT: &str = "SELECT 1 FROM deliveries AS alert WHERE alert.scope = 'group' AND alert.owner = ?1 \
                          AND alert.kind = 'late' AND alert.subject = cast(deliveries.random_id AS TEXT)";

impl Store {
    /// Stores a post before its first byte is sent. `skipped` are days that the post names as not watched.
    pub fn queue(&mut self, group: GroupKey, draft: &Draft, skipped: &[NaiveDate], now: Instant) -> Result<Queued> {
        self.write(|db| {
            let peer = value(db, "SELECT peer FROM groups WHERE id = ?1", [group])?;
            if let Some(row) = existing(db, group, peer, draft)? {
                return Ok(Queued::Already(row));
            }
            for day in skipped {
                let sql = "INSERT OR IGNORE INTO skipped_days (grp, day, named_in) VALUES (?1, ?2, ?3)";
                run(db, sql, params![group, day.to_string(), draft.of_day()])?;
            }
            if draft.kind == PostKind::Manual {
                // The new post replaces refused ones.
                let drop = format!(
                    "UPDATE deliveries SET dropped = ?2, operation = NULL WHERE {POSTS} AND kind = 'manual' \
                     AND refused = 1 AND sent IS NULL AND dropped IS NULL"
                );
                run(db, &drop, params![group, now])?;
            }
            // Two manual posts within one second are two posts.
            let mut draft = draft.clone();
            while draft.kind == PostKind::Manual
                && exists(db, "deliveries WHERE random_id = ?1", [draft.random_id(peer)])?
            {
                draft.at = draft.at + 1;
            }
            let told = mentioned_rows(&draft);
            let (subject, random_id) = (draft.subject(), draft.random_id(peer));
            let Draft { kind, generation, topic, account, snapshot, is_final, language, recaps, buttons, .. } = draft;
            let buttons = (!buttons.is_empty()).then(|| json(&buttons));
            let (message, attachment) = with_picture(&draft.message, draft.picture.as_ref());
            let (snapshot, finalized) = (snapshot.as_ref().map(json), is_final.then_some(now));
            let (kind, text, entities) = (kind.code(), &message.text, json(&message.entities));
            let insert = "INSERT INTO deliveries (scope, owner, lane, operation, kind, subject, generation, random_id, \
                          text, entities, created, next_try, snapshot, account, finalized, language, topic, recap, \
                          attachment, buttons) VALUES ('group', ?1, 'posts', 'send', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, \
                          ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
            let language = language.code();
            let post = params![
                group,
                kind,
                subject,
                generation,
                random_id,
                text,
                entities,
                now,
                snapshot,
                account,
                finalized,
                language,
                topic,
                RecapKey::join(&recaps),
                attachment.as_ref().map(json),
                buttons
            ];
            run(db, insert, post)?;
            let id = db.last_insert_rowid();
            for day in told {
                let insert = "INSERT INTO deliveries (scope, owner, lane, kind, subject, generation, random_id, text, \
                              created, next_try, finalized, language, told_in) \
                              VALUES ('group', ?1, 'posts', 'backfill', ?2, ?3, ?4, '', ?5, ?5, ?5, ?6, ?7)";
                let id_of_day = day.random_id(peer);
                run(db, insert, params![group, day.subject(), day.generation, id_of_day, now, language, id])?;
            }
            Ok(Queued::New(find(db, id)?))
        })
    }

    /// The post that was sent last.
    pub fn last_sent(&self, group: GroupKey) -> Result<Option<Delivery>> {
        let condition = format!("{POSTS} AND sent IS NOT NULL AND dropped IS NULL ORDER BY sent DESC, id DESC LIMIT 1");
        Ok(rows(&self.db, &condition, [group])?.pop())
    }

    /// The manual post that was sent last.
    pub fn last_manual(&self, group: GroupKey) -> Result<Option<Delivery>> {
        let sent = "kind = 'manual' AND sent IS NOT NULL AND dropped IS NULL";
        Ok(rows(&self.db, &format!("{POSTS} AND {sent} ORDER BY sent DESC, id DESC LIMIT 1"), [group])?.pop())
    }

    /// Posts that Telegram refused and that were queued after `since`, newest first.
    pub fn refused_since(&self, group: GroupKey, since: Instant) -> Result<Vec<Delivery>> {
        let condition =
            format!("{POSTS} AND sent IS NULL AND refused = 1 AND dropped IS NULL AND created > ?2 ORDER BY id DESC");
        Ok(rows(&self.db, &condition, params![group, since])?)
    }

    /// Posts that were refused within the last day and have no alert.
    pub fn refused_without_alert(&self, group: GroupKey, now: Instant) -> Result<Vec<Delivery>> {
        let condition = format!(
            "{POSTS} AND refused = 1 AND sent IS NULL AND operation IS NOT NULL AND max(created, next_try) > ?2 \
             AND NOT EXISTS (SELECT 1 FROM deliveries AS alert WHERE alert.scope = 'group' AND alert.owner = ?1 \
                             AND alert.kind = 'refused' AND alert.subject = cast(deliveries.random_id AS TEXT))"
        );
        Ok(rows(&self.db, &condition, params![group, now - MAX_ALERT_AGE])?)
    }

    /// Daily posts that were stored before `before`, are neither sent nor refused, and have no alert that they are
    /// late.
    pub fn late_without_alert(&self, group: GroupKey, before: Instant) -> Result<Vec<Delivery>> {
        let condition = format!("{POSTS} AND {UNSENT_DAILY} AND created <= ?2 AND NOT EXISTS ({LATE_ALERT})");
        Ok(rows(&self.db, &condition, params![group, before])?)
    }

    /// Daily posts that were stored before `before`, and are neither sent nor refused.
    pub fn late(&self, group: GroupKey, before: Instant) -> Result<Vec<Delivery>> {
        Ok(rows(&self.db, &format!("{POSTS} AND {UNSENT_DAILY} AND created <= ?2"), params![group, before])?)
    }

    /// When the oldest daily post was stored that can become late.
    pub fn oldest_unsent(&self, group: GroupKey) -> Result<Option<Instant>> {
        let oldest = format!(
            "SELECT min(created) FROM deliveries WHERE {POSTS} AND {UNSENT_DAILY} AND NOT EXISTS ({LATE_ALERT})"
        );
        Ok(value(&self.db, &oldest, [group])?)
    }

    /// Daily posts that had an alert that they are late and were sent after it, without an alert that says so.
    pub fn late_and_sent(&self, group: GroupKey) -> Result<Vec<Delivery>> {
        let condition = format!(
            "{POSTS} AND kind = 'daily' AND sent IS NOT NULL AND EXISTS ({LATE_ALERT}) \
             AND NOT EXISTS (SELECT 1 FROM deliveries AS alert WHERE alert.scope = 'group' AND alert.owner = ?1 \
                             AND alert.kind = 'late sent' AND alert.subject = cast(deliveries.random_id AS TEXT))"
        );
        Ok(rows(&self.db, &condition, [group])?)
    }

    /// The groups that may have posts which are refused or late, or were late. Other groups need no check.
    pub fn groups_to_alert(&self) -> Result<Vec<GroupKey>> {
        let sql = format!(
            "SELECT owner FROM deliveries WHERE scope = 'group' AND lane = 'posts' AND operation IS NOT NULL \
             UNION SELECT owner FROM deliveries WHERE scope = 'group' AND lane = 'alerts' AND kind = 'late' \
             AND id > (SELECT max(id) FROM deliveries) - {MAX_ALERT_DISTANCE}"
        );
        Ok(all(&self.db, &sql, [], |row| row.get(0))?)
    }

    /// Whether a day has its post, sent or waiting.
    pub fn has_post(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        let post = format!("deliveries WHERE {OF_DAYS} AND subject = ?2");
        Ok(exists(&self.db, &post, params![group, day.to_string()])?)
    }

    /// Whether the newest post of a day was taken back.
    pub fn was_undone(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        let newest = format!("({TELLING} ORDER BY generation DESC LIMIT 1)");
        let undone = format!("deliveries WHERE id = {newest} AND {UNDONE}");
        Ok(exists(&self.db, &undone, params![group, day.to_string()])?)
    }

    /// The generation of the next post of a day: one more than that of the last post that was taken back.
    pub fn generation(&self, group: GroupKey, day: NaiveDate) -> Result<u32> {
        let sql = format!(
            "SELECT coalesce(max(generation + 1), 0) FROM deliveries WHERE {OF_DAYS} AND subject = ?2 \
             AND coalesce(told_in, id) IN (SELECT id FROM deliveries WHERE {UNDONE})"
        );
        Ok(value(&self.db, &sql, params![group, day.to_string()])?)
    }

    /// The missed days that the message of a row mentions in a line, in addition to its own day; oldest first.
    pub fn told_in(&self, id: i64) -> Result<Vec<NaiveDate>> {
        let sql = "SELECT subject FROM deliveries WHERE told_in = ?1 ORDER BY subject";
        let days: Vec<String> = all(&self.db, sql, [id], |row| row.get(0))?;
        Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
    }

    /// Starts to take back a sent post. Returns false if it was taken back already.
    pub fn queue_undo(&mut self, id: i64, now: Instant) -> Result<bool> {
        self.write(|db| {
            let sql = "UPDATE deliveries SET operation = 'delete', attempts = 0, unanswered = 0, next_try = ?2, \
                       leased_until = NULL, refused = 0, problem = NULL, problem_detail = NULL \
                       WHERE id = ?1 AND sent IS NOT NULL AND dropped IS NULL AND operation IS NOT 'delete'";
            Ok(run(db, sql, params![id, now])? > 0)
        })
    }

    /// Gives up the manual posts that are not sent, waiting or refused, except one that a process is sending at `now`.
    /// Returns them, the oldest first.
    pub fn drop_manual(&mut self, group: GroupKey, now: Instant) -> Result<Vec<Delivery>> {
        self.write(|db| {
            let unsent = format!(
                "{POSTS} AND kind = 'manual' AND operation = 'send' AND sent IS NULL AND ifnull(leased_until, 0) <= ?2"
            );
            let dropped = rows(db, &format!("{unsent} ORDER BY id"), params![group, now])?;
            run(
                db,
                &format!("UPDATE deliveries SET dropped = ?2, operation = NULL WHERE {unsent}"),
                params![group, now],
            )?;
            Ok(dropped)
        })
    }

    /// When the post of a day was last tried, if Telegram has refused it.
    pub fn refused_at(&self, group: GroupKey, day: NaiveDate) -> Result<Option<Instant>> {
        let sql = format!("SELECT next_try FROM deliveries WHERE id IN ({TELLING}) AND {REFUSED}");
        Ok(first(&self.db, &sql, params![group, day.to_string()], |row| row.get(0))?)
    }

    /// Cancels the refusals of days. A post that certainly made no message is deleted, and can be written and queued
    /// again. Any other post stays with its account, and its text does not change.
    pub fn forget_refusals(&mut self, group: GroupKey, days: &[NaiveDate], now: Instant) -> Result<()> {
        self.write(|db| {
            for day in days.iter().map(NaiveDate::to_string) {
                let rewritten =
                    format!("SELECT id FROM deliveries WHERE id IN ({TELLING}) AND {REFUSED} AND unanswered = 0");
                let rewritten: Vec<i64> = all(db, &rewritten, params![group, day], |row| row.get(0))?;
                for id in rewritten {
                    run(db, "DELETE FROM deliveries WHERE told_in = ?1", [id])?;
                    run(db, "DELETE FROM deliveries WHERE id = ?1", [id])?;
                }
                let retry =
                    format!("UPDATE deliveries SET refused = 0, next_try = ?3 WHERE id IN ({TELLING}) AND {REFUSED}");
                run(db, &retry, params![group, day, now])?;
            }
            Ok(())
        })
    }

    /// Whether a post already names this day as not watched.
    pub fn was_skipped(&self, group: GroupKey, day: NaiveDate) -> Result<bool> {
        Ok(exists(&self.db, "skipped_days WHERE grp = ?1 AND day = ?2", params![group, day.to_string()])?)
    }

    /// The days that the post of `day` names as not watched.
    pub fn skipped_in(&self, group: GroupKey, day: NaiveDate) -> Result<Vec<NaiveDate>> {
        let sql = "SELECT day FROM skipped_days WHERE grp = ?1 AND named_in = ?2 ORDER BY day";
        let days: Vec<String> = all(&self.db, sql, params![group, day.to_string()], |row| row.get(0))?;
        Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
    }

    /// Posts of days in the group whose board was not final yet when they were written, newest first, unless their edit
    /// waits already. A late post that is too old to be edited was sent by a version of swf that did not check.
    pub fn provisional(&self, group: GroupKey, now: Instant) -> Result<Vec<Delivery>> {
        let condition = format!(
            "{OF_DAYS} AND sent IS NOT NULL AND finalized IS NULL AND operation IS NULL AND dropped IS NULL \
             AND (kind = 'daily' OR sent > ?2) ORDER BY subject DESC LIMIT 7"
        );
        Ok(rows(&self.db, &condition, params![group, now - EDITABLE])?)
    }

    /// Stores the final text or picture of a post before its message is edited, and the final `snapshot` for the
    /// website. If the message already shows the final content, no edit is needed. Returns whether this call queued an
    /// edit; false if another process has queued it.
    pub fn queue_edit(
        &mut self,
        id: i64,
        message: &Message,
        picture: Option<&Pictured>,
        snapshot: Option<&Snapshot>,
        now: Instant,
    ) -> Result<bool> {
        let (message, attachment) = with_picture(message, picture);
        self.write(|db| {
            let sql = "UPDATE deliveries SET text = ?2, entities = ?3, snapshot = ?4, attachment = ?7, \
                       operation = iif(content_hash = ?5, NULL, 'edit'), finalized = iif(content_hash = ?5, ?6, NULL), \
                       attempts = 0, unanswered = 0, next_try = ?6, leased_until = NULL, problem = NULL, \
                       problem_detail = NULL \
                       WHERE id = ?1 AND sent IS NOT NULL AND finalized IS NULL AND operation IS NULL \
                       RETURNING operation IS NOT NULL";
            let buttons = find(db, id)?.buttons;
            let hash = content_hash_of(message, &buttons, picture.map(|picture| &picture.card));
            let (text, entities, attachment) = (&message.text, json(&message.entities), attachment.as_ref().map(json));
            let values = params![id, text, entities, snapshot.map(json), hash, now, attachment];
            let is_queued: Option<bool> = first(db, sql, values, |row| row.get(0))?;
            if is_queued == Some(false) {
                publish::enqueue_export(db, id, now)?;
            }
            Ok(is_queued == Some(true))
        })
    }
}

/// The message of a post's row, and its attachment.
pub(super) fn with_picture<'a>(
    message: &'a Message,
    picture: Option<&'a Pictured>,
) -> (&'a Message, Option<Attachment>) {
    match picture {
        Some(Pictured { card, caption }) => (caption, Some(Attachment { card: card.clone(), text: message.clone() })),
        None => (message, None),
    }
}

/// A draft for each other day that the message of `draft` mentions.
fn mentioned_rows(draft: &Draft) -> Vec<Draft> {
    let row = |&(day, generation): &(NaiveDate, u32)| Draft {
        day,
        generation,
        told: Vec::new(),
        recaps: Vec::new(),
        snapshot: None,
        ..draft.clone()
    };
    draft.told.iter().map(row).collect()
}

/// The existing row that makes a draft unneeded, also if it contains only a part of the draft: the rest is due again.
fn existing(db: &Connection, group: GroupKey, peer: PeerId, draft: &Draft) -> rusqlite::Result<Option<Delivery>> {
    let mut existing = Vec::new();
    for day in mentioned_rows(draft).iter().chain([draft]).filter_map(|draft| Some((draft.of_day()?, draft.generation)))
    {
        let condition = format!("{OF_DAYS} AND subject = ?2 AND generation = ?3");
        existing.extend(rows(db, &condition, params![group, day.0, day.1])?);
    }
    if draft.of_day().is_none() {
        let condition = format!("{POSTS} AND kind = 'manual' AND sent IS NULL AND refused = 0 AND dropped IS NULL");
        existing = rows(db, &condition, [group])?;
    }
    if !draft.recaps.is_empty() {
        let with_recap = format!("{OF_DAYS} AND recap IS NOT NULL AND NOT ({UNDONE})");
        let has = |row: &Delivery| row.recaps.iter().any(|key| draft.recaps.contains(key));
        existing.extend(rows(db, &with_recap, [group])?.into_iter().filter(has));
    }
    if existing.is_empty() && draft.once {
        existing = rows(db, "random_id = ?1", [draft.random_id(peer)])?;
    }
    Ok(existing.pop())
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Claimant, Settlement};
    use super::*;
    use crate::domain::card::board::BoardCard;
    use crate::domain::chat::Button;
    use crate::domain::post::delivery::{Operation, Verdict};
    use crate::domain::post::picture::Card;
    use crate::domain::post::problem::{Code, Problem};
    use crate::domain::time::period::Scope;

    const ME: PeerId = PeerId(1);

    struct Posts {
        store: Store,
        group: GroupKey,
        _home: tempfile::TempDir,
    }

    impl Posts {
        fn new() -> Posts {
            let home = tempfile::tempdir().unwrap();
            let mut store = Store::open(&home.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(PeerId(-1001), None, "Study Hall", None, ME).unwrap();
            Posts { store, group, _home: home }
        }

        fn queue(&mut self, draft: &Draft) -> Queued {
            self.store.queue(self.group, draft, &[], Instant(100)).unwrap()
        }

        fn new_row(&mut self, draft: &Draft) -> i64 {
            match self.queue(draft) {
                Queued::New(row) => row.id,
                Queued::Already(row) => panic!("{row:?}"),
            }
        }

        fn settle(&mut self, id: i64, operation: Operation, verdict: Verdict) {
            let by = Claimant { account: Some(ME), route: None, lease: 20, asked: true };
            self.store.claim(id, by, Instant(200)).unwrap();
            let made_nothing = matches!(verdict, Verdict::Refused { .. });
            let (key, route) = (None, None);
            let content_hash = String::new();
            let settlement =
                Settlement { id, operation, idempotency_key: key, content_hash, route, made_nothing, verdict };
            self.store.settle(&settlement).unwrap();
        }

        fn send(&mut self, id: i64) {
            self.settle(id, Operation::Send, done());
        }

        fn undo(&mut self, id: i64) {
            assert!(self.store.queue_undo(id, Instant(300)).unwrap());
            self.settle(id, Operation::Delete, done());
        }

        fn days(&self, what: impl Fn(&Store, GroupKey, NaiveDate) -> bool) -> Vec<u32> {
            (17..=20).filter(|day| what(&self.store, self.group, date(*day))).collect()
        }
    }

    fn done() -> Verdict {
        Verdict::Done { at: Instant(300), message_id: Some(7), chat: None }
    }

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn draft(day: u32) -> Draft {
        Draft {
            kind: PostKind::Backfill,
            day: date(day),
            at: Instant(100),
            once: false,
            generation: 0,
            topic: None,
            account: None,
            recaps: Vec::new(),
            told: Vec::new(),
            language: Language::default(),
            message: Message { text: format!("Board of {day}"), entities: Vec::new() },
            picture: None,
            buttons: Buttons::default(),
            is_final: true,
            snapshot: None,
        }
    }

    /// The message of the 19th, which mentions the two days before it.
    fn digest() -> Draft {
        Draft { told: vec![(date(17), 0), (date(18), 0)], ..draft(19) }
    }

    #[test]
    fn a_recap_is_in_one_post_unless_that_was_taken_back() {
        let mut posts = Posts::new();
        let key = RecapKey { scope: Scope::Week, first: date(9) };
        let month = RecapKey { scope: Scope::Month, first: date(1) };
        let first = posts.new_row(&Draft { recaps: vec![key], ..draft(17) });
        // Another process writes the next day's post and does not know the first one.
        let second = Draft { recaps: vec![key, month], ..draft(18) };
        let Queued::Already(row) = posts.queue(&second) else { panic!() };
        assert_eq!((row.id, row.recaps), (first, vec![key]));
        assert!(!posts.store.has_post(posts.group, date(18)).unwrap());
        let second = posts.new_row(&Draft { recaps: vec![month], ..second });
        let recaps = |posts: &Posts| -> Vec<RecapKey> {
            posts.store.recaps(posts.group).unwrap().into_iter().map(|recap| recap.key).collect()
        };
        assert_eq!(recaps(&posts), [month, key]);
        [first, second].into_iter().for_each(|id| posts.send(id));
        posts.undo(first);
        assert_eq!(recaps(&posts), [month]);
        posts.new_row(&Draft { recaps: vec![key], generation: 1, ..draft(17) });
        assert_eq!(recaps(&posts), [month, key]);
    }

    fn pictured(title: &str) -> Draft {
        let card = Card::Board(BoardCard { title: title.into(), ..BoardCard::default() });
        let caption = Message { text: "Ada leads".into(), entities: Vec::new() };
        Draft { picture: Some(Pictured { card, caption }), is_final: false, ..draft(17) }
    }

    #[test]
    fn a_picture_that_is_not_allowed_becomes_a_text_with_the_same_random_id() {
        let mut posts = Posts::new();
        let draft = pictured("Today");
        let id = posts.new_row(&draft);
        let row = posts.store.delivery(id).unwrap();
        let caption = &draft.picture.as_ref().unwrap().caption;
        assert_eq!((&row.message, row.full_text(), row.attachment.is_some()), (caption, &draft.message, true));
        let problem = || Problem::new(Code::NoPictures, "CHAT_SEND_PHOTOS_FORBIDDEN");
        posts.settle(id, Operation::Send, Verdict::Retry { at: Instant(200), problem: problem() });
        let text = posts.store.delivery(id).unwrap();
        assert_eq!((&text.message, &text.attachment, text.random_id), (&draft.message, &None, row.random_id));
        // A process that claims the row now sends the text; a second refusal of this kind changes nothing.
        posts.settle(id, Operation::Send, Verdict::Retry { at: Instant(200), problem: problem() });
        assert_eq!(posts.store.delivery(id).unwrap().message, draft.message);
    }

    #[test]
    fn a_post_keeps_its_buttons_and_a_final_text_that_is_the_same_needs_no_edit() {
        let mut posts = Posts::new();
        let buttons = Buttons(vec![vec![Button::url("Open", "https://t.me/study_bot")]]);
        let id = posts.new_row(&Draft { buttons: buttons.clone(), is_final: false, ..draft(17) });
        let row = posts.store.delivery(id).unwrap();
        assert_eq!(row.buttons, buttons);
        let by = Claimant { account: Some(ME), route: None, lease: 20, asked: true };
        posts.store.claim(id, by, Instant(200)).unwrap();
        let settlement = Settlement {
            id,
            operation: Operation::Send,
            idempotency_key: None,
            content_hash: row.content_hash(),
            route: None,
            made_nothing: false,
            verdict: done(),
        };
        posts.store.settle(&settlement).unwrap();
        assert!(!posts.store.queue_edit(id, &row.message, None, None, Instant(400)).unwrap());
        assert_eq!(posts.store.delivery(id).unwrap().finalized, Some(Instant(400)));
    }

    #[test]
    fn a_final_picture_is_an_edit_only_if_it_shows_something_else() {
        let mut posts = Posts::new();
        let mut edit = |first: &str, last: &str, day: u32| {
            let id = posts.new_row(&Draft { day: date(day), ..pictured(first) });
            let content_hash = posts.store.delivery(id).unwrap().content_hash();
            let by = Claimant { account: Some(ME), route: None, lease: 20, asked: true };
            posts.store.claim(id, by, Instant(200)).unwrap();
            let (idempotency_key, route, made_nothing) = (None, None, false);
            let operation = Operation::Send;
            posts
                .store
                .settle(&Settlement {
                    id,
                    operation,
                    idempotency_key,
                    content_hash,
                    route,
                    made_nothing,
                    verdict: done(),
                })
                .unwrap();
            let last = pictured(last);
            let is_queued =
                posts.store.queue_edit(id, &last.message, last.picture.as_ref(), None, Instant(400)).unwrap();
            (is_queued, posts.store.delivery(id).unwrap())
        };
        let (is_queued, same) = edit("Today", "Today", 17);
        assert_eq!((is_queued, same.finalized), (false, Some(Instant(400))));
        let (is_queued, other) = edit("Today", "Sunday", 18);
        assert!(is_queued && other.waits_for(Operation::Edit));
        assert!(matches!(&other.attachment.unwrap().card, Card::Board(board) if board.title == "Sunday"));
    }

    #[test]
    fn each_day_of_a_digest_has_a_row_and_none_is_told_again() {
        let mut posts = Posts::new();
        let id = posts.new_row(&digest());
        let has_post = |store: &Store, group, day| store.has_post(group, day).unwrap();
        assert_eq!(posts.days(has_post), [17, 18, 19]);
        assert_eq!(posts.store.told_in(id).unwrap(), [date(17), date(18)]);
        // Only one message waits to be sent.
        let waiting =
            posts.store.waiting(posts.group, crate::domain::post::delivery::Lane::Posts, Instant(100)).unwrap();
        assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
        let more = Draft { told: vec![(date(18), 0), (date(19), 0)], ..draft(20) };
        assert!(
            matches!(posts.queue(&more), Queued::Already(_)) && matches!(posts.queue(&draft(17)), Queued::Already(_))
        );
        assert_eq!(posts.days(has_post), [17, 18, 19]);
    }

    #[test]
    fn a_digest_is_taken_back_and_refused_with_all_its_days() {
        let mut posts = Posts::new();
        let id = posts.new_row(&digest());
        posts.settle(
            id,
            Operation::Send,
            Verdict::Refused { problem: Problem::new(Code::Telegram, "CHAT_RESTRICTED") },
        );
        let refused = |store: &Store, group, day| store.refused_at(group, day).unwrap().is_some();
        assert_eq!(posts.days(refused), [17, 18, 19]);
        posts.store.forget_refusals(posts.group, &[date(17), date(18), date(19)], Instant(400)).unwrap();
        assert_eq!(posts.days(|store, group, day| store.has_post(group, day).unwrap()), [0; 0]);
        let id = posts.new_row(&digest());
        posts.send(id);
        let undone = |store: &Store, group, day| store.was_undone(group, day).unwrap();
        assert_eq!(posts.days(undone), [0; 0]);
        posts.undo(id);
        assert_eq!(posts.days(undone), [17, 18, 19]);
        assert_eq!(posts.days(|store, group, day| store.generation(group, day).unwrap() == 1), [17, 18, 19]);
        let again = Draft { generation: 1, told: vec![(date(17), 1), (date(18), 1)], ..draft(19) };
        posts.new_row(&again);
        assert_eq!(posts.days(undone), [0; 0]);
    }
}
