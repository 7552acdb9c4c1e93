//! From a request to a page: the origin of the request, the viewer, and the headers of the answer (rules §5.11).
//!
//! ```text
//! host known? ──► /login, /logout
//!             └─► logged in, or a group is public? ──► the pages, which know what each viewer may see
//! ```

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, ETAG, HOST, IF_NONE_MATCH,
    LOCATION, REFERRER_POLICY, SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use tokio::sync::Semaphore;

use super::front::{Front, Origin};
use super::login::{LOGIN_LIFETIME, Signer, UsedLinks};
use super::login_page::{self, Texts};
use super::page::{Answer, Page, PageRequest, Pages};
use super::viewer::{Grant, Viewer};
use super::{READ_TIMEOUT, Site, pages, refusal};
use crate::domain::Instant;
use crate::domain::words::Language;
use crate::domain::words::page::Label;
use crate::error::Error;

const PATHS: &str = "there are /livez, /healthz, /metrics, /api/admin/state and /api/leaderboard/{day,week,month}, the last two also under /api/g/NAME/";

/// The cookie with the logins of a browser, signed by [`Signer`] and joined with dots.
const LOGIN_COOKIE: &str = "swf_login";
/// The URL parameter with the text of a link.
const LINK_PARAMETER: &str = "t";
/// The maximum number of logins of one browser.
const MAX_LOGINS: usize = 16;
/// How many pages are made at once; other requests wait.
const MAX_PAGES_AT_ONCE: usize = 8;

/// The source of pages, and who may see them.
pub struct PageSite {
    pub pages: Box<dyn Pages>,
    /// A group has public pages. If there is none, a visitor without a login sees only the login page.
    pub is_public: bool,
    /// `None` if there is no key: then nobody can log in.
    pub signer: Option<Signer>,
    /// The language for browsers that do not send one.
    pub language: Language,
    /// The system's clock, which also dates links.
    pub clock: fn() -> Instant,
}

/// The pages of a running server.
pub(super) struct Gate {
    pages: Arc<dyn Pages>,
    is_public: bool,
    signer: Option<Signer>,
    language: Language,
    clock: fn() -> Instant,
    used: Mutex<UsedLinks>,
    turns: Arc<Semaphore>,
}

/// The address from which a connection comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub IpAddr);

/// Answers a request for a path that is not part of the API.
pub(super) async fn answer(State(site): State<Site>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(gate) = site.gate.as_ref().filter(|_| !parts.uri.path().starts_with("/api/")) else {
        return refusal(StatusCode::NOT_FOUND, PATHS);
    };
    match origin(&site.rules.front, &parts) {
        Ok(origin) if origin.is_known => gate.answer(&origin, &parts).await,
        Ok(_) => {
            let text = "The owner of this server can name it in SWF_WEB_URL.";
            send(login_page::fault(StatusCode::MISDIRECTED_REQUEST, "This host name is not known", text))
        }
        Err(problem) => refusal(StatusCode::BAD_REQUEST, problem),
    }
}

fn origin(front: &Front, parts: &Parts) -> Result<Origin, &'static str> {
    let peer = parts.extensions.get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0);
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    front.origin(peer, host, &parts.headers)
}

impl Gate {
    pub(super) fn new(site: PageSite) -> Gate {
        let PageSite { pages, is_public, signer, language, clock } = site;
        let used = Mutex::new(UsedLinks::new(clock()));
        let turns = Arc::new(Semaphore::new(MAX_PAGES_AT_ONCE));
        Gate { pages: Arc::from(pages), is_public, signer, language, clock, used, turns }
    }

