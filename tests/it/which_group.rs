//! A group is identified by its id, whatever its name (rules §3.7).

use fake_telegram::Id;

use crate::home::{START, World};

/// A tracker watched the group under `@studyhall`, with Ada in its call, and ended.
fn watched() -> (World, Id, i64) {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1000);
    let tracker = world.track();
    assert_eq!(tracker.stop(), Some(0));
    (world, ada, call)
}

/// Checks that the tracker continues with the group of the store.
#[track_caller]
fn goes_on(world: &World, ada: Id, call: i64) {
    let tracker = world.track();
    let before = world.seconds();
    world.pass(call, 60);
    assert_eq!(world.seconds(), [(ada, before[0].1 + 60)]);
    assert_eq!(world.today()["group"]["id"], world.group);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

/// CASES G1: the group was renamed, and a stranger's group has its name.
#[test]
fn a_name_that_another_group_has_taken_still_means_the_known_group() {
    let (world, ada, call) = watched();
    world.telegram.rename_group(world.group, "Study Hall", Some("newname"));
    let stranger = world.telegram.supergroup("Stranger", Some("studyhall"));
    let foreign = world.telegram.start_call(stranger);
    world.telegram.join_at(foreign, ada, START - 1000);
    goes_on(&world, ada, call);
    assert_eq!(world.today()["group"]["username"], "newname");
    assert_eq!(world.telegram.counts().of("contacts.resolveUsername"), 1);
}

/// CASES G3: the group has no public name any more.
#[test]
fn a_group_without_its_name_goes_on() {
    let (world, ada, call) = watched();
    world.telegram.rename_group(world.group, "Study Hall", None);
    goes_on(&world, ada, call);
}

/// CASES G4: a limit on looking up names does not stop a known group.
#[test]
fn a_limit_on_looking_up_names_does_not_stop_a_known_group() {
    let (world, ada, call) = watched();
    world.telegram.faults().flood_wait("contacts.resolveUsername", 74263, 9);
    goes_on(&world, ada, call);
}

/// CASES G5: a known group is not searched for in the list of chats.
#[test]
fn a_known_group_is_not_searched_for() {
    let (world, ada, call) = watched();
    let before = world.telegram.counts();
    world.configure(&world.group.to_string(), &[]);
    goes_on(&world, ada, call);
    let requests = world.telegram.counts().since(&before);
    assert_eq!((requests.of("messages.getDialogs"), requests.of("channels.getChannels")), (0, 1));
}

/// CASES G5: a new setting with an id, and the group far down in a long list of chats.
#[test]
fn a_group_named_by_its_id_is_found_among_2500_chats() {
    let world = World::new();
    for number in 0..2500 {
        let other = world.telegram.supergroup(&format!("Group {number}"), None);
        world.telegram.add_member(other, world.me);
    }
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.member("Ada"));
    world.configure(&world.group.to_string(), &[]);
    let tracker = world.track();
    assert_eq!(world.status()["group"], "Study Hall");
    assert!(world.telegram.counts().of("messages.getDialogs") <= 26);
    assert_eq!(tracker.stop(), Some(0));
    // The next start does not search.
    let before = world.telegram.counts();
    assert_eq!(world.track().stop(), Some(0));
    assert_eq!(world.telegram.counts().since(&before).of("messages.getDialogs"), 0);
}

