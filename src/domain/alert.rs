//! When somebody is to be told that the group is not seen, and what they are told.
//!
//! ```text
//! seen ────┤ dark: offline, hung, dead …                      ├──── seen
//!          S        +5        +10        +15                  C
//!                   alert     alert      alert                "back": how long, and how much of it is proved
//! ```
//! An incident is known by S, the last confirmed instant before it: the tracker and `swf watchdog` mean the same one,
//! also after a crash of either.
//!
//! A store that can't be written is told of in the same way, by the tracker alone: see [`Trouble`].

use crate::domain::text::{clean, duration, isolated_if_mixed, shorten};
use crate::domain::time::period::{local, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, Span};

/// After how many minutes in the dark somebody is told, once each.
pub const STEPS: [i64; 3] = [5, 10, 15];

/// How long, in seconds of a clock that does not jump, things are left to mend themselves before anybody is told: a computer
/// that wakes up is back in no time.
pub const STEADY: i64 = 20;

/// A tracker that died and was back sooner than this, in seconds, is not worth a message.
const SHORT: i64 = 60;

/// Graphemes of a reason that comes from elsewhere.
const LONGEST_REASON: usize = 200;

/// What an alert is about. Together with the group and the incident it makes the alert's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not seen for that many minutes, one of [`STEPS`].
    Dark { minutes: i64 },
    /// Seen again.
    Back,
    /// A post was refused for good.
    Refused,
    /// The store can't be written; never kept in it.
    Unwritable,
    /// It can be again; as little kept in it.
    Written,
}

impl Kind {
    /// The word that stands for it, in the store and in an alert's identity.
    pub fn word(self) -> String {
        match self {
            Kind::Dark { minutes } => format!("dark {minutes}"),
            Kind::Back => "back".into(),
            Kind::Refused => "refused".into(),
            Kind::Unwritable => "unwritable".into(),
            Kind::Written => "written".into(),
        }
    }
}

/// The step that is due after a time in the dark: only the last that was reached, and only if neither it nor a later one
/// is among those that there is an alert of already.
pub fn step(since: Instant, now: Instant, told: &[String]) -> Option<Kind> {
    let kind = |minutes: i64| Kind::Dark { minutes };
    let reached = STEPS.into_iter().rev().find(|minutes| now - since >= minutes * 60)?;
    let later = STEPS.into_iter().filter(|minutes| *minutes >= reached);
    let is_told = later.map(|minutes| kind(minutes).word()).any(|word| told.contains(&word));
    (!is_told).then(|| kind(reached))
}

/// Whether every step has its alert.
pub fn is_over(told: &[String]) -> bool {
    STEPS.last().is_some_and(|minutes| told.contains(&Kind::Dark { minutes: *minutes }.word()))
}

/// Whether the end of a time in the dark is worth a message: it was long, or somebody was told of it, or the tracker had
/// died in it and was away for more than a moment.
pub fn tells_back(dark: Span, died: bool, told: &[String]) -> bool {
    let shortest = if died { SHORT } else { STEPS[0] * 60 };
    dark.seconds() >= shortest || told.iter().any(|word| word.starts_with("dark "))
}

/// A time in which the store can't be written. What is told of it can't be kept in that store: the tracker remembers it,
/// as it does what it has seen.
///
/// ```text
/// ──┤ can't be written                  ├ can ┤ can't ├── can ──────────
///   S               +5 min                                    +20 s
///                   alert                                     "mended"
/// ```
/// `elapsed` is in seconds of a clock that does not jump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    since: Instant,
    noted: i64,
    why: String,
    /// What to do about it.
    mend: String,
    told: bool,
    /// It may be over, since then.
    mended: Option<(Instant, i64)>,
}

/// What somebody is to be told, with its kind and incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub kind: Kind,
    pub incident: Instant,
    pub text: String,
}

impl Trouble {
    /// It begins, or, if `earlier` is hardly over, goes on.
    pub fn go_on(earlier: Option<Trouble>, why: String, mend: String, now: Instant, elapsed: i64) -> Trouble {
        match earlier {
            Some(earlier) => Trouble { why, mend, mended: None, ..earlier },
            None => Trouble { since: now, noted: elapsed, why, mend, told: false, mended: None },
        }
    }

