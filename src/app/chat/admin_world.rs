//! For tests: a group with a call, about which admins ask.

use super::Asking;
use crate::config::Config;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::Author;
use crate::domain::chat::access::Standing;
use crate::domain::live::{Call, Connection, GroupView, Person, View};
use crate::domain::people::{Known, Profile};
use crate::domain::roster::{End, Fact, Observed};
use crate::domain::time::period::instant_of;
use crate::domain::time::zone::Zone;
use crate::domain::words::Language;
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::store::{Access, GroupKey, GroupRow, Store};

/// A supergroup, because its messages have links.
pub const GROUP: PeerId = PeerId(-1_001_234_567_890);
pub const ADA: PeerId = PeerId(1);
pub const BOB: PeerId = PeerId(2);
/// A name with everything that could do harm.
pub const NASTY: &str = "\u{202e}<b>@evil</b> t.me/x\n/post #y";

pub struct World {
    folder: tempfile::TempDir,
    pub config: Config,
    pub store: Store,
    pub group: GroupKey,
    pub view: View,
    pub now: Instant,
}

pub fn at(time: &str) -> Instant {
    instant_of(Zone::TASHKENT, format!("2026-11-28T{time}").parse().unwrap())
}

pub fn person(peer: PeerId, name: &str, since: Instant, now: Instant) -> Person {
    let profile = Profile { name: name.into(), ..Profile::unknown(peer) };
    Person { profile, since, stay: now - since, today: now - since }
}

impl World {
    /// Ada studied from 10:00 to 12:00. She and Bob have been in the call since 18:00. It is 19:07. `settings` are
    /// lines of `.env.local`.
    pub fn new(settings: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env.local"), settings).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        std::fs::create_dir_all(config.home().logs()).unwrap();
        let mut store = Store::open(&config.home().store(), Access::Write).unwrap();
        let group = store.group(GROUP, None, "Study Hall", None, PeerId(999)).unwrap();
        let (now, begun) = (at("19:07:00"), at("18:00:00"));
        let (morning, evening) = (CallId(1), CallId(2));
        let open = |call, peer, from| Fact::Opened { call, peer, joined: from, from, seen: from };
        let facts = vec![
            Fact::Following { call: morning, at: at("10:00:00") },
            open(morning, ADA, at("10:00:00")),
            Fact::Closed { call: morning, peer: ADA, from: at("10:00:00"), to: at("12:00:00"), end: End::Left },
            Fact::Ended { call: morning, at: at("12:00:00"), watched: true },
            Fact::Following { call: evening, at: begun },
            open(evening, ADA, begun),
            open(evening, BOB, begun),
            Fact::Confirmed { call: evening, at: now },
        ];
        let profile = |peer, name: &str| Profile { name: name.into(), ..Profile::unknown(peer) };
        let people = [profile(ADA, "Ada"), profile(BOB, NASTY)];
        let people = people.map(|profile| Known { profile, access_hash: None }).into();
        let watched = Some(Span::new(at("00:00:00") - 86_400, now));
        store.record(group, &Observed { facts, people, watched, ..Observed::new(now) }, &[]).unwrap();
        let people = vec![person(BOB, NASTY, begun + 60, now), person(ADA, "Ada", begun, now)];
        let view = GroupView {
            label: None,
            title: "Study Hall".into(),
            peer: Some(GROUP),
            zone: Zone::TASHKENT,
            watched: Some(Span::new(begun, now - 3)),
            call: Some(Call { since: Some(begun), blind: None, people, uncounted: 0 }),
            next_post: Some(at("21:30:00")),
            outage: None,
        };
        let view = View {
            now,
            account: Some(PeerId(999)),
            connection: Connection::Online,
            wait: None,
            confirmed: Some(now - 3),
            outage: None,
            groups: vec![view],
            store_problem: None,
        };
        World { folder, config, store, group, view, now }
    }

    /// Replaces the lines of `.env.local`.
    pub fn set(&mut self, settings: &str) {
        std::fs::write(self.folder.path().join(".env.local"), settings).unwrap();
        self.config = Config::load(Some(self.folder.path().to_owned()), self.folder.path(), []).unwrap();
    }

    pub fn row(&self) -> GroupRow {
        self.store.groups().unwrap().remove(0)
    }

    /// The answer to Ada, an admin.
    pub fn ask<T>(&self, language: Language, answer: impl FnOnce(&Asking) -> T) -> T {
        let group = self.row();
        answer(&Asking {
            store: &self.store,
            settings: self.config.group(),
            group: &group,
            now: ReadTime { at: self.now, tracked_since: None },
            author: Author::Person(ADA),
            standing: Standing::Admin,
            language,
            in_private: true,
            bot: Some("study_bot"),
            live: &self.view,
        })
    }

    /// Damages the store as if somebody had edited it: Ada's first stay reaches into the second.
    pub fn meddle(&self) {
        let store = rusqlite::Connection::open(self.config.home().store()).unwrap();
        store.execute("UPDATE stays SET ended = ended + 25200 WHERE ended IS NOT NULL", []).unwrap();
    }

    /// Writes a log with these lines.
    pub fn log(&self, lines: &str) {
        std::fs::write(self.config.home().logs().join("swf.2026-11-28.log"), lines).unwrap();
    }
}
