//! Decides, composes and stores posts (rules §4). The tracker and `swf post` both do so: the first to try stores the
//! post. [`crate::app::sender`] sends it.

use chrono::NaiveDate;

use crate::app::boards;
use crate::app::post_writer::{Writer, Written};
use crate::app::rewrite::write_again;
use crate::app::silence;
use crate::config::GroupSettings;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::access::ChatMode;
use crate::domain::meet::Invitation;
use crate::domain::post::compose::NOTE;
use crate::domain::post::delivery::Lane;
use crate::domain::post::layout::Fault;
use crate::domain::post::message::Message;
use crate::domain::post::recap::{Recap, RecapKey};
use crate::domain::post::schedule::{Day, Owed, Timetable};
use crate::domain::post::style::{Form, Style};
use crate::domain::post::{Mentions, PostKind, digest};
use crate::domain::time::period::{Period, Scope, local_date};
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::{Delivery, Draft, GroupKey, GroupRow, Queued, Store};

/// Who sends the posts of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Author {
    User,
    Bot,
}

/// How long the tracker waits before it tries a refused post again, in seconds.
pub const REFUSED_RETRY_INTERVAL: i64 = 600;
/// A second manual post within this time counts as a repeated command, in seconds.
const REPEAT_WINDOW: i64 = 60;

/// What requests a manual post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManualRequest {
    /// A flag file, or a command in the chat, of this time. The same time, e.g. after a crash, means the same post.
    Flag(Option<Instant>),
    /// A command. `again`: also if the group has this post already, or its message was deleted.
    Command { again: bool },
}

/// The days that are due now, with the days whose post was refused and last tried at `tried_before` or earlier.
pub fn due_and_refused_days(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    tried_before: Instant,
    now: Instant,
) -> Result<Owed> {
    let mut owed = owed(store, settings, group, &settings.timetable, now)?;
    for day in &owed.refused {
        if store.refused_at(group.key, *day)?.is_some_and(|tried| tried <= tried_before) {
            owed.days.push(*day);
        }
    }
    owed.days.sort_unstable();
    Ok(owed)
}

/// The days that are due now, by the group's timetable or, for a backfill, by one that looks further back.
pub fn owed(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    timetable: &Timetable,
    now: Instant,
) -> Result<Owed> {
    let Some(began) = store.first_watched(group.key)? else { return Ok(Owed::default()) };
    let begins_on = local_date(settings.zone, began);
    let old = store.last_old_post(group.key)?;
    // Skip days that the old tracker has posted.
    let first = old.and_then(|day| day.succ_opt()).map_or(begins_on, |next| next.max(begins_on));
    // If swf is set up after the post time, no empty board is posted on that day (rules §4.3).
    let begins_late = old.is_none() && began > settings.timetable.due(begins_on);
    let mut failure = None;
    let owed = timetable.owed(now, first, |date| {
        if date < first {
            return Day::Posted;
        }
        if settings.pauses.contains(date) {
            return Day::Paused;
        }
        let post_empty = settings.style.post_empty && !(begins_late && date == begins_on);
        post_state(store, settings, group, date, post_empty, now).unwrap_or_else(|error| {
            failure = Some(error);
            Day::Posted
        })
    });
    failure.map_or(Ok(owed), Err)
}

/// The state of a day's post. With `post_empty`, a day on which nobody studied has a post, too.
fn post_state(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    date: NaiveDate,
    post_empty: bool,
    now: Instant,
) -> Result<Day> {
    let is_empty = || -> Result<bool> {
        let now = ReadTime { at: now, tracked_since: None };
        let boards = boards::boards(store, settings, group.key, &[Scope::Day], date, None, now)?;
        Ok(boards.iter().all(|board| board.entries.is_empty()))
    };
    // Skip days that a post has named already, unless their time was proved or corrected later.
    let is_named = store.was_skipped(group.key, date)?;
    if store.has_post(group.key, date)? || (is_named && is_empty()?) {
        return Ok(match store.refused_at(group.key, date)? {
            Some(_) => Day::Refused,
            None if store.was_undone(group.key, date)? => Day::Undone,
            None => Day::Posted,
        });
    }
    let day = Period::of(Scope::Day, date, settings.zone, settings.calendar).span;
    // A day without a tracker has a board if its time is proved or corrected (rules §2.5).
    if !store.was_watched(group.key, day)? {
        return Ok(if is_empty()? { Day::Unseen } else { Day::Seen });
    }
    Ok(if !post_empty && is_empty()? { Day::Empty } else { Day::Seen })
}

