//! A call is tracked, and its times are right (rules §2, §3).

use fake_telegram::{Moment, Person, Release};

use crate::home::{START, World};

/// Checks that the program did nothing that a correct client would not do.
fn well_behaved(world: &World) {
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn somebody_who_joined_before_the_tracker_has_all_of_their_time() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 2400);
    let tracker = world.track();
    assert_eq!(world.seconds(), [(ada, 2400)]);
    let board = world.today();
    assert_eq!(board["entries"][0]["in_call"], true);
    assert_eq!(board["entries"][0]["proved_seconds"], 2400);
    // The time before the first start is not blind (rules §2.16).
    assert_eq!((&board["blind_seconds"], &board["final"]), (&0.into(), &false.into()));
    assert_eq!(tracker.stop(), Some(0));
    assert!(!world.log().contains("was not seen"), "{}", world.log());
    well_behaved(&world);
}

#[test]
fn a_call_that_ends_closes_every_stay_at_its_end() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let tracker = world.track();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.pass(call, 1000);
    world.telegram.join(call, bob);
    world.pass(call, 500);
    world.telegram.advance(7);
    world.telegram.end_call(call);
    world.await_confirmed();
    // Nobody is credited after the end.
    world.telegram.advance(5000);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.seconds(), [(ada, 1507), (bob, 507)]);
    assert!(world.today()["entries"].as_array().unwrap().iter().all(|entry| entry["in_call"] == false));
    well_behaved(&world);
}

#[test]
fn joins_and_leaves_count_to_the_second() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track();
    world.pass(call, 333);
    world.telegram.join(call, bob);
    world.pass(call, 444);
    world.telegram.leave(call, bob);
    world.pass(call, 555);
    // Bob returns within the rejoin grace: one session, and the gap earns nothing. Ada does not return.
    world.telegram.join(call, bob);
    world.telegram.leave(call, ada);
    world.pass(call, 321);
    assert_eq!(world.seconds(), [(ada, 1332), (bob, 444 + 321)]);
    well_behaved(&world);
}

#[test]
fn muting_speaking_and_raising_a_hand_change_nothing() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track();
    for _ in 0..5 {
        world.telegram.advance(100);
        world.telegram.mute(call, ada);
        world.telegram.speak(call, ada);
        world.telegram.unmute(call, ada);
        world.telegram.raise_hand(call, ada);
        world.await_confirmed();
    }
    assert_eq!(world.seconds(), [(ada, 500)]);
    well_behaved(&world);
}

#[test]
fn people_over_three_pages_that_reorder_are_all_there_once_each() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    let mut expected: Vec<(i64, i64)> = (0..250)
        .map(|number| {
            let person = world.member(&format!("Person {number}"));
            world.telegram.join_at(call, person, START - 600 - number);
            (person, 600 + number)
        })
        .collect();
    expected.sort_unstable();
    world.telegram.faults().shuffle_pages(true);
    let tracker = world.track();
    // The first read may have missed people because of the reordering. The check sees that the count is wrong, and the
    // tracker reads again.
    world.await_that("everybody is there", || world.today()["people"] == 250);
    assert_eq!(world.seconds(), expected);
    tracker.kill();
    // A second tracker does not lose anybody, either: it requests people who are missing from the pages by id.
    world.telegram.advance(60);
    let _tracker = world.track();
    let later: Vec<(i64, i64)> = expected.iter().map(|(person, seconds)| (*person, seconds + 60)).collect();
    world.await_that("everybody is still there", || world.seconds() == later);
    well_behaved(&world);
}

/// Access hashes belong to one account: another account uses its own, or none.
#[test]
fn another_account_continues_where_the_first_one_stopped() {
    let mut world = World::new();
    let call = world.telegram.start_call(world.group);
    let people: Vec<i64> = (0..150).map(|number| world.member(&format!("Person {number}"))).collect();
    for person in &people {
        world.telegram.join(call, *person);
    }
    let tracker = world.track();
    world.pass(call, 600);
    tracker.kill();
    world.telegram.leave(call, people[7]);
    world.telegram.advance(60);
    world.me = world.telegram.person(Person::named("Other").username("other"));
    world.telegram.add_member(world.group, world.me);
    world.configure("@studyhall", &[]);
    let _tracker = world.track();
    world.pass(call, 40);
    let seconds = |person: &i64| (*person, if *person == people[7] { 600 } else { 700 });
    assert_eq!(world.seconds(), people.iter().map(seconds).collect::<Vec<_>>());
    well_behaved(&world);
}

