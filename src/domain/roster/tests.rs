use super::signs::Shown;
use super::*;
use crate::domain::{CallId, Instant, PeerId, Span};

const CALL: CallId = CallId(1);
const ADA: PeerId = PeerId(1);
const BOB: PeerId = PeerId(2);
const EVE: PeerId = PeerId(3);

fn someone(peer: PeerId, joined: i64) -> Sighting {
    Sighting {
        peer,
        joined: Instant(joined),
        left: false,
        just_joined: false,
        versioned: false,
        shown: Shown::default(),
    }
}

fn joins(peer: PeerId, joined: i64) -> Sighting {
    Sighting { just_joined: true, versioned: true, ..someone(peer, joined) }
}

fn leaves(peer: PeerId, joined: i64) -> Sighting {
    Sighting { left: true, versioned: true, ..someone(peer, joined) }
}

fn mutes(peer: PeerId, joined: i64) -> Sighting {
    Sighting { versioned: true, ..someone(peer, joined) }
}

/// A `left` that is not `versioned`, and has no version of its own.
fn hints(peer: PeerId, joined: i64) -> Sighting {
    Sighting { left: true, ..someone(peer, joined) }
}

fn update(at: i64, version: i32, list: &[Sighting]) -> Event {
    Event::Participants { at: Instant(at), call: CALL, version, participants: list.to_vec() }
}

fn live(at: i64, version: i32, listeners_hidden: bool) -> Event {
    Event::Call { at: Instant(at), call: CALL, state: CallState::Live { version, listeners_hidden } }
}

fn state(at: i64, call: i64, state: CallState) -> Event {
    Event::Call { at: Instant(at), call: CallId(call), state }
}

fn found(at: i64, call: Option<i64>) -> Event {
    Event::Found { at: Instant(at), call: call.map(|call| (CallId(call), false)) }
}

fn page(at: i64, version: i32, list: &[(PeerId, i64)], next: &str) -> Event {
    let participants = list.iter().map(|(peer, joined)| someone(*peer, *joined)).collect();
    Event::Page { at: Instant(at), call: CALL, version, participants, next: next.into() }
}

fn named(at: i64, list: &[(PeerId, i64)]) -> Event {
    let participants = list.iter().map(|(peer, joined)| someone(*peer, *joined)).collect();
    Event::Named { at: Instant(at), call: CALL, participants }
}

fn checked(at: i64, version: i32, count: i64) -> Event {
    Event::Checked { at: Instant(at), call: CALL, version, count }
}

fn opened(peer: PeerId, joined: i64, from: i64, seen: i64) -> Fact {
    let [joined, from, seen] = [joined, from, seen].map(Instant);
    Fact::Opened { call: CALL, peer, joined, from, seen }
}

fn closed(peer: PeerId, from: i64, to: i64, end: End) -> Fact {
    Fact::Closed { call: CALL, peer, from: Instant(from), to: Instant(to), end }
}

fn confirmed(at: i64) -> Fact {
    Fact::Confirmed { call: CALL, at: Instant(at) }
}

fn blind(peer: Option<PeerId>, from: i64, to: i64, reason: BlindReason) -> Fact {
    Fact::Blind { call: CALL, peer, span: Span::new(Instant(from), Instant(to)), reason }
}

fn first_page() -> Request {
    Request::Page { call: CALL, offset: String::new() }
}

/// A call at version 5 with Ada (since 50) and Bob (since 60), seen in full at 100.
fn watching() -> GroupWatcher {
    let mut watch = GroupWatcher::default();
    assert_eq!(watch.handle(Event::Connected).requests, [Request::Lookup]);
    assert_eq!(watch.handle(found(100, Some(1))).requests, [first_page()]);
    let facts = watch.handle(page(100, 5, &[(ADA, 50), (BOB, 60)], "")).facts;
    let first_look = blind(None, 50, 100, BlindReason::NotRunning);
    assert_eq!(facts, [opened(ADA, 50, 50, 100), opened(BOB, 60, 60, 100), first_look, confirmed(100)]);
    watch
}

