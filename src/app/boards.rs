//! Boards from the store: what the leaderboard command prints and a post shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::config::GroupSettings;
use crate::domain::accounting::carried::Carried;
use crate::domain::accounting::leaderboard::{Board, BoardMaker, Entry, Record, board, ranked_board};
use crate::domain::accounting::presence::Stay;
use crate::domain::accounting::receipt::{Shares, shares};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::{Aliases, Profile, Viewer, display};
use crate::domain::text::clean;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::{Period, Scope, first_instant, iso, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{Alias, FoldedRow, GroupKey, GroupRow, Store, StoredStay};

/// A hundred days. For a longer period, stays are read one person after the other, to save memory.
const MAX_SECONDS_AT_ONCE: i64 = 100 * 86_400;

/// The boards of the periods that hold `date`. With `through` they end with that day: a missed day's week and month go
/// up to the end of that day (rules §4.4). `now` ends a blind or unwatched span that goes on.
pub fn boards(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    scopes: &[Scope],
    date: NaiveDate,
    through: Option<NaiveDate>,
    now: ReadTime,
) -> Result<Vec<Board>> {
    let periods = scopes.iter().map(|scope| Period::of(*scope, date, settings.zone, settings.calendar));
    let until =
        through.and_then(|day| day.succ_opt()).map_or(Instant(i64::MAX), |next| first_instant(settings.zone, next));
    boards_until(store, settings, group, periods.collect(), until, now)
}

/// The board of one period.
pub fn board_of(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    period: Period,
    now: ReadTime,
) -> Result<Board> {
    Ok(boards_until(store, settings, group, vec![period], Instant(i64::MAX), now)?.swap_remove(0))
}

fn boards_until(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    periods: Vec<Period>,
    until: Instant,
    now: ReadTime,
) -> Result<Vec<Board>> {
    let reach = settings.policy.rules.reach();
    let ranking = settings.ranking;
    let from = periods.iter().map(|period| ranking.from(*period)).min().unwrap_or(Instant(0)) - reach;
    let to = periods.iter().map(|period| period.span.to).max().unwrap_or(Instant(0)) + reach;
    let window = Span::new(from, to);
    let _snapshot = store.read_snapshot()?;
    if window.seconds() > MAX_SECONDS_AT_ONCE && store.has_person_index()? {
        let mut record = record_of_open_stays(store, settings, group, window)?;
        record.set_now(now);
        let boards =
            periods.into_iter().map(|period| BoardMaker::new(period, until, &record, settings.policy, ranking));
        return boards_by_person(store, settings, group, window, &record, boards.collect());
    }
    let mut record = record(store, settings, group, window)?;
    record.set_now(now);
    let board = |period| ranked_board(period, until, &record, settings.policy, ranking);
    Ok(periods.into_iter().map(board).collect())
}

fn boards_by_person(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    window: Span,
    record: &Record,
    mut boards: Vec<BoardMaker>,
) -> Result<Vec<Board>> {
    by_person(store, settings, group, window, record, |person, _, stays| {
        boards.iter_mut().for_each(|board| board.add(person, stays));
    })?;
    Ok(boards.into_iter().map(BoardMaker::finish).collect())
}

/// Calls `each` for one person after the other, with the person's accounts that count and their stays that overlap
/// `window`. People without stays are left out. `record` has the open stays of all people.
pub(super) fn by_person(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    window: Span,
    record: &Record,
    mut each: impl FnMut(PeerId, &[PeerId], &[Stay]),
) -> Result<()> {
    let mut people: BTreeMap<PeerId, Vec<PeerId>> = BTreeMap::new();
    for account in store.accounts_with_stays(group)? {
        if record.counts(account, settings.policy) {
            people.entry(record.aliases.person(account)).or_default().push(account);
        }
    }
    let mut stays = Vec::new();
    for (person, accounts) in people {
        stays.clear();
        stays.extend(record.stays.iter().filter(|stay| accounts.contains(&stay.peer)));
        for account in &accounts {
            store.add_ended_stays(group, *account, window, &mut stays)?;
        }
        each(person, &accounts, &stays);
    }
    Ok(())
}

/// The period from the first day of which the store has data to today.
pub fn all_time(store: &Store, settings: &GroupSettings, group: GroupKey, now: Instant) -> Result<Period> {
    let today = local_date(settings.zone, now);
    let watched = store.first_watched(group)?.map(|first| local_date(settings.zone, first));
    let stored = days(store, settings, group)?;
    let first = stored.map(|(first, _)| first).into_iter().chain(watched).min().unwrap_or(today);
    let last = stored.map_or(today, |(_, last)| last.max(today));
    Ok(Period::between(Scope::AllTime, first.min(today), last, settings.zone))
}

/// Totals of a span that a tracker watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// How many people were in the call.
    pub people: usize,
    /// The credited time of all people in the span, in seconds.
    pub studied: i64,
    /// The blind time in the span, in seconds.
    pub blind: i64,
    /// The group's credited time on the last day of the span, in seconds.
    pub today: i64,
}

