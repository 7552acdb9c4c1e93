//! `fake-telegram --people 250`: groups with running calls on loopback, in which somebody joins or leaves every few
//! seconds, and people who write to a bot when a line on standard input says so. For trying out a client.

mod console;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::Duration;

use clap::Parser;
use console::Console;
use fake_telegram::{Activity, FakeProxy, FakeTelegram, GroupHandle, GroupSpec, Id, Person};

/// Serve study groups with running calls on loopback, until Ctrl-C.
#[derive(Parser)]
#[command(version, after_help = served())]
struct Args {
    /// How many people each group has
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    people: u32,
    /// How many groups the account is in: of three, one is public, one private, one a basic group
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    groups: u32,
    /// How many of the groups have a running call
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=1000))]
    calls: u32,
    /// Updates per second in the call of one more group, which is not meant to be watched
    #[arg(long, value_name = "UPDATES", value_parser = clap::value_parser!(u32).range(1..=1000))]
    lively: Option<u32>,
    /// Limit how often each account can call a method; further calls get FLOOD_WAIT; can be repeated
    #[arg(long, value_name = "METHOD=COUNT/SECONDS", value_parser = flood)]
    flood: Vec<Flood>,
    /// Seconds from one join or leave to the next
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    every: f64,
    /// Also serve a SOCKS5 proxy
    #[arg(long)]
    socks: bool,
    /// Also serve an MTProxy with this secret: 32 hex digits, after dd or ee, after ee with a name in hex
    #[arg(long, value_name = "SECRET", value_parser = secret)]
    mtproxy: Option<String>,
}

/// How often the server is checked for new messages to print.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// A limit of one method.
#[derive(Clone)]
struct Flood {
    method: String,
    count: u32,
    seconds: u32,
}

fn flood(text: &str) -> Result<Flood, String> {
    let wanted = || "not METHOD=COUNT/SECONDS, like channels.getFullChannel=20/60".to_owned();
    let (method, limit) = text.split_once('=').ok_or_else(wanted)?;
    let (count, seconds) = limit.split_once('/').ok_or_else(wanted)?;
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0).ok_or_else(wanted);
    if !FakeTelegram::methods().contains(&method) {
        return Err(format!("{method} is not served; --help lists the methods"));
    }
    Ok(Flood { method: method.to_owned(), count: number(count)?, seconds: number(seconds)? })
}

fn served() -> String {
    format!("{}\n\nMethods that are served:\n  {}", console::HELP, FakeTelegram::methods().join("\n  "))
}

fn secret(text: &str) -> Result<String, String> {
    let is_hex = text.len().is_multiple_of(2) && text.chars().all(|c| c.is_ascii_hexdigit());
    let is_whole = match text.get(..2) {
        Some("dd") => text.len() == 34 || text.len() == 32,
        Some("ee") => text.len() > 34 || text.len() == 32,
        _ => text.len() == 32,
    };
    if is_hex && is_whole { Ok(text.to_owned()) } else { Err("not an MTProxy's secret in hex".to_owned()) }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.001..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("from 0.001 to 86400".to_owned()),
    }
}

const FIRST_NAMES: &[&str] = &[
    "Amira",
    "Jasur",
    "Малика",
    "Тимур",
    "يوسف",
    "ليلى",
    "Sofía",
    "Łukasz",
    "Chloë",
    "梓涵",
    "さくら",
    "민준",
    "Ngọc",
    "Øyvind",
    "Zülfiyə",
    "ऋषि",
    "Дилноза",
    "عمر",
    "Anaïs",
    "Björn",
    "🦉 Nox",
    "Mei",
    "Оксана",
    "فاطمة",
    "O‘g‘iloy",
    "Ṣẹ́gun",
    "Dvořák",
    "ניר",
    "Iñaki",
    "🌙",
];
const LAST_NAMES: &[&str] = &[
    "",
    "Karimova",
    "Алиев",
    "الحسن",
    "García",
    "Nowak",
    "王",
    "Nguyễn",
    "Петренко",
    "O’Connor",
    "Yıldız",
    "Иванова-Смит",
    "📚",
    "van der Berg",
    "خان",
    "Saidov",
];

