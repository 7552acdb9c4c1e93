//! How a group is doing (rules §5.12), computed from the store: adds up everybody's days, one person after the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::{boards, people};
use crate::config::GroupSettings;
use crate::domain::accounting::carried::Carried;
use crate::domain::accounting::days::{GroupDays, PersonDays};
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::presence::Stay;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::forgotten::is_forgotten_id;
use crate::domain::pulse::measures::Member;
use crate::domain::pulse::weekly::{self, Due};
use crate::domain::pulse::weeks::{Seen, judge, weeks_until};
use crate::domain::pulse::{
    COMPARED_WEEKS, Comparison, MAX_WEEKS_AROUND, Measurer, Pulse, STREAK_STEPS, Summary, WEEKS, Week, WeekLine,
};
use crate::domain::rights::GroupRights;
use crate::domain::time::period::{Period, Scope, date_back, iso, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::store::{ChangedSetting, GroupKey, GroupRow, Store};

/// The report about the last `count` weeks that are over.
pub fn pulse(store: &Store, settings: &GroupSettings, group: GroupKey, count: u32, now: ReadTime) -> Result<Pulse> {
    let _snapshot = store.read_snapshot()?;
    let all = All::read(store, settings, group, now)?;
    let weeks = all.judged(&weeks_until(all.last_over(), count + 1, settings.zone, settings.calendar));
    let mut measurer = [all.measurer(weeks)];
    all.add_people(&mut measurer)?;
    let [measurer] = measurer;
    let (weeks, measures) = measurer.finish();
    let whole = weeks.first().zip(weeks.last()).map(|(first, last)| Span::new(first.span.from, last.span.to));
    let decided = || all.rights.people().filter(|(person, _)| !is_forgotten_id(*person));
    let hiding = decided().filter(|(person, rights)| rights.hidden && all.rights.is_counted(*person)).count();
    let is_within = |at| whole.is_some_and(|whole| whole.from <= at && at < whole.to);
    let left = decided().filter(|(_, rights)| rights.left.is_some_and(is_within)).count();
    Ok(Pulse::of(weeks, &measures, hiding, left))
}

/// Compares the nearest four weeks that count before the week of `date` with those after it. If that week begins on
/// `date`, it is one of those after. Also returns which settings were changed in these weeks.
///
/// # Errors
/// The date is later than today (2).
pub fn comparison(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    date: NaiveDate,
    now: ReadTime,
) -> Result<(Comparison, Vec<ChangedSetting>)> {
    let today = local_date(settings.zone, now.at);
    if date > today {
        return Err(Error::usage(format!("--around {date} is later than today, {today}"))
            .hint("Give the day of a change in the past, e.g. --around 2026-11-02 or --around -30."));
    }
    let _snapshot = store.read_snapshot()?;
    let all = All::read(store, settings, group, now)?;
    let (zone, calendar) = (settings.zone, settings.calendar);
    let change = Period::of(Scope::Week, date, zone, calendar);
    let before = weeks_until(date_back(Scope::Week, date, calendar, 1), MAX_WEEKS_AROUND + 1, zone, calendar);
    let mut before = all.judged(&before);
    let first_after = if change.first == date { change.first } else { next_day(change.last) };
    let last_over = all.last_over();
    let after: Vec<Period> = std::iter::successors(Some(first_after), |first| first.checked_add_days(Days::new(7)))
        .take(MAX_WEEKS_AROUND as usize)
        .take_while(|first| *first <= last_over)
        .map(|first| Period::of(Scope::Week, first, zone, calendar))
        .collect();
    let lead = Period::of(Scope::Week, date_back(Scope::Week, first_after, calendar, 1), zone, calendar);
    let mut after = all.judged(&[vec![lead], after].concat());
    // The first week of each list is only there for comparison, and is not reported.
    let reported = |weeks: &[Week]| {
        weeks.iter().enumerate().skip(1).filter(|(_, week)| week.counts()).map(|(at, _)| at).collect::<Vec<_>>()
    };
    if let Some(first) = reported(&before).iter().rev().nth(COMPARED_WEEKS - 1) {
        before.drain(..first - 1);
    }
    if let Some(last) = reported(&after).get(COMPARED_WEEKS - 1) {
        after.truncate(last + 1);
    }
    let mut both = [all.measurer(before), all.measurer(after)];
    all.add_people(&mut both)?;
    let [(before, of_before), (after, of_after)] = both.map(Measurer::finish);
    let from = before.first().map_or(change.span.from, |week| week.span.from);
    let to = after.last().map_or(change.span.to, |week| week.span.to);
    let changes = store.changed_settings(group, Span::new(from, to))?;
    Ok((Comparison::of((before, &of_before), (after, &of_after)), changes))
}

/// The Monday whose message may be sent now, and when the next one is due; `None` for a group without (`SWF_PULSE`).
pub fn weekly(settings: &GroupSettings, now: Instant) -> Option<(Option<Due>, Option<Instant>)> {
    let timetable = &settings.timetable;
    settings.pulse.then(|| (weekly::due(timetable, now), weekly::next(timetable, now)))
}

/// The text of the message that is due; `None` if that Monday's message is stored already.
pub fn compose_weekly(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    due: Due,
    now: ReadTime,
) -> Result<Option<String>> {
    if store.has_pulse(group.key, due.monday)? {
        return Ok(None);
    }
    let pulse = pulse(store, settings, group.key, WEEKS, now)?;
    Ok(Some(weekly::message(&pulse, &group.title, settings.language.page())))
}

fn next_day(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(date)
}

/// The data of a group that is the same for all people.
struct All<'a> {
    store: &'a Store,
    settings: &'a GroupSettings,
    group: GroupKey,
    /// From the first known day to today.
    period: Period,
    window: Span,
    /// With the index, only the stays that have not ended.
    record: Record,
    has_index: bool,
    rights: GroupRights,
    calls: Vec<Span>,
    carried_dates: BTreeSet<NaiveDate>,
}

