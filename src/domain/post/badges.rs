//! Badges: the emoji after a time on a board, by how long the time is for its period.

use crate::domain::text;
use crate::domain::time::period::Scope;
use crate::domain::words::own::OwnBadges;

/// The most characters of a badge: a family of emoji has 11.
const MAX_BADGE: usize = 12;
/// The minutes of the longest month.
const MAX_MINUTES: i64 = 31 * 24 * 60;

/// The badges, each with the fewest minutes for it, the most minutes first.
type Steps = Vec<(i64, String)>;

/// The badges of each kind of board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badges {
    day: Steps,
    week: Steps,
    month: Steps,
}

fn steps(steps: [(i64, &str); 4]) -> Steps {
    steps.map(|(minutes, badge)| (minutes, badge.to_owned())).into()
}

impl Default for Badges {
    /// The best badge takes 3 hours in a day, 20 in a week and 80 in a month.
    fn default() -> Badges {
        Badges {
            day: steps([(180, "🚀"), (120, "🔥"), (60, "💪"), (0, "✅")]),
            week: steps([(1200, "🚀"), (600, "🔥"), (300, "💪"), (0, "✅")]),
            month: steps([(4800, "🚀"), (2400, "🔥"), (1200, "💪"), (0, "✅")]),
        }
    }
}

impl Badges {
    /// The old tracker's badges: the same for every board.
    pub fn classic() -> Badges {
        let day = steps([(180, "🚀"), (120, "🔥"), (60, "💪"), (1, "✅")]);
        Badges { week: day.clone(), month: day.clone(), day }
    }

    /// Parses `day:180=🚀,120=🔥;week:1200=🚀`. Kinds of boards that the text does not name keep the badges of `base`.
    /// `None` if the text is not valid.
    pub fn parse(text: &str, base: Badges) -> Option<Badges> {
        let mut badges = base;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (scope, steps) = part.split_once(':')?;
            let steps = parse_steps(steps)?;
            match scope.trim().to_ascii_lowercase().as_str() {
                "day" => badges.day = steps,
                "week" => badges.week = steps,
                "month" => badges.month = steps,
                _ => return None,
            }
        }
        Some(badges)
    }

    /// Replaces the badges by a group's own, for each kind of board for which it has some.
    pub fn replace(&mut self, own: &OwnBadges) {
        for (steps, own) in [(&mut self.day, &own.day), (&mut self.week, &own.week), (&mut self.month, &own.month)] {
            if !own.is_empty() {
                steps.clone_from(own);
            }
        }
    }

    /// The badge for a time in seconds; empty if the time is too short for any badge.
    pub fn of(&self, scope: Scope, seconds: i64) -> &str {
        let steps = match scope {
            Scope::Day => &self.day,
            Scope::Week => &self.week,
            _ => &self.month,
        };
        steps.iter().find(|(minutes, _)| seconds >= minutes * 60).map_or("", |(_, badge)| badge)
    }
}

fn parse_steps(text: &str) -> Option<Steps> {
    let step = |step: &str| {
        let (minutes, badge) = step.split_once('=')?;
        let minutes = minutes.trim().parse().ok().filter(|minutes| (0..=MAX_MINUTES).contains(minutes))?;
        let badge = badge.trim();
        let is_short = (1..=MAX_BADGE).contains(&badge.chars().count());
        (is_short && text::clean(badge) == badge).then(|| (minutes, badge.to_owned()))
    };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let mut steps: Steps = parts.map(step).collect::<Option<_>>()?;
    steps.sort_by_key(|(minutes, _)| -minutes);
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    #[test]
    fn badges_follow_the_time_and_the_period() {
        let badges = Badges::default();
        let day = [1, HOUR - 1, HOUR, 2 * HOUR, 3 * HOUR - 1, 3 * HOUR].map(|time| badges.of(Scope::Day, time));
        assert_eq!(day, ["✅", "✅", "💪", "🔥", "🔥", "🚀"]);
        // The time of the best badge of a day gets only the first badge in a month.
        let four_hours = Scope::ALL.map(|scope| badges.of(scope, 4 * HOUR));
        assert_eq!(four_hours[..3], ["🚀", "✅", "✅"]);
        assert_eq!((badges.of(Scope::Week, 20 * HOUR), badges.of(Scope::Month, 80 * HOUR)), ("🚀", "🚀"));
        let classic = Badges::classic();
        assert_eq!([59, 60, 3 * HOUR].map(|time| classic.of(Scope::Week, time)), ["", "✅", "🚀"]);
    }

    #[test]
    fn own_badges_take_the_place_of_those_of_their_period() {
        let badges = Badges::parse("day: 30=📗, 240=🏆 ; week:", Badges::default()).unwrap();
        assert_eq!([1, 1800, 4 * HOUR].map(|time| badges.of(Scope::Day, time)), ["", "📗", "🏆"]);
        assert_eq!((badges.of(Scope::Week, 90 * HOUR), badges.of(Scope::Month, 80 * HOUR)), ("", "🚀"));
        for wrong in ["day", "day=30:x", "year:1=x", "day:x=y", "day:-1=x", "day:1=", "day:99999=x", "day:1=\u{202e}x"]
        {
            assert_eq!(Badges::parse(wrong, Badges::default()), None, "{wrong}");
        }
        assert_eq!(Badges::parse("day:1=a word that is too long", Badges::default()), None);
    }
}
