//! Failing cases that the properties found.

use super::driver::{Fault, Move, Op, Trouble};
use super::{holds, is_exact, restarts_do_not_matter};
use swf::domain::accounting::presence::SessionRules;

/// Plays a timeline with many orders of the events within one second.
fn timeline(moves: &[(u8, Op)], check: impl Fn(u64, &[Move])) {
    let moves: Vec<Move> = moves.iter().map(|&(pass, op)| Move { pass, op }).collect();
    (0..40).for_each(|seed| check(seed, &moves));
}

fn stands(moves: &[(u8, Op)]) {
    timeline(moves, |seed, moves| drop(holds(seed, moves)));
}

#[test]
fn an_uncounted_left_counts_at_its_date() {
    timeline(&[(0, Op::Start), (0, Op::Join(4)), (1, Op::Silent(4))], is_exact);
}

#[test]
fn an_uncounted_left_while_the_call_is_first_looked_at() {
    let moves = [(0, Op::Slow(0, 1)), (0, Op::Start), (0, Op::Join(0)), (1, Op::Silent(0)), (1, Op::Join(1))];
    stands(&moves);
}

#[test]
fn a_late_join_of_somebody_who_is_gone_again() {
    stands(&[
        (0, Op::Start),
        (0, Op::Fault(Fault::Late(51))),
        (1, Op::Join(5)),
        (0, Op::Hide(true)),
        (0, Op::Bounce(5)),
        (51, Op::Start),
    ]);
}

#[test]
fn a_late_left_after_the_read_that_missed_them() {
    stands(&[(0, Op::Start), (0, Op::Join(5)), (0, Op::Fault(Fault::Late(22))), (12, Op::Leave(5))]);
    stands(&[(0, Op::Start), (9, Op::Join(0)), (1, Op::Bounce(0)), (21, Op::Kill(0)), (0, Op::Leave(0))]);
}

#[test]
fn somebody_who_comes_and_goes_between_outages_before_the_first_complete_read() {
    stands(&[
        (8, Op::Cut(117)),
        (1, Op::Start),
        (7, Op::Join(5)),
        (0, Op::Join(1)),
        (1, Op::Slow(1, 2)),
        (49, Op::Cut(0)),
        (0, Op::Leave(5)),
        (41, Op::Join(3)),
        (25, Op::Cut(0)),
        (0, Op::Bounce(1)),
    ]);
}

#[test]
fn a_hidden_listener_who_is_first_heard_of_when_muted() {
    stands(&[
        (1, Op::Cut(0)),
        (0, Op::Start),
        (0, Op::Join(2)),
        (0, Op::Hide(true)),
        (1, Op::Schedule),
        (0, Op::Mute(2)),
    ]);
}

#[test]
fn an_update_about_a_call_that_is_not_found_before_the_connection_is_lost() {
    timeline(
        &[(0, Op::Trouble(Trouble::Flood(3))), (0, Op::Replace), (0, Op::Blink(0)), (0, Op::Cut(0))],
        restarts_do_not_matter,
    );
}

#[test]
fn a_word_about_the_next_stay_before_the_left_of_the_one_before() {
    stands(&[
        (0, Op::Start),
        (0, Op::Cut(35)),
        (0, Op::Trouble(Trouble::Flood(44))),
        (0, Op::Join(2)),
        (0, Op::Mute(0)),
        (10, Op::Bounce(0)),
        (26, Op::Bounce(2)),
        (1, Op::Speak(2)),
    ]);
}

#[test]
fn a_hidden_listener_who_leaves_unheard_is_not_confirmed_by_what_others_do() {
    let moves = [
        (0, Op::Join(0)),
        (3, Op::Schedule),
        (2, Op::Schedule),
        (154, Op::Join(0)),
        (1, Op::Slow(0, 2)),
        (120, Op::Start),
        (0, Op::Hide(true)),
        (20, Op::Leave(0)),
        (3, Op::Join(0)),
        (2, Op::Fault(Fault::Late(0))),
        (1, Op::Join(4)),
        (1, Op::Bounce(1)),
        (62, Op::Schedule),
        (46, Op::Leave(0)),
        (82, Op::Schedule),
        (15, Op::Join(0)),
        (0, Op::Start),
        (1, Op::Leave(0)),
        (0, Op::Mute(4)),
        (0, Op::Join(0)),
        (2, Op::Join(5)),
        (0, Op::Leave(4)),
        (1, Op::Speak(5)),
    ];
    let moves: Vec<Move> = moves.into_iter().map(|(pass, op)| Move { pass, op }).collect();
    super::boards::play(0, 0, 1_747_754_216_318_671_824, SessionRules { gate: 300, grace: 60 }, &moves);
}

#[test]
fn a_left_of_somebody_who_is_back_within_the_same_second_as_a_read() {
    let moves = [
        (2, Op::Schedule),
        (8, Op::Start),
        (0, Op::Fault(Fault::Dropped)),
        (0, Op::Speak(0)),
        (19, Op::Join(0)),
        (34, Op::Leave(0)),
        (7, Op::Leave(0)),
        (0, Op::Fault(Fault::Late(43))),
        (0, Op::Kill(76)),
        (0, Op::Fault(Fault::Again(0))),
        (48, Op::Slow(0, 1)),
        (1, Op::Fault(Fault::Dropped)),
        (3, Op::Speak(0)),
        (59, Op::Fault(Fault::Dropped)),
        (0, Op::Shuffle(false)),
        (0, Op::Leave(0)),
        (3, Op::State),
        (2, Op::Start),
        (2, Op::Fault(Fault::Again(0))),
        (1, Op::Mute(0)),
        (0, Op::Leave(0)),
        (27, Op::Join(4)),
        (0, Op::Start),
        (3, Op::Blink(4)),
        (3, Op::Join(0)),
        (3, Op::Join(2)),
        (2, Op::Mute(1)),
        (1, Op::Bounce(2)),
        (0, Op::Schedule),
    ];
    let moves: Vec<Move> = moves.into_iter().map(|(pass, op)| Move { pass, op }).collect();
    holds(8_585_279_076_521_827_701, &moves);
}

