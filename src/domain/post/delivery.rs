//! What to do with a stored message or website export: one state machine for all of them and for every process.
//!
//! ```text
//! waiting ──claim──► leased ──delivered──► done
//!    ▲                 │ ├──wait, failed──► waiting, not before `next_try`
//!    └── lease over ───┘ └──refused──► kept, not tried again until a user asks for it
//! ```
//! The lease only keeps processes from doing the same work. The row's `random_id` prevents a second message: the
//! account that tried first can always repeat it safely. A website recognises a repeat by the idempotency key.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::message::Message;
use super::picture::Card;
use super::problem::{Code, Problem};
use crate::domain::chat::Buttons;
use crate::domain::{Instant, PeerId};

/// No lease lasts longer than this, in seconds. A longer one was set by a clock that was ahead, and is ignored.
pub const MAX_LEASE: i64 = 65;
/// The longest wait that a server can ask for, in seconds. A longer one would be the same as a refusal.
pub const MAX_WAIT: i64 = 86_400;

/// A queue of rows, which are sent one after the other. Lanes do not wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    Posts,
    Alerts,
    Website,
    /// Answers to what people ask in the chat.
    Answers,
    /// The phases of the rhythm, as the title of the call or as a message.
    Clock,
}

impl Lane {
    pub const ALL: [Lane; 5] = [Lane::Posts, Lane::Alerts, Lane::Website, Lane::Answers, Lane::Clock];

    /// The code in the store; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            Lane::Posts => "posts",
            Lane::Alerts => "alerts",
            Lane::Website => "website",
            Lane::Answers => "answers",
            Lane::Clock => "clock",
        }
    }

    pub fn of_code(code: &str) -> Option<Lane> {
        Lane::ALL.into_iter().find(|lane| lane.code() == code)
    }
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Send,
    Edit,
    /// Deletes a sent message.
    Delete,
}

impl Operation {
    pub const ALL: [Operation; 3] = [Operation::Send, Operation::Edit, Operation::Delete];

    /// The code in the store; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            Operation::Send => "send",
            Operation::Edit => "edit",
            Operation::Delete => "delete",
        }
    }

    pub fn of_code(code: &str) -> Option<Operation> {
        Operation::ALL.into_iter().find(|operation| operation.code() == code)
    }
}

/// The state of a row in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryState {
    /// What to do next; `None` if nothing is left to do.
    pub operation: Option<Operation>,
    /// The account that tried the row first; no other account may try it.
    pub account: Option<PeerId>,
    /// How often the operation was attempted, including an attempt that has not ended.
    pub attempts: u32,
    /// How many of the attempts may have made a message, because they ended without a clear answer or have not ended.
    pub unanswered: u32,
    pub next_try: Instant,
    /// Another process is sending it until then.
    pub leased_until: Option<Instant>,
    pub refused: bool,
    /// From then on the row is not sent any more.
    pub expires: Option<Instant>,
}

/// Whether a row may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Now.
    Ready,
    /// Not before this instant.
    Wait(Instant),
    /// Only by this account: another account could make a second message.
    OtherAccount(PeerId),
    /// Done, refused or expired.
    Done,
}

