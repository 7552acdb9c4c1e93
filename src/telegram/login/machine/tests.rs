//! The machine with Telegram and the user played by a test. Time passes only when the test says so.

use proptest::prelude::*;

use super::*;
use crate::domain::people::Profile;
use crate::domain::proxy::Proxy;
use crate::domain::{Instant, PeerId};
use crate::telegram::proxy::{Route, Step};

/// A login and its results.
struct Sim {
    machine: Machine,
    now: Duration,
    request: Option<(Link, Call)>,
    codes: u32,
    asked: u32,
    told: Vec<Notice>,
    end: Option<Result<SignedIn, LoginError>>,
}

fn refused(code: i32, name: &str) -> CallError {
    CallError::Refused { code, name: name.into() }
}

fn signed_out(name: &str) -> CallError {
    CallError::SignedOut(name.into())
}

fn free() -> CallError {
    signed_out("AUTH_KEY_UNREGISTERED")
}

fn password_needed() -> CallError {
    signed_out("SESSION_PASSWORD_NEEDED")
}

fn lost() -> CallError {
    CallError::Lost("the connection was closed".into())
}

/// The error of a proxy at this step.
fn proxy_refused(step: Step) -> CallError {
    let proxy = Proxy::parse(&"socks5://10.0.0.1:1080".into()).unwrap();
    let target = "149.154.167.51:443".parse().unwrap();
    let route = Route { proxy: Some(&proxy), dc: 2, target, now: Instant(0) };
    CallError::Unreached(route.failed(step, "it says no"))
}

fn token() -> Answer {
    Answer::Token(Token { link: "tg://login?token=x".into(), lifetime: Duration::from_secs(30) })
}

fn me() -> Answer {
    Answer::SignedIn(Box::new(Known { profile: Profile::unknown(PeerId(7)), access_hash: None }))
}

fn migrate() -> Answer {
    Answer::MigrateTo { dc: 4, token: vec![4] }
}

fn nobody() -> Passwords {
    Passwords { set: None, can_ask: false }
}

fn somebody() -> Passwords {
    Passwords { set: None, can_ask: true }
}

fn set(password: &str) -> Passwords {
    Passwords { set: Some(password.into()), can_ask: false }
}

impl Sim {
    fn new(is_old_key: bool, passwords: Passwords) -> Sim {
        let now = Duration::from_secs(1000);
        let machine = Machine::new(is_old_key, passwords, now);
        let (request, end) = (None, None);
        let mut sim = Sim { machine, now, request, codes: 0, asked: 0, told: Vec::new(), end };
        sim.look();
        sim
    }

    /// A code is on the screen.
    fn shown(passwords: Passwords) -> Sim {
        let mut sim = Sim::new(false, passwords);
        assert_eq!(sim.next(), (Link::Fresh, "export".into()));
        sim.answer(Ok(token()));
        assert_eq!(sim.codes, 1);
        sim
    }

    /// A code was accepted by an account of data centre 4, and its token is being imported.
    fn importing(passwords: Passwords) -> Sim {
        let mut sim = Sim::shown(passwords);
        sim.give(Input::Changed);
        sim.expect(Link::Kept, "export", Ok(migrate()));
        assert_eq!(sim.next(), (Link::Moved { dc: 4 }, "import [4]".into()));
        sim
    }

    fn look(&mut self) {
        while let Some(action) = self.machine.poll_action() {
            match action {
                Action::Request(link, call) => assert!(self.request.replace((link, call)).is_none(), "one at a time"),
                Action::Show(_) => self.codes += 1,
                Action::AskPassword { .. } => self.asked += 1,
                Action::Tell(notice) => self.told.push(notice),
                Action::End(end) => assert!(self.end.replace(end).is_none(), "it ends once"),
            }
        }
    }

    fn give(&mut self, input: Input) {
        self.machine.handle(input, self.now);
        self.look();
    }

    /// The next request, after all pauses before it.
    fn next(&mut self) -> (Link, String) {
        while self.request.is_none() {
            assert!(self.end.is_none(), "{:?}", self.end);
            self.now = self.now.max(self.machine.poll_timeout().expect("something is due"));
            self.machine.handle_timeout(self.now);
            self.look();
        }
        let (link, call) = self.request.as_ref().expect("a request");
        let name = match call {
            Call::Who => "who".to_owned(),
            Call::Export => "export".into(),
            Call::Import(token) => format!("import {token:?}"),
            Call::Question => "question".into(),
            Call::Check(password) => format!("check {}", password.expose_secret()),
        };
        (*link, name)
    }

