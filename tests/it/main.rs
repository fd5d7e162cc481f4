//! The integration tests: one binary, a folder for each subject.

mod adversarial;
mod cell;
mod concurrency;
mod containers;
mod examples;
mod features;
mod guarantees;
mod paged;
mod panics;
#[cfg(unix)]
mod processes;
mod support;
