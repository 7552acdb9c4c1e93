//! A board as a table.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement};
use unicode_width::UnicodeWidthStr;

use super::{Look, Style, marks, new_table, paint, sentence, table_lines, words, wrapped};
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN};
use crate::domain::people::{Display, Viewer, display};
use crate::domain::text;
use crate::domain::time::period::{clock_date, local_date, local_text};
use crate::domain::time::zone::Zone;

/// The name takes up to this many cells before the bar gets any.
const MIN_NAME_WIDTH: usize = 16;
/// The name has at least this many cells, even if days and bands then make the table too wide.
const MIN_REST_WIDTH: usize = 4;
/// The least and the most cells of the bar.
const BAR_WIDTH: (usize, usize) = (8, 30);

/// The mark of people who are in the call.
const IN_CALL: &str = "● in call";
/// With fewer cells, the table has only the `●`, and the totals explain it.
const MIN_WIDTH_FOR_WORDS: usize = 70;

/// A board as a table with a title above and totals below, at most `look.width` cells wide (less than 40 counts as 40).
/// All lines of the table have the same width. Ends with a line break.
pub fn leaderboard(board: &Board, zone: Zone, look: &Look) -> String {
    let width = usize::from(look.width.max(40));
    let styled = |lines: Vec<String>, style| lines.into_iter().map(move |line| paint(&line, style, look.color));
    let mut lines: Vec<String> = styled(wrapped(&title(board, zone), " · ", width), Style::Bold).collect();
    if board.entries.is_empty() {
        lines.extend(sentence(&words::empty_board(board, zone), width));
    } else {
        let entries = &board.entries[..board.people().min(look.top.unwrap_or(usize::MAX))];
        lines.extend(rows(entries, look, width));
        if entries.len() < board.people() {
            lines.push(words::more(board.people() - entries.len()));
        }
    }
    lines.extend(styled(wrapped(&totals(board, zone, width < MIN_WIDTH_FOR_WORDS), " · ", width), Style::Dim));
    if let Some(first) = board.watched_since.filter(|_| !board.entries.is_empty()) {
        lines.extend(styled(sentence(&words::watched_since(first, zone), width), Style::Dim));
    }
    if board.unwatched_seconds >= MIN_UNWATCHED_SHOWN && board.coverage != Coverage::Unwatched {
        lines.extend(styled(sentence(&words::unwatched(board.unwatched_seconds), width), Style::Yellow));
    }
    if board.blind_seconds > 0 {
        lines.extend(styled(sentence(&words::blind(board.blind_seconds), width), Style::Yellow));
    }
    lines.join("\n") + "\n"
}

fn title(board: &Board, zone: Zone) -> Vec<String> {
    let seen = board.as_of.map(|at| local_date(zone, at));
    vec![words::period(board.period), words::dates(board.period, seen), zone.name().to_owned()]
}

/// The lines below the table. `legend`: explain the mark.
fn totals(board: &Board, zone: Zone, legend: bool) -> Vec<String> {
    let mut parts = Vec::new();
    if !board.entries.is_empty() {
        parts.push(words::people(board.people()));
        parts.push(text::duration(board.shown_seconds()));
    }
    if matches!(board.coverage, Coverage::BeforeFirst(_) | Coverage::Ahead) {
        return parts;
    }
    if board.coverage == Coverage::Unwatched {
        parts.push("swf was not running".to_owned());
    } else if board.coverage == Coverage::Blind {
        parts.push("swf could not see the call".to_owned());
    } else if board.is_final {
        parts.push("final".to_owned());
    } else {
        parts.push("so far".to_owned());
        // The date, if it is not clear from the title.
        let time = board.as_of.map(|at| (at, clock_date(zone, at)));
        let same_day = |date| board.period.first == board.period.last && date == board.period.first;
        match time {
            None => parts.push("the group was never seen".to_owned()),
            Some((at, date)) if same_day(date) => parts.push(local_text(zone, at, "as of %H:%M")),
            Some((at, _)) => parts.push(local_text(zone, at, "as of %-d %B %H:%M")),
        }
    }
    if board.is_corrected {
        parts.push("corrected".to_owned());
    }
    if board.entries.iter().any(|entry| entry.standing.band.is_some()) {
        parts.push("B1, B2, …: bands of similar pace".to_owned());
    }
    if legend && board.entries.iter().any(|entry| entry.in_call) {
        parts.push(IN_CALL.to_owned());
    }
    parts
}

