//! Rules about *when*, with a virtual clock and a server that answers at once.

use super::*;
use crate::domain::people::Profile;
use crate::domain::rhythm::Rhythm;
use crate::domain::roster::signs::Shown;
use crate::domain::roster::{CallState, CallUpdate, Event, Fact, Sighting};
use crate::domain::time::zone::Zone;

pub(super) const START: i64 = 1_800_000_000;
pub(super) const CALL: CallId = CallId(70);
pub(super) const GROUP: GroupId = GroupId(0);
const ADA: PeerId = PeerId(1);
const NEVER: [u64; 0] = [];

/// A tracker with a virtual clock, a store and a Telegram.
pub(super) struct Sim {
    pub(super) engine: Engine,
    pub(super) now: Now,
    /// Every action, with the time at which the engine returned it.
    pub(super) log: Vec<(Duration, Action)>,
    /// Telegram's call and its version; `None` if the group has none.
    pub(super) call: Option<(CallId, i32)>,
    /// Whether Telegram, the store and the alert route answer.
    pub(super) telegram: bool,
    pub(super) store: Option<StoreFailure>,
    told: bool,
    /// The schedule that the store returns.
    schedule: Schedule,
    pub(super) flood: Option<u32>,
    /// When the next sent post can become final.
    next_final: Option<Instant>,
    fold_again: Duration,
    /// When the next reminder is due.
    pub(super) next_reminder: Option<Instant>,
    /// The result of a check of silent people.
    pub(super) looked: QuestionCheck,
    pub(super) weekly: Weekly,
    next_alert: Option<Instant>,
    /// How far the date in Telegram's answers is ahead, in seconds.
    ahead: i64,
    /// Whether the bot can connect, whether its menu can be set, and whether incoming messages have commands.
    pub(super) bot: Result<(), Failure>,
    pub(super) menu: Result<(), u32>,
    pub(super) commands: bool,
    /// The group's rhythm, and its zone.
    pub(super) rhythm: Option<(Rhythm, Zone)>,
    /// Telegram does not answer with the next title, and asks to wait so many seconds.
    pub(super) unread: Option<u32>,
    ended: Option<bool>,
}

impl Sim {
    pub(super) fn new(options: Options, start: Start) -> Sim {
        let now = Now { steady: Duration::ZERO, system: START, elapsed: Some(Duration::ZERO) };
        let options = Options { check_dates: true, ..options };
        let start = Start { titles: vec![Some("Study Hall".into())], ..start };
        Sim {
            engine: Engine::new(options, start, now),
            now,
            log: Vec::new(),
            call: Some((CALL, 5)),
            telegram: true,
            store: None,
            told: true,
            schedule: Schedule { due: false, next: Instant(START + 1_000_000) },
            flood: None,
            next_final: None,
            fold_again: Duration::from_secs(3600),
            next_reminder: None,
            looked: QuestionCheck::default(),
            weekly: Weekly::default(),
            next_alert: None,
            ahead: 0,
            bot: Ok(()),
            menu: Ok(()),
            commands: true,
            rhythm: None,
            unread: None,
            ended: None,
        }
    }

    /// A tracker that is connected and has read the call once.
    pub(super) fn online() -> Sim {
        Sim::online_with(Options { post: true, ..Options::default() })
    }

    pub(super) fn online_with(options: Options) -> Sim {
        let mut sim = Sim::new(options, Start::default());
        sim.settle();
        assert!(sim.engine.is_online());
        sim.log.clear();
        sim
    }

    pub(super) fn second(&self) -> u64 {
        self.now.steady.as_secs()
    }

    pub(super) fn give(&mut self, input: Input) {
        self.engine.handle(self.now, input);
        self.settle();
    }

    /// Performs the actions until there are none.
    pub(super) fn settle(&mut self) {
        while let Some(action) = self.engine.poll_action() {
            self.log.push((self.now.steady, action.clone()));
            let input = self.perform(action);
            if let Some(input) = input {
                self.engine.handle(self.now, input);
            }
        }
    }

    fn perform(&mut self, action: Action) -> Option<Input> {
        let silent = || Failure::Lost { why: "no answer".into(), silent: true };
        let at = Instant(self.telegram_time());
        Some(match action {
            Action::Open if !self.telegram => {
                Input::OpenFailed(Failure::Lost { why: "no network".into(), silent: false })
            }
            Action::Open => {
                let profile = Profile { name: "Ada".into(), ..Profile::unknown(ADA) };
                let me = Known { profile, access_hash: None };
                let group = OpenedGroup {
                    group: GROUP,
                    peer: PeerId(-1001),
                    migrated_from: None,
                    title: "Study Hall".into(),
                    username: Some("studyhall".into()),
                    me,
                    confirmed: self.engine.groups[0].confirmed,
                    rights: Default::default(),
                    clock: self.rhythm.is_some(),
                    last_call: None,
                };
                Input::Opened(Box::new(Opened {
                    offset: self.telegram_time() - self.now.system,
                    me: ADA,
                    groups: vec![group],
                }))
            }
            Action::MeasureClock => Input::ClockMeasured(None),
            Action::Request { group, request } => {
                let answer = match self.flood.take() {
                    Some(seconds) => Err(Failure::Flood { seconds }),
                    None if self.telegram => Ok(Box::new(self.answer(request))),
                    None => Err(silent()),
                };
                Input::Answered { group, answer }
            }
            Action::Ping => Input::Pong(if self.telegram { Ok(at) } else { Err(silent()) }),
            Action::Write(_) => Input::Written(self.stored(())),
            Action::CheckSchedule { group } => Input::ScheduleChecked { group, schedule: self.stored(self.schedule) },
            Action::QueuePosts { group } => {
                let queued = self.stored(());
                self.schedule.due &= queued.is_err();
                Input::PostsQueued { group, queued }
            }
            Action::QueueFlagged { group, .. } => Input::PostsQueued { group, queued: self.stored(()) },
            Action::QueueEdits { group } => {
                Input::EditsQueued { group, edits: self.stored(Edits { queued: false, next: self.next_final }) }
            }
            Action::TurnClock { group, call } => {
                let phase = self.rhythm.map(|(rhythm, zone)| rhythm.phase(zone, at));
                let next = phase.filter(|_| call.is_some()).map(|phase| phase.span.to);
                let turn = ClockTurn { on: phase.is_some(), queued: true, next, unread: self.unread.take() };
                Input::ClockTurned { group, turned: self.stored(turn) }
            }
            Action::QueuePulse { group } => Input::PulseQueued { group, weekly: self.stored(self.weekly) },
            Action::QueueReminders { group } => Input::RemindersQueued {
                group,
                reminded: self.stored(ReminderCheck { any: false, next: self.next_reminder }),
            },
            Action::AskSilent { group } => Input::SilentAsked { group, looked: self.stored(self.looked) },
            Action::DecideAlerts { .. } => Input::AlertsDecided(self.stored(self.next_alert)),
            Action::Deliver { lane } => {
                Input::Delivered { lane, delivery: self.stored(Delivery::Nothing { next: None }) }
            }
            Action::NotifyStoreHealth(_) => Input::Told(self.told),
            Action::OpenChat => Input::ChatOpened(self.bot.clone()),
            Action::CheckChat => Input::ChatChecked(self.bot.clone()),
            Action::SetMenu => Input::MenuSet(self.menu),
            Action::PrepareAnswers { tickets } => {
                let ticket = 1000 + tickets[tickets.len() - 1];
                Input::AnswersPrepared { ticket, answers: self.commands, posts: false }
            }
            Action::BackUp => Input::BackedUp { again: Duration::from_secs(3600), day_ends: self.day_ends() },
            Action::Fold => Input::Folded { again: self.fold_again },
            Action::End { fatal } => {
                self.ended = Some(fatal);
                return None;
            }
            Action::Close { .. }
            | Action::Find { .. }
            | Action::Sweep
            | Action::CloseChat
            | Action::ReadOwnerChat
            | Action::WriteState
            | Action::NotifyAlive
            | Action::Show
            | Action::Heartbeat { .. } => {
                return None;
            }
        })
    }

