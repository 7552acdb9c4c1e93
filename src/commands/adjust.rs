//! `swf adjust`: corrections of a person's time (rules §2.17).

use serde_json::{Value, json};

use crate::app::corrections::{self, Change, Effect, LongStay, Standing};
use crate::app::rewrite::Rewritten;
use crate::app::{groups, people, publish, upgrade};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::open_group;
use crate::commands::person::{find, label};
use crate::commands::terminal::{self, Interrupt, Prompt};
use crate::domain::accounting::corrections::{Correction, Operation, check};
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::text::{clean, count, duration};
use crate::domain::time::asked_time::AskedTime;
use crate::domain::time::period::{iso, local_text};
use crate::domain::time::zone::Zone;
use crate::domain::{PeerId, Span};
use crate::error::{Error, Result};
use crate::render::words;
use crate::store::{GroupRow, Store};

/// The most characters of a reason, and of the name of the person who corrects.
const MAX_REASON: usize = 200;

#[derive(Debug, clap::Args)]
#[command(subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true, required = true)]
    person: Option<String>,
    /// Add the time from FROM to TO, e.g. "2026-11-27 19:00" "2026-11-27 20:30", "yesterday 19:00" now
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], allow_hyphen_values = true, conflicts_with = "remove", required_unless_present = "remove")]
    add: Option<Vec<AskedTime>>,
    /// Remove the time from FROM to TO
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], allow_hyphen_values = true)]
    remove: Option<Vec<AskedTime>>,
    /// The reason; shown to everybody who may see the person's time
    #[arg(long, required = true, value_parser = line)]
    reason: Option<String>,
    /// The name of the person who corrects, as others see it
    #[arg(long, value_name = "NAME", default_value = "the organiser", global = true, value_parser = line)]
    by: String,
    /// Do not ask
    #[arg(long, global = true)]
    yes: bool,
    /// As JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show all corrections, also those that were taken back
    List {
        /// Only of this person: @username, a name or part of one, or an id
        #[arg(allow_negative_numbers = true, conflicts_with = "suggested")]
        who: Option<String>,
        /// Instead, show stays that are longer than SWF_MAX_STAY, with the commands that cut them
        #[arg(long)]
        suggested: bool,
    },
    /// Take a correction back
    Undo {
        /// The number of the correction, from swf adjust list
        id: i64,
    },
}

/// Cleans a text that is shown on one line. Fails if it is empty or too long.
fn line(text: &str) -> std::result::Result<String, String> {
    let text = clean(text).trim().to_owned();
    match text.chars().count() {
        1..=MAX_REASON => Ok(text),
        0 => Err("it must not be empty".into()),
        _ => Err(format!("it must have {MAX_REASON} characters at most")),
    }
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let (store, group) = open_group(context)?;
    let adjust = Adjust { args, context, group: &group, now: groups::now(context.config.home(), &group) };
    let known = people::known(&store, context.config.group(), group.key)?;
    if args.action.is_some() && args.person.is_some() {
        return Err(Error::usage("write no person before list or undo")
            .command("To list the corrections of one person, run", "swf adjust list @ada"));
    }
    match &args.action {
        None => adjust.make(&store, &known),
        Some(Action::List { suggested: true, .. }) => adjust.suggest(&store, &known),
        Some(Action::List { who, .. }) => adjust.list(&store, &known, who.as_deref()),
        Some(Action::Undo { id }) => adjust.undo(&store, &known, *id),
    }
}

struct Adjust<'a> {
    args: &'a Args,
    context: &'a Context,
    group: &'a GroupRow,
    now: ReadTime,
}

