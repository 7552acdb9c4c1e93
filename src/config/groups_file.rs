//! `groups.toml`: the groups of one account (rules §5.2). Without the file, `TELEGRAM_GROUP_USERNAME` names the only
//! group.
//!
//! ```toml
//! [[group]]
//! name = "study"
//! id = -1001234567890
//! post_time = "21:30"
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use toml_edit::{Document, Item, Table, Value};

use super::env_file::Encoding;
use super::parse::{FIXED, OWN, nearest, shown_name};
use super::sources::Vars;
use crate::domain::group_name::{self, GroupName};
use crate::domain::text::{clean, quoted};
use crate::error::{Error, Result};
use crate::platform::paths::Home;

/// The key of a group's name in the file.
pub const NAME: &str = "name";
/// The key of the group itself: its id, or another form that `TELEGRAM_GROUP_USERNAME` takes.
pub const ID: &str = "id";

/// Settings of a group whose names do not begin with `SWF_`, with their keys.
const OLDER: [(&str, &str); 3] =
    [(ID, "TELEGRAM_GROUP_USERNAME"), ("target", "TELEGRAM_BOT_TARGET"), ("aliases", "ALIAS_GROUPS_USERNAMES")];

/// Settings that begin with `SWF_` and belong to the account, the process or the computer, not to a group.
const OF_ACCOUNT: [&str; 11] = [
    "SWF_ALERT_URL",
    "SWF_BACKUP_COMMAND",
    "SWF_BACKUP_PASSPHRASE_FILE",
    "SWF_HEARTBEAT_URL",
    "SWF_HOME",
    "SWF_LOG",
    "SWF_LOG_FORMAT",
    "SWF_LOG_TIMES",
    "SWF_PROXY",
    "SWF_WEB_PROXY",
    "SWF_WEB_URL",
];

const MAX_NAME_LENGTH: usize = 32;
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The contents of the file.
#[derive(Debug, Default)]
pub(super) struct GroupsFile {
    pub tables: Vec<GroupTable>,
    /// All structural problems, in the order of the file. Wrong values are found later.
    pub wrong: Vec<String>,
}

/// A group of the file: its name, and its settings by their names in `.env.local`.
#[derive(Debug)]
pub(super) struct GroupTable {
    pub label: String,
    /// The parsed id.
    group: Option<GroupName>,
    pub vars: Vars,
    /// The key and line of each setting, by its name in `.env.local`.
    places: BTreeMap<String, Place>,
}

/// The key of a setting, and its line in the file.
#[derive(Debug)]
struct Place {
    key: String,
    line: usize,
}

impl GroupTable {
    /// The name of a setting of this table in messages.
    pub fn place(&self, setting: &str) -> Option<String> {
        self.places.get(setting).map(|place| named(&place.key, place.line))
    }

    /// An example of a setting in a table.
    pub fn example(setting: &str, value: &str) -> String {
        let key = key_of(setting).unwrap_or_else(|| setting.to_owned());
        format!("{key} = {}", value_of(value))
    }
}

/// `post_time (groups.toml, line 7)`.
fn named(key: &str, line: usize) -> String {
    format!("{} (groups.toml, line {line})", shown_name(key))
}

/// A value in TOML: whole numbers, true and false as they are, everything else as a string.
pub(super) fn value_of(text: &str) -> Value {
    match (text.parse::<i64>(), text.parse::<bool>()) {
        (Ok(number), _) if number.to_string() == text => number.into(),
        (_, Ok(word)) => word.into(),
        _ => text.into(),
    }
}

/// The key that sets a setting of a group; `None` if it is not a setting of a group.
pub(super) fn key_of(setting: &str) -> Option<String> {
    let older = OLDER.iter().find(|(_, name)| *name == setting).map(|(key, _)| (*key).to_owned());
    older.or_else(|| is_own(setting).then(|| setting["SWF_".len()..].to_lowercase()))
}

/// Whether it is a setting of a group whose name begins with `SWF_`.
fn is_own(setting: &str) -> bool {
    OWN.contains(&setting) && !OF_ACCOUNT.contains(&setting)
}

/// The name in `.env.local` of the setting of a key; `None` if there is no such key.
pub fn setting_of(key: &str) -> Option<&'static str> {
    let older = OLDER.iter().find(|(known, _)| *known == key).map(|(_, setting)| *setting);
    let is_key = |setting: &&str| setting["SWF_".len()..].bytes().map(|byte| byte.to_ascii_lowercase()).eq(key.bytes());
    older.or_else(|| OWN.into_iter().find(|setting| is_key(setting) && is_own(setting)))
}

