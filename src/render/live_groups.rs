//! The list of groups in the live view: one line each, with the call, the next post, or what is wrong.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::live::is_current;
use super::{Style, paint, words};
use crate::domain::live::{GroupView, View};
use crate::domain::text;

const PEOPLE_WIDTH: usize = 12;
const TIME_WIDTH: usize = 9;
const POST_WIDTH: usize = 18;
/// The most and the least cells of the name column.
const NAME_WIDTH: (usize, usize) = (16, 40);
/// With fewer cells for a name, a column is left out.
const MIN_NAME_WIDTH: usize = 12;
/// Cells before the name, for the mark of the open group.
const MARK_WIDTH: usize = 2;

/// Which columns fit beside the names, and how wide the names are.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    people: bool,
    time: bool,
    post: bool,
}

impl Columns {
    fn of(width: usize, longest: usize) -> Columns {
        let room = |used: usize| width.saturating_sub(MARK_WIDTH + used);
        let fits = |used: usize| room(used) >= MIN_NAME_WIDTH;
        let with_time = PEOPLE_WIDTH + TIME_WIDTH;
        let (people, time, post) = (fits(PEOPLE_WIDTH), fits(with_time), fits(with_time + POST_WIDTH));
        let used = [(people, PEOPLE_WIDTH), (time, TIME_WIDTH), (post, POST_WIDTH)];
        let used = used.iter().filter(|(shown, _)| *shown).map(|(_, width)| width).sum();
        Columns { name: longest.clamp(NAME_WIDTH.0, NAME_WIDTH.1).min(room(used)), people, time, post }
    }

    fn line(self, mark: &str, (title, label): (&str, &str), people: &str, time: &str, post: &str) -> String {
        let name = text::fit_before(title, label, self.name);
        let gap = " ".repeat(self.name - name.width());
        let mut line = format!("{mark}{}{gap}", text::isolated_if_mixed(&name));
        for (shown, cell, width) in
            [(self.people, people, PEOPLE_WIDTH), (self.time, time, TIME_WIDTH), (self.post, post, POST_WIDTH)]
        {
            if shown {
                line += &format!("{:>width$}", text::fit(cell, width - 1));
            }
        }
        line
    }
}

/// The groups on at most `max_lines` lines, those around the open one if there are more; with a head if `has_head`.
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
        let head = columns.line("  ", ("Group", ""), "in the call", "for", "next post");
        lines.push(paint(&text::fit(&head, width), Style::Dim, color));
    }
    let open = open.min(names.len() - 1);
    let shown = max_lines.saturating_sub(lines.len()).clamp(1, names.len());
    let first = open.saturating_sub(shown / 2).min(names.len() - shown);
    lines.extend((first..first + shown).map(|place| {
        let mark = if place == open { "> " } else { "  " };
        row(view, &view.groups[place], &names[place], mark, columns, width, color)
    }));
    lines
}

/// The titles; each with the name of `groups.toml` in brackets where several groups have one title, and where one has none.
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

fn row(view: &View, group: &GroupView, name: &str, mark: &str, columns: Columns, width: usize, color: bool) -> String {
    if let Some(problem) = &group.problem {
        let narrow = Columns { people: false, time: false, post: false, ..columns };
        let rest = width.saturating_sub(MARK_WIDTH + columns.name);
        let problem = text::fit(&format!(" {}", text::clean(problem)), rest);
        let line = narrow.line(mark, (title, label), "", "", "") + &problem;
        return paint(&text::fit(&line, width), Style::Yellow, color);
    }
    let people = match &group.call {
        None if is_current(view, group) => "no call".to_owned(),
        None => "not seen".to_owned(),
        Some(call) if call.people.is_empty() => "nobody".to_owned(),
        Some(call) => words::people(call.people.len()),
    };
    let since = group.call.as_ref().and_then(|call| call.since);
    let time = since.map_or(String::new(), |since| text::duration(view.now - since));
    let post = group.next_post.map_or("off".to_owned(), |at| words::day_and_time(group.zone, at, view.now));
    let line = text::fit(&columns.line(mark, (title, label), &people, &time, &post), width);
    if is_current(view, group) { line } else { paint(&line, Style::Dim, color) }
}
