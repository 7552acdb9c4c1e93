//! Sends each post to a website (rules §5.6 and §5.8).
//!
//! Everything specific to that website is in this file: its settings, its header, the meaning of its answers. No other
//! file depends on these, so swf works the same without a website; `swf verify-separation` checks that.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::redact::Sent;
use crate::domain::post::delivery::Outcome;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::proxy::{Account, Proxies, Proxy, ProxyKind};
use crate::domain::publish::retry_after;
use crate::domain::text::{parse_bool, quoted};
use crate::domain::{Instant, text};
use crate::error::{Error, Result};

/// Texts that only this file and `src/web/` may contain.
pub const GUARDED: [&str; 6] = [
    "LEADERBOARD_INGEST",
    "LEADERBOARD_WEB_EXPORT",
    "LEADERBOARD_EXPORT",
    "X-Leaderboard-Secret",
    "apps/website",
    "website/",
];

const ENABLED: &str = "LEADERBOARD_WEB_EXPORT_ENABLED";
const URL: &str = "LEADERBOARD_INGEST_URL";
/// The setting that is a secret.
pub const SECRET: &str = "LEADERBOARD_INGEST_SECRET";
const TIMEOUT: &str = "LEADERBOARD_EXPORT_TIMEOUT_MS";
/// The address for the boards of one group only: `export_url` in `groups.toml`.
const GROUP_URL: &str = "SWF_EXPORT_URL";
/// All settings of the export.
pub const NAMES: [&str; 4] = [ENABLED, URL, SECRET, TIMEOUT];
const SECRET_HEADER: &str = "X-Leaderboard-Secret";

/// The default timeout of an attempt, in milliseconds.
const DEFAULT_TIMEOUT: &str = "1500";
/// The maximum size of an answer, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The maximum number of graphemes of an answer that are shown to the user.
const MAX_EXCERPT: usize = 200;

/// The settings of the web export as they were written; [`Exporter::new`] checks them.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    enabled: Option<String>,
    /// The name of the setting with the address.
    url_name: &'static str,
    /// The address. It may contain a secret.
    url: Option<SecretString>,
    timeout: Option<String>,
    has_secret: bool,
    /// The group is not the first one, and has no address of its own, so it is not exported.
    is_left_out: bool,
}

impl Settings {
    /// Selects the settings of the export from those of a group: `raw` returns one by its name, trimmed; `has_secret`
    /// is true if [`SECRET`] is set, wherever it is stored. Of several groups, only the first and those with their own
    /// address are exported.
    pub fn parse<'a>(raw: impl Fn(&str) -> Option<&'a str>, has_secret: bool, is_first: bool) -> Settings {
        let text = |name: &str| raw(name).map(str::to_owned);
        let own = raw(GROUP_URL);
        Settings {
            enabled: text(ENABLED),
            url_name: if own.is_some() { GROUP_URL } else { URL },
            url: own.or(raw(URL)).map(SecretString::from),
            timeout: text(TIMEOUT),
            has_secret,
            is_left_out: own.is_none() && !is_first,
        }
    }

    pub fn has_secret(&self) -> bool {
        self.has_secret
    }

    /// Whether to store a snapshot of each post: the export is on, and address and secret are set. They may be wrong:
    /// snapshots wait until they are corrected.
    pub fn is_wanted(&self) -> bool {
        !self.is_left_out
            && self.enabled.as_deref().is_some_and(|value| parse_bool(value) == Some(true))
            && self.url.is_some()
            && self.has_secret
    }
}

/// Sends to the website.
#[derive(Clone, Debug)]
pub struct Exporter {
    client: Client,
    url: SecretString,
    /// Scheme, host and port of `url`. Only these are ever shown, as the rest may contain a secret.
    site: String,
    sent: Sent,
    timeout: Duration,
}