impl<'a> All<'a> {
    fn read(store: &'a Store, settings: &'a GroupSettings, group: GroupKey, now: ReadTime) -> Result<All<'a>> {
        let period = boards::all_time(store, settings, group, now.at)?;
        let reach = settings.policy.rules.reach();
        let window = Span::new(period.span.from - reach, period.span.to + reach);
        let has_index = store.has_person_index()?;
        let mut record = if has_index {
            boards::record_of_open_stays(store, settings, group, window)?
        } else {
            boards::record(store, settings, group, window)?
        };
        record.set_now(now);
        let rights = store.rights(group, settings.audience, &settings.aliases)?;
        let (calls, carried_dates) = (store.calls(group)?, store.carried_dates(group)?);
        Ok(All { store, settings, group, period, window, record, has_index, rights, calls, carried_dates })
    }

    /// A date in the last week that is over.
    fn last_over(&self) -> NaiveDate {
        date_back(Scope::Week, self.period.last, self.settings.calendar, 1)
    }

    fn judged(&self, weeks: &[Period]) -> Vec<Week> {
        let seen = Seen {
            record: &self.record,
            calls: &self.calls,
            carried: &self.carried_dates,
            paused: &self.settings.pauses,
            rules: self.settings.policy.rules,
            active_seconds: self.settings.ranking.active_seconds,
        };
        judge(weeks, self.settings.zone, self.settings.calendar, &seen)
    }

    fn measurer(&self, weeks: Vec<Week>) -> Measurer {
        Measurer::new(weeks, self.settings.zone, self.settings.ranking.active_seconds)
    }

    /// People who have left, were forgotten or have not agreed are in no number.
    fn is_counted(&self, person: PeerId) -> bool {
        !is_forgotten_id(person) && self.rights.is_counted(person) && self.record.counts(person, self.settings.policy)
    }

    fn add_people(&self, measurers: &mut [Measurer]) -> Result<()> {
        let policy = self.settings.policy;
        let days = people::local_days(self.settings, self.period.first, self.period.last);
        let group_days =
            GroupDays::new(&self.record, policy, &days, &self.calls, &self.carried_dates, &self.settings.pauses);
        let mut carried: BTreeMap<PeerId, Vec<Carried>> = BTreeMap::new();
        for one in self.record.carried.iter().filter(|one| self.record.counts(one.peer, policy)) {
            carried.entry(self.record.aliases.person(one.peer)).or_default().push(*one);
        }
        // People with corrections, who may have no stay.
        for one in self.record.corrections.iter().filter(|one| self.record.counts(one.peer, policy)) {
            carried.entry(self.record.aliases.person(one.peer)).or_default();
        }
        let mut add = |person: PeerId, stays: &[Stay], carried: &[Carried]| {
            if self.is_counted(person) {
                let accounts = self.record.aliases.accounts(person);
                let person: PersonDays = group_days.of(&accounts, stays, carried);
                measurers.iter_mut().for_each(|measurer| measurer.add(&person));
            }
        };
        if self.has_index {
            boards::by_person(self.store, self.settings, self.group, self.window, &self.record, |person, _, stays| {
                add(person, stays, &carried.remove(&person).unwrap_or_default());
            })?;
        } else {
            for (person, stays) in self.record.stays_by_person(policy) {
                add(person, &stays, &carried.remove(&person).unwrap_or_default());
            }
        }
        for (person, carried) in carried {
            add(person, &[], &carried);
        }
        Ok(())
    }
}

