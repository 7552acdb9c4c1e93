//! A folder of files that swf makes, possibly next to files of others. It replaces and removes only files that it
//! wrote.
//!
//! ```text
//! .swf-site        the files that swf wrote, each with the hash of its contents, as `sha256sum` prints them
//! .swf-site.lock   held by the process that writes
//! A file is noted before it is written, so the next run knows its own files even if this one is interrupted. Nothing
//! is written through a link in the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::fs::{Mode, write_atomic};
use super::lock::Lock;
use crate::error::{Error, Result};

const LIST: &str = ".swf-site";
const LOCK: &str = ".swf-site.lock";
const HEADER: &str = "# The files that swf wrote here. It replaces and removes no others.\n";

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub written: usize,
    pub removed: usize,
    pub unchanged: usize,
    /// The names of files that swf wanted to write, but that it did not create or that somebody has changed. They stay.
    pub foreign: BTreeSet<String>,
}

/// The folder while it is written to. Files that this run does not put are removed by [`OwnFolder::finish`].
#[derive(Debug)]
pub struct OwnFolder {
    root: PathBuf,
    /// The hashes of each file that earlier runs wrote. A file has more than one hash after an interrupted run.
    known: BTreeMap<String, BTreeSet<String>>,
    /// The hash of each file that this run has put.
    put: BTreeMap<String, String>,
    /// [`LIST`], open for notes.
    notes: Option<File>,
    changes: Changes,
    _lock: Lock,
}

/// What exists at the path of a file.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Free,
    /// A file with this hash.
    File(String),
    /// A folder, a link, or a path that leads through one.
    Other,
}

impl OwnFolder {
    /// Opens the folder, and creates it if its parent exists.
    ///
    /// The folder has files, none of them is swf's, and `adopts` is false. The folder contains the folder of swf's own
    /// files (`home`), or is in it. Another process writes to it (75).
    pub fn open(dir: &Path, home: &Path, adopts: bool) -> Result<OwnFolder> {
        let root = resolved(dir)?;
        check_apart(&root, home)?;
        make_folder(&root).map_err(|error| Error::file(&root, "made", &error))?;
        if !is_own(&root)? && !adopts {
            check_empty(&root)?;
        }
        let lock = Lock::take(&root.join(LOCK))?
            .ok_or_else(|| Error::temporary(format!("another process of swf writes to {}", root.display())))?;
        let list = root.join(LIST);
        if !is_own(&root)? {
            write_atomic(&list, HEADER.as_bytes(), Mode::Public)
                .map_err(|error| Error::file(&list, "written", &error))?;
        }
        let text = std::fs::read(&list).map_err(|error| Error::file(&list, "read", &error))?;
        let known = parse(&String::from_utf8_lossy(&text));
        Ok(OwnFolder { root, known, put: BTreeMap::new(), notes: None, changes: Changes::default(), _lock: lock })
    }

    /// Fails if [`OwnFolder::open`] would refuse the folder. Changes nothing.
    pub fn check(dir: &Path, home: &Path) -> Result<()> {
        let root = resolved(dir)?;
        check_apart(&root, home)?;
        if root.is_dir() && !is_own(&root)? { check_empty(&root) } else { Ok(()) }
    }

