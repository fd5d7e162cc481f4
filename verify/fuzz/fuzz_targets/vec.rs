//! Random operations on `PagedVec` and `CowVec`, and on `Vec`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::vec;

fuzz_target!(|input: vec::Input| vec::run(&input));
