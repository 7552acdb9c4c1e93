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
    /// Store nothing of a person from now on; a running stay ends here
    Leave(Who),
    /// Count a person again from now on, after `leave`
    Return(Who),
    /// Note that a person agreed that their time is stored (SWF_AUDIENCE=consent)
    Agree(rights::Agree),
    /// Show a person under a pen name instead of the Telegram name
    Name(rights::PenName),
    /// Forget a person in a week: names and ids go everywhere, totals stay
    Forget(forgetting::Forget),
    /// Cancel that a person is forgotten; of a forgotten person, count time again from now on
    Restore(Who),
    /// Write all that is stored of a person to a folder
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
