//! `.env.local`: reads it as its other readers do, and changes one setting and no other byte (rules §5.3).
//!
//! ```text
//! export SWF_TOP = "10"  # rows
//!        ├name─┤   ├at┤            the value is 10
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::parse::{self, is_setting};
use crate::error::{Error, Kind, Result};
use crate::platform::fs;

/// A line that sets something.
struct Assignment<'a> {
    /// Counts from 1.
    line: usize,
    name: &'a str,
    /// The value, or what is wrong with it.
    value: Result<Cow<'a, str>, &'static str>,
    /// Where the value is in the file, quotes included.
    at: Range<usize>,
}

/// All settings of the file that can be read; none if the file is absent. If a name is set twice, the last value
/// counts. The error names the first setting of swf that can't be read, without its value; not a line that a later
/// line replaces.
pub(super) fn load(path: &Path) -> (BTreeMap<String, SecretString>, Result<()>) {
    let (mut all, mut end) = (BTreeMap::new(), Ok(()));
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(mut error) => {
            error.kind = Kind::Config;
            return (all, Err(error));
        }
    };
    let last = last_lines(&bytes);
    for Assignment { line, name, value, .. } in assignments(&bytes) {
        let read = value.map(|value| drop(all.insert(name.to_owned(), SecretString::from(&*value))));
        let counts = |_: &&str| last[name] == line;
        end = end.and(read.err().filter(counts).map_or(Ok(()), |problem| {
            Err(Error::config(format!("{}, line {line}: {name} {problem}", path.display()))
                .hint("Each line is NAME=value, e.g. SWF_TIMEZONE=Asia/Tashkent; quotes around a value come in pairs."))
        }));
    }
    (all, end)
}

/// The last line that sets each name.
fn last_lines(bytes: &[u8]) -> BTreeMap<&str, usize> {
    assignments(bytes).map(|one| (one.name, one.line)).collect()
}

/// A warning for each line of swf's that can't be read, if a later line sets the same name.
pub(super) fn replaced_lines(path: &Path) -> Vec<String> {
    let Ok(bytes) = read(path) else { return Vec::new() };
    let last = last_lines(&bytes);
    let warning = |one: Assignment| {
        let (line, name, later) = (one.line, one.name, last[one.name]);
        let problem = one.value.err().filter(|_| later != line)?;
        Some(format!("{}, line {line}: {name} {problem}; line {later} counts", path.display()))
    };
    assignments(&bytes).filter_map(warning).collect()
}

/// The value in the file; `None` if the file is absent, or does not set `name`.
pub fn get(path: &Path, name: &str) -> Result<Option<SecretString>> {
    let bytes = read(path)?;
    Ok(value_of(&bytes, name).filter(|value| !value.trim().is_empty()).map(|value| SecretString::from(&*value)))
}

/// Sets `name` to `value`, in its line or else at the end. The file is replaced as a whole or not at all. Only its
/// owner may read a new file; an existing file keeps its permissions, as other programs share it.
pub fn set(path: &Path, name: &str, value: &SecretString) -> Result<()> {
    change(path, name, Some(value.expose_secret())).map(drop)
}

/// Removes all lines that set `name`; returns whether it had a value.
pub fn remove(path: &Path, name: &str) -> Result<bool> {
    change(path, name, None)
}

/// The rest of a file, and the secrets that were removed from it, by name.
pub type Split = (Zeroizing<Vec<u8>>, BTreeMap<String, SecretString>);

/// The file's bytes without the lines that set a secret, and the values in those lines.
pub fn split(path: &Path, is_secret: impl Fn(&str) -> bool) -> Result<Split> {
    let mut bytes = read(path)?;
    let found = assignments(&bytes).filter(|one| is_secret(one.name));
    let secrets: BTreeMap<String, Option<SecretString>> =
        found.map(|one| (one.name.to_owned(), one.value.ok().map(|value| SecretString::from(&*value)))).collect();
    for name in secrets.keys() {
        bytes = Zeroizing::new(without(&bytes, name));
    }
    Ok((bytes, secrets.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()))
}

