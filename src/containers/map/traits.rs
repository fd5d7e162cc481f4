//! std's traits: comparing, iterating, extending.

/// Writes the traits that a map has.
macro_rules! traits {
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
        impl<$($generics)*> std::fmt::Debug for $container<$($parameter),*>
        where
            K: std::fmt::Debug,
            V: std::fmt::Debug,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&*self.load(), f)
            }
        }

        /// Compares one moment of each map.
        impl<$($generics)*> PartialEq for $container<$($parameter),*>
        where
            $($read)*
            V: PartialEq,
        {
            fn eq(&self, other: &Self) -> bool {
                *self.load() == *other.load()
            }
        }

        impl<$($generics)*> Eq for $container<$($parameter),*>
        where
            $($read)*
            V: Eq,
        {
        }

        /// Consumes the map and iterates over its current version.
        ///
        /// It is `into_inner` and then the collection's own: entries of pages that nobody else has are moved out, the others are
        /// cloned. To walk over a map that goes on, take a version first: `for entry in &map.load()`.
        ///
        /// # Examples
        ///
        /// ```
        $(#[$one])*
        /// map.insert("b", 2);
        /// let sum: i32 = map.into_iter().map(|(_, n)| n).sum();
        /// assert_eq!(sum, 3);
        /// ```
        ///
        /// Computes in **O(1)** time, plus **O(n)** for the walk.
        impl<$($generics)*> IntoIterator for $container<$($parameter),*>
        where
            K: Clone,
            V: Clone,
            $($clone)*
        {
            type Item = (K, V);
            type IntoIter = $into_iter;

            fn into_iter(self) -> $into_iter {
                self.into_inner().into_iter()
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        impl<$($generics)*> Extend<(K, V)> for &$container<$($parameter),*>
        where
            $($write)*
        {
            fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
                $container::extend(self, iter);
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        ///
        /// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
        /// collection in pages, which is made into a container by `into`.
        impl<$($generics)*> Extend<(K, V)> for $container<$($parameter),*>
        where
            $($write)*
        {
            fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
                $container::extend(self, iter);
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        impl<'a, $($generics)*> Extend<(&'a K, &'a V)> for &$container<$($parameter),*>
        where
            $($write)*
            K: Copy,
            V: Copy,
        {
            fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
                $container::extend(self, iter.into_iter().map(|(&key, &value)| (key, value)));
            }
        }

        /// As the method `extend`: one version for the whole iterator.
        ///
        /// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
        /// collection in pages, which is made into a container by `into`.
        impl<'a, $($generics)*> Extend<(&'a K, &'a V)> for $container<$($parameter),*>
        where
            $($write)*
            K: Copy,
            V: Copy,
        {
            fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
                $container::extend(self, iter.into_iter().map(|(&key, &value)| (key, value)));
            }
        }
    };
}

pub(in crate::containers) use traits;
