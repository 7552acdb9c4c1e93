//! `swf doctor`: checks the setup, and names a fix for each problem. Every check runs, even after another one failed.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use super::session::{self, Call};
use crate::app::alerts;
use crate::app::bot;
use crate::app::chat::menu;
use crate::app::checks::{self, Check, Verdict};
use crate::app::groups;
use crate::app::posts::Author;
use crate::app::sender::{self, AlertRoute, Receiver, Sender};
use crate::commands::args::GroupArg;
use crate::commands::context::{Context, Global};
use crate::commands::facts::{Facts, Life, print_sheet};
use crate::commands::runtime;
use crate::commands::schedule::{System, service_name};
use crate::commands::scheduled;
use crate::commands::terminal;
use crate::config::{Config, Credentials, GroupSettings, Home, others_can_read};
use crate::domain::alert::AlertContext;
use crate::domain::chat::access::ChatMode;

use crate::domain::people::{Viewer, display};
use crate::domain::text::{clean, duration};
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Hint, Kind, Result, single_quoted};
use crate::platform::clock::Clock;
use crate::render::sheet::{Item, Mark};
use crate::telegram::chat::requests::{menu_differs, sees_all_messages};
use crate::telegram::connection::Caller;
use crate::telegram::group::{self, GroupError};
use crate::telegram::server_time::{MAX_CLOCK_AHEAD, proxy_to, server_time, try_server_time};
use crate::telegram::{Connection, Group, LoginString, reach};
use crate::web::notify::{ALERT_URL, HEARTBEAT_URL};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Send a test alert over each route
    #[arg(long)]
    alert: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

/// The timeout of all requests to Telegram together. Each request also has its own.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(22);
/// A clock skew above this, in seconds, gets a note.
const MAX_CLOCK_SKEW: i64 = 5;

pub fn run(
    args: &Args,
    global: Global,
    environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>,
) -> Result<()> {
    let (context, wrong) = Context::lenient(global, environment)?;
    let config = &context.config;
    let configs = context.each_group();
    let each: Vec<Facts> = configs.iter().map(Facts::gather).collect();
    let facts = &each[0];
    let mut items: Vec<Item> = checks::configuration(config, wrong.as_ref()).into_iter().map(item).collect();
    items.extend([
        files(facts.home),
        keyring(&config.credentials),
        item(checks::disk(facts)),
        item(checks::store_check(facts)),
        item(checks::backups(facts)),
        item(checks::time_zones(facts)),
    ]);
    items.extend(checks::other_readers(facts.home).map(item));
    items.extend(facts.note.clone().map(|note| Mark::Note.item("which group", note)));
    let Checks { account, mut groups, rest } = runtime::block_on(network(&configs, &each, args.alert))?;
    for (items, other) in groups.iter_mut().zip(&each).filter(|(_, other)| other.settings.zone != facts.settings.zone) {
        items.push(item(checks::time_zones(other)));
    }
    for (items, of) in groups.iter_mut().zip(&each) {
        items.extend(checks::folded(of).map(item));
        items.extend(checks::unsent(of).map(item));
    }
    let groups: Vec<Vec<Item>> = configs
        .iter()
        .zip(groups)
        .map(|(config, items)| items.into_iter().map(|item| named(item, context.name_among_several(config))).collect())
        .collect();
    items.extend(account.into_iter().chain(groups.iter().flatten().cloned()).chain(rest));
    items.extend([tracker(facts), schedule(config, facts.is_alive())]);
    let items: Vec<Item> = items.into_iter().map(|item| context.ready(item)).collect();
    let failed = items.iter().filter(|item| item.mark == Mark::Bad).count();
    if args.json {
        let checks = |items: &[Item]| items.iter().map(to_json).collect::<Vec<_>>();
        let group = |(facts, items): (&Facts, &Vec<Item>)| {
            let row = facts.group.as_ref();
            json!({
                "name": facts.settings.label, "title": row.map(|row| &row.title), "id": row.map(|row| row.peer.0),
                "checks": checks(items),
            })
        };
        let groups: Vec<_> = each.iter().zip(&groups).map(group).collect();
        terminal::print_json(&json!({ "checks": checks(&items), "failed": failed, "groups": groups }))?;
    } else {
        print_sheet(&context, &format!("swf doctor · {}", facts.home.path().display()), &items)?;
    }
    match failed {
        0 => Ok(()),
        1 => Err(Error::new(Kind::Found, "1 check failed")),
        many => Err(Error::new(Kind::Found, format!("{many} checks failed"))),
    }
}

