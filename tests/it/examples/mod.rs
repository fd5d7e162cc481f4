//! The examples, run as their user runs them. They assert what they show.

mod blocklist;
mod blocklist_parts;
mod follow;
mod ip_ranges;

use std::env;
use std::path::{Path, PathBuf};

use crate::support::command;

/// An example's program, which `cargo test` builds next to this test.
pub(crate) fn program(name: &str) -> PathBuf {
    let this = env::current_exe().expect("the path of this test");
    let profile = this.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let program = profile.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(program.exists(), "no {}: run `cargo build --examples` first", program.display());
    program
}

#[track_caller]
fn assert_runs(name: &str) {
    let output = command(&program(name)).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.is_empty(), "it shows something");
}

#[test]
fn share_runs() {
    assert_runs("share");
}

#[test]
fn two_tables_runs() {
    assert_runs("two_tables");
}
