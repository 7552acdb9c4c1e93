//! The last lines of the log for a chat, so without anything that looks like a secret.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::config::{Config, is_key};
use crate::domain::post::message::cut_units;
use crate::domain::text::clean;
use crate::error::{Error, Result};
use crate::platform::fs::own_file;
use crate::platform::logging::is_log;

/// The most UTF-16 units of the lines together.
pub const MAX_UNITS: usize = 3500;
/// How much of the end of the log is read, in bytes.
const MAX_READ: u64 = 1 << 18;
/// So many characters of Base64 in a row count as a login string or a part of one.
const MIN_BASE64: usize = 64;
/// Parts of an address with fewer bytes are not treated as secrets.
const MIN_PART: usize = 8;
/// Replaces a secret.
const HIDDEN: &str = "(hidden)";

/// The last `count` lines of the log of a home, with line breaks between them; empty if there are none.
pub fn tail(config: &Config, count: usize) -> Result<String> {
    let folder = config.home().logs();
    let text = end_of_logs(&folder).map_err(|error| Error::file(&folder, "read", &error))?;
    Ok(last_lines(&text, count, &Secrets::new(&config.credentials.known())))
}

/// The last lines of `text`, at most `count`, as far as there is room.
fn last_lines(text: &str, count: usize, secrets: &Secrets) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut units = 0;
    for line in text.lines().rev().take(count) {
        // Hide secrets before the line is cut or cleaned, so that no part of a secret remains.
        let line = clean(&secrets.hide(line));
        units += line.encode_utf16().count() + 1;
        if units > MAX_UNITS + 1 {
            if lines.is_empty() {
                lines.push(cut_units(&line, MAX_UNITS).to_owned());
            }
            break;
        }
        lines.push(line);
    }
    lines.reverse();
    lines.join("\n")
}

/// The end of the newest log files, in order.
fn end_of_logs(folder: &Path) -> io::Result<String> {
    let mut names: Vec<String> = match std::fs::read_dir(folder) {
        Ok(files) => files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    names.retain(|name| is_log(name));
    // `swf.2026-12-10.old.log` has the lines before `swf.2026-12-10.log`.
    names.sort_by_key(|name| name.replace(".old.log", ".").replace(".log", ".~"));
    let (mut text, mut rest) = (String::new(), MAX_READ);
    for name in names.iter().rev() {
        let (end, is_whole) = end_of(&folder.join(name), rest)?;
        rest = rest.saturating_sub(end.len() as u64);
        text.insert_str(0, &end);
        if !is_whole {
            break;
        }
    }
    Ok(text)
}

/// The complete lines in the last `max` bytes of a file, and whether they are the whole file.
fn end_of(path: &Path, max: u64) -> io::Result<(String, bool)> {
    let mut file = own_file().read(true).open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(max)))?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if length <= max {
        return Ok((text, true));
    }
    // Drop the rest of the first line, which may be the end of a secret.
    Ok((text.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_owned()), false))
}

/// Texts that must not be shown, the longest first.
pub struct Secrets(Vec<SecretString>);

impl Secrets {
    /// `values` are the known secrets. Of an address, its secret parts are hidden, too.
    pub fn new(values: &[SecretString]) -> Secrets {
        let mut all: Vec<String> = values.iter().flat_map(|value| parts(value.expose_secret())).collect();
        // A secret may be part of a longer one, which must be replaced first.
        all.sort_unstable_by_key(|part| std::cmp::Reverse(part.len()));
        Secrets(all.into_iter().map(SecretString::from).collect())
    }

    /// `line` without the known secrets, and without text that looks like one.
    pub fn hide(&self, line: &str) -> String {
        let known = self.0.iter().fold(line.to_owned(), |line, part| line.replace(part.expose_secret(), HIDDEN));
        hide_words(&hide_users(&known))
    }
}

/// The value itself and, of an address, the parts that may be secret: user, password, long parts of the path, values.
fn parts(value: &str) -> Vec<String> {
    let value = value.trim();
    let mut parts = vec![value.to_owned()];
    if let Some((_, rest)) = value.split_once("://") {
        let (user, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
        parts.extend(user.split(':').map(str::to_owned));
        // Skip the name of the host.
        let path = rest.split(['/', '?', '&', '#']).skip(1).map(|part| part.rsplit('=').next().unwrap_or(part));
        parts.extend(path.filter(|part| part.len() >= MIN_PART).map(str::to_owned));
    } else if let Some((_, secret)) = value.split_once(':') {
        // A bot's token is its id and a secret.
        parts.push(secret.to_owned());
    }
    let decoded: Vec<String> = parts.iter().map(|part| unescape(part)).collect();
    parts.extend(decoded);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Decodes `%41` to `A`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = more.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Hides user and password of addresses.
fn hide_users(line: &str) -> String {
    let mut parts = line.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '?' | '#')).unwrap_or(part.len());
        let (authority, rest) = part.split_at(end);
        let host = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, host)| format!("{HIDDEN}@{host}"));
        out += &format!("://{host}{rest}");
    }
    out
}

