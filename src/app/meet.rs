//! Appointments (rules §10): who means to come to a slot, and who came.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::app::boards;
use crate::config::GroupSettings;
use crate::domain::accounting::attendance::attendance;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::answers::notes::lines;
use crate::domain::chat::press::Press;
use crate::domain::chat::{Answer, Button, Buttons};
use crate::domain::meet::reminder::{self, Coming, ReminderCheck};
use crate::domain::meet::slots::shown;
use crate::domain::meet::{Kept, KeptSlot, Verdict, is_over, window};
use crate::domain::people::Aliases;
use crate::domain::time::period::{Period, Scope, clock_date, local};
use crate::domain::words::meet::MeetText;
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::store::{AnswerDraft, Appointment, GroupKey, GroupRow, Reminds, Store};

/// How many people came to the slots of `day` that are over, and to those slots of the day before that were not over
/// when that day's post was due. Empty if the group has no slots.
pub fn kept(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    day: NaiveDate,
    now: ReadTime,
) -> Result<Vec<KeptSlot>> {
    if settings.slots.is_empty() {
        return Ok(Vec::new());
    }
    let mut slots = Vec::new();
    for date in day.pred_opt().into_iter().chain([day]) {
        let span = Period::of(Scope::Day, date, settings.zone, settings.calendar).span;
        for (starts, people) in by_slot(store, settings, group, span)? {
            let has_received = date != day && is_over(starts, settings.timetable.due(date));
            if has_received || !is_over(starts, now.at) {
                continue;
            }
            let verdicts = verdicts(store, settings, group, starts, &people, now)?;
            let time = local(settings.zone, starts).time();
            slots.extend(Kept::of(verdicts).map(|kept| KeptSlot { is_day_before: date != day, time, kept }));
        }
    }
    Ok(slots)
}

/// Who means to come to each slot that begins in `span`, without people who are not counted.
fn by_slot(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    span: Span,
) -> Result<BTreeMap<Instant, BTreeSet<PeerId>>> {
    let appointments = store.appointments(group, span)?;
    if appointments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rights = store.rights(group, settings.audience, &settings.aliases)?;
    let aliases = aliases(store, settings, group)?;
    let mut slots: BTreeMap<Instant, BTreeSet<PeerId>> = BTreeMap::new();
    for Appointment { account, starts, .. } in appointments {
        if rights.is_counted(account) {
            slots.entry(starts).or_default().insert(aliases.person(account));
        }
    }
    Ok(slots)
}

/// How many people mean to come to the slot at `starts`, including the person of `account`.
pub fn coming_with(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    starts: Instant,
    account: PeerId,
) -> Result<usize> {
    let mut people =
        by_slot(store, settings, group, Span::new(starts, starts + 1))?.remove(&starts).unwrap_or_default();
    people.insert(aliases(store, settings, group)?.person(account));
    Ok(people.len())
}

/// Which accounts belong to one person.
pub fn aliases(store: &Store, settings: &GroupSettings, group: GroupKey) -> Result<Aliases> {
    let aliases = store.aliases(group, &settings.aliases)?;
    Ok(Aliases::new(aliases.iter().filter_map(crate::store::Alias::peers)))
}

/// Whether each of `people` came to the slot at `starts`, in the same order.
fn verdicts(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    starts: Instant,
    people: &BTreeSet<PeerId>,
    now: ReadTime,
) -> Result<Vec<Verdict>> {
    let (window, policy) = (window(starts), settings.policy);
    let reach = policy.rules.reach();
    let read = Span::new(window.from - reach, window.to + reach);
    let mut record = boards::record(store, settings, group, read)?;
    record.set_now(now);
    Ok(people.iter().map(|person| attendance(&record, policy, *person, window)).collect())
}

