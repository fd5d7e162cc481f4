//! The writes of one element.

/// Writes the methods of a set that write one element, and that apply a delta.
macro_rules! writes {
    (
        impl[$($generics:tt)*] $container:ident<$($parameter:ident),*> of $collection:ty
        where query [$($query:tt)*], clone [$($clone:tt)*], read [$($read:tt)*], write [$($write:tt)*];
        into $into_iter:ty;
        finds in $find:literal, changes in $change:literal;
        unites in $union:literal, intersects in $intersection:literal;
        subtracts in $difference:literal, covers in $superset:literal;
        $(#[$runs:meta])* runs;
        $(#[$empty:meta])* empty;
        $(#[$one:meta])* one;
        $(#[$two:meta])* two;
    ) => {
        // A value stays in the caller's frame until it is in the draft. What is refused, replaced or removed comes back to that
        // frame (`handover.rs` beside the map). So it is dropped when the lock is free, after a panic too, and its destructor may
        // use the set (G10).
        impl<$($generics)*> $container<$($parameter),*>
        where
            $($write)*
        {
            /// Inserts `value` unless the set holds an equal element, and returns `true` if it was inserted.
            ///
            /// The element that is there is kept, as in std.
            ///
            /// Under the lock it runs
            $(#[$runs])*
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$empty])*
            /// assert!(set.insert(1));
            /// assert!(!set.insert(1));
            /// assert_eq!(set.version(), 1);
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where the element is there.")]
            #[track_caller]
            pub fn insert(&self, value: T) -> bool {
                let mut entry = Some((value, ()));
                self.update(|draft| draft.map.insert_absent(&mut entry));
                entry.is_none()
            }

            /// Returns a clone of the element that is equal to `value`, after inserting what `f` makes of it if there is none.
            ///
            /// If the element is there, this takes no lock, and `f` does not run. It interns: of equal values all threads get clones of
            /// one element, for as long as it stays in the set.
            ///
            /// `f` runs before the lock is taken. Of two threads that miss the element, both may make it. One of the two is inserted, and
            /// both threads get that. What `f` makes is to be equal to `value`. If it is not, it is inserted as what it is.
            ///
            /// Under the lock it runs `Clone` of the element if it came meanwhile, and else
            $(#[$runs])*
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does, if the element is not there.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::sync::Arc;
            ///
            $(#[$empty])*
            /// let intern = |name: &str| -> Arc<str> { set.get_or_insert_with(name, Arc::from) };
            /// let (ann, again) = (intern("ann"), intern("ann"));
            /// assert!(Arc::ptr_eq(&ann, &again));
            /// assert_eq!(set.version(), 1);
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, " where the element is there, or ", $change, " where it is not, plus that of `f`.")]
            #[doc(alias = "intern")]
            #[track_caller]
            pub fn get_or_insert_with<'q, Q>(&self, value: &'q Q, f: impl FnOnce(&'q Q) -> T) -> T
            where
                T: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                if let Some(there) = self.get(value) {
                    // While `there` is a local. A result that is made already is leaked if a destructor panics.
                    drop(f);
                    return there;
                }
                let made = f(value);
                let mut entry = Some((made.clone(), ()));
                let there = self.update(|draft| {
                    let there = draft.get::<T>(&made).cloned();
                    draft.map.insert_absent(&mut entry);
                    there
                });
                let Some(there) = there else { return made };
                drop((made, entry));
                there
            }

            /// Inserts `value`, and returns the equal element that it replaced.
            ///
            /// Under the lock it runs
            $(#[$runs])*
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert_eq!((set.replace_item("a"), set.replace_item("b")), (Some("a"), None));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time.")]
            #[doc(alias = "replace")]
            #[track_caller]
            pub fn replace_item(&self, value: T) -> Option<T> {
                let mut given = $crate::paged::Handed::new(value, ());
                self.update(|draft| draft.map.exchange_entry(&mut given));
                given.into_entry().map(|(replaced, ())| replaced)
            }

            /// Applies the changes of `delta` as one version: all of them or, if one does not fit, none.
            ///
            /// Under the lock it runs `Clone` of what the delta brings, and for each change
            $(#[$runs])*
            ///
            /// # Errors
            ///
            /// [`Conflict`](crate::paged::Conflict) if an element that is to be added is there, or one that is to be removed is not. Nothing was
            /// published. Find the delta anew, from a snapshot.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does.
            ///
            /// # Examples
            ///
            /// ```
            /// use readmostly::paged::Delta;
            ///
            $(#[$one])*
            /// let follower = set.fork();
            /// let before = set.snapshot();
            /// set.insert("b");
            /// let delta: Delta<_, _> = before.diff(&set.load()).collect();
            /// assert_eq!(follower.apply(&delta), Ok(()));
            /// assert_eq!(*follower.load(), *set.load());
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, " for each change, and that of copying each page that changes.")]
            #[track_caller]
            pub fn apply(&self, delta: &$crate::paged::Delta<T, ()>) -> Result<(), $crate::paged::Conflict<T>> {
                let mut gone = $crate::paged::delta::Leavings::default();
                let applied = self.try_update(|draft| draft.map.apply_each(delta, &mut gone));
                // While `applied` is a local. A result that is made already is leaked if a destructor panics.
                drop(gone);
                applied
            }
        }
    };
}

pub(in crate::containers) use writes;
