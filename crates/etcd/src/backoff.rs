//! [`Backoff`]: how long to wait before the next try, and a source of chance.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The longest pause after the first failure. It doubles with each.
const FIRST: Duration = Duration::from_millis(100);

/// Numbers that differ from process to process. They guard no secret.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// A source that is another one in each process and for each follower.
    pub(crate) fn new() -> Self {
        Self(RandomState::new().hash_one(0))
    }

    #[cfg(test)]
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number: `SplitMix64`.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number that is less than this one, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A time up to this one.
    pub(crate) fn up_to(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX - 1);
        Duration::from_micros(self.below(micros + 1))
    }

    /// A time around this one: from nine tenths of it to eleven tenths. So those that began together do not stay so.
    pub(crate) fn around(&mut self, time: Duration) -> Duration {
        time.saturating_sub(time / 10) + self.up_to(time / 5)
    }
}

/// Pauses that grow with each failure: a random part of a time that doubles. So those whom one failure has met do not come back at once,
/// and not all together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(longest: Duration) -> Self {
        Self { longest, failures: 0 }
    }

    /// It works.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// It has failed. Returns how long to wait.
    pub(crate) fn pause(&mut self, chance: &mut Chance) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.failures.min(20)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        chance.up_to(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_spread_over_a_time_that_doubles_up_to_the_longest() {
        let (longest, rounds) = (Duration::from_secs(5), 1_000_u32);
        let mut sums = [Duration::ZERO; 12];
        for seed in 0..u64::from(rounds) {
            let (mut backoff, mut chance) = (Backoff::new(longest), Chance::of(seed));
            for (failures, sum) in sums.iter_mut().enumerate() {
                let pause = backoff.pause(&mut chance);
                assert!(pause <= longest.min(FIRST * (1 << failures)), "{pause:?} after {failures}");
                *sum += pause;
            }
            backoff.reset();
            assert!(backoff.pause(&mut chance) <= FIRST);
        }
        for (failures, sum) in sums.iter().enumerate() {
            // The mean is half of the longest one.
            let (mean, half) = (*sum / rounds, longest.min(FIRST * (1 << failures)) / 2);
            assert!(mean > half * 9 / 10 && mean < half * 11 / 10, "{mean:?} of {half:?}");
        }
    }
}
