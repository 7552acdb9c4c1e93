//! `swf person hide`, `show`, `leave`, `return`, `agree`, `name` and `list`.

use serde_json::json;

use crate::app::{groups, people, publish, rights, upgrade};
use crate::commands::context::Context;
use crate::commands::facts::open_group;
use crate::commands::person::{find as find_known, label};
use crate::commands::{runtime, terminal};
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::Record;
use crate::domain::people::{Profile, Viewer, display, matching};
use crate::domain::rights::{Decision, MAX_PEN_NAME, PenNameFault, Rights};
use crate::domain::text::clean;
use crate::domain::time::period::{clock_date, iso};
use crate::error::{Error, Result};
use crate::store::{GroupRow, Store};
use crate::telegram::{LoginString, find, reach};

#[derive(Debug, clap::Args)]
pub struct Agree {
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true)]
    person: String,
    /// Who says that the person agreed, e.g. "Ada's mother, on paper"
    #[arg(long, value_name = "TEXT", value_parser = by)]
    by: String,
}

#[derive(Debug, clap::Args)]
pub struct PenName {
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true)]
    person: String,
    /// The pen name, 1 to 32 characters; off removes it
    name: String,
}

/// The longest note about who agreed, in characters.
const MAX_BY: usize = 200;
/// The argument that removes the pen name.
const OFF: &str = "off";

fn by(text: &str) -> std::result::Result<String, String> {
    let text = clean(text);
    match text.chars().count() {
        1..=MAX_BY => Ok(text),
        _ => Err(format!("it must have 1 to {MAX_BY} characters, e.g. \"Ada's mother, on paper\"")),
    }
}

pub fn hide(context: &Context, person: &str) -> Result<()> {
    let label = decide(context, person, &Decision::Hide)?;
    terminal::print(&format!("{label} is shown as Somebody from now on. Rank and totals stay.\n"))
}

pub fn show(context: &Context, person: &str) -> Result<()> {
    let label = decide(context, person, &Decision::Show)?;
    terminal::print(&format!("{label} is shown by name again.\n"))
}

pub fn leave(context: &Context, person: &str) -> Result<()> {
    let label = decide(context, person, &Decision::Leave)?;
    let how = context.command("To count them again, run", "swf person return");
    terminal::print(&format!("From now on, nothing is stored about {label}. What was stored before stays. {how}\n"))
}

pub fn come_back(context: &Context, person: &str) -> Result<()> {
    let label = decide(context, person, &Decision::Return)?;
    terminal::print(&format!("{label} is counted again from now on.\n"))
}

pub fn agree(context: &Context, args: &Agree) -> Result<()> {
    let (mut store, group) = open(context)?;
    let known = people::known(&store, context.config.group(), group.key)?;
    let named = match matching(known.profiles.values(), &args.person).is_empty() {
        true => unseen(context, &args.person)?,
        false => named(context, &store, &group, &args.person)?,
    };
    let label = carry_out(context, &mut store, &group, &named, &Decision::Agree { by: args.by.clone() })?;
    terminal::print(&format!("{label} has agreed, according to {}. Their time is stored from now on.\n", args.by))
}

/// The profile of a person of whom the store has nothing: by id, or by username, which is looked up at Telegram.
fn unseen(context: &Context, person: &str) -> Result<Profile> {
    let id = person.parse().ok().filter(|id| *id > 0).map(PeerId);
    let id = match (id, person.strip_prefix('@')) {
        (Some(id), _) => Some(id),
        (None, Some(username)) => owner_of(context, username)?,
        (None, None) => None,
    };
    id.map(Profile::unknown).ok_or_else(|| match person.strip_prefix('@') {
        Some(_) => Error::failed(format!("Telegram has no person {person:?}"))
            .hint("Check how the username is written, or name the person by id."),
        None => Error::failed(format!("swf has not stored a person named {person:?}"))
            .hint("Names are stored only of people who have agreed. For other people, use the @username or the id."),
    })
}

fn owner_of(context: &Context, username: &str) -> Result<Option<PeerId>> {
    let login = context.config.login()?;
    runtime::block_on(async {
        let connection = reach::connect(&LoginString::parse(&login.string)?, &login.access).await?;
        Ok(find::person_named(&connection.caller, username).await?)
    })?
}

