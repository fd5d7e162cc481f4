//! What a table does not share with another one, and numbers beside its entries.

use super::directory::Directory;
use super::page::{self, Page};
use super::{Position, Table};

/// The entries of those pages that another table does not have at the same place, each with what may be the same one there.
///
/// A page that both have holds the same entries in both. So whatever differs is in here, on one side or on the other. A copy of a
/// page keeps each entry in its bucket. So in a page that was only written to, nearly all entries are where they were, and
/// need not be looked up.
pub(in crate::paged) struct Unshared<'a, T> {
    entries: page::Iter<'a, T>,
    table: &'a Table<T>,
    /// The index of the next page.
    next: usize,
    others: &'a Directory<T>,
    /// The pages at the same place in both tables, while their entries come.
    both: Option<[&'a Page<T>; 2]>,
    /// How many entries of the other page were met.
    met: usize,
    /// The indices of the other table's pages all of whose entries were met, in order.
    met_pages: Vec<usize>,
}

impl<T> Table<T> {
    pub(in crate::paged) fn unshared<'a>(&'a self, other: &'a Self) -> Unshared<'a, T> {
        let next = if self.ptr_eq(other) { self.page_count() } else { 0 };
        Unshared {
            entries: page::Iter::default(),
            table: self,
            next,
            others: &other.pages,
            both: None,
            met: 0,
            met_pages: Vec::new(),
        }
    }
}

impl<'a, T> Unshared<'a, T> {
    /// Returns the next entry, and the one in the same bucket of the other table if its hash may be the same.
    #[inline]
    pub(in crate::paged) fn next(&mut self) -> Option<(&'a T, Option<&'a T>)> {
        self.next_outside(&[])
    }

    /// The same, without the pages that `met` has.
    #[inline]
    pub(in crate::paged) fn next_outside(&mut self, met: &[usize]) -> Option<(&'a T, Option<&'a T>)> {
        loop {
            if let Some((bucket, entry)) = self.entries.next_with_bucket() {
                return Some((entry, self.both.and_then(|[page, other]| other.get_alike(bucket, page))));
            }
            if !self.next_page(met) {
                return None;
            }
        }
    }

    /// Says that the entry which came last is in the bucket of the other table that came with it.
    #[inline]
    pub(in crate::paged) fn meet(&mut self) {
        self.met += 1;
    }

    /// The pages of the other table that have nothing which is not in this one.
    pub(in crate::paged) fn met_pages(&self) -> &[usize] {
        &self.met_pages
    }

    fn next_page(&mut self, met: &[usize]) -> bool {
        if self.both.take().is_some_and(|[_, other]| other.len() == self.met) {
            self.met_pages.push(self.next - 1);
        }
        self.met = 0;
        loop {
            let Some(index) = self.table.pages.not_in(self.others, self.next) else {
                // Or the next call would go over all of them again.
                self.next = usize::MAX;
                return false;
            };
            self.next = index + 1;
            if met.binary_search(&index).is_err() {
                let page = self.table.page(index);
                self.entries = page.iter();
                self.both = self.others.get(index).map(|other| [page, other]);
                return true;
            }
        }
    }
}

impl<T> Clone for Unshared<'_, T> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), met_pages: self.met_pages.clone(), ..*self }
    }
}

/// A number for each bucket of a table, 0 to begin with.
pub(in crate::paged) struct Numbers {
    /// Where the numbers of each page begin.
    starts: Vec<usize>,
    numbers: Vec<usize>,
}

impl Numbers {
    pub(in crate::paged) fn for_buckets<T>(table: &Table<T>) -> Self {
        let mut buckets = 0;
        let starts = table.pages().map(|page| {
            let start = buckets;
            buckets += page.bucket_count();
            start
        });
        let starts = starts.collect();
        Self { starts, numbers: vec![0; buckets] }
    }

    pub(in crate::paged) fn at(&self, position: Position) -> usize {
        self.numbers[self.starts[position.page] + position.bucket]
    }

    pub(in crate::paged) fn at_mut(&mut self, position: Position) -> &mut usize {
        &mut self.numbers[self.starts[position.page] + position.bucket]
    }
}
