//! Random decisions of people and corrections of the organiser, in any order: all surfaces agree with each other and
//! with counting spans, and no file contains anything of a forgotten person (rules §2.6, §2.17, §7, §8).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::Value;
use swf::config::Config;
use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::time::interval::SpanSet;
use swf::domain::time::period::{iso, local_date};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Store};
use swf::web::viewer::Grant;

use crate::forgetting::traces;
use crate::home::{START, command};
use crate::model::share;
use crate::pages::{ask, pages, set_time, text};
use crate::site;

const PEOPLE: usize = 4;
const DAY: i64 = 86_400;
/// Midnight, four days before the end of all stays.
const FIRST: Instant = Instant(START - START % DAY);

/// A step. Indices of people and corrections are taken modulo their number.
#[derive(Clone, Debug)]
enum Step {
    Hide(usize),
    Show(usize),
    Name(usize),
    Leave(usize),
    Return(usize),
    Forget(usize),
    Alias(usize, usize),
    Unalias(usize),
    /// Person, whether time is added or removed, the start in hours, the length in minutes.
    Adjust(usize, bool, i64, i64),
    Undo(usize),
    Copy,
    Restore,
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE;
    prop_oneof![
        1 => who().prop_map(Step::Hide),
        1 => who().prop_map(Step::Show),
        1 => who().prop_map(Step::Name),
        1 => who().prop_map(Step::Leave),
        1 => who().prop_map(Step::Return),
        1 => who().prop_map(Step::Forget),
        2 => (who(), who()).prop_map(|(one, other)| Step::Alias(one, other)),
        1 => who().prop_map(Step::Unalias),
        3 => (who(), any::<bool>(), 0..80i64, 1..600i64).prop_map(|(who, add, hour, minutes)| Step::Adjust(who, add, hour, minutes)),
        1 => (0..4usize).prop_map(Step::Undo),
        1 => Just(Step::Copy),
        1 => Just(Step::Restore),
    ]
}

/// The expected contents of a store.
#[derive(Clone, Debug, Default)]
struct Model {
    /// Account → the account that stands for it.
    aliases: BTreeMap<usize, usize>,
    /// Account, whether it adds time, span, whether it is still in force.
    corrections: Vec<(usize, bool, Span, bool)>,
    hidden: BTreeSet<usize>,
    named: BTreeSet<usize>,
}

impl Model {
    fn person(&self, account: usize) -> usize {
        self.aliases.get(&account).copied().unwrap_or(account)
    }

    fn accounts(&self, person: usize) -> Vec<usize> {
        (0..PEOPLE).filter(|account| self.person(*account) == self.person(person)).collect()
    }

    /// The time that counts for a person.
    fn credit(&self, stays: &[Vec<Span>], person: usize) -> SpanSet {
        let own = self.accounts(person);
        let mut credit = SpanSet::union(own.iter().flat_map(|account| stays[*account].clone()));
        for (account, adds, span, holds) in &self.corrections {
            if *holds && own.contains(account) {
                let span = SpanSet::union([*span]);
                credit = if *adds { SpanSet::union(credit.iter().chain(span.iter())) } else { credit.without(&span) };
            }
        }
        credit
    }

    /// Each person's seconds in a span, the most first.
    fn seconds(&self, stays: &[Vec<Span>], span: Span) -> Vec<(usize, i64)> {
        let people: BTreeSet<usize> = (0..PEOPLE).map(|account| self.person(account)).collect();
        let mut rows: Vec<(usize, i64)> = people
            .into_iter()
            .map(|person| (person, self.credit(stays, person).clip(span).seconds()))
            .filter(|(_, seconds)| *seconds > 0)
            .collect();
        rows.sort_by_key(|(_, seconds)| -seconds);
        rows
    }
}

/// Large enough that its bytes do not occur anywhere by chance.
fn account(number: usize) -> PeerId {
    PeerId(0x5a_1337_0000 + 0x0101_0101 * number as i64)
}

fn name(number: usize) -> String {
    format!("Persephone the {number}th")
}

fn username(number: usize) -> String {
    format!("persephone{number}x")
}

struct World {
    home: tempfile::TempDir,
    copies: tempfile::TempDir,
    config: Config,
    stays: Vec<Vec<Span>>,
    model: Model,
    copy: Option<(PathBuf, Model)>,
    /// People who were forgotten; restoring a backup does not bring them back.
    forgotten: BTreeSet<usize>,
    steps: usize,
}

