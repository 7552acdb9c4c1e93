//! Changing one setting of `.env.local`, and no other byte of it.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};
use crate::platform::fs;

/// What the file says; `None` if it is absent, or `name` is not set in it.
pub fn get(path: &Path, name: &str) -> Result<Option<SecretString>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(path, "read", &error)),
    };
    let value = read(&bytes).and_then(|mut vars| vars.remove(name)).filter(|value| !value.trim().is_empty());
    Ok(value.map(SecretString::from))
}

/// Sets `name` to `value`: where it stands, or else at the end. The file is replaced whole or not at all, and only its
/// owner may read it.
pub fn set(path: &Path, name: &str, value: &SecretString) -> Result<()> {
    let value = value.expose_secret();
    change(path, name, Some(value), |old| with(old, name, &quoted(value))).map(|_| ())
}

/// Removes all lines that set `name`; whether there was one that set it to something.
pub fn remove(path: &Path, name: &str) -> Result<bool> {
    change(path, name, None, |old| without(old, name))
}

/// Whether `name` was set before.
fn change(path: &Path, name: &str, value: Option<&str>, edit: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<bool> {
    let failed = |error: std::io::Error| Error::file(path, "written", &error);
    let old = match std::fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Zeroizing::default(),
        Err(error) => return Err(failed(error)),
    };
    let new = Zeroizing::new(edit(&old));
    let was_set = read(&old).and_then(|vars| vars.get(name).map(|value| !value.trim().is_empty())).unwrap_or(false);
    if value.is_none() && *new == *old {
        return Ok(false);
    }
    if !is_right(&old, &new, name, value) {
        return Err(Error::failed(format!("{name} can't be changed in {} without breaking it", path.display()))
            .hint(format!("Remove {name} from it by hand, with all its lines, and try again.")));
    }
    std::fs::create_dir_all(fs::folder_of(path)).map_err(failed)?;
    fs::write_atomic(path, &new, fs::Mode::PrivateTarget).map_err(failed)?;
    Ok(was_set)
}

/// As the file needs it: most values as they are.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+/.,:@%".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    if !value.contains('\'') {
        return format!("'{value}'");
    }
    let escaped = value.chars().flat_map(|c| "\\\"$".contains(c).then_some('\\').into_iter().chain([c]));
    format!("\"{}\"", escaped.collect::<String>())
}

fn without(old: &[u8], name: &str) -> Vec<u8> {
    let mut new = Vec::with_capacity(old.len());
    for (number, line) in old.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match value_in(line, number == 0, name) {
            Some(_) if line.starts_with(BOM) => new.extend(BOM),
            Some(_) => {}
            None => new.extend(line),
        }
    }
    new
}

fn with(old: &[u8], name: &str, value: &str) -> Vec<u8> {
    let mut at = 0;
    let mut place = None;
    for line in old.split_inclusive(|byte| *byte == b'\n') {
        if let Some((start, end)) = value_in(line, at == 0, name) {
            // The last one is the one that counts.
            place = Some((at + start, at + end));
        }
        at += line.len();
    }
    if let Some((start, end)) = place {
        return [&old[..start], value.as_bytes(), &old[end..]].concat();
    }
    let line_end = if old.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
    let is_open = !old.is_empty() && old != BOM && !old.ends_with(b"\n");
    let before = if is_open { line_end } else { "" };
    [old, before.as_bytes(), format!("{name}={value}{line_end}").as_bytes()].concat()
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The names that are set, line by line, also in a file that can't be parsed as a whole.
pub fn names(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let equals = line.iter().position(|byte| *byte == b'=')?;
        let line = std::str::from_utf8(&line[..equals]).ok()?.trim();
        let name = line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(line, str::trim);
        (!name.is_empty()).then_some(name)
    })
}

/// From where to where the value of `name` goes in this line, quotes included.
fn value_in(line: &[u8], first: bool, name: &str) -> Option<(usize, usize)> {
    let mut rest = if first { line.strip_prefix(BOM).unwrap_or(line) } else { line };
    rest = rest.trim_ascii_start();
    if let Some(after) = rest.strip_prefix(b"export").filter(|after| after.first().is_some_and(u8::is_ascii_whitespace))
    {
        rest = after.trim_ascii_start();
    }
    let rest = rest.strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"=")?;
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = line.len() - rest.len() + blanks;
    let value = &line[start..];
    let length = match value.first() {
        Some(b'\'') => value[1..].iter().position(|byte| *byte == b'\'').map(|at| at + 2),
        Some(b'"') => {
            let mut escaped = false;
            let is_end = |byte: &u8| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            };
            value[1..].iter().position(is_end).map(|at| at + 2)
        }
        _ => None,
    };
    let length = length.unwrap_or_else(|| value.iter().take_while(|byte| !byte.is_ascii_whitespace()).count());
    Some((start, start + length))
}

