//! One tracker, several groups (rules §3.6): each group has the same results as alone.

use std::collections::BTreeSet;
use std::time::Duration;

use fake_telegram::{GroupHandle, Id};
use serde_json::Value;
use swf::domain::{Instant, Span};
use swf::store::Access;

use crate::home::{START, Tracker, World};

/// Pseudo-random numbers, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Groups with calls, and one tracker for all of them.
struct Halls {
    world: World,
    groups: Vec<(GroupHandle, i64, Vec<Id>)>,
    numbers: Numbers,
}

impl Halls {
    fn new(count: usize, lines: &str) -> Halls {
        let world = World::new();
        let groups: Vec<GroupHandle> = (0..count).map(|number| world.add_group(&format!("Hall {number}"))).collect();
        let names: Vec<String> = (0..count).map(|number| format!("hall-{number}")).collect();
        let tables: Vec<_> = names.iter().zip(&groups).map(|(name, group)| (name.as_str(), group, lines)).collect();
        world.configure_groups(&tables);
        let groups = groups.into_iter().map(|group| {
            let people = (0..5).map(|number| world.member_of(&[&group], &format!("Person {number}"))).collect();
            let call = group.start_call();
            world.telegram.join(call, world.me);
            (group, call, people)
        });
        let groups = groups.collect();
        Halls { world, groups, numbers: Numbers(0x5eed) }
    }

    /// Somebody joins or leaves in one of the groups.
    fn random_move(&mut self) {
        let (group, _, people) = &self.groups[self.numbers.below(self.groups.len() as u64) as usize];
        let who = people[self.numbers.below(people.len() as u64) as usize];
        match group.stays().iter().any(|stay| stay.peer == who && stay.to.is_none()) {
            true => group.leave(who),
            false => group.join(who),
        }
    }

    /// Somebody mutes and unmutes in every call; waits until each roster is confirmed up to now.
    fn show(&self) {
        let now = Instant(self.world.telegram.now());
        for (_, call, _) in &self.groups {
            self.world.telegram.mute(*call, self.world.me);
            self.world.telegram.unmute(*call, self.world.me);
        }
        self.world.await_that("every group is seen", || {
            self.groups.iter().all(|(group, ..)| {
                let (store, key) = self.world.store_of(group, Access::Read);
                store.confirmed(key).is_ok_and(|confirmed| confirmed >= Some(now))
            })
        });
    }

    /// Checks for everybody in each group, to the second, that nothing is credited too much, and that missing seconds
    /// are in blind spans.
    fn check(&self) -> usize {
        let now = self.world.telegram.now();
        let mut missing = 0;
        for (group, call, people) in &self.groups {
            let (store, key) = self.world.store_of(group, Access::Read);
            let window = Span::new(Instant(START), Instant(now));
            let record = store.board_record(key, window).unwrap();
            let all = swf::domain::accounting::presence::Stay {
                call: swf::domain::CallId(*call),
                peer: swf::domain::PeerId(0),
                span: window,
                open: false,
            };
            let blind = seconds(record.blinds.of(&all).map(|blind| (blind.span.from.0, blind.span.to.0)));
            let stored = store.stays_begun(key, window).unwrap();
            let truth = group.stays();
            for who in people.iter().copied().chain([self.world.me]) {
                let real = truth.iter().filter(|stay| stay.peer == who);
                let real = seconds(real.map(|stay| (stay.from, stay.to.unwrap_or(now))));
                let mine = stored.iter().map(|stay| stay.plain()).filter(|stay| stay.peer.0 == who);
                let mine = seconds(mine.map(|stay| (stay.span.from.0, stay.span.to.0)));
                let too_much: Vec<_> = mine.difference(&real).collect();
                assert!(too_much.is_empty(), "{}: {who} was not in at {too_much:?}", group.title());
                let lost: Vec<_> = real.difference(&mine).collect();
                let seen: Vec<_> = lost.iter().filter(|second| !blind.contains(second)).collect();
                assert!(seen.is_empty(), "{}: {who} lost {seen:?}", group.title());
                missing += lost.len();
            }
        }
        missing
    }
}

fn seconds(spans: impl Iterator<Item = (i64, i64)>) -> BTreeSet<i64> {
    spans.flat_map(|(from, to)| from..to).collect()
}

