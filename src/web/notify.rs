//! Ways to reach the organiser without Telegram: `SWF_ALERT_URL` gets alerts, `SWF_HEARTBEAT_URL` a sign of life (rules
//! §4.10).
//!
//! ```text
//! alert      ──► POST SWF_ALERT_URL          title and plain text, as ntfy and webhooks take it
//! heartbeat  ──► POST SWF_HEARTBEAT_URL      the group is seen
//!            ──► POST SWF_HEARTBEAT_URL/fail it is not, and why
//! Both addresses are secrets: a person who has them can read or fake the messages. Only scheme, host and port are
//! shown.

use std::time::Duration;

use base64::Engine;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};

use super::client::{cause, http_client, read_url};
use crate::domain::post::delivery::Outcome;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::proxy::Proxies;
use crate::error::{Error, Result};

/// The setting with the address for alerts.
pub const ALERT_URL: &str = "SWF_ALERT_URL";
/// The setting with the address for signs of life.
pub const HEARTBEAT_URL: &str = "SWF_HEARTBEAT_URL";
/// The timeout of one request.
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(10);
/// How often sending a sign of life is tried. It is not stored, as the next one is more recent.
const MAX_HEARTBEAT_ATTEMPTS: usize = 2;

/// An address that receives messages.
#[derive(Clone, Debug)]
pub struct Endpoint {
    client: Client,
    url: SecretString,
    /// Scheme, host and port: the only part of the address that is ever shown.
    site: String,
}

impl Endpoint {
    /// Reads the address in the setting `name`. Fails (78) if nothing can be sent to it.
    pub fn new(name: &str, address: &SecretString, proxies: &Proxies) -> Result<Endpoint> {
        let url = read_url(address.expose_secret()).map_err(|problem| {
            Error::config(format!("{name} {problem}"))
                .hint(format!("An example: {name}=https://ntfy.sh/my-secret-topic"))
        })?;
        let client = http_client(&url, HeaderMap::new(), proxies)?;
        Ok(Endpoint { client, site: url.origin().ascii_serialization(), url: SecretString::from(url.to_string()) })
    }

    /// Scheme, host and port of the address.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// Whether the site can be reached: its name resolves, and it answers. The address itself is not requested, so no
    /// message is sent.
    pub async fn check(&self) -> Result<(), Problem> {
        let answer = self.client.head(&self.site).timeout(NOTIFY_TIMEOUT).send().await;
        answer.map(drop).map_err(|error| Problem::new(Code::WebsiteSilent, format!("{} {}", self.site, cause(error))))
    }

    /// Sends one message. Takes no longer than [`NOTIFY_TIMEOUT`], and follows no redirect.
    pub async fn alert(&self, title: &str, text: &str) -> Outcome {
        let mut headers = HeaderMap::new();
        headers.insert("title", title_header(title));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        self.post(self.url.expose_secret(), headers, text).await
    }

    /// Sends a sign of life; `failure` is the reason why the group is not seen.
    pub async fn heartbeat(&self, failure: Option<&str>) -> Outcome {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))]);
        let mut url = self.url.expose_secret().parse::<Url>().expect("it was parsed before");
        if failure.is_some()
            && let Ok(mut path) = url.path_segments_mut()
        {
            path.pop_if_empty().push("fail");
        }
        let text = failure.unwrap_or_default();
        let mut outcome = self.post(url.as_str(), headers.clone(), text).await;
        for _ in 1..MAX_HEARTBEAT_ATTEMPTS {
            if let Outcome::Failed { .. } = outcome {
                outcome = self.post(url.as_str(), headers.clone(), text).await;
            }
        }
        outcome
    }

    async fn post(&self, url: &str, headers: HeaderMap, text: &str) -> Outcome {
        let request = self.client.post(url).headers(headers).timeout(NOTIFY_TIMEOUT).body(text.to_owned());
        let problem = |code, detail: String| Problem::new(code, format!("{} {detail}", self.site));
        match request.send().await.map(|response| response.status()) {
            Ok(status) if status.is_success() => Outcome::Delivered { message_id: None, chat: None },
            Ok(status) => {
                let busy = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
                // A redirect is not followed, as it would send the message elsewhere.
                let problem = problem(Code::Website, status.to_string());
                if busy || status.is_server_error() {
                    Outcome::Failed { problem }
                } else {
                    Outcome::Refused { problem }
                }
            }
            Err(error) => Outcome::Failed { problem: problem(Code::WebsiteSilent, cause(error)) },
        }
    }
}

