//! A board: ranked people of one period, and the time for which nothing is known.

use maud::{Markup, html};

use super::address::{Links, Rows};
use super::charts::bar;
use super::data::BoardData;
use super::frame::{Preview, Tab, Visit, page_with};
use super::names::Names;
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN};
use crate::domain::fold::fold;
use crate::domain::people::{Viewer, display};
use crate::domain::time::period::{Period, Scope, clock_date, local, local_date, local_text};
use crate::domain::time::zone::Zone;
use crate::domain::words::page::Label;
use crate::domain::words::{BoardState, Dates};

/// The maximum number of rows on a page, and of bytes that they take.
const MAX_ROWS: usize = 200;
const MAX_ROW_BYTES: usize = 42_000;

/// The page of a board.
pub fn board_page(visit: &Visit, data: &BoardData, rows: &Rows) -> String {
    board_part(visit, data, rows).0
}

/// All pages of a board in order, each with the number of rows before it.
pub fn board_pages(visit: &Visit, data: &BoardData) -> Vec<(usize, String)> {
    let (mut pages, mut next) = (Vec::new(), Some(0));
    while let Some(skip) = next {
        let (page, rest) = board_part(visit, data, &Rows { search: None, skip });
        pages.push((skip, page));
        next = rest;
    }
    pages
}

/// A page of a board, and the number of rows before the next page, if there is one.
fn board_part(visit: &Visit, data: &BoardData, rows: &Rows) -> (String, Option<usize>) {
    let Some((head, links)) = visit.head.zip(visit.links()) else { return (String::new(), None) };
    let board = &data.board;
    let title = title(visit, board.period);
    let (table, next) = table(visit, links, data, rows);
    let content = html! {
        h1 {
            (title)
            @if board.is_final { " " span.mark { (visit.label(Label::Final)) } }
            @if board.is_corrected { " " span.mark { (visit.label(Label::Corrected)) } }
        }
        (summary(visit, board, head.zone))
        (steps(visit, links, data))
        (problems(visit, board, head.zone))
        @if board.entries.is_empty() {
            p.card { (empty(visit, board, head.zone)) }
        } @else {
            @if visit.is_served() { (find(visit, links, data, rows)) }
            (table)
        }
    };
    let preview = preview(visit, links, data, links.board(data.when), head.zone);
    let tab = Tab::Board(board.period.scope);
    (page_with(visit, &title, tab, Some(&links.stem(data.when)), Some(&preview), &content), next)
}

/// The preview of a link to a page with this board: how many people, and their total time.
pub fn preview(visit: &Visit, links: Links, data: &BoardData, path: String, zone: Zone) -> Preview {
    let board = &data.board;
    let state = if board.is_final { BoardState::Final } else { BoardState::Open };
    let description = match board.people() {
        0 => empty(visit, board, zone),
        people => visit.words.words().total(people, board.shown_seconds(), state),
    };
    Preview { description, path, picture: links.card(data.when) }
}

/// `Week · 7–13 December 2026`.
pub fn title(visit: &Visit, period: Period) -> String {
    format!("{} · {}", kind(visit, period), dates(visit, period))
}

/// `Week`, or `WEEK 2` with numbered periods.
fn kind(visit: &Visit, period: Period) -> String {
    let words = visit.words.words();
    period.number.map_or_else(
        || visit.words.scope(period.scope).into_owned(),
        |number| words.numbered_period(period.scope, number),
    )
}

/// The dates of a period, always with the year.
pub fn dates(visit: &Visit, period: Period) -> String {
    let dates = Dates::of(period);
    let year = period.last.format("%Y");
    if period.scope == Scope::Year && period.number.is_none() {
        return year.to_string();
    }
    let text = visit.words.words().dates(dates);
    if dates.show_year() { text } else { format!("{text} {year}") }
}

