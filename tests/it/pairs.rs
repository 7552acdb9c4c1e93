//! Pairs: one asks, the other accepts, and both read their shared streak, with the real program and its bot (rules §10.5).

use fake_telegram::{Id, Message, Person};
use swf::store::Access;

use crate::home::{Tracker, World};

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
        let settings =
            [("TELEGRAM_BOT_TOKEN", token.as_str()), ("TG_BOT_STRING_SESSION", login.as_str()), ("SWF_PAIRS", "on")];
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

    /// What the bot has written to somebody.
    fn private(&self, person: Id) -> Vec<Message> {
        let messages = self.world.telegram.messages(person);
        messages.into_iter().filter(|message| message.from == self.bot).collect()
    }

    /// What the bot answers to somebody.
    fn say(&self, person: Id, text: &str) -> String {
        // Nobody writes twice in a second.
        self.world.pass(self.call, 10);
        let before = self.private(person).len();
        self.world.telegram.say(person, self.bot, text);
        self.world.await_that(text, || self.private(person).len() > before);
        plain(&self.private(person)[before].text)
    }

    /// How many answers are not stored as sent.
    fn waiting(&self) -> i64 {
        let store = rusqlite::Connection::open(self.world.home.path().join("var/study.db")).unwrap();
        let waiting = "SELECT count(*) FROM deliveries WHERE lane = 'answers' AND sent IS NULL AND dropped IS NULL";
        store.query_row(waiting, [], |row| row.get(0)).unwrap()
    }

    /// Who asked whom, and whether it was accepted.
    fn pairs(&self) -> Vec<(Id, Id, bool)> {
        let (store, group) = self.world.store(Access::Read);
        let pairs = store.pairs(group).unwrap().into_iter();
        pairs.map(|pair| (pair.asker.0, pair.other.0, pair.accepted.is_some())).collect()
    }
}

/// Names stand in a direction of their own.
fn plain(text: &str) -> String {
    text.replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "")
}

#[test]
fn a_pair_begins_with_a_press_though_the_tracker_is_killed_and_ends_when_one_hides() {
    let hall = Hall::new();
    let tracker = hall.track();
    for person in [hall.ada, hall.bob] {
        hall.world.telegram.join(hall.call, person);
    }
    hall.world.pass(hall.call, 1800);
    assert!(hall.say(hall.ada, "/pair Bob").starts_with("I can't write to Bob yet"));
    assert!(hall.say(hall.bob, "/pair").starts_with("You have no pair."));
    assert_eq!(hall.say(hall.ada, "/pair Bob"), "I have asked Bob. The question ends in 7 days.");
    hall.world.await_that("the question", || hall.private(hall.bob).len() == 2);
    assert_eq!(hall.pairs(), [(hall.ada, hall.bob, false)]);
    // Only then is it known which message the question is, and a press edits it.
    hall.world.await_that("the question is stored as sent", || hall.waiting() == 0);
    tracker.kill();
    let _tracker = hall.track();
    let question = hall.private(hall.bob).remove(1);
    assert!(plain(&question.text).starts_with("🤝 Ada would like to share a streak with you"), "{}", question.text);
    let query = hall.world.telegram.press(hall.bob, hall.bot, question.id, "Yes, together");
    hall.world.await_that("the press is answered", || hall.world.telegram.press_answer(query).is_some());
    hall.world.await_that("the pair is stored", || hall.pairs() == [(hall.ada, hall.bob, true)]);
    hall.world.await_that("the message says so", || {
        plain(&hall.private(hall.bob)[1].text).starts_with("🤝 You and Ada share a streak")
    });
    hall.world.await_that("Ada reads it", || {
        hall.private(hall.ada).iter().any(|message| plain(&message.text).starts_with("🤝 Bob said yes"))
    });
    assert!(hall.say(hall.ada, "/pair").starts_with("🤝 Bob: 1 day together"));
    assert!(hall.say(hall.bob, "/me").contains("🤝 Ada: 1 day together"));
    assert_eq!(hall.private(hall.bob).len(), 3, "nothing is written twice");
    // Nothing of it stands in the group.
    assert!(hall.world.telegram.messages(hall.world.group).iter().all(|message| message.from != hall.bot));
    hall.say(hall.bob, "/hide");
    assert!(hall.pairs().is_empty());
    assert!(hall.say(hall.ada, "/pair").starts_with("You have no pair."));
    assert_eq!(hall.world.telegram.violations(), Vec::<String>::new());
}