impl Exporter {
    /// Reads the settings; `None` if the export is off. Fails if they are wrong or incomplete. `secret` reads
    /// [`SECRET`], and `proxies` the proxies; both are called only if the export is on.
    pub fn new(
        settings: &Settings,
        secret: impl FnOnce() -> Result<Option<SecretString>>,
        proxies: impl FnOnce() -> Result<Proxies>,
    ) -> Result<Option<Exporter>> {
        let Some(enabled) = settings.enabled.as_deref().filter(|_| !settings.is_left_out) else { return Ok(None) };
        let url_name = settings.url_name;
        let mut wrong = Vec::new();
        match parse_bool(enabled) {
            Some(true) => {}
            Some(false) => return Ok(None),
            None => {
                let enabled = quoted(enabled);
                wrong.push(format!("{ENABLED} is {enabled}; it must be true or false, e.g. {ENABLED}=true"));
            }
        }
        let kept = secret()?;
        let url = settings.url.as_ref().map(|url| url.expose_secret());
        let secret = kept.as_ref().map(|secret| secret.expose_secret());
        let parsed = url.and_then(|url| match read_url(url) {
            Ok(url) => Some(url),
            Err(problem) => {
                wrong.push(format!("{url_name} {problem}, e.g. {url_name}=https://studyhall.example/api/leaderboard"));
                None
            }
        });
        for (name, value) in [(url_name, url), (SECRET, secret)] {
            if value.is_none() {
                wrong.push(format!("{name} is not set, but {ENABLED} is on"));
            }
        }
        let header = HeaderValue::from_bytes(secret.unwrap_or_default().as_bytes());
        if header.is_err() {
            wrong.push(format!("{SECRET} has a character that can't be sent, such as a line end"));
        }
        let timeout = settings.timeout.as_deref().unwrap_or(DEFAULT_TIMEOUT);
        let milliseconds = timeout.parse().ok().filter(|milliseconds| (50..=60_000).contains(milliseconds));
        if milliseconds.is_none() {
            wrong.push(format!(
                "{TIMEOUT} is {}; it must be a whole number of milliseconds from 50 to 60000, e.g. \
                 {TIMEOUT}={DEFAULT_TIMEOUT}",
                quoted(timeout)
            ));
        }
        let (Some(url), Ok(header), Some(milliseconds), true) = (parsed, header, milliseconds, wrong.is_empty()) else {
            return Err(wrong.into_iter().fold(Error::config("the settings of the web export are wrong"), Error::hint));
        };
        let site = url.origin().ascii_serialization();
        Ok(Some(Exporter {
            client: client(&url, header, &proxies()?)?,
            sent: Sent::new(&url, secret.unwrap_or_default()),
            url: SecretString::from(url.to_string()),
            site,
            timeout: Duration::from_millis(milliseconds),
        }))
    }

    /// As [`Exporter::new`], for a command that sends: if the export is off, that is an error. `file` is the file in
    /// which the user writes settings.
    pub fn required(
        settings: &Settings,
        secret: impl FnOnce() -> Result<Option<SecretString>>,
        proxies: impl FnOnce() -> Result<Proxies>,
        file: &Path,
    ) -> Result<Exporter> {
        if settings.is_left_out {
            return Err(Error::config("the website gets the boards of the first group only")
                .hint("For another group, set its own address in groups.toml: export_url = \"https://…\""));
        }
        Exporter::new(settings, secret, proxies)?.ok_or_else(|| {
            Error::config(format!("the web export is off: {ENABLED} is not true"))
                .hint(format!("Set {ENABLED}=true, {URL} and {SECRET} in {}.", file.display()))
        })
    }

    /// After how many seconds an attempt is certainly over.
    pub fn lease(&self) -> i64 {
        i64::try_from(self.timeout.as_secs()).unwrap_or(60) + 5
    }

    /// Sends a body once, within the timeout. `now` is the time of the start.
    pub async fn send(&self, key: &str, body: &str, now: Instant) -> Outcome {
        let failed = |code, detail| Outcome::Failed { problem: Problem::new(code, format!("{} {detail}", self.site)) };
        match tokio::time::timeout(self.timeout, self.exchange(key, body, now)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => failed(Code::WebsiteSilent, cause(error)),
            Err(_) => failed(Code::WebsiteTimeout, self.timeout.as_millis().to_string()),
        }
    }

