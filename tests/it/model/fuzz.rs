//! Random events in any order: no panic, no overflow, no endless requests, and the facts stay valid.

use proptest::prelude::*;
use swf::domain::roster::signs::Shown;
use swf::domain::roster::{BlindReason, CallState, Event, GroupWatcher, Output, Request, Sighting};
use swf::domain::{CallId, Instant, PeerId};

use super::ledger::Ledger;
use super::share;

fn instant() -> impl Strategy<Value = Instant> {
    prop_oneof![
        8 => (0..400i64).prop_map(|at| 1_700_000_000 + at),
        1 => prop::sample::select(vec![0, -1, i64::from(i32::MIN), i64::from(i32::MAX), i64::MIN, i64::MAX]),
    ]
    .prop_map(Instant)
}

fn version() -> impl Strategy<Value = i32> {
    prop_oneof![8 => 0..12i32, 1 => prop::sample::select(vec![i32::MIN, -1, i32::MAX - 1, i32::MAX])]
}

fn call() -> impl Strategy<Value = CallId> {
    prop_oneof![6 => Just(CallId(1)), 2 => Just(CallId(2)), 1 => any::<i64>().prop_map(CallId)]
}

fn sightings() -> impl Strategy<Value = Vec<Sighting>> {
    let shown = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), prop::option::of(instant()));
    let shown = shown.prop_map(|(muted, hand, video, screen, spoke)| Shown { muted, hand, video, screen, spoke });
    let one = ((1..6i64).prop_map(PeerId), instant(), any::<bool>(), any::<bool>(), any::<bool>(), shown);
    let one = one.prop_map(|(peer, joined, left, just_joined, versioned, shown)| Sighting {
        peer,
        joined,
        left,
        just_joined,
        versioned,
        shown,
    });
    proptest::collection::vec(one, 0..4)
}

fn event() -> impl Strategy<Value = Event> {
    let reason = || prop::sample::select(BlindReason::ALL.to_vec());
    let state = prop_oneof![
        4 => (version(), any::<bool>())
            .prop_map(|(version, listeners_hidden)| CallState::Live { version, listeners_hidden }),
        1 => Just(CallState::Scheduled),
        1 => Just(CallState::Discarded),
        1 => Just(CallState::Foreign),
    ];
    let next = prop_oneof![3 => Just(String::new()), 1 => Just("more".to_owned())];
    prop_oneof![
        1 => Just(Event::Connected),
        1 => reason().prop_map(Event::Lost),
        1 => reason().prop_map(Event::Failed),
        2 => (instant(), proptest::option::of((call(), any::<bool>())))
            .prop_map(|(at, call)| Event::Found { at, call }),
        2 => (instant(), call(), state).prop_map(|(at, call, state)| Event::Call { at, call, state }),
        8 => (instant(), call(), version(), sightings())
            .prop_map(|(at, call, version, participants)| Event::Participants { at, call, version, participants }),
        2 => any::<bool>().prop_map(|full| Event::Due { full }),
        2 => (instant(), call(), version(), prop_oneof![0..6i64, any::<i64>()])
            .prop_map(|(at, call, version, count)| Event::Checked { at, call, version, count }),
        5 => (instant(), call(), version(), sightings(), next).prop_map(|(at, call, version, participants, next)| {
            Event::Page { at, call, version, participants, next }
        }),
        2 => (instant(), call(), sightings()).prop_map(|(at, call, participants)| Event::Named { at, call, participants }),
        2 => Just(Event::WaitOver),
    ]
}

fn take(watch: &mut GroupWatcher, ledger: &mut Ledger, event: Event) -> Output {
    let (call, before) = (watch.call(), watch.confirmed());
    let step = watch.handle(event.clone());
    assert!(watch.call() != call || watch.confirmed() >= before, "confirmed instants go back");
    assert!(step.requests.len() <= 3, "{event:?} led to {:?}", step.requests);
    step.facts.iter().for_each(|fact| ledger.keep(fact));
    step
}