/// For example a channel that has become private, or an access hash that is no longer valid: other people lose no time.
#[test]
fn a_person_unknown_to_telegram_does_not_prevent_asking_about_others() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    let people: Vec<i64> = (0..150).map(|number| world.member(&format!("Person {number}"))).collect();
    for person in &people {
        world.telegram.join(call, *person);
    }
    let tracker = world.track();
    world.pass(call, 600);
    tracker.kill();
    for gone in [3, 7, 8, 40] {
        world.telegram.leave(call, people[gone]);
    }
    let store = rusqlite::Connection::open(world.home.path().join("var/study.db")).unwrap();
    store.execute("UPDATE access_hashes SET hash = 1 WHERE peer = ?1", [people[7]]).unwrap();
    drop(store);
    world.telegram.advance(60);
    let _tracker = world.track();
    world.pass(call, 40);
    let seconds = |index: usize| if [3, 7, 8, 40].contains(&index) { 600 } else { 700 };
    assert_eq!(world.seconds(), (0..150).map(|index| (people[index], seconds(index))).collect::<Vec<_>>());
}

#[test]
fn a_cut_of_the_network_loses_nobody_a_second() {
    let world = World::new();
    let (ada, bob, eve) = (world.member("Ada"), world.member("Bob"), world.member("Eve"));
    let call = world.telegram.start_call(world.group);
    for person in [ada, bob, eve] {
        world.telegram.join(call, person);
    }
    let _tracker = world.track();
    world.pass(call, 1000);
    world.telegram.faults().refuse(true);
    world.telegram.advance(10);
    // Bob leaves during the outage, and nobody can know when. Eve leaves and comes back.
    world.telegram.leave(call, bob);
    world.telegram.leave(call, eve);
    world.telegram.advance(5);
    world.telegram.join(call, eve);
    world.telegram.advance(5);
    world.telegram.faults().refuse(false);
    world.await_confirmed();
    world.pass(call, 600);
    assert_eq!(world.seconds(), [(ada, 1620), (bob, 1000), (eve, 1000 + 605)]);
    let board = world.today();
    assert_eq!(board["blind_seconds"], 20);
    assert_eq!(board["entries"][0]["proved_seconds"], 20);
    well_behaved(&world);
}

#[test]
fn a_server_that_goes_silent_on_an_open_socket_loses_nobody_a_second() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track();
    world.pass(call, 1000);
    let connections = world.telegram.requests().len();
    // A gap makes the tracker read the call, and this request is never answered.
    world.telegram.faults().pause("phone.getGroupParticipants", Moment::Read, 1);
    world.telegram.faults().version_jump(call, 3);
    world.telegram.mute(call, ada);
    world.await_that("a request is held", || world.telegram.paused() > 0);
    world.telegram.faults().silence(true);
    world.telegram.advance(60);
    world.await_offline();
    // Meanwhile nothing is credited.
    assert_eq!(world.seconds(), [(ada, 1000)]);
    world.telegram.faults().silence(false);
    world.telegram.faults().resume();
    world.await_confirmed();
    assert!(world.telegram.requests().len() > connections);
    world.pass(call, 40);
    assert_eq!(world.seconds(), [(ada, 1100)]);
    assert_eq!(world.today()["entries"][0]["proved_seconds"], 60);
    well_behaved(&world);
}

#[test]
fn a_killed_tracker_loses_nobody_a_second_who_stays() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    let tracker = world.track();
    world.pass(call, 1000);
    tracker.kill();
    world.telegram.advance(300);
    world.telegram.leave(call, bob);
    world.telegram.advance(300);
    // A dead tracker credits nothing.
    assert_eq!(world.seconds(), [(ada, 1000), (bob, 1000)]);
    let tracker = world.track();
    assert_eq!(world.seconds(), [(ada, 1600), (bob, 1000)]);
    // When it returns, another call runs: nothing is proved about the old one.
    tracker.kill();
    world.telegram.advance(100);
    let call = world.telegram.replace_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.advance(400);
    let _tracker = world.track();
    assert_eq!(world.seconds(), [(ada, 2000), (bob, 1000)]);
    well_behaved(&world);
}

