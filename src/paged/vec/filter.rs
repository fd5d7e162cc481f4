//! Filters: removing elements here and there.
//!
//! First the user's closure is called for each element, and the elements to remove are marked. Then the pages that lose an
//! element change, and no others.

use super::PagedVec;
use crate::paged::engine::list::page::Page;
use crate::paged::engine::list::{Directory, List};
use std::mem;
use std::sync::Arc;

impl<T> PagedVec<T> {
    /// Keeps the elements for which `keep` returns `true`, in their order.
    ///
    /// `keep` is called once for each element, in order, before anything changes. If it panics, nothing has changed. Pages that
    /// lose no element stay shared.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3, 4]);
    /// vec.retain(|n| n % 2 == 0);
    /// assert_eq!(vec, [2, 4]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool)
    where
        T: Clone,
    {
        let marks = Marks::collect(self.len(), self.iter().map(|element| !keep(element)));
        self.remove_marked(&marks);
    }

    /// Keeps the elements for which `keep` returns `true`, in their order, and may change each of them.
    ///
    /// `keep` gets each element by `&mut`, so every shared page is copied. [`retain`](Self::retain) copies only those that lose
    /// an element. If `keep` panics, no element has been removed, and what has been written stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3, 4]);
    /// vec.retain_mut(|n| {
    ///     *n *= 10;
    ///     *n > 20
    /// });
    /// assert_eq!(vec, [30, 40]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool)
    where
        T: Clone,
    {
        let marks = Marks::collect(self.len(), self.iter_mut().map(|element| !keep(element)));
        self.remove_marked(&marks);
    }

    /// Removes all but the first of consecutive equal elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 1, 2, 1]);
    /// vec.dedup();
    /// assert_eq!(vec, [1, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn dedup(&mut self)
    where
        T: PartialEq + Clone,
    {
        self.dedup_by(|a, b| a == b);
    }

    /// Removes all but the first of consecutive elements that have the same key.
    ///
    /// If `key` panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([10, 20, 21, 30, 20]);
    /// vec.dedup_by_key(|n| *n / 10);
    /// assert_eq!(vec, [10, 20, 30, 20]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&T) -> K)
    where
        T: Clone,
    {
        self.dedup_by(|a, b| key(a) == key(b));
    }

    /// Removes all but the first of consecutive elements that are the same by a relation.
    ///
    /// As in std, `same(a, b)` gets an element as `a`, and as `b` the last one before it that stays. If `same` panics, nothing
    /// has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from(["a", "A", "b"]);
    /// vec.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    /// assert_eq!(vec, ["a", "b"]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn dedup_by(&mut self, mut same: impl FnMut(&T, &T) -> bool)
    where
        T: Clone,
    {
        let mut last: Option<&T> = None;
        let repeated = self.iter().map(|element| {
            let repeated = last.is_some_and(|last| same(element, last));
            if !repeated {
                last = Some(element);
            }
            repeated
        });
        let marks = Marks::collect(self.len(), repeated);
        self.remove_marked(&marks);
    }

    fn remove_marked(&mut self, marks: &Marks)
    where
        T: Clone,
    {
        if marks.is_empty() {
            return;
        }
        // First the calls of the user's code, which copy what stays of the shared pages. No element that is removed is copied. So
        // a container that calls this drops no clone under its lock.
        let mut copies: Vec<Option<Vec<T>>> = Vec::with_capacity(self.page_count());
        let mut start = 0;
        for (number, page) in self.pages().enumerate() {
            let lost = marks.count(start, page.len());
            let copy = (lost > 0 && self.list.is_page_shared(number)).then(|| {
                let mut kept = Vec::with_capacity(page.len() - lost);
                kept.extend(
                    page.iter()
                        .zip(start..)
                        .filter(|&(_, index)| !marks.get(index))
                        .map(|(element, _)| element.clone()),
                );
                kept
            });
            copies.push(copy);
            start += page.len();
        }

        // Now the change. The removed elements are dropped at the end, when `self` is in order.
        let mut pages: Vec<Page<T>> = Vec::with_capacity(copies.len());
        let (mut gone, mut gone_pages) = (Vec::new(), Vec::new());
        let (mut start, mut copies) = (0, copies.into_iter());
        // Returns what stays of a page that loses elements, or the page.
        let mut filter = |mut page: Page<T>| {
            let (len, lost) = (page.len(), marks.count(start, page.len()));
            let copy = copies.next().flatten();
            let kept = if let Some(kept) = copy {
                gone_pages.push(page);
                kept
            } else if lost > 0 {
                let mut kept = Vec::with_capacity(len - lost);
                for (element, index) in mem::take(Arc::make_mut(&mut page)).into_iter().zip(start..) {
                    if marks.get(index) { &mut gone } else { &mut kept }.push(element);
                }
                kept
            } else {
                start += len;
                return Err(page);
            };
            start += len;
            Ok(kept)
        };
        let (in_dir, tail) = self.list.take_parts();
        for page in in_dir {
            match filter(page) {
                Ok(kept) => append_page(&mut pages, kept),
                Err(page) => pages.push(page),
            }
        }
        let tail = tail.and_then(|tail| match filter(tail) {
            Ok(kept) => (!kept.is_empty()).then(|| Arc::new(kept)),
            Err(tail) => Some(tail),
        });
        self.list = List::from_parts(pages, tail);
        drop((gone, gone_pages));
    }
}

/// Adds what is left of a page to the pages before it, as part of the last one or as a page of its own.
pub(super) fn append_page<T>(pages: &mut Vec<Page<T>>, mut page: Vec<T>) {
    if page.is_empty() {
        return;
    }
    if let Some(last) = pages.last_mut().and_then(Arc::get_mut) {
        if last.len() + page.len() <= Directory::<T>::PAGE {
            return last.append(&mut page);
        }
    }
    pages.push(Arc::new(page));
}

/// A set of indices, made in their order.
struct Marks {
    /// Empty while there are no marks.
    words: Vec<u64>,
    len: usize,
}

impl Marks {
    /// Makes the set of the indices at which an iterator has `true`.
    fn collect(len: usize, marked: impl Iterator<Item = bool>) -> Self {
        let mut marks = Self { words: Vec::new(), len };
        let (mut index, mut word) = (0, 0);
        // A word at a time. A branch on the result of a predicate would be hard to predict.
        marked.for_each(|marked| {
            word |= u64::from(marked) << (index % 64);
            index += 1;
            if index % 64 == 0 {
                marks.set_word(index / 64 - 1, mem::take(&mut word));
            }
        });
        marks.set_word(index / 64, word);
        marks
    }

    fn set_word(&mut self, index: usize, word: u64) {
        if word != 0 {
            if self.words.is_empty() {
                self.words.resize(self.len.div_ceil(64), 0);
            }
            self.words[index] = word;
        }
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn get(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    /// Returns how many of the `len` indices from `start` on are marked.
    fn count(&self, start: usize, len: usize) -> usize {
        let below = |end: usize| {
            let word = self.words.get(end / 64).map_or(0, |word| word & ((1 << (end % 64)) - 1));
            word.count_ones() as usize
        };
        let whole = &self.words[start / 64..(start + len) / 64];
        whole.iter().map(|word| word.count_ones() as usize).sum::<usize>() + below(start + len) - below(start)
    }
}
