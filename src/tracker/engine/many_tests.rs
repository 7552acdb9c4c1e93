//! Several groups in one account, with a virtual clock and a Telegram that answers at once.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::people::Profile;
use crate::domain::roster::signs::Shown;
use crate::domain::roster::{CallState, CallUpdate, Event, Fact, Sighting};

const START: i64 = 1_800_000_000;
const ME: PeerId = PeerId(1);

/// A group in Telegram.
#[derive(Clone, Debug, Default)]
struct Hall {
    call: Option<CallId>,
    version: i32,
    /// Who is in the call, with join dates.
    people: BTreeMap<PeerId, Instant>,
    /// Why the account does not see the group.
    lost: Option<&'static str>,
}

struct Sim {
    engine: Engine,
    now: Now,
    halls: Vec<Hall>,
    log: Vec<(u64, Action)>,
    next_call: i64,
    /// The flood wait with which the next request of each kind is answered.
    flood: Option<u32>,
    /// Until then, each request about participants meets a limit.
    limited_until: u64,
    due: BTreeSet<usize>,
    telegram: bool,
    ended: bool,
}

fn peer_of(group: usize) -> PeerId {
    PeerId(-1_001_000_000_000 - group as i64)
}

impl Sim {
    fn new(groups: usize) -> Sim {
        let now = Now { steady: Duration::ZERO, system: START, elapsed: Some(Duration::ZERO) };
        let start = Start { titles: vec![None; groups], ..Start::default() };
        let options = Options { check_dates: true, post: true, seed: 7, ..Options::default() };
        let engine = Engine::new(options, start, now);
        let halls = vec![Hall::default(); groups];
        Sim {
            engine,
            now,
            halls,
            log: Vec::new(),
            next_call: 1,
            flood: None,
            limited_until: 0,
            due: BTreeSet::new(),
            telegram: true,
            ended: false,
        }
    }

    fn online(groups: usize) -> Sim {
        let mut sim = Sim::new(groups);
        sim.settle();
        sim.log.clear();
        sim
    }

    fn at(&self) -> Instant {
        Instant(self.now.system)
    }

    fn give(&mut self, input: Input) {
        self.engine.handle(self.now, input);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(action) = self.engine.poll_action() {
            self.log.push((self.now.steady.as_secs(), action.clone()));
            if let Some(input) = self.perform(action) {
                self.engine.handle(self.now, input);
            }
        }
    }

    fn opened(&self, group: usize) -> OpenedGroup {
        let me = Known { profile: Profile::unknown(ME), access_hash: None };
        OpenedGroup {
            group: GroupId(group),
            peer: peer_of(group),
            migrated_from: None,
            title: format!("Hall {group}"),
            username: None,
            me,
            confirmed: self.engine.groups[group].confirmed,
            rights: Default::default(),
            clock: false,
            last_call: None,
        }
    }

