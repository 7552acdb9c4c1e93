//! How fast boards are.
//!
//! `cargo bench --bench boards` measures in this process. `cargo bench --bench boards -- --generate STAYS DIR` writes a
//! home with a store of so many stays, for figures of the whole program (a third value is the id of the first of its people):
//! `hyperfine 'swf --home DIR leaderboard month --date 2026-06-15'`.
//! `cargo bench --bench boards -- --person-history DIR` measures there how long the index of people's stays takes to build,
//! and one person's history and everybody's streaks without it and with it.

use std::path::Path;

use rusqlite::Connection;
use swf::app::people::{self, Whose};
use swf::config::Config;
use swf::domain::accounting::leaderboard::{Policy, Record, board};
use swf::domain::accounting::presence::{SessionRules, Stay};
use swf::domain::accounting::unwatched::ReadTime;
use swf::domain::time::period::{Calendar, Period, Scope};
use swf::domain::time::zone::Zone;
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Store};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--person-history") {
        return person_history(Path::new(args.get(at + 1).expect("--person-history DIR")));
    }
    match args.iter().position(|arg| arg == "--generate").map(|at| &args[at + 1..]) {
        Some([stays, home, rest @ ..]) => {
            let first = rest.first().and_then(|first| first.parse().ok()).unwrap_or(1);
            generate(stays.parse().expect("a number of stays"), Path::new(home), first);
        }
        Some(_) => panic!("--generate STAYS DIR"),
        None => divan::main(),
    }
}

/// How many people the group has.
const PEOPLE: u64 = 2000;
/// The stays are spread evenly over three years, a call a day.
const DAYS: i64 = 3 * 365;
/// The first of them, 2024-01-01 in UTC.
const FIRST: i64 = 1_704_067_200;

/// Numbers without a pattern, the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Stays in order of their end: call, peer, start and end.
fn stays(count: u64) -> impl Iterator<Item = (i64, i64, i64, i64)> {
    let mut numbers = Numbers(0x5eed);
    let mut ends = vec![FIRST; PEOPLE as usize];
    (0..count).map(move |index| {
        let day = (index as i128 * i128::from(DAYS) / i128::from(count)) as i64;
        let peer = numbers.below(PEOPLE);
        let earliest = ends[peer as usize].max(FIRST + day * 86_400);
        let from = earliest + numbers.below(3600) as i64;
        let to = from + 60 + numbers.below(1800) as i64;
        ends[peer as usize] = to;
        (day + 1, peer as i64 + 1, from, to)
    })
}

fn generate(count: u64, home: &Path, first: i64) {
    let path = home.join("var").join("study.db");
    std::fs::create_dir_all(home.join("var")).expect("the folder can be made");
    let mut store = Store::open(&path, Access::Write).expect("the store can be made");
    store.group(PeerId(-1_001_000_000_001), None, "Study Hall", Some("studyhall"), PeerId(1)).expect("a group");
    drop(store);
    let mut db = Connection::open(&path).expect("the store opens");
    let all = db.transaction().expect("a transaction");
    {
        let mut call = all
            .prepare("INSERT OR IGNORE INTO calls (grp, call, followed, ended, watched) VALUES (1, ?1, ?2, ?2, 1)")
            .expect("SQL");
        let mut stay = all
            .prepare("INSERT INTO stays (grp, call, peer, joined, started, seen, ended, ending) VALUES (1, ?1, ?2, ?3, ?3, ?4, ?4, 'left')")
            .expect("SQL");
        let mut person = all
            .prepare(
                "INSERT INTO people (grp, peer, username, name, bot, deleted, seen) VALUES (1, ?1, NULL, ?2, 0, 0, 0)",
            )
            .expect("SQL");
        for peer in 1..=PEOPLE as i64 {
            person.execute((first - 1 + peer, format!("Person {peer}"))).expect("a person");
        }
        let mut last = 0;
        for (id, peer, from, to) in stays(count) {
            if id != last {
                call.execute([id, from]).expect("a call");
                last = id;
            }
            stay.execute([id, first - 1 + peer, from, to]).expect("a stay");
        }
        all.execute("UPDATE groups SET longest_stay = (SELECT max(ended - started) FROM stays)", []).expect("SQL");
        all.execute("INSERT INTO watches (grp, started, confirmed) SELECT 1, min(started), max(ended) FROM stays", [])
            .expect("SQL");
    }
    all.commit().expect("it is written");
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;").expect("it is written");
}

/// How long one person's history and everybody's streaks take, before the index is built and after.
fn person_history(home: &Path) {
    let mut store = Store::open(&home.join("var").join("study.db"), Access::Write).expect("the store opens");
    let config = Config::load(Some(home.to_owned()), home, []).expect("the settings can be read");
    let (settings, group) = (config.group(), store.groups().expect("groups").remove(0).key);
    let until = "2026-12-30".parse().expect("a date");
    let now = ReadTime { at: Instant(FIRST + DAYS * 86_400), tracked_since: None };
    for built in [false, true] {
        if built {
            timed("building the index", || store.build_person_index(|| true).expect("it is built"));
        }
        let known = people::known(&store, settings, group).expect("people");
        for person in [PeerId(1), PeerId(1000)] {
            let achieved = || people::achieved(&store, settings, group, &known, person, until, now).expect("a history");
            timed(&format!("{person}: history, first"), achieved);
            timed(&format!("{person}: history, again"), achieved);
        }
        timed("the streaks of a post", || {
            people::marks(&store, settings, group, until, now, Whose::Chosen).expect("streaks")
        });
        timed("everybody's streaks", || people::streaks(&store, settings, group, until, now).expect("streaks").0.len());
    }
}

#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn timed<T>(what: &str, work: impl FnOnce() -> T) {
    let start = std::time::Instant::now();
    std::hint::black_box(work());
    println!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1000.0);
}

fn stay((call, peer, from, to): (i64, i64, i64, i64)) -> Stay {
    Stay { call: CallId(call), peer: PeerId(peer), span: Span::new(Instant(from), Instant(to)), open: false }
}

/// The month that begins with the first stay.
fn first_month() -> Period {
    Period::of(Scope::Month, "2024-01-15".parse().expect("a date"), Zone::TASHKENT, Calendar::default())
}

/// A month's board of so many stays, without reading them.
#[divan::bench(args = [1_000, 30_000, 300_000])]
fn month(bencher: divan::Bencher, count: u64) {
    // So many that the first month has `count`.
    run(bencher, first_month(), stays(count * 36).take(count as usize).map(stay).collect());
}

/// A board of all time, without reading the stays.
#[divan::bench(args = [1_000_000, 10_000_000], sample_count = 5, sample_size = 1)]
fn all_time(bencher: divan::Bencher, count: u64) {
    let span = Span::new(Instant(0), Instant(i64::MAX));
    run(bencher, Period { span, ..first_month() }, stays(count).map(stay).collect());
}

fn run(bencher: divan::Bencher, period: Period, stays: Vec<Stay>) {
    let record = Record { stays, ..Record::default() };
    let policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
    bencher.bench(|| board(period, Instant(i64::MAX), &record, policy));
}