    fn answer(&mut self, answer: Result<Answer, CallError>) {
        self.next();
        self.request = None;
        self.give(Input::Answered(answer));
    }

    /// Expects a request, and answers it.
    #[track_caller]
    fn expect(&mut self, link: Link, call: &str, answer: Result<Answer, CallError>) {
        assert_eq!(self.next(), (link, call.to_owned()));
        self.answer(answer);
    }

    #[track_caller]
    fn signed_in(&mut self) -> SignedIn {
        self.end.take().expect("it has ended").expect("with an account")
    }

    #[track_caller]
    fn error(&mut self) -> LoginError {
        self.end.take().expect("it has ended").expect_err("with an error")
    }
}

#[test]
fn a_code_is_shown_refreshed_and_accepted() {
    let mut sim = Sim::shown(nobody());
    let begin = sim.now;
    sim.expect(Link::Kept, "export", Ok(token()));
    assert_eq!((sim.codes, sim.now - begin), (2, Duration::from_secs(30)));
    sim.give(Input::Changed);
    sim.expect(Link::Kept, "export", Ok(me()));
    assert_eq!(sim.now - begin, Duration::from_secs(30));
    assert!(!sim.signed_in().already);
    assert_eq!(sim.told, []);
}

/// CASES T3.
#[test]
fn whatever_a_token_is_answered_with_a_code_follows() {
    let again = (Link::Kept, "export");
    for (error, pause, (link, call)) in [
        (refused(500, "INTERNAL"), 0, again),
        (refused(-503, "Timeout"), 0, again),
        (refused(500, "AUTH_RESTART"), 0, again),
        (refused(400, "AUTH_TOKEN_EXPIRED"), 0, again),
        (refused(400, "AUTH_TOKEN_INVALID"), 0, again),
        (refused(400, "SOMETHING_NEW"), 0, again),
        (CallError::Elsewhere { dc: 4 }, 0, (Link::Moved { dc: 4 }, "export")),
        (CallError::Flood { seconds: 26 }, 27, again),
        (signed_out("SESSION_REVOKED"), 0, (Link::Fresh, "export")),
        (free(), 0, (Link::Fresh, "export")),
        (lost(), 0, (Link::Again, "who")),
        (CallError::Silence, 0, (Link::Again, "who")),
    ] {
        for is_shown in [false, true] {
            let mut sim = if is_shown { Sim::shown(nobody()) } else { Sim::new(false, nobody()) };
            let codes = sim.codes;
            sim.next();
            let begin = sim.now;
            sim.answer(Err(error.clone()));
            assert_eq!(sim.next(), (link, call.to_owned()), "{error}");
            assert_eq!(sim.now - begin, Duration::from_secs(pause), "{error}");
            if call == "who" {
                sim.answer(Err(free()));
                assert_eq!(sim.next(), (Link::Kept, "export".into()));
            }
            sim.answer(Ok(token()));
            assert_eq!((sim.codes, sim.end.is_none()), (codes + 1, true), "{error}");
        }
    }
}

/// CASES T6.
#[test]
fn while_a_code_is_on_the_screen_no_lost_network_ends_it() {
    for seconds in [20, 600] {
        let mut sim = Sim::shown(nobody());
        let begin = sim.now;
        sim.give(Input::Closed);
        while sim.now - begin < Duration::from_secs(seconds) {
            sim.expect(Link::Again, "who", Err(lost()));
        }
        sim.expect(Link::Again, "who", Err(free()));
        sim.expect(Link::Kept, "export", Ok(token()));
        assert_eq!(sim.told, [Notice::Trouble(lost()), Notice::Recovered]);
        assert_eq!(sim.codes, 2);
    }
}

/// CASES T6: the phone has a network of its own.
#[test]
fn a_code_that_was_accepted_while_the_network_was_away_counts() {
    let mut sim = Sim::shown(nobody());
    sim.give(Input::Closed);
    sim.expect(Link::Again, "who", Err(CallError::Silence));
    sim.expect(Link::Again, "who", Ok(me()));
    assert!(!sim.signed_in().already);
    assert_eq!(sim.codes, 1);
}

