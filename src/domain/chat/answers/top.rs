//! `/top`: a page of a board.

use chrono::NaiveDate;

use super::{Row, counted_up_to};
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::has_bands;
use crate::domain::chat::press::Press;
use crate::domain::chat::{Answer, Button, Buttons};
use crate::domain::post::BOARDS;
use crate::domain::post::badges::Badges;
use crate::domain::post::compose::{NOTE, corrected_note, empty_text, leaders, offline_note};
use crate::domain::post::message::{EntityKind, MessageBuilder};
use crate::domain::post::names::Names;
use crate::domain::time::period::{Calendar, Period, Scope, local};
use crate::domain::time::zone::Zone;
use crate::domain::words::chat::ChatWords;
use crate::domain::words::{BoardState, Dates, SeenFrom};

/// The most rows of a page.
const ROWS: usize = 10;

/// The data for a page of a board.
pub struct Top<'a> {
    pub words: &'a dyn ChatWords,
    /// The group's key.
    pub group: i64,
    pub zone: Zone,
    pub calendar: Calendar,
    pub badges: &'a Badges,
    pub board: &'a Board,
    /// The date that was asked for, from `first` to `today`.
    pub date: NaiveDate,
    /// The first day about which anything is known.
    pub first: NaiveDate,
    pub today: NaiveDate,
    /// Counts from 0. A number beyond the last page means the last page.
    pub page: u32,
    /// The person whose row is shown even if it is on another page; `None` if other people can read the answer, too.
    pub asker: Option<PeerId>,
}

impl Top<'_> {
    fn is_open(&self) -> bool {
        self.today <= self.board.period.last
    }

    fn seen_from(&self) -> SeenFrom {
        if self.is_open() { SeenFrom::Within } else { SeenFrom::After }
    }

    fn pages(&self) -> usize {
        self.board.people().div_ceil(ROWS).max(1)
    }

    fn page(&self) -> usize {
        (self.page as usize).min(self.pages() - 1)
    }

    fn rows(&self) -> &[Entry] {
        let from = self.page() * ROWS;
        &self.board.entries[from..self.board.people().min(from + ROWS)]
    }

    /// The asker's row, to show below the page; `None` if it is on the page, or if there is none.
    fn own_row(&self) -> Option<&Entry> {
        let is_own = |entry: &&Entry| Some(entry.profile.peer) == self.asker;
        self.board.entries.iter().find(is_own).filter(|_| !self.rows().iter().any(|entry| is_own(&entry)))
    }

    fn heading(&self) -> String {
        let Period { scope, number, .. } = self.board.period;
        let name = number.map(|number| self.words.numbered_period(scope, number));
        let name = name.unwrap_or_else(|| self.words.period(scope, self.seen_from()));
        self.words.heading(&name, Dates::of(self.board.period), false)
    }

    fn press(&self, scope: Scope, date: NaiveDate, page: usize) -> Press {
        Press::Top { group: self.group, scope, date, page: page as u32 }
    }
}

/// The answer. Its first line says who leads, and with how much time.
pub fn top(top: &Top) -> Answer {
    let mut message = MessageBuilder::default();
    let own = top.own_row();
    let shown = top.rows().iter().chain(own).chain(top.board.entries.iter().filter(|entry| entry.rank == 1));
    let names = Names::new(top.words, shown.map(|entry| &entry.profile));
    let heading = top.heading();
    match leaders(top.board, &names) {
        Some((leaders, seconds)) => {
            message.push_as(EntityKind::Bold, &top.words.headline(&leaders, seconds, top.board.people()));
            message.push(&format!("\n{heading}\n"));
            draw_rows(&mut message, top, &names);
            if let Some(entry) = own {
                message.push("\n…");
                row(top, entry).draw(&mut message, top.words, &names);
            }
            message.push("\n");
            message.push_as(EntityKind::Italic, &total(top));
        }
        None => {
            message.push_as(EntityKind::Bold, &heading);
            message.push(&format!("\n{}", empty_text(top.words, top.board, top.zone, top.date)));
        }
    }
    draw_notes(&mut message, top);
    Answer { message: message.finish(), buttons: buttons(top), ..Answer::default() }
}

