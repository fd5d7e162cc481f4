//! [`Watched`]: plain memory that loom can see.

#![expect(
    unsafe_code,
    reason = "memory that is written and read without a lock is what the models are about"
)]

use loom::cell::UnsafeCell;

/// A number that loom watches: it reports a read that nothing orders after the write.
#[derive(Debug)]
pub struct Watched(UnsafeCell<u32>);

impl Watched {
    /// Writes the number, which everything that reads it has to happen after.
    #[must_use]
    pub fn new(number: u32) -> Self {
        let cell = UnsafeCell::new(0);
        // SAFETY: nobody else has the cell yet.
        cell.with_mut(|place| unsafe { *place = number });
        Self(cell)
    }

    /// Reads the number.
    #[must_use]
    pub fn get(&self) -> u32 {
        // SAFETY: it is written in `new` and in `drop`, and loom reports a read that could meet either.
        self.0.with(|place| unsafe { *place })
    }
}

// SAFETY: an access that is not ordered is a failure that loom reports before it is made.
unsafe impl Sync for Watched {}

impl Clone for Watched {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: as in `get`: this is the write that an early free would make under a reader's eyes.
        self.0.with_mut(|place| unsafe { *place = u32::MAX });
    }
}