/// When the next daily post is due, of those that neither swf nor the old tracker has made.
pub fn next(store: &Store, settings: &GroupSettings, group: GroupKey, now: Instant) -> Result<Instant> {
    let old = store.last_old_post(group)?;
    let mut failure = None;
    let next = settings.timetable.next(now, |date| {
        let posted = store.has_post(group, date).unwrap_or_else(|error| {
            failure = Some(error);
            false
        });
        posted || old.is_some_and(|old| date <= old) || settings.pauses.contains(date)
    });
    failure.map_or(Ok(next), Err)
}

/// Composes a post from the store, with its snapshot for a website. A backfill's week and month go up to the end of its
/// day.
pub fn draft(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    kind: PostKind,
    day: NaiveDate,
    skipped: &[NaiveDate],
    now: ReadTime,
) -> Result<Draft> {
    Writer::new(store, settings, group, now).draft(kind, day, skipped, Vec::new())
}

/// The faults in the layout of the post as it would be now.
pub fn layout_faults(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    kind: PostKind,
    now: ReadTime,
) -> Result<Vec<Fault>> {
    Writer::new(store, settings, group, now).layout_faults(kind, local_date(settings.zone, now.at))
}

/// How due posts are sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outlet {
    /// The account that must send them, if it is decided already.
    pub account: Option<PeerId>,
    /// Whether to store a snapshot for the website.
    pub export: bool,
    pub invitation: Invitation,
}

/// How a post of `author` asks who comes to the next day's slots. Without a bot nobody could answer (rules §10.1).
pub fn invitation(settings: &GroupSettings, has_bot: bool, author: Author) -> Invitation {
    match (settings.chat, author) {
        _ if settings.slots.is_empty() || !has_bot => Invitation::No,
        (ChatMode::Off, _) => Invitation::No,
        (ChatMode::Group, Author::Bot) => Invitation::Buttons,
        (ChatMode::Private, _) | (ChatMode::Group, Author::User) => Invitation::Line,
    }
}

/// The posts of the days in `owed`, composed but not stored, oldest first, each with the days without a tracker that it
/// names. The newest post names those of `owed`.
pub fn due_drafts(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    owed: &Owed,
    invitation: Invitation,
    now: ReadTime,
) -> Result<Vec<(Draft, Vec<NaiveDate>)>> {
    let writer = Writer { invitation, ..Writer::new(store, settings, group, now) };
    let today = local_date(settings.zone, now.at);
    let newest = owed.days.last().copied();
    let mut posted: Vec<RecapKey> = store.recaps(group.key)?.into_iter().map(|recap| recap.key).collect();
    let mut drafts = Vec::new();
    for days in digest::messages(&owed.days, today, settings.style.late) {
        let Some(&day) = days.last() else { continue };
        let kind = if day == today { PostKind::Daily } else { PostKind::Backfill };
        // A post that is composed again names the same days again.
        let mut skipped = store.skipped_in(group.key, day)?;
        if Some(day) == newest {
            skipped.extend(&owed.skipped);
        }
        let recaps = writer.due_recaps(days, &posted)?;
        posted.extend(recaps.iter().map(Recap::key));
        let draft = match days {
            [_] => writer.draft(kind, day, &skipped, recaps)?,
            days => writer.digest_draft(days, &skipped, recaps)?,
        };
        drafts.push((draft, skipped));
    }
    Ok(drafts)
}