impl Adjust<'_> {
    fn zone(&self) -> Zone {
        self.context.config.group().zone
    }

    fn find(&self, store: &Store, known: &Record, text: &str) -> Result<PeerId> {
        let group_joined = store.was_in_call(self.group.key, self.group.peer)?;
        Ok(find(known, self.group.peer, group_joined, text)?.peer)
    }

    fn make(&self, store: &Store, known: &Record) -> Result<()> {
        let peer = self.find(store, known, self.args.person.as_deref().unwrap_or_default())?;
        if !known.counts(peer, self.context.config.group().policy) {
            return Err(Error::failed(format!("{} is not on the board", label(&known.profile(peer))))
                .hint("Bots are never on it. The tracking account is on it only with SWF_TRACK_SELF=true."));
        }
        let (operation, times) = match (&self.args.add, &self.args.remove) {
            (Some(times), _) => (Operation::Add, times),
            (None, times) => (Operation::Remove, times.as_ref().expect("clap asks for one of them")),
        };
        let at = |index: usize| times[index].resolve(self.zone(), self.now.at);
        let span = Span::new(at(0), at(1));
        check(span, self.now.at).map_err(|why| {
            Error::usage(format!("{} can't be corrected: {why}", span_text(span, self.zone())))
                .hint("Give the start, then the end. Both must be in the past, at most 31 days apart.")
        })?;
        let correction = Correction {
            id: 0,
            peer,
            operation,
            span,
            reason: self.args.reason.clone().unwrap_or_default(),
            made_by: self.args.by.clone(),
            made: self.now.at,
            undone: None,
        };
        self.decide(store, known, Change::Make(&correction), &correction)
    }

    fn undo(&self, store: &Store, known: &Record, id: i64) -> Result<()> {
        let all = store.corrections(self.group.key)?;
        let Some(correction) = all.iter().find(|one| one.id == id && one.undone.is_none()) else {
            return Err(Error::failed(format!("there is no correction {id}, or it was taken back already"))
                .command("To see all, run", "swf adjust list"));
        };
        self.decide(store, known, Change::Undo(correction), correction)
    }

    /// Shows the effect, and carries out the change if the user agrees.
    fn decide(&self, store: &Store, known: &Record, change: Change, correction: &Correction) -> Result<()> {
        let config = &self.context.config;
        corrections::check_not_folded(store, self.group.key, change)?;
        let effects = corrections::effects(store, config.group(), self.group.key, change, self.now)?;
        let is_undo = matches!(change, Change::Undo(_));
        if !self.args.json {
            let undo = if is_undo { "take back: " } else { "" };
            let head =
                format!("{}: {undo}{}\n", label(&known.profile(correction.peer)), summary(correction, self.zone()));
            terminal::print(&(head + &effects.iter().map(effect_line).collect::<String>()))?;
        }
        let is_wanted = self.args.yes || self.is_confirmed()?;
        let done = match is_wanted {
            false => None,
            true => {
                let mut store = upgrade::open_for_writing(config.home())?;
                let export = publish::settings(config).is_wanted();
                let (settings, group) = (config.group(), self.group);
                let by = &self.args.by;
                Some(corrections::carry_out(&mut store, settings, group, change, by, export, self.now)?)
            }
        };
        if self.args.json {
            return terminal::print_json(&self.decision_json(correction, &effects, done));
        }
        terminal::print(&match done {
            None => "Nothing was changed. To apply the change, pass --yes.\n".to_owned(),
            Some((id, rewritten)) => self.done_text(id, is_undo, rewritten),
        })
    }

    fn is_confirmed(&self) -> Result<bool> {
        match Prompt::open(Interrupt::Exits).filter(|_| !self.args.json) {
            Some(prompt) => prompt.confirm("Apply this change?", false),
            None => Ok(false),
        }
    }

    fn done_text(&self, id: i64, is_undo: bool, rewritten: Rewritten) -> String {
        let mut text = match is_undo {
            true => format!("Correction {id} was taken back.\n"),
            false => {
                let how = self.context.command("To take it back, run", &format!("swf adjust undo {id}"));
                format!("Stored as correction {id}. {how}\n")
            }
        };
        if rewritten.edited > 0 {
            let how = self.context.command("A running tracker edits old messages. Without a tracker, run", "swf post");
            text += &format!("{} will be edited. {how}\n", count(rewritten.edited, "message", "messages"));
        }
        if rewritten.too_old > 0 {
            let posts = count(rewritten.too_old, "message is", "messages are");
            text += &format!("{posts} too old: Telegram no longer allows edits.\n");
        }
        text
    }

    fn decision_json(&self, correction: &Correction, effects: &[Effect], done: Option<(i64, Rewritten)>) -> Value {
        let mut json = corrections::to_json(correction, self.zone());
        let (id, rewritten) = done.unwrap_or((correction.id, Rewritten::default()));
        json["id"] = if id == 0 { Value::Null } else { id.into() };
        json["done"] = done.is_some().into();
        json["boards"] = effects.iter().map(effect_json).collect();
        json["messages_to_edit"] = rewritten.edited.into();
        json["messages_too_old"] = rewritten.too_old.into();
        json
    }

    fn list(&self, store: &Store, known: &Record, who: Option<&str>) -> Result<()> {
        let person = who.map(|who| self.find(store, known, who)).transpose()?.map(|peer| known.aliases.person(peer));
        let mut all = store.corrections(self.group.key)?;
        all.retain(|one| person.is_none_or(|person| known.aliases.person(one.peer) == person));
        if self.args.json {
            let rows: Vec<Value> = all.iter().map(|one| corrections::to_json(one, self.zone())).collect();
            return terminal::print_json(&json!({ "corrections": rows }));
        }
        if all.is_empty() {
            return terminal::print("There are no corrections.\n");
        }
        let line = |one: &Correction| {
            let undone = one.undone.as_ref().map_or(String::new(), |(at, by)| {
                format!("; taken back by {} on {}", clean(by), local_text(self.zone(), *at, "%-d %B %Y"))
            });
            let made = local_text(self.zone(), one.made, "%-d %B %Y");
            let (who, what) = (label(&known.profile(one.peer)), summary(one, self.zone()));
            format!("{}. {who}: {what} (by {} on {made}{undone})\n", one.id, clean(&one.made_by))
        };
        terminal::print(&all.iter().map(line).collect::<String>())
    }

    fn suggest(&self, store: &Store, known: &Record) -> Result<()> {
        let settings = self.context.config.group();
        let Some(longest) = settings.max_stay else {
            return Err(Error::config("SWF_MAX_STAY is off, so no stay is too long")
                .hint("Set it to the longest stay that you expect, e.g. SWF_MAX_STAY=12h."));
        };
        let stays = corrections::long_stays(store, settings, self.group.key, longest, self.now.at)?;
        if self.args.json {
            let row = |stay: &LongStay| {
                json!({
                    "user_id": stay.peer.0,
                    "from": iso(self.zone(), stay.span.from),
                    "to": iso(self.zone(), stay.span.to),
                    "seconds": stay.span.seconds(),
                    "cut_from": iso(self.zone(), stay.cut.from),
                    "command": cut_command(stay, self.zone()),
                })
            };
            return terminal::print_json(&json!({ "suggested": stays.iter().map(row).collect::<Vec<_>>() }));
        }
        if stays.is_empty() {
            return terminal::print(&format!("No stay is longer than {}.\n", duration(longest)));
        }
        let text = |stay: &LongStay| {
            let who = label(&known.profile(stay.peer));
            let how = self.context.command("To cut it, run", &cut_command(stay, self.zone()));
            format!("{who}: {} ({})\n  {how}\n", span_text(stay.span, self.zone()), duration(stay.span.seconds()))
        };
        terminal::print(&stays.iter().map(text).collect::<String>())
    }
}

