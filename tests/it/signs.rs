//! Signs of life in the call, as Telegram shows them (rules §2.25).

use chrono::{TimeZone, Utc};
use fake_telegram::{Message, Person};
use serde_json::Value;
use swf::domain::PeerId;
use swf::store::Access;

use crate::home::{START, World};

/// The times of somebody's signs of life, in seconds since the start.
fn signs(world: &World, person: i64) -> Vec<i64> {
    let (store, group) = world.store(Access::Read);
    store.signs_of(group, PeerId(person)).unwrap().iter().map(|at| at.0 - START).collect()
}

#[test]
fn what_people_do_in_the_call_is_stored_and_being_there_is_not() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_SILENCE", "record")]);
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    let tracker = world.track_without_posting();
    world.await_confirmed();
    let telegram = &world.telegram;
    // Each act is a sign. The state before them was seen in the first read.
    let acts: [&dyn Fn(); 9] = [
        &|| telegram.mute(call, ada),
        &|| telegram.unmute(call, ada),
        &|| telegram.raise_hand(call, ada),
        &|| telegram.lower_hand(call, ada),
        &|| telegram.video(call, ada, true),
        &|| telegram.video(call, ada, false),
        &|| telegram.screen(call, ada, true),
        &|| telegram.screen(call, ada, false),
        &|| telegram.speak(call, ada),
    ];
    for act in acts {
        telegram.advance(700);
        act();
        // An update about somebody else confirms the roster, because an update about speech has no version.
        telegram.leave(call, bob);
        telegram.join(call, bob);
        world.await_confirmed();
    }
    let expected: Vec<i64> = (1..=9).map(|act| act * 700).collect();
    assert_eq!((signs(&world, ada), signs(&world, bob)), (expected, vec![]));
    // An open microphone gives no further signs, and two signs at once count as one.
    for _ in 0..3 {
        telegram.advance(700);
        telegram.speak(call, ada);
        telegram.mute(call, bob);
        telegram.unmute(call, bob);
        world.await_confirmed();
    }
    assert_eq!((signs(&world, ada).len(), signs(&world, bob)), (9, vec![7000, 7700, 8400]));
    assert_eq!(tracker.stop(), Some(0));
    let folder = world.home.path().join("for-ada");
    world.ok(&["person", "export", "ada", "-o", folder.to_str().unwrap()]);
    let person = std::fs::read_to_string(folder.join("person.json")).unwrap();
    let person: Value = serde_json::from_str(&person).unwrap();
    assert_eq!(person["signs_of_life"].as_array().unwrap().len(), 9);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn without_the_setting_nothing_is_stored_and_no_credited_second_differs() {
    let seconds = ["off", "record"].map(|setting| {
        let world = World::new();
        world.configure("@studyhall", &[("SWF_SILENCE", setting)]);
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, ada);
        let tracker = world.track_without_posting();
        world.telegram.advance(700);
        world.telegram.video(call, ada, true);
        world.await_confirmed();
        world.telegram.advance(700);
        world.telegram.video(call, ada, false);
        world.await_confirmed();
        assert_eq!(tracker.stop(), Some(0));
        assert_eq!(signs(&world, ada).is_empty(), setting == "off");
        world.seconds().iter().map(|(_, seconds)| *seconds).collect::<Vec<_>>()
    });
    assert_eq!(seconds, [vec![1400], vec![1400]]);
}

const HOUR: i64 = 3600;

/// The seconds and ranked seconds of each row of a day's board, by name.
fn ranked(world: &World, date: &str) -> Vec<(String, i64, i64)> {
    let board = world.json(&["leaderboard", "--date", date, "--json"]);
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let row =
        |row: &Value| (row["name"].as_str().unwrap().to_owned(), number(row, "seconds"), number(row, "ranked_seconds"));
    board["entries"].as_array().unwrap().iter().map(row).collect()
}

