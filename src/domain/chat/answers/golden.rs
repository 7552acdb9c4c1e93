//! Whole answers as files: `snapshots/` shows what members read. To accept: `INSTA_UPDATE=always cargo test golden`.

use std::sync::LazyLock;

use super::me::{Me, me};
use super::notes;
use super::testing::answer;
use super::top::{Top, top};
use super::why::{Why, why};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::receipt::{Evidence, Part, Reason, Receipt};
use crate::domain::accounting::streak::{Comeback, Streak};
use crate::domain::accounting::unwatched::Coverage;
use crate::domain::chat::access::{Refusal, Standing};
use crate::domain::chat::command::Usage;
use crate::domain::chat::press::Press;
use crate::domain::chat::{Answer, ButtonAction};
use crate::domain::post::badges::Badges;
use crate::domain::post::message::{MAX_UNITS, isolated_name};
use crate::domain::post::style::StreakMarks;
use crate::domain::post::testing::{HOUR, at, board, by_days, date, in_bands};
use crate::domain::roster::BlindReason;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::{Calendar, Scope};
use crate::domain::time::zone::Zone;
use crate::domain::words::Language;
use crate::domain::words::chat::ChatWords;
use crate::domain::{PeerId, Span};

const TODAY: &str = "2026-11-22";
const NAMES: [&str; 10] = ["Ada", "Боря", "محمد", "@x <b>", "Dilnoza", "Ali", "/me t.me/x", "Oʻktam", "Ali", "Jo"];

fn people(count: usize, minutes: i64) -> Vec<(&'static str, i64)> {
    (0..count).map(|n| (NAMES[n % NAMES.len()], (count as i64 * 20 - n as i64 * 7) * minutes * 60)).collect()
}

fn boards() -> [Board; 3] {
    [(Scope::Day, 1), (Scope::Week, 5), (Scope::Month, 20)].map(|(scope, times)| {
        let mut board = board(scope, TODAY, &people(13, times));
        board.entries[2].in_call = true;
        board
    })
}

fn streak() -> Streak {
    Streak { current: 12, frozen: 1, longest: 38, freezes: 2, is_at_risk: true, ..Streak::default() }
}

fn of<'a>(words: &'a dyn ChatWords, boards: &'a [Board; 3], person: i64) -> Me<'a> {
    Me {
        words,
        group: 1,
        zone: Zone::TASHKENT,
        today: date(TODAY),
        person: PeerId(person),
        boards: boards.each_ref(),
        streak: streak(),
        goal: Some(Progress { goal: 36_000, seconds: 15_000 }),
        rounds: None,
        pairs: &[],
        in_call: true,
        has_time: true,
        counts: true,
        gate: 300,
        active: 1500,
    }
}

