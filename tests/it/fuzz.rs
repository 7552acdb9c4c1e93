//! Bytes from outside: a damaged or hostile file or update is either read or refused, without a panic.
//!
//! `SWF_FUZZ_CASES=100000 cargo test --test it fuzz` runs longer. A failing case stays here as a separate test.

use std::path::Path;
use std::sync::LazyLock;

use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl::enums::Updates;
use grammers_client::tl::{self, Deserializable, Serializable};
use proptest::prelude::*;
use proptest::sample::Index;
use rusqlite::Connection;
use swf::app::store_times;
use swf::config::Config;
use swf::domain::Instant;
use swf::domain::accounting::leaderboard::{Policy, board};
use swf::domain::accounting::presence::SessionRules;
use swf::domain::chat::command;
use swf::domain::chat::press::{MAX_DATA, Press};
use swf::domain::post::delivery::Lane;
use swf::domain::time::period::{Calendar, Period, Scope};
use swf::domain::time::zone::Zone;
use swf::store::{self, Access, OldTracker, Store};
use swf::telegram::{LoginString, observe};

use crate::takeover::write_old;

/// In 2033, like the seeds.
const NOW: Instant = Instant(2_000_000_000);

pub fn config() -> ProptestConfig {
    let asked = std::env::var("SWF_FUZZ_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(100), failure_persistence: None, ..ProptestConfig::default() }
}

/// A change of the bytes of a file.
#[derive(Clone, Debug)]
pub enum Damage {
    Byte(Index, u8),
    /// Eight bytes that mean a very large or very small number.
    Number(Index, i64),
    Cut(Index, Index),
    End(Index),
}

pub fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let number = prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(-1), any::<i64>()];
    let one = prop_oneof![
        8 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        4 => (any::<Index>(), number).prop_map(|(at, number)| Damage::Number(at, number)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Cut(from, to)),
        1 => any::<Index>().prop_map(Damage::End),
    ];
    prop::collection::vec(one, 1..30)
}

pub fn damaged(seed: &[u8], damage: &[Damage]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for one in damage.iter().filter(|_| !seed.is_empty()) {
        if bytes.is_empty() {
            break;
        }
        match one {
            Damage::Byte(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Damage::Number(at, number) => {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + 8);
                bytes[at..end].copy_from_slice(&number.to_be_bytes()[..end - at]);
            }
            Damage::Cut(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                bytes.drain(from.min(to)..from.max(to));
            }
            Damage::End(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
    bytes
}

/// The data of buttons.
const PRESSES: [&str; 6] = [
    "top;1;week;2033-05-18;0",
    "why;12;2033-05-18",
    "post;1;123456789",
    "pause;1;open;admin",
    "pause;1;2033-05-18;5",
    "cancel;123456789",
];

static OLD_DATABASE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let day = |day: u64| "2033-05-01".parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(day);
    let totals = (0..60).map(|n| ((day(n % 17), 500 + n as i64 % 7), 60 * n as i64)).collect();
    write_old(&path, &totals, &[("last_post_date", "2033-05-17"), ("group_key", "-1001234567890")]);
    std::fs::read(&path).unwrap()
});

static STORE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let sql = concat!(include_str!("../fixtures/store-1.sql"), "PRAGMA user_version = 1;");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    Store::open(&path, Access::Upgrade).unwrap().close_in_one_file().unwrap();
    std::fs::read(&path).unwrap()
});

/// A container with all kinds of updates about a call.
static UPDATES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let call = || tl::enums::InputGroupCall::Call(tl::types::InputGroupCall { id: 5, access_hash: 6 });
    let participant = |id: i64, left: bool| {
        let participant = tl::types::GroupCallParticipant {
            muted: true,
            left,
            can_self_unmute: true,
            just_joined: !left,
            versioned: true,
            min: false,
            muted_by_you: false,
            volume_by_admin: false,
            is_self: false,
            video_joined: false,
            peer: tl::types::PeerUser { user_id: id }.into(),
            date: 2_000_000_000,
            active_date: Some(2_000_000_000),
            source: 1,
            volume: None,
            about: None,
            raise_hand_rating: None,
            video: None,
            presentation: None,
            paid_stars_total: None,
        };
        tl::enums::GroupCallParticipant::Participant(participant)
    };
    let participants = vec![participant(1, false), participant(2, true), participant(-3, false)];
    let update = tl::types::UpdateGroupCallParticipants { call: call(), participants, version: 7 };
    let discarded = tl::types::GroupCallDiscarded { id: 5, access_hash: 6, duration: 60 };
    let over = tl::types::UpdateGroupCall { live_story: false, peer: None, call: discarded.into() };
    let updates = vec![update.into(), over.into()];
    let all = tl::types::Updates { updates, users: Vec::new(), chats: Vec::new(), date: 2_000_000_000, seq: 0 };
    Updates::Updates(all).to_bytes()
});

