//! Time zones. Nothing outside this file knows where their rules come from.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::domain::Instant;

/// A time zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    pub const UTC: Zone = Zone(Tz::UTC);
    /// The default of `SWF_TIMEZONE`.
    pub const TASHKENT: Zone = Zone(Tz::Asia__Tashkent);

    /// All zones that swf knows.
    pub fn all() -> impl Iterator<Item = Zone> {
        TZ_VARIANTS.iter().copied().map(Zone)
    }

    /// The name in the IANA database, e.g. `Asia/Tashkent`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// An instant as a date and time in this zone. Instants outside chrono's range (±262,000 years) read as the epoch.
    pub fn local(self, at: Instant) -> DateTime<FixedOffset> {
        let time = DateTime::<Utc>::from_timestamp(at.0, 0).unwrap_or_default().with_timezone(&self.0);
        time.with_timezone(&time.offset().fix())
    }

    /// The instant at which the local clock shows `at`: the first, where it does so twice; the next instant that
    /// exists, where it is skipped (rules §4.3).
    pub fn instant_of(self, at: NaiveDateTime) -> Instant {
        match self.0.from_local_datetime(&at) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Instant(time.timestamp()),
            LocalResult::None => {
                // In a gap: the earliest instant whose local clock is past `at`. No zone is over 15 h from UTC and no
                // gap was over 24 h, so the answer lies within 40 h of `at` read as UTC.
                let at_utc = at.and_utc().timestamp();
                let (mut before, mut after) = (at_utc - 40 * 3600, at_utc + 40 * 3600);
                while after - before > 1 {
                    let middle = before + (after - before) / 2;
                    if self.local(Instant(middle)).naive_local() < at {
                        before = middle;
                    } else {
                        after = middle;
                    }
                }
                Instant(after)
            }
        }
    }
}

impl FromStr for Zone {
    type Err = chrono_tz::ParseError;

    fn from_str(name: &str) -> Result<Zone, Self::Err> {
        name.parse().map(Zone)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_found_by_its_name() {
        for zone in Zone::all() {
            assert_eq!(zone.name().parse(), Ok(zone));
            assert_eq!(zone.to_string(), zone.name());
        }
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert_eq!(Zone::TASHKENT.name(), "Asia/Tashkent");
    }
}
