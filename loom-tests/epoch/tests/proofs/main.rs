//! The proofs of what depends on when a version is freed, over the `epoch` backend and the atomics of its collector.
//!
//! A freed version is written to as it goes (`Watched`), so a reader that still looks at it is a race that loom
//! reports, and one that is never freed is a leak that it reports. Models here are small: a publish and a load are some
//! fifty steps each, where the slot of the other models takes two.

mod mutants;
mod reclaiming;
mod seeing;
