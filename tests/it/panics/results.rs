//! What a call was to return, where a destructor panics behind it.

use crate::support::{alone, panic_of};
use readmostly::paged::PagedMap;
use readmostly::{BACKEND, CowCell, CowIndexMap, CowMap, CowOrdMap, Snapshot};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};

const TEXT: &str = "a destructor panics";

/// A part of a value: what its clone does, and whether its destructor panics. A clone does nothing of the kind.
#[derive(Default)]
struct Part {
    in_clone: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    panics: bool,
}

impl Part {
    fn that_panics() -> Self {
        Self { in_clone: Mutex::default(), panics: true }
    }

    fn in_clone(&self, act: impl FnOnce() + Send + 'static) {
        *self.in_clone.lock().unwrap() = Some(Box::new(act));
    }
}

impl Clone for Part {
    fn clone(&self) -> Self {
        let act = self.in_clone.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
        Self::default()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        assert!(!self.panics, "{TEXT}");
    }
}

#[derive(Clone, Default)]
struct Hasher(RandomState, Part);

impl BuildHasher for Hasher {
    type Hasher = <RandomState as BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

/// The last other holder goes while the value is cloned. So the call drops it.
#[test]
fn a_value_that_was_taken_out_is_not_leaked() {
    alone("panics::results::a_value_that_was_taken_out_is_not_leaked", || {
        let alive = Arc::new(());
        for from_the_cell in [true, false] {
            let cell = CowCell::new((Arc::clone(&alive), Part::that_panics()));
            let (snapshot, other) = (cell.snapshot(), cell.snapshot());
            snapshot.1.in_clone(move || drop(other));
            let message = if from_the_cell {
                drop(snapshot);
                panic_of(|| cell.into_inner())
            } else {
                drop(cell);
                panic_of(|| Snapshot::into_inner(snapshot))
            };
            assert!(message.contains(TEXT), "{message}");
            assert_eq!(Arc::strong_count(&alive), 1, "leaked");
        }
    });
}

/// The map is replaced while it is cloned. So the call drops it.
#[test]
fn a_fork_is_not_leaked() {
    if BACKEND == "epoch" {
        eprintln!("skipped: with epoch the next write drops what was replaced, and no read does");
        return;
    }
    alone("panics::results::a_fork_is_not_leaked", || {
        let alive = Arc::new(());
        let mut table = PagedMap::with_hasher(Hasher(RandomState::new(), Part::that_panics()));
        table.insert(1, Arc::clone(&alive));
        let map = Arc::new(CowMap::from(table));
        let other = Arc::clone(&map);
        map.load().hasher().1.in_clone(move || drop(other.replace(PagedMap::with_hasher(Hasher::default()))));
        let message = panic_of(|| map.fork());
        assert!(message.contains(TEXT), "{message}");
        assert_eq!(Arc::strong_count(&alive), 1, "leaked");
    });
}

#[test]
fn what_a_closure_has_returned_is_not_leaked() {
    alone("panics::results::what_a_closure_has_returned_is_not_leaked", || {
        let alive = Arc::new(());
        macro_rules! refused {
            ($map:ty) => {
                let map = <$map>::default();
                map.insert(1, Part::default());
                let message =
                    panic_of(|| map.modify_or_insert(1, |_| Arc::clone(&alive), Part::that_panics()));
                assert!(message.contains(TEXT), "{message}");
                assert_eq!(Arc::strong_count(&alive), 1, "leaked: {}", stringify!($map));
            };
        }
        refused!(CowMap<u32, Part>);
        refused!(CowOrdMap<u32, Part>);
        refused!(CowIndexMap<u32, Part>);
    });
}
