//! Alerts to the organiser. The tracker and `swf watchdog` share their state, so that each alert is sent once.

use std::collections::BTreeSet;

use rusqlite::params;

use super::deliveries::Owner;
use super::posts::random_id;
use super::sql::{all, exists, run, value};
use super::{GroupKey, Store};
use crate::domain::alert::{AlertKind, Proof};
use crate::domain::time::interval::SpanSet;
use crate::domain::words::Language;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

/// An alert that could not be sent for this many seconds expires.
pub(super) const MAX_ALERT_AGE: i64 = 86_400;

/// The id with which Telegram recognises a repeat: it is the same after a crash, and in every process. Never 0. `owner`
/// is the group or account that the alert is about.
pub fn alert_id(owner: PeerId, kind: AlertKind, incident: i64) -> i64 {
    random_id(&format!("swf alert\n{}\n{}\n{incident}", owner.0, kind.code()))
}

impl Store {
    /// Stores an alert, unless there is one of its kind and incident; returns whether it is new. Drops unsent alerts
    /// that the new one replaces: earlier steps of the outage, or the alert that the same post is late.
    pub fn queue_alert(
        &mut self,
        owner: impl Into<Owner>,
        kind: AlertKind,
        incident: i64,
        language: Language,
        text: &str,
        now: Instant,
    ) -> Result<bool> {
        let owner = owner.into();
        self.write(|db| {
            let peer = match owner {
                Owner::Account(id) => id,
                Owner::Group(key) => value(db, "SELECT peer FROM groups WHERE id = ?1", [key])?,
            };
            let id = alert_id(peer, kind, incident);
            let (scope, owner) = owner.columns();
            let (kind_code, incident) = (kind.code(), incident.to_string());
            let insert = "INSERT OR IGNORE INTO deliveries (scope, owner, lane, kind, subject, operation, random_id, \
                          text, created, next_try, expires, language) \
                          VALUES (?1, ?2, 'alerts', ?3, ?4, 'send', ?5, ?6, ?7, ?7, ?8, ?9)";
            let values =
                params![scope, owner, kind_code, incident, id, text, now, now + MAX_ALERT_AGE, language.code()];
            let new = run(db, insert, values)? > 0;
            if new && kind.ends_lateness() {
                run(
                    db,
                    &format!("UPDATE deliveries SET dropped = ?4, operation = NULL WHERE {LATE}"),
                    params![scope, owner, incident, now],
                )?;
            }
            if new && kind.is_about_group() {
                let sql = format!("UPDATE deliveries SET dropped = ?3, operation = NULL WHERE {STEPS} AND kind <> ?4");
                run(db, &sql, params![scope, owner, now, kind_code])?;
            }
            Ok(new)
        })
    }

    /// Drops an alert that was not sent yet.
    pub fn drop_alert(&mut self, owner: impl Into<Owner>, kind: AlertKind, incident: i64, now: Instant) -> Result<()> {
        let (scope, owner) = owner.into().columns();
        let sql = "UPDATE deliveries SET dropped = ?5, operation = NULL WHERE scope = ?1 AND owner = ?2 AND \
                   lane = 'alerts' AND kind = ?3 AND subject = ?4 AND operation IS NOT NULL";
        let values = params![scope, owner, kind.code(), incident.to_string(), now];
        self.write(|db| run(db, sql, values).map(drop))
    }

    /// Drops unsent steps of all incidents except `incident`: they are obsolete.
    pub fn drop_steps(&mut self, owner: impl Into<Owner>, incident: Option<i64>, now: Instant) -> Result<()> {
        let (scope, owner) = owner.into().columns();
        let incident = incident.map(|incident| incident.to_string());
        let waiting = format!("{STEPS} AND subject IS NOT ?3");
        if !exists(&self.db, &format!("deliveries WHERE {waiting}"), params![scope, owner, incident])? {
            return Ok(());
        }
        let sql = format!("UPDATE deliveries SET dropped = ?4, operation = NULL WHERE {waiting}");
        self.write(|db| run(db, &sql, params![scope, owner, incident, now]).map(drop))
    }

