//! Ranked people for one period (rules §2.8–11).

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use crate::domain::accounting::carried::Carried;
use crate::domain::accounting::corrections::{self, Account, Corrected, Correction};
use crate::domain::accounting::presence::{self, Blinds, SessionRules, ShortSession, Stay};
use crate::domain::accounting::ranking::{Ranker, Ranking, Standing};
use crate::domain::accounting::silence::{OwnSigns, Presence, Signs};
use crate::domain::accounting::unwatched::{Coverage, ReadTime, Watches};
use crate::domain::people::{Aliases, Profile};
use crate::domain::text;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::Period;
use crate::domain::{Instant, PeerId, Span};

/// What a board is made from. Stays and blind spans reach [`SessionRules::reach`] beyond the period on both sides.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub stays: Vec<Stay>,
    pub blinds: Blinds,
    /// The totals of days, of the old tracker or of folded stays, for every day that the stays touch.
    pub carried: Vec<Carried>,
    /// The organiser's corrections that touch these days and were not taken back, the oldest first.
    pub corrections: Vec<Correction>,
    pub profiles: BTreeMap<PeerId, Profile>,
    pub aliases: Aliases,
    /// The last instant at which the group was seen, call or no call.
    pub confirmed: Option<Instant>,
    /// When trackers watched the group.
    pub watches: Watches,
    /// The account that tracks.
    pub tracker: Option<PeerId>,
    /// Signs of life, if they decide what ranks.
    pub signs: Signs,
}

impl Record {
    /// Sets the time of reading, and adds the blind time up to then that is not stored yet.
    pub fn set_now(&mut self, now: ReadTime) {
        self.watches.now = Some(now);
        self.watches.running_blinds().into_iter().for_each(|blind| self.blinds.add(blind));
    }

    /// Whether an account's time counts at all: a bot's never does, the tracking account's depends on the policy (rules
    /// §2.11).
    pub fn counts(&self, peer: PeerId, policy: Policy) -> bool {
        let bot = self.profiles.get(&peer).is_some_and(|profile| profile.bot);
        !bot && (policy.track_self || self.tracker != Some(peer))
    }

    /// The stays that count, by person.
    pub fn stays_by_person(&self, policy: Policy) -> BTreeMap<PeerId, Vec<Stay>> {
        // First by account, so that each stay needs only one look-up.
        let mut by_account: HashMap<PeerId, Vec<Stay>> = HashMap::new();
        for stay in &self.stays {
            by_account.entry(stay.peer).or_default().push(*stay);
        }
        let mut by_person: BTreeMap<PeerId, Vec<Stay>> = BTreeMap::new();
        for (peer, mut stays) in by_account.into_iter().filter(|(peer, _)| self.counts(*peer, policy)) {
            by_person.entry(self.aliases.person(peer)).or_default().append(&mut stays);
        }
        by_person
    }

    /// The time of one person from these stays and totals, with the person's corrections.
    pub(super) fn account(&self, person: PeerId, stays: &[Stay], old: &[Carried], policy: Policy) -> Account {
        corrections::account(stays, &self.blinds, old, &self.corrected(person, policy), policy.rules)
    }

    /// The signs of life of each person.
    pub fn signs_by_person(&self) -> BTreeMap<PeerId, OwnSigns> {
        self.signs.by_person(|account| self.aliases.person(account))
    }

    /// The time of a person that counts and does not rank, because no sign of life came (rules §2.25). Time that a
    /// correction added always ranks.
    pub(super) fn silent(&self, stays: &[Stay], own: Option<&OwnSigns>, account: &Account, policy: Policy) -> SpanSet {
        if self.signs.is_empty() {
            return SpanSet::default();
        }
        let presence = Presence::of(stays, &self.blinds);
        let silent = self.signs.unranked(&presence, own.unwrap_or(&OwnSigns::default()), policy.rules.grace);
        // Folded days have no credited spans, only totals.
        let totals = account.shares.iter().filter(|share| share.carried.folded.is_some());
        let folded = SpanSet::union(totals.map(|share| share.carried.span));
        let counted = silent.meet(&account.credit.credited).without(&account.added);
        SpanSet::union(counted.iter().chain(silent.meet(&folded).iter()))
    }

    /// For each person, the time that does not rank because no sign of life came.
    pub fn silences(&self, policy: Policy) -> BTreeMap<PeerId, SpanSet> {
        let signs = self.signs_by_person();
        let people = self.people(policy).into_iter().map(|(person, (stays, carried))| {
            let account = self.account(person, &stays, &carried, policy);
            (person, self.silent(&stays, signs.get(&person), &account, policy))
        });
        people.filter(|(_, silent)| !silent.is_empty()).collect()
    }

