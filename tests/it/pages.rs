//! The pages agree with the commands (rules §2.18), for everybody who may see them.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::Value;
use swf::app::pages::{Reading, Sees};
use swf::commands::pages::StorePages;
use swf::config::Config;
use swf::domain::accounting::unwatched::{MIN_UNWATCHED_SHOWN, ReadTime};
use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::text::{count, duration, shown_seconds};
use swf::domain::time::period::{Period, Scope, date_back};
use swf::domain::visibility::Visibility;
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::platform::clock::Clock;
use swf::platform::state_file::State;
use swf::store::{Access, Store};
use swf::web::page::{Answer, Page, PageRequest, Pages};
use swf::web::pages::address::{Look, When};
use swf::web::pages::data::ChartDay;
use swf::web::viewer::{Grant, Viewer};

use crate::home::{START, World};
use crate::web::Server;

/// Sets the time for everything that reads the home of `config`.
pub fn set_time(config: &Config, at: Instant) {
    let clock_offset = at - Clock::new(0).system();
    State { pid: Some(1), clock_offset, ..State::default() }.write(&config.home().state()).unwrap();
}

pub fn pages(config: &Config) -> StorePages {
    StorePages::new(config.home().clone(), config.settings.groups.clone())
}

/// The answer of these pages to a viewer with `grant`.
pub fn ask(pages: &StorePages, address: &str, grant: Option<Grant>) -> Answer {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let request = PageRequest {
        viewer: Viewer::new(grant),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        ..PageRequest::default()
    };
    pages.answer(&request).unwrap()
}

