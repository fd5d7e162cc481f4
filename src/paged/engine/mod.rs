//! The base of the collections: pages behind `Arc`s, which are found, copied, split and joined here.
//!
//! Nothing in here knows what an element means. A table places hashes and computes none. A list counts elements.

pub(in crate::paged) mod list;
pub(crate) mod table;
