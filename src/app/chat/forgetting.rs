//! `/forget`, `/restore` and `/export` in the chat, of whoever asks.

use super::{Asking, Effect, Reply, members};
use crate::app::people;
use crate::domain::accounting::presence::Stay;
use crate::domain::chat::Answer;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::answers::notes::lines;
use crate::domain::forgotten::TIME_TO_TAKE_BACK;
use crate::domain::time::period::{clock_date, local};
use crate::domain::words::forget::ForgetText;
use crate::domain::{Instant, PeerId};
use crate::error::Result;

/// So many stays fit into a message.
const MAX_STAYS: usize = 60;

/// `confirmed`: with the second word.
pub fn forget(asking: &Asking, confirmed: bool) -> Result<Reply> {
    let words = asking.language.forget_words();
    let Some(account) = asking.author.person() else { return Ok(members::refused(asking, Refusal::NotAsAPerson).into()) };
    if asking.store.is_own_account(account)? {
        return Ok(text(asking, ForgetText::Watches).into());
    }
    if let Some(due) = asking.store.forgotten_at(account)? {
        return Ok(lines([words.announced(&date(asking, due))]).into());
    }
    if !asking.store.is_known(asking.group.key, account)? {
        return Ok(text(asking, ForgetText::NothingStored).into());
    }
    if !confirmed {
        return Ok(text(asking, ForgetText::Question).into());
    }
    let due = asking.now.at + TIME_TO_TAKE_BACK;
    let answer = lines([words.announced(&date(asking, due))]);
    Ok(Reply { effect: Some(Effect::Forget { account, due }), ..answer.into() })
}

/// Takes it back; whoever was forgotten is counted again.
pub fn restore(asking: &Asking) -> Result<Reply> {
    let Some(account) = asking.author.person() else { return Ok(members::refused(asking, Refusal::NotAsAPerson).into()) };
    let said = if asking.store.is_forgotten(account)? {
        ForgetText::CountedAgain
    } else if asking.store.forgotten_at(account)?.is_some() {
        ForgetText::TakenBack
    } else {
        return Ok(text(asking, ForgetText::NotAnnounced).into());
    };
    Ok(Reply { effect: Some(Effect::TakeBack { account }), ..text(asking, said).into() })
}

/// The newest stays as CSV, and where the rest is.
pub fn export(asking: &Asking) -> Result<Reply> {
    let Some(account) = asking.author.person() else { return Ok(members::refused(asking, Refusal::NotAsAPerson).into()) };
    let stays = stays(asking, account)?;
    if stays.is_empty() {
        return Ok(text(asking, ForgetText::NothingStored).into());
    }
    let words = asking.language.forget_words();
    let time = |at| local(asking.settings.zone, at).format("%Y-%m-%d %H:%M:%S").to_string();
    let newest = stays.iter().rev().take(MAX_STAYS);
    let rows = newest.map(|stay| format!("{},{}", time(stay.span.from), time(stay.span.to)));
    Ok(lines([words.stays(stays.len())].into_iter().chain(rows).chain([words.text(ForgetText::AllData)])).into())
}

/// All stays of the person's accounts, the oldest first.
fn stays(asking: &Asking, account: PeerId) -> Result<Vec<Stay>> {
    let known = people::known(asking.store, asking.settings, asking.group.key)?;
    let mut stays = Vec::new();
    for account in known.aliases.accounts(known.aliases.person(account)) {
        stays.extend(asking.store.account_history(asking.group.key, account)?.0);
    }
    stays.sort_unstable_by_key(|stay| stay.span.from);
    Ok(stays)
}

fn text(asking: &Asking, text: ForgetText) -> Answer {
    lines([asking.language.forget_words().text(text)])
}

fn date(asking: &Asking, at: Instant) -> String {
    clock_date(asking.settings.zone, at).to_string()
}
