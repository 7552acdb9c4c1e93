//! Who owns the files of a home, and who else can change them (rules §5.4).
//!
//! A home that nobody named, such as the working directory, may have been prepared by somebody else: its `.env.local`
//! decides where secrets and posts go. So it must belong to the user. A home that the user named may have any owner. In
//! both, no file that swf names itself may be a link: a link could lead to any file of the user.

use std::path::{Path, PathBuf};

use super::fs;
use super::logging;
use super::paths::Home;
use crate::error::{Error, Result, single_quoted};

/// Who can write to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writers {
    Owner,
    Group,
    Everybody,
}

/// Who owns a file or folder, and who can write to it. For a link, this is about its target.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standing {
    /// The owner, if it is neither the user who runs swf nor the system's administrator.
    stranger: Option<String>,
    writers: Writers,
}

impl Standing {
    /// `None` if it does not exist, or can't be examined.
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Standing> {
        use std::os::unix::fs::MetadataExt;
        let file = path.metadata().ok()?;
        Some(Standing::unix(file.uid(), file.mode(), rustix::process::geteuid().as_raw()))
    }

    #[cfg(unix)]
    fn unix(owner: u32, mode: u32, user: u32) -> Standing {
        let writers = match (mode & 0o002, mode & 0o020) {
            (0, 0) => Writers::Owner,
            (0, _) => Writers::Group,
            _ => Writers::Everybody,
        };
        Standing { stranger: (owner != user && owner != 0).then(|| format!("user {owner}")), writers }
    }

    /// Reads only the owner: Windows protects a user's folders by itself.
    #[cfg(windows)]
    fn of(path: &Path) -> Option<Standing> {
        use windows_permissions::constants::{SeObjectType, SecurityInformation};
        use windows_permissions::utilities::current_process_sid;
        use windows_permissions::wrappers::GetNamedSecurityInfo;
        let descriptor =
            GetNamedSecurityInfo(path.as_os_str(), SeObjectType::SE_FILE_OBJECT, SecurityInformation::Owner).ok()?;
        let (owner, user) = (descriptor.owner()?, current_process_sid().ok()?);
        let name = owner.to_string();
        let is_stranger = *owner != *user && !ADMINISTRATORS.contains(&name.as_str());
        Some(Standing { stranger: is_stranger.then(|| format!("user {name}")), writers: Writers::Owner })
    }

    #[cfg(not(any(unix, windows)))]
    fn of(_: &Path) -> Option<Standing> {
        None
    }
}

