//! The usual writes, each a short call of [`Durable::update`].

use super::Durable;
use crate::error::Result;
use crate::table::Table;
use readmostly::paged::{
    PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use readmostly::{CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

/// Writes the methods of every map.
macro_rules! map {
    ([$($parameters:tt)*] $container:ty, $collection:ty) => {
        impl<$($parameters)*> Durable<$container>
        where
            $collection: Table + Clone + Default,
        {
            /// Inserts an entry, and returns the value that the key had.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowMap;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (ports, _) = Durable::<CowMap<String, u16>>::open(&folder, Options::new())?;
            /// assert_eq!(ports.insert("http".to_owned(), 80)?, None);
            /// assert_eq!(ports.insert("http".to_owned(), 8080)?, Some(80));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn insert(&self, key: K, value: V) -> Result<Option<V>> {
                self.update(|draft| draft.insert(key, value))
            }

            /// Inserts many entries, as one write.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowMap;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (ports, _) = Durable::<CowMap<String, u16>>::open(&folder, Options::new())?;
            /// ports.extend([("http".to_owned(), 80), ("https".to_owned(), 443)])?;
            /// assert_eq!(ports.version(), 1);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn extend(&self, entries: impl IntoIterator<Item = (K, V)>) -> Result<()> {
                self.update(|draft| draft.extend(entries))
            }

            /// Removes all entries.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowMap;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (ports, _) = Durable::<CowMap<String, u16>>::open(&folder, Options::new())?;
            /// ports.insert("http".to_owned(), 80)?;
            /// ports.clear()?;
            /// assert!(ports.load().is_empty());
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn clear(&self) -> Result<()> {
                self.replace(Default::default())
            }
        }
    };
}

