//! The HTTP side (rules §5.7): access rules, answers, and a server with limits for each connection and client.
//!
//! | path | answer | access |
//! |---|---|---|
//! | `/livez` | that the server runs | any request |
//! | `/healthz` | whether the tracker is alive and sees its groups | any request |
//! | `/metrics` | numbers for Prometheus | as boards |
//! | `/api/admin/state` | the version of the website's logins | requests with `CRON_SECRET` |
//! | `/api/leaderboard/{day,week,month}?date=` | `swf leaderboard --json` | `CRON_SECRET`; see [`Rules`] |
//! | `/api/g/NAME/…` | the same of the group that `groups.toml` calls NAME; without it, of the first one | as above |
//! | `/login`, `/logout` | buttons | any request |
//! | all others | pages ([`page::Pages`]) | visitors who may see them ([`viewer`]) |

mod access;
mod cache;
pub mod client;
mod connections;
mod front;
mod gate;
pub mod health;
pub mod login;
mod login_page;
pub mod notify;
pub mod page;
pub mod pages;
mod redact;
mod server;
pub mod viewer;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use chrono::{Datelike, NaiveDate, SecondsFormat};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

pub use access::{Rules, session_version};
pub use cache::{Asked, Boards, KeptPages, Making, Revised};
pub use front::Front;
pub use gate::PageSite;
pub use server::Server;

use crate::domain::publish;
use crate::domain::time::asked::YEARS;
use crate::domain::time::period::local;
use crate::domain::time::zone::Zone;
use crate::error::Error;
use access::Host;
use cache::Answers;
use gate::Gate;
use health::{Health, Requests};

/// The setting with the shared secret.
pub const SECRET: &str = "CRON_SECRET";
pub const SESSION_VERSION: &str = "SESSION_VERSION";
/// The address at which browsers reach the pages.
pub const URL: &str = "SWF_WEB_URL";
/// The reverse proxies that are trusted.
pub const PROXY: &str = "SWF_WEB_PROXY";

/// The error of each of the server's settings that is wrong. `raw` returns a setting by its name, trimmed.
pub fn wrong_settings<'a>(raw: impl Fn(&str) -> Option<&'a str>) -> Vec<Error> {
    session_version(&raw).err().into_iter().chain(Front::problems(&raw)).collect()
}

/// How long a request waits for its board. A board of a million people takes 10 s.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The content that a server serves.
pub struct Content {
    /// The names of the groups in `groups.toml`, in the order of [`Asked::group`]. Without that file there is one
    /// group, without a name.
    pub groups: Vec<Option<String>>,
    pub boards: Box<dyn Boards>,
    pub health: Box<dyn Health>,
    /// `None` if no group has pages.
    pub pages: Option<PageSite>,
}

#[derive(Clone)]
struct Site {
    rules: Arc<Rules>,
    groups: Arc<[Option<String>]>,
    answers: Arc<Answers>,
    health: Arc<dyn Health>,
    requests: Arc<Requests>,
    gate: Option<Arc<Gate>>,
}

fn router(rules: Arc<Rules>, requests: Arc<Requests>, content: Content) -> Router {
    let Content { groups, boards, health, pages } = content;
    let answers = Answers::new(boards);
    let (health, gate) = (Arc::from(health), pages.map(Gate::new).map(Arc::new));
    let site = Site { rules, groups: groups.into(), answers, health, requests, gate };
    let only_get = || async { refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered") };
    Router::new()
        .route("/livez", get(async || reply(StatusCode::OK, &json!({ "status": "ok" }))))
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .route("/api/admin/state", get(admin_state))
        .route("/api/leaderboard/{scope}", get(leaderboard))
        .route("/api/g/{group}/admin/state", get(admin_state))
        .route("/api/g/{group}/leaderboard/{scope}", get(leaderboard))
        .method_not_allowed_fallback(only_get)
        .fallback(gate::answer)
        .layer(middleware::from_fn(read_host))
        .with_state(site)
}

/// Refuses a request without one clear host, on any path; otherwise passes the host on.
async fn read_host(mut request: Request, next: Next) -> Response {
    match Host::of(request.version(), request.uri(), request.headers()) {
        Ok(host) => {
            request.extensions_mut().insert(host);
            next.run(request).await
        }
        Err(problem) => refusal(StatusCode::BAD_REQUEST, problem),
    }
}

/// The named parts of a path.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Place {
    group: Option<String>,
    scope: String,
}

