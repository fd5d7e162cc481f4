//! What a user can see, on the real file system.

mod blocklist;
mod cli;
mod collections;
mod files;
#[cfg(target_os = "linux")]
mod forks;
mod killed;
mod log_vectors;
#[cfg(target_os = "linux")]
mod progress;
mod prune;
mod readers;
mod readmes;
mod vectors;
