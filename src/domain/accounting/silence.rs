//! Signs of life, and how much of a person's time ranks without them (rules §2.25).
//!
//! ```text
//! in the call   ├──────────────────────────────────────────┤
//! signs                    ▲
//! not seen                        ├──┤                        the clock stands still
//! clock         0────2 h   0──────1──1────────3 h
//! ranks         ├─────────────────────────────┤
//! ```

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::accounting::presence::{Blinds, Stay};
use crate::domain::time::interval::SpanSet;
use crate::domain::{Instant, PeerId, Span};

/// The shortest and the longest silence that may rank, in hours.
const HOURS: std::ops::RangeInclusive<i64> = 1..=6;

/// What a group does with signs of life (`SWF_SILENCE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Silence {
    /// Signs are not stored.
    #[default]
    Off,
    /// Signs are stored, and change no rank.
    Record,
    /// Signs are stored, and a silence ranks for at most this many seconds.
    Limit(i64),
}

impl Silence {
    /// The allowed values of the setting, for messages.
    pub const ALLOWED: &str = "off, record, or hours from 1h to 6h";

    /// Reads the setting, in upper or lower case.
    pub fn parse(text: &str) -> Option<Silence> {
        match text.to_ascii_lowercase().as_str() {
            "off" => Some(Silence::Off),
            "record" => Some(Silence::Record),
            hours => {
                let hours: i64 = hours.strip_suffix('h')?.trim().parse().ok()?;
                HOURS.contains(&hours).then_some(Silence::Limit(hours * 3600))
            }
        }
    }

    /// The setting as users write it and the store has it; [`Silence::parse`] reads it.
    pub fn code(self) -> String {
        match self {
            Silence::Off => "off".into(),
            Silence::Record => "record".into(),
            Silence::Limit(seconds) => format!("{}h", seconds / 3600),
        }
    }

    /// Whether signs are stored.
    pub fn records(self) -> bool {
        self != Silence::Off
    }

    /// How many seconds before a period the clock of a silence is followed; 0 without a limit.
    pub fn clock_reach(self) -> i64 {
        self.limit().map_or(0, |_| CLOCK_REACH)
    }

    /// How long a silence ranks, in seconds.
    pub fn limit(self) -> Option<i64> {
        match self {
            Silence::Limit(seconds) => Some(seconds),
            Silence::Off | Silence::Record => None,
        }
    }
}

/// The age at which a sign is deleted, in seconds.
pub const SIGN_RETENTION: i64 = 35 * 86_400;
/// The age at which time that did not rank is stored, in seconds. After that its signs are not needed any more.
pub const FOLD_AGE: i64 = 34 * 86_400;
/// How long before a period the clock of a silence is followed, in seconds. A clock that stood still for longer may
/// begin again at 0.
pub const CLOCK_REACH: i64 = 86_400;
/// How long before the limit a person is asked, in seconds.
pub const QUESTION_LEAD: i64 = 900;
/// How long after the limit the question is still sent, in seconds.
pub const MAX_QUESTION_LATE: i64 = 300;
/// The shortest time between two looks at a silence, in seconds: the call is confirmed every half minute.
const MIN_CHECK_INTERVAL: i64 = 10;
/// The time between two looks at a silence whose clock stands still, in seconds.
const UNSEEN_CHECK_INTERVAL: i64 = 300;
/// A person who was last seen this many seconds ago, or longer ago, is not asked: swf may not see the call now.
const MAX_UNSEEN: i64 = 120;

/// A value of the setting, with the time at which the tracker first read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingChange {
    pub at: Instant,
    pub silence: Silence,
    /// The day whose daily post announces the limit.
    pub announced: Option<NaiveDate>,
    /// From when on the limit acts; `None` until the group was told.
    pub acts_from: Option<Instant>,
}

/// A limit, and the span in which it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub span: Span,
    /// In seconds.
    pub limit: i64,
}

/// The limits that act, from the settings in the order in which they were noted. A limit ends when the next setting
/// begins.
pub fn rules(noted: &[SettingChange]) -> Vec<Rule> {
    let ends = noted.iter().skip(1).map(|next| next.at).chain([Instant(i64::MAX)]);
    let rule = |(noted, end): (&SettingChange, Instant)| {
        let span = Span::new(noted.acts_from?, end);
        Some(Rule { span, limit: noted.silence.limit()? }).filter(|rule| !rule.span.is_empty())
    };
    noted.iter().zip(ends).filter_map(rule).collect()
}

