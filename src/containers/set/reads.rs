//! The methods that read the current version, and the algebra of two sets.

/// Writes the methods of a set that read, and the algebra of two sets.
macro_rules! reads {
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
        impl<$($generics)*> $container<$($parameter),*>
        where
            $($read)*
        {
            /// Returns `true` if the set holds `value`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert!(set.contains("a"));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, ".")]
            pub fn contains<Q>(&self, value: &Q) -> bool
            where
                T: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                self.load().contains(value)
            }

            /// Returns a clone of the element that is equal to `value`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert_eq!((set.get("a"), set.get("b")), (Some("a"), None));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, ".")]
            pub fn get<Q>(&self, value: &Q) -> Option<T>
            where
                T: std::borrow::Borrow<Q> + Clone,
                Q: $($query)* + ?Sized,
            {
                self.cell.look(|set| set.get(value).cloned())
            }

            /// Returns a set of the elements that are in this set or in `other`.
            ///
            /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$two])*
            /// assert_eq!(a.union(&b).len(), 3);
            /// ```
            ///
            #[doc = concat!("Computes in ", $union, ".")]
            #[must_use]
            pub fn union(&self, other: &Self) -> $collection
            where
                T: Clone,
                $($clone)*
            {
                self.cell.look(|set| other.cell.look(|other| set | other))
            }

            /// Returns a set of the elements that are in both this set and `other`.
            ///
            /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$two])*
            /// assert_eq!(a.intersection(&b), [2].into());
            /// ```
            ///
            #[doc = concat!("Computes in ", $intersection, ".")]
            #[must_use]
            pub fn intersection(&self, other: &Self) -> $collection
            where
                T: Clone,
                $($clone)*
            {
                self.cell.look(|set| other.cell.look(|other| set & other))
            }

            /// Returns a set of the elements that are in this set and not in `other`.
            ///
            /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$two])*
            /// assert_eq!(a.difference(&b), [1].into());
            /// ```
            ///
            #[doc = concat!("Computes in ", $difference, ".")]
            #[must_use]
            pub fn difference(&self, other: &Self) -> $collection
            where
                T: Clone,
                $($clone)*
            {
                self.cell.look(|set| other.cell.look(|other| set - other))
            }

            /// Returns a set of the elements that are in this set or in `other`, and not in both.
            ///
            /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$two])*
            /// assert_eq!(a.symmetric_difference(&b), [1, 3].into());
            /// ```
            ///
            #[doc = concat!("Computes in ", $union, ".")]
            #[must_use]
            pub fn symmetric_difference(&self, other: &Self) -> $collection
            where
                T: Clone,
                $($clone)*
            {
                self.cell.look(|set| other.cell.look(|other| set ^ other))
            }

            /// Returns `true` if `other` holds all elements of this set.
            ///
            /// The version of this set is taken first, and then that of `other`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$two])*
            /// assert!(!a.is_subset(&b));
            /// ```
            ///
            #[doc = concat!("Computes in ", $difference, ".")]
            pub fn is_subset(&self, other: &Self) -> bool {
                self.load().is_subset(&other.load())
            }

            /// Returns `true` if this set holds all elements of `other`.
            ///
            /// The version of this set is taken first, and then that of `other`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$two])*
            /// assert!(!a.is_superset(&b));
            /// ```
            ///
            #[doc = concat!("Computes in ", $superset, ".")]
            pub fn is_superset(&self, other: &Self) -> bool {
                self.load().is_superset(&other.load())
            }

            /// Returns `true` if the sets have no element in common.
            ///
            /// The version of this set is taken first, and then that of `other`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$two])*
            /// assert!(!a.is_disjoint(&b));
            /// ```
            ///
            #[doc = concat!("Computes in ", $intersection, ".")]
            pub fn is_disjoint(&self, other: &Self) -> bool {
                self.load().is_disjoint(&other.load())
            }
        }
    };
}

pub(in crate::containers) use reads;
