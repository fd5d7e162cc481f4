//! Exclusive references to keys' values, and to several at once.

use super::PagedIndexMap;
use crate::paged::vec::GetDisjointMutError;
use std::array;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Returns a reference to the key that is in the map, and a mutable one to its value.
    ///
    /// This copies the page of the entry if it is shared, even if the value is then not written to. It copies nothing if
    /// `key` is absent.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a".to_owned(), 1)]);
    /// if let Some((key, value)) = map.get_key_value_mut("a") {
    ///     *value = key.len();
    /// }
    /// assert_eq!(map["a"], 1);
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(page + pages)** where pages are shared.
    pub fn get_key_value_mut<Q>(&mut self, key: &Q) -> Option<(&K, &mut V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let slot = self.position_of(key)?;
        let (key, value) = self.at_mut(slot);
        Some((key, value))
    }

    /// Returns the index of `key`, a reference to the key that is in the map, and a mutable one to its value.
    ///
    /// This copies the page of the entry if it is shared, even if the value is then not written to. It copies nothing if
    /// `key` is absent.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// if let Some((index, _, value)) = map.get_full_mut("b") {
    ///     *value = index;
    /// }
    /// assert_eq!(map["b"], 1);
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](Self#removals), or **O(page + pages)** where pages are
    /// shared.
    pub fn get_full_mut<Q>(&mut self, key: &Q) -> Option<(usize, &K, &mut V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let slot = self.position_of(key)?;
        let index = self.index.index_of(slot);
        let (key, value) = self.at_mut(slot);
        Some((index, key, value))
    }

    /// Returns exclusive references to the values of several keys at once, and `None` for each that is absent.
    ///
    /// This copies the shared pages that hold one of these entries, and no others.
    ///
    /// # Panics
    ///
    /// Panics if two of the keys are the same entry's, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// if let [Some(a), None, Some(c)] = map.get_disjoint_mut(["a", "x", "c"]) {
    ///     std::mem::swap(a, c);
    /// }
    /// assert!(map.values().eq(&[3, 2, 1]));
    /// ```
    ///
    /// Computes in **O(N log N + pages)** time (average), or **O(N page + pages)** where pages are shared. Where there are
    /// [gaps](Self#removals), in **O(N pages)**.
    #[track_caller]
    pub fn get_disjoint_mut<Q, const N: usize>(&mut self, keys: [&Q; N]) -> [Option<&mut V>; N]
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let indices = keys.map(|key| self.get_index_of(key));
        assert!(!has_twice(&indices), "duplicate keys found");
        self.several_mut(&indices).map(|entry| entry.map(|(_, value)| value))
    }
}

impl<K: Clone, V: Clone, S> PagedIndexMap<K, V, S> {
    /// Returns the entries at several indices, with exclusive references to their values.
    ///
    /// This copies the shared pages that hold one of these entries, and no others.
    ///
    /// # Errors
    ///
    /// Returns an error if an index is out of range, or two are the same. Nothing has been copied then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    /// use readmostly::paged::vec::GetDisjointMutError;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// if let Ok([(_, c), (_, a)]) = map.get_disjoint_indices_mut([2, 0]) {
    ///     std::mem::swap(a, c);
    /// }
    /// assert!(map.values().eq(&[3, 2, 1]));
    /// assert_eq!(map.get_disjoint_indices_mut([1, 1]), Err(GetDisjointMutError::OverlappingIndices));
    /// ```
    ///
    /// Computes in **O(N log N + pages)** time, or **O(N page + pages)** where pages are shared.
    pub fn get_disjoint_indices_mut<const N: usize>(
        &mut self,
        indices: [usize; N],
    ) -> Result<[(&K, &mut V); N], GetDisjointMutError> {
        if indices.iter().any(|&index| index >= self.len()) {
            return Err(GetDisjointMutError::IndexOutOfBounds);
        }
        let indices = indices.map(Some);
        if has_twice(&indices) {
            return Err(GetDisjointMutError::OverlappingIndices);
        }
        Ok(self.several_mut(&indices).map(|entry| {
            let Some(entry) = entry else { unreachable!("all are in range") };
            entry
        }))
    }

    /// The entries at indices of which none comes twice.
    fn several_mut<const N: usize>(&mut self, indices: &[Option<usize>; N]) -> [Option<(&K, &mut V)>; N] {
        let mut order: [usize; N] = array::from_fn(|nth| nth);
        order.sort_unstable_by_key(|&nth| indices[nth]);
        let mut found = [const { None }; N];
        // One walk past all of them. It copies the pages that it stops in.
        let (mut entries, mut passed) = (self.index.iter_mut(), 0);
        for nth in order {
            if let Some(index) = indices[nth] {
                found[nth] = entries.nth(index - passed).map(|(key, value)| (&*key, value));
                passed = index + 1;
            }
        }
        found
    }
}

/// Whether there is an index twice.
fn has_twice<const N: usize>(indices: &[Option<usize>; N]) -> bool {
    let mut sorted = *indices;
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair[0].is_some() && pair[0] == pair[1])
}