/// The contents as they are; empty if the file is absent.
fn read_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Zeroizing::default()),
        read => read.map(Zeroizing::new).map_err(|error| Error::file(path, "read", &error)),
    }
}

/// The contents in UTF-8; a file in another encoding of Unicode is converted.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = read_bytes(path)?;
    match Encoding::of(&bytes) {
        Some(encoding) => Ok(Zeroizing::new(encoding.decode(&bytes).into_bytes())),
        None => Ok(bytes),
    }
}

/// An encoding of Unicode other than UTF-8, as some editors and PowerShell write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    /// The bytes of a unit: 2 or 4.
    width: usize,
    is_big_endian: bool,
}

impl Encoding {
    /// The encoding of a text, by its byte order mark or by the zeros in its ASCII characters; `None` for UTF-8.
    pub fn of(bytes: &[u8]) -> Option<Encoding> {
        let found = |width, is_big_endian| Some(Encoding { width, is_big_endian });
        match bytes {
            [0xff, 0xfe, 0, 0, ..] => return found(4, false),
            [0, 0, 0xfe, 0xff, ..] => return found(4, true),
            [0xff, 0xfe, ..] => return found(2, false),
            [0xfe, 0xff, ..] => return found(2, true),
            // This is the usual case, and a text in UTF-8 has no zeros.
            _ if !bytes.contains(&0) => return None,
            _ => {}
        }
        for is_big_endian in [false, true] {
            let encoding = Encoding { width: 4, is_big_endian };
            // No character is above U+1FFFF but some rare ones.
            if bytes.len() >= 4 && encoding.units(bytes).all(|unit| unit <= 0x1_ffff) {
                return Some(encoding);
            }
        }
        // A text in UTF-8 may have some zeros, too, if another program has added a line in UTF-16 to it.
        let is_ascii = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        let count = |fits: &dyn Fn(&[u8]) -> bool| bytes.chunks_exact(2).filter(|unit| fits(unit)).count();
        let (even, odd) = (count(&|unit| unit[0] == 0), count(&|unit| unit[1] == 0));
        let utf_8 = count(&|unit| unit.iter().all(is_ascii));
        if even.max(odd) > utf_8 { found(2, even > odd) } else { None }
    }

    pub fn name(self) -> &'static str {
        if self.width == 2 { "UTF-16" } else { "UTF-32" }
    }

    /// The units of a text; a last incomplete one is left out.
    fn units(self, bytes: &[u8]) -> impl Iterator<Item = u32> {
        bytes.chunks_exact(self.width).map(move |unit| {
            let add = |sum, byte: &u8| sum << 8 | u32::from(*byte);
            if self.is_big_endian { unit.iter().fold(0, add) } else { unit.iter().rev().fold(0, add) }
        })
    }

    fn decode(self, bytes: &[u8]) -> String {
        match self.width {
            2 => char::decode_utf16(self.units(bytes).map(|unit| unit as u16))
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
            _ => self.units(bytes).map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
        }
    }
}

/// A warning if the file is in an encoding that its other readers can't read.
pub(super) fn encoding_warning(path: &Path) -> Option<String> {
    let encoding = read_bytes(path).ok().and_then(|bytes| Encoding::of(&bytes))?.name();
    let who = "the old tracker and Next.js";
    Some(format!("{} is in {encoding}, which {who} can't read; save it as UTF-8", path.display()))
}

/// A warning for each line that begins with a setting's name and sets nothing, because the `=` is missing. It does not
/// show the rest of the line, which can be a secret.
pub(super) fn missing_equals(path: &Path) -> Vec<String> {
    let Ok(bytes) = read(path) else { return Vec::new() };
    let name_of = |line: &[u8]| {
        let text = std::str::from_utf8(line.strip_prefix(BOM).unwrap_or(line)).ok()?.trim_start();
        let text = text.strip_prefix("export ").map_or(text, str::trim_start);
        let (name, rest) =
            text.split_at(text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len()));
        (is_setting(name) && !rest.contains('=')).then(|| name.to_owned())
    };
    let names = lines(&bytes).enumerate().filter_map(|(index, line)| Some((index + 1, name_of(line)?)));
    names
        .map(|(line, name)| format!("{}, line {line}, is ignored: it has no =; write {name}=VALUE", path.display()))
        .collect()
}

