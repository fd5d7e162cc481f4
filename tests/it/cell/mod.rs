//! `CowCell` by itself: its transactions, what it hands out, whom it tells, what it keeps, and when it drops what.

#[cfg(readmostly_backend = "arc_swap")]
mod beside_arc_swap;
mod drops;
mod handles;
mod history;
mod transactions;
mod watch;
