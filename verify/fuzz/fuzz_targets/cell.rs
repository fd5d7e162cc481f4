//! Random operations on a `CowCell` of two std collections, and on those alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::cell;

fuzz_target!(|input: cell::Input| cell::run(&input));
