//! Compares pictures with those in `golden/`, pixel by pixel. With only the embedded fonts they are the same on each
//! computer, except for rounding. After a wanted change, run `SWF_REGENERATE=1 cargo test --lib card::golden`, and look
//! at the new pictures.

use std::path::{Path, PathBuf};

use super::*;
use crate::domain::PeerId;
use crate::domain::accounting::records::{Best, Records};
use crate::domain::card::Named;
use crate::domain::card::board::{BoardCard, Movement, tests as boards};
use crate::domain::card::person::{PersonCard, PersonFacts, tests as people};
use crate::domain::people::Profile;
use crate::domain::text::testing::NASTY;
use crate::domain::words::Language;

/// Two pictures with at most this mean difference are equal, as a part of the range of a colour.
const MAX_DISTANCE: f64 = 0.002;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/card/golden")
}

fn decoded(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    (frame.width, frame.height, pixels)
}

/// The mean difference of two pictures; 1 if they differ in size.
fn distance(one: &[u8], other: &[u8]) -> f64 {
    let ((w1, h1, one), (w2, h2, other)) = (decoded(one), decoded(other));
    if (w1, h1) != (w2, h2) {
        return 1.0;
    }
    let sum: u64 = one.iter().zip(&other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / (one.len() as f64 * 255.0)
}

fn check(name: &str, bytes: &[u8]) {
    let path = folder().join(format!("{name}.png"));
    if std::env::var_os("SWF_REGENERATE").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        return;
    }
    let golden = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let distance = distance(bytes, &golden);
    assert!(distance <= MAX_DISTANCE, "{name}.png differs by {distance:.4}");
}

fn drawn(card: &BoardCard, theme: Theme) -> Vec<u8> {
    let mut fonts = Fonts::embedded();
    let picture = board(card, theme, &mut fonts);
    png(&picture, &fonts).unwrap()
}

/// A week of a typical group.
pub(super) fn usual(language: Language) -> BoardCard {
    let people = [
        ("Dilnoza", 1_265),
        ("Тимур Алиев", 1_180),
        ("Oʻktam Gʻaniyev 📚", 1_044),
        ("Ada Lovelace", 905),
        ("محمد عبد الله", 774),
        ("𝓜𝓪𝓭𝓲𝓷𝓪", 610),
        ("Jasur 🇺🇿", 488),
        ("Abdulvohidjon Abdurahmonov (Toshkent, 2-kurs, IELTS 7.5)", 300),
        ("Ғайрат", 121),
        ("Jasur 🇺🇿", 44),
    ];
    let mut week = boards::board(&people);
    week.blind_seconds = 46 * 60;
    let mut card = boards::card(&week, language);
    let words = language.words();
    let movements = [None, Some(Movement::Up(1)), Some(Movement::Down(1)), None, Some(Movement::Up(3)), None];
    for (row, movement) in card.rows.iter_mut().zip(movements) {
        row.movement = movement;
    }
    card.rows[9].movement = Some(Movement::New(words.new_on_board().into()));
    card.rows[9].mark = Some(words.newcomer().into());
    for (at, days) in [(0, 31), (3, 12), (7, 5)] {
        card.rows[at].mark = Some(words.streak(days));
    }
    let first = "2026-11-09".parse().unwrap();
    let with = crate::domain::words::Comparison {
        scope: crate::domain::time::period::Scope::Week,
        first,
        seen_from: crate::domain::words::SeenFrom::Within,
        is_open: true,
    };
    card.comparison = Some(words.comparison(3 * 3600 + 300, with));
    // As if the board had thirteen more people, with 20 minutes each.
    let state = crate::domain::words::BoardState::Open;
    card.total = Some(words.total(week.people() + 13, week.shown_seconds() + 13 * 1200, state));
    card.more = Some(words.more(13));
    card
}

/// Names that have broken something before, all on one picture.
fn nasty() -> BoardCard {
    let markup = "</text><image href=\"file:///etc/passwd\"/>&lt;&#x41; url(#x)";
    let zalgo = format!("Z{}a{}lgo", "\u{301}\u{320}\u{310}".repeat(9), "\u{489}\u{35c}".repeat(7));
    let long = "Wiktoria-Magdalena Wawrzyniak-Mikołajewska von und zu Würmlingen";
    let names: Vec<&str> = NASTY.iter().copied().chain([markup, &zalgo, long, "Ⓐⓓⓐ ☆★♡ ᴛɪɴʏ", "🅰️"]).collect();
    let people: Vec<(&str, i64)> = names.iter().zip(0..).map(|(name, at)| (*name, 1500 - 55 * at)).collect();
    let mut card = boards::card_with_top(&boards::board(&people), Language::En, people.len());
    for (at, row) in card.rows.iter_mut().enumerate() {
        row.mark = at.is_multiple_of(3).then(|| "⚡31".to_owned());
        row.movement = at.is_multiple_of(2).then_some(Movement::Down(at));
    }
    card
}

/// A person with a year's history, of which a part was not watched.
fn somebody(language: Language) -> PersonCard {
    let profile = Profile { name: "Oʻktam Gʻaniyev 📚".into(), ..Profile::unknown(PeerId(7)) };
    let mut days = people::year();
    days.iter_mut().skip(200).take(9).for_each(|day| (day.seconds, day.is_unwatched) = (0, true));
    let since = people::date("2026-01-09");
    days.iter_mut().filter(|day| day.date < since).for_each(|day| day.seconds = 0);
    let best = |amount, date: &str| Some(Best { amount, date: people::date(date), before: None });
    let records = Records {
        day: best(22_200, "2026-11-12"),
        week: best(90_000, "2026-10-25"),
        month: best(260_000, "2026-10-31"),
        session: best(10_800, "2026-09-03"),
        active_days: best(26, "2026-10-28"),
    };
    let facts = people::facts(&profile, &days, language);
    PersonCard::new(&PersonFacts { records, known_since: Some(since), ..facts })
}

