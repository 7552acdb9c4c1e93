//! An unmodified Telethon against this server. It shows that the server follows the protocol, and not only what one
//! client accepts.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use common::Hall;
use fake_telegram::{FakeProxy, Person};

const TELETHON: &str = "telethon==1.45.0";

/// The Python of an environment with Telethon, made on first use; the error says why there is none.
fn python() -> Result<PathBuf, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("telethon");
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let ready = home.join("ready");
    if fs::read_to_string(&ready).is_ok_and(|what| what == TELETHON) {
        return Ok(python);
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(system).args(["-m", "venv"]).arg(&home))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", TELETHON]))?;
    fs::write(&ready, TELETHON).map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("{command:?} did not start: {error}")),
    }
}

#[test]
#[ignore = "needs Python's venv and PyPI; run by .ci/run where they are"]
fn an_unmodified_telethon_works() {
    run_telethon(&Hall::open(), &[]);
}

#[test]
#[ignore = "needs Python's venv and PyPI; run by .ci/run where they are"]
fn an_unmodified_telethon_works_through_the_mtproxy() {
    let hall = Hall::open();
    let secret = "dd00112233445566778899aabbccddeeff";
    let proxy = FakeProxy::mtproxy(secret, &hall.telegram).with_little_padding();
    let address = proxy.address();
    run_telethon(&hall, &[address.ip().to_string(), address.port().to_string(), secret.to_owned()]);
    let targets = proxy.targets();
    assert!(!targets.is_empty() && targets.iter().all(|dc| dc == "2"), "{targets:?}");
}

fn run_telethon(hall: &Hall, proxy: &[String]) {
    let python = python().expect("Telethon can be installed");
    for number in 0..50 {
        let id = hall.person(&format!("Student {number}"));
        hall.telegram.join(hall.call, id);
    }
    hall.telegram.person(Person::named("Bob").username("bob_the_friend"));
    let guest = hall.person("Гость");
    let bot = hall.telegram.person(Person::named("Board").username("board_bot").bot());
    hall.telegram.add_member(hall.group, bot);

    // Isolated: the script's directory must not be searched, because the script has the library's name.
    let mut child = Command::new(python)
        .args(["-I", "-X", "utf8"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/telethon.py"))
        .arg(hall.telegram.login_string(hall.ada))
        .arg(hall.telegram.signed_out_login_string())
        .arg(hall.telegram.bot_token(bot))
        .args(proxy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut orders = child.stdin.take().expect("a pipe");
    let mut last = String::new();
    for line in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
        last = line.expect("UTF-8");
        match last.as_str() {
            "join" => hall.telegram.join(hall.call, guest),
            "leave" => hall.telegram.leave(hall.call, guest),
            "cut" => hall.telegram.faults().cut(),
            "next day" => hall.telegram.advance(86_400),
            _ => continue,
        }
        writeln!(orders, "done").expect("Telethon reads on");
    }
    let status = child.wait().expect("Python ends");
    assert!(status.success(), "Telethon's script failed: {status}");
    assert_eq!(last, "all good");
    hall.no_violations();
}
