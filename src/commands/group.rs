//! `swf group`: the groups of `groups.toml`. A running tracker applies each change by itself.

use serde_json::json;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::session::sign_in::{SignedIn, signed_in_by};
use super::session::{self, Call};
use crate::app::{bot, groups};
use crate::commands::context::Context;
use crate::commands::facts::Facts;
use crate::commands::terminal::{self, Interrupt, Prompt};
use crate::commands::{pause, runtime};
use crate::config::{Config, GroupSettings, GroupsDocument, ID, NAME, NAME_WORDS, is_name, name_for};
use crate::config::{problem_of_key, setting_of};
use crate::domain::group_name::{self, GroupName};
use crate::domain::text::clean;
use crate::domain::time::period::local_date;
use crate::error::{Error, Kind, Result};
use crate::store::{Access, GroupRow, Store};
use crate::telegram::Group;
use crate::telegram::connection::Caller;
use crate::telegram::dialogs::{self, Listed};
use crate::telegram::find;
use crate::telegram::group::{GroupError, is_forum, writing};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the groups and their settings
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Watch one more group of the account
    Add(AddArgs),
    /// Change a setting of a group, e.g. swf group set study post_time 22:00
    Set {
        /// The group, by its name in groups.toml
        name: String,
        /// A setting of .env.example without SWF_ and in lower case; or name, id, target, aliases
        #[arg(required_unless_present = "unset", requires = "value")]
        key: Option<String>,
        /// The new value
        #[arg(allow_hyphen_values = true)]
        value: Option<String>,
        /// Remove this setting from the group; the value for all groups applies again
        #[arg(long, value_name = "KEY", conflicts_with = "key")]
        unset: Option<String>,
    },
    /// Stop watching a group; its time stays in the store
    Remove {
        /// The group, by its name in groups.toml
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Default, clap::Args)]
pub struct AddArgs {
    /// A short name for the group: 1 to 32 of a-z, 0-9 and - [default: made from its username or title]
    name: Option<String>,
    /// The group: id, title, @name, t.me link or invite link [default: you are asked]
    #[arg(long, value_name = "GROUP", allow_hyphen_values = true)]
    id: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    match &args.action {
        Action::List { json } => list(context, *json),
        Action::Add(args) => add(context, args),
        Action::Set { name, key, value, unset } => match (key, value, unset) {
            (_, _, Some(key)) => unset_key(context, name, key),
            (Some(key), Some(value), _) => set(context, name, key, value),
            _ => Err(Error::usage("give a key and its value, e.g. swf group set study post_time 22:00")),
        },
        Action::Remove { name, yes } => remove(context, name, *yes),
    }
}

/// The settings of the group with this name.
fn named(config: &Config, name: &str) -> Result<Config> {
    let mut config = config.clone();
    config.choose(Some(name)).map_err(|error| match config.group().label {
        Some(_) => error,
        None => Error::usage("there is no groups.toml here, so no group has a name")
            .command("To watch a second group, run", "swf group add"),
    })?;
    Ok(config)
}

fn set(context: &Context, name: &str, key: &str, value: &str) -> Result<()> {
    let config = named(&context.config, name)?;
    check_key(key)?;
    if value.trim().is_empty() {
        return Err(Error::usage(format!("{key} can't be empty"))
            .command("To remove it, run", format!("swf group set {name} --unset {key}")));
    }
    if value.contains(char::is_control) {
        return Err(Error::usage(format!("{key} can't hold line breaks or other control characters")));
    }
    if key == ID
        && let Ok(store) = Store::open(&config.home().store(), Access::Read)
    {
        let others = config.settings.groups.iter().filter(|other| other.label != config.group().label);
        let new = GroupSettings { name: Some(value.trim().to_owned()), ..config.group().clone() };
        groups::check_differs(&store, others, &new).map_err(|error| Error::usage(error.message()))?;
    }
    let mut document = GroupsDocument::open(&config)?;
    document.set(name, key, value.trim());
    document.save(&config).map_err(|mut error| {
        // The file was not changed, so only the arguments are wrong.
        error.kind = if error.kind == Kind::Config { Kind::Usage } else { error.kind };
        error
    })?;
    terminal::print(&format!("{key} of {name} is {} now.\n", clean(value)))
}

