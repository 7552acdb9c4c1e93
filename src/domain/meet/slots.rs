//! The hours at which a group studies together (`SWF_SLOTS`), as times of the group's clock.

use chrono::{NaiveDate, NaiveTime, Timelike};

use crate::domain::Instant;
use crate::domain::time::period::{local_date, time_in_day};
use crate::domain::time::zone::Zone;

/// The most slots of a group: each has a button.
pub const MAX_SLOTS: usize = 6;
/// The least time between two slots, in minutes.
const MIN_APART: u32 = 15;
const MINUTES_PER_DAY: u32 = 1440;

/// The slots of a group, in order; none while the group has no appointments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots(Vec<NaiveTime>);

/// A slot of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub date: NaiveDate,
    pub time: NaiveTime,
}

impl Slots {
    /// `19:00,21:00`, in any order; `off` for none. `None` if it is neither, if there are more than [`MAX_SLOTS`], or
    /// if two are closer than 15 minutes.
    pub fn parse(text: &str) -> Option<Slots> {
        if text.trim().eq_ignore_ascii_case("off") {
            return Some(Slots::default());
        }
        let mut times: Vec<NaiveTime> = text.split(',').map(parse_time).collect::<Option<_>>()?;
        times.sort_unstable();
        // The first slot comes again after the last one, on the next day.
        let next_day = times.first().filter(|_| times.len() > 1).map(|first| minute_of(*first) + MINUTES_PER_DAY);
        let minutes: Vec<u32> = times.iter().map(|time| minute_of(*time)).chain(next_day).collect();
        let are_apart = minutes.windows(2).all(|pair| pair[1] - pair[0] >= MIN_APART);
        (times.len() <= MAX_SLOTS && are_apart).then_some(Slots(times))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, time: NaiveTime) -> bool {
        self.0.contains(&time)
    }

    pub fn times(&self) -> &[NaiveTime] {
        &self.0
    }

    /// The slot, if there is exactly one.
    pub fn only(&self) -> Option<NaiveTime> {
        <[NaiveTime; 1]>::try_from(self.0.as_slice()).ok().map(|[time]| time)
    }

    /// The slots as a list for a text: `19:00, 21:00`.
    pub fn list(&self) -> String {
        self.0.iter().map(|time| shown(*time)).collect::<Vec<_>>().join(", ")
    }

    /// The slots of a day, in the order of the clock.
    pub fn of_day(&self, date: NaiveDate) -> impl Iterator<Item = Slot> + use<'_> {
        self.0.iter().map(move |time| Slot { date, time: *time })
    }
}

impl Slot {
    /// The next slot at this time of day that begins after `now`.
    pub fn next(zone: Zone, time: NaiveTime, now: Instant) -> Slot {
        let today = local_date(zone, now);
        let days = std::iter::successors(Some(today), NaiveDate::succ_opt).take(3);
        let mut coming = days.map(|date| Slot { date, time }).filter(|slot| slot.starts(zone) > now);
        coming.next().unwrap_or(Slot { date: today, time })
    }

    /// When the slot begins. A slot belongs to the day that it is shown with: where days begin at 04:00, 01:00 comes
    /// late in the night after its date.
    pub fn starts(self, zone: Zone) -> Instant {
        time_in_day(zone, self.date, self.time)
    }
}

/// Reads a time as a slot is written: `19:00`.
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()
}

/// A time as texts show it: `19:00`.
pub fn shown(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

/// The minute of the day, as buttons have it.
pub fn minute_of(time: NaiveTime) -> u32 {
    time.num_seconds_from_midnight() / 60
}

/// The time that [`minute_of`] was made from.
pub fn time_of(minute: u32) -> Option<NaiveTime> {
    NaiveTime::from_num_seconds_from_midnight_opt(minute.checked_mul(60)?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::period::instant_of;

    fn time(text: &str) -> NaiveTime {
        parse_time(text).unwrap()
    }

    #[test]
    fn slots_are_a_few_times_of_the_clock_in_order() {
        let list = |text: &str| Slots::parse(text).map(|slots| slots.list());
        assert_eq!(list("19:00"), Some("19:00".into()));
        assert_eq!(list(" 21:00, 9:30 "), Some("09:30, 21:00".into()));
        for none in ["off", "OFF "] {
            assert!(Slots::parse(none).unwrap().is_empty());
        }
        for wrong in ["", "19", "19:00,", "25:00", "19:00,19:00", "19:00,19:14", "1:00,2:00,3:00,4:00,5:00,6:00,7:00"] {
            assert_eq!(list(wrong), None, "{wrong}");
        }
        assert_eq!(list("19:00,19:15"), Some("19:00, 19:15".into()));
        // Midnight lies between them.
        for wrong in ["23:55,00:05", "00:00,12:00,23:46", "0:13,23:59"] {
            assert_eq!(list(wrong), None, "{wrong}");
        }
        assert_eq!(list("23:55,00:10"), Some("00:10, 23:55".into()));
        let only = |text: &str| Slots::parse(text).unwrap().only();
        assert_eq!((only("19:00"), only("19:00,21:00"), only("off")), (Some(time("19:00")), None, None));
    }

    #[test]
    fn the_next_slot_is_one_that_has_not_begun() {
        let zone = Zone::TASHKENT;
        let at = |text: &str| instant_of(zone, text.parse().unwrap());
        let next = |now: &str| Slot::next(zone, time("19:00"), at(now)).date.to_string();
        assert_eq!(next("2026-11-29T18:59:59"), "2026-11-29");
        assert_eq!(next("2026-11-29T19:00:00"), "2026-11-30");
        // Days that begin at 04:00: the slot of the night belongs to the day before it.
        let night = zone.with_day_starts("04:00@2026-01-01".parse().unwrap());
        let slot = Slot::next(night, time("01:00"), at("2026-11-29T20:00:00"));
        assert_eq!((slot.date.to_string().as_str(), slot.starts(night)), ("2026-11-29", at("2026-11-30T01:00:00")));
        assert_eq!(Slot::next(night, time("01:00"), at("2026-11-30T00:59:59")), slot);
        assert_eq!(Slot::next(night, time("01:00"), at("2026-11-30T01:00:00")).date.to_string(), "2026-11-30");
    }

    #[test]
    fn a_button_keeps_the_minute_of_a_slot() {
        for text in ["00:00", "09:30", "23:59"] {
            assert_eq!(time_of(minute_of(time(text))), Some(time(text)));
        }
        assert_eq!((time_of(1440), time_of(u32::MAX)), (None, None));
    }
}