fn week_json(week: &Week) -> Value {
    json!({
        "first": week.first.to_string(),
        "last": week.last.to_string(),
        "left_out": week.left_out.map(|reason| reason.code()),
    })
}

fn line_json(line: &WeekLine) -> Value {
    let mut json = week_json(&line.week);
    json["people"] = json!(line.people);
    json["regulars"] = json!(line.regulars);
    json["hours"] = json!(line.hours);
    json
}

fn summary_json(summary: &Summary) -> Value {
    let came_again =
        Member::ALL.iter().zip(summary.came_again).map(|(kind, share)| (kind.code().to_owned(), json!(share)));
    let reaching = STREAK_STEPS.iter().zip(summary.reaching).map(|(days, share)| (days.to_string(), json!(share)));
    json!({
        "weeks": summary.weeks,
        "people": summary.people,
        "regulars": summary.regulars,
        "hours": summary.hours,
        "came_again_percent": came_again.collect::<serde_json::Map<_, _>>(),
        "streaks": summary.streaks,
        "median_streak_days": summary.median_streak,
        "streaks_reaching_percent": reaching.collect::<serde_json::Map<_, _>>(),
        "top_tenth_percent": summary.top_tenth,
        "night_percent": summary.night,
    })
}

/// A report as JSON. A number that may not be shown is null.
pub fn to_json(pulse: &Pulse) -> Value {
    json!({
        "weeks": pulse.lines.iter().map(line_json).collect::<Vec<_>>(),
        "summary": summary_json(&pulse.summary),
        "hiding": pulse.hiding,
        "left": pulse.left,
    })
}

