//! All readers of the store agree about the same instant (rules §2.18).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use serde_json::Value;
use swf::app::{boards, groups};
use swf::config::Config;
use swf::domain::accounting::presence::{Blind, Stay};
use swf::domain::accounting::receipt::{contradiction, receipt};
use swf::domain::accounting::unwatched::ReadTime;
use swf::domain::people::{Aliases, Known, Profile};
use swf::domain::roster::Observed;
use swf::domain::roster::{BlindReason, End, Fact};
use swf::domain::time::interval::SpanSet;
use swf::domain::time::period::{Period, Scope, iso, local_date};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, GroupKey, OldTracker, Store};

use crate::home::{START, command};
use crate::model::{boards::moment, reference, share};
use crate::pages;
use crate::site;

/// After all instants that a test stores.
const LATER: ReadTime = ReadTime { at: Instant(1 << 40), tracked_since: None };

fn config(home: &Path, settings: &[(&str, &str)]) -> Config {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(home.to_owned()), home, settings).unwrap()
}

/// A new store in `home`, opened for writing.
fn store(config: &Config) -> (Store, GroupKey) {
    std::fs::create_dir_all(config.home().store().parent().unwrap()).unwrap();
    let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
    let group = store.group(PeerId(-100), None, "Study", None, PeerId(1)).unwrap();
    (store, group)
}

fn keep(store: &mut Store, group: GroupKey, at: Instant, facts: Vec<Fact>) {
    let watched = Some(Span::new(Instant(START).min(at), at));
    // Stored a day later, so that all instants are in the past.
    store.record(group, &Observed { facts, watched, ..Observed::new(at + 86_400) }, &[]).unwrap();
}

#[test]
fn a_board_is_of_one_moment_while_the_tracker_writes() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    let (mut writer, group) = store(&config);
    let (call, start) = (CallId(7), Instant(START));
    let people = || (1..=40).map(PeerId);
    let open = |peer| Fact::Opened { call, peer, joined: start, from: start, seen: start };
    let mut facts = vec![Fact::Following { call, at: start }];
    facts.extend(people().map(open));
    keep(&mut writer, group, start, facts);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // The call ends and starts again repeatedly; everybody is in it all the time.
        scope.spawn(|| {
            let mut at = start + 1000;
            while !over.load(Ordering::Relaxed) {
                let close = |peer| Fact::Closed { call, peer, from: start, to: at, end: End::Call };
                let mut facts: Vec<Fact> = people().map(close).collect();
                facts.push(Fact::Confirmed { call, at });
                keep(&mut writer, group, at, facts);
                keep(&mut writer, group, at, people().map(open).collect());
                at = at + 1;
            }
        });
        let reader = Store::open(&config.home().store(), Access::Read).unwrap();
        let day = local_date(config.group().zone, start);
        let mut wrong = None;
        for _ in 0..3000 {
            let board =
                boards::boards(&reader, config.group(), group, &[Scope::Day], day, None, LATER).unwrap().remove(0);
            let seconds =
                |entry: &swf::domain::accounting::leaderboard::Entry| Some(start + entry.seconds) == board.as_of;
            let begun = board.as_of.is_some_and(|at| at > start);
            if begun && !(board.people() == 40 && board.entries.iter().all(seconds)) {
                wrong = Some(board);
                break;
            }
        }
        over.store(true, Ordering::Relaxed);
        assert!(wrong.is_none(), "{wrong:?}");
    });
}

#[test]
fn an_audit_is_of_one_moment_while_the_tracker_writes() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    let (mut writer, group) = store(&config);
    let (call, start) = (CallId(7), Instant(START));
    let open = |peer| Fact::Opened { call, peer: PeerId(peer), joined: start, from: start, seen: start };
    let mut facts = vec![Fact::Following { call, at: start }];
    facts.extend((1..=500).map(open));
    facts.push(Fact::Confirmed { call, at: start + 1000 });
    keep(&mut writer, group, start + 1000, facts);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut at = start + 1000;
            while !over.load(Ordering::Relaxed) {
                at = at + 1;
                keep(&mut writer, group, at, vec![Fact::Confirmed { call, at }]);
            }
        });
        let audits = (0..20).map(|_| command(folder.path(), &["audit"]).output().unwrap());
        let wrong = audits.into_iter().find(|audit| !audit.status.success());
        over.store(true, Ordering::Relaxed);
        assert!(wrong.is_none(), "{wrong:?}");
    });
}

