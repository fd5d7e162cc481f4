//! Elements that are counted, and panic when they are told to.

use std::{
    cell::Cell,
    cmp::Ordering,
    hash::{BuildHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    thread,
};

use arbitrary::Arbitrary;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static FUSE: Cell<Option<Fuse>> = const { Cell::new(None) };
    static BLOWN_DROPS: Cell<usize> = const { Cell::new(0) };
}

/// What the collections call of an element's.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a trait")]
pub enum Call {
    Clone,
    Hash,
    Eq,
    Ord,
    Drop,
}

/// Which call panics: this one, after `left` that do not.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Fuse {
    /// The kind of call.
    pub call: Call,
    /// How many go well first.
    pub left: u16,
}

/// What the panic carries.
struct Blown;

/// Panics if an element is alive on this thread.
///
/// One for each destructor that panicked may be: where a function's local or parameter panics in its destructor, the value
/// that the function was about to return is never dropped (rust-lang/rust issue 47949). `HashMap::insert` leaks so, too.
pub fn assert_none_is_live() {
    let (live, may) = (LIVE.take(), BLOWN_DROPS.take());
    assert!(live <= may, "{live} are alive");
}

/// Runs `f` with a fuse. None if it blew.
pub fn with_fuse<R>(fuse: Fuse, f: impl FnOnce() -> R) -> Option<R> {
    FUSE.set(Some(fuse));
    let outcome = catch_unwind(AssertUnwindSafe(f));
    FUSE.set(None);
    match outcome {
        Ok(result) => Some(result),
        Err(panic) if panic.is::<Blown>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

fn burn(call: Call) {
    match FUSE.get() {
        Some(fuse) if fuse.call == call => match fuse.left.checked_sub(1) {
            Some(left) => FUSE.set(Some(Fuse { call, left })),
            // A second panic while one unwinds would abort, as anywhere in Rust.
            None if thread::panicking() => {}
            None => {
                FUSE.set(None);
                if call == Call::Drop {
                    BLOWN_DROPS.set(BLOWN_DROPS.get() + 1);
                }
                // Not `panic!`, whose hook is libFuzzer's, and aborts.
                resume_unwind(Box::new(Blown));
            }
        },
        _ => {}
    }
}

/// Equal to every other one of its `id`, whatever its `tag`. Wide, so that pages are small and a collection has many.
#[derive(Debug)]
pub struct Elem {
    /// What it is hashed and compared by.
    pub id: u16,
    /// What tells equal ones apart.
    pub tag: u8,
    wide: [u64; 6],
}

impl Elem {
    /// Makes one.
    #[must_use]
    pub fn new(id: u16, tag: u8) -> Self {
        LIVE.set(LIVE.get() + 1);
        Self { id, tag, wide: [u64::from(id); 6] }
    }

    /// What a model has in its place.
    #[must_use]
    pub fn pair(&self) -> (u16, u8) {
        assert!(self.wide.iter().all(|&n| n == u64::from(self.id)), "torn");
        (self.id, self.tag)
    }

    /// What a model has in its place. Its destructor has run before the caller makes a value to return: see [`assert_none_is_live`].
    #[must_use]
    pub fn into_pair(self) -> (u16, u8) {
        self.pair()
    }
}

impl From<(u16, u8)> for Elem {
    fn from((id, tag): (u16, u8)) -> Self {
        Self::new(id, tag)
    }
}

impl Clone for Elem {
    fn clone(&self) -> Self {
        burn(Call::Clone);
        Self::new(self.id, self.tag)
    }
}

impl Drop for Elem {
    fn drop(&mut self) {
        LIVE.set(LIVE.get().checked_sub(1).expect("more were dropped than were made"));
        burn(Call::Drop);
    }
}

impl Hash for Elem {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(Call::Hash);
        state.write_u16(self.id);
    }
}

impl PartialEq for Elem {
    fn eq(&self, other: &Self) -> bool {
        burn(Call::Eq);
        self.id == other.id
    }
}

impl Eq for Elem {}

impl PartialOrd for Elem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Elem {
    fn cmp(&self, other: &Self) -> Ordering {
        burn(Call::Ord);
        self.id.cmp(&other.id)
    }
}

/// A hasher, good or bad, and the same in each run.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum By {
    /// Good in all bits.
    Mixed,
    /// The number itself.
    Identity,
    /// Only the high bits differ.
    High,
    /// A few hashes for all.
    Few,
}

/// A [`By`] at work.
#[derive(Debug)]
pub struct ByHasher(By, u64);

impl BuildHasher for By {
    type Hasher = ByHasher;

    fn build_hasher(&self) -> ByHasher {
        ByHasher(*self, 0)
    }
}

impl Hasher for ByHasher {
    fn finish(&self) -> u64 {
        match self.0 {
            By::Mixed => (self.1 + 1)
                .wrapping_mul(0xbf58_476d_1ce4_e5b9)
                .rotate_left(29)
                .wrapping_mul(0x94d0_49bb_1331_11eb),
            By::Identity => self.1,
            By::High => self.1 << 52,
            By::Few => self.1 % 97,
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u16(byte.into());
        }
    }

    fn write_u16(&mut self, n: u16) {
        self.1 = (self.1 << 16) | u64::from(n);
    }
}

/// The id of an element: out of a small range, where ids meet, or out of a large one.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[expect(missing_docs, reason = "said above")]
pub enum Key {
    Near(u8),
    Far(u16),
}

impl Key {
    /// The id.
    #[must_use]
    pub fn id(self) -> u16 {
        match self {
            Self::Near(n) => u16::from(n) % 32,
            Self::Far(n) => n % 4_000,
        }
    }

    /// A run of ids from this one on.
    pub fn run(self, len: u16) -> impl Iterator<Item = u16> + Clone {
        let start = self.id();
        start..start + len % 1_024
    }
}

/// Calls `f` with an element, and drops that before it returns what `f` did.
///
/// The destructor may panic, and what a function is about to return when that of a local or a temporary does is leaked
/// (rust-lang/rust#47949).
pub fn sought<R>(elem: Elem, f: impl FnOnce(&Elem) -> R) -> R {
    let found = f(&elem);
    drop(elem);
    found
}
