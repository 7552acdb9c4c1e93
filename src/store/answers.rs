//! Answers in the chat. They are stored in the same transaction as how far their account has read, so that each command
//! is answered exactly once (rules §6.2).

use rusqlite::{Connection, params};

use super::deliveries::{Delivery, find, rows, update};
use super::posts::random_id;
use super::silence::add_sign;
use super::sql::{first, json, run};
use super::{GroupKey, Store};
use crate::domain::chat::{ANSWER_RETENTION, Answer, ButtonAction, MAX_COMMAND_AGE, POST_FAILED, ReadState};
use crate::domain::post::delivery::content_hash_with;
use crate::domain::post::problem::Problem;
use crate::domain::words::{ENGLISH, Language};
use crate::domain::{CallId, Instant, PeerId};
use crate::error::Result;

const ANSWER: &str = "answer";
const HINT: &str = "hint";
const REMINDER: &str = "reminder";
const QUESTION: &str = "question";
/// A message in the group that only the person who asked sees. Ephemeral messages have numbers of their own.
pub(super) const EPHEMERAL: &str = "ephemeral";

/// An answer to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerDraft {
    /// The account that sends the answer.
    pub account: PeerId,
    /// The chat and the number of the message that is answered, and the number of this part of the answer.
    pub asked_in: PeerId,
    pub asked: i32,
    pub part: u32,
    /// The draft is a hint in the group that points to the answer in private.
    pub hint: Option<Hint>,
    /// The group in which only the receiver sees the answer.
    pub ephemeral_in: Option<PeerId>,
    /// The draft is a reminder and answers no message; `asked_in` is the group.
    pub reminds_of: Option<Reminds>,
    pub receiver: PeerId,
    pub topic: Option<i32>,
    /// The message to which the answer replies.
    pub reply_to: Option<i32>,
    pub language: Language,
    pub answer: Answer,
    /// The answer is deleted so many seconds after it was sent.
    pub delete_after: Option<i64>,
    /// From then on the answer is not sent. `None`: a person waits for it.
    pub expires: Option<Instant>,
    /// The answer reports the outcome of the post with this `random_id`, and is sent once that is known.
    pub waits_for: Option<i64>,
}

/// What a person is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminds {
    /// The slot that begins at this time.
    Slot(Instant),
    /// The person's silence; they are asked at this time.
    Silence(Instant),
}

/// A person in the call has pressed a button: a sign of life, unless they gave one less than 10 minutes ago (rules
/// §2.25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PressSign {
    pub group: GroupKey,
    pub call: CallId,
    pub account: PeerId,
    pub at: Instant,
}

/// When a hint is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    Now,
    /// Only if the private answer is refused.
    IfRefused,
}

/// A new text for an answer that is stored already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerEdit {
    /// The row of the answer.
    pub row: i64,
    pub answer: Answer,
    pub expires: Instant,
}

/// How far an account has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// All updates up to a state.
    State(PeerId, ReadState),
    /// The commands of one chat up to a message.
    Chat { account: PeerId, chat: PeerId, message_id: i32 },
}

/// A person has written to an account in private; `group` is the group about which they ask from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedChat {
    pub account: PeerId,
    pub person: PeerId,
    pub group: Option<GroupKey>,
}

/// Data that is stored in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnsweredBatch {
    pub drafts: Vec<AnswerDraft>,
    pub edits: Vec<AnswerEdit>,
    pub read: Vec<Read>,
    pub opened: Vec<OpenedChat>,
    /// Access hashes that an account needs to write to a peer: account, peer, hash.
    pub hashes: Vec<(PeerId, PeerId, i64)>,
    pub signs: Vec<PressSign>,
}

impl AnswerDraft {
    /// The subject of the row, unique within the account.
    fn subject(&self) -> String {
        match self.reminds_of {
            Some(Reminds::Slot(at) | Reminds::Silence(at)) => format!("{}/{}/{}", self.asked_in, self.receiver, at.0),
            None => format!("{}/{}/{}", self.asked_in, self.asked, self.part),
        }
    }

