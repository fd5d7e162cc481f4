//! The id of a thread, and which threads have ended. The writers' lock refuses to wait for a thread that has ended.

use super::racy::Racy;
use super::unpoisoned::{Mutex, MutexGuard};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The ids of the threads that have one and have not ended.
type Ids = Mutex<BTreeSet<usize>>;

/// The list of this process. A child of a fork begins a new one: a thread that it does not have may have left the old one locked.
static PRESENT: Racy<Ids> = Racy::new(|| Mutex::new(fork::survivor().into_iter().collect()));

/// The last id that was given.
static LAST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// It has no destructor, so it is there while the thread is being torn down. Where std has a key of the system for each thread
    /// local (Windows with GNU's tools), it begins anew there: the thread gets another id, and is known by that one.
    static ID: Cell<usize> = const { Cell::new(0) };

    /// Whether the thread is being torn down, and has left the list.
    static TORN_DOWN: Cell<bool> = const { Cell::new(false) };

    /// How many writers' locks the thread has taken since then, and not released.
    static LATE_WRITES: Cell<usize> = const { Cell::new(0) };

    static PRESENCE: Presence = Presence::new();
}

/// The id of this thread. No other thread has it or had it, and it is never 0.
#[inline]
pub(crate) fn thread_id() -> usize {
    match ID.get() {
        0 => introduced(),
        id => id,
    }
}

#[cold]
fn introduced() -> usize {
    // Relaxed: it orders nothing else.
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| last.checked_add(1));
    let id = last.expect("no number is left for a thread: one for each that has ever written was used") + 1;
    ID.set(id);
    if PRESENCE.try_with(|_| ()).is_err() {
        // The thread is being torn down, and has not written before.
        TORN_DOWN.set(true);
    }
    id
}

/// The list, locked for a few instructions.
fn present() -> MutexGuard<'static, BTreeSet<usize>> {
    PRESENT.lock()
}

/// Keeps its thread on the list until the thread ends.
struct Presence(usize);

impl Presence {
    fn new() -> Self {
        let id = ID.get();
        present().insert(id);
        Self(id)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Destructors of other thread locals may still write. The id stays, because a write inside a write is known by it.
        TORN_DOWN.set(true);
        present().remove(&self.0);
    }
}

/// A writers' lock that this thread has taken and not released.
#[derive(Clone, Copy)]
pub(crate) struct Writing {
    /// It was taken while the thread was being torn down. The thread is on the list while it holds such a lock.
    late: bool,
}

impl Writing {
    #[inline]
    pub(crate) fn begin() -> Self {
        let late = TORN_DOWN.get();
        if late {
            LATE_WRITES.set(LATE_WRITES.get() + 1);
            present().insert(ID.get());
        }
        Self { late }
    }

    #[inline]
    pub(crate) fn end(self) {
        if self.late {
            // Where thread locals begin anew in the teardown, this one may have.
            let left = LATE_WRITES.get().saturating_sub(1);
            LATE_WRITES.set(left);
            if left == 0 {
                present().remove(&ID.get());
            }
        }
    }
}

/// Whether the thread with this id has ended. One that is being torn down has ended while it holds no writers' lock that it has
/// taken since.
pub(crate) fn has_ended(id: usize) -> bool {
    !present().contains(&id)
}

pub(crate) use fork::{at_fork, forks, was_left_behind, watch_forks};

/// `fork(2)`: the child has one thread, the one that has called it. Of the other threads it has what they left in memory.
#[cfg(all(unix, not(miri)))]
mod fork {
    use super::{ID, LAST, LATE_WRITES, PRESENT, TORN_DOWN};
    use std::ffi::c_int;
    use std::ptr;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

    /// How many forks lie between the first process and this one.
    static FORKS: AtomicUsize = AtomicUsize::new(0);
    /// The id of the thread that called the last fork. The child has no other thread whose id is up to `BEFORE`.
    static SURVIVOR: AtomicUsize = AtomicUsize::new(0);
    static BEFORE: AtomicUsize = AtomicUsize::new(0);
    /// The id of that thread if it was on the list of the parent, else 0.
    static LISTED: AtomicUsize = AtomicUsize::new(0);

    pub(crate) fn forks() -> usize {
        // Relaxed, as all here: the values change in the child of a fork only, while it has one thread.
        FORKS.load(Ordering::Relaxed)
    }

    /// Whether the thread with this id is one of the parent's that this process does not have.
    pub(crate) fn was_left_behind(id: usize) -> bool {
        id != 0 && id <= BEFORE.load(Ordering::Relaxed) && id != SURVIVOR.load(Ordering::Relaxed)
    }

    /// What else each child must do; null if that is nothing. No lock: a child waits for none of its parent's threads.
    static IN_CHILD: AtomicPtr<fn()> = AtomicPtr::new(ptr::null_mut());

    /// Has each child call `f` before anything else. There is one such function in a build. It may touch atomics only.
    #[allow(dead_code, reason = "only some backends have something to do")]
    pub(crate) fn at_fork(f: &'static fn()) {
        // Relaxed: what the caller publishes afterwards, it publishes with a release. So a child that has that has this too.
        IN_CHILD.store(ptr::from_ref(f).cast_mut(), Ordering::Relaxed);
        watch_forks();
    }

