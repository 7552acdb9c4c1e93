//! Changing `groups.toml`: one setting or one group, and nothing else in the file.

use std::path::PathBuf;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TomlError};

use super::groups_file::{self, ID, NAME, value_of};
use super::{Config, env_file};
use crate::error::{Error, Result};
use crate::platform::fs;

const BOM: &str = "\u{feff}";

/// The text of the file, while it is changed.
pub struct GroupsDocument {
    path: PathBuf,
    document: DocumentMut,
    has_bom: bool,
    /// `\n`, or `\r\n` as Windows writes it.
    line_end: &'static str,
}

impl GroupsDocument {
    /// The file of a home; a new one if there is none.
    ///
    /// # Errors
    /// It can't be read, or is not TOML (78).
    pub fn open(config: &Config) -> Result<GroupsDocument> {
        let path = config.home().groups_file();
        let text = groups_file::contents(&path)?.unwrap_or_default();
        let document = text
            .parse()
            .map_err(|error: TomlError| Error::config(format!("groups.toml is not TOML: {}", error.message())))?;
        let has_bom = std::fs::read(&path).is_ok_and(|bytes| bytes.starts_with(BOM.as_bytes()));
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Ok(GroupsDocument { path, document, has_bom, line_end })
    }

    /// Adds a group at the end, with the keys of its settings.
    pub fn add(&mut self, label: &str, id: i64, settings: &[(String, String)]) {
        let mut table = Table::new();
        table.insert(NAME, label.into());
        table.insert(ID, id.into());
        for (key, value) in settings {
            table.insert(key, Item::Value(value_of(value)));
        }
        let groups = self.document.entry("group").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(groups) = groups.as_array_of_tables_mut() {
            if !groups.is_empty() {
                table.decor_mut().set_prefix("\n");
            }
            groups.push(table);
        }
    }

    /// Sets a key of a group to a value without line breaks. The text around the value stays.
    pub fn set(&mut self, label: &str, key: &str, value: &str) {
        let Some(table) = self.table(label) else { return };
        let mut new = value_of(value);
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
            None => drop(table.insert(key, Item::Value(new))),
        }
    }

    /// Removes a key of a group; returns whether it was there.
    pub fn unset(&mut self, label: &str, key: &str) -> bool {
        self.table(label).and_then(|table| table.remove(key)).is_some()
    }

    /// Removes a group. A text above it stays if a blank line separates it from the group.
    pub fn remove(&mut self, label: &str) {
        let Some(groups) = self.groups() else { return };
        let Some(index) = groups.iter().position(|table| is_labelled(table, label)) else { return };
        let removed = groups.remove(index);
        let above = removed.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        let kept = above.rfind("\n\n").map_or("", |end| &above[..=end]);
        match groups.get_mut(index) {
            Some(next) => {
                let below = next.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default();
                let below = if index == 0 && kept.is_empty() { below.trim_start_matches('\n') } else { below };
                let prefix = format!("{kept}{below}");
                next.decor_mut().set_prefix(prefix);
            }
            None if kept.trim().is_empty() => {}
            None => {
                let trailing = format!("{kept}{}", self.document.trailing().as_str().unwrap_or_default());
                self.document.set_trailing(trailing);
            }
        }
    }

    fn groups(&mut self) -> Option<&mut ArrayOfTables> {
        self.document.get_mut("group").and_then(Item::as_array_of_tables_mut)
    }

    fn table(&mut self, label: &str) -> Option<&mut Table> {
        self.groups()?.iter_mut().find(|table| is_labelled(table, label))
    }

    fn text(&self) -> String {
        let text = self.document.to_string().replace("\r\n", "\n").replace('\n', self.line_end);
        if self.has_bom { format!("{BOM}{text}") } else { text }
    }

    /// Writes the file whole or not at all. Only its owner may read a new one; an existing one keeps its permissions.
    ///
    /// The changed file would be wrong, so it was not written (78); or it can't be written (1).
    pub fn save(&self, config: &Config) -> Result<()> {
        let text = self.text();
        config.check_groups(text.trim_start_matches(BOM))?;
        let failed = |error: std::io::Error| Error::file(&self.path, "written", &error);
        std::fs::create_dir_all(fs::folder_of(&self.path)).map_err(failed)?;
        fs::write_atomic(&self.path, text.as_bytes(), fs::Mode::User).map_err(failed)
    }
}