fn unset_key(context: &Context, name: &str, key: &str) -> Result<()> {
    let config = named(&context.config, name)?;
    check_key(key)?;
    if [NAME, ID].contains(&key) {
        return Err(Error::usage(format!("each group needs its {key}"))
            .command("To stop watching the group, run", format!("swf group remove {name}")));
    }
    let mut document = GroupsDocument::open(&config)?;
    if !document.unset(name, key) {
        return terminal::print(&format!("{name} has no {key} of its own; nothing was done.\n"));
    }
    document.save(&config)?;
    terminal::print(&format!("{name} has no {key} of its own any more.\n"))
}

fn check_key(key: &str) -> Result<()> {
    if key == NAME || setting_of(key).is_some() {
        return Ok(());
    }
    Err(Error::usage(format!("{} {}", clean(key), problem_of_key(key))))
}

fn remove(context: &Context, name: &str, yes: bool) -> Result<()> {
    let config = named(&context.config, name)?;
    if config.settings.groups.len() == 1 {
        return Err(Error::failed(format!("{name} is the only group in groups.toml"))
            .hint("Without groups.toml, swf watches the group in TELEGRAM_GROUP_USERNAME. To go back to that, delete the file."));
    }
    let title = Facts::gather(&config).group.map_or_else(|| name.to_owned(), |row| clean(&row.title));
    if !yes {
        let question = format!("Stop watching {title}?");
        let Some(prompt) = Prompt::open(Interrupt::Exits) else {
            return Err(Error::usage(format!("{question} Standard input is not a terminal; pass --yes."))
                .command("To confirm, run", format!("swf group remove {name} --yes")));
        };
        if !prompt.confirm(&question, false)? {
            return terminal::print("Nothing was done.\n");
        }
    }
    let mut document = GroupsDocument::open(&config)?;
    document.remove(name);
    document.save(&config)?;
    terminal::print(&format!(
        "{title} is no longer watched. Its time stays in the store, and is shown again if you add the group again.\n"
    ))
}

// ── list ────────────────────────────────────────────────────────────────────────────────────────────────────────────

fn list(context: &Context, as_json: bool) -> Result<()> {
    let configs: Vec<Config> = context.config.each_group().collect();
    let facts: Vec<Facts> = configs.iter().map(Facts::gather).collect();
    if as_json {
        let groups: Vec<_> = facts.iter().map(to_json).collect();
        return terminal::print_json(&json!({ "groups": groups }));
    }
    if configs[0].group().label.is_some() {
        return terminal::print(&facts.iter().map(lines).collect::<String>());
    }
    let more = context.command("To watch a second group, run", "swf group add");
    match configs[0].group().name {
        Some(_) => terminal::print(&format!("{}{more}\n", lines(&facts[0]))),
        None => terminal::print(&format!("No group is set up. {}\n", context.command("Start with", "swf init"))),
    }
}

/// The store's row of the group itself; `None` if `facts` are about another group in its place.
fn row<'a>(facts: &'a Facts) -> Option<&'a GroupRow> {
    facts.group.as_ref().filter(|_| facts.note.is_none())
}

fn lines(facts: &Facts) -> String {
    let settings = facts.settings;
    let title = row(facts).map_or_else(|| "not watched yet".into(), |row| clean(&row.title));
    let id = row(facts).map(|row| row.peer.to_string()).or(settings.name.clone()).unwrap_or_default();
    let unused = settings.unused_target(row(facts).map(GroupRow::known)).map(clean);
    let target = match (settings.target(), unused) {
        (Some(target), _) => format!("in {}", clean(target)),
        (None, None) => "in the group".to_owned(),
        (None, Some(unused)) => {
            format!("in the group (only a bot posts in the target {unused}, and TELEGRAM_BOT_TOKEN is not set)")
        }
    };
    let topic = settings.topic(row(facts).map(GroupRow::known));
    let topic = topic.map_or(String::new(), |topic| format!(", topic {topic}"));
    let pause = settings.pauses.at(local_date(settings.zone, facts.now));
    let pause = pause.map_or(String::new(), |pause| format!("; it {}", pause::is_paused(pause)));
    let time = settings.timetable.time.format("%H:%M");
    format!(
        "{}  {title} ({})\n  posts at {time}, {}, {}, {target}{topic}{pause}\n",
        settings.label.as_deref().unwrap_or("-"),
        clean(&id),
        settings.zone,
        settings.language.code(),
    )
}

fn to_json(facts: &Facts) -> serde_json::Value {
    let settings = facts.settings;
    let row = row(facts);
    let pause = settings.pauses.at(local_date(settings.zone, facts.now));
    json!({
        "name": settings.label,
        "title": row.map(|row| &row.title),
        "id": row.map(|row| row.peer.0),
        "username": row.and_then(|row| row.username.as_ref()),
        "setting": settings.name,
        "post_time": settings.timetable.time.format("%H:%M").to_string(),
        "timezone": settings.zone.name(),
        "language": settings.language.code(),
        "target": settings.bot_target,
        "topic": settings.topic(row.map(GroupRow::known)),
        "paused": pause.map(|pause| json!({ "first": pause.first.to_string(), "last": pause.last.map(|last| last.to_string()) })),
    })
}

