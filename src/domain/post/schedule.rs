//! When a post is due (rules §4.2–4).

use chrono::{Days, NaiveDate, NaiveTime};

use crate::domain::Instant;
use crate::domain::time::period::{local_date, time_in_day};
use crate::domain::time::zone::Zone;

/// When a group gets its posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timetable {
    pub zone: Zone,
    /// The local time of the daily post.
    pub time: NaiveTime,
    /// For how many days a missed day can still be posted.
    pub backfill_days: u32,
}

/// What happened to the post of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// The day has a post, sent or waiting.
    Posted,
    /// The message of its post was deleted on request.
    Undone,
    /// Telegram refused its post for good.
    Refused,
    /// The day has no post, and the tracker saw the group on that day, or time of that day is proved or corrected.
    Seen,
    /// The day has no post and no board: no tracker saw the group on that day.
    Unseen,
    /// The group was paused.
    Paused,
    /// The day has no post, because nobody studied, and the group wants no post of such a day.
    Empty,
}

/// The days whose posts are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// Days to post, oldest first; the last may be today.
    pub days: Vec<NaiveDate>,
    /// Days on which no tracker saw the group: not posted, but named in the next post.
    pub skipped: Vec<NaiveDate>,
    /// Days whose post was refused. The last may be today.
    pub refused: Vec<NaiveDate>,
    /// Days whose post was deleted on request: posted again only on request. The last may be today.
    pub undone: Vec<NaiveDate>,
}

impl Timetable {
    /// The instant at which the post of `date` is due.
    pub fn due(&self, date: NaiveDate) -> Instant {
        time_in_day(self.zone, date, self.time)
    }

    /// The first due instant after `now` of a day that has no post yet. `posted` returns whether a day has a post: that
    /// post may be the old tracker's, or older than a change of the post time.
    pub fn next(&self, now: Instant, mut posted: impl FnMut(NaiveDate) -> bool) -> Instant {
        let today = local_date(self.zone, now);
        let days = (0..366).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        let mut open = days.filter(|date| self.due(*date) > now && !posted(*date));
        open.next().map_or(now + 86_400, |date| self.due(date))
    }

