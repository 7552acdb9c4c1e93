//! A simulated group call: who is in it at each second, and what the server sends about it (rules §3).

use std::collections::BTreeMap;

use swf::domain::roster::signs::Shown;
use swf::domain::roster::{CallState, Event, Sighting};
use swf::domain::{CallId, Instant, PeerId};

/// A small random generator with a seed, the same on every platform.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % sides
    }
}

/// The accounts: three people, the second account of the first one, a channel, and a bot.
pub const PEERS: [PeerId; 6] =
    [PeerId(11), PeerId(12), PeerId(13), PeerId(1_000_011), PeerId(-1_000_000_000_014), PeerId(15)];
pub const FIRST_ACCOUNT: PeerId = PEERS[0];
pub const SECOND_ACCOUNT: PeerId = PEERS[3];
pub const BOT: PeerId = PEERS[5];

#[derive(Clone, Copy, Debug)]
pub struct Inside {
    /// The join date that the server sends.
    pub joined: i64,
    pub muted: bool,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub id: CallId,
    pub version: i32,
    pub hidden: bool,
    pub people: BTreeMap<PeerId, Inside>,
}

impl Call {
    /// Whether the server lists this person.
    fn lists(&self, one: &Inside) -> bool {
        !(self.hidden && one.muted)
    }

    /// Everybody whom a read can show, with the join date.
    pub fn listed(&self) -> Vec<(PeerId, i64)> {
        self.people.iter().filter(|(_, one)| self.lists(one)).map(|(peer, one)| (*peer, one.joined)).collect()
    }

    pub fn live(&self) -> CallState {
        CallState::Live { version: self.version, listeners_hidden: self.hidden }
    }
}

/// One container that the server pushes.
#[derive(Clone, Debug)]
pub struct Push {
    pub call: CallId,
    pub version: i32,
    /// If a versioned push is lost, a version is missing.
    pub versioned: bool,
    pub events: Vec<Event>,
}

/// One participant's real presence in one call.
#[derive(Clone, Copy, Debug)]
pub struct Presence {
    pub call: CallId,
    pub peer: PeerId,
    pub from: i64,
    pub to: Option<i64>,
}

#[derive(Debug)]
pub struct World {
    pub now: i64,
    pub call: Option<Call>,
    scheduled: Option<CallId>,
    calls: i64,
    pub truth: Vec<Presence>,
}

impl World {
    pub fn new(now: i64) -> World {
        World { now, call: None, scheduled: None, calls: 0, truth: Vec::new() }
    }

    pub fn start(&mut self) -> Vec<Push> {
        if self.call.is_some() {
            return Vec::new();
        }
        let id = self.scheduled.take().unwrap_or_else(|| self.new_id());
        let call = Call { id, version: 1, hidden: false, people: BTreeMap::new() };
        let push = self.about(&call, call.live());
        self.call = Some(call);
        vec![push]
    }

    /// Schedules a call, which does not run yet.
    pub fn schedule(&mut self) -> Vec<Push> {
        if self.call.is_some() || self.scheduled.is_some() {
            return Vec::new();
        }
        let id = self.new_id();
        self.scheduled = Some(id);
        let call = Call { id, version: 1, hidden: false, people: BTreeMap::new() };
        vec![self.about(&call, CallState::Scheduled)]
    }

    pub fn end(&mut self) -> Vec<Push> {
        let Some(call) = self.call.take() else { return Vec::new() };
        for one in self.truth.iter_mut().filter(|one| one.to.is_none()) {
            one.to = Some(self.now);
        }
        vec![self.about(&call, CallState::Discarded)]
    }

    pub fn join(&mut self, peer: PeerId, muted: bool) -> Vec<Push> {
        let (now, Some(call)) = (self.now, self.call.as_mut()) else { return Vec::new() };
        if call.people.contains_key(&peer) {
            return Vec::new();
        }
        let one = Inside { joined: now, muted };
        call.people.insert(peer, one);
        self.truth.push(Presence { call: call.id, peer, from: now, to: None });
        if !call.lists(&one) {
            return Vec::new();
        }
        call.version += 1;
        vec![participants(now, call, &[(peer, one)], |one| (one.versioned, one.just_joined) = (true, true))]
    }

