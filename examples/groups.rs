//! What a tracker of many groups costs, in real time. Some groups have a call in which people join and leave, and the
//! account is also in a lively group that is not watched. Prints requests by method, CPU time, voluntary context
//! switches, resident memory, and how many seconds are wrong in the store. With `--posts`, also prints how long it
//! takes from the post time until the boards of all groups are in the outbox.
//!
//! Linux only: the figures are read from `/proc`. The fake-telegram runs in this process and the tracker in another, so
//! the tracker's figures are its own. A busy machine raises them, so the load average is printed too. With one group
//! there is no `groups.toml`.
//!
//! ```text
//! cargo build --release --bin swf --example groups
//! target/release/examples/groups
//! target/release/examples/groups --groups 500 --live 100 --moves 1200 --posts
//! target/release/examples/groups path/to/another/swf --groups 1 --live 1
//! ```

#![allow(clippy::disallowed_methods, reason = "a benchmark in real time")]

mod measured;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Parser;
use fake_telegram::{FakeTelegram, GroupHandle, GroupSpec, Id, Person};
use rusqlite::{Connection, OpenFlags};

use measured::{Cost, Error, Sample, Tracker};

/// The timeout until the tracker has read all calls.
const START_TIMEOUT: Duration = Duration::from_secs(300);
/// The time from then to the measurement.
const SETTLING_TIME: Duration = Duration::from_secs(20);
/// The timeout until the tracker has stored the ends of all calls.
const END_TIMEOUT: Duration = Duration::from_secs(60);
/// The timeout until all boards are posted.
const POSTS_TIMEOUT: Duration = Duration::from_secs(600);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// For how long everybody has been in the call when the tracker starts, in seconds; more than the gate.
const BEFORE: i64 = 1000;
const MINUTE: i64 = 60;

/// Measure what a tracker of many groups costs
#[derive(Parser)]
struct Args {
    /// The swf to measure; without it, the one that was built with this example
    swf: Option<PathBuf>,
    /// How many groups are watched
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    groups: u32,
    /// How many of them have a call
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    live: u32,
    /// How many people are in each call
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=5000))]
    people: u32,
    /// Joins and leaves a minute, of all calls together; without it, one for each call
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    moves: Option<u32>,
    /// Updates a second of the call of the group that is not watched
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    lively: u32,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// Let the boards of all groups fall due after that
    #[arg(long)]
    posts: bool,
}

fn main() -> Result<(), Error> {
    let args = Args::parse();
    let program = measured::program(args.swf.clone())?;
    let mut campus = Campus::open(&args);
    let (_, foreign) = campus.telegram.busy_group("Chess", campus.organiser);
    let _lively = campus.telegram.start_activity(foreign, Duration::from_secs(1) / args.lively);
    let posts_at = campus.time_of_posts(&args);
    let began = campus.telegram.now();
    let mut tracker = Tracker::start(&program, &campus.files(posts_at))?;

    let started = campus.await_watched(&mut tracker)?;
    println!("all {} calls were read {:.1} s after the start", campus.live(), started.as_secs_f64());
    campus.move_for(SETTLING_TIME);
    tracker.check(&campus.telegram)?;
    let before = Sample::take(tracker.id(), &campus.telegram)?;
    let moves = campus.moves;
    campus.move_for(Duration::from_secs(args.seconds.into()));
    let cost = Sample::take(tracker.id(), &campus.telegram)?.since(&before);
    tracker.check(&campus.telegram)?;
    print_cost(&args, &cost, campus.moves - moves)?;
    if args.posts {
        campus.await_posts(&mut tracker, posts_at)?;
    }
    campus.compare(tracker, began)
}

fn print_cost(args: &Args, cost: &Cost, moves: u64) -> Result<(), Error> {
    println!(
        "{} groups, {} calls of {} people, {moves} joins and leaves, {} updates/s of another group",
        args.groups,
        args.live.min(args.groups),
        args.people,
        args.lively
    );
    println!("{} s: {cost}; {}", args.seconds, measured::load()?);
    let a_minute = f64::from(args.seconds) / 60.0;
    println!("a minute: CPU {:.1} ms by thread", cost.thread_cpu.as_secs_f64() * 1e3 / a_minute);
    println!("a minute: {:.1} requests", cost.requests.total() as f64 / a_minute);
    for (method, count) in cost.requests.iter() {
        println!("  {method} {:.1}", count as f64 / a_minute);
    }
    Ok(())
}

/// A group, and the people in its call: all but at most one.
struct Hall {
    group: GroupHandle,
    people: Vec<Id>,
    next: usize,
    is_away: bool,
}

