//! Telling the organiser (`SWF_ALERT_TO`, else Saved Messages): the tracker and `swf watchdog` both use it. What is to
//! be told is stored first; its fixed `random_id` makes a repeat the same message.

use secrecy::SecretString;

use crate::app::bot;
use crate::config::{Credentials, GroupSettings};
use crate::domain::alert::{AlertContext, AlertKind, UnstoredAlert, due_step, needs_recovery_alert};
use crate::domain::credentials::BotLogin;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{Alert, GroupKey, RefusedPost, Store, alert_id};
use crate::telegram::group::{GroupError, addressee};
use crate::telegram::{CallError, Connection, LoginString, send};

/// How long to wait before the next try, in seconds. While there is no network the tracker is back sooner than that, and
/// has better news.
pub const AGAIN: i64 = 60;
const NO_WAY: &str = "there is neither a login nor a bot";
/// How long one attempt may take, in seconds: connecting, signing in, finding whom to tell, sending.
const ATTEMPT: i64 = 60;

/// A way to somebody.
#[derive(Clone, Debug)]
pub enum Way {
    Bot { login: Box<BotLogin>, to: To },
    User { string: SecretString, api_id: i32, to: To },
}

/// Whom to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The account's own Saved Messages.
    Itself,
    /// As the user wrote it, with the access hash of that person where the store has it.
    Named { name: String, hash: Option<i64> },
}

impl Way {
    /// The word that the store keeps.
    fn word(&self) -> &'static str {
        match self {
            Way::Bot { .. } => "bot",
            Way::User { to: To::Named { .. }, .. } => "user",
            Way::User { to: To::Itself, .. } => "self",
        }
    }

    /// Makes one attempt.
    pub async fn send(&self, text: &str, random_id: i64) -> std::result::Result<(), GroupError> {
        match self {
            Way::Bot { login, to } => {
                let connection = bot::connect(login).await?;
                tell(&connection, to, text, random_id, true).await
            }
            Way::User { string, api_id, to } => {
                let string = LoginString::parse(string).map_err(GroupError::Unfit)?;
                tell(&Connection::new(&string, *api_id), to, text, random_id, false).await
            }
        }
    }

    /// Whether whom to tell can be found; nothing is sent.
    pub async fn look(&self) -> std::result::Result<(), GroupError> {
        let find = async |connection: &Connection, to: &To, bot| match to {
            To::Itself => Ok(()),
            To::Named { name, hash } => addressee(&connection.caller, name, *hash, bot).await.map(drop),
        };
        match self {
            Way::Bot { login, to } => find(&bot::connect(login).await?, to, true).await,
            Way::User { string, api_id, to } => {
                let string = LoginString::parse(string).map_err(GroupError::Unfit)?;
                find(&Connection::new(&string, *api_id), to, false).await
            }
        }
    }
}

async fn tell(
    connection: &Connection,
    to: &To,
    text: &str,
    random_id: i64,
    bot: bool,
) -> std::result::Result<(), GroupError> {
    let caller = &connection.caller;
    match to {
        To::Itself => send::send_to_self(caller, text, random_id).await?,
        To::Named { name, hash } => {
            let whom = addressee(caller, name, *hash, bot).await?;
            send::send_to_addressee(caller, &whom, text, random_id).await?
        }
    };
    Ok(())
}

/// The ways, the best first: as the settings say; then what may still work. `account` is the one that watches.
pub fn ways(
    settings: &GroupSettings,
    credentials: &Credentials,
    store: Option<(&Store, GroupKey)>,
    account: Option<PeerId>,
) -> Vec<Way> {
    let say = |error: crate::error::Error| tracing::warn!("{error}");
    let bot = credentials.bot(settings.bot_target.as_deref()).map_err(say).ok().flatten().map(Box::new);
    let string = credentials.session().map_err(say).ok().flatten();
    let user = string.zip(credentials.api_id().ok());
    let named = |name: &str| {
        let id = name.parse().ok().map(PeerId);
        let hash = id.zip(store).and_then(|(id, (store, group))| {
            let known = store.access_hashes(group).ok()?;
            known.into_iter().find(|(peer, _)| *peer == id).map(|(_, hash)| hash)
        });
        To::Named { name: name.to_owned(), hash }
    };
    let by_user = |to| user.clone().map(|(string, api_id)| Way::User { string, api_id, to });
    let by_bot = |to| bot.clone().map(|login| Way::Bot { login, to });
    let ways = match settings.alert_to.as_deref() {
        Some(name) => [by_bot(named(name)), by_user(named(name)), by_user(To::Itself)],
        // Only the account itself can write to its Saved Messages. A bot can write to it if it was spoken to before.
        None => [by_user(To::Itself), account.and_then(|me| by_bot(named(&me.to_string()))), None],
    };
    ways.into_iter().flatten().collect()
}

