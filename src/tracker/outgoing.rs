//! Everything that is sent to Telegram, the website and the organiser: deliveries of all groups, and alerts.

use std::sync::Arc;

use super::engine::{Delivery, GroupId, Input, Lane, OutageOver, OutageStep, StoreNotice};
use super::groups::{Target, Watched, names};
use super::run_loop::{Event, RunLoop, report};
use crate::app::sender::{Finished, Job, Routes, User};
use crate::app::{alerts, sender};
use crate::config::Credentials;
use crate::domain::alert::{AlertContext, Proof};
use crate::domain::credentials::BotLogin;
use crate::domain::post::delivery::{Operation, Verdict};
use crate::domain::rights::Audience;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::Store;
use crate::telegram::Group;
use crate::telegram::connection::Caller;
use crate::telegram::group::GroupError;
use crate::web::client::Exporter;

/// The connections and logins with which messages can be sent now.
struct SendRoutes {
    caller: Option<(Caller, PeerId)>,
    bot: Option<BotLogin>,
    credentials: Credentials,
    /// `ADMIN_CHAT_ID`
    owner: Option<PeerId>,
    /// The groups that are in the store.
    groups: Vec<Receiver>,
}

struct Receiver {
    id: GroupId,
    target: Target,
    /// `None` until Telegram has shown the group.
    group: Option<Group>,
    website: Option<Exporter>,
}

impl RunLoop {
    // Deliveries.

    pub(super) fn deliver(&self, lane: Lane) {
        let (events, epoch, (now, _)) = (self.events.clone(), self.epoch, self.engine.clock());
        let account = self.me.as_ref().map(|me| me.profile.peer);
        let groups = self.active_targets().into_iter().map(|(id, target)| {
            let Watched { group, website, .. } = &self.groups[id.0];
            Receiver { id, target, group: group.clone(), website: website.clone() }
        });
        let means = SendRoutes {
            caller: self.caller().zip(account),
            bot: self.bot.clone(),
            credentials: self.config.credentials.clone(),
            owner: self.config.settings.owner,
            groups: groups.collect(),
        };
        self.store.run(move |store| {
            let delivery = match claim(store, &means, lane, now) {
                Ok(Claim::Job(group, job)) => return drop(events.send(Event::Claimed(epoch, group, job))),
                Ok(Claim::Nothing(next)) => Ok(Delivery::Nothing { next }),
                Err(error) => Err(report(&events, error)),
            };
            let _ = events.send(Event::Input(Input::Delivered { lane, delivery }));
        });
    }

    pub(super) fn attempted(&mut self, epoch: u64, group: GroupId, job: &Job, finished: Finished) {
        let (now, _) = self.engine.clock();
        let moved = finished.moved;
        let broken = finished.broken.filter(|_| job.uses_connection() && epoch == self.epoch);
        let failure = match broken {
            Some(GroupError::Call(error)) => Some(self.failure(&error)),
            _ => None,
        };
        let settlement = job.settlement(finished.outcome, now);
        job.log(&settlement.verdict, now);
        let sent = job.operation() == Operation::Send && matches!(settlement.verdict, Verdict::Done { .. });
        let ticket = self.keep_settlements(vec![settlement]);
        let delivery = Ok(Delivery::Attempted { ticket, group, sent, failure, moved });
        self.give(Input::Delivered { lane: job.lane(), delivery });
    }

    // Alerts.

    /// Stores the alerts that are due. An alert about the whole account names its groups, and belongs to the first
    /// group.
    pub(super) fn decide_alerts(&self, outages: Vec<OutageStep>, over: Option<OutageOver>) {
        let (events, (now, _), first) = (self.events.clone(), self.engine.clock(), self.first());
        let targets = self.active_targets();
        self.store.run(move |store| {
            let decided = decide_alerts(store, &targets, first, &outages, over.as_ref(), now);
            let decided = decided.map_err(|error| report(&events, error));
            let _ = events.send(Event::Input(Input::AlertsDecided(decided)));
        });
    }

    /// Sends the organiser a notice about the store.
    pub(super) fn send_store_notice(&mut self, notice: StoreNotice) {
        let first = &self.groups[self.first().0];
        let (settings, credentials, title) =
            (Arc::clone(&first.settings), self.config.credentials.clone(), first.title());
        let (group, account) = first.row().map_or((PeerId(0), None), |row| (row.peer, row.tracker));
        let events = self.events.clone();
        let runtime = tokio::runtime::Handle::current();
        // Secrets may come from the keyring, which can be slow.
        self.store.run(move |store| {
            let routes = alerts::routes(&settings, &credentials, Some(store), account);
            runtime.spawn(async move {
                let about = AlertContext { group: &title, zone: settings.zone, words: settings.language.words() };
                let alert = match &notice {
                    StoreNotice::Failing { since, now, failure } => {
                        about.store_failing(*since, *now, &failure.why, &failure.hint)
                    }
                    StoreNotice::Recovered { since, until } => about.store_recovered(Span::new(*since, *until)),
                };
                let sent = alerts::send_unstored(group, &alert, &routes).await;
                if let Err(problem) = &sent {
                    tracing::warn!("the alert is not sent yet: {}", sender::explain(problem));
                }
                let _ = events.send(Event::Input(Input::Told(sent.is_ok())));
            });
        });
    }
}