impl Hall {
    /// Creates a group, and starts its call if it has people.
    fn open(telegram: &FakeTelegram, organiser: Id, number: u32, people: u32) -> Self {
        let spec = GroupSpec::supergroup(&format!("Hall {number}")).member(organiser);
        // Most groups are private. @hall1 has a username, for the case without `groups.toml`.
        let spec = if number == 1 { spec.username("hall1") } else { spec };
        let name = |index| format!("Student {number}-{index}");
        let people: Vec<Id> = (1..=people).map(|index| telegram.person(Person::named(&name(index)))).collect();
        let group = telegram.add_group(spec.members(people.iter().copied()));
        if !people.is_empty() {
            group.start_call();
        }
        people.iter().for_each(|person| group.join_at(*person, telegram.now() - BEFORE));
        Self { group, people, next: 0, is_away: false }
    }

    /// The person who left last joins again, or else the next person leaves.
    fn move_somebody(&mut self) {
        let person = self.people[self.next];
        if self.is_away {
            self.group.join(person);
            self.next = (self.next + 1) % self.people.len();
        } else {
            self.group.leave(person);
        }
        self.is_away = !self.is_away;
    }
}

/// All groups. Those with a call come first.
struct Campus {
    telegram: FakeTelegram,
    organiser: Id,
    halls: Vec<Hall>,
    move_interval: Duration,
    next_move: Instant,
    /// How many joins and leaves there were.
    moves: u64,
}

impl Campus {
    fn open(args: &Args) -> Self {
        let telegram = FakeTelegram::start();
        let organiser = telegram.person(Person::named("Organiser"));
        let people = |number| if number <= args.live { args.people } else { 0 };
        let halls: Vec<Hall> =
            (1..=args.groups).map(|number| Hall::open(&telegram, organiser, number, people(number))).collect();
        let moves = args.moves.unwrap_or(args.live.min(args.groups));
        let move_interval = Duration::from_secs(60) / moves;
        Self { telegram, organiser, halls, move_interval, next_move: Instant::now() + move_interval / 2, moves: 0 }
    }

    fn live(&self) -> usize {
        self.halls.iter().filter(|hall| !hall.people.is_empty()).count()
    }

    /// A whole minute after the measurement; without `--posts`, a time that the benchmark does not reach.
    fn time_of_posts(&self, args: &Args) -> i64 {
        let wait = if args.posts { i64::from(args.seconds) + 3 * MINUTE } else { 6 * 60 * MINUTE };
        (self.telegram.now() + wait) / MINUTE * MINUTE
    }

    /// The home's files. It is noon in the groups' time zone, so that only `posts_at` makes a post due.
    fn files(&self, posts_at: i64) -> Vec<(&'static str, String)> {
        let hour = self.telegram.now() / 3600 % 24;
        let local = posts_at - (hour - 12) * 3600;
        let zone = format!("Etc/GMT{:+}", hour - 12);
        let time = format!("{:02}:{:02}", local / 3600 % 24, local / 60 % 60);
        let account = measured::account_settings(&self.telegram.login_string(self.organiser));
        if let [_] = &self.halls[..] {
            let group = format!(
                "TELEGRAM_GROUP_USERNAME=@hall1\nSWF_TIMEZONE={zone}\nSWF_POST_TIME={time}\nSWF_MIN_SESSION=0\n"
            );
            return vec![(".env.local", account + &group)];
        }
        let tables = self.halls.iter().enumerate().map(|(index, hall)| {
            let (number, id) = (index + 1, hall.group.id());
            format!(
                "[[group]]\nname = \"hall-{number}\"\nid = {id}\ntimezone = \"{zone}\"\npost_time = \"{time}\"\n\
                 min_session = 0\n\n"
            )
        });
        vec![(".env.local", account), ("groups.toml", tables.collect())]
    }

    /// Lets somebody join or leave when a move is due, in each call in turn.
    fn move_due(&mut self) {
        while self.next_move <= Instant::now() {
            let hall = self.moves % self.live() as u64;
            self.halls[hall as usize].move_somebody();
            self.moves += 1;
            self.next_move += self.move_interval;
        }
    }

