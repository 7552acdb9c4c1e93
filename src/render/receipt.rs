//! The receipt of `swf why` on a terminal.

use comfy_table::{Cell, CellAlignment, ContentArrangement};

use super::{Look, Style, new_table, paint, sentence, table_lines, words};
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::receipt::Receipt;
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN};
use crate::domain::text::{duration, fit};
use crate::domain::time::period::local_date;
use crate::domain::time::zone::Zone;

/// The data of a receipt. All texts are safe to show.
pub struct ReceiptView<'a> {
    pub receipt: &'a Receipt,
    /// The board of the receipt's period.
    pub board: &'a Board,
    /// The name of the person.
    pub person: String,
    pub zone: Zone,
    /// The most seconds of a day that rank; `None` for no cap.
    pub rank_cap: Option<i64>,
    /// The start and the end of each silence that does not rank. `silence` is how long a silence ranks, in seconds.
    pub silent: Vec<(String, String)>,
    pub silence: Option<i64>,
    /// A line for each part of the receipt.
    pub lines: Vec<ReceiptLine>,
    /// What the person has achieved, a line for each part.
    pub achieved: Vec<String>,
    /// The person is not on boards: a bot, or the account that tracks if the settings leave it out.
    pub left_out: bool,
}

/// The texts of one part of a receipt.
pub struct ReceiptLine {
    /// The start and the end; the end is empty for a total of a whole day.
    pub times: (String, String),
    /// The account, if the person has several.
    pub account: Option<String>,
    pub reason: String,
}

/// `3:05:00`, because a receipt is exact.
pub(super) fn exact(seconds: i64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60)
}

/// The receipt as text, at most `look.width` cells wide (less than 40 counts as 40). Ends with a line break.
pub fn receipt(view: &ReceiptView, look: &Look) -> String {
    let width = usize::from(look.width.max(40));
    let (receipt, board) = (view.receipt, view.board);
    let seen = board.as_of.map(|at| local_date(view.zone, at));
    let title = format!("{} · {}", view.person, words::dates(board.period, seen));
    let mut out = vec![paint(&fit(&title, width), Style::Bold, look.color)];
    if view.left_out {
        out.extend(sentence(
            "This account is not on the board. Bots are never on it; the tracking account is on it only with \
             SWF_TRACK_SELF=true.",
            width,
        ));
    } else if view.lines.is_empty() {
        let text = match board.coverage {
            Coverage::Watched => "They were not seen in a call.".to_owned(),
            _ => words::empty_board(board, view.zone),
        };
        out.extend(sentence(&format!("{text} ({})", view.zone.name()), width));
    } else {
        out.extend(table(view, look));
        let proved = match receipt.proved_seconds {
            0 => String::new(),
            seconds => format!(", {} of it proved", exact(seconds)),
        };
        let entry = board.entries.iter().find(|entry| entry.profile.peer == receipt.person);
        let rank = entry.map_or(String::new(), |entry| format!(" · {}", words::place(entry, board)));
        let now = if entry.is_some_and(|entry| entry.in_call) { " · in the call" } else { "" };
        let total = format!("{} = {}{proved}{rank}{now}", exact(receipt.seconds), duration(receipt.seconds));
        out.push(paint(&fit(&total, width), Style::Bold, look.color));
        if let Some(limit) = view.silence {
            for (from, to) in &view.silent {
                let hours = limit / 3600;
                out.extend(sentence(&format!("not ranked: no sign after {hours} h, {from}–{to}"), width));
            }
        }
        let above = entry.map_or(0, |entry| entry.standing.above_cap());
        if let Some(cap) = view.rank_cap.filter(|_| above > 0) {
            let above = exact(above);
            out.extend(sentence(&format!("not ranked: {above} above the cap of {} a day", duration(cap)), width));
        }
        out.extend(sentence(&format!("Times are {}.", view.zone.name()), width));
    }
    if let Some(first) = board.watched_since {
        out.extend(sentence(&words::watched_since(first, view.zone), width));
    }
    if board.unwatched_seconds >= MIN_UNWATCHED_SHOWN && board.coverage != Coverage::Unwatched {
        out.extend(sentence(&words::unwatched(board.unwatched_seconds), width));
    }
    if board.blind_seconds > 0 {
        out.extend(sentence(&words::blind(board.blind_seconds), width));
    }
    out.extend(view.achieved.iter().filter(|_| !view.left_out).flat_map(|line| sentence(line, width)));
    out.join("\n") + "\n"
}

fn table(view: &ReceiptView, look: &Look) -> Vec<String> {
    let accounts = view.lines.iter().any(|line| line.account.is_some());
    let mut table = new_table(look);
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(look.width.max(40));
    let mut header = vec!["From", "To", "Counts", "Cut", "Evidence", "Why"];
    if accounts {
        header.insert(2, "Account");
    }
    table.set_header(header);
    for (part, line) in view.receipt.parts.iter().zip(&view.lines) {
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let (counts, cut) = match part.counted {
            true => (exact(part.seconds), String::new()),
            false => (String::new(), exact(part.seconds)),
        };
        let mut row = vec![Cell::new(&line.times.0), Cell::new(&line.times.1)];
        if accounts {
            row.push(Cell::new(fit(line.account.as_deref().unwrap_or_default(), 20)));
        }
        row.extend([right(counts), right(cut), Cell::new(words::evidence(part.evidence)), Cell::new(&line.reason)]);
        table.add_row(row);
    }
    table_lines(table, look)
}
