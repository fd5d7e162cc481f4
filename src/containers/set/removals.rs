//! The removals of one element.

/// Writes the methods of a set that remove one element.
macro_rules! removals {
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
        // As in `writes`.
        impl<$($generics)*> $container<$($parameter),*>
        where
            $($write)*
        {
            /// Removes `value`, and returns `true` if the set held it.
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
            /// assert!(set.remove("a"));
            /// assert!(!set.remove("a"));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where the element is not there.")]
            #[track_caller]
            pub fn remove<Q>(&self, value: &Q) -> bool
            where
                T: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                self.take(value).is_some()
            }

            /// Removes `value`, and returns the element that was equal to it.
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
            /// assert_eq!(set.take("a"), Some("a"));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where the element is not there.")]
            #[track_caller]
            pub fn take<Q>(&self, value: &Q) -> Option<T>
            where
                T: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                let mut removed = $crate::paged::Handed::default();
                self.update(|draft| draft.map.remove_to(value, &mut removed));
                removed.into_entry().map(|(element, ())| element)
            }
        }
    };
}

pub(in crate::containers) use removals;
