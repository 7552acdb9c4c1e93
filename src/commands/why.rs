//! `swf why`: the receipt behind a person's number.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use serde_json::json;

use crate::app::people::{self, Achieved};
use crate::app::{boards, corrections, groups};
use crate::commands::args::{self, GroupArg, RangeArgs, ScopeArg};
use crate::commands::context::Context;
use crate::commands::facts::{group_line, open_group};
use crate::commands::person::{find, label};
use crate::commands::terminal;
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::{Board, Record, ranked_board};
use crate::domain::accounting::receipt::{Evidence, Part, Reason, Receipt, receipt};
use crate::domain::people::{Display, Viewer, display, distinctions};
use crate::domain::text::{clean, duration};
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Period, Scope, clock_date, iso, local, local_date, local_text};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::render::receipt::{ReceiptLine, ReceiptView};
use crate::render::words::blind_reason;
use crate::render::{self, Look};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true)]
    person: String,
    /// For which period
    #[arg(default_value = "day")]
    period: ScopeArg,
    /// A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back)
    /// [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    date: Option<AskedDate>,
    #[command(flatten)]
    range: RangeArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let now = groups::now(context.config.home(), &group);
    let scope = Scope::from(args.period);
    let period = args::period(scope, args.date, &args.range, &store, settings, group.key, now.at)?;
    let reach = settings.policy.rules.reach();
    let window = Span::new(settings.ranking.from(period) - reach, period.span.to + reach);
    let mut record = boards::record(&store, settings, group.key, window)?;
    record.set_now(now);
    let group_joined = store.was_in_call(group.key, group.peer)?;
    let person = record.aliases.person(find(&record, group.peer, group_joined, &args.person)?.peer);
    let board = ranked_board(period, Instant(i64::MAX), &record, settings.policy, settings.ranking);
    let receipt = receipt(period, &record, settings.policy, person);
    let until = period.last.min(local_date(settings.zone, now.at));
    let achieved = people::achieved(&store, settings, group.key, &record, person, until, now)?;
    if args.json {
        return terminal::print_json(&to_json(&receipt, &achieved, &board, &record, settings, Viewer::Organiser));
    }
    let borders = std::io::stdout().is_terminal();
    let look = Look { width: terminal::width(), color: context.color(), borders, top: None };
    let view = to_view(&receipt, &achieved, &board, &record, settings);
    terminal::print(&(group_line(&group) + &render::receipt::receipt(&view, &look)))
}

/// The names of the accounts of a receipt.
fn accounts(receipt: &Receipt, record: &Record, viewer: Viewer) -> BTreeMap<PeerId, String> {
    let others = receipt.parts.iter().filter_map(|part| match part.reason {
        Some(Reason::Overlap { with }) => Some(with),
        _ => None,
    });
    let peers = receipt.parts.iter().map(|part| part.peer).chain(others);
    let people: Vec<(PeerId, Display)> = peers.map(|peer| (peer, display(&record.profile(peer), viewer))).collect();
    let marks = distinctions(people.iter().map(|(_, person)| person));
    let name = |(peer, person): &(PeerId, Display)| match (&person.username, marks.get(peer)) {
        (Some(username), _) => format!("@{username}"),
        (None, Some(mark)) => format!("{person} ({mark})"),
        (None, None) => person.to_string(),
    };
    people.iter().map(|shown| (shown.0, name(shown))).collect()
}

/// `added by Ada on 28 November 2026: forgot to join`.
fn correction(receipt: &Receipt, part: &Part, id: i64, zone: Zone) -> String {
    let what = if part.counted { "added" } else { "removed" };
    receipt.correction(id).map_or_else(
        || what.to_owned(),
        |one| {
            let made = local_text(zone, one.made, "%-d %B %Y");
            format!("{what} by {} on {made}: {}", clean(&one.made_by), clean(&one.reason))
        },
    )
}

