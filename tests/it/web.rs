//! The web side: a snapshot that arrives whatever the website does, and a server that answers only clients that may
//! read (rules §5.6 and §5.7).

#![allow(clippy::disallowed_methods, reason = "how long an attempt took")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use fake_telegram::{Id, Moment, Person};
use proptest::test_runner::{Config as ProptestConfig, TestRunner};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use swf::domain::post::delivery::Lane;
use swf::domain::{self, Span};
use swf::store::{Access, Delivery};

use crate::home::{ClosedPort, START, Tracker, World};

/// How a website responds to a request.
#[derive(Clone)]
enum Reply {
    /// Answers with a status line, more headers, and a body.
    Say(&'static str, String, &'static str),
    /// Reads the request, and never answers.
    Hang,
    /// Does not even read the request.
    Ignore,
    /// Announces a longer answer than it sends.
    BreakOff,
    /// Sends an endless answer.
    Babble,
    /// Refuses the request, and repeats its first line and its headers in the answer.
    Echo,
}

fn ok() -> Reply {
    Reply::Say("200 OK", String::new(), "{}")
}

fn status(line: &'static str) -> Reply {
    Reply::Say(line, String::new(), "{}")
}

/// A request as the website received it.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Hit {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body is JSON")
    }

    fn key(&self) -> &str {
        &self.headers["idempotency-key"]
    }
}

#[derive(Default)]
struct Behaviour {
    hits: Vec<Hit>,
    /// The number of connections, also those whose request was never read.
    connections: usize,
    next: VecDeque<Reply>,
    /// Ends the connections that hang.
    over: bool,
}

/// A website on loopback with a chosen response; the default is `200 OK`.
pub(crate) struct Site {
    address: SocketAddr,
    behaviour: Arc<(Mutex<Behaviour>, Condvar)>,
    always: Arc<Mutex<Reply>>,
    scheme: &'static str,
}

impl Site {
    pub(crate) fn new() -> Site {
        Site::with(None)
    }

    /// A site with https and an untrusted certificate.
    fn unknown() -> Site {
        let file = std::fs::read(certificate()).unwrap();
        let certificates = CertificateDer::pem_slice_iter(&file).collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(&file).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .unwrap();
        Site::with(Some(Arc::new(tls)))
    }

    fn with(tls: Option<Arc<rustls::ServerConfig>>) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let behaviour = Arc::new((Mutex::new(Behaviour::default()), Condvar::new()));
        let always = Arc::new(Mutex::new(ok()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (theirs, reply) = (behaviour.clone(), always.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (behaviour, reply, tls) = (theirs.clone(), reply.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    // Some tests make the client disconnect.
                    None => drop(converse(stream, &behaviour, &reply)),
                    Some(tls) => {
                        let connection = rustls::ServerConnection::new(tls).unwrap();
                        drop(converse(rustls::StreamOwned::new(connection, stream), &behaviour, &reply));
                    }
                });
            }
        });
        Site { address, behaviour, always, scheme }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://localhost:{}/api/leaderboard?token=hush", self.scheme, self.address.port())
    }

    /// The response to the next request.
    fn then(&self, reply: Reply) {
        self.behaviour.0.lock().unwrap().next.push_back(reply);
    }

    /// The response to every request from now on.
    fn always(&self, reply: Reply) {
        *self.always.lock().unwrap() = reply;
    }

    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.behaviour.0.lock().unwrap().hits.clone()
    }

    fn connections(&self) -> usize {
        self.behaviour.0.lock().unwrap().connections
    }

    fn keys(&self) -> BTreeSet<String> {
        self.hits().iter().map(|hit| hit.key().to_owned()).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.behaviour.0.lock().unwrap().over = true;
        self.behaviour.1.notify_all();
    }
}