pub fn text(answer: Answer) -> String {
    let Answer::Page(Page { body, status, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(status, 200);
    String::from_utf8(body.to_vec()).unwrap()
}

/// All texts between `before` and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

/// Rank, person and seconds of each row of a board.
fn rows(page: &str) -> Vec<[i64; 3]> {
    let rows = between(page, "<tr", "</tr>").into_iter().filter(|row| row.contains("/p/"));
    let number = |row: &str, before, after| between(row, before, after)[0].parse::<i64>().unwrap();
    rows.map(|row| {
        [number(row, "<td class=\"n\">", "<"), number(row, "/p/", "\""), number(row, "<data value=\"", "\"")]
    })
    .collect()
}

/// Checks that each number of each page equals that of the command. `run` runs a command in the home of `config`;
/// `truth` has for each day and person the seconds, of which the first number is the credited ones.
pub fn agree(
    config: &Config,
    run: &dyn Fn(&[&str]) -> Vec<u8>,
    middle: NaiveDate,
    truth: &BTreeMap<(NaiveDate, PeerId), (i64, i64)>,
) {
    let pages = pages(config);
    let page = |address: &str| text(ask(&pages, address, Some(Grant::Owner)));
    let json = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
    let day = middle.to_string();
    let (from, to) = ((middle - Days::new(1)).to_string(), (middle + Days::new(2)).to_string());
    let range = format!("range/{from}/{to}");
    let boards: [(String, Vec<&str>); 6] = [
        (format!("day/{day}"), vec!["day", "--date", &day]),
        (format!("week/{day}"), vec!["week", "--date", &day]),
        (format!("month/{day}"), vec!["month", "--date", &day]),
        (format!("year/{day}"), vec!["year", "--date", &day]),
        ("all".into(), vec!["all"]),
        (range, vec!["--from", &from, "--to", &to]),
    ];
    for (address, args) in boards {
        let mut printed = json(&run(&[&["leaderboard", "--json"], args.as_slice()].concat()));
        let mut data = json(page(&format!("/g/group/{address}.json")).as_bytes());
        let html = page(&format!("/g/group/{address}"));
        if address == "all" {
            // It grows as time passes.
            for board in [&mut printed, &mut data] {
                board["unwatched_seconds"] = Value::Null;
            }
        }
        assert_eq!(data, printed, "{address}");
        let entries = printed["entries"].as_array().unwrap();
        let number = |entry: &Value, name: &str| entry[name].as_i64().unwrap();
        let expected = entries.iter().map(|entry| ["rank", "user_id", "seconds"].map(|name| number(entry, name)));
        assert_eq!(rows(&html), expected.collect::<Vec<_>>(), "{address}");
        let total: i64 = entries.iter().map(|entry| shown_seconds(number(entry, "seconds"))).sum();
        assert!(entries.is_empty() || html.contains(&duration(total)), "{address}: {total}");
        let marks = html.matches("● in the call").count();
        assert_eq!(marks, entries.iter().filter(|entry| entry["in_call"] == true).count(), "{address}");
        assert_eq!(html.contains("<span class=\"mark\">final"), printed["final"] == true, "{address}");
        let blind = number(&printed, "blind_seconds");
        let said = format!("swf could not see the call for {};", duration(blind));
        assert_eq!(html.contains(&said), blind > 0, "{address}");
        if let Some(unwatched) = printed["unwatched_seconds"].as_i64() {
            let said = format!("swf was not running for {};", duration(unwatched));
            let is_said = unwatched >= MIN_UNWATCHED_SHOWN && printed["coverage"] != "unwatched";
            assert_eq!(html.contains(&said), is_said, "{address}");
        }
    }
    let mut people: Vec<PeerId> = truth.keys().map(|(_, person)| *person).collect();
    people.sort();
    people.dedup();
    for person in people.into_iter().take(2) {
        let html = page(&format!("/g/group/p/{person}?year={}&day={day}", middle.year()));
        let days = between(&html, "?day=", "\"").into_iter().zip(between(&html, "#stays\"><data value=\"", "\""));
        let charted: BTreeMap<NaiveDate, i64> = days
            .map(|(date, seconds)| (date.split('#').next().unwrap().parse().unwrap(), seconds.parse().unwrap()))
            .collect();
        let expected = truth.iter().filter(|((date, own), _)| *own == person && date.year() == middle.year());
        assert_eq!(charted, expected.map(|((date, _), (seconds, _))| (*date, *seconds)).collect());
        let id = person.to_string();
        let why = json(&run(&["why", &id, "day", "--date", &day, "--json"]));
        let mut data = json(page(&format!("/g/group/p/{id}.json?day={day}")).as_bytes());
        // Only the person sees their goal.
        data["goal"] = why["goal"].clone();
        assert_eq!(data, why, "{person}");
        assert!(html.contains(&format!("<p class=\"big\"><data value=\"{}\">", why["seconds"])), "{person}");
    }
}

/// The same for what depends on the current time: the page of the call, embeds, badges, the groups, and a person's last
/// weeks.
pub fn agree_now(config: &Config, run: &dyn Fn(&[&str]) -> Vec<u8>, truth: &BTreeMap<(NaiveDate, PeerId), (i64, i64)>) {
    let pages = pages(config);
    let page = |address: &str| text(ask(&pages, address, Some(Grant::Owner)));
    let json = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
    let board = |scope: &str| json(&run(&["leaderboard", "--json", scope]));
    let number = |value: &Value, name: &str| value[name].as_i64().unwrap();
    let expected = |board: &Value| -> Vec<[i64; 3]> {
        let entries = board["entries"].as_array().unwrap().iter();
        entries.map(|entry| ["rank", "user_id", "seconds"].map(|name| number(entry, name))).collect()
    };
    let day = board("day");
    let data = json(page("/g/group.json").as_bytes())["board"].take();
    assert_eq!((rows(&page("/g/group")), expected(&data), &data["total_seconds"]), {
        (expected(&day), expected(&day), &day["total_seconds"])
    });
    assert_eq!(json(page("/g/group/pulse.json").as_bytes()), json(&run(&["pulse", "--json"])));
    let groups = json(page("/groups.json").as_bytes())["groups"].take();
    assert_eq!(groups[0]["total_seconds"], day["total_seconds"]);
    assert_eq!(groups[0]["people"], expected(&day).len());
    for scope in ["day", "week", "month", "year", "all"] {
        let board = expected(&board(scope));
        let embed = rows(&page(&format!("/g/group/embed?period={scope}")));
        assert_eq!(embed, board[..board.len().min(10)], "{scope}");
        let total: i64 = board.iter().map(|[.., seconds]| shown_seconds(*seconds)).sum();
        let said = format!("{} · {}<", duration(total), count(board.len(), "person", "people"));
        let badge = page(&format!("/g/group/badge.svg?period={scope}"));
        assert!(badge.contains(&said), "{scope}: {said} {badge}");
    }
    let printed = String::from_utf8(run(&["leaderboard", "--csv", "week"])).unwrap();
    let rows_of = |text: &str| -> Vec<Vec<String>> {
        let all = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
        let rows: Vec<csv::StringRecord> = all.map(Result::unwrap).collect();
        // It grows as time passes.
        let unwatched = rows[0].iter().position(|name| name == "unwatched_seconds").unwrap();
        let cells = |row: &csv::StringRecord| {
            let cells = row.iter().enumerate().filter(|(at, _)| *at != unwatched);
            cells.map(|(_, cell)| cell.to_owned()).collect()
        };
        rows.iter().map(cells).collect()
    };
    assert_eq!(rows_of(&page("/g/group/week.csv")), rows_of(&printed));
    let (zone, calendar) = (config.group().zone, config.group().calendar);
    let today: NaiveDate = day["start"].as_str().unwrap()[..10].parse().unwrap();
    let weeks: Vec<Period> = (0..12)
        .map(|back| Period::of(Scope::Week, date_back(Scope::Week, today, calendar, back), zone, calendar))
        .collect();
    let mut people: Vec<PeerId> = truth.keys().map(|(_, person)| *person).collect();
    people.sort();
    people.dedup();
    for person in people.into_iter().take(2) {
        let html = page(&format!("/g/group/p/{person}"));
        let table = between(&html, ">The last 12 weeks</h2>", "</section>")[0];
        let charted = between(table, "<th scope=\"row\">", "</tr>").into_iter().map(|row| {
            let known = between(row, "<data value=\"", "\"");
            known.first().map(|seconds| seconds.parse::<i64>().unwrap())
        });
        let of = |week: &Period| -> i64 {
            let own = truth
                .iter()
                .filter(|((date, own), _)| *own == person && (week.first..=week.last).contains(date) && *date <= today);
            own.map(|(_, (seconds, _))| seconds).sum()
        };
        let weeks: Vec<i64> = weeks.iter().map(of).collect();
        // Unknown weeks have no credited time, and no credited time is left out.
        assert_eq!(charted.map(|seconds| seconds.unwrap_or(0)).collect::<Vec<_>>(), weeks, "{person}");
        let year = today.format("%Y").to_string();
        let html = page(&format!("/g/group/p/{person}?year={year}"));
        let known = truth.iter().filter(|((date, own), (seconds, _))| {
            *own == person && date.year() == today.year() && *date <= today && *seconds > 0
        });
        let (sum, days) = known.fold((0, 0_usize), |(sum, days), (_, (seconds, _))| (sum + seconds, days + 1));
        let said = format!("<dt>{year}</dt><dd>{} on {}</dd>", duration(sum), count(days, "day", "days"));
        assert!(html.contains(&said), "{said} {html}");
    }
}

/// Sends a request to a running server; returns the status, the headers in lower case, and the body.
fn get(server: &Server, path: &str, headers: &[&str]) -> (u16, String, String) {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let text = server.raw(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"));
    let (head, body) = text.split_once("\r\n\r\n").expect(&text);
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

fn header(head: &str, name: &str) -> String {
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
}

#[test]
fn a_visitor_of_public_pages_sees_boards_and_a_member_the_call() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_WEB", "public")]);
    let ada = world.member("<b>Ada</b>");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1400);
    let tracker = world.track();
    world.pass(call, 100);
    let server = Server::start(&world, "127.0.0.1:0");

    let (status, head, _) = get(&server, "/", &[]);
    assert_eq!((status, header(&head, "location").as_str()), (303, "/g/group"));
    let (status, head, page) = get(&server, "/g/group", &[]);
    assert_eq!((status, header(&head, "content-type").as_str()), (200, "text/html; charset=utf-8"));
    let policy = header(&head, "content-security-policy");
    assert!(
        policy.contains("sha256-") && !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(
        page.contains("<bdi>&lt;b&gt;Ada&lt;/b&gt;</bdi>") && page.contains("<data value=\"1500\">25m</data>"),
        "{page}"
    );
    assert!(!page.contains("<b>") && !page.contains("data-live=") && !page.contains("/g/group/p/"), "{page}");
    let (_, _, russian) = get(&server, "/g/group", &["Accept-Language: ru-RU,ru;q=0.9"]);
    assert!(russian.contains("<html lang=\"ru\">") && russian.contains("25 мин"), "{russian}");

    // The board of a past period stays the same until the store changes.
    let day = "/g/group/day/2033-05-10";
    let text_of = server.raw(&format!("GET {day} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    let etag = text_of.lines().find_map(|line| line.strip_prefix("etag: ")).expect(&text_of);
    let (status, _, body) = get(&server, day, &[&format!("If-None-Match: {etag}")]);
    assert_eq!((status, body.as_str()), (304, ""));

    for private in ["/g/group/live", "/g/group/me", &format!("/g/group/p/{ada}"), "/g/other", "/g/group/live.json"] {
        assert_eq!(get(&server, private, &[]).0, 403, "{private}");
    }
    assert_eq!(get(&server, "/nothing", &[]).0, 404);
    let board: Value = serde_json::from_str(&get(&server, "/g/group/week.json", &[]).2).unwrap();
    let entry = &board["entries"][0];
    assert_eq!((&entry["user_id"], &entry["username"], &entry["seconds"]), (&Value::Null, &Value::Null, &1500.into()));
    let (_, head, csv) = get(&server, "/g/group/week.csv", &[]);
    assert_eq!(header(&head, "content-type"), "text/csv; charset=utf-8");
    assert!(csv.lines().nth(1).unwrap().starts_with("1,,,<b>Ada</b>,1500,"), "{csv}");
    let (_, head, embed) = get(&server, "/g/group/embed", &[]);
    assert!(header(&head, "content-security-policy").contains("frame-ancestors *") && embed.contains("25m"), "{embed}");
    let (_, head, badge) = get(&server, "/g/group/badge.svg", &[]);
    assert!(header(&head, "content-type").starts_with("image/svg+xml") && badge.contains("25m · 1 person"), "{badge}");

    // A member sees the call as it changes.
    let config = Config::load(Some(world.home.path().to_owned()), world.home.path(), []).unwrap();
    let pages = pages(&config);
    let member = Grant::Member {
        group: PeerId(world.json(&["leaderboard", "--json"])["group"]["id"].as_i64().unwrap()),
        person: PeerId(ada),
    };
    let live = |address: &str| text(ask(&pages, address, Some(member)));
    assert!(live("/g/group/live").contains("1 person in the call"), "{}", live("/g/group/live"));
    assert!(live("/g/group").contains("data-live=\"/g/group/live\""));
    assert!(live(&format!("/g/group/p/{ada}")).contains("observed"));
    // A visitor does not get a page that was made for a member.
    let visitors = text(ask(&pages, "/g/group", None));
    assert!(!visitors.contains("data-live=") && !visitors.contains("/g/group/p/"), "{visitors}");
    let bob = world.member("Bob");
    world.telegram.join(call, bob);
    world.await_that("Bob is on the page", || live("/g/group/live").contains("2 people in the call"));
    // Of other people there are totals, but no stays.
    let others = live(&format!("/g/group/p/{bob}"));
    assert!(!others.contains("observed") && !others.contains("name=\"day\""), "{others}");
    let receipt: Value = serde_json::from_str(&live(&format!("/g/group/p/{bob}.json"))).unwrap();
    assert_eq!((&receipt["parts"], &receipt["goal"], &receipt["streak"]), (&Value::Null, &Value::Null, &Value::Null));
    world.telegram.leave(call, bob);
    world.await_that("Bob is gone from the page", || live("/g/group/live").contains("1 person in the call"));
    world.telegram.end_call(call);
    world.await_that("the call is over", || live("/g/group/live").contains("No call is running."));
    assert_eq!(tracker.stop(), Some(0));
    assert!(live("/g/group/live").contains("swf is not running"));
    assert!(matches!(
        ask(&pages, "/g/group", Some(Grant::Member { group: PeerId(-1), person: PeerId(ada) })),
        Answer::Page(Page { is_public: true, .. })
    ));

    // Visitors get nothing of a private group.
    drop(server);
    world.configure("@studyhall", &[]);
    let server = Server::start(&world, "127.0.0.1:0");
    for address in ["/", "/g/group", "/g/group/week.json", "/g/group/embed", "/g/other", "/nothing"] {
        assert_eq!(get(&server, address, &[]).0, 403, "{address}");
    }
}

/// Days of 24, 25 and 24 hours: watched, not watched, watched. Of Bob only the name is known.
#[test]
fn a_chart_shows_what_is_not_known_as_unknown_and_never_as_zero() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("SWF_TIMEZONE".to_owned(), "Europe/London".to_owned())];
    let config = Config::load(Some(folder.path().to_owned()), folder.path(), settings).unwrap();
    std::fs::create_dir_all(config.home().store().parent().unwrap()).unwrap();
    let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
    let key = store.group(PeerId(-100), None, "Study", None, PeerId(9)).unwrap();
    let zone = config.group().zone;
    let at = |text: &str| zone.instant_of(text.parse().unwrap());
    let named = |peer, name: &str| Known {
        profile: Profile { name: name.into(), ..Profile::unknown(PeerId(peer)) },
        access_hash: None,
    };
    let people = [named(1, "Ada"), named(2, "Bob")];
    for (call, from, to) in
        [(1, "2026-10-24T00:00:00", "2026-10-25T00:00:00"), (2, "2026-10-26T00:00:00", "2026-10-27T00:00:00")]
    {
        let (call, peer, from, to) = (CallId(call), PeerId(1), at(from), at(to));
        let mut facts = vec![Fact::Following { call, at: from }];
        if call == CallId(1) {
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to: from + 3600, end: End::Left });
        }
        facts.extend([Fact::Confirmed { call, at: to }, Fact::Ended { call, at: to, watched: true }]);
        let watched = Some(Span::new(from, to));
        store.record(key, &Observed { facts, people: people.to_vec(), watched, at: to }, &[]).unwrap();
    }
    let group = store.groups().unwrap().remove(0);
    let now = ReadTime { at: at("2026-10-28T12:00:00"), tracked_since: None };
    let reading = Reading { store: &store, settings: config.group(), group: &group, now };
    let look = Look { year: Some(2026), day: None };
    let sees = Sees { stays: true, goal: true, streak: true };
    let chart = |peer| {
        let person = reading.person(PeerId(peer)).unwrap().unwrap();
        let data = reading.history(&person, look).unwrap().data(config.group(), look, sees);
        assert_eq!((data.first.to_string(), data.days.len()), ("2026-01-01".to_owned(), 365));
        let place = "2026-10-23".parse::<NaiveDate>().unwrap().ordinal0() as usize;
        (data.days[place..place + 7].to_vec(), data.weeks.last().unwrap().seconds, data.days[0])
    };
    use ChartDay::{Known as K, Outside, Unknown};
    // On 23 October swf was not in use yet. On 27 and 28 October no tracker ran. 29 October has not begun.
    let ada = vec![Outside, K(3600), Unknown, K(0), Unknown, Unknown, Outside];
    assert_eq!(chart(1), (ada, Some(0), Outside));
    let bob = vec![Outside, K(0), Unknown, K(0), Unknown, Unknown, Outside];
    assert_eq!(chart(2), (bob, Some(0), Outside));
    assert!(reading.person(PeerId(3)).unwrap().is_none());
    // A board links to the nearest days for which something is known.
    let links = |day: &str| {
        let data = reading.board(When::Holding(Scope::Day, day.parse().unwrap())).unwrap();
        (data.earlier.is_some(), data.later.is_some())
    };
    assert_eq!(["2026-10-24", "2026-10-25", "2026-10-28"].map(links), [(false, true), (true, true), (true, false)]);
    let all = reading.board(When::AllTime).unwrap();
    assert_eq!((all.earlier, all.later, all.board.total_seconds()), (None, None, 3600));
}

/// Names of people and groups that try to break out of their place in some form of a page.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></style><script>alert(1)</script>",
    "]]></text></svg><script>alert(1)</script>",
    "\u{202e}\u{2066}\u{200f}reversed",
    "=HYPERLINK(\"http://evil.example\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "a\",\"b\r\nc;d",
    "👩\u{200d}👩\u{200d}👧 𝓜𝓪𝓽𝓱 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
];

