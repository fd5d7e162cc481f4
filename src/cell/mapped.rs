//! [`MappedGuard`], [`MappedSnapshot`] and [`MappedReader`]: a part of what a cell holds.

use super::{Guard, Reader, Snapshot, Source};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A look at a part of a version: what [`Guard::map`] returns.
///
/// It is the guard and the function that leads to the part, which is called at each look: let it be a step to a field, or
/// a lookup that is cheap. It costs what the guard costs, and stays on its thread as that does.
///
/// # Examples
///
/// ```
/// use readmostly::{CowCell, Guard};
/// use std::ops::Deref;
///
/// struct Config {
///     hosts: Vec<String>,
/// }
///
/// struct Service {
///     config: CowCell<Config>,
/// }
///
/// impl Service {
///     /// Shows the hosts, and nothing of what else is configured.
///     fn hosts(&self) -> impl Deref<Target = [String]> {
///         Guard::map(self.config.load(), |config| &config.hosts[..])
///     }
/// }
///
/// let service = Service { config: CowCell::new(Config { hosts: vec!["a.example".into()] }) };
/// assert_eq!(service.hosts().first().unwrap(), "a.example");
/// ```
#[must_use = "a guard is there to be read through"]
pub struct MappedGuard<'a, T, U: ?Sized, F> {
    whole: Guard<'a, T>,
    part: F,
    marker: PhantomData<fn(&T) -> &U>,
}

impl<'a, T> Guard<'a, T> {
    /// Makes a guard of a part of the value, which shows the same version.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Guard};
    ///
    /// let cell = CowCell::new((1, "one"));
    /// let name = Guard::map(cell.load(), |(_, name)| name);
    /// cell.replace((2, "two"));
    /// assert_eq!(*name, "one");
    /// ```
    ///
    /// Computes in **O(1)** time; `f` is called at each look, and not here.
    pub fn map<U: ?Sized, F: Fn(&T) -> &U>(this: Self, f: F) -> MappedGuard<'a, T, U, F> {
        MappedGuard { whole: this, part: f, marker: PhantomData }
    }
}

impl<'a, T, U: ?Sized, F> MappedGuard<'a, T, U, F> {
    /// Returns the guard of the whole.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Guard, MappedGuard};
    ///
    /// let cell = CowCell::new((1, "one"));
    /// let name = Guard::map(cell.load(), |(_, name)| name);
    /// assert_eq!(MappedGuard::into_whole(name).0, 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn into_whole(this: Self) -> Guard<'a, T> {
        this.whole
    }
}

impl<T, U: ?Sized, F: Fn(&T) -> &U> Deref for MappedGuard<'_, T, U, F> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        (self.part)(&self.whole)
    }
}

impl<T, U: ?Sized + fmt::Debug, F: Fn(&T) -> &U> fmt::Debug for MappedGuard<'_, T, U, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// A part of a version, owned: what [`Snapshot::map`] returns.
///
/// It is the snapshot and the function that leads to the part, which is called at each look: let it be a step to a field, or
/// a lookup that is cheap.
///
/// # Examples
///
/// ```
/// use readmostly::{CowCell, Snapshot};
///
/// struct Config {
///     hosts: Vec<String>,
/// }
///
/// let config = CowCell::new(Config { hosts: vec!["a.example".into()] });
/// let hosts = Snapshot::map(config.snapshot(), |config| &config.hosts);
/// std::thread::spawn(move || assert_eq!(hosts.len(), 1)).join().unwrap();
/// ```
pub struct MappedSnapshot<T, U: ?Sized, F> {
    whole: Snapshot<T>,
    part: F,
    marker: PhantomData<fn(&T) -> &U>,
}

impl<T> Snapshot<T> {
    /// Makes a snapshot of a part of the value, which keeps the whole version alive.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Snapshot};
    ///
    /// let cell = CowCell::new((1, "one"));
    /// let name = Snapshot::map(cell.snapshot(), |(_, name)| name);
    /// cell.replace((2, "two"));
    /// assert_eq!(*name, "one");
    /// ```
    ///
    /// Computes in **O(1)** time; `f` is called at each look, and not here.
    pub fn map<U: ?Sized, F: Fn(&T) -> &U>(this: Self, f: F) -> MappedSnapshot<T, U, F> {
        MappedSnapshot { whole: this, part: f, marker: PhantomData }
    }
}

