//! The action of a button, as the text that Telegram keeps with it. The text has everything that a press needs, so a
//! press that is delivered twice has the same effect twice.

use chrono::NaiveDate;

use crate::domain::PeerId;
use crate::domain::parts::{Offer, Part};
use crate::domain::time::period::Scope;

/// Telegram keeps at most so many bytes with a button.
pub const MAX_DATA: usize = 64;

/// The action of a button. `group` is the group's key in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Shows the board of the period that holds the date; `page` counts from 0.
    Top {
        group: i64,
        scope: Scope,
        date: NaiveDate,
        page: u32,
    },
    /// Shows the presser's own receipt of a day.
    Why {
        group: i64,
        date: NaiveDate,
    },
    /// Shows the presser's own standing.
    Me {
        group: i64,
    },
    /// Below posts: the presser means to come to the slot of that day, at that minute of the day.
    In {
        group: i64,
        date: NaiveDate,
        minute: u32,
    },
    /// Below a reminder: the presser comes to the slot that begins at `starts`, or does not.
    Coming {
        group: i64,
        starts: i64,
    },
    NotComing {
        group: i64,
        starts: i64,
    },
    /// Below the question whether the presser is still there: yes.
    StillHere {
        group: i64,
    },
    /// Below the question that was asked at `asked`: the presser shares a streak, or does not. The asker's id is left
    /// out, because the asker may have a pen name.
    AcceptPair {
        group: i64,
        asked: i64,
    },
    DeclinePair {
        group: i64,
        asked: i64,
    },
    /// In private: commands are about this group from now on.
    Choose {
        group: i64,
    },
    /// Posts the current standings. Only the person who asked for it may press.
    Post {
        group: i64,
        by: Confirmer,
    },
    /// Begins a pause today. Only the person who asked for it may press.
    Pause {
        group: i64,
        until: Option<NaiveDate>,
        by: Confirmer,
    },
    /// Ends the pause. Only the person who asked for it may press.
    Resume {
        group: i64,
        by: Confirmer,
    },
    /// Shows the settings with all parts. Only the person who asked for them may press.
    Settings {
        group: i64,
        by: Confirmer,
    },
    /// Shows the values that a part can have. Only the person who asked for it may press.
    Part {
        group: i64,
        part: Part,
        by: Confirmer,
    },
    /// Sets a part. Only the person who asked for it may press.
    Set {
        group: i64,
        offer: Offer,
        by: Confirmer,
    },
    /// Cancels the action that the question is about.
    Cancel {
        by: Confirmer,
    },
}

/// Who may confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmer {
    Person(PeerId),
    /// If an anonymous admin asked, any admin may confirm.
    AnyAdmin,
}

impl Confirmer {
    fn write(self) -> String {
        match self {
            Confirmer::Person(person) => person.0.to_string(),
            Confirmer::AnyAdmin => "admin".into(),
        }
    }

    fn read(text: &str) -> Option<Confirmer> {
        match text {
            "admin" => Some(Confirmer::AnyAdmin),
            id => id.parse().ok().map(|id| Confirmer::Person(PeerId(id))),
        }
    }
}

impl Press {
    /// The text that Telegram keeps; at most [`MAX_DATA`] bytes.
    pub fn write(self) -> String {
        match self {
            Press::Top { group, scope, date, page } => format!("top;{group};{};{date};{page}", scope.name()),
            Press::Why { group, date } => format!("why;{group};{date}"),
            Press::Me { group } => format!("me;{group}"),
            Press::In { group, date, minute } => format!("in;{group};{date};{minute}"),
            Press::Coming { group, starts } => format!("coming;{group};{starts}"),
            Press::NotComing { group, starts } => format!("notcoming;{group};{starts}"),
            Press::StillHere { group } => format!("here;{group}"),
            Press::AcceptPair { group, asked } => format!("pair;{group};{asked}"),
            Press::DeclinePair { group, asked } => format!("nopair;{group};{asked}"),
            Press::Choose { group } => format!("choose;{group}"),
            Press::Post { group, by } => format!("post;{group};{}", by.write()),
            Press::Pause { group, until, by } => {
                format!("pause;{group};{};{}", until.map_or("open".into(), |until| until.to_string()), by.write())
            }
            Press::Resume { group, by } => format!("resume;{group};{}", by.write()),
            Press::Settings { group, by } => format!("settings;{group};{}", by.write()),
            Press::Part { group, part, by } => format!("part;{group};{};{}", part.name(), by.write()),
            Press::Set { group, offer, by } => {
                format!("set;{group};{};{};{}", offer.part.name(), offer.written(), by.write())
            }
            Press::Cancel { by } => format!("cancel;{}", by.write()),
        }
    }

