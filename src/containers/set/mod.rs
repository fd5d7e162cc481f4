//! The methods that `CowSet`, `CowOrdSet` and `CowIndexSet` have in common, each written once, as in `frame.rs`.
//!
//! The collection of a container is a map without values, and has what `map/mod.rs` says. What only one of them has is in its own
//! folder.

mod reads;
mod removals;
mod traits;
mod writes;

pub(super) use self::reads::reads;
pub(super) use self::removals::removals;
pub(super) use self::traits::traits;
pub(super) use self::writes::writes;

/// Writes the methods and traits of a set.
///
/// It takes what `map!` takes, and the costs of a union, an intersection, a difference and a look whether one set has all of the other.
/// The last three make a `set` for the examples, an empty one and `{"a"}`, and two sets of numbers.
macro_rules! set {
    ($($all:tt)*) => {
        $crate::containers::set::set_without_removals! { $($all)* }
        $crate::containers::set::removals! { $($all)* }
    };
}

/// Writes the methods and traits of a set, but no removals of one element. It takes what `set!` takes.
macro_rules! set_without_removals {
    ($($all:tt)*) => {
        $crate::containers::set::reads! { $($all)* }
        $crate::containers::set::writes! { $($all)* }
        $crate::containers::set::traits! { $($all)* }
    };
}

pub(super) use set;
pub(super) use set_without_removals;