    fn move_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while self.next_move < end {
            sleep(self.next_move.saturating_duration_since(Instant::now()));
            self.move_due();
        }
        sleep(end.saturating_duration_since(Instant::now()));
    }

    /// Waits until everybody is in the store; returns how long it took. Nobody may leave before: a stay that ended
    /// before the tracker saw it would count as wrong.
    fn await_watched(&mut self, tracker: &mut Tracker) -> Result<Duration, Error> {
        let begin = Instant::now();
        let expected = self.halls.iter().map(|hall| hall.people.len() as i64).sum();
        while count(tracker, "SELECT count(*) FROM stays")?.is_none_or(|stays| stays < expected) {
            tracker.check(&self.telegram)?;
            if begin.elapsed() > START_TIMEOUT {
                return Err(format!("swf did not read all calls in {START_TIMEOUT:?}\n{}", tracker.log()).into());
            }
            sleep(POLL_INTERVAL);
        }
        self.next_move = Instant::now() + self.move_interval / 2;
        Ok(begin.elapsed())
    }

    /// Waits for the time of the posts, and then until all are stored and sent.
    fn await_posts(&mut self, tracker: &mut Tracker, posts_at: i64) -> Result<(), Error> {
        const STORED: &str = "SELECT count(*) FROM deliveries WHERE lane = 'posts' AND kind = 'daily'";
        if self.telegram.now() >= posts_at {
            return Err("the posts fell due before the measurement was over".into());
        }
        while self.telegram.now() < posts_at {
            self.move_for(POLL_INTERVAL);
        }
        let begin = Instant::now();
        let (mut stored, mut sent) = (None, None);
        let groups = self.halls.len();
        while sent.is_none() {
            self.move_for(POLL_INTERVAL);
            tracker.check(&self.telegram)?;
            let rows = count(tracker, STORED)?.unwrap_or(0);
            let posts = self.halls.iter().filter(|hall| !hall.group.messages().is_empty()).count();
            if begin.elapsed() > POSTS_TIMEOUT {
                return Err(format!("{rows} of {groups} boards in the outbox, {posts} sent\n{}", tracker.log()).into());
            }
            stored = stored.or_else(|| (rows >= groups as i64).then(|| begin.elapsed()));
            sent = (posts == groups).then(|| begin.elapsed());
        }
        let [stored, sent] = [stored, sent].map(|time| time.unwrap_or(POSTS_TIMEOUT).as_secs_f64());
        println!("all {groups} boards: in the outbox after {stored:.1} s, sent after {sent:.1} s");
        Ok(())
    }

    /// Ends all calls, and compares the stays that the tracker has stored since `began` with the real ones.
    fn compare(self, tracker: Tracker, began: i64) -> Result<(), Error> {
        for hall in self.halls.iter().filter(|hall| hall.group.call().is_some()) {
            hall.group.end_call();
        }
        let begin = Instant::now();
        while count(&tracker, "SELECT count(*) FROM stays WHERE ended IS NULL")? != Some(0) {
            if begin.elapsed() > END_TIMEOUT {
                return Err(format!("swf did not see all calls end in {END_TIMEOUT:?}\n{}", tracker.log()).into());
            }
            sleep(POLL_INTERVAL);
        }
        let stored = stored_stays(&tracker.store())?;
        let blind = format!("SELECT COALESCE(sum(ended - max(started, {began})), 0) FROM blind WHERE ended > {began}");
        let blind = count(&tracker, &blind)?.unwrap_or(0);
        tracker.stop()?;
        let truth = self.truth();
        let total: i64 = truth.values().flatten().map(length).sum();
        let wrong = wrong_seconds(&truth, &stored);
        println!("{wrong} s wrong of {total} s; {blind} s blind");
        match wrong {
            0 => Ok(()),
            _ => Err("the store is wrong".into()),
        }
    }

    /// Everybody's real stays, from the server.
    fn truth(&self) -> Stays {
        let mut truth = Stays::new();
        for hall in &self.halls {
            for stay in hall.group.stays() {
                let until = stay.to.unwrap_or(self.telegram.now());
                truth.entry((hall.group.id(), stay.peer)).or_default().push((stay.from, until));
            }
        }
        truth
    }
}

/// The stays of each group and person, as half-open spans that do not overlap.
type Stays = BTreeMap<(Id, Id), Vec<(i64, i64)>>;

fn length(span: &(i64, i64)) -> i64 {
    (span.1 - span.0).max(0)
}

/// How many seconds are in only one of the two.
fn wrong_seconds(truth: &Stays, stored: &Stays) -> i64 {
    let total = |stays: &Stays| stays.values().flatten().map(length).sum::<i64>();
    let none = Vec::new();
    let common = |(who, spans): (&(Id, Id), &Vec<(i64, i64)>)| -> i64 {
        let others = stored.get(who).unwrap_or(&none);
        let overlap = |a: &(i64, i64), b: &(i64, i64)| length(&(a.0.max(b.0), a.1.min(b.1)));
        spans.iter().flat_map(|span| others.iter().map(move |other| overlap(span, other))).sum()
    };
    total(truth) + total(stored) - 2 * truth.iter().map(common).sum::<i64>()
}

/// Opens the store for reading; `None` if there is none yet.
fn open(store: &Path) -> Result<Option<Connection>, Error> {
    if !store.is_file() {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(Some(connection))
}

/// A number from the store; `None` if it has no tables yet.
fn count(tracker: &Tracker, query: &str) -> Result<Option<i64>, Error> {
    let Some(store) = open(&tracker.store())? else { return Ok(None) };
    if !store.table_exists(None, "deliveries")? {
        return Ok(None);
    }
    Ok(Some(store.query_row(query, [], |row| row.get(0))?))
}

fn stored_stays(store: &Path) -> Result<Stays, Error> {
    let store = open(store)?.ok_or("there is no store")?;
    let mut query = store.prepare(
        "SELECT groups.peer, stays.peer, stays.started, stays.ended FROM stays JOIN groups ON groups.id = stays.grp",
    )?;
    let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?;
    let mut stays = Stays::new();
    for row in rows {
        let (who, span) = row?;
        stays.entry(who).or_default().push(span);
    }
    Ok(stays)
}
