//! Every operation that writes, with a panic in every single call that it makes of its elements.
//!
//! The files beside this one are tables of operations. Each operation names the traits that it calls, and is run with a
//! panic in the first call of each, in the second, and so on until it comes through, on pages that are all shared, half
//! shared, and not shared. After each run nothing may be lost, leaked or dropped twice, versions beside it are what they
//! were, and the next write works; what is in a container's cell is the old version, or the new one whole.

mod containers;
mod paged_map;
mod paged_set;
mod paged_vec;

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// What the library calls of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Clone,
    Hash,
    Eq,
    Ord,
    Drop,
}

/// Each with its letter in the tables.
const CALLS: [(char, Call); 5] =
    [('C', Call::Clone), ('H', Call::Hash), ('E', Call::Eq), ('O', Call::Ord), ('D', Call::Drop)];

thread_local! {
    /// Of each element ever made, whether it is alive.
    static MADE: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    /// Which call panics, and how many go well first.
    static FUSE: Cell<Option<(Call, usize)>> = const { Cell::new(None) };
}

struct Blown;

/// Runs `f`, in which the `nth` call panics, counted from 0. Returns whether it came through.
fn comes_through(call: Call, nth: usize, f: impl FnOnce()) -> bool {
    FUSE.set(Some((call, nth)));
    let outcome = catch_unwind(AssertUnwindSafe(f));
    FUSE.set(None);
    match outcome {
        Err(panic) if !panic.is::<Blown>() => resume_unwind(panic),
        outcome => outcome.is_ok(),
    }
}

fn burn(call: Call) {
    match FUSE.get() {
        // A second panic while one unwinds would abort, as anywhere in Rust.
        Some((armed, left)) if armed == call && !thread::panicking() => {
            FUSE.set(left.checked_sub(1).map(|left| (call, left)));
            if left == 0 {
                // Not `panic!`, whose hook would print a hundred thousand times.
                resume_unwind(Box::new(Blown));
            }
        }
        _ => {}
    }
}

/// An element that is equal to every other one of its `id`. Wide, so that sixteen are a page.
struct Bomb {
    id: u32,
    tag: u32,
    serial: usize,
    _wide: [u64; 14],
}

impl Bomb {
    fn new(id: u32) -> Self {
        Self::tagged(id, 0)
    }

    fn tagged(id: u32, tag: u32) -> Self {
        LIVE.set(LIVE.get() + 1);
        let serial = MADE.with_borrow_mut(|made| {
            made.push(true);
            made.len() - 1
        });
        Self { id, tag, serial, _wide: [0; 14] }
    }

    fn pair(&self) -> (u32, u32) {
        assert!(MADE.with_borrow(|made| made[self.serial]), "{} is still here, and was dropped", self.id);
        (self.id, self.tag)
    }
}

impl Default for Bomb {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Clone for Bomb {
    fn clone(&self) -> Self {
        burn(Call::Clone);
        Self::tagged(self.id, self.tag)
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if !MADE.with_borrow_mut(|made| std::mem::take(&mut made[self.serial])) {
            // A second panic in one unwinding would abort without a word.
            eprintln!("{} was dropped twice", self.id);
            std::process::abort();
        }
        LIVE.set(LIVE.get() - 1);
        burn(Call::Drop);
    }
}

impl Hash for Bomb {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(Call::Hash);
        state.write_u64(self.id.into());
    }
}

impl PartialEq for Bomb {
    fn eq(&self, other: &Self) -> bool {
        burn(Call::Eq);
        self.id == other.id
    }
}

impl Eq for Bomb {}

impl PartialOrd for Bomb {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bomb {
    fn cmp(&self, other: &Self) -> Ordering {
        burn(Call::Ord);
        self.id.cmp(&other.id)
    }
}

/// A collection that can be swept.
trait Subject: Clone {
    /// What it holds, by id or by index.
    type Content: PartialEq + Debug;
    /// How many elements std's collection of this kind may leak when one destructor panics: the rest of a hash table.
    const LEAKS: usize;

