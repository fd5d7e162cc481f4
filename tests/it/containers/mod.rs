//! `CowMap`, `CowSet` and `CowVec`, method by method, and random operations on each and on std's collection.

mod drops;
mod map;
mod set;
mod vec;
