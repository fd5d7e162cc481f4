//! The removals of one entry.

/// Writes the methods of a map that remove one entry.
macro_rules! removals {
    (
        impl[$($generics:tt)*] $container:ident<$($parameter:ident),*> of $collection:ty
        where query [$($query:tt)*], clone [$($clone:tt)*], read [$($read:tt)*], write [$($write:tt)*];
        into $into_iter:ty;
        finds in $find:literal, changes in $change:literal;
        $(#[$runs:meta])* runs;
        $(#[$empty:meta])* empty;
        $(#[$one:meta])* one;
        $(#[$named:meta])* named;
    ) => {
        // As in `writes`.
        impl<$($generics)*> $container<$($parameter),*>
        where
            $($write)*
        {
            /// Removes `key`, and returns its value.
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
            /// assert_eq!((map.remove("a"), map.remove("a")), (Some(1), None));
            /// assert_eq!(map.version(), 1);
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where the key is not there.")]
            #[track_caller]
            pub fn remove<Q>(&self, key: &Q) -> Option<V>
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                self.remove_if(key, |_, _| true)
            }

            /// Removes `key`, and returns its entry.
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
            /// assert_eq!(map.remove_entry("a"), Some(("a", 1)));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where the key is not there.")]
            #[track_caller]
            pub fn remove_entry<Q>(&self, key: &Q) -> Option<(K, V)>
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                self.remove_entry_if(key, |_, _| true)
            }

            /// Removes `key` if `f` returns `true` for its entry, and returns its value.
            ///
            /// Under the lock it runs `f`,
            $(#[$runs])*
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert_eq!(map.remove_if("a", |_, n| *n > 1), None);
            /// assert_eq!(map.remove_if("a", |_, n| *n == 1), Some(1));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where nothing is removed.")]
            #[track_caller]
            pub fn remove_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<V>
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                let (key, value) = self.remove_entry_if(key, f)?;
                // While `value` is a local, as in `insert_if_absent`.
                drop(key);
                Some(value)
            }

            #[track_caller]
            fn remove_entry_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)>
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                let mut f = Some(f);
                let mut removed = $crate::paged::Handed::default();
                self.update(|draft| {
                    let slot = draft.position_of(key)?;
                    let (key, value) = draft.at(slot);
                    if (f.take()?)(key, value) {
                        draft.remove_at(slot, &mut removed);
                    }
                    Some(())
                });
                removed.into_entry()
            }
        }
    };
}

pub(in crate::containers) use removals;
