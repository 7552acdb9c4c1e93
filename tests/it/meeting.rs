//! Appointments: the button below a post, and who came, with the real program and its bot (rules §10).

use fake_telegram::{Button, Id, Message};
use swf::domain::{Instant, Span};
use swf::store::{Access, Appointment};

use crate::home::{Hall, START, World, tashkent};

/// A group whose bot posts at 09:00, with a slot at 10:00.
fn hall() -> Hall {
    Hall::new(&[("SWF_POST_TIME", "09:00"), ("SWF_SLOTS", "10:00")])
}

/// The text that somebody sees after pressing the only button of a post.
fn press(hall: &Hall, person: Id, post: &Message) -> String {
    let [Button::Callback { text, .. }] = &post.buttons.concat()[..] else { panic!("{post:?}") };
    hall.press(person, hall.world.group, post, text)
}

fn appointments(hall: &Hall) -> Vec<Appointment> {
    let (store, group) = hall.world.store(Access::Read);
    store.appointments(group, Span::new(Instant(START), Instant(i64::MAX))).unwrap()
}

#[test]
fn a_press_below_the_post_is_stored_once_and_the_next_post_says_how_many_came() {
    let hall = hall();
    let tracker = hall.track();
    hall.world.telegram.join(hall.call, hall.ada);
    hall.world.telegram.join(hall.call, hall.bob);
    hall.pass_to(18, 9, 0);
    let post = hall.await_post(1);
    assert!(!post.text.contains("/in"), "{}", post.text);
    assert_eq!(press(&hall, hall.ada, &post), "You are in: tomorrow 10:00. You are the first. /out takes it back.");
    let stored = appointments(&hall);
    let starts = Instant(tashkent(19, 10, 0));
    let own = Appointment { account: swf::domain::PeerId(hall.ada), starts, made: stored[0].made };
    assert_eq!(stored, [own]);
    hall.world.pass(hall.call, 10);
    assert_eq!(press(&hall, hall.bob, &post), "You are in: tomorrow 10:00, 2 in all. /out takes it back.");
    // The same press again, to a new tracker after a kill.
    tracker.kill();
    hall.world.telegram.advance(10);
    let _tracker = hall.track();
    assert_eq!(press(&hall, hall.ada, &post), "You are in: tomorrow 10:00, 2 in all. /out takes it back.");
    assert_eq!(appointments(&hall).len(), 2);
    assert_eq!(appointments(&hall)[0], own);
    // Ada stays in the call; Bob is not in it on the next day.
    hall.world.telegram.leave(hall.call, hall.bob);
    hall.world.pass(hall.call, 60);
    hall.pass_to(19, 11, 0);
    let next = hall.await_post(2);
    assert!(next.text.contains("📅 10:00: 1 of 2 came"), "{}", next.text);
    assert!(!next.text.contains("Bob") || next.text.contains("1 of 2"), "{}", next.text);
    assert_eq!(press(&hall, hall.bob, &post), "That hour has begun. Just come!");
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_reminder_comes_once_though_the_tracker_is_killed_around_it() {
    let hall = hall();
    let tracker = hall.track();
    hall.world.telegram.join(hall.call, hall.ada);
    hall.world.pass(hall.call, 600);
    // Ada writes to the bot, so it can write to her. Bob has never written to it, and only presses the button below a
    // post.
    hall.world.telegram.say(hall.ada, hall.bot, "/in 10:00");
    hall.world.await_that("the answer", || hall.private(hall.ada).len() == 1);
    assert!(hall.private(hall.ada)[0].text.starts_with("You are in: today 10:00."), "{:?}", hall.private(hall.ada));
    hall.pass_to(18, 9, 0);
    let post = hall.await_post(1);
    press(&hall, hall.bob, &post);
    hall.pass_to(18, 9, 49);
    tracker.kill();
    let tracker = hall.track();
    assert_eq!(hall.private(hall.ada).len(), 1, "it is too early");
    // The message is sent, but the answer to the tracker is lost, and the tracker dies.
    hall.world.telegram.faults().lose_reply("messages.sendMessage", 1);
    hall.pass_to(18, 9, 50);
    hall.world.await_that("the reminder", || hall.private(hall.ada).len() == 2);
    tracker.kill();
    hall.world.telegram.advance(60);
    let _tracker = hall.track();
    hall.world.pass(hall.call, 30);
    let reminders = || {
        let store = rusqlite::Connection::open(hall.world.home.path().join("var/study.db")).unwrap();
        store.query_row("SELECT count(*), count(answered) FROM reminders", [], |row| row.try_into()).unwrap()
    };
    assert_eq!((hall.private(hall.ada).len(), reminders()), (2, (1, 0)));
    let reminder = hall.private(hall.ada).remove(1);
    assert!(reminder.text.contains("10:00"), "{}", reminder.text);
    let query = hall.world.telegram.press(hall.ada, hall.bot, reminder.id, "I'm coming");
    hall.world.await_that("the press is answered", || hall.world.telegram.press_answer(query).is_some());
    hall.world.await_that("the press is stored", || reminders() == (1, 1));
    hall.world.await_that("the message says so", || hall.private(hall.ada)[1].text == "Good. See you there!");
    // Bob has no private chat, so he gets no reminder of the next day's hour.
    hall.pass_to(19, 9, 55);
    hall.world.pass(hall.call, 30);
    assert_eq!((hall.private(hall.ada).len(), hall.private(hall.bob).len()), (2, 0));
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_post_of_a_user_says_what_to_write_and_has_no_button() {
    let hall = hall();
    let tracker = hall.track();
    hall.world.telegram.join(hall.call, hall.ada);
    hall.world.pass(hall.call, 600);
    assert_eq!(tracker.stop(), Some(0));
    hall.world.telegram.advance(tashkent(18, 9, 0) - hall.world.telegram.now());
    hall.world.ok(&["post", "--as", "user"]);
    let messages = hall.world.telegram.messages(hall.world.group);
    assert_eq!((messages.len(), messages[0].from, messages[0].buttons.concat().len()), (1, hall.world.me, 0));
    assert!(messages[0].text.contains("10:00") && messages[0].text.contains("/in 10:00"), "{}", messages[0].text);
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn slots_need_a_bot_and_the_doctor_says_so() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_SLOTS", "10:00")]);
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.member("Ada"));
    let tracker = world.track();
    world.pass(call, tashkent(18, 21, 30) - world.telegram.now());
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    let post = world.telegram.messages(world.group).remove(0);
    assert!(!post.text.contains("/in") && post.buttons.concat().is_empty(), "{}", post.text);
    assert_eq!(tracker.stop(), Some(0));
    let doctor = world.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(said.contains("SWF_SLOTS") && said.contains("TELEGRAM_BOT_TOKEN"), "{said}");
}