    /// The kinds of the alerts about an incident, sent or not.
    pub fn alerts_of(&self, owner: impl Into<Owner>, incident: Instant) -> Result<Vec<String>> {
        let (scope, owner) = owner.into().columns();
        let sql = "SELECT kind FROM deliveries WHERE scope = ?1 AND owner = ?2 AND lane = 'alerts' AND subject = ?3 \
                   ORDER BY id";
        Ok(all(&self.db, sql, params![scope, owner, incident.0.to_string()], |row| row.get(0))?)
    }

    /// The code of the newest alert of one of `kinds`, sent or not.
    pub fn newest_alert(&self, owner: impl Into<Owner>, kinds: [AlertKind; 2]) -> Result<Option<String>> {
        let ((scope, owner), [one, other]) = (owner.into().columns(), kinds.map(AlertKind::code));
        let sql = "SELECT kind FROM deliveries WHERE scope = ?1 AND owner = ?2 AND lane = 'alerts' AND kind IN (?3, ?4) \
                   ORDER BY id DESC LIMIT 1";
        let codes: Vec<String> = all(&self.db, sql, params![scope, owner, one, other], |row| row.get(0))?;
        Ok(codes.into_iter().next())
    }

    /// The evidence of the stays about an outage that has ended. A stay whose end was not seen ends at the start of the
    /// outage.
    pub fn proof(&self, group: GroupKey, outage: Span) -> Result<Proof> {
        let record = self.board_record(group, outage)?;
        let inside = record.stays.iter().map(|stay| (stay.peer, stay.span.clip(outage)));
        let inside: Vec<(PeerId, Span)> = inside.filter(|(_, span)| !span.is_empty()).collect();
        let gone = "SELECT count(DISTINCT peer) FROM stays WHERE grp = ?1 AND ended = ?2 AND ending = 'gone'";
        Ok(Proof {
            seconds: SpanSet::union(inside.iter().map(|(_, span)| *span)).seconds(),
            people: inside.iter().map(|(peer, _)| peer).collect::<BTreeSet<_>>().len(),
            gone: value::<i64>(&self.db, gone, params![group, outage.from])? as usize,
        })
    }
}

/// The unsent alert that a post is late.
const LATE: &str =
    "scope = ?1 AND owner = ?2 AND lane = 'alerts' AND kind = 'late' AND subject = ?3 AND operation IS NOT NULL";

/// The unsent steps of an outage.
const STEPS: &str = "scope = ?1 AND owner = ?2 AND lane = 'alerts' AND kind LIKE 'dark %' AND operation IS NOT NULL";

#[cfg(test)]
mod tests {
    use super::super::{Access, Claimant, Delivery, Settlement};
    use super::*;
    use crate::domain::post::delivery::Turn;
    use crate::domain::post::delivery::{Lane, Operation, Verdict};

    const S: i64 = 1_000_000;
    const OUTAGE: [AlertKind; 3] =
        [AlertKind::Outage { minutes: 5 }, AlertKind::Outage { minutes: 10 }, AlertKind::Outage { minutes: 15 }];

    fn two_processes() -> (tempfile::TempDir, Store, Store, GroupKey) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("study.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        let group = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        let other = Store::open(&path, Access::Write).unwrap();
        (home, store, other, group)
    }

    fn claim(store: &mut Store, group: GroupKey, now: Instant) -> Option<Delivery> {
        let due = store.due(group, Lane::Alerts, now).unwrap();
        let by = Claimant { account: None, route: Some("bot"), lease: 60, asked: false };
        let (turn, row) = store.claim(due.first()?.id, by, now).unwrap();
        (turn == Turn::Ready).then_some(row)
    }

