//! The core against a fake of etcd's stream, with faults, in thousands of random runs.

mod fake;
mod fleet;
mod fleet_load;
mod runs;
mod state;
