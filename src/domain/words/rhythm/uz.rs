//! Uzbek, in both scripts: see [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use super::RhythmWords;
use crate::domain::accounting::rounds::Rounds;
use crate::domain::rhythm::PhaseKind;
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
}
