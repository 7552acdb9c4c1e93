//! What a user sees on a terminal: tables, receipts, the live view, QR codes.
//!
//! Pure functions from plain data to text; only [`live::Screen`] writes. All texts are English ([`words`]). Widths are
//! in terminal cells, as counted by `unicode-width`.

pub mod live;
pub mod live_focus;
mod live_groups;
pub mod person;
pub mod picture;
pub mod pulse;
pub mod qr;
pub mod receipt;
pub mod sheet;
mod sixel;
pub mod table;
pub mod words;

use comfy_table::Table;
use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};
use unicode_width::UnicodeWidthStr;

use crate::domain::people::{Display, distinctions};
use crate::domain::text;

/// How a text on the terminal looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The most cells of a line; less than 40 counts as 40.
    pub width: u16,
    pub color: bool,
    /// Whether there are lines around the cells, as on a terminal. Without lines the output is plain, for pipes and
    /// files.
    pub borders: bool,
    /// The most rows; `None` for all.
    pub top: Option<usize>,
}

/// The styles of text outside of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
}

/// An empty table, with lines around its cells or plain.
fn new_table(look: &Look) -> Table {
    let mut table = Table::new();
    table.load_style(if look.borders { UTF8_FULL_CONDENSED } else { NOTHING });
    table
}

/// The lines of a table. A plain table has no space at the ends of its lines.
fn table_lines(mut table: Table, look: &Look) -> Vec<String> {
    if look.borders {
        return table.lines().collect();
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The text after each name that distinguishes people with the same name: ` (@ada)`, or nothing.
fn marks(people: &[Display]) -> Vec<String> {
    let marks = distinctions(people);
    let mark = |person: &Display| marks.get(&person.id).map_or(String::new(), |mark| format!(" ({mark})"));
    people.iter().map(mark).collect()
}

/// `text` in `style`, if `color` is allowed.
fn paint(text: &str, style: Style, color: bool) -> String {
    let code = match style {
        Style::Bold => 1,
        Style::Dim => 2,
        Style::Green => 32,
        Style::Yellow => 33,
        Style::Red => 31,
    };
    if color && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// `parts`, joined by `between`, on as many lines of `width` cells as they need. Lines break only between parts; a part
/// that is too long has a line of its own.
fn joined<'a>(parts: impl IntoIterator<Item = &'a str>, between: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.width() + between.width() + part.width() <= width => {
                line.push_str(between);
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

/// As [`joined`], but a part that is too long is cut.
fn wrapped(parts: &[impl AsRef<str>], between: &str, width: usize) -> Vec<String> {
    joined(parts.iter().map(AsRef::as_ref), between, width).iter().map(|line| text::fit(line, width)).collect()
}

/// As [`wrapped`], for the words of a sentence.
fn sentence(text: &str, width: usize) -> Vec<String> {
    wrapped(&text.split(' ').collect::<Vec<_>>(), " ", width)
}

#[cfg(test)]
pub(crate) mod testing {
    pub use crate::domain::text::testing::NASTY;

    /// `text` without SGR sequences.
    pub fn plain(text: &str) -> String {
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |out, part| out + part.split_once('m').expect("an SGR sequence").1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_break_between_and_never_exceed_the_width() {
        let parts = ["one", "two", "three and more"];
        assert_eq!(wrapped(&parts, " · ", 40), ["one · two · three and more"]);
        assert_eq!(wrapped(&parts, " · ", 9), ["one · two", "three an…"]);
        assert_eq!(wrapped(&[""; 0], " · ", 9), Vec::<String>::new());
        assert_eq!(sentence("no time yet", 7), ["no time", "yet"]);
    }

    #[test]
    fn no_color_means_no_escape() {
        assert_eq!(paint("x", Style::Bold, false), "x");
        assert_eq!(testing::plain(&paint("x", Style::Bold, true)), "x");
        assert_ne!(paint("x", Style::Bold, true), "x");
    }
}
