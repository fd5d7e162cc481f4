//! The containers: a cell and a paged collection each.
//!
//! A method that every container has is written once, in `frame.rs`. A container's own file has what is special to its
//! collection.

mod frame;
mod hash_map;
mod hash_set;
mod hint;
mod vec;

pub use hash_map::CowMap;
pub use hash_set::CowSet;
pub use vec::CowVec;
