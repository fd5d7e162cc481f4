//! How many pages a table has, and how large they are. It is decided here and nowhere else.
//!
//! One write copies one page, so a page has some hundred entries, or some ten that are dear to clone, however large the table is.
//! For pairs of `u64`, 1,000,000 entries are 1,024 pages. What of the directory is copied grows more slowly by far (`directory/`).
//!
//! The number of pages is a power of two while a table is at rest, since a lookup then finds its page by a mask. A table that
//! is full gets one more page with each insertion until it has the next power of two. A table that is too empty loses one
//! with each removal. So no single write pays for all of them.

use super::directory::SECTION;
use std::mem;

/// Whether a clone of an entry costs more than a copy of its bytes.
const fn is_dear<T>() -> bool {
    mem::needs_drop::<T>()
}

/// The most entries that one page without a directory holds: 7/8 of its buckets.
///
/// They are 32 KiB at most, and 2,048, or 512 if a clone is dear; but never less than 32.
pub(super) const fn flat<T>() -> usize {
    let most = if is_dear::<T>() { 512 } else { 2_048 };
    let size = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
    let mut buckets = 32;
    while buckets < most && size <= (16 << 10) / buckets {
        buckets *= 2;
    }
    buckets / 8 * 7
}

/// The length at which a table of many pages becomes one page again.
///
/// It is half of [`flat`]. So a table whose length varies around either number does not change back and forth.
pub(super) const fn collapse<T>() -> usize {
    flat::<T>() / 2
}

/// The entries of a page in a table of two pages or more, when it has just got twice as many pages. It gets twice as many entries
/// before there are more pages again.
///
/// They are 4 KiB, or a quarter of it if a clone is dear. See also [`limit_at_rest`].
fn page<T>() -> usize {
    let cost = if is_dear::<T>() { 4 } else { 1 };
    (4_096 / (size_of::<T>().max(1) * cost)).clamp(16, 256)
}

/// The length at which a table of `pages` pages, a power of two, is full.
fn limit_at_rest<T>(pages: usize) -> usize {
    if pages == 1 {
        return flat::<T>();
    }
    // Each page has its tags in another page of the processor's, so a read of a large table wants few. A write can afford it.
    let growth = if pages > SECTION && !is_dear::<T>() { 2 } else { 1 };
    pages.saturating_mul(2 * growth * page::<T>())
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

/// Whether a table of `pages` pages has too many of them after many removals.
pub(super) fn has_too_many<T>(pages: usize, len: usize) -> bool {
    pages > 1 && (len <= collapse::<T>() || len < low_water::<T>(pages))
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
    // One standard deviation: at most one page in six has more, and is made anew when it is full. With more room for all, nearly
    // each second number of entries would take twice the memory.
    if pages == 1 { len } else { share + share.isqrt() }
}

/// The capacity of a page for `len` entries and some more.
pub(super) fn with_headroom(len: usize) -> usize {
    len + len / 8 + 1
}

/// The capacity of a page that takes the place of one with `len` entries which is full, of graves perhaps.
///
/// There is room for half as many again at least. So where one entry comes for each that goes, an insertion moves two at most
/// (average).
pub(super) fn with_room_to_go_on(len: usize) -> usize {
    len + len / 2 + 1
}
