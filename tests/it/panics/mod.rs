//! Every operation that writes, with a panic in every single call that it makes of its elements.
//!
//! The files beside this one are tables of operations. Each operation names the traits that it calls, and is run with a
//! panic in the first call of each, in the second, and so on until it comes through, on pages that are all shared, half
//! shared, and not shared. After each run nothing may be lost, leaked or dropped twice, versions beside it are what they
//! were, and the next write works; what is in a container's cell is the old version, or the new one whole.

mod containers;
mod destructors;
mod ordered;
mod paged_map;
mod paged_set;
mod paged_vec;
mod results;

use crate::support::elements::{Element, comes_through, live};
use crate::support::{Call, each_or};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Each with its letter in the tables.
const CALLS: [(char, Call); 5] =
    [('C', Call::Clone), ('H', Call::Hash), ('E', Call::Eq), ('O', Call::Ord), ('D', Call::Drop)];

/// An element of 128 bytes, so that sixteen are a page.
type Bomb = Element<14>;

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
fn is_between(actual: &BTreeMap<u64, u32>, before: &BTreeMap<u64, u32>, after: &BTreeMap<u64, u32>) -> bool {
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
            Self::Fewer if nth >= 4 => nth * 3 * each_or(9),
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
                    let alive = live();
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
                    assert!((alive..=alive + leaks).contains(&live()), "{}: leaked", at());
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
