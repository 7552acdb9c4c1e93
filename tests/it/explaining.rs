//! Every number can be explained, and the store passes the audit (rules §2.6, §5.10).

use serde_json::Value;

use fake_telegram::Person;

use crate::home::{START, World};

/// The parts of a receipt: seconds, whether they count, and the evidence.
fn parts(receipt: &Value) -> Vec<(i64, bool, String)> {
    let part = |part: &Value| {
        let evidence = part["evidence"].as_str().unwrap().to_owned();
        (part["seconds"].as_i64().unwrap(), part["counted"].as_bool().unwrap(), evidence)
    };
    receipt["parts"].as_array().unwrap().iter().map(part).collect()
}

fn row(seconds: i64, counted: bool, evidence: &str) -> (i64, bool, String) {
    (seconds, counted, evidence.to_owned())
}

#[test]
fn a_receipt_shows_every_stay_its_evidence_and_what_was_cut() {
    let world = World::new();
    let (ada, phone, bob) = (world.member("Ada Lovelace"), world.member("Ada's phone"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    let tracker = world.track();
    world.pass(call, 1000);
    // Both accounts are in for 200 seconds; then only the phone.
    world.telegram.join(call, phone);
    world.pass(call, 200);
    world.telegram.leave(call, ada);
    world.pass(call, 300);
    tracker.kill();
    world.telegram.advance(77);
    let _tracker = world.track();
    world.pass(call, 23);
    world.telegram.leave(call, phone);
    // A visit below the gate.
    world.pass(call, 100);
    world.telegram.join(call, ada);
    world.pass(call, 50);
    world.telegram.leave(call, ada);
    world.pass(call, 100);
    let seconds = |board: &Value, who: i64| {
        let entries = board["entries"].as_array().unwrap().iter();
        entries.filter(|entry| entry["user_id"] == who).map(|entry| entry["seconds"].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!((seconds(&world.today(), ada), seconds(&world.today(), phone)), (1200, 600));
    world.ok(&["alias", "add", &ada.to_string(), &phone.to_string()]);
    assert_eq!((seconds(&world.today(), ada), seconds(&world.today(), phone)), (1600, 0));
    let receipt = world.json(&["why", "lovelace", "--json"]);
    assert_eq!(receipt["seconds"], 1600);
    assert_eq!(receipt["person"]["user_id"], ada);
    assert_eq!(
        parts(&receipt),
        [
            row(1200, true, "observed"),
            row(200, false, "observed"),
            row(300, true, "observed"),
            row(77, true, "proved"),
            row(23, true, "observed"),
            row(50, false, "observed"),
        ]
    );
    let text = world.ok(&["why", "lovelace"]);
    for words in ["in with Ada Lovelace", "not running", "less than", "rank 2 of 2"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // The same by the alias's name and by id. Without the alias, it is as before.
    assert_eq!(world.json(&["why", "phone", "--json"])["seconds"], 1600);
    assert_eq!(world.json(&["why", &phone.to_string(), "--json"])["seconds"], 1600);
    world.ok(&["audit"]);
    world.ok(&["alias", "remove", &phone.to_string()]);
    assert_eq!((seconds(&world.today(), ada), seconds(&world.today(), phone)), (1200, 600));
}

#[test]
fn a_name_that_could_be_several_is_listed_and_nobody_is_guessed() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    for name in ["Ann", "Anna"] {
        let person = world.member(name);
        world.telegram.join_at(call, person, START - 400);
    }
    let _tracker = world.track();
    assert_eq!(world.json(&["why", "ann", "--json"])["person"]["name"], "Ann");
    let output = world.run(&["why", "an"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("Ann ") && text.contains("Anna "), "{text}");
    let output = world.run(&["why", "zoe"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn accounts_that_cannot_be_aliases_are_refused_and_nothing_changes() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    for username in ["ada", "bob", "eve"] {
        let person = world.telegram.person(Person::named(username).username(username));
        world.telegram.add_member(world.group, person);
        world.telegram.join(call, person);
    }
    assert_eq!(world.track().stop(), Some(0));
    world.ok(&["alias", "add", "@ada", "bob"]);
    let before = world.ok(&["alias", "list"]);
    let refused = |args: &[&str], code: i32| {
        let output = world.run(&[&["alias", "add"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        assert_eq!(world.ok(&["alias", "list"]), before, "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    // All are removed or none.
    assert_eq!(world.run(&["alias", "remove", "bob", "nobody"]).status.code(), Some(1));
    assert_eq!(world.ok(&["alias", "list"]), before);
    assert!(refused(&["@ada", "eve", "ada"], 2).contains("ada and @ada are the same account"));
    let circle = refused(&["bob", "@ada"], 2);
    assert!(circle.contains("bob already counts as @ada") && circle.contains("swf alias remove bob"), "{circle}");
    // An alias can also be a name that nobody has been seen under.
    world.ok(&["alias", "add", "bob", "nobody_yet"]);
    let before = world.ok(&["alias", "list"]);
    assert_eq!(world.run(&["alias", "add", "nobody_yet", "ada"]).status.code(), Some(2));
    assert_eq!(world.ok(&["alias", "list"]), before);
    world.ok(&["alias", "remove", "nobody_yet"]);
    assert!(refused(&["ada", "Bob Smith"], 2).contains("use its id. To see it, run: swf why NAME"));
    world.configure("@studyhall", &[("ALIAS_GROUPS_USERNAMES", "ada:eve")]);
    let output = world.run(&["alias", "add", "bob", "eve"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    world.ok(&["alias", "add", "ada", "eve"]);
}

#[test]
fn invalid_dates_and_numbers_show_a_valid_example() {
    let world = World::new();
    assert_eq!(world.track().stop(), Some(0));
    let wrong = |args: &[&str]| {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for args in [
        &["leaderboard", "--date", "22.11.2026"][..],
        &["why", "olga", "--date", "2026-02-30"],
        &["export", "stays", "--since", "tomorrow"],
        &["backfill", "--since", "x"],
    ] {
        assert!(wrong(args).contains("it must be a date, YYYY-MM-DD, e.g. 2026-11-22"), "{args:?}");
    }
    for rows in ["0", "many"] {
        assert!(wrong(&["leaderboard", "--top", rows]).contains("it must be a whole number above 0"));
    }
    // The second line is the title; the first names the group.
    let title = |args: &[&str]| world.ok(args).lines().nth(1).unwrap().to_owned();
    assert_eq!(title(&["leaderboard", "--date", "2033-02-01"]), "Day · Tuesday 1 February · Asia/Tashkent");
    assert_eq!(title(&["leaderboard", "--date", "2032-02-01"]), "Day · Sunday 1 February 2032 · Asia/Tashkent");
    assert_eq!(title(&["leaderboard", "week", "--date", "2032-02-10"]), "Week · 9–15 February 2032 · Asia/Tashkent");
    assert!(title(&["why", "olga", "--date", "2032-02-01"]).ends_with("· Sunday 1 February 2032"));
    assert!(title(&["why", "olga", "month", "--date", "2032-02-01"]).ends_with("· February 2032"));
}

#[test]
fn aliases_of_the_environment_hold_by_id_once_the_id_is_known() {
    use fake_telegram::Person;
    let world = World::new();
    let ada = world.telegram.person(Person::named("Ada").username("ada"));
    let work = world.telegram.person(Person::named("Ada at work").username("ada_work"));
    world.telegram.add_member(world.group, ada);
    world.telegram.add_member(world.group, work);
    world.configure("@studyhall", &[("ALIAS_GROUPS_USERNAMES", "ada:ada_work")]);
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 600);
    world.telegram.join_at(call, work, START - 900);
    let _tracker = world.track();
    assert_eq!(world.seconds(), [(ada, 900)]);
    // A renamed account keeps its person, also when somebody else takes the name.
    world.telegram.rename(work, Person::named("Somebody").username("somebody"));
    world.telegram.rename(ada, Person::named("Ada").username("lovelace"));
    let thief = world.telegram.person(Person::named("Thief").username("ada_work"));
    world.telegram.add_member(world.group, thief);
    world.telegram.join_at(call, thief, START - 400);
    world.pass(call, 100);
    let mut expected = [(ada, 1000), (thief, 500)];
    expected.sort_unstable();
    assert_eq!(world.seconds(), expected);
    let output = world.run(&["alias", "remove", "ada_work"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("ALIAS_GROUPS_USERNAMES"), "{output:?}");
    world.configure("@studyhall", &[]);
    assert_eq!(world.seconds().len(), 3);
}

// CASES G10.
#[test]
fn a_member_is_found_by_every_active_username() {
    use fake_telegram::Person;
    let world = World::new();
    let ada = world.telegram.person(Person::named("Ada").username("ada").also("Countess"));
    let phone = world.telegram.person(Person::named("Phone").username("phone"));
    world.telegram.add_member(world.group, ada);
    world.telegram.add_member(world.group, phone);
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 900);
    world.telegram.join_at(call, phone, START - 600);
    let tracker = world.track();
    assert_eq!(world.json(&["why", "@countess", "--json"])["person"]["user_id"], ada);
    world.ok(&["alias", "add", "@countess", "@phone"]);
    assert_eq!(world.seconds(), [(ada, 900)]);
    world.ok(&["alias", "remove", "@phone"]);
    // She gets another username while swf watches, and gives up the first one.
    world.telegram.rename(ada, Person::named("Ada").username("ada").also("lovelace"));
    world.pass(call, 100);
    assert_eq!(world.json(&["why", "@lovelace", "--json"])["person"]["user_id"], ada);
    assert_eq!(world.run(&["why", "@countess"]).status.code(), Some(1));
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn an_alias_of_somebody_not_seen_yet_is_theirs_by_id_and_can_be_undone_by_any_of_their_names() {
    use fake_telegram::Person;
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 600);
    let tracker = world.track();
    for by_id in [false, true] {
        let name = format!("phone_{by_id}");
        world.ok(&["alias", "add", &ada.to_string(), &format!("@{name}")]);
        let phone = world.telegram.person(Person::named("Phone").username(&name));
        world.telegram.add_member(world.group, phone);
        world.telegram.join_at(call, phone, START - 900);
        world.pass(call, 100);
        assert!(world.seconds().iter().all(|(who, _)| *who != phone), "{:?}", world.seconds());
        // The account is renamed; then somebody else takes the old name.
        world.telegram.rename(phone, Person::named("Mobile").username(&format!("mobile_{by_id}")));
        world.pass(call, 10);
        let other = world.telegram.person(Person::named("Other").username(&name));
        world.telegram.add_member(world.group, other);
        world.telegram.join_at(call, other, START - 500);
        world.pass(call, 10);
        let list = world.ok(&["alias", "list"]);
        assert!(list.contains(&format!("@mobile_{by_id}, {phone}")), "{list}");
        // The list shows the account by its current name and its id.
        let text = if by_id { phone.to_string() } else { "@mobile_false".to_owned() };
        world.ok(&["alias", "remove", &text]);
        assert!(world.seconds().iter().any(|(who, _)| *who == phone));
        // The name now means the other account.
        world.ok(&["alias", "add", &world.me.to_string(), &format!("@{name}")]);
        let aliases = world.json(&["alias", "list", "--json"]);
        assert_eq!(aliases["aliases"][0]["alias_id"], other, "{aliases:#}");
        world.ok(&["alias", "remove", &format!("@{name}")]);
        assert_eq!(world.json(&["alias", "list", "--json"])["aliases"], Value::Array(Vec::new()));
    }
    drop(tracker);
}

#[test]
fn what_is_known_beyond_the_last_look_is_proved_from_the_first_moment_on() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    // An update is lost, and the reads that would fill the gap fail. Then Ada is seen speaking.
    let faults = world.telegram.faults();
    faults.error("phone.getGroupParticipants", 500, "INTERNAL", 2);
    faults.drop_updates(1);
    world.telegram.mute(call, ada);
    world.telegram.advance(600);
    world.telegram.speak(call, ada);
    world.await_that("she is heard", || world.seconds() == [(ada, 1600)]);
    let receipt = || parts(&world.json(&["why", "ada", "--json"]));
    assert_eq!(receipt(), [row(1000, true, "observed"), row(600, true, "proved")]);
    assert_eq!(world.today()["entries"][0]["proved_seconds"], 600);
    // The receipt stays the same.
    tracker.kill();
    let _tracker = world.track();
    assert_eq!(receipt(), [row(1000, true, "observed"), row(600, true, "proved")]);
}

#[test]
fn a_channel_that_joined_is_named_by_its_id_as_everybody_is() {
    let world = World::new();
    let channel = world.telegram.channel("Night owls");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, channel, START - 600);
    let _tracker = world.track();
    // The id of a channel is negative.
    let id = channel.to_string();
    assert_eq!(world.json(&["why", &id, "--json"])["seconds"], 600);
    world.ok(&["alias", "add", &world.me.to_string(), &id]);
    assert_eq!(world.seconds(), [(world.me, 600)]);
    world.ok(&["alias", "remove", &id]);
    world.ok(&["alias", "add", &id, &world.me.to_string()]);
    assert_eq!(world.seconds(), [(channel, 600)]);
}

#[test]
fn an_audit_finds_what_does_not_add_up() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    world.telegram.leave(call, ada);
    world.telegram.advance(100);
    world.telegram.join(call, ada);
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    let report = world.json(&["audit", "--json"]);
    assert_eq!((&report["findings"], &report["days"]), (&0.into(), &1.into()));
    // The file was changed by hand: the first stay overlaps the second.
    let store = rusqlite::Connection::open(world.home.path().join("var/study.db")).unwrap();
    store.execute("UPDATE stays SET ended = ended + 500 WHERE ended IS NOT NULL", []).unwrap();
    let output = world.run(&["audit"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the next begins"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_question_restores_the_cursor() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    for name in ["Ada", "Adam"] {
        let person = world.member(name);
        world.telegram.join(call, person);
    }
    assert_eq!(world.track().stop(), Some(0));
    let mut terminal = crate::terminal::Terminal::start(world.command(&["why", "ad"]));
    terminal.await_text("> Ada");
    terminal.await_question();
    terminal.press("\u{3}");
    let (code, text) = terminal.end_raw();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("stopped; nothing was done"), "{text}");
    assert!(text.rfind("\u{1b}[?25h") > text.rfind("\u{1b}[?25l"), "{text:?}");
}
