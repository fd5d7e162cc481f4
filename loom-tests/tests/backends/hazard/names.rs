//! G10, where a hazard pointer goes from cell to cell while others search.

use crate::hazard::reclaiming::address;
use loom::sync::Arc;
use readmostly::CowCell;
use readmostly_loom_tests::{Alive, Census, outcomes, spawn_with};
use std::sync::atomic::{AtomicUsize, Ordering};

// The two words of a hazard pointer are not read at once. A version of `a` has the address that a version of `b` had, which a
// reader of `b` still names; then the reader goes on to `a`. Half of each is a name of neither.
#[test]
pub(crate) fn g10_a_name_that_is_half_of_another_cells_keeps_nothing() {
    let came_back = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = outcomes(2, {
        let came_back = std::sync::Arc::clone(&came_back);
        move || {
            let alive = Alive::default();
            let a = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let b = Arc::new(CowCell::new(Census::new(&alive, 10)));
            let reader = spawn_with(&a, {
                let b = Arc::clone(&b);
                move |a| (b.load().value.get(), a.load().value.get())
            });
            let before = address(&*b.load());
            drop(b.replace(Census::new(&alive, 11)));
            drop(a.replace(Census::new(&alive, 1)));
            {
                let guard = a.load();
                if address(&*guard) == before {
                    came_back.fetch_add(1, Ordering::Relaxed);
                }
                drop(a.replace(Census::new(&alive, 2)));
            }
            reader.join().unwrap();
            alive.load(Ordering::Relaxed)
        }
    });
    assert_eq!(seen, [2].into(), "a replaced version is kept though nobody holds it");
    assert!(came_back.load(Ordering::Relaxed) > 0, "no address came back, so nothing was shown");
}

#[test]
pub(crate) fn g10_a_reader_of_three_cells_keeps_none() {
    let seen = outcomes(2, || {
        let alive = Alive::default();
        let cells = Arc::new([0, 1, 2].map(|_| CowCell::new(Census::new(&alive, 0))));
        let reader = spawn_with(&cells, |cells| cells.each_ref().map(|cell| cell.load().value.get()));
        for cell in cells.iter() {
            drop(cell.replace(Census::new(&alive, 1)));
        }
        let seen = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 3);
        seen
    });
    let all = (0..8).map(|n| [n & 1, n >> 1 & 1, n >> 2]).collect();
    assert_eq!(seen, all);
}