fn who(watch: &GroupWatcher) -> Vec<PeerId> {
    watch.present().map(|(peer, _)| peer).collect()
}

#[test]
fn the_next_version_applies_and_confirms_everybody() {
    let mut watch = watching();
    let step = watch.handle(update(110, 6, &[leaves(BOB, 60)]));
    assert_eq!(step, Output { facts: vec![closed(BOB, 60, 110, End::Left), confirmed(110)], requests: vec![] });
    let step = watch.handle(update(120, 7, &[joins(EVE, 120)]));
    assert_eq!(step.facts, [opened(EVE, 120, 120, 120), confirmed(120)]);
    assert_eq!(watch.confirmed(), Some(Instant(120)));
}

#[test]
fn a_version_below_ours_is_skipped() {
    assert_eq!(watching().handle(update(110, 4, &[leaves(BOB, 60)])), Output::default());
    // It is also skipped while swf is blind.
    let mut watch = watching();
    watch.handle(Event::Lost(BlindReason::Offline));
    watch.handle(update(110, 4, &[joins(EVE, 90)]));
    watch.handle(found(120, Some(1)));
    let facts = watch.handle(page(120, 5, &[(ADA, 50), (BOB, 60)], "")).facts;
    assert!(!facts.iter().any(|fact| matches!(fact, Fact::Opened { .. })), "{facts:?}");
}

#[test]
fn our_own_version_applies_only_if_it_is_the_first() {
    // The read may have been a moment ahead of its update.
    let mut watch = watching();
    let step = watch.handle(update(100, 5, &[mutes(BOB, 60)]));
    assert_eq!(step.facts, [confirmed(100)]);
    assert_eq!(watch.handle(update(110, 5, &[mutes(BOB, 60)])), Output::default());
    // After an update it is a duplicate.
    let mut watch = watching();
    watch.handle(update(110, 6, &[leaves(BOB, 60)]));
    assert_eq!(watch.handle(update(110, 6, &[leaves(BOB, 60)])), Output::default());
    watch.handle(update(120, 7, &[joins(BOB, 120)]));
    assert_eq!(watch.handle(update(120, 7, &[joins(BOB, 120)])), Output::default());
}

#[test]
fn a_participant_missing_from_a_read_is_not_restored_by_an_update_of_its_version() {
    let mut watch = watching();
    watch.handle(Event::Due { full: false });
    watch.handle(checked(150, 5, 2));
    let step = watch.handle(update(95, 5, &[joins(EVE, 90)]));
    assert_eq!(step.facts[0], opened(EVE, 90, 90, 95));
    assert!(step.facts.contains(&closed(EVE, 90, 95, End::Gone)));
    assert_eq!(who(&watch), [ADA, BOB]);
}

#[test]
fn an_uncounted_left_ends_the_stay_until_an_answer_shows_them() {
    let mut watch = watching();
    let step = watch.handle(update(110, 5, &[hints(BOB, 60)]));
    let ask = Request::Named { call: CALL, peers: vec![BOB] };
    assert_eq!(step, Output { facts: vec![closed(BOB, 60, 110, End::Gone)], requests: vec![ask] });
    // Updates in between do not name Bob.
    assert_eq!(watch.handle(update(115, 5, &[someone(ADA, 50)])).facts.last(), Some(&confirmed(115)));
    assert_eq!(watch.handle(named(111, &[])), Output::default());
    assert_eq!(who(&watch), [ADA]);
    // A false `left` costs nothing.
    let mut watch = watching();
    watch.handle(update(110, 5, &[hints(BOB, 60)]));
    let facts = watch.handle(named(112, &[(BOB, 60)])).facts;
    assert_eq!(facts, [blind(Some(BOB), 110, 112, BlindReason::Gap), opened(BOB, 60, 60, 112)]);
}

#[test]
fn an_uncounted_left_is_not_undone_by_a_read_that_was_under_way() {
    let mut watch = watching();
    assert_eq!(watch.handle(Event::Due { full: true }).requests, [first_page()]);
    assert_eq!(watch.handle(update(110, 5, &[hints(BOB, 60)])).requests, []);
    watch.handle(page(105, 5, &[(ADA, 50), (BOB, 60)], ""));
    assert_eq!(who(&watch), [ADA]);
    // The next check counts.
    watch.handle(Event::Due { full: false });
    assert_eq!(watch.handle(checked(130, 5, 2)).requests, [first_page()]);
}

