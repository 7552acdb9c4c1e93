//! What people decide about themselves (rules §7): over random stores, and with the real program.

use std::path::Path;

use fake_telegram::{Id, Person};
use proptest::prelude::*;
use rusqlite::types::Value as Cell;
use serde_json::Value;
use swf::app::chat::recent::Recent;
use swf::app::chat::{Asking, members};
use swf::app::rights::{Place, decide};
use swf::app::{boards, cards, people, posts};
use swf::card::{self, Fonts, Theme};
use swf::config::Config;
use swf::domain::accounting::unwatched::ReadTime;
use swf::domain::chat::Author;
use swf::domain::chat::access::Standing;
use swf::domain::live::{Connection, GroupView, View};
use swf::domain::people::{Known, Profile, Viewer};
use swf::domain::post::{BOARDS, PostKind};
use swf::domain::rights::{Audience, Decision};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::time::period::{Period, Scope, local_date};
use swf::domain::words::Language;
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, GroupRow, Store};
use swf::web::page::{Answer, Page};
use swf::web::viewer::Grant;

use crate::home::{START, World};
use crate::model::share;
use crate::pages;

const DAY: i64 = 86_400;
const PEOPLE: i64 = 9;
const FIRST: i64 = 7_345_670_000;

/// A store of three days, with people whose names, usernames and ids occur nowhere else.
struct Random {
    _folder: tempfile::TempDir,
    config: Config,
    store: Store,
    group: GroupRow,
    now: ReadTime,
}

fn profile(person: i64) -> Profile {
    let username = (person % 3 > 0).then(|| format!("zuser{person}x"));
    Profile { name: format!("Zname{person}x"), username, ..Profile::unknown(PeerId(FIRST + person)) }
}

impl Random {
    /// `stays`: person, pause since the last stay, and length.
    fn new(stays: &[(i64, i64, i64)], settings: &[(&str, &str)]) -> Random {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), settings).unwrap();
        std::fs::create_dir_all(config.home().store().parent().unwrap()).unwrap();
        let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
        let key = store.group(PeerId(-100), None, "Study", None, PeerId(1000)).unwrap();
        let (call, now, begin) = (CallId(7), Instant(START), Instant(START) - 3 * DAY);
        let mut facts = vec![Fact::Following { call, at: begin }];
        let mut free = [begin; PEOPLE as usize];
        for &(person, pause, length) in stays {
            let from = free[person as usize] + pause;
            let to = from + length;
            if to < now {
                free[person as usize] = to + 1;
                let peer = PeerId(FIRST + person);
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
            }
        }
        facts.push(Fact::Confirmed { call, at: now });
        let people = (0..PEOPLE).map(|person| Known { profile: profile(person), access_hash: None }).collect();
        let watched = Some(Span::new(begin, now));
        store.record(key, &Observed { facts, people, watched, ..Observed::new(now) }, &[]).unwrap();
        pages::set_time(&config, now);
        let group = store.groups().unwrap().remove(0);
        Random { _folder: folder, config, store, now: ReadTime { at: now, tracked_since: None }, group }
    }

    fn decide(&mut self, person: i64, decision: &Decision) {
        let place = Place { settings: self.config.group(), group: &self.group, export: true, now: self.now };
        decide(&mut self.store, place, PeerId(FIRST + person), decision, self.now.at).unwrap();
    }

    fn top(&self, scope: Scope) -> String {
        let zone = self.config.group().zone;
        let group = GroupView {
            label: None,
            title: self.group.title.clone(),
            peer: Some(self.group.peer),
            zone,
            watched: None,
            call: None,
            next_post: None,
            outage: None,
        };
        let live = View {
            now: self.now.at,
            account: None,
            connection: Connection::Online,
            wait: None,
            confirmed: None,
            outage: None,
            groups: vec![group],
            store_problem: None,
        };
        let asking = Asking {
            store: &self.store,
            settings: self.config.group(),
            group: &self.group,
            now: self.now,
            author: Author::AnonymousAdmin,
            standing: Standing::Admin,
            language: Language::Ru,
            in_private: false,
            bot: None,
            live: &live,
        };
        let today = local_date(zone, self.now.at);
        members::top(&asking, &mut Recent::default(), scope, today, 0).unwrap().message.text
    }

    /// The text of each surface, by its name.
    fn surfaces(&self) -> Vec<(String, String)> {
        let (settings, key) = (self.config.group(), self.group.key);
        let today = local_date(settings.zone, self.now.at);
        let mut all = Vec::new();
        for scope in BOARDS {
            let period = Period::of(scope, today, settings.zone, settings.calendar);
            let board = boards::board_of(&self.store, settings, key, period, self.now).unwrap();
            for viewer in [Viewer::Terminal, Viewer::Web] {
                let json = boards::json_text(&board, &self.group, settings.zone, viewer);
                all.push((format!("{} as JSON for {viewer:?}", scope.name()), json));
            }
            let picture = cards::board(&self.store, settings, &self.group, scope, today, 20, self.now)
                .map(|board| card::board(&board, Theme::Light, &mut Fonts::embedded()).svg);
            all.push((format!("picture of the {}", scope.name()), picture.unwrap()));
            all.push((format!("/top {}", scope.name()), self.top(scope)));
        }
        for kind in [PostKind::Daily, PostKind::Manual] {
            let draft = posts::draft(&self.store, settings, &self.group, kind, today, &[], self.now).unwrap();
            all.push((format!("{kind:?} post"), format!("{:?}", draft.message)));
            all.push((format!("website of the {kind:?} post"), serde_json::to_string(&draft.snapshot).unwrap()));
        }
        let (streaks, known) = people::streaks(&self.store, settings, key, today, self.now).unwrap();
        for (person, _) in streaks {
            let shown = swf::domain::people::display(&known.profile(person), Viewer::Terminal);
            all.push(("streaks".into(), shown.with_id()));
        }
        let pages = pages::pages(&self.config);
        let member = Some(Grant::Member { group: self.group.peer, person: PeerId(1) });
        for address in ["", "/day/2033-05-18", "/week", "/month.json", "/week.csv", "/month?q=zname", "/embed/week"] {
            if let Answer::Page(Page { body, .. }) = pages::ask(&pages, &format!("/g/group{address}"), member) {
                all.push((format!("page {address}"), String::from_utf8(body.to_vec()).unwrap()));
            }
        }
        all
    }
}

