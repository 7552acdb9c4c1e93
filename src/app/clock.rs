//! The focus clock: the phase of a group's rhythm that its call shows (rules §9).

use crate::config::GroupSettings;
use crate::domain::time::period::local_text;
use crate::domain::{CallId, Instant};
use crate::error::Result;
use crate::store::{ClockPhase, GroupRow, Store};

/// The result of [`turn`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turned {
    /// A message or a title was queued.
    pub queued: bool,
    /// When the phase ends.
    pub next: Option<Instant>,
}

/// Stores the phase that the running call must show at `now`, or that the group's clock has ended. `running` is the
/// call with its title, if that was read; without a title, no phase is shown.
pub fn turn(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    running: Option<(CallId, Option<&str>)>,
    now: Instant,
) -> Result<Turned> {
    let (Some(rhythm), Some((call, Some(title)))) = (settings.rhythm, running) else {
        let queued = store.end_clocks(group.key, running.map(|(call, _)| call), now)?;
        return Ok(Turned { queued, next: None });
    };
    let phase = rhythm.phase(settings.zone, now);
    let until = local_text(settings.zone, phase.span.to, "%H:%M");
    let text = settings.language.rhythm_words().phase(phase.kind, &until);
    let (language, topic) = (settings.language, settings.topic(Some(group.known())));
    let phase_of_call = ClockPhase { call, title, text: &text, until: phase.span.to, language, topic };
    let queued = store.show_phase(group.key, phase_of_call, now)?;
    Ok(Turned { queued, next: Some(phase.span.to) })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_wrong_rhythm_is_an_error_that_says_what_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env.local"), "SWF_RHYTHM=10/50/10\n").unwrap();
        let error = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap_err();
        let text = format!("{error:?}");
        for part in ["SWF_RHYTHM", "10/50/10", "5 to 120", "50/10"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