    /// A person's corrections, combined.
    pub(super) fn corrected(&self, person: PeerId, policy: Policy) -> Corrected {
        let is_own = |one: &&Correction| self.aliases.person(one.peer) == person && self.counts(one.peer, policy);
        Corrected::of(self.corrections.iter().filter(is_own))
    }

    /// Everybody who counts and has a stay, a total of a day or a correction, with the stays and the totals.
    pub(super) fn people(&self, policy: Policy) -> BTreeMap<PeerId, (Vec<Stay>, Vec<Carried>)> {
        let stays = self.stays_by_person(policy).into_iter();
        let mut people: BTreeMap<PeerId, (Vec<Stay>, Vec<Carried>)> =
            stays.map(|(person, stays)| (person, (stays, Vec::new()))).collect();
        for one in self.carried.iter().filter(|one| self.counts(one.peer, policy)) {
            people.entry(self.aliases.person(one.peer)).or_default().1.push(*one);
        }
        for one in self.corrections.iter().filter(|one| self.counts(one.peer, policy)) {
            people.entry(self.aliases.person(one.peer)).or_default();
        }
        people
    }

    /// Whether swf or the old tracker watched any part of a span.
    pub(super) fn is_known(&self, span: Span) -> bool {
        let meets = |other: Span| !other.clip(span).is_empty();
        self.watches.spans.iter().any(|watched| meets(*watched)) || self.old_totals().any(|one| meets(one.span))
    }

    /// The totals of the old tracker, without those of folded days.
    fn old_totals(&self) -> impl Iterator<Item = &Carried> {
        self.carried.iter().filter(|one| one.folded.is_none())
    }

    /// The profile of an account; a placeholder if it is unknown.
    pub fn profile(&self, peer: PeerId) -> Profile {
        self.profiles.get(&peer).cloned().unwrap_or_else(|| Profile::unknown(peer))
    }
}

/// A row of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Ties share a rank: 1, 2, 2, 4. In bands, each band begins with 1.
    pub rank: usize,
    /// The account that stands for the person.
    pub profile: Profile,
    /// Credited seconds in the period.
    pub seconds: i64,
    /// The part of `seconds` that was proved, not observed.
    pub proved_seconds: i64,
    /// A stay that began before the end of the period is open.
    pub in_call: bool,
    /// What decides the rank in addition to `seconds`.
    pub standing: Standing,
}

impl Entry {
    /// The seconds that count for the rank and for titles: `seconds` without what is above the cap of its day, and
    /// without long silences.
    pub fn ranked_seconds(&self) -> i64 {
        self.seconds - self.standing.unranked_seconds
    }

    /// The order of rows that share a rank: by name, then by id.
    pub(super) fn by_name(&self, other: &Entry) -> Ordering {
        let names = [self, other].map(|entry| entry.profile.sort_name().to_lowercase());
        names[0].cmp(&names[1]).then(self.profile.peer.cmp(&other.profile.peer))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    pub period: Period,
    /// Ordered by rank; with bands, by band and rank. People without credited time have no row.
    pub entries: Vec<Entry>,
    /// The last confirmed instant that the board counts up to; `None` if the group was never seen.
    pub as_of: Option<Instant>,
    /// The board can't change any more (rules §2.15).
    pub is_final: bool,
    /// Seconds of the period in which a call ran and could not be seen.
    pub blind_seconds: i64,
    /// Seconds of the period in which no tracker watched the group: whether a call ran is not known (rules §2.16).
    pub unwatched_seconds: i64,
    /// Why the board has no rows; `Watched` if it has some.
    pub coverage: Coverage,
    /// The first instant at which a tracker watched the group, if a part of the period lies before it.
    pub watched_since: Option<Instant>,
    /// The organiser's corrections change what counts.
    pub is_corrected: bool,
}

impl Board {
    /// How many people have a row.
    pub fn people(&self) -> usize {
        self.entries.len()
    }

    pub fn total_seconds(&self) -> i64 {
        self.entries.iter().map(|entry| entry.seconds).sum()
    }

    /// The sum of the times as the rows show them: each is rounded down, and so is their total (rules §2.10).
    pub fn shown_seconds(&self) -> i64 {
        self.entries.iter().map(|entry| text::shown_seconds(entry.seconds)).sum()
    }
}

/// How a board is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub rules: SessionRules,
    /// Whether the tracking account is on the board.
    pub track_self: bool,
}

/// The board of a period by hours. It ends at `until` if that is before the period's end: the week and the month of a
/// late post end with the post's day.
pub fn board(period: Period, until: Instant, record: &Record, policy: Policy) -> Board {
    ranked_board(period, until, record, policy, Ranking::HOURS)
}

