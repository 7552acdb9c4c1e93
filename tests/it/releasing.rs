//! `contrib/publish.sh`, and the installer that it writes, on made-up files of a release.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A folder with the files of a release: the program for Linux is a script that says its version.
fn release() -> tempfile::TempDir {
    let dist = tempfile::tempdir().unwrap();
    let linux = format!("swf-{VERSION}-x86_64-linux");
    fs::create_dir(dist.path().join(&linux)).unwrap();
    script(&dist.path().join(&linux).join("swf"), &format!("echo swf {VERSION}"));
    let files =
        [format!("{linux}.tar.gz"), format!("swf-{VERSION}.tar.gz"), format!("swf-{VERSION}-x86_64-windows.zip")];
    let packed = Command::new("tar").arg("-czf").arg(&files[0]).arg(&linux).current_dir(dist.path()).status();
    assert!(packed.unwrap().success());
    let mut sums = String::new();
    for file in &files {
        let path = dist.path().join(file);
        if !path.exists() {
            fs::write(&path, file).unwrap();
        }
        let sum: String = Sha256::digest(fs::read(&path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
        sums += &format!("{sum}  {file}\n");
    }
    fs::write(dist.path().join("SHA256SUMS"), sums).unwrap();
    dist
}

fn script(path: &Path, body: &str) {
    fs::write(path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn publish(dist: &Path, repository: &str) -> Output {
    Command::new("bash").arg(project("contrib/publish.sh")).arg(dist).arg(repository).output().unwrap()
}

/// Runs the installer with a `curl` that takes the files from `dist`, into the folder `bin` of `home`.
fn install(dist: &Path, home: &Path) -> Output {
    let tools = dist.join("tools");
    fs::create_dir_all(&tools).unwrap();
    script(&tools.join("curl"), &format!("cp \"{}/${{4##*/}}\" \"$3\"", dist.display()));
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.arg(dist.join("publish/install.sh")).env("PATH", path).env("HOME", home).env("BINDIR", home.join("bin"));
    command.output().unwrap()
}

#[test]
fn the_installer_installs_what_was_released_and_nothing_else() {
    if (std::env::consts::OS, std::env::consts::ARCH) != ("linux", "x86_64") {
        return;
    }
    let (dist, home) = (release(), tempfile::tempdir().unwrap());
    let output = publish(dist.path(), "https://forge.test/group/swf/");
    assert!(output.status.success(), "{}", text(&output));
    let line = format!("curl -fsSL https://forge.test/group/swf/releases/download/v{VERSION}/install.sh | sh");
    for file in ["install.sh", "notes.md"] {
        assert!(fs::read_to_string(dist.path().join("publish").join(file)).unwrap().contains(&line), "{file}");
    }
    for again in [false, true] {
        let output = install(dist.path(), home.path());
        assert!(output.status.success(), "{again}: {}", text(&output));
        assert!(text(&output).contains(&format!("Next, run: {}/bin/swf init", home.path().display())));
    }
    let said = Command::new(home.path().join("bin/swf")).output().unwrap();
    assert_eq!(text(&said), format!("swf {VERSION}\n"));
    assert_eq!(fs::read_dir(home.path().join("bin")).unwrap().count(), 1, "no temporary file is left");

    let file = dist.path().join(format!("swf-{VERSION}-x86_64-linux.tar.gz"));
    fs::write(&file, [fs::read(&file).unwrap(), b"more".to_vec()].concat()).unwrap();
    fs::write(home.path().join("bin/swf"), "mine").unwrap();
    let output = install(dist.path(), home.path());
    assert!(!output.status.success() && text(&output).contains("checksum is wrong"), "{}", text(&output));
    assert_eq!(fs::read_to_string(home.path().join("bin/swf")).unwrap(), "mine");
    fs::remove_file(&file).unwrap();
    let output = install(dist.path(), home.path());
    assert!(!output.status.success() && text(&output).contains("can't be downloaded"), "{}", text(&output));
}

#[test]
fn nothing_is_published_at_an_address_that_is_none() {
    let dist = release();
    let output = publish(dist.path(), "https://swf.example/swf");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(!dist.path().join("publish").exists());
    // Packages and descriptions have the same address.
    let manifest = fs::read_to_string(project("Cargo.toml")).unwrap();
    let address =
        |key: &str| manifest.lines().find_map(|line| line.strip_prefix(&format!("{key} = "))).map(str::to_owned);
    assert!(address("repository").is_some() && address("repository") == address("homepage"));
}
