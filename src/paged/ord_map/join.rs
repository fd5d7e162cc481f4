//! Two maps made one, and one made two.

use super::PagedOrdMap;
use crate::paged::delta::Leavings;
use crate::paged::engine::tree::{Scraps, Tree};
use std::borrow::Borrow;
use std::mem;

impl<K: Ord + Clone, V: Clone> PagedOrdMap<K, V> {
    /// Moves all entries of `other` to this map. `other` is empty then.
    ///
    /// If both have a key, this map keeps its key and gets the value of `other`. Where all keys of one map are greater than those of the
    /// other, whole subtrees move, and they stay shared with the clones of both. So do those in front of the part where both have keys, and
    /// behind it. In that part the entries of the map that has fewer there are put among those of the other, one by one. Those of `other`
    /// move unless a clone has them. Those of this map are cloned, and dropped at the end.
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
    /// Computes in **O(page + log² n + log² m)** time, plus **O(log n + log m)** for each entry that is put there by itself.
    pub fn append(&mut self, other: &mut Self) {
        self.append_by(other, Self::exchange);
    }

    /// Appends `other`, with `insert` for what is inserted one by one.
    pub(in crate::paged) fn append_by(
        &mut self,
        other: &mut Self,
        insert: impl FnMut(&mut Self, &mut Option<(K, V)>),
    ) {
        let (mut gone, mut scraps) = (Leavings::default(), Scraps::default());
        let Some(parts) = self.parts_of(&other.tree, &mut scraps) else {
            // The empty one is dropped with `other`.
            return mem::swap(self, other);
        };
        // Or their pages are shared with the parts, and all that moves is cloned.
        drop((mem::take(&mut other.tree), mem::take(&mut scraps)));
        let take = |tree: &mut Tree<K, V>, gone: &mut Leavings<K, V>| {
            gone.entries.extend(mem::take(tree).into_iter().map(Some));
        };
        self.take_in(parts, &mut gone, &mut scraps, take, insert);
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