    /// Days of 50,000 s, by the tracker's clock.
    fn day_ends(&self) -> Instant {
        let (now, _) = self.engine.clock();
        Instant(START + ((now.0 - START) / 50_000 + 1) * 50_000)
    }

    fn stored<T>(&self, value: T) -> Result<T, StoreFailure> {
        self.store.clone().map_or(Ok(value), Err)
    }

    /// The time that Telegram sends.
    fn telegram_time(&self) -> i64 {
        START + self.now.elapsed.unwrap_or_default().as_secs() as i64 + self.ahead
    }

    fn answer(&self, request: Request) -> Update {
        let at = Instant(self.telegram_time());
        let version = self.call.map_or(0, |(_, version)| version);
        let participants = vec![sighting()];
        let event = match request {
            Request::Lookup => Event::Found { at, call: self.call.map(|(call, _)| (call, false)) },
            Request::Check { call } => Event::Checked { at, call, version, count: 1 },
            Request::Page { call, .. } => Event::Page { at, call, version, participants, next: String::new() },
            Request::Named { call, .. } => Event::Named { at, call, participants },
            Request::Wait => unreachable!("the engine waits by itself"),
        };
        Update { at: Some(at), events: vec![event], ..Update::default() }
    }

    /// Lets time pass until second `until`, and fires every timeout on the way.
    pub(super) fn run(&mut self, until: u64) {
        let until = Duration::from_secs(until);
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= until && self.ended.is_none()) {
            assert!(at >= self.now.steady, "a deadline lies in the past: {at:?}");
            self.advance(at);
            self.give(Input::Timeout);
        }
        self.advance(until.max(self.now.steady));
    }

    /// Like [`Sim::run`], with `set` seconds added to the system clock.
    fn run_with_system_clock(&mut self, until: u64, set: i64) {
        for second in self.second() + 1..=until {
            self.advance(Duration::from_secs(second));
            self.now.system += set;
            self.give(Input::Timeout);
        }
    }

    /// The offsets of Telegram's clock that were stored.
    fn offsets(&self) -> Vec<i64> {
        let offsets = self.log.iter().filter_map(|(_, action)| match action {
            Action::Write(write) => match &**write {
                Write::Offset(offset) => Some(*offset),
                _ => None,
            },
            _ => None,
        });
        offsets.collect()
    }

    fn advance(&mut self, to: Duration) {
        self.now = Now { steady: to, system: START + to.as_secs() as i64, elapsed: Some(to) };
    }

    /// The seconds at which an action of a kind was returned.
    pub(super) fn when(&self, is: impl Fn(&Action) -> bool) -> Vec<u64> {
        self.log.iter().filter(|(_, action)| is(action)).map(|(at, _)| at.as_secs()).collect()
    }

    fn requests(&self) -> Vec<(u64, Request)> {
        let requests = self.log.iter().filter_map(|(at, action)| match action {
            Action::Request { request, .. } => Some((at.as_secs(), request.clone())),
            _ => None,
        });
        requests.collect()
    }

    fn facts(&self) -> Vec<Fact> {
        let facts = self.log.iter().filter_map(|(_, action)| match action {
            Action::Write(write) => match &**write {
                Write::Observed(seen) => Some(seen.iter().flat_map(|(_, seen)| seen.facts.clone()).collect::<Vec<_>>()),
                _ => None,
            },
            _ => None,
        });
        facts.flatten().collect()
    }

    pub(super) fn push(&mut self, update: Update) {
        self.give(Input::Updates(vec![update]));
    }

    /// Telegram's clock turns out to differ so much from the system clock.
    pub(super) fn move_clock(&mut self, offset: i64) {
        let before = self.engine.shared.at();
        self.engine.shared.clock.trust(Instant(self.now.system) + offset, self.now);
        self.engine.clock_moved(before);
    }

    /// A participants update of a call that is not the group's.
    fn foreign(&mut self, call: i64) {
        self.push(participants(self.now.system, CallId(call), 9));
    }
}

/// The time after so many seconds awake and so many seconds asleep.
fn slept(awake: u64, asleep: u64) -> Now {
    let elapsed = Duration::from_secs(awake + asleep);
    let system = START + (awake + asleep) as i64;
    Now { steady: Duration::from_secs(awake), system, elapsed: Some(elapsed) }
}

fn sighting() -> Sighting {
    Sighting {
        peer: ADA,
        joined: Instant(START - 600),
        left: false,
        just_joined: false,
        versioned: true,
        shown: Shown::default(),
    }
}

fn participants(at: i64, call: CallId, version: i32) -> Update {
    let at = Instant(at);
    let event = Event::Participants { at, call, version, participants: vec![sighting()] };
    Update { at: Some(at), events: vec![event], ..Update::default() }
}

fn unreadable() -> Update {
    Update { unreadable: true, ..Update::default() }
}

fn full() -> StoreFailure {
    StoreFailure { passes: true, why: "the disk is full".into(), hint: "Make room.".into() }
}

/// An outage causes an alert.
fn is_alerted(action: &Action) -> bool {
    matches!(action, Action::DecideAlerts { outages, .. } if !outages.is_empty())
}

fn is_open(action: &Action) -> bool {
    *action == Action::Open
}

fn is_read(request: &Request) -> bool {
    matches!(request, Request::Page { .. })
}

#[test]
fn the_roster_is_checked_twice_a_minute_and_read_in_full_every_five() {
    let mut sim = Sim::online();
    sim.run(900);
    let requests = sim.requests();
    let reads: Vec<u64> = requests.iter().filter(|(_, request)| is_read(request)).map(|(at, _)| *at).collect();
    assert_eq!(reads, [300, 600, 900]);
    let times: Vec<u64> = requests.iter().map(|(at, _)| *at).collect();
    let pauses: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| *pause <= 35), "{pauses:?}");
    assert!((26..=36).contains(&requests.len()), "{requests:?}");
    assert!(!sim.facts().iter().any(|fact| matches!(fact, Fact::Blind { .. } | Fact::Closed { .. })));
}

#[test]
fn an_idle_tracker_wakes_a_few_times_a_minute() {
    let mut sim = Sim::online();
    let mut timeouts = 0;
    while let Some(at) = sim.engine.poll_timeout().filter(|at| at.as_secs() < 600) {
        sim.advance(at);
        sim.give(Input::Timeout);
        timeouts += 1;
    }
    assert!(timeouts <= 150, "{timeouts} in ten minutes");
}

