//! What a child process may do with the containers that it got from its parent.

use super::in_child;
use crate::support::{alone, panic_of};
use readmostly::{CowCell, CowMap, CowVec, Guard, Watch};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A thread that is inside a write to `map` until it is told to leave.
fn writing(map: &Arc<CowMap<u32, u32>>) -> (mpsc::Sender<()>, thread::JoinHandle<()>) {
    let ((inside, is_inside), (leave, may_leave)) = (mpsc::channel(), mpsc::channel::<()>());
    let thread = thread::spawn({
        let map = Arc::clone(map);
        move || {
            map.update(|draft| {
                draft.insert(2, 2);
                inside.send(()).unwrap();
                may_leave.recv().unwrap();
            });
        }
    });
    is_inside.recv().unwrap();
    (leave, thread)
}

#[test]
fn a_child_is_told_of_a_writer_that_it_does_not_have() {
    alone("processes::forks::a_child_is_told_of_a_writer_that_it_does_not_have", || {
        let map: Arc<CowMap<u32, u32>> = Arc::new(CowMap::from([(1, 1)]));
        let mut reader = map.reader();
        let (leave, writer) = writing(&map);
        let in_vain = |map: &CowMap<u32, u32>| {
            assert!(panic_of(|| map.insert(3, 3)).contains("a thread that is gone"));
            assert!(map.try_write().is_none());
            let start = Instant::now();
            assert!(map.try_write_for(Duration::from_secs(60)).is_none());
            assert!(start.elapsed() < Duration::from_secs(5), "it waited for nobody");
        };
        in_child("reads and writes", || {
            assert_eq!(
                (map.get(&1), map.len(), reader.load().len(), map.snapshot().len()),
                (Some(1), 1, 1, 1)
            );
            in_vain(&map);
            thread::scope(|s| {
                s.spawn(|| {
                    assert_eq!(map.get(&1), Some(1));
                    in_vain(&map);
                });
            });
            // What the message says to do.
            let mine = map.fork();
            mine.insert(3, 3);
            assert_eq!((mine.len(), map.len()), (2, 1));
            in_child("the child's child", || in_vain(&map));
        });
        leave.send(()).unwrap();
        writer.join().unwrap();
        assert_eq!(map.insert(3, 3), None);
        in_child("with nobody in", || assert_eq!(map.insert(4, 4), None));
        assert_eq!(map.len(), 3);
    });
}

#[test]
fn a_child_goes_on_with_the_write_of_its_own_thread() {
    alone("processes::forks::a_child_goes_on_with_the_write_of_its_own_thread", || {
        let list: Arc<CowVec<u32>> = Arc::new(CowVec::new());
        let mut txn = list.write();
        txn.push(1);
        let waits = thread::spawn({
            let list = Arc::clone(&list);
            move || list.push(2)
        });
        // It may wait by now, or not yet: the child can end its write either way.
        thread::sleep(Duration::from_millis(100));
        let mut txn = Some(txn);
        in_child("commits and writes again", || {
            assert_eq!(txn.take().unwrap().commit().len(), 1);
            list.push(3);
            thread::scope(|s| {
                s.spawn(|| list.push(4));
            });
            assert_eq!(list.snapshot().to_vec(), [1, 3, 4]);
        });
        txn.unwrap().commit();
        waits.join().unwrap();
        assert_eq!(list.snapshot().to_vec(), [1, 2]);
    });
}

