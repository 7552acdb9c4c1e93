//! `swf why`: the receipt behind somebody's number.

use std::io::IsTerminal;

use chrono::NaiveDate;
use serde_json::json;

use crate::app::boards;
use crate::commands::args;
use crate::commands::args::ScopeArg;
use crate::commands::context::Context;
use crate::commands::terminal::{self, Interrupt, Prompt};
use crate::config::Config;
use crate::domain::accounting::leaderboard::{Board, Record, board};
use crate::domain::accounting::receipt::{Evidence, Part, Reason, Receipt, receipt};
use crate::domain::people::{Profile, matching};
use crate::domain::text::{clean, display_name, duration};
use crate::domain::time::period::{Period, Scope, iso, local, local_date};
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::render::receipt::{Line, Sheet};
use crate::store::{Access, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true)]
    person: String,
    /// For which period
    #[arg(default_value = "day")]
    period: ScopeArg,
    /// A day in the period, e.g. 2026-11-22 [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Option<NaiveDate>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let store = Store::open(&config.home.store(), Access::Read)?;
    let group = boards::group(&store, config)?;
    let now = Clock::new(group.clock_offset).now();
    let date = args.date.unwrap_or_else(|| local_date(config.zone, now));
    let period = Period::of(Scope::from(args.period), date, config.zone, config.calendar);
    let reach = config.policy.rules.reach();
    let window = Span::new(period.span.from - reach, period.span.to + reach);
    let record = boards::record(&store, config, group.key, window)?;
    let person = record.aliases.person(find(&record, group.peer, &args.person)?.peer);
    let board = board(period, Instant(i64::MAX), &record, config.policy);
    let receipt = receipt(period, &record, config.policy, person);
    if args.json {
        return terminal::print_json(&to_json(&receipt, &board, &record, config));
    }
    let sheet = to_sheet(&receipt, &board, &record, config);
    let look = crate::render::Look {
        width: terminal::width(),
        color: context.color(),
        borders: std::io::stdout().is_terminal(),
        top: None,
    };
    terminal::print(&crate::render::receipt::receipt(&sheet, &look))
}

/// Whom the user means; asks where that is not clear, or lists who could be meant.
fn find(record: &Record, group: PeerId, text: &str) -> Result<Profile> {
    // The group itself is known too; it is somebody only where an admin has joined as the group.
    let somebody = |profile: &&Profile| profile.peer != group || record.stays.iter().any(|stay| stay.peer == group);
    let found = matching(record.profiles.values().filter(somebody), text);
    match found[..] {
        [] => Err(Error::failed(format!("nobody called {text:?} has been seen in this group")).command(
            "Name them by @username, by a name or part of one, or by id. The board shows who there is",
            "swf leaderboard month",
        )),
        [one] => Ok(one.clone()),
        _ => {
            let names: Vec<String> = found.iter().map(|profile| label(profile)).collect();
            let Some(prompt) = Prompt::open(Interrupt::Exits) else {
                let error = Error::usage(format!("{text:?} may be any of these; name one by @username or id:"));
                return Err(names.into_iter().fold(error, Error::hint));
            };
            let chosen = prompt.choose_or_none("Who", &names, 0)?;
            chosen.map(|index| found[index].clone()).ok_or_else(|| Error::usage("nobody was chosen"))
        }
    }
}

fn label(profile: &Profile) -> String {
    let username = profile.username.as_deref().map_or(String::new(), |name| format!(" @{}", clean(name)));
    format!("{}{username} ({})", display_name(profile), profile.peer)
}

fn account(record: &Record, peer: PeerId) -> String {
    let profile = record.profile(peer);
    profile.username.as_deref().map_or_else(|| display_name(&profile), |name| format!("@{}", clean(name)))
}

fn reason(record: &Record, part: &Part, config: &Config) -> Option<String> {
    let Some(why) = part.reason else {
        return (part.evidence == Evidence::Carried).then(|| "carried from the old tracker".into());
    };
    Some(match why {
        Reason::Blind(why) if part.evidence == Evidence::Unproved => {
            format!("not seen ({}), and nothing later shows that they stayed", why.word())
        }
        Reason::Blind(why) => format!("not seen ({}), but still in afterwards since the same moment", why.word()),
        Reason::Gate { session } => {
            let gate = config.policy.rules.gate;
            format!("the whole session has {}, less than {}", duration(session), duration(gate))
        }
        Reason::Overlap { with } => format!("in with {} at the same time", account(record, with)),
        Reason::Carried => "the old tracker's total of that day stands for it".into(),
        Reason::Full => "the day has no room for more".into(),
        Reason::Outside => "it counts for another day".into(),
    })
}

/// The contract of the receipt: the parts that count sum to `seconds`.
fn to_json(receipt: &Receipt, board: &Board, record: &Record, config: &Config) -> serde_json::Value {
    let zone = config.zone;
    let profile = record.profile(receipt.person);
    let parts = receipt.parts.iter().map(|part| {
        json!({
            "from": iso(zone, part.span.from),
            "to": iso(zone, part.span.to),
            "seconds": part.seconds,
            "evidence": part.evidence.word(),
            "counted": part.counted,
            "reason": reason(record, part, config),
            "user_id": part.peer.0,
        })
    });
    json!({
        "person": { "user_id": profile.peer.0, "username": profile.username, "name": display_name(&profile) },
        "period": board.period.scope.name(),
        "start": iso(zone, board.period.span.from),
        "end": iso(zone, board.period.span.to),
        "timezone": zone.name(),
        "as_of": board.as_of.map(|at| iso(zone, at)),
        "final": board.is_final,
        "seconds": receipt.seconds,
        "proved_seconds": receipt.proved_seconds,
        "parts": parts.collect::<Vec<_>>(),
    })
}

fn to_sheet(receipt: &Receipt, board: &Board, record: &Record, config: &Config) -> Sheet {
    let profile = record.profile(receipt.person);
    let several = receipt.parts.iter().any(|part| part.peer != receipt.person);
    let clock = |at: Instant| {
        let time = local(config.zone, at);
        let same_day = board.period.scope == Scope::Day && time.date_naive() == board.period.first;
        if same_day { time.format("%H:%M:%S").to_string() } else { time.format("%a %-d %b %H:%M:%S").to_string() }
    };
    let lines = receipt.parts.iter().map(|part| Line {
        from: if part.evidence == Evidence::Carried {
            local_date(config.zone, part.span.from).format("%a %-d %b").to_string()
        } else {
            clock(part.span.from)
        },
        to: if part.evidence == Evidence::Carried { String::new() } else { clock(part.span.to) },
        seconds: part.seconds,
        account: several.then(|| account(record, part.peer)),
        evidence: part.evidence.word(),
        counted: part.counted,
        reason: reason(record, part, config).unwrap_or_default(),
    });
    let entry = board.entries.iter().find(|entry| entry.profile.peer == receipt.person);
    Sheet {
        who: label(&profile),
        period: board.period,
        seen: board.as_of.map(|at| local_date(config.zone, at)),
        zone: config.zone,
        lines: lines.collect(),
        seconds: receipt.seconds,
        proved_seconds: receipt.proved_seconds,
        rank: entry.map(|entry| (entry.rank, board.people())),
        in_call: entry.is_some_and(|entry| entry.in_call),
        left_out: !record.counts(receipt.person, config.policy),
    }
}
