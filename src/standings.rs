//! Boards from the store: what the leaderboard command prints and a post shows.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::json;

use crate::config::Config;
use crate::domain::carried::Carried;
use crate::domain::leaderboard::{Board, Record, board};
use crate::domain::people::Aliases;
use crate::domain::period::{Period, Scope, first_instant, iso, local_date};
use crate::domain::text::display_name;
use crate::domain::{Instant, Span};
use crate::error::{Error, Result};
use crate::store::{Alias, GroupKey, GroupRow, Store};

/// The boards of the periods that hold `date`. `through` ends them with that day: a missed day's week and month go up
/// to the end of that day (DESIGN §4.4).
pub fn boards(
    store: &Store,
    config: &Config,
    group: GroupKey,
    scopes: &[Scope],
    date: NaiveDate,
    through: Option<NaiveDate>,
) -> Result<Vec<Board>> {
    let periods = scopes.iter().map(|scope| Period::of(*scope, date, config.zone, config.calendar));
    let periods: Vec<Period> = periods.collect();
    let until =
        through.and_then(|day| day.succ_opt()).map_or(Instant(i64::MAX), |next| first_instant(config.zone, next));
    let reach = config.policy.rules.reach();
    let from = periods.iter().map(|period| period.span.from).min().unwrap_or(Instant(0)) - reach;
    let to = periods.iter().map(|period| period.span.to).max().unwrap_or(Instant(0)) + reach;
    let record = record(store, config, group, Span::new(from, to))?;
    Ok(periods.into_iter().map(|period| board(period, until, &record, config.policy)).collect())
}

/// What boards and receipts are made from.
pub fn record(store: &Store, config: &Config, group: GroupKey, window: Span) -> Result<Record> {
    let mut record = store.board_record(group, window)?;
    let (first, last) = (local_date(config.zone, window.from), local_date(config.zone, window.to));
    let carried = store.carried(group, first, last)?.into_iter().map(|(day, peer, seconds, until)| {
        let next = day.succ_opt().unwrap_or(day);
        let span = Span::new(first_instant(config.zone, day), first_instant(config.zone, next));
        Carried { peer, day, span, until, seconds }
    });
    record.carried = carried.collect();
    record.aliases = Aliases::new(store.aliases(group, &config.aliases)?.iter().filter_map(Alias::peers));
    Ok(record)
}

/// The group of the store that the configuration means: by name, or the one that was watched last.
pub fn group(store: &Store, config: &Config) -> Result<GroupRow> {
    let groups = store.groups()?;
    let same = |a: &str, b: &str| a.trim_start_matches('@').to_lowercase() == b.to_lowercase();
    let wanted = config.group().map(|text| text.rsplit('/').next().unwrap_or(text));
    let named = wanted.and_then(|wanted| {
        groups
            .iter()
            .find(|row| same(wanted, &row.title) || row.username.as_deref().is_some_and(|name| same(wanted, name)))
    });
    named
        .or(groups.first())
        .cloned()
        .ok_or_else(|| Error::failed("nothing has been tracked yet").hint("Start with: swf track"))
}

/// A board as JSON, the contract of DESIGN §6; no more than `top` rows. Names are as Telegram has them, cleaned: JSON
/// escapes what is dangerous.
pub fn to_json(board: &Board, group: &GroupRow, zone: Tz, top: Option<usize>) -> serde_json::Value {
    let entries = board.entries.iter().take(top.unwrap_or(usize::MAX)).map(|entry| {
        json!({
            "rank": entry.rank,
            "user_id": entry.profile.peer.0,
            "username": entry.profile.username,
            "name": display_name(&entry.profile),
            "seconds": entry.seconds,
            "proved_seconds": entry.proved_seconds,
            "in_call": entry.in_call,
        })
    });
    json!({
        "period": board.period.scope.name(),
        "start": iso(zone, board.period.span.from),
        "end": iso(zone, board.period.span.to),
        "as_of": board.as_of.map(|at| iso(zone, at)),
        "final": board.is_final,
        "timezone": zone.name(),
        "group": { "id": group.peer.0, "title": group.title, "username": group.username },
        "entries": entries.collect::<Vec<_>>(),
        "people": board.people(),
        "total_seconds": board.total_seconds(),
        "blind_seconds": board.blind_seconds,
    })
}
