//! Makes and ends pauses for `swf pause` and `/pause`: writes them to the group's settings.

use chrono::NaiveDate;

use crate::config::{Config, set_of_group};
use crate::domain::chat::command::PauseRequest;
use crate::domain::time::pause::Pause;
use crate::error::{Error, Result};

/// The setting that holds the pauses.
const SETTING: &str = "SWF_PAUSE";

/// The result of [`change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paused {
    /// The group has this pause now.
    Begun(Pause),
    /// This pause is over.
    Ended(Pause),
    /// There was no pause to end.
    NothingToEnd,
}

/// Whether the last day of a pause is before `today`.
pub fn has_passed(until: Option<NaiveDate>, today: NaiveDate) -> bool {
    until.is_some_and(|until| until < today)
}

/// Begins, changes or ends the pause of the group that `config` is about. To do it twice changes nothing more.
///
/// # Errors
/// The last day has passed (2); the settings can't be written (78 or 1).
pub fn change(config: &Config, asked: PauseRequest, today: NaiveDate) -> Result<Paused> {
    let pauses = &config.group().pauses;
    match asked {
        PauseRequest::End => {
            let Some(pause) = pauses.at(today) else { return Ok(Paused::NothingToEnd) };
            set_of_group(config, SETTING, &pauses.ended(today).to_string())?;
            Ok(Paused::Ended(pause))
        }
        PauseRequest::Until(Some(until)) if until < today => {
            Err(Error::usage(format!("--until {until} has passed; today is {today}"))
                .hint("--until is the last day without a post, today or later, e.g. --until 2027-01-07"))
        }
        PauseRequest::Until(until) => {
            let pauses = pauses.begun(today, until);
            set_of_group(config, SETTING, &pauses.to_string())?;
            Ok(Paused::Begun(pauses.at(today).unwrap_or(Pause { first: today, last: until })))
        }
    }
}

/// As [`change`], for the group of this name in `groups.toml` (the only group, if `None`). Reads the settings again,
/// because another change may be newer than `config`.
pub fn carry_out_pause(config: &Config, label: Option<&str>, asked: PauseRequest, today: NaiveDate) -> Result<Paused> {
    let mut config = config.clone();
    config.reload()?;
    config.choose(label)?;
    change(&config, asked, today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::pause::Pauses;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn written(config: &Config, label: Option<&str>) -> Pauses {
        let mut config = config.clone();
        config.reload().unwrap();
        config.choose(label).unwrap();
        config.group().pauses.clone()
    }

    #[test]
    fn a_pause_that_is_carried_out_twice_is_one_pause_and_keeps_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        // Written after `config` was read.
        std::fs::write(config.home().env_file(), "SWF_PAUSE=2027-03-21..2027-03-22\n").unwrap();
        let (today, until) = (date("2026-12-01"), Some(date("2027-01-07")));
        let pause = Pause { first: today, last: until };
        for _ in 0..2 {
            let done = carry_out_pause(&config, None, PauseRequest::Until(until), today).unwrap();
            assert_eq!(done, Paused::Begun(pause));
            assert_eq!(written(&config, None).to_string(), "2026-12-01..2027-01-07,2027-03-21..2027-03-22");
        }
        let later = date("2026-12-05");
        assert_eq!(carry_out_pause(&config, None, PauseRequest::End, later).unwrap(), Paused::Ended(pause));
        assert_eq!(carry_out_pause(&config, None, PauseRequest::End, later).unwrap(), Paused::NothingToEnd);
        assert_eq!(written(&config, None).to_string(), "2026-12-01..2026-12-04,2027-03-21..2027-03-22");
        assert!(carry_out_pause(&config, None, PauseRequest::Until(Some(today)), later).is_err());
        assert!(!has_passed(Some(later), later) && has_passed(Some(today), later));
    }

    #[test]
    fn the_pause_of_one_group_is_not_that_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let groups = "[[group]]\nname = \"day\"\nid = -1001\n\n[[group]]\nname = \"night\"\nid = -1002\n";
        std::fs::write(folder.path().join("groups.toml"), groups).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        let today = date("2026-12-01");
        carry_out_pause(&config, Some("night"), PauseRequest::Until(None), today).unwrap();
        assert_eq!(written(&config, Some("day")), Pauses::default());
        assert!(written(&config, Some("night")).contains(date("2027-06-01")));
        assert!(carry_out_pause(&config, Some("noon"), PauseRequest::End, today).is_err());
    }
}