fn reason(
    receipt: &Receipt,
    accounts: &BTreeMap<PeerId, String>,
    part: &Part,
    settings: &GroupSettings,
) -> Option<String> {
    let Some(why) = part.reason else {
        return (part.evidence == Evidence::Carried).then(|| "from the old tracker".into());
    };
    Some(match why {
        Reason::Blind(why) if part.evidence == Evidence::Unproved => {
            format!("not seen ({}), and nothing later shows that they stayed", blind_reason(why))
        }
        Reason::Blind(why) => {
            format!("not seen ({}), but still in afterwards since the same moment", blind_reason(why))
        }
        Reason::Gate { session } => {
            let gate = settings.policy.rules.gate;
            format!("the whole session has {}, less than {}", duration(session), duration(gate))
        }
        Reason::Overlap { with } => format!("in with {} at the same time", accounts[&with]),
        Reason::Carried => "the old tracker's total of that day stands for it".into(),
        Reason::Full => "the day has no room for more".into(),
        Reason::Correction { id } => correction(receipt, part, id, settings.zone),
        Reason::Outside => "it counts for another day".into(),
        Reason::Folded { at } => {
            let of = match part.evidence {
                _ if !part.counted => "removed by a correction, or without room",
                Evidence::Corrected => "added by corrections",
                Evidence::Proved => "proved by later sightings",
                _ => "total of the day",
            };
            format!("{of}; the stays were folded on {}", local_text(settings.zone, at, "%-d %B %Y"))
        }
    })
}

/// How many of a person's credited seconds do not rank, because of the cap or of silences.
fn unranked(board: &Board, person: PeerId) -> i64 {
    let entry = board.entries.iter().find(|entry| entry.profile.peer == person);
    entry.map_or(0, |entry| entry.standing.unranked_seconds)
}

/// The receipt as JSON (a contract). The parts that count sum to `seconds`.
pub(super) fn to_json(
    receipt: &Receipt,
    achieved: &Achieved,
    board: &Board,
    record: &Record,
    settings: &GroupSettings,
    viewer: Viewer,
) -> serde_json::Value {
    let zone = settings.zone;
    let accounts = accounts(receipt, record, viewer);
    let person = display(&record.profile(receipt.person), viewer);
    let parts = receipt.parts.iter().map(|part| {
        json!({
            "from": iso(zone, part.span.from),
            "to": iso(zone, part.span.to),
            "seconds": part.seconds,
            "evidence": part.evidence.code(),
            "counted": part.counted,
            "reason": reason(receipt, &accounts, part, settings),
            "correction": part.correction(),
            "user_id": display(&record.profile(part.peer), viewer).id.0,
        })
    });
    let silent = receipt
        .silent
        .iter()
        .map(|span| json!({ "from": iso(zone, span.from), "to": iso(zone, span.to), "seconds": span.seconds() }));
    let corrections = receipt.corrections.iter().map(|one| {
        let mut row = corrections::to_json(one, zone);
        row["user_id"] = display(&record.profile(one.peer), viewer).id.0.into();
        row
    });
    json!({
        "person": { "user_id": person.id.0, "username": person.username, "name": person.to_string() },
        "period": board.period.scope.name(),
        "start": iso(zone, board.period.span.from),
        "end": iso(zone, board.period.span.to),
        "timezone": zone.name(),
        "as_of": board.as_of.map(|at| iso(zone, at)),
        "final": board.is_final,
        "corrected": board.is_corrected,
        "blind_seconds": board.blind_seconds,
        "unwatched_seconds": board.unwatched_seconds,
        "coverage": board.coverage.code(),
        "watched_since": board.watched_since.map(|at| iso(zone, at)),
        "seconds": receipt.seconds,
        "ranked_seconds": receipt.seconds - unranked(board, receipt.person),
        "silent": silent.collect::<Vec<_>>(),
        "proved_seconds": receipt.proved_seconds,
        "parts": parts.collect::<Vec<_>>(),
        "corrections": corrections.collect::<Vec<_>>(),
        "streak": people::streak_json(&achieved.streak),
        "shows_streak": achieved.shows_streak,
        "records": people::records_json(&achieved.records),
        "goal": achieved.goal.as_ref().map(people::goal_json),
        "newcomer_since": achieved.newcomer.map(|date| date.to_string()),
    })
}

