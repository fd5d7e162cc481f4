//! The contenders that hold a table: the library, its rivals, and the flat tables that nobody shares, which are the limit.
//!
//! One file for each kind. A contender says how it is asked and how it is changed; what is done with it is written once,
//! for all of them.

mod arc_swap;
mod by_entry;
mod concread;
mod evmap;
mod readmostly;
mod rwlock;
mod single_thread;

use crate::keys::{Hashing, Key};
use crate::{Contender, Role, time};
use hdrhistogram::Histogram;
use std::any::Any;
use std::hint::black_box;
use std::time::{Duration, Instant};

use self::arc_swap::{Cached, Loaded};
use self::by_entry::Pinned;
use self::concread::{InTransaction, Tree};
use self::evmap::TwoCopies;
use self::readmostly::{ByGuard, ByLoad, BySnapshot, Ours};
use self::rwlock::{Alone, ParkingLot, StdLock};
use self::single_thread::{Flat, Imbl, Rpds, Std};

/// Someone who looks keys up, on one thread.
pub trait Lookup<K: Key> {
    /// The value of `key`.
    fn get(&mut self, key: &K::Query) -> Option<u64>;
}

/// A table that is read.
pub trait Readable<K: Key>: Send + Sync + 'static {
    /// What a thread has that reads often.
    type Reader<'a>: Lookup<K>;

    /// Makes one for this thread.
    fn reader(&self) -> Self::Reader<'_>;
}

/// A table that is changed while others read it.
pub trait Writable<K: Key>: Readable<K> + Sized {
    /// Makes it of `entries`, as it makes one of an iterator.
    fn build(entries: Vec<(K, u64)>) -> Self;

    /// Inserts one entry, or overwrites it, for all to see when it returns.
    fn insert(&self, key: K, value: u64);

    /// Removes one entry, for all to see when it returns.
    fn remove(&self, key: &K);

    /// Inserts or overwrites many: in one step for the reader where it can do that, one by one where it cannot.
    fn extend(&self, entries: Vec<(K, u64)>);

    /// Makes it hold `entries`, which have the keys that are there, in one step for the reader where it can do that.
    fn reload(&self, entries: Vec<(K, u64)>);
}

/// A [`Readable`], whichever it is. The loops are in here, so that they are compiled for it.
pub trait Reading<K: Key>: Send + Sync {
    /// Nanoseconds for each of `keys`, which are independent of each other.
    fn throughput(&self, keys: &[K]) -> f64;

    /// Nanoseconds for each of `keys`, where which one is next depends on the value found.
    fn latency(&self, keys: &[K]) -> f64;

    /// Nanoseconds for each lookup, in lookups for about `span`.
    fn reads(&self, keys: &[K], span: Duration) -> f64;

    /// Times each lookup by itself, in nanoseconds, for about `span`.
    fn record(&self, keys: &[K], span: Duration, into: &mut Histogram<u64>);
}

impl<K: Key, T: Readable<K>> Reading<K> for T {
    fn throughput(&self, keys: &[K]) -> f64 {
        let mut reader = self.reader();
        let mut pass = || {
            for key in keys {
                black_box(reader.get(key.borrow()));
            }
        };
        // Untimed: what is in the cache was left by the contender before.
        pass();
        time(pass) / keys.len() as f64
    }

    fn latency(&self, keys: &[K]) -> f64 {
        let mut reader = self.reader();
        let mut pass = || {
            let mut next = 0;
            while let Some(key) = keys.get(next) {
                let value = reader.get(key.borrow()).expect("only what is there is asked for");
                // The value is below 2^63, which the compiler does not know, and the processor does not guess.
                next += 1 + (value >> 63) as usize;
            }
        };
        pass();
        time(pass) / keys.len() as f64
    }