    async fn answer(&self, origin: &Origin, parts: &Parts) -> Response {
        let logins = self.logins(&parts.headers);
        let viewer = Viewer::new(logins.iter().map(|(grant, _)| *grant));
        let texts = self.texts(&parts.headers);
        let is_get = [Method::GET, Method::HEAD].contains(&parts.method);
        let is_post = parts.method == Method::POST;
        match parts.uri.path() {
            "/login" if is_get => send(self.login_page(texts, &viewer, parts)),
            "/login" | "/logout" if is_post && !origin.sent(&parts.headers) => {
                send(login_page::problem(texts, StatusCode::FORBIDDEN, Label::OtherSite, Label::OtherSiteText))
            }
            "/login" if is_post => self.log_in(texts, origin, logins, parts),
            "/logout" if is_post => redirect("/login", &cookie("", 0, origin.is_https)),
            "/login" => not_allowed("GET, HEAD, POST"),
            "/logout" => not_allowed("POST"),
            _ if !is_get => not_allowed("GET, HEAD"),
            _ if viewer.is_visitor() && !self.is_public => send(login_page::log_in_first(texts)),
            _ => self.ask(texts, page_request(viewer, origin, parts)).await,
        }
    }

    /// The texts of the short pages: in the visitor's language, else in the group's.
    fn texts(&self, headers: &HeaderMap) -> Texts {
        pages::language(self.language, text_of(headers, &ACCEPT_LANGUAGE).as_deref()).page()
    }

    /// The valid logins of a browser, with their texts.
    fn logins(&self, headers: &HeaderMap) -> Vec<(Grant, String)> {
        let Some(signer) = &self.signer else { return Vec::new() };
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let texts = pairs.filter(|(name, _)| *name == LOGIN_COOKIE).flat_map(|(_, texts)| texts.split('.'));
        let now = (self.clock)();
        let read = |text: &str| Some((signer.read_login(text, now)?, text.to_owned()));
        texts.take(MAX_LOGINS).filter_map(read).collect()
    }

    /// Opening a link does not use it up: programs that show previews of links open it, too.
    fn login_page(&self, texts: Texts, viewer: &Viewer, parts: &Parts) -> Page {
        match (link(parts), &self.signer) {
            (None, _) if viewer.is_visitor() => login_page::how_to_log_in(texts),
            (None, _) => login_page::logged_in(texts, viewer),
            (Some(_), None) => no_key(),
            (Some(link), Some(signer)) => {
                let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
                match used.check(signer, &link, (self.clock)()) {
                    Ok(grant) => login_page::button(texts, grant, &link),
                    Err(refusal) => login_page::refused(texts, refusal),
                }
            }
        }
    }

    /// Uses a link up. Logins for other groups stay.
    fn log_in(&self, texts: Texts, origin: &Origin, logins: Vec<(Grant, String)>, parts: &Parts) -> Response {
        let Some(signer) = &self.signer else { return send(no_key()) };
        let (now, link) = ((self.clock)(), link(parts).unwrap_or_default());
        let redeemed = self.used.lock().unwrap_or_else(PoisonError::into_inner).redeem(signer, &link, now);
        let grant = match redeemed {
            Ok(grant) => grant,
            Err(refusal) => return send(login_page::refused(texts, refusal)),
        };
        let others = logins.into_iter().filter(|(other, _)| other.group() != grant.group()).map(|(_, text)| text);
        let texts: Vec<String> = [signer.login(grant, now)].into_iter().chain(others).take(MAX_LOGINS).collect();
        redirect("/", &cookie(&texts.join("."), LOGIN_LIFETIME, origin.is_https))
    }

    /// Requests a page, on a thread for blocking work. A panic there becomes an error.
    async fn ask(&self, texts: Texts, request: PageRequest) -> Response {
        let (pages, asked) = (Arc::clone(&self.pages), request.clone());
        let turns = Arc::clone(&self.turns);
        let work = async move {
            // The turn is kept until the work ends, even if the request has timed out.
            let turn = turns.acquire_owned().await;
            tokio::task::spawn_blocking(move || (pages.answer(&asked), turn).0).await
        };
        let Ok(done) = tokio::time::timeout(READ_TIMEOUT, work).await else {
            return send(login_page::problem(texts, StatusCode::SERVICE_UNAVAILABLE, Label::Busy, Label::BusyText));
        };
        match done.unwrap_or_else(|_| Err(Error::failed("a page can't be made"))) {
            Ok(answer) => respond(texts, &request, answer),
            Err(error) => {
                tracing::error!("{error}");
                let (title, text) = (Label::PageFailed, Label::PageFailedText);
                send(login_page::problem(texts, StatusCode::SERVICE_UNAVAILABLE, title, text))
            }
        }
    }
}

