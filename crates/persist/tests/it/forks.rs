//! The child of a fork has no thread of a table, and the log is its parent's.

#![expect(unsafe_code, reason = "fork is the system's, and std has none")]

use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly_persist::{Durable, ErrorKind, Every, Options, Store, SyncMode};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

type Map = CowMap<u32, u32>;

/// Runs a test in a process of its own, where no other thread can be in the middle of something.
fn alone(name: &str, body: impl FnOnce()) {
    const ALONE: &str = "READMOSTLY_PERSIST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let test = std::env::current_exe().unwrap();
    let args = [name, "--exact", "--nocapture", "--test-threads=1"];
    let output = std::process::Command::new(test).args(args).env(ALONE, "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let is_passed = output.status.success() && told.contains("1 passed");
    assert!(is_passed, "{}: {told}{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// Runs `body` in a child that this process forks now, and waits for it. A child that hangs is killed after ten seconds.
#[track_caller]
fn in_child(body: impl FnOnce()) {
    // SAFETY: no other test runs in this process, and glibc's allocator may be used in a child.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no fork");
    if child == 0 {
        // SAFETY: the child ends here, without the destructors of what it shares with its parent.
        unsafe {
            libc::alarm(10);
            let outcome = catch_unwind(AssertUnwindSafe(body));
            libc::_exit(i32::from(outcome.is_err()));
        }
    }
    let mut status = 0;
    // SAFETY: the status is written to a place of that type.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(!libc::WIFSIGNALED(status), "the child hung");
    assert_eq!(libc::WEXITSTATUS(status), 0, "the child failed, and says why above");
}

/// What the parent has published and not written yet is for the parent to write.
#[test]
fn a_child_that_drops_a_durable_table_writes_nothing() {
    alone("forks::a_child_that_drops_a_durable_table_writes_nothing", || {
        let folder = tempfile::tempdir().unwrap();
        let options = || Options::new().sync(SyncMode::Every(Duration::from_secs(3600)));
        let (table, _) = Durable::<Map>::open(&folder, options()).unwrap();
        table.insert(1, 1).unwrap();
        table.flush().unwrap();
        table.insert(2, 2).unwrap();
        let mut table = Some(table);
        in_child(|| drop(table.take()));
        let table = table.unwrap();
        assert_eq!(table.status().waiting, 1);
        table.insert(3, 3).unwrap();
        drop(table);
        let (table, recovered) = Durable::<Map>::open(&folder, options()).unwrap();
        assert_eq!((table.load().len(), recovered.skipped.is_empty()), (3, true));
        assert!(recovered.torn.is_none(), "{:?}", recovered.torn);
    });
}

/// It has no thread that saves.
#[test]
fn a_child_that_stops_an_autosave_hears_that_nothing_is_saved() {
    alone("forks::a_child_that_stops_an_autosave_hears_that_nothing_is_saved", || {
        let folder = tempfile::tempdir().unwrap();
        let (store, set) = (Store::open(&folder, Options::new()).unwrap(), Arc::new(Map::from([(1, 1)])));
        let every = Every { interval: Duration::from_secs(3600), versions: u64::MAX };
        let autosave = store.autosave(Arc::clone(&set), every).unwrap();
        while autosave.status().saves == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        set.insert(2, 2);
        let mut autosave = Some(autosave);
        in_child(|| {
            let stopped = autosave.take().unwrap().stop();
            assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Locked);
        });
        assert_eq!(autosave.unwrap().stop().unwrap().saves, 2);
        assert_eq!(store.load().unwrap().unwrap().value, *set.load());
    });
}

/// The thread that saves is not in the child, and nobody would tell it of the end.
#[test]
fn a_child_does_not_wait_for_a_save_of_its_parent() {
    alone("forks::a_child_does_not_wait_for_a_save_of_its_parent", || {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder, Options::new()).unwrap();
        let table: Map = (0..400_000).map(|n| (n, n)).collect();
        let mut saving = Some(store.save_in_background(table.snapshot()));
        in_child(|| {
            assert_eq!(saving.take().unwrap().wait().unwrap_err().kind(), ErrorKind::Locked);
        });
        assert!(saving.unwrap().wait().unwrap().written);
    });
}

/// Both went on with one log, and what the parent wrote was lost.
#[test]
fn a_child_writes_nothing_to_what_its_parent_has_open() {
    alone("forks::a_child_writes_nothing_to_what_its_parent_has_open", || {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let (table, _) = Durable::<Map>::open(&folders[0], Options::new()).unwrap();
        let (store, saved) = (Store::open(&folders[1], Options::new()).unwrap(), Map::from([(1, 1)]));
        table.insert(1, 1).unwrap();
        store.save(&saved.snapshot()).unwrap();
        in_child(|| {
            saved.insert(9, 9);
            let locked = [
                table.insert(9, 9).unwrap_err(),
                table.flush().unwrap_err(),
                table.fold().unwrap_err(),
                store.save(&saved.snapshot()).unwrap_err(),
                store.save_in_background(saved.snapshot()).wait().unwrap_err(),
                store.compact().unwrap_err(),
                store.tag(store.list()[0].id, "child").unwrap_err(),
                store.remove(store.list()[0].id).unwrap_err(),
            ];
            for error in locked {
                assert_eq!(error.kind(), ErrorKind::Locked, "{error}");
            }
            assert_eq!((table.load().len(), store.load().unwrap().unwrap().value.len()), (1, 1));
        });
        table.insert(2, 2).unwrap();
        saved.insert(2, 2);
        store.save(&saved.snapshot()).unwrap();
        drop((table, store));
        let (table, recovered) = Durable::<Map>::open(&folders[0], Options::new()).unwrap();
        assert_eq!((table.load().len(), recovered.torn.is_none()), (2, true));
        let store: Store<PagedMap<u32, u32>> = Store::open(&folders[1], Options::new()).unwrap();
        assert_eq!(store.load().unwrap().unwrap().value, PagedMap::from([(1, 1), (2, 2)]));
    });
}
