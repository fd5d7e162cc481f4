//! The proofs of what depends on when a version is freed, over the `hazard` backend and its atomics.
//!
//! A freed version is written to as it goes (`Watched`), so a reader that still looks at it is a race that loom
//! reports, and one that is never freed is a leak that it reports. In a model a thread has one hazard pointer beside the
//! spare one, so that a second guard takes a count.

mod claims;
mod interrupted;
mod mutants;
mod names;
mod reclaiming;
mod reentrancy;
mod withdrawn;
// What is seen, and what becomes of a cell's versions when it goes, is the same on each backend.
#[path = "../../../backends/dropping.rs"]
mod dropping;
#[path = "../../../backends/seeing.rs"]
mod seeing;
