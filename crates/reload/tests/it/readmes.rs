//! The ten lines that the documentation compiles and runs are those that both READMEs show.

use std::fs;
use std::path::Path;

#[test]
fn the_ten_lines_of_the_readmes_are_those_that_run() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read =
        |path: &str| fs::read_to_string(here.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let lines = read("src/ten_lines.txt");
    assert_eq!(lines.lines().count(), 10);
    for readme in ["README.md", "../../README.md"] {
        assert!(read(readme).contains(&format!("\n{lines}```")), "{readme} does not show src/ten_lines.txt");
    }
}
