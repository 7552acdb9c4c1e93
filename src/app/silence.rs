//! Signs of life, and which time ranks (rules §2.25): which limit acts, its announcement to the group, what is kept
//! once signs are deleted, and what a limit would change.

use chrono::NaiveDate;

use crate::app::{boards, groups};
use crate::config::{Config, GroupSettings};
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::leaderboard::ranked_board;
use crate::domain::accounting::silence::{
    CLOCK_REACH, FOLD_AGE, MAX_QUESTION_LATE, OwnSigns, Presence, QUESTION_LEAD, QuestionCheck, Rule, SettingChange,
    Silence, Step, recorded, rules,
};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::answers::notes::lines;
use crate::domain::chat::press::Press;
use crate::domain::chat::{Answer, Button, Buttons};
use crate::domain::time::period::{Period, first_instant};
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::store::{Access, AnswerDraft, GroupKey, GroupRow, Reminds, Store};

/// Notes a changed setting of a group. Also notes when an announced limit begins to act: on the day after the post that
/// announced it, but not before that post was sent.
pub fn note(store: &mut Store, settings: &GroupSettings, group: GroupKey, now: Instant) -> Result<()> {
    let noted = store.silence_settings(group)?;
    let last = noted.last();
    if last.map_or(Silence::Off, |last| last.silence) != settings.silence {
        return store.note_silence(group, settings.silence, now);
    }
    if let Some(SettingChange { announced: Some(day), acts_from: None, .. }) = last
        && let Some(sent) = store.daily_post_sent(group, *day)?
    {
        let next = day.succ_opt().unwrap_or(*day);
        let acts_from = first_instant(settings.zone, next).max(sent);
        store.announce_silence(group, *day, Some(acts_from))?;
    }
    Ok(())
}

/// What the daily post of `day` announces: from which day on, and after how many seconds, a silence does not rank.
pub fn announcement(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    day: NaiveDate,
) -> Result<Option<(NaiveDate, i64)>> {
    let last = store.silence_settings(group)?.last().copied();
    let told = last.filter(|last| last.silence == settings.silence).filter(|last| {
        // The post that announced the limit keeps the announcement when it is edited.
        last.acts_from.is_none() || last.announced == Some(day)
    });
    Ok(told.and_then(|told| Some((day.succ_opt()?, told.silence.limit()?))))
}

/// Notes that the daily post of `day`, which is about to be stored, announces a limit that the group does not know yet.
pub fn announce(store: &mut Store, settings: &GroupSettings, group: GroupKey, day: NaiveDate) -> Result<()> {
    let is_told = store.silence_settings(group)?.last().is_none_or(|last| last.acts_from.is_some());
    if !is_told && announcement(store, settings, group, day)?.is_some() {
        store.announce_silence(group, day, None)?;
    }
    Ok(())
}

/// What a limit would change on the board of one period.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub board: Board,
    /// The first instant of the period at which signs were stored; `None` if they were stored in no part of it.
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

