//! Runs the tracker over a simulated world, with every possible fault of the protocol, and records what the tracker was
//! shown. All time that it was shown must be credited, and nothing that is not true.

use std::collections::{BTreeMap, VecDeque};

use swf::domain::roster::{BlindReason, CallState, Event, Fact, GroupWatcher, MAX_NAMED, Request, Sighting};
use swf::domain::{CallId, Instant, PeerId};

use super::NOON;
use super::ledger::Ledger;
use super::world::{Dice, PEERS, Push, World, sighting};

/// What happens to a push in transit.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Dropped,
    Twice,
    /// It arrives this many seconds late; others overtake it.
    Late(u8),
    /// It arrives again, this many seconds later.
    Again(u8),
    /// A `left` without its `versioned` flag.
    Unflagged,
}

/// How a request fails.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    Flood(u8),
    Internal,
    /// `GROUPCALL_INVALID`, although the call exists.
    Invalid,
}

#[derive(Clone, Copy, Debug)]
pub enum Op {
    Start,
    End,
    Replace,
    Schedule,
    Join(u8),
    Leave(u8),
    /// Leaves and joins again in the same second.
    Bounce(u8),
    /// Joins and leaves in the same second.
    Blink(u8),
    Silent(u8),
    Mute(u8),
    Speak(u8),
    Hide(bool),
    State,
    Foreign,
    Fault(Fault),
    Trouble(Trouble),
    /// From now on answers take this long: the seconds until they are computed, and until they arrive.
    Slow(u8, u8),
    /// Whether lists are reordered between pages.
    Shuffle(bool),
    /// The connection is lost for this many seconds.
    Cut(u8),
    /// The tracker is killed, and started again after this many seconds.
    Kill(u8),
    /// Pushes were lost, but the connection still works.
    Garbled,
    /// The server sends an impossible join date, one of [`LIES`].
    Lie(u8, u8),
}

/// Impossible join dates: far in the past or future, and before the call began.
const LIES: [i64; 6] = [0, 1, -1, i32::MAX as i64, i32::MIN as i64, NOON - 8 * 86_400];

fn is_lie(joined: i64) -> bool {
    LIES.contains(&joined)
}

#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub pass: u8,
    pub op: Op,
}

/// A span that the tracker was shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    call: CallId,
    peer: PeerId,
    from: i64,
    to: i64,
}

#[derive(Clone, Debug)]
struct Flight {
    ask: Request,
    asked: i64,
    computed: i64,
    arrives: i64,
    answer: Option<Result<Event, BlindReason>>,
}

pub struct Driver {
    pub world: World,
    pub watch: GroupWatcher,
    pub ledger: Ledger,
    /// All facts, one list for each step.
    pub steps: Vec<Vec<Fact>>,
    /// Spans in which the tracker could see nothing.
    pub outages: Vec<(i64, i64)>,
    /// Whether a cut is replaced by a restart, which must make no difference.
    cuts_are_kills: bool,
    dice: Dice,
    up: bool,
    back: i64,
    requests: VecDeque<Request>,
    flight: Option<Flight>,
    /// The answer in transit belongs to a request from before a loss, so it is ignored.
    deaf: bool,
    waits: Vec<i64>,
    late: Vec<(i64, Push)>,
    faults: VecDeque<Fault>,
    troubles: VecDeque<Trouble>,
    slow: (i64, i64),
    shuffle: bool,
    quiet: i64,
    check: i64,
    read: i64,
    failures: u32,
    /// For each call the highest version that was lost in transit, and the highest that the tracker received.
    lost: BTreeMap<CallId, i32>,
    heard: BTreeMap<CallId, i32>,
    shown: Vec<Shown>,
    /// Shown to the tracker, but only stored once the gap is filled.
    pending: Vec<Shown>,
}

