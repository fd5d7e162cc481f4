//! [`Tags`]: where a page is, and the search in it; and [`View`], which is that for a reader.

#![expect(unsafe_code, reason = "tags and entries through the address of a page that the caller vouches for")]

use super::TryReserveError;
use super::group::{EMPTY, Group, Native, is_full, prefetch};
use std::alloc::{self, Layout};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// Where the tags and the entries of a page are.
///
/// It is an address and no more, so any thread may have it. Each function that reads there says what must hold.
pub(in crate::paged::engine::table) struct Tags<G = Native> {
    /// The first tag. Where `mask` is 0, it is that of [`NONE`], and no entry is before it.
    pub(super) first: NonNull<u8>,
    /// The number of buckets, less one.
    pub(super) mask: usize,
    group: PhantomData<fn() -> G>,
}

// SAFETY: nothing is read through it but in functions whose callers vouch for the page.
unsafe impl<G> Send for Tags<G> {}
// SAFETY: as above.
unsafe impl<G> Sync for Tags<G> {}

/// The tags of a page without memory: as many as any group has.
static NONE: [u8; 16] = [EMPTY; 16];

/// The size of an entry of which several are in one line of the cache.
const SMALL: usize = 8;

/// The bits of a hash that a tag has: those that no other part of a table uses.
#[inline]
pub(super) fn tag_of(hash: u64) -> u8 {
    (hash >> 57) as u8
}

impl<G: Group> Tags<G> {
    pub(super) fn none() -> Self {
        const { assert!(G::WIDTH <= NONE.len()) };
        Self { first: NonNull::from(&NONE).cast(), mask: 0, group: PhantomData }
    }

    pub(super) fn is_none(self) -> bool {
        self.mask == 0
    }

    pub(super) fn buckets(self) -> usize {
        if self.is_none() { 0 } else { self.mask + 1 }
    }

    /// The memory of a page, and where its tags begin in it. `None` if no allocation can be that large.
    fn layout<T>(buckets: usize) -> Option<(Layout, usize)> {
        let entries = Layout::array::<T>(buckets).ok()?.align_to(16).ok()?.pad_to_align();
        let tags = Layout::array::<u8>(buckets.checked_add(G::WIDTH)?).ok()?;
        entries.extend(tags).ok()
    }

    /// Allocates buckets without tags. Their number is a power of two, and 4 at least.
    pub(super) fn allocate<T>(buckets: usize) -> Result<Self, TryReserveError> {
        debug_assert!(buckets.is_power_of_two() && buckets >= 4, "{buckets} buckets");
        let (layout, start) = Self::layout::<T>(buckets).ok_or(TryReserveError::CapacityOverflow)?;
        // SAFETY: the layout has a size, since there are tags.
        let memory =
            NonNull::new(unsafe { alloc::alloc(layout) }).ok_or(TryReserveError::AllocError { layout })?;
        // SAFETY: `start` is in the allocation.
        Ok(Self { first: unsafe { memory.add(start) }, mask: buckets - 1, group: PhantomData })
    }

    /// Makes all buckets empty.
    ///
    /// # Safety
    ///
    /// The tags are from `allocate`, and nobody else uses them.
    pub(super) unsafe fn clear(self) {
        // SAFETY: there are so many tags.
        unsafe { self.first.write_bytes(EMPTY, self.buckets() + G::WIDTH) };
    }

    /// Frees the memory.
    ///
    /// # Safety
    ///
    /// The tags are from `allocate::<T>`, or none, and nobody uses them from now on.
    pub(super) unsafe fn free<T>(self) {
        if self.is_none() {
            return;
        }
        let (layout, start) = Self::layout::<T>(self.buckets()).expect("the layout that it was made with");
        // SAFETY: `allocate` has got this memory for this layout.
        unsafe { alloc::dealloc(self.first.sub(start).as_ptr(), layout) };
    }

    /// The entry of a bucket.
    ///
    /// # Safety
    ///
    /// There is such a bucket, in a page of `T` that lives. What may be done with the pointer is the caller's to know.
    #[inline]
    pub(super) unsafe fn entry<T>(self, bucket: usize) -> NonNull<T> {
        // SAFETY: the entries stand before the tags, the first one last.
        unsafe { self.first.cast::<T>().sub(bucket).sub(1) }
    }