/// The time in which signs were stored.
pub fn recorded(noted: &[SettingChange]) -> SpanSet {
    let ends = noted.iter().skip(1).map(|next| next.at).chain([Instant(i64::MAX)]);
    let recording = noted.iter().zip(ends).filter(|(noted, _)| noted.silence.records());
    SpanSet::union(recording.map(|(noted, end)| Span::new(noted.at, end)))
}

/// The data that decides which time of people ranks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// In order, each once. If there is none, all time ranks.
    pub rules: Vec<Rule>,
    /// By account, in any order.
    pub signs: Vec<(PeerId, Instant)>,
    /// Time of accounts that did not rank, from before `since`.
    pub folded: Vec<(PeerId, Span)>,
    /// Signs from before this instant may have been deleted: before it, only `folded` counts.
    pub since: Option<Instant>,
}

/// One person's presence, as the clock of a silence needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// The union over all accounts.
    pub present: SpanSet,
    /// The time in which any of the accounts in the call could not be seen: the clock stands still.
    pub unseen: SpanSet,
}

/// The time in which the clock of a silence has reached `limit`. The clock begins at 0 with each session and with each
/// of `signs` (in order), and stands still while the person could not be seen. Unseen time is never silent.
pub fn silent(presence: &Presence, signs: &[Instant], limit: i64, grace: i64) -> SpanSet {
    let mut silent = Vec::new();
    each_run(presence, signs, grace, |run, clock| {
        let ranked = (limit - clock).clamp(0, run.seconds());
        silent.push(Span::new(run.from + ranked, run.to));
    });
    SpanSet::union(silent)
}

/// The silence that goes on at the end of the presence: its length in seconds, and when it began (the last sign, or the
/// session's start). `None` without presence.
pub fn clock(presence: &Presence, signs: &[Instant], grace: i64) -> Option<(i64, Instant)> {
    let session = presence.present.runs(grace).last()?;
    let span = Span::new(session.iter().next()?.from, session.iter().last()?.to);
    let began =
        signs.iter().copied().filter(|sign| *sign <= span.to).max().map_or(span.from, |sign| sign.max(span.from));
    let after = Span::new(began, span.to);
    Some((session.clip(after).without(&presence.unseen).seconds(), began))
}

/// A person's silence that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// How long it is, in seconds.
    pub clock: i64,
    /// The last sign, or the start of the session or of the limit.
    pub began: Instant,
    /// The last instant that shows the person in the call.
    pub until: Instant,
    /// The clock does not stand still.
    pub is_seen: bool,
}

/// What to do about a silence that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask the person: this many seconds are left until the limit.
    Ask(i64),
    /// Look at the silence again in this many seconds.
    Wait(i64),
}

impl Running {
    /// Decides whether to ask the person at `now`. A person is asked once in a silence, within [`QUESTION_LEAD`] seconds
    /// before the limit, and only while they are seen.
    pub fn step(self, limit: i64, asked: Option<Instant>, now: Instant) -> Step {
        let due = limit - QUESTION_LEAD;
        let was_asked = asked.is_some_and(|asked| asked >= self.began);
        let is_seen = self.is_seen && now - self.until < MAX_UNSEEN;
        match self.clock {
            // The next silence has not begun yet, so its question can't be due earlier.
            clock if clock >= limit || was_asked => Step::Wait(due),
            clock if clock < due => Step::Wait((due - clock).max(interval(is_seen))),
            clock if is_seen => Step::Ask(limit - clock),
            _ => Step::Wait(interval(false)),
        }
    }
}

fn interval(is_seen: bool) -> i64 {
    if is_seen { MIN_CHECK_INTERVAL } else { UNSEEN_CHECK_INTERVAL }
}

/// The result of a look for people to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionCheck {
    /// Questions were stored.
    pub any: bool,
    /// When the next question may be due; `None` while nobody is in the call.
    pub next: Option<Instant>,
    /// How many seconds after somebody joins their question may be due; `None` if nobody is ever asked.
    pub after: Option<i64>,
}

