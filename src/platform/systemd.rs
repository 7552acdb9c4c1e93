//! What systemd hears of a tracker that it started as a service of `Type=notify`: ready, alive, stopping, and a line for
//! `systemctl status`. Where nobody listens (`$NOTIFY_SOCKET` is not set), nothing is said.
//!
//! "Alive" is said by the tracker's loop itself, as it turns, never by a timer or a thread of its own: a loop that hangs
//! falls silent, and systemd starts the tracker anew.

use std::time::Duration;

/// See the module's docs. Instants of `now` are of a clock that does not jump.
#[derive(Debug)]
pub struct Service {
    /// How often systemd wants to hear that the tracker lives; half of its patience.
    every: Option<Duration>,
    said: Option<Duration>,
    status: String,
}

impl Service {
    /// As the environment says, which systemd sets.
    pub fn new() -> Service {
        Service { every: system::patience().map(|patience| patience / 2), said: None, status: String::new() }
    }

    /// The settings are right, the store is whole, and the loop begins. A network is not needed for that.
    pub fn ready(&mut self) {
        system::notify("READY=1");
    }

    /// The loop has turned.
    pub fn turned(&mut self, now: Duration) {
        let due = self.every.filter(|every| self.said.is_none_or(|said| now >= said + *every));
        if due.is_some() {
            self.said = Some(now);
            system::notify("WATCHDOG=1");
        }
    }

    /// One line of what it does. `text` may hold what others wrote: no line of it may become a word to systemd.
    pub fn status(&mut self, text: &str) {
        let text = crate::domain::text::clean(text);
        if text != self.status {
            system::notify(&format!("STATUS={text}"));
            self.status = text;
        }
    }

    /// The end has begun.
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

    pub fn patience() -> Option<Duration> {
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

    pub fn patience() -> Option<Duration> {
        None
    }

    pub fn notify(_: &str) {}
}
