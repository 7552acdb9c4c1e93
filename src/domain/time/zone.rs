//! Time zones. Only this file depends on where their rules come from.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDateTime, Offset as _, TimeZone, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz, TzOffset};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone as Rules};

use crate::domain::Instant;
use crate::domain::time::day_start::DayStarts;

/// The version of the IANA database that swf was built with, e.g. `2025b`.
pub const BUILT_IN_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// Chrono's range in seconds, less some days, so that an offset can be added.
const MAX_SECONDS: i64 = 8_210_000_000_000;

/// A time zone of the IANA database, and when days begin in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    built_in: Tz,
    /// Newer rules than the built-in ones.
    newer: Option<&'static Rules>,
    /// When the group's days begin. It changes no local time.
    pub(super) day_starts: DayStarts,
}

/// The error for a name that is not that of a known time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone")]
pub struct UnknownZone;

impl Zone {
    pub const UTC: Zone = Zone::built_in(Tz::UTC);
    /// The default of `SWF_TIMEZONE`.
    pub const TASHKENT: Zone = Zone::built_in(Tz::Asia__Tashkent);

    const fn built_in(built_in: Tz) -> Zone {
        Zone { built_in, newer: None, day_starts: DayStarts::MIDNIGHT }
    }

    /// All zones that swf knows, with their built-in rules.
    pub fn all() -> impl Iterator<Item = Zone> {
        TZ_VARIANTS.iter().copied().map(Zone::built_in)
    }

    /// The zone with the rules of a TZif file (RFC 9636); `None` if it is not such a file. The rules stay in memory
    /// until the process ends.
    pub fn with_rules(self, tzif: &[u8]) -> Option<Zone> {
        let rules = Rules::tzif(self.name(), tzif).ok()?;
        Some(Zone { newer: Some(Box::leak(Box::new(rules))), ..self })
    }

    /// The zone with other starts of its days.
    pub fn with_day_starts(self, day_starts: DayStarts) -> Zone {
        Zone { day_starts, ..self }
    }

    /// Whether the zone has rules of a file, not the built-in ones.
    pub fn is_newer(self) -> bool {
        self.newer.is_some()
    }

    /// The name in the IANA database, e.g. `Asia/Tashkent`.
    pub fn name(self) -> &'static str {
        self.built_in.name()
    }

    /// An instant as a date and time in this zone. Instants outside chrono's range (±262,000 years) read as the epoch.
    pub fn local(self, at: Instant) -> DateTime<FixedOffset> {
        let in_range = (-MAX_SECONDS..=MAX_SECONDS).contains(&at.0);
        let time = DateTime::<Utc>::from_timestamp(at.0, 0).filter(|_| in_range).unwrap_or_default();
        let newer = self.newer.and_then(|rules| offset_at(rules, time));
        time.with_timezone(&newer.unwrap_or_else(|| self.built_in.offset_from_utc_datetime(&time.naive_utc()).fix()))
    }

    /// The instant at which the local clock shows `at`. If the clock shows it twice, the first one; if the clock skips
    /// it, the next instant that exists (rules §4.3).
    pub fn instant_of(self, at: NaiveDateTime) -> Instant {
        let at_utc = at.and_utc().timestamp();
        if let Offsets::One(offset) | Offsets::Two { first: offset } = self.offsets_at(at) {
            return Instant(at_utc - offset);
        }
        // In a gap: the earliest instant whose local clock is past `at`. No zone is over 15 h from UTC and no gap was
        // over 24 h, so the answer lies within 40 h of `at` read as UTC.
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

    /// Whether the local clock shows the time of this instant twice, as in the hour that comes twice in autumn.
    pub fn is_repeated(self, at: Instant) -> bool {
        matches!(self.offsets_at(self.local(at).naive_local()), Offsets::Two { .. })
    }

    fn offsets_at(self, at: NaiveDateTime) -> Offsets {
        let seconds = |offset: Offset| i64::from(offset.seconds());
        match self.newer.and_then(|rules| ambiguous_offset(rules, at)) {
            Some(AmbiguousOffset::Unambiguous { offset }) => Offsets::One(seconds(offset)),
            Some(AmbiguousOffset::Fold { before, .. }) => Offsets::Two { first: seconds(before) },
            Some(AmbiguousOffset::Gap { .. }) => Offsets::None,
            None => {
                let seconds = |offset: TzOffset| i64::from(offset.fix().local_minus_utc());
                match self.built_in.offset_from_local_datetime(&at) {
                    MappedLocalTime::Single(offset) => Offsets::One(seconds(offset)),
                    MappedLocalTime::Ambiguous(before, _) => Offsets::Two { first: seconds(before) },
                    MappedLocalTime::None => Offsets::None,
                }
            }
        }
    }
}

/// The offsets, in seconds east of UTC, at which the local clock shows a time.
enum Offsets {
    One(i64),
    /// The time comes twice; this is the offset when it comes first.
    Two {
        first: i64,
    },
    /// The time is skipped.
    None,
}