/// A random generator, small and repeatable: a demo needs no more.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

fn person(number: usize, dice: &mut Dice) -> Person {
    let first = FIRST_NAMES[number % FIRST_NAMES.len()];
    let last = LAST_NAMES[dice.below(LAST_NAMES.len())];
    let mut person = Person::named(first);
    if !last.is_empty() {
        person = person.last_name(last);
    }
    if !number.is_multiple_of(3) {
        person = person.username(&format!("student_{number}"));
    }
    person
}

fn full_name(person: &Person) -> String {
    match &person.last_name {
        Some(last) => format!("{} {last}", person.first_name),
        None => person.first_name.clone(),
    }
}

/// One group, and the people in its call.
struct Hall {
    group: GroupHandle,
    studying: Vec<(Id, String)>,
    away: VecDeque<(Id, String)>,
    /// How many messages of the group have been printed.
    posted: usize,
}

impl Hall {
    fn new(group: GroupHandle) -> Self {
        Self { group, studying: Vec::new(), away: VecDeque::new(), posted: 0 }
    }

    /// Starts the call, with half of the people already in it.
    fn open_call(&mut self, telegram: &FakeTelegram, people: usize, dice: &mut Dice) {
        self.group.start_call();
        let now = telegram.now();
        for number in 0..people {
            let person = person(number, dice);
            let name = full_name(&person);
            let id = telegram.person(person);
            self.group.add(id);
            if number % 2 == 0 {
                self.group.join_at(id, now - dice.below(3 * 3600) as i64);
                self.studying.push((id, name));
            } else {
                self.away.push_back((id, name));
            }
        }
    }

    /// Somebody joins or leaves; returns what to print.
    fn move_somebody(&mut self, dice: &mut Dice) -> Option<String> {
        let leaves = !self.studying.is_empty() && (self.away.is_empty() || dice.below(2) == 0);
        let (what, name) = if leaves {
            let (id, name) = self.studying.swap_remove(dice.below(self.studying.len()));
            self.group.leave(id);
            self.away.push_back((id, name.clone()));
            ("left", name)
        } else {
            let (id, name) = self.away.pop_front()?;
            self.group.join(id);
            self.studying.push((id, name.clone()));
            ("joined", name)
        };
        Some(format!("{}: {name} {what}; {} study", self.group.title(), self.studying.len()))
    }

    fn print_new_messages(&mut self, out: &mut impl Write) -> io::Result<()> {
        for message in self.group.messages().iter().skip(self.posted) {
            writeln!(out, "--- message {} in {}:\n{}", message.id, self.group.title(), message.text)?;
            console::print_buttons(&message.buttons, out)?;
            writeln!(out, "---")?;
            self.posted += 1;
        }
        Ok(())
    }
}

/// The group of this number, counted from 0. The first is public.
fn spec(number: usize, members: [Id; 3]) -> GroupSpec {
    let (title, username) = match number {
        0 => ("Study Hall".to_owned(), "studyhall".to_owned()),
        _ => (format!("Study Hall {}", number + 1), format!("studyhall{}", number + 1)),
    };
    let spec = match number % 3 {
        0 => GroupSpec::supergroup(&title).username(&username),
        1 => GroupSpec::supergroup(&title),
        _ => GroupSpec::basic(&title),
    };
    spec.members(members)
}

/// The server with all groups.
struct Campus {
    telegram: FakeTelegram,
    organiser: Id,
    bot: Id,
    halls: Vec<Hall>,
    /// The updates of the group that is not meant to be watched; dropping this ends them.
    _activity: Option<Activity>,
    dice: Dice,
}

