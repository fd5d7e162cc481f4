//! A page: one flat hash table in one allocation.
//!
//! It is a Swiss table (J. Dean and others, Abseil, "Swiss Tables Design Notes"), in the layout that hashbrown has:
//!
//! ```text
//! [ entry n-1 | … | entry 1 | entry 0 | tag 0 | tag 1 | … | tag n-1 | the first tags again ]
//!                                     ^ the address of the page
//! ```
//!
//! There are `n` buckets, a power of two. A tag says whether its bucket is empty, is the grave of an entry that was removed, or
//! has an entry, and then seven bits of its hash. A search begins at the bucket that the low bits of the hash choose, compares
//! a group of tags at once, and goes on to other groups until it finds an empty bucket in one. At most seven buckets of eight
//! are ever filled or graves, so there is one.
//!
//! This is a table of our own for two reasons. A directory may hold the address and the number of buckets beside the page's
//! owner, so that a reader reaches a tag in one step from the directory ([`View`]). And a page never moves its entries or rehashes them:
//! `Hash` may panic, and an entry would be lost. The caller adds an entry only if there is room, and otherwise makes a larger page.

#![expect(unsafe_code, reason = "entries in an allocation of its own")]

mod group;
mod iter;
mod tags;

pub(super) use self::iter::{IntoIter, Iter, IterMut};
pub(super) use self::tags::{Tags, View};

use self::group::{EMPTY, GRAVE, Group, Native, is_full};
use self::iter::Full;
use self::tags::tag_of;
use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem;

/// Why there is no memory for a page.
#[derive(Debug)]
pub(in crate::paged) enum TryReserveError {
    CapacityOverflow,
    AllocError { layout: Layout },
}

/// Entries in buckets, found by their hash. A clone keeps each entry in its bucket.
pub(super) struct Page<T, G: Group = Native> {
    tags: Tags<G>,
    len: usize,
    /// How many empty buckets may still be filled.
    room: usize,
    marker: PhantomData<T>,
}

/// The number of entries that may be in so many buckets.
fn capacity_of(buckets: usize) -> usize {
    if buckets <= 8 { buckets - 1 } else { buckets / 8 * 7 }
}

impl<T, G: Group> Page<T, G> {
    pub(super) fn new() -> Self {
        Self { tags: Tags::none(), len: 0, room: 0, marker: PhantomData }
    }

    /// Makes a page with room for so many entries.
    pub(super) fn try_with_capacity(capacity: usize) -> Result<Self, TryReserveError> {
        if capacity == 0 {
            return Ok(Self::new());
        }
        let buckets = Self::buckets_for(capacity).ok_or(TryReserveError::CapacityOverflow)?;
        let tags = Tags::allocate::<T>(buckets)?;
        // SAFETY: they were just allocated.
        unsafe { tags.clear() };
        Ok(Self { tags, len: 0, room: capacity_of(buckets), marker: PhantomData })
    }

    pub(super) fn with_capacity(capacity: usize) -> Self {
        super::room::granted(Self::try_with_capacity(capacity))
    }

    /// Returns the number of buckets of a page with room for so many entries, or `None` if it is too large.
    pub(super) fn buckets_for(capacity: usize) -> Option<usize> {
        if capacity < 8 {
            return Some(if capacity < 4 { 4 } else { 8 });
        }
        (capacity.checked_mul(8)? / 7).checked_next_power_of_two()
    }

