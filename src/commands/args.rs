//! Arguments that several commands take.

use chrono::NaiveDate;

use crate::domain::time::period::Scope;

/// Which period a command is about.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum ScopeArg {
    Day,
    Week,
    Month,
}

impl From<ScopeArg> for Scope {
    fn from(arg: ScopeArg) -> Scope {
        match arg {
            ScopeArg::Day => Scope::Day,
            ScopeArg::Week => Scope::Week,
            ScopeArg::Month => Scope::Month,
        }
    }
}

/// A spreadsheet takes a cell that starts like this for a formula.
pub fn no_formula(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// Reads a date of the command line.
pub fn date(text: &str) -> Result<NaiveDate, &'static str> {
    text.parse().map_err(|_| "it must be a date, YYYY-MM-DD, e.g. 2026-11-22")
}