    /// With `silent`, the server sends `left` without increasing the version.
    pub fn leave(&mut self, peer: PeerId, silent: bool) -> Vec<Push> {
        let (now, Some(call)) = (self.now, self.call.as_mut()) else { return Vec::new() };
        let Some(one) = call.people.remove(&peer) else { return Vec::new() };
        self.truth.iter_mut().filter(|truth| truth.peer == peer && truth.to.is_none()).for_each(|truth| {
            truth.to = Some(now);
        });
        if !call.lists(&one) {
            return Vec::new();
        }
        call.version += i32::from(!silent);
        let mut push = participants(now, call, &[(peer, one)], |one| (one.left, one.versioned) = (true, !silent));
        push.versioned = !silent;
        vec![push]
    }

    pub fn mute(&mut self, peer: PeerId) -> Vec<Push> {
        let (now, Some(call)) = (self.now, self.call.as_mut()) else { return Vec::new() };
        let Some(one) = call.people.get_mut(&peer) else { return Vec::new() };
        one.muted = !one.muted;
        let one = *one;
        call.version += 1;
        vec![participants(now, call, &[(peer, one)], |one| one.versioned = true)]
    }

    pub fn speak(&mut self, peer: PeerId) -> Vec<Push> {
        let (now, Some(call)) = (self.now, self.call.as_ref()) else { return Vec::new() };
        match call.people.get(&peer) {
            Some(one) if call.lists(one) => vec![participants(now, call, &[(peer, *one)], |_| {})],
            _ => Vec::new(),
        }
    }

    /// From now on the server sends an impossible join date.
    pub fn lie(&mut self, peer: PeerId, date: i64) {
        if let Some(one) = self.call.as_mut().and_then(|call| call.people.get_mut(&peer)) {
            one.joined = date;
        }
    }

    pub fn hide(&mut self, hidden: bool) -> Vec<Push> {
        let Some(call) = &mut self.call else { return Vec::new() };
        if std::mem::replace(&mut call.hidden, hidden) == hidden {
            return Vec::new();
        }
        let call = call.clone();
        vec![self.about(&call, call.live())]
    }

    /// Another group's call, pushed without its peer.
    pub fn foreign(&self) -> Vec<Push> {
        let call = Call { id: CallId(999), version: 7, hidden: false, people: BTreeMap::new() };
        let one = Inside { joined: self.now - 5, muted: false };
        vec![
            self.about(&call, call.live()),
            participants(self.now, &call, &[(PEERS[0], one)], |one| one.versioned = true),
        ]
    }

    /// `updateGroupCall` with the current state.
    pub fn state(&self) -> Vec<Push> {
        self.call.iter().map(|call| self.about(call, call.live())).collect()
    }

    /// Whether this participant was in for all of `[from, to)`.
    pub fn was_in(&self, call: CallId, peer: PeerId, from: i64, to: i64) -> bool {
        (from..to).all(|second| self.is_in(call, peer, second))
    }

    pub fn is_in(&self, call: CallId, peer: PeerId, second: i64) -> bool {
        let mut theirs = self.truth.iter().filter(|truth| (truth.call, truth.peer) == (call, peer));
        theirs.any(|truth| truth.from <= second && second < truth.to.unwrap_or(self.now))
    }

    fn new_id(&mut self) -> CallId {
        self.calls += 1;
        CallId(self.calls)
    }

    fn about(&self, call: &Call, state: CallState) -> Push {
        let event = Event::Call { at: Instant(self.now), call: call.id, state };
        Push { call: call.id, version: call.version, versioned: false, events: vec![event] }
    }
}

fn participants(now: i64, call: &Call, who: &[(PeerId, Inside)], flags: impl Fn(&mut Sighting)) -> Push {
    let list = who.iter().map(|(peer, one)| {
        let mut one = sighting(*peer, one.joined);
        flags(&mut one);
        one
    });
    let participants: Vec<Sighting> = list.collect();
    let versioned = participants.iter().any(|one| one.versioned);
    let event = Event::Participants { at: Instant(now), call: call.id, version: call.version, participants };
    Push { call: call.id, version: call.version, versioned, events: vec![event] }
}

pub fn sighting(peer: PeerId, joined: i64) -> Sighting {
    Sighting {
        peer,
        joined: Instant(joined),
        left: false,
        just_joined: false,
        versioned: false,
        shown: Shown::default(),
    }
}