#[test]
fn updates_that_are_lost_doubled_or_turned_around_change_no_time() {
    let world = World::new();
    let people: Vec<i64> = (0..6).map(|number| world.member(&format!("Person {number}"))).collect();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, people[0]);
    let _tracker = world.track();
    world.pass(call, 400);
    let faults = world.telegram.faults();
    faults.duplicate_updates(2);
    world.telegram.join(call, people[1]);
    world.telegram.join(call, people[2]);
    world.pass(call, 400);
    // Updates arrive in reverse order, within the second that a gap may take to fill.
    faults.hold_updates();
    world.telegram.join(call, people[3]);
    world.telegram.advance(1);
    world.telegram.leave(call, people[1]);
    world.telegram.advance(1);
    world.telegram.join(call, people[4]);
    faults.release_updates(Release::Reversed);
    world.pass(call, 398);
    // One update is lost. The next one shows the gap, and a read fills it.
    faults.drop_updates(1);
    world.telegram.join(call, people[5]);
    world.pass(call, 400);
    let minutes: Vec<i64> = world.seconds().into_iter().map(|(_, seconds)| seconds).collect();
    assert_eq!(minutes, [1600, 401, 1200, 800, 798, 400]);
    // A version that increases without an update is a gap, too.
    faults.version_jump(call, 3);
    world.pass(call, 100);
    world.await_that("the gap is closed", || world.seconds()[0].1 == 1700);
    well_behaved(&world);
}

#[test]
fn errors_never_mean_that_somebody_left() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let faults = world.telegram.faults();
    faults.error("phone.getGroupParticipants", 500, "INTERNAL", 1);
    faults.error("phone.getGroupCall", 400, "GROUPCALL_INVALID", 1);
    faults.malformed("phone.getGroupParticipants", 1);
    faults.hang("channels.getFullChannel", 1);
    let tracker = world.track_blindly();
    world.telegram.advance(700);
    world.await_confirmed();
    assert_eq!(world.seconds(), [(ada, 700)]);
    faults.flood_wait("phone.getGroupParticipants", 1, 1);
    tracker.kill();
    let _tracker = world.await_request("phone.getGroupParticipants", || world.track_blindly());
    assert_eq!(world.seconds(), [(ada, 700)]);
    world.telegram.advance(50);
    world.await_confirmed();
    world.pass(call, 50);
    assert_eq!(world.seconds(), [(ada, 800)]);
    well_behaved(&world);
}

#[test]
fn what_is_not_the_groups_call_is_not_tracked() {
    let world = World::new();
    let ada = world.member("Ada");
    let _tracker = world.track();
    world.telegram.faults().omit_call_peer(true);
    let story = world.telegram.live_story(world.group);
    let conference = world.telegram.conference(world.group);
    let planned = world.telegram.schedule_call(world.group, START + 4000);
    for call in [story, conference] {
        world.telegram.join(call, ada);
    }
    world.telegram.advance(1000);
    world.telegram.start_scheduled(planned);
    world.telegram.join(planned, ada);
    world.telegram.advance(500);
    world.telegram.mute(planned, ada);
    world.await_that("the planned call is followed once it has begun", || world.seconds() == [(ada, 500)]);
}

#[test]
fn channels_count_and_bots_do_not() {
    let world = World::new();
    let bot = world.telegram.person(Person::named("Robot").bot());
    world.telegram.add_member(world.group, bot);
    let channel = world.telegram.channel("Night owls");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, bot);
    world.telegram.join(call, channel);
    world.telegram.join(call, world.me);
    world.telegram.faults().min_objects(true);
    let _tracker = world.track();
    world.pass(call, 900);
    let mut expected = [(channel, 900), (world.me, 900)];
    expected.sort_unstable();
    assert_eq!(world.seconds(), expected);
    world.configure("@studyhall", &[("SWF_TRACK_SELF", "false")]);
    assert_eq!(world.seconds(), [(channel, 900)]);
    well_behaved(&world);
}

/// A basic group in which Bob was in a call that has ended, and Ada is in another one; both calls are tracked.
fn evening_class() -> (World, i64, [i64; 2], i64) {
    let world = World::new();
    let basic = world.telegram.basic_group("Evening class");
    let (ada, bob) = (world.telegram.person(Person::named("Ada")), world.telegram.person(Person::named("Bob")));
    for person in [world.me, ada, bob] {
        world.telegram.add_member(basic, person);
    }
    world.configure("Evening class", &[]);
    let call = world.telegram.start_call(basic);
    world.telegram.join_at(call, bob, START - 400);
    let tracker = world.track();
    world.telegram.advance(1);
    world.telegram.end_call(call);
    world.await_confirmed();
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(1);
    let call = world.telegram.start_call(basic);
    world.telegram.join(call, ada);
    (world, basic, [ada, bob], call)
}

#[test]
fn a_basic_group_that_becomes_a_supergroup_keeps_its_history() {
    let (world, basic, [ada, bob], call) = evening_class();
    let tracker = world.track();
    world.pass(call, 600);
    assert_eq!(world.seconds(), [(ada, 600), (bob, 401)]);
    tracker.kill();
    world.telegram.advance(60);
    let supergroup = world.telegram.migrate(basic);
    let tracker = world.track();
    assert_eq!(world.seconds(), [(ada, 660), (bob, 401)]);
    assert_eq!(world.today()["group"]["id"], supergroup);
    assert_eq!(tracker.stop(), Some(0));
    well_behaved(&world);
}