/// Somebody was seen after midnight while the whole call could not be read, and then the tracker died.
#[test]
fn a_day_on_which_one_person_was_seen_is_there_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    let (mut store, group) = store(&config);
    let today = local_date(config.group().zone, Instant(START));
    let midnight = Period::of(Scope::Day, today, config.group().zone, config.group().calendar).span.from;
    let (call, peer, from) = (CallId(7), PeerId(2), midnight - 1000);
    let facts = vec![
        Fact::Following { call, at: from },
        Fact::Opened { call, peer, joined: from, from, seen: from },
        Fact::Confirmed { call, at: midnight - 100 },
        Fact::Seen { call, peer, from, at: midnight + 50 },
    ];
    keep(&mut store, group, midnight - 100, facts);
    assert_eq!(boards::days(&store, config.group(), group).unwrap(), Some((today - Days::new(1), today)));
    assert!(command(folder.path(), &["audit"]).output().unwrap().status.success());
    let board = command(folder.path(), &["export", "boards"]).output().unwrap().stdout;
    let rows = String::from_utf8(board).unwrap();
    assert!(rows.contains("2033-05-17,1,2,,id 2,1000,") && rows.contains("2033-05-18,1,2,,id 2,50,"), "{rows}");
}

#[test]
fn an_outlook_is_what_the_board_will_say() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    let (mut store, group) = store(&config);
    let (call, ada, phone, start) = (CallId(7), PeerId(2), PeerId(3), Instant(START));
    store.add_alias(group, "2", "3").unwrap();
    let facts = vec![
        Fact::Following { call, at: start },
        Fact::Opened { call, peer: ada, joined: start, from: start, seen: start },
        Fact::Closed { call, peer: ada, from: start, to: start + 1000, end: End::Left },
        Fact::Opened { call, peer: phone, joined: start + 2000, from: start + 2000, seen: start + 2000 },
        Fact::Confirmed { call, at: start + 2010 },
    ];
    keep(&mut store, group, start + 2010, facts);
    let outlook = |until: i64| {
        let stay = Stay { call, peer: phone, span: Span::new(start + 2000, start + until), open: true };
        boards::outlook(&store, config.group(), group, start + until, &[stay]).unwrap()
    };
    // The new session is still below the gate.
    assert_eq!(outlook(2299), [(phone, 1000)].into());
    assert_eq!(outlook(2300), [(phone, 1300)].into());
}

#[test]
fn the_group_that_the_settings_name_is_read_whichever_was_watched_last() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = store(&config(folder.path(), &[]));
    let mut watch = |peer: i64, title: &str, username: Option<&str>, at: i64| {
        let group = store.group(PeerId(peer), None, title, username, PeerId(1)).unwrap();
        keep(&mut store, group, Instant(at), Vec::new());
    };
    watch(-1001, "Night", Some("study"), START);
    watch(-1002, "Study", None, START + 100);
    for (name, peer) in [
        ("@study", -1001),
        ("study", -1001),
        ("https://t.me/study", -1001),
        ("Night", -1001),
        ("-1001", -1001),
        ("-1002", -1002),
        // A setting that matches no name or id means the group that was watched last.
        ("https://t.me/+invited", -1002),
    ] {
        let config = config(folder.path(), &[("TELEGRAM_GROUP_USERNAME", name)]);
        assert_eq!(groups::shown(&store, config.group()).unwrap().group.peer, PeerId(peer), "{name}");
    }
}