fn converse(
    stream: impl Read + Write,
    behaviour: &(Mutex<Behaviour>, Condvar),
    always: &Mutex<Reply>,
) -> std::io::Result<()> {
    let reply = {
        let mut behaviour = behaviour.0.lock().unwrap();
        behaviour.connections += 1;
        behaviour.next.pop_front().unwrap_or_else(|| always.lock().unwrap().clone())
    };
    let wait = || drop(behaviour.1.wait_while(behaviour.0.lock().unwrap(), |behaviour| !behaviour.over));
    if matches!(reply, Reply::Ignore) {
        wait();
        return Ok(());
    }
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        // An incomplete request is ignored.
        if reader.read_line(&mut header)? == 0 {
            return Ok(());
        }
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8(body).expect("a body is UTF-8");
    let echo = json!({ "line": line, "headers": headers }).to_string();
    behaviour.0.lock().unwrap().hits.push(Hit { line: line.trim_end().to_owned(), headers, body });
    let mut out = reader.into_inner();
    match reply {
        Reply::Say(status, headers, body) => {
            let length = body.len();
            let head = "Content-Type: application/json\r\nConnection: close";
            write!(out, "HTTP/1.1 {status}\r\n{head}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")?;
        }
        Reply::Echo => {
            let head = "Content-Type: application/json\r\nConnection: close";
            write!(out, "HTTP/1.1 422 No\r\n{head}\r\nContent-Length: {}\r\n\r\n{echo}", echo.len())?;
        }
        Reply::BreakOff => write!(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")?,
        Reply::Babble => {
            write!(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")?;
            while out.write_all(&[b'x'; 65_536]).is_ok() {}
        }
        Reply::Hang | Reply::Ignore => wait(),
    }
    out.flush()
}

fn certificate() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/localhost.pem")
}

const SECRET: &str = "correct-horse";
/// From the start of a test to 21:30, in seconds.
const TO_POST_TIME: i64 = 46_600;

/// Settings that send to `site`.
fn settings(site: &Site) -> Vec<(&'static str, String)> {
    vec![
        ("LEADERBOARD_WEB_EXPORT_ENABLED", "yes".into()),
        ("LEADERBOARD_INGEST_URL", site.url()),
        ("LEADERBOARD_INGEST_SECRET", SECRET.into()),
        ("LEADERBOARD_EXPORT_TIMEOUT_MS", "1500".into()),
    ]
}

fn configure(world: &World, settings: &[(&'static str, String)]) {
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.configure("@studyhall", &settings);
}

/// A world in which Ada has studied for an hour and Bob for ten minutes, no tracker runs, and posts are exported to
/// `site`.
fn studied(site: &Site) -> (World, i64, Id) {
    let world = World::new();
    let (ada, bob) = (world.member("Ada \u{202e}<b>"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    world.telegram.join_at(call, bob, START - 600);
    let tracker = world.track_without_posting();
    assert_eq!(tracker.stop(), Some(0));
    configure(&world, &settings(site));
    (world, call, ada)
}

/// Lets time pass, also for commands that do not ask Telegram for the time.
fn later(world: &World, seconds: i64) {
    world.telegram.advance(seconds);
    world.advance_stored_clock(seconds);
}

/// The snapshots that are not delivered.
fn undelivered(world: &World) -> Vec<Delivery> {
    let (store, group) = world.store(Access::Read);
    store.undelivered(group, Lane::Website, domain::Instant(world.telegram.now())).unwrap()
}

/// The attempts and the time of the next try of the only undelivered snapshot.
fn attempts(world: &World) -> (u32, i64) {
    let state = &undelivered(world)[0].state;
    (state.attempts, state.next_try.0)
}

fn is_delivered(world: &World) -> bool {
    undelivered(world).is_empty()
}

fn errors(world: &World, args: &[&str], code: i32) -> String {
    let output = world.run(args);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains(SECRET) && !text.contains("hush"), "{text}");
    text
}

#[test]
fn a_misspelled_setting_of_the_web_export_is_named() {
    let world = World::new();
    world.configure("@studyhall", &[("LEADERBOARD_INGEST_SECERT", "x"), ("LEADERBOARD_THEME", "dark")]);
    let output = world.run(&["secrets", "list"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let words = "unknown setting LEADERBOARD_INGEST_SECERT is ignored; did you mean LEADERBOARD_INGEST_SECRET?";
    assert!(said.contains(words) && !said.contains("THEME"), "{said}");
    let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("unknown setting LEADERBOARD_INGEST_SECERT"), "{doctor}");
}

#[test]
fn the_website_gets_what_the_post_says() {
    let site = Site::new();
    let (world, _, ada) = studied(&site);
    std::fs::write(world.home.path().join("praise.txt"), "Bravo!\n").unwrap();
    let mut settings = settings(&site);
    settings.push(("SWF_PRAISE_FILE", "praise.txt".into()));
    configure(&world, &settings);
    // Yesterday's board is not due; today's is due from 21:30 on.
    later(&world, TO_POST_TIME);
    world.store_watched();
    assert!(world.ok(&["post"]).contains("Posted"));
    let hits = site.hits();
    assert_eq!(hits.len(), 1);
    let (hit, body) = (&hits[0], hits[0].json());
    assert_eq!(hit.line, "POST /api/leaderboard?token=hush HTTP/1.1");
    assert_eq!(hit.headers["x-leaderboard-secret"], SECRET);
    assert_eq!(hit.headers["content-type"], "application/json");
    assert_eq!(hit.key().len(), 32);
    let message = world.telegram.messages(world.group).remove(0);
    assert_eq!((&body["message_id"], &body["chat_id"]), (&json!(message.id), &json!(world.group)));
    assert_eq!(
        (&body["source"], &body["final"], &body["day"]),
        (&json!("tracker"), &json!(false), &json!("2033-05-18"))
    );
    let posted = chrono::DateTime::parse_from_rfc3339(body["posted_at"].as_str().unwrap()).unwrap();
    assert!(body["posted_at"].as_str().unwrap().ends_with('Z'));
    assert!((posted.timestamp() - world.telegram.now()).abs() < 60, "{posted}");
    let boards = body["boards"].as_array().unwrap();
    let facts: Vec<_> =
        boards.iter().map(|board| [&board["scope"], &board["period_start"], &board["period_end"]]).collect();
    assert_eq!(
        json!(facts),
        json!([
            ["day", "2033-05-18T00:00:00+05:00", "2033-05-18T23:59:59+05:00"],
            ["week", "2033-05-16T00:00:00+05:00", "2033-05-22T23:59:59+05:00"],
            ["month", "2033-05-01T00:00:00+05:00", "2033-05-31T23:59:59+05:00"],
        ])
    );
    let first = |board: usize| boards[board]["entries"][0].clone();
    assert_eq!(
        first(0),
        json!({
            "rank": 1, "user_id": ada, "seconds": 3600, "minutes": 60, "display": "Ada <b>", "rank_emoji": "🥇",
            "badge": "💪", "compliment": "Bravo!",
        })
    );
    assert_eq!((&first(1)["compliment"], &boards[0]["title"]), (&json!(""), &json!("Today")));
    for board in boards {
        let header = board["header"].as_str().unwrap();
        assert!(message.text.contains(&format!("\n\n{header}\n")), "{header}: {}", message.text);
    }
    // It was sent only once.
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert_eq!(world.ok(&["web", "push"]), "Nothing waits to be sent.\n");
    assert_eq!(site.hits().len(), 1);
}

#[test]
fn a_manual_post_and_its_export_have_no_praise() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    std::fs::write(world.home.path().join("praise.txt"), "Bravo!\n").unwrap();
    let mut settings = settings(&site);
    settings.push(("SWF_PRAISE_FILE", "praise.txt".into()));
    settings.push(("SWF_TOP", "1".into()));
    configure(&world, &settings);
    world.ok(&["post", "--now", "--again"]);
    let body = site.hits()[0].json();
    let entries = body["boards"][0]["entries"].as_array().unwrap();
    // The export has up to ten rows, whatever the length of the post.
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|entry| entry["compliment"] == ""), "{body}");
}

#[test]
fn an_export_that_is_off_or_incomplete_sends_nothing() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let whole = settings(&site);
    for missing in 0..3 {
        let mut some = whole.clone();
        some.remove(missing);
        configure(&world, &some);
        world.ok(&["post", "--now", "--again"]);
    }
    configure(&world, &whole);
    world.ok(&["post", "--now", "--again"]);
    // Earlier posts are not exported, either.
    assert_eq!(site.hits().len(), 1);
    configure(&world, &[]);
    let error = errors(&world, &["web", "push"], 78);
    assert!(error.contains("LEADERBOARD_WEB_EXPORT_ENABLED is not true"), "{error}");
}

#[test]
fn a_post_made_under_wrong_settings_is_exported_once_they_are_right() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let mut wrong = settings(&site);
    wrong[1].1 = "http://studyhall.example/?token=hush".into();
    configure(&world, &wrong);
    let output = world.run(&["post", "--now", "--again"]);
    assert!(output.status.success(), "{output:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("unless it is on this computer") && !error.contains("hush"), "{error}");
    let waiting = world.ok(&["web", "push", "--dry-run"]);
    errors(&world, &["web", "push"], 78);
    configure(&world, &settings(&site));
    assert_eq!(world.ok(&["web", "push"]), "Sent the boards of 1 day.\n");
    assert_eq!(waiting, site.hits()[0].body.clone() + "\n");
}

/// A website that responds with `reply` once. The post is still sent soon; the same snapshot is delivered later.
fn misbehaves(reply: Reply, words: &str) {
    let site = Site::new();
    let (world, ..) = studied(&site);
    site.then(reply);
    let begun = Instant::now();
    assert!(world.ok(&["post", "--now", "--again"]).contains("Posted"), "{words}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{words}: {:?}", begun.elapsed());
    assert_eq!(world.telegram.messages(world.group).len(), 1);
    let (attempts, next_try) = attempts(&world);
    assert_eq!(attempts, 1, "{words}");
    assert!(next_try > world.telegram.now(), "{words}");
    let status = world.json(&["status", "--json"]);
    let problem = status["export"]["waiting"][0]["problem"].as_str().unwrap();
    assert!(problem.contains(words) && problem.contains("//localhost:") && !problem.contains("hush"), "{problem}");
    // Not before its next try is due; then by the first command that posts.
    world.ok(&["post"]);
    assert_eq!(site.connections(), 1, "{words}");
    later(&world, next_try - world.telegram.now() + 1);
    world.ok(&["post"]);
    assert!(is_delivered(&world), "{words}");
    assert_eq!((site.connections(), site.keys().len()), (2, 1), "{words}");
    assert_eq!(world.telegram.messages(world.group).len(), 1);
}

#[test]
fn a_site_that_hangs_is_left_after_the_timeout() {
    misbehaves(Reply::Hang, "within 1500 ms");
    misbehaves(Reply::Ignore, "within 1500 ms");
}

#[test]
fn half_an_answer_is_not_an_answer() {
    misbehaves(Reply::BreakOff, "no answer from");
}

#[test]
fn a_site_that_is_busy_is_asked_again() {
    for line in ["500 Internal Server Error", "503 Service Unavailable", "408 Request Timeout", "429 Too Many Requests"]
    {
        misbehaves(status(line), line);
    }
}

#[test]
fn a_site_that_says_when_is_asked_then() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let date = "Date: Wed, 21 Oct 2015 07:00:00 GMT\r\nRetry-After: Wed, 21 Oct 2015 08:00:00 GMT\r\n";
    for (headers, seconds) in [("Retry-After: 120\r\n", 120), (date, 3600)] {
        site.then(Reply::Say("429 Too Many Requests", headers.into(), "{}"));
        world.ok(&["post", "--now", "--again"]);
        let wait = attempts(&world).1 - world.telegram.now();
        assert!((seconds..seconds + 60).contains(&wait), "{headers}: {wait}");
        later(&world, wait - 30);
        let before = site.hits().len();
        world.ok(&["post"]);
        assert_eq!(site.hits().len(), before);
        later(&world, 31);
        world.ok(&["post"]);
        assert_eq!(site.hits().len(), before + 1);
        assert!(is_delivered(&world));
    }
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    site.then(Reply::Babble);
    world.ok(&["post", "--now", "--again"]);
    assert!(is_delivered(&world));
}

