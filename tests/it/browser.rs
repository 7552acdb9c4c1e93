//! The pages in Chromium, driven by chromedriver over its HTTP interface (WebDriver): what only a browser can check,
//! such as whether a page breaks its own policy, scrolls sideways, or is accessible to everybody.
//!
//! These tests are ignored by default, since they need both programs; `.ci/run` runs them if both are installed.
//! `SWF_SCREENSHOTS=docs` makes the pictures of docs/page.md again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::Access;

use crate::home::{START, World};
use crate::web::Server;
use crate::web_login::{get, link};

const DAY: i64 = 86_400;
/// The widths of a phone and of a computer.
const WIDTHS: [i64; 2] = [390, 1280];

/// A browser without a window, with its own profile.
struct Browser {
    driver: Child,
    address: SocketAddr,
    /// `/session/ID`
    session: String,
    _output: BufReader<ChildStdout>,
    _profile: tempfile::TempDir,
}

impl Browser {
    fn start() -> Browser {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command.args(["--port=0"]).env("HOME", profile.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut driver = command.stderr(Stdio::null()).spawn().expect("chromedriver is installed");
        let mut output = BufReader::new(driver.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "chromedriver does not start");
            let port = line
                .split_once("started successfully on port ")
                .map(|(_, rest)| rest.trim().trim_end_matches('.').parse());
            if let Some(Ok(port)) = port {
                break port;
            }
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"];
        let profile_argument = format!("--user-data-dir={}", profile.path().join("profile").display());
        let arguments: Vec<&str> = arguments.into_iter().chain([profile_argument.as_str()]).collect();
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let started = ask_driver(address, "POST", "/session", Some(&wanted));
        let id = started["sessionId"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned();
        Browser { driver, address, session: format!("/session/{id}"), _output: output, _profile: profile }
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = ask_driver(self.address, method, &format!("{}{path}", self.session), body);
        assert!(answer.get("error").is_none(), "{path}: {answer}");
        answer
    }

    #[track_caller]
    fn open(&self, url: &str) {
        self.ask("POST", "/url", Some(&json!({ "url": url })));
    }

    /// The result of a script, which is the body of a function.
    #[track_caller]
    fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", Some(&json!({ "script": script, "args": [] })))
    }

    #[track_caller]
    fn run_async(&self, script: &str) -> Value {
        self.ask("POST", "/execute/async", Some(&json!({ "script": script, "args": [] })))
    }

    #[track_caller]
    fn text_of(&self, script: &str) -> String {
        self.run(script).as_str().unwrap_or_default().to_owned()
    }

    /// The path and the query of the page.
    #[track_caller]
    fn path(&self) -> String {
        self.text_of("return location.pathname + location.search")
    }

    /// The text of the page as a reader sees it.
    #[track_caller]
    fn text(&self) -> String {
        self.text_of("return document.body.innerText")
    }

    /// Clicks as a person does: the element must be visible and on top.
    #[track_caller]
    fn click(&self, selector: &str) {
        let found = self.ask("POST", "/element", Some(&json!({ "using": "css selector", "value": selector })));
        let id = found.as_object().and_then(|found| found.values().next()?.as_str()).expect("an element").to_owned();
        self.ask("POST", &format!("/element/{id}/click"), Some(&json!({})));
    }

    #[track_caller]
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", Some(&json!({ "cmd": command, "params": parameters })))
    }

    #[track_caller]
    fn resize(&self, width: i64) {
        // A phone has more physical pixels per CSS pixel.
        let factor = if width < 800 { 2 } else { 1 };
        let size = json!({ "width": width, "height": 844, "deviceScaleFactor": factor, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        self.devtools("Emulation.setScrollbarsHidden", &json!({ "hidden": true }));
    }

    #[track_caller]
    fn prefer(&self, scheme: &str) {
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &feature);
    }

    /// Sets the browser's language.
    #[track_caller]
    fn speak(&self, language: &str) {
        let agent = self.text_of("return navigator.userAgent");
        let parameters = json!({ "userAgent": agent, "acceptLanguage": language });
        self.devtools("Emulation.setUserAgentOverride", &parameters);
    }

    /// What the browser has reported since the last time, without answers that are not a 200.
    #[track_caller]
    fn complaints(&self) -> Vec<String> {
        let log = self.ask("POST", "/se/log", Some(&json!({ "type": "browser" })));
        let lines = log.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned());
        lines.filter(|line| !line.contains("Failed to load resource: the server responded with a status of")).collect()
    }

