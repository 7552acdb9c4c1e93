//! The addresses of pages: parsing paths, and writing links.
//!
//! | path | page |
//! |---|---|
//! | `/` | the groups |
//! | `/g/NAME` | the call now, and today's board; `/g/NAME/live` is the part that changes |
//! | `/g/NAME/day/2026-12-10`, `/week/2026-W50`, `/month/2026-12`, `/year/2026`, `/all`, `/range/FROM/TO` | boards |
//! | `/g/NAME/day/2026-12-10/card.png`, and so on | that day's, week's, month's or year's board as a picture |
//! | `/g/NAME/p/ID`, `/g/NAME/me` | a person; the visitor |
//! | `/g/NAME/about` | what is stored |
//! | `/g/NAME/pulse` | how the group is doing, in numbers without names |
//! | `/g/NAME/embed`, `/g/NAME/badge.svg` | for other sites |
//!
//! With `.json` or `.csv` at its end, an address means the same content as data.

use std::fmt;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::domain::PeerId;
use crate::domain::text::clean;
use crate::domain::time::asked::YEARS;
use crate::domain::time::period::{Calendar, Period, Scope};

/// The name of the only group in addresses, if it has no name in `groups.toml`.
pub const ONLY_GROUP: &str = "group";

/// The end of the address of the pulse.
pub const PULSE: &str = "pulse";

/// The end of the address of a board's picture.
const CARD: &str = "card.png";

/// The maximum length of a text to search for, in characters; the rest is ignored.
const MAX_SEARCH: usize = 64;
/// The maximum range of a board, in days: ten years.
const MAX_RANGE_DAYS: i64 = 3660;

/// The form in which a page is requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    #[default]
    Html,
    Json,
    Csv,
}

/// The content that an address stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The group's name; `None` means the list of all groups.
    pub group: Option<String>,
    pub place: Place,
    pub form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Groups,
    Now,
    /// The part of [`Place::Now`] that is updated.
    Live,
    Board(When, Rows),
    /// The board of the period with this date, as a picture.
    Card(Scope, NaiveDate),
    Person(PeerId, Look),
    /// Redirects to the visitor's own [`Place::Person`].
    Me,
    About,
    /// Only for admins and the owner.
    Pulse,
    Embed(Scope),
    Badge(Scope),
}

/// The period of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// The current period of this kind.
    Current(Scope),
    /// The period with this date.
    Holding(Scope, NaiveDate),
    AllTime,
    Range(NaiveDate, NaiveDate),
}

/// Which rows of a board are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rows {
    /// Only names that contain this text.
    pub search: Option<String>,
    /// How many rows come before the first one.
    pub skip: usize,
}

/// Which part of a person's history is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Look {
    /// The year of the chart; `None` means the last twelve months.
    pub year: Option<i32>,
    /// The day whose stays are listed; `None` means the last day with any.
    pub day: Option<NaiveDate>,
}

impl Address {
    /// Parses a path and a query as they were sent; `None` if no page has such an address.
    pub fn parse(path: &str, query: Option<&str>) -> Option<Address> {
        let (path, form) = match path.rsplit_once('.') {
            Some((path, "json")) => (path, Form::Json),
            Some((path, "csv")) => (path, Form::Csv),
            _ => (path, Form::Html),
        };
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let query = Query::parse(query.unwrap_or_default());
        let (group, rest) = match parts.as_slice() {
            [""] if form == Form::Html => (None, &[][..]),
            ["groups"] if form != Form::Html => (None, &[][..]),
            ["g", group, rest @ ..] if is_name(group) => (Some((*group).to_owned()), rest),
            _ => return None,
        };
        let place = match rest {
            [] if group.is_none() => Place::Groups,
            [] => Place::Now,
            ["live"] if form != Form::Csv => Place::Live,
            ["me"] if form == Form::Html => Place::Me,
            ["about"] if form == Form::Html => Place::About,
            [PULSE] => Place::Pulse,
            ["embed"] if form == Form::Html => Place::Embed(query.scope()?),
            ["badge.svg"] => Place::Badge(query.scope()?),
            [board @ .., CARD] if form == Form::Html => match When::parse(board)? {
                When::Holding(scope, date) => Place::Card(scope, date),
                When::Current(_) | When::AllTime | When::Range(..) => return None,
            },
            ["p", id] => Place::Person(PeerId(number(id)?), query.look()?),
            board => Place::Board(When::parse(board)?, query.rows()?),
        };
        Some(Address { group, place, form })
    }
}

