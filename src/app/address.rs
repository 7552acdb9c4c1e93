//! Stores in the login string the address at which Telegram answers (rules §3.14).

use secrecy::ExposeSecret;

use crate::config::secrets::{self, SecretStore};
use crate::config::{Config, Source};
use crate::error::Result;
use crate::telegram::LoginString;

const SETTING: &str = "TG_STRING_SESSION";

/// Replaces the address in the stored login string by that of `string`, and logs it. A failure is only logged: the next
/// process finds the address again.
pub fn keep(config: &Config, string: &LoginString) {
    match store(config, string) {
        Ok(Some(place)) => {
            let place = place.words(config.home());
            tracing::info!(
                "Telegram answers at {}; that address is now in the login string in {place}",
                string.address
            );
        }
        Ok(None) => {}
        Err(error) => tracing::warn!("the address {} can't be stored: {}", string.address, error.message()),
    }
}

/// Returns where the address was stored; `None` if swf must not change the stored string: it comes from elsewhere, is
/// another login by now, or is not in Telethon's form.
fn store(config: &Config, string: &LoginString) -> Result<Option<SecretStore>> {
    let mut config = config.clone();
    config.reload()?;
    let (stored, place) = match config.credentials.source(SETTING)? {
        Some(Source::File) => (config.credentials.session()?, SecretStore::File),
        // Read the keyring again; `credentials` has its earlier answer.
        Some(Source::Keyring) => (Some(secrets::from_keyring(config.home(), SETTING)?), SecretStore::Keyring),
        _ => return Ok(None),
    };
    let is_own = stored.is_some_and(|stored| {
        LoginString::parse(&stored).is_ok_and(|parsed| {
            parsed.is_same_login(string)
                && parsed.address != string.address
                && parsed.print().expose_secret() == stored.expose_secret().trim()
        })
    });
    if !is_own {
        return Ok(None);
    }
    secrets::store(config.home(), SETTING, &string.print(), place)?;
    Ok(Some(place))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn string(address: &str, key: u8) -> LoginString {
        LoginString::new(2, address.parse::<SocketAddr>().unwrap(), [key; 256])
    }

    const OLD: &str = "203.0.113.7:443";
    const NEW: &str = "[2001:db8::1]:443";

    /// The settings after the address [`NEW`] was stored. They were `before` when swf read them, and `meanwhile` when
    /// it stored the address.
    fn after(before: &str, meanwhile: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env.local");
        std::fs::write(&file, before).unwrap();
        let home = folder.path().to_owned();
        let config = Config::load(Some(home.clone()), &home, Vec::<(String, String)>::new()).unwrap();
        std::fs::write(&file, meanwhile).unwrap();
        keep(&config, &string(NEW, 1));
        std::fs::read_to_string(&file).unwrap()
    }

    /// CASES T8.
    #[test]
    fn only_the_address_of_the_same_login_is_changed() {
        let line =
            |string: &LoginString| format!("# mine\nTG_STRING_SESSION={}\nSWF_TOP=3\n", string.print().expose_secret());
        let (old, new) = (line(&string(OLD, 1)), line(&string(NEW, 1)));
        assert_eq!(after(&old, &old), new);
        // The settings have changed meanwhile: another login, no login, or a login in another form.
        let quoted = old.replace("SESSION=", "SESSION=\u{201c}").replace("\nSWF", "\u{201d}\nSWF");
        for other in [line(&string(OLD, 2)), "SWF_TOP=3\n".to_owned(), quoted] {
            assert_eq!(after(&old, &other), other);
        }
    }
}
