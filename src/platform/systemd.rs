//! systemd notifications (`sd_notify`) of a service of `Type=notify`: ready, alive, stopping, and a line for
//! `systemctl status`. Without `$NOTIFY_SOCKET` nothing is sent.
//!
//! "Alive" is sent by the tracker's loop itself, as it turns, never by a timer or a thread of its own: when the loop
//! hangs, the notifications stop, and systemd starts the tracker anew.

use std::time::Duration;

/// See the module's docs.
#[derive(Debug)]
pub struct Service {
    status: String,
}

impl Service {
    pub fn new() -> Service {
        Service { status: String::new() }
    }

    /// How often systemd expects [`Service::alive`]: half of its timeout. `None` if it expects none.
    pub fn interval(&self) -> Option<Duration> {
        system::timeout().map(|timeout| timeout / 2)
    }

    /// The settings are right, the store is whole, and the loop begins. A network is not needed for that.
    pub fn ready(&mut self) {
        system::notify("READY=1");
    }

    /// The loop has turned.
    pub fn alive(&mut self) {
        system::notify("WATCHDOG=1");
    }

    /// One line of what it does. `text` may hold what others wrote: no line of it may become a notification of its own.
    pub fn status(&mut self, text: &str) {
        let text = crate::domain::text::clean(text);
        if text != self.status {
            system::notify(&format!("STATUS={text}"));
            self.status = text;
        }
    }

    /// The tracker begins to stop.
    pub fn stopping(&mut self) {
        system::notify("STOPPING=1");
    }
}

impl Default for Service {
    fn default() -> Service {
        Service::new()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::time::Duration;

    use sd_notify::NotifyState;

    pub fn timeout() -> Option<Duration> {
        sd_notify::watchdog_enabled()
    }

    pub fn notify(state: &str) {
        if let Err(error) = sd_notify::notify(&[NotifyState::Custom(state)]) {
            // Nothing hangs on it but what systemd makes of silence.
            tracing::debug!("systemd can't be told {state:?}: {error}");
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::time::Duration;

    pub fn timeout() -> Option<Duration> {
        None
    }

    pub fn notify(_: &str) {}
}