/// Hides keys, tokens, and long runs of Base64.
fn hide_words(line: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_part(c) != is_part(first)).unwrap_or(rest.len());
        let (run, next) = rest.split_at(end);
        out += if is_part(first) && (run.len() >= MIN_BASE64 || is_key(run)) { HIDDEN } else { run };
        rest = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::secrets::NAMES;

    /// A value for each secret, with the parts that nobody may read.
    const VALUES: [(&str, &str, &[&str]); 9] = [
        ("TG_STRING_SESSION", "1AgAOMTQ5LjE1NC4xNjcuNDABuw", &["1AgAOMTQ5LjE1NC4xNjcuNDABuw"]),
        ("TG_BOT_STRING_SESSION", "1BgAOMTQ5LjE1NC4xNjcuNTABuw", &["1BgAOMTQ5LjE1NC4xNjcuNTABuw"]),
        ("TELEGRAM_API_HASH", "0123abcd", &["0123abcd"]),
        ("TELEGRAM_BOT_TOKEN", "123456:short-token", &["short-token"]),
        ("TELEGRAM_2FA_PASSWORD", " two words ", &["two words"]),
        (
            "SWF_ALERT_URL",
            "https://ada:p%40ss@alerts.example/hooks/T0KENT0KEN?key=k3yk3yk3y",
            &["p%40ss", "p@ss", "T0KENT0KEN", "k3yk3yk3y"],
        ),
        ("SWF_HEARTBEAT_URL", "https://beat.example/ping/abcdefgh-1", &["abcdefgh-1"]),
        ("SWF_PROXY", "socks5://bob:hunter2@proxy.example:1080", &["hunter2", "bob"]),
        ("CRON_SECRET", "hush", &["hush"]),
    ];

    fn config(folder: &Path, environment: &[(&str, &str)]) -> Config {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(folder.to_owned()), folder, environment).unwrap()
    }

    #[test]
    fn no_secret_of_the_settings_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        for name in NAMES {
            assert!(VALUES.iter().any(|(known, ..)| *known == name), "a value for {name}");
        }
        for (name, value, parts) in VALUES {
            let config = config(folder.path(), &[(name, value)]);
            let secrets = Secrets::new(&config.credentials.known());
            let whole = secrets.hide(&format!("WARN {name} is {} now", value.trim()));
            for part in parts {
                let alone = secrets.hide(&format!("answered \"{part}\", twice"));
                assert!(!whole.contains(part) && !alone.contains(part), "{name}: {whole} / {alone}");
                assert!(alone.starts_with("answered \"") && alone.ends_with("\", twice"), "{alone}");
            }
        }
    }

    #[test]
    fn what_looks_like_a_secret_is_hidden_and_nothing_else() {
        let secrets = Secrets::new(&[]);
        let login = format!("1{}", "Ab3-_".repeat(70));
        for (secret, around) in [
            (login.as_str(), "session "),
            (&"a".repeat(64), "data="),
            ("AAEhBP0av18iTS2GhmZFhKTPxY9oIMU_8Xw", "123456789:"),
            ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "hash "),
            ("bob:hunter2", "over socks5://"),
        ] {
            let end = if secret.starts_with("bob") { "@proxy.example:1080" } else { " end" };
            let shown = secrets.hide(&format!("INFO {around}{secret}{end}"));
            assert!(!shown.contains(secret) && shown.contains(HIDDEN), "{shown}");
            assert!(shown.starts_with("INFO ") && shown.ends_with(end), "{shown}");
        }
        let plain =
            "2026-12-01T10:00:00.123456Z  INFO swf::tracker: @ada joined the call 6543210987654321 https://t.me/c/1/2";
        assert_eq!(secrets.hide(plain), plain);
    }

    #[test]
    fn the_last_lines_come_from_the_newest_files_and_have_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), &[]);
        assert_eq!(tail(&config, 5).unwrap(), "");
        let logs = config.home().logs();
        std::fs::create_dir_all(&logs).unwrap();
        let write = |name: &str, text: &str| std::fs::write(logs.join(name), text).unwrap();
        write("swf.2026-12-09.log", "first\nsecond\n");
        write("swf.2026-12-10.old.log", "third\n");
        write("swf.2026-12-10.log", "fourth \u{1b}[31m@ada\n");
        write("other.log", "none\n");
        assert_eq!(tail(&config, 3).unwrap(), "second\nthird\nfourth [31m@ada");
        assert_eq!(tail(&config, 1).unwrap(), "fourth [31m@ada");
        write("swf.2026-12-11.log", &format!("{}\n", "🦉 x ".repeat(40)).repeat(100));
        let shown = tail(&config, 50).unwrap();
        assert!((3000..=MAX_UNITS).contains(&shown.encode_utf16().count()), "{}", shown.len());
        write("swf.2026-12-11.log", &"🦉 ".repeat(4000));
        assert_eq!(tail(&config, 50).unwrap().encode_utf16().count(), MAX_UNITS);
        // A secret that is cut by [`MAX_READ`] is left out with its line.
        write("swf.2026-12-11.log", &format!("{}\nlast\n", "Ab3".repeat(100_000)));
        assert_eq!(tail(&config, 50).unwrap(), "last");
    }
}
