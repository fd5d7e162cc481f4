//! Holds `GUARANTEES.md` against the source: what it names must be there, and every mistake must be in a section of it.

use std::collections::BTreeMap;
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

/// The section of one guarantee.
struct Section<'a> {
    /// `G1` and so on.
    id: &'a str,
    /// `Tests`, `Models` and `Mistakes`, each with the items below it.
    lists: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Section<'a> {
    /// The items of a list, which must not be empty. A guarantee of plain data or of a companion has no models, which look at the
    /// threads of a cell, and so no mistakes.
    #[track_caller]
    fn list(&self, name: &str) -> &[&'a str] {
        let items = self.lists.get(name).map_or(&[][..], Vec::as_slice);
        let may_be_empty = ["G13", "G15", "G16"].contains(&self.id) && name != "Tests";
        assert!(may_be_empty || !items.is_empty(), "{} has no list {name}, or an empty one", self.id);
        items
    }
}

/// The sections `## G1 …` and so on: a list is a line `- Tests:`, and each line `  - …` after it is an item.
fn sections(file: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for part in file.split("\n## ").skip(1) {
        let id = part.split_whitespace().next().expect("a section has a title");
        if id.strip_prefix('G').is_none_or(|number| number.parse::<u32>().is_err()) {
            continue;
        }
        let mut lists = BTreeMap::<_, Vec<_>>::new();
        let mut name = None;
        for line in part.lines() {
            if let Some(item) = line.strip_prefix("  - ") {
                let name = name.unwrap_or_else(|| panic!("{id}: no list has the item {item}"));
                let item = item.strip_prefix('`').and_then(|item| item.strip_suffix('`'));
                let item = item.unwrap_or_else(|| panic!("{id}: not in code font: {line}"));
                lists.entry(name).or_default().push(item);
            } else {
                name = line.strip_prefix("- ").and_then(|line| line.strip_suffix(':'));
            }
        }
        sections.push(Section { id, lists });
    }
    let ids: Vec<_> = sections.iter().map(|section| section.id.to_owned()).collect();
    let wanted = (1..=16).map(|n| format!("G{n}"));
    assert_eq!(ids, wanted.collect::<Vec<_>>(), "a section for each guarantee");
    sections
}

#[test]
fn every_test_and_model_that_is_named_is_there() {
    let file = text("GUARANTEES.md");
    let is_model = |item: &str| item.starts_with("loom-tests/");
    for section in sections(&file) {
        let (tests, models) = (section.list("Tests"), section.list("Models"));
        for item in tests.iter().chain(models) {
            assert!(item.contains(".rs::"), "{}: not a function of a file: {item}", section.id);
        }
        assert!(!tests.iter().any(|item| is_model(item)), "{}: a model among the tests", section.id);
        assert!(models.iter().all(|item| is_model(item)), "{}: a test among the models", section.id);
    }
    for (path, name) in code(&file).filter_map(|code| code.split_once(".rs::")) {
        let path = format!("{path}.rs");
        assert!(is_in(&format!("fn {name}"), &path), "there is no test {name} in {path}");
    }
}

#[test]
fn every_mistake_is_named_and_every_name_is_one() {
    let (file, source) = (text("GUARANTEES.md"), "src/sync/mutant.rs");
    for name in code(&file).filter_map(|code| code.strip_prefix("Mutant::")) {
        assert!(is_in(name, source), "there is no mistake {name}");
    }
    let mut listed = Vec::new();
    for section in sections(&file) {
        for item in section.list("Mistakes") {
            let name = item.strip_prefix("Mutant::");
            listed.push(name.unwrap_or_else(|| panic!("{}: not a mistake: {item}", section.id)).to_owned());
        }
    }
    let declared = text(source);
    let declared = declared.lines().filter_map(|line| line.trim().strip_suffix(','));
    let declared: Vec<_> = declared
        .filter(|name| name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric))
        .collect();
    assert!(declared.len() > 10, "the list of mistakes was not found: {declared:?}");
    for name in declared {
        assert!(
            listed.iter().any(|listed| listed == name),
            "no section of GUARANTEES.md has the mistake {name}"
        );
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
