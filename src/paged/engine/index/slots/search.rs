//! Searches in a sequence that is in some order.

use super::Slots;
use std::cmp::Ordering;

impl<T> Slots<T> {
    /// Returns the index of an element for which `compare` returns `Equal`, or the one where it would be, as `binary_search_by` of a slice
    /// does.
    pub(in crate::paged) fn binary_search_by<'a>(
        &'a self,
        mut compare: impl FnMut(&'a T) -> Ordering,
    ) -> Result<usize, usize> {
        if self.gaps() > 0 {
            return self.search_in_pages(compare);
        }
        let (mut start, mut end) = (0, self.len());
        while start < end {
            let middle = usize::midpoint(start, end);
            match compare(self.get(middle).expect("there are no gaps")) {
                Ordering::Less => start = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => end = middle,
            }
        }
        Err(start)
    }

    /// A place of an index is found by adding up counts. So this adds up all of them once.
    fn search_in_pages<'a>(&'a self, mut compare: impl FnMut(&'a T) -> Ordering) -> Result<usize, usize> {
        let (mut pages, mut before) = (Vec::new(), 0);
        for number in 0..self.places() {
            let elements = self.page(number).map_or(&[][..], |page| page.elements());
            if let Some(last) = elements.last() {
                pages.push((before, elements, last));
                before += elements.len();
            }
        }
        let at = pages.partition_point(|&(_, _, last)| compare(last).is_lt());
        let Some(&(before, elements, _)) = pages.get(at) else { return Err(before) };
        let found = elements.binary_search_by(compare);
        found.map(|index| before + index).map_err(|index| before + index)
    }
}