#[test]
fn telegram_is_asked_for_a_sign_of_life_only_after_fifteen_silent_seconds() {
    let mut sim = Sim::online();
    sim.run(14);
    assert_eq!(sim.when(|action| *action == Action::Ping), NEVER);
    sim.run(15);
    assert_eq!(sim.when(|action| *action == Action::Ping), [15]);
    for second in 16..60 {
        sim.run(second);
        sim.push(participants(sim.now.system, CALL, 5));
    }
    assert_eq!(sim.when(|action| *action == Action::Ping), [15]);
}

#[test]
fn the_pause_before_a_new_connection_doubles_up_to_thirty_seconds() {
    let mut sim = Sim::new(Options::default(), Start::default());
    sim.telegram = false;
    sim.settle();
    sim.run(300);
    let opened: Vec<f64> =
        sim.log.iter().filter(|(_, action)| is_open(action)).map(|(at, _)| at.as_secs_f64()).collect();
    let pauses: Vec<f64> = opened.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, most) in pauses.iter().zip([1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]) {
        assert!((0.69 * most..=most).contains(pause), "{pauses:?}");
    }
    // A connection that lasted for a while counts as successful.
    sim.telegram = true;
    sim.run(340);
    assert!(sim.engine.is_online());
    sim.run(400);
    sim.log.clear();
    sim.give(Input::Updates(vec![Update { closed: true, ..Update::default() }]));
    sim.run(402);
    assert_eq!(sim.when(is_open).len(), 1);
}

#[test]
fn telegrams_flood_wait_before_a_connection_is_obeyed_exactly() {
    let mut sim = Sim::online();
    let at = sim.second();
    sim.give(Input::OpenFailed(Failure::Flood { seconds: 77 }));
    sim.run(at + 76);
    assert_eq!(sim.when(is_open), NEVER);
    sim.run(at + 77);
    assert_eq!(sim.when(is_open), [at + 77]);
}

#[test]
fn a_flood_wait_of_a_ping_holds_pings_alone() {
    let mut sim = Sim::online();
    let at = sim.second();
    sim.call = None;
    sim.give(Input::Pong(Err(Failure::Flood { seconds: 77 })));
    sim.run(at + 76);
    assert!(sim.engine.is_online() && sim.engine.outage(None).is_none());
    let pings = |sim: &Sim| sim.when(|action| *action == Action::Ping);
    assert_eq!(pings(&sim), NEVER);
    assert!(!sim.when(|action| matches!(action, Action::Request { .. })).is_empty(), "the call is still checked");
    // A dead connection is noticed, by a check of the call or by the next ping.
    sim.telegram = false;
    sim.run(at + 107);
    assert!(!sim.engine.is_online());
}

#[test]
fn a_silent_telegram_leads_to_a_look_at_the_clock() {
    let mut sim = Sim::online();
    sim.telegram = false;
    sim.run(20);
    assert_eq!(sim.when(|action| *action == Action::MeasureClock), [15]);
    assert_eq!(sim.when(|action| matches!(action, Action::Close { .. }))[0], 15);
    assert!(matches!(sim.engine.link(), Link::Offline { .. } | Link::Connecting));
}

#[test]
fn an_outage_is_alerted_after_five_ten_and_fifteen_minutes_and_when_it_is_over() {
    let mut sim = Sim::online();
    sim.run(10);
    sim.telegram = false;
    sim.run(2000);
    let outages: Vec<(u64, i64)> = sim
        .log
        .iter()
        .filter_map(|(at, action)| match action {
            Action::DecideAlerts { outages, .. } => Some((at.as_secs(), outages.first()?.since.0 - START)),
            _ => None,
        })
        .collect();
    // The last confirmed instant is that of the first read.
    assert_eq!(outages, [(300, 0), (600, 0), (900, 0)]);
    sim.telegram = true;
    sim.run(2100);
    let over = sim.log.iter().find_map(|(at, action)| match action {
        Action::DecideAlerts { over: Some(over), outages } if outages.is_empty() => Some((at.as_secs(), over.clone())),
        _ => None,
    });
    let (at, over) = over.expect("its end is alerted");
    assert_eq!((over.span.from.0, over.span.to.0, over.died), (START, START + at as i64, false));
    assert_eq!(sim.engine.outage(None), None);
}

#[test]
fn each_outage_that_ends_while_the_store_fails_is_alerted() {
    let mut sim = Sim::online();
    sim.run(10);
    sim.store = Some(full());
    let mut ends = Vec::new();
    for (from, to) in [(20, 700), (800, 830)] {
        sim.run(from);
        sim.telegram = false;
        sim.run(to);
        sim.telegram = true;
        sim.run(to + 60);
        assert_eq!(sim.engine.outage(None), None);
        ends.push(to);
    }
    sim.log.clear();
    sim.store = None;
    sim.run(1000);
    let over = sim.log.iter().filter_map(|(_, action)| match action {
        Action::DecideAlerts { over, .. } => over.as_ref().map(|over| (over.span.to.0 - START).unsigned_abs()),
        _ => None,
    });
    let over: Vec<u64> = over.collect();
    assert_eq!(over.len(), 2, "{over:?}");
    assert!(over.iter().zip(&ends).all(|(over, end)| (*end..=*end + 60).contains(over)), "{over:?}");
}

#[test]
fn a_wake_up_alerts_nobody_before_twenty_seconds() {
    let mut sim = Sim::online();
    sim.telegram = false;
    // The machine slept for an hour: the steady clock stood still.
    sim.now = slept(5, 3595);
    sim.give(Input::Timeout);
    let alerted = |sim: &Sim| sim.when(is_alerted);
    while let Some(at) = sim.engine.poll_timeout().filter(|at| *at < Duration::from_secs(25)) {
        sim.now = Now { steady: at, ..slept(at.as_secs(), 3595) };
        sim.give(Input::Timeout);
    }
    assert_eq!(alerted(&sim), NEVER);
    sim.now = slept(25, 3595);
    sim.give(Input::Timeout);
    assert_eq!(alerted(&sim), [25]);
}

#[test]
fn a_tracker_that_died_tells_how_long_it_was_away() {
    let died = OutageStep { group: None, since: Instant(START - 7000), why: "killed".into() };
    let mut sim = Sim::new(Options::default(), Start { died: Some(died), ..Start::default() });
    sim.settle();
    let over = sim.log.iter().find_map(|(_, action)| match action {
        Action::DecideAlerts { over, .. } => over.clone(),
        _ => None,
    });
    let over = over.expect("it is told");
    assert_eq!((over.span.from.0, over.died, over.why.as_str()), (START - 7000, true, "killed"));
}

