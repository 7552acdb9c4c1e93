//! The whole of swf in half a minute: no account, no configuration.
//!
//! A Telegram of our own runs on loopback; the real tracker watches a study call in it, survives a network cut, and
//! posts. All files are in a temporary folder that is removed at the end.

use std::path::Path;
use std::thread::{self, sleep};
use std::time::Duration;

use clap::Parser;
use fake_telegram::{FakeTelegram, Id, Person};
use swf::cli::{Cli, Command};
use swf::commands::{context::Context, track};
use swf::tracker::{self, Options};
use tokio_util::sync::CancellationToken;

/// Names as they occur in study groups.
const PEOPLE: [&str; 12] = [
    "Dilnoza Karimova",
    "Тимур Алиев",
    "Ada Lovelace",
    "محمد عبد الله",
    "Jasur 📚",
    "Sofía O’Connor",
    "李小龍",
    "𝓜𝓪𝓭𝓲𝓷𝓪",
    "Łukasz Nowak",
    "Zoë",
    "Bekzod",
    "さくら",
];

/// How many minutes before the live part the first person joined.
const FIRST_JOIN: i64 = 185;

/// How long the live part lasts.
const LIVE: Duration = Duration::from_secs(20);

const HOUR: i64 = 3600;

type Error = Box<dyn std::error::Error + Send + Sync>;

struct Demo<'a> {
    telegram: &'a FakeTelegram,
    group: Id,
    people: Vec<Id>,
    home: &'a Path,
    settings: [(String, String); 4],
}

