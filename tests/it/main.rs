//! The integration tests: one binary, a folder for each subject.
//!
//! The paged collections know of no backend. So they are tested with the default one only, and the other builds take half the time.

#![cfg_attr(
    any(readmostly_backend = "epoch", readmostly_backend = "lock", readmostly_backend = "arc_swap"),
    allow(dead_code)
)]

mod adversarial;
mod cell;
mod concurrency;
mod containers;
mod examples;
mod features;
mod guarantees;
#[cfg(not(any(readmostly_backend = "epoch", readmostly_backend = "lock", readmostly_backend = "arc_swap")))]
mod paged;
mod panics;
#[cfg(unix)]
mod processes;
mod support;