/// Sets or removes `name`; returns whether it had a value before.
fn change(path: &Path, name: &str, value: Option<&str>) -> Result<bool> {
    let failed = |error: std::io::Error| Error::file(path, "written", &error);
    let old = read_bytes(path)?;
    if let Some(encoding) = Encoding::of(&old) {
        return Err(Error::config(format!("{} is in {}, and swf can't change it", path.display(), encoding.name()))
            .hint("Save it as UTF-8."));
    }
    let new = Zeroizing::new(match value {
        Some(value) => with(&old, name, &quoted(value)),
        None => without(&old, name),
    });
    if value.is_none() && *new == *old {
        return Ok(false);
    }
    if !is_right(&old, &new, name, value) {
        return Err(Error::failed(format!("{name} can't be changed in {} without breaking it", path.display()))
            .hint(format!("Remove {name} from it by hand, with all its lines, and try again.")));
    }
    std::fs::create_dir_all(fs::folder_of(path)).map_err(failed)?;
    fs::write_atomic(path, &new, fs::Mode::User).map_err(failed)?;
    Ok(value_of(&old, name).is_some_and(|value| !value.trim().is_empty()))
}

/// The value in the form that the file needs; most values need no quotes.
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
    let removed: Vec<usize> = assignments(old).filter(|one| one.name == name).map(|one| one.line).collect();
    let mut new = Vec::with_capacity(old.len());
    for (index, line) in lines(old).enumerate() {
        if !removed.contains(&(index + 1)) {
            new.extend(line);
        } else if line.starts_with(BOM) {
            new.extend(BOM);
        }
    }
    new
}

fn with(old: &[u8], name: &str, value: &str) -> Vec<u8> {
    // The last assignment is the one that counts.
    if let Some(Assignment { at, .. }) = assignments(old).filter(|one| one.name == name).last() {
        return [&old[..at.start], value.as_bytes(), &old[at.end..]].concat();
    }
    let line_end = if old.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
    let is_open = !old.is_empty() && old != BOM && !old.ends_with(b"\n") && !old.ends_with(b"\r");
    let before = if is_open { line_end } else { "" };
    [old, before.as_bytes(), format!("{name}={value}{line_end}").as_bytes()].concat()
}

/// Whether the new file sets `name` to `value`, and all other names as the old file.
fn is_right(old: &[u8], new: &[u8], name: &str, value: Option<&str>) -> bool {
    let map = |bytes| assignments(bytes).map(|one| (one.name, one.value)).collect::<BTreeMap<_, _>>();
    let mut wanted = map(old);
    match value {
        Some(value) => wanted.insert(name, Ok(value.into())),
        None => wanted.remove(name),
    };
    wanted == map(new)
}

fn value_of<'a>(bytes: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    assignments(bytes).filter(|one| one.name == name).last()?.value.ok()
}

/// Whether the file sets a name for which `is_wanted` is true. The file may be broken, or another program's.
pub(super) fn sets_any(path: &Path, is_wanted: impl Fn(&str) -> bool) -> bool {
    read(path).is_ok_and(|bytes| assignments(&bytes).any(|one| is_wanted(one.name)))
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The lines with their ends: LF, CR LF, or CR.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let is_end = |at: &usize| rest[*at] == b'\n' || rest[*at] == b'\r' && rest.get(at + 1) != Some(&b'\n');
        let end = (0..rest.len()).find(is_end).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// The assignments. All other lines are skipped, as the file belongs to other programs too.
fn assignments(bytes: &[u8]) -> impl Iterator<Item = Assignment<'_>> {
    let mut end = 0;
    lines(bytes).enumerate().filter_map(move |(index, line)| {
        end += line.len();
        let line = line.strip_prefix(BOM).unwrap_or(line);
        let equals = line.iter().position(|byte| *byte == b'=')?;
        let name = std::str::from_utf8(&line[..equals]).ok()?.trim();
        let name = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(name, str::trim);
        if name.is_empty() || name.starts_with('#') {
            return None;
        }
        let after = &line[equals + 1..];
        let (value, before, length) = match std::str::from_utf8(after) {
            Ok(text) => {
                let text = text.trim_end();
                let (value, length) = parse_value(name, text.trim_start());
                (value, text.len() - text.trim_start().len(), length)
            }
            Err(_) => {
                let text = after.trim_ascii_end();
                let bare = text.trim_ascii_start();
                let lossy = || Ok(String::from_utf8_lossy(bare));
                let value = if is_setting(name) { Err("is not UTF-8 text") } else { lossy() };
                (value, text.len() - bare.len(), bare.len())
            }
        };
        let start = end - line.len() + equals + 1 + before;
        Some(Assignment { line: index + 1, name, value, at: start..start + length })
    })
}

