//! A site: the final boards of groups as files, which any web space can show (`swf site`, `SWF_SITE_DIR`).
//!
//! ```text
//! index.html                     the groups; with one group, its first page
//! g/NAME/index.html              charts, and links to the boards
//! g/NAME/about.html
//! g/NAME/day/2026-12-10.html     a final board, also as .json and .csv; likewise week, month, year, all.html
//! g/NAME/day.html                the last final day; likewise week, month, year
//! ```
//! A site shows what a visitor of public pages sees. Each run makes every page again, from one state of the store, and
//! writes only files that differ. So a new name, another alias or a late proof needs no code of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::pages::{self, Reading, WEEKS, chart_first};
use super::{board_csv, boards, groups, upgrade};
use crate::config::{GroupSettings, Home};
use crate::domain::Instant;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::unwatched::{Coverage, ReadTime};
use crate::domain::people::Viewer;
use crate::domain::rights::Audience;
use crate::domain::time::period::{Calendar, Period, Scope, date_back, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::visibility::Visibility;
use crate::error::{Error, Result};
use crate::platform::own_folder::{Changes, OwnFolder, resolved};
use crate::store::{GroupRow, Store};
use crate::web::pages::address::{Hosting, When, file_ending};
use crate::web::pages::data::{BoardData, ChartDay, ChartWeek, GroupLine, Head, OverviewData};
use crate::web::pages::{self as html, Visit};

/// How many periods before the present one are searched for the last final one. A session across midnight can delay
/// the previous one.
const MAX_PERIODS_BACK: u32 = 3;

/// A folder, and the groups that it shows.
#[derive(Clone, Debug)]
pub struct Site {
    pub dir: PathBuf,
    pub groups: Vec<GroupSettings>,
}

/// The sites that `SWF_SITE_DIR` names: groups with one folder are one site.
pub fn sites(groups: &[GroupSettings]) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for group in groups {
        let Some(dir) = &group.site_dir else { continue };
        match sites.iter_mut().find(|site| is_same(&site.dir, dir)) {
            Some(site) => site.groups.push(group.clone()),
            None => sites.push(Site { dir: dir.clone(), groups: vec![group.clone()] }),
        }
    }
    sites
}

/// The error of each `SWF_SITE_DIR` that can't hold a site.
pub fn problems(groups: &[GroupSettings], home: &Home) -> Vec<Error> {
    let problem = |site: Site| OwnFolder::check(&site.dir, home.path()).err();
    sites(groups).into_iter().filter_map(problem).map(|error| error.preceded_by("SWF_SITE_DIR: ")).collect()
}

/// The site in a folder that the user names. It has the groups whose `SWF_SITE_DIR` is this folder; if there are none,
/// the groups whose pages are public.
///
/// # Errors
/// No group's pages are public (78).
pub fn site_in(dir: &Path, groups: &[GroupSettings]) -> Result<Site> {
    if let Some(site) = sites(groups).into_iter().find(|site| is_same(&site.dir, dir)) {
        return Ok(Site { dir: dir.to_owned(), ..site });
    }
    let public: Vec<GroupSettings> = groups.iter().filter(|group| group.web == Visibility::Public).cloned().collect();
    if public.is_empty() {
        return Err(Error::config("everybody can read a site, but no group has public boards")
            .hint("Set SWF_WEB=public, or set SWF_SITE_DIR to this folder.")
            .hint("If you have groups.toml, --group NAME writes the site of one group anyway."));
    }
    Ok(Site { dir: dir.to_owned(), groups: public })
}

/// The site that a group's `SWF_SITE_DIR` names.
pub fn site_of(group: &GroupSettings, groups: &[GroupSettings]) -> Option<Site> {
    let dir = group.site_dir.as_ref()?;
    sites(groups).into_iter().find(|site| is_same(&site.dir, dir))
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || matches!((resolved(one), resolved(other)), (Ok(one), Ok(other)) if one == other)
}

