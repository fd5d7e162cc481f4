//! The proofs of what depends on when a version is freed, over the `epoch` backend and the atomics of its collector.
//!
//! A freed version is written to as it goes (`Watched`), so a reader that still looks at it is a race that loom
//! reports, and one that is never freed is a leak that it reports. Models here are small: a publish and a load are some
//! fifty steps each, where the slot of the other models takes two.

mod mutants;
mod reclaiming;
// What is seen, and what becomes of a cell's versions when it goes, is the same on each backend.
#[path = "../../../backends/dropping.rs"]
mod dropping;
#[path = "../../../backends/seeing.rs"]
mod seeing;
