//! The methods that read one entry of the current version.

/// Writes the methods that read one entry of a map.
macro_rules! reads {
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
        impl<$($generics)*> $container<$($parameter),*>
        where
            $($read)*
        {
            /// Returns a clone of the value of `key`.
            ///
            /// [`get_with`](Self::get_with) and [`load`](Self::load) show it without a clone.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert_eq!((map.get("a"), map.get("b")), (Some(1), None));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, ".")]
            pub fn get<Q>(&self, key: &Q) -> Option<V>
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
                V: Clone,
            {
                self.get_with(key, V::clone)
            }

            /// Calls `f` with the value of `key`, and returns its result.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert_eq!(map.get_with("a", |n| n + 1), Some(2));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, ", plus that of `f`.")]
            pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                self.cell.look(|map| map.get(key).map(f))
            }

            /// Returns clones of the key that is in the map and of its value.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert_eq!(map.get_key_value("a"), Some(("a", 1)));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, ".")]
            pub fn get_key_value<Q>(&self, key: &Q) -> Option<(K, V)>
            where
                K: std::borrow::Borrow<Q> + Clone,
                Q: $($query)* + ?Sized,
                V: Clone,
            {
                self.cell.look(|map| map.get_key_value(key).map(|(key, value)| (key.clone(), value.clone())))
            }

            /// Returns `true` if the map holds `key`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert!(map.contains_key("a"));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, ".")]
            pub fn contains_key<Q>(&self, key: &Q) -> bool
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                self.load().contains_key(key)
            }

            /// Returns `true` if some key has `value`.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert!(map.contains_value(&1));
            /// ```
            ///
            /// Computes in **O(n)** time.
            pub fn contains_value(&self, value: &V) -> bool
            where
                V: PartialEq,
            {
                self.load().values().any(|v| v == value)
            }
        }
    };
}

pub(in crate::containers) use reads;
