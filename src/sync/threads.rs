//! The id of a thread, and which threads have ended. The writers' lock refuses to wait for a thread that has ended.

use super::unpoisoned::Mutex;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The threads that have an id and have not ended.
static PRESENT: LazyLock<Mutex<BTreeSet<usize>>> = LazyLock::new(|| Mutex::new(BTreeSet::new()));

/// The last id that was given.
static LAST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// It has no destructor, so it is there while the thread is being torn down. Where std has a key of the system for each thread
    /// local (Windows with GNU's tools), it begins anew there: the thread gets another id, and is known by that one.
    static ID: Cell<usize> = const { Cell::new(0) };

    /// Whether the thread is being torn down, and has left the list.
    static TORN_DOWN: Cell<bool> = const { Cell::new(false) };

    /// How many writers' locks the thread has taken since it left the list, and not released.
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
    fork::watch();
    if PRESENCE.try_with(|_| ()).is_err() {
        // The thread is being torn down, and has not written before.
        TORN_DOWN.set(true);
    }
    id
}

/// Keeps its thread on the list until the thread ends.
struct Presence(usize);

impl Presence {
    fn new() -> Self {
        let id = ID.get();
        PRESENT.lock().insert(id);
        Self(id)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        PRESENT.lock().remove(&self.0);
        // Destructors of other thread locals may still write. The id stays, because a write inside a write is known by it.
        TORN_DOWN.set(true);
    }
}

/// Says that this thread has taken a writers' lock. A thread that is being torn down is on the list while it holds one.
#[inline]
pub(crate) fn begin_write() {
    if TORN_DOWN.get() {
        PRESENT.lock().insert(ID.get());
        LATE_WRITES.set(LATE_WRITES.get() + 1);
    }
}

/// Says that this thread has released a writers' lock.
#[inline]
pub(crate) fn end_write() {
    if TORN_DOWN.get() {
        let left = LATE_WRITES.get().saturating_sub(1);
        LATE_WRITES.set(left);
        if left == 0 {
            PRESENT.lock().remove(&ID.get());
        }
    }
}

/// Whether the thread with this id has ended. One that is being torn down has ended while it holds no writers' lock.
pub(crate) fn has_ended(id: usize) -> bool {
    !PRESENT.lock().contains(&id)
}

pub(crate) use fork::{at_fork, forks, was_left_behind};

/// `fork(2)`: the child has one thread, the one that has called it. Of the other threads it has what they left in memory.
#[cfg(all(unix, not(miri)))]
mod fork {
    use super::super::unpoisoned::MutexGuard;
    use super::{ID, LAST, PRESENT};
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::ffi::c_int;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    /// How many forks lie between the first process and this one.
    static FORKS: AtomicUsize = AtomicUsize::new(0);
    /// The id of the thread that called the last fork. The child has no other thread whose id is up to `BEFORE`.
    static SURVIVOR: AtomicUsize = AtomicUsize::new(0);
    static BEFORE: AtomicUsize = AtomicUsize::new(0);

    pub(crate) fn forks() -> usize {
        // Relaxed, as all here: the values change in the child of a fork only, while it has one thread.
        FORKS.load(Ordering::Relaxed)
    }

    /// Whether the thread with this id is one of the parent's that this process does not have.
    pub(crate) fn was_left_behind(id: usize) -> bool {
        id != 0 && id <= BEFORE.load(Ordering::Relaxed) && id != SURVIVOR.load(Ordering::Relaxed)
    }

    /// What else each child must do.
    static IN_CHILD: OnceLock<fn()> = OnceLock::new();

    std::thread_local! {
        /// The list of threads, locked while this thread forks. If another thread had it locked then, it would stay locked
        /// in the child for ever.
        static LOCKED: RefCell<Option<MutexGuard<'static, BTreeSet<usize>>>> = const { RefCell::new(None) };
    }

    /// Registers `f`, which each child calls before anything else. It may touch atomics only.
    #[allow(dead_code, reason = "only some backends have something to do")]
    pub(crate) fn at_fork(f: fn()) {
        let _ = IN_CHILD.set(f);
        watch();
    }

    /// Registers the handlers of a fork with the system, once.
    pub(super) fn watch() {
        static WATCHING: AtomicBool = AtomicBool::new(false);
        if !WATCHING.swap(true, Ordering::Relaxed) {
            // SAFETY: the handlers touch a lock, which they leave as it was, atomics, and thread locals of the thread that
            // forks. All of that is allowed. If memory runs out, this fails, and forks are not noticed.
            #[expect(unsafe_code, reason = "std has no way to be told of a fork")]
            let _ = unsafe { pthread_atfork(Some(before), Some(after), Some(in_child)) };
        }
    }

    extern "C" fn before() {
        let _torn_down = LOCKED.try_with(|locked| *locked.borrow_mut() = Some(PRESENT.lock()));
    }

    extern "C" fn after() {
        let _torn_down = LOCKED.try_with(RefCell::take);
    }

    extern "C" fn in_child() {
        after();
        SURVIVOR.store(ID.get(), Ordering::Relaxed);
        BEFORE.store(LAST.load(Ordering::Relaxed), Ordering::Relaxed);
        FORKS.fetch_add(1, Ordering::Relaxed);
        if let Some(f) = IN_CHILD.get() {
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
    pub(crate) fn at_fork(_f: fn()) {}

    pub(crate) fn forks() -> usize {
        0
    }

    pub(crate) fn was_left_behind(_id: usize) -> bool {
        false
    }

    pub(super) fn watch() {}
}

#[cfg(test)]
mod tests {
    use super::{begin_write, end_write, has_ended, thread_id};
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
        struct Late(mpsc::Sender<(usize, [bool; 4])>);
        impl Drop for Late {
            fn drop(&mut self) {
                let id = thread_id();
                let before = has_ended(id);
                begin_write();
                begin_write();
                end_write();
                let within = has_ended(id);
                end_write();
                let after = has_ended(id);
                begin_write();
                let again = has_ended(id);
                end_write();
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
                LATE.set(Some(Late(say)));
                writes_before.then(thread_id)
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
