//! Whole pages as a browser gets them: with hostile names in every place, and with no, one and two thousand people.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::address::{Hosting, Rows, When};
use super::data::{
    BoardData, CallData, CallState, ChartDay, ChartWeek, DayStays, GroupLine, Head, OverviewData, PersonData, Present,
    Rules,
};
use super::{
    SCOPES, SCRIPT, STYLE, Visit, about_page, badge, board_page, embed, groups_page, live, message, now_page,
    overview_page, person_page, pulse_page,
};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::leaderboard::{Board, Policy, Record, board};
use crate::domain::accounting::presence::{Blind, Blinds, SessionRules, Stay};
use crate::domain::accounting::receipt::receipt;
use crate::domain::accounting::records::{Best, Records};
use crate::domain::accounting::streak::Streak;
use crate::domain::accounting::unwatched::{ReadTime, Watches};
use crate::domain::people::{Profile, Viewer, display};
use crate::domain::pulse::{LeftOut, Pulse, Summary, Week, WeekLine};
use crate::domain::roster::BlindReason;
use crate::domain::text::clean;
use crate::domain::time::period::{Calendar, Period, Scope};
use crate::domain::time::zone::Zone;
use crate::domain::words::Language;
use crate::domain::words::page::Label;
use crate::domain::{CallId, Instant, PeerId, Span};

const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
const CALL: CallId = CallId(1);

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn day(text: &str) -> Period {
    Period::of(Scope::Day, date(text), Zone::TASHKENT, Calendar::default())
}

pub fn head(title: &str) -> Head {
    Head {
        name: "hall".into(),
        title: title.into(),
        zone: Zone::TASHKENT,
        calendar: Calendar::default(),
        language: Language::En,
    }
}

pub fn visit(head: &Head, language: Language) -> Visit<'_> {
    Visit {
        words: language.page(),
        head: Some(head),
        opens_people: true,
        opens_pulse: true,
        has_own_page: true,
        is_logged_in: true,
        has_other_groups: true,
        has_previews: true,
        address: Some("https://study.example"),
        hosting: Hosting::Server,
        scopes: &SCOPES,
    }
}

fn profile(peer: i64, name: &str, username: Option<&str>) -> Profile {
    Profile { name: name.into(), username: username.map(str::to_owned), ..Profile::unknown(PeerId(peer)) }
}

/// A day on which each of these people was there longer than the next one; the first is still in the call.
fn record(people: &[Profile], period: Period) -> Record {
    let start = period.span.from + 10 * 3600;
    let count = people.len() as i64;
    let step = if count < 100 { 60 } else { 20 };
    let stay = |(place, profile): (usize, &Profile)| {
        let seconds = 3600 + step * (count - place as i64);
        Stay { call: CALL, peer: profile.peer, span: Span::new(start, start + seconds), open: place == 0 }
    };
    let end = start + 3600 + step * count;
    let watched = Span::new(period.span.from + 3600, end);
    Record {
        stays: people.iter().enumerate().map(stay).collect(),
        blinds: Blinds::new([Blind {
            call: CALL,
            peer: None,
            span: Span::new(start + 600, start + 1500),
            reason: BlindReason::Offline,
        }]),
        profiles: people.iter().map(|profile| (profile.peer, profile.clone())).collect(),
        confirmed: Some(end),
        watches: Watches {
            first: Some(watched.from - 86_400),
            spans: vec![watched],
            open_call: Some((CALL, end)),
            now: Some(ReadTime { at: end, tracked_since: Some(watched.from) }),
            ..Watches::default()
        },
        ..Record::default()
    }
}

fn board_data(record: &Record, period: Period) -> BoardData {
    let board = board(period, Instant(i64::MAX), record, POLICY);
    let of = |date: NaiveDate| Some(When::Holding(Scope::Day, date));
    BoardData { board, when: When::of(period), earlier: of(period.first.pred_opt().unwrap()), later: None }
}

