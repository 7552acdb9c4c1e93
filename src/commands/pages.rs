//! The pages of `swf web serve`: reads the data of a page, checks who may see it, and caches the result.

use axum::http::header::{CONTENT_DISPOSITION, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::web::{board_time, configured_row};
use super::why;
use crate::app::pages::{self, Person, Reading, Sees};
use crate::app::{board_csv, boards, cards, groups, pulse};
use crate::card::{self, Fonts, Theme};
use crate::config::{GroupSettings, Home};
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::{Viewer, display};
use crate::domain::pulse::{Amount, LeftOut, Number, Pulse, Week, WeekLine};
use crate::domain::time::period::{Period, Scope, iso};
use crate::domain::visibility::Visibility;
use crate::domain::words::Language;
use crate::domain::words::page::Label;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result};
use crate::platform::system_fonts;
use crate::store::{FileStamps, GroupRow, Reader, Readers, Store, file_stamps};
use crate::web::page::{Answer, Frames, Page, PageRequest, Pages, Policy};
use crate::web::pages::address::{Address, Form, Hosting, Look, Place, When};
use crate::web::pages::data::{CallData, CallState, GroupLine, Head};
use crate::web::pages::{self as html, SCRIPT, STYLE, Visit};
use crate::web::viewer::{Resource, Role, Subject};
use crate::web::{KeptPages, Making};

/// While the store does not change, a board of a year or more, and the pulse, are made again only once in so many
/// seconds. A change of the store shows at once.
const LONG_BOARD_SECONDS: i64 = 60;

/// The pages of a home.
pub struct StorePages {
    home: Home,
    readers: Readers,
    /// Never empty.
    groups: Vec<GroupSettings>,
    /// The address of the server for browsers elsewhere (`SWF_WEB_URL`).
    address: Option<String>,
    kept: KeptPages<Key>,
    policy: Policy,
    embed_policy: Policy,
}

/// Everything that a page depends on, except the store and the time.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Index of the group in the settings.
    group: Option<usize>,
    place: Place,
    form: Form,
    language: &'static str,
    /// On the list of groups: the groups that the visitor sees.
    listed: Vec<usize>,
    sight: Sight,
}

/// What the visitor sees of a group in addition to boards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Sight {
    /// The call, and people's pages.
    people: bool,
    pulse: bool,
    stays: bool,
    goal: bool,
    streak: bool,
    has_own_page: bool,
    is_logged_in: bool,
}

/// The store, opened for a request.
struct Opened<'a> {
    store: Reader<'a>,
    /// Taken before the store is read: after a write in between, no later request finds this revision in the cache.
    files: FileStamps,
}

/// A request to one group.
struct Asked<'a> {
    index: usize,
    address: &'a Address,
    reading: Reading<'a>,
    role: Role,
    sight: Sight,
    language: Language,
    files: &'a FileStamps,
}

impl Pages for StorePages {
    fn answer(&self, request: &PageRequest) -> Result<Answer> {
        let Some(address) = Address::parse(&request.path, request.query.as_deref()) else {
            return Ok(Answer::Page(self.not_found(request, self.groups[0].language)));
        };
        let answer = self.kept.answer(|making| match &address.group {
            None => self.list(request, &address, making),
            Some(name) => self.in_group(request, &address, name, making),
        })?;
        Ok(match answer {
            Some(Answer::Page(Page { etag: Some(etag), is_public, .. })) if request.has(&etag) => {
                Answer::NotModified { etag, is_public }
            }
            other => other.unwrap_or(Answer::Denied),
        })
    }
}

impl StorePages {
    pub fn new(home: Home, groups: Vec<GroupSettings>) -> StorePages {
        StorePages {
            readers: Readers::new(home.store()),
            home,
            groups,
            address: None,
            kept: KeptPages::default(),
            policy: Policy::new(&[STYLE], &[SCRIPT], Frames::Nobody),
            embed_policy: Policy::new(&[STYLE], &[], Frames::Everybody),
        }
    }

