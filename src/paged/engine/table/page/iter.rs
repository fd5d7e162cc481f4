//! Walks over the entries of a page, in the order of their buckets.

#![expect(unsafe_code, reason = "reads the tags and entries of a page that its caller vouches for")]

use super::Tags;
use super::group::{Group, Native, Set};
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::mem;

/// The buckets with an entry.
pub(super) struct Full<G: Group> {
    tags: Tags<G>,
    /// Those of the last group that are still to come.
    rest: Set<G>,
    /// The bucket at which the last group begins. Before there is one, it is that of the first group less a group.
    base: usize,
    left: usize,
}

impl<G: Group> Full<G> {
    /// There are `len` of them.
    pub(super) fn new(tags: Tags<G>, len: usize) -> Self {
        Self { tags, rest: Set::none(), base: 0_usize.wrapping_sub(G::WIDTH), left: len }
    }

    /// # Safety
    ///
    /// The page lives, and had so many entries when this was made. Nobody has added one since, and those that were removed were
    /// passed before.
    #[inline]
    pub(super) unsafe fn next(&mut self) -> Option<usize> {
        loop {
            if let Some(index) = self.rest.first() {
                self.rest = self.rest.without_first();
                self.left -= 1;
                return Some(self.base + index);
            }
            if self.left == 0 {
                return None;
            }
            self.base = self.base.wrapping_add(G::WIDTH);
            // SAFETY: an entry is still to come, so there is such a bucket.
            self.rest = unsafe { self.tags.group(self.base) }.full();
        }
    }
}

impl<G: Group> Full<G> {
    /// Calls `f` with each of them, group by group, which takes less for each than `next`.
    ///
    /// # Safety
    ///
    /// As for [`next`](Self::next), of all of them.
    #[inline]
    pub(super) unsafe fn fold<B>(self, mut acc: B, mut f: impl FnMut(B, usize) -> B) -> B {
        let Self { tags, mut rest, mut base, left } = self;
        if left == 0 {
            return acc;
        }
        loop {
            while let Some(index) = rest.first() {
                acc = f(acc, base + index);
                rest = rest.without_first();
            }
            base = base.wrapping_add(G::WIDTH);
            if base >= tags.buckets() {
                return acc;
            }
            // SAFETY: there is such a bucket.
            rest = unsafe { tags.group(base) }.full();
        }
    }
}

impl<G: Group> Clone for Full<G> {
    fn clone(&self) -> Self {
        Self { tags: self.tags, rest: self.rest, base: self.base, left: self.left }
    }
}

/// The entries by reference.
pub(in crate::paged::engine::table) struct Iter<'a, T, G: Group = Native> {
    full: Full<G>,
    marker: PhantomData<&'a T>,
}

impl<T, G: Group> Iter<'_, T, G> {
    /// # Safety
    ///
    /// The page lives, and nobody changes it, for as long as this borrows.
    #[inline]
    pub(super) unsafe fn new(full: Full<G>) -> Self {
        Self { full, marker: PhantomData }
    }
}

impl<'a, T, G: Group> Iter<'a, T, G> {
    /// Returns the next entry, and its bucket.
    #[inline]
    pub(in crate::paged::engine::table) fn next_with_bucket(&mut self) -> Option<(usize, &'a T)> {
        // SAFETY: the page is as it was, and the bucket has an entry.
        unsafe {
            let bucket = self.full.next()?;
            Some((bucket, self.full.tags.entry::<T>(bucket).as_ref()))
        }
    }
}

impl<'a, T, G: Group> Iterator for Iter<'a, T, G> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        self.next_with_bucket().map(|(_, entry)| entry)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.full.left, Some(self.full.left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, mut f: F) -> B {
        let tags = self.full.tags;
        // SAFETY: as in `next`.
        unsafe { self.full.fold(init, |acc, bucket| f(acc, tags.entry::<T>(bucket).as_ref())) }
    }
}

impl<T, G: Group> ExactSizeIterator for Iter<'_, T, G> {}

impl<T, G: Group> FusedIterator for Iter<'_, T, G> {}

