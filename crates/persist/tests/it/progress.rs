//! What the command line shows while it reads, on a terminal and elsewhere.

use readmostly::CowMap;
use readmostly_persist::{Options, Store};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the parts of a bar are drawn with.
const BAR: [char; 2] = ['\u{2588}', '\u{2591}'];

fn verify(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_readmostly-store"));
    command.arg("verify").arg(folder).stdout(Stdio::piped()).env("TERM", "xterm");
    command
}

fn store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder, Options::new()).unwrap();
    let table: CowMap<u32, String> = (0..20_000).map(|key| (key, format!("value {key}"))).collect();
    store.save(&table.snapshot()).unwrap();
    folder
}

#[test]
fn a_terminal_shows_a_bar() {
    let folder = store();
    let here = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&here).unwrap();
    unlockpt(&here).unwrap();
    let name = ptsname(&here, Vec::new()).unwrap();
    let there = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut command = verify(folder.path());
    let child = command.stderr(Stdio::from(there)).spawn().unwrap();
    // It has the other end open, and a read ends when nobody has.
    drop(command);
    let mut shown = Vec::new();
    // Linux ends it with an error.
    let _ = File::from(here).read_to_end(&mut shown);
    let output = child.wait_with_output().unwrap();
    let (shown, said) = (String::from_utf8_lossy(&shown), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{said}{shown}");
    assert!(shown.contains(BAR) && shown.contains("B/"), "{shown:?}");
    // The bar goes away, and is no part of what was asked for.
    assert!(shown.ends_with("\u{1b}[2K") || shown.ends_with("\u{1b}[K"), "{shown:?}");
    assert!(!said.contains(BAR) && said.contains("1 files are good"), "{said}");
}

#[test]
fn elsewhere_there_is_no_bar() {
    let folder = store();
    let output = verify(folder.path()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 files are good") && !said.contains(BAR), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
