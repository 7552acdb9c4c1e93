//! Evenings with many faults: nobody gets a second too much, and no second with evidence is lost (rules §2.3–5).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use swf::domain::accounting::presence::Stay;
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::Access;

use crate::home::{START, Tracker, World};

/// Pseudo-random numbers, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// When each person was really in the call.
#[derive(Default)]
struct Truth(BTreeMap<i64, Vec<(i64, i64)>>);

impl Truth {
    fn join(&mut self, who: i64, at: i64) {
        self.0.entry(who).or_default().push((at, i64::MAX));
    }

    fn leave(&mut self, who: i64, at: i64) {
        self.0.get_mut(&who).and_then(|stays| stays.last_mut()).expect("they are in").1 = at;
    }

    fn is_in(&self, who: i64) -> bool {
        self.0.get(&who).is_some_and(|stays| stays.last().is_some_and(|stay| stay.1 == i64::MAX))
    }
}

/// An evening that is going on.
struct Evening {
    world: World,
    people: Vec<i64>,
    call: i64,
    truth: Truth,
    tracker: Option<Tracker>,
    numbers: Numbers,
}

impl Evening {
    fn new(people: usize, seed: u64) -> Evening {
        let world = World::new();
        // Another test checks the gate; here every second counts.
        world.configure("@studyhall", &[("SWF_MIN_SESSION", "0")]);
        let people = (0..people).map(|number| world.member(&format!("Person {number}"))).collect();
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, world.me);
        let mut truth = Truth::default();
        truth.join(world.me, world.telegram.now());
        Evening { world, people, call, truth, tracker: None, numbers: Numbers(seed) }
    }

    /// Somebody joins or leaves.
    fn random_move(&mut self) {
        let who = self.people[self.numbers.below(self.people.len() as u64) as usize];
        let now = self.world.telegram.now();
        if self.truth.is_in(who) {
            self.truth.leave(who, now);
            self.world.telegram.leave(self.call, who);
        } else {
            self.truth.join(who, now);
            self.world.telegram.join(self.call, who);
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.world.telegram.advance(seconds);
    }

    /// An account in the call mutes and unmutes, which lets the tracker confirm the roster.
    fn show(&self) {
        self.world.telegram.mute(self.call, self.world.me);
        self.world.telegram.unmute(self.call, self.world.me);
    }

    /// Somebody's receipt; an empty one if the tracker has never seen them.
    fn receipt(&self, who: i64) -> Value {
        let output = self.world.run(&["why", &who.to_string(), "--json"]);
        if output.status.code() == Some(1) {
            return serde_json::json!({ "parts": [], "said": String::from_utf8_lossy(&output.stderr) });
        }
        serde_json::from_slice(&output.stdout).expect("a receipt")
    }

    /// Checks for everybody, to the second, that nothing is credited too much, and that missing seconds are in blind
    /// spans. Returns how many are missing.
    fn check(&self) -> usize {
        let now = self.world.telegram.now();
        let (store, group) = self.world.store(Access::Read);
        let window = Span::new(Instant(START), Instant(now));
        let record = store.board_record(group, window).expect("the store is read");
        // An invented stay that spans the whole window: its blind spans are those that apply to everybody.
        let blind = record.blinds.of(&Stay { call: CallId(self.call), peer: PeerId(0), span: window, open: false });
        let blind = seconds_of(blind.map(|blind| (blind.span.from.0, blind.span.to.0)));
        let board: BTreeMap<i64, i64> = self.world.seconds().into_iter().collect();
        let mut missing = 0;
        for who in self.people.iter().copied().chain([self.world.me]) {
            let truth = seconds_of(self.truth.0.get(&who).into_iter().flatten().map(|&(from, to)| (from, to.min(now))));
            let receipt = self.receipt(who);
            let counted = receipt["parts"].as_array().expect("parts").iter().filter(|part| part["counted"] == true);
            let counted = seconds_of(counted.map(|part| (instant(&part["from"]), instant(&part["to"]))));
            assert_eq!(counted.len() as i64, board.get(&who).copied().unwrap_or(0), "{who}: {receipt:#}");
            let too_much: Vec<&i64> = counted.difference(&truth).collect();
            assert!(too_much.is_empty(), "{who} was not in at {too_much:?}: {receipt:#}");
            let lost: Vec<i64> = truth.difference(&counted).copied().collect();
            let seen: Vec<&i64> = lost.iter().filter(|second| !blind.contains(second)).collect();
            assert!(seen.is_empty(), "{who} lost {seen:?}, which nobody was blind for: {receipt:#}");
            missing += lost.len();
        }
        missing
    }
}