map! { [K: Eq + Hash + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static, S: BuildHasher + Clone + Send + Sync + 'static] CowMap<K, V, S>, PagedMap<K, V, S> }
map! { [K: Ord + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static] CowOrdMap<K, V>, PagedOrdMap<K, V> }
map! { [K: Eq + Hash + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static, S: BuildHasher + Clone + Send + Sync + 'static] CowIndexMap<K, V, S>, PagedIndexMap<K, V, S> }

/// Writes the removal of a map in which no order is to be said.
macro_rules! map_removal {
    ([$($parameters:tt)*] $container:ty, $collection:ty, [$($query:tt)*]) => {
        impl<$($parameters)*> Durable<$container>
        where
            $collection: Table + Clone + Default,
        {
            /// Removes an entry, and returns its value.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowMap;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (ports, _) = Durable::<CowMap<String, u16>>::open(&folder, Options::new())?;
            /// ports.insert("http".to_owned(), 80)?;
            /// assert_eq!(ports.remove("http")?, Some(80));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn remove<Q>(&self, key: &Q) -> Result<Option<V>>
            where
                K: Borrow<Q>,
                Q: ?Sized + $($query)*,
            {
                self.update(|draft| draft.remove(key))
            }
        }
    };
}

map_removal! { [K: Eq + Hash + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static, S: BuildHasher + Clone + Send + Sync + 'static] CowMap<K, V, S>, PagedMap<K, V, S>, [Hash + Eq] }
map_removal! { [K: Ord + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static] CowOrdMap<K, V>, PagedOrdMap<K, V>, [Ord] }

/// Writes the methods of every set.
macro_rules! set {
    ([$($parameters:tt)*] $container:ty, $collection:ty) => {
        impl<$($parameters)*> Durable<$container>
        where
            $collection: Table + Clone + Default,
        {
            /// Inserts an element, and returns whether it is new.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowSet;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (blocked, _) = Durable::<CowSet<String>>::open(&folder, Options::new())?;
            /// assert!(blocked.insert("spam.example".to_owned())?);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn insert(&self, element: T) -> Result<bool> {
                self.update(|draft| draft.insert(element))
            }

            /// Inserts many elements, as one write.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowSet;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (blocked, _) = Durable::<CowSet<String>>::open(&folder, Options::new())?;
            /// blocked.extend(["a.example".to_owned(), "b.example".to_owned()])?;
            /// assert_eq!(blocked.version(), 1);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn extend(&self, elements: impl IntoIterator<Item = T>) -> Result<()> {
                self.update(|draft| draft.extend(elements))
            }

            /// Removes all elements.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowSet;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (blocked, _) = Durable::<CowSet<String>>::open(&folder, Options::new())?;
            /// blocked.insert("a.example".to_owned())?;
            /// blocked.clear()?;
            /// assert!(blocked.load().is_empty());
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn clear(&self) -> Result<()> {
                self.replace(Default::default())
            }
        }
    };
}

set! { [T: Eq + Hash + Clone + Send + Sync + 'static, S: BuildHasher + Clone + Send + Sync + 'static] CowSet<T, S>, PagedSet<T, S> }
set! { [T: Ord + Clone + Send + Sync + 'static] CowOrdSet<T>, PagedOrdSet<T> }
set! { [T: Eq + Hash + Clone + Send + Sync + 'static, S: BuildHasher + Clone + Send + Sync + 'static] CowIndexSet<T, S>, PagedIndexSet<T, S> }

/// Writes the removal of a set in which no order is to be said.
macro_rules! set_removal {
    ([$($parameters:tt)*] $container:ty, $collection:ty, [$($query:tt)*]) => {
        impl<$($parameters)*> Durable<$container>
        where
            $collection: Table + Clone + Default,
        {
            /// Removes an element, and returns whether it was there.
            ///
            /// # Examples
            ///
            /// ```
            /// # use readmostly::CowSet;
            /// # use readmostly_persist::{Durable, Options};
            /// # let folder = tempfile::tempdir()?;
            /// let (blocked, _) = Durable::<CowSet<String>>::open(&folder, Options::new())?;
            /// blocked.insert("spam.example".to_owned())?;
            /// assert!(blocked.remove("spam.example")?);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Panics
            ///
            /// As [`update`](Self::update).
            ///
            /// # Errors
            ///
            /// As [`update`](Self::update).
            #[track_caller]
            pub fn remove<Q>(&self, element: &Q) -> Result<bool>
            where
                T: Borrow<Q>,
                Q: ?Sized + $($query)*,
            {
                self.update(|draft| draft.remove(element))
            }
        }
    };
}

set_removal! { [T: Eq + Hash + Clone + Send + Sync + 'static, S: BuildHasher + Clone + Send + Sync + 'static] CowSet<T, S>, PagedSet<T, S>, [Hash + Eq] }
set_removal! { [T: Ord + Clone + Send + Sync + 'static] CowOrdSet<T>, PagedOrdSet<T>, [Ord] }

impl<T: Clone + Send + Sync + 'static> Durable<CowVec<T>>
where
    PagedVec<T>: Table + Clone + Default,
{
    /// Appends an element.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowVec;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (list, _) = Durable::<CowVec<u32>>::open(&folder, Options::new())?;
    /// list.push(1)?;
    /// assert_eq!(*list.load(), [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    #[track_caller]
    pub fn push(&self, element: T) -> Result<()> {
        self.update(|draft| draft.push(element))
    }

    /// Removes the last element, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowVec;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (list, _) = Durable::<CowVec<u32>>::open(&folder, Options::new())?;
    /// list.push(1)?;
    /// assert_eq!(list.pop()?, Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    #[track_caller]
    pub fn pop(&self) -> Result<Option<T>> {
        self.update(PagedVec::pop)
    }

    /// Appends many elements, as one write.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowVec;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (list, _) = Durable::<CowVec<u32>>::open(&folder, Options::new())?;
    /// list.extend([1, 2])?;
    /// assert_eq!(list.version(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    #[track_caller]
    pub fn extend(&self, elements: impl IntoIterator<Item = T>) -> Result<()> {
        self.update(|draft| draft.extend(elements))
    }

    /// Removes all elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowVec;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (list, _) = Durable::<CowVec<u32>>::open(&folder, Options::new())?;
    /// list.push(1)?;
    /// list.clear()?;
    /// assert!(list.load().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    #[track_caller]
    pub fn clear(&self) -> Result<()> {
        self.replace(PagedVec::default())
    }
}
