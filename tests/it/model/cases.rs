//! What the properties found, kept.

use super::driver::{Driver, Fault, Move, Op};
use super::{NOON, holds};

fn moves(moves: &[(u8, Op)]) -> Vec<Move> {
    moves.iter().map(|&(pass, op)| Move { pass, op }).collect()
}

#[test]
fn a_muted_leave_while_the_call_is_first_looked_at() {
    let timeline = moves(&[
        (0, Op::Fault(Fault::Late(51))),
        (9, Op::Start),
        (1, Op::Join(5)),
        (0, Op::Hide(true)),
        (0, Op::Bounce(5)),
        (51, Op::Start),
    ]);
    for seed in 0..200 {
        holds(seed, &timeline);
    }
    let _ = Driver::new(NOON, 0, false);
}
