//! The server of `swf web serve` and `swf track --web`: its content, and how it runs in a tracker's process.

use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::pages::StorePages;
use super::web::StoreBoards;
use crate::app::health::HomeHealth;
use crate::app::login_link;
use crate::commands::runtime;
use crate::config::Config;
use crate::domain::visibility::Visibility;
use crate::error::{Error, Result};
use crate::platform::state_file::{WebServer, WebState};
use crate::web::{self, Content, Front, PageSite, Rules, Server};

/// Where the server listens by default.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// How often the server checks whether the settings have changed.
const SETTINGS_INTERVAL: Duration = Duration::from_secs(5);
/// How long to wait before a failed server in a tracker's process is started again.
const RETRY_DELAY: Duration = Duration::from_secs(30);

pub fn address(text: &str) -> std::result::Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "it must be an IP address and a port, e.g. 127.0.0.1:8080 or [::1]:8080")
}

/// Who may send requests to the server that listens on `listen`.
///
/// # Errors
/// As [`Rules::new`], or a secret can't be read.
pub fn rules(config: &Config, listen: SocketAddr, open: bool) -> Result<Rules> {
    let secret = config.credentials.secret(web::SECRET)?;
    let file = config.home().env_file();
    Rules::new(|name| config.raw.get(name), secret, &file, listen, open, login_link::now())
}

/// The content of the server's answers.
pub fn content(config: &Config) -> Content {
    let groups = config.settings.groups.clone();
    Content {
        groups: groups.iter().map(|group| group.label.clone()).collect(),
        health: Box::new(HomeHealth(config.home().clone())),
        pages: pages(config),
        boards: Box::new(StoreBoards::new(config.home().clone(), groups)),
    }
}

/// `None` if the pages of all groups are off. Without a key, there are pages, but nobody can log in.
fn pages(config: &Config) -> Option<PageSite> {
    let has = |visibility| config.settings.groups.iter().any(|group| group.web == visibility);
    let is_public = has(Visibility::Public);
    if !is_public && !has(Visibility::Private) {
        return None;
    }
    let signer = login_link::signer(config).inspect_err(|error| tracing::error!("nobody can log in: {error}")).ok();
    let address = Front::read(|name| config.raw.get(name)).ok().and_then(|front| front.base().map(str::to_owned));
    let pages = StorePages::new(config.home().clone(), config.settings.groups.clone()).with_address(address);
    Some(PageSite {
        pages: Box::new(pages),
        is_public,
        signer,
        language: config.settings.groups[0].language,
        clock: login_link::now,
    })
}

/// Serves in a tracker's process until `stop`, on a thread of its own. A failure of the server does not stop the
/// tracker: the server is started again, and `state` names the problem.
///
/// # Errors
/// The settings are wrong. The tracker does not start then.
pub fn serve_beside(config: &Config, listen: SocketAddr, state: WebState, stop: CancellationToken) -> Result<()> {
    rules(config, listen, false)?;
    let (mut config, mut listen) = (config.clone(), listen);
    let thread = std::thread::Builder::new().name("web".into());
    let work = move || {
        while !stop.is_cancelled() {
            let attempt = AssertUnwindSafe(|| serve_until(&mut config, &mut listen, &state, &stop));
            let end = catch_unwind(attempt).unwrap_or_else(|_| Err(Error::failed("the server has a bug")));
            // Without an error, the settings have changed: start again with them.
            let Err(error) = end else { continue };
            tracing::error!("the pages are not served: {error}");
            state.set(WebServer { address: listen.to_string(), problem: Some(error.brief()) });
            // If the runtime can't be created, `block_on` returns at once without waiting.
            let waited = runtime::block_on(async { tokio::time::timeout(RETRY_DELAY, stop.cancelled()).await });
            if waited.is_err() {
                std::thread::sleep(RETRY_DELAY);
            }
        }
    };
    thread.spawn(work).map(drop).map_err(|error| Error::failed(format!("can't start a thread: {error}")))
}

/// Serves until `stop`, until the settings have changed, or until the server fails. Keeps a port that the system chose.
fn serve_until(config: &mut Config, listen: &mut SocketAddr, state: &WebState, stop: &CancellationToken) -> Result<()> {
    let rules = rules(config, *listen, false)?;
    if let Some(warning) = rules.warning() {
        tracing::warn!("{warning}");
    }
    runtime::block_on(async {
        let server = Server::bind(*listen, rules, content(config)).await?;
        *listen = server.address();
        tracing::info!("listening on http://{listen}");
        state.set(WebServer { address: listen.to_string(), problem: None });
        let end = stop.child_token();
        let mut running = std::pin::pin!(server.run(&end));
        tokio::select! {
            () = running.as_mut() => return Ok(()),
            () = await_change(config) => end.cancel(),
        }
        // Let the server finish the requests that are under way.
        running.await;
        Ok(())
    })?
}

/// Waits until the settings have changed, and reads them. Ignores wrong settings, which the tracker logs.
async fn await_change(config: &mut Config) {
    loop {
        tokio::time::sleep(SETTINGS_INTERVAL).await;
        if config.settings.have_changed() && config.reload().is_ok() {
            return;
        }
    }
}

/// Binds the server to a socket that systemd has opened, or else to `listen`.
pub async fn bind(socket: Option<TcpListener>, listen: SocketAddr, rules: Rules, content: Content) -> Result<Server> {
    match socket {
        Some(socket) => Server::take(socket, rules, content),
        None => Server::bind(listen, rules, content).await,
    }
}
