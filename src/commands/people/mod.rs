//! `swf person`: what people decide about what is stored and shown of them.

mod export;
mod forgetting;
mod rights;

use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    pub group: GroupArg,
}

#[derive(Debug, clap::Args)]
struct Who {
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true)]
    person: String,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show a person as "Somebody" everywhere; rank and totals stay
    Hide(Who),
    /// Show the name of a person again
    Show(Who),
    /// Store nothing about a person from now on; a running stay ends now
    Leave(Who),
    /// Count a person again from now on, after `leave`
    Return(Who),
    /// Record that a person agreed to have their time stored (SWF_AUDIENCE=consent)
    Agree(rights::Agree),
    /// Show a person under a pen name instead of the Telegram name
    Name(rights::PenName),
    /// Forget a person in a week: names and ids are removed everywhere, totals stay
    Forget(forgetting::Forget),
    /// Cancel a planned forgetting; count a forgotten person again from now on
    Restore(Who),
    /// Write everything that is stored about a person to a folder
    Export(export::Export),
    /// Show what people decided
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    match &args.action {
        Action::Hide(who) => rights::hide(context, &who.person),
        Action::Show(who) => rights::show(context, &who.person),
        Action::Leave(who) => rights::leave(context, &who.person),
        Action::Return(who) => rights::come_back(context, &who.person),
        Action::Agree(args) => rights::agree(context, args),
        Action::Name(args) => rights::name(context, args),
        Action::Forget(args) => forgetting::forget(context, args),
        Action::Restore(who) => forgetting::restore(context, &who.person),
        Action::Export(args) => export::export(context, args),
        Action::List { json } => rights::list(context, *json),
    }
}
