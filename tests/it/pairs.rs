//! Pairs: one person asks, the other accepts, and both see their shared streak, with the real program and its bot
//! (rules §10.5).

use fake_telegram::{Id, Moment};
use swf::store::Access;

use crate::home::{Hall, plain};

fn hall() -> Hall {
    Hall::new(&[("SWF_PAIRS", "on")])
}

/// The bot's answer to somebody.
fn say(hall: &Hall, person: Id, text: &str) -> String {
    plain(&hall.asks(person, text).text)
}

/// The pairs: who asked, who was asked, and whether it was accepted.
fn pairs(hall: &Hall) -> Vec<(Id, Id, bool)> {
    let (store, group) = hall.world.store(Access::Read);
    let pairs = store.pairs(group).unwrap().into_iter();
    pairs.map(|pair| (pair.asker.0, pair.other.0, pair.accepted.is_some())).collect()
}

#[test]
fn a_pair_begins_with_a_press_though_the_tracker_is_killed_and_ends_when_one_hides() {
    let hall = hall();
    let tracker = hall.track();
    for person in [hall.ada, hall.bob] {
        hall.world.telegram.join(hall.call, person);
    }
    hall.world.pass(hall.call, 1800);
    assert!(say(&hall, hall.ada, "/pair Bob").starts_with("I can't write to Bob yet"));
    assert!(say(&hall, hall.bob, "/pair").starts_with("You have no pair."));
    assert_eq!(say(&hall, hall.ada, "/pair Bob"), "I have asked Bob. The question ends in 7 days.");
    hall.world.await_that("the question", || hall.private(hall.bob).len() == 2);
    assert_eq!(pairs(&hall), [(hall.ada, hall.bob, false)]);
    // Only then does the tracker have the message's id, so that a press can edit it.
    hall.world.await_that("the question is stored as sent", || hall.waiting() == 0);
    tracker.kill();
    let _tracker = hall.track();
    let question = hall.private(hall.bob).remove(1);
    assert!(plain(&question.text).starts_with("🤝 Ada would like to share a streak with you"), "{}", question.text);
    let query = hall.world.telegram.press(hall.bob, hall.bot, question.id, "Yes, together");
    hall.world.await_that("the press is answered", || hall.world.telegram.press_answer(query).is_some());
    hall.world.await_that("the pair is stored", || pairs(&hall) == [(hall.ada, hall.bob, true)]);
    hall.world.await_that("the message says so", || {
        plain(&hall.private(hall.bob)[1].text).starts_with("🤝 You and Ada share a streak")
    });
    hall.world.await_that("Ada reads it", || {
        hall.private(hall.ada).iter().any(|message| plain(&message.text).starts_with("🤝 Bob said yes"))
    });
    assert!(say(&hall, hall.ada, "/pair").starts_with("🤝 Bob: 1 day together"));
    assert!(say(&hall, hall.bob, "/me").contains("🤝 Ada: 1 day together"));
    assert_eq!(hall.private(hall.bob).len(), 3, "nothing is written twice");
    // The bot has written nothing into the group.
    assert!(hall.world.telegram.messages(hall.world.group).iter().all(|message| message.from != hall.bot));
    say(&hall, hall.bob, "/hide");
    assert!(pairs(&hall).is_empty());
    assert!(say(&hall, hall.ada, "/pair").starts_with("You have no pair."));
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_press_that_comes_before_the_question_is_stored_as_sent_is_answered_below_it() {
    let hall = hall();
    let _tracker = hall.track();
    for person in [hall.ada, hall.bob] {
        hall.world.telegram.join(hall.call, person);
    }
    hall.world.pass(hall.call, 1800);
    say(&hall, hall.ada, "/pair");
    say(&hall, hall.bob, "/pair");
    hall.world.await_that("all is stored as sent", || hall.waiting() == 0);
    hall.world.pass(hall.call, 10);
    // Telegram has stored the question and the answer to Ada, but replies late.
    hall.world.telegram.faults().pause("messages.sendMessage", Moment::Stored, 2);
    hall.world.telegram.say(hall.ada, hall.bot, "/pair Bob");
    hall.world.await_that("the question", || hall.private(hall.bob).len() == 2);
    hall.world.await_that("both are held", || hall.world.telegram.paused() == 2);
    assert_eq!(hall.waiting(), 2);
    let question = hall.private(hall.bob).remove(1);
    assert_eq!(hall.press(hall.bob, hall.bot, &question, "Yes, together"), "");
    hall.world.await_that("the pair is stored", || pairs(&hall) == [(hall.ada, hall.bob, true)]);
    assert_eq!(hall.private(hall.bob)[1].edits, 0);
    hall.world.telegram.faults().resume();
    hall.world.await_that("the message says so", || {
        plain(&hall.private(hall.bob)[1].text).starts_with("🤝 You and Ada share a streak")
    });
    hall.world.await_that("all is stored as sent", || hall.waiting() == 0);
    let message = hall.private(hall.bob).remove(1);
    assert_eq!((message.edits, message.buttons.concat().len(), hall.private(hall.bob).len()), (1, 0, 2));
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}