    fn reads(&self, keys: &[K], span: Duration) -> f64 {
        let mut reader = self.reader();
        let (start, mut count) = (Instant::now(), 0);
        for keys in keys.chunks(256).cycle() {
            for key in keys {
                black_box(reader.get(key.borrow()));
            }
            count += keys.len();
            if start.elapsed() >= span {
                break;
            }
        }
        start.elapsed().as_nanos() as f64 / count as f64
    }

    fn record(&self, keys: &[K], span: Duration, into: &mut Histogram<u64>) {
        let mut reader = self.reader();
        let start = Instant::now();
        let mut now = start;
        for key in keys.iter().cycle() {
            black_box(reader.get(key.borrow()));
            // From one look at the clock to the next: a pause between two lookups is one that the thread saw, too.
            let then = std::mem::replace(&mut now, Instant::now());
            into.saturating_record(u64::try_from((now - then).as_nanos()).unwrap_or(u64::MAX));
            if now - start >= span {
                break;
            }
        }
    }
}

/// A [`Writable`], whichever it is.
pub trait Writing<K: Key>: Reading<K> {
    /// Inserts each of `entries` in a write of its own, and leaves the vector empty.
    fn insert_each(&self, entries: &mut Vec<(K, u64)>);

    /// Removes each of `keys` in a write of its own.
    fn remove_each(&self, keys: &[K]);

    /// See [`Writable::extend`].
    fn extend(&self, entries: Vec<(K, u64)>);

    /// See [`Writable::reload`].
    fn reload(&self, entries: Vec<(K, u64)>);

    /// Builds another one, which is dropped when the caller is done with the clock.
    fn build_another(&self, entries: Vec<(K, u64)>) -> Box<dyn Any>;
}

impl<K: Key, T: Writable<K>> Writing<K> for T {
    fn insert_each(&self, entries: &mut Vec<(K, u64)>) {
        for (key, value) in entries.drain(..) {
            self.insert(key, value);
        }
    }

    fn remove_each(&self, keys: &[K]) {
        for key in keys {
            self.remove(key);
        }
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        Writable::extend(self, entries);
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        Writable::reload(self, entries);
    }

    fn build_another(&self, entries: Vec<(K, u64)>) -> Box<dyn Any> {
        Box::new(T::build(entries))
    }
}

/// Who reads a table, and sees in each lookup what is current.
pub type Readers<K> = Vec<Contender<dyn Reading<K>>>;

/// Who changes a table.
pub type Writers<K> = Vec<Contender<dyn Writing<K>>>;

/// The names that a bench asks for figures of.
pub mod names {
    /// A lookup by a reader.
    pub const READER: &str = "readmostly Reader";
    /// A lookup by `load`.
    pub const LOAD: &str = "readmostly load";
    /// A lookup by a snapshot that is made for it.
    pub const SNAPSHOT: &str = "readmostly snapshot";
    /// Lookups in one guard.
    pub const GUARD: &str = "readmostly, one guard";
    /// The library, to be written to.
    pub const OURS: &str = "readmostly CowMap";
    /// The limit.
    pub const FLAT: &str = "hashbrown, not shared";
    /// The limit, with std's table.
    pub const STD: &str = "std HashMap, not shared";
    /// A flat table in an `ArcSwap`, and a cache of the pointer.
    pub const CACHE: &str = "ArcSwap Cache, flat";
    /// A flat table in an `ArcSwap`.
    pub const ARC_SWAP: &str = "ArcSwap load, flat";
    /// The same, to be written to.
    pub const COPIED: &str = "ArcSwap, flat: clone, change, swap";
    /// A flat table under `parking_lot`'s lock.
    pub const PARKING_LOT: &str = "parking_lot RwLock, flat";
    /// A flat table under std's lock.
    pub const STD_LOCK: &str = "std RwLock, flat";
    /// papaya.
    pub const PAPAYA: &str = "papaya";
    /// dashmap.
    pub const DASHMAP: &str = "dashmap";
    /// scc's map of locked buckets.
    pub const SCC_MAP: &str = "scc HashMap";
    /// scc's map for readers.
    pub const SCC_INDEX: &str = "scc HashIndex";
    /// evmap.
    pub const EVMAP: &str = "evmap";
    /// concread.
    pub const CONCREAD: &str = "concread HashMap";
    /// imbl in an `ArcSwap`.
    pub const IMBL: &str = "ArcSwap, imbl HashMap";
    /// rpds in an `ArcSwap`.
    pub const RPDS: &str = "ArcSwap, rpds HashTrieMap";
}

