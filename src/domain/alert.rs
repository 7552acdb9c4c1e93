//! When the organiser gets an alert, and what it says.
//!
//! ```text
//! seen ────┤ outage: offline, hung, dead …                    ├──── seen
//!          S        +5        +10        +15                  C
//!                   alert     alert      alert                recovery: how long, and how much of it is proved
//! ```
//! S, the last confirmed instant before an outage, identifies the incident. So the tracker and `swf watchdog` mean the
//! same incident, also after one of them has crashed.
//!
//! The tracker also alerts when the store can't be written. Its engine (`tracker/engine`) decides when that alert is
//! due.

use chrono::NaiveDate;

use crate::domain::post::problem::Problem;
use crate::domain::text::{clean, isolated_if_mixed, shorten};
use crate::domain::time::period::{clock_date, local_text};
use crate::domain::time::zone::Zone;
use crate::domain::words::{AlertSubject, PastOutage, PastSpan, Proved, Words};
use crate::domain::{Instant, Span};

/// An outage causes an alert after each of these times, in minutes.
pub const OUTAGE_STEPS: [i64; 3] = [5, 10, 15];

/// An outage or its end must have lasted this long, in seconds of a clock that does not jump. A computer that wakes up
/// has a connection again within seconds.
pub const MIN_STATE_DURATION: i64 = 20;

/// A tracker that died and was back sooner than this, in seconds, causes no alert.
const MIN_ABSENCE: i64 = 60;

/// A daily post that is not sent so many seconds after it was stored causes an alert.
pub const MAX_POST_DELAY: i64 = 1800;

/// The most graphemes of a reason or remedy in an alert.
const MAX_REASON: usize = 200;

/// The most graphemes of a group's name, or of the names of several groups.
const MAX_GROUP: usize = 160;

/// What an alert is about. With the group and the incident it is the alert's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// The group has not been seen for so many minutes, one of [`OUTAGE_STEPS`].
    Outage { minutes: i64 },
    /// The group is seen again.
    Recovered,
    /// Telegram refuses a post for good.
    Refused,
    /// A daily post is not sent [`MAX_POST_DELAY`] after it was stored, whatever the reason.
    Late,
    /// A post that was late has been sent.
    LateSent,
    /// A file of the store was removed, and is written again.
    StoreMended,
    /// `SWF_BACKUP_COMMAND` fails.
    BackupCommandFailed,
    /// `SWF_BACKUP_COMMAND` works again.
    BackupCommandRecovered,
    /// The store can't be written. This alert is never stored.
    StoreFailing,
    /// The store can be written again. This alert is never stored.
    StoreRecovered,
}

/// What the codes of all outage steps begin with.
const OUTAGE_CODE: &str = "dark ";

impl AlertKind {
    /// Whether the alert says that the group is seen or not, and so replaces older alerts that were not sent yet. The
    /// other alerts are about one post, the store's files or the backup command.
    pub fn is_about_group(self) -> bool {
        use AlertKind::{BackupCommandFailed, BackupCommandRecovered, Late, LateSent, Refused, StoreMended};
        !matches!(self, Refused | Late | LateSent | StoreMended | BackupCommandFailed | BackupCommandRecovered)
    }

    /// Whether the alert says how a late post ended, so that an unsent alert about the delay is dropped.
    pub fn ends_lateness(self) -> bool {
        matches!(self, AlertKind::Refused | AlertKind::LateSent)
    }

    /// The code in the store and in an alert's identity; it never changes.
    pub fn code(self) -> String {
        match self {
            AlertKind::Outage { minutes } => format!("{OUTAGE_CODE}{minutes}"),
            AlertKind::Recovered => "back".into(),
            AlertKind::Refused => "refused".into(),
            AlertKind::Late => "late".into(),
            AlertKind::LateSent => "late sent".into(),
            AlertKind::StoreMended => "store mended".into(),
            AlertKind::BackupCommandFailed => "backup command failed".into(),
            AlertKind::BackupCommandRecovered => "backup command works".into(),
            AlertKind::StoreFailing => "unwritable".into(),
            AlertKind::StoreRecovered => "written".into(),
        }
    }
}

