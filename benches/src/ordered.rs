//! The contenders that hold their keys in order: the library, std's tree, trees of persistent nodes, and those that are
//! changed in place.

use crate::keys::Key;
use crate::{Contender, Role, mean_of, time};
use arc_swap::ArcSwap;
use concread::bptree::BptreeMap;
use crossbeam_skiplist::SkipMap;
use immutable_chunkmap::map::MapM;
use parking_lot::Mutex;
use readmostly::CowCell;
use readmostly::paged::PagedOrdMap;
use rpds::RedBlackTreeMapSync;
use scc::tree_index::Proximity;
use scc::{Guard, TreeIndex};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::hint::black_box;
use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;
use std::time::Duration;

/// The names that a bench asks for figures of.
pub mod names {
    /// The library.
    pub const OURS: &str = "readmostly PagedOrdMap";
    /// std's, which nobody else has: the limit.
    pub const STD: &str = "std BTreeMap";
    /// A sorted vector.
    pub const SORTED: &str = "sorted Vec";
    /// imbl's.
    pub const IMBL: &str = "imbl OrdMap";
    /// A balanced tree of chunks.
    pub const CHUNKMAP: &str = "immutable-chunkmap";
    /// rpds'.
    pub const RPDS: &str = "rpds RedBlackTreeMap";
    /// A B+ tree in transactions.
    pub const CONCREAD: &str = "concread BptreeMap";
    /// A skip list.
    pub const SKIPLIST: &str = "crossbeam-skiplist";
    /// A B+ tree that is read by epochs.
    pub const SCC: &str = "scc TreeIndex";
}

/// How many entries one look at a range shows.
pub const RANGE: usize = 100;

/// A [`Key`], and nothing of what it may be borrowed as: all maps are asked for whole keys.
pub trait Sorted: Clone + Debug + Ord + Hash + Send + Sync + 'static {}

impl<K: Key> Sorted for K {}

/// A map that is read.
trait Ordered<K>: Send + Sync {
    fn get(&self, key: &K) -> Option<u64>;

    /// The value of the greatest key that is not above this one.
    fn get_le(&self, key: &K) -> Option<u64>;

    /// The sum of the values from a key on.
    fn range(&self, from: &K) -> u64;

    /// The sum of all values.
    fn walk(&self) -> u64;
}

macro_rules! ordered {
    ($($type:ty: $it:ident, $key:ident;
        get $get:expr; get_le $get_le:expr; range $range:expr; walk $walk:expr;)*) => {$(
        impl<K: Sorted> Ordered<K> for $type {
            #[inline]
            fn get(&self, $key: &K) -> Option<u64> {
                let $it = self;
                $get
            }

            #[inline]
            fn get_le(&self, $key: &K) -> Option<u64> {
                let $it = self;
                $get_le
            }

            #[inline]
            fn range(&self, $key: &K) -> u64 {
                let $it = self;
                $range
            }

            #[inline]
            fn walk(&self) -> u64 {
                let $it = self;
                $walk
            }
        }
    )*};
}