    async fn exchange(&self, key: &str, body: &str, now: Instant) -> Result<Outcome, reqwest::Error> {
        let request = self
            .client
            .post(self.url.expose_secret())
            .header(CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", key)
            .body(body.to_owned());
        let mut response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut said = Vec::new();
        // A truncated response is an error; read at most 64 KiB.
        while let Some(chunk) = response.chunk().await? {
            said.extend_from_slice(&chunk);
            if said.len() > MAX_ANSWER_BYTES {
                break;
            }
        }
        if status.is_success() {
            return Ok(Outcome::Delivered { message_id: None, chat: None });
        }
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let wait = header(RETRY_AFTER).and_then(|value| retry_after(value, header(DATE), now));
        let problem = self.problem(status, &headers, &said);
        let is_busy = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        Ok(match wait {
            _ if !is_busy && !status.is_server_error() => Outcome::Refused { problem },
            Some(seconds) => Outcome::Wait { seconds, problem },
            None => Outcome::Failed { problem },
        })
    }

    /// The problem that the site's answer reports.
    fn problem(&self, status: StatusCode, headers: &HeaderMap, said: &[u8]) -> Problem {
        let code = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Code::WebsiteSecret,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => Code::WebsiteAddress,
            status if status.is_redirection() => Code::WebsiteRedirect,
            _ => Code::Website,
        };
        let said = self.repeated(headers, said).filter(|_| code == Code::Website);
        let said = said.map_or(String::new(), |said| format!(": {said}"));
        Problem::new(code, format!("{} {status}{said}", self.site))
    }

    /// The beginning of a text answer, safe for one line.
    fn repeated(&self, headers: &HeaderMap, said: &[u8]) -> Option<String> {
        let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let readable = ["application/json", "application/problem+json", "text/plain"];
        if !readable.iter().any(|readable| kind.starts_with(readable)) {
            return None;
        }
        let said = self.sent.remove_from(&String::from_utf8_lossy(said));
        let said = said.map_or_else(|| "(its answer repeats a secret)".to_owned(), |said| text::clean(&said));
        Some(text::shorten(&said, MAX_EXCERPT)).filter(|said| !said.is_empty())
    }
}

/// What to do about a problem with the website, if settings can solve it.
pub fn remedy(problem: &Problem) -> Option<String> {
    match problem.code {
        Code::WebsiteSecret => Some(format!("{SECRET} must be the secret that the website expects")),
        Code::WebsiteAddress => Some(format!("{URL} must be the address that accepts boards")),
        Code::WebsiteRedirect => {
            Some(format!("redirects are not followed, so {URL} must be the address after the redirect"))
        }
        _ => None,
    }
}

/// Parses an address; fails if the secret must not be sent to it.
pub(super) fn read_url(text: &str) -> Result<Url, &'static str> {
    // The error does not repeat the address: it may contain a secret.
    let url = Url::parse(text).map_err(|_| "is not an address; it must begin with https://")?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("would send the secret unencrypted; it must begin with https:// unless it is on this computer"),
        _ => Err("must begin with https://"),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// A client that sends the secret with each request.
fn client(url: &Url, mut secret: HeaderValue, proxies: &Proxies) -> Result<Client> {
    secret.set_sensitive(true);
    let name = SECRET_HEADER.to_lowercase().parse::<reqwest::header::HeaderName>().expect("a name");
    http_client(url, HeaderMap::from_iter([(name, secret)]), proxies)
}

/// A client for one site. It follows no redirects, which could send the secret elsewhere. Connections within this
/// computer, which are not encrypted, use no proxy.
pub(super) fn http_client(url: &Url, headers: HeaderMap, proxies: &Proxies) -> Result<Client> {
    // Fails if a provider is installed already, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .user_agent(concat!("swf/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers);
    let proxy = url.host_str().filter(|_| !is_loopback(url)).and_then(|host| proxies.to_site(host));
    builder = match proxy.and_then(client_proxy) {
        Some(proxy) => builder.proxy(proxy),
        None => builder.no_proxy(),
    };
    if url.scheme() == "http" {
        // A connection within this computer needs no certificates.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        Error::config(format!("can't set up TLS: {}", cause(error)))
            .hint("Install the certificates of your system, e.g. with: apt-get install ca-certificates")
    })
}

