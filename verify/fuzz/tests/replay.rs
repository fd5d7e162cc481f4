//! The corpus, without libFuzzer: the inputs that the fuzzer found worth keeping, and those that once failed.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{fs, path::Path};

use arbitrary::{Arbitrary, Unstructured};
use readmostly_fuzz::{cell, index, log, map, ord, set, store, vec};

fn replay<I: for<'a> Arbitrary<'a>>(target: &str, run: fn(&I)) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut inputs = 0;
    for file in fs::read_dir(corpus).expect("the corpus is beside this crate's manifest") {
        let bytes = fs::read(file.expect("a name").path()).expect("a file");
        if let Ok(input) = I::arbitrary_take_rest(Unstructured::new(&bytes)) {
            run(&input);
            inputs += 1;
        }
    }
    assert!(inputs > 0, "no corpus");
}

#[test]
fn map() {
    replay("map", map::run);
}

#[test]
fn set() {
    replay("set", set::run);
}

#[test]
fn ord() {
    replay("ord", ord::run);
}

#[test]
fn index() {
    replay("index", index::run);
}

#[test]
fn vec() {
    replay("vec", vec::run);
}

#[test]
fn cell() {
    replay("cell", cell::run);
}

#[test]
fn store() {
    replay("store", store::run);
}

#[test]
fn log() {
    // Each was refused for its name once, and nothing behind that was looked at.
    static REPLAYED: AtomicUsize = AtomicUsize::new(0);
    replay("log", |input: &log::Input| {
        REPLAYED.fetch_add(log::run(input).into(), Relaxed);
    });
    assert!(REPLAYED.load(Relaxed) > 2, "{REPLAYED:?}");
}
