//! The proofs of what depends on when a version is freed, over one backend, down to its atomics.
//!
//! A freed version is written to as it goes (`Watched`), so a reader that still looks at it is a race that loom
//! reports, and one that is never freed is a leak that it reports.
//!
//! Each backend needs a build with cfgs of its own: `tests/each_backend.rs` makes them and runs this in each.
#![cfg(any(readmostly_backend = "epoch", readmostly_backend = "hazard"))]

// What is seen, and what becomes of a cell's versions when it goes, is the same on each backend.
mod dropping;
mod seeing;
mod watching;

#[cfg(readmostly_backend = "epoch")]
mod epoch;
#[cfg(readmostly_backend = "hazard")]
mod hazard;