#[test]
fn a_word_about_somebody_in_the_second_in_which_the_call_ends() {
    let moves = [
        (0, Op::Start),
        (0, Op::Start),
        (0, Op::Start),
        (0, Op::Start),
        (0, Op::Leave(0)),
        (0, Op::Foreign),
        (0, Op::Fault(Fault::Late(2))),
        (2, Op::Fault(Fault::Unflagged)),
        (13, Op::Leave(0)),
        (61, Op::Start),
        (0, Op::Fault(Fault::Late(16))),
        (0, Op::Slow(0, 1)),
        (0, Op::Join(4)),
        (1, Op::Speak(4)),
        (0, Op::End),
    ];
    let moves: Vec<Move> = moves.into_iter().map(|(pass, op)| Move { pass, op }).collect();
    holds(4_390_949_587_528_777_919, &moves);
}

#[test]
fn a_read_that_fails_shows_somebody_of_whom_an_update_spoke_meanwhile() {
    let moves = [
        (2, Op::Trouble(Trouble::Internal)),
        (7, Op::Replace),
        (2, Op::Slow(1, 0)),
        (2, Op::Leave(0)),
        (143, Op::Fault(Fault::Dropped)),
        (2, Op::Speak(0)),
        (18, Op::Join(2)),
        (2, Op::Slow(2, 0)),
        (3, Op::Start),
        (0, Op::Fault(Fault::Again(6))),
        (86, Op::Leave(3)),
        (0, Op::Fault(Fault::Dropped)),
        (0, Op::Fault(Fault::Twice)),
        (4, Op::Leave(0)),
        (0, Op::Join(5)),
        (195, Op::Join(0)),
        (46, Op::Speak(3)),
        (38, Op::Fault(Fault::Dropped)),
        (36, Op::Silent(1)),
        (25, Op::Speak(1)),
        (0, Op::Join(3)),
        (4, Op::Start),
        (0, Op::End),
        (0, Op::Start),
    ];
    let moves: Vec<Move> = moves.into_iter().map(|(pass, op)| Move { pass, op }).collect();
    holds(8_836_602_154_317_653_388, &moves);
}

#[test]
fn the_call_ends_when_only_half_a_read_has_told_of_a_lost_update() {
    let moves = [
        (0, Op::Leave(0)),
        (1, Op::Mute(0)),
        (3, Op::Leave(0)),
        (1, Op::Start),
        (0, Op::Trouble(Trouble::Flood(9))),
        (2, Op::Join(0)),
        (0, Op::Join(3)),
        (123, Op::Leave(1)),
        (3, Op::Fault(Fault::Twice)),
        (22, Op::Start),
        (32, Op::Join(1)),
        (122, Op::Leave(3)),
        (0, Op::Fault(Fault::Dropped)),
        (0, Op::Start),
        (3, Op::Speak(0)),
        (3, Op::Schedule),
        (46, Op::Mute(1)),
        (1, Op::Kill(110)),
        (1, Op::Speak(0)),
        (11, Op::Schedule),
        (20, Op::Bounce(1)),
        (0, Op::Fault(Fault::Unflagged)),
        (95, Op::Join(3)),
        (1, Op::Schedule),
        (0, Op::Fault(Fault::Dropped)),
        (157, Op::Fault(Fault::Again(0))),
        (3, Op::Garbled),
        (3, Op::Fault(Fault::Dropped)),
        (114, Op::Leave(0)),
        (2, Op::Slow(1, 0)),
        (3, Op::Leave(2)),
        (2, Op::End),
    ];
    let moves: Vec<Move> = moves.into_iter().map(|(pass, op)| Move { pass, op }).collect();
    holds(4472514361142833027, &moves);
}

#[test]
fn a_read_shows_a_listener_whom_an_update_took_from_the_list_meanwhile() {
    let moves = [
        (24, Op::Start),
        (0, Op::Leave(0)),
        (2, Op::Speak(0)),
        (29, Op::Start),
        (45, Op::Join(0)),
        (23, Op::Hide(true)),
        (0, Op::Schedule),
        (2, Op::Slow(0, 3)),
        (3, Op::Silent(1)),
        (3, Op::Start),
        (0, Op::Fault(Fault::Late(2))),
        (32, Op::Join(4)),
        (2, Op::Silent(4)),
    ];
    let moves: Vec<Move> = moves.into_iter().map(|(pass, op)| Move { pass, op }).collect();
    holds(7024774606610294397, &moves);
}

#[test]
fn somebody_speaks_after_a_lost_left_and_before_the_call_ends() {
    let moves = [
        (0, Op::Start),
        (0, Op::Mute(0)),
        (0, Op::Replace),
        (0, Op::Speak(0)),
        (0, Op::Join(2)),
        (0, Op::Join(0)),
        (0, Op::Fault(Fault::Dropped)),
        (0, Op::Start),
        (0, Op::Leave(2)),
        (0, Op::Speak(0)),
        (1, Op::End),
    ];
    let moves: Vec<Move> = moves.into_iter().map(|(pass, op)| Move { pass, op }).collect();
    holds(3467919121097762, &moves);
}
