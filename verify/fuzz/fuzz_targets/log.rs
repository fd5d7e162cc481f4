//! Logs of a durable table that anybody may have written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readmostly_fuzz::log;

fuzz_target!(|input: log::Input| {
    log::run(&input);
});