impl DeliveryState {
    /// Whether the account `me` may try the row at `now`. `me` is `None` if no account is needed. `asked`: a user wants
    /// the row tried at once, also if it was refused.
    pub fn turn(&self, me: Option<PeerId>, asked: bool, now: Instant) -> Turn {
        let is_expired = self.expires.is_some_and(|expires| now >= expires);
        if self.operation.is_none() || is_expired || (self.refused && !asked) {
            return Turn::Done;
        }
        if let (Some(account), Some(me)) = (self.account, me)
            && account != me
        {
            return Turn::OtherAccount(account);
        }
        let lease = self.leased_until.filter(|lease| *lease <= now + MAX_LEASE);
        // A later instant was set by a clock that was ahead, or by an older swf that waited for years.
        let next_try = if asked || self.next_try > now + MAX_WAIT { now } else { self.next_try };
        let ready = lease.map_or(next_try, |lease| lease.max(next_try));
        if now >= ready { Turn::Ready } else { Turn::Wait(ready) }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver has it, from this attempt or from an earlier one.
    Delivered {
        message_id: Option<i32>,
        /// Where the message is: a bot may post elsewhere than in the group.
        chat: Option<PeerId>,
    },
    /// The receiver asks to try again in so many seconds.
    Wait { seconds: i64, problem: Problem },
    /// An earlier attempt with the same `random_id` is still being executed.
    Executing,
    /// The receiver refused it: this attempt had no effect.
    Refused { problem: Problem },
    /// No answer, or one that does not say whether the attempt had an effect.
    Failed { problem: Problem },
}

impl Outcome {
    /// Why it was not delivered; `None` if it was, or is still being executed.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Outcome::Delivered { .. } | Outcome::Executing => None,
            Outcome::Wait { problem, .. } | Outcome::Refused { problem } | Outcome::Failed { problem } => Some(problem),
        }
    }

    /// Whether this attempt certainly made no message.
    pub fn made_nothing(&self) -> bool {
        matches!(self, Outcome::Wait { .. } | Outcome::Refused { .. })
    }
}

/// What an attempt means for the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The operation is done.
    Done {
        at: Instant,
        message_id: Option<i32>,
        chat: Option<PeerId>,
    },
    /// The message can't be edited or deleted any more, and stays as it is.
    Closed {
        at: Instant,
        problem: Problem,
    },
    Retry {
        at: Instant,
        problem: Problem,
    },
    /// As `Retry`; until `at`, no row of the same account, lane and operation is tried.
    RateLimited {
        at: Instant,
        problem: Problem,
    },
    /// The row is not tried again until a user asks for it.
    Refused {
        problem: Problem,
    },
}

