//! The HTTP side (rules §5.7): access rules, and a server with limits for each connection.
//!
//! | path | answer | access |
//! |---|---|---|
//! | `/healthz` | that the server runs | any request |
//! | `/api/admin/state` | the version of the website's logins | requests with `CRON_SECRET` |
//! | `/api/leaderboard/{day,week,month}?date=` | what `swf leaderboard --json` prints | requests from this computer, or with `CRON_SECRET` |

pub mod client;
pub mod notify;
mod server;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{NaiveDate, SecondsFormat};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

pub use server::Server;

use crate::domain::Instant;
use crate::domain::publish;
use crate::domain::time::period::{Scope, local};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};

/// The setting that holds the shared secret.
pub const SECRET: &str = "CRON_SECRET";
pub const SESSION_VERSION: &str = "SESSION_VERSION";

/// How many boards are computed at once: the tracker needs CPU time too.
const MAX_READS: usize = 2;
/// How long a request waits for its board.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The access rules, and the admin state.
#[derive(Clone, Debug)]
pub struct Rules {
    secret: Option<SecretString>,
    version: u64,
    /// When the version was read, which is when the server started.
    since: Instant,
    /// Only this computer can connect.
    local: bool,
}

impl Rules {
    /// `secret` is [`SECRET`], and `raw` gives a setting by its name, trimmed. Listening to other computers is refused while
    /// there is no secret. `file` is where the user writes settings.
    pub fn new<'a>(
        raw: impl Fn(&str) -> Option<&'a str>,
        secret: Option<SecretString>,
        file: &std::path::Path,
        listen: SocketAddr,
        now: Instant,
    ) -> Result<Rules> {
        let local = listen.ip().is_loopback();
        if secret.is_none() && !local {
            return Err(Error::config(format!(
                "{listen} can be reached from other computers, and {SECRET} is not set"
            ))
            .hint(format!("Set {SECRET} in {} to a long random text.", file.display()))
            .command("Or listen to this computer only, e.g.", "swf web serve --listen 127.0.0.1:8080"));
        }
        let version = match raw(SESSION_VERSION) {
            None => 1,
            Some(text) => text.parse().map_err(|_| {
                Error::config(format!(
                    "{SESSION_VERSION} is {text:?}; it must be a whole number, e.g. {SESSION_VERSION}=1"
                ))
            })?,
        };
        Ok(Rules { secret, version, since: now, local })
    }

    /// Returns a refusal unless the headers carry the secret.
    fn authorize(&self, headers: &HeaderMap) -> Option<Response> {
        let Some(secret) = &self.secret else {
            return Some(refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("{SECRET} is not set")));
        };
        let bearer = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).and_then(|value| {
            let (scheme, rest) = value.split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
        });
        let offered = [headers.get("x-cron-secret").map(HeaderValue::as_bytes), bearer];
        // Hashes have one length, and comparing them takes one time.
        let expected = Sha256::digest(secret.expose_secret());
        let same = |offer: &[u8]| Sha256::digest(offer).ct_eq(&expected);
        if offered.into_iter().flatten().any(|offer| same(offer).into()) {
            return None;
        }
        let words = "send the secret as x-cron-secret, or as Authorization: Bearer";
        let mut response = refusal(StatusCode::UNAUTHORIZED, words);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Some(response)
    }

    /// Whether the request comes from this computer itself. A request that names another host comes through a proxy, or
    /// from a page whose host name resolves to this computer (DNS rebinding).
    fn is_local_request(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        };
        let loopback = name.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        self.local && (loopback || name.eq_ignore_ascii_case("localhost"))
    }
}

/// Computes a board; it may take a while.
type Boards = dyn Fn(Scope, Option<NaiveDate>) -> Result<Value> + Send + Sync;

#[derive(Clone)]
struct Site {
    rules: Arc<Rules>,
    boards: Arc<Boards>,
    reads: Arc<Semaphore>,
}

fn router(rules: Rules, boards: Arc<Boards>) -> Router {
    let site = Site { rules: Arc::new(rules), boards, reads: Arc::new(Semaphore::new(MAX_READS)) };
    let only_get = || async { refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered") };
    let paths = "there are /healthz, /api/admin/state and /api/leaderboard/{day,week,month}";
    Router::new()
        .route("/healthz", get(async || reply(StatusCode::OK, &json!({ "status": "ok" }))))
        .route("/api/admin/state", get(admin_state))
        .route("/api/leaderboard/{scope}", get(leaderboard))
        .method_not_allowed_fallback(only_get)
        .fallback(move || async move { refusal(StatusCode::NOT_FOUND, paths) })
        .with_state(site)
}

async fn admin_state(State(site): State<Site>, headers: HeaderMap) -> Response {
    if let Some(response) = site.rules.authorize(&headers) {
        return response;
    }
    let since = local(Zone::UTC, site.rules.since).to_rfc3339_opts(SecondsFormat::Secs, true);
    reply(StatusCode::OK, &json!({ "session_version": site.rules.version, "updated_at": since }))
}

#[derive(serde::Deserialize)]
struct Asked {
    date: Option<String>,
}

async fn leaderboard(
    State(site): State<Site>,
    Path(scope): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    if !site.rules.is_local_request(&headers)
        && let Some(response) = site.rules.authorize(&headers)
    {
        return response;
    }
    let Some(scope) = publish::SCOPES.into_iter().find(|one| one.name() == scope) else {
        return refusal(StatusCode::NOT_FOUND, "there are the boards day, week and month");
    };
    let date = match asked.map(|Query(asked)| asked.date) {
        Ok(None) => None,
        // chrono reads years of six digits too, and no calendar goes that far.
        Ok(Some(text)) if text.len() == 10 && text.parse::<NaiveDate>().is_ok() => text.parse().ok(),
        _ => return refusal(StatusCode::BAD_REQUEST, "date must be a date, YYYY-MM-DD, e.g. ?date=2026-11-22"),
    };
    match tokio::time::timeout(READ_TIMEOUT, site.board(scope, date)).await {
        Ok(Some(board)) => reply(StatusCode::OK, &board),
        Ok(None) => refusal(StatusCode::SERVICE_UNAVAILABLE, "the board can't be read; the server's log says why"),
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "there is too much to do; ask again later"),
    }
}

impl Site {
    /// Reads a board beside the other requests; `None` if that fails.
    async fn board(&self, scope: Scope, date: Option<NaiveDate>) -> Option<Value> {
        let turn = Arc::clone(&self.reads).acquire_owned().await.ok()?;
        let boards = Arc::clone(&self.boards);
        let read = tokio::task::spawn_blocking(move || {
            let board = boards(scope, date);
            drop(turn);
            board
        });
        match read.await {
            Ok(Ok(board)) => Some(board),
            Ok(Err(error)) => {
                tracing::error!("{error}");
                None
            }
            Err(_) => None,
        }
    }
}

fn refusal(status: StatusCode, words: &str) -> Response {
    reply(status, &json!({ "error": words }))
}

fn reply(status: StatusCode, value: &Value) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        // Answers change at any time, and a shared cache must not store them.
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, format!("{value}\n")).into_response()
}