    /// The tags from a bucket on.
    ///
    /// # Safety
    ///
    /// `bucket` is at most `mask`, the page lives, and nobody changes it meanwhile.
    #[inline]
    pub(super) unsafe fn group(self, bucket: usize) -> G {
        // SAFETY: behind the last bucket's tag there are the first tags again, as many as a group has.
        unsafe { G::load(self.first.add(bucket).as_ptr()) }
    }

    /// # Safety
    ///
    /// As for [`group`](Self::group).
    #[inline]
    pub(super) unsafe fn tag(self, bucket: usize) -> u8 {
        // SAFETY: the caller's.
        unsafe { self.first.add(bucket).read() }
    }

    /// Sets the tag of a bucket, and that behind the last one which repeats it.
    ///
    /// # Safety
    ///
    /// There is such a bucket, and nobody else uses the page.
    #[inline]
    pub(super) unsafe fn set_tag(self, bucket: usize, tag: u8) {
        // The same bucket, if it is not repeated. A page with fewer buckets than a group has tags repeats all of them at the
        // distance of a group, and those between are empty for ever.
        let again = (bucket.wrapping_sub(G::WIDTH) & self.mask) + G::WIDTH;
        // SAFETY: both are in the page: `again` is less than the number of buckets and a group.
        unsafe {
            self.first.add(bucket).write(tag);
            self.first.add(again).write(tag);
        }
    }

    /// The bucket of an entry.
    ///
    /// # Safety
    ///
    /// It is a page of `T` that lives, and nobody changes it meanwhile.
    #[inline]
    pub(super) unsafe fn find<T>(self, hash: u64, eq: impl FnMut(&T) -> bool) -> Option<usize> {
        // SAFETY: the caller's.
        unsafe { self.search(hash, eq, |_, _| ()) }.ok()
    }

    /// The bucket of an entry, or that of the first vacancy on the way.
    ///
    /// # Safety
    ///
    /// As for [`find`](Self::find), and the page has memory.
    #[inline]
    pub(super) unsafe fn find_or_vacancy<T>(
        self,
        hash: u64,
        eq: impl FnMut(&T) -> bool,
    ) -> Result<usize, usize> {
        let mut first = None;
        let passes = |bucket, group: G| first = first.or_else(|| Some(bucket + group.vacant().first()?));
        // SAFETY: the caller's.
        unsafe { self.search(hash, eq, passes) }
            .map_err(|()| unsafe { self.vacant_at(first.expect("an empty bucket has ended the search")) })
    }

    /// The bucket of an entry. Each group that does not have it is told of, with the bucket that it begins at.
    ///
    /// # Safety
    ///
    /// As for [`find`](Self::find).
    #[inline]
    unsafe fn search<T>(
        self,
        hash: u64,
        mut eq: impl FnMut(&T) -> bool,
        mut passes: impl FnMut(usize, G),
    ) -> Result<usize, ()> {
        let tag = tag_of(hash);
        let mut probe = Probe::new(hash, self.mask);
        if const { size_of::<T>() <= SMALL } {
            // The entry is likely to be one of the first. So its memory and that of the tags are on their way at once.
            prefetch(self.first.as_ptr().wrapping_sub((probe.bucket + 2) * size_of::<T>()));
        }
        loop {
            // SAFETY: a probe stays below the mask. The rest is the caller's.
            let group = unsafe { self.group(probe.bucket) };
            let mut matches = group.matches(tag);
            while let Some(index) = matches.first() {
                let bucket = (probe.bucket + index) & self.mask;
                // SAFETY: there is such a bucket, and its tag says that it has an entry.
                if eq(unsafe { self.entry::<T>(bucket).as_ref() }) {
                    return Ok(bucket);
                }
                rarely();
                matches = matches.without_first();
            }
            passes(probe.bucket, group);
            if !group.empty().is_empty() {
                return Err(());
            }
            rarely();
            probe.advance(G::WIDTH, self.mask);
        }
    }

