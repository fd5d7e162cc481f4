//! Elements that count what is done to them, and panic when they are told to; hashers that hash badly.
//!
//! The counters are per thread, and each test runs on a thread of its own.

use std::{
    cell::{Cell, RefCell},
    hash::{BuildHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

thread_local! {
    static HASHES: Cell<usize> = const { Cell::new(0) };
    static CLONES: Cell<usize> = const { Cell::new(0) };
    static FUSE: Cell<Option<usize>> = const { Cell::new(None) };
    /// Of each element ever made, whether it is alive.
    static MADE: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

/// Calls of `Hash` that `f` makes.
pub(crate) fn hashes<R>(f: impl FnOnce() -> R) -> (usize, R) {
    let before = HASHES.get();
    let result = f();
    (HASHES.get() - before, result)
}

/// Calls of `Clone` that `f` makes.
pub(crate) fn clones<R>(f: impl FnOnce() -> R) -> (usize, R) {
    let before = CLONES.get();
    let result = f();
    (CLONES.get() - before, result)
}

/// The elements that are alive on this thread.
pub(crate) fn live() -> usize {
    LIVE.get()
}

/// Runs `f`, in which call number `k` of `Hash`, `Eq` or `Clone` panics, counting from 0. None if it did so.
pub(crate) fn with_fuse<R>(k: usize, f: impl FnOnce() -> R) -> Option<R> {
    FUSE.set(Some(k));
    let result = catch_unwind(AssertUnwindSafe(f));
    FUSE.set(None);
    result.ok()
}

fn burn() {
    match FUSE.get() {
        // Not `panic!`, whose hook would print a thousand times.
        Some(0) => resume_unwind(Box::new("the fuse has burnt down")),
        Some(left) => FUSE.set(Some(left - 1)),
        None => {}
    }
}

/// An element that is equal to every other one of its `id`, whatever the `tag`. As large on every processor, and with it
/// the pages.
#[derive(Debug)]
pub(crate) struct Elem {
    pub(crate) id: u64,
    pub(crate) tag: u32,
    serial: u32,
    _wide: u64,
}

impl Elem {
    pub(crate) fn new(id: u64) -> Self {
        Self::tagged(id, 0)
    }

    pub(crate) fn tagged(id: u64, tag: u32) -> Self {
        LIVE.set(LIVE.get() + 1);
        let serial = MADE.with_borrow_mut(|made| {
            made.push(true);
            u32::try_from(made.len() - 1).expect("a test makes fewer")
        });
        Self { id, tag, serial, _wide: 0 }
    }
}

impl Hash for Elem {
    fn hash<H: Hasher>(&self, state: &mut H) {
        HASHES.set(HASHES.get() + 1);
        burn();
        state.write_u64(self.id);
    }
}

impl PartialEq for Elem {
    fn eq(&self, other: &Self) -> bool {
        burn();
        self.id == other.id
    }
}

impl Eq for Elem {}

impl Clone for Elem {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        burn();
        Self::tagged(self.id, self.tag)
    }
}

impl Drop for Elem {
    fn drop(&mut self) {
        let was_live = MADE.with_borrow_mut(|made| std::mem::take(&mut made[self.serial as usize]));
        LIVE.set(LIVE.get() - 1);
        assert!(was_live, "element {} dropped twice", self.id);
    }
}

/// A hasher that returns what `F` makes of a number.
#[derive(Clone, Copy, Default)]
pub(crate) struct By<F>(u64, F);

pub(crate) trait Mapping: Copy + Default {
    fn map(n: u64) -> u64;
}

macro_rules! mappings {
    ($($(#[$doc:meta])* $name:ident: $n:ident => $hash:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default)]
        pub(crate) struct $name;

        impl Mapping for $name {
            fn map($n: u64) -> u64 {
                $hash
            }
        }
    )*};
}

mappings! {
    /// The number itself, as the hashers that people write for ids do.
    Identity: n => n;
    /// Numbers whose low 20 bits are zero.
    Multiples: n => n << 20;
    /// The top 20 bits alone.
    HighBits: n => n << 44;
    /// Good in all bits.
    Mixed: n => (n ^ (n >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(29).wrapping_mul(0x94d0_49bb_1331_11eb);
    /// A few hashes for all.
    Few: n => n % 61;
    /// One hash for all.
    Constant: _n => 7;
}

impl<F: Mapping> Hasher for By<F> {
    fn finish(&self) -> u64 {
        F::map(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = self.0.wrapping_mul(31).wrapping_add(n);
    }

    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }
}

impl<F: Mapping> BuildHasher for By<F> {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}
