//! A board as a picture: who has a row, in what order, and the texts above and below the rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Named;
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::{bands, has_bands};
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN};
use crate::domain::people::{Display, Viewer, display, distinctions};
use crate::domain::post::compose;
use crate::domain::post::history::{Move, Moves};
use crate::domain::text::clean;
use crate::domain::time::period::{Scope, local};
use crate::domain::time::zone::Zone;
use crate::domain::words::card::{self, CardWords};
use crate::domain::words::{BoardState, Comparison, Dates, SeenFrom, Words};

/// The most rows of a picture. With more rows, the text is too small to read on a phone.
pub const MAX_ROWS: usize = 50;

/// A board, ready to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct BoardCard {
    /// The group's name; may be empty.
    pub group: String,
    /// `This week`.
    pub title: String,
    /// `16–22 November 2026`.
    pub dates: String,
    /// Whether the first three people are drawn on a podium: not on a board with bands.
    pub has_podium: bool,
    pub rows: Vec<CardRow>,
    /// Replaces the rows if there are none.
    pub empty: Option<String>,
    /// How many rows are left out.
    pub more: Option<String>,
    /// The group's time together; `None` without rows.
    pub total: Option<String>,
    /// The group's time compared with the last period.
    pub comparison: Option<String>,
    /// Notes about swf, such as for how long the call was not seen.
    pub notes: Vec<String>,
}

/// A row of a board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct CardRow {
    /// The name of the band that begins with this row.
    pub band: Option<String>,
    pub rank: usize,
    pub who: Named,
    /// `3h 05m`, after the active days if the board ranks by them.
    pub time: String,
    /// The person's time as a share of the longest time in the picture, in thousandths.
    pub share: u32,
    pub movement: Option<Movement>,
    /// `⚡12`, or `🌱 newcomer`.
    pub mark: Option<String>,
}

/// How a person's place changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// By so many places.
    Up(usize),
    Down(usize),
    /// The word for "new on the board".
    New(String),
}

/// The data for a picture of a board.
#[derive(Clone, Copy, Debug)]
pub struct BoardFacts<'a> {
    /// The group's title, as it came from Telegram.
    pub group: &'a str,
    pub zone: Zone,
    pub board: &'a Board,
    /// The group's current day when the board was read.
    pub today: NaiveDate,
    /// The most rows, for the board or for each of its bands. A picture has at most [`MAX_ROWS`] in all.
    pub top: usize,
    pub moves: &'a Moves,
    pub comparison: Option<(i64, Comparison)>,
    /// Streaks that may be shown, in days.
    pub streaks: &'a BTreeMap<PeerId, u32>,
    pub newcomers: &'a BTreeSet<PeerId>,
    pub words: &'a dyn Words,
    pub card: &'a dyn CardWords,
}

impl BoardCard {
    pub fn new(facts: &BoardFacts) -> BoardCard {
        let BoardFacts { board, words, card, .. } = *facts;
        let rows = rows(facts);
        let missing = board.people() - rows.len();
        let is_over = facts.today > board.period.last;
        let state = if board.is_final { BoardState::Final } else { BoardState::Open };
        let comparison = facts.comparison.filter(|_| !rows.is_empty());
        BoardCard {
            group: clean(facts.group),
            title: title(board, is_over, words, card),
            dates: dates(board, words, card),
            has_podium: !has_bands(&board.entries) && !rows.is_empty(),
            empty: rows.is_empty().then(|| compose::empty_text(words, board, facts.zone, board.period.last)),
            more: (missing > 0).then(|| words.more(missing)),
            total: (!rows.is_empty()).then(|| words.total(board.people(), board.shown_seconds(), state)),
            comparison: comparison.map(|(seconds, with)| words.comparison(seconds, with)),
            notes: notes(facts),
            rows,
        }
    }
}

fn title(board: &Board, is_over: bool, words: &dyn Words, card: &dyn CardWords) -> String {
    match board.period.number {
        Some(number) => words.numbered_period(board.period.scope, number),
        None if is_over => card.past_board(board.period.scope),
        None => words.period(board.period.scope, SeenFrom::Within),
    }
}

fn dates(board: &Board, words: &dyn Words, card: &dyn CardWords) -> String {
    let period = board.period;
    match period.scope {
        Scope::Year if period.number.is_none() => card.year(period.first.year()),
        _ => card::dates(words, card, Dates::of(period)),
    }
}

