//! The destructor of a hasher, which is the user's as well.

use readmostly::CowIndexMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static MAP: LazyLock<CowIndexMap<u32, u32, Hashers>> =
    LazyLock::new(|| CowIndexMap::with_hasher(Hashers(RandomState::new())));
static WATCHED: AtomicBool = AtomicBool::new(false);
static DROPS: AtomicUsize = AtomicUsize::new(0);
static LOCKED: AtomicUsize = AtomicUsize::new(0);

/// Tries to write to the map when it is dropped.
#[derive(Clone)]
struct Hashers(RandomState);

impl BuildHasher for Hashers {
    type Hasher = <RandomState as BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

impl Drop for Hashers {
    fn drop(&mut self) {
        if WATCHED.load(Ordering::SeqCst) {
            DROPS.fetch_add(1, Ordering::SeqCst);
            LOCKED.fetch_add(usize::from(MAP.try_write().is_none()), Ordering::SeqCst);
        }
    }
}

#[test]
fn an_assign_drops_no_hasher_under_the_lock() {
    MAP.assign((0..100).map(|key| (key, key)));
    WATCHED.store(true, Ordering::SeqCst);
    MAP.assign((50..200).map(|key| (key, key % 60)));
    WATCHED.store(false, Ordering::SeqCst);
    assert!(DROPS.load(Ordering::SeqCst) > 0, "nothing was tried");
    assert_eq!(LOCKED.load(Ordering::SeqCst), 0);
    assert_eq!(MAP.len(), 150);
}
