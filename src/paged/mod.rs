//! Persistent collections made of shared pages.

pub mod map;
pub mod set;
mod table;
pub mod vec;
