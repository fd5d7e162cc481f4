//! The methods that `CowSet` and `CowOrdSet` have in common, each written once, as in `frame.rs`.
//!
//! The collection of a container is a map without values, and has what `map/mod.rs` says. What only one of the two has is in its own
//! folder.

mod reads;
mod traits;
mod writes;

pub(super) use self::reads::reads;
pub(super) use self::traits::traits;
pub(super) use self::writes::writes;

/// Writes the methods and traits of a set.
///
/// It takes what `map!` takes, and the costs of a union, an intersection, a difference and a look whether one set has all of the other.
/// The last three make a `set` for the examples, an empty one and `{"a"}`, and two sets of numbers.
macro_rules! set {
    ($($all:tt)*) => {
        $crate::containers::set::reads! { $($all)* }
        $crate::containers::set::writes! { $($all)* }
        $crate::containers::set::traits! { $($all)* }
    };
}

pub(super) use set;
