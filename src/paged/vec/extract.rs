//! Removing elements during a walk over a vector.

use super::PagedVec;
use super::filter::append_page;
use super::view::resolve;
use crate::paged::engine::list::List;
use crate::paged::engine::list::page::{Page, make_page_mut};
use std::fmt;
use std::mem;
use std::ops::{Range, RangeBounds};
use std::sync::Arc;
use std::vec;

impl<T> PagedVec<T> {
    /// Returns an iterator that removes the elements of a range for which `pred` returns `true`, and returns them.
    ///
    /// It is lazy. The elements that it has not reached when it is dropped stay in the vector. Unlike in std, `pred` gets a
    /// `&T`. Pages that lose nothing stay shared.
    ///
    /// If `pred` panics, the element that it was called for stays, and so do all after it.
    ///
    /// # Panics
    ///
    /// Panics if the range begins after its end, or ends after the vector's.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3, 4, 5, 6]);
    /// assert_eq!(vec.extract_if(1.., |n| n % 2 == 0).take(2).collect::<Vec<_>>(), [2, 4]);
    /// assert_eq!(vec, [1, 3, 5, 6]);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    #[track_caller]
    pub fn extract_if<F: FnMut(&T) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        pred: F,
    ) -> ExtractIf<'_, T, F>
    where
        T: Clone,
    {
        let left = resolve(&range, self.len());
        ExtractIf { vec: self, taken: None, left, pred }
    }
}

/// An iterator that removes the elements that it returns.
///
/// Returned by [`PagedVec::extract_if`]. If it is leaked, the vector loses all elements once one has been removed.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let mut vec = PagedVec::from([1, 2, 3]);
/// assert_eq!(vec.extract_if(.., |n| *n > 1).next(), Some(2));
/// assert_eq!(vec, [1, 3]);
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed; `retain` removes and drops"]
pub struct ExtractIf<'a, T, F> {
    /// Empty while its elements are in `taken`, from the first that is removed on.
    vec: &'a mut PagedVec<T>,
    taken: Option<Taken<T>>,
    /// The elements that it has not reached, by their indices at the beginning.
    left: Range<usize>,
    pred: F,
}

/// The elements of the vector: pages that are done, a page that has lost elements, and pages to come.
struct Taken<T> {
    done: Vec<Page<T>>,
    kept: Vec<T>,
    open: vec::IntoIter<T>,
    rest: vec::IntoIter<Page<T>>,
    /// How many elements of the first page to come it has passed.
    looked: usize,
    /// The last page of all is the tail.
    has_tail: bool,
    /// What stays of the tail, when that is done.
    tail: Option<Page<T>>,
}

impl<T> Taken<T> {
    /// Opens the first page to come at an element that is to be removed, and returns that. The page is not shared.
    fn open(&mut self) -> Option<T>
    where
        T: Clone,
    {
        self.kept = Arc::unwrap_or_clone(self.rest.next()?);
        self.open = self.kept.split_off(mem::take(&mut self.looked)).into_iter();
        self.open.next()
    }

    /// Moves what stays of the open page to the pages that are done.
    fn close(&mut self) {
        let mut kept = mem::take(&mut self.kept);
        kept.extend(mem::take(&mut self.open));
        kept.shrink_to_fit();
        if !self.was_tail() {
            append_page(&mut self.done, kept);
        } else if !kept.is_empty() {
            self.tail = Some(Arc::new(kept));
        }
    }

    /// Passes the first page to come, which has lost nothing.
    fn pass(&mut self) {
        let page = self.rest.next();
        self.looked = 0;
        if self.was_tail() {
            self.tail = page;
        } else {
            self.done.extend(page);
        }
    }

    /// Returns `true` if the page before those to come is the tail.
    fn was_tail(&self) -> bool {
        self.has_tail && self.rest.len() == 0
    }
}

impl<T: Clone, F: FnMut(&T) -> bool> Iterator for ExtractIf<'_, T, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let Self { vec, taken, left, pred } = self;
        // An index is passed when its element is known to stay, since `pred` and `Clone` may panic.
        let Some(taken) = taken else {
            let element = vec.range(left.clone()).into_iter().find(|element| {
                let found = pred(element);
                left.start += usize::from(!found);
                found
            });
            element?;
            let (page, looked) = vec.list.locate(left.start);
            vec.list.make_mut(page);
            let has_tail = !vec.list.tail().is_empty();
            let mut rest = vec.list.take_pages().into_iter();
            let done = rest.by_ref().take(page).collect();
            let (kept, open) = (Vec::new(), vec::IntoIter::default());
            left.start += 1;
            return taken.insert(Taken { done, kept, open, rest, looked, has_tail, tail: None }).open();
        };
        loop {
            while let Some(element) = taken.open.as_slice().first().filter(|_| left.start < left.end) {
                let found = pred(element);
                left.start += 1;
                let element = taken.open.next();
                if found {
                    return element;
                }
                taken.kept.extend(element);
            }
            if left.start == left.end {
                return None;
            }
            taken.close();
            let page = taken.rest.as_slice().first()?;
            let mut found = false;
            for element in page[taken.looked..].iter().take(left.len()) {
                found = pred(element);
                if found {
                    break;
                }
                taken.looked += 1;
                left.start += 1;
            }
            if found {
                taken.rest.as_mut_slice().first_mut().map(|page| make_page_mut(page, 0).len())?;
                left.start += 1;
                return taken.open();
            }
            if taken.looked == page.len() {
                taken.pass();
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left.len()))
    }
}

impl<T, F> Drop for ExtractIf<'_, T, F> {
    /// Puts back what stays. Nothing of the user's is called.
    fn drop(&mut self) {
        if let Some(mut taken) = self.taken.take() {
            taken.close();
            let mut rest = taken.rest;
            let tail = taken.tail.or_else(|| if taken.has_tail { rest.next_back() } else { None });
            taken.done.extend(rest);
            self.vec.list = List::from_parts(taken.done, tail);
        }
    }
}

impl<T, F> fmt::Debug for ExtractIf<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("left", &self.left.len()).finish_non_exhaustive()
    }
}
