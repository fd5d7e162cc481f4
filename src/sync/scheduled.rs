//! What loom and shuttle have in common: both run one thread at a time, and begin anew with each schedule.

/// An id that no other thread of any schedule has, never 0. The counter is no part of what is tried, so it is std's.
pub(crate) fn thread_id() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
    super::thread_local! {
        static ID: usize = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
    ID.with(|id| *id)
}

/// Declares a static that is made at its first use in each schedule.
macro_rules! process_wide {
    ($(#[$doc:meta])* static $name:ident: $type:ty = const $init:block;) => {
        $crate::sync::process_wide! { $(#[$doc])* static $name: $type = $init; }
    };
    ($(#[$doc:meta])* static $name:ident: $type:ty = $init:expr;) => {
        $crate::sync::lazy_static! {
            $(#[$doc])*
            static ref $name: $type = $init;
        }
    };
}
pub(crate) use process_wide;
