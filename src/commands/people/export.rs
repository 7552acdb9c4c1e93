//! `swf person export`: everything that is stored of one person, for that person.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::json;

use crate::app::people::{self, Achieved};
use crate::app::{boards, corrections, groups};
use crate::commands::context::Context;
use crate::commands::export::{STAYS, stay_row};
use crate::commands::facts::open_group;
use crate::commands::person::find;
use crate::commands::{terminal, why};
use crate::config::GroupSettings;
use crate::domain::accounting::folded::Folded;
use crate::domain::accounting::leaderboard::{Record, ranked_board};
use crate::domain::accounting::receipt::{Receipt, receipt};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::{Profile, Viewer, display};
use crate::domain::text::count;
use crate::domain::time::period::{Period, Scope, iso, local_date};
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::platform::fs::{self, Mode};
use crate::store::{GroupRow, Store};

#[derive(Debug, clap::Args)]
#[command(after_help = FILES)]
pub struct Export {
    /// Who: @username, a name or part of one, or an id
    #[arg(allow_negative_numbers = true)]
    person: String,
    /// The folder to create; it must not exist, or be empty
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

const FILES: &str = "\
Files, which only you can read:
  person.json   accounts, choices, what the person decided, all corrections, pairs, the appointments, reminders, answers in
                the chat and signs of life that are still kept, and the evidence of every part, as in swf why --json
  stays.csv     each stay, with the columns of swf export stays
  totals.csv    the person's row on the board of each day, week, month and year: period, first_day, last_day, rank,
                people, seconds, proved_seconds, final";

const TOTALS: [&str; 8] = ["period", "first_day", "last_day", "rank", "people", "seconds", "proved_seconds", "final"];
const SCOPES: [Scope; 4] = [Scope::Day, Scope::Week, Scope::Month, Scope::Year];

/// The person to export. All data is from one state of the store.
struct Person<'a> {
    store: &'a Store,
    settings: &'a GroupSettings,
    group: GroupRow,
    now: ReadTime,
    record: Record,
    receipt: Receipt,
    achieved: Achieved,
    period: Period,
}

pub fn export(context: &Context, args: &Export) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let _snapshot = store.read_snapshot()?;
    let now = groups::now(context.config.home(), &group);
    let person = Person::read(&store, settings, group, now, &args.person)?;
    make_folder(&args.output)?;
    let json = serde_json::to_string_pretty(&person.to_json()?).unwrap_or_default() + "\n";
    let (stays, totals) = (person.stays()?, person.totals()?);
    write(&args.output.join("person.json"), json.as_bytes())?;
    write_csv(&args.output.join("stays.csv"), STAYS.split(','), &stays)?;
    write_csv(&args.output.join("totals.csv"), TOTALS.into_iter(), &totals)?;
    let stays = count(stays.len() as i64, "stay", "stays");
    terminal::print(&format!("Wrote person.json, stays.csv ({stays}) and totals.csv to {}.\n", args.output.display()))
}