#[test]
fn a_site_that_is_not_there_is_tried_again() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let port = ClosedPort::new();
    let gone = port.address();
    let mut settings = settings(&site);
    settings[1].1 = format!("http://{gone}/");
    configure(&world, &settings);
    world.ok(&["post", "--now", "--again"]);
    let error = errors(&world, &["web", "push"], 75);
    assert!(error.contains(&format!("no answer from http://{gone}: Connection refused")), "{error}");
    assert_eq!(attempts(&world).0, 2);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let site = Site::unknown();
    let (world, ..) = studied(&site);
    world.ok(&["post", "--now", "--again"]);
    let error = errors(&world, &["web", "push"], 75);
    assert!(error.contains("invalid peer certificate"), "{error}");
    assert_eq!(site.hits().len(), 0, "the secret was sent");
    // If the system trusts the certificate, the export works. Only Linux takes trusted certificates from a variable.
    if cfg!(target_os = "linux") {
        let output = world.command(&["web", "push"]).env("SSL_CERT_FILE", certificate()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(site.hits().len(), 1);
    }
}

#[test]
fn what_a_site_refuses_is_kept_until_somebody_asks() {
    let elsewhere = Site::new();
    let moved = format!("Location: {}\r\n", elsewhere.url());
    for (reply, words) in [
        (status("401 Unauthorized"), "LEADERBOARD_INGEST_SECRET must be the secret"),
        (status("404 Not Found"), "LEADERBOARD_INGEST_URL must be the address"),
        (
            Reply::Say("422 Unprocessable Entity", String::new(), r#"{"error":"correct-horse \u001b[31m"}"#),
            "(the secret)",
        ),
        (Reply::Say("308 Permanent Redirect", moved.clone(), ""), "redirects are not followed"),
        (Reply::Say("302 Found", moved, ""), "redirects are not followed"),
    ] {
        let site = Site::new();
        let (world, ..) = studied(&site);
        site.then(reply.clone());
        assert!(world.ok(&["post", "--now", "--again"]).contains("Posted"));
        later(&world, TO_POST_TIME);
        assert!(world.ok(&["post"]).contains("Posted"));
        // The board of 21:30 is newer and was accepted, so the older one is dropped.
        assert_eq!(site.hits().len(), 2);
        assert!(is_delivered(&world));

        site.then(reply.clone());
        world.ok(&["post", "--now", "--again"]);
        later(&world, 3600);
        assert!(world.ok(&["post"]).contains("Nothing is due"));
        assert_eq!(site.hits().len(), 3, "{words}");
        site.then(reply);
        let error = errors(&world, &["web", "push"], 1);
        assert!(error.contains(words) && error.contains("swf web push"), "{error}");
        let said = world.run(&["web", "push", "--json"]);
        assert_eq!(
            serde_json::from_slice::<Value>(&said.stdout).unwrap(),
            json!({ "delivered": 1, "undelivered": [] })
        );
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn the_newest_snapshot_of_a_day_is_the_one_that_arrives() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    site.always(status("503 Service Unavailable"));
    for _ in 0..3 {
        world.ok(&["post", "--now", "--again"]);
        later(&world, 5);
    }
    site.always(ok());
    let before = site.hits().len();
    assert_eq!(world.ok(&["web", "push"]), "Sent the boards of 1 day.\n");
    let hits = site.hits();
    assert_eq!(hits.len(), before + 1);
    let newest = world.telegram.messages(world.group).last().unwrap().id;
    assert_eq!(hits.last().unwrap().json()["message_id"], newest);
}

#[test]
fn the_website_gets_the_final_board_too() {
    let site = Site::new();
    let world = World::new();
    configure(&world, &settings(&site));
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track();
    // Until 21:30, and then past midnight.
    world.pass(call, TO_POST_TIME);
    world.await_that("the website has the board", || site.hits().len() == 1);
    world.pass(call, 3 * 3600);
    world.await_that("the website has the final board", || site.hits().len() == 2);
    let [first, last] = [site.hits()[0].json(), site.hits()[1].json()];
    assert_eq!((&first["final"], &last["final"], &last["day"]), (&json!(false), &json!(true), &json!("2033-05-18")));
    assert_eq!(first["message_id"], last["message_id"]);
    assert_eq!(last["boards"][0]["entries"][0]["seconds"], 15 * 3600 + 26 * 60 + 40);
    assert_ne!(site.hits()[0].key(), site.hits()[1].key());
    world.await_that("it is delivered", || is_delivered(&world));
}

#[test]
fn ten_minutes_of_errors_lose_nothing_and_are_no_storm() {
    let site = Site::new();
    let (world, call, ada) = studied(&site);
    site.always(status("500 Internal Server Error"));
    let _tracker = world.track();
    world.ok(&["post", "--now", "--again"]);
    let begun = world.telegram.now();
    while world.telegram.now() < begun + 600 {
        let (tries, next_try) = attempts(&world);
        if tries > 0 && next_try > world.telegram.now() {
            // Meanwhile the tracker watches and counts.
            world.pass(call, (next_try - world.telegram.now()).min(60));
        } else {
            world.await_that("it tries", || attempts(&world).1 > next_try);
        }
    }
    let tries = site.hits().len();
    assert!((5..=10).contains(&tries), "{tries}");
    site.always(ok());
    world.telegram.advance(600);
    world.pass(call, 1);
    world.await_that("the website has the board", || is_delivered(&world));
    assert_eq!((site.hits().len(), site.keys().len()), (tries + 1, 1));
    let seconds: BTreeMap<Id, i64> = world.seconds().into_iter().collect();
    assert_eq!(seconds[&ada], 3600 + world.telegram.now() - START);
}

#[test]
fn a_tracker_posts_and_tracks_while_a_site_hangs() {
    let site = Site::new();
    let (world, call, ada) = studied(&site);
    let mut settings = settings(&site);
    settings[3].1 = "60000".into();
    configure(&world, &settings);
    site.always(Reply::Hang);
    let tracker = world.track();
    world.ok(&["post", "--now", "--again"]);
    world.await_that("the site hangs", || site.hits().len() == 1);
    world.pass(call, 100);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(world.telegram.messages(world.group).len(), 2);
    let seconds: BTreeMap<Id, i64> = world.seconds().into_iter().collect();
    assert_eq!(seconds[&ada], 3700);
    // The tracker can also stop meanwhile.
    let begun = Instant::now();
    assert_eq!(tracker.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// Starts a command, and kills it like `kill -9` once `when` is true.
fn kill_when(world: &World, args: &[&str], what: &str, when: impl FnMut() -> bool) {
    let mut command = world.command(args);
    let mut child: Child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    world.await_that(what, when);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_post_killed_at_any_point_before_its_export_delivers_the_snapshot_once() {
    kill_between_post_and_export(false);
}

#[test]
fn a_tracker_killed_at_any_point_before_an_export_delivers_the_snapshot_once() {
    kill_between_post_and_export(true);
}

/// Kills the process that posts at six points between the post and its export.
fn kill_between_post_and_export(by_tracker: bool) {
    for point in 0..6 {
        let site = Site::new();
        let (world, ..) = studied(&site);
        let faults = world.telegram.faults();
        let method = "messages.sendMessage";
        let mut tracker: Option<Tracker> = by_tracker.then(|| world.track());
        let mut kill = |what: &str, when: &mut dyn FnMut() -> bool| match tracker.take() {
            None => kill_when(&world, &["post", "--now", "--again"], what, when),
            Some(tracker) => {
                let mut command = world.command(&["post", "--now", "--again"]);
                let mut post = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                world.await_that(what, when);
                post.kill().unwrap();
                post.wait().unwrap();
                tracker.kill();
            }
        };
        match point {
            // Killed when Telegram has read the stored post, or has stored it.
            0 | 1 => {
                let moment = if point == 0 { Moment::Read } else { Moment::Stored };
                faults.pause(method, moment, 1);
                kill("a request is held", &mut || world.telegram.paused() > 0);
                faults.resume();
            }
            // Killed when the post is stored as sent (2), before the site has read the request (3), before it has
            // answered (4), and after that.
            2 => {
                kill("the post is sent", &mut || world.last_sent().is_some());
            }
            3 => {
                site.then(Reply::Ignore);
                kill("the site is reached", &mut || site.connections() > 0);
            }
            4 => {
                site.then(Reply::Hang);
                kill("the site has the request", &mut || !site.hits().is_empty());
            }
            _ => kill("the site has answered", &mut || !site.hits().is_empty()),
        }
        // By then the lease of the killed process has expired.
        later(&world, 60);
        if by_tracker {
            let tracker = world.track();
            world.await_that("the site has the board", || !site.hits().is_empty() && is_delivered(&world));
            assert_eq!(tracker.stop(), Some(0));
        } else {
            world.ok(&["post"]);
            assert!(is_delivered(&world), "point {point}");
        }
        let hits = site.hits();
        let most = if point >= 4 { 2 } else { 1 };
        let in_time = if point == 2 { 2 } else { most };
        assert!((1..=in_time).contains(&hits.len()), "point {point}: {}", hits.len());
        assert_eq!(site.keys().len(), 1, "point {point}");
        assert_eq!(world.telegram.messages(world.group).len(), 1, "point {point}");
        assert_eq!(hits[0].json()["message_id"], world.telegram.messages(world.group)[0].id);
        // It is not sent again.
        later(&world, 3600);
        world.ok(&["web", "push"]);
        assert_eq!(site.hits().len(), hits.len(), "point {point}");
    }
}

// X11
#[test]
fn a_website_that_repeats_the_request_reveals_no_secret() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let mut settings = settings(&site);
    let address = format!("http://keyholder:open%2Dsesame%21@localhost:{}/api/board", site.address.port());
    settings.push(("LEADERBOARD_INGEST_URL", address));
    settings.push(("SWF_LOG", "trace".into()));
    configure(&world, &settings);
    site.always(Reply::Echo);
    let mut shown = Vec::new();
    for args in [
        &["post", "--now", "--again"][..],
        &["web", "push", "-vv"],
        &["web", "push", "--json"],
        &["status"],
        &["status", "--json"],
        &["doctor"],
    ] {
        let output = world.run(args);
        shown.extend([output.stdout, output.stderr].concat());
    }
    let authorization = &site.hits()[0].headers["authorization"];
    let encoded = authorization.strip_prefix("Basic ").unwrap().to_owned();
    assert_eq!(site.hits().len(), 3, "{}", String::from_utf8_lossy(&shown));
    let stored = ["study.db", "study.db-wal"].map(|file| std::fs::read(world.home.path().join("var").join(file)));
    shown.extend(stored.into_iter().flatten().flatten());
    shown.extend(logged(&world, "").concat().into_bytes());
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains("422 "), "{shown}");
    for secret in [SECRET, "keyholder", "sesame", &encoded] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_bot_that_posts_elsewhere_names_that_chat() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let bot = world.telegram.person(Person::named("Board").username("board_bot").bot());
    let channel = world.telegram.supergroup("Boards", Some("boards"));
    world.telegram.add_member(channel, bot);
    let mut settings = settings(&site);
    settings.push(("TELEGRAM_BOT_TOKEN", world.telegram.bot_token(bot)));
    settings.push(("TG_BOT_STRING_SESSION", world.telegram.signed_out_login_string()));
    settings.push(("TELEGRAM_BOT_TARGET", "@boards".into()));
    configure(&world, &settings);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(site.hits()[0].json()["chat_id"], channel);
}

#[test]
fn the_separation_holds_and_a_breach_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |path: &Path, more: &[&str]| {
        let home = tempfile::tempdir().unwrap();
        let mut args = vec!["verify-separation", path.to_str().unwrap()];
        args.extend(more);
        let output = crate::home::command(home.path(), &args).output().unwrap();
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(run(root, &[]).0, Some(0), "{:?}", run(root, &[]));

    let folder = tempfile::tempdir().unwrap();
    let plant = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    plant("src/web_export.rs", b"LEADERBOARD_INGEST_URL X-Leaderboard-Secret apps/website");
    plant("src/web/mod.rs", b"website/");
    plant("src/web/deep/mod.rs", b"LEADERBOARD_EXPORT_TIMEOUT_MS");
    plant("src/notes.md", b"website/");
    plant("tests/it.rs", b"LEADERBOARD_INGEST_URL");
    plant("src/lib.rs", b"// the website, Leaderboard_Ingest\n");
    assert_eq!(run(folder.path(), &[]).0, Some(0));
    plant("src/web.rs", b"fn a() {}\n// LEADERBOARD_WEB_EXPORT_ENABLED\n");
    plant("src/domain/web/mod.rs", b"let x = \"x-leaderboard-secret\";\nlet y = \"X-Leaderboard-Secret\";\n");
    plant("src/domain/web_export.rs", b"\xff\r\n\r\napps/website/lib website/\r\n");
    let (code, out, error) = run(folder.path(), &[]);
    assert_eq!(code, Some(3));
    insta::assert_snapshot!(out + &error, @r"
    src/domain/web/mod.rs:2: X-Leaderboard-Secret
    src/domain/web_export.rs:3: apps/website
    src/web.rs:2: LEADERBOARD_WEB_EXPORT
    swf: 3 lines break the separation
      Move that code to src/web/, and call it from there.
    ");
    let (code, out, _) = run(folder.path(), &["--json"]);
    let breaches: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, breaches["breaches"].as_array().unwrap().len()), (Some(3), 3));
    let (code, _, error) = run(&folder.path().join("src"), &[]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("swf verify-separation"), "{error}");
}

/// `swf web serve`, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(world: &World, listen: &str) -> Server {
        Server::with(world, &["--listen", listen])
    }

    pub(crate) fn with(world: &World, options: &[&str]) -> Server {
        let mut command = world.command(&[&["web", "serve"], options].concat());
        command.stdin(Stdio::null());
        Server::spawn(world, command)
    }

    /// Starts this command, and waits until it listens.
    pub(crate) fn spawn(world: &World, mut command: Command) -> Server {
        let log = world.home.path().join("serve");
        let file = std::fs::File::create(&log).unwrap();
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        let mut address = None;
        world.await_that("the server listens", || {
            let text = std::fs::read_to_string(&log).unwrap();
            let rest = text.split_once("listening on http://").map(|(_, rest)| rest.to_owned());
            address = rest.and_then(|rest| rest.lines().next()?.trim().parse::<SocketAddr>().ok());
            address.is_some()
        });
        let address = SocketAddr::from(([127, 0, 0, 1], address.unwrap().port()));
        Server { child, address }
    }

    /// The status and body of a request with these additional headers.
    fn ask(&self, what: &str, headers: &[&str]) -> (u16, Value) {
        let host = if headers.iter().any(|header| header.starts_with("Host:")) { "" } else { "Host: localhost\r\n" };
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let text = self.raw(&format!("{what} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n"));
        let (head, body) = text.split_once("\r\n\r\n").expect(&text);
        assert!(head.contains("\r\ncache-control: no-store"), "{head}");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|_| panic!("{text}")))
    }

    fn get(&self, path: &str, headers: &[&str]) -> (u16, Value) {
        self.ask(&format!("GET {path}"), headers)
    }

    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    pub(crate) fn stop(mut self) -> Option<i32> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_admin_state_needs_the_secret() {
    let world = World::new();
    let server = Server::start(&world, "127.0.0.1:0");
    let state = "/api/admin/state";
    let (code, body) = server.get(state, &["x-cron-secret: hush"]);
    assert_eq!((code, &body["error"]), (500, &json!("CRON_SECRET is not set")));
    assert_eq!(server.get("/livez", &[]), (200, json!({ "status": "ok" })));
    // CASES F3
    let down = json!({ "status": "down", "problems": ["no tracker has run here yet"] });
    assert_eq!(server.get("/healthz", &[]), (503, down));
    drop(server);

    world.configure("@studyhall", &[("CRON_SECRET", "hush hush"), ("SESSION_VERSION", "7")]);
    let server = Server::start(&world, "127.0.0.1:0");
    for good in ["x-cron-secret: hush hush", "Authorization: Bearer hush hush", "authorization: bearer hush hush"] {
        let (code, body) = server.get(state, &[good]);
        assert_eq!((code, &body["session_version"]), (200, &json!(7)), "{good}");
        assert!(chrono::DateTime::parse_from_rfc3339(body["updated_at"].as_str().unwrap()).is_ok(), "{body}");
    }
    for bad in [
        "x-cron-secret: hush",
        "x-cron-secret: hush hush hush",
        "x-cron-secret:",
        "Authorization: hush hush",
        "Authorization: Basic hush hush",
        "Authorization: Bearer",
        "Authorization: Bearer hush",
        "Cookie: hush hush",
    ] {
        let (code, body) = server.get(state, &[bad]);
        assert_eq!(code, 401, "{bad}");
        assert!(body["error"].is_string() && !body.to_string().contains("hush"), "{body}");
    }
    assert_eq!(server.get(state, &[]).0, 401);
    // One right header is enough.
    assert_eq!(server.get(state, &["x-cron-secret: no", "Authorization: Bearer hush hush"]).0, 200);
    assert_eq!(server.ask(&format!("POST {state}"), &["x-cron-secret: hush hush"]).0, 405);
    assert_eq!(server.get("/api/nowhere", &[]).0, 404);
    assert_eq!(server.stop(), Some(0));
    world.configure("@studyhall", &[("SESSION_VERSION", "seven")]);
    let error = errors(&world, &["web", "serve", "--listen", "127.0.0.1:0"], 78);
    assert!(error.contains("SESSION_VERSION is \"seven\""), "{error}");
}

