//! What is not there, for the sake of what the compiler says: a vector that others may change at any moment has no elements to
//! borrow, and the error for `list[0]` and `list.iter()` names `load` and `update`.

use super::CowVec;
use crate::paged::vec::{Iter, IterMut};
use std::ops::Index;

/// What a container would have to be for its elements to be borrowed from it. None is.
///
/// ```compile_fail,E0277
/// let list = readmostly::CowVec::from([1]);
/// let first = list[0];
/// ```
///
/// ```compile_fail,E0277
/// let list = readmostly::CowVec::from([1]);
/// for element in list.iter() {}
/// ```
///
/// ```compile_fail,E0277
/// let list = readmostly::CowVec::from([1]);
/// for element in list.iter_mut() {}
/// ```
///
/// ```compile_fail,E0277
/// let list = readmostly::CowVec::from([1]);
/// *list.get_mut(0).unwrap() = 2;
/// ```
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "elements cannot be borrowed from `{Self}` itself, which other threads may change at any moment",
    label = "take a version first: `.load()` for a short look, `.snapshot()` to keep it",
    note = "to read, borrow from a version: `list.load()[0]`, `for element in &*list.snapshot()`",
    note = "to change, use the draft of a write: `list.update(|draft| draft[0] = value)`"
)]
#[expect(unnameable_types, reason = "nobody is to name it")]
pub trait Borrowed {}

#[doc(hidden)]
impl<T, I> Index<I> for CowVec<T>
where
    Self: Borrowed,
{
    type Output = T;

    fn index(&self, _: I) -> &T {
        unreachable!("no container is `Borrowed`")
    }
}

impl<T> CowVec<T> {
    #[doc(hidden)]
    #[expect(
        clippy::iter_without_into_iter,
        reason = "what it says of `for element in &list` would name no method"
    )]
    pub fn iter(&self) -> Iter<'_, T>
    where
        Self: Borrowed,
    {
        Iter::default()
    }

    #[doc(hidden)]
    pub fn iter_mut(&self) -> IterMut<'_, T>
    where
        Self: Borrowed,
        T: Clone,
    {
        IterMut::default()
    }

    #[doc(hidden)]
    pub fn get_mut(&self, _: usize) -> Option<&mut T>
    where
        Self: Borrowed,
    {
        None
    }
}
