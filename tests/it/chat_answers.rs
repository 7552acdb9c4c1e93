//! Answers in the chat agree with the boards, over random stores.

use std::path::Path;

use chrono::NaiveDate;
use proptest::prelude::*;
use swf::app::boards;
use swf::app::chat::recent::Recent;
use swf::app::chat::{Asking, Effect, members};
use swf::config::Config;
use swf::domain::accounting::leaderboard::{Board, Entry};
use swf::domain::accounting::unwatched::ReadTime;
use swf::domain::chat::access::Standing;
use swf::domain::chat::command::GoalRequest;
use swf::domain::chat::{Answer, Author};
use swf::domain::live::{Call, Connection, GroupView, Person, View};
use swf::domain::people::{Known, Profile};
use swf::domain::post::place;
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::time::asked::AskedDate;
use swf::domain::time::period::{Period, Scope, local_date};
use swf::domain::words::{BoardState, ENGLISH, Language};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Choices, GroupRow, Store};

use crate::home::START;
use crate::model::share;

const DAY: i64 = 86_400;
const PEOPLE: i64 = 26;

/// A store with stays of many people in the days before [`START`], for questions at a given time.
struct World {
    _folder: tempfile::TempDir,
    config: Config,
    store: Store,
    group: GroupRow,
    now: ReadTime,
    live: View,
}

fn view(group: &GroupRow, people: Vec<PeerId>) -> View {
    let person = |peer| Person { profile: Profile::unknown(peer), since: Instant(START), stay: 0, today: 0 };
    let call = Call { since: None, blind: None, people: people.into_iter().map(person).collect(), uncounted: 0 };
    let group = GroupView {
        label: None,
        title: group.title.clone(),
        peer: Some(group.peer),
        zone: swf::domain::time::zone::Zone::UTC,
        watched: None,
        call: Some(call),
        next_post: None,
        outage: None,
    };
    View {
        now: Instant(START),
        account: None,
        connection: Connection::Online,
        wait: None,
        confirmed: None,
        outage: None,
        groups: vec![group],
        store_problem: None,
    }
}

fn load(home: &Path, settings: &[(&str, &str)]) -> Config {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(home.to_owned()), home, settings).unwrap()
}

impl World {
    /// `stays`: account, pause since the account's last stay, and length.
    fn new(stays: &[(i64, i64, i64)], settings: &[(&str, &str)]) -> World {
        let folder = tempfile::tempdir().unwrap();
        let config = load(folder.path(), settings);
        std::fs::create_dir_all(config.home().store().parent().unwrap()).unwrap();
        let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
        let key = store.group(PeerId(-100), None, "Study", None, PeerId(1000)).unwrap();
        let (call, now, begin) = (CallId(7), Instant(START), Instant(START) - 20 * DAY);
        let mut facts = vec![Fact::Following { call, at: begin }];
        let mut free = std::collections::BTreeMap::new();
        for &(peer, pause, length) in stays {
            let from = *free.entry(peer).or_insert(begin) + pause;
            let to = from + length;
            if to >= now {
                continue;
            }
            free.insert(peer, to + 1);
            let peer = PeerId(peer);
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
        }
        facts.push(Fact::Confirmed { call, at: now });
        let profile = |peer| Profile { name: format!("Person {peer}"), ..Profile::unknown(PeerId(peer)) };
        let people = (1..=PEOPLE).map(|peer| Known { profile: profile(peer), access_hash: None }).collect();
        let watched = Some(Span::new(begin, now));
        store.record(key, &Observed { facts, people, watched, ..Observed::new(now) }, &[]).unwrap();
        let group = store.groups().unwrap().remove(0);
        let live = view(&group, vec![PeerId(2)]);
        let now = ReadTime { at: now, tracked_since: None };
        World { _folder: folder, config, store, group, now, live }
    }

    fn asking(&self, person: i64) -> Asking<'_> {
        Asking {
            store: &self.store,
            settings: self.config.group(),
            group: &self.group,
            now: self.now,
            author: Author::Person(PeerId(person)),
            standing: Standing::Member,
            language: Language::En,
            in_private: true,
            bot: Some("study_bot"),
            live: &self.live,
        }
    }

    fn today(&self) -> NaiveDate {
        local_date(self.config.group().zone, self.now.at)
    }

    /// The board of `swf leaderboard`.
    fn board(&self, scope: Scope) -> Board {
        let settings = self.config.group();
        let period = Period::of(scope, self.today(), settings.zone, settings.calendar);
        boards::board_of(&self.store, settings, self.group.key, period, self.now).unwrap()
    }
}

fn text(answer: &Answer) -> &str {
    &answer.message.text
}

fn standing(scope: Scope, entry: &Entry) -> String {
    let time = ENGLISH.duration(entry.seconds);
    match entry.standing.active_days {
        Some(days) if scope != Scope::Day => format!("{} · {time}", ENGLISH.active_days(days)),
        _ => time,
    }
}

