//! Random scenarios, each of which is a seed.

use super::faults::by_seed;
use proptest::prelude::*;

proptest! {
    // A failure prints the seed.
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_confirmed_state_is_found(seed: u64) {
        by_seed(seed);
    }
}

/// A tag that was seen after a sync that had failed was not written, and then it was not there.
#[test]
fn seeds_that_have_found_something() {
    by_seed(7_717_663_976_718_686_958);
}

/// More for a longer run, by `READMOSTLY_PERSIST_CASES`.
fn cases() -> u32 {
    std::env::var("READMOSTLY_PERSIST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}
