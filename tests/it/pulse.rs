//! `swf pulse` (rules §5.12): numbers without names, for the watched weeks.

use chrono::{TimeZone, Utc};
use fake_telegram::Person;
use serde_json::Value;
use swf::config::Config;
use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Store};
use swf::web::page::{Answer, Page};
use swf::web::viewer::Grant;

use crate::home::{START, World};
use crate::pages::{ask, pages, text};
use crate::web::Server;

const DAY: i64 = 86_400;

/// Three weeks in which twelve people study each evening, six of them only on two days of each week. After that the
/// group is unwatched.
fn three_weeks(world: &World) {
    let mut store = Store::open(&world.home.path().join("var/study.db"), Access::Write).expect("the store opens");
    let group = store.groups().expect("the store can be read")[0].key;
    let (first, end) = (START - 28 * DAY, START - DAY);
    let mut facts = Vec::new();
    for day in 0..27 {
        let (call, from) = (CallId(day + 1), Instant(first + day * DAY));
        facts.push(Fact::Following { call, at: from });
        for peer in (101..113).filter(|peer| peer % 2 == 0 || day % 7 < 2) {
            let peer = PeerId(peer);
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to: from + 3600, end: End::Left });
        }
        facts.push(Fact::Confirmed { call, at: from + 3600 });
        facts.push(Fact::Ended { call, at: from + 3600, watched: true });
    }
    let person = |peer| Known {
        profile: Profile { name: format!("Person {peer}"), ..Profile::unknown(PeerId(peer)) },
        access_hash: None,
    };
    let people = (101..113).map(person).collect();
    let watched = Some(Span::new(Instant(first), Instant(end)));
    let seen = Observed { facts, people, watched, ..Observed::new(Instant(end)) };
    store.record(group, &seen, &[]).expect("the store can be written");
}

/// The tracker stores the settings, and each change that it applies, once.
#[test]
fn changed_settings_are_logged() {
    let world = World::new();
    assert_eq!(world.track_without_posting().stop(), Some(0));
    world.configure("@studyhall", &[("SWF_TOP", "3"), ("SWF_ALERT_TO", "12345")]);
    world.telegram.advance(60);
    let tracker = world.track_without_posting();
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.track_without_posting().stop(), Some(0));
    let around = world.json(&["pulse", "--around", "today", "--json"]);
    let changes = around["changed_settings"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{around}");
    let change = &changes[0];
    assert_eq!((&change["name"], &change["before"], &change["after"]), (&"SWF_TOP".into(), &Value::Null, &"3".into()));
    let text = world.ok(&["pulse", "--around", "today"]);
    assert!(text.contains("SWF_TOP not set → 3") && !text.contains("SWF_ALERT_TO"), "{text}");
}

#[test]
fn the_pulse_has_numbers_and_no_names() {
    let world = World::new();
    assert_eq!(world.track_without_posting().stop(), Some(0));
    three_weeks(&world);
    let pulse = world.json(&["pulse", "--weeks", "4", "--json"]);
    let counted: Vec<_> = pulse["weeks"].as_array().unwrap().iter().filter(|week| week["left_out"].is_null()).collect();
    assert!(counted.len() >= 2, "{pulse}");
    assert!(counted.iter().all(|week| week["people"] == 12 && week["regulars"] == 6), "{pulse}");
    assert_eq!((&pulse["summary"]["regulars"], &pulse["hiding"]), (&6.into(), &Value::Null));
    let text = world.ok(&["pulse"]);
    // The weeks before the first watched one have no rows.
    assert!(!text.contains("left out: ") && text.contains("3 of them counted") && text.contains("regulars"), "{text}");
    assert!(!text.contains("Person"), "{text}");
    let around = world.json(&["pulse", "--around", "-14", "--json"]);
    assert!(around["before"]["summary"]["weeks"].is_u64() && around["after"]["weeks"].is_array(), "{around}");
    let text = world.ok(&["pulse", "--around", "-14"]);
    assert!(text.contains("Before: ") && text.contains("After: "), "{text}");
    for (wrong, said) in [
        (&["pulse", "--weeks", "0"][..], "0 is not in 1..=104"),
        (&["pulse", "--around", "2099-01-01"], "--around 2099-01-01 is later than today"),
        (&["pulse", "--weeks", "3", "--around", "-7"], "cannot be used with"),
    ] {
        let output = world.run(wrong);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
    }
}

