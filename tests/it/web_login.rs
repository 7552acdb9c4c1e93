//! Access to the pages: links that log in, a server in a tracker, and the answers to probes (rules §5.11).

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use fake_telegram::Id;
use serde_json::{Value, json};
use swf::app::login_link;
use swf::domain::PeerId;
use swf::store::Access;
use swf::web::login::{LINK_LIFETIME, LOGIN_LIFETIME, Signer};
use swf::web::viewer::Grant;

use crate::home::{START, Tracker, World};
use crate::web::Server;

pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    body: String,
}

impl Reply {
    /// The cookie that the browser stores.
    fn cookie(&self) -> String {
        let set = self.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_default();
        set.split(';').next().unwrap_or_default().to_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Reply {
    try_to_ask(address, method, path, headers).unwrap()
}

fn try_to_ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> std::io::Result<Reply> {
    send(address, method, path, &format!("Host: localhost\r\n{headers}"))
}

fn ask_host(address: SocketAddr, host: &str, path: &str, cookie: &str) -> Reply {
    send(address, "GET", path, &format!("Host: {host}\r\nCookie: {cookie}\r\n")).unwrap()
}

fn send(address: SocketAddr, method: &str, path: &str, headers: &str) -> std::io::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "{method} {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Reply { status, head: head.to_owned(), body: body.to_owned() })
}

pub(crate) fn get(address: SocketAddr, path: &str, cookie: &str) -> Reply {
    ask(address, "GET", path, &format!("Cookie: {cookie}\r\n"))
}

fn press(address: SocketAddr, path: &str) -> Reply {
    ask(address, "POST", path, "Sec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n")
}

/// The path of a new link that the server accepts. (Links from the second of its start are refused.)
pub(crate) fn link(world: &World, address: SocketAddr, who: &[&str]) -> String {
    let mut path = String::new();
    world.await_that("a link is taken", || {
        let link = world.ok(&[&["web", "link"], who].concat());
        path = link.trim().split_once("/login").map(|(_, rest)| format!("/login{rest}")).expect(&link);
        get(address, &path, "").status == 200
    });
    path
}

/// A world in which Ada has studied for an hour.
fn studied() -> World {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    world
}

#[test]
fn a_link_logs_a_browser_in_once_and_the_login_outlives_the_server() {
    let world = studied();
    let server = Server::start(&world, "127.0.0.1:0");
    let address = server.address;
    assert_eq!((get(address, "/", "").status, get(address, "/login", "").status), (403, 200));
    let path = link(&world, address, &["ada"]);
    let login = press(address, &path);
    assert_eq!(login.status, 303, "{}", login.head);
    let cookie = login.cookie();
    let page = get(address, "/g/group", &cookie);
    assert!(page.status == 200 && page.body.contains("Study Hall"), "{}", page.body);
    let who = get(address, "/login", &cookie).body;
    assert!(who.contains("a member of a group") && !who.contains("Ada"), "{who}");
    assert_eq!(press(address, &path).status, 403, "it is used up");
    let admin = press(address, &link(&world, address, &["admin"])).cookie();
    assert!(get(address, "/login", &admin).body.contains("an admin of a group"));
    let unused = link(&world, address, &["owner"]);
    assert_eq!(server.stop(), Some(0));

    let server = Server::start(&world, "127.0.0.1:0");
    let address = server.address;
    for old in [&path, &unused] {
        assert_eq!(press(address, old).status, 403, "it is from before the start");
    }
    assert_eq!(get(address, "/g/group", &cookie).status, 200);
    drop(server);
    let key = world.home.path().join("var/web.key");
    assert_eq!(key.metadata().unwrap().len(), 32);

    world.configure("@studyhall", &[("SESSION_VERSION", "2")]);
    let server = Server::start(&world, "127.0.0.1:0");
    assert_eq!(
        (get(server.address, "/g/group", &cookie).status, get(server.address, "/g/group", &admin).status),
        (403, 403)
    );
    drop(server);

    world.configure("@studyhall", &[("SWF_WEB", "off")]);
    let server = Server::start(&world, "127.0.0.1:0");
    for path in ["/", "/login", "/logout"] {
        assert_eq!(get(server.address, path, &cookie).status, 404, "{path}");
    }
    let output = world.run(&["web", "link", "owner"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    world.configure("@studyhall", &[("SWF_WEB", "everyone")]);
    assert_eq!(world.run(&["web", "link", "owner"]).status.code(), Some(78));
}

/// Signs texts with the key of a home, for any time.
struct Forger {
    signer: Signer,
    group: PeerId,
}

impl Forger {
    fn new(world: &World, version: u64) -> Forger {
        let key = std::fs::read(world.home.path().join("var/web.key")).unwrap();
        let (store, _) = world.store(Access::Read);
        Forger { signer: Signer::new(key.try_into().unwrap(), version), group: store.groups().unwrap()[0].peer }
    }

    fn member(&self, person: Id) -> Grant {
        Grant::Member { group: self.group, person: PeerId(person) }
    }
}

#[test]
fn nobody_gets_in_with_what_was_not_given_to_them() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    for person in [ada, bob] {
        world.telegram.join_at(call, person, START - 3600);
    }
    assert_eq!(world.track_without_posting().stop(), Some(0));
    let server = Server::start(&world, "127.0.0.1:0");
    let address = server.address;
    let good = link(&world, address, &["ada"]);
    let cookie = press(address, &good).cookie();
    let (forger, now) = (Forger::new(&world, 1), login_link::now());
    let own_page = format!("/g/group/p/{ada}");
    assert_eq!(get(address, &own_page, &cookie).status, 200);

    // Invalid links: changed, expired, of another version, without a signature, and a login in place of a link.
    let token = good.split_once("t=").unwrap().1;
    let changed = |at: usize| {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let nonce = |number| [number; 16];
    let older = Forger::new(&world, 0);
    let mut wrong: Vec<String> = [0, 1, 5, 20, 60, token.len() - 2].map(changed).to_vec();
    wrong.extend([
        String::new(),
        token[..token.len() - 4].to_owned(),
        forger.signer.link(Grant::Owner, now - LINK_LIFETIME - 1, nonce(1)),
        forger.signer.link(Grant::Owner, now + 3600, nonce(2)),
        older.signer.link(Grant::Owner, now, nonce(3)),
        Signer::new([9; 32], 1).link(Grant::Owner, now, nonce(4)),
        forger.signer.login(Grant::Owner, now),
        token.to_owned(),
    ]);
    for link in &wrong {
        let reply = press(address, &format!("/login?t={link}"));
        assert_eq!((reply.status, reply.cookie().as_str()), (403, ""), "{link}");
    }
    // Invalid cookies, in the same ways.
    let login = cookie.split_once('=').unwrap().1;
    for login in [
        login[1..].to_owned(),
        format!("{login}A"),
        forger.signer.login(Grant::Owner, now - LOGIN_LIFETIME - 1),
        older.signer.login(Grant::Owner, now),
        Signer::new([9; 32], 1).login(Grant::Owner, now),
        forger.signer.link(Grant::Owner, now, nonce(5)),
        forger.signer.login(Grant::Member { group: PeerId(-1_009), person: PeerId(ada) }, now),
        forger.signer.login(Grant::Admin { group: PeerId(-1_009), person: None }, now),
    ] {
        for path in ["/g/group", &own_page, "/g/group/live", "/g/group/week.json", "/g/group/day/2033-05-18/card.png"] {
            assert_eq!(get(address, path, &format!("swf_login={login}")).status, 403, "{path} {login}");
        }
    }
    // A member sees another person's totals in every form, but not when they were there.
    let bobs = format!("/g/group/p/{bob}");
    assert!(get(address, &own_page, &cookie).body.contains("id=\"stays\""));
    assert!(!get(address, &bobs, &cookie).body.contains("id=\"stays\""));
    let json = get(address, &format!("{bobs}.json"), &cookie).json();
    assert_eq!((&json["parts"], &json["corrections"]), (&Value::Null, &Value::Null));
    assert_eq!(get(address, &format!("{bobs}.csv"), &cookie).body.lines().count(), 1);
    let as_bob = format!("swf_login={}", forger.signer.login(forger.member(bob), now));
    assert!(get(address, &bobs, &as_bob).body.contains("id=\"stays\""), "the same page, for its owner");
    // A page of another site whose host name resolves to this server reads nothing, with any login.
    for path in ["/", "/g/group", &own_page, "/login", &good] {
        let reply = ask_host(address, "evil.example", path, &cookie);
        assert_eq!(reply.status, 421, "{path}");
        assert!(!reply.body.contains("Study Hall") && !reply.body.contains("Ada"), "{}", reply.body);
    }
    assert_eq!(server.stop(), Some(0));
    // With a new key, everything that the old one signed is invalid.
    std::fs::remove_file(world.home.path().join("var/web.key")).unwrap();
    let server = Server::start(&world, "127.0.0.1:0");
    assert_eq!(get(server.address, "/g/group", &cookie).status, 403);
}

#[test]
fn everybody_sees_what_is_public_and_nobody_the_group_that_is_not() {
    let world = studied();
    let (mut store, _) = world.store(Access::Write);
    let (peer, me) = (PeerId, world.me);
    store.group(peer(-1_009), None, "Late Hall", None, peer(me)).unwrap();
    drop(store);
    let groups = format!(
        "[[group]]\nname = 'study'\nid = {}\nweb = 'public'\n[[group]]\nname = 'late'\nid = -1009\n",
        world.group
    );
    std::fs::write(world.home.path().join("groups.toml"), groups).unwrap();
    let server = Server::start(&world, "127.0.0.1:0");
    let address = server.address;
    // If a visitor sees only one group, it is their start page.
    assert_eq!((get(address, "/", "").status, get(address, "/g/study", "").status), (303, 200));
    assert_eq!(get(address, "/g/late", "").status, 403);
    let late = press(address, &link(&world, address, &["admin", "--group", "late"])).cookie();
    let list = get(address, "/", &late).body;
    assert!(list.contains("Study Hall") && list.contains("Late Hall"), "{list}");
    assert_eq!(get(address, "/g/late", &late).status, 200);
    assert_eq!(world.run(&["web", "link", "admin"]).status.code(), Some(2), "there are several groups");
}

fn track_with_pages(world: &World, address: &str) -> Tracker {
    let tracker = world.spawn(world.command(&["track", "--no-post", &format!("--web={address}")]));
    world.await_confirmed();
    tracker
}

fn address_of(world: &World) -> SocketAddr {
    let mut address = None;
    world.await_status("the tracker serves", |status| {
        address = status["tracker"]["web"]["address"].as_str().and_then(|text| text.parse().ok());
        address.is_some_and(|address: SocketAddr| address.port() > 0)
    });
    address.unwrap()
}

#[test]
fn a_tracker_serves_and_probes_learn_how_it_is() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = track_with_pages(&world, "127.0.0.1:0");
    let address = address_of(&world);
    assert_eq!(get(address, "/livez", "").status, 200);
    world.await_that("all is well", || get(address, "/healthz", "").status == 200);
    let mut text = String::new();
    world.await_that("Ada is counted", || {
        text = get(address, "/metrics", "").body;
        text.contains("\nswf_call_people 1\n")
    });
    for line in ["swf_tracker_up 1", "swf_outbox_waiting{lane=\"posts\"} 0", "swf_store_readable 1"] {
        assert!(text.contains(&format!("\n{line}\n")), "{line}: {text}");
    }
    assert!(!text.contains("Ada") && !text.contains("Study Hall") && !text.contains(&ada.to_string()), "{text}");
    let login = press(address, &link(&world, address, &["owner"]));
    assert!(get(address, "/g/group", &login.cookie()).body.contains("Study Hall"));
    assert!(world.ok(&["web", "link", "owner"]).starts_with(&format!("http://{address}/login?t=")));
    assert!(world.ok(&["status"]).contains(&format!("served at http://{address}")));
    // Changed settings are applied, on the same port.
    assert_eq!(get(address, "/", "").status, 403);
    world.configure("@studyhall", &[("SWF_WEB", "public")]);
    // While the server restarts, nobody answers.
    let is_public = || try_to_ask(address, "GET", "/g/group", "").is_ok_and(|reply| reply.status == 200);
    world.await_that("the pages are public", is_public);
    assert_eq!(tracker.stop(), Some(0));

    // CASES F3
    let server = Server::start(&world, "127.0.0.1:0");
    let health = get(server.address, "/healthz", "");
    let problem = health.json()["problems"][0].as_str().unwrap().to_owned();
    assert!(health.status == 503 && problem.starts_with("the tracker was stopped at "), "{problem}");
    assert!(get(server.address, "/metrics", "").body.contains("\nswf_tracker_up 0\n"));
    let secret = world.json(&["status", "--json"])["tracker"]["web"].clone();
    assert_eq!(secret, json!(null), "no server runs beside a tracker that was stopped");
}

#[test]
fn a_tracker_whose_server_fails_goes_on() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let tracker = track_with_pages(&world, &address);
    let mut problem = Value::Null;
    world.await_status("the failure is shown", |status| {
        problem = status["tracker"]["web"]["problem"].clone();
        problem.is_string()
    });
    assert!(problem.as_str().unwrap().contains(&address), "{problem}");
    let status = world.ok(&["status"]);
    assert!(status.contains(&format!("not served at {address}")), "{status}");
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.pass(call, 600);
    world.await_that("time is counted", || world.seconds() == [(ada, 600)]);
    assert_eq!(tracker.stop(), Some(0));
    // A problem at the start is reported at once.
    let output = world.run(&["track", "--web=0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("CRON_SECRET"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_of_systemd_is_taken() {
    let world = World::new();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let inner = world.command(&["web", "serve", "--listen", "0.0.0.0:1"]);
    let mut command = Command::new("sh");
    let script = "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\" 3<&0 </dev/null";
    command.args(["-c", script, "sh"]).arg(inner.get_program()).args(inner.get_args());
    command.current_dir(world.home.path()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::from(OwnedFd::from(socket)));
    let server = Server::spawn(&world, command);
    assert_eq!(server.address, address);
    assert_eq!(get(address, "/livez", "").status, 200);
    assert_eq!(server.stop(), Some(0));
}
