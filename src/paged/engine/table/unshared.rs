//! What a table does not share with another one, and numbers beside its entries.

use super::directory::Pages;
use super::{Position, Table, page};
use std::iter::FusedIterator;
use std::ptr;

/// The entries of those pages that another table does not have at the same place.
///
/// A page that both have holds the same entries in both. So whatever differs is in here, on one side or on the other.
pub(in crate::paged) struct Unshared<'a, T> {
    page: page::Iter<'a, T>,
    pages: Pages<'a, T>,
    others: Pages<'a, T>,
}

impl<T> Table<T> {
    pub(in crate::paged) fn unshared<'a>(&'a self, other: &'a Self) -> Unshared<'a, T> {
        let (pages, others) =
            if self.ptr_eq(other) { Default::default() } else { (self.pages(), other.pages()) };
        Unshared { page: page::Iter::default(), pages, others }
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
            let page = self.pages.next()?;
            if !self.others.next().is_some_and(|other| ptr::eq(page, other)) {
                self.page = page.iter();
            }
        }
    }
}

impl<T> FusedIterator for Unshared<'_, T> {}

impl<T> Clone for Unshared<'_, T> {
    fn clone(&self) -> Self {
        Self { page: self.page.clone(), pages: self.pages.clone(), others: self.others.clone() }
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