/// The cell in column `number` of a CSV file, for the weeks from `from` to `to`.
fn cell(csv: &str, from: &Value, to: &Value, number: &str) -> Value {
    let [from, to] = [from, to].map(|date| date.as_str().unwrap());
    let all: Vec<csv::StringRecord> =
        csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap).collect();
    let found: Vec<&csv::StringRecord> =
        all.iter().filter(|row| &row[0] == from && &row[1] == to && &row[3] == number).collect();
    assert_eq!(found.len(), 1, "{number} from {from} to {to} in {csv}");
    found[0][4].parse::<i64>().map_or(Value::Null, Value::from)
}

/// The page has the numbers of the command, for admins and the owner only.
#[test]
fn the_page_has_the_numbers_of_the_command_for_admins_and_the_owner() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_WEB", "public")]);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    three_weeks(&world);
    let config = Config::load(Some(world.home.path().to_owned()), world.home.path(), []).unwrap();
    let pages = pages(&config);
    let printed = world.json(&["pulse", "--json"]);
    let group = PeerId(world.json(&["leaderboard", "--json"])["group"]["id"].as_i64().unwrap());
    let other = PeerId(group.0 - 1);
    let person = PeerId(101);
    let admins = [Grant::Owner, Grant::Admin { group, person: None }, Grant::Admin { group, person: Some(person) }];
    for admin in admins {
        let page = |address: &str| text(ask(&pages, address, Some(admin)));
        let json: Value = serde_json::from_str(&page("/g/group/pulse.json")).unwrap();
        assert_eq!(json, printed);
        let (html, csv) = (page("/g/group/pulse"), page("/g/group/pulse.csv"));
        let weeks = printed["weeks"].as_array().unwrap();
        let (first, last) = (&weeks[0]["first"], &weeks[weeks.len() - 1]["last"]);
        for week in weeks {
            for number in ["people", "regulars", "hours"] {
                assert_eq!(cell(&csv, &week["first"], &week["last"], number), week[number], "{week}");
            }
        }
        let summary = &printed["summary"];
        let row = |name: &str| html.split(&format!("<th scope=\"row\">{name}</th>")).nth(1).expect(name).to_owned();
        for (number, name, value) in [
            ("regulars", "Regulars", &summary["regulars"]),
            ("people", "People", &summary["people"]),
            ("hours", "Hours", &summary["hours"]),
            ("came_again_percent_current", "Current come again", &summary["came_again_percent"]["current"]),
            ("streaks", "Streaks", &summary["streaks"]),
            ("median_streak_days", "Half last longer", &summary["median_streak_days"]),
            ("streaks_reaching_percent_3", "3-day streaks", &summary["streaks_reaching_percent"]["3"]),
            ("top_tenth_percent", "Top tenth", &summary["top_tenth_percent"]),
            ("night_percent", "00:00–05:00", &summary["night_percent"]),
            ("hiding", "Hiding", &printed["hiding"]),
            ("left", "Left", &printed["left"]),
        ] {
            assert_eq!(&cell(&csv, first, last, number), value, "{number}");
            let start = match value.as_i64() {
                Some(value) => format!("<td class=\"n\"><data value=\"{value}\">"),
                None => "<td class=\"n\">–</td>".to_owned(),
            };
            assert!(row(name).starts_with(&start), "{number}: {start} {html}");
        }
        assert_eq!(summary["regulars"], 6);
        assert!(![&html, &csv].iter().any(|page| page.contains("Person 1")), "{html} {csv}");
        assert!(page("/g/group").contains("href=\"/g/group/pulse\""));
        assert!(matches!(ask(&pages, "/g/group/pulse", Some(admin)), Answer::Page(Page { is_public: false, .. })));
    }
    for address in ["/g/group/pulse", "/g/group/pulse.json", "/g/group/pulse.csv"] {
        assert!(matches!(ask(&pages, address, None), Answer::Denied), "{address}");
        let others = [
            Grant::Member { group, person },
            Grant::Admin { group: other, person: None },
            Grant::Member { group: other, person },
        ];
        for grant in others {
            let Answer::Page(page) = ask(&pages, address, Some(grant)) else { panic!("{address} {grant:?}") };
            assert_eq!(page.status, 404, "{address} {grant:?}");
        }
    }
    for grant in [None, Some(Grant::Member { group, person })] {
        for address in ["/g/group", "/g/group/week", "/g/group/about", "/g/group/embed"] {
            assert!(!text(ask(&pages, address, grant)).contains("/pulse"), "{address}");
        }
    }
    // A server also serves it, but no other site may show it in a frame.
    let server = Server::start(&world, "127.0.0.1:0");
    let answer = server.raw("GET /g/group/pulse HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("frame-ancestors 'none'"), "{answer}");
}

