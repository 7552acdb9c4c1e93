//! The HTTP side (rules §5.7): access rules, answers, and a server with limits for each connection and client.
//!
//! | path | answer | access |
//! |---|---|---|
//! | `/healthz` | that the server runs | any request |
//! | `/api/admin/state` | the version of the website's logins | requests with `CRON_SECRET` |
//! | `/api/leaderboard/{day,week,month}?date=` | what `swf leaderboard --json` prints | requests with `CRON_SECRET`; see [`Rules`] |

mod access;
mod cache;
pub mod client;
mod connections;
pub mod notify;
mod redact;
mod server;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use chrono::{NaiveDate, SecondsFormat};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

pub use access::Rules;
pub use cache::{Asked, Boards, Revised};
pub use server::Server;

use crate::domain::publish;
use crate::domain::time::period::local;
use crate::domain::time::zone::Zone;
use access::Host;
use cache::Answers;

/// The setting that holds the shared secret.
pub const SECRET: &str = "CRON_SECRET";
pub const SESSION_VERSION: &str = "SESSION_VERSION";

/// How long a request waits for its board. One of a million people takes 10 s.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Site {
    rules: Arc<Rules>,
    answers: Arc<Answers>,
}

fn router(rules: Rules, boards: impl Boards) -> Router {
    let site = Site { rules: Arc::new(rules), answers: Answers::new(boards) };
    let only_get = || async { refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered") };
    let paths = "there are /healthz, /api/admin/state and /api/leaderboard/{day,week,month}";
    Router::new()
        .route("/healthz", get(async || reply(StatusCode::OK, &json!({ "status": "ok" }))))
        .route("/api/admin/state", get(admin_state))
        .route("/api/leaderboard/{scope}", get(leaderboard))
        .method_not_allowed_fallback(only_get)
        .fallback(move || async move { refusal(StatusCode::NOT_FOUND, paths) })
        .layer(middleware::from_fn(read_host))
        .with_state(site)
}

/// Refuses a request whose host is not clear, on any path; else hands the host on.
async fn read_host(mut request: Request, next: Next) -> Response {
    match Host::of(request.version(), request.uri(), request.headers()) {
        Ok(host) => {
            request.extensions_mut().insert(host);
            next.run(request).await
        }
        Err(problem) => refusal(StatusCode::BAD_REQUEST, problem),
    }
}

async fn admin_state(State(site): State<Site>, headers: HeaderMap) -> Response {
    if let Some(response) = site.rules.authorize(&headers) {
        return response;
    }
    let since = local(Zone::UTC, site.rules.since).to_rfc3339_opts(SecondsFormat::Secs, true);
    reply(StatusCode::OK, &json!({ "session_version": site.rules.version, "updated_at": since }))
}

#[derive(serde::Deserialize)]
struct Parameters {
    #[serde(default, deserialize_with = "deserialize_date")]
    date: Option<NaiveDate>,
}

fn deserialize_date<'de, D: Deserializer<'de>>(text: D) -> Result<Option<NaiveDate>, D::Error> {
    let text = String::deserialize(text)?;
    read_date(&text).map(Some).ok_or_else(|| D::Error::custom("it is not a date"))
}

async fn leaderboard(
    State(site): State<Site>,
    Path(scope): Path<String>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    Extension(host): Extension<Host>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = site.rules.authorize_reader(host, &headers) {
        return response;
    }
    let Some(scope) = publish::SCOPES.into_iter().find(|one| one.name() == scope) else {
        return refusal(StatusCode::NOT_FOUND, "there are the boards day, week and month");
    };
    let Ok(Query(Parameters { date })) = parameters else {
        return refusal(StatusCode::BAD_REQUEST, "date must be a date, YYYY-MM-DD, e.g. ?date=2026-11-22");
    };
    match tokio::time::timeout(READ_TIMEOUT, site.answers.get(Asked { scope, date })).await {
        Ok(Some(board)) => reply_with(StatusCode::OK, board),
        Ok(None) => refusal(StatusCode::SERVICE_UNAVAILABLE, "the board can't be read; the server's log says why"),
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "there is too much to do; ask again later"),
    }
}

/// Reads YYYY-MM-DD and nothing else: chrono also takes signs, spaces, and longer years.
fn read_date(text: &str) -> Option<NaiveDate> {
    let fits = |(place, byte): (usize, u8)| if [4, 7].contains(&place) { byte == b'-' } else { byte.is_ascii_digit() };
    let is_plain = text.len() == 10 && text.bytes().enumerate().all(fits);
    is_plain.then(|| text.parse().ok())?
}

fn refusal(status: StatusCode, words: &str) -> Response {
    reply(status, &json!({ "error": words }))
}

fn reply(status: StatusCode, value: &Value) -> Response {
    reply_with(status, Bytes::from(format!("{value}\n")))
}

fn reply_with(status: StatusCode, json: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        // Answers change at any time, and a shared cache must not store them.
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, Body::from(json)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_four_two_and_two_digits() {
        let date = |text: &str| read_date(text).map(|date| date.to_string());
        assert_eq!(date("2026-11-22").as_deref(), Some("2026-11-22"));
        assert_eq!(date("0001-01-01").as_deref(), Some("0001-01-01"));
        for bad in [
            "-999-01-01",
            "+999-01-01",
            " 999-01-01",
            "2026- 1- 1",
            "2026-02-30",
            "2026-1-01",
            "2026/11/22",
            "20261122",
            "+12026-11-22",
            "２０26-1-1",
            "",
        ] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