    fn screenshot(&self, file: &Path) {
        let shot = self.devtools("Page.captureScreenshot", &json!({ "format": "png" }));
        std::fs::write(file, STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser; a test that fails may have ended it already.
        let _ = try_to_ask_driver(self.address, "DELETE", &self.session, None);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn ask_driver(address: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> Value {
    try_to_ask_driver(address, method, path, body).expect("chromedriver answers")
}

/// The `value` of chromedriver's answer.
fn try_to_ask_driver(address: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<Value> {
    let mut stream = TcpStream::connect(address)?;
    let body = body.map(Value::to_string).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().map_err(std::io::Error::other)?;
        }
        line.clear();
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    let mut answer: Value = serde_json::from_slice(&bytes)?;
    Ok(answer["value"].take())
}

/// axe-core, which finds what people with a screen reader, a keyboard or poor eyesight can't use.
const AXE: &str = "axe-core-4.10.3";
const AXE_SHA256: &str = "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292";

/// The script of axe-core; `None` if npm's registry can't be reached.
fn axe() -> Option<String> {
    static ONCE: Once = Once::new();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{AXE}.tgz"));
    ONCE.call_once(|| download_axe(&file));
    let Ok(archive) = std::fs::read(&file) else {
        eprintln!("skipped: {AXE} can't be fetched from npm's registry; what it would find is not looked for");
        return None;
    };
    let sum: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sum, AXE_SHA256, "{} is another file", file.display());
    let unpacked = Command::new("tar").arg("-xOzf").arg(&file).arg("package/axe.min.js").output().unwrap();
    assert!(unpacked.status.success(), "{unpacked:?}");
    Some(String::from_utf8(unpacked.stdout).unwrap())
}

fn download_axe(file: &Path) {
    if file.exists() {
        return;
    }
    let part = file.with_extension("part");
    let _ = std::fs::remove_dir_all(&part);
    std::fs::create_dir_all(&part).unwrap();
    let url = format!("https://registry.npmjs.org/axe-core/-/{AXE}.tgz");
    let package = AXE.replacen("core-", "core@", 1);
    let ways: [&[&str]; 2] = [&["npm", "pack", &package], &["curl", "-fsSLO", "--max-time", "60", &url]];
    for way in ways {
        let mut command = Command::new(way[0]);
        let done = command.args(&way[1..]).current_dir(&part).stdin(Stdio::null()).output();
        if done.is_ok_and(|done| done.status.success()) {
            std::fs::rename(part.join(file.file_name().unwrap()), file).unwrap();
            break;
        }
    }
    std::fs::remove_dir_all(&part).unwrap();
}

/// The problems that axe finds on the open page, without hints.
fn faults(browser: &Browser, axe: &str) -> Vec<Value> {
    browser.run(axe);
    let found = browser.run_async(
        "const done = arguments[0];
         axe.run(document, { resultTypes: ['violations'] }).then(
           (all) => done(all.violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes.map((n) => n.html) }))),
           (error) => done([{ id: String(error), impact: 'critical' }]));",
    );
    let found = found.as_array().unwrap().clone();
    found.into_iter().filter(|fault| fault["impact"] != "minor").collect()
}