/// The writers in two parts, since there is no memory for the largest tables of all at once. Those whom the others are
/// compared with are in both.
pub const PARTS: [fn(&str) -> bool; 2] =
    [|name| !LARGE.contains(&name), |name| LARGE.contains(&name) || COMPARED.contains(&name)];

const COMPARED: [&str; 2] = [names::OURS, names::COPIED];

/// Those who hold several times the memory of the others.
const LARGE: [&str; 4] = [names::EVMAP, names::CONCREAD, names::IMBL, names::RPDS];

/// Everybody who reads `entries` and sees in each lookup what is current.
#[must_use]
pub fn readers<K: Key, S: Hashing>(entries: &[(K, u64)]) -> Readers<K> {
    readers_named::<K, S>(entries, |_| true)
}

/// Those of [`readers`] whose name is `wanted`.
#[expect(clippy::type_complexity, reason = "a name for it says less")]
pub fn readers_named<K: Key, S: Hashing>(entries: &[(K, u64)], wanted: impl Fn(&str) -> bool) -> Readers<K> {
    let mut list: Readers<K> = Vec::new();
    // What is not wanted is not built.
    let mut add = |name, role, build: fn(&[(K, u64)]) -> Box<dyn Reading<K>>| {
        if wanted(name) {
            list.push(Contender { name, role, subject: build(entries) });
        }
    };
    add(names::READER, Role::Ours, boxed::<K, Ours<K, S>>);
    add(names::LOAD, Role::Ours, |entries| Box::new(ByLoad(build::<K, Ours<K, S>>(entries))));
    add(names::SNAPSHOT, Role::Ours, |entries| Box::new(BySnapshot(build::<K, Ours<K, S>>(entries))));
    add(names::FLAT, Role::Yardstick, boxed::<K, Alone<Flat<K, S>>>);
    add(names::STD, Role::Yardstick, boxed::<K, Alone<Std<K, S>>>);
    add(names::CACHE, Role::Rival, boxed::<K, Cached<Flat<K, S>>>);
    add(names::ARC_SWAP, Role::Rival, |entries| Box::new(Loaded(build::<K, Cached<Flat<K, S>>>(entries))));
    add(names::PARKING_LOT, Role::Rival, boxed::<K, ParkingLot<Flat<K, S>>>);
    add(names::STD_LOCK, Role::Rival, boxed::<K, StdLock<Flat<K, S>>>);
    add(names::PAPAYA, Role::Rival, boxed::<K, papaya::HashMap<K, u64, S>>);
    add(names::DASHMAP, Role::Rival, boxed::<K, dashmap::DashMap<K, u64, S>>);
    add(names::SCC_MAP, Role::Rival, boxed::<K, scc::HashMap<K, u64, S>>);
    add(names::SCC_INDEX, Role::Rival, boxed::<K, scc::HashIndex<K, u64, S>>);
    add(names::EVMAP, Role::Rival, boxed::<K, TwoCopies<K, S>>);
    if S::IS_FOLDHASH {
        add(names::CONCREAD, Role::Rival, boxed::<K, Tree<K>>);
    }
    add(names::IMBL, Role::Rival, boxed::<K, Cached<Imbl<K, S>>>);
    add(names::RPDS, Role::Rival, boxed::<K, Cached<Rpds<K, S>>>);
    list
}

fn boxed<K: Key, T: Writable<K>>(entries: &[(K, u64)]) -> Box<dyn Reading<K>> {
    Box::new(T::build(entries.to_vec()))
}

