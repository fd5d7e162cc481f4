//! Building a table that is not shared yet. An insertion passes no `Arc` and needs no `Clone`.

use super::moves::Plan;
use super::page::Page;
use super::place::Places;
use super::{Table, granted, size};
use std::mem;

/// A table before its pages are put behind `Arc`s. The number of pages is a power of two throughout.
pub(crate) struct Builder<T> {
    pages: Vec<Page<T>>,
    /// They follow from the number of pages, and so does `limit`.
    places: Places,
    /// The length at which there are too few pages.
    limit: usize,
    /// The number of entries for which the number of pages was chosen.
    expected: usize,
    /// For how many entries the table is to have room, however many come.
    reserved: usize,
    len: usize,
}

impl<T> Builder<T> {
    /// The hint is an iterator's, so it may be false. A false one costs little: `MOST` pages are 2 MiB, and a page gets its
    /// memory with its first entry. See `room_of`. What is `reserved` is what the table had room for before.
    pub(in crate::paged) fn with_hint(hint: usize, reserved: usize) -> Self {
        const MOST: usize = 1 << 16;
        let hint = hint.max(reserved);
        let count = size::pages_for::<T>(hint).min(MOST);
        let expected = hint.min(size::limit::<T>(count));
        let pages = (0..count).map(|_| Page::new()).collect();
        Self { pages, places: Places::of(count), limit: size::limit::<T>(count), expected, reserved, len: 0 }
    }

    /// Adds an entry, or calls `merge` with the equal one that is there and the new one. An entry that is not added stays with
    /// the caller, also if `eq` or `hash_of` panics.
    #[inline]
    pub(in crate::paged) fn insert(
        &mut self,
        hash: u64,
        entry: &mut Option<T>,
        eq: impl Fn(&T, &T) -> bool,
        hash_of: impl Fn(&T) -> u64,
        merge: impl FnOnce(&mut T, &mut T),
    ) {
        if self.len >= self.limit {
            self.repage(size::pages_for::<T>(self.len * 2), &hash_of);
        }
        let (index, hash) = self.places.place(hash);
        if self.pages[index].is_full() {
            self.rebuild(index, &hash_of);
        }
        if self.pages[index].put_or_merge(hash, entry, eq, merge) {
            self.len += 1;
        }
    }

    /// Makes the table of the entries that were added. It computes all hashes before it takes anything out of here.
    pub(in crate::paged) fn finish(&mut self, hash_of: impl Fn(&T) -> u64) -> Table<T> {
        let count = self.pages.len();
        let least = size::pages_for::<T>(self.reserved.max(self.len * 2));
        if size::has_too_many::<T>(count, self.len) && least < count {
            self.repage(least, &hash_of);
        } else if self.reserved == 0 && count == 1 && self.pages[0].is_sparse() {
            self.repage(1, &hash_of);
        }
        let len = mem::take(&mut self.len);
        Table { pages: mem::take(&mut self.pages).into(), len }
    }

    #[cold]
    fn rebuild(&mut self, index: usize, hash_of: impl Fn(&T) -> u64) {
        let count = self.pages.len();
        let places = self.places;
        let hashes: Vec<_> = self.pages[index].iter().map(|entry| places.place(hash_of(entry)).1).collect();
        let mut roomy = Page::with_capacity(self.room_of(hashes.len(), count));
        let page = &mut self.pages[index];
        for (hash, entry) in hashes.into_iter().zip(mem::take(page)) {
            roomy.put(hash, entry);
        }
        *page = roomy;
    }

    /// Returns the room of one of `count` pages that has `len` entries and is full.
    ///
    /// It is that of all entries that are expected, if those take little. Otherwise the page has to prove the hint: it gets
    /// eight times what it has. Then few entries are moved, and a false hint does not give each page more than it ever fills.
    fn room_of(&self, len: usize, count: usize) -> usize {
        const TRUSTED: usize = 32 << 20;
        let share = size::entries_per_page(self.expected, count);
        let is_trusted = self.expected.saturating_mul(size_of::<T>()) <= TRUSTED;
        let room = if is_trusted { share } else { share.min(8 * len.max(4)) };
        room.max(size::with_headroom(len))
    }

    #[cold]
    fn repage(&mut self, count: usize, hash_of: impl Fn(&T) -> u64) {
        let places = Places::of(count);
        let plan = Plan::new(self.pages.iter().flatten(), count, |hash| places.place(hash), hash_of);
        let mut pages = granted(plan.pages(|_, len| size::with_headroom(len)));
        for (hash, entry) in plan.hashes.into_iter().zip(self.pages.drain(..).flatten()) {
            let (to, hash) = places.place(hash);
            pages[to].put(hash, entry);
        }
        self.pages = pages;
        self.places = places;
        self.limit = size::limit::<T>(count);
    }
}
