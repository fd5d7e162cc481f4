//! The base of the collections: pages behind `Arc`s, which are found, copied, split and joined here.
//!
//! Nothing in here knows what an element means. A table places hashes and computes none. A list counts elements. A tree compares keys
//! to find a place, and compares none when it changes. An index is a sequence, and a table that finds its elements.

pub(crate) mod index;
pub(in crate::paged) mod list;
mod shared;
pub(crate) mod table;
pub(crate) mod tree;
pub(in crate::paged) mod walk;
