//! The integration tests: one binary, a file for each subject.

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
mod promises;
mod reentry_vectors;
mod support;
mod traits;
mod transactions;
mod versions;