/// Totals of `span`, which a tracker watched.
pub fn run(store: &Store, settings: &GroupSettings, group: GroupKey, span: Span) -> Result<Run> {
    let day = Period::of(Scope::Day, local_date(settings.zone, span.to), settings.zone, settings.calendar);
    let reach = settings.policy.rules.reach();
    let window = Span::new(span.from.min(day.span.from) - reach, span.to.max(day.span.to) + reach);
    let mut record = record(store, settings, group, window)?;
    let today = board(day, Instant(i64::MAX), &record, settings.policy).total_seconds();
    // Totals of whole days are not part of the span.
    record.carried.clear();
    let watched = board(Period { span, ..day }, Instant(i64::MAX), &record, settings.policy);
    let inside = |stay: &&Stay| stay.span.from <= span.to && stay.span.to >= span.from;
    let stays = record.stays.iter().filter(inside).filter(|stay| record.counts(stay.peer, settings.policy));
    let people: BTreeSet<PeerId> = stays.map(|stay| record.aliases.person(stay.peer)).collect();
    Ok(Run { people: people.len(), studied: watched.total_seconds(), blind: watched.blind_seconds, today })
}

/// What will be credited today if the given stays come to pass: for each account of these stays, the time of the whole
/// person, in seconds.
pub fn outlook(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    now: Instant,
    stays: &[Stay],
) -> Result<HashMap<PeerId, i64>> {
    let day = Period::of(Scope::Day, local_date(settings.zone, now), settings.zone, settings.calendar);
    let reach = settings.policy.rules.reach();
    let mut record = record(store, settings, group, Span::new(day.span.from - reach, day.span.to + reach))?;
    record.stays.extend(stays);
    let entries = board(day, Instant(i64::MAX), &record, settings.policy).entries.into_iter();
    let seconds: HashMap<PeerId, i64> = entries.map(|entry| (entry.profile.peer, entry.seconds)).collect();
    let of = |peer| seconds.get(&record.aliases.person(peer)).copied().unwrap_or(0);
    Ok(stays.iter().map(|stay| (stay.peer, of(stay.peer))).collect())
}

/// The data from which boards and receipts are made.
pub fn record(store: &Store, settings: &GroupSettings, group: GroupKey, window: Span) -> Result<Record> {
    let _snapshot = store.read_snapshot()?;
    complete(store, settings, group, window, store.board_record(group, window)?)
}

/// As [`record`], without the stays that have ended.
pub(super) fn record_of_open_stays(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    window: Span,
) -> Result<Record> {
    complete(store, settings, group, window, store.record_of_open_stays(group, window)?)
}

/// Adds what depends on the settings, such as local days and aliases.
fn complete(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    window: Span,
    mut record: Record,
) -> Result<Record> {
    let (first, last) = (local_date(settings.zone, window.from), local_date(settings.zone, window.to));
    let carried = store.carried(group, first, last)?.into_iter().map(|(day, peer, seconds, until)| {
        let next = day.succ_opt().unwrap_or(day);
        let span = Span::new(first_instant(settings.zone, day), first_instant(settings.zone, next));
        Carried { peer, day, span, until, seconds, folded: None }
    });
    let folded = store.folded(group, first, last)?.into_iter().map(|row| folded_day(row, settings.zone));
    record.carried = carried.chain(folded).collect();
    if settings.silence.limit().is_some() {
        record.signs = store.signs(group, window)?;
    }
    record.aliases = Aliases::new(store.aliases(group, &settings.aliases)?.iter().filter_map(Alias::peers));
    let rights = store.rights(group, settings.audience, &settings.aliases)?;
    for account in rights.accounts() {
        rights.apply(record.profiles.entry(account).or_insert_with(|| Profile::unknown(account)));
    }
    Ok(record)
}

