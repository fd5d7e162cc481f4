//! What changed from one version of a collection to another.

use super::gather;
use std::error::Error;
use std::fmt;
use std::iter::FusedIterator;
use std::slice;

/// One change of a keyed collection: what [`diff`](crate::paged::PagedMap::diff) shows and a [`Delta`] holds.
///
/// A set's changes have `()` for their values and are never `Updated`.
///
/// # Examples
///
/// ```
/// use readmostly::paged::{Change, PagedMap};
///
/// let old = PagedMap::from([("a", 1), ("b", 2)]);
/// let mut new = old.clone();
/// new.insert("b", 20);
/// let changes: Vec<_> = old.diff(&new).collect();
/// assert_eq!(changes, [Change::Updated { key: &"b", old: &2, new: &20 }]);
/// ```
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum Change<'a, K, V> {
    /// The key is in the newer version only.
    Added {
        /// The key.
        key: &'a K,
        /// Its value in the newer version.
        value: &'a V,
    },
    /// The key is in the older version only.
    Removed {
        /// The key.
        key: &'a K,
        /// Its value in the older version.
        value: &'a V,
    },
    /// The key is in both versions, with different values.
    Updated {
        /// The key, as it is in the older version.
        key: &'a K,
        /// Its value in the older version.
        old: &'a V,
        /// Its value in the newer version.
        new: &'a V,
    },
}

impl<'a, K, V> Change<'a, K, V> {
    /// Returns the key that changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::Change;
    ///
    /// let change = Change::Added { key: &"a", value: &1 };
    /// assert_eq!(change.key(), &"a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn key(&self) -> &'a K {
        match *self {
            Self::Added { key, .. } | Self::Removed { key, .. } | Self::Updated { key, .. } => key,
        }
    }
}

impl<K, V> Clone for Change<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Change<'_, K, V> {}

/// The changes from one version to another, owned: to be kept, sent, stored, and applied elsewhere.
///
/// It is collected from the changes that a `diff` shows, and holds them in that order. It says of each value what it was before,
/// so it can be [inverted](Self::inverse), and [applying](crate::paged::PagedMap::apply) it to a version that it does not fit is
/// noticed.
///
/// # In a file
///
/// With the feature `serde` a delta is a sequence of its changes, in their order. Each is tagged with its name on the outside, and
/// its fields are those of a [`Change`]. This form stays as it is, since files hold it. In JSON it is:
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use readmostly::paged::{Delta, PagedMap};
///
/// let (old, new) = (PagedMap::from([("a", 1)]), PagedMap::from([("a", 2)]));
/// let delta: Delta<_, _> = old.diff(&new).collect();
/// let json = r#"[{"Updated":{"key":"a","old":1,"new":2}}]"#;
/// assert_eq!(serde_json::to_string(&delta).unwrap(), json);
/// assert_eq!(serde_json::from_str::<Delta<_, _>>(json).unwrap(), delta);
/// # }
/// ```
///
/// An `Added` or a `Removed` has the fields `key` and `value`, in this order, and an `Updated` has `key`, `old` and `new`. A format
/// without names, such as postcard's, has 0 for `Added`, 1 for `Removed` and 2 for `Updated`. A set's values are `()`. No field may
/// be missing, and there are no others. So a value that is `None` stays one.
///
/// Two deltas are equal if they have the same changes in the same order. The order is that of the pages. So the deltas of equal
/// versions may be unequal.
///
/// # Examples
///
/// ```
/// use readmostly::paged::{Delta, PagedMap};
///
/// let old = PagedMap::from([("a", 1), ("b", 2)]);
/// let new = PagedMap::from([("b", 20), ("c", 3)]);
///
/// let delta: Delta<_, _> = old.diff(&new).collect();
/// assert_eq!(delta.len(), 3);
///
/// let mut follower = old.clone();
/// follower.apply(&delta)?;
/// assert_eq!(follower, new);
///
/// follower.apply(&delta.inverse())?;
/// assert_eq!(follower, old);
/// # Ok::<(), readmostly::paged::Conflict<&str>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Delta<K, V> {
    changes: Vec<Owned<K, V>>,
}