/// Stores the posts of `owed`, oldest first, also for refused days, and returns the new rows.
pub fn queue_due(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    owed: &Owed,
    outlet: Outlet,
    now: ReadTime,
) -> Result<Vec<Delivery>> {
    let Outlet { account, export, invitation } = outlet;
    let mut rows = Vec::new();
    store.forget_refusals(group.key, &owed.days, now.at)?;
    silence::note(store, settings, group.key, now.at)?;
    let today = local_date(settings.zone, now.at);
    if owed.days.contains(&today) {
        silence::announce(store, settings, group.key, today)?;
    }
    for (draft, skipped) in due_drafts(store, settings, group, owed, invitation, now)? {
        let draft = Draft { account, snapshot: draft.snapshot.filter(|_| export), ..draft };
        if let Queued::New(row) = store.queue(group.key, &draft, &skipped, now.at)? {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Stores a post of the current standings, unless a manual post is still undelivered. A command stores none either if
/// the last one was just sent or has the same boards. `account` and `export` as in [`Outlet`].
pub fn queue_now(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    request: ManualRequest,
    account: Option<PeerId>,
    export: bool,
    now: ReadTime,
) -> Result<Queued> {
    let day = local_date(settings.zone, now.at);
    let draft = draft(store, settings, group, PostKind::Manual, day, &[], now)?;
    let flagged = match request {
        ManualRequest::Flag(at) => at,
        ManualRequest::Command { again: true } => None,
        ManualRequest::Command { again: false } => {
            let last = store.last_manual(group.key)?;
            if let Some(last) = last.filter(|last| is_repeat(last, &draft.message, now.at)) {
                return Ok(Queued::Already(last));
            }
            None
        }
    };
    let snapshot = draft.snapshot.filter(|_| export);
    let draft = Draft { at: flagged.unwrap_or(now.at), once: flagged.is_some(), account, snapshot, ..draft };
    store.queue(group.key, &draft, &[], now.at)
}

/// The sent post to which [`queue_now`] refers instead of posting the same standings again.
pub fn referred(store: &Store, settings: &GroupSettings, group: &GroupRow, now: ReadTime) -> Result<Option<Delivery>> {
    let draft = draft(store, settings, group, PostKind::Manual, local_date(settings.zone, now.at), &[], now)?;
    Ok(store.last_manual(group.key)?.filter(|last| is_repeat(last, &draft.message, now.at)))
}

/// The manual post that a post of `message` would only repeat: one that is not delivered yet, was just sent, or has the
/// same boards.
pub fn repeated(store: &Store, group: &GroupRow, message: &Message, now: Instant) -> Result<Option<Delivery>> {
    let waiting = store.waiting(group.key, Lane::Posts, now)?;
    if let Some(row) = waiting.into_iter().find(|row| row.post_kind() == PostKind::Manual) {
        return Ok(Some(row));
    }
    Ok(store.last_manual(group.key)?.filter(|last| is_repeat(last, message, now)))
}

/// Today's post as it would be now, without mentions: nobody is notified of a preview.
pub fn preview(store: &Store, settings: &GroupSettings, group: &GroupRow, now: ReadTime) -> Result<Message> {
    Ok(preview_draft(store, settings, group, now)?.message)
}

/// As [`preview`], with the picture if the post would have one.
pub fn preview_draft(store: &Store, settings: &GroupSettings, group: &GroupRow, now: ReadTime) -> Result<Draft> {
    let settings = GroupSettings { mentions: Mentions::None, ..settings.clone() };
    let writer = Writer::new(store, &settings, group, now);
    let day = local_date(settings.zone, now.at);
    let posted: Vec<RecapKey> = store.recaps(group.key)?.into_iter().map(|recap| recap.key).collect();
    let recaps = writer.due_recaps(&[day], &posted)?;
    writer.draft(PostKind::Daily, day, &[], recaps)
}

/// Whether a post of `message` would only repeat the post `last`: its boards are the same, or it was just sent.
fn is_repeat(last: &Delivery, message: &Message, now: Instant) -> bool {
    let age = last.sent.map(|sent| now - sent);
    age.is_some_and(|age| (0..REPEAT_WINDOW).contains(&age)) || standings(last.full_text()) == standings(message)
}

/// The lines of a post without the second one, which names the time, and without notes about blind or unwatched time.
/// Both change while the standings stay the same.
fn standings(message: &Message) -> Vec<&str> {
    let lines = message.text.lines().enumerate();
    lines.filter(|(number, line)| *number != 1 && !line.starts_with(NOTE)).map(|(_, line)| line).collect()
}

/// Stores the final text of each post whose day has become final: a daily post, or a late one that was composed before
/// its day was final. The sender then edits the messages. `export` as in [`Outlet`]. Returns how many need an edit.
pub fn queue_final(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    export: bool,
    now: ReadTime,
) -> Result<usize> {
    let mut edits = 0;
    if !settings.finalize {
        return Ok(edits);
    }
    for row in store.provisional(group.key, now.at)? {
        let Some(day) = row.day() else { continue };
        let days = [store.told_in(row.id)?, vec![day]].concat();
        if !are_final(store, settings, group, &days, now)? {
            continue;
        }
        let Written { message, picture, snapshot, .. } = write_again(store, settings, group, &row, day, now)?;
        if store.queue_edit(row.id, &message, picture.as_ref(), Some(&snapshot).filter(|_| export), now.at)? {
            edits += 1;
        } else {
            tracing::info!("post {} is final", row.id);
        }
    }
    Ok(edits)
}

/// The settings for composing a sent post again: it keeps its language, and stays a text or a picture.
pub(super) fn as_posted(settings: &GroupSettings, row: &Delivery) -> GroupSettings {
    let form = if row.attachment.is_some() { Form::Card } else { Form::Text };
    let style = Style { form, ..settings.style.clone() };
    GroupSettings { language: row.language, style, ..settings.clone() }
}

fn are_final(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    days: &[NaiveDate],
    now: ReadTime,
) -> Result<bool> {
    for day in days {
        let boards = boards::boards(store, settings, group.key, &[Scope::Day], *day, Some(*day), now)?;
        if boards.iter().any(|board| !board.is_final) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// When the next sent post can become final: at the end of its day, or now if the day is over already. `None` if no
/// post can become final.
pub fn next_final(store: &Store, settings: &GroupSettings, group: &GroupRow, now: Instant) -> Result<Option<Instant>> {
    if !settings.finalize {
        return Ok(None);
    }
    let days = store.provisional(group.key, now)?.into_iter().filter_map(|row| row.day());
    let ends = days.map(|day| Period::of(Scope::Day, day, settings.zone, settings.calendar).span.to.max(now));
    Ok(ends.min())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::accounting::corrections::{Correction, Operation};
    use crate::domain::roster::{BlindReason, Fact, Observed};
    use crate::domain::time::period::first_instant;
    use crate::domain::{CallId, Span};
    use crate::store::Access;

    /// A group whose tracker was off from the evening of 18 May to the morning of 20 May, and whose call of the first
    /// day did not end meanwhile if `same_call`.
    struct Hall {
        _folder: tempfile::TempDir,
        config: Config,
        store: Store,
        row: GroupRow,
    }

    const ADA: PeerId = PeerId(7);

    impl Hall {
        fn new(same_call: bool) -> Hall {
            let folder = tempfile::tempdir().unwrap();
            let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
            let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
            let key = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
            let row = store.groups().unwrap().remove(0);
            let mut hall = Hall { _folder: folder, config, store, row };
            let (off, on) = (hall.at(18, 22), hall.at(20, 9));
            let (call, joined) = (CallId(5), hall.at(18, 12));
            let mut before = Vec::new();
            let mut after = Vec::new();
            if same_call {
                let opened = Fact::Opened { call, peer: ADA, joined, from: joined, seen: joined };
                before.extend([Fact::Following { call, at: joined }, opened, Fact::Confirmed { call, at: off }]);
                let (span, reason) = (Span::new(off, on), BlindReason::NotRunning);
                after.extend([Fact::Blind { call, peer: None, span, reason }, Fact::Confirmed { call, at: on }]);
            }
            for (facts, from, to) in [(before, hall.at(18, 10), off), (after, on, hall.at(20, 23))] {
                let watched = Some(Span::new(from, to));
                let seen = Observed { facts, watched, ..Observed::new(to) };
                hall.store.record(key, &seen, &[]).unwrap();
            }
            hall
        }

        fn at(&self, day: u32, hour: i64) -> Instant {
            first_instant(self.config.group().zone, date(day)) + hour * 3600
        }

        /// The days that are owed in the evening of 20 May, and those that were not watched.
        fn owed(&self) -> (Vec<u32>, Vec<u32>) {
            let (settings, now) = (self.config.group(), self.at(20, 22));
            let owed = owed(&self.store, settings, &self.row, &settings.timetable, now).unwrap();
            let days = |days: Vec<NaiveDate>| days.iter().map(chrono::Datelike::day).collect();
            (days(owed.days), days(owed.skipped))
        }

        fn correct(&mut self) {
            let span = Span::new(self.at(19, 12), self.at(19, 14));
            let (reason, made_by, made) = ("power cut".into(), "Ada".into(), self.at(20, 10));
            let operation = Operation::Add;
            let correction = Correction { id: 0, peer: ADA, operation, span, reason, made_by, made, undone: None };
            self.store.add_correction(self.row.key, &correction).unwrap().unwrap();
        }
    }

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2033, 5, day).unwrap()
    }

    #[test]
    fn a_day_without_a_tracker_is_owed_if_its_time_is_proved_or_corrected() {
        assert_eq!(Hall::new(true).owed(), (vec![18, 19, 20], vec![]));
        let mut hall = Hall::new(false);
        assert_eq!(hall.owed(), (vec![18, 20], vec![19]));
        hall.correct();
        assert_eq!(hall.owed(), (vec![18, 19, 20], vec![]));
    }

    #[test]
    fn a_day_that_a_post_has_named_is_owed_once_its_time_is_corrected() {
        let mut hall = Hall::new(false);
        let (settings, at) = (hall.config.group().clone(), hall.at(20, 22));
        let owed = owed(&hall.store, &settings, &hall.row, &settings.timetable, at).unwrap();
        let now = ReadTime { at, tracked_since: None };
        assert_eq!(queue_due(&mut hall.store, &settings, &hall.row, &owed, Outlet::default(), now).unwrap().len(), 2);
        assert_eq!(hall.owed(), (vec![], vec![]));
        hall.correct();
        assert_eq!(hall.owed(), (vec![19], vec![]));
    }

    #[test]
    fn a_watch_that_ends_where_a_day_begins_is_not_of_that_day() {
        let hall = Hall::new(false);
        let watched = |from: Instant| hall.store.was_watched(hall.row.key, Span::new(from, from + 3600)).unwrap();
        assert_eq!(
            [hall.at(18, 21), hall.at(18, 22), hall.at(20, 8), hall.at(20, 9)].map(watched),
            [true, false, false, true]
        );
    }

    /// CASES P4.
    #[test]
    fn time_that_nobody_saw_changes_no_standings() {
        let message = |time: &str, row: &str, note: &str| Message {
            text: format!("Study Hall\n{time}\n\nToday\n{row}\n{note}"),
            entities: Vec::new(),
        };
        let row = "🥇 Ada · 1h 00m 💪";
        let plain = message("18:00", row, "");
        let later = message("19:07", row, &format!("{NOTE}swf was offline"));
        assert_eq!(standings(&later), standings(&plain));
        let changed = message("19:07", "🥇 Ada · 1h 01m 💪", "");
        assert_ne!(standings(&changed), standings(&plain));
    }
}
