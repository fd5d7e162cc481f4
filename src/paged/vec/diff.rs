//! What differs between two vectors: runs that are cut out, and runs that are put in their place.
//!
//! Pages that both vectors have are found first, by their addresses. Those that each vector has once, and in the same order, are
//! *anchors*: nothing in them is looked at. This is a patience diff (B. Cohen, 2008), over pages in place of lines. What lies
//! between two anchors is compared element by element.

use super::{PagedVec, Slice};
use std::collections::HashMap;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;
use std::vec;

/// One change of a vector: the elements that leave it at a place, and those that come there.
///
/// Neither run begins or ends with an element that they have in common.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let old = PagedVec::from(["a", "b", "c"]);
/// let new = PagedVec::from(["a", "x", "y", "c"]);
/// let splice = old.diff(&new).next().unwrap();
/// assert_eq!((splice.at, splice.removed.len(), splice.inserted.len()), (1, 1, 2));
/// ```
pub struct Splice<'a, T> {
    /// Where the change is, counted in the vector as the splices before this one have left it.
    pub at: usize,
    /// What the older vector has there.
    pub removed: Slice<'a, T>,
    /// What the newer vector has there.
    pub inserted: Slice<'a, T>,
}

impl<T> Clone for Splice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Splice<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Splice<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splice")
            .field("at", &self.at)
            .field("removed", &self.removed)
            .field("inserted", &self.inserted)
            .finish()
    }
}

impl<T> PagedVec<T> {
    /// Returns an iterator over what differs in `newer`: the splices that make this vector equal to it, from the first to the
    /// last.
    ///
    /// It never looks into a page that both vectors have once, in the same order. So the changes between two versions of one
    /// vector are found in the time of the pages that were written to. Between such pages it looks for one run that differs, or,
    /// where as many elements are left as there were, for all runs that differ. It does not look for the
    /// least changes: it may show equal elements as removed and inserted where pages have changed places. So equal vectors may have splices between
    /// them.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let old: PagedVec<u32> = (0..100_000).collect();
    /// let mut new = old.clone();
    /// new.remove(70_000);
    /// new.push(7);
    ///
    /// let mut follower = old.clone();
    /// for splice in old.diff(&new) {
    ///     let removed = splice.at..splice.at + splice.removed.len();
    ///     follower.splice(removed, splice.inserted.iter().copied());
    /// }
    /// assert_eq!(follower, new);
    /// ```
    ///
    /// Computes in **O(pages log pages)** time, and the whole walk in **O(d)**, where `d` is the number of elements in the pages
    /// that are not shared, or that a vector has more than once.
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Diff<'a, T>
    where
        T: PartialEq,
    {
        let runs = if self.ptr_eq(newer) { Vec::new() } else { unshared_runs(self, newer) };
        Diff { older: self.range(..), newer: newer.range(..), runs: runs.into_iter(), run: None }
    }
}

/// Some elements of the older vector, and what is in their place in the newer one.
#[derive(Clone)]
struct Run {
    old: Range<usize>,
    new: Range<usize>,
}

impl Run {
    fn is_empty(&self) -> bool {
        self.old.is_empty() && self.new.is_empty()
    }

    /// Passes over as many elements on both sides.
    fn advance(&mut self, elements: usize) {
        self.old.start += elements;
        self.new.start += elements;
    }
}

/// A page of a vector: its address, and the elements that it has.
struct Located<T> {
    page: *const Vec<T>,
    elements: Range<usize>,
}

fn located<T>(vec: &PagedVec<T>) -> Vec<Located<T>> {
    let mut start = 0;
    let locate = |page: &Arc<Vec<T>>| {
        let elements = start..start + page.len();
        start = elements.end;
        Located { page: Arc::as_ptr(page), elements }
    };
    vec.list.pages().map(locate).collect()
}

/// The runs between the pages that both vectors have.
fn unshared_runs<T>(older: &PagedVec<T>, newer: &PagedVec<T>) -> Vec<Run> {
    let (old, new) = (located(older), located(newer));
    // From both ends, a page that comes more than once in a vector is matched as well.
    let head = old.iter().zip(&new).take_while(|(old, new)| old.page == new.page).count();
    let start = old[..head].last().map_or(0, |page| page.elements.end);
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old.page == new.page).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);

    let mut runs = Vec::new();
    let (mut old_start, mut new_start) = (start, start);
    let mut push = |old: Range<usize>, new: Range<usize>| {
        let run = Run { old, new };
        if !run.is_empty() {
            runs.push(run);
        }
    };
    for (in_old, in_new) in anchors(old, new) {
        let (old, new) = (&old[in_old].elements, &new[in_new].elements);
        push(old_start..old.start, new_start..new.start);
        (old_start, new_start) = (old.end, new.end);
    }
    let old_end = old.last().map_or(old_start, |page| page.elements.end);
    let new_end = new.last().map_or(new_start, |page| page.elements.end);
    push(old_start..old_end, new_start..new_end);
    runs
}

