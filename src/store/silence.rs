//! Signs of life (rules §2.25).

use chrono::NaiveDate;
use rusqlite::{Connection, params};

use super::answers::{AnswerDraft, insert};
use super::boards::span;
use super::sql::{all, exists, first, run, value};
use super::{GroupKey, Store};
use crate::domain::accounting::silence::{FOLD_AGE, SIGN_RETENTION, SettingChange, Signs, Silence, rules};
use crate::domain::roster::signs::MIN_SIGN_INTERVAL;
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::error::Result;

/// Stores a sign, unless the account has another one within [`MIN_SIGN_INTERVAL`], which can be from before a restart
/// of the tracker, or from a button.
pub(super) fn add_sign(
    db: &Connection,
    group: GroupKey,
    call: CallId,
    peer: PeerId,
    at: Instant,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO signs (grp, call, peer, at) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS \
               (SELECT 1 FROM signs WHERE grp = ?1 AND peer = ?3 AND at > ?4 - ?5 AND at < ?4 + ?5)";
    run(db, sql, params![group, call, peer, at, MIN_SIGN_INTERVAL]).map(drop)
}

impl Store {
    /// The signs of an account, the oldest first.
    pub fn signs_of(&self, group: GroupKey, account: PeerId) -> Result<Vec<Instant>> {
        let sql = "SELECT at FROM signs WHERE grp = ?1 AND peer = ?2 ORDER BY at";
        Ok(all(&self.db, sql, params![group, account], |row| row.get(0))?)
    }

    /// The kept spans of an account's time that did not rank and whose signs are not needed any more; the oldest first.
    pub fn silences_of(&self, group: GroupKey, account: PeerId) -> Result<Vec<Span>> {
        let sql = "SELECT started, ended FROM silences WHERE grp = ?1 AND peer = ?2 ORDER BY started";
        Ok(all(&self.db, sql, params![group, account], |row| span(row, 0))?)
    }

    /// The signs that decide which time in `window` ranks.
    pub fn signs(&self, group: GroupKey, window: Span) -> Result<Signs> {
        let values = params![group, window.from, window.to];
        let signs = "SELECT peer, at FROM signs WHERE grp = ?1 AND at >= ?2 AND at < ?3";
        let folded = "SELECT peer, started, ended FROM silences WHERE grp = ?1 AND ended > ?2 AND started < ?3";
        Ok(Signs {
            rules: rules(&self.silence_settings(group)?),
            signs: all(&self.db, signs, values, |row| row.try_into())?,
            folded: all(&self.db, folded, values, |row| Ok((row.get(0)?, span(row, 1)?)))?,
            since: self.silence_folded(group)?,
        })
    }

    /// Whether a stay of a group ended after an instant.
    pub fn has_stay_since(&self, group: GroupKey, after: Instant) -> Result<bool> {
        Ok(exists(&self.db, "stays WHERE grp = ?1 AND ended > ?2", params![group, after])?)
    }

    /// The call that a person is in with any of these accounts, according to the store.
    pub fn open_call(&self, group: GroupKey, accounts: &[PeerId]) -> Result<Option<CallId>> {
        for account in accounts {
            let sql = "SELECT call FROM stays JOIN calls USING (grp, call) WHERE grp = ?1 AND peer = ?2 \
                       AND stays.ended IS NULL AND calls.ended IS NULL ORDER BY started DESC LIMIT 1";
            let call = first(&self.db, sql, params![group, account], |row| row.get(0))?;
            if call.is_some() {
                return Ok(call);
            }
        }
        Ok(None)
    }

    /// When a person was last asked whether they are still there.
    pub fn silence_asked(&self, group: GroupKey, accounts: &[PeerId]) -> Result<Option<Instant>> {
        let mut asked = None;
        for account in accounts {
            let sql = "SELECT asked FROM silence_asked WHERE grp = ?1 AND peer = ?2";
            asked = asked.max(first(&self.db, sql, params![group, account], |row| row.get(0))?);
        }
        Ok(asked)
    }

    /// Stores the message of `draft` and a note that its receiver was asked, in one transaction, so that nobody is
    /// asked twice. Returns whether both were stored.
    pub fn ask_still_here(&mut self, group: GroupKey, draft: &AnswerDraft, now: Instant) -> Result<bool> {
        self.write_allowed(|db, forgotten| {
            if forgotten.is_some_and(|forgotten| forgotten.contains(draft.receiver)) {
                return Ok(false);
            }
            let sql = "INSERT OR REPLACE INTO silence_asked (grp, peer, asked) VALUES (?1, ?2, ?3)";
            run(db, sql, params![group, draft.receiver, now])?;
            insert(db, draft, now)?;
            Ok(true)
        })
    }