/// The step that is due `now - since` seconds into an outage: the last step that was reached. `None` if `alerted`, the
/// codes of the incident's alerts, has that step or a later one.
pub fn due_step(since: Instant, now: Instant, alerted: &[String]) -> Option<AlertKind> {
    let reached = OUTAGE_STEPS.into_iter().rev().find(|minutes| now - since >= minutes * 60)?;
    let mut later = OUTAGE_STEPS.into_iter().filter(|minutes| *minutes >= reached);
    let is_alerted = later.any(|minutes| alerted.contains(&AlertKind::Outage { minutes }.code()));
    (!is_alerted).then_some(AlertKind::Outage { minutes: reached })
}

/// Whether the last step of an incident was alerted. `alerted`: the codes of the incident's alerts.
pub fn has_last_step(alerted: &[String]) -> bool {
    OUTAGE_STEPS.last().is_some_and(|minutes| alerted.contains(&AlertKind::Outage { minutes: *minutes }.code()))
}

/// Whether to send a recovery alert for an outage: it lasted until the first step, or it has an alert, or the tracker
/// died and was away for at least [`MIN_ABSENCE`]. `alerted`: the codes of the incident's alerts.
pub fn needs_recovery_alert(outage: Span, tracker_died: bool, alerted: &[String]) -> bool {
    let min_seconds = if tracker_died { MIN_ABSENCE } else { OUTAGE_STEPS[0] * 60 };
    outage.seconds() >= min_seconds || alerted.iter().any(|code| code.starts_with(OUTAGE_CODE))
}

/// An alert that can't be stored, with its incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnstoredAlert {
    pub kind: AlertKind,
    pub incident: Instant,
    pub text: String,
}

/// How much of a past outage the stays prove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Seconds of the outage in which at least one person's presence is proved.
    pub seconds: i64,
    /// People whose presence is proved in the whole outage or in a part of it.
    pub people: usize,
    /// People who were in the call before the outage and not after it.
    pub gone: usize,
}

impl Proof {
    /// The proof for several groups: the longest time that is proved in one group, and the people of all groups.
    pub fn of_all(proofs: &[Proof]) -> Proof {
        proofs.iter().fold(Proof::default(), |all, one| Proof {
            seconds: all.seconds.max(one.seconds),
            people: all.people + one.people,
            gone: all.gone + one.gone,
        })
    }
}

/// The data of a group that the texts of alerts need.
#[derive(Clone, Copy, Debug)]
pub struct AlertContext<'a> {
    /// The group's title, as it came from Telegram.
    pub group: &'a str,
    pub zone: Zone,
    /// The texts in the group's language.
    pub words: &'a dyn Words,
}