/// Stores the questions that are due, which `bot` sends, and returns when the next one may be due (rules §2.25). Only
/// people who have opened a private chat with the bot are asked.
pub fn ask(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    bot: Option<PeerId>,
    now: Instant,
) -> Result<QuestionCheck> {
    let (Some(bot), Some(limit)) = (bot, settings.silence.limit()) else { return Ok(QuestionCheck::default()) };
    let after = limit - QUESTION_LEAD;
    let nobody = QuestionCheck { after: Some(after), ..QuestionCheck::default() };
    let ever = Span::new(now - CLOCK_REACH - settings.policy.rules.reach(), now + 1);
    let grace = settings.policy.rules.grace;
    if store.record_of_open_stays(group.key, ever)?.stays.is_empty() {
        // A person who has just left may come back within the grace and continue the session.
        let may_come_back = store.has_stay_since(group.key, now - grace)?;
        return Ok(QuestionCheck { next: may_come_back.then_some(now + grace), ..nobody });
    }
    let acting =
        rules(&store.silence_settings(group.key)?).into_iter().find(|rule| rule.span.from <= now && now < rule.span.to);
    let Some(rule) = acting.filter(|rule| rule.limit == limit) else {
        // No clock runs before the limit acts.
        return Ok(QuestionCheck { next: Some(now + after), ..nobody });
    };
    let record = boards::record(store, settings, group.key, ever)?;
    let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
    let signs = record.signs_by_person();
    let (mut looked, none) = (nobody, OwnSigns::default());
    for (person, stays) in record.stays_by_person(settings.policy) {
        let mut accounts: Vec<PeerId> = stays.iter().filter(|stay| stay.open).map(|stay| stay.peer).collect();
        let presence = Presence::of(&stays, &record.blinds);
        let running = record.signs.running(rule, &presence, signs.get(&person).unwrap_or(&none), grace);
        if accounts.is_empty() {
            // This person may come back within the grace and continue the session.
            if running.is_some_and(|running| now - running.until < grace) {
                looked.wait_until(now + grace);
            }
            continue;
        }
        let Some(running) = running else {
            // This person has just joined.
            looked.wait_until(now + after);
            continue;
        };
        accounts.extend(record.aliases.accounts(person));
        let asked = store.silence_asked(group.key, &accounts)?;
        let wait = match running.step(limit, asked, now) {
            Step::Wait(wait) => wait,
            Step::Ask(left) => {
                let open = |account: &PeerId| Ok::<_, Error>(store.private_chat(bot, *account)?.is_some());
                let counted = accounts.iter().filter(|account| rights.is_counted(**account));
                let receiver = counted.map(|account| Ok((*account, open(account)?))).collect::<Result<Vec<_>>>()?;
                if let Some((receiver, _)) = receiver.into_iter().find(|(_, is_open)| *is_open) {
                    let language = store.language_of(bot, receiver)?.unwrap_or(settings.language);
                    let draft = question(language, limit, group, bot, receiver, left, now);
                    looked.any |= store.ask_still_here(group.key, &draft, now)?;
                }
                after
            }
        };
        looked.wait_until(now + wait);
    }
    Ok(looked)
}

/// The message, with its button. It expires [`MAX_QUESTION_LATE`] after the limit is reached.
fn question(
    language: Language,
    limit: i64,
    group: &GroupRow,
    bot: PeerId,
    receiver: PeerId,
    left: i64,
    now: Instant,
) -> AnswerDraft {
    let words = language.chat_words();
    let here = Button::press(words.still_here_button(), Press::StillHere { group: group.key.0 });
    AnswerDraft {
        account: bot,
        asked_in: group.peer,
        asked: 0,
        part: 0,
        hint: None,
        ephemeral_in: None,
        reminds_of: Some(Reminds::Silence(now)),
        receiver,
        topic: None,
        reply_to: None,
        language,
        answer: Answer {
            buttons: Buttons(vec![vec![here]]),
            ..lines([words.still_here(limit / 3600, (left + 59) / 60)])
        },
        delete_after: None,
        expires: Some(now + left + MAX_QUESTION_LATE),
        waits_for: None,
    }
}

/// Stores what did not rank, and then deletes signs that are too old. For a tracker: an error is logged, and the next
/// call tries again.
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
        tracing::error!("old signs of life could not be deleted: {error}");
    }
}

