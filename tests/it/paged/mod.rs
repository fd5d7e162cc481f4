//! The collections in pages: that they do what std's collections do, and what their clones share.

mod delta;
mod index;
mod map;
mod ord;
mod set;
mod vec;