impl<'a> Person<'a> {
    fn read(
        store: &'a Store,
        settings: &'a GroupSettings,
        group: GroupRow,
        now: ReadTime,
        name: &str,
    ) -> Result<Person<'a>> {
        let period = boards::all_time(store, settings, group.key, now.at)?;
        let reach = settings.policy.rules.reach();
        let window = Span::new(settings.ranking.from(period) - reach, period.span.to + reach);
        let mut record = boards::record(store, settings, group.key, window)?;
        record.set_now(now);
        let joined = store.was_in_call(group.key, group.peer)?;
        let person = record.aliases.person(find(&record, group.peer, joined, name)?.peer);
        // The export is for the person, so it has their own name even if they hide it.
        for account in record.aliases.accounts(person) {
            let shown = record.profile(account).for_themself();
            record.profiles.insert(account, shown);
        }
        let receipt = receipt(period, &record, settings.policy, person);
        let until = period.last.min(local_date(settings.zone, now.at));
        let achieved = people::achieved(store, settings, group.key, &record, person, until, now)?;
        Ok(Person { store, settings, group, now, record, receipt, achieved, period })
    }

    fn accounts(&self) -> Vec<PeerId> {
        self.record.aliases.accounts(self.receipt.person)
    }

    fn to_json(&self) -> Result<serde_json::Value> {
        let Person { store, settings, group, record, receipt, achieved, .. } = self;
        let board = ranked_board(self.period, Instant(i64::MAX), record, settings.policy, settings.ranking);
        let accounts: Vec<Profile> = self.accounts().into_iter().map(|account| record.profile(account)).collect();
        let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
        let forgotten = store.forgotten_at(receipt.person)?;
        let own = self.accounts();
        let corrections = store.corrections(group.key)?.into_iter().filter(|one| own.contains(&one.peer));
        let corrections: Vec<_> = corrections.map(|one| corrections::to_json(&one, settings.zone)).collect();
        Ok(json!({
            "exported_at": iso(settings.zone, self.now.at),
            "group": { "id": group.peer.0, "title": group.title, "username": group.username },
            "accounts": accounts,
            "decided": rights.of(receipt.person),
            "to_be_forgotten_at": forgotten.map(|at| iso(settings.zone, at)),
            "corrections": corrections,
            "folded_days": self.folded_days()?,
            "appointments": self.appointments()?,
            "reminders": self.reminders()?,
            "pairs": self.pairs()?,
            "answers": self.answers()?,
            "signs_of_life": self.signs()?,
            "silences": self.silences()?,
            "asked_still_here_at": self.asked()?,
            "why": why::to_json(receipt, achieved, &board, record, settings, Viewer::Terminal),
        }))
    }

    /// The days of which only totals are stored.
    fn folded_days(&self) -> Result<Vec<serde_json::Value>> {
        let mut days = Vec::new();
        for account in self.accounts() {
            days.extend(self.store.folded_of(self.group.key, account)?.into_iter().map(|row| {
                let Folded { at, stays, longest_stay, proved, added, removed, possible, session, session_before } =
                    row.folded;
                json!({
                    "day": row.day.to_string(),
                    "folded_at": iso(self.settings.zone, at),
                    "seconds": row.credited,
                    "proved_seconds": proved,
                    "added_seconds": added,
                    "removed_seconds": removed,
                    "possible_seconds": possible,
                    "stays": stays,
                    "longest_stay_seconds": longest_stay,
                    "longest_session_seconds": session,
                    "earlier_longest_session_seconds": session_before,
                })
            }));
        }
        Ok(days)
    }

    /// The slots to which the person said that they come, as far as they are still kept.
    fn appointments(&self) -> Result<Vec<serde_json::Value>> {
        let (accounts, zone) = (self.accounts(), self.settings.zone);
        let all = self.store.appointments(self.group.key, Span::new(Instant(0), Instant(i64::MAX)))?;
        let own = all.into_iter().filter(|one| accounts.contains(&one.account));
        Ok(own.map(|one| json!({ "slot": iso(zone, one.starts), "said_at": iso(zone, one.made) })).collect())
    }

    /// The slots of which the bot reminded the person, and when they answered.
    fn reminders(&self) -> Result<Vec<serde_json::Value>> {
        let zone = self.settings.zone;
        let reminders = self.store.reminders(self.group.key, &self.accounts())?.into_iter();
        let answered = |at: Option<Instant>| at.map(|at| iso(zone, at));
        Ok(reminders
            .map(|one| json!({ "slot": iso(zone, one.starts), "answered_at": answered(one.answered) }))
            .collect())
    }

    /// With whom the person shares a streak, whom they asked, and who asked them. Does not show that somebody declined.
    fn pairs(&self) -> Result<Vec<serde_json::Value>> {
        let (zone, own) = (self.settings.zone, self.receipt.person);
        let all = self.store.pairs(self.group.key)?.into_iter().map(|pair| pair.of_people(&self.record.aliases));
        let own = all.filter_map(|pair| Some((pair, pair.partner(own)?, pair.other == own)));
        let when = |at: Option<Instant>| at.map(|at| iso(zone, at));
        Ok(own
            .map(|(pair, partner, was_asked)| {
                json!({
                    "with": display(&self.record.profile(partner), Viewer::Group).to_string(),
                    "asked_by": if was_asked { "other" } else { "person" },
                    "asked_at": iso(zone, pair.asked),
                    "accepted_at": when(pair.accepted),
                    "declined_at": when(pair.declined.filter(|_| was_asked)),
                })
            })
            .collect())
    }

    /// The answers to the person in the chat, as far as they are still kept.
    fn answers(&self) -> Result<Vec<serde_json::Value>> {
        let mut answers = Vec::new();
        for account in self.accounts() {
            answers.extend(self.store.answers_to(account)?.into_iter().map(
                |row| json!({ "sent_at": row.sent.map(|at| iso(self.settings.zone, at)), "text": row.message.text }),
            ));
        }
        Ok(answers)
    }

    /// When the person gave signs of life, as far as the signs are still kept.
    fn signs(&self) -> Result<Vec<serde_json::Value>> {
        let mut signs = Vec::new();
        for account in self.accounts() {
            signs.extend(self.store.signs_of(self.group.key, account)?);
        }
        signs.sort_unstable();
        Ok(signs.into_iter().map(|at| iso(self.settings.zone, at).into()).collect())
    }

    /// When the bot last asked whether the person is still there.
    fn asked(&self) -> Result<Option<String>> {
        let asked = self.store.silence_asked(self.group.key, &self.accounts())?;
        Ok(asked.map(|at| iso(self.settings.zone, at)))
    }

    /// Time that did not rank because signs were missing. It is kept after signs are deleted.
    fn silences(&self) -> Result<Vec<serde_json::Value>> {
        let zone = self.settings.zone;
        let mut silences = Vec::new();
        for account in self.accounts() {
            silences.extend(self.store.silences_of(self.group.key, account)?);
        }
        silences.sort_unstable();
        Ok(silences.iter().map(|span| json!({ "from": iso(zone, span.from), "to": iso(zone, span.to) })).collect())
    }

    /// The local days on which the receipt has parts.
    fn days(&self) -> BTreeSet<NaiveDate> {
        let zone = self.settings.zone;
        let spans = self.receipt.parts.iter().map(|part| part.span);
        let ends = spans.map(|span| (local_date(zone, span.from), local_date(zone, span.to - 1)));
        ends.flat_map(|(first, last)| first.iter_days().take_while(move |day| *day <= last)).collect()
    }

    fn stays(&self) -> Result<Vec<Vec<String>>> {
        let accounts = self.accounts();
        let mut rows = Vec::new();
        for day in self.days() {
            let mut stays = boards::stays(self.store, self.settings, self.group.key, day)?;
            stays.retain(|exported| accounts.contains(&exported.stay.peer));
            for exported in &mut stays {
                exported.profile = self.record.profile(exported.stay.peer);
            }
            rows.extend(stays.into_iter().map(|exported| stay_row(exported, self.settings.zone)));
        }
        Ok(rows)
    }

    fn totals(&self) -> Result<Vec<Vec<String>>> {
        let Person { store, settings, group, now, .. } = self;
        let mut rows = Vec::new();
        for scope in SCOPES {
            let periods = self.days().into_iter().map(|day| Period::of(scope, day, settings.zone, settings.calendar));
            let firsts: BTreeSet<NaiveDate> = periods.map(|period| period.first).collect();
            for first in firsts {
                for board in boards::boards(store, settings, group.key, &[scope], first, None, *now)? {
                    let entry = board.entries.iter().find(|entry| entry.profile.peer == self.receipt.person);
                    rows.extend(entry.map(|entry| {
                        let Period { first, last, .. } = board.period;
                        let numbers = [entry.rank.to_string(), board.people().to_string()];
                        let seconds = [entry.seconds.to_string(), entry.proved_seconds.to_string()];
                        let ends = [scope.name().to_owned(), first.to_string(), last.to_string()];
                        [&ends[..], &numbers, &seconds, &[board.is_final.to_string()]].concat()
                    }));
                }
            }
        }
        Ok(rows)
    }
}

/// Makes a folder that only the owner can read.
fn make_folder(folder: &Path) -> Result<()> {
    let failed = |error| Error::file(folder, "made", &error);
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    match builder.create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => return made.map_err(failed),
    }
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(Error::usage(format!("{} is not empty; it was left as it is", folder.display()))
            .hint("Choose a folder that does not exist yet, or an empty folder."));
    }
    Ok(())
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write_atomic(file, bytes, Mode::Private).map_err(|error| Error::file(file, "written", &error))
}

fn write_csv<'a>(file: &Path, columns: impl Iterator<Item = &'a str>, rows: &[Vec<String>]) -> Result<()> {
    let written = || -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(columns)?;
        rows.iter().try_for_each(|row| out.write_record(row))?;
        Ok(out.into_inner()?)
    };
    let bytes = written().map_err(|error| Error::failed(format!("{} can't be written: {error}", file.display())))?;
    write(file, &bytes)
}
