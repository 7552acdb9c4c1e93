//! Checks of the layout of a post, for `/audit` and the old tracker's `.layout audit`.

use std::fmt;

use super::compose::{boards_of_look, entries_with_row, heading};
use super::message::{Entity, MAX_ENTITIES, MAX_UNITS, Message};
use super::style::Look;
use super::{BOARDS, Post, classic, medal, place};
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::bands;
use crate::domain::text;
use crate::domain::time::period::Scope;

/// A fault of a post. `number` counts entities from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    TooLong {
        units: usize,
    },
    TooManyEntities {
        count: usize,
    },
    EmptyEntity {
        number: usize,
    },
    /// The entity begins or ends outside of the text, or within a character.
    EntityOutOfBounds {
        number: usize,
    },
    /// The entity begins before the previous entity.
    EntityOutOfOrder {
        number: usize,
    },
    /// The boards are not those of [`BOARDS`].
    BoardOrder,
    /// The people of a board are not in the order of their ranks.
    RankOrder {
        scope: Scope,
    },
    /// The heading of a board is missing, or is above the heading of the previous board.
    NoHeading {
        scope: Scope,
    },
    /// The rows below a heading are not the first rows of the board.
    WrongRows {
        scope: Scope,
    },
    /// The same post, written again, has another text.
    Unstable,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Fault::TooLong { units } => write!(f, "the text has {units} units, of at most {MAX_UNITS}"),
            Fault::TooManyEntities { count } => write!(f, "there are {count} entities, of at most {MAX_ENTITIES}"),
            Fault::EmptyEntity { number } => write!(f, "entity {number} is empty"),
            Fault::EntityOutOfBounds { number } => write!(f, "entity {number} is not within the text"),
            Fault::EntityOutOfOrder { number } => write!(f, "entity {number} begins before entity {}", number - 1),
            Fault::BoardOrder => write!(f, "the boards are not {}", BOARDS.map(Scope::name).join(", ")),
            Fault::RankOrder { scope } => {
                write!(f, "the {}'s people are not in the order of their ranks", scope.name())
            }
            Fault::NoHeading { scope } => write!(f, "the {}'s heading is missing, or not in its place", scope.name()),
            Fault::WrongRows { scope } => write!(f, "the {}'s rows are not its first ones in order", scope.name()),
            Fault::Unstable => f.write_str("the same post, written again, reads otherwise"),
        }
    }
}

/// The faults of `message`, which was written from `post`. `again` was written from the same post.
pub fn faults(post: &Post, message: &Message, again: &Message) -> Vec<Fault> {
    let boards = boards_of_look(post);
    let post = Post { boards: &boards, ..*post };
    let mut faults = limits(message);
    if !post.boards.iter().map(|board| board.period.scope).eq(BOARDS) {
        faults.push(Fault::BoardOrder);
    }
    let unordered = post.boards.iter().filter(|board| !are_ranked(board));
    faults.extend(unordered.map(|board| Fault::RankOrder { scope: board.period.scope }));
    faults.extend(wrong_boards(&post, message));
    if message != again {
        faults.push(Fault::Unstable);
    }
    faults
}

/// The faults against Telegram's limits.
fn limits(message: &Message) -> Vec<Fault> {
    let mut faults = Vec::new();
    let units = message.text.encode_utf16().count();
    if units > MAX_UNITS {
        faults.push(Fault::TooLong { units });
    }
    let count = message.entities.len();
    if count > MAX_ENTITIES {
        faults.push(Fault::TooManyEntities { count });
    }
    let bounds = bounds(&message.text);
    let is_bound = |offset: usize| bounds.binary_search(&offset).is_ok();
    let mut before = 0;
    for (number, Entity { offset, length, .. }) in (1..).zip(&message.entities) {
        if *length == 0 {
            faults.push(Fault::EmptyEntity { number });
        }
        if !is_bound(*offset) || !offset.checked_add(*length).is_some_and(is_bound) {
            faults.push(Fault::EntityOutOfBounds { number });
        }
        if *offset < before {
            faults.push(Fault::EntityOutOfOrder { number });
        }
        before = *offset;
    }
    faults
}

