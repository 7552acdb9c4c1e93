//! A whole home in one file, to move to another computer (rules §5.4): the store, the settings, and the logins in
//! encrypted form.
//!
//! ```text
//! swf-home            the version of the format; always the first entry
//! study.db            a checked copy of the store
//! .env.local          without secrets
//! groups.toml, …      files with texts that the settings name, if they are in the home
//! var/forgotten, var/web.key
//! logins              only if asked for
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use chrono::NaiveDate;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::app::{backup, forgetting};
use crate::config::{Config, Home, env_file, secrets};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};
use crate::platform::fs::{self, Mode, Part, own_file};
use crate::platform::sealed;
use crate::store::Contents;
use crate::web;
use crate::web::client;

const FORMAT: &str = "swf-home";
const VERSION: &[u8] = b"swf home 1\n";
const STORE: &str = "study.db";
const LOGINS: &str = "logins";
/// The most bytes of an entry other than the store.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What [`pack`] wrote to an archive.
#[derive(Debug)]
pub struct Packed {
    pub contents: Option<Contents>,
    /// The names of the entries.
    pub names: Vec<String>,
    /// Files that the settings name and that are outside of the home.
    pub left_out: Vec<PathBuf>,
}

/// Whether a line of `.env.local` is a secret, judged by its name. It may be a secret of another program.
fn is_secret(name: &str) -> bool {
    let known = secrets::NAMES.iter().chain([&web::SECRET, &client::SECRET]);
    known.into_iter().any(|known| *known == name)
        || ["_SECRET", "_TOKEN", "_PASSWORD", "_KEY"].iter().any(|end| name.ends_with(end))
}

/// Writes the home to `file`, which must not exist yet. With a passphrase, the archive has the logins, too.
pub fn pack(config: &Config, file: &Path, today: NaiveDate, passphrase: Option<&SecretString>) -> Result<Packed> {
    let home = config.home();
    let file = fs::follow_links(file).map_err(|error| Error::file(file, "written", &error))?;
    let taken = || {
        Error::failed(format!("{} already exists; it was left as it is", file.display()))
            .command("Choose a file that does not exist yet, e.g.", "swf backup --all swf-home.tar")
    };
    if file.symlink_metadata().is_ok() {
        return Err(taken());
    }
    let folder = fs::folder_of(&file);
    let failed = |error: io::Error| Error::file(&file, "written", &error);
    let part = Part::new(folder, ".swf-home.", ".part").map_err(failed)?;
    let mut archive = Archive::create(part.path()).map_err(failed)?;
    archive.add(FORMAT, VERSION).map_err(failed)?;
    let mut contents = None;
    if !crate::store::is_missing(&home.store()) {
        let (copy, found, _) = backup::copy(&home.store(), folder, today)?;
        archive.add_file(STORE, copy.path()).map_err(failed)?;
        contents = Some(found);
    }
    let (settings, secrets) = env_file::split(&home.env_file(), is_secret)?;
    if home.env_file().exists() {
        archive.add(".env.local", &settings).map_err(failed)?;
    }
    let mut left_out = Vec::new();
    for text in config.settings.files.iter().map(|file| &file.path).filter(|path| **path != home.env_file()) {
        match text.strip_prefix(home.path()).ok().and_then(text_name) {
            Some(name) if text.exists() => archive.add(&name, &read(text)?).map_err(failed)?,
            None if text.exists() => left_out.push(text.clone()),
            _ => {}
        }
    }
    for (name, own) in [("var/forgotten", home.forgotten()), ("var/web.key", home.web_key())] {
        if own.exists() {
            archive.add(name, &read(&own)?).map_err(failed)?;
        }
    }
    if let Some(passphrase) = passphrase {
        let logins = logins(config, secrets)?;
        archive.add(LOGINS, &sealed::seal(passphrase, &logins)?).map_err(failed)?;
    }
    let names = archive.finish().map_err(failed)?;
    part.place_new(&file).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(),
        _ => failed(error),
    })?;
    Ok(Packed { contents, names, left_out })
}

/// All secrets as JSON: those of `.env.local`, those of the keyring, and the bot's login.
fn logins(config: &Config, in_file: BTreeMap<String, SecretString>) -> Result<Zeroizing<Vec<u8>>> {
    let mut all = in_file;
    for name in secrets::NAMES.into_iter().chain([web::SECRET, client::SECRET]) {
        if let Some(value) = config.credentials.from_keyring(name)? {
            all.insert(name.to_owned(), value);
        }
    }
    let texts: BTreeMap<&str, &str> = all.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    Ok(Zeroizing::new(serde_json::to_vec(&texts).unwrap_or_default()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: io::Error| Error::file(path, "read", &error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Error::failed(format!("{} has more than {MAX_FILE_BYTES} bytes", path.display())));
    }
    Ok(bytes)
}

/// An archive that is being written.
struct Archive {
    tar: tar::Builder<File>,
    names: Vec<String>,
}

impl Archive {
    fn create(path: &Path) -> io::Result<Archive> {
        Ok(Archive { tar: tar::Builder::new(own_file().write(true).open(path)?), names: Vec::new() })
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.append(name, bytes.len() as u64, bytes)
    }

    fn add_file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        self.append(name, file.metadata()?.len(), file)
    }

    fn append(&mut self, name: &str, length: u64, data: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(length);
        header.set_mode(0o600);
        self.names.push(name.to_owned());
        self.tar.append_data(&mut header, name, data)
    }

    fn finish(self) -> io::Result<Vec<String>> {
        self.tar.into_inner()?.sync_all()?;
        Ok(self.names)
    }
}