/// Whether the text is a valid group name in `groups.toml`.
fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A number in its only form: without `+` and leading zeros.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// `2026-12-10`, and nothing else: chrono also accepts signs, spaces, and longer years.
pub fn date(text: &str) -> Option<NaiveDate> {
    let date: NaiveDate = text.parse().ok()?;
    (date.to_string() == text && YEARS.contains(&date.year())).then_some(date)
}

fn year(text: &str) -> Option<i32> {
    text.parse().ok().filter(|year| YEARS.contains(year) && format!("{year:04}") == text)
}

impl When {
    fn parse(parts: &[&str]) -> Option<When> {
        let scope = |name: &str| Scope::ALL.into_iter().find(|scope| scope.name() == name);
        match parts {
            ["all"] => Some(When::AllTime),
            ["range", from, to] => {
                let (from, to) = (date(from)?, date(to)?);
                (0..MAX_RANGE_DAYS).contains(&(to - from).num_days()).then_some(When::Range(from, to))
            }
            [name] => scope(name).map(When::Current),
            [name, at] => {
                let scope = scope(name)?;
                Some(When::Holding(scope, date(at).or_else(|| date_in(scope, at))?))
            }
            _ => None,
        }
    }

    /// The address of a period.
    pub fn of(period: Period) -> When {
        match period.scope {
            Scope::AllTime => When::AllTime,
            Scope::Range => When::Range(period.first, period.last),
            scope => When::Holding(scope, period.first),
        }
    }

    /// The end of the address of this period. Weeks, months and years have short forms in a civil calendar.
    pub fn path(self, calendar: Calendar) -> String {
        let is_civil = matches!(calendar, Calendar::Civil { .. });
        match self {
            When::AllTime => "all".into(),
            When::Range(from, to) => format!("range/{from}/{to}"),
            When::Current(scope) => scope.name().into(),
            When::Holding(Scope::Week, date) => {
                // Each week has exactly one Thursday, on whatever day the week begins.
                let week = match calendar {
                    Calendar::Civil { week_start } => thursday(date.week(week_start).first_day()).iso_week(),
                    Calendar::Anchored { .. } => return format!("week/{date}"),
                };
                format!("week/{:04}-W{:02}", week.year(), week.week())
            }
            When::Holding(Scope::Month, date) if is_civil => format!("month/{}", date.format("%Y-%m")),
            When::Holding(Scope::Year, date) if is_civil => format!("year/{:04}", date.year()),
            When::Holding(scope, date) => format!("{}/{date}", scope.name()),
        }
    }
}

/// The first Thursday on or after a date.
fn thursday(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(u64::from(Weekday::Thu.days_since(date.weekday())))).unwrap_or(date)
}

/// A date in the week `2026-W50`, the month `2026-12` or the year `2026`.
fn date_in(scope: Scope, text: &str) -> Option<NaiveDate> {
    match scope {
        Scope::Week => {
            let (of, week) = text.split_once("-W")?;
            let week = week.parse().ok().filter(|number: &u32| format!("{number:02}") == week)?;
            NaiveDate::from_isoywd_opt(year(of)?, week, Weekday::Thu).filter(|date| YEARS.contains(&date.year()))
        }
        Scope::Month => date(&format!("{text}-01")),
        Scope::Year => NaiveDate::from_ymd_opt(year(text)?, 1, 1),
        _ => None,
    }
}

/// The parameters of a query. Unknown ones are ignored. If one occurs several times, the first counts.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Query {
        Query(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn rows(&self) -> Option<Rows> {
        let search = self.get("q").map(clean).map(|text| text.chars().take(MAX_SEARCH).collect::<String>());
        let skip = self.get("skip").map_or(Some(0), |skip| number(skip)?.try_into().ok())?;
        Some(Rows { search: search.filter(|text| !text.is_empty()), skip })
    }

    fn look(&self) -> Option<Look> {
        // A form without a date sends an empty date.
        let day = self.get("day").filter(|day| !day.is_empty());
        let day = day.map_or(Some(None), |day| date(day).map(Some))?;
        let year = self.get("year").map_or(Some(None), |text| year(text).map(Some))?;
        Some(Look { year, day })
    }

    fn scope(&self) -> Option<Scope> {
        let Some(name) = self.get("period") else { return Some(Scope::Day) };
        Scope::ALL.into_iter().chain([Scope::AllTime]).find(|scope| scope.name() == name)
    }
}

