//! The focus clock: the rhythm of a group, as `/rhythm` changes it, and the phase that its call shows (rules §9).

use crate::config::{Config, GroupSettings, set_of_group};
use crate::domain::rhythm::{OFF, Rhythm};
use crate::domain::time::period::local_text;
use crate::domain::{CallId, Instant};
use crate::error::Result;
use crate::store::{ClockPhase, GroupKey, Store};

/// The setting that holds the rhythm.
const SETTING: &str = "SWF_RHYTHM";

/// Writes the rhythm where the settings of the group of this name in `groups.toml` are (the only one, if `None`), as they
/// stand in the files now. Doing it again changes nothing more.
///
/// # Errors
/// The settings can't be written (78 or 1).
pub fn set_rhythm(config: &Config, label: Option<&str>, rhythm: Option<Rhythm>) -> Result<()> {
    let mut config = config.clone();
    config.reload()?;
    config.choose(label)?;
    set_of_group(&config, SETTING, &rhythm.map_or_else(|| OFF.to_owned(), |rhythm| rhythm.to_string()))
}

/// What a turn of the clock stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turned {
    /// Something is to be sent.
    pub queued: bool,
    /// When the phase ends.
    pub next: Option<Instant>,
}

/// Stores the phase that the call which runs is to show at `now`, or that the group's clock has ended. With the call comes
/// its title, where that was read; without it, no phase is shown.
pub fn turn(
    store: &mut Store,
    settings: &GroupSettings,
    group: GroupKey,
    running: Option<(CallId, Option<&str>)>,
    now: Instant,
) -> Result<Turned> {
    let (Some(rhythm), Some((call, Some(title)))) = (settings.rhythm, running) else {
        let queued = store.end_clocks(group, running.map(|(call, _)| call), now)?;
        return Ok(Turned { queued, next: None });
    };
    let phase = rhythm.phase(settings.zone, now);
    let until = local_text(settings.zone, phase.span.to, "%H:%M");
    let text = settings.language.rhythm_words().phase(phase.kind, &until);
    let (language, topic) = (settings.language, settings.topic);
    let phase_of_call = ClockPhase { call, title, text: &text, until: phase.span.to, language, topic };
    let queued = store.show_phase(group, phase_of_call, now)?;
    Ok(Turned { queued, next: Some(phase.span.to) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(config: &Config, label: Option<&str>) -> Option<Rhythm> {
        let mut config = config.clone();
        config.reload().unwrap();
        config.choose(label).unwrap();
        config.group().rhythm
    }

    #[test]
    fn a_rhythm_is_written_where_the_groups_settings_are() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        assert_eq!(written(&config, None), None, "there is none by default");
        for rhythm in [Rhythm::new(50, 10), Rhythm::new(50, 10), Rhythm::new(25, 5), None] {
            set_rhythm(&config, None, rhythm).unwrap();
            assert_eq!(written(&config, None), rhythm);
        }
        let groups =
            "[[group]]\nname = \"day\"\nid = -1001\nrhythm = \"25/5\"\n\n[[group]]\nname = \"night\"\nid = -1002\n";
        std::fs::write(folder.path().join("groups.toml"), groups).unwrap();
        set_rhythm(&config, Some("night"), Rhythm::new(90, 20)).unwrap();
        assert_eq!(
            [Some("day"), Some("night")].map(|label| written(&config, label)),
            [Rhythm::new(25, 5), Rhythm::new(90, 20)]
        );
        assert!(set_rhythm(&config, Some("noon"), None).is_err());
    }

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