/// A comparison as JSON.
pub fn comparison_json(date: NaiveDate, comparison: &Comparison, changes: &[ChangedSetting], zone: Zone) -> Value {
    let side = |(weeks, summary): &(Vec<Week>, Summary)| json!({ "weeks": weeks.iter().map(week_json).collect::<Vec<_>>(), "summary": summary_json(summary) });
    let changes = changes.iter().map(|ChangedSetting { at, name, before, after }| {
        json!({ "at": iso(zone, *at), "name": name, "before": before, "after": after })
    });
    json!({
        "around": date.to_string(),
        "before": side(&comparison.before),
        "after": side(&comparison.after),
        "changed_settings": changes.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::rights::Decision;
    use crate::domain::roster::{BlindReason, End, Fact, Observed};
    use crate::domain::{CallId, Instant};
    use crate::store::Access;

    const DAY: i64 = 86_400;
    /// Monday 2026-01-05 in Tashkent.
    const FIRST: Instant = Instant(1_767_553_200);
    const WEEKS: i64 = 10;
    const PEOPLE: i64 = 24;

    struct World {
        _folder: tempfile::TempDir,
        store: Store,
        group: GroupKey,
        config: Config,
        now: ReadTime,
    }

    /// Ten weeks of a group with a call each evening. Person n comes on the first n % 7 days of each week, for half an
    /// hour; the last five people come only from the sixth week on. The week with index `unseen` is blind.
    fn world(unseen: Option<i64>) -> World {
        let mut facts = Vec::new();
        for day in 0..7 * WEEKS {
            let (call, from) = (CallId(day + 1), FIRST + day * DAY + 68_400);
            facts.push(Fact::Following { call, at: from });
            if unseen == Some(day / 7) {
                let span = Span::new(from, from + 3600);
                facts.push(Fact::Blind { call, peer: None, span, reason: BlindReason::Offline });
            } else {
                for peer in (1..=PEOPLE).filter(|peer| day % 7 < peer % 7 && (*peer <= PEOPLE - 5 || day >= 35)) {
                    let peer = PeerId(peer);
                    facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
                    facts.push(Fact::Closed { call, peer, from, to: from + 1800, end: End::Left });
                }
            }
            facts.push(Fact::Confirmed { call, at: from + 3600 });
            facts.push(Fact::Ended { call, at: from + 3600, watched: true });
        }
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(PeerId(-1), None, "Study Hall", None, PeerId(999)).unwrap();
        let now = FIRST + 7 * WEEKS * DAY + 7200;
        let seen = Observed { facts, watched: Some(Span::new(FIRST, now)), ..Observed::new(now) };
        store.record(group, &seen, &[]).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        World { _folder: folder, store, group, config, now: ReadTime { at: now, tracked_since: None } }
    }

    impl World {
        fn pulse(&self, weeks: u32) -> Pulse {
            pulse(&self.store, self.config.group(), self.group, weeks, self.now).unwrap()
        }

        fn compared(&self, date: &str) -> Comparison {
            comparison(&self.store, self.config.group(), self.group, date.parse().unwrap(), self.now).unwrap().0
        }

        fn decide(&mut self, person: i64, decision: &Decision, at: Instant) {
            let settings = self.config.group();
            let rights = self.store.rights(self.group, settings.audience, &[]).unwrap();
            let decided = rights.of(PeerId(person)).cloned().unwrap_or_default().with(decision, settings.audience, at);
            self.store.decide(self.group, &[PeerId(person)], &decided).unwrap();
        }
    }

    #[test]
    fn a_pulse_of_the_store_is_the_same_with_the_index_and_without() {
        let mut world = world(None);
        let reports = |world: &World| (world.pulse(8), world.pulse(104), world.compared("2026-02-09"));
        let before = reports(&world);
        // In the last week: people 1 to 24 without the three multiples of 7.
        assert_eq!(before.0.last().map(|line| (line.people, line.regulars)), Some((Some(21), Some(13))));
        // In the first week of the report: people 1 to 19 without the two multiples of 7.
        assert_eq!(before.0.lines[0].people, Some(17));
        // Weeks before swf was in use are left out; the first week was watched from its beginning.
        assert_eq!(before.1.summary.weeks, WEEKS as usize);
        let sides = [&before.2.before, &before.2.after].map(|(weeks, summary)| (weeks.len(), summary.people));
        assert_eq!(sides, [(4, Some(17)), (4, Some(21))]);
        world.store.build_person_index(|| true).unwrap();
        assert_eq!(reports(&world), before);
    }

    #[test]
    fn a_week_that_was_not_seen_is_said_and_skipped() {
        let world = world(Some(6));
        let left_out = |weeks: &[Week]| weeks.iter().filter_map(|week| Some(week.left_out?.code())).collect::<Vec<_>>();
        let pulse = world.pulse(8);
        assert_eq!(pulse.summary.weeks, 7);
        assert_eq!(left_out(&pulse.lines.iter().map(|line| line.week).collect::<Vec<_>>()), ["blind"]);
        // The date is in the fifth week; the seventh is the blind one.
        let Comparison { before, after } = world.compared("2026-02-04");
        assert_eq!((before.0.len(), left_out(&before.0).len()), (4, 0));
        assert_eq!((after.0.len(), left_out(&after.0)), (5, vec!["blind"]));
        assert_eq!((before.1.weeks, after.1.weeks), (4, 4));
        assert_eq!(after.0[0].first.to_string(), "2026-02-09");
    }

    #[test]
    fn who_hides_counts_and_who_left_is_only_counted_as_left() {
        let mut world = world(None);
        let at = FIRST + 60 * DAY;
        for person in [1, 2, 3, 4] {
            world.decide(person, &Decision::Hide, at);
            world.decide(person + 7, &Decision::Leave, at);
        }
        let pulse = world.pulse(8);
        assert_eq!((pulse.hiding, pulse.left), (None, None));
        assert_eq!(pulse.last().unwrap().people, Some(17));
        world.decide(5, &Decision::Hide, at);
        world.decide(12, &Decision::Leave, at);
        let pulse = world.pulse(8);
        assert_eq!((pulse.hiding, pulse.left), (Some(5), Some(5)));
        assert_eq!((pulse.last().unwrap().people, pulse.lines[0].people), (Some(16), Some(12)));
        // All of them left before the two weeks that this report reads.
        assert_eq!(world.pulse(1).left, None);
        world.decide(12, &Decision::Return, at);
        // The person's earlier stays are in the numbers again.
        assert_eq!((world.pulse(8).left, world.pulse(8).lines[0].people), (None, Some(13)));
    }

    #[test]
    fn a_date_that_lies_ahead_is_refused() {
        let world = world(None);
        let ahead = "2026-03-17".parse().unwrap();
        let error = comparison(&world.store, world.config.group(), world.group, ahead, world.now).unwrap_err();
        assert!(error.message().contains("--around 2026-03-17 is later than today, 2026-03-16"), "{}", error.message());
        // The weeks after a change of today are not over yet.
        assert_eq!(world.compared("2026-03-16").after.1.weeks, 0);
    }

    #[test]
    fn a_comparison_names_the_settings_that_were_changed_in_its_weeks() {
        let mut world = world(None);
        let logged = |top: Option<&str>| BTreeMap::from([("SWF_TOP", top.map(str::to_owned))]);
        for (day, top) in [(0, None), (3, Some("5")), (36, Some("20")), (69, Some("3"))] {
            world.store.log_settings(world.group, &logged(top), FIRST + day * DAY).unwrap();
        }
        let settings = world.config.group();
        let changed = |date: &str| {
            let date = date.parse().unwrap();
            let (comparison, changes) = comparison(&world.store, settings, world.group, date, world.now).unwrap();
            let json = comparison_json(date, &comparison, &changes, settings.zone);
            assert_eq!(json["changed_settings"].as_array().unwrap().len(), changes.len());
            changes.into_iter().map(|change| (change.before, change.after)).collect::<Vec<_>>()
        };
        let change = |before: &str, after: &str| (Some(before.to_owned()), Some(after.to_owned()));
        // The comparison covers weeks 2 to 9.
        assert_eq!(changed("2026-02-09"), [change("5", "20")]);
        assert_eq!(changed("2026-01-12"), [(None, Some("5".to_owned()))]);
    }

    #[test]
    fn json_has_null_for_what_is_not_shown() {
        let json = to_json(&world(None).pulse(8));
        assert_eq!((&json["weeks"][0]["people"], &json["hiding"]), (&json!(17), &Value::Null));
        let came_again = &json["summary"]["came_again_percent"];
        assert_eq!((&came_again["current"], &came_again["returned"]), (&json!(100), &Value::Null));
        assert_eq!(json["summary"]["streaks_reaching_percent"].as_object().unwrap().len(), STREAK_STEPS.len());
    }
}
