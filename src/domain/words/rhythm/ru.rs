use super::RhythmWords;
use crate::domain::accounting::rounds::Rounds;
use crate::domain::rhythm::PhaseKind;
use crate::domain::words::ru::Ru;

impl RhythmWords for Ru {
    fn phase(&self, kind: PhaseKind, until: &str) -> String {
        match kind {
            PhaseKind::Focus => format!("🎯 Занимаемся до {until}"),
            PhaseKind::Break => format!("☕ Перерыв до {until}"),
        }
    }

    fn rounds(&self, rounds: Rounds) -> String {
        format!("⏱ Завершено раундов: {} сегодня, {} за неделю", rounds.today, rounds.week)
    }
}