/// Half a year in which these people studied, with an unwatched week in between. Their ids begin at 1.
fn studied(names: &[&str]) -> World {
    let world = World::new();
    assert_eq!(world.track_without_posting().stop(), Some(0));
    let (mut store, group) = world.store(Access::Write);
    let now = START - 600;
    let spans = [(1, now - 170 * DAY, now - 60 * DAY), (2, now - 53 * DAY, now)];
    for (call, begin, end) in spans {
        let (call, begin, end) = (CallId(call), Instant(begin), Instant(end));
        let mut facts = vec![Fact::Following { call, at: begin }];
        let mut stays: Vec<(i64, PeerId, i64)> = Vec::new();
        for (place, _) in names.iter().enumerate() {
            let place = place as i64;
            let days = (0..(end - begin) / DAY).filter(|day| (day * 7 + place * 5) % 11 > place / 4);
            stays.extend(days.map(|day| {
                let from = begin.0 + day * DAY + 3600 * ((place * 3 + day) % 5);
                (from, PeerId(place + 1), 1800 + 600 * ((day * 13 + place * 29) % 17))
            }));
        }
        for (from, peer, length) in stays {
            let (from, to) = (Instant(from), Instant((from + length).min(end.0)));
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
        }
        facts.extend([Fact::Confirmed { call, at: end }, Fact::Ended { call, at: end, watched: true }]);
        let known = |(place, name): (usize, &&str)| {
            let profile = Profile { name: (*name).to_owned(), ..Profile::unknown(PeerId(place as i64 + 1)) };
            Known { profile, access_hash: None }
        };
        let people = names.iter().enumerate().map(known).collect();
        let observed = Observed { facts, people, watched: Some(Span::new(begin, end)), at: end };
        store.record(group, &observed, &[]).unwrap();
    }
    world
}

