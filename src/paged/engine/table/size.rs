//! How many pages a table has, and how large they are. It is decided here and nowhere else.
//!
//! One write copies a page and the directory. So the two should cost about the same. Pages that grow with the square root
//! of the table keep both at `O(sqrt n)`. For pairs of `u64`, 1,000,000 entries are 1,024 pages of some
//! 1,000 entries.
//!
//! The number of pages is a power of two while a table is at rest, since a lookup then finds its page by a mask. A table that
//! is full gets one more page with each insertion until it has the next power of two. A table that is too empty loses one
//! with each removal. So no single write pays for all of them.

use std::mem;

/// The most entries that one page without a directory holds: 7/8 of 2,048 buckets.
pub(super) const FLAT: usize = 1_792;

/// The length at which a table of many pages becomes one page again.
///
/// It is half of [`FLAT`]. So a table whose length varies around either number does not change back and forth.
pub(super) const COLLAPSE: usize = FLAT / 2;

/// The entries of a page in a table of few pages.
///
/// They are 12 KiB, and up to twice that before there are more pages. They are a quarter of it if a clone costs more than a
/// copy of bytes. For pairs of `u64` the 2,048 buckets of a page are never too few.
fn smallest_page<T>() -> usize {
    let cost = if mem::needs_drop::<T>() { 4 } else { 1 };
    (12_288 / (size_of::<T>().max(1) * cost)).clamp(16, 768)
}

/// By how many 1,024ths of an entry the pages grow for each page that a table has.
///
/// If a clone costs much, they grow slowly. So a batch leaves most of a large table shared.
fn growth_of_pages<T>() -> usize {
    smallest_page::<T>().max(64)
}

/// The length at which a table of `pages` pages, a power of two, is full.
fn limit_at_rest<T>(pages: usize) -> usize {
    if pages == 1 {
        return FLAT;
    }
    let grown = pages.saturating_mul(growth_of_pages::<T>()) / 1_024;
    pages.saturating_mul(2 * grown.max(smallest_page::<T>()))
}

/// The length that a table of `pages` pages may reach before it gets one more.
pub(super) fn limit<T>(pages: usize) -> usize {
    let at_rest = 1 << pages.ilog2();
    limit_at_rest::<T>(at_rest) + (pages - at_rest)
}

/// The length below which a table of `pages` pages has too many of them.
pub(super) fn low_water<T>(pages: usize) -> usize {
    let at_rest = pages.next_power_of_two();
    (limit_at_rest::<T>(at_rest) / 8).saturating_sub(at_rest - pages)
}

/// The number of pages for `len` entries.
pub(super) fn pages_for<T>(len: usize) -> usize {
    let mut pages = 1;
    while limit_at_rest::<T>(pages) < len {
        pages *= 2;
    }
    pages
}

/// The room of each of `pages` pages, a power of two, for its share of `len` entries that are still to come.
pub(super) fn entries_per_page(len: usize, pages: usize) -> usize {
    let share = len.div_ceil(pages);
    // Four standard deviations where pages have 1,000 entries.
    if pages == 1 { len } else { share + share / 8 }
}

/// The capacity of a page for `len` entries and some more.
pub(super) fn with_headroom(len: usize) -> usize {
    len + len / 8 + 1
}
