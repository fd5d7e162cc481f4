//! std's traits: comparing, iterating, extending.

/// Writes the traits that a set has.
macro_rules! traits {
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
        impl<$($generics)*> std::fmt::Debug for $container<$($parameter),*>
        where
            T: std::fmt::Debug,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&*self.load(), f)
            }
        }

        /// Compares one moment of each set.
        impl<$($generics)*> PartialEq for $container<$($parameter),*>
        where
            $($read)*
        {
            fn eq(&self, other: &Self) -> bool {
                *self.load() == *other.load()
            }
        }

        impl<$($generics)*> Eq for $container<$($parameter),*>
        where
            $($read)*
        {
        }

        /// Consumes the set and iterates over its current version.
        ///
        /// It is `into_inner` and then the collection's own: elements of pages that nobody else has are moved out, the others are
        /// cloned. To walk over a set that goes on, take a version first: `for element in &set.load()`.
        ///
        /// # Examples
        ///
        /// ```
        $(#[$one])*
        /// assert!(set.into_iter().eq(["a"]));
        /// ```
        ///
        /// Computes in **O(1)** time, plus **O(n)** for the walk.
        impl<$($generics)*> IntoIterator for $container<$($parameter),*>
        where
            T: Clone,
            $($clone)*
        {
            type Item = T;
            type IntoIter = $into_iter;

            fn into_iter(self) -> $into_iter {
                self.into_inner().into_iter()
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        impl<$($generics)*> Extend<T> for &$container<$($parameter),*>
        where
            $($write)*
        {
            fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
                $container::extend(self, iter);
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        ///
        /// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
        /// collection in pages, which is made into a container by `into`.
        impl<$($generics)*> Extend<T> for $container<$($parameter),*>
        where
            $($write)*
        {
            fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
                $container::extend(self, iter);
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        impl<'a, $($generics)*> Extend<&'a T> for &$container<$($parameter),*>
        where
            $($write)*
            T: Copy,
        {
            fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
                $container::extend(self, iter.into_iter().copied());
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        ///
        /// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
        /// collection in pages, which is made into a container by `into`.
        impl<'a, $($generics)*> Extend<&'a T> for $container<$($parameter),*>
        where
            $($write)*
            T: Copy,
        {
            fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
                $container::extend(self, iter.into_iter().copied());
            }
        }
    };
}

pub(in crate::containers) use traits;