    /// The store could be written at `now`.
    pub fn mend(&mut self, now: Instant, elapsed: i64) {
        self.mended.get_or_insert((now, elapsed));
    }

    /// Whether it is over for good.
    pub fn is_over(&self, elapsed: i64) -> bool {
        self.mended.is_some_and(|(_, mended)| elapsed - mended >= STEADY)
    }

    /// What is due to be told, each once: that it lasts, and that it is over, if the first was told.
    pub fn word(&mut self, place: &Place, now: Instant, elapsed: i64) -> Option<Word> {
        let (kind, text) = match self.mended {
            Some((at, _)) if self.told && self.is_over(elapsed) => (Kind::Written, written(place, self.since, at)),
            None if !self.told && now - self.since >= STEPS[0] * 60 && elapsed - self.noted >= STEADY => {
                (Kind::Unwritable, unwritable(place, self.since, now, &self.why, &self.mend))
            }
            _ => return None,
        };
        self.told = kind == Kind::Unwritable;
        Some(Word { kind, incident: self.since, text })
    }
}

/// What the stays show of a time in the dark, once it is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Seconds of it for which somebody's presence is proved.
    pub seconds: i64,
    /// People whose presence is proved, for all of it or for a part.
    pub people: usize,
    /// People who were in before it and were gone after it.
    pub gone: usize,
}

/// Where texts are about.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The group's title, as it came from Telegram.
    pub group: &'a str,
    pub zone: Zone,
}