/// The offsets at which a character starts or the text ends, in UTF-16 units.
fn bounds(text: &str) -> Vec<usize> {
    let ends = text.chars().scan(0, |units, c| {
        *units += c.len_utf16();
        Some(*units)
    });
    std::iter::once(0).chain(ends).collect()
}

/// Whether the people of each band are in the order of their ranks, from 1 on.
fn are_ranked(board: &Board) -> bool {
    let in_order = |band: &[Entry]| {
        band.first().is_none_or(|first| first.rank == 1) && band.windows(2).all(|two| two[0].rank <= two[1].rank)
    };
    bands(&board.entries).all(in_order)
}

/// Compares the text with the boards: the headings are in order, and below each are the first rows of its board.
fn wrong_boards(post: &Post, message: &Message) -> Vec<Fault> {
    let mut lines: &[&str] = &message.text.lines().collect::<Vec<_>>();
    let headings: Vec<String> = post.boards.iter().map(|board| heading_of(post, board)).collect();
    let mut faults = Vec::new();
    for (at, board) in post.boards.iter().enumerate() {
        let scope = board.period.scope;
        let Some(line) = lines.iter().position(|line| *line == headings[at]) else {
            faults.push(Fault::NoHeading { scope });
            continue;
        };
        lines = &lines[line + 1..];
        let next = headings.get(at + 1).and_then(|next| lines.iter().position(|line| line == next));
        let rows = lines[..next.unwrap_or(lines.len())].iter().filter_map(|line| place_in(line));
        let expected = entries_with_row(post, board).map(|entry| place_of(post, entry));
        if !is_prefix(rows, expected) {
            faults.push(Fault::WrongRows { scope });
        }
    }
    faults
}

fn is_prefix<'a>(rows: impl Iterator<Item = &'a str>, mut expected: impl Iterator<Item = String>) -> bool {
    rows.into_iter().all(|row| expected.next().is_some_and(|place| place == row))
}

fn heading_of(post: &Post, board: &Board) -> String {
    match post.style.look {
        Look::Standard => heading(post, board, post.words),
        Look::Classic => classic::heading(post, board),
    }
}

fn place_of(post: &Post, entry: &Entry) -> String {
    match post.style.look {
        Look::Standard => place(entry.rank),
        Look::Classic => classic::place(entry.rank),
    }
}