/// The lines of the table itself.
fn rows(entries: &[Entry], look: &Look, width: usize) -> Vec<String> {
    let people: Vec<Display> = entries.iter().map(|entry| display(&entry.profile, Viewer::Terminal)).collect();
    let names: Vec<String> = people.iter().map(ToString::to_string).collect();
    let marks = marks(&people);
    let times: Vec<String> = entries.iter().map(time).collect();
    let ranks: Vec<String> = entries.iter().map(rank).collect();
    let widest = |column: &[String], head: &str| column.iter().map(|cell| cell.width()).fold(head.width(), usize::max);

    // Rank, time and mark take what they need, then the name up to MIN_NAME_WIDTH, then the bar, then the rest of the
    // name. Each column also takes its padding, and with borders a line and a space; one more line ends the row.
    let each = if look.borders { 3 } else { 2 };
    let mark = match entries.iter().any(|entry| entry.in_call) {
        false => None,
        true if width >= MIN_WIDTH_FOR_WORDS => Some(IN_CALL),
        true => Some("●"),
    };
    let fixed = widest(&ranks, "#") + widest(&times, "Time") + mark.map_or(0, |mark| mark.width() + each) + 3 * each;
    let rest = width.saturating_sub(usize::from(look.borders) + fixed).max(MIN_REST_WIDTH);
    let whole: Vec<String> = names.iter().zip(&marks).map(|(name, mark)| format!("{name}{mark}")).collect();
    let name_max = widest(&whole, "Name");
    let bar = (rest.saturating_sub(name_max.min(MIN_NAME_WIDTH.max(rest / 2)) + each)).min(BAR_WIDTH.1);
    let bar = Some(bar).filter(|bar| *bar >= BAR_WIDTH.0);
    let name = name_max.min(rest - bar.map_or(0, |bar| bar + each));

    let mut table = new_table(look);
    // All widths are known; the table only pads.
    table.set_content_arrangement(ContentArrangement::Disabled);
    if look.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let head = |text: &str| Cell::new(text).add_attribute(Attribute::Bold);
    let right = CellAlignment::Right;
    let mut header = vec![head("#").set_alignment(right), head("Name"), head("Time").set_alignment(right)];
    header.extend(bar.map(|_| Cell::new("")));
    header.extend(mark.map(|_| Cell::new("")));
    table.set_header(header);
    let longest = entries.iter().map(|entry| entry.seconds).max().unwrap_or(0);
    for (index, entry) in entries.iter().enumerate() {
        let shown = text::isolated_if_mixed(&text::fit_before(&names[index], &marks[index], name));
        let mut row = vec![
            Cell::new(&ranks[index]).set_alignment(right),
            if entry.rank == 1 { Cell::new(shown).fg(Color::Yellow) } else { Cell::new(shown) },
            Cell::new(&times[index]).set_alignment(right),
        ];
        row.extend(bar.map(|cells| Cell::new(share(entry.seconds, longest, cells)).fg(Color::Cyan)));
        row.extend(mark.map(|mark| Cell::new(if entry.in_call { mark } else { "" }).fg(Color::Green)));
        table.add_row(row);
    }
    table_lines(table, look)
}

/// The time of a row; if the board ranks by active days, these come first: `5 d · 12h 00m`.
fn time(entry: &Entry) -> String {
    let days = entry.standing.active_days.map_or(String::new(), |days| format!("{days} d · "));
    days + &text::duration(entry.seconds)
}

/// The rank of a row; with bands, the band comes first: `B2 1`.
fn rank(entry: &Entry) -> String {
    entry.standing.band.map_or(String::new(), |band| format!("B{band} ")) + &entry.rank.to_string()
}

