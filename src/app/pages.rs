//! The data of the web pages, read from one state of the store: boards, the current call, a person.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::people::{self, Achieved, History};
use super::{boards, pulse};
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::{Board, Record, ranked_board};
use crate::domain::accounting::presence::Stay;
use crate::domain::accounting::receipt::{Reason, Receipt, receipt};
use crate::domain::accounting::streak::Day;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::Profile;
use crate::domain::pulse::{self as pulses, Pulse};
use crate::domain::text::clean;
use crate::domain::time::period::{Calendar, Period, Scope, date_back, local_date};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{GroupRow, Store};
use crate::web::pages::address::{Look, ONLY_GROUP, When};
use crate::web::pages::data::{
    BoardData, CallData, CallState, ChartDay, ChartWeek, DayStays, Head, PersonData, Present, Rules,
};

/// How many weeks the chart of a person's last weeks has.
pub(super) const WEEKS: u32 = 12;
/// The chart of the last twelve months begins with the week of the day that is so many days before today.
const CHART_DAYS: u64 = 364;

/// The name of a group in addresses.
pub fn name(settings: &GroupSettings) -> &str {
    settings.label.as_deref().unwrap_or(ONLY_GROUP)
}

/// `title` is the group's, as it came from Telegram.
pub fn head(settings: &GroupSettings, title: &str) -> Head {
    let title = clean(title);
    Head {
        name: name(settings).to_owned(),
        title: if title.is_empty() { name(settings).to_owned() } else { title },
        zone: settings.zone,
        calendar: settings.calendar,
        language: settings.language,
    }
}

pub fn rules(settings: &GroupSettings) -> Rules {
    Rules { gate: settings.policy.rules.gate, grace: settings.policy.rules.grace }
}

/// A group in one state of the store, at one time. The caller holds a [`Store::read_snapshot`].
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub store: &'a Store,
    pub settings: &'a GroupSettings,
    pub group: &'a GroupRow,
    pub now: ReadTime,
}

