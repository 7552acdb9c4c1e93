//! The world of one test: its own home, a cleared environment, its own Telegram.

#![allow(clippy::disallowed_methods, reason = "a bound on how long a test waits")]

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use chrono::{TimeZone, Utc};
use fake_telegram::{FakeTelegram, GroupHandle, GroupSpec, Id, Message, Person};
use serde_json::Value;
use swf::domain::roster::Observed;
use swf::domain::{self, Span};
use swf::store::{Access, Delivery, GroupKey, Store};

/// 2033-05-18 08:33:20 in Tashkent: a Wednesday, ahead of any real system clock. Telegram's clock decides all times, so
/// the date in a test is that of its Telegram.
pub const START: i64 = 2_000_000_000;

/// The timeout of everything that a test waits for; much longer than needed.
pub const BOUND: Duration = Duration::from_secs(90);

/// A loopback address at which nothing listens as long as this lives. The port of a closed listener could be given to
/// another test; this port is in use by a connection.
pub struct ClosedPort(TcpStream);

impl ClosedPort {
    pub fn new() -> ClosedPort {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        ClosedPort(TcpStream::connect(listener.local_addr().unwrap()).unwrap())
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }
}

pub struct World {
    pub telegram: FakeTelegram,
    pub home: tempfile::TempDir,
    /// The account that tracks.
    pub me: Id,
    pub group: Id,
}

impl World {
    /// A supergroup @studyhall with the tracking account in it, and no call. Only [`FakeTelegram::advance`] moves
    /// Telegram's clock, so that times are exact.
    pub fn new() -> World {
        let telegram = FakeTelegram::start_at(START);
        telegram.freeze();
        World::with(telegram)
    }

    /// A world whose Telegram is `seconds` behind the system clock.
    pub fn behind_the_system(seconds: i64) -> World {
        let telegram = FakeTelegram::start();
        telegram.advance(-seconds);
        World::with(telegram)
    }

    fn with(telegram: FakeTelegram) -> World {
        let me = telegram.person(Person::named("Olga").username("olga"));
        let group = telegram.supergroup("Study Hall", Some("studyhall"));
        telegram.add_member(group, me);
        let home = tempfile::tempdir().expect("a temporary folder");
        let world = World { telegram, home, me, group };
        world.configure("@studyhall", &[]);
        world
    }

    /// Writes `.env.local`.
    pub fn configure(&self, group: &str, more: &[(&str, &str)]) {
        let login = self.telegram.login_string(self.me);
        let mut text = format!(
            "TELEGRAM_API_ID=1\nTELEGRAM_API_HASH=hash\nTG_STRING_SESSION={login}\nTELEGRAM_GROUP_USERNAME='{group}'\n"
        );
        for (name, value) in more {
            text += &format!("{name}='{value}'\n");
        }
        if self.telegram.now() < START && !more.iter().any(|(name, _)| *name == "SWF_TIMEZONE") {
            // A world in the present: its zone is chosen so that it is noon, far from midnight and the post time.
            let hour = self.telegram.now() / 3600 % 24;
            text += &format!("SWF_TIMEZONE=Etc/GMT{:+}\n", hour - 12);
        }
        self.write(".env.local", &text);
    }

    /// Writes a file of the home that only its owner can read.
    fn write(&self, name: &str, text: &str) {
        let file = self.home.path().join(name);
        std::fs::write(&file, text).expect("the home can be written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mine = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&file, mine).expect("the file is ours");
        }
    }

    /// A new person who is a member of the group.
    pub fn member(&self, name: &str) -> Id {
        let person = self.telegram.person(Person::named(name));
        self.telegram.add_member(self.group, person);
        person
    }

    pub fn command(&self, args: &[&str]) -> Command {
        command(self.home.path(), args)
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("swf runs")
    }