/// For each board the rank and seconds of each row, and the totals.
fn numbers(surfaces: &[(String, String)]) -> Vec<Value> {
    let boards = surfaces.iter().filter(|(name, _)| name.contains("as JSON"));
    let numbers = |(_, text): &(String, String)| {
        let board: Value = serde_json::from_str(text).unwrap();
        let rows =
            board["entries"].as_array().unwrap().iter().map(|row| {
                serde_json::json!([row["rank"], row["seconds"], row["ranked_seconds"], row["proved_seconds"]])
            });
        serde_json::json!({ "rows": rows.collect::<Vec<_>>(), "total": board["total_seconds"], "people": board["people"] })
    };
    boards.map(numbers).collect()
}

/// Texts that identify a person.
fn traces(person: i64) -> Vec<String> {
    let Profile { name, username, peer, .. } = profile(person);
    username.into_iter().chain([name, peer.to_string()]).collect()
}

/// The surfaces that show any trace of a person. (A search repeats the searched text.)
fn named_on(surfaces: &[(String, String)], person: i64) -> Vec<&str> {
    let shows = |text: &str| traces(person).iter().any(|trace| text.contains(trace.as_str()));
    surfaces.iter().filter(|(_, text)| shows(text)).map(|(name, _)| name.as_str()).collect()
}

fn stays() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    proptest::collection::vec((0..PEOPLE, 60..40_000_i64, 200..9000_i64), 5..40)
}

proptest! {
    #![proptest_config(share(2))]

    #[test]
    fn who_hides_is_named_nowhere_and_all_numbers_stay(
        stays in stays(),
        person in 0..PEOPLE,
        other in 0..PEOPLE,
        look in prop_oneof![Just("standard"), Just("classic")],
        pen_name in any::<bool>(),
    ) {
        let settings = [("SWF_POST_LOOK", look), ("SWF_MENTIONS", "all"), ("SWF_TOP", "20"), ("SWF_POST_STREAKS", "all"), ("SWF_ANCHOR_DATE", "2033-05-01")];
        let mut random = Random::new(&stays, &settings);
        // Both accounts belong to one person.
        if other != person {
            random.store.add_alias(random.group.key, &(FIRST + person).to_string(), &(FIRST + other).to_string()).unwrap();
        }
        let before = random.surfaces();
        let decision = if pen_name { Decision::PenName(Some("Falcon".into())) } else { Decision::Hide };
        random.decide(other, &decision);
        let after = random.surfaces();
        for one in [person, other] {
            prop_assert_eq!(named_on(&after, one), Vec::<&str>::new());
        }
        prop_assert_eq!(numbers(&after), numbers(&before));
        prop_assert_eq!(after.len(), before.len());
        // Everybody else is shown as before.
        for third in (0..PEOPLE).filter(|third| ![person, other].contains(third)) {
            prop_assert_eq!(named_on(&after, third), named_on(&before, third));
        }
        let back = if pen_name { Decision::PenName(None) } else { Decision::Show };
        random.decide(person, &back);
        prop_assert_eq!(random.surfaces(), before);
    }
}