    fn perform(&mut self, action: Action) -> Option<Input> {
        let at = self.at();
        Some(match action {
            Action::Open if !self.telegram => {
                Input::OpenFailed(Failure::Lost { why: "no network".into(), silent: false })
            }
            Action::Open => {
                let groups = if self.halls.len() == 1 { vec![self.opened(0)] } else { Vec::new() };
                Input::Opened(Box::new(Opened { offset: 0, me: ME, groups }))
            }
            Action::Find { groups } => {
                let found = |id: GroupId| match self.halls[id.0].lost {
                    Some(why) => Err(Failure::Refused { why: why.into(), moved: false }),
                    None => Ok(Box::new(self.opened(id.0))),
                };
                Input::GroupsFound(groups.into_iter().map(|id| (id, found(id))).collect())
            }
            Action::Sweep => {
                let sights = self
                    .halls
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| matches!(self.engine.groups[*index].standing, Standing::Found));
                let groups = sights.map(|(index, hall)| {
                    let sight = match (hall.lost, hall.call) {
                        (Some(why), _) => Sight::Lost { why: why.into() },
                        (None, Some(_)) => Sight::Call,
                        (None, None) => Sight::NoCall,
                    };
                    (GroupId(index), sight)
                });
                Input::Swept(Ok(Box::new(Sweep { at, groups: groups.collect(), people: Vec::new() })))
            }
            Action::Request { group, request } => {
                let left = self.limited_until.saturating_sub(self.now.steady.as_secs()) as u32;
                let is_limited = left > 0 && !is_lookup(&request);
                let flood = self.flood.take().or(is_limited.then_some(left));
                let answer = match (flood, self.halls[group.0].lost) {
                    (Some(seconds), _) => Err(Failure::Flood { seconds }),
                    (None, Some(why)) => Err(Failure::Refused { why: why.into(), moved: false }),
                    (None, None) => Ok(Box::new(self.answer(group.0, request))),
                };
                Input::Answered { group, answer }
            }
            Action::Ping => Input::Pong(Ok(at)),
            Action::Write(_) => Input::Written(Ok(())),
            Action::CheckSchedule { group } => {
                let schedule = Schedule { due: self.due.contains(&group.0), next: Instant(START + 1_000_000) };
                Input::ScheduleChecked { group, schedule: Ok(schedule) }
            }
            Action::QueuePosts { group } => {
                self.due.remove(&group.0);
                Input::PostsQueued { group, queued: Ok(()) }
            }
            Action::QueueFlagged { group, .. } => Input::PostsQueued { group, queued: Ok(()) },
            Action::QueueEdits { group } => Input::EditsQueued { group, edits: Ok(Edits::default()) },
            Action::TurnClock { group, .. } => Input::ClockTurned { group, turned: Ok(ClockTurn::default()) },
            Action::QueuePulse { group } => Input::PulseQueued { group, weekly: Ok(Weekly::default()) },
            Action::QueueReminders { group } => {
                Input::RemindersQueued { group, reminded: Ok(ReminderCheck::default()) }
            }
            Action::AskSilent { group } => Input::SilentAsked { group, looked: Ok(Default::default()) },
            Action::DecideAlerts { .. } => Input::AlertsDecided(Ok(None)),
            Action::Deliver { lane } => Input::Delivered { lane, delivery: Ok(Delivery::Nothing { next: None }) },
            Action::NotifyStoreHealth(_) => Input::Told(true),
            Action::OpenChat => Input::ChatOpened(Ok(())),
            Action::CheckChat => Input::ChatChecked(Ok(())),
            Action::SetMenu => Input::MenuSet(Ok(())),
            Action::PrepareAnswers { tickets } => {
                Input::AnswersPrepared { ticket: tickets[0], answers: true, posts: false }
            }
            Action::BackUp => {
                Input::BackedUp { again: Duration::from_secs(36_000), day_ends: Instant(START + 10_000_000) }
            }
            Action::Fold => Input::Folded { again: Duration::from_secs(36_000) },
            Action::MeasureClock => Input::ClockMeasured(None),
            Action::Close { .. }
            | Action::CloseChat
            | Action::ReadOwnerChat
            | Action::WriteState
            | Action::NotifyAlive
            | Action::Show
            | Action::Heartbeat { .. } => {
                return None;
            }
            Action::End { .. } => {
                self.ended = true;
                return None;
            }
        })
    }

    fn answer(&self, group: usize, request: Request) -> Update {
        let (at, hall) = (self.at(), &self.halls[group]);
        let all = || hall.people.iter().map(|(peer, joined)| sighting(*peer, *joined)).collect::<Vec<_>>();
        let event = match request {
            Request::Lookup => Event::Found { at, call: hall.call.map(|call| (call, false)) },
            Request::Check { call } => {
                Event::Checked { at, call, version: hall.version, count: hall.people.len() as i64 }
            }
            Request::Page { call, .. } => {
                Event::Page { at, call, version: hall.version, participants: all(), next: String::new() }
            }
            Request::Named { call, peers } => {
                let named = all().into_iter().filter(|one| peers.contains(&one.peer)).collect();
                Event::Named { at, call, participants: named }
            }
            Request::Wait => unreachable!("the engine waits by itself"),
        };
        Update { at: Some(at), events: vec![event], ..Update::default() }
    }

    /// Lets time pass until second `until`.
    fn run(&mut self, until: u64) {
        let until = Duration::from_secs(until);
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= until && !self.ended) {
            assert!(at >= self.now.steady, "a deadline lies in the past: {at:?}");
            self.advance(at);
            self.give(Input::Timeout);
        }
        self.advance(until.max(self.now.steady));
    }

    fn advance(&mut self, to: Duration) {
        self.now = Now { steady: to, system: START + to.as_secs() as i64, elapsed: Some(to) };
    }

    fn push(&mut self, update: Update) {
        self.give(Input::Updates(vec![update]));
    }

    fn start_call(&mut self, group: usize, named: bool) {
        let call = CallId(self.next_call * 1000 + group as i64);
        self.next_call += 1;
        self.halls[group] = Hall { call: Some(call), version: 1, ..Hall::default() };
        self.push_call(group, call, CallState::Live { version: 1, listeners_hidden: false }, named);
    }

    fn end_call(&mut self, group: usize) {
        if let Some(call) = self.halls[group].call.take() {
            self.halls[group].people.clear();
            self.push_call(group, call, CallState::Discarded, true);
        }
    }

    fn push_call(&mut self, group: usize, call: CallId, state: CallState, named: bool) {
        let at = self.at();
        let update = CallUpdate { at, peer: named.then(|| peer_of(group)), call, state };
        self.push(Update { at: Some(at), calls: vec![update], ..Update::default() });
    }

    fn move_person(&mut self, group: usize, peer: i64, joins: bool) {
        let (at, peer) = (self.at(), PeerId(peer));
        let hall = &mut self.halls[group];
        let Some(call) = hall.call.filter(|_| hall.people.contains_key(&peer) != joins) else { return };
        let joined = if joins { at } else { hall.people[&peer] };
        if joins {
            hall.people.insert(peer, at);
        } else {
            hall.people.remove(&peer);
        }
        hall.version += 1;
        let one = Sighting { left: !joins, just_joined: joins, ..sighting(peer, joined) };
        let event = Event::Participants { at, call, version: hall.version, participants: vec![one] };
        self.push(Update { at: Some(at), events: vec![event], ..Update::default() });
    }

    /// The stays of a group that were written: person, start, and end if the stay is over.
    fn stays(&self, group: usize) -> BTreeSet<(PeerId, Instant, Option<Instant>)> {
        let mut stays = BTreeMap::new();
        for fact in self.facts(group) {
            match fact {
                Fact::Opened { peer, from, .. } => drop(stays.insert((peer, from), None)),
                Fact::Closed { peer, from, to, .. } => drop(stays.insert((peer, from), Some(to))),
                _ => {}
            }
        }
        stays.into_iter().map(|((peer, from), to)| (peer, from, to)).collect()
    }

    fn facts(&self, group: usize) -> Vec<Fact> {
        let seen = self.log.iter().filter_map(|(_, action)| match action {
            Action::Write(write) => match &**write {
                Write::Observed(seen) => Some(seen.clone()),
                _ => None,
            },
            _ => None,
        });
        let seen = seen.flatten().filter(|(id, _)| id.0 == group);
        seen.flat_map(|(_, seen)| seen.facts).collect()
    }

    fn count(&self, is: impl Fn(&Action) -> bool) -> usize {
        self.log.iter().filter(|(_, action)| is(action)).count()
    }

    fn requests(&self, is: impl Fn(&Request) -> bool) -> usize {
        self.count(|action| matches!(action, Action::Request { request, .. } if is(request)))
    }
}

