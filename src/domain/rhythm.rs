//! The rhythm of a group: alternating phases of focus and break, by the group's clock (rules §9).
//!
//! ```text
//! 50/10      19:00        19:50  20:00        20:50  21:00
//!            ├── focus ───┼ break ┼── focus ───┼ break ┤
//! ```

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::domain::time::period::{first_instant, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, Span};

/// The allowed length of a focus phase, in minutes.
pub const FOCUS_MINUTES: RangeInclusive<i64> = 5..=120;
/// The allowed length of a break, in minutes.
pub const BREAK_MINUTES: RangeInclusive<i64> = 1..=60;
/// The allowed values, as a text for messages.
pub const ALLOWED: &str = "off, or minutes of focus (5 to 120) and of break (1 to 60)";
/// The word for no rhythm.
pub const OFF: &str = "off";

/// Minutes of focus, then minutes of break, again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    focus: i64,
    rest: i64,
}

/// The error for a text that is not a [`Rhythm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a rhythm")]
pub struct InvalidRhythm;

/// What people do in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    Focus,
    Break,
}

/// A part of the rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    pub kind: PhaseKind,
    pub span: Span,
    /// Whether the end of the day cuts the phase short.
    pub is_cut: bool,
}

impl Rhythm {
    /// Minutes of focus and of break; `None` outside of [`FOCUS_MINUTES`] and [`BREAK_MINUTES`].
    pub fn new(focus: i64, rest: i64) -> Option<Rhythm> {
        (FOCUS_MINUTES.contains(&focus) && BREAK_MINUTES.contains(&rest)).then_some(Rhythm { focus, rest })
    }

    /// Minutes of focus and of break.
    pub fn minutes(self) -> (i64, i64) {
        (self.focus, self.rest)
    }

    /// The phase that holds `at`. Each local day begins with a focus phase, and its last phase ends with it (rules
    /// §9.1).
    pub fn phase(self, zone: Zone, at: Instant) -> Phase {
        let date = local_date(zone, at);
        let day = Span::new(first_instant(zone, date), first_instant(zone, date.succ_opt().unwrap_or(date)));
        let (focus, rest) = (self.focus * 60, self.rest * 60);
        let into = (at - day.from).rem_euclid(focus + rest);
        let (kind, span) = match into < focus {
            true => (PhaseKind::Focus, Span::new(at - into, at - into + focus)),
            false => (PhaseKind::Break, Span::new(at - into + focus, at - into + focus + rest)),
        };
        Phase { kind, span: Span::new(span.from, span.to.min(day.to)), is_cut: span.to > day.to }
    }

    /// The phases that overlap a span, in order.
    pub fn phases(self, zone: Zone, within: Span) -> impl Iterator<Item = Phase> {
        let first = (!within.is_empty()).then(|| self.phase(zone, within.from));
        std::iter::successors(first, move |before| {
            (before.span.to < within.to).then(|| self.phase(zone, before.span.to))
        })
    }
}

impl FromStr for Rhythm {
    type Err = InvalidRhythm;

    /// Parses `50/10`: minutes of focus, minutes of break.
    fn from_str(text: &str) -> Result<Rhythm, InvalidRhythm> {
        let minutes = |text: &str| {
            let is_number = (1..=3).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
            text.parse().ok().filter(|_| is_number).ok_or(InvalidRhythm)
        };
        let (focus, rest) = text.split_once('/').ok_or(InvalidRhythm)?;
        Rhythm::new(minutes(focus.trim())?, minutes(rest.trim())?).ok_or(InvalidRhythm)
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.focus, self.rest)
    }
}

