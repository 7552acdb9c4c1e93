//! The way to a page: who asks, whether they may, and the headers of the answer.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::page::{Answer, Page, PageRequest, Pages};
use super::viewer::Viewer;
use super::{READ_TIMEOUT, Site, refusal};
use crate::error::Error;

const PATHS: &str = "there are /livez, /healthz, /api/admin/state and /api/leaderboard/{day,week,month}, the last two also under /api/g/NAME/";

/// Answers a request for a path that is not the API's.
pub(super) async fn answer(State(site): State<Site>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(pages) = site.pages.clone().filter(|_| !parts.uri.path().starts_with("/api/")) else {
        return refusal(StatusCode::NOT_FOUND, PATHS);
    };
    if ![Method::GET, Method::HEAD].contains(&parts.method) {
        return refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered");
    }
    let request = page_request(&parts);
    ask(pages, request).await
}

fn page_request(parts: &Parts) -> PageRequest {
    let header = |name: HeaderName| text_of(&parts.headers, &name);
    PageRequest {
        viewer: Viewer::default(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        accept_language: header(ACCEPT_LANGUAGE),
        if_none_match: header(IF_NONE_MATCH),
        base: String::new(),
    }
}

/// The header, if it is there once and is text.
fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then(|| value.to_owned())
}

/// Asks the pages, beside the connections. A panic there is an error.
async fn ask(pages: Arc<dyn Pages>, request: PageRequest) -> Response {
    let asked = request.clone();
    let work = tokio::task::spawn_blocking(move || pages.answer(&asked));
    match tokio::time::timeout(READ_TIMEOUT, work).await {
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "there is too much to do; ask again later"),
        Ok(done) => match done.unwrap_or_else(|_| Err(Error::failed("a page can't be made"))) {
            Ok(answer) => respond(&request, answer),
            Err(error) => {
                tracing::error!("{error}");
                refusal(StatusCode::SERVICE_UNAVAILABLE, "the page can't be made; the server's log says why")
            }
        },
    }
}

fn respond(request: &PageRequest, answer: Answer) -> Response {
    match answer {
        Answer::Page(page) if page.etag.as_ref().is_some_and(|etag| request.has(etag)) => {
            not_modified(&page.etag.unwrap_or_default(), page.is_public)
        }
        Answer::Page(page) => send(page),
        Answer::NotModified { etag, is_public } => not_modified(&etag, is_public),
        Answer::Denied => refusal(StatusCode::FORBIDDEN, "log in first"),
    }
}

/// Adds the headers of every answer (rules §5.11).
fn guarded(mut response: Response, is_public: bool) -> Response {
    let headers = response.headers_mut();
    let caches = if is_public { "public, no-cache" } else { "private, no-cache" };
    for (name, value) in [
        (CACHE_CONTROL, caches),
        (REFERRER_POLICY, "no-referrer"),
        (VARY, "Cookie, Accept-Language"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn send(page: Page) -> Response {
    let mut response = (page.status, Body::from(page.body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    headers.extend(page.etag.and_then(|etag| HeaderValue::try_from(etag).ok()).map(|etag| (ETAG, etag)));
    headers.extend(page.headers);
    headers.insert(CONTENT_SECURITY_POLICY, page.policy.0);
    guarded(response, page.is_public)
}

/// Its headers replace those of the page that the browser has; so it has no policy of its own.
fn not_modified(etag: &str, is_public: bool) -> Response {
    let mut response = (StatusCode::NOT_MODIFIED, Bytes::new()).into_response();
    response.headers_mut().extend(HeaderValue::try_from(etag).ok().map(|etag| (ETAG, etag)));
    guarded(response, is_public)
}
