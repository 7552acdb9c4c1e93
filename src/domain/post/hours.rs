//! When posts are sent in a group that asks for consent (rules §7.3).

use chrono::NaiveTime;

use crate::domain::Instant;
use crate::domain::time::period::instant_of;
use crate::domain::time::zone::Zone;

const OPEN: NaiveTime = NaiveTime::from_hms_opt(7, 0, 0).unwrap();
const CLOSE: NaiveTime = NaiveTime::from_hms_opt(22, 0, 0).unwrap();

/// When a post that is ready at `now` may be sent: `now` from 07:00 to 22:00 by the clock of `zone`, else the next
/// 07:00.
pub fn may_be_sent(zone: Zone, now: Instant) -> Instant {
    let local = zone.local(now);
    let (date, time) = (local.date_naive(), local.time());
    let date = match time {
        _ if (OPEN..CLOSE).contains(&time) => return now,
        _ if time < OPEN => date,
        _ => date.succ_opt().unwrap_or(date),
    };
    instant_of(zone, date.and_time(OPEN)).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_wait_for_the_morning() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let at = |text: &str| instant_of(zone, text.parse().unwrap());
        for (now, sent) in [
            ("2026-11-22T07:00:00", "2026-11-22T07:00:00"),
            ("2026-11-22T21:59:59", "2026-11-22T21:59:59"),
            ("2026-11-22T22:00:00", "2026-11-23T07:00:00"),
            ("2026-11-22T23:59:59", "2026-11-23T07:00:00"),
            ("2026-11-22T00:00:00", "2026-11-22T07:00:00"),
            ("2026-11-22T06:59:59", "2026-11-22T07:00:00"),
            // The clock is set back in the first of these nights, and forward in the second.
            ("2026-10-24T23:00:00", "2026-10-25T07:00:00"),
            ("2026-03-28T23:00:00", "2026-03-29T07:00:00"),
        ] {
            assert_eq!(may_be_sent(zone, at(now)), at(sent), "{now}");
        }
    }
}
