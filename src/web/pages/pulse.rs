//! The group's numbers without names (rules §5.12): a table of weeks, and each number with its meaning.

use maud::{Markup, html};

use super::address::PULSE;
use super::frame::{Tab, Visit, page};
use crate::domain::pulse::{Amount, MIN_PEOPLE, NOT_SHOWN, Number, Pulse, WeekLine};
use crate::domain::words::page::Label;

pub fn pulse_page(visit: &Visit, pulse: &Pulse) -> String {
    let Some(links) = visit.links() else { return String::new() };
    let title = visit.label(Label::Pulse);
    let counted = pulse.lines.iter().filter(|line| line.week.counts()).count();
    let content = html! {
        h1 { (title) }
        p.dim { (visit.words.weeks_counted(pulse.lines.len(), counted)) }
        section.card { (weeks(visit, &pulse.lines)) }
        section.card { (numbers(visit, pulse)) }
        p.dim { (visit.words.not_shown(NOT_SHOWN, MIN_PEOPLE)) }
    };
    page(visit, &title, Tab::Pulse, Some(&links.to(PULSE)), &content)
}

fn weeks(visit: &Visit, lines: &[WeekLine]) -> Markup {
    let columns = [Number::People, Number::Regulars, Number::Hours];
    let count = |count: Option<usize>| count.map(|count| Amount::Count(count as i64));
    html! {
        div.scroll tabindex="0" role="region" aria-label=(visit.label(Label::Week)) {
            table {
                thead {
                    tr {
                        th scope="col" { (visit.label(Label::WeekFrom)) }
                        @for number in columns { th.n scope="col" { (visit.words.pulse_number(number)) } }
                    }
                }
                tbody {
                    @for line in lines {
                        tr {
                            th scope="row" { (visit.words.short_date(line.week.first)) " " (line.week.first.format("%Y")) }
                            @if let Some(reason) = line.week.left_out {
                                td.not colspan=(columns.len()) { (visit.words.left_out(reason)) }
                            } @else {
                                @for value in [count(line.people), count(line.regulars), line.hours.map(Amount::Count)] {
                                    td.n { (amount(visit, value)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn numbers(visit: &Visit, pulse: &Pulse) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(visit.label(Label::Pulse)) {
            table {
                thead {
                    tr {
                        th scope="col" { (visit.label(Label::Number)) }
                        th.n scope="col" { (visit.label(Label::Value)) }
                        th scope="col" { (visit.label(Label::Meaning)) }
                    }
                }
                tbody {
                    @for (number, value) in pulse.numbers() {
                        tr {
                            th scope="row" { (visit.words.pulse_number(number)) }
                            td.n { (amount(visit, value)) }
                            td.dim { (visit.words.pulse_meaning(number)) }
                        }
                    }
                }
            }
        }
    }
}

/// A number, with its exact value for programs.
fn amount(visit: &Visit, amount: Option<Amount>) -> Markup {
    html! {
        @match amount {
            Some(amount) => { data value=(amount.number()) { (visit.words.pulse_amount(amount)) } },
            None => { (NOT_SHOWN) },
        }
    }
}