#[test]
fn a_gap_that_fills_within_the_second_costs_nothing() {
    let mut watch = watching();
    assert_eq!(
        watch.handle(update(112, 7, &[leaves(BOB, 60)])),
        Output { facts: vec![], requests: vec![Request::Wait] }
    );
    let facts = watch.handle(update(111, 6, &[joins(EVE, 111)])).facts;
    assert_eq!(facts, [opened(EVE, 111, 111, 111), confirmed(111), closed(BOB, 60, 112, End::Left), confirmed(112)]);
    assert_eq!(watch.handle(Event::WaitOver), Output::default());
    assert_eq!(watch.blind(), None);
}

#[test]
fn a_gap_that_stays_leads_to_a_complete_read() {
    let mut watch = watching();
    watch.handle(update(112, 7, &[leaves(BOB, 60)]));
    assert_eq!(watch.handle(Event::WaitOver), Output { facts: vec![], requests: vec![first_page()] });
    assert_eq!(watch.blind(), Some(BlindReason::Gap));
    // The held update shows when Bob left; the lost one was Eve's joining.
    let facts = watch.handle(page(113, 7, &[(ADA, 50), (EVE, 111)], "")).facts;
    assert_eq!(
        facts,
        [
            closed(BOB, 60, 112, End::Left),
            Fact::Seen { call: CALL, peer: ADA, from: Instant(50), at: Instant(113) },
            opened(EVE, 111, 111, 113),
            blind(None, 100, 113, BlindReason::Gap),
            confirmed(113),
        ]
    );
}

#[test]
fn what_was_held_is_not_lost_with_the_connection() {
    let mut watch = watching();
    watch.handle(update(112, 7, &[leaves(BOB, 60)]));
    assert_eq!(watch.handle(Event::Lost(BlindReason::Offline)).facts, [closed(BOB, 60, 112, End::Left)]);
}

#[test]
fn an_uncounted_left_behind_a_gap_is_not_swallowed() {
    let mut watch = watching();
    watch.handle(update(112, 7, &[joins(EVE, 112)]));
    watch.handle(update(113, 7, &[hints(BOB, 60)]));
    watch.handle(update(111, 6, &[mutes(ADA, 50)]));
    assert_eq!(who(&watch), [ADA, EVE]);
}

#[test]
fn a_held_version_that_the_server_never_had_is_not_waited_for_again_and_again() {
    let mut watch = watching();
    watch.handle(update(112, 900, &[mutes(BOB, 60)]));
    watch.handle(Event::WaitOver);
    let step = watch.handle(page(113, 6, &[(ADA, 50), (BOB, 60)], ""));
    assert_eq!(step.requests, []);
}

#[test]
fn unversioned_updates_apply_at_any_version() {
    let mut watch = watching();
    // Of our version: the roster is as we have it.
    assert_eq!(watch.handle(update(110, 5, &[someone(ADA, 50)])).facts.last(), Some(&confirmed(110)));
    // At another version: it shows only the speaker.
    let facts = watch.handle(update(120, 6, &[someone(ADA, 50)])).facts;
    assert_eq!(facts, [Fact::Seen { call: CALL, peer: ADA, from: Instant(50), at: Instant(120) }]);
    // A participant who is not in the roster: they were in, and an answer shows whether they still are.
    let step = watch.handle(update(130, 5, &[someone(EVE, 115)]));
    assert_eq!(step.requests, [Request::Named { call: CALL, peers: vec![EVE] }]);
    assert!(step.facts.contains(&closed(EVE, 115, 130, End::Gone)), "{step:?}");
    watch.handle(named(130, &[(EVE, 115)]));
    assert_eq!(who(&watch), [ADA, BOB, EVE]);
}

