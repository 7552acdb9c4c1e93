//! The call now: who is in it, since when, and their time on today's board.

use maud::{Markup, html};

use super::board::{dates, empty, preview, problems, some_rows, summary, time};
use super::data::{BoardData, CallData, CallState};
use super::frame::{Tab, Visit, page_with};
use super::names::Names;
use crate::domain::Instant;
use crate::domain::accounting::leaderboard::Entry;
use crate::domain::time::period::{Scope, clock_date, local_text};
use crate::domain::time::zone::Zone;
use crate::domain::words::SeenFrom;
use crate::domain::words::page::Label;

/// The maximum number of people in the call that are listed.
const MAX_PRESENT: usize = 100;
/// The maximum number of rows of today's board next to the call.
const MAX_ROWS: usize = 50;

/// The page with the call now and today's board. `call` is `None` if the visitor may not see it.
pub fn now_page(visit: &Visit, call: Option<&CallData>, today: &BoardData) -> String {
    let Some((head, links)) = visit.head.zip(visit.links()) else { return String::new() };
    let board = &today.board;
    let entries: Vec<&Entry> = board.entries.iter().take(MAX_ROWS).collect();
    let words = visit.words.words();
    let title = format!("{} · {}", words.period(Scope::Day, SeenFrom::Within), dates(visit, board.period));
    let content = html! {
        h1 { (title) }
        @if let Some(call) = call {
            section.card data-live=(links.to("live")) aria-labelledby="call" {
                h2 #call { (visit.label(Label::Now)) }
                (live(visit, call, head.zone))
            }
        }
        section {
            h2 { (visit.label(Label::TodayBoard)) }
            (summary(visit, board, head.zone))
            (problems(visit, board, head.zone))
            @if entries.is_empty() {
                p.card { (empty(visit, board, head.zone)) }
            } @else {
                (some_rows(visit, board, &entries).0)
            }
            p { a.button href=(links.board(today.when)) { (visit.label(Label::ShowAll)) " ›" } }
        }
    };
    let preview = preview(visit, links, today, links.now(), head.zone);
    page_with(visit, &title, Tab::Now, Some(&links.now()), Some(&preview), &content)
}

/// The part of the page that the script updates again and again. The element with the number of people stays the same,
/// so that a screen reader announces changes.
pub fn live(visit: &Visit, call: &CallData, zone: Zone) -> Markup {
    let names = Names::of(call.present.iter().map(|present| &present.profile));
    html! {
        p.big role="status" data-part="state" { (state(visit, call, zone)) }
        div data-part="people" {
            @if !call.present.is_empty() {
                table {
                    caption.sr { (visit.label(Label::InCall)) }
                    thead {
                        tr {
                            th scope="col" { (visit.label(Label::Name)) }
                            th.n scope="col" { (visit.label(Label::Since)) }
                            th.n scope="col" { (visit.label(Label::TodaySoFar)) }
                        }
                    }
                    tbody {
                        @for present in call.present.iter().take(MAX_PRESENT) {
                            tr {
                                th scope="row" { (names.link(visit, present.profile.peer)) }
                                td.n { (clock(visit, call, present.since, zone)) br; small { (time(visit, present.stay)) } }
                                td.n { (time(visit, present.today)) }
                            }
                        }
                    }
                }
            }
            @if call.present.len() > MAX_PRESENT {
                p.dim { (visit.words.words().more(call.present.len() - MAX_PRESENT)) }
            }
        }
    }
}

fn state(visit: &Visit, call: &CallData, zone: Zone) -> String {
    let date_and_time =
        |at: Instant| format!("{} {}", visit.words.short_date(clock_date(zone, at)), local_text(zone, at, "%H:%M"));
    match call.state {
        CallState::Running => visit.words.in_the_call(call.present.len()),
        CallState::Unseen(since) => visit.words.not_seen_since(&date_and_time(since)),
        CallState::NoCall => visit.label(Label::NoCall).into_owned(),
        CallState::NotTracked(seen) => {
            let seen = seen.map_or(String::new(), |at| format!(" {}", visit.words.last_seen(&date_and_time(at))));
            visit.label(Label::NotTracked).into_owned() + &seen
        }
    }
}

/// The start of a stay; with the date, if it differs from the date of the latest stay.
fn clock(visit: &Visit, call: &CallData, since: Instant, zone: Zone) -> String {
    let time = local_text(zone, since, "%H:%M");
    let latest = call.present.iter().map(|present| present.since + present.stay).max();
    let is_today = latest.is_some_and(|latest| clock_date(zone, latest) == clock_date(zone, since));
    if is_today { time } else { format!("{} {time}", visit.words.short_date(clock_date(zone, since))) }
}
