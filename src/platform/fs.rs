//! Replacing files: after a crash, a file has either its whole new contents or its old ones.
//!
//! ```text
//! .NAME.x7Kq2a.part ──written, synced──► renamed to NAME ──► folder synced
//! ```

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// How a file is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// For a file that swf names: only its owner may read it, a link at the path is replaced, and it survives a power
    /// cut.
    Private,
    /// As [`Mode::Private`], but not synced: for a file that is written every few seconds.
    Unsynced,
    /// For secrets at a path that may be a link: the link stays, and only the owner may read the file behind it.
    PrivateTarget,
    /// For a file that the user names: a link stays, and an existing file keeps its permissions.
    User,
    /// As [`Mode::Private`], but everybody may read the file, whatever the process's umask is.
    Public,
}

impl Mode {
    fn follows_links(self) -> bool {
        matches!(self, Mode::PrivateTarget | Mode::User)
    }
}

/// How many links are followed before they count as a loop.
const MAX_LINKS: usize = 40;

/// Replaces the contents of `path`, or leaves them as they were. The folder must exist.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    write_atomic_with(path, mode, |out| out.write_all(bytes))
}

/// As [`write_atomic`], with contents that `write` produces. If it fails, the file stays as it was.
pub fn write_atomic_with<T, E: From<io::Error>>(
    path: &Path,
    mode: Mode,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    let target = if mode.follows_links() { follow_links(path)? } else { path.to_owned() };
    let prefix = format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy());
    let (mut file, part) = Part::create(folder_of(&target), &prefix, ".part")?;
    let mut out = BufWriter::new(&mut file);
    let written = write(&mut out)?;
    out.flush()?;
    drop(out);
    if mode == Mode::User
        && cfg!(unix)
        && let Ok(old) = target.metadata()
    {
        file.set_permissions(old.permissions())?;
    }
    #[cfg(unix)]
    if mode == Mode::Public {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    if mode != Mode::Unsynced {
        file.sync_all()?;
    }
    drop(file);
    part.rename(&target)?;
    if mode != Mode::Unsynced {
        sync_dir(folder_of(&target))?;
    }
    Ok(written)
}

/// Options for a file that swf names itself: opening a link fails, and only its owner may read a new file.
pub fn own_file() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "Windows has neither modes nor such links"))]
    let mut options = File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    options
}