/// CASES T4.
#[test]
fn an_accepted_token_is_imported_until_it_works_and_no_second_code_appears() {
    for (error, link) in [
        (lost(), Link::Again),
        (CallError::Silence, Link::Again),
        (CallError::Flood { seconds: 30 }, Link::Kept),
        (refused(500, "INTERNAL"), Link::Kept),
    ] {
        let mut sim = Sim::importing(nobody());
        let begin = sim.now;
        while sim.now - begin < Duration::from_secs(120) {
            sim.answer(Err(error.clone()));
            if link == Link::Again {
                sim.expect(link, "who", Err(error.clone()));
                sim.expect(link, "who", Err(free()));
            }
            assert_eq!(sim.next().1, "import [4]", "{error}");
        }
        sim.answer(Ok(me()));
        sim.signed_in();
        assert_eq!((sim.codes, sim.told.first()), (1, Some(&Notice::Accepted { dc: 4 })));
    }
}

/// CASES T4.
#[test]
fn an_import_whose_answer_is_lost_is_found_to_have_worked() {
    let mut sim = Sim::importing(nobody());
    sim.answer(Err(lost()));
    sim.expect(Link::Again, "who", Ok(me()));
    sim.signed_in();
    // If that can't be seen, the token's own error shows that it was used.
    let mut sim = Sim::importing(nobody());
    sim.answer(Err(refused(400, "AUTH_TOKEN_ALREADY_ACCEPTED")));
    sim.expect(Link::Kept, "who", Ok(me()));
    sim.signed_in();
}

/// CASES T4: a key exchange took longer than the token is valid. The account's next code needs no other data centre.
#[test]
fn a_token_that_is_over_is_replaced_by_a_code_of_the_same_data_centre() {
    let mut sim = Sim::importing(nobody());
    sim.answer(Err(refused(400, "AUTH_TOKEN_EXPIRED")));
    sim.expect(Link::Kept, "who", Err(free()));
    sim.expect(Link::Kept, "export", Ok(token()));
    assert_eq!((sim.codes, sim.told.last()), (2, Some(&Notice::ScanAgain)));
    sim.give(Input::Changed);
    sim.expect(Link::Kept, "export", Ok(me()));
    sim.signed_in();
}

#[test]
fn a_telegram_that_sends_to_and_fro_is_asked_more_slowly() {
    let mut sim = Sim::shown(nobody());
    let begin = sim.now;
    for turn in 0..20 {
        let dc = 4 + turn % 2;
        sim.answer(Err(CallError::Elsewhere { dc }));
        assert_eq!(sim.next(), (Link::Moved { dc }, "export".into()));
    }
    assert!(sim.now - begin > Duration::from_secs(60), "{:?}", sim.now - begin);
}

/// CASES T1.
#[test]
fn a_login_that_has_stopped_at_the_password_goes_on_there() {
    let mut sim = Sim::new(true, set("right"));
    sim.expect(Link::Kept, "who", Err(password_needed()));
    sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
    sim.expect(Link::Kept, "check right", Ok(me()));
    assert!(!sim.signed_in().already);
    assert_eq!((sim.codes, sim.told), (0, vec![Notice::PasswordPending]));
}

/// CASES T1.
#[test]
fn a_key_on_which_everything_asks_for_the_password_is_replaced() {
    let mut sim = Sim::new(true, somebody());
    sim.expect(Link::Kept, "who", Err(password_needed()));
    sim.expect(Link::Kept, "question", Err(password_needed()));
    sim.expect(Link::Fresh, "export", Ok(token()));
    assert_eq!((sim.codes, sim.asked), (1, 0));
}

/// CASES T1: the user has forgotten the password, or means another account.
#[test]
fn no_password_but_enter_alone_shows_a_new_code() {
    let mut sim = Sim::new(true, somebody());
    sim.expect(Link::Kept, "who", Err(password_needed()));
    sim.expect(Link::Kept, "question", Ok(Answer::Question(Some("the usual".into()))));
    assert_eq!(sim.asked, 1);
    sim.give(Input::Password("".into()));
    sim.expect(Link::Fresh, "export", Ok(token()));
    assert_eq!(sim.codes, 1);
}

