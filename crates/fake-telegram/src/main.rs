//! `fake-telegram --people 250`: one group with a running call on loopback, in
//! which somebody joins or leaves every few seconds. For trying a client out.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::Duration;

use clap::Parser;
use fake_telegram::{FakeProxy, FakeTelegram, Id, Person};

/// Serve a study group with a running call on loopback, until Ctrl-C.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many people the group has
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    people: u32,
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

/// Small and repeatable; a demo needs no more.
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

/// The group, and who is in its call.
struct Hall {
    telegram: FakeTelegram,
    group: Id,
    call: i64,
    studying: Vec<(Id, String)>,
    away: VecDeque<(Id, String)>,
    dice: Dice,
}

impl Hall {
    fn open(people: usize) -> (Self, Id) {
        let telegram = FakeTelegram::start();
        let mut dice = Dice(7);
        let group = telegram.supergroup("Study Hall", Some("studyhall"));
        let call = telegram.start_call(group);
        let organiser = telegram.person(Person::named("Organiser").username("organiser"));
        telegram.add_member(group, organiser);
        let now = telegram.now();
        let mut studying = Vec::new();
        let mut away = VecDeque::new();
        for number in 0..people {
            let person = person(number, &mut dice);
            let name = full_name(&person);
            let id = telegram.person(person);
            telegram.add_member(group, id);
            if number % 2 == 0 {
                let since = dice.below(3 * 3600) as i64;
                telegram.join_at(call, id, now - since);
                studying.push((id, name));
            } else {
                away.push_back((id, name));
            }
        }
        let hall = Self { telegram, group, call, studying, away, dice };
        (hall, organiser)
    }

    /// Somebody joins or leaves; what to print.
    fn move_somebody(&mut self) -> String {
        let leaves = !self.studying.is_empty() && (self.away.is_empty() || self.dice.below(2) == 0);
        let (what, name) = if leaves {
            let at = self.dice.below(self.studying.len());
            let (id, name) = self.studying.swap_remove(at);
            self.telegram.leave(self.call, id);
            self.away.push_back((id, name.clone()));
            ("left", name)
        } else if let Some((id, name)) = self.away.pop_front() {
            self.telegram.join(self.call, id);
            self.studying.push((id, name.clone()));
            ("joined", name)
        } else {
            return String::new();
        };
        format!("{name} {what}; {} study, {} connected", self.studying.len(), self.telegram.connections())
    }
}

fn main() -> io::Result<()> {
    let args = Args::parse();
    let (mut hall, organiser) = Hall::open(args.people as usize);
    let mut out = io::stdout();
    writeln!(
        out,
        "# A group of {} people at {}; paste this into .env.local\n\
         TELEGRAM_API_ID=1\n\
         TELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\n\
         TELEGRAM_GROUP_USERNAME=@studyhall\n\
         TG_STRING_SESSION={}\n",
        args.people,
        hall.telegram.address(),
        hall.telegram.login_string(organiser)
    )?;
    let socks = args.socks.then(|| FakeProxy::socks5(None));
    let mtproxy = args.mtproxy.map(|secret| FakeProxy::mtproxy(&secret, &hall.telegram));
    for proxy in socks.iter().chain(&mtproxy) {
        writeln!(out, "# Through a proxy:\nSWF_PROXY={}\n", proxy.link())?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut posted = 0;
        let mut violations = 0;
        loop {
            tokio::select! {
                stop = tokio::signal::ctrl_c() => return stop,
                () = tokio::time::sleep(Duration::from_secs_f64(args.every)) => {}
            }
            writeln!(out, "{}", hall.move_somebody())?;
            for message in hall.telegram.messages(hall.group).iter().skip(posted) {
                writeln!(out, "--- message {}:\n{}\n---", message.id, message.text)?;
                posted += 1;
            }
            for violation in hall.telegram.violations().iter().skip(violations) {
                writeln!(out, "!!! {violation}")?;
                violations += 1;
            }
        }
    })
}
