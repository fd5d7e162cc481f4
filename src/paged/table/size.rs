//! How many pages a table has, and how large they are: the one place that decides it.
//!
//! One write copies a page and the directory, so the two should cost about the same: pages that grow with the
//! square root of the table keep both at `O(sqrt n)`. For pairs of `u64`, 1,000,000 entries are about 1,000 pages of
//! about 1,000 entries.

/// The most entries that one page without a directory holds: 7/8 of 2,048 buckets.
pub(super) const FLAT: usize = 1_792;

/// The length at which a table of many pages becomes one page again: half of [`FLAT`], so that a table whose length
/// swings around either number does not go back and forth.
pub(super) const COLLAPSE: usize = FLAT / 2;

/// The entries of a page in a table of few pages: about 16 KiB, and a quarter of it where a clone costs more than a
/// copy of bytes.
const fn floor<T>() -> usize {
    let size = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
    let cost = if std::mem::needs_drop::<T>() { 4 } else { 1 };
    match 16_384 / (size * cost) {
        ..16 => 16,
        floor @ 16..=1_024 => floor,
        _ => 1_024,
    }
}

/// By how many 1,024ths of an entry the pages grow for each page that a table has.
const fn slope<T>() -> usize {
    if floor::<T>() < 256 { 256 } else { floor::<T>() }
}

/// The length that a table of `pages` pages may reach before it gets one more.
pub(super) const fn limit<T>(pages: usize) -> usize {
    if pages == 1 {
        return FLAT;
    }
    let grown = pages.saturating_mul(slope::<T>()) / 1_024;
    pages.saturating_mul(if grown < floor::<T>() { floor::<T>() } else { grown })
}

/// The length below which a table of `pages` pages has too many of them.
pub(super) const fn low_water<T>(pages: usize) -> usize {
    limit::<T>(pages) / 4
}

/// The number of pages for `len` entries.
pub(super) fn pages_for<T>(len: usize) -> usize {
    if len <= FLAT {
        return 1;
    }
    let by_floor = len.div_ceil(floor::<T>());
    // Where pages grow with the table: `pages * pages * slope / 1024 >= len`.
    let square = len as u128 * 1_024 / slope::<T>() as u128;
    let by_slope = usize::try_from(square.isqrt()).unwrap_or(usize::MAX);
    let mut pages = by_floor.min(by_slope).max(2);
    // Both divisions above and the one in `limit` round down.
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