fn rows(facts: &BoardFacts) -> Vec<CardRow> {
    let board = facts.board;
    let shown: Vec<&Entry> =
        bands(&board.entries).flat_map(|band| band.iter().take(facts.top)).take(MAX_ROWS).collect();
    let people: Vec<Display> = shown.iter().map(|entry| display(&entry.profile, Viewer::Group)).collect();
    let marks = distinctions(&people);
    let most = shown.iter().map(|entry| entry.seconds).max().unwrap_or(1).max(1);
    let has_bands = has_bands(&board.entries);
    let mut last_band = None;
    let row = |(entry, person): (&&Entry, &Display)| {
        let band = entry.standing.band.filter(|band| has_bands && last_band.replace(*band) != Some(*band));
        let who = Named { name: facts.words.name(person), mark: marks.get(&person.id).cloned().unwrap_or_default() };
        CardRow {
            band: band.map(|number| facts.words.band(number)),
            rank: entry.rank,
            who,
            time: compose::standing(facts.words, board.period.scope, entry),
            share: (entry.seconds * 1000 / most) as u32,
            movement: facts.moves.get(&person.id).map(|change| movement(*change, facts.words)),
            mark: mark(facts, person.id),
        }
    };
    shown.iter().zip(&people).map(row).collect()
}

fn movement(change: Move, words: &dyn Words) -> Movement {
    match change {
        Move::Up(places) => Movement::Up(places),
        Move::Down(places) => Movement::Down(places),
        Move::New => Movement::New(words.new_on_board().into()),
    }
}

fn mark(facts: &BoardFacts, person: PeerId) -> Option<String> {
    match facts.streaks.get(&person) {
        Some(days) => Some(facts.words.streak(*days)),
        None => facts.newcomers.contains(&person).then(|| facts.words.newcomer().into()),
    }
}