/// A header contains only ASCII. Other text is encoded as in a mail's subject (RFC 2047), which ntfy decodes.
fn title_header(title: &str) -> HeaderValue {
    let plain = title.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let encoded = || format!("=?UTF-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(title));
    let text = if plain { title.to_owned() } else { encoded() };
    HeaderValue::from_str(&text).expect("printable ASCII")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::Request;
    use hyper::server::conn::http1;
    use hyper_util::rt::TokioIo;
    use hyper_util::service::TowerToHyperService;

    use super::*;

    type Seen = Arc<Mutex<Vec<(String, String, String)>>>;

    /// A site that answers with `status`, and stores path, title and body of each request.
    async fn site(status: StatusCode) -> (String, Seen) {
        let seen = Seen::default();
        let kept = Arc::clone(&seen);
        let app = Router::new().fallback(move |request: Request| async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 10_000).await.unwrap();
            let title = parts.headers.get("title").map_or("", |title| title.to_str().unwrap()).to_owned();
            let body = String::from_utf8(body.to_vec()).unwrap();
            kept.lock().unwrap().push((parts.uri.to_string(), title, body));
            (status, [("location", "http://127.0.0.1:9/elsewhere")])
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(app.clone());
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        (format!("http://{address}"), seen)
    }

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::new(ALERT_URL, &SecretString::from(url), &Proxies::default()).unwrap()
    }

    #[tokio::test]
    async fn an_alert_has_a_title_and_plain_text() {
        let (url, seen) = site(StatusCode::OK).await;
        let endpoint = endpoint(&format!("{url}/topic?auth=x"));
        assert!(matches!(endpoint.alert("swf: Study Hall", "Offline ✗").await, Outcome::Delivered { .. }));
        assert!(matches!(endpoint.alert("Учёба", "").await, Outcome::Delivered { .. }));
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0], ("/topic?auth=x".into(), "swf: Study Hall".into(), "Offline ✗".into()));
        assert_eq!(seen[1].1, "=?UTF-8?B?0KPRh9GR0LHQsA==?=");
    }

    #[tokio::test]
    async fn a_heartbeat_says_whether_the_group_is_seen() {
        let (url, seen) = site(StatusCode::OK).await;
        let endpoint = endpoint(&format!("{url}/ping/abc/?a=1"));
        endpoint.heartbeat(None).await;
        endpoint.heartbeat(Some("offline")).await;
        let seen = seen.lock().unwrap();
        assert_eq!((&*seen[0].0, &*seen[0].2), ("/ping/abc/?a=1", ""));
        assert_eq!((&*seen[1].0, &*seen[1].2), ("/ping/abc/fail?a=1", "offline"));
    }

    #[tokio::test]
    async fn answers_mean_sent_refused_or_try_again() {
        for (status, expected) in [(404, "refused"), (307, "refused"), (429, "failed"), (503, "failed")] {
            let (url, seen) = site(StatusCode::from_u16(status).unwrap()).await;
            let outcome = match endpoint(&format!("{url}/hidden-topic")).alert("t", "x").await {
                Outcome::Refused { problem } => ("refused", problem),
                Outcome::Failed { problem } => ("failed", problem),
                other => panic!("{other:?}"),
            };
            assert_eq!(outcome.0, expected, "{status}");
            assert!(!outcome.1.detail.contains("hidden"), "{:?}", outcome.1);
            // The redirect was not followed.
            assert_eq!(seen.lock().unwrap().len(), 1);
        }
        let nobody = endpoint("http://127.0.0.1:9/hidden-topic");
        assert_eq!(nobody.check().await.unwrap_err().code, Code::WebsiteSilent);
        let nobody = nobody.alert("t", "x").await;
        let Outcome::Failed { problem } = nobody else { panic!("{nobody:?}") };
        assert!(!problem.detail.contains("hidden"), "{problem:?}");
    }

    #[tokio::test]
    async fn a_heartbeat_is_tried_again_unless_it_is_refused() {
        for (status, attempts) in [(503, 2), (404, 1), (200, 1)] {
            let (url, seen) = site(StatusCode::from_u16(status).unwrap()).await;
            endpoint(&url).heartbeat(None).await;
            assert_eq!(seen.lock().unwrap().len(), attempts, "{status}");
        }
    }

    #[tokio::test]
    async fn a_check_reaches_the_site_and_sends_nothing_to_the_address() {
        let (url, seen) = site(StatusCode::NOT_FOUND).await;
        endpoint(&format!("{url}/ping/abc")).check().await.unwrap();
        assert_eq!(*seen.lock().unwrap(), [("/".to_owned(), String::new(), String::new())]);
    }

    #[test]
    fn an_address_must_be_safe_and_is_not_shown() {
        for (address, problem) in
            [("http://ntfy.example/topic", "https://"), ("topic", "https://"), ("ftp://x/y", "https://")]
        {
            let error = Endpoint::new(ALERT_URL, &SecretString::from(address), &Proxies::default()).unwrap_err();
            assert!(error.message().starts_with(ALERT_URL) && error.message().contains(problem), "{error}");
            assert!(!error.to_string().contains("topic ") && !error.message().contains("ntfy.example"), "{error}");
        }
        let endpoint = endpoint("https://user:password@ntfy.example/hidden-topic");
        assert_eq!(endpoint.site, "https://ntfy.example");
        assert!(!format!("{endpoint:?}").contains("hidden"));
    }
}