/// A store in which each of these people studied for an hour, in a group with the name of the first one.
fn hostile(title: &str) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("SWF_WEB", "public")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(Some(folder.path().to_owned()), folder.path(), settings).unwrap();
    std::fs::create_dir_all(config.home().store().parent().unwrap()).unwrap();
    let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
    let key = store.group(PeerId(-100), None, title, None, PeerId(99)).unwrap();
    let (call, from) = (CallId(1), Instant(START));
    let to = from + 3600;
    let mut facts = vec![Fact::Following { call, at: from }];
    let mut people = Vec::new();
    for (peer, name) in (1..).map(PeerId).zip(HOSTILE) {
        let profile = Profile { name: name.into(), username: Some(name.into()), ..Profile::unknown(peer) };
        people.push(Known { profile, access_hash: None });
        facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
        facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
    }
    facts.extend([Fact::Confirmed { call, at: to }, Fact::Ended { call, at: to, watched: true }]);
    store.record(key, &Observed { facts, people, watched: Some(Span::new(from, to)), at: to }, &[]).unwrap();
    set_time(&config, to + 86_400);
    (folder, config)
}

fn body(answer: Answer) -> Page {
    let Answer::Page(page) = answer else { panic!("{answer:?}") };
    assert_eq!(page.status, 200);
    page
}