/// The data from which a store is made.
#[derive(Clone, Debug)]
struct Case {
    place: usize,
    /// Account, call, pause since the account's last stay, length. `open`: whose last stay is open, and how much later
    /// they were seen.
    stays: Vec<(i64, i64, i64, i64)>,
    open: Vec<(i64, i64)>,
    /// When each call was last confirmed, in seconds after the moment.
    confirmed: Vec<i64>,
    blinds: Vec<(i64, Option<i64>, i64, i64)>,
    /// Account, day counted from the moment's, seconds.
    carried: Vec<(i64, u64, i64)>,
    /// The last sighting of the old tracker.
    until: i64,
    aliases: Vec<(i64, i64)>,
    settings: (i64, i64, &'static str, bool, bool),
}

fn any_case() -> impl Strategy<Value = Case> {
    let who = || 1..6i64;
    let lengths = || prop_oneof![Just(0), 1..400i64, 400..9000i64, 9000..50_000i64];
    let pauses = prop_oneof![Just(0), 1..61i64, 61..4000i64, 4000..60_000i64];
    let rules = prop_oneof![Just((300, 60)), Just((0, 60)), Just((300, 0)), Just((1200, 900))];
    let start = prop_oneof![Just("monday"), Just("sunday"), Just("saturday")];
    (
        (0..8usize, proptest::collection::vec((who(), 1..4i64, pauses, lengths()), 1..14)),
        proptest::collection::vec((who(), lengths()), 0..3),
        proptest::collection::vec(-90_000..90_000i64, 3),
        proptest::collection::vec((1..4i64, proptest::option::of(who()), -90_000..90_000i64, lengths()), 0..6),
        proptest::collection::vec((who(), 0..4u64, 1..100_000i64), 0..4),
        -90_000..90_000i64,
        proptest::collection::vec((who(), who()), 0..3),
        (rules, start, any::<bool>(), any::<bool>()),
    )
        .prop_map(|((place, stays), open, confirmed, blinds, carried, until, aliases, rest)| {
            let ((gate, grace), week, anchored, track_self) = rest;
            let settings = (gate, grace, week, anchored, track_self);
            Case { place, stays, open, confirmed, blinds, carried, until, aliases, settings }
        })
}

/// The account that is a bot, and the account that tracks.
const BOT: PeerId = PeerId(5);
const TRACKER: PeerId = PeerId(1);

impl Case {
    /// Checks that everything that reads the store agrees, also with counting second by second.
    fn agrees(&self) {
        let (zone, at) = moment(self.place);
        let at = Instant(at);
        let middle = local_date(zone, at);
        let (gate, grace, week_start, anchored, track_self) = self.settings;
        let anchor = middle - Days::new(3);
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("SWF_TIMEZONE", zone.name().to_owned()),
            ("SWF_MIN_SESSION", gate.to_string()),
            ("SWF_REJOIN_GRACE", grace.to_string()),
            ("SWF_WEEK_START", week_start.to_owned()),
            ("SWF_PERIODS", if anchored { "anchored" } else { "" }.to_owned()),
            ("SWF_ANCHOR_DATE", if anchored { anchor.to_string() } else { String::new() }),
            ("SWF_TRACK_SELF", track_self.to_string()),
            ("SWF_DAY_START", if self.place % 2 == 1 { format!("03:30@{middle}") } else { String::new() }),
        ];
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let config = config(folder.path(), &settings);
        let zone = config.group().zone;
        let (mut store, group) = store(&config);