impl Reading<'_> {
    pub fn today(&self) -> NaiveDate {
        local_date(self.settings.zone, self.now.at)
    }

    fn period_of(&self, scope: Scope, date: NaiveDate) -> Period {
        Period::of(scope, date, self.settings.zone, self.settings.calendar)
    }

    /// The period that an address means.
    pub fn period(&self, when: When) -> Result<Period> {
        Ok(match when {
            When::Current(scope) => self.period_of(scope, self.today()),
            When::Holding(scope, date) => self.period_of(scope, date),
            When::AllTime => boards::all_time(self.store, self.settings, self.group.key, self.now.at)?,
            When::Range(from, to) => Period::between(Scope::Range, from, to, self.settings.zone),
        })
    }

    /// The board with links to the periods before and after it, except periods that have not begun or are before the
    /// first known day.
    pub fn board(&self, when: When) -> Result<BoardData> {
        let period = self.period(when)?;
        let board = boards::board_of(self.store, self.settings, self.group.key, period, self.now)?;
        let (earlier, later) = match period.scope {
            Scope::AllTime | Scope::Range => (None, None),
            scope => {
                let known = self.first_day()?;
                let around = |date: Option<NaiveDate>| date.map(|date| self.period_of(scope, date));
                let earlier = around(period.first.pred_opt()).filter(|earlier| earlier.last >= known);
                let later = around(period.last.succ_opt()).filter(|later| later.first <= self.today());
                (earlier.map(When::of), later.map(When::of))
            }
        };
        Ok(BoardData { board, when: When::of(period), earlier, later })
    }

    /// The first day of which the store has data; today if it has none.
    pub fn first_day(&self) -> Result<NaiveDate> {
        let group = self.group.key;
        let instants = [self.store.first_watched(group)?, self.store.extent(group)?.map(|stays| stays.from)];
        let dates = instants.into_iter().flatten().map(|at| local_date(self.settings.zone, at));
        let carried = self.store.carried_days(group)?.map(|(first, _)| first);
        let folded = self.store.folded_days(group)?.map(|(first, _)| first);
        let corrected = self.store.corrected_extent(group)?.map(|span| local_date(self.settings.zone, span.from));
        Ok(dates.chain(carried).chain(folded).chain(corrected).min().unwrap_or_else(|| self.today()))
    }

    /// The data from which boards and receipts of a period are made.
    fn record(&self, period: Period) -> Result<Record> {
        let reach = self.settings.policy.rules.reach();
        let window = Span::new(self.settings.ranking.from(period) - reach, period.span.to + reach);
        let mut record = boards::record(self.store, self.settings, self.group.key, window)?;
        record.set_now(self.now);
        Ok(record)
    }

    fn ranked(&self, period: Period, record: &Record) -> Board {
        ranked_board(period, Instant(i64::MAX), record, self.settings.policy, self.settings.ranking)
    }

    /// The current call, and today's board.
    pub fn call(&self) -> Result<CallData> {
        let today = self.period_of(Scope::Day, self.today());
        let record = self.record(today)?;
        let board = self.ranked(today, &record);
        let is_blind = record.watches.running_blinds().iter().any(|blind| blind.span.to == self.now.at);
        let state = match record.watches.open_call {
            _ if self.now.tracked_since.is_none() => CallState::NotTracked(record.confirmed),
            Some((_, seen)) if is_blind => CallState::Unseen(seen),
            Some(_) => CallState::Running,
            None => CallState::NoCall,
        };
        let is_known = matches!(state, CallState::Running | CallState::Unseen(_));
        let present = if is_known { self.present(&record, &board) } else { Vec::new() };
        Ok(CallData { state, present })
    }

    /// How the group is doing, as in `swf pulse`.
    pub fn pulse(&self) -> Result<Pulse> {
        pulse::pulse(self.store, self.settings, self.group.key, pulses::WEEKS, self.now)
    }

    /// The people in the call. Of a person with several accounts in it, the account that joined first counts.
    fn present(&self, record: &Record, today: &Board) -> Vec<Present> {
        let call = record.watches.open_call.map(|(call, _)| call);
        let seconds = |person| {
            let entry = today.entries.iter().find(|entry| entry.profile.peer == person);
            entry.map_or(0, |entry| entry.seconds)
        };
        let of = |(person, stays): (PeerId, Vec<Stay>)| {
            let open = stays.iter().filter(|stay| stay.open && Some(stay.call) == call);
            let first = open.min_by_key(|stay| stay.span.from)?;
            let (since, stay) = (first.span.from, first.span.seconds());
            Some(Present { profile: record.profile(person), since, stay, today: seconds(person) })
        };
        let mut present: Vec<Present> =
            record.stays_by_person(self.settings.policy).into_iter().filter_map(of).collect();
        present.sort_by_key(|present| (present.since, present.profile.peer));
        present
    }

    /// The person to whom an account belongs; `None` if the group has no such account, or it does not count.
    pub fn person(&self, account: PeerId) -> Result<Option<Person>> {
        let known = people::known(self.store, self.settings, self.group.key)?;
        let person = known.aliases.person(account);
        let accounts = known.aliases.accounts(person);
        let is_known = accounts.iter().any(|account| known.profiles.contains_key(account));
        let counts = known.counts(person, self.settings.policy);
        Ok((is_known && counts).then_some(Person { person, accounts, known }))
    }

    /// A person's history, and the receipt of a day: the requested day, else the last day with any time, else today.
    pub fn history(&self, person: &Person, look: Look) -> Result<PersonReading> {
        let today = self.today();
        let (first, last) = self.chart_dates(look.year);
        let weeks: Vec<Period> = (0..WEEKS)
            .rev()
            .map(|back| self.period_of(Scope::Week, date_back(Scope::Week, today, self.settings.calendar, back)))
            .collect();
        let from = weeks.first().map_or(first, |week| week.first.min(first)).min(today);
        let history = people::history(
            self.store,
            self.settings,
            self.group.key,
            &person.known,
            person.person,
            (from, today),
            self.now,
        )?;
        let last_active = history.days.iter().rfind(|day| day.seconds > 0).map_or(today, |day| day.date);
        let period = self.period_of(Scope::Day, look.day.unwrap_or(last_active));
        let record = self.record(period)?;
        Ok(PersonReading {
            chart: (first, last),
            weeks,
            board: self.ranked(period, &record),
            receipt: receipt(period, &record, self.settings.policy, person.person),
            record,
            history,
            today,
        })
    }

    /// What a person has achieved by the end of a receipt's day, as in `swf why`.
    pub fn achieved(&self, read: &PersonReading) -> Result<Achieved> {
        let until = read.board.period.last.min(self.today());
        let (record, person) = (&read.record, read.receipt.person);
        people::achieved(self.store, self.settings, self.group.key, record, person, until, self.now)
    }

    /// The first and the last date of the chart of days.
    fn chart_dates(&self, year: Option<i32>) -> (NaiveDate, NaiveDate) {
        let today = self.today();
        if let Some(year) = year {
            let on = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(today);
            return (on(1, 1), on(12, 31));
        }
        (chart_first(today, self.settings.calendar), today)
    }
}

