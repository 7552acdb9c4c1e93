//! systemd notifications (`sd_notify`) of a service of `Type=notify`: ready, alive, stopping, and a status line for
//! `systemctl status`. Without `$NOTIFY_SOCKET` nothing is sent.
//!
//! The tracker's loop requests the "alive" notification, and the store's thread sends it between two jobs, without a
//! timer. So if either of them hangs, the notifications stop, and systemd restarts the tracker.

use std::time::Duration;

/// The notifications; see the module's docs.
#[derive(Debug, Default)]
pub struct Service {
    /// The status that was sent last.
    status: String,
}

impl Service {
    /// How often systemd expects [`notify_alive`]: half of its timeout. `None` if it expects none.
    pub fn interval(&self) -> Option<Duration> {
        #[cfg(target_os = "linux")]
        return sd_notify::watchdog_enabled().map(|timeout| timeout / 2);
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// The settings are valid, the store is whole, and the loop begins. This needs no network.
    pub fn ready(&mut self) {
        notify("READY=1");
    }

    /// Sends the status line if it has changed. A line break in `text`, which may come from other people, must not
    /// begin another notification.
    pub fn status(&mut self, text: &str) {
        let text = crate::domain::text::clean(text);
        if text != self.status {
            notify(&format!("STATUS={text}"));
            self.status = text;
        }
    }

    /// The tracker begins to stop.
    pub fn stopping(&mut self) {
        notify("STOPPING=1");
    }
}

/// The socket that systemd has opened for this process (`swf-web.socket`); `None` if there is none.
pub fn socket() -> std::io::Result<Option<std::net::TcpListener>> {
    #[cfg(target_os = "linux")]
    return listenfd::ListenFd::from_env().take_tcp_listener(0);
    #[cfg(not(target_os = "linux"))]
    Ok(None)
}

/// Notifies systemd that the process works. The work itself must call it: see the module's docs.
pub fn notify_alive() {
    notify("WATCHDOG=1");
}

fn notify(state: &str) {
    #[cfg(target_os = "linux")]
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Custom(state)]) {
        // The tracker does not depend on it; systemd handles missing notifications.
        tracing::debug!("cannot notify systemd ({state}): {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = state;
}
