//! Reads the store for answers in the chat, outside the thread that writes it. So facts are written in time however
//! many people ask.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::app::chat::recent::Recent;
use crate::error::{Error, Result};
use crate::platform::fs::FileId;
use crate::store::{Access, Store};

/// After this long without a job, the store is closed and its memory is freed.
const IDLE: Duration = Duration::from_secs(60);

type Job = Box<dyn FnOnce(Result<(&Store, &mut Recent)>) + Send>;

/// A thread with a connection of its own, which never writes. It starts with the first job.
pub(super) struct ReadThread {
    path: PathBuf,
    jobs: Mutex<Option<Sender<Job>>>,
}

impl ReadThread {
    pub(super) fn new(path: PathBuf) -> ReadThread {
        ReadThread { path, jobs: Mutex::new(None) }
    }

    /// Runs `job` after the jobs before it.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Store, &mut Recent) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, answer) = oneshot::channel();
        self.send(Box::new(move |opened| {
            let _ = sender.send(opened.and_then(|(store, recent)| job(store, recent)));
        }))?;
        answer.await.unwrap_or_else(|_| Err(Error::failed("reading the store crashed; see the log")))
    }

    fn send(&self, job: Job) -> Result<()> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match &*jobs {
            None => job,
            Some(sender) => match sender.send(job) {
                Ok(()) => return Ok(()),
                // A job has panicked; the panic is in the log.
                Err(unsent) => unsent.0,
            },
        };
        let (sender, queue) = channel();
        let path = self.path.clone();
        let thread = std::thread::Builder::new().name("read".into()).spawn(move || work(&path, &queue));
        thread.map_err(|error| Error::failed(format!("no thread to read the store can be started: {error}")))?;
        // The new thread waits for its first job.
        let _ = sender.send(job);
        *jobs = Some(sender);
        Ok(())
    }
}

/// An open store, the id of its file, and recently computed results.
struct Opened {
    store: Store,
    file: Option<FileId>,
    recent: Recent,
}

fn work(path: &std::path::Path, queue: &Receiver<Job>) {
    let mut opened: Option<Opened> = None;
    loop {
        let job = match queue.recv_timeout(IDLE) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => {
                opened = None;
                match queue.recv() {
                    Ok(job) => job,
                    Err(_) => return,
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let file = FileId::at(path).ok().flatten();
        // The store may have been replaced by another one.
        opened = opened.filter(|opened| opened.file == file);
        if opened.is_none() {
            match Store::open(path, Access::Read) {
                Ok(store) => opened = Some(Opened { store, file, recent: Recent::default() }),
                Err(error) => {
                    job(Err(error));
                    continue;
                }
            }
        }
        if let Some(Opened { store, recent, .. }) = &mut opened {
            job(Ok((store, recent)));
        }
    }
}