impl Driver {
    pub fn new(start: i64, seed: u64, cuts_are_kills: bool) -> Driver {
        Driver {
            world: World::new(start),
            watch: GroupWatcher::default(),
            ledger: Ledger::default(),
            steps: Vec::new(),
            outages: Vec::new(),
            cuts_are_kills,
            dice: Dice(seed),
            up: false,
            back: start,
            requests: VecDeque::new(),
            flight: None,
            deaf: false,
            waits: Vec::new(),
            late: Vec::new(),
            faults: VecDeque::new(),
            troubles: VecDeque::new(),
            slow: (0, 0),
            shuffle: false,
            quiet: 0,
            check: 0,
            read: 0,
            failures: 0,
            lost: BTreeMap::new(),
            heard: BTreeMap::new(),
            shown: Vec::new(),
            pending: Vec::new(),
        }
    }

    pub fn play(&mut self, moves: &[Move]) {
        self.work();
        for one in moves {
            for _ in 0..one.pass {
                self.tick();
            }
            self.act(one.op);
            self.work();
            self.nothing_untrue();
        }
    }

    /// Nothing goes wrong any more, for long enough to read everything once.
    pub fn calm(&mut self) {
        (self.slow, self.shuffle) = ((0, 0), false);
        self.troubles.clear();
        self.faults.clear();
        self.quiet = self.quiet.min(self.world.now + 60);
        for _ in 0..200 {
            self.tick();
        }
        assert!(
            self.up && self.flight.is_none() && self.requests.is_empty(),
            "the asks never end: {:?}",
            self.requests
        );
    }

    pub fn now(&self) -> i64 {
        self.world.now
    }

    fn tick(&mut self) {
        self.world.now += 1;
        self.work();
    }

    /// Does everything that is due in this second, in random order.
    fn work(&mut self) {
        let now = self.now();
        if !self.up && now >= self.back {
            self.connect();
        }
        for round in 0.. {
            assert!(round < 5000, "no end of asking: {:?}", self.requests);
            let first = self.dice.roll(3);
            let worked = (0..3).any(|turn| match (first + turn) % 3 {
                0 => self.deliver_late(),
                1 => self.answer(),
                _ => self.wait_over(),
            });
            if !worked && !self.due() {
                break;
            }
        }
    }

    // ── the connection ──────────────────────────────────────────────────────────────────────────────────────────────

    fn connect(&mut self) {
        self.up = true;
        let now = self.now();
        self.check = now + 25 + self.dice.roll(10) as i64;
        self.read = now + 300;
        self.handle(Event::Connected);
    }

    fn disconnect(&mut self, seconds: u8) {
        let now = self.now();
        self.up = false;
        self.back = now + 1 + i64::from(seconds);
        self.outages.push((now, self.back));
        self.requests.clear();
        self.flight = None;
        self.deaf = false;
        self.waits.clear();
        self.late.clear();
        (self.quiet, self.failures) = (0, 0);
    }

    fn restart(&mut self) {
        self.watch = self.ledger.watch();
        self.pending.clear();
    }

