//! Sending what a website is to hear: the store says what waits, the website takes it or not. Posting never waits for it.

use crate::config::{Credentials, RawSettings};
use crate::domain::Instant;
use crate::domain::publish::{self, Answer, Verdict, Waiting};
use crate::error::Result;
use crate::platform::clock::Clock;
use crate::store::{GroupKey, Store};
use crate::web::client::{self, Exporter};

/// The settings of the web export; nothing is asked of the keyring.
pub fn settings(raw: &RawSettings, credentials: &Credentials) -> client::Settings {
    let has_secret = credentials.source(client::SECRET).is_ok_and(|source| source.is_some());
    client::Settings::parse(|name| raw.get(name), has_secret)
}

/// The way to the website; `None` if the export is off.
pub fn exporter(settings: &client::Settings, credentials: &Credentials) -> Result<Option<Exporter>> {
    Exporter::new(settings, || credentials.secret(client::SECRET))
}

/// The snapshot whose turn it is, claimed for this process.
pub fn next(store: &mut Store, group: GroupKey, exporter: &Exporter, now: Instant) -> Result<Option<Waiting>> {
    match store.due_export(group, now)? {
        Some(waiting) => store.claim_export(group, &waiting, false, now, exporter.lease(now)),
        None => Ok(None),
    }
}

/// Stores what a site's answer means.
pub fn settle(store: &mut Store, group: GroupKey, sent: &Waiting, answer: Answer, now: Instant) -> Result<Verdict> {
    let verdict = publish::verdict(answer, &sent.key, sent.attempts, now);
    store.settle_export(group, sent, &verdict)?;
    match &verdict {
        Verdict::Delivered { .. } => tracing::info!("the website has the boards of {}", sent.day),
        Verdict::Retry { at, problem } => {
            let wait = *at - now;
            tracing::warn!("the website does not have the boards of {} yet: {problem}; next try in {wait} s", sent.day);
        }
        Verdict::Refused { problem } => tracing::error!("the website refuses the boards of {}: {problem}", sent.day),
    }
    Ok(verdict)
}

/// Tries once what is due. Where one can't be delivered now the others are left alone: they would wait as long again for
/// the same site.
pub async fn try_once(store: &mut Store, group: GroupKey, exporter: &Exporter, clock: Clock) -> Result<()> {
    while let Some(waiting) = next(store, group, exporter, clock.now())? {
        let answer = exporter.send(&waiting, clock.now()).await;
        if let Verdict::Retry { .. } = settle(store, group, &waiting, answer, clock.now())? {
            break;
        }
    }
    Ok(())
}

/// Tries everything that is not delivered, due or not, also what was refused: somebody asks for it. Returns how many the
/// site has taken.
pub async fn push(store: &mut Store, group: GroupKey, exporter: &Exporter, clock: Clock) -> Result<usize> {
    let mut taken = 0;
    for waiting in store.waiting_exports(group)? {
        let now = clock.now();
        let Some(waiting) = store.claim_export(group, &waiting, true, now, exporter.lease(now))? else { continue };
        let answer = exporter.send(&waiting, now).await;
        match settle(store, group, &waiting, answer, clock.now())? {
            Verdict::Delivered { .. } => taken += 1,
            Verdict::Refused { .. } => {}
            Verdict::Retry { .. } => break,
        }
    }
    Ok(taken)
}
