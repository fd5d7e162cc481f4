//! The proofs of what the crate promises (G1 to G12, and G14), over a slot that is as weak as a publish backend may be.
//!
//! What is too large for loom (four writers with batches, three readers) runs in random schedules instead, in
//! `verify/shuttle/`, and on real threads, in `tests/it/concurrency/races.rs`.
//!
//! A file per subject; `mutants.rs` holds the list of mistakes, each with the proofs that must fail for it.

mod cell;
mod containers;
mod history;
mod mutants;
mod optimistic;
mod reader;
mod watch;
mod writers;
