//! A group's own texts: the small TOML file that `SWF_WORDS_FILE` names.
//!
//! ```toml
//! title = "🎓 {group}"
//! [period]
//! day = "Today's heroes"
//! [badges]
//! day = { 0 = "🌱", 120 = "🌳" }
//! ```

use std::path::Path;

use toml_edit::{DocumentMut, Item, TableLike};

use super::lines;
use super::parse::nearest;
use crate::domain::text::shorten;
use crate::domain::words::own::{OwnBadges, OwnPhrase, OwnWords, checked_badges};
use crate::error::{Error, Result};
use crate::platform::paths::Home;

/// The setting that names the file.
pub(super) const NAME: &str = "SWF_WORDS_FILE";

/// The maximum number of graphemes of an unknown key that are shown.
const MAX_SHOWN_KEY: usize = 40;

/// The keys of [`OwnBadges`].
const BADGES: [&str; 3] = ["badges.day", "badges.week", "badges.month"];

/// The texts and badges of the file at `path`, made safe for a message.
///
/// The file can't be trusted or read, or something in it is wrong (78). Then none of it is used.
pub(super) fn read(path: &Path, home: &Home) -> Result<OwnWords> {
    let wrong = |problem| {
        Error::config(format!("{NAME}: {} {problem}", path.display())).hint(format!(
            "It must be a text file (UTF-8) with texts of your own, e.g. {NAME}=words.toml, and in it: title = \"🎓 {{group}}\""
        ))
    };
    let text = lines::text_of(path, home).map_err(wrong)?;
    words_of(&text).map_err(wrong)
}

/// The texts and badges of a file. The error completes "FILE …".
fn words_of(text: &str) -> Result<OwnWords, String> {
    let document: DocumentMut = text
        .trim_start_matches('\u{feff}')
        .parse()
        .map_err(|error| format!("is not TOML: {}", place_of(text, &error)))?;
    let mut words = OwnWords::default();
    for (key, item) in entries(document.as_table()) {
        if let Some(phrase) = OwnPhrase::ALL.into_iter().find(|phrase| phrase.key() == key) {
            let text = item.as_str().ok_or_else(|| format!("has a {key} that is not a text in quotes"))?;
            let text = phrase.checked(text).map_err(|problem| format!("has a wrong {key}: it {problem}"))?;
            words.phrases.insert(phrase, text);
        } else if BADGES.contains(&key.as_str()) {
            let badges = badges_of(item).map_err(|problem| format!("has wrong {key}: it {problem}"))?;
            *badges_at(&mut words.badges, &key) = badges;
        } else {
            return Err(unknown(&key));
        }
    }
    if words == OwnWords::default() { Err("has no text".into()) } else { Ok(words) }
}

/// Keys with their values. A key in a table has the table's name and a dot before it.
fn entries(document: &dyn TableLike) -> Vec<(String, &Item)> {
    let mut all = Vec::new();
    for (key, item) in document.iter() {
        match item.as_table_like() {
            Some(table) => all.extend(table.iter().map(|(below, item)| (format!("{key}.{below}"), item))),
            None => all.push((key.to_owned(), item)),
        }
    }
    all
}

fn badges_at<'a>(badges: &'a mut OwnBadges, key: &str) -> &'a mut Vec<(i64, String)> {
    match key {
        "badges.day" => &mut badges.day,
        "badges.week" => &mut badges.week,
        _ => &mut badges.month,
    }
}

fn badges_of(item: &Item) -> Result<Vec<(i64, String)>, String> {
    let example = "is not a list of minutes with their badges, e.g. day = { 0 = \"🌱\", 120 = \"🌳\" }";
    let table = item.as_table_like().ok_or(example)?;
    let step = |(minutes, badge): (&str, &Item)| Some((minutes.parse().ok()?, badge.as_str()?.to_owned()));
    let steps: Option<Vec<(i64, String)>> = table.iter().map(step).collect();
    checked_badges(steps.ok_or(example)?)
}