/// Stores the reminders that are due, which `bot` sends, and returns when the next one may be due. Only people who have
/// opened a private chat with the bot get reminders (rules §10.4).
pub fn queue_reminders(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    bot: Option<PeerId>,
    now: ReadTime,
) -> Result<ReminderCheck> {
    let Some(bot) = bot.filter(|_| !settings.slots.is_empty()) else { return Ok(ReminderCheck::default()) };
    let all = store.appointments(group.key, Span::new(now.at, Instant(i64::MAX)))?;
    let coming = |all: &[Appointment]| -> Vec<Coming> {
        all.iter().map(|one| Coming { starts: one.starts, made: one.made }).collect()
    };
    let mut reminded = ReminderCheck { any: false, next: reminder::next(&coming(&all), now.at) };
    let is_near = |one: &Appointment| one.starts - reminder::REMINDER_LEAD <= now.at;
    let near: Vec<Appointment> = all.into_iter().filter(is_near).collect();
    if near.is_empty() {
        return Ok(reminded);
    }
    let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
    let aliases = aliases(store, settings, group.key)?;
    let mut people: BTreeMap<PeerId, Vec<Appointment>> = BTreeMap::new();
    for one in near.into_iter().filter(|one| rights.is_counted(one.account)) {
        if store.private_chat(bot, one.account)?.is_some() {
            people.entry(aliases.person(one.account)).or_default().push(one);
        }
    }
    for (person, own) in people {
        let reminders = store.reminders(group.key, &aliases.accounts(person))?;
        let Some(starts) = reminder::due(settings.zone, &coming(&own), &reminders, now.at) else { continue };
        let verdict =
            |starts| Ok::<_, Error>(verdicts(store, settings, group.key, starts, &[person].into(), now)?.remove(0));
        if reminder::have_stopped(&reminders, verdict)? {
            continue;
        }
        let receiver = own.iter().find(|one| one.starts == starts).map_or(person, |one| one.account);
        let draft = reminder_draft(settings, group, bot, receiver, starts, now.at);
        reminded.any |= store.remind(group.key, &draft, starts, now.at)?;
    }
    Ok(reminded)
}

/// The message, with its two buttons. It is not sent once the slot has begun.
fn reminder_draft(
    settings: &GroupSettings,
    group: &GroupRow,
    bot: PeerId,
    receiver: PeerId,
    starts: Instant,
    now: Instant,
) -> AnswerDraft {
    let words = settings.language.meet_words();
    // At least 1, because the slot has not begun.
    let minutes = (starts - now + 59) / 60;
    let text = words.reminder(&shown(local(settings.zone, starts).time()), minutes);
    let (key, at) = (group.key.0, starts.0);
    let coming = Button::press(words.text(MeetText::ComingButton), Press::Coming { group: key, starts: at });
    let not = Button::press(words.text(MeetText::NotComingButton), Press::NotComing { group: key, starts: at });
    AnswerDraft {
        account: bot,
        asked_in: group.peer,
        asked: 0,
        part: 0,
        hint: None,
        ephemeral_in: None,
        reminds_of: Some(Reminds::Slot(starts)),
        receiver,
        topic: None,
        reply_to: None,
        language: settings.language,
        answer: Answer { buttons: Buttons(vec![vec![coming, not]]), ..lines([text]) },
        delete_after: None,
        expires: Some(starts),
        waits_for: None,
    }
}

