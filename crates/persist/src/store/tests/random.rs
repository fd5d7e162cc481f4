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

/// A seed that has failed, by `READMOSTLY_PERSIST_SEED`.
#[test]
fn a_seed_again() {
    if let Some(seed) = std::env::var("READMOSTLY_PERSIST_SEED").ok().and_then(|seed| seed.parse().ok()) {
        by_seed(seed);
    }
}

/// More for a longer run, by `READMOSTLY_PERSIST_CASES`.
fn cases() -> u32 {
    std::env::var("READMOSTLY_PERSIST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}