    /// Sets the address by which browsers elsewhere reach the server.
    pub fn with_address(self, address: Option<String>) -> StorePages {
        StorePages { address, ..self }
    }

    fn open(&self) -> Result<Opened<'_>> {
        Ok(Opened { files: file_stamps(self.readers.path()), store: self.readers.open()? })
    }

    /// The list of groups; with one group, that group.
    fn list(&self, request: &PageRequest, address: &Address, making: Making) -> Result<Option<Answer>> {
        let Opened { store, files } = self.open()?;
        let _snapshot = store.read_snapshot()?;
        let rows = self.groups.iter().map(|settings| configured_row(&store, settings).ok());
        let rows: Vec<Option<GroupRow>> = rows.collect();
        let is_seen = |index: &usize| {
            let row = rows[*index].as_ref();
            row.is_some_and(|row| request.viewer.may(row.peer, self.groups[*index].web, Resource::Boards))
        };
        let listed: Vec<usize> = (0..self.groups.len()).filter(is_seen).collect();
        let Some(first) = listed.first().map(|index| &self.groups[*index]) else { return Ok(Some(Answer::Denied)) };
        if listed.len() == 1 && address.form == Form::Html {
            return Ok(Some(redirect(&format!("/g/{}", pages::name(first)))?));
        }
        let is_logged_in = !request.viewer.is_visitor();
        let language = html::language(first.language, request.accept_language.as_deref());
        let now: Vec<ReadTime> = rows.iter().flatten().map(|row| groups::now(&self.home, row)).collect();
        let key = Key {
            group: None,
            place: address.place.clone(),
            form: address.form,
            language: language.code(),
            listed: listed.clone(),
            sight: Sight { is_logged_in, ..Sight::default() },
        };
        let revision = format!("{:?} {files:?} {now:?}", store.identity()?);
        let page = self.kept.page(key, &revision, making, || {
            let lines = listed.iter().filter_map(|index| Some((&self.groups[*index], rows[*index].as_ref()?)));
            let lines: Vec<GroupLine> =
                lines.map(|(settings, row)| self.line(&store, settings, row)).collect::<Result<_>>()?;
            let visit = Visit { words: language.page(), head: None, is_logged_in, ..no_visit(language) };
            self.in_form(
                address.form,
                || html::groups_page(&visit, &lines),
                || groups_json(&lines),
                || groups_csv(&lines),
            )
        })?;
        Ok(page.map(|page| Answer::Page(Page { is_public: !is_logged_in, ..page })))
    }

    fn line(&self, store: &Store, settings: &GroupSettings, row: &GroupRow) -> Result<GroupLine> {
        let now = groups::now(&self.home, row);
        let reading = Reading { store, settings, group: row, now };
        let today = reading.board(When::Current(Scope::Day))?.board;
        Ok(GroupLine { head: pages::head(settings, &row.title), today: Some(today) })
    }

    fn in_group(&self, request: &PageRequest, address: &Address, name: &str, making: Making) -> Result<Option<Answer>> {
        let Some(index) = self.groups.iter().position(|settings| pages::name(settings) == name) else {
            return Ok(Some(Answer::Denied));
        };
        let settings = &self.groups[index];
        let Opened { store, files } = self.open()?;
        let _snapshot = store.read_snapshot()?;
        // A group that was never watched has no id, so no viewer has a role in it.
        let Ok(row) = configured_row(&store, settings) else { return Ok(Some(Answer::Denied)) };
        let role = request.viewer.role(row.peer, settings.web);
        let sight = Sight {
            people: role.may(Resource::Call),
            pulse: role.may(Resource::Pulse),
            has_own_page: role.person().is_some(),
            is_logged_in: !request.viewer.is_visitor(),
            ..Sight::default()
        };
        let reading = Reading { store: &store, settings, group: &row, now: groups::now(&self.home, &row) };
        let language = match address.place {
            // A picture is the same for everybody, in the group's language.
            Place::Card(..) => settings.language,
            _ => html::language(settings.language, request.accept_language.as_deref()),
        };
        let asked = Asked { index, address, reading, role, sight, language, files: &files };
        let answer = self.place(&asked, request, making)?;
        Ok(answer.map(|answer| match answer {
            Answer::Page(page) => Answer::Page(Page { is_public: role == Role::Visitor, ..page }),
            other => other,
        }))
    }

    /// `None` if the page has to be made first.
    fn place(&self, asked: &Asked, request: &PageRequest, making: Making) -> Result<Option<Answer>> {
        let (reading, form) = (asked.reading, asked.address.form);
        let may = |what| asked.role.may(what);
        match &asked.address.place {
            Place::Me | Place::Live if !may(Resource::Call) => Ok(Some(Answer::Denied)),
            _ if !may(Resource::Boards) => Ok(Some(Answer::Denied)),
            // To log in again would not help a viewer who is logged in already.
            Place::Pulse if !may(Resource::Pulse) => Ok(Some(match asked.sight.is_logged_in {
                true => Answer::Page(self.not_found(request, reading.settings.language)),
                false => Answer::Denied,
            })),
            Place::Person(account, look) => self.person(asked, request, *account, *look, making),
            Place::Me => match asked.role.person() {
                Some(person) => redirect(&format!("/g/{}/p/{person}", pages::name(reading.settings))).map(Some),
                None => Ok(Some(Answer::Denied)),
            },
            Place::Card(scope, date) => {
                self.kept(asked, Sight::default(), making, |_| draw_board(reading, *scope, *date))
            }
            _ => self.kept(asked, asked.sight, making, |visit| match &asked.address.place {
                Place::Board(when, rows) => {
                    let data = reading.board(*when)?;
                    self.board_in_form(asked, &data.board, || html::board_page(visit, &data, rows))
                }
                Place::Live => {
                    let call = reading.call()?;
                    let zone = reading.settings.zone;
                    let fragment = || html::live(visit, &call, zone).into_string();
                    self.in_form(form, fragment, || call_json(&call, reading.settings), || Ok(String::new()))
                }
                Place::Embed(scope) => {
                    let page = html::embed(visit, &reading.board(current(*scope))?);
                    Ok(Page::html(page, self.embed_policy.clone()))
                }
                Place::Badge(scope) => {
                    let svg = html::badge(visit, &reading.board(current(*scope))?);
                    Ok(Page { content_type: "image/svg+xml", ..Page::html(svg, Policy::nothing()) })
                }
                Place::Pulse => {
                    let pulse = reading.pulse()?;
                    let json = || Ok(pulse::to_json(&pulse));
                    self.in_form(form, || html::pulse_page(visit, &pulse), json, || pulse_csv(&pulse))
                }
                Place::About => {
                    let page = html::about_page(visit, pages::rules(reading.settings));
                    Ok(Page::html(page, self.policy.clone()))
                }
                _ => self.now(asked, visit),
            }),
        }
    }

    fn now(&self, asked: &Asked, visit: &Visit) -> Result<Page> {
        let today = asked.reading.board(When::Current(Scope::Day))?;
        let call = asked.sight.people.then(|| asked.reading.call()).transpose()?;
        let json = || {
            let call = call.as_ref().map(|call| call_json(call, asked.reading.settings)).transpose()?;
            Ok(json!({ "call": call, "board": board_json(asked, &today.board) }))
        };
        let csv = || board_csv::to_csv(&today.board, None, Viewer::Web, asked.sight.people);
        self.in_form(asked.address.form, || html::now_page(visit, call.as_ref(), &today), json, csv)
    }

    fn person(
        &self,
        asked: &Asked,
        request: &PageRequest,
        account: PeerId,
        look: Look,
        making: Making,
    ) -> Result<Option<Answer>> {
        if !asked.sight.people {
            return Ok(Some(Answer::Denied));
        }
        let (reading, settings) = (asked.reading, asked.reading.settings);
        let Some(person) = reading.person(account)? else {
            return Ok(Some(Answer::Page(self.not_found(request, settings.language))));
        };
        // The same answer as for a person whom the group does not know.
        let Some(sight) = sight_of(asked, &person) else {
            return Ok(Some(Answer::Page(self.not_found(request, settings.language))));
        };
        let sees = Sees { stays: sight.stays, goal: sight.goal, streak: sight.streak };
        self.kept(asked, sight, making, |visit| {
            let mut read = reading.history(&person, look)?;
            if is_own(asked, &person) {
                read.show_to_themself(&person);
            }
            let page = || html::person_page(visit, &read.data(settings, look, sees));
            let json = || {
                let achieved = reading.achieved(&read)?;
                let mut json = why::to_json(&read.receipt, &achieved, &read.board, &read.record, settings, Viewer::Web);
                hide_unseen(&mut json, sees, achieved.shows_streak);
                Ok(json)
            };
            let csv = || parts_csv(&read, settings, sees);
            self.in_form(asked.address.form, page, json, csv)
        })
    }

    fn kept(
        &self,
        asked: &Asked,
        sight: Sight,
        making: Making,
        make: impl FnOnce(&Visit) -> Result<Page>,
    ) -> Result<Option<Answer>> {
        let reading = asked.reading;
        let head = pages::head(reading.settings, &reading.group.title);
        let key = Key {
            group: Some(asked.index),
            place: asked.address.place.clone(),
            form: asked.address.form,
            language: asked.language.code(),
            listed: Vec::new(),
            sight,
        };
        let now = reading.now;
        let time = match &asked.address.place {
            Place::Board(When::Holding(scope, date), _) | Place::Card(scope, date) => {
                board_time(Period::of(*scope, *date, reading.settings.zone, reading.settings.calendar), now.at)
            }
            _ => now.at,
        };
        let step = match asked.address.place {
            Place::Board(When::Holding(Scope::Year, _) | When::Current(Scope::Year), _)
            | Place::Board(When::AllTime | When::Range(..), _)
            | Place::Pulse => LONG_BOARD_SECONDS,
            _ => 1,
        };
        let time = Instant(time.0 / step * step);
        let revision = format!(
            "{:?} {:?} {} {time:?} {:?}",
            reading.store.identity()?,
            asked.files,
            reading.today(),
            now.tracked_since
        );
        let visit = Visit { address: self.address.as_deref(), ..visit(asked, &head, self.groups.len() > 1) };
        let page = self.kept.page(key, &revision, making, || make(&visit))?;
        Ok(page.map(Answer::Page))
    }

    fn board_in_form(&self, asked: &Asked, board: &Board, page: impl FnOnce() -> String) -> Result<Page> {
        let csv = || board_csv::to_csv(board, None, Viewer::Web, asked.sight.people);
        self.in_form(asked.address.form, page, || Ok(board_json(asked, board)), csv)
    }

    fn in_form(
        &self,
        form: Form,
        page: impl FnOnce() -> String,
        json: impl FnOnce() -> Result<Value>,
        csv: impl FnOnce() -> Result<String>,
    ) -> Result<Page> {
        let data = |content_type, text: String| Page { content_type, ..Page::html(text, Policy::nothing()) };
        Ok(match form {
            Form::Html => Page::html(page(), self.policy.clone()),
            Form::Json => data("application/json", format!("{}\n", json()?)),
            Form::Csv => {
                let inline = (CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
                Page { headers: vec![inline], ..data("text/csv; charset=utf-8", csv()?) }
            }
        })
    }

    /// The page for an address that does not exist. It is the same for everybody, and names no group.
    fn not_found(&self, request: &PageRequest, language: Language) -> Page {
        let language = html::language(language, request.accept_language.as_deref());
        let visit = Visit { is_logged_in: !request.viewer.is_visitor(), ..no_visit(language) };
        let page = html::message(&visit, Label::NotFound, Label::NotFoundText);
        Page { status: StatusCode::NOT_FOUND, ..Page::html(page, self.policy.clone()) }
    }
}

