//! [`OutOfBounds`]: what a write says of an index that is out of range.

use std::error::Error;
use std::fmt;

/// The value that a [`CowVec`](crate::CowVec) did not take, since the index was out of range when the write came to it.
///
/// # Examples
///
/// ```
/// let list = readmostly::CowVec::from(["a"]);
/// let refused = list.set(3, "b").unwrap_err();
/// assert_eq!((refused.index, refused.len, refused.value), (3, 1, "b"));
/// ```
pub struct OutOfBounds<T> {
    /// The index that was asked for.
    pub index: usize,
    /// The length of the vector at that moment.
    pub len: usize,
    /// The value that was to be written.
    pub value: T,
}

impl<T> fmt::Debug for OutOfBounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutOfBounds")
            .field("index", &self.index)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for OutOfBounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing was written: index {} is out of range for a vector of length {}, which may have changed since \
             the index was found; find it again inside `update` and write there",
            self.index, self.len
        )
    }
}

impl<T> Error for OutOfBounds<T> {}
