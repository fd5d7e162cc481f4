//! The writes of the containers that keep the order of insertion, each a short call of [`Durable::update`].

use super::Durable;
use crate::error::Result;
use crate::table::Table;
use readmostly::paged::{PagedIndexMap, PagedIndexSet};
use readmostly::{CowIndexMap, CowIndexSet};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

/// To insert, to extend and to clear it is as for the other maps. There is no `swap_remove`: what is moved elsewhere than to the end is
/// written to the log with all that is behind it. With [`update`](Durable::update) it can be done all the same.
impl<K, V, S> Durable<CowIndexMap<K, V, S>>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher + Clone + Send + Sync + 'static,
    PagedIndexMap<K, V, S>: Table + Clone,
{
    /// Removes an entry, and returns its value. Those behind it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowIndexMap;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (rules, _) = Durable::<CowIndexMap<String, bool>>::open(&folder, Options::new())?;
    /// rules.extend([("10.".to_owned(), true), ("10.7.".to_owned(), false)])?;
    /// assert_eq!(rules.shift_remove("10.")?, Some(true));
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
    pub fn shift_remove<Q>(&self, key: &Q) -> Result<Option<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.update(|draft| draft.shift_remove(key))
    }

    /// Moves the entry of a key behind all others, and returns `true` if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowIndexMap;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (rules, _) = Durable::<CowIndexMap<String, bool>>::open(&folder, Options::new())?;
    /// rules.extend([("10.".to_owned(), true), ("10.7.".to_owned(), false)])?;
    /// assert!(rules.move_to_back("10.")?);
    /// assert_eq!(rules.load().get_index_of("10."), Some(1));
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
    pub fn move_to_back<Q>(&self, key: &Q) -> Result<bool>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.update(|draft| draft.move_to_back(key))
    }
}

/// To insert, to extend and to clear it is as for the other sets. There is no `swap_remove`, for the reason that a map has none.
impl<T, S> Durable<CowIndexSet<T, S>>
where
    T: Eq + Hash + Clone + Send + Sync + 'static,
    S: BuildHasher + Clone + Send + Sync + 'static,
    PagedIndexSet<T, S>: Table + Clone,
{
    /// Removes an element, and returns whether it was there. Those behind it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowIndexSet;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (steps, _) = Durable::<CowIndexSet<String>>::open(&folder, Options::new())?;
    /// steps.extend(["fetch".to_owned(), "build".to_owned()])?;
    /// assert!(steps.shift_remove("fetch")?);
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
    pub fn shift_remove<Q>(&self, element: &Q) -> Result<bool>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.update(|draft| draft.shift_remove(element))
    }

    /// Moves an element behind all others, and returns `true` if it is there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowIndexSet;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (steps, _) = Durable::<CowIndexSet<String>>::open(&folder, Options::new())?;
    /// steps.extend(["fetch".to_owned(), "build".to_owned()])?;
    /// assert!(steps.move_to_back("fetch")?);
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
    pub fn move_to_back<Q>(&self, element: &Q) -> Result<bool>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.update(|draft| draft.move_to_back(element))
    }
}
