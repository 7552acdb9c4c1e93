//! Links that log a browser in to the pages (rules §5.11), and the key that signs them. The key's file, `var/web.key`,
//! is the only file that a command which only reads may create.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::Path;

use crate::app::groups;
use crate::config::{Config, Home};
use crate::domain::Instant;
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::fs::{Part, own_file};
use crate::platform::state_file::State;
use crate::web::login::{KEY_BYTES, Nonce, Signer};
use crate::web::viewer::Grant;
use crate::web::{Front, session_version};

const DEFAULT_BASE: &str = "http://localhost:8080";

/// The time for making and checking links: that of this computer.
pub fn now() -> Instant {
    Clock::new(0).system()
}

/// The signer of the links and logins of this home. Makes the key if there is none.
///
/// # Errors
/// `SESSION_VERSION` is wrong (78), or the key can't be read or made (1).
pub fn signer(config: &Config) -> Result<Signer> {
    let version = session_version(|name| config.raw.get(name))?;
    Ok(Signer::new(key(config.home())?, version))
}

/// A link that gives `grant` once, within 10 minutes. Until then it is a secret: show it only to its user.
///
/// # Errors
/// As [`signer`], or `SWF_WEB_URL` is wrong (78).
pub fn link(config: &Config, grant: Grant) -> Result<String> {
    let front = Front::read(|name| config.raw.get(name))?;
    let base = front.base().map_or_else(|| local_base(config.home()), str::to_owned);
    signed(config, &base, grant)
}

/// Whether there is an address of the pages for browsers of other computers (`SWF_WEB_URL`).
pub fn has_pages(config: &Config) -> Result<bool> {
    Ok(Front::read(|name| config.raw.get(name))?.base().is_some())
}

/// As [`link`], for browsers of other computers; `None` if there is no address for them (`SWF_WEB_URL`).
///
/// # Errors
/// As [`link`].
pub fn public_link(config: &Config, grant: Grant) -> Result<Option<String>> {
    let front = Front::read(|name| config.raw.get(name))?;
    front.base().map(|base| signed(config, base, grant)).transpose()
}

fn signed(config: &Config, base: &str, grant: Grant) -> Result<String> {
    let mut nonce = Nonce::default();
    fill(&mut nonce)?;
    Ok(format!("{base}/login?t={}", signer(config)?.link(grant, now(), nonce)))
}

/// The address of a server on this computer: of the one that runs in the tracker, else the default address.
fn local_base(home: &Home) -> String {
    let server = State::read(home).and_then(|state| state.web).filter(|_| groups::is_tracked(home));
    match server.and_then(|server| server.address.parse::<SocketAddr>().ok()) {
        // The server listens on all addresses of this computer.
        Some(address) if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
        Some(address) => format!("http://{address}"),
        None => DEFAULT_BASE.to_owned(),
    }
}

/// Fills `bytes` with random numbers.
pub(super) fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::failed(format!("the system gives no random numbers: {error}")))
}

fn key(home: &Home) -> Result<[u8; KEY_BYTES]> {
    let path = home.web_key();
    if let Some(key) = read(&path)? {
        return Ok(key);
    }
    let mut key = [0; KEY_BYTES];
    fill(&mut key)?;
    match place(home, &path, &key) {
        Ok(()) => Ok(key),
        // Another process was faster: use its key.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(&path)?.ok_or_else(|| Error::file(&path, "read", &ErrorKind::NotFound.into()))
        }
        Err(error) => Err(Error::file(&path, "made", &error)),
    }
}

/// Writes the key's file atomically. Fails if the file exists.
fn place(home: &Home, path: &Path, key: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(home.var())?;
    let part = Part::new(&home.var(), ".web.key.", ".part")?;
    let mut file = own_file().write(true).open(part.path())?;
    file.write_all(key)?;
    file.sync_all()?;
    drop(file);
    part.place_new(path)
}

