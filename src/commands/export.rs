//! `swf export`: stays, boards or days as CSV. It goes day by day, so that years take no more memory than a month.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::app::board_csv::{entry_cells, person_cells};
use crate::app::boards::{self, ExportedStay};
use crate::app::groups;
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::open_group;
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::{NO_ID, Viewer};
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Scope, iso, local_date};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};
use crate::platform::fs;
use crate::store::{GroupKey, Store};

#[derive(Debug, clap::Args)]
#[command(after_help = COLUMNS)]
pub struct Args {
    /// Stays, boards or days
    what: What,
    /// The first day, e.g. 2026-11-01, yesterday, -7 (seven days back) [default: the first stored day]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    since: Option<AskedDate>,
    /// The last day, written the same way [default: the last stored day]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    until: Option<AskedDate>,
    /// Write to this file, and replace its contents; - is standard output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a file that Excel opens with a double click: `;` between the cells, and a mark that the file is UTF-8
    #[arg(long)]
    excel: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// One row for each stay that began on these days
    Stays,
    /// One row for each day and person, as on the day's board
    Boards,
    /// One row for each day, also without people, with the time that was not watched
    Days,
}

impl What {
    fn columns(self) -> &'static str {
        match self {
            What::Stays => STAYS,
            What::Boards => BOARDS,
            What::Days => DAYS,
        }
    }
}

const COLUMNS: &str = "\
Columns of stays, sorted by their start:
  user_id, username, name  the account that was in the call
  person_id                the account that stands for the person (swf alias)
  call_id                  Telegram's id of the call
  joined                   when the account joined, by Telegram's clock
  from, to                 the stay; an open stay ends at the last look
  ending                   left: seen; gone: a later look did not show them;
                           call: the call ended; empty: still open
  seconds                  from `from` to `to`
  observed_seconds         the part that was watched
  proved_seconds           the part that only a later sighting proves
  unproved_seconds         the outage right after it, which counts nothing
Columns of boards, sorted by day and rank:
  date, rank               the day in the group's zone, the rank on its board
  user_id, username, name  the account that stands for the person
  seconds                  what counts; days of a week sum to the week
  proved_seconds           the part that was proved, not watched
  final                    true if the row can no longer change
  unwatched_seconds        how long swf was not running on that day
Columns of days, sorted by day:
  date, people, seconds    the day, how many people are on its board, their time together
  blind_seconds            how long a call ran that swf could not see
  unwatched_seconds        how long swf was not running: whether a call ran is not known
  coverage                 for a day without people: watched (nobody studied),
                           unwatched (swf was not running), blind (it could not see the call)
  final                    true if the day can no longer change

Stays are as they were seen, before aliases, SWF_MIN_SESSION and midnight decide what counts. \
Days of the old tracker have boards, but no stays. \
Bots are left out, and so is the tracking account with SWF_TRACK_SELF=false. \
Times are ISO 8601 with offset, in the group's zone. \
A text that a spreadsheet would read as a formula gets a ' in front, also inside of a cell after , ; or |.";

pub(super) const STAYS: &str = "user_id,username,name,person_id,call_id,joined,from,to,ending,\
                     seconds,observed_seconds,proved_seconds,unproved_seconds";
const BOARDS: &str = "date,rank,user_id,username,name,seconds,proved_seconds,final,unwatched_seconds";
const DAYS: &str = "date,people,seconds,blind_seconds,unwatched_seconds,coverage,final";

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let (store, group) = open_group(context)?;
    let now = groups::now(config.home(), &group);
    let today = local_date(config.group().zone, now.at);
    let date = |asked: AskedDate| asked.resolve(Scope::Day, today, config.group().calendar);
    let (since, until) = (args.since.map(date), args.until.map(date));
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        return Err(Error::usage(format!("--since {since} is after --until {until}"))
            .hint("Both are dates, and both days are included, e.g. --since 2026-11-01 --until 2026-11-30"));
    }
    let _snapshot = store.read_snapshot()?;
    let mut all = boards::days(&store, config.group(), group.key)?;
    if args.what == What::Days
        && let Some(watched) = store.first_watched(group.key)?
    {
        let watched = local_date(config.group().zone, watched);
        all = Some(all.map_or((watched, today), |(first, last)| (first.min(watched), last.max(today))));
    }
    let (first, last) = all.map_or((None, None), |(first, last)| (Some(first), Some(last)));
    let first = since.max(first);
    let last = until.map_or(last, |until| last.map(|last| last.min(until)));
    let days =
        first.zip(last).into_iter().flat_map(|(first, last)| first.iter_days().take_while(move |day| *day <= last));
    let write = |out: &mut dyn Write| -> Result<(), Failure> {
        let mut out = writer(out, args.excel)?;
        out.write_record(args.what.columns().split(','))?;
        for day in days {
            let rows = match args.what {
                What::Stays => stays(&store, config.group(), group.key, day)?,
                What::Boards => {
                    board(&store, config.group(), group.key, day, now)?.iter().flat_map(board_rows).collect()
                }
                What::Days => board(&store, config.group(), group.key, day, now)?.iter().map(day_row).collect(),
            };
            rows.iter().try_for_each(|row| out.write_record(row))?;
        }
        Ok(out.flush()?)
    };
    match args.output.as_deref().filter(|file| *file != Path::new("-")) {
        None => to_stream(Path::new("standard output"), &mut io::stdout().lock(), write),
        Some(file) => to_file(file, write),
    }
}

