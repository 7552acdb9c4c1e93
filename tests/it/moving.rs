//! A home moves to another computer: `swf backup --all` and `--restore-all` (rules §5.4).

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::home::{START, World, command};

fn run(home: &Path, args: &[&str], passphrase: &Path) -> Output {
    command(home, args).env("SWF_BACKUP_PASSPHRASE_FILE", passphrase).output().unwrap()
}

fn board(home: &Path) -> Value {
    let output = command(home, &["leaderboard", "day", "--date", "2033-05-18", "--json"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["entries"].clone()
}

#[test]
fn a_home_moves_with_its_store_and_settings_and_with_its_logins_if_asked() {
    let world = World::new();
    let token = ("TELEGRAM_BOT_TOKEN", "12345:a-secret-token");
    world.configure("@studyhall", &[("SWF_TOP", "7"), ("SWF_WORDS_FILE", "texts/words.toml"), token]);
    std::fs::create_dir(world.home.path().join("texts")).unwrap();
    std::fs::write(world.home.path().join("texts/words.toml"), "").unwrap();
    let ada = world.member("Ada Lovelace");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1400);
    let tracker = world.track_without_posting();
    world.pass(call, 100);
    assert_eq!(tracker.stop(), Some(0));
    let login = world.telegram.login_string(world.me);

    let elsewhere = tempfile::tempdir().unwrap();
    let [plain, sealed, right, wrong, other, third] =
        ["plain.tar", "sealed.tar", "right", "wrong", "other", "third"].map(|name| elsewhere.path().join(name));
    std::fs::write(&right, "four words of mine\n").unwrap();
    for folder in [&other, &third] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::write(&wrong, "four words of yours\n").unwrap();
    let text = world.ok(&["backup", "--all", plain.to_str().unwrap()]);
    assert!(text.contains("contains no logins") && text.contains("run only one tracker"), "{text}");
    let again = world.run(&["backup", "--all", plain.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    let with = run(world.home.path(), &["backup", "--all", sealed.to_str().unwrap(), "--with-logins"], &right);
    assert!(with.status.success(), "{with:?}");
    for archive in [&plain, &sealed] {
        let bytes = std::fs::read(archive).unwrap();
        for secret in [login.as_bytes(), b"a-secret-token", b"four words of mine"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{archive:?}");
        }
    }

    let restore = ["backup", "--restore-all", plain.to_str().unwrap()];
    let restored = run(&other, &restore, &right);
    assert!(restored.status.success(), "{restored:?}");
    assert_eq!(board(&other), board(world.home.path()));
    assert_eq!(board(&other)[0]["user_id"], ada);
    let settings = std::fs::read_to_string(other.join(".env.local")).unwrap();
    assert!(settings.contains("SWF_TOP='7'") && !settings.contains("TG_STRING_SESSION"), "{settings}");
    assert!(other.join("texts/words.toml").exists());
    // Nothing is overwritten.
    assert_eq!(run(&other, &restore, &right).status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(other.join(".env.local")).unwrap(), settings);

    let restore = ["backup", "--restore-all", sealed.to_str().unwrap(), "--with-logins"];
    let refused = run(&third, &restore, &wrong);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && error.contains("the passphrase is wrong"), "{refused:?}");
    assert!(!third.join(".env.local").exists() && !third.join("var/study.db").exists());
    let restored = run(&third, &restore, &right);
    assert!(restored.status.success(), "{restored:?}");
    let settings = std::fs::read_to_string(third.join(".env.local")).unwrap();
    assert!(settings.contains(&format!("TG_STRING_SESSION={login}")), "{settings}");
    let names = std::fs::read_dir(third.join("var")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().ends_with(".part")));
}

#[test]
fn a_short_passphrase_is_refused() {
    let world = World::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let [file, short] = ["home.tar", "short"].map(|name| elsewhere.path().join(name));
    std::fs::write(&short, "short").unwrap();
    let output = run(world.home.path(), &["backup", "--all", file.to_str().unwrap(), "--with-logins"], &short);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!file.exists());
    let output = world.run(&["backup", "--with-logins"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
