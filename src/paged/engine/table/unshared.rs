//! What a table does not share with another one, and numbers beside its entries.

use super::directory::Directory;
use super::page;
use super::{Position, Table};
use std::iter::FusedIterator;

/// The entries of those pages that another table does not have at the same place.
///
/// A page that both have holds the same entries in both. So whatever differs is in here, on one side or on the other.
pub(in crate::paged) struct Unshared<'a, T> {
    page: page::Iter<'a, T>,
    table: &'a Table<T>,
    /// The index of the next page.
    next: usize,
    others: &'a Directory<T>,
}

impl<T> Table<T> {
    pub(in crate::paged) fn unshared<'a>(&'a self, other: &'a Self) -> Unshared<'a, T> {
        let next = if self.ptr_eq(other) { self.page_count() } else { 0 };
        Unshared { page: page::Iter::default(), table: self, next, others: &other.pages }
    }
}

impl<'a, T> Iterator for Unshared<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(entry) = self.page.next() {
                return Some(entry);
            }
            let Some(index) = self.table.pages.not_in(self.others, self.next) else {
                // Or the next call would go over all of them again.
                self.next = usize::MAX;
                return None;
            };
            self.next = index + 1;
            self.page = self.table.page(index).iter();
        }
    }
}

impl<T> FusedIterator for Unshared<'_, T> {}

impl<T> Clone for Unshared<'_, T> {
    fn clone(&self) -> Self {
        Self { page: self.page.clone(), table: self.table, next: self.next, others: self.others }
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
