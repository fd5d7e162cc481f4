//! [`Snapshot`]: one version, owned.

use crate::publish::Version;
use crate::sync::Arc;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// One published version, owned: keep it, send it to another thread, hold it over an `.await`.
///
/// It costs one increment of a shared count to make or clone, and keeps its version alive and unchanged until it is
/// dropped, without delaying any writer. A version whose last holder is a snapshot is freed at once when the snapshot
/// is dropped, on the thread that drops it.
///
/// Its functions are associated, `Snapshot::version(&snapshot)`, so that they hide none of `T`'s methods. Comparing,
/// hashing and printing are `T`'s.
///
/// A value that holds a snapshot of its own predecessor makes a chain as long as the container's history, which is
/// dropped recursively, as with any linked list; and one that is stored in its own container keeps itself alive for
/// ever, as with any cycle of `Arc`s.
///
/// # Examples
///
/// ```
/// use readmostly::{CowCell, Snapshot};
///
/// let cell = CowCell::new(vec![1, 2, 3]);
/// let before = cell.snapshot();
/// cell.update(|v| v.push(4));
///
/// let sum = std::thread::spawn(move || before.iter().sum::<i32>()).join().unwrap();
/// assert_eq!(sum, 6);
/// assert_eq!(Snapshot::version(&cell.snapshot()), 1);
/// ```
///
/// What it shows cannot be changed through it:
///
/// ```compile_fail,E0596
/// let cell = readmostly::CowCell::new(vec![1]);
/// cell.snapshot().push(2);
/// ```
pub struct Snapshot<T>(Arc<Version<T>>);

impl<T> Snapshot<T> {
    pub(super) fn new(version: Arc<Version<T>>) -> Self {
        Self(version)
    }

    pub(super) fn is_of(this: &Self, version: &Arc<Version<T>>) -> bool {
        Arc::ptr_eq(&this.0, version)
    }

    /// Returns the number of this version: 0 for the value that the container was made with, then one more for each
    /// version that was published.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Snapshot};
    ///
    /// let cell = CowCell::new(1);
    /// cell.replace(2);
    /// assert_eq!(Snapshot::version(&cell.snapshot()), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn version(this: &Self) -> u64 {
        this.0.number
    }

    /// Returns `true` if both are snapshots of one version of one container.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Snapshot};
    ///
    /// let cell = CowCell::new(7);
    /// let (a, b) = (cell.snapshot(), cell.snapshot());
    /// assert!(Snapshot::ptr_eq(&a, &b));
    /// cell.replace(7);
    /// assert!(!Snapshot::ptr_eq(&a, &cell.snapshot()));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn ptr_eq(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// Returns the value: moved out if this is the version's last holder, cloned otherwise.
    ///
    /// A paged collection is cloned in constant time.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Snapshot};
    ///
    /// let cell = CowCell::new(String::from("v0"));
    /// let before = cell.replace(String::from("v1"));
    /// assert_eq!(Snapshot::into_inner(before), "v0");
    /// ```
    ///
    /// Computes in **O(1)** time, and that of `T::clone` where another holder is left.
    pub fn into_inner(this: Self) -> T
    where
        T: Clone,
    {
        Self::try_into_inner(this).unwrap_or_else(|shared| {
            let copy = T::clone(&shared);
            // While `copy` is a local. A result that is made already is leaked if the destructor of the value panics.
            drop(shared);
            copy
        })
    }

    /// Returns the value if this is the version's last holder.
    ///
    /// # Errors
    ///
    /// Gives the snapshot back if the version is still current, kept by its container, or held by a guard, a reader, a watch or
    /// another snapshot.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Snapshot};
    ///
    /// struct NotClone(u32);
    ///
    /// let cell = CowCell::new(NotClone(1));
    /// let Err(current) = Snapshot::try_into_inner(cell.snapshot()) else { unreachable!() };
    /// drop(cell);
    /// assert!(matches!(Snapshot::try_into_inner(current), Ok(NotClone(1))));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn try_into_inner(this: Self) -> Result<T, Self> {
        Arc::try_unwrap(this.0).map(|version| version.value).map_err(Self)
    }
}

impl<T> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Snapshot<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T> AsRef<T> for Snapshot<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

/// Iterates over what it shows: `for x in &container.snapshot()`.
///
/// # Examples
///
/// ```
/// let ports = readmostly::CowMap::from([("http", 80), ("https", 443)]);
/// let mut sum = 0;
/// for (_name, port) in &ports.snapshot() {
///     sum += port;
/// }
/// assert_eq!(sum, 523);
/// ```
#[expect(clippy::into_iter_without_iter, reason = "what it shows has the `iter`")]
impl<'a, T> IntoIterator for &'a Snapshot<T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: PartialEq> PartialEq for Snapshot<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Snapshot<T> {}

impl<T: PartialOrd> PartialOrd for Snapshot<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        T::partial_cmp(self, other)
    }
}

impl<T: Ord> Ord for Snapshot<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        T::cmp(self, other)
    }
}

impl<T: Hash> Hash for Snapshot<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        T::hash(self, state);
    }
}