    /// What is due at `now`: today's post from the post time on, and the days missed since `first`, the first day that
    /// can be due at all. `day` returns what happened to the post of a date.
    pub fn owed(&self, now: Instant, first: NaiveDate, mut day: impl FnMut(NaiveDate) -> Day) -> Owed {
        let today = local_date(self.zone, now);
        let mut owed = Owed::default();
        for back in (1..=u64::from(self.backfill_days)).rev() {
            match today.checked_sub_days(Days::new(back)) {
                Some(date) if date >= first => match day(date) {
                    Day::Posted | Day::Paused | Day::Empty => {}
                    Day::Undone => owed.undone.push(date),
                    Day::Refused => owed.refused.push(date),
                    Day::Seen => owed.days.push(date),
                    Day::Unseen => owed.skipped.push(date),
                },
                _ => {}
            }
        }
        // If no tracker sees the group today, a later post names the day as skipped.
        if now >= self.due(today) {
            match day(today) {
                Day::Seen => owed.days.push(today),
                Day::Undone => owed.undone.push(today),
                Day::Refused => owed.refused.push(today),
                Day::Posted | Day::Unseen | Day::Paused | Day::Empty => {}
            }
        }
        owed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::day_start::testing::any_starts;
    use crate::domain::time::period::{first_instant, instant_of, iso};

    fn timetable(zone: Zone) -> Timetable {
        Timetable { zone, time: "21:30:00".parse().unwrap(), backfill_days: 7 }
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn today_is_owed_from_the_post_time_on() {
        let table = timetable(Zone::TASHKENT);
        let today = date("2026-11-22");
        let owed = |now| table.owed(now, today, |_| Day::Seen).days;
        assert_eq!(owed(table.due(today) - 1), []);
        assert_eq!(owed(table.due(today)), [today]);
        assert_eq!(table.next(table.due(today) - 1, |_| false), table.due(today));
        assert_eq!(table.next(table.due(today), |_| false), table.due(date("2026-11-23")));
        // The post of today exists already.
        assert_eq!(table.next(table.due(today) - 1, |day| day == today), table.due(date("2026-11-23")));
    }

    #[test]
    fn missed_days_come_oldest_first_and_unseen_ones_are_skipped() {
        let table = timetable(Zone::TASHKENT);
        let now = table.due(date("2026-11-22"));
        let owed = table.owed(now, date("2026-11-01"), |day| match day.to_string().as_str() {
            "2026-11-16" => Day::Unseen,
            "2026-11-17" => Day::Paused,
            "2026-11-18" => Day::Posted,
            "2026-11-19" => Day::Undone,
            "2026-11-20" | "2026-11-22" => Day::Refused,
            _ => Day::Seen,
        });
        let days: Vec<String> = owed.days.iter().map(|day| day.to_string()[8..].to_owned()).collect();
        assert_eq!(days, ["15", "21"]);
        assert_eq!(owed.undone, [date("2026-11-19")]);
        assert_eq!(owed.refused, [date("2026-11-20"), date("2026-11-22")]);
        assert_eq!(owed.skipped, [date("2026-11-16")]);
    }

    #[test]
    fn nothing_before_the_first_day_is_owed() {
        let table = timetable(Zone::TASHKENT);
        let today = date("2026-11-22");
        assert_eq!(table.owed(table.due(today), today, |_| Day::Seen).days, [today]);
    }

    #[test]
    fn a_post_time_before_the_days_start_belongs_to_the_day_that_still_runs() {
        let zone = Zone::TASHKENT.with_day_starts("04:00@2026-12-01,00:00@2026-12-05".parse().unwrap());
        let table = Timetable { time: "00:30:00".parse().unwrap(), ..timetable(zone) };
        let due = |day: &str| iso(zone, table.due(date(day)))[..16].to_owned();
        // The last day before the change is longer, and has 00:30 twice.
        let days = ["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-03", "2026-12-04", "2026-12-05"];
        let dues = ["29T00:30", "01T00:30", "02T00:30", "04T00:30", "04T23:59", "05T00:30"];
        assert_eq!(days.map(|day| due(day)[8..].to_owned()), dues);
        for day in days {
            let at = table.due(date(day));
            assert_eq!(local_date(zone, at), date(day));
            let owed = |now| table.owed(now, date(day), |_| Day::Seen).days;
            assert_eq!((owed(at - 1), owed(at)), (vec![], vec![date(day)]));
            assert_eq!(table.next(at - 1, |_| false), at);
        }
        // The change does not affect an evening post.
        let evening = timetable(zone);
        assert_eq!(evening.due(date("2026-12-02")), timetable(Zone::TASHKENT).due(date("2026-12-02")));
    }

    proptest! {
        #[test]
        fn each_day_has_one_due_instant_which_is_its_own(
            days in 0..20_000u64, before in 0..60u64, zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()),
            minute in 0..1440u32, starts in any_starts(date("2000-06-01")),
        ) {
            let first = if days % 2 == 0 { date("1972-01-01") + Days::new(days) } else { date("2000-06-01") + Days::new(before) };
            let time = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap();
            let table = Timetable { time, ..timetable(zone.with_day_starts(starts)) };
            let due = table.due(first);
            let (start, end) = (first_instant(table.zone, first), first_instant(table.zone, first + Days::new(1)));
            prop_assert!(start <= due && (due < end || start == end), "{zone} {first} {time}");
            prop_assert!(due <= table.due(first + Days::new(1)));
            // With days from midnight, the post is due at the plain local time, unless that is on another day.
            let plain = instant_of(zone, first.and_time(time));
            let midnight = Timetable { zone, ..table };
            if local_date(zone, plain) == first {
                prop_assert_eq!(midnight.due(first), plain);
            }
        }
    }

    #[test]
    fn a_post_time_that_is_skipped_or_repeated_comes_once() {
        let mut table = timetable("Europe/London".parse().unwrap());
        table.time = "01:30:00".parse().unwrap();
        for day in ["2026-03-29", "2026-10-25"] {
            let due = table.due(date(day));
            assert_eq!(local_date(table.zone, due), date(day));
            assert!(table.next(due, |_| false) > due + 22 * 3600);
        }
    }
}