    /// Where its entries are. That changes if the page is replaced, and never else.
    #[inline]
    pub(super) fn tags(&self) -> Tags<G> {
        self.tags
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn capacity(&self) -> usize {
        self.len + self.room
    }

    pub(super) fn bucket_count(&self) -> usize {
        self.tags.buckets()
    }

    /// Returns `true` if there is no room for one more entry.
    pub(super) fn is_full(&self) -> bool {
        self.room == 0
    }

    /// Returns `true` if less than an eighth of its many buckets is filled, so that a copy copies mostly nothing.
    pub(super) fn is_sparse(&self) -> bool {
        self.bucket_count() > 16 && self.len() < self.bucket_count() / 8
    }

    /// Returns `true` if half the buckets would do for so many entries. It is `false` for up to 16 buckets.
    pub(super) fn is_loose_for(&self, entries: usize) -> bool {
        self.bucket_count() > 16 && entries <= self.bucket_count() / 16 * 7
    }

    fn has_entry(&self, bucket: usize) -> bool {
        // SAFETY: there is such a bucket, and the page is borrowed.
        bucket < self.bucket_count() && is_full(unsafe { self.tags.tag(bucket) })
    }

    /// Returns the entry in a bucket, or `None` if that is empty or does not exist.
    pub(super) fn get(&self, bucket: usize) -> Option<&T> {
        // SAFETY: the bucket has an entry, and the page is borrowed for as long.
        self.has_entry(bucket).then(|| unsafe { self.tags.entry(bucket).as_ref() })
    }

    /// Returns the entry in a bucket, if another page has one there whose hash may be the same.
    #[inline]
    pub(super) fn get_alike(&self, bucket: usize, other: &Self) -> Option<&T> {
        let entry = self.get(bucket).filter(|_| other.has_entry(bucket))?;
        // SAFETY: both pages have this bucket, and are borrowed.
        unsafe { self.tags.tag(bucket) == other.tags.tag(bucket) }.then_some(entry)
    }

    pub(super) fn get_mut(&mut self, bucket: usize) -> Option<&mut T> {
        // SAFETY: the bucket has an entry, and the page is borrowed mutably for as long.
        self.has_entry(bucket).then(|| unsafe { self.tags.entry(bucket).as_mut() })
    }

    /// Adds an entry to a page that is not full, and returns its bucket.
    pub(super) fn put(&mut self, hash: u64, entry: T) -> usize {
        assert!(!self.is_full(), "a page does not grow");
        // SAFETY: a page with room has memory, and is borrowed mutably. The bucket is vacant.
        unsafe {
            let bucket = self.tags.vacancy(hash);
            self.fill(bucket, hash, entry);
            bucket
        }
    }

    /// # Safety
    ///
    /// The bucket is vacant.
    #[inline]
    unsafe fn fill(&mut self, bucket: usize, hash: u64, entry: T) {
        // SAFETY: there is such a bucket, without an entry that this would overwrite.
        unsafe {
            self.room -= usize::from(self.tags.tag(bucket) == EMPTY);
            self.tags.set_tag(bucket, tag_of(hash));
            self.tags.entry(bucket).write(entry);
        }
        self.len += 1;
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
        assert!(!self.is_full(), "a page does not grow");
        let Some(new) = entry else { return false };
        // SAFETY: a page with room has memory, and is borrowed.
        match unsafe { self.tags.find_or_vacancy(hash, |there| eq(new, there)) } {
            Ok(bucket) => {
                // SAFETY: the bucket has an entry, and the page is borrowed mutably.
                merge(unsafe { self.tags.entry(bucket).as_mut() }, new);
                false
            }
            Err(bucket) => {
                let Some(entry) = entry.take() else { unreachable!("it was looked at above") };
                // SAFETY: the bucket is vacant.
                unsafe { self.fill(bucket, hash, entry) };
                true
            }
        }
    }

    /// Takes the entry out of a bucket.
    pub(super) fn take(&mut self, bucket: usize) -> Option<T> {
        if !self.has_entry(bucket) {
            return None;
        }
        self.len -= 1;
        // SAFETY: there is such a bucket. It has an entry until the tag is changed, and nobody reads that after this.
        unsafe {
            let tag = self.tag_after_removal(bucket);
            self.room += usize::from(tag == EMPTY);
            self.tags.set_tag(bucket, tag);
            Some(self.tags.entry(bucket).read())
        }
    }

    /// A search must pass the bucket if one has come by when all of a group was filled. It is empty if no group of tags around it
    /// can have been without an empty one.
    ///
    /// # Safety
    ///
    /// There is such a bucket.
    unsafe fn tag_after_removal(&self, bucket: usize) -> u8 {
        let group_before = bucket.wrapping_sub(G::WIDTH) & self.tags.mask;
        // SAFETY: both are buckets, and the page is borrowed.
        let (before, after) =
            unsafe { (self.tags.group(group_before).empty(), self.tags.group(bucket).empty()) };
        if before.behind_last() + after.before_first() < G::WIDTH { EMPTY } else { GRAVE }
    }

    /// Returns the first entry from this bucket on, with its bucket.
    pub(super) fn next_from(&self, mut bucket: usize) -> Option<(usize, &T)> {
        while bucket < self.bucket_count() {
            // SAFETY: there is such a bucket, and the page is borrowed.
            let full = unsafe { self.tags.group(bucket) }.full();
            if let Some(ahead) = full.first() {
                // None, if it is one of the first again, which stand behind the last.
                return self.get(bucket + ahead).map(|entry| (bucket + ahead, entry));
            }
            bucket += G::WIDTH;
        }
        None
    }

    fn full(&self) -> Full<G> {
        Full::new(self.tags, self.len)
    }

    #[inline]
    pub(super) fn iter(&self) -> Iter<'_, T, G> {
        // SAFETY: the page is borrowed for as long.
        unsafe { Iter::new(self.full()) }
    }

