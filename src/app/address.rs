//! The address in the stored login string: it is kept where Telegram answers (rules §3.14).

use secrecy::ExposeSecret;

use crate::config::secrets::{self, SecretStore};
use crate::config::{Config, Source};
use crate::error::Result;
use crate::telegram::LoginString;

const SETTING: &str = "TG_STRING_SESSION";

/// Stores the address of `string` where the login string is stored, and logs that. A failure is only logged: the next
/// process finds the address by itself.
pub fn keep(config: &Config, string: &LoginString) {
    match store(config, string) {
        Ok(Some(place)) => {
            let place = place.words(config.home());
            tracing::info!("Telegram answers at {}; that address is now in the login string in {place}", string.address);
        }
        Ok(None) => {}
        Err(error) => tracing::warn!("the address {} can't be stored: {}", string.address, error.message()),
    }
}

/// Where it was stored; `None` if the string is not swf's to change: it comes from elsewhere, is another login by now, or
/// is not in Telethon's form.
fn store(config: &Config, string: &LoginString) -> Result<Option<SecretStore>> {
    let mut config = config.clone();
    config.reload()?;
    let (stored, place) = match config.credentials.source(SETTING)? {
        Some(Source::File) => (config.credentials.session()?, SecretStore::File),
        // Not what the keyring has answered before.
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