    fn kind(&self) -> &'static str {
        match (self.reminds_of, self.hint, self.ephemeral_in) {
            (Some(Reminds::Slot(_)), ..) => REMINDER,
            (Some(Reminds::Silence(_)), ..) => QUESTION,
            (None, Some(_), _) => HINT,
            (None, None, Some(_)) => EPHEMERAL,
            (None, None, None) => ANSWER,
        }
    }

    /// The id with which Telegram recognises a repeat.
    fn random_id(&self) -> i64 {
        let kind = self.kind();
        random_id(&format!("swf {kind}\n{}\n{}", self.account, self.subject()))
    }
}

impl Store {
    /// Stores answers, and how far their accounts have read. Answers that are stored already do not change.
    pub fn store_answers(&mut self, batch: &AnsweredBatch, now: Instant) -> Result<()> {
        self.write_allowed(|db, forgotten| {
            let is_forgotten = |person: PeerId| forgotten.is_some_and(|forgotten| forgotten.contains(person));
            for draft in &batch.drafts {
                insert(db, draft, now)?;
            }
            for edit in &batch.edits {
                queue_edit(db, edit, now)?;
            }
            for read in &batch.read {
                store_read(db, read)?;
            }
            for OpenedChat { account, person, group } in &batch.opened {
                if is_forgotten(*person) {
                    continue;
                }
                let sql = "INSERT INTO private_chats (account, person, grp, opened) VALUES (?1, ?2, ?3, ?4) \
                           ON CONFLICT (account, person) DO UPDATE SET grp = coalesce(excluded.grp, grp)";
                run(db, sql, params![account, person, group, now])?;
            }
            for (account, peer, hash) in &batch.hashes {
                let sql = "INSERT INTO access_hashes (account, peer, hash) SELECT id, ?2, ?3 FROM accounts WHERE id = ?1 \
                           ON CONFLICT (account, peer) DO UPDATE SET hash = excluded.hash WHERE hash <> excluded.hash";
                run(db, sql, params![account, peer, hash])?;
            }
            for PressSign { group, call, account, at } in &batch.signs {
                if !is_forgotten(*account) {
                    add_sign(db, *group, *call, *account, *at)?;
                }
            }
            let old = "DELETE FROM deliveries WHERE lane = 'answers' AND created < ?1";
            run(db, old, [now - ANSWER_RETENTION - MAX_COMMAND_AGE]).map(drop)
        })
    }

    /// Up to where an account has read its updates; `None` if it never has.
    pub fn read_state(&self, account: PeerId) -> Result<Option<ReadState>> {
        let sql = "SELECT state FROM read_states WHERE account = ?1";
        let state: Option<String> = first(&self.db, sql, [account], |row| row.get(0))?;
        // A state that can't be read counts as none: older commands are not answered.
        Ok(state.and_then(|state| serde_json::from_str(&state).ok()))
    }

    /// The last command of a chat that an account has answered.
    pub fn answered(&self, account: PeerId, chat: PeerId) -> Result<Option<i32>> {
        let sql = "SELECT message_id FROM answered WHERE account = ?1 AND chat = ?2";
        Ok(first(&self.db, sql, [account, chat], |row| row.get(0))?)
    }

    /// Whether a person has opened the private chat with an account; and the group about which they ask there.
    pub fn private_chat(&self, account: PeerId, person: PeerId) -> Result<Option<Option<GroupKey>>> {
        let sql = "SELECT grp FROM private_chats WHERE account = ?1 AND person = ?2";
        Ok(first(&self.db, sql, [account, person], |row| row.get(0))?)
    }

    /// The language of the last answer to a person in the private chat with an account, if one is still kept.
    pub fn language_of(&self, account: PeerId, person: PeerId) -> Result<Option<Language>> {
        let sql = "SELECT language FROM deliveries WHERE lane = 'answers' AND kind = 'answer' AND account = ?1 \
                   AND chat = ?2 AND language IS NOT NULL ORDER BY id DESC LIMIT 1";
        let code: Option<String> = first(&self.db, sql, [account, person], |row| row.get(0))?;
        Ok(code.and_then(|code| Language::parse(&code)))
    }

