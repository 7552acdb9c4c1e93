//! How quickly people get answers in the chat, in real time, and how much this delays the tracking of the call. It uses
//! the store that `cargo bench --bench boards -- --generate 10000000 DIR 5000000002` writes.
//!
//! First, people ask one after the other; then many ask at once while people join and leave. It measures the time from
//! each message to its answer, and the time from each join until it is stored, with and without questions. It also
//! measures a post that is requested in the middle.
//!
//! Linux only. The fake-telegram runs in this process and the tracker in another, on the same processors.
//!
//! ```text
//! cargo build --release --bin swf --example chat
//! target/release/examples/chat DIR/var/study.db
//! ```

#![allow(clippy::disallowed_methods, reason = "a benchmark in real time")]

mod measured;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use clap::Parser;
use fake_telegram::{FakeTelegram, Id, Person};
use rusqlite::{Connection, OpenFlags};

use measured::{Error, Tracker};

/// How many people are in the store.
const PEOPLE: usize = 2000;
/// When the last stays in the store have ended: 2026-12-31.
const NOW: i64 = 1_798_675_200 + 3600;
const POLL_INTERVAL: Duration = Duration::from_micros(500);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const START_TIMEOUT: Duration = Duration::from_secs(300);
const COMMANDS: [&str; 3] = ["/me", "/top week", "/why yesterday"];

