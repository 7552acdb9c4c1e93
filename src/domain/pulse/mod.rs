//! How a group is doing, in numbers without names (rules §5.12): who comes regularly, who comes again, how long streaks
//! last.
//!
//! ```text
//! days of people ──► weeks (which count) ──► measures (exact) ──► disclosure (what may be shown) ──► Pulse
//! ```

pub mod disclosure;
pub mod measures;
pub mod numbers;
pub mod survival;
pub mod weekly;
pub mod weeks;

pub use disclosure::{Comparison, Pulse, Summary, WeekLine};
pub use measures::Measurer;
pub use numbers::{Amount, Number};
pub use weeks::{LeftOut, Week};

/// A number about fewer people is not shown.
pub const MIN_PEOPLE: usize = 5;
/// Stands in place of a number that is not shown.
pub const NOT_SHOWN: &str = "–";
/// The least active days in a week that make a member a regular of that week.
pub const REGULAR_DAYS: usize = 3;
/// A report shows which share of streaks reaches each of these numbers of active days.
pub const STREAK_STEPS: [u32; 4] = [3, 7, 14, 30];
/// How many weeks before and after a date are compared.
pub const COMPARED_WEEKS: usize = 4;
/// How many weeks on each side of a date are searched for weeks to compare.
pub const MAX_WEEKS_AROUND: u32 = 12;
/// The most weeks of a report: two years.
pub const MAX_WEEKS: u32 = 104;
/// The weeks of a report, unless another number is asked for.
pub const WEEKS: u32 = 8;
/// The hours of the night on the clock of the group: from the first to before the second.
pub const NIGHT_HOURS: (u32, u32) = (0, 5);

#[cfg(test)]
mod tests;
