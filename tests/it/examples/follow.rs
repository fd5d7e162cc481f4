//! `examples/follow`, run as its user runs it, and the index that it keeps.

use std::collections::BTreeSet;
use std::process::Output;

use proptest::prelude::*;
use readmostly::paged::PagedSet;

use super::blocklist::file;
use super::blocklist_parts::list;
use crate::examples::program;
use crate::support::command;
use index::Index;
use list::Domain;

#[allow(dead_code, reason = "the program alone shows what the index holds")]
#[path = "../../../examples/follow/index.rs"]
mod index;

fn follow(args: &[&str]) -> Output {
    command(&program("follow")).args(args).output().expect("the program starts")
}

/// What the table says of a step, word by word: versions, updates, added, removed, and three times.
#[track_caller]
fn step(output: &Output, name: &str) -> Vec<String> {
    let table = String::from_utf8_lossy(&output.stdout);
    let figures = table.lines().find_map(|line| line.trim_start().strip_prefix(name));
    let figures = figures.unwrap_or_else(|| panic!("{name:?} is not in\n{table}"));
    figures.split_whitespace().map(str::to_owned).collect()
}

#[track_caller]
fn assert_right(output: &Output) {
    let (table, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{table}\n{errors}");
    assert!(table.contains("RIGHT: "), "{table}");
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line:?} is longer than 80 columns");
    }
}

#[test]
fn the_index_follows_the_real_list() {
    let output = follow(&[]);
    assert_right(&output);
    assert_eq!(step(&output, "reload to the update")[..4], ["1", "1", "4,389", "251"]);
    assert_eq!(step(&output, "one domain added")[..4], ["1", "1", "1", "0"]);
    let one_by_one = step(&output, "1,000 added one by one");
    assert_eq!([&one_by_one[0], &one_by_one[2], &one_by_one[3]], ["1,000", "1,000", "0"]);
    assert_eq!(step(&output, "reload of the old list")[..4], ["1", "1", "251", "5,390"]);
}

#[test]
fn a_reload_of_the_same_list_is_no_update() {
    let list = file("followed.txt", "listed.com\nb.listed.com\n");
    let output = follow(&["--list", &list, "--update", &list]);
    assert_right(&output);
    assert_eq!(step(&output, "reload to the update")[..4], ["0"; 4]);
}

#[test]
fn a_list_that_cannot_be_read_is_refused() {
    let output = follow(&["--update", "no/such/list.txt"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{message}");
    assert!(message.contains("no/such/list.txt: cannot be read"), "{message}");
}

proptest! {
    /// Whatever changes, the index that follows is the one that is built anew.
    #[test]
    fn an_index_that_follows_is_the_one_that_is_built_anew(old in domains(), new in domains()) {
        let mut index = Index::of(&old);
        let diff = [&old, &new].map(|domains| domains.iter().cloned().collect::<PagedSet<Domain>>());
        diff[0].diff(&diff[1]).for_each(|change| index.apply(&change));
        prop_assert_eq!(index, Index::of(&new));
    }
}

fn domains() -> impl Strategy<Value = BTreeSet<Domain>> {
    prop::collection::btree_set("([a-c]\\.){1,2}[a-b]", 0..20)
        .prop_map(|domains| domains.iter().map(|domain| domain.as_str().into()).collect())
}
