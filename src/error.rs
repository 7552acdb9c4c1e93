//! Errors a user can cause or meet, and the exit codes that scripts rely on.

use std::fmt;
use std::path::Path;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The exit codes (DESIGN §5). Success, and "nothing to do", is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1: it did not work.
    Failed,
    /// 1: the disk or the file can't be written as things are: no room, read-only. The same may work later.
    Unwritable,
    /// 1: the store is damaged.
    Damaged,
    /// 2: wrong usage.
    Usage,
    /// 3: a check found something.
    Found,
    /// 75: temporary, try again: network, flood wait, lock held.
    Temporary,
    /// 78: configuration or login missing or wrong.
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

/// What went wrong, and what to type next. Never holds a secret.
#[derive(Clone, Debug)]
pub struct Error {
    pub kind: Kind,
    message: String,
    hints: Vec<String>,
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), hints: Vec::new() }
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

    /// That a file or folder can't be `what`: made, read, written.
    pub fn file(path: &Path, what: &str, error: &std::io::Error) -> Error {
        use std::io::ErrorKind as K;
        let (why, hint) = match error.kind() {
            K::NotFound => {
                ("there is no such file or folder".into(), "Check how it is written; a folder must be there.")
            }
            K::NotADirectory => ("part of the path is a file, not a folder".into(), "Check how it is written."),
            K::PermissionDenied => (
                "it is somebody else's, or protected".into(),
                "Run swf as the user to whom it belongs, or give that right to the one who runs it.",
            ),
            K::ReadOnlyFilesystem => ("the disk is read-only".into(), "Name a place that can be written to."),
            K::StorageFull => ("the disk is full".into(), "Make room on the disk, then try again."),
            _ => (error.to_string(), "Check the disk, and the permissions of the folder."),
        };
        Error::new(Kind::Unwritable, format!("{} can't be {what}: {why}", path.display())).hint(hint)
    }

    /// Whether the same may work later, without anything changed here.
    pub fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::Unwritable | Kind::Temporary)
    }

    /// What went wrong, without what to do next.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do next.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// With each line that says what to do next as `change` makes it.
    pub fn map_hints(self, change: impl Fn(String) -> String) -> Error {
        Error { hints: self.hints.into_iter().map(change).collect(), ..self }
    }

    /// Adds a line that says what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::failed(error.to_string())
    }
}