    /// Runs a command that must succeed; returns its standard output.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "swf {args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("swf writes UTF-8")
    }

    /// Runs a check that must find something; returns its standard output.
    pub fn found(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(3), "swf {args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("swf writes UTF-8")
    }

    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).expect("swf writes JSON")
    }

    /// Starts a tracker, and waits until it has seen the group.
    pub fn track(&self) -> Tracker {
        let tracker = self.track_blindly();
        self.await_confirmed();
        tracker
    }

    /// Starts a tracker that does not post, and waits until it has seen the group.
    pub fn track_without_posting(&self) -> Tracker {
        let tracker = self.start(&["track", "--no-post"]);
        self.await_confirmed();
        tracker
    }

    /// Starts a tracker with a new store, and waits until it has seen the group.
    pub fn track_anew(&self) -> Tracker {
        let tracker = self.start(&["track", "--new-store"]);
        self.await_confirmed();
        tracker
    }

    /// Starts a tracker with additional environment variables, and waits until it has seen the group.
    pub fn track_with(&self, environment: &[(&str, &str)]) -> Tracker {
        let mut command = self.command(&["track"]);
        command.envs(environment.iter().copied());
        let tracker = self.spawn(command);
        self.await_confirmed();
        tracker
    }

    /// Starts a tracker that rejects impossible dates. Telegram's clock must then agree with the system's.
    pub fn track_with_checked_dates(&self) -> Tracker {
        self.spawn(self.checked(&["track"]))
    }

    /// A command that rejects impossible dates.
    pub fn checked(&self, args: &[&str]) -> Command {
        let mut command = self.command(args);
        command.env_remove("FAKE_TELEGRAM_DATES");
        command
    }

    /// Starts a tracker without waiting.
    pub fn track_blindly(&self) -> Tracker {
        self.start(&["track"])
    }

    /// Starts a tracker that finds the files of an earlier one, including its state file, and waits until it has seen
    /// the group. Time must have passed since the earlier tracker stopped.
    pub fn track_on(&self) -> Tracker {
        let tracker = self.launch(self.command(&["track"]));
        self.await_confirmed();
        tracker
    }

    fn start(&self, args: &[&str]) -> Tracker {
        self.spawn(self.command(args))
    }

    /// Starts a tracker with this command.
    pub fn spawn(&self, command: Command) -> Tracker {
        // The state file of an earlier tracker must not count.
        let _ = std::fs::remove_file(self.home.path().join("tracker_state.json"));
        self.launch(command)
    }

    fn launch(&self, mut command: Command) -> Tracker {
        let log = std::fs::File::create(self.home.path().join("stderr")).expect("the home can be written");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("swf runs");
        Tracker(child)
    }

    /// Waits until the tracker has confirmed the group at the current time.
    pub fn await_confirmed(&self) {
        let now = self.telegram.now();
        self.await_that("the tracker has looked at the group", || self.last_seen() >= now);
    }

    /// Waits for a condition, at most [`BOUND`].
    #[track_caller]
    pub fn await_that(&self, what: &str, mut happened: impl FnMut() -> bool) {
        let end = Instant::now() + BOUND;
        while !happened() {
            assert!(
                Instant::now() < end,
                "waited in vain: {what}\n{}\n{:#?}\n{:#?}",
                self.log(),
                self.telegram.requests().iter().rev().take(20).collect::<Vec<_>>(),
                self.telegram.violations()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The output of `swf status --json`.
    pub fn status(&self) -> Value {
        // The exit code is 3 if a tracker was killed.
        serde_json::from_slice(&self.run(&["status", "--json"]).stdout).expect("swf writes JSON")
    }

    /// Waits for a condition on `swf status --json`.
    #[track_caller]
    pub fn await_status(&self, what: &str, mut is: impl FnMut(&Value) -> bool) {
        self.await_that(what, || is(&self.status()));
    }

    /// Waits until there is a daily backup of the store.
    #[track_caller]
    pub fn await_backup(&self) {
        self.await_status("the store is copied", |status| !status["backup"].is_null());
    }

    /// Waits until the tracker has lost its connection.
    #[track_caller]
    pub fn await_offline(&self) {
        self.await_status("the tracker is offline", |status| {
            ["offline", "connecting"].map(Value::from).contains(&status["tracker"]["connection"])
        });
    }

    /// Waits until the tracker can't write its store, and buffers facts in memory.
    #[track_caller]
    pub fn await_store_problem(&self) {
        self.await_status("the store can't be written", |status| status["tracker"]["trouble"].is_string());
    }

    /// Waits until the tracker has written the buffered facts.
    #[track_caller]
    pub fn await_store_recovery(&self) {
        self.await_status("the store can be written", |status| status["tracker"]["trouble"].is_null());
    }

    /// Runs `act`, and waits until Telegram has received another request of this method.
    #[track_caller]
    pub fn await_request<T>(&self, method: &str, act: impl FnOnce() -> T) -> T {
        let before = self.telegram.counts().of(method);
        let out = act();
        self.await_that(method, || self.telegram.counts().of(method) > before);
        out
    }

    /// The store, and the key of its only group.
    pub fn store(&self, access: Access) -> (Store, GroupKey) {
        let store = Store::open(&self.home.path().join("var/study.db"), access).expect("the store opens");
        let key = store.groups().expect("groups")[0].key;
        (store, key)
    }

    /// The post that was sent last, from the store.
    pub fn last_sent(&self) -> Option<Delivery> {
        let (store, group) = self.store(Access::Read);
        store.last_sent(group).expect("the store is read")
    }

    /// Moves the store's clock forward, for commands that do not ask Telegram for the time.
    pub fn advance_stored_clock(&self, seconds: i64) {
        let (mut store, group) = self.store(Access::Write);
        let offset = store.groups().expect("groups")[0].clock_offset + seconds;
        store.set_clock_offset(group, offset).expect("the store is written");
    }

    /// Stores that the group was watched from the last confirmed instant to now.
    pub fn store_watched(&self) {
        let (mut store, group) = self.store(Access::Write);
        let now = domain::Instant(self.telegram.now());
        let from = store.confirmed(group).expect("the store is read").expect("a tracker has run");
        let watched = Observed { watched: Some(Span::new(from, now)), ..Observed::new(now) };
        store.record(group, &watched, &[]).expect("the store is written");
    }

    /// Lets `seconds` pass on Telegram's clock, and then causes an update in the call, which confirms the roster.
    pub fn pass(&self, call: i64, seconds: i64) {
        self.telegram.advance(seconds);
        let (somebody, _) = self.telegram.participants(call)[0];
        self.telegram.mute(call, somebody);
        self.telegram.unmute(call, somebody);
        self.await_confirmed();
    }

    fn last_seen(&self) -> i64 {
        let text = std::fs::read_to_string(self.home.path().join("tracker_state.json")).unwrap_or_default();
        serde_json::from_str::<Value>(&text).ok().and_then(|state| state["last_seen"].as_i64()).unwrap_or(0)
    }

    /// The day's board as JSON.
    pub fn today(&self) -> Value {
        self.json(&["leaderboard", "day", "--json"])
    }

    /// Each person's seconds on the day's board.
    pub fn seconds(&self) -> Vec<(Id, i64)> {
        seconds_on(&self.today())
    }

    /// The tracker's standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("stderr")).unwrap_or_default()
    }
}

/// A time of May 2033, the month of [`START`], by the clock of Tashkent.
pub fn tashkent(day: u32, hour: u32, minute: u32) -> i64 {
    Utc.with_ymd_and_hms(2033, 5, day, hour - 5, minute, 0).unwrap().timestamp()
}

/// A group with a bot that posts and answers, Ada and Bob as members, and an empty call.
pub struct Hall {
    pub world: World,
    pub bot: Id,
    pub call: i64,
    pub ada: Id,
    pub bob: Id,
}

impl Hall {
    /// A hall with further settings.
    pub fn new(more: &[(&str, &str)]) -> Hall {
        let world = World::new();
        let bot = world.telegram.person(Person::named("Study bot").username("study_bot").bot());
        world.telegram.add_member(world.group, bot);
        let [ada, bob] = ["Ada", "Bob"].map(|name| world.member(name));
        let call = world.telegram.start_call(world.group);
        let hall = Hall { world, bot, call, ada, bob };
        hall.configure(more);
        hall
    }

    /// Writes `.env.local`.
    pub fn configure(&self, more: &[(&str, &str)]) {
        let (token, login) = (self.world.telegram.bot_token(self.bot), self.world.telegram.login_string(self.bot));
        let bot = [("TELEGRAM_BOT_TOKEN", token.as_str()), ("TG_BOT_STRING_SESSION", login.as_str())];
        self.world.configure("@studyhall", &[&bot, more].concat());
    }

    /// Starts a tracker, and waits until its bot reads updates.
    pub fn track(&self) -> Tracker {
        let asked = |method| {
            let requests = self.world.telegram.requests();
            requests.iter().filter(|one| one.account == Some(self.bot) && one.method == method).count()
        };
        let reads = || asked("updates.getState") + asked("updates.getDifference");
        let before = reads();
        let tracker = self.world.track();
        self.world.await_that("the bot is connected", || reads() > before);
        tracker
    }

    /// Lets time pass until this time in Tashkent.
    pub fn pass_to(&self, day: u32, hour: u32, minute: u32) {
        self.world.pass(self.call, tashkent(day, hour, minute) - self.world.telegram.now());
    }

    /// The bot's private messages to somebody.
    pub fn private(&self, person: Id) -> Vec<Message> {
        self.written_in(person)
    }

    /// The bot's messages in the group.
    pub fn posts(&self) -> Vec<Message> {
        self.written_in(self.world.group)
    }

    fn written_in(&self, chat: Id) -> Vec<Message> {
        let messages = self.world.telegram.messages(chat);
        messages.into_iter().filter(|message| message.from == self.bot).collect()
    }

    pub fn await_post(&self, count: usize) -> Message {
        self.world.await_that("the post is in the group", || self.posts().len() == count);
        self.posts().swap_remove(count - 1)
    }

    /// Somebody writes to the bot in private; returns the answer.
    pub fn asks(&self, person: Id, text: &str) -> Message {
        // Nobody writes twice within a second.
        self.world.pass(self.call, 10);
        let before = self.private(person).len();
        self.world.telegram.say(person, self.bot, text);
        self.world.await_that(text, || self.private(person).len() > before);
        self.private(person).swap_remove(before)
    }

    /// Somebody presses a button of a message in this chat; returns the short text that they then see.
    pub fn press(&self, person: Id, chat: Id, message: &Message, button: &str) -> String {
        let query = self.world.telegram.press(person, chat, message.id, button);
        self.world.await_that("the press is answered", || self.world.telegram.press_answer(query).is_some());
        self.world.telegram.press_answer(query).and_then(|answer| answer.text).unwrap_or_default()
    }

    /// How many answers are not yet stored as sent.
    pub fn waiting(&self) -> i64 {
        let store = rusqlite::Connection::open(self.world.home.path().join("var/study.db")).unwrap();
        let waiting = "SELECT count(*) FROM deliveries WHERE lane = 'answers' AND sent IS NULL AND dropped IS NULL";
        store.query_row(waiting, [], |row| row.get(0)).unwrap()
    }
}

/// A text without the characters that isolate the direction of names.
pub fn plain(text: &str) -> String {
    text.replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "")
}

