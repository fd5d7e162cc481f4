//! The errors that hand back what was not written.

use crate::Snapshot;
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

/// The version that [`restore`](crate::CowCell::restore) did not find.
///
/// # Examples
///
/// ```
/// let cell = readmostly::CowCell::new("a");
/// cell.replace("b");
/// let gone = cell.restore(0).unwrap_err();
/// assert_eq!((gone.version, gone.current), (0, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The number of the version that was asked for.
    pub version: u64,
    /// The number of the version that is current.
    pub current: u64,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, current } = self;
        if version > current {
            return write!(
                f,
                "nothing was restored: version {version} was not published yet, the current one is {current}"
            );
        }
        write!(
            f,
            "nothing was restored: version {version} is not kept any more, and the current one is {current}; let `keep` keep \
             more of them, or for longer"
        )
    }
}

impl Error for Gone {}

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

/// The error of [`CowMap::try_insert`](crate::CowMap::try_insert): the map holds the key, and the entry is handed back.
///
/// # Examples
///
/// ```
/// let map = readmostly::CowMap::from([("a", 1)]);
/// let refused = map.try_insert("a", 2).unwrap_err();
/// assert_eq!(refused.value, 2);
/// assert_eq!(refused.to_string(), "the map holds an equal key; the entry was not inserted");
/// ```
pub struct Occupied<K, V> {
    /// The key that was not inserted.
    pub key: K,
    /// The value that was not inserted.
    pub value: V,
}

impl<K, V> fmt::Debug for Occupied<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Occupied").finish_non_exhaustive()
    }
}

impl<K, V> fmt::Display for Occupied<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the map holds an equal key; the entry was not inserted")
    }
}

impl<K, V> Error for Occupied<K, V> {}