fn call_data(record: &Record, board: &Board) -> CallData {
    let present = record.stays.iter().filter(|stay| stay.open).map(|stay| Present {
        profile: record.profile(stay.peer),
        since: stay.span.from,
        stay: stay.span.seconds(),
        today: board.entries.iter().find(|entry| entry.profile.peer == stay.peer).map_or(0, |entry| entry.seconds),
    });
    CallData { state: CallState::Running, present: present.collect() }
}

fn person_data(record: &Record, period: Period, person: &Profile) -> PersonData {
    let first = date("2026-11-02");
    let days = first.iter_days().take_while(|date| *date <= period.first).enumerate();
    let days = days.map(|(place, _)| match place % 9 {
        0 => ChartDay::Unknown,
        3 => ChartDay::Known(0),
        hours => ChartDay::Known(3600 * hours as i64),
    });
    let week = |text: &str, seconds| {
        let period = Period::of(Scope::Week, date(text), Zone::TASHKENT, Calendar::default());
        ChartWeek { period, seconds }
    };
    let best = Some(Best { amount: 11_100, date: date("2026-11-12"), before: None });
    let receipt = receipt(period, record, POLICY, person.peer);
    PersonData {
        profile: person.clone(),
        first,
        days: days.collect(),
        year: None,
        earlier: Some(2025),
        later: None,
        weeks: vec![week("2026-11-02", None), week("2026-11-09", Some(0)), week("2026-11-16", Some(36_000))],
        records: Records { day: best, session: best, ..Records::default() },
        streak: Some(Streak { current: 5, longest: 9, freezes: 1, is_at_risk: true, ..Streak::default() }),
        goal: Some(Progress { goal: 36_000, seconds: 11_100 }),
        stays: Some(DayStays {
            date: period.first,
            board: board(period, Instant(i64::MAX), record, POLICY),
            accounts: BTreeMap::from([(person.peer, person.clone())]),
            receipt,
            gate: 300,
            silence: Some(3 * 3600),
        }),
    }
}

fn overview_data(board: &Board, person: &PersonData) -> OverviewData {
    let week = person.weeks[0].period;
    let line = |period| (When::of(period), period, board.shown_seconds());
    OverviewData {
        latest: vec![line(board.period), line(week)],
        first: person.first,
        days: person.days.clone(),
        weeks: person.weeks.clone(),
        all: vec![(Scope::Week, vec![week])],
    }
}

fn pulse() -> Pulse {
    let line = |(first, left_out): (&str, Option<LeftOut>)| {
        let (first, shown) = (date(first), left_out.is_none());
        let span = Span::new(Instant(0), Instant(1));
        let week = Week { first, last: first + chrono::Days::new(6), span, left_out };
        WeekLine { week, people: shown.then_some(21), regulars: None, hours: shown.then_some(140) }
    };
    let weeks = [("2026-11-02", Some(LeftOut::Unwatched)), ("2026-11-09", None), ("2026-11-16", None)];
    let summary = Summary {
        weeks: 2,
        people: Some(21),
        hours: Some(140),
        came_again: [None, Some(82), Some(51)],
        streaks: Some(43),
        median_streak: Some(1),
        reaching: [Some(61), Some(40), None, None],
        night: Some(12),
        ..Summary::default()
    };
    Pulse { lines: weeks.map(line).to_vec(), summary, hiding: None, left: Some(6) }
}

