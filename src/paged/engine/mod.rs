//! What the collections stand on: pages behind `Arc`s, and how they are found, copied, split and joined.
//!
//! Nothing in here knows what an element is for. A table places hashes and computes none; a list counts elements.

pub(in crate::paged) mod list;
pub(in crate::paged) mod table;