#[test]
fn boards_look_as_they_did() {
    check("board-uz", &drawn(&usual(Language::Uz), Theme::Light));
    check("board-uz-cyrl-dark", &drawn(&usual(Language::UzCyrl), Theme::Dark));
    check("board-en-dark", &drawn(&usual(Language::En), Theme::Dark));
    check("board-nasty", &drawn(&nasty(), Theme::Light));
    check("board-empty", &drawn(&boards::card(&boards::board(&[]), Language::Ru), Theme::Light));
    check("board-two", &drawn(&boards::card(&boards::board(&[("Ada", 100), ("Bob", 40)]), Language::En), Theme::Dark));
    let mut bands = usual(Language::En);
    bands.has_podium = false;
    for (at, row) in bands.rows.iter_mut().enumerate() {
        row.rank = at % 5 + 1;
        row.band = at.is_multiple_of(5).then(|| Language::En.words().band(at / 5 + 1));
        row.time = format!("{} · {}", Language::En.words().active_days(5), row.time);
    }
    check("board-bands", &drawn(&bands, Theme::Light));
}

#[test]
fn people_look_as_they_did() {
    let drawn = |card: &PersonCard, theme| {
        let mut fonts = Fonts::embedded();
        let picture = person(card, theme, &mut fonts);
        png(&picture, &fonts).unwrap()
    };
    check("person-uz", &drawn(&somebody(Language::Uz), Theme::Light));
    check("person-en-dark", &drawn(&somebody(Language::En), Theme::Dark));
    let nobody = Profile::unknown(PeerId(7));
    let none = people::facts(&nobody, &[], Language::En);
    let none = PersonFacts { standings: &[], streak: Default::default(), known_since: None, ..none };
    check("person-new", &drawn(&PersonCard::new(&none), Theme::Light));
}

/// All drawn texts stay within the picture and within their room, so none covers a time.
#[test]
fn no_name_reaches_the_time() {
    let mut fonts = Fonts::embedded();
    for name in NASTY.iter().copied().chain([
        "W".repeat(60).as_str(),
        &"𝕎".repeat(60),
        &"👩\u{200d}👧".repeat(30),
        &"ﷺ".repeat(20),
        &"م".repeat(60),
    ]) {
        let mut card = boards::card(&boards::board(&[("a", 9), ("b", 8), ("c", 7), ("d", 6)]), Language::En);
        card.rows[3].who = Named { name: name.into(), mark: "@somebody_with_a_name".into() };
        card.rows[3].time.clear();
        card.rows[0].who.name = name.into();
        let picture = board(&card, Theme::Light, &mut fonts);
        let tree = png::tree(&picture, &fonts).unwrap();
        let boxes = text_boxes(tree.root());
        assert!(boxes.len() > 10);
        for area in boxes {
            assert!(area.left() >= 40.0 && area.right() <= 1040.0, "{name}: {area:?}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 48, failure_persistence: None, ..Default::default() })]

    /// The picture is drawn whatever the names are.
    #[test]
    fn no_name_stops_a_picture(name in "\\PC{0,24}", other in "[\u{0}-\u{10ffff}]{0,12}", mixed in "[aم \u{5d0}🇺👩\u{200d}\u{fe0f}\u{301}(1]{0,16}") {
        let week = boards::board(&[(&name, 90), (&other, 80), (&mixed, 70), ("Ada", 60), (&(mixed.clone() + &name), 50)]);
        let mut fonts = Fonts::embedded();
        let picture = board(&boards::card(&week, Language::En), Theme::Light, &mut fonts);
        let tree = png::tree(&picture, &fonts).unwrap();
        proptest::prop_assert!(text_boxes(tree.root()).iter().all(|area| area.right() <= 1045.0));
    }
}

fn text_boxes(group: &resvg::usvg::Group) -> Vec<resvg::usvg::Rect> {
    let mut boxes = Vec::new();
    for node in group.children() {
        match node {
            resvg::usvg::Node::Group(group) => boxes.extend(text_boxes(group)),
            resvg::usvg::Node::Text(text) => boxes.push(text.abs_bounding_box()),
            _ => {}
        }
    }
    boxes
}

/// CASES X12: markup in a name is text.
#[test]
fn markup_in_a_name_does_nothing() {
    let mut fonts = Fonts::embedded();
    let picture = board(&nasty(), Theme::Light, &mut fonts);
    assert!(!picture.svg.contains("<image") && !picture.svg.contains("href=\""));
    let tree = png::tree(&picture, &fonts).unwrap();
    fn has_image(group: &resvg::usvg::Group) -> bool {
        group.children().iter().any(|node| match node {
            resvg::usvg::Node::Group(group) => has_image(group),
            resvg::usvg::Node::Image(_) => true,
            _ => false,
        })
    }
    assert!(!has_image(tree.root()));
}

#[test]
fn pictures_are_small_enough_to_send() {
    let size = |bytes: &[u8]| bytes.len();
    assert!(size(&drawn(&usual(Language::Uz), Theme::Light)) < 150_000);
    assert!(size(&drawn(&usual(Language::Uz), Theme::Dark)) < 150_000);
}
