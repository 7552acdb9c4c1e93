//! Alerts to the organiser (`SWF_ALERT_TO`, else Saved Messages), for the tracker and `swf watchdog`. An alert is
//! stored first, and [`crate::app::sender`] sends it. Its fixed `random_id` makes a repeat the same message.

use secrecy::ExposeSecret;

use crate::app::sender::{AlertRoute, Receiver, Sender};
use crate::config::{Credentials, GroupSettings};
use crate::domain::alert::{
    AlertContext, AlertKind, MAX_POST_DELAY, Proof, UnstoredAlert, due_step, needs_recovery_alert,
};
use crate::domain::post::delivery::Outcome;
use crate::domain::post::hours::may_be_sent;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::rights::Audience;
use crate::domain::text::clean;
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{Delivery, GroupKey, Store, alert_id};
use crate::web::notify::{self, Endpoint};

/// How long an alert waits for its next try if the store can't keep it, in seconds.
pub const RETRY_DELAY: i64 = 60;

/// The routes to the organiser, the best first: those of the settings, then those that may still work, and last the one
/// that needs no login (`SWF_ALERT_URL`). `account` is the account that watches. This resolves secrets, so call
/// [`is_due`](crate::app::sender::is_due) first.
pub fn routes(
    settings: &GroupSettings,
    credentials: &Credentials,
    store: Option<&Store>,
    account: Option<PeerId>,
) -> Vec<AlertRoute> {
    let say = |error: crate::error::Error| tracing::warn!("{error}");
    let bot = credentials.bot(settings.bot_target()).map_err(say).ok().flatten();
    let bot = bot.map(|login| Sender::Bot(Box::new(login)));
    let string = credentials.session().map_err(say).ok().flatten();
    let user =
        string.zip(credentials.access().map_err(say).ok()).map(|(string, access)| Sender::Login { string, access });
    let named = |name: &str| {
        let id = name.parse().ok().map(PeerId);
        let known = store.zip(account).zip(id);
        let hash = known.and_then(|((store, account), id)| store.access_hash(account, id).ok().flatten());
        Receiver::Named { name: name.to_owned(), hash }
    };
    let url = endpoint(notify::ALERT_URL, credentials).map_err(say).ok().flatten();
    let route = |sender: &Option<Sender>, receiver| {
        sender.clone().map(|sender| AlertRoute { telegram: Some((sender, receiver)), url: url.clone() })
    };
    let routes = match settings.alert_to.as_deref() {
        Some(name) => [route(&bot, named(name)), route(&user, named(name)), route(&user, Receiver::Itself)],
        // Only the account itself can write to its Saved Messages. A bot can write to the account if the account has
        // written to the bot before.
        None => [route(&user, Receiver::Itself), account.and_then(|me| route(&bot, named(&me.to_string()))), None],
    };
    let last = url.clone().map(|url| AlertRoute { telegram: None, url: Some(url) });
    routes.into_iter().flatten().chain(last).collect()
}

/// The routes by which the organiser gets the pulse: in private to `owner` (`ADMIN_CHAT_ID`), by the bot if there is
/// one; without an owner, the routes of alerts. All of them are by Telegram.
pub fn pulse_routes(
    settings: &GroupSettings,
    owner: Option<PeerId>,
    credentials: &Credentials,
    store: Option<&Store>,
    account: Option<PeerId>,
) -> Vec<AlertRoute> {
    let alert_to = owner.map(|owner| owner.to_string()).or_else(|| settings.alert_to.clone());
    let settings = GroupSettings { alert_to, ..settings.clone() };
    // If the owner is the account itself, it reads the pulse in its Saved Messages, not as a message to a user.
    let is_itself = owner.is_some() && owner == account;
    let routes = routes(&settings, credentials, store, account).into_iter();
    let telegram = routes.filter(|route| route.telegram.is_some() && !(is_itself && route.code() == "user"));
    telegram.map(|route| AlertRoute { url: None, ..route }).collect()
}

/// The URL in a setting, for a route without Telegram; `None` if it is not set.
pub fn endpoint(name: &str, credentials: &Credentials) -> Result<Option<Endpoint>> {
    let address = credentials.secret(name)?.filter(|address| !address.expose_secret().is_empty());
    let proxies = credentials.proxies();
    address.map(|address| Endpoint::new(name, &address, &proxies?)).transpose()
}

/// Sends an alert that the store can't keep, by the first route that does not refuse. A repeat has the same id, so it
/// must have the same text.
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

/// Stores the next alert about an outage, if one is due. Returns its kind if it is new.
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
    Ok(queue(store, group, kind, since.0, context, &text, now)?.then_some(kind))
}

