//! What only a cell that starts from a late version can show. All the other tests use the public interface.

use super::CowCell;
use super::core::Core;
use crate::publish::Version;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

// A publish after the last number fails, and fails as any write that panics: nothing else could keep the
// numbers from going backwards.
#[test]
fn the_last_version_is_followed_by_none() {
    let number = u64::MAX - 2;
    let cell = CowCell { core: Core::new(Version::new(number, 0)), marker: PhantomData };
    let mut reader = cell.reader();
    for n in 1..=2 {
        cell.update(|value| *value = n);
        assert_eq!(*reader.load(), n);
        assert_eq!((cell.version(), reader.version()), (number + n, number + n));
    }
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| cell.update(|value| *value = 3))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| cell.replace(3))).is_err());
        assert_eq!((*cell.load(), cell.version(), reader.is_stale()), (2, u64::MAX, false));
        assert!(cell.try_write().is_some());
    }
}
