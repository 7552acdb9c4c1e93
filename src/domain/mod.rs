//! The rules of the game, as pure functions of plain data and `now`.
//!
//! Nothing here does I/O, knows tokio, SQLite or Telegram's types, or reads a clock; `tests/it/shape.rs` holds that.
//! Read in this order: [`time::interval`] (time), [`time::period`] (days, weeks, months), [`roster`] (what the server says → stays),
//! [`accounting::presence`] (stays → credited time), [`accounting::carried`] (the old tracker's totals), [`accounting::leaderboard`] (credited time →
//! ranks), [`accounting::receipt`] (why a number is what it is), [`post::schedule`] (when a post is due), [`post::compose`] (what a post says),
//! [`post::delivery`] (whose turn it is to send it), [`post::praise`] (kind words for it), [`publish`] (what a website hears of it),
//! [`alert`] (when somebody is to be alerted); and [`backup`] (which copies of the store to keep). [`people`] and
//! [`text`] are who is meant, and how a name is made safe to show.

pub mod accounting;
pub mod alert;
pub mod backup;
pub mod credentials;
pub mod live;
pub mod people;
pub mod post;
pub mod publish;
pub mod roster;
pub mod text;
pub mod time;
pub mod words;

pub use time::interval::{Instant, Span};

/// A participant's or a group's *marked* Telegram id: a user is positive, a basic group is `-id`, a channel or
/// supergroup is `-100…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct PeerId(pub i64);

/// Telegram's id of one group call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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
