//! Tables for one thread, which others wrap in a lock or a pointer swap.

use crate::keys::{Hashing, Key};
use imbl::shared_ptr::DefaultSharedPtr;

/// The flat table that is compared with, a copy of which costs the whole of it.
pub(super) type Flat<K, S> = hashbrown::HashMap<K, u64, S>;

/// std's, which is the same one.
pub(super) type Std<K, S> = std::collections::HashMap<K, u64, S>;

/// A trie, a copy of which shares all of it.
pub(super) type Imbl<K, S> = imbl::GenericHashMap<K, u64, S, DefaultSharedPtr>;

/// Another one.
pub(super) type Rpds<K, S> = rpds::HashTrieMapSync<K, u64, S>;

/// A table with std's methods.
pub(super) trait Plain<K: Key>: Clone + FromIterator<(K, u64)> + Send + Sync + 'static {
    fn get(&self, key: &K::Query) -> Option<u64>;

    fn insert(&mut self, key: K, value: u64);

    fn remove(&mut self, key: &K);

    fn extend(&mut self, entries: Vec<(K, u64)>) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

macro_rules! plain {
    ($($table:ident, $insert:ident, $remove:ident;)*) => {$(
        impl<K: Key, S: Hashing> Plain<K> for $table<K, S> {
            #[inline]
            fn get(&self, key: &K::Query) -> Option<u64> {
                $table::get(self, key).copied()
            }

            #[inline]
            fn insert(&mut self, key: K, value: u64) {
                $table::$insert(self, key, value);
            }

            #[inline]
            fn remove(&mut self, key: &K) {
                $table::$remove::<K::Query>(self, key.borrow());
            }
        }
    )*};
}

plain! {
    Flat, insert, remove;
    Std, insert, remove;
    Imbl, insert, remove;
    Rpds, insert_mut, remove_mut;
}
