//! The real store against the one in memory that most runs use.

use proptest::prelude::*;
use swf::domain::accounting::presence::SessionRules;
use swf::domain::roster::Observed;
use swf::domain::time::zone::Zone;
use swf::domain::{Instant, PeerId, Span};
use swf::store::{Access, Store};

use super::driver::{Driver, Move};
use super::{NOON, any_life, boards, share};

/// Stores every fact, reopens the store in between, and expects the same stays and the same state for a restart.
pub fn is_the_same(seed: u64, moves: &[Move]) {
    let mut driver = Driver::new(NOON, seed, false);
    driver.play(moves);
    driver.calm();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let mut store = Store::open(&path, Access::Write).unwrap();
    let group = store.group(PeerId(-100), None, "Study", None, PeerId(1)).unwrap();
    let half = driver.steps.len() / 2;
    for (index, facts) in driver.steps.iter().enumerate() {
        if index == half {
            drop(store);
            store = Store::open(&path, Access::Write).unwrap();
        }
        let seen = Observed { facts: facts.clone(), ..Observed::new(Instant(driver.now())) };
        store.record(group, &seen, &[]).unwrap();
    }
    let resumed = store.resume(group).unwrap().map(|it| (it.call, it.confirmed, it.over, it.state));
    assert_eq!(resumed, driver.ledger.resume());
    let record = store.board_record(group, Span::new(Instant(0), Instant(i64::from(i32::MAX)))).unwrap();
    let in_order = |mut stays: Vec<swf::domain::accounting::presence::Stay>| {
        stays.retain(|stay| !stay.span.is_empty());
        stays.sort_by_key(|stay| (stay.call, stay.peer, stay.span));
        stays
    };
    assert_eq!(in_order(record.stays.clone()), in_order(driver.ledger.stays()));
    let rules = SessionRules { gate: 60, grace: 20 };
    boards::agree(&record.stays, &driver.ledger.blinds, record.confirmed, rules, Zone::TASHKENT);
}

proptest! {
    #![proptest_config(share(12))]
    #[test]
    fn the_store_gives_back_what_it_was_told(seed: u64, moves in any_life()) {
        is_the_same(seed, &moves);
    }
}
