//! What pages show, as plain data. All data of one page comes from one state of the store.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::address::When;
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::receipt::Receipt;
use crate::domain::accounting::records::Records;
use crate::domain::accounting::streak::Streak;
use crate::domain::people::Profile;
use crate::domain::time::period::{Calendar, Period, Scope};
use crate::domain::time::zone::Zone;
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId};

/// The data of a group that all its pages need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The name in addresses.
    pub name: String,
    /// Safe to show, and never empty.
    pub title: String,
    pub zone: Zone,
    pub calendar: Calendar,
    pub language: Language,
}

/// A group in the list of groups.
#[derive(Clone, Debug)]
pub struct GroupLine {
    pub head: Head,
    /// Today's board; `None` if the group was never watched.
    pub today: Option<Board>,
}

/// A board, and the periods before and after it.
#[derive(Clone, Debug)]
pub struct BoardData {
    pub board: Board,
    pub when: When,
    /// The period before, unless nothing is known about it.
    pub earlier: Option<When>,
    /// The period after, unless it has not begun.
    pub later: Option<When>,
}

/// The known state of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It runs, and was seen recently.
    Running,
    /// It ran when it was last seen, at this instant.
    Unseen(Instant),
    NoCall,
    /// No tracker runs; this is when the group was last seen.
    NotTracked(Option<Instant>),
}

/// Somebody who is in the call.
#[derive(Clone, Debug)]
pub struct Present {
    pub profile: Profile,
    /// The start of the stay.
    pub since: Instant,
    /// Seconds of the stay, up to the last confirmed instant.
    pub stay: i64,
    /// The person's seconds on today's board.
    pub today: i64,
}

#[derive(Clone, Debug)]
pub struct CallData {
    pub state: CallState,
    /// The people in the call, the longest stay first; empty unless the call runs.
    pub present: Vec<Present>,
}

/// A day of a person in the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartDay {
    /// Credited seconds; 0 if the group was watched and the person was not there long enough.
    Known(i64),
    /// The group was not watched, and nothing is credited.
    Unknown,
    /// The day is before the first known day of the group, or has not begun.
    Outside,
}

/// A week of a person in the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartWeek {
    pub period: Period,
    /// `None` if nothing is known about any of its days.
    pub seconds: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct PersonData {
    pub profile: Profile,
    /// The date of the first of `days`, which are consecutive.
    pub first: NaiveDate,
    pub days: Vec<ChartDay>,
    /// The calendar year that `days` shows; `None` means the last twelve months.
    pub year: Option<i32>,
    /// The years before and after, if they can be shown.
    pub earlier: Option<i32>,
    pub later: Option<i32>,
    /// The oldest first.
    pub weeks: Vec<ChartWeek>,
    pub records: Records,
    /// `None` if the visitor may not see it.
    pub streak: Option<Streak>,
    /// Only for the person themselves.
    pub goal: Option<Progress>,
    /// `None` if the visitor may not see when the person was there.
    pub stays: Option<DayStays>,
}

/// The stays of a day, with their evidence.
#[derive(Clone, Debug)]
pub struct DayStays {
    pub date: NaiveDate,
    pub board: Board,
    pub receipt: Receipt,
    /// The accounts that the stays mention.
    pub accounts: BTreeMap<PeerId, Profile>,
    /// The minimum length of a session that counts, in seconds.
    pub gate: i64,
    /// For how long a silence ranks, in seconds.
    pub silence: Option<i64>,
}

/// The data of a group's overview, from all its final boards.
#[derive(Clone, Debug)]
pub struct OverviewData {
    /// The latest period of each kind, with its seconds as a board shows them.
    pub latest: Vec<(When, Period, i64)>,
    /// The date of the first of the group's `days`, which are consecutive.
    pub first: NaiveDate,
    pub days: Vec<ChartDay>,
    /// The oldest first.
    pub weeks: Vec<ChartWeek>,
    /// Weeks, months and years; of each kind the oldest first.
    pub all: Vec<(Scope, Vec<Period>)>,
}

/// How a group counts time.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Seconds.
    pub gate: i64,
    pub grace: i64,
}
