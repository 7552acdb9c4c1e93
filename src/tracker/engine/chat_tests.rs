//! When the bot connects, and when answers are prepared, stored and sent.

use std::sync::Arc;

use super::tests::{CALL, START, Sim};
use super::*;
use crate::domain::roster::{CallState, CallUpdate};

const BOT: Answering = Answering { bot: true, owner: false };

/// A tracker that watches, with a bot that answers.
fn chatting() -> Sim {
    let mut sim = Sim::online();
    sim.give(Input::Answering(BOT));
    sim
}

fn lost() -> Failure {
    Failure::Lost { why: "no network".into(), silent: false }
}

fn writes(sim: &Sim, write: &Write) -> usize {
    let is_it = |action: &Action| matches!(action, Action::Write(one) if **one == *write);
    sim.when(is_it).len()
}

#[test]
fn without_a_bot_nothing_connects_and_with_one_it_does_at_once() {
    let mut sim = Sim::online();
    sim.run(300);
    assert_eq!(sim.when(|action| *action == Action::OpenChat), [0; 0]);
    sim.give(Input::Answering(BOT));
    assert_eq!(sim.when(|action| *action == Action::OpenChat), [300]);
    sim.give(Input::Answering(Answering::default()));
    assert_eq!(sim.when(|action| *action == Action::CloseChat), [300]);
    sim.run(2000);
    assert_eq!(sim.when(|action| *action == Action::OpenChat), [300]);
}

#[test]
fn a_bot_that_can_not_connect_tries_again_ever_more_slowly() {
    let mut sim = Sim::online();
    sim.bot = Err(lost());
    sim.give(Input::Answering(BOT));
    sim.run(400);
    let tries = sim.when(|action| *action == Action::OpenChat);
    let pauses: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((9..=13).contains(&tries.len()), "{tries:?}");
    assert!(pauses.iter().all(|pause| *pause <= 73), "{pauses:?}");
    assert!(pauses.last() >= Some(&40), "{pauses:?}");
    assert!(sim.engine.is_online(), "the account watches all the while");
}

#[test]
fn a_refused_bot_is_tried_again_after_ten_minutes_and_a_flood_wait_is_obeyed() {
    for (failure, wait) in [
        (Failure::Refused { why: "ACCESS_TOKEN_INVALID".into(), moved: false }, 600),
        (Failure::Flood { seconds: 2222 }, 2222),
    ] {
        let mut sim = Sim::online();
        sim.bot = Err(failure);
        sim.give(Input::Answering(BOT));
        sim.run(wait);
        assert_eq!(sim.when(|action| *action == Action::OpenChat), [0, wait]);
    }
}

#[test]
fn the_bots_connection_is_checked_each_minute_and_replaced_alone() {
    let mut sim = chatting();
    sim.run(125);
    assert_eq!(sim.when(|action| *action == Action::CheckChat), [60, 120]);
    sim.bot = Err(lost());
    sim.run(180);
    assert_eq!(sim.when(|action| *action == Action::CloseChat), [180]);
    sim.bot = Ok(());
    sim.run(190);
    assert_eq!(sim.when(|action| *action == Action::OpenChat).len(), 2);
    assert!(sim.engine.is_online());
    assert_eq!(sim.when(|action| matches!(action, Action::Close { .. })), [0; 0]);
}

#[test]
fn the_account_that_is_lost_takes_no_bot_with_it() {
    let mut sim = chatting();
    sim.give(Input::Pong(Err(lost())));
    assert_eq!(sim.when(|action| *action == Action::CloseChat), [0; 0]);
    sim.give(Input::ChatReceived { ticket: 7 });
    assert_eq!(sim.when(|action| matches!(action, Action::PrepareAnswers { .. })), [0]);
}

#[test]
fn answers_are_stored_before_they_are_sent() {
    let mut sim = chatting();
    sim.log.clear();
    sim.give(Input::ChatReceived { ticket: 7 });
    let at = |wanted: &Action| sim.log.iter().position(|(_, action)| action == wanted);
    let stored = at(&Action::Write(Arc::new(Write::Answers(1007))));
    let sent = at(&Action::Deliver { lane: Lane::Answers });
    assert!(stored.is_some() && stored < sent, "{:?}", sim.log);
}

