//! What pages show, as plain data. All of one page is of one state of the store.

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

/// A group, as all of its pages need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// In addresses.
    pub name: String,
    /// Clean, and never empty.
    pub title: String,
    pub zone: Zone,
    pub calendar: Calendar,
    pub language: Language,
}

/// A group in the list of groups.
#[derive(Clone, Debug)]
pub struct GroupLine {
    pub head: Head,
    /// Today's board; `None` of a group that was never watched.
    pub today: Option<Board>,
}

/// A board with the way to others.
#[derive(Clone, Debug)]
pub struct BoardData {
    pub board: Board,
    pub when: When,
    /// The period before, unless nothing is known of it.
    pub earlier: Option<When>,
    /// The period after, unless it has not begun.
    pub later: Option<When>,
}

/// What is known of the call now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It runs, and was seen a moment ago.
    Running,
    /// It runs, as far as is known, and has not been seen since.
    Unseen(Instant),
    NoCall,
    /// No tracker runs; the group was last seen then.
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
    /// What today's board has of the person, in seconds.
    pub today: i64,
}

#[derive(Clone, Debug)]
pub struct CallData {
    pub state: CallState,
    /// Who is in, longest first; empty unless the call runs.
    pub present: Vec<Present>,
}

/// A day of a person in the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartDay {
    /// Credited seconds; 0 if the group was watched and they were not there long enough.
    Known(i64),
    /// Nobody saw the group, and nothing is credited.
    Unknown,
    /// Before anything is known of the group, or not begun yet.
    Outside,
}

/// A week of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartWeek {
    pub period: Period,
    /// `None` if nothing is known of any of its days.
    pub seconds: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct PersonData {
    pub profile: Profile,
    /// Consecutive dates from the first on.
    pub first: NaiveDate,
    pub days: Vec<ChartDay>,
    /// The calendar year that `days` shows; `None`: the last twelve months.
    pub year: Option<i32>,
    /// The years before and after, where there is one to show.
    pub earlier: Option<i32>,
    pub later: Option<i32>,
    /// The oldest first.
    pub weeks: Vec<ChartWeek>,
    pub records: Records,
    /// `None` if the visitor may not see it.
    pub streak: Option<Streak>,
    /// Only for themselves.
    pub goal: Option<Progress>,
    /// `None` if the visitor may not see when somebody was there.
    pub stays: Option<DayStays>,
}

/// The stays of a day, with their evidence.
#[derive(Clone, Debug)]
pub struct DayStays {
    pub date: NaiveDate,
    pub board: Board,
    pub receipt: Receipt,
    /// The accounts of the receipt.
    pub accounts: BTreeMap<PeerId, Profile>,
    /// The shortest session that counts, in seconds.
    pub gate: i64,
    /// How long a silence ranks, in seconds.
    pub silence: Option<i64>,
}

/// A group in all its final boards.
#[derive(Clone, Debug)]
pub struct OverviewData {
    /// The last of each kind, with its seconds as a board shows them.
    pub latest: Vec<(When, Period, i64)>,
    /// The group's days, consecutive from this date on.
    pub first: NaiveDate,
    pub days: Vec<ChartDay>,
    /// The oldest first.
    pub weeks: Vec<ChartWeek>,
    /// Weeks, months and years, each the oldest first.
    pub all: Vec<(Scope, Vec<Period>)>,
}

/// How a group counts time.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Seconds.
    pub gate: i64,
    pub grace: i64,
}