#[test]
fn a_process_that_stood_still_or_a_clock_that_was_set_makes_a_new_connection() {
    for jump in [slept(60, 0), slept(1, 19), Now { system: START - 20, ..slept(1, 0) }] {
        let mut sim = Sim::online();
        sim.engine.poll_timeout();
        sim.now = jump;
        sim.give(Input::Timeout);
        assert_eq!(sim.when(|action| matches!(action, Action::Close { .. })).len(), 1, "{jump:?}");
    }
    let mut sim = Sim::online();
    sim.engine.poll_timeout();
    sim.advance(Duration::from_secs(5));
    sim.give(Input::Timeout);
    assert_eq!(sim.when(|action| matches!(action, Action::Close { .. })), NEVER);
}

#[test]
fn updates_that_waited_while_the_process_stood_still_are_evidence_but_do_not_end_the_outage() {
    let mut sim = Sim::online();
    sim.engine.poll_timeout();
    sim.advance(Duration::from_secs(100));
    sim.engine.handle(sim.now, Input::Updates(vec![participants(START + 3, CALL, 6)]));
    let since = sim.engine.outage(None).map(|(since, _)| since);
    assert!(since.is_some(), "the outage goes on");
    sim.settle();
    assert!(sim.facts().contains(&Fact::Confirmed { call: CALL, at: Instant(START + 3) }));
}

#[test]
fn a_stopped_tracker_reads_once_more() {
    let mut sim = Sim::online();
    sim.run(7);
    sim.give(Input::Stop);
    assert_eq!(sim.ended, Some(false));
    assert_eq!(sim.requests(), [(7, Request::Check { call: CALL })]);
    assert!(sim.facts().contains(&Fact::Confirmed { call: CALL, at: Instant(START + 7) }));
}

#[test]
fn a_stopped_tracker_waits_three_seconds_at_most_and_not_at_all_while_it_can_not_ask() {
    let mut sim = Sim::online();
    sim.engine.handle(sim.now, Input::Stop);
    while let Some(action) = sim.engine.poll_action() {
        assert!(!matches!(action, Action::End { .. }), "the answer is awaited");
    }
    sim.run(10);
    assert_eq!((sim.when(|action| matches!(action, Action::End { .. })), sim.ended), (vec![3], Some(false)));

    let mut sim = Sim::online();
    sim.flood = Some(500);
    sim.run(40);
    sim.log.clear();
    sim.give(Input::Stop);
    assert_eq!((sim.ended, sim.requests()), (Some(false), Vec::new()));

    let mut sim = Sim::new(Options::default(), Start::default());
    sim.telegram = false;
    sim.settle();
    sim.give(Input::Stop);
    assert_eq!(sim.ended, Some(false));
}

#[test]
fn a_due_post_waits_for_a_fresh_roster() {
    let mut sim = Sim::online();
    sim.run(11);
    sim.log.clear();
    sim.schedule.due = true;
    sim.give(Input::Changed);
    assert_eq!(sim.requests(), [(11, Request::Check { call: CALL })]);
    assert_eq!(sim.when(|action| matches!(action, Action::QueuePosts { .. })), [11]);
    let check = sim.log.iter().position(|(_, action)| matches!(action, Action::Request { .. }));
    let queue = sim.log.iter().position(|(_, action)| matches!(action, Action::QueuePosts { .. }));
    assert!(check < queue, "the roster is confirmed first");
    assert!(sim.log[queue.unwrap()..].iter().any(|(_, action)| *action == Action::Deliver { lane: Lane::Posts }));
}

#[test]
fn a_due_post_waits_fifteen_seconds_at_most() {
    let mut sim = Sim::online();
    sim.run(1);
    sim.flood = Some(300);
    sim.schedule.due = true;
    sim.give(Input::Changed);
    sim.run(60);
    let queued = sim.when(|action| matches!(action, Action::QueuePosts { .. }));
    assert_eq!(queued, [16]);
}

#[test]
fn the_schedule_is_looked_at_when_the_next_post_is_due() {
    let mut sim = Sim::online();
    sim.schedule.next = Instant(START + 90);
    sim.give(Input::Changed);
    sim.log.clear();
    sim.run(89);
    let checks = |sim: &Sim| sim.when(|action| matches!(action, Action::CheckSchedule { .. }));
    assert_eq!(checks(&sim), [60]);
    sim.run(90);
    assert_eq!(checks(&sim), [60, 90]);
    // A schedule that is due and can't be stored does not turn the loop hot.
    sim.schedule = Schedule { due: false, next: Instant(START) };
    sim.log.clear();
    sim.run(100);
    assert!(checks(&sim).len() <= 11, "{:?}", checks(&sim));
}

#[test]
fn a_tracker_that_does_not_post_still_delivers_and_edits() {
    let mut sim = Sim::online_with(Options::default());
    sim.schedule.due = true;
    sim.give(Input::Changed);
    assert_eq!(sim.when(|action| matches!(action, Action::CheckSchedule { .. } | Action::QueuePosts { .. })), NEVER);
    assert_eq!(sim.when(|action| *action == Action::Deliver { lane: Lane::Posts }), [0]);
    assert_eq!(sim.when(|action| matches!(action, Action::QueueEdits { .. })), [0]);
}

#[test]
fn posts_and_alerts_wait_until_everything_they_tell_of_is_stored() {
    let mut sim = Sim::online();
    sim.store = Some(full());
    sim.schedule.due = true;
    sim.push(participants(START + 1, CALL, 6));
    sim.give(Input::Changed);
    sim.log.clear();
    sim.run(30);
    let waits = |action: &Action| {
        matches!(
            action,
            Action::QueuePosts { .. }
                | Action::CheckSchedule { .. }
                | Action::Deliver { .. }
                | Action::DecideAlerts { .. }
        )
    };
    assert_eq!(sim.when(waits), NEVER);
    assert_eq!(sim.engine.store_failure().map(|(why, _)| why), Some("the disk is full"));
    // The write is tried again every three seconds.
    let writes = sim.when(|action| matches!(action, Action::Write(_)));
    assert!(writes.windows(2).all(|pair| pair[1] - pair[0] == 3), "{writes:?}");
    sim.store = None;
    sim.run(40);
    assert!(!sim.when(waits).is_empty());
    assert_eq!(sim.engine.store_failure(), None);
}

#[test]
fn a_store_that_fails_for_five_minutes_is_told_of_past_the_store() {
    let mut sim = Sim::online();
    sim.store = Some(full());
    sim.push(participants(START, CALL, 6));
    sim.run(299);
    let told = |sim: &Sim| sim.when(|action| matches!(action, Action::NotifyStoreHealth(_)));
    assert_eq!(told(&sim), NEVER);
    sim.run(400);
    assert_eq!(told(&sim), [300]);
    sim.store = None;
    sim.run(500);
    assert_eq!(told(&sim).len(), 2);
}

#[test]
fn a_damaged_store_ends_the_tracker() {
    let mut sim = Sim::online();
    sim.store = Some(StoreFailure { passes: false, ..full() });
    sim.push(participants(START + 1, CALL, 6));
    assert_eq!(sim.ended, Some(true));
}