#[test]
fn a_higher_version_of_the_call_means_a_gap() {
    let mut watch = watching();
    assert_eq!(watch.handle(live(110, 5, false)), Output::default());
    // Participants come first within one container, so this is no gap.
    watch.handle(update(111, 6, &[mutes(ADA, 50)]));
    assert_eq!(watch.handle(live(111, 6, false)), Output::default());
    assert_eq!(watch.handle(live(112, 7, false)).requests, [Request::Wait]);
    assert_eq!(watch.handle(Event::WaitOver).requests, [first_page()]);
}

#[test]
fn the_end_of_a_call_that_we_watch_ends_every_stay() {
    let mut watch = watching();
    let step = watch.handle(state(150, 1, CallState::Discarded));
    let ended = Fact::Ended { call: CALL, at: Instant(150), watched: true };
    let facts = vec![closed(ADA, 50, 150, End::Call), closed(BOB, 60, 150, End::Call), confirmed(150), ended];
    assert_eq!(step, Output { facts, requests: vec![Request::Lookup] });
    assert_eq!(watch.call(), None);
}

#[test]
fn the_end_of_a_call_in_a_blind_span_proves_nothing_about_anybody() {
    let behind: [fn(&mut GroupWatcher); 3] = [
        |watch| drop(watch.handle(Event::Lost(BlindReason::Offline))),
        // An update is missing: it may have been somebody's `left`.
        |watch| drop(watch.handle(update(140, 7, &[mutes(ADA, 50)]))),
        |watch| drop(watch.handle(live(140, 6, false))),
    ];
    for (case, fall_behind) in behind.into_iter().enumerate() {
        let mut watch = watching();
        fall_behind(&mut watch);
        let facts = watch.handle(state(150, 1, CallState::Discarded)).facts;
        assert!(facts.contains(&closed(BOB, 60, 100, End::Gone)), "{case}: {facts:?}");
        // In the second case, the update that arrived showed Ada.
        let ada = if case == 1 { 140 } else { 100 };
        assert!(facts.contains(&closed(ADA, 50, ada, End::Gone)), "{case}: {facts:?}");
        assert_eq!(facts.last(), Some(&Fact::Ended { call: CALL, at: Instant(150), watched: false }));
    }
}

#[test]
fn another_call_or_none_ends_every_stay_at_the_last_confirmed_instant() {
    for next in [None, Some(2)] {
        let mut watch = watching();
        let facts = watch.handle(found(150, next)).facts;
        assert_eq!(
            facts[..4],
            [
                blind(None, 100, 150, BlindReason::Gap),
                closed(ADA, 50, 100, End::Gone),
                closed(BOB, 60, 100, End::Gone),
                Fact::Ended { call: CALL, at: Instant(150), watched: false },
            ]
        );
        assert_eq!(watch.call(), next.map(CallId));
        // The answer was wrong: the server names the same call again, with the same people.
        watch.handle(found(160, Some(1)));
        let facts = watch.handle(page(160, 5, &[(ADA, 50)], "")).facts;
        assert_eq!(facts[..2], [blind(Some(ADA), 100, 160, BlindReason::Gap), opened(ADA, 50, 50, 160)]);
    }
}

#[test]
fn a_scheduled_or_foreign_call_is_none() {
    for none in [CallState::Scheduled, CallState::Foreign] {
        assert_eq!(watching().handle(state(110, 2, none)), Output::default());
        assert_eq!(GroupWatcher::default().handle(state(110, 2, none)), Output::default());
    }
    // Another call might be the group's, if the update does not name its group: a lookup decides.
    let mut watch = watching();
    let live = CallState::Live { version: 1, listeners_hidden: false };
    assert_eq!(watch.handle(state(110, 9, live)), Output { facts: vec![], requests: vec![Request::Lookup] });
    assert_eq!(watch.handle(state(110, 9, live)), Output::default());
    assert_eq!(watch.handle(found(110, Some(1))), Output::default());
    assert_eq!(watch.handle(state(111, 9, CallState::Discarded)), Output::default());
    assert_eq!(watch.call(), Some(CALL));
}

