//! [`Table`]: what can follow a prefix.

use readmostly::paged::{PagedMap, PagedOrdMap};
use readmostly::{CowMap, CowOrdMap, Source};
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};

/// A container that can follow a prefix: [`CowMap`] or [`CowOrdMap`].
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use readmostly::{CowMap, CowOrdMap};
/// use readmostly_etcd::Table;
///
/// fn can_follow<C: Table<Key = String, Entry = u32>>() {}
/// can_follow::<CowMap<String, u32>>();
/// can_follow::<CowOrdMap<String, u32>>();
/// ```
pub trait Table: Source + sealed::Sealed {
    /// The type of its keys.
    type Key: Clone;
    /// The type of its values.
    type Entry: Clone;

    /// Returns a value that shares all with this one.
    #[doc(hidden)]
    fn draft(table: &Self::Value) -> Self::Value;

    /// Returns how many entries there are.
    #[doc(hidden)]
    fn len(table: &Self::Value) -> usize;

    /// Returns the value of a key.
    #[doc(hidden)]
    fn entry<'a>(table: &'a Self::Value, key: &Self::Key) -> Option<&'a Self::Entry>;

    /// Gives a key a value, or takes it away. Returns `true` if that changes anything.
    #[doc(hidden)]
    fn set(table: &mut Self::Value, key: &Self::Key, entry: Option<&Self::Entry>) -> bool;

    /// Becomes what the entries say. Returns how many changes it took. If a key comes twice the last one counts.
    #[doc(hidden)]
    fn assign(table: &mut Self::Value, entries: Vec<(Self::Key, Self::Entry)>) -> usize;

    /// Returns `true` if both have the same entries.
    #[doc(hidden)]
    fn same(a: &Self::Value, b: &Self::Value) -> bool;

    /// Returns the places of the keys that come a second time.
    #[doc(hidden)]
    fn twins<'a>(keys: impl Iterator<Item = &'a Self::Key>) -> Vec<usize>
    where
        Self::Key: 'a;
}

mod sealed {
    #[expect(unnameable_types, reason = "that it cannot be named is what seals `Table`")]
    pub trait Sealed {}
}

macro_rules! tables {
    ($([$($bounds:tt)*] $container:ty, of $collection:ty, seen in $seen:ty;)*) => {$(
        impl<$($bounds)*> sealed::Sealed for $container {}

        impl<$($bounds)*> Table for $container {
            type Key = K;
            type Entry = V;

            fn draft(table: &$collection) -> $collection {
                table.clone()
            }

            fn len(table: &$collection) -> usize {
                table.len()
            }

            fn entry<'a>(table: &'a $collection, key: &K) -> Option<&'a V> {
                table.get(key)
            }

            fn set(table: &mut $collection, key: &K, entry: Option<&V>) -> bool {
                if table.get(key) == entry {
                    return false;
                }
                match entry {
                    Some(entry) => drop(table.insert(key.clone(), entry.clone())),
                    None => drop(table.remove(key)),
                }
                true
            }

            fn assign(table: &mut $collection, entries: Vec<(K, V)>) -> usize {
                table.assign(entries)
            }

            fn same(a: &$collection, b: &$collection) -> bool {
                a.diff(b).next().is_none()
            }

            fn twins<'a>(keys: impl Iterator<Item = &'a K>) -> Vec<usize>
            where
                K: 'a,
            {
                let mut seen = <$seen>::new();
                keys.enumerate().filter(|(_, key)| !seen.insert(*key)).map(|(place, _)| place).collect()
            }
        }
    )*};
}

tables! {
    [K: Eq + Hash + Clone, V: Clone + PartialEq, S: BuildHasher + Clone] CowMap<K, V, S>, of PagedMap<K, V, S>, seen in HashSet<&K>;
    [K: Ord + Clone, V: Clone + PartialEq] CowOrdMap<K, V>, of PagedOrdMap<K, V>, seen in BTreeSet<&K>;
}