fn sighting(peer: PeerId, joined: Instant) -> Sighting {
    Sighting { peer, joined, left: false, just_joined: false, versioned: true, shown: Shown::default() }
}

fn is_lookup(request: &Request) -> bool {
    *request == Request::Lookup
}

#[test]
fn idle_groups_are_swept_together_and_confirmed_in_one_transaction() {
    let mut sim = Sim::online(50);
    sim.run(600);
    let sweeps = sim.count(|action| *action == Action::Sweep);
    assert!((17..=25).contains(&sweeps), "{sweeps}");
    assert_eq!(sim.requests(|_| true), 0);
    let writes = sim.count(|action| matches!(action, Action::Write(_)));
    assert!(writes <= sweeps + 1, "{writes} transactions for {sweeps} sweeps");
    assert!(sim.engine.groups.iter().all(|group| group.confirmed > Some(Instant(START + 560))));
}

#[test]
fn only_a_group_that_has_a_call_is_looked_up() {
    let mut sim = Sim::online(20);
    sim.start_call(3, true);
    sim.move_person(3, 77, true);
    sim.run(120);
    assert_eq!(sim.requests(is_lookup), 1);
    assert_eq!(sim.stays(3), [(PeerId(77), Instant(START), None)].into());
    // A sweep finds a call whose start was not pushed.
    sim.halls[5] = Hall { call: Some(CallId(9)), version: 4, ..Hall::default() };
    sim.halls[5].people.insert(PeerId(78), Instant(START + 120));
    sim.run(240);
    assert_eq!(sim.requests(is_lookup), 2);
    assert_eq!(sim.stays(5), [(PeerId(78), Instant(START + 120), None)].into());
}

