//! The example of a list that all threads check: killed while it saves, and started again without the file.

use crate::killed::example;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

const DOMAINS: usize = 5_000;

/// Starts it, and returns how many domains it has begun with, how many of them were added by hand, and what else it says.
fn start(store: &Path, list: &Path) -> (Child, [usize; 2], Lines<BufReader<ChildStdout>>) {
    let mut child = Command::new(example("blocklist"))
        .args(["--seconds", "60", "--store"])
        .arg(store)
        .arg("--list")
        .arg(list)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().expect("it says how it has started").unwrap();
    let words: Vec<_> = first.split(' ').collect();
    assert!(words[0] == "started" && words[5] == "domains,", "{first}");
    (child, [words[4], words[6]].map(|word| word.parse().unwrap()), lines)
}

/// The number that a line confirms, and how many checks there were while that was saved.
fn confirmed(line: &str) -> Option<(usize, u64)> {
    let words: Vec<_> = line.strip_prefix("confirmed ")?.split([' ', ':']).collect();
    let [.., checks, "checks", "meanwhile"] = words[..] else { return None };
    Some((words[0].parse().ok()?, checks.parse().ok()?))
}

#[test]
fn a_killed_blocklist_starts_with_all_that_was_confirmed_and_without_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (store, list) = (folder.path().join("store"), folder.path().join("list"));
    // Nothing to start from: that is no empty list.
    let nothing =
        Command::new(example("blocklist")).arg("--store").arg(&store).arg("--list").arg(&list).output();
    assert_eq!(nothing.unwrap().status.code(), Some(2));
    let lines: Vec<_> = (0..DOMAINS).map(|n| format!("Mail-{n}.example\n")).collect();
    fs::write(&list, lines.concat()).unwrap();
    let (mut reached, mut checks) = (None, 0);
    for round in 0..6 {
        let (mut child, [domains, by_hand], mut lines) = start(&store, &list);
        let expected = reached.map_or(0, |number| number + 1);
        // The one that was on its way may be there as well.
        assert!(by_hand == expected || by_hand == expected + 1, "{by_hand} after {expected}");
        assert_eq!(domains, if round == 0 { 0 } else { DOMAINS + by_hand });
        let mut line = |reached: &mut Option<usize>| {
            let line = lines.next()?.ok()?;
            if let Some((number, meanwhile)) = confirmed(&line) {
                (*reached, checks) = (Some(number), checks + meanwhile);
            }
            Some(())
        };
        // With the first file there is something to start from.
        let before = reached;
        while reached == before || reached < Some(round * 3) {
            line(&mut reached).expect("it runs until it is killed");
        }
        std::thread::sleep(Duration::from_micros(round as u64 * 7_919 % 5_000));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before it died.
        while line(&mut reached).is_some() {}
        let _ = fs::remove_file(&list);
    }
    assert!(checks > 0, "nobody has checked while it was saved");
}
