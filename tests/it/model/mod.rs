//! The accounting core against the truth: simulated calls with every fault, a tracker that runs over them, and a
//! second, slow implementation of the rules (rules §2, §3).
//!
//! `SWF_MODEL_CASES=40000 cargo test --test it model` runs ten times as long.

pub mod boards;
mod cases;
mod driver;
mod fuzz;
mod ledger;
pub mod reference;
mod stored;
mod world;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use driver::{Driver, Fault, Move, Op, Trouble};

/// A noon far from all clock changes.
const NOON: i64 = 1_795_330_800;

/// The share of all cases that a property gets: `cases` of each 2,000. By default the cases are the same each time, so
/// that a failure comes from a change and not from chance; `SWF_MODEL_CASES=40000` uses new ones.
pub fn share(cases: u32) -> ProptestConfig {
    let asked = std::env::var("SWF_MODEL_CASES").ok().and_then(|text| text.parse().ok());
    let cases = (u64::from(cases) * u64::from(asked.unwrap_or(4000_u32))).div_ceil(2000) as u32;
    let rng_seed = asked.map_or(RngSeed::Fixed(2026), |_| RngSeed::Random);
    ProptestConfig { cases, rng_seed, failure_persistence: None, max_shrink_iters: 50_000, ..ProptestConfig::default() }
}

/// Actions of people.
fn life() -> impl Strategy<Value = Op> {
    let who = 0..6u8;
    prop_oneof![
        4 => Just(Op::Start),
        1 => Just(Op::End),
        1 => Just(Op::Replace),
        1 => Just(Op::Schedule),
        10 => who.clone().prop_map(Op::Join),
        8 => who.clone().prop_map(Op::Leave),
        3 => who.clone().prop_map(Op::Bounce),
        1 => who.clone().prop_map(Op::Blink),
        2 => who.clone().prop_map(Op::Silent),
        4 => who.clone().prop_map(Op::Mute),
        6 => who.prop_map(Op::Speak),
        1 => Just(Op::State),
        1 => Just(Op::Foreign),
    ]
}

/// Faults.
fn harm() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::Fault(Fault::Dropped)),
        2 => Just(Op::Fault(Fault::Twice)),
        3 => (0..6u8).prop_map(|late| Op::Fault(Fault::Late(late))),
        1 => (0..90u8).prop_map(|late| Op::Fault(Fault::Late(late))),
        1 => (0..90u8).prop_map(|late| Op::Fault(Fault::Again(late))),
        2 => Just(Op::Fault(Fault::Unflagged)),
        1 => (1..60u8).prop_map(|wait| Op::Trouble(Trouble::Flood(wait))),
        1 => Just(Op::Trouble(Trouble::Internal)),
        1 => Just(Op::Trouble(Trouble::Invalid)),
        3 => (0..4u8, 0..4u8).prop_map(|(computed, arrives)| Op::Slow(computed, arrives)),
        2 => any::<bool>().prop_map(Op::Shuffle),
        2 => (0..120u8).prop_map(Op::Cut),
        2 => (0..120u8).prop_map(Op::Kill),
        1 => Just(Op::Garbled),
        2 => any::<bool>().prop_map(Op::Hide),
        1 => (0..6u8, any::<u8>()).prop_map(|(who, lie)| Op::Lie(who, lie)),
    ]
}

fn moves(op: impl Strategy<Value = Op>) -> impl Strategy<Value = Vec<Move>> {
    let pass = prop_oneof![3 => Just(0u8), 3 => 1..4u8, 2 => 4..50u8, 1 => 50..200u8];
    proptest::collection::vec((pass, op).prop_map(|(pass, op)| Move { pass, op }), 1..40)
}

pub fn any_life() -> impl Strategy<Value = Vec<Move>> {
    moves(prop_oneof![3 => life(), 2 => harm()])
}

/// Runs a timeline to a calm end, and compares it with the truth.
pub fn holds(seed: u64, moves: &[Move]) -> Driver {
    let mut driver = Driver::new(NOON, seed, false);
    driver.play(moves);
    driver.calm();
    driver.nothing_untrue();
    driver.nothing_lost();
    driver.no_outage_observed();
    driver.all_seen();
    driver
}

/// Runs a timeline without faults.
pub fn is_exact(seed: u64, moves: &[Move]) {
    let driver = holds(seed, moves);
    driver.all_exact();
}

/// Runs a timeline twice, once with restarts in place of lost connections, which must make no difference.
pub fn restarts_do_not_matter(seed: u64, moves: &[Move]) {
    let [on, again] = [false, true].map(|restarts| {
        let mut driver = Driver::new(NOON, seed, restarts);
        driver.play(moves);
        driver.calm();
        let blinds: Vec<_> = driver.ledger.blinds.iter().map(|blind| (blind.call, blind.peer, blind.span)).collect();
        (driver.ledger.kept, blinds)
    });
    assert_eq!(on, again);
}

proptest! {
    #![proptest_config(share(1300))]
    #[test]
    fn only_the_truth_and_all_that_was_shown_is_credited(seed: u64, moves in any_life()) {
        holds(seed, &moves);
    }
}

proptest! {
    #![proptest_config(share(250))]
    #[test]
    fn without_a_fault_every_second_is_exact_and_observed(seed: u64, moves in moves(life())) {
        is_exact(seed, &moves);
    }
}

proptest! {
    #![proptest_config(share(200))]
    #[test]
    fn a_restart_costs_no_more_than_a_lost_connection(seed: u64, moves in any_life()) {
        restarts_do_not_matter(seed, &moves);
    }
}