ordered! {
    PagedOrdMap<K, u64>: it, key;
    get PagedOrdMap::get(it, key).copied();
    get_le PagedOrdMap::get_le(it, key).map(|entry| *entry.1);
    range it.range((Included(key), Unbounded)).take(RANGE).map(|entry| *entry.1).sum();
    walk it.iter().map(|entry| *entry.1).sum();

    BTreeMap<K, u64>: it, key;
    get BTreeMap::get(it, key).copied();
    get_le BTreeMap::range(it, (Unbounded, Included(key))).next_back().map(|entry| *entry.1);
    range BTreeMap::range(it, (Included(key), Unbounded)).take(RANGE).map(|entry| *entry.1).sum();
    walk it.iter().map(|entry| *entry.1).sum();

    imbl::OrdMap<K, u64>: it, key;
    get imbl::OrdMap::get(it, key).copied();
    get_le it.get_prev(key).map(|entry| *entry.1);
    range imbl::OrdMap::range::<_, K>(it, (Included(key), Unbounded)).take(RANGE).map(|entry| *entry.1).sum();
    walk it.iter().map(|entry| *entry.1).sum();

    MapM<K, u64>: it, key;
    get MapM::get(it, key).copied();
    get_le MapM::range(it, (Unbounded, Included(key))).next_back().map(|entry| *entry.1);
    range MapM::range(it, (Included(key), Unbounded)).take(RANGE).map(|entry| *entry.1).sum();
    walk it.into_iter().map(|entry| *entry.1).sum();

    RedBlackTreeMapSync<K, u64>: it, key;
    get RedBlackTreeMapSync::get(it, key).copied();
    get_le RedBlackTreeMapSync::range(it, (Unbounded, Included(key))).next_back().map(|entry| *entry.1);
    range RedBlackTreeMapSync::range(it, (Included(key), Unbounded)).take(RANGE).map(|entry| *entry.1).sum();
    walk it.iter().map(|entry| *entry.1).sum();

    SkipMap<K, u64>: it, key;
    get SkipMap::get(it, key).map(|entry| *entry.value());
    get_le it.upper_bound(Included(key)).map(|entry| *entry.value());
    range SkipMap::range(it, (Included(key), Unbounded)).take(RANGE).map(|entry| *entry.value()).sum();
    walk it.iter().map(|entry| *entry.value()).sum();

    Vec<(K, u64)>: it, key;
    get it.binary_search_by(|entry| entry.0.cmp(key)).ok().map(|index| it[index].1);
    get_le it[..it.partition_point(|entry| entry.0 <= *key)].last().map(|entry| entry.1);
    range it[it.partition_point(|entry| entry.0 < *key)..].iter().take(RANGE).map(|entry| entry.1).sum();
    walk it.iter().map(|entry| entry.1).sum();

    TreeIndex<K, u64>: it, key;
    get it.peek_with(key, |_, value| *value);
    get_le {
        let guard = Guard::new();
        match it.locate(key, &guard) {
            Proximity::Exact(iter) | Proximity::Smaller(iter) | Proximity::Between(iter) => {
                iter.get().or_else(|| iter.get_back()).map(|entry| *entry.1)
            }
            _ => None,
        }
    };
    range TreeIndex::range::<K, _>(it, (Included(key), Unbounded), &Guard::new()).take(RANGE).map(|entry| *entry.1).sum();
    walk it.iter(&Guard::new()).map(|entry| *entry.1).sum();
}

/// One transaction holds its version for as long as it is read, as a reader of the library does.
impl<K: Sorted> Ordered<K> for BptreeMap<K, u64> {
    fn get(&self, key: &K) -> Option<u64> {
        self.read().get(key).copied()
    }

    fn get_le(&self, key: &K) -> Option<u64> {
        self.read().range((Unbounded, Included(key.clone()))).next_back().map(|entry| *entry.1)
    }

    fn range(&self, from: &K) -> u64 {
        self.read().range((Included(from.clone()), Unbounded)).take(RANGE).map(|entry| *entry.1).sum()
    }

    fn walk(&self) -> u64 {
        self.read().values().sum()
    }
}

/// A map that is read, whichever it is. The loops are in here, so that they are compiled for it.
pub trait Reading<K>: Send + Sync {
    /// Nanoseconds for each of the keys that are asked for.
    fn get(&self, asked: &[K]) -> f64;

    /// The same, for the greatest key that is not above.
    fn get_le(&self, asked: &[K]) -> f64;

    /// Nanoseconds for a look at [`RANGE`] entries from each key on.
    fn range(&self, asked: &[K]) -> f64;

    /// Nanoseconds for each of all entries.
    fn walk(&self, len: usize) -> f64;
}

struct Held<T>(T);

impl<K: Sorted, T: Ordered<K>> Reading<K> for Held<T> {
    fn get(&self, asked: &[K]) -> f64 {
        time(|| asked.iter().for_each(|key| _ = black_box(self.0.get(key)))) / asked.len() as f64
    }

    fn get_le(&self, asked: &[K]) -> f64 {
        time(|| asked.iter().for_each(|key| _ = black_box(self.0.get_le(key)))) / asked.len() as f64
    }

    fn range(&self, asked: &[K]) -> f64 {
        time(|| asked.iter().for_each(|key| _ = black_box(self.0.range(key)))) / asked.len() as f64
    }

    fn walk(&self, len: usize) -> f64 {
        let times = (1 << 16) / len + 1;
        time(|| (0..times).for_each(|_| _ = black_box(self.0.walk()))) / (times * len) as f64
    }
}

/// Who shows what reads of a map of so many entries cost, of those that are not [`LARGE`] and of the others. There is no memory for all at once.
pub const READERS: [Wanted; 2] =
    [|name| !LARGE.contains(&name), |name| LARGE.contains(&name) || COMPARED.contains(&name)];

