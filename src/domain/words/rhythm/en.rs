use super::RhythmWords;
use crate::domain::accounting::rounds::Rounds;
use crate::domain::rhythm::PhaseKind;
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
}
