//! Whether a website receives the boards of the posts, and how it is reached. [`crate::app::sender`] sends them; posting
//! never waits for it.

use crate::config::{Credentials, RawSettings};
use crate::error::Result;
use crate::web::client::{self, Exporter};

/// The settings of the web export; nothing is asked of the keyring.
pub fn settings(raw: &RawSettings, credentials: &Credentials) -> client::Settings {
    let has_secret = credentials.source(client::SECRET).is_ok_and(|source| source.is_some());
    client::Settings::parse(|name| raw.get(name), has_secret)
}

/// The way to the website; `None` if the export is off.
pub fn exporter(settings: &client::Settings, credentials: &Credentials) -> Result<Option<Exporter>> {
    Exporter::new(settings, || credentials.secret(client::SECRET), || credentials.proxies())
}