    /// Writes a file that everybody can read, unless it has these contents already. A file that is not swf's stays.
    ///
    /// `name` has `/` between folders, and no part that begins with a dot.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        if !is_name(name) {
            return Err(Error::failed(format!("{name:?} can't be the name of a file of a site")));
        }
        let (path, hash) = (self.root.join(name), hash(bytes));
        let place = self.make_folders(name).and_then(|()| self.place(name));
        match place.map_err(|error| Error::file(&path, "written", &error))? {
            Place::File(found) if found == hash => self.changes.unchanged += 1,
            Place::File(found) if !self.has_written(name, &found) => {
                self.leave(name);
                return Ok(());
            }
            Place::Other => {
                self.leave(name);
                return Ok(());
            }
            Place::Free | Place::File(_) => {
                self.note(name, &hash)?;
                write_atomic(&path, bytes, Mode::Public).map_err(|error| Error::file(&path, "written", &error))?;
                self.changes.written += 1;
            }
        }
        self.put.insert(name.to_owned(), hash);
        Ok(())
    }

    /// Removes the files that swf wrote earlier and this run did not put.
    pub fn finish(mut self) -> Result<Changes> {
        let gone: Vec<String> = self.known.keys().filter(|name| !self.put.contains_key(*name)).cloned().collect();
        for name in gone {
            let path = self.root.join(&name);
            match self.place(&name).map_err(|error| Error::file(&path, "read", &error))? {
                Place::Free => {}
                Place::File(found) if self.has_written(&name, &found) => {
                    std::fs::remove_file(&path).map_err(|error| Error::file(&path, "removed", &error))?;
                    self.changes.removed += 1;
                    self.remove_empty_folders(&name);
                }
                Place::File(_) | Place::Other => self.leave(&name),
            }
        }
        self.remove_parts();
        let is_listed = self.known.len() == self.put.len()
            && self.put.iter().all(|(name, hash)| self.known.get(name).is_some_and(|known| known.iter().eq([hash])));
        if !is_listed {
            let lines = self.put.iter().map(|(name, hash)| line(name, hash));
            let text: String = [HEADER.to_owned()].into_iter().chain(lines).collect();
            let list = self.root.join(LIST);
            write_atomic(&list, text.as_bytes(), Mode::Public)
                .map_err(|error| Error::file(&list, "written", &error))?;
        }
        Ok(self.changes)
    }

    fn leave(&mut self, name: &str) {
        self.changes.foreign.insert(name.to_owned());
    }

    fn has_written(&self, name: &str, hash: &str) -> bool {
        self.known.get(name).is_some_and(|hashes| hashes.contains(hash))
    }

    fn place(&self, name: &str) -> std::io::Result<Place> {
        let there = |name: &str| match self.root.join(name).symlink_metadata() {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        for parent in parents(name) {
            match there(parent)? {
                Some(found) if found.is_dir() => {}
                Some(_) => return Ok(Place::Other),
                None => return Ok(Place::Free),
            }
        }
        Ok(match there(name)? {
            None => Place::Free,
            Some(found) if found.is_file() => Place::File(hash(&std::fs::read(self.root.join(name))?)),
            Some(_) => Place::Other,
        })
    }

    /// If something that is not a folder is in the way, it stays.
    fn make_folders(&self, name: &str) -> std::io::Result<()> {
        for parent in parents(name) {
            let path = self.root.join(parent);
            if path.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
                return Ok(());
            }
            make_folder(&path)?;
        }
        Ok(())
    }

    /// Begins a new line: the notes of an interrupted run may end within a line.
    fn note(&mut self, name: &str, hash: &str) -> Result<()> {
        let list = self.root.join(LIST);
        let mut write = || {
            if self.notes.is_none() {
                let mut notes = super::fs::own_file().read(true).append(true).open(&list)?;
                let mut last = [0];
                notes.seek(SeekFrom::End(-1)).and_then(|_| notes.read_exact(&mut last)).unwrap_or_default();
                if last != *b"\n" {
                    notes.write_all(b"\n")?;
                }
                self.notes = Some(notes);
            }
            self.notes.as_mut().map_or(Ok(()), |notes| notes.write_all(line(name, hash).as_bytes()))
        };
        write().map_err(|error| Error::file(&list, "written", &error))
    }

    fn remove_empty_folders(&self, name: &str) {
        let mut folders: Vec<&str> = parents(name).collect();
        while let Some(folder) = folders.pop() {
            // A folder that is not empty stays.
            if std::fs::remove_dir(self.root.join(folder)).is_err() {
                return;
            }
        }
    }

    /// Removes the temporary files (`.NAME.x7Kq2a.part`) of a process that ended while it wrote one of these files.
    fn remove_parts(&self) {
        let names = self.put.keys().chain(self.known.keys()).map(String::as_str).chain([LIST]);
        let names: BTreeSet<&str> = names.collect();
        let folders: BTreeSet<&str> =
            names.iter().map(|name| name.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
        for folder in folders {
            for entry in std::fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten() {
                let found = entry.file_name();
                let of =
                    found.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".part")?.rsplit_once('.'));
                let Some((name, random)) = of else { continue };
                let name = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                if random.len() == 6 && names.contains(name.as_str()) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
    }
}

