//! Whole posts as files: `snapshots/` shows what members read. To accept: `INSTA_UPDATE=always cargo test golden`.

use super::compose::{caption, compose};
use super::digest::digest;
use super::history::{History, Move};
use super::recap::{Best, Recap};
use super::style::{Look, Style};
use super::testing::{HOUR, anchored, board, by_days, date, in_bands, post, shown};
use super::{BOARDS, Mentions, Post, PostKind};
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::ranking::MAX_BAND;
use crate::domain::accounting::unwatched::Coverage;
use crate::domain::time::period::Scope;
use crate::domain::words::{Comparison, ENGLISH, SeenFrom};

const NAMES: [&str; 10] = ["Ada", "Боря", "محمد", "Zoe <b>", "Dilnoza", "Ali", "李", "Oʻktam", "Ali", "Jo"];

/// Boards of the same people, with more time in a longer period.
fn boards(day: &str, count: usize) -> [Board; 3] {
    let people: Vec<(&str, i64)> = (0..count).map(|n| (NAMES[n % NAMES.len()], (200 - n as i64) * 60 + 7)).collect();
    [(Scope::Day, 1), (Scope::Week, 6), (Scope::Month, 20)].map(|(scope, days)| {
        let people: Vec<(&str, i64)> = people.iter().map(|(name, seconds)| (*name, days * seconds)).collect();
        board(scope, day, &people)
    })
}

fn with(scope: Scope, first: &str, is_open: bool, seen_from: SeenFrom) -> Comparison {
    Comparison { scope, first: date(first), seen_from, is_open }
}

fn history(boards: &[Board]) -> History {
    let moved = [(1, Move::Up(2)), (2, Move::Down(1)), (4, Move::New)].map(|(id, moved)| (PeerId(id), moved));
    let more = [
        Some((3 * HOUR, with(Scope::Day, "2026-11-15", true, SeenFrom::Within))),
        Some((-HOUR - 120, with(Scope::Week, "2026-11-09", true, SeenFrom::Within))),
        None,
    ];
    let people = [Some(12), None, Some(0), Some(9), Some(11), Some(14), Some(boards[0].people())];
    History {
        moves: boards.iter().map(|_| moved.into_iter().collect()).collect(),
        comparisons: more.into(),
        last_days: date("2026-11-16").iter_days().zip(people).collect(),
        streaks: [(PeerId(1), 12)].into(),
        newcomers: [PeerId(3)].into(),
    }
}

fn full<'a>(day: &str, boards: &'a [Board], history: &'a History) -> Post<'a> {
    Post { history, praise: ENGLISH.praise(), quotes: ENGLISH.quotes(), ..post(PostKind::Daily, day, boards) }
}

fn recap(scope: Scope, day: &str, before: &str) -> Recap {
    let people = [("Ada", 41 * HOUR), ("Боря", 30 * HOUR), ("محمد", 30 * HOUR), ("Zoe <b>", 2 * HOUR)];
    let board = Board { is_final: true, ..board(scope, day, &people) };
    Recap {
        comparison: Some((20 * HOUR, with(scope, before, false, SeenFrom::After))),
        most_days: Some((vec![PeerId(2), PeerId(3)], 27)),
        improved: (scope == Scope::Week).then(|| (vec![PeerId(3)], 5 * HOUR)),
        first_timers: vec![PeerId(4)],
        records: vec![
            Best { people: None, seconds: 103 * HOUR, of: 12 },
            Best { people: Some(vec![PeerId(1)]), seconds: 41 * HOUR, of: 12 },
        ],
        profiles: board.entries.iter().map(|entry| (entry.profile.peer, entry.profile.clone())).collect(),
        board,
    }
}

#[test]
fn posts_for_few_and_many_people() {
    for count in [1, 3, 10, 200] {
        let boards = boards("2026-11-22", count);
        let history = history(&boards);
        let post = Post { mentions: Mentions::Top3, ..full("2026-11-22", &boards, &history) };
        insta::assert_snapshot!(format!("{count}_people"), shown(&compose(&post)));
    }
}

#[test]
fn captions_of_pictures() {
    for count in [1, 3, 200] {
        let boards = boards("2026-11-22", count);
        let history = history(&boards);
        let post = Post { mentions: Mentions::All, ..full("2026-11-22", &boards, &history) };
        insta::assert_snapshot!(format!("caption_for_{count}_people"), shown(&caption(&post)));
    }
    let boards = boards("2026-12-01", 12).map(in_bands);
    let history = History::default();
    let recaps = [recap(Scope::Week, "2026-11-29", "2026-11-16"), recap(Scope::Month, "2026-11-01", "2026-10-01")];
    let post = Post { recaps: &recaps, ..full("2026-12-01", &boards, &history) };
    insta::assert_snapshot!("caption_with_recaps_and_bands", shown(&caption(&post)));
}

#[test]
fn posts_in_bands() {
    for count in [1, 3, 12, 200] {
        let boards = boards("2026-11-22", count).map(in_bands);
        let mut history = history(&boards);
        if count > MAX_BAND {
            history.moves.iter_mut().for_each(|moves| moves.retain(|_, moved| *moved == Move::New));
        }
        let post = Post { mentions: Mentions::Top3, ..full("2026-11-22", &boards, &history) };
        insta::assert_snapshot!(format!("bands_of_{count}_people"), shown(&compose(&post)));
    }
}

