//! The writes that call a closure to make or change a value.

/// Writes the methods of a map that call a closure to make or change a value.
macro_rules! compute {
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
        // What is given and refused lies in a local of the method, as in `writes`.
        impl<$($generics)*> $container<$($parameter),*>
        where
            $($write)*
        {
            /// Returns the value of `key`, after inserting what `f` returns if there is none.
            ///
            /// If the key is there, this takes no lock. If not, `f` runs under the writers' lock, at most once. Of two threads that
            /// miss the key, one makes the value, and both get it.
            ///
            /// Under the lock it runs `f`, `Clone` of the new value,
            $(#[$runs])*
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does, if the key is not there.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$empty])*
            /// assert_eq!(map.get_or_insert_with("a", || 1), 1);
            /// assert_eq!(map.get_or_insert_with("a", || unreachable!()), 1);
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, " where the key is there, or ", $change, " where it is not, plus that of `f`.")]
            #[track_caller]
            pub fn get_or_insert_with(&self, key: K, f: impl FnOnce() -> V) -> V {
                let Ok(value) = self.get_or_try_insert_with(key, || Ok::<_, std::convert::Infallible>(f()));
                value
            }

            /// Returns the value of `key` as [`get_or_insert_with`](Self::get_or_insert_with) does, unless `f` returns an `Err`.
            ///
            /// Nothing is published then.
            ///
            /// Under the lock it runs `f`, `Clone` of the new value,
            $(#[$runs])*
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Errors
            ///
            /// Returns the `Err` of `f`.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does, if the key is not there.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$empty])*
            /// assert!(map.get_or_try_insert_with("a", || "many".parse::<u8>()).is_err());
            /// assert_eq!(map.get_or_try_insert_with("a", || "1".parse()), Ok(1));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, " where the key is there, or ", $change, " where it is not, plus that of `f`.")]
            #[track_caller]
            pub fn get_or_try_insert_with<E>(&self, key: K, f: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
                if let Some(value) = self.get(&key) {
                    // While `value` is a local, as in `insert_if_absent`.
                    drop((key, f));
                    return Ok(value);
                }
                self.get_or_try_insert_locked(key, f)
            }

            /// Looks for `key` under the lock, and inserts what `f` returns if it is not there.
            #[track_caller]
            fn get_or_try_insert_locked<E>(&self, key: K, f: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
                let (value, copy, mut entry);
                // Declared last, so that it is dropped first and releases the lock.
                let mut txn = self.write();
                if let Some(slot) = txn.position_of(&key) {
                    let current = txn.commit();
                    value = current.at(slot).1.clone();
                    drop((current, key, f));
                    return Ok(value);
                }
                value = match f() {
                    Ok(value) => value,
                    Err(error) => {
                        // While `error` is a local, as in `insert_if_absent`.
                        drop((txn, key));
                        return Err(error);
                    }
                };
                // Under the lock, so that a panic in it publishes nothing.
                copy = V::clone(&value);
                entry = Some((key, value));
                txn.insert_absent(&mut entry);
                txn.commit();
                Ok(copy)
            }

            /// Returns the value of `key` as [`get_or_insert_with`](Self::get_or_insert_with) does, for a borrowed key.
            ///
            /// It makes an owned key only if the map does not hold it.
            ///
            /// Under the lock it runs `f`, `Clone` of the new value,
            $(#[$runs])*
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does, if the key is not there.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$named])*
            /// assert_eq!(map.get_or_insert_with_ref("four", || 4), 4);
            /// assert_eq!(map.get_or_insert_with_ref("four", || unreachable!()), 4);
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, " where the key is there, or ", $change, " where it is not, plus that of `f`.")]
            #[track_caller]
            pub fn get_or_insert_with_ref<'q, Q>(&self, key: &'q Q, f: impl FnOnce() -> V) -> V
            where
                K: std::borrow::Borrow<Q> + From<&'q Q>,
                Q: $($query)* + ?Sized,
            {
                let Ok(value) = self.get_or_try_insert_with_ref(key, || Ok::<_, std::convert::Infallible>(f()));
                value
            }

            /// Returns the value of `key` as [`get_or_try_insert_with`](Self::get_or_try_insert_with) does, for a borrowed key.
            ///
            /// It makes an owned key only if the map does not hold it, and before `f` runs. If `f` returns an `Err`, nothing is published.
            ///
            /// Under the lock it runs `f`, `Clone` of the new value,
            $(#[$runs])*
            ///
            /// If `f` panics, nothing is published and the container stays usable.
            ///
            /// # Errors
            ///
            /// Returns the `Err` of `f`.
            ///
            /// # Panics
            ///
            /// Panics as [`update`](Self::update) does, if the key is not there.
            ///
            /// # Examples
            ///
            /// ```
            $(#[$named])*
            /// let number_of = |text: &str| map.get_or_try_insert_with_ref(text, || text.parse());
            /// assert!(number_of("many").is_err());
            /// assert_eq!((number_of("7"), map.len()), (Ok(7), 1));
            /// ```
            ///
            #[doc = concat!("Computes in ", $find, " where the key is there, or ", $change, " where it is not, plus that of `f`.")]
            #[track_caller]
            pub fn get_or_try_insert_with_ref<'q, Q, E>(
                &self,
                key: &'q Q,
                f: impl FnOnce() -> Result<V, E>,
            ) -> Result<V, E>
            where
                K: std::borrow::Borrow<Q> + From<&'q Q>,
                Q: $($query)* + ?Sized,
            {
                if let Some(value) = self.get(key) {
                    drop(f);
                    return Ok(value);
                }
                self.get_or_try_insert_locked(K::from(key), f)
            }

            /// Changes the value of `key` with `f`, and returns the result of `f`, or `None` if the key is not there.
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
            /// map.modify("a", |n| *n += 1);
            /// assert_eq!(map.get("a"), Some(2));
            /// assert_eq!(map.modify("b", |n| *n += 1), None);
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time plus that of `f`, or ", $find, " where the key is not there.")]
            #[track_caller]
            pub fn modify<Q, R>(&self, key: &Q, f: impl FnOnce(&mut V) -> R) -> Option<R>
            where
                K: std::borrow::Borrow<Q>,
                Q: $($query)* + ?Sized,
            {
                let mut f = Some(f);
                self.update(|draft| {
                    let value = draft.get_mut(key)?;
                    Some((f.take()?)(value))
                })
            }

            /// Changes the value of `key` with `f` and returns the result of `f`, or inserts `value` and returns `None`.
            ///
            /// It does what `entry(key).and_modify(f).or_insert(value)` does in std's map.
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
            $(#[$empty])*
            /// for page in ["/", "/about", "/"] {
            ///     map.modify_or_insert(page, |n| *n += 1, 1);
            /// }
            /// assert_eq!((map.get("/"), map.get("/about")), (Some(2), Some(1)));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, plus that of `f`.")]
            #[doc(alias = "merge")]
            #[doc(alias = "upsert")]
            #[doc(alias = "update_or_insert")]
            #[doc(alias = "entry")]
            #[track_caller]
            pub fn modify_or_insert<R>(&self, key: K, f: impl FnOnce(&mut V) -> R, value: V) -> Option<R> {
                let mut f = Some(f);
                let mut entry = Some((key, value));
                let result = self.update(|draft| {
                    let (key, _) = entry.as_ref()?;
                    if let Some(value) = draft.get_mut(key) {
                        return Some((f.take()?)(value));
                    }
                    draft.insert_absent(&mut entry);
                    None
                });
                // While `result` is a local, as in `insert_if_absent`.
                drop(entry);
                result
            }

            /// Replaces the value of `key` by what `f` makes of it, and returns a clone of the new value.
            ///
            /// `f` gets a clone of the value, or `None` if the key is not there. If `f` returns `None`, the key is removed. The two
            /// values are not compared: this publishes even if they are equal.
            ///
            /// Under the lock it runs `f`, `Clone` of both values,
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
            /// let take = |n: Option<i32>| n.map(|n| n - 1).filter(|n| *n > 0);
            /// assert_eq!(map.compute("a", |n| n.map(|n| n + 1)), Some(2));
            /// assert_eq!(map.compute("a", take), Some(1));
            /// assert_eq!(map.compute("a", take), None);
            /// assert!(!map.contains_key("a"));
            /// ```
            ///
            #[doc = concat!("Computes in ", $change, " time, plus that of `f`.")]
            #[track_caller]
            pub fn compute(&self, key: K, f: impl FnOnce(Option<V>) -> Option<V>) -> Option<V> {
                let (value, copy, mut entry, mut removed);
                // Declared last, so that it is dropped first and releases the lock.
                let mut txn = self.write();
                let there = txn.position_of(&key);
                value = f(there.map(|slot| txn.at(slot).1.clone()));
                // Under the lock, so that a panic in it publishes nothing.
                copy = value.clone();
                if let Some(value) = value {
                    entry = Some((key, value));
                    txn.exchange(&mut entry);
                    txn.commit();
                    // While `copy` is a local, as in `insert_if_absent`.
                    drop(entry);
                } else if let Some(slot) = there {
                    removed = $crate::paged::Handed::default();
                    txn.remove_at(slot, &mut removed);
                    txn.commit();
                }
                copy
            }
        }
    };
}

pub(in crate::containers) use compute;