/// As [`board`], but ranked by `ranking`. The record must reach back to [`Ranking::from`].
pub fn ranked_board(period: Period, until: Instant, record: &Record, policy: Policy, ranking: Ranking) -> Board {
    let mut board = BoardMaker::new(period, until, record, policy, ranking);
    record.stays_by_person(policy).iter().for_each(|(person, stays)| board.add(*person, stays));
    board.finish()
}

/// Makes a board from one person after the other, so that not all stays of a long period are in memory at once.
pub struct BoardMaker<'a> {
    period: Period,
    window: Span,
    /// The stays of the record are not used: see [`BoardMaker::add`].
    record: &'a Record,
    policy: Policy,
    ranker: Ranker,
    /// The totals of the people who were not added yet. A person who only has a correction is in it without a total.
    carried: BTreeMap<PeerId, Vec<Carried>>,
    signs: BTreeMap<PeerId, OwnSigns>,
    /// Each row with the person's pace.
    rows: Vec<(Entry, i64)>,
    /// The sessions that may still pass the gate.
    short: Vec<ShortSession>,
    is_corrected: bool,
}

impl<'a> BoardMaker<'a> {
    pub fn new(period: Period, until: Instant, record: &'a Record, policy: Policy, ranking: Ranking) -> BoardMaker<'a> {
        let window = Span::new(period.span.from, period.span.to.min(until));
        let mut carried: BTreeMap<PeerId, Vec<Carried>> = BTreeMap::new();
        for one in record.carried.iter().filter(|one| record.counts(one.peer, policy)) {
            carried.entry(record.aliases.person(one.peer)).or_default().push(*one);
        }
        for one in record.corrections.iter().filter(|one| record.counts(one.peer, policy)) {
            carried.entry(record.aliases.person(one.peer)).or_default();
        }
        let ranker = Ranker::new(ranking, period, window, record.confirmed, |span| record.is_known(span));
        let (rows, short, signs) = (Vec::new(), Vec::new(), record.signs_by_person());
        BoardMaker { period, window, record, policy, ranker, carried, signs, rows, short, is_corrected: false }
    }

    /// Adds a person with the stays of all accounts that count; each person once.
    pub fn add(&mut self, person: PeerId, stays: &[Stay]) {
        let carried = self.carried.remove(&person).unwrap_or_default();
        let account = self.record.account(person, stays, &carried, self.policy);
        self.is_corrected |= account.is_corrected(self.window);
        let silent = self.record.silent(stays, self.signs.get(&person), &account, self.policy);
        let Account { credit, shares, .. } = account;
        let inside = || shares.iter().filter(|share| share.is_in(self.window));
        let seconds = credit.credited.clip(self.window).seconds() + inside().map(|share| share.counted).sum::<i64>();
        if seconds > 0 {
            let (standing, pace) = self.ranker.standing(&credit.credited, &silent, &shares, seconds);
            let entry = Entry {
                rank: 0,
                profile: self.record.profile(person),
                seconds,
                proved_seconds: credit.proved.clip(self.window).seconds()
                    + inside().map(|share| share.proved()).sum::<i64>(),
                in_call: stays.iter().any(|stay| stay.open && stay.span.from < self.window.to),
                standing,
            };
            self.rows.push((entry, pace));
        }
        self.short.extend(credit.short);
    }

    pub fn finish(mut self) -> Board {
        while let Some(person) = self.carried.keys().next().copied() {
            self.add(person, &[]);
        }
        let BoardMaker { period, window, record, policy, ranker, rows, short, is_corrected, .. } = self;
        let entries = ranker.rank(rows);
        let unseen = record.watches.unseen(window, &record.blinds);
        let coverage = if entries.is_empty() { record.watches.coverage(window, &unseen) } else { Coverage::Watched };
        let undecided = matches!(coverage, Coverage::BeforeFirst(_) | Coverage::Ahead);
        // Totals of the old tracker in the period show that it watched before swf did.
        let is_carried = record.old_totals().any(|one| !one.span.clip(window).is_empty());
        Board {
            period,
            entries,
            as_of: record.confirmed,
            is_final: !undecided && presence::is_final(window.to, record.confirmed, policy.rules, short),
            blind_seconds: unseen.blind.seconds(),
            unwatched_seconds: unseen.unwatched.seconds(),
            coverage,
            watched_since: record.watches.since(window).filter(|_| !is_carried),
            is_corrected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CallId;
    use crate::domain::time::period::{Calendar, Scope};
    use crate::domain::time::zone::Zone;

    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };

    fn day(text: &str) -> Period {
        Period::of(Scope::Day, text.parse().unwrap(), Zone::TASHKENT, Calendar::default())
    }

    fn stay(peer: i64, from: Instant, seconds: i64) -> Stay {
        Stay { call: CallId(1), peer: PeerId(peer), span: Span::new(from, from + seconds), open: false }
    }

    fn named(peer: i64, name: &str) -> (PeerId, Profile) {
        let peer = PeerId(peer);
        (peer, Profile { name: name.into(), ..Profile::unknown(peer) })
    }

    #[test]
    fn ties_share_a_rank_and_stand_by_name() {
        let period = day("2026-11-22");
        let start = period.span.from + 3600;
        let record = Record {
            stays: vec![stay(1, start, 500), stay(2, start, 700), stay(3, start, 700), stay(4, start, 900)],
            profiles: [named(1, "Dora"), named(2, "bob"), named(3, "Ada"), named(4, "Zoe")].into(),
            ..Record::default()
        };
        let board = board(period, period.span.to, &record, POLICY);
        let rows: Vec<_> = board.entries.iter().map(|entry| (entry.rank, entry.profile.name.as_str())).collect();
        assert_eq!(rows, [(1, "Zoe"), (2, "Ada"), (2, "bob"), (4, "Dora")]);
    }

    #[test]
    fn the_gate_applies_to_the_session_before_midnight_cuts_it() {
        let (first, second) = (day("2026-11-21"), day("2026-11-22"));
        let record = Record { stays: vec![stay(1, second.span.from - 180, 600)], ..Record::default() };
        let seconds = |period: Period| board(period, period.span.to, &record, POLICY).total_seconds();
        assert_eq!((seconds(first), seconds(second)), (180, 420));
    }

    #[test]
    fn a_participant_who_joined_after_the_period_is_not_in_call_on_its_board() {
        let (first, second) = (day("2026-11-21"), day("2026-11-22"));
        let mut back = stay(1, second.span.from + 600, 900);
        back.open = true;
        let record = Record { stays: vec![stay(1, first.span.from, 500), back], ..Record::default() };
        let in_call = |period: Period| board(period, Instant(i64::MAX), &record, POLICY).entries[0].in_call;
        assert_eq!((in_call(first), in_call(second)), (false, true));
        // A participant who joined before the end is in the call on its board.
        back.span.from = second.span.from - 1;
        let record = Record { stays: vec![stay(1, first.span.from, 500), back], ..Record::default() };
        assert!(board(first, Instant(i64::MAX), &record, POLICY).entries[0].in_call);
    }

    /// Rules §2.16. The old tracker watched before the first start.
    #[test]
    fn a_board_that_began_before_the_first_start_says_so_unless_the_old_tracker_watched_then() {
        let period = day("2026-11-22");
        let start = period.span.from + 3600;
        let watches =
            Watches { first: Some(start), spans: vec![Span::new(start, period.span.to)], ..Watches::default() };
        let record = Record { stays: vec![stay(1, start, 500)], watches, ..Record::default() };
        let made = board(period, period.span.to, &record, POLICY);
        assert_eq!((made.watched_since, made.unwatched_seconds), (Some(start), 0));
        let carried =
            Carried { peer: PeerId(2), day: period.first, span: period.span, until: start, seconds: 60, folded: None };
        let record = Record { carried: vec![carried], ..record };
        assert_eq!(board(period, period.span.to, &record, POLICY).watched_since, None);
    }

    /// During an outage, other processes report the blind span before it is stored.
    #[test]
    fn a_running_blind_span_is_on_the_board_as_long_as_the_tracker_lives() {
        let period = day("2026-11-22");
        let [start, seen, now] = [0, 3600, 5000].map(|after| period.span.from + after);
        let watches = Watches {
            first: Some(start),
            spans: vec![Span::new(start, seen)],
            open_call: Some((CallId(1), seen)),
            ..Watches::default()
        };
        let open = Stay { open: true, ..stay(1, start, 3600) };
        let record = Record { stays: vec![open], watches, confirmed: Some(seen), ..Record::default() };
        let times = |tracked_since| {
            let mut record = record.clone();
            record.set_now(ReadTime { at: now, tracked_since });
            let board = board(period, Instant(i64::MAX), &record, POLICY);
            assert_eq!((board.total_seconds(), board.is_final), (3600, false));
            (board.blind_seconds, board.unwatched_seconds)
        };
        assert_eq!((times(Some(start)), times(None)), ((1400, 0), (0, 1400)));
    }

    #[test]
    fn bots_never_appear_and_the_tracker_only_if_it_counts() {
        let period = day("2026-11-22");
        let mut record = Record {
            stays: vec![stay(1, period.span.from, 500), stay(2, period.span.from, 500)],
            profiles: [named(1, "Bot"), named(2, "Me")].into(),
            tracker: Some(PeerId(2)),
            ..Record::default()
        };
        record.profiles.get_mut(&PeerId(1)).unwrap().bot = true;
        let people = |policy| board(period, period.span.to, &record, policy).people();
        assert_eq!(people(POLICY), 1);
        assert_eq!(people(Policy { track_self: false, ..POLICY }), 0);
    }
}
