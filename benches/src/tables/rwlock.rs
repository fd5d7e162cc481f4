//! A table under one lock: for each lookup, as a user has it, or for all of them, which leaves what the table itself costs.

use super::single_thread::Plain;
use super::{Lookup, Readable, Writable};
use crate::keys::Key;
use parking_lot::{RwLock, RwLockReadGuard};
use std::mem;

/// A table that nobody shares: the lock is taken once for many lookups.
pub(super) struct Alone<T>(RwLock<T>);

/// A table under `parking_lot`'s lock.
pub(super) struct ParkingLot<T>(RwLock<T>);

/// A table under std's lock.
pub(super) struct StdLock<T>(std::sync::RwLock<T>);

/// Not to be met: no contender panics in a write.
const POISONED: &str = "no writer has panicked";

impl<K: Key, T: Plain<K>> Readable<K> for Alone<T> {
    type Reader<'a> = RwLockReadGuard<'a, T>;

    fn reader(&self) -> Self::Reader<'_> {
        self.0.read()
    }
}

impl<K: Key, T: Plain<K>> Lookup<K> for RwLockReadGuard<'_, T> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        T::get(self, key)
    }
}

impl<K: Key, T: Plain<K>> Readable<K> for ParkingLot<T> {
    type Reader<'a> = &'a Self;

    fn reader(&self) -> Self::Reader<'_> {
        self
    }
}

impl<K: Key, T: Plain<K>> Lookup<K> for &ParkingLot<T> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.0.read().get(key)
    }
}

impl<K: Key, T: Plain<K>> Readable<K> for StdLock<T> {
    type Reader<'a> = &'a Self;

    fn reader(&self) -> Self::Reader<'_> {
        self
    }
}

impl<K: Key, T: Plain<K>> Lookup<K> for &StdLock<T> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.0.read().expect(POISONED).get(key)
    }
}

fn write_std<T>(lock: &std::sync::RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().expect(POISONED)
}

macro_rules! writable {
    ($($wrapper:ident, $lock:ty, $write:expr;)*) => {$(
        impl<K: Key, T: Plain<K>> Writable<K> for $wrapper<T> {
            fn build(entries: Vec<(K, u64)>) -> Self {
                Self(<$lock>::new(entries.into_iter().collect()))
            }

            fn insert(&self, key: K, value: u64) {
                $write(&self.0).insert(key, value);
            }

            fn remove(&self, key: &K) {
                $write(&self.0).remove(key);
            }

            fn extend(&self, entries: Vec<(K, u64)>) {
                $write(&self.0).extend(entries);
            }

            fn reload(&self, entries: Vec<(K, u64)>) {
                // The new table is made before the lock, and the old one dropped after it.
                let next = entries.into_iter().collect();
                let old = mem::replace(&mut *$write(&self.0), next);
                drop(old);
            }
        }
    )*};
}

writable! {
    Alone, RwLock<T>, RwLock::write;
    ParkingLot, RwLock<T>, RwLock::write;
    StdLock, std::sync::RwLock<T>, write_std;
}
