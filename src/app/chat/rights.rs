//! What people decide about themselves, in the chat. A decision is an [`Effect`] with the time of the command.

use super::{Asking, Effect, Reply, members};
use crate::app::rights::check_pen_name;
use crate::domain::PeerId;
use crate::domain::chat::Answer;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::answers::{notes, rights as answers};
use crate::domain::rights::{Audience, Decision, Rights};
use crate::domain::words::forget::ForgetText;
use crate::domain::words::rights::{RightsText, RightsWords};
use crate::error::Result;

/// The note about who said that a person agreed, if the person did so themself in the chat.
const BY_THEMSELF: &str = "chat";

/// What a person asks for with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    Hide,
    Show,
    Leave,
    Return,
    Agree,
    /// Without a value, shows the pen name; `off` removes it.
    Name(Option<&'a str>),
}

/// The reply to a command. For a person of whom nothing is stored, it only stores that they agree or come back.
pub fn decide(asking: &Asking, asked: Asked) -> Result<Reply> {
    let words = asking.language.rights_words();
    let Some(account) = asking.author.person() else {
        return Ok(members::refused(asking, Refusal::NotAsAPerson).into());
    };
    let (group, settings) = (asking.group.key, asking.settings);
    let rights = asking.store.rights(group, settings.audience, &settings.aliases)?;
    let rights = rights.of(account).cloned().unwrap_or_default();
    if let Some(text) = refusal(&rights, asked, settings.audience) {
        return Ok(answers::texts(words, [text]).into());
    }
    if !matches!(asked, Asked::Agree | Asked::Return) && asking.store.is_forgotten(account)? {
        return Ok(nothing_stored(asking).into());
    }
    let (decision, text) = match asked {
        Asked::Hide => (Decision::Hide, RightsText::Hidden),
        Asked::Show => (Decision::Show, RightsText::Shown),
        Asked::Leave => (Decision::Leave, RightsText::Left),
        Asked::Return => (Decision::Return, RightsText::Returned),
        Asked::Agree => (Decision::Agree { by: BY_THEMSELF.into() }, RightsText::Agreed),
        Asked::Name(None) => return Ok(answers::pen_name(words, rights.pen_name.as_deref()).into()),
        Asked::Name(Some(name)) => return name_reply(asking, words, account, name),
    };
    Ok(reply(asking, account, decision, answers::texts(words, [text])))
}

/// Says why nothing is stored of a person, not even their choices; `None` if their time is stored.
pub fn not_counted(asking: &Asking, account: PeerId) -> Result<Option<Answer>> {
    let (group, settings) = (asking.group.key, asking.settings);
    let rights = asking.store.rights(group, settings.audience, &settings.aliases)?;
    if rights.is_counted(account) {
        return Ok(None);
    }
    if asking.store.is_forgotten(account)? {
        return Ok(Some(nothing_stored(asking)));
    }
    let text = match settings.audience {
        Audience::Everyone => RightsText::HasLeft,
        Audience::Consent => RightsText::NotAgreed,
    };
    Ok(Some(answers::texts(asking.language.rights_words(), [text])))
}

/// The answer to a person who was forgotten.
fn nothing_stored(asking: &Asking) -> Answer {
    notes::lines([asking.language.forget_words().text(ForgetText::NothingStored)])
}

/// Why a command changes nothing; `None` if it is allowed.
fn refusal(rights: &Rights, asked: Asked, audience: Audience) -> Option<RightsText> {
    match asked {
        Asked::Agree => None,
        Asked::Return if audience == Audience::Everyone => None,
        _ if audience == Audience::Consent && rights.agreed.is_none() => Some(RightsText::NotAgreed),
        Asked::Hide | Asked::Show | Asked::Leave | Asked::Return => None,
        Asked::Name(_) => rights.left.map(|_| RightsText::HasLeft),
    }
}

fn name_reply(asking: &Asking, words: &dyn RightsWords, account: PeerId, name: &str) -> Result<Reply> {
    let name = if name.eq_ignore_ascii_case("off") {
        None
    } else {
        match check_pen_name(asking.store, asking.settings, asking.group.key, account, name)? {
            Ok(name) => Some(name),
            Err(fault) => return Ok(answers::pen_name_refused(words, fault).into()),
        }
    };
    let answer = answers::pen_name_set(words, name.as_deref());
    Ok(reply(asking, account, Decision::PenName(name), answer))
}

fn reply(asking: &Asking, account: PeerId, decision: Decision, answer: Answer) -> Reply {
    let effect = Effect::Decide { group: asking.group.key, account, decision, at: asking.now.at };
    Reply { effect: Some(effect), ..answer.into() }
}