/// Reads everything that commands read from a store.
fn read_all(path: &Path) -> Result<(), swf::error::Error> {
    let _ = store::check(path);
    let store = Store::open(path, Access::Read)?;
    store.is_empty()?;
    let _ = store_times::find(&store, NOW);
    for group in store.groups()? {
        let key = group.key;
        let _ = (store.resume(key), store.faulty_stays(key), store.last_sent(key), store.extent(key));
        for lane in [Lane::Posts, Lane::Alerts, Lane::Website] {
            let _ = store.open_rows(key, lane, NOW);
        }
        for scope in Scope::ALL {
            let period = Period::of(scope, "2033-05-18".parse().unwrap(), Zone::TASHKENT, Calendar::default());
            let record = store.board_record(key, period.span)?;
            let policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
            board(period, NOW, &record, policy);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_old_database_is_read_or_refused(damage in damage()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        std::fs::write(&path, damaged(&OLD_DATABASE, &damage)).unwrap();
        let _ = store::is_old_tracker(&path);
        let _ = OldTracker::read(&path, Zone::TASHKENT, NOW);
    }

    #[test]
    fn a_store_is_read_or_refused(damage in damage()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        std::fs::write(&path, damaged(&STORE, &damage)).unwrap();
        let _ = read_all(&path);
    }

    #[test]
    fn a_settings_file_is_read_or_refused(damage in damage(), tail in prop::collection::vec(any::<u8>(), 0..60)) {
        let seed = b"# swf\nTELEGRAM_API_ID=1\nexport SWF_TOP = \"5\" # five\r\nSWF_QUOTES_FILE='a\\n b'\nX=`y\nSWF_POST_TIME=21:30\n";
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env.local"), [damaged(seed, &damage), tail].concat()).unwrap();
        let _ = Config::load(Some(folder.path().to_owned()), folder.path(), []);
    }

    #[test]
    fn a_file_of_groups_is_read_or_refused(damage in damage(), tail in prop::collection::vec(any::<u8>(), 0..60)) {
        let seed = b"# swf\n[[group]]\nname = \"study\"\nid = -1001234567890\ntimezone = \"Asia/Tashkent\"\n\n\
            [[group]]\nname = 'night'\nid = '@night'\npost_time = \"22:00\"\ntopic = 17\nfinalize = true\n";
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("groups.toml"), [damaged(seed, &damage), tail].concat()).unwrap();
        if let Ok(config) = Config::load(Some(folder.path().to_owned()), folder.path(), []) {
            prop_assert!(!config.settings.groups.is_empty());
        }
    }

    #[test]
    fn a_message_in_the_chat_is_a_command_or_none(
        text in r"[/.]?(me|top|why|goal|start|pause|logs|audit|layout)?(@swf_bot)? ?[-0-9a-z:]{0,12}\PC{0,30}",
        garbage in "(?s).{0,40}",
    ) {
        for text in [text, garbage] {
            let command = command::read(&text, Some("swf_bot"));
            prop_assert!(command.is_none() || text.trim().starts_with(['/', '.']));
        }
    }

    #[test]
    fn a_press_is_read_or_ignored(seed in prop::sample::select(PRESSES.to_vec()), damage in damage()) {
        let data = damaged(seed.as_bytes(), &damage[..damage.len().min(3)]);
        if let Some(press) = Press::read(&data) {
            let written = press.write();
            prop_assert!(written.len() <= MAX_DATA);
            prop_assert_eq!(Press::read(written.as_bytes()), Some(press));
        }
    }

    #[test]
    fn updates_are_read_or_refused(damage in damage()) {
        if let Ok(updates) = Updates::from_bytes(&damaged(&UPDATES, &damage)) {
            observe::pushed(UpdatesLike::Updates(updates));
        }
    }

    #[test]
    fn a_login_string_is_read_or_refused(damage in damage()) {
        let string = LoginString::new(2, "149.154.167.51:443".parse().unwrap(), [7; 256]).print();
        let bytes = damaged(secrecy::ExposeSecret::expose_secret(&string).as_bytes(), &damage);
        let _ = LoginString::parse(&String::from_utf8_lossy(&bytes).into_owned().into());
    }
}
