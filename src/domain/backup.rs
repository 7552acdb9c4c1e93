//! Which daily copies of the store to make and to keep.

use chrono::NaiveDate;

/// How many daily copies are kept.
pub const MAX_COPIES: usize = 7;

/// What to change in the folder of the daily copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Today's copy does not exist yet.
    pub due: bool,
    /// Files to delete once today's copy exists.
    pub delete: Vec<String>,
}

/// The name of a day's copy.
pub fn file_name(day: NaiveDate) -> String {
    format!("study-{}.db", day.format("%Y-%m-%d"))
}

/// The start and the end of the name of an unfinished copy. The part between them is random.
pub fn part_name(day: NaiveDate) -> (String, &'static str) {
    (format!("{}.", file_name(day)), ".part")
}

/// The name of a day's copy that was set aside, so that no later copy replaces it. A day can have several such copies.
pub fn kept_name(day: NaiveDate, number: u32) -> String {
    let number = if number > 1 { format!("-{number}") } else { String::new() };
    format!("study-{}.kept{number}.db", day.format("%Y-%m-%d"))
}

/// The day and the number of a copy that was set aside; `None` if the name does not belong to such a copy.
pub fn kept_of(name: &str) -> Option<(NaiveDate, u32)> {
    let (day, number) = name.strip_prefix("study-")?.strip_suffix(".db")?.split_once(".kept")?;
    let number = if number.is_empty() { 1 } else { number.strip_prefix('-')?.parse().ok()? };
    let day = day.parse().ok()?;
    (kept_name(day, number) == name).then_some((day, number))
}

/// The day of the copy with this file name; `None` if the name does not belong to a copy.
pub fn day_of(name: &str) -> Option<NaiveDate> {
    let day = name.strip_prefix("study-")?.strip_suffix(".db")?.parse().ok()?;
    // Other spellings of the date are not names of copies.
    (file_name(day) == name).then_some(day)
}

/// Like [`day_of`], for an unfinished copy and for the files that SQLite keeps with it.
fn day_of_part(name: &str) -> Option<NaiveDate> {
    let name = ["-wal", "-shm", "-journal"].into_iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    let (whole, random) = name.strip_suffix(".part")?.rsplit_once('.')?;
    if random.chars().all(|c| c.is_ascii_alphanumeric()) { day_of(whole) } else { None }
}

/// What to change on the local date `today` in a folder with the files `present`. Files that are not copies are
/// ignored.
///
/// ```text
/// 09  10  11  12  13  14  15  16 = today
/// ✗   ├──────── kept ─────────┤
/// ```
/// Copies of later days are ignored, too: a wrong clock made them.
pub fn plan<'a>(present: impl IntoIterator<Item = &'a str>, today: NaiveDate) -> Plan {
    let mut plan = Plan { due: true, delete: Vec::new() };
    let mut before = Vec::new();
    for name in present {
        match day_of(name) {
            Some(day) if day == today => plan.due = false,
            Some(day) if day < today => before.push(day),
            Some(_) => {}
            // An unfinished copy: the process that made it has ended.
            None if day_of_part(name).is_some_and(|day| day < today) => plan.delete.push(name.to_owned()),
            None => {}
        }
    }
    before.sort_unstable_by(|a, b| b.cmp(a));
    plan.delete.extend(before.into_iter().skip(MAX_COPIES - 1).map(file_name));
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_copy_is_due_once_a_day_and_seven_are_kept() {
        let today = day("2026-12-10");
        assert_eq!(plan([], today), Plan { due: true, delete: vec![] });
        let names: Vec<String> = (1..=9).map(|n| file_name(day(&format!("2026-12-0{n}")))).collect();
        let present = || names.iter().map(String::as_str);
        let old = ["study-2026-12-03.db", "study-2026-12-02.db", "study-2026-12-01.db"].map(str::to_owned);
        assert_eq!(plan(present(), today), Plan { due: true, delete: old.to_vec() });
        assert_eq!(plan(present().chain(["study-2026-12-10.db"]), today), Plan { due: false, delete: old.to_vec() });
    }

    #[test]
    fn days_without_a_copy_do_not_cause_deletions() {
        let names = ["study-2025-01-01.db", "study-2026-01-01.db"];
        assert_eq!(plan(names, day("2026-12-10")).delete, Vec::<String>::new());
    }

    #[test]
    fn nothing_with_another_name_is_deleted() {
        let names = [
            "study-2020-1-1.db",
            "study-02020-01-01.db",
            "study-2020-01-01.db.bak",
            "study-2020-01-01.db.my own.part",
            "my study-2020-01-01.db",
            "study-2020-01-01.db-wal",
            "study-2020-01-01.kept.db",
            "study-2020-01-01.kept-2.db",
            "study-2020-02-30.db",
            "study.db",
            "notes.part",
        ];
        assert_eq!(plan(names, day("2026-12-10")), Plan { due: true, delete: vec![] });
    }

    #[test]
    fn copies_that_were_set_aside_have_names_of_their_own() {
        let (first, second) = (kept_name(day("2026-12-10"), 1), kept_name(day("2026-12-10"), 2));
        assert_eq!((first.as_str(), second.as_str()), ("study-2026-12-10.kept.db", "study-2026-12-10.kept-2.db"));
        assert_eq!(kept_of(&first), Some((day("2026-12-10"), 1)));
        assert_eq!(kept_of(&second), Some((day("2026-12-10"), 2)));
        for name in ["study-2026-12-10.db", "study-2026-12-10.kept-1.db", "study-2026-12-10.keptx.db", "study.db.kept"]
        {
            assert_eq!(kept_of(name), None, "{name}");
        }
    }

    #[test]
    fn unfinished_copies_of_earlier_days_are_deleted() {
        let old = ["study-2026-12-09.db.aB3xY9.part", "study-2026-12-09.db.aB3xY9.part-wal"];
        let names = [old[0], old[1], "study-2026-12-10.db.aB3xY9.part"];
        assert_eq!(plan(names, day("2026-12-10")), Plan { due: true, delete: old.map(str::to_owned).to_vec() });
    }

    proptest! {
        #[test]
        fn todays_copy_and_the_six_before_it_stay(days in proptest::collection::btree_set(0..400i64, 0..30)) {
            let first = day("2026-01-01");
            let today = first + chrono::Days::new(200);
            let days: Vec<NaiveDate> = days.iter().map(|n| first + chrono::Days::new(*n as u64)).collect();
            let names: Vec<String> = days.iter().map(|day| file_name(*day)).collect();
            let plan = plan(names.iter().map(String::as_str), today);
            prop_assert_eq!(plan.due, !days.contains(&today));
            let kept = days.iter().filter(|day| **day < today && !plan.delete.contains(&file_name(**day))).count();
            prop_assert_eq!(kept, days.iter().filter(|day| **day < today).count().min(MAX_COPIES - 1));
            prop_assert!(plan.delete.iter().all(|name| day_of(name).is_some_and(|day| day < today)));
        }
    }
}