#[test]
fn a_full_memory_ends_the_connection_until_the_store_can_be_written() {
    let mut sim = Sim::online();
    sim.store = Some(full());
    let crowd = |from: i64| {
        let one = |peer| Sighting { peer: PeerId(peer), just_joined: true, joined: Instant(START), ..sighting() };
        (from..from + 1000).map(one).collect::<Vec<_>>()
    };
    for version in 6..210 {
        let participants = crowd(i64::from(version) * 1000);
        let event = Event::Participants { at: Instant(START), call: CALL, version, participants };
        sim.push(Update { at: Some(Instant(START)), events: vec![event], ..Update::default() });
    }
    assert_eq!(sim.when(|action| matches!(action, Action::Close { .. })).len(), 1);
    sim.run(100);
    assert_eq!(sim.when(is_open), NEVER);
    sim.store = None;
    sim.run(110);
    assert_eq!(sim.when(is_open).len(), 1);
}

#[test]
fn a_flood_wait_for_the_call_is_obeyed_exactly_and_shown() {
    let mut sim = Sim::online();
    sim.run(10);
    sim.flood = Some(120);
    sim.run(40);
    let asked = sim.requests().last().map(|(at, _)| *at).unwrap();
    sim.give(Input::Timeout);
    assert_eq!(sim.engine.link(), Link::FloodWait { seconds: asked + 120 - 40 });
    sim.log.clear();
    sim.run(asked + 119);
    assert_eq!(sim.requests(), Vec::new());
    sim.run(asked + 121);
    let after: Vec<Request> = sim.requests().into_iter().map(|(_, request)| request).collect();
    assert_eq!(after[0], Request::Lookup);
    assert!(sim.facts().iter().any(|fact| matches!(fact, Fact::Blind { reason: BlindReason::FloodWait, .. })));
}

#[test]
fn a_refused_request_is_repeated_with_growing_pauses() {
    let mut sim = Sim::online();
    let refused = || Failure::Refused { why: "Telegram answered INTERNAL (500)".into(), moved: false };
    let mut pauses = Vec::new();
    for _ in 0..6 {
        sim.engine.poll_timeout();
        let check = Input::Answered { group: GROUP, answer: Err(refused()) };
        sim.engine.groups[0].in_flight = Some(Request::Check { call: CALL });
        sim.engine.handle(sim.now, check);
        pauses.push((sim.engine.groups[0].quiet() - sim.now.steady).as_secs());
    }
    assert_eq!(pauses, [2, 4, 8, 16, 30, 30]);
}

#[test]
fn a_post_that_went_to_the_supergroup_has_the_group_found_again() {
    let mut sim = Sim::online();
    let attempted = Delivery::Attempted { ticket: 3, group: GROUP, sent: true, failure: None, moved: true };
    sim.give(Input::Delivered { lane: Lane::Posts, delivery: Ok(attempted) });
    assert_eq!(sim.when(|action| *action == Action::Close { find_again: true }), [0]);
}

#[test]
fn a_group_that_moved_is_found_again() {
    let mut sim = Sim::online();
    sim.engine.groups[0].in_flight = Some(Request::Lookup);
    let moved = Failure::Refused { why: "CHAT_MIGRATED".into(), moved: true };
    sim.give(Input::Answered { group: GROUP, answer: Err(moved) });
    assert_eq!(sim.when(|action| *action == Action::Close { find_again: true }).len(), 1);
}

/// CASES R1: ten updates a second of another group's call.
#[test]
fn another_groups_call_costs_one_lookup_in_ten_minutes() {
    let mut sim = Sim::online();
    for second in 1..=60 {
        sim.run(second);
        (0..10).for_each(|_| sim.foreign(99));
    }
    let lookups = sim.requests().into_iter().filter(|(_, request)| *request == Request::Lookup).count();
    assert_eq!(lookups, 1);
    assert!(sim.requests().len() <= 8, "{:?}", sim.requests());
    assert!(!sim.facts().iter().any(|fact| matches!(fact, Fact::Blind { .. })));
}

#[test]
fn a_flood_wait_for_another_groups_call_does_not_blind_ours() {
    let mut sim = Sim::online();
    sim.run(2);
    sim.flood = Some(26);
    sim.foreign(99);
    (3..60).for_each(|second| {
        sim.run(second);
        sim.foreign(98);
    });
    let lookups: Vec<u64> =
        sim.requests().into_iter().filter(|(_, request)| *request == Request::Lookup).map(|(at, _)| at).collect();
    assert_eq!(lookups, [2, 28]);
    assert!(!sim.facts().iter().any(|fact| matches!(fact, Fact::Blind { .. })));
    assert_eq!(sim.engine.outage(None), None);
}

#[test]
fn the_groups_next_call_is_found_whatever_other_groups_do() {
    let mut sim = Sim::online();
    sim.foreign(99);
    sim.run(1);
    // The group's call ends and the next one begins; updates of its participants arrive before anything names the
    // group.
    sim.call = Some((CallId(71), 3));
    let ended = CallUpdate { at: Instant(START + 1), peer: None, call: CALL, state: CallState::Discarded };
    sim.push(Update { at: Some(Instant(START + 1)), calls: vec![ended], ..Update::default() });
    assert!(sim.facts().contains(&Fact::Following { call: CallId(71), at: Instant(START + 1) }));
    sim.push(participants(START + 2, CallId(71), 4));
    assert!(sim.facts().contains(&Fact::Confirmed { call: CallId(71), at: Instant(START + 2) }));
}

/// CASES R2: ten updates a second that can't be read.
#[test]
fn unreadable_updates_cost_one_check_in_five_seconds() {
    let mut sim = Sim::online();
    for second in 1..=60 {
        sim.run(second);
        (0..10).for_each(|_| sim.push(unreadable()));
    }
    let requests = sim.requests().len() + sim.when(|action| *action == Action::Ping).len();
    // Each check is two requests on the wire.
    assert!((12..15).contains(&requests), "{:?}", sim.requests());
    assert!(!sim.facts().iter().any(|fact| matches!(fact, Fact::Blind { .. })));
    assert_eq!(sim.when(is_open), NEVER);
}

#[test]
fn a_change_that_could_not_be_read_is_found_at_once() {
    let mut sim = Sim::online();
    sim.run(10);
    sim.call = Some((CALL, 6));
    sim.push(unreadable());
    sim.run(12);
    let reads: Vec<u64> = sim.requests().iter().filter(|(_, request)| is_read(request)).map(|(at, _)| *at).collect();
    assert_eq!(reads, [11]);
}

/// CASES R3: a server that pushes no updates.
#[test]
fn a_server_that_does_not_push_is_polled_every_ten_seconds_until_it_does() {
    let mut sim = Sim::online();
    let mut version = 5;
    for second in 1..200 {
        sim.run(second);
        version += 1;
        sim.call = Some((CALL, version));
    }
    let checks: Vec<u64> = sim
        .requests()
        .into_iter()
        .filter(|(_, request)| matches!(request, Request::Check { .. }))
        .map(|(at, _)| at)
        .collect();
    assert!(checks[0] <= 35, "{checks:?}");
    let pauses: Vec<u64> = checks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| (9..=13).contains(pause)), "{pauses:?}");
    assert!(sim.engine.changes(GROUP).found >= 10);
    // The server pushes again.
    sim.run(210);
    let next = sim.engine.groups[0].version().unwrap_or(0) + 1;
    sim.call = Some((CALL, next));
    sim.push(participants(sim.now.system, CALL, next));
    assert_eq!(sim.engine.changes(GROUP).pushed, 1);
    sim.log.clear();
    sim.run(410);
    assert!(sim.requests().len() <= 11, "{:?}", sim.requests());
}

