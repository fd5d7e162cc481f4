//! Asking for memory.

use super::page::{Page, TryReserveError};
use super::size;
use std::alloc::{Layout, handle_alloc_error};
use std::collections;
use std::hint::black_box;

/// Panics or aborts where memory was refused, as std's collections do.
pub(super) fn granted<R>(asked: Result<R, TryReserveError>) -> R {
    match asked {
        Ok(granted) => granted,
        Err(TryReserveError::CapacityOverflow) => panic!("capacity overflow"),
        Err(TryReserveError::AllocError { layout }) => handle_alloc_error(layout),
    }
}

/// Asks once for all the memory that the pages of a table with room for `capacity` entries will take, and gives it back.
///
/// Each page is an allocation of its own, and a system that promises more memory than it has would grant one after the other
/// until there is none left. What is too much as a whole is refused here, as it is to std's maps.
pub(super) fn ask_for<T>(capacity: usize) -> Result<(), TryReserveError> {
    let count = size::pages_for::<T>(capacity);
    let layout = Page::<T>::buckets_for(size::entries_per_page(capacity, count))
        .and_then(|buckets| buckets.checked_mul(size_of::<T>() + 1)?.checked_mul(count))
        .and_then(|bytes| Layout::array::<u8>(bytes).ok())
        .ok_or(TryReserveError::CapacityOverflow)?;
    if count == 1 {
        return Ok(());
    }
    let mut all = Vec::<u8>::new();
    let asked = all.try_reserve_exact(layout.size());
    // Or the compiler sees that nobody uses it, and does not ask.
    black_box(&all);
    asked.map_err(|_| TryReserveError::AllocError { layout })
}

/// Makes a page for each of the `rooms`, with room for so many entries.
pub(super) fn pages_with<T>(
    rooms: impl ExactSizeIterator<Item = usize>,
) -> Result<Vec<Page<T>>, TryReserveError> {
    // Not collected, which would not know the length where an error may come.
    let mut pages = Vec::with_capacity(rooms.len());
    for room in rooms {
        pages.push(Page::try_with_capacity(room)?);
    }
    Ok(pages)
}

/// The error as std has it, which can only be had from a collection of std's.
pub(in crate::paged) fn std_error(error: &TryReserveError) -> collections::TryReserveError {
    let overflow = || Vec::<u8>::new().try_reserve_exact(usize::MAX).expect_err("no memory is as large");
    let TryReserveError::AllocError { layout } = error else { return overflow() };
    let mut again = Vec::<u8>::new();
    let asked = again.try_reserve_exact(layout.size());
    black_box(&again);
    // Where it is granted now there was another thread that had it, and any refusal will do.
    asked.err().unwrap_or_else(overflow)
}
