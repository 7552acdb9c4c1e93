//! `swf doctor`: checks the setup, and names a fix for each problem. Every check runs, even after another one failed.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;

use super::session::{self, Call};
use super::status::{size, store_bytes};
use crate::app::alerts;
use crate::app::backup;
use crate::app::bot;
use crate::app::groups;
use crate::app::posts::Author;
use crate::commands::context::Context;
use crate::commands::context::Global;
use crate::commands::runtime;
use crate::commands::terminal;
use crate::config::{Config, Credentials, Home, Settings, others_can_read};
use crate::domain::people::{Viewer, display};
use crate::domain::text::{clean, duration};
use crate::domain::time::period::local_date;
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Hint, Kind, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::platform::state_file::State;
use crate::render::Look;
use crate::render::sheet::{Item, Mark, sheet};
use crate::store::{self, Access, GroupRow, Store};
use crate::telegram::group::{self, Writing};
use crate::telegram::server_time::{MAX_CLOCK_AHEAD, server_time};
use crate::telegram::{Connection, Group, LoginString};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// The timeout of all requests to Telegram together. Each request also has its own.
const NETWORK: Duration = Duration::from_secs(22);
/// The timeout of a query to the system's scheduler.
const SCHEDULER_TIMEOUT: Duration = Duration::from_secs(2);
/// A clock skew above this, in seconds, gets a note.
const MAX_CLOCK_SKEW: i64 = 5;
/// With less free space than this, in bytes, writes to the store will soon fail.
const MIN_FREE_BYTES: u64 = 100_000_000;

pub fn run(args: &Args, global: Global, environment: impl IntoIterator<Item = (String, String)>) -> Result<()> {
    let (context, wrong) = Context::lenient(global, environment);
    let config = &context.config;
    let local = Local::gather(config);
    let mut items = vec![configuration(&config.settings, wrong.as_ref())];
    items.push(files(config.home()));
    items.push(keyring(&config.credentials));
    items.push(disk(config.home()));
    items.push(store_check(config.home(), config.group().zone));
    items.push(backups(config.home(), config.group().zone, &local));
    items.extend(runtime::block_on(network(config, &local))?);
    items.push(tracker(&local));
    items.push(schedule(config.home(), local.runs));
    let items: Vec<Item> = items.into_iter().map(|item| context.ready(item)).collect();
    let failed = items.iter().filter(|item| item.mark == Mark::Bad).count();
    if args.json {
        let checks = items.iter().map(|item| {
            let state = match item.mark {
                Mark::Good => "ok",
                Mark::Note => "note",
                Mark::Bad => "failed",
                Mark::None => "skipped",
            };
            let hints: Vec<String> = item.hints.iter().map(ToString::to_string).collect();
            json!({ "check": item.label, "state": state, "text": item.text, "mend": hints })
        });
        terminal::print_json(&json!({ "checks": checks.collect::<Vec<_>>(), "failed": failed }))?;
    } else {
        let look = Look { width: terminal::width(), color: context.color(), borders: false, top: None };
        terminal::print(&sheet(&format!("swf doctor · {}", config.home().path().display()), &items, &look))?;
    }
    match failed {
        0 => Ok(()),
        1 => Err(Error::new(Kind::Found, "1 check failed")),
        many => Err(Error::new(Kind::Found, format!("{many} checks failed"))),
    }
}

fn item(mark: Mark, label: &'static str, text: impl Into<String>) -> Item {
    Item { mark, label, text: text.into(), hints: Vec::new() }
}

fn good(label: &'static str, text: impl Into<String>) -> Item {
    item(Mark::Good, label, text)
}

fn skipped(label: &'static str, why: impl Into<String>) -> Item {
    item(Mark::None, label, format!("skipped: {}", why.into()))
}

fn bad(label: &'static str, error: &Error) -> Item {
    let hints = error.hints().iter().map(|hint| match hint {
        Hint::Text(text) => Hint::text(clean(text)),
        Hint::Command { before, command } => Hint::command(clean(before), clean(command)),
    });
    let hints = hints.collect();
    Item { hints, ..item(Mark::Bad, label, clean(error.message())) }
}