// X16
#[test]
fn boards_need_the_secret_except_on_this_computer() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    world.configure("@studyhall", &[]);
    let error = errors(&world, &["web", "serve", "--listen", "0.0.0.0:0"], 78);
    assert!(error.contains("CRON_SECRET") && error.contains("swf web serve --listen 127.0.0.1:8080"), "{error}");

    let server = Server::start(&world, "127.0.0.1:0");
    for (path, args) in [
        ("day", &["leaderboard", "day", "--json"][..]),
        ("week?date=2033-05-20", &["leaderboard", "week", "--date", "2033-05-20", "--json"][..]),
        ("month", &["leaderboard", "month", "--json"][..]),
        ("day?date=2033-05-17", &["leaderboard", "day", "--date", "2033-05-17", "--json"][..]),
    ] {
        assert_eq!(server.get(&format!("/api/leaderboard/{path}"), &[]), (200, world.json(args)), "{path}");
    }
    let day = "/api/leaderboard/day";
    for host in ["Host: 127.0.0.1:8080", "Host: [::1]:8080", "Host: LOCALHOST"] {
        assert_eq!(server.get(day, &[host]).0, 200, "{host}");
    }
    // Requests through a proxy, or from a page whose host name was made to resolve to this computer.
    for host in ["Host: studyhall.example", "Host: localhost.studyhall.example:80", "Host: 10.0.0.1", "Host:"] {
        assert_eq!(server.get(day, &[host]).0, 500, "{host}");
    }
    for bad in ["?date=yesterday", "?date=", "?date=2033-02-30", "?date=+99999-01-01", "?date=-999-01-01", "?date=%ff"]
    {
        assert_eq!(server.get(&format!("{day}{bad}"), &[]).0, 400, "{bad}");
    }
    assert_eq!(server.get("/api/leaderboard/year", &[]).0, 404);
    drop(server);

    world.configure("@studyhall", &[("CRON_SECRET", LONG_SECRET)]);
    let server = Server::start(&world, "0.0.0.0:0");
    let [header, bearer] = [format!("x-cron-secret: {LONG_SECRET}"), format!("Authorization: Bearer {LONG_SECRET}")];
    assert_eq!((server.get(day, &[]).0, server.get(day, &[&header]).0), (401, 200));
    assert_eq!((server.get("/livez", &[]).0, server.get(day, &[&bearer]).0), (200, 200));
    std::fs::remove_dir_all(world.home.path().join("var")).unwrap();
    let (code, body) = server.get(day, &[&header]);
    assert_eq!(code, 503);
    assert!(!body.to_string().contains("study.db"), "{body}");
}

