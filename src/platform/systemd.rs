//! systemd notifications (`sd_notify`) of a service of `Type=notify`: ready, alive, stopping, and a status line for
//! `systemctl status`. Without `$NOTIFY_SOCKET` nothing is sent.
//!
//! The tracker's loop orders "alive", and the store's thread sends it between two jobs; there is no timer for it: when
//! either of them hangs, the notifications stop, and systemd restarts the tracker.

use std::time::Duration;

use system::NotifyState;

/// The notifications; see the module's docs.
#[derive(Debug)]
pub struct Service {
    /// The status that was sent last.
    status: String,
}

impl Service {
    pub fn new() -> Service {
        Service { status: String::new() }
    }

    /// How often systemd expects [`notify_alive`]: half of its timeout. `None` if it expects none.
    pub fn interval(&self) -> Option<Duration> {
        system::timeout().map(|timeout| timeout / 2)
    }

    /// The settings are valid, the store is whole, and the loop begins. This needs no network.
    pub fn ready(&mut self) {
        system::notify(NotifyState::Ready);
    }

    /// Sends the status line if it has changed. A line break in `text`, which may come from other people, must not begin
    /// another notification.
    pub fn status(&mut self, text: &str) {
        let text = crate::domain::text::clean(text);
        if text != self.status {
            system::notify(NotifyState::Status(&text));
            self.status = text;
        }
    }

    /// The tracker begins to stop.
    pub fn stopping(&mut self) {
        system::notify(NotifyState::Stopping);
    }
}

/// The process does its work. To be sent by the work itself: see the module's docs.
pub fn notify_alive() {
    system::notify(NotifyState::Watchdog);
}

impl Default for Service {
    fn default() -> Service {
        Service::new()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::time::Duration;

    pub use sd_notify::NotifyState;

    pub fn timeout() -> Option<Duration> {
        sd_notify::watchdog_enabled()
    }

    pub fn notify(state: NotifyState) {
        if let Err(error) = sd_notify::notify(std::slice::from_ref(&state)) {
            // The tracker does not depend on it; systemd handles missing notifications.
            tracing::debug!("cannot notify systemd ({state}): {error}");
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::time::Duration;

    #[allow(dead_code, reason = "there is no systemd to read it")]
    pub enum NotifyState<'a> {
        Ready,
        Watchdog,
        Status(&'a str),
        Stopping,
    }

    pub fn timeout() -> Option<Duration> {
        None
    }

    pub fn notify(_: NotifyState) {}
}