/// A time on Monday 2033-05-23 in Tashkent.
fn monday(hour: u32, minute: u32) -> i64 {
    Utc.with_ymd_and_hms(2033, 5, 23, hour - 5, minute, 0).unwrap().timestamp()
}

#[test]
fn the_organiser_gets_the_pulse_once_though_the_tracker_is_killed_around_it() {
    let world = World::new();
    let bot = world.telegram.person(Person::named("Study bot").username("study_bot").bot());
    world.telegram.add_member(world.group, bot);
    let [boss, ada] = ["Boss", "Ada"].map(|name| world.member(name));
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.login_string(bot));
    let owner = boss.to_string();
    let settings = [
        ("TELEGRAM_BOT_TOKEN", token.as_str()),
        ("TG_BOT_STRING_SESSION", login.as_str()),
        ("ADMIN_CHAT_ID", owner.as_str()),
        ("SWF_POST_TIME", "09:00"),
        ("SWF_PULSE", "on"),
    ];
    world.configure("@studyhall", &settings);
    let pulses = |chat| {
        let messages = world.telegram.messages(chat).into_iter();
        messages.filter(|message| message.from == bot && message.text.starts_with("Pulse · ")).collect::<Vec<_>>()
    };
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.say(boss, bot, "hello");
    world.telegram.advance(monday(8, 58) - world.telegram.now());
    let tracker = world.track();
    world.pass(call, 30);
    assert_eq!(pulses(boss).len(), 0, "it is too early");
    // The post and the message are both sent, but the answers to the tracker are lost, and the tracker dies.
    world.telegram.faults().lose_reply("messages.sendMessage", 2);
    world.pass(call, monday(9, 0) - world.telegram.now());
    world.await_that("the pulse", || pulses(boss).len() == 1);
    tracker.kill();
    world.telegram.advance(60);
    let _tracker = world.track();
    let stored = || {
        let store = rusqlite::Connection::open(world.home.path().join("var/study.db")).unwrap();
        let sql = "SELECT count(*), count(sent), max(subject) FROM deliveries WHERE kind = 'pulse'";
        store.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
    };
    let once: (i64, i64, String) = (1, 1, "2033-05-23".into());
    world.await_that("the message is known to be sent", || {
        world.pass(call, 30);
        stored() == once
    });
    world.pass(call, 600);
    assert_eq!((pulses(boss).len(), pulses(world.group).len(), stored()), (1, 0, once));
    let text = pulses(boss).remove(0).text;
    assert!(text.contains("8 weeks, 0 of them counted") && !text.contains("Ada"), "{text}");
}
