//! The list of groups in the live view: a line for each, with the call and the next post, or with a problem.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::live::is_current;
use super::{Style, paint, words};
use crate::domain::live::{GroupView, View};
use crate::domain::text;

const PEOPLE_WIDTH: usize = 12;
const TIME_WIDTH: usize = 9;
const POST_WIDTH: usize = 18;
/// The least and the most cells of the name column.
const NAME_WIDTH: (usize, usize) = (16, 40);
/// With fewer cells for a name, a column is left out.
const MIN_NAME_WIDTH: usize = 12;
/// Cells before the name, for the mark of the open group.
const MARK_WIDTH: usize = 2;

/// The widths of the cells beside the names: people in the call, how long it has run, the next post.
const CELL_WIDTHS: [usize; 3] = [PEOPLE_WIDTH, TIME_WIDTH, POST_WIDTH];

/// How many cells fit beside the names, and the width of the names.
#[derive(Clone, Copy)]
struct Columns {
    width: usize,
    name: usize,
    cells: usize,
}

impl Columns {
    fn of(width: usize, longest: usize) -> Columns {
        let room = |cells: usize| width.saturating_sub(MARK_WIDTH + CELL_WIDTHS[..cells].iter().sum::<usize>());
        let cells = (1..=CELL_WIDTHS.len()).rev().find(|cells| room(*cells) >= MIN_NAME_WIDTH).unwrap_or(0);
        Columns { width, name: longest.clamp(NAME_WIDTH.0, NAME_WIDTH.1).min(room(cells)), cells }
    }

    fn name(self, (title, label): (&str, &str)) -> String {
        let name = text::fit_before(title, label, self.name);
        let gap = " ".repeat(self.name - name.width());
        text::isolated_if_mixed(&name) + &gap
    }

    fn line(self, mark: &str, name: (&str, &str), cells: [&str; 3]) -> String {
        let cells = cells.iter().zip(CELL_WIDTHS).take(self.cells);
        let cells = cells.map(|(cell, width)| format!("{:>width$}", text::fit(cell, width - 1)));
        format!("{mark}{}{}", self.name(name), cells.collect::<String>())
    }

    /// The line of a group with a problem, which is in place of the cells.
    fn line_of_problem(self, mark: &str, name: (&str, &str), problem: &str) -> String {
        let rest = self.width.saturating_sub(MARK_WIDTH + self.name);
        format!("{mark}{}{}", self.name(name), text::fit(&format!(" {}", text::clean(problem)), rest))
    }
}

/// The groups on at most `max_lines` lines, with a head if `has_head`. If there are more groups, those around the open
/// group.
pub(super) fn list(
    view: &View,
    open: usize,
    width: usize,
    max_lines: usize,
    has_head: bool,
    color: bool,
) -> Vec<String> {
    let names = names(view);
    let longest = names.iter().map(|(title, label)| title.width() + label.width()).max().unwrap_or(0);
    let columns = Columns::of(width, longest);
    let mut lines = Vec::new();
    if has_head {
        let head = columns.line("  ", ("Group", ""), ["in the call", "for", "next post"]);
        lines.push(paint(&text::fit(&head, width), Style::Dim, color));
    }
    let open = open.min(names.len() - 1);
    let shown = max_lines.saturating_sub(lines.len()).clamp(1, names.len());
    let first = open.saturating_sub(shown / 2).min(names.len() - shown);
    lines.extend((first..first + shown).map(|place| {
        let mark = if place == open { "> " } else { "  " };
        let ((title, label), group) = (&names[place], &view.groups[place]);
        let (line, style) = match &group.outage {
            Some(outage) => (columns.line_of_problem(mark, (title, label), &outage.reason), Some(Style::Yellow)),
            None => {
                let style = (!is_current(view, group)).then_some(Style::Dim);
                (columns.line(mark, (title, label), cells(view, group).each_ref().map(String::as_str)), style)
            }
        };
        let line = text::fit(line.trim_end(), width);
        style.map_or_else(|| line.clone(), |style| paint(&line, style, color))
    }));
    lines
}

/// The people in the call, how long it has run, and the next post.
fn cells(view: &View, group: &GroupView) -> [String; 3] {
    let people = match &group.call {
        None if is_current(view, group) => "no call".to_owned(),
        None => "not seen".to_owned(),
        Some(call) if call.people.is_empty() => "nobody".to_owned(),
        Some(call) => words::people(call.people.len()),
    };
    let since = group.call.as_ref().and_then(|call| call.since);
    let time = since.map_or(String::new(), |since| text::duration(view.now - since));
    let post = group.next_post.map_or("off".to_owned(), |at| words::day_and_time(group.zone, at, view.now));
    [people, time, post]
}

/// The titles. If several groups have the same title, or a group has none, with the name of `groups.toml` in brackets.
fn names(view: &View) -> Vec<(String, String)> {
    let titles: Vec<String> = view.groups.iter().map(|group| text::clean(&group.title)).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    titles.iter().for_each(|title| *counts.entry(title).or_default() += 1);
    let label = |(title, group): (&String, &GroupView)| match &group.label {
        Some(label) if counts[title.as_str()] > 1 || title.is_empty() => format!(" ({})", text::clean(label)),
        _ => String::new(),
    };
    let labels: Vec<String> = titles.iter().zip(&view.groups).map(label).collect();
    titles.into_iter().zip(labels).collect()
}