/// The beginning of a row; a badge may follow.
fn row(scope: Scope, entry: &Entry) -> String {
    let id = entry.profile.peer;
    format!("{} \u{2068}Person {id}\u{2069} · {}", place(entry.rank), standing(scope, entry))
}

/// Checks that all pages of `/top` together have the rows of the board in order, and that each page has the total.
fn top_agrees(world: &World, scope: Scope) {
    let (board, mut recent) = (world.board(scope), Recent::default());
    let asking = Asking { in_private: false, ..world.asking(1) };
    let pages = board.people().div_ceil(10).max(1) as u32;
    let mut rows = board.entries.iter();
    for page in 0..pages {
        let answer = members::top(&asking, &mut recent, scope, world.today(), page).unwrap();
        let shown: Vec<&str> = text(&answer).lines().skip(1).filter(|line| line.contains('\u{2068}')).collect();
        for line in &shown {
            let expected = row(scope, rows.next().expect("no more rows than the board has"));
            assert!(*line == expected || line.starts_with(&(expected.clone() + " ")), "{line} / {expected}");
        }
        let state = if board.is_final { BoardState::Final } else { BoardState::Open };
        let total = ENGLISH.total(board.people(), board.shown_seconds(), state);
        assert!(board.entries.is_empty() || text(&answer).contains(&total), "{total}: {}", text(&answer));
    }
    assert_eq!(rows.count(), 0, "all rows are on some page");
}

/// The line of a period in `/me`, computed from the board in another way.
fn me_line(board: &Board, name: &str, person: PeerId) -> String {
    let Some(own) = board.entries.iter().find(|entry| entry.profile.peer == person) else {
        return format!("{name}: nothing yet");
    };
    let scope = board.period.scope;
    let better = |other: &&Entry| other.standing.band == own.standing.band && other.rank < own.rank;
    let next = board.entries.iter().filter(better).max_by_key(|entry| entry.rank);
    let days = |entry: &Entry| entry.standing.active_days.unwrap_or(0);
    let behind = next.map_or(String::new(), |next| {
        let gap = match days(next) - days(own) {
            1 if scope != Scope::Day => "1 active day".to_owned(),
            more if more > 1 && scope != Scope::Day => format!("{more} active days"),
            _ => ENGLISH.duration((next.ranked_seconds() - own.ranked_seconds()).max(0)),
        };
        format!(" · {gap} behind #{}", next.rank)
    });
    format!("{name}: {} · #{}{behind}", standing(scope, own), own.rank)
}

fn me_agrees(world: &World, person: i64) {
    let mut recent = Recent::default();
    let answer = members::me(&world.asking(person), &mut recent).unwrap();
    let boards = [Scope::Day, Scope::Week, Scope::Month].map(|scope| world.board(scope));
    let is_on = |board: &Board| board.entries.iter().any(|entry| entry.profile.peer == PeerId(person));
    if !boards.iter().any(is_on) && text(&answer).starts_with("You have no study time") {
        return;
    }
    let lines = boards.iter().zip(["Today", "This week", "This month"]);
    let expected: Vec<String> = lines.map(|(board, name)| me_line(board, name, PeerId(person))).collect();
    assert_eq!(text(&answer).lines().take(3).collect::<Vec<_>>(), expected);
    assert_eq!(text(&answer).contains("You are in the call now"), person == 2);
    let week = &boards[1];
    for line in text(&answer).lines().filter(|line| line.contains('\u{2068}')) {
        let is_row = |entry: &Entry| row(Scope::Week, entry) == *line;
        assert!(week.entries.iter().any(is_row), "{line} is no row of the week's board");
    }
    let why = members::why(&world.asking(person), &mut recent, AskedDate::PeriodsBack(0)).unwrap();
    let today = boards[0].entries.iter().find(|entry| entry.profile.peer == PeerId(person));
    if let Some(entry) = today {
        let first = format!("{} · #{} · ", ENGLISH.duration(entry.seconds), entry.rank);
        assert!(text(&why).starts_with(&first), "{first}: {}", text(&why));
    }
}

fn any_stays() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    let pauses = prop_oneof![1..4000i64, 4000..300_000i64, Just(19 * DAY)];
    let lengths = prop_oneof![1..400i64, 400..9000i64, 9000..50_000i64];
    proptest::collection::vec((1..=PEOPLE, pauses, lengths), 0..80)
}

proptest! {
    #![proptest_config(share(24))]

    #[test]
    fn every_number_of_an_answer_is_that_of_the_board(stays in any_stays(), by in 0..3usize) {
        let board = ["hours", "days", "bands"][by];
        let world = World::new(&stays, &[("SWF_BOARD", board), ("SWF_RANK_CAP", if by == 0 { "10h" } else { "" })]);
        [Scope::Day, Scope::Week, Scope::Month].into_iter().for_each(|scope| top_agrees(&world, scope));
        (1..=4).for_each(|person| me_agrees(&world, person));
    }
}