impl AlertContext<'_> {
    /// The title, made safe for a text.
    fn group_name(&self) -> String {
        isolated_if_mixed(&shorten(&clean(self.group), MAX_GROUP))
    }

    fn subject<'a>(&'a self, group: &'a str) -> AlertSubject<'a> {
        AlertSubject { group, zone: self.zone.name() }
    }

    /// `21:03`, with the date if it is not the date of `other`.
    fn time(&self, at: Instant, other: Instant) -> String {
        let same = clock_date(self.zone, at) == clock_date(self.zone, other);
        local_text(self.zone, at, if same { "%H:%M" } else { "%Y-%m-%d %H:%M" })
    }

    fn past_span(&self, span: Span) -> PastSpan {
        let (from, to) = (self.time(span.from, span.to), self.time(span.to, span.to));
        PastSpan { seconds: span.seconds(), from, to }
    }

    /// The alert of a step, for an outage that began at `since`. `now`: when the step was decided.
    pub fn outage(&self, since: Instant, now: Instant, reason: &str) -> String {
        let group = self.group_name();
        let seconds = (now - since).max(0);
        self.words.outage(self.subject(&group), seconds, &self.time(since, now), &reason_text(reason))
    }

    /// The alert that the group is seen again.
    pub fn recovered(&self, outage: Span, tracker_died: bool, reason: &str, proof: Proof) -> String {
        let group = self.group_name();
        let proved = match proof {
            Proof { people: 0, gone: 0, .. } => Proved::NobodySeen,
            Proof { people: 0, .. } => Proved::Nothing,
            Proof { seconds, people, .. } if seconds >= outage.seconds() => Proved::All { people },
            Proof { seconds, people, .. } => Proved::Part { seconds, people },
        };
        let reason = &reason_text(reason);
        let span = self.past_span(outage);
        let outage = PastOutage { span, tracker_died, reason, proved, left: proof.gone };
        self.words.recovered(self.subject(&group), &outage)
    }

    /// The alert that the store has not been writable since `since`. `reason` and `remedy` come from swf's error.
    pub fn store_failing(&self, since: Instant, now: Instant, reason: &str, remedy: &str) -> UnstoredAlert {
        let group = self.group_name();
        let [reason, remedy] = [reason, remedy].map(reason_text);
        let seconds = (now - since).max(0);
        let text = self.words.store_failing(self.subject(&group), seconds, &self.time(since, now), &reason, &remedy);
        UnstoredAlert { kind: AlertKind::StoreFailing, incident: since, text }
    }

    /// The alert that the store can be written again. `failure`: while it could not.
    pub fn store_recovered(&self, failure: Span) -> UnstoredAlert {
        let group = self.group_name();
        let text = self.words.store_recovered(self.subject(&group), &self.past_span(failure));
        UnstoredAlert { kind: AlertKind::StoreRecovered, incident: failure.from, text }
    }

    /// The alert that a file of the store was removed, and is written again.
    pub fn store_mended(&self, now: Instant) -> String {
        let group = self.group_name();
        self.words.store_mended(self.subject(&group), &self.time(now, now))
    }

    /// The alert that `SWF_BACKUP_COMMAND` failed. `reason` completes "the command …".
    pub fn backup_command_failed(&self, reason: &str) -> String {
        self.words.backup_command_failed(self.subject(&self.group_name()), &reason_text(reason))
    }

    /// The alert that `SWF_BACKUP_COMMAND` works again.
    pub fn backup_command_recovered(&self) -> String {
        self.words.backup_command_recovered(self.subject(&self.group_name()))
    }

    /// The alert that the post of `day` is not sent yet; `problem`: the reason, if it is known.
    pub fn late(&self, day: Option<NaiveDate>, problem: Option<&Problem>) -> String {
        let group = self.group_name();
        let problem = problem.map(|problem| reason_text(&self.words.problem(problem)));
        self.words.late(self.subject(&group), day, problem.as_deref())
    }

    /// The alert that a late post has been sent.
    pub fn late_sent(&self, day: Option<NaiveDate>) -> String {
        let group = self.group_name();
        self.words.late_sent(self.subject(&group), day)
    }

    /// An alert that the user asked for, to see whether alerts arrive.
    pub fn test(&self) -> String {
        self.words.test_alert(self.subject(&self.group_name()))
    }

    /// The alert that a post was refused for good: the post of `day`, or one that is not about a day.
    pub fn refused(&self, day: Option<NaiveDate>, problem: &Problem) -> String {
        let group = self.group_name();
        self.words.refused(self.subject(&group), day, &reason_text(&self.words.problem(problem)))
    }
}

