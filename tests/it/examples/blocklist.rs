//! `examples/blocklist`, run as its user runs it.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::examples::program;
use crate::support::command;

const GOOD: &str = "# two domains\nlisted.com\nDisposable.example\r\n\nalbum-de-été.info\n";

fn blocklist(args: &[&str]) -> Output {
    command(&program("blocklist")).args(args).output().expect("the program starts")
}

/// A file with this content, of this name, which has to be unlike that of any other test.
pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("the folder for tests can be written to");
    path.into_os_string().into_string().expect("a path in UTF-8")
}

fn run(list: &str, update: &str) -> Output {
    blocklist(&["--list", list, "--update", update, "--threads", "2", "--seconds", "0.3"])
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The program refuses, shows no table, and its message holds these words.
#[track_caller]
fn assert_refuses(output: &Output, words: &[&str]) {
    let message = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(stdout(output), "");
    for word in words {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
}

#[track_caller]
fn assert_shows(output: &Output, lines: &[&str]) {
    let table = stdout(output);
    for line in lines {
        assert!(table.contains(line), "{line:?} is not in\n{table}\n{}", stderr(output));
    }
}

#[test]
fn a_good_run_shows_the_table() {
    let list = file("good.txt", GOOD);
    let update =
        file("better.txt", "listed.com\nalbum-de-été.info\nnew.example\nnewer.example\nnewest.example\n");
    let output = run(&list, &update);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_shows(&output, &["CHECKS", "LATENCY", "WRITES", "MEMORY", "VERSIONS", "CONSISTENT: "]);
    assert_shows(&output, &["3 added, 1 removed; versions published: 1"]);
    for line in stdout(&output).lines() {
        assert!(line.chars().count() <= 80, "{line:?} is longer than 80 columns");
    }
}

#[test]
fn the_real_list_is_reloaded_in_one_version() {
    let output = blocklist(&["--threads", "1", "--seconds", "0.5"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_shows(
        &output,
        &["117,432 domains", "4,389 added, 251 removed; versions published: 1", "CONSISTENT: "],
    );
}

#[test]
fn an_update_that_changes_nothing_publishes_nothing() {
    let list = file("same.txt", GOOD);
    let output = run(&list, &list);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_shows(&output, &["0 added, 0 removed; versions published: 0", "CONSISTENT: "]);
}

#[test]
fn a_missing_list_is_refused() {
    assert_refuses(&blocklist(&["--list", "no/such/list.txt"]), &["no/such/list.txt: cannot be read"]);
}

#[test]
fn a_folder_is_no_list() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    assert_refuses(&blocklist(&["--list", folder]), &[folder, "cannot be read"]);
}

#[test]
fn a_list_without_domains_is_refused() {
    let empty = file("empty.txt", "");
    assert_refuses(&blocklist(&["--list", &empty]), &["empty.txt: empty"]);
    let comments = file("comments.txt", "# nothing\n\n");
    assert_refuses(&blocklist(&["--list", &comments]), &["comments.txt: empty"]);
}

#[test]
fn a_list_that_is_not_utf8_is_refused() {
    let latin = file("latin1.txt", b"listed.com\nalbum-de-\xe9t\xe9.info\n");
    assert_refuses(&blocklist(&["--list", &latin]), &["latin1.txt:2: not UTF-8, at byte 10 of the line"]);
}

#[test]
fn a_line_that_is_no_domain_is_refused() {
    let bad = file("bad.txt", "listed.com\n\nbad domain.com\n");
    let words = ["bad.txt:3: \"bad domain.com\" is not a domain: ' ' is no letter, digit, hyphen or dot"];
    assert_refuses(&blocklist(&["--list", &bad]), &words);
    let page = file("page.txt", format!("<!DOCTYPE html><title>502</title>{}", "x".repeat(10_000)));
    let output = blocklist(&["--list", &page]);
    assert_refuses(&output, &["page.txt:1: \"<!DOCTYPE html>", "…\" is not a domain: it has 10033 bytes"]);
    assert!(output.stderr.len() < 1_000, "a long line is shortened");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_list() {
    let marked = file("marked.txt", "\u{feff}listed.com\n");
    let output = run(&marked, &marked);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn bad_options_are_refused() {
    assert_refuses(&blocklist(&["--threads", "0"]), &["'--threads <N>'", "0 is not in 1..=1024"]);
    assert_refuses(&blocklist(&["--threads", "many"]), &["'--threads <N>'"]);
    for seconds in ["0", "-1", "1e9", "NaN", "inf"] {
        assert_refuses(
            &blocklist(&["--seconds", seconds]),
            &["'--seconds <S>'", "not from 0.1 to 86400 seconds"],
        );
    }
    assert_refuses(&blocklist(&["--seconds", "soon"]), &["'--seconds <S>'", "not a number of seconds"]);
    assert_refuses(&blocklist(&["--lists", "x"]), &["--lists"]);
}

/// The readers go on with the old list to the end; the table says so, and so does the exit code.
#[track_caller]
fn assert_rejects_update(list: &str, update: &str, reason: &str) {
    let output = run(list, update);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_shows(
        &output,
        &["rejected: the old list stayed in force", reason, "0 by the reload", "CONSISTENT: "],
    );
    assert!(stderr(&output).contains(reason), "{}", stderr(&output));
}

#[test]
fn a_bad_update_leaves_the_old_list_in_force() {
    let list = file("before-bad-update.txt", GOOD);
    assert_rejects_update(&list, "no/such/update.txt", "no/such/update.txt: cannot be read");
    assert_rejects_update(&list, &file("empty-update.txt", ""), "empty-update.txt: empty");
    assert_rejects_update(&list, &file("latin1-update.txt", b"\xff"), "latin1-update.txt:1: not UTF-8");
    let bad = file("bad-update.txt", "new.example\nlocalhost\n");
    assert_rejects_update(&list, &bad, "bad-update.txt:2: \"localhost\" is not a domain: it has no dot");
}

#[test]
fn help_tells_units_and_defaults() {
    let output = blocklist(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert_shows(&output, &["--list <FILE>", "1.0.59.txt", "--update <FILE>", "1.0.62.txt"]);
    assert_shows(
        &output,
        &["--threads <N>", "one for each core", "--seconds <S>", "in seconds", "[default: 5]"],
    );
    assert_shows(&output, &["Exit code"]);
}