/// After random events, a server with sensible answers soon gets no more requests.
fn settles(watch: &mut GroupWatcher, ledger: &mut Ledger, sane: bool) {
    let at = Instant(1_700_001_000);
    let here = vec![Sighting {
        peer: PeerId(3),
        joined: at - 50,
        left: false,
        just_joined: false,
        versioned: true,
        shown: Shown::default(),
    }];
    let mut asks = std::collections::VecDeque::new();
    asks.extend(take(watch, ledger, Event::Lost(BlindReason::Gap)).requests);
    asks.extend(take(watch, ledger, Event::Connected).requests);
    asks.extend(take(watch, ledger, Event::WaitOver).requests);
    let mut checked = false;
    for _ in 0..40 {
        if asks.is_empty() && !std::mem::replace(&mut checked, true) {
            // An update among the random events may have come after the read, so check once more.
            asks.extend(take(watch, ledger, Event::Due { full: false }).requests);
        }
        let Some(ask) = asks.pop_front() else { break };
        let answer = match ask {
            Request::Lookup => Event::Found { at, call: Some((CallId(1), false)) },
            Request::Check { call } => Event::Checked { at, call, version: 5, count: 1 },
            Request::Page { call, .. } => {
                Event::Page { at, call, version: 5, participants: here.clone(), next: String::new() }
            }
            Request::Named { call, peers } => {
                let mut participants = here.clone();
                participants.retain(|one| peers.contains(&one.peer));
                Event::Named { at, call, participants }
            }
            Request::Wait => Event::WaitOver,
        };
        asks.extend(take(watch, ledger, answer).requests);
    }
    assert!(asks.is_empty(), "it asks and asks: {asks:?}");
    assert_eq!(watch.call(), Some(CallId(1)));
    assert_eq!(watch.blind(), None);
    let present: Vec<PeerId> = watch.present().map(|(peer, _)| peer).collect();
    // A random date in the far future can make this person count as gone.
    if sane {
        assert_eq!(present, [PeerId(3)]);
    }
}

pub fn survives(events: Vec<Event>, restarts: &[bool]) {
    let (mut watch, mut ledger) = (GroupWatcher::default(), Ledger::default());
    take(&mut watch, &mut ledger, Event::Found { at: Instant(1_700_000_000), call: Some((CallId(1), false)) });
    let late = |at: Instant| at.0 > 1_700_000_900;
    let sane = !events.iter().any(|event| match event {
        Event::Participants { at, participants, .. }
        | Event::Page { at, participants, .. }
        | Event::Named { at, participants, .. } => late(*at) || participants.iter().any(|one| late(one.joined)),
        _ => false,
    });
    for (index, event) in events.into_iter().enumerate() {
        take(&mut watch, &mut ledger, event);
        if restarts.get(index) == Some(&true) {
            watch = ledger.watch();
        }
        for stay in ledger.stays() {
            assert!(stay.span.to >= stay.span.from, "{stay:?}");
        }
    }
    settles(&mut watch, &mut ledger, sane);
}

proptest! {
    #![proptest_config(share(1500))]
    #[test]
    fn nothing_that_telegram_may_say_breaks_the_watch(
        events in proptest::collection::vec(event(), 0..60),
        restarts in proptest::collection::vec(prop::bool::weighted(0.03), 0..60),
    ) {
        survives(events, &restarts);
    }
}

#[test]
fn pages_that_never_end_are_left_at_last() {
    let (mut watch, mut ledger) = (GroupWatcher::default(), Ledger::default());
    let at = Instant(1_700_000_000);
    let mut asks = take(&mut watch, &mut ledger, Event::Found { at, call: Some((CallId(1), false)) }).requests;
    for _ in 0..2000 {
        let Some(Request::Page { call, .. }) = asks.pop() else { break };
        let page = Event::Page { at, call, version: 1, participants: Vec::new(), next: "again".into() };
        asks = take(&mut watch, &mut ledger, page).requests;
    }
    assert_eq!(asks, []);
}