/// Turns a folded day into an input of boards.
pub(super) fn folded_day(row: FoldedRow, zone: Zone) -> Carried {
    let FoldedRow { peer, day, credited: seconds, folded } = row;
    let next = day.succ_opt().unwrap_or(day);
    let span = Span::new(first_instant(zone, day), first_instant(zone, next));
    Carried { peer, day, span, until: span.from, seconds, folded: Some(folded) }
}

/// The first and the last local day of which the store has data; `None` if it has none.
pub fn days(store: &Store, settings: &GroupSettings, group: GroupKey) -> Result<Option<(NaiveDate, NaiveDate)>> {
    let stays = store.extent(group)?;
    let stays = stays.map(|span| (local_date(settings.zone, span.from), local_date(settings.zone, span.to)));
    let corrected = store.corrected_extent(group)?;
    let corrected =
        corrected.map(|span| (local_date(settings.zone, span.from), local_date(settings.zone, span.to - 1)));
    let known = [stays, store.carried_days(group)?, store.folded_days(group)?, corrected].into_iter().flatten();
    Ok(known.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))))
}

/// A stay, its person, and its evidence.
#[derive(Clone, Debug)]
pub struct ExportedStay {
    pub profile: Profile,
    /// The account that stands for the person.
    pub person: PeerId,
    pub stay: StoredStay,
    pub known: Shares,
}

/// The stays that began on a local date, of all accounts that count.
pub fn stays(store: &Store, settings: &GroupSettings, group: GroupKey, date: NaiveDate) -> Result<Vec<ExportedStay>> {
    let _snapshot = store.read_snapshot()?;
    let mut window = Period::of(Scope::Day, date, settings.zone, settings.calendar).span;
    let began = store.stays_begun(group, window)?;
    if began.is_empty() {
        return Ok(Vec::new());
    }
    // Widen the window to the end of the last stay and of any blind span after it.
    let record = loop {
        let record = record(store, settings, group, window)?;
        let ends = began.iter().map(|stay| {
            let after = record.blinds.of(&stay.plain()).filter(|blind| blind.span.from == stay.span.to);
            after.map(|blind| blind.span.to).max().unwrap_or(stay.span.to).max(stay.span.to)
        });
        match ends.max() {
            Some(end) if end >= window.to => window.to = end + 1,
            _ => break record,
        }
    };
    let mut present: BTreeMap<PeerId, Vec<Span>> = BTreeMap::new();
    for stay in &record.stays {
        present.entry(record.aliases.person(stay.peer)).or_default().push(stay.span);
    }
    let present: BTreeMap<PeerId, SpanSet> =
        present.into_iter().map(|(person, spans)| (person, SpanSet::union(spans))).collect();
    let empty = SpanSet::default();
    let counted = began.into_iter().filter(|stay| record.counts(stay.peer, settings.policy));
    let exported = counted.map(|stay| {
        let person = record.aliases.person(stay.peer);
        let known = shares(&stay.plain(), &record.blinds, present.get(&person).unwrap_or(&empty));
        ExportedStay { profile: record.profile(stay.peer), person, stay, known }
    });
    Ok(exported.collect())
}

fn row(entry: &Entry, viewer: Viewer) -> serde_json::Value {
    let person = display(&entry.profile, viewer);
    json!({
        "rank": entry.rank,
        "user_id": person.id.0,
        "username": person.username,
        "name": person.to_string(),
        "seconds": entry.seconds,
        "ranked_seconds": entry.ranked_seconds(),
        "active_days": entry.standing.active_days,
        "band": entry.standing.band,
        "proved_seconds": entry.proved_seconds,
        "in_call": entry.in_call,
    })
}

