//! A site of files agrees with the commands, and changes only its own files.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{Days, NaiveDate};
use serde_json::Value;
use swf::app::site::Site;
use swf::config::Config;
use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Store};

use crate::home::{START, World, command};
use crate::pages::set_time;

/// All files of a folder, except swf's notes, by their names.
fn files(site: &Path) -> BTreeMap<String, PathBuf> {
    let (mut folders, mut found) = (vec![site.to_owned()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(site).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with('.') {
                found.insert(name, path);
            }
        }
    }
    found
}

fn texts(site: &Path) -> BTreeMap<String, String> {
    files(site).into_iter().map(|(name, path)| (name, std::fs::read_to_string(path).unwrap())).collect()
}

fn times(site: &Path) -> BTreeMap<String, SystemTime> {
    files(site).into_iter().map(|(name, path)| (name, path.metadata().unwrap().modified().unwrap())).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

/// Checks that each link of each page leads to a file of the site, and that each page can be reached from the first
/// one.
fn check_links(site: &Path) {
    let all = files(site);
    let mut reached = BTreeSet::new();
    let mut open = vec!["index.html".to_owned()];
    while let Some(name) = open.pop() {
        if !reached.insert(name.clone()) || !name.ends_with(".html") {
            continue;
        }
        let page = std::fs::read_to_string(&all[&name]).unwrap();
        for link in between(&page, "href=\"", "\"").into_iter().chain(between(&page, "src=\"", "\"")) {
            if link.starts_with('#') || link.starts_with("data:") {
                continue;
            }
            assert!(!link.starts_with('/') && !link.contains(':') && !link.contains('?'), "{name}: {link}");
            let mut parts: Vec<&str> = name.split('/').collect();
            parts.pop();
            for part in link.split('/') {
                match part {
                    ".." => assert!(parts.pop().is_some(), "{name}: {link} leads out of the site"),
                    part => parts.push(part),
                }
            }
            let target = parts.join("/");
            assert!(all.contains_key(&target), "{name} has a broken link: {link}");
            open.push(target);
        }
    }
    let pages: BTreeSet<String> = all.into_keys().filter(|name| name.ends_with(".html")).collect();
    assert_eq!(pages.difference(&reached).collect::<Vec<_>>(), Vec::<&String>::new(), "no way leads there");
}

/// The public part of a command's output. A board of a site counts up to the end of its period.
fn public(mut board: Value) -> Value {
    board["as_of"] = Value::Null;
    for entry in board["entries"].as_array_mut().unwrap() {
        for name in ["user_id", "username", "in_call"] {
            entry[name] = Value::Null;
        }
    }
    board
}

/// The rank and seconds of each row of a page.
fn rows(page: &str) -> Vec<[i64; 2]> {
    let rows = between(page, "<tr", "</tr>").into_iter().filter(|row| row.contains("<bdi>"));
    let number = |row: &str, before| between(row, before, "\"")[0].parse::<i64>().unwrap();
    let rank = |row| between(row, "<td class=\"n\">", "<")[0].parse::<i64>().unwrap();
    rows.map(|row| [rank(row), number(row, "<data value=\"")]).collect()
}

/// Checks that each number of a site equals that of the command. `run` runs a command in the home of `config`.
pub fn agree(config: &Config, run: &dyn Fn(&[&str]) -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let site = Site { dir: folder.path().join("site"), groups: vec![config.group().clone()] };
    site.write(config.home(), false).unwrap();
    check(&site.dir, run, 2);
    assert_eq!(site.write(config.home(), false).unwrap().written, 0);
}

/// Checks a site. Of each kind, the command prints at most `most` boards.
fn check(site: &Path, run: &dyn Fn(&[&str]) -> Vec<u8>, most: usize) {
    check_links(site);
    let texts = texts(site);
    let mut days: Vec<&str> = Vec::new();
    let mut printed_boards: BTreeMap<String, usize> = BTreeMap::new();
    for (name, text) in &texts {
        let Some(stem) = name.strip_prefix("g/group/").and_then(|name| name.strip_suffix(".json")) else { continue };
        let data: Value = serde_json::from_str(text).unwrap();
        assert_eq!(data["final"], true, "{name}");
        let first = data["start"].as_str().unwrap()[..10].to_owned();
        let scope = data["period"].as_str().unwrap();
        if scope == "all" {
            continue;
        }
        let count = printed_boards.entry(scope.to_owned()).or_default();
        *count += 1;
        if *count <= most {
            let printed = run(&["leaderboard", scope, "--date", &first, "--json"]);
            assert_eq!(public(data.clone()), public(serde_json::from_slice(&printed).unwrap()), "{name}");
        }
        days.extend(stem.strip_prefix("day/"));
        let entries = data["entries"].as_array().unwrap();
        let expected = entries.iter().map(|entry| ["rank", "seconds"].map(|name| entry[name].as_i64().unwrap()));
        let mut expected: Vec<_> = expected.collect();
        let parts = texts.iter().filter(|(page, _)| {
            let rest = page.strip_prefix("g/group/").and_then(|page| page.strip_prefix(stem));
            rest.is_some_and(|rest| rest.ends_with(".html") && (rest.starts_with('_') || rest.starts_with('.')))
        });
        let mut shown: Vec<_> = parts.flat_map(|(_, page)| rows(page)).collect();
        let ranks: Vec<i64> = expected.iter().map(|row| row[0]).collect();
        shown.sort_unstable();
        expected.sort_unstable();
        // `day.html` links to the further pages of the day.
        if !stem.contains('/') && stem != "all" {
            assert!(shown.len() >= expected.len().min(100), "{name}");
            expected.truncate(shown.len());
        }
        assert_eq!(shown, expected, "{name}");
        let csv = &texts[&format!("g/group/{stem}.csv")];
        let cells = csv.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(&cells[1..3], ["", ""], "{name}: ids and usernames are not for everybody");
            cells[0].parse::<i64>().unwrap()
        });
        assert_eq!(cells.collect::<Vec<_>>(), ranks, "{name}");
    }
    let Some(last) = days.last() else { return };
    let all: Value = serde_json::from_str(&texts["g/group/all.json"]).unwrap();
    // All time may begin before the first day with a board.
    let first = &all["start"].as_str().unwrap()[..10];
    let mut printed: Value =
        serde_json::from_slice(&run(&["leaderboard", "--from", first, "--to", last, "--json"])).unwrap();
    printed["period"] = "all".into();
    assert_eq!(public(all), public(printed));
    // The charts have the days.
    let overview = &texts["g/group/index.html"];
    for day in days.iter().rev().take(350) {
        let board: Value = serde_json::from_str(&texts[&format!("g/group/day/{day}.json")]).unwrap();
        let seconds = board["total_seconds"].as_i64().unwrap();
        let link = format!("href=\"../../g/group/day/{day}.html\"><data value=\"{seconds}\">");
        assert_eq!(overview.contains(&link), seconds > 0, "{day}: {seconds}");
    }
}

