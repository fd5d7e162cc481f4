//! The capacity, which is that of the directory. A page is allocated for its first element.

use super::PagedVec;
use crate::paged::engine::list::Directory;
use crate::paged::engine::list::page::Place;
use std::collections::TryReserveError;

/// The most pages that a directory gets room for at once where there may be fewer: 64 KiB.
const MOST_UNASKED: usize = 4_096;

impl<T> PagedVec<T> {
    /// Creates an empty vector whose directory has room for the pages of `capacity` elements.
    ///
    /// This is a hint and no promise. The pages themselves are allocated when they are filled, and the directory gets room for
    /// no more than 4,096 pages. [`reserve`](Self::reserve) has no such limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec: PagedVec<u8> = PagedVec::with_capacity(10);
    /// assert!(vec.is_empty() && vec.capacity() >= 10);
    /// let vec: PagedVec<u8> = PagedVec::with_capacity(usize::MAX);
    /// assert!(vec.is_empty());
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn with_capacity(capacity: usize) -> Self {
        let pages = capacity.div_ceil(Directory::<T>::PAGE).min(MOST_UNASKED);
        if pages == 0 { Directory::new() } else { Directory::with_spare(pages) }.into()
    }

    /// Returns the number of elements that the vector can hold before its directory has to be replaced by a larger one.
    ///
    /// The pages themselves are allocated when they are filled. While a clone shares the directory, there is only the room in
    /// the last page.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec: PagedVec<u64> = PagedVec::from([1, 2, 3]);
    /// assert_eq!(vec.capacity(), 1_024);
    /// assert_eq!(PagedVec::<u64>::new().capacity(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn capacity(&self) -> usize {
        self.list.dir().capacity().max(self.len())
    }

    /// Makes room in the directory for the pages of at least `additional` more elements.
    ///
    /// It allocates no page, and does nothing if there is room. A shared directory is copied. All pages stay shared. For elements
    /// without a size it makes room for 4,096 more pages at most.
    ///
    /// # Panics
    ///
    /// Panics if the elements would take more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1]);
    /// vec.reserve(10_000);
    /// assert!(vec.capacity() >= 10_001);
    /// ```
    ///
    /// Computes in **O(pages)** time, or **O(1)** where there is room.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        let places = self.checked_places_for(additional);
        self.list.dir_mut().reserve(places);
    }

    /// Makes room in the directory for the pages of `additional` more elements, and for no others.
    ///
    /// It is otherwise like [`reserve`](Self::reserve). That may make more room, so that many small calls cost little.
    ///
    /// # Panics
    ///
    /// Panics if the elements would take more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec: PagedVec<u64> = PagedVec::new();
    /// vec.reserve_exact(1_025);
    /// assert_eq!(vec.capacity(), 2_048);
    /// ```
    ///
    /// Computes in **O(pages)** time, or **O(1)** where there is room.
    #[track_caller]
    pub fn reserve_exact(&mut self, additional: usize) {
        let places = self.checked_places_for(additional);
        self.list.dir_mut().reserve_exact(places);
    }

    /// Makes room as [`reserve`](Self::reserve) does, if there is memory for it.
    ///
    /// # Errors
    ///
    /// Returns an error if the elements would take more than `isize::MAX` bytes, or the allocator has no memory for the
    /// directory. Nothing has changed then. A page is allocated later. If that fails, the process ends, as in a push to a `Vec`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1_u64]);
    /// assert!(vec.try_reserve(10_000).is_ok());
    /// assert!(vec.try_reserve(usize::MAX / 4).is_err());
    /// ```
    ///
    /// Computes in **O(pages)** time, or **O(1)** where there is room.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.try_slots_for(additional)?;
        self.reserve(additional);
        Ok(())
    }

    /// Makes room as [`reserve_exact`](Self::reserve_exact) does, if there is memory for it.
    ///
    /// # Errors
    ///
    /// Returns an error as [`try_reserve`](Self::try_reserve) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec: PagedVec<u64> = PagedVec::new();
    /// assert!(vec.try_reserve_exact(1_000).is_ok());
    /// assert_eq!(vec.capacity(), 1_024);
    /// ```
    ///
    /// Computes in **O(pages)** time, or **O(1)** where there is room.
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.try_slots_for(additional)?;
        self.reserve_exact(additional);
        Ok(())
    }

    /// Gives back memory that is not needed for the elements, nor for `min_capacity` of them.
    ///
    /// A shared page or directory stays as it is. Nothing is copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec: PagedVec<u64> = PagedVec::with_capacity(100_000);
    /// vec.push(1);
    /// vec.shrink_to(2_000);
    /// assert_eq!(vec.capacity(), 2_048);
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        self.list.shrink_pages();
        // The places for more elements than that are not needed.
        let more = min_capacity.min(self.capacity()).saturating_sub(self.len());
        if let Some(places) = self.places_for(more) {
            self.list.dir_mut().shrink_to(places);
        }
    }

    /// Gives back memory that is not needed for the elements.
    ///
    /// A shared page or directory stays as it is. Nothing is copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec: PagedVec<u64> = PagedVec::with_capacity(100_000);
    /// vec.push(1);
    /// vec.shrink_to_fit();
    /// assert_eq!(vec.capacity(), 1_024);
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Returns how many places the directory needs for so many more elements, or `None` if so many cannot be in memory.
    fn places_for(&self, additional: usize) -> Option<usize> {
        let len = self.len().checked_add(additional).filter(|&len| fits_in_memory::<T>(len))?;
        let dir = self.list.dir();
        let beyond = len.saturating_sub(dir.len() + dir.room_in_last()).div_ceil(Directory::<T>::PAGE);
        // Any number of elements without a size fits in memory, but not their directory.
        Some(dir.used() + if size_of::<T>() == 0 { beyond.min(MOST_UNASKED) } else { beyond })
    }

    /// Returns how many places the directory needs for so many more elements, and panics as std does if those are too many.
    #[track_caller]
    fn checked_places_for(&self, additional: usize) -> usize {
        // Not by a closure, which would hide the caller from the panic.
        match self.places_for(additional) {
            Some(places) => places,
            None => capacity_overflow(),
        }
    }

    /// Returns an error if there is no memory for the places that so many more elements need.
    fn try_slots_for(&self, additional: usize) -> Result<(), TryReserveError> {
        let places = self.places_for(additional).unwrap_or(usize::MAX);
        if self.list.dir().has_places(places) {
            return Ok(());
        }
        // An allocation of an `Arc` cannot report a failure. That of a `Vec` of the same places can.
        Vec::<Place<T>>::new().try_reserve_exact(places)
    }
}

/// Returns `true` if so many elements can be in memory.
fn fits_in_memory<T>(len: usize) -> bool {
    len.checked_mul(size_of::<T>()).is_some_and(|bytes| isize::try_from(bytes).is_ok())
}

/// Panics as std does if so many elements cannot be in memory.
#[track_caller]
pub(super) fn check_capacity<T>(len: usize) {
    if !fits_in_memory::<T>(len) {
        capacity_overflow();
    }
}

#[cold]
#[track_caller]
fn capacity_overflow() -> ! {
    panic!("capacity overflow")
}
