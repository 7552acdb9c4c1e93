//! The async runtime for the network requests of commands.

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Kind, Result};
use crate::telegram::panics;

/// A runtime with threads of its own, which a blocked caller does not stop.
pub fn new(threads: usize) -> Result<Runtime> {
    panics::keep_off_the_terminal();
    let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    runtime.map_err(|error| Error::new(Kind::Failed, format!("can't start threads: {error}")).caused_by(error))
}

/// Runs `work` to its end. Drops tasks that are left then, without waiting for them: the Telegram library may hang.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T> {
    let runtime = new(1)?;
    let end = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(end)
}