#[test]
fn each_group_has_its_boards_under_its_name() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    world.configure("@studyhall", &[]);
    let server = Server::start(&world, "127.0.0.1:0");
    let day = server.get("/api/leaderboard/day", &[]);
    let (code, body) = server.get("/api/g/study/leaderboard/day", &[]);
    assert_eq!((code, &body["groups"]), (404, &json!([])), "no group has a name");
    drop(server);

    let (mut store, _) = world.store(Access::Write);
    store.group(domain::PeerId(-1_009), None, "Late Hall", None, domain::PeerId(world.me)).unwrap();
    drop(store);
    let groups = format!(
        "[[group]]\nname = 'study'\nid = {}\n[[group]]\nname = 'late'\nid = -1009\ntimezone = 'UTC'\n\
         [[group]]\nname = 'new'\nid = -1008\n",
        world.group
    );
    std::fs::write(world.home.path().join("groups.toml"), groups).unwrap();
    world.configure("@studyhall", &[("CRON_SECRET", LONG_SECRET)]);
    let server = Server::start(&world, "127.0.0.1:0");
    let secret = format!("x-cron-secret: {LONG_SECRET}");
    let get = |path: &str| server.get(path, &[&secret]);
    assert_eq!((get("/api/leaderboard/day"), get("/api/g/study/leaderboard/day")), (day.clone(), day));
    let (code, late) = get("/api/g/late/leaderboard/week");
    assert_eq!(
        (code, &late["group"]["title"], &late["people"], &late["timezone"]),
        (200, &json!("Late Hall"), &json!(0), &json!("UTC"))
    );
    assert_eq!(get("/api/g/new/leaderboard/day").0, 503, "another group's board would be wrong");
    assert_eq!(get("/api/g/late/admin/state"), get("/api/admin/state"));
    assert_eq!((get("/api/g/late/leaderboard/year").0, get("/api/g/late/leaderboard/day?date=x").0), (404, 400));
    for unknown in ["/api/g/Study/leaderboard/day", "/api/g/-1009/admin/state", "/api/g/%ff/leaderboard/day"] {
        let (code, body) = get(unknown);
        assert!(code == 404 && body["error"].is_string(), "{unknown} {code} {body}");
    }
    assert_eq!(get("/api/g/other/leaderboard/day").1["groups"], json!(["study", "late", "new"]));
    // A client that may not read the boards can't find out which groups exist.
    let [known, unknown] = ["late", "other"].map(|name| server.get(&format!("/api/g/{name}/leaderboard/day"), &[]));
    assert_eq!((known.0, &known), (401, &unknown));
    assert!(!known.1.to_string().contains("study"), "{known:?}");
}

