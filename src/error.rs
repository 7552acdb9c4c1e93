//! Errors a user can cause or meet, and the exit codes that scripts rely on.

use std::fmt;

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
#[derive(Debug)]
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
