//! Compiler messages for a container that is used as the collection that it holds.
//!
//! A container has no `iter` and no `[]`. What they return would have to be of one version, and something has to hold that.
//! Without the impls below the compiler says only "no method" or "cannot index". With them it says which call is missing.
//! Nothing implements [`LoadFirst`], so none of them can be called. A method of another crate's trait has precedence.
//!
//! ```compile_fail,E0277
//! let map = readmostly::CowMap::from([("a", 1)]);
//! let keys: Vec<_> = map.keys().collect();
//! ```
//!
//! ```compile_fail,E0277
//! let map = readmostly::CowMap::from([("a", 1)]);
//! let one = map["a"];
//! ```
//!
//! ```compile_fail,E0277
//! let set = readmostly::CowSet::from(["a"]);
//! let elements: Vec<_> = set.iter().collect();
//! ```
//!
//! ```compile_fail,E0277
//! let map = readmostly::CowOrdMap::from([(1, "a")]);
//! let behind: Vec<_> = map.range(1..).collect();
//! ```
//!
//! ```compile_fail,E0277
//! let list = readmostly::CowVec::from([1]);
//! let first = list[0];
//! ```
//!
//! ```compile_fail,E0277
//! let list = readmostly::CowVec::from([1]);
//! *list.get_mut(0).unwrap() = 2;
//! ```
//!
//! ```compile_fail,E0277
//! let map = readmostly::CowMap::from([("a", 1)]);
//! for (key, value) in &map {}
//! ```
//!
//! It is the same code that compiles after `load`:
//!
//! ```
//! let map = readmostly::CowMap::from([("a", 1)]);
//! let set = readmostly::CowSet::from(["a"]);
//! let list = readmostly::CowVec::from([1]);
//! assert_eq!((map.load().keys().count(), map.load()["a"], set.load().iter().count()), (1, 1, 1));
//! let map = readmostly::CowOrdMap::from([(1, "a")]);
//! assert_eq!(map.load().range(1..).count(), 1);
//! list.update(|draft| *draft.get_mut(0).unwrap() += list.load()[0]);
//! ```

use crate::paged::{hash_map, hash_set, index_map, index_set, ord_map, ord_set, vec};
use crate::{CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use std::ops::{Index, RangeBounds};

/// A container that would show its elements without a version of it. There is none.
#[expect(unnameable_types, reason = "it is for the compiler's messages")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` shows its elements through a version of it",
    label = "take a version first: `.load()`",
    note = "to look: `it.load().iter()`, `for x in &it.load()`, `it.load()[..]`; `it.snapshot()` to keep or send what is shown",
    note = "to change: `it.update(|draft| …)`, whose `draft` has `entry`, `iter_mut` and all else"
)]
pub trait LoadFirst {
    /// The body of the methods that are never called.
    fn never<R>(&self) -> R;
}

/// Writes methods that the compiler refuses.
macro_rules! refused {
    ($(fn $name:ident(&self $(, $argument:ident: $type:ty)?) -> $returned:ty;)*) => {$(
        #[doc(hidden)]
        pub fn $name(&self $(, $argument: $type)?) -> $returned
        where
            Self: LoadFirst,
        {
            self.never()
        }
    )*};
}

impl<K, V, S> CowMap<K, V, S> {
    refused! {
        fn iter(&self) -> hash_map::Iter<'_, K, V>;
        fn keys(&self) -> hash_map::Keys<'_, K, V>;
        fn values(&self) -> hash_map::Values<'_, K, V>;
        fn entry(&self, _key: K) -> hash_map::Entry<'_, K, V, S>;
    }
}

impl<T, S> CowSet<T, S> {
    refused! {
        fn iter(&self) -> hash_set::Iter<'_, T>;
    }
}

