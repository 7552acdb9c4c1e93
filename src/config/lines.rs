//! Text files of the user: lines of praise, quotes and the like, which are posted to the group.
//!
//! A setting names the file, and a person who can write to `.env.local` could name any file of the user. So a file is
//! accepted only if it belongs to the user, has short lines of text, and no line looks like a key: better no quote than
//! a secret in the group.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use crate::domain::text;
use crate::error::{Error, Result};
use crate::platform::paths::Home;
use crate::platform::trust;

/// The maximum number of graphemes of a line that are shown.
const MAX_SHOWN: usize = 500;
/// A file with a longer line, in bytes, is refused.
const MAX_LINE_BYTES: usize = 8_000;
const MAX_FILE_BYTES: u64 = 1 << 20;
/// The minimum length of a key, in letters and digits: an API hash has 32.
const MIN_KEY_LENGTH: usize = 32;

/// The lines of the text file in the setting `name`, made safe for a message. Blank lines, comments (`#`), section
/// lines of the old tracker's files (`[neutral]`) and repeated lines are left out.
pub(super) fn read(name: &str, path: &Path, home: &Home) -> Result<Vec<String>> {
    text_of(path, home).and_then(|text| lines_of(&text)).map_err(|problem| {
        Error::config(format!("{name}: {} {problem}", path.display())).hint(format!(
            "It must be a text file (UTF-8) with one line each, e.g. {name}=lines.txt, and in it: Well begun is half done."
        ))
    })
}

/// The contents of a text file of the user whose text is posted to the group. The error completes "FILE …".
pub(super) fn text_of(path: &Path, home: &Home) -> Result<Zeroizing<String>, String> {
    let unread = |error: std::io::Error| format!("can't be read: {error}");
    // Reading a pipe or a device might never end.
    if !path.metadata().map_err(unread)?.is_file() {
        return Err("is not a file".into());
    }
    trust::check_text_file(home, path)?;
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("is larger than {MAX_FILE_BYTES} bytes"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "is not UTF-8 text")?;
    check_text(text)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Refuses text that is not meant to be posted.
fn check_text(text: &str) -> Result<(), String> {
    if text.contains('\0') {
        return Err("is not text: it holds binary data".into());
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(key) = key_in(line) {
            return Err(format!("contains {key} in line {number}, so the file is not used"));
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(format!("has a line that is too long to show: line {number}, {} bytes", line.len()));
        }
    }
    Ok(())
}

fn lines_of(all: &str) -> Result<Vec<String>, String> {
    let mut lines: Vec<String> = Vec::new();
    for line in all.trim_start_matches('\u{feff}').lines() {
        let shown = text::shorten(&text::clean(line), MAX_SHOWN);
        if !line.trim_start().starts_with(['#', '[']) && !shown.is_empty() && !lines.contains(&shown) {
            lines.push(shown);
        }
    }
    if lines.is_empty() { Err("has no line to show".into()) } else { Ok(lines) }
}

/// The kind of secret that a line looks like.
fn key_in(line: &str) -> Option<&'static str> {
    let has = |sign: &str| line.contains(sign);
    if has("-----BEGIN ") || has("PuTTY-User-Key-File") || has("AGE-SECRET-KEY-") || has("---- BEGIN SSH2 ") {
        return Some("a private key or a certificate");
    }
    line.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-".contains(c)))
        .any(is_key)
        .then_some("a key, a token or a login string")
}

/// Whether a word is long and changes between capitals, small letters and digits as often as random text: at one in
/// four characters or more. Lines of dashes, long words and the paths of links change less often.
pub fn is_key(word: &str) -> bool {
    let kinds: Vec<u8> = word.bytes().filter(u8::is_ascii_alphanumeric).map(kind_of).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    kinds.len() >= MIN_KEY_LENGTH && changes * 4 >= kinds.len()
}

fn kind_of(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        checked_lines(text).unwrap_err()
    }

    fn checked_lines(text: &str) -> Result<Vec<String>, String> {
        check_text(text).and_then(|()| lines_of(text))
    }

    /// CASES X1.
    #[test]
    fn a_file_that_holds_a_key_is_refused_whole() {
        let key =
            "One line.\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n";
        assert_eq!(problem(key), "contains a private key or a certificate in line 2, so the file is not used");
        // Only the middle of a key, in a comment: parts and comments are checked too.
        let body = "# b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\nOne line.\n";
        assert_eq!(problem(body), "contains a key, a token or a login string in line 1, so the file is not used");
        let login = format!("1{}", "ApWapzMBuwABAgMEBQYHCAkKCwwNDg8QERITFBUW".repeat(8));
        for line in [
            &*login,
            &format!("TG_STRING_SESSION={login}"),
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
            "AGE-SECRET-KEY-1QQPQZ",
            "PuTTY-User-Key-File-3: ssh-ed25519",
            "token: 3f785df1b2a04c6e9d8877665544332211ffeedd",
            "TELEGRAM_API_HASH=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "123456789:AAE3xYp0Qm7-d9Zk2_Lr8TuVw5bN1cS4aHg",
        ] {
            assert!(problem(&format!("One line.\n{line}\n")).contains("in line 2"), "{line}");
        }
    }

    #[test]
    fn ordinary_lines_are_no_keys() {
        for line in [
            "Well begun is half done.",
            "----------------------------------------------------------------------------------",
            "=========================================== 2026 ================================",
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
            "Read https://example.com/2026/12/10/how-to-study-for-two-hours-every-day-of-the-week.html?page=2",
            "Ҳар куни бир соат ўқиш — ҳар йили ўттиз китоб демакдир, буни унутманг, дўстлар",
            "Well-begun-is-half-done-and-so-on-and-so-on-until-day-100",
            "https://www.example.gov/pmc/articles/PMC1234567/understanding-concentration-2026",
        ] {
            assert_eq!(checked_lines(line).unwrap(), [line], "{line}");
        }
    }

    /// CASES X1.
    #[test]
    fn very_long_lines_and_binary_data_are_refused() {
        assert_eq!(problem("One\nTwo\0\n"), "is not text: it holds binary data");
        let long = "é ".repeat(MAX_LINE_BYTES / 3);
        assert_eq!(checked_lines(&long).unwrap()[0].chars().count(), MAX_SHOWN);
        let long = format!("One\n{}", "é ".repeat(MAX_LINE_BYTES / 3 + 1));
        assert_eq!(problem(&long), "has a line that is too long to show: line 2, 8001 bytes");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_a_folder_and_a_large_file_are_refused_without_reading_them() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        let problem = |path: &Path| read("SWF_QUOTES_FILE", path, &home).unwrap_err().message().to_owned();
        assert_eq!(problem(Path::new("/dev/zero")), "SWF_QUOTES_FILE: /dev/zero is not a file");
        assert!(problem(folder.path()).ends_with("is not a file"));
        let large = folder.path().join("large");
        File::create(&large).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
        assert!(problem(&large).ends_with("is larger than 1048576 bytes"));
    }
}