/// An alert to send, how it goes, and all ways that there are.
pub type Due = (Alert, Way, Vec<Way>);

/// The alert whose turn it is, claimed for this process. `ways` is called only if one is due: it resolves secrets.
pub fn next(
    store: &mut Store,
    group: GroupKey,
    ways: impl FnOnce(&Store) -> Vec<Way>,
    now: Instant,
) -> Result<Option<Due>> {
    let Some(alert) = store.claim_alert(group, now)? else { return Ok(None) };
    let ways = ways(store);
    let kept = ways.iter().find(|way| Some(way.word()) == alert.way.as_deref());
    let Some(way) = kept.or(ways.first()) else {
        store.alert_failed(alert.id, "self", now + AGAIN, NO_WAY)?;
        return Ok(None);
    };
    store.alert_goes(alert.id, way.word(), now + ATTEMPT)?;
    let way = way.clone();
    Ok(Some((alert, way, ways)))
}

/// Stores what became of an attempt. Another way is taken only if this one has said no: then there is no message.
pub fn settle(
    store: &mut Store,
    alert: &Alert,
    way: &Way,
    ways: &[Way],
    result: &std::result::Result<(), GroupError>,
    now: Instant,
) -> Result<()> {
    let Err(error) = result else {
        tracing::info!("alert {} is sent", alert.id);
        return store.alert_sent(alert.id, now);
    };
    let next = ways.iter().skip_while(|other| other.word() != way.word()).nth(1);
    let (at, word) = match (says_no(error), next) {
        (true, Some(next)) => (now, next.word()),
        // From the beginning: what was wrong may be mended by then.
        (true, None) => (now + AGAIN, ways.first().map_or("self", Way::word)),
        (false, _) => match error {
            GroupError::Call(CallError::Flood { seconds }) => (now + i64::from(*seconds), way.word()),
            _ => (now + AGAIN, way.word()),
        },
    };
    tracing::warn!("the alert is not sent yet: {error}");
    store.alert_failed(alert.id, word, at, &error.to_string())
}

/// Whether an answer is sure to mean that no message was made, and that this way leads nowhere.
pub fn says_no(error: &GroupError) -> bool {
    match error {
        GroupError::Unfit(_) => true,
        GroupError::Call(error @ CallError::Refused { code, .. }) => !error.is_executing() && *code < 500,
        GroupError::Call(CallError::SignedOut(_)) => true,
        GroupError::Call(_) => false,
    }
}

/// Tells what no store can keep, by the first way that does not say no. A repeat must have the same words: its id is the
/// same.
pub async fn tell_unstored(group: PeerId, alert: &UnstoredAlert, ways: &[Way]) -> std::result::Result<(), String> {
    let mut problem = NO_WAY.to_owned();
    for way in ways {
        match way.send(&alert.text, alert_id(group, alert.kind, alert.incident.0)).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                problem = error.to_string();
                if !says_no(&error) {
                    break;
                }
            }
        }
    }
    Err(problem)
}

/// Stores the step that is due, if one is; which one.
pub fn queue_step(
    store: &mut Store,
    group: GroupKey,
    context: &AlertContext,
    since: Instant,
    now: Instant,
    why: &str,
) -> Result<Option<AlertKind>> {
    let Some(kind) = due_step(since, now, &store.alerts_of(group, since)?) else { return Ok(None) };
    let text = context.outage(since, now, why);
    Ok(store.queue_alert(group, kind, since.0, &text, now)?.then_some(kind))
}

/// Stores that the group is seen again, if that is worth a message.
pub fn queue_back(
    store: &mut Store,
    group: GroupKey,
    context: &AlertContext,
    dark: Span,
    died: bool,
    why: &str,
    now: Instant,
) -> Result<()> {
    if needs_recovery_alert(dark, died, &store.alerts_of(group, dark.from)?) {
        let text = context.recovered(dark, died, why, store.proof(group, dark)?);
        store.queue_alert(group, AlertKind::Recovered, dark.from.0, &text, now)?;
    }
    store.drop_steps(group, None, now)
}

/// Stores an alert for each post that was refused for good.
pub fn queue_refusals(store: &mut Store, group: GroupKey, context: &AlertContext, now: Instant) -> Result<()> {
    for RefusedPost { random_id, day, problem } in store.untold_refusals(group, now)? {
        let text = context.refused(day.and_then(|day| day.parse().ok()), &problem);
        store.queue_alert(group, AlertKind::Refused, random_id, &text, now)?;
    }
    Ok(())
}