/// Where pages are hosted, which decides the form of links to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hosting {
    /// At the addresses of a server.
    #[default]
    Server,
    /// In files with relative links. The page is `depth` folders below the top.
    Files { depth: usize },
}

impl Hosting {
    /// The link to the top.
    pub fn top(self) -> String {
        match self {
            Hosting::Server => "/".into(),
            Hosting::Files { depth } => format!("{}index.html", "../".repeat(depth)),
        }
    }
}

/// The end of the name of the file with a board from the row after `skip` on.
pub fn file_ending(skip: usize) -> String {
    if skip == 0 { ".html".into() } else { format!("_{}.html", skip + 1) }
}

/// Links to pages of one group.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    pub group: &'a str,
    pub calendar: Calendar,
    pub hosting: Hosting,
}

impl Links<'_> {
    pub fn now(self) -> String {
        match self.hosting {
            Hosting::Server => format!("/g/{}", self.group),
            Hosting::Files { .. } => self.to("index.html"),
        }
    }

    pub fn to(self, rest: impl fmt::Display) -> String {
        let top = match self.hosting {
            Hosting::Server => "/".into(),
            Hosting::Files { depth } => "../".repeat(depth),
        };
        format!("{top}g/{}/{rest}", self.group)
    }

    pub fn about(self) -> String {
        match self.hosting {
            Hosting::Server => self.to("about"),
            Hosting::Files { .. } => self.to("about.html"),
        }
    }

    pub fn board(self, when: When) -> String {
        self.rows(when, &Rows::default())
    }

    /// A board's address without its form, such as `.json`.
    pub fn stem(self, when: When) -> String {
        self.to(when.path(self.calendar))
    }

    /// The link to the picture of a board; `None` if there is none.
    pub fn card(self, when: When) -> Option<String> {
        matches!(when, When::Holding(..)).then(|| format!("{}/{CARD}", self.board(when)))
    }

    /// A link to a board from the row after `skip` on, with names that contain `search`.
    pub fn rows(self, when: When, rows: &Rows) -> String {
        if let Hosting::Files { .. } = self.hosting {
            return self.stem(when) + &file_ending(rows.skip);
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(search) = &rows.search {
            query.append_pair("q", search);
        }
        if rows.skip > 0 {
            query.append_pair("skip", &rows.skip.to_string());
        }
        match query.finish() {
            query if query.is_empty() => self.stem(when),
            query => format!("{}?{query}", self.stem(when)),
        }
    }

    pub fn person(self, person: PeerId) -> String {
        self.to(format_args!("p/{person}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::zone::Zone;

    fn page(address: &str) -> Option<Place> {
        let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
        Address::parse(path, query).map(|address| address.place)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn each_page_has_one_address() {
        let board = |when| Some(Place::Board(when, Rows::default()));
        assert_eq!(page("/"), Some(Place::Groups));
        assert_eq!(page("/g/night-owls"), Some(Place::Now));
        assert_eq!(page("/g/a/live"), Some(Place::Live));
        assert_eq!(page("/g/a/day/2026-12-10"), board(When::Holding(Scope::Day, day("2026-12-10"))));
        assert_eq!(page("/g/a/week/2026-W50"), board(When::Holding(Scope::Week, day("2026-12-10"))));
        assert_eq!(page("/g/a/week/2026-W53"), board(When::Holding(Scope::Week, day("2026-12-31"))));
        assert_eq!(page("/g/a/month/2026-12"), board(When::Holding(Scope::Month, day("2026-12-01"))));
        assert_eq!(page("/g/a/year/2026"), board(When::Holding(Scope::Year, day("2026-01-01"))));
        assert_eq!(page("/g/a/all"), board(When::AllTime));
        assert_eq!(page("/g/a/week"), board(When::Current(Scope::Week)));
        let range = When::Range(day("2026-12-01"), day("2026-12-10"));
        assert_eq!(page("/g/a/range/2026-12-01/2026-12-10"), board(range));
        let rows = Rows { search: Some("Zoë O".into()), skip: 200 };
        assert_eq!(page("/g/a/all?q=Zo%C3%AB+O&skip=200&x=1"), Some(Place::Board(When::AllTime, rows)));
        let look = Look { year: Some(2026), day: Some(day("2026-12-10")) };
        assert_eq!(page("/g/a/p/-1001?year=2026&day=2026-12-10"), Some(Place::Person(PeerId(-1001), look)));
        assert_eq!(page("/g/a/p/7?day="), Some(Place::Person(PeerId(7), Look::default())));
        assert_eq!(page("/g/a/embed?period=week"), Some(Place::Embed(Scope::Week)));
        assert_eq!(page("/g/a/badge.svg"), Some(Place::Badge(Scope::Day)));
        assert_eq!(page("/g/a/pulse"), Some(Place::Pulse));
        assert_eq!(page("/g/a/week/2026-W50/card.png"), Some(Place::Card(Scope::Week, day("2026-12-10"))));
        let data = |path: &str| Address::parse(path, None).map(|address| (address.place, address.form));
        assert_eq!(data("/groups.json"), Some((Place::Groups, Form::Json)));
        assert_eq!(data("/g/a.csv"), Some((Place::Now, Form::Csv)));
        assert_eq!(data("/g/a/pulse.csv"), Some((Place::Pulse, Form::Csv)));
        assert_eq!(data("/g/a/all.json"), Some((Place::Board(When::AllTime, Rows::default()), Form::Json)));
    }

    #[test]
    fn other_addresses_are_no_pages() {
        for wrong in [
            "",
            "a",
            "//",
            "/g",
            "/g/",
            "/g/A",
            "/g/a/",
            "/g/a/b",
            "/g/../day",
            "/g/a/day/",
            "/g/a/day/2026-12-10/",
            "/g/a/day/2026-2-1",
            "/g/a/day/+2026-12-10",
            "/g/a/day/10000-01-01",
            "/g/a/week/2026-W54",
            "/g/a/week/2026-W5",
            "/g/a/month/2026-13",
            "/g/a/year/26",
            "/g/a/year/10000",
            "/g/a/range/2026-12-10/2026-12-01",
            "/g/a/range/1000-01-01/2026-12-01",
            "/g/a/p/07",
            "/g/a/p/+7",
            "/g/a/p/99999999999999999999",
            "/g/a/all?skip=-1",
            "/g/a/p/7?day=today",
            "/g/a/p/7?year=x",
            "/g/a/embed?period=range",
            "/g/a/embed.json",
            "/g/a/about.csv",
            "/pulse",
            "/g/a/pulse/",
            "/g/a/pulse/2026-12-10",
            "/g/a/pulse/card.png",
            "/g/a/live.csv",
            "/g/a/card.png",
            "/g/a/day/card.png",
            "/g/a/all/card.png",
            "/g/a/range/2026-12-01/2026-12-10/card.png",
            "/g/a/day/2026-12-10/card.png.json",
            "/g/a/day/2026-12-10/card.svg",
            "/.json",
            "/groups",
            "/g/a/all.xml",
            "/g/a%20b",
        ] {
            assert_eq!(page(wrong), None, "{wrong}");
        }
    }

    proptest! {
        /// A link to a period leads to that period, in every calendar.
        #[test]
        fn a_link_to_a_period_leads_there(day in 0..40_000u64, scope in 0..4usize, start in 0..7u8, anchored: bool) {
            let (date, scope) = (NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + Days::new(day), Scope::ALL[scope]);
            let calendar = match anchored {
                true => Calendar::Anchored { anchor: NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + Days::new(start.into()) },
                false => Calendar::Civil { week_start: Weekday::try_from(start).unwrap() },
            };
            let period = Period::of(scope, date, Zone::UTC, calendar);
            let link = Links { group: "a", calendar, hosting: Hosting::Server }.board(When::of(period));
            let Some(Place::Board(When::Holding(found, at), _)) = page(&link) else { panic!("{link}") };
            prop_assert_eq!(Period::of(found, at, Zone::UTC, calendar), period, "{}", link);
            let link = Links { group: "a", calendar, hosting: Hosting::Server }.card(When::of(period)).unwrap();
            let Some(Place::Card(found, at)) = page(&link) else { panic!("{link}") };
            prop_assert_eq!(Period::of(found, at, Zone::UTC, calendar), period, "{}", link);
        }

        #[test]
        fn any_request_is_read_without_a_panic(path in "/(g|groups)?/?\\PC{0,30}", query in "\\PC{0,30}") {
            let _ = Address::parse(&path, Some(&query));
        }
    }
}