/// Who shows what writes cost. Those that clone the whole map are apart: they free a block for each entry, and whoever writes next has the
/// allocator put them in order, for seconds.
pub const WRITERS: [Wanted; 3] = [
    |name| !LARGE.contains(&name) && !CLONED.contains(&name),
    |name| LARGE.contains(&name) || name == names::OURS,
    |name| CLONED.contains(&name) || name == names::OURS,
];

/// Whether a contender of this name takes part.
pub type Wanted = fn(&str) -> bool;

const COMPARED: [&str; 2] = [names::OURS, names::STD];

/// Those who clone all entries for a write.
const CLONED: [&str; 2] = [names::STD, names::SORTED];

/// Those who hold more memory than the others.
const LARGE: [&str; 4] = [names::RPDS, names::CONCREAD, names::SKIPLIST, names::SCC];

/// Readers, to take part in a race.
pub type Readers<K> = Vec<Contender<dyn Reading<K>>>;

/// Writers, to take part in a race.
pub type Writers<K> = Vec<Contender<dyn Writing<K>>>;

/// What makes a map that is read.
pub type Make<K> = fn(&[(K, u64)]) -> Box<dyn Reading<K>>;

/// Everybody who reads, and what makes their maps.
#[must_use]
pub fn makers<K: Sorted>() -> Vec<(&'static str, Role, Make<K>)> {
    fn collected<K: Sorted, T: Ordered<K> + FromIterator<(K, u64)> + 'static>(
        entries: &[(K, u64)],
    ) -> Box<dyn Reading<K>> {
        Box::new(Held(entries.iter().cloned().collect::<T>()))
    }
    vec![
        (names::OURS, Role::Ours, collected::<K, PagedOrdMap<K, u64>>),
        (names::STD, Role::Yardstick, collected::<K, BTreeMap<K, u64>>),
        (names::SORTED, Role::Rival, |entries| Box::new(Held(sorted(entries)))),
        (names::IMBL, Role::Rival, collected::<K, imbl::OrdMap<K, u64>>),
        (names::CHUNKMAP, Role::Rival, collected::<K, MapM<K, u64>>),
        (names::RPDS, Role::Rival, collected::<K, RedBlackTreeMapSync<K, u64>>),
        (names::CONCREAD, Role::Rival, collected::<K, BptreeMap<K, u64>>),
        (names::SKIPLIST, Role::Rival, collected::<K, SkipMap<K, u64>>),
        (names::SCC, Role::Rival, |entries| Box::new(Held(index(entries)))),
    ]
}

/// Those whose name is `wanted`, as readers of `entries`.
#[must_use]
pub fn readers<K: Sorted>(entries: &[(K, u64)], wanted: impl Fn(&str) -> bool) -> Readers<K> {
    let some = makers().into_iter().filter(|it| wanted(it.0));
    some.map(|(name, role, make)| Contender { name, role, subject: make(entries) }).collect()
}

fn sorted<K: Sorted>(entries: &[(K, u64)]) -> Vec<(K, u64)> {
    let mut sorted = entries.to_vec();
    sorted.sort();
    sorted
}

fn index<K: Sorted>(entries: &[(K, u64)]) -> TreeIndex<K, u64> {
    let index = TreeIndex::new();
    entries.iter().cloned().for_each(|(key, value)| index.upsert_sync(key, value));
    index
}

/// A map that is changed while others read it.
pub trait Writing<K>: Send + Sync {
    /// Inserts each entry, in a write of its own.
    fn insert(&self, entries: &[(K, u64)]);

    /// Removes each key, in a write of its own.
    fn remove(&self, entries: &[(K, u64)]);

    /// Inserts all entries in one write.
    fn insert_all(&self, entries: &[(K, u64)]);

    /// Removes all keys in one write.
    fn remove_all(&self, entries: &[(K, u64)]);
}

/// A map whose clone is a version.
pub(crate) trait Versioned<K>: Clone + Send + Sync + 'static {
    fn put(&mut self, key: K, value: u64);

    fn take(&mut self, key: &K);
}

macro_rules! versioned {
    ($($type:ty: $insert:ident, $remove:ident;)*) => {$(
        impl<K: Sorted> Versioned<K> for $type {
            fn put(&mut self, key: K, value: u64) {
                self.$insert(key, value);
            }

            fn take(&mut self, key: &K) {
                self.$remove(key);
            }
        }
    )*};
}

versioned! {
    PagedOrdMap<K, u64>: insert, remove;
    BTreeMap<K, u64>: insert, remove;
    imbl::OrdMap<K, u64>: insert, remove;
    MapM<K, u64>: insert_cow, remove_cow;
    RedBlackTreeMapSync<K, u64>: insert_mut, remove_mut;
}