/// A reason or remedy, made safe for an alert.
fn reason_text(text: &str) -> String {
    shorten(&clean(text), MAX_REASON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::post::problem::Code;
    use crate::domain::words::ENGLISH;
    use crate::domain::words::testing::{Marked, unmarked};
    use proptest::prelude::*;

    const CONTEXT: AlertContext = AlertContext { group: "Study\nHall", zone: Zone::TASHKENT, words: ENGLISH };
    const S: Instant = Instant(2_000_000_000);

    fn codes(minutes: &[i64]) -> Vec<String> {
        minutes.iter().map(|minutes| AlertKind::Outage { minutes: *minutes }.code()).collect()
    }

    fn due(seconds: i64, alerted: &[i64]) -> Option<i64> {
        match due_step(S, S + seconds, &codes(alerted)) {
            Some(AlertKind::Outage { minutes }) => Some(minutes),
            _ => None,
        }
    }

    #[test]
    fn each_step_is_due_once_and_missed_steps_are_skipped() {
        assert_eq!([0, 20, 299, 300, 599].map(|at| due(at, &[])), [None, None, None, Some(5), Some(5)]);
        assert_eq!([300, 599, 600].map(|at| due(at, &[5])), [None, None, Some(10)]);
        assert_eq!([900, 90_000].map(|at| due(at, &[5, 10])), [Some(15); 2]);
        // After a whole night one alert is enough.
        assert_eq!(due(36_000, &[]), Some(15));
        assert_eq!(due(36_000, &[15]), None);
        assert!(has_last_step(&codes(&[15])) && !has_last_step(&codes(&[5, 10])));
    }

    #[test]
    fn a_recovery_alert_follows_a_long_or_alerted_outage() {
        let span = |seconds| Span::new(S, S + seconds);
        let is_needed = |seconds, died, alerted: &[i64]| needs_recovery_alert(span(seconds), died, &codes(alerted));
        assert_eq!([20, 299, 300].map(|seconds| is_needed(seconds, false, &[])), [false, false, true]);
        assert_eq!([0, 59, 60].map(|seconds| is_needed(seconds, true, &[])), [false, false, true]);
        // The tracker was restarted during the outage.
        assert!(is_needed(10, false, &[5]));
        assert!(!needs_recovery_alert(span(10), false, &["refused".into()]));
    }

    #[test]
    fn texts_say_how_long_and_how_much_is_proved() {
        insta::assert_snapshot!(CONTEXT.outage(S, S + 300, "offline: no answer\n within 10 s"), @"⚠️ swf has not seen the call of “Study Hall” for 5m, since 08:33 (Asia/Tashkent): offline: no answer within 10 s.");
        let span = Span::new(S, S + 720);
        let proof = |seconds, people, gone| Proof { seconds, people, gone };
        insta::assert_snapshot!(CONTEXT.recovered(span, true, "it was killed", proof(720, 3, 1)), @"✅ swf is back, and sees the call of “Study Hall”. It was away for 12m, from 08:33 to 08:45 (Asia/Tashkent): it was killed. All of it is proved, by 3 people. 1 person left meanwhile, and count up to 08:33.");
        insta::assert_snapshot!(CONTEXT.recovered(span, false, "offline", proof(300, 1, 0)), @"✅ swf sees the call of “Study Hall” again. It could not for 12m, from 08:33 to 08:45 (Asia/Tashkent): offline. 5m of it is proved, by 1 person.");
        insta::assert_snapshot!(CONTEXT.recovered(Span::new(S - 86_400, S), false, "offline", proof(0, 0, 0)), @"✅ swf sees the call of “Study Hall” again. It could not for 24h 00m, from 2033-05-17 08:33 to 08:33 (Asia/Tashkent): offline. Nobody was seen in a call before or after it.");
        insta::assert_snapshot!(CONTEXT.refused("2033-05-18".parse().ok(), &Problem::new(Code::Telegram, "CHAT_WRITE_FORBIDDEN")), @"⚠️ Telegram refuses the post of 2033-05-18 in “Study Hall”: the account or bot that posts may not write in the group; give it the right to (CHAT_WRITE_FORBIDDEN). It is kept, and sent within 10 minutes once that is mended.");
        insta::assert_snapshot!(CONTEXT.late("2033-05-18".parse().ok(), Some(&Problem::new(Code::Telegram, "PEER_FLOOD"))), @"⚠️ In “Study Hall” the post of 2033-05-18 is over 30 minutes late: Telegram answered PEER_FLOOD. swf goes on trying; this is the only alert until it is sent. For details, run: swf status");
        insta::assert_snapshot!(CONTEXT.late_sent("2033-05-18".parse().ok()), @"✅ In “Study Hall” the post of 2033-05-18, which was late, is sent.");
    }

    const FULL: [&str; 2] = ["the store can't be written: the disk is full", "Make room on the disk, then try again."];

    #[test]
    fn a_store_failure_and_its_end_have_texts_of_their_own() {
        let alert = CONTEXT.store_failing(S, S + 310, FULL[0], FULL[1]);
        assert_eq!((alert.kind, alert.incident), (AlertKind::StoreFailing, S));
        insta::assert_snapshot!(alert.text, @"⚠️ swf can't write down what it sees of the call of “Study Hall”, for 5m now, since 08:33 (Asia/Tashkent): the store can't be written: the disk is full. It keeps that in memory, and posts wait. If swf is stopped or this computer restarts before it is mended, what was seen since then is lost. Make room on the disk, then try again. swf then goes on by itself.");
        let alert = CONTEXT.store_recovered(Span::new(S, S + 90_000));
        assert_eq!((alert.kind, alert.incident), (AlertKind::StoreRecovered, S));
        insta::assert_snapshot!(alert.text, @"✅ swf can write down again what it sees of the call of “Study Hall”, and has written what it kept in memory. It could not for 25h 00m, from 2033-05-18 08:33 to 09:33 (Asia/Tashkent).");
    }

    #[test]
    fn every_text_of_an_alert_comes_from_its_language() {
        let context = AlertContext { words: &Marked, ..CONTEXT };
        let failing = context.store_failing(S, S + 400, FULL[0], FULL[1]).text;
        let recovered = context.store_recovered(Span::new(S, S + 500)).text;
        let texts = [
            context.outage(S, S + 300, "offline"),
            context.recovered(Span::new(S, S + 720), true, "offline", Proof::default()),
            context.refused(None, &Problem::new(Code::NoRoute, "")),
            context.late(None, None),
            context.late_sent(None),
            context.test(),
            context.store_mended(S),
            failing,
            recovered,
        ];
        assert_eq!(texts.map(|text| unmarked(&text)), [""; 9]);
    }

    /// Codes are stored, and part of an alert's identity.
    #[test]
    fn codes_of_alerts_do_not_change() {
        use AlertKind::*;
        let kinds = [Outage { minutes: 5 }, Outage { minutes: 15 }, Recovered, Refused, StoreFailing, StoreRecovered];
        assert_eq!(kinds.map(AlertKind::code), ["dark 5", "dark 15", "back", "refused", "unwritable", "written"]);
    }

    proptest! {
        #[test]
        fn each_step_is_alerted_at_most_once(looks in proptest::collection::vec(0..2000i64, 1..40)) {
            let mut looks = looks;
            looks.sort_unstable();
            let mut alerted: Vec<String> = Vec::new();
            let mut last = 0;
            for at in &looks {
                if let Some(kind @ AlertKind::Outage { minutes }) = due_step(S, S + *at, &alerted) {
                    prop_assert!(minutes > last && *at >= minutes * 60);
                    last = minutes;
                    alerted.push(kind.code());
                }
            }
            let longest = looks.last().copied().unwrap_or(0);
            let reached = OUTAGE_STEPS.into_iter().rev().find(|minutes| longest >= minutes * 60).unwrap_or(0);
            prop_assert_eq!(last, reached);
        }
    }
}
