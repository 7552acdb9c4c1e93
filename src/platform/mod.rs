//! The operating system: clock, paths, lock, state file, systemd, log files, zone files.

pub mod clock;
pub mod fs;
pub mod lock;
pub mod logging;
pub mod paths;
pub mod state_file;
pub mod systemd;
pub mod zone_data;
