//! std's traits: comparing, converting, collecting.

use super::CowSet;
use crate::paged::PagedSet;
use crate::paged::hash_set::IntoIter;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<T, S: Default> Default for CowSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: fmt::Debug, S> fmt::Debug for CowSet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}

/// Compares one moment of each set.
impl<T: Eq + Hash, S: BuildHasher> PartialEq for CowSet<T, S> {
    fn eq(&self, other: &Self) -> bool {
        *self.load() == *other.load()
    }
}

impl<T: Eq + Hash, S: BuildHasher> Eq for CowSet<T, S> {}

impl<T, S> FromIterator<T> for CowSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        PagedSet::from_iter(iter).into()
    }
}

impl<T: Eq + Hash, const N: usize> From<[T; N]> for CowSet<T> {
    fn from(values: [T; N]) -> Self {
        PagedSet::from(values).into()
    }
}

impl<T: Eq + Hash, S: BuildHasher + Clone> From<HashSet<T, S>> for CowSet<T, S> {
    fn from(set: HashSet<T, S>) -> Self {
        PagedSet::from(set).into()
    }
}

/// Consumes the set and iterates over its current version.
///
/// It is [`into_inner`](CowSet::into_inner) and then the collection's own: elements of pages that nobody else has are moved out, the
/// others are cloned. To walk over a set that goes on, take a version first: `for element in &set.load()`.
///
/// # Examples
///
/// ```
/// let set = readmostly::CowSet::from([1, 2]);
/// assert_eq!(set.into_iter().sum::<i32>(), 3);
/// ```
///
/// Computes in **O(1)** time, plus **O(n)** for the walk.
impl<T: Clone, S: Clone> IntoIterator for CowSet<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.into_inner().into_iter()
    }
}

/// As [`CowSet::extend`]: one version for the whole iterator.
impl<T, S> Extend<T> for &CowSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowSet::extend(self, iter);
    }
}

/// As [`CowSet::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedSet`], which is made into a container by `into`.
impl<T, S> Extend<T> for CowSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowSet::extend(self, iter);
    }
}

/// As [`CowSet::extend`]: one version for the whole iterator.
impl<'a, T, S> Extend<&'a T> for &CowSet<T, S>
where
    T: Eq + Hash + Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowSet::extend(self, iter.into_iter().copied());
    }
}

/// As [`CowSet::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedSet`], which is made into a container by `into`.
impl<'a, T, S> Extend<&'a T> for CowSet<T, S>
where
    T: Eq + Hash + Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowSet::extend(self, iter.into_iter().copied());
    }
}