pub fn name(context: &Context, args: &PenName) -> Result<()> {
    let (mut store, group) = open(context)?;
    let settings = context.config.group();
    let named = named(context, &store, &group, &args.person)?;
    let name = match args.name.eq_ignore_ascii_case(OFF) {
        true => None,
        false => Some(
            rights::check_pen_name(&store, settings, group.key, named.peer, &args.name)?
                .map_err(|fault| refused(&args.name, fault))?,
        ),
    };
    let label = carry_out(context, &mut store, &group, &named, &Decision::PenName(name.clone()))?;
    terminal::print(&match name {
        Some(name) => format!("{label} is shown as {name} from now on.\n"),
        None => format!("{label} has no pen name any more.\n"),
    })
}

fn refused(name: &str, fault: PenNameFault) -> Error {
    let error = |why: &str| Error::usage(format!("{name:?} can't be a pen name: {why}"));
    match fault {
        PenNameFault::Length => error(&format!("it must have 1 to {MAX_PEN_NAME} visible characters")),
        PenNameFault::Taken => error("somebody else in the group has that name"),
        PenNameFault::Reserved => error("hidden people are shown under this name"),
    }
    .hint("Choose another one, e.g. Falcon.")
}

fn open(context: &Context) -> Result<(Store, GroupRow)> {
    let store = upgrade::open_for_writing(context.config.home())?;
    let group = context.group(&store)?;
    Ok((store, group))
}

fn named(context: &Context, store: &Store, group: &GroupRow, person: &str) -> Result<Profile> {
    let known = people::known(store, context.config.group(), group.key)?;
    find_known(&known, group.peer, store.was_in_call(group.key, group.peer)?, person)
}

/// Carries out a decision. Returns the name of the person.
fn decide(context: &Context, person: &str, decision: &Decision) -> Result<String> {
    let (mut store, group) = open(context)?;
    let named = named(context, &store, &group, person)?;
    carry_out(context, &mut store, &group, &named, decision)
}

fn carry_out(
    context: &Context,
    store: &mut Store,
    group: &GroupRow,
    named: &Profile,
    decision: &Decision,
) -> Result<String> {
    let settings = context.config.group();
    let now = groups::now(context.config.home(), group);
    let export = publish::settings(&context.config).is_wanted();
    let place = rights::Place { settings, group, export, now };
    rights::decide(store, place, named.peer, decision, now.at)?;
    let known = people::known(store, settings, group.key)?;
    Ok(label(&known.profile(known.aliases.person(named.peer)).for_themself()))
}

/// Lists people's decisions, without people who decided nothing or took it back.
pub fn list(context: &Context, as_json: bool) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let known = people::known(&store, settings, group.key)?;
    let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
    let none = |rights: &Rights| *rights == Rights { counted_from: rights.counted_from, ..Rights::default() };
    let decided: Vec<(PeerId, &Rights)> = rights.people().filter(|(_, rights)| !none(rights)).collect();
    if as_json {
        let rows: Vec<_> = decided.iter().map(|(person, rights)| to_json(context, &known, *person, rights)).collect();
        return terminal::print_json(&json!({ "people": rows }));
    }
    if decided.is_empty() {
        return terminal::print("Nobody is hidden, has left, has agreed or has a pen name.\n");
    }
    let line = |(person, rights): &(PeerId, &Rights)| {
        let who = label(&known.profile(*person).for_themself());
        format!("{who}: {}\n", words(context, rights).join(", "))
    };
    terminal::print(&decided.iter().map(line).collect::<String>())
}

fn words(context: &Context, rights: &Rights) -> Vec<String> {
    let zone = context.config.group().zone;
    let hidden = rights.hidden.then(|| "hidden".to_owned());
    let pen_name = rights.pen_name.as_ref().map(|name| format!("pen name {name}"));
    let left = rights.left.map(|at| format!("left on {}", clock_date(zone, at)));
    let agreed = rights.agreed.as_ref();
    let agreed = agreed.map(|agreed| format!("agreed on {} ({})", clock_date(zone, agreed.at), clean(&agreed.by)));
    [hidden, pen_name, left, agreed].into_iter().flatten().collect()
}

fn to_json(context: &Context, known: &Record, person: PeerId, rights: &Rights) -> serde_json::Value {
    let zone = context.config.group().zone;
    let shown = display(&known.profile(person).for_themself(), Viewer::Organiser);
    json!({
        "user_id": shown.id.0,
        "username": shown.username,
        "name": shown.to_string(),
        "hidden": rights.hidden,
        "pen_name": rights.pen_name,
        "left": rights.left.map(|at| iso(zone, at)),
        "agreed": rights.agreed.as_ref().map(|agreed| iso(zone, agreed.at)),
        "agreed_by": rights.agreed.as_ref().map(|agreed| &agreed.by),
    })
}