/// Opens a login link in the browser, and presses its button.
fn log_in(browser: &Browser, world: &World, server: &Server, who: &[&str]) {
    let path = link(world, server.address, who);
    browser.open(&format!("http://{}{path}", server.address));
    browser.click("form button");
    world.await_that("the browser is logged in", || !browser.path().starts_with("/login"));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_link_logs_in_by_its_button_alone_and_only_once() {
    let world = studied(&["Ada", "Bob"]);
    let server = Server::start(&world, "127.0.0.1:0");
    let at = |path: &str| format!("http://{}{path}", server.address);
    let browser = Browser::start();
    browser.open(&at("/g/group"));
    assert!(!browser.text().contains("Study Hall"), "{}", browser.text());
    let path = link(&world, server.address, &["ada"]);
    // Opening a link, as programs do that show previews of links, does not use it up.
    for _ in 0..3 {
        assert_eq!(get(server.address, &path, "").status, 200);
    }
    browser.open(&at(&path));
    browser.open(&at(&path));
    browser.click("form button");
    world.await_that("the pages are open", || browser.path() == "/g/group");
    assert!(browser.text().contains("Study Hall") && browser.text().contains("My time"), "{}", browser.text());
    assert_eq!(browser.run("return document.cookie"), "", "no script sees the login");
    browser.click("a[href='/g/group/me']");
    world.await_that("the own page is open", || browser.path() == "/g/group/p/1");
    browser.open(&at(&path));
    assert_eq!(browser.run("return document.forms.length"), 0, "the link is used up: {}", browser.text());
    browser.open(&at("/login"));
    browser.click("form[action='/logout'] button");
    world.await_that("the browser is logged out", || {
        browser.run("return document.querySelector('form[action=\"/logout\"]') === null") == true
    });
    browser.open(&at("/g/group/p/1"));
    assert!(!browser.text().contains("Ada"), "{}", browser.text());
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_open_page_follows_the_call() {
    let world = World::new();
    let ada = world.member("Ada <b>&");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    let server = Server::start(&world, "127.0.0.1:0");
    let browser = Browser::start();
    // The page asks every 5 seconds; this makes it ask sooner.
    let hurry = "const later = window.setTimeout; window.setTimeout = (f, ms) => later(f, Math.min(ms, 20));";
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": hurry }));
    log_in(&browser, &world, &server, &["owner"]);
    let state = || browser.text_of("return document.querySelector('[data-part=state]').innerText");
    let people = || browser.text_of("return document.querySelector('[data-part=people]').innerText");
    // The variable would be gone if the page had been loaded again.
    browser.run("window.isTheSame = true; window.stateLine = document.querySelector('[data-part=state]')");
    world.await_that("Ada is in", || state() == "1 person in the call" && people().contains("Ada <b>&"));
    let bob = world.member("Bob");
    world.telegram.join(call, bob);
    world.await_that("Bob is in", || state() == "2 people in the call" && people().contains("Bob"));
    if let Some(axe) = axe() {
        assert_eq!(faults(&browser, &axe), Vec::<Value>::new());
    }
    world.telegram.leave(call, ada);
    world.await_that("Ada has left", || state() == "1 person in the call" && !people().contains("Ada"));
    world.telegram.end_call(call);
    world.await_that("the call is over", || state() == "No call is running." && people().is_empty());
    let is_the_same = "return window.isTheSame && window.stateLine === document.querySelector('[data-part=state]')";
    assert_eq!(browser.run(is_the_same), true);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(tracker.stop(), Some(0));
}

const NICE: [&str; 12] = [
    "Dilnoza Karimova",
    "Jasur",
    "Ada Lovelace",
    "Жанна",
    "Otabek Yusupov",
    "محمد",
    "Zulfiya Rahimova",
    "Bekzod",
    "李明",
    "Nodira 📚",
    "Sardor",
    "Noor",
];

#[test]
#[ignore = "needs chromium and chromedriver"]
fn addresses_stay_and_pages_speak_the_readers_language_and_suit_the_screen() {
    let world = studied(&NICE);
    world.configure("@studyhall", &[("SWF_LANGUAGE", "uz"), ("SWF_WEB", "public")]);
    let server = Server::start(&world, "127.0.0.1:0");
    let at = |path: &str| format!("http://{}{path}", server.address);
    let browser = Browser::start();
    let heading =
        || browser.text_of("return document.documentElement.lang + ' ' + document.querySelector('h1').innerText");
    // The group's language is used if swf does not have the reader's.
    browser.speak("fr-FR,fr;q=0.9");
    for (language, expected) in [("fr-FR,fr;q=0.9", "uz Hafta"), ("ru-RU,ru;q=0.9", "ru Неделя"), ("en", "en Week")]
    {
        browser.speak(language);
        browser.open(&at("/g/group/week/2033-W19"));
        assert!(heading().starts_with(expected), "{language}: {}", heading());
    }
    browser.open(&at("/"));
    browser.click("nav.tabs a[href='/g/group/week']");
    world.await_that("the week is open", || browser.path() == "/g/group/week");
    browser.click("a[rel=prev]");
    world.await_that("the week before is open", || browser.path() == "/g/group/week/2033-W19");
    let (title, rows) = (heading(), "return document.querySelectorAll('table.board tbody tr').length");
    assert_eq!(browser.run(rows), NICE.len());
    browser.open(&at(&browser.path()));
    assert_eq!(heading(), title);
    browser.run("document.querySelector('input[name=q]').value = 'zulf'");
    browser.click("form.find button");
    world.await_that("one is found", || browser.path() == "/g/group/week/2033-W19?q=zulf");
    assert_eq!(browser.run(rows), 1);

    let brightness = || {
        let colour = browser.text_of("return getComputedStyle(document.body).backgroundColor");
        let parts = colour.trim_start_matches("rgb(").trim_end_matches(')').split(", ");
        parts.map(|part| part.parse::<i64>().unwrap()).sum::<i64>()
    };
    let screenshots =
        std::env::var_os("SWF_SCREENSHOTS").map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    log_in(&browser, &world, &server, &["owner"]);
    for (path, width, scheme, picture) in [
        ("/g/group/week/2033-W19", 390, "dark", "page-390.png"),
        ("/g/group/p/3", 390, "dark", "page-person-390.png"),
        ("/g/group/month/2033-04", 1280, "light", "page-1280.png"),
        ("/g/group/p/3?day=2033-05-11", 1280, "light", "page-person-1280.png"),
    ] {
        browser.resize(width);
        browser.prefer(scheme);
        browser.open(&at(path));
        assert_eq!(brightness() < 382, scheme == "dark", "{path}");
        if let Some(folder) = &screenshots {
            browser.screenshot(&folder.join(picture));
        }
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// Names that are long, break out of their element, or are invisible.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\u{202e}\u{2066}\u{200f}reversed",
    "</title></style></table><script>alert(1)</script>",
    "👩\u{200d}👩\u{200d}👧 𝓜𝓪𝓽𝓱 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "\u{200b}",
    "Ada",
];

/// Every kind of page, for a visitor who is logged in as the owner.
const PAGES: [&str; 16] = [
    "/",
    "/g/study",
    "/g/study/day/2033-05-17",
    "/g/study/week/2033-W19",
    "/g/study/month",
    "/g/study/year",
    "/g/study/all",
    "/g/study/range/2033-01-01/2033-04-30",
    "/g/study/week/2033-W19?q=nobody",
    "/g/study/p/1",
    "/g/study/p/9?day=2033-05-11",
    "/g/study/p/9?year=2032",
    "/g/study/about",
    "/g/study/embed?period=week",
    "/g/late",
    "/login",
];

/// Pages for a visitor who has not logged in.
const OUTSIDE: [&str; 4] = ["/", "/g/study", "/login", "/login?t=AAAA"];

#[test]
#[ignore = "needs chromium and chromedriver"]
fn every_page_keeps_its_policy_fits_the_screen_and_can_be_used_by_everybody() {
    let world = studied(&HOSTILE);
    let (mut store, _) = world.store(Access::Write);
    store.group(PeerId(-1_009), None, "<i>Late</i> & Hall", None, PeerId(world.me)).unwrap();
    drop(store);
    let groups = format!("[[group]]\nname = 'study'\nid = {}\n[[group]]\nname = 'late'\nid = -1009\n", world.group);
    std::fs::write(world.home.path().join("groups.toml"), groups).unwrap();
    let server = Server::start(&world, "127.0.0.1:0");
    let browser = Browser::start();
    let axe = axe();
    let check = |path: &str| {
        for (width, scheme) in WIDTHS.into_iter().zip(["dark", "light"]) {
            browser.resize(width);
            browser.prefer(scheme);
            browser.open(&format!("http://{}{path}", server.address));
            let overhang = browser.run("const e = document.documentElement; return e.scrollWidth - e.clientWidth");
            assert_eq!(overhang, 0, "{path} scrolls sideways at {width}");
            // Nothing was loaded from elsewhere, and no name became an element.
            let loaded = browser.run("return performance.getEntriesByType('resource').map((entry) => entry.name)");
            let loaded: Vec<&str> = loaded.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(loaded.iter().find(|name| !name.starts_with("data:")), None, "{path}");
            assert_eq!(browser.run("return document.querySelectorAll('img, i, script[src]').length"), 0, "{path}");
            if let Some(axe) = &axe {
                assert_eq!(faults(&browser, axe), Vec::<Value>::new(), "{path} at {width}");
            }
            assert_eq!(browser.complaints(), Vec::<String>::new(), "{path} at {width}");
        }
    };
    // The check does find the problems of a faulty page.
    let policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">";
    browser.open(&format!("data:text/html,{policy}<p style='color:red'>x<input>"));
    assert!(browser.complaints().iter().any(|line| line.contains("Content Security Policy")));
    assert!(axe.as_ref().is_none_or(|axe| faults(&browser, axe).len() >= 2));

    OUTSIDE.into_iter().for_each(check);
    check(&link(&world, server.address, &["owner"]));
    log_in(&browser, &world, &server, &["owner"]);
    PAGES.into_iter().for_each(check);
    check("/g/study/nothing");
}