/// Parses `50/10` or `off`, which is `Some(None)`. `None` if the text is neither.
pub fn parse(text: &str) -> Option<Option<Rhythm>> {
    if text.trim().eq_ignore_ascii_case(OFF) { Some(None) } else { text.parse().ok().map(Some) }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Days, NaiveDate};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::day_start::testing::any_starts;
    use crate::domain::time::period::local_text;

    fn at(text: &str) -> Instant {
        Instant(DateTime::parse_from_rfc3339(text).unwrap().timestamp())
    }

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn a_rhythm_is_minutes_of_focus_and_of_break() {
        for (text, minutes) in [("50/10", (50, 10)), (" 25 / 5 ", (25, 5)), ("5/1", (5, 1)), ("120/60", (120, 60))] {
            let rhythm: Rhythm = text.parse().unwrap();
            assert_eq!(rhythm.minutes(), minutes, "{text}");
            assert_eq!(rhythm.to_string().parse(), Ok(rhythm));
        }
        for text in [
            "", "off", "50", "50/", "/10", "4/1", "121/10", "50/0", "50/61", "-50/10", "+50/10", "50/10/5", "0050/10",
            "5o/10",
        ] {
            assert_eq!(text.parse::<Rhythm>(), Err(InvalidRhythm), "{text}");
        }
        assert_eq!(parse("OFF"), Some(None));
        assert_eq!(parse("25/5"), Some(Rhythm::new(25, 5)));
        assert_eq!(parse("soon"), None);
    }

    /// The phases of a day as text: the kind and the start of each.
    fn day(rhythm: &str, zone: Zone, date: &str) -> Vec<String> {
        let date: NaiveDate = date.parse().unwrap();
        let whole = Span::new(first_instant(zone, date), first_instant(zone, date + Days::new(1)));
        let rhythm: Rhythm = rhythm.parse().unwrap();
        let text = |phase: Phase| {
            let cut = if phase.is_cut { " cut" } else { "" };
            format!("{:?} {}{cut}", phase.kind, local_text(zone, phase.span.from, "%H:%M"))
        };
        rhythm.phases(zone, whole).map(text).collect()
    }

    #[test]
    fn phases_begin_with_the_day_and_so_at_full_hours() {
        let tashkent = Zone::TASHKENT;
        let phases = day("50/10", tashkent, "2026-11-29");
        assert_eq!(phases.len(), 48);
        assert_eq!(phases[..3], ["Focus 00:00", "Break 00:50", "Focus 01:00"]);
        let phase = Rhythm::new(50, 10).unwrap().phase(tashkent, at("2026-11-29T19:07:11+05:00"));
        assert_eq!(phase.span, Span::new(at("2026-11-29T19:00:00+05:00"), at("2026-11-29T19:50:00+05:00")));
        // If a day is not a whole number of rounds, its last phase is cut at its end.
        let phases = day("52/17", tashkent, "2026-11-29");
        assert_eq!(phases.last().unwrap(), "Break 23:52 cut");
        let phases = day("120/59", tashkent, "2026-11-29");
        assert_eq!(phases.last().unwrap(), "Focus 23:52 cut");
        assert!(phases.iter().rev().skip(1).all(|phase| !phase.ends_with("cut")));
    }

    #[test]
    fn a_phase_begins_at_a_full_hour_also_on_the_days_of_summer_time() {
        let berlin = zone("Europe/Berlin");
        let spring = day("50/10", berlin, "2027-03-28");
        assert_eq!(spring.len(), 46);
        assert_eq!(spring[2..6], ["Focus 01:00", "Break 01:50", "Focus 03:00", "Break 03:50"]);
        let autumn = day("50/10", berlin, "2027-10-31");
        assert_eq!(autumn.len(), 50);
        assert_eq!(autumn[4..8].iter().filter(|phase| phase.starts_with("Focus 02:00")).count(), 2);
        let late = zone("Europe/Berlin").with_day_starts("04:00@2026-12-01".parse().unwrap());
        assert_eq!(day("25/5", late, "2027-01-02")[..2], ["Focus 04:00", "Break 04:25"]);
    }

    proptest! {
        /// Compares with a model that counts the minutes of a day one by one.
        #[test]
        fn each_instant_is_in_the_phase_that_counting_minutes_gives(
            focus in FOCUS_MINUTES,
            rest in BREAK_MINUTES,
            place in 0..4usize,
            starts in any_starts("2027-03-20".parse().unwrap()),
            offset in 0..(20 * 86_400i64),
        ) {
            let name = ["Asia/Tashkent", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"][place];
            let zone = zone(name).with_day_starts(starts);
            let instant = at("2027-03-20T00:00:00Z") + offset;
            let rhythm = Rhythm::new(focus, rest).unwrap();
            let phase = rhythm.phase(zone, instant);
            let date = local_date(zone, instant);
            let next = first_instant(zone, date + Days::new(1));
            let (mut begins, mut kind, mut left) = (first_instant(zone, date), PhaseKind::Focus, focus);
            let mut minute = begins;
            while minute + 60 <= instant {
                minute = minute + 60;
                left -= 1;
                if left == 0 {
                    begins = minute;
                    (kind, left) = match kind {
                        PhaseKind::Focus => (PhaseKind::Break, rest),
                        PhaseKind::Break => (PhaseKind::Focus, focus),
                    };
                }
            }
            let whole = begins + 60 * if kind == PhaseKind::Focus { focus } else { rest };
            prop_assert_eq!(phase, Phase { kind, span: Span::new(begins, whole.min(next)), is_cut: whole > next });
        }

        #[test]
        fn phases_cover_time_without_gaps(focus in FOCUS_MINUTES, rest in BREAK_MINUTES, from in 0..86_400i64, long in 1..200_000i64) {
            let zone = zone("Europe/Berlin");
            let within = Span::new(at("2027-03-27T00:00:00Z") + from, at("2027-03-27T00:00:00Z") + from + long);
            let phases: Vec<Phase> = Rhythm::new(focus, rest).unwrap().phases(zone, within).collect();
            prop_assert!(phases[0].span.from <= within.from && phases.last().unwrap().span.to >= within.to);
            prop_assert!(phases.windows(2).all(|pair| pair[0].span.to == pair[1].span.from));
            prop_assert!(phases.iter().all(|phase| !phase.span.clip(within).is_empty()));
        }
    }
}
