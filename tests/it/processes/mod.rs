//! What the system does to a process: a fork, and a sandbox that is entered late.

#![expect(unsafe_code, reason = "fork and seccomp are the system's, and std has neither")]

use crate::support::{alone, panic_of};
use readmostly::{CowMap, CowVec};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `body` in a child that this process forks now, and waits for it. A child that hangs is killed after ten seconds.
#[track_caller]
fn in_child(what: &str, body: impl FnOnce()) {
    // SAFETY: no other test runs in this process, and glibc's allocator may be used in a child.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "{what}: no fork");
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
    assert!(!libc::WIFSIGNALED(status), "{what}: the child hung");
    assert_eq!(libc::WEXITSTATUS(status), 0, "{what}: the child failed, and says why above");
}

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
    alone("processes::a_child_is_told_of_a_writer_that_it_does_not_have", || {
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
    alone("processes::a_child_goes_on_with_the_write_of_its_own_thread", || {
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

/// A sandbox as seccomp makes it: from here on the system refuses `membarrier` to this thread, and to those that it spawns.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(
        readmostly_fence = "full",
        readmostly_backend = "epoch",
        readmostly_backend = "lock",
        readmostly_backend = "arc_swap"
    ))
))]
mod sandbox {
    use crate::support::{Census, alone};
    use readmostly::CowCell;
    use std::sync::mpsc;
    use std::thread;

    fn refuse_membarrier(with: libc::c_int) {
        let errno = libc::SECCOMP_RET_ERRNO | u32::try_from(with).unwrap();
        let call = u32::try_from(libc::SYS_membarrier).unwrap();
        let step = |code: u32, jf, k| libc::sock_filter { code: u16::try_from(code).unwrap(), jt: 0, jf, k };
        let filter = [
            step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
            step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, call),
            step(libc::BPF_RET | libc::BPF_K, 0, errno),
            step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
        ];
        let program = libc::sock_fprog { len: 4, filter: filter.as_ptr().cast_mut() };
        // SAFETY: the program lives until the call has returned.
        unsafe {
            assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
            assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program), 0);
        }
    }

    #[test]
    fn a_barrier_that_is_refused_fails_no_write_and_loses_nothing() {
        alone("processes::sandbox::a_barrier_that_is_refused_fails_no_write_and_loses_nothing", || {
            let census = Census::new();
            let cell = CowCell::new(census.count(0));
            let ((say, said), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel());
            thread::scope(|s| {
                let cell = &cell;
                let stands_still = s.spawn(move || {
                    let first = **cell.load();
                    say.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    (first, **cell.load())
                });
                said.recv().unwrap();
                refuse_membarrier(libc::EPERM);
                for n in 1..=10 {
                    assert_eq!(**cell.replace(census.count(n)), n - 1);
                    assert_eq!(**cell.load(), n);
                }
                // That thread may be at any point of its load, for all that is known.
                assert_eq!(census.alive(), 11);
                go_on.send(()).unwrap();
                assert_eq!(stands_still.join().unwrap(), (0, 10));
            });
            cell.replace(census.count(11));
            assert_eq!(census.alive(), 1);
            // From now on as where there never was a barrier.
            let guard = cell.load();
            cell.replace(census.count(12));
            assert_eq!((**guard, census.alive()), (11, 2));
            drop(guard);
            assert_eq!(census.alive(), 1);
        });
    }

    // It has a hazard pointer that is searched, and loads no more: it knows by its writes.
    #[test]
    fn a_writer_that_has_loaded_before_need_not_load_again() {
        alone("processes::sandbox::a_writer_that_has_loaded_before_need_not_load_again", || {
            let census = Census::new();
            let cell = CowCell::new(census.count(0));
            assert_eq!(**cell.load(), 0);
            refuse_membarrier(libc::EPERM);
            for n in 1..=10 {
                cell.replace(census.count(n));
            }
            assert_eq!(census.alive(), 1);
        });
    }

    #[test]
    fn a_child_in_a_sandbox_does_not_wait_for_threads_that_it_does_not_have() {
        alone(
            "processes::sandbox::a_child_in_a_sandbox_does_not_wait_for_threads_that_it_does_not_have",
            || {
                let census = Census::new();
                let cell = CowCell::new(census.count(0));
                thread::scope(|s| {
                    let ((say, said), (end, may_end)) = (mpsc::channel(), mpsc::channel::<()>());
                    let cell = &cell;
                    s.spawn(move || {
                        let guard = cell.load();
                        say.send(**guard).unwrap();
                        may_end.recv().unwrap();
                    });
                    said.recv().unwrap();
                    super::in_child("enters a sandbox and writes", || {
                        refuse_membarrier(libc::EPERM);
                        for n in 1..=10 {
                            cell.replace(census.count(n));
                            assert_eq!(**cell.load(), n);
                        }
                        assert_eq!(census.alive(), 1);
                    });
                    end.send(()).unwrap();
                });
            },
        );
    }

    #[test]
    fn a_barrier_that_finds_no_memory_is_tried_again() {
        alone("processes::sandbox::a_barrier_that_finds_no_memory_is_tried_again", || {
            let census = Census::new();
            let cell = CowCell::new(census.count(0));
            thread::scope(|s| {
                let cell = &cell;
                let census = &census;
                // The filter is this thread's alone.
                s.spawn(move || {
                    refuse_membarrier(libc::ENOMEM);
                    for n in 1..=10 {
                        assert_eq!(**cell.replace(census.count(n)), n - 1);
                    }
                    assert_eq!(census.alive(), 11);
                });
            });
            cell.replace(census.count(11));
            assert_eq!(census.alive(), 1);
        });
    }
}
