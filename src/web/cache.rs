//! Boards are computed once for all requests that arrive at the same time, and cached until the store changes.
//!
//! ```text
//! request ─┐
//! request ─┼─► the revision ──is that of the kept answer──► the kept answer ─┐
//! request ─┘                └─is another──► one board is computed ───────────┴─► all of them
//! ```

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use super::page::Page;
use crate::domain::time::period::Scope;
use crate::error::{Error, Result};

/// How many answers are cached.
const MAX_KEPT: usize = 1000;
/// The maximum size of all cached answers, in bytes.
const MAX_KEPT_BYTES: usize = 32 << 20;

/// The board that a request is for; without a date, the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// The index of the group in the settings.
    pub group: usize,
    pub scope: Scope,
    pub date: Option<NaiveDate>,
}

/// A board, and the revision of the data from which it was made. The same revision means the same board.
#[derive(Clone, Debug)]
pub struct Revised {
    pub revision: String,
    /// The board as JSON.
    pub board: String,
}

/// The source of boards. Both functions may take a while.
pub trait Boards: Send + Sync + 'static {
    /// The current revision of the board.
    fn revision(&self, asked: Asked) -> Result<String>;

    /// Computes the board.
    fn compute(&self, asked: Asked) -> Result<Revised>;
}

/// The answers to requests for boards.
pub(super) struct Answers {
    boards: Box<dyn Boards>,
    kept: Mutex<Kept<Asked, Bytes>>,
    /// One board is computed at a time: the tracker needs CPU time and memory too.
    turn: tokio::sync::Mutex<()>,
    /// The requests that wait for each answer that is being made.
    waiting: Mutex<HashMap<Asked, Vec<oneshot::Sender<Option<Bytes>>>>>,
}

impl Answers {
    pub(super) fn new(boards: Box<dyn Boards>) -> Arc<Answers> {
        let (kept, turn, waiting) = Default::default();
        Arc::new(Answers { boards, kept, turn, waiting })
    }

    /// The board as JSON; `None` if it can't be read. The error is logged.
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
        let body = self.read(asked).await.inspect_err(|error| tracing::error!("{error}")).ok();
        for waiting in lock(&self.waiting).remove(&asked).unwrap_or_default() {
            // The client may have disconnected.
            let _ = waiting.send(body.clone());
        }
    }

    async fn read(self: &Arc<Self>, asked: Asked) -> Result<Bytes> {
        let kept = self.blocking(move |answers| {
            let revision = answers.boards.revision(asked)?;
            Ok(lock(&answers.kept).get(&asked, &revision))
        });
        if let Some(body) = kept.await? {
            return Ok(body);
        }
        let _turn = self.turn.lock().await;
        self.blocking(move |answers| {
            let Revised { revision, board } = answers.boards.compute(asked)?;
            let body = Bytes::from(board + "\n");
            lock(&answers.kept).put(asked, revision, body.clone(), body.len());
            Ok(body)
        })
        .await
    }

    /// Runs `work` on a thread for blocking work. A panic becomes an error, and its place in the code is logged.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Answers) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let answers = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&answers)).await;
        done.unwrap_or_else(|_| Err(Error::failed("a board can't be computed")))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Cached answers, limited in number and size: the least recently used ones are removed first.