const LONG_SECRET: &str = "a hush of 24 characters.";

/// The headers that nginx and Apache send by default.
const NGINX: &[&str] = &["Host: 127.0.0.1:8080", "Connection: close"];
const APACHE: &[&str] = &["Host: 127.0.0.1:8080", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: studyhall.example"];

// X5
#[test]
fn a_secret_that_is_set_is_asked_for_on_this_computer_too() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let (day, state) = ("/api/leaderboard/day", "/api/admin/state");
    world.configure("@studyhall", &[("CRON_SECRET", LONG_SECRET)]);
    let server = Server::start(&world, "127.0.0.1:0");
    let secret = format!("x-cron-secret: {LONG_SECRET}");
    for headers in [NGINX, APACHE, &["Host: localhost"]] {
        assert_eq!((server.get(day, headers).0, server.get(state, headers).0), (401, 401), "{headers:?}");
        assert_eq!(server.get(day, &[headers, &[&secret]].concat()).0, 200, "{headers:?}");
    }
    drop(server);
    let server = Server::with(&world, &["--open", "--listen", "127.0.0.1:0"]);
    assert_eq!((server.get(day, &[]).0, server.get(state, &[]).0, server.get(day, APACHE).0), (200, 401, 401));
    assert_eq!((server.get(day, &["Via: 1.1 x"]).0, server.get(day, &["Host: studyhall.example"]).0), (401, 401));
    drop(server);
    let error = errors(&world, &["web", "serve", "--open", "--listen", "0.0.0.0:0"], 2);
    assert!(error.contains("--open"), "{error}");
    // Without a secret, requests from this computer are allowed, but not those through a proxy that adds its headers.
    world.configure("@studyhall", &[]);
    let server = Server::start(&world, "127.0.0.1:0");
    assert_eq!(
        (server.get(day, &[]).0, server.get(day, APACHE).0, server.get(day, &["Forwarded: for=x"]).0),
        (200, 500, 500)
    );
}