/// CASES R1.
#[test]
fn a_lively_foreign_call_costs_one_sweep_in_ten_minutes() {
    let mut sim = Sim::online(10);
    sim.start_call(0, true);
    sim.run(30);
    sim.log.clear();
    for tick in 1..6000 {
        let at = Instant(START + 30 + tick / 10);
        sim.run(30 + tick as u64 / 10);
        let one = sighting(PeerId(5), at);
        let event = Event::Participants { at, call: CallId(999), version: tick as i32, participants: vec![one] };
        sim.push(Update { at: Some(at), events: vec![event], ..Update::default() });
    }
    let sweeps = sim.count(|action| *action == Action::Sweep);
    assert!(sweeps <= 26, "{sweeps} in ten minutes");
    assert_eq!(sim.requests(is_lookup), 0);
}

#[test]
fn updates_of_a_call_that_never_named_its_group_reach_it() {
    let mut sim = Sim::online(3);
    sim.run(100);
    sim.start_call(1, false);
    sim.move_person(1, 70, true);
    sim.run(105);
    sim.move_person(1, 71, true);
    sim.run(130);
    let expected = [(PeerId(70), Instant(START + 100), None), (PeerId(71), Instant(START + 105), None)];
    assert_eq!(sim.stays(1), expected.into());
    assert_eq!(sim.stays(0).len() + sim.stays(2).len(), 0);
}

#[test]
fn a_rate_limit_holds_its_method_back_and_what_is_pushed_still_counts() {
    let mut sim = Sim::online(3);
    (0..2).for_each(|group| sim.start_call(group, true));
    sim.run(200);
    sim.log.clear();
    sim.flood = Some(60);
    sim.run(235);
    assert_eq!(sim.flood, None, "a check met the limit");
    let met = sim.log.iter().find(|(_, action)| matches!(action, Action::Request { .. })).map_or(0, |(at, _)| *at);
    let next = sim.log.iter().filter(|(at, action)| *at > met && matches!(action, Action::Request { .. })).count();
    assert_eq!(next, 0, "no request about participants, of any group");
    // Pushed updates still count.
    sim.move_person(0, 70, true);
    sim.move_person(1, 71, true);
    sim.run(met + 120);
    assert!(sim.count(|action| *action == Action::Sweep) >= 2);
    let reads = sim.requests(|request| !is_lookup(request));
    assert!(reads >= 2, "{reads}");
    let blind = |group| sim.facts(group).iter().filter(|fact| matches!(fact, Fact::Blind { .. })).count();
    assert_eq!(blind(0) + blind(1), 0);
}