    /// What it holds. Panics if two ways to read it disagree.
    fn content(&self) -> Self::Content;
    /// Copies about half of the pages that are shared.
    fn own_half(&mut self);
    /// Copies all pages that are shared.
    fn own_all(&mut self);
    /// Writes once more.
    fn write_again(&mut self);
    /// Whether it may hold this after a panic in a write that was to make `after` of `before`, or a part of it only.
    fn may_hold(
        call: Call,
        partly: bool,
        actual: &Self::Content,
        before: &Self::Content,
        after: &Self::Content,
    ) -> bool;
}

/// What an entry may be after a panic: as it was, or as it was to be.
fn is_between(actual: &BTreeMap<u32, u32>, before: &BTreeMap<u32, u32>, after: &BTreeMap<u32, u32>) -> bool {
    let ids = before.keys().chain(after.keys()).chain(actual.keys());
    ids.into_iter().all(|id| [before.get(id), after.get(id)].contains(&actual.get(id)))
}

/// An operation, what it calls in any case (the letters of [`CALLS`]), and how to do it. A `~` says that it writes one
/// element after the other, through references.
type Op<S> = (&'static str, &'static str, fn(&mut S));

/// The calls that panic: all of them, or all of the first ones, and then wider and wider apart.
#[derive(Clone, Copy)]
enum Which {
    All,
    Fewer,
}

impl Which {
    fn after(self, nth: usize) -> usize {
        match self {
            Self::Fewer if nth >= 4 => nth * 3,
            _ => nth + 1,
        }
    }
}

/// Sweeps operations over what `base` holds.
#[track_caller]
fn sweep<S: Subject>(base: &S, which: Which, ops: &[Op<S>]) {
    let ways: [Op<S>; 3] = [("all", "", |_| ()), ("half", "", S::own_half), ("none", "", S::own_all)];
    let before = base.content();
    let mut idle = Vec::new();
    for &(name, calls, op) in ops {
        let mut reached = String::new();
        for (letter, call) in CALLS {
            let mut most = 0;
            for (shared, _, own) in ways {
                let make = || {
                    let mut subject = base.clone();
                    own(&mut subject);
                    subject
                };
                let after = {
                    let mut subject = make();
                    op(&mut subject);
                    subject.content()
                };
                let mut nth = 0;
                loop {
                    let alive = LIVE.get();
                    let mut subject = make();
                    let through = comes_through(call, nth, || op(&mut subject));
                    let at = || format!("{name}, {call:?} {nth}, {shared} shared");
                    let actual = subject.content();
                    if through {
                        assert!(actual == after, "{}: not what it does otherwise", at());
                    } else {
                        let may = S::may_hold(call, calls.contains('~'), &actual, &before, &after);
                        assert!(may, "{}: neither what it was nor what it was to be", at());
                    }
                    subject.write_again();
                    subject.content();
                    drop(subject);
                    let leaks = if call == Call::Drop && !through { S::LEAKS } else { 0 };
                    assert!((alive..=alive + leaks).contains(&LIVE.get()), "{}: leaked", at());
                    if through {
                        break;
                    }
                    nth = which.after(nth);
                }
                most = most.max(nth);
            }
            if most > 0 {
                reached.push(letter);
            }
        }
        assert!(base.content() == before, "{name}: the version beside it has changed");
        idle.extend(unreached(name, calls, &reached));
    }
    assert!(idle.is_empty(), "{idle:#?}");
}

/// What to say where a call that an operation is known to make was not made: then the sweep was none.
fn unreached(name: &str, calls: &str, reached: &str) -> Option<String> {
    let all = calls.chars().all(|letter| letter == '~' || reached.contains(letter));
    (!all).then(|| format!("{name}: reached {reached} and not {calls}"))
}