impl<K: Sorted> Versioned<K> for Vec<(K, u64)> {
    fn put(&mut self, key: K, value: u64) {
        match self.binary_search_by(|entry| entry.0.cmp(&key)) {
            Ok(index) => self[index].1 = value,
            Err(index) => self.insert(index, (key, value)),
        }
    }

    fn take(&mut self, key: &K) {
        if let Ok(index) = self.binary_search_by(|entry| entry.0.cmp(key)) {
            self.remove(index);
        }
    }
}

/// In the library's cell, or in an `ArcSwap` with a lock for the writers.
trait Publish<T>: Send + Sync {
    fn change(&self, f: impl FnOnce(&mut T));
}

impl<T: Clone + Send + Sync + 'static> Publish<T> for CowCell<T> {
    fn change(&self, f: impl FnOnce(&mut T)) {
        self.update(f);
    }
}

struct Swapped<T> {
    current: ArcSwap<T>,
    writer: Mutex<()>,
}

impl<T: Clone + Send + Sync + 'static> Publish<T> for Swapped<T> {
    fn change(&self, f: impl FnOnce(&mut T)) {
        let _writer = self.writer.lock();
        let mut next = T::clone(&self.current.load());
        f(&mut next);
        self.current.store(Arc::new(next));
    }
}

struct Published<T, P>(P, std::marker::PhantomData<fn(T)>);

/// A map of the library's, in its cell.
pub(crate) fn in_a_cell<K: Sorted, T: Versioned<K>>(
    name: &'static str,
    role: Role,
    map: T,
) -> Contender<dyn Writing<K>> {
    let subject = Box::new(Published(CowCell::new(map), std::marker::PhantomData::<fn(T)>));
    Contender { name, role, subject }
}

/// A rival's map, in an `ArcSwap`.
pub(crate) fn swapped<K: Sorted, T: Versioned<K>>(name: &'static str, map: T) -> Contender<dyn Writing<K>> {
    let cell = Swapped { current: ArcSwap::from_pointee(map), writer: Mutex::new(()) };
    let subject = Box::new(Published(cell, std::marker::PhantomData::<fn(T)>));
    Contender { name, role: Role::Rival, subject }
}

impl<K: Sorted, T: Versioned<K>, P: Publish<T>> Writing<K> for Published<T, P> {
    fn insert(&self, entries: &[(K, u64)]) {
        for (key, value) in entries {
            self.0.change(|map| map.put(key.clone(), *value));
        }
    }

    fn remove(&self, entries: &[(K, u64)]) {
        for (key, _) in entries {
            self.0.change(|map| map.take(key));
        }
    }

    fn insert_all(&self, entries: &[(K, u64)]) {
        self.0.change(|map| entries.iter().cloned().for_each(|(key, value)| map.put(key, value)));
    }

    fn remove_all(&self, entries: &[(K, u64)]) {
        self.0.change(|map| entries.iter().for_each(|(key, _)| map.take(key)));
    }
}

impl<K: Sorted> Writing<K> for BptreeMap<K, u64> {
    fn insert(&self, entries: &[(K, u64)]) {
        entries.chunks(1).for_each(|one| self.insert_all(one));
    }

    fn remove(&self, entries: &[(K, u64)]) {
        entries.chunks(1).for_each(|one| self.remove_all(one));
    }

    fn insert_all(&self, entries: &[(K, u64)]) {
        let mut txn = self.write();
        entries.iter().cloned().for_each(|(key, value)| _ = txn.insert(key, value));
        txn.commit();
    }

    fn remove_all(&self, entries: &[(K, u64)]) {
        let mut txn = self.write();
        for (key, _) in entries {
            txn.remove(key);
        }
        txn.commit();
    }
}

impl<K: Sorted> Writing<K> for SkipMap<K, u64> {
    fn insert(&self, entries: &[(K, u64)]) {
        entries.iter().cloned().for_each(|(key, value)| _ = SkipMap::insert(self, key, value));
    }

    fn remove(&self, entries: &[(K, u64)]) {
        for (key, _) in entries {
            SkipMap::remove(self, key);
        }
    }

    fn insert_all(&self, entries: &[(K, u64)]) {
        Writing::insert(self, entries);
    }

    fn remove_all(&self, entries: &[(K, u64)]) {
        Writing::remove(self, entries);
    }
}

