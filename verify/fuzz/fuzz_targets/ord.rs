//! Random operations on `PagedOrdMap`, `PagedOrdSet` and `CowOrdMap`, and on `BTreeMap`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::ord;

fuzz_target!(|input: ord::Input| ord::run(&input));
