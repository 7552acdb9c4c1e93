//! Boards and posts for tests.

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::history::History;
use super::message::Message;
use super::message::testing::text_of;
use super::style::Style;
use super::{Mentions, Post, PostKind};
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::MAX_BAND;
use crate::domain::accounting::unwatched::Coverage;
use crate::domain::people::Profile;
use crate::domain::text;
use crate::domain::time::period::{Calendar, Period, Scope, instant_of};
use crate::domain::time::zone::Zone;
use crate::domain::words::ENGLISH;
use crate::domain::{Instant, PeerId};

pub const HOUR: i64 = 3600;

static STYLE: LazyLock<Style> = LazyLock::new(Style::default);
static HISTORY: LazyLock<History> = LazyLock::new(History::default);

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn at(text: &str) -> Instant {
    instant_of(Zone::TASHKENT, text.parse().unwrap())
}

/// A board of these people, in this order, with the ids 1, 2, 3 …; equal times share a rank.
pub fn board(scope: Scope, day: &str, people: &[(&str, i64)]) -> Board {
    let entries = people.iter().zip(1..).map(|(&(name, seconds), id)| Entry {
        rank: people.iter().position(|other| other.1 == seconds).unwrap() + 1,
        profile: Profile { name: name.into(), ..Profile::unknown(PeerId(id)) },
        seconds,
        proved_seconds: 0,
        in_call: false,
        standing: crate::domain::accounting::ranking::Standing::default(),
    });
    Board {
        unwatched_seconds: 0,
        watched_since: None,
        is_corrected: false,
        coverage: Coverage::Watched,
        period: Period::of(scope, date(day), Zone::TASHKENT, Calendar::default()),
        entries: entries.collect(),
        as_of: Some(at("2026-11-22T18:42:10")),
        is_final: false,
        blind_seconds: 0,
    }
}

/// A board of an anchored calendar.
pub fn anchored(scope: Scope, day: &str, people: &[(&str, i64)]) -> Board {
    let calendar = Calendar::Anchored { anchor: date("2026-11-11") };
    Board { period: Period::of(scope, date(day), Zone::TASHKENT, calendar), ..board(scope, day, people) }
}

/// The board in bands, as if the rows were in the order of people's pace.
pub fn in_bands(mut board: Board) -> Board {
    let (people, bands) = (board.people(), board.people().div_ceil(MAX_BAND));
    for (place, entry) in board.entries.iter_mut().enumerate() {
        entry.standing.band = Some(place * bands / people + 1);
    }
    board.entries.chunk_by_mut(|a, b| a.standing.band == b.standing.band).for_each(|band| {
        (1..).zip(band).for_each(|(rank, entry)| entry.rank = rank);
    });
    board
}

/// The board ranked by active days: the first person has `days`, and each next person one fewer, down to 0.
pub fn by_days(mut board: Board, days: usize) -> Board {
    for (place, entry) in board.entries.iter_mut().enumerate() {
        entry.standing.active_days = Some(days.saturating_sub(place));
    }
    board
}

/// A post of these boards, with nothing else.
pub fn post<'a>(kind: PostKind, day: &str, boards: &'a [Board]) -> Post<'a> {
    Post {
        kind,
        group: "Deep Work",
        zone: Zone::TASHKENT,
        day: date(day),
        boards,
        skipped: &[],
        top: 10,
        mentions: Mentions::None,
        praise: &[],
        quotes: &[],
        words: ENGLISH,
        style: &STYLE,
        history: &HISTORY,
        recaps: &[],
        kept: &[],
        invited: &[],
        silence: None,
    }
}

/// The whole message for a snapshot: with visible isolates, and its entities below.
pub fn shown(message: &Message) -> String {
    let entities = message.entities.iter().map(|entity| format!("\n{:?}: {}", entity.kind, text_of(message, entity)));
    let all = format!("{}\n---{}", message.text, entities.collect::<String>());
    all.replace(text::ISOLATE.0, "[").replace(text::ISOLATE.1, "]")
}