/// Every page for these people, by its name.
fn pages(visit: &Visit, people: &[Profile]) -> Vec<(&'static str, String)> {
    let head = visit.head.unwrap();
    let period = day("2026-11-22");
    let record = record(people, period);
    let data = board_data(&record, period);
    let call = call_data(&record, &data.board);
    let search = people.first().map(|profile| display(profile, Viewer::Web).to_string());
    let nobody = Profile::unknown(PeerId(0));
    let person = person_data(&record, period, people.first().unwrap_or(&nobody));
    let line = GroupLine { head: head.clone(), today: Some(data.board.clone()) };
    let file = |depth| Visit {
        opens_people: false,
        opens_pulse: false,
        has_own_page: false,
        has_previews: false,
        address: None,
        hosting: Hosting::Files { depth },
        scopes: &SCOPES[..2],
        ..*visit
    };
    vec![
        ("now", now_page(visit, Some(&call), &data)),
        ("live", live(visit, &call, head.zone).into_string()),
        ("board", board_page(visit, &data, &Rows::default())),
        ("search", board_page(visit, &data, &Rows { search, skip: 0 })),
        ("person", person_page(visit, &person)),
        ("embed", embed(visit, &data)),
        ("badge", badge(visit, &data)),
        ("about", about_page(visit, Rules { gate: 300, grace: 60 })),
        ("pulse", pulse_page(visit, &pulse())),
        ("groups", groups_page(&Visit { head: None, ..*visit }, &[line])),
        ("message", message(visit, Label::NotFound, Label::NotFoundText)),
        ("file_board", board_page(&file(3), &data, &Rows::default())),
        ("file_overview", overview_page(&file(2), &overview_data(&data.board, &person))),
    ]
}

/// The page without its style and its script, with one element per line.
fn readable(page: &str) -> String {
    page.replace(STYLE, "…").replace(SCRIPT, "…").replace("><", ">\n<")
}

fn three() -> [Profile; 3] {
    [profile(1, "Ada & Bob", Some("ada")), profile(2, "محمد", None), profile(3, "ADA & BOB", None)]
}

#[test]
fn golden_pages() {
    let head = head("Study Hall");
    for (name, page) in pages(&visit(&head, Language::En), &three()) {
        if ["now", "live", "search", "message"].contains(&name) {
            continue;
        }
        insta::assert_snapshot!(name, readable(&page));
    }
    let visitor = Visit {
        opens_people: false,
        opens_pulse: false,
        has_own_page: false,
        is_logged_in: false,
        ..visit(&head, Language::Ru)
    };
    let pages = pages(&visitor, &three());
    insta::assert_snapshot!("now_ru", readable(&pages[0].1));
}

/// Texts that break out of an element or an attribute, change the direction of the following text, or are invisible.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\u{202e}\u{2066}\u{200f}reversed",
    "</title></style></table></svg><script>",
    "👩\u{200d}👩\u{200d}👧 𝓜𝓪𝓽𝓱 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "&lt;script&gt; &#60;b&#62;",
    "javascript:alert(1)",
];

#[test]
fn no_name_leaves_its_place() {
    let ordinary = head("Study Hall");
    let expected = pages(&visit(&ordinary, Language::En), &[profile(1, "Ada", Some("ada")), profile(2, "Ada", None)]);
    for text in HOSTILE {
        let title = clean(text);
        let head = head(&title);
        let people = [profile(1, text, Some(text)), profile(2, text, None)];
        for ((name, page), (_, ordinary)) in pages(&visit(&head, Language::En), &people).iter().zip(&expected) {
            // The elements are the same, whatever the names.
            assert_eq!(elements(page), elements(ordinary), "{name} with {text:?}");
            let unsafe_char = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200f}');
            assert!(!page.contains(unsafe_char), "{name} with {text:?}");
        }
    }
}

/// The names of all elements and their attributes, in order.
fn elements(page: &str) -> Vec<String> {
    let page = page.replace(STYLE, "").replace(SCRIPT, "");
    let tags = page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let names = |tag: &str| {
        let mut parts = tag.split('"');
        let mut names = String::new();
        while let Some(outside) = parts.next() {
            names += outside;
            parts.next();
        }
        names
    };
    tags.map(names).collect()
}

#[test]
fn pages_need_nothing_that_their_policy_forbids() {
    let head = head("Study Hall");
    for language in Language::ALL {
        for (name, page) in pages(&visit(&head, language), &three()) {
            let tags = elements(&page).join("\n");
            assert!(!tags.contains(" style=") && !tags.contains(" on"), "{name}: {tags}");
            let scripts = usize::from(!["live", "embed", "badge"].contains(&name) && !name.starts_with("file_"));
            assert_eq!(page.matches("<script").count(), scripts, "{name}");
            let is_whole = page.starts_with("<!DOCTYPE html><html lang=");
            assert_eq!(is_whole, !["live", "badge"].contains(&name), "{name}");
            if is_whole {
                assert!(page.contains(&format!("<style>{STYLE}</style>")), "{name}");
                assert_eq!(page.matches("<h1").count(), 1, "{name}");
            }
        }
    }
    assert!(![STYLE, SCRIPT].iter().any(|text| text.contains("</")), "it would end the element that it stands in");
    assert!(SCRIPT.lines().count() <= 45, "a page needs little of it");
}

