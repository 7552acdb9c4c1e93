use super::RhythmWords;
use crate::domain::accounting::rounds::Rounds;
use crate::domain::rhythm::{PhaseKind, Rhythm};
use crate::domain::words::en::En;

impl RhythmWords for En {
    fn phase(&self, kind: PhaseKind, until: &str) -> String {
        match kind {
            PhaseKind::Focus => format!("🎯 Focus until {until}"),
            PhaseKind::Break => format!("☕ Break until {until}"),
        }
    }

    fn rounds(&self, rounds: Rounds) -> String {
        format!("⏱ Completed rounds: {} today, {} this week", rounds.today, rounds.week)
    }

    fn rhythm(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm.map(Rhythm::minutes) {
            Some((focus, rest)) => format!("{focus} min focus, {rest} min break"),
            None => "off".into(),
        }
    }

    fn is(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm {
            Some(_) => format!("⏱ Rhythm: {}.", self.rhythm(rhythm)),
            None => "The group has no rhythm.".into(),
        }
    }

    fn how(&self) -> String {
        "Set one with /rhythm 50/10 (minutes of focus and of break); /rhythm off ends it.".into()
    }

    fn set(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm {
            Some(_) => format!("⏱ Rhythm from now on: {}.", self.rhythm(rhythm)),
            None => "The rhythm is off.".into(),
        }
    }
}
