//! Boards as CSV, and the cells about people in all CSV files.

use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::Standing;
use crate::domain::people::{Profile, Viewer, display};
use crate::error::{Error, Result};

const COLUMNS: &str =
    "rank,user_id,username,name,seconds,proved_seconds,in_call,unwatched_seconds,ranked_seconds,active_days,band";

/// A board as CSV, with at most `top` rows. Without `shows_ids`, the columns of ids and usernames are empty.
pub fn to_csv(board: &Board, top: Option<usize>, viewer: Viewer, shows_ids: bool) -> Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut write = || {
        out.write_record(COLUMNS.split(','))?;
        for entry in board.entries.iter().take(top.unwrap_or(usize::MAX)) {
            let Standing { active_days, band, .. } = entry.standing;
            let number = |number: Option<usize>| number.map_or(String::new(), |number| number.to_string());
            let more = [
                entry.in_call.to_string(),
                board.unwatched_seconds.to_string(),
                entry.ranked_seconds().to_string(),
                number(active_days),
                number(band),
            ];
            let mut cells = entry_cells(entry, viewer);
            if !shows_ids {
                [1, 2].into_iter().for_each(|cell| cells[cell].clear());
            }
            out.write_record(cells.into_iter().chain(more))?;
        }
        out.flush().map_err(csv::Error::from)
    };
    write().map_err(|error| Error::failed(format!("the CSV can't be written: {error}")))?;
    Ok(String::from_utf8_lossy(out.get_ref()).into_owned())
}

/// The cells for a row of a board in all CSV files: rank, account, name and seconds.
pub fn entry_cells(entry: &Entry, viewer: Viewer) -> [String; 6] {
    let [id, username, name] = person_cells(&entry.profile, viewer);
    [entry.rank.to_string(), id, username, name, entry.seconds.to_string(), entry.proved_seconds.to_string()]
}

pub fn person_cells(profile: &Profile, viewer: Viewer) -> [String; 3] {
    let person = display(profile, viewer);
    [person.id.to_string(), no_formula(person.username.as_deref().unwrap_or_default()), no_formula(&person.to_string())]
}

/// A cell that no spreadsheet reads as a formula: puts a `'` before each part that would be one. A spreadsheet may
/// split the file at another separator, so the text after each possible separator is a part.
pub fn no_formula(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for part in text.replace(char::is_control, " ").split_inclusive([',', ';', '|']) {
        let begins = part.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
        if begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫']) {
            cell.push('\'');
        }
        cell.push_str(part);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES S7.
    #[test]
    fn what_a_spreadsheet_would_compute_is_text() {
        for (name, cell) in [
            ("Ada", "Ada"),
            ("Ada-Marie = 1", "Ada-Marie = 1"),
            ("a;b, c", "a;b, c"),
            ("=1+1", "'=1+1"),
            ("@ada", "'@ada"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠SUM(1)", "'＠SUM(1)"),
            ("﹦1", "'﹦1"),
            (" \u{a0}=1", "' \u{a0}=1"),
            ("\"=1\"", "'\"=1\""),
            ("\t=1\r\u{1b}", "' =1  "),
            ("x\u{0}\n=1", "x  =1"),
            ("x;=cmd|'/C calc'!A0;y", "x;'=cmd|'/C calc'!A0;y"),
            ("x; \"+1", "x;' \"+1"),
            ("x|-1,@y", "x|'-1,'@y"),
        ] {
            assert_eq!(no_formula(name), cell, "{name:?}");
        }
    }
}
