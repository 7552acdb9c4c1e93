//! The report of `swf pulse` as text: a table of weeks, and each number with its meaning.

use comfy_table::{Cell, CellAlignment, ContentArrangement};

use super::{Look, Style, new_table, paint, sentence, table_lines};
use crate::domain::pulse::{Comparison, LeftOut, MIN_PEOPLE, NOT_SHOWN, Pulse, STREAK_STEPS, Summary, Week, WeekLine};
use crate::domain::text::{clean, count};

fn number<T: ToString>(number: Option<T>) -> String {
    number.map_or_else(|| NOT_SHOWN.to_owned(), |number| number.to_string())
}

fn percent(share: Option<u8>) -> String {
    share.map_or_else(|| NOT_SHOWN.to_owned(), |share| format!("{share} %"))
}

/// Why a week does not count.
pub fn left_out(reason: LeftOut) -> &'static str {
    match reason {
        LeftOut::BeforeFirst => "before swf watched the group",
        LeftOut::Unwatched => "swf was not running",
        LeftOut::Blind => "swf could not see the call",
        LeftOut::Paused => "paused",
        LeftOut::NotFinal => "not final yet",
    }
}

/// The numbers of a summary: name, value and meaning of each.
fn numbers(summary: &Summary) -> Vec<(String, String, &'static str)> {
    let [new, current, returned] = summary.came_again.map(percent);
    let mut rows: Vec<(String, String, &'static str)> = vec![
        (
            "regulars".into(),
            number(summary.regulars),
            "members with 3 or more active days in a week; the mean of the weeks",
        ),
        ("people".into(), number(summary.people), "members with study time in a week; the mean of the weeks"),
        ("hours".into(), number(summary.hours), "study time of all in a week; the mean of the weeks"),
        ("new come again".into(), new, "of members in their first week, the share that came in the next"),
        (
            "current come again".into(),
            current,
            "of members who also came in the week before, the share that came in the next",
        ),
        (
            "returned come again".into(),
            returned,
            "of members who came back after a week or more, the share that came in the next",
        ),
        ("streaks".into(), number(summary.streaks), "streaks that began in these weeks"),
        (
            "half last longer".into(),
            summary.median_streak.map_or_else(|| NOT_SHOWN.into(), |days| count(days, "day", "days")),
            "half of these streaks have more active days than this",
        ),
    ];
    for (days, share) in STREAK_STEPS.iter().zip(summary.reaching) {
        rows.push((
            format!("{days}-day streaks"),
            percent(share),
            "the share of these streaks that reaches this length",
        ));
    }
    rows.push((
        "top tenth".into(),
        percent(summary.top_tenth),
        "the share of hours of the tenth of members with the most hours",
    ));
    rows.push(("00:00–05:00".into(), percent(summary.night), "the share of hours at night"));
    rows
}

fn footer(lines: &mut Vec<String>, look: &Look) {
    let text = format!(
        "{NOT_SHOWN} means that a number is hidden: it is about fewer than {MIN_PEOPLE} people, or would reveal such \
         a number. People who have left or were forgotten are in no other number."
    );
    paragraph(lines, &text, Some(Style::Dim), look);
}

fn paragraph(lines: &mut Vec<String>, text: &str, style: Option<Style>, look: &Look) {
    let width = usize::from(look.width.max(40));
    let painted = |line: String| style.map_or_else(|| line.clone(), |style| paint(&line, style, look.color));
    lines.extend(sentence(text, width).into_iter().map(painted));
}

fn period(weeks: &[Week]) -> String {
    match (weeks.first(), weeks.last()) {
        (Some(first), Some(last)) => format!("{} – {}", first.first.format("%-d %b %Y"), last.last.format("%-d %b %Y")),
        _ => "no week".into(),
    }
}

/// `8 weeks, 6 of them counted`.
fn weeks(weeks: &[Week]) -> String {
    let all = count(weeks.len() as u32, "week", "weeks");
    match weeks.iter().filter(|week| week.counts()).count() {
        seen if seen == weeks.len() => all,
        seen => format!("{all}, {seen} of them counted"),
    }
}

fn table(header: &[&str], rows: Vec<Vec<Cell>>, look: &Look) -> Vec<String> {
    let mut table = new_table(look);
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(look.width.max(40));
    table.set_header(header.iter().map(Cell::new));
    table.add_rows(rows);
    table_lines(table, look)
}

fn right(text: impl ToString) -> Cell {
    Cell::new(text.to_string()).set_alignment(CellAlignment::Right)
}

fn week_row(line: &WeekLine) -> Vec<Cell> {
    let WeekLine { week, people, regulars, hours } = line;
    let date = Cell::new(week.first.format("%-d %b %Y"));
    match week.left_out {
        Some(reason) => {
            vec![date, right(""), right(""), right(""), Cell::new(format!("left out: {}", left_out(reason)))]
        }
        None => vec![date, right(number(*people)), right(number(*regulars)), right(number(*hours)), Cell::new("")],
    }
}

