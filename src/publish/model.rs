//! The `model` backend, for loom: an index, swapped and loaded with exactly the orderings that the contract promises.
//!
//! It is as weak as the contract of `publish` and no stronger, so that what a model explores above the slot holds on
//! every backend: a stale load is a behaviour that loom explores, where a lock would hide it. Each version published
//! stays in a list until the slot is dropped; that a real backend frees earlier, and no earlier than it may, is for the
//! models of that backend to show.

mod counted;
#[cfg(readmostly_mutants)]
mod mistakes;

use super::Version;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::mutant::{self, Mutant, mistake};
pub(crate) use counted::{Guard, Retired};
use std::iter::successors;
use std::sync::OnceLock;

/// The backend's name, as the cfg spells it.
pub(crate) const NAME: &str = "model";

/// A version needs nothing of its own here.
pub(crate) type Link = ();

pub(crate) struct Slot<T> {
    current: AtomicUsize,
    first: Node<T>,
}

/// A list that only grows, so that a version can be found by its index without a lock, which would order something.
struct Node<T> {
    version: Arc<Version<T>>,
    next: OnceLock<Box<Node<T>>>,
}

impl<T> Node<T> {
    fn new(version: Arc<Version<T>>) -> Self {
        Self { version, next: OnceLock::new() }
    }
}

impl<T> Slot<T> {
    pub(crate) fn new(first: Arc<Version<T>>) -> Self {
        Self { current: AtomicUsize::new(0), first: Node::new(first) }
    }

    pub(crate) fn load(&self) -> Guard<'_, T> {
        Guard::new(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        let index = self.current.load(mutant::weaken(Mutant::RelaxedLoad, Ordering::Acquire));
        let node = self.nodes().nth(index).expect("an index is published after its node was appended");
        Arc::clone(&node.version)
    }

    /// Takes nothing out: the slot keeps every version, and gives a count of the replaced one away.
    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        let (index, last) = self.nodes().enumerate().last().expect("the first node is always there");
        last.next.get_or_init(|| Box::new(Node::new(next)));
        self.current.swap(index + 1, mutant::weaken(Mutant::RelaxedPublish, Ordering::Release));
        // Beside this list, the writer itself holds the version that it replaced.
        mistake!(WriterWaits => mistakes::when_nobody_else_holds(&last.version));
        Retired::new(Arc::clone(&last.version))
    }

    fn nodes(&self) -> impl Iterator<Item = &Node<T>> {
        successors(Some(&self.first), |node| node.next.get().map(Box::as_ref))
    }
}