/// Stores an alert that the group is seen again, if one is needed or `in_any_case` is set.
#[allow(clippy::too_many_arguments, reason = "what an outage was, and where it is stored")]
pub fn queue_back(
    store: &mut Store,
    group: GroupKey,
    context: &AlertContext,
    outage: Span,
    died: bool,
    in_any_case: bool,
    why: &str,
    proof: Proof,
    now: Instant,
) -> Result<()> {
    if in_any_case || needs_recovery_alert(outage, died, &store.alerts_of(group, outage.from)?) {
        let text = context.recovered(outage, died, why, proof);
        queue(store, group, AlertKind::Recovered, outage.from.0, context, &text, now)?;
    }
    store.drop_steps(group, None, now)
}

/// Stores an alert that a file of the store was removed and is there again.
pub fn queue_store_mended(store: &mut Store, group: GroupKey, context: &AlertContext, now: Instant) -> Result<()> {
    let text = context.store_mended(now);
    queue(store, group, AlertKind::StoreMended, now.0, context, &text, now).map(drop)
}

/// Stores an alert if `SWF_BACKUP_COMMAND` has begun to fail, and one if it works again. `failure` is why it failed.
pub fn queue_backup_command(
    store: &mut Store,
    group: GroupKey,
    context: &AlertContext,
    failure: Option<&str>,
    now: Instant,
) -> Result<()> {
    use AlertKind::{BackupCommandFailed, BackupCommandRecovered};
    let newest = store.newest_alert(group, [BackupCommandFailed, BackupCommandRecovered])?;
    let was_failing = newest.is_some_and(|code| code == BackupCommandFailed.code());
    let (kind, text) = match failure {
        Some(reason) if !was_failing => (BackupCommandFailed, context.backup_command_failed(reason)),
        None if was_failing => (BackupCommandRecovered, context.backup_command_recovered()),
        _ => return Ok(()),
    };
    queue(store, group, kind, now.0, context, &text, now).map(drop)
}

/// Stores an alert and logs its text, unless there is one of its kind and incident. Returns whether it is new.
fn queue(
    store: &mut Store,
    group: GroupKey,
    kind: AlertKind,
    incident: i64,
    context: &AlertContext,
    text: &str,
    now: Instant,
) -> Result<bool> {
    let is_new = store.queue_alert(group, kind, incident, context.words.language(), text, now)?;
    if is_new {
        tracing::info!("alert: {}", clean(text));
    }
    Ok(is_new)
}

/// Stores an alert for each daily post that is late, and another one when a late post is sent. The second replaces the
/// first if that was not sent yet. Returns when the next post is late.
///
/// `by_day`: the clock of a group whose posts wait for the morning (rules §7.3). A post that waits for it is not late.
pub fn queue_late(
    store: &mut Store,
    group: GroupKey,
    context: &AlertContext,
    by_day: Option<Zone>,
    now: Instant,
) -> Result<Option<Instant>> {
    let opens = |at: Instant| by_day.map_or(at, |zone| may_be_sent(zone, at));
    let before = now - MAX_POST_DELAY;
    let late = if are_late(by_day, before) { store.late_without_alert(group, before)? } else { Vec::new() };
    for post in late {
        let text = context.late(post.day(), post.problem.as_ref());
        queue(store, group, AlertKind::Late, post.random_id.unwrap_or(post.id), context, &text, now)?;
    }
    for post in store.late_and_sent(group)? {
        let (text, incident) = (context.late_sent(post.day()), post.random_id.unwrap_or(post.id));
        store.drop_alert(group, AlertKind::Late, incident, now)?;
        queue(store, group, AlertKind::LateSent, incident, context, &text, now)?;
    }
    let next = store.oldest_unsent(group)?.map(|stored| opens(stored) + MAX_POST_DELAY);
    // During the night no post is late; the earliest time is after its end.
    Ok(next.map(|next| if opens(before) > before { next.max(opens(before) + MAX_POST_DELAY) } else { next }))
}

/// The daily posts that are late (rules §4.7), with or without an alert.
pub fn late(store: &Store, group: GroupKey, settings: &GroupSettings, now: Instant) -> Result<Vec<Delivery>> {
    let by_day = (settings.audience == Audience::Consent).then_some(settings.zone);
    let before = now - MAX_POST_DELAY;
    if are_late(by_day, before) { store.late(group, before) } else { Ok(Vec::new()) }
}

/// Whether posts that were stored before `before` are late now: `before` is no time at which posts wait for the morning.
fn are_late(by_day: Option<Zone>, before: Instant) -> bool {
    by_day.is_none_or(|zone| may_be_sent(zone, before) <= before)
}