/// The start and the end of a span, with the date unless it is that of the period. They have the offset if the length
/// of the span is unclear without it: if a time comes twice, or the clock changes in between.
fn span_texts(span: Span, period: Period, zone: Zone) -> (String, String) {
    let offset = |at: Instant| local(zone, at).offset().to_string();
    let is_changed = offset(span.from) != offset(span.to);
    let text = |at: Instant| {
        let is_clear = period.scope == Scope::Day && clock_date(zone, at) == period.first;
        let format = if is_clear { "%H:%M:%S" } else { "%a %-d %b %H:%M:%S" };
        if is_changed {
            local(zone, at).format(&format!("{format}%:z")).to_string()
        } else {
            local_text(zone, at, format)
        }
    };
    (text(span.from), text(span.to))
}

fn to_view<'a>(
    receipt: &'a Receipt,
    achieved: &Achieved,
    board: &'a Board,
    record: &Record,
    settings: &GroupSettings,
) -> ReceiptView<'a> {
    let accounts = accounts(receipt, record, Viewer::Organiser);
    let several = receipt.parts.iter().any(|part| part.peer != receipt.person);
    let times = |part: &Part| match part.is_total() {
        true => (local_date(settings.zone, part.span.from).format("%a %-d %b").to_string(), String::new()),
        false => span_texts(part.span, board.period, settings.zone),
    };
    let lines = receipt.parts.iter().map(|part| ReceiptLine {
        times: times(part),
        account: several.then(|| accounts[&part.peer].clone()),
        reason: reason(receipt, &accounts, part, settings).unwrap_or_default(),
    });
    ReceiptView {
        receipt,
        board,
        person: label(&record.profile(receipt.person)),
        zone: settings.zone,
        lines: lines.collect(),
        rank_cap: settings.ranking.cap,
        silent: receipt.silent.iter().map(|span| span_texts(span, board.period, settings.zone)).collect(),
        silence: settings.silence.limit(),
        achieved: achieved_lines(achieved),
        left_out: !record.counts(receipt.person, settings.policy),
    }
}

/// The lines about what the person has achieved; none if they were never in a call.
fn achieved_lines(achieved: &Achieved) -> Vec<String> {
    let records = render::person::records(&achieved.records);
    let is_known = records.is_some() || achieved.streak.longest > 0;
    let streak = is_known.then(|| render::person::streak(&achieved.streak));
    streak.into_iter().chain(achieved.goal.as_ref().map(render::person::goal)).chain(records).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::period::{Calendar, instant_of};

    /// CASES S10, in both directions.
    #[test]
    fn times_show_the_offset_where_the_clock_is_changed() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let texts = |day: &str, from: &str, seconds| {
            let period = Period::of(Scope::Day, day.parse().unwrap(), zone, Calendar::default());
            let from = instant_of(zone, from.parse().unwrap());
            let (from, to) = span_texts(Span::new(from, from + seconds), period, zone);
            format!("{from}–{to}")
        };
        let autumn = |from, seconds| texts("2026-10-25", from, seconds);
        assert_eq!(autumn("2026-10-25T01:00:00", 600), "01:00:00–01:10:00");
        assert_eq!(autumn("2026-10-25T02:30:00", 3600), "02:30:00+02:00–02:30:00+01:00");
        assert_eq!(autumn("2026-10-25T02:30:00", 60), "02:30:00+02:00–02:31:00+02:00");
        // A span across the repeated hour is an hour longer than its clock times suggest.
        assert_eq!(autumn("2026-10-25T01:30:00", 3 * 3600), "01:30:00+02:00–03:30:00+01:00");
        let spring = |from, seconds| texts("2026-03-29", from, seconds);
        assert_eq!(spring("2026-03-29T01:30:00", 3600), "01:30:00+01:00–03:30:00+02:00");
        assert_eq!(spring("2026-03-29T02:30:00", 60), "03:00:00–03:01:00");
        assert_eq!(
            texts("2026-10-24", "2026-10-25T02:30:00", 60),
            "Sun 25 Oct 02:30:00+02:00–Sun 25 Oct 02:31:00+02:00"
        );
    }
}