/// The number of kills. The long form is `SWF_KILLS=100 cargo test --test it kill`.
fn kills() -> u64 {
    std::env::var("SWF_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5)
}

#[test]
fn a_tracker_of_five_groups_that_is_killed_again_and_again_is_right_in_each() {
    let mut halls = Halls::new(5, "min_session = 0");
    for _ in 0..kills() {
        let tracker: Tracker = halls.world.track_blindly();
        for _ in 0..halls.numbers.below(16) {
            halls.random_move();
            std::thread::sleep(Duration::from_millis(halls.numbers.below(40)));
            let step = halls.numbers.below(90) as i64;
            halls.world.telegram.advance(step);
        }
        tracker.kill();
        for _ in 0..halls.numbers.below(8) {
            let step = halls.numbers.below(60) as i64;
            halls.world.telegram.advance(step);
            halls.random_move();
        }
    }
    let _tracker = halls.world.track();
    halls.world.telegram.advance(100);
    halls.show();
    let missing = halls.check();
    eprintln!("{} kills: {missing} s that nothing shows, all of them blind", kills());
    assert_eq!(halls.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn each_group_gets_its_own_board_once() {
    let halls = Halls::new(3, "post_time = \"09:00\"");
    let tracker = halls.world.track();
    let (group, _, people) = &halls.groups[1];
    group.join(people[0]);
    halls.world.telegram.advance(1000);
    halls.show();
    // 09:00 in Tashkent.
    halls.world.telegram.advance(1700);
    halls.show();
    let posts = |halls: &Halls| halls.groups.iter().map(|(group, ..)| group.messages().len()).collect::<Vec<_>>();
    halls.world.await_that("each group has its board", || posts(&halls) == [1, 1, 1]);
    for (group, ..) in &halls.groups {
        let text = &group.messages()[0].text;
        assert!(text.contains(&group.title()), "{text}");
        assert_eq!(text.contains("Person 0"), group.title() == "Hall 1", "{text}");
    }
    tracker.stop();
    let _again = halls.world.track();
    halls.world.telegram.advance(60);
    halls.show();
    assert_eq!(posts(&halls), [1, 1, 1]);
}

#[test]
fn a_group_that_removes_the_account_stops_no_other() {
    let halls = Halls::new(2, "");
    let _tracker = halls.world.track();
    halls.world.telegram.advance(600);
    halls.show();
    let (lost, ..) = &halls.groups[0];
    lost.ban(halls.world.me);
    // A cut makes the tracker look up its groups again.
    halls.world.telegram.faults().cut();
    halls.world.telegram.advance(400);
    let (kept, kept_call, _) = &halls.groups[1];
    let seen = |at: i64| {
        halls.world.telegram.mute(*kept_call, halls.world.me);
        halls.world.telegram.unmute(*kept_call, halls.world.me);
        let (store, key) = halls.world.store_of(kept, Access::Read);
        store.confirmed(key).is_ok_and(|confirmed| confirmed >= Some(Instant(at)))
    };
    let now = halls.world.telegram.now();
    halls.world.await_that("the other group is seen", || seen(now));
    let (store, key) = halls.world.store_of(lost, Access::Read);
    assert!(store.confirmed(key).unwrap() < Some(Instant(now)));
}

/// A group that is removed from the file and added again a day later is unwatched in between.
#[test]
fn a_group_is_taken_up_and_let_go_while_the_tracker_runs() {
    let halls = Halls::new(2, "min_session = 0");
    let [(first, first_call, _), (second, second_call, _)] = &halls.groups[..] else { panic!() };
    let world = &halls.world;
    let both: [(&str, &GroupHandle, &str); 2] =
        [("hall-0", first, "min_session = 0"), ("hall-1", second, "min_session = 0")];
    let _tracker = world.track();
    halls.show();
    world.configure_groups(&both[..1]);
    let confirmed = |group: &GroupHandle| {
        let (store, key) = world.store_of(group, Access::Read);
        store.confirmed(key).unwrap().map_or(0, |at| at.0)
    };
    let show = |call: i64| {
        world.telegram.mute(call, world.me);
        world.telegram.unmute(call, world.me);
    };
    // Updates of the second group count until it is removed.
    world.await_that("the second group is let go", || {
        world.telegram.advance(1);
        [*first_call, *second_call].into_iter().for_each(show);
        confirmed(first) > confirmed(second) + 10
    });
    let left = confirmed(second);
    world.telegram.advance(3600);
    show(*first_call);
    world.await_that("the first group is seen", || confirmed(first) >= left + 3600);
    assert_eq!(confirmed(second), left);
    world.configure_groups(&both);
    world.await_that("the second group is seen", || confirmed(second) >= left + 3600);
    let (store, key) = world.store_of(second, Access::Read);
    let between = Span::new(Instant(left + 60), Instant(left + 3500));
    assert!(!store.was_watched(key, between).unwrap());
    // A person who was in all the time has the time proved.
    assert_eq!(halls.check(), 0);
}

/// Telegram requires a wait before it answers lookups of new groups by name, title or id.
#[test]
fn groups_that_cannot_be_looked_up_yet_stop_none_that_is_known() {
    for (method, ids) in [
        ("contacts.resolveUsername", ["\"@newhall\"", "\"@otherhall\""]),
        ("messages.getDialogs", ["\"New Hall\"", "\"Other Hall\""]),
        ("messages.getDialogs", ["-1001999999998", "-1001999999999"]),
    ] {
        let halls = Halls::new(2, "");
        let world = &halls.world;
        world.track().stop();
        let file = world.home.path().join("groups.toml");
        let known = std::fs::read_to_string(&file).unwrap();
        let table = |(name, id): (&str, &str)| format!("[[group]]\nname = \"{name}\"\nid = {id}\n");
        let new: String = ["new", "other"].into_iter().zip(ids).map(table).collect();
        std::fs::write(&file, known + &new).unwrap();
        world.telegram.faults().flood_wait(method, 600, 1);
        let _tracker = world.await_request(method, || world.track_blindly());
        world.telegram.advance(60);
        halls.show();
        world.await_status("the tracker is online", |status| status["tracker"]["connection"] == "online");
        assert_eq!(world.json(&["status", "--json"])["groups"][2]["last_seen"], Value::Null, "{ids:?}");
        assert_eq!(world.telegram.violations(), Vec::<String>::new(), "{ids:?}");
    }
}

#[test]
fn new_groups_that_are_named_by_ids_are_found_in_one_walk_through_the_chats() {
    let halls = Halls::new(5, "");
    let world = &halls.world;
    let _tracker = world.track();
    halls.show();
    assert_eq!(world.telegram.counts().of("messages.getDialogs"), 1);
}

#[test]
fn groups_that_are_known_are_found_in_one_request() {
    let halls = Halls::new(3, "");
    let world = &halls.world;
    world.track().stop();
    let before = world.telegram.requests().len();
    let _tracker = world.track();
    halls.show();
    let requests = world.telegram.requests().split_off(before);
    let named = |method: &str| requests.iter().filter(|request| request.method == method).collect::<Vec<_>>();
    let found = named("channels.getChannels")[0];
    assert_eq!(found.detail.matches("channel_id").count(), 3, "{found:?}");
    assert!(named("messages.getDialogs").is_empty() && named("contacts.resolveUsername").is_empty(), "{requests:?}");
}

#[test]
fn an_outage_of_the_connection_is_one_alert_that_names_the_groups() {
    let halls = Halls::new(3, "");
    let world = &halls.world;
    let _tracker = world.track();
    halls.show();
    world.telegram.faults().refuse(true);
    world.await_offline();
    world.telegram.advance(1800);
    world.telegram.faults().refuse(false);
    let told = || world.telegram.messages(world.me).into_iter().map(|message| message.text).collect::<Vec<_>>();
    world.await_that("the organiser is told", || !told().is_empty());
    halls.show();
    let texts = told();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!((0..3).all(|number| texts[0].contains(&format!("Hall {number}"))) && texts[0].contains("30m"), "{texts:?}");
}

/// As cron does: no tracker runs, and no group is named.
#[test]
fn what_is_due_is_posted_in_all_groups_and_one_that_fails_stops_none() {
    let halls = Halls::new(3, "post_time = \"09:00\"");
    let world = &halls.world;
    let tracker = world.track();
    halls.show();
    tracker.stop();
    let said = world.ok(&["post"]);
    assert_eq!(said.matches("Nothing is due").count(), 3, "{said}");
    assert!(said.starts_with("hall-0: Nothing is due."), "{said}");
    // 09:00 in Tashkent.
    world.telegram.advance(1700);
    halls.groups[0].0.ban(world.me);
    let output = world.run(&["post"]);
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("swf: hall-0: "), "{output:?}");
    let posts = halls.groups.iter().map(|(group, ..)| group.messages().len()).collect::<Vec<_>>();
    assert_eq!(posts, [0, 1, 1], "{output:?}");
    assert_eq!(world.run(&["post", "--now"]).status.code(), Some(2));
}

#[test]
fn a_group_that_does_not_exist_is_named_with_its_place_in_the_file() {
    let halls = Halls::new(2, "");
    let world = &halls.world;
    let file = world.home.path().join("groups.toml");
    let known = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, known + "[[group]]\nname = \"ghost\"\nid = \"@nobody_knows\"\n").unwrap();
    let wrong = "id of ghost in groups.toml is \"@nobody_knows\": there is no group with that name";
    let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    let words = doctor.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(wrong) && !words.contains("TELEGRAM_GROUP_USERNAME"), "{doctor}");
    let _tracker = world.track();
    world.await_that("the tracker says so", || world.log().contains(wrong));
    halls.show();
    world.await_that("status says so", || {
        let status = world.ok(&["status"]);
        let ghost = status.rsplit_once("ghost · ").unwrap().1.split_whitespace().collect::<Vec<_>>().join(" ");
        ghost.contains(&format!("last look never ({wrong})"))
    });
}
