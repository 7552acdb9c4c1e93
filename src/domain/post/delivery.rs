//! What to do with a stored post (DESIGN §4.1, §4.7): one state machine for the tracker, cron and a person.
//!
//! ```text
//! stored ──claim──► leased ──sent──► done
//!    ▲                │ ├──wait / failed──► stored, not before `next_try`
//!    └── lease over ──┘ └──refused──► kept, no more tries
//! ```
//! The lease only keeps processes out of each other's way. What keeps a second message from being made is the post's
//! `random_id`: repeating it is always safe, for the account that tried first.

use crate::domain::words::problem;
use crate::domain::{Instant, PeerId};

/// How long a process may take for one attempt, in seconds, before another one may try.
pub const LEASE: i64 = 20;

/// Where a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The account it was first tried with, and stays with.
    pub account: Option<PeerId>,
    pub attempts: u32,
    pub next_try: Instant,
    /// Another process is at it until then.
    pub leased_until: Option<Instant>,
    pub refused: bool,
    pub sent: bool,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send it now.
    Send,
    /// Not before this instant.
    Wait(Instant),
    /// It belongs to another account: a second account could make a second message.
    NotOurs(PeerId),
    /// Sent, or refused for good.
    Over,
}

/// Whether the account `me` may send at `now`.
pub fn turn(post: &Standing, me: PeerId, now: Instant) -> Turn {
    if post.sent || post.refused {
        return Turn::Over;
    }
    if let Some(account) = post.account.filter(|account| *account != me) {
        return Turn::NotOurs(account);
    }
    // One that lasts longer than any can was taken by a clock that was ahead.
    let lease = post.leased_until.filter(|lease| *lease <= now + LEASE);
    let ready = lease.map_or(post.next_try, |lease| lease.max(post.next_try));
    if now >= ready { Turn::Send } else { Turn::Wait(ready) }
}

/// Why a post waits that belongs to another account.
pub fn not_ours(account: PeerId) -> String {
    format!("was first tried by account {account}, and stays with it")
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent {
        message_id: Option<i32>,
        /// Where the message is: a bot may post elsewhere than in the group.
        chat: PeerId,
    },
    /// Telegram wants this many seconds of quiet.
    Wait { seconds: u32 },
    /// The first try of the same post is still being executed: repeat it shortly.
    Executing,
    /// Telegram said no.
    Refused { name: String },
    /// No answer, or one that says nothing about the post.
    Failed { problem: String },
}

/// What an attempt means for the post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Sent {
        at: Instant,
        message_id: Option<i32>,
        chat: PeerId,
    },
    Retry {
        at: Instant,
        problem: String,
    },
    /// Nor any other post of the account before then.
    Quiet {
        at: Instant,
        problem: String,
    },
    Refused {
        problem: String,
    },
}

/// Telegram's errors that last until somebody acts.
const LASTING: [&str; 13] = [
    "CHAT_WRITE_FORBIDDEN",
    "USER_BANNED_IN_CHANNEL",
    "CHAT_ADMIN_REQUIRED",
    "CHAT_RESTRICTED",
    "CHANNEL_PRIVATE",
    "CHANNEL_INVALID",
    "PEER_ID_INVALID",
    "CHAT_SEND_PLAIN_FORBIDDEN",
    "CHAT_GUEST_SEND_FORBIDDEN",
    "TOPIC_CLOSED",
    "ALLOW_PAYMENT_REQUIRED",
    "ACCESS_TOKEN_INVALID",
    "ACCESS_TOKEN_EXPIRED",
];

/// Decides what becomes of a post after an attempt; `attempts` is how many there were before it.
pub fn verdict(outcome: Outcome, attempts: u32, now: Instant) -> Verdict {
    match outcome {
        Outcome::Sent { message_id, chat } => Verdict::Sent { at: now, message_id, chat },
        Outcome::Wait { seconds } => {
            let problem = problem("flood_wait", &seconds.to_string());
            Verdict::Quiet { at: now + i64::from(seconds), problem }
        }
        Outcome::Executing => Verdict::Retry { at: now + 2, problem: problem("executing", "") },
        Outcome::Refused { name } if LASTING.contains(&name.as_str()) => {
            Verdict::Refused { problem: problem("telegram", &name) }
        }
        Outcome::Refused { name } => {
            Verdict::Retry { at: now + retry_delay(attempts), problem: problem("telegram", &name) }
        }
        Outcome::Failed { problem } => Verdict::Retry { at: now + retry_delay(attempts), problem },
    }
}

/// How long to wait before the next try after `attempts` failed ones: 5 s, doubling up to 10 minutes.
fn retry_delay(attempts: u32) -> i64 {
    (5_i64 << attempts.min(7)).min(600)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: PeerId = PeerId(1);

    fn fresh() -> Standing {
        Standing { account: None, attempts: 0, next_try: Instant(100), leased_until: None, refused: false, sent: false }
    }

    #[test]
    fn one_process_at_a_time_and_only_the_first_account() {
        assert_eq!(turn(&fresh(), ME, Instant(99)), Turn::Wait(Instant(100)));
        assert_eq!(turn(&fresh(), ME, Instant(100)), Turn::Send);
        let leased = Standing { leased_until: Some(Instant(120)), account: Some(ME), ..fresh() };
        assert_eq!(turn(&leased, ME, Instant(119)), Turn::Wait(Instant(120)));
        assert_eq!(turn(&leased, ME, Instant(120)), Turn::Send);
        assert_eq!(turn(&leased, PeerId(2), Instant(500)), Turn::NotOurs(ME));
        let by_a_clock_ahead = Standing { leased_until: Some(Instant(90_000)), ..fresh() };
        assert_eq!(turn(&by_a_clock_ahead, ME, Instant(100)), Turn::Send);
        assert_eq!(turn(&Standing { sent: true, ..leased }, ME, Instant(500)), Turn::Over);
        assert_eq!(turn(&Standing { refused: true, ..leased }, ME, Instant(500)), Turn::Over);
    }

    #[test]
    fn only_refusals_that_last_end_the_tries() {
        let refused = |name: &str| verdict(Outcome::Refused { name: name.into() }, 0, Instant(0));
        for name in LASTING {
            let Verdict::Refused { problem } = refused(name) else { panic!("{name}") };
            // It says what to do.
            assert!(problem.ends_with(&format!(" ({name})")), "{problem}");
        }
        assert!(matches!(refused("INTERNAL"), Verdict::Retry { at: Instant(5), .. }));
        assert!(matches!(
            verdict(Outcome::Wait { seconds: 31 }, 9, Instant(0)),
            Verdict::Quiet { at: Instant(31), .. }
        ));
        assert!(matches!(verdict(Outcome::Executing, 9, Instant(0)), Verdict::Retry { at: Instant(2), .. }));
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<i64> = (0..10).map(retry_delay).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    }
}
