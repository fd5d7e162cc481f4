//! Removing entries one by one, as a walk over the table meets them.

use super::{Position, Table, size};

/// A walk that takes out what its caller chooses. What it has not come to stays, if it is dropped.
pub(in crate::paged) struct Extract<'a, T> {
    table: &'a mut Table<T>,
    /// The entry to look at next: its page, and its bucket or an empty one before it.
    page: usize,
    bucket: usize,
    /// How many entries it has not looked at.
    left: usize,
}

impl<'a, T> Extract<'a, T> {
    pub(super) fn new(table: &'a mut Table<T>) -> Self {
        let left = table.len;
        Self { table, page: 0, bucket: 0, left }
    }

    pub(in crate::paged) fn left(&self) -> usize {
        self.left
    }
}

impl<T: Clone> Extract<'_, T> {
    /// Takes the next entry that `take` says is to go. The page that it is in is copied then, if it is shared.
    pub(in crate::paged) fn next(
        &mut self,
        mut take: impl FnMut(&T) -> bool,
        hash_of: impl Fn(&T) -> u64,
    ) -> Option<T> {
        while self.page < self.table.page_count() {
            let page = self.page;
            let current = &self.table.pages()[page];
            let (walked, buckets) = (self.bucket, current.bucket_count());
            for bucket in walked..buckets {
                let Some(entry) = current.get(bucket) else { continue };
                // Past it, whether or not `take` returns.
                self.bucket = bucket + 1;
                self.left -= 1;
                if take(entry) {
                    return Some(self.table.take(Position { page, bucket }));
                }
            }
            (self.page, self.bucket) = (page + 1, 0);
            if walked > 0 && current.is_sparse() {
                self.table.rebuild(page, size::with_headroom, &hash_of);
            }
            if self.page == self.table.page_count() {
                // The end stays the end, however many pages there are after this.
                self.page = usize::MAX;
                self.table.merge_pages_if_few_entries(&hash_of);
            }
        }
        None
    }
}
