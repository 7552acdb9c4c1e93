//! What a person has achieved, as text: streak, goal, records. Also the tables of `swf streaks` and `swf silence`.

use comfy_table::{Cell, CellAlignment, ContentArrangement};
use unicode_width::UnicodeWidthStr;

use super::receipt::exact;
use super::{Look, Style, marks, new_table, paint, sentence, table_lines};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::records::{Best, Records};
use crate::domain::accounting::streak::{Comeback, Streak};
use crate::domain::people::Display;
use crate::domain::text::{count, duration, fit};

fn days(days: u32) -> String {
    count(days, "day", "days")
}

/// `38 days (1 frozen)`.
fn current(streak: &Streak) -> String {
    let frozen = if streak.frozen > 0 { format!(" ({} frozen)", streak.frozen) } else { String::new() };
    days(streak.current) + &frozen
}

/// `1 active day of the next 2 brings 38 days back`.
fn comeback(comeback: &Comeback) -> String {
    let active = count(comeback.active_needed, "active day", "active days");
    let verb = if comeback.active_needed == 1 { "brings" } else { "bring" };
    let when = match comeback.days_left {
        1 => "on the next day".to_owned(),
        left => format!("of the next {left}"),
    };
    format!("{active} {when} {verb} {} back", days(comeback.streak))
}

/// `Streak: 38 days (1 frozen) · longest 52 days · 1 freeze left · at risk today`.
pub fn streak(streak: &Streak) -> String {
    let mut parts = vec![format!("Streak: {}", if streak.current > 0 { current(streak) } else { "none".into() })];
    if streak.longest > streak.current {
        parts.push(format!("longest {}", days(streak.longest)));
    }
    if streak.current > 0 {
        parts.push(format!("{} left", count(streak.freezes, "freeze", "freezes")));
    }
    parts.extend(streak.is_at_risk.then(|| "at risk today".to_owned()));
    parts.extend(streak.comeback.as_ref().map(comeback));
    parts.join(" · ")
}

/// `Goal: 4h 10m of 10h 00m this week (41 %)`.
pub fn goal(goal: &Progress) -> String {
    format!("Goal: {} of {} this week ({} %)", duration(goal.seconds), duration(goal.goal), goal.percent())
}

