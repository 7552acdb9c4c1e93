//! The first page of a group whose pages are files: its days and weeks as charts, and links to each final board.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::address::{Links, When};
use super::board::{dates, title};
use super::charts::{self, levels_up_to};
use super::data::{ChartDay, Head, OverviewData};
use super::frame::{Tab, Visit, page};
use super::person::{days_table, in_all, short, week_start, weeks};
use crate::domain::time::period::{Period, Scope};
use crate::domain::words::page::Label;

pub fn overview_page(visit: &Visit, data: &OverviewData) -> String {
    let Some((head, links)) = visit.head.zip(visit.links()) else { return String::new() };
    let label = visit.label(Label::Overview);
    let content = html! {
        h1 { (label) }
        @if data.latest.is_empty() {
            p.card { (visit.label(Label::NoData)) }
        } @else {
            h2 { (visit.label(Label::LatestBoards)) }
            ul.groups { @for latest in &data.latest { li.card { (board_line(visit, links, *latest)) } } }
            section.card { (days(visit, head, links, data)) }
            @if !data.weeks.is_empty() { section.card { (weeks(visit, &data.weeks)) } }
            @if !data.all.is_empty() { section.card { (all_boards(visit, links, &data.all)) } }
        }
    };
    page(visit, &label, Tab::Now, None, &content)
}

fn board_line(visit: &Visit, links: Links, (when, period, seconds): (When, Period, i64)) -> Markup {
    html! {
        a href=(links.board(when)) {
            strong { (title(visit, period)) }
            span.n.dim { (visit.words.words().duration(seconds)) }
        }
    }
}

fn days(visit: &Visit, head: &Head, links: Links, data: &OverviewData) -> Markup {
    let (seconds, active) = in_all(&data.days);
    let most = data.days.iter().map(|day| if let ChartDay::Known(seconds) = day { *seconds } else { 0 }).max();
    let levels = levels_up_to(most.unwrap_or(0));
    let start = week_start(head.calendar);
    let description = visit.words.days_chart(seconds, active);
    let link = |date: NaiveDate, seconds| {
        html! { a href=(links.board(When::Holding(Scope::Day, date))) { (short(seconds)) } }
    };
    html! {
        h2 { (visit.label(Label::LastYear)) }
        p.dim { (description) }
        (charts::days(visit, start, data.first, &data.days, levels, &description))
        details {
            summary { (visit.label(Label::AsTable)) }
            div.scroll tabindex="0" role="region" aria-label=(visit.label(Label::DaysOfStudy)) {
                (days_table(visit, data.first, &data.days, start, link))
            }
        }
    }
}

/// Links to all boards, the latest first.
fn all_boards(visit: &Visit, links: Links, all: &[(Scope, Vec<Period>)]) -> Markup {
    html! {
        h2 { (visit.label(Label::AllBoards)) }
        @for (scope, periods) in all {
            details {
                summary { (visit.words.scope(*scope)) }
                ul {
                    @for period in periods.iter().rev() {
                        li { a href=(links.board(When::of(*period))) { (dates(visit, *period)) } }
                    }
                }
            }
        }
    }
}
