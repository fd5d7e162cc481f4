//! The methods that `CowMap`, `CowOrdMap` and `CowIndexMap` have in common, each written once, as in `frame.rs`.
//!
//! The collection of a container has `insert_absent`, `exchange`, `position_of`, `at`, `remove_at`, `apply_each` and `get_mut`, which
//! drop nothing of the user's. What only one of them has is in its own folder.

mod compute;
mod reads;
mod removals;
mod traits;
mod writes;

pub(super) use self::compute::compute;
pub(super) use self::reads::reads;
pub(super) use self::removals::removals;
pub(super) use self::traits::traits;
pub(super) use self::writes::writes;

/// Writes the methods and traits of a map.
///
/// `query` are the bounds of a borrowed key, `read` and `write` those of a method that reads and of one that writes. `finds` and
/// `changes` are the costs of a lookup and of a write. `runs` says what every write runs under the lock. The last three make a `map`
/// for the examples: an empty one, `{"a": 1}`, and one with `String`s for keys.
macro_rules! map {
    ($($all:tt)*) => {
        $crate::containers::map::map_without_removals! { $($all)* }
        $crate::containers::map::removals! { $($all)* }
    };
}

/// Writes the methods and traits of a map, but no removals of one entry. It takes what `map!` takes.
macro_rules! map_without_removals {
    ($($all:tt)*) => {
        $crate::containers::map::reads! { $($all)* }
        $crate::containers::map::writes! { $($all)* }
        $crate::containers::map::compute! { $($all)* }
        $crate::containers::map::traits! { $($all)* }
    };
}

pub(super) use map;
pub(super) use map_without_removals;