    /// Has the system call `in_child` in each child from here on. Returns how many forks there were until now.
    pub(crate) fn watch_forks() -> usize {
        static WATCHING: AtomicBool = AtomicBool::new(false);
        // Acquire and release: who sees that it is registered forks after that.
        if !WATCHING.load(Ordering::Acquire) {
            // Two threads may both be here, and then each child calls it twice. That counts the fork twice, where only a change matters, and
            // does nothing else anew.
            //
            // SAFETY: `in_child` touches atomics, and thread locals of the thread that has forked. Both are allowed in a child. If
            // memory runs out, this fails, and forks are not noticed.
            #[expect(unsafe_code, reason = "std has no way to be told of a fork")]
            let _ = unsafe { pthread_atfork(None, None, Some(in_child)) };
            // Not before: another thread would fork unnoticed meanwhile.
            WATCHING.store(true, Ordering::Release);
        }
        forks()
    }

    /// The thread that a new list begins with.
    pub(super) fn survivor() -> Option<usize> {
        Some(LISTED.load(Ordering::Relaxed)).filter(|&id| id != 0)
    }

    extern "C" fn in_child() {
        // The parent's list is left as it is.
        PRESENT.forget();
        let listed = !TORN_DOWN.get() || LATE_WRITES.get() > 0;
        LISTED.store(if listed { ID.get() } else { 0 }, Ordering::Relaxed);
        SURVIVOR.store(ID.get(), Ordering::Relaxed);
        BEFORE.store(LAST.load(Ordering::Relaxed), Ordering::Relaxed);
        FORKS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the pointer is null, or of a reference for ever.
        #[expect(unsafe_code, reason = "std has no atomic reference")]
        if let Some(f) = unsafe { IN_CHILD.load(Ordering::Relaxed).as_ref() } {
            f();
        }
    }

    type Handler = Option<extern "C" fn()>;

    #[expect(unsafe_code, reason = "POSIX's, which std is linked with")]
    unsafe extern "C" {
        fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
    }
}

#[cfg(not(all(unix, not(miri))))]
mod fork {
    #[allow(dead_code, reason = "only some backends have something to do")]
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "the one above keeps the reference, and the interface is the same"
    )]
    pub(crate) fn at_fork(_f: &'static fn()) {}

    pub(crate) fn forks() -> usize {
        0
    }

    pub(crate) fn was_left_behind(_id: usize) -> bool {
        false
    }

    pub(crate) fn watch_forks() -> usize {
        0
    }

    pub(super) fn survivor() -> Option<usize> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Writing, has_ended, thread_id};
    use std::cell::RefCell;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn an_id_is_never_given_again() {
        let mut ids: Vec<_> = (0..100).map(|_| thread::spawn(thread_id).join().unwrap()).collect();
        ids.push(thread_id());
        assert_eq!(thread_id(), thread_id());
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 101);
        assert!(!ids.contains(&0));
    }

    #[test]
    fn it_is_known_which_threads_have_ended() {
        let ended = thread::spawn(|| {
            assert!(!has_ended(thread_id()));
            thread_id()
        });
        assert!(has_ended(ended.join().unwrap()));
        assert!(!has_ended(thread_id()));
    }

    // The destructor of a thread local that was initialised first runs after the library's own.
    #[test]
    fn a_thread_that_is_being_torn_down_is_not_gone_while_it_writes() {
        struct Late(mpsc::Sender<(usize, [bool; 4])>, Option<Writing>);
        impl Drop for Late {
            fn drop(&mut self) {
                let id = thread_id();
                let before = has_ended(id);
                let (one, other) = (Writing::begin(), Writing::begin());
                // One that was begun before the teardown says nothing of those that are begun in it.
                self.1.inspect(|early| early.end());
                one.end();
                let within = has_ended(id);
                other.end();
                let after = has_ended(id);
                let third = Writing::begin();
                let again = has_ended(id);
                third.end();
                self.0.send((id, [before, within, after, again])).unwrap();
            }
        }
        thread_local! {
            static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
        }
        // There the destructors run by the age of the keys, and ids begin anew.
        let by_keys = cfg!(all(windows, target_env = "gnu"));
        for writes_before in [false, true] {
            let (say, said) = mpsc::channel();
            let thread = thread::spawn(move || {
                LATE.set(Some(Late(say, None)));
                let id = writes_before.then(thread_id);
                LATE.with_borrow_mut(|late| late.as_mut().unwrap().1 = id.map(|_| Writing::begin()));
                id
            });
            let (id, [before, within, after, again]) = said.recv().unwrap();
            assert_eq!([within, again], [false; 2]);
            // A thread that has not written before is on the list now, until the destructors after this one.
            assert!(by_keys || [before, after] == [writes_before; 2]);
            // The thread keeps its id, and is not on the list in the end.
            let known = thread.join().unwrap();
            assert!(by_keys || known.is_none_or(|known| known == id));
            assert!(has_ended(id));
        }
    }
}