/// The lines of the log that contain a word.
fn logged(world: &World, word: &str) -> Vec<String> {
    let files = std::fs::read_dir(world.home.path().join("var/log")).unwrap();
    let text: String = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    text.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
}

// X6, X7
#[test]
fn wrong_secrets_are_counted_in_the_log() {
    let world = World::new();
    world.configure("@studyhall", &[("CRON_SECRET", LONG_SECRET)]);
    let server = Server::start(&world, "127.0.0.1:0");
    for _ in 0..6 {
        assert_eq!(server.get("/api/admin/state", &["x-cron-secret: a guess"]).0, 401);
    }
    assert_eq!(server.stop(), Some(0));
    // The first failure, and the number of further ones.
    let lines = logged(&world, "127.0.0.1 ");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].ends_with(" 5") && !lines.concat().contains("guess"), "{lines:?}");
    assert!(logged(&world, "hush").is_empty());

    // A short secret is allowed only for this computer, and with a warning.
    world.configure("@studyhall", &[("CRON_SECRET", "hush hush")]);
    let error = errors(&world, &["web", "serve", "--listen", "0.0.0.0:0"], 78);
    assert!(error.contains("16"), "{error}");
    assert!(logged(&world, "CRON_SECRET").is_empty());
    let server = Server::start(&world, "127.0.0.1:0");
    assert_eq!(server.get("/livez", &[]).0, 200);
    assert_eq!(server.stop(), Some(0));
    assert_eq!(logged(&world, "CRON_SECRET").len(), 1);
}

// X7
#[test]
fn what_is_sent_to_the_website_is_logged() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    site.then(status("500 Internal Server Error"));
    world.ok(&["post", "--now", "--again"]);
    std::fs::remove_dir_all(world.home.path().join("var/log")).unwrap();
    world.ok(&["web", "push"]);
    assert_eq!((logged(&world, "2033-05-18").len(), site.hits().len()), (1, 2));
}

// X16
#[test]
fn a_request_with_an_unclear_host_is_refused_on_every_path() {
    let world = World::new();
    let server = Server::start(&world, "127.0.0.1:0");
    let status = |line: &str, headers: &str| {
        let answer = server.raw(&format!("GET {line}\r\n{headers}Connection: close\r\n\r\n"));
        answer.split(' ').nth(1).unwrap_or_default().parse::<u16>().unwrap_or(0)
    };
    for path in ["/livez", "/api/leaderboard/day", "/nowhere"] {
        let one = |host: &str| status(&format!("{path} HTTP/1.1"), &format!("Host: {host}\r\n"));
        for host in ["[::1]evil.com", "localhost:80:80", "localhost:99999", "127.0.0.1.", "a@localhost", "local host"] {
            assert_eq!(one(host), 400, "{path} {host}");
        }
        for host in ["localhost", "LOCALHOST:1", "[::1]:80", "studyhall.example"] {
            assert_ne!(one(host), 400, "{path} {host}");
        }
        assert_eq!(status(&format!("{path} HTTP/1.1"), "Host: localhost\r\nHost: localhost\r\n"), 400);
        assert_eq!(status(&format!("{path} HTTP/1.1"), ""), 400);
        assert_ne!(status(&format!("{path} HTTP/1.0"), ""), 400);
        assert_eq!(status(&format!("http://evil.com{path} HTTP/1.1"), "Host: localhost\r\n"), 400);
        assert_ne!(status(&format!("http://localhost{path} HTTP/1.1"), "Host: localhost\r\n"), 400);
    }
}

