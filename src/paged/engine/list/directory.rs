//! The pages of a vector, and the lengths that find an index among them.
//!
//! The code here calls nothing of the user's but `T::clone`, and that before it changes anything. What it takes out it hands
//! to the caller, who drops it when the directory is in order again. So a destructor that panics leaves a vector whose lengths
//! are right.

use super::page::{Page, Place, cut_pages, page_len, shrink_page, truncate_page};
use crate::paged::engine::shared::is_shared;
use std::iter;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

/// A list of pages. No page is empty, and none holds more than `MAX` elements.
pub(in crate::paged) struct Directory<T> {
    /// The first `used` places hold a page each, the others are spare.
    places: Arc<[Place<T>]>,
    used: usize,
    len: usize,
    /// `true` if all pages but the last hold exactly `PAGE` elements and the last no more. An index is found by a shift then.
    /// `false` is always allowed.
    regular: bool,
}

impl<T> Directory<T> {
    /// The length of a page in a regular directory.
    pub(in crate::paged) const PAGE: usize = page_len(size_of::<T>(), mem::needs_drop::<T>());
    /// The length above which a page is split in two.
    pub(in crate::paged) const MAX: usize = 2 * Self::PAGE;
    const SHIFT: u32 = Self::PAGE.ilog2();
    const MASK: usize = Self::PAGE - 1;

    pub(in crate::paged) fn new() -> Self {
        Self { places: Arc::default(), used: 0, len: 0, regular: true }
    }

    /// An empty directory that can take `pages` pages before it must be replaced by a larger one.
    pub(in crate::paged) fn with_spare(pages: usize) -> Self {
        Self { places: iter::repeat_n(Place::SPARE, pages).collect(), ..Self::new() }
    }

    pub(in crate::paged) fn from_pages(pages: Vec<Page<T>>) -> Self {
        let mut directory = Self::new();
        directory.push_pages(pages);
        directory
    }

    /// Cuts elements into regular pages.
    pub(in crate::paged) fn from_vec(mut elements: Vec<T>) -> Self {
        if elements.len() > Self::PAGE {
            return Self::from_pages(cut_pages(elements));
        }
        if elements.is_empty() {
            return Self::new();
        }
        if elements.capacity() > Self::PAGE {
            elements.shrink_to_fit();
        }
        Self::from_pages(vec![Arc::new(elements)])
    }

    #[inline]
    pub(in crate::paged) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(in crate::paged) fn used(&self) -> usize {
        self.used
    }

    #[inline]
    pub(in crate::paged) fn places(&self) -> &[Place<T>] {
        &self.places[..self.used]
    }