/// Measure how quickly people are answered
#[derive(Parser)]
struct Args {
    /// The store
    store: PathBuf,
    /// The swf to measure; without it, the one that was built with this example
    #[arg(long)]
    swf: Option<PathBuf>,
    /// How many people ask one after the other
    #[arg(long, default_value_t = 300)]
    asks: usize,
    /// How many commands are sent in the crowded minute
    #[arg(long, default_value_t = 10_000)]
    crowd: usize,
    /// How long the crowd asks, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

struct Hall {
    telegram: FakeTelegram,
    group: Id,
    bot: Id,
    call: i64,
    people: Vec<Id>,
}

fn main() -> Result<(), Error> {
    let args = Args::parse();
    let program = measured::program(args.swf.clone())?;
    let hall = Arc::new(Hall::open());
    let mut tracker = hall.track(&program, &args.store)?;
    hall.await_connected(&mut tracker)?;

    let mut times = Vec::new();
    for index in 0..args.asks {
        times.push(hall.ask(hall.people[index % PEOPLE], COMMANDS[index % COMMANDS.len()])?);
    }
    print("answers, one after the other", times);

    let quiet = hall.joins(&tracker, Duration::from_secs(20))?;
    print("joins until they are stored, nobody asks", quiet);

    let (ends, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let crowd = {
        let (hall, ends, asked) = (Arc::clone(&hall), Arc::clone(&ends), Arc::clone(&asked));
        let pause = Duration::from_secs(args.seconds) / u32::try_from(args.crowd)?;
        spawn(move || {
            let began = Instant::now();
            for index in 0.. {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                hall.telegram.say(hall.people[index % PEOPLE], hall.bot, COMMANDS[index % COMMANDS.len()]);
                asked.fetch_add(1, Ordering::Relaxed);
                sleep((pause * (index as u32 + 1)).saturating_sub(began.elapsed()));
            }
        })
    };
    let before = hall.answers();
    // In the middle, somebody asks for a post.
    let post = {
        let (hall, flag) = (Arc::clone(&hall), tracker.home().join("post_now.flag"));
        let middle = Duration::from_secs(args.seconds) / 2;
        spawn(move || {
            sleep(middle);
            hall.post(&flag)
        })
    };
    let crowded = hall.joins(&tracker, Duration::from_secs(args.seconds))?;
    ends.store(true, Ordering::Relaxed);
    crowd.join().map_err(|_| "the crowd broke down")?;
    print("joins until they are stored, everybody asks", crowded);
    let post = post.join().map_err(|_| "the post broke down")??;
    println!("a post that was asked for meanwhile: {:.1} s", post.as_secs_f64());
    let answered = hall.answers() - before;
    println!("{} commands in {} s, {answered} answered by their end", asked.load(Ordering::Relaxed), args.seconds);
    println!("{}", measured::load()?);
    tracker.check(&hall.telegram)?;
    tracker.stop()
}

impl Hall {
    fn open() -> Hall {
        let telegram = FakeTelegram::start_at(NOW);
        let organiser = telegram.person(Person::named("Olga"));
        let people: Vec<Id> =
            (1..=PEOPLE).map(|number| telegram.person(Person::named(&format!("Person {number}")))).collect();
        let group = telegram.supergroup("Study Hall", Some("studyhall"));
        let bot = telegram.person(Person::named("Study bot").username("study_bot").bot());
        for member in people.iter().chain([&organiser, &bot]) {
            telegram.add_member(group, *member);
        }
        let call = telegram.start_call(group);
        telegram.join(call, organiser);
        Hall { telegram, group, bot, call, people }
    }

    /// Starts a tracker of this group with a copy of the store.
    fn track(&self, program: &Path, store: &Path) -> Result<Tracker, Error> {
        let home = tempfile::tempdir()?;
        let copy = home.path().join("var/study.db");
        std::fs::create_dir_all(home.path().join("var"))?;
        std::fs::copy(store, &copy)?;
        let db = Connection::open(&copy)?;
        db.execute("UPDATE groups SET peer = ?1", [self.group])?;
        db.close().map_err(|(_, error)| error)?;
        let organiser = self.people[0] - 1;
        let settings = measured::account_settings(&self.telegram.login_string(organiser))
            + &format!(
                "TELEGRAM_GROUP_USERNAME=@studyhall\nTELEGRAM_BOT_TOKEN={}\nTG_BOT_STRING_SESSION={}\n",
                self.telegram.bot_token(self.bot),
                self.telegram.login_string(self.bot)
            );
        Tracker::start_in(home, program, &[(".env.local", settings)])
    }

    /// Waits until the bot is connected.
    fn await_connected(&self, tracker: &mut Tracker) -> Result<(), Error> {
        let end = Instant::now() + START_TIMEOUT;
        while self.telegram.counts().of("bots.getBotCommands") == 0 {
            tracker.check(&self.telegram)?;
            if Instant::now() > end {
                return Err(format!("the bot is not connected\n{}", tracker.log()).into());
            }
            sleep(Duration::from_millis(50));
        }
        // The index of people's stays is built after the tracker has first seen the call.
        sleep(Duration::from_secs(30));
        Ok(())
    }

    /// How long it takes from a flag file until the group has its post. The tracker looks for the file once a second.
    fn post(&self, flag: &Path) -> Result<Duration, Error> {
        let began = Instant::now();
        std::fs::write(flag, "")?;
        while self.telegram.messages(self.group).is_empty() {
            if began.elapsed() > ANSWER_TIMEOUT {
                return Err("the post does not come".into());
            }
            sleep(POLL_INTERVAL);
        }
        Ok(began.elapsed())
    }

    fn answers(&self) -> u64 {
        self.telegram.counts().of("messages.sendMessage")
    }

    /// How long it takes until a command is answered.
    fn ask(&self, person: Id, command: &str) -> Result<Duration, Error> {
        let count = || self.telegram.chat(person, self.bot).iter().filter(|message| message.from == self.bot).count();
        let before = count();
        let began = Instant::now();
        self.telegram.say(person, self.bot, command);
        while count() == before {
            if began.elapsed() > ANSWER_TIMEOUT {
                return Err(format!("{command} is not answered").into());
            }
            sleep(POLL_INTERVAL);
        }
        Ok(began.elapsed())
    }

    /// How long each of some joins, five per second, takes until it is stored.
    fn joins(&self, tracker: &Tracker, time: Duration) -> Result<Vec<Duration>, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(tracker.store(), flags)?;
        let mut is_open = db.prepare("SELECT 1 FROM stays WHERE peer = ?1 AND ended IS NULL")?;
        let (mut times, began) = (Vec::new(), Instant::now());
        for person in self.people.iter().cycle().take_while(|_| began.elapsed() < time) {
            let joined = Instant::now();
            self.telegram.join(self.call, *person);
            while !is_open.exists([*person])? {
                sleep(POLL_INTERVAL);
            }
            times.push(joined.elapsed());
            self.telegram.leave(self.call, *person);
            sleep(Duration::from_millis(200).saturating_sub(joined.elapsed()));
        }
        Ok(times)
    }
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: {} of them, median {:.1} ms, 95 % {:.1} ms, longest {:.1} ms",
        times.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}
