//! The async runtime that commands run their network work on.

use std::sync::Once;

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Kind, Result};

/// A runtime with threads of its own, which a blocked caller does not stop.
pub fn new(threads: usize) -> Result<Runtime> {
    silence_library();
    let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    runtime.map_err(|error| Error::new(Kind::Failed, format!("can't start threads: {error}")).caused_by(error))
}

/// Runs `work` to its end. Tasks that it has left behind are dropped, not awaited: the Telegram library may hang.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T> {
    let runtime = new(1)?;
    let end = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(end)
}

/// A broken message of a server can panic the Telegram library. The request then fails, which says enough to the user;
/// the place goes into the log.
fn silence_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match panic.location() {
            Some(place) if place.file().contains("grammers-") => {
                tracing::error!(%place, "the Telegram library panicked")
            }
            _ => others(panic),
        }));
    });
}
