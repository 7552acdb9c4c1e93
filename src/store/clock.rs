//! The focus clock of a group: the phases that the title of its call shows, as rows of deliveries (rules §9.3).
//!
//! ```text
//! before    the title before the first phase; it waits until the clock ends, and is then restored
//! title     one row for each phase: the title of the call
//! message   where titles are refused: one message of the call, edited at each phase
//! ```
//! A clock is open while its row `before` has neither an operation nor an end. While `refused` is 1 in that row, the
//! title is left as an admin has set it.

use rusqlite::{Connection, params};

use super::deliveries::{Delivery, find, rows, update};
use super::posts::random_id;
use super::sql::{all, exists, first, run, value};
use super::{GroupKey, Store};
use crate::domain::post::delivery::{TitleFailure, Verdict};
use crate::domain::words::Language;
use crate::domain::{CallId, Instant, PeerId};
use crate::error::Result;

/// The kinds of rows.
const BEFORE: &str = "before";
const TITLE: &str = "title";
pub(super) const MESSAGE: &str = "message";

/// For so many seconds, an old title may be restored. Later the call has ended, or an admin has set another title.
const MAX_BACK_AGE: i64 = 86_400;

/// The rows of a group's clock.
const CLOCK: &str = "scope = 'group' AND owner = ?1 AND lane = 'clock'";
/// The row of an open clock.
const OPEN: &str = "kind = 'before' AND operation IS NULL AND sent IS NULL AND dropped IS NULL";

/// A row with something to do.
const WAITS: &str = "operation IS NOT NULL AND refused = 0";

/// A phase of the running call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockPhase<'a> {
    pub call: CallId,
    /// The title that the call has now; empty for none.
    pub title: &'a str,
    /// The new text of the title or message.
    pub text: &'a str,
    /// When the text stops being true.
    pub until: Instant,
    pub language: Language,
    /// The forum topic of the message.
    pub topic: Option<i32>,
}

/// A clock, identified by its row `before`.
struct Clock {
    before: i64,
    /// The call and the start of the clock: `7 1800000000`. The subjects of the clock's other rows begin with this.
    subject: String,
    /// An admin has set another title, so the clock leaves it alone.
    left_alone: bool,
}

impl Clock {
    fn is_of(&self, call: CallId) -> bool {
        self.subject.split(' ').next() == Some(call.0.to_string().as_str())
    }
}

impl Delivery {
    /// The call whose title a row of the clock sets; `None` for its message.
    pub fn titled_call(&self) -> Option<CallId> {
        let call = self.subject.split(' ').next()?.parse().ok()?;
        (self.kind != MESSAGE).then_some(CallId(call))
    }
}

impl Store {
    /// Whether a clock of the group has begun and not ended, or has rows that still have to be sent.
    pub fn has_clock(&self, group: GroupKey) -> Result<bool> {
        Ok(exists(&self.db, &format!("deliveries WHERE {CLOCK} AND (({OPEN}) OR {WAITS})"), [group])?)
    }

    /// Stores that the call shows this phase: in its title, or in the message if the call has one. The clocks of other
    /// calls end. A repeat changes nothing. Returns whether something is to be sent.
    pub fn show_phase(&mut self, group: GroupKey, phase: ClockPhase, now: Instant) -> Result<bool> {
        self.write(|db| {
            for clock in open_clocks(db, group)?.into_iter().filter(|clock| !clock.is_of(phase.call)) {
                close(db, group, &clock, false, now)?;
            }
            let clock = match open_clocks(db, group)?.pop() {
                Some(clock) => clock,
                None => open(db, group, phase, now)?,
            };
            if clock.left_alone {
                return Ok(false);
            }
            if let Some(message) = message_of(db, group, &clock)? {
                return edit_message(db, &message, phase, now);
            }
            let last = titles(db, group, &clock.subject)?.pop();
            if last.as_ref().is_some_and(|row| row.message.text == phase.text && row.state.expires > Some(now)) {
                return Ok(last.is_some_and(|row| row.state.operation.is_some()));
            }
            if !expected_titles(db, group, &clock.subject, clock.before)?.iter().any(|title| title == phase.title) {
                update(db, "refused = 1", [clock.before])?;
                return Ok(false);
            }
            drop_waiting(db, group, &clock.subject, now)?;
            let subject = format!("{} {}", clock.subject, phase.until.0);
            let generation: i64 = value(
                db,
                &format!("SELECT count(*) FROM deliveries WHERE {CLOCK} AND kind = 'title' AND subject = ?2"),
                params![group, subject],
            )?;
            let insert = "INSERT INTO deliveries (scope, owner, lane, kind, subject, generation, operation, text, created, \
                          next_try, expires, language, topic) \
                          VALUES ('group', ?1, 'clock', ?2, ?3, ?4, 'send', ?5, ?6, ?6, ?7, ?8, ?9)";
            let (language, topic) = (phase.language.code(), phase.topic);
            let row = params![group, TITLE, subject, generation, phase.text, now, phase.until, language, topic];
            run(db, insert, row)?;
            Ok(true)
        })
    }