impl Campus {
    fn open(args: &Args) -> Self {
        let telegram = FakeTelegram::start();
        let mut dice = Dice(7);
        let organiser = telegram.person(Person::named("Organiser").username("organiser"));
        let bot = telegram.person(Person::named("Board").username("board_bot").bot());
        let ada = telegram.person(Person::named("Ada").username("ada"));
        // A bot can write privately only to people who have written to it.
        telegram.say(organiser, bot, "/start");
        let mut halls = Vec::new();
        for number in 0..args.groups as usize {
            let mut hall = Hall::new(telegram.add_group(spec(number, [organiser, bot, ada])));
            if number < args.calls as usize {
                telegram.admin(hall.group.id(), organiser, true);
                hall.open_call(&telegram, args.people as usize, &mut dice);
                hall.group.join(ada);
            }
            halls.push(hall);
        }
        let _activity = args.lively.map(|updates| {
            let (_, call) = telegram.busy_group("Chess", organiser);
            telegram.start_activity(call, Duration::from_secs(1) / updates)
        });
        for limit in &args.flood {
            telegram.faults().flood_limit(&limit.method, limit.count, limit.seconds);
        }
        Self { telegram, organiser, bot, halls, _activity, dice }
    }

    /// Prints what a client needs.
    fn print_settings(&self, people: u32, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "# {} group(s) of {people} people at {}; paste this into .env.local\n\
             TELEGRAM_API_ID=1\n\
             TELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\n\
             TELEGRAM_GROUP_USERNAME=@studyhall\n\
             TG_STRING_SESSION={}\n\
             # and these two to let a bot post and answer\n\
             TELEGRAM_BOT_TOKEN={}\n\
             TG_BOT_STRING_SESSION={}\n",
            self.halls.len(),
            self.telegram.address(),
            self.telegram.login_string(self.organiser),
            self.telegram.bot_token(self.bot),
            self.telegram.signed_out_login_string()
        )?;
        if self.halls.len() > 1 {
            writeln!(out, "# and this into groups.toml")?;
            for (number, hall) in self.halls.iter().enumerate() {
                writeln!(out, "[[group]]\nname = \"hall-{}\"\nid = {}", number + 1, hall.group.id())?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// Somebody joins or leaves in one of the calls.
    fn move_somebody(&mut self) -> Option<String> {
        let calls = self.halls.iter().filter(|hall| hall.group.call().is_some()).count();
        if calls == 0 {
            return None;
        }
        // The groups with calls come first.
        let hall = self.dice.below(calls);
        self.halls[hall].move_somebody(&mut self.dice)
    }
}

fn main() -> io::Result<()> {
    let args = Args::parse();
    let mut campus = Campus::open(&args);
    let mut out = io::stdout();
    campus.print_settings(args.people, &mut out)?;
    let socks = args.socks.then(|| FakeProxy::socks5(None));
    let mtproxy = args.mtproxy.map(|secret| FakeProxy::mtproxy(&secret, &campus.telegram));
    for proxy in socks.iter().chain(&mtproxy) {
        writeln!(out, "# Through a proxy:\nSWF_PROXY={}\n", proxy.link())?;
    }
    let mut console = Console::new(campus.bot, campus.halls[0].group.id());
    let mut lines = console::lines();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut violations = 0;
        let mut moves = tokio::time::interval(Duration::from_secs_f64(args.every));
        let mut looks = tokio::time::interval(POLL_INTERVAL);
        // The first tick of each interval comes at once.
        moves.tick().await;
        loop {
            tokio::select! {
                stop = tokio::signal::ctrl_c() => break stop,
                Some(line) = lines.recv() => if let Err(why) = console.run(&campus.telegram, &line) {
                    writeln!(out, "{why}")?;
                },
                _ = looks.tick() => {}
                _ = moves.tick() => if let Some(news) = campus.move_somebody() {
                    writeln!(out, "{news}, {} connected", campus.telegram.connections())?;
                },
            }
            console.print_answers(&campus.telegram, &mut out)?;
            for hall in &mut campus.halls {
                hall.print_new_messages(&mut out)?;
            }
            for violation in campus.telegram.violations().iter().skip(violations) {
                writeln!(out, "!!! {violation}")?;
                violations += 1;
            }
        }
    })?;
    writeln!(out, "requests: {}", campus.telegram.counts())
}