fn current(scope: Scope) -> When {
    if scope == Scope::AllTime { When::AllTime } else { When::Current(scope) }
}

/// A visit without a group.
fn no_visit(language: Language) -> Visit<'static> {
    Visit {
        words: language.page(),
        head: None,
        opens_people: false,
        opens_pulse: false,
        has_own_page: false,
        is_logged_in: false,
        has_other_groups: false,
        has_previews: false,
        address: None,
        hosting: Hosting::Server,
        scopes: &html::SCOPES,
    }
}

fn visit<'a>(asked: &Asked, head: &'a Head, has_other_groups: bool) -> Visit<'a> {
    let Sight { people, pulse, has_own_page, is_logged_in, .. } = asked.sight;
    Visit {
        words: asked.language.page(),
        head: Some(head),
        opens_people: people,
        opens_pulse: pulse,
        has_own_page,
        is_logged_in,
        has_other_groups,
        has_previews: asked.reading.settings.web == Visibility::Public,
        address: None,
        hosting: Hosting::Server,
        scopes: &html::SCOPES,
    }
}

/// A board as a picture, the same for everybody. Only the file stays in memory; fonts are unpacked again each time.
fn draw_board(reading: Reading, scope: Scope, date: NaiveDate) -> Result<Page> {
    let Reading { store, settings, group, now } = reading;
    let board = cards::board(store, settings, group, scope, date, settings.top, now)?;
    let mut fonts = Fonts::with_system(system_fonts::folders());
    let picture = card::board(&board, Theme::Light, &mut fonts);
    let file = card::png(&picture, &fonts)?;
    Ok(Page { content_type: "image/png", ..Page::html(file, Policy::nothing()) })
}