// ── add ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

fn add(context: &Context, args: &AddArgs) -> Result<()> {
    if let Some(name) = &args.name {
        check_name(&context.config, name)?;
    }
    let credentials = &context.config.credentials;
    // This error names everything that is missing.
    let access = credentials.login(false)?.access;
    let prompt = Prompt::open(Interrupt::Exits);
    let runtime = runtime::new(1)?;
    let end = (|| {
        let mut signed_in = runtime.block_on(signed_in_by(credentials, access))?;
        let wait = Wait { runtime: &runtime, interrupted: &CancellationToken::new() };
        Adding { wait, prompt: prompt.as_ref(), context, signed_in: &mut signed_in }.add(args)
    })();
    runtime.shutdown_background();
    let start = context
        .command("A running tracker applies the change by itself. If no tracker runs, start one with", "swf track");
    terminal::print(&format!("{}{start}\n", end?))
}

fn check_name(config: &Config, name: &str) -> Result<()> {
    if !is_name(name) {
        return Err(Error::usage(format!("{:?} can't be a group's name", clean(name)))
            .hint(format!("It must be {NAME_WORDS}.")));
    }
    if is_taken(config, name) {
        return Err(
            Error::usage(format!("a group {name:?} already exists")).command("To see it, run", "swf group list")
        );
    }
    Ok(())
}

fn is_taken(config: &Config, name: &str) -> bool {
    config.settings.groups.iter().any(|group| group.label.as_deref() == Some(name))
}

/// Waits for requests on a runtime; if the command handles Ctrl-C, that ends a wait.
pub(super) struct Wait<'a> {
    pub runtime: &'a Runtime,
    pub interrupted: &'a CancellationToken,
}

impl Wait<'_> {
    fn on<T, E: Into<Error>>(&self, what: impl Future<Output = Result<T, E>>) -> Result<T> {
        self.runtime.block_on(async {
            tokio::select! {
                end = what => end.map_err(Into::into),
                () = self.interrupted.cancelled() => Err(Error::failed("stopped; no group was added")),
            }
        })
    }
}

/// The inputs for adding a group.
pub(super) struct Adding<'a> {
    pub wait: Wait<'a>,
    /// `None` if there is no terminal to ask on.
    pub prompt: Option<&'a Prompt>,
    pub context: &'a Context,
    pub signed_in: &'a mut SignedIn,
}