#[test]
fn what_comes_before_the_call_is_found_counts() {
    let mut watch = GroupWatcher::default();
    watch.handle(found(90, None));
    assert_eq!(watch.handle(update(101, 2, &[joins(ADA, 101)])).requests, [Request::Lookup]);
    watch.handle(update(150, 3, &[leaves(ADA, 101)]));
    watch.handle(found(151, Some(1)));
    let facts = watch.handle(page(151, 3, &[], "")).facts;
    assert!(facts.contains(&closed(ADA, 101, 150, End::Left)), "{facts:?}");
    assert!(facts.contains(&blind(Some(ADA), 101, 150, BlindReason::Gap)), "{facts:?}");
}

#[test]
fn a_participant_missing_from_several_pages_is_requested_before_their_stay_ends() {
    let mut watch = watching();
    watch.handle(Event::Due { full: true });
    let next = watch.handle(page(130, 5, &[(ADA, 50)], "more")).requests;
    assert_eq!(next, [Request::Page { call: CALL, offset: "more".into() }]);
    let step = watch.handle(page(131, 5, &[(ADA, 50)], ""));
    assert_eq!(step.requests, [Request::Named { call: CALL, peers: vec![BOB] }]);
    let facts = watch.handle(named(132, &[(BOB, 60)])).facts;
    assert_eq!(facts.last(), Some(&confirmed(130)));
    assert_eq!(who(&watch), [ADA, BOB]);

    watch.handle(Event::Due { full: true });
    watch.handle(page(160, 5, &[(ADA, 50)], "more"));
    watch.handle(page(161, 5, &[], ""));
    let facts = watch.handle(named(162, &[])).facts;
    // The last instant that had Bob is the answer that showed him.
    assert!(facts.contains(&closed(BOB, 60, 132, End::Gone)), "{facts:?}");
}

#[test]
fn no_more_than_a_hundred_are_asked_for_at_once() {
    let mut watch = GroupWatcher::default();
    watch.handle(found(100, Some(1)));
    let crowd: Vec<(PeerId, i64)> = (1..=250).map(|peer| (PeerId(peer), 50)).collect();
    watch.handle(page(100, 5, &crowd, ""));
    watch.handle(Event::Due { full: true });
    watch.handle(page(130, 5, &[], "more"));
    let mut asks = watch.handle(page(130, 5, &[], "")).requests;
    let mut batches = Vec::new();
    while let Some(Request::Named { peers, .. }) = asks.pop() {
        batches.push(peers.len());
        asks = watch.handle(named(131, &[])).requests;
    }
    assert_eq!(batches, [100, 100, 50]);
    assert_eq!(who(&watch), []);
}

#[test]
fn an_error_makes_blind_and_nothing_else() {
    for reason in [BlindReason::FloodWait, BlindReason::Gap] {
        let mut watch = watching();
        watch.handle(Event::Due { full: false });
        assert_eq!(watch.handle(Event::Failed(reason)), Output::default());
        assert_eq!((who(&watch), watch.blind()), (vec![ADA, BOB], Some(reason)));
        // The call itself is in doubt.
        assert_eq!(watch.handle(Event::Due { full: true }).requests, [Request::Lookup]);
        watch.handle(found(190, Some(1)));
        let facts = watch.handle(page(190, 5, &[(ADA, 50), (BOB, 60)], "")).facts;
        assert!(facts.contains(&blind(None, 100, 190, reason)), "{facts:?}");
        assert_eq!(watch.blind(), None);
    }
}

#[test]
fn after_a_blind_span_the_join_date_decides() {
    let mut watch = watching();
    watch.handle(update(101, 6, &[joins(EVE, 101)]));
    watch.handle(Event::Lost(BlindReason::Offline));
    watch.handle(found(500, Some(1)));
    let facts = watch.handle(page(500, 20, &[(ADA, 50), (BOB, 300), (PeerId(4), 200)], "")).facts;
    let seen = Fact::Seen { call: CALL, peer: ADA, from: Instant(50), at: Instant(500) };
    assert_eq!(
        facts,
        [
            seen,
            // Bob was away, Eve is gone, and the third one is new.
            closed(BOB, 60, 101, End::Gone),
            opened(BOB, 300, 300, 500),
            opened(PeerId(4), 200, 200, 500),
            blind(None, 101, 500, BlindReason::Offline),
            closed(EVE, 101, 101, End::Gone),
            confirmed(500),
        ]
    );
}