#[derive(Debug)]
struct Kept<K, V> {
    answers: HashMap<K, KeptAnswer<V>>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct KeptAnswer<V> {
    revision: String,
    value: V,
    /// In bytes.
    size: usize,
    /// The number of its last use.
    used: u64,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Kept<K, V> {
        Kept { answers: HashMap::new(), bytes: 0, uses: 0 }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// The answer, if it is cached with this revision.
    fn get(&mut self, asked: &K, revision: &str) -> Option<V> {
        self.uses += 1;
        let answer = self.answers.get_mut(asked).filter(|answer| answer.revision == revision)?;
        answer.used = self.uses;
        Some(answer.value.clone())
    }

    fn put(&mut self, asked: K, revision: String, value: V, size: usize) {
        self.remove(&asked);
        if size > MAX_KEPT_BYTES {
            return;
        }
        self.uses += 1;
        self.bytes += size;
        self.answers.insert(asked, KeptAnswer { revision, value, size, used: self.uses });
        while self.bytes > MAX_KEPT_BYTES || self.answers.len() > MAX_KEPT {
            let oldest = self.answers.iter().min_by_key(|(_, answer)| answer.used).map(|(asked, _)| asked.clone());
            let Some(oldest) = oldest else { break };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, asked: &K) {
        self.bytes -= self.answers.remove(asked).map_or(0, |answer| answer.size);
    }
}

/// Cached pages, each valid as long as the revision of its data is the same. One page is made at a time: other requests
/// for it wait and get the same page.
pub struct KeptPages<K> {
    kept: Mutex<Kept<K, Page>>,
    turn: Mutex<()>,
}

impl<K: Clone + Eq + Hash> Default for KeptPages<K> {
    fn default() -> KeptPages<K> {
        KeptPages { kept: Mutex::default(), turn: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash> KeptPages<K> {
    /// Calls `read`, which looks for a cached page. If there is none, waits for its turn and calls `read` again, which
    /// then makes the page.
    pub fn answer<T>(&self, mut read: impl FnMut(Making) -> Result<Option<T>>) -> Result<Option<T>> {
        if let Some(answer) = read(Making::NotYet)? {
            return Ok(Some(answer));
        }
        let _turn = lock(&self.turn);
        read(Making::Now)
    }

    /// The page of this revision, from the cache or made by `make`. `None` if it is not cached and `making` is
    /// [`Making::NotYet`].
    pub fn page(
        &self,
        asked: K,
        revision: &str,
        making: Making,
        make: impl FnOnce() -> Result<Page>,
    ) -> Result<Option<Page>> {
        if let Some(page) = lock(&self.kept).get(&asked, revision) {
            return Ok(Some(page));
        }
        if making == Making::NotYet {
            return Ok(None);
        }
        let mut page = make()?;
        page.etag = Some(etag(&page.body));
        let size = page.body.len();
        lock(&self.kept).put(asked, revision.to_owned(), page.clone(), size);
        Ok(Some(page))
    }
}

/// Whether a page that is not cached is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    NotYet,
    Now,
}

/// The same bytes always have the same ETag.
fn etag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..18]))
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use serde_json::json;
    use tokio::runtime::Handle;

    use super::*;
    use crate::web::page::Policy;

    const TODAY: Asked = Asked { group: 0, scope: Scope::Day, date: None };

    fn on(number: u64) -> Asked {
        Asked { date: Some(NaiveDate::MIN + chrono::Days::new(number)), ..TODAY }
    }

    /// Boards that contain their revision and the number of computations so far.
    #[derive(Clone, Default)]
    struct Fake(Arc<Mutex<(&'static str, usize)>>);

    impl Boards for Fake {
        fn revision(&self, _: Asked) -> Result<String> {
            match lock(&self.0).0 {
                "lost" => Err(Error::failed("there is no store")),
                "bug" => panic!("a bug"),
                revision => Ok(revision.to_owned()),
            }
        }

        fn compute(&self, asked: Asked) -> Result<Revised> {
            let revision = self.revision(asked)?;
            let mut fake = lock(&self.0);
            fake.1 += 1;
            Ok(Revised { board: json!([revision, fake.1]).to_string(), revision })
        }
    }

    #[tokio::test]
    async fn requests_at_the_same_time_share_one_answer() {
        let fake = Fake::default();
        let answers = Answers::new(Box::new(fake.clone()));
        let mut requests: Vec<_> = (0..64).map(|_| Box::pin(answers.get(TODAY))).collect();
        for request in &mut requests {
            assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 1);
        let mut bodies = Vec::new();
        for request in requests {
            bodies.push(request.await.unwrap());
        }
        assert!(bodies.iter().all(|body| body == "[\"\",1]\n"), "{bodies:?}");
        // All have the same body, not 64 copies of it.
        assert!(bodies.iter().all(|body| body.as_ptr() == bodies[0].as_ptr()));
    }

    #[tokio::test]
    async fn an_answer_is_kept_until_its_revision_changes() {
        let fake = Fake::default();
        let answers = Answers::new(Box::new(fake.clone()));
        for (revision, expected) in [
            ("a", Some("[\"a\",1]\n")),
            ("a", Some("[\"a\",1]\n")),
            ("b", Some("[\"b\",2]\n")),
            ("lost", None),
            ("bug", None),
            ("b", Some("[\"b\",2]\n")),
            ("a", Some("[\"a\",3]\n")),
        ] {
            lock(&fake.0).0 = revision;
            assert_eq!(answers.get(TODAY).await.as_deref(), expected.map(str::as_bytes), "{revision}");
        }
        // Another period or another group has another answer.
        assert_eq!(answers.get(on(1)).await.unwrap(), "[\"a\",4]\n");
        assert_eq!(answers.get(Asked { group: 1, ..TODAY }).await.unwrap(), "[\"a\",5]\n");
        assert_eq!(answers.get(TODAY).await.unwrap(), "[\"a\",3]\n");
    }

    #[test]
    fn kept_answers_are_bounded_in_number_and_size() {
        let mut kept: Kept<Asked, Bytes> = Kept::default();
        let half = Bytes::from(vec![b'x'; MAX_KEPT_BYTES / 2]);
        kept.put(on(0), "r".into(), half.clone(), half.len());
        kept.put(on(1), "r".into(), half.clone(), half.len());
        assert!(kept.get(&on(0), "r").is_some());
        // The second answer was used least recently, so it is removed.
        kept.put(on(2), "r".into(), half.clone(), half.len());
        let has = |kept: &mut Kept<Asked, Bytes>, number, revision| kept.get(&on(number), revision).is_some();
        assert!(has(&mut kept, 0, "r") && !has(&mut kept, 1, "r") && has(&mut kept, 2, "r"));
        // A new revision takes the place of the old one.
        kept.put(on(2), "s".into(), half.clone(), half.len());
        assert!(has(&mut kept, 2, "s") && !has(&mut kept, 2, "r"));
        assert_eq!(kept.bytes, 2 * half.len());
        // An answer above the size limit is not cached, and an older one for the same board is removed.
        let large = Bytes::from(vec![b'x'; MAX_KEPT_BYTES + 1]);
        kept.put(on(2), "t".into(), large.clone(), large.len());
        assert_eq!((kept.bytes, kept.answers.len()), (half.len(), 1));
        for number in 0..2 * MAX_KEPT as u64 {
            kept.put(on(number), "r".into(), Bytes::from_static(b"x"), 1);
        }
        assert_eq!((kept.answers.len(), kept.bytes), (MAX_KEPT, MAX_KEPT));
        assert!(!has(&mut kept, MAX_KEPT as u64 - 1, "r") && has(&mut kept, MAX_KEPT as u64, "r"));
    }

    #[test]
    fn a_page_is_made_once_for_each_revision_and_key() {
        let pages: KeptPages<&str> = KeptPages::default();
        let made = std::cell::Cell::new(0);
        let ask = |key, revision| {
            let make = || {
                made.set(made.get() + 1);
                Ok(Page::html(format!("{key} {revision}"), Policy::nothing()))
            };
            pages.answer(|making| pages.page(key, revision, making, make)).unwrap().unwrap()
        };
        let first = ask("member", "a");
        assert_eq!((ask("member", "a").etag, made.get()), (first.etag.clone(), 1));
        // A viewer with another role gets another page, and so does a request after a change.
        let others = [ask("visitor", "a"), ask("member", "b")];
        assert_eq!(made.get(), 3);
        assert!(others.iter().all(|page| page.etag.is_some() && page.etag != first.etag && page.body != first.body));
        // The same page has the same ETag, even if it was made again.
        assert_eq!((ask("member", "a").etag, made.get()), (first.etag, 4));
        // Nothing is made before the turn, and an error is not cached.
        let denied =
            pages.answer::<Page>(|making| if making == Making::NotYet { Ok(None) } else { Err(Error::failed("no")) });
        assert!(denied.is_err());
        assert_eq!(made.get(), 4);
    }
}