    /// Ends the clocks of the group. If the clock of `running` has set its title, the old title is restored; messages
    /// are deleted. Returns whether something is to be sent.
    pub fn end_clocks(&mut self, group: GroupKey, running: Option<CallId>, now: Instant) -> Result<bool> {
        if !self.has_clock(group)? {
            return Ok(false);
        }
        self.write(|db| {
            for clock in open_clocks(db, group)? {
                close(db, group, &clock, running.is_some_and(|call| clock.is_of(call)), now)?;
            }
            exists(db, &format!("deliveries WHERE {CLOCK} AND {WAITS}"), [group])
        })
    }

    /// A row of the clock may change the call's title only if it is one of these: titles that the clock has set or may
    /// have set and, until one is known to be set, the title from before the clock.
    pub fn expected_titles(&self, row: &Delivery) -> Result<Vec<String>> {
        let mut words = row.subject.split(' ');
        let (Some(call), Some(began)) = (words.next(), words.next()) else { return Ok(Vec::new()) };
        let subject = format!("{call} {began}");
        let sql = "SELECT first.owner, first.id FROM deliveries AS row JOIN deliveries AS first ON first.scope = row.scope \
                   AND first.owner = row.owner AND first.lane = 'clock' AND first.kind = 'before' AND first.subject = ?2 \
                   WHERE row.id = ?1";
        let found: Option<(GroupKey, i64)> = first(&self.db, sql, params![row.id, subject], |row| row.try_into())?;
        let Some((group, before)) = found else { return Ok(Vec::new()) };
        Ok(expected_titles(&self.db, group, &subject, before)?)
    }
}

fn open_clocks(db: &Connection, group: GroupKey) -> rusqlite::Result<Vec<Clock>> {
    let sql = format!("SELECT id, subject, refused FROM deliveries WHERE {CLOCK} AND {OPEN} ORDER BY id");
    all(db, &sql, [group], |row| Ok(Clock { before: row.get(0)?, subject: row.get(1)?, left_alone: row.get(2)? }))
}

/// Opens a clock. Rows of clocks that have ended and have nothing left to do are deleted.
fn open(db: &Connection, group: GroupKey, phase: ClockPhase, now: Instant) -> rusqlite::Result<Clock> {
    let over = "(operation IS NULL OR expires <= ?2 OR refused = 1)";
    run(db, &format!("DELETE FROM deliveries WHERE {CLOCK} AND {over}"), params![group, now])?;
    let subject = format!("{} {}", phase.call.0, now.0);
    let insert = "INSERT INTO deliveries (scope, owner, lane, kind, subject, text, created, next_try, language) \
                  VALUES ('group', ?1, 'clock', ?2, ?3, ?4, ?5, ?5, ?6)";
    run(db, insert, params![group, BEFORE, subject, phase.title, now, phase.language.code()])?;
    Ok(Clock { before: db.last_insert_rowid(), subject, left_alone: false })
}

/// The rows of a clock's phases, in the order in which they were stored.
fn titles(db: &Connection, group: GroupKey, subject: &str) -> rusqlite::Result<Vec<Delivery>> {
    rows(
        db,
        &format!("{CLOCK} AND kind = 'title' AND subject LIKE ?2 ORDER BY id"),
        params![group, format!("{subject} %")],
    )
}

fn message_of(db: &Connection, group: GroupKey, clock: &Clock) -> rusqlite::Result<Option<Delivery>> {
    let condition = format!("{CLOCK} AND kind = 'message' AND subject = ?2 AND dropped IS NULL");
    Ok(rows(db, &condition, params![group, clock.subject])?.pop())
}

fn expected_titles(db: &Connection, group: GroupKey, subject: &str, before: i64) -> rusqlite::Result<Vec<String>> {
    let titles = titles(db, group, subject)?;
    let is_set = titles.iter().any(|row| row.sent.is_some());
    let mut expected: Vec<String> =
        titles.into_iter().filter(|row| row.state.attempts > 0).map(|row| row.message.text).collect();
    if !is_set {
        expected.push(value(db, "SELECT text FROM deliveries WHERE id = ?1", [before])?);
    }
    Ok(expected)
}

