//! G14 told, down to the atomics of the slot: what a watch tells of is complete, and what it replaced is alive.

use loom::sync::Arc;
use readmostly::{CowCell, Watch};
use readmostly_loom_tests::{Watched, outcomes, spawn_with};

#[test]
pub(crate) fn g14_a_sleeper_is_woken_and_finds_both_versions() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let mut watch = Watch::new(Arc::clone(&cell));
        let sleeper = spawn_with(&cell, move |_| {
            let update = watch.next();
            (update.old.get(), update.new.get())
        });
        cell.replace(Watched::new(1));
        sleeper.join().unwrap()
    });
    assert_eq!(seen, [(0, 1)].into());
}

// The version that was current when it fell asleep is gone when it is woken.
#[test]
pub(crate) fn g14_a_sleeper_that_forgot_what_it_saw_keeps_nothing() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let mut watch = Watch::new(Arc::clone(&cell));
        watch.forget_seen();
        let sleeper = spawn_with(&cell, move |_| watch.next().new.get());
        cell.replace(Watched::new(1));
        cell.replace(Watched::new(2));
        sleeper.join().unwrap()
    });
    assert_eq!(seen, [1, 2].into());
}
