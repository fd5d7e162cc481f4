//! `CowMap`, `CowSet` and `CowVec`: method by method, random operations on each and on std's collection, and when their
//! elements are dropped.

mod drops;
mod map;
mod set;
mod vec;
