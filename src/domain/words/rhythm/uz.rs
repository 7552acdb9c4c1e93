//! Uzbek, in both scripts: see [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use super::RhythmWords;
use crate::domain::accounting::rounds::Rounds;
use crate::domain::rhythm::{PhaseKind, Rhythm};
use crate::domain::words::uz::{Uz, places, say};

impl RhythmWords for Uz {
    fn phase(&self, kind: PhaseKind, until: &str) -> String {
        match kind {
            PhaseKind::Focus => say!(self, "🎯 Mashgʻulot: {} gacha", until),
            PhaseKind::Break => say!(self, "☕ Tanaffus: {} gacha", until),
        }
    }

    fn rounds(&self, rounds: Rounds) -> String {
        say!(self, "⏱ Tugatilgan raundlar: bugun {} ta, shu hafta {} ta", rounds.today, rounds.week)
    }

    fn rhythm(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm.map(Rhythm::minutes) {
            Some((focus, rest)) => say!(self, "{} daqiqa mashgʻulot, {} daqiqa tanaffus", focus, rest),
            None => say!(self, "oʻchirilgan"),
        }
    }

    fn is(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm {
            Some(_) => say!(self, "⏱ Ritm: {}.", self.rhythm(rhythm)),
            None => say!(self, "Guruhda ritm yoʻq."),
        }
    }

    fn how(&self) -> String {
        say!(self, "Yoqish: `/rhythm 50/10` (mashgʻulot va tanaffus daqiqalari); oʻchirish: `/rhythm off`.")
    }

    fn set(&self, rhythm: Option<Rhythm>) -> String {
        match rhythm {
            Some(_) => say!(self, "⏱ Bundan buyon ritm: {}.", self.rhythm(rhythm)),
            None => say!(self, "Ritm oʻchirildi."),
        }
    }
}
