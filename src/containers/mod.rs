//! The containers. Each is a cell of a paged collection.
//!
//! The methods that all containers have are written once, in `frame.rs`, those that all maps have in `map/`, and those of all sets in
//! `set/`. A container's own folder has the others.

mod frame;
mod hash_map;
mod hash_set;
mod hint;
mod index_map;
mod index_set;
mod map;
mod ord_map;
mod ord_set;
mod set;
mod vec;

pub use hash_map::CowMap;
pub use hash_set::CowSet;
pub use index_map::CowIndexMap;
pub use index_set::CowIndexSet;
pub use ord_map::CowOrdMap;
pub use ord_set::CowOrdSet;
pub use vec::CowVec;