/// The folder's path without links, whether the folder exists or not.
pub fn resolved(dir: &Path) -> Result<PathBuf> {
    let unread = |error: std::io::Error| Error::file(dir, "used", &error);
    match dir.canonicalize() {
        Ok(root) if root.is_dir() => Ok(root),
        Ok(_) => Err(unread(ErrorKind::NotADirectory.into())),
        Err(error) if error.kind() == ErrorKind::NotFound && dir.is_symlink() => {
            Err(Error::failed(format!("{} is a link to a file that does not exist", dir.display()))
                .hint("Choose a folder."))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let name = dir.file_name().ok_or_else(|| unread(error))?;
            let parent = super::fs::folder_of(dir).canonicalize().map_err(|error| Error::file(dir, "made", &error))?;
            Ok(parent.join(name))
        }
        Err(error) => Err(unread(error)),
    }
}

/// A site is public, and files in the home are not.
fn check_apart(root: &Path, home: &Path) -> Result<()> {
    let home = home.canonicalize().unwrap_or_else(|_| home.to_owned());
    let wrong = if root.starts_with(&home) {
        "is in the folder of swf's own files"
    } else if home.starts_with(root) {
        "has the folder of swf's own files in it"
    } else {
        return Ok(());
    };
    Err(Error::config(format!("{} can't hold the site: it {wrong}, {}", root.display(), home.display()))
        .hint("A site is for everybody. Choose another folder, e.g. one in your web space."))
}

/// Whether swf has written to the folder before.
fn is_own(root: &Path) -> Result<bool> {
    let list = root.join(LIST);
    match list.symlink_metadata() {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(Error::failed(format!("{} is not a file", list.display())).hint("Remove it.")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::file(&list, "read", &error)),
    }
}

fn check_empty(root: &Path) -> Result<()> {
    let entries = std::fs::read_dir(root).map_err(|error| Error::file(root, "read", &error))?;
    if entries.flatten().all(|entry| entry.file_name() == LOCK) {
        return Ok(());
    }
    Err(Error::config(format!("{} has files that are not swf's", root.display()))
        .hint("Choose a folder that is empty or does not exist yet.")
        .hint("Or add --adopt once: then swf writes the site next to these files, and does not change or remove them."))
}

/// Makes a folder that everybody can read, whatever the process's umask is. An existing folder stays as it is.
fn make_folder(path: &Path) -> std::io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The folders above a file, the outermost first.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(end, _)| &name[..end])
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain))
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn line(name: &str, hash: &str) -> String {
    format!("{hash}  {name}\n")
}