/// Stores an alert for each post that was refused for good.
pub fn queue_refusals(store: &mut Store, group: GroupKey, context: &AlertContext, now: Instant) -> Result<()> {
    for post in store.refused_without_alert(group, now)? {
        let problem = post.problem.clone().unwrap_or_else(|| Problem::new(Code::Other, ""));
        let text = context.refused(post.day(), &problem);
        queue(store, group, AlertKind::Refused, post.random_id.unwrap_or(post.id), context, &text, now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat::Buttons;
    use crate::domain::post::PostKind;
    use crate::domain::post::delivery::{Lane, Operation, Verdict};
    use crate::domain::post::message::Message;
    use crate::domain::time::zone::Zone;
    use crate::domain::words::Language;
    use crate::store::{Access, Claimant, Draft, Settlement};

    #[test]
    fn an_alert_is_written_and_stored_in_the_language_of_its_group() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        for (number, language) in (1..).zip(Language::ALL) {
            let context = AlertContext { group: "Study Hall", zone: Zone::UTC, words: language.words() };
            let since = Instant(100_000 * number);
            queue_step(&mut store, group, &context, since, since + 300, "offline").unwrap();
            let row = store.waiting(group, Lane::Alerts, since + 300).unwrap().pop().unwrap();
            assert_eq!(row.language, language);
            assert_eq!(row.message.text, context.outage(since, since + 300, "offline"));
        }
    }

    #[test]
    fn a_backup_command_that_fails_alerts_once_and_once_when_it_works_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        let context = AlertContext { group: "Study Hall", zone: Zone::UTC, words: Language::default().words() };
        let mut ended = |day: i64, failure: Option<&str>| {
            let now = Instant(day * 86_400);
            queue_backup_command(&mut store, group, &context, failure, now).unwrap();
            store.waiting(group, Lane::Alerts, now).unwrap().into_iter().map(|row| row.kind).collect::<Vec<_>>()
        };
        assert_eq!(ended(1, None), Vec::<String>::new());
        let (failed, works) = ("backup command failed", "backup command works");
        assert_eq!(ended(2, Some("ended with exit code 1")), [failed]);
        assert_eq!(ended(3, Some("did not end")), Vec::<String>::new(), "a day later the first one has expired");
        assert_eq!(ended(4, None), [works]);
        assert_eq!(ended(4, None), [works]);
        assert_eq!(ended(4, Some("again")), [works, failed]);
    }

    /// CASES P1.
    #[test]
    fn a_late_daily_post_alerts_once_and_once_more_when_it_is_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        let language = Language::default();
        let context = AlertContext { group: "Study Hall", zone: Zone::UTC, words: language.words() };
        let draft = Draft {
            kind: PostKind::Daily,
            day: "2026-12-10".parse().unwrap(),
            at: Instant(1000),
            once: false,
            generation: 0,
            account: None,
            message: Message { text: "board".into(), entities: Vec::new() },
            picture: None,
            buttons: Buttons::default(),
            is_final: false,
            snapshot: None,
            recaps: Vec::new(),
            told: Vec::new(),
            language,
            topic: None,
        };
        store.queue(group, &draft, &[], Instant(1000)).unwrap();
        let due = Instant(1000 + MAX_POST_DELAY);
        // Rules §7.3: it is night, so no post is late until half an hour after the morning begins.
        let morning = Instant(7 * 3600);
        let by_day = queue_late(&mut store, group, &context, Some(Zone::UTC), due).unwrap();
        assert_eq!(by_day, Some(morning + MAX_POST_DELAY));
        assert!(store.waiting(group, Lane::Alerts, due).unwrap().is_empty());
        let decide = |store: &mut Store, now: Instant| {
            let next = queue_late(store, group, &context, None, now).unwrap();
            let kinds = store.waiting(group, Lane::Alerts, now).unwrap().into_iter().map(|row| row.kind);
            (next, kinds.collect::<Vec<_>>())
        };
        assert_eq!(decide(&mut store, due - 1), (Some(due), vec![]));
        assert_eq!(decide(&mut store, due), (None, vec!["late".to_owned()]));
        assert_eq!(decide(&mut store, due + 5000).1, ["late"]);
        let row = store.waiting(group, Lane::Posts, due).unwrap().remove(0);
        let claimant = Claimant { account: Some(PeerId(1)), route: None, lease: 20, asked: false };
        store.claim(row.id, claimant, due + 5000).unwrap();
        let verdict = Verdict::Done { message_id: Some(7), chat: Some(PeerId(-1001)), at: due + 5500 };
        let settlement = Settlement {
            id: row.id,
            operation: Operation::Send,
            idempotency_key: None,
            content_hash: "hash".into(),
            route: None,
            made_nothing: false,
            verdict,
        };
        store.settle(&settlement).unwrap();
        // The alert that the post is late was not sent, and is dropped.
        assert_eq!(decide(&mut store, due + 6000), (None, vec!["late sent".to_owned()]));
        assert_eq!(decide(&mut store, due + 6001).1, ["late sent"]);
    }
}