/// `Records: day 6h 10m (12 Nov 2026) · …`; `None` without any.
pub fn records(records: &Records) -> Option<String> {
    let time = |name: &str, best: Option<Best>| {
        best.map(|best| format!("{name} {} ({})", duration(best.amount), best.date.format("%-d %b %Y")))
    };
    let active = records.active_days.map(|best| format!("{} active days of 28", best.amount));
    let parts = [
        time("day", records.day),
        time("week to", records.week),
        time("month to", records.month),
        time("session", records.session),
        active,
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { None } else { Some(format!("Records: {}", parts.join(" · "))) }
}

/// The table of streaks, with the definition of an active day. Ends with a line break.
pub fn streaks(rows: &[(Display, Streak)], threshold: i64, look: &Look) -> String {
    let width = usize::from(look.width.max(40));
    let active = format!("An active day has {} or more.", duration(threshold));
    let footer = sentence(&active, width).into_iter().map(|line| paint(&line, Style::Dim, look.color));
    if rows.is_empty() {
        return format!("Nobody has a streak.\n{}\n", footer.collect::<Vec<_>>().join("\n"));
    }
    let people: Vec<Display> = rows.iter().map(|(person, _)| person.clone()).collect();
    let mut table = new_table(look);
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(look.width.max(40));
    table.set_header(["Name", "Now", "Longest", "Freezes", ""]);
    for ((person, streak), mark) in rows.iter().zip(marks(&people)) {
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let note =
            if streak.is_at_risk { Some("at risk today".to_owned()) } else { streak.comeback.as_ref().map(comeback) };
        let name = fit(&person.to_string(), (width / 3).saturating_sub(mark.width()).max(8)) + &mark;
        table.add_row([
            Cell::new(name),
            right(current(streak)),
            right(days(streak.longest)),
            right(streak.freezes.to_string()),
            Cell::new(note.unwrap_or_default()),
        ]);
    }
    let lines = table_lines(table, look).into_iter().chain(footer);
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The table of people's time that would not rank. A row is a name, the credited seconds, and how many of these would
/// not rank. Ends with a line break.
pub fn silences(rows: &[(Display, i64, i64)], look: &Look) -> String {
    let width = usize::from(look.width.max(40));
    let people: Vec<Display> = rows.iter().map(|(person, ..)| person.clone()).collect();
    let mut table = new_table(look);
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(look.width.max(40));
    table.set_header(["Name", "Credited", "Ranked", "Difference"]);
    for ((person, credited, silent), mark) in rows.iter().zip(marks(&people)) {
        let right = |seconds: i64| Cell::new(exact(seconds)).set_alignment(CellAlignment::Right);
        let name = fit(&person.to_string(), (width / 3).saturating_sub(mark.width()).max(8)) + &mark;
        table.add_row([Cell::new(name), right(*credited), right(credited - silent), right(*silent)]);
    }
    table_lines(table, look).join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerId;
    use crate::domain::people::{Profile, Viewer, display};

    #[test]
    fn a_streak_says_what_keeps_it_and_what_brings_it_back() {
        let mut shown = Streak { current: 38, frozen: 1, longest: 38, freezes: 1, ..Streak::default() };
        assert_eq!(streak(&shown), "Streak: 38 days (1 frozen) · 1 freeze left");
        (shown.longest, shown.freezes, shown.is_at_risk, shown.frozen) = (52, 0, true, 0);
        assert_eq!(streak(&shown), "Streak: 38 days · longest 52 days · 0 freezes left · at risk today");
        let back = |active_needed, days_left| {
            let comeback = Some(Comeback { streak: 38, active_needed, days_left });
            streak(&Streak { longest: 38, comeback, ..Streak::default() })
        };
        assert_eq!(back(2, 3), "Streak: none · longest 38 days · 2 active days of the next 3 bring 38 days back");
        assert_eq!(back(1, 1), "Streak: none · longest 38 days · 1 active day on the next day brings 38 days back");
        assert_eq!(streak(&Streak::default()), "Streak: none");
    }

    #[test]
    fn goals_and_records_are_one_line_each() {
        let progress = Progress { goal: 36_000, seconds: 15_000 };
        assert_eq!(goal(&progress), "Goal: 4h 10m of 10h 00m this week (41 %)");
        assert_eq!(records(&Records::default()), None);
        let best = |amount| Some(Best { amount, date: "2026-11-12".parse().unwrap(), before: None });
        let some = Records { day: best(22_200), active_days: best(9), ..Records::default() };
        assert_eq!(records(&some).unwrap(), "Records: day 6h 10m (12 Nov 2026) · 9 active days of 28");
    }

    #[test]
    fn a_table_of_streaks_fits_whatever_people_are_called() {
        let names = super::super::testing::NASTY;
        let person = |(id, name): (i64, &&str)| {
            display(&Profile { name: (*name).into(), ..Profile::unknown(PeerId(id)) }, Viewer::Terminal)
        };
        let comeback = Some(Comeback { streak: 1000, active_needed: 2, days_left: 3 });
        let streak = Streak { current: 1000, frozen: 100, longest: 1000, freezes: 2, comeback, ..Streak::default() };
        let rows: Vec<(Display, Streak)> = (1..).zip(&names).map(|row| (person(row), streak)).collect();
        for (width, borders) in [(40, true), (80, true), (120, false)] {
            let text = streaks(&rows, 1500, &Look { width, color: false, borders, top: None });
            for line in text.lines() {
                assert!(line.width() <= usize::from(width), "{width}: {line}");
            }
            assert!(text.ends_with("An active day has 25m or more.\n"));
        }
        let look = Look { width: 80, color: false, borders: false, top: None };
        assert_eq!(streaks(&[], 1500, &look), "Nobody has a streak.\nAn active day has 25m or more.\n");
    }
}
