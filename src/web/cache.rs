//! Boards are computed once for all who ask at the same time, and kept until the store changes.
//!
//! ```text
//! request ─┐
//! request ─┼─► one read ──revision is the same──► the kept answer ─┐
//! request ─┘            └─revision is another──► a new answer ─────┴─► all of them
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use chrono::NaiveDate;
use serde_json::Value;
use tokio::sync::{Semaphore, oneshot};

use crate::domain::time::period::Scope;
use crate::error::Result;

/// How many boards are computed at once: the tracker needs CPU time too.
const MAX_READS: usize = 2;
/// How many answers are kept.
const MAX_KEPT: usize = 1000;
/// The size of all kept answers, in bytes.
const MAX_KEPT_BYTES: usize = 32 << 20;

/// The board that a request asks for; without a date it is the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    pub scope: Scope,
    pub date: Option<NaiveDate>,
}

/// A board, and the revision of all that it was made from: the same revision means the same board.
#[derive(Clone, Debug)]
pub struct Revised {
    pub revision: String,
    pub board: Value,
}

/// Computes a board; it may take a while. Returns `None` if the board still has the revision that is given.
pub type Boards = dyn Fn(Asked, Option<&str>) -> Result<Option<Revised>> + Send + Sync;

/// The answers to requests for boards.
pub(super) struct Answers {
    boards: Arc<Boards>,
    kept: Mutex<Kept>,
    reads: Semaphore,
    /// Who waits for a read that is under way.
    waiting: Mutex<HashMap<Asked, Vec<oneshot::Sender<Option<Bytes>>>>>,
}

impl Answers {
    pub(super) fn new(boards: Arc<Boards>) -> Arc<Answers> {
        let reads = Semaphore::new(MAX_READS);
        Arc::new(Answers { boards, kept: Mutex::default(), reads, waiting: Mutex::default() })
    }

    /// The board as JSON; `None` if it can't be read, which is logged.
    pub(super) async fn get(self: &Arc<Self>, asked: Asked) -> Option<Bytes> {
        let (send, answer) = oneshot::channel();
        let is_first = {
            let mut waiting = lock(&self.waiting);
            let waiting = waiting.entry(asked).or_default();
            waiting.push(send);
            waiting.len() == 1
        };
        if is_first {
            tokio::spawn(Arc::clone(self).answer_all(asked));
        }
        answer.await.ok().flatten()
    }

    async fn answer_all(self: Arc<Self>, asked: Asked) {
        let body = self.read(asked).await;
        for waiting in lock(&self.waiting).remove(&asked).unwrap_or_default() {
            // The client may be gone.
            let _ = waiting.send(body.clone());
        }
    }

    async fn read(self: &Arc<Self>, asked: Asked) -> Option<Bytes> {
        let _turn = self.reads.acquire().await.ok()?;
        let all = Arc::clone(self);
        match tokio::task::spawn_blocking(move || all.read_now(asked)).await {
            Ok(Ok(body)) => Some(body),
            Ok(Err(error)) => {
                tracing::error!("{error}");
                None
            }
            Err(_) => None,
        }
    }

    fn read_now(&self, asked: Asked) -> Result<Bytes> {
        let kept = lock(&self.kept).get(asked);
        let revision = kept.as_ref().map(|(revision, _)| revision.as_str());
        let Some(new) = (self.boards)(asked, revision)? else {
            return Ok(kept.expect("the revision of a kept answer was given").1);
        };
        let body = Bytes::from(format!("{}\n", new.board));
        lock(&self.kept).put(asked, new.revision, body.clone());
        Ok(body)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kept answers, of bounded number and size: those that were not used for longest go first.
#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Asked, KeptAnswer>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct KeptAnswer {
    revision: String,
    body: Bytes,
    /// The number of its last use.
    used: u64,
}

impl Kept {
    /// Revision and body of an answer.
    fn get(&mut self, asked: Asked) -> Option<(String, Bytes)> {
        self.uses += 1;
        let answer = self.answers.get_mut(&asked)?;
        answer.used = self.uses;
        Some((answer.revision.clone(), answer.body.clone()))
    }

    fn put(&mut self, asked: Asked, revision: String, body: Bytes) {
        self.remove(asked);
        if body.len() > MAX_KEPT_BYTES {
            return;
        }
        self.uses += 1;
        self.bytes += body.len();
        self.answers.insert(asked, KeptAnswer { revision, body, used: self.uses });
        while self.bytes > MAX_KEPT_BYTES || self.answers.len() > MAX_KEPT {
            let Some(oldest) = self.answers.iter().min_by_key(|(_, answer)| answer.used) else { break };
            self.remove(*oldest.0);
        }
    }

