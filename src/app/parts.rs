//! The parts that a group turns on: reads and writes their values.

use crate::config::{Config, GroupSettings, set_of_group};
use crate::domain::parts::{Part, PartValue};
use crate::error::Result;

/// The present value of a part.
pub fn value(settings: &GroupSettings, part: Part) -> PartValue {
    match part {
        Part::Rhythm => PartValue::Rhythm(settings.rhythm),
        Part::Slots => PartValue::Slots(settings.slots.clone()),
        Part::Pairs => PartValue::Pairs(settings.pairs),
        Part::Silence => PartValue::Silence(settings.silence),
    }
}

/// Reads the settings again, and writes the value to those of the group of this name in `groups.toml` (the only group,
/// if `None`). To do it twice changes nothing more.
///
/// # Errors
/// The settings can't be written (78 or 1).
pub fn set(config: &Config, label: Option<&str>, value: &PartValue) -> Result<()> {
    let mut config = config.clone();
    config.reload()?;
    config.choose(label)?;
    set_of_group(&config, value.part().setting(), &value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(config: &Config, label: Option<&str>, part: Part) -> PartValue {
        let mut config = config.clone();
        config.reload().unwrap();
        config.choose(label).unwrap();
        value(config.group(), part)
    }

    #[test]
    fn a_part_is_written_where_the_groups_settings_are() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        for part in Part::ALL {
            let off = PartValue::parse(part, "off").unwrap();
            assert_eq!(written(&config, None, part), off, "each is off by default");
            for value in part.offers().map(|offer| offer.value().unwrap()) {
                for _ in 0..2 {
                    set(&config, None, &value).unwrap();
                    assert_eq!(written(&config, None, part), value);
                }
            }
        }
        let groups =
            "[[group]]\nname = \"day\"\nid = -1001\nrhythm = \"25/5\"\n\n[[group]]\nname = \"night\"\nid = -1002\n";
        std::fs::write(folder.path().join("groups.toml"), groups).unwrap();
        let rhythm = |text| PartValue::parse(Part::Rhythm, text).unwrap();
        set(&config, Some("night"), &rhythm("90/20")).unwrap();
        assert_eq!(
            [Some("day"), Some("night")].map(|label| written(&config, label, Part::Rhythm)),
            [rhythm("25/5"), rhythm("90/20")]
        );
        assert!(set(&config, Some("noon"), &rhythm("off")).is_err());
    }

    #[test]
    fn what_the_environment_sets_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let environment = [("SWF_PAIRS".to_owned(), "on".to_owned())];
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), environment).unwrap();
        assert!(set(&config, None, &PartValue::Pairs(false)).is_err());
    }
}