fn hinted(item: Item, text: impl Into<String>) -> Item {
    with_hint(item, Hint::text(text))
}

fn with_command(item: Item, before: &str, command: impl Into<String>) -> Item {
    with_hint(item, Hint::command(before, command))
}

fn with_hint(item: Item, hint: Hint) -> Item {
    Item { hints: [item.hints, vec![hint]].concat(), ..item }
}

/// Data that several checks share.
struct Local {
    state: Option<State>,
    runs: bool,
    row: Option<GroupRow>,
    now: Instant,
}

impl Local {
    fn gather(config: &Config) -> Local {
        let store = Store::open(&config.home().store(), Access::Read);
        let row = store
            .ok()
            .and_then(|store| groups::shown(&store, config.group().name.as_deref()).ok().map(|shown| shown.group));
        let state = State::read(config.home());
        let offset = state.as_ref().filter(|state| state.pid.is_some()).map(|state| state.clock_offset);
        let now = Clock::new(offset.or(row.as_ref().map(|row| row.clock_offset)).unwrap_or(0)).now();
        Local { state, runs: Lock::is_held(&config.home().lock()).unwrap_or(false), row, now }
    }
}

fn configuration(settings: &Settings, wrong: Option<&Error>) -> Item {
    const LABEL: &str = "settings";
    if let Some(error) = wrong {
        return bad(LABEL, error);
    }
    match settings.unreadable.first() {
        Some(error) => bad(LABEL, error),
        None if settings.group.name.is_none() => {
            let text = "TELEGRAM_GROUP_USERNAME is not set, so there is no group to watch";
            let item = with_command(item(Mark::Bad, LABEL, text), "", "swf init");
            hinted(item, "Or set it to the group, e.g. @studyhall or an invite link.")
        }
        None => {
            // Exposed files have a line of their own.
            let odd: Vec<String> = settings.warnings.iter().map(|text| clean(text)).collect();
            match odd.is_empty() {
                true => good(LABEL, "all can be read"),
                false => item(Mark::Note, LABEL, odd.join("; ")),
            }
        }
    }
}

/// Checks that swf can write to the home, and that only its owner can read secrets.
fn files(home: &Home) -> Item {
    const LABEL: &str = "files";
    let (paths, home) = (home, home.path());
    if !home.is_dir() {
        let text = format!("there is no folder {}", home.display());
        return with_command(item(Mark::Bad, LABEL, text), "", "swf init");
    }
    let folders = [home.to_owned(), home.join("var"), paths.logs()];
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        if let Err(error) = tempfile::tempfile_in(folder) {
            let text = format!("{} can't be written to: {error}", folder.display());
            return hinted(item(Mark::Bad, LABEL, text), "Check permissions, free space, and which user runs swf.");
        }
    }
    let secret = [paths.env_file(), paths.bot_session(), paths.store()];
    let open: Vec<_> = secret.into_iter().filter(|path| others_can_read(path)).collect();
    if open.is_empty() {
        return good(LABEL, "can be written; only you can read the secrets");
    }
    let item = item(Mark::Bad, LABEL, format!("others can read {}", names(&open)));
    open.iter().fold(item, |item, path| hinted(item, format!("chmod 600 '{}'", path.display())))
}