/// Whether swf's documentation allows a comment after a value of this name.
fn has_comment(name: &str) -> bool {
    name.starts_with("SWF_") || is_setting(name)
}

/// The value in the text after `=`, and the length of that text, quotes included. A comment may follow only if the name
/// is swf's own.
fn parse_value<'a>(name: &str, text: &'a str) -> (Result<Cow<'a, str>, &'static str>, usize) {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let value = if name.starts_with("SWF_") { before_comment(text) } else { text };
        return (Ok(value.into()), value.len());
    };
    let is_whole = text.len() > 1 && text.ends_with(quote);
    let commented = has_comment(name).then(|| end_before_comment(text, quote)).flatten();
    match commented.or(is_whole.then_some(text.len())) {
        Some(end) => (Ok(unescaped(&text[..end])), end),
        None if is_setting(name) && text[1..].contains(quote) => (Err("has text after its closing quote"), text.len()),
        None if is_setting(name) => (Err("begins with a quote that is not closed"), text.len()),
        None => (Ok(text.into()), text.len()),
    }
}

/// An unquoted value without the comment that follows a blank.
fn before_comment(text: &str) -> &str {
    let comment = text.match_indices('#').find(|(at, _)| *at == 0 || text[..*at].ends_with([' ', '\t']));
    comment.map_or(text, |(at, _)| text[..at].trim_end())
}

/// Where the closing quote is, if only a comment follows it.
fn end_before_comment(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let closing = text.char_indices().skip(1).find(|(_, c)| {
        let closes = *c == quote && !is_escaped;
        is_escaped = quote == '"' && *c == '\\' && !is_escaped;
        closes
    });
    let end = closing?.0 + 1;
    let rest = &text[end..];
    (rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#')).then_some(end)
}

/// The text between the quotes. Only escapes exactly as [`quoted`] writes them are undone.
fn unescaped(text: &str) -> Cow<'_, str> {
    let inner = &text[1..text.len() - 1];
    let mut is_escaped = false;
    let plain: String = inner
        .chars()
        .filter(|c| {
            is_escaped = *c == '\\' && !is_escaped;
            !is_escaped
        })
        .collect();
    if plain != inner && quoted(&plain) == text { plain.into() } else { inner.into() }
}

/// A line that another reader of the file understands differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Counts from 1.
    pub line: usize,
    pub name: String,
    /// What the other reader does, as a sentence without a full stop.
    pub why: &'static str,
}

/// Lines that the old tracker or Next.js read differently, for the settings that swf shares with them: `more`, and
/// those whose names are older than swf.
pub fn differences(path: &Path, more: &[&str]) -> Result<Vec<Difference>> {
    Ok(differences_in(&read(path)?, |name| more.contains(&name) || parse::FIXED.contains(&name)))
}