/// The offset of `rules` at an instant; `None` outside of the range of jiff, the years -9999 to 9999.
fn offset_at(rules: &Rules, time: DateTime<Utc>) -> Option<FixedOffset> {
    let time = Timestamp::from_second(time.timestamp()).ok()?;
    FixedOffset::east_opt(rules.to_offset(time).seconds())
}

/// As [`offset_at`], at a local date and time.
fn ambiguous_offset(rules: &Rules, at: NaiveDateTime) -> Option<AmbiguousOffset> {
    let part = |part: u32| i8::try_from(part).ok();
    let (year, month, day) = (i16::try_from(at.year()).ok()?, part(at.month())?, part(at.day())?);
    let (hour, minute, second) = (part(at.hour())?, part(at.minute())?, part(at.second())?);
    let local = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(rules.to_ambiguous_timestamp(local).offset())
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Zone, UnknownZone> {
        name.parse().map(Zone::built_in).map_err(|_| UnknownZone)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
pub mod testing {
    /// A TZif file without transitions, whose rules are those of a `TZ` string of POSIX.
    pub fn tzif(posix: &str) -> Vec<u8> {
        let header = |types: u8| {
            let mut header = b"TZif2".to_vec();
            header.extend([0; 15]);
            // Counts of UT and standard indicators, leap seconds, transitions, types, and characters of abbreviations.
            for count in [0, 0, 0, 0, types, 4 * types] {
                header.extend([0, 0, 0, count]);
            }
            header.extend([0; 6].repeat(types.into()));
            header.extend(b"LMT\0".repeat(types.into()));
            header
        };
        [header(1), header(1), format!("\n{posix}\n").into_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::testing::tzif;
    use super::*;

    /// CASES X17: the first of these is chrono's last instant.
    #[test]
    fn no_instant_panics() {
        for seconds in [8_210_266_876_799, -8_334_601_228_800, MAX_SECONDS + 1, i64::MAX, i64::MIN] {
            for zone in [Zone::UTC, Zone::TASHKENT] {
                assert_eq!(zone.local(Instant(seconds)), zone.local(Instant(0)), "{seconds}");
            }
        }
        Zone::TASHKENT.local(Instant(MAX_SECONDS));
        Zone::TASHKENT.local(Instant(-MAX_SECONDS));
    }

    #[test]
    fn every_zone_is_found_by_its_name() {
        for zone in Zone::all() {
            assert_eq!(zone.name().parse(), Ok(zone));
            assert_eq!(zone.to_string(), zone.name());
        }
        assert_eq!("Mars/Olympus".parse::<Zone>(), Err(UnknownZone));
        assert_eq!(Zone::TASHKENT.name(), "Asia/Tashkent");
    }

    #[test]
    fn the_rules_of_a_file_replace_the_built_in_ones() {
        let tashkent = Zone::TASHKENT.with_rules(&tzif("<+07>-7")).unwrap();
        assert_eq!((tashkent.name(), tashkent.is_newer()), ("Asia/Tashkent", true));
        assert_eq!(tashkent.local(Instant(0)).to_string(), "1970-01-01 07:00:00 +07:00");
        assert_eq!(tashkent.instant_of("1970-01-01T07:00:00".parse().unwrap()), Instant(0));
        assert_ne!(tashkent, Zone::TASHKENT);
        // Beyond the years of the library, the built-in rules count.
        let far = Instant(1_000_000_000_000);
        assert_eq!(tashkent.instant_of(tashkent.local(far).naive_local()), far);
        for wrong in [&b""[..], b"TZif2", b"# version 2099a"] {
            assert_eq!(Zone::TASHKENT.with_rules(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn both_sources_of_rules_agree(minute in 0..20 * 365 * 24 * 60i64) {
            let built_in: Zone = "Europe/Berlin".parse().unwrap();
            let newer = built_in.with_rules(&tzif("CET-1CEST,M3.5.0,M10.5.0/3")).unwrap();
            // From 2010 on.
            let at = Instant(1_262_304_000 + minute * 60);
            prop_assert_eq!(newer.local(at), built_in.local(at));
            // They also agree where the local clock shows a time twice or never: in October and in March.
            let local = DateTime::from_timestamp(at.0, 0).unwrap().naive_utc();
            let near = |month, day| local.with_day(1)?.with_month(month)?.with_day(day)?.with_hour(2);
            for local in [Some(local), near(3, 25 + minute as u32 % 7), near(10, 25 + minute as u32 % 7)].into_iter().flatten() {
                let instant = built_in.instant_of(local);
                prop_assert_eq!(newer.instant_of(local), instant, "{}", local);
                for near in [instant, instant + 3600, instant - 3600] {
                    prop_assert_eq!(newer.is_repeated(near), built_in.is_repeated(near), "{}", local);
                }
            }
        }
    }
}