fn seconds_of(spans: impl Iterator<Item = (i64, i64)>) -> BTreeSet<i64> {
    spans.flat_map(|(from, to)| from..to).collect()
}

fn instant(text: &Value) -> i64 {
    let text = text.as_str().expect("a time");
    chrono::DateTime::parse_from_rfc3339(text).expect("ISO 8601").timestamp()
}

/// The number of kills. The long form is `SWF_KILLS=100 cargo test --test it kill`.
fn kills() -> u64 {
    std::env::var("SWF_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8)
}

#[test]
fn a_tracker_that_is_killed_again_and_again_is_right_in_the_end() {
    let mut evening = Evening::new(30, 0x00c0_ffee);
    for _ in 0..kills() {
        evening.tracker = Some(evening.world.track_blindly());
        // The kill comes at any point: while the tracker connects, reads, writes, or waits.
        for _ in 0..evening.numbers.below(12) {
            evening.random_move();
            std::thread::sleep(Duration::from_millis(evening.numbers.below(40)));
            let step = evening.numbers.below(90) as i64;
            evening.pass(step);
        }
        evening.tracker.take().expect("it runs").kill();
        // People also join and leave while the tracker is dead.
        for _ in 0..evening.numbers.below(4) {
            let step = evening.numbers.below(60) as i64;
            evening.pass(step);
            evening.random_move();
        }
    }
    evening.tracker = Some(evening.world.track());
    evening.pass(100);
    evening.show();
    evening.world.await_confirmed();
    let missing = evening.check();
    eprintln!("{} kills: {missing} s that nothing shows, all of them listed", kills());
    evening.world.ok(&["audit"]);
    // The account that stayed all the time has every second.
    let now = evening.world.telegram.now();
    assert!(evening.world.seconds().contains(&(evening.world.me, now - START)));
    assert_eq!(evening.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn somebody_who_stays_through_floods_errors_cuts_and_a_kill_has_every_second() {
    let mut evening = Evening::new(12, 7);
    evening.tracker = Some(evening.world.track());
    for hour in 0..2 {
        for _ in 0..6 {
            evening.random_move();
            evening.pass(180);
        }
        let faults = evening.world.telegram.faults();
        faults.flood_wait("phone.getGroupParticipants", 1, 1);
        if hour == 0 {
            faults.error("phone.getGroupParticipants", 500, "INTERNAL", 1);
        }
        // A cut makes the tracker read the call again, so it meets the faults.
        faults.refuse(true);
        evening.pass(240);
        evening.random_move();
        evening.world.await_request("phone.getGroupParticipants", || evening.world.telegram.faults().refuse(false));
        evening.pass(30);
        evening.world.await_confirmed();
        if hour == 0 {
            evening.tracker.take().expect("it runs").kill();
            evening.pass(300);
            evening.random_move();
            evening.tracker = Some(evening.world.track());
        }
    }
    evening.pass(60);
    evening.show();
    evening.world.await_confirmed();
    evening.check();
    let now = evening.world.telegram.now();
    assert!(evening.world.seconds().contains(&(evening.world.me, now - START)));
    evening.world.ok(&["audit"]);
    assert_eq!(evening.world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_storm_of_joins_and_leaves_is_exact() {
    let world = World::new();
    let people: Vec<i64> = (0..5000).map(|number| world.member(&format!("Person {number}"))).collect();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.me);
    let tracker = world.track();
    world.telegram.advance(10);
    for person in &people {
        world.telegram.join(call, *person);
    }
    world.telegram.advance(600);
    for person in &people[..2000] {
        world.telegram.leave(call, *person);
    }
    world.telegram.advance(300);
    world.telegram.mute(call, world.me);
    // Facts are stored in order, so everything before this is stored, too.
    world.await_that("everything is stored", || world.seconds().contains(&(world.me, 910)));
    let seconds: BTreeMap<i64, i64> = world.seconds().into_iter().collect();
    for (index, person) in people.iter().enumerate() {
        let expected = if index < 2000 { 600 } else { 900 };
        assert_eq!(seconds.get(person), Some(&expected), "person {index}");
    }
    assert_eq!(seconds[&world.me], 910);
    assert_eq!(world.today()["blind_seconds"], 0);
    if let (Some(peak), Some(time)) = (tracker.peak_memory(), tracker.cpu_time()) {
        eprintln!("the tracker took {time:?} of CPU time, and {peak} KiB of memory at its peak");
    }
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}