#[test]
fn a_hostile_name_is_text_in_every_form_of_every_page() {
    for title in HOSTILE {
        let (_folder, config) = hostile(title);
        let pages = pages(&config).with_address(Some("https://study.example".into()));
        for grant in [None, Some(Grant::Owner)] {
            let text = |address: &str| text(ask(&pages, address, grant));
            let board = "/g/group/day/2033-05-18";
            let mut all = vec![text(board), text("/g/group"), text("/g/group/embed?period=all"), text("/groups.json")];
            all.extend([".json", ".csv"].map(|form| text(&format!("{board}{form}"))));
            all.push(text("/g/group/badge.svg?period=all"));
            if grant.is_some() {
                all.extend(["", ".json", ".csv"].map(|form| text(&format!("/g/group/p/1{form}"))));
            }
            for page in &all {
                let breaks_out = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200f}');
                // Names are isolated from the text around them, so no isolate characters of a name may remain.
                assert!(!page.contains(breaks_out), "{page}");
                let is_markup = page.starts_with('<');
                assert!(!is_markup || !page.contains("<script>alert") && !page.contains("<img"), "{page}");
                if page.starts_with("<svg") {
                    resvg::usvg::Tree::from_str(page, &resvg::usvg::Options::default()).expect(page);
                }
            }
            let rows = text(&format!("{board}.csv"));
            let rows: Vec<BTreeMap<String, String>> =
                csv::Reader::from_reader(rows.as_bytes()).deserialize().map(Result::unwrap).collect();
            assert_eq!(rows.len(), HOSTILE.len());
            for cell in rows.iter().flat_map(BTreeMap::values) {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} is a formula");
            }
            let json: Value = serde_json::from_str(&text(&format!("{board}.json"))).unwrap();
            assert_eq!(json["entries"].as_array().unwrap().len(), HOSTILE.len());
        }
    }
}