fn redirect(to: &str) -> Result<Answer> {
    let to = HeaderValue::try_from(to).map_err(|_| Error::failed("a group has a name that no address can hold"))?;
    let headers: Vec<(HeaderName, HeaderValue)> = vec![(LOCATION, to)];
    Ok(Answer::Page(Page { status: StatusCode::SEE_OTHER, headers, ..Page::html("", Policy::nothing()) }))
}

fn is_own(asked: &Asked, person: &Person) -> bool {
    asked.role.person().is_some_and(|own| person.accounts.contains(&own))
}

/// What the visitor sees of a person; `None` if that is nothing.
fn sight_of(asked: &Asked, person: &Person) -> Option<Sight> {
    let subject = Subject { accounts: &person.accounts, is_hidden: person.is_hidden() };
    let is_own = is_own(asked, person);
    asked.role.may(Resource::Totals(subject)).then(|| Sight {
        stays: asked.role.may(Resource::Stays(subject)),
        goal: is_own,
        streak: is_own || asked.role == Role::Owner,
        ..asked.sight
    })
}

/// Removes from a receipt what the visitor may not see.
fn hide_unseen(json: &mut Value, sees: Sees, shows_streak: bool) {
    if !sees.stays {
        json["parts"] = Value::Null;
        json["corrections"] = Value::Null;
        json["records"]["session"] = Value::Null;
    }
    if !sees.goal {
        json["goal"] = Value::Null;
    }
    if !sees.streak && !shows_streak {
        json["streak"] = Value::Null;
        json["newcomer_since"] = Value::Null;
    }
}

