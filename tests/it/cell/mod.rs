//! `CowCell` by itself: its transactions, whom it tells, and when it drops what.

#[cfg(readmostly_backend = "arc_swap")]
mod beside_arc_swap;
mod drops;
mod transactions;
mod watch;