enum Claim {
    Job(GroupId, Box<Job>),
    /// Nothing can be sent before this instant.
    Nothing(Option<Instant>),
}

/// Claims the next delivery of a lane. Groups take turns by how long their first row has waited.
fn claim(store: &mut Store, means: &SendRoutes, lane: Lane, now: Instant) -> Result<Claim> {
    let mut next = None;
    for key in store.groups_with_open_rows(lane, now)? {
        let Some(receiver) = means.groups.iter().find(|receiver| receiver.target.key == key) else { continue };
        let target = &receiver.target;
        let mut routes = means.routes(receiver);
        if sender::is_due(store, key, lane, now)? {
            // Only here, because an alert's route may need secrets from the keyring.
            if lane == Lane::Alerts {
                let (settings, credentials, account) = (&target.settings, &means.credentials, target.account);
                routes.alerts = alerts::routes(settings, credentials, Some(store), account);
                if settings.pulse {
                    routes.pulse = alerts::pulse_routes(settings, means.owner, credentials, Some(store), account);
                }
            }
            if let Some(job) = sender::next(store, &routes, lane, now)? {
                return Ok(Claim::Job(receiver.id, Box::new(job)));
            }
        }
        let again = sender::next_try(store, &routes, lane, now)?;
        next = next.into_iter().chain(again).min();
    }
    Ok(Claim::Nothing(next))
}

impl SendRoutes {
    fn routes(&self, receiver: &Receiver) -> Routes {
        let Receiver { target, group, website, .. } = receiver;
        let user = self.caller.clone().zip(group.clone());
        let bot_target = target.settings.bot_target();
        Routes {
            user: user.map(|((caller, account), group)| User { caller, group, account }),
            bot: self.bot.as_ref().map(|bot| BotLogin { target: bot_target, ..bot.clone() }),
            website: website.clone(),
            ..Routes::none(target.key, target.peer).in_hours(&target.settings)
        }
    }
}

/// See [`RunLoop::decide_alerts`]. Returns when alerts have to be decided again.
fn decide_alerts(
    store: &mut Store,
    targets: &[(GroupId, Target)],
    first: GroupId,
    outages: &[OutageStep],
    over: Option<&OutageOver>,
    now: Instant,
) -> Result<Option<Instant>> {
    let titles: Vec<String> = targets.iter().map(|(_, target)| target.title.clone()).collect();
    let all = names(&titles);
    let find = |id: GroupId| targets.iter().find(|(group, _)| *group == id).map(|(_, target)| target);
    let subject = |group: Option<GroupId>| match group {
        Some(id) => find(id).map(|target| (target, target.title.as_str())),
        None => find(first).map(|target| (target, all.as_str())),
    };
    let context = |target: &Target, title| AlertContext {
        group: title,
        zone: target.settings.zone,
        words: target.settings.language.words(),
    };
    if let Some(over) = over
        && let Some((target, title)) = subject(over.group)
    {
        let keys = targets.iter().filter(|(id, _)| over.group.is_none_or(|group| group == *id));
        let proofs = keys.map(|(_, target)| store.proof(target.key, over.span)).collect::<Result<Vec<Proof>>>()?;
        let about = context(target, title);
        let proof = Proof::of_all(&proofs);
        alerts::queue_back(store, target.key, &about, over.span, over.died, over.wrong_date, &over.why, proof, now)?;
    }
    for outage in outages {
        if let Some((target, title)) = subject(outage.group) {
            alerts::queue_step(store, target.key, &context(target, title), outage.since, now, &outage.why)?;
        }
    }
    let mut next = None;
    let affected = store.groups_to_alert()?;
    for (_, target) in targets.iter().filter(|(_, target)| affected.contains(&target.key)) {
        let about = context(target, &target.title);
        alerts::queue_refusals(store, target.key, &about, now)?;
        let by_day = (target.settings.audience == Audience::Consent).then_some(target.settings.zone);
        let late = alerts::queue_late(store, target.key, &about, by_day, now)?;
        next = next.into_iter().chain(late).min();
    }
    Ok(next)
}
