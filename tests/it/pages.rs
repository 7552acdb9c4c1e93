//! The pages say what the commands say (rules §2.18), to whoever may see it.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::Value;
use swf::commands::pages::StorePages;
use swf::config::Config;
use swf::domain::accounting::unwatched::MIN_UNWATCHED_SHOWN;
use swf::domain::text::{duration, shown_seconds};
use swf::domain::{Instant, PeerId};
use swf::platform::clock::Clock;
use swf::platform::state_file::State;
use swf::web::page::{Answer, Page, PageRequest, Pages};
use swf::web::viewer::{Grant, Viewer};

/// Sets the time of all that reads the home of `config`.
pub fn set_time(config: &Config, at: Instant) {
    let clock_offset = at - Clock::new(0).system();
    State { pid: Some(1), clock_offset, ..State::default() }.write(&config.home().state()).unwrap();
}

pub fn pages(config: &Config) -> StorePages {
    StorePages::new(config.home().clone(), config.settings.groups.clone())
}

/// What these pages answer to whoever has `grant`.
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

/// What stands between `before` and `after`, each time.
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

/// Each number of each page is that of the command. `run` runs a command of the home of `config`; `truth` has the seconds of
/// each day and person, the first of which count.
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
            // It grows with time.
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
    for person in people {
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
        // A goal is only for its owner.
        data["goal"] = why["goal"].clone();
        assert_eq!(data, why, "{person}");
        assert!(html.contains(&format!("<p class=\"big\"><data value=\"{}\">", why["seconds"])), "{person}");
    }
}
