//! The list of groups, the page about stored data, and parts for other sites.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::STYLE;
use super::address::When;
use super::board::{dates, empty, some_rows, summary};
use super::data::{BoardData, GroupLine, Rules};
use super::frame::{ICON, Tab, Visit, page};
use crate::domain::accounting::leaderboard::Entry;
use crate::domain::words::page::Label;
use crate::domain::words::{BoardState, Language};

/// The number of rows of an embedded board.
const EMBED_ROWS: usize = 10;

/// The list of the groups that the visitor may see.
pub fn groups_page(visit: &Visit, groups: &[GroupLine]) -> String {
    let title = visit.label(Label::Groups);
    let content = html! {
        h1 { (title) }
        ul.groups {
            @for GroupLine { head, today } in groups {
                li.card {
                    a href=(visit.links_of(head).now()) {
                        strong { bdi { (head.title) } }
                        @if let Some(board) = today {
                            span.dim { (today_line(visit, board.people(), board.shown_seconds())) }
                        }
                    }
                }
            }
        }
    };
    page(visit, &title, Tab::None, visit.is_served().then_some("/groups"), &content)
}

fn today_line(visit: &Visit, people: usize, seconds: i64) -> String {
    visit.words.words().total(people, seconds, BoardState::Open)
}

/// What is stored about a group's people, and how time counts.
pub fn about_page(visit: &Visit, rules: Rules) -> String {
    let title = visit.label(Label::About);
    let lines = |labels: &[Label]| html! { ul { @for label in labels { li { (visit.label(*label)) } } } };
    let content = html! {
        h1 { (title) }
        section.card {
            h2 { (visit.label(Label::WhatIsStored)) }
            (lines(&[Label::StoredCall, Label::StoredPeople, Label::NotStored]))
        }
        section.card {
            h2 { (visit.label(Label::HowTimeCounts)) }
            p { (visit.words.gate(rules.gate, rules.grace)) }
            (lines(&[Label::CountsEvidence, Label::CountsUnknown, Label::CountsGroupDays]))
        }
        p { (visit.label(Label::AskOrganiser)) }
    };
    page(visit, &title, Tab::About, None, &content)
}

/// A small board for a frame in another site. Its links open the full page.
pub fn embed(visit: &Visit, data: &BoardData) -> String {
    let Some((head, links)) = visit.head.zip(visit.links()) else { return String::new() };
    let board = &data.board;
    let title = format!("{} · {}", head.title, dates(visit, board.period));
    let entries: Vec<&Entry> = board.entries.iter().take(EMBED_ROWS).collect();
    html! {
        (DOCTYPE)
        html lang=(visit.words.words().language().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                base target="_top";
                title { (title) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
            }
            body.embed {
                main {
                    h1 { a href=(links.board(data.when)) { bdi { (head.title) } " · " (dates(visit, board.period)) } }
                    (summary(visit, board, head.zone))
                    @if entries.is_empty() { p { (empty(visit, board, head.zone)) } } @else { (some_rows(visit, board, &entries).0) }
                }
            }
        }
    }
    .into_string()
}

/// The time of a group in a period, as a picture for a README or a forum. Its width is an estimate, as the fonts of the
/// reader are unknown.
pub fn badge(visit: &Visit, data: &BoardData) -> String {
    let words = visit.words;
    let name = match data.when {
        When::Current(scope) | When::Holding(scope, _) => words.scope(scope),
        When::AllTime | When::Range(..) => words.scope(data.board.period.scope),
    };
    let time = words.words().duration(data.board.shown_seconds());
    let people = words.people(data.board.people());
    let texts = [format!("📚 {name}"), format!("{time} · {people}")];
    let [left, right] = [&texts[0], &texts[1]].map(|text| text.chars().count() * 7 + 14);
    let whole = left + right;
    let svg: Markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(whole) height="22" role="img" aria-label={ (texts[0]) ": " (texts[1]) } {
            title { (texts[0]) ": " (texts[1]) }
            rect width=(whole) height="22" rx="4" fill="#2f3a35" {}
            path d={ "M" (left) " 0h" (right - 4) "a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4h-" (right - 4) "z" } fill="#0a6b4c" {}
            g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle" {
                text x=(left / 2) y="15" textLength=(left - 14) { (texts[0]) }
                text x=(left + right / 2) y="15" textLength=(right - 14) { (texts[1]) }
            }
        }
    };
    svg.into_string()
}

/// The language of a page: the supported one with the highest weight in `accepted` (`Accept-Language`), or else the
/// group's.
pub fn language(group: Language, accepted: Option<&str>) -> Language {
    let mut wanted: Vec<(i32, &str)> = accepted.unwrap_or_default().split(',').filter_map(weighted).collect();
    wanted.sort_by_key(|(weight, _)| -weight);
    wanted.into_iter().find_map(|(_, tag)| matching(group, tag)).unwrap_or(group)
}

/// A language with its weight in thousandths: `uz;q=0.9`. `None` if the weight is 0 or invalid.
fn weighted(one: &str) -> Option<(i32, &str)> {
    let (tag, weight) = one.split_once(';').unwrap_or((one, "q=1"));
    let weight = weight.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?;
    let weight = weight.trim().parse::<f32>().ok().filter(|weight| *weight > 0.0 && *weight <= 1.0)?;
    Some(((weight * 1000.0) as i32, tag.trim()))
}

fn matching(group: Language, tag: &str) -> Option<Language> {
    let tag = tag.to_ascii_lowercase();
    let mut parts = tag.split('-');
    match parts.next()? {
        "*" => Some(group),
        "en" => Some(Language::En),
        "ru" => Some(Language::Ru),
        "uz" if parts.clone().any(|part| part == "cyrl") => Some(Language::UzCyrl),
        // Without a script in the tag, the group's script is used.
        "uz" if group == Language::UzCyrl && !parts.any(|part| part == "latn") => Some(Language::UzCyrl),
        "uz" => Some(Language::Uz),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_in_the_language_that_the_visitor_reads() {
        for (group, accepted, expected) in [
            (Language::Uz, None, Language::Uz),
            (Language::Uz, Some(""), Language::Uz),
            (Language::Uz, Some("de-DE,de;q=0.9"), Language::Uz),
            (Language::Uz, Some("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7"), Language::Ru),
            (Language::Uz, Some("de, en;q=0.3, ru;q=0.5"), Language::Ru),
            (Language::Uz, Some("ru;q=0, en;q=0.1"), Language::En),
            (Language::Uz, Some("en ; q=0.1, ru; Q=0.5"), Language::Ru),
            (Language::Uz, Some("*"), Language::Uz),
            (Language::En, Some("uz-Latn-UZ"), Language::Uz),
            (Language::En, Some("uz-Cyrl-UZ"), Language::UzCyrl),
            (Language::UzCyrl, Some("uz-UZ,uz;q=0.9"), Language::UzCyrl),
            (Language::UzCyrl, Some("uz-Latn"), Language::Uz),
            (Language::En, Some("ru;q=x,,;q=1,;"), Language::En),
        ] {
            assert_eq!(language(group, accepted), expected, "{group:?} {accepted:?}");
        }
    }
}