/// The page of a person: the status, and the text.
fn person_page(random: &Random, person: i64, grant: Option<Grant>) -> (u16, String) {
    let answer = pages::ask(&pages::pages(&random.config), &format!("/g/group/p/{}", FIRST + person), grant);
    let Answer::Page(Page { status, body, .. }) = answer else { panic!("{answer:?}") };
    (status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn a_page_of_somebody_who_hides_is_as_if_there_were_none() {
    let mut random = Random::new(&[(1, 60, 3600), (2, 60, 7200)], &[]);
    let member = |person: i64| Some(Grant::Member { group: PeerId(-100), person: PeerId(FIRST + person) });
    assert_eq!(person_page(&random, 1, member(2)).0, 200);
    let unknown = person_page(&random, 500, member(2));
    random.decide(1, &Decision::Hide);
    assert_eq!(person_page(&random, 1, member(2)), unknown);
    // Nobody is hidden from themselves.
    let (code, own) = person_page(&random, 1, member(1));
    assert!(code == 200 && own.contains("Zname1x"), "{own}");
    let (code, of_owner) = person_page(&random, 1, Some(Grant::Owner));
    assert!(code == 200 && !of_owner.contains("Zname1x"), "{of_owner}");
}

fn named(world: &World, name: &str, username: &str) -> Id {
    let person = world.telegram.person(Person::named(name).username(username));
    world.telegram.add_member(world.group, person);
    person
}

/// For how long a person has been counted since they agreed or returned. A command's clock runs on while Telegram's
/// stands still.
fn counted(world: &World, person: Id) -> i64 {
    let (store, group) = world.store(Access::Read);
    let rights = store.rights(group, Audience::Consent, &[]).unwrap();
    world.telegram.now() - rights.of(PeerId(person)).and_then(|rights| rights.counted_from).unwrap().0
}

/// The text of the last message in the group.
fn last_message(world: &World) -> String {
    world.telegram.messages(world.group).last().map_or(String::new(), |message| message.text.clone())
}

#[test]
fn somebody_hides_in_a_running_call() {
    let world = World::new();
    let (ada, bob) = (named(&world, "Ada Lovelace", "ada_l"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    world.telegram.join_at(call, bob, START - 1800);
    let _tracker = world.track();
    world.pass(call, 60);
    world.ok(&["post", "--now"]);
    assert!(last_message(&world).contains("Ada Lovelace"), "{}", last_message(&world));
    let said = world.ok(&["person", "hide", "ada_l"]);
    assert!(said.contains("Ada Lovelace @ada_l") && said.contains("Somebody"), "{said}");
    // The post that was sent is edited.
    world.await_that("the post is edited", || {
        world.pass(call, 5);
        last_message(&world).contains("Somebody")
    });
    assert!(!last_message(&world).contains("Ada"), "{}", last_message(&world));
    for args in [
        &["leaderboard", "day"][..],
        &["leaderboard", "week", "--json"],
        &["leaderboard", "month", "--csv"],
        &["export", "stays"],
        &["export", "boards"],
        &["streaks", "--json"],
        &["post", "--now", "--dry-run"],
    ] {
        let text = world.ok(args);
        let traces =
            ["Ada", "ada_l", &ada.to_string()].into_iter().find(|trace| text.contains(*trace)).map(str::to_owned);
        assert_eq!((traces, text.contains("Somebody")), (None, true), "{args:?}: {text}");
    }
    // The organiser can act, and sees the person's name.
    let why = world.ok(&["why", "ada"]);
    assert!(why.contains("Ada Lovelace (hidden)"), "{why}");
    let list = world.json(&["person", "list", "--json"]);
    assert_eq!((&list["people"][0]["user_id"], &list["people"][0]["hidden"]), (&ada.into(), &true.into()));
    let board = world.today();
    assert_eq!((&board["entries"][0]["user_id"], &board["entries"][0]["username"]), (&0.into(), &Value::Null));
    world.pass(call, 40);
    assert!(world.today()["entries"][0]["seconds"].as_i64() > board["entries"][0]["seconds"].as_i64(), "time goes on");
    world.ok(&["person", "show", "lovelace"]);
    assert_eq!(world.today()["entries"][0]["name"], "Ada Lovelace");
    world.ok(&["audit"]);
}

#[test]
fn who_leaves_in_a_running_call_has_not_one_second_more_until_they_come_back() {
    let world = World::new();
    let (ada, bob) = (named(&world, "Ada Lovelace", "ada_l"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, bob);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    let said = world.ok(&["person", "leave", "ada"]);
    assert!(said.contains("swf person return"), "{said}");
    world.await_status("she is not shown any more", |status| {
        status["call"]["people"] == 1 && status["call"]["uncounted"] == 1
    });
    world.pass(call, 500);
    assert_eq!(world.seconds(), [(ada, 1000), (bob, 1500)]);
    // The decision stays after a restart of the tracker.
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(100);
    let tracker = world.track_on();
    assert_eq!(world.seconds(), [(ada, 1000), (bob, 1600)]);
    world.ok(&["person", "return", "ada"]);
    world.await_status("she is shown again", |status| status["call"]["people"] == 2);
    world.pass(call, 700);
    let back = 1000 + counted(&world, ada);
    assert!((1690..=1700).contains(&back), "{back}");
    assert_eq!(world.seconds(), [(ada, back), (bob, 2300)]);
    world.telegram.leave(call, ada);
    world.pass(call, 50);
    assert_eq!(world.seconds(), [(ada, back), (bob, 2350)]);
    world.ok(&["audit"]);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

/// All bytes of the store and its write-ahead log, and all numbers in its tables.
fn holds(world: &World, text: &str, id: Id) -> Vec<String> {
    let var = world.home.path().join("var");
    let holds = |file: &Path| {
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let files = ["study.db", "study.db-wal"].map(|name| var.join(name)).into_iter().filter(|file| holds(file));
    let mut found: Vec<String> = files.map(|file| file.display().to_string()).collect();
    let db = rusqlite::Connection::open(var.join("study.db")).unwrap();
    let mut tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in tables {
        let mut rows = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let has = (0..columns).any(|at| match row.get::<_, Cell>(at).unwrap() {
                Cell::Integer(number) => number == id,
                Cell::Text(text) => text.contains(&id.to_string()),
                _ => false,
            });
            if has {
                found.push(table.clone());
            }
        }
    }
    found
}

#[test]
fn a_group_that_asks_for_consent_has_no_public_pages() {
    let world = World::new();
    for public in [("SWF_WEB", "public"), ("SWF_SITE_DIR", "/srv/site")] {
        world.configure("@studyhall", &[("SWF_AUDIENCE", "consent"), public]);
        let output = world.run(&["status"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(78) && error.contains(public.0), "{output:?}");
    }
    world.configure("@studyhall", &[("SWF_AUDIENCE", "consent")]);
    let folder = world.home.path().with_extension("site");
    let output = world.run(&["site", folder.to_str().unwrap(), "--group", "group"]);
    assert!(!output.status.success() && !folder.exists(), "{output:?}");
}

#[test]
fn of_whoever_has_not_agreed_the_store_has_no_trace() {
    let world = World::new();
    let ada = named(&world, "Ada Lovelace", "ada_l");
    let (bob, eve) = (named(&world, "Bob Agreed", "bob_a"), named(&world, "Eve", "eve_x"));
    world.configure("@studyhall", &[("SWF_AUDIENCE", "consent")]);
    let call = world.telegram.start_call(world.group);
    for person in [ada, bob, eve] {
        world.telegram.join(call, person);
    }
    let tracker = world.track();
    world.pass(call, 600);
    assert_eq!(world.today()["people"], 0);
    // By id, and by a username that only Telegram has.
    let said = world.ok(&["person", "agree", &bob.to_string(), "--by", "his father, on paper"]);
    assert!(said.contains("his father, on paper") && said.matches(&bob.to_string()).count() == 1, "{said}");
    world.ok(&["person", "agree", "@eve_x", "--by", "herself"]);
    world.await_status("they are counted", |status| status["call"]["people"] == 2 && status["call"]["uncounted"] == 1);
    world.pass(call, 900);
    assert_eq!(world.seconds(), [(bob, counted(&world, bob)), (eve, counted(&world, eve))]);
    assert!(world.ok(&["leaderboard"]).contains("Bob Agreed"));
    world.ok(&["person", "name", "bob", "Falcon"]);
    let board = world.ok(&["leaderboard"]);
    assert!(board.contains("Falcon") && !board.contains("Bob"), "{board}");
    world.telegram.leave(call, ada);
    world.telegram.leave(call, eve);
    world.pass(call, 30);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(holds(&world, "Lovelace", ada), Vec::<String>::new());
    assert_eq!(holds(&world, "ada_l", ada), Vec::<String>::new());
    assert!(!holds(&world, "Bob Agreed", bob).is_empty());
    assert!(!world.log().contains("Ada"), "{}", world.log());
    // A person who has not agreed can't be found by name.
    let output = world.run(&["person", "agree", "ada", "--by", "x"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let output = world.run(&["person", "agree", "@nobody_x", "--by", "x"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Telegram has no person \"@nobody_x\"") && !said.contains("@username"), "{said}");
    // A group with consent has no public page.
    world.configure("@studyhall", &[("SWF_AUDIENCE", "consent"), ("SWF_WEB", "public")]);
    let output = world.run(&["leaderboard"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("SWF_AUDIENCE is consent"), "{output:?}");
}