/// How many people, their total time, and up to when time is counted.
pub fn summary(visit: &Visit, board: &Board, zone: Zone) -> Markup {
    if matches!(board.coverage, Coverage::BeforeFirst(_) | Coverage::Ahead) {
        return html! {};
    }
    let state = if board.is_final { BoardState::Final } else { BoardState::Open };
    let total = visit.words.words().total(board.people(), board.shown_seconds(), state);
    html! {
        p.dim {
            @if board.people() > 0 { (total) } @else if !board.is_final { (visit.label(Label::SoFar)) }
            @if !board.is_final { " · " (as_of(visit, board, zone)) }
        }
    }
}

fn as_of(visit: &Visit, board: &Board, zone: Zone) -> String {
    let Some(at) = board.as_of else { return visit.label(Label::NeverSeen).into_owned() };
    let is_same_day = board.period.first == board.period.last && clock_date(zone, at) == board.period.first;
    let time = local_text(zone, at, "%H:%M");
    let date = visit.words.short_date(clock_date(zone, at));
    visit.words.as_of(&if is_same_day { time } else { format!("{date} {time}") })
}

fn steps(visit: &Visit, links: Links, data: &BoardData) -> Markup {
    html! {
        @if data.earlier.is_some() || data.later.is_some() {
            nav.steps aria-label=(dates(visit, data.board.period)) {
                @if let Some(earlier) = data.earlier {
                    a rel="prev" href=(links.board(earlier)) { "‹ " (visit.label(Label::Earlier)) }
                }
                @if let Some(later) = data.later {
                    a.later rel="next" href=(links.board(later)) { (visit.label(Label::Later)) " ›" }
                }
            }
        }
    }
}

/// The parts of the period for which nothing is known.
pub fn problems(visit: &Visit, board: &Board, zone: Zone) -> Markup {
    let words = visit.words.words();
    let since = board.watched_since.filter(|_| !board.entries.is_empty());
    let is_unwatched = board.unwatched_seconds >= MIN_UNWATCHED_SHOWN && board.coverage != Coverage::Unwatched;
    html! {
        @if let Some(first) = since { p.dim { (words.watched_since(local(zone, first).naive_local())) } }
        @if is_unwatched { p.warn { (visit.words.unwatched(board.unwatched_seconds)) } }
        @if board.blind_seconds > 0 { p.warn { (visit.words.blind(board.blind_seconds)) } }
    }
}

/// The text in place of the rows of an empty board.
pub fn empty(visit: &Visit, board: &Board, zone: Zone) -> String {
    let words = visit.words.words();
    match board.coverage {
        Coverage::Unwatched => words.not_running(),
        Coverage::BeforeFirst(first) => words.not_in_use(local_date(zone, first)),
        Coverage::Blind => words.not_seen(),
        Coverage::Ahead => visit.label(Label::NotBegun).into_owned(),
        Coverage::Watched => match board.watched_since {
            Some(first) => words.empty_since(local(zone, first).naive_local()),
            None => words.empty_board(board.is_final)[0].into(),
        },
    }
}

fn find(visit: &Visit, links: Links, data: &BoardData, rows: &Rows) -> Markup {
    html! {
        form.find role="search" action=(links.board(data.when)) {
            label {
                (visit.label(Label::FindName))
                input type="search" name="q" value=[rows.search.as_deref()] autocomplete="off" maxlength="64";
            }
            button { (visit.label(Label::Find)) }
            @if rows.search.is_some() {
                a.button href=(links.board(data.when)) { (visit.label(Label::ShowAll)) }
            }
        }
    }
}

/// Whether a person's name or username contains the text; `fold` has normalized it.
fn fits(visit: &Visit, entry: &Entry, folded: &str) -> bool {
    let person = display(&entry.profile, Viewer::Web);
    let name = fold(&visit.words.words().name(&person));
    name.contains(folded) || person.username.is_some_and(|username| fold(&username).contains(folded))
}

