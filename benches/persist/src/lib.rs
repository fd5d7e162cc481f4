//! What the bench of readmostly-persist needs: the table that is saved, Redis to compare with, and the memory that a process takes.
//!
//! `redis-server` is one of Debian's packages. Where it is not installed its rows are left out, and the report says so.

pub mod memory;
pub mod redis;

use readmostly::paged::PagedMap;

/// What is saved.
pub type Table = PagedMap<String, String>;

/// The key of an entry.
#[must_use]
pub fn key(number: usize) -> String {
    format!("key:{number:010}")
}

/// A value of 100 bytes: some half of it can be compressed.
#[must_use]
pub fn value(number: usize, round: usize) -> String {
    let mut random = fastrand::Rng::with_seed((number as u64) << 20 | round as u64);
    let hex = format!("{:016x}{:016x}{:016x}", random.u64(..), random.u64(..), random.u64(..));
    format!("{hex} of a user who has signed up with an address....")
}

/// A table of so many entries.
#[must_use]
pub fn table(entries: usize) -> Table {
    (0..entries).map(|number| (key(number), value(number, 0))).collect()
}