    /// Parses a text of [`Press::write`]. `None` if it is anything else: clients can send any bytes.
    pub fn read(data: &[u8]) -> Option<Press> {
        let parts: Vec<&str> = std::str::from_utf8(data).ok()?.split(';').collect();
        Some(match parts[..] {
            ["top", group, scope, date, page] => Press::Top {
                group: group.parse().ok()?,
                scope: Scope::ALL.into_iter().find(|one| one.name() == scope)?,
                date: read_date(date)?,
                page: page.parse().ok()?,
            },
            ["why", group, date] => Press::Why { group: group.parse().ok()?, date: read_date(date)? },
            ["me", group] => Press::Me { group: group.parse().ok()? },
            ["in", group, date, minute] => {
                Press::In { group: group.parse().ok()?, date: read_date(date)?, minute: minute.parse().ok()? }
            }
            ["coming", group, starts] => Press::Coming { group: group.parse().ok()?, starts: starts.parse().ok()? },
            ["notcoming", group, starts] => {
                Press::NotComing { group: group.parse().ok()?, starts: starts.parse().ok()? }
            }
            ["here", group] => Press::StillHere { group: group.parse().ok()? },
            ["pair", group, asked] => Press::AcceptPair { group: group.parse().ok()?, asked: asked.parse().ok()? },
            ["nopair", group, asked] => Press::DeclinePair { group: group.parse().ok()?, asked: asked.parse().ok()? },
            ["choose", group] => Press::Choose { group: group.parse().ok()? },
            ["post", group, by] => Press::Post { group: group.parse().ok()?, by: Confirmer::read(by)? },
            ["pause", group, until, by] => Press::Pause {
                group: group.parse().ok()?,
                until: if until == "open" { None } else { Some(read_date(until)?) },
                by: Confirmer::read(by)?,
            },
            ["resume", group, by] => Press::Resume { group: group.parse().ok()?, by: Confirmer::read(by)? },
            ["settings", group, by] => Press::Settings { group: group.parse().ok()?, by: Confirmer::read(by)? },
            ["part", group, part, by] => {
                Press::Part { group: group.parse().ok()?, part: Part::of_name(part)?, by: Confirmer::read(by)? }
            }
            ["set", group, part, written, by] => {
                Press::Set { group: group.parse().ok()?, offer: Offer::read(part, written)?, by: Confirmer::read(by)? }
            }
            ["cancel", by] => Press::Cancel { by: Confirmer::read(by)? },
            _ => return None,
        })
    }

    /// The group that the press is about.
    pub fn group(self) -> Option<i64> {
        match self {
            Press::Top { group, .. }
            | Press::Why { group, .. }
            | Press::Me { group }
            | Press::In { group, .. }
            | Press::Coming { group, .. }
            | Press::NotComing { group, .. }
            | Press::StillHere { group }
            | Press::AcceptPair { group, .. }
            | Press::DeclinePair { group, .. }
            | Press::Choose { group }
            | Press::Post { group, .. }
            | Press::Pause { group, .. }
            | Press::Resume { group, .. }
            | Press::Settings { group, .. }
            | Press::Part { group, .. }
            | Press::Set { group, .. } => Some(group),
            Press::Cancel { .. } => None,
        }
    }

    /// Who may press the button; `None` if everybody may.
    pub fn confirmer(self) -> Option<Confirmer> {
        match self {
            Press::Post { by, .. }
            | Press::Pause { by, .. }
            | Press::Resume { by, .. }
            | Press::Settings { by, .. }
            | Press::Part { by, .. }
            | Press::Set { by, .. }
            | Press::Cancel { by } => Some(by),
            Press::Top { .. }
            | Press::Why { .. }
            | Press::Me { .. }
            | Press::In { .. }
            | Press::Coming { .. }
            | Press::NotComing { .. }
            | Press::StillHere { .. }
            | Press::AcceptPair { .. }
            | Press::DeclinePair { .. }
            | Press::Choose { .. } => None,
        }
    }
}

/// Parses a date in the range that boards can have.
fn read_date(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike;
    text.parse::<NaiveDate>().ok().filter(|date| (1970..=9999).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_press_is_read_as_it_was_written_and_fits() {
        let date: NaiveDate = "2026-11-28".parse().unwrap();
        let (group, by) = (i64::MAX, Confirmer::Person(PeerId(i64::MAX)));
        let offers = Part::ALL.into_iter().flat_map(Part::offers);
        for press in [
            Press::Top { group, scope: Scope::Month, date, page: u32::MAX },
            Press::Why { group, date },
            Press::Me { group },
            Press::In { group, date, minute: u32::MAX },
            Press::Coming { group, starts: i64::MAX },
            Press::NotComing { group, starts: i64::MIN },
            Press::StillHere { group },
            Press::AcceptPair { group, asked: i64::MAX },
            Press::DeclinePair { group, asked: i64::MIN },
            Press::Choose { group: 3 },
            Press::Post { group, by },
            Press::Post { group, by: Confirmer::AnyAdmin },
            Press::Pause { group, until: Some(date), by },
            Press::Pause { group, until: None, by: Confirmer::AnyAdmin },
            Press::Resume { group, by },
            Press::Settings { group, by },
            Press::Cancel { by },
        ]
        .into_iter()
        .chain(Part::ALL.map(|part| Press::Part { group, part, by }))
        .chain(offers.map(|offer| Press::Set { group, offer, by }))
        {
            let data = press.write();
            assert!(data.len() <= MAX_DATA, "{data}");
            assert_eq!(Press::read(data.as_bytes()), Some(press));
        }
    }

    #[test]
    fn what_we_did_not_write_means_nothing() {
        for data in [
            "",
            ";",
            "top;1;day;2026-11-28",
            "top;1;day;99999-01-01;0",
            "top;x;day;2026-11-28;0",
            "post;1;x",
            "fly;1",
            "part;1;web;7",
            "set;1;silence;1h;7",
            "set;1;rhythm;5/1;admin",
            "set;1;slots;off,19:00;7",
            "set;1;pairs;3h;7",
            "set;1;pairs;on",
            "in;1;2026-11-29",
            "in;1;2026-11-29;-5",
            "top;1;day;2026-11-28;-1",
        ] {
            assert_eq!(Press::read(data.as_bytes()), None, "{data}");
        }
        assert_eq!(Press::read(&[0xff, 0xfe]), None);
    }
}