/// Whether the new file says `value`, and about everything else what the old one did.
fn is_right(old: &[u8], new: &[u8], name: &str, value: Option<&str>) -> bool {
    let (Some(mut before), Some(after)) = (read(old), read(new)) else { return false };
    match value {
        Some(value) => before.insert(name.to_owned(), value.to_owned()),
        None => before.remove(name),
    };
    before == after
}

fn read(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    dotenvy::from_read_iter(bytes).collect::<Result<_, _>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(old: &str) -> String {
        let new = with(old.as_bytes(), "KEY", "1new-_=");
        assert!(is_right(old.as_bytes(), &new, "KEY", Some("1new-_=")), "{old:?}");
        String::from_utf8(new).unwrap()
    }

    #[test]
    fn one_value_changes_and_no_other_byte() {
        for (old, new) in [
            ("", "KEY=1new-_=\n"),
            ("A=1", "A=1\nKEY=1new-_=\n"),
            ("A=1\r\nB=2\r\n", "A=1\r\nB=2\r\nKEY=1new-_=\r\n"),
            ("\u{feff}", "\u{feff}KEY=1new-_=\n"),
            ("\u{feff}KEY=old\r\nA='x y' # why\r\n", "\u{feff}KEY=1new-_=\r\nA='x y' # why\r\n"),
            ("#KEY=no\n", "#KEY=no\nKEY=1new-_=\n"),
            ("KEYS=a\nMY_KEY=b\n", "KEYS=a\nMY_KEY=b\nKEY=1new-_=\n"),
            ("export KEY = \"old one\" # mine\nA=1\n", "export KEY = 1new-_= # mine\nA=1\n"),
            ("KEY=\nA=1\n", "KEY=1new-_=\nA=1\n"),
            ("KEY=a\nKEY=b", "KEY=a\nKEY=1new-_="),
        ] {
            assert_eq!(after(old), new, "{old:?}");
        }
    }

    #[test]
    fn a_removed_setting_leaves_no_line_and_changes_no_other_byte() {
        for (old, new) in [
            ("", ""),
            ("A=1", "A=1"),
            ("KEY=x", ""),
            ("\u{feff}KEY=x\r\nA=1\r\n", "\u{feff}A=1\r\n"),
            ("A=1\n export KEY = 'a # b' # mine\n#KEY=no\nKEY=\nB=2", "A=1\n#KEY=no\nB=2"),
            ("KEYS=a\nMY_KEY=b\n", "KEYS=a\nMY_KEY=b\n"),
        ] {
            let without = without(old.as_bytes(), "KEY");
            assert!(is_right(old.as_bytes(), &without, "KEY", None), "{old:?}");
            assert_eq!(String::from_utf8(without).unwrap(), new, "{old:?}");
        }
    }

    #[test]
    fn any_value_is_written_so_that_it_is_read_back() {
        for value in ["a b", " a ", "it's", "$HOME", "'$HOME\"\\n", "#a", "é", "a\\b"] {
            for old in ["KEY=x\nA=1\n", "KEY='a \"b'\nA=1\n", "KEY=\"a \\\" ' b\"\nA=1\n", "A=1\n"] {
                let new = with(old.as_bytes(), "KEY", &quoted(value));
                assert!(is_right(old.as_bytes(), &new, "KEY", Some(value)), "{value:?} in {old:?}");
            }
        }
    }

    #[test]
    fn what_would_break_the_file_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".env.local");
        let old = "KEY='one\ntwo'\nA=1\n";
        std::fs::write(&path, old).unwrap();
        assert!(set(&path, "KEY", &"x".to_owned().into()).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it_and_a_link_stays_a_link() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("real"), home.path().join(".env.local"));
        std::fs::write(&real, "A=1\n").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        set(&link, "KEY", &"x".to_owned().into()).unwrap();
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "A=1\nKEY=x\n");
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2);
    }
}