impl Adding<'_> {
    fn config(&self) -> &Config {
        &self.context.config
    }

    fn caller(&self) -> &Caller {
        self.signed_in.caller()
    }

    /// Adds a group to `groups.toml`. If that file does not exist yet, first adds the group of
    /// `TELEGRAM_GROUP_USERNAME`. Returns a text about what was done.
    pub fn add(&mut self, args: &AddArgs) -> Result<String> {
        let first = self.first_group()?;
        if let Some(first) = &first
            && !self.agrees_to_take_over(first, args.yes)?
        {
            return Ok("Nothing was done.\n".into());
        }
        let (config, store) = (&self.context.config, Store::open(&self.config().home().store(), Access::Read).ok());
        let is_there = |group: &Group| {
            let is_first = first.as_ref().is_some_and(|first| first.group.peer == group.peer);
            is_first || config.settings.groups.iter().any(|one| is_same(store.as_ref(), one, group))
        };
        let (group, topic) = self.choose(args.id.as_deref(), is_there)?;
        if is_there(&group) {
            return Err(Error::config(format!("{} is already watched", title(&group)))
                .command("To see all groups, run", "swf group list"));
        }
        let name = self.name(&group, args, first.as_ref())?;
        let mut document = GroupsDocument::open(self.config())?;
        if let Some(first) = &first {
            document.add(&first.name, first.group.peer.0, &first.settings);
        }
        let topic = self.topic_in(&group, topic)?;
        document.add(&name, group.peer.0, topic.map(topic_setting).as_slice());
        document.save(self.config())?;
        let taken_over = first.map_or(String::new(), |first| first.words());
        let topic = topic.map_or(String::new(), |topic| format!("; posts go to topic {topic}"));
        Ok(format!("{taken_over}Added {} as {name}{topic}.\n{}", title(&group), self.rights(&group)))
    }

    /// The group of `TELEGRAM_GROUP_USERNAME`, if there is no `groups.toml` yet.
    fn first_group(&self) -> Result<Option<First>> {
        let settings = self.config().group();
        let Some(setting) = settings.name.as_deref().filter(|_| settings.label.is_none()) else { return Ok(None) };
        let store = Store::open(&self.config().home().store(), Access::Read).ok();
        let known = store.and_then(|store| groups::configured(&store, Some(setting)).ok().flatten());
        let group = match &known {
            Some(row) => {
                let mut group = Group::by_id(row.peer);
                (group.title, group.username) = (row.title.clone(), row.username.clone());
                group
            }
            None => {
                let found = find::resolve(self.caller(), setting);
                self.wait.on(async { found.await.map_err(|error| error.at(&settings.place())) })?
            }
        };
        let name = name_for(group.username.as_deref().unwrap_or(&group.title), |_| false);
        let raw = &self.config().raw;
        let target = settings.bot_target.clone().map(|target| ("target".to_owned(), target));
        let topic = raw.get("SWF_TOPIC").map(|topic| ("topic".to_owned(), topic.to_owned()));
        // A link names the topic, too.
        let linked = || settings.topic(known.as_ref().map(GroupRow::known));
        let topic = topic.or_else(|| linked().map(topic_setting));
        Ok(Some(First { group, name, settings: target.into_iter().chain(topic).collect() }))
    }

    fn agrees_to_take_over(&mut self, first: &First, yes: bool) -> Result<bool> {
        let question = format!(
            "Several groups need the file groups.toml. Also add {} to it, as {}?",
            title(&first.group),
            first.name
        );
        match self.prompt {
            _ if yes => Ok(true),
            Some(prompt) => {
                let answer = prompt.confirm(&question, true);
                // The connection may have been closed meanwhile.
                self.signed_in.reconnect();
                answer
            }
            None => Err(Error::usage(format!("{question} Standard input is not a terminal; pass --yes."))),
        }
    }

    /// The group that the user means or picks, and the number of a topic if a link names one.
    fn choose(&mut self, wanted: Option<&str>, is_there: impl Fn(&Group) -> bool) -> Result<(Group, Option<i32>)> {
        if let Some(text) = wanted {
            return self.resolve(text);
        }
        let mut listed = self.wait.on(dialogs::groups(self.caller()))?;
        listed.retain(|one| !is_there(&one.group));
        let Some(prompt) = self.prompt else {
            let error = Error::usage("choose the group with --id; the account is also in these groups:");
            let line = |one: &Listed| format!("{}  {}", one.group.peer, title(&one.group));
            return Err(listed.iter().map(line).fold(error, Error::hint));
        };
        loop {
            let picked = pick(prompt, &listed, None)?;
            self.signed_in.reconnect();
            match self.resolve(&picked) {
                Err(error) if error.kind == Kind::Config => eprintln!("{error}"),
                end => return end,
            }
        }
    }

    fn resolve(&self, text: &str) -> Result<(Group, Option<i32>)> {
        Ok((self.wait.on(find::resolve(self.caller(), text))?, group_name::parse(text).topic))
    }

    /// The number in a link, if the group is a forum. In another group it is the number of a message.
    fn topic_in(&self, group: &Group, topic: Option<i32>) -> Result<Option<i32>> {
        let Some(topic) = topic else { return Ok(None) };
        let is_forum = async { Ok::<_, GroupError>(is_forum(self.caller(), group).await?) };
        Ok(self.wait.on(is_forum)?.then_some(topic))
    }

    fn name(&mut self, group: &Group, args: &AddArgs, first: Option<&First>) -> Result<String> {
        let is_first = |name: &str| first.is_some_and(|first| first.name == name);
        let check = |name: &str| match check_name(self.config(), name) {
            Ok(()) if is_first(name) => Err(format!("{name} is the first group.")),
            Ok(()) => Ok(()),
            Err(error) => Err(error.hints().first().map_or(error.message().to_owned(), ToString::to_string)),
        };
        if let Some(name) = &args.name {
            return check(name).map(|()| name.clone()).map_err(Error::usage);
        }
        let is_taken = |name: &str| is_taken(self.config(), name) || is_first(name);
        let name = name_for(group.username.as_deref().unwrap_or(&group.title), is_taken);
        match self.prompt {
            Some(prompt) if !args.yes => {
                let answer = prompt.line("Short name for the group (a-z, 0-9, -)", Some(&name), check);
                self.signed_in.reconnect();
                answer
            }
            _ => Ok(name),
        }
    }

    /// What the account, or the bot, can see and may do in a group. The group is added in any case.
    fn rights(&self, group: &Group) -> String {
        let call = match self.wait.on(session::call_of(self.caller(), group)) {
            Ok(Call::Seen) => "Its call is running, and can be seen.".to_owned(),
            Ok(Call::ListenersHidden) => "Its call hides its listeners: muted people can't be seen.".to_owned(),
            Ok(Call::None) => "No call is running now; the account will see the next one.".to_owned(),
            Err(error) => format!("swf could not check whether its call can be seen: {}", error.message()),
        };
        let bot = self.config().credentials.bot(None);
        let who = if matches!(bot, Ok(None)) { "the account" } else { "the bot" };
        let asked = async {
            match bot? {
                Some(login) => {
                    let bot = bot::open(&login, group.peer).await?;
                    Ok::<_, Error>(writing(bot.caller(), &bot.target).await.map_err(GroupError::from)?)
                }
                None => Ok(writing(self.caller(), group).await.map_err(GroupError::from)?),
            }
        };
        let writing = match self.wait.on(asked).map(|writing| writing.obstacle(who)) {
            Ok(None) => format!("Telegram allows {who} to write in the group."),
            Ok(Some((text, fix))) => format!("Posts will be refused: {text}.\n  {fix}"),
            Err(error) => format!("swf could not check whether {who} may write in the group: {}", error.message()),
        };
        format!("{call}\n{writing}\n")
    }
}

