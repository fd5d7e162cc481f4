//! The crate against the real etcd, seen from outside.

mod auth;
mod cluster;
mod faults;
mod following;
mod last_good;
mod load;
mod readmes;
mod support;
mod tls;
mod writes;