#[test]
fn a_restart_is_a_blind_span() {
    let present = [(ADA, Present { joined: Instant(50), from: Instant(50), seen: Instant(100) })].into();
    let memory = SavedState { present, ..SavedState::default() };
    let mut watch = GroupWatcher::resume(CALL, Some(Instant(100)), false, memory);
    watch.handle(Event::Connected);
    watch.handle(found(500, Some(1)));
    let facts = watch.handle(page(500, 20, &[(ADA, 50)], "")).facts;
    assert!(facts.contains(&blind(None, 100, 500, BlindReason::NotRunning)), "{facts:?}");
    assert!(!facts.iter().any(|fact| matches!(fact, Fact::Opened { .. } | Fact::Closed { .. })), "{facts:?}");
}

#[test]
fn a_stay_never_starts_before_the_last_left() {
    let mut watch = watching();
    watch.handle(update(110, 6, &[leaves(BOB, 60)]));
    // The server still sends the old date.
    let facts = watch.handle(update(120, 7, &[joins(BOB, 60)])).facts;
    assert_eq!(facts[0], opened(BOB, 60, 110, 120));
    // Back within the same second: two stays that touch.
    let mut watch = watching();
    watch.handle(update(110, 6, &[leaves(BOB, 60)]));
    let facts = watch.handle(update(110, 7, &[joins(BOB, 110)])).facts;
    assert_eq!(facts[0], opened(BOB, 110, 110, 110));
}

#[test]
fn a_left_that_comes_after_a_blind_span_still_proves_the_stay() {
    let mut watch = watching();
    watch.handle(Event::Lost(BlindReason::Offline));
    watch.handle(found(500, Some(1)));
    // Both updates are held until the read, which came too late to show either person.
    watch.handle(update(501, 21, &[leaves(BOB, 60)]));
    watch.handle(update(502, 22, &[leaves(EVE, 300)]));
    let facts = watch.handle(page(500, 22, &[(ADA, 50)], "")).facts;
    assert!(facts.contains(&closed(BOB, 60, 501, End::Left)), "{facts:?}");
    assert!(facts.contains(&opened(EVE, 300, 300, 502)), "{facts:?}");
    assert!(facts.contains(&closed(EVE, 300, 502, End::Left)), "{facts:?}");
}

#[test]
fn a_left_of_the_stay_before_does_not_end_the_one_that_a_read_already_showed() {
    let mut watch = watching();
    watch.handle(Event::Lost(BlindReason::Offline));
    watch.handle(found(110, Some(1)));
    watch.handle(page(110, 5, &[(ADA, 50)], "more"));
    watch.handle(update(111, 6, &[leaves(BOB, 60)]));
    watch.handle(update(112, 7, &[joins(BOB, 112)]));
    let facts = watch.handle(page(113, 7, &[(BOB, 112)], "")).facts;
    assert!(facts.contains(&closed(BOB, 60, 111, End::Left)), "{facts:?}");
    assert_eq!(who(&watch), [ADA, BOB]);
    assert_eq!(watch.present().last().map(|(_, bob)| bob.from), Some(Instant(112)));
}

#[test]
fn hidden_listeners_are_out_of_sight_not_out() {
    let mut watch = watching();
    assert_eq!(watch.handle(live(110, 5, true)).requests, [first_page()]);
    assert_eq!(watch.blind(), Some(BlindReason::ListenersHidden));
    let facts = watch.handle(page(110, 5, &[(ADA, 50)], "")).facts;
    assert!(facts.contains(&closed(BOB, 60, 100, End::Gone)), "{facts:?}");
    // Ada mutes herself: from then on no update names her.
    let facts = watch.handle(update(120, 6, &[mutes(ADA, 50)])).facts;
    assert!(facts.contains(&closed(ADA, 50, 120, End::Gone)), "{facts:?}");
    // Bob is listed again, and has been in all the time.
    watch.handle(live(200, 6, false));
    watch.handle(Event::Due { full: true });
    let facts = watch.handle(page(200, 6, &[(BOB, 60)], "")).facts;
    assert!(facts.contains(&blind(Some(BOB), 100, 200, BlindReason::Gap)), "{facts:?}");
    assert!(facts.contains(&opened(BOB, 60, 60, 200)), "{facts:?}");
}