/// CASES T1, T8.
#[test]
fn an_old_key_is_signed_in_on_only_where_it_is_signed_out_and_answers() {
    let begun = |answers: &[CallError]| {
        let mut sim = Sim::new(true, nobody());
        for (turn, answer) in answers.iter().enumerate() {
            sim.expect(if turn == 0 { Link::Kept } else { Link::Again }, "who", Err(answer.clone()));
        }
        sim.next()
    };
    assert_eq!(begun(&[free()]), (Link::Kept, "export".into()));
    for gone in ["SESSION_REVOKED", "AUTH_KEY_DUPLICATED", "USER_DEACTIVATED", "AUTH_KEY_INVALID"] {
        assert_eq!(begun(&[signed_out(gone)]), (Link::Fresh, "export".into()), "{gone}");
    }
    assert_eq!(begun(&[CallError::Silence]), (Link::Again, "who".into()), "one silence may be chance");
    assert_eq!(begun(&[CallError::Silence, CallError::Silence]), (Link::Fresh, "export".into()));
    assert_eq!(begun(&[lost(), lost()]), (Link::Fresh, "export".into()));
    assert_eq!(begun(&[lost(), free()]), (Link::Kept, "export".into()));
    // A proxy that refuses shows nothing about the key.
    let refused = proxy_refused(Step::Password);
    assert_eq!(begun(&[refused.clone(), refused.clone()]), (Link::Again, "who".into()));
    assert_eq!(begun(&vec![proxy_refused(Step::Target); 2]), (Link::Fresh, "export".into()));
    let mut sim = Sim::new(true, nobody());
    for _ in 0..MAX_FAILURES {
        sim.answer(Err(refused.clone()));
    }
    assert_eq!(sim.error(), LoginError::Call(refused));
    let mut sim = Sim::new(true, nobody());
    sim.answer(Ok(me()));
    assert!(sim.signed_in().already);
}

#[test]
fn a_wrong_password_is_asked_for_again_as_often_as_it_takes() {
    let mut sim = Sim::shown(Passwords { set: Some("set".into()), can_ask: true });
    sim.give(Input::Changed);
    sim.expect(Link::Kept, "export", Err(password_needed()));
    sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
    sim.expect(Link::Kept, "check set", Err(refused(400, "PASSWORD_HASH_INVALID")));
    for tries in 1..20 {
        sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
        assert_eq!((sim.asked, sim.request.is_none()), (tries, true));
        sim.now += Duration::from_secs(600);
        sim.give(Input::Password("typed".into()));
        sim.expect(Link::Kept, "check typed", Err(refused(400, "PASSWORD_HASH_INVALID")));
    }
    sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
    sim.give(Input::Password("right".into()));
    sim.expect(Link::Kept, "check right", Err(CallError::Flood { seconds: 60 }));
    // The question is too old after the wait.
    sim.expect(Link::Kept, "check right", Err(refused(400, "SRP_ID_INVALID")));
    sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
    sim.expect(Link::Kept, "check right", Ok(me()));
    sim.signed_in();
    assert_eq!(sim.told[..2], [Notice::WrongSetPassword, Notice::WrongPassword]);
}

#[test]
fn where_nobody_can_be_asked_the_password_of_the_settings_decides() {
    let mut sim = Sim::new(true, set("wrong"));
    sim.answer(Err(password_needed()));
    sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
    sim.expect(Link::Kept, "check wrong", Err(refused(400, "PASSWORD_HASH_INVALID")));
    assert_eq!(sim.error(), LoginError::WrongSetPassword);
    let mut sim = Sim::new(true, nobody());
    sim.answer(Err(password_needed()));
    sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
    assert_eq!(sim.error(), LoginError::NoPassword);
}

#[test]
fn an_answer_to_a_password_that_is_lost_costs_nothing() {
    for has_worked in [false, true] {
        let mut sim = Sim::importing(somebody());
        sim.answer(Err(password_needed()));
        sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
        sim.give(Input::Password("right".into()));
        sim.expect(Link::Kept, "check right", Err(lost()));
        if has_worked {
            sim.expect(Link::Again, "who", Ok(me()));
        } else {
            sim.expect(Link::Again, "who", Err(password_needed()));
            sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
            sim.expect(Link::Kept, "check right", Ok(me()));
        }
        sim.signed_in();
        assert_eq!((sim.codes, sim.asked), (1, 1));
    }
}

