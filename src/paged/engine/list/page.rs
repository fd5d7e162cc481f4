//! A page, and its place in the directory.

use super::directory::Directory;
use crate::paged::engine::shared::is_shared;
use std::mem;
use std::sync::Arc;

/// A page: elements that lie side by side, shared by every version that has not changed them.
pub(in crate::paged) type Page<T> = Arc<Vec<T>>;

/// A place in the directory.
pub(in crate::paged) struct Place<T> {
    /// How many elements the pages up to and including this one hold.
    pub(in crate::paged) end: usize,
    /// `None` in a spare place. With those a vector that is not shared gets a page without a new directory.
    pub(in crate::paged) page: Option<Page<T>>,
}

impl<T> Place<T> {
    pub(in crate::paged) const SPARE: Self = Self { end: 0, page: None };

    #[inline]
    pub(in crate::paged) fn as_slice(&self) -> &[T] {
        match &self.page {
            Some(page) => page,
            None => &[],
        }
    }

    /// Makes the page unshared, with room for `extra` more elements in the same allocation.
    ///
    /// The directory of this place must be unshared. Otherwise a page that seems unshared is not.
    #[inline]
    pub(in crate::paged) fn make_mut(&mut self, extra: usize) -> &mut Vec<T>
    where
        T: Clone,
    {
        make_page_mut(self.page.get_or_insert_default(), extra)
    }
}

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        Self { end: self.end, page: self.page.clone() }
    }
}

/// Makes a page unshared, with room for `extra` more elements in the same allocation.
#[inline]
pub(in crate::paged) fn make_page_mut<T: Clone>(page: &mut Page<T>, extra: usize) -> &mut Vec<T> {
    if is_shared(page) {
        // Not `make_mut`: it would copy at the old length, and the push that follows would allocate again.
        let mut copy = Vec::with_capacity(page.len() + extra);
        copy.extend_from_slice(page);
        *page = Arc::new(copy);
    }
    let page = Arc::make_mut(page);
    if page.capacity() - page.len() < extra {
        let twice = (page.len() * 2).min(Directory::<T>::PAGE);
        page.reserve_exact(extra.max(twice.saturating_sub(page.len())));
    }
    page
}

/// Removes the elements of a page from `len` on, and returns them. Only what stays of a shared page is copied, and the page as
/// it was is returned.
pub(in crate::paged) fn truncate_page<T: Clone>(page: &mut Page<T>, len: usize) -> (Vec<Page<T>>, Vec<T>) {
    if let Some(page) = Arc::get_mut(page) {
        let gone = page.split_off(len);
        page.shrink_to_fit();
        return (Vec::new(), gone);
    }
    let copy = page[..len].to_vec();
    (vec![mem::replace(page, Arc::new(copy))], Vec::new())
}

/// Gives back the room that is left in a page, if it is not shared.
pub(in crate::paged) fn shrink_page<T>(page: &mut Page<T>) {
    if let Some(page) = Arc::get_mut(page) {
        page.shrink_to_fit();
    }
}

/// Returns how many elements of a type make a page.
///
/// It is a power of two: 8 KiB of plain data, and a quarter of that for types with a destructor, since a clone of those is
/// likely to allocate.
pub(in crate::paged) const fn page_len(size: usize, needs_drop: bool) -> usize {
    let bytes: usize = if needs_drop { 2 << 10 } else { 8 << 10 };
    match bytes.checked_div(size) {
        Some(..16) => 16,
        Some(fit @ ..1024) => 1 << fit.ilog2(),
        _ => 1024,
    }
}

/// Takes elements from an iterator for one page, at most `len` of them.
pub(in crate::paged) fn fill_page<T>(elements: &mut impl Iterator<Item = T>, len: usize) -> Vec<T> {
    // `take` caps the size hint as well. So a false one reserves no more than a page.
    elements.take(len).collect()
}

/// Cuts the elements of an iterator into full pages and a last one, and drops the iterator.
pub(in crate::paged) fn cut_pages<T>(elements: impl IntoIterator<Item = T>) -> Vec<Page<T>> {
    let mut elements = elements.into_iter();
    let mut pages = Vec::new();
    loop {
        let page = fill_page(&mut elements, Directory::<T>::PAGE);
        let full = page.len() == Directory::<T>::PAGE;
        if !page.is_empty() {
            pages.push(page);
        }
        // An iterator that has ended is not called again, since it need not be fused.
        if !full {
            break;
        }
    }
    // If this destructor panics, `pages` is dropped, since it is still a local. A result that is made already would leak.
    drop(elements);
    // Their headers are allocated last. So they are likely to lie side by side and to stay in the cache, and an access by
    // index is faster.
    pages.into_iter().map(Arc::new).collect()
}
