//! [`Stale`]: the value of an optimistic write that came too late.

use super::Snapshot;
use std::error::Error;
use std::fmt;

/// The value that [`replace_if_current`](crate::CowCell::replace_if_current) did not publish, since its base is no longer
/// the current version.
///
/// # Examples
///
/// ```
/// let cell = readmostly::CowCell::new(1);
/// let base = cell.snapshot();
/// cell.replace(2);
/// let stale = cell.replace_if_current(&base, 100).unwrap_err();
/// assert_eq!((stale.value, *stale.current), (100, 2));
/// ```
pub struct Stale<T> {
    /// The value that was to be published.
    pub value: T,
    /// The version that was current instead.
    pub current: Snapshot<T>,
}

impl<T> fmt::Debug for Stale<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stale")
            .field("current_version", &Snapshot::version(&self.current))
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for Stale<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing was published: the base is no longer the current version, which is {}; make the value again \
             from `current` and retry",
            Snapshot::version(&self.current)
        )
    }
}

impl<T> Error for Stale<T> {}
