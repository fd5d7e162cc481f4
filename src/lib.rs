//! Concurrent, read-mostly, copy-on-write containers.

pub mod paged;