#[test]
fn a_read_from_before_the_listeners_hid_starts_over() {
    let mut watch = GroupWatcher::default();
    watch.handle(found(100, Some(1)));
    watch.handle(page(100, 5, &[(ADA, 50)], "more"));
    watch.handle(live(101, 5, true));
    assert_eq!(watch.handle(page(100, 5, &[(BOB, 60)], "")).requests, [first_page()]);
    watch.handle(page(102, 5, &[(BOB, 60)], ""));
    assert_eq!(who(&watch), [BOB]);
}

#[test]
fn a_check_confirms_only_with_version_and_count_as_ours() {
    let check = |version, count| {
        let mut watch = watching();
        assert_eq!(watch.handle(Event::Due { full: false }).requests, [Request::Check { call: CALL }]);
        watch.handle(checked(130, version, count))
    };
    assert_eq!(check(5, 2), Output { facts: vec![confirmed(130)], requests: vec![] });
    assert_eq!(check(5, 3), Output { facts: vec![], requests: vec![first_page()] });
    assert_eq!(check(4, 2), Output { facts: vec![], requests: vec![first_page()] });
    assert_eq!(check(6, 2), Output { facts: vec![], requests: vec![Request::Wait] });
}

/// CASES X2. The group had no call at 90; the call at version 5 is seen in full at 100, and `date` is Ada's join date.
fn joined_at(date: i64) -> GroupWatcher {
    let mut watch = GroupWatcher::default();
    watch.handle(found(90, None));
    watch.handle(state(95, 1, CallState::Live { version: 5, listeners_hidden: false }));
    watch.handle(found(100, Some(1)));
    watch.handle(page(100, 5, &[(ADA, date)], ""));
    watch
}

fn start(watch: &GroupWatcher) -> Option<(i64, i64)> {
    watch.present().next().map(|(_, present)| (present.joined.0, present.from.0))
}

#[test]
fn a_join_date_that_can_not_be_counts_from_the_first_sighting() {
    for date in [1, 0, -1, i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX, i64::MIN, 89, 161] {
        assert_eq!(start(&joined_at(date)), Some((100, 100)), "{date}");
    }
    for date in [90, 95, 100, 101, 160] {
        assert_eq!(start(&joined_at(date)), Some((date, date)), "{date}");
    }
}

#[test]
fn where_it_is_not_known_when_the_call_did_not_run_a_week_is_believed() {
    const NOW: i64 = 1_800_000_000;
    for (date, from) in [(NOW - 604_800, NOW - 604_800), (NOW - 604_801, NOW)] {
        let mut watch = GroupWatcher::default();
        watch.handle(found(NOW, Some(1)));
        watch.handle(page(NOW, 5, &[(ADA, date)], ""));
        assert_eq!(start(&watch), Some((from, from)));
        // An accepted date is still accepted when the week is over.
        watch.handle(Event::Due { full: true });
        let facts = watch.handle(page(NOW + 1000, 5, &[(ADA, date)], "")).facts;
        assert!(!facts.iter().any(|fact| matches!(fact, Fact::Opened { .. } | Fact::Closed { .. })), "{facts:?}");
    }
}

#[test]
fn another_call_of_the_group_is_a_time_when_this_one_did_not_run() {
    let mut watch = watching();
    watch.handle(update(110, 6, &[mutes(ADA, 50)]));
    watch.handle(found(150, Some(2)));
    let page = |list: &[(PeerId, i64)]| {
        let participants = list.iter().map(|(peer, joined)| someone(*peer, *joined)).collect();
        Event::Page { at: Instant(150), call: CallId(2), version: 1, participants, next: String::new() }
    };
    watch.handle(page(&[(ADA, 109), (BOB, 110)]));
    let starts: Vec<i64> = watch.present().map(|(_, present)| present.from.0).collect();
    assert_eq!(starts, [150, 110]);
}

