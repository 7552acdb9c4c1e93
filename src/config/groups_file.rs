//! `groups.toml`: the groups of one account (rules §7). Without the file there is one group, of `TELEGRAM_GROUP_USERNAME`.
//!
//! ```toml
//! [[group]]
//! name = "study"
//! id = -1001234567890
//! post_time = "21:30"
//! ```

use secrecy::SecretString;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::sources::Vars;
use crate::error::{Error, Result};
use crate::platform::paths::Home;

/// A group of the file: its name, and its settings by their names in `.env.local`.
#[derive(Debug)]
pub(super) struct GroupTable {
    pub label: String,
    pub vars: Vars,
}

/// Reads the file; `None` if there is none.
///
/// # Errors
/// The file can't be read, or is not what it must be (78).
pub(super) fn read(home: &Home) -> Result<Option<Vec<GroupTable>>> {
    let path = home.groups_file();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::config(format!("{} can't be read: {error}", path.display()))),
    };
    let wrong = |what: String| Error::config(format!("{} is wrong: {what}", path.display()));
    let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| wrong(error.to_string()))?;
    let groups = document.get("group").and_then(Item::as_array_of_tables);
    let groups = groups.ok_or_else(|| wrong("it has no [[group]]".into()))?;
    let tables: Option<Vec<GroupTable>> = groups.iter().map(|table| group(table)).collect();
    tables.map(Some).ok_or_else(|| wrong("a [[group]] has no name".into()))
}

fn group(table: &dyn TableLike) -> Option<GroupTable> {
    let label = table.get("name")?.as_str()?.to_owned();
    let vars = table.iter().filter(|(key, _)| *key != "name");
    let vars = vars.filter_map(|(key, item)| Some((setting(key), SecretString::from(text(item.as_value()?)))));
    Some(GroupTable { label, vars: vars.collect() })
}

/// The name in `.env.local` of what a key sets.
fn setting(key: &str) -> String {
    match key {
        "id" => "TELEGRAM_GROUP_USERNAME".into(),
        "target" => "TELEGRAM_BOT_TARGET".into(),
        "aliases" => "ALIAS_GROUPS_USERNAMES".into(),
        key => format!("SWF_{}", key.to_uppercase()),
    }
}

/// A value as it would stand in `.env.local`.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        other => other.clone().decorated("", "").to_string(),
    }
}