/// CASES G1: the account was removed from the group, but could still read it.
#[test]
fn a_group_that_the_account_has_left_is_refused() {
    let (world, _, _) = watched();
    world.telegram.remove_member(world.group, world.me);
    let output = world.run(&["track"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not in that group"), "{output:?}");
}

/// CASES G2: the username of a stranger's group equals the title of the account's own group.
#[test]
fn the_accounts_own_group_is_preferred_to_a_strangers_name() {
    let world = World::new();
    let own = world.telegram.supergroup("NightHall", None);
    world.telegram.add_member(own, world.me);
    world.telegram.supergroup("Stranger", Some("nighthall"));
    world.configure("NightHall", &[]);
    let tracker = world.track();
    assert_eq!(world.today()["group"]["id"], own);
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn a_strangers_group_is_refused() {
    let world = World::new();
    world.telegram.supergroup("Stranger", Some("nighthall"));
    world.configure("@nighthall", &[]);
    let output = world.run(&["track"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
}

/// CASES G2, G6: a title is found in the form in which people read it; a link to something else is reported.
#[test]
fn a_title_is_found_by_how_it_reads_and_a_link_to_something_else_is_named() {
    let world = World::new();
    let own = world.telegram.supergroup("\u{202e}𝐄𝐯𝐞𝐧𝐢𝐧𝐠\u{200b}  Hall", None);
    world.telegram.add_member(own, world.me);
    world.configure("evening hall", &[]);
    let tracker = world.track();
    assert_eq!(world.today()["group"]["id"], own);
    assert_eq!(tracker.stop(), Some(0));
    let other = World::new();
    for (name, what) in [
        ("https://t.me/addlist/AbC", "a folder of chats"),
        ("tg://user?id=5", "a person"),
        ("https://t.me/share/url?url=x", "no group"),
        ("17", "no group with that id"),
    ] {
        other.configure(name, &[]);
        let output = other.run(&["track"]);
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(what), "{output:?}");
    }
}

/// CASES G1: the account is removed while the tracker runs, and added again.
#[test]
fn an_account_that_is_taken_back_goes_on_by_itself() {
    let (world, ada, call) = watched();
    let tracker = world.track();
    world.telegram.remove_member(world.group, world.me);
    world.telegram.advance(120);
    world.await_request("channels.getFullChannel", || world.telegram.faults().cut());
    world.telegram.add_member(world.group, world.me);
    world.telegram.advance(300);
    world.telegram.faults().cut();
    world.await_confirmed();
    world.pass(call, 60);
    assert_eq!(world.seconds(), [(ada, 1000 + 120 + 300 + 60)]);
    assert_eq!(tracker.stop(), Some(0));
}

/// CASES G9, and the titles of CASES G2.
#[test]
fn two_own_groups_of_one_title_are_not_guessed_and_a_channel_is_named() {
    let world = World::new();
    for title in ["Evening", "Evening"] {
        let group = world.telegram.supergroup(title, None);
        world.telegram.add_member(group, world.me);
    }
    let channel = world.telegram.channel("News");
    world.telegram.add_member(channel, world.me);
    for (name, what) in [("Evening", "several groups"), (&channel.to_string(), "that is a channel")] {
        world.configure(name, &[]);
        let output = world.run(&["track"]);
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(what), "{output:?}");
    }
}

/// CASES G7: the settings name a group that was never watched.
#[test]
fn a_group_that_was_never_watched_is_said() {
    let (world, _, _) = watched();
    world.configure("@another_group", &[]);
    let output = world.run(&["leaderboard"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("@another_group") && said.contains("Study Hall"), "{output:?}");
    for args in [&["leaderboard"][..], &["leaderboard", "week"], &["why", "Ada"]] {
        assert!(world.ok(args).starts_with("Study Hall\n"), "{args:?}");
    }
    assert_eq!(world.today()["group"]["title"], "Study Hall");
    let output = world.run(&["post", "--now", "--dry-run"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
}

/// CASES G11: titles are kept up to date.
#[test]
fn a_new_title_is_taken_over_while_watching() {
    let (world, _, _) = watched();
    let tracker = world.track();
    world.telegram.rename_group(world.group, "Night Hall", Some("nighthall"));
    world.await_that("the new title is stored", || world.today()["group"]["title"] == "Night Hall");
    assert_eq!(world.today()["group"]["username"], "nighthall");
    assert_eq!(tracker.stop(), Some(0));
}