    /// The first bucket on the way of a hash that has no entry.
    ///
    /// # Safety
    ///
    /// The page lives, has memory, and nobody changes it meanwhile.
    #[inline]
    pub(super) unsafe fn vacancy(self, hash: u64) -> usize {
        let mut probe = Probe::new(hash, self.mask);
        loop {
            // SAFETY: a probe stays below the mask. The rest is the caller's.
            if let Some(index) = unsafe { self.group(probe.bucket) }.vacant().first() {
                // SAFETY: as above.
                return unsafe { self.vacant_at(probe.bucket + index) };
            }
            probe.advance(G::WIDTH, self.mask);
        }
    }

    /// The bucket of a vacant tag that a group has shown.
    ///
    /// # Safety
    ///
    /// As for [`vacancy`](Self::vacancy).
    #[inline]
    unsafe fn vacant_at(self, place: usize) -> usize {
        let bucket = place & self.mask;
        // SAFETY: there is such a bucket.
        if !is_full(unsafe { self.tag(bucket) }) {
            return bucket;
        }
        // Only a page with fewer buckets than a group has tags comes here: what the group has shown are the empty tags between
        // the buckets and their repetition. Its first group has all buckets, and one of them is vacant.
        // SAFETY: there is a first bucket.
        let first = unsafe { self.group(0) }.vacant().first();
        first.expect("a bucket of a small page is always empty")
    }
}

impl<G> Clone for Tags<G> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<G> Copy for Tags<G> {}

/// Whether they are those of one page. All pages without memory are one in this.
impl<G> PartialEq for Tags<G> {
    fn eq(&self, other: &Self) -> bool {
        (self.first, self.mask) == (other.first, other.mask)
    }
}

#[cfg(test)]
impl<G> std::fmt::Debug for Tags<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} less {}", self.first, self.mask)
    }
}

/// Tells the compiler that what calls this is rare, so that it lays out the rest in one line.
#[cold]
#[inline]
fn rarely() {}

/// The groups on the way of a hash: each is further from the last one by one group more. So all are visited once if their
/// number is a power of two.
struct Probe {
    bucket: usize,
    stride: usize,
}

impl Probe {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are those that are wanted")]
    fn new(hash: u64, mask: usize) -> Self {
        Self { bucket: hash as usize & mask, stride: 0 }
    }

    #[inline]
    fn advance(&mut self, width: usize, mask: usize) {
        debug_assert!(self.stride <= mask, "there is no empty bucket");
        self.stride += width;
        self.bucket = (self.bucket + self.stride) & mask;
    }
}

/// The entries of a page, by reference.
pub(in crate::paged::engine::table) struct View<'a, T, G = Native> {
    tags: Tags<G>,
    marker: PhantomData<&'a T>,
}

impl<T, G> Clone for View<'_, T, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, G> Copy for View<'_, T, G> {}

impl<G: Group> Tags<G> {
    /// # Safety
    ///
    /// It is a page of `T` that lives, and that nobody changes, for `'a`.
    #[inline]
    pub(in crate::paged::engine::table) unsafe fn view<'a, T>(self) -> View<'a, T, G> {
        View { tags: self, marker: PhantomData }
    }
}

impl<'a, T, G: Group> View<'a, T, G> {
    #[inline]
    pub(in crate::paged::engine::table) fn find(
        self,
        hash: u64,
        eq: impl FnMut(&T) -> bool,
    ) -> Option<&'a T> {
        // SAFETY: who made the view has vouched for the page.
        let bucket = unsafe { self.tags.find(hash, eq)? };
        // SAFETY: as above, and the bucket has an entry.
        Some(unsafe { self.tags.entry(bucket).as_ref() })
    }

    /// The first entry that may have this hash.
    #[inline]
    pub(in crate::paged::engine::table) fn candidate(self, hash: u64) -> Option<&'a T> {
        let bucket = Probe::new(hash, self.tags.mask).bucket;
        // SAFETY: who made the view has vouched for the page, and a probe begins below the mask.
        let index = unsafe { self.tags.group(bucket) }.matches(tag_of(hash)).first()?;
        // SAFETY: there is such a bucket, and its tag says that it has an entry.
        Some(unsafe { self.tags.entry((bucket + index) & self.tags.mask).as_ref() })
    }

    #[inline]
    pub(in crate::paged::engine::table) fn find_bucket(
        self,
        hash: u64,
        eq: impl FnMut(&T) -> bool,
    ) -> Option<usize> {
        // SAFETY: who made the view has vouched for the page.
        unsafe { self.tags.find(hash, eq) }
    }
}