fn is_labelled(table: &Table, label: &str) -> bool {
    table.get(NAME).and_then(Item::as_str) == Some(label)
}

/// Sets one setting of the chosen group: in its part of `groups.toml`, or in `.env.local` if there is no `groups.toml`.
/// An empty value removes it; the group then also ignores the setting for all groups.
///
/// The environment or `$CREDENTIALS_DIRECTORY` sets it, and overrides `.env.local` (78); the value is wrong (78).
pub fn set_of_group(config: &Config, setting: &str, value: &str) -> Result<()> {
    let key = groups_file::key_of(setting).unwrap_or_default();
    if let Some(label) = &config.group().label {
        let mut document = GroupsDocument::open(config)?;
        match value.is_empty() && config.raw.get(setting).is_none() {
            true => drop(document.unset(label, &key)),
            false => document.set(label, &key, value),
        }
        return document.save(config);
    }
    let file = config.home().env_file();
    match config.raw.source(setting) {
        Some(super::Source::File) if value.is_empty() => env_file::remove(&file, setting).map(drop),
        None | Some(super::Source::File) => env_file::set(&file, setting, &value.to_owned().into()),
        Some(source) => Err(Error::config(format!("{setting} is set in {}", source.words(config.home())))
            .hint("Change it there: that value is used instead of .env.local.")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    const FILE: &str = "# Our groups.\n\n# The first.\n[[group]]\nname = \"study\"  # short\nid = -1001\n\
                        post_time = '21:30' # evening\n\n# The second.\n[[group]]\nid = -1002\nname = 'night'\n# the end\n";

    fn home(text: &str) -> (tempfile::TempDir, Config) {
        let home = tempfile::tempdir().unwrap();
        if !text.is_empty() {
            std::fs::write(home.path().join("groups.toml"), text).unwrap();
        }
        let config = Config::load(Some(home.path().to_owned()), Path::new("."), []).unwrap();
        (home, config)
    }

    /// The file after a change.
    fn after(text: &str, change: impl Fn(&mut GroupsDocument)) -> String {
        let (home, config) = home(text);
        let mut document = GroupsDocument::open(&config).unwrap();
        change(&mut document);
        document.save(&config).unwrap();
        std::fs::read_to_string(home.path().join("groups.toml")).unwrap()
    }

    #[test]
    fn one_setting_changes_and_no_other_byte() {
        assert_eq!(after(FILE, |_| {}), FILE);
        for file in [FILE.to_owned(), FILE.replace('\n', "\r\n"), format!("{BOM}{FILE}")] {
            let line_end = if file.contains('\r') { "\r\n" } else { "\n" };
            let set = |key, value| after(&file, |document| document.set("study", key, value));
            assert_eq!(set("post_time", "22:00"), file.replace("'21:30'", "\"22:00\""));
            assert_eq!(set("top", "5"), file.replace("# evening", &format!("# evening{line_end}top = 5")));
            assert_eq!(set("name", "hall"), file.replace("\"study\"", "\"hall\""));
            let unset = after(&file, |document| assert!(document.unset("study", "post_time")));
            assert_eq!(unset, file.replace(&format!("post_time = '21:30' # evening{line_end}"), ""));
            assert_eq!(after(&file, |document| assert!(!document.unset("night", "post_time"))), file);
        }
    }

    #[test]
    fn a_group_is_added_at_the_end_and_removed_with_the_lines_above_it() {
        let add = |document: &mut GroupsDocument| document.add("third", -1003, &[("topic".into(), "17".into())]);
        insta::assert_snapshot!(after("", add), @r#"
        [[group]]
        name = "third"
        id = -1003
        topic = 17
        "#);
        let added = after(FILE, add);
        assert!(added.starts_with(FILE.trim_end_matches("# the end\n")), "{added}");
        assert!(
            added.contains("# the end\n") && added.contains("\n[[group]]\nname = \"third\"\nid = -1003\ntopic = 17\n"),
            "{added}"
        );
        let without = after(FILE, |document| document.remove("night"));
        assert_eq!(without, FILE.replace("\n# The second.\n[[group]]\nid = -1002\nname = 'night'\n", ""));
        let without = after(FILE, |document| document.remove("study"));
        assert_eq!(without, "# Our groups.\n\n# The second.\n[[group]]\nid = -1002\nname = 'night'\n# the end\n");
    }

    #[test]
    fn a_wrong_value_is_refused_and_the_file_stays() {
        let (home, config) = home(FILE);
        let mut document = GroupsDocument::open(&config).unwrap();
        document.set("night", "post_time", "25:00");
        let error = document.save(&config).unwrap_err();
        assert_eq!(error.kind.code(), 78);
        assert!(error.to_string().contains("post_time (groups.toml, line"), "{error}");
        assert_eq!(std::fs::read_to_string(home.path().join("groups.toml")).unwrap(), FILE);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_a_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let (home, config) = home("");
        let mut document = GroupsDocument::open(&config).unwrap();
        document.add("study", -1001, &[]);
        document.save(&config).unwrap();
        let mode = home.path().join("groups.toml").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_setting_of_the_chosen_group_goes_where_its_settings_are() {
        let (folder, mut config) = home(FILE);
        config.choose(Some("night")).unwrap();
        set_of_group(&config, "SWF_PAUSE", "2026-12-25..").unwrap();
        let groups = std::fs::read_to_string(folder.path().join("groups.toml")).unwrap();
        assert!(groups.contains("name = 'night'\npause = \"2026-12-25..\"\n"), "{groups}");
        let reload = |config: &mut Config| {
            config.reload().unwrap();
            config.group().pauses.to_string()
        };
        assert_eq!(reload(&mut config), "2026-12-25..");
        set_of_group(&config, "SWF_PAUSE", "").unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("groups.toml")).unwrap(), FILE);
        // The setting for all groups no longer applies to this one.
        std::fs::write(folder.path().join(".env.local"), "SWF_PAUSE=2026-12-25..\n").unwrap();
        assert_eq!(reload(&mut config), "2026-12-25..");
        set_of_group(&config, "SWF_PAUSE", "").unwrap();
        assert_eq!(reload(&mut config), "");
        config.choose(Some("study")).unwrap();
        assert_eq!(reload(&mut config), "2026-12-25..");

        let (folder, mut config) = home("");
        let env = || std::fs::read_to_string(folder.path().join(".env.local")).unwrap();
        set_of_group(&config, "SWF_PAUSE", "2026-12-25..,2027-03-21..").unwrap();
        assert_eq!(env(), "SWF_PAUSE=2026-12-25..,2027-03-21..\n");
        reload(&mut config);
        set_of_group(&config, "SWF_PAUSE", "").unwrap();
        assert_eq!(env(), "");
        let variable = [("SWF_PAUSE".to_owned(), "2026-12-25".to_owned())];
        let config = Config::load(Some(folder.path().to_owned()), Path::new("."), variable).unwrap();
        assert_eq!(set_of_group(&config, "SWF_PAUSE", "2026-12-25..").unwrap_err().kind.code(), 78);
    }

    proptest! {
        #[test]
        fn any_value_is_read_back_as_it_was_written(value in r"\PC{0,20}|[-+0-9._:]{1,12}|true|false|[\x20-\x7e]{0,8}") {
            let document = FILE.replace('\n', "\r\n").parse().unwrap();
            let mut file = GroupsDocument { path: PathBuf::new(), document, has_bom: true, line_end: "\r\n" };
            file.set("study", "target", &value);
            let text = file.text();
            let read = groups_file::parse(text.trim_start_matches(BOM)).unwrap();
            prop_assert_eq!(read.tables[0].vars["TELEGRAM_BOT_TARGET"].expose_secret(), &*value);
            prop_assert_eq!((read.tables.len(), read.wrong.len()), (2, 0));
        }

        /// Every combination of lines is either read or reported, and no group is lost or invented.
        #[test]
        fn any_lines_are_read_or_named(lines in prop::collection::vec(prop::sample::select(vec![
            "[[group]]", "[group]", "name = 'a'", "name = 5", "id = -1", "id = []", "top = 3.5", "aliases = [['a', {}], 7]",
            "a.b = 1", "pause = [2026-12-25]", "group = 1", "[[group.x]]", "# \u{1f600}", "\r", "\u{feff}", "post_time = 21:30",
        ]), 0..8)) {
            let text = lines.join("\n");
            if let Ok(read) = groups_file::parse(&text) {
                prop_assert!(read.tables.len() <= lines.iter().filter(|line| **line == "[[group]]").count());
                prop_assert!(!read.tables.is_empty() || !read.wrong.is_empty());
            }
        }
    }
}
