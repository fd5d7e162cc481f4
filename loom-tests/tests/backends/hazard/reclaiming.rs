//! G10: a version is dropped exactly once, by whoever is the last to let go of it.

use loom::sync::Arc;
use loom::sync::mpsc::{Receiver, Sender, channel};
use readmostly::CowCell;
use readmostly_loom_tests::{Census, outcomes, spawn_with};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

// The replaced version is gone when the writer and the reader are done, whichever of them is last, with no other write.
#[test]
pub(crate) fn g10_a_version_goes_with_its_last_guard() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let reader = spawn_with(&cell, |cell| cell.load().value.get());
        cell.replace(Census::new(&alive, 1));
        let left = alive.load(Ordering::Relaxed);
        let value = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        (value, left)
    });
    // A reader that is shown the new version may have named the old one when the writer searched.
    assert_eq!(seen, [(0, 1), (0, 2), (1, 1), (1, 2)].into());
}

// Two readers let go side by side, and each may be the last.
#[test]
pub(crate) fn g10_the_last_of_two_guards_frees_the_version() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let readers = [(); 2].map(|()| spawn_with(&cell, |cell| cell.load().value.get()));
        cell.replace(Census::new(&alive, 1));
        let values = readers.map(|reader| reader.join().unwrap());
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        values
    });
    assert_eq!(seen, [[0, 0], [0, 1], [1, 0], [1, 1]].into());
}

// A writer searches when it has let the next one in, so two may search side by side, while a reader holds what either took out.
#[test]
pub(crate) fn g10_two_writers_free_what_each_replaced() {
    let seen = outcomes(1, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let writer = spawn_with(&cell, {
            let alive = std::sync::Arc::clone(&alive);
            move |cell| drop(cell.replace(Census::new(&alive, 1)))
        });
        let reader = spawn_with(&cell, |cell| cell.load().value.get());
        drop(cell.replace(Census::new(&alive, 2)));
        let value = reader.join().unwrap();
        writer.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        value
    });
    assert_eq!(seen, [0, 1, 2].into());
}

// A snapshot takes its count under a name that it clears, and may be overtaken at each step.
#[test]
pub(crate) fn g10_a_version_goes_with_its_last_snapshot() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let reader = spawn_with(&cell, |cell| cell.snapshot().value.get());
        cell.replace(Census::new(&alive, 1));
        let value = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        value
    });
    assert_eq!(seen, [0, 1].into());
}

// The count is taken from a version that may be replaced twice meanwhile.
#[test]
pub(crate) fn g10_a_snapshot_is_overtaken_by_two_swaps() {
    let seen = outcomes(1, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let reader = spawn_with(&cell, |cell| cell.snapshot().value.get());
        drop(cell.replace(Census::new(&alive, 1)));
        drop(cell.replace(Census::new(&alive, 2)));
        let value = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        value
    });
    assert_eq!(seen, [0, 1, 2].into());
}

// With more guards than hazard pointers the rest are counts, which keep their version as well.
#[test]
pub(crate) fn g10_guards_beyond_the_hazard_pointers_keep_their_version() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let reader = spawn_with(&cell, |cell| {
            let (first, second) = (cell.load(), cell.load());
            let seen = (first.value.get(), second.value.get());
            drop(first);
            assert_eq!(second.value.get(), seen.1);
            seen
        });
        cell.replace(Census::new(&alive, 1));
        let seen = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        seen
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

/// A thread that holds a guard until it is told to let go.
fn holding(cell: &Arc<CowCell<Census>>) -> (Receiver<u32>, Sender<()>, loom::thread::JoinHandle<()>) {
    let ((say, saw), (end, wait)) = (channel(), channel());
    let thread = spawn_with(cell, move |cell| {
        let guard = cell.load();
        say.send(guard.value.get()).unwrap();
        wait.recv().unwrap();
        assert_eq!(guard.value.get(), 0);
    });
    (saw, end, thread)
}

// A version in the middle goes although a guard holds an older one.
#[test]
pub(crate) fn g10_a_version_in_the_middle_is_freed_before_an_older_one() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let (saw, end, holder) = holding(&cell);
        saw.recv().unwrap();
        let reader = spawn_with(&cell, |cell| cell.load().value.get());
        cell.replace(Census::new(&alive, 1));
        cell.replace(Census::new(&alive, 2));
        let value = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 2);
        end.send(()).unwrap();
        holder.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        value
    });
    assert_eq!(seen, [0, 1, 2].into());
}

// The next thread takes the hazard pointers of one that has ended, while the writer searches them.
#[test]
pub(crate) fn g10_a_thread_goes_on_with_the_hazard_pointers_of_another() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let writer = spawn_with(&cell, {
            let alive = std::sync::Arc::clone(&alive);
            move |cell| drop(cell.replace(Census::new(&alive, 1)))
        });
        let look = |cell: Arc<CowCell<Census>>| cell.load().value.get();
        let first = spawn_with(&cell, look).join().unwrap();
        let second = spawn_with(&cell, look).join().unwrap();
        writer.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        (first, second)
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

// What was read under a name is not freed before that, though the writer finds the next name in its place.
#[test]
pub(crate) fn g10_a_hazard_pointer_goes_on_to_another_cell() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let a = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let b = Arc::new(CowCell::new(Census::new(&alive, 10)));
        let reader = spawn_with(&a, {
            let b = Arc::clone(&b);
            move |a| (a.load().value.get(), b.load().value.get())
        });
        a.replace(Census::new(&alive, 1));
        let seen = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 2);
        seen
    });
    assert_eq!(seen, [(0, 10), (1, 10)].into());
}

/// Where a value is.
pub(crate) fn address<T>(value: &T) -> usize {
    std::ptr::from_ref(value).addr()
}

// The memory of a version of one cell becomes a version of another, while a reader of the first is still naming it:
// neither is taken for the other, and neither is kept for the other's reader.
#[test]
pub(crate) fn g10_two_cells_are_not_mixed_up_when_an_address_comes_back() {
    let came_back = std::sync::Arc::new(AtomicUsize::new(0));
    let seen: BTreeSet<_> = outcomes(2, {
        let came_back = std::sync::Arc::clone(&came_back);
        move || {
            let alive = std::sync::Arc::default();
            let a = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let b = CowCell::new(Census::new(&alive, 10));
            let reader = spawn_with(&a, |a| a.load().value.get());
            let before = address(&*a.load());
            drop(a.replace(Census::new(&alive, 1)));
            drop(b.replace(Census::new(&alive, 11)));
            if address(&*b.load()) == before {
                came_back.fetch_add(1, Ordering::Relaxed);
            }
            drop(b.replace(Census::new(&alive, 12)));
            let value = reader.join().unwrap();
            assert_eq!(alive.load(Ordering::Relaxed), 2);
            value
        }
    });
    assert_eq!(seen, [0, 1].into());
    assert!(came_back.load(Ordering::Relaxed) > 0, "no address came back, so nothing was shown");
}
