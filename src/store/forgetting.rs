//! Forgetting people (rules §8): everything that a store has about an account moves to an id that no account has, and
//! names are deleted.
//!
//! The file `var/forgotten` beside the store has a mark for each forgotten account, and a store has a list of the marks
//! that it has applied. So a store from elsewhere, such as an older copy, applies the missing marks when it is opened,
//! before anything is read.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::GroupKey;
use super::connection::{Store, in_memory, sqlite_error};
use super::posts::EDITABLE;
use super::sql::{all, exists, json, run, value};
use crate::domain::card::board::BoardCard;
use crate::domain::forgotten::{FIRST_FORGOTTEN_ID, Forgotten, contains_name, is_forgotten_id};
use crate::domain::post::message::Message;
use crate::domain::post::picture::{Attachment, Card};
use crate::domain::publish::key_of;
use crate::domain::roster::End;
use crate::domain::text::clean;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result};

/// The file of marks beside the store `study.db`.
pub(super) const FILE: &str = "forgotten";

/// The marks that a store has to apply, as they were last read from the file.
#[derive(Debug, Default)]
pub(super) struct Marks {
    path: Option<PathBuf>,
    stamp: Option<(u64, Option<SystemTime>)>,
    forgotten: Option<Forgotten>,
}

impl Marks {
    /// Reads the marks beside a store.
    pub(super) fn beside(store: &Path) -> Result<Marks> {
        let mut marks = Marks { path: Some(store.with_file_name(FILE)), ..Marks::default() };
        marks.reload()?;
        Ok(marks)
    }

    /// Reads the file again if it has changed since its marks were applied; returns whether it has changed.
    pub(super) fn reload(&mut self) -> Result<bool> {
        let Some(path) = &self.path else { return Ok(false) };
        let stamp = path.metadata().ok().map(|file| (file.len(), file.modified().ok()));
        let is_new = stamp != self.stamp;
        if is_new {
            self.forgotten = read_marks(path)?;
            self.stamp = stamp;
        }
        Ok(is_new)
    }

    /// The marks that were read could not be applied.
    pub(super) fn read_again(&mut self) {
        self.stamp = None;
    }

    pub(super) fn forgotten(&self) -> Option<&Forgotten> {
        self.forgotten.as_ref()
    }
}

/// Reads a file of marks; `None` if there is none.
pub fn read_marks(path: &Path) -> Result<Option<Forgotten>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| Error::file(path, "read", &error))?,
    };
    let forgotten = Forgotten::parse(&text).ok_or_else(|| {
        Error::failed(format!("{} is damaged, so swf can't read who was forgotten", path.display()))
            .hint("Replace it with an intact copy. Without it, older copies of the store show forgotten people again.")
    })?;
    Ok(Some(forgotten))
}

/// One group's part of a person who is to be forgotten: the account that represents the person in the group, and all of
/// the person's accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    pub group: GroupKey,
    pub person: PeerId,
    pub accounts: Vec<PeerId>,
}

impl Store {
    /// Announces that a person is to be forgotten at `due`. An earlier announcement keeps its time.
    pub fn announce_forgetting(&mut self, leaving: &[Leaving], due: Instant) -> Result<()> {
        let sql = "INSERT INTO forgetting (grp, peer, person, due) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (grp, peer) DO UPDATE SET person = excluded.person, due = min(due, excluded.due)";
        self.write(|db| {
            for Leaving { group, person, accounts } in leaving {
                for account in accounts {
                    run(db, sql, params![group, account, person, due])?;
                }
            }
            Ok(())
        })
    }

    /// Cancels that accounts are to be forgotten. Returns whether any was to be forgotten.
    pub fn cancel_forgetting(&mut self, accounts: &[PeerId]) -> Result<bool> {
        self.write(|db| {
            let mut any = false;
            for account in accounts {
                any |= run(db, "DELETE FROM forgetting WHERE peer = ?1", [account])? > 0;
            }
            Ok(any)
        })
    }

    /// When an account is to be forgotten; `None` if that is not announced.
    pub fn forgotten_at(&self, account: PeerId) -> Result<Option<Instant>> {
        Ok(value(&self.db, "SELECT min(due) FROM forgetting WHERE peer = ?1", [account])?)
    }

    /// The accounts that are to be forgotten by `now`.
    pub fn due_to_forget(&self, now: Instant) -> Result<Vec<PeerId>> {
        let sql = "SELECT DISTINCT peer FROM forgetting WHERE due <= ?1 AND peer NOT IN (SELECT id FROM accounts) \
                   ORDER BY peer";
        Ok(all(&self.db, sql, [now], |row| row.get(0))?)
    }

    /// Forgets the accounts that are due, after `mark` has stored their marks outside the store.
    pub fn forget_due(&mut self, now: Instant, mark: impl FnOnce(&[PeerId]) -> Result<()>) -> Result<()> {
        let due = self.due_to_forget(now)?;
        if !due.is_empty() {
            mark(&due)?;
            // A write applies new marks by itself; but the marks of due accounts may have been applied earlier.
            self.write_allowed(|db, forgotten| forgotten.map_or(Ok(false), |forgotten| forget_again(db, forgotten)))?;
        }
        Ok(())
    }

    /// Whether a post is being sent at `now`.
    pub fn is_sending_post(&self, now: Instant) -> Result<bool> {
        Ok(exists(&self.db, "deliveries WHERE lane = 'posts' AND leased_until > ?1", [now])?)
    }

    /// Whether an account was forgotten, so that nothing about it is stored.
    pub fn is_forgotten(&self, account: PeerId) -> Result<bool> {
        Ok(self.forgotten()?.is_some_and(|forgotten| forgotten.contains(account)))
    }

    /// The accounts that are forgotten now. A connection that only reads does not notice new marks by itself.
    pub(super) fn forgotten(&self) -> Result<Option<Forgotten>> {
        Ok(self.marks.path.as_deref().map(read_marks).transpose()?.flatten())
    }

    /// Whether an account watches or answers here. swf can't work without it, so it can't be forgotten.
    pub fn is_own_account(&self, account: PeerId) -> Result<bool> {
        Ok(is_own(&self.db, account)?)
    }

    /// All names of accounts in the store: names, usernames and pen names.
    pub fn names_of(&self, accounts: &[PeerId]) -> Result<BTreeSet<String>> {
        let names: Vec<Vec<String>> =
            accounts.iter().map(|account| names(&self.db, *account)).collect::<rusqlite::Result<_>>()?;
        Ok(names.into_iter().flatten().collect())
    }