fn row<'a>(top: &'a Top, entry: &'a Entry) -> Row<'a> {
    let scope = top.board.period.scope;
    let badge = top.badges.of(scope, entry.ranked_seconds());
    let is_own = Some(entry.profile.peer) == top.asker;
    Row { entry, scope, badge, is_own, in_call: entry.in_call && top.is_open() }
}

fn draw_rows(message: &mut MessageBuilder, top: &Top, names: &Names) {
    let mut band = None;
    for entry in top.rows() {
        let own = entry.standing.band.filter(|_| has_bands(&top.board.entries));
        if let Some(number) = own.filter(|_| own != band) {
            message.push("\n");
            message.push_as(EntityKind::Bold, &top.words.band(number));
        }
        band = own;
        row(top, entry).draw(message, top.words, names);
    }
}

fn total(top: &Top) -> String {
    let board = top.board;
    let state = if board.is_final { BoardState::Final } else { BoardState::Open };
    let total = top.words.total(board.people(), board.shown_seconds(), state);
    match board.entries.iter().filter(|entry| entry.in_call && top.is_open()).count() {
        0 => total,
        count => format!("{total} · {}", top.words.in_call_count(count)),
    }
}

/// The notes that posts have about swf, and up to when an open board counts.
fn draw_notes(message: &mut MessageBuilder, top: &Top) {
    let (words, board) = (top.words, top.board);
    let since = board.watched_since.filter(|_| !board.entries.is_empty());
    let since = since.map(|first| words.watched_since(local(top.zone, first).naive_local()));
    let offline = offline_note(words, [board], top.seen_from());
    let up_to = counted_up_to(words, board, top.zone, top.today).filter(|_| top.is_open());
    let notes =
        since.into_iter().chain(offline).chain(corrected_note(words, [board])).map(|note| format!("{NOTE}{note}"));
    let lines: Vec<String> = notes.chain(up_to).collect();
    if !lines.is_empty() {
        message.push("\n\n");
        message.push_as(EntityKind::Italic, &lines.join("\n"));
    }
}

fn buttons(top: &Top) -> Buttons {
    let rows = [pages(top), periods(top), scopes(top)];
    Buttons(rows.into_iter().filter(|row| !row.is_empty()).collect())
}

fn scopes(top: &Top) -> Vec<Button> {
    let button = |scope: Scope| {
        let label = top.words.scope_button(scope);
        let label = if scope == top.board.period.scope { format!("• {label} •") } else { label };
        Button::press(label, top.press(scope, top.date, 0))
    };
    BOARDS.map(button).into()
}

/// The buttons ◀ and ▶, with the dates to which they lead.
fn periods(top: &Top) -> Vec<Button> {
    let scope = top.board.period.scope;
    let button = |date: NaiveDate, label: &dyn Fn(String) -> String| {
        let dates = Dates::of(Period::of(scope, date, top.zone, top.calendar));
        Button::press(label(top.words.dates(dates)), top.press(scope, date, 0))
    };
    let earlier = top.board.period.first.pred_opt().filter(|date| *date >= top.first);
    let later = top.board.period.last.succ_opt().filter(|date| *date <= top.today);
    // The last day of the period: if another kind of period is chosen next, it contains the end of this one.
    let last = |date| Period::of(scope, date, top.zone, top.calendar).last.min(top.today);
    let earlier = earlier.map(|date| button(date, &|dates| format!("◀ {dates}")));
    let later = later.map(|date| button(last(date), &|dates| format!("{dates} ▶")));
    earlier.into_iter().chain(later).collect()
}

/// The buttons to the previous and the next page, with the numbers of their rows.
fn pages(top: &Top) -> Vec<Button> {
    let (page, people) = (top.page(), top.board.people());
    let rows = |page: usize| format!("{}–{}", page * ROWS + 1, people.min((page + 1) * ROWS));
    let button = |page: usize, label: String| Button::press(label, top.press(top.board.period.scope, top.date, page));
    let before = page.checked_sub(1).map(|page| button(page, format!("⬆ {}", rows(page))));
    let after = Some(page + 1).filter(|page| *page < top.pages()).map(|page| button(page, format!("⬇ {}", rows(page))));
    before.into_iter().chain(after).collect()
}
