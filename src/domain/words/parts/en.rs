use super::PartWords;
use crate::domain::accounting::silence::Silence;
use crate::domain::parts::{Part, PartValue};
use crate::domain::words::en::En;

impl PartWords for En {
    fn name(&self, part: Part) -> String {
        match part {
            Part::Rhythm => "Rhythm",
            Part::Slots => "Hours together",
            Part::Pairs => "Pairs",
            Part::Silence => "Silence",
        }
        .into()
    }

    fn value(&self, value: &PartValue) -> String {
        match value {
            PartValue::Rhythm(Some(rhythm)) => rhythm.to_string(),
            PartValue::Slots(slots) if !slots.is_empty() => slots.list(),
            PartValue::Pairs(true) => "on".into(),
            PartValue::Silence(Silence::Limit(seconds)) => format!("{} h", seconds / 3600),
            PartValue::Silence(Silence::Record) => "signs only".into(),
            _ => "off".into(),
        }
    }

    fn about(&self, part: Part) -> String {
        match part {
            Part::Rhythm => {
                "Minutes of focus and of break in turns, by the group's clock. The title of the call shows the phase, and \
                 until when it lasts."
            }
            Part::Slots => {
                "Hours at which the group studies together. A button below the daily post, or /in, says that somebody \
                 comes. The next post says how many came, never who."
            }
            Part::Pairs => {
                "With /pair, two people share a streak of the days on which both studied. Nobody else sees it."
            }
            Part::Silence => {
                "Stores signs of life in the call (mute, hand, camera, screen, speech) for 35 days, and /privacy says so. \
                 With a limit, a silence ranks for so many hours, and no more until the next sign. All time still counts."
            }
        }
        .into()
    }

    fn set(&self, value: &PartValue) -> String {
        let set = format!("✅ {}: {}", self.name(value.part()), self.value(value));
        match value {
            PartValue::Silence(Silence::Limit(_)) => {
                format!("{set}. The next daily post announces a new limit, and it acts from the day after that.")
            }
            _ => format!("{set}, from now on."),
        }
    }

    fn choose(&self) -> String {
        "The buttons turn on more for the group, or turn it off:".into()
    }

    fn back(&self) -> String {
        "‹ All settings".into()
    }

    fn not_stored(&self) -> String {
        "This could not be stored, so nothing was changed. The log of swf says why.".into()
    }
}