#[test]
fn what_is_heard_meanwhile_is_prepared_together_and_in_order() {
    let mut sim = chatting();
    sim.log.clear();
    let now = sim.now;
    // The first batch is being prepared while others arrive.
    sim.engine.handle(now, Input::ChatReceived { ticket: 7 });
    sim.engine.handle(now, Input::ChatReceived { ticket: 8 });
    sim.engine.handle(now, Input::ChatReceived { ticket: 9 });
    sim.settle();
    let batches: Vec<_> = sim
        .log
        .iter()
        .filter_map(|(_, action)| match action {
            Action::PrepareAnswers { tickets } => Some(tickets.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(batches, [vec![7], vec![8, 9]]);
}

#[test]
fn how_far_a_bot_has_read_is_stored_once_a_minute_where_nobody_asks() {
    let mut sim = chatting();
    sim.run(100);
    sim.commands = false;
    for second in 100..220 {
        sim.run(second);
        sim.give(Input::ChatReceived { ticket: second });
    }
    let stored: Vec<u64> = (1100..1220).filter(|ticket| writes(&sim, &Write::Answers(*ticket)) == 1).collect();
    // The first is stored at once, so that the next tracker answers commands that arrive while none runs.
    assert_eq!(stored, [1100, 1160]);
}

#[test]
fn a_store_that_can_not_be_written_keeps_the_answers() {
    let mut sim = chatting();
    sim.store = Some(StoreFailure { passes: true, why: "disk full".into(), hint: String::new() });
    sim.give(Input::ChatReceived { ticket: 7 });
    sim.run(5);
    sim.log.clear();
    sim.store = None;
    sim.run(10);
    assert_eq!(writes(&sim, &Write::Answers(1007)), 1);
    assert_eq!(sim.when(|action| *action == Action::Deliver { lane: Lane::Answers }).len(), 1);
}

#[test]
fn the_menu_is_compared_after_connecting_once_a_day_and_when_settings_change() {
    let mut sim = chatting();
    sim.run(86_400 + 10);
    assert_eq!(sim.when(|action| *action == Action::SetMenu), [0, 86_400]);
    sim.menu = Err(0);
    sim.give(Input::Answering(BOT));
    sim.run(86_400 + 700);
    assert_eq!(sim.when(|action| *action == Action::SetMenu), [0, 86_400, 86_410, 87_010]);
    // Telegram asks to wait for longer.
    sim.menu = Err(5000);
    sim.run(100_000);
    assert_eq!(sim.when(|action| *action == Action::SetMenu)[4..], [87_610, 92_610, 97_610]);
}

#[test]
fn the_organisers_messages_are_read_whenever_the_account_connects() {
    let mut sim = Sim::online();
    sim.give(Input::Answering(Answering { bot: false, owner: true }));
    assert_eq!(sim.when(|action| *action == Action::ReadOwnerChat), [0]);
    sim.run(100);
    sim.give(Input::Pong(Err(lost())));
    sim.run(110);
    assert_eq!(sim.when(|action| *action == Action::ReadOwnerChat).len(), 2);
}

#[test]
fn a_tracker_that_stops_prepares_nothing_more() {
    let mut sim = chatting();
    sim.engine.handle(sim.now, Input::Stop);
    sim.engine.handle(sim.now, Input::ChatReceived { ticket: 7 });
    while let Some(action) = sim.engine.poll_action() {
        assert!(!matches!(action, Action::PrepareAnswers { .. }));
    }
}

#[test]
fn reminders_are_looked_at_when_the_next_is_due_and_after_each_answer() {
    let looks = |sim: &Sim| sim.when(|action| matches!(action, Action::QueueReminders { .. }));
    let mut sim = Sim::online();
    sim.next_reminder = Some(Instant(START + 300));
    sim.run(400);
    assert_eq!(looks(&sim), [0; 0], "nobody could send one");
    let mut sim = chatting();
    sim.next_reminder = Some(Instant(START + 300));
    sim.run(10);
    sim.log.clear();
    sim.give(Input::Changed);
    assert_eq!(looks(&sim), [10]);
    sim.run(299);
    assert_eq!(looks(&sim), [10]);
    sim.next_reminder = None;
    sim.run(400);
    assert_eq!(looks(&sim), [10, 300]);
    // A command may have made a message due.
    sim.give(Input::AnswersPrepared { ticket: 1, answers: true, posts: false });
    sim.run(500);
    assert_eq!(looks(&sim), [10, 300, 400]);
    sim.give(Input::AnswersPrepared { ticket: 2, answers: false, posts: false });
    sim.run(600);
    assert_eq!(looks(&sim), [10, 300, 400]);
}

#[test]
fn silent_people_are_looked_at_when_the_first_may_have_to_be_asked() {
    let looks = |sim: &Sim| sim.when(|action| matches!(action, Action::AskSilent { .. }));
    let mut sim = Sim::online();
    sim.looked = QuestionCheck { any: false, next: Some(Instant(START + 300)), after: Some(9900) };
    sim.run(400);
    assert_eq!(looks(&sim), [0; 0], "nobody could ask");
    // Without a limit, there is one check after a change.
    let mut sim = chatting();
    sim.run(20_000);
    assert_eq!(looks(&sim), [0]);
    sim.looked = QuestionCheck { any: true, next: Some(Instant(START + 30_000)), after: Some(9900) };
    sim.give(Input::Changed);
    sim.log.clear();
    sim.run(29_999);
    assert_eq!(looks(&sim), [0; 0]);
    sim.looked.next = None;
    sim.run(40_000);
    assert_eq!(looks(&sim), [30_000]);
}

#[test]
fn nobody_is_looked_at_while_the_call_is_not_seen_or_there_is_none() {
    let looks = |sim: &Sim| sim.when(|action| matches!(action, Action::AskSilent { .. }));
    let mut sim = chatting();
    sim.looked = QuestionCheck { any: false, next: Some(Instant(START + 100)), after: Some(9900) };
    sim.run(10);
    sim.give(Input::Changed);
    sim.log.clear();
    sim.looked.next = None;
    sim.flood = Some(500);
    sim.run(400);
    assert_eq!(looks(&sim), [0; 0]);
    sim.run(700);
    let after = looks(&sim);
    assert!(after.len() == 1 && (500..560).contains(&after[0]), "{after:?}");
    // Nobody is in the call any more. People who join may have to be asked later.
    sim.call = None;
    sim.give(Input::Changed);
    sim.run(1000);
    sim.log.clear();
    sim.run(20_000);
    assert_eq!(looks(&sim), [0; 0]);
}

/// If the clock jumps past a time, what is due at that time is due at once.
#[test]
fn reminders_and_the_pulse_are_looked_at_again_when_the_clock_jumps() {
    let reminders = |sim: &Sim| sim.when(|action| matches!(action, Action::QueueReminders { .. }));
    let pulses = |sim: &Sim| sim.when(|action| matches!(action, Action::QueuePulse { .. }));
    let mut sim = chatting();
    let later = Some(Instant(START + 5000));
    (sim.next_reminder, sim.weekly) = (later, Weekly { queued: false, next: later });
    sim.run(10);
    sim.log.clear();
    sim.give(Input::Changed);
    sim.run(20);
    assert_eq!((reminders(&sim), pulses(&sim)), (vec![10], vec![10]));
    sim.move_clock(4990);
    sim.give(Input::Timeout);
    assert_eq!((reminders(&sim), pulses(&sim)), (vec![10, 20], vec![10, 20]));
}

#[test]
fn whoever_joins_an_empty_call_is_looked_at_when_they_may_have_to_be_asked() {
    let looks = |sim: &Sim| sim.when(|action| matches!(action, Action::AskSilent { .. }));
    let mut sim = chatting();
    sim.looked = QuestionCheck { any: false, next: None, after: Some(9900) };
    sim.run(10);
    sim.give(Input::Changed);
    sim.call = None;
    let ended = CallUpdate { at: Instant(START + 10), peer: None, call: CALL, state: CallState::Discarded };
    sim.push(Update { at: Some(ended.at), calls: vec![ended], ..Update::default() });
    sim.run(1000);
    sim.log.clear();
    // Ada comes.
    sim.call = Some((CallId(71), 1));
    sim.run(20_000);
    let after = looks(&sim);
    assert!(after.len() == 1 && (10_900..10_990).contains(&after[0]), "{after:?}");
}
