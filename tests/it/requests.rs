//! Updates of other groups' calls, and unreadable updates, cause few requests and lose no time (rules §3).

use std::time::Duration;

use fake_telegram::{Counts, Id, Release};

use crate::home::{START, Tracker, World};

/// For how long Ada has been in the call when the tracker starts, in seconds; more than the gate.
const BEFORE: i64 = 1000;

/// The watched group with Ada in its call, a tracker that has seen her, and another group with the account in it.
struct Scene {
    world: World,
    ada: Id,
    call: i64,
    /// The call of the other group.
    other: i64,
    /// The counts before the part that is tested.
    mark: Counts,
    log_lines: usize,
    tracker: Tracker,
}

impl Scene {
    fn new() -> Scene {
        let world = World::new();
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join_at(call, ada, START - BEFORE);
        let (_, other) = world.telegram.busy_group("Chess Club", world.me);
        let tracker = world.track();
        let (mark, log_lines) = (world.telegram.counts(), world.log().lines().count());
        Scene { world, ada, call, other, mark, log_lines, tracker }
    }

    fn requests(&self) -> Counts {
        self.world.telegram.counts().since(&self.mark)
    }

    fn new_log_lines(&self) -> Vec<String> {
        self.world.log().lines().skip(self.log_lines).map(str::to_owned).collect()
    }

    /// Lets time pass, and waits until everybody has the expected time. Updates are read in order, so all earlier ones
    /// have been read by then.
    #[track_caller]
    fn pass(&self, seconds: i64, expected: &[(Id, i64)]) {
        let telegram = &self.world.telegram;
        telegram.advance(seconds);
        telegram.mute(self.call, self.ada);
        telegram.unmute(self.call, self.ada);
        self.world.await_that("everybody's time is as expected", || self.world.seconds() == expected);
    }

    /// Checks that the call was seen at all times since the tracker started.
    #[track_caller]
    fn assert_nothing_was_missed(&self) {
        assert_nothing_was_missed(&self.world);
    }

    /// Checks that there were at most this many lookups and requests.
    #[track_caller]
    fn assert_requests(&self, max_lookups: u64, max: u64) {
        let requests = self.requests();
        let lookups = requests.of("channels.getFullChannel").max(requests.of("phone.getGroupCall"));
        assert!(lookups <= max_lookups && requests.total() <= max, "{} requests: {requests}", requests.total());
    }
}