/// A topic as a key and a value of `groups.toml`.
fn topic_setting(topic: i32) -> (String, String) {
    ("topic".to_owned(), topic.to_string())
}

/// The group of `TELEGRAM_GROUP_USERNAME`, as it will be in `groups.toml`.
struct First {
    group: Group,
    name: String,
    /// Settings that can't be shared by several groups, as keys and values of `groups.toml`.
    settings: Vec<(String, String)>,
}

impl First {
    fn words(&self) -> String {
        format!(
            "Wrote {} to groups.toml as {}. While that file exists, TELEGRAM_GROUP_USERNAME, TELEGRAM_BOT_TARGET,\n\
             TELEGRAM_GROUP_ID and SWF_TOPIC in .env.local are ignored; its other settings apply to all groups.\n",
            title(&self.group),
            self.name
        )
    }
}

/// Whether the settings in `settings` are about `group`.
fn is_same(store: Option<&Store>, settings: &GroupSettings, group: &Group) -> bool {
    let Some(name) = settings.name.as_deref() else { return false };
    let known = || groups::configured(store?, Some(name)).ok().flatten();
    let is_id = matches!(group_name::parse(name).group, GroupName::Id(ids) if ids.first() == Some(&group.peer));
    is_id || known().is_some_and(|row| row.peer == group.peer)
}

/// The group that the user picks, in the form in which the settings store it.
pub(super) fn pick(prompt: &Prompt, groups: &[Listed], had: Option<&str>) -> Result<String> {
    let name = |one: &Listed| match &one.group.username {
        Some(username) => format!("@{username}"),
        None => one.group.peer.to_string(),
    };
    // Groups with a running call come first: the user most likely means one of them.
    let mut order: Vec<&Listed> = groups.iter().collect();
    order.sort_by_key(|one| !one.in_call);
    let is_had = |one: &&Listed| had.is_some_and(|had| had.eq_ignore_ascii_case(&name(one)));
    let at = order.iter().position(is_had);
    let items: Vec<String> = order
        .iter()
        .map(|one| {
            let call = if one.in_call { ", in a call now" } else { "" };
            format!("{}{call}", title(&one.group))
        })
        .chain(["another group, by name or link".to_owned()])
        .collect();
    let other = items.len() - 1;
    let answer = match other {
        0 => 0,
        _ => prompt.choose("Which group", &items, at.unwrap_or(if had.is_some() { other } else { 0 }))?,
    };
    match order.get(answer) {
        Some(one) => Ok(name(one)),
        None => prompt.line("Group (name, @name, t.me link or invite link)", had.filter(|_| at.is_none()), |text| {
            if text.trim().is_empty() { Err("Write e.g. @studyhall or an invite link.".into()) } else { Ok(()) }
        }),
    }
}

/// `Study Hall (@studyhall)`.
pub(super) fn title(group: &Group) -> String {
    let username = group.username.as_ref().map_or(String::new(), |name| format!(" (@{})", clean(name)));
    format!("{}{username}", clean(&group.title))
}