/// The proxy in the client's form. A SOCKS proxy resolves the site's name.
fn client_proxy(proxy: &Proxy) -> Option<reqwest::Proxy> {
    let (scheme, account) = match &proxy.kind {
        ProxyKind::Socks5(account) => ("socks5h", account),
        ProxyKind::Http(account) => ("http", account),
        ProxyKind::MtProxy(_) => return None,
    };
    let encoded = |text: &SecretString| text.expose_secret().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let account =
        account.as_ref().map(|Account { name, password }| -> [String; 2] { [encoded(name), encoded(password)] });
    let account = account.map_or(String::new(), |[name, password]| format!("{name}:{password}@"));
    let host = if proxy.host.contains(':') { format!("[{}]", proxy.host) } else { proxy.host.clone() };
    let url = Zeroizing::new(format!("{scheme}://{account}{host}:{}", proxy.port));
    reqwest::Proxy::all(url.as_str()).ok()
}

/// The root cause of a failure: the outer errors say only that it failed, or contain the address. Names in a
/// certificate are untrusted text.
pub(super) fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    text::shorten(&text::clean(&deepest.to_string()), MAX_EXCERPT)
}

#[cfg(test)]
mod tests {
    use fake_telegram::FakeProxy;

    use super::*;

    /// The settings, and the secret.
    type Parsed = (Settings, Option<SecretString>);