// X20
#[test]
fn a_board_that_is_kept_is_never_older_than_the_store() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    world.configure("@studyhall", &[]);
    let server = Server::start(&world, "127.0.0.1:0");
    let paths = ["day", "week?date=2033-05-18", "month?date=2033-05-01", "day?date=2033-05-01"];
    let boards = || paths.map(|path| server.get(&format!("/api/leaderboard/{path}"), &[]).1);
    let printed = || {
        let board = |scope, date| world.json(&["leaderboard", scope, "--json", "--date", date]);
        [("day", "2033-05-18"), ("week", "2033-05-18"), ("month", "2033-05-01"), ("day", "2033-05-01")]
            .map(|(scope, date)| board(scope, date))
    };
    let people = |boards: &[Value; 4]| [0, 1, 2, 3].map(|index| boards[index]["people"].as_u64().unwrap());
    world.ok(&["backup", "copy.db"]);
    let before = boards();
    assert_eq!((&before, people(&before)), (&printed(), [2, 2, 2, 0]));
    assert_eq!(boards(), before);
    let ids: Vec<String> = (0..2).map(|row| before[0]["entries"][row]["user_id"].to_string()).collect();
    world.ok(&["alias", "add", &ids[0], &ids[1]]);
    let joined = boards();
    assert_eq!((&joined, people(&joined)), (&printed(), [1, 1, 1, 0]));
    // The file is replaced by an older backup.
    world.ok(&["backup", "--restore", "copy.db"]);
    assert_eq!(people(&boards()), [2, 2, 2, 0]);
}

// X6
#[test]
fn slow_and_greedy_clients_are_disconnected() {
    let world = World::new();
    let server = Server::start(&world, "127.0.0.1:0");
    // More silent or half-finished clients than there is room for, and then a real request.
    let mut idle: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            if number % 2 == 0 {
                stream.write_all(b"GET /livez HTTP/1.1\r\nHost: lo").unwrap();
            }
            stream
        })
        .collect();
    assert_eq!(server.get("/livez", &[]).0, 200);
    // The server has closed the first one, with or without an answer.
    let _ = idle[0].read_to_end(&mut Vec::new());
    drop(idle);
    let long = format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let mut stream = TcpStream::connect(server.address).unwrap();
    let _ = stream.write_all(long.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains(" 200 "), "{answer:?}");
    // The server does not wait for a body.
    let text = server.raw("POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nslow");
    assert!(text.starts_with("HTTP/1.1 405 "), "{text}");
    // An idle connection does not delay the server's stop.
    let mut idle = TcpStream::connect(server.address).unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert_eq!(server.stop(), Some(0));
}

// X6
#[test]
fn clients_that_guess_the_secret_keep_nobody_out() {
    let world = World::new();
    world.configure("@studyhall", &[("CRON_SECRET", LONG_SECRET)]);
    let server = Server::start(&world, "127.0.0.1:0");
    // More connections than one client may have; their refusals are delayed.
    let guesses: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            let _ =
                stream.write_all(b"GET /api/admin/state HTTP/1.1\r\nHost: localhost\r\nx-cron-secret: a guess\r\n\r\n");
            stream
        })
        .collect();
    assert_eq!(server.get("/livez", &[]).0, 200);
    assert_eq!(server.get("/api/admin/state", &[&format!("x-cron-secret: {LONG_SECRET}")]).0, 200);
    drop(guesses);
    assert_eq!(server.stop(), Some(0));
}

/// The number of requests. The long form is `SWF_REQUESTS=10000 cargo test --test it requests -- --nocapture`.
fn requests() -> usize {
    std::env::var("SWF_REQUESTS").ok().and_then(|requests| requests.parse().ok()).unwrap_or(500)
}

#[test]
fn requests_do_not_delay_the_storing_of_stays() {
    const CLIENTS: usize = 8;
    let site = Site::new();
    let (world, call, _) = studied(&site);
    world.configure("@studyhall", &[]);
    let _tracker = world.track_without_posting();
    let server = Server::start(&world, "127.0.0.1:0");
    let (store, group) = world.store(Access::Read);
    let count = || store.stays_begun(group, Span::new(domain::Instant(0), domain::Instant(i64::MAX))).unwrap().len();
    let mut number = 0;
    // The time from a join to its row in the store.
    let mut join = || {
        number += 1;
        let person = world.member(&format!("Person {number}"));
        let before = count();
        let begun = Instant::now();
        world.telegram.join(call, person);
        world.await_that("the stay is stored", || count() > before);
        begun.elapsed()
    };
    let quiet: Vec<Duration> = (0..50).map(|_| join()).collect();
    let begun = Instant::now();
    let mut busy = Vec::new();
    let answers = AtomicUsize::new(0);
    let each = requests().div_ceil(CLIENTS);
    let client = || {
        for _ in 0..each {
            let (code, board) = server.get("/api/leaderboard/month", &[]);
            assert_eq!((code, &board["period"]), (200, &json!("month")));
            answers.fetch_add(1, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        // The joins are spread over all the requests.
        for number in 0..50 {
            world.await_that("requests are answered", || answers.load(Ordering::Relaxed) >= number * requests() / 50);
            busy.push(join());
        }
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    let seconds = begun.elapsed().as_secs_f64();
    let figures = |mut times: Vec<Duration>| {
        times.sort_unstable();
        let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
        (times.len(), at(50), at(99), at(100))
    };
    eprintln!("{} requests in {seconds:.1} s; joins, median, 99 %, longest", requests());
    eprintln!("without them {:?}\nbeside them  {:?}", figures(quiet), figures(busy.clone()));
    // A slow disk is tolerated; waiting for readers is not.
    assert!(busy.iter().all(|time| *time < Duration::from_secs(5)), "{busy:?}");
}

/// Invalid or incomplete requests are refused or dropped, and the server runs on.
#[test]
fn bytes_of_any_kind_leave_the_server_running() {
    let site = Site::new();
    let (world, ..) = studied(&site);
    let server = Server::start(&world, "127.0.0.1:0");
    let seed = b"POST /api/leaderboard/week?date=2033-05-18 HTTP/1.1\r\nHost: localhost\r\nx-cron-secret: hush\r\n\
                 Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let config = crate::fuzz::config();
    let mut runner = TestRunner::new(ProptestConfig { cases: config.cases.min(1000), ..config });
    let refused = runner.run(&crate::fuzz::damage(), |damage| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        // The server may close the connection before it has read everything.
        let _ = stream.write_all(&crate::fuzz::damaged(seed, &damage));
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
        Ok(())
    });
    refused.unwrap();
    assert_eq!(server.get("/livez", &[]).0, 200);
    assert_eq!(server.stop(), Some(0));
}