/// Reads the key; `None` if there is none. A symbolic link is not followed.
fn read(path: &Path) -> Result<Option<[u8; KEY_BYTES]>> {
    let failed = |error: std::io::Error| Error::file(path, "read", &error);
    let file = match own_file().read(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    let mut bytes = Vec::new();
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    let key = bytes.try_into().map_err(|_| {
        let damaged = format!("{} is damaged: it does not have {KEY_BYTES} bytes", path.display());
        Error::failed(damaged).hint("Remove it. A new one is made, and everybody has to log in again.")
    })?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::lock::Lock;
    use crate::platform::state_file::WebServer;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        (folder, home)
    }

    #[test]
    fn the_key_is_made_once_and_stays() {
        let (_folder, home) = home();
        let first = key(&home).unwrap();
        assert_eq!(key(&home).unwrap(), first);
        assert_eq!(std::fs::read(home.web_key()).unwrap(), first);
        assert_ne!(first, [0; KEY_BYTES]);
        let names = std::fs::read_dir(home.var()).unwrap().count();
        assert_eq!(names, 1, "no part is left");
        // If two processes make the key at the same time, the first one's is used.
        let error = place(&home, &home.web_key(), &[9; KEY_BYTES]).unwrap_err();
        assert_eq!((error.kind(), key(&home).unwrap()), (ErrorKind::AlreadyExists, first));
    }

    #[test]
    fn a_damaged_key_is_an_error_and_is_not_replaced() {
        let (_folder, home) = home();
        std::fs::create_dir(home.var()).unwrap();
        for length in [0, 1, KEY_BYTES - 1, KEY_BYTES + 1, 10_000] {
            std::fs::write(home.web_key(), vec![1; length]).unwrap();
            assert!(key(&home).unwrap_err().message().contains("damaged"), "{length}");
            assert_eq!(std::fs::read(home.web_key()).unwrap().len(), length);
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_key_and_no_link_is_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (folder, home) = home();
        key(&home).unwrap();
        assert_eq!(home.web_key().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::remove_file(home.web_key()).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, home.web_key()).unwrap();
        key(&home).unwrap_err();
        assert!(!elsewhere.exists());
        std::fs::write(&elsewhere, [1; KEY_BYTES]).unwrap();
        key(&home).unwrap_err();
    }

    #[test]
    fn without_an_address_a_link_leads_to_the_server_beside_the_tracker() {
        let (_folder, home) = home();
        std::fs::create_dir(home.var()).unwrap();
        let base = |address: &str| {
            let web = Some(WebServer { address: address.into(), problem: None });
            State { pid: Some(1), web, ..State::default() }.write(&home.state()).unwrap();
            local_base(&home)
        };
        assert_eq!(base("127.0.0.1:9000"), DEFAULT_BASE, "no tracker runs");
        let _lock = Lock::take(&home.lock()).unwrap().unwrap();
        for (address, expected) in [
            ("127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("[::1]:9000", "http://[::1]:9000"),
            ("0.0.0.0:9000", "http://localhost:9000"),
            ("[::]:9000", "http://localhost:9000"),
            ("nonsense", DEFAULT_BASE),
        ] {
            assert_eq!(base(address), expected, "{address}");
        }
    }

    #[test]
    fn a_link_leads_to_the_pages_and_gives_what_was_asked_for() {
        let (folder, _home) = home();
        let config = |vars: &[(&str, &str)]| {
            let vars = vars.iter().map(|(name, value)| (name.to_string(), value.to_string()));
            Config::load(Some(folder.path().to_owned()), folder.path(), vars).unwrap()
        };
        let text = link(&config(&[]), Grant::Owner).unwrap();
        let token = text.strip_prefix("http://localhost:8080/login?t=").unwrap();
        let grant = |config: &Config| {
            let signer = signer(config).unwrap();
            crate::web::login::UsedLinks::new(Instant(0)).check(&signer, token, now())
        };
        assert_eq!(grant(&config(&[])), Ok(Grant::Owner));
        assert!(grant(&config(&[("SESSION_VERSION", "2")])).is_err());
        let named = link(&config(&[("SWF_WEB_URL", "https://study.example/")]), Grant::Owner).unwrap();
        assert!(named.starts_with("https://study.example/login?t="), "{named}");
        assert_ne!(named.split("t=").nth(1), Some(token), "each link is another one");
    }
}