    pub(in crate::paged) fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.places, &other.places) && self.len == other.len
    }

    pub(in crate::paged) fn pages(&self) -> impl Iterator<Item = &Page<T>> {
        self.places().iter().filter_map(|place| place.page.as_ref())
    }

    #[inline]
    pub(in crate::paged) fn is_regular(&self) -> bool {
        self.regular
    }

    /// The element at an index in a regular directory.
    #[inline]
    pub(in crate::paged) fn get_by_shift(&self, index: usize) -> Option<&T> {
        debug_assert!(self.regular);
        // This need not look at `len`: a spare place is empty, and there is none beyond.
        self.places.get(index >> Self::SHIFT)?.as_slice().get(index & Self::MASK)
    }

    /// The element at an index that is below `len`.
    pub(in crate::paged) fn get(&self, index: usize) -> Option<&T> {
        let (page, offset) = self.locate(index);
        self.places[page].as_slice().get(offset)
    }

    /// The page of an index that is below `len`, and the offset in it.
    #[inline]
    pub(in crate::paged) fn locate(&self, index: usize) -> (usize, usize) {
        debug_assert!(index < self.len);
        if self.regular {
            return (index >> Self::SHIFT, index & Self::MASK);
        }
        let page = self.search(index);
        (page, index - self.start(page))
    }

    /// The page of an index in an irregular directory.
    fn search(&self, index: usize) -> usize {
        // Begins where the page would be in a regular directory, and looks in steps that double. After a few insertions and
        // removals the page is one or two away, and this is several times as fast as a search among all.
        let places = self.places();
        let (mut low, mut high) = (0, places.len());
        let guess = (index >> Self::SHIFT).min(high - 1);
        let mut step = 1;
        if places[guess].end <= index {
            low = guess + 1;
            while low + step < high {
                if places[low + step - 1].end > index {
                    high = low + step;
                    break;
                }
                low += step;
                step *= 2;
            }
        } else {
            high = guess;
            while step <= high {
                if places[high - step].end <= index {
                    low = high - step;
                    break;
                }
                high -= step;
                step *= 2;
            }
        }
        low + places[low..high].partition_point(|place| place.end <= index)
    }

    /// The index of the first element of a page.
    #[inline]
    pub(in crate::paged) fn start(&self, page: usize) -> usize {
        if page == 0 { 0 } else { self.places[page - 1].end }
    }

    pub(in crate::paged) fn page_len(&self, page: usize) -> usize {
        self.places[page].end - self.start(page)
    }

    /// Returns how many more elements the last page can hold.
    pub(in crate::paged) fn room_in_last(&self) -> usize {
        match self.used {
            0 => 0,
            used => Self::PAGE.saturating_sub(self.page_len(used - 1)),
        }
    }

    pub(in crate::paged) fn is_shared(&self) -> bool {
        is_shared(&self.places)
    }

    /// Returns `true` if a write to a page would copy it. No page and no directory has a `Weak`.
    pub(in crate::paged) fn is_page_shared(&self, page: usize) -> bool {
        self.is_shared() || self.places[page].page.as_ref().is_some_and(is_shared)
    }

    /// The places, for writing: copies the directory, but no page, if another version has it too.
    #[inline]
    pub(in crate::paged) fn places_mut(&mut self) -> &mut [Place<T>] {
        if self.is_shared() {
            self.places = self.places().iter().cloned().collect();
        }
        &mut Arc::make_mut(&mut self.places)[..self.used]
    }

    /// Makes a page unshared, with room for `extra` more elements. A caller that changes its length calls `resized`.
    #[inline]
    pub(in crate::paged) fn make_mut(&mut self, page: usize, extra: usize) -> &mut Vec<T>
    where
        T: Clone,
    {
        self.places_mut()[page].make_mut(extra)
    }

    /// Makes several pages unshared, or, if a `Clone` panics, none.
    pub(in crate::paged) fn make_pages_mut(&mut self, pages: Range<usize>)
    where
        T: Clone,
    {
        let places = self.places_mut();
        let copies: Vec<(usize, Vec<T>)> = pages
            .filter(|&page| places[page].page.as_ref().is_some_and(is_shared))
            .map(|page| (page, places[page].as_slice().to_vec()))
            .collect();
        for (page, copy) in copies {
            places[page].page = Some(Arc::new(copy));
        }
    }

    /// Counts again after the length of an unshared page has changed.
    pub(in crate::paged) fn resized(&mut self, page: usize) {
        let start = self.start(page);
        let places = self.places_mut();
        let (old, new) = (places[page].end, start + places[page].as_slice().len());
        for place in &mut places[page..] {
            place.end = place.end - old + new;
        }
        self.len = self.len - old + new;
        self.regular =
            if page + 1 == self.used { self.regular && new - start <= Self::PAGE } else { self.are_full() };
    }

    fn are_full(&self) -> bool {
        let Some((last, full)) = self.places().split_last() else { return true };
        self.len.div_ceil(Self::PAGE) == self.used
            && last.as_slice().len() <= Self::PAGE
            && full.iter().zip(1..).all(|(place, number)| place.end == number << Self::SHIFT)
    }

    /// Adds one element. A last page that is shared is copied with room for it in the same allocation.
    pub(in crate::paged) fn push(&mut self, value: T)
    where
        T: Clone,
    {
        if self.room_in_last() > 0 {
            let last = self.used - 1;
            let place = &mut self.places_mut()[last];
            place.make_mut(1).push(value);
            place.end += 1;
            self.len += 1;
        } else {
            // A vector that is not shared is being filled. So the page has its full size at once.
            let batch = self.used > 0 && !self.is_shared();
            let mut page = Vec::with_capacity(if batch { Self::PAGE } else { 1 });
            page.push(value);
            self.push_pages(iter::once(Arc::new(page)));
        }
    }

    /// Adds elements to the last page, which has room for them.
    pub(in crate::paged) fn append_to_last(&mut self, elements: impl ExactSizeIterator<Item = T>)
    where
        T: Clone,
    {
        let last = self.used - 1;
        self.make_mut(last, elements.len()).extend(elements);
        self.resized(last);
    }

    /// Adds pages at the end. None may be empty.
    pub(in crate::paged) fn push_pages<I>(&mut self, pages: I)
    where
        I: IntoIterator<Item = Page<T>, IntoIter: ExactSizeIterator>,
    {
        let pages = pages.into_iter();
        if pages.len() == 0 {
            return;
        }
        let used = self.used + pages.len();
        if self.is_shared() || used > self.places.len() {
            self.reallocate(used);
        }
        let spare = &mut Arc::make_mut(&mut self.places)[self.used..];
        for (place, page) in spare.iter_mut().zip(pages) {
            debug_assert!(!page.is_empty() && page.len() <= Self::MAX);
            // What was the last page up to now must be a full one.
            self.regular &= self.len & Self::MASK == 0 && page.len() <= Self::PAGE;
            self.len += page.len();
            *place = Place { end: self.len, page: Some(page) };
        }
        self.used = used;
    }

    /// Returns how many elements there can be before there must be more places.
    pub(in crate::paged) fn capacity(&self) -> usize {
        // A spare place that is shared may not be used.
        let spare = if self.is_shared() { 0 } else { self.places.len() - self.used };
        (self.len + self.room_in_last()).saturating_add(spare.saturating_mul(Self::PAGE))
    }

    /// Returns `true` if there are so many places, and no other directory has those beyond the used ones.
    pub(in crate::paged) fn has_places(&self, places: usize) -> bool {
        places <= if self.is_shared() { self.used } else { self.places.len() }
    }

    /// Makes it have at least so many places.
    pub(in crate::paged) fn reserve(&mut self, places: usize) {
        if !self.has_places(places) {
            self.reallocate(places);
        }
    }

    /// Makes it have at least so many places. If it must be replaced for that, it has no more than those.
    pub(in crate::paged) fn reserve_exact(&mut self, places: usize) {
        if !self.has_places(places) {
            self.set_places(places);
        }
    }

    /// Gives back the places beyond so many. None of them may be in use.
    pub(in crate::paged) fn shrink_to(&mut self, places: usize) {
        if !self.is_shared() && places < self.places.len() {
            self.set_places(places);
        }
    }

    /// Gives back the room that is left in the pages.
    pub(in crate::paged) fn shrink_pages(&mut self) {
        if let Some(places) = Arc::get_mut(&mut self.places) {
            places.iter_mut().filter_map(|place| place.page.as_mut()).for_each(shrink_page);
        }
    }

    /// Replaces the directory by one with at least `places` places, and twice the used ones if it is not shared.
    fn reallocate(&mut self, places: usize) {
        self.set_places(places.max(if self.is_shared() { 0 } else { self.used * 2 }));
    }

    /// Replaces the directory by one with so many places, which are enough for the pages.
    fn set_places(&mut self, places: usize) {
        let spare = iter::repeat_n(Place::SPARE, places - self.used);
        let used = self.used;
        self.places = match Arc::get_mut(&mut self.places) {
            Some(places) => places[..used]
                .iter_mut()
                .map(|place| mem::replace(place, Place::SPARE))
                .chain(spare)
                .collect(),
            None => self.places().iter().cloned().chain(spare).collect(),
        };
    }

    /// Removes the pages from `page` on, and returns them.
    pub(in crate::paged) fn truncate_pages(&mut self, page: usize) -> Vec<Page<T>> {
        let gone = if let Some(places) = Arc::get_mut(&mut self.places) {
            places[page..self.used].iter_mut().filter_map(|place| place.page.take()).collect()
        } else {
            let gone = self.places()[page..].iter().filter_map(|place| place.page.clone()).collect();
            self.places = self.places[..page].iter().cloned().collect();
            gone
        };
        self.used = page;
        self.len = self.start(page);
        self.regular = self.are_full();
        gone
    }

    /// Removes the elements from `len` on, which is below the length. Returns the pages that have left, and what has left a page
    /// that stays. If a `Clone` panics, nothing has changed.
    ///
    /// Only what stays of a shared page is copied. So the caller drops no clone.
    pub(in crate::paged) fn truncate(&mut self, len: usize) -> (Vec<Page<T>>, Vec<T>)
    where
        T: Clone,
    {
        let (page, offset) = self.locate(len);
        if offset == 0 {
            return (self.truncate_pages(page), Vec::new());
        }
        let copy = self.is_page_shared(page).then(|| self.places()[page].as_slice()[..offset].to_vec());
        let mut pages = self.truncate_pages(page + 1);
        let place = &mut self.places_mut()[page].page;
        let mut rest = Vec::new();
        if let Some(copy) = copy {
            pages.extend(place.replace(Arc::new(copy)));
        } else if let Some(page) = place {
            rest = truncate_page(page, offset).1;
        }
        self.resized(page);
        (pages, rest)
    }

    /// Takes all pages.
    pub(in crate::paged) fn take_pages(&mut self) -> Vec<Page<T>> {
        let pages = self.truncate_pages(0);
        *self = Self::new();
        pages
    }

    /// Replaces pages by others, and returns the old ones.
    pub(in crate::paged) fn splice_pages(&mut self, range: Range<usize>, with: Vec<Page<T>>) -> Vec<Page<T>> {
        let mut pages = self.take_pages();
        let gone = pages.splice(range, with).collect();
        self.push_pages(pages);
        gone
    }

    /// Splits the page of `at` so that one begins there, and returns the number of that one. The content stays the same.
    pub(in crate::paged) fn split_page(&mut self, at: usize) -> usize
    where
        T: Clone,
    {
        if at >= self.len {
            return self.used;
        }
        let (page, offset) = self.locate(at);
        if offset == 0 {
            return page;
        }
        let head = self.make_mut(page, 0);
        let tail = head.split_off(offset);
        head.shrink_to_fit();
        self.resized(page);
        self.splice_pages(page + 1..page + 1, vec![Arc::new(tail)]);
        page + 1
    }

    /// Returns `true` if a page and the next one would fit in one.
    pub(in crate::paged) fn fits_next(&self, page: usize) -> bool {
        page + 1 < self.used && self.page_len(page) + self.page_len(page + 1) <= Self::PAGE
    }

    /// Joins a page and the next one if they fit in one page and neither is shared.
    pub(in crate::paged) fn join_next(&mut self, page: usize) {
        if !self.fits_next(page) {
            return;
        }
        let [first, second] = &mut self.places_mut()[page..page + 2] else { return };
        let (Some(first), Some(second)) = (&mut first.page, &mut second.page) else { return };
        let (Some(first), Some(second)) = (Arc::get_mut(first), Arc::get_mut(second)) else { return };
        first.append(second);
        let mut pages = self.take_pages();
        pages.remove(page + 1);
        self.push_pages(pages);
    }

    /// Exchanges two elements, whose indices are below `len`.
    pub(in crate::paged) fn swap(&mut self, a: usize, b: usize)
    where
        T: Clone,
    {
        let ((low, low_offset), (high, high_offset)) = (self.locate(a.min(b)), self.locate(a.max(b)));
        if low == high {
            self.make_mut(low, 0).swap(low_offset, high_offset);
        } else {
            self.make_mut(low, 0);
            let (before, after) = self.places_mut().split_at_mut(high);
            mem::swap(&mut after[0].make_mut(0)[high_offset], &mut before[low].make_mut(0)[low_offset]);
        }
    }
}

impl<T> Clone for Directory<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self { places: Arc::clone(&self.places), used: self.used, len: self.len, regular: self.regular }
    }
}