impl World {
    /// `asked`: account, start in minutes after the first midnight, length in minutes.
    fn new(asked: &[(usize, i64, i64)]) -> World {
        let home = tempfile::tempdir().unwrap();
        let settings = "SWF_TIMEZONE=UTC\nSWF_MIN_SESSION=0\nSWF_REJOIN_GRACE=0\nSWF_TRACK_SELF=true\n";
        std::fs::write(home.path().join(".env.local"), settings).unwrap();
        let config = Config::load(Some(home.path().to_owned()), home.path(), []).unwrap();
        std::fs::create_dir_all(config.home().store().parent().unwrap()).unwrap();
        let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
        let group = store.group(PeerId(-100), None, "Study", None, PeerId(1)).unwrap();
        let mut stays: Vec<Vec<Span>> = vec![Vec::new(); PEOPLE];
        let mut facts = vec![Fact::Following { call: CallId(7), at: FIRST }];
        for &(who, from, minutes) in asked {
            let free = stays[who].last().map_or(FIRST, |last: &Span| last.to + 60);
            let from = free.max(FIRST + from * 60);
            let to = (from + minutes * 60).min(FIRST + 4 * DAY - 1);
            if from < to {
                let (call, peer) = (CallId(7), account(who));
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
                stays[who].push(Span::new(from, to));
            }
        }
        let people = (0..PEOPLE).map(|number| {
            let peer = account(number);
            let username = Some(username(number));
            Known { profile: Profile { name: name(number), username, ..Profile::unknown(peer) }, access_hash: Some(9) }
        });
        let end = FIRST + 4 * DAY;
        let watched = Some(Span::new(FIRST, end));
        let seen = Observed { facts, people: people.collect(), watched, at: end };
        store.record(group, &seen, &[]).unwrap();
        drop(store);
        set_time(&config, end + 100);
        let (copies, model) = (tempfile::tempdir().unwrap(), Model::default());
        World { home, copies, config, stays, model, copy: None, forgotten: BTreeSet::new(), steps: 0 }
    }