impl<K: Sorted> Writing<K> for TreeIndex<K, u64> {
    fn insert(&self, entries: &[(K, u64)]) {
        entries.iter().cloned().for_each(|(key, value)| self.upsert_sync(key, value));
    }

    fn remove(&self, entries: &[(K, u64)]) {
        for (key, _) in entries {
            self.remove_sync(key);
        }
    }

    fn insert_all(&self, entries: &[(K, u64)]) {
        Writing::insert(self, entries);
    }

    fn remove_all(&self, entries: &[(K, u64)]) {
        Writing::remove(self, entries);
    }
}

/// Those whose name is `wanted`, as writers of `entries`. Those that are changed in place publish nothing: a reader may see half of a batch.
#[must_use]
pub fn writers<K: Sorted>(entries: &[(K, u64)], wanted: impl Fn(&str) -> bool) -> Writers<K> {
    type Made<'a, K> = &'a dyn Fn() -> Contender<dyn Writing<K>>;
    fn in_place<K, T: Writing<K> + 'static>(name: &'static str, map: T) -> Contender<dyn Writing<K>> {
        Contender { name, role: Role::Rival, subject: Box::new(map) }
    }
    let all = || entries.iter().cloned();
    let makers: [(&str, Made<'_, K>); 9] = [
        (names::OURS, &|| in_a_cell(names::OURS, Role::Ours, all().collect::<PagedOrdMap<_, _>>())),
        (names::STD, &|| swapped(names::STD, all().collect::<BTreeMap<_, _>>())),
        (names::SORTED, &|| swapped(names::SORTED, sorted(entries))),
        (names::IMBL, &|| swapped(names::IMBL, all().collect::<imbl::OrdMap<_, _>>())),
        (names::CHUNKMAP, &|| swapped(names::CHUNKMAP, all().collect::<MapM<_, _>>())),
        (names::RPDS, &|| swapped(names::RPDS, all().collect::<RedBlackTreeMapSync<_, _>>())),
        (names::CONCREAD, &|| in_place(names::CONCREAD, all().collect::<BptreeMap<_, _>>())),
        (names::SKIPLIST, &|| in_place(names::SKIPLIST, all().collect::<SkipMap<_, _>>())),
        (names::SCC, &|| in_place(names::SCC, index(entries))),
    ];
    makers.iter().filter(|it| wanted(it.0)).map(|it| it.1()).collect()
}

/// Makes maps of entries.
pub trait Building<K>: Send + Sync {
    /// Nanoseconds for each of `entries`, of which a clone is given away.
    fn build(&self, entries: &[(K, u64)], span: Duration) -> f64;
}

struct Builder<T>(fn(Vec<T>));

impl<K: Sorted> Building<K> for Builder<(K, u64)> {
    fn build(&self, entries: &[(K, u64)], span: Duration) -> f64 {
        mean_of(span, || {
            let entries = entries.to_vec();
            time(|| self.0(entries))
        }) / entries.len() as f64
    }
}

/// Everybody who makes a map of entries, in whatever order these are. The time to drop it is in.
#[must_use]
pub fn builders<K: Sorted>() -> Vec<Contender<dyn Building<K>>> {
    fn builder<K: Sorted>(
        name: &'static str,
        role: Role,
        f: fn(Vec<(K, u64)>),
    ) -> Contender<dyn Building<K>> {
        Contender { name, role, subject: Box::new(Builder(f)) }
    }
    vec![
        builder(names::OURS, Role::Ours, |it| _ = black_box(it.into_iter().collect::<PagedOrdMap<K, u64>>())),
        builder(names::STD, Role::Yardstick, |it| {
            _ = black_box(it.into_iter().collect::<BTreeMap<K, u64>>());
        }),
        builder(names::IMBL, Role::Rival, |it| {
            _ = black_box(it.into_iter().collect::<imbl::OrdMap<K, u64>>());
        }),
        builder(names::CHUNKMAP, Role::Rival, |it| _ = black_box(it.into_iter().collect::<MapM<K, u64>>())),
        builder(names::RPDS, Role::Rival, |it| {
            _ = black_box(it.into_iter().collect::<RedBlackTreeMapSync<K, u64>>());
        }),
        builder(names::CONCREAD, Role::Rival, |it| {
            _ = black_box(it.into_iter().collect::<BptreeMap<K, u64>>());
        }),
        builder(names::SKIPLIST, Role::Rival, |it| {
            _ = black_box(it.into_iter().collect::<SkipMap<K, u64>>());
        }),
    ]
}