/// With `excel`: `;` between cells, because in languages with a decimal comma Excel splits a file only there; and a
/// BOM, because Excel reads a file without one in an old encoding.
fn writer<W: Write>(mut out: W, excel: bool) -> io::Result<csv::Writer<W>> {
    if !excel {
        return Ok(csv::Writer::from_writer(out));
    }
    out.write_all("\u{feff}".as_bytes())?;
    Ok(csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(out))
}

/// Why the rows were not written.
enum Failure {
    Output(io::Error),
    Store(Error),
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Failure {
        match error.into_kind() {
            // The conversion of the whole error would lose the kind.
            csv::ErrorKind::Io(error) => Failure::Output(error),
            other => Failure::Output(io::Error::other(format!("{other:?}"))),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Store(error)
    }
}

impl Failure {
    fn into_error(self, file: &Path) -> Error {
        match self {
            Failure::Store(error) => error,
            Failure::Output(error) => Error::file(file, "written", &error),
        }
    }
}

fn to_file(file: &Path, write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>) -> Result<()> {
    let failed = |error| Error::file(file, "written", &error);
    let target = fs::follow_links(file).map_err(failed)?;
    match target.metadata() {
        Ok(there) if there.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
        // A pipe or a device can't be replaced.
        Ok(there) if !there.is_file() => {
            to_stream(file, &mut File::options().write(true).open(&target).map_err(failed)?, write)
        }
        _ => fs::write_atomic_with(&target, fs::Mode::User, write).map_err(|failure| failure.into_error(&target)),
    }
}

fn to_stream(
    name: &Path,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<()> {
    match write(out) {
        // The reader of a pipe has closed it, as `head` does.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|failure| failure.into_error(name)),
    }
}

fn stays(store: &Store, settings: &GroupSettings, group: GroupKey, day: NaiveDate) -> Result<Vec<Vec<String>>> {
    let stays = boards::stays(store, settings, group, day)?.into_iter();
    Ok(stays.map(|exported| stay_row(exported, settings.zone)).collect())
}

/// The cells of [`STAYS`].
pub(super) fn stay_row(exported: ExportedStay, zone: Zone) -> Vec<String> {
    let iso = |at| iso(zone, at);
    let ExportedStay { profile, person, stay, known } = exported;
    let [id, username, name] = person_cells(&profile, Viewer::Terminal);
    let person = if profile.is_open() { person } else { NO_ID };
    vec![
        id,
        username,
        name,
        person.to_string(),
        stay.call.to_string(),
        iso(stay.joined),
        iso(stay.span.from),
        iso(stay.span.to),
        stay.ending.unwrap_or_default(),
        stay.span.seconds().to_string(),
        known.observed.to_string(),
        known.proved.to_string(),
        known.unproved.to_string(),
    ]
}

fn board(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    day: NaiveDate,
    now: ReadTime,
) -> Result<Option<Board>> {
    Ok(boards::boards(store, settings, group, &[Scope::Day], day, None, now)?.pop())
}

fn board_rows(board: &Board) -> Vec<Vec<String>> {
    let day = board.period.first.to_string();
    let more = [board.is_final.to_string(), board.unwatched_seconds.to_string()];
    let row =
        |entry| [day.clone()].into_iter().chain(entry_cells(entry, Viewer::Terminal)).chain(more.clone()).collect();
    board.entries.iter().map(row).collect()
}

fn day_row(board: &Board) -> Vec<String> {
    vec![
        board.period.first.to_string(),
        board.people().to_string(),
        board.total_seconds().to_string(),
        board.blind_seconds.to_string(),
        board.unwatched_seconds.to_string(),
        board.coverage.code().to_owned(),
        board.is_final.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::app::board_csv::no_formula;

    #[test]
    fn excel_gets_its_separator_and_encoding() {
        let written = |excel| {
            let mut out = writer(Vec::new(), excel).unwrap();
            out.write_record(["Zoë", "a;b", "c,d"]).unwrap();
            String::from_utf8(out.into_inner().unwrap()).unwrap()
        };
        assert_eq!(written(true), "\u{feff}Zoë;\"a;b\";c,d\r\n");
        assert_eq!(written(false), "Zoë,a;b,\"c,d\"\n");
    }

    #[test]
    fn a_closed_pipe_ends_silently_and_a_full_disk_is_named() {
        struct Fails(io::ErrorKind);
        impl Write for Fails {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let written = |kind, cell: &str| {
            to_stream(Path::new("standard output"), &mut Fails(kind), |out| {
                let mut out = writer(out, false)?;
                out.write_record([cell])?;
                Ok(out.flush()?)
            })
        };
        // A row that fills the buffer is written before the flush.
        for cell in ["x", &"x".repeat(100_000)] {
            assert!(written(io::ErrorKind::BrokenPipe, cell).is_ok());
            let error = written(io::ErrorKind::StorageFull, cell).unwrap_err();
            assert_eq!(error.message(), "standard output can't be written: the disk is full");
        }
    }

    proptest! {
        #[test]
        fn no_cell_is_a_formula_wherever_the_file_is_split(name in "[=＝@ax \"';,|\t\n]{0,12}", excel: bool, at in 0..4usize) {
            let mut out = writer(Vec::new(), excel).unwrap();
            out.write_record(["1", &no_formula(&name), "2"]).unwrap();
            let bytes = out.into_inner().unwrap();
            let mut reader = csv::ReaderBuilder::new();
            let reader = reader.has_headers(false).flexible(true).delimiter(b",;|\t"[at]);
            for record in reader.from_reader(&*bytes).records() {
                for cell in &record.unwrap() {
                    prop_assert!(!cell.trim_start().starts_with(['=', '＝', '@']), "{cell:?}");
                }
            }
        }
    }
}
