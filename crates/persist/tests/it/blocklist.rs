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

/// Runs it until it has added one domain, and returns what it says.
fn run(store: &Path, list: &Path) -> (String, String) {
    let output = Command::new(example("blocklist"))
        .args(["--seconds", "0", "--store"])
        .arg(store)
        .arg("--list")
        .arg(list)
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{out}{err}");
    (out, err)
}

/// The words behind `before` in a line.
#[track_caller]
fn behind<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| Some(line.split_once(before)?.1));
    line.unwrap_or_else(|| panic!("{before:?} in {text}")).split(' ').collect()
}

/// As `Duration` shows it.
fn micros(shown: &str) -> f64 {
    let (number, unit) = shown.split_at(shown.find(|sign: char| !"0123456789.".contains(sign)).unwrap());
    let unit =
        [("ns", 1e-3), ("µs", 1.0), ("ms", 1e3), ("s", 1e6)].into_iter().find(|(name, _)| *name == unit);
    number.parse::<f64>().unwrap() * unit.unwrap().1
}

#[test]
fn without_its_list_it_starts_from_the_last_good_copy_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let (store, list) = (folder.path().join("store"), folder.path().join("list"));
    let lines: Vec<_> = (0..DOMAINS).map(|n| format!("mail-{n}.example\n")).collect();
    fs::write(&list, lines.concat()).unwrap();
    let (first, _) = run(&store, &list);
    assert_eq!(behind(&first, "by hand, ")[..], ["from", "nothing"]);
    let from_list = micros(behind(&first, " changes from ")[2]);
    fs::remove_file(&list).unwrap();
    let saved = |text: &str| behind(text, "confirmed ")[2].to_owned();
    let (second, warned) = run(&store, &list);
    assert!(warned.contains("the list before stays in force"), "{warned}");
    assert_eq!(behind(&second, "by hand, ")[1], saved(&first));
    assert_eq!(behind(&second, " with ")[0], (DOMAINS + 1).to_string());
    let from_store = micros(behind(&second, "started in ")[0]);
    println!("a start without the list takes {:.2} of what it takes to read that", from_store / from_list);
    // What was saved last is damaged: the copy before it is the last good one.
    let newest = saved(&second);
    let files = fs::read_dir(&store).unwrap().map(|entry| entry.unwrap().path());
    let file = files.into_iter().find(|file| file.to_string_lossy().contains(&newest)).unwrap();
    let mut bytes = fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, bytes).unwrap();
    let (third, warned) = run(&store, &list);
    assert!(warned.contains("skipped ") && warned.contains(&newest), "{warned}");
    assert_eq!(behind(&third, "by hand, ")[1], saved(&first));
    assert_eq!(behind(&third, " with ")[0], (DOMAINS + 1).to_string());
}
