//! A sandbox as seccomp makes it. Once entered, the system refuses `membarrier` to this thread and to those that it spawns.

use crate::support::{Census, alone, is_emulated};
use readmostly::CowCell;
use std::sync::mpsc;
use std::thread;

const OTHER_NUMBERS: &str = "a filter gets the calls of the emulator's host, which have other numbers";

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
    if is_emulated() {
        return println!("cannot be tried: {OTHER_NUMBERS}");
    }
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
    if is_emulated() {
        return println!("cannot be tried: {OTHER_NUMBERS}");
    }
    alone("processes::sandbox::a_writer_that_has_loaded_before_need_not_load_again", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let ((say, said), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel());
        thread::scope(|s| {
            let cell = &cell;
            s.spawn(move || {
                for () in may_go_on {
                    let seen = **cell.load();
                    say.send(seen).unwrap();
                }
            });
            let other_loads = || {
                go_on.send(()).unwrap();
                said.recv().unwrap()
            };
            assert_eq!((**cell.load(), other_loads()), (0, 0));
            refuse_membarrier(libc::EPERM);
            for n in 1..=10 {
                cell.replace(census.count(n));
            }
            assert_eq!(census.alive(), 11);
            assert_eq!(other_loads(), 10);
            cell.replace(census.count(11));
            assert_eq!(census.alive(), 1);
            drop(go_on);
        });
    });
}

#[test]
fn a_writer_that_is_alone_asks_for_no_barrier() {
    if is_emulated() {
        return println!("cannot be tried: {OTHER_NUMBERS}");
    }
    alone("processes::sandbox::a_writer_that_is_alone_asks_for_no_barrier", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let writes = |from: u32| {
            assert_eq!(**cell.load(), from);
            for n in 1..=10 {
                cell.replace(census.count(from + n));
            }
        };
        // Others have been there.
        thread::scope(|s| assert_eq!(s.spawn(|| **cell.load()).join().unwrap(), 0));
        refuse_membarrier(libc::ENOMEM);
        writes(0);
        assert_eq!(census.alive(), 1);
        // One is there, and does nothing.
        let ((say, said), (end, may_end)) = (mpsc::channel(), mpsc::channel::<()>());
        thread::scope(|s| {
            let cell = &cell;
            let idle = s.spawn(move || {
                let seen = **cell.load();
                say.send(seen).unwrap();
                may_end.recv().unwrap();
            });
            assert_eq!(said.recv().unwrap(), 10);
            writes(10);
            assert_eq!(census.alive(), 11);
            end.send(()).unwrap();
            // The end of a scope does not wait for the end of what is thread-local.
            idle.join().unwrap();
        });
        writes(20);
        assert_eq!(census.alive(), 1);
    });
}

#[test]
fn a_child_in_a_sandbox_does_not_wait_for_threads_that_it_does_not_have() {
    if is_emulated() {
        return println!("cannot be tried: {OTHER_NUMBERS}");
    }
    alone("processes::sandbox::a_child_in_a_sandbox_does_not_wait_for_threads_that_it_does_not_have", || {
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
                // The first version is kept for the guard, which may be on loan.
                assert_eq!(census.alive(), 2);
            });
            end.send(()).unwrap();
        });
    });
}

#[test]
fn a_barrier_that_finds_no_memory_is_tried_again() {
    if is_emulated() {
        return println!("cannot be tried: {OTHER_NUMBERS}");
    }
    alone("processes::sandbox::a_barrier_that_finds_no_memory_is_tried_again", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        // A writer that is alone would ask for no barrier.
        assert_eq!(**cell.load(), 0);
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
