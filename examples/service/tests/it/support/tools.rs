//! Programs of the system's that some tests need.

use std::env;
use std::path::PathBuf;

/// Finds a program. Where it is missing the test says so and is skipped; with `CI=true` that is an error.
#[track_caller]
pub(crate) fn find(names: &[&str], package: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let text = format!("{} is missing: apt-get install {package}", names.join(" or "));
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{text}");
        // Past the harness, which shows what a test prints only if it fails.
        drop(std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("\nSKIPPED, NOTHING WAS TESTED HERE: {text}\n").as_bytes(),
        ));
    }
    found
}
