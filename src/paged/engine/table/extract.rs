//! Removing entries during a walk over a table.

use super::{Position, Table, size};

/// A walk that removes the entries that its caller chooses. If it is dropped, the entries that it has not reached stay.
pub(in crate::paged) struct Extract<'a, T> {
    table: &'a mut Table<T>,
    /// The page of the next entry, and its bucket or an empty one before it.
    page: usize,
    bucket: usize,
    /// How many entries it has not reached.
    left: usize,
    /// The last page that has lost an entry.
    lost: Option<usize>,
}

impl<'a, T> Extract<'a, T> {
    pub(super) fn new(table: &'a mut Table<T>) -> Self {
        let left = table.len;
        Self { table, page: 0, bucket: 0, left, lost: None }
    }

    pub(in crate::paged) fn left(&self) -> usize {
        self.left
    }
}

impl<T: Clone> Extract<'_, T> {
    /// Removes the next entry for which `take` returns `true`, and returns it. Its page is copied if it is shared.
    pub(in crate::paged) fn next(
        &mut self,
        mut take: impl FnMut(&T) -> bool,
        hash_of: impl Fn(&T) -> u64,
    ) -> Option<T> {
        while self.page < self.table.page_count() {
            let page = self.page;
            let current = self.table.page(page);
            while let Some((bucket, entry)) = current.next_from(self.bucket) {
                // Past it, whether or not `take` returns.
                self.bucket = bucket + 1;
                self.left -= 1;
                if take(entry) {
                    self.lost = Some(page);
                    let gone = self.table.take(Position { page, bucket });
                    self.table.give_back_if_empty(page);
                    return Some(gone);
                }
            }
            (self.page, self.bucket) = (page + 1, 0);
            if self.lost == Some(page) && current.is_sparse() {
                self.table.rebuild(page, size::with_headroom, &hash_of);
            }
            if self.page == self.table.page_count() {
                // This stays the end, however many pages there are then.
                self.page = usize::MAX;
                // A table that is too large for its entries stays so until one of them leaves.
                self.lost?;
                self.table.merge_pages_if_few_entries(&hash_of);
            }
        }
        None
    }
}
