//! A moment as a user asks for it: `2026-11-27 19:00`, `yesterday 19:00`, `now`, or with an offset,
//! `2026-11-27T19:00+05:00`.

use std::str::FromStr;

use chrono::{DateTime, NaiveTime};

use super::asked::AskedDate;
use crate::domain::Instant;
use crate::domain::time::period::{Calendar, Scope, instant_of, local_date};
use crate::domain::time::zone::Zone;

/// A moment that can be computed from the group's zone and the time now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedTime {
    Now,
    /// With an offset, it needs no zone.
    At(Instant),
    Local(AskedDate, NaiveTime),
}

/// The error for a text that is no [`AskedTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it must be a date and a time, e.g. \"2026-11-27 19:00\" or \"yesterday 19:00\", in the group's time zone; or with an \
     offset, e.g. 2026-11-27T19:00:00+05:00; or now"
)]
pub struct InvalidTime;

impl AskedTime {
    /// The moment that is meant at `now`.
    pub fn resolve(self, zone: Zone, now: Instant) -> Instant {
        match self {
            AskedTime::Now => now,
            AskedTime::At(at) => at,
            AskedTime::Local(date, time) => {
                let date = date.resolve(Scope::Day, local_date(zone, now), Calendar::default());
                instant_of(zone, date.and_time(time))
            }
        }
    }
}

impl FromStr for AskedTime {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<AskedTime, InvalidTime> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("now") {
            return Ok(AskedTime::Now);
        }
        let with_offset = ["%Y-%m-%dT%H:%M:%S%:z", "%Y-%m-%dT%H:%M%:z", "%Y-%m-%d %H:%M:%S%:z", "%Y-%m-%d %H:%M%:z"];
        let utc = text.strip_suffix(['Z', 'z']).map(|rest| format!("{rest}+00:00"));
        let whole = utc.as_deref().unwrap_or(text);
        if let Some(at) = with_offset.iter().find_map(|format| DateTime::parse_from_str(whole, format).ok()) {
            return Ok(AskedTime::At(Instant(at.timestamp())));
        }
        let (date, time) = text.split_once([' ', 'T']).ok_or(InvalidTime)?;
        let time = ["%H:%M", "%H:%M:%S"].iter().find_map(|format| NaiveTime::parse_from_str(time.trim(), format).ok());
        Ok(AskedTime::Local(date.parse().map_err(|_| InvalidTime)?, time.ok_or(InvalidTime)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::period::iso;

    #[test]
    fn times_are_those_of_the_groups_zone_unless_they_have_an_offset() {
        let now = Instant(1_795_867_200); // 2026-11-28T17:00:00+05:00
        let zone = Zone::TASHKENT;
        let read = |text: &str| text.parse::<AskedTime>().ok().map(|asked| iso(zone, asked.resolve(zone, now)));
        for (text, meant) in [
            ("2026-11-27 19:00", "2026-11-27T19:00:00+05:00"),
            ("2026-11-27T19:00:30", "2026-11-27T19:00:30+05:00"),
            ("yesterday 08:05", "2026-11-27T08:05:00+05:00"),
            ("today 00:00", "2026-11-28T00:00:00+05:00"),
            ("-2 23:59", "2026-11-26T23:59:00+05:00"),
            ("2026-11-27T19:00+03:00", "2026-11-27T21:00:00+05:00"),
            ("2026-11-27T19:00:00Z", "2026-11-28T00:00:00+05:00"),
            ("now", &iso(zone, now)),
        ] {
            assert_eq!(read(text).as_deref(), Some(meant), "{text}");
        }
        for text in ["", "19:00", "2026-11-27", "2026-11-27 25:00", "tomorrow 10:00", "2026-02-30 10:00", "yesterday"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
