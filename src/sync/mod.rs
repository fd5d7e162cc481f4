//! What threads are made of here: std's primitives, loom's under `--cfg readmostly_loom`, or
//! shuttle's under `--cfg readmostly_shuttle`.
//!
//! `publish/` and `cell/` take every lock, atomic and shared count from this module, so that a model checks the very
//! code that is published. The cfg that chooses among these stands here alone.

#[cfg(readmostly_loom)]
#[path = "loom.rs"]
mod primitives;
#[cfg(readmostly_shuttle)]
#[path = "shuttle.rs"]
mod primitives;
#[cfg(not(any(readmostly_loom, readmostly_shuttle)))]
#[path = "native.rs"]
mod primitives;

pub(crate) mod mutant;
mod number;

pub(crate) use number::Number;
pub(crate) use primitives::*;
