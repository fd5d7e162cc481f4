//! Tests of `gatekeeper` as it is used: each starts the program on a free port, and asks it over HTTP.

mod admin;
mod bad_input;
mod browser;
mod changes;
mod checks;
mod etcd;
mod limits;
mod load;
mod logs;
mod operators;
mod reloads;
mod starting;
mod stopping;
mod support;
