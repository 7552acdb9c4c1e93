use super::RhythmWords;
use crate::domain::accounting::rounds::Rounds;
use crate::domain::rhythm::{PhaseKind, Rhythm};
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

    fn rhythm(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm.map(Rhythm::minutes) {
            Some((focus, rest)) => format!("{focus} мин занятий, {rest} мин перерыва"),
            None => "выключено".into(),
        }
    }

    fn is(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm {
            Some(_) => format!("⏱ Ритм: {}.", self.rhythm(rhythm)),
            None => "У группы нет ритма.".into(),
        }
    }

    fn how(&self) -> String {
        "Включить: /rhythm 50/10 (минуты занятий и перерыва); выключить: /rhythm off.".into()
    }

    fn set(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm {
            Some(_) => format!("⏱ Ритм с этого момента: {}.", self.rhythm(rhythm)),
            None => "Ритм выключен.".into(),
        }
    }
}