/// All keys but the name, in alphabetical order.
pub fn keys() -> Vec<String> {
    let mut keys: Vec<String> = OLDER.iter().map(|(_, name)| *name).chain(OWN).filter_map(key_of).collect();
    keys.sort();
    keys
}

/// The problem with an unknown key, as text after its name: where the key belongs, or which key was probably meant.
pub fn problem_of_key(key: &str) -> String {
    let upper = key.to_uppercase().replace('-', "_");
    let meant =
        |setting: &&&str| ["", "SWF_", "TELEGRAM_"].iter().any(|prefix| format!("{prefix}{upper}") == ***setting);
    let account = FIXED.iter().filter(|setting| key_of(setting).is_none() && **setting != "TELEGRAM_GROUP_ID");
    if let Some(setting) = OF_ACCOUNT.iter().chain(account).find(meant) {
        return format!("belongs to the account, not to a group; set {setting} in .env.local or in the environment");
    }
    let known = OWN.iter().chain(OLDER.iter().map(|(_, setting)| setting)).filter(|setting| key_of(setting).is_some());
    let other_form = { known }.find(meant).and_then(|setting| key_of(setting));
    let keys = keys();
    let names: Vec<&str> = keys.iter().map(String::as_str).chain([NAME]).collect();
    let near = other_form.or_else(|| nearest(&upper.to_lowercase(), &names).map(str::to_owned));
    match near {
        Some(near) => format!("is not a key of a group; did you mean {near}?"),
        None => "is not a key of a group; settings of the account and of the website belong in .env.local".to_owned(),
    }
}

/// Whether a text can be a group's name in the file.
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_NAME_LENGTH).contains(&text.len()) && text.bytes().all(plain)
}

/// The allowed names of a group, for messages.
pub const NAME_WORDS: &str = "1 to 32 of a-z, 0-9 and -, e.g. study";

/// A name for a group in the file, made from its username or title; never one that `is_taken`.
pub fn name_for(title: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    name.truncate(MAX_NAME_LENGTH - 4);
    let name = name.trim_matches('-');
    let name = if name.is_empty() { "group" } else { name };
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut free = [name.to_owned()].into_iter().chain(numbered).filter(|name| !is_taken(name));
    free.next().unwrap_or_default()
}

/// Reads the file; `None` if there is none.
///
/// # Errors
/// The file can't be read, or is not TOML (78).
pub(super) fn read(home: &Home) -> Result<Option<GroupsFile>> {
    contents(&home.groups_file())?.map(|text| parse(&text)).transpose()
}

/// The text of the file, without a byte order mark; `None` if there is no file.
pub(super) fn contents(path: &Path) -> Result<Option<String>> {
    let wrong = |what: &str| Error::config(format!("{} {what}", path.display()));
    let unread = |error: std::io::Error| wrong(&format!("can't be read: {error}"));
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(error)),
        // Reading a pipe or a device might never end.
        Ok(file) if !file.is_file() => return Err(wrong("is not a file")),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(wrong(&format!("is larger than {MAX_FILE_BYTES} bytes")));
    }
    if let Some(encoding) = Encoding::of(&bytes) {
        return Err(wrong(&format!("is in {}", encoding.name())).hint("Save it as UTF-8."));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text").hint("Save it as UTF-8."))?;
    Ok(Some(text.trim_start_matches('\u{feff}').to_owned()))
}

/// Reads the text of a file.
///
/// # Errors
/// It is not TOML (78).
pub(super) fn parse(text: &str) -> Result<GroupsFile> {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line =
        |span: Option<Range<usize>>| 1 + ends.partition_point(|end| *end < span.as_ref().map_or(0, |span| span.start));
    let document = Document::parse(text).map_err(|error| {
        let (line, what) = (line(error.span()), clean(error.message()));
        Error::config(format!("groups.toml, line {line}: {what}")).hint(FORM)
    })?;
    let mut file = GroupsFile::default();
    for (key, item) in document.iter() {
        let key_line = || line(document.as_table().key(key).and_then(|key| key.span()).or_else(|| item.span()));
        match item {
            Item::ArrayOfTables(tables) if key == "group" => {
                tables.iter().for_each(|table| file.read_group(table, &line));
            }
            Item::Table(_) | Item::Value(_) if key == "group" => {
                file.wrong.push(format!("{} must be [[group]], in two pairs of brackets", named("group", key_line())));
            }
            Item::Value(_) => file.wrong.push(format!(
                "{} is above the first [[group]]; settings for all groups belong in .env.local",
                named(key, key_line())
            )),
            _ => file.wrong.push(format!("{} is not [[group]]", named(key, key_line()))),
        }
    }
    if document.get("group").is_none() {
        file.wrong.push(format!("groups.toml has no [[group]]. {FORM} For one group, you do not need this file"));
    }
    Ok(file)
}