/// Those who look many keys up in one view of the table, which they look for once.
#[must_use]
pub fn held<K: Key, S: Hashing>(entries: &[(K, u64)]) -> Readers<K> {
    let mut list: Readers<K> = Vec::new();
    let mut add = |name, role, subject| list.push(Contender { name, role, subject });
    add(names::GUARD, Role::Ours, Box::new(ByGuard(build::<K, Ours<K, S>>(entries))));
    add(names::FLAT, Role::Yardstick, boxed::<K, Alone<Flat<K, S>>>(entries));
    add(names::STD, Role::Yardstick, boxed::<K, Alone<Std<K, S>>>(entries));
    add("papaya, one pin", Role::Rival, Box::new(Pinned(build::<K, papaya::HashMap<K, u64, S>>(entries))));
    if S::IS_FOLDHASH {
        add("concread, one transaction", Role::Rival, Box::new(InTransaction(build::<K, Tree<K>>(entries))));
    }
    add("imbl HashMap, one guard", Role::Rival, boxed::<K, Alone<Imbl<K, S>>>(entries));
    add("rpds HashTrieMap, one guard", Role::Rival, boxed::<K, Alone<Rpds<K, S>>>(entries));
    list
}

fn build<K: Key, T: Writable<K>>(entries: &[(K, u64)]) -> T {
    T::build(entries.to_vec())
}

/// Everybody who changes a table of `entries`.
#[must_use]
pub fn writers<K: Key, S: Hashing>(entries: &[(K, u64)]) -> Writers<K> {
    writers_named::<K, S>(entries, |_| true)
}

/// Those of [`writers`] whose name is `wanted`.
#[expect(clippy::type_complexity, reason = "a name for it says less")]
pub fn writers_named<K: Key, S: Hashing>(entries: &[(K, u64)], wanted: impl Fn(&str) -> bool) -> Writers<K> {
    fn boxed<K: Key, T: Writable<K>>(entries: &[(K, u64)]) -> Box<dyn Writing<K>> {
        Box::new(build::<K, T>(entries))
    }
    let mut list: Writers<K> = Vec::new();
    let mut add = |name, role, build: fn(&[(K, u64)]) -> Box<dyn Writing<K>>| {
        if wanted(name) {
            list.push(Contender { name, role, subject: build(entries) });
        }
    };
    add(names::OURS, Role::Ours, boxed::<K, Ours<K, S>>);
    add(names::FLAT, Role::Yardstick, boxed::<K, Alone<Flat<K, S>>>);
    add(names::STD, Role::Yardstick, boxed::<K, Alone<Std<K, S>>>);
    add(names::COPIED, Role::Rival, boxed::<K, Cached<Flat<K, S>>>);
    add(names::PARKING_LOT, Role::Rival, boxed::<K, ParkingLot<Flat<K, S>>>);
    add(names::STD_LOCK, Role::Rival, boxed::<K, StdLock<Flat<K, S>>>);
    add(names::PAPAYA, Role::Rival, boxed::<K, papaya::HashMap<K, u64, S>>);
    add(names::DASHMAP, Role::Rival, boxed::<K, dashmap::DashMap<K, u64, S>>);
    add(names::SCC_MAP, Role::Rival, boxed::<K, scc::HashMap<K, u64, S>>);
    add(names::SCC_INDEX, Role::Rival, boxed::<K, scc::HashIndex<K, u64, S>>);
    add(names::EVMAP, Role::Rival, boxed::<K, TwoCopies<K, S>>);
    if S::IS_FOLDHASH {
        add(names::CONCREAD, Role::Rival, boxed::<K, Tree<K>>);
    }
    add(names::IMBL, Role::Rival, boxed::<K, Cached<Imbl<K, S>>>);
    add(names::RPDS, Role::Rival, boxed::<K, Cached<Rpds<K, S>>>);
    list
}