    /// Whether a post whose text was removed can still be edited, or may not be sent yet.
    pub fn has_posts_to_write_again(&self, now: Instant) -> Result<bool> {
        let blank = "deliveries WHERE lane = 'posts' AND text = '' AND told_in IS NULL AND dropped IS NULL \
                     AND (operation IS NULL AND sent > ?1 OR operation = 'send')";
        Ok(exists(&self.db, blank, [now - EDITABLE])?)
    }

    /// Whether data about forgotten people may still be in the file's free space or log.
    pub fn needs_cleaning(&self) -> Result<bool> {
        Ok(exists(&self.db, "forgotten WHERE cleaned = 0", [])?)
    }

    /// Writes the file again without deleted data, and empties its log.
    pub fn clean(&mut self) -> Result<()> {
        let failed = |error| sqlite_error("data of forgotten people can't be erased from the store yet", error);
        self.db.execute_batch("VACUUM").map_err(failed)?;
        self.empty_log()?;
        self.write(|db| run(db, "UPDATE forgotten SET cleaned = 1", []).map(drop))
    }

    /// Applies the marks beside the store; if the store is only read, to a copy in memory.
    pub(super) fn followed(mut self, path: &Path, writes: bool) -> Result<Store> {
        self.marks = Marks::beside(path)?;
        let Some(forgotten) = self.marks.forgotten() else { return Ok(self) };
        if missing(&self.db, forgotten)?.is_empty() {
            return Ok(self);
        }
        if writes {
            self.write_allowed(|db, forgotten| forgotten.map_or(Ok(false), |forgotten| follow(db, forgotten)))?;
        } else {
            let db = in_memory(&self.db)?;
            follow(&db, forgotten)?;
            db.pragma_update(None, "query_only", true)?;
            (self.db, self.is_fixed) = (db, true);
        }
        Ok(self)
    }

    /// Writes the store in `file`, a copy of an older or newer state, to `part` without the accounts in `forgotten`, if
    /// it has data about any of them. Returns whether it had such data.
    pub fn forget_in_copy(file: &Path, part: &Path, forgotten: &Forgotten) -> Result<bool> {
        let (store, version) = Store::open_unmigrated(file)?;
        let Store { db, .. } =
            Store { db: in_memory(&store.db)?, is_fixed: true, marks: Marks::default() }.migrated(version)?;
        db.pragma_update(None, "query_only", false)?;
        if !follow(&db, forgotten)? {
            return Ok(false);
        }
        run(&db, "UPDATE forgotten SET cleaned = 1", [])?;
        db.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
        Ok(true)
    }
}

/// The marks that a store has not applied yet.
fn missing(db: &Connection, forgotten: &Forgotten) -> rusqlite::Result<BTreeSet<String>> {
    let followed: BTreeSet<String> = all(db, "SELECT mark FROM forgotten", [], |row| row.get(0))?;
    Ok(forgotten.marks().filter(|mark| !followed.contains(*mark)).cloned().collect())
}

/// Applies the marks that the store has not applied yet. Returns whether there was anything to forget.
pub(super) fn follow(db: &Connection, forgotten: &Forgotten) -> rusqlite::Result<bool> {
    let missing = missing(db, forgotten)?;
    if missing.is_empty() {
        return Ok(false);
    }
    let followed: BTreeSet<String> = all(db, "SELECT mark FROM forgotten", [], |row| row.get(0))?;
    let accounts = accounts(db)?.into_iter().filter(|account| forgotten.must_forget(*account, &followed));
    let any = forget_all(db, accounts.collect())?;
    for mark in missing {
        run(db, "INSERT INTO forgotten (mark) VALUES (?1)", [mark])?;
    }
    Ok(any)
}

/// Forgets data that was stored about forgotten accounts in spite of their marks, as by an import.
pub(super) fn forget_again(db: &Connection, forgotten: &Forgotten) -> rusqlite::Result<bool> {
    let accounts = accounts(db)?.into_iter().filter(|account| forgotten.contains(*account)).collect();
    forget_all(db, accounts)
}

/// Own accounts are kept, because swf can't work without them.
fn forget_all(db: &Connection, accounts: Vec<PeerId>) -> rusqlite::Result<bool> {
    let mut any = false;
    for account in accounts {
        if !is_own(db, account)? {
            forget(db, account)?;
            any = true;
        }
    }
    if any {
        forget_sent_texts(db)?;
    }
    Ok(any)
}

fn is_own(db: &Connection, account: PeerId) -> rusqlite::Result<bool> {
    exists(
        db,
        "accounts WHERE id = ?1 UNION SELECT 1 FROM groups WHERE ?1 IN (tracker, peer, migrated_from)",
        [account],
    )
}

/// Columns with an account's id whose rows are kept under another id.
const MOVED: [(&str, &str); 8] = [
    ("stays", "peer"),
    ("folded_days", "peer"),
    ("blind", "peer"),
    ("carried", "peer"),
    ("corrections", "peer"),
    ("people", "peer"),
    // Without these rows, the person's rank would fall from then on.
    ("signs", "peer"),
    ("silences", "peer"),
];
/// Columns with an account's id whose rows are deleted.
const DELETED: [(&str, &str); 12] = [
    ("alias_names", "peer"),
    ("choices", "peer"),
    ("rights", "peer"),
    ("access_hashes", "peer"),
    ("private_chats", "person"),
    ("answered", "chat"),
    ("forgetting", "peer"),
    ("appointments", "peer"),
    ("reminders", "peer"),
    ("silence_asked", "peer"),
    ("pairs", "asker"),
    ("pairs", "other"),
];
/// Other places in which an account's id is stored as text.
const WRITTEN: &str = "SELECT alias AS id FROM aliases UNION SELECT canonical FROM aliases \
                       UNION SELECT receiver FROM deliveries WHERE receiver IS NOT NULL \
                       UNION SELECT cast(chat AS TEXT) FROM deliveries WHERE lane = 'answers' AND chat > 0";

/// All accounts about which the store has data.
fn accounts(db: &Connection) -> rusqlite::Result<BTreeSet<PeerId>> {
    let columns = MOVED.iter().chain(&DELETED);
    let mut found = BTreeSet::new();
    for (table, column) in columns {
        let sql = format!("SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL");
        let ids: Vec<PeerId> = all(db, &sql, [], |row| row.get(0))?;
        found.extend(ids);
    }
    let written: Vec<String> = all(db, WRITTEN, [], |row| row.get(0))?;
    found.extend(written.iter().filter_map(|id| id.parse().ok()).map(PeerId));
    found.retain(|account| !is_forgotten_id(*account));
    Ok(found)
}

