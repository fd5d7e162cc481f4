//! The lines that the documentation compiles are those that the README shows.

use std::fs;
use std::path::Path;

#[test]
fn the_lines_of_the_readme_are_those_that_are_compiled() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read =
        |path: &str| fs::read_to_string(here.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(read("README.md").contains(&format!("\n{}```", read("src/ten_lines.txt"))));
}