fn board_json(asked: &Asked, board: &Board) -> Value {
    let reading = asked.reading;
    match asked.sight.people {
        true => boards::to_json(board, reading.group, reading.settings.zone, None, Viewer::Web),
        false => boards::public_json(board, reading.group, reading.settings.zone),
    }
}

fn call_json(call: &CallData, settings: &GroupSettings) -> Result<Value> {
    let (state, seen) = match call.state {
        CallState::Running => ("running", None),
        CallState::Unseen(since) => ("unseen", Some(since)),
        CallState::NoCall => ("none", None),
        CallState::NotTracked(seen) => ("not_tracked", seen),
    };
    let people = call.present.iter().map(|present| {
        let person = display(&present.profile, Viewer::Web);
        json!({
            "user_id": person.id.0,
            "username": person.username,
            "name": person.to_string(),
            "since": iso(settings.zone, present.since),
            "stay_seconds": present.stay,
            "today_seconds": present.today,
        })
    });
    let seen = seen.map(|at| iso(settings.zone, at));
    Ok(json!({ "state": state, "last_seen": seen, "people": people.collect::<Vec<_>>() }))
}

fn groups_json(lines: &[GroupLine]) -> Result<Value> {
    let line = |line: &GroupLine| {
        let today = line.today.as_ref();
        json!({
            "name": line.head.name,
            "title": line.head.title,
            "people": today.map(Board::people),
            "total_seconds": today.map(Board::total_seconds),
        })
    };
    Ok(json!({ "groups": lines.iter().map(line).collect::<Vec<_>>() }))
}

