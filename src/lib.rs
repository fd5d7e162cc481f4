//! Concurrent, read-mostly, copy-on-write containers.

mod cell;
pub mod paged;
mod publish;

pub use cell::{CowCell, Guard, Reader, Snapshot, Source, Stale, WriteTxn};

/// The publish backend that this build uses: `"epoch"` or `"lock"`.
///
/// # Examples
///
/// ```
/// println!("readmostly publishes through {}", readmostly::BACKEND);
/// ```
pub const BACKEND: &str = publish::NAME;