impl Place<'_> {
    fn name(&self) -> String {
        let name = shorten(&clean(self.group), 60);
        format!("“{}”", isolated_if_mixed(&name))
    }

    /// `21:03`, with the date where it is not that of `other`.
    fn time(&self, at: Instant, other: Instant) -> String {
        let same = local_date(self.zone, at) == local_date(self.zone, other);
        local(self.zone, at).format(if same { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string()
    }
}

fn people(count: usize) -> String {
    if count == 1 { "1 person".into() } else { format!("{count} people") }
}

/// What a step says. `now` is when it was decided.
pub fn dark(place: &Place, since: Instant, now: Instant, why: &str) -> String {
    let why = shorten(&clean(why), LONGEST_REASON);
    format!(
        "⚠️ swf has not seen the call of {} for {}, since {} ({}): {why}.",
        place.name(),
        duration((now - since).max(0)),
        place.time(since, now),
        place.zone.name(),
    )
}

/// What is said once the group is seen again. `died`: the tracker itself was away.
pub fn back(place: &Place, dark: Span, died: bool, why: &str, proof: Proof) -> String {
    let length = duration(dark.seconds());
    let begun = if died {
        format!("✅ swf is back, and sees the call of {}. It was away for {length}", place.name())
    } else {
        format!("✅ swf sees the call of {} again. It could not for {length}", place.name())
    };
    let (from, to) = (place.time(dark.from, dark.to), place.time(dark.to, dark.to));
    let why = shorten(&clean(why), LONGEST_REASON);
    let mut text = format!("{begun}, from {from} to {to} ({}): {why}.", place.zone.name());
    text += &match proof {
        Proof { people: 0, gone: 0, .. } => " Nobody was seen in a call before or after it.".to_owned(),
        Proof { people: 0, .. } => " None of it is proved.".to_owned(),
        Proof { seconds, people: count, .. } if seconds >= dark.seconds() => {
            format!(" All of it is proved, by {}.", people(count))
        }
        Proof { seconds, people: count, .. } => {
            format!(" {} of it is proved, by {}.", duration(seconds), people(count))
        }
    };
    if proof.gone > 0 {
        text += &format!(" {} left meanwhile, and count up to {from}.", people(proof.gone));
    }
    text
}

/// What is said of a post that was refused for good. `what` is `the post of 2033-05-18`.
pub fn refused(place: &Place, what: &str, problem: &str) -> String {
    let problem = shorten(&clean(problem), LONGEST_REASON);
    format!(
        "⚠️ Telegram refuses {what} in {}: {problem}. It is kept. Mend this, then run: swf post --now, or for the board of \
         a day: swf backfill",
        place.name()
    )
}

/// What is said while the store can't be written.
fn unwritable(place: &Place, since: Instant, now: Instant, why: &str, mend: &str) -> String {
    let [why, mend] = [why, mend].map(|text| shorten(&clean(text), LONGEST_REASON));
    format!(
        "⚠️ swf can't write down what it sees of the call of {}, for {} now, since {} ({}): {why}. It keeps that in memory, \
         and posts wait. If swf is stopped or this computer restarts before it is mended, what was seen since then is \
         lost. {mend} swf then goes on by itself.",
        place.name(),
        duration((now - since).max(0)),
        place.time(since, now),
        place.zone.name(),
    )
}

/// What is said once the store can be written again.
fn written(place: &Place, since: Instant, until: Instant) -> String {
    format!(
        "✅ swf can write down again what it sees of the call of {}, and has written what it kept in memory. It could not \
         for {}, from {} to {} ({}).",
        place.name(),
        duration((until - since).max(0)),
        place.time(since, until),
        place.time(until, until),
        place.zone.name(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLACE: Place = Place { group: "Study\nHall", zone: Zone::TASHKENT };
    const S: Instant = Instant(2_000_000_000);

    fn words(minutes: &[i64]) -> Vec<String> {
        minutes.iter().map(|minutes| Kind::Dark { minutes: *minutes }.word()).collect()
    }

    fn due(seconds: i64, told: &[i64]) -> Option<i64> {
        match step(S, S + seconds, &words(told)) {
            Some(Kind::Dark { minutes }) => Some(minutes),
            _ => None,
        }
    }

    #[test]
    fn steps_come_once_each_and_what_was_missed_is_not_made_up_for() {
        assert_eq!([0, 20, 299, 300, 599].map(|at| due(at, &[])), [None, None, None, Some(5), Some(5)]);
        assert_eq!([300, 599, 600].map(|at| due(at, &[5])), [None, None, Some(10)]);
        assert_eq!([900, 90_000].map(|at| due(at, &[5, 10])), [Some(15); 2]);
        // After a night nobody needs three messages.
        assert_eq!(due(36_000, &[]), Some(15));
        assert_eq!(due(36_000, &[15]), None);
        assert!(is_over(&words(&[15])) && !is_over(&words(&[5, 10])));
    }

    #[test]
    fn an_end_is_told_where_the_beginning_was_or_should_have_been() {
        let span = |seconds| Span::new(S, S + seconds);
        let tells = |seconds, died, told: &[i64]| tells_back(span(seconds), died, &words(told));
        assert_eq!([20, 299, 300].map(|seconds| tells(seconds, false, &[])), [false, false, true]);
        assert_eq!([0, 59, 60].map(|seconds| tells(seconds, true, &[])), [false, false, true]);
        // Stopped and started again in the middle of an incident.
        assert!(tells(10, false, &[5]));
        assert!(!tells_back(span(10), false, &["refused".into()]));
    }

    #[test]
    fn texts_say_how_long_and_how_much_is_proved() {
        insta::assert_snapshot!(dark(&PLACE, S, S + 300, "offline: no answer\n within 10 s"), @"⚠️ swf has not seen the call of “Study Hall” for 5m, since 08:33 (Asia/Tashkent): offline: no answer within 10 s.");
        let span = Span::new(S, S + 720);
        let proof = |seconds, people, gone| Proof { seconds, people, gone };
        insta::assert_snapshot!(back(&PLACE, span, true, "it was killed", proof(720, 3, 1)), @"✅ swf is back, and sees the call of “Study Hall”. It was away for 12m, from 08:33 to 08:45 (Asia/Tashkent): it was killed. All of it is proved, by 3 people. 1 person left meanwhile, and count up to 08:33.");
        insta::assert_snapshot!(back(&PLACE, span, false, "offline", proof(300, 1, 0)), @"✅ swf sees the call of “Study Hall” again. It could not for 12m, from 08:33 to 08:45 (Asia/Tashkent): offline. 5m of it is proved, by 1 person.");
        insta::assert_snapshot!(back(&PLACE, Span::new(S - 86_400, S), false, "offline", proof(0, 0, 0)), @"✅ swf sees the call of “Study Hall” again. It could not for 24h 00m, from 2033-05-17 08:33 to 08:33 (Asia/Tashkent): offline. Nobody was seen in a call before or after it.");
        insta::assert_snapshot!(refused(&PLACE, "the post of 2033-05-18", "give it the right (CHAT_WRITE_FORBIDDEN)"), @"⚠️ Telegram refuses the post of 2033-05-18 in “Study Hall”: give it the right (CHAT_WRITE_FORBIDDEN). It is kept. Mend this, then run: swf post --now, or for the board of a day: swf backfill");
    }

    fn full(earlier: Option<Trouble>, at: i64) -> Trouble {
        let [why, mend] = ["the store can't be written: the disk is full", "Make room on the disk, then try again."];
        Trouble::go_on(earlier, why.into(), mend.into(), S + at, at)
    }

    #[test]
    fn a_store_that_cannot_be_written_is_told_of_when_it_lasts_and_when_it_is_over() {
        let mut trouble = full(None, 0);
        let kind = |trouble: &mut Trouble, at: i64| trouble.word(&PLACE, S + at, at).map(|word| word.kind);
        assert_eq!(kind(&mut trouble, 299), None);
        // Space for a moment is no end of it.
        trouble.mend(S + 299, 299);
        assert_eq!(kind(&mut trouble, 300), None);
        let mut trouble = full(Some(trouble), 310);
        let word = trouble.word(&PLACE, S + 310, 310).unwrap();
        assert_eq!((word.kind, word.incident), (Kind::Unwritable, S));
        insta::assert_snapshot!(word.text, @"⚠️ swf can't write down what it sees of the call of “Study Hall”, for 5m now, since 08:33 (Asia/Tashkent): the store can't be written: the disk is full. It keeps that in memory, and posts wait. If swf is stopped or this computer restarts before it is mended, what was seen since then is lost. Make room on the disk, then try again. swf then goes on by itself.");
        assert_eq!(kind(&mut trouble, 90_000), None);
        trouble.mend(S + 90_000, 90_000);
        trouble.mend(S + 90_010, 90_010);
        assert_eq!((kind(&mut trouble, 90_019), trouble.is_over(90_019)), (None, false));
        let word = trouble.word(&PLACE, S + 90_020, 90_020).unwrap();
        assert_eq!((word.kind, word.incident), (Kind::Written, S));
        insta::assert_snapshot!(word.text, @"✅ swf can write down again what it sees of the call of “Study Hall”, and has written what it kept in memory. It could not for 25h 00m, from 2033-05-18 08:33 to 09:33 (Asia/Tashkent).");
        assert_eq!((kind(&mut trouble, 90_021), trouble.is_over(90_021)), (None, true));
    }

    #[test]
    fn a_store_that_cannot_be_written_for_a_moment_or_while_the_computer_sleeps_alerts_nobody() {
        let mut trouble = full(None, 0);
        trouble.mend(S + 200, 200);
        assert_eq!(trouble.word(&PLACE, S + 400, 400), None);
        assert!(trouble.is_over(400));
        // By the steady clock only a moment has passed.
        assert_eq!(full(None, 0).word(&PLACE, S + 30_000, 19), None);
    }

    proptest! {
        #[test]
        fn whoever_looks_however_often_each_step_is_told_at_most_once(looks in proptest::collection::vec(0..2000i64, 1..40)) {
            let mut looks = looks;
            looks.sort_unstable();
            let mut told: Vec<String> = Vec::new();
            let mut last = 0;
            for at in &looks {
                if let Some(kind @ Kind::Dark { minutes }) = step(S, S + *at, &told) {
                    prop_assert!(minutes > last && *at >= minutes * 60);
                    last = minutes;
                    told.push(kind.word());
                }
            }
            let longest = looks.last().copied().unwrap_or(0);
            let reached = STEPS.into_iter().rev().find(|minutes| longest >= minutes * 60).unwrap_or(0);
            prop_assert_eq!(last, reached);
        }
    }
}
