//! Which thread this is, and which are gone: for the writers' lock, which says so instead of waiting for one of those.

use super::unpoisoned::Mutex;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The threads that have an id and have not ended.
static PRESENT: LazyLock<Mutex<BTreeSet<usize>>> = LazyLock::new(|| Mutex::new(BTreeSet::new()));

/// The id that was given last.
static LAST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Without a destructor, so that it is to be had while the thread is being torn down.
    static ID: Cell<usize> = const { Cell::new(0) };

    static PRESENCE: Presence = Presence::new();
}

/// An id that no other thread has or had, never 0.
#[inline]
pub(crate) fn thread_id() -> usize {
    match ID.get() {
        0 => introduced(),
        id => id,
    }
}

#[cold]
fn introduced() -> usize {
    // Relaxed: only the numbers count.
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| last.checked_add(1));
    let id = last.expect("a process has fewer threads than there are numbers") + 1;
    ID.set(id);
    fork::watch();
    // A thread that is being torn down stays on the list: better to be waited for than to be called gone.
    if PRESENCE.try_with(|_| ()).is_err() {
        PRESENT.lock().insert(id);
    }
    id
}

/// Stands for its thread until that ends.
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
    }
}

/// Whether the thread with this id has ended. One that is just ending may still run destructors of thread locals.
pub(crate) fn has_ended(id: usize) -> bool {
    !PRESENT.lock().contains(&id)
}

pub(crate) use fork::{forks, was_left_behind};

/// `fork(2)`: the child has one thread, the one that called it, and a copy of what the others were doing.
#[cfg(all(unix, not(miri)))]
mod fork {
    use super::{ID, LAST};
    use std::ffi::c_int;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    /// How often this process and those it comes from have forked, to become this one.
    static FORKS: AtomicUsize = AtomicUsize::new(0);
    /// The id of the thread that came along at the last fork; all others up to `BEFORE` did not.
    static SURVIVOR: AtomicUsize = AtomicUsize::new(0);
    static BEFORE: AtomicUsize = AtomicUsize::new(0);

    pub(crate) fn forks() -> usize {
        // Relaxed, as all here: a fork is between two moments at which the process has one thread.
        FORKS.load(Ordering::Relaxed)
    }

    /// Whether the thread with this id did not come along when the process was forked.
    pub(crate) fn was_left_behind(id: usize) -> bool {
        id != 0 && id <= BEFORE.load(Ordering::Relaxed) && id != SURVIVOR.load(Ordering::Relaxed)
    }

    /// Has the system call `in_child` in each child, from the first id on.
    pub(super) fn watch() {
        static WATCHING: AtomicBool = AtomicBool::new(false);
        if !WATCHING.swap(true, Ordering::Relaxed) {
            // SAFETY: `in_child` only touches atomics and a thread local without a destructor, which is allowed in the child
            // of a process with several threads. A failure, for want of memory, leaves forks unnoticed.
            #[expect(unsafe_code, reason = "std has no way to be told of a fork")]
            let _ = unsafe { pthread_atfork(None, None, Some(in_child)) };
        }
    }

    extern "C" fn in_child() {
        SURVIVOR.store(ID.get(), Ordering::Relaxed);
        BEFORE.store(LAST.load(Ordering::Relaxed), Ordering::Relaxed);
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    type Handler = Option<extern "C" fn()>;

    #[expect(unsafe_code, reason = "POSIX's, which std is linked with")]
    unsafe extern "C" {
        fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
    }
}

#[cfg(not(all(unix, not(miri))))]
mod fork {
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
    use super::{has_ended, thread_id};
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
}