/// The place at the start of a row; `None` for other lines. Only in a row is the place followed by an isolated name.
fn place_in(line: &str) -> Option<&str> {
    let (place, _) = line.split_once(text::ISOLATE.0)?;
    let place = place.strip_suffix(' ')?;
    let is_medal = (1..=3).filter_map(medal).any(|medal| medal == place);
    (is_medal || place == "🔟" || place.starts_with(|c: char| c.is_ascii_digit())).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::super::compose::compose;
    use super::super::message::EntityKind;
    use super::super::style::Style;
    use super::super::testing::{HOUR, board, in_bands, post};
    use super::super::{Mentions, PostKind};
    use super::*;
    use crate::domain::words::ENGLISH;

    fn boards(people: usize) -> Vec<Board> {
        let people: Vec<(String, i64)> = (0..people).map(|n| (format!("P{n}"), (90 - n as i64 / 2) * HOUR)).collect();
        let people: Vec<(&str, i64)> = people.iter().map(|(name, seconds)| (name.as_str(), *seconds)).collect();
        BOARDS.map(|scope| board(scope, "2026-11-22", &people)).into()
    }

    fn faults_of(post: &Post, change: impl FnOnce(&mut Message)) -> Vec<Fault> {
        let again = compose(post);
        let mut message = again.clone();
        change(&mut message);
        let mut faults = faults(post, &message, &again);
        // After every change, the message differs from `again`.
        faults.retain(|fault| *fault != Fault::Unstable);
        faults
    }

    #[test]
    fn every_post_that_swf_writes_is_in_order() {
        let classic = Style { look: Look::Classic, ..Style::default() };
        for count in [0, 1, 2, 5, 11, 60] {
            for kind in PostKind::ALL {
                for (style, words) in [(&Style::default(), false), (&classic, false), (&Style::default(), true)] {
                    let mut boards = boards(count);
                    if words {
                        boards = boards.into_iter().map(in_bands).collect();
                    }
                    let (praise, quotes) = (&["🥇 not a row"], &["1. Not a row"]);
                    let bare = post(kind, "2026-11-22", &boards);
                    let post = Post { style, praise, quotes, top: 40, mentions: Mentions::All, ..bare };
                    let message = compose(&post);
                    assert_eq!(faults(&post, &message, &message), [], "{}", message.text);
                }
            }
        }
    }

    #[test]
    fn each_limit_of_telegram_is_checked() {
        let boards = boards(3);
        let post = Post { quotes: ENGLISH.quotes(), ..post(PostKind::Daily, "2026-11-22", &boards) };
        let plain = |offset, length| Entity { kind: EntityKind::Bold, offset, length };
        let long = faults_of(&post, |message| message.text.push_str(&"x".repeat(MAX_UNITS)));
        assert!(matches!(long[..], [Fault::TooLong { units }] if units > MAX_UNITS), "{long:?}");
        let many = faults_of(&post, |message| message.entities = vec![plain(0, 2); MAX_ENTITIES + 1]);
        assert_eq!(many, [Fault::TooManyEntities { count: MAX_ENTITIES + 1 }]);
        let with = |entity| faults_of(&post, |message| message.entities = vec![plain(0, 2), entity]);
        assert_eq!(with(plain(3, 0)), [Fault::EmptyEntity { number: 2 }]);
        assert_eq!(with(plain(3, MAX_UNITS)), [Fault::EntityOutOfBounds { number: 2 }]);
        assert_eq!(with(plain(3, usize::MAX)), [Fault::EntityOutOfBounds { number: 2 }]);
        // The first character is a medal of two units.
        assert_eq!(with(plain(1, 5)), [Fault::EntityOutOfBounds { number: 2 }]);
        let unsorted = faults_of(&post, |message| message.entities = vec![plain(3, 2), plain(2, 1)]);
        assert_eq!(unsorted, [Fault::EntityOutOfOrder { number: 2 }]);
    }

    #[test]
    fn boards_and_rows_are_in_order_and_a_post_is_stable() {
        let mut boards = boards(5);
        fn post_of(boards: &[Board]) -> Post<'_> {
            post(PostKind::Daily, "2026-11-22", boards)
        }
        let (day, week) = (Scope::Day, Scope::Week);
        boards[1].entries[0].seconds += 60;
        let swapped = |from: &'static str, to: &'static str| {
            let boards = boards.clone();
            faults_of(&post_of(&boards), |message| {
                let text = message.text.replacen(from, "~", 1).replacen(to, from, 1);
                message.text = text.replacen('~', to, 1);
            })
        };
        assert_eq!(swapped("3. ", "5. "), [Fault::WrongRows { scope: day }]);
        assert_eq!(swapped("Today · ", "This day · "), [Fault::NoHeading { scope: day }]);
        assert_eq!(swapped("This week · 16–22 November", "This month · November 2026").len(), 2);
        let same = compose(&post_of(&boards));
        assert_eq!(faults(&post_of(&boards), &same, &Message::default()), [Fault::Unstable]);
        boards.swap(0, 1);
        assert!(faults_of(&post_of(&boards), |_| {}).contains(&Fault::BoardOrder));
        boards.swap(0, 1);
        boards[1].entries.swap(0, 4);
        assert_eq!(faults_of(&post_of(&boards), |_| {}), [Fault::RankOrder { scope: week }]);
    }

    #[test]
    fn a_fault_says_what_is_wrong() {
        let said = |fault: Fault| fault.to_string();
        assert_eq!(said(Fault::TooLong { units: 5000 }), "the text has 5000 units, of at most 4096");
        assert_eq!(said(Fault::BoardOrder), "the boards are not day, week, month");
        assert_eq!(said(Fault::NoHeading { scope: Scope::Week }), "the week's heading is missing, or not in its place");
    }
}