#[test]
fn a_page_is_small_whoever_is_on_it_and_leads_to_all_rows() {
    let head = head("Study Hall");
    let visit = visit(&head, Language::Ru);
    let family = "👩\u{200d}👩\u{200d}👧\u{200d}👦".repeat(50);
    let period = day("2026-11-22");
    for (count, name) in [(200, "Person"), (2000, "Person"), (400, family.as_str())] {
        let people: Vec<Profile> = (1..=count).map(|peer| profile(peer, &format!("{peer} {name}"), None)).collect();
        for (kind, page) in pages(&visit, &people) {
            assert!(page.len() < 60_000, "{kind} of {count} has {} bytes", page.len());
        }
        let data = board_data(&record(&people, period), period);
        let (mut seen, mut skip) = (Vec::new(), 0);
        loop {
            let page = board_page(&visit, &data, &Rows { search: None, skip });
            assert!(page.len() < 60_000, "{} bytes after {skip}", page.len());
            let links = page.split("/g/hall/p/").skip(1);
            seen.extend(links.map(|rest| rest.split('"').next().unwrap().parse::<i64>().unwrap()));
            let Some((_, rest)) = page.rsplit_once("rel=\"next\" href=\"/g/hall/day/2026-11-22?skip=") else { break };
            skip = rest.split('"').next().unwrap().parse().unwrap();
        }
        assert!(seen.into_iter().eq(1..=count), "all rows of {count}, in order");
    }
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let head = head("Study Hall");
    let visit = visit(&head, Language::En);
    let period = day("2026-11-22");
    let people = [profile(1, "Zoë Ω", Some("owl_zoe")), profile(2, "Азиз", None), profile(3, "Bob", None)];
    let data = board_data(&record(&people, period), period);
    let found = |text: &str| {
        let page = board_page(&visit, &data, &Rows { search: Some(text.into()), skip: 0 });
        let links = page.split("/g/hall/p/").skip(1);
        links.map(|rest| rest.split('"').next().unwrap().parse::<i64>().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((found("ZOE"), found("@Owl_"), found("азиз"), found("b")), (vec![1], vec![1], vec![2], vec![3]));
    assert_eq!(found("nobody"), Vec::<i64>::new());
    let page = board_page(&visit, &data, &Rows { search: Some("nobody".into()), skip: 0 });
    assert!(page.contains("Nobody on this board has such a name."));
    // Past the end, there is a link back.
    let page = board_page(&visit, &data, &Rows { search: None, skip: 5000 });
    assert!(page.contains("« First rows"));
}

#[test]
fn a_board_says_what_is_not_known_as_the_terminal_does() {
    let head = head("Study Hall");
    let visit = visit(&head, Language::En);
    let period = day("2026-11-22");
    let mut record = record(&[profile(1, "Ada", None)], period);
    record.watches.spans = vec![Span::new(period.span.from, period.span.from + 3600)];
    let page = board_page(&visit, &board_data(&record, period), &Rows::default());
    assert!(page.contains("swf could not see the call for 15m; time that Telegram can prove is counted."));
    assert!(page.contains("; whether a call ran then is not known."));
    record.stays.clear();
    record.watches.spans.clear();
    let page = board_page(&visit, &board_data(&record, day("2026-11-21")), &Rows::default());
    assert!(page.contains(&visit.words.words().not_running()), "{page}");
    let page = board_page(&visit, &board_data(&record, day("2026-11-23")), &Rows::default());
    assert!(page.contains("This time has not begun."));
}

#[test]
fn the_call_says_how_it_is_known() {
    let head = head("Study Hall");
    let visit = visit(&head, Language::En);
    let at = day("2026-11-22").span.from + 10 * 3600;
    let text = |state| live(&visit, &CallData { state, present: Vec::new() }, Zone::TASHKENT).into_string();
    assert!(text(CallState::NoCall).contains("No call is running."));
    assert!(text(CallState::Unseen(at)).contains("swf has not seen the call since 22 Nov 10:00."));
    assert!(text(CallState::NotTracked(Some(at))).contains("The group was last seen on 22 Nov 10:00."));
    assert!(text(CallState::NotTracked(None)).contains("swf is not running"));
    assert!(text(CallState::Running).contains("0 people in the call"));
}

/// Each number of a report is on the page once, and a missing number has a sign.
#[test]
fn the_pulse_has_each_number_once() {
    let (head, pulse) = (head("Study Hall"), pulse());
    for language in Language::ALL {
        let visit = visit(&head, language);
        let page = pulse_page(&visit, &pulse);
        let rows: Vec<&str> = page.split("<tr>").skip(1).map(|row| row.split("</tr>").next().unwrap()).collect();
        for (number, amount) in pulse.numbers() {
            let (name, meaning) = (visit.words.pulse_number(number), visit.words.pulse_meaning(number));
            let value = match amount {
                Some(amount) => {
                    format!("<data value=\"{}\">{}</data>", amount.number(), visit.words.pulse_amount(amount))
                }
                None => "–".to_owned(),
            };
            let row =
                format!("<th scope=\"row\">{name}</th><td class=\"n\">{value}</td><td class=\"dim\">{meaning}</td>");
            assert_eq!(rows.iter().filter(|own| **own == row).count(), 1, "{row} in {page}");
        }
        assert!(page.contains(&*visit.words.left_out(LeftOut::Unwatched)));
        assert!(page.contains("href=\"/g/hall/pulse.json\"") && !page.contains("og:"));
    }
    let led = |visit: &Visit| pulse_page(visit, &pulse).contains("href=\"/g/hall/pulse\"");
    let all = visit(&head, Language::En);
    let file = Hosting::Files { depth: 2 };
    assert!(led(&all) && !led(&Visit { opens_pulse: false, ..all }) && !led(&Visit { hosting: file, ..all }));
}

#[test]
fn a_chat_shows_what_is_behind_a_link_where_everybody_may_see_it() {
    let head = head("Study \"Hall\" <&>");
    let period = day("2026-11-22");
    let record = record(&three(), period);
    let data = board_data(&record, period);
    let visit = visit(&head, Language::En);
    let metas = |visit: &Visit| -> Vec<String> {
        let page = board_page(visit, &data, &Rows::default());
        page.split("<meta property=\"").skip(1).map(|rest| rest.split("\">").next().unwrap().to_owned()).collect()
    };
    assert_eq!(
        metas(&visit),
        [
            "og:type\" content=\"website",
            "og:title\" content=\"Day · Sunday 22 November 2026 · Study &quot;Hall&quot; &lt;&amp;&gt;",
            "og:description\" content=\"3 people · 3h 06m together · so far",
            "og:url\" content=\"https://study.example/g/hall/day/2026-11-22",
            "og:image\" content=\"https://study.example/g/hall/day/2026-11-22/card.png",
        ]
    );
    assert_eq!(metas(&Visit { address: None, ..visit }).len(), 3, "a picture needs a whole address");
    assert_eq!(metas(&Visit { has_previews: false, ..visit }), Vec::<String>::new());
    let call = call_data(&record, &data.board);
    assert!(now_page(&visit, Some(&call), &data).contains("/day/2026-11-22/card.png\""));
    // A preview has a picture only for a single period of the calendar.
    let all = BoardData { when: When::AllTime, ..board_data(&record, period) };
    assert!(!board_page(&visit, &all, &Rows::default()).contains("og:image"));
    assert!(!person_page(&visit, &person_data(&record, period, &three()[0])).contains("og:"));
}