/// A home with a store of one group, without a tracker.
struct Home {
    folder: tempfile::TempDir,
    store: Store,
    config: Config,
}

const FIRST: &str = "2026-09-28";

impl Home {
    fn new(settings: &str) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir_all(home.join("var")).unwrap();
        std::fs::write(home.join(".env.local"), format!("SWF_TIMEZONE=UTC\n{settings}")).unwrap();
        let store = Store::open(&home.join("var/study.db"), Access::Write).unwrap();
        let config = Config::load(Some(home), folder.path(), []).unwrap();
        Home { folder, store, config }
    }

    fn path(&self) -> &Path {
        self.config.home().path()
    }

    fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    /// A group that was watched on these days, counted from [`FIRST`], each evening with these people. Each of them
    /// stays a second longer than the next, and on each day one of them is missing. Afterwards it is noon of the next
    /// day.
    fn study(&mut self, group: i64, title: &str, people: &[&str], days: Range<u64>) {
        let key = self.store.group(PeerId(group), None, title, None, PeerId(9)).unwrap();
        for place in days.clone() {
            let day = at(FIRST, place);
            let (call, from) = (CallId(group + place as i64), day + 18 * 3600);
            let mut facts = vec![Fact::Following { call, at: from }];
            for (index, _) in people.iter().enumerate().filter(|(index, _)| !(index + place as usize).is_multiple_of(7))
            {
                let (peer, to) = (PeerId(index as i64 + 1), from + 3600 + (people.len() - index) as i64);
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
            }
            let end = from + 5 * 3600;
            facts.extend([Fact::Confirmed { call, at: end }, Fact::Ended { call, at: end, watched: true }]);
            let to = day + 86_400 + 1000;
            // On some mornings swf did not run.
            let watched = Some(Span::new(if place % 5 == 4 { from } else { day }, to));
            let people = people.iter().enumerate().map(|(index, name)| named(index as i64 + 1, name)).collect();
            self.store.record(key, &Observed { facts, people, watched, at: to }, &[]).unwrap();
        }
        set_time(&self.config, at(FIRST, days.end) + 43_200);
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = command(self.path(), args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn ok(&self, args: &[&str]) -> String {
        let (code, out, error) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {error}");
        out
    }

    fn write(&self) -> Value {
        serde_json::from_str::<Value>(&self.ok(&["site", self.site().to_str().unwrap(), "--json"])).unwrap()["sites"][0]
            .take()
    }
}

fn named(peer: i64, name: &str) -> Known {
    let username = Some(format!("user{peer}"));
    Known { profile: Profile { name: name.into(), username, ..Profile::unknown(PeerId(peer)) }, access_hash: None }
}

/// The first instant of the day `later` days after `day`.
fn at(day: &str, later: u64) -> Instant {
    let day = day.parse::<NaiveDate>().unwrap() + Days::new(later);
    Instant(day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp())
}

#[test]
fn a_site_says_what_the_commands_say_and_changes_with_them() {
    let mut home = Home::new("SWF_WEB=public\n");
    let hostile = "<script>alert(1)</script>";
    let title = "../../<b>Hall</b>\"";
    home.study(-100, title, &["Ada", hostile, "Bob", "../../etc", "Zoë \u{202e}x"], 0..40);
    let first = home.write();
    let count = |result: &Value, name: &str| result[name].as_i64().unwrap();
    // 40 days, 5 whole weeks (from a Monday on; the sixth is not final), September and October, no year, all time; the
    // last day, week and month are there twice.
    let boards = 40 + 5 + 2 + 1 + 3;
    assert_eq!((count(&first, "written"), &first["foreign"]), (boards * 3 + 3, &Value::Array(Vec::new())));
    check(&home.site(), &|args| home.ok(args).into_bytes(), 6);
    let pages = texts(&home.site());
    for (name, page) in &pages {
        let markup = ["<script", "<b>", "/login", "/p/"].into_iter().filter(|_| name.ends_with(".html"));
        for wrong in markup.chain(["user1", "user_id\":1", "\u{202e}x"]) {
            assert!(!page.contains(wrong), "{name} has {wrong}");
        }
    }
    assert!(pages["index.html"].contains("&lt;b&gt;Hall&lt;/b&gt;") && !pages.contains_key("g/group/year.html"));
    assert!(pages["g/group/day/2026-09-28.html"].contains("&lt;script&gt;"));
    assert!(pages["g/group/week.html"].contains("<span class=\"mark\">final"));
    assert_eq!(std::fs::read_dir(home.folder.path()).unwrap().count(), 2, "nothing lies beside home and site");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| home.site().join(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(""), mode("g/group/day"), mode("index.html")], [0o755, 0o755, 0o644]);
    }

    // Later on the same day, nothing is written.
    let before = times(&home.site());
    set_time(&home.config, at(FIRST, 40) + 80_000);
    let same = home.write();
    assert_eq!((count(&same, "written"), count(&same, "removed")), (0, 0));
    assert_eq!(times(&home.site()), before);

    // A new name is written to all files with the old one, and no other file changes.
    let key = home.store.groups().unwrap()[0].key;
    let people = vec![named(3, "Robert")];
    home.store.record(key, &Observed { people, ..Observed::new(at(FIRST, 40) + 2000) }, &[]).unwrap();
    home.write();
    let renamed = texts(&home.site());
    for (name, text) in &pages {
        let had = text.contains("Bob");
        assert_eq!((text != &renamed[name], renamed[name].contains("Robert")), (had, had), "{name}");
    }

    // On the next day these change: its board, the pages that link to it, and the pages of periods that go on.
    home.study(-100, title, &["Ada", hostile, "Robert", "../../etc", "Zoë \u{202e}x"], 40..41);
    home.write();
    let next = texts(&home.site());
    let changed: Vec<&str> =
        next.iter().filter(|(name, text)| renamed.get(*name) != Some(text)).map(|(name, _)| name.as_str()).collect();
    let group = ["all.csv", "all.html", "all.json", "day.csv", "day.html", "day.json", "day/2026-11-06.html"];
    let group =
        group.into_iter().chain(["day/2026-11-07.csv", "day/2026-11-07.html", "day/2026-11-07.json", "index.html"]);
    let expected: Vec<String> = group.map(|name| format!("g/group/{name}")).chain(["index.html".into()]).collect();
    assert_eq!(changed, expected);
    check(&home.site(), &|args| home.ok(args).into_bytes(), 6);
}