#[test]
fn an_earlier_tracker_saw_the_group_without_the_call() {
    for (over, call, from) in [(true, 2, 500), (false, 2, 500), (true, 1, 80), (false, 1, 80)] {
        let mut watch = GroupWatcher::resume(CALL, Some(Instant(100)), over, SavedState::default());
        watch.seen_before(Some(Instant(200)));
        watch.handle(found(500, Some(call)));
        let participants = vec![someone(ADA, 80)];
        let page = Event::Page { at: Instant(500), call: CallId(call), version: 1, participants, next: String::new() };
        watch.handle(page);
        assert_eq!(start(&watch), Some((from, from)), "{over} {call}");
    }
    let memory = SavedState { not_before: Some(Instant(90)), ..SavedState::default() };
    let mut watch = GroupWatcher::resume(CALL, Some(Instant(100)), false, memory);
    watch.handle(found(500, Some(1)));
    watch.handle(page(500, 20, &[(ADA, 80)], ""));
    assert_eq!(start(&watch), Some((500, 500)));
}

#[test]
fn a_date_that_can_not_be_proves_nothing_after_a_gap_and_ends_nothing_without_one() {
    let mut watch = joined_at(1);
    // No update is missing, so this is the same stay.
    let facts = watch.handle(update(110, 6, &[mutes(ADA, 1)])).facts;
    let seen = Fact::Seen { call: CALL, peer: ADA, from: Instant(100), at: Instant(110) };
    assert_eq!(facts, [seen, confirmed(110)]);
    watch.handle(Event::Due { full: true });
    assert_eq!(watch.handle(page(130, 6, &[(ADA, 0)], "")).facts.last(), Some(&confirmed(130)));
    assert_eq!(start(&watch), Some((100, 100)));
    let facts = watch.handle(update(140, 7, &[leaves(ADA, 1)])).facts;
    assert_eq!(facts, [closed(ADA, 100, 140, End::Left), confirmed(140)]);
    // After a gap she may have been away.
    for gap in [Event::Lost(BlindReason::Clock), update(120, 8, &[mutes(ADA, 1)])] {
        let mut watch = joined_at(1);
        watch.handle(gap);
        watch.handle(Event::WaitOver);
        watch.handle(found(500, Some(1)));
        let facts = watch.handle(page(500, 20, &[(ADA, 1)], "")).facts;
        assert!(facts.contains(&opened(ADA, 500, 500, 500)), "{facts:?}");
        assert_eq!(start(&watch), Some((500, 500)));
    }
}

#[test]
fn a_left_with_a_date_that_can_not_be_credits_nobody() {
    let mut watch = joined_at(95);
    let facts = watch.handle(update(110, 6, &[leaves(EVE, 1)])).facts;
    assert_eq!(facts, [confirmed(110)]);
    assert_eq!(who(&watch), [ADA]);
}

mod join_dates {
    use proptest::prelude::*;

    use super::*;

    /// The rule in its slowest form: it looks at each possible second.
    fn slow(date: i64, without: Option<i64>, first: i64) -> i64 {
        let earliest = without.unwrap_or(first - 7 * 86_400);
        let possible = (earliest.max(1)..=first + 60).find(|second| *second == date);
        possible.unwrap_or(first)
    }

    proptest! {
        #[test]
        fn the_start_of_a_stay_agrees_with_the_slow_rule(
            date in prop_oneof![-5..700_000i64, Just(0), Just(i64::from(i32::MAX))],
            without in proptest::option::of(1..600_000i64),
            later in 0..90_000i64,
        ) {
            let first = without.unwrap_or(605_000) + later;
            let mut watch = GroupWatcher::default();
            if let Some(at) = without {
                watch.handle(found(at, None));
            }
            watch.handle(found(first, Some(1)));
            watch.handle(page(first, 5, &[(ADA, date)], ""));
            let expected = slow(date, without, first);
            prop_assert_eq!(start(&watch), Some((expected, expected)));
        }
    }
}
