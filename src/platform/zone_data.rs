//! The system's zone files, where their data is newer than the data that swf was built with. They are read once: a
//! tracker uses new data after its next start.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::domain::time::zone::{BUILT_IN_VERSION, Zone};

/// Where Unix systems keep their zone files. Windows has none.
pub const FOLDER: &str = "/usr/share/zoneinfo";
/// The largest zone file that is read; the real ones have a few KB.
const MAX_BYTES: u64 = 1 << 20;

/// The zone with the newest rules on this computer.
pub fn newest(zone: Zone) -> Zone {
    static ZONES: Mutex<BTreeMap<&str, Zone>> = Mutex::new(BTreeMap::new());
    if newer_version().is_none() {
        return zone;
    }
    let mut zones = ZONES.lock().unwrap_or_else(PoisonError::into_inner);
    *zones.entry(zone.name()).or_insert_with(|| read(Path::new(FOLDER), zone).unwrap_or(zone))
}

/// The version of the system's data, if it is newer than the built-in data.
pub fn newer_version() -> Option<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    VERSION.get_or_init(|| version(Path::new(FOLDER)).filter(|version| is_newer(version))).as_deref()
}

/// Describes which data is used, for `swf --version`.
pub fn describe() -> String {
    match newer_version() {
        Some(version) => format!("time zones {version} of the system"),
        None => format!("time zones {BUILT_IN_VERSION}, built in"),
    }
}

/// The version of a folder of zone files, e.g. `2026a`.
fn version(folder: &Path) -> Option<String> {
    let first_line = |name: &str| {
        let mut line = String::new();
        BufReader::new(File::open(folder.join(name)).ok()?.take(100)).read_line(&mut line).ok()?;
        let text = line.trim_start_matches("# version").trim();
        // A distribution may append something, as in 2026a-dirty.
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        Some(text[..end].to_owned()).filter(|text| is_version(text))
    };
    ["tzdata.zi", "+VERSION", "version"].into_iter().find_map(first_line)
}

/// A year followed by one or more letters.
fn is_version(text: &str) -> bool {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    digits == 4 && text.len() > digits && text[digits..].chars().all(|c| c.is_ascii_lowercase())
}

/// Versions sort like their texts, since `za` comes after `z`.
fn is_newer(version: &str) -> bool {
    version > BUILT_IN_VERSION
}

/// The zone, with the rules from its file in a folder.
fn read(folder: &Path, zone: Zone) -> Option<Zone> {
    let mut bytes = Vec::new();
    File::open(folder.join(zone.name())).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    zone.with_rules(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Instant;
    use crate::domain::time::zone::testing::tzif;

    #[test]
    fn the_version_is_read_from_every_form_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let version_of = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            let version = version(folder.path());
            std::fs::remove_file(folder.path().join(name)).unwrap();
            version
        };
        assert_eq!(version(folder.path()), None);
        assert_eq!(version_of("tzdata.zi", "# version 2026b\n# redo posix_only\nR d 1916").as_deref(), Some("2026b"));
        assert_eq!(version_of("tzdata.zi", "# version 2026za-dirty\n").as_deref(), Some("2026za"));
        assert_eq!(version_of("+VERSION", "2026a\n").as_deref(), Some("2026a"));
        assert_eq!(version_of("version", "2024b").as_deref(), Some("2024b"));
        for text in ["", "# version unknown\n", "2026", "20261a", "2026A", "\u{fffd}"] {
            assert_eq!(version_of("tzdata.zi", text), None, "{text}");
        }
        assert!(is_newer("2099a") && !is_newer(BUILT_IN_VERSION) && !is_newer("2024b") && "2026za" > "2026z");
    }

    /// CASES S11: British Columbia stays at UTC-7 from 2026 on.
    #[test]
    fn a_zone_has_the_rules_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let vancouver: Zone = "America/Vancouver".parse().unwrap();
        assert_eq!(read(folder.path(), vancouver), None);
        std::fs::create_dir(folder.path().join("America")).unwrap();
        let file = folder.path().join(vancouver.name());
        std::fs::write(&file, tzif("MST7")).unwrap();
        let zone = read(folder.path(), vancouver).unwrap();
        // A time in winter.
        assert_eq!(zone.local(Instant(1_795_354_860)).to_rfc3339(), "2026-11-22T06:41:00-07:00");
        assert_eq!(zone.name(), "America/Vancouver");
        std::fs::write(&file, "no zone").unwrap();
        assert_eq!(read(folder.path(), vancouver), None);
    }
}
