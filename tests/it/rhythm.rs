//! The focus clock: each phase is shown once, as the title of the call or in one message (rules §9).

use fake_telegram::{Id, Message, Moment};
use swf::domain::Instant;
use swf::domain::post::delivery::Lane;
use swf::store::Access;

use crate::home::{START, World};

const EDIT: &str = "phone.editGroupCallTitle";
/// A world begins at 08:33:20 in Tashkent, in a focus phase that ends at 08:50.
const INTO_HOUR: i64 = 33 * 60 + 20;
const TITLES: [&str; 5] = [
    "🎯 Focus until 08:50",
    "☕ Break until 09:00",
    "🎯 Focus until 09:50",
    "☕ Break until 10:00",
    "🎯 Focus until 10:50",
];

struct Clock {
    world: World,
    ada: Id,
    call: i64,
}

impl Clock {
    /// A group with a rhythm, and a call with Ada in it. `may`: the account may manage calls.
    fn new(may: bool) -> Clock {
        let world = World::new();
        world.configure("@studyhall", &[("SWF_RHYTHM", "50/10")]);
        world.telegram.admin(world.group, world.me, may);
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join_at(call, ada, START - 60);
        Clock { world, ada, call }
    }

    /// Moves the clock to `minutes` after 08:00, and lets the tracker see it.
    fn move_to(&self, minutes: i64) {
        let seconds = START - INTO_HOUR + minutes * 60 - self.world.telegram.now();
        self.world.telegram.advance(seconds);
        self.world.telegram.speak(self.call, self.ada);
    }

    fn titles(&self) -> Vec<String> {
        self.world.telegram.call_titles(self.call)
    }

    fn await_titles(&self, titles: &[&str]) {
        self.world.await_that(&format!("the titles are {titles:?}"), || self.titles().len() >= titles.len());
        assert_eq!(self.titles(), titles);
    }

    fn messages(&self) -> Vec<Message> {
        self.world.telegram.messages(self.world.group)
    }

    fn await_message(&self, text: &str) {
        self.world.await_that(text, || self.messages().iter().any(|message| message.text == text));
        assert_eq!(self.messages().len(), 1, "{:?}", self.messages());
    }

    /// Waits until the clock has nothing left to send.
    fn await_done(&self) {
        self.world.await_that("the clock has sent everything", || {
            let (store, group) = self.world.store(Access::Read);
            store.open_rows(group, Lane::Clock, Instant(self.world.telegram.now())).unwrap().is_empty()
        });
    }
}

#[test]
fn the_title_of_the_call_changes_once_a_phase_and_is_put_back() {
    let clock = Clock::new(true);
    clock.world.telegram.title_call(clock.call, "Exam week");
    let tracker = clock.world.track();
    clock.await_titles(&["Exam week", TITLES[0]]);
    clock.await_done();
    for (minutes, shown) in [(50, 3), (60, 4), (110, 5)] {
        clock.move_to(minutes);
        let expected = [&["Exam week"], &TITLES[..shown - 1]].concat();
        clock.await_titles(&expected);
        clock.await_done();
    }
    // Another read changes nothing, and nothing was written into the group.
    clock.world.await_request("phone.getGroupParticipants", || clock.move_to(112));
    assert_eq!(clock.titles().len(), 5);
    assert_eq!(clock.messages(), []);
    clock.world.configure("@studyhall", &[("SWF_RHYTHM", "off")]);
    clock.await_titles(&[&["Exam week"], &TITLES[..4], &["Exam week"]].concat());
    clock.await_done();
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(clock.world.telegram.violations(), Vec::<String>::new());
}

/// In turn, the tracker is killed when the server has read the request, and when it has executed it.
#[test]
fn killed_in_each_phase_a_tracker_sets_each_title_once() {
    let clock = Clock::new(true);
    for (phase, minutes) in [34, 50, 60, 110].into_iter().enumerate() {
        clock.move_to(minutes);
        let moment = if phase % 2 == 0 { Moment::Stored } else { Moment::Read };
        clock.world.telegram.faults().pause(EDIT, moment, 1);
        let tracker = clock.world.track();
        clock.world.await_that("a title is held", || clock.world.telegram.paused() > 0);
        tracker.kill();
        clock.world.telegram.faults().resume();
        // By then the lease of the killed tracker has expired.
        clock.world.telegram.advance(60);
        let tracker = clock.world.track();
        clock.await_titles(&TITLES[..=phase]);
        clock.await_done();
        assert_eq!(clock.titles(), TITLES[..=phase], "phase {phase}");
        assert_eq!(tracker.stop(), Some(0));
    }
    assert_eq!(clock.messages(), []);
    assert_eq!(clock.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn without_the_right_one_silent_message_of_the_call_is_edited_and_goes_with_it() {
    let clock = Clock::new(false);
    let tracker = clock.world.track();
    clock.await_message(TITLES[0]);
    clock.await_done();
    let first = clock.messages().remove(0);
    assert!(first.silent, "{first:?}");
    for (minutes, text) in [(50, TITLES[1]), (60, TITLES[2])] {
        clock.move_to(minutes);
        clock.await_message(text);
        clock.await_done();
        assert_eq!(clock.messages()[0].id, first.id);
    }
    assert_eq!(clock.messages()[0].edits, 2);
    assert_eq!(clock.titles(), Vec::<String>::new());
    clock.world.telegram.end_call(clock.call);
    clock.world.await_that("the message is deleted", || clock.messages().is_empty());
    clock.await_done();
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(clock.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn killed_while_it_sends_the_message_a_tracker_makes_no_second_one() {
    let clock = Clock::new(false);
    for (method, minutes, text) in [("messages.sendMessage", 34, TITLES[0]), ("messages.editMessage", 50, TITLES[1])] {
        clock.move_to(minutes);
        clock.world.telegram.faults().pause(method, Moment::Stored, 1);
        let tracker = clock.world.track();
        clock.world.await_that("a message is held", || clock.world.telegram.paused() > 0);
        tracker.kill();
        clock.world.telegram.faults().resume();
        clock.world.telegram.advance(60);
        let tracker = clock.world.track();
        clock.await_done();
        clock.await_message(text);
        assert_eq!(tracker.stop(), Some(0));
    }
}

#[test]
fn a_title_that_an_admin_sets_meanwhile_stays() {
    let clock = Clock::new(true);
    let tracker = clock.world.track();
    clock.await_titles(&TITLES[..1]);
    clock.await_done();
    clock.world.telegram.title_call(clock.call, "Quiz at nine");
    for minutes in [50, 60] {
        clock.world.await_request("phone.getGroupCall", || clock.move_to(minutes));
    }
    clock.world.configure("@studyhall", &[("SWF_RHYTHM", "off")]);
    clock.await_done();
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(clock.titles(), [TITLES[0], "Quiz at nine"]);
    assert_eq!(clock.messages(), []);
}

#[test]
fn doctor_says_how_the_rhythm_is_shown() {
    let clock = Clock::new(false);
    let doctor = |clock: &Clock| String::from_utf8(clock.world.run(&["doctor"]).stdout).unwrap();
    let said = doctor(&clock);
    assert!(said.contains("may not manage calls, so a message shows the rhythm"), "{said}");
    clock.world.telegram.admin(clock.world.group, clock.world.me, true);
    let said = doctor(&clock);
    assert!(said.contains("the title of the call shows it"), "{said}");
    clock.world.configure("@studyhall", &[]);
    assert!(!doctor(&clock).contains("rhythm"));
}
