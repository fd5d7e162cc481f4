//! Two maps made one, and one made two.

use super::PagedOrdMap;
use crate::paged::engine::tree::Scraps;
use std::borrow::Borrow;
use std::mem;

impl<K: Ord + Clone, V: Clone> PagedOrdMap<K, V> {
    /// Moves all entries of `other` to this map. `other` is empty then.
    ///
    /// If both have a key, this map keeps its key and gets the value of `other`. Where all keys of one map are greater than those of the
    /// other, whole subtrees move, and they stay shared with the clones of both. Only the entries of `other` whose keys lie between the
    /// first and the last one of this map are inserted one by one.
    ///
    /// # Panics
    ///
    /// A panic in `Ord` or `Clone` reaches the caller. This map has its entries then, and a part of those of `other`. The rest of those is
    /// in `other` or gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([(1, "a"), (2, "b")]);
    /// let mut other = PagedOrdMap::from([(2, "B"), (3, "C")]);
    /// map.append(&mut other);
    /// assert_eq!(map, PagedOrdMap::from([(1, "a"), (2, "B"), (3, "C")]));
    /// assert!(other.is_empty());
    /// ```
    ///
    /// Computes in **O(page + log n + log m)** time, plus **O(log n)** for each entry that is inserted by itself.
    pub fn append(&mut self, other: &mut Self) {
        let mut scraps = Scraps::default();
        let (Some((first, _)), Some((last, _))) = (self.tree.first(), self.tree.last()) else {
            // The empty one is dropped with `other`.
            return mem::swap(self, other);
        };
        let theirs = &other.tree;
        let (start, end) = (theirs.rank(first, false), theirs.rank(last, true));
        let (rest, behind) = theirs.cut(end, &mut scraps);
        let (mut front, between) = rest.cut(start, &mut scraps);
        // Or their pages are shared with these, and all that moves is cloned.
        drop((rest, mem::take(&mut other.tree), mem::take(&mut scraps)));
        between.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
        self.tree.append(behind, &mut scraps);
        front.append(self.tree.clone(), &mut scraps);
        scraps.replace(&mut self.tree, front);
    }

    /// Moves the entries from `key` on to a map of their own, and returns it.
    ///
    /// Whole subtrees move, and they stay shared with the clones of this map.
    ///
    /// # Panics
    ///
    /// A panic in `Ord` or `Clone` reaches the caller. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([(1, "a"), (2, "b"), (3, "c")]);
    /// let behind = map.split_off(&2);
    /// assert_eq!((map.len(), behind.len()), (1, 2));
    /// assert_eq!(behind.first_key_value(), Some((&2, &"b")));
    /// ```
    ///
    /// Computes in **O(page + log² n)** time.
    #[must_use = "it returns what it takes off; to drop that, use `retain`"]
    pub fn split_off<Q>(&mut self, key: &Q) -> Self
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut scraps = Scraps::default();
        let behind = self.split_off_to(key, &mut scraps);
        // While `behind` is a local. A result that is made already is leaked if a destructor panics.
        drop(scraps);
        behind
    }
}
