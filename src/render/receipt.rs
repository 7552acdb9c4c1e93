//! The receipt of `swf why` on a terminal.

use chrono::NaiveDate;
use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use super::{Look, Style, paint, sentence, words};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::text::{duration, fit};
use crate::domain::time::period::Period;
use crate::domain::time::zone::Zone;

/// What a receipt shows. Names are cleaned already.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub who: String,
    pub period: Period,
    /// When the group was seen last.
    pub seen: Option<NaiveDate>,
    pub zone: Zone,
    pub lines: Vec<Line>,
    pub seconds: i64,
    pub proved_seconds: i64,
    /// Their rank, of how many.
    pub rank: Option<(usize, usize)>,
    pub in_call: bool,
    /// A bot, or the tracking account where it is left out.
    pub left_out: bool,
}

/// One part of the receipt.
#[derive(Clone, Debug)]
pub struct Line {
    pub from: String,
    pub to: String,
    pub seconds: i64,
    /// The account, where there are several.
    pub account: Option<String>,
    pub evidence: Evidence,
    pub counted: bool,
    pub reason: String,
}

/// Hours, minutes and seconds: a receipt is exact.
fn exact(seconds: i64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60)
}

pub fn receipt(sheet: &Sheet, look: &Look) -> String {
    let width = usize::from(look.width.max(40));
    let title = format!("{} · {}", sheet.who, words::dates(sheet.period, sheet.seen));
    let mut out = vec![paint(&fit(&title, width), Style::Bold, look.color)];
    if sheet.left_out {
        out.extend(sentence(
            "This account is not on the board: bots never are, and the tracking account only if it should.",
            width,
        ));
    } else if sheet.lines.is_empty() {
        out.extend(sentence(&format!("They were not seen in a call. ({})", sheet.zone.name()), width));
    } else {
        out.extend(table(sheet, look).lines().map(|line| line.trim_end().to_owned()));
        let proved = match sheet.proved_seconds {
            0 => String::new(),
            seconds => format!(", {} of it proved", exact(seconds)),
        };
        let rank = sheet.rank.map_or(String::new(), |(rank, of)| format!(" · rank {rank} of {of}"));
        let now = if sheet.in_call { " · in the call" } else { "" };
        let total = format!("{} = {}{proved}{rank}{now}", exact(sheet.seconds), duration(sheet.seconds));
        out.push(paint(&fit(&total, width), Style::Bold, look.color));
        out.extend(sentence(&format!("Times are {}.", sheet.zone.name()), width));
    }
    out.join("\n") + "\n"
}

fn table(sheet: &Sheet, look: &Look) -> String {
    let accounts = sheet.lines.iter().any(|line| line.account.is_some());
    let mut table = Table::new();
    table.load_style(if look.borders { UTF8_FULL_CONDENSED } else { NOTHING });
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(look.width.max(40));
    let mut header = vec!["From", "To", "Counts", "Cut", "Evidence", "Why"];
    if accounts {
        header.insert(2, "Account");
    }
    table.set_header(header);
    for line in &sheet.lines {
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