/// Drops titles that wait: they show a phase that is over, or another rhythm.
fn drop_waiting(db: &Connection, group: GroupKey, subject: &str, now: Instant) -> rusqlite::Result<()> {
    let sql = format!(
        "UPDATE deliveries SET operation = NULL, dropped = ?3 WHERE {CLOCK} AND kind = 'title' AND subject LIKE ?2 \
         AND operation IS NOT NULL"
    );
    run(db, &sql, params![group, format!("{subject} %"), now]).map(drop)
}

/// Changes the message to `phase`: it is sent, or edited if it is sent already.
fn edit_message(db: &Connection, row: &Delivery, phase: ClockPhase, now: Instant) -> rusqlite::Result<bool> {
    if row.message.text == phase.text {
        return Ok(row.state.operation.is_some());
    }
    // An attempt to send the old text may be under way; then the new text follows as an edit.
    let sql = "text = ?2, expires = ?3, next_try = ?4, attempts = 0, refused = 0, \
               operation = iif(sent IS NULL, 'send', 'edit'), rewritten = iif(sent IS NULL AND unanswered > 0, 1, rewritten)";
    update(db, sql, params![row.id, phase.text, phase.until, now])?;
    Ok(true)
}

fn close(db: &Connection, group: GroupKey, clock: &Clock, runs: bool, now: Instant) -> rusqlite::Result<()> {
    let is_set = titles(db, group, &clock.subject)?.iter().any(|row| row.state.attempts > 0);
    drop_waiting(db, group, &clock.subject, now)?;
    if runs && is_set && !clock.left_alone && message_of(db, group, clock)?.is_none() {
        let back = "operation = 'send', next_try = ?2, expires = ?3";
        update(db, back, params![clock.before, now, now + MAX_BACK_AGE])?;
    } else {
        update(db, "dropped = ?2, text = ''", params![clock.before, now])?;
    }
    let Some(message) = message_of(db, group, clock)? else { return Ok(()) };
    match (message.sent, message.state.unanswered) {
        // It may be sent already: it is deleted once that is known.
        (None, 1..) => update(db, "delete_after = 0, expires = NULL, refused = 0", [message.id]),
        (None, 0) => update(db, "operation = NULL, dropped = ?2", params![message.id, now]),
        (Some(_), _) => update(
            db,
            "operation = 'delete', attempts = 0, next_try = ?2, expires = NULL, refused = 0",
            params![message.id, now],
        ),
    }
}

/// What the outcome of a title means for its clock: if the account may not set titles, a message replaces them; if an
/// admin has set a title, it stays.
pub(super) fn settled(db: &Connection, id: i64, verdict: &Verdict) -> rusqlite::Result<()> {
    match verdict.problem().and_then(TitleFailure::of) {
        None | Some(TitleFailure::Over) => {
            // The old title that was restored is not needed any more.
            let done = "UPDATE deliveries SET text = '' WHERE id = ?1 AND lane = 'clock' AND kind = 'before' \
                        AND operation IS NULL";
            run(db, done, [id]).map(drop)
        }
        Some(TitleFailure::Replaced) => leave_alone(db, id),
        Some(TitleFailure::NoRight) => send_message(db, id),
    }
}

/// Stops the clock of this title from setting further titles.
fn leave_alone(db: &Connection, id: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE deliveries SET refused = 1 WHERE lane = 'clock' AND kind = 'before' AND operation IS NULL AND EXISTS \
               (SELECT 1 FROM deliveries AS title WHERE title.id = ?1 AND title.lane = 'clock' AND title.kind = 'title' \
                AND title.scope = deliveries.scope AND title.owner = deliveries.owner \
                AND title.subject LIKE deliveries.subject || ' %')";
    run(db, sql, [id]).map(drop)
}