#[test]
fn posts_by_active_days() {
    for count in [1, 3, 12, 200] {
        let boards = boards("2026-11-22", count).into_iter().zip([1, 6, 20]);
        let boards: Vec<Board> = boards.map(|(board, days)| by_days(board, days)).collect();
        let history = history(&boards);
        insta::assert_snapshot!(
            format!("active_days_of_{count}_people"),
            shown(&compose(&full("2026-11-22", &boards, &history)))
        );
    }
}

#[test]
fn a_recap_of_bands_names_the_winner_of_each() {
    let boards = boards("2026-12-01", 3).map(in_bands);
    let recap = recap(Scope::Week, "2026-11-29", "2026-11-16");
    let recap = Recap {
        board: in_bands(Board { entries: self::boards("2026-11-29", 12)[1].entries.clone(), ..recap.board }),
        ..recap
    };
    let history = History::default();
    insta::assert_snapshot!(shown(&compose(&Post { recaps: &[recap], ..full("2026-12-01", &boards, &history) })));
}

#[test]
fn an_empty_day() {
    let [day, week, month] = boards("2026-11-22", 3);
    let boards = [Board { entries: Vec::new(), ..day }, week, month];
    let history = history(&boards);
    insta::assert_snapshot!(shown(&compose(&full("2026-11-22", &boards, &history))));
}

#[test]
fn a_monday() {
    let [day, _, month] = boards("2026-11-23", 4);
    let week = Board { period: boards("2026-11-23", 1)[1].period, ..day.clone() };
    let boards = [day, week, Board { blind_seconds: 46 * 60, ..month }];
    let history = History { comparisons: Vec::new(), ..history(&boards) };
    insta::assert_snapshot!(shown(&compose(&full("2026-11-23", &boards, &history))));
}

#[test]
fn a_post_with_the_recaps_of_a_week_and_a_month() {
    let boards = boards("2026-12-01", 3);
    let recaps = [recap(Scope::Week, "2026-11-29", "2026-11-16"), recap(Scope::Month, "2026-11-29", "2026-10-01")];
    let history = History::default();
    insta::assert_snapshot!(shown(&compose(&Post { recaps: &recaps, ..full("2026-12-01", &boards, &history) })));
}

#[test]
fn numbered_periods_and_days_without_a_board() {
    let people = [("Ada", 3 * HOUR + 300), ("Канал", 500), ("x", 400)];
    let mut boards = [(Scope::Day, 1), (Scope::Week, 2), (Scope::Month, 3)]
        .map(|(scope, times)| anchored(scope, "2026-11-22", &people.map(|(name, seconds)| (name, times * seconds))));
    boards[0].entries[1].profile.peer = PeerId(-1_001_000_000_001);
    boards[0].entries[2].profile.deleted = true;
    let (skipped, history) = ([date("2026-11-17"), date("2026-11-18")], History::default());
    let post = Post { mentions: Mentions::All, skipped: &skipped, ..full("2026-11-22", &boards, &history) };
    insta::assert_snapshot!(shown(&compose(&post)));
}

#[test]
fn a_late_post_never_says_today() {
    let mut boards = BOARDS.map(|scope| board(scope, "2026-11-20", &[("Ada", HOUR)]));
    boards.iter_mut().zip(1..).for_each(|(board, times)| {
        board.is_final = true;
        board.entries[0].seconds *= times;
    });
    let with = with(Scope::Day, "2026-11-13", false, SeenFrom::After);
    let history = History { comparisons: vec![Some((0, with))], ..History::default() };
    let post = Post { kind: PostKind::Backfill, ..full("2026-11-20", &boards, &history) };
    insta::assert_snapshot!(shown(&compose(&post)));
}

#[test]
fn a_manual_post_has_neither_praise_nor_quote() {
    let boards = boards("2026-11-22", 3);
    let history = History::default();
    let post = Post { kind: PostKind::Manual, praise: &[], quotes: &[], ..full("2026-11-22", &boards, &history) };
    insta::assert_snapshot!(shown(&compose(&post)));
}

#[test]
fn a_digest_has_a_line_for_each_day() {
    let day = |day: &str, people: &[(&str, i64)]| Board { is_final: true, ..board(Scope::Day, day, people) };
    let days = [
        day("2026-11-17", &[("Ada", 3 * HOUR), ("Боря", 2 * HOUR)]),
        day("2026-11-18", &[]),
        Board { coverage: Coverage::Blind, ..day("2026-11-19", &[]) },
        day("2026-11-20", &[("Ada", HOUR), ("Боря", HOUR), ("محمد", 60)]),
    ];
    let recaps = [recap(Scope::Week, "2026-11-15", "2026-11-02")];
    let history = History::default();
    let post = Post { kind: PostKind::Backfill, recaps: &recaps, ..full("2026-11-20", &days[3..], &history) };
    insta::assert_snapshot!(shown(&digest(&post, &days)));
}

#[test]
fn the_classic_look() {
    let people = [("Ada", 11_500), ("Боря", 7_300), ("محمد", 7_300), ("Zoe", 3_600), ("Deleted", 1800), ("x", 59)];
    let style = Style { look: Look::Classic, badges: super::badges::Badges::classic(), ..Style::default() };
    let mut boards = BOARDS.map(|scope| anchored(scope, "2026-11-22", &people));
    for board in &mut boards {
        let ada = &mut board.entries[0].profile;
        ada.username = Some("ada".into());
        board.entries[4].profile.deleted = true;
    }
    boards[1].entries.clear();
    let history = History::default();
    let titles = Post { praise: ENGLISH.classic_titles(), style: &style, ..full("2026-11-22", &boards, &history) };
    insta::assert_snapshot!(shown(&compose(&titles)));
}