    /// The answers to a person that are still kept, the oldest first.
    pub fn answers_to(&self, person: PeerId) -> Result<Vec<Delivery>> {
        let condition = "lane = 'answers' AND receiver = ?1 ORDER BY id";
        Ok(rows(&self.db, condition, [person.to_string()])?)
    }

    /// The answer with this message number; `None` if the store does not have it, or has deleted it.
    pub fn answer_at(
        &self,
        account: PeerId,
        chat: PeerId,
        message_id: i32,
        ephemeral: bool,
    ) -> Result<Option<Delivery>> {
        let condition = "lane = 'answers' AND chat = ?2 AND message_id = ?3 AND owner = ?1 AND sent IS NOT NULL \
                         AND dropped IS NULL AND (kind = 'ephemeral') = ?4";
        Ok(rows(&self.db, condition, params![account, chat, message_id, ephemeral])?.pop())
    }

    /// The answer with this button in a chat whose message number is not stored yet, if there is only one: an attempt
    /// to send it has not ended, or has ended without a clear answer.
    pub fn answer_under_way(
        &self,
        account: PeerId,
        chat: PeerId,
        button: &[u8],
        now: Instant,
    ) -> Result<Option<Delivery>> {
        let condition = "lane = 'answers' AND chat = ?2 AND owner = ?1 AND sent IS NULL AND dropped IS NULL \
                         AND operation = 'send' AND unanswered > 0 AND refused = 0 AND kind <> 'ephemeral' \
                         AND delete_after IS NULL AND (expires IS NULL OR expires > ?3)";
        let is_below = |row: &Delivery| {
            let mut buttons = row.buttons.0.iter().flatten();
            buttons.any(|one| matches!(&one.action, ButtonAction::Press(press) if press.as_bytes() == button))
        };
        let mut found = rows(&self.db, condition, params![account, chat, now])?.into_iter().filter(is_below);
        Ok(found.next().filter(|_| found.next().is_none()))
    }
}

pub(super) fn insert(db: &Connection, draft: &AnswerDraft, now: Instant) -> rusqlite::Result<()> {
    let (kind, chat) = (draft.kind(), draft.ephemeral_in.unwrap_or(draft.receiver));
    let waits = draft.hint == Some(Hint::IfRefused) || draft.waits_for.is_some();
    let operation = (!waits).then_some("send");
    let Answer { message, buttons, attachment } = &draft.answer;
    let buttons = (!buttons.is_empty()).then(|| json(buttons));
    let sql = "INSERT OR IGNORE INTO deliveries (scope, owner, lane, kind, subject, operation, random_id, account, chat, \
               receiver, topic, reply_to, language, text, entities, buttons, delete_after, created, next_try, expires, \
               waits_for, attachment) \
               VALUES ('account', ?1, 'answers', ?2, ?3, ?4, ?5, ?1, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, \
               ?16, ?17, ?18)";
    let AnswerDraft { account, receiver, topic, reply_to, language, delete_after, expires, waits_for, .. } = draft;
    let values = params![
        account,
        kind,
        draft.subject(),
        operation,
        draft.random_id(),
        chat,
        receiver.0.to_string(),
        topic,
        reply_to,
        language.code(),
        message.text,
        json(&message.entities),
        buttons,
        delete_after,
        now,
        expires,
        waits_for,
        attachment.as_ref().map(json)
    ];
    run(db, sql, values).map(drop)
}

