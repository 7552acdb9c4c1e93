//! Appointments: the button below a post, and who came, with the real program and its bot (rules §10).

use chrono::{TimeZone, Utc};
use fake_telegram::{Button, Id, Message, Person};
use swf::domain::{Instant, Span};
use swf::store::{Access, Appointment};

use crate::home::{START, Tracker, World};

/// A time of the test's days, by the clock of Tashkent.
fn tashkent(day: u32, hour: u32, minute: u32) -> i64 {
    Utc.with_ymd_and_hms(2033, 5, day, hour - 5, minute, 0).unwrap().timestamp()
}

/// A group whose bot posts at 09:00, with a slot at 10:00.
struct Hall {
    world: World,
    bot: Id,
    call: i64,
    ada: Id,
    bob: Id,
}

impl Hall {
    fn new() -> Hall {
        let world = World::new();
        let bot = world.telegram.person(Person::named("Study bot").username("study_bot").bot());
        world.telegram.add_member(world.group, bot);
        let (token, login) = (world.telegram.bot_token(bot), world.telegram.login_string(bot));
        let settings = [
            ("TELEGRAM_BOT_TOKEN", token.as_str()),
            ("TG_BOT_STRING_SESSION", login.as_str()),
            ("SWF_POST_TIME", "09:00"),
            ("SWF_SLOTS", "10:00"),
        ];
        world.configure("@studyhall", &settings);
        let [ada, bob] = ["Ada", "Bob"].map(|name| world.member(name));
        let call = world.telegram.start_call(world.group);
        Hall { world, bot, call, ada, bob }
    }

    /// A tracker whose bot reads updates.
    fn track(&self) -> Tracker {
        let asked = |method| {
            let requests = self.world.telegram.requests();
            requests.iter().filter(|one| one.account == Some(self.bot) && one.method == method).count()
        };
        let reads = || asked("updates.getState") + asked("updates.getDifference");
        let before = reads();
        let tracker = self.world.track();
        self.world.await_that("the bot is connected", || reads() > before);
        tracker
    }

    /// Lets time pass up to a time of Tashkent's clock.
    fn pass_to(&self, day: u32, hour: u32, minute: u32) {
        self.world.pass(self.call, tashkent(day, hour, minute) - self.world.telegram.now());
    }

    fn posts(&self) -> Vec<Message> {
        let messages = self.world.telegram.messages(self.world.group);
        messages.into_iter().filter(|message| message.from == self.bot).collect()
    }

    fn await_post(&self, count: usize) -> Message {
        self.world.await_that("the post is in the group", || self.posts().len() == count);
        self.posts().swap_remove(count - 1)
    }

    /// What somebody reads who presses the only button of a message.
    fn press(&self, person: Id, message: &Message) -> String {
        let [Button::Callback { text, .. }] = &message.buttons.concat()[..] else { panic!("{message:?}") };
        let query = self.world.telegram.press(person, self.world.group, message.id, text);
        self.world.await_that("the press is answered", || self.world.telegram.press_answer(query).is_some());
        self.world.telegram.press_answer(query).and_then(|answer| answer.text).unwrap_or_default()
    }

    fn appointments(&self) -> Vec<Appointment> {
        let (store, group) = self.world.store(Access::Read);
        store.appointments(group, Span::new(Instant(START), Instant(i64::MAX))).unwrap()
    }
}