/// One person is asleep in the call, and the other one mutes and unmutes every hour.
#[test]
fn a_long_silence_does_not_rank_from_the_day_on_that_a_post_has_announced() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_SILENCE", "3h")]);
    // The first participant mutes and unmutes in `World::pass`.
    let (bob, ada) = (world.member("Bob"), world.member("Ada"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    // The participant whom `World::pass` mutes and unmutes.
    let (moving, _) = world.telegram.participants(call)[0];
    let (awake, asleep) = if moving == ada { ("Ada", "Bob") } else { ("Bob", "Ada") };
    let tracker = world.track();
    world.await_confirmed();
    assert!(world.ok(&["silence"]).contains("from the day after the next daily post on"));
    // Until 21:30, and then until noon of the next day.
    world.pass(call, HOUR - 2000);
    (0..12).for_each(|_| world.pass(call, HOUR));
    world.pass(call, 1800);
    let texts = || world.telegram.messages(world.group).into_iter().map(|message| message.text).collect::<Vec<_>>();
    world.await_that("the post is in the group", || texts().len() == 1);
    let told = "From 19 May on, 3 h without a sign of life";
    assert!(texts()[0].contains(told), "{}", texts()[0]);
    (0..14).for_each(|_| world.pass(call, HOUR));
    world.pass(call, 1800);
    world.await_that("the post is final", || world.last_sent().is_some_and(|row| row.finalized.is_some()));
    assert!(texts().len() == 1 && texts()[0].contains(told), "{}", texts()[0]);
    assert_eq!(tracker.stop(), Some(0));
    let before = ranked(&world, "2033-05-18");
    assert!(before.iter().all(|(_, seconds, ranked)| seconds == ranked && *seconds > 12 * HOUR), "{before:?}");
    let rows = ranked(&world, "2033-05-19");
    assert_eq!(rows, [(awake.to_owned(), 12 * HOUR, 12 * HOUR), (asleep.to_owned(), 12 * HOUR, 3 * HOUR)]);
    let why = world.ok(&["why", asleep, "--date", "2033-05-19"]);
    assert!(why.contains("not ranked: no sign after 3 h, 03:00:00–12:00:00"), "{why}");
    let json = world.json(&["why", asleep, "--date", "2033-05-19", "--json"]);
    assert_eq!([&json["ranked_seconds"], &json["silent"][0]["seconds"]], [3 * HOUR, 9 * HOUR]);
    assert!(world.ok(&["silence"]).contains("from 19 May 2033, 00:00 on"));
    // A dry run uses all the time in which signs were stored, and stores nothing.
    let dry = world.json(&["silence", "--dry-run", "--days", "1", "--limit", "5h", "--json"]);
    let silent = |name: &str| {
        let people = dry["people"].as_array().unwrap();
        people.iter().find(|row| row["name"] == name).unwrap()["silent_seconds"].as_i64()
    };
    assert_eq!((silent(asleep), silent(awake)), (Some(12 * HOUR), Some(0)));
    assert!(world.ok(&["silence", "--dry-run"]).contains(asleep));
    let wrong = world.run(&["silence", "--dry-run", "--limit", "9h"]);
    let error = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(wrong.status.code() == Some(2) && error.contains("hours from 1h to 6h, e.g. --limit 3h"), "{error}");
    assert_eq!(world.json(&["audit", "--json"])["findings"], 0);
    // Without the limit, all time ranks again.
    world.configure("@studyhall", &[("SWF_SILENCE", "record")]);
    assert!(ranked(&world, "2033-05-19").iter().all(|(_, seconds, ranked)| seconds == ranked));
}

/// A time of May 2033 in Tashkent.
fn tashkent(day: u32, hour: u32, minute: u32) -> i64 {
    Utc.with_ymd_and_hms(2033, 5, day, hour, minute, 0).unwrap().timestamp() - 5 * HOUR
}

/// Ada and Bob are silent in the call; Carl is not. Ada has written to the bot, and presses the button of its question
/// once.
#[test]
fn the_question_comes_once_though_the_tracker_is_killed_around_it_and_its_press_lets_time_rank_on() {
    let world = World::new();
    let bot = world.telegram.person(Person::named("Study bot").username("study_bot").bot());
    world.telegram.add_member(world.group, bot);
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.login_string(bot));
    let settings = [
        ("TELEGRAM_BOT_TOKEN", token.as_str()),
        ("TG_BOT_STRING_SESSION", login.as_str()),
        ("SWF_POST_TIME", "09:00"),
        ("SWF_SILENCE", "1h"),
    ];
    world.configure("@studyhall", &settings);
    // Carl mutes in `World::pass`.
    let [carl, ada, bob] = ["Carl", "Ada", "Bob"].map(|name| world.member(name));
    let call = world.telegram.start_call(world.group);
    [ada, bob, carl].into_iter().for_each(|person| world.telegram.join(call, person));
    let track = || {
        let reads = || {
            let requests = world.telegram.requests();
            let methods = ["updates.getState", "updates.getDifference"];
            requests.iter().filter(|one| one.account == Some(bot) && methods.contains(&one.method)).count()
        };
        let before = reads();
        let tracker = world.track();
        world.await_that("the bot is connected", || reads() > before);
        tracker
    };
    let private = |person| {
        let messages = world.telegram.messages(person);
        messages.into_iter().filter(|message| message.from == bot).collect::<Vec<Message>>()
    };
    let pass_to = |day, hour, minute| world.pass(call, tashkent(day, hour, minute) - world.telegram.now());
    let tracker = track();
    world.pass(call, 60);
    world.telegram.say(ada, bot, "/me");
    world.await_that("the answer", || private(ada).len() == 1);
    pass_to(18, 9, 0);
    world.await_that("the post says it", || {
        let messages = world.telegram.messages(world.group);
        messages.iter().any(|message| message.text.contains("1 h without a sign of life"))
    });
    // The limit applies from midnight on; the time before does not count.
    (10..24).for_each(|hour| pass_to(18, hour, 0));
    pass_to(19, 0, 43);
    assert_eq!(private(ada).len(), 1, "it is too early");
    tracker.kill();
    let tracker = track();
    world.pass(call, 30);
    assert_eq!(private(ada).len(), 1, "it is too early");
    // The message is sent, but the answer to the tracker is lost, and the tracker dies.
    world.telegram.faults().lose_reply("messages.sendMessage", 1);
    world.pass(call, 180);
    world.await_that("the question", || private(ada).len() == 2);
    tracker.kill();
    world.telegram.advance(60);
    let tracker = track();
    world.pass(call, 60);
    assert_eq!((private(ada).len(), private(bob).len()), (2, 0));
    let question = private(ada).remove(1);
    assert!(question.text.contains("Still here?"), "{}", question.text);
    assert_eq!(signs(&world, ada), Vec::<i64>::new());
    let query = world.telegram.press(ada, bot, question.id, "I'm here");
    world.await_that("the press is answered", || world.telegram.press_answer(query).is_some());
    world.await_that("the message says so", || private(ada)[1].text == "Good. Your time ranks on.");
    world.await_that("the press is a sign", || signs(&world, ada).len() == 1);
    pass_to(19, 1, 20);
    assert_eq!(private(ada).len(), 2, "it is too early");
    pass_to(19, 1, 40);
    world.await_that("the next question", || private(ada).len() == 3);
    pass_to(19, 3, 0);
    assert_eq!(private(ada).len(), 3);
    assert_eq!(tracker.stop(), Some(0));
    let rows = ranked(&world, "2033-05-19");
    let of = |name: &str| rows.iter().find(|row| row.0 == name).unwrap().2;
    let (ada, bob) = (of("Ada"), of("Bob"));
    assert!((HOUR..HOUR + 300).contains(&bob) && (HOUR + 2400..HOUR + 3600).contains(&ada), "{rows:?}");
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}