/// The longest row of pages that both have once, in the same order: their indices in both.
fn anchors<T>(old: &[Located<T>], new: &[Located<T>]) -> Vec<(usize, usize)> {
    /// The indices of a page that each side has once.
    fn by_page<T>(pages: &[Located<T>]) -> HashMap<*const Vec<T>, Option<usize>> {
        let mut indices = HashMap::with_capacity(pages.len());
        for (index, located) in pages.iter().enumerate() {
            indices.entry(located.page).and_modify(|found| *found = None).or_insert(Some(index));
        }
        indices
    }

    let (in_old, in_new) = (by_page(old), by_page(new));
    let both = new.iter().enumerate().filter_map(|(index, located)| {
        let old = (*in_old.get(&located.page)?)?;
        in_new[&located.page].is_some().then_some((old, index))
    });
    // The longest increasing subsequence: for each length the pair that such a row ends with at the lowest place, and for each
    // pair the one before it (M. Fredman, "On computing the length of longest increasing subsequences", 1975).
    let pairs: Vec<(usize, usize)> = both.collect();
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) =
        (Vec::new(), Vec::with_capacity(pairs.len()));
    for (index, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end: &usize| pairs[end].0 < pair.0);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut row = Vec::with_capacity(ends.len());
    let mut last = ends.last().copied();
    while let Some(index) = last {
        row.push(pairs[index]);
        last = before[index];
    }
    row.reverse();
    row
}

/// An iterator over the splices between two vectors; see [`PagedVec::diff`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2]);
/// assert!(vec.diff(&vec.clone()).next().is_none());
/// ```
pub struct Diff<'a, T> {
    older: Slice<'a, T>,
    newer: Slice<'a, T>,
    runs: vec::IntoIter<Run>,
    /// What is left of a run.
    run: Option<Run>,
}

impl<T: PartialEq> Diff<'_, T> {
    /// How many elements at the front of a run are equal on both sides, or how many are not, whichever `equal` says.
    fn stretch(&self, run: &Run, equal: bool) -> usize {
        let (old, new) = (self.older.range(run.old.clone()), self.newer.range(run.new.clone()));
        old.iter().zip(new.iter()).take_while(|(old, new)| (old == new) == equal).count()
    }

    fn equal_at_the_end(&self, run: &Run) -> usize {
        let (old, new) = (self.older.range(run.old.clone()), self.newer.range(run.new.clone()));
        old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count()
    }
}

impl<'a, T: PartialEq> Iterator for Diff<'a, T> {
    type Item = Splice<'a, T>;

    fn next(&mut self) -> Option<Splice<'a, T>> {
        loop {
            if self.run.is_none() {
                self.run = Some(self.runs.next()?);
            }
            // It stays there if a comparison panics.
            let mut run = self.run.clone()?;
            run.advance(self.stretch(&run, true));
            if run.is_empty() {
                self.run = None;
                continue;
            }
            let (mut old, mut new) = (run.old.clone(), run.new.clone());
            if old.len() == new.len() {
                // Nothing has moved: there may be more runs that differ. One element at least, whatever `==` says now.
                let differs = self.stretch(&run, false).max(1);
                (old.end, new.end) = (old.start + differs, new.start + differs);
                run.advance(differs);
                self.run = Some(run);
            } else {
                let equal = self.equal_at_the_end(&run);
                (old.end, new.end) = (old.end - equal, new.end - equal);
                self.run = None;
            }
            return Some(Splice {
                at: new.start,
                removed: self.older.range(old),
                inserted: self.newer.range(new),
            });
        }
    }
}

impl<T: PartialEq> FusedIterator for Diff<'_, T> {}

impl<T> Clone for Diff<'_, T> {
    fn clone(&self) -> Self {
        Self { older: self.older, newer: self.newer, runs: self.runs.clone(), run: self.run.clone() }
    }
}

impl<T: PartialEq + fmt::Debug> fmt::Debug for Diff<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