fn each_language(answer_in: impl Fn(&'static dyn ChatWords) -> Answer) -> String {
    let shown = Language::ALL.map(|language| answer(&answer_in(language.chat_words())));
    shown.join("\n\n══════\n\n")
}

fn text(of: &Answer) -> &str {
    &of.message.text
}

#[test]
fn golden_me() {
    let boards = boards();
    insta::assert_snapshot!("me", each_language(|words| me(&of(words, &boards, 6))));
    let nobody = of(Language::En.chat_words(), &boards, 99);
    let comeback = Some(Comeback { streak: 38, active_needed: 2, days_left: 3 });
    let broken = Streak { longest: 38, comeback, ..Streak::default() };
    let back = each_language(|words| me(&Me { words, streak: broken, goal: None, in_call: false, ..nobody }));
    insta::assert_snapshot!("me_comes_back", back);
    insta::assert_snapshot!("me_never", each_language(|words| me(&Me { words, has_time: false, ..nobody })));
}

#[test]
fn the_first_has_nobody_to_reach_and_the_others_have_the_next_of_their_band() {
    let words = Language::En.chat_words();
    let boards = boards();
    let first = me(&of(words, &boards, 1));
    assert!(text(&first).starts_with("Today: 4h 20m · #1\nThis week: 21h 40m · #1\n"), "{}", text(&first));
    let banded = boards.clone().map(in_bands);
    let second_band = me(&of(words, &banded, 8));
    assert!(text(&second_band).starts_with("Today: 3h 31m · #1\n"), "{}", text(&second_band));
    let days = boards.map(|board| by_days(board, 5));
    let third = me(&of(words, &days, 3));
    let second_line = text(&third).lines().nth(1).unwrap();
    assert_eq!(second_line, "This week: 3 days · 20h 30m · #3 · 1 active day behind #2");
}

#[test]
fn five_people_stand_near_and_near_an_end_as_many() {
    let boards = boards();
    let near = |person| {
        let answer = me(&of(Language::En.chat_words(), &boards, person));
        let (_, rest) = text(&answer).split_once("At your pace this week\n").unwrap();
        let places = rest.lines().take_while(|line| !line.is_empty());
        places.map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(near(1), "🥇 🥈 🥉 4. 5.");
    assert_eq!(near(6), "4. 5. 6. 7. 8.");
    assert_eq!(near(13), "9. 10. 11. 12. 13.");
}

#[test]
fn who_is_never_on_the_board_is_told_so() {
    let boards = boards();
    let answer = me(&Me { counts: false, ..of(Language::En.chat_words(), &boards, 1) });
    assert_eq!(text(&answer), "This account is not on the board: it only watches the call.");
}

static BADGES: LazyLock<Badges> = LazyLock::new(Badges::default);

fn on<'a>(words: &'a dyn ChatWords, board: &'a Board) -> Top<'a> {
    Top {
        words,
        group: 1,
        zone: Zone::TASHKENT,
        calendar: Calendar::default(),
        badges: &BADGES,
        board,
        date: date(TODAY).min(board.period.last),
        first: date("2026-10-05"),
        today: date(TODAY),
        page: 0,
        asker: Some(PeerId(12)),
    }
}

#[test]
fn golden_top() {
    let [day, week, _] = boards();
    insta::assert_snapshot!("top", each_language(|words| top(&on(words, &day))));
    let past = Board { is_final: true, blind_seconds: 900, ..board(Scope::Week, "2026-11-10", &people(25, 3)) };
    let page = |words| top(&Top { page: 1, asker: None, ..on(words, &past) });
    insta::assert_snapshot!("top_past_week", each_language(page));
    let banded = in_bands(week);
    insta::assert_snapshot!("top_bands", answer(&top(&on(Language::En.chat_words(), &banded))));
    let empty = Board { coverage: Coverage::Unwatched, ..board(Scope::Day, TODAY, &[]) };
    insta::assert_snapshot!("top_unwatched", each_language(|words| top(&on(words, &empty))));
}

fn presses(answer: &Answer) -> Vec<Press> {
    let actions = answer.buttons.0.iter().flatten().map(|button| &button.action);
    let press = |action: &ButtonAction| match action {
        ButtonAction::Press(data) => Press::read(data.as_bytes()).unwrap(),
        ButtonAction::Url(url) => panic!("{url}"),
    };
    actions.map(press).collect()
}

#[test]
fn no_button_leads_out_of_what_is_known() {
    let words = Language::En.chat_words();
    let dates = |board: &Board, first: &str| -> Vec<String> {
        let answer = top(&Top { first: date(first), ..on(words, board) });
        let days = presses(&answer).into_iter().filter_map(|press| match press {
            Press::Top { scope, date, page: 0, .. } if scope == board.period.scope => Some(date),
            _ => None,
        });
        days.map(|date| date.to_string()).collect()
    };
    let [day, week, _] = boards();
    // The last date is that of the button for the period shown.
    assert_eq!(dates(&day, "2026-11-22"), ["2026-11-22"]);
    assert_eq!(dates(&day, "2026-11-21"), ["2026-11-21", "2026-11-22"]);
    let past = board(Scope::Week, "2026-11-10", &[]);
    assert_eq!(dates(&past, "2026-11-09"), ["2026-11-22", "2026-11-15"]);
    assert_eq!(dates(&week, "2026-11-09"), ["2026-11-15", "2026-11-22"]);
    let beyond = top(&Top { page: u32::MAX, ..on(words, &day) });
    assert!(text(&beyond).contains("\n13. ") && !text(&beyond).contains("\n10. "), "{}", text(&beyond));
}

#[test]
fn a_row_of_the_asker_stands_only_where_it_is_theirs_alone() {
    let [day, ..] = boards();
    let words = Language::En.chat_words();
    let own = |asker: Option<i64>, page| {
        let answer = top(&Top { asker: asker.map(PeerId), page, ..on(words, &day) });
        text(&answer).matches("\n12. ").count()
    };
    assert_eq!([own(Some(12), 0), own(Some(12), 1), own(None, 0), own(Some(99), 0)], [1, 1, 0, 0]);
}

fn receipt(parts: Vec<Part>) -> Receipt {
    let counted = || parts.iter().filter(|part| part.counted);
    let proved = counted().filter(|part| part.evidence == Evidence::Proved).map(|part| part.seconds).sum();
    Receipt {
        person: PeerId(3),
        seconds: counted().map(|part| part.seconds).sum(),
        proved_seconds: proved,
        parts,
        silent: SpanSet::default(),
        corrections: Vec::new(),
    }
}

fn part(from: &str, seconds: i64, evidence: Evidence, counted: bool, reason: Option<Reason>) -> Part {
    let span = Span::new(at(from), at(from) + seconds);
    Part { peer: PeerId(3), span, seconds, evidence, counted, reason }
}

fn of_day<'a>(words: &'a dyn ChatWords, receipt: &'a Receipt, board: &'a Board) -> Why<'a> {
    Why {
        words,
        group: 1,
        zone: Zone::TASHKENT,
        date: date(TODAY),
        first: date("2026-10-05"),
        today: date(TODAY),
        receipt,
        board,
        gate: 300,
        cap: None,
        silence: Some(3 * HOUR),
        counts: true,
    }
}

