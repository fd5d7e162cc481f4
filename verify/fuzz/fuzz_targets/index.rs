//! Random operations on `PagedIndexMap`, `PagedIndexSet` and `CowIndexMap`, and on `IndexMap`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::index;

fuzz_target!(|input: index::Input| index::run(&input));