#[test]
fn a_press_below_the_post_is_stored_once_and_the_next_post_says_how_many_came() {
    let hall = Hall::new();
    let tracker = hall.track();
    hall.world.telegram.join(hall.call, hall.ada);
    hall.world.telegram.join(hall.call, hall.bob);
    hall.pass_to(18, 9, 0);
    let post = hall.await_post(1);
    assert!(!post.text.contains("/in"), "{}", post.text);
    assert_eq!(hall.press(hall.ada, &post), "You are in: tomorrow 10:00. You are the first. /out takes it back.");
    let stored = hall.appointments();
    let starts = Instant(tashkent(19, 10, 0));
    let own = Appointment { account: swf::domain::PeerId(hall.ada), starts, made: stored[0].made };
    assert_eq!(stored, [own]);
    hall.world.pass(hall.call, 10);
    assert_eq!(hall.press(hall.bob, &post), "You are in: tomorrow 10:00, 2 in all. /out takes it back.");
    // The same press again, now by a tracker that was killed in between.
    tracker.kill();
    hall.world.telegram.advance(10);
    let _tracker = hall.track();
    assert_eq!(hall.press(hall.ada, &post), "You are in: tomorrow 10:00, 2 in all. /out takes it back.");
    assert_eq!(hall.appointments().len(), 2);
    assert_eq!(hall.appointments()[0], own);
    // Ada stays in the call, and Bob is not in it on the next day.
    hall.world.telegram.leave(hall.call, hall.bob);
    hall.world.pass(hall.call, 60);
    hall.pass_to(19, 11, 0);
    let next = hall.await_post(2);
    assert!(next.text.contains("📅 10:00: 1 of 2 came"), "{}", next.text);
    assert!(!next.text.contains("Bob") || next.text.contains("1 of 2"), "{}", next.text);
    assert_eq!(hall.press(hall.bob, &post), "That hour has begun. Just come!");
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_reminder_comes_once_though_the_tracker_is_killed_around_it() {
    let hall = Hall::new();
    let tracker = hall.track();
    let private = |person| {
        let messages = hall.world.telegram.messages(person);
        messages.into_iter().filter(|message| message.from == hall.bot).collect::<Vec<Message>>()
    };
    hall.world.telegram.join(hall.call, hall.ada);
    hall.world.pass(hall.call, 600);
    // Ada writes to the bot, so it can write to her; Bob, who has never written to it, only says so below a post.
    hall.world.telegram.say(hall.ada, hall.bot, "/in 10:00");
    hall.world.await_that("the answer", || private(hall.ada).len() == 1);
    assert!(private(hall.ada)[0].text.starts_with("You are in: today 10:00."), "{:?}", private(hall.ada));
    hall.pass_to(18, 9, 0);
    let post = hall.await_post(1);
    hall.press(hall.bob, &post);
    hall.pass_to(18, 9, 49);
    tracker.kill();
    let tracker = hall.track();
    assert_eq!(private(hall.ada).len(), 1, "it is too early");
    // The message is sent, and its answer lost; the tracker dies.
    hall.world.telegram.faults().lose_reply("messages.sendMessage", 1);
    hall.pass_to(18, 9, 50);
    hall.world.await_that("the reminder", || private(hall.ada).len() == 2);
    tracker.kill();
    hall.world.telegram.advance(60);
    let _tracker = hall.track();
    hall.world.pass(hall.call, 30);
    let reminders = || {
        let store = rusqlite::Connection::open(hall.world.home.path().join("var/study.db")).unwrap();
        store.query_row("SELECT count(*), count(answered) FROM reminders", [], |row| row.try_into()).unwrap()
    };
    assert_eq!((private(hall.ada).len(), reminders()), (2, (1, 0)));
    let reminder = private(hall.ada).remove(1);
    assert!(reminder.text.contains("10:00"), "{}", reminder.text);
    let query = hall.world.telegram.press(hall.ada, hall.bot, reminder.id, "I'm coming");
    hall.world.await_that("the press is answered", || hall.world.telegram.press_answer(query).is_some());
    hall.world.await_that("the press is stored", || reminders() == (1, 1));
    hall.world.await_that("the message says so", || private(hall.ada)[1].text == "Good. See you there!");
    // Bob has no private chat, and is not reminded of the next day's hour.
    hall.pass_to(19, 9, 55);
    hall.world.pass(hall.call, 30);
    assert_eq!((private(hall.ada).len(), private(hall.bob).len()), (2, 0));
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_post_of_a_user_says_what_to_write_and_has_no_button() {
    let hall = Hall::new();
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