/// The name of a file with texts in an archive, which is also its place in the home. `None` if that would be outside of
/// the home, or could be a file of swf itself.
fn text_name(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str().filter(|part| !part.contains(['\\', ':', '\0'])),
            _ => None,
        })
        .collect();
    let name = parts?.join("/");
    let is_own = name.is_empty() || name.starts_with('.') || name.split('/').next() == Some("var");
    let is_reserved = [FORMAT, STORE, LOGINS, "tracker_state.json"].contains(&name.as_str());
    (!is_own && !is_reserved).then_some(name)
}

/// The contents of an archive, read and checked before anything is written.
struct Found {
    store: Option<Part>,
    /// The path and the contents of each file.
    files: BTreeMap<PathBuf, Vec<u8>>,
    logins: Option<Vec<u8>>,
}

/// What [`unpack`] restored.
#[derive(Debug)]
pub struct Unpacked {
    pub contents: Option<Contents>,
    pub files: Vec<PathBuf>,
    /// The names of the secrets that are in `.env.local` now.
    pub logins: Vec<String>,
    /// The archive has logins.
    pub has_logins: bool,
}

/// Restores what [`pack`] wrote, into a home without a store and settings. The caller holds the tracker's lock.
/// `passphrase` is called only if the archive has logins.
pub fn unpack(
    home: &Home,
    zone: Zone,
    file: &Path,
    passphrase: Option<impl FnOnce() -> Result<SecretString>>,
) -> Result<Unpacked> {
    let found = find(home, file)?;
    refuse_used(home, &found)?;
    let has_logins = found.logins.is_some();
    let logins = match (&found.logins, passphrase) {
        (Some(sealed), Some(passphrase)) => open_logins(sealed, &passphrase()?)?,
        (None, Some(_)) => {
            return Err(Error::usage(format!("{} has no logins", file.display()))
                .hint("Leave out --with-logins, then log in again on this computer."));
        }
        (_, None) => BTreeMap::new(),
    };
    // The marks of forgotten people are among these files. They must be there before the store, which follows them.
    for (path, bytes) in &found.files {
        let failed = |error: io::Error| Error::file(path, "written", &error);
        std::fs::create_dir_all(fs::folder_of(path)).map_err(failed)?;
        fs::write_atomic(path, bytes, Mode::Private).map_err(failed)?;
    }
    let contents = found.store.map(|part| backup::restore(home, zone, part.path())).transpose()?;
    if contents.is_some() {
        forgetting::follow_marks(home)?;
    }
    for (name, value) in &logins {
        env_file::set(&home.env_file(), name, value)?;
    }
    Ok(Unpacked {
        contents: contents.map(|(_, contents)| contents),
        files: found.files.into_keys().collect(),
        has_logins,
        logins: logins.into_keys().collect(),
    })
}

fn open_logins(sealed: &[u8], passphrase: &SecretString) -> Result<BTreeMap<String, SecretString>> {
    let wrong = || {
        Error::failed("the passphrase is wrong, or the archive is damaged; nothing was restored")
            .hint("Without --with-logins, swf restores everything except the logins, and you log in again.")
    };
    let opened = sealed::open(passphrase, sealed)?.ok_or_else(wrong)?;
    let texts: BTreeMap<String, String> = serde_json::from_slice(&opened).map_err(|_| wrong())?;
    let good = |name: &str| {
        is_secret(name) && name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(&byte))
    };
    if !texts.keys().all(|name| good(name)) {
        return Err(wrong());
    }
    Ok(texts.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}