fn names(paths: &[std::path::PathBuf]) -> String {
    let names = paths.iter().filter_map(|path| path.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>().join(", ")
}

fn keyring(credentials: &Credentials) -> Item {
    const LABEL: &str = "keyring";
    let kept = match credentials.in_keyring() {
        Ok(kept) if kept.is_empty() => return skipped(LABEL, "nothing is kept in it"),
        Ok(kept) => kept,
        Err(error) => return bad(LABEL, &error),
    };
    match kept.iter().find_map(|name| credentials.from_keyring(name).err()) {
        Some(error) => bad(LABEL, &error),
        None => good(LABEL, format!("gives {}", kept.iter().map(String::as_str).collect::<Vec<_>>().join(", "))),
    }
}

fn disk(home: &Home) -> Item {
    const LABEL: &str = "disk";
    let Some(folder) = home.path().ancestors().find(|folder| folder.is_dir()) else {
        return skipped(LABEL, "there is no folder");
    };
    match fs4::available_space(folder) {
        // Copies of the store are as large as it is.
        Ok(free) if free < MIN_FREE_BYTES.max(2 * store_bytes(home)) => hinted(
            item(Mark::Bad, LABEL, format!("only {} are free", size(free))),
            "Free some space; logs and backups are in var/log and var/backup.",
        ),
        Ok(free) => good(LABEL, format!("{} are free", size(free))),
        Err(error) => item(Mark::Note, LABEL, format!("can't read free space: {error}")),
    }
}

fn store_check(home: &Home, zone: Zone) -> Item {
    const LABEL: &str = "store";
    let path = home.store();
    if store_bytes(home) == 0 {
        return with_command(item(Mark::Note, LABEL, "there is none yet"), "To create it, run", "swf track");
    }
    match store::check(&path) {
        Ok(()) => good(LABEL, format!("whole, {}", size(store_bytes(home)))),
        Err(error) => bad(LABEL, &backup::with_way_back(error, home, zone)),
    }
}

fn backups(home: &Home, zone: Zone, local: &Local) -> Item {
    const LABEL: &str = "backup";
    if store_bytes(home) == 0 {
        return skipped(LABEL, "there is no store yet");
    }
    match backup::copies(home) {
        Err(error) => bad(LABEL, &error),
        Ok(copies) => match copies.first() {
            None if Store::open(&home.store(), Access::Read)
                .and_then(|store| store.is_empty())
                .is_ok_and(|empty| empty) =>
            {
                skipped(LABEL, "there is nothing in the store yet")
            }
            None => with_command(item(Mark::Bad, LABEL, "there is no copy of the store"), "", "swf backup"),
            Some(copy) => match (local_date(zone, local.now) - copy.day).num_days() {
                days if days > 2 => with_command(
                    item(Mark::Bad, LABEL, format!("the last copy is {days} days old, of {}", copy.day)),
                    "",
                    "swf backup",
                ),
                _ => good(LABEL, format!("the last is of {}, {} kept", copy.day, copies.len())),
            },
        },
    }
}

/// The rest of the time that there is for Telegram.
struct Deadline {
    clock: Clock,
    start: Duration,
}

impl Deadline {
    /// `None` if the time is over.
    async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let rest = NETWORK.saturating_sub(self.clock.elapsed() - self.start);
        tokio::time::timeout(rest, work).await.ok()
    }
}

const LATE: &str = "Telegram took too long for the checks before it";

async fn network(config: &Config, local: &Local) -> Vec<Item> {
    let clock = Clock::new(0);
    let deadline = Deadline { clock, start: clock.elapsed() };
    let string = config.credentials.login().and_then(|login| Ok((LoginString::parse(&login.string)?, login)));
    let mut items = Vec::new();
    items.push(match &string {
        Ok((string, _)) => match deadline.within(server_time(string.address, clock.system())).await {
            Some(at) => time(clock.system(), at),
            None => skipped("clock", LATE),
        },
        Err(_) => skipped("clock", "there is no login, and so no data centre to ask"),
    });
    let mut place = None;
    let mut caller = None;
    let connection;
    match &string {
        Err(error) => {
            items.push(bad("login", error));
            items.extend(["group", "call"].map(|label| skipped(label, "there is no login")));
        }
        Ok((string, login)) => {
            connection = Connection::new(string, login.api_id);
            let me = deadline.within(group::self_user(&connection.caller)).await;
            let (item, is_in) = match me {
                None => (skipped("login", LATE), false),
                Some(Err(error)) => (bad("login", &error.into()), false),
                Some(Ok(me)) if me.profile.bot => (
                    with_command(
                        item(
                            Mark::Bad,
                            "login",
                            "TG_STRING_SESSION belongs to a bot, and bots can't see who is in a call",
                        ),
                        "With a person's account that is in the group",
                        "swf session qr",
                    ),
                    false,
                ),
                Some(Ok(me)) => {
                    (good("login", format!("{} ({})", display(&me.profile, Viewer::Terminal), me.profile.peer)), true)
                }
            };
            items.push(item);
            if is_in {
                caller = Some(connection.caller.clone());
                match deadline.within(session::look(&connection.caller, &login.group)).await {
                    None => items.extend(["group", "call"].map(|label| skipped(label, LATE))),
                    Some(Err(error)) => {
                        items.push(bad("group", &error));
                        items.push(skipped("call", "the group can't be seen"));
                    }
                    Some(Ok((found, call))) => {
                        items.push(good("group", format!("{} ({})", clean(&found.title), found.peer)));
                        items.push(call_item(call));
                        place = Some(found);
                    }
                }
            } else {
                items.extend(["group", "call"].map(|label| skipped(label, "the login did not work")));
            }
        }
    }
    items.push(rights(config, local, place.as_ref(), caller.as_ref(), &deadline).await);
    items.push(alerts(config, local, &deadline).await);
    items
}

