//! A person: a year of days, the last weeks, records, and the stays of a day as `swf why` explains them.

use chrono::{Days, NaiveDate, Weekday};
use maud::{Markup, html};

use super::address::Links;
use super::board::{problems, time};
use super::charts::{self, amount};
use super::data::{ChartDay, ChartWeek, DayStays, Head, PersonData};
use super::frame::{Tab, Visit, page};
use super::names::Names;
use crate::domain::Span;
use crate::domain::accounting::receipt::{Evidence, Part, Reason};
use crate::domain::accounting::records::{Best, Records};
use crate::domain::accounting::streak::Streak;
use crate::domain::text::clean;
use crate::domain::time::period::{Calendar, local, local_date, local_text};
use crate::domain::words::page::Label;

pub fn person_page(visit: &Visit, data: &PersonData) -> String {
    let Some((head, links)) = visit.head.zip(visit.links()) else { return String::new() };
    let peer = data.profile.peer;
    let names = Names::of([&data.profile]);
    let content = html! {
        h1 { (names.html(visit, peer)) }
        section.card { (facts(visit, data)) }
        section.card { (chart(visit, head, links, data)) }
        section.card { (weeks(visit, &data.weeks)) }
        section.card { h2 { (visit.label(Label::Records)) } (records(visit, &data.records)) }
        @if let Some(stays) = &data.stays { section.card #stays { (day(visit, head, links, data, stays)) } }
    };
    page(visit, &names.text(visit, peer), Tab::None, Some(&links.person(peer)), &content)
}

/// The streak and the goal.
fn facts(visit: &Visit, data: &PersonData) -> Markup {
    html! {
        dl {
            @if let Some(streak) = &data.streak {
                dt { (visit.label(Label::Streak)) }
                dd { (streak_text(visit, streak)) }
                @if streak.longest > streak.current {
                    dt { (visit.label(Label::LongestStreak)) }
                    dd { (visit.words.days(streak.longest)) }
                }
            }
            @if let Some(goal) = &data.goal {
                dt { (visit.label(Label::Goal)) }
                dd { (visit.words.goal(goal.seconds, goal.goal, goal.percent())) }
            }
            @let (seconds, active) = in_all(&data.days);
            dt { (data.year.map_or_else(|| visit.label(Label::LastYear).into_owned(), |year| year.to_string())) }
            dd { (visit.words.days_chart(seconds, active)) }
        }
    }
}

fn streak_text(visit: &Visit, streak: &Streak) -> String {
    if let Some(comeback) = &streak.comeback {
        return visit.words.comeback(comeback);
    }
    if streak.current == 0 {
        return visit.label(Label::NoStreak).into_owned();
    }
    let risk = streak.is_at_risk.then(|| visit.label(Label::AtRisk).into_owned());
    let freezes = (streak.freezes > 0).then(|| visit.words.freezes(streak.freezes));
    let parts = [Some(visit.words.days(streak.current)), freezes, risk];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The total seconds of all days, and the number of days with any.
pub fn in_all(days: &[ChartDay]) -> (i64, usize) {
    let known = days.iter().filter_map(|day| match day {
        ChartDay::Known(seconds) if *seconds > 0 => Some(*seconds),
        _ => None,
    });
    known.fold((0, 0), |(sum, days), seconds| (sum + seconds, days + 1))
}

/// The day on which the weeks of a chart begin.
pub fn week_start(calendar: Calendar) -> Weekday {
    match calendar {
        Calendar::Civil { week_start } => week_start,
        Calendar::Anchored { .. } => Weekday::Mon,
    }
}

fn chart(visit: &Visit, head: &Head, links: Links, data: &PersonData) -> Markup {
    let (seconds, active) = in_all(&data.days);
    let start = week_start(head.calendar);
    let year = |year: i32| format!("{}?year={year}", links.person(data.profile.peer));
    html! {
        h2 { (visit.label(Label::DaysOfStudy)) }
        @if active == 0 { p.dim { (visit.label(Label::NoData)) } }
        (charts::days(visit, start, data.first, &data.days, charts::PERSON, &visit.words.days_chart(seconds, active)))
        @if data.earlier.is_some() || data.later.is_some() {
            nav.steps aria-label=(visit.label(Label::DaysOfStudy)) {
                @if let Some(earlier) = data.earlier { a rel="prev" href=(year(earlier)) { "‹ " (earlier) } }
                @if let Some(later) = data.later { a.later rel="next" href=(year(later)) { (later) " ›" } }
            }
        }
        details {
            summary { (visit.label(Label::AsTable)) }
            div.scroll tabindex="0" role="region" aria-label=(visit.label(Label::DaysOfStudy)) {
                (days_table(visit, data.first, &data.days, start, |date, seconds| {
                    stays_link(links, data, date, seconds)
                }))
            }
        }
    }
}

/// The numbers of the chart: a row for each week that has time or is unknown, the latest first. `known` draws a day
/// that has time.
pub fn days_table(
    visit: &Visit,
    first: NaiveDate,
    days: &[ChartDay],
    start: Weekday,
    known: impl Fn(NaiveDate, i64) -> Markup,
) -> Markup {
    let monday = first.week(start).first_day();
    let week = |first: NaiveDate| (0..7).map(move |day| first.checked_add_days(Days::new(day)));
    let at = |date: Option<NaiveDate>| {
        let index = usize::try_from((date? - first).num_days()).ok()?;
        Some((date?, *days.get(index)?))
    };
    let weeks = (0..).map_while(|week| {
        let begin = monday.checked_add_days(Days::new(7 * week))?;
        ((begin - first).num_days() < days.len() as i64).then_some(begin)
    });
    let is_shown = |day: Option<(NaiveDate, ChartDay)>| {
        day.is_some_and(|(_, day)| !matches!(day, ChartDay::Outside | ChartDay::Known(0)))
    };
    let weeks: Vec<NaiveDate> = weeks.filter(|first| week(*first).any(|date| is_shown(at(date)))).collect();
    html! {
        table.days {
            thead {
                tr {
                    th scope="col" { (visit.label(Label::Week)) }
                    @for date in week(monday).flatten() { th.n scope="col" { (visit.words.short_weekday(date)) } }
                }
            }
            tbody {
                @for first in weeks.into_iter().rev() {
                    tr {
                        th scope="row" { (visit.words.short_date(first)) }
                        @for day in week(first).map(at) { td.n { @if let Some((date, day)) = day { (day_cell(visit, date, day, &known)) } } }
                    }
                }
            }
        }
    }
}

fn day_cell(visit: &Visit, date: NaiveDate, day: ChartDay, known: impl Fn(NaiveDate, i64) -> Markup) -> Markup {
    match day {
        ChartDay::Outside => html! {},
        ChartDay::Unknown => html! { abbr title=(visit.label(Label::NotWatched)) { "?" } },
        ChartDay::Known(0) => html! { span.not { "0" } },
        ChartDay::Known(seconds) => known(date, seconds),
    }
}

/// The time of a day. It links to the day's stays if the visitor may see them.
fn stays_link(links: Links, data: &PersonData, date: NaiveDate, seconds: i64) -> Markup {
    html! {
        @if data.stays.is_some() {
            a href={ (links.person(data.profile.peer)) "?day=" (date) "#stays" } { (short(seconds)) }
        } @else {
            (short(seconds))
        }
    }
}

/// `3:05`: hours and minutes, for a small cell.
pub fn short(seconds: i64) -> Markup {
    html! { data value=(seconds) { (format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60)) } }
}

/// Bars of the last weeks, with a table.
pub fn weeks(visit: &Visit, weeks: &[ChartWeek]) -> Markup {
    html! {
        h2 { (visit.label(Label::LastWeeks)) }
        (charts::weeks(visit, weeks))
        details {
            summary { (visit.label(Label::AsTable)) }
            table {
                thead { tr { th scope="col" { (visit.label(Label::Week)) } th.n scope="col" { (visit.label(Label::Time)) } } }
                tbody {
                    @for week in weeks.iter().rev() {
                        tr {
                            th scope="row" { (visit.words.short_date(week.period.first)) }
                            td.n {
                                @match week.seconds {
                                    Some(seconds) => (time(visit, seconds)),
                                    None => (amount(visit, week)),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn records(visit: &Visit, records: &Records) -> Markup {
    let times = [
        (Label::BestDay, records.day),
        (Label::BestWeek, records.week),
        (Label::BestMonth, records.month),
        (Label::LongestSession, records.session),
    ];
    let times: Vec<(Label, Best)> = times.into_iter().filter_map(|(label, best)| Some((label, best?))).collect();
    let date = |best: Best| format!("{} {}", visit.words.short_date(best.date), best.date.format("%Y"));
    if times.is_empty() && records.active_days.is_none() {
        return html! { p.dim { (visit.label(Label::NoRecords)) } };
    }
    html! {
        dl {
            @for (label, best) in times {
                dt { (visit.label(label)) }
                dd { (time(visit, best.amount)) " " small { (date(best)) } }
            }
            @if let Some(best) = records.active_days {
                dt { (visit.label(Label::MostActiveDays)) }
                dd { (best.amount) " " small { (date(best)) } }
            }
        }
    }
}

/// The stays of a day with their evidence.
fn day(visit: &Visit, head: &Head, links: Links, data: &PersonData, stays: &DayStays) -> Markup {
    let names = Names::of(stays.accounts.values());
    let has_several = stays.receipt.parts.iter().any(|part| part.peer != stays.receipt.person);
    html! {
        h2 { (visit.label(Label::Stays)) }
        form.find action={ (links.person(data.profile.peer)) "#stays" } {
            label { (visit.label(Label::Day)) input type="date" name="day" value=(stays.date); }
            button { (visit.label(Label::ShowDay)) }
        }
        p.big { (time(visit, stays.receipt.seconds)) }
        @if let Some(limit) = stays.silence {
            @for span in stays.receipt.silent.iter() {
                p { (visit.words.silent(limit / 3600, &times(visit, head, stays, span))) }
            }
        }
        (problems(visit, &stays.board, head.zone))
        @if stays.receipt.parts.is_empty() {
            p.dim { (visit.label(Label::NoStays)) }
        } @else {
            div.scroll tabindex="0" role="region" aria-label=(visit.label(Label::Stays)) {
                table {
                    thead {
                        tr {
                            th scope="col" { (visit.label(Label::Time)) }
                            @if has_several { th scope="col" { (visit.label(Label::Account)) } }
                            th scope="col" { (visit.label(Label::Evidence)) }
                            th.n scope="col" { (visit.label(Label::Counts)) }
                        }
                    }
                    tbody {
                        @for part in &stays.receipt.parts {
                            tr.not[!part.counted] {
                                th scope="row" { (span_text(visit, head, stays, part)) }
                                @if has_several { td { (names.html(visit, part.peer)) } }
                                td {
                                    (visit.words.evidence(part.evidence))
                                    @if let Some(reason) = reason(visit, head, &names, stays, part) { br; small { (reason) } }
                                }
                                td.n { (counts(visit, part)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How much of a part is counted.
fn counts(visit: &Visit, part: &Part) -> Markup {
    html! {
        @if part.counted {
            (time(visit, part.seconds))
        } @else {
            (visit.label(Label::No)) br; small { (time(visit, part.seconds)) }
        }
    }
}

/// `20:15:00–21:00:00`, with the date if it differs from the page's, and with offsets if the clocks change in between.
fn span_text(visit: &Visit, head: &Head, stays: &DayStays, part: &Part) -> String {
    if part.is_total() {
        return visit.words.short_date(local_date(head.zone, part.span.from));
    }
    times(visit, head, stays, part.span)
}

/// As [`span_text`], for any span.
fn times(visit: &Visit, head: &Head, stays: &DayStays, span: Span) -> String {
    let zone = head.zone;
    let offset = |at| local(zone, at).offset().to_string();
    let is_changed = offset(span.from) != offset(span.to);
    let text = |at| {
        let time = match is_changed {
            true => local(zone, at).format("%H:%M:%S%:z").to_string(),
            false => local_text(zone, at, "%H:%M:%S"),
        };
        let date = local(zone, at).date_naive();
        if date == stays.date { time } else { format!("{} {time}", visit.words.short_date(date)) }
    };
    format!("{}–{}", text(span.from), text(span.to))
}

/// Who corrected a part, when and why.
fn correction(visit: &Visit, head: &Head, stays: &DayStays, part: &Part, id: i64) -> String {
    let what = visit.label(if part.counted { Label::Added } else { Label::Removed });
    let Some(one) = stays.receipt.correction(id) else { return what.into_owned() };
    let date = visit.words.short_date(local_date(head.zone, one.made));
    format!("{what} · {} · {date} · {}", clean(&one.made_by), clean(&one.reason))
}

/// Why a part counts although the call was not seen, or why it does not count.
fn reason(visit: &Visit, head: &Head, names: &Names, stays: &DayStays, part: &Part) -> Option<String> {
    let words = visit.words;
    Some(match part.reason {
        None if part.evidence == Evidence::Carried => visit.label(Label::Carried).into_owned(),
        None => return None,
        Some(Reason::Blind(why)) if part.evidence == Evidence::Unproved => words.unproved(&words.blind_reason(why)),
        Some(Reason::Blind(why)) => words.proved(&words.blind_reason(why)),
        Some(Reason::Gate { session }) => words.below_gate(session, stays.gate),
        Some(Reason::Overlap { with }) => words.overlap(&names.text(visit, with)),
        Some(Reason::Carried) => visit.label(Label::CarriedInstead).into_owned(),
        Some(Reason::Full) => visit.label(Label::DayIsFull).into_owned(),
        Some(Reason::Correction { id }) => correction(visit, head, stays, part, id),
        Some(Reason::Outside) => visit.label(Label::OtherDay).into_owned(),
        Some(Reason::Folded { .. }) => visit.label(Label::Folded).into_owned(),
    })
}