#[test]
fn the_picture_behind_a_link_is_drawn_once_and_seen_by_whoever_sees_the_board() {
    let (_folder, mut config) = hostile("Study");
    let address = "/g/group/day/2033-05-18/card.png";
    let public = pages(&config);
    let first = body(ask(&public, address, None));
    assert_eq!((first.content_type, first.is_public), ("image/png", true));
    assert!(first.body.starts_with(b"\x89PNG\r\n\x1a\n") && first.body.len() < 300_000, "{}", first.body.len());
    // Every viewer gets the same cached file.
    let again = body(ask(&public, address, Some(Grant::Owner)));
    assert_eq!((again.body.as_ptr(), &again.etag), (first.body.as_ptr(), &first.etag));
    let known = PageRequest { if_none_match: first.etag.clone(), path: address.into(), ..PageRequest::default() };
    assert!(matches!(public.answer(&known).unwrap(), Answer::NotModified { is_public: true, .. }));
    let russian = PageRequest { accept_language: Some("ru".into()), path: address.into(), ..PageRequest::default() };
    assert_eq!(body(public.answer(&russian).unwrap()).etag, first.etag, "it is in the group's language");
    assert_ne!(body(ask(&public, "/g/group/week/2033-W20/card.png", None)).etag, first.etag);
    config.settings.groups[0].web = Visibility::Private;
    let private = pages(&config);
    assert!(matches!(ask(&private, address, None), Answer::Denied));
    assert!(matches!(
        ask(&private, address, Some(Grant::Member { group: PeerId(-1), person: PeerId(1) })),
        Answer::Denied
    ));
    let member = Grant::Member { group: PeerId(-100), person: PeerId(1) };
    let page = body(ask(&private, address, Some(member)));
    assert_eq!((page.etag, page.is_public), (first.etag, false));
    let board = text(ask(&private, "/g/group/day/2033-05-18", Some(member)));
    assert!(!board.contains("og:"), "{board}");
}