/// `Fri 27 Nov 19:00:00–20:30:00`.
fn span_text(span: Span, zone: Zone) -> String {
    let day = |at| local_text(zone, at, "%a %-d %b %Y");
    let end = if day(span.from) == day(span.to) { "%H:%M:%S" } else { "%a %-d %b %Y %H:%M:%S" };
    format!("{}–{}", local_text(zone, span.from, "%a %-d %b %Y %H:%M:%S"), local_text(zone, span.to, end))
}

/// `add Fri 27 Nov 2026 19:00:00–20:30:00: forgot to join`.
fn summary(one: &Correction, zone: Zone) -> String {
    format!("{} {}: {}", one.operation.code(), span_text(one.span, zone), clean(&one.reason))
}

/// `  Day · Friday 27 November 2026: 1h 00m (rank 3) → 2h 30m (rank 1), final`.
fn effect_line(effect: &Effect) -> String {
    let standing = |one: Standing| {
        let rank = one.rank.map_or(String::new(), |rank| format!(" (rank {rank})"));
        format!("{}{rank}", duration(one.seconds))
    };
    let period = format!("{} · {}", words::period(effect.period), words::dates(effect.period, None));
    let is_final = if effect.is_final { ", a final board" } else { "" };
    match effect.before == effect.after {
        true => format!("  {period}: {}, as before\n", standing(effect.before)),
        false => format!("  {period}: {} → {}{is_final}\n", standing(effect.before), standing(effect.after)),
    }
}

fn effect_json(effect: &Effect) -> Value {
    json!({
        "period": effect.period.scope.name(),
        "first": effect.period.first.to_string(),
        "last": effect.period.last.to_string(),
        "final": effect.is_final,
        "seconds_before": effect.before.seconds,
        "seconds_after": effect.after.seconds,
        "rank_before": effect.before.rank,
        "rank_after": effect.after.rank,
    })
}

/// The command that cuts a long stay.
fn cut_command(stay: &LongStay, zone: Zone) -> String {
    let (peer, from, to) = (stay.peer, iso(zone, stay.cut.from), iso(zone, stay.cut.to));
    format!("swf adjust {peer} --remove {from} {to} --reason \"left the call open\"")
}