/// The last final period of a kind, among the latest `MAX_PERIODS_BACK` that ended before the last confirmed instant.
pub fn last_final(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    scope: Scope,
    now: ReadTime,
) -> Result<Option<Period>> {
    let reading = Reading { store, settings, group, now };
    let Some(seen) = store.confirmed(group.key)? else { return Ok(None) };
    let (seen, known) = (local_date(settings.zone, seen), reading.first_day()?);
    for back in 1..=MAX_PERIODS_BACK {
        let date = date_back(scope, seen, settings.calendar, back);
        let period = Period::of(scope, date, settings.zone, settings.calendar);
        if period.last >= known && reading.board(When::of(period))?.board.is_final {
            return Ok(Some(period));
        }
    }
    Ok(None)
}

/// When a group's site has to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last final day. A site that was written since this day became final is up to date.
    pub day: Option<NaiveDate>,
    /// When the next day can become final: the end of that day, or now if it is over already.
    pub next: Instant,
}

/// When the site of a group has to be written; `None` if it has none.
pub fn due(store: &Store, settings: &GroupSettings, group: &GroupRow, now: ReadTime) -> Result<Option<Due>> {
    if settings.site_dir.is_none() {
        return Ok(None);
    }
    let day = last_final(store, settings, group, Scope::Day, now)?.map(|period| period.first);
    let next = day.and_then(|day| day.succ_opt()).unwrap_or(local_date(settings.zone, now.at));
    let end = Period::of(Scope::Day, next, settings.zone, settings.calendar).span.to;
    Ok(Some(Due { day, next: end.max(now.at) }))
}

impl Site {
    /// Writes what has changed. `adopts` as in [`OwnFolder::open`].
    ///
    /// # Errors
    /// The store or the folder can't be used. Files that were written before the error are complete.
    pub fn write(&self, home: &Home, adopts: bool) -> Result<Changes> {
        if self.groups.iter().any(|group| group.audience == Audience::Consent) {
            return Err(Error::config("everybody can read a site, but a group on it has SWF_AUDIENCE=consent"));
        }
        let zone = self.groups.first().map_or(Zone::UTC, |group| group.zone);
        let store = upgrade::open_to_read(home, zone)?;
        let _snapshot = store.read_snapshot()?;
        let mut rows = Vec::new();
        for settings in &self.groups {
            // Never show another group in place of this one: the other may be private.
            match groups::to_post(&store, settings) {
                Ok(row) => rows.push((settings, row)),
                Err(error) if self.groups.len() == 1 => return Err(error),
                Err(_) => tracing::debug!("{} has no pages yet", pages::name(settings)),
            }
        }
        if rows.is_empty() {
            return Err(
                Error::failed("no group of the site has been watched yet").command("To watch them, run", "swf track")
            );
        }
        let mut folder = OwnFolder::open(&self.dir, home.path(), adopts)?;
        let has_other_groups = rows.len() > 1;
        let mut firsts = Vec::new();
        for (settings, row) in &rows {
            let reading = Reading { store: &store, settings, group: row, now: groups::now(home, row) };
            let pages = GroupPages::read(reading, has_other_groups)?;
            firsts.push((pages.write(&mut folder)?, pages));
        }
        write_first_page(&mut folder, &firsts)?;
        folder.finish()
    }
}

fn write_first_page(folder: &mut OwnFolder, groups: &[(OverviewData, GroupPages)]) -> Result<()> {
    let page = match groups {
        [] => return Ok(()),
        [(overview, pages)] => html::overview_page(&pages.visit(0), overview),
        [(_, first), ..] => {
            let line = |pages: &GroupPages| GroupLine { head: pages.head.clone(), today: None };
            let lines: Vec<GroupLine> = groups.iter().map(|(_, pages)| line(pages)).collect();
            html::groups_page(&Visit { head: None, ..first.visit(0) }, &lines)
        }
    };
    folder.put("index.html", page.as_bytes())
}

/// The pages of one group.
struct GroupPages<'a> {
    reading: Reading<'a>,
    head: Head,
    /// The last final period of each kind that has one.
    latest: Vec<Period>,
    /// The kinds of boards that the group has.
    scopes: Vec<Scope>,
    has_other_groups: bool,
}

