//! Pictures from the store: reads the data that [`crate::domain::card`] needs of a board and of a person.

use chrono::NaiveDate;

use super::boards;
use super::people::{self, History, Marks};
use super::post_writer::Writer;
use crate::card::{self, Fonts, Theme};
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::{Board, Record};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::card::board::{BoardCard, BoardFacts};
use crate::domain::card::person::{PersonCard, PersonFacts, Standing, first_day};
use crate::domain::post::PostKind;
use crate::domain::post::history;
use crate::domain::post::picture::Card;
use crate::domain::time::period::{Calendar, Scope, local_date};
use crate::domain::words::card::Caption;
use crate::domain::words::{Comparison, SeenFrom, Words};
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::platform::system_fonts;
use crate::store::{GroupRow, Store};

/// Draws a picture as a PNG. It takes some 50 ms, so never call it on the event loop.
pub fn draw(shown: &Card) -> Result<Vec<u8>> {
    let mut fonts = Fonts::with_system(system_fonts::folders());
    let picture = match shown {
        Card::Board(board) => card::board(board, Theme::Light, &mut fonts),
        Card::Person(person) => card::person(person, Theme::Light, &mut fonts),
    };
    card::png(&picture, &fonts)
}

/// The picture of the board of the period that holds `date`, with at most `top` rows.
pub fn board(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    scope: Scope,
    date: NaiveDate,
    top: usize,
    now: ReadTime,
) -> Result<BoardCard> {
    let _snapshot = store.read_snapshot()?;
    let writer = Writer::new(store, settings, group, now);
    let board = writer.boards(&[scope], date, None)?.remove(0);
    let today = local_date(settings.zone, now.at);
    // The picture shows streaks at the end of this day.
    let day = board.period.last.min(today);
    let Marks { streaks, newcomers } = writer.marks(PostKind::Daily, day)?;
    Ok(BoardCard::new(&BoardFacts {
        group: &group.title,
        zone: settings.zone,
        board: &board,
        today,
        top,
        moves: &writer.moves(&board, day)?,
        comparison: comparison(&writer, &board)?,
        streaks: &streaks,
        newcomers: &newcomers,
        words: &writer.words,
        card: settings.language.card_words(),
    }))
}

/// How much more time the group has than in the last period. A year is not compared: hardly any group has two.
fn comparison(writer: &Writer, board: &Board) -> Result<Option<(i64, Comparison)>> {
    let Writer { settings, .. } = writer;
    let prior = history::prior(board, Instant(i64::MAX), settings.zone, settings.calendar, SeenFrom::Within);
    let Some((span, mut with)) = prior.filter(|_| board.period.scope != Scope::Year) else { return Ok(None) };
    if !with.is_open {
        with.seen_from = SeenFrom::After;
    }
    let (_, totals) = writer.totals(&[span])?;
    Ok(totals.first().and_then(|before| history::difference(board, before)).map(|seconds| (seconds, with)))
}

/// The picture of a person at the end of `date`. `known` has the profiles and aliases of the group.
pub fn person(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    known: &Record,
    person: PeerId,
    date: NaiveDate,
    now: ReadTime,
) -> Result<PersonCard> {
    let _snapshot = store.read_snapshot()?;
    let week_start = week_start(settings.calendar);
    let achieved = people::achieved(store, settings, group.key, known, person, date, now)?;
    let first = first_day(date, week_start);
    let history = people::history(store, settings, group.key, known, person, (first, date), now)?;
    let History { days, known_since, .. } = history;
    let scopes = [Scope::Week, Scope::Month, Scope::Year];
    let all = boards::boards(store, settings, group.key, &scopes, date, Some(date), now)?;
    let standings: Vec<Standing> = all.iter().map(|board| standing(board, person)).collect();
    let words = settings.own_words.over(settings.language.words());
    let words: &dyn Words = &words;
    Ok(PersonCard::new(&PersonFacts {
        group: &group.title,
        profile: &known.profile(person),
        date,
        standings: &standings,
        streak: achieved.streak,
        records: achieved.records,
        days: &days,
        known_since,
        threshold: people::StreakPolicy::of(settings).threshold,
        week_start,
        words,
        card: settings.language.card_words(),
    }))
}

/// The weekday on which weeks begin; in an anchored calendar, the weekday of the anchor.
fn week_start(calendar: Calendar) -> chrono::Weekday {
    use chrono::Datelike;
    match calendar {
        Calendar::Civil { week_start } => week_start,
        Calendar::Anchored { anchor } => anchor.weekday(),
    }
}

/// The person's place and time on a board. With bands, the place is the one in the band.
fn standing(board: &Board, person: PeerId) -> Standing {
    let entry = board.entries.iter().find(|entry| entry.profile.peer == person);
    let band = |entry: &crate::domain::accounting::leaderboard::Entry| {
        board.entries.iter().filter(|other| other.standing.band == entry.standing.band).count()
    };
    Standing {
        caption: match board.period.scope {
            Scope::Month => Caption::Month,
            Scope::Year => Caption::Year,
            _ => Caption::Week,
        },
        seconds: entry.map_or(0, |entry| entry.seconds),
        place: entry.map(|entry| (entry.rank, band(entry))),
    }
}