#[test]
fn a_board_of_many_people_has_several_pages() {
    let mut home = Home::new("SWF_WEB=public\n");
    let names: Vec<String> = (1..=500).map(|number| format!("Person {number}")).collect();
    home.study(-100, "Hall", &names.iter().map(String::as_str).collect::<Vec<_>>(), 0..2);
    home.write();
    check(&home.site(), &|args| home.ok(args).into_bytes(), 6);
    let day = texts(&home.site()).into_keys().filter(|name| name.starts_with("g/group/day/2026-09-28"));
    assert!(day.filter(|name| name.ends_with(".html")).count() > 2);
    // Fewer people need fewer pages.
    std::fs::write(home.path().join(".env.local"), "SWF_TIMEZONE=UTC\nSWF_WEB=public\nSWF_MIN_SESSION=3900\n").unwrap();
    home.write();
    let day = texts(&home.site()).into_keys().filter(|name| name.starts_with("g/group/day/2026-09-28"));
    assert!(day.filter(|name| name.ends_with(".html")).count() < 3, "those that are empty are gone");
    check_links(&home.site());
}

#[test]
fn a_site_has_only_groups_that_are_for_everybody() {
    let mut home = Home::new("");
    home.study(-1001, "Hall", &["Ada"], 0..3);
    home.study(-1002, "Night Owls", &["Bob"], 0..3);
    let site = home.site();
    let site = site.to_str().unwrap();
    let (code, _, error) = home.run(&["site", site]);
    assert!(code == 78 && error.contains("SWF_WEB=public") && !home.site().exists(), "{code}: {error}");
    assert_eq!(home.run(&["site"]).0, 2);

    let groups = |hall: &str, owls: &str| {
        let table = |name, id, more| format!("[[group]]\nname = \"{name}\"\nid = {id}\n{more}\n");
        let text = table("hall", -1001, hall) + &table("owls", -1002, owls) + &table("new", -1003, "web = \"public\"");
        std::fs::write(home.path().join("groups.toml"), text).unwrap();
    };
    let folders = || -> BTreeSet<String> {
        let parts = files(&home.site())
            .into_keys()
            .filter_map(|name| Some(name.strip_prefix("g/")?.split('/').next()?.to_owned()));
        parts.collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<BTreeSet<_>>();
    groups("web = \"public\"", "");
    home.ok(&["site", site]);
    assert_eq!(folders(), set(&["hall"]));
    check_links(&home.site());
    // The group is named.
    home.ok(&["site", site, "--group", "owls"]);
    assert_eq!(folders(), set(&["owls"]), "the folder shows what was asked for last");
    // Both groups have a folder in their settings.
    groups("site_dir = \"../site\"\nlanguage = \"ru\"", "site_dir = \"../site\"");
    home.ok(&["site"]);
    assert_eq!(folders(), set(&["hall", "owls"]));
    check_links(&home.site());
    let first = &texts(&home.site())["index.html"];
    assert!(first.contains("Hall") && first.contains("Night Owls") && first.contains("lang=\"ru\""), "{first}");
    home.ok(&["site", site]);
    assert_eq!(folders(), set(&["hall", "owls"]), "a command without --group writes the same");
    // The group is private again.
    groups("site_dir = \"../site\"", "");
    home.ok(&["site"]);
    assert_eq!(folders(), set(&["hall"]));
}

#[test]
fn files_of_others_stay_and_a_wrong_folder_is_refused() {
    let mut home = Home::new("SWF_WEB=public\n");
    home.study(-100, "Hall", &["Ada"], 0..3);
    let site = home.site();
    std::fs::create_dir(&site).unwrap();
    std::fs::write(site.join("index.html"), "mine").unwrap();
    let path = site.to_str().unwrap();
    let (code, _, error) = home.run(&["site", path]);
    assert!(code == 78 && error.contains("--adopt"), "{code}: {error}");
    assert_eq!(std::fs::read_dir(&site).unwrap().count(), 1);
    let (code, out, error) = home.run(&["site", path, "--adopt"]);
    assert!(code == 1 && error.contains("index.html") && out.contains("Wrote"), "{code}: {out}{error}");
    assert_eq!(std::fs::read_to_string(site.join("index.html")).unwrap(), "mine");
    std::fs::remove_file(site.join("index.html")).unwrap();
    home.ok(&["site", path]);
    check_links(&site);
    // A file that somebody has changed stays, although it has the name of a page.
    std::fs::write(site.join("g/group/about.html"), "mine").unwrap();
    assert_eq!(home.run(&["site", path]).0, 1);
    assert_eq!(std::fs::read_to_string(site.join("g/group/about.html")).unwrap(), "mine");

    let inside = home.path().join("site");
    let (code, _, error) = home.run(&["site", inside.to_str().unwrap()]);
    assert!(code == 78 && error.contains("swf's own files") && !inside.exists(), "{code}: {error}");
    assert_eq!(home.run(&["site", home.folder.path().to_str().unwrap(), "--adopt"]).0, 78);
    assert_eq!(home.run(&["site", home.folder.path().join("no/such").to_str().unwrap()]).0, 1);
}

/// The post time is 21:30. The next day begins 2 h 30 min later.
#[test]
fn a_tracker_writes_the_site_once_a_day_is_final_and_no_post_waits_for_it() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    // On the first days the site can't be written.
    std::fs::write(&site, "a file").unwrap();
    world.configure("@studyhall", &[("SWF_SITE_DIR", site.to_str().unwrap())]);
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, crate::delivery::post_time() - START);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    world.pass(call, 3 * 3600);
    world.await_that("the message is final", || world.telegram.messages(world.group)[0].edits == 1);
    world.await_that("the failure is logged", || {
        world.log().lines().any(|line| line.contains("ERROR") && line.contains("the site in"))
    });
    // It is tried again when the next day is final.
    std::fs::remove_file(&site).unwrap();
    world.pass(call, 86_400);
    world.await_that("the site is written", || site.join("index.html").exists());
    let days = texts(&site).into_keys().filter(|name| name.starts_with("g/group/day/") && name.ends_with(".html"));
    assert_eq!(days.collect::<Vec<_>>(), ["g/group/day/2033-05-18.html", "g/group/day/2033-05-19.html"]);
    check_links(&site);
    assert_eq!(tracker.stop(), Some(0));

    // Without a tracker, swf post writes it.
    std::fs::remove_dir_all(&site).unwrap();
    world.ok(&["post"]);
    assert!(site.join("g/group/day.html").exists());
    check_links(&site);
}