    /// The settings of a group about silence, in the order in which they were noted.
    pub fn silence_settings(&self, group: GroupKey) -> Result<Vec<SettingChange>> {
        let sql = "SELECT noted, setting, announced, acts_from FROM silence_settings WHERE grp = ?1 ORDER BY noted";
        Ok(all(&self.db, sql, [group], |row| {
            let (at, setting, announced, acts_from): (_, String, Option<String>, _) = row.try_into()?;
            // A setting of a later version, which can't be parsed, only stores signs.
            let silence = Silence::parse(&setting).unwrap_or(Silence::Record);
            Ok(SettingChange { at, silence, announced: announced.and_then(|day| day.parse().ok()), acts_from })
        })?)
    }

    /// Notes that the group has this setting from now on.
    pub fn note_silence(&mut self, group: GroupKey, silence: Silence, now: Instant) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO silence_settings (grp, noted, setting) VALUES (?1, ?2, ?3)";
        self.write(|db| run(db, sql, params![group, now, silence.code()]).map(drop))
    }

    /// Stores which day's post announces the last setting, and from when on it acts.
    pub fn announce_silence(&mut self, group: GroupKey, day: NaiveDate, acts_from: Option<Instant>) -> Result<()> {
        let sql = "UPDATE silence_settings SET announced = ?2, acts_from = ?3 WHERE grp = ?1 \
                   AND noted = (SELECT max(noted) FROM silence_settings WHERE grp = ?1)";
        self.write(|db| run(db, sql, params![group, day.to_string(), acts_from]).map(drop))
    }

    /// When the daily post of a day was sent.
    pub fn daily_post_sent(&self, group: GroupKey, day: NaiveDate) -> Result<Option<Instant>> {
        let sql = "SELECT min(sent) FROM deliveries WHERE scope = 'group' AND owner = ?1 AND lane = 'posts' \
                   AND kind = 'daily' AND subject = ?2";
        Ok(value(&self.db, sql, params![group, day.to_string()])?)
    }

    /// Up to this instant, time that did not rank is kept without its signs.
    pub fn silence_folded(&self, group: GroupKey) -> Result<Option<Instant>> {
        Ok(value(&self.db, "SELECT silence_folded FROM groups WHERE id = ?1", [group])?)
    }

    /// Keeps the spans that did not rank up to `until`: their signs are not needed any more.
    pub fn fold_silence(&mut self, group: GroupKey, silences: &[(PeerId, Span)], until: Instant) -> Result<()> {
        self.write(|db| {
            let sql = "INSERT OR REPLACE INTO silences (grp, peer, started, ended) VALUES (?1, ?2, ?3, ?4)";
            for (peer, span) in silences {
                run(db, sql, params![group, peer, span.from, span.to])?;
            }
            run(db, "UPDATE groups SET silence_folded = ?2 WHERE id = ?1", params![group, until]).map(drop)
        })
    }

    /// Whether there are signs of any group that are to be deleted at `now`.
    pub fn has_old_signs(&self, now: Instant) -> Result<bool> {
        let old = now - SIGN_RETENTION;
        Ok(exists(&self.db, "signs WHERE at < ?1", [old])?
            || exists(&self.db, "silence_asked WHERE asked < ?1", [old])?)
    }

    /// Deletes the signs of all groups that are older than [`SIGN_RETENTION`]. Of that time, only spans that were kept
    /// before count from then on.
    pub fn delete_old_signs(&mut self, now: Instant) -> Result<()> {
        self.write(|db| {
            let folded = "UPDATE groups SET silence_folded = ?1 WHERE silence_folded IS NULL OR silence_folded < ?1";
            run(db, folded, [now - FOLD_AGE])?;
            run(db, "DELETE FROM silence_asked WHERE asked < ?1", [now - SIGN_RETENTION])?;
            run(db, "DELETE FROM signs WHERE at < ?1", [now - SIGN_RETENTION]).map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat::Answer;
    use crate::domain::forgotten::{Forgotten, KEY_BYTES};
    use crate::domain::rights::{Audience, Decision, Rights};
    use crate::domain::roster::{Fact, Observed};
    use crate::domain::words::Language;
    use crate::store::forgetting::FILE;
    use crate::store::{Access, AnsweredBatch, PressSign, Reminds, SeenOf};

    const NONE: [i64; 0] = [];
    const CALL: CallId = CallId(7);
    const ADA: PeerId = PeerId(5);
    const START: i64 = 1_800_000_000;

    fn store() -> (tempfile::TempDir, Store, GroupKey) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        (folder, store, group)
    }

    fn observe(store: &mut Store, group: GroupKey, signs: bool, audience: Audience, at: i64) {
        let at = Instant(START + at);
        let facts = vec![Fact::Sign { call: CALL, peer: ADA, at }];
        let seen = Observed { facts, ..Observed::new(at) };
        store.record_all(&[SeenOf { group, seen: &seen, audience, aliases: &[], signs }]).unwrap();
    }

    fn signs(store: &Store, group: GroupKey) -> Vec<i64> {
        store.signs_of(group, ADA).unwrap().iter().map(|at| at.0 - START).collect()
    }

    #[test]
    fn signs_are_stored_where_the_group_wants_them_and_ten_minutes_apart() {
        let (_folder, mut store, group) = store();
        observe(&mut store, group, false, Audience::Everyone, 0);
        assert_eq!(signs(&store, group), NONE);
        for at in [0, 599, 600, 1100, 1200, 650] {
            observe(&mut store, group, true, Audience::Everyone, at);
        }
        assert_eq!(signs(&store, group), [0, 600, 1200]);
    }

    #[test]
    fn nothing_is_stored_of_people_who_are_not_counted_and_leaving_takes_what_is_later() {
        let (_folder, mut store, group) = store();
        observe(&mut store, group, true, Audience::Consent, 0);
        assert_eq!(signs(&store, group), NONE);
        for at in [1000, 2000, 3000] {
            observe(&mut store, group, true, Audience::Everyone, at);
        }
        let left = Rights::default().with(&Decision::Leave, Audience::Everyone, Instant(START + 2500));
        store.decide(group, &[ADA], &left).unwrap();
        assert_eq!(signs(&store, group), [1000, 2000]);
        observe(&mut store, group, true, Audience::Everyone, 9000);
        assert_eq!(signs(&store, group), [1000, 2000]);
        // The time before a person is counted again stores no signs either.
        let back = left.with(&Decision::Return, Audience::Everyone, Instant(START + 10_000));
        store.decide(group, &[ADA], &back).unwrap();
        for at in [9999, 10_000] {
            observe(&mut store, group, true, Audience::Everyone, at);
        }
        assert_eq!(signs(&store, group), [1000, 2000, 10_000]);
    }

    #[test]
    fn a_press_is_a_sign_ten_minutes_apart_from_others() {
        let (_folder, mut store, group) = store();
        observe(&mut store, group, true, Audience::Everyone, 0);
        for at in [599, 600, 700] {
            let sign = PressSign { group, call: CALL, account: ADA, at: Instant(START + at) };
            let batch = AnsweredBatch { signs: vec![sign], ..AnsweredBatch::default() };
            store.store_answers(&batch, sign.at).unwrap();
            // The write may be repeated.
            store.store_answers(&batch, sign.at).unwrap();
        }
        observe(&mut store, group, true, Audience::Everyone, 1199);
        assert_eq!(signs(&store, group), [0, 600]);
    }

    #[test]
    fn signs_are_deleted_after_35_days() {
        let (_folder, mut store, group) = store();
        observe(&mut store, group, true, Audience::Everyone, 0);
        observe(&mut store, group, true, Audience::Everyone, 1000);
        let end = Instant(START + SIGN_RETENTION);
        assert!(!store.has_old_signs(end).unwrap() && store.has_old_signs(end + 1).unwrap());
        store.delete_old_signs(end).unwrap();
        assert_eq!(signs(&store, group), [0, 1000]);
        store.delete_old_signs(end + 1).unwrap();
        assert_eq!(signs(&store, group), [1000]);
        // Of the time whose signs are deleted, only kept spans count: a later limit makes none of it silent.
        assert_eq!(store.silence_folded(group).unwrap(), Some(end + 1 - FOLD_AGE));
        let window = Span::new(Instant(START), end);
        assert_eq!(store.signs(group, window).unwrap().since, Some(end + 1 - FOLD_AGE));
        store.fold_silence(group, &[], end + 10).unwrap();
        store.delete_old_signs(end + 2).unwrap();
        assert_eq!(store.silence_folded(group).unwrap(), Some(end + 10));
    }

    #[test]
    fn nobody_who_was_forgotten_is_asked() {
        let (folder, mut store, group) = store();
        let draft = AnswerDraft {
            account: PeerId(99),
            asked_in: PeerId(-1001),
            asked: 0,
            part: 0,
            hint: None,
            ephemeral_in: None,
            reminds_of: Some(Reminds::Silence(Instant(START))),
            receiver: ADA,
            topic: None,
            reply_to: None,
            language: Language::En,
            answer: Answer::default(),
            delete_after: None,
            expires: None,
            waits_for: None,
        };
        assert!(store.ask_still_here(group, &draft, Instant(START)).unwrap());
        let mut forgotten = Forgotten::new([3; KEY_BYTES]);
        forgotten.forget(ADA);
        std::fs::write(folder.path().join(FILE), forgotten.to_text()).unwrap();
        assert!(!store.ask_still_here(group, &draft, Instant(START + 9000)).unwrap());
        assert_eq!(store.silence_asked(group, &[ADA]).unwrap(), None);
    }

    #[test]
    fn when_somebody_was_asked_is_deleted_after_35_days() {
        let (_folder, mut store, group) = store();
        let asked = Instant(START);
        run(&store.db, "INSERT INTO silence_asked (grp, peer, asked) VALUES (?1, ?2, ?3)", params![group, ADA, asked])
            .unwrap();
        let end = asked + SIGN_RETENTION;
        assert!(!store.has_old_signs(end).unwrap() && store.has_old_signs(end + 1).unwrap());
        store.delete_old_signs(end).unwrap();
        assert_eq!(store.silence_asked(group, &[ADA]).unwrap(), Some(asked));
        store.delete_old_signs(end + 1).unwrap();
        assert_eq!(store.silence_asked(group, &[ADA]).unwrap(), None);
    }
}