#[track_caller]
fn assert_nothing_was_missed(world: &World) {
    assert_eq!(world.today()["blind_seconds"], 0);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

/// CASES R1. A lookup is three requests; a regular check may come in between.
#[test]
fn updates_of_another_groups_call_cost_two_lookups_at_most() {
    let scene = Scene::new();
    for second in 1..=10 {
        scene.world.telegram.activity_burst(scene.other, 30);
        scene.pass(1, &[(scene.ada, BEFORE + second)]);
    }
    scene.assert_requests(2, 10);
    scene.assert_nothing_was_missed();
}

/// CASES R1.
#[test]
fn a_flood_wait_for_another_groups_call_hides_nothing_of_ours() {
    let scene = Scene::new();
    scene.world.telegram.faults().flood_wait("channels.getFullChannel", 20, 1);
    scene.world.telegram.activity_burst(scene.other, 10);
    scene.world.await_that("the unknown call is looked up", || scene.requests().of("channels.getFullChannel") > 0);
    for second in 1..=3 {
        scene.world.telegram.activity_burst(scene.other, 10);
        scene.pass(1, &[(scene.ada, BEFORE + second)]);
    }
    scene.assert_requests(1, 6);
    // Requests about our call still work: when the tracker is stopped, it reads the roster once more.
    scene.world.telegram.advance(600);
    assert_eq!(scene.tracker.stop(), Some(0));
    assert_eq!(scene.world.seconds(), [(scene.ada, BEFORE + 603)]);
    assert_nothing_was_missed(&scene.world);
}

#[test]
fn another_groups_call_that_is_described_and_discarded_changes_nothing_of_ours() {
    let scene = Scene::new();
    let telegram = &scene.world.telegram;
    for second in 1..=10 {
        telegram.push_call(scene.other);
        telegram.push_call_without_peer(scene.other);
        telegram.activity_burst(scene.other, 10);
        scene.pass(1, &[(scene.ada, BEFORE + second)]);
    }
    telegram.faults().omit_call_peer(true);
    telegram.end_call(scene.other);
    scene.pass(1, &[(scene.ada, BEFORE + 11)]);
    scene.assert_requests(2, 10);
    scene.assert_nothing_was_missed();
    assert_eq!(scene.world.today()["entries"][0]["in_call"], true);
}

#[test]
fn the_groups_next_call_is_followed_while_another_groups_call_is_busy() {
    let mut scene = Scene::new();
    let bob = scene.world.member("Bob");
    let activity = scene.world.telegram.start_activity(scene.other, Duration::from_millis(5));
    scene.world.telegram.advance(10);
    scene.call = scene.world.telegram.replace_call(scene.world.group);
    scene.world.telegram.join(scene.call, bob);
    scene.world.telegram.join(scene.call, scene.ada);
    let in_call = || {
        let board = scene.world.json(&["status", "--json"]);
        board["call"]["people"] == 2
    };
    scene.world.await_that("the next call is followed", in_call);
    scene.pass(400, &[(scene.ada, BEFORE + 410), (bob, 400)]);
    drop(activity);
    // The next call is looked up, too.
    scene.assert_requests(4, 20);
    scene.assert_nothing_was_missed();
}

/// CASES R2: 300 updates in three bursts cause one check (two requests) and one log line; another check may be due.
#[track_caller]
fn unreadable_updates_cost_few_requests(push: impl Fn(&World)) {
    let scene = Scene::new();
    for second in 1..=3 {
        push(&scene.world);
        scene.pass(1, &[(scene.ada, BEFORE + second)]);
    }
    let lines = scene.new_log_lines();
    assert!(
        lines.len() <= 3,
        "{} lines of log, {}: {:#?}",
        lines.len(),
        scene.requests(),
        &lines[..10.min(lines.len())]
    );
    assert!(scene.requests().of("phone.getGroupParticipants") > 0, "the first burst causes a check");
    scene.assert_requests(0, 8);
    scene.assert_nothing_was_missed();
}

#[test]
fn updates_of_an_unknown_constructor_cost_few_requests_and_log_lines() {
    unreadable_updates_cost_few_requests(|world| world.telegram.faults().push_unreadable(world.me, 100));
}

#[test]
fn updates_that_were_too_long_cost_few_requests_and_log_lines() {
    unreadable_updates_cost_few_requests(|world| world.telegram.faults().push_too_long(world.me, 100));
}

/// CASES R2: nothing is lost.
#[test]
fn joins_and_leaves_in_unreadable_updates_are_found() {
    let scene = Scene::new();
    let telegram = &scene.world.telegram;
    let [bob, eve] = ["Bob", "Eve"].map(|name| scene.world.member(name));
    telegram.join(scene.call, eve);
    scene.pass(400, &[(scene.ada, BEFORE + 400), (eve, 400)]);
    // All updates arrive at once. The first one causes a check, and the next check comes 5 s later.
    telegram.faults().hold_updates();
    telegram.faults().unreadable_updates(2);
    telegram.join(scene.call, bob);
    telegram.leave(scene.call, eve);
    telegram.faults().push_unreadable(scene.world.me, 100);
    telegram.faults().release_updates(Release::InOrder);
    scene.world.await_that("the changes are found", || {
        let board = scene.world.today();
        let in_call = |person: Id| {
            let entries = board["entries"].as_array().expect("entries");
            entries.iter().any(|entry| entry["user_id"] == person && entry["in_call"] == true)
        };
        in_call(scene.ada) && !in_call(eve)
    });
    scene.pass(500, &[(scene.ada, BEFORE + 900), (bob, 500), (eve, 400)]);
    scene.assert_requests(0, 8);
    scene.assert_nothing_was_missed();
}
