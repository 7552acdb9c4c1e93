//! A person's goal for a week (rules §2.21).

use crate::domain::accounting::streak::Day;
use crate::domain::text::duration;

/// The longest goal: all seconds of a week.
const MAX_GOAL: i64 = 7 * 24 * 3600;
/// The shortest goal, in seconds: times are shown in whole minutes.
const MIN_GOAL: i64 = 60;

/// A person's progress in one week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Seconds a week.
    pub goal: i64,
    /// Credited seconds of this week.
    pub seconds: i64,
}

impl Progress {
    /// The progress in a week with these days.
    pub fn new(goal: i64, week: &[Day]) -> Progress {
        Progress { goal, seconds: week.iter().map(|day| day.seconds).sum() }
    }

    pub fn is_reached(self) -> bool {
        self.seconds >= self.goal
    }

    /// Whole percent, rounded down.
    pub fn percent(self) -> i64 {
        self.seconds * 100 / self.goal.max(1)
    }
}

/// Reads a goal as users write it: `10h`, `90m`, `7h 30m`. Returns seconds a week.
///
/// # Errors
/// A text for the user that says what is allowed.
pub fn parse(text: &str) -> Result<i64, String> {
    let allowed = || format!("it must be hours and minutes a week, up to {}, e.g. 10h or 7h30m", duration(MAX_GOAL));
    seconds(text).filter(|goal| (MIN_GOAL..=MAX_GOAL).contains(goal)).ok_or_else(allowed)
}

fn seconds(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let (hours, minutes) = match text.split_once('h') {
        Some((hours, "")) => (hours, None),
        Some((hours, minutes)) => (hours, Some(minutes.strip_suffix('m').unwrap_or(minutes))),
        None => ("0", Some(text.strip_suffix('m')?)),
    };
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| is_number).map(i64::from)
    };
    Some(number(hours)? * 3600 + minutes.map_or(Some(0), number)? * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_read_as_people_write_them() {
        for (text, minutes) in [
            ("10h", 600),
            ("10H", 600),
            (" 7h 30m ", 450),
            ("7h30", 450),
            ("90m", 90),
            ("1m", 1),
            ("0h5m", 5),
            ("168h", 7 * 24 * 60),
        ] {
            assert_eq!(parse(text), Ok(minutes * 60), "{text}");
        }
        for text in
            ["", "0h", "0m", "h", "m", "10", "-5h", "+5h", "5h-1m", "168h1m", "1d", "7.5h", "99999999999h", "off"]
        {
            assert!(parse(text).unwrap_err().contains("e.g. 10h or 7h30m"), "{text}");
        }
    }

    #[test]
    fn progress_is_rounded_down() {
        let progress = |seconds| Progress { goal: 36_000, seconds };
        assert_eq!((progress(35_999).percent(), progress(35_999).is_reached()), (99, false));
        assert_eq!((progress(36_000).percent(), progress(36_000).is_reached()), (100, true));
    }
}
