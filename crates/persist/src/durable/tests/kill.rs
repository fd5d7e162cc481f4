//! `kill -9` on the real disk.

use crate::disk::faulty::Random;
use crate::{Durable, Options};
use readmostly::CowVec;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

type List = CowVec<(u8, u32)>;
const WRITERS: u8 = 4;
const FOLDER: &str = "READMOSTLY_KILL_FOLDER";

fn open(folder: &Path) -> Durable<List> {
    Durable::open(folder, Options::new().log_size(20_000)).unwrap().0
}

fn next_of(list: &Durable<List>, writer: u8) -> u32 {
    list.load().iter().filter(|(by, _)| *by == writer).map(|(_, number)| number + 1).max().unwrap_or(0)
}

/// What is killed: it says what was confirmed.
#[test]
#[ignore = "it is started by the test below, and runs until it is killed"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let list = open(Path::new(&folder));
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let list = &list;
            scope.spawn(move || {
                for number in next_of(list, writer).. {
                    list.push((writer, number)).unwrap();
                    let mut out = std::io::stderr().lock();
                    writeln!(out, "confirmed {writer} {number}").unwrap();
                }
            });
        }
    });
}

#[test]
fn what_was_confirmed_before_a_kill_is_there() {
    let rounds = std::env::var("READMOSTLY_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(15);
    let folder = tempfile::tempdir().unwrap();
    let mut confirmed = [None; WRITERS as usize];
    let mut random = Random(u64::from(std::process::id()));
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "durable::tests::kill::child", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reader = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(20 + random.below(80) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in reader.join().unwrap() {
            let mut words = line.split(' ');
            assert_eq!(words.next(), Some("confirmed"), "{line}");
            let [writer, number] = [0; 2].map(|_| words.next().and_then(|word| word.parse::<u32>().ok()));
            // The last line may be cut.
            if let (Some(writer), Some(number)) = (writer, number) {
                confirmed[writer as usize] = confirmed[writer as usize].max(Some(number));
            }
        }
        let list = open(folder.path());
        for writer in 0..WRITERS {
            let numbers: Vec<_> =
                list.load().iter().filter(|(by, _)| *by == writer).map(|(_, number)| *number).collect();
            assert!(
                numbers.iter().copied().eq((0..).take(numbers.len())),
                "round {round}: a prefix, in order"
            );
            let told = confirmed[writer as usize];
            assert!(numbers.last().copied() >= told, "round {round}: {told:?} was confirmed");
        }
    }
    let all: u32 = confirmed.iter().flatten().sum();
    assert!(all > 0, "nothing was confirmed in any round");
}
