//! Files of a store that anybody may have written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::store;

fuzz_target!(|input: store::Input| store::run(&input));
