//! The receipt of `swf why` on a terminal.

use chrono::NaiveDate;
use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use super::{Look, Style, paint, sentence, words};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::text::{duration, fit};
use crate::domain::time::period::Period;
use crate::domain::time::zone::Zone;

/// What a receipt shows. All texts are safe to show.
#[derive(Clone, Debug)]
pub struct ReceiptView {
    /// The name of the person.
    pub person: String,
    pub period: Period,
    /// The date on which the group was last seen.
    pub seen: Option<NaiveDate>,
    pub zone: Zone,
    pub lines: Vec<ReceiptLine>,
    /// The number on the board.
    pub seconds: i64,
    /// How many of `seconds` are proved.
    pub proved_seconds: i64,
    /// The rank, and how many people there are.
    pub rank: Option<(usize, usize)>,
    pub in_call: bool,
    /// A bot, or the tracking account if the settings leave it out.
    pub left_out: bool,
}

/// One part of a receipt.
#[derive(Clone, Debug)]
pub struct ReceiptLine {
    pub from: String,
    pub to: String,
    pub seconds: i64,
    /// The account, if the person has several.
    pub account: Option<String>,
    pub evidence: Evidence,
    pub counted: bool,
    pub reason: String,
}

/// `3:05:00`: a receipt is exact.
fn exact(seconds: i64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60)
}

/// The receipt as text, at most `look.width` cells wide (at least 40). Ends with a line break.
pub fn receipt(view: &ReceiptView, look: &Look) -> String {
    let width = usize::from(look.width.max(40));
    let title = format!("{} · {}", view.person, words::dates(view.period, view.seen));
    let mut out = vec![paint(&fit(&title, width), Style::Bold, look.color)];
    if view.left_out {
        out.extend(sentence(
            "This account is not on the board: bots never are, and the tracking account only if it should.",
            width,
        ));
    } else if view.lines.is_empty() {
        out.extend(sentence(&format!("They were not seen in a call. ({})", view.zone.name()), width));
    } else {
        out.extend(table(view, look).lines().map(|line| line.trim_end().to_owned()));
        let proved = match view.proved_seconds {
            0 => String::new(),
            seconds => format!(", {} of it proved", exact(seconds)),
        };
        let rank = view.rank.map_or(String::new(), |(rank, of)| format!(" · rank {rank} of {of}"));
        let now = if view.in_call { " · in the call" } else { "" };
        let total = format!("{} = {}{proved}{rank}{now}", exact(view.seconds), duration(view.seconds));
        out.push(paint(&fit(&total, width), Style::Bold, look.color));
        out.extend(sentence(&format!("Times are {}.", view.zone.name()), width));
    }
    out.join("\n") + "\n"
}

fn table(view: &ReceiptView, look: &Look) -> String {
    let accounts = view.lines.iter().any(|line| line.account.is_some());
    let mut table = Table::new();
    table.load_style(if look.borders { UTF8_FULL_CONDENSED } else { NOTHING });
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(look.width.max(40));
    let mut header = vec!["From", "To", "Counts", "Cut", "Evidence", "Why"];
    if accounts {
        header.insert(2, "Account");
    }
    table.set_header(header);
    for line in &view.lines {
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let (counts, cut) = match line.counted {
            true => (exact(line.seconds), String::new()),
            false => (String::new(), exact(line.seconds)),
        };
        let mut row = vec![Cell::new(&line.from), Cell::new(&line.to)];
        if accounts {
            row.push(Cell::new(fit(line.account.as_deref().unwrap_or_default(), 20)));
        }
        row.extend([right(counts), right(cut), Cell::new(words::evidence(line.evidence)), Cell::new(&line.reason)]);
        table.add_row(row);
    }
    if !look.borders {
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 2));
        });
    }
    table.to_string()
}