/// Methods for a home with several groups.
#[allow(dead_code, reason = "for tests of several groups")]
impl World {
    /// Another private supergroup with the tracking account in it. `groups.toml` has to list it.
    pub fn add_group(&self, title: &str) -> GroupHandle {
        self.telegram.add_group(GroupSpec::supergroup(title).member(self.me))
    }

    /// The handle of the group that every world has.
    pub fn first_group(&self) -> GroupHandle {
        self.telegram.group(self.group)
    }

    /// Writes `groups.toml`: for each group its name in the file and further lines, like `post_time = "21:30"`.
    pub fn configure_groups(&self, groups: &[(&str, &GroupHandle, &str)]) {
        let table = |(name, group, lines): &(&str, &GroupHandle, &str)| {
            format!("[[group]]\nname = \"{name}\"\nid = {}\n{lines}\n\n", group.id())
        };
        self.write("groups.toml", &groups.iter().map(table).collect::<String>());
    }

    /// A new person who is a member of these groups.
    pub fn member_of(&self, groups: &[&GroupHandle], name: &str) -> Id {
        let person = self.telegram.person(Person::named(name));
        groups.iter().for_each(|group| group.add(person));
        person
    }

    /// Each person's seconds on the day's board of the group with this name in `groups.toml`.
    pub fn seconds_in(&self, name: &str) -> Vec<(Id, i64)> {
        seconds_on(&self.json(&["leaderboard", "day", "--json", "--group", name]))
    }

