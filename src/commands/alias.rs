//! `swf alias`: which accounts are one person. An alias applies to all history, and can be removed.

use serde_json::json;

use crate::app::upgrade;
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::config::account_name;
use crate::domain::accounting::leaderboard::Record;
use crate::domain::people::{Viewer, display};
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::store::{Alias, GroupRow, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    pub group: GroupArg,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Count accounts as one person, who appears under the first account
    Add {
        /// The account that stands for the person: @username or id
        #[arg(allow_negative_numbers = true)]
        canonical: String,
        /// The person's other accounts: @username or id
        #[arg(required = true, allow_negative_numbers = true)]
        aliases: Vec<String>,
    },
    /// Show all aliases
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Count accounts separately again
    Remove {
        /// The accounts: @username or id
        #[arg(required = true, allow_negative_numbers = true)]
        aliases: Vec<String>,
    },
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    // `list` only reads, and never creates a store.
    let mut store = upgrade::open_to_read(config.home(), config.group().zone)?;
    let group = context.group(&store)?;
    if !matches!(args.action, Action::List { .. }) {
        store = upgrade::open_for_writing(config.home())?;
    }
    // What the list needs is read before anything is stored.
    names(&store, &group)?;
    match &args.action {
        Action::Add { canonical, aliases } => {
            let known = store.aliases(group.key, &config.group().aliases)?;
            let stands_for = reference(&store, &group, canonical)?;
            // Add all aliases or none.
            let mut parsed = Vec::new();
            for text in aliases {
                let alias = reference(&store, &group, text)?;
                check(&known, (canonical, &stands_for), (text, &alias))?;
                parsed.push(alias);
            }
            for alias in parsed {
                store.add_alias(group.key, &stands_for, &alias)?;
            }
            store.resolve_alias_usernames(group.key, &config.group().aliases)?;
            list(&store, context, &group, false)?;
            tell_of_folded_days(
                &store,
                &group,
                "On these days, the totals of both accounts are added: when both were in the call is no longer stored.",
            )
        }
        Action::List { json } => list(&store, context, &group, *json),
        Action::Remove { aliases } => {
            let known = store.aliases(group.key, &config.group().aliases)?;
            // Remove all aliases or none.
            let mut parsed = Vec::new();
            for text in aliases {
                let name = name(text)?;
                let id = reference(&store, &group, text)?;
                // The store has an alias as a name or, if the account was known, as an id.
                let is_it =
                    |one: &&Alias| one.alias == name || one.alias_peer.is_some_and(|peer| peer.to_string() == id);
                let found: Vec<&Alias> = known.iter().filter(is_it).collect();
                if found.is_empty() {
                    return Err(Error::failed(format!("{text} is not an alias"))
                        .command("To list all aliases, run", "swf alias list"));
                }
                if found.iter().any(|one| one.configured) {
                    return Err(Error::config(format!("{text} is an alias in ALIAS_GROUPS_USERNAMES")).hint(CONFIGURED));
                }
                parsed.extend(found.into_iter().map(|one| one.alias.clone()));
            }
            for alias in parsed {
                store.remove_alias(group.key, &alias)?;
            }
            list(&store, context, &group, false)?;
            tell_of_folded_days(&store, &group, "Totals of these days stay with the account that stood for the person.")
        }
    }
}

/// If days were folded, prints that an alias does not change them (rules §8.4).
fn tell_of_folded_days(store: &Store, group: &GroupRow, what: &str) -> Result<()> {
    match store.foldings(group.key)?.first() {
        Some(folding) => terminal::print(&format!("Stays before {} were folded into totals. {what}\n", folding.before)),
        None => Ok(()),
    }
}

const CONFIGURED: &str = "Remove it there: in the environment, in .env.local, or in groups.toml (key aliases).";

/// Checks whether one account can count as the other. Each pair is (as typed, normalised).
fn check(known: &[Alias], (canonical, stands_for): (&str, &str), (text, alias): (&str, &str)) -> Result<()> {
    let key = |peer: Option<PeerId>, name: &str| peer.map_or_else(|| name.to_owned(), |peer| peer.to_string());
    let found = |name: &str| known.iter().find(|one| key(one.alias_peer, &one.alias) == name);
    if alias == stands_for {
        return Err(Error::usage(format!("{text} and {canonical} are the same account")).hint(
            "Give two accounts: first the one that stands for the person, then the other, e.g. @ada @ada_phone.",
        ));
    }
    if found(alias).is_some_and(|one| one.configured && key(one.canonical_peer, &one.canonical) != stands_for) {
        return Err(
            Error::config(format!("{text} is an alias of another person in ALIAS_GROUPS_USERNAMES")).hint(CONFIGURED)
        );
    }
    let mut at = stands_for.to_owned();
    for _ in 0..known.len() {
        let Some(one) = found(&at) else { break };
        at = key(one.canonical_peer, &one.canonical);
        if at == alias {
            return Err(Error::usage(format!(
                "{canonical} already counts as {text}, so {text} can't count as {canonical}"
            ))
            .command("To swap them, first run", format!("swf alias remove {canonical}")));
        }
    }
    Ok(())
}

fn name(text: &str) -> Result<String> {
    account_name(text).ok_or_else(|| {
        Error::usage(format!("{text:?} is not an account"))
            .hint("Write an @username or an id, e.g. @ada or 123456789.")
            .command("If an account has no username, use its id. To see it, run", "swf why NAME")
    })
}

/// How the store refers to an account: by id if it is known, else by its username until it is seen.
fn reference(store: &Store, group: &GroupRow, text: &str) -> Result<String> {
    let name = name(text)?;
    Ok(store.account(group.key, &name)?.map_or(name, |peer| peer.to_string()))
}

/// The names of all accounts, without their time.
fn names(store: &Store, group: &GroupRow) -> Result<Record> {
    store.board_record(group.key, Span::new(Instant(0), Instant(0)))
}

fn list(store: &Store, context: &Context, group: &GroupRow, as_json: bool) -> Result<()> {
    let aliases = store.aliases(group.key, &context.config.group().aliases)?;
    let record = names(store, group)?;
    let who = |peer: Option<PeerId>, name: &str| match peer.map(|peer| record.profile(peer)) {
        None => format!("@{name} (not seen yet)"),
        Some(profile) => display(&profile, Viewer::Terminal).with_id(),
    };
    if as_json {
        let row = |alias: &Alias| {
            json!({
                "canonical": alias.canonical,
                "canonical_id": alias.canonical_peer.map(|peer| peer.0),
                "alias": alias.alias,
                "alias_id": alias.alias_peer.map(|peer| peer.0),
                "from": if alias.configured { "ALIAS_GROUPS_USERNAMES" } else { "swf alias" },
            })
        };
        return terminal::print_json(&json!({ "aliases": aliases.iter().map(row).collect::<Vec<_>>() }));
    }
    if aliases.is_empty() {
        let how = context.command("Add one with", "swf alias add @ada @ada_phone");
        return terminal::print(&format!("There are no aliases. {how}\n"));
    }
    let line = |alias: &Alias| {
        let from = if alias.configured { "   (ALIAS_GROUPS_USERNAMES)" } else { "" };
        let canonical = who(alias.canonical_peer, &alias.canonical);
        format!("{} counts as {canonical}{from}\n", who(alias.alias_peer, &alias.alias))
    };
    terminal::print(&aliases.iter().map(line).collect::<String>())
}
