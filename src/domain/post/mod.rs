//! What swf posts, when, and how an attempt to send it ends.

pub mod badges;
mod classic;
pub mod compose;
pub mod delivery;
pub mod digest;
pub mod history;
pub mod hours;
pub mod layout;
pub mod message;
pub mod names;
pub mod picture;
pub mod praise;
pub mod problem;
pub mod recap;
pub mod schedule;
pub mod style;

use crate::domain::time::zone::Zone;
use chrono::{NaiveDate, NaiveTime};

use self::history::History;
use self::recap::Recap;
use self::style::Style;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::meet::KeptSlot;
use crate::domain::time::period::Scope;
use crate::domain::words::Words;

/// The boards of a post, from top to bottom. A new [`Scope`] does not join them by itself.
pub const BOARDS: [Scope; 3] = [Scope::Day, Scope::Week, Scope::Month];

/// The data for a post.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    pub kind: PostKind,
    /// The group's title, as it came from Telegram.
    pub group: &'a str,
    pub zone: Zone,
    /// The day that the post is about.
    pub day: NaiveDate,
    /// One board for each of [`BOARDS`]. A late post's week and month end with `day`.
    pub boards: &'a [Board],
    /// Days on which no tracker ran, which the post names (rules §4.3).
    pub skipped: &'a [NaiveDate],
    /// The most rows of a board, or of each of its bands.
    pub top: usize,
    pub mentions: Mentions,
    /// Clean lines; the first three people of the day get one each, except in a manual post. In the classic look, the
    /// titles of all rows.
    pub praise: &'a [&'a str],
    /// Clean lines; one ends the post, except in a manual post.
    pub quotes: &'a [&'a str],
    /// The texts in the group's language.
    pub words: &'a dyn Words,
    pub style: &'a Style,
    pub history: &'a History,
    /// The recaps with which the post opens.
    pub recaps: &'a [Recap],
    /// The slots that are over, with how many people came.
    pub kept: &'a [KeptSlot],
    /// The next day's slots, if the post has no buttons for them.
    pub invited: &'a [NaiveTime],
    /// If the post announces it: the first day on which a silence stops ranking, and after how many seconds (rules
    /// §2.25).
    pub silence: Option<(NaiveDate, i64)>,
}

/// Why a post is made (rules §1, *post*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostKind {
    /// The board of a day, on time.
    Daily,
    /// The current standings, which somebody asked for.
    Manual,
    /// The board of a day whose post time was missed.
    Backfill,
}

impl PostKind {
    pub const ALL: [PostKind; 3] = [PostKind::Daily, PostKind::Manual, PostKind::Backfill];

    /// The code in the store and in a post's identity; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            PostKind::Daily => "daily",
            PostKind::Manual => "manual",
            PostKind::Backfill => "backfill",
        }
    }

    /// The kind with this code; `None` if this version does not know it.
    pub fn of_code(code: &str) -> Option<PostKind> {
        PostKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Whom a post notifies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mentions {
    #[default]
    None,
    /// People with a medal.
    Top3,
    /// Everybody who has a row.
    All,
}

/// 🥇, 🥈 or 🥉 for the ranks 1 to 3. A tie shares it.
pub fn medal(rank: usize) -> Option<&'static str> {
    ["🥇", "🥈", "🥉"].get(rank.checked_sub(1)?).copied()
}

/// The start of a row: a medal, or `4.`.
pub fn place(rank: usize) -> String {
    medal(rank).map_or_else(|| format!("{rank}."), str::to_owned)
}

#[cfg(test)]
mod golden;
#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    /// States the three boards, so that a new scope does not join them unnoticed.
    #[test]
    fn a_post_has_the_boards_day_week_and_month() {
        assert_eq!(BOARDS.map(Scope::name), ["day", "week", "month"]);
    }

    #[test]
    fn a_place_is_a_medal_or_a_number() {
        assert_eq!([0, 1, 2, 3, 4].map(medal), [None, Some("🥇"), Some("🥈"), Some("🥉"), None]);
        assert_eq!([1, 4].map(place), ["🥇", "4."]);
    }
}