    /// The store, and the key of this group in it.
    pub fn store_of(&self, group: &GroupHandle, access: Access) -> (Store, GroupKey) {
        let store = Store::open(&self.home.path().join("var/study.db"), access).expect("the store opens");
        let rows = store.groups().expect("groups");
        let row = rows.iter().find(|row| row.peer.0 == group.id()).expect("the group is in the store");
        let key = row.key;
        (store, key)
    }
}

/// Each person's seconds on a board, in order of id.
fn seconds_on(board: &Value) -> Vec<(Id, i64)> {
    let entries = board["entries"].as_array().expect("entries");
    let mut seconds: Vec<(Id, i64)> = entries
        .iter()
        .map(|entry| (entry["user_id"].as_i64().expect("an id"), entry["seconds"].as_i64().expect("seconds")))
        .collect();
    seconds.sort_unstable();
    seconds
}

/// A command with an empty environment, except for what a program needs to start.
pub fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swf"));
    command.args(args).env_clear().current_dir(home).env("COLUMNS", "80");
    // Telegram's clock in tests stands still or jumps, so impossible dates are accepted.
    command.env("FAKE_TELEGRAM_DATES", "1");
    // The keyring of the person who runs the tests is not used.
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    for name in ["SystemRoot", "PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// A running tracker; killed when dropped.
pub struct Tracker(Child);

impl Tracker {
    /// Sends a signal, by its name. After `STOP`, waits until the process stands still, if the system reports that.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs").success());
        let stat = format!("/proc/{id}/stat");
        let moves = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") T "));
        while name == "STOP" && moves() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Kills it, as `kill -9`.
    pub fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }

    /// Its peak memory, in KiB, if the system reports it.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Its CPU time, if the system reports it in 100 ticks per second.
    pub fn cpu_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).ok()?;
        let fields = stat.rsplit_once(')')?.1.split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Some(Duration::from_millis(ticks * 10))
    }

    /// Requests it to stop, and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(status.success());
        self.0.wait().expect("it ends").code()
    }

    /// Waits until it ends by itself; returns its exit code.
    pub fn end(mut self) -> Option<i32> {
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
