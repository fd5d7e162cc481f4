//! [`Reader`]: a handle that keeps the version it last saw.

use super::{CowCell, Snapshot};
use crate::publish::Version;
use crate::sync::Arc;
use std::fmt;
use std::mem;

/// A handle for one thread: the cheapest read.
///
/// A reader holds the version that it last saw, and [`load`](Self::load) asks with one atomic load whether there is a
/// newer one. While nobody writes, a read touches no memory that another thread writes to. In return a reader that is
/// not asked keeps its version, and the memory in it, alive: give one to a thread that reads often, and take
/// [`load`](CowCell::load) for a look now and then.
///
/// The source is a reference to a container, or an [`Arc`] of it for a thread of its own:
///
/// ```
/// use readmostly::{CowMap, Reader};
/// use std::sync::Arc;
///
/// let ports: Arc<CowMap<&str, u16>> = Arc::new(CowMap::from([("http", 80)]));
/// let mut reader = Reader::new(Arc::clone(&ports));
/// let thread = std::thread::spawn(move || reader.load().get("http").copied());
/// assert_eq!(thread.join().unwrap(), Some(80));
/// ```
///
/// # Consistency
///
/// All that is read through one returned reference is of one version. The versions that a thread sees never go
/// backwards, whether it reads by a reader, by [`load`](CowCell::load) or by [`snapshot`](CowCell::snapshot), and a
/// write that has returned is seen by every read that it happens before.
pub struct Reader<S: Source> {
    held: Arc<Version<S::Value>>,
    /// `held.number`, kept beside the pointer so that a look whether it is stale does not follow it.
    number: u64,
    source: S,
}

impl<S: Source> Reader<S> {
    /// Makes a reader of `source`, which holds the current version.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Reader};
    ///
    /// let cell = CowCell::new(1);
    /// let mut reader = Reader::new(&cell);
    /// assert_eq!(*reader.load(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn new(source: S) -> Self {
        let held = source.cell().core.load_full();
        Self { number: held.number, held, source }
    }

    /// Returns the current value, after a look whether there is a newer one than the one held.
    ///
    /// If there is a newer one, the reader gives up the one that it held. That is dropped here if nobody else holds it, and so
    /// may be other versions that were replaced. A panic in such a destructor reaches the caller. The reader then holds the
    /// version that it had, or the newer one.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut reader = cell.reader();
    /// cell.replace(2);
    /// assert_eq!(*reader.load(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time: one atomic load, and a [`snapshot`](CowCell::snapshot) where the version is new.
    #[inline]
    pub fn load(&mut self) -> &S::Value {
        if self.is_stale() {
            self.refresh();
        }
        self.peek()
    }

    /// Returns the value that the reader holds, without a look for a newer one.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let reader = cell.reader();
    /// cell.replace(2);
    /// assert_eq!(*reader.peek(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time, with no atomic operation.
    #[inline]
    pub fn peek(&self) -> &S::Value {
        &self.held.value
    }

    /// Makes a [`Snapshot`] of the version that the reader holds.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let reader = cell.reader();
    /// cell.replace(2);
    /// assert_eq!(*reader.snapshot(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time: one increment of a shared count.
    pub fn snapshot(&self) -> Snapshot<S::Value> {
        Snapshot::new(Arc::clone(&self.held))
    }

    /// Returns `true` if a newer version than the one held has been announced.
    ///
    /// A writer announces a version just before it publishes it, so for an instant [`load`](Self::load) may still
    /// find the version that the reader holds.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let reader = cell.reader();
    /// assert!(!reader.is_stale());
    /// cell.replace(2);
    /// assert!(reader.is_stale());
    /// ```
    ///
    /// Computes in **O(1)** time: one atomic load.
    #[inline]
    pub fn is_stale(&self) -> bool {
        !self.source.cell().core.is_newest(self.number)
    }

    /// Returns the number of the version that the reader holds.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut reader = cell.reader();
    /// cell.replace(2);
    /// assert_eq!(reader.version(), 0);
    /// reader.load();
    /// assert_eq!(reader.version(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn version(&self) -> u64 {
        self.number
    }

    #[cold]
    fn refresh(&mut self) {
        let next = self.source.cell().core.load_full();
        self.number = next.number;
        drop(mem::replace(&mut self.held, next));
    }
}

impl<S: Source + Clone> Clone for Reader<S> {
    fn clone(&self) -> Self {
        Self { held: Arc::clone(&self.held), number: self.number, source: self.source.clone() }
    }
}

impl<S: Source> fmt::Debug for Reader<S>
where
    S::Value: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("version", &self.number)
            .field("value", self.peek())
            .finish_non_exhaustive()
    }
}

/// What a [`Reader`] can read from: a container, or a reference, [`Arc`] or [`Box`] of one.
///
/// The trait is sealed: it is implemented for the containers of this crate and for pointers to them.
///
/// # Examples
///
/// ```
/// use readmostly::{CowCell, CowVec, Source};
///
/// /// Counts the versions that were published, whichever container it is.
/// fn published(container: &impl Source) -> u64 {
///     container.cell().version()
/// }
///
/// let list: CowVec<u32> = CowVec::new();
/// list.push(1);
/// assert_eq!((published(&list), published(&CowCell::new(()))), (1, 0));
/// ```
pub trait Source: sealed::Sealed {
    /// The type of the values that the container publishes.
    type Value;

    /// Returns the cell that the container is made of.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowSet, Source};
    ///
    /// let set: CowSet<u32> = CowSet::from([1]);
    /// assert_eq!(set.cell().load().len(), 1);
    /// ```
    fn cell(&self) -> &CowCell<Self::Value>;
}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "that it cannot be named is what seals `Source`")]
    pub trait Sealed {}
}

impl<T> sealed::Sealed for CowCell<T> {}

impl<T> Source for CowCell<T> {
    type Value = T;

    #[inline]
    fn cell(&self) -> &CowCell<T> {
        self
    }
}

macro_rules! source_through_pointer {
    ($($pointer:ty),*) => {$(
        impl<S: Source> sealed::Sealed for $pointer {}

        impl<S: Source> Source for $pointer {
            type Value = S::Value;

            #[inline]
            fn cell(&self) -> &CowCell<S::Value> {
                S::cell(self)
            }
        }
    )*};
}

source_through_pointer!(&S, std::sync::Arc<S>, Box<S>);
// In a model, an `Arc` of loom's as well.
#[cfg(readmostly_loom)]
source_through_pointer!(crate::sync::Arc<S>);
