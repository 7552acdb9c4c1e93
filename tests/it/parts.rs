//! The parts that an admin turns on in the chat, with the real program and its bot.

use std::fs;

use fake_telegram::{Button, Id, MenuScope, Message, Rights};

use crate::home::{Hall, plain};

/// A group whose bot posts at 09:00; Ada is an admin.
fn hall() -> Hall {
    let hall = Hall::new(&[("SWF_POST_TIME", "09:00")]);
    hall.world.telegram.promote(hall.world.group, hall.ada, Rights::ALL);
    hall
}

fn env_file(hall: &Hall) -> String {
    fs::read_to_string(hall.world.home.path().join(".env.local")).unwrap()
}

/// The line of `.env.local` with this setting.
fn set(hall: &Hall, name: &str) -> Option<String> {
    let is_it = |line: &&str| line.starts_with(&format!("{name}="));
    env_file(hall).lines().find(is_it).map(str::to_owned)
}

fn labels(message: &Message) -> Vec<String> {
    let label = |button: &Button| match button {
        Button::Callback { text, .. } => text.clone(),
        other => panic!("{other:?}"),
    };
    message.buttons.concat().iter().map(label).collect()
}

/// The private message at this place, once the press has edited it so that it begins with this text.
fn pressed(hall: &Hall, person: Id, place: usize, button: &str, begins: &str) -> Message {
    hall.world.pass(hall.call, 10);
    let message = hall.private(person).remove(place);
    assert_eq!(hall.press(person, hall.bot, &message, button), "");
    hall.world.await_that(begins, || plain(&hall.private(person)[place].text).starts_with(begins));
    let after = hall.private(person).remove(place);
    assert_eq!(after.edits, message.edits + 1);
    after
}

#[test]
fn an_admin_turns_parts_on_with_buttons_and_the_running_tracker_takes_them_up() {
    let hall = hall();
    let _tracker = hall.track();
    hall.world.telegram.join(hall.call, hall.ada);
    hall.world.pass(hall.call, 600);
    let settings = hall.asks(hall.ada, "/settings");
    assert_eq!(labels(&settings), ["Rhythm: off", "Hours together: off", "Pairs: off", "Silence: off"]);
    let choices = pressed(&hall, hall.ada, 0, "Silence: off", "Silence: off\n");
    assert_eq!(labels(&choices), ["signs only", "2 h", "3 h", "4 h", "✓ off", "‹ All settings"]);
    let done = pressed(&hall, hall.ada, 0, "3 h", "✅ Silence: 3 h. The next daily post announces");
    assert_eq!((set(&hall, "SWF_SILENCE").as_deref(), labels(&done).len()), (Some("SWF_SILENCE=3h"), 1));
    // Waits until the setting is in use.
    let is_noted = || {
        let store = rusqlite::Connection::open(hall.world.home.path().join("var/study.db")).unwrap();
        let logged = "SELECT count(*) FROM settings_log WHERE name = 'SWF_SILENCE' AND value = '3h'";
        store.query_row(logged, [], |row| row.get(0)).unwrap_or(0) == 1
    };
    hall.world.await_that("the change is logged", is_noted);
    let settings = pressed(&hall, hall.ada, 0, "‹ All settings", "Study Hall\n");
    assert!(labels(&settings).contains(&"Silence: 3 h".to_owned()), "{settings:?}");
    pressed(&hall, hall.ada, 0, "Pairs: off", "Pairs: off\n");
    pressed(&hall, hall.ada, 0, "on", "✅ Pairs: on, from now on.");
    assert_eq!(set(&hall, "SWF_PAIRS").as_deref(), Some("SWF_PAIRS=on"));
    // As text, with hours for which there is no button.
    let said = hall.asks(hall.ada, "/slots 10 12:30");
    assert!(said.text.starts_with("✅ Hours together: 10:00, 12:30"), "{}", said.text);
    assert_eq!(set(&hall, "SWF_SLOTS").as_deref(), Some("SWF_SLOTS=10:00,12:30"));
    assert!(hall.asks(hall.ada, "/slots 10 10:05").text.starts_with("After /slots come up to 6 times of day"));
    assert_eq!(set(&hall, "SWF_SLOTS").as_deref(), Some("SWF_SLOTS=10:00,12:30"));
    let menu = || hall.world.telegram.menu(hall.bot, MenuScope::Users, "");
    let has = |name: &str| menu().iter().any(|line| line.command == name);
    hall.world.await_that("members' menu has the commands", || ["in", "out", "pair"].into_iter().all(has));
    // The daily post announces the limit, and has a button for each hour.
    hall.pass_to(18, 9, 0);
    let post = hall.await_post(1);
    assert!(post.text.contains("3 h without a sign of life"), "{}", post.text);
    assert_eq!(post.buttons.concat().len(), 2, "{post:?}");
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn whoever_is_no_admin_sets_nothing_though_they_have_the_buttons() {
    let hall = hall();
    let _tracker = hall.track();
    hall.world.telegram.join(hall.call, hall.bob);
    hall.world.pass(hall.call, 600);
    let before = env_file(&hall);
    for text in ["/settings", "/pairs on", "/silence 3h", "/slots off"] {
        assert_eq!(hall.asks(hall.bob, text).text, "This is for admins of the group.", "{text}");
    }
    // In the group, a button works only for the person who asked.
    hall.world.telegram.say(hall.ada, hall.world.group, "/rhythm");
    let question = hall.await_post(1);
    assert_eq!(labels(&question), ["25/5", "50/10", "✓ off"]);
    hall.world.pass(hall.call, 10);
    let refused = hall.press(hall.bob, hall.world.group, &question, "50/10");
    assert_eq!(refused, "Only who asked for it can press this.");
    // Ada is no longer an admin.
    hall.world.telegram.demote(hall.world.group, hall.ada);
    hall.world.pass(hall.call, 61);
    assert_eq!(hall.press(hall.ada, hall.world.group, &question, "50/10"), "This is for admins of the group.");
    assert_eq!((env_file(&hall), hall.posts()[0].edits), (before, 0));
    hall.world.telegram.promote(hall.world.group, hall.ada, Rights::ALL);
    hall.world.pass(hall.call, 61);
    assert_eq!(hall.press(hall.ada, hall.world.group, &question, "50/10"), "");
    hall.world.await_that("the rhythm is set", || set(&hall, "SWF_RHYTHM").is_some());
    hall.world.await_that("it says so", || hall.posts()[0].text.starts_with("✅ Rhythm: 50/10"));
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn settings_that_can_not_be_written_are_told_and_the_tracker_goes_on() {
    let hall = hall();
    let tracker = hall.world.track_with(&[("SWF_PAIRS", "off")]);
    hall.world.telegram.join(hall.call, hall.ada);
    hall.world.pass(hall.call, 600);
    let said = hall.asks(hall.ada, "/pairs on");
    assert!(said.text.starts_with("This could not be stored, so nothing was changed."), "{}", said.text);
    assert_eq!(set(&hall, "SWF_PAIRS"), None);
    assert!(hall.asks(hall.ada, "/settings").text.contains("\nPairs: off\n"));
    assert_eq!(hall.world.seconds(), [(hall.ada, 620)]);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}