impl<T, U: ?Sized, F> MappedSnapshot<T, U, F> {
    /// Returns the snapshot of the whole.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, MappedSnapshot, Snapshot};
    ///
    /// let name = Snapshot::map(CowCell::new((1, "one")).snapshot(), |(_, name)| name);
    /// assert_eq!(MappedSnapshot::into_whole(name).0, 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn into_whole(this: Self) -> Snapshot<T> {
        this.whole
    }
}

impl<T, U: ?Sized, F: Fn(&T) -> &U> Deref for MappedSnapshot<T, U, F> {
    type Target = U;

    fn deref(&self) -> &U {
        (self.part)(&self.whole)
    }
}

impl<T, U: ?Sized, F: Clone> Clone for MappedSnapshot<T, U, F> {
    fn clone(&self) -> Self {
        Self { whole: self.whole.clone(), part: self.part.clone(), marker: PhantomData }
    }
}

impl<T, U: ?Sized + fmt::Debug, F: Fn(&T) -> &U> fmt::Debug for MappedSnapshot<T, U, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// A reader of a part of what a container holds: what [`Reader::map`] returns.
///
/// # Examples
///
/// ```
/// use readmostly::{CowCell, Reader};
///
/// struct Config {
///     limit: u32,
/// }
///
/// /// Needs a limit, and need not know what else is configured.
/// struct Service<L> {
///     limit: L,
/// }
///
/// let config = CowCell::new(Config { limit: 10 });
/// let mut service = Service { limit: Reader::map(config.reader(), |config| &config.limit) };
/// config.replace(Config { limit: 20 });
/// assert_eq!(*service.limit.load(), 20);
/// ```
pub struct MappedReader<S: Source, U: ?Sized, F> {
    whole: Reader<S>,
    part: F,
    marker: PhantomData<fn(&S::Value) -> &U>,
}

impl<S: Source> Reader<S> {
    /// Makes a reader of a part of the value, which holds the whole version.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Reader};
    ///
    /// let cell = CowCell::new((1, "one"));
    /// let mut name = Reader::map(cell.reader(), |(_, name)| name);
    /// cell.replace((2, "two"));
    /// assert_eq!((*name.peek(), *name.load()), ("one", "two"));
    /// ```
    ///
    /// Computes in **O(1)** time; `f` is called at each look, and not here.
    pub fn map<U: ?Sized, F: Fn(&S::Value) -> &U>(this: Self, f: F) -> MappedReader<S, U, F> {
        MappedReader { whole: this, part: f, marker: PhantomData }
    }
}

impl<S: Source, U: ?Sized, F: Fn(&S::Value) -> &U> MappedReader<S, U, F> {
    /// Returns the part of the current version, after a look whether there is a newer one. See [`Reader::load`].
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Reader};
    ///
    /// let cell = CowCell::new((1, "one"));
    /// let mut number = Reader::map(cell.reader(), |(number, _)| number);
    /// cell.replace((2, "two"));
    /// assert_eq!(*number.load(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time, and that of the function that leads to the part.
    #[inline]
    pub fn load(&mut self) -> &U {
        (self.part)(self.whole.load())
    }

    /// Returns the part of the version that the reader holds. See [`Reader::peek`].
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Reader};
    ///
    /// let cell = CowCell::new((1, "one"));
    /// let number = Reader::map(cell.reader(), |(number, _)| number);
    /// cell.replace((2, "two"));
    /// assert_eq!(*number.peek(), 1);
    /// ```
    ///
    /// Computes in the time of the function that leads to the part.
    #[inline]
    pub fn peek(&self) -> &U {
        (self.part)(self.whole.peek())
    }

    /// Returns the reader of the whole.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, MappedReader, Reader};
    ///
    /// let cell = CowCell::new((1, "one"));
    /// let number = Reader::map(cell.reader(), |(number, _)| number);
    /// assert_eq!(number.into_whole().version(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn into_whole(self) -> Reader<S> {
        self.whole
    }
}

impl<S: Source + Clone, U: ?Sized, F: Clone> Clone for MappedReader<S, U, F> {
    fn clone(&self) -> Self {
        Self { whole: self.whole.clone(), part: self.part.clone(), marker: PhantomData }
    }
}

impl<S: Source, U: ?Sized + fmt::Debug, F: Fn(&S::Value) -> &U> fmt::Debug for MappedReader<S, U, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappedReader")
            .field("version", &self.whole.version())
            .field("part", &self.peek())
            .finish_non_exhaustive()
    }
}
