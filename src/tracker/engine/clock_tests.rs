//! When phases of a rhythm are stored, with the virtual clock.

use super::tests::{CALL, GROUP, START, Sim};
use super::*;
use crate::domain::rhythm::Rhythm;
use crate::domain::roster::{CallState, CallUpdate};
use crate::domain::time::zone::Zone;

const POST: Options = Options { post: true, view: false, watchdog: None, seed: 0, check_dates: false };

fn rhythm(text: &str) -> Option<(Rhythm, Zone)> {
    Some((text.parse().unwrap(), Zone::UTC))
}

/// A connected tracker in a group with this rhythm.
fn online(text: &str) -> Sim {
    let mut sim = Sim::new(POST, Start::default());
    sim.rhythm = rhythm(text);
    sim.settle();
    sim
}

fn is_turn(action: &Action) -> bool {
    matches!(action, Action::TurnClock { .. })
}

/// Each turn: how many seconds after the start, and whether a call ran.
fn turns(sim: &Sim) -> Vec<(u64, bool)> {
    let turns = sim.log.iter().filter_map(|(at, action)| match action {
        Action::TurnClock { call, .. } => Some((at.as_secs(), call.is_some())),
        _ => None,
    });
    turns.collect()
}

fn sent(sim: &Sim) -> Vec<u64> {
    sim.when(|action| matches!(action, Action::Deliver { lane: Lane::Clock }))
}

/// The seconds up to `until` at which phases of a rhythm end, counted in minutes of the day as a reference.
fn phase_ends(focus: i64, rest: i64, until: u64) -> Vec<u64> {
    let into = |second: u64| (START + second as i64) % 86_400 % ((focus + rest) * 60);
    (1..=until).filter(|second| [0, focus * 60].contains(&into(*second))).collect()
}

#[test]
fn a_phase_is_stored_when_it_begins_and_once() {
    let mut sim = online("50/10");
    sim.run(3 * 3600);
    // The first turn is in the middle of a phase, and its title holds until that phase ends.
    let expected: Vec<(u64, bool)> =
        [0].into_iter().chain(phase_ends(50, 10, 3 * 3600)).map(|second| (second, true)).collect();
    assert_eq!(turns(&sim), expected);
    assert_eq!(sent(&sim).len(), expected.len());
}

#[test]
fn without_a_rhythm_nothing_is_done_and_nothing_wakes() {
    let mut sim = online("50/10");
    let mut off = Sim::new(POST, Start::default());
    off.settle();
    for sim in [&mut sim, &mut off] {
        sim.run(7200);
        sim.give(Input::Changed);
    }
    assert_eq!((turns(&off), sent(&off)), (Vec::new(), Vec::new()));
    assert!(!turns(&sim).is_empty());
    let group = &off.engine.groups[0];
    assert_eq!(off.engine.group_deadline(group, GroupTimer::Clock), None);
    assert_eq!(off.engine.deadline(Timer::Clock), None);
    // A tracker that does not post has no turns either.
    let mut quiet = Sim::new(Options { post: false, ..POST }, Start::default());
    quiet.rhythm = rhythm("50/10");
    quiet.settle();
    quiet.run(7200);
    assert_eq!(turns(&quiet), []);
}

#[test]
fn without_a_call_nothing_wakes_and_a_call_that_begins_has_its_phase_at_once() {
    let mut sim = Sim::new(POST, Start::default());
    (sim.rhythm, sim.call) = (rhythm("50/10"), None);
    sim.settle();
    sim.run(7200);
    assert_eq!(turns(&sim), [(0, false)]);
    sim.call = Some((CALL, 5));
    sim.run(7600);
    let begun = turns(&sim)[1..].to_vec();
    assert!(!begun.is_empty() && begun.iter().all(|(_, runs)| *runs), "{begun:?}");
    // If the call ends in a phase, the clock ends with it.
    sim.call = None;
    sim.log.clear();
    let at = Instant(START + 7600);
    let over = CallUpdate { at, peer: Some(PeerId(-1001)), call: CALL, state: CallState::Discarded };
    sim.give(Input::Updates(vec![Update { at: Some(at), calls: vec![over], ..Update::default() }]));
    assert_eq!((turns(&sim), sent(&sim)), (vec![(7600, false)], vec![7600]));
    sim.run(7600 + 7200);
    assert_eq!(turns(&sim).len(), 1);
}

#[test]
fn while_the_call_is_not_seen_no_phase_begins_and_a_late_one_is_not_made_up_for() {
    let mut sim = online("25/5");
    sim.run(60);
    sim.log.clear();
    sim.telegram = false;
    // Two hours without Telegram: four phases of each kind pass.
    sim.run(7200);
    assert_eq!(turns(&sim), []);
    sim.telegram = true;
    sim.run(7320);
    let turns = turns(&sim);
    assert!((1..=2).contains(&turns.len()), "{turns:?}");
}

/// Telegram asks to wait, so the call is not seen, though the connection works.
#[test]
fn while_the_call_is_blind_on_a_whole_connection_no_phase_begins() {
    let mut sim = online("50/10");
    sim.run(10);
    sim.flood = Some(4000);
    sim.run(60);
    assert!(sim.engine.is_online());
    sim.log.clear();
    // The focus ends after 3000 s and the break after 3600 s.
    sim.run(3900);
    assert_eq!(turns(&sim), []);
    sim.run(4300);
    assert_eq!(turns(&sim).len(), 1);
}

#[test]
fn another_rhythm_holds_at_once_and_none_ends_the_clock() {
    let mut sim = online("50/10");
    sim.run(600);
    sim.log.clear();
    sim.rhythm = rhythm("25/5");
    sim.give(Input::ClockChanged { group: GROUP });
    assert_eq!(turns(&sim), [(600, true)]);
    sim.run(7200);
    let ends: Vec<u64> = phase_ends(25, 5, 7200).into_iter().filter(|second| *second > 600).collect();
    assert_eq!(turns(&sim)[1..].iter().map(|(at, _)| *at).collect::<Vec<_>>(), ends);
    sim.log.clear();
    sim.rhythm = None;
    sim.give(Input::ClockChanged { group: GROUP });
    sim.run(20_000);
    assert_eq!((turns(&sim), sent(&sim)), (vec![(7200, true)], vec![7200]));
}

#[test]
fn a_title_that_can_not_be_read_is_read_again_and_not_sooner_than_telegram_allows() {
    let mut sim = Sim::new(POST, Start::default());
    (sim.rhythm, sim.unread) = (rhythm("50/10"), Some(0));
    sim.settle();
    sim.run(40);
    assert_eq!(sim.when(is_turn), [0, 30]);
    sim.log.clear();
    sim.unread = Some(300);
    sim.give(Input::ClockChanged { group: GROUP });
    sim.run(400);
    assert_eq!(sim.when(is_turn), [40, 340]);
}

#[test]
fn a_store_that_can_not_be_written_delays_a_phase_and_loses_none() {
    let mut sim = online("50/10");
    sim.run(10);
    sim.log.clear();
    sim.store = Some(StoreFailure { passes: true, why: "the disk is full".into(), hint: "Make room.".into() });
    sim.give(Input::ClockChanged { group: GROUP });
    sim.run(70);
    assert_eq!(sim.when(is_turn), [10]);
    sim.store = None;
    sim.run(80);
    assert_eq!(sim.when(is_turn).len(), 2);
}