const FORM: &str = "A group is [[group]] on a line of its own, and below it name = \"study\" and id = -1001234567890.";

impl GroupsFile {
    fn read_group(&mut self, table: &Table, line: &impl Fn(Option<Range<usize>>) -> usize) {
        let mut group = GroupTable { label: String::new(), group: None, vars: Vars::new(), places: BTreeMap::new() };
        let head = line(table.span());
        for (key, item) in table.iter() {
            let key_line = line(table.key(key).and_then(|key| key.span()).or_else(|| item.span()));
            let value = item.as_value().and_then(|value| text(key, value));
            let problem = match (setting_of(key), value) {
                (_, Some(label)) if key == NAME => {
                    group.label = label;
                    continue;
                }
                (Some(setting), Some(value)) => {
                    if key == ID && !item.is_str() && !matches!(group_name::parse(&value).group, GroupName::Id(_)) {
                        self.wrong.push(format!(
                            "{} is {}; it must be the group's id, e.g. -1001234567890, or its name or link in quotes",
                            named(key, key_line),
                            shown_name(&value)
                        ));
                    }
                    group.places.insert(setting.to_owned(), Place { key: key.to_owned(), line: key_line });
                    group.vars.insert(setting.to_owned(), SecretString::from(value));
                    continue;
                }
                (None, _) if key != NAME => problem_of_key(key),
                _ => "must be one value, e.g. a text in quotes".to_owned(),
            };
            self.wrong.push(format!("{} {problem}", named(key, key_line)));
        }
        let id = group.vars.get(OLDER[0].1).map(|id| id.expose_secret().trim()).filter(|id| !id.is_empty());
        group.group = id.map(|id| group_name::parse(id).group);
        self.check(&group, head, line(table.key(NAME).and_then(|key| key.span()).or_else(|| table.span())));
        self.tables.push(group);
    }

    /// Checks that the name and the id are valid and unique.
    fn check(&mut self, group: &GroupTable, head: usize, name_line: usize) {
        let label = &group.label;
        if label.is_empty() {
            self.wrong.push(format!("{} has no name; it must be {NAME_WORDS}", named("[[group]]", head)));
        } else if !is_name(label) {
            let read = quoted(&clean(label));
            self.wrong.push(format!("{} is {read}; it must be {NAME_WORDS}", named(NAME, name_line)));
        } else if self.tables.iter().any(|other| other.label == *label) {
            self.wrong.push(format!(
                "{} is {label:?}, which is another group's name; each group needs its own name",
                named(NAME, name_line)
            ));
        }
        let Some(id) = &group.group else {
            let how = "id = -1001234567890; swf group add writes it";
            return self.wrong.push(format!("{} has no id, e.g. {how}", named("[[group]]", head)));
        };
        let is_same = |other: &&GroupTable| other.group.as_ref().is_some_and(|other| group_name::is_same(other, id));
        if let Some(other) = self.tables.iter().find(is_same) {
            let place = group.place(OLDER[0].1).unwrap_or_default();
            let (own, other) = (clean(&group.label), clean(&other.label));
            self.wrong.push(format!("{place} of {own:?} is the same group as {other:?}; list each group once"));
        }
    }
}

