//! Whether a website receives the boards of a group's posts, and the connection to it. [`crate::app::sender`] sends the
//! boards; posting never waits for the website.

use secrecy::SecretString;

use crate::config::{Config, Credentials};
use crate::domain::proxy::Proxies;
use crate::error::{Error, Result};
use crate::web::client::{self, Exporter};

/// The settings of the web export of the chosen group. Does not use the keyring.
pub fn settings(config: &Config) -> client::Settings {
    let has_secret = config.credentials.source(client::SECRET).is_ok_and(|source| source.is_some());
    let is_first = config.group().label == config.settings.groups[0].label;
    client::Settings::parse(|name| config.raw_group().get(name), has_secret, is_first)
}

/// The exporter to the website; `None` if the export is off.
pub fn exporter(settings: &client::Settings, credentials: &Credentials) -> Result<Option<Exporter>> {
    Exporter::new(settings, || credentials.secret(client::SECRET), || credentials.proxies())
}

/// What is wrong with the settings of the web export of the chosen group; `None` if they are right, or it is off. Does
/// not use the keyring.
pub fn problem(config: &Config) -> Option<Error> {
    let settings = settings(config);
    let kept = || settings.has_secret().then_some("in the keyring");
    let secret = config.raw.get(client::SECRET).or_else(kept).map(SecretString::from);
    // The proxies are settings of their own.
    Exporter::new(&settings, || Ok(secret), || Ok(Proxies::default())).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_groups_the_first_is_exported_and_those_with_an_address() {
        let home = tempfile::tempdir().unwrap();
        let [enabled, url, secret, _] = client::NAMES;
        let settings = format!("{enabled}=on\n{url}=https://site.example\n{secret}=hush\n");
        std::fs::write(home.path().join(".env.local"), settings).unwrap();
        let wanted = || {
            let config = Config::load(Some(home.path().to_owned()), home.path(), []).unwrap();
            config.each_group().map(|config| super::settings(&config).is_wanted()).collect::<Vec<_>>()
        };
        assert_eq!(wanted(), [true], "without a groups.toml");
        let groups = "[[group]]\nname = 'a'\nid = -1001\n[[group]]\nname = 'b'\nid = -1002\n\
                      [[group]]\nname = 'c'\nid = -1003\nexport_url = 'https://own.example'\n";
        std::fs::write(home.path().join("groups.toml"), groups).unwrap();
        assert_eq!(wanted(), [true, false, true]);
    }
}