fn no_key() -> Page {
    let text = "This server could not read or make its key; its log says why.";
    login_page::fault(StatusCode::SERVICE_UNAVAILABLE, "Nobody can log in", text)
}

fn link(parts: &Parts) -> Option<String> {
    PageRequest { query: parts.uri.query().map(str::to_owned), ..PageRequest::default() }.parameter(LINK_PARAMETER)
}

fn page_request(viewer: Viewer, origin: &Origin, parts: &Parts) -> PageRequest {
    let header = |name: HeaderName| text_of(&parts.headers, &name);
    PageRequest {
        viewer,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        accept_language: header(ACCEPT_LANGUAGE),
        if_none_match: header(IF_NONE_MATCH),
        base: origin.base.clone(),
    }
}

/// The value of a header that occurs once and is text.
fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then(|| value.to_owned())
}

fn cookie(texts: &str, lifetime: i64, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{LOGIN_COOKIE}={texts}; Path=/; Max-Age={lifetime}; HttpOnly; SameSite=Lax{secure}")
}

fn redirect(path: &'static str, cookie: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    response.headers_mut().extend(HeaderValue::try_from(cookie).ok().map(|cookie| (SET_COOKIE, cookie)));
    guarded(response, false)
}

fn not_allowed(methods: &'static str) -> Response {
    let text = "This address is not for that.";
    let mut response = send(login_page::fault(StatusCode::METHOD_NOT_ALLOWED, "Not possible", text));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn respond(texts: Texts, request: &PageRequest, answer: Answer) -> Response {
    match answer {
        Answer::Page(page) if page.etag.as_ref().is_some_and(|etag| request.has(etag)) => {
            not_modified(&page.etag.unwrap_or_default(), page.is_public)
        }
        Answer::Page(page) => send(page),
        Answer::NotModified { etag, is_public } => not_modified(&etag, is_public),
        Answer::Denied => send(login_page::log_in_first(texts)),
    }
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

/// The headers of a 304 replace those of the cached page, so this one has no policy.
fn not_modified(etag: &str, is_public: bool) -> Response {
    let mut response = (StatusCode::NOT_MODIFIED, Bytes::new()).into_response();
    response.headers_mut().extend(HeaderValue::try_from(etag).ok().map(|etag| (ETAG, etag)));
    guarded(response, is_public)
}

/// Adds the headers of every answer.
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicI64, Ordering};

    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::domain::PeerId;
    use crate::domain::visibility::Visibility;
    use crate::error::Result;
    use crate::web::cache::{Asked, Boards, Revised};
    use crate::web::health::{Health, Metric};
    use crate::web::login::{KEY_BYTES, Nonce};
    use crate::web::page::{Frames, Policy};
    use crate::web::viewer::Resource;
    use crate::web::{Content, Rules, router};

    const GROUP: PeerId = PeerId(-1001);
    const OTHER_GROUP: PeerId = PeerId(-1002);
    const ADA: Grant = Grant::Member { group: GROUP, person: PeerId(1) };

    struct Ill;

    impl Health for Ill {
        fn problems(&self) -> Vec<String> {
            vec!["no tracker".into()]
        }

        fn metrics(&self) -> Vec<Metric> {
            vec![Metric::gauge("swf_up", "Up.", 0)]
        }
    }

    struct NoBoards;

    impl Boards for NoBoards {
        fn revision(&self, _: Asked) -> Result<String> {
            Err(Error::failed("no board"))
        }

        fn compute(&self, _: Asked) -> Result<Revised> {
            Err(Error::failed("no board"))
        }
    }

    /// `/ID` is the page of a group; it contains the viewer's role.
    struct Groups(Visibility);

    impl Pages for Groups {
        fn answer(&self, request: &PageRequest) -> Result<Answer> {
            let Ok(group) = request.path[1..].parse().map(PeerId) else { panic!("a bug") };
            if group == PeerId(0) {
                return Err(Error::failed("hush"));
            }
            let role = request.viewer.role(group, self.0);
            if !role.may(Resource::Boards) {
                return Ok(Answer::Denied);
            }
            let page = Page::html(format!("{role:?}"), Policy::new(&[], &["one()"], Frames::Nobody));
            let is_public = self.0 == Visibility::Public;
            Ok(Answer::Page(Page { etag: Some("\"1\"".into()), is_public, ..page }))
        }
    }

    /// The current time in the tests of this file. Each link gets its own second.
    static TIME: AtomicI64 = AtomicI64::new(1_000_000);

    fn now() -> Instant {
        Instant(TIME.load(Ordering::SeqCst))
    }

    fn next() -> Instant {
        Instant(TIME.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn signer() -> Signer {
        Signer::new([7; KEY_BYTES], 1)
    }

    fn link_for(grant: Grant) -> String {
        let now = next();
        let mut nonce = Nonce::default();
        nonce[..8].copy_from_slice(&now.0.to_be_bytes());
        signer().link(grant, now, nonce)
    }

    struct Server(axum::Router);

    struct Reply {
        status: u16,
        headers: HeaderMap,
        body: String,
    }

    impl Reply {
        fn header(&self, name: &str) -> &str {
            self.headers.get(name).map_or("", |value| value.to_str().unwrap())
        }

        fn cookie(&self) -> String {
            self.header("set-cookie").split(';').next().unwrap().to_owned()
        }
    }

    impl Server {
        fn new(visibility: Visibility, settings: &[(&'static str, &'static str)]) -> Server {
            let raw = |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            let listen = "127.0.0.1:0".parse().unwrap();
            let rules = Rules::new(raw, None, Path::new(".env.local"), listen, false, now()).unwrap();
            let pages = PageSite {
                pages: Box::new(Groups(visibility)),
                is_public: visibility == Visibility::Public,
                signer: Some(signer()),
                language: Language::Uz,
                clock: now,
            };
            let pages = Some(pages).filter(|_| visibility != Visibility::Off);
            let content = Content { groups: vec![None], boards: Box::new(NoBoards), health: Box::new(Ill), pages };
            Server(router(Arc::new(rules), Arc::default(), content))
        }

        async fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
            let host = [("host", "localhost")];
            let host = host.iter().filter(|_| headers.iter().all(|(name, _)| *name != "host"));
            let request = Request::builder().method(method).uri(target);
            let request = host.chain(headers).fold(request, |request, (name, value)| request.header(*name, *value));
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(Peer([10, 0, 0, 1].into()));
            let response = TowerToHyperService::new(self.0.clone()).call(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            Reply { status: parts.status.as_u16(), headers: parts.headers, body }
        }

        async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Reply {
            self.send("GET", target, headers).await
        }

        /// Sends the form of a link's login page.
        async fn log_in(&self, link: &str, cookie: &str) -> Reply {
            let headers = [("sec-fetch-site", "same-origin"), ("cookie", cookie)];
            self.send("POST", &format!("/login?t={link}"), &headers).await
        }
    }

    #[tokio::test]
    async fn without_a_login_private_pages_are_the_login_page_whatever_their_address() {
        let server = Server::new(Visibility::Private, &[]);
        let mut bodies = Vec::new();
        for path in ["/", "/-1001", "/-1", "/0", "/nowhere?x=1", "/login/x", "/g/x/embed"] {
            let reply = server.get(path, &[]).await;
            assert_eq!((reply.status, reply.header("cache-control")), (403, "private, no-cache"), "{path}");
            bodies.push(reply.body);
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1);
        assert_eq!(server.get("/login", &[]).await.status, 200);
        // The API still works.
        assert_eq!(server.get("/api/nowhere", &[]).await.header("content-type"), "application/json");
    }

    #[tokio::test]
    async fn pages_that_are_off_are_not_there() {
        let server = Server::new(Visibility::Off, &[]);
        for path in ["/", "/login", "/logout", "/-1001"] {
            assert_eq!(server.get(path, &[]).await.status, 404, "{path}");
        }
        assert_eq!(server.log_in(&link_for(Grant::Owner), "").await.status, 404);
    }

    #[tokio::test]
    async fn a_link_logs_in_once_and_looking_at_it_changes_nothing() {
        let server = Server::new(Visibility::Private, &[]);
        let link = link_for(ADA);
        for method in ["GET", "GET", "HEAD"] {
            let reply = server.send(method, &format!("/login?t={link}"), &[]).await;
            assert_eq!((reply.status, reply.header("set-cookie")), (200, ""));
        }
        let reply = server.log_in(&link, "").await;
        assert_eq!((reply.status, reply.header("location")), (303, "/"));
        let attributes = "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax";
        assert_eq!(reply.header("set-cookie"), format!("{}{attributes}", reply.cookie()));
        let cookie = reply.cookie();
        let page = server.get("/-1001", &[("cookie", &format!("a=1; {cookie}; b"))]).await;
        assert_eq!((page.status, page.body.as_str()), (200, "Member(PeerId(1))"));
        // The other group stays closed, and the link is used up.
        assert_eq!(server.get("/-1002", &[("cookie", &cookie)]).await.status, 403);
        for _ in 0..2 {
            let again = server.log_in(&link, "").await;
            assert_eq!((again.status, again.header("set-cookie")), (403, ""));
        }
        assert_eq!(server.get(&format!("/login?t={link}"), &[]).await.status, 403);
        let out = server.send("POST", "/logout", &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!(
            (out.status, out.header("set-cookie").split("; HttpOnly").next()),
            (303, Some("swf_login=; Path=/; Max-Age=0"))
        );
    }

    #[tokio::test]
    async fn a_cookie_that_is_not_ours_is_nobody() {
        let server = Server::new(Visibility::Private, &[]);
        let good = signer().login(Grant::Owner, now());
        let status = async |cookie: String| server.get("/-1001", &[("cookie", &cookie)]).await.status;
        assert_eq!(status(format!("swf_login={good}")).await, 200);
        let forged = Signer::new([8; KEY_BYTES], 1).login(Grant::Owner, now());
        let (older, old) = (Signer::new([7; KEY_BYTES], 0), now() - LOGIN_LIFETIME);
        for wrong in [
            format!("other={good}"),
            format!("swf_login={}", &good[1..]),
            format!("swf_login={forged}"),
            format!("swf_login={}", older.login(Grant::Owner, now())),
            format!("swf_login={}", signer().login(Grant::Owner, old)),
            format!("swf_login={}", link_for(Grant::Owner)),
            format!("swf_login={}{good}", "x.".repeat(MAX_LOGINS)),
            "swf_login".to_owned(),
        ] {
            assert_eq!(status(wrong.clone()).await, 403, "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_browser_may_be_logged_in_to_several_groups() {
        let server = Server::new(Visibility::Private, &[]);
        let first = server.log_in(&link_for(ADA), "").await.cookie();
        let other = Grant::Admin { group: OTHER_GROUP, person: None };
        let both = server.log_in(&link_for(other), &first).await.cookie();
        let role = async |path: &str, cookie: &str| server.get(path, &[("cookie", cookie)]).await.body;
        assert_eq!(role("/-1001", &both).await, "Member(PeerId(1))");
        assert_eq!(role("/-1002", &both).await, "Admin(None)");
        // A login of another person for the same group replaces the earlier one.
        let ben = Grant::Member { group: GROUP, person: PeerId(2) };
        let changed = server.log_in(&link_for(ben), &both).await.cookie();
        assert_eq!(role("/-1001", &changed).await, "Member(PeerId(2))");
        assert_eq!(role("/-1002", &changed).await, "Admin(None)");
        let page = server.get("/login", &[("cookie", &changed), ("accept-language", "en")]).await.body;
        assert!(page.contains("a member of a group, an admin of a group"), "{page}");
        // Many logins fit into one cookie.
        let mut cookie = String::new();
        for group in 1..=MAX_LOGINS as i64 + 3 {
            cookie =
                server.log_in(&link_for(Grant::Admin { group: PeerId(-group), person: None }), &cookie).await.cookie();
        }
        assert!(cookie.len() < 4000, "{}", cookie.len());
        assert_eq!(cookie.matches('.').count() + 1, MAX_LOGINS);
    }

    #[tokio::test]
    async fn only_a_page_of_this_server_logs_in_and_out() {
        let server = Server::new(Visibility::Private, &[]);
        let link = link_for(ADA);
        for path in [format!("/login?t={link}"), "/logout".into()] {
            for foreign in [
                &[("sec-fetch-site", "cross-site")][..],
                &[("sec-fetch-site", "same-site"), ("origin", "http://localhost")],
                &[("origin", "http://evil.example")],
                &[("origin", "null")],
                &[],
            ] {
                let reply = server.send("POST", &path, foreign).await;
                assert_eq!((reply.status, reply.header("set-cookie")), (403, ""), "{path} {foreign:?}");
            }
        }
        // The link is still valid, also in a browser that sends only the origin.
        let reply = server.send("POST", &format!("/login?t={link}"), &[("origin", "http://localhost")]).await;
        assert_eq!(reply.status, 303);
        for (method, path) in [("GET", "/logout"), ("PUT", "/login"), ("POST", "/-1001"), ("DELETE", "/")] {
            assert_eq!(server.send(method, path, &[("sec-fetch-site", "same-origin")]).await.status, 405, "{path}");
        }
    }

    #[tokio::test]
    async fn a_page_from_elsewhere_reads_nothing_through_its_visitors() {
        let server = Server::new(Visibility::Public, &[("SWF_WEB_URL", "https://study.example")]);
        let status = async |host: &str| server.get("/-1001", &[("host", host)]).await.status;
        for host in ["localhost", "127.0.0.1:8080", "study.example", "192.168.1.5"] {
            assert_eq!(status(host).await, 200, "{host}");
        }
        for host in ["evil.example", "study.example.evil.example", "localhost.evil.example:8080"] {
            assert_eq!(status(host).await, 421, "{host}");
            let login = server.get(&format!("/login?t={}", link_for(ADA)), &[("host", host)]).await;
            assert_eq!(login.status, 421);
        }
    }

    #[tokio::test]
    async fn a_cookie_is_secure_behind_https() {
        let login = async |server: &Server, headers: &[(&str, &str)]| {
            let headers = [headers, &[("sec-fetch-site", "same-origin")]].concat();
            let reply = server.send("POST", &format!("/login?t={}", link_for(ADA)), &headers).await;
            reply.header("set-cookie").ends_with("; Secure")
        };
        let forwarded = [("x-forwarded-proto", "https"), ("x-forwarded-host", "10.0.0.9")];
        let plain = Server::new(Visibility::Private, &[]);
        assert!(!login(&plain, &[]).await && !login(&plain, &forwarded).await);
        let proxied = Server::new(Visibility::Private, &[("SWF_WEB_PROXY", "10.0.0.1")]);
        assert!(login(&proxied, &forwarded).await && !login(&proxied, &[]).await);
        let named = Server::new(Visibility::Private, &[("SWF_WEB_URL", "https://study.example")]);
        assert!(login(&named, &[("host", "study.example")]).await && !login(&named, &[]).await);
    }

    #[tokio::test]
    async fn every_answer_has_its_headers_and_a_page_that_is_known_is_not_sent_again() {
        let server = Server::new(Visibility::Public, &[]);
        let page = server.get("/-1001", &[]).await;
        assert_eq!((page.status, page.body.as_str()), (200, "Visitor"));
        assert_eq!((page.header("cache-control"), page.header("etag")), ("public, no-cache", "\"1\""));
        assert!(page.header("content-security-policy").contains("script-src 'sha256-"));
        let known = server.get("/-1001", &[("if-none-match", "\"1\"")]).await;
        assert_eq!((known.status, known.body.as_str(), known.header("etag")), (304, "", "\"1\""));
        assert_eq!(known.header("content-security-policy"), "");
        // The page of an error does not contain the cause.
        for path in ["/0", "/bug"] {
            let broken = server.get(path, &[]).await;
            assert_eq!((broken.status, broken.body.contains("hush")), (503, false), "{path}");
        }
        let link = link_for(ADA);
        for (method, path) in [
            ("GET", "/-1001"),
            ("GET", "/0"),
            ("GET", "/login"),
            ("GET", &format!("/login?t={link}")),
            ("GET", "/login?t=<script>alert(1)</script>"),
            ("POST", "/login"),
            ("POST", "/logout"),
        ] {
            let headers = [("sec-fetch-site", "same-origin"), ("if-none-match", "\"2\"")];
            let reply = server.send(method, &path.replace(['<', '>'], "%3C"), &headers).await;
            let policy = reply.header("content-security-policy");
            assert!(!policy.contains("unsafe") && !reply.body.contains("alert(1)"), "{path}");
            assert!(reply.status == 303 || policy.contains("frame-ancestors 'none'"), "{path} {policy}");
            let all = ["referrer-policy", "x-content-type-options", "vary"].map(|name| reply.header(name).to_owned());
            assert_eq!(all, ["no-referrer", "nosniff", "Cookie, Accept-Language"], "{path}");
        }
    }

    #[tokio::test]
    async fn probes_are_answered_whether_or_not_there_are_pages() {
        for visibility in [Visibility::Off, Visibility::Private] {
            let server = Server::new(visibility, &[]);
            assert_eq!(server.get("/livez", &[]).await.body, "{\"status\":\"ok\"}\n");
            let health = server.get("/healthz", &[]).await;
            let expected = "{\"problems\":[\"no tracker\"],\"status\":\"down\"}\n";
            assert_eq!((health.status, health.body.as_str()), (503, expected));
            let metrics = server.get("/metrics", &[]).await;
            assert!(metrics.status == 200 && metrics.body.starts_with("# HELP swf_up Up."), "{}", metrics.body);
            assert!(metrics.header("content-type").starts_with("text/plain"));
            // Like boards, metrics need the secret if another computer requests them.
            for away in [("x-forwarded-for", "1.2.3.4"), ("host", "evil.example")] {
                assert_eq!(server.get("/metrics", &[away]).await.status, 500);
            }
        }
    }

    #[tokio::test]
    async fn who_has_no_login_reads_how_in_their_language_or_the_groups() {
        let server = Server::new(Visibility::Private, &[]);
        for (accepted, expected) in [("en", "Log in first"), ("ru-RU", "Сначала войдите"), ("fr", "Avval kiring")]
        {
            let page = server.get("/-1001", &[("accept-language", accepted)]).await.body;
            assert!(page.contains(&format!("<h1>{expected}</h1>")), "{page}");
        }
        let link = format!("/login?t={}", link_for(ADA));
        let page = server.get(&link, &[("accept-language", "uz-Cyrl")]).await.body;
        assert!(page.contains("<html lang=\"uz-cyrl\">") && page.contains("гуруҳ аъзоси"), "{page}");
    }

    #[tokio::test]
    async fn the_style_of_the_login_page_is_the_one_that_its_policy_allows() {
        let server = Server::new(Visibility::Private, &[]);
        let page = server.get("/login", &[]).await;
        let style = page.body.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let policy = Policy::new(&[style], &[], Frames::Nobody);
        assert_eq!(page.header("content-security-policy"), policy.0.to_str().unwrap());
        assert!(!page.body.contains("style=") && !page.body.contains("<script"));
    }
}