impl Site {
    /// Reads the health on a thread for blocking work; `None` if that fails.
    async fn of_health<T: Send + 'static>(&self, read: fn(&dyn Health) -> T) -> Option<T> {
        let health = Arc::clone(&self.health);
        let work = tokio::task::spawn_blocking(move || read(&*health));
        tokio::time::timeout(READ_TIMEOUT, work).await.ok()?.ok()
    }

    /// The index of the group in a path, and the scope; without a group's name, the first group. A refusal lists the
    /// names of all groups, so call this only for clients that may read boards.
    fn place(&self, place: Result<Path<Place>, PathRejection>) -> Result<(usize, String), Box<Response>> {
        let Ok(Path(Place { group, scope })) = place else {
            return Err(refusal(StatusCode::NOT_FOUND, "the path is not UTF-8").into());
        };
        let Some(name) = group else { return Ok((0, scope)) };
        let found = self.groups.iter().position(|known| known.as_ref() == Some(&name));
        found.map(|group| (group, scope)).ok_or_else(|| {
            let names: Vec<&str> = self.groups.iter().flatten().map(String::as_str).collect();
            let words = match names.is_empty() {
                true => "the only group has no name; leave out /g/NAME".to_owned(),
                false => format!("there is no such group; the groups are {}", names.join(", ")),
            };
            reply(StatusCode::NOT_FOUND, &json!({ "error": words, "groups": names })).into()
        })
    }
}

async fn healthz(State(site): State<Site>) -> Response {
    match site.of_health(|health| health.problems()).await {
        Some(problems) if problems.is_empty() => reply(StatusCode::OK, &json!({ "status": "ok" })),
        Some(problems) => reply(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "down", "problems": problems })),
        None => refusal(StatusCode::SERVICE_UNAVAILABLE, "the tracker's state can't be read"),
    }
}

async fn metrics(State(site): State<Site>, Extension(host): Extension<Host>, headers: HeaderMap) -> Response {
    if let Some(response) = site.rules.authorize_reader(host, &headers) {
        return response;
    }
    let Some(mut metrics) = site.of_health(|health| health.metrics()).await else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "the tracker's state can't be read");
    };
    metrics.push(site.requests.metric());
    let mut response = reply_with(StatusCode::OK, Bytes::from(health::text(&metrics)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    response
}

async fn admin_state(
    State(site): State<Site>,
    place: Result<Path<Place>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = site.rules.authorize(&headers).or_else(|| site.place(place).err().map(|refusal| *refusal)) {
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
    place: Result<Path<Place>, PathRejection>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    Extension(host): Extension<Host>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = site.rules.authorize_reader(host, &headers) {
        return response;
    }
    let (group, scope) = match site.place(place) {
        Ok(place) => place,
        Err(refusal) => return *refusal,
    };
    let Some(scope) = publish::SCOPES.into_iter().find(|one| one.name() == scope) else {
        return refusal(StatusCode::NOT_FOUND, "the boards are day, week and month");
    };
    let Ok(Query(Parameters { date })) = parameters else {
        return refusal(StatusCode::BAD_REQUEST, "date must be a date, YYYY-MM-DD, e.g. ?date=2026-11-22");
    };
    match tokio::time::timeout(READ_TIMEOUT, site.answers.get(Asked { group, scope, date })).await {
        Ok(Some(board)) => reply_with(StatusCode::OK, board),
        Ok(None) => refusal(StatusCode::SERVICE_UNAVAILABLE, "the board can't be read; the server's log says why"),
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "the server is busy; try again later"),
    }
}

/// Reads YYYY-MM-DD and nothing else: chrono also accepts signs, spaces, and longer years.
fn read_date(text: &str) -> Option<NaiveDate> {
    let fits = |(place, byte): (usize, u8)| if [4, 7].contains(&place) { byte == b'-' } else { byte.is_ascii_digit() };
    let is_plain = text.len() == 10 && text.bytes().enumerate().all(fits);
    let date: NaiveDate = is_plain.then(|| text.parse().ok())??;
    YEARS.contains(&date.year()).then_some(date)
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
        // Answers can change at any time, and a shared cache must not store them.
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
            "0000-01-01",
            "9999-01-01",
            "２０26-1-1",
            "",
        ] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