/// Reads an archive. Refuses an entry that [`pack`] would not have written.
fn find(home: &Home, file: &Path) -> Result<Found> {
    let foreign = |what: &str| {
        Error::failed(format!("{} is not an archive of a home: {what}; nothing was restored", file.display()))
            .command("To restore a copy of the store alone, run", "swf backup --restore FILE")
    };
    let failed = |error: io::Error| foreign(&error.to_string());
    let mut archive = tar::Archive::new(File::open(file).map_err(|error| Error::file(file, "read", &error))?);
    let mut found = Found { store: None, files: BTreeMap::new(), logins: None };
    let mut is_first = true;
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let name = String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| foreign("a name is not UTF-8"))?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(foreign(&format!("{name:?} is not a plain file")));
        }
        if std::mem::take(&mut is_first) != (name == FORMAT) {
            return Err(foreign("it does not begin with swf-home"));
        }
        if name == STORE {
            let part = Part::new(&home.var(), "study.db.", ".part")
                .map_err(|error| Error::file(&home.var(), "written", &error))?;
            let mut out = own_file().write(true).open(part.path()).map_err(failed)?;
            io::copy(&mut entry, &mut out).map_err(failed)?;
            if found.store.replace(part).is_some() {
                return Err(foreign("it has two stores"));
            }
            continue;
        }
        let mut bytes = Vec::new();
        (&mut entry).take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(foreign(&format!("{name:?} is too large")));
        }
        let place = match &*name {
            FORMAT if bytes == VERSION => continue,
            FORMAT => return Err(foreign("it was written by a newer swf")),
            LOGINS => {
                found.logins = Some(bytes);
                continue;
            }
            ".env.local" => home.env_file(),
            "var/forgotten" => home.forgotten(),
            "var/web.key" => home.web_key(),
            _ => match text_name(Path::new(&name)) {
                Some(same) if same == name => home.path().join(name),
                _ => return Err(foreign(&format!("{name:?} does not belong to a home"))),
            },
        };
        if found.files.insert(place, bytes).is_some() {
            return Err(foreign("it contains a file twice"));
        }
    }
    if is_first { Err(foreign("it is empty")) } else { Ok(found) }
}

/// The error if a restore would overwrite a file.
fn refuse_used(home: &Home, found: &Found) -> Result<()> {
    let always = [home.env_file(), home.groups_file(), home.store(), home.forgotten()];
    let taken = found.files.keys().chain(&always).find(|path| path.symlink_metadata().is_ok());
    let Some(taken) = taken else { return Ok(()) };
    Err(Error::failed(format!("{} already exists; nothing was restored", taken.display()))
        .command("Restore into a new folder, e.g.", "swf --home NEW_FOLDER backup --restore-all FILE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        std::fs::create_dir_all(home.logs()).unwrap();
        (folder, home)
    }

    /// An archive with these entries, without any checks.
    fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tar = tar::Builder::new(file.reopen().unwrap());
        for (name, kind, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o777);
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        tar.finish().unwrap();
        file
    }

    fn restored(home: &Home, entries: &[(&str, tar::EntryType, &[u8])]) -> Result<Unpacked> {
        let none: Option<fn() -> Result<SecretString>> = None;
        unpack(home, Zone::UTC, archive(entries).path(), none)
    }

    #[test]
    fn nothing_leaves_the_home_and_nothing_foreign_is_written() {
        use tar::EntryType;
        let format = (FORMAT, EntryType::Regular, VERSION);
        for (name, kind) in [
            ("../evil", EntryType::Regular),
            ("/tmp/swf-evil", EntryType::Regular),
            ("texts/../../evil", EntryType::Regular),
            ("./words.toml", EntryType::Regular),
            ("texts//words.toml", EntryType::Regular),
            ("c:\\evil", EntryType::Regular),
            ("var/track.lock", EntryType::Regular),
            ("var/bot.session", EntryType::Regular),
            ("tracker_state.json", EntryType::Regular),
            (".bashrc", EntryType::Regular),
            (".git/config", EntryType::Regular),
            ("words.toml", EntryType::Symlink),
            ("words.toml", EntryType::Link),
            ("words.toml", EntryType::Directory),
            ("words.toml", EntryType::Fifo),
        ] {
            let (folder, home) = home();
            let error = restored(&home, &[format, (name, kind, b"")]).unwrap_err();
            assert!(error.message().contains("nothing was restored"), "{name}: {error}");
            let names: Vec<_> =
                std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(names, ["var"], "{name}");
        }
        let (_folder, home) = home();
        let words = ("texts/words.toml", EntryType::Regular, &b"a"[..]);
        for wrong in [&[words][..], &[], &[format, format], &[format, words, words]] {
            restored(&home, wrong).unwrap_err();
        }
        let newer = (FORMAT, EntryType::Regular, &b"swf home 2\n"[..]);
        assert!(restored(&home, &[newer]).unwrap_err().message().contains("newer"));
        let unpacked = restored(&home, &[format, words]).unwrap();
        assert_eq!(unpacked.files, [home.path().join("texts/words.toml")]);
        // A second restore would overwrite files.
        assert!(restored(&home, &[format, words]).unwrap_err().message().contains("already exists"));
    }

    #[test]
    fn a_home_with_a_store_or_settings_is_left_alone() {
        let format = (FORMAT, tar::EntryType::Regular, VERSION);
        for used in [Home::env_file, Home::groups_file, Home::store, Home::forgotten] {
            let (_folder, home) = home();
            std::fs::write(used(&home), "mine").unwrap();
            restored(&home, &[format, ("words.toml", tar::EntryType::Regular, b"a")]).unwrap_err();
            assert_eq!(std::fs::read(used(&home)).unwrap(), b"mine");
            assert!(!home.path().join("words.toml").exists());
        }
    }
}
