//! A process that is killed in the middle: what it has confirmed is there.

use readmostly::paged::PagedMap;
use readmostly_persist::{Options, Store};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where an example is that was built with the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let file = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(file.exists(), "build it first: cargo build -p readmostly-persist --examples");
    file
}

/// How often; more by `READMOSTLY_PERSIST_KILLS`.
fn rounds() -> u64 {
    std::env::var("READMOSTLY_PERSIST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(50)
}

#[test]
fn what_a_killed_process_has_confirmed_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut confirmed = 0;
    for round in 0..rounds() {
        let mut child =
            Command::new(example("killed")).arg(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // It starts with what is there, and says so.
        let started: u64 = lines.next().unwrap().unwrap().parse().unwrap();
        assert!(started == confirmed || started == confirmed + 1, "{started} after {confirmed}");
        confirmed = started;
        let more = round % 7;
        confirmed =
            (0..more).map(|_| lines.next().unwrap().unwrap().parse().unwrap()).last().unwrap_or(confirmed);
        std::thread::sleep(Duration::from_micros(round * 7919 % 5000));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had written before it died.
        confirmed =
            lines.map_while(Result::ok).filter_map(|line| line.parse().ok()).last().unwrap_or(confirmed);
    }
    let store: Store<PagedMap<u64, u64>> = Store::open(&folder, Options::new()).unwrap();
    let loaded = store.load().unwrap().unwrap();
    assert!(loaded.skipped.is_empty());
    assert!(confirmed > rounds());
}
