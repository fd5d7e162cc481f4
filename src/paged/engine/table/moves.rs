//! Moving entries to other pages. No entry is lost if `Hash` or `Clone` panics.

use super::page::{Page, TryReserveError};
use super::place::Places;
use super::room::{granted, pages_with};
use super::{Table, size};

/// Returns the page that `page` was split from: its index without the top bit.
fn buddy(page: usize) -> usize {
    page ^ (1 << page.ilog2())
}

/// The hashes of entries that are to move, all computed before the first one moves.
pub(super) struct Plan {
    /// In the order of the pages' iterators.
    pub(super) hashes: Vec<u64>,
    /// How many entries each of the new pages gets.
    counts: Vec<usize>,
}

impl Plan {
    pub(super) fn new<'a, T: 'a>(
        entries: impl Iterator<Item = &'a T>,
        count: usize,
        place: impl Fn(u64) -> (usize, u64),
        hash_of: impl Fn(&T) -> u64,
    ) -> Self {
        let hashes: Vec<_> = entries.map(hash_of).collect();
        let mut counts = vec![0; count];
        for &hash in &hashes {
            counts[place(hash).0] += 1;
        }
        Self { hashes, counts }
    }

    /// Makes the new pages, each with `room(index, entries)`. That must be no less than `entries`.
    pub(super) fn pages<T>(
        &self,
        room: impl Fn(usize, usize) -> usize,
    ) -> Result<Vec<Page<T>>, TryReserveError> {
        let rooms = self.counts.iter().enumerate().map(|(index, &count)| room(index, count));
        pages_with(rooms)
    }
}

impl<T: Clone> Table<T> {
    /// Gives a table that is over its limit one more page, or a flat one its first directory.
    #[cold]
    pub(super) fn grow(&mut self, hash_of: impl Fn(&T) -> u64) {
        let count = self.page_count();
        if count == 1 {
            return self.repage(
                size::pages_for::<T>(self.len + 1),
                |_, len| size::with_headroom(len),
                hash_of,
            );
        }
        let low = buddy(count);
        let grown = Places::of(count + 1);
        let place = |hash| {
            let (page, hash) = grown.place(hash);
            (usize::from(page == count), hash)
        };
        let halves = granted(self.scatter(low..=low, 2, place, |_, len| size::with_headroom(len), hash_of));
        let [stay, go] = <[_; 2]>::try_from(halves).unwrap_or_else(|_| unreachable!("two were asked for"));
        let before = self.pages.replace(low, stay);
        self.pages.push(go);
        drop(before);
    }

    /// Moves the entries of the last page back to the page that it was split from.
    #[cold]
    pub(super) fn merge(&mut self, hash_of: impl Fn(&T) -> u64) {
        let last = self.page_count() - 1;
        let low = buddy(last);
        let from = [low, last].into_iter();
        let merged =
            granted(self.scatter(from, 1, self.within(), |_, len| size::with_headroom(len), hash_of));
        for merged in merged {
            let before = (self.pages.replace(low, merged), self.pages.pop());
            drop(before);
        }
    }

    /// Replaces a page by one of another size.
    #[cold]
    pub(super) fn rebuild(
        &mut self,
        index: usize,
        room: impl Fn(usize) -> usize,
        hash_of: impl Fn(&T) -> u64,
    ) {
        let pages = self.scatter(index..=index, 1, self.within(), |_, len| room(len), hash_of);
        for page in granted(pages) {
            drop(self.pages.replace(index, page));
        }
    }

    /// Distributes all entries among `count` new pages.
    #[cold]
    pub(super) fn repage(
        &mut self,
        count: usize,
        room: impl Fn(usize, usize) -> usize,
        hash_of: impl Fn(&T) -> u64,
    ) {
        granted(self.try_repage(count, room, hash_of));
    }

    pub(super) fn try_repage(
        &mut self,
        count: usize,
        room: impl Fn(usize, usize) -> usize,
        hash_of: impl Fn(&T) -> u64,
    ) -> Result<(), TryReserveError> {
        let places = Places::of(count);
        let place = |hash| places.place(hash);
        self.pages = self.scatter(0..self.page_count(), count, place, room, hash_of)?.into();
        Ok(())
    }

    /// Places all in one new page of this table.
    fn within(&self) -> impl Fn(u64) -> (usize, u64) + use<T> {
        let places = Places::of(self.page_count());
        move |hash| (0, places.place(hash).1)
    }

    /// Makes `count` new pages out of the entries of some pages. Pages are split, merged and resized by this.
    ///
    /// When it returns, the old pages are empty if they are not shared, and the caller installs the new ones. If `hash_of` or
    /// `Clone` panics, or memory is refused, nothing has changed.
    fn scatter(
        &mut self,
        from: impl Iterator<Item = usize> + Clone,
        count: usize,
        place: impl Fn(u64) -> (usize, u64),
        room: impl Fn(usize, usize) -> usize,
        hash_of: impl Fn(&T) -> u64,
    ) -> Result<Vec<Page<T>>, TryReserveError> {
        let plan = Plan::new(from.clone().flat_map(|page| self.page(page)), count, &place, hash_of);
        let mut pages = plan.pages(room)?;
        let mut hashes = &plan.hashes[..];
        let mut unshared = Vec::new();
        for page in from {
            let (of_page, rest) = hashes.split_at(self.page(page).len());
            hashes = rest;
            if !self.pages.is_shared(page) {
                unshared.push((page, of_page));
                continue;
            }
            for (&hash, entry) in of_page.iter().zip(self.page(page)) {
                let (to, hash) = place(hash);
                pages[to].put(hash, entry.clone());
            }
        }
        // From here on nothing of the user's runs.
        for (page, hashes) in unshared {
            for (&hash, entry) in hashes.iter().zip(self.pages.take(page)) {
                let (to, hash) = place(hash);
                pages[to].put(hash, entry);
            }
        }
        Ok(pages)
    }
}
