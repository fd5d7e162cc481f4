//! `PagedMap`, `PagedSet` and `PagedVec`: that they do what std's collections do, and what their clones share.

mod delta;
mod map;
mod set;
mod vec;