/// Stores what did not rank up to [`FOLD_AGE`] before now, also if the setting has changed since.
pub(super) fn fold(store: &mut Store, settings: &GroupSettings, group: GroupKey, now: Instant) -> Result<()> {
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
    use crate::domain::post::delivery::Lane;
    use crate::domain::rights::Rights;
    use crate::domain::roster::{BlindReason, End, Fact, Observed};
    use crate::domain::time::period::Scope;
    use crate::store::{AnsweredBatch, OpenedChat, Owner};

    const HOUR: i64 = 3600;
    const DAY: i64 = 86_400;
    const CALL: CallId = CallId(7);
    const ADA: PeerId = PeerId(5);
    const START: Instant = Instant(1_800_000_000);

    /// A group with a limit of 3 hours that acts from the start, and a stay of 8 hours with one sign after 5 hours.
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

    const BOT: PeerId = PeerId(99);

    /// Ada has been in the call since the start; a limit of 3 hours acts. The bot may write to her.
    struct Hall {
        _folder: tempfile::TempDir,
        config: Config,
        store: Store,
        row: GroupRow,
    }

    impl Hall {
        fn new() -> Hall {
            let folder = tempfile::tempdir().unwrap();
            let settings = "TELEGRAM_GROUP_USERNAME=@hall\nSWF_SILENCE=3h\n";
            std::fs::write(folder.path().join(".env.local"), settings).unwrap();
            let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
            let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
            let group = store.group(PeerId(-1001), None, "Study Hall", Some("hall"), PeerId(1)).unwrap();
            let row = store.groups().unwrap().remove(0);
            let mut hall = Hall { _folder: folder, config, store, row };
            hall.store.note_silence(group, Silence::Limit(3 * HOUR), START - 9 * DAY).unwrap();
            hall.store.announce_silence(group, "2027-01-14".parse().unwrap(), Some(START - DAY)).unwrap();
            hall.open_chat();
            let opened = Fact::Opened { call: CALL, peer: ADA, joined: START, from: START, seen: START };
            hall.observe(vec![Fact::Following { call: CALL, at: START }, opened], 0);
            hall
        }

        fn open_chat(&mut self) {
            let opened = vec![OpenedChat { account: BOT, person: ADA, group: None }];
            self.store.store_answers(&AnsweredBatch { opened, ..AnsweredBatch::default() }, START).unwrap();
        }

        /// Stores these facts, and that the call is confirmed `minutes` after the start.
        fn observe(&mut self, mut facts: Vec<Fact>, minutes: i64) {
            let at = START + minutes * 60;
            facts.push(Fact::Confirmed { call: CALL, at });
            let seen = Observed { facts, watched: Some(Span::new(START, at)), ..Observed::new(at) };
            self.store.record(self.row.key, &seen, &[]).unwrap();
        }

        /// Calls [`ask`] `minutes` after the start. Returns whether Ada is asked, and the minutes until the next call.
        fn look(&mut self, minutes: i64) -> (bool, Option<i64>) {
            let now = START + minutes * 60;
            let looked = ask(&mut self.store, self.config.group(), &self.row, Some(BOT), now).unwrap();
            (looked.any, looked.next.map(|next| (next - now) / 60))
        }

        fn questions(&self, minutes: i64) -> usize {
            let due = self.store.due(Owner::Account(BOT), Lane::Answers, START + minutes * 60);
            due.unwrap().iter().filter(|row| row.kind == "question").count()
        }
    }

    #[test]
    fn a_person_is_asked_once_in_a_silence_and_again_in_a_later_one() {
        let mut hall = Hall::new();
        assert_eq!(hall.look(0), (false, Some(165)));
        hall.observe(vec![], 164);
        assert_eq!(hall.look(164), (false, Some(1)));
        hall.observe(vec![], 165);
        assert_eq!((hall.look(165), hall.look(165)), ((true, Some(165)), (false, Some(165))));
        // The message is sent until five minutes after the limit is reached.
        assert_eq!([165, 184, 185].map(|minutes| hall.questions(minutes)), [1, 1, 0]);
        hall.observe(vec![], 179);
        assert!(!hall.look(179).0, "once in a silence");
        hall.observe(vec![Fact::Sign { call: CALL, peer: ADA, at: START + 180 * 60 }], 344);
        assert_eq!(hall.look(344), (false, Some(1)));
        hall.observe(vec![], 345);
        assert!(hall.look(345).0);
        assert_eq!(hall.questions(345), 1);
        hall.observe(
            vec![Fact::Closed { call: CALL, peer: ADA, from: START, to: START + 346 * 60, end: End::Left }],
            346,
        );
        assert_eq!(hall.look(347), (false, None));
    }

    #[test]
    fn nobody_is_asked_after_a_sign_or_while_the_clock_stands_still() {
        let mut hall = Hall::new();
        hall.observe(vec![Fact::Sign { call: CALL, peer: ADA, at: START + 60 * 60 }], 165);
        assert_eq!(hall.look(165), (false, Some(60)));
        // An hour is blind.
        let mut hall = Hall::new();
        let span = Span::new(START + 3600, START + 7200);
        let blind = |peer| Fact::Blind { call: CALL, peer, span, reason: BlindReason::Gap };
        hall.observe(vec![blind(None)], 165);
        assert_eq!(hall.look(165), (false, Some(60)));
        hall.observe(vec![], 225);
        assert!(hall.look(225).0);
        // The call is blind now, or only this person in it.
        let mut hall = Hall::new();
        hall.observe(vec![], 165);
        assert_eq!(hall.look(167), (false, Some(5)));
        let span = Span::new(START + 165 * 60, START + 170 * 60);
        hall.observe(
            vec![Fact::Blind { call: CALL, peer: Some(ADA), span, reason: BlindReason::ListenersHidden }],
            170,
        );
        assert_eq!(hall.look(170), (false, Some(5)));
    }

    #[test]
    fn nobody_is_asked_where_no_limit_acts_or_nobody_could_ask() {
        let mut hall = Hall::new();
        hall.observe(vec![], 165);
        let now = START + 165 * 60;
        let mut look = |silence, bot| {
            let settings = GroupSettings { silence, ..hall.config.group().clone() };
            ask(&mut hall.store, &settings, &hall.row, bot, now).unwrap()
        };
        for silence in [Silence::Off, Silence::Record] {
            assert_eq!(look(silence, Some(BOT)), QuestionCheck::default());
        }
        assert_eq!(look(Silence::Limit(3 * HOUR), None), QuestionCheck::default());
        // Another limit does not act yet, also if it would be time to ask.
        for hours in [2, 4] {
            let other = look(Silence::Limit(hours * HOUR), Some(BOT));
            assert_eq!((other.any, other.next), (false, Some(now + hours * HOUR - 900)));
        }
        // She has not written to the bot, or is not counted.
        let elsewhere = ask(&mut hall.store, hall.config.group(), &hall.row, Some(PeerId(98)), now).unwrap();
        assert_eq!((elsewhere.any, elsewhere.next), (false, Some(now + 3 * HOUR - 900)));
        let left = Rights { left: Some(now), ..Rights::default() };
        hall.store.decide(hall.row.key, &[ADA], &left).unwrap();
        assert!(!hall.look(165).0);
    }

    #[test]
    fn who_has_just_left_is_looked_at_until_they_can_not_come_back_into_the_session() {
        let mut hall = Hall::new();
        let to = START + 166 * 60;
        hall.observe(vec![Fact::Closed { call: CALL, peer: ADA, from: START, to, end: End::Left }], 166);
        let grace = hall.config.group().policy.rules.grace / 60;
        assert_eq!(hall.look(166), (false, Some(grace)));
        assert_eq!(hall.look(166 + grace), (false, None));
    }

    #[test]
    fn who_has_left_is_not_asked_while_others_are_in_the_call() {
        let mut hall = Hall::new();
        let (from, to) = (START + 6000, START + 166 * 60);
        let bob = Fact::Opened { call: CALL, peer: PeerId(8), joined: from, from, seen: from };
        hall.observe(vec![bob, Fact::Closed { call: CALL, peer: ADA, from: START, to, end: End::Left }], 166);
        let grace = hall.config.group().policy.rules.grace / 60;
        assert_eq!(hall.look(166), (false, Some(grace)), "she may come back");
        hall.observe(vec![], 166 + grace);
        assert_eq!(hall.look(166 + grace), (false, Some(165 - 66 - grace)));
        assert_eq!(hall.store.answers_to(ADA).unwrap().len(), 0);
    }

    #[test]
    fn a_person_is_asked_where_any_of_their_accounts_can_be_written_to() {
        let mut hall = Hall::new();
        let phone = PeerId(6);
        hall.store.add_alias(hall.row.key, &ADA.to_string(), &phone.to_string()).unwrap();
        let (from, to) = (START + 600, START + 700);
        let opened = Fact::Opened { call: CALL, peer: phone, joined: from, from, seen: from };
        hall.observe(vec![opened, Fact::Closed { call: CALL, peer: ADA, from: START, to, end: End::Left }], 165);
        assert!(hall.look(165).0);
        assert_eq!(hall.store.answers_to(ADA).unwrap().len(), 1);
        hall.observe(vec![], 170);
        assert!(!hall.look(170).0, "the person was asked");
    }

    #[test]
    fn the_question_is_in_the_language_of_the_last_answer() {
        let mut hall = Hall::new();
        for (asked, language) in [(5, Language::Uz), (6, Language::Ru)] {
            let draft = question(language, 3 * HOUR, &hall.row, BOT, ADA, 900, START);
            let drafts = vec![AnswerDraft { reminds_of: None, asked, ..draft }];
            hall.store.store_answers(&AnsweredBatch { drafts, ..AnsweredBatch::default() }, START).unwrap();
        }
        hall.observe(vec![], 165);
        assert!(hall.look(165).0);
        let text = hall.store.answers_to(ADA).unwrap().pop().unwrap().message.text;
        assert_eq!(text, Language::Ru.chat_words().still_here(3, 15));
    }

    #[test]
    fn a_limit_is_announced_by_a_daily_post_and_acts_from_the_day_after_it() {
        let (_folder, config, group) = home();
        let settings = GroupSettings { silence: Silence::Limit(2 * HOUR), ..config.group().clone() };
        let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
        let day: NaiveDate = "2027-02-01".parse().unwrap();
        let (next, other) = (day.succ_opt().unwrap(), day.pred_opt().unwrap());
        // A limit that was not noted is not announced, and neither is one that acts already.
        assert_eq!(announcement(&store, &settings, group, day).unwrap(), None);
        assert_eq!(announcement(&store, config.group(), group, day).unwrap(), None);
        note(&mut store, &settings, group, START + 9 * DAY).unwrap();
        note(&mut store, &settings, group, START + 10 * DAY).unwrap();
        assert_eq!(store.silence_settings(group).unwrap().len(), 2);
        announce(&mut store, &settings, group, day).unwrap();
        assert_eq!(announcement(&store, &settings, group, day).unwrap(), Some((next, 2 * HOUR)));
        // Until the post is sent, no limit acts, and the post of the next day announces it again.
        note(&mut store, &settings, group, START + 30 * DAY).unwrap();
        assert_eq!(store.silence_settings(group).unwrap()[1].acts_from, None);
        assert!(announcement(&store, &settings, group, next).unwrap().is_some());
        store.announce_silence(group, day, Some(first_instant(settings.zone, next))).unwrap();
        assert_eq!(announcement(&store, &settings, group, day).unwrap(), Some((next, 2 * HOUR)));
        assert_eq!(announcement(&store, &settings, group, other).unwrap(), None);
        // An edit of that post, or a later post, does not announce the limit again.
        for day in [day, next] {
            announce(&mut store, &settings, group, day).unwrap();
            assert!(store.silence_settings(group).unwrap()[1].acts_from.is_some());
        }
        // The earlier limit ended when the new one was noted.
        let rules = rules(&store.silence_settings(group).unwrap());
        assert_eq!(rules[0].span, Span::new(START - DAY, START + 9 * DAY));
        assert_eq!(rules[1].span.from, first_instant(settings.zone, next));
    }

    #[test]
    fn a_limit_acts_from_the_next_day_on_and_not_before_its_post_is_sent() {
        let day: NaiveDate = "2027-02-01".parse().unwrap();
        for (late, acts_late) in [(-3 * HOUR, 0), (40 * HOUR, 40 * HOUR)] {
            let (_folder, config, group) = home();
            let settings = GroupSettings { silence: Silence::Limit(2 * HOUR), ..config.group().clone() };
            let next = first_instant(settings.zone, day.succ_opt().unwrap());
            let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
            note(&mut store, &settings, group, next - DAY).unwrap();
            announce(&mut store, &settings, group, day).unwrap();
            let insert = "INSERT INTO deliveries (scope, owner, lane, kind, subject, random_id, text, created, next_try, sent) \
                          VALUES ('group', 1, 'posts', 'daily', '2027-02-01', 5, 'Board', 0, 0, ?1)";
            let db = rusqlite::Connection::open(config.home().store()).unwrap();
            db.execute(insert, [(next + late).0]).unwrap();
            note(&mut store, &settings, group, next + late + 60).unwrap();
            assert_eq!(store.silence_settings(group).unwrap()[1].acts_from, Some(next + acts_late));
        }
    }
}
