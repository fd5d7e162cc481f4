//! What the compiler says where a container is taken for the collection that it holds.
//!
//! A container has no `iter` and no `[]`: what they would show must be of one version, which somebody has to hold. Without
//! the impls below the compiler says "no method" or "cannot index", and leaves it at that. With them it says which call is
//! missing. None of them can be called, since nothing implements [`LoadFirst`], and a method of somebody else's trait goes
//! first.
//!
//! ```compile_fail,E0599
//! let map = readmostly::CowMap::from([("a", 1)]);
//! let keys: Vec<_> = map.keys().collect();
//! ```
//!
//! ```compile_fail,E0277
//! let map = readmostly::CowMap::from([("a", 1)]);
//! let one = map["a"];
//! ```
//!
//! ```compile_fail,E0599
//! let set = readmostly::CowSet::from(["a"]);
//! let elements: Vec<_> = set.iter().collect();
//! ```
//!
//! It is the same code that compiles after `load`:
//!
//! ```
//! let map = readmostly::CowMap::from([("a", 1)]);
//! let set = readmostly::CowSet::from(["a"]);
//! assert_eq!((map.load().keys().count(), map.load()["a"], set.load().iter().count()), (1, 1, 1));
//! ```

use crate::paged::{map, set};
use crate::{CowMap, CowSet};
use std::ops::Index;

/// What a container would be if it could be looked into without a version of it.
#[expect(unnameable_types, reason = "it is for the compiler's messages")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` shows its elements through a version of it",
    label = "take a version first: `.load()`",
    note = "to look: `it.load().iter()`, `for x in &it.load()`, `it.load()[..]`; `it.snapshot()` to keep or send what is shown",
    note = "to change: `it.update(|draft| …)`, whose `draft` has `entry`, `iter_mut` and all else"
)]
pub trait LoadFirst {
    /// Stands for the body of what is never called.
    fn never<R>(&self) -> R;
}

#[doc(hidden)]
#[expect(clippy::iter_without_into_iter, reason = "`for` would not show the hint")]
impl<K, V, S> CowMap<K, V, S>
where
    Self: LoadFirst,
{
    pub fn iter(&self) -> map::Iter<'_, K, V> {
        self.never()
    }

    pub fn keys(&self) -> map::Keys<'_, K, V> {
        self.never()
    }

    pub fn values(&self) -> map::Values<'_, K, V> {
        self.never()
    }

    pub fn entry(&self, _key: K) -> map::Entry<'_, K, V, S> {
        self.never()
    }
}

#[doc(hidden)]
impl<K, V, S, Q> Index<Q> for CowMap<K, V, S>
where
    Self: LoadFirst,
{
    type Output = V;

    fn index(&self, _key: Q) -> &V {
        self.never()
    }
}

#[doc(hidden)]
#[expect(clippy::iter_without_into_iter, reason = "`for` would not show the hint")]
impl<T, S> CowSet<T, S>
where
    Self: LoadFirst,
{
    pub fn iter(&self) -> set::Iter<'_, T> {
        self.never()
    }
}
