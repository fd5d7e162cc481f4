//! What a rollback runs and tells while others publish.

use crate::support::{lines, says};
use readmostly::{CowCell, Keep};
use readmostly_reload::{Changes, Reload, Target};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

struct List(Vec<String>);

/// The value that was overtaken was dropped while the writers' lock was held.
#[test]
fn no_value_is_dropped_while_a_rollback_has_the_lock() {
    static OTHERS: OnceLock<Arc<CowCell<Table>>> = OnceLock::new();
    static WATCHING: AtomicBool = AtomicBool::new(false);
    static LOCKED: AtomicU32 = AtomicU32::new(0);
    #[derive(Clone, Default)]
    struct Table {
        list: Vec<String>,
        hits: u32,
    }
    impl Drop for Table {
        fn drop(&mut self) {
            let is_locked = || OTHERS.get().is_some_and(|cell| cell.try_write().is_none());
            if WATCHING.load(Ordering::Relaxed) && is_locked() {
                LOCKED.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    impl Target<List> for CowCell<Table> {
        fn make(base: &Table, list: List) -> Table {
            Table { list: list.0, hits: base.hits }
        }
        fn changes(old: &Table, new: &Table) -> Changes {
            Changes { updated: usize::from(old.list != new.list), ..Changes::default() }
        }
        fn restore(base: &Table, wanted: &Table) -> Option<Table> {
            // Another one publishes, if it can.
            if let Some(mut txn) = OTHERS.get().expect("it was set").try_write() {
                txn.hits += 1;
                txn.commit();
            }
            Some(Table { list: wanted.list.clone(), hits: base.hits })
        }
    }
    let cell = Arc::<CowCell<Table>>::default();
    assert!(OTHERS.set(Arc::clone(&cell)).is_ok());
    let reload = Reload::source(says(&["a", "b"])).parse(|content: &_| lines(content).map(List));
    // No version is kept that the rollback has seen, so that it may be the last one who holds it.
    let reloader = reload.keep(Keep::versions(4)).into(Arc::clone(&cell)).unwrap();
    reloader.now();
    WATCHING.store(true, Ordering::Relaxed);
    let status = reloader.rollback(1).unwrap();
    WATCHING.store(false, Ordering::Relaxed);
    assert_eq!((status.rolled_back, cell.load().hits), (1, 3), "it was overtaken three times");
    assert_eq!(LOCKED.load(Ordering::Relaxed), 0);
}
