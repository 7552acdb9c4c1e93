//! Alerts to the organiser (`SWF_ALERT_TO`, else Saved Messages): the tracker and `swf watchdog` both decide with
//! it. An alert is stored first, and [`crate::app::sender`] sends it; its fixed `random_id` makes a repeat the same message.

use crate::app::sender::{AlertRoute, Receiver, Sender};
use crate::config::{Credentials, GroupSettings};
use crate::domain::alert::{AlertContext, AlertKind, UnstoredAlert, due_step, needs_recovery_alert};
use crate::domain::post::delivery::Outcome;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{GroupKey, Store, alert_id};

/// How long an alert that no store can keep waits for its next try, in seconds.
pub const RETRY_DELAY: i64 = 60;

/// The routes to the organiser, the best first: as the settings say; then what may still work. `account` is the one that
/// watches. This resolves secrets: ask [`is_due`](crate::app::sender::is_due) first.
pub fn routes(
    settings: &GroupSettings,
    credentials: &Credentials,
    store: Option<&Store>,
    account: Option<PeerId>,
) -> Vec<AlertRoute> {
    let say = |error: crate::error::Error| tracing::warn!("{error}");
    let bot = credentials.bot(settings.bot_target.as_deref()).map_err(say).ok().flatten();
    let bot = bot.map(|login| Sender::Bot(Box::new(login)));
    let string = credentials.session().map_err(say).ok().flatten();
    let user = string.zip(credentials.api_id().ok()).map(|(string, api_id)| Sender::Login { string, api_id });
    let named = |name: &str| {
        let id = name.parse().ok().map(PeerId);
        let known = store.zip(account).zip(id);
        let hash = known.and_then(|((store, account), id)| store.access_hash(account, id).ok().flatten());
        Receiver::Named { name: name.to_owned(), hash }
    };
    let route = |sender: &Option<Sender>, receiver| sender.clone().map(|sender| AlertRoute { sender, receiver });
    let routes = match settings.alert_to.as_deref() {
        Some(name) => [route(&bot, named(name)), route(&user, named(name)), route(&user, Receiver::Itself)],
        // Only the account itself can write to its Saved Messages. A bot can write to it if it was spoken to before.
        None => [route(&user, Receiver::Itself), account.and_then(|me| route(&bot, named(&me.to_string()))), None],
    };
    routes.into_iter().flatten().collect()
}

/// Sends an alert that no store can keep, by the first route that does not refuse. A repeat must have the same words: its
/// id is the same.
pub async fn send_unstored(
    group: PeerId,
    alert: &UnstoredAlert,
    routes: &[AlertRoute],
) -> std::result::Result<(), Problem> {
    let mut problem = Problem::new(Code::NoRoute, "");
    for route in routes {
        let finished = route.send(&alert.text, alert_id(group, alert.kind, alert.incident.0)).await;
        match finished.outcome {
            Outcome::Delivered { .. } => return Ok(()),
            Outcome::Refused { problem: no } => problem = no,
            Outcome::Wait { problem, .. } | Outcome::Failed { problem } => return Err(problem),
            Outcome::Executing => return Err(Problem::new(Code::Executing, "")),
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
    Ok(store.queue_alert(group, kind, since.0, context.words.language(), &text, now)?.then_some(kind))
}

/// Stores that the group is seen again, if that is worth a message.
pub fn queue_back(
    store: &mut Store,
    group: GroupKey,
    context: &AlertContext,
    outage: Span,
    died: bool,
    why: &str,
    now: Instant,
) -> Result<()> {
    if needs_recovery_alert(outage, died, &store.alerts_of(group, outage.from)?) {
        let text = context.recovered(outage, died, why, store.proof(group, outage)?);
        store.queue_alert(group, AlertKind::Recovered, outage.from.0, context.words.language(), &text, now)?;
    }
    store.drop_steps(group, None, now)
}

/// Stores an alert for each post that was refused for good.
pub fn queue_refusals(store: &mut Store, group: GroupKey, context: &AlertContext, now: Instant) -> Result<()> {
    for post in store.refused_without_alert(group, now)? {
        let problem = post.problem.clone().unwrap_or_else(|| Problem::new(Code::Other, ""));
        let text = context.refused(post.day(), &problem);
        store.queue_alert(
            group,
            AlertKind::Refused,
            post.random_id.unwrap_or(post.id),
            context.words.language(),
            &text,
            now,
        )?;
    }
    Ok(())
}