/// A bar for `part` of `whole`, with a precision of an eighth of a cell. The bar for `whole` has `cells` cells. A part
/// above 0 has at least an eighth.
fn share(part: i64, whole: i64, cells: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let all = cells * 8;
    let eighths = (part.max(0) as u128 * all as u128 / whole.max(1) as u128) as usize;
    let eighths = eighths.clamp(usize::from(part > 0), all);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NASTY, plain};
    use super::*;
    use crate::domain::accounting::ranking::Standing;
    use crate::domain::people::Profile;
    use crate::domain::time::period::{Calendar, Period, Scope, instant_of};
    use crate::domain::{Instant, PeerId};
    use proptest::prelude::*;

    const LOOK: Look = Look { width: 80, color: false, borders: true, top: None };

    fn at(text: &str) -> Instant {
        instant_of(Zone::TASHKENT, text.parse().unwrap())
    }

    fn board(scope: Scope, people: &[(&str, i64, bool)]) -> Board {
        let entries = people.iter().zip(1..).map(|(&(name, seconds, in_call), rank)| Entry {
            rank,
            profile: Profile { name: name.into(), ..Profile::unknown(PeerId(rank as i64)) },
            seconds,
            proved_seconds: 0,
            in_call,
            standing: Standing::default(),
        });
        Board {
            unwatched_seconds: 0,
            watched_since: None,
            is_corrected: false,
            coverage: Coverage::Watched,
            period: Period::of(scope, "2026-11-22".parse().unwrap(), Zone::TASHKENT, Calendar::default()),
            entries: entries.collect(),
            as_of: Some(at("2026-11-22T18:42:10")),
            is_final: false,
            blind_seconds: 0,
        }
    }

    fn four() -> Board {
        let mut board = board(
            Scope::Day,
            &[
                ("Ada Lovelace", 11_100, true),
                ("محمد عبد الله", 7200, false),
                ("李小龍 👩\u{200d}👧", 3660, true),
                ("Zoe", 300, false),
            ],
        );
        board.blind_seconds = 840;
        board
    }

    fn nasty() -> Board {
        let people: Vec<_> = NASTY.iter().zip(1..).map(|(name, n)| (*name, 2_700_000 / n, n % 3 == 0)).collect();
        board(Scope::Month, &people)
    }

    /// The lines of the table itself.
    fn framed(text: &str) -> Vec<&str> {
        text.lines().filter(|line| line.starts_with(['┌', '│', '╞', '├', '└'])).collect()
    }

    /// CASES S9.
    #[test]
    fn people_of_one_name_have_different_lines() {
        let long = "Alexander of the very long name that no table has room for";
        let mut board = board(
            Scope::Day,
            &[("Ali", 900, false), ("Bob", 800, false), ("Ali", 700, true), (long, 60, false), (long, 50, false)],
        );
        let ali = &mut board.entries[0].profile;
        *ali = Profile { username: Some("ali_1".into()), ..ali.clone() };
        board.entries[2].profile.peer = PeerId(7_654_321);
        for width in [40, 60, 80] {
            let table = leaderboard(&board, Zone::TASHKENT, &Look { width, ..LOOK });
            for mark in ["Ali (@ali_1) ", "Bob  ", "Ali (…4321) ", "… (…4) ", "… (…5) "] {
                assert!(table.contains(mark), "{mark} {table}");
            }
            assert!(framed(&table).iter().all(|line| line.width() <= usize::from(width)), "{table}");
        }
    }

    #[test]
    fn a_table_on_a_terminal() {
        insta::assert_snapshot!(leaderboard(&four(), Zone::TASHKENT, &LOOK).replace(['\u{2068}', '\u{2069}'], ""), @r#"
        Day · Sunday 22 November · Asia/Tashkent
        ┌───┬───────────────┬────────┬────────────────────────────────┬───────────┐
        │ # ┆ Name          ┆   Time ┆                                ┆           │
        ╞═══╪═══════════════╪════════╪════════════════════════════════╪═══════════╡
        │ 1 ┆ Ada Lovelace  ┆ 3h 05m ┆ ██████████████████████████████ ┆ ● in call │
        │ 2 ┆ محمد عبد الله ┆ 2h 00m ┆ ███████████████████▍           ┆           │
        │ 3 ┆ 李小龍 👩‍👧     ┆ 1h 01m ┆ █████████▉                     ┆ ● in call │
        │ 4 ┆ Zoe           ┆     5m ┆ ▊                              ┆           │
        └───┴───────────────┴────────┴────────────────────────────────┴───────────┘
        4 people · 6h 11m · so far · as of 18:42
        swf could not see the call for 14m; time that Telegram can prove is counted
        "#);
    }

    #[test]
    fn a_table_in_a_pipe() {
        let table = leaderboard(&four(), Zone::TASHKENT, &Look { borders: false, ..LOOK });
        insta::assert_snapshot!(table.replace(['\u{2068}', '\u{2069}'], ""), @r#"
        Day · Sunday 22 November · Asia/Tashkent
        #  Name             Time
        1  Ada Lovelace   3h 05m  ██████████████████████████████  ● in call
        2  محمد عبد الله  2h 00m  ███████████████████▍
        3  李小龍 👩‍👧      1h 01m  █████████▉                      ● in call
        4  Zoe                5m  ▊
        4 people · 6h 11m · so far · as of 18:42
        swf could not see the call for 14m; time that Telegram can prove is counted
        "#);
    }

    #[test]
    fn every_line_is_as_wide_as_the_others_and_fits() {
        for width in 40..=130 {
            let table = leaderboard(&nasty(), Zone::TASHKENT, &Look { width, ..LOOK });
            let widths: Vec<usize> = framed(&table).iter().map(|line| line.width()).collect();
            assert_eq!(widths.len(), NASTY.len() + 4);
            assert!(widths.iter().all(|each| *each == widths[0]), "{widths:?}\n{table}");
            assert!(table.lines().all(|line| line.width() <= usize::from(width)), "{width}\n{table}");
        }
    }

    #[test]
    fn plain_columns_stand_in_line_and_nothing_trails() {
        for width in 40..=130 {
            let table = leaderboard(&nasty(), Zone::TASHKENT, &Look { width, borders: false, ..LOOK });
            assert!(table.lines().all(|line| line.width() <= usize::from(width) && line.trim_end() == line), "{table}");
            // The time is right-aligned: it ends at the same cell in every row.
            let head = table.lines().nth(1).unwrap();
            let end = head.width();
            assert!(head.ends_with("Time"));
            for (line, entry) in table.lines().skip(2).zip(&nasty().entries) {
                let time = text::duration(entry.seconds);
                let cut = line.rfind(&time).unwrap() + time.len();
                assert_eq!(line[..cut].width(), end, "{table}");
            }
        }
    }

    #[test]
    fn color_changes_no_width_and_no_color_means_no_escape() {
        for borders in [true, false] {
            let look = Look { borders, ..LOOK };
            let colored = leaderboard(&four(), Zone::TASHKENT, &Look { color: true, ..look });
            let mono = leaderboard(&four(), Zone::TASHKENT, &look);
            assert!(colored.contains("\u{1b}[1m") && !mono.contains('\u{1b}'));
            let bare: Vec<String> = plain(&colored).lines().map(|line| line.trim_end().to_owned()).collect();
            assert_eq!(bare, mono.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn where_the_mark_stands_alone_it_is_explained() {
        let table = |width| leaderboard(&four(), Zone::TASHKENT, &Look { width, ..LOOK });
        assert_eq!((table(69).matches("● in call").count(), table(69).matches('●').count()), (1, 3));
        assert_eq!(table(70).matches("● in call").count(), 2);
    }

    #[test]
    fn only_right_to_left_names_are_isolated() {
        let table = leaderboard(&four(), Zone::TASHKENT, &LOOK);
        let isolated: Vec<&str> = table.lines().filter(|line| line.contains('\u{2068}')).collect();
        assert!(isolated.len() == 1 && isolated[0].contains("\u{2068}محمد عبد الله\u{2069}"));
    }

    #[test]
    fn a_cut_table_says_how_many_are_missing_but_counts_all() {
        let table = leaderboard(&four(), Zone::TASHKENT, &Look { top: Some(1), ..LOOK });
        assert!(table.contains("\nand 3 more\n4 people · 6h 11m · "), "{table}");
        assert!(!leaderboard(&four(), Zone::TASHKENT, &Look { top: Some(4), ..LOOK }).contains("more"));
    }

    #[test]
    fn the_title_and_the_totals_say_what_counts() {
        let ends = |board: &Board| {
            let table = leaderboard(board, Zone::TASHKENT, &Look { borders: false, ..LOOK });
            (table.lines().next().unwrap().to_owned(), table.lines().last().unwrap().to_owned())
        };
        let mut week = board(Scope::Week, &[("Ada", 3600, false)]);
        assert_eq!(
            ends(&week),
            (
                "Week · 16–22 November · Asia/Tashkent".into(),
                "1 person · 1h 00m · so far · as of 22 November 18:42".into()
            )
        );
        week.is_final = true;
        assert_eq!(ends(&week).1, "1 person · 1h 00m · final");
        let day = board(Scope::Day, &[("Ada", 3600, false)]);
        assert_eq!(ends(&day).1, "1 person · 1h 00m · so far · as of 18:42");
        assert_eq!(
            ends(&Board { as_of: Some(at("2026-11-21T09:05:00")), ..day }).1,
            "1 person · 1h 00m · so far · as of 21 November 09:05"
        );
    }

    #[test]
    fn anchored_periods_show_their_number() {
        let calendar = Calendar::Anchored { anchor: "2026-11-11".parse().unwrap() };
        let titles = Scope::ALL.map(|scope| {
            let period = Period::of(scope, "2026-11-22".parse().unwrap(), Zone::TASHKENT, calendar);
            let table = leaderboard(&Board { period, ..board(scope, &[]) }, Zone::TASHKENT, &LOOK);
            table.lines().next().unwrap().to_owned()
        });
        assert_eq!(
            titles,
            [
                "DAY 12 · Sunday 22 November · Asia/Tashkent",
                "WEEK 2 · 18–24 November · Asia/Tashkent",
                "MONTH 1 · 11 November – 10 December · Asia/Tashkent",
                "YEAR 1 · 11 November 2026 – 10 November 2027 · Asia/Tashkent",
            ]
        );
    }

    #[test]
    fn an_empty_board_has_a_line_of_its_own() {
        let mut empty = board(Scope::Day, &[]);
        let table = leaderboard(&empty, Zone::TASHKENT, &Look { width: 40, ..LOOK });
        assert!(table.contains("No study time yet."), "{table}");
        assert!(table.lines().all(|line| line.width() <= 40) && !table.contains('…'), "{table}");
        empty.as_of = None;
        assert!(leaderboard(&empty, Zone::TASHKENT, &LOOK).ends_with("so far · the group was never seen\n"));
    }

    #[test]
    fn bars_are_proportional_to_an_eighth() {
        assert_eq!(share(100, 100, 10), "██████████");
        assert_eq!(share(50, 100, 10), "█████");
        assert_eq!(share(55, 100, 10), "█████▌");
        assert_eq!(share(1, 100_000, 10), "▏");
        assert_eq!(share(0, 0, 10), "");
        assert_eq!(share(i64::MAX, i64::MAX, 4), "████");
    }

    /// Rules §2.16.
    #[test]
    fn a_time_that_was_not_seen_is_never_final_without_that_word() {
        let mut empty = board(Scope::Day, &[]);
        empty.is_final = true;
        for (coverage, words) in [
            (Coverage::Unwatched, "swf was not running"),
            (Coverage::Blind, "swf could not see the call"),
            (Coverage::BeforeFirst(at("2026-11-23T09:00:00")), "swf was not in use yet"),
            (Coverage::Ahead, "has not begun"),
        ] {
            empty.coverage = coverage;
            let table = leaderboard(&empty, Zone::TASHKENT, &LOOK);
            assert!(table.contains(words) && !table.contains("final") && !table.contains("No study time"), "{table}");
        }
        empty.coverage = Coverage::Watched;
        empty.watched_since = Some(at("2026-11-22T09:05:00"));
        let table = leaderboard(&empty, Zone::TASHKENT, &LOOK);
        assert!(table.contains("No study time since 22 November, 09:05.") && !table.contains("new start"), "{table}");
        let mut some = four();
        some.watched_since = empty.watched_since;
        let table = leaderboard(&some, Zone::TASHKENT, &LOOK);
        assert!(table.contains("swf has watched the group since 22 November, 09:05"), "{table}");
    }

    proptest! {
        /// Rules §2.10: the total is what the rows show together.
        #[test]
        fn shown_values_add_up(seconds in proptest::collection::vec(1..40_000i64, 1..30)) {
            let names: Vec<String> = (0..seconds.len()).map(|n| format!("x{n}")).collect();
            let people: Vec<_> = names.iter().zip(&seconds).map(|(name, seconds)| (name.as_str(), *seconds, false)).collect();
            let table = leaderboard(&board(Scope::Day, &people), Zone::TASHKENT, &Look { borders: false, ..LOOK });
            let after = |line: &str, mark: &str| text::testing::seconds_in(line.split_once(mark)?.1);
            let rows: i64 = table.lines().filter_map(|line| after(line.split_once(" x")?.1, " ")).sum();
            let total = table.lines().find_map(|line| after(line, "people · ").or(after(line, "person · ")));
            prop_assert_eq!(total, Some(text::shown_seconds(rows)), "{}", table);
        }

        #[test]
        fn no_name_breaks_a_table(
            names in proptest::collection::vec(prop_oneof!["\\PC{0,64}", "(?s).{0,80}"], 1..6),
            width in 0..140u16,
            borders: bool,
        ) {
            let people: Vec<_> = names.iter().zip(1..).map(|(name, n)| (name.as_str(), 400_000 / n, n % 2 == 0)).collect();
            let table = leaderboard(&board(Scope::Week, &people), Zone::TASHKENT, &Look { width, borders, ..LOOK });
            prop_assert!(table.lines().all(|line| line.width() <= usize::from(width.max(40))), "{table}");
            let simple: Vec<_> = people.iter().map(|&(_, seconds, in_call)| ("x", seconds, in_call)).collect();
            let simple = leaderboard(&board(Scope::Week, &simple), Zone::TASHKENT, &Look { width, borders, ..LOOK });
            prop_assert_eq!(table.lines().count(), simple.lines().count());
            let frame = framed(&table);
            prop_assert!(!borders || frame.len() == names.len() + 4);
            prop_assert!(frame.iter().all(|line| line.width() == frame[0].width()), "{table}");
        }
    }
}
