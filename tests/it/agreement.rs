//! Whatever is read of one moment says the same (DESIGN §2, promise 1).

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use swf::config::Config;
use swf::domain::period::{Scope, local_date};
use swf::domain::roster::{End, Fact};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::standings;
use swf::store::{Access, GroupKey, Seen, Store};

use crate::home::{START, command};

fn config(home: &Path, settings: &[(&str, &str)]) -> Config {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(home.to_owned()), home, settings).unwrap()
}

/// A new store in `home`, opened to write.
fn store(config: &Config) -> (Store, GroupKey) {
    std::fs::create_dir_all(config.home.store().parent().unwrap()).unwrap();
    let mut store = Store::open(&config.home.store(), Access::Write).unwrap();
    let group = store.group(PeerId(-100), None, "Study", None, PeerId(1)).unwrap();
    (store, group)
}

fn keep(store: &mut Store, group: GroupKey, at: Instant, facts: Vec<Fact>) {
    let watched = Some(Span::new(Instant(START), at));
    store.record(group, &Seen { facts, watched, ..Seen::new(at) }, &[]).unwrap();
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
        // The call ends and goes on, again and again; everybody is in all the time.
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
        let reader = Store::open(&config.home.store(), Access::Read).unwrap();
        let day = local_date(config.zone, start);
        let mut wrong = None;
        for _ in 0..3000 {
            let board = standings::boards(&reader, &config, group, &[Scope::Day], day, None).unwrap().remove(0);
            let seconds = |entry: &swf::domain::leaderboard::Entry| Some(start + entry.seconds) == board.as_of;
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
