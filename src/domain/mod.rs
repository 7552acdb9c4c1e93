//! The rules, as pure functions of plain data and `now`.
//!
//! Nothing here does I/O, uses tokio, SQLite or Telegram's types, or reads a clock; `tests/it/shape.rs` checks that.
//! The rules are in `docs/rules.md`; `rules §2.4` in a comment means that file.
//!
//! Read in this order:
//! 1. [`time::interval`] (instants and spans), [`time::zone`], [`time::day_start`] (when days begin), [`time::period`]
//!    (days, weeks, months, years), [`time::asked`] (dates as users write them), [`time::pause`] (days without posts)
//! 2. [`roster`]: what the server says → stays
//! 3. [`accounting::presence`]: stays → credited time; [`accounting::carried`]: the old tracker's totals
//! 4. [`accounting::leaderboard`]: credited time → boards; [`accounting::ranking`]: what decides the ranks;
//!    [`accounting::receipt`]: why a number is what it is; [`accounting::days`]: one person's days →
//!    [`accounting::streak`], [`accounting::records`], [`accounting::goals`]; [`rhythm`]: alternating focus and break →
//!    [`accounting::rounds`]
//! 5. [`post::schedule`]: when a post is due; [`post::compose`]: what it says; [`post::history`] and [`post::recap`]:
//!    what it says about earlier times; [`post::praise`]: which lines of praise; [`post::delivery`]: what the outcome
//!    of an attempt to send it means
//! 6. [`publish`]: what a website receives; [`alert`]: when the organiser gets an alert; [`words`]: the texts of posts
//!    and alerts in each language; [`live`]: what a tracker sees now; [`meet`]: appointments; [`parts`]: what a group
//!    can turn on in addition to its boards; [`pulse`]: how a group is doing, in numbers without names
//! 7. [`people`] (accounts, names, aliases), [`rights`] (what people decide about themselves), [`forgotten`] (which
//!    accounts were forgotten), [`fold`] (how names are compared), [`group_name`] (how users write groups), [`text`]
//!    (how a text is made safe to show), [`credentials`] and [`backup`] (which copies of the store to keep)

/// Gives each variant of an enum a code.
macro_rules! codes {
    ($type:ident { $($variant:ident: $code:literal),* $(,)? }) => {
        impl $type {
            pub const ALL: [$type; [$($code),*].len()] = [$($type::$variant),*];

            /// The code in the store and in JSON; it never changes.
            pub fn code(self) -> &'static str {
                match self {
                    $($type::$variant => $code),*
                }
            }

            /// The variant with this code; `None` if this version does not know it.
            pub fn of_code(code: &str) -> Option<$type> {
                $type::ALL.into_iter().find(|variant| variant.code() == code)
            }
        }
    };
}

pub mod accounting;
pub mod alert;
pub mod backup;
pub mod card;
pub mod chat;
pub mod credentials;
pub mod fold;
pub mod forgotten;
pub mod group_name;
pub mod live;
pub mod meet;
pub mod parts;
pub mod people;
pub mod post;
pub mod proxy;
pub mod publish;
pub mod pulse;
pub mod rhythm;
pub mod rights;
pub mod roster;
pub mod text;
pub mod time;
pub mod visibility;
pub mod words;

pub use time::interval::{Instant, Span};

/// A participant's or a group's *marked* Telegram id: a user is positive, a basic group is `-id`, a channel or a
/// supergroup is `-100…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct PeerId(pub i64);

/// Telegram's id of one group call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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
