//! Random operations on `PagedSet` and `CowSet`, and on the map of what a `HashSet` holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::set;

fuzz_target!(|input: set::Input| set::run(&input));
