//! Signs of life, and what of people's time ranks (rules §2.25): which limit acts, from when on the group was told, what is
//! kept once signs are deleted, and what a limit would change.

use chrono::NaiveDate;

use crate::app::{boards, groups};
use crate::config::{Config, GroupSettings};
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::leaderboard::ranked_board;
use crate::domain::accounting::silence::{CLOCK_REACH, FOLD_AGE, Noted, Rule, Silence, recorded, rules};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::time::period::{Period, first_instant};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{Access, GroupKey, Store};

/// Notes the setting of a group where it has changed, and from when on an announced limit acts: from the day after the post
/// that announced it, if that post was sent by then.
pub fn note(store: &mut Store, settings: &GroupSettings, group: GroupKey, now: Instant) -> Result<()> {
    let noted = store.silence_settings(group)?;
    let last = noted.last();
    if last.map_or(Silence::Off, |last| last.silence) != settings.silence {
        return store.note_silence(group, settings.silence, now);
    }
    if let Some(Noted { announced: Some(day), acts_from: None, .. }) = last
        && let Some(sent) = store.daily_post_sent(group, *day)?
    {
        let next = day.succ_opt().unwrap_or(*day);
        let acts_from = first_instant(settings.zone, next).max(sent);
        store.announce_silence(group, *day, Some(acts_from))?;
    }
    Ok(())
}

/// What the daily post of a day says: from which day on, and after how many seconds, a silence does not rank.
pub fn announcement(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    day: NaiveDate,
) -> Result<Option<(NaiveDate, i64)>> {
    let last = store.silence_settings(group)?.last().copied();
    let told = last.filter(|last| last.silence == settings.silence).filter(|last| {
        // The post that announced it says so also when it is edited.
        last.acts_from.is_none() || last.announced == Some(day)
    });
    Ok(told.and_then(|told| Some((day.succ_opt()?, told.silence.limit()?))))
}

/// The daily post of `day` is about to be stored: it announces the limit that the group was not told of.
pub fn announce(store: &mut Store, settings: &GroupSettings, group: GroupKey, day: NaiveDate) -> Result<()> {
    let is_told = store.silence_settings(group)?.last().is_none_or(|last| last.acts_from.is_some());
    if !is_told && announcement(store, settings, group, day)?.is_some() {
        store.announce_silence(group, day, None)?;
    }
    Ok(())
}

/// What a limit would change of the board of one period.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub board: Board,
    /// Signs were stored in no part of it before this instant; `None`: they were stored in no part of it.
    pub recorded_since: Option<Instant>,
}

/// The board of `period` as it would be if `limit` seconds had been the limit all the time in which signs were stored.
pub fn preview(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    period: Period,
    limit: i64,
    now: ReadTime,
) -> Result<Preview> {
    let _snapshot = store.read_snapshot()?;
    let reach = settings.policy.rules.reach();
    let ranking = settings.ranking;
    let window = Span::new(ranking.from(period).min(period.span.from - CLOCK_REACH) - reach, period.span.to + reach);
    let mut record = boards::record(store, settings, group, window)?;
    record.set_now(now);
    record.signs = store.signs(group, window)?;
    let recorded = recorded(&store.silence_settings(group)?);
    record.signs.rules = recorded.iter().map(|span| Rule { span, limit }).collect();
    let recorded_since = recorded.clip(period.span).iter().next().map(|span| span.from);
    let board = ranked_board(period, Instant(i64::MAX), &record, settings.policy, ranking);
    Ok(Preview { board, recorded_since })
}

/// Keeps what did not rank before signs are deleted, and deletes signs that are too old. For a tracker: what fails is
/// logged, and tried again with the next look.
pub fn tidy(config: &Config, now: Instant) {
    let path = config.home().store();
    let work = || -> Result<()> {
        if !Store::open(&path, Access::Read)?.has_old_signs(now)? {
            return Ok(());
        }
        let mut store = Store::open(&path, Access::Write)?;
        for settings in &config.settings.groups {
            if let Some(group) = groups::configured(&store, settings.name.as_deref())? {
                fold(&mut store, settings, group.key, now)?;
            }
        }
        store.delete_old_signs(now)
    };
    if let Err(error) = work() {
        tracing::error!("old signs of life are not deleted yet: {error}");
    }
}