impl<'a> GroupPages<'a> {
    fn read(reading: Reading<'a>, has_other_groups: bool) -> Result<GroupPages<'a>> {
        let Reading { store, settings, group, now } = reading;
        let mut latest = Vec::new();
        for scope in Scope::ALL {
            latest.extend(last_final(store, settings, group, scope, now)?);
        }
        if let Some(day) = latest.iter().find(|period| period.scope == Scope::Day) {
            let all = boards::all_time(store, settings, group.key, now.at)?;
            latest.push(Period::between(Scope::AllTime, all.first.min(day.first), day.last, settings.zone));
        }
        let scopes = latest.iter().map(|period| period.scope).collect();
        Ok(GroupPages { reading, head: pages::head(settings, &group.title), latest, scopes, has_other_groups })
    }

    /// What a page `depth` folders below the top has in common with the others.
    fn visit(&self, depth: usize) -> Visit<'_> {
        Visit {
            words: self.head.language.page(),
            head: Some(&self.head),
            opens_people: false,
            opens_pulse: false,
            has_own_page: false,
            is_logged_in: false,
            has_other_groups: self.has_other_groups,
            has_previews: false,
            address: None,
            hosting: Hosting::Files { depth },
            scopes: &self.scopes,
        }
    }

    fn write(&self, folder: &mut OwnFolder) -> Result<OverviewData> {
        let mut known = Known::default();
        for latest in &self.latest {
            // A board links to the previous and the next final board, so it is written once the next one is known.
            let mut waiting: Option<BoardData> = None;
            for period in self.periods(*latest)? {
                let mut data = self.board(period)?;
                if !data.board.is_final {
                    continue;
                }
                known.take(&data.board);
                if let Some(mut earlier) = waiting.take() {
                    (data.earlier, earlier.later) = (Some(earlier.when), Some(data.when));
                    self.put_board(folder, &earlier.when.path(self.head.calendar), &earlier)?;
                }
                waiting = Some(data);
            }
            let Some(last) = waiting else { continue };
            known.latest.push((last.when, last.board.period, last.board.shown_seconds()));
            let (path, kind) = (last.when.path(self.head.calendar), latest.scope.name());
            self.put_board(folder, &path, &last)?;
            if path != kind {
                self.put_board(folder, kind, &last)?;
            }
        }
        let overview = known.overview(self.head.calendar);
        let page = html::overview_page(&self.visit(2), &overview);
        folder.put(&self.name("index.html"), page.as_bytes())?;
        let page = html::about_page(&self.visit(2), pages::rules(self.reading.settings));
        folder.put(&self.name("about.html"), page.as_bytes())?;
        Ok(overview)
    }

    /// The periods from the group's first known day to `latest`.
    fn periods(&self, latest: Period) -> Result<Vec<Period>> {
        if latest.scope == Scope::AllTime {
            return Ok(vec![latest]);
        }
        let GroupSettings { zone, calendar, .. } = *self.reading.settings;
        let first = Period::of(latest.scope, self.reading.first_day()?, zone, calendar);
        let next = |period: &Period| Some(Period::of(period.scope, period.last.succ_opt()?, zone, calendar));
        Ok(std::iter::successors(Some(first), next).take_while(|period| period.first <= latest.first).collect())
    }

    /// A board without the parts that change with time.
    fn board(&self, period: Period) -> Result<BoardData> {
        let Reading { store, settings, group, now } = self.reading;
        let mut board = boards::board_of(store, settings, group.key, period, now)?;
        board.as_of = board.as_of.map(|at| at.min(period.span.to));
        board.entries.iter_mut().for_each(|entry| entry.in_call = false);
        Ok(BoardData { board, when: When::of(period), earlier: None, later: None })
    }

    fn name(&self, rest: &str) -> String {
        format!("g/{}/{rest}", self.head.name)
    }

    fn put_board(&self, folder: &mut OwnFolder, path: &str, data: &BoardData) -> Result<()> {
        let visit = self.visit(2 + path.matches('/').count());
        // A board that is also `day.html` has only its first page there; that links to the pages under its own name.
        let pages = if path == data.when.path(self.head.calendar) { usize::MAX } else { 1 };
        for (skip, page) in html::board_pages(&visit, data).into_iter().take(pages) {
            folder.put(&self.name(&format!("{path}{}", file_ending(skip))), page.as_bytes())?;
        }
        let Reading { settings, group, .. } = self.reading;
        let json = boards::public_json(&data.board, group, settings.zone);
        folder.put(&self.name(&format!("{path}.json")), format!("{json}\n").as_bytes())?;
        let csv = board_csv::to_csv(&data.board, None, Viewer::Web, false)?;
        folder.put(&self.name(&format!("{path}.csv")), csv.as_bytes())
    }
}

