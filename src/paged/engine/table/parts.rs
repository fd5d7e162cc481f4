//! A table in parts, for several threads to walk over.
//!
//! A part is cut between pages while it has several of them. The last page is cut as well, since a small table has only one.

use super::Table;
use super::directory::Pages;
use super::page::Page;
use std::ops::Range;
use std::sync::Arc;

/// Entries by reference: those of some pages, and those in some buckets of another page.
pub(crate) struct Part<'a, T> {
    pages: Pages<'a, T>,
    buckets: Option<(&'a Page<T>, Range<usize>)>,
}

impl<T> Table<T> {
    pub(crate) fn part(&self) -> Part<'_, T> {
        Part { pages: self.pages(), buckets: None }
    }

    /// Makes a part of all entries. Those of a page that is shared are cloned when the walk reaches it.
    pub(crate) fn into_part(self) -> OwnedPart<T> {
        // The table goes, and with it its count of each page, unless it shares its directory.
        OwnedPart { pages: self.pages.owners(), entries: Vec::new() }
    }
}

impl<'a, T> Part<'a, T> {
    /// Cuts it in two of about the same size, if it can be cut.
    pub(crate) fn split(mut self) -> (Self, Option<Self>) {
        if self.pages.len() > 1 {
            let (pages, others) = self.pages.halves();
            return (Self { pages, ..self }, Some(Self { pages: others, buckets: None }));
        }
        if let Some(page) = self.pages.next() {
            self.buckets = Some((page, 0..page.bucket_count()));
        }
        let Some((page, Range { start, end })) = self.buckets else { return (self, None) };
        let middle = start + (end - start) / 2;
        if middle == start {
            return (self, None);
        }
        let part = |buckets| Self { pages: Pages::default(), buckets: Some((page, buckets)) };
        (part(start..middle), Some(part(middle..end)))
    }

    pub(crate) fn into_iter(self) -> impl Iterator<Item = &'a T> + use<'a, T> {
        let cut = self.buckets.into_iter();
        let cut = cut.flat_map(|(page, buckets)| buckets.filter_map(|bucket| page.get(bucket)));
        self.pages.flatten().chain(cut)
    }
}

impl<T> Clone for Part<'_, T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone(), buckets: self.buckets.clone() }
    }
}

/// Entries by value: those of some pages, and some that have left theirs.
pub(crate) struct OwnedPart<T> {
    pages: Vec<Arc<Page<T>>>,
    entries: Vec<T>,
}

impl<T> OwnedPart<T> {
    /// What is in it, by reference.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().chain(self.pages.iter().flat_map(|page| page.iter()))
    }
}

impl<T: Clone> OwnedPart<T> {
    /// Cuts it in two of about the same size, if it can be cut.
    pub(crate) fn split(mut self) -> (Self, Option<Self>) {
        if self.pages.len() > 1 {
            let pages = self.pages.split_off(self.pages.len() / 2);
            return (self, Some(Self { pages, entries: Vec::new() }));
        }
        if let Some(page) = self.pages.pop() {
            self.entries.extend(Arc::unwrap_or_clone(page));
        }
        let half = self.entries.len() / 2;
        if half == 0 {
            return (self, None);
        }
        let entries = self.entries.split_off(half);
        (self, Some(Self { pages: Vec::new(), entries }))
    }

    pub(crate) fn into_iter(self) -> impl Iterator<Item = T> + use<T> {
        self.entries.into_iter().chain(self.pages.into_iter().flat_map(Arc::unwrap_or_clone))
    }
}