#[test]
fn a_waiting_delivery_is_tried_when_it_is_due_and_never_in_a_hot_loop() {
    let mut sim = Sim::online();
    let delivered = |next: i64| Input::Delivered {
        lane: Lane::Posts,
        delivery: Ok(Delivery::Nothing { next: Some(Instant(START + next)) }),
    };
    sim.engine.lanes[0].start();
    sim.give(delivered(40));
    sim.log.clear();
    sim.run(100);
    let tries = sim.when(|action| *action == Action::Deliver { lane: Lane::Posts });
    assert_eq!(tries[0], 40);
    sim.log.clear();
    sim.engine.lanes[0].start();
    sim.give(delivered(-5));
    assert_eq!(sim.when(|action| *action == Action::Deliver { lane: Lane::Posts }), NEVER);
}

#[test]
fn what_came_of_a_delivery_is_written_before_the_next_one_starts() {
    let mut sim = Sim::online();
    sim.store = Some(full());
    sim.engine.lanes[0].start();
    let attempted = Delivery::Attempted { ticket: 3, group: GROUP, sent: true, failure: None, moved: false };
    sim.give(Input::Delivered { lane: Lane::Posts, delivery: Ok(attempted) });
    assert_eq!(sim.engine.summary(GROUP).1, 1);
    sim.run(10);
    assert_eq!(sim.when(|action| matches!(action, Action::Deliver { .. })), NEVER);
    sim.store = None;
    sim.run(20);
    assert!(!sim.when(|action| *action == Action::Deliver { lane: Lane::Posts }).is_empty());
}

#[test]
fn a_flag_file_is_taken_once() {
    let mut sim = Sim::online();
    sim.give(Input::FlagFound { group: GROUP, at: Some(Instant(5)) });
    sim.run(30);
    assert_eq!(sim.when(|action| matches!(action, Action::QueueFlagged { .. })), [0]);
}

#[test]
fn what_another_process_wrote_is_looked_at_at_once() {
    let mut sim = Sim::online();
    sim.run(3);
    sim.log.clear();
    sim.give(Input::Changed);
    for lane in [Lane::Posts, Lane::Alerts, Lane::Website] {
        assert_eq!(sim.when(|action| *action == Action::Deliver { lane })[0], 3, "{lane:?}");
    }
}

#[test]
fn the_state_file_is_written_at_once_after_a_change_and_every_ten_seconds_otherwise() {
    let mut sim = Sim::online();
    sim.run(5);
    sim.log.clear();
    sim.push(participants(sim.now.system, CALL, 6));
    sim.run(7);
    let writes = sim.when(|action| *action == Action::WriteState);
    assert!(writes[0] <= 6, "{writes:?}");
    sim.log.clear();
    sim.telegram = false;
    sim.run(14);
    let writes = sim.when(|action| *action == Action::WriteState);
    assert!(writes.len() <= 1, "{writes:?}");
}

#[test]
fn systemd_gets_its_sign_of_life_in_every_state() {
    let mut sim = Sim::online_with(Options { watchdog: Some(Duration::from_secs(20)), ..Options::default() });
    sim.telegram = false;
    sim.run(100);
    let alive = sim.when(|action| *action == Action::NotifyAlive);
    assert_eq!(alive, [20, 40, 60, 80, 100]);
}

#[test]
fn the_copy_of_a_day_is_due_when_the_day_begins_whatever_clock_jumps() {
    let mut sim = Sim::online();
    let copies = |sim: &Sim| sim.when(|action| *action == Action::BackUp);
    sim.run(3700);
    assert_eq!(copies(&sim), [3600]);
    // Telegram's clock jumps within the day, then into the next one.
    sim.move_clock(1000);
    sim.give(Input::Timeout);
    assert_eq!(copies(&sim), [3600]);
    sim.move_clock(50_000 - 3700);
    sim.give(Input::Timeout);
    assert_eq!(copies(&sim), [3600, 3700]);
}

#[test]
fn a_sent_post_is_looked_at_when_its_day_is_over_and_confirmed() {
    let mut sim = Sim::online();
    sim.next_final = Some(Instant(START + 100));
    sim.give(Input::Changed);
    sim.log.clear();
    let looks = |sim: &Sim| sim.when(|action| matches!(action, Action::QueueEdits { .. }));
    sim.run(99);
    assert_eq!(looks(&sim), NEVER);
    sim.run(101);
    assert_eq!(looks(&sim), [100]);
    // The post is not final yet: it is checked again once an instant after the end of the day is confirmed.
    sim.push(participants(START + 101, CALL, 6));
    sim.run(102);
    assert_eq!(looks(&sim), [100, 102]);
    sim.next_final = None;
    sim.run(112);
    let last = looks(&sim).len();
    sim.run(300);
    assert_eq!(looks(&sim).len(), last, "none waits for that any more");
}

#[test]
fn a_clock_that_jumps_into_the_next_day_while_the_store_is_copied_makes_the_next_copy_due() {
    let mut sim = Sim::online();
    sim.engine.backup.start();
    sim.move_clock(60_000);
    sim.give(Input::BackedUp { again: Duration::from_secs(3600), day_ends: Instant(START + 50_000) });
    sim.run(2);
    assert_eq!(sim.when(|action| *action == Action::BackUp), [1]);
}

#[test]
fn old_stays_are_folded_step_by_step_and_never_while_a_post_is_due() {
    let mut sim = Sim::online();
    let folds = |sim: &Sim| sim.when(|action| *action == Action::Fold);
    sim.run(599);
    assert_eq!(folds(&sim), NEVER);
    sim.fold_again = Duration::from_secs(1);
    sim.run(602);
    assert_eq!(folds(&sim), [600, 601, 602]);
    sim.engine.lanes[Lane::Posts as usize].start();
    sim.run(700);
    assert_eq!(folds(&sim), [600, 601, 602], "a post is being sent");
    sim.engine.lanes[Lane::Posts as usize].finish(None);
    sim.fold_again = Duration::from_secs(3600);
    sim.give(Input::Timeout);
    sim.run(800);
    assert_eq!(folds(&sim), [600, 601, 602, 700]);
    // A post waits for its next attempt, which is not due.
    sim.engine.fold.due_now(Duration::from_secs(900));
    sim.engine.lanes[Lane::Posts as usize].finish(Some(Duration::from_secs(2000)));
    sim.run(901);
    assert_eq!(folds(&sim), [600, 601, 602, 700, 900]);
}

#[test]
fn alerts_are_decided_again_when_the_next_one_is_due() {
    let mut sim = Sim::online();
    sim.next_alert = Some(Instant(START + 1800));
    sim.give(Input::Changed);
    sim.run(1799);
    sim.log.clear();
    sim.next_alert = None;
    sim.run(4000);
    assert_eq!(sim.when(|action| matches!(action, Action::DecideAlerts { .. })), [1800]);
}

fn beats(sim: &Sim) -> Vec<(u64, bool)> {
    let beats = sim.log.iter().filter_map(|(at, action)| match action {
        Action::Heartbeat { failure } => Some((at.as_secs(), failure.is_none())),
        _ => None,
    });
    beats.collect()
}

