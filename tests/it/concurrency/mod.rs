//! Many threads at once, and what the types say of threads.

mod auto_traits;
mod cell;
mod containers;