/// The text of [`to_json`] with all rows. Writes one row after the other, because the JSON values of a million people
/// would take ten times the memory of the text.
pub fn json_text(board: &Board, group: &GroupRow, zone: Zone, viewer: Viewer) -> String {
    struct Rows<'a>(&'a Board, Viewer);

    impl Serialize for Rows<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
            to.collect_seq(self.0.entries.iter().map(|entry| row(entry, self.1)))
        }
    }

    struct Text<'a>(serde_json::Value, Rows<'a>);

    impl Serialize for Text<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
            let mut map = to.serialize_map(None)?;
            for (name, value) in self.0.as_object().into_iter().flatten() {
                match name.as_str() {
                    "entries" => map.serialize_entry(name, &self.1)?,
                    _ => map.serialize_entry(name, value)?,
                }
            }
            map.end()
        }
    }

    let text = Text(to_json(board, group, zone, Some(0), viewer), Rows(board, viewer));
    serde_json::to_string(&text).expect("plain data has a JSON form")
}

/// A board as JSON with at most `top` rows, the contract of rules §5.10. Names are those of Telegram, cleaned; JSON
/// escapes dangerous characters.
pub fn to_json(board: &Board, group: &GroupRow, zone: Zone, top: Option<usize>, viewer: Viewer) -> serde_json::Value {
    let entries = board.entries.iter().take(top.unwrap_or(usize::MAX)).map(|entry| row(entry, viewer));
    json!({
        "period": board.period.scope.name(),
        "start": iso(zone, board.period.span.from),
        "end": iso(zone, board.period.span.to),
        "as_of": board.as_of.map(|at| iso(zone, at)),
        "final": board.is_final,
        "corrected": board.is_corrected,
        "timezone": zone.name(),
        "group": { "id": group.peer.0, "title": clean(&group.title), "username": group.username },
        "entries": entries.collect::<Vec<_>>(),
        "people": board.people(),
        "total_seconds": board.total_seconds(),
        "blind_seconds": board.blind_seconds,
        "unwatched_seconds": board.unwatched_seconds,
        "coverage": board.coverage.code(),
        "watched_since": board.watched_since.map(|at| iso(zone, at)),
    })
}

/// As [`to_json`], for the public: without ids and usernames.
pub fn public_json(board: &Board, group: &GroupRow, zone: Zone) -> serde_json::Value {
    let mut json = to_json(board, group, zone, None, Viewer::Web);
    for entry in json["entries"].as_array_mut().into_iter().flatten() {
        entry["user_id"] = serde_json::Value::Null;
        entry["username"] = serde_json::Value::Null;
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CallId;
    use crate::domain::accounting::leaderboard::Policy;
    use crate::domain::accounting::presence::SessionRules;
    use crate::domain::time::period::Calendar;

    #[test]
    fn the_text_of_a_board_is_that_of_its_json() {
        let period = Period::of(Scope::Day, "2026-11-22".parse().unwrap(), Zone::TASHKENT, Calendar::default());
        let named = |peer, name: &str| (PeerId(peer), Profile { name: name.into(), ..Profile::unknown(PeerId(peer)) });
        let span = Span::new(period.span.from, period.span.from + 500);
        let stay = |peer| Stay { call: CallId(1), peer: PeerId(peer), span, open: false };
        let record = Record {
            stays: vec![stay(1), stay(2)],
            profiles: [named(1, "Ada \"entries\":[]"), named(2, "Bob\u{7}")].into(),
            ..Record::default()
        };
        let policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
        let board = board(period, Instant(i64::MAX), &record, policy);
        let group = GroupRow {
            key: GroupKey(1),
            peer: PeerId(-1),
            title: "\"entries\":[]".into(),
            username: None,
            tracker: None,
            clock_offset: 0,
            migrated_from: None,
            setting: None,
        };
        let expected = to_json(&board, &group, Zone::TASHKENT, None, Viewer::Web);
        assert_eq!(expected["entries"].as_array().map(Vec::len), Some(2));
        assert_eq!(json_text(&board, &group, Zone::TASHKENT, Viewer::Web), expected.to_string());
    }
}