fn differences_in(bytes: &[u8], is_shared: impl Fn(&str) -> bool) -> Vec<Difference> {
    let mut all = Vec::new();
    let lines: Vec<&[u8]> = lines(bytes).collect();
    for Assignment { line, name, value, .. } in assignments(bytes).filter(|one| is_shared(one.name)) {
        let (Ok(value), Ok(whole)) = (value, std::str::from_utf8(lines[line - 1])) else { continue };
        let (before, text) = whole.split_once('=').unwrap_or_default();
        let (before, text) = (before.trim().trim_start_matches('\u{feff}'), text.trim());
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
        let is_paired = quote.is_some_and(|quote| text.len() > 1 && text.ends_with(quote));
        let as_it_stands = if is_paired { &text[1..text.len() - 1] } else { text };
        let is_replaced = |(at, _): (usize, &str)| {
            let next = value[at + 1..].chars().next();
            next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '{'))
        };
        let found = [
            (before != name, "the old tracker does not accept export"),
            (as_it_stands != value, "the old tracker takes escapes and the comment as part of the value"),
            (value.match_indices('$').any(is_replaced), "Next.js replaces $ and the name after it"),
            (quote.is_none() && text.contains('#'), "Next.js ends the value at #"),
            (quote == Some('"') && text.contains(r"\n"), r"Next.js reads \n as a line break"),
            (
                quote.is_some() && !is_paired && as_it_stands == value,
                "Next.js looks for the closing quote further down",
            ),
        ];
        let found = found.into_iter().filter(|(differs, _)| *differs);
        all.extend(found.map(|(_, why)| Difference { line, name: name.to_owned(), why }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(old: &str) -> String {
        let new = with(old.as_bytes(), "SWF_KEY", "1new-_=");
        assert!(is_right(old.as_bytes(), &new, "SWF_KEY", Some("1new-_=")), "{old:?}");
        String::from_utf8(new).unwrap()
    }

    #[test]
    fn one_value_changes_and_no_other_byte() {
        for (old, new) in [
            ("", "SWF_KEY=1new-_=\n"),
            ("A=1", "A=1\nSWF_KEY=1new-_=\n"),
            ("A=1\r\nB=2\r\n", "A=1\r\nB=2\r\nSWF_KEY=1new-_=\r\n"),
            ("\u{feff}", "\u{feff}SWF_KEY=1new-_=\n"),
            ("\u{feff}SWF_KEY=old\r\nA='x y' # why\r\n", "\u{feff}SWF_KEY=1new-_=\r\nA='x y' # why\r\n"),
            ("#SWF_KEY=no\n", "#SWF_KEY=no\nSWF_KEY=1new-_=\n"),
            ("SWF_KEYS=a\nMY_SWF_KEY=b\n", "SWF_KEYS=a\nMY_SWF_KEY=b\nSWF_KEY=1new-_=\n"),
            ("export SWF_KEY = \"old one\" # mine\nA=1\n", "export SWF_KEY = 1new-_= # mine\nA=1\n"),
            ("SWF_KEY=\nA=1\n", "SWF_KEY=1new-_=\nA=1\n"),
            ("SWF_KEY=a\nSWF_KEY=b", "SWF_KEY=a\nSWF_KEY=1new-_="),
            ("A=1\rSWF_KEY=\rB=2\r", "A=1\rSWF_KEY=1new-_=\rB=2\r"),
            ("A=1\r", "A=1\rSWF_KEY=1new-_=\n"),
            ("SWF_KEY=\u{a0}old\u{a0}\nA=1\n", "SWF_KEY=\u{a0}1new-_=\u{a0}\nA=1\n"),
        ] {
            assert_eq!(after(old), new, "{old:?}");
        }
    }

    #[test]
    fn a_removed_setting_leaves_no_line_and_changes_no_other_byte() {
        for (old, new) in [
            ("", ""),
            ("A=1", "A=1"),
            ("SWF_KEY=x", ""),
            ("\u{feff}SWF_KEY=x\r\nA=1\r\n", "\u{feff}A=1\r\n"),
            ("A=1\n export SWF_KEY = 'a # b' # mine\n#SWF_KEY=no\nSWF_KEY=\nB=2", "A=1\n#SWF_KEY=no\nB=2"),
            ("SWF_KEYS=a\nMY_SWF_KEY=b\n", "SWF_KEYS=a\nMY_SWF_KEY=b\n"),
        ] {
            let without = without(old.as_bytes(), "SWF_KEY");
            assert!(is_right(old.as_bytes(), &without, "SWF_KEY", None), "{old:?}");
            assert_eq!(String::from_utf8(without).unwrap(), new, "{old:?}");
        }
    }

    #[test]
    fn any_value_is_written_so_that_it_is_read_back() {
        for value in ["a b", " a ", "it's", "$HOME", "'$HOME\"\\n", "#a", "é", "a\\b"] {
            for old in ["SWF_KEY=x\nA=1\n", "SWF_KEY='a \"b'\nA=1\n", "SWF_KEY=\"a \\\" ' b\"\nA=1\n", "A=1\n"] {
                let new = with(old.as_bytes(), "SWF_KEY", &quoted(value));
                assert!(is_right(old.as_bytes(), &new, "SWF_KEY", Some(value)), "{value:?} in {old:?}");
            }
        }
    }

    #[test]
    fn a_value_that_the_file_cannot_hold_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".env.local");
        for (old, value) in [(&b"SWF_KEY=old\nA=1\n"[..], "one\ntwo"), (b"\xff\xfeA\0=\0", "x")] {
            std::fs::write(&path, old).unwrap();
            assert!(set(&path, "SWF_KEY", &value.to_owned().into()).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), old);
        }
    }

    /// CASES, table of `.env.local`.
    #[test]
    fn a_line_is_read_as_by_the_other_readers_of_the_file() {
        for (line, name, value) in [
            // Values without quotes.
            ("CRON_SECRET=to$p-secret", "CRON_SECRET", "to$p-secret"),
            ("X=a${HOME}b", "X", "a${HOME}b"),
            ("TG=it's", "TG", "it's"),
            ("X=two words", "X", "two words"),
            (r"P=C:\Users\me", "P", r"C:\Users\me"),
            ("NEXT_PUBLIC_TITLE=Study With Friends", "NEXT_PUBLIC_TITLE", "Study With Friends"),
            ("ALIAS_GROUPS_USERNAMES=ada:ada_phone, ada_work", "ALIAS_GROUPS_USERNAMES", "ada:ada_phone, ada_work"),
            ("TELEGRAM_GROUP_USERNAME=Hall #1 # one", "TELEGRAM_GROUP_USERNAME", "Hall #1 # one"),
            ("SWF_TOP = a=b ", "SWF_TOP", "a=b"),
            ("A=1\rX=2\rB=3", "X", "2"),
            ("X=\u{a0} 2\u{2003}\r\n", "X", "2"),
            ("X=`a b`", "X", "`a b`"),
            ("KEY=\"-----BEGIN\nMII=\nX=1\n-----END\"", "KEY", "\"-----BEGIN"),
            ("X=1\nX=", "X", ""),
            ("SWF_PLAYER='a", "SWF_PLAYER", "'a"),
            // One pair of equal quotes is removed.
            (r#"X="a 'b' \n""#, "X", r"a 'b' \n"),
            ("X=''a''", "X", "'a'"),
            ("X='it's'", "X", "it's"),
            ("X='a\"", "X", "'a\""),
            ("X='a' # b", "X", "'a' # b"),
            ("X='", "X", "'"),
            // Forms that swf has written or documented.
            ("export  SWF_TOP=3", "SWF_TOP", "3"),
            ("SWF_TOP=3\t# rows", "SWF_TOP", "3"),
            ("SWF_TOP= # rows", "SWF_TOP", ""),
            ("SWF_LOG=swf=debug#x", "SWF_LOG", "swf=debug#x"),
            ("SWF_LOG='a # b' # it's", "SWF_LOG", "a # b"),
            ("SWF_LOG=\"a # 'b' # \\\" c\" # d", "SWF_LOG", "a # 'b' # \" c"),
            ("TELEGRAM_GROUP_USERNAME=\"a # b\" # mine", "TELEGRAM_GROUP_USERNAME", "a # b"),
            (r#"TELEGRAM_2FA_PASSWORD="it's \$5 \"\\""#, "TELEGRAM_2FA_PASSWORD", r#"it's $5 "\"#),
            // The last assignment counts.
            ("X=1\nX=2\r\n", "X", "2"),
        ] {
            assert_eq!(value_of(line.as_bytes(), name).as_deref(), Some(value), "{line}");
        }
        for line in ["", "A bare sentence", "# X=1", "=1", " \t", "#=", "\u{feff}"] {
            assert_eq!(assignments(line.as_bytes()).count(), 0, "{line}");
        }
    }

    #[test]
    fn each_line_that_another_reader_understands_differently_is_named() {
        let file = "\u{feff}TELEGRAM_API_ID=1\r\nexport CRON_SECRET=a#b\r\n#CRON_SECRET=$A\nNEXT_URL=$HOST\n\
                    TELEGRAM_GROUP_USERNAME=\"a # b\" # mine\nTG_STRING_SESSION='1x='\nSWF_TOP=$A\nCRON_SECRET='${A}$'\n\
                    CRON_SECRET=\"a\\nb\"\nTELEGRAM_2FA_PASSWORD=\"it's \\\"\"\nCRON_SECRET='a\nCRON_SECRET=$ \n";
        let is_shared = |name: &str| name == "CRON_SECRET" || parse::FIXED.contains(&name);
        let shown = differences_in(file.as_bytes(), is_shared);
        let shown: Vec<String> = shown.iter().map(|one| format!("{} {}: {}", one.line, one.name, one.why)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        2 CRON_SECRET: the old tracker does not accept export
        2 CRON_SECRET: Next.js ends the value at #
        5 TELEGRAM_GROUP_USERNAME: the old tracker takes escapes and the comment as part of the value
        8 CRON_SECRET: Next.js replaces $ and the name after it
        9 CRON_SECRET: Next.js reads \n as a line break
        10 TELEGRAM_2FA_PASSWORD: the old tracker takes escapes and the comment as part of the value
        11 CRON_SECRET: Next.js looks for the closing quote further down
        ");
    }

    #[test]
    fn only_a_line_of_swf_stops_a_command_and_is_named_without_its_value() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".env.local");
        let load = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let (all, end) = load(&path);
            end.map(|()| all.len())
        };
        assert_eq!(load(b"A='hush\nB=\"x\n\xff=1\nC=\xff\n\0\n'=\nSWF_PLAYER='x\nSWF_TOP=3\n").unwrap(), 6);
        let wrong = |bytes: &[u8]| {
            let error = load(bytes).unwrap_err();
            assert_eq!(error.kind.code(), 78);
            error.to_string().replace(&path.display().to_string(), "FILE")
        };
        insta::assert_snapshot!(wrong(b"A=1\r\nTG_STRING_SESSION='hush\r\n"), @r"
        FILE, line 2: TG_STRING_SESSION begins with a quote that is not closed
          Each line is NAME=value, e.g. SWF_TIMEZONE=Asia/Tashkent; quotes around a value come in pairs.
        ");
        assert!(wrong(b"SWF_LOG=\xff").starts_with("FILE, line 1: SWF_LOG is not UTF-8 text"));
        assert!(wrong(b"SWF_LOG='a' b").starts_with("FILE, line 1: SWF_LOG has text after its closing quote"));
        // CASES P8: the part that can be read is kept.
        std::fs::write(&path, "SWF_LOG='hush\nSWF_ALERT_TO=@olga\n").unwrap();
        let (all, end) = super::load(&path);
        assert!(all.keys().eq(["SWF_ALERT_TO"]) && end.is_err());
        std::fs::remove_file(&path).unwrap();
        let (all, end) = super::load(&path);
        assert!(all.is_empty() && end.is_ok());
    }

    #[test]
    fn a_setting_without_an_equals_sign_is_warned_about() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".env.local");
        std::fs::write(
            &path,
            "\u{feff}TELEGRAM_API_HASH: hush\n# SWF_TOP 5\nSWF_TOPS\nSWF_TOP=5\n  export SWF_LOG debug\r\nA B\nSWF_LATE",
        )
        .unwrap();
        let warnings = missing_equals(&path).join("\n").replace(&path.display().to_string(), "FILE");
        insta::assert_snapshot!(warnings, @r"
        FILE, line 1, is ignored: it has no =; write TELEGRAM_API_HASH=VALUE
        FILE, line 5, is ignored: it has no =; write SWF_LOG=VALUE
        FILE, line 7, is ignored: it has no =; write SWF_LATE=VALUE
        ");
    }

    #[test]
    fn a_file_in_utf_16_is_read_and_named() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".env.local");
        for text in ["\u{feff}SWF_TOP=é\r\n", "SWF_TOP=é\n", "\r\nSWF_TOP=é"] {
            for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                std::fs::write(&path, text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()).unwrap();
                assert_eq!(load(&path).0["SWF_TOP"].expose_secret(), "é");
                assert!(sets_any(&path, |name| name == "SWF_TOP"));
                assert!(encoding_warning(&path).unwrap().contains("UTF-16"));
                let error = set(&path, "SWF_TOP", &"5".to_owned().into()).unwrap_err();
                assert!(error.message().contains("UTF-16"), "{error}");
            }
            std::fs::write(&path, text).unwrap();
            assert_eq!((load(&path).0.len(), encoding_warning(&path)), (1, None));
        }
    }

    #[test]
    fn an_encoding_is_found_without_a_mark_and_whatever_the_first_character_is() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".env.local");
        type Encode = fn(&str) -> Vec<u8>;
        let units: [(&str, Encode); 4] = [
            ("UTF-16", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("UTF-16", |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            ("UTF-32", |text| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()),
            ("UTF-32", |text| text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()),
        ];
        // PowerShell adds a line in UTF-16 to a text in UTF-8.
        let added = "SWF_LATE=all\n".encode_utf16().flat_map(u16::to_le_bytes);
        std::fs::write(&path, "SWF_TOP=7\nSWF_TIMEZONE=UTC\n".bytes().chain(added).collect::<Vec<_>>()).unwrap();
        assert_eq!((load(&path).0["SWF_TOP"].expose_secret(), encoding_warning(&path)), ("7", None));
        for text in [
            "\u{feff}SWF_TOP=7\n",
            "SWF_TOP=7\n",
            "\u{feff}ПРИВЕТ=мир\nSWF_TOP=7\n",
            "ПРИВЕТ=мир\r\nSWF_TOP=7\r\n",
            "ключ=значение, которое длиннее настройки\nSWF_TOP=7",
            "Ā=𝓐🙂\nSWF_TOP=7\n",
        ] {
            for (name, bytes) in units {
                std::fs::write(&path, bytes(text)).unwrap();
                let (all, end) = load(&path);
                assert_eq!(all.get("SWF_TOP").map(ExposeSecret::expose_secret), Some("7"), "{name} {text:?}");
                assert!(end.is_ok() && encoding_warning(&path).unwrap().contains(name), "{name} {text:?}");
                assert!(set(&path, "SWF_TOP", &"5".to_owned().into()).unwrap_err().message().contains(name));
            }
        }
    }

    #[test]
    fn a_later_line_replaces_a_broken_one() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".env.local");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let (all, end) = load(&path);
            let value = all.get("SWF_LOG").map(|value| value.expose_secret().to_owned());
            let said = |text: String| text.replace(&path.display().to_string(), "FILE");
            (value, end.map_err(|error| said(error.message().to_owned())), said(replaced_lines(&path).join("\n")))
        };
        let warning = "FILE, line 1: SWF_LOG begins with a quote that is not closed; line 2 counts";
        assert_eq!(read("SWF_LOG='hush\nSWF_LOG=info\n"), (Some("info".into()), Ok(()), warning.into()));
        let error = "FILE, line 2: SWF_LOG begins with a quote that is not closed";
        assert_eq!(read("SWF_LOG=info\nSWF_LOG='hush\n"), (Some("info".into()), Err(error.into()), String::new()));
        assert_eq!(read("A='x\nA=1\nSWF_LOG=info\n"), (Some("info".into()), Ok(()), String::new()));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_a_new_one_and_an_old_one_keeps_its_permissions_and_its_link() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("real"), home.path().join(".env.local"));
        std::fs::write(&real, "A=1\n").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        set(&link, "SWF_KEY", &"x".to_owned().into()).unwrap();
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "A=1\nSWF_KEY=x\n");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&real), 0o644);
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2);
        let new = home.path().join("new");
        set(&new, "SWF_KEY", &"x".to_owned().into()).unwrap();
        assert_eq!(mode(&new), 0o600);
    }
}
