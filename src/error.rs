//! Errors as users see them, and the exit codes that scripts rely on.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The exit codes (rules §5). Success, and "nothing to do", is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1: the command failed.
    Failed,
    /// 1: the disk or the file cannot be written now: it is full or read-only. A retry may succeed.
    Unwritable,
    /// 1: the store is damaged.
    Damaged,
    /// 2: wrong usage.
    Usage,
    /// 3: a check found a problem.
    Found,
    /// 75: temporary; a retry may succeed: network, flood wait, lock held.
    Temporary,
    /// 78: the configuration or the login is missing or wrong.
    Config,
}

impl Kind {
    pub fn code(self) -> u8 {
        match self {
            Kind::Failed | Kind::Unwritable | Kind::Damaged => 1,
            Kind::Usage => 2,
            Kind::Found => 3,
            Kind::Temporary => 75,
            Kind::Config => 78,
        }
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    Text(String),
    /// A command line of swf that can be pasted, printed as `before: swf …`.
    Command {
        /// What the command is for; may be empty.
        before: String,
        /// Begins with `swf `.
        command: String,
    },
}

impl Hint {
    pub fn text(text: impl Into<String>) -> Hint {
        Hint::Text(text.into())
    }

    pub fn command(before: impl Into<String>, command: impl Into<String>) -> Hint {
        Hint::Command { before: before.into(), command: command.into() }
    }

    /// Inserts `--home` into a command that names no home itself. `home` is quoted for a shell.
    pub fn with_home(self, home: &str) -> Hint {
        match self {
            Hint::Command { before, command } => match command.strip_prefix("swf ") {
                Some(rest) if !rest.starts_with("--home ") => {
                    Hint::Command { before, command: format!("swf --home {home} {rest}") }
                }
                _ => Hint::Command { before, command },
            },
            text => text,
        }
    }
}

impl Hint {
    /// Adds `--group` to a command whose subcommand is one of `takes` and that names no group itself.
    pub fn with_group(self, group: &str, takes: &[&str]) -> Hint {
        let lacks = |command: &str| {
            let mut words = command.split(' ').skip(1);
            words.next().is_some_and(|subcommand| takes.contains(&subcommand)) && !words.any(|word| word == "--group")
        };
        match self {
            Hint::Command { before, command } if lacks(&command) => {
                Hint::Command { before, command: format!("{command} --group {group}") }
            }
            hint => hint,
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::Text(text) => f.write_str(text),
            Hint::Command { before, command } if before.is_empty() => f.write_str(command),
            Hint::Command { before, command } => write!(f, "{before}: {command}"),
        }
    }
}

/// Quotes a path for a shell: for PowerShell on Windows, and for a POSIX shell elsewhere. A path that needs no quotes
/// stays as it is.
pub fn shell_quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_-.:".contains(c) || (cfg!(windows) && c == '\\');
    if !text.is_empty() && text.chars().all(is_plain) { text } else { single_quoted(path) }
}

/// As [`shell_quoted`], always in single quotes: a shell expands nothing in them.
pub fn single_quoted(path: &Path) -> String {
    // A printed command must be one line and must not move the cursor.
    let text: String = path.display().to_string().chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("'{}'", text.replace('\'', if cfg!(windows) { "''" } else { "'\\''" }))
}

