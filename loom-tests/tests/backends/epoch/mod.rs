//! The proofs over the `epoch` backend and the atomics of its collector.
//!
//! Models here are small: a publish and a load are some fifty steps each, where the slot of the models in `tests/proofs`
//! takes two.

mod mutants;
mod reclaiming;