/// A value in the form of `.env.local`; `None` if that is impossible.
fn text(key: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(word) => Some(word.value().to_string()),
        Value::Float(number) => Some(number.value().to_string()),
        // Not every version of TOML has a time of day without seconds.
        Value::Datetime(time) => {
            let text = time.value().to_string();
            Some(text.strip_suffix(":00").filter(|short| short.len() == "21:30".len()).unwrap_or(&text).to_owned())
        }
        Value::Array(values) if key == "aliases" || key == "pause" => {
            let texts = values.iter().map(|value| match value {
                // The accounts of one person.
                Value::Array(accounts) => {
                    let accounts: Option<Vec<String>> = accounts.iter().map(|account| text("", account)).collect();
                    accounts.map(|accounts| accounts.join(",").replacen(',', ":", 1))
                }
                value => text("", value),
            });
            let texts: Option<Vec<String>> = texts.collect();
            texts.map(|texts| texts.join(if key == "aliases" { ";" } else { "," }))
        }
        Value::Array(_) | Value::InlineTable(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        parse(text).unwrap().wrong.join("\n")
    }

    /// A new setting in `.env.example` must be a key by itself, or be listed as one of the account.
    #[test]
    fn every_setting_of_swf_in_the_example_is_a_key_or_belongs_to_the_account() {
        let example = include_str!("../../.env.example");
        let settings = example.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
        let own: Vec<&str> = settings.map(|(name, _)| name).filter(|name| name.starts_with("SWF_")).collect();
        assert!(own.len() > 20, "{own:?}");
        for setting in own {
            match key_of(setting) {
                Some(key) => assert_eq!((setting_of(&key), keys().contains(&key)), (Some(setting), true)),
                None => assert!(OF_ACCOUNT.contains(&setting), "{setting}"),
            }
        }
        assert_eq!(keys().len(), OWN.len() - OF_ACCOUNT.len() + OLDER.len());
    }

    #[test]
    fn values_are_read_in_each_form_that_is_natural_in_toml() {
        let text = "[[group]]\r\nname = 'study'\r\nid = -100_123\r\npost_time = 21:30:00\r\nfinalize = false\r\n\
                    topic = '17'\r\nanchor_date = 2026-11-01\r\naliases = [['ada', 'ada_phone', 'ada_work'], 'bob:bobby']\r\n\
                    pause = ['2026-12-25..2027-01-07', '2027-03-21..']\r\n";
        let file = parse(text).unwrap();
        assert_eq!(file.wrong, Vec::<String>::new());
        let vars: Vec<String> =
            file.tables[0].vars.iter().map(|(name, value)| format!("{name}={}", value.expose_secret())).collect();
        insta::assert_snapshot!(vars.join("\n"), @r"
        ALIAS_GROUPS_USERNAMES=ada:ada_phone,ada_work;bob:bobby
        SWF_ANCHOR_DATE=2026-11-01
        SWF_FINALIZE=false
        SWF_PAUSE=2026-12-25..2027-01-07,2027-03-21..
        SWF_POST_TIME=21:30
        SWF_TOPIC=17
        TELEGRAM_GROUP_USERNAME=-100123
        ");
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once_with_its_line() {
        let text = "post_time = '21:30'\n[settings]\na = 1\n\n[[group]]\nid = '@hall'\nname = 'Study Hall'\nposttime = 1\n\
                    [[group]]\nalert_url = 'https://hush'\nTG_STRING_SESSION = 'hush'\nbot-token = '1:hush'\nPOST-TIME = 1\n\
                    SWF_TOP = 3\ncolour_of_the_sky = 1\ntop = [3]\nlanguage.code = 'en'\nname = 'night'\n[[group]]\n\
                    name = 'night'\nid = 'https://t.me/Hall'\ncron_secret = 'hush'\n";
        let shown = wrong(text);
        insta::assert_snapshot!(shown, @r#"
        post_time (groups.toml, line 1) is above the first [[group]]; settings for all groups belong in .env.local
        settings (groups.toml, line 2) is not [[group]]
        posttime (groups.toml, line 8) is not a key of a group; did you mean post_time?
        name (groups.toml, line 7) is "Study Hall"; it must be 1 to 32 of a-z, 0-9 and -, e.g. study
        alert_url (groups.toml, line 10) belongs to the account, not to a group; set SWF_ALERT_URL in .env.local or in the environment
        TG_STRING_SESSION (groups.toml, line 11) belongs to the account, not to a group; set TG_STRING_SESSION in .env.local or in the environment
        bot-token (groups.toml, line 12) belongs to the account, not to a group; set TELEGRAM_BOT_TOKEN in .env.local or in the environment
        POST-TIME (groups.toml, line 13) is not a key of a group; did you mean post_time?
        SWF_TOP (groups.toml, line 14) is not a key of a group; did you mean top?
        colour_of_the_sky (groups.toml, line 15) is not a key of a group; settings of the account and of the website belong in .env.local
        top (groups.toml, line 16) must be one value, e.g. a text in quotes
        language (groups.toml, line 17) must be one value, e.g. a text in quotes
        [[group]] (groups.toml, line 9) has no id, e.g. id = -1001234567890; swf group add writes it
        cron_secret (groups.toml, line 22) is not a key of a group; settings of the account and of the website belong in .env.local
        name (groups.toml, line 20) is "night", which is another group's name; each group needs its own name
        id (groups.toml, line 21) of "night" is the same group as "Study Hall"; list each group once
        "#);
        assert!(!shown.contains("hush"));
    }

    #[test]
    fn a_file_without_a_group_and_one_that_is_not_toml_say_what_they_must_be() {
        insta::assert_snapshot!(wrong("# none yet\n"), @r#"groups.toml has no [[group]]. A group is [[group]] on a line of its own, and below it name = "study" and id = -1001234567890. For one group, you do not need this file"#);
        insta::assert_snapshot!(wrong("[group]\nname = 'a'\n"), @"group (groups.toml, line 1) must be [[group]], in two pairs of brackets");
        insta::assert_snapshot!(parse("[[group]]\nname = study\n").unwrap_err(), @r#"
        groups.toml, line 2: string values must be quoted, expected literal string
          A group is [[group]] on a line of its own, and below it name = "study" and id = -1001234567890.
        "#);
        insta::assert_snapshot!(parse("[[group]]\nname = 'a'\nname = 'b'\n").unwrap_err(), @r#"
        groups.toml, line 3: duplicate key
          A group is [[group]] on a line of its own, and below it name = "study" and id = -1001234567890.
        "#);
    }

    #[test]
    fn an_id_that_is_no_group_is_named() {
        for id in ["0", "1.5", "true", "2026-11-01", "99999999999999999"] {
            assert_eq!(
                wrong(&format!("[[group]]\nname='a'\nid={id}\n")),
                format!(
                    "id (groups.toml, line 3) is {id}; it must be the group's id, e.g. -1001234567890, or its name or link \
                     in quotes"
                )
            );
        }
        for id in ["-1001234567890", "1234567890", "'0'", "'2026-11-01'"] {
            assert_eq!(wrong(&format!("[[group]]\nname='a'\nid={id}\n")), "", "{id}");
        }
    }

    #[test]
    fn the_same_group_in_another_form_is_found() {
        let same = |a: &str, b: &str| {
            !wrong(&format!("[[group]]\nname='a'\nid={a}\n[[group]]\nname='b'\nid={b}\n")).is_empty()
        };
        assert!(
            ["'t.me/c/1234567890/5'", "1234567890", "'-1234567890'", "'-1001234567890_4'"]
                .into_iter()
                .all(|form| same("-1001234567890", form) && same(form, "-1001234567890"))
                && same("'@hall'", "'Hall'")
                && same("'t.me/+Ab'", "'t.me/+Ab'")
        );
        assert!(
            !same("-1001234567890", "-1001234567891") && !same("'t.me/+Ab'", "'t.me/+aB'") && !same("'@hall'", "-1001")
        );
    }

    #[test]
    fn a_file_that_is_no_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        let path = home.groups_file();
        assert!(read(&home).unwrap().is_none());
        let problem = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let error = read(&home).unwrap_err();
            assert_eq!(error.kind.code(), 78);
            error.message().replace(&path.display().to_string(), "FILE")
        };
        assert_eq!(problem(b"\xff\xfe[\0[\0"), "FILE is in UTF-16");
        assert_eq!(problem(b"[\0[\0g\0"), "FILE is in UTF-16");
        assert_eq!(problem(b"# \xe9\n"), "FILE is not UTF-8 text");
        assert_eq!(problem(&vec![b'\n'; MAX_FILE_BYTES as usize + 1]), "FILE is larger than 1048576 bytes");
        std::fs::write(&path, "\u{feff}[[group]]\r\nname='a'\r\nid=-5\r\n").unwrap();
        assert_eq!(read(&home).unwrap().unwrap().tables[0].label, "a");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(read(&home).unwrap_err().message(), format!("{} is not a file", path.display()));
    }

    #[test]
    fn a_name_is_made_of_a_title() {
        let name = |title: &str| name_for(title, |name| name == "study-hall");
        assert_eq!(name("studyhall"), "studyhall");
        assert_eq!(name("  Study_Hall!"), "study-hall-2");
        assert_eq!(name("Зал"), "group");
        assert!(is_name(&name(&"Very long title ".repeat(9))));
        for text in ["", "Study", "a b", "a_b", "ü", &"a".repeat(33)] {
            assert!(!is_name(text), "{text}");
        }
    }
}
