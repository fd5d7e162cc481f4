//! The crate against the real etcd, seen from outside.

mod auth;
#[cfg(target_os = "linux")]
mod cable;
mod cluster;
mod faults;
mod following;
#[cfg(target_os = "linux")]
mod forks;
mod gateway;
mod lag;
mod last_good;
mod load;
mod readmes;
mod restored;
mod support;
mod tls;
mod writes;