#[test]
fn a_sign_of_life_comes_every_five_minutes_while_the_group_is_seen() {
    let mut sim = Sim::new(Options::default(), Start::default());
    sim.settle();
    sim.run(1000);
    assert_eq!(beats(&sim), [(0, true), (300, true), (600, true), (900, true)]);
    // A short outage is no failure; a long one is, and its end is reported at once.
    sim.telegram = false;
    sim.run(1100);
    sim.telegram = true;
    sim.run(1300);
    sim.telegram = false;
    sim.log.clear();
    sim.run(2000);
    assert_eq!(beats(&sim), [(1500, true), (1800, false)]);
    sim.telegram = true;
    sim.log.clear();
    sim.run(2400);
    let [(back, true), (next, true)] = beats(&sim)[..] else { panic!("{:?}", beats(&sim)) };
    assert!((2000..2040).contains(&back) && next == back + 300, "{back} {next}");
}

#[test]
fn a_store_that_cannot_be_written_is_a_failure_in_the_sign_of_life() {
    let mut sim = Sim::online();
    sim.store = Some(full());
    sim.give(Input::Changed);
    sim.run(301);
    assert_eq!(beats(&sim), [(300, false)]);
}

#[test]
fn a_new_name_of_the_group_is_taken_over_once() {
    let mut sim = Sim::online();
    let group = |name: &str, access_hash| {
        let profile = Profile { name: name.into(), username: None, ..Profile::unknown(PeerId(-1001)) };
        Update { people: vec![Known { profile, access_hash }], ..Update::default() }
    };
    sim.push(group("Study Hall", None));
    sim.push(group("Night Hall", None));
    sim.push(group("Night Hall", None));
    sim.push(group("Night Hall", Some(1)));
    let renamed = sim.log.iter().filter_map(|(_, action)| match action {
        Action::Write(write) => match &**write {
            Write::Renamed(_, title, username) => Some((title.clone(), username.clone())),
            _ => None,
        },
        _ => None,
    });
    let expected = [("Night Hall".to_owned(), Some("studyhall".to_owned())), ("Night Hall".to_owned(), None)];
    assert_eq!(renamed.collect::<Vec<_>>(), expected);
    assert_eq!(sim.engine.title(GROUP), Some("Night Hall"));
}

/// A person is seen before the store has the group: an update arrives with the connection.
#[test]
fn who_is_shown_before_the_group_is_open_is_stored_afterwards() {
    let mut sim = Sim::new(Options::default(), Start::default());
    let eve = Known { profile: Profile { name: "Eve".into(), ..Profile::unknown(PeerId(77)) }, access_hash: None };
    let shown = Update { people: vec![eve], ..Update::default() };
    sim.engine.handle(sim.now, Input::Updates(vec![shown]));
    let early: Vec<Action> = std::iter::from_fn(|| sim.engine.poll_action()).collect();
    // Without the group, a write would be lost.
    assert!(!early.iter().any(|action| matches!(action, Action::Write(_))), "{early:?}");
    for action in early {
        if let Some(input) = sim.perform(action) {
            sim.engine.handle(sim.now, input);
        }
    }
    sim.settle();
    assert!(stored_people(&sim).contains(&77), "{:?}", stored_people(&sim));
}

fn stored_people(sim: &Sim) -> Vec<i64> {
    let observed = sim.log.iter().filter_map(|(_, action)| match action {
        Action::Write(write) => match &**write {
            Write::Observed(seen) => Some(seen[0].1.people.iter().map(|known| known.profile.peer.0)),
            _ => None,
        },
        _ => None,
    });
    observed.flatten().collect()
}

#[test]
fn a_sent_post_makes_its_export_due() {
    let mut sim = Sim::online();
    sim.log.clear();
    sim.engine.lanes[0].start();
    let delivery = Delivery::Attempted { ticket: 3, group: GROUP, sent: true, failure: None, moved: false };
    sim.give(Input::Delivered { lane: Lane::Posts, delivery: Ok(delivery) });
    assert_eq!(sim.when(|action| *action == Action::Deliver { lane: Lane::Website }), [0]);
}

/// The outages that are over, as they are reported: length, reason, and whether they cause an alert in any case.
fn outages_over(sim: &Sim) -> Vec<(i64, String, bool)> {
    let over = sim.log.iter().filter_map(|(_, action)| match action {
        Action::DecideAlerts { over: Some(over), .. } => Some((over.span.seconds(), over.why.clone(), over.wrong_date)),
        _ => None,
    });
    over.collect()
}

fn closes(sim: &Sim) -> usize {
    sim.when(|action| matches!(action, Action::Close { .. })).len()
}

/// CASES X2: one container with an impossible date. It shows nobody as left, and credits nothing.
#[test]
fn a_container_of_another_age_counts_nothing_and_its_cause_is_told() {
    for date in [i64::from(i32::MAX), START + 7200, START - 7200, 0, -1] {
        let mut sim = Sim::online();
        sim.run(20);
        let mut update = participants(date, CALL, 6);
        update.events.push(Event::Participants {
            at: Instant(date),
            call: CALL,
            version: 7,
            participants: vec![Sighting { left: true, ..sighting() }],
        });
        let ended = CallUpdate { at: Instant(date), peer: None, call: CALL, state: CallState::Discarded };
        update.calls.push(ended);
        sim.push(update);
        assert_eq!((closes(&sim), sim.engine.is_online()), (1, false), "{date}");
        sim.run(40);
        // The next connection sees the same people, with the same dates.
        assert!(sim.engine.is_online());
        let gone = |fact: &Fact| matches!(fact, Fact::Closed { .. } | Fact::Ended { .. });
        assert!(!sim.facts().iter().any(gone), "{:?}", sim.facts());
        let newest = sim.facts().into_iter().filter_map(|fact| match fact {
            Fact::Confirmed { at, .. } => Some(at.0 - START),
            _ => None,
        });
        assert!(newest.max().is_some_and(|newest| (20..=40).contains(&newest)));
        assert!(sim.facts().iter().any(|fact| matches!(fact, Fact::Blind { reason: BlindReason::Clock, .. })));
        let [(seconds, why, true)] = &outages_over(&sim)[..] else { panic!("{:?}", outages_over(&sim)) };
        assert!(*seconds <= 25 && why.contains("which can't be right"), "{why}");
    }
}

#[test]
fn an_old_container_that_is_about_no_call_does_not_matter() {
    let mut sim = Sim::online();
    sim.run(20);
    sim.push(Update { at: Some(Instant(START - 7200)), ..Update::default() });
    assert_eq!(closes(&sim), 0);
    sim.push(Update { at: Some(Instant(START + 7200)), ..Update::default() });
    assert_eq!(closes(&sim), 1);
}

#[test]
fn wrong_dates_again_and_again_are_told_once_an_hour() {
    let mut sim = Sim::online();
    for minute in 1..=90 {
        sim.run(minute * 60);
        sim.push(participants(i32::MAX.into(), CALL, 6));
    }
    sim.run(91 * 60);
    let told = outages_over(&sim).into_iter().filter(|(.., told)| *told).count();
    assert_eq!((closes(&sim), told), (90, 2));
}

