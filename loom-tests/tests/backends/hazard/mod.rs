//! The proofs over the `hazard` backend and its atomics.
//!
//! In a model a thread has one hazard pointer beside the spare one, so that a second guard takes a count.

mod claims;
mod interrupted;
mod mutants;
mod names;
mod reclaiming;
mod reentrancy;
mod withdrawn;
