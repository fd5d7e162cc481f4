//! Many threads at once, and what the types say of threads.

mod auto_traits;
mod containers;
mod endings;
mod races;
mod waiting;

use readmostly::{CowCell, Guard, Reader, Snapshot};

/// Reads a cell in one way after the other: what a thread sees in one of them it must see in the next.
struct Looker<'a, T> {
    cell: &'a CowCell<T>,
    reader: Reader<&'a CowCell<T>>,
    looks: usize,
}

impl<'a, T> Looker<'a, T> {
    /// Threads with different numbers begin with different ways.
    fn new(cell: &'a CowCell<T>, thread: usize) -> Self {
        Self { cell, reader: cell.reader(), looks: thread }
    }

    /// Shows `f` the version's number and value.
    fn look<R>(&mut self, f: impl FnOnce(u64, &T) -> R) -> R {
        self.looks += 1;
        match self.looks % 4 {
            0 => {
                let snapshot = self.cell.snapshot();
                f(Snapshot::version(&snapshot), &snapshot)
            }
            2 => {
                let guard = self.cell.load();
                f(Guard::version(&guard), &guard)
            }
            _ => {
                self.reader.load();
                f(self.reader.version(), self.reader.peek())
            }
        }
    }
}