    fn remove(&mut self, asked: Asked) {
        self.bytes -= self.answers.remove(&asked).map_or(0, |answer| answer.body.len());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use serde_json::json;

    use super::*;
    use crate::error::Error;

    const TODAY: Asked = Asked { scope: Scope::Day, date: None };

    fn on(number: u64) -> Asked {
        Asked { date: Some(NaiveDate::MIN + chrono::Days::new(number)), ..TODAY }
    }

    #[tokio::test]
    async fn requests_at_the_same_time_share_one_answer() {
        let reads = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reads);
        let answers = Answers::new(Arc::new(move |_, _| {
            let revision = count.fetch_add(1, Ordering::SeqCst).to_string();
            Ok(Some(Revised { board: json!({ "read": revision }), revision }))
        }));
        let mut requests: Vec<_> = (0..64).map(|_| Box::pin(answers.get(TODAY))).collect();
        for request in &mut requests {
            assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        let mut bodies = Vec::new();
        for request in requests {
            bodies.push(request.await.unwrap());
        }
        assert!(bodies.iter().all(|body| body == "{\"read\":\"0\"}\n"), "{bodies:?}");
        // One body, not 64 copies of it.
        assert!(bodies.iter().all(|body| body.as_ptr() == bodies[0].as_ptr()));
        assert_eq!(reads.load(Ordering::SeqCst), 1);
        // Whoever asks later is told what holds then.
        assert_eq!(answers.get(TODAY).await.unwrap(), "{\"read\":\"1\"}\n");
    }

    #[tokio::test]
    async fn an_answer_is_kept_until_its_revision_changes() {
        let revision = Arc::new(Mutex::new("a".to_owned()));
        let reads = Arc::new(AtomicUsize::new(0));
        let (now, count) = (Arc::clone(&revision), Arc::clone(&reads));
        let answers = Answers::new(Arc::new(move |_, known| {
            let revision = lock(&now).clone();
            if known == Some(revision.as_str()) {
                return Ok(None);
            }
            if revision == "lost" {
                return Err(Error::failed("no store"));
            }
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Some(Revised { board: json!(revision), revision }))
        }));
        for (now, expected, computed) in [
            ("a", Some("\"a\"\n"), 1),
            ("a", Some("\"a\"\n"), 1),
            ("b", Some("\"b\"\n"), 2),
            ("lost", None, 2),
            ("b", Some("\"b\"\n"), 2),
            ("a", Some("\"a\"\n"), 3),
        ] {
            *lock(&revision) = now.to_owned();
            assert_eq!(answers.get(TODAY).await.as_deref(), expected.map(str::as_bytes));
            assert_eq!(reads.load(Ordering::SeqCst), computed);
        }
        // Another board has another answer.
        assert!(answers.get(on(1)).await.is_some());
        assert_eq!(reads.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn a_read_that_panics_fails_and_the_next_one_is_made() {
        let reads = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reads);
        let answers = Answers::new(Arc::new(move |_, _| match count.fetch_add(1, Ordering::SeqCst) {
            0 => panic!("a bug"),
            _ => Ok(Some(Revised { revision: String::new(), board: Value::Null })),
        }));
        assert_eq!(answers.get(TODAY).await, None);
        assert_eq!(answers.get(TODAY).await.unwrap(), "null\n");
    }

    #[test]
    fn kept_answers_are_bounded_in_number_and_size() {
        let mut kept = Kept::default();
        let half = Bytes::from(vec![b'x'; MAX_KEPT_BYTES / 2]);
        kept.put(on(0), "r".into(), half.clone());
        kept.put(on(1), "r".into(), half.clone());
        assert!(kept.get(on(0)).is_some());
        // The second one was not used for longest.
        kept.put(on(2), "r".into(), half.clone());
        assert!(kept.get(on(0)).is_some() && kept.get(on(1)).is_none() && kept.get(on(2)).is_some());
        // A new revision takes the place of the old one.
        kept.put(on(2), "s".into(), half.clone());
        assert_eq!((kept.bytes, kept.get(on(2)).unwrap().0.as_str()), (2 * half.len(), "s"));
        // What is larger than the bound is not kept, and nothing older in its place.
        kept.put(on(2), "t".into(), Bytes::from(vec![b'x'; MAX_KEPT_BYTES + 1]));
        assert_eq!((kept.bytes, kept.answers.len()), (half.len(), 1));
        for number in 0..2 * MAX_KEPT as u64 {
            kept.put(on(number), "r".into(), Bytes::from_static(b"x"));
        }
        assert_eq!((kept.answers.len(), kept.bytes), (MAX_KEPT, MAX_KEPT));
        assert!(kept.get(on(MAX_KEPT as u64 - 1)).is_none() && kept.get(on(MAX_KEPT as u64)).is_some());
    }
}