impl QuestionCheck {
    /// Another look is due at `at` at the latest.
    pub fn wait_until(&mut self, at: Instant) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// Calls `take` with each part of the presence in which the clock runs, cut at the signs, and the clock at the part's
/// start.
fn each_run(presence: &Presence, signs: &[Instant], grace: i64, mut take: impl FnMut(Span, i64)) {
    let mut signs = signs.iter().copied().peekable();
    for session in presence.present.runs(grace) {
        let mut clock = 0;
        for span in session.without(&presence.unseen).iter() {
            let mut from = span.from;
            while from < span.to {
                while signs.next_if(|sign| *sign <= from).is_some() {
                    clock = 0;
                }
                let to = signs.peek().map_or(span.to, |sign| span.to.min(*sign));
                take(Span::new(from, to), clock);
                clock += to - from;
                from = to;
            }
        }
    }
}

/// The signs of one person, over all accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnSigns {
    /// In order.
    signs: Vec<Instant>,
    folded: Vec<Span>,
}

impl Signs {
    /// The signs of each person; `person` returns the person who has an account.
    pub fn by_person(&self, person: impl Fn(PeerId) -> PeerId) -> BTreeMap<PeerId, OwnSigns> {
        let mut people: BTreeMap<PeerId, OwnSigns> = BTreeMap::new();
        for (account, at) in &self.signs {
            people.entry(person(*account)).or_default().signs.push(*at);
        }
        for (account, span) in &self.folded {
            people.entry(person(*account)).or_default().folded.push(*span);
        }
        people.values_mut().for_each(|own| own.signs.sort_unstable());
        people
    }

    /// The time of a person that does not rank, by the limit that acted at the time. `grace` is that of sessions.
    pub fn unranked(&self, presence: &Presence, own: &OwnSigns, grace: i64) -> SpanSet {
        let mut unranked = own.folded.clone();
        for Rule { span, limit } in &self.rules {
            // Before the rule acts, no clock runs.
            let acting = Span::new(span.from, Instant(i64::MAX));
            let acted = Presence { present: presence.present.clip(acting), unseen: presence.unseen.clone() };
            let counted = Span::new(span.from.max(self.since.unwrap_or(span.from)), span.to);
            unranked.extend(silent(&acted, &own.signs, *limit, grace).clip(counted).iter());
        }
        SpanSet::union(unranked)
    }

    /// The silence of a person that goes on, counted from the start of `rule` at the earliest; `None` without presence
    /// since then.
    pub fn running(&self, rule: Rule, presence: &Presence, own: &OwnSigns, grace: i64) -> Option<Running> {
        let acting = Span::new(rule.span.from, Instant(i64::MAX));
        let acted = Presence { present: presence.present.clip(acting), unseen: presence.unseen.clone() };
        let (clock, began) = clock(&acted, &own.signs, grace)?;
        let until = acted.present.iter().last()?.to;
        let is_seen = acted.unseen.iter().all(|unseen| unseen.to < until);
        Some(Running { clock, began, until, is_seen })
    }

    /// Whether all time of everybody ranks.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.folded.is_empty()
    }
}

