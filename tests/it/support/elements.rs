//! Elements that count what is done to them on this thread, and panic when they are told to.
//!
//! The counters are per thread, and each test runs on a thread of its own.

use super::Call;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::{mem, process, thread};

thread_local! {
    static CLONES: Cell<usize> = const { Cell::new(0) };
    static HASHES: Cell<usize> = const { Cell::new(0) };
    /// Of each element ever made, whether it is alive.
    static MADE: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    /// Which calls burn it, and how many of them go well before one panics.
    static FUSE: Cell<Option<(Burns, usize)>> = const { Cell::new(None) };
}

/// Which calls burn the fuse.
#[derive(Clone, Copy, PartialEq)]
enum Burns {
    In(Call),
    InAllButDrop,
}

/// What the panic of a fuse carries.
struct Blown;

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

/// Runs `f`, in which the `nth` call of this kind panics, counted from 0. Returns whether it came through.
pub(crate) fn comes_through(call: Call, nth: usize, f: impl FnOnce()) -> bool {
    burning(Burns::In(call), nth, f)
}

/// Runs `f`, in which the `nth` call panics, counted from 0, whatever it calls but `Drop`. Returns whether it came through.
pub(crate) fn comes_through_all_calls(nth: usize, f: impl FnOnce()) -> bool {
    burning(Burns::InAllButDrop, nth, f)
}

fn burning(burns: Burns, nth: usize, f: impl FnOnce()) -> bool {
    FUSE.set(Some((burns, nth)));
    let outcome = catch_unwind(AssertUnwindSafe(f));
    FUSE.set(None);
    match outcome {
        Err(panic) if !panic.is::<Blown>() => resume_unwind(panic),
        outcome => outcome.is_ok(),
    }
}

fn burn(call: Call) {
    let Some((burns, left)) = FUSE.get() else { return };
    let burns_here = burns == Burns::In(call) || (burns == Burns::InAllButDrop && call != Call::Drop);
    // A second panic while one unwinds would abort, as anywhere in Rust.
    if burns_here && !thread::panicking() {
        FUSE.set(left.checked_sub(1).map(|left| (burns, left)));
        if left == 0 {
            // Not `panic!`, whose hook would print a hundred thousand times.
            resume_unwind(Box::new(Blown));
        }
    }
}

/// An element that is equal to every other one of its `id`, whatever the `tag`. It is as large on every processor, and with it
/// the pages: `WIDE` words of 8 bytes, and two more.
#[derive(Debug)]
pub(crate) struct Element<const WIDE: usize> {
    pub(crate) id: u64,
    pub(crate) tag: u32,
    serial: u32,
    _wide: [u64; WIDE],
}

/// An element of 24 bytes: 64 are a page of a vector.
pub(crate) type Elem = Element<1>;

impl<const WIDE: usize> Element<WIDE> {
    pub(crate) fn new(id: u64) -> Self {
        Self::tagged(id, 0)
    }

    pub(crate) fn tagged(id: u64, tag: u32) -> Self {
        LIVE.set(LIVE.get() + 1);
        let serial = MADE.with_borrow_mut(|made| {
            made.push(true);
            u32::try_from(made.len() - 1).expect("a test makes fewer")
        });
        Self { id, tag, serial, _wide: [0; WIDE] }
    }

    /// The id and the tag. Panics if it was dropped.
    pub(crate) fn pair(&self) -> (u64, u32) {
        let is_alive = MADE.with_borrow(|made| made[self.serial as usize]);
        assert!(is_alive, "{} is still here, and was dropped", self.id);
        (self.id, self.tag)
    }
}

impl<const WIDE: usize> Default for Element<WIDE> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<const WIDE: usize> Clone for Element<WIDE> {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        burn(Call::Clone);
        Self::tagged(self.id, self.tag)
    }
}

impl<const WIDE: usize> Drop for Element<WIDE> {
    fn drop(&mut self) {
        if !MADE.with_borrow_mut(|made| mem::take(&mut made[self.serial as usize])) {
            // A second panic in one unwinding would abort without a word.
            eprintln!("{} was dropped twice", self.id);
            process::abort();
        }
        LIVE.set(LIVE.get() - 1);
        burn(Call::Drop);
    }
}

impl<const WIDE: usize> Hash for Element<WIDE> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        HASHES.set(HASHES.get() + 1);
        burn(Call::Hash);
        state.write_u64(self.id);
    }
}

impl<const WIDE: usize> PartialEq for Element<WIDE> {
    fn eq(&self, other: &Self) -> bool {
        burn(Call::Eq);
        self.id == other.id
    }
}

impl<const WIDE: usize> Eq for Element<WIDE> {}

impl<const WIDE: usize> PartialOrd for Element<WIDE> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const WIDE: usize> Ord for Element<WIDE> {
    fn cmp(&self, other: &Self) -> Ordering {
        burn(Call::Ord);
        self.id.cmp(&other.id)
    }
}