fn unknown(key: &str) -> String {
    let keys: Vec<&str> = OwnPhrase::ALL.into_iter().map(OwnPhrase::key).chain(BADGES).collect();
    let meant = nearest(key, &keys).map_or(".".into(), |meant| format!("; did you mean {meant}?"));
    format!("has an unknown key {:?}{meant} The keys are {}", shorten(key, MAX_SHOWN_KEY), keys.join(", "))
}

/// The problem with the TOML, and its line. The text itself is not shown: it may be secret.
fn place_of(text: &str, error: &toml_edit::TomlError) -> String {
    let line =
        error.span().map(|span| text.as_bytes()[..span.start.min(text.len())].split(|byte| *byte == b'\n').count());
    let line = line.map_or(String::new(), |line| format!(", line {line}"));
    format!("{}{line}", error.message().replace('\n', ", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        words_of(text).unwrap_err()
    }

    #[test]
    fn texts_and_badges_are_read_in_every_form_of_a_table() {
        let text = "\u{feff}title = '🎓  {group}'\nempty = \"😴\"\nmore = 'yana {count}'\nperiod.week = 'Hafta'\n\
                    [period]\nday = 'Bugun'\n";
        assert!(wrong(text).starts_with("is not TOML: "), "a table can't be written in two ways");
        let text = "title = '🎓  {group}'\nmore = 'yana {count}'\n[period]\nday = 'Bugun'\n\
                    [badges]\nday = { 60 = '💪', 0 = '🌱' }\n[badges.week]\n600 = '🚀'\n";
        let words = words_of(text).unwrap();
        let texts: Vec<(&str, &str)> =
            words.phrases.iter().map(|(phrase, text)| (phrase.key(), text.as_str())).collect();
        assert_eq!(texts, [("title", "🎓 {group}"), ("period.day", "Bugun"), ("more", "yana {count}")]);
        assert_eq!(words.badges.day, [(60, "💪".to_owned()), (0, "🌱".to_owned())]);
        assert_eq!((words.badges.week, words.badges.month), (vec![(600, "🚀".to_owned())], vec![]));
    }

    #[test]
    fn the_example_in_the_guide_is_right_and_has_every_key() {
        let (_, section) = include_str!("../../docs/guide.md").split_once("SWF_WORDS_FILE").unwrap();
        let (_, example) = section.split_once("```toml\n").unwrap();
        let words = words_of(example.split("```").next().unwrap()).unwrap();
        assert!(words.phrases.keys().copied().eq(OwnPhrase::ALL));
        assert!(!words.badges.day.is_empty() && !words.badges.week.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_key() {
        let keys = "The keys are title, period.day, period.week, period.month, empty, more, badges.day, badges.week, badges.month";
        for (text, problem) in [
            ("", "has no text".to_owned()),
            ("titel = 'x'", format!("has an unknown key \"titel\"; did you mean title? {keys}")),
            ("[period]\nyear = 'x'", format!("has an unknown key \"period.year\"; did you mean period.day? {keys}")),
            ("quite_another = 'x'", format!("has an unknown key \"quite_another\". {keys}")),
            ("title = 5", "has a title that is not a text in quotes".into()),
            ("period = 'x'", format!("has an unknown key \"period\"; did you mean period.day? {keys}")),
            ("title = '{nmae}'", "has a wrong title: it is \"{nmae}\"; it can have braces only in {group}".into()),
            ("more = 'x'", "has a wrong more: it is \"x\"; it must have {count}".into()),
            ("badges.day = { 0 = '' }", "has wrong badges.day: it has no text, from 0 minutes on".into()),
        ] {
            assert_eq!(wrong(text), problem, "{text}");
        }
        for text in
            ["badges.day = '💪'", "badges.day = { x = '💪' }", "badges.day = { 5 = 5 }", "[[badges.day]]\n5='x'"]
        {
            assert!(wrong(text).contains("is not a list of minutes with their badges"), "{text}: {}", wrong(text));
        }
    }

    #[test]
    fn a_file_that_is_no_toml_is_named_with_the_line_and_nothing_of_it_is_shown() {
        let problem = wrong("title = 'a'\nhush hush = 'b'\n");
        assert!(problem.starts_with("is not TOML: ") && problem.ends_with(", line 2"), "{problem}");
        assert!(!problem.contains("hush"), "{problem}");
    }
}
