//! Random operations on `PagedMap` and `CowMap`, and on `HashMap`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::map;

fuzz_target!(|input: map::Input| map::run(&input));
