//! G10: a destructor that runs inside a load, a snapshot or a guard's drop may load, and keep what it gets.

use loom::sync::Arc;
use readmostly::{CowCell, Guard};
use readmostly_loom_tests::{Alive, Census, outcomes, spawn_with};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the destructors on the reader's thread share. No part of the model, so it is std's.
#[derive(Clone)]
struct Pocket {
    /// Whether they are to load: main's alone, which is the reader.
    open: std::sync::Arc<AtomicBool>,
    kept: std::sync::Arc<Mutex<Option<Guard<'static, Census>>>>,
    other: Arc<CowCell<Census>>,
}

/// A value whose destructor loads another cell and keeps the guard.
struct Keeping {
    counted: Census,
    pocket: Pocket,
}

// SAFETY: loom runs the threads of a model one at a time, and the guard in the pocket stays on the thread of the reader.
#[expect(unsafe_code, reason = "a guard is not `Send`, and the pocket that it is put in goes with the value")]
unsafe impl Send for Keeping {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "as above")]
unsafe impl Sync for Keeping {}

impl Drop for Keeping {
    fn drop(&mut self) {
        if self.pocket.open.load(Ordering::Relaxed) {
            let guard = self.pocket.other.load();
            // SAFETY: `explore` drops what is kept before the cell.
            #[expect(unsafe_code, reason = "a model's threads own what they share, and cannot borrow it")]
            let guard = unsafe { std::mem::transmute::<Guard<'_, Census>, Guard<'static, Census>>(guard) };
            self.pocket.kept.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(guard);
        }
    }
}

/// Explores `read` beside a writer, with destructors that keep a guard of another cell: that is not freed while it is
/// kept, nor is what `read` returned.
fn explore<G: 'static>(
    read: fn(&'static CowCell<Keeping>) -> G,
    value: fn(&G) -> u32,
) -> BTreeSet<(u32, usize)> {
    let kept_some = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = outcomes(1, {
        let kept_some = std::sync::Arc::clone(&kept_some);
        move || {
            let alive = Alive::default();
            let pocket = Pocket {
                open: std::sync::Arc::default(),
                kept: std::sync::Arc::default(),
                other: Arc::new(CowCell::new(Census::new(&alive, 10))),
            };
            let value_of = |n| Keeping { counted: Census::new(&alive, n), pocket: pocket.clone() };
            let cell = Arc::new(CowCell::new(value_of(0)));
            let next = value_of(1);
            let writer = spawn_with(&cell, move |cell| drop(cell.replace(next)));
            pocket.open.store(true, Ordering::Relaxed);
            // SAFETY: what `read` returns is dropped before the cell.
            #[expect(unsafe_code, reason = "a model's threads own what they share, and cannot borrow it")]
            let shown = read(unsafe { &*std::ptr::from_ref(&*cell) });
            pocket.open.store(false, Ordering::Relaxed);
            let kept = pocket.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(kept) = kept {
                kept_some.fetch_add(1, Ordering::Relaxed);
                drop(pocket.other.replace(Census::new(&alive, 11)));
                // A race that loom reports, if it was freed.
                assert_eq!(kept.value.get(), 10);
            }
            let value = value(&shown);
            drop(shown);
            writer.join().unwrap();
            (value, alive.load(Ordering::Relaxed))
        }
    });
    assert!(kept_some.load(Ordering::Relaxed) > 0, "no destructor ran inside, so nothing was shown");
    seen
}

#[test]
pub(crate) fn g10_a_destructor_inside_a_load_keeps_a_guard() {
    let seen = explore(CowCell::load, |guard| guard.counted.value.get());
    assert_eq!(seen, [(0, 2), (1, 2)].into());
}

#[test]
pub(crate) fn g10_a_destructor_inside_a_snapshot_keeps_a_guard() {
    let seen = explore(CowCell::snapshot, |snapshot| snapshot.counted.value.get());
    assert_eq!(seen, [(0, 2), (1, 2)].into());
}

#[test]
pub(crate) fn g10_a_destructor_inside_the_drop_of_a_guard_keeps_a_guard() {
    let seen = explore(|cell| cell.load().counted.value.get(), |value| *value);
    assert_eq!(seen, [(0, 2), (1, 2)].into());
}