/// The report. Ends with a line break.
pub fn report(pulse: &Pulse, look: &Look) -> String {
    let all: Vec<Week> = pulse.lines.iter().map(|line| line.week).collect();
    let title = format!("Pulse of {} ({})", weeks(&all), period(&all));
    let mut lines = Vec::new();
    paragraph(&mut lines, &title, Some(Style::Bold), look);
    lines.push(String::new());
    // The weeks before the first that counts only say why they don't, all the same way.
    let early = pulse.lines.iter().take_while(|line| line.week.left_out == Some(LeftOut::BeforeFirst)).count();
    let rows = pulse.lines.iter().skip(early.min(pulse.lines.len().saturating_sub(1))).map(week_row).collect();
    lines.extend(table(&["week from", "people", "regulars", "hours", ""], rows, look));
    lines.push(String::new());
    let mut values = numbers(&pulse.summary);
    values.push(("hiding".into(), number(pulse.hiding), "members who are hidden now"));
    values.push(("left".into(), number(pulse.left), "people who left in these weeks, and have not come back"));
    let row = |(name, value, meaning): (String, String, &str)| vec![Cell::new(name), right(value), Cell::new(meaning)];
    lines.extend(table(&["number", "value", "what it is"], values.into_iter().map(row).collect(), look));
    lines.push(String::new());
    footer(&mut lines, look);
    lines.join("\n") + "\n"
}

/// A setting that was changed; a value is `None` if it was not set.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    pub date: chrono::NaiveDate,
    pub name: &'a str,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

/// Compares the weeks before a date with those after it, and lists changed settings. Ends with a line break.
pub fn comparison(date: chrono::NaiveDate, comparison: &Comparison, changes: &[Change], look: &Look) -> String {
    let Comparison { before, after } = comparison;
    let title = format!("Pulse around {}", date.format("%-d %b %Y"));
    let mut lines = vec![paint(&title, Style::Bold, look.color)];
    for (name, (side, _)) in [("Before", before), ("After", after)] {
        paragraph(&mut lines, &format!("{name}: {} ({})", weeks(side), period(side)), None, look);
        for (week, why) in side.iter().filter_map(|week| Some((week, week.left_out?))) {
            let text = format!("left out: week of {} ({})", week.first.format("%-d %b %Y"), left_out(why));
            paragraph(&mut lines, &text, None, look);
        }
    }
    for Change { date, name, before, after } in changes {
        let value = |value: &Option<&str>| value.map_or_else(|| "not set".to_owned(), clean);
        let text = format!("{}: {} {} → {}", date.format("%-d %b %Y"), clean(name), value(before), value(after));
        paragraph(&mut lines, &text, None, look);
    }
    lines.push(String::new());
    let rows = numbers(&before.1).into_iter().zip(numbers(&after.1));
    let rows = rows.map(|((name, before, meaning), (_, after, _))| {
        vec![Cell::new(name), right(before), right(after), Cell::new(meaning)]
    });
    lines.extend(table(&["number", "before", "after", "what it is"], rows.collect(), look));
    lines.push(String::new());
    footer(&mut lines, look);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::testing::plain;
    use super::*;
    use crate::domain::Instant;
    use crate::domain::Span;

    fn week(first: &str, left_out: Option<LeftOut>) -> Week {
        let first: chrono::NaiveDate = first.parse().unwrap();
        Week { first, last: first + chrono::Days::new(6), span: Span::new(Instant(0), Instant(1)), left_out }
    }

    fn summary() -> Summary {
        Summary {
            weeks: 2,
            people: Some(21),
            regulars: Some(9),
            hours: Some(140),
            came_again: [None, Some(82), Some(51)],
            streaks: Some(43),
            median_streak: Some(1),
            reaching: [Some(61), Some(40), None, None],
            top_tenth: None,
            night: Some(12),
        }
    }

    const LOOK: Look = Look { width: 100, color: false, borders: false, top: None };

    #[test]
    fn a_report_says_what_each_number_is_and_which_weeks_are_left_out() {
        let line = |week, people: Option<usize>| WeekLine {
            week,
            people,
            regulars: people.map(|_| 9),
            hours: people.map(|_| 140),
        };
        let lines = vec![
            line(week("2026-10-05", None), Some(21)),
            line(week("2026-10-12", Some(LeftOut::Unwatched)), None),
            line(week("2026-10-19", None), None),
        ];
        let pulse = Pulse { lines, summary: summary(), hiding: None, left: Some(6) };
        let text = report(&pulse, &LOOK);
        insta::assert_snapshot!(text);
        assert_eq!(plain(&report(&pulse, &Look { color: true, ..LOOK })), text);
        let narrow = report(&pulse, &Look { width: 40, borders: true, ..LOOK });
        assert!(narrow.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 40), "{narrow}");
    }

    #[test]
    fn the_weeks_before_the_first_watched_one_have_no_rows() {
        let line = |week| WeekLine { week, people: None, regulars: None, hours: None };
        let first = |reason| line(week("2026-10-05", Some(reason)));
        let rows = |lines: &[WeekLine]| {
            let pulse = Pulse { lines: lines.to_vec(), summary: summary(), hiding: None, left: None };
            report(&pulse, &LOOK).lines().filter(|line| line.contains("left out: ")).count()
        };
        let early = first(LeftOut::BeforeFirst);
        assert_eq!(rows(&[early, early, line(week("2026-10-19", None))]), 0);
        assert_eq!(rows(&[early, first(LeftOut::Paused), early]), 2);
        assert_eq!(rows(&[early, early]), 1, "the newest one says why there is nothing");
    }

    #[test]
    fn a_comparison_has_both_sides() {
        let weeks = vec![week("2026-10-05", Some(LeftOut::Paused)), week("2026-10-12", None)];
        let change = Change {
            date: "2026-10-19".parse().unwrap(),
            name: "SWF_BOARD",
            before: None,
            after: Some("da\u{1b}[2Jys"),
        };
        let changes = [change, Change { name: "SWF_TOP", before: Some("10"), after: None, ..change }];
        let sides = Comparison { before: (weeks, summary()), after: (Vec::new(), Summary::default()) };
        insta::assert_snapshot!(comparison("2026-10-20".parse().unwrap(), &sides, &changes, &LOOK));
    }
}