#[test]
fn groups_that_waited_for_the_same_limit_do_not_ask_all_at_once() {
    let mut sim = Sim::online(25);
    (0..25).for_each(|group| sim.start_call(group, true));
    sim.run(200);
    sim.log.clear();
    sim.limited_until = 260;
    sim.run(259);
    sim.log.clear();
    sim.run(300);
    let reads =
        sim.log.iter().filter(|(_, action)| matches!(action, Action::Request { request, .. } if !is_lookup(request)));
    let mut in_second = BTreeMap::new();
    reads.for_each(|(at, _)| *in_second.entry(*at).or_insert(0) += 1);
    assert!(in_second.values().all(|count| *count <= 3), "{in_second:?}");
    assert!(sim.engine.groups.iter().all(|group| group.watcher.blind().is_none()), "{in_second:?}");
}

#[test]
fn a_group_that_is_lost_stops_no_other_and_is_told_once() {
    let mut sim = Sim::online(3);
    (0..3).for_each(|group| sim.start_call(group, true));
    sim.run(100);
    sim.halls[1].lost = Some("the account was removed from that group");
    sim.run(4000);
    let alerts = sim.log.iter().filter_map(|(_, action)| match action {
        Action::DecideAlerts { outages, .. } => outages.first().and_then(|outage| outage.group),
        _ => None,
    });
    assert_eq!(alerts.collect::<Vec<_>>(), [GroupId(1)]);
    assert!(sim.engine.outage(Some(GroupId(1))).is_some() && sim.engine.outage(None).is_none());
    assert!(sim.engine.groups[0].confirmed > Some(Instant(START + 3900)));
    // The group is searched for again, less and less often, and is found once it is back.
    let finds = sim.count(|action| matches!(action, Action::Find { .. }));
    assert!((4..=9).contains(&finds), "{finds}");
    sim.halls[1].lost = None;
    sim.run(8000);
    assert!(sim.engine.groups[1].confirmed > Some(Instant(START + 7900)));
    let over = sim.log.iter().filter_map(|(_, action)| match action {
        Action::DecideAlerts { over, .. } => over.as_ref().and_then(|over| over.group),
        _ => None,
    });
    assert_eq!(over.collect::<Vec<_>>(), [GroupId(1)]);
}

#[test]
fn a_lost_connection_is_one_outage_and_groups_are_read_again_by_turns() {
    let mut sim = Sim::online(100);
    (0..80).for_each(|group| sim.start_call(group, true));
    sim.run(300);
    sim.log.clear();
    sim.telegram = false;
    sim.give(Input::Pong(Err(Failure::Lost { why: "gone".into(), silent: false })));
    sim.run(1000);
    let scopes = sim.log.iter().filter_map(|(_, action)| match action {
        Action::DecideAlerts { outages, .. } if !outages.is_empty() => Some(outages.len()),
        _ => None,
    });
    assert_eq!(scopes.collect::<Vec<_>>(), [1, 1]);
    sim.telegram = true;
    sim.log.clear();
    sim.run(1100);
    // Two requests for each call, a burst and then two a second: each call is read once, and none starves.
    assert_eq!(sim.requests(is_lookup), 80);
    assert!(sim.engine.groups.iter().all(|group| group.watcher.blind().is_none()));
    let over = sim.count(|action| matches!(action, Action::DecideAlerts { over: Some(_), .. }));
    assert_eq!(over, 1);
}

#[test]
fn boards_of_all_groups_leave_one_after_the_other_while_watching_goes_on() {
    let mut sim = Sim::online(60);
    (0..30).for_each(|group| sim.start_call(group, true));
    sim.run(300);
    sim.log.clear();
    sim.due = (0..60).collect();
    sim.give(Input::Changed);
    sim.run(309);
    let queued = sim.count(|action| matches!(action, Action::QueuePosts { .. }));
    assert_eq!((queued, sim.due.len()), (60, 0));
}

#[test]
fn a_group_that_is_removed_and_added_again_is_unwatched_between() {
    let mut sim = Sim::online(2);
    sim.start_call(1, true);
    sim.move_person(1, 70, true);
    sim.run(100);
    sim.give(Input::GroupRemoved { group: GroupId(1) });
    sim.log.clear();
    sim.move_person(1, 71, true);
    sim.run(3700);
    assert_eq!(sim.facts(1), []);
    assert!(sim.engine.groups[0].confirmed > Some(Instant(START + 3600)));
    let hall = sim.halls[1].clone();
    sim.halls.push(hall);
    sim.give(Input::GroupAdded { group: GroupId(2), title: None });
    sim.run(3760);
    let found: Vec<PeerId> = sim.stays(2).into_iter().map(|(peer, ..)| peer).collect();
    assert_eq!(found, [PeerId(70), PeerId(71)]);
}