/// Queues an edit, unless the message already shows this content.
fn queue_edit(db: &Connection, edit: &AnswerEdit, now: Instant) -> rusqlite::Result<()> {
    let AnswerEdit { row, answer, expires } = edit;
    let Answer { message, buttons, .. } = answer;
    let Some(row) = rows(db, "id = ?1 AND lane = 'answers' AND dropped IS NULL", [row])?.pop() else { return Ok(()) };
    if row.content_hash() == content_hash_with(message, buttons) {
        return Ok(());
    }
    let buttons = (!buttons.is_empty()).then(|| json(buttons));
    if row.sent.is_none() {
        // The attempt under way sends the old content: the edit follows once the number of that message is known.
        let assignments = "text = ?2, entities = ?3, buttons = ?4, rewritten = 1";
        return update(db, assignments, params![row.id, message.text, json(&message.entities), buttons]);
    }
    let assignments = "text = ?2, entities = ?3, buttons = ?4, operation = 'edit', attempts = 0, unanswered = 0, \
                       next_try = ?5, expires = ?6, refused = 0, problem = NULL, problem_detail = NULL";
    update(db, assignments, params![row.id, message.text, json(&message.entities), buttons, now, expires])
}

fn store_read(db: &Connection, read: &Read) -> rusqlite::Result<()> {
    match read {
        Read::State(account, state) => {
            let sql = "INSERT INTO read_states (account, state) VALUES (?1, ?2) \
                       ON CONFLICT (account) DO UPDATE SET state = excluded.state";
            run(db, sql, params![account, json(state)]).map(drop)
        }
        Read::Chat { account, chat, message_id } => {
            let sql = "INSERT INTO answered (account, chat, message_id) VALUES (?1, ?2, ?3) ON CONFLICT (account, chat) \
                       DO UPDATE SET message_id = max(message_id, excluded.message_id)";
            run(db, sql, params![account, chat, message_id]).map(drop)
        }
    }
}

/// An answer was refused: its hint is sent now, if the hint waits for that.
pub(super) fn show_hint(db: &Connection, id: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE deliveries SET operation = 'send', next_try = answer.next_try FROM deliveries AS answer \
               WHERE answer.id = ?1 AND answer.lane = 'answers' AND answer.kind = 'answer' AND answer.sent IS NULL \
               AND deliveries.scope = 'account' AND deliveries.owner = answer.owner AND deliveries.kind = 'hint' \
               AND deliveries.subject = answer.subject AND deliveries.generation = 0 AND deliveries.sent IS NULL";
    run(db, sql, [id]).map(drop)
}

/// A post was sent, or was refused for this reason: sends the answers that wait for this.
pub(super) fn tell_of_post(db: &Connection, id: i64, problem: Option<&Problem>) -> rusqlite::Result<()> {
    let failed = problem.map(|problem| format!("{POST_FAILED}{}", ENGLISH.problem(problem)));
    let sql = "UPDATE deliveries SET operation = 'send', text = coalesce(?2, deliveries.text) FROM deliveries AS post \
               WHERE post.id = ?1 AND post.lane = 'posts' AND deliveries.waits_for = post.random_id \
               AND deliveries.lane = 'answers' AND deliveries.sent IS NULL";
    run(db, sql, params![id, failed]).map(drop)
}