/// A failure, its cause, and what to do next. No part of it may hold a secret.
#[derive(Clone, Debug)]
pub struct Error {
    pub kind: Kind,
    message: String,
    hints: Vec<Hint>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), hints: Vec::new(), cause: None }
    }

    pub fn failed(message: impl Into<String>) -> Error {
        Error::new(Kind::Failed, message)
    }

    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Kind::Usage, message)
    }

    pub fn temporary(message: impl Into<String>) -> Error {
        Error::new(Kind::Temporary, message)
    }

    pub fn config(message: impl Into<String>) -> Error {
        Error::new(Kind::Config, message)
    }

    /// A failed operation on a file or folder. `verb` completes "can't be …": made, read, written.
    pub fn file(path: &Path, verb: &str, error: &io::Error) -> Error {
        use io::ErrorKind as K;
        let (why, hint) = match error.kind() {
            K::NotFound => ("there is no such file or folder".into(), "Check the spelling; the folder must exist."),
            K::IsADirectory => ("it is a folder".into(), "Give a file in it."),
            K::NotADirectory => ("part of the path is a file, not a folder".into(), "Check the spelling."),
            K::PermissionDenied => {
                ("permission denied".into(), "Run swf as the owner of it, or give your user the permission.")
            }
            K::ReadOnlyFilesystem => ("the disk is read-only".into(), "Choose a place that can be written to."),
            K::StorageFull => ("the disk is full".into(), "Free space on the disk, then try again."),
            _ => (error.to_string(), "Check the disk, and the permissions of the folder."),
        };
        let hint = match missing_folder(path) {
            Some(folder) if error.kind() == K::NotFound => {
                format!("There is no folder {}. Check the spelling, or create it.", folder.display())
            }
            _ => hint.to_owned(),
        };
        Error::new(Kind::Unwritable, format!("{} can't be {verb}: {why}", path.display()))
            .hint(hint)
            .caused_by(same_error(error))
    }

    /// A failure whose only message is that of `cause`.
    pub fn from_cause(kind: Kind, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(kind, cause.to_string()).caused_by(cause)
    }

    /// Whether a retry may succeed without any change on this machine.
    pub fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::Unwritable | Kind::Temporary)
    }

    /// What happened, without the hints.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The message with the settings that the hints name, in one line.
    pub fn brief(&self) -> String {
        let is_setting = |word: &&str| {
            word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        let first = |hint: &Hint| {
            let (Hint::Text(text) | Hint::Command { before: text, .. }) = hint;
            text.split([' ', ':']).next().filter(is_setting).map(str::to_owned)
        };
        let names: Vec<String> = self.hints.iter().filter_map(first).collect();
        if names.is_empty() { self.message.clone() } else { format!("{}: {}", self.message, names.join(", ")) }
    }

    /// What to do next.
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }

    /// Replaces each hint by the result of `change`.
    pub fn map_hints(self, change: impl Fn(Hint) -> Hint) -> Error {
        Error { hints: self.hints.into_iter().map(change).collect(), ..self }
    }

    /// Puts `words` in front of the message.
    #[must_use]
    pub fn preceded_by(self, words: &str) -> Error {
        Error { message: format!("{words}{}", self.message), ..self }
    }

    /// Adds a hint. For a command of swf, use [`Error::command`].
    pub fn hint(self, text: impl Into<String>) -> Error {
        self.with_hint(Hint::text(text))
    }

    /// Adds a command to type; see [`Hint::Command`].
    pub fn command(self, before: impl Into<String>, command: impl Into<String>) -> Error {
        self.with_hint(Hint::command(before, command))
    }

    pub fn with_hint(mut self, hint: Hint) -> Error {
        self.hints.push(hint);
        self
    }

    /// Sets what [`std::error::Error::source`] returns.
    pub fn caused_by(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.cause = Some(Arc::new(cause));
        self
    }
}

/// An equal error, because an [`io::Error`] cannot be cloned.
fn same_error(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// The message, and each hint on a line of its own.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

/// The folder of a path, if that folder does not exist.
fn missing_folder(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_home_is_inserted_into_commands_only_and_only_once() {
        let home = |hint: Hint| hint.with_home("/srv/swf").to_string();
        assert_eq!(home(Hint::command("Start with", "swf track")), "Start with: swf --home /srv/swf track");
        assert_eq!(home(Hint::command("", "swf backup")), "swf --home /srv/swf backup");
        assert_eq!(home(Hint::command("", "swf --home /x track")), "swf --home /x track");
        assert_eq!(home(Hint::text("It is in: swf track")), "It is in: swf track");
        assert_eq!(home(Hint::command("Save it", "sqlite3 study.db .recover")), "Save it: sqlite3 study.db .recover");
    }

    /// CASES X15.
    #[cfg(unix)]
    #[test]
    fn a_quoted_path_is_one_word_in_which_nothing_is_expanded() {
        let quoted = |text: &str| shell_quoted(Path::new(text));
        assert_eq!(quoted("/srv/study-2026_12.db"), "/srv/study-2026_12.db");
        assert_eq!(quoted("/srv/$(id)/`id`"), "'/srv/$(id)/`id`'");
        assert_eq!(quoted("/srv/it's"), r"'/srv/it'\''s'");
        assert_eq!(quoted(r"a\b"), r"'a\b'");
        assert_eq!(quoted("~ada"), "'~ada'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\nb\u{1b}[2J"), "'a?b?[2J'");
    }

    #[test]
    fn an_error_prints_its_message_and_a_line_for_each_hint() {
        let error = Error::failed("no store").hint("Nothing is tracked yet.").command("Start with", "swf track");
        assert_eq!(error.to_string(), "no store\n  Nothing is tracked yet.\n  Start with: swf track");
        assert!(error.source().is_none());
    }

    #[test]
    fn a_failed_file_operation_names_the_path_and_keeps_its_cause() {
        let cause = std::fs::read("/nonexistent/file").unwrap_err();
        let error = Error::file(Path::new("/nonexistent/file"), "read", &cause);
        assert!(error.to_string().starts_with("/nonexistent/file can't be read: there is no such file"), "{error}");
        let source: &io::Error = error.source().unwrap().downcast_ref().unwrap();
        assert_eq!((source.kind(), source.raw_os_error()), (cause.kind(), cause.raw_os_error()));
        // The same holds for an error that the operating system did not report, and for a clone.
        let error = Error::file(Path::new("x"), "read", &io::Error::other("odd"));
        let clone = error.clone();
        assert_eq!(clone.source().unwrap().to_string(), "odd");
        assert_eq!(clone.to_string(), error.to_string());
    }
}
