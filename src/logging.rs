//! The log: `var/log/`, one file a day, two weeks kept; on standard error too where nobody looks at a live view.
//!
//! A thread of its own writes the file: a disk that is full, slow or read-only neither stops nor delays anything but the
//! log, whose lines are then left out.

use std::io::Write;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::Config;
use crate::error::{Error, Result};

/// How many daily files are kept.
const KEPT: usize = 14;

/// Starts the log. `verbosity` counts `-v` minus `-q`; `echo` repeats it on standard error. The last lines are written
/// when what is returned is dropped.
pub fn start(config: &Config, verbosity: i8, echo: bool) -> Result<Option<WorkerGuard>> {
    let own = match verbosity {
        ..=-1 => "warn",
        0 => "info",
        1 => "debug",
        2.. => "trace",
    };
    let default = format!("swf={own},error");
    let text = config.log.as_deref().unwrap_or(&default);
    let filter = |text: &str| {
        EnvFilter::builder().parse(text).map_err(|_| {
            Error::config(format!("SWF_LOG is {text:?}, which is not a log filter"))
                .hint("Allowed are levels and targets, e.g. SWF_LOG=debug or SWF_LOG=swf=debug,warn")
        })
    };
    let folder = config.home.logs();
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("swf")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(&folder)
        .map_err(|error| {
            Error::failed(format!("{} can't be written: {error}", folder.display()))
                .hint("Check that there is room on the disk, that it is not read-only, and that you may write there.")
        })?;
    let (files, guard) = tracing_appender::non_blocking(files);
    let file = fmt::layer().with_ansi(false).with_writer(files).with_filter(filter(text)?);
    let echo = match echo {
        true => Some(
            fmt::layer().with_ansi(false).with_target(false).with_writer(std::io::stderr).with_filter(filter(text)?),
        ),
        false => None,
    };
    // A second command in one process, as in the demo, goes on with the first one's log.
    if tracing_subscriber::registry().with(file).with(echo).try_init().is_err() {
        return Ok(None);
    }
    // A malformed server message can panic the library's task; the tracker rebuilds the connection, and the place
    // belongs into the log, not into the middle of the live view. The message itself may quote what was read.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
        if std::thread::current().name() == Some("main") {
            let _ = writeln!(std::io::stderr(), "swf: this is a bug of swf, at {place}; please report it");
        }
    }));
    Ok(Some(guard))
}
