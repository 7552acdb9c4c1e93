//! A list of items, each with its state: `swf status`, `swf doctor`.

use unicode_width::UnicodeWidthStr;

use super::{Look, Style, joined, paint, sentence};
use crate::domain::text::fit;
use crate::error::Hint;

/// The state of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Good,
    /// The subject works, but needs attention.
    Note,
    Bad,
    /// The subject is unknown or off.
    None,
}

impl Mark {
    pub fn item(self, label: &'static str, text: impl Into<String>) -> Item {
        Item { mark: self, label, text: text.into(), hints: Vec::new() }
    }
}

/// One item. All texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub mark: Mark,
    pub label: &'static str,
    pub text: String,
    /// What to do or type next.
    pub hints: Vec<Hint>,
}

impl Item {
    /// Adds a hint. For a command of swf, use [`Item::command`].
    pub fn hint(mut self, text: impl Into<String>) -> Item {
        self.hints.push(Hint::text(text));
        self
    }

    /// Adds a command to type; see [`Hint::Command`].
    pub fn command(mut self, before: &str, command: impl Into<String>) -> Item {
        self.hints.push(Hint::command(before, command));
        self
    }
}

/// The title, then each item on as many lines as it needs, at most `look.width` cells wide (less than 40 counts as 40).
/// Ends with a line break.
pub fn sheet(title: &str, items: &[Item], look: &Look) -> String {
    let width = usize::from(look.width.max(40));
    let labels = items.iter().map(|item| item.label.width()).max().unwrap_or(0);
    let indent = 2 + labels + 2;
    let mut lines = vec![paint(&fit(title, width), Style::Bold, look.color), String::new()];
    for item in items {
        let (mark, style) = match item.mark {
            Mark::Good => ("✓", Style::Green),
            Mark::Note => ("!", Style::Yellow),
            Mark::Bad => ("✗", Style::Red),
            Mark::None => ("·", Style::Dim),
        };
        let dim = |text| if item.mark == Mark::None { paint(text, Style::Dim, look.color) } else { text.to_owned() };
        let texts = sentence(&item.text, width - indent);
        let mut texts = texts.iter().map(|text| dim(text));
        let label = paint(&format!("{:labels$}", item.label), Style::Dim, look.color);
        let first = texts.next().unwrap_or_default();
        lines.push(format!("{} {label}  {first}", paint(mark, style, look.color)));
        lines.extend(texts.map(|text| format!("{:indent$}{text}", "")));
        for hint in &item.hints {
            // Words are never cut, so that a command to type stays whole.
            let words = hint.to_string();
            let lines_of_hint = joined(words.split(' '), " ", width - indent - 2);
            for (number, part) in lines_of_hint.iter().enumerate() {
                let lead = if number == 0 { "→" } else { " " };
                lines.push(format!("{:indent$}{} {part}", "", paint(lead, style, look.color)));
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::plain;
    use super::*;

    fn item(mark: Mark, label: &'static str, text: &str, hints: &[&str]) -> Item {
        Item { mark, label, text: text.into(), hints: hints.iter().map(|hint| Hint::text(*hint)).collect() }
    }

    #[test]
    fn lines_fit_and_hints_stand_below() {
        let items = [
            item(Mark::Good, "store", "1.2 MB, whole", &[]),
            item(
                Mark::Bad,
                "rights",
                "the account may not write in the group",
                &["give it the right to write messages"],
            ),
            item(Mark::None, "bot", "there is none", &[]),
        ];
        let look = Look { width: 40, color: false, borders: false, top: None };
        let text = sheet("Study Hall", &items, &look);
        insta::assert_snapshot!(text, @r"
        Study Hall

        ✓ store   1.2 MB, whole
        ✗ rights  the account may not write in
                  the group
                  → give it the right to write
                    messages
        · bot     there is none
        ");
        assert_eq!(plain(&sheet("Study Hall", &items, &Look { color: true, ..look })), text);
    }
}