/// The item with `label` in front, which is the group's name if there are several groups.
fn named(item: Item, label: Option<&str>) -> Item {
    let text = label.map_or_else(|| item.text.clone(), |label| format!("{label}: {}", item.text));
    Item { text, ..item }
}

fn to_json(item: &Item) -> serde_json::Value {
    let state = match item.mark {
        Mark::Good => "ok",
        Mark::Note => "note",
        Mark::Bad => "failed",
        Mark::None => "skipped",
    };
    let hints: Vec<String> = item.hints.iter().map(ToString::to_string).collect();
    json!({ "check": item.label, "state": state, "text": item.text, "mend": hints })
}

fn skipped(label: &'static str, why: &str) -> Item {
    Mark::None.item(label, format!("skipped: {why}"))
}

/// Turns a check into an item of the report.
fn item(Check { label, verdict }: Check) -> Item {
    match verdict {
        Verdict::Good(text) => Mark::Good.item(label, text),
        Verdict::Note(error) => Item { mark: Mark::Note, ..bad(label, &error) },
        Verdict::Bad(error) => bad(label, &error),
        Verdict::Skipped(why) => skipped(label, &why),
    }
}

fn bad(label: &'static str, error: &Error) -> Item {
    let hints = error.hints().iter().map(|hint| match hint {
        Hint::Text(text) => Hint::text(clean(text)),
        Hint::Command { before, command } => Hint::command(clean(before), clean(command)),
    });
    Item { hints: hints.collect(), ..Mark::Bad.item(label, clean(error.message())) }
}

/// Checks that swf can write to the home, and that only its owner can read secrets.
fn files(home: &Home) -> Item {
    const LABEL: &str = "files";
    let path = home.path();
    if !path.is_dir() {
        return Mark::Bad.item(LABEL, format!("there is no folder {}", path.display())).command("", "swf init");
    }
    let folders = [path.to_owned(), path.join("var"), home.logs()];
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        if let Err(error) = tempfile::tempfile_in(folder) {
            return Mark::Bad
                .item(LABEL, format!("{} can't be written to: {error}", folder.display()))
                .hint("Check permissions, free space, and which user runs swf.");
        }
    }
    let secret = [home.env_file(), home.bot_session(), home.store()];
    let open: Vec<_> = secret.into_iter().filter(|path| others_can_read(path)).collect();
    if open.is_empty() {
        return Mark::Good.item(LABEL, "can be written; only you can read the secrets");
    }
    let names = open.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy());
    let item = Mark::Bad.item(LABEL, format!("others can read {}", names.collect::<Vec<_>>().join(", ")));
    open.iter().fold(item, |item, path| item.hint(format!("chmod 600 {}", single_quoted(path))))
}

fn keyring(credentials: &Credentials) -> Item {
    const LABEL: &str = "keyring";
    let kept = match credentials.in_keyring() {
        Ok(kept) if kept.is_empty() => return skipped(LABEL, "no secret is stored in it"),
        Ok(kept) => kept,
        Err(error) => return bad(LABEL, &error),
    };
    match kept.iter().find_map(|name| credentials.from_keyring(name).err()) {
        Some(error) => bad(LABEL, &error),
        None => {
            Mark::Good.item(LABEL, format!("gives {}", kept.iter().map(String::as_str).collect::<Vec<_>>().join(", ")))
        }
    }
}

/// The common deadline of all requests to Telegram.
struct Deadline {
    clock: Clock,
    start: Duration,
}

impl Deadline {
    /// `None` if the deadline passes before `work` is done.
    async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let rest = NETWORK_TIMEOUT.saturating_sub(self.clock.elapsed() - self.start);
        tokio::time::timeout(rest, work).await.ok()
    }
}

