//! What the crate does, seen from outside, on the real file system.

mod concurrency;
mod equal;
#[cfg(target_os = "linux")]
mod events;
mod files;
mod folders;
#[cfg(target_os = "linux")]
mod forks;
mod last_good;
mod memory;
mod panics;
#[cfg(unix)]
mod paths;
#[cfg(unix)]
mod permissions;
mod readmes;
mod reported;
mod rollbacks;
mod sources;
mod status;
mod stored;
mod support;
mod targets;