/// Data of all boards of a group, for its first page.
#[derive(Default)]
struct Known {
    latest: Vec<(When, Period, i64)>,
    days: BTreeMap<NaiveDate, ChartDay>,
    weeks: Vec<ChartWeek>,
    all: BTreeMap<usize, (Scope, Vec<Period>)>,
}

impl Known {
    fn take(&mut self, board: &Board) {
        let period = board.period;
        let day = chart_day(board);
        match period.scope {
            Scope::Day => drop(self.days.insert(period.first, day)),
            Scope::Week => {
                let seconds = if let ChartDay::Known(seconds) = day { Some(seconds) } else { None };
                self.weeks.push(ChartWeek { period, seconds });
            }
            _ => {}
        }
        if let Some(place) = Scope::ALL.iter().skip(1).position(|scope| *scope == period.scope) {
            self.all.entry(place).or_insert((period.scope, Vec::new())).1.push(period);
        }
    }

    fn overview(mut self, calendar: Calendar) -> OverviewData {
        let last = self.days.keys().next_back().copied().unwrap_or_default();
        let first = chart_first(last, calendar);
        let day = |date: NaiveDate| self.days.get(&date).copied().unwrap_or(ChartDay::Outside);
        let days = first.iter_days().take_while(|date| *date <= last).map(day).collect();
        let older = self.weeks.len().saturating_sub(WEEKS as usize);
        OverviewData {
            latest: self.latest,
            first,
            days,
            weeks: self.weeks.split_off(older),
            all: self.all.into_values().collect(),
        }
    }
}

/// The value of a group's day or week in a chart.
fn chart_day(board: &Board) -> ChartDay {
    match board.coverage {
        _ if !board.entries.is_empty() => ChartDay::Known(board.total_seconds()),
        Coverage::Unwatched | Coverage::Blind => ChartDay::Unknown,
        Coverage::BeforeFirst(_) | Coverage::Ahead => ChartDay::Outside,
        Coverage::Watched => ChartDay::Known(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn groups(settings: &[(&str, Visibility, Option<&Path>)]) -> Vec<GroupSettings> {
        let config = Config::load(Some("nowhere".into()), Path::new("."), []).unwrap();
        let group = |(label, web, dir): &(&str, Visibility, Option<&Path>)| GroupSettings {
            label: Some((*label).to_owned()),
            web: *web,
            site_dir: dir.map(Path::to_owned),
            ..config.group().clone()
        };
        settings.iter().map(group).collect()
    }

    fn names(site: &Site) -> Vec<&str> {
        site.groups.iter().map(pages::name).collect()
    }

    #[test]
    fn a_group_is_on_the_site_that_it_names_or_on_any_if_it_is_public() {
        use Visibility::{Off, Private, Public};
        let folder = tempfile::tempdir().unwrap();
        let [one, same, other, third] = ["one", "x/../one", "other", "third"].map(|name| folder.path().join(name));
        std::fs::create_dir(folder.path().join("x")).unwrap();
        std::fs::create_dir(&one).unwrap();
        let groups = groups(&[
            ("a", Private, Some(&one)),
            ("b", Off, Some(&same)),
            ("c", Public, Some(&other)),
            ("d", Public, None),
            ("e", Private, None),
        ]);
        let all: Vec<Vec<&str>> = vec![vec!["a", "b"], vec!["c"]];
        let found = sites(&groups);
        assert_eq!(found.iter().map(names).collect::<Vec<_>>(), all);
        assert_eq!(names(&site_in(&same, &groups).unwrap()), ["a", "b"]);
        // A folder that does not exist yet.
        assert_eq!(names(&site_in(&folder.path().join("x/../other"), &groups).unwrap()), ["c"]);
        assert_eq!(names(&site_in(&third, &groups).unwrap()), ["c", "d"]);
        assert_eq!(site_in(&third, &groups[4..]).unwrap_err().kind.code(), 78);
        assert_eq!(site_of(&groups[1], &groups).map(|site| site.groups.len()), Some(2));
        assert!(site_of(&groups[3], &groups).is_none());
    }
}
