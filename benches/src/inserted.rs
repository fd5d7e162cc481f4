//! The contenders that keep the order of insertion: the library's and `indexmap`'s. Beside them are those that show what that costs: tables
//! that keep no order, and vectors that find no key.

use crate::ordered::{Sorted, Versioned, Writing, in_a_cell, swapped};
use crate::{Contender, Role, time};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use indexmap::IndexMap;
use readmostly::paged::{PagedIndexMap, PagedMap, PagedVec};
use std::hint::black_box;

/// The names that a bench asks for figures of.
pub mod names {
    /// The library.
    pub const OURS: &str = "readmostly PagedIndexMap";
    /// The library's table that keeps no order.
    pub const PAGED_MAP: &str = "readmostly PagedMap";
    /// The library's vector.
    pub const PAGED_VEC: &str = "readmostly PagedVec";
    /// The flat one.
    pub const INDEXMAP: &str = "indexmap IndexMap";
    /// The flat table that keeps no order.
    pub const HASHBROWN: &str = "hashbrown HashMap";
    /// The flat vector.
    pub const VEC: &str = "std Vec";
}

type Index<K> = PagedIndexMap<K, u64, FixedState>;
type Paged<K> = PagedMap<K, u64, FixedState>;
type Flat<K> = IndexMap<K, u64, FixedState>;

/// Looks up keys, and returns the nanoseconds for each.
pub type Lookup<K> = dyn Fn(&[K]) -> f64;

/// Walks over all entries, of which there are so many, and returns the nanoseconds for each.
pub type Walk = dyn Fn(usize) -> f64;

/// Everybody who finds the values of `entries`.
#[must_use]
pub fn lookups<K: Sorted>(entries: &[(K, u64)]) -> Vec<Contender<Lookup<K>>> {
    fn lookup<K: Sorted, T: 'static>(
        name: &'static str,
        role: Role,
        map: T,
        get: impl Fn(&T, &K) -> Option<u64> + 'static,
    ) -> Contender<Lookup<K>> {
        let subject = Box::new(move |asked: &[K]| {
            time(|| asked.iter().for_each(|key| _ = black_box(get(&map, key)))) / asked.len() as f64
        });
        Contender { name, role, subject }
    }
    let all = || entries.iter().cloned();
    vec![
        lookup(names::OURS, Role::Ours, all().collect::<Index<K>>(), |map, key| map.get(key).copied()),
        lookup(names::INDEXMAP, Role::Rival, all().collect::<Flat<K>>(), |map, key| map.get(key).copied()),
        lookup(names::PAGED_MAP, Role::Yardstick, all().collect::<Paged<K>>(), |map, key| {
            map.get(key).copied()
        }),
        lookup(
            names::HASHBROWN,
            Role::Yardstick,
            all().collect::<HashMap<K, u64, FixedState>>(),
            |map, key| map.get(key).copied(),
        ),
    ]
}

/// Everybody who shows `entries` in their order.
#[must_use]
pub fn walks<K: Sorted>(entries: &[(K, u64)]) -> Vec<Contender<Walk>> {
    fn walk<T: 'static>(
        name: &'static str,
        role: Role,
        list: T,
        sum: impl Fn(&T) -> u64 + 'static,
    ) -> Contender<Walk> {
        let subject = Box::new(move |len| {
            let times = (1 << 16) / len + 1;
            time(|| (0..times).for_each(|_| _ = black_box(sum(&list)))) / (times * len) as f64
        });
        Contender { name, role, subject }
    }
    let all = || entries.iter().cloned();
    vec![
        walk(names::OURS, Role::Ours, all().collect::<Index<K>>(), |map| map.iter().map(|it| *it.1).sum()),
        walk(names::INDEXMAP, Role::Rival, all().collect::<Flat<K>>(), |map| {
            map.iter().map(|it| *it.1).sum()
        }),
        walk(names::PAGED_VEC, Role::Yardstick, all().collect::<PagedVec<_>>(), |list| {
            list.iter().map(|it| it.1).sum()
        }),
        walk(names::VEC, Role::Yardstick, all().collect::<Vec<_>>(), |list| list.iter().map(|it| it.1).sum()),
    ]
}

macro_rules! versioned {
    ($($type:ty: $remove:ident;)*) => {$(
        impl<K: Sorted> Versioned<K> for $type {
            fn put(&mut self, key: K, value: u64) {
                self.insert(key, value);
            }

            fn take(&mut self, key: &K) {
                self.$remove(key);
            }
        }
    )*};
}

versioned! {
    Index<K>: shift_remove;
    Flat<K>: shift_remove;
    Paged<K>: remove;
}

/// Everybody who changes `entries`, and publishes each change.
#[must_use]
pub fn writers<K: Sorted>(entries: &[(K, u64)]) -> Vec<Contender<dyn Writing<K>>> {
    let all = || entries.iter().cloned();
    vec![
        in_a_cell(names::OURS, Role::Ours, all().collect::<Index<K>>()),
        swapped(names::INDEXMAP, all().collect::<Flat<K>>()),
        in_a_cell(names::PAGED_MAP, Role::Yardstick, all().collect::<Paged<K>>()),
    ]
}