/// Whether the clock shows another date at `starts` than at `now`.
pub fn is_tomorrow(settings: &GroupSettings, starts: Instant, now: Instant) -> bool {
    clock_date(settings.zone, starts) != clock_date(settings.zone, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::meet::WINDOW_AFTER;
    use crate::domain::post::delivery::Lane;
    use crate::domain::rights::Rights;
    use crate::domain::roster::Observed;
    use crate::domain::time::period::Calendar;
    use crate::store::{Access, AnsweredBatch, OpenedChat, Owner};

    const BOT: PeerId = PeerId(99);
    const ADA: PeerId = PeerId(7);
    const BOB: PeerId = PeerId(8);
    /// A morning in Tashkent.
    const NOW: Instant = Instant(1_800_000_000);
    const DAY: i64 = 86_400;

    struct Hall {
        _folder: tempfile::TempDir,
        config: Config,
        store: Store,
        row: GroupRow,
    }

    impl Hall {
        /// A group that was watched for weeks without any call.
        fn new() -> Hall {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(".env.local"), "SWF_SLOTS=19:00\n").unwrap();
            let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
            let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
            let key = store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
            let until = NOW + 20 * DAY;
            let watched = Some(Span::new(NOW - DAY, until));
            store.record(key, &Observed { watched, ..Observed::new(until) }, &[]).unwrap();
            let row = store.groups().unwrap().remove(0);
            Hall { _folder: folder, config, store, row }
        }

        fn open_chat(&mut self, person: PeerId) {
            let opened = vec![OpenedChat { account: BOT, person, group: None }];
            self.store.store_answers(&AnsweredBatch { opened, ..AnsweredBatch::default() }, NOW).unwrap();
        }

        fn look(&mut self, at: Instant) -> Option<Instant> {
            let now = ReadTime { at, tracked_since: None };
            queue_reminders(&mut self.store, self.config.group(), &self.row, Some(BOT), now).unwrap().next
        }

        fn reminded(&self, person: PeerId) -> usize {
            self.store.reminders(self.row.key, &[person]).unwrap().len()
        }
    }

    #[test]
    fn who_can_be_written_to_is_reminded_and_nobody_else() {
        let mut hall = Hall::new();
        let (key, starts) = (hall.row.key, NOW + 3600);
        hall.open_chat(ADA);
        for account in [ADA, BOB] {
            hall.store.appoint(key, account, starts, NOW).unwrap();
        }
        assert_eq!(hall.look(NOW), Some(starts - 600));
        assert_eq!((hall.reminded(ADA), hall.reminded(BOB)), (0, 0));
        assert_eq!(hall.look(starts - 600), None);
        hall.look(starts - 590);
        assert_eq!((hall.reminded(ADA), hall.reminded(BOB)), (1, 0));
        // Without a bot no reminder can be sent.
        hall.open_chat(BOB);
        let now = ReadTime { at: starts - 500, tracked_since: None };
        assert_eq!(
            queue_reminders(&mut hall.store, hall.config.group(), &hall.row, None, now).unwrap(),
            ReminderCheck::default()
        );
        assert_eq!(hall.reminded(BOB), 0);
        let left = Rights { left: Some(starts + 5), ..Rights::default() };
        hall.store.decide(key, &[BOB], &left).unwrap();
        hall.look(starts - 400);
        assert_eq!(hall.reminded(BOB), 0);
    }

    #[test]
    fn after_three_ignored_reminders_there_are_none_until_the_person_asks_for_them() {
        let mut hall = Hall::new();
        let key = hall.row.key;
        hall.open_chat(ADA);
        let remind = |hall: &mut Hall, day: i64| {
            let starts = NOW + day * DAY + 3600;
            hall.store.appoint(key, ADA, starts, starts - 3600).unwrap();
            hall.look(starts - 600);
            hall.reminded(ADA)
        };
        let counts: Vec<usize> = (0..5).map(|day| remind(&mut hall, day)).collect();
        assert_eq!(counts, [1, 2, 3, 3, 3]);
        let ever = Span::new(Instant(0), Instant(i64::MAX));
        hall.store.answer_reminders(key, &[ADA], ever, NOW + 5 * DAY).unwrap();
        let counts: Vec<usize> = (5..10).map(|day| remind(&mut hall, day)).collect();
        assert_eq!(counts, [4, 5, 6, 6, 6]);
    }

    /// The slots in the post of a day, composed at `at`: whether the slot was on the day before, its hour, how many
    /// came, and how many meant to.
    fn told(hall: &Hall, day: &str, at: Instant) -> Vec<(bool, String, usize, usize)> {
        let now = ReadTime { at, tracked_since: None };
        let kept = kept(&hall.store, hall.config.group(), hall.row.key, day.parse().unwrap(), now).unwrap();
        kept.iter().map(|slot| (slot.is_day_before, shown(slot.time), slot.kept.came, slot.kept.of)).collect()
    }

    #[test]
    fn a_slot_is_told_of_once_it_is_over_and_once() {
        let mut hall = Hall::new();
        let key = hall.row.key;
        // 2027-01-15 19:00 in Tashkent, and a slot that is over after the day's post (21:30).
        let day =
            Period::of(Scope::Day, "2027-01-15".parse().unwrap(), hall.config.group().zone, Calendar::default()).span;
        let (early, late) = (day.from + 19 * 3600, day.from + 21 * 3600);
        let carol = PeerId(9);
        for account in [ADA, BOB, carol] {
            for starts in [early, late] {
                hall.store.appoint(key, account, starts, NOW).unwrap();
            }
        }
        let left = Rights { left: Some(NOW), ..Rights::default() };
        hall.store.decide(key, &[carol], &left).unwrap();
        let end = early + WINDOW_AFTER;
        assert_eq!(told(&hall, "2027-01-15", end - 1), []);
        assert_eq!(told(&hall, "2027-01-15", end), [(false, "19:00".into(), 0, 2)]);
        let due = hall.config.group().timetable.due("2027-01-15".parse().unwrap());
        assert!(late + WINDOW_AFTER > due, "{due:?}");
        assert_eq!(told(&hall, "2027-01-15", due), [(false, "19:00".into(), 0, 2)]);
        // The next post has the slot that was not over by then. No slot is in two posts.
        assert_eq!(told(&hall, "2027-01-16", due + DAY), [(true, "21:00".into(), 0, 2)]);
        assert_eq!(told(&hall, "2027-01-17", due + 2 * DAY), []);
    }

    #[test]
    fn a_reminder_is_not_sent_once_the_slot_has_begun() {
        let mut hall = Hall::new();
        let starts = NOW + 3600;
        hall.open_chat(ADA);
        hall.store.appoint(hall.row.key, ADA, starts, NOW).unwrap();
        hall.look(starts - 600);
        let due = |at| hall.store.due(Owner::Account(BOT), Lane::Answers, at).unwrap().len();
        assert_eq!([starts - 600, starts - 1, starts].map(due), [1, 1, 0]);
    }
}