/// Before the connection is open, only Telegram's answers decide.
#[test]
fn a_wrong_container_before_the_connection_is_open_is_left_out() {
    let mut sim = Sim::new(Options::default(), Start::default());
    sim.engine.handle(sim.now, Input::Updates(vec![participants(i32::MAX.into(), CALL, 6)]));
    sim.settle();
    assert_eq!((closes(&sim), sim.engine.is_online()), (0, true));
}

/// Telegram's clock, as its answers show it, is `ahead` seconds ahead from second `from` to second `to`.
fn ahead(sim: &mut Sim, ahead: i64, from: u64, to: u64) {
    sim.run(from);
    sim.ahead = ahead;
    sim.run(to);
    sim.ahead = 0;
}

/// CASES X2: `getState` 2 h ahead for 45 s.
#[test]
fn an_answer_that_is_two_hours_ahead_is_not_believed() {
    let mut sim = Sim::online();
    ahead(&mut sim, 7200, 20, 65);
    assert!(!sim.engine.is_online());
    sim.run(140);
    assert!(sim.engine.is_online());
    assert_eq!(sim.engine.clock().1, 0);
    let latest = sim.facts().into_iter().filter_map(|fact| match fact {
        Fact::Confirmed { at, .. } => Some(at.0),
        Fact::Blind { span, .. } => Some(span.to.0),
        _ => None,
    });
    assert!(latest.max().is_some_and(|at| at <= START + 140));
    assert!(sim.offsets().iter().all(|offset| *offset == 0), "{:?}", sim.offsets());
    assert_eq!(outages_over(&sim).len(), 1);
}

#[test]
fn a_time_that_telegram_goes_on_telling_is_taken_up_after_two_minutes() {
    let mut sim = Sim::online();
    ahead(&mut sim, 7200, 20, 130);
    assert!(!sim.engine.is_online());
    sim.ahead = 7200;
    sim.run(200);
    sim.give(Input::Timeout);
    assert!(sim.engine.is_online());
    assert_eq!(sim.engine.clock(), (Instant(START + 200 + 7200), 7200));
    assert_eq!(sim.offsets(), [7200]);
}

/// CASES X2: one bad first answer.
#[test]
fn the_first_answer_poisons_nothing() {
    let mut sim = Sim::new(Options::default(), Start { last_seen: START - 100, ..Start::default() });
    sim.ahead = 7200;
    sim.settle();
    assert!(!sim.engine.is_online());
    sim.run(40);
    sim.ahead = 0;
    sim.run(100);
    assert!(sim.engine.is_online());
    assert_eq!((sim.engine.clock().1, sim.engine.last_seen() <= START + 100), (0, true));
    assert_eq!(sim.offsets(), [0]);
    // It was not known which of the two clocks was wrong.
    assert!(outages_over(&sim).iter().all(|(.., told)| !told));
}

/// CASES X3: the system clock is set back by a day, and then forward again, while Telegram can't be reached.
#[test]
fn an_outage_lasts_as_long_as_it_lasts_whatever_the_system_clock_shows() {
    let mut sim = Sim::online();
    sim.run(10);
    sim.telegram = false;
    for (second, set) in [(12, -86_400), (36, 86_400), (40, 0)] {
        sim.run_with_system_clock(second, set);
    }
    assert!(!sim.log.iter().any(|(_, action)| is_alerted(action)));
    sim.telegram = true;
    sim.run(60);
    assert!(sim.engine.is_online());
    let spans: Vec<i64> = outages_over(&sim).into_iter().map(|(seconds, ..)| seconds).collect();
    assert!(spans.iter().all(|seconds| (20..=60).contains(seconds)) && !spans.is_empty(), "{spans:?}");
}

/// Rules §7.2. While a person is not counted, the store drops the facts about them.
#[test]
fn who_is_counted_again_is_sent_to_the_store_again() {
    use crate::domain::people::Aliases;
    use crate::domain::rights::{Audience, Decision, GroupRights, Rights};
    let mut sim = Sim::online();
    let give = |sim: &mut Sim, rights: &Rights| {
        let rights = GroupRights::new(Audience::Everyone, [(ADA, rights.clone())].into(), &Aliases::default());
        sim.give(Input::Rights { group: GROUP, rights });
    };
    let present = |sim: &Sim| {
        let call = sim.engine.call(GROUP).unwrap();
        (call.people.iter().map(|(_, stay)| stay.span.from.0 - START).collect::<Vec<_>>(), call.uncounted)
    };
    let left = Rights::default().with(&Decision::Leave, Audience::Everyone, Instant(START + 10));
    give(&mut sim, &left);
    assert_eq!((present(&sim), sim.facts()), ((vec![], 1), vec![]));
    sim.run(40);
    sim.log.clear();
    let back = |at| left.with(&Decision::Return, Audience::Everyone, Instant(START + at));
    give(&mut sim, &back(40));
    let opened = |sim: &Sim| sim.facts().iter().filter(|fact| matches!(fact, Fact::Opened { peer: ADA, .. })).count();
    assert_eq!((opened(&sim), stored_people(&sim)), (1, vec![ADA.0]));
    assert_eq!(present(&sim), (vec![40], 0));
    // The tracker reads the decisions only after the person has left and returned once more.
    sim.run(50);
    sim.log.clear();
    give(&mut sim, &back(50));
    assert_eq!((opened(&sim), present(&sim)), (1, (vec![50], 0)));
    // Others see a pen name at once, and nothing has to be stored for it.
    sim.log.clear();
    give(&mut sim, &Rights { pen_name: Some("Falcon".into()), ..back(50) });
    assert_eq!(sim.engine.call(GROUP).unwrap().people[0].0.pen_name.as_deref(), Some("Falcon"));
    assert_eq!(sim.facts(), []);
}

#[test]
fn the_pulse_is_looked_at_when_it_is_due_and_never_where_it_is_off() {
    let looks = |sim: &Sim| sim.when(|action| matches!(action, Action::QueuePulse { .. }));
    let sends = |sim: &Sim| sim.when(|action| matches!(action, Action::Deliver { lane: Lane::Alerts }));
    // If the message of the week is off, one check shows that.
    let mut sim = Sim::online();
    sim.log.clear();
    sim.run(5000);
    assert_eq!(looks(&sim), [0; 0]);
    let mut sim = Sim::online();
    sim.run(10);
    sim.log.clear();
    sim.weekly = Weekly { queued: false, next: Some(Instant(START + 300)) };
    sim.give(Input::Changed);
    sim.run(299);
    assert_eq!(looks(&sim), [10]);
    let before = sends(&sim);
    // The message is due: its lane is checked in the same second.
    sim.weekly = Weekly { queued: true, next: Some(Instant(START + 5000)) };
    sim.run(310);
    assert_eq!((looks(&sim), sends(&sim)), (vec![10, 300], [before, vec![300]].concat()));
    sim.weekly.queued = false;
    sim.run(4999);
    assert_eq!(looks(&sim), [10, 300]);
    sim.run(5000);
    assert_eq!(looks(&sim), [10, 300, 5000]);
}