    #[test]
    fn two_processes_store_and_send_an_alert_once() {
        let (_home, mut one, mut two, group) = two_processes();
        let now = Instant(S + 300);
        assert!(one.queue_alert(group, OUTAGE[0], S, Language::En, "text", now).unwrap());
        assert!(!two.queue_alert(group, OUTAGE[0], S, Language::En, "another text", now).unwrap());
        let alert = claim(&mut one, group, now).unwrap();
        let id = alert_id(PeerId(-1001), OUTAGE[0], S);
        assert_eq!((alert.message.text.as_str(), alert.random_id), ("text", Some(id)));
        assert_eq!(claim(&mut two, group, now), None);
        // The first process has crashed.
        let again = claim(&mut two, group, now + 60).unwrap();
        assert_eq!((again.id, again.state.attempts, again.route.as_deref()), (alert.id, 2, Some("bot")));
        let sent = Settlement {
            id: alert.id,
            operation: Operation::Send,
            idempotency_key: None,
            content_hash: String::new(),
            route: None,
            made_nothing: false,
            verdict: Verdict::Done { at: now, message_id: None, chat: None },
        };
        two.settle(&sent).unwrap();
        assert_eq!(claim(&mut one, group, now + 1000), None);
        assert_eq!(one.alerts_of(group, Instant(S)).unwrap(), ["dark 5"]);
    }

    #[test]
    fn a_newer_alert_replaces_steps_that_were_not_sent() {
        let (_home, mut store, _, group) = two_processes();
        for (number, kind) in OUTAGE.into_iter().enumerate() {
            store.queue_alert(group, kind, S, Language::En, "outage", Instant(S + 300 * (number as i64 + 1))).unwrap();
        }
        store.queue_alert(group, AlertKind::Refused, 77, Language::En, "refused", Instant(S + 950)).unwrap();
        let waiting = |store: &Store, at: i64| -> Vec<String> {
            let rows = store.waiting(group, Lane::Alerts, Instant(at)).unwrap();
            rows.into_iter().map(|row| row.kind).collect()
        };
        assert_eq!(waiting(&store, S + 960), ["dark 15", "refused"]);
        store.queue_alert(group, AlertKind::Recovered, S, Language::En, "back", Instant(S + 960)).unwrap();
        assert_eq!(waiting(&store, S + 960), ["refused", "back"]);
        store.queue_alert(group, OUTAGE[0], S + 1, Language::En, "outage", Instant(S + 960)).unwrap();
        store.drop_steps(group, Some(S + 1), Instant(S + 960)).unwrap();
        assert_eq!(waiting(&store, S + 960), ["refused", "back", "dark 5"]);
        store.drop_steps(group, None, Instant(S + 960)).unwrap();
        assert_eq!(waiting(&store, S + 960), ["refused", "back"]);
        // An alert that could not be sent for a day has expired.
        assert_eq!(claim(&mut store, group, Instant(S + 960 + MAX_ALERT_AGE)), None);
        assert_eq!(waiting(&store, S + 960 + MAX_ALERT_AGE), Vec::<String>::new());
    }

    #[test]
    fn an_account_has_alerts_of_its_own() {
        let (_home, mut store, _, group) = two_processes();
        let account = Owner::Account(PeerId(1));
        assert!(store.queue_alert(account, OUTAGE[0], S, Language::En, "offline", Instant(S + 300)).unwrap());
        assert!(store.queue_alert(group, OUTAGE[0], S, Language::En, "not seen", Instant(S + 300)).unwrap());
        let rows = store.waiting(account, Lane::Alerts, Instant(S + 300)).unwrap();
        let id = alert_id(PeerId(1), OUTAGE[0], S);
        assert_eq!(rows.iter().map(|row| row.random_id).collect::<Vec<_>>(), [Some(id)]);
        store.drop_steps(group, None, Instant(S + 400)).unwrap();
        assert_eq!(store.waiting(account, Lane::Alerts, Instant(S + 400)).unwrap(), rows);
    }
}
