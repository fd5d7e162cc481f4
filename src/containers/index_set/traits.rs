//! std's traits: comparing, converting, collecting.

use super::CowIndexSet;
use crate::paged::PagedIndexSet;
use crate::paged::index_set::IntoIter;
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<T, S: Default> Default for CowIndexSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: fmt::Debug, S> fmt::Debug for CowIndexSet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}

/// Compares one moment of each set. The order of the elements does not count.
impl<T: Eq + Hash, S: BuildHasher> PartialEq for CowIndexSet<T, S> {
    fn eq(&self, other: &Self) -> bool {
        *self.load() == *other.load()
    }
}

impl<T: Eq + Hash, S: BuildHasher> Eq for CowIndexSet<T, S> {}

impl<T, S> FromIterator<T> for CowIndexSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        PagedIndexSet::from_iter(iter).into()
    }
}

impl<T: Eq + Hash, const N: usize> From<[T; N]> for CowIndexSet<T> {
    fn from(values: [T; N]) -> Self {
        PagedIndexSet::from(values).into()
    }
}

/// Consumes the set and iterates over its current version.
///
/// It is [`into_inner`](CowIndexSet::into_inner) and then the collection's own: elements of pages that nobody else has are moved out, the
/// others are cloned. To walk over a set that goes on, take a version first: `for element in &set.load()`.
///
/// # Examples
///
/// ```
/// let set = readmostly::CowIndexSet::from([1, 2]);
/// assert_eq!(set.into_iter().sum::<i32>(), 3);
/// ```
///
/// Computes in **O(1)** time, plus **O(n)** for the walk.
impl<T: Clone, S: Clone> IntoIterator for CowIndexSet<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.into_inner().into_iter()
    }
}

/// As [`CowIndexSet::extend`]: one version for the whole iterator.
impl<T, S> Extend<T> for &CowIndexSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowIndexSet::extend(self, iter);
    }
}

/// As [`CowIndexSet::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedIndexSet`], which is made into a container by `into`.
impl<T, S> Extend<T> for CowIndexSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowIndexSet::extend(self, iter);
    }
}

/// As [`CowIndexSet::extend`]: one version for the whole iterator.
impl<'a, T, S> Extend<&'a T> for &CowIndexSet<T, S>
where
    T: Eq + Hash + Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowIndexSet::extend(self, iter.into_iter().copied());
    }
}

/// As [`CowIndexSet::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedIndexSet`], which is made into a container by `into`.
impl<'a, T, S> Extend<&'a T> for CowIndexSet<T, S>
where
    T: Eq + Hash + Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowIndexSet::extend(self, iter.into_iter().copied());
    }
}