impl Presence {
    /// The presence of one person, from the stays of all accounts.
    pub fn of(stays: &[Stay], blinds: &Blinds) -> Presence {
        let unseen = stays.iter().flat_map(|stay| blinds.of(stay).map(|blind| blind.span.clip(stay.span)));
        Presence { present: SpanSet::union(stays.iter().map(|stay| stay.span)), unseen: SpanSet::union(unseen) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3600;
    const LIMIT: i64 = 3 * HOUR;
    const ADA: PeerId = PeerId(1);

    fn set(spans: &[(i64, i64)]) -> SpanSet {
        SpanSet::union(spans.iter().map(|(from, to)| Span::new(Instant(*from), Instant(*to))))
    }

    fn presence(present: &[(i64, i64)], unseen: &[(i64, i64)]) -> Presence {
        Presence { present: set(present), unseen: set(unseen) }
    }

    fn instants(signs: &[i64]) -> Vec<Instant> {
        signs.iter().map(|at| Instant(*at)).collect()
    }

    /// Seconds in the call, and seconds that rank with a limit of 3 hours.
    fn hours(present: &[(i64, i64)], unseen: &[(i64, i64)], signs: &[i64]) -> (i64, i64) {
        let scaled = |spans: &[(i64, i64)]| spans.iter().map(|(from, to)| (from * HOUR, to * HOUR)).collect::<Vec<_>>();
        let presence = presence(&scaled(present), &scaled(unseen));
        let signs: Vec<i64> = signs.iter().map(|at| at * HOUR).collect();
        let silent = silent(&presence, &instants(&signs), LIMIT, 60);
        let seconds = presence.present.seconds();
        assert_eq!((seconds % HOUR, silent.seconds() % HOUR), (0, 0));
        (seconds / HOUR, (seconds - silent.seconds()) / HOUR)
    }

    /// The table of the rule: what counts, and what ranks.
    #[test]
    fn a_silence_ranks_for_three_hours() {
        assert_eq!(hours(&[(0, 8)], &[], &[]), (8, 3), "asleep");
        assert_eq!(
            silent(&presence(&[(0, 5 * HOUR)], &[]), &instants(&[5 * HOUR / 2]), LIMIT, 60).seconds(),
            0,
            "one tap"
        );
        assert_eq!(hours(&[(0, 6)], &[], &[5]), (6, 4), "a tap after 5 h");
        assert_eq!(hours(&[(0, 10)], &[(0, 10)], &[]), (10, 10), "a hidden listener");
        // Two accounts: a sign of either counts for the person.
        assert_eq!(hours(&[(0, 8), (2, 3)], &[], &[2]), (8, 5), "an alias");
        assert_eq!(hours(&[(0, 8)], &[], &[0, 1, 2, 3, 4, 5, 6, 7]), (8, 8), "video all night");
        // An open microphone is one sign, ten minutes after the change of mute.
        let overnight = presence(&[(0, 8 * HOUR)], &[]);
        assert_eq!(silent(&overnight, &instants(&[0, 600]), LIMIT, 60), set(&[(LIMIT + 600, 8 * HOUR)]));
    }

    #[test]
    fn the_clock_stands_still_while_nothing_is_seen_and_begins_with_each_session() {
        assert_eq!(hours(&[(0, 8)], &[(1, 3)], &[]), (8, 5));
        // Unseen time after the limit ranks, too, and the clock then goes on from where it stood.
        assert_eq!(hours(&[(0, 8)], &[(5, 6)], &[]), (8, 4));
        // A sign that came while nothing was seen counts.
        assert_eq!(hours(&[(0, 8)], &[(2, 3)], &[2]), (8, 6));
        assert_eq!(hours(&[(0, 4), (5, 9)], &[], &[]), (8, 6));
        // A gap below the grace is no new session.
        let flaky = presence(&[(0, 2 * HOUR), (2 * HOUR + 59, 8 * HOUR)], &[]);
        assert_eq!(silent(&flaky, &[], LIMIT, 60), set(&[(3 * HOUR + 59, 8 * HOUR)]));
        let back = presence(&[(0, 2 * HOUR), (2 * HOUR + 60, 8 * HOUR)], &[]);
        assert_eq!(silent(&back, &[], LIMIT, 60), set(&[(5 * HOUR + 60, 8 * HOUR)]));
    }

    #[test]
    fn a_silence_that_goes_on_has_a_clock() {
        let of = |present: &[(i64, i64)], unseen: &[(i64, i64)], signs: &[i64]| {
            clock(&presence(present, unseen), &instants(signs), 60).map(|(seconds, began)| (seconds, began.0))
        };
        assert_eq!(of(&[], &[], &[5]), None);
        assert_eq!(of(&[(0, 100), (500, 900)], &[], &[]), Some((400, 500)));
        assert_eq!(of(&[(500, 900)], &[(600, 700)], &[550, 100]), Some((250, 550)));
        assert_eq!(of(&[(500, 900)], &[], &[900, 950]), Some((0, 900)));
    }

    #[test]
    fn a_person_is_asked_once_in_a_silence_a_quarter_of_an_hour_before_the_limit() {
        let due = LIMIT - QUESTION_LEAD;
        let at = |clock, is_seen| Running { clock, began: Instant(1000), until: Instant(1000 + clock), is_seen };
        let step = |running: Running, asked: Option<i64>| running.step(LIMIT, asked.map(Instant), running.until + 20);
        assert_eq!(step(at(0, true), None), Step::Wait(due));
        assert_eq!(step(at(due - 1, true), None), Step::Wait(MIN_CHECK_INTERVAL));
        assert_eq!(step(at(due, true), None), Step::Ask(900));
        assert_eq!(step(at(LIMIT - 1, true), None), Step::Ask(1));
        // It is too late, or the person was asked before.
        assert_eq!(step(at(LIMIT, true), None), Step::Wait(due));
        assert_eq!(step(at(due + 30, true), Some(1000 + due)), Step::Wait(due));
        // The person was asked before the last sign.
        assert_eq!(step(at(due, true), Some(999)), Step::Ask(900));
        // The clock stands still, or the call was not seen lately.
        assert_eq!(step(at(due, false), None), Step::Wait(UNSEEN_CHECK_INTERVAL));
        assert_eq!(step(at(due - 1, false), None), Step::Wait(UNSEEN_CHECK_INTERVAL));
        let unseen = at(due, true);
        assert_eq!(unseen.step(LIMIT, None, unseen.until + MAX_UNSEEN), Step::Wait(UNSEEN_CHECK_INTERVAL));
    }

    #[test]
    fn a_silence_that_goes_on_begins_with_the_limit_at_the_earliest() {
        let rule = |from| Rule { span: Span::new(Instant(from), Instant(i64::MAX)), limit: LIMIT };
        let known = Signs::default();
        let running = |present: &[(i64, i64)], unseen: &[(i64, i64)], signs: &[i64], from| {
            let own = OwnSigns { signs: instants(signs), folded: Vec::new() };
            let running = known.running(rule(from), &presence(present, unseen), &own, 60)?;
            Some((running.clock, running.began.0, running.until.0, running.is_seen))
        };
        assert_eq!(running(&[(0, 900)], &[], &[], 0), Some((900, 0, 900, true)));
        assert_eq!(running(&[(0, 900)], &[], &[100], 300), Some((600, 300, 900, true)));
        assert_eq!(running(&[(0, 900)], &[], &[500], 300), Some((400, 500, 900, true)));
        assert_eq!(running(&[(0, 900)], &[], &[], 900), None);
        assert_eq!(running(&[(0, 900)], &[(100, 200)], &[], 0), Some((800, 0, 900, true)));
        assert_eq!(running(&[(0, 900)], &[(800, 900)], &[], 0), Some((800, 0, 900, false)));
    }

    fn noted(at: i64, setting: &str, acts_from: Option<i64>) -> SettingChange {
        let silence = Silence::parse(setting).unwrap();
        SettingChange { at: Instant(at), silence, announced: None, acts_from: acts_from.map(Instant) }
    }

    #[test]
    fn a_limit_acts_from_the_announced_instant_to_the_next_setting() {
        let span = |from, to| Span::new(Instant(from), Instant(to));
        let history =
            [noted(10, "record", None), noted(20, "3h", Some(50)), noted(100, "2h", None), noted(200, "off", None)];
        assert_eq!(rules(&history), [Rule { span: span(50, 100), limit: LIMIT }]);
        assert_eq!(recorded(&history), set(&[(10, 200)]));
        assert_eq!(rules(&history[..2]), [Rule { span: span(50, i64::MAX), limit: LIMIT }]);
        // The setting changed before the limit acted.
        assert_eq!(rules(&[noted(20, "3h", Some(50)), noted(40, "off", None)]), []);
    }

    #[test]
    fn nothing_before_the_rule_acts_is_silent_and_what_is_folded_stays() {
        let rules = vec![Rule { span: Span::new(Instant(HOUR), Instant(6 * HOUR)), limit: LIMIT }];
        let signs = Signs { rules, ..Signs::default() };
        let night = presence(&[(0, 8 * HOUR)], &[]);
        let of_ada = |signs: &Signs| {
            let own = signs.by_person(|account| account).remove(&ADA).unwrap_or_default();
            signs.unranked(&night, &own, 60)
        };
        assert_eq!(of_ada(&signs), set(&[(4 * HOUR, 6 * HOUR)]));
        let folded = vec![(ADA, Span::new(Instant(10), Instant(20))), (PeerId(2), Span::new(Instant(0), Instant(99)))];
        let other = vec![(PeerId(2), Instant(4 * HOUR))];
        let signs = Signs { folded, since: Some(Instant(5 * HOUR)), signs: other, ..signs };
        assert_eq!(of_ada(&signs), set(&[(10, 20), (5 * HOUR, 6 * HOUR)]));
        assert_eq!(of_ada(&Signs::default()), SpanSet::default());
    }

    #[test]
    fn the_setting_is_read_as_it_is_written() {
        for (text, silence) in [
            ("off", Some(Silence::Off)),
            ("Record", Some(Silence::Record)),
            ("1h", Some(Silence::Limit(HOUR))),
            ("6H", Some(Silence::Limit(6 * HOUR))),
            ("0h", None),
            ("7h", None),
            ("3", None),
            ("", None),
        ] {
            assert_eq!(Silence::parse(text), silence, "{text}");
            if let Some(silence) = silence {
                assert_eq!(Silence::parse(&silence.code()), Some(silence));
            }
        }
    }

    /// The reference: second by second.
    fn slowly(present: &SpanSet, unseen: &SpanSet, signs: &[i64], limit: i64, grace: i64) -> Vec<i64> {
        let is_in = |set: &SpanSet, at: i64| set.iter().any(|span| span.from.0 <= at && at < span.to.0);
        let (mut clock, mut absent, mut silent) = (0, grace, Vec::new());
        for at in 0..200 {
            if signs.contains(&at) {
                clock = 0;
            }
            if !is_in(present, at) {
                absent += 1;
                continue;
            }
            if absent >= grace {
                clock = 0;
            }
            absent = 0;
            if !is_in(unseen, at) {
                if clock >= limit {
                    silent.push(at);
                }
                clock += 1;
            }
        }
        silent
    }

    fn spans() -> impl Strategy<Value = Vec<(i64, i64)>> {
        proptest::collection::vec((0..150i64, 1..50i64).prop_map(|(from, length)| (from, from + length)), 0..5)
    }

    proptest! {
        #[test]
        fn silence_agrees_with_a_count_of_seconds(
            accounts in spans(),
            unseen in spans(),
            signs in proptest::collection::btree_set(0..200i64, 0..6),
            limit in 1..40i64,
            grace in 1..10i64,
        ) {
            let presence = presence(&accounts, &unseen);
            let signs: Vec<i64> = signs.into_iter().collect();
            let silent = silent(&presence, &instants(&signs), limit, grace);
            let seconds: Vec<i64> = silent.iter().flat_map(|span| span.from.0..span.to.0).collect();
            prop_assert_eq!(&seconds, &slowly(&presence.present, &presence.unseen, &signs, limit, grace));
            // Silence lies within the presence, and unseen time is never silent.
            prop_assert_eq!(silent.without(&presence.present), SpanSet::default());
            prop_assert_eq!(silent.meet(&presence.unseen), SpanSet::default());
        }

        #[test]
        fn one_more_sign_more_blindness_or_a_longer_limit_never_lowers_what_ranks(
            accounts in spans(),
            unseen in spans(),
            signs in proptest::collection::btree_set(0..200i64, 0..6),
            more in (0..200i64, 0..150i64, 1..50i64),
            limit in 1..40i64,
        ) {
            let (sign, from, length) = more;
            let before = presence(&accounts, &unseen);
            let own: Vec<i64> = signs.iter().copied().collect();
            let silence = |presence: &Presence, signs: &[i64], limit| silent(presence, &instants(signs), limit, 5);
            let was = silence(&before, &own, limit);
            let mut with_sign = signs;
            with_sign.insert(sign);
            let with_sign: Vec<i64> = with_sign.into_iter().collect();
            prop_assert_eq!(silence(&before, &with_sign, limit).without(&was), SpanSet::default());
            let blinder = [&unseen[..], &[(from, from + length)]].concat();
            prop_assert_eq!(silence(&presence(&accounts, &blinder), &own, limit).without(&was), SpanSet::default());
            prop_assert_eq!(silence(&before, &own, limit + 1).without(&was), SpanSet::default());
        }
    }
}
