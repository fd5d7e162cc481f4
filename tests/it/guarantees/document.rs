//! Holds `GUARANTEES.md` against the source: whatever it names must be there, and every mistake must be in it.

use std::fs;
use std::path::Path;

/// The text of a file of the project.
#[track_caller]
fn text(path: &str) -> String {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&whole).unwrap_or_else(|error| panic!("GUARANTEES.md names {path}: {error}"))
}

/// What stands between backticks.
fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn is_in(what: &str, file: &str) -> bool {
    let text = text(file);
    text.match_indices(what)
        .any(|(at, _)| !text[at + what.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn every_test_and_model_that_is_named_is_there() {
    let file = text("GUARANTEES.md");
    let mut rows = 0;
    for line in file.lines() {
        let (mut tests, mut models) = (0, 0);
        for (path, name) in code(line).filter_map(|code| code.split_once(".rs::")) {
            if path.contains('<') {
                continue; // How a test is written, not one of them.
            }
            let path = format!("{path}.rs");
            assert!(is_in(&format!("fn {name}"), &path), "there is no test {name} in {path}");
            if path.starts_with("loom-tests") { models += 1 } else { tests += 1 }
        }
        if line.starts_with("| **G") {
            rows += 1;
            assert!(tests > 0 && models > 0, "a guarantee without a test or a model: {line}");
        }
    }
    assert_eq!(rows, 12, "a row for each guarantee");
}

#[test]
fn every_mistake_is_named_and_every_name_is_one() {
    let (file, source) = (text("GUARANTEES.md"), "src/sync/mutant.rs");
    let named: Vec<_> = code(&file).filter_map(|code| code.strip_prefix("Mutant::")).collect();
    for name in &named {
        assert!(is_in(name, source), "there is no mistake {name}");
    }
    let declared = text(source);
    let declared = declared.lines().filter_map(|line| line.trim().strip_suffix(','));
    let declared: Vec<_> = declared
        .filter(|name| name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric))
        .collect();
    assert!(declared.len() > 10, "the list of mistakes was not found: {declared:?}");
    for name in declared {
        assert!(named.contains(&name), "GUARANTEES.md says nothing of the mistake {name}");
    }
}

#[test]
fn every_file_that_is_named_is_there() {
    let file = text("GUARANTEES.md");
    let paths: Vec<_> = code(&file)
        .filter(|code| code.starts_with("src/") || code.starts_with(".github/"))
        .map(|code| code.split("::").next().unwrap_or(code))
        .collect();
    assert!(paths.len() >= 3, "{paths:?}");
    for path in paths {
        text(path);
    }
}
