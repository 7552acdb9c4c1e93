//! What people see on a terminal: tables, the live view.
//!
//! Pure functions from plain data to text; only [`live::Screen`] writes. Widths are terminal cells as `unicode-width`
//! counts them.

pub mod live;
pub mod qr;
pub mod receipt;
pub mod sheet;
pub mod table;
pub mod words;

use unicode_width::UnicodeWidthStr;

use crate::domain::text;

/// How a table is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The most cells a line may take; 40 at least.
    pub width: u16,
    pub color: bool,
    /// Lines around the cells, as on a terminal; without them the output is plain, for pipes and files.
    pub borders: bool,
    /// Rows at most; all of them if `None`.
    pub top: Option<usize>,
}

/// The styles of text that is not part of a table, as SGR parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
}

/// `text` in `style`, if there is color.
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

/// `parts` with `between` between them, on as many lines of `width` cells as they need; broken only between parts.
fn wrapped(parts: &[impl AsRef<str>], between: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let part = part.as_ref();
        match lines.last_mut() {
            Some(line) if line.width() + between.width() + part.width() <= width => {
                line.push_str(between);
                line.push_str(part);
            }
            _ => lines.push(text::fit(part, width)),
        }
    }
    lines
}

/// A sentence on as many lines of `width` cells as it needs.
fn sentence(text: &str, width: usize) -> Vec<String> {
    wrapped(&text.split(' ').collect::<Vec<_>>(), " ", width)
}

#[cfg(test)]
pub(crate) mod testing {
    /// Names that have broken a table somewhere.
    pub const NASTY: [&str; 20] = [
        "Ada Lovelace",
        "محمد عبد الله",
        "لا إله",
        "Жанна д'Арк",
        "𝓜𝓪𝓽𝓱 𝕹𝖆𝖒𝖊",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 family",
        "🇺🇿🇬🇧 flags 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "👍🏿👋🏽 tones",
        "李小龍と山田太郎",
        "A very long name that goes on and on for sixty characters ok",
        "\u{202e}desrever\u{2066}",
        "two\nlines\tand\u{1b}[31m red",
        "ក្ខុំ ខ្មែរ",
        "",
        "\u{200d}\u{200b}",
        "e\u{301}\u{301}\u{301}e\u{334}\u{334}",
        "한국어 이름",
        "☺\u{fe0f}❤\u{fe0f}1\u{fe0f}\u{20e3}",
        "🇺",
        "\u{301}\u{fe0f}mark first",
    ];

    /// Without the SGR sequences that color brings.
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