/// The first date of a chart of the twelve months that end with `last`.
pub(super) fn chart_first(last: NaiveDate, calendar: Calendar) -> NaiveDate {
    let week_start = match calendar {
        Calendar::Civil { week_start } => week_start,
        Calendar::Anchored { .. } => Weekday::Mon,
    };
    last.checked_sub_days(Days::new(CHART_DAYS)).unwrap_or(last).week(week_start).first_day()
}

/// A person of a group, with all of their accounts, and the profiles and aliases of the group.
pub struct Person {
    pub person: PeerId,
    pub accounts: Vec<PeerId>,
    known: Record,
}

impl Person {
    /// Whether others see no name or a pen name of this person. An id must then not lead to their page.
    pub fn is_hidden(&self) -> bool {
        !self.known.profile(self.person).is_open()
    }
}

/// The data of a person that was read from the store.
pub struct PersonReading {
    chart: (NaiveDate, NaiveDate),
    weeks: Vec<Period>,
    history: History,
    pub board: Board,
    pub receipt: Receipt,
    /// What `board` and `receipt` were made from.
    pub record: Record,
    today: NaiveDate,
}

/// What a visitor sees of a person in addition to the totals of days.
#[derive(Clone, Copy, Debug)]
pub struct Sees {
    pub stays: bool,
    pub goal: bool,
    /// The streak, even if the person did not choose to show it.
    pub streak: bool,
}

impl PersonReading {
    /// Restores the person's own name, for when they read this themself.
    pub fn show_to_themself(&mut self, person: &Person) {
        for account in &person.accounts {
            if let Some(profile) = self.record.profiles.get_mut(account) {
                *profile = std::mem::replace(profile, Profile::unknown(*account)).for_themself();
            }
        }
    }

    /// The data that the page shows.
    pub fn data(&self, settings: &GroupSettings, look: Look, sees: Sees) -> PersonData {
        let Achieved { streak, mut records, goal, shows_streak, .. } = self.history.achieved;
        if !sees.stays {
            records.session = None;
        }
        let (first, last) = self.chart;
        let known = self.history.known_since.map(|since| since.year());
        let shown = look.year.unwrap_or(self.today.year());
        PersonData {
            profile: self.record.profile(self.receipt.person),
            first,
            days: first.iter_days().take_while(|date| *date <= last).map(|date| self.chart_day(date)).collect(),
            year: look.year,
            earlier: Some(shown - 1).filter(|year| known.is_some_and(|known| known <= *year)),
            later: Some(shown + 1).filter(|year| look.year.is_some() && *year <= self.today.year()),
            weeks: self.weeks.iter().map(|week| self.chart_week(*week)).collect(),
            records,
            streak: (sees.streak || shows_streak).then_some(streak),
            goal: goal.filter(|_| sees.goal),
            stays: sees.stays.then(|| self.stays(settings.policy.rules.gate, settings.silence.limit())),
        }
    }

    fn day(&self, date: NaiveDate) -> Option<&Day> {
        let days = &self.history.days;
        days.binary_search_by_key(&date, |day| day.date).ok().map(|index| &days[index])
    }

    fn chart_day(&self, date: NaiveDate) -> ChartDay {
        let is_before = self.history.known_since.is_none_or(|since| date < since);
        match self.day(date) {
            Some(day) if day.seconds > 0 => ChartDay::Known(day.seconds),
            None => ChartDay::Outside,
            Some(_) if is_before || date > self.today => ChartDay::Outside,
            Some(day) if day.is_unwatched => ChartDay::Unknown,
            Some(_) => ChartDay::Known(0),
        }
    }

    fn chart_week(&self, period: Period) -> ChartWeek {
        let days = period.first.iter_days().take_while(|date| *date <= period.last);
        let known: Vec<i64> = days
            .filter_map(|date| match self.chart_day(date) {
                ChartDay::Known(seconds) => Some(seconds),
                ChartDay::Unknown | ChartDay::Outside => None,
            })
            .collect();
        ChartWeek { period, seconds: (!known.is_empty()).then(|| known.iter().sum()) }
    }

    fn stays(&self, gate: i64, silence: Option<i64>) -> DayStays {
        let parts = self.receipt.parts.iter();
        let peers = parts.flat_map(|part| match part.reason {
            Some(Reason::Overlap { with }) => vec![part.peer, with],
            _ => vec![part.peer],
        });
        DayStays {
            date: self.board.period.first,
            board: self.board.clone(),
            receipt: self.receipt.clone(),
            accounts: peers.map(|peer| (peer, self.record.profile(peer))).collect(),
            gate,
            silence,
        }
    }
}