#[test]
fn a_child_goes_on_with_its_own_watch() {
    alone("processes::forks::a_child_goes_on_with_its_own_watch", || {
        let map: Arc<CowMap<u32, u32>> = Arc::new(CowMap::from([(1, 1)]));
        let mut watch = Watch::new(Arc::clone(&map));
        let sleeper = thread::spawn({
            let mut watch = watch.clone();
            move || watch.next().new.len()
        });
        // It may sleep by now, or not yet. The child has no such thread, and its writes wake nobody in the parent.
        thread::sleep(Duration::from_millis(100));
        in_child("writes and is told", || {
            map.insert(2, 2);
            assert_eq!(watch.next().new.len(), 2);
            thread::scope(|s| {
                let mut watch = map.watch();
                let there = s.spawn(move || watch.next().new.len());
                for key in (3..).take_while(|_| !there.is_finished()) {
                    map.insert(key, 0);
                }
                assert!(there.join().unwrap() > 2);
            });
        });
        assert!(!sleeper.is_finished());
        map.assign([(1, 1), (2, 2), (3, 3)]);
        assert_eq!(sleeper.join().unwrap(), 3);
    });
}

/// Says in its place whether it was dropped.
struct Shown(&'static AtomicBool);

impl Shown {
    fn new() -> Self {
        Self(Box::leak(Box::new(AtomicBool::new(false))))
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_guard_of_a_thread_that_a_child_does_not_have_shows_what_it_showed() {
    alone("processes::forks::a_guard_of_a_thread_that_a_child_does_not_have_shows_what_it_showed", || {
        static CELL: LazyLock<CowCell<Shown>> = LazyLock::new(|| CowCell::new(Shown::new()));
        // Not on the stack: that of a thread which a child does not have is given to the threads that it starts.
        let (cell, guard) = (&*CELL, &*Box::leak(Box::new(CELL.load())));
        let (started, has_started) = mpsc::channel();
        thread::scope(|s| {
            // A guard does not go to another thread, but a reference to it does.
            s.spawn(move || {
                // A child of a process that is starting a thread cannot start one.
                has_started.recv().unwrap();
                drop(cell.load());
                in_child("replaces what the guard shows", || {
                    let dropped = guard.0;
                    for _ in 0..3 {
                        drop(cell.replace(Shown::new()));
                        drop(cell.load());
                        thread::scope(|s| _ = s.spawn(|| drop(cell.load())));
                    }
                    assert!(!dropped.load(Ordering::Relaxed), "the version of a guard was dropped");
                });
            });
            started.send(()).unwrap();
        });
    });
}

// As is that of a thread local which is dropped after the library's own, in whose destructor the process is forked.
#[test]
fn a_guard_of_a_thread_that_is_being_torn_down_shows_what_it_showed_in_a_child() {
    static CELL: LazyLock<CowCell<Shown>> = LazyLock::new(|| CowCell::new(Shown::new()));

    struct Late(Guard<'static, Shown>);

    impl Drop for Late {
        fn drop(&mut self) {
            in_child("replaces what the guard shows", || {
                drop(CELL.replace(Shown::new()));
                assert!(!self.0.0.load(Ordering::Relaxed), "the version of a guard was dropped");
            });
        }
    }

    thread_local! {
        static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
    }

    alone(
        "processes::forks::a_guard_of_a_thread_that_is_being_torn_down_shows_what_it_showed_in_a_child",
        || {
            thread::spawn(|| {
                // It registers its destructor first, and so is dropped last.
                LATE.set(None);
                LATE.set(Some(Late(CELL.load())));
            })
            .join()
            .unwrap();
        },
    );
}

// Also of those that were registered before the library's, and in a thread that has not written before.
#[test]
fn a_handler_of_a_fork_may_write() {
    static CELL: LazyLock<CowCell<u32>> = LazyLock::new(|| CowCell::new(0));

    extern "C" fn write() {
        CELL.update(|count| *count += 1);
    }

    alone("processes::forks::a_handler_of_a_fork_may_write", || {
        // SAFETY: the handlers write to a cell, which is what is tested.
        assert_eq!(unsafe { libc::pthread_atfork(Some(write), Some(write), Some(write)) }, 0);
        thread::spawn(|| write()).join().unwrap();
        thread::spawn(|| in_child("counts", || assert_eq!(*CELL.load(), 3))).join().unwrap();
        assert_eq!(*CELL.load(), 3);
        in_child("counts once more", || assert_eq!(*CELL.load(), 5));
    });
}
