//! The containers: method by method, random operations on each and on std's collection, and when their elements are dropped.

mod drops;
mod index;
mod map;
mod ord_map;
mod ord_set;
mod set;
mod vec;