fn time(system: Instant, telegram: Option<Instant>) -> Item {
    const LABEL: &str = "clock";
    let Some(at) = telegram else {
        return hinted(
            item(Mark::Bad, LABEL, "Telegram's data centre does not answer"),
            "Check the network, and that nothing blocks Telegram.",
        );
    };
    let ahead = system - at;
    let text = format!("{} {} Telegram's", duration(ahead.abs()), if ahead > 0 { "ahead of" } else { "behind" });
    let fix = "Correct this computer's clock, and keep it synchronised with NTP.";
    match ahead {
        ahead if ahead > MAX_CLOCK_AHEAD => {
            hinted(item(Mark::Bad, LABEL, format!("this computer's is {text}; Telegram refuses that")), fix)
        }
        ahead if ahead.abs() > MAX_CLOCK_SKEW => {
            hinted(item(Mark::Note, LABEL, format!("this computer's is {text}")), fix)
        }
        _ => good(LABEL, "as Telegram's"),
    }
}

fn call_item(call: Call) -> Item {
    const LABEL: &str = "call";
    match call {
        Call::Seen => good(LABEL, "running, and can be seen"),
        Call::None => good(LABEL, "none is running; one would be seen"),
        Call::ListenersHidden => hinted(
            item(Mark::Note, LABEL, "running, but it hides who only listens: muted people can't be seen"),
            "No account can see them. A new call may show them.",
        ),
    }
}

/// Whether who posts may.
async fn rights(
    config: &Config,
    local: &Local,
    place: Option<&Group>,
    caller: Option<&crate::telegram::connection::Caller>,
    deadline: &Deadline,
) -> Item {
    const LABEL: &str = "posting";
    let bot = match config.bot() {
        Ok(bot) => bot,
        Err(error) => return bad(LABEL, &error),
    };
    let peer = place.map(|place| place.peer).or(local.row.as_ref().map(|row| row.peer));
    let (author, answer) = match (bot, caller, place) {
        (Some(login), ..) => {
            if peer.is_none() && login.target.is_none() {
                return skipped(LABEL, "the group is not known");
            }
            let asked = async {
                let bot = bot::open(&login, peer.unwrap_or(PeerId(0))).await?;
                Ok::<_, group::GroupError>(group::writing(bot.caller(), &bot.target).await?)
            };
            (Author::Bot, deadline.within(asked).await)
        }
        (None, Some(caller), Some(place)) => {
            (Author::User, deadline.within(async { Ok(group::writing(caller, place).await?) }).await)
        }
        _ => return skipped(LABEL, "the group can't be seen"),
    };
    let who = if author == Author::Bot { "the bot" } else { "the account" };
    match answer {
        None => skipped(LABEL, LATE),
        Some(Err(error)) => {
            let text = format!("{who} can't be asked: {error}");
            let error = Error::from(error);
            let item = Item { text, ..bad(LABEL, &error) };
            match author {
                Author::Bot if error.kind != Kind::Temporary => {
                    hinted(item, "Check TELEGRAM_BOT_TOKEN with @BotFather, and TELEGRAM_BOT_TARGET.")
                }
                _ => item,
            }
        }
        Some(Ok(Writing::Allowed)) => good(LABEL, format!("{who} may write in the group")),
        Some(Ok(Writing::Outside)) => {
            hinted(item(Mark::Bad, LABEL, format!("{who} is not in the group")), format!("Add {who} to the group."))
        }
        Some(Ok(Writing::Banned)) => hinted(
            item(Mark::Bad, LABEL, format!("{who} was taken the right to write in the group")),
            format!("Give it back: group → Permissions → Exceptions → {who} → Send text messages."),
        ),
        Some(Ok(Writing::AdminsOnly)) => hinted(
            item(Mark::Bad, LABEL, format!("only admins may write in the group, and {who} is none")),
            format!("Make {who} an admin, or allow text messages: group → Permissions."),
        ),
    }
}

