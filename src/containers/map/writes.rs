//! The writes of one entry, and of many.

/// Writes the methods of a map that write one entry, and that apply a delta.
macro_rules! writes {
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
        // A value stays in the caller's frame until it is in the draft. What is refused, replaced or removed comes back to that
        // frame (`handover.rs` beside the collection). So it is dropped when the lock is free, after a panic too, and its
        // destructor may use the map (G10).
        impl<$($generics)*> $container<$($parameter),*>
        where
            $($write)*
        {
            /// Inserts `value` for `key`, and returns the value that it replaced.
            ///
            /// A key that is there is kept, as in std.
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
            /// assert_eq!(map.insert("a", 1), None);
            /// assert_eq!(map.insert("a", 2), Some(1));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time.")]
            #[track_caller]
            pub fn insert(&self, key: K, value: V) -> Option<V> {
                let mut entry = Some((key, value));
                self.update(|draft| draft.exchange(&mut entry));
                let (refused, replaced) = entry?;
                // While `replaced` is a local, as in `insert_if_absent`.
                drop(refused);
                Some(replaced)
            }

            /// Inserts `value` for `key`, or hands both back if the map holds the key.
            ///
            /// Under the lock it runs
            $(#[$runs])*
            ///
            /// # Errors
            ///
            /// Returns [`Occupied`](crate::Occupied) if the map holds the key. Nothing was published.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$one])*
            /// assert!(map.try_insert("b", 2).is_ok());
            /// let refused = map.try_insert("a", 3).unwrap_err();
            /// assert_eq!((refused.key, refused.value), ("a", 3));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where the key is there.")]
            #[track_caller]
            pub fn try_insert(&self, key: K, value: V) -> Result<(), $crate::Occupied<K, V>> {
                let mut entry = Some((key, value));
                self.update(|draft| draft.insert_absent(&mut entry));
                entry.map_or(Ok(()), |(key, value)| Err($crate::Occupied { key, value }))
            }

            /// Inserts `value` for `key` unless the map holds the key, and returns the value if it was not inserted.
            ///
            /// [`try_insert`](Self::try_insert) hands the key back as well.
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
            /// assert_eq!(map.insert_if_absent("a", 1), None);
            /// assert_eq!(map.insert_if_absent("a", 2), Some(2));
            /// assert_eq!(map.get("a"), Some(1));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where the key is there.")]
            #[track_caller]
            pub fn insert_if_absent(&self, key: K, value: V) -> Option<V> {
                let $crate::Occupied { key, value } = self.try_insert(key, value).err()?;
                // While `value` is a local. A result that is made already is leaked if the destructor of `key` panics.
                drop(key);
                Some(value)
            }

            /// Replaces the value of `key` by `new` if it equals `old`, and returns `true` if it did.
            ///
            /// Under the lock it runs `PartialEq` of two values,
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
            /// assert!(!map.compare_replace("a", &7, 8));
            /// assert!(map.compare_replace("a", &1, 2));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, or ", $find, " where nothing is replaced.")]
            #[track_caller]
            pub fn compare_replace<Q>(&self, key: &Q, old: &V, mut new: V) -> bool
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
                V: PartialEq,
            {
                let replaced = self.update(|draft| {
                    if draft.get(key)? != old {
                        return None;
                    }
                    std::mem::swap(draft.get_mut(key)?, &mut new);
                    Some(())
                });
                replaced.is_some()
            }

            /// Applies the changes of `delta` as one version: all of them or, if one does not fit, none.
            ///
            /// Under the lock it runs `PartialEq` of values, `Clone` of what the delta brings, and for each change
            $(#[$runs])*
            ///
            /// # Errors
            ///
            /// [`Conflict`](crate::paged::Conflict) if a change does not fit the current version: a key that is to be added is
            /// there, or a key that is to be removed or updated is absent or has another value. Nothing was published. Find the
            /// delta anew, from a snapshot.
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
            /// let follower = map.fork();
            /// let before = map.snapshot();
            /// map.insert("b", 2);
            /// let delta: Delta<_, _> = before.diff(&map.load()).collect();
            /// assert_eq!(follower.apply(&delta), Ok(()));
            /// assert_eq!(*follower.load(), *map.load());
            /// assert!(follower.apply(&delta).is_err());
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, " for each change, and that of copying each page that changes.")]
            #[track_caller]
            pub fn apply(
                &self,
                delta: &$crate::paged::Delta<K, V>,
            ) -> Result<(), $crate::paged::Conflict<K>>
            where
                V: PartialEq,
            {
                let mut gone = $crate::paged::delta::Leavings::default();
                let applied = self.try_update(|draft| draft.apply_each(delta, &mut gone));
                // While `applied` is a local. A result that is made already is leaked if a destructor panics.
                drop(gone);
                applied
            }
        }
    };
}

pub(in crate::containers) use writes;
