//! The parts that a group can turn on in addition to its boards: the values of each part, and which of them have a
//! button.

use std::fmt;

use crate::domain::accounting::silence::Silence;
use crate::domain::meet::slots::{Slots, parse_time};
use crate::domain::rhythm::{self, Rhythm};

const ON: &str = "on";
const OFF: &str = "off";

/// A part that is off by default, and that admins can turn on in the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Alternating focus and break (rules §9).
    Rhythm,
    /// Hours at which the group studies together (rules §10).
    Slots,
    /// Shared streaks (rules §10.5).
    Pairs,
    /// Signs of life, and how long a silence ranks (rules §2.25).
    Silence,
}

impl Part {
    /// In the order in which lists show them.
    pub const ALL: [Part; 4] = [Part::Rhythm, Part::Slots, Part::Pairs, Part::Silence];

    /// The part's command without the slash. Buttons store it, so it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Part::Rhythm => "rhythm",
            Part::Slots => "slots",
            Part::Pairs => "pairs",
            Part::Silence => "silence",
        }
    }

    pub fn of_name(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }

    /// The setting of the part.
    pub fn setting(self) -> &'static str {
        match self {
            Part::Rhythm => "SWF_RHYTHM",
            Part::Slots => "SWF_SLOTS",
            Part::Pairs => "SWF_PAIRS",
            Part::Silence => "SWF_SILENCE",
        }
    }

    /// The values that have a button, as they are written in the setting.
    fn offered(self) -> &'static [&'static str] {
        match self {
            Part::Rhythm => &["25/5", "50/10", OFF],
            Part::Slots => &["19:00", "20:00", "21:00", "19:00,21:00", OFF],
            Part::Pairs => &[ON, OFF],
            Part::Silence => &["record", "2h", "3h", "4h", OFF],
        }
    }

    /// The values that have a button.
    pub fn offers(self) -> impl Iterator<Item = Offer> {
        self.offered().iter().map(move |written| Offer { part: self, written })
    }
}

/// The value of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartValue {
    Rhythm(Option<Rhythm>),
    Slots(Slots),
    Pairs(bool),
    Silence(Silence),
}

impl PartValue {
    /// Parses the text after the command. It is written as in the setting, but times of day can have spaces between
    /// them, and `19` means a full hour.
    pub fn parse(part: Part, text: &str) -> Option<PartValue> {
        let text = text.trim();
        match part {
            Part::Rhythm => rhythm::parse(text).map(PartValue::Rhythm),
            Part::Slots => parse_slots(text).map(PartValue::Slots),
            Part::Pairs if text.eq_ignore_ascii_case(ON) => Some(PartValue::Pairs(true)),
            Part::Pairs => text.eq_ignore_ascii_case(OFF).then_some(PartValue::Pairs(false)),
            Part::Silence => Silence::parse(text).map(PartValue::Silence),
        }
    }

    pub fn part(&self) -> Part {
        match self {
            PartValue::Rhythm(_) => Part::Rhythm,
            PartValue::Slots(_) => Part::Slots,
            PartValue::Pairs(_) => Part::Pairs,
            PartValue::Silence(_) => Part::Silence,
        }
    }
}

/// As in the setting.
impl fmt::Display for PartValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartValue::Rhythm(Some(rhythm)) => rhythm.fmt(f),
            PartValue::Slots(slots) if !slots.is_empty() => f.write_str(&slots.list().replace(' ', "")),
            PartValue::Pairs(true) => f.write_str(ON),
            PartValue::Silence(silence) => f.write_str(&silence.code()),
            PartValue::Rhythm(None) | PartValue::Slots(_) | PartValue::Pairs(false) => f.write_str(OFF),
        }
    }
}

fn parse_slots(text: &str) -> Option<Slots> {
    if text.eq_ignore_ascii_case(OFF) {
        return Some(Slots::default());
    }
    let times = text.split([',', ' ', '\t', '\n']).filter(|time| !time.is_empty());
    let times: Option<Vec<String>> = times
        .map(|time| {
            let full_hour = || parse_time(&format!("{time}:00"));
            parse_time(time).or_else(full_hour).map(|time| time.format("%H:%M").to_string())
        })
        .collect();
    Slots::parse(&times?.join(","))
}

/// A value that has a button. A press can't set any other value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub part: Part,
    /// The value as in the setting.
    written: &'static str,
}

impl Offer {
    /// Parses the data of a button; `None` if the value is not offered, or no longer.
    pub fn read(part: &str, written: &str) -> Option<Offer> {
        Part::of_name(part)?.offers().find(|offer| offer.written == written)
    }

    pub fn written(self) -> &'static str {
        self.written
    }

    /// The value that the button sets. A test checks that every offered value can be parsed.
    pub fn value(self) -> Option<PartValue> {
        PartValue::parse(self.part, self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_after_a_command_is_read() {
        for (part, text, written) in [
            (Part::Rhythm, "50 / 10", Some("50/10")),
            (Part::Rhythm, "OFF", Some("off")),
            (Part::Rhythm, "4/1", None),
            (Part::Slots, "19:00 21:00", Some("19:00,21:00")),
            (Part::Slots, "21, 19:30", Some("19:30,21:00")),
            (Part::Slots, "7", Some("07:00")),
            (Part::Slots, "Off", Some("off")),
            (Part::Slots, "19:00 19:05", None),
            (Part::Slots, "1 2 3 4 5 6 7", None),
            (Part::Slots, "tonight", None),
            (Part::Slots, "25:00", None),
            (Part::Slots, ",", None),
            (Part::Pairs, "On", Some("on")),
            (Part::Pairs, "off", Some("off")),
            (Part::Pairs, "maybe", None),
            (Part::Silence, "3H", Some("3h")),
            (Part::Silence, "record", Some("record")),
            (Part::Silence, "off", Some("off")),
            (Part::Silence, "7h", None),
        ] {
            let read = PartValue::parse(part, text);
            assert_eq!(read.as_ref().map(ToString::to_string).as_deref(), written, "{part:?} {text}");
            assert!(read.is_none_or(|read| read.part() == part));
        }
    }

    #[test]
    fn all_that_is_offered_can_be_set_and_nothing_else_is_offered() {
        for part in Part::ALL {
            assert_eq!(Part::of_name(part.name()), Some(part));
            let offers: Vec<Offer> = part.offers().collect();
            assert_eq!(offers.last().map(|offer| offer.written()), Some("off"), "{part:?}");
            for offer in offers {
                assert_eq!(offer.value().unwrap().to_string(), offer.written());
                assert_eq!(Offer::read(part.name(), offer.written()), Some(offer));
            }
        }
        for (part, written) in [("rhythm", "120/60"), ("silence", "1h"), ("pairs", "3h"), ("slots", ""), ("web", "off")]
        {
            assert_eq!(Offer::read(part, written), None, "{part} {written}");
        }
    }
}