impl<K, V> CowOrdMap<K, V> {
    refused! {
        fn iter(&self) -> ord_map::Iter<'_, K, V>;
        fn keys(&self) -> ord_map::Keys<'_, K, V>;
        fn values(&self) -> ord_map::Values<'_, K, V>;
        fn range(&self, _range: impl RangeBounds<K>) -> ord_map::Range<'_, K, V>;
        fn entry(&self, _key: K) -> ord_map::Entry<'_, K, V>;
    }
}

impl<T> CowOrdSet<T> {
    refused! {
        fn iter(&self) -> ord_set::Iter<'_, T>;
        fn range(&self, _range: impl RangeBounds<T>) -> ord_set::Range<'_, T>;
    }
}

impl<K, V, S> CowIndexMap<K, V, S> {
    refused! {
        fn iter(&self) -> index_map::Iter<'_, K, V>;
        fn keys(&self) -> index_map::Keys<'_, K, V>;
        fn values(&self) -> index_map::Values<'_, K, V>;
        fn entry(&self, _key: K) -> index_map::Entry<'_, K, V, S>;
    }
}

impl<T, S> CowIndexSet<T, S> {
    refused! {
        fn iter(&self) -> index_set::Iter<'_, T>;
    }
}

#[expect(clippy::iter_not_returning_iterator, reason = "`IterMut` is one where elements are `Clone`")]
impl<T> CowVec<T> {
    refused! {
        fn iter(&self) -> vec::Iter<'_, T>;
        fn iter_mut(&self) -> vec::IterMut<'_, T>;
        fn get_mut(&self, _index: usize) -> Option<&mut T>;
    }
}

/// Writes the iteration over a reference to a container, which the compiler refuses.
macro_rules! refused_by_reference {
    ($(impl[$($generics:ident),*] $container:ty => $iter:ty;)*) => {$(
        #[doc(hidden)]
        impl<'a, $($generics),*> IntoIterator for &'a $container
        where
            $container: LoadFirst,
        {
            type Item = <$iter as Iterator>::Item;
            type IntoIter = $iter;

            fn into_iter(self) -> $iter {
                self.never()
            }
        }
    )*};
}

refused_by_reference! {
    impl[K, V, S] CowMap<K, V, S> => hash_map::Iter<'a, K, V>;
    impl[T, S] CowSet<T, S> => hash_set::Iter<'a, T>;
    impl[K, V] CowOrdMap<K, V> => ord_map::Iter<'a, K, V>;
    impl[T] CowOrdSet<T> => ord_set::Iter<'a, T>;
    impl[K, V, S] CowIndexMap<K, V, S> => index_map::Iter<'a, K, V>;
    impl[T, S] CowIndexSet<T, S> => index_set::Iter<'a, T>;
    impl[T] CowVec<T> => vec::Iter<'a, T>;
}

#[doc(hidden)]
impl<K, V, S, Q> Index<Q> for CowMap<K, V, S>
where
    Self: LoadFirst,
{
    type Output = V;

    fn index(&self, _key: Q) -> &V {
        self.never()
    }
}

#[doc(hidden)]
impl<K, V, Q> Index<Q> for CowOrdMap<K, V>
where
    Self: LoadFirst,
{
    type Output = V;

    fn index(&self, _key: Q) -> &V {
        self.never()
    }
}

#[doc(hidden)]
impl<K, V, S, Q> Index<Q> for CowIndexMap<K, V, S>
where
    Self: LoadFirst,
{
    type Output = V;

    fn index(&self, _key: Q) -> &V {
        self.never()
    }
}

#[doc(hidden)]
impl<T, S, I> Index<I> for CowIndexSet<T, S>
where
    Self: LoadFirst,
{
    type Output = T;

    fn index(&self, _index: I) -> &T {
        self.never()
    }
}

#[doc(hidden)]
impl<T, I> Index<I> for CowVec<T>
where
    Self: LoadFirst,
{
    type Output = T;

    fn index(&self, _index: I) -> &T {
        self.never()
    }
}