#[test]
fn a_goal_is_set_with_all_accounts_of_a_person_and_leaves_their_other_choices() {
    let mut world = World::new(&[(1, 19 * DAY, 7200)], &[]);
    let key = world.group.key;
    world.store.add_alias(key, "1", "2").unwrap();
    world.store.choose(key, PeerId(2), &[], Choices { goal: None, shows_streak: true }).unwrap();
    let mut recent = Recent::default();
    let set = members::goal(&world.asking(2), &mut recent, Some(GoalRequest(Some(36_000)))).unwrap();
    let choices = Choices { goal: Some(36_000), shows_streak: true };
    let Some(Effect::Choose { group, person, others, choices: chosen }) = set.effect.clone() else { panic!("{set:?}") };
    assert_eq!((group, person, &others[..], chosen), (key, PeerId(1), &[PeerId(2)][..], choices));
    assert!(text(&set.answers[0]).starts_with("🎯 Your goal: 10h 00m a week."), "{set:?}");
    world.store.choose(group, person, &others, chosen).unwrap();
    let shown = members::goal(&world.asking(1), &mut recent, None).unwrap();
    assert_eq!(shown.effect, None);
    assert!(text(&shown.answers[0]).contains(" of 10h 00m this week"), "{shown:?}");
}

#[test]
fn a_board_is_kept_for_three_seconds_and_for_its_settings_only() {
    let mut world = World::new(&[(1, 19 * DAY, 7200)], &[]);
    let key = world.group.key;
    let mut recent = Recent::default();
    let me = |world: &World, recent: &mut Recent, after: i64, settings: Option<&Config>| {
        let now = ReadTime { at: world.now.at + after, tracked_since: None };
        let settings = settings.map_or(world.config.group(), Config::group);
        let answer = members::me(&Asking { now, settings, ..world.asking(2) }, recent).unwrap();
        text(&answer).starts_with("You have no study time")
    };
    assert!(me(&world, &mut recent, 0, None));
    // From now on both accounts are one person.
    world.store.add_alias(key, "1", "2").unwrap();
    assert!(me(&world, &mut recent, 3, None));
    assert!(!me(&world, &mut recent, 4, None));
    let mut recent = Recent::default();
    assert!(!me(&world, &mut recent, 0, None));
    let strict = load(world.config.home().path(), &[("SWF_MIN_SESSION", "9000")]);
    assert!(me(&world, &mut recent, 0, Some(&strict)));
    assert!(!me(&world, &mut recent, 0, None));
    // If the clock was set back, the answer is computed again.
    assert!(!me(&world, &mut recent, -10, None));
}

#[test]
fn nobody_in_particular_has_no_numbers() {
    let world = World::new(&[(1, 19 * DAY, 7200)], &[]);
    let mut recent = Recent::default();
    for author in [Author::AnonymousAdmin, Author::Channel(PeerId(-1002))] {
        let asking = Asking { author, ..world.asking(1) };
        let me = members::me(&asking, &mut recent).unwrap();
        let why = members::why(&asking, &mut recent, AskedDate::Yesterday).unwrap();
        let goal = members::goal(&asking, &mut recent, Some(GoalRequest(None))).unwrap();
        assert_eq!(goal.effect, None);
        for answer in [&me, &why, &goal.answers[0]] {
            assert!(text(answer).starts_with("I answer this to people only."), "{answer:?}");
        }
    }
}

#[test]
fn what_clients_send_stays_within_what_is_known() {
    let world = World::new(&[(1, 19 * DAY, 7200)], &[]);
    let mut recent = Recent::default();
    let mut top = |scope, date: &str, page| {
        members::top(&world.asking(1), &mut recent, scope, date.parse().unwrap(), page).unwrap()
    };
    let today = world.today().to_string();
    assert_eq!(top(Scope::Day, "9999-12-31", 0), top(Scope::Day, &today, 0));
    assert_eq!(top(Scope::Day, &today, u32::MAX), top(Scope::Day, &today, 0));
    assert_eq!(top(Scope::Year, &today, 0), top(Scope::Month, &today, 0));
    let first = world.today() - chrono::Days::new(20);
    assert_eq!(top(Scope::Day, "1970-01-01", 0), top(Scope::Day, &first.to_string(), 0));
}

#[test]
fn a_hint_leads_to_the_private_chat_about_this_group() {
    let world = World::new(&[], &[]);
    let url = |asking: &Asking| format!("{:?}", members::hint(asking).buttons);
    let asking = world.asking(1);
    assert!(url(&asking).contains("https://t.me/study_bot?start=me-1"), "{}", url(&asking));
    assert!(members::hint(&Asking { bot: None, ..asking }).buttons.is_empty());
    let mut settings = world.config.group().clone();
    for (label, payload) in [("deep-work_2", "me-deep-work_2"), ("дом", "me-1")] {
        settings.label = Some(label.into());
        assert_eq!(members::start_payload(&Asking { settings: &settings, ..world.asking(1) }), payload);
    }
}
