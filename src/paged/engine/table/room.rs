//! Allocation of pages, and its failures.

use super::page::{Page, TryReserveError};
use super::size;
use std::alloc::{Layout, handle_alloc_error};
use std::collections;
use std::hint::black_box;

/// Panics or aborts if memory was refused, as std's collections do.
pub(super) fn granted<R>(asked: Result<R, TryReserveError>) -> R {
    match asked {
        Ok(granted) => granted,
        Err(TryReserveError::CapacityOverflow) => panic!("capacity overflow"),
        Err(TryReserveError::AllocError { layout }) => handle_alloc_error(layout),
    }
}

/// Allocates once all the memory that the pages of a table with room for `capacity` entries will take, and frees it.
///
/// Each page is an allocation of its own. A system that promises more memory than it has would grant one after the other
/// until there is none left. Here the system refuses what is too much as a whole, as for std's maps.
pub(super) fn ask_for<T>(capacity: usize) -> Result<(), TryReserveError> {
    /// Of a page beside its buckets: its header and its place in the directory, and what the allocator adds to each.
    const BESIDE: usize = 192;
    let count = size::pages_for::<T>(capacity);
    let layout = Page::<T>::buckets_for(size::entries_per_page(capacity, count))
        .and_then(|buckets| buckets.checked_mul(size_of::<T>() + 1)?.checked_add(BESIDE)?.checked_mul(count))
        .and_then(|bytes| Layout::array::<u8>(bytes).ok())
        .ok_or(TryReserveError::CapacityOverflow)?;
    if count == 1 {
        return Ok(());
    }
    let mut all = Vec::<u8>::new();
    let asked = all.try_reserve_exact(layout.size());
    // Otherwise the compiler sees that it is unused, and removes the allocation.
    black_box(&all);
    asked.map_err(|_| TryReserveError::AllocError { layout })
}

/// Makes a page for each number in `rooms`, with room for so many entries.
pub(super) fn pages_with<T>(
    rooms: impl ExactSizeIterator<Item = usize>,
) -> Result<Vec<Page<T>>, TryReserveError> {
    // Not by `collect`: it does not know the length if an error may come.
    let mut pages = Vec::with_capacity(rooms.len());
    for room in rooms {
        pages.push(Page::try_with_capacity(room)?);
    }
    Ok(pages)
}

/// Returns the error as std's. Only a collection of std's can make one.
pub(in crate::paged) fn std_error(error: &TryReserveError) -> collections::TryReserveError {
    let overflow = || Vec::<u8>::new().try_reserve_exact(usize::MAX).expect_err("no memory is as large");
    let TryReserveError::AllocError { layout } = error else { return overflow() };
    let mut again = Vec::<u8>::new();
    let asked = again.try_reserve_exact(layout.size());
    black_box(&again);
    // If it is granted now, another thread had the memory before, and any error will do.
    asked.err().unwrap_or_else(overflow)
}