/// The rows of a page, and the number of rows before the next page, if there is one.
fn table(visit: &Visit, links: Links, data: &BoardData, rows: &Rows) -> (Markup, Option<usize>) {
    let board = &data.board;
    let folded = rows.search.as_deref().map(|text| fold(text.trim_start_matches('@'))).filter(|text| !text.is_empty());
    let found: Vec<&Entry> =
        board.entries.iter().filter(|entry| folded.as_ref().is_none_or(|folded| fits(visit, entry, folded))).collect();
    if found.is_empty() {
        return (html! { p.card { (visit.label(Label::NobodyFound)) } }, None);
    }
    let rest = &found[rows.skip.min(found.len())..];
    let (markup, shown) = some_rows(visit, board, rest);
    let end = rows.skip + shown;
    let at = |skip| links.rows(data.when, &Rows { skip, ..rows.clone() });
    let markup = html! {
        (markup)
        @if found.len() > shown {
            nav.steps aria-label=(visit.words.rows(rows.skip + 1, end, found.len())) {
                @if rows.skip > 0 { a href=(at(0)) { "« " (visit.label(Label::FirstRows)) } }
                span.dim { (visit.words.rows((rows.skip + 1).min(end), end, found.len())) }
                @if end < found.len() { a.later rel="next" href=(at(end)) { (visit.label(Label::NextRows)) " »" } }
            }
        }
    };
    (markup, (end < found.len()).then_some(end))
}

/// As many rows as fit on a page, and their number.
pub fn some_rows(visit: &Visit, board: &Board, entries: &[&Entry]) -> (Markup, usize) {
    let names = Names::of(entries.iter().take(MAX_ROWS).map(|entry| &entry.profile));
    let most = board.entries.iter().map(|entry| entry.seconds).max().unwrap_or(0);
    let has_days = board.entries.iter().any(|entry| entry.standing.active_days.is_some());
    let (mut markup, mut band, mut shown) = (String::new(), None, 0);
    for entry in entries.iter().take(MAX_ROWS) {
        let row = row(visit, &names, entry, most, has_days).into_string();
        if shown > 0 && markup.len() + row.len() > MAX_ROW_BYTES {
            break;
        }
        if entry.standing.band != band {
            band = entry.standing.band;
            let columns = if has_days { 4 } else { 3 };
            let name = band.map(|number| visit.words.words().band(number));
            markup +=
                &html! { tr.band { th scope="rowgroup" colspan=(columns) { @if let Some(name) = name { (name) } } } }
                    .into_string();
        }
        markup += &row;
        shown += 1;
    }
    let markup = html! {
        table.board {
            caption.sr { (dates(visit, board.period)) }
            thead {
                tr {
                    th.n scope="col" { span.sr { (visit.label(Label::Rank)) } span aria-hidden="true" { "#" } }
                    th scope="col" { (visit.label(Label::Name)) }
                    @if has_days { th.n scope="col" { (visit.label(Label::ActiveDays)) } }
                    th.n scope="col" { (visit.label(Label::Time)) }
                }
            }
            tbody { (maud::PreEscaped(markup)) }
        }
    };
    (markup, shown)
}

fn row(visit: &Visit, names: &Names, entry: &Entry, most: i64, has_days: bool) -> Markup {
    let is_top = entry.rank <= 3;
    html! {
        tr.top[is_top] {
            td.n { (entry.rank) }
            th scope="row" {
                (names.link(visit, entry.profile.peer))
                @if entry.in_call { " " span.on { "● " (visit.label(Label::InCall)) } }
                (bar(entry.seconds, most))
            }
            @if has_days { td.n { @if let Some(days) = entry.standing.active_days { (days) } } }
            td.n { (time(visit, entry.seconds)) }
        }
    }
}

/// A time, with its seconds for programs.
pub fn time(visit: &Visit, seconds: i64) -> Markup {
    html! { data value=(seconds) { (visit.words.words().duration(seconds)) } }
}