/// An id that no account has.
pub(super) fn nobody(db: &Connection) -> rusqlite::Result<PeerId> {
    value(db, &format!("SELECT {FIRST_FORGOTTEN_ID} + (random() & {})", FIRST_FORGOTTEN_ID - 1), [])
}

/// Moves the data about one account to an id that no account has. Aliases of such ids keep the accounts of one person
/// together: two accounts can have been in the call at the same time, and each has blind spans of its own.
fn forget(db: &Connection, account: PeerId) -> rusqlite::Result<()> {
    let names = names(db, account)?;
    let nobody = nobody(db)?;
    // Aliases of the settings, as they were when the forgetting was announced.
    let joined = "INSERT OR IGNORE INTO aliases (grp, alias, canonical) \
                  SELECT grp, cast(peer AS TEXT), cast(person AS TEXT) FROM forgetting WHERE peer = ?1 AND peer <> person";
    run(db, joined, [account])?;
    end_running_stays(db, account)?;
    for (table, column) in MOVED {
        run(db, &format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1"), [account, nobody])?;
    }
    run(db, "UPDATE people SET name = '', username = NULL, other_usernames = '[]' WHERE peer = ?1", [nobody])?;
    run(db, "UPDATE forgetting SET person = ?2 WHERE person = ?1", [account, nobody])?;
    for (table, column) in DELETED {
        run(db, &format!("DELETE FROM {table} WHERE {column} = ?1"), [account])?;
    }
    let ids = (account.to_string(), nobody.to_string());
    run(db, "UPDATE aliases SET alias = ?2 WHERE alias = ?1", (&ids.0, &ids.1))?;
    run(db, "UPDATE aliases SET canonical = ?2 WHERE canonical = ?1", (&ids.0, &ids.1))?;
    for name in &names {
        run(db, "DELETE FROM aliases WHERE ?1 IN (alias, canonical)", [name.to_lowercase()])?;
    }
    run(db, "UPDATE corrections SET reason = '' WHERE peer = ?1", [nobody])?;
    for column in ["reason", "made_by", "undone_by"] {
        let sql = format!("SELECT id, {column} FROM corrections WHERE {column} IS NOT NULL");
        let texts: Vec<(i64, String)> = all(db, &sql, [], |row| row.try_into())?;
        let tells = |text: &str| text.contains(&ids.0) || names.iter().any(|name| contains_name(text, name));
        for (id, _) in texts.into_iter().filter(|(_, text)| tells(text)) {
            run(db, &format!("UPDATE corrections SET {column} = '' WHERE id = ?1"), [id])?;
        }
    }
    forget_in_queue(db, account, &names)
}

/// All names of an account, each as it is shown, and its pseudonym on a website.
fn names(db: &Connection, account: PeerId) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM people WHERE peer = ?1 UNION SELECT username FROM people WHERE peer = ?1 \
               UNION SELECT value FROM people, json_each(other_usernames) WHERE peer = ?1 \
               UNION SELECT pen_name FROM rights WHERE peer = ?1 \
               UNION SELECT cast(-pseudonym AS TEXT) FROM rights WHERE peer = ?1 UNION SELECT name FROM alias_names WHERE peer = ?1";
    let names: Vec<Option<String>> = all(db, sql, [account], |row| row.get(0))?;
    let names = names.into_iter().flatten().flat_map(|name| [clean(&name), name]);
    let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
    Ok(names.into_iter().collect())
}

/// Ends a running stay at the last instant that shows the account in the call. Nothing continues it later.
fn end_running_stays(db: &Connection, account: PeerId) -> rusqlite::Result<()> {
    let end = "UPDATE stays SET ending = ?2, ended = max(seen, started, coalesce((SELECT confirmed FROM calls \
               WHERE calls.grp = stays.grp AND calls.call = stays.call), seen)) WHERE peer = ?1 AND ended IS NULL";
    run(db, end, params![account, End::Left.code()])?;
    let longest = "UPDATE groups SET longest_stay = max(longest_stay, coalesce((SELECT max(ended - started) FROM stays \
                   WHERE grp = groups.id AND peer = ?1), 0))";
    run(db, longest, [account]).map(drop)
}

