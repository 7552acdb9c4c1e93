//! The rules of the game, as pure functions of plain data and `now`.
//!
//! Nothing here does I/O, knows tokio, SQLite or Telegram's types, or reads a clock; `tests/it/shape.rs` holds that.
//! Read in this order: [`interval`] (time), [`period`] (days, weeks, months), [`roster`] (what the server says → stays),
//! [`presence`] (stays → credited time), [`carried`] (the old tracker's totals), [`leaderboard`] (credited time →
//! ranks), [`receipt`] (why a number is what it is), [`schedule`] (when a post is due), [`message`] (what a post says),
//! [`outbox`] (whose turn it is to send it), [`praise`] (kind words for it), [`export`] (what a website hears of it),
//! [`watchdog`] (when somebody is to be alerted); and [`backup`] (which copies of the store to keep). [`people`] and
//! [`text`] are who is meant, and how a name is made safe to show.

pub mod backup;
pub mod carried;
pub mod export;
pub mod interval;
pub mod leaderboard;
pub mod message;
pub mod outbox;
pub mod people;
pub mod period;
pub mod praise;
pub mod presence;
pub mod receipt;
pub mod roster;
pub mod schedule;
pub mod text;
pub mod watchdog;

pub use interval::{Instant, Span};

/// A participant's or a group's *marked* Telegram id: a user is positive, a basic group is `-id`, a channel or
/// supergroup is `-100…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub i64);

/// Telegram's id of one group call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub i64);

impl std::fmt::Display for PeerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for CallId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
