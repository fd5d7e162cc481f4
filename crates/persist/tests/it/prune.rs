//! `readmostly-store prune` where it can do nothing.

use super::cli::says;
use readmostly::CowMap;
use readmostly_persist::{Key, Options, Store};

/// It said that it had removed nothing, and that all was well.
#[test]
fn prune_says_why_nothing_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let [right, wrong] = [1, 2].map(|byte| {
        let file = folder.path().join(byte.to_string());
        std::fs::write(&file, [byte; 32]).unwrap();
        file.to_str().unwrap().to_owned()
    });
    let sealed = folder.path().join("sealed");
    let options = Options::new().key(Key::new([1; 32])).max_chain(0).keep(9);
    let store = Store::open(&sealed, options).unwrap();
    let table: CowMap<u32, u32> = CowMap::from([(1, 1)]);
    for value in 2..5 {
        table.insert(1, value);
        store.save(&table.snapshot()).unwrap();
    }
    drop(store);
    let prune = |rest: &[&str]| says(&sealed, "prune", &[&["--keep", "1"], rest].concat());
    for (rest, what) in [
        (&[][..], "encrypted"),
        (&["--key-file", &wrong], "key"),
        (&["--key-file", &right, "--max-record", "0"], "--max-record"),
    ] {
        let (code, text) = prune(rest);
        assert!(code == 2 && text.contains(what), "{rest:?}: {code} {text}");
    }
    let (code, text) = prune(&["--key-file", &right]);
    assert!(code == 0 && text.starts_with("removed 2 files"), "{text}");
}