    fn run(&self, args: &[&str]) -> Vec<u8> {
        let output = command(self.home.path(), args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_slice(&self.run(args)).unwrap()
    }

    fn take(&mut self, step: &Step) {
        self.steps += 1;
        let id = |who: usize| account(who).to_string();
        let is_gone = |who: &usize| self.forgotten.contains(who);
        match *step {
            Step::Hide(who) if !is_gone(&who) => {
                self.run(&["person", "hide", &id(who)]);
                self.model.hidden.extend(self.model.accounts(who));
            }
            Step::Show(who) if !is_gone(&who) => {
                self.run(&["person", "show", &id(who)]);
                let own = self.model.accounts(who);
                self.model.hidden.retain(|hidden| !own.contains(hidden));
            }
            Step::Name(who) if !is_gone(&who) => {
                self.run(&["person", "name", &id(who), &format!("Falcon {}", self.steps)]);
                self.model.named.extend(self.model.accounts(who));
            }
            // All stays have ended before this.
            Step::Leave(who) if !is_gone(&who) => drop(self.run(&["person", "leave", &id(who)])),
            Step::Return(who) if !is_gone(&who) => drop(self.run(&["person", "return", &id(who)])),
            Step::Forget(who) if !is_gone(&who) => {
                self.run(&["person", "forget", &id(who), "--now", "--yes"]);
                self.forgotten.extend(self.model.accounts(who));
            }
            Step::Alias(one, other)
                if one != other
                    && ![one, other].iter().any(is_gone)
                    && self.model.person(one) == one
                    && self.model.accounts(other) == [other] =>
            {
                self.run(&["alias", "add", &id(one), &id(other)]);
                self.model.aliases.insert(other, one);
            }
            Step::Unalias(who) if !is_gone(&who) && self.model.person(who) != who => {
                self.run(&["alias", "remove", &id(who)]);
                self.model.aliases.remove(&who);
            }
            Step::Adjust(who, adds, hour, minutes) if !is_gone(&who) => {
                let from = FIRST + hour * 3600;
                let span = Span::new(from, from + minutes * 60);
                let [from, to] = [span.from, span.to].map(|at| iso(self.config.group().zone, at));
                let operation = if adds { "--add" } else { "--remove" };
                let reason = format!("{} forgot it", name(who));
                self.run(&["adjust", &id(who), operation, &from, &to, "--reason", &reason, "--yes"]);
                self.model.corrections.push((who, adds, span, true));
            }
            Step::Undo(which) if !self.model.corrections.is_empty() => {
                let which = which % self.model.corrections.len();
                let correction = &mut self.model.corrections[which];
                if std::mem::take(&mut correction.3) {
                    self.run(&["adjust", "undo", &(which + 1).to_string(), "--yes"]);
                }
            }
            Step::Copy => {
                let file = self.copies.path().join(format!("{}.db", self.steps));
                self.run(&["backup", &file.to_string_lossy()]);
                self.copy = Some((file, self.model.clone()));
            }
            Step::Restore => {
                if let Some((file, model)) = self.copy.clone() {
                    self.run(&["backup", "--restore", &file.to_string_lossy()]);
                    self.model = model;
                }
            }
            _ => {}
        }
    }

    /// Whether others see the person's name.
    fn is_shown(&self, person: usize) -> bool {
        let of_any = |set: &BTreeSet<usize>| self.model.accounts(person).iter().any(|account| set.contains(account));
        ![&self.model.hidden, &self.model.named, &self.forgotten].into_iter().any(of_any)
    }

    fn days() -> impl Iterator<Item = NaiveDate> {
        local_date("UTC".parse().unwrap(), FIRST).iter_days().take(4)
    }

    fn agrees(&self) {
        self.run(&["audit"]);
        let pages = pages(&self.config);
        let mut exported: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for row in csv::Reader::from_reader(&self.run(&["export", "boards"])[..]).deserialize() {
            let row: BTreeMap<String, String> = row.unwrap();
            exported.entry(row["date"].clone()).or_default().push(row["seconds"].parse().unwrap());
        }
        for (date, from) in Self::days().zip((0..).map(|day| FIRST + day * DAY)) {
            let day = date.to_string();
            let expected = self.model.seconds(&self.stays, Span::new(from, from + DAY));
            let seconds: Vec<i64> = expected.iter().map(|(_, seconds)| *seconds).collect();
            assert_eq!(exported.remove(&day).unwrap_or_default(), seconds, "export boards of {day}");
            let board = self.json(&["leaderboard", "day", "--date", &day, "--json"]);
            let entries = board["entries"].as_array().unwrap();
            let rank = |seconds: i64| 1 + expected.iter().filter(|(_, more)| *more > seconds).count();
            let rows: Vec<(i64, i64)> =
                entries.iter().map(|row| (row["rank"].as_i64().unwrap(), row["seconds"].as_i64().unwrap())).collect();
            assert_eq!(rows, seconds.iter().map(|seconds| (rank(*seconds) as i64, *seconds)).collect::<Vec<_>>());
            let page = text(ask(&pages, &format!("/g/group/day/{day}.json"), Some(Grant::Owner)));
            assert_eq!(serde_json::from_str::<Value>(&page).unwrap(), board, "the page of {day}");
            let html = text(ask(&pages, &format!("/g/group/day/{day}"), Some(Grant::Owner)));
            for (person, seconds) in expected {
                let texts = [board.to_string(), html.clone()];
                let says = |what: &str| texts.iter().any(|text| text.contains(what));
                let id = account(person).to_string();
                let is_shown = self.is_shown(person);
                for own in self.model.accounts(person).into_iter().filter(|_| !is_shown) {
                    assert!(!says(&name(own)) && !says(&username(own)) && !says(&account(own).to_string()), "{own}");
                }
                if is_shown {
                    assert!(says(&name(person)), "{person} is on no board of {day}");
                }
                if !self.forgotten.contains(&person) {
                    let why = self.json(&["why", &id, "--date", &day, "--json"]);
                    assert_eq!(why["seconds"], seconds, "why {person} on {day}");
                }
            }
        }
        assert!(exported.is_empty(), "{exported:?}");
        for gone in &self.forgotten {
            let found = traces(self.home.path(), account(*gone).0, &name(*gone), &username(*gone));
            assert!(found.is_empty(), "{gone} is in {found:?}");
        }
    }
}

proptest! {
    #![proptest_config(share(4))]
    #[test]
    fn every_surface_agrees_whatever_people_decide_and_the_organiser_corrects(
        stays in proptest::collection::vec((0..PEOPLE, 0..5400i64, 1..400i64), 1..12),
        steps in proptest::collection::vec(step(), 1..14),
    ) {
        let mut world = World::new(&stays);
        for step in &steps {
            world.take(step);
        }
        world.agrees();
        site::agree(&world.config, &|args| world.run(args));
    }
}