/// A change with what it speaks of.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Owned<K, V> {
    Added(K, V),
    Removed(K, V),
    Updated(K, V, V),
}

impl<K, V> Owned<K, V> {
    fn borrowed(&self) -> Change<'_, K, V> {
        match self {
            Self::Added(key, value) => Change::Added { key, value },
            Self::Removed(key, value) => Change::Removed { key, value },
            Self::Updated(key, old, new) => Change::Updated { key, old, new },
        }
    }

    fn inverse(self) -> Self {
        match self {
            Self::Added(key, value) => Self::Removed(key, value),
            Self::Removed(key, value) => Self::Added(key, value),
            Self::Updated(key, old, new) => Self::Updated(key, new, old),
        }
    }
}

impl<K: Clone, V: Clone> From<Change<'_, K, V>> for Owned<K, V> {
    fn from(change: Change<'_, K, V>) -> Self {
        match change {
            Change::Added { key, value } => Self::Added(key.clone(), value.clone()),
            Change::Removed { key, value } => Self::Removed(key.clone(), value.clone()),
            Change::Updated { key, old, new } => Self::Updated(key.clone(), old.clone(), new.clone()),
        }
    }
}

impl<K, V> Delta<K, V> {
    /// Creates a delta without any change.
    ///
    /// # Examples
    ///
    /// ```
    /// let delta = readmostly::paged::Delta::<u8, u8>::new();
    /// assert!(delta.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub const fn new() -> Self {
        Self { changes: Vec::new() }
    }

    /// Returns the number of changes.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Delta, PagedSet};
    ///
    /// let delta: Delta<_, _> = PagedSet::from([1, 2]).diff(&PagedSet::from([2, 3])).collect();
    /// assert_eq!(delta.len(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Returns `true` if there is no change.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Delta, PagedSet};
    ///
    /// let set = PagedSet::from([1, 2]);
    /// let delta: Delta<_, _> = set.diff(&set).collect();
    /// assert!(delta.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns an iterator over the changes, in the order in which they apply.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Change, Delta, PagedSet};
    ///
    /// let delta: Delta<_, _> = PagedSet::from([1]).diff(&PagedSet::from([1, 2])).collect();
    /// assert!(delta.iter().eq([Change::Added { key: &2, value: &() }]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(changes)**.
    pub fn iter(&self) -> DeltaIter<'_, K, V> {
        DeltaIter { changes: self.changes.iter() }
    }

    /// Returns the delta that leads back: from the newer version to the older one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Change, Delta, PagedSet};
    ///
    /// let delta: Delta<_, _> = PagedSet::from([1]).diff(&PagedSet::from([1, 2])).collect();
    /// assert!(delta.inverse().iter().eq([Change::Removed { key: &2, value: &() }]));
    /// ```
    ///
    /// Computes in **O(changes)** time.
    #[must_use = "it consumes the delta and changes nothing else"]
    pub fn inverse(self) -> Self {
        self.changes.into_iter().rev().map(Owned::inverse).collect()
    }
}

impl<K, V> Default for Delta<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Delta<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<K, V> FromIterator<Owned<K, V>> for Delta<K, V> {
    fn from_iter<I: IntoIterator<Item = Owned<K, V>>>(changes: I) -> Self {
        Self { changes: gather(changes.into_iter()) }
    }
}

impl<'a, K: Clone, V: Clone> FromIterator<Change<'a, K, V>> for Delta<K, V> {
    fn from_iter<I: IntoIterator<Item = Change<'a, K, V>>>(changes: I) -> Self {
        changes.into_iter().map(Owned::from).collect()
    }
}

impl<'a, K: Clone, V: Clone> Extend<Change<'a, K, V>> for Delta<K, V> {
    fn extend<I: IntoIterator<Item = Change<'a, K, V>>>(&mut self, changes: I) {
        self.changes.extend(changes.into_iter().map(Owned::from));
    }
}

