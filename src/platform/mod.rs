//! The operating system: clock, paths, owners of files, the process, lock, state file, shell, systemd, log files, zone
//! files, folders of fonts.

pub mod clock;
pub mod fs;
pub mod lock;
pub mod logging;
pub mod own_folder;
pub mod paths;
pub mod process;
pub mod sealed;
pub mod shell;
pub mod state_file;
pub mod system_fonts;
pub mod systemd;
pub mod trust;
pub mod zone_data;