/// Whether an edited message has got new content since the attempt began, so that it must be edited again.
pub(super) fn is_outdated(db: &Connection, id: i64, sent: &str) -> rusqlite::Result<bool> {
    Ok(find(db, id)?.content_hash() != sent)
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Claimant, Owner, Settlement};
    use super::*;
    use crate::domain::chat::{Button, Buttons};
    use crate::domain::post::delivery::{Lane, Operation, Turn, Verdict};
    use crate::domain::post::message::Message;
    use crate::domain::post::problem::{Code, Problem};

    const BOT: PeerId = PeerId(99);
    const ADA: PeerId = PeerId(7);
    const HALL: PeerId = PeerId(-1001);

    struct Chat {
        store: Store,
        _home: tempfile::TempDir,
    }

    fn answer(text: &str) -> Answer {
        Answer { message: Message { text: text.into(), entities: Vec::new() }, ..Answer::default() }
    }

    fn draft(asked: i32) -> AnswerDraft {
        AnswerDraft {
            account: BOT,
            asked_in: HALL,
            asked,
            part: 0,
            hint: None,
            ephemeral_in: None,
            reminds_of: None,
            receiver: ADA,
            topic: None,
            reply_to: None,
            language: Language::En,
            answer: answer("You are third"),
            delete_after: None,
            expires: Some(Instant(1120)),
            waits_for: None,
        }
    }

    fn hint(asked: i32, when: Hint) -> AnswerDraft {
        AnswerDraft {
            hint: Some(when),
            receiver: HALL,
            delete_after: Some(60),
            answer: answer("In private"),
            ..draft(asked)
        }
    }

    fn state(pts: i32) -> ReadState {
        ReadState { pts, channels: vec![(1, 5)], ..ReadState::default() }
    }

    impl Chat {
        fn new() -> Chat {
            let home = tempfile::tempdir().unwrap();
            let store = Store::open(&home.path().join("study.db"), Access::Write).unwrap();
            Chat { store, _home: home }
        }

        fn put(&mut self, drafts: Vec<AnswerDraft>, pts: i32, now: i64) {
            let batch = AnsweredBatch { drafts, read: vec![Read::State(BOT, state(pts))], ..AnsweredBatch::default() };
            self.store.store_answers(&batch, Instant(now)).unwrap();
        }

        fn due(&self, now: i64) -> Vec<Delivery> {
            self.store.due(Owner::Account(BOT), Lane::Answers, Instant(now)).unwrap()
        }

        fn settle(&mut self, row: &Delivery, operation: Operation, verdict: Verdict) {
            let content_hash = content_hash_with(&row.message, &row.buttons);
            let settlement = Settlement {
                id: row.id,
                operation,
                idempotency_key: None,
                content_hash,
                route: None,
                made_nothing: false,
                verdict,
            };
            self.store.settle(&settlement).unwrap();
        }

        fn sent(&mut self, row: &Delivery, message_id: i32, at: i64) {
            let done = Verdict::Done { at: Instant(at), message_id: Some(message_id), chat: None };
            self.settle(row, Operation::Send, done);
        }

        fn edit(&mut self, message_id: i32, text: &str) {
            let row = self.store.answer_at(BOT, ADA, message_id, false).unwrap().unwrap();
            self.edit_row(row.id, answer(text));
        }

        fn edit_row(&mut self, row: i64, answer: Answer) {
            let edits = vec![AnswerEdit { row, answer, expires: Instant(1200) }];
            let batch = AnsweredBatch { edits, ..AnsweredBatch::default() };
            self.store.store_answers(&batch, Instant(1010)).unwrap();
        }
    }

    #[test]
    fn a_command_that_comes_twice_has_one_answer() {
        let mut chat = Chat::new();
        chat.put(vec![draft(5)], 10, 1000);
        let first = chat.due(1000);
        chat.put(vec![draft(5), draft(6)], 11, 1001);
        let all = chat.due(1001);
        assert_eq!((all.len(), &all[0]), (2, &first[0]));
        assert_ne!(all[0].random_id, all[1].random_id);
        assert_eq!(chat.store.read_state(BOT).unwrap(), Some(state(11)));
        assert_eq!(chat.store.read_state(ADA).unwrap(), None);
    }

    #[test]
    fn an_answer_expires_and_is_forgotten() {
        let mut chat = Chat::new();
        chat.put(vec![draft(5), draft(6)], 10, 1000);
        let row = chat.due(1000).remove(0);
        chat.sent(&row, 40, 1001);
        assert_eq!(chat.due(1119).len(), 1);
        assert!(chat.due(1120).is_empty(), "nobody waits for it any more");
        let day_after = 1000 + 48 * 3600;
        chat.put(vec![], 11, day_after + 120);
        assert!(chat.store.answer_at(BOT, ADA, 40, false).unwrap().is_some());
        chat.put(vec![], 12, day_after + 121);
        assert_eq!(chat.store.answer_at(BOT, ADA, 40, false).unwrap(), None);
    }

    #[test]
    fn a_hint_is_taken_back_after_a_minute() {
        let mut chat = Chat::new();
        chat.put(vec![hint(5, Hint::Now)], 10, 1000);
        let row = chat.due(1000).remove(0);
        assert_eq!(row.receiver, Some(HALL));
        chat.sent(&row, 40, 1002);
        assert!(chat.due(1061).is_empty());
        let row = chat.due(1062).remove(0);
        assert_eq!((row.state.operation, row.message_id, row.chat), (Some(Operation::Delete), Some(40), Some(HALL)));
        chat.settle(&row, Operation::Delete, Verdict::Done { at: Instant(1063), message_id: None, chat: None });
        assert!(chat.due(9999).is_empty());
    }

    #[test]
    fn a_hint_waits_until_the_private_answer_is_refused() {
        let mut chat = Chat::new();
        chat.put(vec![draft(5), hint(5, Hint::IfRefused), draft(6), hint(6, Hint::IfRefused)], 10, 1000);
        let rows = chat.due(1000);
        assert_eq!(rows.iter().map(|row| row.receiver).collect::<Vec<_>>(), [Some(ADA), Some(ADA)]);
        chat.sent(&rows[0], 40, 1001);
        let problem = Problem::new(Code::Telegram, "USER_IS_BLOCKED");
        chat.settle(&rows[1], Operation::Send, Verdict::Refused { problem });
        let hints = chat.due(1001);
        assert_eq!(
            hints.iter().map(|row| (row.receiver, &*row.subject)).collect::<Vec<_>>(),
            [(Some(HALL), "-1001/6/0")]
        );
    }

    #[test]
    fn an_edit_says_the_last_thing_and_nothing_twice() {
        let mut chat = Chat::new();
        chat.put(vec![draft(5)], 10, 1000);
        let row = chat.due(1000).remove(0);
        chat.sent(&row, 40, 1001);
        chat.edit(40, "You are third");
        assert!(chat.due(1010).is_empty(), "it says so already");
        chat.edit(40, "Week");
        let by = Claimant { account: Some(BOT), route: None, lease: 20, asked: false };
        let (turn, week) = chat.store.claim(chat.due(1010)[0].id, by, Instant(1010)).unwrap();
        assert_eq!(turn, Turn::Ready);
        // During the first edit, another button is pressed.
        chat.edit(40, "Month");
        chat.settle(&week, Operation::Edit, Verdict::Done { at: Instant(1011), message_id: Some(40), chat: None });
        let month = chat.due(1011).remove(0);
        assert_eq!(month.message.text, "Month");
        chat.settle(&month, Operation::Edit, Verdict::Done { at: Instant(1012), message_id: Some(40), chat: None });
        assert!(chat.due(1012).is_empty());
        chat.edit_row(month.id + 1, answer("nobody knows this message"));
        assert!(chat.due(1012).is_empty());
    }

    #[test]
    fn a_press_before_its_message_is_stored_as_sent_edits_it_afterwards() {
        for moment in ["before", "after"] {
            let mut chat = Chat::new();
            let button = |data: &str| Buttons(vec![vec![Button { label: "Yes".into(), action: press(data) }]]);
            let with =
                |asked, data| AnswerDraft { answer: Answer { buttons: button(data), ..answer("?") }, ..draft(asked) };
            chat.put(vec![with(5, "pair;1;1000"), with(6, "pair;1;1001"), with(7, "me;1"), with(8, "me;1")], 10, 1000);
            let under_way = |chat: &Chat, data: &str, now| {
                chat.store.answer_under_way(BOT, ADA, data.as_bytes(), Instant(now)).unwrap().map(|row| row.id)
            };
            assert_eq!(under_way(&chat, "pair;1;1000", 1000), None, "nobody can have seen it");
            let by = Claimant { account: Some(BOT), route: None, lease: 20, asked: false };
            let rows: Vec<Delivery> =
                chat.due(1000).iter().map(|row| chat.store.claim(row.id, by, Instant(1000)).unwrap().1).collect();
            let row = &rows[0];
            assert_eq!(under_way(&chat, "pair;1;1000", 1001), Some(row.id));
            assert_eq!(under_way(&chat, "pair;1;1002", 1001), None);
            assert_eq!(under_way(&chat, "me;1", 1001), None, "it can be either");
            assert_eq!(under_way(&chat, "pair;1;1000", 1120), None, "it is not sent any more");
            let in_group = chat.store.answer_under_way(BOT, HALL, b"pair;1;1000", Instant(1001)).unwrap();
            assert_eq!(in_group, None);
            if moment == "after" {
                // The answer is sent between the press and its effect.
                chat.sent(row, 40, 1002);
                assert_eq!(under_way(&chat, "pair;1;1000", 1002), None);
            }
            chat.edit_row(row.id, answer("You are a pair"));
            if moment == "before" {
                assert!(chat.store.delivery(row.id).unwrap().sent.is_none());
                chat.sent(row, 40, 1002);
            }
            let edit = chat.due(1010).remove(0);
            let is = (edit.id, edit.state.operation, edit.message_id, &*edit.message.text, edit.buttons.is_empty());
            assert_eq!(is, (row.id, Some(Operation::Edit), Some(40), "You are a pair", true), "{moment}");
            chat.settle(&edit, Operation::Edit, Verdict::Done { at: Instant(1011), message_id: Some(40), chat: None });
            let done = chat.store.delivery(row.id).unwrap();
            assert_eq!((done.state.operation, done.message.text.as_str()), (None, "You are a pair"));
        }
    }

    fn press(data: &str) -> ButtonAction {
        ButtonAction::Press(data.into())
    }

    #[test]
    fn what_only_one_person_sees_is_no_message_of_that_number() {
        let mut chat = Chat::new();
        chat.put(vec![AnswerDraft { ephemeral_in: Some(HALL), ..draft(5) }], 10, 1000);
        let row = chat.due(1000).remove(0);
        assert_eq!((row.receiver, row.chat, row.is_ephemeral()), (Some(ADA), Some(HALL), true));
        let by = Claimant { account: Some(BOT), route: None, lease: 20, asked: false };
        assert_eq!(chat.store.claim(row.id, by, Instant(1000)).unwrap().0, Turn::Ready);
        assert!(chat.due(1001).is_empty() && chat.due(1060).is_empty(), "a repeat would be a second message");
        chat.sent(&row, 40, 1001);
        let found = |ephemeral| chat.store.answer_at(BOT, HALL, 40, ephemeral).unwrap().is_some();
        assert_eq!((found(true), found(false)), (true, false));
    }

    #[test]
    fn buttons_are_kept_with_the_answer() {
        let mut chat = Chat::new();
        let buttons = Buttons(vec![vec![Button::url("Open", "https://t.me/study_bot")]]);
        let with = AnswerDraft { answer: Answer { buttons: buttons.clone(), ..answer("Hi") }, ..draft(5) };
        chat.put(vec![with], 10, 1000);
        assert_eq!(chat.due(1000)[0].buttons, buttons);
    }

    #[test]
    fn what_people_open_and_what_is_answered_is_remembered() {
        let mut chat = Chat::new();
        let group = chat.store.group(HALL, None, "Study Hall", None, PeerId(1)).unwrap();
        let open = |group| AnsweredBatch {
            opened: vec![OpenedChat { account: BOT, person: ADA, group }],
            read: vec![Read::Chat { account: BOT, chat: ADA, message_id: 7 }],
            ..AnsweredBatch::default()
        };
        assert_eq!(chat.store.private_chat(BOT, ADA).unwrap(), None);
        chat.store.store_answers(&open(None), Instant(1)).unwrap();
        assert_eq!(chat.store.private_chat(BOT, ADA).unwrap(), Some(None));
        chat.store.store_answers(&open(Some(group)), Instant(2)).unwrap();
        chat.store.store_answers(&open(None), Instant(3)).unwrap();
        assert_eq!(chat.store.private_chat(BOT, ADA).unwrap(), Some(Some(group)));
        let earlier = AnsweredBatch {
            read: vec![Read::Chat { account: BOT, chat: ADA, message_id: 3 }],
            ..AnsweredBatch::default()
        };
        chat.store.store_answers(&earlier, Instant(4)).unwrap();
        assert_eq!(chat.store.answered(BOT, ADA).unwrap(), Some(7));
        assert_eq!(chat.store.answered(BOT, HALL).unwrap(), None);
    }
}