    fn act(&mut self, op: Op) {
        let who = |index: u8| PEERS[usize::from(index) % PEERS.len()];
        match op {
            Op::Start => {
                let pushes = self.world.start();
                self.send(pushes);
            }
            Op::End => {
                let pushes = self.world.end();
                self.send(pushes);
            }
            Op::Replace => {
                let pushes = self.world.end();
                self.send(pushes);
                let pushes = self.world.start();
                self.send(pushes);
            }
            Op::Schedule => {
                let pushes = self.world.schedule();
                self.send(pushes);
            }
            Op::Join(index) => {
                let muted = self.dice.roll(2) == 0;
                let pushes = self.world.join(who(index), muted);
                self.send(pushes);
            }
            Op::Leave(index) => {
                let pushes = self.world.leave(who(index), false);
                self.send(pushes);
            }
            Op::Bounce(index) => {
                let pushes = self.world.leave(who(index), false);
                if !pushes.is_empty() {
                    self.send(pushes);
                    let pushes = self.world.join(who(index), false);
                    self.send(pushes);
                }
            }
            Op::Blink(index) => {
                let pushes = self.world.join(who(index), false);
                if !pushes.is_empty() {
                    self.send(pushes);
                    let pushes = self.world.leave(who(index), false);
                    self.send(pushes);
                }
            }
            Op::Silent(index) => {
                // A `left` without a version that arrives before its version can't be told from an update, and its loss
                // can't be detected.
                let on_the_way = !self.late.is_empty() || !self.waits.is_empty() || self.unseen_loss();
                let pushes = self.world.leave(who(index), !on_the_way);
                if on_the_way {
                    self.send(pushes);
                } else {
                    pushes.into_iter().for_each(|push| self.deliver(push));
                }
            }
            Op::Mute(index) => {
                let mut pushes = self.world.mute(who(index));
                if self.dice.roll(4) == 0
                    && let (Some(push), Some(state)) = (pushes.first_mut(), self.world.state().pop())
                {
                    push.events.extend(state.events);
                }
                self.send(pushes);
            }
            Op::Speak(index) => {
                let pushes = self.world.speak(who(index));
                self.send(pushes);
            }
            // Nothing would ever show that this push was lost, so it is never lost while the connection works.
            Op::Hide(hidden) => self.world.hide(hidden).into_iter().for_each(|push| self.deliver(push)),
            Op::State => {
                let pushes = self.world.state();
                self.send(pushes);
            }
            Op::Foreign => {
                let pushes = self.world.foreign();
                self.send(pushes);
            }
            Op::Fault(fault) => self.faults.push_back(fault),
            Op::Trouble(trouble) => self.troubles.push_back(trouble),
            Op::Slow(computed, arrives) => self.slow = (computed.into(), arrives.into()),
            Op::Shuffle(on) => self.shuffle = on,
            Op::Cut(seconds) if self.up => {
                self.handle(Event::Lost(BlindReason::Offline));
                self.disconnect(seconds);
                if self.cuts_are_kills {
                    self.restart();
                }
            }
            Op::Kill(seconds) if self.up => {
                self.disconnect(seconds);
                self.restart();
            }
            Op::Garbled if self.up => {
                self.late.clear();
                self.deaf = self.flight.is_some();
                self.handle(Event::Lost(BlindReason::Gap));
                self.handle(Event::Connected);
            }
            Op::Lie(index, lie) => self.world.lie(who(index), LIES[usize::from(lie) % LIES.len()]),
            Op::Cut(_) | Op::Kill(_) | Op::Garbled => {}
        }
    }

    // ── pushes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Whether an update was lost and nothing after it has shown that.
    fn unseen_loss(&self) -> bool {
        let Some(call) = self.world.call.as_ref().map(|call| call.id).or(self.watch.call()) else { return false };
        self.lost.get(&call) > self.heard.get(&call)
    }

    fn send(&mut self, pushes: Vec<Push>) {
        for mut push in pushes {
            let ends = matches!(push.events[..], [Event::Call { state: CallState::Discarded, .. }]);
            if ends {
                // The end of a call has no version. If it overtook updates, or came after a loss that nothing has
                // shown, every client would assume that everybody was in the call to its end.
                for (_, push) in std::mem::take(&mut self.late) {
                    self.deliver(push);
                }
                if self.lost.get(&push.call) > self.heard.get(&push.call) {
                    continue;
                }
            }
            match self.faults.pop_front() {
                None => self.deliver(push),
                Some(Fault::Dropped) => self.lose(&push),
                Some(Fault::Twice) => {
                    self.deliver(push.clone());
                    self.deliver(push);
                }
                Some(Fault::Late(seconds)) => self.late.push((self.now() + i64::from(seconds), push)),
                Some(Fault::Again(seconds)) => {
                    self.late.push((self.now() + i64::from(seconds), push.clone()));
                    self.deliver(push);
                }
                Some(Fault::Unflagged) => {
                    for event in &mut push.events {
                        if let Event::Participants { participants, .. } = event {
                            participants.iter_mut().filter(|one| one.left).for_each(|one| one.versioned = false);
                        }
                    }
                    self.deliver(push);
                }
            }
        }
    }

