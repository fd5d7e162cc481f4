//! How many pages a table has, and how large they are: the one place that decides it.
//!
//! One write copies a page and the directory, so the two should cost about the same: pages that grow with the
//! square root of the table keep both at `O(sqrt n)`. For pairs of `u64`, 1,000,000 entries are about 1,000 pages of
//! about 1,000 entries.

use std::mem;

/// The most entries that one page without a directory holds: 7/8 of 2,048 buckets.
pub(super) const FLAT: usize = 1_792;

/// The length at which a table of many pages becomes one page again: half of [`FLAT`], so that a table whose length
/// swings around either number does not go back and forth.
pub(super) const COLLAPSE: usize = FLAT / 2;

/// The entries of a page in a table of few pages: about 16 KiB, and a quarter of it where a clone costs more than a
/// copy of bytes.
fn floor<T>() -> usize {
    let cost = if mem::needs_drop::<T>() { 4 } else { 1 };
    (16_384 / (size_of::<T>().max(1) * cost)).clamp(16, 1_024)
}

/// By how many 1,024ths of an entry the pages grow for each page that a table has.
fn slope<T>() -> usize {
    floor::<T>().max(256)
}

/// The length that a table of `pages` pages may reach before it gets one more.
pub(super) fn limit<T>(pages: usize) -> usize {
    if pages == 1 {
        return FLAT;
    }
    let grown = pages.saturating_mul(slope::<T>()) / 1_024;
    pages.saturating_mul(grown.max(floor::<T>()))
}

/// The length below which a table of `pages` pages has too many of them.
pub(super) fn low_water<T>(pages: usize) -> usize {
    limit::<T>(pages) / 4
}

/// The number of pages for `len` entries: the fewest whose limit that is.
pub(super) fn pages_for<T>(len: usize) -> usize {
    let mut pages = 1;
    // One step for each page, all of which the caller is about to make.
    while limit::<T>(pages) < len {
        pages += 1;
    }
    pages
}

/// The room that page `page` of `pages` wants for its share of `len` entries that are still to come.
///
/// In linear hashing, the pages that were not split yet in this round get twice the entries of the others.
pub(super) fn share(len: usize, pages: usize, page: usize) -> usize {
    let round = pages.next_power_of_two();
    let whole = page < round / 2 && page + round / 2 >= pages;
    let share = len.div_ceil(round) << usize::from(whole);
    // Four standard deviations where pages have 1,000 entries.
    if pages == 1 { len } else { share + share / 8 }
}

/// The capacity for a table of `len` entries that is to take some more: the next size of table if this one is full.
pub(super) fn roomy(len: usize) -> usize {
    len + len / 8 + 1
}
