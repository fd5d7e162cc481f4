//! A page: one flat hash table. This is the only file that names hashbrown.

pub(super) use hashbrown::TryReserveError;
pub(super) use hashbrown::hash_table::{IntoIter, Iter, IterMut};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::iter::FusedIterator;

/// Entries in buckets, found by their hash. A clone keeps each entry in its bucket.
///
/// It never rehashes, since `Hash` may panic and an entry would be lost. The caller adds an entry only if there is room, and
/// otherwise makes a larger page.
#[derive(Clone)]
pub(super) struct Page<T>(HashTable<T>);

impl<T> Page<T> {
    pub(super) fn new() -> Self {
        Self(HashTable::new())
    }

    /// Makes a page with room for so many entries.
    pub(super) fn try_with_capacity(capacity: usize) -> Result<Self, TryReserveError> {
        let mut table = HashTable::new();
        table.try_reserve(capacity, |_| unreachable!("there is nothing to rehash"))?;
        Ok(Self(table))
    }

    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(HashTable::with_capacity(capacity))
    }

    /// Returns the number of buckets of a page with room for so many entries, or `None` if it is too large.
    pub(super) fn buckets_for(capacity: usize) -> Option<usize> {
        // hashbrown has no function for it. It fills seven buckets of eight.
        (capacity.checked_mul(8)? / 7).checked_next_power_of_two()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    pub(super) fn bucket_count(&self) -> usize {
        self.0.num_buckets()
    }

    /// Returns `true` if there is no room for one more entry.
    pub(super) fn is_full(&self) -> bool {
        self.0.capacity() == self.0.len()
    }

    /// Returns `true` if less than an eighth of its many buckets is filled, so that a copy copies mostly nothing.
    pub(super) fn is_sparse(&self) -> bool {
        self.bucket_count() > 16 && self.len() < self.bucket_count() / 8
    }

    /// Returns `true` if half the buckets would do for so many entries. It is `false` for up to 16 buckets.
    pub(super) fn is_loose_for(&self, entries: usize) -> bool {
        self.bucket_count() > 16 && entries <= self.bucket_count() / 16 * 7
    }

    #[inline]
    pub(super) fn find(&self, hash: u64, eq: impl FnMut(&T) -> bool) -> Option<&T> {
        self.0.find(hash, eq)
    }

    #[inline]
    pub(super) fn find_bucket(&self, hash: u64, eq: impl FnMut(&T) -> bool) -> Option<usize> {
        self.0.find_bucket_index(hash, eq)
    }

    /// Returns the entry in a bucket, or `None` if that is empty or does not exist.
    pub(super) fn get(&self, bucket: usize) -> Option<&T> {
        self.0.get_bucket(bucket)
    }

    pub(super) fn get_mut(&mut self, bucket: usize) -> Option<&mut T> {
        self.0.get_bucket_mut(bucket)
    }

    /// Adds an entry to a page that is not full, and returns its bucket.
    pub(super) fn put(&mut self, hash: u64, entry: T) -> usize {
        self.0.insert_unique(hash, entry, never_rehashed).bucket_index()
    }

    /// Adds an entry to a page that is not full, and returns `true`. If there is an equal one, it calls `merge` with that one
    /// and the new one instead. If `eq` panics, the entry stays with the caller.
    #[inline]
    pub(super) fn put_or_merge(
        &mut self,
        hash: u64,
        entry: &mut Option<T>,
        eq: impl Fn(&T, &T) -> bool,
        merge: impl FnOnce(&mut T, &mut T),
    ) -> bool {
        let Some(new) = entry else { return false };
        match self.0.entry(hash, |there| eq(new, there), never_rehashed) {
            Entry::Occupied(there) => merge(there.into_mut(), new),
            Entry::Vacant(vacant) => {
                let Some(entry) = entry.take() else { unreachable!("it was looked at above") };
                vacant.insert(entry);
                return true;
            }
        }
        false
    }

    /// Takes the entry out of a bucket.
    pub(super) fn take(&mut self, bucket: usize) -> Option<T> {
        Some(self.0.get_bucket_entry(bucket).ok()?.remove().0)
    }

    #[inline]
    pub(super) fn iter(&self) -> Iter<'_, T> {
        self.0.iter()
    }

    #[inline]
    pub(super) fn iter_mut(&mut self) -> IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// The buckets with an entry, in the order of `iter`.
    pub(super) fn buckets(&self) -> impl FusedIterator<Item = usize> + '_ {
        self.0.iter_buckets()
    }
}

fn never_rehashed<T>(_: &T) -> u64 {
    unreachable!("a page that is not full does not rehash")
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