/// Sends the message of the call in place of the title with this id.
fn send_message(db: &Connection, id: i64) -> rusqlite::Result<()> {
    let title = find(db, id)?;
    if title.kind != TITLE {
        return Ok(());
    }
    let subject = title.subject.rsplit_once(' ').map_or(title.subject.as_str(), |(clock, _)| clock);
    let sql = "SELECT peer FROM groups JOIN deliveries ON deliveries.owner = groups.id WHERE deliveries.id = ?1";
    let group: PeerId = value(db, sql, [id])?;
    let random_id = random_id(&format!("swf clock\n{}\n{subject}", group.0));
    let insert = "INSERT OR IGNORE INTO deliveries (scope, owner, lane, kind, subject, operation, random_id, text, created, \
                  next_try, expires, language, topic) \
                  SELECT scope, owner, lane, ?2, ?3, 'send', ?4, text, created, next_try, expires, language, topic \
                  FROM deliveries WHERE id = ?1";
    run(db, insert, params![id, MESSAGE, subject, random_id]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Claimant, Settlement};
    use super::*;
    use crate::domain::post::delivery::{Attempt, Lane, Operation, Outcome, Turn, verdict};
    use crate::domain::post::problem::{Code, Problem};

    const ME: PeerId = PeerId(1);
    const CALL: CallId = CallId(7);

    struct World {
        store: Store,
        group: GroupKey,
        /// The current title of the call.
        title: String,
        _home: tempfile::TempDir,
    }

    impl World {
        fn new() -> World {
            let home = tempfile::tempdir().unwrap();
            let mut store = Store::open(&home.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(PeerId(-1001), None, "Study Hall", None, ME).unwrap();
            World { store, group, title: "Exam week".into(), _home: home }
        }

        fn show_in(&mut self, call: CallId, text: &str, until: i64, now: i64) -> bool {
            let (title, language) = (self.title.clone(), Language::En);
            let phase = ClockPhase { call, title: &title, text, until: Instant(until), language, topic: None };
            self.store.show_phase(self.group, phase, Instant(now)).unwrap()
        }

        fn show(&mut self, text: &str, until: i64, now: i64) -> bool {
            self.show_in(CALL, text, until, now)
        }

        fn end(&mut self, running: bool, now: i64) -> bool {
            self.store.end_clocks(self.group, running.then_some(CALL), Instant(now)).unwrap()
        }

        fn open(&self, now: i64) -> Vec<Delivery> {
            self.store.open_rows(self.group, Lane::Clock, Instant(now)).unwrap()
        }

        fn claim(&mut self, now: i64) -> Delivery {
            let row = self.store.due(self.group, Lane::Clock, Instant(now)).unwrap().remove(0);
            let by = Claimant { account: Some(ME), route: None, lease: 20, asked: false };
            let (turn, row) = self.store.claim(row.id, by, Instant(now)).unwrap();
            assert_eq!(turn, Turn::Ready);
            row
        }

        fn settle(&mut self, row: &Delivery, outcome: Outcome, now: i64) {
            let operation = row.state.operation.unwrap();
            let made_nothing = outcome.made_nothing();
            let attempt = Attempt { lane: row.lane, operation, number: 1, seed: "7", has_next_route: false };
            let settlement = Settlement {
                id: row.id,
                operation,
                idempotency_key: None,
                content_hash: row.content_hash(),
                route: None,
                made_nothing,
                verdict: verdict(attempt, outcome, Instant(now)),
            };
            self.store.settle(&settlement).unwrap();
        }

        /// Sends what is due: titles are set if the call has an expected title, messages get the number 5.
        fn send(&mut self, now: i64) -> Vec<(String, String, Option<Operation>)> {
            let mut sent = Vec::new();
            while !self.store.due(self.group, Lane::Clock, Instant(now)).unwrap().is_empty() {
                let row = self.claim(now);
                let outcome = match row.titled_call() {
                    Some(_) if self.title == row.message.text => delivered(),
                    Some(_) if self.store.expected_titles(&row).unwrap().contains(&self.title) => {
                        self.title.clone_from(&row.message.text);
                        delivered()
                    }
                    Some(_) => Outcome::Refused { problem: TitleFailure::Replaced.problem() },
                    None => Outcome::Delivered { message_id: Some(5), chat: Some(PeerId(-1001)) },
                };
                self.settle(&row, outcome, now);
                sent.push((row.kind.clone(), row.message.text.clone(), row.state.operation));
            }
            sent
        }
    }

    fn delivered() -> Outcome {
        Outcome::Delivered { message_id: None, chat: None }
    }

    fn title(text: &str) -> Vec<(String, String, Option<Operation>)> {
        vec![("title".into(), text.into(), Some(Operation::Send))]
    }

    fn refuse_titles(world: &mut World, now: i64) {
        let row = world.claim(now);
        let problem = Problem::new(Code::Telegram, "CHAT_ADMIN_REQUIRED");
        world.settle(&row, Outcome::Refused { problem }, now);
    }

    #[test]
    fn each_phase_is_one_row_and_the_old_title_is_put_back() {
        let mut world = World::new();
        assert!(!world.store.has_clock(world.group).unwrap());
        assert!(world.show("focus", 150, 100));
        assert!(world.show("focus", 150, 101), "it still waits");
        assert_eq!(world.send(101), title("focus"));
        assert!(!world.show("focus", 150, 120), "it is shown");
        assert_eq!((world.send(120), world.title.as_str()), (Vec::new(), "focus"));
        assert!(world.show("break", 160, 150));
        assert_eq!(world.send(150), title("break"));
        assert!(world.store.has_clock(world.group).unwrap());
        assert!(world.end(true, 155));
        assert_eq!(world.send(155).len(), 1);
        assert_eq!(world.title, "Exam week");
        assert!(!world.end(true, 156) && !world.store.has_clock(world.group).unwrap());
        // For a second clock of the call, the same phase is another row.
        assert!(world.show("break", 160, 157));
        assert_eq!(world.send(157), title("break"));
    }

    #[test]
    fn a_phase_that_is_late_is_not_sent() {
        let mut world = World::new();
        world.show("focus", 150, 100);
        assert_eq!(world.open(149).len(), 1);
        assert_eq!((world.open(150), world.send(150)), (Vec::new(), Vec::new()));
        // Neither is a title that another one has replaced.
        world.show("break", 160, 150);
        world.show("short focus", 155, 151);
        assert_eq!(world.send(151), title("short focus"));
    }

    #[test]
    fn a_title_of_somebody_else_stays_and_ends_the_phases_of_the_call() {
        let mut world = World::new();
        world.show("focus", 150, 100);
        world.send(100);
        world.title = "Quiz".into();
        assert!(!world.show("break", 160, 150), "seen before the row is stored");
        assert!(!world.show("focus 2", 210, 160) && !world.end(true, 170));
        assert_eq!((world.send(170), world.title.as_str()), (Vec::new(), "Quiz"));
        // Only the attempt sees the admin's title.
        let mut world = World::new();
        world.show("focus", 150, 100);
        world.title = "Quiz".into();
        world.send(100);
        assert_eq!(world.title, "Quiz");
        assert!(!world.show("break", 160, 150));
        // Another call has its own clock.
        assert!(world.show_in(CallId(8), "break", 160, 151));
        assert_eq!(world.send(151), title("break"));
    }

    #[test]
    fn an_attempt_without_an_answer_may_have_set_the_title() {
        let mut world = World::new();
        world.show("focus", 150, 100);
        let row = world.claim(100);
        world.title = "focus".into();
        // The process died: the next phase finds a title that may be its own, and the old one is not lost.
        assert!(world.show("break", 160, 150));
        assert_eq!(world.store.expected_titles(&row).unwrap(), ["focus", "Exam week"]);
        assert_eq!(world.send(150), title("break"));
        assert!(world.end(true, 155));
        world.send(155);
        assert_eq!(world.title, "Exam week");
    }

    #[test]
    fn without_the_right_one_message_of_the_call_is_edited_and_deleted_with_it() {
        let mut world = World::new();
        world.show("focus", 150, 100);
        refuse_titles(&mut world, 100);
        let message = |text: &str, operation| vec![("message".to_owned(), text.to_owned(), Some(operation))];
        assert_eq!(world.send(101), message("focus", Operation::Send));
        assert!(!world.show("focus", 150, 120));
        assert!(world.show("break", 160, 150));
        assert_eq!(world.send(150), message("break", Operation::Edit));
        assert!(world.show("focus", 210, 160));
        assert_eq!(world.open(210), [], "what is late is not sent");
        assert!(world.show("break", 220, 210));
        assert_eq!(world.send(210), message("break", Operation::Edit));
        assert!(world.end(false, 215));
        assert_eq!(world.send(215), message("break", Operation::Delete));
        assert_eq!(world.title, "Exam week");
        assert!(!world.store.has_clock(world.group).unwrap());
    }

    #[test]
    fn a_message_that_may_be_out_is_edited_or_deleted_once_that_is_known() {
        let mut world = World::new();
        world.show("focus", 150, 100);
        refuse_titles(&mut world, 100);
        let row = world.claim(101);
        assert!(world.show("break", 160, 150));
        world.settle(&row, Outcome::Delivered { message_id: Some(5), chat: None }, 151);
        let next = world.send(151);
        assert_eq!(next, [("message".to_owned(), "break".to_owned(), Some(Operation::Edit))]);
        let mut world = World::new();
        world.show("focus", 150, 100);
        refuse_titles(&mut world, 100);
        let random_id = world.claim(101).random_id;
        assert!(world.end(false, 130));
        let sent: Vec<_> = world.send(130).into_iter().map(|(_, _, operation)| operation.unwrap()).collect();
        assert_eq!(sent, [Operation::Send, Operation::Delete]);
        assert!(random_id.is_some());
    }
}