impl<'a, K, V> IntoIterator for &'a Delta<K, V> {
    type Item = Change<'a, K, V>;
    type IntoIter = DeltaIter<'a, K, V>;

    fn into_iter(self) -> DeltaIter<'a, K, V> {
        self.iter()
    }
}

/// An iterator over the changes of a [`Delta`]; see [`Delta::iter`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::{Delta, PagedSet};
///
/// let delta: Delta<_, _> = PagedSet::from([1]).diff(&PagedSet::from([1, 2])).collect();
/// assert_eq!(delta.iter().len(), 1);
/// ```
pub struct DeltaIter<'a, K, V> {
    changes: slice::Iter<'a, Owned<K, V>>,
}

impl<'a, K, V> Iterator for DeltaIter<'a, K, V> {
    type Item = Change<'a, K, V>;

    fn next(&mut self) -> Option<Change<'a, K, V>> {
        self.changes.next().map(Owned::borrowed)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.changes.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for DeltaIter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.changes.next_back().map(Owned::borrowed)
    }
}

impl<K, V> ExactSizeIterator for DeltaIter<'_, K, V> {}
impl<K, V> FusedIterator for DeltaIter<'_, K, V> {}

impl<K, V> Clone for DeltaIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { changes: self.changes.clone() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for DeltaIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The error of `apply`, of maps and sets: the delta was made for another version. Nothing was changed.
///
/// # Examples
///
/// ```
/// use readmostly::paged::{Delta, Mismatch, PagedMap};
///
/// let delta: Delta<_, _> = PagedMap::from([("a", 1)]).diff(&PagedMap::from([("a", 2)])).collect();
/// let mut other = PagedMap::from([("a", 7)]);
/// let conflict = other.apply(&delta).unwrap_err();
/// assert_eq!((conflict.key, conflict.mismatch), ("a", Mismatch::OtherValue));
/// assert_eq!(other["a"], 7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict<K> {
    /// The key of the first change that does not fit.
    pub key: K,
    /// What does not fit.
    pub mismatch: Mismatch,
}

/// What a [`Delta`] expected and did not find; see [`Conflict`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::{Delta, Mismatch, PagedSet};
///
/// let delta: Delta<_, _> = PagedSet::from([1]).diff(&PagedSet::from([1, 2])).collect();
/// let conflict = PagedSet::from([1, 2]).apply(&delta).unwrap_err();
/// assert_eq!((conflict.key, conflict.mismatch), (2, Mismatch::IsThere));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The delta adds the key, and the key is there.
    IsThere,
    /// The delta removes or updates the key, and the key is not there.
    IsAbsent,
    /// The delta removes or updates the key, and the key has another value than the one that the delta starts from.
    OtherValue,
}

impl<K: fmt::Debug> fmt::Display for Conflict<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = match self.mismatch {
            Mismatch::IsThere => "the delta adds it, and it is there",
            Mismatch::IsAbsent => "the delta removes or updates it, and it is not there",
            Mismatch::OtherValue => "the delta starts from another value than the one that is there",
        };
        write!(
            f,
            "nothing was applied: the delta is one between other versions; key {:?}: {found}; find the delta anew from \
             this version",
            self.key
        )
    }
}

impl<K: fmt::Debug> Error for Conflict<K> {}

/// What a delta has removed and replaced, and what it was about to add when something panicked.
pub(crate) struct Leavings<K, V> {
    pub(super) entries: Vec<Option<(K, V)>>,
    pub(super) keys: Vec<K>,
    pub(super) values: Vec<V>,
}

impl<K, V> Default for Leavings<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), keys: Vec::new(), values: Vec::new() }
    }
}

impl<K: Clone, V: Clone> Leavings<K, V> {
    /// Clones an entry that is to be added. What was cloned is in here before the next clone is made.
    pub(super) fn entry_of(&mut self, key: &K, value: &V) -> &mut Option<(K, V)> {
        self.keys.push(key.clone());
        self.values.push(value.clone());
        self.entries.push(self.keys.pop().zip(self.values.pop()));
        let last = self.entries.len() - 1;
        &mut self.entries[last]
    }
}
