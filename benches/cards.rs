//! What pictures cost: `cargo bench --bench cards`. Each draws from nothing, with the fonts unpacked anew.
//!
//! `cargo bench --bench cards -- --once 10` draws one board of so many rows, for the memory of the whole process:
//! `/usr/bin/time -v`. Bounds: 10 rows in 60 ms of CPU time, 64 MiB and 150 KB; 50 rows in 200 ms.

use swf::card::{Fonts, Theme, board, person, png};
use swf::domain::card::Named;
use swf::domain::card::board::{BoardCard, CardRow, Movement};
use swf::domain::card::person::{DayMap, PersonCard, Square, Tile, WeekBar};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args.iter().position(|arg| arg == "--once").map(|at| args[at + 1].parse()) {
        Some(rows) => println!("{} bytes", draw_board(rows.expect("a number of rows")).len()),
        None => divan::main(),
    }
}

const NAMES: [&str; 10] = [
    "Dilnoza",
    "Тимур Алиев",
    "Oʻktam Gʻaniyev 📚",
    "Ada Lovelace",
    "محمد عبد الله",
    "𝓜𝓪𝓭𝓲𝓷𝓪",
    "Jasur 🇺🇿",
    "Abdulvohidjon Abdurahmonov (Toshkent, 2-kurs, IELTS 7.5)",
    "Ғайрат",
    "👩\u{200d}💻 Kamola",
];

fn board_of(rows: usize) -> BoardCard {
    let row = |at: usize| CardRow {
        band: None,
        rank: at + 1,
        who: Named {
            name: NAMES[at % NAMES.len()].into(),
            mark: if at > 9 { format!("…{at}") } else { String::new() },
        },
        time: format!("{} soat 05 daq", 60 - at),
        share: 1000 - 18 * at as u32,
        movement: at.is_multiple_of(2).then_some(Movement::Up(at + 1)),
        mark: at.is_multiple_of(3).then(|| "⚡12 kun".into()),
    };
    BoardCard {
        group: "Study Hall 🎓".into(),
        title: "Shu hafta".into(),
        dates: "2026-yil 16–22-noyabr".into(),
        has_podium: true,
        rows: (0..rows).map(row).collect(),
        total: Some("60 kishi · jami 512 soat 10 daq · hozircha".into()),
        ..BoardCard::default()
    }
}

fn draw_board(rows: usize) -> Vec<u8> {
    let mut fonts = Fonts::embedded();
    let picture = board(&board_of(rows), Theme::Light, &mut fonts);
    png(&picture, &fonts).expect("it can be drawn")
}

#[divan::bench(args = [10, 50])]
fn boards(rows: usize) -> usize {
    draw_board(rows).len()
}

/// The SVG alone, with fonts that are ready.
#[divan::bench(args = [10, 50])]
fn boards_as_svg(bencher: divan::Bencher, rows: usize) {
    let (card, mut fonts) = (board_of(rows), Fonts::embedded());
    board(&card, Theme::Light, &mut fonts);
    bencher.bench_local(|| board(&card, Theme::Light, &mut fonts).svg.len());
}

#[divan::bench]
fn people() -> usize {
    let tile = |value: &str| Tile { caption: "Hafta".into(), value: value.into(), note: "18 kishidan 2-oʻrin".into() };
    let week =
        |at: u32| WeekBar { label: format!("{at} noy"), time: "8 soat".into(), share: 80 * at, is_unknown: false };
    let card = PersonCard {
        who: Named { name: NAMES[2].into(), mark: String::new() },
        tiles: vec![tile("8 soat 20 daq"); 4],
        map: DayMap { squares: (0..371).map(|at| Square::Level((at % 5) as u8)).collect(), ..DayMap::default() },
        weeks: (1..13).map(week).collect(),
        records: vec![tile("6 soat 10 daq"); 5],
        ..PersonCard::default()
    };
    let mut fonts = Fonts::embedded();
    let picture = person(&card, Theme::Light, &mut fonts);
    png(&picture, &fonts).expect("it can be drawn").len()
}
