//! How many requests of each method the server received.

use std::collections::BTreeMap;
use std::fmt;

/// Requests by method, up to one moment or between two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// Requests of this method, as in the schema: `phone.getGroupCall`.
    pub fn of(&self, method: &str) -> u64 {
        self.0.get(method).copied().unwrap_or(0)
    }

    /// Requests of all methods.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Methods with their counts, sorted by name; methods without requests are left out.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(method, count)| (*method, *count))
    }

    /// The counts since `mark`, which are earlier counts of the same server.
    ///
    /// # Panics
    ///
    /// If `mark` is later.
    pub fn since(&self, mark: &Counts) -> Counts {
        let differences = self.iter().map(|(method, count)| {
            let earlier = mark.of(method);
            (
                method,
                count.checked_sub(earlier).unwrap_or_else(|| panic!("{earlier} {method} in the mark, now {count}")),
            )
        });
        Counts(differences.filter(|(_, count)| *count > 0).collect())
    }

    pub(crate) fn add(&mut self, method: &'static str) {
        *self.0.entry(method).or_default() += 1;
    }
}

/// `channels.getFullChannel 1, updates.getState 4`, or `none`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, (method, count)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{method} {count}")?;
        }
        Ok(())
    }
}