/// Keeps what did not rank up to [`FOLD_AGE`] before now, also where the setting has changed since.
fn fold(store: &mut Store, settings: &GroupSettings, group: GroupKey, now: Instant) -> Result<()> {
    let Some(acted) = rules(&store.silence_settings(group)?).first().map(|rule| rule.span.from) else { return Ok(()) };
    let folded = store.silence_folded(group)?.map_or(acted, |folded| folded.max(acted));
    let span = Span::new(folded, now - FOLD_AGE);
    if span.is_empty() {
        return Ok(());
    }
    let reach = settings.policy.rules.reach();
    let window = Span::new(span.from - CLOCK_REACH - reach, span.to + reach);
    let mut record = boards::record(store, settings, group, window)?;
    record.signs = store.signs(group, window)?;
    let parts = record.silences(settings.policy).into_iter().flat_map(|(person, silent)| {
        silent.clip(span).iter().map(|part| (person, part)).collect::<Vec<(PeerId, Span)>>()
    });
    store.fold_silence(group, &parts.collect::<Vec<_>>(), span.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CallId;
    use crate::domain::accounting::silence::SIGN_RETENTION;
    use crate::domain::roster::{End, Fact, Observed};
    use crate::domain::time::period::Scope;

    const HOUR: i64 = 3600;
    const DAY: i64 = 86_400;
    const CALL: CallId = CallId(7);
    const ADA: PeerId = PeerId(5);
    const START: Instant = Instant(1_800_000_000);

    /// A group with a limit of 3 hours that acts since the start, and a night of 8 hours in the call, with one sign after 5.
    fn home() -> (tempfile::TempDir, Config, GroupKey) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("var")).unwrap();
        let settings = "TELEGRAM_GROUP_USERNAME=@hall\nSWF_SILENCE=3h\n";
        std::fs::write(folder.path().join(".env.local"), settings).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
        let group = store.group(PeerId(-1001), None, "Study Hall", Some("hall"), PeerId(1)).unwrap();
        store.note_silence(group, Silence::Limit(3 * HOUR), START - 9 * DAY).unwrap();
        store.announce_silence(group, "2027-01-14".parse().unwrap(), Some(START - DAY)).unwrap();
        let (from, to) = (START, START + 8 * HOUR);
        let facts = vec![
            Fact::Following { call: CALL, at: from },
            Fact::Opened { call: CALL, peer: ADA, joined: from, from, seen: to },
            Fact::Sign { call: CALL, peer: ADA, at: START + 5 * HOUR },
            Fact::Closed { call: CALL, peer: ADA, from, to, end: End::Left },
            Fact::Confirmed { call: CALL, at: to },
        ];
        let watched = Some(Span::new(from, to));
        store.record(group, &Observed { facts, watched, ..Observed::new(to) }, &[]).unwrap();
        (folder, config, group)
    }

    fn ranked(config: &Config, group: GroupKey) -> (i64, i64) {
        let store = Store::open(&config.home().store(), Access::Read).unwrap();
        let settings = config.group();
        let day = crate::domain::time::period::local_date(settings.zone, START);
        let period = Period::of(Scope::Week, day, settings.zone, settings.calendar);
        let now = ReadTime { at: START + 8 * HOUR, tracked_since: None };
        let board = boards::board_of(&store, settings, group, period, now).unwrap();
        (
            board.total_seconds(),
            board.entries.iter().map(crate::domain::accounting::leaderboard::Entry::ranked_seconds).sum(),
        )
    }

    #[test]
    fn what_did_not_rank_stays_when_its_signs_are_deleted() {
        let (_folder, config, group) = home();
        assert_eq!(ranked(&config, group), (8 * HOUR, 6 * HOUR));
        let signs = |config: &Config| {
            Store::open(&config.home().store(), Access::Read).unwrap().signs_of(group, ADA).unwrap().len()
        };
        tidy(&config, START + 5 * HOUR + SIGN_RETENTION);
        assert_eq!((signs(&config), ranked(&config, group)), (1, (8 * HOUR, 6 * HOUR)));
        tidy(&config, START + 5 * HOUR + SIGN_RETENTION + 1);
        assert_eq!((signs(&config), ranked(&config, group)), (0, (8 * HOUR, 6 * HOUR)));
        let store = Store::open(&config.home().store(), Access::Read).unwrap();
        let silent = Span::new(START + 3 * HOUR, START + 5 * HOUR);
        assert_eq!(store.silences_of(group, ADA).unwrap(), [silent]);
    }

    #[test]
    fn a_limit_is_announced_by_a_daily_post_and_acts_from_the_day_after_it() {
        let (_folder, config, group) = home();
        let settings = GroupSettings { silence: Silence::Limit(2 * HOUR), ..config.group().clone() };
        let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
        let day: NaiveDate = "2027-02-01".parse().unwrap();
        let (next, other) = (day.succ_opt().unwrap(), day.pred_opt().unwrap());
        // A limit that was not noted, and one that acts already, are not announced.
        assert_eq!(announcement(&store, &settings, group, day).unwrap(), None);
        assert_eq!(announcement(&store, config.group(), group, day).unwrap(), None);
        note(&mut store, &settings, group, START + 9 * DAY).unwrap();
        note(&mut store, &settings, group, START + 10 * DAY).unwrap();
        assert_eq!(store.silence_settings(group).unwrap().len(), 2);
        announce(&mut store, &settings, group, day).unwrap();
        assert_eq!(announcement(&store, &settings, group, day).unwrap(), Some((next, 2 * HOUR)));
        // Until the post is sent, nothing acts, and the next day announces it anew.
        note(&mut store, &settings, group, START + 30 * DAY).unwrap();
        assert_eq!(store.silence_settings(group).unwrap()[1].acts_from, None);
        assert!(announcement(&store, &settings, group, next).unwrap().is_some());
        store.announce_silence(group, day, Some(first_instant(settings.zone, next))).unwrap();
        assert_eq!(announcement(&store, &settings, group, day).unwrap(), Some((next, 2 * HOUR)));
        assert_eq!(announcement(&store, &settings, group, other).unwrap(), None);
        // The limit before it ended when it was noted.
        let rules = rules(&store.silence_settings(group).unwrap());
        assert_eq!(rules[0].span, Span::new(START - DAY, START + 9 * DAY));
        assert_eq!(rules[1].span.from, first_instant(settings.zone, next));
    }
}