impl<T, G: Group> Clone for Iter<'_, T, G> {
    fn clone(&self) -> Self {
        Self { full: self.full.clone(), marker: PhantomData }
    }
}

impl<T, G: Group> Default for Iter<'_, T, G> {
    fn default() -> Self {
        Self { full: Full::new(Tags::none(), 0), marker: PhantomData }
    }
}

/// The entries by mutable reference.
pub(in crate::paged::engine::table) struct IterMut<'a, T, G: Group = Native> {
    full: Full<G>,
    marker: PhantomData<&'a mut T>,
}

impl<T, G: Group> IterMut<'_, T, G> {
    /// # Safety
    ///
    /// The page lives, and nobody else uses its entries, for as long as this borrows.
    #[inline]
    pub(super) unsafe fn new(full: Full<G>) -> Self {
        Self { full, marker: PhantomData }
    }

    /// What is still to come.
    pub(in crate::paged::engine::table) fn iter(&self) -> Iter<'_, T, G> {
        // SAFETY: they are borrowed from here.
        unsafe { Iter::new(self.full.clone()) }
    }
}

impl<T, G: Group> IterMut<'_, T, G> {
    /// # Safety
    ///
    /// As for [`new`](Self::new), of what is returned.
    pub(in crate::paged::engine::table) unsafe fn extend<'a>(self) -> IterMut<'a, T, G> {
        IterMut { full: self.full, marker: PhantomData }
    }
}

impl<'a, T, G: Group> Iterator for IterMut<'a, T, G> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        // SAFETY: the bucket has an entry, and each bucket comes once.
        unsafe { Some(self.full.tags.entry::<T>(self.full.next()?).as_mut()) }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.full.left, Some(self.full.left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a mut T) -> B>(self, init: B, mut f: F) -> B {
        let tags = self.full.tags;
        // SAFETY: as in `next`.
        unsafe { self.full.fold(init, |acc, bucket| f(acc, tags.entry::<T>(bucket).as_mut())) }
    }
}

impl<T, G: Group> ExactSizeIterator for IterMut<'_, T, G> {}

impl<T, G: Group> Default for IterMut<'_, T, G> {
    fn default() -> Self {
        Self { full: Full::new(Tags::none(), 0), marker: PhantomData }
    }
}

/// The entries by value, and the memory that they were in.
pub(in crate::paged::engine::table) struct IntoIter<T, G: Group = Native> {
    full: Full<G>,
    marker: PhantomData<T>,
}

impl<T, G: Group> IntoIter<T, G> {
    /// # Safety
    ///
    /// Nobody uses the page from now on.
    pub(super) unsafe fn new(full: Full<G>) -> Self {
        Self { full, marker: PhantomData }
    }

    /// What is still to come.
    pub(in crate::paged::engine::table) fn iter(&self) -> Iter<'_, T, G> {
        // SAFETY: they are borrowed from here.
        unsafe { Iter::new(self.full.clone()) }
    }
}

impl<T, G: Group> Iterator for IntoIter<T, G> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        // SAFETY: the bucket has an entry, and each bucket comes once.
        unsafe { Some(self.full.tags.entry::<T>(self.full.next()?).read()) }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.full.left, Some(self.full.left))
    }
}

impl<T, G: Group> Drop for IntoIter<T, G> {
    /// If a destructor panics, the rest of the entries is leaked, as those of std's `HashMap` are. The memory is freed.
    fn drop(&mut self) {
        struct Memory<T, G: Group>(Tags<G>, PhantomData<T>);

        impl<T, G: Group> Drop for Memory<T, G> {
            fn drop(&mut self) {
                // SAFETY: the entries are gone, or nobody finds them any more.
                unsafe { self.0.free::<T>() };
            }
        }

        let _memory = Memory::<T, G>(self.full.tags, PhantomData);
        if mem::needs_drop::<T>() {
            self.for_each(drop);
        }
    }
}

impl<T, G: Group> ExactSizeIterator for IntoIter<T, G> {}

impl<T, G: Group> Default for IntoIter<T, G> {
    fn default() -> Self {
        Self { full: Full::new(Tags::none(), 0), marker: PhantomData }
    }
}