    fn lose(&mut self, push: &Push) {
        if push.versioned {
            let lost = self.lost.entry(push.call).or_default();
            *lost = push.version.max(*lost);
        }
    }

    fn deliver_late(&mut self) -> bool {
        let now = self.now();
        let due: Vec<usize> = (0..self.late.len()).filter(|index| self.late[*index].0 <= now).collect();
        let Some(index) = due.get(self.dice.roll(due.len().max(1) as u64) as usize) else { return false };
        let (_, push) = self.late.remove(*index);
        self.deliver(push);
        true
    }

    fn deliver(&mut self, push: Push) {
        if !self.up {
            return;
        }
        push.events.into_iter().for_each(|event| self.handle(event));
    }

    // ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    fn wait_over(&mut self) -> bool {
        let now = self.now();
        let Some(index) = self.waits.iter().position(|until| *until <= now) else { return false };
        self.waits.remove(index);
        self.handle(Event::WaitOver);
        true
    }

    fn due(&mut self) -> bool {
        let now = self.now();
        let due = self.up && now >= self.quiet && now >= self.check.min(self.read);
        if !due || self.flight.is_some() || !self.requests.is_empty() {
            return false;
        }
        let full = now >= self.read || self.failures > 0;
        self.check = now + 25 + self.dice.roll(10) as i64;
        self.read = if full { now + 300 } else { self.read };
        self.handle(Event::Due { full });
        true
    }

    /// Advances the request in flight by one step, or sends the next one.
    fn answer(&mut self) -> bool {
        let now = self.now();
        let Some(mut flight) = self.flight.take() else {
            if !self.up || now < self.quiet {
                return false;
            }
            let Some(ask) = self.requests.pop_front() else { return false };
            let computed = now + self.slow.0;
            self.flight = Some(Flight { ask, asked: now, computed, arrives: computed + self.slow.1, answer: None });
            return true;
        };
        if flight.answer.is_none() && now >= flight.computed {
            let mut answer = self.compute(&flight.ask, flight.asked);
            if let Some(trouble) = self.troubles.pop_front() {
                self.quiet = now + if let Trouble::Flood(seconds) = trouble { i64::from(seconds) } else { 0 };
                answer = Err(match trouble {
                    Trouble::Flood(_) => BlindReason::FloodWait,
                    Trouble::Internal | Trouble::Invalid => BlindReason::Gap,
                });
            }
            flight.answer = Some(answer);
            self.flight = Some(flight);
            return true;
        }
        if now < flight.arrives {
            self.flight = Some(flight);
            return false;
        }
        match flight.answer {
            Some(Ok(event)) => {
                self.failures = 0;
                self.handle(event);
                self.deaf = false;
            }
            Some(Err(reason)) => {
                self.failures += 1;
                self.requests.clear();
                self.quiet = self.quiet.max(now + (1 << self.failures.min(5)).min(30));
                self.check = self.quiet;
                self.handle(Event::Failed(reason));
                self.deaf = false;
            }
            None => unreachable!("an answer is computed before it arrives"),
        }
        true
    }

    fn compute(&mut self, ask: &Request, asked: i64) -> Result<Event, BlindReason> {
        let at = Instant(asked);
        let call = self.world.call.as_ref();
        let (wanted, offset) = match ask {
            Request::Lookup => return Ok(Event::Found { at, call: call.map(|call| (call.id, call.hidden)) }),
            Request::Check { call } | Request::Named { call, .. } => (call, ""),
            Request::Page { call, offset } => (call, offset.as_str()),
            Request::Wait => unreachable!("waiting is no request"),
        };
        let Some(call) = call.filter(|call| call.id == *wanted) else { return Err(BlindReason::Gap) };
        let (call, version, count) = (call.id, call.version, call.people.len() as i64);
        let mut listed: Vec<Sighting> = self
            .world
            .call
            .iter()
            .flat_map(|call| call.listed())
            .map(|(peer, joined)| Sighting { versioned: true, ..sighting(peer, joined) })
            .collect();
        Ok(match ask {
            Request::Check { .. } => Event::Checked { at, call, version, count },
            Request::Named { peers, .. } => {
                assert!(!peers.is_empty() && peers.len() <= MAX_NAMED, "a batch of {}", peers.len());
                listed.retain(|one| peers.contains(&one.peer));
                Event::Named { at, call, participants: listed }
            }
            _ => {
                if self.shuffle && self.dice.roll(2) == 0 && !listed.is_empty() {
                    let by = self.dice.roll(listed.len() as u64) as usize;
                    listed.rotate_left(by);
                }
                let from: usize = if offset.is_empty() { 0 } else { offset.parse().expect("an offset of ours") };
                let size = 2 + self.dice.roll(3) as usize;
                let to = (from + size).min(listed.len());
                // Sometimes the last page is empty.
                let more = to < listed.len() || (from < to && self.dice.roll(4) == 0);
                let next = if more { to.to_string() } else { String::new() };
                let participants = listed.get(from..to).unwrap_or_default().to_vec();
                Event::Page { at, call, version, participants, next }
            }
        })
    }

    // ── the account ─────────────────────────────────────────────────────────────────────────────────────────────────

    fn handle(&mut self, event: Event) {
        let (call, before) = (self.watch.call(), self.watch.confirmed());
        let shown = self.shows(&event);
        let step = self.watch.handle(event.clone());
        assert!(step.requests.len() <= 3, "{event:?} led to {:?}", step.requests);
        step.facts.iter().for_each(|fact| self.ledger.keep(fact));
        self.steps.push(step.facts);
        for ask in step.requests {
            match ask {
                Request::Wait => self.waits.push(self.now() + 1),
                ask => self.requests.push_back(ask),
            }
        }
        if self.watch.call() == call {
            assert!(self.watch.confirmed() >= before, "confirmed instants go back");
        }
        self.pending.extend(shown);
        if self.watch.blind().is_none() && self.waits.is_empty() {
            self.shown.append(&mut self.pending);
        }
    }

    /// The spans that an event shows by the rules (§3): an update below the known version is skipped, and an
    /// unversioned one only shows that somebody in the roster is still there.
    fn shows(&mut self, event: &Event) -> Vec<Shown> {
        let mut out = Vec::new();
        let mut show = |call, one: &Sighting, at: Instant| {
            // An impossible date shows nothing before the sighting.
            if !is_lie(one.joined.0) {
                out.push(Shown { call, peer: one.peer, from: one.joined.0, to: at.0 });
            }
        };
        match event {
            Event::Participants { at, call, version, participants } if self.watch.call() == Some(*call) => {
                let versioned = participants.iter().any(|one| one.versioned || one.left || one.just_joined);
                let heard = self.heard.entry(*call).or_default();
                if versioned && *version > *heard {
                    participants.iter().for_each(|one| show(*call, one, *at));
                } else if !versioned {
                    let here: BTreeMap<_, _> = self.watch.present().collect();
                    let still = |one: &&Sighting| here.get(&one.peer).is_some_and(|had| had.joined == one.joined);
                    participants.iter().filter(still).for_each(|one| show(*call, one, *at));
                }
                *heard = (*version).max(*heard);
            }
            Event::Call { call, state: CallState::Live { version, .. }, .. } | Event::Checked { call, version, .. } => {
                let heard = self.heard.entry(*call).or_default();
                *heard = (*version).max(*heard);
            }
            Event::Page { call, .. } | Event::Named { call, .. } if self.deaf || self.watch.call() != Some(*call) => {}
            Event::Page { at, call, version, participants, .. } => {
                let heard = self.heard.entry(*call).or_default();
                *heard = (*version).max(*heard);
                participants.iter().for_each(|one| show(*call, one, *at));
            }
            Event::Named { at, call, participants } => participants.iter().for_each(|one| show(*call, one, *at)),
            _ => {}
        }
        out
    }

    /// Checks that all credited time is true presence, at every moment, to the second, and that no participant has two
    /// stays at once.
    pub fn nothing_untrue(&self) {
        let stays = self.ledger.stays();
        for stay in &stays {
            let (from, to) = (stay.span.from.0, stay.span.to.0);
            assert!(to >= from, "{stay:?}");
            assert!(self.world.was_in(stay.call, stay.peer, from, to), "never so: {stay:?}\n{:#?}", self.world.truth);
        }
        for (index, a) in stays.iter().enumerate() {
            for b in &stays[..index] {
                let meet = !a.span.clip(b.span).is_empty();
                assert!(a.peer != b.peer || !meet, "twice at once: {a:?} {b:?}");
            }
        }
    }

    /// Checks that nobody loses a second that the tracker was shown.
    pub fn nothing_lost(&self) {
        let stays = self.ledger.stays();
        for shown in &self.shown {
            let mut second = shown.from;
            while second < shown.to {
                let has = |at: i64| {
                    stays.iter().find(|stay| {
                        stay.peer == shown.peer
                            && stay.call == shown.call
                            && stay.span.from.0 <= at
                            && at < stay.span.to.0
                    })
                };
                let Some(stay) = has(second) else {
                    panic!("second {second} of {shown:?} is lost\n{stays:#?}\n{:#?}", self.world.truth);
                };
                second = stay.span.to.0;
            }
        }
    }

    /// Checks, after a calm time, that the tracker has exactly the people whom the server lists, and was confirmed
    /// recently.
    pub fn all_seen(&self) {
        let listed: BTreeMap<PeerId, i64> = self.world.call.iter().flat_map(|call| call.listed()).collect();
        let have: BTreeMap<PeerId, i64> = self.watch.present().map(|(peer, one)| (peer, one.joined.0)).collect();
        assert!(have.keys().eq(listed.keys()), "{have:?} {listed:?}");
        for (peer, joined) in listed.iter().filter(|(_, joined)| !is_lie(**joined)) {
            assert_eq!(have[peer], *joined, "{peer}");
        }
        assert!(!have.values().any(|joined| is_lie(*joined)), "{have:?}");
        assert_eq!(self.watch.call(), self.world.call.as_ref().map(|call| call.id));
        assert_eq!(self.watch.blind(), None);
        if let Some(call) = &self.world.call {
            let hides = call.people.len() > listed.len();
            let confirmed = self.watch.confirmed().expect("looked at").0;
            assert!(
                confirmed >= self.now() - if hides { 45 } else { 40 },
                "last confirmed {} s ago",
                self.now() - confirmed
            );
            for stay in self.ledger.stays().iter().filter(|stay| stay.open) {
                assert!(stay.span.to.0 >= confirmed, "{stay:?}");
            }
        }
    }

    /// Checks that no second of an outage counts as observed.
    pub fn no_outage_observed(&self) {
        for stay in self.ledger.stays() {
            for &(from, to) in &self.outages {
                for second in from.max(stay.span.from.0)..to.min(stay.span.to.0) {
                    let blind = self.ledger.blinds.iter().any(|blind| {
                        blind.call == stay.call
                            && blind.peer.is_none_or(|peer| peer == stay.peer)
                            && blind.span.from.0 <= second
                            && second < blind.span.to.0
                    });
                    assert!(blind, "second {second} of {stay:?} counts as watched: {:#?}", self.ledger.blinds);
                }
            }
        }
    }

    /// Checks a run without faults, delays and hidden listeners: the stays are the truth, to the second, and there are
    /// no blind spans.
    pub fn all_exact(&self) {
        let stays = self.ledger.stays();
        for truth in &self.world.truth {
            let to = truth.to.unwrap_or_else(|| self.watch.confirmed().map_or(truth.from, |at| at.0.max(truth.from)));
            for second in truth.from..to {
                let had = stays.iter().any(|stay| {
                    (stay.call, stay.peer) == (truth.call, truth.peer)
                        && (stay.span.from.0..stay.span.to.0).contains(&second)
                });
                assert!(had, "second {second} of {truth:?} is lost: {stays:#?}");
            }
        }
        assert_eq!(self.ledger.blinds, [], "there was nothing to be blind for");
    }
}