/// Skips lines that swf can't have written.
fn parse(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    for (hash, name) in lines.filter(|(hash, name)| hash.len() == 64 && is_name(name)) {
        known.entry(name.to_owned()).or_default().insert(hash.to_owned());
    }
    known
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A folder for a site, and a home next to it.
    fn place() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let top = tempfile::tempdir().unwrap();
        let (home, site) = (top.path().join("home"), top.path().join("site"));
        std::fs::create_dir(&home).unwrap();
        (top, home, site)
    }

    fn write(home: &Path, site: &Path, files: &[(&str, &str)]) -> Result<Changes> {
        let mut folder = OwnFolder::open(site, home, false)?;
        for (name, text) in files {
            folder.put(name, text.as_bytes())?;
        }
        folder.finish()
    }

    fn counts(changes: &Changes) -> [usize; 4] {
        [changes.written, changes.removed, changes.unchanged, changes.foreign.len()]
    }

    #[test]
    fn only_what_changed_is_written_and_what_is_gone_is_removed() {
        let (_top, home, site) = place();
        let first = write(&home, &site, &[("a.html", "1"), ("g/x/b.html", "2"), ("g/x/d/c.html", "3")]).unwrap();
        assert_eq!(counts(&first), [3, 0, 0, 0]);
        let time = |name: &str| site.join(name).metadata().unwrap().modified().unwrap();
        let before = (time("a.html"), time(LIST));
        let same = write(&home, &site, &[("a.html", "1"), ("g/x/b.html", "2"), ("g/x/d/c.html", "3")]).unwrap();
        assert_eq!((counts(&same), (time("a.html"), time(LIST))), ([0, 0, 3, 0], before));
        let next = write(&home, &site, &[("a.html", "1"), ("g/x/b.html", "two")]).unwrap();
        assert_eq!(counts(&next), [1, 1, 1, 0]);
        assert!(!site.join("g/x/d").exists(), "an empty folder goes, too");
        assert_eq!(std::fs::read_to_string(site.join("g/x/b.html")).unwrap(), "two");
        assert_eq!(counts(&write(&home, &site, &[]).unwrap()), [0, 2, 0, 0]);
        assert!(!site.join("g").exists() && site.exists());
    }

    #[test]
    fn a_file_of_others_is_never_replaced_or_removed() {
        let (_top, home, site) = place();
        write(&home, &site, &[("a.html", "1"), ("b.html", "1"), ("c.html", "1")]).unwrap();
        for name in ["a.html", "c.html", "new.html", "mine.txt"] {
            std::fs::write(site.join(name), "mine").unwrap();
        }
        std::fs::create_dir(site.join("folder.html")).unwrap();
        let files = [("a.html", "2"), ("b.html", "2"), ("new.html", "2"), ("folder.html", "2")];
        let changes = write(&home, &site, &files).unwrap();
        let foreign = ["a.html", "c.html", "folder.html", "new.html"].map(str::to_owned);
        assert_eq!((counts(&changes)[..3].to_vec(), changes.foreign), (vec![1, 0, 0], foreign.into()));
        for name in ["a.html", "c.html", "new.html", "mine.txt"] {
            assert_eq!(std::fs::read_to_string(site.join(name)).unwrap(), "mine", "{name}");
        }
        // Unchanged, they are still foreign. With the contents that swf would write, a file counts as swf's.
        std::fs::write(site.join("a.html"), "2").unwrap();
        let again = write(&home, &site, &[("a.html", "2"), ("new.html", "2")]).unwrap();
        assert_eq!(counts(&again), [0, 1, 1, 1]);
    }

    #[test]
    fn a_folder_with_files_of_others_has_to_be_adopted() {
        let (_top, home, site) = place();
        std::fs::create_dir(&site).unwrap();
        std::fs::write(site.join("index.html"), "mine").unwrap();
        let error = write(&home, &site, &[("a.html", "1")]).unwrap_err();
        assert_eq!(error.kind.code(), 78, "{error}");
        assert_eq!(std::fs::read_dir(&site).unwrap().count(), 1, "nothing is written");
        let mut folder = OwnFolder::open(&site, &home, true).unwrap();
        folder.put("index.html", b"swf's").unwrap();
        folder.put("a.html", b"1").unwrap();
        assert_eq!(folder.finish().unwrap().foreign, ["index.html".to_owned()].into());
        assert_eq!(counts(&write(&home, &site, &[("a.html", "2")]).unwrap()), [1, 0, 0, 0], "it is swf's from now on");
        assert_eq!(std::fs::read_to_string(site.join("index.html")).unwrap(), "mine");
    }

    #[test]
    fn an_interrupted_run_leaves_nothing_that_the_next_one_does_not_know() {
        let (_top, home, site) = place();
        write(&home, &site, &[("a.html", "1")]).unwrap();
        let mut folder = OwnFolder::open(&site, &home, false).unwrap();
        folder.put("a.html", b"2").unwrap();
        folder.put("g/b.html", b"2").unwrap();
        drop(folder);
        std::fs::write(site.join("g/.b.html.x7Kq2a.part"), "half").unwrap();
        std::fs::write(site.join("g/.mine.x7Kq2a.part"), "mine").unwrap();
        // The interrupted run ended within a note.
        File::options().append(true).open(site.join(LIST)).unwrap().write_all(b"0123").unwrap();
        let changes = write(&home, &site, &[("a.html", "3"), ("g/c.html", "3")]).unwrap();
        assert_eq!(counts(&changes), [2, 1, 0, 0]);
        let names = std::fs::read_dir(site.join("g")).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<BTreeSet<_>>(), [".mine.x7Kq2a.part", "c.html"].map(Into::into).into());
        assert_eq!(counts(&write(&home, &site, &[("a.html", "3"), ("g/c.html", "3")]).unwrap()), [0, 0, 2, 0]);
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_half_written() {
        let (_top, home, site) = place();
        write(&home, &site, &[("a.html", "1")]).unwrap();
        let mut folder = OwnFolder::open(&site, &home, false).unwrap();
        folder.put("b.html", b"2").unwrap();
        // The name is too long with the suffix of a temporary file.
        let error = folder.put(&"x".repeat(250), b"2").unwrap_err();
        assert_eq!(error.kind.code(), 1, "{error}");
        drop(folder);
        let names = std::fs::read_dir(&site).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<BTreeSet<_>>(), [LIST, LOCK, "a.html", "b.html"].map(Into::into).into());
        assert_eq!(counts(&write(&home, &site, &[("a.html", "2")]).unwrap()), [1, 1, 0, 0]);
    }

    #[test]
    fn one_process_writes_at_a_time() {
        let (_top, home, site) = place();
        let _folder = OwnFolder::open(&site, &home, false).unwrap();
        assert_eq!(OwnFolder::open(&site, &home, false).unwrap_err().kind.code(), 75);
    }

    #[test]
    fn a_place_that_can_hold_no_site_is_named() {
        let (top, home, site) = place();
        let code = |path: &Path| OwnFolder::open(path, &home, false).unwrap_err().kind.code();
        std::fs::write(&site, "a file").unwrap();
        assert_eq!([code(&home), code(&home.join("site")), code(top.path())], [78, 78, 78]);
        assert!(!home.join("site").exists());
        assert_eq!([code(&site), code(&site.join("in")), code(&top.path().join("no/such"))], [1, 1, 1]);
    }

    #[test]
    fn a_list_can_name_nothing_outside() {
        let (top, home, site) = place();
        write(&home, &site, &[]).unwrap();
        std::fs::write(top.path().join("x"), "x").unwrap();
        let text = ["../x", "/x", "g/../../x", ".swf-site", ""].map(|name| line(name, &hash(b"x"))).concat();
        std::fs::write(site.join(LIST), text).unwrap();
        assert_eq!(counts(&write(&home, &site, &[]).unwrap()), [0, 0, 0, 0]);
        assert!(top.path().join("x").exists());
    }

    proptest! {
        /// Nothing is written outside of the folder, whatever a name contains.
        #[test]
        fn no_name_leads_outside(name in "(\\.\\.|\\.|/|\\\\|g|\\PC|C:){0,8}") {
            let (top, home, site) = place();
            let mut folder = OwnFolder::open(&site, &home, false).unwrap();
            let put = folder.put(&name, b"x");
            drop(folder);
            let outside = std::fs::read_dir(top.path()).unwrap().count();
            prop_assert_eq!(outside, 2, "{}", name);
            prop_assert!(std::fs::read_dir(&home).unwrap().next().is_none());
            prop_assert_eq!(put.is_ok(), is_name(&name));
        }
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        #[test]
        fn everybody_can_read_what_is_written() {
            let (_top, home, site) = place();
            write(&home, &site, &[("g/a.html", "1")]).unwrap();
            let mode = |name: &str| site.join(name).metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!([mode(""), mode("g"), mode("g/a.html"), mode(LIST)], [0o755, 0o755, 0o644, 0o644]);
            // Permissions that the owner has set stay.
            std::fs::set_permissions(site.join("g"), std::fs::Permissions::from_mode(0o750)).unwrap();
            write(&home, &site, &[("g/a.html", "2")]).unwrap();
            assert_eq!([mode("g"), mode("g/a.html")], [0o750, 0o644]);
        }

        #[test]
        fn a_link_to_the_folder_is_followed_and_links_in_it_are_not() {
            let (top, home, site) = place();
            let link = top.path().join("link");
            symlink(&site, &link).unwrap();
            assert_eq!(OwnFolder::open(&link, &home, false).unwrap_err().kind.code(), 1, "it leads nowhere");
            std::fs::create_dir(&site).unwrap();
            write(&home, &link, &[("a.html", "1"), ("g/a.html", "1"), ("h/a.html", "1")]).unwrap();
            assert!(link.is_symlink() && site.join("a.html").exists());
            let elsewhere = top.path().join("elsewhere");
            std::fs::create_dir(&elsewhere).unwrap();
            for (name, to) in [("a.html", elsewhere.join("a.html")), ("g", elsewhere.clone()), ("h", elsewhere.clone())]
            {
                let path = site.join(name);
                let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
                symlink(to, path).unwrap();
            }
            std::fs::write(elsewhere.join("a.html"), "1").unwrap();
            let changes = write(&home, &site, &[("a.html", "2"), ("g/a.html", "2"), ("g/b.html", "2")]).unwrap();
            assert_eq!((changes.written, changes.removed), (0, 0), "{changes:?}");
            assert_eq!(changes.foreign.len(), 4, "{changes:?}");
            assert_eq!(std::fs::read_to_string(elsewhere.join("a.html")).unwrap(), "1");
            assert!(!elsewhere.join("b.html").exists());
            // A link that leads into the home is refused, too.
            let inside = top.path().join("inside");
            symlink(&home, &inside).unwrap();
            assert_eq!(OwnFolder::open(&inside, &home, false).unwrap_err().kind.code(), 78);
        }
    }
}