/// Checks that the receiver of alerts can be found.
async fn alerts(config: &Config, local: &Local, deadline: &Deadline) -> Item {
    const LABEL: &str = "alerts";
    let Some(name) = config.group().alert_to.as_deref() else {
        return good(LABEL, "go to the account's Saved Messages (SWF_ALERT_TO is not set)");
    };
    let store = Store::open(&config.home().store(), Access::Read).ok();
    let account = local.row.as_ref().and_then(|row| row.tracker);
    let routes = alerts::routes(config.group(), &config.credentials, store.as_ref(), account);
    let Some(route) = routes.first() else { return skipped(LABEL, "there is neither a login nor a bot") };
    let name = clean(name);
    match deadline.within(route.check()).await {
        None => skipped(LABEL, LATE),
        Some(Ok(())) => good(LABEL, format!("go to {name}")),
        Some(Err(error)) => bad(LABEL, &error.into()),
    }
}

fn tracker(local: &Local) -> Item {
    const LABEL: &str = "tracker";
    match (&local.state, local.runs) {
        (Some(state), true) if state.hangs(local.now) => with_command(
            item(
                Mark::Bad,
                LABEL,
                format!(
                    "holds its lock, but has not responded for {}",
                    duration(local.now - Instant(state.heartbeat_at))
                ),
            ),
            "End its process, then",
            "swf track",
        ),
        (_, true) => good(LABEL, "running"),
        (Some(state), false) if state.is_unfinished() => {
            let why = state.error.as_deref().map_or("it was not asked to stop".into(), clean);
            with_command(item(Mark::Bad, LABEL, format!("not running: {why}")), "", "swf track")
        }
        _ => with_command(item(Mark::Note, LABEL, "not running"), "", "swf track"),
    }
}

/// Checks that a scheduler starts the tracker, or posts. Best effort: there are more schedulers than
/// anybody knows.
fn schedule(home: &Home, runs: bool) -> Item {
    const LABEL: &str = "schedule";
    let home = home.path().display().to_string();
    let found = if cfg!(windows) {
        ask("schtasks", &["/query", "/tn", "swf"]).map(|_| "a task of Task Scheduler")
    } else {
        let is_ours =
            |text: String| text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains("swf"));
        let cron = ask("crontab", &["-l"]).filter(|text| is_ours(text.clone())).map(|_| "an entry of cron");
        let units = |more: &[&str]| {
            let list = [more, &["list-unit-files", "--no-legend", "swf*"]].concat();
            ask("systemctl", &list).filter(|text| is_ours(text.clone())).map(|_| "a unit of systemd")
        };
        cron.or_else(|| units(&["--user"])).or_else(|| units(&[]))
    };
    let kind = if cfg!(windows) { "windows" } else { "cron" };
    let command = format!("swf --home \"{home}\" schedule {kind}");
    match (found, runs) {
        (Some(found), _) => good(LABEL, format!("there is {found}")),
        (None, true) => with_command(
            item(Mark::Note, LABEL, "no entry found; the tracker runs, but will not be back after a restart by itself"),
            "",
            command,
        ),
        (None, false) => with_command(
            item(Mark::Bad, LABEL, "no entry found, and no tracker is running: nothing is counted or posted"),
            "",
            command,
        ),
    }
}

/// What a program of the system prints, if it succeeds in time.
fn ask(program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    let mut child =
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        sender.send(stdout.read_to_end(&mut bytes).map(|_| bytes))
    });
    let said = receiver.recv_timeout(SCHEDULER_TIMEOUT);
    if said.is_err() {
        // Nothing is left behind.
        let _ = child.kill();
    }
    let ended = child.wait().ok()?;
    let text = String::from_utf8_lossy(&said.ok()?.ok()?).into_owned();
    ended.success().then_some(text)
}