/// An answer to an earlier request shows nothing about a group that is not watched any more.
#[test]
fn a_late_answer_about_a_removed_group_counts_nothing() {
    let mut sim = Sim::online(2);
    sim.start_call(1, true);
    sim.run(100);
    let call = sim.halls[1].call.unwrap();
    sim.engine.groups[1].in_flight = Some(Request::Check { call });
    sim.give(Input::GroupRemoved { group: GroupId(1) });
    sim.log.clear();
    sim.advance(Duration::from_secs(160));
    let answer = sim.answer(1, Request::Page { call, offset: String::new() });
    sim.give(Input::Answered { group: GroupId(1), answer: Ok(Box::new(answer)) });
    assert_eq!(sim.facts(1), []);
}

#[test]
fn the_only_group_becomes_one_of_several_without_a_gap() {
    let mut sim = Sim::online(1);
    sim.start_call(0, true);
    sim.move_person(0, 70, true);
    sim.run(100);
    sim.halls.push(Hall::default());
    sim.give(Input::GroupAdded { group: GroupId(1), title: None });
    sim.run(200);
    sim.move_person(0, 70, false);
    sim.run(400);
    assert_eq!(sim.stays(0), [(PeerId(70), Instant(START), Some(Instant(START + 200)))].into());
    assert!(!sim.facts(0).iter().any(|fact| matches!(fact, Fact::Blind { .. })));
    assert!(sim.engine.groups[1].confirmed > Some(Instant(START + 350)));
}

#[test]
fn a_stopped_tracker_reads_every_group_once_more() {
    let mut sim = Sim::online(10);
    (0..3).for_each(|group| sim.start_call(group, true));
    sim.run(100);
    sim.log.clear();
    sim.run(101);
    sim.give(Input::Stop);
    sim.run(110);
    assert_eq!(sim.count(|action| *action == Action::Sweep), 1);
    assert_eq!(sim.count(|action| *action == Action::End { fatal: false }), 1);
    assert_eq!(sim.requests(|request| matches!(request, Request::Check { .. })), 3);
}

#[derive(Clone, Debug)]
enum Step {
    Start { named: bool },
    End,
    Join(i64),
    Leave(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(|named| Step::Start { named }),
        Just(Step::End),
        (10..14_i64).prop_map(Step::Join),
        (10..14_i64).prop_map(Step::Join),
        (10..14_i64).prop_map(Step::Leave),
    ]
}

fn play(sim: &mut Sim, group: usize, step: &Step) {
    match step {
        Step::Start { named } if sim.halls[group].call.is_none() => sim.start_call(group, *named),
        Step::Start { .. } => {}
        Step::End => sim.end_call(group),
        Step::Join(peer) => sim.move_person(group, *peer, true),
        Step::Leave(peer) => sim.move_person(group, *peer, false),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// In any interleaving, each group gets the same as it would get alone.
    #[test]
    fn a_group_among_others_gets_what_it_gets_alone(
        steps in prop::collection::vec((0..3_usize, step(), 0..40_u64), 1..60),
    ) {
        let mut all = Sim::online(3);
        let mut alone: Vec<Sim> = (0..3).map(|_| Sim::online(1)).collect();
        let mut second = 0;
        for (group, step, pause) in &steps {
            second += pause;
            all.run(second);
            play(&mut all, *group, step);
            for (index, sim) in alone.iter_mut().enumerate() {
                sim.run(second);
                if index == *group {
                    play(sim, 0, step);
                }
            }
        }
        second += 400;
        all.run(second);
        for (group, sim) in alone.iter_mut().enumerate() {
            sim.run(second);
            prop_assert_eq!(all.stays(group), sim.stays(0), "group {}", group);
        }
    }
}