    #[inline]
    pub(super) fn iter_mut(&mut self) -> IterMut<'_, T, G> {
        // SAFETY: the page is borrowed mutably for as long.
        unsafe { IterMut::new(self.full()) }
    }

    /// The buckets with an entry, in the order of `iter`.
    pub(super) fn buckets(&self) -> impl Iterator<Item = usize> + '_ {
        let mut full = self.full();
        // SAFETY: the page is borrowed for as long.
        std::iter::from_fn(move || unsafe { full.next() })
    }
}

impl<T: Clone, G: Group> Clone for Page<T, G> {
    fn clone(&self) -> Self {
        if self.tags.is_none() {
            return Self::new();
        }
        let tags = super::room::granted(Tags::allocate::<T>(self.bucket_count()));
        let (from, to) = (self.tags, tags);
        // Until it is done, it has the entries that it has tags for. If a `Clone` panics, they are dropped. Entries that need no
        // drop need no tags.
        let mut copy = Self { tags, len: 0, room: 0, marker: PhantomData };
        if mem::needs_drop::<T>() {
            // SAFETY: they were just allocated.
            unsafe { to.clear() };
        }
        let copy_entry = |(), bucket| {
            // SAFETY: both pages have this bucket. It has an entry here, and none there.
            unsafe {
                // Not by `Tags::entry`: by one index for both pages, a copy takes a tenth less.
                let index = bucket + 1;
                let entry = from.first.cast::<T>().sub(index).as_ref().clone();
                to.first.cast::<T>().sub(index).write(entry);
                if mem::needs_drop::<T>() {
                    to.set_tag(bucket, from.tag(bucket));
                    copy.len += 1;
                }
            }
        };
        // SAFETY: the page is borrowed.
        unsafe { self.full().fold((), copy_entry) };
        // With the graves, and those tags that were not set.
        // SAFETY: both pages have so many tags.
        unsafe { to.first.copy_from_nonoverlapping(from.first, self.bucket_count() + G::WIDTH) };
        (copy.len, copy.room) = (self.len, self.room);
        copy
    }
}

impl<T, G: Group> Drop for Page<T, G> {
    fn drop(&mut self) {
        // SAFETY: nobody uses the page after this.
        drop(unsafe { IntoIter::<T, G>::new(self.full()) });
    }
}

impl<T, G: Group> Default for Page<T, G> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, G: Group> IntoIterator for Page<T, G> {
    type Item = T;
    type IntoIter = IntoIter<T, G>;

    fn into_iter(self) -> IntoIter<T, G> {
        let page = mem::ManuallyDrop::new(self);
        // SAFETY: nobody uses the page after this.
        unsafe { IntoIter::new(page.full()) }
    }
}

impl<'a, T, G: Group> IntoIterator for &'a Page<T, G> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T, G>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T, G> {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
