//! What a rollback runs and tells while others publish.

use crate::support::{lines, says};
use readmostly::{CowCell, Keep, Snapshot, Watch};
use readmostly_reload::{Changes, Content, Reload, Target};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Wake, Waker};

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

/// It was looked up after the wakers had run, and was gone where one of them had published more than is kept.
#[test]
fn the_last_update_is_there_also_where_a_waker_publishes_more_versions_than_are_kept() {
    struct Publishing(Arc<CowCell<String>>);
    impl Wake for Publishing {
        fn wake(self: Arc<Self>) {
            (0..3).for_each(|number| self.0.update(|text| *text = format!("of another {number}")));
        }
    }
    let cell = Arc::new(CowCell::new(String::new()));
    let reload =
        Reload::source(says(&["a", "b"])).parse(|content: &Content| content.text().map(String::from));
    let reloader = reload.keep(Keep::versions(2)).into(Arc::clone(&cell)).unwrap();
    reloader.now();
    let mut watch = Watch::new(Arc::clone(&cell));
    let mut changed = Box::pin(watch.changed());
    let with = Waker::from(Arc::new(Publishing(Arc::clone(&cell))));
    assert!(changed.as_mut().poll(&mut Context::from_waker(&with)).is_pending());
    let status = reloader.rollback(1).unwrap();
    assert_eq!((status.version, cell.version()), (3, 6), "the waker ran");
    let update = reloader.last_update().expect("nothing has panicked");
    assert_eq!((Snapshot::version(&update.new), &**update.old, &**update.new), (3, "b", "a"));
}
