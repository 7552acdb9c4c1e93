//! Posts as pictures (`SWF_POST_STYLE=card`): one message each, and text where pictures are not allowed (rules §4).

use fake_telegram::{Id, Message, Person, Picture};
use swf::app::cards;
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::{CallId, Instant, PeerId};
use swf::store::Access;

use crate::delivery::{authors, interrupt, post_time, rounds, studied, watch_until};
use crate::home::{START, World};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const STYLE: (&str, &str) = ("SWF_POST_STYLE", "card");

/// A world in which somebody has studied up to the post time, and posts are pictures.
fn pictured(more: &[(&str, &str)]) -> World {
    let world = studied();
    world.configure("@studyhall", &[&[STYLE], more].concat());
    world
}

/// As [`pictured`], with a bot that posts.
fn with_bot() -> (World, Id) {
    let world = studied();
    let bot = world.telegram.person(Person::named("Board").username("board_bot").bot());
    world.telegram.add_member(world.group, bot);
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.signed_out_login_string());
    let settings = [STYLE, ("TELEGRAM_BOT_TOKEN", token.as_str()), ("TG_BOT_STRING_SESSION", login.as_str())];
    world.configure("@studyhall", &settings);
    (world, bot)
}

fn message(world: &World) -> Message {
    let mut messages = world.telegram.messages(world.group);
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

fn picture(message: &Message) -> Picture {
    message.picture.clone().expect("the message has a picture")
}

fn calls(world: &World, method: &str) -> u64 {
    world.telegram.counts().of(method)
}

#[test]
fn the_user_and_the_bot_post_pictures_with_captions() {
    let (of_bot, bot) = with_bot();
    let of_user = pictured(&[]);
    for (world, author) in [(&of_user, of_user.me), (&of_bot, bot)] {
        let look = world.json(&["post", "--dry-run", "--json"]);
        let post = &look["would_post"][0];
        assert_eq!(post["picture"], true, "{look}");
        assert!(world.ok(&["post", "--dry-run"]).starts_with("[a picture"));
        world.ok(&["post"]);
        let message = message(world);
        assert_eq!((message.from, message.text.as_str()), (author, post["caption"].as_str().unwrap()));
        assert!(message.text.contains("Ada") && message.text.encode_utf16().count() <= 1024, "{}", message.text);
        // The day's post notifies (rules §4).
        assert!(!message.silent && !message.entities.is_empty());
        let stored = world.last_sent().unwrap().attachment.unwrap();
        assert_eq!(stored.text.text, post["text"].as_str().unwrap());
        assert!(picture(&message).starts_with(PNG) && *picture(&message) == *cards::draw(&stored.card).unwrap());
        assert_eq!(calls(world, "messages.sendMessage"), 0);
        assert_eq!(world.telegram.violations(), Vec::<String>::new());
    }
}

#[test]
fn a_picture_goes_to_the_topic_silently_if_somebody_asked_for_it() {
    let world = pictured(&[]);
    let topic = world.telegram.topic(world.group);
    world.configure(&format!("https://t.me/studyhall/{topic}"), &[STYLE]);
    world.ok(&["post", "--now"]);
    let message = message(&world);
    assert_eq!((message.topic, message.silent, message.picture.is_some()), (Some(topic), true, true));
    // The same standings are not posted again.
    assert!(world.ok(&["post", "--now"]).contains("already"));
}

#[test]
fn lost_parts_and_references_are_uploaded_again_for_the_same_message() {
    let world = pictured(&[]);
    world.telegram.faults().lose_parts(1);
    world.telegram.faults().error("messages.sendMedia", 400, "FILE_REFERENCE_EXPIRED", 1);
    world.ok(&["post"]);
    assert_eq!(calls(&world, "upload.saveFilePart"), 3);
    assert_eq!(calls(&world, "messages.sendMedia"), 2);
    assert!(message(&world).picture.is_some());
    // If all parts stay lost, the post is tried again later with the same id.
    world.telegram.faults().error("messages.sendMedia", 400, "MEDIA_EMPTY", 3);
    let uploads = calls(&world, "upload.saveFilePart");
    world.ok(&["post", "--now"]);
    assert_eq!(calls(&world, "upload.saveFilePart"), uploads + 4);
    assert_eq!(world.telegram.messages(world.group).len(), 2);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_picture_whose_reply_was_lost_is_one_message() {
    let world = pictured(&[]);
    world.telegram.faults().lose_reply("messages.sendMedia", 1);
    assert_eq!(world.run(&["post"]).status.code(), Some(75));
    world.telegram.advance(60);
    world.ok(&["post"]);
    assert_eq!(calls(&world, "messages.sendMedia"), 2);
    assert!(message(&world).picture.is_some());
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn without_the_right_to_send_pictures_the_text_is_posted_once_and_edited_as_text() {
    let world = World::new();
    world.configure("@studyhall", &[STYLE]);
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.forbid_pictures(world.group, true);
    let tracker = world.track();
    world.pass(call, post_time() - START);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    let text = message(&world);
    assert!(text.picture.is_none() && text.text.contains("so far"), "{}", text.text);
    // The text has everything that a text post has, not only the caption.
    assert!(text.text.contains("People a day") || text.text.contains("Ada"), "{}", text.text);
    world.await_that("it is stored as a text", || {
        world.last_sent().is_some_and(|post| post.attachment.is_none() && post.message.text == text.text)
    });
    // After the right returns, the text stays a text.
    world.telegram.forbid_pictures(world.group, false);
    world.pass(call, 3 * 3600);
    world.await_that("the message is final", || message(&world).edits == 1);
    let last = message(&world);
    assert!(last.picture.is_none() && !last.text.contains("so far"), "{}", last.text);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn the_final_edit_replaces_picture_and_caption() {
    let world = World::new();
    world.configure("@studyhall", &[STYLE]);
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, post_time() - START);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    let first = message(&world);
    assert!(first.text.contains("so far"), "{}", first.text);
    // Midnight passes. The picture stays a picture, even if the group uses texts by then.
    assert_eq!(tracker.stop(), Some(0));
    world.configure("@studyhall", &[]);
    let tracker = world.track_on();
    world.pass(call, 3 * 3600);
    world.await_that("the message is final", || message(&world).edits == 1);
    let last = message(&world);
    assert!(last.text.contains("15h 26m") && !last.text.contains("so far"), "{}", last.text);
    assert!(picture(&last).starts_with(PNG) && picture(&last) != picture(&first));
    world.pass(call, 600);
    assert_eq!((message(&world).edits, tracker.stop()), (1, Some(0)));
}

/// Rules §8.1. The caption names only the first three people.
#[test]
fn a_picture_of_a_forgotten_person_is_replaced() {
    let world = pictured(&[]);
    world.ok(&["post"]);
    let first = message(&world);
    world.ok(&["person", "forget", "Ada", "--now", "--yes"]);
    // The clock of commands runs on while Telegram's stands still.
    world.telegram.advance(60);
    world.ok(&["post"]);
    let last = message(&world);
    assert!(first.text.contains("Ada") && last.text.contains("Somebody"), "{}", last.text);
    let stored = world.last_sent().unwrap().attachment.unwrap();
    assert!(picture(&last) != picture(&first) && *picture(&last) == *cards::draw(&stored.card).unwrap());
    assert!(!format!("{stored:?}").contains("Ada"), "{stored:?}");
}

/// Stores that somebody studied in the last hour.
fn study(world: &World, person: Id) {
    let (mut store, group) = world.store(Access::Write);
    let now = Instant(world.telegram.now());
    let (call, peer, from) = (CallId(7), PeerId(person), now - 3600);
    let facts = vec![
        Fact::Following { call, at: from },
        Fact::Opened { call, peer, joined: from, from, seen: from },
        Fact::Closed { call, peer, from, to: now, end: End::Left },
        Fact::Confirmed { call, at: now },
    ];
    store.record(group, &Observed { facts, ..Observed::new(now) }, &[]).unwrap();
}

/// Each round is a day, whose post is interrupted during its upload or sending. The long form is `SWF_ROUNDS=100`.
fn crash(world: &World, author: Id) {
    let bob = world.member("Bob");
    for round in 0..rounds(6) {
        let method =
            ["messages.sendMedia", "messages.sendMedia", "messages.uploadMedia", "upload.saveFilePart"][round / 6 % 4];
        interrupt(world, round, method);
        // By then the lease of the killed process has expired.
        watch_until(world, 60);
        let again = world.run(&["post"]);
        assert!(again.status.success(), "round {round}: {again:?}");
        assert_eq!(authors(world), vec![author; round + 1], "round {round}");
        watch_until(world, 86_400 - 60);
        study(world, bob);
    }
    assert!(world.telegram.messages(world.group).iter().all(|message| message.picture.is_some()));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_crash_at_any_moment_leaves_one_picture_of_the_user() {
    let world = pictured(&[]);
    crash(&world, world.me);
}

#[test]
fn a_crash_at_any_moment_leaves_one_picture_of_the_bot() {
    let (world, bot) = with_bot();
    crash(&world, bot);
}
