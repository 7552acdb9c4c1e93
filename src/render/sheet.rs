//! A list of items, each with its state: `swf status`, `swf doctor`.

use unicode_width::UnicodeWidthStr;

use super::{Look, Style, paint, sentence};
use crate::domain::text::fit;
use crate::error::Hint;

/// The state of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Good,
    /// It works, but needs attention.
    Note,
    Bad,
    /// It is unknown or off.
    None,
}

/// One item. All texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub mark: Mark,
    pub label: &'static str,
    pub text: String,
    /// What to type, or do.
    pub hints: Vec<Hint>,
}

/// The title, then each item on as many lines as it needs, at most `look.width` cells wide (at least 40). Ends with a line
/// break.
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
        let mut texts = sentence(&item.text, width - indent).into_iter();
        let first = texts.next().unwrap_or_default();
        let label = paint(&format!("{:labels$}", item.label), Style::Dim, look.color);
        let first = if item.mark == Mark::None { paint(&first, Style::Dim, look.color) } else { first };
        lines.push(format!("{} {label}  {first}", paint(mark, style, look.color)));
        let rest = texts.map(|text| if item.mark == Mark::None { paint(&text, Style::Dim, look.color) } else { text });
        lines.extend(rest.map(|text| format!("{:indent$}{text}", "")));
        for hint in &item.hints {
            for (number, part) in whole_words(&hint.to_string(), width - indent - 2).into_iter().enumerate() {
                let lead = if number == 0 { "→" } else { " " };
                lines.push(format!("{:indent$}{} {part}", "", paint(lead, style, look.color)));
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// As [`sentence`], but words are never cut, so that a command to type stays whole.
fn whole_words(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
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
