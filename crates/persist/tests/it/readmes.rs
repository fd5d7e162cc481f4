//! The README shows the example of the crate's documentation.

#[test]
fn the_readme_has_the_example_that_is_compiled() {
    let readme = include_str!("../../README.md");
    let shown = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let docs = include_str!("../../src/lib.rs");
    let compiled: Vec<_> = docs.lines().filter_map(|line| line.strip_prefix("//! ")).collect();
    let compiled = compiled.join("\n") + "\n";
    assert!(compiled.contains(shown), "{shown}");
}
