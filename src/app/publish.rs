//! Whether a website receives the boards of a group's posts, and how it is reached. [`crate::app::sender`] sends them;
//! posting never waits for it.

use crate::config::{Config, Credentials};
use crate::error::Result;
use crate::web::client::{self, Exporter};

/// The settings of the web export of the chosen group; nothing is asked of the keyring.
pub fn settings(config: &Config) -> client::Settings {
    let has_secret = config.credentials.source(client::SECRET).is_ok_and(|source| source.is_some());
    let is_first = config.group().label == config.settings.groups[0].label;
    client::Settings::parse(|name| config.raw_group().get(name), has_secret, is_first)
}

/// The way to the website; `None` if the export is off.
pub fn exporter(settings: &client::Settings, credentials: &Credentials) -> Result<Option<Exporter>> {
    Exporter::new(settings, || credentials.secret(client::SECRET), || credentials.proxies())
}
