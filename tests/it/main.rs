//! The integration tests: one binary, a file for each subject.

#[cfg(readmostly_backend = "arc_swap")]
mod beside_arc_swap;
mod blocklist;
mod blocklist_parts;
mod concurrency;
mod cow_map;
mod cow_set;
mod cow_vec;
mod crowds;
mod drops;
mod elements;
mod examples;
mod extreme;
mod guarantees;
mod hostile;
mod paged_map;
mod paged_set;
mod paged_vec;
mod panics;
#[cfg(unix)]
mod processes;
mod promises;
mod reentry;
mod support;
mod traits;
mod transactions;
mod versions;