fn main() -> Result<(), Error> {
    // Two days ahead of the system clock, at 20:00 in Tashkent: Telegram's clock decides all times.
    swf::platform::clock::accept_any_date();
    let now = swf::platform::clock::Clock::new(0).now().0;
    let telegram = FakeTelegram::start_at((now / (24 * HOUR) + 2) * 24 * HOUR + 15 * HOUR);
    let home = tempfile::tempdir()?;
    let group = telegram.supergroup("Study Hall", Some("studyhall"));
    let people: Vec<Id> = PEOPLE.iter().map(|name| telegram.person(Person::named(name))).collect();
    people.iter().for_each(|person| telegram.add_member(group, *person));
    let login = telegram.login_string(people[0]);
    let settings = [
        ("TELEGRAM_API_ID", "1"),
        ("TG_STRING_SESSION", &login),
        ("TELEGRAM_GROUP_USERNAME", "@studyhall"),
        ("SWF_BACKFILL_DAYS", "0"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let demo = Demo { telegram: &telegram, group, people, home: home.path(), settings };

    say("A Telegram of our own listens on loopback. Two evenings of study pass at high speed…");
    demo.evening(&[(0, 0, 3), (1, 0, 2), (2, 1, 3), (4, 0, 1)], 60)?;
    // The third call begins before a tracker watches: Telegram's join dates prove who was in it.
    demo.evening(&[(1, 0, 3), (2, 0, 2), (3, 1, 2), (5, 0, 1)], FIRST_JOIN * 60 + 60)?;

    say("…and now the third one, live: swf track");
    demo.live()?;
    for period in ["day", "week", "month"] {
        say(&format!("swf leaderboard {period}"));
        demo.swf(&["leaderboard", period])?;
    }
    say("swf post --now");
    demo.swf(&["post", "--now"])?;
    say("What the group received:");
    for message in telegram.messages(group) {
        for line in message.text.lines() {
            println!("  │ {line}");
        }
    }
    let wrong = telegram.violations();
    if !wrong.is_empty() {
        return Err(format!("Telegram would have complained: {wrong:?}").into());
    }
    Ok(())
}

fn say(text: &str) {
    println!("\n» {text}\n");
}

impl Demo<'_> {
    fn cli(&self, args: &[&str]) -> Cli {
        let home = self.home.display().to_string();
        Cli::parse_from(["swf", "--home", &home].iter().chain(args))
    }

    fn swf(&self, args: &[&str]) -> Result<(), Error> {
        Ok(swf::cli::run(self.cli(args), self.settings.clone())?)
    }

    /// Runs `swf track` while `happen` runs.
    fn track(&self, happen: impl FnOnce() + Send) -> Result<(), Error> {
        let Cli { global, command: Command::Track(args) } = self.cli(&["track"]) else {
            return Err("not a tracker".into());
        };
        let context = Context::new(global, self.settings.clone())?;
        self.beside(happen, |stop| Ok(track::watch(&args, &context, stop)?))
    }

    /// Runs the tracker without output, while `happen` runs.
    fn track_silently(&self, happen: impl FnOnce() + Send) -> Result<(), Error> {
        let context = Context::new(self.cli(&["track"]).global, self.settings.clone())?;
        context.make_home()?;
        let runtime = tokio::runtime::Runtime::new()?;
        self.beside(happen, |stop| {
            let options = Options::default();
            Ok(runtime.block_on(tracker::run(&context.config, options, stop, |_| {}))?.end?)
        })
    }

    fn beside(
        &self,
        happen: impl FnOnce() + Send,
        watch: impl FnOnce(&CancellationToken) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let stop = CancellationToken::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                happen();
                stop.cancel();
            });
            watch(&stop)
        })
    }

    /// An evening of three hours; each stay is a person, the hour of the join, and the hour of the leave. Then the
    /// tracker runs until `away` seconds before the next evening.
    fn evening(&self, stays: &[(usize, i64, i64)], away: i64) -> Result<(), Error> {
        let call = self.telegram.start_call(self.group);
        self.track_silently(|| {
            for hour in 0..3 {
                for (person, from, to) in stays {
                    if *from == hour {
                        self.telegram.join(call, self.people[*person]);
                    }
                    if *to == hour {
                        self.telegram.leave(call, self.people[*person]);
                    }
                }
                self.seen();
                self.telegram.advance(HOUR);
            }
            self.telegram.end_call(call);
            self.seen();
            self.telegram.advance(21 * HOUR - away);
            // The updates of another call let the tracker confirm the group.
            self.telegram.end_call(self.telegram.start_call(self.group));
            self.seen();
        })?;
        self.telegram.advance(away);
        Ok(())
    }

    /// Waits until the tracker's last confirmed instant is not before now.
    fn seen(&self) {
        let now = self.telegram.now();
        let look = || -> Option<i64> {
            let text = std::fs::read_to_string(self.home.join("tracker_state.json")).ok()?;
            serde_json::from_str::<serde_json::Value>(&text).ok()?["last_seen"].as_i64()
        };
        for _ in 0..2000 {
            if look().is_some_and(|last| last >= now) {
                return;
            }
            sleep(Duration::from_millis(5));
        }
    }

    /// Joins, leaves, and a network cut.
    fn live(&self) -> Result<(), Error> {
        let now = self.telegram.now();
        let call = self.telegram.start_call(self.group);
        for (person, minutes) in [(0, 118), (1, 64), (2, 41), (3, FIRST_JOIN), (4, 7)] {
            self.telegram.join_at(call, self.people[person], now - minutes * 60);
        }
        self.track(|| {
            let second = LIVE / 20;
            for moment in 0..20 {
                let person = |index: usize| self.people[index];
                match moment {
                    2 => self.telegram.join(call, person(5)),
                    4 => self.telegram.leave(call, person(4)),
                    6 => self.telegram.join(call, person(6)),
                    8 => self.telegram.faults().refuse(true),
                    10 => self.telegram.join(call, person(7)),
                    12 => self.telegram.faults().refuse(false),
                    15 => self.telegram.join(call, person(8)),
                    17 => self.telegram.leave(call, person(1)),
                    _ => {}
                }
                sleep(second);
            }
        })
    }
}