#[test]
fn a_login_that_runs_out_while_the_password_is_typed_begins_again() {
    let mut sim = Sim::shown(somebody());
    sim.give(Input::Changed);
    sim.expect(Link::Kept, "export", Err(password_needed()));
    sim.expect(Link::Kept, "question", Ok(Answer::Question(None)));
    sim.give(Input::Closed);
    assert!(sim.request.is_none() && sim.machine.poll_timeout().is_none(), "the user has time");
    sim.now += Duration::from_secs(7200);
    sim.give(Input::Password("right".into()));
    sim.expect(Link::Kept, "check right", Err(free()));
    sim.expect(Link::Kept, "export", Ok(token()));
    assert_eq!((sim.codes, sim.told), (2, vec![Notice::ScanAgain]));
}

/// CASES T7.
#[test]
fn what_must_be_put_right_first_ends_it_at_once() {
    for error in [CallError::ClockAhead { seconds: 600 }, refused(400, "API_ID_INVALID")] {
        let mut sim = Sim::new(true, nobody());
        sim.answer(Err(error.clone()));
        assert_eq!(sim.error(), LoginError::Call(error));
    }
    let mut sim = Sim::shown(nobody());
    sim.answer(Err(CallError::Flood { seconds: 86_400 }));
    assert_eq!(sim.error(), LoginError::Call(CallError::Flood { seconds: 86_400 }), "nobody waits for a day");
}

#[test]
fn without_a_code_nobody_waits_and_a_dead_network_ends_it() {
    let mut sim = Sim::new(true, nobody());
    let begin = sim.now;
    while sim.end.is_none() {
        sim.answer(Err(lost()));
    }
    assert_eq!(sim.error(), LoginError::Call(lost()));
    assert!(sim.now - begin < Duration::from_secs(30), "{:?}", sim.now - begin);
}

#[test]
fn a_code_that_nobody_scans_is_given_up() {
    let mut sim = Sim::shown(nobody());
    let begin = sim.now;
    while sim.now - begin < SCAN_TIMEOUT - Duration::from_secs(30) {
        sim.expect(Link::Kept, "export", Ok(token()));
    }
    sim.now = begin + SCAN_TIMEOUT;
    sim.machine.handle_timeout(sim.now);
    sim.look();
    assert_eq!(sim.error(), LoginError::NotScanned(None));
    // The last failure is reported at the end.
    let mut sim = Sim::shown(nobody());
    sim.give(Input::Closed);
    while sim.end.is_none() && sim.now < begin + 2 * SCAN_TIMEOUT {
        sim.answer(Err(lost()));
        if sim.request.is_none() && sim.end.is_none() {
            sim.now = sim.now.max(sim.machine.poll_timeout().unwrap());
            sim.machine.handle_timeout(sim.now);
            sim.look();
        }
    }
    assert_eq!(sim.error(), LoginError::NotScanned(Some(lost())));
}

fn any_answer() -> impl Strategy<Value = Result<Answer, CallError>> {
    (0..17).prop_map(|kind| match kind {
        0..4 => Ok(token()),
        4 => Ok(migrate()),
        5 => Ok(Answer::Question(None)),
        6 => Err(lost()),
        7 => Err(CallError::Silence),
        8 => Err(CallError::Flood { seconds: 3 }),
        9 => Err(CallError::Elsewhere { dc: 5 }),
        10 => Err(free()),
        11 => Err(password_needed()),
        12 => Err(signed_out("SESSION_REVOKED")),
        13 => Err(refused(500, "AUTH_RESTART")),
        14 => Err(refused(400, "AUTH_TOKEN_INVALID")),
        15 => Err(refused(400, "PASSWORD_HASH_INVALID")),
        _ => Err(refused(400, "SOMETHING_NEW")),
    })
}

proptest! {
    /// While a code is on the screen, no sequence of answers ends the login or leaves it with nothing to do.
    #[test]
    fn whoever_holds_a_phone_is_never_left_alone(answers in prop::collection::vec((any_answer(), 0..4), 0..60)) {
        let mut sim = Sim::shown(somebody());
        for (answer, event) in answers {
            match event {
                0 => sim.give(Input::Changed),
                1 => sim.give(Input::Closed),
                _ => {}
            }
            if sim.now > Duration::from_secs(1000 + 600) {
                break;
            }
            if sim.machine.poll_timeout().is_none() && sim.request.is_none() {
                prop_assert!(matches!(sim.machine.phase, Phase::Ask), "{:?}", sim.machine.phase);
                sim.give(Input::Password("typed".into()));
            }
            sim.answer(answer);
            prop_assert!(sim.end.is_none(), "{:?}", sim.end);
        }
    }
}