        // The stored facts.
        let mut facts: Vec<Fact> = (1..4).map(|call| Fact::Following { call: CallId(call), at }).collect();
        let mut free: BTreeMap<i64, Instant> = BTreeMap::new();
        let mut stays: Vec<Stay> = Vec::new();
        for &(peer, call, pause, length) in &self.stays {
            let from = *free.entry(peer).or_insert(at - 2 * 86_400) + pause;
            let (call, peer, to) = (CallId(call), PeerId(peer), from + length);
            if stays.iter().any(|stay| (stay.call, stay.peer, stay.span.from) == (call, peer, from)) {
                continue;
            }
            free.insert(peer.0, to);
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to, end: End::Gone });
            stays.push(Stay { call, peer, span: Span::new(from, to), open: false });
        }
        let confirmed: Vec<Instant> = self.confirmed.iter().map(|after| at + *after).collect();
        for &(peer, seen) in &self.open {
            let (call, from) = (CallId(3), *free.entry(peer).or_insert(at) + 100);
            if stays.iter().any(|stay| stay.open && stay.peer == PeerId(peer)) {
                continue;
            }
            let to = (from + seen).max(confirmed[2]);
            facts.push(Fact::Opened { call, peer: PeerId(peer), joined: from, from, seen: from + seen });
            stays.push(Stay { call, peer: PeerId(peer), span: Span::new(from, to), open: true });
        }
        let known = (1..4).zip(&confirmed).map(|(call, at)| Fact::Confirmed { call: CallId(call), at: *at });
        facts.extend(known);
        let mut blinds: Vec<Blind> = self
            .blinds
            .iter()
            .map(|&(call, peer, after, length)| Blind {
                call: CallId(call),
                peer: peer.map(PeerId),
                span: Span::new(at + after, at + after + length),
                reason: BlindReason::Offline,
            })
            .collect();
        facts.extend(blinds.iter().map(|&Blind { call, peer, span, reason }| Fact::Blind { call, peer, span, reason }));
        // Time after the last confirmed instant that only a later sighting shows was not watched.
        let beyond = stays.iter().filter(|stay| stay.open).map(|&Stay { call, peer, span, .. }| {
            let span = Span::new(span.from.max(confirmed[2]), span.to);
            Blind { call, peer: Some(peer), span, reason: BlindReason::Gap }
        });
        blinds.extend(beyond);
        let people = (1..6).map(|peer| {
            let name = format!("Person {peer}");
            let profile = Profile { name, bot: PeerId(peer) == BOT, ..Profile::unknown(PeerId(peer)) };
            Known { profile, access_hash: None }
        });
        let seen = Observed { facts, people: people.collect(), watched: Some(Span::new(at, at)), at: at + 60 * 86_400 };
        store.record(group, &seen, &[]).unwrap();
        let until = at + self.until;
        let mut old = OldTracker::default();
        for &(peer, day, seconds) in &self.carried {
            old.totals.insert((middle - Days::new(2) + Days::new(day), PeerId(peer)), seconds);
        }
        store.import(group, &old, until, true, None).unwrap();
        for (canonical, alias) in &self.aliases {
            store.add_alias(group, &canonical.to_string(), &alias.to_string()).unwrap();
        }
        let aliases = store.aliases(group, &[]).unwrap();
        let aliases = Aliases::new(aliases.iter().filter_map(swf::store::Alias::peers));

        // Counting second by second.
        let counts = |peer: PeerId| peer != BOT && (track_self || peer != TRACKER);
        let mut truth: BTreeMap<(NaiveDate, PeerId), (i64, i64)> = BTreeMap::new();
        let everybody: BTreeSet<PeerId> = (1..6).map(|peer| aliases.person(PeerId(peer))).collect();
        for person in everybody {
            let mine = |peer: PeerId| counts(peer) && aliases.person(peer) == person;
            let own: Vec<Stay> = stays.iter().filter(|stay| mine(stay.peer)).copied().collect();
            let credit = reference::credit(&own, &blinds, config.group().policy.rules);
            let carried: Vec<_> = old.totals.iter().filter(|((_, peer), _)| mine(*peer)).collect();
            let old_days: BTreeSet<NaiveDate> = carried.iter().map(|((day, _), _)| *day).collect();
            for second in credit.credited {
                let day = local_date(zone, Instant(second));
                if old_days.contains(&day) && second < until.0 {
                    continue;
                }
                let row = truth.entry((day, person)).or_default();
                *row = (row.0 + 1, row.1 + i64::from(credit.proved.contains(&second)));
            }
            for ((day, _), seconds) in carried {
                let row = truth.entry((*day, person)).or_default();
                row.0 =
                    (row.0 + seconds).min(Period::of(Scope::Day, *day, zone, config.group().calendar).span.seconds());
            }
        }
        truth.retain(|_, (seconds, _)| *seconds > 0);

        // Boards and receipts agree with it.
        let days = || (middle - Days::new(6)).iter_days().take(14);
        let board =
            |scope, day| boards::boards(&store, config.group(), group, &[scope], day, None, LATER).unwrap().remove(0);
        let rows = |scope, day| -> BTreeMap<PeerId, (i64, i64)> {
            let rows = board(scope, day).entries.into_iter();
            rows.map(|row| (row.profile.peer, (row.seconds, row.proved_seconds))).collect()
        };
        for scope in Scope::ALL {
            for day in days() {
                let period = Period::of(scope, day, zone, config.group().calendar);
                let mut expected: BTreeMap<PeerId, (i64, i64)> = BTreeMap::new();
                for ((_, person), (all, proved)) in
                    truth.iter().filter(|((day, _), _)| (period.first..=period.last).contains(day))
                {
                    let row = expected.entry(*person).or_default();
                    *row = (row.0 + all, row.1 + proved);
                }
                let found = rows(scope, day);
                assert_eq!(found, expected, "{scope:?} of {day} in {zone}");
                let reach = config.group().policy.rules.reach();
                let window = Span::new(period.span.from - reach, period.span.to + reach);
                let record = boards::record(&store, config.group(), group, window).unwrap();
                for person in (1..6).map(PeerId).filter(|peer| aliases.person(*peer) == *peer) {
                    let (seconds, proved) = expected.get(&person).copied().unwrap_or_default();
                    let receipt = receipt(period, &record, config.group().policy, person);
                    assert_eq!(contradiction(&receipt, seconds, proved, period), None, "{person} {period:?}");
                }
            }
        }

        // The commands agree with it.
        let run = |args: &[&str]| {
            let mut command = command(folder.path(), args);
            let output = command.envs(settings.iter().copied()).output().unwrap();
            assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        let csv = |args: &[&str]| -> Vec<BTreeMap<String, String>> {
            csv::Reader::from_reader(&run(args)[..]).deserialize().map(|row| row.unwrap()).collect()
        };
        run(&["audit"]);
        let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<i64>().unwrap();
        let exported: BTreeMap<(NaiveDate, PeerId), (i64, i64)> = csv(&["export", "boards"])
            .iter()
            .map(|row| {
                let key = (row["date"].parse().unwrap(), PeerId(number(row, "user_id")));
                (key, (number(row, "seconds"), number(row, "proved_seconds")))
            })
            .collect();
        assert_eq!(exported, truth);
        let mut exported: Vec<_> = csv(&["export", "stays"])
            .iter()
            .map(|row| {
                assert_eq!(number(row, "person_id"), aliases.person(PeerId(number(row, "user_id"))).0);
                let known = (number(row, "observed_seconds"), number(row, "proved_seconds"));
                (number(row, "user_id"), number(row, "call_id"), row["from"].clone(), row["to"].clone(), known)
            })
            .collect();
        let mut expected: Vec<_> = stays
            .iter()
            .filter(|stay| counts(stay.peer))
            .map(|stay| {
                let of = |blind: &&Blind| blind.call == stay.call && blind.peer.is_none_or(|peer| peer == stay.peer);
                let dark = SpanSet::union(blinds.iter().filter(of).map(|blind| blind.span));
                let proved = dark.clip(stay.span).seconds();
                let known = (stay.span.seconds() - proved, proved);
                (stay.peer.0, stay.call.0, iso(zone, stay.span.from), iso(zone, stay.span.to), known)
            })
            .collect();
        exported.sort();
        expected.sort();
        assert_eq!(exported, expected);
        pages::set_time(&config, at + 400 * 86_400);
        pages::agree(&config, &run, middle, &truth);
        // Two days later all stays have ended, and the last weeks contain all of them.
        pages::set_time(&config, at + 2 * 86_400);
        pages::agree_now(&config, &run, &truth);
        pages::set_time(&config, at + 400 * 86_400);
        site::agree(&config, &run);
        let day = middle.to_string();
        let json = |args: &[&str]| serde_json::from_slice::<Value>(&run(args)).unwrap();
        let week = json(&["leaderboard", "week", "--date", &day, "--json"]);
        let printed = csv(&["leaderboard", "week", "--date", &day, "--csv"]);
        let entries = week["entries"].as_array().unwrap();
        let row = |entry: &Value| ["user_id", "seconds", "proved_seconds"].map(|name| entry[name].as_i64().unwrap());
        let line =
            |row: &BTreeMap<String, String>| ["user_id", "seconds", "proved_seconds"].map(|name| number(row, name));
        assert_eq!(entries.iter().map(row).collect::<Vec<_>>(), printed.iter().map(line).collect::<Vec<_>>());
        assert_eq!(week["total_seconds"], entries.iter().map(|entry| row(entry)[1]).sum::<i64>());
        for entry in entries.iter().take(2) {
            let [person, seconds, proved] = row(entry);
            let why = json(&["why", &person.to_string(), "week", "--date", &day, "--json"]);
            let counted = why["parts"].as_array().unwrap().iter().filter(|part| part["counted"] == true);
            let sum: i64 = counted.map(|part| part["seconds"].as_i64().unwrap()).sum();
            assert_eq!(
                [&why["seconds"], &why["proved_seconds"], &sum.into()],
                [&seconds.into(), &proved.into(), &why["seconds"]]
            );
        }
    }
}

proptest! {
    #![proptest_config(share(10))]
    #[test]
    fn boards_receipts_exports_and_the_audit_agree(case in any_case()) {
        case.agrees();
    }
}