/// Removes messages to an account, and messages that name it. Unsent posts are composed again from the store.
fn forget_in_queue(db: &Connection, account: PeerId, names: &[String]) -> rusqlite::Result<()> {
    let own = "DELETE FROM deliveries WHERE lane = 'answers' AND (chat = ?1 OR receiver = cast(?1 AS TEXT))";
    run(db, own, [account])?;
    let sql = "SELECT id, text, entities, buttons, snapshot, attachment FROM deliveries \
               WHERE lane IN ('posts', 'answers', 'alerts', 'clock')";
    type Row = (i64, String, String, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = all(db, sql, [], |row| row.try_into())?;
    let id = account.to_string();
    // Most of these are JSON, in which a name may be escaped.
    let escaped = names.iter().map(json).map(|name| name[1..name.len() - 1].to_owned());
    let words: Vec<String> = names.iter().cloned().chain(escaped).collect();
    let tells = |text: &str| text.contains(&id) || words.iter().any(|name| contains_name(text, name));
    let telling = rows.into_iter().filter(|(_, text, entities, buttons, snapshot, attachment)| {
        let parts = [Some(text), Some(entities), buttons.as_ref(), snapshot.as_ref(), attachment.as_ref()];
        parts.into_iter().flatten().any(|text| tells(text))
    });
    for (row, _, _, _, snapshot, _) in telling {
        let unsent_day = "SELECT id FROM deliveries WHERE id = ?1 AND operation = 'send' AND unanswered = 0 \
                          AND kind IN ('daily', 'backfill')";
        run(db, &format!("DELETE FROM deliveries WHERE told_in IN ({unsent_day})"), [row])?;
        let unsent =
            "DELETE FROM deliveries WHERE id = ?1 AND operation = 'send' AND (lane <> 'posts' OR unanswered = 0)";
        run(db, unsent, [row])?;
        // It is not known whether this post was sent, so its row stays: a second row could make a second message.
        let maybe_sent = "UPDATE deliveries SET text = '', entities = '[]', snapshot = ?3, rewritten = 1, \
                          attachment = iif(attachment IS NULL, NULL, ?2) WHERE id = ?1 AND operation = 'send'";
        let snapshot = snapshot.and_then(|snapshot| without_account(&snapshot, account, names));
        run(db, maybe_sent, params![row, no_picture(), snapshot])?;
        let sent = "UPDATE deliveries SET text = '', entities = '[]', buttons = NULL, snapshot = NULL, rewritten = 0, \
                    attachment = iif(attachment IS NULL, NULL, ?2), \
                    operation = iif(operation = 'delete', operation, NULL) WHERE id = ?1 AND operation IS NOT 'send'";
        run(db, sent, params![row, no_picture()])?;
        // The message in the group shows the old text, so it is written and edited again while Telegram allows that.
        let edited = "UPDATE deliveries SET finalized = NULL WHERE id = ?1 AND lane = 'posts' AND dropped IS NULL \
                      AND sent > (SELECT max(confirmed) FROM watches) - ?2";
        run(db, edited, [row, EDITABLE])?;
    }
    forget_on_website(db, account, names)
}

/// A forgotten person has written to an account again, and the answer was sent: nothing about them is kept.
pub(super) fn forget_answered(db: &Connection, forgotten: &Forgotten) -> rusqlite::Result<()> {
    let answered = "SELECT DISTINCT receiver FROM deliveries WHERE lane = 'answers' AND receiver IS NOT NULL \
                    AND operation IS NULL AND (sent IS NOT NULL OR dropped IS NOT NULL)";
    let receivers: Vec<String> = all(db, answered, [], |row| row.get(0))?;
    let receivers = receivers.into_iter().filter_map(|id| id.parse().ok()).map(PeerId);
    for person in receivers.filter(|person| forgotten.contains(*person)) {
        let own = "DELETE FROM deliveries WHERE lane = 'answers' AND receiver = ?1 AND operation IS NULL";
        run(db, own, [person.to_string()])?;
        for table in ["access_hashes WHERE peer", "private_chats WHERE person"] {
            run(db, &format!("DELETE FROM {table} = ?1"), [person])?;
        }
    }
    Ok(())
}

/// Replaces a picture that was removed: the message in the chat still is one with a picture.
fn no_picture() -> String {
    json(&Attachment { card: Card::Board(BoardCard::default()), text: Message::default() })
}

/// A snapshot for a website without the name of an account; `None` if it can't be read.
fn without_account(snapshot: &str, account: PeerId, names: &[String]) -> Option<String> {
    let mut snapshot = serde_json::from_str(snapshot).ok()?;
    forget_in_json(&mut snapshot, account, names);
    Some(snapshot.to_string())
}

/// Sends a website the rows of a forgotten account again, without its name.
fn forget_on_website(db: &Connection, account: PeerId, names: &[String]) -> rusqlite::Result<()> {
    let sql = "SELECT id, text FROM deliveries WHERE lane = 'website'";
    let rows: Vec<(i64, String)> = all(db, sql, [], |row| row.try_into())?;
    for (id, text) in rows {
        let Ok(mut body) = serde_json::from_str(&text) else { continue };
        if !forget_in_json(&mut body, account, names) {
            continue;
        }
        let text = body.to_string();
        let key = key_of(&text);
        let again = "UPDATE deliveries SET text = ?2, idempotency_key = ?3, content_hash = NULL, operation = 'send', \
                     attempts = 0, unanswered = 0, problem = NULL, problem_detail = NULL, refused = 0, sent = NULL \
                     WHERE id = ?1";
        run(db, again, params![id, text, key])?;
    }
    Ok(())
}

/// Replaces the rows of an account in a website's boards, also those under a pen name. Returns whether there were any.
fn forget_in_json(body: &mut serde_json::Value, account: PeerId, names: &[String]) -> bool {
    match body {
        serde_json::Value::Array(items) => {
            items.iter_mut().fold(false, |any, item| forget_in_json(item, account, names) | any)
        }
        serde_json::Value::Object(fields) if is_row_of(fields, account, names) => {
            fields.insert("user_id".into(), 0.into());
            for (field, text) in [("display", "Somebody"), ("compliment", "")] {
                fields.entry(field).and_modify(|value| *value = text.into());
            }
            true
        }
        serde_json::Value::Object(fields) => {
            fields.values_mut().fold(false, |any, value| forget_in_json(value, account, names) | any)
        }
        _ => false,
    }
}

/// A person who hides or has a pen name has an id below 0 here: a pseudonym, which is among `names`, or the number of
/// the row in exports that version 0.1 stored.
fn is_row_of(fields: &serde_json::Map<String, serde_json::Value>, account: PeerId, names: &[String]) -> bool {
    let id = fields.get("user_id").and_then(serde_json::Value::as_i64);
    let shown = fields.get("display").and_then(serde_json::Value::as_str);
    let is_named = shown.is_some_and(|shown| names.iter().any(|name| name == shown));
    let is_pseudonym = |id: i64| names.contains(&id.to_string());
    id == Some(account.0) || id.is_some_and(|id| id < 0 && (is_named || is_pseudonym(id)))
}

/// Removes the texts of all finished deliveries: they may contain names that forgotten people had before.
fn forget_sent_texts(db: &Connection) -> rusqlite::Result<()> {
    let done = "operation IS NULL AND (sent IS NOT NULL OR dropped IS NOT NULL)";
    run(db, &format!("DELETE FROM deliveries WHERE lane = 'answers' AND {done}"), [])?;
    let texts = format!(
        "UPDATE deliveries SET text = '', entities = '[]', attachment = iif(attachment IS NULL, NULL, ?1), \
         snapshot = NULL, problem_detail = NULL WHERE (lane IN ('posts', 'alerts') OR kind = 'before') AND {done}"
    );
    run(db, &texts, [no_picture()]).map(drop)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::chat::Answer;
    use crate::domain::forgotten::KEY_BYTES;
    use crate::domain::people::{Known, Profile};
    use crate::domain::post::delivery::{Lane, Operation, Turn, Verdict};
    use crate::domain::rights::Rights;
    use crate::domain::roster::{Fact, Observed};
    use crate::domain::words::Language;
    use crate::domain::{CallId, Span};
    use crate::store::{Access, AnswerDraft, AnsweredBatch, Choices, Claimant, OpenedChat, Owner, Rewrite, Settlement};

    const ME: PeerId = PeerId(1);
    const CALL: CallId = CallId(77);

    /// An id so large that its bytes occur nowhere by chance.
    fn account(number: usize) -> PeerId {
        PeerId(0x5a_1337_0000 + 0x0101_0101 * number as i64)
    }

    fn name(number: usize) -> String {
        format!("Persephone the {number}th")
    }

    /// A home with a store.
    struct World {
        folder: tempfile::TempDir,
        store: Store,
        group: GroupKey,
    }

    impl World {
        fn new() -> World {
            let folder = tempfile::tempdir().unwrap();
            let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(PeerId(-1001), None, "Study Hall", None, ME).unwrap();
            World { folder, store, group }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("study.db")
        }

        fn observe(&mut self, number: usize, facts: Vec<Fact>) {
            let profile = Profile {
                name: name(number),
                username: Some(format!("persephone{number}x")),
                ..Profile::unknown(account(number))
            };
            let people = vec![Known { profile, access_hash: Some(99) }];
            let seen =
                Observed { facts, people, watched: Some(Span::new(Instant(0), Instant(5000))), at: Instant(5000) };
            self.store.record(self.group, &seen, &[]).unwrap();
        }

        /// A stay; it still runs if `to` is `None`.
        fn stay(&mut self, number: usize, from: i64, to: Option<i64>) {
            let (peer, from) = (account(number), Instant(from));
            let mut facts = vec![
                Fact::Following { call: CALL, at: Instant(0) },
                Fact::Opened { call: CALL, peer, joined: from, from, seen: from },
                Fact::Confirmed { call: CALL, at: Instant(5000) },
            ];
            facts.extend(to.map(|to| Fact::Closed { call: CALL, peer, from, to: Instant(to), end: End::Left }));
            self.observe(number, facts);
        }

        fn announce(&mut self, numbers: &[usize], due: i64) {
            let accounts: Vec<PeerId> = numbers.iter().map(|number| account(*number)).collect();
            let leaving = [Leaving { group: self.group, person: accounts[0], accounts }];
            self.store.announce_forgetting(&leaving, Instant(due)).unwrap();
        }

        fn forget(&mut self, now: i64) {
            let path = self.path();
            let marked = |accounts: &[PeerId]| {
                mark(&path, accounts);
                Ok(())
            };
            self.store.forget_due(Instant(now), marked).unwrap();
            self.store.clean().unwrap();
        }

        /// Each person's stays, in the order of the stays: the basis of boards, without ids.
        fn people(&self) -> Vec<Vec<(i64, i64)>> {
            people(&self.store, self.group)
        }

        /// All bytes of the files in the home except the marks.
        fn bytes(&self) -> Vec<u8> {
            let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
            files.filter(|file| !file.ends_with(FILE)).flat_map(|file| std::fs::read(file).unwrap()).collect()
        }

        fn has_trace_of(&self, number: usize) -> bool {
            let id = account(number).0;
            let mut varint = vec![(id & 0x7f) as u8];
            let mut rest = id >> 7;
            while rest > 0 {
                varint.insert(0, (rest & 0x7f) as u8 | 0x80);
                rest >>= 7;
            }
            let texts = [id.to_string(), name(number), format!("persephone{number}x")].map(String::into_bytes);
            let bytes = self.bytes();
            let patterns = texts.into_iter().chain([id.to_be_bytes()[2..].to_vec(), varint]);
            patterns.into_iter().any(|pattern| bytes.windows(pattern.len()).any(|window| window == pattern))
        }
    }

    fn mark(store: &Path, accounts: &[PeerId]) {
        let path = store.with_file_name(FILE);
        let mut forgotten = read_marks(&path).unwrap().unwrap_or(Forgotten::new([3; KEY_BYTES]));
        accounts.iter().for_each(|account| forgotten.forget(*account));
        std::fs::write(path, forgotten.to_text()).unwrap();
    }

    fn people(store: &Store, group: GroupKey) -> Vec<Vec<(i64, i64)>> {
        let record = store.board_record(group, Span::new(Instant(0), Instant(10_000))).unwrap();
        let aliases: BTreeMap<PeerId, PeerId> = store
            .aliases(group, &[])
            .unwrap()
            .iter()
            .filter_map(|alias| alias.peers())
            .map(|(to, from)| (from, to))
            .collect();
        let mut people: BTreeMap<PeerId, Vec<(i64, i64)>> = BTreeMap::new();
        for stay in &record.stays {
            let person = aliases.get(&stay.peer).copied().unwrap_or(stay.peer);
            people.entry(person).or_default().push((stay.span.from.0, stay.span.to.0));
        }
        let mut people: Vec<Vec<(i64, i64)>> = people.into_values().collect();
        people.iter_mut().for_each(|stays| stays.sort_unstable());
        people.sort_unstable();
        people
    }

    /// Columns that hold no account's id, name or text of a person.
    const IMPERSONAL: [(&str, &[&str]); 33] = [
        (
            "groups",
            &[
                "id",
                "peer",
                "migrated_from",
                "title",
                "username",
                "tracker",
                "longest_stay",
                "setting",
                "silence_folded",
            ],
        ),
        ("people", &["grp", "bot", "deleted", "seen"]),
        ("calls", &["grp", "call", "followed", "confirmed", "ended", "watched"]),
        ("stays", &["id", "grp", "call", "joined", "started", "seen", "ended", "ending"]),
        ("blind", &["id", "grp", "call", "started", "ended", "reason"]),
        ("watches", &["id", "grp", "started", "confirmed"]),
        ("signs", &["grp", "at", "call"]),
        ("silence_settings", &["grp", "noted", "setting", "announced", "acts_from"]),
        ("silences", &["grp", "started", "ended"]),
        ("silence_asked", &["grp"]),
        ("settings_log", &["grp", "name", "at", "value"]),
        ("aliases", &["grp"]),
        ("alias_names", &["grp"]),
        ("skipped_days", &["grp", "day", "named_in"]),
        ("old_trackers", &["id", "grp", "path", "digest", "until", "last_post_date"]),
        ("carried", &["grp", "day", "seconds", "source"]),
        (
            "folded_days",
            &[
                "grp",
                "day",
                "began",
                "folded",
                "stays",
                "longest_stay",
                "credited",
                "proved",
                "added",
                "removed",
                "possible",
                "session",
                "session_before",
            ],
        ),
        ("folding", &["grp", "rules", "before", "until", "folded"]),
        (
            "deliveries",
            &[
                "id",
                "scope",
                "owner",
                "lane",
                "kind",
                "generation",
                "operation",
                "random_id",
                "idempotency_key",
                "topic",
                "reply_to",
                "route",
                "account",
                "language",
                "as_of",
                "content_hash",
                "created",
                "attempts",
                "unanswered",
                "next_try",
                "leased_until",
                "problem",
                "refused",
                "sent",
                "message_id",
                "finalized",
                "dropped",
                "expires",
                "recap",
                "told_in",
                "delete_after",
                "waits_for",
                "rewritten",
            ],
        ),
        ("accounts", &["id", "clock_offset"]),
        ("flood_waits", &["sender", "request", "until"]),
        ("access_hashes", &["account"]),
        ("identity", &["one", "id", "revision"]),
        ("choices", &["grp"]),
        ("appointments", &["grp"]),
        ("reminders", &["grp"]),
        ("pairs", &["grp"]),
        ("read_states", &["account", "state"]),
        ("answered", &["account"]),
        ("private_chats", &["account", "grp"]),
        ("rights", &["grp"]),
        ("corrections", &["id", "grp", "operation", "started", "ended", "made", "undone"]),
        ("forgotten", &["mark", "cleaned"]),
    ];
    /// Columns with ids, names or texts that `forget` handles one by one, or that go with a row of [`DELETED`].
    const HANDLED: [(&str, &[&str]); 15] = [
        ("people", &["username", "name", "other_usernames"]),
        ("aliases", &["alias", "canonical"]),
        ("alias_names", &["name"]),
        (
            "deliveries",
            &["subject", "chat", "receiver", "text", "entities", "attachment", "snapshot", "problem_detail", "buttons"],
        ),
        ("access_hashes", &["hash"]),
        ("choices", &["goal", "streak"]),
        ("appointments", &["starts", "made"]),
        ("reminders", &["starts", "stored", "answered"]),
        ("silence_asked", &["asked"]),
        ("pairs", &["asked", "accepted", "declined"]),
        ("answered", &["message_id"]),
        ("private_chats", &["opened"]),
        ("rights", &["hidden", "pen_name", "left_at", "counted_from", "agreed", "agreed_by", "pseudonym"]),
        ("corrections", &["reason", "made_by", "undone_by"]),
        ("forgetting", &["grp", "person", "due"]),
    ];

    /// A new column has to be listed: in [`MOVED`] or [`DELETED`], or above.
    #[test]
    fn every_column_of_the_schema_is_thought_of() {
        let world = World::new();
        let sql = "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns \
                   WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let columns: BTreeSet<(String, String)> = all(&world.store.db, sql, [], |row| row.try_into()).unwrap();
        let listed = IMPERSONAL.iter().chain(&HANDLED);
        let listed = listed.flat_map(|(table, columns)| columns.iter().map(|column| (*table, *column)));
        let listed = listed.chain(MOVED).chain(DELETED);
        let listed: BTreeSet<(String, String)> = listed.map(|(table, column)| (table.into(), column.into())).collect();
        let missing: Vec<_> = columns.symmetric_difference(&listed).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_forgotten_person_leaves_no_trace_and_their_time_stays() {
        let mut world = World::new();
        let long_name = name(1).repeat(300);
        for number in 0..40 {
            world.stay(number, 100 + number as i64, Some(2000));
        }
        world.stay(1, 2500, Some(3000));
        world.store.db.execute("UPDATE people SET name = ?1 WHERE peer = ?2", params![long_name, account(1)]).unwrap();
        world.store.add_alias(world.group, &account(1).to_string(), &account(2).to_string()).unwrap();
        world.store.add_alias(world.group, "persephone1x", "unseen").unwrap();
        let before = world.people();
        world.announce(&[1, 2], 9000);
        assert_eq!(world.store.forgotten_at(account(2)).unwrap(), Some(Instant(9000)));
        world.forget(8999);
        assert!(world.has_trace_of(1) && world.has_trace_of(2));
        world.forget(9000);
        assert_eq!(world.people(), before);
        assert!(!world.has_trace_of(1) && !world.has_trace_of(2));
        assert!(world.has_trace_of(3));
        assert!(world.store.faulty_stays(world.group).unwrap().is_empty());
        assert!(!world.store.needs_cleaning().unwrap());
    }

    #[test]
    fn what_is_taken_back_in_time_changes_nothing() {
        let mut world = World::new();
        world.stay(1, 100, Some(2000));
        world.announce(&[1], 9000);
        assert!(world.store.cancel_forgetting(&[account(1)]).unwrap());
        assert!(!world.store.cancel_forgetting(&[account(1)]).unwrap());
        world.forget(10_000);
        assert!(world.has_trace_of(1));
        assert!(!world.store.is_forgotten(account(1)).unwrap());
    }

    #[test]
    fn a_forgotten_person_in_the_running_call_is_not_stored_again() {
        let mut world = World::new();
        // Another process writes, as a tracker does; it holds the old marks.
        let mut tracker = Store::open(&world.path(), Access::Write).unwrap();
        world.stay(1, 100, None);
        world.announce(&[1], 0);
        world.forget(6000);
        let (peer, from) = (account(1), Instant(100));
        let facts = vec![
            Fact::Seen { call: CALL, peer, from, at: Instant(6500) },
            Fact::Closed { call: CALL, peer, from, to: Instant(7000), end: End::Left },
            Fact::Opened { call: CALL, peer, joined: Instant(7100), from: Instant(7100), seen: Instant(7100) },
            Fact::Confirmed { call: CALL, at: Instant(7200) },
        ];
        let profile = Profile { name: name(1), ..Profile::unknown(peer) };
        let people = vec![Known { profile, access_hash: Some(99) }];
        let seen = Observed { facts, people, watched: None, at: Instant(7200) };
        tracker.record(world.group, &seen, &[]).unwrap();
        // The stay ended at the last instant that showed the person before they were forgotten.
        assert_eq!(world.people(), [[(100, 5000)]]);
        drop(tracker);
        assert!(!world.has_trace_of(1));
        assert!(world.store.resume(world.group).unwrap().unwrap().state.present.is_empty());
    }

    #[test]
    fn a_copy_of_before_is_read_and_written_without_the_forgotten() {
        let mut world = World::new();
        world.stay(1, 100, Some(2000));
        world.stay(2, 100, Some(2000));
        let old = world.folder.path().join("old");
        std::fs::create_dir(&old).unwrap();
        world.store.copy_into(&old.join("study.db")).unwrap();
        let before = world.people();
        world.announce(&[1], 0);
        world.forget(6000);
        // A copy that was put by hand beside the marks of today.
        std::fs::copy(world.folder.path().join(FILE), old.join(FILE)).unwrap();
        let path = old.join("study.db");
        let read = Store::open(&path, Access::Read).unwrap();
        assert!(!read.is_known(world.group, account(1)).unwrap() && read.is_known(world.group, account(2)).unwrap());
        assert_eq!(people(&read, world.group), before);
        let part = old.join("part");
        let forgotten = read_marks(&old.join(FILE)).unwrap().unwrap();
        assert!(Store::forget_in_copy(&path, &part, &forgotten).unwrap());
        std::fs::rename(&part, world.folder.path().join("rewritten")).unwrap();
        let mut written = Store::open(&path, Access::Write).unwrap();
        assert_eq!(people(&written, world.group), before);
        assert!(written.needs_cleaning().unwrap());
        written.clean().unwrap();
        drop((read, written));
        std::fs::rename(path, world.folder.path().join("opened")).unwrap();
        std::fs::remove_dir_all(old).unwrap();
        assert!(!world.has_trace_of(1) && world.has_trace_of(2));
        // A copy without data about them is left as it is.
        assert!(!Store::forget_in_copy(&world.path(), &world.folder.path().join("none"), &forgotten).unwrap());
    }

    #[test]
    fn a_kept_database_of_the_old_tracker_is_written_without_the_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let [file, part] = ["old.db", "part"].map(|name| folder.path().join(name));
        let sql = format!(
            "CREATE TABLE seconds_totals (d TEXT, user_id INTEGER, seconds INTEGER, PRIMARY KEY (d, user_id));
             CREATE TABLE user_cache (user_id INTEGER PRIMARY KEY, display_name TEXT, username TEXT);
             INSERT INTO seconds_totals VALUES ('2026-05-01', {0}, 3600), ('2026-05-01', 6, 7);
             INSERT INTO user_cache VALUES ({0}, '{1}', 'x'), (6, 'Bob', NULL);",
            account(1).0,
            name(1)
        );
        Connection::open(&file).unwrap().execute_batch(&sql).unwrap();
        let mut forgotten = Forgotten::new([3; KEY_BYTES]);
        forgotten.forget(account(2));
        assert!(!crate::store::forget_in_old_tracker(&file, &part, &forgotten).unwrap());
        forgotten.forget(account(1));
        assert!(crate::store::forget_in_old_tracker(&file, &part, &forgotten).unwrap());
        let db = Connection::open(&part).unwrap();
        let totals = "SELECT sum(seconds), count(*), max(user_id) > 1 << 50 FROM seconds_totals";
        let totals: (i64, i64, bool) = db.query_row(totals, [], |row| row.try_into()).unwrap();
        assert_eq!(totals, (3607, 2, true));
        let bytes = std::fs::read(&part).unwrap();
        let has = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(has("Bob") && !has(&name(1)));
    }

    #[test]
    fn posts_that_tell_of_a_forgotten_person_are_written_again() {
        let mut world = World::new();
        world.stay(1, 100, Some(2000));
        let text = format!("1. {}", name(1));
        let insert = "INSERT INTO deliveries (scope, owner, lane, kind, subject, operation, random_id, text, snapshot, \
                      created, next_try, sent, finalized, receiver, chat) VALUES ('group', 1, ?1, ?2, ?3, ?4, ?5, ?6, '{}', \
                      0, 0, ?7, ?7, ?8, ?8)";
        let me = account(1).0;
        type Row<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, i64, &'a str, Option<i64>, Option<i64>);
        let rows: [Row; 7] = [
            // The title of a call, which is restored after the rhythm.
            ("clock", "before", "7 100", None, 7, &text, None, None),
            ("posts", "daily", "2033-05-17", Some("send"), 1, &text, None, None),
            ("posts", "daily", "2033-05-16", None, 2, &text, Some(4000), None),
            ("posts", "daily", "2033-05-15", None, 3, "1. An older name", Some(3000), None),
            ("answers", "answer", "1/2/3", Some("send"), 4, "private", None, Some(me)),
            ("answers", "answer", "1/2/4", Some("delete"), 5, &text, Some(4000), None),
            ("answers", "answer", "1/2/5", Some("send"), 6, "about others", None, Some(12)),
        ];
        for (lane, kind, subject, operation, random_id, text, sent, receiver) in rows {
            let values =
                params![lane, kind, subject, operation, random_id, text, sent, receiver.map(|id| id.to_string())];
            world.store.db.execute(insert, values).unwrap();
        }
        let body = format!(
            r#"{{"boards":[{{"entries":[{{"user_id":{me},"display":"{}","compliment":"x"}},{{"user_id":5,"display":"Bob","compliment":"y"}}]}}]}}"#,
            name(1)
        );
        let website = "INSERT INTO deliveries (scope, owner, lane, kind, subject, text, created, next_try, sent, \
                       idempotency_key) VALUES ('group', 1, 'website', 'boards', '2033-05-17', ?1, 0, 0, 5, 'old')";
        world.store.db.execute(website, [body]).unwrap();
        world.announce(&[1], 0);
        world.forget(6000);
        assert!(!world.has_trace_of(1));
        let sql = "SELECT subject, operation, text, finalized IS NULL FROM deliveries ORDER BY lane, subject";
        let rows: Vec<(String, Option<String>, String, bool)> =
            all(&world.store.db, sql, [], |row| row.try_into()).unwrap();
        let rows: Vec<(&str, Option<&str>, &str, bool)> = rows
            .iter()
            .map(|(subject, operation, text, open)| (&**subject, operation.as_deref(), &**text, *open))
            .collect();
        let site = r#"{"boards":[{"entries":[{"compliment":"","display":"Somebody","user_id":0},{"compliment":"y","display":"Bob","user_id":5}]}]}"#;
        assert_eq!(
            rows,
            [
                ("1/2/4", Some("delete"), "", false),
                ("1/2/5", Some("send"), "about others", true),
                ("7 100", None, "", true),
                ("2033-05-15", None, "", false),
                ("2033-05-16", None, "", true),
                ("2033-05-17", Some("send"), site, true),
            ]
        );
    }

    /// A second row could make a second message, and an empty text would make no message at all.
    #[test]
    fn a_post_that_may_be_out_is_kept_and_written_again_before_it_is_sent() {
        let mut world = World::new();
        world.stay(1, 100, Some(2000));
        let snapshot = format!(r#"{{"boards":[{{"user_id":{},"display":"{}"}}]}}"#, account(1).0, name(1));
        let insert = "INSERT INTO deliveries (scope, owner, lane, kind, subject, operation, random_id, text, snapshot, \
                      unanswered, created, next_try) \
                      VALUES ('group', 1, 'posts', 'daily', '2033-05-17', 'send', 1, ?1, ?2, 1, 0, 0)";
        world.store.db.execute(insert, [format!("1. {}", name(1)), snapshot]).unwrap();
        world.announce(&[1], 0);
        world.forget(6000);
        assert!(!world.has_trace_of(1));
        let now = Instant(6000);
        assert!(world.store.has_posts_to_write_again(now).unwrap());
        let id = world.store.waiting(world.group, Lane::Posts, now).unwrap()[0].id;
        let by = Claimant { account: Some(ME), route: None, lease: 20, asked: true };
        let (turn, row) = world.store.claim(id, by, now).unwrap();
        assert!(turn != Turn::Ready && row.state.next_try > now && row.state.unanswered == 1, "{row:?}");
        let again = Message { text: "1. Somebody".into(), entities: Vec::new() };
        assert_eq!(world.store.rewrite(id, &again, None, None, now).unwrap(), Rewrite::Waiting);
        assert!(!world.store.has_posts_to_write_again(now).unwrap());
        let (turn, row) = world.store.claim(id, by, now).unwrap();
        assert_eq!((turn, row.message, row.random_id), (Turn::Ready, again, Some(1)));
        let kept = "SELECT rewritten, snapshot FROM deliveries WHERE id = ?1";
        let kept: Option<(bool, String)> =
            crate::store::sql::first(&world.store.db, kept, [id], |row| row.try_into()).unwrap();
        assert_eq!(kept, Some((true, r#"{"boards":[{"display":"Somebody","user_id":0}]}"#.to_owned())));
    }

    #[test]
    fn of_somebody_who_writes_again_nothing_stays_once_they_have_the_answer() {
        let mut world = World::new();
        world.stay(1, 100, Some(2000));
        world.announce(&[1], 0);
        world.forget(6000);
        let (person, bot, now) = (account(1), PeerId(9), Instant(7000));
        world.store.choose(world.group, person, &[], Choices { goal: Some(60), shows_streak: true }).unwrap();
        let rights = Rights { hidden: true, ..Rights::default() };
        world.store.decide(world.group, &[person], &rights).unwrap();
        let draft = AnswerDraft {
            account: bot,
            asked_in: person,
            asked: 5,
            part: 0,
            hint: None,
            ephemeral_in: None,
            reminds_of: None,
            receiver: person,
            topic: None,
            reply_to: None,
            language: Language::En,
            answer: Answer::default(),
            delete_after: None,
            expires: None,
            waits_for: None,
        };
        let batch = AnsweredBatch {
            drafts: vec![draft],
            opened: vec![OpenedChat { account: bot, person, group: Some(world.group) }],
            hashes: vec![(ME, person, 77)],
            ..AnsweredBatch::default()
        };
        world.store.store_answers(&batch, now).unwrap();
        let waiting = world.store.waiting(Owner::Account(bot), Lane::Answers, now).unwrap();
        assert_eq!(waiting.len(), 1);
        let settlement = Settlement {
            id: waiting[0].id,
            operation: Operation::Send,
            idempotency_key: None,
            content_hash: String::new(),
            route: None,
            made_nothing: false,
            verdict: Verdict::Done { at: now, message_id: Some(7), chat: None },
        };
        world.store.settle(&settlement).unwrap();
        assert!(accounts(&world.store.db).unwrap().is_empty());
    }

    #[test]
    fn who_watches_can_not_be_forgotten() {
        let mut world = World::new();
        let leaving = [Leaving { group: world.group, person: ME, accounts: vec![ME] }];
        world.store.announce_forgetting(&leaving, Instant(0)).unwrap();
        assert!(world.store.is_own_account(ME).unwrap() && !world.store.is_own_account(account(1)).unwrap());
        world.forget(100);
        assert!(!world.path().with_file_name(FILE).exists());
    }

    /// One step of a history.
    #[derive(Clone, Debug)]
    enum Step {
        Stay(usize, i64, i64),
        Alias(usize, usize),
        Forget(usize),
        /// The copy from before this step is restored.
        Restore,
    }

    fn step() -> impl Strategy<Value = Step> {
        let number = || 0..5_usize;
        prop_oneof![
            4 => (number(), 0..4000_i64, 1..900_i64).prop_map(|(number, from, length)| Step::Stay(number, from, length)),
            1 => (number(), number()).prop_map(|(to, from)| Step::Alias(to, from)),
            2 => number().prop_map(Step::Forget),
            1 => Just(Step::Restore),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// Forgetting changes no other person's time, and neither a stay nor an older copy brings back forgotten data.
        #[test]
        fn time_stays_and_the_forgotten_stay_forgotten(steps in vec(step(), 1..24)) {
            let mut world = World::new();
            let copy = tempfile::tempdir().unwrap();
            let copy = copy.path().join("copy.db");
            world.store.copy_into(&copy).unwrap();
            let mut copied = world.people();
            let mut gone: BTreeSet<usize> = BTreeSet::new();
            let mut aliased: BTreeSet<usize> = BTreeSet::new();
            for (number, step) in steps.into_iter().enumerate() {
                let before = world.people();
                match step {
                    Step::Stay(number, from, length) => {
                        world.stay(number, from, Some(from + length));
                        if gone.contains(&number) {
                            prop_assert_eq!(world.people(), before);
                        }
                    }
                    Step::Alias(to, from) => {
                        let fresh = [to, from].iter().all(|number| !aliased.contains(number) && !gone.contains(number));
                        if to != from && fresh {
                            world.store.add_alias(world.group, &account(to).to_string(), &account(from).to_string()).unwrap();
                            aliased.extend([to, from]);
                        }
                    }
                    Step::Forget(number) => {
                        world.announce(&[number], 0);
                        world.forget(6000);
                        gone.insert(number);
                        prop_assert_eq!(world.people(), before);
                    }
                    Step::Restore => {
                        drop(std::mem::replace(&mut world.store, Store::open(&copy, Access::Read).unwrap()));
                        for suffix in ["-wal", "-shm"] {
                            let _ = std::fs::remove_file(crate::store::beside(&world.path(), suffix));
                        }
                        std::fs::copy(&copy, world.path()).unwrap();
                        world.store = Store::open(&world.path(), Access::Write).unwrap();
                        world.store.clean().unwrap();
                        prop_assert_eq!(world.people(), copied.clone());
                        aliased.extend(0..5);
                    }
                }
                for number in &gone {
                    prop_assert!(!world.has_trace_of(*number), "{}", number);
                }
                if number % 5 == 4 {
                    std::fs::remove_file(&copy).unwrap();
                    world.store.copy_into(&copy).unwrap();
                    copied = world.people();
                }
            }
        }
    }
}
