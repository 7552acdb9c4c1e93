//! When a post is due (rules §4.2–4).

use chrono::{Days, NaiveDate, NaiveTime};

use crate::domain::Instant;
use crate::domain::time::period::{instant_of, local_date};
use crate::domain::time::zone::Zone;

/// When a group gets its posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timetable {
    pub zone: Zone,
    /// The local time of the daily post.
    pub time: NaiveTime,
    /// How many days back a missed day is still posted.
    pub backfill_days: u32,
}

/// What happened to the post of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// A post of it exists, sent or waiting.
    Posted,
    /// Its message was taken back.
    Undone,
    /// Telegram refused its post for good.
    Refused,
    /// It has no post, and the tracker saw the group on that day.
    Seen,
    /// It has no post, and no tracker saw the group on that day.
    Unseen,
    /// It has no post, because nobody studied, and the group wants no post of such a day.
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
    /// Days whose post was taken back: posted only on request. The last may be today.
    pub undone: Vec<NaiveDate>,
}

impl Timetable {
    /// The instant at which the post of `date` is due.
    pub fn due(&self, date: NaiveDate) -> Instant {
        instant_of(self.zone, date.and_time(self.time))
    }

    /// The first due instant after `now` of a day that has no post yet. `posted` returns whether a day has one, which may be
    /// the old tracker's, or older than a change of the post time.
    pub fn next(&self, now: Instant, mut posted: impl FnMut(NaiveDate) -> bool) -> Instant {
        let today = local_date(self.zone, now);
        let days = (0..366).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        let mut open = days.filter(|date| self.due(*date) > now && !posted(*date));
        open.next().map_or(now + 86_400, |date| self.due(date))
    }

    /// What is due at `now`: today's post from the post time on, and the days missed since `first`, the first day that can
    /// be due at all. `day` returns what happened to the post of a date.
    pub fn owed(&self, now: Instant, first: NaiveDate, mut day: impl FnMut(NaiveDate) -> Day) -> Owed {
        let today = local_date(self.zone, now);
        let mut owed = Owed::default();
        for back in (1..=u64::from(self.backfill_days)).rev() {
            match today.checked_sub_days(Days::new(back)) {
                Some(date) if date >= first => match day(date) {
                    Day::Posted | Day::Empty => {}
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
                Day::Posted | Day::Unseen | Day::Empty => {}
            }
        }
        owed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "2026-11-18" => Day::Posted,
            "2026-11-19" => Day::Undone,
            "2026-11-20" | "2026-11-22" => Day::Refused,
            _ => Day::Seen,
        });
        let days: Vec<String> = owed.days.iter().map(|day| day.to_string()[8..].to_owned()).collect();
        assert_eq!(days, ["15", "17", "21"]);
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
