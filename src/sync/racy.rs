//! [`Racy`]: a value of the process that is made at its first use, without a lock.

#![expect(
    unsafe_code,
    reason = "std has only locks for this, and the child of a fork cannot leave one as it is"
)]

use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value of the process that is made at its first use. Threads that come at once make one each, and all take the first.
///
/// With std's `LazyLock` they wait for the first. A child of a fork would wait for ever, if that is a thread that it does not have. This is
/// `OnceBox` of the crate `once_cell`, with [`forget`](Self::forget).
pub(crate) struct Racy<T> {
    /// Null, or from a `Box`.
    made: AtomicPtr<T>,
    make: fn() -> T,
}

impl<T> Racy<T> {
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self { made: AtomicPtr::new(ptr::null_mut()), make }
    }

    /// Has the next use make another one. The one before is never freed: somebody may have it. It touches an atomic only.
    #[allow(dead_code, reason = "for the child of a fork, which not each system has")]
    pub(crate) fn forget(&self) {
        self.made.store(ptr::null_mut(), Ordering::Relaxed);
    }

    #[cold]
    fn made_here(&self) -> *mut T {
        let new = Box::into_raw(Box::new((self.make)()));
        // Release: who finds the value finds it complete. Acquire: so does this thread, of another's.
        match self.made.compare_exchange(ptr::null_mut(), new, Ordering::Release, Ordering::Acquire) {
            Ok(_) => new,
            Err(first) => {
                // SAFETY: it is of the box that was made above, and no other thread knows its address.
                drop(unsafe { Box::from_raw(new) });
                first
            }
        }
    }
}

/// Each thread may have a reference, and any of them has made the value.
impl<T: Send + Sync> Deref for Racy<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // Acquire: synchronises with the release in `made_here`.
        let mut made = self.made.load(Ordering::Acquire);
        if made.is_null() {
            made = self.made_here();
        }
        // SAFETY: the pointer is of a box from `made_here`. That is only shared since, and never freed.
        unsafe { &*made }
    }
}

#[cfg(test)]
mod tests {
    use super::Racy;
    use std::ptr;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn all_who_come_at_once_have_one() {
        static ALL: [Racy<Vec<u32>>; 200] = [const { Racy::new(|| vec![7; 100]) }; 200];
        for one in &ALL {
            let start = Barrier::new(4);
            let found: Vec<_> = thread::scope(|scope| {
                let find = || {
                    start.wait();
                    ptr::from_ref::<Vec<u32>>(one).addr()
                };
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(find)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(found.iter().all(|at| *at == found[0]), "{found:?}");
            assert_eq!(**one, [7; 100]);
        }
    }
}
