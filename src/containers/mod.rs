//! The containers. Each is a cell of a paged collection.
//!
//! The methods that all containers have are written once, in `frame.rs`. A container's own file has the methods of its
//! collection.

mod delta;
mod frame;
mod hash_map;
mod hash_set;
mod hint;
mod vec;

pub use hash_map::CowMap;
pub use hash_set::CowSet;
pub use vec::CowVec;