    fn parsed(vars: &[(&str, &'static str)]) -> Parsed {
        let set = vars.iter().filter(|(_, value)| !value.is_empty());
        let vars: std::collections::BTreeMap<String, &'static str> =
            set.map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let secret = vars.get(SECRET).map(|secret| SecretString::from(*secret));
        (Settings::parse(|name| vars.get(name).copied(), secret.is_some(), true), secret)
    }

    fn exporter((settings, secret): Parsed) -> Result<Option<Exporter>> {
        Exporter::new(&settings, || Ok(secret), || Ok(Proxies::default()))
    }

    const GOOD: [(&str, &str); 3] =
        [(ENABLED, "yes"), (URL, "https://user:hush@site.example/api?token=hush"), (SECRET, "hush")];

    fn with(changes: &[(&str, &'static str)]) -> Parsed {
        let mut vars = GOOD.to_vec();
        vars.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        vars.extend(changes);
        parsed(&vars)
    }

    /// CASES T10.
    #[tokio::test]
    async fn a_website_is_reached_through_the_proxy_and_this_computer_is_not() {
        let account = Some(("ada", "p@ss:/%"));
        for proxy in [FakeProxy::socks5(account), FakeProxy::http(account)] {
            proxy.redirect("127.0.0.1:1".parse().unwrap());
            for url in ["https://site.example/api", "https://127.0.0.1:1/api", "http://localhost:1/api"] {
                let (settings, secret) = with(&[(URL, url)]);
                let proxies = || Ok(Proxies::read(Some(&proxy.link().into()), |_| None).unwrap());
                let exporter = Exporter::new(&settings, || Ok(secret), proxies).unwrap().unwrap();
                let outcome = exporter.send("key", "{}", Instant(0)).await;
                assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
                assert!(!format!("{outcome:?} {exporter:?}").contains("p@ss"));
            }
            assert_eq!(proxy.targets(), ["site.example:443"]);
        }
    }

    #[test]
    fn it_is_on_only_where_it_is_switched_on_and_complete() {
        for on in ["1", "true", "YES", "on"] {
            assert!(with(&[(ENABLED, on)]).0.is_wanted(), "{on}");
        }
        for off in [[(ENABLED, "0")], [(ENABLED, "maybe")], [(ENABLED, "")], [(URL, "")], [(SECRET, "")]] {
            assert!(!with(&off).0.is_wanted(), "{off:?}");
        }
        assert!(exporter(with(&[(ENABLED, "off")])).unwrap().is_none());
        assert!(exporter(parsed(&[])).unwrap().is_none());
    }

    #[test]
    fn of_several_groups_the_first_is_exported_and_those_with_an_address() {
        let of_group = |own: Option<&'static str>, is_first| {
            let raw = |name: &str| if name == GROUP_URL { own } else { good(name) };
            let settings = Settings::parse(raw, true, is_first);
            let site = exporter((settings.clone(), Some("hush".into()))).unwrap().map(|exporter| exporter.site);
            assert_eq!(settings.is_wanted(), site.is_some());
            (site, settings)
        };
        let own = Some("https://own.example/api");
        assert_eq!(of_group(None, true).0.as_deref(), Some("https://site.example"));
        assert_eq!(of_group(own, true).0.as_deref(), Some("https://own.example"));
        assert_eq!(of_group(own, false).0.as_deref(), Some("https://own.example"));
        let (site, left_out) = of_group(None, false);
        assert_eq!(site, None);
        let error = Exporter::required(&left_out, || Ok(None), || Ok(Proxies::default()), Path::new(".env.local"));
        insta::assert_snapshot!(error.unwrap_err(), @r#"
        the website gets the boards of the first group only
          For another group, set its own address in groups.toml: export_url = "https://…"
        "#);
        let raw = |name: &str| if name == GROUP_URL { Some("own.example") } else { good(name) };
        let error = exporter((Settings::parse(raw, true, false), Some("hush".into()))).unwrap_err().to_string();
        assert!(error.contains("SWF_EXPORT_URL is not an address"), "{error}");
    }

    fn good(name: &str) -> Option<&'static str> {
        GOOD.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    #[test]
    fn nothing_that_may_be_secret_is_ever_shown() {
        let exporter = exporter(with(&[])).unwrap().unwrap();
        assert_eq!(exporter.site, "https://site.example");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let said = |headers: &_, said: &[u8]| exporter.problem(StatusCode::BAD_REQUEST, headers, said).detail;
        assert_eq!(
            said(&headers, b"{\"got\":\"hush\",\n\"\x1b[31m\":1}"),
            "https://site.example 400 Bad Request: {\"got\":\"(the secret)\", \"[31m\":1}"
        );
        // The header that the HTTP client makes from user and password.
        let echo = b"{\"Authorization\":\"Basic dXNlcjpodXNo\"}";
        assert_eq!(said(&headers, echo), "https://site.example 400 Bad Request: (its answer repeats a secret)");
        assert!(!format!("{exporter:?}").contains("hush"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        assert!(!said(&headers, b"<html>").contains('<'));
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let wrong = |changes: &[_]| {
            let error = exporter(with(changes)).unwrap_err();
            assert_eq!(error.kind.code(), 78);
            let error = error.to_string();
            assert!(!error.contains("hush"), "{error}");
            error
        };
        insta::assert_snapshot!(
            wrong(&[(ENABLED, "maybe"), (URL, "http://site.example/hush"), (SECRET, ""), (TIMEOUT, "1.5")]),
            @r#"
        the settings of the web export are wrong
          LEADERBOARD_WEB_EXPORT_ENABLED is "maybe"; it must be true or false, e.g. LEADERBOARD_WEB_EXPORT_ENABLED=true
          LEADERBOARD_INGEST_URL would send the secret unencrypted; it must begin with https:// unless it is on this computer, e.g. LEADERBOARD_INGEST_URL=https://studyhall.example/api/leaderboard
          LEADERBOARD_INGEST_SECRET is not set, but LEADERBOARD_WEB_EXPORT_ENABLED is on
          LEADERBOARD_EXPORT_TIMEOUT_MS is "1.5"; it must be a whole number of milliseconds from 50 to 60000, e.g. LEADERBOARD_EXPORT_TIMEOUT_MS=1500
        "#);
        insta::assert_snapshot!(wrong(&[(URL, "site.example/hush"), (SECRET, "hush\nhush")]), @r"
        the settings of the web export are wrong
          LEADERBOARD_INGEST_URL is not an address; it must begin with https://, e.g. LEADERBOARD_INGEST_URL=https://studyhall.example/api/leaderboard
          LEADERBOARD_INGEST_SECRET has a character that can't be sent, such as a line end
        ");
        for bad in ["ftp://127.0.0.1/", "http://127.0.0.1.site.example/", "http://10.0.0.1/", "http://[::2]/"] {
            assert!(wrong(&[(URL, bad)]).contains("https://"), "{bad}");
        }
        for good in ["http://localhost:3000/x", "http://127.9.9.9/", "http://[::1]:80/", "HTTPS://site.example"] {
            assert!(exporter(with(&[(URL, good)])).is_ok(), "{good}");
        }
    }
}