impl Verdict {
    /// Why the operation has not been done.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Verdict::Done { .. } => None,
            Verdict::Closed { problem, .. }
            | Verdict::Retry { problem, .. }
            | Verdict::RateLimited { problem, .. }
            | Verdict::Refused { problem } => Some(problem),
        }
    }

    /// When the next try is due; `None` if there is none.
    pub fn next_try(&self) -> Option<Instant> {
        match self {
            Verdict::Retry { at, .. } | Verdict::RateLimited { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// Why the title of a call was not set (rules §9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TitleFailure {
    /// Somebody has set another title meanwhile.
    Replaced,
    /// The call is over.
    Over,
    /// The account may not set the title.
    NoRight,
}

/// Telegram's errors for an account that may not manage calls.
const NO_TITLE_RIGHT: [&str; 3] = ["CHAT_ADMIN_REQUIRED", "GROUPCALL_FORBIDDEN", "RIGHT_FORBIDDEN"];

impl TitleFailure {
    /// The problem that the store keeps for this reason.
    pub fn problem(self) -> Problem {
        match self {
            TitleFailure::Replaced => Problem::new(Code::NotEditable, "the title was changed meanwhile"),
            TitleFailure::Over => Problem::new(Code::NotEditable, "the call is over"),
            TitleFailure::NoRight => Problem::new(Code::Telegram, NO_TITLE_RIGHT[0]),
        }
    }

    /// The reason behind a problem with a title; `None` if the problem may pass.
    pub fn of(problem: &Problem) -> Option<TitleFailure> {
        match problem.code {
            Code::Telegram if NO_TITLE_RIGHT.contains(&problem.detail.as_str()) => Some(TitleFailure::NoRight),
            _ => {
                [TitleFailure::Replaced, TitleFailure::Over].into_iter().find(|untitled| untitled.problem() == *problem)
            }
        }
    }
}

/// Telegram's errors after which an edit is given up.
const NOT_EDITABLE: [&str; 6] = [
    "MESSAGE_ID_INVALID",
    "MESSAGE_EDIT_TIME_EXPIRED",
    "MESSAGE_AUTHOR_REQUIRED",
    "CHANNEL_PRIVATE",
    "CHAT_WRITE_FORBIDDEN",
    // The row became a text, but its message is a picture, which a late repeat has sent.
    "MEDIA_CAPTION_TOO_LONG",
];

/// An attempt that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    pub lane: Lane,
    pub operation: Operation,
    /// 1 for the first attempt.
    pub number: u32,
    /// A text that differs from row to row; see [`retry_delay`].
    pub seed: &'a str,
    /// Whether an alert has another route to try.
    pub has_next_route: bool,
}

/// Decides what happens to a row after an attempt.
pub fn verdict(attempt: Attempt, outcome: Outcome, now: Instant) -> Verdict {
    let later = now + retry_delay(attempt.number, attempt.seed);
    let telegram = |problem: &Problem, name: &str| problem.code == Code::Telegram && problem.detail == name;
    match (attempt.lane, attempt.operation, outcome) {
        (_, _, Outcome::Delivered { message_id, chat }) => Verdict::Done { at: now, message_id, chat },
        (Lane::Website, _, Outcome::Wait { seconds, problem }) => {
            Verdict::Retry { at: now + seconds.clamp(1, MAX_WAIT), problem }
        }
        // A slow mode holds for its chat alone.
        (_, _, Outcome::Wait { seconds, problem }) if problem.code == Code::Telegram => {
            Verdict::Retry { at: now + seconds.clamp(1, MAX_WAIT), problem }
        }
        (_, _, Outcome::Wait { seconds, problem }) => {
            Verdict::RateLimited { at: now + seconds.clamp(1, MAX_WAIT), problem }
        }
        (_, _, Outcome::Executing) => Verdict::Retry { at: now + 2, problem: Problem::new(Code::Executing, "") },
        // `Store::settle` turns the row into a text.
        (_, Operation::Send, Outcome::Refused { problem }) if problem.code == Code::NoPictures => {
            Verdict::Retry { at: now, problem }
        }
        (Lane::Website, _, Outcome::Refused { problem })
        | (Lane::Answers, Operation::Send, Outcome::Refused { problem }) => Verdict::Refused { problem },
        (Lane::Clock, Operation::Send, Outcome::Refused { problem }) if TitleFailure::of(&problem).is_some() => {
            match problem.code {
                Code::NotEditable => Verdict::Closed { at: now, problem },
                _ => Verdict::Refused { problem },
            }
        }
        (Lane::Alerts, _, Outcome::Refused { problem }) => {
            // After the last route comes the first one again, later: its problem may be solved by then.
            Verdict::Retry { at: if attempt.has_next_route { now } else { later }, problem }
        }
        (_, Operation::Edit, Outcome::Refused { problem }) if telegram(&problem, "MESSAGE_NOT_MODIFIED") => {
            Verdict::Done { at: now, message_id: None, chat: None }
        }
        (lane, Operation::Edit, Outcome::Refused { problem })
            if lane == Lane::Answers
                || problem.code == Code::NoPictures
                || NOT_EDITABLE.iter().any(|name| telegram(&problem, name)) =>
        {
            Verdict::Closed { at: now, problem: Problem::new(Code::NotEditable, problem.detail) }
        }
        (_, Operation::Delete, Outcome::Refused { problem }) if problem.code == Code::Telegram => {
            Verdict::Closed { at: now, problem: Problem::new(Code::NotDeletable, problem.detail) }
        }
        (_, Operation::Send, Outcome::Refused { problem }) if problem.lasts() => Verdict::Refused { problem },
        (_, _, Outcome::Refused { problem } | Outcome::Failed { problem }) => Verdict::Retry { at: later, problem },
    }
}

/// The backoff after `attempts` failed attempts, in seconds: 4, doubling up to 480, plus up to a quarter. The addition
/// depends on `seed`, so that rows that wait for the same server are not all sent at once.
pub fn retry_delay(attempts: u32, seed: &str) -> i64 {
    let failures = attempts.saturating_sub(1);
    let base = (4_i64 << failures.min(7)).min(480);
    let hash = Sha256::digest(format!("{seed}\n{failures}"));
    base + base * i64::from(hash[0]) / 1024
}

/// A hash of a message's text and entities: two messages with the same hash look the same.
pub fn content_hash(message: &Message) -> String {
    content_hash_with(message, &Buttons::default())
}

/// Like [`content_hash`], for a message with buttons below it.
pub fn content_hash_with(message: &Message, buttons: &Buttons) -> String {
    content_hash_of(message, buttons, None)
}

/// Like [`content_hash_with`], for a message with a picture above it.
pub fn content_hash_of(message: &Message, buttons: &Buttons, card: Option<&Card>) -> String {
    let mut content = serde_json::to_string(message).expect("a message is plain data");
    if !buttons.is_empty() {
        content += &serde_json::to_string(buttons).expect("buttons are plain data");
    }
    if let Some(card) = card {
        content += &serde_json::to_string(card).expect("a card is plain data");
    }
    Sha256::digest(content)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: PeerId = PeerId(1);

    fn fresh() -> DeliveryState {
        DeliveryState {
            operation: Some(Operation::Send),
            account: None,
            attempts: 0,
            unanswered: 0,
            next_try: Instant(100),
            leased_until: None,
            refused: false,
            expires: None,
        }
    }

    fn turn(state: DeliveryState, me: PeerId, now: i64) -> Turn {
        state.turn(Some(me), false, Instant(now))
    }

    #[test]
    fn one_process_at_a_time_and_only_the_first_account() {
        assert_eq!(turn(fresh(), ME, 99), Turn::Wait(Instant(100)));
        assert_eq!(turn(fresh(), ME, 100), Turn::Ready);
        let leased = DeliveryState { leased_until: Some(Instant(120)), account: Some(ME), ..fresh() };
        assert_eq!(turn(leased, ME, 119), Turn::Wait(Instant(120)));
        assert_eq!(turn(leased, ME, 120), Turn::Ready);
        assert_eq!(turn(leased, PeerId(2), 500), Turn::OtherAccount(ME));
        let by_a_clock_ahead = DeliveryState { leased_until: Some(Instant(90_000)), ..fresh() };
        assert_eq!(turn(by_a_clock_ahead, ME, 100), Turn::Ready);
        assert_eq!(turn(DeliveryState { operation: None, ..leased }, ME, 500), Turn::Done);
        assert_eq!(turn(DeliveryState { refused: true, ..leased }, ME, 500), Turn::Done);
        let expiring = DeliveryState { expires: Some(Instant(200)), ..fresh() };
        assert_eq!([199, 200].map(|now| turn(expiring, ME, now)), [Turn::Ready, Turn::Done]);
    }

    /// CASES X9.
    #[test]
    fn no_wait_is_longer_than_a_day() {
        let waits = |next_try| turn(DeliveryState { next_try: Instant(next_try), ..fresh() }, ME, 100);
        assert_eq!(waits(100 + MAX_WAIT), Turn::Wait(Instant(100 + MAX_WAIT)));
        assert_eq!([100 + MAX_WAIT + 1, i64::MAX].map(waits), [Turn::Ready; 2]);
        let post = attempt(Lane::Posts, Operation::Send);
        let asked = verdict(post, wait(4_294_967_295), Instant(100));
        assert_eq!(asked.next_try(), Some(Instant(100 + MAX_WAIT)));
    }

    #[test]
    fn asking_skips_the_pause_and_the_refusal_but_not_a_lease_or_the_account() {
        let asked = |state: DeliveryState, now| state.turn(Some(ME), true, Instant(now));
        assert_eq!(asked(fresh(), 0), Turn::Ready);
        let refused = DeliveryState { refused: true, ..fresh() };
        assert_eq!(asked(refused, 0), Turn::Ready);
        let leased = DeliveryState { leased_until: Some(Instant(50)), ..refused };
        assert_eq!([49, 50].map(|now| asked(leased, now)), [Turn::Wait(Instant(50)), Turn::Ready]);
        assert_eq!(asked(DeliveryState { account: Some(PeerId(2)), ..fresh() }, 0), Turn::OtherAccount(PeerId(2)));
    }

    fn attempt(lane: Lane, operation: Operation) -> Attempt<'static> {
        Attempt { lane, operation, number: 1, seed: "7", has_next_route: false }
    }

    fn telegram(name: &str) -> Outcome {
        Outcome::Refused { problem: Problem::new(Code::Telegram, name) }
    }

    fn wait(seconds: i64) -> Outcome {
        Outcome::Wait { seconds, problem: Problem::new(Code::FloodWait, seconds) }
    }

    #[test]
    fn only_refusals_that_last_end_the_tries_of_a_post() {
        let post = attempt(Lane::Posts, Operation::Send);
        let refused = |name| verdict(post, telegram(name), Instant(0));
        assert!(matches!(refused("CHAT_WRITE_FORBIDDEN"), Verdict::Refused { .. }));
        assert!(matches!(refused("INTERNAL"), Verdict::Retry { at: Instant(4..=5), .. }));
        let slow = Outcome::Wait { seconds: 31, problem: Problem::new(Code::Telegram, "SLOWMODE_WAIT_31") };
        assert!(matches!(verdict(post, slow, Instant(0)), Verdict::Retry { at: Instant(31), .. }));
        assert!(matches!(verdict(post, wait(31), Instant(0)), Verdict::RateLimited { at: Instant(31), .. }));
        assert!(matches!(verdict(post, Outcome::Executing, Instant(0)), Verdict::Retry { at: Instant(2), .. }));
        let lost = Outcome::Failed { problem: Problem::new(Code::Connection, "closed") };
        assert!(!lost.made_nothing() && !Outcome::Executing.made_nothing());
        assert!(telegram("INTERNAL").made_nothing() && wait(1).made_nothing());
        assert!(matches!(verdict(post, lost, Instant(0)), Verdict::Retry { at: Instant(4..=5), .. }));
    }

    #[test]
    fn where_pictures_are_not_allowed_the_text_is_due_at_once_and_no_edit() {
        let refused = || Outcome::Refused { problem: Problem::new(Code::NoPictures, "CHAT_SEND_PHOTOS_FORBIDDEN") };
        for lane in [Lane::Posts, Lane::Answers] {
            let send = verdict(attempt(lane, Operation::Send), refused(), Instant(9));
            assert_eq!(send.next_try(), Some(Instant(9)), "{lane:?}");
            assert!(matches!(verdict(attempt(lane, Operation::Edit), refused(), Instant(9)), Verdict::Closed { .. }));
        }
        assert!(refused().made_nothing());
    }

    #[test]
    fn an_edit_ends_where_the_message_is_as_it_should_be_or_can_not_be_edited() {
        let edit = attempt(Lane::Posts, Operation::Edit);
        let answer = |name| verdict(edit, telegram(name), Instant(9));
        assert!(matches!(answer("MESSAGE_NOT_MODIFIED"), Verdict::Done { at: Instant(9), .. }));
        for name in NOT_EDITABLE {
            let Verdict::Closed { problem, .. } = answer(name) else { panic!("{name}") };
            assert_eq!(problem, Problem::new(Code::NotEditable, name));
        }
        assert!(matches!(answer("CHAT_ADMIN_REQUIRED"), Verdict::Retry { .. }));
        assert!(matches!(verdict(edit, wait(31), Instant(0)), Verdict::RateLimited { at: Instant(31), .. }));
    }

    #[test]
    fn a_title_is_given_up_where_an_admin_or_the_end_of_the_call_decides() {
        let title = attempt(Lane::Clock, Operation::Send);
        for untitled in [TitleFailure::Replaced, TitleFailure::Over] {
            let outcome = Outcome::Refused { problem: untitled.problem() };
            let expected = Verdict::Closed { at: Instant(9), problem: untitled.problem() };
            assert_eq!(verdict(title, outcome, Instant(9)), expected);
        }
        for name in NO_TITLE_RIGHT {
            let refused = verdict(title, telegram(name), Instant(9));
            assert_eq!(refused, Verdict::Refused { problem: Problem::new(Code::Telegram, name) });
            assert_eq!(refused.problem().and_then(TitleFailure::of), Some(TitleFailure::NoRight));
        }
        assert!(matches!(verdict(title, telegram("INTERNAL"), Instant(9)), Verdict::Retry { .. }));
        assert!(matches!(verdict(title, wait(31), Instant(0)), Verdict::RateLimited { at: Instant(31), .. }));
    }

    #[test]
    fn a_deletion_ends_where_telegram_refuses_it() {
        let delete = attempt(Lane::Posts, Operation::Delete);
        let Verdict::Closed { problem, .. } = verdict(delete, telegram("MESSAGE_DELETE_FORBIDDEN"), Instant(9)) else {
            panic!()
        };
        assert_eq!(problem, Problem::new(Code::NotDeletable, "MESSAGE_DELETE_FORBIDDEN"));
        let signed_out = Outcome::Refused { problem: Problem::new(Code::SignedOut, "SESSION_REVOKED") };
        assert!(matches!(verdict(delete, signed_out, Instant(9)), Verdict::Retry { .. }));
    }

    #[test]
    fn an_alert_goes_on_with_the_next_route_at_once_and_is_never_given_up_by_an_answer() {
        let alert = attempt(Lane::Alerts, Operation::Send);
        let refused = || telegram("CHAT_WRITE_FORBIDDEN");
        let at = |verdict: Verdict| verdict.next_try().unwrap();
        let next = verdict(Attempt { has_next_route: true, ..alert }, refused(), Instant(100));
        assert_eq!(at(next), Instant(100));
        assert!((104..=105).contains(&at(verdict(alert, refused(), Instant(100))).0));
        assert_eq!(at(verdict(alert, wait(31), Instant(100))), Instant(131));
    }

    #[test]
    fn a_websites_answers_mean_what_they_should() {
        let website = attempt(Lane::Website, Operation::Send);
        let now = Instant(1000);
        let problem = || Problem::new(Code::Website, "https://site.example 503 Service Unavailable");
        let at = |outcome| match verdict(website, outcome, now) {
            Verdict::Retry { at, .. } => at - now,
            other => panic!("{other:?}"),
        };
        let wait = |seconds| Outcome::Wait { seconds, problem: problem() };
        // A wait of 0 would cause a storm of requests, and a wait of years would never end: both are bounded.
        assert_eq!([30, 0, i64::MAX].map(|seconds| at(wait(seconds))), [30, 1, 86_400]);
        assert!((4..=5).contains(&at(Outcome::Failed { problem: problem() })));
        let delivered = verdict(website, Outcome::Delivered { message_id: None, chat: None }, now);
        assert_eq!(delivered, Verdict::Done { at: now, message_id: None, chat: None });
        let refused = verdict(website, Outcome::Refused { problem: problem() }, now);
        assert_eq!(refused, Verdict::Refused { problem: problem() });
    }

    #[test]
    fn delays_grow_differ_and_end() {
        let delays = |seed| -> Vec<i64> { (1..=10).map(|attempts| retry_delay(attempts, seed)).collect() };
        let bases = [4, 8, 16, 32, 64, 128, 256, 480, 480, 480];
        for seed in ["a", "b", "c"] {
            assert!(delays(seed).iter().zip(bases).all(|(delay, base)| (base..=base * 5 / 4).contains(delay)));
        }
        assert_ne!(delays("a"), delays("b"));
    }

    #[test]
    fn a_picture_is_part_of_the_content() {
        use crate::domain::card::board::BoardCard;
        let message = Message { text: "a".into(), entities: Vec::new() };
        let card = |title: &str| Card::Board(BoardCard { title: title.into(), ..BoardCard::default() });
        let hash = |card: Option<&Card>| content_hash_of(&message, &Buttons::default(), card);
        assert_eq!(hash(None), content_hash(&message));
        assert_eq!(hash(Some(&card("x"))), hash(Some(&card("x"))));
        assert_ne!(hash(Some(&card("x"))), hash(Some(&card("y"))));
    }

    #[test]
    fn the_content_is_text_and_entities() {
        let message = |text: &str| Message { text: text.into(), entities: Vec::new() };
        assert_eq!(content_hash(&message("a")), content_hash(&message("a")));
        assert_ne!(content_hash(&message("a")), content_hash(&message("b")));
    }
}
