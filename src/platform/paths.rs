//! The files of a home.

use std::path::{Path, PathBuf};

/// The folder that holds all files (rules §5).
#[derive(Clone, Debug)]
pub struct Home(pub(crate) PathBuf);

impl Home {
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of swf's own files.
    pub fn var(&self) -> PathBuf {
        self.0.join("var")
    }

    pub fn store(&self) -> PathBuf {
        self.var().join("study.db")
    }

    /// The daily backups of the store.
    pub fn backups(&self) -> PathBuf {
        self.var().join("backup")
    }

    pub fn logs(&self) -> PathBuf {
        self.var().join("log")
    }

    /// The lock of the tracker that runs on this store.
    pub fn lock(&self) -> PathBuf {
        self.var().join("track.lock")
    }

    /// The bot's login string, once it has signed in.
    pub fn bot_session(&self) -> PathBuf {
        self.var().join("bot.session")
    }

    /// The key that signs logins to the pages.
    pub fn web_key(&self) -> PathBuf {
        self.var().join("web.key")
    }

    /// The people who were forgotten, as keyed hashes. They are applied to every copy of the store that is restored.
    pub fn forgotten(&self) -> PathBuf {
        self.var().join("forgotten")
    }

    /// Creating this file requests a post now in the first group, as with the old tracker.
    pub fn post_now_flag(&self) -> PathBuf {
        self.0.join("post_now.flag")
    }

    /// Creating this file requests a post now in the group of this name in `groups.toml`.
    pub fn post_now_flag_of(&self, label: &str) -> PathBuf {
        self.0.join(format!("post_now.{label}.flag"))
    }

    /// The state file that other programs read.
    pub fn state(&self) -> PathBuf {
        self.0.join("tracker_state.json")
    }

    pub fn env_file(&self) -> PathBuf {
        self.0.join(".env.local")
    }

    /// The groups, if there are several.
    pub fn groups_file(&self) -> PathBuf {
        self.0.join("groups.toml")
    }

    /// The names of the secrets that are kept in the keyring.
    pub fn keyring_names(&self) -> PathBuf {
        self.var().join("keyring")
    }
}
