//! `swf person forget` and `restore`.

use crate::app::{forgetting, groups, people, upgrade};
use crate::commands::context::Context;
use crate::commands::person::{find, label};
use crate::commands::terminal::{self, Interrupt, Prompt};
use crate::domain::forgotten::FORGET_CANCEL_PERIOD;
use crate::domain::people::Profile;
use crate::domain::time::period::clock_date;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result, shell_quoted};
use crate::store::{GroupRow, Leaving, Store};

#[derive(Debug, clap::Args)]
pub struct Forget {
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true)]
    person: String,
    /// Forget now, without the week in which you can cancel
    #[arg(long)]
    now: bool,
    /// With --now: do not ask
    #[arg(long, requires = "now")]
    yes: bool,
}

/// A person who is named on the command line.
struct Named {
    store: Store,
    group: GroupRow,
    profile: Profile,
    leaving: Vec<Leaving>,
}

pub fn forget(context: &Context, args: &Forget) -> Result<()> {
    let Named { mut store, group, profile, leaving } = named(context, &args.person)?;
    let who = label(&profile);
    let accounts = forgetting::accounts(&leaving);
    for account in &accounts {
        if store.is_own_account(*account)? {
            return Err(Error::usage(format!("{who} has the account that watches the call, or is the group itself"))
                .hint("Without this account, no call is watched. Log in with another account first."));
        }
    }
    let now = groups::now(context.config.home(), &group).at;
    if !args.now {
        store.announce_forgetting(&leaving, now + FORGET_CANCEL_PERIOD)?;
        let due = store.forgotten_at(profile.peer)?.unwrap_or(now);
        return terminal::print(&announced(context, &who, profile.peer, due));
    }
    if !args.yes {
        confirm(&who, &args.person)?;
    }
    store.announce_forgetting(&leaving, now)?;
    if !forgetting::carry_out(context.config.home(), &mut store, now)? {
        return Err(Error::temporary("a post is being sent at this moment").hint("Try again in a minute."));
    }
    forgetting::edit_posts(&mut store, &context.config, now)?;
    terminal::print(&format!(
        "{who} is forgotten. Totals and ranks stay, under \"Somebody\".\n{}",
        aliases_note(context)
    ))
}

fn announced(context: &Context, who: &str, account: PeerId, due: Instant) -> String {
    let on = clock_date(context.config.group().zone, due);
    let back = context.command("To take it back, run", &format!("swf person restore {account}"));
    format!(
        "{who} will be forgotten on {on}, in all groups of this home: names, aliases, goals and ids are removed from \
         the store, its copies and the logs. Totals and ranks stay, under \"Somebody\".\n{back}\n{}",
        aliases_note(context)
    )
}

/// A note that swf does not remove aliases from the settings, which are the organiser's own files.
fn aliases_note(context: &Context) -> &'static str {
    let has_aliases = context.config.settings.groups.iter().any(|group| !group.aliases.is_empty());
    if has_aliases { "If the person is in ALIAS_GROUPS_USERNAMES, remove the name there yourself.\n" } else { "" }
}

fn confirm(who: &str, person: &str) -> Result<()> {
    let question = format!("Forget {who} for good? It can't be taken back.");
    let Some(prompt) = Prompt::open(Interrupt::Exits) else {
        let command = format!("swf person forget {} --now --yes", shell_quoted(person.as_ref()));
        return Err(Error::usage(format!("{question} Standard input is not a terminal; pass --yes."))
            .command("To confirm, run", command));
    };
    match prompt.confirm(&question, false)? {
        true => Ok(()),
        false => Err(Error::usage("cancelled; the person was not forgotten")),
    }
}

pub fn restore(context: &Context, person: &str) -> Result<()> {
    // A forgotten person has no name here any more, only an id.
    let home = context.config.home();
    if let Ok(id) = person.trim().parse()
        && let mut store = upgrade::open_for_writing(home)?
        && forgetting::count_again(&mut store, home, PeerId(id), groups::clock(home, None).now())?
    {
        // A running tracker reads the marks again when the store has been written.
        store.cancel_forgetting(&[PeerId(id)])?;
        return terminal::print(&format!(
            "{id} is counted again from now on. What was forgotten does not come back.\n"
        ));
    }
    let Named { mut store, profile, leaving, .. } = named(context, person)?;
    let who = label(&profile);
    terminal::print(&match store.cancel_forgetting(&forgetting::accounts(&leaving))? {
        true => format!("{who} will not be forgotten.\n"),
        false => format!("There was no plan to forget {who}; nothing changed.\n"),
    })
}

fn named(context: &Context, person: &str) -> Result<Named> {
    let store = upgrade::open_for_writing(context.config.home())?;
    let group = context.group(&store)?;
    let known = people::known(&store, context.config.group(), group.key)?;
    let profile = find(&known, group.peer, store.was_in_call(group.key, group.peer)?, person)?;
    let leaving = forgetting::leaving(&store, &context.config, profile.peer)?;
    Ok(Named { store, group, profile, leaving })
}
