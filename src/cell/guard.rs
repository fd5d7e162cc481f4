//! [`Guard`]: a short look at the current version.

use super::Snapshot;
use crate::publish;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::MutexGuard;

/// A look at the version that was current when [`load`](crate::CowCell::load) was called.
///
/// A guard costs little to make and to drop, and is meant to live for one short read. Its version is not freed while it
/// lives. A thread that holds more than six guards at once pays for a shared count with each further one. To keep a version,
/// to send it to another thread or to hold it over an `.await`, take a [`Snapshot`].
///
/// With the [backend](crate#how-it-works) `epoch` a guard that is held anywhere in the process keeps *every* version that
/// any container replaces meanwhile from being freed.
///
/// Dropping a guard drops the replaced versions of its container that it was the last to hold. A panic in such a destructor
/// reaches the caller that drops the guard. With the backend `hazard` the drop of a guard whose version was replaced looks for who
/// else holds it, which takes some nanoseconds for each thread that has loaded anything and has not ended.
///
/// A guard never delays a writer, and what it shows never changes. It stays on its thread (`!Send`); shared references
/// to it may go to others.
///
/// Its functions are associated, `Guard::version(&guard)`, so that they hide none of `T`'s methods.
///
/// # Examples
///
/// ```
/// use readmostly::{CowCell, Guard};
///
/// let cell = CowCell::new(vec![1, 2, 3]);
/// let guard = cell.load();
/// cell.replace(vec![4]);
/// assert_eq!(*guard, [1, 2, 3]);
/// assert_eq!(Guard::version(&guard), 0);
/// ```
///
/// It does not outlive the container, nor does a reference that was got through it outlive the guard:
///
/// ```compile_fail,E0597
/// let outlives = {
///     let cell = readmostly::CowCell::new(1);
///     cell.load()
/// };
/// ```
///
/// ```compile_fail,E0716
/// let cell = readmostly::CowCell::new(vec![1]);
/// let first = cell.load().first();
/// println!("{first:?}");
/// ```
///
/// Nor does it go to another thread, which is what a snapshot is for:
///
/// ```compile_fail,E0277
/// let cell = readmostly::CowCell::new(1);
/// let guard = cell.load();
/// std::thread::scope(|s| _ = s.spawn(move || println!("{}", *guard)));
/// ```
#[must_use = "a guard is there to be read through"]
pub struct Guard<'a, T> {
    version: publish::Guard<'a, T>,
    /// The same for each backend: borrows the cell, may drop a `T`, and stays on its thread.
    marker: PhantomData<(&'a T, T, TakeASnapshotToSendIt<'a>)>,
}

/// What keeps a guard on its thread, with a name that the compiler shows where it is sent to another.
struct TakeASnapshotToSendIt<'a>(PhantomData<MutexGuard<'a, ()>>);

impl<'a, T> Guard<'a, T> {
    #[inline]
    pub(super) fn new(version: publish::Guard<'a, T>) -> Self {
        Self { version, marker: PhantomData }
    }

    /// Returns the number of the version that `this` shows.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Guard};
    ///
    /// let cell = CowCell::new("a");
    /// cell.replace("b");
    /// assert_eq!(Guard::version(&cell.load()), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn version(this: &Self) -> u64 {
        this.version.number
    }

    /// Makes an owned [`Snapshot`] of the same version, which may outlive the guard.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Guard};
    ///
    /// let cell = CowCell::new(String::from("kept"));
    /// let kept = Guard::to_snapshot(&cell.load());
    /// drop(cell);
    /// assert_eq!(*kept, "kept");
    /// ```
    ///
    /// Computes in **O(1)** time: one increment of a shared count.
    pub fn to_snapshot(this: &Self) -> Snapshot<T> {
        Snapshot::new(this.version.to_arc())
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.version.value
    }
}

impl<T> AsRef<T> for Guard<'_, T> {
    fn as_ref(&self) -> &T {
        self
    }
}

/// Iterates over what it shows: `for x in &container.load()`.
///
/// # Examples
///
/// ```
/// let ports = readmostly::CowMap::from([("http", 80), ("https", 443)]);
/// let mut sum = 0;
/// for (_name, port) in &ports.load() {
///     sum += port;
/// }
/// assert_eq!(sum, 523);
/// ```
#[expect(clippy::into_iter_without_iter, reason = "what it shows has the `iter`")]
impl<'a, T> IntoIterator for &'a Guard<'_, T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

// A guard shows a value that nobody changes, on each backend.
impl<T: RefUnwindSafe> UnwindSafe for Guard<'_, T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Guard<'_, T> {}