/// The notes about swf below the rows, as in a post.
fn notes(facts: &BoardFacts) -> Vec<String> {
    let BoardFacts { board, words, card, .. } = *facts;
    let since = board.watched_since.filter(|_| !board.entries.is_empty());
    let since = since.map(|first| words.watched_since(local(facts.zone, first).naive_local()));
    let unseen = board.unwatched_seconds + board.blind_seconds;
    let is_worth_saying = unseen >= MIN_UNWATCHED_SHOWN && board.coverage == Coverage::Watched;
    since.into_iter().chain(is_worth_saying.then(|| card.unwatched(unseen))).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::Instant;
    use crate::domain::accounting::ranking::Standing;
    use crate::domain::people::Profile;
    use crate::domain::time::period::{Calendar, Period};
    use crate::domain::words::Language;

    pub const TODAY: &str = "2026-11-19";

    /// A board of a week, with these names and minutes.
    pub fn board(people: &[(&str, i64)]) -> Board {
        let period = Period::of(Scope::Week, TODAY.parse().unwrap(), Zone::TASHKENT, Calendar::default());
        let entry = |(at, (name, minutes)): (usize, &(&str, i64))| Entry {
            rank: 1 + people.iter().filter(|other| other.1 > *minutes).count(),
            profile: Profile { name: (*name).into(), ..Profile::unknown(PeerId(4000 + at as i64)) },
            seconds: minutes * 60,
            proved_seconds: 0,
            in_call: false,
            standing: Standing::default(),
        };
        Board {
            period,
            entries: people.iter().enumerate().map(entry).collect(),
            as_of: Some(period.span.from + 300_000),
            is_final: false,
            blind_seconds: 0,
            unwatched_seconds: 0,
            coverage: Coverage::Watched,
            watched_since: None,
            is_corrected: false,
        }
    }

    /// The picture of a board, without comparisons with earlier periods.
    pub fn card(board: &Board, language: Language) -> BoardCard {
        card_with_top(board, language, 10)
    }

    pub fn card_with_top(board: &Board, language: Language, top: usize) -> BoardCard {
        BoardCard::new(&BoardFacts {
            group: "Study\u{202e} Hall",
            zone: Zone::TASHKENT,
            board,
            today: TODAY.parse().unwrap(),
            top,
            moves: &Moves::new(),
            comparison: None,
            streaks: &BTreeMap::new(),
            newcomers: &BTreeSet::new(),
            words: language.words(),
            card: language.card_words(),
        })
    }

    #[test]
    fn a_picture_says_what_the_board_says() {
        let board = board(&[("Ada", 185), ("Bob", 60), ("Bob", 60)]);
        let card = card(&board, Language::En);
        assert_eq!((card.group.as_str(), card.title.as_str()), ("Study Hall", "This week"));
        assert_eq!(card.dates, "16–22 November 2026");
        let rows: Vec<_> = card.rows.iter().map(|row| (row.rank, row.time.as_str(), row.share)).collect();
        assert_eq!(rows, [(1, "3h 05m", 1000), (2, "1h 00m", 324), (2, "1h 00m", 324)]);
        assert_eq!(card.total.as_deref(), Some("3 people · 5h 05m together · so far"));
        assert_eq!((card.more, card.empty, card.notes), (None, None, vec![]));
        // Namesakes are told apart.
        assert_eq!(card.rows[1].who, Named { name: "Bob".into(), mark: "…4001".into() });
        assert!(card.has_podium && card.rows[0].who.mark.is_empty());
    }

    #[test]
    fn a_board_without_rows_says_why() {
        let empty = card(&board(&[]), Language::En);
        assert!(empty.empty.is_some() && empty.total.is_none() && !empty.has_podium);
        let unseen = Board { coverage: Coverage::Unwatched, unwatched_seconds: 99_999, ..board(&[]) };
        let unseen = card(&unseen, Language::En);
        assert_eq!(unseen.empty, Some(Language::En.words().not_running()));
        assert_eq!(unseen.notes, Vec::<String>::new());
    }

    /// Rules §2.16.
    #[test]
    fn unwatched_time_is_named_and_a_period_that_is_over_is_not_of_today() {
        let mut week = board(&[("Ada", 185)]);
        (week.unwatched_seconds, week.blind_seconds) = (200, 99);
        assert_eq!(card(&week, Language::En).notes, Vec::<String>::new());
        week.blind_seconds = 100;
        assert_eq!(card(&week, Language::En).notes, [Language::En.card_words().unwatched(300)]);
        week.watched_since = Some(Instant(week.period.span.from.0 + 7200));
        assert_eq!(card(&week, Language::En).notes.len(), 2);
        week.period = Period::of(Scope::Week, "2026-11-10".parse().unwrap(), Zone::TASHKENT, Calendar::default());
        assert_eq!(card(&week, Language::En).title, "Week");
    }

    #[test]
    fn rows_that_are_left_out_are_counted_and_bands_have_no_podium() {
        let people: Vec<(&str, i64)> = (0..80).map(|at| ("P", 500 - at)).collect();
        let mut board = board(&people);
        assert_eq!(card(&board, Language::En).more, Some(Language::En.words().more(70)));
        board.entries.iter_mut().enumerate().for_each(|(at, entry)| entry.standing.band = Some(1 + at / 8));
        let in_bands = card(&board, Language::En);
        assert_eq!((in_bands.rows.len(), in_bands.has_podium), (MAX_ROWS, false));
        let heads: Vec<usize> = (0..MAX_ROWS).filter(|at| in_bands.rows[*at].band.is_some()).collect();
        assert_eq!(heads, [0, 8, 16, 24, 32, 40, 48]);
    }

    #[test]
    fn places_and_streaks_stand_beside_names() {
        let board = board(&[("Ada", 185), ("Bob", 60), ("Cem", 50), ("Dan", 40)]);
        let id = |at: i64| PeerId(4000 + at);
        let moves = [(id(0), Move::Up(2)), (id(1), Move::Down(1)), (id(3), Move::New)].into();
        let words = Language::En.words();
        let card = BoardCard::new(&BoardFacts {
            group: "",
            zone: Zone::TASHKENT,
            board: &board,
            today: TODAY.parse().unwrap(),
            top: 10,
            moves: &moves,
            comparison: None,
            streaks: &[(id(2), 12)].into(),
            newcomers: &[id(2), id(3)].into(),
            words,
            card: Language::En.card_words(),
        });
        let movements: Vec<_> = card.rows.iter().map(|row| row.movement.clone()).collect();
        let new = Movement::New(words.new_on_board().into());
        assert_eq!(movements, [Some(Movement::Up(2)), Some(Movement::Down(1)), None, Some(new)]);
        let marks: Vec<_> = card.rows.iter().map(|row| row.mark.clone()).collect();
        assert_eq!(marks, [None, None, Some(words.streak(12)), Some(words.newcomer().into())]);
    }
}
