//! Programs of the system's that some tests need.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;

/// Finds a program. Where it is missing the test says so and is skipped; with `CI=true` that is an error.
#[track_caller]
pub(crate) fn find(names: &[&str], package: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        lacks(&format!("{} is missing: apt-get install {package}", names.join(" or ")));
    }
    found
}

/// Says that a test is skipped, or is one of less than it should be; with `CI=true` that is an error.
#[track_caller]
pub(crate) fn lacks(what: &str) {
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    // Past the harness, which shows what a test prints only if it fails.
    drop(io::stderr().write_all(format!("\nSKIPPED, NOT ALL WAS TESTED HERE: {what}\n").as_bytes()));
}