#[test]
fn golden_why() {
    use Evidence::{Carried, Observed, Proved, Unproved};
    let blind = Some(Reason::Blind(BlindReason::Offline));
    let night = [Span::new(at("2026-11-22T09:30:00"), at("2026-11-22T10:00:00"))];
    let full = receipt(vec![
        part("2026-11-21T23:50:00", 600, Observed, false, Some(Reason::Outside)),
        part("2026-11-22T00:00:00", 7200, Carried, true, None),
        part("2026-11-22T08:00:00", 1800, Observed, false, Some(Reason::Carried)),
        part("2026-11-22T09:00:12", 3928, Observed, true, None),
        part("2026-11-22T10:05:40", 720, Proved, true, blind),
        part("2026-11-22T10:10:00", 60, Observed, false, Some(Reason::Overlap { with: PeerId(4) })),
        part("2026-11-22T12:00:00", 100, Observed, false, Some(Reason::Gate { session: 100 })),
        part("2026-11-22T13:00:00", 500, Unproved, false, blind),
        part("2026-11-22T14:00:00", 10, Carried, false, Some(Reason::Full)),
    ]);
    let full = Receipt { silent: SpanSet::union(night), ..full };
    let [day, ..] = boards();
    insta::assert_snapshot!("why", each_language(|words| why(&of_day(words, &full, &day))));
    let none = Receipt { person: PeerId(9), seconds: 0, proved_seconds: 0, ..receipt(Vec::new()) };
    insta::assert_snapshot!("why_nothing", each_language(|words| why(&of_day(words, &none, &day))));
}

#[test]
fn a_receipt_of_a_thousand_stays_fits_and_says_how_many_are_left_out() {
    let gate = Some(Reason::Gate { session: 100 });
    let parts = vec![part("2026-11-21T12:00:00", 100, Evidence::Observed, false, gate); 1000];
    let (receipt, [day, ..]) = (receipt(parts), boards());
    for words in Language::ALL.map(Language::chat_words) {
        let answer = why(&Why { cap: Some(HOUR), ..of_day(words, &receipt, &day) });
        assert!(text(&answer).encode_utf16().count() <= MAX_UNITS);
        let shown = text(&answer).matches('✗').count();
        assert!(shown > 20 && text(&answer).contains(&words.more_parts(1000 - shown)), "{shown}");
    }
}

#[test]
fn golden_notes() {
    let today = date(TODAY);
    let all = |words: &'static dyn ChatWords| {
        let goal = Progress { goal: 36_000, seconds: 3600 };
        let url = "https://t.me/study_bot?start=me-1".to_owned();
        [
            notes::start(words, (1, "Study <b> t.me/x"), today, 300, Standing::Member),
            notes::start(words, (1, "Study"), today, 300, Standing::Stranger),
            notes::help(words, Standing::Owner, true),
            notes::help(words, Standing::Member, false),
            notes::privacy(words, Some(today), 10, StreakMarks::Chosen, true, Some(24), vec!["…".to_owned()]),
            notes::web(words, Some(("https://study.example/login?t=AbC-_", 10))),
            notes::web(words, None),
            notes::goal(words, None),
            notes::goal(words, Some(goal)),
            notes::goal_set(words, Some(goal)),
            notes::goal_set(words, None),
            notes::misread(words, Usage::Goal),
            notes::unknown(words),
            notes::refused(words, Refusal::NotAMember),
            notes::hint(words, Some(url)),
            notes::choose_group(words, &[(1, "Study".into()), (2, "\u{200b}".into())]),
            notes::not_found_group(words),
            notes::too_old(words),
        ]
    };
    for language in Language::ALL {
        let shown = all(language.chat_words()).each_ref().map(answer).join("\n\n══════\n\n");
        insta::assert_snapshot!(format!("notes_{}", language.code()), shown);
    }
}

/// The help lists only the commands that the asker may use.
#[test]
fn help_has_the_commands_of_the_standing() {
    let count = |standing| text(&notes::help(Language::En.chat_words(), standing, true)).matches("\n/").count();
    let counts = [Standing::Stranger, Standing::Member, Standing::Admin, Standing::Owner].map(count);
    assert_eq!(counts, [2, 13, 24, 25]);
}

/// A name is always plain text: Telegram makes no link or command of it.
#[test]
fn names_are_text_in_every_answer() {
    let boards = boards();
    let words = Language::En.chat_words();
    for answer in [me(&of(words, &boards, 6)), top(&on(words, &boards[0]))] {
        let plain = text(&answer);
        assert!(!plain.contains("t.me/x") && !plain.contains("@x") && !plain.contains("/me t"), "{plain}");
    }
    assert!(isolated_name("@x").contains('\u{2060}'));
}
