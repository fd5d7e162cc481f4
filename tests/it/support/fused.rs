//! Values that panic in one certain call, on any thread.

use super::Call;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::thread;

/// Counts what is done to the values that carry it, and blows in the operation that it is armed for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fuse(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    armed: Option<(Call, usize)>,
    calls: HashMap<Call, usize>,
}

impl Fuse {
    pub(crate) const BLOWN: &str = "the fuse blew";

    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The `nth` next `call`, counted from 0, panics, and it alone. Starts the counts anew.
    pub(crate) fn arm(&self, call: Call, nth: usize) {
        *self.0.lock().unwrap() = State { armed: Some((call, nth)), calls: HashMap::new() };
    }

    /// Returns whether it was still armed, which is to say that it did not blow.
    pub(crate) fn disarm(&self) -> bool {
        self.0.lock().unwrap().armed.take().is_some()
    }

    /// How often `call` was done since the fuse was made or armed.
    pub(crate) fn calls(&self, call: Call) -> usize {
        self.0.lock().unwrap().calls.get(&call).copied().unwrap_or(0)
    }

    pub(crate) fn on<V>(&self, value: V) -> Fused<V> {
        Fused { value, fuse: self.clone() }
    }

    fn hit(&self, call: Call) {
        // A second panic while one unwinds would abort, as anywhere in Rust.
        if thread::panicking() {
            return;
        }
        let mut state = self.0.lock().unwrap();
        let calls = state.calls.entry(call).or_default();
        let nth = *calls;
        *calls += 1;
        if state.armed == Some((call, nth)) {
            state.armed = None;
            drop(state);
            panic!("{} in {call:?}", Self::BLOWN);
        }
    }
}

/// A value with a [`Fuse`].
#[derive(Debug)]
pub(crate) struct Fused<V> {
    pub(crate) value: V,
    fuse: Fuse,
}

impl<V: Clone> Clone for Fused<V> {
    fn clone(&self) -> Self {
        self.fuse.hit(Call::Clone);
        Self { value: self.value.clone(), fuse: self.fuse.clone() }
    }
}

impl<V> Drop for Fused<V> {
    fn drop(&mut self) {
        self.fuse.hit(Call::Drop);
    }
}

impl<V: PartialEq> PartialEq for Fused<V> {
    fn eq(&self, other: &Self) -> bool {
        self.fuse.hit(Call::Eq);
        self.value == other.value
    }
}

impl<V: Eq> Eq for Fused<V> {}

impl<V: PartialOrd> PartialOrd for Fused<V> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.fuse.hit(Call::Ord);
        self.value.partial_cmp(&other.value)
    }
}

impl<V: Ord> Ord for Fused<V> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.fuse.hit(Call::Ord);
        self.value.cmp(&other.value)
    }
}

impl<V: Hash> Hash for Fused<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fuse.hit(Call::Hash);
        self.value.hash(state);
    }
}
