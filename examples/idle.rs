//! What a tracker costs while little happens: a call of 60 people, in which one person joins or leaves each 10 s, in
//! real time. Prints CPU time, voluntary context switches, resident memory and requests by method.
//!
//! Linux only: the figures are read from `/proc`. The fake-telegram runs in this process and the tracker in another, so
//! the tracker's figures are its own. A busy machine raises them, so the load average is printed too.
//!
//! ```text
//! cargo build --release --bin swf --example idle
//! target/release/examples/idle
//! target/release/examples/idle path/to/another/swf --seconds 600
//! target/release/examples/idle --parts      with a bot, and all that a group can turn on
//! ```

#![allow(clippy::disallowed_methods, reason = "a benchmark in real time")]

mod measured;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Parser;
use fake_telegram::{FakeTelegram, Id, Person};

use measured::{Error, Sample, Tracker};

const PEOPLE: usize = 60;
const SETTLING_TIME: Duration = Duration::from_secs(20);
const MOVE_INTERVAL: Duration = Duration::from_secs(10);
/// Half an interval, so that no move is at the start or the end of the measurement.
const FIRST_MOVE: Duration = Duration::from_secs(5);

/// Measure what an idle tracker costs
#[derive(Parser)]
struct Args {
    /// The swf to measure; without it, the one that was built with this example
    swf: Option<PathBuf>,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// With a bot that answers, a rhythm, hours together, pairs, a limit on silence, and the pulse
    #[arg(long)]
    parts: bool,
}

const PARTS: &str = "SWF_RHYTHM=25/5\nSWF_SLOTS=08:00,19:00\nSWF_PAIRS=on\nSWF_SILENCE=3h\nSWF_PULSE=on\n";

fn main() -> Result<(), Error> {
    let args = Args::parse();
    let program = measured::program(args.swf)?;
    let mut hall = Hall::open();
    let login = hall.telegram.login_string(hall.organiser);
    let mut settings = format!("{}TELEGRAM_GROUP_USERNAME=@studyhall\n", measured::account_settings(&login));
    if args.parts {
        settings += PARTS;
        let (token, login) = (hall.telegram.bot_token(hall.bot), hall.telegram.login_string(hall.bot));
        settings += &format!("TELEGRAM_BOT_TOKEN={token}\nTG_BOT_STRING_SESSION={login}\n");
    }
    let mut tracker = Tracker::start(&program, &[(".env.local", settings)])?;
    let begin = Instant::now();
    hall.move_until(begin, SETTLING_TIME);
    let before = sample(&mut tracker, &hall.telegram)?;
    hall.move_until(begin, SETTLING_TIME + Duration::from_secs(args.seconds));
    let cost = sample(&mut tracker, &hall.telegram)?.since(&before);
    println!(
        "{} s: {cost}, {} requests ({}); {}",
        args.seconds,
        cost.requests.total(),
        cost.requests,
        measured::load()?
    );
    Ok(())
}

/// The current figures; an error if the tracker does not watch the call.
fn sample(tracker: &mut Tracker, telegram: &FakeTelegram) -> Result<Sample, Error> {
    tracker.check(telegram)?;
    if telegram.counts().of("phone.getGroupParticipants") == 0 {
        return Err(format!("swf does not watch the call\n{}", tracker.log()).into());
    }
    Sample::take(tracker.id(), telegram)
}

/// The group, and the people in its call.
struct Hall {
    telegram: FakeTelegram,
    organiser: Id,
    bot: Id,
    call: i64,
    present: VecDeque<Id>,
    away: Option<Id>,
    next_move: Duration,
}

impl Hall {
    fn open() -> Self {
        let telegram = FakeTelegram::start();
        let group = telegram.supergroup("Study Hall", Some("studyhall"));
        let organiser = telegram.person(Person::named("Organiser"));
        let bot = telegram.person(Person::named("Study bot").username("study_bot").bot());
        for one in [organiser, bot] {
            telegram.add_member(group, one);
        }
        let call = telegram.start_call(group);
        let present: VecDeque<Id> =
            (1..=PEOPLE).map(|number| telegram.person(Person::named(&format!("Student {number}")))).collect();
        for person in &present {
            telegram.add_member(group, *person);
            telegram.join(call, *person);
        }
        Self { telegram, organiser, bot, call, present, away: None, next_move: FIRST_MOVE }
    }

    /// Lets people leave and join until `end`, measured from `begin`.
    fn move_until(&mut self, begin: Instant, end: Duration) {
        while self.next_move < end {
            sleep(self.next_move.saturating_sub(begin.elapsed()));
            self.move_somebody();
            self.next_move += MOVE_INTERVAL;
        }
        sleep(end.saturating_sub(begin.elapsed()));
    }

    /// The person who left last joins again, or else the person who has been there longest leaves.
    fn move_somebody(&mut self) {
        if let Some(person) = self.away.take() {
            self.telegram.join(self.call, person);
            self.present.push_back(person);
        } else if let Some(person) = self.present.pop_front() {
            self.telegram.leave(self.call, person);
            self.away = Some(person);
        }
    }
}