fn groups_csv(lines: &[GroupLine]) -> Result<String> {
    let line = |line: &GroupLine| {
        let number = |number: Option<i64>| number.map_or(String::new(), |number| number.to_string());
        let today = line.today.as_ref();
        let people = number(today.map(|board| board.people() as i64));
        [
            line.head.name.clone(),
            board_csv::no_formula(&line.head.title),
            people,
            number(today.map(Board::total_seconds)),
        ]
    };
    csv(&["name", "title", "people", "total_seconds"], lines.iter().map(line))
}

/// The numbers of each week, then those of all weeks. A number that is not shown is an empty cell; so is each number of
/// a week that does not count.
fn pulse_csv(pulse: &Pulse) -> Result<String> {
    let cell = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
    let count = |count: Option<usize>| count.map(|count| count as i64);
    let of_week = |line: &WeekLine| {
        let WeekLine { week, people, regulars, hours } = *line;
        let row = move |(number, value): (Number, Option<i64>)| {
            let reason = week.left_out.map_or("", LeftOut::code);
            [week.first.to_string(), week.last.to_string(), reason.to_owned(), number.code(), cell(value)]
        };
        [(Number::People, count(people)), (Number::Regulars, count(regulars)), (Number::Hours, hours)].map(row)
    };
    let date = |week: Option<&WeekLine>, of: fn(&Week) -> NaiveDate| {
        week.map_or(String::new(), |line| of(&line.week).to_string())
    };
    let from = date(pulse.lines.first(), |week| week.first);
    let to = date(pulse.lines.last(), |week| week.last);
    let of_all = pulse.numbers().into_iter().map(|(number, amount)| {
        [from.clone(), to.clone(), String::new(), number.code(), cell(amount.map(Amount::number))]
    });
    csv(&["from", "to", "left_out", "number", "value"], pulse.lines.iter().flat_map(of_week).chain(of_all))
}

/// The parts of a receipt; none if the visitor may not see when the person was there.
fn parts_csv(read: &pages::PersonReading, settings: &GroupSettings, sees: Sees) -> Result<String> {
    let rows = read.receipt.parts.iter().filter(|_| sees.stays).map(|part| {
        let at = |at| iso(settings.zone, at);
        let [id, username, name] = board_csv::person_cells(&read.record.profile(part.peer), Viewer::Web);
        let (seconds, counted) = (part.seconds.to_string(), part.counted.to_string());
        [at(part.span.from), at(part.span.to), seconds, part.evidence.code().to_owned(), counted, id, username, name]
    });
    csv(&["from", "to", "seconds", "evidence", "counted", "user_id", "username", "name"], rows)
}

fn csv<const N: usize>(columns: &[&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let written = out.write_record(columns).and_then(|()| rows.into_iter().try_for_each(|row| out.write_record(row)));
    written
        .and_then(|()| out.flush().map_err(csv::Error::from))
        .map_err(|error| Error::failed(format!("the CSV can't be written: {error}")))?;
    Ok(String::from_utf8_lossy(out.get_ref()).into_owned())
}