const LATE: &str = "the checks before this one took too long";

/// The checks that need the network.
struct Checks {
    account: Vec<Item>,
    /// The items of each group.
    groups: Vec<Vec<Item>>,
    rest: Vec<Item>,
}

/// `configs` and `each` have an element for each group; the first is also used for checks of the account.
async fn network(configs: &[Config], each: &[Facts<'_>], test: bool) -> Checks {
    let (config, facts) = (&configs[0], &each[0]);
    let account = facts.group.as_ref().and_then(|row| row.tracker);
    let routes = alerts::routes(facts.settings, &config.credentials, facts.store.as_ref().ok(), account);
    // The addresses do not depend on Telegram, so they do not wait for it.
    let (mut checks, addresses) = tokio::join!(by_telegram(configs, each, &routes), addresses(&config.credentials));
    checks.rest.extend(addresses);
    if test {
        checks.rest.extend(test_alerts(facts, &routes).await);
    }
    checks
}

/// All checks that need Telegram.
async fn by_telegram(configs: &[Config], each: &[Facts<'_>], routes: &[AlertRoute]) -> Checks {
    let config = &configs[0];
    let clock = Clock::new(0);
    let deadline = Deadline { clock, start: clock.elapsed() };
    let mut items = Vec::from_iter(proxy(config, &deadline).await);
    let has_route = items.iter().all(|item| item.mark != Mark::Bad);
    let (mut connection, mut groups) = (None, vec![Vec::new(); configs.len()]);
    let mut found: Vec<Option<Group>> = vec![None; configs.len()];
    let mut skip = |why: &str| {
        groups.iter_mut().for_each(|items| items.extend(["group", "call"].map(|label| skipped(label, why))));
    };
    match config.login().and_then(|login| Ok((LoginString::parse(&login.string)?, login))) {
        Err(error) => {
            items.push(skipped("clock", "there is no login, so no data centre is known"));
            items.push(bad("login", &error));
            skip("there is no login");
        }
        Ok((mut string, login)) => {
            let mut asked = None;
            if has_route {
                asked = deadline.within(server_time(&string, &login.access)).await;
            }
            if asked == Some(None)
                && let Some(Some(address)) = deadline.within(reach::elsewhere(&string, &login.access)).await
            {
                let text = format!("{} does not answer; Telegram answers at {address}", string.address);
                items.push(Mark::Note.item("address", text).command("To store that address", "swf session qr"));
                string = string.at(address);
                asked = deadline.within(server_time(&string, &login.access)).await;
            }
            items.push(match asked {
                _ if !has_route => skipped("clock", "the proxy does not work"),
                Some(at) => time(clock.system(), at),
                None => skipped("clock", LATE),
            });
            let opened = Connection::new(&string, &login.access);
            let (item, works) = account(&opened.caller, &deadline).await;
            items.push(item);
            if works {
                for (index, config) in configs.iter().enumerate() {
                    let group_and_call;
                    (group_and_call, found[index]) = group_and_call_of(&opened.caller, config.group(), &deadline).await;
                    let peer = |group: &Option<Group>| group.as_ref().map(|group| group.peer);
                    let is_same = |other: &Option<Group>| other.is_some() && peer(other) == peer(&found[index]);
                    groups[index].extend(match found[..index].iter().position(is_same) {
                        Some(other) => {
                            let error = groups::same_as(config.group(), configs[other].group());
                            [bad("group", &error), skipped("call", "it is another table's group")]
                        }
                        None => group_and_call,
                    });
                }
                connection = Some(opened);
            } else {
                skip("the login failed");
            }
        }
    }
    let caller = connection.as_ref().map(|connection| &connection.caller);
    for (index, (config, facts)) in configs.iter().zip(each).enumerate() {
        groups[index].push(rights(config, facts, found[index].as_ref(), caller, &deadline).await);
        groups[index].extend(rhythm(facts, found[index].as_ref(), caller, &deadline).await);
    }
    let alert_to = &each[0].settings.alert_to;
    for (index, facts) in each.iter().enumerate().filter(|(_, facts)| facts.settings.alert_to != *alert_to) {
        let account = facts.group.as_ref().and_then(|row| row.tracker);
        let routes = alerts::routes(facts.settings, &config.credentials, facts.store.as_ref().ok(), account);
        groups[index].push(alerts(facts.settings.alert_to.as_deref(), &routes, &deadline).await);
    }
    let mut rest = vec![alerts(each[0].settings.alert_to.as_deref(), routes, &deadline).await];
    rest.extend(chat(config, &deadline).await);
    Checks { account: items, groups, rest }
}

/// Checks what the bot offers in the chat, and what it receives; `None` if no bot answers and none is needed.
async fn chat(config: &Config, deadline: &Deadline) -> Option<Item> {
    const LABEL: &str = "chat";
    let is_on = config.settings.groups.iter().any(|group| group.chat != ChatMode::Off);
    let Some(login) = config.credentials.bot(None).ok().flatten().filter(|_| is_on) else {
        let has_slots = config.settings.groups.iter().any(|group| !group.slots.is_empty());
        return has_slots.then(|| {
            Mark::Note
                .item(LABEL, "SWF_SLOTS is set, but no bot answers, so members can't sign up")
                .hint("Set TELEGRAM_BOT_TOKEN and SWF_CHAT=group, or remove SWF_SLOTS.")
        });
    };
    let ask = async {
        let connection = bot::connect(&login).await?;
        let menus = menu::wanted(&config.settings);
        let differ = menu_differs(&connection.caller, &menus).await?;
        Ok::<_, GroupError>((differ, sees_all_messages(&connection.caller).await?))
    };
    Some(match deadline.within(ask).await {
        None => skipped(LABEL, LATE),
        Some(Err(error)) => bad(LABEL, &error.into()),
        Some(Ok((_, true))) => {
            Mark::Note.item(LABEL, "the bot receives every message of its groups, but needs only its commands").hint(
                "Turn on the bot's privacy mode: send /setprivacy to @BotFather. Then remove the bot from the group \
                 and add it again.",
            )
        }
        Some(Ok((0, false))) => Mark::Good.item(LABEL, "the bot answers, and its menu lists its commands"),
        Some(Ok((differ, false))) => Mark::Note
            .item(LABEL, format!("{differ} menus of the bot are not as they should be"))
            .command("A running tracker sets them", "swf track"),
    })
}

/// Tests the proxy to Telegram; `None` without one.
async fn proxy(config: &Config, deadline: &Deadline) -> Option<Item> {
    const LABEL: &str = "proxy";
    let proxies = match config.credentials.proxies() {
        Ok(proxies) => proxies,
        Err(error) => return Some(bad(LABEL, &error)),
    };
    let login = config.credentials.session().ok().flatten().and_then(|string| LoginString::parse(&string).ok());
    let Some(proxy) = proxy_to(login.as_ref(), &proxies) else {
        let (name, why) = proxies.unusable.first()?;
        return Some(Mark::Note.item(LABEL, format!("no proxy is used: {name} {why}")));
    };
    let ask = async {
        let answer = try_server_time(login.as_ref(), &proxies, deadline.clock.system()).await.map(drop);
        match (&answer, &login, config.credentials.access()) {
            // Perhaps only this address of Telegram does not answer: try the others.
            (Err(error), Some(login), Ok(access)) if error.is_about_address => {
                reach::elsewhere(login, &access).await.map_or(answer, |_| Ok(()))
            }
            _ => answer,
        }
    };
    Some(match deadline.within(ask).await {
        None => skipped(LABEL, LATE),
        Some(Ok(())) => Mark::Good.item(LABEL, format!("Telegram answers through {proxy}")),
        Some(Err(error)) => Mark::Bad.item(LABEL, error.to_string()).hint(error.advice()),
    })
}

/// Checks the login; true if it belongs to a person.
async fn account(caller: &Caller, deadline: &Deadline) -> (Item, bool) {
    const LABEL: &str = "login";
    match deadline.within(group::self_user(caller)).await {
        None => (skipped(LABEL, LATE), false),
        Some(Err(error)) => (bad(LABEL, &error.into()), false),
        Some(Ok(me)) if me.profile.bot => {
            let text = "TG_STRING_SESSION belongs to a bot, and bots can't see who is in a call";
            let hint = "With a person's account that is in the group";
            (Mark::Bad.item(LABEL, text).command(hint, "swf session qr"), false)
        }
        Some(Ok(me)) => {
            let name = display(&me.profile, Viewer::Terminal);
            (Mark::Good.item(LABEL, format!("{name} ({})", me.profile.peer)), true)
        }
    }
}

async fn group_and_call_of(
    caller: &Caller,
    settings: &GroupSettings,
    deadline: &Deadline,
) -> ([Item; 2], Option<Group>) {
    match deadline.within(session::look(caller, settings)).await {
        None => (["group", "call"].map(|label| skipped(label, LATE)), None),
        Some(Err(error)) => ([bad("group", &error), skipped("call", "the group can't be seen")], None),
        Some(Ok((found, call))) => {
            let item = Mark::Good.item("group", format!("{} ({})", clean(&found.title), found.peer));
            ([item, call_item(call)], Some(found))
        }
    }
}

fn time(system: Instant, telegram: Option<Instant>) -> Item {
    const LABEL: &str = "clock";
    let Some(at) = telegram else {
        return Mark::Bad
            .item(LABEL, "Telegram's data centre does not answer")
            .hint("Check the network, and that nothing blocks Telegram.");
    };
    let ahead = system - at;
    if ahead.abs() <= MAX_CLOCK_SKEW {
        return Mark::Good.item(LABEL, "the same as Telegram's");
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let text = format!("this computer's clock is {} {side} Telegram's", duration(ahead.abs()));
    let item = match ahead > MAX_CLOCK_AHEAD {
        true => Mark::Bad.item(LABEL, format!("{text}; Telegram refuses such requests")),
        false => Mark::Note.item(LABEL, text),
    };
    item.hint("Correct this computer's clock, and keep it synchronised with NTP.")
}

fn call_item(call: Call) -> Item {
    const LABEL: &str = "call";
    match call {
        Call::Seen => Mark::Good.item(LABEL, "running, and can be seen"),
        Call::None => Mark::Good.item(LABEL, "no call is running now; the account will see the next one"),
        Call::ListenersHidden => Mark::Note
            .item(LABEL, "running, but it hides its listeners: muted people can't be seen")
            .hint("No account can see them. A new call may show them."),
    }
}

/// Checks that the author of posts may write in the group.
async fn rights(
    config: &Config,
    facts: &Facts<'_>,
    found: Option<&Group>,
    caller: Option<&Caller>,
    deadline: &Deadline,
) -> Item {
    const LABEL: &str = "posting";
    let bot = match config.bot() {
        Ok(bot) => bot,
        Err(error) => return bad(LABEL, &error),
    };
    let peer = found.map(|found| found.peer).or(facts.group.as_ref().map(|row| row.peer));
    let (author, answer) = match (bot, caller, found) {
        (Some(login), ..) => {
            if peer.is_none() && login.target.is_none() {
                return skipped(LABEL, "swf has not found the group yet");
            }
            let asked = async {
                let bot = bot::open(&login, peer.unwrap_or(PeerId(0))).await?;
                Ok::<_, GroupError>(group::writing(bot.caller(), &bot.target).await?)
            };
            (Author::Bot, deadline.within(asked).await)
        }
        (None, Some(caller), Some(found)) => {
            (Author::User, deadline.within(async { Ok(group::writing(caller, found).await?) }).await)
        }
        _ => return skipped(LABEL, "the group can't be seen"),
    };
    let who = if author == Author::Bot { "the bot" } else { "the account" };
    let writing = match answer {
        None => return skipped(LABEL, LATE),
        Some(Err(error)) => {
            let error = Error::from(error);
            let text = format!("the rights of {who} can't be checked: {}", clean(error.message()));
            let item = Item { text, ..bad(LABEL, &error) };
            return match author {
                Author::Bot if error.kind != Kind::Temporary => item.hint(
                    "Check TELEGRAM_BOT_TOKEN with @BotFather, and that the bot is in the chat in which it posts.",
                ),
                _ => item,
            };
        }
        Some(Ok(writing)) => writing,
    };
    let unused = facts.group.as_ref().filter(|_| facts.note.is_none());
    let unused = unused.and_then(|row| groups::unused_target(facts.settings, row));
    match (writing.obstacle(who), unused) {
        (None, Some(unused)) => {
            Mark::Note.item(LABEL, clean(&unused)).hint("Set TELEGRAM_BOT_TOKEN, or remove the target.")
        }
        (None, None) => Mark::Good.item(LABEL, format!("{who} may write in the group")),
        (Some((text, fix)), _) => Mark::Bad.item(LABEL, text).hint(fix),
    }
}

/// Checks how the group's rhythm is shown, if the group has one.
async fn rhythm(
    facts: &Facts<'_>,
    found: Option<&Group>,
    caller: Option<&Caller>,
    deadline: &Deadline,
) -> Option<Item> {
    const LABEL: &str = "rhythm";
    let rhythm = facts.settings.rhythm?;
    let (Some(caller), Some(group)) = (caller, found) else {
        return Some(skipped(LABEL, "the group can't be seen"));
    };
    let asked = async { Ok::<_, GroupError>(group::may_manage_calls(caller, group).await?) };
    Some(match deadline.within(asked).await {
        None => skipped(LABEL, LATE),
        Some(Err(error)) => bad(LABEL, &Error::from(error)),
        Some(Ok(true)) => Mark::Good.item(LABEL, format!("{rhythm}; the title of the call shows it")),
        Some(Ok(false)) => Mark::Note
            .item(LABEL, format!("{rhythm}; the account may not manage calls, so a message shows the rhythm"))
            .hint("For the title of the call: group → Administrators → the account → Manage Video Chats."),
    })
}

/// Checks whether alerts reach the organiser by Telegram. `alert_to` is `SWF_ALERT_TO`.
async fn alerts(alert_to: Option<&str>, routes: &[AlertRoute], deadline: &Deadline) -> Item {
    const LABEL: &str = "alerts";
    let has_url = routes.iter().any(|route| route.url.is_some());
    let mut first = None;
    for route in routes.iter().filter(|route| route.telegram.is_some()) {
        match (deadline.within(route.check()).await, &first) {
            (None, None) => return skipped(LABEL, LATE),
            (None, Some(_)) => break,
            (Some(Ok(())), None) => return Mark::Good.item(LABEL, format!("go {}", way(route, alert_to))),
            (Some(Ok(())), Some(error)) => {
                let item = bad(LABEL, error);
                let text = format!("{}; until this is fixed, alerts go {}", item.text, way(route, alert_to));
                return Item { text, ..item };
            }
            (Some(Err(error)), None) => first = Some(error),
            (Some(Err(_)), Some(_)) => {}
        }
    }
    let error = first.unwrap_or_else(|| Error::config("there is no login and no bot"));
    let item = bad(LABEL, &error);
    let item = Item { text: format!("alerts can't reach Telegram: {}", item.text), ..item };
    if has_url { item } else { item.hint("Set SWF_ALERT_URL, so that alerts reach you without Telegram.") }
}

/// Describes a route; completes "alerts go …" and "sent …".
fn way(route: &AlertRoute, alert_to: Option<&str>) -> String {
    let to = || alert_to.map_or("the account".into(), clean);
    match &route.telegram {
        None => "to the address in SWF_ALERT_URL".into(),
        Some((Sender::Bot(_), _)) => format!("to {}, by the bot", to()),
        Some((_, Receiver::Itself)) if alert_to.is_none() => {
            "to the account's Saved Messages (SWF_ALERT_TO is not set)".into()
        }
        Some((_, Receiver::Itself)) => "to the account's Saved Messages".into(),
        Some(_) => format!("to {}, by the account", to()),
    }
}

/// Checks the addresses that are set, without sending anything to them.
async fn addresses(credentials: &Credentials) -> Vec<Item> {
    let alert = address("alert url", ALERT_URL, "receives alerts when Telegram can't be used", credentials);
    let heartbeat = address("heartbeat", HEARTBEAT_URL, "receives a heartbeat every 5 minutes", credentials);
    let (alert, heartbeat) = tokio::join!(alert, heartbeat);
    alert.into_iter().chain(heartbeat).collect()
}

async fn address(label: &'static str, name: &str, purpose: &str, credentials: &Credentials) -> Option<Item> {
    let endpoint = match alerts::endpoint(name, credentials) {
        Ok(endpoint) => endpoint?,
        Err(error) => return Some(bad(label, &error)),
    };
    Some(match endpoint.check().await {
        Ok(()) => Mark::Good.item(label, format!("{} can be reached; it {purpose}", endpoint.site())),
        Err(problem) => Mark::Bad
            .item(label, clean(&sender::explain(&problem)))
            .hint(format!("Check the network, and the address in {name}.")),
    })
}

/// Sends a test alert over each route.
async fn test_alerts(facts: &Facts<'_>, routes: &[AlertRoute]) -> Vec<Item> {
    const LABEL: &str = "test alert";
    let clock = Clock::new(0);
    let deadline = Deadline { clock, start: clock.elapsed() };
    let group = facts.group.as_ref().map(|row| row.title.as_str()).or(facts.settings.name.as_deref());
    let words = facts.settings.language.words();
    let context = AlertContext { group: group.unwrap_or_default(), zone: facts.settings.zone, words };
    // A new id for each test, so that Telegram does not take it for a repeat.
    let id = clock.now().0 << 24 | i64::from(std::process::id()) << 1 | 1;
    let mut items = Vec::new();
    for route in routes {
        // Test `url` only as its own route, not as the replacement in a route by Telegram.
        let url = if route.telegram.is_none() { route.url.clone() } else { None };
        let alone = AlertRoute { telegram: route.telegram.clone(), url };
        let way = way(route, facts.settings.alert_to.as_deref());
        items.push(match deadline.within(alone.send(&context.test(), id)).await {
            None => Mark::Bad.item(LABEL, format!("not sent {way}: no answer")),
            Some(finished) => match finished.outcome.problem() {
                None => Mark::Good.item(LABEL, format!("sent {way}")),
                Some(problem) => Mark::Bad.item(LABEL, format!("not sent {way}: {}", clean(&sender::explain(problem)))),
            },
        });
    }
    match items.is_empty() {
        true => vec![skipped(LABEL, "there is no route for alerts: no login, no bot, and no SWF_ALERT_URL")],
        false => items,
    }
}

fn tracker(facts: &Facts) -> Item {
    const LABEL: &str = "tracker";
    let state = facts.state.clone().unwrap_or_default();
    match facts.life {
        Life::Running => Mark::Good.item(LABEL, "running"),
        Life::Hangs => {
            let silence = duration(facts.now - Instant(state.heartbeat_at));
            Mark::Bad
                .item(LABEL, format!("running, but has not responded for {silence}"))
                .command("End its process, then run", "swf track")
        }
        Life::Dead => {
            let why = state.error.as_deref().map_or("it ended unexpectedly".into(), clean);
            Mark::Bad.item(LABEL, format!("not running: {why}")).command("", "swf track")
        }
        Life::Never | Life::Stopped => Mark::Note.item(LABEL, "not running").command("", "swf track"),
    }
}

/// Checks that a scheduler starts the tracker, or posts. Not all schedulers can be checked.
fn schedule(config: &Config, is_alive: bool) -> Item {
    const LABEL: &str = "schedule";
    let home = config.home().path();
    let found = scheduled::find(home, &service_name(home, config.has_platform_home()));
    let item = match found {
        Some(found) => return Mark::Good.item(LABEL, format!("there is {found}")),
        None if is_alive => {
            Mark::Note.item(LABEL, "no entry found; the tracker runs, but will not start by itself after a restart")
        }
        None => Mark::Bad.item(LABEL, "no entry found, and no tracker is running: nothing is counted or posted"),
    };
    item.command("", System::here().command(&format!("swf --home {}", single_quoted(home))))
}
