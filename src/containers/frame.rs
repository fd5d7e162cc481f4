//! The methods that all containers share. They are those of a cell of a paged collection.

/// Writes the methods that a container has as a cell, whatever its collection is.
///
/// The examples are those of the container's documentation. `example` makes a container `it` with one element, for the methods
/// whose example is the same for all.
macro_rules! frame {
    (
        impl[$($generics:tt)*] $container:ident<$($parameter:ident),*> of $collection:ty
        where clone [$($clone:tt)*], same $same:ident, changes in $change:literal;
        $(#[$example:meta])* example;
        $(#[$load:meta])* load;
        $(#[$replace_if_current:meta])* replace_if_current;
        $(#[$update:meta])* update;
        $(#[$write:meta])* write;
    ) => {
        impl<$($generics)*> $container<$($parameter),*> {
            /// Returns `true` if a page or the length has changed.
            const CHANGED: $crate::cell::Changed<$collection> = |base, draft| !base.$same(draft);

            /// Returns a guard that shows the current version, for a short read of several elements.
            ///
            /// Never waits for a writer. See [`CowCell::load`](crate::CowCell::load).
            ///
            /// # Examples
            ///
            /// ```
            $(#[$load])*
            /// ```
            ///
            /// Computes in **O(1)** time.
            #[inline]
            pub fn load(&self) -> $crate::Guard<'_, $collection> {
                self.cell.load()
            }

            /// Returns the current version as an owned [`Snapshot`](crate::Snapshot), to keep, to send, or to iterate over.
            ///
            /// Never waits for a writer. See [`CowCell::snapshot`](crate::CowCell::snapshot).
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let snapshot = it.snapshot();
            /// it.clear();
            /// assert_eq!(snapshot.iter().count(), 1);
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn snapshot(&self) -> $crate::Snapshot<$collection> {
                self.cell.snapshot()
            }

            /// Returns a [`Reader`](crate::Reader), the cheapest way for one thread to read often.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let mut reader = it.reader();
            /// assert_eq!(reader.load().len(), 1);
            /// it.clear();
            /// assert!(reader.load().is_empty());
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn reader(&self) -> $crate::Reader<&Self> {
                $crate::Reader::new(self)
            }

            /// Returns a [`Watch`](crate::Watch), which tells of each new version.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let mut watch = it.watch();
            /// it.clear();
            /// let update = watch.next();
            /// assert_eq!((update.old.len(), update.new.len()), (1, 0));
            /// assert_eq!(update.old.diff(&update.new).count(), 1);
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn watch(&self) -> $crate::Watch<&Self> {
                $crate::Watch::new(self)
            }

            /// Returns the number of the current version, which is the number of versions published so far.
            ///
            /// See [`CowCell::version`](crate::CowCell::version).
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// it.clear();
            /// it.clear(); // changes nothing, publishes nothing
            /// assert_eq!(it.version(), 1);
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn version(&self) -> u64 {
                self.cell.version()
            }

            /// Publishes a whole collection as a version, and returns a snapshot of the one before.
            ///
            /// # Panics
            ///
            /// Panics if a write to this container is running on this thread, or on a thread that is gone. A panic in the
            /// destructor of a replaced version reaches the caller if the caller is the last to hold it. The write has taken
            /// effect then.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let before = it.replace(Default::default());
            /// assert_eq!((before.len(), it.len()), (1, 0));
            /// ```
            ///
            /// Computes in **O(1)** time.
            #[track_caller]
            pub fn replace(&self, value: $collection) -> $crate::Snapshot<$collection> {
                self.cell.replace(value)
            }

            /// Publishes a whole collection as one version unless it equals the current one, and returns whether it did.
            ///
            /// The two are compared under the lock, so that no other write comes between. See
            /// [`CowCell::replace_if_changed`](crate::CowCell::replace_if_changed).
            ///
            /// # Panics
            ///
            /// Panics as [`replace`](Self::replace) does.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// assert!(!it.replace_if_changed(it.snapshot().as_ref().clone()));
            /// assert!(it.replace_if_changed(Default::default()));
            /// assert_eq!((it.len(), it.version()), (0, 1));
            /// ```
            ///
            /// Computes in **O(n)** time (average).
            #[track_caller]
            pub fn replace_if_changed(&self, value: $collection) -> bool
            where
                $collection: PartialEq,
            {
                self.cell.replace_if_changed(value)
            }

            /// Publishes `value` if `base` is still the current version, and returns a snapshot of `base`.
            ///
            /// See [`CowCell::replace_if_current`](crate::CowCell::replace_if_current).
            ///
            /// # Errors
            ///
            /// Returns [`Stale`](crate::Stale) if another version was published since `base`. It hands `value` back,
            /// with a snapshot of the current version. Nothing was published.
            ///
            /// # Panics
            ///
            /// Panics as [`replace`](Self::replace) does.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$replace_if_current])*
            /// ```
            ///
            /// Computes in **O(1)** time.
            #[track_caller]
            pub fn replace_if_current(
                &self,
                base: &$crate::Snapshot<$collection>,
                value: $collection,
            ) -> Result<$crate::Snapshot<$collection>, $crate::Stale<$collection>> {
                self.cell.replace_if_current(base, value)
            }

            /// Makes a second container that starts from the current version and shares its pages.
            ///
            /// From then on the two are independent. A write to one copies the pages that it changes. The fork's version is 0.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let fork = it.fork();
            /// it.clear();
            /// assert_eq!((fork.len(), fork.version()), (1, 0));
            /// ```
            ///
            /// Computes in **O(1)** time.
            #[must_use = "a fork is a container of its own"]
            pub fn fork(&self) -> Self
            where
                $($clone)*
            {
                // A local: the guard goes before it, and a result that is made already is leaked if a destructor panics.
                let copy = (*self.cell.load()).clone();
                Self { cell: $crate::CowCell::new(copy) }
            }

            /// Changes the collection: runs `f` once on a draft, and publishes that as one version.
            ///
            /// Waits for other writers. Readers see the version before, and so do reads inside `f`. If `f` changes no page and no
            /// length, nothing is published. What `f` itself drops is dropped with the lock held.
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Panics
            ///
            /// Panics if a write to this container is running on this thread, or on a thread that is gone. A panic in the
            /// destructor of a replaced version reaches the caller if the caller is the last to hold it. The write has taken
            /// effect then.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$update])*
            /// ```
            ///
            #[doc = concat!("Computes in the time of `f`. Its first change of a page takes ", $change, ".")]
            #[track_caller]
            pub fn update<R>(&self, f: impl FnOnce(&mut $collection) -> R) -> R
            where
                $($clone)*
            {
                let Ok(result) = self.try_update(|draft| Ok::<_, std::convert::Infallible>(f(draft)));
                result
            }

            /// Changes the collection as [`update`](Self::update) does, unless `f` returns an `Err`.
            ///
            /// Nothing is published then.
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Errors
            ///
            /// Returns the `Err` of `f`. The draft is dropped.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let outcome = it.try_update(|draft| {
            ///     draft.clear();
            ///     "many".parse::<usize>()
            /// });
            /// assert!(outcome.is_err());
            /// assert_eq!(it.len(), 1);
            /// ```
            ///
            #[doc = concat!("Computes in the time of `f`. Its first change of a page takes ", $change, ".")]
            #[track_caller]
            pub fn try_update<R, E>(&self, f: impl FnOnce(&mut $collection) -> Result<R, E>) -> Result<R, E>
            where
                $($clone)*
            {
                self.cell.try_update_if(f, Self::CHANGED)
            }

            /// Begins a transaction, for a change that does not fit a closure.
            ///
            /// Waits for other writers. A commit that changed nothing publishes nothing. See [`WriteTxn`](crate::WriteTxn).
            ///
            /// # Panics
            ///
            /// Panics if a write to this container is running on this thread, or on a thread that is gone.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$write])*
            /// ```
            ///
            /// Computes in **O(1)** time.
            #[track_caller]
            pub fn write(&self) -> $crate::WriteTxn<'_, $collection>
            where
                $($clone)*
            {
                self.cell.write_if(Self::CHANGED)
            }

            /// Begins a transaction if no write is running, on this thread or another, and no writer's turn has come.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let txn = it.write();
            /// assert!(it.try_write().is_none());
            /// drop(txn);
            /// assert!(it.try_write().is_some());
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn try_write(&self) -> Option<$crate::WriteTxn<'_, $collection>>
            where
                $($clone)*
            {
                self.cell.try_write_if($crate::cell::Patience::None, Self::CHANGED)
            }

            /// Begins a transaction if the other writers have finished within `timeout`.
            ///
            /// Returns `None` at once if a write is running on this thread.
            ///
            /// # Examples
            ///
            /// ```
            /// # use std::time::Duration;
            $(#[$example])*
            /// assert!(it.try_write_for(Duration::from_millis(10)).is_some());
            /// ```
            ///
            /// Computes in **O(1)** time, plus the wait.
            pub fn try_write_for(&self, timeout: std::time::Duration) -> Option<$crate::WriteTxn<'_, $collection>>
            where
                $($clone)*
            {
                self.cell.try_write_if($crate::cell::Patience::For(timeout), Self::CHANGED)
            }

            /// Keeps replaced versions from now on, for [`at`](Self::at), [`history`](Self::history) and
            /// [`restore`](Self::restore) to find.
            ///
            /// They share their pages. So what is kept takes as much memory as the versions differ in. See
            /// [`CowCell::keep`](crate::CowCell::keep).
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::Keep;
            $(#[$example])*
            /// it.keep(Keep::versions(10));
            /// it.clear();
            /// assert_eq!(it.history().len(), 2);
            /// ```
            ///
            /// Computes in **O(1)** time, plus that of dropping versions.
            pub fn keep(&self, keep: $crate::Keep) {
                self.cell.keep(keep);
            }

            /// Returns the version of this number, if it is current, [kept](Self::keep), or alive because somebody holds it.
            ///
            /// See [`CowCell::at`](crate::CowCell::at).
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// assert_eq!(it.at(0).unwrap().len(), 1);
            /// assert!(it.at(7).is_none());
            /// ```
            ///
            /// Computes in **O(log n)** time, where n is the number of versions that are alive.
            pub fn at(&self, version: u64) -> Option<$crate::Snapshot<$collection>> {
                self.cell.at(version)
            }

            /// Returns the versions that are [kept](Self::keep), oldest first, and the current one last.
            ///
            /// See [`CowCell::history`](crate::CowCell::history).
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::Keep;
            $(#[$example])*
            /// it.keep(Keep::versions(10));
            /// it.clear();
            /// assert_eq!(it.history().iter().map(|version| version.len()).collect::<Vec<_>>(), [1, 0]);
            /// ```
            ///
            /// Computes in **O(n)** time, where n is the number of versions that are kept.
            pub fn history(&self) -> Vec<$crate::Snapshot<$collection>> {
                self.cell.history()
            }

            /// Publishes the content of an older version as a new one, and returns that.
            ///
            /// See [`CowCell::restore`](crate::CowCell::restore).
            ///
            /// # Errors
            ///
            /// Returns [`Gone`](crate::Gone) if the version is not [kept](Self::keep), nobody else holds it, or it was not
            /// published yet.
            ///
            /// # Panics
            ///
            /// Panics as [`replace`](Self::replace) does.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::Keep;
            $(#[$example])*
            /// it.keep(Keep::versions(10));
            /// it.clear();
            /// it.restore(0).unwrap();
            /// assert_eq!((it.len(), it.version()), (1, 2));
            /// ```
            ///
            /// Computes in **O(1)** time.
            #[track_caller]
            pub fn restore(&self, version: u64) -> Result<$crate::Snapshot<$collection>, $crate::Gone>
            where
                $($clone)*
            {
                self.cell.restore(version)
            }

            /// Returns how many versions are alive, how old the oldest is, and how many watches there are.
            ///
            /// See [`CowCell::stats`](crate::CowCell::stats).
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let held = it.snapshot();
            /// it.clear();
            /// let stats = it.stats();
            /// assert_eq!((stats.version, stats.living, stats.oldest), (1, 2, 0));
            /// # drop(held);
            /// ```
            ///
            /// Computes in **O(n)** time, where n is the number of versions that are alive.
            pub fn stats(&self) -> $crate::Stats {
                self.cell.stats()
            }

            /// Consumes the container and returns the current collection.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// assert_eq!(it.into_inner().len(), 1);
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn into_inner(self) -> $collection
            where
                $($clone)*
            {
                self.cell.into_inner()
            }

            /// Consumes the container and returns the current collection, if nothing else holds its version.
            ///
            /// A snapshot, a reader or a leaked transaction may hold it.
            ///
            /// # Errors
            ///
            /// Returns a snapshot of the collection if its version is held elsewhere.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// let held = it.snapshot();
            /// assert!(it.try_into_inner().is_err());
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn try_into_inner(self) -> Result<$collection, $crate::Snapshot<$collection>> {
                self.cell.try_into_inner()
            }

            /// Returns the number of elements in the current version.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// assert_eq!(it.len(), 1);
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn len(&self) -> usize {
                self.load().len()
            }

            /// Returns `true` if the current version has no elements.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$example])*
            /// assert!(!it.is_empty());
            /// ```
            ///
            /// Computes in **O(1)** time.
            pub fn is_empty(&self) -> bool {
                self.load().is_empty()
            }
        }

        impl<$($generics)*> $crate::cell::sealed::Sealed for $container<$($parameter),*> {}

        impl<$($generics)*> $crate::Source for $container<$($parameter),*> {
            type Value = $collection;

            #[inline]
            fn cell(&self) -> &$crate::CowCell<$collection> {
                &self.cell
            }
        }

        impl<$($generics)*> From<$collection> for $container<$($parameter),*> {
            /// Makes a container whose version 0 is `collection`.
            ///
            /// Computes in **O(1)** time.
            fn from(collection: $collection) -> Self {
                Self { cell: $crate::CowCell::new(collection) }
            }
        }
    };
}

pub(crate) use frame;