#[test]
fn a_group_that_became_a_supergroup_while_nothing_ran_keeps_its_history() {
    let (world, basic, [ada, bob], call) = evening_class();
    let supergroup = world.telegram.migrate(basic);
    world.telegram.advance(600);
    world.configure(&world.telegram.invite_link(supergroup), &[]);
    let _tracker = world.track();
    world.pass(call, 60);
    assert_eq!(world.seconds(), [(ada, 660), (bob, 401)]);
    assert_eq!(world.today()["group"]["id"], supergroup);
    well_behaved(&world);
}

#[test]
fn a_group_that_becomes_a_supergroup_under_a_running_tracker_is_tracked_on() {
    let (world, basic, [ada, bob], call) = evening_class();
    let _tracker = world.track();
    world.pass(call, 600);
    let supergroup = world.telegram.migrate(basic);
    world.telegram.advance(60);
    // The tracker finds out at its next lookup of the group.
    world.telegram.faults().cut();
    world.await_that("the group is the supergroup", || world.today()["group"]["id"] == supergroup);
    world.await_confirmed();
    world.pass(call, 40);
    assert_eq!(world.seconds(), [(ada, 700), (bob, 401)]);
    well_behaved(&world);
}

#[test]
fn the_group_is_found_by_any_of_its_names() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 300);
    let invite = world.telegram.invite_link(world.group);
    for name in ["studyhall", "@StudyHall", "https://t.me/studyhall", &invite, "Study Hall"] {
        world.configure(name, &[]);
        let tracker = world.track();
        assert_eq!(world.seconds(), [(ada, 300)], "{name}");
        assert_eq!(tracker.stop(), Some(0));
    }
    world.configure("@nobodyhere", &[]);
    let tracker = world.track_blindly();
    assert_eq!(tracker.end(), Some(78));
    assert!(world.log().contains("TELEGRAM_GROUP_USERNAME"), "{}", world.log());
}

#[test]
fn a_login_that_is_gone_for_good_stops_the_tracker_and_says_why() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.me);
    let tracker = world.track();
    world.telegram.faults().duplicated_key(world.me);
    world.telegram.faults().cut();
    assert_eq!(tracker.end(), Some(78));
    assert!(world.log().contains("old tracker"), "{}", world.log());
    let revoked = World::new();
    revoked.telegram.faults().revoke(revoked.me);
    assert_eq!(revoked.track_blindly().end(), Some(78));
    assert!(revoked.log().contains("signed out"), "{}", revoked.log());
    assert!(!revoked.log().contains(&revoked.telegram.login_string(revoked.me)));
}

#[test]
fn a_tracker_stops_at_once_even_if_telegram_does_not_answer() {
    let world = World::new();
    world.telegram.faults().silence(true);
    let tracker = world.track_blindly();
    world.await_that("it tries to connect", || world.telegram.connections() > 0);
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn a_stopped_tracker_reads_the_call_once_more() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    let tracker = world.track();
    world.telegram.advance(600);
    world.telegram.faults().drop_updates(1);
    world.telegram.leave(call, bob);
    world.telegram.advance(11);
    assert_eq!(tracker.stop(), Some(0));
    // There was no read before the end: Ada was seen at the end, and it is unknown when Bob left.
    assert_eq!(world.seconds(), [(ada, 611)]);
    well_behaved(&world);
}

#[test]
fn the_last_read_of_a_stopped_tracker_may_fail() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 600);
    world.telegram.advance(11);
    world.telegram.faults().silence(true);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.seconds(), [(ada, 600)]);
}

#[test]
fn a_second_tracker_on_the_same_store_is_refused() {
    let world = World::new();
    let _tracker = world.track();
    let second = world.run(&["track"]);
    assert_eq!(second.status.code(), Some(75), "{second:?}");
    assert!(String::from_utf8_lossy(&second.stderr).contains("already running"), "{second:?}");
}

#[test]
fn a_system_clock_that_is_ahead_is_named_and_one_that_is_behind_is_exact() {
    // All other tests run with a system clock that is years behind. This one is ahead.
    let world = World::behind_the_system(1000);
    let tracker = world.track_blindly();
    world.await_that("the clock is named", || world.log().contains("clock is 16m ahead of Telegram's"));
    assert_eq!(tracker.stop(), Some(0));
}