/// The group of administrators, the system, and its installer.
#[cfg(windows)]
const ADMINISTRATORS: [&str; 3] =
    ["S-1-5-32-544", "S-1-5-18", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"];

/// Checks a home before anything in it is read. `is_named` is true if the user named it, with `--home` or `SWF_HOME`.
///
/// Fails with [`crate::error::Kind::Config`]. Returns warnings about files that others can write to.
pub fn check(home: &Home, is_named: bool) -> Result<Vec<String>> {
    let own = own_files(home);
    if let Some(link) = own.iter().find(|path| path.is_symlink()) {
        return Err(Error::config(format!("{} is a link, and swf does not follow links here", link.display()))
            .hint("Replace the link with the file itself, or remove the link. Its folder may be a link."));
    }
    let files = [home.env_file(), home.groups_file()].into_iter().chain(own.iter().cloned());
    if let Some(other) = { files }.find(|path| is_special(path)) {
        return Err(Error::config(format!("{} is a pipe, a socket or a device, not a file", other.display()))
            .hint("Remove it, or name another folder with --home."));
    }
    let given = [home.path().to_owned(), home.env_file(), home.groups_file(), home.var(), home.logs(), home.backups()];
    let found = given.into_iter().chain(own).filter_map(|path| Some((Standing::of(&path)?, path)));
    let found: Vec<(Standing, PathBuf)> = found.collect();
    if !is_named {
        found.iter().try_for_each(|(standing, path)| refuse(home, standing, path))?;
    }
    Ok([(Writers::Everybody, "everybody", "o-w"), (Writers::Group, "your group", "g-w")]
        .into_iter()
        .filter_map(|(writers, who, change)| {
            let paths = found.iter().filter(|(standing, _)| standing.writers == writers);
            let paths: Vec<String> = paths.map(|(_, path)| single_quoted(path)).collect();
            let paths = paths.join(" ");
            (!paths.is_empty()).then(|| format!("{who} can write to {paths}; run: chmod {change} {paths}"))
        })
        .collect())
}

/// Whether it is neither a file nor a folder. Reading it might never end.
fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Refuses a path in a home that the user did not name.
fn refuse(home: &Home, standing: &Standing, path: &Path) -> Result<()> {
    let why = match standing {
        Standing { stranger: Some(user), .. } => format!("belongs to {user}, not to you"),
        Standing { writers: Writers::Everybody, .. } => "can be written to by everybody".to_owned(),
        _ => return Ok(()),
    };
    let error = Error::config(format!("{} {why}, so swf does not use this folder by itself", path.display()));
    let error = match standing.stranger {
        None => error.hint(format!("To change that: chmod o-w {}", single_quoted(path))),
        Some(_) => error,
    };
    Err(error.hint(format!(
        "If you trust everybody who can write there, pass --home {}. If your data is elsewhere, pass that folder.",
        single_quoted(home.path())
    )))
}

/// Checks whether text for posts may come from this file: it must belong to the user, to the administrator, or to the
/// owner of the home. The error completes "FILE …".
pub fn check_text_file(home: &Home, path: &Path) -> Result<(), String> {
    let owner = |path: &Path| Standing::of(path).and_then(|standing| standing.stranger);
    match owner(path) {
        Some(user) if owner(home.path()).as_ref() != Some(&user) => Err(format!("belongs to {user}, not to you")),
        _ => Ok(()),
    }
}

/// Checks whether a command in this file may be run: nobody but the user and the administrator may be able to write to
/// it. The error completes "FILE …".
pub fn check_command_file(path: &Path) -> Result<(), String> {
    match Standing::of(path) {
        Some(Standing { stranger: Some(user), .. }) => Err(format!("belongs to {user}, not to you")),
        Some(Standing { writers: Writers::Everybody | Writers::Group, .. }) => {
            Err(format!("can be written to by others; run: chmod go-w {}", single_quoted(path)))
        }
        _ => Ok(()),
    }
}

/// Removes the permissions of others from the files that swf names itself: an earlier version or a copy may have left
/// them. Leaves `.env.local`, which other programs share, and files of other users.
pub fn narrow(home: &Home) {
    own_files(home).iter().for_each(|path| fs::narrow(path));
}

/// The files that swf names itself, whether they exist or not.
fn own_files(home: &Home) -> Vec<PathBuf> {
    let store = home.store();
    let beside = |suffix: &str| {
        let mut name = store.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    };
    let named = [home.state(), home.lock(), home.keyring_names(), home.bot_session(), home.web_key(), home.forgotten()];
    let mut files: Vec<PathBuf> = named.into_iter().chain(["", "-wal", "-shm", "-journal"].map(beside)).collect();
    files.extend(listed(&home.var(), |name| name.starts_with("study.db.old-tracker")));
    files.extend(listed(&home.logs(), logging::is_log));
    files.extend(listed(&home.backups(), |name| name.starts_with("study-") && name.ends_with(".db")));
    files
}

fn listed(folder: &Path, is_own: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_str().is_some_and(&is_own)).map(|entry| entry.path()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        std::fs::create_dir_all(home.logs()).unwrap();
        std::fs::create_dir_all(home.backups()).unwrap();
        for folder in [home.path().to_owned(), home.var(), home.logs(), home.backups()] {
            set_mode(&folder, 0o700);
        }
        (folder, home)
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    fn write(path: &Path, mode: u32) {
        std::fs::write(path, "").unwrap();
        set_mode(path, mode);
    }

    /// CASES X1.
    #[test]
    fn the_user_and_the_administrator_are_no_strangers() {
        let stranger = |owner, user| Standing::unix(owner, 0o600, user).stranger;
        assert_eq!((stranger(1000, 1000), stranger(0, 1000), stranger(0, 0)), (None, None, None));
        assert_eq!(stranger(1001, 1000), Some("user 1001".into()));
        // Root in somebody else's folder.
        assert_eq!(stranger(1000, 0), Some("user 1000".into()));
        let writers = |mode| Standing::unix(0, mode, 0).writers;
        assert_eq!([0o755, 0o775, 0o1777, 0o602].map(writers), {
            [Writers::Owner, Writers::Group, Writers::Everybody, Writers::Everybody]
        });
    }

    /// CASES X1.
    #[test]
    fn a_home_that_everybody_can_write_to_must_be_named() {
        let (_folder, home) = home();
        let (log, copy) = (home.logs().join("swf.2026-12-01.log"), home.backups().join("study-2026-12-01.db"));
        let files = [
            home.env_file(),
            home.groups_file(),
            home.store(),
            home.state(),
            home.lock(),
            home.bot_session(),
            log,
            copy,
        ];
        files.iter().for_each(|path| write(path, 0o600));
        assert_eq!(check(&home, false).unwrap(), Vec::<String>::new());
        let folders = [home.path().to_owned(), home.var(), home.logs(), home.backups()];
        for (path, normal) in files.iter().map(|file| (file, 0o600)).chain(folders.iter().map(|path| (path, 0o700))) {
            set_mode(path, normal | 0o002);
            let error = check(&home, false).unwrap_err();
            assert_eq!(error.kind.code(), 78);
            let text = error.to_string();
            assert!(text.starts_with(&format!("{} can be written to by everybody", path.display())), "{text}");
            assert!(text.contains(&format!("--home '{}'", home.path().display())), "{text}");
            let quoted = single_quoted(path);
            let warning = |who, change| format!("{who} can write to {quoted}; run: chmod {change} {quoted}");
            assert_eq!(check(&home, true).unwrap(), [warning("everybody", "o-w")]);
            set_mode(path, normal | 0o020);
            for is_named in [true, false] {
                assert_eq!(check(&home, is_named).unwrap(), [warning("your group", "g-w")]);
            }
            set_mode(path, normal);
        }
    }

    /// CASES X1.
    #[test]
    fn a_link_is_refused_only_in_the_place_of_a_file_that_swf_names() {
        let (folder, home) = home();
        let target = folder.path().join("target");
        write(&target, 0o600);
        let store = home.store().display().to_string();
        let beside =
            ["-wal", "-shm", "-journal", ".old-tracker"].map(|suffix| PathBuf::from(format!("{store}{suffix}")));
        let named = [home.state(), home.lock(), home.keyring_names(), home.bot_session(), home.store()];
        let dated = [home.logs().join("swf.2026-12-01.old.log"), home.backups().join("study-2026-12-01.kept.db")];
        for path in named.into_iter().chain(beside).chain(dated) {
            // Also a link that leads nowhere yet: writing to it would create its target.
            for target in [&target, &folder.path().join("nothing")] {
                symlink(target, &path).unwrap();
                for is_named in [true, false] {
                    let error = check(&home, is_named).unwrap_err();
                    assert_eq!(error.kind.code(), 78);
                    assert!(error.message().starts_with(&format!("{} is a link", path.display())), "{error}");
                }
                std::fs::remove_file(&path).unwrap();
            }
        }
        // The user may have put these there.
        symlink(&target, home.env_file()).unwrap();
        symlink(&target, home.groups_file()).unwrap();
        symlink(&target, home.path().join("quotes.txt")).unwrap();
        symlink(&target, home.logs().join("mine.log")).unwrap();
        std::fs::rename(home.var(), folder.path().join("disk")).unwrap();
        symlink("disk", home.var()).unwrap();
        assert_eq!(check(&home, false).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_pipe_or_a_device_in_the_place_of_a_file_is_refused() {
        let (_folder, home) = home();
        let special = std::os::unix::net::UnixListener::bind(home.path().join("socket")).unwrap();
        let socket = home.path().join("socket");
        for path in [home.env_file(), home.groups_file(), home.store(), home.state(), home.lock()] {
            std::fs::rename(&socket, &path).unwrap();
            for is_named in [true, false] {
                let error = check(&home, is_named).unwrap_err();
                assert_eq!(error.kind.code(), 78);
                assert!(error.message().starts_with(&format!("{} is a pipe, a socket", path.display())), "{error}");
            }
            std::fs::rename(&path, &socket).unwrap();
        }
        drop(special);
        symlink("/dev/zero", home.env_file()).unwrap();
        assert!(check(&home, true).unwrap_err().message().contains("is a pipe, a socket or a device"));
    }

    /// CASES X1.
    #[test]
    fn wide_modes_of_swfs_own_files_are_narrowed_and_no_others() {
        let (folder, home) = home();
        let own = [home.store(), home.state(), home.lock(), home.logs().join("swf.2026-12-01.log")];
        let others = [home.env_file(), folder.path().join("quotes.txt"), home.var().join(".gitignore")];
        own.iter().chain(&others).for_each(|path| write(path, 0o664));
        // An executable store makes no sense, but swf leaves that bit.
        set_mode(&own[0], 0o755);
        narrow(&home);
        let mode = |path: &PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(own.each_ref().map(mode), [0o700, 0o600, 0o600, 0o600]);
        assert_eq!(others.each_ref().map(mode), [0o664; 3]);
    }
}