/// Removes the permissions of everybody but the owner from an existing file that swf names itself. Ignores failures:
/// the file may belong to another user, or the disk may be read-only. Does not open the file, because closing it would
/// release SQLite's locks on it.
pub fn narrow(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let Ok(file) = path.symlink_metadata() else { return };
        let mode = file.permissions().mode() & 0o7777;
        if file.is_file() && mode & 0o077 != 0 {
            let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Copies a file: the target has the whole copy, or its old contents. Only its owner may read it.
pub fn copy_atomic(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    write_atomic_with(to, Mode::Private, |out| io::copy(&mut source, out).map(drop))
}

/// Makes the names in a folder survive a power cut: created, renamed and removed files.
pub fn sync_dir(folder: &Path) -> io::Result<()> {
    // Windows cannot open a folder as a file; NTFS keeps a journal of the names.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// The folder that a file is in; the working directory for a bare name.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file that is to replace another one. It is removed if it does not. Only its owner may read it.
#[derive(Debug)]
pub struct Part(TempPath);

impl Part {
    /// An empty file in `folder`; between `prefix` and `suffix` its name is random.
    pub fn new(folder: &Path, prefix: &str, suffix: &str) -> io::Result<Part> {
        Ok(Part::create(folder, prefix, suffix)?.1)
    }

    fn create(folder: &Path, prefix: &str, suffix: &str) -> io::Result<(File, Part)> {
        let (file, path) = tempfile::Builder::new().prefix(prefix).suffix(suffix).tempfile_in(folder)?.into_parts();
        Ok((file, Part(path)))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts the file, which is synced already, in the place of `target` in the same folder.
    pub fn replace(self, target: &Path) -> io::Result<()> {
        self.rename(target)?;
        sync_dir(folder_of(target))
    }

    /// As [`Part::replace`], but fails with [`io::ErrorKind::AlreadyExists`] if anything is at `target`.
    pub fn place_new(self, target: &Path) -> io::Result<()> {
        self.0.persist_noclobber(target).map_err(|error| error.error)?;
        sync_dir(folder_of(target))
    }

    /// Uses the standard library, not `tempfile`: on Windows only that can replace a file that another program reads.
    fn rename(self, target: &Path) -> io::Result<()> {
        let part = self.0.keep().map_err(|error| error.error)?;
        std::fs::rename(&part, target).inspect_err(|_| drop(std::fs::remove_file(&part)))
    }
}

/// Identifies a file by its device and its number there, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    /// The file at `path`; `None` if there is none.
    #[cfg(unix)]
    pub fn at(path: &Path) -> io::Result<Option<FileId>> {
        use std::os::unix::fs::MetadataExt;
        match path.metadata() {
            Ok(file) => Ok(Some(FileId { device: file.dev(), number: file.ino() })),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// On Windows an open file can be neither removed nor replaced, so nothing needs to tell files apart.
    #[cfg(not(unix))]
    pub fn at(_path: &Path) -> io::Result<Option<FileId>> {
        Ok(None)
    }
}

/// Whether an open file is not at `path` any more, because it was removed, renamed or replaced.
#[cfg(unix)]
pub fn has_moved(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata().map(|file| FileId { device: file.dev(), number: file.ino() });
    matches!((open, FileId::at(path)), (Ok(open), Ok(now)) if now != Some(open))
}

#[cfg(not(unix))]
pub fn has_moved(_file: &File, _path: &Path) -> bool {
    false
}

/// The file that a path of links leads to, whether it exists or not.
pub fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = path.read_link() else { return Ok(path) };
        path = folder_of(&path).join(next);
    }
    Err(io::Error::other("its links lead nowhere"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Mode; 5] = [Mode::Private, Mode::Unsynced, Mode::PrivateTarget, Mode::User, Mode::Public];

    fn names(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_created_and_replaced_whole() {
        for mode in ALL {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            for text in ["a longer text", "short", ""] {
                write_atomic(&path, text.as_bytes(), mode).unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{mode:?}");
            }
            assert_eq!(names(folder.path()), ["file"], "{mode:?}");
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_contents_and_no_other_file() {
        for mode in ALL {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            write_atomic(&path, b"old", mode).unwrap();
            let full = |out: &mut dyn Write| -> io::Result<()> {
                out.write_all(&[0; 1 << 16])?;
                Err(io::ErrorKind::StorageFull.into())
            };
            let error = write_atomic_with(&path, mode, full).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{mode:?}");
            assert_eq!(std::fs::read(&path).unwrap(), b"old", "{mode:?}");
            assert_eq!(names(folder.path()), ["file"], "{mode:?}");
        }
    }

    #[test]
    fn a_missing_folder_is_an_error_and_is_not_created() {
        for mode in ALL {
            let folder = tempfile::tempdir().unwrap();
            let error = write_atomic(&folder.path().join("none").join("file"), b"new", mode).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{mode:?}");
            assert_eq!(names(folder.path()), Vec::<String>::new(), "{mode:?}");
        }
    }

    #[test]
    fn a_folder_is_not_replaced_and_leaves_no_other_file() {
        for mode in ALL {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("folder");
            std::fs::create_dir(&path).unwrap();
            write_atomic(&path, b"new", mode).unwrap_err();
            assert_eq!(names(folder.path()), ["folder"], "{mode:?}");
        }
    }

    #[test]
    fn a_new_place_is_never_taken_from_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let part = || Part::new(folder.path(), "file.", ".part").unwrap();
        part().place_new(&path).unwrap();
        std::fs::write(&path, "mine").unwrap();
        assert_eq!(part().place_new(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        part().replace(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_copy_replaces_and_a_missing_source_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::write(&to, "old").unwrap();
        assert_eq!(copy_atomic(&from, &to).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(std::fs::read(&to).unwrap(), b"old");
        std::fs::write(&from, "new").unwrap();
        copy_atomic(&from, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["from", "to"]);
    }

    #[cfg(unix)]
    mod unix {
        use std::fs::Permissions;
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        fn mode_of(path: &Path) -> u32 {
            path.metadata().unwrap().permissions().mode() & 0o777
        }

        #[test]
        fn only_a_file_that_the_user_names_keeps_its_permissions() {
            for (mode, expected) in ALL.into_iter().zip([0o600, 0o600, 0o600, 0o640, 0o644]) {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("file");
                write_atomic(&path, b"new", mode).unwrap();
                assert_eq!(mode_of(&path), if mode == Mode::Public { 0o644 } else { 0o600 }, "{mode:?}");
                std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
                write_atomic(&path, b"newer", mode).unwrap();
                assert_eq!(mode_of(&path), expected, "{mode:?}");
            }
        }

        #[test]
        fn a_link_is_followed_or_replaced() {
            for (mode, follows) in ALL.into_iter().zip([false, false, true, true, false]) {
                let folder = tempfile::tempdir().unwrap();
                let elsewhere = tempfile::tempdir().unwrap();
                let (link, target) = (folder.path().join("link"), elsewhere.path().join("target"));
                std::fs::write(&target, "old").unwrap();
                symlink(&target, folder.path().join("second")).unwrap();
                symlink("second", &link).unwrap();
                write_atomic(&link, b"new", mode).unwrap();
                assert_eq!(link.is_symlink(), follows, "{mode:?}");
                assert_eq!(std::fs::read(&link).unwrap(), b"new", "{mode:?}");
                let target_text = if follows { "new" } else { "old" };
                assert_eq!(std::fs::read_to_string(&target).unwrap(), target_text, "{mode:?}");
                assert_eq!(names(folder.path()), ["link", "second"], "{mode:?}");
                assert_eq!(names(elsewhere.path()), ["target"], "{mode:?}");
            }
        }

        #[test]
        fn a_link_to_a_missing_file_creates_that_file_and_a_loop_is_an_error() {
            let folder = tempfile::tempdir().unwrap();
            let link = folder.path().join("link");
            symlink("target", &link).unwrap();
            write_atomic(&link, b"new", Mode::User).unwrap();
            assert!(link.is_symlink());
            assert_eq!(std::fs::read(folder.path().join("target")).unwrap(), b"new");
            let looped = folder.path().join("loop");
            symlink("loop", &looped).unwrap();
            write_atomic(&looped, b"new", Mode::User).unwrap_err();
            assert!(looped.is_symlink());
        }

        /// CASES X1.
        #[test]
        fn an_own_file_is_never_opened_through_a_link() {
            let folder = tempfile::tempdir().unwrap();
            let (file, link) = (folder.path().join("file"), folder.path().join("link"));
            let open = |path: &Path| own_file().create(true).append(true).open(path);
            open(&file).unwrap();
            assert_eq!(mode_of(&file), 0o600);
            symlink("file", &link).unwrap();
            open(&link).unwrap_err();
            symlink("new", folder.path().join("nowhere")).unwrap();
            open(&folder.path().join("nowhere")).unwrap_err();
            assert!(!folder.path().join("new").exists());
        }
    }
}
