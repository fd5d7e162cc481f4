//! A number of 64 bits in an atomic, also where the machine has none of that size.

#[cfg(not(target_has_atomic = "64"))]
pub(crate) use halves::Number;
#[cfg(target_has_atomic = "64")]
pub(crate) use whole::Number;

#[cfg(target_has_atomic = "64")]
mod whole {
    use crate::sync::atomic::{AtomicU64, Ordering};

    /// A number that grows. One thread at a time stores it.
    pub(crate) struct Number(AtomicU64);

    impl Number {
        pub(crate) fn new(number: u64) -> Self {
            Self(AtomicU64::new(number))
        }

        /// Relaxed: it orders nothing but itself.
        #[inline]
        pub(crate) fn store(&self, number: u64) {
            self.0.store(number, Ordering::Relaxed);
        }

        /// Whether it is `number` still. Relaxed.
        #[inline]
        pub(crate) fn is(&self, number: u64) -> bool {
            self.load() == number
        }

        #[inline]
        pub(crate) fn load(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }
}

#[cfg(any(test, not(target_has_atomic = "64")))]
mod halves {
    use crate::sync::atomic::{AtomicU32, Ordering};

    /// A number that grows. One thread at a time stores it.
    ///
    /// The high half is stored first, and loaded last. So a thread that loads the low half of a number finds the high half of that
    /// one or of a later one: a mix is never a number that was there before.
    pub(crate) struct Number {
        high: AtomicU32,
        low: AtomicU32,
    }

    fn high(number: u64) -> u32 {
        (number >> 32) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the other half is stored beside it")]
    fn low(number: u64) -> u32 {
        number as u32
    }

    impl Number {
        pub(crate) fn new(number: u64) -> Self {
            Self { high: AtomicU32::new(high(number)), low: AtomicU32::new(low(number)) }
        }

        pub(crate) fn store(&self, number: u64) {
            self.high.store(high(number), Ordering::Relaxed);
            // Release: a thread that finds this half finds the high one.
            self.low.store(low(number), Ordering::Release);
        }

        /// Whether it is `number` still.
        pub(crate) fn is(&self, number: u64) -> bool {
            self.load() == number
        }

        #[inline]
        pub(crate) fn load(&self) -> u64 {
            // Acquire: synchronises with the release in `store`.
            let low = self.low.load(Ordering::Acquire);
            (u64::from(self.high.load(Ordering::Relaxed)) << 32) | u64::from(low)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::halves::Number;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[test]
    fn two_halves_are_never_an_older_number() {
        // Each step changes both halves, and every fourth low half comes back.
        let number = |step: usize| ((step as u64) << 32) | (step as u64 % 4);
        // Not an atomic of 64 bits: this is for where there is none.
        let (halves, stored) = (Number::new(0), AtomicUsize::new(0));
        thread::scope(|s| {
            s.spawn(|| {
                for step in 1..200_000 {
                    halves.store(number(step));
                    stored.store(step, Ordering::Release);
                }
            });
            let mut step = 0;
            while step < 199_999 {
                step = stored.load(Ordering::Acquire);
                assert!(halves.load() >= number(step), "step {step}");
            }
        });
        assert!(halves.is(number(199_999)) && !halves.is(number(199_998)));
    }
}
